/* SPDX-License-Identifier: Apache-2.0 */
/* The results as Markdown that fits a CI's summary of a step: the verdict, what is not as expected
 * in full, the rest folded. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "out.h"
#include "result.h"

/* A chart in a summary: CI services take a megabyte of a summary at most. */
#define CHART_MAX  20000
#define CHARTS_MAX 10

static void cell(FILE *out, const char *text)
{
    (void)fputs("| ", out);
    jk_put_markdown(out, text);
    (void)fputc(' ', out);
}

static void write_row(const jk_run *run, FILE *out)
{
    char name[JK_RUN_NAME_SIZE];
    jk_run_full_name(run, name);
    cell(out, name);
    cell(out, jk_run_rule(run));
    cell(out, jk_run_claim_word(run));
    cell(out, jk_run_cell(run, JK_CHECK_DEFINES));
    (void)fprintf(out, "| %" PRIu64 " | %" PRIu64 " | %.1f ", run->output.states,
                  run->mutant ? run->output.error_depth : run->output.depth,
                  (double)run->used_ms / 1000);
    (void)fprintf(out, "| %s%s%s", jk_run_word(run), run->cached ? ", cached" : "",
                  run->note[0] == '\0' ? "" : ": ");
    jk_put_markdown(out, run->note);
    (void)fputs(" |\n", out);
}

static void write_head(FILE *out)
{
    (void)fputs("| check | rule | claim | bounds | states | depth | seconds | verdict |\n"
                "|---|---|---|---|---:|---:|---:|---|\n",
                out);
}

static void write_table(const jk_plan *plan, bool mutants, const char *title, FILE *out)
{
    size_t rows = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        rows += plan->runs[i].mutant == mutants ? 1 : 0;
    }
    if (rows == 0) {
        return;
    }
    (void)fprintf(out, "\n<details><summary>%zu %s</summary>\n\n", rows, title);
    write_head(out);
    for (size_t i = 0; i < plan->run_count; i++) {
        if (plan->runs[i].mutant == mutants) {
            write_row(&plan->runs[i], out);
        }
    }
    (void)fputs("\n</details>\n", out);
}

/* A fence that is longer than any run of backticks cannot be needed: charts have none. */
static void write_chart(const jk_run *run, FILE *out)
{
    char *chart = jk_run_read(run, "chart.txt");
    if (chart == NULL) {
        return;
    }
    size_t size = strlen(chart);
    char name[JK_RUN_NAME_SIZE];
    jk_run_full_name(run, name);
    (void)fputs("\n<details><summary>", out);
    jk_put_xml(out, name);
    (void)fputs(": how it comes about</summary>\n\n~~~~~~\n", out);
    size_t kept = size < CHART_MAX ? size : CHART_MAX;
    while (kept < size && kept > 0 && chart[kept - 1] != '\n') {
        kept--;
    }
    (void)fwrite(chart, 1, kept, out);
    (void)fprintf(out, "%s~~~~~~\n\n</details>\n",
                  kept < size ? "... the rest is in charts/\n" : "");
    free(chart);
}

static void write_problems(const jk_plan *plan, FILE *out)
{
    size_t problems = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        if (plan->runs[i].outcome == JK_OUTCOME_GOOD) {
            continue;
        }
        if (problems == 0) {
            (void)fputs("\n### Not as expected\n\n", out);
            write_head(out);
        }
        problems++;
        write_row(&plan->runs[i], out);
    }
    size_t charts = 0;
    for (size_t i = 0; i < plan->run_count && charts < CHARTS_MAX; i++) {
        if (plan->runs[i].outcome == JK_OUTCOME_BAD) {
            write_chart(&plan->runs[i], out);
            charts++;
        }
    }
}

void jk_summary_write(const jk_plan *plan, FILE *out)
{
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    (void)fputs("## juki verify\n\n**", out);
    jk_report_verdict(plan, out);
    (void)fprintf(out,
                  "**\n\n%zu results, %zu of them from the cache; %zu checks of another tier were "
                  "not run; %" PRId64 " s, %" PRId64 " s of processor time\n",
                  plan->run_count, checks.cached + mutants.cached, plan->left_out_count,
                  plan->wall_ms / 1000, plan->used_ms / 1000);
    write_problems(plan, out);
    write_table(plan, false, "checks", out);
    write_table(plan, true, "mutants", out);
}
