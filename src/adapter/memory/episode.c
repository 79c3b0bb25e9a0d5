/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes of the memory store.  A second key of each stands in the order of its municipality. */
#include "ops.h"

#include <string.h>

static jk_map_key resident_key(const jk_token *resident)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_EPISODE);
    jk_map_key_token(&key, resident);
    return key;
}

static jk_map_key holder_key(const jk_token *resident, const char *code)
{
    jk_map_key key = resident_key(resident);
    jk_map_key_bytes(&key, code, 6);
    return key;
}

static jk_map_key episode_key(const jk_token *resident, const char *code, uint64_t epoch)
{
    jk_map_key key = holder_key(resident, code);
    jk_map_key_u64(&key, epoch);
    return key;
}

static jk_map_key order_all(const char *code)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_EPISODE_ORDER);
    jk_map_key_bytes(&key, code, 6);
    return key;
}

static jk_map_key order_key(const jk_token *resident, const char *code, uint64_t epoch)
{
    char text[33];
    jk_map_key key = order_all(code);
    jk_store_resident_text(resident, text);
    jk_map_key_bytes(&key, text, sizeof text);
    jk_map_key_u64(&key, epoch);
    return key;
}

static bool flag_at(const jk_map_node *node, size_t offset)
{
    bool flag;
    memcpy(&flag, node->value + offset, sizeof flag);
    return flag;
}

static const jk_map_node *current_of(const jk_memory *memory, const jk_token *resident)
{
    jk_map_key all = resident_key(resident);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    for (; jk_map_under(node, &all); node = node->next[0]) {
        if (flag_at(node, offsetof(jk_episode_row, current))) {
            return node;
        }
    }
    return NULL;
}

jk_status jk_memory_episode_put(jk_store *store, const jk_episode_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_episode(row);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = episode_key(&row->resident, row->code, row->epoch);
    const jk_map_node *current = row->current ? current_of(memory, &row->resident) : NULL;
    if (current != NULL && !jk_map_under(current, &key)) {
        return JK_E_CONFLICT;
    }
    const size_t mark = jk_map_mark(&memory->map);
    jk_episode_row head;
    memcpy(&head, row, offsetof(jk_episode_row, person));
    head.damaged = false;
    status = jk_map_put(&memory->map, &key,
                        (jk_span){(const uint8_t *)&head, offsetof(jk_episode_row, person)},
                        (jk_span){row->person, row->size});
    if (status == JK_OK) {
        const jk_map_key order = order_key(&row->resident, row->code, row->epoch);
        status = jk_memory_put(memory, &order, &row->resident, sizeof row->resident);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_episode_get(jk_store *store, const jk_token *resident, const char *code,
                                uint64_t epoch, jk_episode_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(epoch);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = episode_key(resident, code, epoch);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_episode_delete(jk_store *store, const jk_token *resident, const char *code,
                                   uint64_t epoch)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(epoch);
    }
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    const jk_map_key key = episode_key(resident, code, epoch);
    const jk_map_key order = order_key(resident, code, epoch);
    status = jk_map_delete(&memory->map, &key);
    if (status == JK_OK) {
        status = jk_map_delete(&memory->map, &order);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_episode_next(jk_store *store, const char *code, const jk_token *after_resident,
                                 uint64_t after_epoch, jk_episode_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = order_all(code);
    const jk_map_key key =
        after_resident == NULL ? all : order_key(after_resident, code, after_epoch);
    const jk_map_node *node = jk_memory_after(memory, &all, key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    jk_map_key where = jk_map_key_of(JK_MEMORY_EPISODE);
    jk_map_key_bytes(&where, node->value, node->size);
    jk_map_key_bytes(&where, code, 6);
    jk_map_key_bytes(&where, node->key.byte + node->key.size - 8, 8);
    return jk_memory_get(memory, &where, row, sizeof *row);
}

jk_status jk_memory_episode_current(jk_store *store, const jk_token *resident, jk_episode_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_node *node = current_of(memory, resident);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, node->size);
    return JK_OK;
}

jk_status jk_memory_episode_open(jk_store *store, const jk_token *resident, const char *code,
                                 uint64_t upto, jk_episode_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_read(memory);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_map_key all = holder_key(resident, code);
    jk_map_key end = all;
    jk_map_key_u64(&end, upto);
    jk_map_key_u8(&end, 0);
    const jk_map_node *node = jk_map_before(&memory->map, &end);
    while (jk_map_under(node, &all) && !flag_at(node, offsetof(jk_episode_row, open))) {
        jk_map_key before = node->key;
        node = jk_map_before(&memory->map, &before);
    }
    if (!jk_map_under(node, &all)) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, node->size);
    return JK_OK;
}
