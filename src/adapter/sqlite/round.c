/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds, findings and waiting corrections in SQLite. */
#include "ops.h"

static jk_status round_read(jk_call *call, jk_round_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_round_row result = {.id = jk_call_read_int(call)};
    jk_call_read_token(call, &result.round);
    jk_call_read_code(call, result.code);
    result.server = (uint8_t)jk_call_read_int(call);
    result.marker = (uint64_t)jk_call_read_int(call);
    result.begun_ms = jk_call_read_int(call);
    result.ended_ms = jk_call_read_int(call);
    result.reason = (uint16_t)jk_call_read_int(call);
    result.why = (uint16_t)jk_call_read_int(call);
    result.count_own = (uint64_t)jk_call_read_int(call);
    result.count_peer = (uint64_t)jk_call_read_int(call);
    result.findings = (uint32_t)jk_call_read_int(call);
    result.asks = (uint32_t)jk_call_read_int(call);
    result.bytes_sent = (uint64_t)jk_call_read_int(call);
    result.bytes_received = (uint64_t)jk_call_read_int(call);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_round_put(jk_store *store, jk_round_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_round(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_ROUND_PUT);
    jk_call_token(&call, &row->round);
    jk_call_text(&call, row->code);
    jk_call_int(&call, row->server);
    jk_call_int(&call, (int64_t)row->marker);
    jk_call_int(&call, row->begun_ms);
    jk_call_int(&call, row->ended_ms);
    jk_call_int(&call, row->reason);
    jk_call_int(&call, row->why);
    jk_call_int(&call, (int64_t)row->count_own);
    jk_call_int(&call, (int64_t)row->count_peer);
    jk_call_int(&call, row->findings);
    jk_call_int(&call, row->asks);
    jk_call_int(&call, (int64_t)row->bytes_sent);
    jk_call_int(&call, (int64_t)row->bytes_received);
    return jk_call_run_number(&call, &row->id);
}

jk_status jk_sqlite_round_get(jk_store *store, const jk_token *round, uint8_t server,
                              jk_round_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_ROUND_GET);
    jk_call_token(&call, round);
    jk_call_int(&call, server);
    return round_read(&call, row);
}

jk_status jk_sqlite_round_next(jk_store *store, int64_t after, jk_round_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_ROUND_NEXT);
    jk_call_int(&call, after);
    return round_read(&call, row);
}

jk_status jk_sqlite_finding_put(jk_store *store, const jk_finding_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_finding(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_FINDING_PUT);
    jk_call_token(&call, &row->round);
    jk_call_int(&call, row->server);
    jk_call_int(&call, (int64_t)row->key);
    jk_call_int(&call, row->difference);
    jk_call_int(&call, row->state);
    jk_call_text(&call, row->approver);
    jk_call_int(&call, row->approved_ms);
    jk_call_int(&call, (int64_t)row->position);
    jk_call_bytes(&call, row->record, row->size);
    return jk_call_run(&call);
}

static jk_status finding_read(jk_call *call, jk_finding_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_finding_row result;
    size_t size = 0;
    result.size = 0;
    jk_call_read_token(call, &result.round);
    result.server = (uint8_t)jk_call_read_int(call);
    result.key = (uint64_t)jk_call_read_int(call);
    result.difference = (uint8_t)jk_call_read_int(call);
    result.state = (uint8_t)jk_call_read_int(call);
    jk_call_read_bytes(call, result.approver, sizeof result.approver - 1, &size);
    result.approver[size] = '\0';
    result.approved_ms = jk_call_read_int(call);
    result.position = (uint64_t)jk_call_read_int(call);
    jk_call_read_bytes(call, result.record, sizeof result.record, &result.size);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_finding_get(jk_store *store, const jk_token *round, uint8_t server,
                                uint64_t key, jk_finding_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_FINDING_GET);
    jk_call_token(&call, round);
    jk_call_int(&call, server);
    jk_call_int(&call, (int64_t)key);
    return finding_read(&call, row);
}

jk_status jk_sqlite_finding_next(jk_store *store, const jk_token *round, uint8_t server,
                                 uint64_t after_key, jk_finding_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_FINDING_NEXT);
    jk_call_token(&call, round);
    jk_call_int(&call, server);
    jk_call_int(&call, jk_store_bound(after_key));
    return finding_read(&call, row);
}

jk_status jk_sqlite_bulk_put(jk_store *store, const jk_token *resident, uint16_t kind, jk_span body,
                             int64_t *id)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_bulk(body.size);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_BULK_PUT);
    jk_call_resident(&call, resident);
    jk_call_int(&call, kind);
    jk_call_bytes(&call, body.data, body.size);
    int64_t number = 0;
    status = jk_call_run_number(&call, &number);
    if (status == JK_OK && id != NULL) {
        *id = number;
    }
    return status;
}

jk_status jk_sqlite_bulk_next(jk_store *store, int64_t after, jk_bulk_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_BULK_NEXT);
    jk_call_int(&call, after);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_bulk_row result;
    result.size = 0;
    result.id = jk_call_read_int(&call);
    jk_call_read_resident(&call, &result.resident);
    result.kind = (uint16_t)jk_call_read_int(&call);
    jk_call_read_bytes(&call, result.body, sizeof result.body, &result.size);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_bulk_delete(jk_store *store, int64_t id)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_BULK_DELETE);
    jk_call_int(&call, id);
    return jk_call_run(&call);
}

jk_status jk_sqlite_bulk_count(jk_store *store, uint64_t *waiting)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_BULK_COUNT);
    int64_t count = 0;
    status = jk_call_run_number(&call, &count);
    if (status == JK_OK) {
        *waiting = (uint64_t)count;
    }
    return status;
}
