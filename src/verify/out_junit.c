/* SPDX-License-Identifier: Apache-2.0 */
/* The results as JUnit's XML: a suite for the checks of each protocol and one for its mutants.
 * What is not as expected is a failure, what is not decided an error, never a pass; a check of
 * another tier is skipped and counted as that. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "out.h"
#include "result.h"

typedef struct suite {
    const jk_protocol *protocol;
    bool mutants;
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
    int64_t used_ms;
} suite;

static bool belongs(const suite *one, const jk_run *run)
{
    return run->mutant == one->mutants && run->protocol == one->protocol;
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
    for (size_t i = 0; !one->mutants && i < plan->left_out_count; i++) {
        one->skipped += plan->left_out[i].protocol == one->protocol ? 1 : 0;
    }
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

static void write_left_out(const jk_left_out *row, FILE *out)
{
    const jk_table *table = &row->protocol->checks;
    (void)fputs("    <testcase", out);
    attribute(out, "classname", row->protocol->name);
    attribute(out, "name", jk_table_cell(table, row->check, JK_CHECK_NAME));
    (void)fputs(" time=\"0\">\n      <skipped", out);
    (void)fprintf(out, " message=\"tier %s was not asked for\"/>\n    </testcase>\n",
                  jk_table_cell(table, row->check, JK_CHECK_TIER));
}

static void write_suite(const jk_plan *plan, const suite *one, FILE *out)
{
    char stamp[32];
    time_t when = (time_t)plan->started_s;
    struct tm parts = {0};
    (void)gmtime_r(&when, &parts);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)fputs("  <testsuite", out);
    (void)fprintf(out, " name=\"%s%s\"", one->protocol->name, one->mutants ? ".mutants" : "");
    (void)fprintf(out,
                  " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\" "
                  "timestamp=\"%s\">\n",
                  one->tests, one->failures, one->errors, one->skipped, (double)one->used_ms / 1000,
                  stamp);
    for (size_t i = 0; i < plan->run_count; i++) {
        if (belongs(one, &plan->runs[i])) {
            write_case(&plan->runs[i], out);
        }
    }
    for (size_t i = 0; !one->mutants && i < plan->left_out_count; i++) {
        if (plan->left_out[i].protocol == one->protocol) {
            write_left_out(&plan->left_out[i], out);
        }
    }
    (void)fputs("  </testsuite>\n", out);
}

void jk_junit_write(const jk_plan *plan, FILE *out)
{
    suite all = {.used_ms = 0};
    suite suites[2 * JK_PROTOCOLS_MAX];
    size_t suite_count = 2 * plan->protocol_count;
    for (size_t i = 0; i < suite_count; i++) {
        suites[i] = (suite){.protocol = &plan->protocols[i / 2], .mutants = i % 2 == 1};
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
    (void)fputs("</testsuites>\n", out);
}
