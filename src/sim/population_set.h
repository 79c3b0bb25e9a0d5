/* SPDX-License-Identifier: Apache-2.0 */
/* A growing set of numbers, to find what stands twice; private to this folder. */
#ifndef JK_SIM_POPULATION_SET_H
#define JK_SIM_POPULATION_SET_H

#include <stddef.h>
#include <stdint.h>

/* All zero is an empty set. */
typedef struct jk_set {
    uint64_t *slots; /* value + 1; 0 is free */
    size_t capacity; /* a power of two, or 0 */
    size_t used;
} jk_set;

typedef enum jk_set_result {
    JK_SET_NEW,
    JK_SET_KNOWN,
    JK_SET_FULL /* no memory; the set is unchanged */
} jk_set_result;

/* value < UINT64_MAX. */
jk_set_result jk_set_add(jk_set *set, uint64_t value);

/* Gives the memory back and leaves an empty set. */
void jk_set_close(jk_set *set);

#endif
