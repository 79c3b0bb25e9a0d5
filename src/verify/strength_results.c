/* SPDX-License-Identifier: Apache-2.0 */
/* Results of searches in a file: a line each, "key complete states transitions ms names".  Several
 * processes append to it at once, each line by one write. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strength_work.h"

typedef struct entry {
    uint64_t key[2];
    char *line; /* what stands after the key */
} entry;

struct jk_results {
    entry *entries; /* an open hash table */
    size_t capacity;
    size_t count;
    int file; /* -1: none is kept */
};

void jk_hash_begin(uint64_t digest[2])
{
    digest[0] = UINT64_C(0xcbf29ce484222325);
    digest[1] = UINT64_C(0x84222325cbf29ce4);
}

/* Twice FNV-1a with another start; the second half is stirred once more. */
void jk_hash_add(uint64_t digest[2], const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) {
        digest[0] = (digest[0] ^ at[i]) * UINT64_C(0x100000001b3);
        digest[1] = (digest[1] ^ at[i]) * UINT64_C(0x9e3779b97f4a7c15);
        digest[1] ^= digest[1] >> 29;
    }
}

static entry *place(const struct jk_results *results, const uint64_t key[2])
{
    size_t at = (size_t)key[0] & (results->capacity - 1);
    while (results->entries[at].line != NULL &&
           memcmp(results->entries[at].key, key, 2 * sizeof key[0]) != 0) {
        at = (at + 1) & (results->capacity - 1);
    }
    return &results->entries[at];
}

static bool grow(struct jk_results *results)
{
    struct jk_results larger = {.capacity = results->capacity * 2};
    larger.entries = calloc(larger.capacity, sizeof *larger.entries);
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < results->capacity; i++) {
        if (results->entries[i].line != NULL) {
            *place(&larger, results->entries[i].key) = results->entries[i];
        }
    }
    free(results->entries);
    results->entries = larger.entries;
    results->capacity = larger.capacity;
    return true;
}

static void keep(struct jk_results *results, const uint64_t key[2], const char *line)
{
    if (results->count * 2 >= results->capacity && !grow(results)) {
        return;
    }
    entry *here = place(results, key);
    if (here->line == NULL) {
        here->line = strdup(line);
        here->key[0] = key[0];
        here->key[1] = key[1];
        results->count += here->line == NULL ? 0 : 1;
    }
}

static void read_lines(struct jk_results *results, char *text)
{
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool last = line[length] == '\0';
        uint64_t key[2];
        line[length] = '\0';
        if (length > 33 && sscanf(line, "%16" SCNx64 "%16" SCNx64, &key[0], &key[1]) == 2) {
            keep(results, key, line + 33);
        }
        line += length + (last ? 0 : 1);
    }
}

struct jk_results *jk_results_open(const char *path)
{
    struct jk_results *results = calloc(1, sizeof *results);
    if (results == NULL) {
        return NULL;
    }
    *results = (struct jk_results){.capacity = 4096, .file = -1};
    results->entries = calloc(results->capacity, sizeof *results->entries);
    if (results->entries == NULL) {
        free(results);
        return NULL;
    }
    if (path != NULL) {
        size_t size;
        char *text = jk_file_read(path, &size);
        if (text != NULL) {
            read_lines(results, text);
        }
        free(text);
        results->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    }
    return results;
}

void jk_results_close(struct jk_results *results)
{
    if (results == NULL) {
        return;
    }
    for (size_t i = 0; i < results->capacity; i++) {
        free(results->entries[i].line);
    }
    if (results->file >= 0) {
        (void)close(results->file);
    }
    free(results->entries);
    free(results);
}

bool jk_results_find(const struct jk_results *results, const uint64_t key[2], jk_found *found)
{
    const entry *here = place(results, key);
    int refused;
    int complete;
    int names = 0;
    *found = (jk_found){.refused = false};
    if (here->line == NULL ||
        sscanf(here->line, "%d %d %" SCNu64 " %" SCNu64 " %" SCNd64 "%n", &refused, &complete,
               &found->states, &found->transitions, &found->used_ms, &names) != 5 ||
        names == 0) {
        return false;
    }
    found->refused = refused != 0;
    found->complete = complete != 0;
    (void)snprintf(found->names, sizeof found->names, "%s", here->line + names);
    return true;
}

void jk_results_add(struct jk_results *results, const uint64_t key[2], const jk_found *found)
{
    char line[JK_NAMES_SIZE + 200];
    int length =
        snprintf(line, sizeof line,
                 "%016" PRIx64 "%016" PRIx64 " %d %d %" PRIu64 " %" PRIu64 " %" PRId64 "%s\n",
                 key[0], key[1], found->refused, found->complete, found->states, found->transitions,
                 found->used_ms, found->names);
    if (length < 0 || (size_t)length >= sizeof line) {
        return;
    }
    if (results->file >= 0 && write(results->file, line, (size_t)length) != length) {
        (void)close(results->file);
        results->file = -1; /* a full disk: go on without */
    }
    line[length - 1] = '\0';
    keep(results, key, line + 33);
}
