/* SPDX-License-Identifier: Apache-2.0 */
/* Timers and transaction data of the memory store. */
#include "ops.h"

#include <string.h>

typedef struct data_head {
    uint64_t key_number; /* 0: plain */
} data_head;

static jk_map_key timer_key(uint16_t machine, const jk_token *token, uint16_t timer)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_TIMER);
    jk_map_key_u16(&key, machine);
    jk_map_key_token(&key, token);
    jk_map_key_u16(&key, timer);
    return key;
}

static jk_map_key due_key(const jk_timer_row *row)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_TIMER_DUE);
    jk_map_key_u8(&key, row->kind);
    jk_map_key_i64(&key, row->due_ms);
    jk_map_key_u16(&key, row->machine);
    jk_map_key_token(&key, &row->key);
    jk_map_key_u16(&key, row->timer);
    return key;
}

static jk_status timer_remove(jk_memory *memory, const jk_map_key *key)
{
    jk_timer_row old;
    jk_status status = jk_memory_get(memory, key, &old, sizeof old);
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    jk_map_key due = due_key(&old);
    status = jk_map_delete(&memory->map, &due);
    return status == JK_OK ? jk_map_delete(&memory->map, key) : status;
}

static jk_status timer_store(jk_memory *memory, const jk_timer_row *row)
{
    jk_map_key key = timer_key(row->machine, &row->key, row->timer);
    jk_status status = timer_remove(memory, &key);
    if (status == JK_OK) {
        status = jk_memory_put(memory, &key, row, sizeof *row);
    }
    if (status == JK_OK) {
        jk_map_key due = due_key(row);
        status = jk_memory_put(memory, &due, row, sizeof *row);
    }
    return status;
}

jk_status jk_memory_timer_put(jk_store *store, const jk_timer_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_timer(row);
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    return jk_memory_leave(memory, mark, timer_store(memory, row));
}

jk_status jk_memory_timer_delete(jk_store *store, uint16_t machine, const jk_token *key,
                                 uint16_t timer)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    jk_map_key where = timer_key(machine, key, timer);
    return jk_memory_leave(memory, mark, timer_remove(memory, &where));
}

jk_status jk_memory_timer_get(jk_store *store, uint16_t machine, const jk_token *key,
                              uint16_t timer, jk_timer_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key where = timer_key(machine, key, timer);
    return jk_memory_get(memory, &where, row, sizeof *row);
}

jk_status jk_memory_timer_first(jk_store *store, uint8_t kind, jk_timer_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = jk_map_key_of(JK_MEMORY_TIMER_DUE);
    jk_map_key_u8(&all, kind);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    if (!jk_map_under(node, &all)) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, sizeof *row);
    return JK_OK;
}

jk_status jk_memory_timer_restart(jk_store *store, int64_t now_ms)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK && now_ms < 0) {
        status = JK_E_USAGE;
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    jk_map_key all = jk_map_key_of(JK_MEMORY_TIMER);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    while (status == JK_OK && jk_map_under(node, &all)) {
        jk_timer_row row;
        memcpy(&row, node->value, sizeof row);
        jk_map_key after = node->key;
        jk_map_key_u8(&after, 0);
        if (row.kind == JK_TIMER_ELAPSED) {
            row.due_ms = jk_store_due(now_ms, row.duration_ms);
            status = timer_store(memory, &row);
        }
        node = jk_map_from(&memory->map, &after);
    }
    return jk_memory_leave(memory, mark, status);
}

/* Names are padded with NUL: a key of a fixed size, so that no name is another one's prefix. */
static jk_map_key name_key(uint16_t machine, const jk_token *token, const char *name)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_DATA);
    jk_map_key_u16(&key, machine);
    jk_map_key_token(&key, token);
    uint8_t padded[JK_STORE_NAME_MAX + 1] = {0};
    for (size_t i = 0; i < JK_STORE_NAME_MAX && name[i] != '\0'; i++) {
        padded[i] = (uint8_t)name[i];
    }
    jk_map_key_bytes(&key, padded, sizeof padded);
    return key;
}

static jk_map_key data_key(const jk_data_key *data)
{
    jk_map_key key = name_key(data->machine, &data->key, data->name);
    jk_map_key_u8(&key, (uint8_t)(data->member + 1));
    return key;
}

static jk_map_key secret_key(uint16_t machine, const jk_token *token)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_DATA_KEY);
    jk_map_key_u16(&key, machine);
    jk_map_key_token(&key, token);
    return key;
}

static jk_status secret_number(jk_memory *memory, const jk_data_key *data, uint64_t *number)
{
    jk_map_key key = secret_key(data->machine, &data->key);
    jk_status status = jk_memory_get(memory, &key, number, sizeof *number);
    if (status != JK_E_NOT_FOUND) {
        return status;
    }
    status = jk_memory_count(memory, JK_MEMORY_DATA_KEY, number);
    return status == JK_OK ? jk_memory_put(memory, &key, number, sizeof *number) : status;
}

jk_status jk_memory_data_put(jk_store *store, const jk_data_key *key, jk_span value, bool sealed)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_data_key(key);
    }
    if (status == JK_OK && value.size > JK_ENVELOPE_SIZE_MAX) {
        status = JK_E_OVERSIZED;
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    data_head head = {.key_number = 0};
    if (sealed) {
        status = secret_number(memory, key, &head.key_number);
    }
    if (status == JK_OK) {
        jk_map_key where = data_key(key);
        jk_span first = {(const uint8_t *)&head, sizeof head};
        status = jk_map_put(&memory->map, &where, first, value);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_data_get(jk_store *store, const jk_data_key *key, uint8_t *value,
                             size_t capacity, size_t *size)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_data_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key where = data_key(key);
    const jk_map_node *node = jk_map_find(&memory->map, &where);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    data_head head;
    memcpy(&head, node->value, sizeof head);
    if (head.key_number != 0) {
        uint64_t number = 0;
        jk_map_key secret = secret_key(key->machine, &key->key);
        status = jk_memory_get(memory, &secret, &number, sizeof number);
        if (status != JK_OK || number != head.key_number) {
            return JK_E_NOT_FOUND;
        }
    }
    if (node->size - sizeof head > capacity) {
        return JK_E_OVERSIZED;
    }
    *size = node->size - sizeof head;
    if (*size > 0) {
        memcpy(value, node->value + sizeof head, *size);
    }
    return JK_OK;
}

jk_status jk_memory_data_erase(jk_store *store, uint16_t machine, const jk_token *key,
                               const char *name)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_data_name(name);
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    jk_map_key all = name_key(machine, key, name);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    while (status == JK_OK && jk_map_under(node, &all)) {
        jk_map_key where = node->key;
        status = jk_map_delete(&memory->map, &where);
        node = jk_map_from(&memory->map, &all);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_data_key_destroy(jk_store *store, uint16_t machine, const jk_token *key)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key where = secret_key(machine, key);
    return jk_map_delete(&memory->map, &where);
}
