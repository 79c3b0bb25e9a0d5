/* SPDX-License-Identifier: Apache-2.0 */
/* Timers in SQLite. */
#include "ops.h"

static jk_status timer_read(jk_call *call, jk_timer_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_timer_row result = {.machine = (uint16_t)jk_call_read_int(call)};
    jk_call_read_token(call, &result.key);
    result.timer = (uint16_t)jk_call_read_int(call);
    result.kind = (uint8_t)jk_call_read_int(call);
    result.duration_ms = jk_call_read_int(call);
    result.due_ms = jk_call_read_int(call);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_timer_put(jk_store *store, const jk_timer_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_timer(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_TIMER_PUT);
    jk_call_int(&call, row->machine);
    jk_call_token(&call, &row->key);
    jk_call_int(&call, row->timer);
    jk_call_int(&call, row->kind);
    jk_call_int(&call, row->duration_ms);
    jk_call_int(&call, row->due_ms);
    return jk_call_run(&call);
}

jk_status jk_sqlite_timer_delete(jk_store *store, uint16_t machine, const jk_token *key,
                                 uint16_t timer)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_TIMER_DELETE);
    jk_call_int(&call, machine);
    jk_call_token(&call, key);
    jk_call_int(&call, timer);
    return jk_call_run(&call);
}

jk_status jk_sqlite_timer_get(jk_store *store, uint16_t machine, const jk_token *key,
                              uint16_t timer, jk_timer_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_TIMER_GET);
    jk_call_int(&call, machine);
    jk_call_token(&call, key);
    jk_call_int(&call, timer);
    return timer_read(&call, row);
}

jk_status jk_sqlite_timer_first(jk_store *store, uint8_t kind, jk_timer_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_TIMER_FIRST);
    jk_call_int(&call, kind);
    return timer_read(&call, row);
}

jk_status jk_sqlite_timer_restart(jk_store *store, int64_t now_ms)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK && now_ms < 0) {
        status = JK_E_USAGE;
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_TIMER_RESTART);
    jk_call_int(&call, now_ms);
    return jk_call_run(&call);
}
