/* SPDX-License-Identifier: Apache-2.0 */
/* The results as Markdown that fits a CI's summary of a step: the verdict, what is not as expected
 * in full, the graphs of model and C, the rest folded. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "graph_result.h"
#include "out.h"

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

static void write_graph(const jk_graph *graph, FILE *out)
{
    char name[JK_RUN_NAME_SIZE];
    jk_graph_full_name(graph, name);
    cell(out, name);
    cell(out, graph->defines);
    (void)fprintf(out,
                  "| %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64
                  " | %.0f | %.0f | %.1f | %s%s%s",
                  graph->spin.states, graph->c.states, graph->spin.edges, graph->c.edges,
                  graph->c.depth, jk_graph_state_bytes(&graph->spin),
                  jk_graph_state_bytes(&graph->c), (double)graph->used_ms / 1000,
                  jk_graph_word(graph), graph->cached ? ", cached" : "",
                  graph->note[0] == '\0' ? "" : ": ");
    jk_put_markdown(out, graph->note);
    (void)fputs(" |\n", out);
}

/* A table of the graphs that are the same, or of those that are not. */
static void write_graphs(const jk_plan *plan, bool same, FILE *out)
{
    size_t rows = 0;
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        if (!jk_graph_is_told(graph) || (graph->outcome == JK_VERIFY_HOLDS) != same) {
            continue;
        }
        if (rows == 0) {
            (void)fputs("\n| graph | bounds | states: SPIN | C | edges: SPIN | C | depth | "
                        "bytes a state: SPIN | C | seconds | verdict |\n"
                        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n",
                        out);
        }
        rows++;
        write_graph(graph, out);
    }
}

/* What is the same is not folded: it is what the summary is read for. */
static void write_identity(const jk_plan *plan, FILE *out)
{
    jk_graph_tally sum = jk_graphs_tally(&plan->graphs);
    if (plan->graphs.asked == 0) {
        return;
    }
    (void)fprintf(out,
                  "\n### Model and C\n\n%zu of %zu graphs are the same in SPIN and in C: "
                  "%" PRIu64 " states, %" PRIu64 " edges; %zu promises held by the C",
                  sum.same, plan->graphs.asked, sum.states, sum.edges, sum.promises);
    if (plan->graphs.left_out > 0) {
        (void)fprintf(out, "; %zu graphs of another tier were not searched", plan->graphs.left_out);
    }
    (void)fprintf(out, "%s%s\n", plan->graphs.certified == JK_CERTIFIED_NOT ? "" : "; ",
                  jk_certificate_words(&plan->graphs));
    if (plan->graphs.note[0] != '\0') {
        (void)fprintf(out, "\n~~~~~~\n%s\n~~~~~~\n", plan->graphs.note);
    }
    write_graphs(plan, true, out);
}

/* A fence that is longer than any run of backticks cannot be needed: charts have none. */
static void write_chart(const char *name, const char *chart, FILE *out)
{
    size_t size = strlen(chart);
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
}

static void write_charts(const jk_plan *plan, FILE *out)
{
    char name[JK_RUN_NAME_SIZE];
    size_t charts = 0;
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        for (size_t k = 0; k < JK_WAYS_MAX && charts < CHARTS_MAX; k++) {
            char *chart = jk_graph_chart(graph, k);
            jk_graph_full_name(graph, name);
            if (chart != NULL) {
                write_chart(name, chart, out);
                charts++;
            }
            free(chart);
        }
    }
    for (size_t i = 0; i < plan->run_count && charts < CHARTS_MAX; i++) {
        const jk_run *run = &plan->runs[i];
        char *chart = run->outcome == JK_OUTCOME_BAD ? jk_run_read(run, "chart.txt") : NULL;
        jk_run_full_name(run, name);
        if (chart != NULL) {
            write_chart(name, chart, out);
            charts++;
        }
        free(chart);
    }
}

static void write_problems(const jk_plan *plan, FILE *out)
{
    size_t problems = 0;
    if (jk_plan_exit(plan) == JK_VERIFY_HOLDS) {
        return;
    }
    (void)fputs("\n### Not as expected\n", out);
    if (jk_certificate_is_wrong(&plan->graphs)) {
        (void)fprintf(out, "\n%s\n", jk_certificate_words(&plan->graphs));
    }
    write_graphs(plan, false, out);
    for (size_t i = 0; i < plan->run_count; i++) {
        if (plan->runs[i].outcome == JK_OUTCOME_GOOD) {
            continue;
        }
        if (problems == 0) {
            (void)fputc('\n', out);
            write_head(out);
        }
        problems++;
        write_row(&plan->runs[i], out);
    }
    write_charts(plan, out);
}

void jk_summary_write(const jk_plan *plan, FILE *out)
{
    (void)fputs("## juki verify\n\n**", out);
    jk_report_verdict(plan, out);
    (void)fprintf(out,
                  "**\n\n%zu results, %zu of them from the cache; %zu checks of another tier were "
                  "not run; %" PRId64 " s, %" PRId64 " s of processor time\n",
                  jk_plan_results(plan), jk_plan_cached(plan), plan->left_out_count,
                  plan->wall_ms / 1000, plan->used_ms / 1000);
    write_problems(plan, out);
    write_identity(plan, out);
    write_table(plan, false, "checks", out);
    write_table(plan, true, "mutants", out);
}
