/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of the models: reads spec/<protocol>/checks.tsv and mutants.tsv, runs spin, a compiler
 * and pan in a scratch folder, decides, reports.  README.md tells what each verdict means. */
#ifndef JUKI_VERIFY_VERIFY_H
#define JUKI_VERIFY_VERIFY_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "juki/status.h"

/* Exit codes.  If several apply: violated, then tool error, then incomplete. */
typedef enum jk_verify_exit {
    JK_VERIFY_HOLDS = 0,      /* everything as expected, and complete */
    JK_VERIFY_VIOLATED = 1,   /* a claim is violated, a witness is missing, a mutant survived */
    JK_VERIFY_USAGE = 2,      /* the call, or nothing to run */
    JK_VERIFY_INCOMPLETE = 3, /* not proved: a search that was cut, other state counts ... */
    JK_VERIFY_TOOL = 4        /* a tool or a table failed */
} jk_verify_exit;

typedef struct jk_verify_options {
    const char *root;          /* folder that holds spec/ */
    const char *protocol;      /* NULL: all that have a checks.tsv */
    const char *check;         /* NULL: all; else a check's or a mutant's name */
    const char *out;           /* where to work and leave everything; NULL: a scratch folder that is
                                  removed if all is as expected */
    const char *update_readme; /* NULL, or a file with the two markers */
    const char *update_rules;  /* NULL, or the file that gets the table of the rules */
    const char *charts;        /* NULL, or the folder whose PROTOCOL/charts gets the charts */
    bool full;                 /* tier full too */
    bool mutants;              /* the mutants too */
    bool witnesses;            /* charts of the witnesses, too */
    bool write_states;         /* put the counts found into checks.tsv */
    bool progress;             /* a line on stderr that changes */
    int jobs;                  /* processes side by side, 1 to 16 */
    int time_s;                /* longest run of one search */
    int memory_mb;             /* of one search */
    int depth;                 /* of one search: pan -m */
    const volatile sig_atomic_t *stop; /* NULL, or not 0 when everything shall end at once */
} jk_verify_options;

/* What the program starts from: the current folder, two jobs, five minutes, 6000 MB. */
jk_verify_options jk_verify_defaults(void);

/* Runs and prints the tables and the verdict line. */
jk_verify_exit jk_verify_run(const jk_verify_options *options, FILE *report);

#endif
