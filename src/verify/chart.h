/* SPDX-License-Identifier: Apache-2.0 */
/* A counterexample as a sequence chart in plain text, from SPIN's replay of a trail. */
#ifndef JUKI_VERIFY_CHART_H
#define JUKI_VERIFY_CHART_H

#include <stdio.h>

#include "juki/status.h"

#define JK_CHART_WIDTH 100 /* columns of a line, at most */

typedef struct jk_chart_source {
    const char *replay; /* what spin -t -s -r -p -g prints, errors among it */
    const char *pan;    /* pan.c, for the names of its numbers; NULL: numbers stay numbers */
    const char *base;   /* what the replay's relative file names start from */
    const char *model;  /* the protocol's folder: a role has a file of its name there */
    const char *title;  /* printed above, wrapped where its lines are too long */
    const char *end;    /* the last line, "... is violated" */
} jk_chart_source;

/* Draws it: a lifeline for each role that acts, an arrow for each message, what each step asked of
 * its host and changed in the ghosts.  JK_E_CONFIG: this is no replay, fault->text says why; then
 * nothing is written. */
JK_MUST_USE jk_status jk_chart_draw(const jk_chart_source *source, FILE *out, jk_fault *fault);

#endif
