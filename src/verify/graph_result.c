/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of the graphs, as every report tells it. */
#define _POSIX_C_SOURCE 200809L
#include "graph_result.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

jk_graph_tally jk_graphs_tally(const jk_graphs *graphs)
{
    jk_graph_tally sum = {0};
    for (size_t i = 0; i < graphs->count; i++) {
        const jk_graph *graph = &graphs->list[i];
        bool same = graph->outcome == JK_VERIFY_HOLDS;
        sum.same += same ? 1 : 0;
        sum.different += graph->outcome == JK_VERIFY_DIFFERS ? 1 : 0;
        sum.violated += graph->outcome == JK_VERIFY_VIOLATED ? 1 : 0;
        sum.incomplete += graph->outcome == JK_VERIFY_INCOMPLETE ? 1 : 0;
        sum.tool += graph->outcome == JK_VERIFY_TOOL ? 1 : 0;
        sum.cached += graph->cached ? 1 : 0;
        sum.promises += same ? graph->promises : 0;
        sum.states += same ? graph->c.states : 0;
        sum.edges += same ? graph->c.edges : 0;
    }
    return sum;
}

jk_verify_exit jk_graphs_exit(const jk_graphs *graphs)
{
    jk_verify_exit worst = graphs->certified == JK_CERTIFIED_OTHER    ? JK_VERIFY_INCOMPLETE
                           : graphs->certified == JK_CERTIFIED_FAILED ? JK_VERIFY_TOOL
                                                                      : JK_VERIFY_HOLDS;
    for (size_t i = 0; i < graphs->count; i++) {
        if (jk_graph_is_told(&graphs->list[i])) {
            worst = jk_verify_worse(worst, graphs->list[i].outcome);
        }
    }
    return worst;
}

bool jk_graph_is_told(const jk_graph *graph)
{
    return graph->outcome != JK_VERIFY_USAGE;
}

const char *jk_graph_word(const jk_graph *graph)
{
    switch (graph->outcome) {
    case JK_VERIFY_HOLDS: return "same";
    case JK_VERIFY_VIOLATED: return "VIOLATED";
    case JK_VERIFY_DIFFERS: return "DIFFERENT";
    case JK_VERIFY_INCOMPLETE: return "INCOMPLETE";
    case JK_VERIFY_TOOL: return "TOOL ERROR";
    case JK_VERIFY_USAGE: break;
    }
    return "not asked for";
}

bool jk_certificate_is_wrong(const jk_graphs *graphs)
{
    return graphs->certified == JK_CERTIFIED_OTHER || graphs->certified == JK_CERTIFIED_FAILED;
}

const char *jk_certificate_words(const jk_graphs *graphs)
{
    switch (graphs->certified) {
    case JK_CERTIFIED_SAME: return "gen/CERT.json says the same, byte for byte";
    case JK_CERTIFIED_OTHER: return "gen/CERT.json is not today's";
    case JK_CERTIFIED_WRITTEN: return "gen/CERT.json is written";
    case JK_CERTIFIED_FAILED: return "gen/CERT.json: TOOL ERROR";
    case JK_CERTIFIED_NOT: break;
    }
    return "";
}

void jk_graph_full_name(const jk_graph *graph, char name[JK_RUN_NAME_SIZE])
{
    (void)snprintf(name, JK_RUN_NAME_SIZE, "%.60s/%.80s", graph->protocol, graph->name);
}

void jk_graph_file_name(const jk_graph *graph, const char *suffix, char name[JK_RUN_NAME_SIZE])
{
    (void)snprintf(name, JK_RUN_NAME_SIZE, "%.30s.graph.%.60s%.60s", graph->protocol, graph->name,
                   suffix);
}

void jk_graph_figures(const jk_graph *graph, char *text, size_t capacity)
{
    const jk_graph_side *spin = &graph->spin;
    const jk_graph_side *c = &graph->c;
    (void)snprintf(
        text, capacity,
        "SPIN: %" PRIu64 " states, %" PRIu64 " edges, depth %" PRIu64
        ", %.1f s, %.0f bytes a state; C: %" PRIu64 " states, %" PRIu64 " edges, depth %" PRIu64
        ", %.1f s, %.0f bytes a state; %zu promises held by the C",
        spin->states, spin->edges, spin->depth, spin->seconds, jk_graph_state_bytes(spin),
        c->states, c->edges, c->depth, c->seconds, jk_graph_state_bytes(c), graph->promises);
}

double jk_graph_state_bytes(const jk_graph_side *side)
{
    return side->states == 0 ? 0 : (double)side->bytes / (double)side->states;
}

static bool path_of(const jk_graph *graph, const char *name, const char *suffix,
                    char path[JK_PATH_SIZE])
{
    char file[JK_RUN_NAME_SIZE + 16];
    (void)snprintf(file, sizeof file, "%.150s%.20s", name, suffix);
    return graph->folder[0] != '\0' && jk_path_join(path, graph->folder, file);
}

char *jk_graph_chart(const jk_graph *graph, size_t index)
{
    char name[JK_RUN_NAME_SIZE];
    return jk_graph_way(graph, index, name) ? jk_graph_read(graph, name, ".txt") : NULL;
}

char *jk_graph_read(const jk_graph *graph, const char *name, const char *suffix)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return path_of(graph, name, suffix, path) ? jk_file_read(path, &size) : NULL;
}

bool jk_graph_way(const jk_graph *graph, size_t index, char name[JK_RUN_NAME_SIZE])
{
    char path[JK_PATH_SIZE];
    if (graph->outcome == JK_VERIFY_DIFFERS && index < JK_WAYS_MAX) {
        (void)snprintf(name, JK_RUN_NAME_SIZE, "difference_%zu", index + 1);
        if (path_of(graph, name, ".events", path) && access(path, R_OK) == 0) {
            return true;
        }
    }
    (void)snprintf(name, JK_RUN_NAME_SIZE, "%.*s", (int)strcspn(graph->way, "."), graph->way);
    return index == 0 && name[0] != '\0' && path_of(graph, name, ".events", path) &&
           access(path, R_OK) == 0;
}

jk_status jk_graph_trail(const jk_graphs *graphs, const jk_graph *graph, size_t index,
                         jk_trail *trail, jk_fault *fault)
{
    char name[JK_RUN_NAME_SIZE];
    char *text = jk_graph_way(graph, index, name) ? jk_graph_read(graph, name, ".events") : NULL;
    jk_status status = JK_E_FILE;
    if (text != NULL) {
        status = jk_trail_load(text, strlen(text), trail, fault);
    }
    free(text);
    if (status == JK_OK) {
        jk_trail_about *about = &trail->about;
        jk_graph_full_name(graph, name);
        (void)snprintf(about->name, sizeof about->name, "%.63s", name);
        (void)snprintf(about->words, sizeof about->words, "%.500s", graph->text);
        about->bounds[0] = strcmp(about->bounds, "-") == 0 ? '\0' : about->bounds[0];
        jk_trail_find_seeds(trail, graphs->root);
    }
    return status;
}

/* false: the file cannot be written.  What has too many roles for a chart has none. */
static bool draw(const jk_graph *graph, const char *name, const jk_trail *trail,
                 jk_chart_format format)
{
    char path[JK_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;
    jk_fault fault;
    FILE *out = open_memstream(&bytes, &size);
    jk_status drawn = out == NULL ? JK_E_MEMORY : jk_chart_draw(trail, format, out, &fault);
    bool good = out != NULL && fclose(out) == 0;
    if (good && drawn == JK_OK) {
        good = path_of(graph, name, format == JK_CHART_SVG ? ".svg" : ".txt", path) &&
               jk_file_write(path, bytes, size) == JK_OK;
    }
    free(bytes);
    return good;
}

bool jk_graphs_draw(const jk_graphs *graphs)
{
    bool good = true;
    for (size_t i = 0; i < graphs->count; i++) {
        const jk_graph *graph = &graphs->list[i];
        char name[JK_RUN_NAME_SIZE];
        for (size_t k = 0; good && jk_graph_way(graph, k, name); k++) {
            jk_trail trail;
            jk_fault fault = {.status = JK_OK};
            if (jk_graph_trail(graphs, graph, k, &trail, &fault) == JK_OK) {
                good = draw(graph, name, &trail, JK_CHART_TEXT) &&
                       draw(graph, name, &trail, JK_CHART_SVG);
                jk_trail_close(&trail);
            }
        }
    }
    return good;
}

/* What the last step of a way that a role took was: its line. */
static bool last_place(const jk_trail *trail, const char *role, jk_place *place)
{
    for (size_t i = trail->event_count; i-- > 0;) {
        const jk_event *event = &trail->events[i];
        const char *colon = strchr(event->place, ':');
        bool his = role[0] == '\0' || strcmp(trail->actors[event->actor].name, role) == 0;
        if (colon != NULL && his) {
            (void)snprintf(place->file, sizeof place->file, "spec/%s/%.*s", trail->about.protocol,
                           (int)(colon - event->place), event->place);
            place->line = (unsigned)strtoul(colon + 1, NULL, 10);
            return place->line > 0;
        }
    }
    return false;
}

/* The role in whose fields the next states differ: "  origin_cs[0].mask: 1, 3".  "": none. */
static void differing_role(const jk_graph *graph, const jk_trail *trail, char role[48])
{
    char *text = jk_graph_read(graph, "compare", ".txt");
    const char *end = text == NULL ? NULL : strstr(text, "difference 2:");
    role[0] = '\0';
    for (const char *line = text; line != NULL && (end == NULL || line < end);) {
        char name[48];
        if (sscanf(line, "  %47[a-z_][", name) == 1) {
            for (size_t i = 1; role[0] == '\0' && i < trail->actor_count; i++) {
                if (trail->actors[i].role && strcmp(trail->actors[i].name, name) == 0) {
                    (void)snprintf(role, 48, "%s", name);
                }
            }
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    free(text);
}

void jk_graph_place(const jk_graphs *graphs, const jk_graph *graph, jk_place *place)
{
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    char role[48];
    (void)snprintf(place->file, sizeof place->file, "spec/%.60s/%.120s", graph->protocol,
                   graph->file);
    place->line = 1;
    if (jk_graph_trail(graphs, graph, 0, &trail, &fault) == JK_OK) {
        differing_role(graph, &trail, role);
        if (!last_place(&trail, role, place) && role[0] != '\0') {
            (void)snprintf(place->file, sizeof place->file, "spec/%.60s/%s.pml", graph->protocol,
                           role);
        }
        jk_trail_close(&trail);
    }
}

static void print_ways(const jk_graphs *graphs, const jk_graph *graph, FILE *report)
{
    char name[JK_RUN_NAME_SIZE];
    bool differs = graph->outcome == JK_VERIFY_DIFFERS; /* else it is of an earlier call */
    char *text = differs ? jk_graph_read(graph, "compare", ".txt") : NULL;
    (void)fprintf(report, "%s", text == NULL ? "" : text);
    free(text);
    for (size_t i = 0; jk_graph_way(graph, i, name); i++) {
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        (void)fprintf(report, "\n--- %s of %s/%s\n", name, graph->protocol, graph->name);
        if (jk_graph_trail(graphs, graph, i, &trail, &fault) != JK_OK) {
            (void)fprintf(report, "%s\n", fault.text);
            continue;
        }
        if (jk_chart_draw(&trail, JK_CHART_TEXT, report, &fault) != JK_OK) {
            (void)fprintf(report, "%s\n", fault.text);
        }
        jk_trail_close(&trail);
    }
}

void jk_graphs_print(const jk_graphs *graphs, FILE *report)
{
    (void)fprintf(report, "%-36s %9s %9s %10s %10s %6s %7s %6s %6s  %s\n", "graph, SPIN's and C's",
                  "states", "states", "edges", "edges", "depth", "seconds", "bytes", "bytes",
                  "verdict");
    for (size_t i = 0; i < graphs->count; i++) {
        const jk_graph *graph = &graphs->list[i];
        char name[JK_RUN_NAME_SIZE];
        if (!jk_graph_is_told(graph)) {
            continue;
        }
        jk_graph_full_name(graph, name);
        (void)fprintf(report,
                      "%-36s %9" PRIu64 " %9" PRIu64 " %10" PRIu64 " %10" PRIu64 " %6" PRIu64
                      " %7.1f %6.0f %6.0f  %s%s%s%s\n",
                      name, graph->spin.states, graph->c.states, graph->spin.edges, graph->c.edges,
                      graph->c.depth, (double)graph->used_ms / 1000,
                      jk_graph_state_bytes(&graph->spin), jk_graph_state_bytes(&graph->c),
                      jk_graph_word(graph), graph->cached ? ", cached" : "",
                      graph->note[0] == '\0' ? "" : ": ", graph->note);
    }
    for (size_t i = 0; i < graphs->count; i++) {
        print_ways(graphs, &graphs->list[i], report);
    }
}
