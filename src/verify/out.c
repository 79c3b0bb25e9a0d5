/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the results of one call. */
#define _XOPEN_SOURCE 700
#include "out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "diagram.h"
#include "graph_result.h"

#define MARK "juki-verify.txt"

static const struct {
    const char *name;
    void (*write)(const jk_plan *plan, FILE *out);
} formats[] = {
    {"junit.xml", jk_junit_write},    {"results.sarif", jk_sarif_write},
    {"summary.md", jk_summary_write}, {"metrics.json", jk_metrics_write},
    {"repro.sh", jk_repro_write},     {"report.html", jk_page_write},
};

static const char *const folders[] = {"logs", "trails", "charts"};

#define FORMAT_COUNT (sizeof formats / sizeof formats[0])
#define FOLDER_COUNT (sizeof folders / sizeof folders[0])

static jk_status refuse(jk_fault *fault, jk_status status, const char *what, const char *why)
{
    fault->status = status;
    (void)snprintf(fault->text, sizeof fault->text, "--out: %.50s %.40s", what, why);
    return status;
}

static bool is_ours(const char *folder)
{
    char path[JK_PATH_SIZE];
    struct stat info;
    return jk_path_join(path, folder, MARK) && lstat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool make_fresh(const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    if (!jk_path_join(path, folder, name)) {
        return false;
    }
    jk_folder_remove(path);
    return jk_folder_make(path);
}

jk_status jk_out_open(const char *folder, jk_fault *fault)
{
    static const char mark[] =
        "Results of juki verify.  The next call with this folder removes them.\n";
    char path[JK_PATH_SIZE];
    if (!jk_folder_make_all(folder)) {
        return refuse(fault, JK_E_FILE, folder, "cannot be made");
    }
    if (!is_ours(folder) && !jk_folder_is_empty(folder)) {
        return refuse(fault, JK_E_FILE, folder, "holds what is not ours, or cannot be read");
    }
    bool good =
        jk_path_join(path, folder, MARK) && jk_file_write(path, mark, sizeof mark - 1) == JK_OK;
    for (size_t i = 0; good && i < FORMAT_COUNT; i++) {
        good = jk_path_join(path, folder, formats[i].name);
        if (good) {
            (void)remove(path);
        }
    }
    for (size_t i = 0; good && i < FOLDER_COUNT; i++) {
        good = make_fresh(folder, folders[i]);
    }
    if (good && jk_path_join(path, folder, "work")) {
        jk_folder_remove(path);
    }
    return good ? JK_OK : refuse(fault, JK_E_FILE, folder, "cannot be written");
}

static jk_status write_format(const jk_plan *plan, size_t index, jk_fault *fault)
{
    char path[JK_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        return refuse(fault, JK_E_MEMORY, formats[index].name, "is too long for the memory");
    }
    formats[index].write(plan, out);
    bool whole = ferror(out) == 0;
    whole = fclose(out) == 0 && whole;
    jk_status status = JK_E_MEMORY;
    if (whole && jk_path_join(path, plan->options->out, formats[index].name)) {
        status = jk_file_write(path, bytes, size);
    }
    free(bytes);
    return status == JK_OK ? JK_OK
                           : refuse(fault, status, formats[index].name, "cannot be written");
}

/* A file, if it is there, into a folder of the results. */
static bool keep_file(const jk_plan *plan, const char *source, const char *folder, const char *name)
{
    char target[JK_PATH_SIZE];
    char place[JK_PATH_SIZE];
    struct stat info;
    return stat(source, &info) != 0 ||
           (jk_path_join(place, plan->options->out, folder) && jk_path_join(target, place, name) &&
            jk_file_copy(source, target));
}

/* from, a file of the run's folder, if it is there, to folder/protocol.name.suffix of the results.
 */
static bool keep(const jk_plan *plan, const jk_run *run, const char *from, const char *folder,
                 const char *suffix)
{
    char source[JK_PATH_SIZE];
    char name[JK_RUN_NAME_SIZE];
    jk_run_file_name(run, suffix, name);
    return !jk_path_join(source, run->folder, from) || keep_file(plan, source, folder, name);
}

/* The same of a graph: from + suffix becomes folder/protocol.graph.name.from + suffix. */
static bool keep_of_graph(const jk_plan *plan, const jk_graph *graph, const char *from,
                          const char *folder, const char *suffix)
{
    char file[JK_RUN_NAME_SIZE + 16];
    char source[JK_PATH_SIZE];
    char name[JK_RUN_NAME_SIZE];
    char end[sizeof file + 1];
    (void)snprintf(file, sizeof file, "%s%s", from, suffix);
    (void)snprintf(end, sizeof end, ".%s", file);
    jk_graph_file_name(graph, end, name);
    return !jk_path_join(source, graph->folder, file) || keep_file(plan, source, folder, name);
}

static bool keep_graph(const jk_plan *plan, const jk_graph *graph)
{
    char way[JK_RUN_NAME_SIZE];
    bool good = true;
    if (graph->folder[0] == '\0') {
        return true;
    }
    for (jk_graph_stage stage = JK_GRAPH_GENERATE; good && stage < JK_GRAPH_DONE; stage++) {
        good = keep_of_graph(plan, graph, jk_graph_stage_name(stage), "logs", ".txt");
    }
    for (size_t i = 0; good && jk_graph_way(graph, i, way); i++) {
        good = keep_of_graph(plan, graph, way, "trails", ".events") &&
               keep_of_graph(plan, graph, way, "charts", ".txt") &&
               keep_of_graph(plan, graph, way, "charts", ".svg");
    }
    return good;
}

/* What spin, patch or a compiler said, if that is why there is no search. */
static bool keep_build_logs(const jk_plan *plan, const jk_run *run)
{
    static const char *const logs[] = {"patch.txt", "spin.txt", "compiler.txt"};
    const jk_build *build = &plan->builds[run->build];
    jk_run place = *run;
    bool good = true;
    (void)snprintf(place.folder, sizeof place.folder, "%s", build->folder);
    for (size_t i = 0; good && build->stage == JK_STAGE_FAILED && i < 3; i++) {
        char suffix[32];
        (void)snprintf(suffix, sizeof suffix, ".%s", logs[i]);
        good = keep(plan, &place, logs[i], "logs", suffix);
    }
    return good;
}

static bool keep_run(const jk_plan *plan, const jk_run *run)
{
    char trail[JK_PATH_SIZE];
    bool good = keep_build_logs(plan, run);
    if (run->folder[0] == '\0') {
        return good;
    }
    if (good && jk_trail_name(run->folder, trail, sizeof trail)) {
        good = keep(plan, run, trail, "trails", ".trail");
    }
    return good && keep(plan, run, "pan.txt", "logs", ".txt") &&
           keep(plan, run, "unreached.txt", "logs", ".unreached.txt") &&
           keep(plan, run, "run.events", "trails", ".events") &&
           keep(plan, run, "chart.txt", "charts", ".txt") &&
           keep(plan, run, "chart.svg", "charts", ".svg");
}

/* A report without them says so; they are no result. */
static void draw_diagrams(const jk_plan *plan)
{
    char folder[JK_PATH_SIZE];
    bool good = jk_path_join(folder, plan->options->out, "charts");
    for (size_t i = 0; good && i < plan->protocol_count; i++) {
        jk_diagram_list list;
        jk_diagram_find(plan->options->root, plan->protocols[i].name, &list);
        for (size_t k = 0; good && k < list.count; k++) {
            good = jk_diagram_draw(plan->options->root, list.names[k], folder);
        }
    }
}

jk_status jk_out_write(const jk_plan *plan, jk_fault *fault)
{
    draw_diagrams(plan);
    jk_status status = jk_graphs_draw(&plan->graphs)
                           ? JK_OK
                           : refuse(fault, JK_E_IO, "a chart of a graph", "cannot be written");
    for (size_t i = 0; status == JK_OK && i < plan->run_count; i++) {
        char name[JK_RUN_NAME_SIZE];
        if (!keep_run(plan, &plan->runs[i])) {
            jk_run_full_name(&plan->runs[i], name);
            status = refuse(fault, JK_E_IO, name, ": its log or trail cannot be written");
        }
    }
    for (size_t i = 0; status == JK_OK && i < plan->graphs.count; i++) {
        char name[JK_RUN_NAME_SIZE];
        if (!keep_graph(plan, &plan->graphs.list[i])) {
            jk_graph_full_name(&plan->graphs.list[i], name);
            status = refuse(fault, JK_E_IO, name, ": its logs or ways cannot be written");
        }
    }
    for (size_t i = 0; status == JK_OK && i < FORMAT_COUNT; i++) {
        status = write_format(plan, i, fault);
    }
    return status;
}
