/* SPDX-License-Identifier: Apache-2.0 */
/* A hash set with open addressing, at most half full; sixteen to thirty-two bytes a number. */
#include "sim/population_set.h"

#include <stdbool.h>
#include <stdlib.h>

enum {
    FIRST_CAPACITY = 1024
};

/* Where `key` stands, or the free slot where it would. */
static size_t find(const uint64_t *slots, size_t capacity, uint64_t key)
{
    uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);

    mixed ^= mixed >> 32;
    size_t at = (size_t)mixed & (capacity - 1);
    while (slots[at] != 0 && slots[at] != key) {
        at = (at + 1) & (capacity - 1);
    }
    return at;
}

static bool grow(jk_set *set)
{
    const size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    uint64_t *slots = calloc(capacity, sizeof *slots);

    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            slots[find(slots, capacity, set->slots[i])] = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

jk_set_result jk_set_add(jk_set *set, uint64_t value)
{
    const uint64_t key = value + 1;

    if (set->used >= set->capacity / 2 && !grow(set)) {
        return JK_SET_FULL;
    }
    const size_t at = find(set->slots, set->capacity, key);
    if (set->slots[at] == key) {
        return JK_SET_KNOWN;
    }
    set->slots[at] = key;
    set->used++;
    return JK_SET_NEW;
}

void jk_set_close(jk_set *set)
{
    free(set->slots);
    set->slots = NULL;
    set->capacity = 0;
    set->used = 0;
}
