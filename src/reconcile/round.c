/* SPDX-License-Identifier: Apache-2.0 */
/* What both sides of a round share: names, sizes, arrays that grow, cells of a range. */
#include "round.h"

#include "round_shared.h"

#include <string.h>

const char *jk_round_why_name(jk_round_why why)
{
    switch (why) {
    case JK_ROUND_FINE: return "fine";
    case JK_ROUND_OTHER_ROUND: return "other-round";
    case JK_ROUND_OTHER_KEY: return "other-key";
    case JK_ROUND_OTHER_DEPTH: return "other-depth";
    case JK_ROUND_MARKER_PAST: return "marker-past";
    case JK_ROUND_MARKER_FUTURE: return "marker-future";
    case JK_ROUND_NOT_ASKED: return "not-asked";
    case JK_ROUND_TOO_MANY: return "too-many";
    case JK_ROUND_NOT_A_SUM: return "not-a-sum";
    case JK_ROUND_COUNT: return "count";
    case JK_ROUND_ORDER: return "order";
    case JK_ROUND_ROOT: return "root";
    case JK_ROUND_NOTHING: return "nothing";
    case JK_ROUND_UNCONFIRMED: return "unconfirmed";
    case JK_ROUND_REFUSED: return "refused";
    case JK_ROUND_SIGNATURE: return "signature";
    case JK_ROUND_FORM: return "form";
    case JK_ROUND_LOST: return "lost";
    }
    return "?";
}

/* What a message begins with.  An answer names the round alone: its signature is over the root,
 * which binds marker, key, depth and count, and EQUAL has the asker's own. */
static size_t head_size(jk_round_kind kind)
{
    enum {
        KIND_AND_ROUND = 1 + 4,
        ASKER = 8 + 8 + 1, /* marker, key, depth */
        COUNT_AND_TOP = 4 + JK_RECON_DIGEST_SIZE,
        SIGNATURE = 64
    };

    switch (kind) {
    case JK_ROUND_OPEN: return KIND_AND_ROUND + ASKER + COUNT_AND_TOP + SIGNATURE;
    case JK_ROUND_EQUAL: return KIND_AND_ROUND + SIGNATURE;
    case JK_ROUND_FOUND:
    case JK_ROUND_WALK: return KIND_AND_ROUND + COUNT_AND_TOP + SIGNATURE;
    case JK_ROUND_MORE:
    case JK_ROUND_LIST:
    case JK_ROUND_LISTED: return KIND_AND_ROUND + 8;
    case JK_ROUND_NO: return KIND_AND_ROUND + 1;
    case JK_ROUND_CELLS:
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS:
    case JK_ROUND_DIGESTS:
    case JK_ROUND_CHILDREN:
    case JK_ROUND_BUCKETS: break;
    }
    return KIND_AND_ROUND + 4;
}

size_t jk_round_size(const jk_round_message *m)
{
    enum {
        KEY = 7
    };

    size_t count = m->count;
    size_t size = head_size(m->kind);
    size += m->marks != NULL ? (size_t)JK_MARKS : 0;
    size += m->cells != NULL ? count * JK_CELL_WIRE_SIZE : 0;
    size += m->ids != NULL ? count * 4 : 0;
    size += m->digests != NULL ? count * JK_TREE_FANOUT * JK_RECON_DIGEST_SIZE : 0;
    size += m->list != NULL ? count * JK_LIST_ROW_SIZE : 0;
    size += m->wanted != NULL ? count * KEY : 0;
    for (uint32_t i = 0; m->row_counts != NULL && i < m->count; i++) {
        size += 2 + (size_t)m->row_counts[i] * (KEY + JK_RECON_DIGEST_SIZE);
    }
    for (uint32_t i = 0; m->statements != NULL && i < m->count; i++) {
        size += KEY + 1 + (m->statements[i].present ? (size_t)JK_RECON_DIGEST_SIZE : 0);
    }
    return size;
}

/* 1.36 d and what small numbers scatter: measured, see README.md. */
uint32_t jk_round_cells(uint32_t d)
{
    if (d > JK_CELLS_MAX / 2) {
        return JK_CELLS_MAX;
    }
    uint32_t root = 0;
    while ((root + 1) * (root + 1) <= d) {
        root++;
    }
    return d + d * 36 / 100 + 3 * root + (d > 1 ? 16 : 1);
}

uint32_t jk_round_target(uint32_t guess)
{
    return guess > JK_CELLS_MAX / 2 ? JK_CELLS_MAX : guess + guess * 62 / 100 + 16;
}

uint32_t jk_round_cells_most(uint64_t residents)
{
    uint64_t most = (residents * 2 + 64) * JK_LIST_ROW_SIZE / JK_CELL_WIRE_SIZE;
    most = most > 64 ? most : 64;
    return most < JK_CELLS_MAX ? (uint32_t)most : JK_CELLS_MAX;
}

static uint64_t key_of(const uint8_t *items, size_t index, size_t size)
{
    uint64_t key = 0;
    memcpy(&key, items + index * size, sizeof key);
    return key;
}

static void swap(uint8_t *items, size_t a, size_t b, size_t size)
{
    uint8_t room[64];
    memcpy(room, items + a * size, size);
    memcpy(items + a * size, items + b * size, size);
    memcpy(items + b * size, room, size);
}

/* Lets an item down to its place in a heap with the greatest on top. */
static void sink(uint8_t *items, size_t at, size_t count, size_t size)
{
    while (2 * at + 1 < count) {
        size_t child = 2 * at + 1;
        if (child + 1 < count && key_of(items, child, size) < key_of(items, child + 1, size)) {
            child++;
        }
        if (key_of(items, at, size) >= key_of(items, child, size)) {
            return;
        }
        swap(items, at, child, size);
        at = child;
    }
}

void jk_round_sort(void *items, uint32_t count, size_t size)
{
    for (size_t i = count / 2; i-- > 0;) {
        sink(items, i, count, size);
    }
    for (size_t end = count; end-- > 1;) {
        swap(items, 0, end, size);
        sink(items, 0, end, size);
    }
}

jk_status jk_round_grow(jk_round_list *list, size_t item, uint32_t capacity,
                        const jk_recon_memory *memory)
{
    if (capacity <= list->capacity) {
        return JK_OK;
    }
    uint32_t wanted = list->capacity < 64 ? 64 : list->capacity * 2;
    wanted = wanted < capacity ? capacity : wanted;
    void *items = memory->take(memory->arg, wanted * item);
    if (items == NULL) {
        return JK_E_MEMORY;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * item);
    }
    memory->give(memory->arg, list->items);
    list->items = items;
    list->capacity = wanted;
    return JK_OK;
}

void jk_round_drop(jk_round_list *list, const jk_recon_memory *memory)
{
    memory->give(memory->arg, list->items);
    *list = (jk_round_list){NULL, 0, 0};
}

jk_status jk_round_own_cells(const jk_side *own, uint32_t first, uint32_t count, jk_cell *cells)
{
    uint32_t end = first + count;
    memset(cells, 0, count * sizeof *cells);
    if (end <= own->sketch->count) {
        memcpy(cells, own->sketch->cells + first, count * sizeof *cells);
        return JK_OK;
    }
    return jk_cells_of_rows(cells, first, end, own->keys, own->tree->depth, own->rows);
}

jk_round_why jk_round_head(const jk_commitment *own, uint32_t round, const jk_round_message *m)
{
    if (m->key_id != own->key_id) {
        return JK_ROUND_OTHER_KEY;
    }
    if (m->depth != own->depth) {
        return JK_ROUND_OTHER_DEPTH;
    }
    if (m->marker != own->marker) {
        return m->marker > own->marker ? JK_ROUND_MARKER_FUTURE : JK_ROUND_MARKER_PAST;
    }
    return m->round == round ? JK_ROUND_FINE : JK_ROUND_OTHER_ROUND;
}

jk_round_why jk_round_commitment(const jk_commitment *own, const jk_round_message *m)
{
    const jk_commitment *c = &m->commitment;
    if (c->marker != m->marker || c->key_id != m->key_id || c->depth != m->depth) {
        return JK_ROUND_ROOT;
    }
    return c->count <= 2 * own->count + JK_ROUND_SURPLUS_MAX ? JK_ROUND_FINE : JK_ROUND_COUNT;
}

bool jk_round_ascend(const uint32_t *ids, uint32_t count, uint32_t end)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ids[i] >= end || (i > 0 && ids[i - 1] >= ids[i])) {
            return false;
        }
    }
    return true;
}

jk_round_message jk_round_new(jk_round_kind kind, const jk_commitment *own, uint32_t round)
{
    return (jk_round_message){.kind = kind,
                              .round = round,
                              .marker = own->marker,
                              .key_id = own->key_id,
                              .depth = own->depth};
}
