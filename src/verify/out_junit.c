/* SPDX-License-Identifier: Apache-2.0 */
/* The results as JUnit's XML: a suite for the checks of each protocol, one for its mutants, one for
 * its graphs, and one for the certificate if it was compared.  What is not as expected is a
 * failure, what is not decided an error, never a pass; a check or graph of another tier is skipped
 * and counted as that. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "graph_result.h"
#include "out.h"

typedef enum jk_part {
    PART_CHECKS,
    PART_MUTANTS,
    PART_GRAPHS,
    PART_COUNT
} jk_part;

typedef struct suite {
    const jk_protocol *protocol;
    jk_part part;
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
    int64_t used_ms;
} suite;

static bool belongs(const suite *one, const jk_run *run)
{
    return one->part == (run->mutant ? PART_MUTANTS : PART_CHECKS) &&
           run->protocol == one->protocol;
}

static bool has_graph(const suite *one, const jk_graph *graph)
{
    return one->part == PART_GRAPHS && strcmp(graph->protocol, one->protocol->name) == 0;
}

static void count_graphs(const jk_plan *plan, suite *one)
{
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        if (has_graph(one, graph) && jk_graph_is_told(graph)) {
            bool failed =
                graph->outcome == JK_VERIFY_VIOLATED || graph->outcome == JK_VERIFY_DIFFERS;
            one->tests++;
            one->failures += failed ? 1 : 0;
            one->errors += !failed && graph->outcome != JK_VERIFY_HOLDS ? 1 : 0;
            one->used_ms += graph->used_ms;
        }
        one->skipped += has_graph(one, graph) && graph->left_out ? 1 : 0;
    }
}

static void count(const jk_plan *plan, suite *one)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (belongs(one, run)) {
            one->tests++;
            one->failures += run->outcome == JK_OUTCOME_BAD ? 1 : 0;
            one->errors +=
                run->outcome != JK_OUTCOME_BAD && run->outcome != JK_OUTCOME_GOOD ? 1 : 0;
            one->used_ms += run->used_ms;
        }
    }
    for (size_t i = 0; one->part == PART_CHECKS && i < plan->left_out_count; i++) {
        one->skipped += plan->left_out[i].protocol == one->protocol ? 1 : 0;
    }
    count_graphs(plan, one);
    one->tests += one->skipped;
}

static void attribute(FILE *out, const char *name, const char *value)
{
    (void)fprintf(out, " %s=\"", name);
    jk_put_xml(out, value);
    (void)fputc('"', out);
}

/* <failure> or <error> with what is known; nothing for what is as expected. */
static void write_problem(const jk_run *run, FILE *out)
{
    if (run->outcome == JK_OUTCOME_GOOD) {
        return;
    }
    const char *element = run->outcome == JK_OUTCOME_BAD ? "failure" : "error";
    char message[JK_NOTE_SIZE + 128];
    jk_place place;
    jk_run_place(run, &place);
    (void)snprintf(message, sizeof message, "%.100s: %s%s%s", jk_run_claim_word(run),
                   jk_run_word(run), run->note[0] == '\0' ? "" : ": ", run->note);
    (void)fprintf(out, "      <%s", element);
    attribute(out, "type", jk_verdict_name(run->verdict));
    attribute(out, "message", message);
    (void)fputc('>', out);
    jk_put_xml(out, message);
    (void)fputc('\n', out);
    jk_put_xml(out, jk_run_text(run));
    (void)fprintf(out, "\n%s:%u\n", place.file, place.line);
    char *chart = jk_run_read(run, "chart.txt");
    jk_put_xml(out, chart == NULL ? "" : chart);
    free(chart);
    (void)fprintf(out, "</%s>\n", element);
}

static void write_case(const jk_run *run, FILE *out)
{
    char words[512];
    (void)fputs("    <testcase", out);
    attribute(out, "classname", run->protocol->name);
    attribute(out, "name", jk_run_name(run));
    (void)fprintf(out, " time=\"%.3f\">\n", (double)run->used_ms / 1000);
    write_problem(run, out);
    (void)snprintf(words, sizeof words,
                   "%s%s; claim: %.100s; rule: %.40s; states: %" PRIu64 "; depth: %" PRIu64,
                   jk_run_word(run), run->cached ? ", cached" : "", jk_run_claim_word(run),
                   jk_run_rule(run), run->output.states, run->output.depth);
    (void)fputs("      <system-out>", out);
    jk_put_xml(out, words);
    (void)fputs("; bounds: ", out);
    jk_put_xml(out, jk_run_cell(run, JK_CHECK_DEFINES));
    (void)fputc('\n', out);
    jk_put_xml(out, jk_run_text(run));
    (void)fputs("</system-out>\n    </testcase>\n", out);
}

static void write_skipped(const char *class_name, const char *name, const char *tier, FILE *out)
{
    (void)fputs("    <testcase", out);
    attribute(out, "classname", class_name);
    attribute(out, "name", name);
    (void)fputs(" time=\"0\">\n      <skipped", out);
    (void)fprintf(out, " message=\"tier %s was not asked for\"/>\n    </testcase>\n", tier);
}

/* What differs, or is not decided, with the charts of where the graphs part. */
static void write_graph_problem(const jk_plan *plan, const jk_graph *graph, FILE *out)
{
    static const char *const types[] = {"same",       "violated",   "not asked for",
                                        "incomplete", "tool error", "different"};
    bool failed = graph->outcome == JK_VERIFY_VIOLATED || graph->outcome == JK_VERIFY_DIFFERS;
    const char *element = failed ? "failure" : "error";
    char message[sizeof graph->note + 32];
    jk_place place;
    if (graph->outcome == JK_VERIFY_HOLDS) {
        return;
    }
    jk_graph_place(&plan->graphs, graph, &place);
    (void)snprintf(message, sizeof message, "%s: %s", jk_graph_word(graph), graph->note);
    (void)fprintf(out, "      <%s", element);
    attribute(out, "type", types[graph->outcome]);
    attribute(out, "message", message);
    (void)fputc('>', out);
    jk_put_xml(out, message);
    (void)fprintf(out, "\n%s:%u\n", place.file, place.line);
    for (size_t i = 0; i < JK_WAYS_MAX; i++) {
        char *chart = jk_graph_chart(graph, i);
        jk_put_xml(out, chart == NULL ? "" : chart);
        free(chart);
    }
    (void)fprintf(out, "</%s>\n", element);
}

static void write_graph(const jk_plan *plan, const jk_graph *graph, FILE *out)
{
    char words[JK_FIGURES_SIZE];
    (void)fputs("    <testcase", out);
    (void)fprintf(out, " classname=\"%s.graphs\"", graph->protocol);
    attribute(out, "name", graph->name);
    (void)fprintf(out, " time=\"%.3f\">\n", (double)graph->used_ms / 1000);
    write_graph_problem(plan, graph, out);
    jk_graph_figures(graph, words, sizeof words);
    (void)fprintf(out, "      <system-out>%s%s; %s; bounds: ", jk_graph_word(graph),
                  graph->cached ? ", cached" : "", words);
    jk_put_xml(out, graph->defines);
    (void)fputc('\n', out);
    jk_put_xml(out, graph->text);
    (void)fputs("</system-out>\n    </testcase>\n", out);
}

static void open_suite(const jk_plan *plan, const char *name, const suite *one, FILE *out)
{
    char stamp[32];
    time_t when = (time_t)plan->started_s;
    struct tm parts = {0};
    (void)gmtime_r(&when, &parts);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)fprintf(out,
                  "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "skipped=\"%zu\" time=\"%.3f\" timestamp=\"%s\">\n",
                  name, one->tests, one->failures, one->errors, one->skipped,
                  (double)one->used_ms / 1000, stamp);
}

static void write_graphs(const jk_plan *plan, const suite *one, FILE *out)
{
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        if (has_graph(one, graph) && jk_graph_is_told(graph)) {
            write_graph(plan, graph, out);
        } else if (has_graph(one, graph) && graph->left_out) {
            char class_name[80];
            (void)snprintf(class_name, sizeof class_name, "%.60s.graphs", graph->protocol);
            write_skipped(class_name, graph->name, graph->tier, out);
        }
    }
}

static void write_suite(const jk_plan *plan, const suite *one, FILE *out)
{
    static const char *const ends[PART_COUNT] = {"", ".mutants", ".graphs"};
    char name[80];
    (void)snprintf(name, sizeof name, "%s%s", one->protocol->name, ends[one->part]);
    open_suite(plan, name, one, out);
    for (size_t i = 0; i < plan->run_count; i++) {
        if (belongs(one, &plan->runs[i])) {
            write_case(&plan->runs[i], out);
        }
    }
    for (size_t i = 0; one->part == PART_CHECKS && i < plan->left_out_count; i++) {
        const jk_left_out *row = &plan->left_out[i];
        const jk_table *table = &row->protocol->checks;
        if (row->protocol == one->protocol) {
            write_skipped(row->protocol->name, jk_table_cell(table, row->check, JK_CHECK_NAME),
                          jk_table_cell(table, row->check, JK_CHECK_TIER), out);
        }
    }
    write_graphs(plan, one, out);
    (void)fputs("  </testsuite>\n", out);
}

/* gen/CERT.json, if it was compared. */
static void count_certificate(const jk_plan *plan, suite *one)
{
    jk_certified certified = plan->graphs.certified;
    *one = (suite){.tests = certified == JK_CERTIFIED_NOT ? 0 : 1};
    one->errors = jk_certificate_is_wrong(&plan->graphs) ? 1 : 0;
}

static void write_certificate(const jk_plan *plan, const suite *one, FILE *out)
{
    const char *words = jk_certificate_words(&plan->graphs);
    open_suite(plan, "certificate", one, out);
    (void)fputs("    <testcase classname=\"gen\" name=\"CERT.json\" time=\"0.000\">\n", out);
    if (one->errors > 0) {
        (void)fputs("      <error type=\"certificate\"", out);
        attribute(out, "message", words);
        (void)fputc('>', out);
        jk_put_xml(out, plan->graphs.note);
        (void)fputs("</error>\n", out);
    }
    (void)fprintf(out, "      <system-out>%s</system-out>\n    </testcase>\n  </testsuite>\n",
                  words);
}

void jk_junit_write(const jk_plan *plan, FILE *out)
{
    suite all;
    suite certificate;
    suite suites[PART_COUNT * JK_PROTOCOLS_MAX];
    size_t suite_count = PART_COUNT * plan->protocol_count;
    count_certificate(plan, &certificate);
    all = certificate;
    for (size_t i = 0; i < suite_count; i++) {
        suites[i] = (suite){.protocol = &plan->protocols[i / PART_COUNT],
                            .part = (jk_part)(i % PART_COUNT)};
        count(plan, &suites[i]);
        all.tests += suites[i].tests;
        all.failures += suites[i].failures;
        all.errors += suites[i].errors;
        all.used_ms += suites[i].used_ms;
    }
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites name=\"juki verify\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "time=\"%.3f\">\n",
                  all.tests, all.failures, all.errors, (double)all.used_ms / 1000);
    for (size_t i = 0; i < suite_count; i++) {
        if (suites[i].tests > 0) {
            write_suite(plan, &suites[i], out);
        }
    }
    if (certificate.tests > 0) {
        write_certificate(plan, &certificate, out);
    }
    (void)fputs("</testsuites>\n", out);
}
