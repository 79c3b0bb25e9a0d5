/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes in SQLite.  They are what reconciliation looks after, so a row that somebody changed to
 * what no put writes is still given, marked as damaged: nobody else could show and mend it. */
#include "ops.h"

#include <string.h>

jk_status jk_sqlite_episode_put(jk_store *store, const jk_episode_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_episode(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_walk_stop_episodes(store);
    jk_call call = jk_call_of(store, JK_SQL_EPISODE_PUT);
    jk_call_resident(&call, &row->resident);
    jk_call_text(&call, row->code);
    jk_call_int(&call, (int64_t)row->epoch);
    jk_call_int(&call, row->open);
    jk_call_int(&call, row->current);
    jk_call_int(&call, row->reason_in);
    jk_call_int(&call, row->reason_out);
    jk_call_bytes(&call, row->person, row->size);
    jk_call_int(&call, (int64_t)row->seq);
    if (row->change_day == INT64_MIN) {
        jk_call_null(&call);
    } else {
        jk_call_int(&call, row->change_day);
    }
    return jk_call_run(&call);
}

/* The row that the statement stands on; the name is read already. */
static void read_rest(jk_call *call, jk_episode_row *row)
{
    bool damaged = false;
    row->open = jk_call_read_bounded(call, 0, 1, &damaged) != 0;
    row->current = jk_call_read_bounded(call, 0, 1, &damaged) != 0;
    row->reason_in = (uint16_t)jk_call_read_bounded(call, 0, UINT16_MAX, &damaged);
    row->reason_out = (uint16_t)jk_call_read_bounded(call, 0, UINT16_MAX, &damaged);
    row->size = 0;
    if (!jk_call_read_part(call, row->person, sizeof row->person, &row->size)) {
        damaged = true;
    }
    row->seq = (uint64_t)jk_call_read_bounded(call, 0, INT64_MAX, &damaged);
    row->change_day = jk_call_read_day(call, &damaged);
    row->damaged = damaged;
}

static jk_status episode_read(jk_call *call, jk_episode_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_episode_row result;
    jk_call_read_resident(call, &result.resident);
    jk_call_read_code(call, result.code);
    result.epoch = (uint64_t)jk_call_read_int(call);
    read_rest(call, &result);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_episode_current(jk_store *store, const jk_token *resident, jk_episode_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_EPISODE_CURRENT);
    jk_call_resident(&call, resident);
    return episode_read(&call, row);
}

jk_status jk_sqlite_episode_open(jk_store *store, const jk_token *resident, const char *code,
                                 uint64_t upto, jk_episode_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_EPISODE_OPEN);
    jk_call_resident(&call, resident);
    jk_call_text(&call, code);
    jk_call_int(&call, jk_store_bound(upto));
    return episode_read(&call, row);
}

static jk_call call_of_one(jk_store *store, jk_sql which, const jk_token *resident,
                           const char *code, uint64_t epoch)
{
    jk_call call = jk_call_of(store, which);
    jk_call_resident(&call, resident);
    jk_call_text(&call, code);
    jk_call_int(&call, (int64_t)epoch);
    return call;
}

jk_status jk_sqlite_episode_get(jk_store *store, const jk_token *resident, const char *code,
                                uint64_t epoch, jk_episode_row *row)
{
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(epoch);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of_one(store, JK_SQL_EPISODE_GET, resident, code, epoch);
    return episode_read(&call, row);
}

jk_status jk_sqlite_episode_delete(jk_store *store, const jk_token *resident, const char *code,
                                   uint64_t epoch)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status == JK_OK) {
        status = jk_store_check_count(epoch);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_walk_stop_episodes(store);
    jk_call call = call_of_one(store, JK_SQL_EPISODE_DELETE, resident, code, epoch);
    return jk_call_run(&call);
}

static bool read_name(jk_call *call, jk_episode_row *row)
{
    if (!jk_call_read_name(call, &row->resident)) {
        return false;
    }
    jk_call_read_code(call, row->code);
    const int64_t epoch = jk_call_read_int(call);
    row->epoch = (uint64_t)epoch;
    return epoch >= 0;
}

/* NULL is no place: nobody stands there. */
static jk_walk_at place_of(const jk_token *resident, const char *code, uint64_t epoch)
{
    jk_walk_at at = {.number = resident == NULL ? UINT64_MAX : epoch};
    memcpy(at.code, code, sizeof at.code);
    if (resident != NULL) {
        at.resident = *resident;
    }
    return at;
}

jk_status jk_sqlite_episode_next(jk_store *store, const char *code, const jk_token *after_resident,
                                 uint64_t after_epoch, jk_episode_row *row)
{
    jk_walk *walk = &((jk_sqlite *)store)->episodes;
    jk_status status = jk_sqlite_may_read(store);
    if (status == JK_OK) {
        status = jk_store_check_code(code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = jk_call_of(store, JK_SQL_EPISODE_NEXT);
    jk_walk_at at = place_of(after_resident, code, after_epoch);
    if (!jk_walk_goes_on(&call, walk, &at)) {
        jk_call_text(&call, code);
        if (after_resident == NULL) {
            jk_call_text(&call, "");
        } else {
            jk_call_resident(&call, after_resident);
        }
        jk_call_int(&call, jk_store_bound(after_epoch));
    }
    jk_episode_row result;
    do {
        status = jk_call_row(&call);
    } while (status == JK_OK && !read_name(&call, &result) && call.status == JK_OK);
    if (status != JK_OK) {
        return status;
    }
    read_rest(&call, &result);
    at = place_of(&result.resident, code, result.epoch);
    status = jk_walk_end(&call, walk, &at);
    if (status == JK_OK) {
        memcpy(row, &result, offsetof(jk_episode_row, person) + result.size);
    }
    return status;
}
