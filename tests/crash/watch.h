/* SPDX-License-Identifier: Apache-2.0 */
/* Watches the stores of a world whose disks fail, and decides after every reopening whether what
 * was reported as stored is there.
 *
 * Between two commits a store has exactly one content, of which a digest over every row of every
 * table is kept.  A store that is opened again must have the content of the last commit that was
 * reported as done, or that of the commit under way when it failed; an older content means that
 * something was LOST, any other that a step was TORN.  Nothing here knows what a step means. */
#ifndef TESTS_CRASH_WATCH_H
#define TESTS_CRASH_WATCH_H

#include "disk.h"
#include "lib/town.h"

typedef enum watch_kind {
    WATCH_LOST,     /* a commit that was reported is gone */
    WATCH_TORN,     /* a content that never was between two steps */
    WATCH_DAMAGED,  /* integrity_check, or a healthy disk that cannot be opened */
    WATCH_RETRIED,  /* a file was written or synced after its sync had failed */
    WATCH_MISNAMED, /* a refused start that blames the file for what its disk or memory did */
    WATCH_PROMISE,  /* a resident in no or two registers, servers that disagree, a wrong end */
    WATCH_STUCK,    /* the world does not come to its end */
    WATCH_CRASHED,  /* the run itself died */
    WATCH_KINDS     /* the number of those above */
} watch_kind;

/* What is done wrong on purpose, to see whether it is found. */
typedef enum watch_control {
    WATCH_RIGHT,
    WATCH_NORMAL,      /* synchronous = NORMAL */
    WATCH_OFF,         /* synchronous = OFF */
    WATCH_TWO_COMMITS, /* a step's inner part is committed before its outer one */
    WATCH_ACK_FIRST,   /* a commit is reported, and done later */
    WATCH_CONTROLS     /* the number of those above */
} watch_control;

typedef void watch_report(void *arg, watch_kind kind, const char *text);

/* Starts anew.  Violations go to report. */
void watch_start(watch_control control, watch_report *report, void *arg);

/* For world_on; its functions stay valid. */
const world_disk *watch_disk(void);

/* The disk of a node: its number for disk.h. */
unsigned watch_host(const jk_node_id *node);

/* A store that was opened again since watch_start is being opened right now. */
bool watch_reopening(unsigned host);

/* Something that must happen to lasting faults once they were felt. */
void watch_on_felt(void (*heal)(void));

/* Messages of the node that no peer acknowledged, by SQL; -1: its store is closed. */
int64_t watch_waiting(unsigned host);

/* The machines on which something failed since watch_start, as bits. */
uint32_t watch_failed(void);

/* Violations so far; stores that were opened again; commits that were reported. */
uint64_t watch_found(void);
uint64_t watch_reopened(void);
uint64_t watch_commits(void);

const char *watch_kind_name(watch_kind kind);
const char *watch_control_name(watch_control control);

#endif
