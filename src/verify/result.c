/* SPDX-License-Identifier: Apache-2.0 */
/* What was found, as every report tells it. */
#define _POSIX_C_SOURCE 200809L
#include "result.h"

#include "graph_result.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_OF_MB 1048576.0

jk_tally jk_plan_tally(const jk_plan *plan, bool mutants)
{
    jk_tally sum = {0};
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant != mutants) {
            continue;
        }
        sum.good += run->outcome == JK_OUTCOME_GOOD ? 1 : 0;
        sum.bad += run->outcome == JK_OUTCOME_BAD ? 1 : 0;
        sum.incomplete += run->outcome == JK_OUTCOME_INCOMPLETE ? 1 : 0;
        sum.tool += run->outcome <= JK_OUTCOME_RUNNING || run->outcome == JK_OUTCOME_TOOL ? 1 : 0;
        sum.cached += run->cached ? 1 : 0;
    }
    return sum;
}

static jk_verify_exit exit_of(const jk_tally *sum)
{
    return sum->bad > 0          ? JK_VERIFY_VIOLATED
           : sum->tool > 0       ? JK_VERIFY_TOOL
           : sum->incomplete > 0 ? JK_VERIFY_INCOMPLETE
                                 : JK_VERIFY_HOLDS;
}

jk_verify_exit jk_plan_exit(const jk_plan *plan)
{
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    return jk_verify_worse(jk_verify_worse(exit_of(&checks), exit_of(&mutants)),
                           jk_graphs_exit(&plan->graphs));
}

size_t jk_plan_undecided(const jk_plan *plan)
{
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    jk_graph_tally graphs = jk_graphs_tally(&plan->graphs);
    size_t certificate = jk_certificate_is_wrong(&plan->graphs) ? 1 : 0;
    return checks.incomplete + checks.tool + mutants.incomplete + mutants.tool + graphs.incomplete +
           graphs.tool + certificate;
}

size_t jk_plan_results(const jk_plan *plan)
{
    return plan->run_count + plan->graphs.asked;
}

size_t jk_plan_cached(const jk_plan *plan)
{
    return jk_plan_tally(plan, false).cached + jk_plan_tally(plan, true).cached +
           jk_graphs_tally(&plan->graphs).cached;
}

const char *jk_run_word(const jk_run *run)
{
    bool good = run->outcome == JK_OUTCOME_GOOD;
    if (run->mutant && good) {
        return "killed";
    }
    if (strcmp(jk_run_cell(run, JK_CHECK_EXPECT), "violated") == 0 && good) {
        return strcmp(jk_run_cell(run, JK_CHECK_KIND), "witness") == 0 ? "found" : "violated";
    }
    switch (run->outcome) {
    case JK_OUTCOME_GOOD: return "holds";
    case JK_OUTCOME_BAD:
        return run->mutant                        ? "NOT KILLED"
               : run->verdict == JK_VERDICT_HOLDS ? "NOT FOUND"
                                                  : "VIOLATED";
    case JK_OUTCOME_INCOMPLETE: return "INCOMPLETE";
    case JK_OUTCOME_WAITING:
    case JK_OUTCOME_RUNNING:
    case JK_OUTCOME_TOOL: return "TOOL ERROR";
    }
    return "?";
}

const char *jk_run_claim_word(const jk_run *run)
{
    return run->claim == NULL ? "assertions, deadlock" : run->claim;
}

void jk_run_full_name(const jk_run *run, char name[JK_RUN_NAME_SIZE])
{
    (void)snprintf(name, JK_RUN_NAME_SIZE, "%s/%s", run->protocol->name, jk_run_name(run));
}

void jk_run_file_name(const jk_run *run, const char *suffix, char name[JK_RUN_NAME_SIZE])
{
    (void)snprintf(name, JK_RUN_NAME_SIZE, "%s.%s%s%s", run->protocol->name,
                   run->mutant ? "mutant." : "", jk_run_name(run), suffix);
}

const char *jk_run_text(const jk_run *run)
{
    return run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_TEXT) : jk_run_cell(run, JK_CHECK_TEXT);
}

const char *jk_run_rule(const jk_run *run)
{
    return run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_RULE) : jk_run_cell(run, JK_CHECK_RULE);
}

const char *jk_claim_text(const jk_protocol *protocol, const char *claim)
{
    const char *wanted = claim == NULL ? "-" : claim;
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        if (strcmp(jk_table_cell(&protocol->checks, i, JK_CHECK_CLAIM), wanted) == 0) {
            return jk_table_cell(&protocol->checks, i, JK_CHECK_TEXT);
        }
    }
    return "-";
}

/* The line of a file at which "ltl NAME" begins; 0: there is none. */
static unsigned claim_line(const char *path, const char *claim)
{
    size_t size;
    char *text = jk_file_read(path, &size);
    unsigned line = 1;
    size_t length = strlen(claim);
    for (const char *at = text; at != NULL; line++) {
        const char *word = at + strspn(at, " \t");
        if (strncmp(word, "ltl", 3) == 0 && (word[3] == ' ' || word[3] == '\t')) {
            word += 3 + strspn(word + 3, " \t");
            if (strncmp(word, claim, length) == 0 && strspn(word + length, " \t{:") > 0) {
                free(text);
                return line;
            }
        }
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    free(text);
    return 0;
}

static bool find_claim(const jk_run *run, jk_place *place)
{
    struct dirent **entries;
    int count = scandir(run->protocol->folder, &entries, NULL, alphasort);
    bool found = false;
    for (int i = 0; i < count; i++) {
        char path[JK_PATH_SIZE];
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        if (!found && length > 4 && strcmp(name + length - 4, ".pml") == 0 &&
            jk_path_join(path, run->protocol->folder, name)) {
            place->line = claim_line(path, run->claim);
            found = place->line > 0;
            if (found) {
                (void)snprintf(place->file, sizeof place->file, "spec/%s/%.120s",
                               run->protocol->name, name);
            }
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return found;
}

void jk_run_place(const jk_run *run, jk_place *place)
{
    bool survives = run->mutant && run->outcome != JK_OUTCOME_GOOD;
    if (!survives && run->claim != NULL && find_claim(run, place)) {
        return;
    }
    const char *file =
        survives ? jk_run_mutant_cell(run, JK_MUTANT_PATCH) : jk_run_cell(run, JK_CHECK_FILE);
    (void)snprintf(place->file, sizeof place->file, "spec/%s/%s", run->protocol->name, file);
    place->line = 1;
}

double jk_run_rate(const jk_run *run)
{
    return run->used_ms < 1 ? 0 : (double)run->output.states * 1000 / (double)run->used_ms;
}

double jk_run_state_bytes(const jk_run *run)
{
    return run->output.states == 0
               ? 0
               : run->output.states_mb * BYTES_OF_MB / (double)run->output.states;
}

char *jk_run_read(const jk_run *run, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return run->folder[0] != '\0' && jk_path_join(path, run->folder, name)
               ? jk_file_read(path, &size)
               : NULL;
}
