/* SPDX-License-Identifier: Apache-2.0 */
/* The result as text for a terminal and as Markdown for a README. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

#define FULL_NAME_SIZE 160

typedef struct total {
    size_t good;
    size_t bad;
    size_t incomplete;
    size_t tool;
} total;

static void count(const jk_run *run, total *sum)
{
    sum->good += run->outcome == JK_OUTCOME_GOOD ? 1 : 0;
    sum->bad += run->outcome == JK_OUTCOME_BAD ? 1 : 0;
    sum->incomplete += run->outcome == JK_OUTCOME_INCOMPLETE ? 1 : 0;
    sum->tool += run->outcome <= JK_OUTCOME_RUNNING || run->outcome == JK_OUTCOME_TOOL ? 1 : 0;
}

/* What the reader is told in one word: a witness that was found is good. */
static const char *word(const jk_run *run)
{
    bool good = run->outcome == JK_OUTCOME_GOOD;
    if (run->mutant) {
        return good ? "killed" : "NOT KILLED";
    }
    if (strcmp(jk_run_cell(run, JK_CHECK_EXPECT), "violated") == 0 && good) {
        return strcmp(jk_run_cell(run, JK_CHECK_KIND), "witness") == 0 ? "found" : "violated";
    }
    switch (run->outcome) {
    case JK_OUTCOME_GOOD: return "holds";
    case JK_OUTCOME_BAD: return run->verdict == JK_VERDICT_HOLDS ? "NOT FOUND" : "VIOLATED";
    case JK_OUTCOME_INCOMPLETE: return "INCOMPLETE";
    case JK_OUTCOME_WAITING:
    case JK_OUTCOME_RUNNING:
    case JK_OUTCOME_TOOL: return "TOOL ERROR";
    }
    return "?";
}

static const char *claim_word(const jk_run *run)
{
    return run->claim == NULL ? "assertions, deadlock" : run->claim;
}

/* protocol/name, and how wide the longest of the plan is. */
static void full_name(const jk_run *run, char name[FULL_NAME_SIZE])
{
    (void)snprintf(name, FULL_NAME_SIZE, "%s/%s", run->protocol->name, jk_run_name(run));
}

static int name_width(const jk_plan *plan)
{
    size_t width = 20;
    for (size_t i = 0; i < plan->run_count; i++) {
        char name[FULL_NAME_SIZE];
        full_name(&plan->runs[i], name);
        width = strlen(name) > width ? strlen(name) : width;
    }
    return (int)width;
}

static void print_checks(const jk_plan *plan, FILE *report)
{
    int width = name_width(plan);
    (void)fprintf(report, "%-*s %-28s %-24s %10s %7s %7s  %s\n", width, "check", "claim", "bounds",
                  "states", "depth", "seconds", "verdict");
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant) {
            continue;
        }
        char name[FULL_NAME_SIZE];
        full_name(run, name);
        (void)fprintf(report, "%-*s %-28s %-24s %10" PRIu64 " %7" PRIu64 " %7.1f  %s%s%s\n", width,
                      name, claim_word(run), jk_run_cell(run, JK_CHECK_DEFINES), run->output.states,
                      run->output.depth, (double)run->used_ms / 1000, word(run),
                      run->note[0] == '\0' ? "" : ": ", run->note);
    }
}

static void print_mutants(const jk_plan *plan, FILE *report)
{
    int width = name_width(plan);
    bool headed = false;
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (!run->mutant) {
            continue;
        }
        if (!headed) {
            (void)fprintf(report, "\n%-*s %-28s %7s %7s  %s\n", width, "mutant", "killed by",
                          "depth", "seconds", "verdict");
            headed = true;
        }
        char name[FULL_NAME_SIZE];
        full_name(run, name);
        (void)fprintf(report, "%-*s %-28s %7" PRIu64 " %7.1f  %s%s%s\n", width, name,
                      claim_word(run), run->output.error_depth, (double)run->used_ms / 1000,
                      word(run), run->note[0] == '\0' ? "" : ": ", run->note);
    }
}

static jk_verify_exit exit_of(const total *sum)
{
    return sum->bad > 0          ? JK_VERIFY_VIOLATED
           : sum->tool > 0       ? JK_VERIFY_TOOL
           : sum->incomplete > 0 ? JK_VERIFY_INCOMPLETE
                                 : JK_VERIFY_HOLDS;
}

static void sum_up(const jk_plan *plan, total *checks, total *mutants)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        count(&plan->runs[i], plan->runs[i].mutant ? mutants : checks);
    }
}

jk_verify_exit jk_report_print(const jk_plan *plan, FILE *report)
{
    static const char *const words[] = {"all as expected, complete", "VIOLATED", "usage",
                                        "INCOMPLETE: nothing is proved where it says so",
                                        "TOOL ERROR"};
    total checks = {0};
    total mutants = {0};
    sum_up(plan, &checks, &mutants);
    print_checks(plan, report);
    print_mutants(plan, report);
    total both = {.good = checks.good + mutants.good,
                  .bad = checks.bad + mutants.bad,
                  .incomplete = checks.incomplete + mutants.incomplete,
                  .tool = checks.tool + mutants.tool};
    jk_verify_exit code = exit_of(&both);
    (void)fprintf(report, "\nverify: %zu of %zu checks as expected", checks.good,
                  checks.good + checks.bad + checks.incomplete + checks.tool);
    size_t mutant_count = mutants.good + mutants.bad + mutants.incomplete + mutants.tool;
    if (mutant_count > 0) {
        (void)fprintf(report, ", %zu of %zu mutants killed", mutants.good, mutant_count);
    }
    int64_t wall_ms = jk_clock_ms() - plan->started_ms;
    (void)fprintf(report, ": %s\n", words[code]);
    if (plan->left_out > 0) {
        (void)fprintf(report, "verify: %zu checks of tier full were not run\n", plan->left_out);
    }
    (void)fprintf(report, "verify: %" PRId64 " s, %" PRId64 " s of processor time\n",
                  wall_ms / 1000, plan->used_ms / 1000);
    return code;
}

/* A cell of a Markdown table: '|' would end it. */
static void cell(FILE *out, const char *text)
{
    (void)fputs("| ", out);
    for (; *text != '\0'; text++) {
        (void)fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
    }
    (void)fputc(' ', out);
}

static void markdown_checks(const jk_plan *plan, FILE *out)
{
    (void)fputs("| check | rule | property | bounds | states | depth | seconds | verdict |\n"
                "|---|---|---|---|---:|---:|---:|---|\n",
                out);
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant) {
            continue;
        }
        cell(out, jk_run_name(run));
        cell(out, jk_run_cell(run, JK_CHECK_RULE));
        cell(out, jk_run_cell(run, JK_CHECK_TEXT));
        cell(out, jk_run_cell(run, JK_CHECK_DEFINES));
        (void)fprintf(out, "| %" PRIu64 " | %" PRIu64 " | %.1f | %s |\n", run->output.states,
                      run->output.depth, (double)run->used_ms / 1000, word(run));
    }
}

jk_status jk_report_update(const jk_plan *plan, const char *path, jk_fault *fault)
{
    static const char begin[] = "<!-- verify:begin -->";
    static const char end[] = "<!-- verify:end -->";
    size_t size;
    char *old = jk_file_read(path, &size);
    char *from = old == NULL ? NULL : strstr(old, begin);
    char *upto = from == NULL ? NULL : strstr(from, end);
    char *bytes = NULL;
    size_t fresh = 0;
    FILE *out = upto == NULL ? NULL : open_memstream(&bytes, &fresh);
    jk_status status = JK_E_FILE;
    if (out != NULL) {
        (void)fwrite(old, 1, (size_t)(from - old), out);
        (void)fprintf(out, "%s\n", begin);
        markdown_checks(plan, out);
        (void)fputs(upto, out);
        status = fclose(out) == 0 ? jk_file_write(path, bytes, fresh) : JK_E_MEMORY;
    }
    if (status != JK_OK) {
        fault->status = status;
        (void)snprintf(fault->text, sizeof fault->text, "%s",
                       upto == NULL ? "the README or its two markers are missing"
                                    : "the README cannot be written");
    }
    free(bytes);
    free(old);
    return status;
}
