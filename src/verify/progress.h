/* SPDX-License-Identifier: Apache-2.0 */
/* What a call tells while it runs: on a terminal a line for each search that runs, drawn over and
 * over; elsewhere a plain line for each that has ended, without any escape code. */
#ifndef JUKI_VERIFY_PROGRESS_H
#define JUKI_VERIFY_PROGRESS_H

#include <stdio.h>

#include "plan.h"

/* One process at work. */
typedef struct jk_task {
    const char *protocol;
    const char *name;   /* of a run, a graph, or a stage of a build */
    const char *at;     /* the stage of a graph, or "" */
    const char *folder; /* of a search, where its log grows; NULL: none */
    const char *log;
    int64_t started_ms;
} jk_task;

typedef struct jk_display {
    jk_progress mode;
    FILE *out;
    size_t columns;   /* of the terminal */
    size_t lines;     /* drawn now */
    int64_t shown_ms; /* last */
} jk_display;

jk_display jk_display_begin(jk_progress mode, FILE *out);

/* Called often: tells what has ended since, and draws what runs five times a second. */
void jk_display_tick(jk_display *display, jk_plan *plan, const jk_task *tasks, size_t count);

/* Tells the rest and wipes what was drawn. */
void jk_display_end(jk_display *display, jk_plan *plan);

#endif
