/* SPDX-License-Identifier: Apache-2.0 */
/* Machines, routes and open cases in SQLite. */
#include "ops.h"

static jk_status machine_read(jk_call *call, jk_machine_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_machine_row result = {.row_id = jk_call_read_int(call)};
    result.machine = (uint16_t)jk_call_read_int(call);
    jk_call_read_token(call, &result.key);
    jk_call_read_token(call, &result.case_id);
    jk_call_read_token(call, &result.txn);
    result.state = (uint16_t)jk_call_read_int(call);
    result.final = jk_call_read_int(call) != 0;
    result.updated_ms = jk_call_read_int(call);
    size_t size = 0;
    jk_call_read_bytes(call, result.data, sizeof result.data, &size);
    result.size = (uint16_t)size;
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_machine_get(jk_store *store, uint16_t machine, const jk_token *key,
                                jk_machine_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_MACHINE_GET);
    jk_call_int(&call, machine);
    jk_call_token(&call, key);
    return machine_read(&call, row);
}

jk_status jk_sqlite_machine_put(jk_store *store, jk_machine_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_machine(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_MACHINE_PUT);
    jk_call_int(&call, row->machine);
    jk_call_text(&call, row->machine_name);
    jk_call_token(&call, &row->key);
    jk_call_token_or_null(&call, &row->case_id);
    jk_call_token_or_null(&call, &row->txn);
    jk_call_int(&call, row->state);
    jk_call_text(&call, row->state_name);
    jk_call_int(&call, row->final);
    jk_call_int(&call, row->updated_ms);
    jk_call_bytes(&call, row->data, row->size);
    return jk_call_run_number(&call, &row->row_id);
}

jk_status jk_sqlite_machine_next(jk_store *store, uint16_t machine, int64_t after,
                                 jk_machine_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_MACHINE_NEXT);
    jk_call_int(&call, machine);
    jk_call_int(&call, after);
    return machine_read(&call, row);
}

jk_status jk_sqlite_route_put(jk_store *store, const jk_token *txn, const jk_token *case_id)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_token old;
    status = jk_sqlite_route_get(store, txn, &old);
    if (status == JK_OK) {
        return jk_token_equal(&old, case_id) ? JK_OK : JK_E_CONFLICT;
    }
    if (status != JK_E_NOT_FOUND) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_ROUTE_PUT);
    jk_call_token(&call, txn);
    jk_call_token(&call, case_id);
    return jk_call_run(&call);
}

jk_status jk_sqlite_route_get(jk_store *store, const jk_token *txn, jk_token *case_id)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_ROUTE_GET);
    jk_call_token(&call, txn);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_token result = {{0}};
    jk_call_read_token(&call, &result);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *case_id = result;
    }
    return status;
}

jk_status jk_sqlite_open_case_put(jk_store *store, const jk_token *resident,
                                  const jk_token *case_id, int member)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_member(member);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OPEN_CASE_PUT);
    jk_call_resident(&call, resident);
    jk_call_token(&call, case_id);
    jk_call_int(&call, member);
    return jk_call_run(&call);
}

jk_status jk_sqlite_open_case_get(jk_store *store, const jk_token *resident, jk_token *case_id,
                                  int *member)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OPEN_CASE_GET);
    jk_call_resident(&call, resident);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_token result = {{0}};
    jk_call_read_token(&call, &result);
    int number = (int)jk_call_read_int(&call);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *case_id = result;
        *member = number;
    }
    return status;
}

jk_status jk_sqlite_open_case_delete(jk_store *store, const jk_token *resident)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OPEN_CASE_DELETE);
    jk_call_resident(&call, resident);
    return jk_call_run(&call);
}
