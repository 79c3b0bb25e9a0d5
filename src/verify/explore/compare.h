/* SPDX-License-Identifier: Apache-2.0 */
/* Where two graphs part: SPIN's, from the file that spin_main.h writes, and the explorer's. */
#ifndef JUKI_VERIFY_COMPARE_H
#define JUKI_VERIFY_COMPARE_H

#include "explore.h"

#include <stdio.h>

#define JK_DIFFERENCES_MAX 5 /* that are shown: the shortest ones */

/* A record of the file: one edge of SPIN's search, and the state that it leads to. */
typedef struct jk_spin_edge {
    uint8_t source[16], target[16];
    int32_t sum[JK_SUMS]; /* of what the step heard and did */
    uint64_t offset;      /* of the target's bytes in the file of states; model->size of them */
} jk_spin_edge;

/* Searches once more and holds each state's edges against SPIN's, in the order of the search, so
 * that the first differences are those with the shortest ways.  For each: a line, what differs in
 * the two next states, and NAME.events in the folder paths (NULL: no files).  file: the edges;
 * file.states the states.  Returns 0: no difference; 5: differences; 4: a file or memory. */
int jk_compare(const jk_explore_model *model, const char *file, const char *bounds,
               const char *paths, FILE *out);

#endif
