/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept in SQLite to compare municipalities: their rows, elements, changes, caches. */
#include "ops.h"

#include <string.h>

/* Every operation here is about one municipality. */
static jk_status may_read(jk_store *store, const char *code)
{
    jk_status status = jk_sqlite_may_read(store);
    return status == JK_OK ? jk_store_check_code(code) : status;
}

static jk_status may_write(jk_store *store, const char *code)
{
    jk_status status = jk_sqlite_may_write(store);
    return status == JK_OK ? jk_store_check_code(code) : status;
}

static jk_call call_of(jk_store *store, jk_sql which, const char *code)
{
    jk_call call = jk_call_of(store, which);
    jk_call_text(&call, code);
    return call;
}

/* ---- municipalities ---- */

static jk_status compare_read(jk_call *call, jk_compare_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_compare_row result;
    jk_call_read_code(call, result.code);
    jk_call_read_exact(call, result.epoch_key, sizeof result.epoch_key);
    result.depth = (uint8_t)jk_call_read_int(call);
    result.marked = jk_call_read_int(call) != 0;
    jk_call_read_token(call, &result.round);
    result.marker = (uint64_t)jk_call_read_int(call);
    result.marker_change = (uint64_t)jk_call_read_int(call);
    result.cached_change = (uint64_t)jk_call_read_int(call);
    result.scrub_key = (uint64_t)jk_call_read_int(call);
    result.scrub_begun_ms = jk_call_read_int(call);
    result.scrub_rows = (uint64_t)jk_call_read_int(call);
    result.scrub_ms = jk_call_read_int(call);
    result.scrubbed = (uint64_t)jk_call_read_int(call);
    result.damaged = (uint64_t)jk_call_read_int(call);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_compare_get(jk_store *store, const char *code, jk_compare_row *row)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_COMPARE_GET, code);
    return compare_read(&call, row);
}

jk_status jk_sqlite_compare_put(jk_store *store, const jk_compare_row *row)
{
    jk_status status = jk_sqlite_may_write(store);
    if (status == JK_OK) {
        status = jk_store_check_compare(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_COMPARE_PUT, row->code);
    jk_call_bytes(&call, row->epoch_key, sizeof row->epoch_key);
    jk_call_int(&call, row->depth);
    jk_call_int(&call, row->marked);
    jk_call_token_or_null(&call, &row->round);
    jk_call_int(&call, (int64_t)row->marker);
    jk_call_int(&call, (int64_t)row->marker_change);
    jk_call_int(&call, (int64_t)row->cached_change);
    jk_call_int(&call, (int64_t)row->scrub_key);
    jk_call_int(&call, row->scrub_begun_ms);
    jk_call_int(&call, (int64_t)row->scrub_rows);
    jk_call_int(&call, row->scrub_ms);
    jk_call_int(&call, (int64_t)row->scrubbed);
    jk_call_int(&call, (int64_t)row->damaged);
    return jk_call_run(&call);
}

jk_status jk_sqlite_compare_next(jk_store *store, const char *after_code, jk_compare_row *row)
{
    jk_status status =
        after_code[0] == '\0' ? jk_sqlite_may_read(store) : may_read(store, after_code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_COMPARE_NEXT, after_code);
    return compare_read(&call, row);
}

/* ---- elements ---- */

static void element_columns(jk_call *call, jk_element_row *row)
{
    row->key = (uint64_t)jk_call_read_int(call);
    row->bucket = (uint32_t)jk_call_read_int(call);
    jk_call_read_exact(call, row->digest, sizeof row->digest);
}

static jk_status element_read(jk_call *call, jk_element_row *row)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    jk_element_row result;
    element_columns(call, &result);
    status = jk_call_end(call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_element_get(jk_store *store, const char *code, uint64_t key,
                                jk_element_row *row)
{
    jk_status status = may_read(store, code);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_ELEMENT_GET, code);
    jk_call_int(&call, (int64_t)key);
    return element_read(&call, row);
}

static jk_status element_write(jk_store *store, jk_sql which, const char *code,
                               const jk_element_row *row)
{
    jk_walk_stop_elements(store);
    jk_call call = call_of(store, which, code);
    jk_call_int(&call, (int64_t)row->key);
    jk_call_int(&call, row->bucket);
    jk_call_bytes(&call, row->digest, sizeof row->digest);
    return jk_call_run(&call);
}

jk_status jk_sqlite_element_put(jk_store *store, const char *code, const jk_element_row *row)
{
    jk_status status = may_write(store, code);
    if (status == JK_OK) {
        status = jk_store_check_key(row->key);
    }
    if (status == JK_OK) {
        status = element_write(store, JK_SQL_ELEMENT_UPDATE, code, row);
    }
    if (status != JK_OK || sqlite3_changes(((jk_sqlite *)store)->db) > 0) {
        return status;
    }
    return element_write(store, JK_SQL_ELEMENT_PUT, code, row);
}

jk_status jk_sqlite_element_delete(jk_store *store, const char *code, uint64_t key)
{
    jk_status status = may_write(store, code);
    if (status == JK_OK) {
        status = jk_store_check_key(key);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_walk_stop_elements(store);
    jk_call call = call_of(store, JK_SQL_ELEMENT_DELETE, code);
    jk_call_int(&call, (int64_t)key);
    return jk_call_run(&call);
}

jk_status jk_sqlite_element_clear(jk_store *store, const char *code)
{
    jk_status status = may_write(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_walk_stop_elements(store);
    jk_call call = call_of(store, JK_SQL_ELEMENT_CLEAR, code);
    return jk_call_run(&call);
}

/* Reads what the call finds; rows == NULL: only counts it and looks whether it can be read. */
static jk_status bucket_read(jk_call call, jk_element_row *rows, size_t *count)
{
    size_t found = 0;
    jk_element_row row;
    jk_status status = jk_call_row(&call);
    for (; status == JK_OK; status = jk_call_row(&call)) {
        element_columns(&call, rows == NULL ? &row : &rows[found]);
        found++;
        if (call.status != JK_OK) {
            return jk_call_end(&call);
        }
    }
    *count = found;
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

static jk_call bucket_call(jk_store *store, const char *code, uint32_t bucket)
{
    jk_call call = call_of(store, JK_SQL_ELEMENT_BUCKET, code);
    jk_call_int(&call, bucket);
    return call;
}

jk_status jk_sqlite_element_bucket(jk_store *store, const char *code, uint32_t bucket,
                                   jk_element_row *rows, size_t capacity, size_t *count)
{
    jk_status status = may_read(store, code);
    size_t found = 0;
    if (status == JK_OK) {
        status = bucket_read(bucket_call(store, code, bucket), NULL, &found);
    }
    if (status == JK_OK && found > capacity) {
        status = JK_E_OVERSIZED;
    }
    return status == JK_OK ? bucket_read(bucket_call(store, code, bucket), rows, count) : status;
}

jk_status jk_sqlite_element_next(jk_store *store, const char *code, uint64_t after_key,
                                 jk_element_row *row)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_walk *walk = &((jk_sqlite *)store)->elements;
    jk_call call = jk_call_of(store, JK_SQL_ELEMENT_NEXT);
    jk_walk_at at = {.number = after_key};
    memcpy(at.code, code, sizeof at.code);
    if (!jk_walk_goes_on(&call, walk, &at)) {
        jk_call_text(&call, code);
        jk_call_int(&call, jk_store_bound(after_key));
    }
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_element_row result;
    element_columns(&call, &result);
    at.number = result.key;
    status = jk_walk_end(&call, walk, &at);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

/* ---- changes ---- */

static void digest_or_null(jk_call *call, bool there, const uint8_t digest[32])
{
    if (there) {
        jk_call_bytes(call, digest, 32);
    } else {
        jk_call_null(call);
    }
}

static void read_digest(jk_call *call, bool *there, uint8_t digest[32])
{
    *there = !jk_call_read_null(call);
    memset(digest, 0, 32);
    if (*there) {
        jk_call_read_exact(call, digest, 32);
    } else {
        call->column++;
    }
}

static void change_columns(jk_call *call, jk_change_row *row)
{
    row->id = (uint64_t)jk_call_read_int(call);
    row->key = (uint64_t)jk_call_read_int(call);
    row->bucket = (uint32_t)jk_call_read_int(call);
    read_digest(call, &row->had, row->before);
    read_digest(call, &row->has, row->after);
}

jk_status jk_sqlite_change_append(jk_store *store, const char *code, jk_change_row *row)
{
    jk_status status = may_write(store, code);
    if (status == JK_OK) {
        status = jk_store_check_change(row);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CHANGE_APPEND, code);
    jk_call_int(&call, (int64_t)row->key);
    jk_call_int(&call, row->bucket);
    digest_or_null(&call, row->had, row->before);
    digest_or_null(&call, row->has, row->after);
    int64_t id = 0;
    status = jk_call_run_number(&call, &id);
    if (status == JK_OK) {
        row->id = (uint64_t)id;
    }
    return status;
}

jk_status jk_sqlite_change_next(jk_store *store, const char *code, uint64_t after_id,
                                jk_change_row *row)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CHANGE_NEXT, code);
    jk_call_int(&call, jk_store_bound(after_id));
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_change_row result;
    change_columns(&call, &result);
    status = jk_call_end(&call);
    if (status == JK_OK) {
        *row = result;
    }
    return status;
}

jk_status jk_sqlite_change_last(jk_store *store, const char *code, uint64_t *id)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CHANGE_LAST, code);
    int64_t last = 0;
    status = jk_call_run_number(&call, &last);
    if (status == JK_OK || status == JK_E_NOT_FOUND) {
        *id = (uint64_t)last;
        status = JK_OK;
    }
    return status;
}

/* Reads the first change of each key that the call finds; rows == NULL: as bucket_read. */
static jk_status firsts_read(jk_call call, jk_change_row *rows, size_t *count)
{
    size_t found = 0;
    jk_change_row row = {.key = 0};
    jk_status status = jk_call_row(&call);
    for (; status == JK_OK; status = jk_call_row(&call)) {
        const uint64_t before = row.key;
        change_columns(&call, &row);
        if (call.status != JK_OK) {
            return jk_call_end(&call);
        }
        if (row.key != before || found == 0) {
            if (rows != NULL) {
                rows[found] = row;
            }
            found++;
        }
    }
    *count = found;
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

static jk_call firsts_call(jk_store *store, const char *code, uint32_t bucket, uint64_t after_id)
{
    jk_call call = call_of(store, JK_SQL_CHANGE_BUCKET, code);
    jk_call_int(&call, bucket);
    jk_call_int(&call, jk_store_bound(after_id));
    return call;
}

jk_status jk_sqlite_change_bucket(jk_store *store, const char *code, uint32_t bucket,
                                  uint64_t after_id, jk_change_list *list)
{
    jk_status status = may_read(store, code);
    size_t found = 0;
    if (status == JK_OK) {
        status = firsts_read(firsts_call(store, code, bucket, after_id), NULL, &found);
    }
    if (status == JK_OK && found > list->capacity) {
        status = JK_E_OVERSIZED;
    }
    return status == JK_OK
               ? firsts_read(firsts_call(store, code, bucket, after_id), list->rows, &list->count)
               : status;
}

jk_status jk_sqlite_change_drop(jk_store *store, const char *code, uint64_t upto_id)
{
    jk_status status = may_write(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CHANGE_DROP, code);
    jk_call_int(&call, jk_store_bound(upto_id));
    return jk_call_run(&call);
}

/* ---- caches ---- */

jk_status jk_sqlite_cache_put(jk_store *store, const char *code, jk_span cache)
{
    jk_status status = may_write(store, code);
    if (status == JK_OK) {
        status = jk_store_check_cache(cache.size);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CACHE_PUT, code);
    jk_call_bytes(&call, cache.data, cache.size);
    return jk_call_run(&call);
}

jk_status jk_sqlite_cache_get(jk_store *store, const char *code, uint8_t *bytes, size_t capacity,
                              size_t *size)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CACHE_GET, code);
    status = jk_call_row(&call);
    if (status != JK_OK) {
        return status;
    }
    jk_call_read_bytes(&call, bytes, capacity, size);
    return jk_call_end(&call);
}

jk_status jk_sqlite_cache_size(jk_store *store, const char *code, size_t *size)
{
    jk_status status = may_read(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CACHE_SIZE, code);
    int64_t length = 0;
    status = jk_call_run_number(&call, &length);
    if (status == JK_OK) {
        *size = (size_t)length;
    }
    return status;
}

jk_status jk_sqlite_cache_delete(jk_store *store, const char *code)
{
    jk_status status = may_write(store, code);
    if (status != JK_OK) {
        return status;
    }
    jk_call call = call_of(store, JK_SQL_CACHE_DELETE, code);
    return jk_call_run(&call);
}
