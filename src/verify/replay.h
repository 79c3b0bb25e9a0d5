/* SPDX-License-Identifier: Apache-2.0 */
/* A run once more, on the generated C: every input of every role with the answers of its host goes
 * to the machine of that role, and what the machine says must be what the run says. */
#ifndef JUKI_VERIFY_REPLAY_H
#define JUKI_VERIFY_REPLAY_H

#include <stdio.h>

#include "trail.h"

typedef struct jk_replay_result {
    bool same;            /* nothing differs */
    size_t steps;         /* taken by machines, all as in the run */
    size_t machines;      /* instances that took one */
    size_t cut;           /* messages on links that this model leaves out: not compared */
    size_t stand_ins;     /* processes that a check writes out in a role's place: not replayed */
    size_t unfinished;    /* 1: the run ends within a step, which is not compared */
    char difference[400]; /* the first one: step, role, what the run has and what the C does */
} jk_replay_result;

/* Takes the run's protocol from trail->about.  JK_E_CONFIG: it has no machines here, or its
 * messages have other fields; fault->text says so.  A difference is no error: see result. */
JK_MUST_USE jk_status jk_trail_replay(const jk_trail *trail, jk_replay_result *result,
                                      jk_fault *fault);

/* One line: "replayed: 14 steps of 6 machines, all as in the trail", or the difference. */
void jk_replay_print(const jk_replay_result *result, FILE *out);

#endif
