/* SPDX-License-Identifier: Apache-2.0 */
/* One way to bind, run and read a prepared statement, and what SQLite's errors mean here. */
#include "call.h"

#include <stdio.h>
#include <string.h>

void jk_sqlite_fault_set(jk_fault *fault, jk_status status, int os_code, const char *text)
{
    fault->status = status;
    fault->os_code = os_code;
    (void)snprintf(fault->text, sizeof fault->text, "%s", text);
}

jk_status jk_sqlite_fail_text(jk_sqlite *sqlite, jk_status status, const char *text)
{
    jk_sqlite_fault_set(&sqlite->store.fault, status, 0, text);
    return status;
}

/* Does the code leave a transaction that cannot be trusted, or none at all? */
static bool ends_group(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return true;
    default: return false; /* not an enum of ours */
    }
}

/* Will trying again not help?  Then the caller learns more than that its group is gone. */
static bool is_final(int code)
{
    switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return true;
    default: return false; /* not an enum of ours */
    }
}

static jk_status status_alone(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return JK_E_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return JK_E_STORE_GONE;
    case SQLITE_IOERR: return JK_E_IO;
    case SQLITE_NOMEM: return JK_E_MEMORY;
    case SQLITE_READONLY: return JK_E_STORE_READONLY;
    default: return JK_E_STORE;
    }
}

jk_status jk_sqlite_fail(jk_sqlite *sqlite, int code)
{
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
        return JK_E_CONFLICT;
    }
    jk_status status = status_alone(code);
    /* SQLite gives no connection at all when there is no memory for one. */
    bool none = sqlite->db == NULL || sqlite3_get_autocommit(sqlite->db) != 0;
    if (sqlite->group.open && (none || ends_group(code))) {
        if (!none) {
            /* Its own failure changes nothing: the transaction ends with the connection then. */
            (void)sqlite3_step(sqlite->statement[JK_SQL_ROLLBACK]);
            (void)sqlite3_reset(sqlite->statement[JK_SQL_ROLLBACK]);
        }
        sqlite->group.gone = true;
        sqlite->erase_in_group = false;
        status = is_final(code) ? status : JK_E_STORE_GONE;
    }
    jk_sqlite_fault_set(&sqlite->store.fault, status, code, sqlite3_errstr(code));
    return status;
}

jk_status jk_sqlite_may_read(jk_store *store)
{
    return jk_store_may_read(&((jk_sqlite *)store)->group);
}

jk_status jk_sqlite_may_write(jk_store *store)
{
    return jk_store_may_write(&((jk_sqlite *)store)->group);
}

jk_call jk_call_of(jk_store *store, jk_sql which)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    return (jk_call){.sqlite = sqlite, .statement = sqlite->statement[which]};
}

static void bound(jk_call *call, int code)
{
    if (call->code == SQLITE_OK) {
        call->code = code;
    }
}

void jk_call_int(jk_call *call, int64_t value)
{
    bound(call, sqlite3_bind_int64(call->statement, ++call->column, value));
}

void jk_call_null(jk_call *call)
{
    bound(call, sqlite3_bind_null(call->statement, ++call->column));
}

void jk_call_bytes(jk_call *call, const void *data, size_t size)
{
    int column = ++call->column;
    if (size == 0) {
        bound(call, sqlite3_bind_zeroblob(call->statement, column, 0));
        return;
    }
    /* STATIC: the bindings are cleared before the operation returns. */
    bound(call, sqlite3_bind_blob64(call->statement, column, data, size, SQLITE_STATIC));
}

void jk_call_token(jk_call *call, const jk_token *token)
{
    jk_call_bytes(call, token->byte, sizeof token->byte);
}

void jk_call_token_or_null(jk_call *call, const jk_token *token)
{
    if (jk_token_is_none(token)) {
        jk_call_null(call);
    } else {
        jk_call_token(call, token);
    }
}

void jk_call_text(jk_call *call, const char *text)
{
    bound(call, sqlite3_bind_text(call->statement, ++call->column, text, -1, SQLITE_STATIC));
}

void jk_call_resident(jk_call *call, const jk_token *token)
{
    char text[33];
    jk_store_resident_text(token, text);
    bound(call, sqlite3_bind_text(call->statement, ++call->column, text, -1, SQLITE_TRANSIENT));
}

static void release(jk_call *call)
{
    (void)sqlite3_reset(call->statement);
    (void)sqlite3_clear_bindings(call->statement);
}

static jk_status failed(jk_call *call, int code)
{
    release(call);
    return jk_sqlite_fail(call->sqlite, code);
}

jk_status jk_call_row(jk_call *call)
{
    if (call->code != SQLITE_OK) {
        return failed(call, call->code);
    }
    int code = sqlite3_step(call->statement);
    if (code == SQLITE_DONE) {
        release(call);
        return JK_E_NOT_FOUND;
    }
    if (code != SQLITE_ROW) {
        return failed(call, code);
    }
    call->column = 0;
    return JK_OK;
}

jk_status jk_call_run(jk_call *call)
{
    jk_status status = jk_call_row(call);
    if (status == JK_OK) {
        release(call);
    }
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

jk_status jk_call_run_number(jk_call *call, int64_t *number)
{
    jk_status status = jk_call_row(call);
    if (status != JK_OK) {
        return status;
    }
    int64_t value = jk_call_read_int(call);
    int code = sqlite3_step(call->statement);
    if (code != SQLITE_DONE) {
        return failed(call, code);
    }
    release(call);
    *number = value;
    return JK_OK;
}

int64_t jk_call_read_int(jk_call *call)
{
    return sqlite3_column_int64(call->statement, call->column++);
}

bool jk_call_read_null(jk_call *call)
{
    return sqlite3_column_type(call->statement, call->column) == SQLITE_NULL;
}

bool jk_call_read_part(jk_call *call, void *data, size_t capacity, size_t *size)
{
    int column = call->column++;
    const void *bytes = sqlite3_column_blob(call->statement, column);
    size_t count = (size_t)sqlite3_column_bytes(call->statement, column);
    const bool whole = count <= capacity;
    if (call->status != JK_OK) {
        return whole;
    }
    count = whole ? count : capacity;
    if (count > 0 && bytes == NULL) {
        call->status = JK_E_MEMORY;
        return whole;
    }
    if (count > 0) {
        memcpy(data, bytes, count);
    }
    *size = count;
    return whole;
}

void jk_call_read_bytes(jk_call *call, void *data, size_t capacity, size_t *size)
{
    const size_t count = (size_t)sqlite3_column_bytes(call->statement, call->column);
    if (call->status == JK_OK && count > capacity) {
        call->status = JK_E_OVERSIZED;
    }
    (void)jk_call_read_part(call, data, capacity, size);
}

static void fail_damaged(jk_call *call)
{
    if (call->status == JK_OK) {
        call->status = jk_sqlite_fail_text(call->sqlite, JK_E_STORE, "a row is damaged");
    }
}

void jk_call_read_exact(jk_call *call, void *data, size_t size)
{
    size_t count = 0;
    jk_call_read_bytes(call, data, size, &count);
    if (count != size) {
        fail_damaged(call);
    }
}

void jk_call_read_token(jk_call *call, jk_token *token)
{
    if (jk_call_read_null(call)) {
        call->column++;
        *token = (jk_token){{0}};
        return;
    }
    jk_call_read_exact(call, token->byte, sizeof token->byte);
}

void jk_call_read_resident(jk_call *call, jk_token *token)
{
    char text[32];
    size_t size = 0;
    jk_call_read_bytes(call, text, sizeof text, &size);
    if (!jk_sqlite_resident_token(text, size, token)) {
        fail_damaged(call);
    }
}

int64_t jk_call_read_bounded(jk_call *call, int64_t min, int64_t max, bool *damaged)
{
    const int64_t value = jk_call_read_int(call);
    *damaged = *damaged || value < min || value > max;
    return value;
}

int64_t jk_call_read_day(jk_call *call, bool *damaged)
{
    const bool unknown = jk_call_read_null(call);
    const int64_t day = jk_call_read_int(call);
    *damaged = *damaged || (!unknown && day == INT64_MIN);
    return unknown ? INT64_MIN : day;
}

bool jk_call_read_name(jk_call *call, jk_token *token)
{
    char text[33] = {0};
    char again[33];
    size_t size = 0;
    const bool fits = jk_call_read_part(call, text, sizeof text - 1, &size);
    if (!fits || call->status != JK_OK || !jk_sqlite_resident_token(text, size, token)) {
        return false;
    }
    jk_store_resident_text(token, again);
    return memcmp(text, again, sizeof text) == 0;
}

void jk_call_read_code(jk_call *call, char code[7])
{
    jk_call_read_exact(call, code, 6);
    code[6] = '\0';
}

jk_status jk_call_end(jk_call *call)
{
    release(call);
    return call->status;
}

/* ---- walks ---- */

static void stop(jk_sqlite *sqlite, jk_walk *walk, jk_sql which)
{
    if (walk->standing) {
        jk_call call = jk_call_of(&sqlite->store, which);
        release(&call);
        walk->standing = false;
    }
}

void jk_walk_stop_episodes(jk_store *store)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    stop(sqlite, &sqlite->episodes, JK_SQL_EPISODE_NEXT);
}

void jk_walk_stop_elements(jk_store *store)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    stop(sqlite, &sqlite->elements, JK_SQL_ELEMENT_NEXT);
}

bool jk_walk_goes_on(jk_call *call, jk_walk *walk, const jk_walk_at *at)
{
    const bool stood = walk->standing;
    const bool goes_on = stood && walk->at.number == at->number &&
                         memcmp(walk->at.code, at->code, sizeof at->code) == 0 &&
                         jk_token_equal(&walk->at.resident, &at->resident);
    walk->standing = false;
    if (stood && !goes_on) {
        release(call);
    }
    return goes_on;
}

jk_status jk_walk_end(jk_call *call, jk_walk *walk, const jk_walk_at *at)
{
    if (call->status != JK_OK || !call->sqlite->group.open) {
        return jk_call_end(call);
    }
    walk->standing = true;
    walk->at = *at;
    return JK_OK;
}
