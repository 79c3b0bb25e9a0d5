/* SPDX-License-Identifier: Apache-2.0 */
/* Items of a message to bytes and back. */
#include "piece.h"

#include "round_shared.h"

#include <string.h>

enum {
    KEY = 7,
    INDEX = 4,
    COUNT = 2,
    ROW = KEY + JK_RECON_DIGEST_SIZE,
    CHILDREN = JK_TREE_FANOUT * JK_RECON_DIGEST_SIZE
};

static uint8_t *put(uint8_t *to, uint64_t value, int size)
{
    for (int i = size - 1; i >= 0; i--) {
        *to++ = (uint8_t)(value >> (8 * i));
    }
    return to;
}

static uint64_t get(const uint8_t **from, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) {
        value = value << 8 | *(*from)++;
    }
    return value;
}

static size_t rows_of(const jk_round_message *m)
{
    size_t rows = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        rows += m->row_counts[i];
    }
    return rows;
}

static size_t statements_size(const jk_round_message *m)
{
    size_t size = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        size += KEY + 1 + (m->statements[i].present ? (size_t)JK_RECON_DIGEST_SIZE : 0);
    }
    return size;
}

size_t jk_pack_size(const jk_round_message *m)
{
    const size_t count = m->count;
    switch (m->kind) {
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS: return count * JK_CELL_WIRE_SIZE;
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS: return count * INDEX;
    case JK_ROUND_DIGESTS: return count * KEY;
    case JK_ROUND_FOUND: return statements_size(m);
    case JK_ROUND_CHILDREN: return count * (INDEX + CHILDREN);
    case JK_ROUND_BUCKETS: return count * (INDEX + COUNT) + rows_of(m) * ROW;
    case JK_ROUND_LISTED: return count * JK_LIST_ROW_SIZE;
    case JK_ROUND_LIST:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE: /* its count is of cells that are asked for */
    case JK_ROUND_WALK:
    case JK_ROUND_NO: break;
    }
    return 0;
}

static uint8_t *put_indices(const jk_round_message *m, uint8_t *to)
{
    for (uint32_t i = 0; i < m->count; i++) {
        to = put(to, m->ids[i], INDEX);
    }
    return to;
}

static void pack_statements(const jk_round_message *m, uint8_t *to)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const jk_statement *s = &m->statements[i];
        to = put(to, s->key, KEY);
        *to++ = s->present ? 1 : 0;
        if (s->present) {
            memcpy(to, s->digest.byte, sizeof s->digest.byte);
            to += sizeof s->digest.byte;
        }
    }
}

static void pack_buckets(const jk_round_message *m, uint8_t *to)
{
    to = put_indices(m, to);
    for (uint32_t i = 0; i < m->count; i++) {
        to = put(to, m->row_counts[i], COUNT);
    }
    const size_t rows = rows_of(m);
    for (size_t i = 0; i < rows; i++) {
        to = put(to, m->rows[i].key, KEY);
        memcpy(to, m->rows[i].digest.byte, JK_RECON_DIGEST_SIZE);
        to += JK_RECON_DIGEST_SIZE;
    }
}

void jk_pack(const jk_round_message *m, uint8_t *to)
{
    switch (m->kind) {
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS:
        if (m->count > 0) {
            jk_cells_write(m->cells, m->count, to);
        }
        return;
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS: (void)put_indices(m, to); return;
    case JK_ROUND_DIGESTS:
        for (uint32_t i = 0; i < m->count; i++) {
            to = put(to, m->wanted[i], KEY);
        }
        return;
    case JK_ROUND_FOUND: pack_statements(m, to); return;
    case JK_ROUND_CHILDREN:
        to = put_indices(m, to);
        memcpy(to, m->digests, (size_t)m->count * CHILDREN);
        return;
    case JK_ROUND_BUCKETS: pack_buckets(m, to); return;
    case JK_ROUND_LISTED:
        for (uint32_t i = 0; i < m->count; i++) {
            to = put(put(to, m->list[i].key, KEY), m->list[i].value, 8);
        }
        return;
    case JK_ROUND_LIST:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE:
    case JK_ROUND_WALK:
    case JK_ROUND_NO: return;
    }
}

/* ---- taking apart ---- */

static jk_status room(void **block, size_t size, const jk_recon_memory *memory)
{
    if (size == 0) {
        return JK_OK;
    }
    *block = memory->take(memory->arg, size);
    return *block == NULL ? JK_E_MEMORY : JK_OK;
}

static jk_status take_cells(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    if (bytes.size != (size_t)m->count * JK_CELL_WIRE_SIZE) {
        return JK_E_NOT_CANONICAL;
    }
    jk_status status = room(&u->first, m->count * sizeof(jk_cell), memory);
    if (status != JK_OK || m->count == 0) {
        return status;
    }
    m->cells = u->first;
    return jk_cells_read(bytes.data, m->count, u->first) == JK_OK ? JK_OK : JK_E_NOT_CANONICAL;
}

static jk_status take_indices(jk_unpacked *u, const uint8_t **at, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    jk_status status = room(&u->first, m->count * sizeof(uint32_t), memory);
    uint32_t *ids = u->first;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        ids[i] = (uint32_t)get(at, INDEX);
    }
    m->ids = ids;
    return status;
}

static jk_status take_wanted(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    if (bytes.size != (size_t)m->count * KEY) {
        return JK_E_NOT_CANONICAL;
    }
    jk_status status = room(&u->first, m->count * sizeof(uint64_t), memory);
    const uint8_t *at = bytes.data;
    uint64_t *wanted = u->first;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        wanted[i] = get(&at, KEY);
    }
    m->wanted = wanted;
    return status;
}

static jk_status take_statements(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    if (m->count > bytes.size / (KEY + 1)) {
        return JK_E_NOT_CANONICAL;
    }
    jk_status status = room(&u->first, m->count * sizeof(jk_statement), memory);
    const uint8_t *at = bytes.data;
    size_t left = bytes.size;
    jk_statement *statements = u->first;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        if (left < KEY + 1 || at[KEY] > 1 || left < KEY + 1 + (at[KEY] == 0 ? 0U : 32U)) {
            return JK_E_NOT_CANONICAL;
        }
        statements[i] = (jk_statement){.key = get(&at, KEY)};
        statements[i].present = *at++ == 1;
        left -= KEY + 1;
        if (statements[i].present) {
            memcpy(statements[i].digest.byte, at, JK_RECON_DIGEST_SIZE);
            at += JK_RECON_DIGEST_SIZE;
            left -= JK_RECON_DIGEST_SIZE;
        }
    }
    m->statements = statements;
    return status == JK_OK && left != 0 ? JK_E_NOT_CANONICAL : status;
}

static jk_status take_children(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    const uint8_t *at = bytes.data;
    if (bytes.size != (size_t)m->count * (INDEX + CHILDREN)) {
        return JK_E_NOT_CANONICAL;
    }
    jk_status status = take_indices(u, &at, memory);
    if (status == JK_OK) {
        status = room(&u->second, (size_t)m->count * CHILDREN, memory);
    }
    if (status == JK_OK && m->count > 0) {
        memcpy(u->second, at, (size_t)m->count * CHILDREN);
    }
    m->digests = u->second;
    return status;
}

/* Counts of the buckets stand in front of their rows, so that both arrays lie in one block. */
static jk_status take_buckets(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    const uint8_t *at = bytes.data;
    if (bytes.size < (size_t)m->count * (INDEX + COUNT)) {
        return JK_E_NOT_CANONICAL;
    }
    const size_t rows = (bytes.size - (size_t)m->count * (INDEX + COUNT)) / ROW;
    jk_status status = take_indices(u, &at, memory);
    if (status == JK_OK) {
        status = room(&u->second, rows * sizeof(jk_element) + m->count * sizeof(uint16_t), memory);
    }
    if (status != JK_OK || m->count == 0) {
        return status;
    }
    jk_element *row = u->second;
    uint16_t *counts = (uint16_t *)(void *)(row + rows);
    size_t all = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        counts[i] = (uint16_t)get(&at, COUNT);
        all += counts[i];
    }
    if (all != rows || bytes.size != (size_t)m->count * (INDEX + COUNT) + rows * ROW) {
        return JK_E_NOT_CANONICAL;
    }
    for (size_t i = 0; i < rows; i++) {
        row[i].key = get(&at, KEY);
        memcpy(row[i].digest.byte, at, JK_RECON_DIGEST_SIZE);
        at += JK_RECON_DIGEST_SIZE;
    }
    m->rows = row;
    m->row_counts = counts;
    return JK_OK;
}

static jk_status take_list(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    jk_round_message *m = &u->message;
    if (bytes.size != (size_t)m->count * JK_LIST_ROW_SIZE) {
        return JK_E_NOT_CANONICAL;
    }
    jk_status status = room(&u->first, m->count * sizeof(jk_list_row), memory);
    const uint8_t *at = bytes.data;
    jk_list_row *list = u->first;
    for (uint32_t i = 0; i < m->count && status == JK_OK; i++) {
        list[i].key = get(&at, KEY);
        list[i].value = get(&at, 8);
    }
    m->list = list;
    return status;
}

static jk_status take(jk_unpacked *u, jk_span bytes, const jk_recon_memory *memory)
{
    const uint8_t *at = bytes.data;
    switch (u->message.kind) {
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS: return take_cells(u, bytes, memory);
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS:
        return bytes.size == (size_t)u->message.count * INDEX ? take_indices(u, &at, memory)
                                                              : JK_E_NOT_CANONICAL;
    case JK_ROUND_DIGESTS: return take_wanted(u, bytes, memory);
    case JK_ROUND_FOUND: return take_statements(u, bytes, memory);
    case JK_ROUND_CHILDREN: return take_children(u, bytes, memory);
    case JK_ROUND_BUCKETS: return take_buckets(u, bytes, memory);
    case JK_ROUND_LISTED: return take_list(u, bytes, memory);
    case JK_ROUND_LIST:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE:
    case JK_ROUND_WALK:
    case JK_ROUND_NO: break;
    }
    return bytes.size == 0 ? JK_OK : JK_E_NOT_CANONICAL;
}

jk_status jk_unpack(const jk_round_message *head, jk_span bytes, const jk_recon_memory *memory,
                    jk_unpacked *out)
{
    jk_unpacked u = {.message = *head};
    jk_status status = take(&u, bytes, memory);
    if (status == JK_OK) {
        *out = u;
    } else {
        jk_unpacked_free(&u, memory);
    }
    return status;
}

void jk_unpacked_free(jk_unpacked *unpacked, const jk_recon_memory *memory)
{
    memory->give(memory->arg, unpacked->first);
    memory->give(memory->arg, unpacked->second);
    *unpacked = (jk_unpacked){.first = NULL};
}
