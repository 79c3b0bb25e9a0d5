/* SPDX-License-Identifier: Apache-2.0 */
/* What one side of a round says, as bytes: the items of a jk_round_message packed behind one
 * another, and taken apart again.  The rest of a message - its head - are numbers that the wire has
 * fields for.  Bytes of a peer are judged here by their form alone: sizes and counts; what they say
 * is judged by ask.c and answer.c.  Layouts: spec/wire/README.md. */
#ifndef JUKI_RECONCILE_PIECE_H
#define JUKI_RECONCILE_PIECE_H

#include "round.h"

/* No honest message is longer: digests of a million residents. */
#define JK_PACKED_MAX (UINT32_C(40) << 20)

/* Bytes of the items of a message. */
size_t jk_pack_size(const jk_round_message *message);

/* Writes them: jk_pack_size bytes. */
void jk_pack(const jk_round_message *message, uint8_t *bytes);

/* Arrays of a message that was unpacked. */
typedef struct jk_unpacked {
    jk_round_message message;
    void *first; /* from memory->take; NULL for none */
    void *second;
} jk_unpacked;

/* head: the message without arrays; count is the number of items that bytes holds.
 * JK_E_NOT_CANONICAL: not so many bytes, or a byte that is none of its kind's.  JK_E_MEMORY. */
JK_MUST_USE jk_status jk_unpack(const jk_round_message *head, jk_span bytes,
                                const jk_recon_memory *memory, jk_unpacked *out);

void jk_unpacked_free(jk_unpacked *unpacked, const jk_recon_memory *memory);

#endif
