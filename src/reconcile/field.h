/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic modulo the prime 2^61 - 1.  Every value stands reduced, 0..JK_PRIME-1; a product of
 * two fits 122 bits and reduces by one shift and one addition. */
#ifndef JUKI_RECONCILE_FIELD_H
#define JUKI_RECONCILE_FIELD_H

#include <stddef.h>
#include <stdint.h>

#define JK_PRIME ((UINT64_C(1) << 61) - 1)

__extension__ typedef unsigned __int128 jk_wide;

/* The prime where `yes`, else 0.  Whether a sum is beyond the prime is a coin's toss, and a branch
 * that goes wrong half the time costs more than all the rest: there is none. */
static inline uint64_t jk_field_if(int yes)
{
    return JK_PRIME & (0 - (uint64_t)yes);
}

/* Any 64 bits, reduced. */
static inline uint64_t jk_field_reduce(uint64_t x)
{
    x = (x & JK_PRIME) + (x >> 61);
    return x - jk_field_if(x >= JK_PRIME);
}

static inline uint64_t jk_field_add(uint64_t a, uint64_t b)
{
    uint64_t sum = a + b;
    return sum - jk_field_if(sum >= JK_PRIME);
}

static inline uint64_t jk_field_sub(uint64_t a, uint64_t b)
{
    return a - b + jk_field_if(a < b);
}

static inline uint64_t jk_field_mul(uint64_t a, uint64_t b)
{
    jk_wide product = (jk_wide)a * b;
    uint64_t sum = (uint64_t)(product & JK_PRIME) + (uint64_t)(product >> 61);
    return sum - jk_field_if(sum >= JK_PRIME);
}

/* 1/a; 0 for 0. */
uint64_t jk_field_invert(uint64_t a);

/* Replaces every value, none of them 0, by its inverse: one inversion and three products a value.
 * room: count values. */
void jk_field_invert_all(uint64_t *values, uint64_t *room, size_t count);

#endif
