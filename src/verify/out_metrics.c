/* SPDX-License-Identifier: Apache-2.0 */
/* The figures as JSON for programs; README.md names every member. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "graph_result.h"
#include "json.h"
#include "out.h"

#define VERSION 2

static void write_run(const jk_run *run, jk_json *json)
{
    const jk_pan_output *output = &run->output;
    jk_json_open(json, NULL, '{');
    jk_json_text(json, "protocol", run->protocol->name);
    jk_json_text(json, "name", jk_run_name(run));
    jk_json_text(json, "part", run->mutant ? "mutant" : "check");
    jk_json_text(json, "claim", run->claim == NULL ? "" : run->claim);
    jk_json_text(json, "rule", jk_run_rule(run));
    jk_json_text(json, "kind", jk_run_cell(run, JK_CHECK_KIND));
    jk_json_text(json, "bounds", jk_run_cell(run, JK_CHECK_DEFINES));
    jk_json_text(json, "result", jk_run_word(run));
    jk_json_text(json, "verdict", jk_verdict_name(run->verdict));
    jk_json_bool(json, "as_expected", run->outcome == JK_OUTCOME_GOOD);
    jk_json_bool(json, "cached", run->cached);
    jk_json_text(json, "note", run->note);
    jk_json_count(json, "states", output->states);
    jk_json_count(json, "transitions", output->transitions);
    jk_json_count(json, "depth", output->depth);
    jk_json_count(json, "error_depth", output->error_depth);
    jk_json_number(json, "seconds", (double)run->used_ms / 1000);
    jk_json_number(json, "states_per_second", jk_run_rate(run));
    jk_json_number(json, "memory_mb", output->memory_mb);
    jk_json_count(json, "vector_bytes", output->vector_bytes);
    jk_json_number(json, "bytes_per_state", jk_run_state_bytes(run));
    jk_json_close(json, '}');
}

static void write_side(const jk_graph_side *side, const char *key, jk_json *json)
{
    jk_json_open(json, key, '{');
    jk_json_bool(json, "complete", side->complete);
    jk_json_count(json, "states", side->states);
    jk_json_count(json, "edges", side->edges);
    jk_json_count(json, "depth", side->depth);
    jk_json_number(json, "seconds", side->seconds);
    jk_json_number(json, "bytes_per_state", jk_graph_state_bytes(side));
    jk_json_text(json, "state_digest", side->states_digest);
    jk_json_text(json, "edge_digest", side->edges_digest);
    jk_json_close(json, '}');
}

static void write_graph(const jk_graph *graph, jk_json *json)
{
    jk_json_open(json, NULL, '{');
    jk_json_text(json, "protocol", graph->protocol);
    jk_json_text(json, "name", graph->name);
    jk_json_text(json, "model", graph->file);
    jk_json_text(json, "bounds", graph->defines);
    jk_json_text(json, "result", jk_graph_word(graph));
    jk_json_bool(json, "as_expected", graph->outcome == JK_VERIFY_HOLDS);
    jk_json_bool(json, "cached", graph->cached);
    jk_json_text(json, "note", graph->note);
    write_side(&graph->spin, "spin", json);
    write_side(&graph->c, "c", json);
    jk_json_count(json, "promises", graph->promises);
    jk_json_number(json, "seconds", (double)graph->used_ms / 1000);
    jk_json_close(json, '}');
}

static void write_certificate(const jk_graphs *graphs, jk_json *json)
{
    static const char *const words[] = {"not compared", "same", "not today's", "written",
                                        "tool error"};
    jk_json_open(json, "certificate", '{');
    jk_json_text(json, "result", words[graphs->certified]);
    jk_json_text(json, "note", graphs->note);
    jk_json_close(json, '}');
}

/* Sums over both kinds: what is violated, not decided ... */
static void write_problems(const jk_plan *plan, const jk_graph_tally *graphs, jk_json *json)
{
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    jk_json_count(json, "violated", checks.bad + mutants.bad + graphs->violated);
    jk_json_count(json, "different", graphs->different);
    jk_json_count(json, "incomplete", checks.incomplete + mutants.incomplete + graphs->incomplete);
    jk_json_count(json, "tool_errors", checks.tool + mutants.tool + graphs->tool);
    jk_json_count(json, "left_out", plan->left_out_count + plan->graphs.left_out);
    jk_json_count(json, "cached", jk_plan_cached(plan));
}

static void write_totals(const jk_plan *plan, jk_json *json)
{
    jk_tally checks = jk_plan_tally(plan, false);
    jk_tally mutants = jk_plan_tally(plan, true);
    jk_graph_tally graphs = jk_graphs_tally(&plan->graphs);
    uint64_t states = 0;
    uint64_t transitions = 0;
    double memory_mb = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        const jk_pan_output *output = &plan->runs[i].output;
        states += output->states;
        transitions += output->transitions;
        memory_mb = output->memory_mb > memory_mb ? output->memory_mb : memory_mb;
    }
    jk_json_open(json, "totals", '{');
    jk_json_count(json, "checks", checks.good + checks.bad + checks.incomplete + checks.tool);
    jk_json_count(json, "checks_as_expected", checks.good);
    jk_json_count(json, "mutants", mutants.good + mutants.bad + mutants.incomplete + mutants.tool);
    jk_json_count(json, "mutants_killed", mutants.good);
    jk_json_count(json, "graphs", plan->graphs.asked);
    jk_json_count(json, "graphs_same", graphs.same);
    jk_json_count(json, "graph_states", graphs.states);
    jk_json_count(json, "graph_edges", graphs.edges);
    jk_json_count(json, "graph_promises", graphs.promises);
    write_problems(plan, &graphs, json);
    jk_json_count(json, "states", states);
    jk_json_count(json, "transitions", transitions);
    jk_json_number(json, "largest_memory_mb", memory_mb);
    jk_json_number(json, "seconds", (double)plan->wall_ms / 1000);
    jk_json_number(json, "processor_seconds", (double)plan->used_ms / 1000);
    jk_json_close(json, '}');
}

void jk_metrics_write(const jk_plan *plan, FILE *out)
{
    jk_json json = {.out = out};
    jk_json_open(&json, NULL, '{');
    jk_json_text(&json, "format", "juki-verify-metrics");
    jk_json_count(&json, "version", VERSION);
    jk_json_count(&json, "exit", (uint64_t)jk_plan_exit(plan));
    jk_json_count(&json, "started", (uint64_t)plan->started_s);
    jk_json_open(&json, "tools", '{');
    jk_json_text(&json, "spin", plan->tools.spin);
    jk_json_text(&json, "tcc", plan->tools.tcc);
    jk_json_text(&json, "clang", plan->tools.clang);
    jk_json_close(&json, '}');
    write_totals(plan, &json);
    jk_json_open(&json, "results", '[');
    for (size_t i = 0; i < plan->run_count; i++) {
        write_run(&plan->runs[i], &json);
    }
    jk_json_close(&json, ']');
    jk_json_open(&json, "graphs", '[');
    for (size_t i = 0; i < plan->graphs.count; i++) {
        if (jk_graph_is_told(&plan->graphs.list[i])) {
            write_graph(&plan->graphs.list[i], &json);
        }
    }
    jk_json_close(&json, ']');
    write_certificate(&plan->graphs, &json);
    jk_json_close(&json, '}');
}
