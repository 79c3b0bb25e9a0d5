/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of src/reconcile share: seeds, memory that can be refused, random sets. */
#ifndef UNIT_RECONCILE_LIB_H
#define UNIT_RECONCILE_LIB_H

#include "reconcile/decode.h"

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

#endif
