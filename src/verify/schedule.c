/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the plan: for each build patch, spin and a compiler one after the other, then its runs; as
 * many processes side by side as the options say. */
#define _XOPEN_SOURCE 700
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cache.h"
#include "command.h"
#include "plan.h"
#include "progress.h"

#define JOBS_MAX          16
#define POLL_NS           5000000L
#define DEPTH_DIGITS      32
#define BUILD_LIMIT_MS    600000 /* spin or a compiler that works longer is broken */
#define SHORTEST_LIMIT_MS 120000 /* a breadth-first search that works longer is given up */
#define CLANG_STATES      100000 /* searched in the time that clang takes for any model */
#define BYTES_A_STATE     3      /* of pan.m: clang takes the time in which a state is searched */

typedef struct job {
    bool active;
    jk_build *build;
    jk_run *run; /* NULL: a stage of the build */
    bool replay; /* of the run's trail */
    jk_process process;
} job;

static bool fail(jk_build *build, const char *why)
{
    build->stage = JK_STAGE_FAILED;
    (void)snprintf(build->note, sizeof build->note, "%s", why);
    return false;
}

/* A mutant works on its own copy of the protocol's folder and of spec/lib. */
static bool copy_spec(const jk_plan *plan, const jk_build *build)
{
    char spec[JK_PATH_SIZE];
    char from[JK_PATH_SIZE];
    char to[JK_PATH_SIZE];
    return jk_path_join(spec, build->folder, "spec") && jk_folder_make(spec) &&
           jk_path_join(to, spec, build->protocol->name) &&
           jk_folder_copy(build->protocol->folder, to) &&
           jk_path_join(from, plan->options->root, "spec/lib") && jk_path_join(to, spec, "lib") &&
           jk_folder_copy(from, to);
}

static bool absolute(char path[JK_PATH_SIZE], const char *folder, const char *name)
{
    char joined[JK_PATH_SIZE];
    if (!jk_path_join(joined, folder, name)) {
        return false;
    }
    char *real = realpath(joined, NULL);
    int length = real == NULL ? -1 : snprintf(path, JK_PATH_SIZE, "%s", real);
    free(real);
    return length > 0 && length < JK_PATH_SIZE;
}

static bool patch_arguments(const jk_plan *plan, jk_build *build, jk_arguments *list)
{
    char patch[JK_PATH_SIZE];
    if (!copy_spec(plan, build)) {
        return fail(build, "the spec folder cannot be copied");
    }
    if (!absolute(patch, build->protocol->folder, build->patch)) {
        return fail(build, "the patch is missing");
    }
    jk_argument(list, "patch");
    jk_argument(list, "-p1");
    jk_argument(list, "--batch");
    jk_argument(list, "--forward");
    jk_argument(list, "--fuzz=0");
    jk_argument(list, "-i");
    jk_argument(list, patch);
    return true;
}

static bool model_path(const jk_build *build, char model[JK_PATH_SIZE])
{
    char spec[JK_PATH_SIZE];
    char folder[JK_PATH_SIZE];
    return build->patch == NULL ? absolute(model, build->protocol->folder, build->file)
                                : jk_path_join(spec, build->folder, "spec") &&
                                      jk_path_join(folder, spec, build->protocol->name) &&
                                      jk_path_join(model, folder, build->file);
}

static bool spin_arguments(jk_build *build, jk_arguments *list)
{
    char model[JK_PATH_SIZE];
    if (!model_path(build, model)) {
        return fail(build, "the model's file is missing");
    }
    jk_spin_command(build, model, list);
    return true;
}

/* Is this build worth clang?  It takes seconds for a large model; tcc takes none, and then a search
 * is about twice as long.  The numbers of states in the tables are always clang's, so tcc's must
 * be the same. */
static bool heavy(const jk_plan *plan, const jk_build *build)
{
    char path[JK_PATH_SIZE];
    struct stat moves;
    if (plan->options->full || plan->options->write_states ||
        !jk_path_join(path, build->folder, "pan.m") || stat(path, &moves) != 0) {
        return true;
    }
    return build->weight > CLANG_STATES + (uint64_t)moves.st_size / BYTES_A_STATE;
}

/* Most of pan.c is a few huge functions made of the model: optimising them takes half a minute.
 * The rest, which packs and hashes states, is optimised: this header, read first, leaves the huge
 * ones as they are. */
bool jk_write_plain(const char *folder)
{
    static const char header[] = "#define JK_PLAIN __attribute__((optnone, noinline))\n"
                                 "struct Trans;\n"
                                 "JK_PLAIN void run(void);\n"
                                 "JK_PLAIN void settable(void);\n"
                                 "JK_PLAIN void new_state(void);\n"
                                 "JK_PLAIN int addproc();\n"
                                 "JK_PLAIN unsigned char do_transit(struct Trans *, short);\n";
    char path[JK_PATH_SIZE];
    return jk_path_join(path, folder, "plain.h") &&
           jk_file_write(path, header, sizeof header - 1) == JK_OK;
}

int jk_memory_of_one(const jk_verify_options *options)
{
    int share = options->whole_memory_mb / options->jobs;
    share = share < 1 ? 1 : share;
    return options->whole_memory_mb > 0 && share < options->memory_mb ? share : options->memory_mb;
}

static bool compiler_arguments(const jk_plan *plan, jk_build *build, jk_arguments *list)
{
    char path[JK_PATH_SIZE];
    bool clang = heavy(plan, build);
    if (!absolute(path, build->folder, "pan.c")) {
        return fail(build, "spin made no pan.c");
    }
    if (clang && !jk_write_plain(build->folder)) {
        return fail(build, "a header cannot be written");
    }
    jk_compiler_command(build, clang, jk_memory_of_one(plan->options), list);
    return true;
}

/* The log of what a build is at. */
static const char *stage_log(const jk_build *build)
{
    return build->stage == JK_STAGE_NEW && build->patch != NULL ? "patch.txt"
           : build->stage == JK_STAGE_GENERATED                 ? "compiler.txt"
                                                                : "spin.txt";
}

static bool start_stage(jk_plan *plan, jk_build *build, job *slot)
{
    jk_arguments list = {.count = 0};
    if (build->stage == JK_STAGE_NEW) {
        if (!jk_folder_make(build->folder)) {
            return fail(build, "the scratch folder cannot be made");
        }
    }
    bool good = false;
    if (build->stage == JK_STAGE_NEW && build->patch != NULL) {
        good = patch_arguments(plan, build, &list);
    } else if (build->stage == JK_STAGE_GENERATED) {
        good = compiler_arguments(plan, build, &list);
    } else {
        good = spin_arguments(build, &list);
    }
    if (!good) {
        return false;
    }
    if (list.full || jk_process_start(&slot->process, build->folder, stage_log(build), list.items,
                                      BUILD_LIMIT_MS) != JK_OK) {
        return fail(build, "a tool cannot be started");
    }
    build->busy = true;
    *slot = (job){.active = true, .build = build, .process = slot->process};
    return true;
}

static bool start_run(jk_plan *plan, jk_run *run, job *slot)
{
    jk_build *build = &plan->builds[run->build];
    jk_arguments list = {.count = 0};
    int64_t limit_ms = (int64_t)plan->options->time_s * 1000;
    if (run->fallback != JK_NO_BUILD && limit_ms > SHORTEST_LIMIT_MS) {
        limit_ms = SHORTEST_LIMIT_MS;
    }
    jk_pan_command(build, run, "../pan", plan->options->depth, &list);
    if (!jk_path_join(run->folder, build->folder, jk_run_name(run)) ||
        !jk_folder_make(run->folder) || list.full ||
        jk_process_start(&slot->process, run->folder, "pan.txt", list.items, limit_ms) != JK_OK) {
        run->outcome = JK_OUTCOME_TOOL;
        run->verdict = JK_VERDICT_TOOL;
        (void)snprintf(run->note, sizeof run->note, "pan cannot be started");
        return false;
    }
    run->outcome = JK_OUTCOME_RUNNING;
    *slot = (job){.active = true, .build = build, .run = run, .process = slot->process};
    return true;
}

/* What was violated stays violated without its chart. */
static void fail_chart(jk_run *run, const char *why)
{
    if (run->outcome != JK_OUTCOME_BAD) {
        run->outcome = JK_OUTCOME_TOOL;
        run->verdict = JK_VERDICT_TOOL;
        (void)snprintf(run->note, sizeof run->note, "no chart: %.120s", why);
    }
}

/* spin -t runs the trail again and tells every step, message and change. */
static void start_replay(jk_plan *plan, job *slot)
{
    static const char *const options[] = {"-t", "-s", "-r", "-p", "-g", "-l", "-k"};
    jk_run *run = slot->run;
    const jk_build *build = &plan->builds[run->build];
    jk_arguments list = {.count = 0};
    char model[JK_PATH_SIZE];
    char trail[JK_PATH_SIZE];
    if (!model_path(build, model) || !jk_trail_name(run->folder, trail, sizeof trail)) {
        fail_chart(run, "there is no trail");
        return;
    }
    jk_argument(&list, "spin");
    jk_argument_defines(&list, build->defines);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        jk_argument(&list, options[i]);
    }
    jk_argument(&list, trail);
    jk_argument(&list, model);
    if (list.full || jk_process_start(&slot->process, run->folder, "replay.txt", list.items,
                                      BUILD_LIMIT_MS) != JK_OK) {
        fail_chart(run, "spin cannot be started");
        return;
    }
    slot->active = true;
    slot->replay = true;
}

static void end_replay(const jk_plan *plan, jk_run *run)
{
    jk_fault fault = {.status = JK_OK};
    if (jk_run_draw(plan, run, &fault) != JK_OK) {
        fail_chart(run, fault.text);
    }
}

/* The first line that says what went wrong. */
static void first_error(const jk_build *build, const char *log, char *note)
{
    char path[JK_PATH_SIZE];
    size_t size;
    char *text = jk_path_join(path, build->folder, log) ? jk_file_read(path, &size) : NULL;
    const char *at = NULL;
    if (text != NULL) {
        static const char *const words[] = {"Error", "error:", "FAILED", "malformed"};
        for (size_t i = 0; at == NULL && i < sizeof words / sizeof words[0]; i++) {
            at = strstr(text, words[i]);
        }
    }
    if (at != NULL) {
        int length = (int)strcspn(at, "\n");
        (void)snprintf(note, JK_NOTE_SIZE, "%.*s", length < 100 ? length : 100, at);
    }
    free(text);
}

/* spin says "Error" and ends with 0, so its words count; patch and compilers say it by their
 * code. */
static void end_stage(jk_build *build, int code)
{
    char note[JK_NOTE_SIZE] = "";
    const char *log = stage_log(build);
    bool spin = strcmp(log, "spin.txt") == 0;
    build->busy = false;
    if (spin || code != 0) {
        first_error(build, log, note);
    }
    if (code != 0 || (spin && note[0] != '\0')) {
        const char *words = spin                            ? "spin refused the model"
                            : strcmp(log, "patch.txt") == 0 ? "the patch does not apply"
                                                            : "pan.c does not compile";
        (void)fail(build, note[0] != '\0' ? note : words);
        return;
    }
    build->stage = strcmp(log, "patch.txt") == 0 ? JK_STAGE_PATCHED
                   : spin                        ? JK_STAGE_GENERATED
                                                 : JK_STAGE_READY;
}

/* A build that failed decides its runs: a mutant then counts as one that was not refuted. */
static void fail_runs(jk_plan *plan)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[i];
        const jk_build *build = &plan->builds[run->build];
        if (run->outcome == JK_OUTCOME_WAITING && build->stage == JK_STAGE_FAILED) {
            run->outcome = run->mutant ? JK_OUTCOME_BAD : JK_OUTCOME_TOOL;
            run->verdict = JK_VERDICT_TOOL;
            (void)snprintf(run->note, sizeof run->note, "%s", build->note);
        }
    }
}

static bool start_one(jk_plan *plan, job *slot)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[plan->order[i]];
        jk_build *build = &plan->builds[run->build];
        if (run->outcome != JK_OUTCOME_WAITING || build->busy) {
            continue;
        }
        bool started = build->stage == JK_STAGE_READY ? start_run(plan, run, slot)
                                                      : start_stage(plan, build, slot);
        fail_runs(plan);
        if (started) {
            return true;
        }
    }
    return false;
}

static void show_progress(jk_plan *plan, const job *slots, jk_display *display)
{
    jk_task tasks[2 * JOBS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < plan->graphs.count && count < JOBS_MAX; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        if (graph->busy) {
            tasks[count] = (jk_task){.protocol = graph->protocol,
                                     .name = graph->name,
                                     .folder = graph->folder,
                                     .log = graph->stage == JK_GRAPH_SEARCH ? "search.txt" : "",
                                     .at = jk_graph_stage_name(graph->stage),
                                     .started_ms = graph->process.started_ms};
            count++;
        }
    }
    for (int i = 0; i < plan->options->jobs; i++) {
        const job *slot = &slots[i];
        if (slot->active) {
            tasks[count] = (jk_task){
                .protocol = slot->build->protocol->name,
                .name = slot->run == NULL ? stage_log(slot->build) : jk_run_name(slot->run),
                .folder = slot->run == NULL || slot->replay ? NULL : slot->run->folder,
                .log = "pan.txt",
                .at = "",
                .started_ms = slot->process.started_ms};
            count++;
        }
    }
    jk_display_tick(display, plan, tasks, count);
}

static bool collect(jk_plan *plan, job *slot)
{
    int code;
    if (!slot->active || !jk_process_ended(&slot->process, &code)) {
        return false;
    }
    slot->active = false;
    plan->used_ms += slot->process.used_ms;
    if (slot->run == NULL) {
        end_stage(slot->build, code);
        if (slot->process.timed_out) {
            (void)fail(slot->build, "out of time");
        }
        fail_runs(plan);
    } else if (slot->replay) {
        slot->replay = false;
        end_replay(plan, slot->run);
        jk_cache_keep(plan, slot->run);
    } else {
        slot->run->used_ms = slot->process.used_ms;
        jk_run_judge(plan, slot->run, slot->process.timed_out, code);
        if (jk_run_has_chart(plan, slot->run)) {
            start_replay(plan, slot);
        } else {
            jk_cache_keep(plan, slot->run);
        }
    }
    return true;
}

/* Is everything to end now?  Then what runs is killed, and what is not decided is named so. */
static bool stopped(jk_plan *plan, job *slots)
{
    const jk_verify_options *options = plan->options;
    bool called = options->stop != NULL && *options->stop != 0;
    bool late = options->whole_time_s > 0 &&
                jk_clock_ms() - plan->started_ms > (int64_t)options->whole_time_s * 1000;
    if (!called && !late) {
        return false;
    }
    const char *why = called ? "stopped" : "the time of the whole call is over";
    for (int i = 0; i < options->jobs; i++) {
        if (slots[i].active) {
            jk_process_kill(&slots[i].process);
        }
    }
    jk_graphs_stop(&plan->graphs, why);
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[i];
        if (run->outcome <= JK_OUTCOME_RUNNING) {
            run->outcome = JK_OUTCOME_INCOMPLETE;
            run->verdict = JK_VERDICT_INCOMPLETE;
            (void)snprintf(run->note, sizeof run->note, "%s", why);
        }
    }
    return true;
}

/* One round: the graphs have the slots first, since their searches are the longest; the runs have
 * what is left.  *active says whether a process is left. */
static bool turn(jk_plan *plan, job *slots, bool *active)
{
    bool changed = false;
    size_t jobs = (size_t)plan->options->jobs;
    size_t busy = 0;
    for (size_t i = 0; i < jobs; i++) {
        changed = collect(plan, &slots[i]) || changed;
        busy += slots[i].active ? 1 : 0;
    }
    size_t graphs = jk_graphs_turn(&plan->graphs, jobs - busy);
    for (size_t i = 0; i < jobs; i++) {
        if (!slots[i].active && busy + graphs < jobs && start_one(plan, &slots[i])) {
            changed = true;
            busy++;
        }
    }
    *active = busy + graphs > 0;
    return changed;
}

/* What is known from earlier calls needs no search; its charts are drawn again. */
static void take_cached(jk_plan *plan)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[i];
        if (jk_cache_take(plan, run) && jk_run_has_chart(plan, run)) {
            end_replay(plan, run);
        }
    }
}

jk_status jk_plan_execute(jk_plan *plan)
{
    job slots[JOBS_MAX] = {0};
    for (size_t i = 0; i < plan->build_count; i++) {
        char name[DEPTH_DIGITS];
        (void)snprintf(name, sizeof name, "build%03zu", i + 1);
        if (!jk_path_join(plan->builds[i].folder, plan->work, name)) {
            return JK_E_OVERSIZED;
        }
    }
    if (!jk_graphs_make_folders(&plan->graphs, plan->work)) {
        return JK_E_FILE;
    }
    take_cached(plan);
    jk_display display = jk_display_begin(plan->options->progress, stderr);
    plan->started_ms = jk_clock_ms();
    plan->started_s = (int64_t)time(NULL);
    bool active = true;
    while (active && !stopped(plan, slots)) {
        bool changed = turn(plan, slots, &active);
        show_progress(plan, slots, &display);
        if (!changed && active) {
            (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        }
    }
    for (size_t i = 0; i < plan->graphs.count; i++) {
        const jk_graph *graph = &plan->graphs.list[i];
        plan->used_ms += graph->cached ? 0 : graph->used_ms;
    }
    plan->wall_ms = jk_clock_ms() - plan->started_ms;
    jk_display_end(&display, plan);
    return JK_OK;
}
