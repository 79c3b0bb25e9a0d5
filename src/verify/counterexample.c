/* SPDX-License-Identifier: Apache-2.0 */
/* A mutant's or a witness's trail as a chart in the folder of charts. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chart.h"
#include "plan.h"

bool jk_run_has_chart(const jk_plan *plan, const jk_run *run)
{
    bool witness = strcmp(jk_run_cell(run, JK_CHECK_KIND), "witness") == 0;
    return plan->options->charts != NULL && run->outcome == JK_OUTCOME_GOOD &&
           run->verdict == JK_VERDICT_VIOLATED &&
           (run->mutant || (witness && plan->options->witnesses));
}

static const char *claim_of(const jk_run *run)
{
    return run->claim == NULL ? "an assertion, or a deadlock" : run->claim;
}

/* What stands above the chart.  The line "depth" is read again by rules.c. */
static void write_title(const jk_plan *plan, const jk_run *run, FILE *out)
{
    jk_build_mode mode = plan->builds[run->build].mode;
    const char *bounds = jk_run_cell(run, JK_CHECK_DEFINES);
    const char *text = jk_run_cell(run, JK_CHECK_TEXT);
    if (run->mutant) {
        (void)fprintf(out, "%s: %s\nrefutes %s: %s\n", jk_run_name(run),
                      jk_run_mutant_cell(run, JK_MUTANT_TEXT), claim_of(run), text);
    } else {
        (void)fprintf(out, "%s: %s\n", jk_run_name(run), text);
    }
    (void)fprintf(out, "model %s/%s%s%s\n", run->protocol->name, jk_run_cell(run, JK_CHECK_FILE),
                  bounds[0] == '-' && bounds[1] == '\0' ? "" : ", bounds ",
                  bounds[0] == '-' && bounds[1] == '\0' ? "" : bounds);
    (void)fprintf(out, "depth %" PRIu64 "%s\n\n", run->output.error_depth,
                  mode == JK_BUILD_SHORTEST ? ", the shortest known (breadth-first search)"
                                            : ", of a depth-first search: not the shortest");
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

static jk_status draw(const jk_plan *plan, const jk_run *run, FILE *out, jk_fault *fault)
{
    const char *folder = plan->builds[run->build].folder;
    char end[JK_NOTE_SIZE];
    char *replay = read_in(run->folder, "replay.txt");
    char *pan = read_in(folder, "pan.c");
    char *title = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&title, &size);
    jk_status status = JK_E_FILE;
    if (stream != NULL) {
        write_title(plan, run, stream);
        (void)fclose(stream);
    }
    (void)snprintf(end, sizeof end, run->mutant ? "%s is violated." : "%s: found.", claim_of(run));
    if (replay != NULL && title != NULL) {
        const jk_chart_source source = {.replay = replay,
                                        .pan = pan,
                                        .base = folder,
                                        .model = run->protocol->folder,
                                        .title = title,
                                        .end = end};
        status = jk_chart_draw(&source, out, fault);
    }
    free(title);
    free(pan);
    free(replay);
    return status;
}

jk_status jk_run_draw(const jk_plan *plan, const jk_run *run, jk_fault *fault)
{
    char path[JK_PATH_SIZE];
    char *chart = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&chart, &size);
    if (out == NULL) {
        return JK_E_MEMORY;
    }
    (void)snprintf(fault->text, sizeof fault->text, "the replay cannot be read");
    jk_status status = draw(plan, run, out, fault);
    if (fclose(out) != 0 && status == JK_OK) {
        status = JK_E_MEMORY;
    }
    if (status == JK_OK) {
        (void)snprintf(fault->text, sizeof fault->text, "the file cannot be written");
        status = make_folders(plan, run, path) ? jk_file_write(path, chart, size) : JK_E_FILE;
    }
    free(chart);
    return status;
}
