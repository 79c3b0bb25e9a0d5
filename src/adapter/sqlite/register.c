/* SPDX-License-Identifier: Apache-2.0 */
/* Register, update log and cards in SQLite. */
#include "ops.h"

#include <string.h>

/* The row that the statement stands on; the resident and the person are the caller's. */
static void read_facts(jk_call *call, jk_register_row *row)
{
    bool damaged = false;
    row->status =
        (uint8_t)jk_call_read_bounded(call, JK_REGISTER_CURRENT, JK_REGISTER_REMOVED, &damaged);
    row->reason = (uint16_t)jk_call_read_bounded(call, 0, UINT16_MAX, &damaged);
    row->epoch = (uint64_t)jk_call_read_bounded(call, 0, INT64_MAX, &damaged);
    row->epoch_high = (uint64_t)jk_call_read_bounded(call, 0, INT64_MAX, &damaged);
    row->change_day = jk_call_read_day(call, &damaged);
    row->damaged = damaged;
    row->size = 0;
}

jk_status jk_sqlite_register_get(jk_store *store, const jk_token *resident, jk_register_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_REGISTER_GET);
    jk_call_resident(&call, resident);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_register_row result;
    jk_call_read_resident(&call, &result.resident);
    read_facts(&call, &result);
    jk_call_read_bytes(&call, result.person, sizeof result.person, &result.size);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_register_next(jk_store *store, const jk_token *after_resident,
                                  jk_register_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_REGISTER_NEXT);
    if (after_resident == NULL) {
        jk_call_text(&call, "");
    } else {
        jk_call_resident(&call, after_resident);
    }
    jk_register_row result;
    do {
        status = jk_call_row(&call);
    } while (status == JK_OK && !jk_call_read_name(&call, &result.resident) &&
             call.status == JK_OK);
    if (status != JK_OK) {
        return status;
    }
    read_facts(&call, &result);
    if (!jk_call_read_part(&call, result.person, sizeof result.person, &result.size)) {
        result.damaged = true;
    }
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_register_put(jk_store *store, const jk_register_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_register(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_REGISTER_PUT);
    jk_call_resident(&call, &row->resident);
    jk_call_int(&call, row->status);
    jk_call_int(&call, row->reason);
    jk_call_int(&call, (int64_t)row->epoch);
    jk_call_int(&call, (int64_t)row->epoch_high);
    if (row->change_day == INT64_MIN) {
        jk_call_null(&call);
    } else {
        jk_call_int(&call, row->change_day);
    }
    jk_call_bytes(&call, row->person, row->size);
    return jk_call_run(&call);
}

jk_status jk_sqlite_log_append(jk_store *store, jk_log_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_log(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_LOG_APPEND);
    jk_call_resident(&call, &row->resident);
    jk_call_int(&call, (int64_t)row->epoch);
    jk_call_int(&call, row->kind);
    jk_call_text(&call, row->kind_name);
    jk_call_bytes(&call, row->record, row->size);
    int64_t sequence = 0;
    status = jk_call_run_number(&call, &sequence);
    if (status == JK_OK) {
        row->sequence = (uint64_t)sequence;
    }
    return status;
}

jk_status jk_sqlite_log_get(jk_store *store, uint64_t sequence, jk_log_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_LOG_GET);
    jk_call_int(&call, jk_store_bound(sequence));
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_log_row result;
    result.size = 0;
    result.sequence = (uint64_t)jk_call_read_int(&call);
    jk_call_read_resident(&call, &result.resident);
    result.epoch = (uint64_t)jk_call_read_int(&call);
    result.kind = (uint16_t)jk_call_read_int(&call);
    result.kind_name = NULL;
    jk_call_read_bytes(&call, result.record, sizeof result.record, &result.size);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_applied_get(jk_store *store, const char *code, uint64_t *sequence)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_APPLIED_GET);
    jk_call_text(&call, code);
    int64_t number = 0;
    status = jk_call_run_number(&call, &number);
    if (status == JK_OK || status == JK_E_NOT_FOUND) {
        *sequence = (uint64_t)number;
        status = JK_OK;
    }
    return status;
}

jk_status jk_sqlite_applied_put(jk_store *store, const char *code, uint64_t sequence)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(sequence);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_APPLIED_PUT);
    jk_call_text(&call, code);
    jk_call_int(&call, (int64_t)sequence);
    return jk_call_run(&call);
}

jk_status jk_sqlite_card_get(jk_store *store, const jk_token *resident, uint8_t *state,
                             char code[7])
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_CARD_GET);
    jk_call_resident(&call, resident);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    int64_t number = jk_call_read_int(&call);
    char text[7];
    jk_call_read_code(&call, text);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *state = (uint8_t)number;
        memcpy(code, text, sizeof text);
    }
    return status;
}

jk_status jk_sqlite_card_put(jk_store *store, const jk_token *resident, uint8_t state,
                             const char *code)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_CARD_PUT);
    jk_call_resident(&call, resident);
    jk_call_int(&call, state);
    jk_call_text(&call, code);
    return jk_call_run(&call);
}
