/* SPDX-License-Identifier: Apache-2.0 */
/* One search: the text of a role into a copy of spec/, then spin, tcc and pan, one after the other.
 * There are five copies: with each monitor, with properties as they are, with places marked. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "monitor.h"
#include "process.h"
#include "strength_work.h"

#define TOOL_LIMIT_MS   60000
#define SEARCH_LIMIT_MS 60000  /* a mutant that grows without end is cut */
#define PROOF_LIMIT_MS  600000 /* the model itself is not */
#define POLL_NS         2000000L
#define MEMORY_MB       1500
#define HIT_MARK        "place: "

static const char *const copies[] = {"states", "outcomes", "premises", "plain", "probe"};

static bool run_tool(const jk_campaign *campaign, char *const *argv, const char *log,
                     int64_t limit_ms, int64_t *used_ms)
{
    char folder[JK_PATH_SIZE];
    jk_process process;
    int code = 0;
    if (!jk_path_join(folder, campaign->work, "build") ||
        jk_process_start(&process, folder, log, argv, limit_ms) != JK_OK) {
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

static bool protocol_path(const jk_campaign *campaign, const char *copy, const char *name,
                          char path[JK_PATH_SIZE])
{
    int length = snprintf(path, JK_PATH_SIZE, "%s/%s/spec/%s/%s", campaign->work, copy,
                          campaign->protocol, name);
    return length > 0 && length < JK_PATH_SIZE;
}

static bool write_role(const jk_campaign *campaign, const char *copy, size_t role, const char *text)
{
    char path[JK_PATH_SIZE];
    char name[80];
    (void)snprintf(name, sizeof name, "%s.pml", campaign->roles[role].name);
    return protocol_path(campaign, copy, name, path) &&
           jk_file_write(path, text, strlen(text)) == JK_OK;
}

/* Every file with properties gets the monitor in their place. */
static bool put_monitors(jk_campaign *campaign, const char *copy, const char *claim)
{
    char folder[JK_PATH_SIZE];
    if (!protocol_path(campaign, copy, ".", folder)) {
        return false;
    }
    bool listed = strcmp(claim, JK_MONITOR_PREMISES) != 0 || campaign->premises.count > 0;
    jk_words *wanted = listed ? NULL : &campaign->premises;
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool good = count >= 0;
    for (int i = 0; i < count; i++) {
        char path[JK_PATH_SIZE];
        size_t size;
        char *text =
            entries[i]->d_name[0] != '.' && protocol_path(campaign, copy, entries[i]->d_name, path)
                ? jk_file_read(path, &size)
                : NULL;
        char *monitor = NULL;
        if (good && text != NULL && jk_monitor_wanted(text)) {
            good = jk_monitor_make(text, claim, wanted, &monitor) == JK_OK &&
                   jk_file_write(path, monitor, strlen(monitor)) == JK_OK;
        }
        free(monitor);
        free(text);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return good;
}

/* A role in which every place marks that it is reached. */
static bool put_marks(const jk_campaign *campaign, size_t role)
{
    const jk_role_file *file = &campaign->roles[role];
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < file->site_count; i++) {
        (void)fprintf(out, "%.*sc_code { JK_HIT_%zu }; ", (int)(file->sites[i] - at),
                      file->text + at, file->first_site + i);
        at = file->sites[i];
    }
    (void)fprintf(out, "%s", file->text + at);
    bool good = fclose(out) == 0 && write_role(campaign, "probe", role, text);
    free(text);
    return good;
}

static void write_hits(const jk_campaign *campaign, FILE *out)
{
    (void)fprintf(out,
                  "c_decl {\n\\#include <stdio.h>\n"
                  "static unsigned char jk_hits[%zu];\n",
                  campaign->site_count + 1);
    for (size_t i = 0; i < campaign->site_count; i++) {
        (void)fprintf(out,
                      "\\#define JK_HIT_%zu if (!jk_hits[%zu]) { jk_hits[%zu] = 1; "
                      "printf(\"" HIT_MARK "%zu\\n\"); }\n",
                      i, i, i, i);
    }
    (void)fprintf(out, "}\n");
}

/* The model's first file declares the marks. */
static bool declare_marks(const jk_campaign *campaign, const char *file)
{
    char path[JK_PATH_SIZE];
    size_t size;
    char *text = NULL;
    char *old = protocol_path(campaign, "probe", file, path) ? jk_file_read(path, &size) : NULL;
    FILE *out = old == NULL ? NULL : open_memstream(&text, &size);
    bool good = out != NULL;
    if (good) {
        write_hits(campaign, out);
        (void)fprintf(out, "%s", old);
        good = fclose(out) == 0 && jk_file_write(path, text, size) == JK_OK;
    }
    free(old);
    free(text);
    return good;
}

static bool copy_spec(const jk_campaign *campaign, const char *copy)
{
    char path[JK_PATH_SIZE];
    char from[JK_PATH_SIZE];
    char to[JK_PATH_SIZE];
    return jk_path_join(path, campaign->work, copy) && jk_folder_make(path) &&
           jk_path_join(to, path, "spec") && jk_folder_make(to) &&
           protocol_path(campaign, copy, ".", path) &&
           jk_path_join(from, campaign->options->root, "spec/lib") &&
           jk_path_join(path, to, "lib") && jk_folder_copy(from, path) &&
           jk_path_join(path, to, campaign->protocol) && jk_folder_copy(campaign->folder, path);
}

static bool is_role(const jk_campaign *campaign, const char *file)
{
    for (size_t i = 0; i < campaign->role_count; i++) {
        size_t length = strlen(campaign->roles[i].name);
        if (strncmp(file, campaign->roles[i].name, length) == 0 &&
            strcmp(file + length, ".pml") == 0) {
            return true;
        }
    }
    return false;
}

/* All files of a folder with this ending but the roles. */
static bool digest_folder(const jk_campaign *campaign, const char *folder, const char *ending,
                          uint64_t digest[2])
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        char path[JK_PATH_SIZE];
        size_t size = 0;
        bool wanted = length > strlen(ending) &&
                      strcmp(name + length - strlen(ending), ending) == 0 &&
                      !is_role(campaign, name) && jk_path_join(path, folder, name);
        char *text = wanted ? jk_file_read(path, &size) : NULL;
        if (text != NULL) {
            jk_hash_add(digest, name, length + 1);
            jk_hash_add(digest, text, size);
        }
        free(text);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return count >= 0;
}

/* A result of another spin is another result. */
static bool digest_tools(jk_campaign *campaign)
{
    char *argv[] = {(char[]){"spin"}, (char[]){"-V"}, NULL};
    char path[JK_PATH_SIZE];
    size_t size;
    int64_t used_ms = 0;
    char *text = run_tool(campaign, argv, "version.txt", TOOL_LIMIT_MS, &used_ms) &&
                         jk_path_join(path, campaign->work, "build/version.txt")
                     ? jk_file_read(path, &size)
                     : NULL;
    if (text != NULL) {
        jk_hash_add(campaign->spec_digest, text, size);
    }
    free(text);
    return text != NULL;
}

/* Another explorer, or another generator of the C, is another result. */
static bool digest_explorer(jk_campaign *campaign)
{
    static const char *const folders[] = {"src/verify/explore", "gen/jkgen"};
    char path[JK_PATH_SIZE];
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (!jk_path_join(path, campaign->options->root, folders[i])) {
            return false;
        }
        /* Where there is neither, as in a vendor's folder, nothing is explored. */
        (void)digest_folder(campaign, path, ".c", campaign->explorer_digest);
        (void)digest_folder(campaign, path, ".h", campaign->explorer_digest);
    }
    return true;
}

jk_status jk_search_prepare(jk_campaign *campaign)
{
    char path[JK_PATH_SIZE];
    bool good = jk_folder_make(campaign->work) && jk_path_join(path, campaign->work, "build") &&
                jk_folder_make(path);
    for (size_t i = 0; good && i < sizeof copies / sizeof copies[0]; i++) {
        good = copy_spec(campaign, copies[i]);
    }
    good = good && put_monitors(campaign, "states", JK_MONITOR_STATES) &&
           put_monitors(campaign, "outcomes", JK_MONITOR_OUTCOMES) &&
           put_monitors(campaign, "premises", JK_MONITOR_PREMISES);
    for (size_t i = 0; good && i < campaign->role_count; i++) {
        good = put_marks(campaign, i);
    }
    for (size_t i = 0; good && i < campaign->bounds_count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i; j++) {
            seen = seen || strcmp(campaign->bounds[i].file, campaign->bounds[j].file) == 0;
        }
        good = seen || declare_marks(campaign, campaign->bounds[i].file);
    }
    if (!good) {
        return JK_E_FILE;
    }
    jk_hash_begin(campaign->spec_digest);
    jk_hash_begin(campaign->explorer_digest);
    return digest_tools(campaign) &&
                   digest_folder(campaign, campaign->folder, ".pml", campaign->spec_digest) &&
                   jk_path_join(path, campaign->options->root, "spec/lib") &&
                   digest_folder(campaign, path, ".pml", campaign->spec_digest) &&
                   digest_explorer(campaign)
               ? JK_OK
               : JK_E_FILE;
}

static bool named(jk_search_kind kind)
{
    return kind == JK_SEARCH_STATES || kind == JK_SEARCH_OUTCOMES || kind == JK_SEARCH_CLAIM ||
           kind == JK_SEARCH_PREMISES;
}

static const char *copy_of(jk_search_kind kind)
{
    return kind == JK_SEARCH_STATES     ? "states"
           : kind == JK_SEARCH_OUTCOMES ? "outcomes"
           : kind == JK_SEARCH_PREMISES ? "premises"
           : kind == JK_SEARCH_PROBE    ? "probe"
                                        : "plain";
}

static bool generate(const jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds,
                     int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    char path[JK_PATH_SIZE];
    if (!protocol_path(campaign, copy_of(kind), bounds->file, path)) {
        return false;
    }
    jk_argument(&list, "spin");
    if (kind == JK_SEARCH_GRAPH) {
        jk_argument(&list, "-o1"); /* or variables that are only written vanish */
        jk_argument(&list, "-o2");
        jk_argument(&list, "-o3");
    }
    jk_argument_defines(&list, bounds->defines);
    if (named(kind)) {
        jk_argument(&list, "-DJK_NAMED_ONLY");
        jk_argument_defines(&list, bounds->more);
    }
    jk_argument(&list, "-a");
    jk_argument(&list, path);
    return !list.full && run_tool(campaign, list.items, "spin.txt", TOOL_LIMIT_MS, used_ms);
}

/* spin ends with 0 on a text that it does not take; its words tell.  "dubious" is a warning. */
static bool complains(const jk_campaign *campaign)
{
    static const char word[] = "Error: ";
    char path[JK_PATH_SIZE];
    size_t size;
    char *text =
        jk_path_join(path, campaign->work, "build/spin.txt") ? jk_file_read(path, &size) : NULL;
    bool found = text == NULL;
    for (const char *at = text; !found && at != NULL && (at = strstr(at, word)) != NULL; at++) {
        found = strncmp(at + sizeof word - 1, "dubious", 7) != 0;
    }
    free(text);
    return found;
}

static bool compile(const jk_campaign *campaign, jk_search_kind kind, int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    char memory[32];
    (void)snprintf(memory, sizeof memory, "-DMEMLIM=%d", MEMORY_MB);
    jk_argument(&list, "tcc");
    jk_argument(&list, "-w");
    jk_argument(&list, "-DVECTORSZ=4096");
    jk_argument(&list, memory);
    if (kind == JK_SEARCH_CLAIM) {
        jk_argument(&list, "-DNFAIR=6");
        jk_argument(&list, "-DNOREDUCE");
    } else {
        jk_argument(&list, "-DSAFETY");
    }
    if (!named(kind)) {
        jk_argument(&list, "-DNOCLAIM");
    }
    if (kind == JK_SEARCH_GRAPH) {
        jk_argument(&list, "-DNOREDUCE");
        jk_argument(&list, "-DSVDUMP");
    }
    jk_argument(&list, "-o");
    jk_argument(&list, "pan");
    jk_argument(&list, "pan.c");
    return !list.full && run_tool(campaign, list.items, "compiler.txt", TOOL_LIMIT_MS, used_ms);
}

/* pan's text in the build folder; free() it. */
static char *search(const jk_campaign *campaign, jk_search_kind kind, const char *claim,
                    int state_size, int64_t *used_ms)
{
    jk_arguments list = {.count = 0};
    char path[JK_PATH_SIZE];
    char prefix[32];
    size_t size;
    jk_argument(&list, "./pan");
    jk_argument(&list, "-m200000");
    jk_argument(&list, "-w18");
    jk_argument(&list, "-n");
    if (kind == JK_SEARCH_CLAIM) {
        jk_argument(&list, "-a");
        jk_argument(&list, "-f");
    }
    if (named(kind)) {
        jk_argument(&list, "-N");
        jk_argument(&list, claim);
    }
    if (kind == JK_SEARCH_GRAPH || kind == JK_SEARCH_PROBE) {
        jk_argument(&list, "-E"); /* where nothing moves any more, the search goes on */
    }
    if (state_size > 0) {
        (void)snprintf(prefix, sizeof prefix, "-p%d", state_size);
        jk_argument(&list, prefix);
    }
    bool whole = kind == JK_SEARCH_PROBE || campaign->unchanged;
    int64_t limit_ms = whole ? PROOF_LIMIT_MS : SEARCH_LIMIT_MS;
    /* pan's exit code is no verdict; its text tells whether it came to an end. */
    (void)run_tool(campaign, list.items, "pan.txt", limit_ms, used_ms);
    return jk_path_join(path, campaign->work, "build/pan.txt") ? jk_file_read(path, &size) : NULL;
}

static uint64_t number_before(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    while (at != NULL && at > text && at[-1] == ' ') {
        at--;
    }
    while (at != NULL && at > text && at[-1] >= '0' && at[-1] <= '9') {
        at--;
    }
    return at == NULL ? 0 : strtoull(at, NULL, 10);
}

/* The words after a mark at the begin of lines, each between blanks. */
static void collect(const char *text, const char *mark, char *names, size_t capacity)
{
    size_t used = 0;
    for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
        at += strlen(mark);
        size_t length = strcspn(at, "\n");
        if ((at - strlen(mark) == text || at[-1 - (long)strlen(mark)] == '\n') &&
            used + length + 3 < capacity) {
            used += (size_t)snprintf(names + used, capacity - used, " %.*s", (int)length, at);
        }
    }
    if (used > 0) {
        (void)snprintf(names + used, capacity - used, " ");
    }
}

static void read_names(jk_search_kind kind, const jk_bounds *bounds, const char *text,
                       const jk_pan_output *output, jk_found *found)
{
    if (kind == JK_SEARCH_STATES || kind == JK_SEARCH_OUTCOMES || kind == JK_SEARCH_PREMISES) {
        collect(text, JK_MONITOR_MARK, found->names, sizeof found->names);
    } else if (kind == JK_SEARCH_PROBE) {
        collect(text, HIT_MARK, found->names, sizeof found->names);
    } else if (kind == JK_SEARCH_PLAIN && output->errors > 0) {
        (void)snprintf(found->names, sizeof found->names, " %s ",
                       output->error == JK_PAN_END_STATE ? "deadlock" : "assertion");
    } else if (kind == JK_SEARCH_CLAIM && output->errors > 0 && output->error == JK_PAN_CLAIM) {
        (void)snprintf(found->names, sizeof found->names, " %s ", bounds->search);
    }
}

static bool digest_graph(const jk_campaign *campaign, const jk_bounds *bounds, const char *text,
                         jk_found *found)
{
    char dump[JK_PATH_SIZE];
    char name[160];
    const char *vector = strstr(text, "State-vector ");
    size_t state_size = vector == NULL ? 0 : strtoull(vector + 13, NULL, 10);
    (void)snprintf(name, sizeof name, "%s.svd", bounds->file);
    bool good = protocol_path(campaign, "plain", name, dump) &&
                jk_graph_digest(dump, state_size, found->names, sizeof found->names);
    (void)remove(dump);
    return good;
}

/* spin, tcc and pan.  A text that they refuse is a result; that pan does not start is none. */
static bool make(jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds,
                 jk_found *found)
{
    char path[JK_PATH_SIZE];
    int64_t ms = 0;
    const char *claim = kind == JK_SEARCH_STATES     ? JK_MONITOR_STATES
                        : kind == JK_SEARCH_OUTCOMES ? JK_MONITOR_OUTCOMES
                        : kind == JK_SEARCH_PREMISES ? JK_MONITOR_PREMISES
                                                     : bounds->search;
    *found = (jk_found){.refused = false};
    campaign->searches++;
    if (!jk_path_join(path, campaign->work, "build/pan.c")) {
        return false;
    }
    (void)remove(path);
    bool generated = generate(campaign, kind, bounds, &ms);
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        (void)fclose(file);
    }
    found->refused =
        !generated || file == NULL || complains(campaign) || !compile(campaign, kind, &ms);
    if (!found->refused) {
        char *text = search(campaign, kind, claim, 0, &ms);
        const char *vector = text == NULL ? NULL : strstr(text, "State-vector ");
        if (kind == JK_SEARCH_GRAPH && vector != NULL) {
            int state_size = (int)strtol(vector + 13, NULL, 10);
            free(text);
            text = search(campaign, kind, claim, state_size, &ms);
        }
        if (text == NULL) {
            return false;
        }
        jk_pan_output output;
        jk_pan_read(text, &output);
        found->complete = output.finished && !output.cut && !output.out_of_memory &&
                          !output.not_completed && output.errors == 0;
        found->states = output.states;
        found->transitions = number_before(text, "transitions (=");
        read_names(kind, bounds, text, &output, found);
        if (kind == JK_SEARCH_GRAPH) {
            found->complete = digest_graph(campaign, bounds, text, found) && found->complete;
        }
        free(text);
    }
    found->used_ms = ms;
    return campaign->options->stop == NULL || *campaign->options->stop == 0;
}

void jk_search_key(const jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds,
                   size_t role, const char *text, uint64_t key[2])
{
    key[0] = campaign->spec_digest[0];
    key[1] = campaign->spec_digest[1];
    for (size_t i = 0; i < campaign->role_count; i++) {
        const char *role_text = i == role && text != NULL ? text : campaign->roles[i].text;
        jk_hash_add(key, role_text, strlen(role_text) + 1);
    }
    unsigned char number = (unsigned char)kind;
    jk_hash_add(key, &number, 1);
    if (kind == JK_SEARCH_NAMED || kind == JK_SEARCH_WHOLE) {
        jk_hash_add(key, campaign->explorer_digest, sizeof campaign->explorer_digest);
    }
    jk_hash_add(key, bounds->file, strlen(bounds->file) + 1);
    jk_hash_add(key, bounds->defines, strlen(bounds->defines) + 1);
    if (named(kind) || kind == JK_SEARCH_NAMED) {
        jk_hash_add(key, bounds->more, strlen(bounds->more) + 1);
    }
    if (kind == JK_SEARCH_CLAIM) {
        jk_hash_add(key, bounds->search, strlen(bounds->search) + 1);
    }
}

bool jk_search(jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds, size_t role,
               const char *text, jk_found *found)
{
    uint64_t key[2];
    jk_search_key(campaign, kind, bounds, role, text, key);
    if (jk_results_find(campaign->results, key, found)) {
        return true;
    }
    if (campaign->options->known) {
        return false;
    }
    bool changed = text != NULL;
    campaign->unchanged = !changed;
    bool good = (!changed || write_role(campaign, copy_of(kind), role, text)) &&
                make(campaign, kind, bounds, found);
    if (changed && !write_role(campaign, copy_of(kind), role, campaign->roles[role].text)) {
        return false; /* the next search would be of another model */
    }
    if (good) {
        jk_results_add(campaign->results, key, found);
    }
    return good;
}
