/* SPDX-License-Identifier: Apache-2.0 */
/* The first 32 bytes of a connection, in clear: what is spoken and who is wanted.  They are part of
 * Noise's prologue, so that a changed bit makes the handshake fail.  A responder under load answers
 * them with 32 bytes COOKIE and closes; the initiator dials again and repeats the cookie. */
#ifndef JUKI_CHANNEL_PREAMBLE_H
#define JUKI_CHANNEL_PREAMBLE_H

#include "juki/status.h"
#include "juki/types.h"

#define JK_PREAMBLE_SIZE      32
#define JK_COOKIE_SIZE        16
#define JK_COOKIE_SECRET_SIZE 32
#define JK_PROLOGUE_SIZE      (14 + JK_PREAMBLE_SIZE) /* label and preamble */

typedef struct jk_preamble {
    jk_node_id target;
    bool has_cookie;
    uint8_t cookie[JK_COOKIE_SIZE]; /* all zero without one */
} jk_preamble;

void jk_preamble_encode(const jk_preamble *preamble, uint8_t bytes[JK_PREAMBLE_SIZE]);

/* JK_E_HANDSHAKE for another magic, flags or form; JK_E_VERSION for a version or suite that is not
 * spoken here; JK_E_IDENTITY for a target that is no node name. */
JK_MUST_USE jk_status jk_preamble_decode(const uint8_t bytes[JK_PREAMBLE_SIZE],
                                         jk_preamble *preamble);

/* label || preamble, Noise's prologue. */
void jk_preamble_prologue(const uint8_t bytes[JK_PREAMBLE_SIZE],
                          uint8_t prologue[JK_PROLOGUE_SIZE]);

/* The responder's answer under load, and the initiator's look at it (false: no cookie answer). */
void jk_cookie_answer(const uint8_t cookie[JK_COOKIE_SIZE], uint8_t bytes[JK_PREAMBLE_SIZE]);
bool jk_cookie_of_answer(const uint8_t bytes[JK_PREAMBLE_SIZE], uint8_t cookie[JK_COOKIE_SIZE]);

/* A cookie without state: keyed hash of the peer's address and a time slot (for instance monotonic
 * minutes; accept the current and the previous slot). */
void jk_cookie_make(const uint8_t secret[JK_COOKIE_SECRET_SIZE], uint64_t slot, jk_span address,
                    uint8_t cookie[JK_COOKIE_SIZE]);

#endif
