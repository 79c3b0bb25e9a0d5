/* SPDX-License-Identifier: Apache-2.0 */
/* What a call tells while it runs. */
#define _GNU_SOURCE /* the size of a terminal */
#include "progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "graph_result.h"

#define INTERVAL_MS 200
#define LINE_SIZE   256

static size_t columns_of(FILE *out)
{
    struct winsize size = {0};
    int number = fileno(out);
    bool known = number >= 0 && ioctl(number, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
    return known ? size.ws_col : 80;
}

jk_display jk_display_begin(jk_progress mode, FILE *out)
{
    return (jk_display){.mode = mode, .out = out, .columns = columns_of(out)};
}

static size_t done_of(const jk_plan *plan)
{
    size_t done = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        done += plan->runs[i].outcome > JK_OUTCOME_RUNNING ? 1 : 0;
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        done += jk_graph_is_told(graph) && graph->stage == JK_GRAPH_DONE ? 1 : 0;
    }
    return done;
}

static void wipe(jk_display *display)
{
    for (; display->lines > 0; display->lines--) {
        (void)fputs("\033[A\r\033[K", display->out);
    }
}

/* "1.2 M" */
static void short_number(double number, char text[16])
{
    const char *unit = number >= 1e6 ? " M" : number >= 1e3 ? " k" : "";
    double scaled = number >= 1e6 ? number / 1e6 : number >= 1e3 ? number / 1e3 : number;
    (void)snprintf(text, 16, "%.*f%s", number >= 1e3 ? 1 : 0, scaled, unit);
}

static void tell_end(jk_display *display, const jk_plan *plan, size_t done, const jk_run *run)
{
    char name[JK_RUN_NAME_SIZE];
    char states[16];
    jk_run_full_name(run, name);
    short_number((double)run->output.states, states);
    (void)fprintf(display->out, "[%zu/%zu] %s %s%s%s%s, %s states, %.1f s\n", done,
                  jk_plan_results(plan), name, jk_run_word(run), run->cached ? ", cached" : "",
                  run->note[0] == '\0' ? "" : ": ", run->note, states, (double)run->used_ms / 1000);
}

static void tell_graph(jk_display *display, const jk_plan *plan, size_t done, const jk_graph *graph)
{
    char name[JK_RUN_NAME_SIZE];
    char states[16];
    jk_graph_full_name(graph, name);
    short_number((double)graph->c.states, states);
    (void)fprintf(display->out, "[%zu/%zu] graph %s %s%s%s%s, %s states, %.1f s\n", done,
                  jk_plan_results(plan), name, jk_graph_word(graph),
                  graph->cached ? ", cached" : "", graph->note[0] == '\0' ? "" : ": ", graph->note,
                  states, (double)graph->used_ms / 1000);
}

/* Returns how many have been told. */
static size_t tell_graphs(jk_display *display, jk_plan *plan)
{
    size_t told = 0;
    for (size_t i = 0; i < plan->run_count; i++) {
        told += plan->runs[i].told ? 1 : 0;
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        told += plan->graphs.list[i].told ? 1 : 0;
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        jk_graph *graph = &plan->graphs.list[i];
        if (graph->told || !jk_graph_is_told(graph) || graph->stage != JK_GRAPH_DONE) {
            continue;
        }
        graph->told = true;
        told++;
        if (display->mode == JK_PROGRESS_LINES || graph->outcome != JK_VERIFY_HOLDS) {
            wipe(display);
            tell_graph(display, plan, told, graph);
        }
    }
    return told;
}

/* A plain line for each; on a terminal only for what is not as expected. */
static void tell_ended(jk_display *display, jk_plan *plan)
{
    size_t told = tell_graphs(display, plan);
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[i];
        if (run->told || run->outcome <= JK_OUTCOME_RUNNING) {
            continue;
        }
        run->told = true;
        told++;
        if (display->mode == JK_PROGRESS_LINES || run->outcome != JK_OUTCOME_GOOD) {
            wipe(display);
            tell_end(display, plan, told, run);
        }
    }
}

/* What pan said last of the search: it speaks every hundred thousand states. */
static bool progress_of(const jk_task *task, jk_pan_progress *progress)
{
    char path[JK_PATH_SIZE];
    size_t size;
    char *text = task->folder != NULL && jk_path_join(path, task->folder, task->log)
                     ? jk_file_read(path, &size)
                     : NULL;
    bool found = text != NULL && jk_pan_progress_read(text, progress);
    free(text);
    return found;
}

static void draw_task(jk_display *display, const jk_task *task)
{
    char line[LINE_SIZE];
    jk_pan_progress progress;
    double seconds = (double)(jk_clock_ms() - task->started_ms) / 1000;
    int used = snprintf(line, sizeof line, "  %s/%s%s%s %.1f s", task->protocol, task->name,
                        task->at[0] == '\0' ? "" : " ", task->at, seconds);
    if (used > 0 && (size_t)used < sizeof line && progress_of(task, &progress)) {
        char states[16];
        char rate[16];
        short_number(progress.states, states);
        short_number(progress.states / (progress.seconds > 0.01 ? progress.seconds : 0.01), rate);
        (void)snprintf(line + used, sizeof line - (size_t)used,
                       ", %s states, %s/s, depth %.0f, %.0f MB", states, rate, progress.depth,
                       progress.memory_mb);
    }
    (void)fprintf(display->out, "%.*s\n", (int)display->columns - 1, line);
    display->lines++;
}

void jk_display_tick(jk_display *display, jk_plan *plan, const jk_task *tasks, size_t count)
{
    if (display->mode == JK_PROGRESS_NONE) {
        return;
    }
    tell_ended(display, plan);
    int64_t now_ms = jk_clock_ms();
    if (display->mode == JK_PROGRESS_LINES || now_ms - display->shown_ms < INTERVAL_MS) {
        return;
    }
    display->shown_ms = now_ms;
    wipe(display);
    for (size_t i = 0; i < count; i++) {
        draw_task(display, &tasks[i]);
    }
    (void)fprintf(display->out, "[%zu/%zu] %zu cached, %" PRId64 " s\n", done_of(plan),
                  jk_plan_results(plan), jk_plan_cached(plan), (now_ms - plan->started_ms) / 1000);
    display->lines++;
    (void)fflush(display->out);
}

void jk_display_end(jk_display *display, jk_plan *plan)
{
    if (display->mode != JK_PROGRESS_NONE) {
        tell_ended(display, plan);
        wipe(display);
        (void)fflush(display->out);
    }
}
