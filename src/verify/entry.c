/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the cache: written whole or not at all, with a digest of themselves. */
#define _POSIX_C_SOURCE 200809L
#include "entry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

#define HEAD       "juki verify result 1\n"
#define LABEL_SIZE 128

static bool entry_path(const char *cache, const char *key, char path[JK_PATH_SIZE])
{
    char name[JK_DIGEST_SIZE + 8];
    (void)snprintf(name, sizeof name, "%.64s.result", key);
    return jk_path_join(path, cache, name);
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
    static const char *const names[] = {"pan.txt", "run.events", "explore.txt", "search.txt",
                                        "times.txt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return (length > 6 && length < LABEL_SIZE && strchr(name, '/') == NULL && name[0] != '.' &&
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
static bool unpack(char *bytes, size_t size, const char *key, const char *folder, int64_t *used_ms)
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
    *used_ms = used == NULL ? 0 : (int64_t)strtoll(used, NULL, 10);
    const char *end = bytes + size;
    size_t parts = 0;
    while (at < end && parts < JK_ENTRY_PARTS && take_part(&at, end, folder)) {
        parts++;
    }
    return used != NULL && parts > 0 && at == end;
}

jk_entry jk_entry_take(const char *cache, const char *key, const char *folder, int64_t *used_ms)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    char *bytes = entry_path(cache, key, path) ? jk_file_read(path, &size) : NULL;
    if (bytes == NULL) {
        return JK_ENTRY_NONE;
    }
    bool whole = jk_folder_make(folder) && unpack(bytes, size, key, folder, used_ms);
    free(bytes);
    return whole ? JK_ENTRY_TAKEN : JK_ENTRY_DAMAGED;
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
static char *pack(const jk_entry_source *source, const char *key, size_t *size)
{
    char digest[JK_DIGEST_SIZE];
    char *body = NULL;
    size_t body_size = 0;
    FILE *out = open_memstream(&body, &body_size);
    if (out == NULL) {
        return NULL;
    }
    (void)fprintf(out, "used_ms %" PRId64 "\n", source->used_ms);
    for (size_t i = 0; i < source->count; i++) {
        put_part(out, source->folder, source->names[i]);
    }
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

bool jk_entry_keep(const char *cache, const char *key, const jk_entry_source *source)
{
    char path[JK_PATH_SIZE];
    size_t size = 0;
    char *bytes = pack(source, key, &size);
    bool good = bytes != NULL && jk_folder_make_all(cache) && entry_path(cache, key, path) &&
                jk_file_write(path, bytes, size) == JK_OK;
    free(bytes);
    return good;
}
