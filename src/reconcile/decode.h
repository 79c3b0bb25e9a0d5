/* SPDX-License-Identifier: Apache-2.0 */
/* From the difference of two sketches to the residents that differ.
 *
 * What comes out are CANDIDATES.  A key holder can make sums that peel into anything, and a rare
 * chance can, too; nothing may be shown, stored or repaired from candidates.  The only way on is to
 * have the digests of exactly these elements exchanged and the peer's root computed from them
 * (verdict.h); that gives the findings. */
#ifndef JUKI_RECONCILE_DECODE_H
#define JUKI_RECONCILE_DECODE_H

#include "memory.h"
#include "sketch.h"

typedef struct jk_candidate {
    uint64_t key;
    uint64_t delta; /* f(ours) - f(theirs), when `ours - theirs` was decoded; never 0 */
} jk_candidate;

typedef struct jk_candidates {
    jk_candidate *items; /* ascending by key; taken from the memory handed in */
    size_t count;        /* at most the number of cells */
} jk_candidates;

/* How much work a decoding was. */
typedef struct jk_decode_work {
    uint32_t peeled; /* steps, at most 4 a cell */
    uint32_t waves;  /* each inverts all its sums at once */
    uint64_t tested; /* cells, over all waves */
} jk_decode_work;

/* cells: count, the difference of two sketches, unchanged.  work may be NULL.
 *
 * JK_OK: all cells are explained; items (NULL for none) goes back by jk_candidates_free.
 * JK_E_NOT_FOUND: not with these cells; more may help.  JK_E_MEMORY.  JK_E_RANGE: count.
 * Time: O(count * log count), whoever made the cells; memory: 130 bytes a cell. */
JK_MUST_USE jk_status jk_decode(const jk_recon_keys *keys, const jk_cell *cells, uint32_t count,
                                const jk_recon_memory *memory, jk_candidates *out,
                                jk_decode_work *work);

void jk_candidates_free(jk_candidates *candidates, const jk_recon_memory *memory);

#endif
