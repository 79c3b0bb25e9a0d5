/* SPDX-License-Identifier: Apache-2.0 */
/* Machines, routes, open cases, timers and transaction data of the memory store. */
#include "ops.h"

#include <string.h>

typedef struct open_case {
    jk_token case_id;
    int member;
} open_case;

static jk_map_key machine_key(jk_memory_table table, uint16_t machine, const jk_token *token)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_u16(&key, machine);
    jk_map_key_token(&key, token);
    return key;
}

static jk_map_key token_key(jk_memory_table table, const jk_token *token)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_token(&key, token);
    return key;
}

static jk_map_key machine_id_key(uint16_t machine, int64_t row_id)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_MACHINE_ID);
    jk_map_key_u16(&key, machine);
    jk_map_key_i64(&key, row_id);
    return key;
}

static jk_status machine_read(const jk_memory *memory, const jk_map_key *key, jk_machine_row *row)
{
    jk_status status = jk_memory_get(memory, key, row, sizeof *row);
    if (status == JK_OK) {
        row->machine_name = NULL;
        row->state_name = NULL;
    }
    return status;
}

jk_status jk_memory_machine_get(jk_store *store, uint16_t machine, const jk_token *key,
                                jk_machine_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key where = machine_key(JK_MEMORY_MACHINE, machine, key);
    return machine_read(memory, &where, row);
}

/* The number of a row that is there, or a fresh one with its place in the order. */
static jk_status machine_number(jk_memory *memory, const jk_machine_row *row, int64_t *row_id)
{
    jk_map_key where = machine_key(JK_MEMORY_MACHINE, row->machine, &row->key);
    jk_machine_row old;
    jk_status status = machine_read(memory, &where, &old);
    if (status == JK_OK) {
        *row_id = old.row_id;
        return JK_OK;
    }
    uint64_t number = 0;
    status = jk_memory_count(memory, JK_MEMORY_MACHINE, &number);
    if (status != JK_OK) {
        return status;
    }
    *row_id = (int64_t)number;
    jk_map_key order = machine_id_key(row->machine, *row_id);
    return jk_memory_put(memory, &order, &row->key, sizeof row->key);
}

jk_status jk_memory_machine_put(jk_store *store, jk_machine_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_machine(row);
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    jk_machine_row copy = *row;
    status = machine_number(memory, row, &copy.row_id);
    if (status == JK_OK) {
        jk_map_key where = machine_key(JK_MEMORY_MACHINE, row->machine, &row->key);
        status = jk_memory_put(memory, &where, &copy, offsetof(jk_machine_row, data) + copy.size);
    }
    if (status == JK_OK) {
        row->row_id = copy.row_id;
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_machine_next(jk_store *store, uint16_t machine, int64_t after,
                                 jk_machine_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    if (after == INT64_MAX) {
        return JK_E_NOT_FOUND;
    }
    jk_map_key all = jk_map_key_of(JK_MEMORY_MACHINE_ID);
    jk_map_key_u16(&all, machine);
    jk_map_key from = machine_id_key(machine, after + 1);
    const jk_map_node *node = jk_map_from(&memory->map, &from);
    if (!jk_map_under(node, &all)) {
        return JK_E_NOT_FOUND;
    }
    jk_token key;
    memcpy(&key, node->value, sizeof key);
    jk_map_key where = machine_key(JK_MEMORY_MACHINE, machine, &key);
    return machine_read(memory, &where, row);
}

jk_status jk_memory_route_put(jk_store *store, const jk_token *txn, const jk_token *case_id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_ROUTE, txn);
    jk_token old;
    if (jk_memory_get(memory, &key, &old, sizeof old) == JK_OK) {
        return memcmp(&old, case_id, sizeof old) == 0 ? JK_OK : JK_E_CONFLICT;
    }
    return jk_memory_put(memory, &key, case_id, sizeof *case_id);
}

jk_status jk_memory_route_get(jk_store *store, const jk_token *txn, jk_token *case_id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_ROUTE, txn);
    return jk_memory_get(memory, &key, case_id, sizeof *case_id);
}

jk_status jk_memory_open_case_put(jk_store *store, const jk_token *resident,
                                  const jk_token *case_id, int member)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_member(member);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_OPEN_CASE, resident);
    if (jk_map_find(&memory->map, &key) != NULL) {
        return JK_E_CONFLICT;
    }
    open_case row = {.case_id = *case_id, .member = member};
    return jk_memory_put(memory, &key, &row, sizeof row);
}

jk_status jk_memory_open_case_get(jk_store *store, const jk_token *resident, jk_token *case_id,
                                  int *member)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_OPEN_CASE, resident);
    open_case row;
    status = jk_memory_get(memory, &key, &row, sizeof row);
    if (status == JK_OK) {
        *case_id = row.case_id;
        *member = row.member;
    }
    return status;
}

jk_status jk_memory_open_case_delete(jk_store *store, const jk_token *resident)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_OPEN_CASE, resident);
    return jk_map_delete(&memory->map, &key);
}
