/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of the models: reads spec/<protocol>/checks.tsv and mutants.tsv, runs spin, a compiler
 * and pan in a scratch folder, decides, reports.  README.md tells what each verdict means. */
#ifndef JUKI_VERIFY_VERIFY_H
#define JUKI_VERIFY_VERIFY_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "juki/status.h"

/* Exit codes. */
typedef enum jk_verify_exit {
    JK_VERIFY_HOLDS = 0,      /* everything as expected, and complete */
    JK_VERIFY_VIOLATED = 1,   /* a claim is violated, a witness is missing, a mutant survived */
    JK_VERIFY_USAGE = 2,      /* the call, or nothing to run */
    JK_VERIFY_INCOMPLETE = 3, /* not proved: a search that was cut, other state counts ... */
    JK_VERIFY_TOOL = 4,       /* a tool or a table failed */
    JK_VERIFY_DIFFERS = 5     /* the model and the C disagree */
} jk_verify_exit;

/* The one that a call with both ends with: violated, differs, tool error, incomplete, usage,
 * holds. */
jk_verify_exit jk_verify_worse(jk_verify_exit one, jk_verify_exit other);

/* Is the C's graph held against the model's, too (identity.tsv)? */
typedef enum jk_graphs_wanted {
    JK_GRAPHS_TOO,
    JK_GRAPHS_NONE,
    JK_GRAPHS_ONLY /* and no check, no mutant */
} jk_graphs_wanted;

typedef enum jk_progress {
    JK_PROGRESS_NONE,
    JK_PROGRESS_LINES, /* on stderr, one for each search that has ended */
    JK_PROGRESS_LIVE   /* on a terminal: one for each that runs, drawn over and over */
} jk_progress;

/* A list is one or more patterns with commas between them, see select.h; NULL: all. */
typedef struct jk_verify_options {
    const char *root;          /* folder that holds spec/, and gen/ and src/ for the graphs */
    const char *self;          /* this program: `SELF gen` compiles a check for its graph */
    const char *protocol;      /* list of folders of spec/ that have a checks.tsv */
    const char *check;         /* list of checks, mutants and graphs; a name without a pattern is
                                  run whatever its tier */
    const char *claim;         /* list */
    const char *rule;          /* list */
    const char *tier;          /* list; NULL: quick, and with full all */
    const char *define;        /* list, of one word of the bounds */
    const char *out;           /* NULL, or where to put the results; it must be new, empty, or hold
                                  an earlier call's */
    const char *scores;        /* NULL, or a file with the scores of mutants, for the report */
    const char *cache;         /* NULL, or the folder of the results kept from earlier calls */
    const char *update_readme; /* NULL, or a file with the two markers */
    const char *update_rules;  /* NULL, or the file that gets the table of the rules */
    const char *charts;        /* NULL, or the folder whose PROTOCOL/charts gets the charts */
    jk_graphs_wanted graphs;
    bool update_certificate; /* write gen/CERT.json */
    bool full;               /* tier full too */
    bool mutants;            /* the mutants too */
    bool witnesses;          /* charts of the witnesses, too */
    bool write_states;       /* put the counts found into checks.tsv */
    bool keep;               /* leave the scratch folder */
    jk_progress progress;
    int jobs;            /* processes side by side, 1 to 16 */
    int time_s;          /* longest run of one search */
    int memory_mb;       /* of one search */
    int whole_time_s;    /* of the whole call; 0: as long as it takes */
    int whole_memory_mb; /* of all searches that run side by side; 0: only each for itself */
    int depth;           /* of one search: pan -m */
    const volatile sig_atomic_t *stop; /* NULL, or not 0 when everything shall end at once */
} jk_verify_options;

/* What the program starts from: the current folder, the program "juki", two jobs, five minutes,
 * 6000 MB. */
jk_verify_options jk_verify_defaults(void);

/* Runs and prints the tables and the verdict line. */
jk_verify_exit jk_verify_run(const jk_verify_options *options, FILE *report);

#endif
