/* SPDX-License-Identifier: Apache-2.0 */
/* A round between two sets in memory, message by message; what happens to a message on its way is
 * the test's.  And the truth: what really differs between the two. */
#ifndef UNIT_RECONCILE_PLAY_H
#define UNIT_RECONCILE_PLAY_H

#include "lib.h"

typedef struct play_world {
    lib_set cs;
    lib_set server;
    lib_memory memory;
    jk_ask ask;
    jk_answer answer;
    unsigned turns;
    size_t bytes;
} play_world;

/* Changes a message on its way; arrays are another's memory and are not written to. */
typedef void play_spoil_fn(void *arg, jk_round_message *m);

/* Round `round`, both sides at `marker`. */
void play_begin(play_world *w, uint64_t marker, uint32_t round, uint32_t history,
                jk_round_message *open);

/* Gives everything back; asserts that nothing stays out. */
void play_end(play_world *w);

/* A question to the server and its answer to the CS; a call that failed for memory or rows is made
 * again. */
jk_status play_turn(play_world *w, jk_round_message *m, play_spoil_fn *spoil, void *arg);

/* All turns until the verdict, or until the round is broken. */
jk_status play_on(play_world *w, jk_round_message *m, play_spoil_fn *spoil, void *arg);

/* The same from the beginning, of round 7 at marker 100. */
jk_status play_all(play_world *w, uint32_t history, play_spoil_fn *spoil, void *arg);

/* How many elements differ. */
size_t play_differences(play_world *w);

/* Whether the verdict is exactly what differs between the two sets. */
bool play_right(play_world *w);

#endif
