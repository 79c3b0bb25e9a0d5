/* SPDX-License-Identifier: Apache-2.0 */
/* Which cells of a sketch an element is in: cell 0, then ever sparser; cell i holds about the
 * part 1/(1 + i/2) of all elements, however many cells there are (the mapping of Rateless IBLT:
 * Yang, Gilad, Alizadeh, SIGCOMM 2024).  From cell i the next one is beyond j with the
 * probability (i+1)(i+2) / ((j+1)(j+2)), so that it is about (i + 1.5) / sqrt(U) - 1.5 for a
 * uniform U.  All in integers: two nodes must never disagree by a rounding. */
#ifndef JUKI_RECONCILE_MAPPING_H
#define JUKI_RECONCILE_MAPPING_H

#include <stdint.h>

/* 1/sqrt of (64 + i)/256 in units of 2^-30, i = 0..192. */
extern const uint32_t jk_mapping_roots[193];

typedef struct jk_mapping {
    uint64_t state;
    uint64_t index; /* the cell */
} jk_mapping;

/* Cell 0 of an element by its place (jk_element_place). */
static inline jk_mapping jk_mapping_first(uint64_t place)
{
    return (jk_mapping){place, 0};
}

/* The next cell, greater than this one; right up to index 2^20. */
static inline void jk_mapping_next(jk_mapping *m)
{
    m->state = m->state * UINT64_C(0xd1342543de82ef95) + UINT64_C(0x9e3779b97f4a7c15);
    /* U is at least 2^-21, so that nothing below overflows: U = 4^-shift * W, W in 1/4..1. */
    uint64_t u = m->state | UINT64_C(1) << 43;
    int shift = __builtin_clzll(u) >> 1;
    uint64_t w = u << (2 * shift);
    uint64_t slot = (w >> 56) - 64;
    uint64_t part = (w >> 24) & UINT32_MAX;
    uint64_t low = jk_mapping_roots[slot];
    uint64_t root = low - ((low - jk_mapping_roots[slot + 1]) * part >> 32);
    uint64_t end = (2 * m->index + 3) * (root << shift);
    uint64_t next = (end - (UINT64_C(1) << 30) - 1) >> 31;
    m->index = next > m->index ? next : m->index + 1;
}

#endif
