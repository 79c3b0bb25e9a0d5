/* SPDX-License-Identifier: Apache-2.0 */
/* The memory store's life, its groups and steps, and its test controls. */
#include "memory.h"

#include "ops.h"

#include <stdlib.h>
#include <string.h>

static jk_memory *memory_of(jk_store *store)
{
    return (jk_memory *)store;
}

static void drop_group(jk_memory *memory)
{
    jk_map_undo(&memory->map, 0);
    memory->group = (jk_store_group){.open = false};
}

static void note(jk_memory *memory, jk_status status)
{
    static const char text[] = "failure ordered by a test";
    memory->store.fault = (jk_fault){.status = status};
    memcpy(memory->store.fault.text, text, sizeof text);
}

/* Counts an operation; the ordered failure comes before everything else. */
static jk_status fail_if_ordered(jk_memory *memory)
{
    if (memory->fail_after == 0 || --memory->fail_after > 0) {
        return JK_OK;
    }
    note(memory, memory->fail_status);
    if (memory->fail_status == JK_E_STORE_GONE && memory->group.open) {
        drop_group(memory);
        memory->group = (jk_store_group){.open = true, .gone = true};
    }
    return memory->fail_status;
}

jk_status jk_memory_enter_read(jk_memory *memory)
{
    jk_status status = fail_if_ordered(memory);
    return status != JK_OK ? status : jk_store_may_read(&memory->group);
}

jk_status jk_memory_enter_write(jk_memory *memory)
{
    jk_status status = fail_if_ordered(memory);
    return status != JK_OK ? status : jk_store_may_write(&memory->group);
}

jk_status jk_memory_leave(jk_memory *memory, size_t mark, jk_status status)
{
    if (status != JK_OK) {
        jk_map_undo(&memory->map, mark);
    }
    return status;
}

jk_status jk_memory_get(const jk_memory *memory, const jk_map_key *key, void *value, size_t size)
{
    const jk_map_node *node = jk_map_find(&memory->map, key);
    if (node == NULL) {
        return JK_E_NOT_FOUND;
    }
    if (node->size > size) {
        return JK_E_OVERSIZED;
    }
    memcpy(value, node->value, node->size);
    return JK_OK;
}

jk_status jk_memory_put(jk_memory *memory, const jk_map_key *key, const void *value, size_t size)
{
    return jk_map_put(&memory->map, key, (jk_span){value, size}, (jk_span){NULL, 0});
}

const jk_map_node *jk_memory_after(const jk_memory *memory, const jk_map_key *all, jk_map_key key)
{
    jk_map_key_u8(&key, 0); /* longer than any key that begins so: first behind it */
    const jk_map_node *node = jk_map_from(&memory->map, &key);
    return jk_map_under(node, all) ? node : NULL;
}

jk_status jk_memory_count(jk_memory *memory, jk_memory_table table, uint64_t *number)
{
    jk_map_key key = jk_map_key_of(JK_MEMORY_COUNTER);
    jk_map_key_u8(&key, (uint8_t)table);
    uint64_t next = 0;
    jk_status status = jk_memory_get(memory, &key, &next, sizeof next);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    next++;
    status = jk_memory_put(memory, &key, &next, sizeof next);
    if (status == JK_OK) {
        *number = next;
    }
    return status;
}

static jk_status group_begin(jk_store *store)
{
    jk_memory *memory = memory_of(store);
    jk_status status = fail_if_ordered(memory);
    if (status == JK_OK) {
        status = jk_store_may_begin(&memory->group);
    }
    if (status == JK_OK) {
        memory->group.open = true;
    }
    return status;
}

static void group_commit(jk_store *store, jk_commit_done *done, void *arg)
{
    jk_memory *memory = memory_of(store);
    jk_status status = fail_if_ordered(memory);
    if (status == JK_OK) {
        status = jk_store_may_commit(&memory->group);
    }
    if (status == JK_OK) {
        jk_map_forget(&memory->map);
    }
    drop_group(memory);
    done(arg, status);
}

static void group_rollback(jk_store *store)
{
    drop_group(memory_of(store));
}

static jk_status step_begin(jk_store *store, int depth)
{
    jk_memory *memory = memory_of(store);
    jk_status status = fail_if_ordered(memory);
    if (status == JK_OK) {
        status = jk_store_may_step_begin(&memory->group, depth);
    }
    if (status == JK_OK) {
        memory->step_mark[depth] = jk_map_mark(&memory->map);
        memory->group.steps++;
    }
    return status;
}

static jk_status step_keep(jk_store *store, int depth)
{
    jk_memory *memory = memory_of(store);
    jk_status status = fail_if_ordered(memory);
    if (status == JK_OK) {
        status = jk_store_may_step_keep(&memory->group, depth);
    }
    if (status == JK_OK) {
        memory->group.steps--;
    }
    return status;
}

static jk_status step_undo(jk_store *store, int depth)
{
    jk_memory *memory = memory_of(store);
    jk_status status = fail_if_ordered(memory);
    if (status == JK_OK) {
        status = jk_store_may_step_undo(&memory->group, depth);
    }
    if (status == JK_OK) {
        jk_map_undo(&memory->map, memory->step_mark[depth]);
        memory->group.steps = depth;
    }
    return status;
}

static const jk_store_ops memory_ops = {
    .begin = group_begin,
    .commit = group_commit,
    .rollback = group_rollback,
    .step_begin = step_begin,
    .step_keep = step_keep,
    .step_undo = step_undo,
    .machine_get = jk_memory_machine_get,
    .machine_put = jk_memory_machine_put,
    .machine_next = jk_memory_machine_next,
    .route_put = jk_memory_route_put,
    .route_get = jk_memory_route_get,
    .open_case_put = jk_memory_open_case_put,
    .open_case_get = jk_memory_open_case_get,
    .open_case_delete = jk_memory_open_case_delete,
    .outbox_put = jk_memory_outbox_put,
    .outbox_next = jk_memory_outbox_next,
    .outbox_refused_next = jk_memory_outbox_refused_next,
    .outbox_delete_upto = jk_memory_outbox_delete_upto,
    .outbox_refuse = jk_memory_outbox_refuse,
    .outbox_count = jk_memory_outbox_count,
    .inbox_get = jk_memory_inbox_get,
    .inbox_put = jk_memory_inbox_put,
    .dead_letter_put = jk_memory_dead_letter_put,
    .dead_letter_rule = jk_memory_dead_letter_rule,
    .dead_letter_next = jk_memory_dead_letter_next,
    .timer_put = jk_memory_timer_put,
    .timer_delete = jk_memory_timer_delete,
    .timer_get = jk_memory_timer_get,
    .timer_first = jk_memory_timer_first,
    .timer_restart = jk_memory_timer_restart,
    .data_put = jk_memory_data_put,
    .data_get = jk_memory_data_get,
    .data_erase = jk_memory_data_erase,
    .data_key_destroy = jk_memory_data_key_destroy,
    .register_get = jk_memory_register_get,
    .register_put = jk_memory_register_put,
    .register_next = jk_memory_register_next,
    .log_append = jk_memory_log_append,
    .log_get = jk_memory_log_get,
    .applied_get = jk_memory_applied_get,
    .applied_put = jk_memory_applied_put,
    .episode_put = jk_memory_episode_put,
    .episode_current = jk_memory_episode_current,
    .episode_open = jk_memory_episode_open,
    .card_get = jk_memory_card_get,
    .card_put = jk_memory_card_put,
    .episode_get = jk_memory_episode_get,
    .episode_delete = jk_memory_episode_delete,
    .episode_next = jk_memory_episode_next,
    .compare_get = jk_memory_compare_get,
    .compare_put = jk_memory_compare_put,
    .compare_next = jk_memory_compare_next,
    .element_get = jk_memory_element_get,
    .element_put = jk_memory_element_put,
    .element_delete = jk_memory_element_delete,
    .element_clear = jk_memory_element_clear,
    .element_bucket = jk_memory_element_bucket,
    .element_next = jk_memory_element_next,
    .change_append = jk_memory_change_append,
    .change_next = jk_memory_change_next,
    .change_last = jk_memory_change_last,
    .change_bucket = jk_memory_change_bucket,
    .change_drop = jk_memory_change_drop,
    .cache_put = jk_memory_cache_put,
    .cache_get = jk_memory_cache_get,
    .cache_size = jk_memory_cache_size,
    .cache_delete = jk_memory_cache_delete,
    .round_put = jk_memory_round_put,
    .round_get = jk_memory_round_get,
    .round_next = jk_memory_round_next,
    .finding_put = jk_memory_finding_put,
    .finding_get = jk_memory_finding_get,
    .finding_next = jk_memory_finding_next,
    .bulk_put = jk_memory_bulk_put,
    .bulk_next = jk_memory_bulk_next,
    .bulk_delete = jk_memory_bulk_delete,
    .bulk_count = jk_memory_bulk_count,
};

jk_status jk_memory_open(jk_store **store)
{
    jk_memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL) {
        return JK_E_MEMORY;
    }
    jk_map_init(&memory->map);
    memory->store.ops = &memory_ops;
    *store = &memory->store;
    return JK_OK;
}

void jk_memory_close(jk_store *store)
{
    if (store != NULL) {
        jk_memory *memory = memory_of(store);
        jk_map_wipe(&memory->map);
        free(memory);
    }
}

void jk_memory_crash(jk_store *store)
{
    drop_group(memory_of(store));
}

void jk_memory_fail_next(jk_store *store, uint64_t n, jk_status status)
{
    jk_memory *memory = memory_of(store);
    memory->fail_after = n;
    memory->fail_status = status;
}

uint64_t jk_memory_fail_left(const jk_store *store)
{
    return ((const jk_memory *)store)->fail_after;
}
