/* SPDX-License-Identifier: Apache-2.0 */
/* Special move-ins between thirteen nodes, from the filing to the end, on disks that may fail at
 * any moment; then the promise.  Operators ask again what was not answered. */
#ifndef TESTS_CRASH_SCENARIO_H
#define TESTS_CRASH_SCENARIO_H

#include "watch.h"

typedef struct scenario {
    const char *name;
    bool one_store;  /* no move-in: one store is made, filled, closed and opened, three times */
    int members;     /* who moves */
    bool rejects;    /* the clerk of the new municipality does not enter them */
    bool stops;      /* the terminal takes the move-in back while it lies on the clerk's desk */
    bool competes;   /* a second municipality asks for the first member at the same time */
    bool cancels;    /* the filing is taken back; nobody asks to move in */
    bool black_out;  /* at the end all machines lose their power, whether anything failed or not */
    const char *end; /* the terminal's state; NULL: any final one */
} scenario;

extern const scenario scenarios[];
extern const size_t scenario_count;

/* Opens the nodes.  Faults may begin after this.  false: the harness is wrong. */
bool scenario_open(town *t, uint64_t seed);

/* Plays it to its end; then the power of these machines (bits of disk.h's numbers), and of those on
 * which something failed, is cut, and all is looked at once more.  Violations are reported as by
 * watch.h. */
void scenario_play(town *t, const scenario *s, const uint32_t *hosts, watch_report *report,
                   void *arg);

/* The one with one_store: faults may begin before it. */
void scenario_store(watch_report *report, void *arg);

#endif
