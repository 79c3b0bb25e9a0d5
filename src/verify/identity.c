/* SPDX-License-Identifier: Apache-2.0 */
/* All graphs: two at a time, then the certificate. */
#define _XOPEN_SOURCE 700
#include "identity.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certificate.h"
#include "chart.h"
#include "identity_row.h"
#include "plan.h"
#include "select.h"

#define GRAPHS_MAX 64
#define PROTOCOLS  16
#define POLL_NS    5000000L

enum jk_identity_column {
    COLUMN_NAME,
    COLUMN_FILE,
    COLUMN_DEFINES,
    COLUMN_TIER,
    COLUMN_TEXT,
    COLUMN_COUNT
};

static const char *const columns[COLUMN_COUNT] = {"name", "file", "defines", "tier", "text"};

typedef struct jk_identity {
    jk_identity_options options;
    char root[PATH_MAX], machines[PATH_MAX], work[PATH_MAX];
    char protocols[PROTOCOLS][64];
    jk_table tables[PROTOCOLS], checks[PROTOCOLS];
    size_t protocol_count;
    jk_graph graphs[GRAPHS_MAX];
    size_t graph_count, left_out;
    char certificate[PATH_MAX];
    jk_tools tools;
    FILE *report;
} jk_identity;

jk_identity_options jk_identity_defaults(void)
{
    jk_identity_options options = {
        .root = ".", .self = "juki", .jobs = 2, .time_s = 900, .memory_mb = 6000};
    return options;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Folders of spec/ that have an identity.tsv, by name. */
static bool find_protocols(jk_identity *identity)
{
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/spec", identity->root);
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char table[PATH_MAX + 512];
        (void)snprintf(table, sizeof table, "%s/%.60s/identity.tsv", path, entry->d_name);
        if (entry->d_name[0] != '.' && access(table, R_OK) == 0 &&
            identity->protocol_count < PROTOCOLS) {
            (void)snprintf(identity->protocols[identity->protocol_count++],
                           sizeof identity->protocols[0], "%.60s", entry->d_name);
        }
    }
    (void)closedir(dir);
    qsort(identity->protocols, identity->protocol_count, sizeof identity->protocols[0], by_name);
    return true;
}

static bool read_protocol(jk_identity *identity, size_t i, jk_fault *fault)
{
    char path[PATH_MAX + 128];
    const char *protocol = identity->protocols[i];
    (void)snprintf(path, sizeof path, "%s/spec/%s/identity.tsv", identity->root, protocol);
    if (jk_table_read(path, columns, COLUMN_COUNT, &identity->tables[i], fault) != JK_OK) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/spec/%s/checks.tsv", identity->root, protocol);
    if (jk_table_read(path, jk_check_columns, JK_CHECK_COLUMNS, &identity->checks[i], fault) !=
        JK_OK) {
        return false;
    }
    const jk_identity_options *options = &identity->options;
    for (size_t row = 0; row < identity->tables[i].row_count; row++) {
        const jk_table *table = &identity->tables[i];
        if (identity->graph_count == GRAPHS_MAX) {
            (void)snprintf(fault->text, sizeof fault->text, "more than %d graphs", GRAPHS_MAX);
            return false;
        }
        jk_graph *graph = &identity->graphs[identity->graph_count++];
        *graph = (jk_graph){.protocol = protocol,
                            .name = jk_table_cell(table, row, COLUMN_NAME),
                            .file = jk_table_cell(table, row, COLUMN_FILE),
                            .defines = jk_table_cell(table, row, COLUMN_DEFINES),
                            .tier = jk_table_cell(table, row, COLUMN_TIER),
                            .text = jk_table_cell(table, row, COLUMN_TEXT),
                            .checks = &identity->checks[i]};
        bool wanted =
            jk_list_fits(options->protocol, protocol) && jk_list_fits(options->name, graph->name);
        bool tier = options->full || options->name != NULL || strcmp(graph->tier, "quick") == 0;
        if (!wanted || !tier) {
            graph->stage = JK_GRAPH_DONE;
            graph->outcome = JK_VERIFY_USAGE; /* not asked for */
            identity->left_out++;
        }
    }
    return true;
}

static bool absolute(const char *path, char *full)
{
    return path != NULL && realpath(path, full) != NULL;
}

static bool open_work(jk_identity *identity)
{
    const char *out = identity->options.out;
    if (out != NULL) {
        return jk_folder_make(out) && absolute(out, identity->work);
    }
    const char *scratch = getenv("TMPDIR");
    (void)snprintf(identity->work, sizeof identity->work, "%s/juki_identity_XXXXXX",
                   scratch == NULL ? "/tmp" : scratch);
    return mkdtemp(identity->work) != NULL;
}

static bool make_folders(jk_identity *identity)
{
    for (size_t i = 0; i < identity->graph_count; i++) {
        jk_graph *graph = &identity->graphs[i];
        char name[160];
        (void)snprintf(name, sizeof name, "%s_%s", graph->protocol, graph->name);
        if (!jk_path_join(graph->folder, identity->work, name) ||
            (graph->stage != JK_GRAPH_DONE && !jk_folder_make(graph->folder))) {
            return false;
        }
    }
    return true;
}

static void say(const jk_identity *identity, const jk_graph *graph)
{
    if (!identity->options.quiet) {
        (void)fprintf(stderr, "identity: %s/%s ...\n", graph->protocol, graph->name);
    }
}

/* Runs every graph's stages, as many side by side as there are jobs. */
static void run_all(jk_identity *identity)
{
    const volatile sig_atomic_t *stop = identity->options.stop;
    bool more = true;
    while (more) {
        int busy = 0;
        more = false;
        for (size_t i = 0; i < identity->graph_count; i++) {
            jk_graph *graph = &identity->graphs[i];
            int code = 0;
            if (stop != NULL && *stop != 0 && graph->stage != JK_GRAPH_DONE) {
                if (graph->busy) {
                    jk_process_kill(&graph->process);
                }
                graph->stage = JK_GRAPH_DONE;
                graph->outcome = JK_VERIFY_INCOMPLETE;
                (void)snprintf(graph->note, sizeof graph->note, "stopped");
            } else if (graph->busy && jk_process_ended(&graph->process, &code)) {
                jk_graph_end(graph, code);
            }
            if (graph->stage != JK_GRAPH_DONE && !graph->busy &&
                (graph->stage != JK_GRAPH_GENERATE || busy < identity->options.jobs)) {
                if (graph->stage == JK_GRAPH_GENERATE) {
                    say(identity, graph);
                }
                (void)jk_graph_next(&identity->options, graph);
            }
            busy += graph->stage != JK_GRAPH_DONE && graph->busy;
            more = more || graph->stage != JK_GRAPH_DONE;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
}

static const char *word_of(const jk_graph *graph)
{
    switch (graph->outcome) {
    case JK_VERIFY_HOLDS: return "same";
    case JK_VERIFY_VIOLATED: return "VIOLATED";
    case JK_VERIFY_DIFFERS: return "DIFFERENT";
    case JK_VERIFY_INCOMPLETE: return "incomplete";
    case JK_VERIFY_TOOL: return "tool error";
    case JK_VERIFY_USAGE: break;
    }
    return "not asked for";
}

/* The shortest ways to where the graphs part, drawn. */
static void show_differences(const jk_identity *identity, const jk_graph *graph)
{
    char path[PATH_MAX + 64];
    size_t size;
    (void)snprintf(path, sizeof path, "%s/compare.txt", graph->folder);
    char *text = jk_file_read(path, &size);
    (void)fprintf(identity->report, "%s", text == NULL ? "" : text);
    free(text);
    for (int i = 1; i <= 5; i++) {
        jk_trail trail;
        jk_fault fault = {.status = JK_OK};
        (void)snprintf(path, sizeof path, "%s/difference_%d.events", graph->folder, i);
        char *events = jk_file_read(path, &size);
        if (events == NULL || jk_trail_load(events, size, &trail, &fault) != JK_OK) {
            free(events);
            continue;
        }
        jk_trail_find_seeds(&trail, identity->root);
        (void)fprintf(identity->report, "\n--- difference %d of %s/%s\n", i, graph->protocol,
                      graph->name);
        if (jk_chart_draw(&trail, JK_CHART_TEXT, identity->report, &fault) != JK_OK) {
            (void)fprintf(identity->report, "%s\n", fault.text);
        }
        jk_trail_close(&trail);
        free(events);
    }
}

static jk_verify_exit print_graphs(const jk_identity *identity)
{
    jk_verify_exit worst = JK_VERIFY_HOLDS;
    (void)fprintf(identity->report, "%-38s %9s %10s %5s %8s %8s  %s\n", "graph, model and C",
                  "states", "edges", "depth", "SPIN B", "C B", "verdict");
    for (size_t i = 0; i < identity->graph_count; i++) {
        const jk_graph *graph = &identity->graphs[i];
        char name[160];
        if (graph->outcome == JK_VERIFY_USAGE) {
            continue;
        }
        (void)snprintf(name, sizeof name, "%s/%s", graph->protocol, graph->name);
        (void)fprintf(
            identity->report, "%-38s %9" PRIu64 " %10" PRIu64 " %5" PRIu64 " %8.0f %8.0f  %s%s%s\n",
            name, graph->c.states, graph->c.edges, graph->c.depth,
            graph->spin.states == 0 ? 0.0 : (double)graph->spin.bytes / (double)graph->spin.states,
            graph->c.states == 0 ? 0.0 : (double)graph->c.bytes / (double)graph->c.states,
            word_of(graph), graph->note[0] == '\0' ? "" : ": ", graph->note);
        worst = jk_verify_worse(worst, graph->outcome);
    }
    for (size_t i = 0; i < identity->graph_count; i++) {
        if (identity->graphs[i].outcome == JK_VERIFY_DIFFERS) {
            show_differences(identity, &identity->graphs[i]);
        }
    }
    return worst;
}

/* Compares with gen/CERT.json, or writes it. */
static jk_verify_exit certify(jk_identity *identity)
{
    size_t size;
    char note[1024];
    char *old = jk_file_read(identity->certificate, &size);
    char *fresh = jk_certificate_make(&identity->options, identity->graphs, identity->graph_count,
                                      identity->tools.spin, old);
    jk_verify_exit exit = JK_VERIFY_HOLDS;
    if (fresh == NULL) {
        exit = JK_VERIFY_TOOL;
    } else if (identity->options.machines != NULL) {
        (void)fprintf(identity->report, "identity: other machines, no certificate\n");
    } else if (identity->options.update) {
        exit = jk_file_write(identity->certificate, fresh, strlen(fresh)) == JK_OK ? JK_VERIFY_HOLDS
                                                                                   : JK_VERIFY_TOOL;
        (void)fprintf(identity->report, "identity: gen/CERT.json is written\n");
    } else if (jk_certificate_same(old, fresh, note, sizeof note)) {
        (void)fprintf(identity->report, "identity: gen/CERT.json says the same, byte for byte\n");
    } else {
        (void)fprintf(identity->report, "identity: gen/CERT.json is not today's, %s\n", note);
        exit = JK_VERIFY_INCOMPLETE;
    }
    free(old);
    free(fresh);
    return exit;
}

static jk_verify_exit run(jk_identity *identity)
{
    jk_tools_read(identity->work, &identity->tools);
    run_all(identity);
    jk_verify_exit worst = print_graphs(identity);
    size_t same = 0;
    size_t asked = identity->graph_count - identity->left_out;
    size_t promises = 0;
    uint64_t states = 0;
    uint64_t edges = 0;
    for (size_t i = 0; i < identity->graph_count; i++) {
        const jk_graph *graph = &identity->graphs[i];
        bool holds = graph->outcome == JK_VERIFY_HOLDS;
        same += holds;
        promises += holds ? graph->promises : 0;
        states += holds ? graph->c.states : 0;
        edges += holds ? graph->c.edges : 0;
    }
    if (worst == JK_VERIFY_HOLDS) {
        worst = certify(identity);
    }
    if (identity->left_out > 0) {
        (void)fprintf(identity->report, "identity: %zu graphs were not searched\n",
                      identity->left_out);
    }
    (void)fprintf(identity->report,
                  "identity: %zu of %zu graphs are the same in SPIN and in C (%" PRIu64
                  " states, %" PRIu64 " edges), %zu promises held by the C: %s\n",
                  same, asked, states, edges, promises,
                  worst == JK_VERIFY_HOLDS ? "the C is the model, within these bounds"
                                           : "NOT shown");
    return worst;
}

static jk_verify_exit prepare(jk_identity *identity, jk_fault *fault)
{
    if (!absolute(identity->options.root, identity->root) || !find_protocols(identity)) {
        (void)snprintf(fault->text, sizeof fault->text, "%s/spec cannot be read",
                       identity->options.root);
        return JK_VERIFY_TOOL;
    }
    if (identity->options.machines != NULL &&
        !absolute(identity->options.machines, identity->machines)) {
        (void)snprintf(fault->text, sizeof fault->text, "%s cannot be read",
                       identity->options.machines);
        return JK_VERIFY_USAGE;
    }
    identity->options.root = identity->root;
    identity->options.machines = identity->options.machines == NULL ? NULL : identity->machines;
    for (size_t i = 0; i < identity->protocol_count; i++) {
        if (!read_protocol(identity, i, fault)) {
            return JK_VERIFY_TOOL;
        }
    }
    if (identity->left_out == identity->graph_count) {
        (void)snprintf(fault->text, sizeof fault->text, "no graph fits");
        return JK_VERIFY_USAGE;
    }
    (void)snprintf(identity->certificate, sizeof identity->certificate, "%.4000s/gen/CERT.json",
                   identity->root);
    if (!open_work(identity) || !make_folders(identity)) {
        (void)snprintf(fault->text, sizeof fault->text, "the scratch folder cannot be made");
        return JK_VERIFY_TOOL;
    }
    return JK_VERIFY_HOLDS;
}

jk_verify_exit jk_identity_run(const jk_identity_options *options, FILE *report)
{
    jk_fault fault = {.status = JK_OK};
    jk_identity *identity = calloc(1, sizeof *identity);
    if (identity == NULL) {
        return JK_VERIFY_TOOL;
    }
    identity->options = *options;
    identity->report = report;
    jk_verify_exit exit = prepare(identity, &fault);
    if (exit == JK_VERIFY_HOLDS) {
        exit = run(identity);
        if (options->out == NULL && exit == JK_VERIFY_HOLDS) {
            jk_folder_remove(identity->work);
        } else {
            (void)fprintf(report, "identity: logs and paths in %s\n", identity->work);
        }
    } else {
        (void)fprintf(stderr, "juki identity: %s\n", fault.text);
    }
    for (size_t i = 0; i < identity->protocol_count; i++) {
        jk_table_close(&identity->tables[i]);
        jk_table_close(&identity->checks[i]);
    }
    free(identity);
    return exit;
}
