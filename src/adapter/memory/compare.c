/* SPDX-License-Identifier: Apache-2.0 */
/* What the memory store keeps to compare municipalities: their rows, elements, changes, caches. */
#include "ops.h"

#include <string.h>

static jk_map_key code_key(jk_memory_table table, const char *code)
{
    jk_map_key key = jk_map_key_of((uint8_t)table);
    jk_map_key_bytes(&key, code, 6);
    return key;
}

static jk_map_key number_key(jk_memory_table table, const char *code, uint64_t number)
{
    jk_map_key key = code_key(table, code);
    jk_map_key_u64(&key, number);
    return key;
}

static jk_map_key bucket_key(jk_memory_table table, const char *code, uint32_t bucket)
{
    jk_map_key key = code_key(table, code);
    jk_map_key_u32(&key, bucket);
    return key;
}

static jk_status enter_read(jk_memory *memory, const char *code)
{
    jk_status status = jk_memory_enter_read(memory);
    return status == JK_OK ? jk_store_check_code(code) : status;
}

static jk_status enter_write(jk_memory *memory, const char *code)
{
    jk_status status = jk_memory_enter_write(memory);
    return status == JK_OK ? jk_store_check_code(code) : status;
}

/* The first row behind key; it fills exactly size bytes. */
static jk_status give_after(const jk_memory *memory, const jk_map_key *all, jk_map_key key,
                            void *row, size_t size)
{
    const jk_map_node *node = jk_memory_after(memory, all, key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    memcpy(row, node->value, size);
    return JK_OK;
}

/* ---- municipalities ---- */

jk_status jk_memory_compare_get(jk_store *store, const char *code, jk_compare_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_COMPARE, code);
    return jk_memory_get(memory, &key, row, sizeof *row);
}

jk_status jk_memory_compare_put(jk_store *store, const jk_compare_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = jk_memory_enter_write(memory);
    if (status == JK_OK) {
        status = jk_store_check_compare(row);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_COMPARE, row->code);
    return jk_memory_put(memory, &key, row, sizeof *row);
}

jk_status jk_memory_compare_next(jk_store *store, const char *after_code, jk_compare_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    const bool first = after_code[0] == '\0';
    jk_status status = first ? jk_memory_enter_read(memory) : enter_read(memory, after_code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = jk_map_key_of(JK_MEMORY_COMPARE);
    const jk_map_key key = first ? all : code_key(JK_MEMORY_COMPARE, after_code);
    return give_after(memory, &all, key, row, sizeof *row);
}

/* ---- elements ---- */

jk_status jk_memory_element_get(jk_store *store, const char *code, uint64_t key,
                                jk_element_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key where = number_key(JK_MEMORY_ELEMENT, code, key);
    return jk_memory_get(memory, &where, row, sizeof *row);
}

static jk_status element_remove(jk_memory *memory, const char *code, uint64_t key)
{
    const jk_map_key where = number_key(JK_MEMORY_ELEMENT, code, key);
    jk_element_row old;
    jk_status status = jk_memory_get(memory, &where, &old, sizeof old);
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    jk_map_key in_bucket = bucket_key(JK_MEMORY_BUCKET, code, old.bucket);
    jk_map_key_u64(&in_bucket, key);
    status = jk_map_delete(&memory->map, &in_bucket);
    return status == JK_OK ? jk_map_delete(&memory->map, &where) : status;
}

static jk_status element_store(jk_memory *memory, const char *code, const jk_element_row *row)
{
    jk_status status = element_remove(memory, code, row->key);
    if (status == JK_OK) {
        const jk_map_key where = number_key(JK_MEMORY_ELEMENT, code, row->key);
        status = jk_memory_put(memory, &where, row, sizeof *row);
    }
    if (status == JK_OK) {
        jk_map_key in_bucket = bucket_key(JK_MEMORY_BUCKET, code, row->bucket);
        jk_map_key_u64(&in_bucket, row->key);
        status = jk_memory_put(memory, &in_bucket, row, sizeof *row);
    }
    return status;
}

jk_status jk_memory_element_put(jk_store *store, const char *code, const jk_element_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status == JK_OK) {
        status = jk_store_check_key(row->key);
    }
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    return jk_memory_leave(memory, mark, element_store(memory, code, row));
}

jk_status jk_memory_element_delete(jk_store *store, const char *code, uint64_t key)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    return jk_memory_leave(memory, mark, element_remove(memory, code, key));
}

static jk_status delete_all(jk_memory *memory, const jk_map_key *all)
{
    jk_status status = JK_OK;
    const jk_map_node *node = jk_map_from(&memory->map, all);
    while (status == JK_OK && jk_map_under(node, all)) {
        const jk_map_node *next = node->next[0];
        const jk_map_key key = node->key;
        status = jk_map_delete(&memory->map, &key);
        node = next;
    }
    return status;
}

jk_status jk_memory_element_clear(jk_store *store, const char *code)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    const jk_map_key elements = code_key(JK_MEMORY_ELEMENT, code);
    const jk_map_key buckets = code_key(JK_MEMORY_BUCKET, code);
    status = delete_all(memory, &elements);
    if (status == JK_OK) {
        status = delete_all(memory, &buckets);
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_element_bucket(jk_store *store, const char *code, uint32_t bucket,
                                   jk_element_row *rows, size_t capacity, size_t *count)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = bucket_key(JK_MEMORY_BUCKET, code, bucket);
    const jk_map_node *first = jk_map_from(&memory->map, &all);
    size_t found = 0;
    for (const jk_map_node *node = first; jk_map_under(node, &all); node = node->next[0]) {
        if (++found > capacity) {
            return JK_E_OVERSIZED;
        }
    }
    for (size_t i = 0; i < found; i++, first = first->next[0]) {
        memcpy(&rows[i], first->value, sizeof rows[i]);
    }
    *count = found;
    return JK_OK;
}

jk_status jk_memory_element_next(jk_store *store, const char *code, uint64_t after_key,
                                 jk_element_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = code_key(JK_MEMORY_ELEMENT, code);
    return give_after(memory, &all, number_key(JK_MEMORY_ELEMENT, code, after_key), row,
                      sizeof *row);
}

/* ---- changes ---- */

static jk_map_key change_key(const char *code, const jk_change_row *row)
{
    jk_map_key key = bucket_key(JK_MEMORY_CHANGE_KEY, code, row->bucket);
    jk_map_key_u64(&key, row->key);
    jk_map_key_u64(&key, row->id);
    return key;
}

static jk_status change_store(jk_memory *memory, const char *code, const jk_change_row *row)
{
    const jk_map_key last = code_key(JK_MEMORY_CHANGE_LAST, code);
    const jk_map_key by_id = number_key(JK_MEMORY_CHANGE, code, row->id);
    const jk_map_key by_key = change_key(code, row);
    jk_status status = jk_memory_put(memory, &last, &row->id, sizeof row->id);
    if (status == JK_OK) {
        status = jk_memory_put(memory, &by_id, row, sizeof *row);
    }
    return status == JK_OK ? jk_memory_put(memory, &by_key, row, sizeof *row) : status;
}

static jk_status last_of(const jk_memory *memory, const char *code, uint64_t *id)
{
    const jk_map_key last = code_key(JK_MEMORY_CHANGE_LAST, code);
    jk_status status = jk_memory_get(memory, &last, id, sizeof *id);
    if (status == JK_E_NOT_FOUND) {
        *id = 0;
        status = JK_OK;
    }
    return status;
}

jk_status jk_memory_change_append(jk_store *store, const char *code, jk_change_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status == JK_OK) {
        status = jk_store_check_change(row);
    }
    jk_change_row change = *row;
    if (status == JK_OK) {
        status = last_of(memory, code, &change.id);
    }
    if (status != JK_OK) {
        return status;
    }
    change.id++;
    if (!change.had) {
        memset(change.before, 0, sizeof change.before);
    }
    if (!change.has) {
        memset(change.after, 0, sizeof change.after);
    }
    const size_t mark = jk_map_mark(&memory->map);
    status = change_store(memory, code, &change);
    if (status == JK_OK) {
        row->id = change.id;
    }
    return jk_memory_leave(memory, mark, status);
}

jk_status jk_memory_change_next(jk_store *store, const char *code, uint64_t after_id,
                                jk_change_row *row)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = code_key(JK_MEMORY_CHANGE, code);
    return give_after(memory, &all, number_key(JK_MEMORY_CHANGE, code, after_id), row, sizeof *row);
}

jk_status jk_memory_change_last(jk_store *store, const char *code, uint64_t *id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    return status == JK_OK ? last_of(memory, code, id) : status;
}

/* The first change behind after_id of the first key behind after_key; NULL if there is none. */
static const jk_map_node *first_of_next_key(const jk_memory *memory, const jk_map_key *all,
                                            uint64_t after_key, uint64_t after_id)
{
    jk_map_key behind = *all;
    jk_map_key_u64(&behind, after_key);
    jk_map_key_u64(&behind, UINT64_MAX);
    const jk_map_node *node = jk_memory_after(memory, all, behind);
    for (; jk_map_under(node, all); node = node->next[0]) {
        jk_change_row change;
        memcpy(&change, node->value, sizeof change);
        if (change.id > after_id) {
            return node;
        }
    }
    return NULL;
}

jk_status jk_memory_change_bucket(jk_store *store, const char *code, uint32_t bucket,
                                  uint64_t after_id, jk_change_list *list)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key all = bucket_key(JK_MEMORY_CHANGE_KEY, code, bucket);
    jk_change_row change = {.key = 0};
    size_t found = 0;
    const jk_map_node *node = first_of_next_key(memory, &all, 0, after_id);
    for (; node != NULL; node = first_of_next_key(memory, &all, change.key, after_id)) {
        memcpy(&change, node->value, sizeof change);
        if (++found > list->capacity) {
            return JK_E_OVERSIZED;
        }
    }
    change.key = 0;
    for (size_t i = 0; i < found; i++) {
        node = first_of_next_key(memory, &all, change.key, after_id);
        memcpy(&change, node->value, sizeof change);
        list->rows[i] = change;
    }
    list->count = found;
    return JK_OK;
}

jk_status jk_memory_change_drop(jk_store *store, const char *code, uint64_t upto_id)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const size_t mark = jk_map_mark(&memory->map);
    const jk_map_key all = code_key(JK_MEMORY_CHANGE, code);
    const jk_map_node *node = jk_map_from(&memory->map, &all);
    while (status == JK_OK && jk_map_under(node, &all)) {
        const jk_map_node *next = node->next[0];
        jk_change_row change;
        memcpy(&change, node->value, sizeof change);
        if (change.id > upto_id) {
            break;
        }
        const jk_map_key by_id = number_key(JK_MEMORY_CHANGE, code, change.id);
        const jk_map_key by_key = change_key(code, &change);
        status = jk_map_delete(&memory->map, &by_id);
        if (status == JK_OK) {
            status = jk_map_delete(&memory->map, &by_key);
        }
        node = next;
    }
    return jk_memory_leave(memory, mark, status);
}

/* ---- caches ---- */

jk_status jk_memory_cache_put(jk_store *store, const char *code, jk_span cache)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status == JK_OK) {
        status = jk_store_check_cache(cache.size);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_CACHE, code);
    return jk_memory_put(memory, &key, cache.data, cache.size);
}

jk_status jk_memory_cache_get(jk_store *store, const char *code, uint8_t *bytes, size_t capacity,
                              size_t *size)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_CACHE, code);
    const jk_map_node *node = jk_map_find(&memory->map, &key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    if (node->size > capacity) {
        return JK_E_OVERSIZED;
    }
    if (node->size > 0) {
        memcpy(bytes, node->value, node->size);
    }
    *size = node->size;
    return JK_OK;
}

jk_status jk_memory_cache_size(jk_store *store, const char *code, size_t *size)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_read(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_CACHE, code);
    const jk_map_node *node = jk_map_find(&memory->map, &key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    *size = node->size;
    return JK_OK;
}

jk_status jk_memory_cache_delete(jk_store *store, const char *code)
{
    jk_memory *memory = (jk_memory *)store;
    jk_status status = enter_write(memory, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_map_key key = code_key(JK_MEMORY_CACHE, code);
    return jk_map_delete(&memory->map, &key);
}
