/* SPDX-License-Identifier: Apache-2.0 */
/* Search of raw files: databases, write-ahead logs, step logs.  Each needle is known by four of its
 * bytes; a table over their hash leaves one look-up a byte of the file. */
#include "judge_scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 1 << 16,
    ANCHOR = 4,
    FILE_MAX = 1 << 30
};

typedef struct needle {
    uint8_t *bytes;
    size_t size;
    size_t anchor; /* where the four bytes stand */
    size_t next;   /* in the bucket: number + 1, 0 ends */
} needle;

struct judge_scan {
    size_t bucket[BUCKETS]; /* number + 1 of the first needle */
    needle *items;
    size_t count;
    size_t capacity;
};

static size_t bucket_of(const uint8_t *bytes)
{
    uint32_t word = 0;
    memcpy(&word, bytes, sizeof word);
    return (size_t)((word * UINT32_C(2654435761)) >> 16);
}

judge_scan *judge_scan_new(void)
{
    return calloc(1, sizeof(judge_scan));
}

void judge_scan_free(judge_scan *scan)
{
    if (scan != NULL) {
        for (size_t i = 0; i < scan->count; i++) {
            free(scan->items[i].bytes);
        }
        free(scan->items);
        free(scan);
    }
}

static bool grow(judge_scan *scan)
{
    size_t capacity = scan->capacity == 0 ? 64 : 2 * scan->capacity;
    needle *items = realloc(scan->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    scan->items = items;
    scan->capacity = capacity;
    return true;
}

bool judge_scan_add(judge_scan *scan, const uint8_t *bytes, size_t size)
{
    if (size < JUDGE_NEEDLE_MIN || (scan->count == scan->capacity && !grow(scan))) {
        return false;
    }
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, bytes, size);
    size_t anchor = size - ANCHOR; /* beginnings are alike: tags and prefectures */
    size_t bucket = bucket_of(copy + anchor);
    scan->items[scan->count] = (needle){copy, size, anchor, scan->bucket[bucket]};
    scan->count++;
    scan->bucket[bucket] = scan->count;
    return true;
}

static void search(const judge_scan *scan, const uint8_t *data, size_t size, judge_found *found,
                   void *arg)
{
    for (size_t i = 0; i + ANCHOR <= size; i++) {
        size_t at = scan->bucket[bucket_of(data + i)];
        while (at != 0) {
            const needle *item = &scan->items[at - 1];
            if (i >= item->anchor && i - item->anchor + item->size <= size &&
                memcmp(data + i - item->anchor, item->bytes, item->size) == 0) {
                found(arg, at - 1);
            }
            at = item->next;
        }
    }
}

bool judge_scan_file(const judge_scan *scan, const char *path, judge_found *found, void *arg)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return errno == ENOENT;
    }
    bool done = false;
    uint8_t *data = NULL;
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    if (size >= 0 && size <= FILE_MAX && fseek(file, 0, SEEK_SET) == 0) {
        data = malloc((size_t)size + 1);
    }
    if (data != NULL && fread(data, 1, (size_t)size, file) == (size_t)size) {
        search(scan, data, (size_t)size, found, arg);
        done = true;
    }
    free(data);
    (void)fclose(file);
    return done;
}
