/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of one graph.  SPIN's side is spin -a and pan.c as they are, but for one line that
 * hands each state to src/verify/explore/spin_main.h; the C's side is the generated machines and
 * what jkgen made of the rest of the check. */
#define _POSIX_C_SOURCE 200809L
#include "identity_row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "plan.h"

#define BUILD_LIMIT_MS 600000 /* jkgen, spin or a compiler that works longer is broken */

static const char *const stage_names[] = {"generate", "spin",  "compile", "compile_spin", "explore",
                                          "search",   "graph", "compare", "done"};

const char *jk_graph_stage_name(jk_graph_stage stage)
{
    return stage_names[stage];
}

static void done(jk_graph *graph, jk_verify_exit outcome, const char *note)
{
    graph->stage = JK_GRAPH_DONE;
    graph->outcome = outcome;
    if (note != NULL) {
        (void)snprintf(graph->note, sizeof graph->note, "%s", note);
    }
}

static char *read_here(const jk_graph *graph, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return jk_path_join(path, graph->folder, name) ? jk_file_read(path, &size) : NULL;
}

static char *read_log(const jk_graph *graph)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s.txt", stage_names[graph->stage]);
    return read_here(graph, name);
}

/* The first line of the log that says what is wrong, or the last one. */
static void fail(jk_graph *graph, jk_verify_exit outcome)
{
    static const char *const words[] = {"Error", "error:", "environment:", "juki:", "refus"};
    char *text = read_log(graph);
    const char *at = NULL;
    for (size_t i = 0; text != NULL && at == NULL && i < sizeof words / sizeof words[0]; i++) {
        at = strstr(text, words[i]);
    }
    at = at == NULL ? text : at;
    while (at != NULL && at > text && at[-1] != '\n') {
        at--;
    }
    (void)snprintf(graph->note, sizeof graph->note, "%s: %.*s", stage_names[graph->stage],
                   at == NULL ? 0 : (int)strcspn(at, "\n"), at == NULL ? "" : at);
    free(text);
    done(graph, outcome, NULL);
}

static void put_path(jk_arguments *list, const char *before, const char *root, const char *name)
{
    char path[JK_PATH_SIZE * 2];
    (void)snprintf(path, sizeof path, "%s%s/%s", before, root, name);
    jk_argument(list, path);
}

static void model_path(const jk_identity_options *options, const jk_graph *graph, char *path,
                       size_t size)
{
    (void)snprintf(path, size, "%s/spec/%s/%s", options->root, graph->protocol, graph->file);
}

static void generate(const jk_identity_options *options, const jk_graph *graph, jk_arguments *list)
{
    char path[JK_PATH_SIZE * 2];
    jk_argument(list, options->self);
    jk_argument(list, "gen");
    model_path(options, graph, path, sizeof path);
    jk_argument(list, path);
    jk_argument(list, "--check");
    (void)snprintf(path, sizeof path, "%s/spec/%s/%s.bind", options->root, graph->protocol,
                   graph->protocol);
    jk_argument(list, "--bind");
    jk_argument(list, path);
    jk_argument(list, "--out");
    jk_argument(list, ".");
    jk_argument_defines(list, graph->defines);
}

/* spin leaves nothing out: no merging, no dataflow, no dead variables. */
void jk_graph_spin_command(const jk_graph *graph, const char *model, jk_arguments *list)
{
    jk_argument(list, "spin");
    jk_argument(list, "-o1");
    jk_argument(list, "-o2");
    jk_argument(list, "-o3");
    jk_argument(list, "-a");
    jk_argument_defines(list, graph->defines);
    jk_argument(list, model);
}

/* Nor does pan: no reduction, every state with its way. */
void jk_graph_mode_arguments(int memory_mb, jk_arguments *list)
{
    static const char *const flags[] = {"-DNOREDUCE", "-DSAFETY", "-DNOCLAIM", "-DFULLSTACK",
                                        "-DVECTORSZ=4096"};
    char memory[32];
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        jk_argument(list, flags[i]);
    }
    (void)snprintf(memory, sizeof memory, "-DMEMLIM=%d", memory_mb);
    jk_argument(list, memory);
}

static void put_includes(const jk_identity_options *options, jk_arguments *list)
{
    jk_argument(list, "-w");
    jk_argument(list, "-I.");
    put_path(list, "-I", options->root, "src/verify/explore");
    put_path(list, "-I", options->root, "src/include");
}

static void compile(const jk_identity_options *options, jk_arguments *list)
{
    static const char *const sources[] = {"main.c",   "search.c", "course.c",
                                          "record.c", "path.c",   "compare.c"};
    char machines[JK_PATH_SIZE];
    jk_argument(list, "clang-14");
    jk_argument(list, "-std=gnu11");
    jk_argument(list, "-O2");
    put_includes(options, list);
    (void)snprintf(machines, sizeof machines, "%s/gen/machines", options->root);
    put_path(list, "-I", options->machines != NULL ? options->machines : machines, "");
    jk_argument(list, "model.c");
    jk_argument(list, "@machines.txt");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        char path[JK_PATH_SIZE];
        (void)snprintf(path, sizeof path, "src/verify/explore/%s", sources[i]);
        put_path(list, "", options->root, path);
    }
    jk_argument(list, "-lsodium");
    jk_argument(list, "-o");
    jk_argument(list, "explore");
}

/* tcc takes no time for pan.c, clang as long as half a million states: for those of tier full. */
static void compile_spin(const jk_identity_options *options, const jk_graph *graph,
                         jk_arguments *list)
{
    if (strcmp(graph->tier, "quick") == 0) {
        jk_argument(list, "tcc");
    } else {
        jk_argument(list, "clang-14");
        jk_argument(list, "-O1");
        jk_argument(list, "-include");
        jk_argument(list, "plain.h");
    }
    jk_argument(list, "-DFREQ=100000"); /* states after which pan tells its progress */
    jk_graph_mode_arguments(options->memory_mb, list);
    put_includes(options, list);
    jk_argument(list, "pan_graph.c");
    put_path(list, "", options->root, "src/verify/explore/record.c");
    jk_argument(list, "-lsodium");
    jk_argument(list, "-o");
    jk_argument(list, "pan");
}

void jk_graph_pan_command(jk_arguments *list)
{
    jk_argument(list, "./pan");
    jk_argument(list, "-n");
    jk_argument(list, "-E");
    jk_argument(list, "-m1000000");
}

static void explore(const jk_identity_options *options, const jk_graph *graph, bool compare,
                    jk_arguments *list)
{
    char memory[32];
    jk_argument(list, "./explore");
    jk_argument(list, "--bounds");
    jk_argument(list, graph->defines);
    jk_argument(list, "--paths");
    jk_argument(list, ".");
    if (compare) {
        jk_argument(list, "--compare");
        jk_argument(list, "graph.bin");
        return;
    }
    jk_argument(list, "--record");
    jk_argument(list, "--properties");
    jk_argument(list, "--memory-mb");
    (void)snprintf(memory, sizeof memory, "%d", options->memory_mb);
    jk_argument(list, memory);
}

/* The protocol's machines, for the compiler's command line. */
static bool write_machines(const jk_identity_options *options, const jk_graph *graph)
{
    char path[JK_PATH_SIZE];
    char bind[JK_PATH_SIZE * 2];
    char text[8192];
    size_t used = 0;
    size_t size;
    (void)snprintf(bind, sizeof bind, "%s/spec/%s/%s.bind", options->root, graph->protocol,
                   graph->protocol);
    char *lines = jk_file_read(bind, &size);
    for (const char *line = lines; line != NULL && *line != '\0';) {
        char role[64];
        if (sscanf(line, "role %63s", role) == 1) {
            bool others = options->machines != NULL;
            int length = snprintf(text + used, sizeof text - used, "%s%s%s_%s.c\n",
                                  others ? options->machines : options->root,
                                  others ? "/" : "/gen/machines/", graph->protocol, role);
            used += length > 0 && (size_t)length < sizeof text - used ? (size_t)length : 0;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    free(lines);
    return used > 0 && jk_path_join(path, graph->folder, "machines.txt") &&
           jk_file_write(path, text, used) == JK_OK;
}

/* pan.c, the lines that take a step's sums and hand over each state, and behind it what reads the
 * state. */
static bool write_pan(const jk_graph *graph)
{
    static const char done[] = "jk_done();\n\t\t\t";
    static const char call[] = "II = h_store((char *)&now, vsize);\n\t\t\t/* @hash j1_spin II */\n";
    static const char before[] = "static void jk_done(void);\n"
                                 "static void jk_seen(const void *place, const void *before);\n";
    static const char line[] = "jk_seen(II == 0 ? Lstate : NULL, trpt->ostate);\n";
    static const char behind[] = "\n#include \"spin.c\"\n#include \"spin_main.h\"\n";
    char path[JK_PATH_SIZE];
    char *pan = read_here(graph, "pan.c");
    char *at = pan == NULL ? NULL : strstr(pan, call);
    FILE *out = at == NULL || strstr(at + 1, call) != NULL ||
                        !jk_path_join(path, graph->folder, "pan_graph.c")
                    ? NULL
                    : fopen(path, "w");
    if (out != NULL) {
        size_t head = (size_t)(at - pan);
        (void)fwrite(before, 1, sizeof before - 1, out);
        (void)fwrite(pan, 1, head, out);
        (void)fwrite(done, 1, sizeof done - 1, out);
        (void)fwrite(call, 1, sizeof call - 1, out);
        (void)fwrite(line, 1, sizeof line - 1, out);
        (void)fputs(at + sizeof call - 1, out);
        (void)fwrite(behind, 1, sizeof behind - 1, out);
    }
    free(pan);
    return out != NULL && fclose(out) == 0 && jk_write_plain(graph->folder);
}

static bool prepare(const jk_identity_options *options, jk_graph *graph)
{
    if (graph->stage == JK_GRAPH_COMPILE && !write_machines(options, graph)) {
        done(graph, JK_VERIFY_TOOL, "the list of machines cannot be written");
        return false;
    }
    if (graph->stage == JK_GRAPH_COMPILE_SPIN && !write_pan(graph)) {
        done(graph, JK_VERIFY_TOOL, "spin writes another pan.c than 6.5.2 does");
        return false;
    }
    return true;
}

bool jk_graph_next(const jk_identity_options *options, jk_graph *graph)
{
    jk_arguments list = {.count = 0};
    char model[JK_PATH_SIZE * 2];
    char log[32];
    if (graph->stage == JK_GRAPH_DONE || !prepare(options, graph)) {
        return false;
    }
    switch (graph->stage) {
    case JK_GRAPH_GENERATE: generate(options, graph, &list); break;
    case JK_GRAPH_SPIN:
        model_path(options, graph, model, sizeof model);
        jk_graph_spin_command(graph, model, &list);
        break;
    case JK_GRAPH_COMPILE: compile(options, &list); break;
    case JK_GRAPH_COMPILE_SPIN: compile_spin(options, graph, &list); break;
    case JK_GRAPH_WRITE:
        jk_argument(&list, "env");
        jk_argument(&list, "JK_GRAPH=graph.bin");
        jk_graph_pan_command(&list);
        break;
    case JK_GRAPH_SEARCH: jk_graph_pan_command(&list); break;
    case JK_GRAPH_EXPLORE: explore(options, graph, false, &list); break;
    case JK_GRAPH_COMPARE: explore(options, graph, true, &list); break;
    case JK_GRAPH_DONE: return false;
    }
    (void)snprintf(log, sizeof log, "%s.txt", stage_names[graph->stage]);
    bool build = graph->stage < JK_GRAPH_EXPLORE;
    if (list.full ||
        jk_process_start(&graph->process, graph->folder, log, list.items,
                         build ? BUILD_LIMIT_MS : (int64_t)options->time_s * 1000) != JK_OK) {
        done(graph, JK_VERIFY_TOOL, "a tool cannot be started");
        return false;
    }
    graph->busy = true;
    return true;
}

static void read_side(const char *text, jk_graph_side *side)
{
    for (const char *line = text; line != NULL && *line != '\0';) {
        (void)sscanf(line, "states %" SCNu64, &side->states);
        (void)sscanf(line, "edges %" SCNu64, &side->edges);
        (void)sscanf(line, "depth %" SCNu64, &side->depth);
        (void)sscanf(line, "bytes %" SCNu64, &side->bytes);
        (void)sscanf(line, "state-digest %64[0-9a-f]", side->states_digest);
        (void)sscanf(line, "edge-digest %64[0-9a-f]", side->edges_digest);
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
}

static bool is_promise(const jk_graph *graph, const char *property)
{
    for (size_t i = 0; i < graph->checks->row_count; i++) {
        if (strcmp(jk_table_cell(graph->checks, i, JK_CHECK_CLAIM), property) == 0 &&
            strcmp(jk_table_cell(graph->checks, i, JK_CHECK_EXPECT), "holds") == 0) {
            return true;
        }
    }
    return false;
}

/* What the C breaks; the way there is NAME.events. */
static void see_broken(jk_graph *graph, const char *what, const char *name)
{
    (void)snprintf(graph->way, sizeof graph->way, "%s.events", name);
    (void)snprintf(graph->note, sizeof graph->note, "the C%s: %s", what, graph->way);
    graph->outcome = JK_VERIFY_VIOLATED;
}

/* What the explorer says of assertions, ends and invariants: it is a checker of its own. */
static void judge_c(jk_graph *graph, const char *text)
{
    char property[96];
    char state[16];
    char words[160];
    char what[192];
    for (const char *line = text; line != NULL && *line != '\0';) {
        bool promise =
            sscanf(line, "property %95s %15s", property, state) == 2 && is_promise(graph, property);
        if (promise && strcmp(state, "holds") == 0) {
            graph->promises++;
        } else if (promise) {
            (void)snprintf(what, sizeof what, " breaks %s", property);
            see_broken(graph, what, property);
        } else if (sscanf(line, "violated %159[^\n]", words) == 1) {
            (void)snprintf(what, sizeof what, ": %s", words);
            see_broken(graph, what, "violation");
        } else if (strncmp(line, "stuck ", 6) == 0) {
            see_broken(graph, ": nobody can take a step", "violation");
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
}

static void end_explore(jk_graph *graph, const char *text)
{
    read_side(text, &graph->c);
    graph->c.complete = strncmp(text, "end complete\n", 13) == 0;
    judge_c(graph, text);
    if (!graph->c.complete && graph->outcome == JK_VERIFY_HOLDS) {
        graph->outcome = JK_VERIFY_INCOMPLETE;
        (void)snprintf(graph->note, sizeof graph->note, "the explorer's search was cut: %.*s",
                       (int)strcspn(text, "\n"), text);
    }
}

static void end_search(jk_graph *graph, const char *text)
{
    jk_pan_output output;
    jk_pan_read(text, &output);
    read_side(text, &graph->spin);
    graph->spin.depth = output.depth;
    graph->spin.bytes = (uint64_t)(output.states_mb * 1048576.0);
    graph->spin.complete = output.finished && output.errors == 0 && !output.cut &&
                           !output.out_of_memory && !output.not_completed;
    if (!graph->spin.complete && graph->outcome == JK_VERIFY_HOLDS) {
        graph->outcome = output.errors > 0 ? JK_VERIFY_VIOLATED : JK_VERIFY_INCOMPLETE;
        (void)snprintf(graph->note, sizeof graph->note, "%s",
                       output.errors > 0 ? "SPIN's search found an error: search.txt"
                                         : "SPIN's search is not complete: search.txt");
    } else if (graph->spin.complete && (output.states != graph->spin.states ||
                                        output.transitions != graph->spin.edges + 1)) {
        graph->outcome = JK_VERIFY_TOOL;
        (void)snprintf(graph->note, sizeof graph->note,
                       "pan counts other states or transitions than were handed over");
    }
}

static bool same(const jk_graph *graph)
{
    return graph->spin.states == graph->c.states && graph->spin.edges == graph->c.edges &&
           strcmp(graph->spin.states_digest, graph->c.states_digest) == 0 &&
           strcmp(graph->spin.edges_digest, graph->c.edges_digest) == 0;
}

/* A search that ended on the way has no graph; else both have one, and it is the same or not. */
static void decide(jk_graph *graph)
{
    bool both = graph->spin.complete && graph->c.complete;
    if (!both || same(graph)) {
        /* An assertion that one side finds and the other does not is a difference, too. */
        if (graph->spin.complete && !graph->c.complete && graph->outcome == JK_VERIFY_VIOLATED) {
            graph->outcome = JK_VERIFY_DIFFERS;
        }
        graph->stage = JK_GRAPH_DONE;
        return;
    }
    graph->outcome = JK_VERIFY_DIFFERS;
    graph->stage = JK_GRAPH_WRITE;
    (void)snprintf(graph->note, sizeof graph->note,
                   "SPIN %" PRIu64 " states, %" PRIu64 " edges; C %" PRIu64 ", %" PRIu64,
                   graph->spin.states, graph->spin.edges, graph->c.states, graph->c.edges);
}

bool jk_graph_take(jk_graph *graph)
{
    char *explored = read_here(graph, "explore.txt");
    char *searched = read_here(graph, "search.txt");
    bool both = explored != NULL && searched != NULL;
    if (both) {
        end_explore(graph, explored);
        end_search(graph, searched);
        decide(graph);
    }
    free(explored);
    free(searched);
    return both && graph->stage == JK_GRAPH_DONE && graph->outcome == JK_VERIFY_HOLDS;
}

void jk_graph_end(jk_graph *graph, int code)
{
    graph->busy = false;
    graph->used_ms += graph->process.used_ms;
    char *text = read_log(graph);
    bool spin_said = graph->stage == JK_GRAPH_SPIN && text != NULL && strstr(text, "Error") != NULL;
    bool compared = graph->stage == JK_GRAPH_COMPARE || graph->stage == JK_GRAPH_WRITE;
    if (text == NULL || (code != 0 && !compared) || spin_said) {
        bool over = graph->process.timed_out;
        jk_graph_stage stage = graph->stage;
        fail(graph, over                                ? JK_VERIFY_INCOMPLETE
                    : graph->stage == JK_GRAPH_GENERATE ? JK_VERIFY_INCOMPLETE
                                                        : JK_VERIFY_TOOL);
        if (over) {
            (void)snprintf(graph->note, sizeof graph->note, "%s: its time is over",
                           stage_names[stage]);
        }
        free(text);
        return;
    }
    switch (graph->stage) {
    case JK_GRAPH_EXPLORE:
        end_explore(graph, text);
        graph->c.seconds = (double)graph->process.used_ms / 1000;
        graph->stage++;
        break;
    case JK_GRAPH_SEARCH:
        end_search(graph, text);
        graph->spin.seconds = (double)graph->process.used_ms / 1000;
        decide(graph);
        break;
    case JK_GRAPH_COMPARE: graph->stage = JK_GRAPH_DONE; break;
    case JK_GRAPH_GENERATE:
    case JK_GRAPH_SPIN:
    case JK_GRAPH_COMPILE:
    case JK_GRAPH_COMPILE_SPIN:
    case JK_GRAPH_WRITE:
    case JK_GRAPH_DONE: graph->stage++; break;
    }
    free(text);
}
