/* SPDX-License-Identifier: Apache-2.0 */
/* One run per fault: the world is played once, and before every I/O (or allocation) that is looked
 * at the process forks.  The child meets the fault and plays on to the end; the parent goes on
 * without.  So a fault at the N-th I/O costs what comes after it alone, and nothing is repeated. */
#ifndef TESTS_CRASH_EXPLORE_H
#define TESTS_CRASH_EXPLORE_H

#include "scenario.h"

#define EXPLORE_TEXTS 12 /* violations that are told in words */

typedef enum explore_what {
    EXPLORE_IO,       /* every mode and damage at an I/O */
    EXPLORE_RECOVERY, /* a power loss, then a second fault while the store is opened again */
    EXPLORE_MEMORY    /* SQLite's allocations fail */
} explore_what;

typedef struct explore_plan {
    explore_what what;
    watch_control control;
    unsigned every;  /* of how many points one is tried; 1: all */
    unsigned reads;  /* the same for reads, which are many */
    unsigned second; /* the same for the I/O of a reopening */
    unsigned start;  /* the first one */
    unsigned jobs;   /* children at a time */
} explore_plan;

/* Shared with the children, who add to it atomically. */
typedef struct explore_sum {
    uint64_t points;        /* I/O or allocations seen */
    uint64_t tried;         /* of these */
    uint64_t ops[DISK_OPS]; /* of these, by kind */
    uint64_t runs;
    uint64_t struck; /* runs whose fault met something */
    uint64_t reopened;
    uint64_t commits;
    uint64_t mode_runs[DISK_UNREAD + 1];
    uint64_t damage_runs[DISK_DAMAGES];
    uint64_t violations; /* runs with at least one */
    uint64_t kinds[WATCH_KINDS];
    uint32_t text_count;
    char text[EXPLORE_TEXTS][240];
} explore_sum;

/* NULL: no memory. */
explore_sum *explore_sum_new(void);

/* Plays one scenario; false: the harness is wrong (told on stderr). */
bool explore(const explore_plan *plan, const scenario *s, explore_sum *sum);

#endif
