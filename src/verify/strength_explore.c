/* SPDX-License-Identifier: Apache-2.0 */
/* One search by the explorer tells every property that a mutant breaks, whether of one state or of
 * several.  What a check adds to the roles is compiled once a bounds; of a mutant only its machine
 * is made: jkgen, a shared object by tcc, which stands before the true machine when the explorer
 * is loaded.  What jkgen does not take, or gives another shape, is left to SPIN. */
#define _XOPEN_SOURCE 700
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "process.h"
#include "strength_work.h"

#define TOOL_LIMIT_MS   120000
#define SEARCH_LIMIT_MS 60000  /* a mutant that grows without end is cut */
#define PROOF_LIMIT_MS  600000 /* the model itself is not */
#define TIMES_MAX       10     /* a mutant with so many times the model's states is cut */
#define MEMORY_MB       "1000"
#define COPY            "machine" /* of spec/, for jkgen */
#define POLL_NS         500000L

static bool path_of(char path[JK_PATH_SIZE], const char *folder, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool path_of(char path[JK_PATH_SIZE], const char *folder, const char *format, ...)
{
    char name[JK_PATH_SIZE];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(name, sizeof name, format, list);
    va_end(list);
    return length > 0 && (size_t)length < sizeof name && jk_path_join(path, folder, name);
}

static bool run_in(const jk_campaign *campaign, const char *folder, const jk_arguments *list,
                   const char *log, int64_t *used_ms)
{
    jk_process process;
    int code = 0;
    if (list->full ||
        jk_process_start(&process, folder, log, list->items, TOOL_LIMIT_MS) != JK_OK) {
        return false;
    }
    while (!jk_process_ended(&process, &code)) {
        if (campaign->options->stop != NULL && *campaign->options->stop != 0) {
            jk_process_kill(&process);
            return false;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
    *used_ms += process.used_ms;
    return !process.timed_out && code == 0;
}

static void put_path(jk_arguments *list, const char *before, const char *folder, const char *name)
{
    char path[JK_PATH_SIZE * 2];
    (void)snprintf(path, sizeof path, "%s%s/%s", before, folder, name);
    jk_argument(list, path);
}

static void put_includes(const jk_campaign *campaign, jk_arguments *list)
{
    jk_argument(list, "-w");
    jk_argument(list, "-I.");
    put_path(list, "-I", campaign->root, "src/verify/explore");
    put_path(list, "-I", campaign->root, "src/include");
}

/* Files whose name ends so, from one folder to another. */
static bool copy_files(const char *from, const char *to, const char *ending)
{
    struct dirent **entries;
    int count = scandir(from, &entries, NULL, alphasort);
    bool good = count >= 0 && jk_folder_make(to);
    for (int i = 0; i < count; i++) {
        size_t length = strlen(entries[i]->d_name);
        char source[JK_PATH_SIZE];
        char target[JK_PATH_SIZE];
        if (good && length > strlen(ending) &&
            strcmp(entries[i]->d_name + length - strlen(ending), ending) == 0) {
            good = jk_path_join(source, from, entries[i]->d_name) &&
                   jk_path_join(target, to, entries[i]->d_name) && jk_file_copy(source, target);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return good;
}

/* What jkgen reads, in the work folder of this process. */
static bool copy_for_jkgen(const jk_campaign *campaign)
{
    char to[JK_PATH_SIZE];
    char from[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    return path_of(to, campaign->work, COPY "/spec") && jk_folder_make_all(to) &&
           path_of(from, campaign->root, "spec/lib") && path_of(path, to, "lib") &&
           jk_folder_copy(from, path) && path_of(from, campaign->root, "spec/wire") &&
           path_of(path, to, "wire") && copy_files(from, path, ".proto") &&
           path_of(path, to, "%s", campaign->protocol) && jk_folder_copy(campaign->folder, path) &&
           copy_files(campaign->folder, path, ".bind");
}

/* The machines of the copy, as C, into `name` of the work folder. */
static bool make_machines(const jk_campaign *campaign, const char *name, int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    char path[JK_PATH_SIZE];
    jk_argument(&list, campaign->options->self);
    jk_argument(&list, "gen");
    if (!path_of(path, campaign->work, COPY "/spec/%s/%s", campaign->protocol,
                 campaign->bounds[0].file)) {
        return false;
    }
    jk_argument(&list, path);
    jk_argument(&list, "--bind");
    if (!path_of(path, campaign->work, COPY "/spec/%s/%s.bind", campaign->protocol,
                 campaign->protocol)) {
        return false;
    }
    jk_argument(&list, path);
    jk_argument(&list, "--faulty");
    jk_argument(&list, "--out");
    jk_argument(&list, name);
    return run_in(campaign, campaign->work, &list, "gen.txt", used_ms);
}

static bool is_source(const jk_campaign *campaign, const char *name)
{
    size_t length = strlen(name);
    size_t head = strlen(campaign->protocol);
    return length > head + 3 && strncmp(name, campaign->protocol, head) == 0 && name[head] == '_' &&
           strcmp(name + length - 2, ".c") == 0 &&
           (length < 8 || strcmp(name + length - 8, "_names.c") != 0);
}

/* All true machines as one shared object. */
static bool link_machines(const jk_campaign *campaign, int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    char folder[JK_PATH_SIZE];
    struct dirent **entries;
    int count = path_of(folder, campaign->explorers, "gen/machines")
                    ? scandir(folder, &entries, NULL, alphasort)
                    : -1;
    jk_argument(&list, "clang-14");
    jk_argument(&list, "-O1");
    jk_argument(&list, "-fPIC");
    jk_argument(&list, "-shared");
    put_includes(campaign, &list);
    for (int i = 0; i < count; i++) {
        if (is_source(campaign, entries[i]->d_name)) {
            put_path(&list, "", "gen/machines", entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    jk_argument(&list, "-o");
    jk_argument(&list, "libmachines.so");
    return count > 0 && run_in(campaign, campaign->explorers, &list, "machines.txt", used_ms);
}

static const char *const sources[] = {"main", "search", "course", "record", "path", "compare"};

static bool compile_explorer(const jk_campaign *campaign, int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    jk_argument(&list, "clang-14");
    jk_argument(&list, "-O2");
    jk_argument(&list, "-fPIC");
    jk_argument(&list, "-c");
    put_includes(campaign, &list);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "src/verify/explore/%s.c", sources[i]);
        put_path(&list, "", campaign->root, name);
    }
    return run_in(campaign, campaign->explorers, &list, "explorer.txt", used_ms);
}

bool jk_explore_prepare(jk_campaign *campaign, bool first)
{
    int64_t ms = 0;
    char bind[80];
    char path[JK_PATH_SIZE];
    (void)snprintf(bind, sizeof bind, "%s.bind", campaign->protocol);
    campaign->explores = campaign->options->self != NULL &&
                         jk_path_join(path, campaign->folder, bind) && access(path, R_OK) == 0;
    campaign->machine_made = false;
    if (!campaign->explores || campaign->options->known) {
        return true;
    }
    char *root = realpath(campaign->options->root, NULL);
    int length = root == NULL ? -1 : snprintf(campaign->root, JK_PATH_SIZE, "%s", root);
    free(root);
    if (length < 0 || length >= JK_PATH_SIZE || !copy_for_jkgen(campaign)) {
        return false;
    }
    if (!first) {
        return true;
    }
    if (!path_of(campaign->explorers, campaign->work, "explore")) {
        return false;
    }
    jk_folder_remove(campaign->explorers);
    return jk_folder_make(campaign->explorers) && make_machines(campaign, "explore/gen", &ms) &&
           link_machines(campaign, &ms) && compile_explorer(campaign, &ms);
}

bool jk_explores(const jk_campaign *campaign)
{
    return campaign->explores;
}

/* The check around the machines, for one bounds. */
static bool make_check(const jk_campaign *campaign, bool named, const jk_bounds *bounds,
                       const char *folder, int64_t *used_ms)
{
    jk_arguments gen = {.count = 0};
    char path[JK_PATH_SIZE];
    jk_argument(&gen, campaign->options->self);
    jk_argument(&gen, "gen");
    (void)snprintf(path, sizeof path, "spec/%s/%s", campaign->protocol, bounds->file);
    put_path(&gen, "", campaign->root, path);
    jk_argument(&gen, "--check");
    jk_argument(&gen, "--bind");
    (void)snprintf(path, sizeof path, "spec/%s/%s.bind", campaign->protocol, campaign->protocol);
    put_path(&gen, "", campaign->root, path);
    jk_argument(&gen, "--out");
    jk_argument(&gen, ".");
    jk_argument_defines(&gen, bounds->defines);
    if (named) {
        jk_argument_defines(&gen, bounds->more);
    }
    jk_arguments list = {.count = 0};
    jk_argument(&list, "clang-14");
    jk_argument(&list, "-O1");
    jk_argument(&list, "-fPIC");
    jk_argument(&list, named ? "-DJK_NAMED_ONLY=1" : "-DJK_NAMED_ONLY=0");
    jk_argument(&list, "-DJK_OTHER_ROLES=1");
    put_includes(campaign, &list);
    put_path(&list, "-I", campaign->explorers, "gen/machines");
    jk_argument(&list, "model.c");
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        (void)snprintf(path, sizeof path, "%s.o", sources[i]);
        put_path(&list, "", campaign->explorers, path);
    }
    put_path(&list, "", campaign->explorers, "libmachines.so");
    put_path(&list, "-Wl,-rpath,", campaign->explorers, "");
    jk_argument(&list, "-lsodium");
    jk_argument(&list, "-o");
    jk_argument(&list, "explore");
    return run_in(campaign, folder, &gen, "gen.txt", used_ms) &&
           run_in(campaign, folder, &list, "compiler.txt", used_ms);
}

/* The explorer of these bounds; whoever needs it first makes it.  "" if jkgen refuses the check. */
static bool find_explorer(const jk_campaign *campaign, bool named, const jk_bounds *bounds,
                          char program[JK_PATH_SIZE], int64_t *used_ms)
{
    char folder[JK_PATH_SIZE];
    char own[JK_PATH_SIZE];
    unsigned number = (unsigned)(bounds - campaign->bounds);
    const char *word = named ? "named" : "plain";
    if (!path_of(folder, campaign->explorers, "%s-%u", word, number) ||
        !path_of(program, folder, "explore") || !path_of(own, campaign->work, "make-%s", word)) {
        return false;
    }
    if (access(program, X_OK) == 0) {
        return true;
    }
    jk_folder_remove(own);
    if (!jk_folder_make(own) || !make_check(campaign, named, bounds, own, used_ms)) {
        return false;
    }
    if (rename(own, folder) != 0) {
        jk_folder_remove(own); /* another process was quicker */
    }
    return access(program, X_OK) == 0;
}

static bool same_file(const jk_campaign *campaign, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    size_t other_size = 0;
    char *text = path_of(path, campaign->explorers, "gen/machines/%s", name)
                     ? jk_file_read(path, &size)
                     : NULL;
    char *other = path_of(path, campaign->work, "mutant/machines/%s", name)
                      ? jk_file_read(path, &other_size)
                      : NULL;
    bool same = text != NULL && other != NULL && size == other_size && strcmp(text, other) == 0;
    free(text);
    free(other);
    return same;
}

/* The mutant's machine; false if there is none that fits into the explorers. */
static bool make_mutant(jk_campaign *campaign, size_t role, const char *text, int64_t *used_ms)
{
    char path[JK_PATH_SIZE];
    char header[128];
    const char *name = campaign->roles[role].name;
    jk_arguments list = {.count = 0};
    if (!path_of(path, campaign->work, COPY "/spec/%s/%s.pml", campaign->protocol, name) ||
        jk_file_write(path, text, strlen(text)) != JK_OK) {
        return false;
    }
    bool made = make_machines(campaign, "mutant", used_ms);
    const char *true_text = campaign->roles[role].text;
    if (jk_file_write(path, true_text, strlen(true_text)) != JK_OK || !made) {
        return false;
    }
    (void)snprintf(header, sizeof header, "%s_%s.h", campaign->protocol, name);
    if (!same_file(campaign, header)) {
        return false;
    }
    (void)snprintf(header, sizeof header, "mutant/machines/%s_%s.c", campaign->protocol, name);
    jk_argument(&list, "tcc");
    jk_argument(&list, "-shared");
    put_includes(campaign, &list);
    jk_argument(&list, "-Imutant/machines");
    jk_argument(&list, header);
    jk_argument(&list, "-o");
    jk_argument(&list, "mutant.so");
    return run_in(campaign, campaign->work, &list, "tcc.txt", used_ms);
}

static void add_name(jk_found *found, const char *name)
{
    size_t used = strlen(found->names);
    if (used + strlen(name) + 3 < sizeof found->names) {
        (void)snprintf(found->names + used, sizeof found->names - used, "%s%s ",
                       used == 0 ? " " : "", name);
    }
}

static void read_found(const char *text, bool named, jk_found *found)
{
    char name[128];
    char word[128];
    bool violated = false;
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (sscanf(line, "end %127s", word) == 1) {
            found->complete = strcmp(word, "complete") == 0;
            violated = strcmp(word, "violated") == 0;
        }
        (void)sscanf(line, "states %" SCNu64, &found->states);
        (void)sscanf(line, "edges %" SCNu64, &found->transitions);
        if (named && (sscanf(line, "property %127s %127s", name, word) == 2 ||
                      sscanf(line, "course %127s %127s", name, word) == 2)) {
            if (strcmp(word, "broken") == 0) {
                add_name(found, name);
            }
        } else if (named && strncmp(line, "courses memory", 14) == 0) {
            found->complete = false;
        } else if (!named && (sscanf(line, "state-digest %127s", word) == 1 ||
                              sscanf(line, "edge-digest %127s", word) == 1)) {
            add_name(found, word);
        } else if (!named && strncmp(line, "stuck ", 6) == 0) {
            add_name(found, "deadlock");
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    /* Among named properties an assertion is not followed; so this is something that the explorer
     * has no room for, or a step that the check has no words for: SPIN is asked. */
    found->refused = named && violated;
    if (!named && violated) {
        add_name(found, "assertion");
    }
}

/* The states after which a mutant is cut; 0 for the model. */
static uint64_t states_max(bool named, const jk_bounds *bounds)
{
    const jk_found *model = named ? &bounds->explored : &bounds->whole;
    return model->states * TIMES_MAX;
}

static bool run_explorer(jk_campaign *campaign, bool named, const jk_bounds *bounds,
                         const char *program, const char *text, jk_found *found)
{
    uint64_t states = text == NULL ? 0 : states_max(named, bounds);
    char number[32];
    jk_arguments list = {.count = 0};
    char path[JK_PATH_SIZE];
    size_t size;
    jk_process process;
    int code = 0;
    jk_argument(&list, "env");
    if (text != NULL) {
        put_path(&list, "LD_PRELOAD=", campaign->work, "mutant.so");
    }
    jk_argument(&list, program);
    jk_argument(&list, "--no-border");
    jk_argument(&list, named ? "--named" : "--record");
    if (named) {
        jk_argument(&list, "--properties");
        jk_argument(&list, "--courses");
    }
    if (states > 0) {
        (void)snprintf(number, sizeof number, "%" PRIu64, states);
        jk_argument(&list, "--states");
        jk_argument(&list, number);
    }
    jk_argument(&list, "--memory-mb");
    jk_argument(&list, MEMORY_MB);
    if (list.full || jk_process_start(&process, campaign->work, "explore.txt", list.items,
                                      text == NULL ? PROOF_LIMIT_MS : SEARCH_LIMIT_MS) != JK_OK) {
        return false;
    }
    while (!jk_process_ended(&process, &code)) {
        if (campaign->options->stop != NULL && *campaign->options->stop != 0) {
            jk_process_kill(&process);
            return false;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
    found->used_ms += process.used_ms;
    campaign->explorations++;
    char *said = code == 0 && !process.timed_out && path_of(path, campaign->work, "explore.txt")
                     ? jk_file_read(path, &size)
                     : NULL;
    if (said != NULL) {
        read_found(said, named, found);
    }
    found->refused = found->refused || said == NULL;
    free(said);
    return true;
}

/* Is the shared object that of this text; makes it if not. */
static bool ready(jk_campaign *campaign, size_t role, const char *text, int64_t *used_ms)
{
    uint64_t digest[2];
    jk_hash_begin(digest);
    jk_hash_add(digest, campaign->roles[role].name, strlen(campaign->roles[role].name) + 1);
    jk_hash_add(digest, text, strlen(text) + 1);
    if (!campaign->machine_made || memcmp(digest, campaign->machine, sizeof digest) != 0) {
        campaign->machine_made = true;
        memcpy(campaign->machine, digest, sizeof digest);
        campaign->machine_fits = make_mutant(campaign, role, text, used_ms);
    }
    return campaign->machine_fits;
}

bool jk_explore(jk_campaign *campaign, bool named, const jk_bounds *bounds, size_t role,
                const char *text, jk_found *found)
{
    uint64_t key[2];
    char program[JK_PATH_SIZE];
    jk_search_key(campaign, named ? JK_SEARCH_NAMED : JK_SEARCH_WHOLE, bounds, role, text, key);
    if (jk_results_find(campaign->results, key, found)) {
        return true;
    }
    *found = (jk_found){.refused = false};
    if (campaign->options->known) {
        return false;
    }
    int64_t ms = 0;
    if (!find_explorer(campaign, named, bounds, program, &ms)) {
        return false;
    }
    bool good = true;
    if (text != NULL && !ready(campaign, role, text, &found->used_ms)) {
        found->refused = true;
    } else {
        good = run_explorer(campaign, named, bounds, program, text, found);
    }
    good = good && (campaign->options->stop == NULL || *campaign->options->stop == 0);
    if (good) {
        jk_results_add(campaign->results, key, found);
    }
    return good;
}
