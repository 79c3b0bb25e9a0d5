/* SPDX-License-Identifier: Apache-2.0 */
/* What every operation of every store says when it is denied: outside a group, after the group is
 * gone, on a database that lost its tables or whose rows nobody can read, without memory.  It is
 * told, and no output changes. */
#include "calls.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

/* Makes the call; whatever it answers but OK, it gave nothing. */
static jk_status quiet(jk_store *store, const store_call *call)
{
    static store_answers before;
    memset(&answers, 0x5a, sizeof answers);
    if (call->writes) {
        return call->make(store);
    }
    before = answers;
    jk_status status = call->make(store);
    if (status != JK_OK) {
        assert_memory_equal(&answers, &before, sizeof answers);
    }
    return status;
}

static void expect_call(jk_store *store, const store_call *call, jk_status wanted)
{
    const jk_status status = quiet(store, call);
    if (status != wanted) {
        fail_msg("%s gave %s, wanted %s", call->name, jk_status_name(status),
                 jk_status_name(wanted));
    }
}

/* The control of all that follows: in a group, on these rows, everything works. */
static void test_allowed(void **state)
{
    jk_store *store = store_of(state);
    fill_store(store);
    for (size_t i = 0; i < store_call_count; i++) {
        begin(store);
        expect_call(store, &store_calls[i], JK_OK);
        store->ops->rollback(store);
    }
}

static void test_outside(void **state)
{
    jk_store *store = store_of(state);
    fill_store(store);
    for (size_t i = 0; i < store_call_count; i++) {
        expect_call(store, &store_calls[i], store_calls[i].writes ? JK_E_USAGE : JK_OK);
    }
}

/* An ordered failure of the store in memory, and then a group that is gone. */
static void test_ordered(void **state)
{
    jk_store *store = store_of(state);
    fill_store(store);
    for (size_t i = 0; i < store_call_count; i++) {
        begin(store);
        jk_memory_fail_next(store, 1, JK_E_FULL);
        assert_int_equal(jk_memory_fail_left(store), 1);
        expect_call(store, &store_calls[i], JK_E_FULL);
        assert_int_equal(jk_memory_fail_left(store), 0);
        jk_memory_fail_next(store, 1, JK_E_STORE_GONE);
        expect_call(store, &store_calls[i], JK_E_STORE_GONE);
        expect_call(store, &store_calls[i], JK_E_STORE_GONE);
        store->ops->rollback(store);
        expect_call(store, &store_calls[0], JK_OK);
    }
}

static void execute(const test_bench *bench, const char *sql)
{
    sqlite3 *db = NULL;
    char *text = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK) {
        fail_msg("%s: %s", sql, text);
    }
    (void)sqlite3_close(db);
}

/* Somebody drops the tables below a running node: nothing is found, and nothing is said to be kept.
 */
static void test_no_tables(void **state)
{
    static const char drop[] = "DROP TABLE machine; DROP TABLE route; DROP TABLE open_case;"
                               "DROP TABLE outbox; DROP TABLE inbox; DROP TABLE dead_letter;"
                               "DROP TABLE timer; DROP TABLE tx_data; DROP TABLE data_key;"
                               "DROP TABLE register; DROP TABLE update_log; DROP TABLE applied;"
                               "DROP TABLE episode; DROP TABLE card; DROP TABLE compare;"
                               "DROP TABLE element; DROP TABLE element_change;"
                               "DROP TABLE element_change_last; DROP TABLE compare_cache;"
                               "DROP TABLE round; DROP TABLE finding; DROP TABLE bulk;";
    jk_store *store = store_of(state);
    fill_store(store);
    execute(*state, drop);
    for (size_t i = 0; i < store_call_count; i++) {
        begin(store);
        memset(&store->fault, 0, sizeof store->fault);
        expect_call(store, &store_calls[i], JK_E_STORE);
        assert_int_equal(store->fault.status, JK_E_STORE);
        assert_int_equal(store->fault.os_code, SQLITE_ERROR);
        store->ops->rollback(store);
    }
}

/* Writes that a trigger refuses, one table at a time: the operation says so. */
static void test_refused_writes(void **state)
{
    static const char *const tables[] = {"machine",       "route",          "open_case",
                                         "outbox",        "inbox",          "dead_letter",
                                         "timer",         "tx_data",        "data_key",
                                         "register",      "update_log",     "applied",
                                         "episode",       "card",           "compare",
                                         "element",       "element_change", "element_change_last",
                                         "compare_cache", "round",          "finding",
                                         "bulk"};
    jk_store *store = store_of(state);
    fill_store(store);
    unsigned refused[96] = {0};
    assert_in_range(store_call_count, 1, 96);
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const char *const *verb = (const char *const[]){"INSERT", "UPDATE", "DELETE", NULL};
             *verb != NULL; verb++) {
            char sql[160];
            (void)snprintf(sql, sizeof sql,
                           "CREATE TRIGGER denied BEFORE %s ON %s BEGIN"
                           " SELECT RAISE(ABORT, 'denied'); END",
                           *verb, tables[t]);
            execute(*state, sql);
            for (size_t i = 0; i < store_call_count; i++) {
                begin(store);
                const jk_status status = quiet(store, &store_calls[i]);
                assert_true(status == JK_OK || status == JK_E_STORE);
                assert_true(status == JK_OK || store_calls[i].writes);
                refused[i] += status == JK_E_STORE;
                store->ops->rollback(store);
            }
            execute(*state, "DROP TRIGGER denied");
        }
    }
    for (size_t i = 0; i < store_call_count; i++) {
        const bool there = strcmp(store_calls[i].name, "route_put") == 0; /* writes nothing anew */
        assert_int_equal(refused[i] > 0, store_calls[i].writes && !there);
    }
}

/* Rows of a shape that no store writes: the reader is told, and gets nothing of them. */
static void test_damaged_rows(void **state)
{
    static const struct {
        const char *sql;
        const char *call;
        jk_status wanted;
    } rows[] = {
        {"UPDATE machine SET data = zeroblob(257)", "machine_get", JK_E_OVERSIZED},
        {"UPDATE machine SET case_id = x'01'", "machine_next", JK_E_STORE},
        {"UPDATE route SET case_id = zeroblob(17)", "route_get", JK_E_OVERSIZED},
        {"UPDATE route SET case_id = zeroblob(15)", "route_get", JK_E_STORE},
        {"UPDATE open_case SET case_id = x'01'", "open_case_get", JK_E_STORE},
        {"UPDATE outbox SET envelope = zeroblob(17409)", "outbox_next", JK_E_OVERSIZED},
        {"UPDATE outbox SET message_id = x'01'", "outbox_refused_next", JK_E_STORE},
        {"UPDATE inbox SET link = x'01'", "inbox_get", JK_E_STORE},
        {"UPDATE dead_letter SET raw = zeroblob(17409)", "dead_letter_next", JK_E_OVERSIZED},
        {"UPDATE dead_letter SET link = x'01'", "dead_letter_next", JK_E_STORE},
        {"UPDATE register SET person = zeroblob(4097)", "register_get", JK_E_OVERSIZED},
        {"UPDATE update_log SET record = zeroblob(8193)", "log_get", JK_E_OVERSIZED},
        {"UPDATE update_log SET resident = 'x'", "log_get", JK_E_STORE},
        {"UPDATE compare SET epoch_key = x'01'", "compare_get", JK_E_STORE},
        {"UPDATE compare SET epoch_key = zeroblob(33)", "compare_next", JK_E_OVERSIZED},
        {"UPDATE element SET digest = x'01'", "element_get", JK_E_STORE},
        {"UPDATE element SET digest = x'01'", "element_next", JK_E_STORE},
        {"UPDATE element SET digest = x'01'", "element_bucket", JK_E_STORE},
        {"UPDATE element_change SET before = x'01'", "change_next", JK_E_STORE},
        {"UPDATE element_change SET before = NULL, after = zeroblob(33)", "change_bucket",
         JK_E_OVERSIZED},
        {"UPDATE compare_cache SET cache = zeroblob(65)", "cache_get", JK_E_OVERSIZED},
        {"UPDATE round SET cs = '12345'", "round_get", JK_E_STORE},
        {"UPDATE round SET cs = '1234567'", "round_next", JK_E_OVERSIZED},
        {"UPDATE finding SET approver = printf('%.33c', 'x')", "finding_get", JK_E_OVERSIZED},
        {"UPDATE finding SET record = zeroblob(4353)", "finding_next", JK_E_OVERSIZED},
        {"UPDATE bulk SET body = zeroblob(8193)", "bulk_next", JK_E_OVERSIZED},
        {"UPDATE bulk SET resident = 'x'", "bulk_next", JK_E_STORE},
        {"UPDATE tx_data SET value = zeroblob(65)", "data_get plain", JK_E_OVERSIZED},
        {"UPDATE tx_data SET value = zeroblob(15)", "data_get sealed", JK_E_STORE},
        {"UPDATE tx_data SET value = zeroblob(16)", "data_get sealed", JK_E_STORE},
        {"UPDATE tx_data SET value = zeroblob(32)", "data_get sealed", JK_E_STORE},
        {"UPDATE card SET code = '12345'", "card_get", JK_E_STORE},
        {"UPDATE card SET code = '1234567'", "card_get", JK_E_OVERSIZED},
    };

    jk_store *store = store_of(state);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        if (r == 0) {
            fill_store(store);
        }
        char sql[200];
        (void)snprintf(sql, sizeof sql, "PRAGMA ignore_check_constraints = ON; %s", rows[r].sql);
        execute(*state, sql);
        size_t i = 0;
        while (i < store_call_count && strcmp(store_calls[i].name, rows[r].call) != 0) {
            i++;
        }
        assert_in_range(i, 0, store_call_count - 1);
        const jk_status status = quiet(store, &store_calls[i]);
        if (status != rows[r].wanted) {
            fail_msg("%s: %s gave %s", rows[r].sql, rows[r].call, jk_status_name(status));
        }
    }
}

/* Memory that ends at any of an operation's allocations. */
static size_t allowed;
static bool bounded;
static bool ended; /* and somebody was told */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    if (bounded && allowed-- == 0) {
        ended = true;
        return NULL;
    }
    return __real_malloc(size);
}

static void test_no_memory(void **state)
{
    jk_store *store = store_of(state);
    fill_store(store);
    unsigned denied = 0;
    for (size_t i = 0; i < store_call_count; i++) {
        jk_status status = JK_E_MEMORY;
        for (size_t most = 0; status == JK_E_MEMORY; most++) {
            begin(store);
            allowed = most;
            bounded = true;
            ended = false;
            status = store_calls[i].make(store);
            bounded = false;
            assert_int_equal(status, ended ? JK_E_MEMORY : JK_OK);
            denied += status == JK_E_MEMORY;
            if (status == JK_E_MEMORY) { /* nothing of it is left: it works at once */
                const jk_status again = store_calls[i].make(store);
                assert_int_equal(again, JK_OK);
            }
            store->ops->rollback(store);
        }
        assert_int_equal(status, JK_OK);
    }
    assert_in_range(denied, 20, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_allowed, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_allowed, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_outside, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_outside, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_ordered, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_no_tables, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_refused_writes, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_rows, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_no_memory, setup_memory, teardown),
    };
    return cmocka_run_group_tests_name("denied operations", tests, NULL, NULL);
}
