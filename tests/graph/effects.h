/* SPDX-License-Identifier: Apache-2.0 */
/* What a step has done to a store, seen in the store itself. */
#ifndef JUKI_TESTS_GRAPH_EFFECTS_H
#define JUKI_TESTS_GRAPH_EFFECTS_H

#include "scene.h"

/* The rows of a store in memory, a hash for each of its tables. */
typedef struct effects_image {
    uint64_t table[256];
} effects_image;

/* peer: without the rows by which a refused message of a peer is told and counted. */
void effects_image_of(const jk_store *store, bool peer, effects_image *image);

/* The table that differs; 0: none. */
int effects_changed(const effects_image *a, const effects_image *b);

/* After a step: each effect has its result, each log entry is in the log, the machine's row has the
 * state line's variables, its timers are those that are armed. */
bool effects_hold(scene *s, const scene_input *input, jk_store *store);

/* Nothing has changed beside what the step's actions are for. */
bool effects_no_more(scene *s, const scene_input *input, const effects_image *before,
                     const effects_image *after);

#endif
