/* SPDX-License-Identifier: Apache-2.0 */
/* Results of earlier calls: one file each, written whole or not at all, with a digest of itself. */
#define _POSIX_C_SOURCE 200809L
#include "cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

#define HEAD       "juki verify result 1\n"
#define PARTS_MAX  3
#define LABEL_SIZE 128

/* Where a run's entry is. */
static bool entry_path(const jk_plan *plan, const char *key, char path[JK_PATH_SIZE])
{
    char name[JK_CACHE_KEY_SIZE + 8];
    (void)snprintf(name, sizeof name, "%s.result", key);
    return jk_path_join(path, plan->options->cache, name);
}

static void complain(jk_plan *plan, const char *name, const char *why)
{
    if (plan->cache_faults == 0) {
        (void)snprintf(plan->cache_fault, sizeof plan->cache_fault, "%.80s %s", name, why);
    }
    plan->cache_faults++;
}

/* "word value\n": the value's beginning, and *at after the line; NULL: this is no such line. */
static char *take_line(char **at, const char *word)
{
    size_t length = strlen(word);
    char *end = strchr(*at, '\n');
    if (end == NULL || strncmp(*at, word, length) != 0 || (*at)[length] != ' ') {
        return NULL;
    }
    char *value = *at + length + 1;
    *end = '\0';
    *at = end + 1;
    return value;
}

/* Is the name one of those that we write?  It becomes a file in the run's folder. */
static bool known_part(const char *name)
{
    size_t length = strlen(name);
    return strcmp(name, "pan.txt") == 0 || strcmp(name, "run.events") == 0 ||
           (length > 6 && length < LABEL_SIZE && strchr(name, '/') == NULL && name[0] != '.' &&
            strcmp(name + length - 6, ".trail") == 0);
}

/* "part NAME SIZE\n", the bytes and a line end: written into the folder. */
static bool take_part(char **at, const char *end, const char *folder)
{
    char path[JK_PATH_SIZE];
    char *value = take_line(at, "part");
    char *blank = value == NULL ? NULL : strchr(value, ' ');
    if (blank == NULL) {
        return false;
    }
    *blank = '\0';
    char *digits_end;
    unsigned long long size = strtoull(blank + 1, &digits_end, 10);
    if (*digits_end != '\0' || !known_part(value) || size >= (unsigned long long)(end - *at) ||
        (*at)[size] != '\n' || !jk_path_join(path, folder, value) ||
        jk_file_write(path, *at, (size_t)size) != JK_OK) {
        return false;
    }
    *at += size + 1;
    return true;
}

/* Takes the entry apart; false: it is not as we write them. */
static bool unpack(char *bytes, size_t size, const char *key, jk_run *run)
{
    char digest[JK_DIGEST_SIZE];
    char *at = bytes + sizeof HEAD - 1;
    if (strncmp(bytes, HEAD, sizeof HEAD - 1) != 0) {
        return false;
    }
    const char *named = take_line(&at, "key");
    const char *digested = named == NULL ? NULL : take_line(&at, "digest");
    if (digested == NULL || strcmp(named, key) != 0) {
        return false;
    }
    jk_digest_text(at, size - (size_t)(at - bytes), digest);
    if (strcmp(digest, digested) != 0) {
        return false;
    }
    const char *used = take_line(&at, "used_ms");
    run->used_ms = used == NULL ? 0 : (int64_t)strtoll(used, NULL, 10);
    const char *end = bytes + size;
    size_t parts = 0;
    while (at < end && parts < PARTS_MAX && take_part(&at, end, run->folder)) {
        parts++;
    }
    return used != NULL && parts > 0 && at == end;
}

static bool make_folder(const jk_plan *plan, jk_run *run, const char *key)
{
    char folder[JK_PATH_SIZE];
    return jk_path_join(folder, plan->work, "cached") && jk_folder_make(folder) &&
           jk_path_join(run->folder, folder, key) && jk_folder_make(run->folder);
}

static bool is_complete(const jk_run *run)
{
    return run->verdict == JK_VERDICT_HOLDS || run->verdict == JK_VERDICT_VIOLATED;
}

static bool has_events(const jk_run *run)
{
    char path[JK_PATH_SIZE];
    FILE *file = jk_path_join(path, run->folder, "run.events") ? fopen(path, "rb") : NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return file != NULL;
}

/* Of a run whose entry cannot be used nothing is left. */
static bool give_up(jk_run *run, const jk_run *before)
{
    jk_folder_remove(run->folder);
    *run = *before;
    return false;
}

/* An entry without the log of its events is no help where a chart is wanted. */
static bool take(jk_plan *plan, jk_run *run)
{
    char key[JK_CACHE_KEY_SIZE];
    char path[JK_PATH_SIZE];
    size_t size;
    const jk_run before = *run;
    if (!jk_cache_key(plan, run, key) || !entry_path(plan, key, path)) {
        return false;
    }
    char *bytes = jk_file_read(path, &size);
    if (bytes == NULL) {
        return false;
    }
    bool whole = make_folder(plan, run, key) && unpack(bytes, size, key, run);
    free(bytes);
    if (whole) {
        run->fallback = JK_NO_BUILD;
        jk_run_judge(plan, run, false, 0);
        whole = run->output.finished;
    }
    if (!whole || run->outcome <= JK_OUTCOME_RUNNING || run->outcome == JK_OUTCOME_TOOL) {
        complain(plan, path, "is damaged and was not used");
        return give_up(run, &before);
    }
    run->cached = true;
    return !jk_run_has_chart(plan, run) || has_events(run) ? true : give_up(run, &before);
}

bool jk_cache_take(jk_plan *plan, jk_run *run)
{
    if (plan->options->cache == NULL) {
        return false;
    }
    if (take(plan, run)) {
        return true;
    }
    if (run->fallback == JK_NO_BUILD) {
        return false;
    }
    /* What the breadth-first search did not find: then the other one's result counts. */
    const jk_run before = *run;
    run->build = run->fallback;
    run->fallback = JK_NO_BUILD;
    run->shortest_failed = true;
    if (take(plan, run)) {
        return true;
    }
    *run = before;
    return false;
}

static void put_part(FILE *out, const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    char *bytes = jk_path_join(path, folder, name) ? jk_file_read(path, &size) : NULL;
    if (bytes != NULL) {
        (void)fprintf(out, "part %s %zu\n", name, size);
        (void)fwrite(bytes, 1, size, out);
        (void)fputc('\n', out);
    }
    free(bytes);
}

/* The entry's bytes; free() them. */
static char *pack(const jk_run *run, const char *key, size_t *size)
{
    char trail[JK_PATH_SIZE];
    char digest[JK_DIGEST_SIZE];
    char *body = NULL;
    size_t body_size = 0;
    FILE *out = open_memstream(&body, &body_size);
    if (out == NULL) {
        return NULL;
    }
    (void)fprintf(out, "used_ms %" PRId64 "\n", run->used_ms);
    put_part(out, run->folder, "pan.txt");
    if (jk_trail_name(run->folder, trail, sizeof trail)) {
        put_part(out, run->folder, trail);
    }
    put_part(out, run->folder, "run.events");
    bool good = fclose(out) == 0;
    char *bytes = NULL;
    out = good ? open_memstream(&bytes, size) : NULL;
    if (out != NULL) {
        jk_digest_text(body, body_size, digest);
        (void)fprintf(out, "%skey %s\ndigest %s\n", HEAD, key, digest);
        (void)fwrite(body, 1, body_size, out);
        good = fclose(out) == 0;
    }
    free(body);
    if (!good) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

void jk_cache_keep(jk_plan *plan, const jk_run *run)
{
    char key[JK_CACHE_KEY_SIZE];
    char path[JK_PATH_SIZE];
    const char *folder = plan->options->cache;
    if (folder == NULL || run->cached || run->outcome != JK_OUTCOME_GOOD || !is_complete(run) ||
        !jk_cache_key(plan, run, key)) {
        return;
    }
    size_t size;
    char *bytes = pack(run, key, &size);
    bool good = bytes != NULL && jk_folder_make_all(folder) && entry_path(plan, key, path) &&
                jk_file_write(path, bytes, size) == JK_OK;
    free(bytes);
    if (!good) {
        complain(plan, folder, "cannot be written");
    }
}
