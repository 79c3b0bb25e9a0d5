/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of src/reconcile share: seeds, memory that can be refused, random sets. */
#ifndef UNIT_RECONCILE_LIB_H
#define UNIT_RECONCILE_LIB_H

#include "reconcile/round.h"

/* SplitMix64. */
typedef struct lib_random {
    uint64_t state;
} lib_random;

uint64_t lib_next(lib_random *random);

/* 0..bound-1 */
uint64_t lib_below(lib_random *random, uint64_t bound);

/* The seed of this run: JK_SEED, or a fixed one; printed, so that a failure can be repeated. */
lib_random lib_seed(const char *test);

/* Memory that refuses the call number `refuse` (from 1; 0 none) and knows what is still out. */
typedef struct lib_memory {
    jk_recon_memory port;
    size_t taken; /* calls */
    size_t out;   /* blocks not given back */
    size_t refuse;
} lib_memory;

void lib_memory_open(lib_memory *memory, size_t refuse);

void lib_keys(jk_recon_keys *keys, uint8_t number);

/* A random key (code 1..99999999999, episode 1..9), and a random digest. */
uint64_t lib_key(lib_random *random);
jk_digest lib_digest(lib_random *random);

/* One side as a node has it: rows by bucket and key, tree and sketch kept from them. */
typedef struct lib_set {
    const jk_recon_keys *keys;
    jk_element *items;
    size_t count;
    size_t capacity;
    uint32_t *starts; /* of each bucket; one more at the end */
    jk_tree tree;
    jk_sketch sketch;
    jk_rows rows;
    size_t fail; /* the reading of rows number `fail` (from 1) fails; 0 none */
    size_t reads;
} lib_set;

/* No rows; cells: how many are kept.  Room for `capacity` rows. */
void lib_set_open(lib_set *set, const jk_recon_keys *keys, uint8_t depth, uint32_t cells,
                  size_t capacity);
void lib_set_close(lib_set *set);

/* Replaces all rows and builds tree and sketch anew. */
void lib_set_build(lib_set *set, const jk_element *elements, size_t count);

/* Puts or removes (NULL) a row, and keeps tree and sketch by the stored digest. */
void lib_set_put(lib_set *set, uint64_t key, const jk_digest *digest);

/* NULL: no such row. */
jk_element *lib_set_find(lib_set *set, uint64_t key);

jk_side lib_set_side(const lib_set *set, const lib_memory *memory);

#endif
