/* SPDX-License-Identifier: Apache-2.0 */
/* A population file in the order of resident record codes, which are its first column. */
#define _POSIX_C_SOURCE 200809L

#include "bench_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CODE = 11
};

/* A file in memory, cut into its lines. */
typedef struct lines {
    char *text;
    size_t size;
    char **line; /* behind the header */
    size_t count;
} lines;

static int by_code(const void *a, const void *b)
{
    return memcmp(*(char *const *)a, *(char *const *)b, CODE);
}

static bool read_whole(const char *path, lines *all)
{
    FILE *file = fopen(path, "rb");
    bool good = file != NULL && fseek(file, 0, SEEK_END) == 0;
    const long size = good ? ftell(file) : -1;
    good = size > 0 && fseek(file, 0, SEEK_SET) == 0;
    all->size = good ? (size_t)size : 0;
    all->text = good ? malloc(all->size) : NULL;
    good = all->text != NULL && fread(all->text, 1, all->size, file) == all->size;
    if (file != NULL) {
        (void)fclose(file);
    }
    return good && all->text[all->size - 1] == '\n';
}

/* Whether there are as many lines of people as there should be, each with a code. */
static bool cut(lines *all, uint64_t residents)
{
    const char *const end = all->text + all->size;
    char *at = (char *)memchr(all->text, '\n', all->size) + 1;
    all->line = calloc(residents, sizeof *all->line);
    while (all->line != NULL && at < end) {
        char *next = (char *)memchr(at, '\n', (size_t)(end - at)) + 1;
        if (all->count == residents || next - at <= CODE) {
            return false;
        }
        all->line[all->count++] = at;
        at = next;
    }
    return all->count == residents;
}

static bool write_sorted(const char *path, const lines *all)
{
    FILE *file = fopen(path, "wbx");
    bool good = file != NULL;
    for (size_t i = 0; good && i <= all->count; i++) {
        const char *line = i == 0 ? all->text : all->line[i - 1];
        const size_t left = all->size - (size_t)(line - all->text);
        const size_t size = (size_t)((const char *)memchr(line, '\n', left) + 1 - line);
        good = fwrite(line, 1, size, file) == size;
    }
    return file != NULL && fclose(file) == 0 && good;
}

bool bench_sort_people(bench_run *run)
{
    char made[BENCH_PATH + 64];
    char sorted[BENCH_PATH + 64];
    lines all = {NULL, 0, NULL, 0};
    (void)snprintf(made, sizeof made, "%s/made.tsv", run->folder);
    (void)snprintf(sorted, sizeof sorted, "%s/people.tsv", run->folder);
    bool good = read_whole(made, &all) && cut(&all, run->options->residents);
    if (good) {
        qsort(all.line, all.count, sizeof *all.line, by_code);
        good = write_sorted(sorted, &all) && unlink(made) == 0;
    }
    free(all.line);
    free(all.text);
    return good || bench_fail(run, "people.tsv", "cannot be put in order");
}
