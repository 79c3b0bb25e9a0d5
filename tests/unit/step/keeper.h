/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that does nothing but keep episodes, for the tests of upkeep: its store in memory or in
 * a file, its memory counted, its clock still. */
#ifndef UNIT_STEP_KEEPER_H
#define UNIT_STEP_KEEPER_H

#include "port/clock.h"
#include "reconcile/lib.h"
#include "step/upkeep.h"

#define KEEPER_CODE "131016"

typedef struct keeper {
    jk_engine *engine;
    jk_store *store;
    lib_memory memory;
    jk_clock clock;
    int64_t now_ms;
    char path[96]; /* of the file; "" in memory */
} keeper;

/* folder: where the file is to be, NULL for a store in memory. */
void keeper_open(keeper *k, const char *folder);
void keeper_close(keeper *k);

/* The process dies and starts again: what was committed is there. */
void keeper_restart(keeper *k);

void keeper_begin(keeper *k);
void keeper_commit(keeper *k);
void keeper_roll_back(keeper *k);

/* The open episode that entry `seq` of the log made; its person is drawn. */
jk_episode_row keeper_episode(lib_random *random, uint64_t code, uint64_t epoch, uint64_t seq);
uint64_t keeper_key(const jk_episode_row *row);

/* The same in a group of its own. */
void keeper_put(keeper *k, const jk_episode_row *row);
void keeper_rekey(keeper *k, uint8_t number);

/* A whole scrub in slices of so many rows; rows and damaged of all slices. */
jk_scrub_report keeper_scrub(keeper *k, size_t slice);

/* The round of two keepers, the first is the CS: how many findings, and their keys.  Both stand at
 * their marker, or (now) where they are. */
size_t keeper_compare(keeper *cs, keeper *server, bool now, uint64_t *keys, size_t capacity);

#endif
