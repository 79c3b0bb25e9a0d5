/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of all tables, the turns of their stages, and the certificate at the end. */
#define _XOPEN_SOURCE 700
#include "graphs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "certificate.h"
#include "plan.h"

const char *const jk_graph_columns[JK_GRAPH_COLUMNS] = {"name", "file", "defines", "tier", "text"};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Folders of spec/ that have an identity.tsv, by name. */
static bool find_protocols(jk_graphs *graphs)
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/spec", graphs->root);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char table[PATH_MAX + 512];
        (void)snprintf(table, sizeof table, "%s/%.60s/identity.tsv", path, entry->d_name);
        if (entry->d_name[0] != '.' && access(table, R_OK) == 0 &&
            graphs->protocol_count < JK_GRAPH_PROTOCOLS_MAX) {
            (void)snprintf(graphs->protocols[graphs->protocol_count++], sizeof graphs->protocols[0],
                           "%.60s", entry->d_name);
        }
    }
    (void)closedir(dir);
    qsort(graphs->protocols, graphs->protocol_count, sizeof graphs->protocols[0], by_name);
    return true;
}

/* A row that is not asked for stays in the list: its line of the certificate is kept. */
static bool add_row(jk_graphs *graphs, size_t protocol, size_t row, jk_fault *fault)
{
    const jk_table *table = &graphs->tables[protocol];
    if (graphs->count == JK_GRAPHS_MAX) {
        (void)snprintf(fault->text, sizeof fault->text, "more than %d graphs", JK_GRAPHS_MAX);
        return false;
    }
    jk_graph *graph = &graphs->list[graphs->count++];
    *graph = (jk_graph){.protocol = graphs->protocols[protocol],
                        .name = jk_table_cell(table, row, JK_GRAPH_NAME),
                        .file = jk_table_cell(table, row, JK_GRAPH_FILE),
                        .defines = jk_table_cell(table, row, JK_GRAPH_DEFINES),
                        .tier = jk_table_cell(table, row, JK_GRAPH_TIER),
                        .text = jk_table_cell(table, row, JK_GRAPH_TEXT),
                        .checks = &graphs->checks[protocol]};
    bool fits = jk_graph_fits(&graphs->options, graph);
    if (fits && jk_graph_tier_fits(&graphs->options, graph)) {
        graphs->asked++;
        return true;
    }
    graph->stage = JK_GRAPH_DONE;
    graph->outcome = JK_VERIFY_USAGE;
    graph->left_out = fits;
    graphs->left_out += fits ? 1 : 0;
    return true;
}

static bool read_protocol(jk_graphs *graphs, size_t i, jk_fault *fault)
{
    char path[PATH_MAX + 128];
    const char *protocol = graphs->protocols[i];
    (void)snprintf(path, sizeof path, "%s/spec/%s/identity.tsv", graphs->root, protocol);
    if (jk_table_read(path, jk_graph_columns, JK_GRAPH_COLUMNS, &graphs->tables[i], fault) !=
        JK_OK) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/spec/%s/checks.tsv", graphs->root, protocol);
    if (jk_table_read(path, jk_check_columns, JK_CHECK_COLUMNS, &graphs->checks[i], fault) !=
        JK_OK) {
        return false;
    }
    bool good = true;
    for (size_t row = 0; good && row < graphs->tables[i].row_count; row++) {
        good = add_row(graphs, i, row, fault);
    }
    return good;
}

jk_verify_exit jk_graphs_read(jk_graphs *graphs, const jk_identity_options *options,
                              jk_fault *fault)
{
    *graphs = (jk_graphs){.options = *options};
    if (realpath(options->root, graphs->root) == NULL || !find_protocols(graphs)) {
        (void)snprintf(fault->text, sizeof fault->text, "%s/spec cannot be read", options->root);
        return JK_VERIFY_TOOL;
    }
    if (options->machines != NULL && realpath(options->machines, graphs->machines) == NULL) {
        (void)snprintf(fault->text, sizeof fault->text, "%s cannot be read", options->machines);
        return JK_VERIFY_USAGE;
    }
    graphs->options.root = graphs->root;
    graphs->options.machines = options->machines == NULL ? NULL : graphs->machines;
    for (size_t i = 0; i < graphs->protocol_count; i++) {
        if (!read_protocol(graphs, i, fault)) {
            return JK_VERIFY_TOOL;
        }
    }
    return JK_VERIFY_HOLDS;
}

void jk_graphs_close(jk_graphs *graphs)
{
    for (size_t i = 0; i < graphs->protocol_count; i++) {
        jk_table_close(&graphs->tables[i]);
        jk_table_close(&graphs->checks[i]);
    }
}

bool jk_graphs_make_folders(jk_graphs *graphs, const char *work)
{
    for (size_t i = 0; i < graphs->count; i++) {
        jk_graph *graph = &graphs->list[i];
        char name[160];
        (void)snprintf(name, sizeof name, "%s_%s", graph->protocol, graph->name);
        if (graph->stage != JK_GRAPH_DONE &&
            (!jk_path_join(graph->folder, work, name) || !jk_folder_make(graph->folder))) {
            return false;
        }
    }
    return true;
}

/* As soon as the check is compiled all that a graph depends on is known; and all of one that is the
 * same on both sides is kept. */
static void look_into_cache(jk_graphs *graphs, jk_graph *graph)
{
    bool good = true;
    if (graphs->options.cache == NULL) {
        return;
    }
    if (graph->stage == JK_GRAPH_SPIN) {
        good = jk_graph_cache_take(&graphs->options, graph);
    } else if (graph->stage == JK_GRAPH_DONE && graph->outcome == JK_VERIFY_HOLDS) {
        good = jk_graph_cache_keep(&graphs->options, graph);
    }
    graphs->cache_faults += good ? 0 : 1;
}

size_t jk_graphs_turn(jk_graphs *graphs, size_t slots)
{
    size_t busy = 0;
    for (size_t i = 0; i < graphs->count; i++) {
        busy += graphs->list[i].busy ? 1 : 0;
    }
    for (size_t i = 0; i < graphs->count; i++) {
        jk_graph *graph = &graphs->list[i];
        int code = 0;
        if (graph->busy && jk_process_ended(&graph->process, &code)) {
            jk_graph_end(graph, code);
            busy--;
            look_into_cache(graphs, graph);
        }
        bool begun = graph->stage != JK_GRAPH_GENERATE;
        if (graph->stage != JK_GRAPH_DONE && !graph->busy && (begun || busy < slots)) {
            busy += jk_graph_next(&graphs->options, graph) ? 1 : 0;
        }
    }
    return busy;
}

void jk_graphs_stop(jk_graphs *graphs, const char *why)
{
    for (size_t i = 0; i < graphs->count; i++) {
        jk_graph *graph = &graphs->list[i];
        if (graph->stage == JK_GRAPH_DONE) {
            continue;
        }
        if (graph->busy) {
            jk_process_kill(&graph->process);
        }
        graph->busy = false;
        graph->stage = JK_GRAPH_DONE;
        graph->outcome = JK_VERIFY_INCOMPLETE;
        (void)snprintf(graph->note, sizeof graph->note, "%s", why);
    }
}

void jk_graphs_certify(jk_graphs *graphs, const char *spin)
{
    char path[PATH_MAX + 32];
    size_t size;
    bool same = graphs->asked > 0 && graphs->options.machines == NULL;
    for (size_t i = 0; i < graphs->count; i++) {
        jk_verify_exit outcome = graphs->list[i].outcome;
        same = same && (outcome == JK_VERIFY_HOLDS || outcome == JK_VERIFY_USAGE);
    }
    if (!same) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/gen/CERT.json", graphs->root);
    char *old = jk_file_read(path, &size);
    char *fresh = jk_certificate_make(&graphs->options, graphs->list, graphs->count, spin, old);
    graphs->certified = JK_CERTIFIED_FAILED;
    if (fresh == NULL) {
        (void)snprintf(graphs->note, sizeof graphs->note, "it cannot be made");
    } else if (graphs->options.update) {
        bool written = jk_file_write(path, fresh, strlen(fresh)) == JK_OK;
        graphs->certified = written ? JK_CERTIFIED_WRITTEN : JK_CERTIFIED_FAILED;
        (void)snprintf(graphs->note, sizeof graphs->note, "%s",
                       written ? "" : "it cannot be written");
    } else if (jk_certificate_same(old, fresh, graphs->note, sizeof graphs->note)) {
        graphs->certified = JK_CERTIFIED_SAME;
    } else {
        graphs->certified = JK_CERTIFIED_OTHER;
    }
    free(old);
    free(fresh);
}
