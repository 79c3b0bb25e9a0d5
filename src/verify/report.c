/* SPDX-License-Identifier: Apache-2.0 */
/* The result as text for a terminal and as Markdown for a README. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "graph_result.h"

static int name_width(const jk_plan *plan)
{
    size_t width = 20;
    for (size_t i = 0; i < plan->run_count; i++) {
        char name[JK_RUN_NAME_SIZE];
        jk_run_full_name(&plan->runs[i], name);
        width = strlen(name) > width ? strlen(name) : width;
    }
    return (int)width;
}

static void print_checks(const jk_plan *plan, FILE *report)
{
    int width = name_width(plan);
    if (plan->run_count == 0) {
        return;
    }
    (void)fprintf(report, "%-*s %-28s %-24s %10s %7s %7s  %s\n", width, "check", "claim", "bounds",
                  "states", "depth", "seconds", "verdict");
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant) {
            continue;
        }
        char name[JK_RUN_NAME_SIZE];
        jk_run_full_name(run, name);
        (void)fprintf(report, "%-*s %-28s %-24s %10" PRIu64 " %7" PRIu64 " %7.1f  %s%s%s%s\n",
                      width, name, jk_run_claim_word(run), jk_run_cell(run, JK_CHECK_DEFINES),
                      run->output.states, run->output.depth, (double)run->used_ms / 1000,
                      jk_run_word(run), run->cached ? ", cached" : "",
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
        char name[JK_RUN_NAME_SIZE];
        jk_run_full_name(run, name);
        (void)fprintf(report, "%-*s %-28s %7" PRIu64 " %7.1f  %s%s%s%s\n", width, name,
                      jk_run_claim_word(run), run->output.error_depth, (double)run->used_ms / 1000,
                      jk_run_word(run), run->cached ? ", cached" : "",
                      run->note[0] == '\0' ? "" : ": ", run->note);
    }
}

static size_t all_of(const jk_tally *tally)
{
    return tally->good + tally->bad + tally->incomplete + tally->tool;
}

void jk_report_verdict(const jk_plan *plan, FILE *report)
{
    static const char *const words[] = {"all as expected, complete",
                                        "VIOLATED",
                                        "usage",
                                        "INCOMPLETE: nothing is proved where it says so",
                                        "TOOL ERROR",
                                        "THE MODEL AND THE C DISAGREE"};
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    const char *between = "";
    if (all_of(&checks) > 0) {
        (void)fprintf(report, "%zu of %zu checks as expected", checks.good, all_of(&checks));
        between = ", ";
    }
    if (all_of(&mutants) > 0) {
        (void)fprintf(report, "%s%zu of %zu mutants killed", between, mutants.good,
                      all_of(&mutants));
        between = ", ";
    }
    if (plan->graphs.asked > 0) {
        (void)fprintf(report, "%s%zu of %zu graphs the same in SPIN and in C", between,
                      jk_graphs_tally(&plan->graphs).same, plan->graphs.asked);
    }
    (void)fprintf(report, ": %s", words[jk_plan_exit(plan)]);
}

jk_verify_exit jk_report_print(const jk_plan *plan, FILE *report)
{
    print_checks(plan, report);
    print_mutants(plan, report);
    size_t cached = jk_plan_cached(plan);
    if (plan->graphs.asked > 0) {
        (void)fputs(plan->run_count > 0 ? "\n" : "", report);
        jk_graphs_print(&plan->graphs, report);
    }
    if (plan->graphs.certified != JK_CERTIFIED_NOT) {
        (void)fprintf(report, "\nverify: %s%s%s\n", jk_certificate_words(&plan->graphs),
                      plan->graphs.note[0] == '\0' ? "" : ", ", plan->graphs.note);
    }
    (void)fputs("\nverify: ", report);
    jk_report_verdict(plan, report);
    (void)fputc('\n', report);
    if (plan->left_out_count > 0) {
        (void)fprintf(report, "verify: %zu checks of another tier were not run\n",
                      plan->left_out_count);
    }
    if (plan->graphs.left_out > 0) {
        (void)fprintf(report, "verify: %zu graphs of another tier were not searched\n",
                      plan->graphs.left_out);
    }
    if (cached > 0) {
        (void)fprintf(report, "verify: %zu of %zu results come from the cache\n", cached,
                      jk_plan_results(plan));
    }
    if (plan->graphs.cache_faults > 0) {
        (void)fprintf(report, "verify: cache: %zu of its graphs could not be used or kept\n",
                      plan->graphs.cache_faults);
    }
    if (plan->cache_faults > 0) {
        (void)fprintf(report, "verify: cache: %zu of its files could not be used, the first: %s\n",
                      plan->cache_faults, plan->cache_fault);
    }
    (void)fprintf(report, "verify: %" PRId64 " s, %" PRId64 " s of processor time\n",
                  plan->wall_ms / 1000, plan->used_ms / 1000);
    return jk_plan_exit(plan);
}

static void cell(FILE *out, const char *text)
{
    (void)fputs("| ", out);
    jk_put_markdown(out, text);
    (void)fputc(' ', out);
}

/* The row up to its seconds; free() it. */
static char *row_of(const jk_run *run)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    cell(out, jk_run_name(run));
    cell(out, jk_run_cell(run, JK_CHECK_RULE));
    cell(out, jk_run_cell(run, JK_CHECK_TEXT));
    cell(out, jk_run_cell(run, JK_CHECK_DEFINES));
    (void)fprintf(out, "| %" PRIu64 " | %" PRIu64 " | ", run->output.states, run->output.depth);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* The seconds that the old table has for a row that is the same but for them, so that a second
 * call changes nothing; NULL: it has none. */
static const char *old_seconds(const char *old, const char *row, const char *word)
{
    size_t length = strlen(row);
    for (const char *line = strstr(old, row); line != NULL; line = strstr(line + 1, row)) {
        const char *seconds = line + length;
        const char *behind = seconds + strspn(seconds, "0123456789.");
        size_t size = strlen(word);
        if ((line == old || line[-1] == '\n') && strncmp(behind, " | ", 3) == 0 &&
            strncmp(behind + 3, word, size) == 0 && strncmp(behind + 3 + size, " |\n", 3) == 0) {
            return seconds;
        }
    }
    return NULL;
}

static bool markdown_checks(const jk_plan *plan, const char *old, FILE *out)
{
    (void)fputs("| check | rule | property | bounds | states | depth | seconds | verdict |\n"
                "|---|---|---|---|---:|---:|---:|---|\n",
                out);
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->mutant) {
            continue;
        }
        char *row = row_of(run);
        if (row == NULL) {
            return false;
        }
        const char *seconds = old_seconds(old, row, jk_run_word(run));
        (void)fputs(row, out);
        if (seconds != NULL) {
            (void)fwrite(seconds, 1, strspn(seconds, "0123456789."), out);
        } else {
            (void)fprintf(out, "%.1f", (double)run->used_ms / 1000);
        }
        (void)fprintf(out, " | %s |\n", jk_run_word(run));
        free(row);
    }
    return true;
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
        bool whole = markdown_checks(plan, from, out);
        (void)fputs(upto, out);
        status = fclose(out) == 0 && whole ? jk_file_write(path, bytes, fresh) : JK_E_MEMORY;
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
