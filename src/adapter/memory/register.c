/* SPDX-License-Identifier: Apache-2.0 */
/* Register, update log and cards of the memory store. */
#include "ops.h"

#include <string.h>

typedef struct card {
    uint8_t state;
    char code[7];
} card;

static jk_map_key token_key(jk_memory_table table, const jk_token *token)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_token(&key, token);
    return key;
}

static jk_map_key number_key(jk_memory_table table, uint64_t number)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_u64(&key, number);
    return key;
}

static jk_map_key order_key(const jk_token *resident)
{
    char text[33];
    jk_map_key key = jk_map_key_of(JK_MEMORY_REGISTER_ORDER);
    jk_store_resident_text(resident, text);
    jk_map_key_bytes(&key, text, sizeof text);
    return key;
}

static jk_map_key code_key(const char *code)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_APPLIED);
    jk_map_key_bytes(&key, code, 6);
    return key;
}

jk_status jk_memory_register_get(jk_store *store, const jk_token *resident, jk_register_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_REGISTER, resident);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_register_put(jk_store *store, const jk_register_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_register(row);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = token_key(JK_MEMORY_REGISTER, &row->resident);
    const size_t mark = jk_map_mark(&memory->map);
    jk_register_row head;
    memcpy(&head, row, offsetof(jk_register_row, person));
    head.damaged = false;
    status = jk_map_put(&memory->map, &key,
                        (jk_span){(const uint8_t *)&head, offsetof(jk_register_row, person)},
                        (jk_span){row->person, row->size});
    if (status == JK_OK) {
        const jk_map_key order = order_key(&row->resident);
        status = jk_memory_put(memory, &order, &row->resident, sizeof row->resident);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_register_next(jk_store *store, const jk_token *after_resident,
                                  jk_register_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = jk_map_key_of(JK_MEMORY_REGISTER_ORDER);
    const jk_map_node *node =
        jk_memory_after(memory, &all, after_resident == NULL ? all : order_key(after_resident));
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    jk_map_key key = jk_map_key_of(JK_MEMORY_REGISTER);
    jk_map_key_bytes(&key, node->value, node->size);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_log_append(jk_store *store, jk_log_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_log(row);
    }
    if (status != JK_OK) {
        return status;
    }
    size_t mark = jk_map_mark(&memory->map);
    uint64_t sequence = 0;
    status = jk_memory_count(memory, JK_MEMORY_LOG, &sequence);
    if (status == JK_OK) {
        jk_log_row head = {.sequence = sequence,
                           .resident = row->resident,
                           .epoch = row->epoch,
                           .kind = row->kind,
                           .size = row->size};
        jk_map_key key = number_key(JK_MEMORY_LOG, sequence);
        jk_span first = {(const uint8_t *)&head, offsetof(jk_log_row, record)};
        status = jk_map_put(&memory->map, &key, first, (jk_span){row->record, row->size});
    }
    if (status == JK_OK) {
        row->sequence = sequence;
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_log_get(jk_store *store, uint64_t sequence, jk_log_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = number_key(JK_MEMORY_LOG, sequence);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_applied_get(jk_store *store, const char *code, uint64_t *sequence)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = code_key(code);
    status = jk_memory_get(memory, &key, sequence, sizeof *sequence);
    if (status == JK_E_NOT_FOUND) {
        *sequence = 0;
        return JK_OK;
    }
    return status;
}

jk_status jk_memory_applied_put(jk_store *store, const char *code, uint64_t sequence)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(sequence);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = code_key(code);
    return jk_memory_put(memory, &key, &sequence, sizeof sequence);
}

jk_status jk_memory_card_get(jk_store *store, const jk_token *resident, uint8_t *state,
                             char code[7])
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    jk_map_key key = token_key(JK_MEMORY_CARD, resident);
    card row;
    status = jk_memory_get(memory, &key, &row, sizeof row);
    if (status == JK_OK) {
        *state = row.state;
        memcpy(code, row.code, sizeof row.code);
    }
    return status;
}

jk_status jk_memory_card_put(jk_store *store, const jk_token *resident, uint8_t state,
                             const char *code)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    card row = {.state = state};
    memcpy(row.code, code, sizeof row.code);
    jk_map_key key = token_key(JK_MEMORY_CARD, resident);
    return jk_memory_put(memory, &key, &row, sizeof row);
}
