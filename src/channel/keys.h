/* SPDX-License-Identifier: Apache-2.0 */
/* Everything secret and public that a node brings to its channels.  Its owner allocates it with
 * sodium_malloc, fills it from files (src/node/keyfile.h) or in memory, and wipes it. */
#ifndef JUKI_CHANNEL_KEYS_H
#define JUKI_CHANNEL_KEYS_H

#include "channel/certificate.h"

typedef struct jk_keys {
    jk_node_id id;
    jk_keypair channel;                       /* Noise static key */
    jk_keypair seal;                          /* prekey for sealed certificates */
    uint8_t sign_secret[JK_SIGN_SECRET_SIZE]; /* the node's Ed25519 key */
    uint8_t root_public[JK_SIGN_PUBLIC_SIZE]; /* trust anchor */
    uint8_t node_certificate[JK_CERTIFICATE_SIZE];
    uint8_t channel_certificate[JK_CERTIFICATE_SIZE];
} jk_keys;

/* Checks that the keys and certificates belong together and to root_public, at now_s; the statuses
 * are jk_certificate_chain's, and JK_E_IDENTITY also when the signing key is another than the
 * certificate's. */
JK_MUST_USE jk_status jk_keys_check(const jk_keys *keys, uint64_t now_s);

void jk_keys_wipe(jk_keys *keys);

/* What jk_keys_issue makes for one node. */
typedef struct jk_keys_order {
    jk_node_id id;
    uint64_t from_s;
    uint64_t node_validity_s;    /* at most JK_NODE_VALIDITY_MAX_S */
    uint64_t channel_validity_s; /* at most JK_CHANNEL_VALIDITY_MAX_S */
} jk_keys_order;

/* Makes all keys of a node and both certificates.  JK_E_RANDOM, JK_E_USAGE. */
JK_MUST_USE jk_status jk_keys_issue(const jk_keys_order *order,
                                    const uint8_t root_secret[JK_SIGN_SECRET_SIZE],
                                    jk_random *random, jk_keys *keys);

/* Replaces the channel key and its certificate, signed by the node's own key: what a node does
 * before thirty days are over.  JK_E_RANDOM, JK_E_USAGE for a validity that is too long. */
JK_MUST_USE jk_status jk_keys_rotate(jk_keys *keys, uint64_t from_s, uint64_t validity_s,
                                     jk_random *random);

#endif
