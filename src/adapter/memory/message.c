/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox, inbox and dead letters of the memory store. */
#include "ops.h"

#include <string.h>

static jk_map_key link_key(const jk_token *link)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_OUTBOX);
    jk_map_key_token(&key, link);
    return key;
}

static jk_map_key outbox_key(const jk_token *link, uint64_t sequence)
{
    jk_map_key key = link_key(link);
    jk_map_key_u64(&key, sequence);
    return key;
}

static uint8_t state_of(const jk_map_node *node)
{
    return node->value[offsetof(jk_outbox_row, state)];
}

static uint64_t sequence_of(const jk_map_node *node)
{
    uint64_t sequence;
    memcpy(&sequence, node->value + offsetof(jk_outbox_row, sequence), sizeof sequence);
    return sequence;
}

static const jk_map_node *node_after(const jk_map *map, const jk_map_node *node)
{
    jk_map_key after = node->key;
    jk_map_key_u8(&after, 0);
    return jk_map_from(map, &after);
}

jk_status jk_memory_outbox_put(jk_store *store, const jk_outbox_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_outbox(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = outbox_key(&row->link, row->sequence);
    if (jk_map_find(&memory->map, &key) != NULL) {
        return JK_E_CONFLICT;
    }
    return jk_memory_put(memory, &key, row, offsetof(jk_outbox_row, bytes) + row->size);
}

static jk_status next_in_state(jk_memory *memory, const jk_token *link, uint64_t after,
                               uint8_t state, jk_outbox_row *row)
{
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = link_key(link);
    jk_map_key last = outbox_key(link, after);
    jk_map_key_u8(&last, 0);
    const jk_map_node *node = jk_map_from(&memory->map, &last);
    while (jk_map_under(node, &all) && state_of(node) != state) {
        node = node_after(&memory->map, node);
    }
    if (!jk_map_under(node, &all)) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, node->size);
    row->kind_name = NULL;
    return JK_OK;
}

jk_status jk_memory_outbox_next(jk_store *store, const jk_token *link, uint64_t after,
                                jk_outbox_row *row)
{
    return next_in_state((jk_memory *)store, link, after, JK_OUTBOX_WAITING, row);
}

jk_status jk_memory_outbox_refused_next(jk_store *store, const jk_token *link, uint64_t after,
                                        jk_outbox_row *row)
{
    return next_in_state((jk_memory *)store, link, after, JK_OUTBOX_REFUSED, row);
}

jk_status jk_memory_outbox_delete_upto(jk_store *store, const jk_token *link, uint64_t sequence)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    jk_map_key all = link_key(link);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    while (status == JK_OK && jk_map_under(node, &all) && sequence_of(node) <= sequence) {
        jk_map_key where = node->key;
        bool waiting = state_of(node) == JK_OUTBOX_WAITING;
        node = node_after(&memory->map, node);
        if (waiting) {
            status = jk_map_delete(&memory->map, &where);
        }
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_outbox_refuse(jk_store *store, const jk_token *link, uint64_t sequence,
                                  uint16_t rule)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = outbox_key(link, sequence);
    jk_outbox_row row;
    status = jk_memory_get(memory, &key, &row, sizeof row);
    if (status != JK_OK) {
        return status;
    }
    row.state = JK_OUTBOX_REFUSED;
    row.rule = rule;
    return jk_memory_put(memory, &key, &row, offsetof(jk_outbox_row, bytes) + row.size);
}

jk_status jk_memory_outbox_count(jk_store *store, const jk_token *link, uint64_t *waiting)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = link_key(link);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    uint64_t count = 0;
    for (; jk_map_under(node, &all); node = node->next[0]) {
        count += state_of(node) == JK_OUTBOX_WAITING;
    }
    *waiting = count;
    return JK_OK;
}

static jk_map_key inbox_key(const jk_token *message_id)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_INBOX);
    jk_map_key_token(&key, message_id);
    return key;
}

jk_status jk_memory_inbox_get(jk_store *store, const jk_token *message_id, jk_inbox_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = inbox_key(message_id);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_inbox_put(jk_store *store, const jk_inbox_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_inbox(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = inbox_key(&row->message_id);
    if (jk_map_find(&memory->map, &key) != NULL) {
        return JK_E_CONFLICT;
    }
    return jk_memory_put(memory, &key, row, sizeof *row);
}

jk_status jk_memory_dead_letter_put(jk_store *store, const jk_token *link, uint64_t sequence,
                                    uint16_t rule, jk_span raw)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_count(sequence);
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    uint64_t id = 0;
    status = jk_memory_count(memory, JK_MEMORY_DEAD, &id);
    if (status == JK_OK) {
        size_t size = raw.size < JK_ENVELOPE_SIZE_MAX ? raw.size : JK_ENVELOPE_SIZE_MAX;
        jk_dead_letter_row row = {.id = (int64_t)id,
                                  .link = *link,
                                  .sequence = sequence,
                                  .rule = rule,
                                  .size_full = raw.size,
                                  .size = size};
        jk_map_key key = jk_map_key_of(JK_MEMORY_DEAD);
        jk_map_key_i64(&key, row.id);
        jk_span head = {(const uint8_t *)&row, offsetof(jk_dead_letter_row, raw)};
        status = jk_map_put(&memory->map, &key, head, (jk_span){raw.data, size});
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_dead_letter_rule(jk_store *store, const jk_token *link, uint64_t sequence,
                                     uint16_t *rule)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = jk_map_key_of(JK_MEMORY_DEAD);
    jk_map_key from = all;
    jk_map_key_i64(&from, 0);
    const jk_map_node *node = jk_map_from(&memory->map, &from);
    while (jk_map_under(node, &all)) {
        jk_dead_letter_row row;
        memcpy(&row, node->value, offsetof(jk_dead_letter_row, raw));
        if (row.sequence == sequence && jk_token_equal(&row.link, link)) {
            *rule = row.rule;
            return JK_OK;
        }
        from = all;
        jk_map_key_i64(&from, row.id + 1);
        node = jk_map_from(&memory->map, &from);
    }
    return JK_E_NOT_FOUND;
}

jk_status jk_memory_dead_letter_next(jk_store *store, int64_t after, jk_dead_letter_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = jk_map_key_of(JK_MEMORY_DEAD);
    jk_map_key last = all;
    jk_map_key_i64(&last, after);
    jk_map_key_u8(&last, 0);
    const jk_map_node *node = jk_map_from(&memory->map, &last);
    if (!jk_map_under(node, &all)) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, node->size);
    return JK_OK;
}
