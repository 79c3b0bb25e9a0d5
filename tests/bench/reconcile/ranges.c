/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of digests, range-based reconciliation, and sending everything. */
#include "bench/lib/report.h"
#include "methods.h"

#include <stdlib.h>
#include <string.h>

enum {
    FANOUT = 16,
    FINGERPRINT = 16,
    TREE_ITEM = 24,  /* key and digest of 16 bytes */
    RANGE_ID = 32,   /* id of an item */
    RANGE_BOUND = 5, /* end of a range: the shortest prefix that tells two neighbours apart */
    RANGE_HEAD = 1,  /* what is said of a range */
    RANGE_IDS = 32,  /* so many ids are sent instead of a split */
    RECORD = 312,    /* bytes of a record */
    BLOCK = 16384    /* records compared at a time */
};

typedef struct range {
    size_t first;
    size_t end;
    unsigned depth;
} range;

/* Sums of digests up to each item: the digest of a range is one subtraction. */
typedef struct sums {
    jk_wide *ours;
    jk_wide *theirs;
    range *here;
    range *below;
    size_t below_count;
} sums;

static bool open_sums(sums *s, const method_item *items, size_t count)
{
    s->ours = calloc(count + 1, sizeof *s->ours);
    s->theirs = calloc(count + 1, sizeof *s->theirs);
    s->here = calloc(count + FANOUT, sizeof *s->here);
    s->below = calloc(count + FANOUT, sizeof *s->below);
    if (s->ours == NULL || s->theirs == NULL || s->here == NULL || s->below == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        jk_wide ours = 0;
        jk_wide theirs = 0;
        memcpy(&ours, items[i].ours.byte, sizeof ours);
        memcpy(&theirs, items[i].theirs.byte, sizeof theirs);
        s->ours[i + 1] = s->ours[i] + ours;
        s->theirs[i + 1] = s->theirs[i] + theirs;
    }
    return true;
}

static void close_sums(sums *s)
{
    free(s->ours);
    free(s->theirs);
    free(s->here);
    free(s->below);
}

static bool differs(const sums *s, size_t first, size_t end)
{
    return s->ours[end] - s->ours[first] != s->theirs[end] - s->theirs[first];
}

static size_t count_differences(const method_item *items, size_t first, size_t end)
{
    size_t found = 0;
    for (size_t i = first; i < end; i++) {
        found += memcmp(&items[i].ours, &items[i].theirs, sizeof items[i].ours) != 0;
    }
    return found;
}

/* The first item whose place is not below. */
static size_t find(const method_item *items, size_t first, size_t end, uint64_t place)
{
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (items[middle].place < place) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

/* One child: it is equal, its items are sent, or it is asked about next. */
static void tree_child(sums *s, const method_item *items, range child, size_t most,
                       method_result *out)
{
    if (!differs(s, child.first, child.end)) {
        return;
    }
    if (child.end - child.first <= most) {
        out->bytes += 2 + (child.end - child.first) * TREE_ITEM;
        out->found += count_differences(items, child.first, child.end);
    } else {
        s->below[s->below_count++] = child;
    }
}

static void tree_split(sums *s, const method_item *items, range at, size_t most, method_result *out)
{
    unsigned shift = 60 - 4 * at.depth;
    uint64_t base = at.depth == 0 ? 0 : items[at.first].place >> (shift + 4) << (shift + 4);
    size_t first = at.first;
    out->bytes += 4 + FANOUT * FINGERPRINT;
    for (uint64_t i = 1; i <= FANOUT; i++) {
        size_t end = i == FANOUT ? at.end : find(items, first, at.end, base + (i << shift));
        tree_child(s, items, (range){first, end, at.depth + 1}, most, out);
        first = end;
    }
}

static void tree(sums *s, const method_item *items, size_t count, size_t most, method_result *out)
{
    uint64_t start = report_cpu_ns();
    *out = (method_result){.trips = 1};
    s->below_count = 0;
    tree_child(s, items, (range){0, count, 0}, most, out);
    while (s->below_count > 0) {
        range *used = s->here;
        size_t here_count = s->below_count;
        s->here = s->below;
        s->below = used;
        s->below_count = 0;
        out->trips++;
        for (size_t i = 0; i < here_count; i++) {
            tree_split(s, items, s->here[i], most, out);
        }
    }
    out->seconds = (double)(report_cpu_ns() - start) / 1e9;
}

bool method_tree(const method_item *items, size_t count, size_t differences, method_result *out)
{
    sums s = {.ours = NULL};
    bool ok = open_sums(&s, items, count);
    for (size_t most = 1; ok && most <= 64; most *= 2) { /* the best of seven */
        method_result result;
        tree(&s, items, count, most, &result);
        ok = result.found == differences;
        if (most == 1 || result.bytes < out->bytes) {
            *out = result;
        }
    }
    close_sums(&s);
    return ok;
}

/* A range that differs: its ids are sent, and the other side's when it is the one that asked and
 * has to know; or it is split, and its parts that differ are for the next level. */
static void split_range(sums *s, const method_item *items, range at, bool by_asker,
                        method_result *out)
{
    size_t n = at.end - at.first;
    if (n <= RANGE_IDS) {
        out->bytes += (by_asker ? 2U : 1U) * (RANGE_HEAD + RANGE_BOUND + n * RANGE_ID);
        out->found += count_differences(items, at.first, at.end);
        return;
    }
    out->bytes += (size_t)FANOUT * (RANGE_HEAD + RANGE_BOUND + FINGERPRINT);
    for (size_t part = 0; part < FANOUT; part++) {
        range child = {at.first + n * part / FANOUT, at.first + n * (part + 1) / FANOUT, 0};
        if (differs(s, child.first, child.end)) {
            s->below[s->below_count++] = child;
        }
    }
}

/* The sides take turns; the asker begins by splitting everything. */
static void ranges(sums *s, const method_item *items, size_t count, method_result *out)
{
    unsigned levels = 0;
    size_t here_count = differs(s, 0, count) ? 1 : 0;
    s->here[0] = (range){0, count, 0};
    *out = (method_result){.bytes = RANGE_HEAD + FINGERPRINT};
    for (; here_count > 0; levels++) {
        s->below_count = 0;
        for (size_t i = 0; i < here_count; i++) {
            split_range(s, items, s->here[i], levels % 2 == 0, out);
        }
        range *used = s->here;
        s->here = s->below;
        s->below = used;
        here_count = s->below_count;
    }
    out->trips = levels / 2 + 1;
}

bool method_ranges(const method_item *items, size_t count, size_t differences, method_result *out)
{
    sums s = {.ours = NULL};
    bool ok = open_sums(&s, items, count);
    if (ok) {
        uint64_t start = report_cpu_ns();
        ranges(&s, items, count, out);
        out->seconds = (double)(report_cpu_ns() - start) / 1e9;
    }
    close_sums(&s);
    return ok && out->found == differences;
}

bool method_full(const method_item *items, size_t count, size_t differences, method_result *out)
{
    uint8_t *block = calloc((size_t)2 * BLOCK, RECORD);
    if (block == NULL) {
        return false;
    }
    size_t equal = 0;
    uint64_t start = report_cpu_ns();
    for (size_t i = 0; i < count; i++) {
        size_t at = i % BLOCK;
        block[at * RECORD] = (uint8_t)i; /* the two blocks are read anew each time */
        block[(BLOCK + at) * RECORD] = (uint8_t)i;
        equal += memcmp(block + at * RECORD, block + (BLOCK + at) * RECORD, RECORD) == 0;
    }
    out->seconds = (double)(report_cpu_ns() - start) / 1e9;
    out->bytes = count * RECORD;
    out->found = count_differences(items, 0, count);
    out->trips = 1;
    free(block);
    return equal == count && out->found == differences;
}
