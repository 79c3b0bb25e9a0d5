/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done: builds (one spin and one compiler each) and the runs that share them. */
#ifndef JUKI_VERIFY_PLAN_H
#define JUKI_VERIFY_PLAN_H

#include "file.h"
#include "graphs.h"
#include "output.h"
#include "process.h"
#include "select.h"
#include "table.h"
#include "trail.h"
#include "verify.h"

#define JK_PROTOCOLS_MAX 32 /* folders of spec/ with a checks.tsv */
#define JK_NOTE_SIZE     160
#define JK_NO_BUILD      ((size_t)-1)

enum jk_check_column {
    JK_CHECK_NAME,
    JK_CHECK_FILE,
    JK_CHECK_DEFINES,
    JK_CHECK_CLAIM,
    JK_CHECK_KIND,
    JK_CHECK_EXPECT,
    JK_CHECK_STATES,
    JK_CHECK_TIER,
    JK_CHECK_UNREACHED,
    JK_CHECK_RULE,
    JK_CHECK_TEXT,
    JK_CHECK_COLUMNS
};

enum jk_mutant_column {
    JK_MUTANT_NAME,
    JK_MUTANT_PATCH,
    JK_MUTANT_CHECK,
    JK_MUTANT_CLAIM,
    JK_MUTANT_RULE,
    JK_MUTANT_DEPTH,
    JK_MUTANT_TEXT,
    JK_MUTANT_COLUMNS
};

extern const char *const jk_check_columns[JK_CHECK_COLUMNS];
extern const char *const jk_mutant_columns[JK_MUTANT_COLUMNS];

typedef struct jk_protocol {
    char name[64];
    char folder[JK_PATH_SIZE]; /* spec/<name> */
    jk_table checks;
    jk_table mutants; /* no rows if there is no mutants.tsv */
} jk_protocol;

/* How pan.c is compiled. */
typedef enum jk_build_mode {
    JK_BUILD_PLAIN,    /* no claim: assertions and end states */
    JK_BUILD_SAFETY,   /* claims without cycles */
    JK_BUILD_SHORTEST, /* the same breadth-first: for a violation with the fewest steps */
    JK_BUILD_LIVENESS  /* cycles under weak fairness */
} jk_build_mode;

typedef enum jk_stage {
    JK_STAGE_NEW,
    JK_STAGE_PATCHED,
    JK_STAGE_GENERATED,
    JK_STAGE_READY,
    JK_STAGE_FAILED
} jk_stage;

typedef struct jk_build {
    const jk_protocol *protocol;
    const char *file;
    const char *defines;
    const char *patch; /* NULL: the model as it is */
    jk_build_mode mode;
    jk_stage stage;
    bool busy;
    uint64_t weight;  /* of all its searches */
    uint64_t largest; /* of their numbers of states */
    char folder[JK_PATH_SIZE];
    char note[JK_NOTE_SIZE]; /* why it failed */
} jk_build;

typedef enum jk_outcome {
    JK_OUTCOME_WAITING,
    JK_OUTCOME_RUNNING,
    JK_OUTCOME_GOOD,       /* as expected */
    JK_OUTCOME_BAD,        /* exit 1 */
    JK_OUTCOME_INCOMPLETE, /* exit 3 */
    JK_OUTCOME_TOOL        /* exit 4 */
} jk_outcome;

typedef struct jk_run {
    size_t build;
    size_t fallback; /* if the shortest violation is not found: this build; or JK_NO_BUILD */
    uint64_t states_expected; /* in the table, or a guess */
    uint64_t weight;          /* how long the search will be, about: states */
    jk_protocol *protocol;
    size_t check;      /* row of checks */
    bool mutant;       /* a row of mutants, run as that check is */
    size_t row;        /* of mutants */
    const char *claim; /* NULL: none */
    jk_outcome outcome;
    jk_verdict verdict;
    jk_pan_output output;
    int64_t used_ms; /* processor time of the search */
    char folder[JK_PATH_SIZE];
    char note[JK_NOTE_SIZE];
    char states[24];      /* what --write-states puts into the table */
    bool told;            /* in the progress */
    bool shortest_failed; /* the breadth-first search did not find it */
    bool cached;          /* an earlier call's result, judged again */
} jk_run;

/* A check that fits what was asked for, but for its tier. */
typedef struct jk_left_out {
    const jk_protocol *protocol;
    size_t check;
} jk_left_out;

/* The words with which the tools name their versions. */
typedef struct jk_tools {
    char spin[80];
    char tcc[80];
    char clang[80];
} jk_tools;

typedef struct jk_plan {
    const jk_verify_options *options;
    char work[JK_PATH_SIZE];
    jk_protocol protocols[JK_PROTOCOLS_MAX];
    size_t protocol_count;
    jk_build *builds;
    size_t build_count;
    jk_run *runs;
    size_t run_count;
    jk_left_out *left_out;
    size_t left_out_count;
    jk_graphs graphs;
    jk_tools tools;
    char refusal[JK_NOTE_SIZE]; /* what was asked for and is not there; "": nothing */
    int64_t started_ms;
    int64_t started_s;     /* of the calendar */
    int64_t wall_ms;       /* from then to the end of the last search */
    int64_t used_ms;       /* processor time of all, the graphs' too */
    size_t *order;         /* of starting: the longest run first */
    size_t cache_faults;   /* entries that could not be used or written */
    char cache_fault[192]; /* the first of them */
    jk_fault fault;
} jk_plan;

/* Reads the tables and lists builds and runs.  If nothing fits the options, or one of them fits
 * nothing, refusal says so. */
JK_MUST_USE jk_status jk_plan_read(jk_plan *plan, const jk_verify_options *options);

void jk_plan_close(jk_plan *plan);

/* What the options choose (choose.c). */
bool jk_check_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row);
bool jk_tier_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row);
bool jk_mutant_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row,
                    size_t check);

/* Fills the plan's refusal if a pattern fits no row, or nothing is to be run. */
void jk_plan_refuse_unmatched(jk_plan *plan);

const char *jk_run_name(const jk_run *run);
const char *jk_run_cell(const jk_run *run, enum jk_check_column column);
const char *jk_run_mutant_cell(const jk_run *run, enum jk_mutant_column column);

/* Asks spin and the compilers for their versions; a scratch file is made in the folder
 * (tools.c). */
void jk_tools_read(const char *folder, jk_tools *tools);

/* Runs all builds and runs of the plan (schedule.c). */
JK_MUST_USE jk_status jk_plan_execute(jk_plan *plan);

/* Megabytes that one search may use: its share, if all together have a limit. */
int jk_memory_of_one(const jk_verify_options *options);

/* The header plain.h for clang, see schedule.c. */
JK_MUST_USE bool jk_write_plain(const char *folder);

/* Decides one run from what its process left (judge.c).  A run whose shortest violation was not
 * found waits again, for its other build. */
void jk_run_judge(jk_plan *plan, jk_run *run, bool timed_out, int code);

/* Is a chart of this run's trail wanted, and is there one to draw. */
bool jk_run_has_chart(const jk_plan *plan, const jk_run *run);

/* The run's trail as a log of events, from replay.txt in its folder (counterexample.c). */
JK_MUST_USE jk_status jk_run_trail(const jk_plan *plan, const jk_run *run, jk_trail *trail,
                                   jk_fault *fault);

/* Leaves that log and its charts in the run's folder: run.events, chart.txt, chart.svg.  The text
 * goes into the folder of charts, too, if it is one of those that are committed
 * (counterexample.c). */
JK_MUST_USE jk_status jk_run_draw(const jk_plan *plan, const jk_run *run, jk_fault *fault);

/* The name of the trail in a folder; false if there is none. */
bool jk_trail_name(const char *folder, char *name, size_t capacity);

/* Prints both tables and the verdict line (report.c). */
jk_verify_exit jk_report_print(const jk_plan *plan, FILE *report);

/* Replaces what stands between the two markers of the file. */
JK_MUST_USE jk_status jk_report_update(const jk_plan *plan, const char *path, jk_fault *fault);

#endif
