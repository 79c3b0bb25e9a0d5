/* SPDX-License-Identifier: Apache-2.0 */
/* The results as SARIF 2.1.0: a rule for each property and one for the graphs of each protocol, a
 * result for each that is violated, or that differs, with its place in the model and the way there.
 * What is not decided is a notification, and the invocation did not succeed. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "flow.h"
#include "graph_result.h"
#include "json.h"
#include "out.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* "movein/m3_lease"; without a claim "movein/assertions". */
static void rule_id(const jk_run *run, char id[JK_RUN_NAME_SIZE])
{
    (void)snprintf(id, JK_RUN_NAME_SIZE, "%.63s/%.80s", run->protocol->name,
                   run->claim == NULL ? "assertions" : run->claim);
}

static bool same_rule(const jk_run *run, const jk_run *other)
{
    const char *claim = run->claim == NULL ? "" : run->claim;
    return run->protocol == other->protocol &&
           strcmp(claim, other->claim == NULL ? "" : other->claim) == 0;
}

/* The first run of the plan that has the same property: its place among those is its rule's. */
static size_t first_of(const jk_plan *plan, size_t index)
{
    size_t first = 0;
    while (!same_rule(&plan->runs[first], &plan->runs[index])) {
        first++;
    }
    return first;
}

/* The number of rules of the runs before this one. */
static size_t rules_before(const jk_plan *plan, size_t end)
{
    size_t count = 0;
    for (size_t i = 0; i < end; i++) {
        count += first_of(plan, i) == i ? 1 : 0;
    }
    return count;
}

static size_t rule_index(const jk_plan *plan, size_t index)
{
    return rules_before(plan, first_of(plan, index));
}

static void message(jk_json *json, const char *key, const char *text)
{
    jk_json_open(json, key, '{');
    jk_json_text(json, "text", text);
    jk_json_close(json, '}');
}

/* "movein/graph" */
static void graph_rule_id(const jk_graph *graph, char id[JK_RUN_NAME_SIZE])
{
    (void)snprintf(id, JK_RUN_NAME_SIZE, "%.60s/graph", graph->protocol);
}

/* The graphs' rules stand behind the properties': one for each protocol that has some. */
static size_t graph_rule_index(const jk_plan *plan, const jk_graph *graph)
{
    size_t index = rules_before(plan, plan->run_count);
    const char *last = NULL;
    for (size_t i = 0; i < plan->graphs.count && &plan->graphs.list[i] < graph; i++) {
        const jk_graph *other = &plan->graphs.list[i];
        bool fresh = last == NULL || strcmp(last, other->protocol) != 0;
        index += jk_graph_is_told(other) && fresh && strcmp(other->protocol, graph->protocol) != 0;
        last = jk_graph_is_told(other) ? other->protocol : last;
    }
    return index;
}

static void write_graph_rules(const jk_plan *plan, jk_json *json)
{
    const char *last = NULL;
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        char id[JK_RUN_NAME_SIZE];
        if (!jk_graph_is_told(graph) || (last != NULL && strcmp(last, graph->protocol) == 0)) {
            continue;
        }
        last = graph->protocol;
        graph_rule_id(graph, id);
        jk_json_open(json, NULL, '{');
        jk_json_text(json, "id", id);
        jk_json_text(json, "name", "graph");
        message(json, "shortDescription",
                "the generated C has the states and the edges of the model that SPIN checks, and "
                "keeps the same promises");
        jk_json_close(json, '}');
    }
}

static void write_rules(const jk_plan *plan, jk_json *json)
{
    jk_json_open(json, "rules", '[');
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        char id[JK_RUN_NAME_SIZE];
        if (first_of(plan, i) != i) {
            continue;
        }
        rule_id(run, id);
        jk_json_open(json, NULL, '{');
        jk_json_text(json, "id", id);
        jk_json_text(json, "name", run->claim == NULL ? "assertions" : run->claim);
        message(json, "shortDescription", jk_claim_text(run->protocol, run->claim));
        jk_json_open(json, "properties", '{');
        jk_json_text(json, "rule", jk_run_rule(run));
        jk_json_close(json, '}');
        jk_json_close(json, '}');
    }
    write_graph_rules(plan, json);
    jk_json_close(json, ']');
}

/* physicalLocation of a line of the repository. */
static void write_place(jk_json *json, const char *file, unsigned line)
{
    jk_json_open(json, "physicalLocation", '{');
    jk_json_open(json, "artifactLocation", '{');
    jk_json_text(json, "uri", file);
    jk_json_text(json, "uriBaseId", "%SRCROOT%");
    jk_json_close(json, '}');
    jk_json_open(json, "region", '{');
    jk_json_count(json, "startLine", line);
    jk_json_close(json, '}');
    jk_json_close(json, '}');
}

static void write_steps(const jk_flow_step *steps, size_t count, jk_json *json)
{
    jk_json_open(json, "locations", '[');
    for (size_t i = 0; i < count; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "%s: %s", steps[i].process, steps[i].text);
        jk_json_open(json, NULL, '{');
        jk_json_open(json, "location", '{');
        write_place(json, steps[i].file, steps[i].line);
        message(json, "message", text);
        jk_json_close(json, '}');
        jk_json_close(json, '}');
    }
    jk_json_close(json, ']');
}

static void write_flow(const jk_flow_step *steps, size_t count, const char *words, jk_json *json)
{
    jk_json_open(json, NULL, '{');
    message(json, "message", words);
    jk_json_open(json, "threadFlows", '[');
    jk_json_open(json, NULL, '{');
    write_steps(steps, count, json);
    jk_json_close(json, '}');
    jk_json_close(json, ']');
    jk_json_close(json, '}');
}

/* The trail, statement by statement. */
static void write_run_flow(const jk_run *run, jk_json *json)
{
    size_t count = 0;
    size_t left_out = 0;
    char words[80];
    char *replay = jk_run_read(run, "replay.txt");
    jk_flow_step *steps = replay == NULL ? NULL : jk_flow_read(replay, &count, &left_out);
    if (count > 0) {
        (void)snprintf(words, sizeof words, "%zu statements%s", count + left_out,
                       left_out > 0 ? ", the last of them" : "");
        jk_json_open(json, "codeFlows", '[');
        write_flow(steps, count, words, json);
        jk_json_close(json, ']');
    }
    free(steps);
    free(replay);
}

/* The ways to where the graphs part, input by input of the roles. */
static void write_graph_flows(const jk_graphs *graphs, const jk_graph *graph, jk_json *json)
{
    char name[JK_RUN_NAME_SIZE];
    size_t written = 0;
    for (size_t i = 0; jk_graph_way(graph, i, name); i++) {
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        size_t count = 0;
        size_t left_out = 0;
        char words[JK_RUN_NAME_SIZE + 200];
        if (jk_graph_trail(graphs, graph, i, &trail, &fault) != JK_OK) {
            continue;
        }
        jk_flow_step *steps = jk_flow_of_trail(&trail, &count, &left_out);
        (void)snprintf(words, sizeof words, "%s: %zu inputs of roles%s: %s", name, count + left_out,
                       left_out > 0 ? ", the last of them" : "", trail.about.end);
        if (count > 0 && written == 0) {
            jk_json_open(json, "codeFlows", '[');
        }
        if (count > 0) {
            write_flow(steps, count, words, json);
            written++;
        }
        free(steps);
        jk_trail_close(&trail);
    }
    if (written > 0) {
        jk_json_close(json, ']');
    }
}

static void write_location(const jk_place *place, jk_json *json)
{
    jk_json_open(json, "locations", '[');
    jk_json_open(json, NULL, '{');
    write_place(json, place->file, place->line);
    jk_json_close(json, '}');
    jk_json_close(json, ']');
}

static void write_fingerprint(const char *name, jk_json *json)
{
    jk_json_open(json, "partialFingerprints", '{');
    jk_json_text(json, "check/v1", name);
    jk_json_close(json, '}');
}

static void write_graph_result(const jk_plan *plan, const jk_graph *graph, jk_json *json)
{
    char id[JK_RUN_NAME_SIZE];
    char name[JK_RUN_NAME_SIZE];
    char figures[JK_FIGURES_SIZE];
    char text[1600];
    jk_place place;
    graph_rule_id(graph, id);
    jk_graph_full_name(graph, name);
    jk_graph_place(&plan->graphs, graph, &place);
    jk_graph_figures(graph, figures, sizeof figures);
    (void)snprintf(text, sizeof text, "graph %s is %s: %s. %.300s. %s; bounds: %.500s", name,
                   jk_graph_word(graph), graph->note, graph->text, figures, graph->defines);
    jk_json_open(json, NULL, '{');
    jk_json_text(json, "ruleId", id);
    jk_json_count(json, "ruleIndex", graph_rule_index(plan, graph));
    jk_json_text(json, "kind", "fail");
    jk_json_text(json, "level", "error");
    message(json, "message", text);
    write_location(&place, json);
    (void)snprintf(text, sizeof text, "graph/%s", name);
    write_fingerprint(text, json);
    write_graph_flows(&plan->graphs, graph, json);
    jk_json_close(json, '}');
}

static void write_result(const jk_plan *plan, size_t index, jk_json *json)
{
    const jk_run *run = &plan->runs[index];
    char id[JK_RUN_NAME_SIZE];
    char name[JK_RUN_NAME_SIZE];
    char text[1200];
    jk_place place;
    rule_id(run, id);
    jk_run_full_name(run, name);
    jk_run_place(run, &place);
    (void)snprintf(
        text, sizeof text, "%s%s: %s is %s%s%s. %.500s%s%.300s", run->mutant ? "mutant " : "", name,
        jk_run_claim_word(run), jk_run_word(run), run->note[0] == '\0' ? "" : ": ", run->note,
        jk_run_text(run), strcmp(jk_run_cell(run, JK_CHECK_DEFINES), "-") == 0 ? "" : "; bounds: ",
        strcmp(jk_run_cell(run, JK_CHECK_DEFINES), "-") == 0 ? ""
                                                             : jk_run_cell(run, JK_CHECK_DEFINES));
    jk_json_open(json, NULL, '{');
    jk_json_text(json, "ruleId", id);
    jk_json_count(json, "ruleIndex", rule_index(plan, index));
    jk_json_text(json, "kind", "fail");
    jk_json_text(json, "level", "error");
    message(json, "message", text);
    write_location(&place, json);
    write_fingerprint(name, json);
    write_run_flow(run, json);
    jk_json_close(json, '}');
}

/* What is neither proved nor refuted. */
static void write_notification(const char *name, const char *word, const char *note, bool warning,
                               jk_json *json)
{
    char text[JK_RUN_NAME_SIZE + 1400];
    (void)snprintf(text, sizeof text, "%s: %s%s%.1200s", name, word, note[0] == '\0' ? "" : ": ",
                   note);
    jk_json_open(json, NULL, '{');
    jk_json_text(json, "level", warning ? "warning" : "error");
    message(json, "message", text);
    jk_json_close(json, '}');
}

static void write_notifications(const jk_plan *plan, jk_json *json)
{
    const jk_graphs *graphs = &plan->graphs;
    char name[JK_RUN_NAME_SIZE];
    jk_json_open(json, "toolExecutionNotifications", '[');
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_run *run = &plan->runs[i];
        if (run->outcome != JK_OUTCOME_GOOD && run->outcome != JK_OUTCOME_BAD) {
            jk_run_full_name(run, name);
            write_notification(name, jk_run_word(run), run->note,
                               run->outcome == JK_OUTCOME_INCOMPLETE, json);
        }
    }
    for (size_t i = 0; i < graphs->count; i++) {
        const jk_graph *graph = &graphs->list[i];
        bool cut = graph->outcome == JK_VERIFY_INCOMPLETE;
        if (cut || graph->outcome == JK_VERIFY_TOOL) {
            jk_graph_full_name(graph, name);
            write_notification(name, jk_graph_word(graph), graph->note, cut, json);
        }
    }
    if (jk_certificate_is_wrong(graphs)) {
        write_notification("certificate", jk_certificate_words(graphs), graphs->note,
                           graphs->certified == JK_CERTIFIED_OTHER, json);
    }
    jk_json_close(json, ']');
}

static void write_stamp(jk_json *json, const char *key, int64_t seconds)
{
    char stamp[32];
    time_t when = (time_t)seconds;
    struct tm parts = {0};
    (void)gmtime_r(&when, &parts);
    (void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
    jk_json_text(json, key, stamp);
}

static void write_invocation(const jk_plan *plan, jk_json *json)
{
    size_t undecided = jk_plan_undecided(plan);
    jk_json_open(json, "invocations", '[');
    jk_json_open(json, NULL, '{');
    jk_json_bool(json, "executionSuccessful", undecided == 0);
    jk_json_count(json, "exitCode", (uint64_t)jk_plan_exit(plan));
    write_stamp(json, "startTimeUtc", plan->started_s);
    write_stamp(json, "endTimeUtc", plan->started_s + plan->wall_ms / 1000);
    write_notifications(plan, json);
    jk_json_close(json, '}');
    jk_json_close(json, ']');
}

void jk_sarif_write(const jk_plan *plan, FILE *out)
{
    jk_json json = {.out = out};
    jk_json_open(&json, NULL, '{');
    jk_json_text(&json, "$schema", SCHEMA);
    jk_json_text(&json, "version", "2.1.0");
    jk_json_open(&json, "runs", '[');
    jk_json_open(&json, NULL, '{');
    jk_json_open(&json, "tool", '{');
    jk_json_open(&json, "driver", '{');
    jk_json_text(&json, "name", "juki verify");
    write_rules(plan, &json);
    jk_json_open(&json, "properties", '{');
    jk_json_text(&json, "spin", plan->tools.spin);
    jk_json_text(&json, "tcc", plan->tools.tcc);
    jk_json_text(&json, "clang", plan->tools.clang);
    jk_json_close(&json, '}');
    jk_json_close(&json, '}');
    jk_json_close(&json, '}');
    write_invocation(plan, &json);
    jk_json_open(&json, "results", '[');
    for (size_t i = 0; i < plan->run_count; i++) {
        if (plan->runs[i].outcome == JK_OUTCOME_BAD) {
            write_result(plan, i, &json);
        }
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        jk_verify_exit outcome = plan->graphs.list[i].outcome;
        if (outcome == JK_VERIFY_DIFFERS || outcome == JK_VERIFY_VIOLATED) {
            write_graph_result(plan, &plan->graphs.list[i], &json);
        }
    }
    jk_json_close(&json, ']');
    jk_json_text(&json, "columnKind", "utf16CodeUnits");
    jk_json_close(&json, '}');
    jk_json_close(&json, ']');
    jk_json_close(&json, '}');
}
