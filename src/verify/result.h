/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, as every report tells it: words, names, places, sums. */
#ifndef JUKI_VERIFY_RESULT_H
#define JUKI_VERIFY_RESULT_H

#include "plan.h"

#define JK_RUN_NAME_SIZE 160

typedef struct jk_tally {
    size_t good;
    size_t bad;
    size_t incomplete;
    size_t tool;
    size_t cached;
} jk_tally;

jk_tally jk_plan_tally(const jk_plan *plan, bool mutants);

/* Of checks, mutants, graphs and the certificate. */
jk_verify_exit jk_plan_exit(const jk_plan *plan);

/* What is neither as expected nor refuted: not decided, or a tool failed; the certificate, too, if
 * it is not today's. */
size_t jk_plan_undecided(const jk_plan *plan);

/* All that was asked for, and what of it comes from the cache. */
size_t jk_plan_results(const jk_plan *plan);
size_t jk_plan_cached(const jk_plan *plan);

/* The verdict in a word; a witness that was found is good. */
const char *jk_run_word(const jk_run *run);

/* The claim, or what is searched without one. */
const char *jk_run_claim_word(const jk_run *run);

/* protocol/name */
void jk_run_full_name(const jk_run *run, char name[JK_RUN_NAME_SIZE]);

/* The name of a file of the run in the results: protocol.name and the suffix, or
 * protocol.mutant.name. */
void jk_run_file_name(const jk_run *run, const char *suffix, char name[JK_RUN_NAME_SIZE]);

/* What a run is about in the table's words: a mutant's own. */
const char *jk_run_text(const jk_run *run);

/* The rule that its row names, or "-". */
const char *jk_run_rule(const jk_run *run);

/* The words of a property: those of the first row that proves the claim. */
const char *jk_claim_text(const jk_protocol *protocol, const char *claim);

typedef struct jk_place {
    char file[200]; /* from the root: spec/... */
    unsigned line;
} jk_place;

/* Where the claim of the run stands, or, without one, its model; a mutant's is its patch's if
 * nothing refuted it. */
void jk_run_place(const jk_run *run, jk_place *place);

/* States in a second of processor time; 0: not known. */
double jk_run_rate(const jk_run *run);

/* Bytes of memory for a state as pan counts it; 0: not known. */
double jk_run_state_bytes(const jk_run *run);

/* "12 of 12 checks as expected: ..." without a line end (report.c). */
void jk_report_verdict(const jk_plan *plan, FILE *report);

/* The whole text of a file in the run's folder; free() it.  NULL: there is none. */
char *jk_run_read(const jk_run *run, const char *name);

#endif
