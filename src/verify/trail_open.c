/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the file of a run: a log of events is read, a trail is replayed by spin first. */
#define _XOPEN_SOURCE 700
#include "trail_open.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "claim.h"
#include "command.h"
#include "file.h"
#include "plan.h"
#include "process.h"
#include "table.h"

#define SPIN_LIMIT_MS 60000
#define POLL_NS       2000000L

typedef struct work {
    const jk_trail_place *place;
    jk_fault *fault;
    char folder[64];
    char trail[JK_PATH_SIZE]; /* both from the root of the file system */
    char model[JK_PATH_SIZE];
} work;

static jk_status refuse(const work *at, jk_status status, const char *why)
{
    at->fault->status = status;
    (void)snprintf(at->fault->text, sizeof at->fault->text, "%s", why);
    return status;
}

/* "12:3:456" of the trail, or the negative ones before the first step. */
static bool trail_line(const char *line, size_t length)
{
    size_t at = 0;
    for (int part = 0; part < 3; part++) {
        at += at < length && line[at] == '-' ? 1 : 0;
        size_t digits = strspn(line + at, "0123456789");
        if (digits == 0 || digits > 9) {
            return false;
        }
        at += digits;
        at += part < 2 && line[at] == ':' ? 1 : 0;
    }
    return at == length;
}

static jk_status check_trail(const work *at, const char *text, size_t size)
{
    char why[96];
    size_t number = 1;
    if (size == 0) {
        return refuse(at, JK_E_CONFIG, "the trail is empty");
    }
    for (const char *line = text; line < text + size; number++) {
        size_t length = strcspn(line, "\n");
        bool whole = line + length < text + size && line[length] == '\n';
        if (!trail_line(line, length)) {
            (void)snprintf(why, sizeof why,
                           whole || number == 1 ? "line %zu: this is no trail of SPIN"
                                                : "line %zu: the trail is cut off here",
                           number);
            return refuse(at, JK_E_CONFIG, why);
        }
        if (!whole) {
            (void)snprintf(why, sizeof why, "line %zu: the trail is cut off here", number);
            return refuse(at, JK_E_CONFIG, why);
        }
        line += length + 1;
    }
    return JK_OK;
}

/* One spin; its output stands in the log. */
static jk_status run_spin(const work *at, const char *log, jk_arguments *list, int *code)
{
    jk_process process;
    if (list->full ||
        jk_process_start(&process, at->folder, log, list->items, SPIN_LIMIT_MS) != JK_OK) {
        return refuse(at, JK_E_IO, "spin cannot be started");
    }
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (!jk_process_ended(&process, code)) {
        (void)nanosleep(&pause, NULL);
    }
    return process.timed_out ? refuse(at, JK_E_IO, "spin ran out of time") : JK_OK;
}

static jk_status make_pan(const work *at)
{
    jk_arguments list = {.count = 0};
    int code = 0;
    jk_argument(&list, "spin");
    jk_argument_defines(&list, at->place->defines[0] == '\0' ? "-" : at->place->defines);
    jk_argument(&list, "-a");
    jk_argument(&list, at->model);
    jk_status status = run_spin(at, "spin.txt", &list, &code);
    if (status != JK_OK) {
        return status;
    }
    char path[JK_PATH_SIZE];
    struct stat made;
    return code == 0 && jk_path_join(path, at->folder, "pan.c") && stat(path, &made) == 0
               ? JK_OK
               : refuse(at, JK_E_CONFIG, "spin does not accept the model");
}

static jk_status make_replay(const work *at)
{
    static const char *const options[] = {"-t", "-s", "-r", "-p", "-g", "-l", "-k"};
    jk_arguments list = {.count = 0};
    int code = 0;
    jk_argument(&list, "spin");
    jk_argument_defines(&list, at->place->defines[0] == '\0' ? "-" : at->place->defines);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        jk_argument(&list, options[i]);
    }
    jk_argument(&list, at->trail);
    jk_argument(&list, at->model);
    return run_spin(at, "replay.txt", &list, &code);
}

static char *read_made(const work *at, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return jk_path_join(path, at->folder, name) ? jk_file_read(path, &size) : NULL;
}

static void copy_last(char *to, size_t capacity, const char *path)
{
    const char *last = strrchr(path, '/');
    (void)snprintf(to, capacity, "%s", last == NULL ? path : last + 1);
}

/* "  -DX=1   Y" and "X=1 -DY" name the same bounds: -D and spaces do not count. */
static bool same_bounds(const char *one, const char *other)
{
    for (;;) {
        one += strspn(one, " ");
        other += strspn(other, " ");
        one += strncmp(one, "-D", 2) == 0 ? 2 : 0;
        other += strncmp(other, "-D", 2) == 0 ? 2 : 0;
        size_t length = strcspn(one, " ");
        if (length != strcspn(other, " ") || memcmp(one, other, length) != 0) {
            return false;
        }
        if (length == 0) {
            return true;
        }
        one += length;
        other += length;
    }
}

/* What checks.tsv says of a claim of this file; best with the same bounds. */
static void find_check(const char *root, jk_trail_about *about)
{
    char path[JK_PATH_SIZE];
    jk_table table;
    jk_fault ignored;
    size_t best = JK_TRAIL_NONE;
    bool same = false;
    if (snprintf(path, sizeof path, "%s/spec/%s/checks.tsv", root, about->protocol) >=
            (int)sizeof path ||
        jk_table_read(path, jk_check_columns, JK_CHECK_COLUMNS, &table, &ignored) != JK_OK) {
        return;
    }
    for (size_t i = 0; i < table.row_count && !same; i++) {
        const char *claim = jk_table_cell(&table, i, JK_CHECK_CLAIM);
        bool mine = strcmp(jk_table_cell(&table, i, JK_CHECK_FILE), about->model) == 0 &&
                    strcmp(claim, about->claim[0] == '\0' ? "-" : about->claim) == 0;
        const char *cell = jk_table_cell(&table, i, JK_CHECK_DEFINES);
        same = mine && same_bounds(strcmp(cell, "-") == 0 ? "" : cell, about->bounds);
        best = same || (mine && best == JK_TRAIL_NONE) ? i : best;
    }
    if (best != JK_TRAIL_NONE) {
        const char *rule = jk_table_cell(&table, best, JK_CHECK_RULE);
        bool witness = strcmp(jk_table_cell(&table, best, JK_CHECK_KIND), "witness") == 0;
        (void)snprintf(about->words, sizeof about->words, "%s",
                       jk_table_cell(&table, best, JK_CHECK_TEXT));
        (void)snprintf(about->rule, sizeof about->rule, "%s", strcmp(rule, "-") == 0 ? "" : rule);
        if (witness && about->end[0] == '\0') {
            (void)snprintf(about->end, sizeof about->end, "%.100s: found.", about->claim);
        }
        if (same && about->name[0] == '\0') {
            (void)snprintf(about->name, sizeof about->name, "%s",
                           jk_table_cell(&table, best, JK_CHECK_NAME));
        }
    }
    jk_table_close(&table);
}

static void say_about(const work *at, const char *replay, jk_trail_about *about)
{
    char folder[JK_PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%s", at->model);
    char *last = strrchr(folder, '/');
    if (last != NULL) {
        *last = '\0';
    }
    copy_last(about->protocol, sizeof about->protocol, folder);
    copy_last(about->model, sizeof about->model, at->model);
    (void)snprintf(about->bounds, sizeof about->bounds, "%s", at->place->defines);
    jk_claim_name(replay, about->claim, sizeof about->claim);
    find_check(at->place->root, about);
    if (about->end[0] == '\0') {
        (void)snprintf(about->end, sizeof about->end, "%.100s is violated.",
                       about->claim[0] == '\0' ? "an assertion, or a deadlock," : about->claim);
    }
}

static jk_status read_made_trail(const work *at, jk_trail *trail)
{
    char folder[JK_PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%s", at->model);
    *strrchr(folder, '/') = '\0'; /* it begins with one */
    char *replay = read_made(at, "replay.txt");
    char *pan = read_made(at, "pan.c");
    const jk_trail_source source = {
        .replay = replay, .pan = pan, .base = at->folder, .model = folder};
    jk_status status = replay == NULL ? refuse(at, JK_E_IO, "spin wrote nothing")
                                      : jk_trail_read(&source, trail, at->fault);
    if (status == JK_OK) {
        say_about(at, replay, &trail->about);
        jk_trail_find_seeds(trail, at->place->root);
        const char *why = jk_claim_refuse(replay, trail);
        if (why != NULL) {
            jk_trail_close(trail);
            status = refuse(at, JK_E_CONFIG, why);
        }
    }
    free(pan);
    free(replay);
    return status;
}

static bool absolute(char path[JK_PATH_SIZE], const char *name)
{
    char *real = realpath(name, NULL);
    int length = real == NULL ? -1 : snprintf(path, JK_PATH_SIZE, "%s", real);
    free(real);
    return length > 0 && length < JK_PATH_SIZE;
}

static jk_status open_trail(work *at, const char *text, size_t size, jk_trail *trail)
{
    jk_status status = check_trail(at, text, size);
    if (status != JK_OK) {
        return status;
    }
    if (at->place->model == NULL) {
        return refuse(at, JK_E_CONFIG, "a trail needs its model");
    }
    if (!absolute(at->model, at->place->model) || !absolute(at->trail, at->place->file)) {
        return refuse(at, JK_E_FILE, "the model is missing");
    }
    (void)snprintf(at->folder, sizeof at->folder, "/tmp/juki-chart-XXXXXX");
    if (mkdtemp(at->folder) == NULL) {
        return refuse(at, JK_E_IO, "no scratch folder can be made");
    }
    status = make_pan(at);
    if (status == JK_OK) {
        status = make_replay(at);
    }
    if (status == JK_OK) {
        status = read_made_trail(at, trail);
    }
    jk_folder_remove(at->folder);
    return status;
}

/* What the writer of a log need not know: the property's words, and the steps of the source. */
static void complete(const char *root, jk_trail *trail)
{
    bool seeds = false;
    for (size_t i = 0; i < trail->event_count; i++) {
        seeds =
            seeds || trail->events[i].seed[0] != '\0' || trail->events[i].toward != JK_TRAIL_NONE;
    }
    if (!seeds) {
        jk_trail_find_seeds(trail, root);
    }
    if (trail->about.words[0] == '\0') {
        find_check(root, &trail->about);
    }
}

jk_status jk_trail_open(const jk_trail_place *place, jk_trail *trail, jk_fault *fault)
{
    work at = {.place = place, .fault = fault};
    size_t size;
    char *text = jk_file_read(place->file, &size);
    if (text == NULL) {
        return refuse(&at, JK_E_FILE, "the file cannot be read");
    }
    bool log = strncmp(text, "juki ", 5) == 0;
    jk_status status =
        log ? jk_trail_load(text, size, trail, fault) : open_trail(&at, text, size, trail);
    if (status == JK_OK && log) {
        complete(place->root, trail);
    }
    if (status == JK_OK && trail->about.name[0] == '\0') {
        copy_last(trail->about.name, sizeof trail->about.name, place->file);
    }
    free(text);
    return status;
}
