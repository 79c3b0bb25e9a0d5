/* SPDX-License-Identifier: Apache-2.0 */
/* Outbox, inbox and dead letters in SQLite. */
#include "ops.h"

jk_status jk_sqlite_outbox_put(jk_store *store, const jk_outbox_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_outbox(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OUTBOX_PUT);
    jk_call_token(&call, &row->link);
    jk_call_int(&call, (int64_t)row->sequence);
    jk_call_int(&call, (int64_t)row->link_epoch);
    jk_call_token(&call, &row->message_id);
    jk_call_token_or_null(&call, &row->case_id);
    jk_call_token_or_null(&call, &row->txn);
    jk_call_int(&call, row->kind);
    jk_call_text(&call, row->kind_name);
    jk_call_int(&call, row->state);
    jk_call_int(&call, row->rule);
    jk_call_bytes(&call, row->bytes, row->size);
    return jk_call_run(&call);
}

static jk_status next_in_state(jk_store *store, const jk_token *link, uint64_t after,
                               jk_outbox_state state, jk_outbox_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OUTBOX_NEXT);
    jk_call_token(&call, link);
    jk_call_int(&call, state);
    jk_call_int(&call, jk_store_bound(after));
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_outbox_row result;
    jk_call_read_token(&call, &result.link);
    result.sequence = (uint64_t)jk_call_read_int(&call);
    result.link_epoch = (uint64_t)jk_call_read_int(&call);
    jk_call_read_token(&call, &result.message_id);
    jk_call_read_token(&call, &result.case_id);
    jk_call_read_token(&call, &result.txn);
    result.kind = (uint16_t)jk_call_read_int(&call);
    result.kind_name = NULL;
    result.state = (uint8_t)jk_call_read_int(&call);
    result.rule = (uint16_t)jk_call_read_int(&call);
    result.size = 0;
    jk_call_read_bytes(&call, result.bytes, sizeof result.bytes, &result.size);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_outbox_next(jk_store *store, const jk_token *link, uint64_t after,
                                jk_outbox_row *row)
{
    return next_in_state(store, link, after, JK_OUTBOX_WAITING, row);
}

jk_status jk_sqlite_outbox_refused_next(jk_store *store, const jk_token *link, uint64_t after,
                                        jk_outbox_row *row)
{
    return next_in_state(store, link, after, JK_OUTBOX_REFUSED, row);
}

jk_status jk_sqlite_outbox_delete_upto(jk_store *store, const jk_token *link, uint64_t sequence)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OUTBOX_DELETE_UPTO);
    jk_call_token(&call, link);
    jk_call_int(&call, jk_store_bound(sequence));
    return jk_call_run(&call);
}

jk_status jk_sqlite_outbox_refuse(jk_store *store, const jk_token *link, uint64_t sequence,
                                  uint16_t rule)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OUTBOX_REFUSE);
    jk_call_token(&call, link);
    jk_call_int(&call, jk_store_bound(sequence));
    jk_call_int(&call, rule);
    status = jk_call_run(&call);
    if (status == JK_OK && sqlite3_changes(call.sqlite->db) == 0) {
        status = JK_E_NOT_FOUND;
    }
    return status;
}

jk_status jk_sqlite_outbox_count(jk_store *store, const jk_token *link, uint64_t *waiting)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_OUTBOX_COUNT);
    jk_call_token(&call, link);
    int64_t count = 0;
    status = jk_call_run_number(&call, &count);
    if (status == JK_OK) {
        *waiting = (uint64_t)count;
    }
    return status;
}

jk_status jk_sqlite_inbox_get(jk_store *store, const jk_token *message_id, jk_inbox_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_INBOX_GET);
    jk_call_token(&call, message_id);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_inbox_row result;
    jk_call_read_token(&call, &result.message_id);
    jk_call_read_token(&call, &result.link);
    result.sequence = (uint64_t)jk_call_read_int(&call);
    result.kind = (uint16_t)jk_call_read_int(&call);
    result.rule = (uint16_t)jk_call_read_int(&call);
    jk_call_read_token(&call, &result.case_id);
    jk_call_read_token(&call, &result.txn);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_inbox_put(jk_store *store, const jk_inbox_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_inbox(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_INBOX_PUT);
    jk_call_token(&call, &row->message_id);
    jk_call_token(&call, &row->link);
    jk_call_int(&call, (int64_t)row->sequence);
    jk_call_int(&call, row->kind);
    jk_call_int(&call, row->rule);
    jk_call_token_or_null(&call, &row->case_id);
    jk_call_token_or_null(&call, &row->txn);
    return jk_call_run(&call);
}

jk_status jk_sqlite_dead_letter_put(jk_store *store, const jk_token *link, uint64_t sequence,
                                    uint16_t rule, jk_span raw)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_count(sequence);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_DEAD_LETTER_PUT);
    jk_call_token(&call, link);
    jk_call_int(&call, (int64_t)sequence);
    jk_call_int(&call, rule);
    jk_call_int(&call, jk_store_bound(raw.size));
    jk_call_bytes(&call, raw.data,
                  raw.size < JK_ENVELOPE_SIZE_MAX ? raw.size : JK_ENVELOPE_SIZE_MAX);
    return jk_call_run(&call);
}

jk_status jk_sqlite_dead_letter_rule(jk_store *store, const jk_token *link, uint64_t sequence,
                                     uint16_t *rule)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_DEAD_LETTER_RULE);
    jk_call_token(&call, link);
    jk_call_int(&call, jk_store_bound(sequence));
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    uint16_t result = (uint16_t)jk_call_read_int(&call);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *rule = result;
    }
    return status;
}

jk_status jk_sqlite_dead_letter_next(jk_store *store, int64_t after, jk_dead_letter_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_DEAD_LETTER_NEXT);
    jk_call_int(&call, after);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_dead_letter_row result;
    result.id = jk_call_read_int(&call);
    jk_call_read_token(&call, &result.link);
    result.sequence = (uint64_t)jk_call_read_int(&call);
    result.rule = (uint16_t)jk_call_read_int(&call);
    result.size_full = (size_t)jk_call_read_int(&call);
    result.size = 0;
    jk_call_read_bytes(&call, result.raw, sizeof result.raw, &result.size);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}
