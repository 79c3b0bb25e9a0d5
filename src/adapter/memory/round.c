/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds, findings and waiting corrections of the memory store. */
#include "ops.h"

#include <string.h>

static jk_map_key id_key(jk_memory_table table, int64_t id)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_i64(&key, id);
    return key;
}

static jk_map_key session_key(jk_memory_table table, const jk_token *round, uint8_t server)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_token(&key, round);
    jk_map_key_u8(&key, server);
    return key;
}

/* The first row behind key, of whatever size it is. */
static jk_status give_after(const jk_memory *memory, const jk_map_key *all, jk_map_key key,
                            void *row)
{
    const jk_map_node *node = jk_memory_after(memory, all, key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, node->size);
    return JK_OK;
}

jk_status jk_memory_round_put(jk_store *store, jk_round_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_round(row);
    }
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    const jk_map_key session = session_key(JK_MEMORY_ROUND_ID, &row->round, row->server);
    jk_round_row kept = *row;
    status = jk_memory_get(memory, &session, &kept.id, sizeof kept.id);
    if (status == JK_E_NOT_FOUND) {
        uint64_t number = 0;
        status = jk_memory_count(memory, JK_MEMORY_ROUND, &number);
        kept.id = (int64_t)number;
    }
    if (status == JK_OK) {
        status = jk_memory_put(memory, &session, &kept.id, sizeof kept.id);
    }
    if (status == JK_OK) {
        const jk_map_key key = id_key(JK_MEMORY_ROUND, kept.id);
        status = jk_memory_put(memory, &key, &kept, sizeof kept);
    }
    if (status == JK_OK) {
        row->id = kept.id;
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_round_get(jk_store *store, const jk_token *round, uint8_t server,
                              jk_round_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    int64_t id = 0;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        const jk_map_key session = session_key(JK_MEMORY_ROUND_ID, round, server);
        status = jk_memory_get(memory, &session, &id, sizeof id);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = id_key(JK_MEMORY_ROUND, id);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_round_next(jk_store *store, int64_t after, jk_round_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = jk_map_key_of(JK_MEMORY_ROUND);
    return give_after(memory, &all, id_key(JK_MEMORY_ROUND, after), row);
}

static jk_map_key finding_key(const jk_token *round, uint8_t server, uint64_t key)
{
    jk_map_key where = session_key(JK_MEMORY_FINDING, round, server);
    jk_map_key_u64(&where, key);
    return where;
}

jk_status jk_memory_finding_put(jk_store *store, const jk_finding_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_finding(row);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = finding_key(&row->round, row->server, row->key);
    return jk_memory_put(memory, &key, row, offsetof(jk_finding_row, record) + row->size);
}

jk_status jk_memory_finding_get(jk_store *store, const jk_token *round, uint8_t server,
                                uint64_t key, jk_finding_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key where = finding_key(round, server, key);
    return jk_memory_get(memory, &where, row, sizeof *row);
}

jk_status jk_memory_finding_next(jk_store *store, const jk_token *round, uint8_t server,
                                 uint64_t after_key, jk_finding_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = session_key(JK_MEMORY_FINDING, round, server);
    return give_after(memory, &all, finding_key(round, server, after_key), row);
}

static jk_status waiting_of(const jk_memory *memory, uint64_t *waiting)
{
    const jk_map_key key = jk_map_key_of(JK_MEMORY_BULK_COUNT);
    jk_status status = jk_memory_get(memory, &key, waiting, sizeof *waiting);
    if (status == JK_E_NOT_FOUND) {
        *waiting = 0;
        status = JK_OK;
    }
    return status;
}

static jk_status set_waiting(jk_memory *memory, uint64_t waiting)
{
    const jk_map_key key = jk_map_key_of(JK_MEMORY_BULK_COUNT);
    return jk_memory_put(memory, &key, &waiting, sizeof waiting);
}

jk_status jk_memory_bulk_put(jk_store *store, const jk_token *resident, uint16_t kind, jk_span body,
                             int64_t *id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_bulk(body.size);
    }
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    uint64_t number = 0;
    uint64_t waiting = 0;
    status = jk_memory_count(memory, JK_MEMORY_BULK, &number);
    if (status == JK_OK) {
        status = waiting_of(memory, &waiting);
    }
    if (status == JK_OK) {
        status = set_waiting(memory, waiting + 1);
    }
    if (status == JK_OK) {
        const jk_bulk_row head = {
            .id = (int64_t)number, .resident = *resident, .kind = kind, .size = body.size};
        const jk_map_key key = id_key(JK_MEMORY_BULK, head.id);
        status = jk_map_put(&memory->map, &key,
                            (jk_span){(const uint8_t *)&head, offsetof(jk_bulk_row, body)}, body);
    }
    if (status == JK_OK && id != NULL) {
        *id = (int64_t)number;
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_bulk_next(jk_store *store, int64_t after, jk_bulk_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = jk_map_key_of(JK_MEMORY_BULK);
    return give_after(memory, &all, id_key(JK_MEMORY_BULK, after), row);
}

jk_status jk_memory_bulk_delete(jk_store *store, int64_t id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    const jk_map_key key = id_key(JK_MEMORY_BULK, id);
    if (status != JK_OK || jk_map_find(&memory->map, &key) == NULL) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    uint64_t waiting = 0;
    status = waiting_of(memory, &waiting);
    if (status == JK_OK) {
        status = set_waiting(memory, waiting - 1);
    }
    if (status == JK_OK) {
        status = jk_map_delete(&memory->map, &key);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_bulk_count(jk_store *store, uint64_t *waiting)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    return status == JK_OK ? waiting_of(memory, waiting) : status;
}
