/* SPDX-License-Identifier: Apache-2.0 */
/* Databases of older and newer schema versions: an older one is brought up in one transaction, or
 * stays as it is; a newer one is refused.  Kept databases stand as SQL in tests/vectors/store. */
#include "bench.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Version 1 of a future program, and its way on: a column is added, filled, then required. */
static const char *const to_1[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    NULL};
static const char *const to_2[] = {
    "ALTER TABLE register ADD COLUMN seen_day INTEGER",
    "UPDATE register SET seen_day = change_day + 1",
    "CREATE INDEX register_seen ON register (seen_day)",
    NULL,
};
static const char *const to_3_fails[] = {
    "UPDATE register SET seen_day = seen_day + 1",
    "INSERT INTO no_such_table VALUES (1)",
    NULL,
};
static const char *const to_3_dies[] = {
    "UPDATE register SET seen_day = seen_day + 1",
    "SELECT die()",
    NULL,
};
static const char *const *const steps_2[] = {to_1, to_2};
static const char *const *const steps_fail[] = {to_1, to_2, to_3_fails};
static const char *const *const steps_die[] = {to_1, to_2, to_3_dies};
static const jk_sqlite_schema version_2 = {2, steps_2};
static const jk_sqlite_schema version_3_fails = {3, steps_fail};
static const jk_sqlite_schema version_3_dies = {3, steps_die};

static void first_value(const char *path, const char *sql, char *text, size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    const int code = sqlite3_step(statement);
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    const unsigned char *value = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    (void)snprintf(text, size, "%s", value == NULL ? "(none)" : (const char *)value);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void expect_sql_value(const char *path, const char *sql, const char *wanted)
{
    char text[64];
    first_value(path, sql, text, sizeof text);
    assert_string_equal(text, wanted);
}

/* The kept database of version 1 instead of the bench's own. */
static void put_kept(test_bench *bench)
{
    static char sql[65536];
    sqlite3 *db = NULL;
    FILE *file = fopen(JK_SOURCE_DIR "/tests/vectors/store/version_1.sql", "rb");
    assert_non_null(file);
    const size_t size = fread(sql, 1, sizeof sql - 1, file);
    (void)fclose(file);
    sql[size] = '\0';
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    assert_int_equal(unlink(bench->path), 0);
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static jk_status open_with(test_bench *bench, const jk_sqlite_schema *schema)
{
    jk_fault fault = {.status = JK_OK};
    bench->options.schema = schema;
    const jk_status status = jk_sqlite_open(bench->path, &bench->options, &bench->store, &fault);
    assert_int_equal(fault.status, status);
    return status;
}

static void close_bench(test_bench *bench)
{
    jk_sqlite_close(bench->store);
    bench->store = NULL;
}

#define SCHEMA_VERSION "SELECT value FROM meta WHERE name = 'schema_version'"
/* Generated columns of the same text, whatever the white space. */
#define SCHEMA                                                                            \
    "SELECT group_concat(replace(replace(sql, '  ', ' '), '  ', ' '), ';') FROM (SELECT " \
    "sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)"

/* This program opens it, reads every row, and its tables are those of a new database. */
static void test_kept(void **state)
{
    static char fresh[16384];
    static char brought_up[16384];
    static jk_outbox_row message;
    test_bench *bench = *state;
    jk_machine_row row;
    jk_register_row person;
    jk_episode_row episode;
    uint64_t applied = 0;
    first_value(bench->path, SCHEMA, fresh, sizeof fresh);
    put_kept(bench);
    OK(open_with(bench, NULL));
    jk_store *store = bench->store;
    const jk_token key = token_of(1);
    OK(store->ops->machine_get(store, 7, &key, &row));
    assert_int_equal(row.state, 3);
    const jk_token link = peer_of("131024");
    OK(store->ops->outbox_next(store, &link, 0, &message));
    assert_int_equal(message.sequence, 5);
    const jk_token resident = token_of(10);
    OK(store->ops->register_get(store, &resident, &person));
    assert_int_equal(person.epoch_high, 6);
    OK(store->ops->episode_current(store, &resident, &episode));
    assert_string_equal(episode.code, "131016");
    OK(store->ops->applied_get(store, "131024", &applied));
    assert_int_equal(applied, 3);
    first_value(bench->path, SCHEMA, brought_up, sizeof brought_up);
    assert_string_equal(brought_up, fresh);
    expect_sql_value(bench->path, "PRAGMA integrity_check", "ok");
}

static void test_older(void **state)
{
    test_bench *bench = *state;
    put_kept(bench);
    OK(open_with(bench, &version_2));
    close_bench(bench);
    expect_sql_value(bench->path, SCHEMA_VERSION, "2");
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
    expect_sql_value(bench->path, "SELECT count(*) FROM outbox", "1");
    OK(open_with(bench, &version_2)); /* once only */
    close_bench(bench);
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
    /* The older program refuses what the newer one made. */
    assert_int_equal(open_with(bench, NULL), JK_E_STORE_SCHEMA);
    expect_sql_value(bench->path, SCHEMA_VERSION, "2");
}

/* A step that fails, at any place, leaves the version that was there. */
static void test_failing(void **state)
{
    test_bench *bench = *state;
    put_kept(bench);
    assert_int_equal(open_with(bench, &version_3_fails), JK_E_STORE);
    expect_sql_value(bench->path, SCHEMA_VERSION, "1");
    expect_sql_value(bench->path,
                     "SELECT count(*) FROM pragma_table_info('register')"
                     " WHERE name = 'seen_day'",
                     "0");
    OK(open_with(bench, NULL));
}

static void die(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)context;
    (void)count;
    (void)values;
    (void)raise(SIGKILL);
}

/* SQLite calls this for every connection that is opened. */
static int add_die(sqlite3 *db, char **text, const struct sqlite3_api_routines *api)
{
    (void)text;
    (void)api;
    return sqlite3_create_function(db, "die", 0, SQLITE_UTF8, NULL, die, NULL, NULL);
}

static void test_killed(void **state)
{
    test_bench *bench = *state;
    put_kept(bench);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)sqlite3_auto_extension((void (*)(void))add_die);
        const jk_status status = open_with(bench, &version_3_dies);
        _exit(status == JK_OK ? 0 : 1);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL);
    expect_sql_value(bench->path, SCHEMA_VERSION, "1");
    expect_sql_value(bench->path,
                     "SELECT count(*) FROM pragma_table_info('register')"
                     " WHERE name = 'seen_day'",
                     "0");
    OK(open_with(bench, &version_2)); /* and the next try gets through */
    close_bench(bench);
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_older, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_failing, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_killed, setup_sqlite, teardown),
    };
    return cmocka_run_group_tests_name("versions of the SQLite store", tests, NULL, NULL);
}
