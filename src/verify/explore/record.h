/* SPDX-License-Identifier: Apache-2.0 */
/* What a search leaves for the comparison: 128-bit hashes of all states and of all edges.  The
 * explorer and SPIN's search (spin.c behind pan.c) both use it. */
#ifndef JUKI_VERIFY_RECORD_H
#define JUKI_VERIFY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct jk_hash {
    uint8_t byte[16];
} jk_hash;

typedef struct jk_hashes {
    jk_hash *list;
    size_t count;
    size_t room;
} jk_hashes;

/* SipHash-2-4 of 128 bits under a fixed key, by libsodium. */
jk_hash jk_hash_of(const uint8_t *bytes, size_t size);

#define JK_SUMS 3 /* that a step adds up */

/* Of an edge: source, target, and the sums of what the step heard and did. */
jk_hash jk_hash_edge(jk_hash source, jk_hash target, const int32_t *sum);

/* false: no memory. */
bool jk_hashes_add(jk_hashes *hashes, jk_hash hash);

/* Sorts them; BLAKE2b of the sorted list, as 64 hexadecimal digits. */
void jk_hashes_digest(jk_hashes *hashes, char text[65]);

#endif
