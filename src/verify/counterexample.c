/* SPDX-License-Identifier: Apache-2.0 */
/* A trail as a log of events with its charts, in the folder of its run. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "plan.h"

/* Mutants and, if asked for, witnesses: what they show is expected. */
static bool is_shown(const jk_plan *plan, const jk_run *run)
{
    bool witness = strcmp(jk_run_cell(run, JK_CHECK_KIND), "witness") == 0;
    return run->outcome == JK_OUTCOME_GOOD && run->verdict == JK_VERDICT_VIOLATED &&
           (run->mutant || (witness && plan->options->witnesses));
}

/* The results show why a check failed, too. */
bool jk_run_has_chart(const jk_plan *plan, const jk_run *run)
{
    const jk_verify_options *options = plan->options;
    bool failed = run->outcome == JK_OUTCOME_BAD &&
                  (run->verdict == JK_VERDICT_VIOLATED || run->verdict == JK_VERDICT_OTHER);
    return (is_shown(plan, run) && (options->charts != NULL || options->out != NULL)) ||
           (failed && options->out != NULL);
}

static bool make_folders(const jk_plan *plan, const jk_run *run, char path[JK_PATH_SIZE])
{
    char protocol[JK_PATH_SIZE];
    char folder[JK_PATH_SIZE];
    char name[JK_NOTE_SIZE];
    (void)snprintf(name, sizeof name, "%s.txt", jk_run_name(run));
    return jk_folder_make(plan->options->charts) &&
           jk_path_join(protocol, plan->options->charts, run->protocol->name) &&
           jk_folder_make(protocol) && jk_path_join(folder, protocol, "charts") &&
           jk_folder_make(folder) && jk_path_join(path, folder, name);
}

static char *read_in(const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return jk_path_join(path, folder, name) ? jk_file_read(path, &size) : NULL;
}

/* A cell of a table, without the dash that stands for an empty one. */
static const char *cell(const char *text)
{
    return strcmp(text, "-") == 0 ? "" : text;
}

/* What stands above and below the chart. */
static void say_about(const jk_plan *plan, const jk_run *run, jk_trail_about *about)
{
    bool shortest = plan->builds[run->build].mode == JK_BUILD_SHORTEST;
    const char *claim = run->claim == NULL ? "" : run->claim;
    const char *rule =
        run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_RULE) : jk_run_cell(run, JK_CHECK_RULE);
    (void)snprintf(about->name, sizeof about->name, "%s", jk_run_name(run));
    (void)snprintf(about->what, sizeof about->what, "%s",
                   run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_TEXT) : "");
    (void)snprintf(about->claim, sizeof about->claim, "%s", claim);
    (void)snprintf(about->words, sizeof about->words, "%s", jk_run_cell(run, JK_CHECK_TEXT));
    (void)snprintf(about->rule, sizeof about->rule, "%s", cell(rule));
    (void)snprintf(about->protocol, sizeof about->protocol, "%s", run->protocol->name);
    (void)snprintf(about->model, sizeof about->model, "%s", jk_run_cell(run, JK_CHECK_FILE));
    (void)snprintf(about->bounds, sizeof about->bounds, "%s",
                   cell(jk_run_cell(run, JK_CHECK_DEFINES)));
    (void)snprintf(about->search, sizeof about->search, "depth %" PRIu64 "%s",
                   run->output.error_depth,
                   shortest ? ", the shortest known (breadth-first search)"
                            : ", of a depth-first search: not the shortest");
    bool found = strcmp(jk_run_cell(run, JK_CHECK_EXPECT), "violated") == 0 && !run->mutant;
    const char *end = run->verdict == JK_VERDICT_OTHER ? ": something else is violated first."
                      : found                          ? ": found."
                                                       : " is violated.";
    (void)snprintf(about->end, sizeof about->end, "%.100s%s",
                   run->claim == NULL ? "an assertion, or a deadlock" : run->claim, end);
}

/* Of a cached run only the log was kept. */
static jk_status load_events(const jk_run *run, jk_trail *trail, jk_fault *fault)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    char *text = jk_path_join(path, run->folder, "run.events") ? jk_file_read(path, &size) : NULL;
    jk_status status = text == NULL ? JK_E_FILE : jk_trail_load(text, size, trail, fault);
    free(text);
    return status;
}

jk_status jk_run_trail(const jk_plan *plan, const jk_run *run, jk_trail *trail, jk_fault *fault)
{
    const char *folder = plan->builds[run->build].folder;
    char *replay = read_in(run->folder, "replay.txt");
    char *pan = read_in(folder, "pan.c");
    const jk_trail_source source = {
        .replay = replay, .pan = pan, .base = folder, .model = run->protocol->folder};
    fault->status = JK_E_FILE;
    (void)snprintf(fault->text, sizeof fault->text, "the replay cannot be read");
    jk_status status = run->cached      ? load_events(run, trail, fault)
                       : replay == NULL ? JK_E_FILE
                                        : jk_trail_read(&source, trail, fault);
    free(pan);
    free(replay);
    if (status == JK_OK) {
        say_about(plan, run, &trail->about);
        jk_trail_find_seeds(trail, plan->options->root);
    }
    return status;
}

/* One file of the run's folder, in one of the charts' formats or as the log itself. */
static jk_status put_log(const jk_run *run, const jk_trail *trail, const char *name,
                         jk_fault *fault)
{
    char path[JK_PATH_SIZE];
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        return JK_E_MEMORY;
    }
    jk_status status = JK_OK;
    if (strcmp(name, "run.events") == 0) {
        jk_trail_write(trail, out);
    } else {
        bool svg = strcmp(name, "chart.svg") == 0;
        status = jk_chart_draw(trail, svg ? JK_CHART_SVG : JK_CHART_TEXT, out, fault);
    }
    if (fclose(out) != 0 && status == JK_OK) {
        status = JK_E_MEMORY;
    }
    if (status == JK_OK) {
        (void)snprintf(fault->text, sizeof fault->text, "%s cannot be written", name);
        status = jk_path_join(path, run->folder, name) ? jk_file_write(path, bytes, size)
                                                       : JK_E_OVERSIZED;
    }
    free(bytes);
    return status;
}

jk_status jk_run_draw(const jk_plan *plan, const jk_run *run, jk_fault *fault)
{
    static const char *const names[] = {"run.events", "chart.txt", "chart.svg"};
    char from[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    jk_trail trail;
    jk_status status = jk_run_trail(plan, run, &trail, fault);
    if (status != JK_OK) {
        return status;
    }
    for (size_t i = 0; status == JK_OK && i < sizeof names / sizeof names[0]; i++) {
        status = put_log(run, &trail, names[i], fault);
    }
    jk_trail_close(&trail);
    if (status == JK_OK && plan->options->charts != NULL && is_shown(plan, run)) {
        (void)snprintf(fault->text, sizeof fault->text, "the file cannot be written");
        bool good = jk_path_join(from, run->folder, "chart.txt") && make_folders(plan, run, path) &&
                    jk_file_copy(from, path);
        status = good ? JK_OK : JK_E_FILE;
    }
    return status;
}
