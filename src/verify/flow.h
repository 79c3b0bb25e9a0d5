/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a replay, or the steps of a log of events, with their places: how a violation
 * comes about, as a path through the model's files. */
#ifndef JUKI_VERIFY_FLOW_H
#define JUKI_VERIFY_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "trail.h"

#define JK_FLOW_MAX 1000 /* statements that are kept: the last ones */

typedef struct jk_flow_step {
    char process[64]; /* "dest_cs:1" */
    char file[200];   /* from the root: "spec/movein/dest_cs.pml" */
    unsigned line;
    char text[120]; /* the statement */
} jk_flow_step;

/* Reads what spin -t -p printed.  *count is at most JK_FLOW_MAX, *left_out what stands before.
 * free() it; NULL: no memory. */
jk_flow_step *jk_flow_read(const char *replay, size_t *count, size_t *left_out);

/* The same of a log of events: the inputs of the roles, whose lines jk_trail_find_seeds found. */
jk_flow_step *jk_flow_of_trail(const jk_trail *trail, size_t *count, size_t *left_out);

#endif
