/* SPDX-License-Identifier: Apache-2.0 */
/* Databases of older and newer schema versions: an older one is brought up in one transaction, or
 * stays as it is; a newer one is refused.  Kept databases stand as SQL in tests/vectors/store. */
#include "adapter/sqlite/schema.h"
#include "bench.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A future program's way on from this one's version: a column is added, filled, then required. */
static const char *const to_3[] = {
    "ALTER TABLE register ADD COLUMN seen_day INTEGER",
    "UPDATE register SET seen_day = change_day + 1",
    "CREATE INDEX register_seen ON register (seen_day)",
    NULL,
};
static const char *const to_4_fails[] = {
    "UPDATE register SET seen_day = seen_day + 1",
    "INSERT INTO no_such_table VALUES (1)",
    NULL,
};
static const char *const to_4_dies[] = {
    "UPDATE register SET seen_day = seen_day + 1",
    "SELECT die()",
    NULL,
};

enum {
    OWN = JK_SQLITE_SCHEMA,
    STEPS_MAX = OWN + 2
};

/* This program's versions and the future one's after them; last: NULL, or one more. */
static const jk_sqlite_schema *future(const char *const *last)
{
    static const char *const *steps[STEPS_MAX];
    static jk_sqlite_schema schema;
    memcpy(steps, jk_sqlite_own.migrations, OWN * sizeof steps[0]);
    steps[OWN] = to_3;
    steps[OWN + 1] = last;
    schema = (jk_sqlite_schema){last == NULL ? OWN + 1 : OWN + 2, steps};
    return &schema;
}

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

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The kept database of version 1 instead of the bench's own. */
static void put_kept(test_bench *bench)
{
    static char sql[65536];
    FILE *file = fopen(JK_SOURCE_DIR "/tests/vectors/store/version_1.sql", "rb");
    assert_non_null(file);
    const size_t size = fread(sql, 1, sizeof sql - 1, file);
    (void)fclose(file);
    sql[size] = '\0';
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    assert_int_equal(unlink(bench->path), 0);
    execute(bench->path, sql);
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
    static char fresh[32768];
    static char brought_up[32768];
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
    assert_int_equal(episode.seq, 0);
    assert_true(episode.change_day == INT64_MIN && !episode.damaged);
    OK(store->ops->applied_get(store, "131024", &applied));
    assert_int_equal(applied, 3);
    first_value(bench->path, SCHEMA, brought_up, sizeof brought_up);
    assert_string_equal(brought_up, fresh);
    expect_sql_value(bench->path, "PRAGMA integrity_check", "ok");
}

#define REGISTER                                                                              \
    "INSERT INTO register (resident, status, reason, epoch, epoch_high, change_day, person) " \
    "VALUES"
#define EPISODES                                                                                  \
    "SELECT group_concat(resident || ' ' || code || ' ' || epoch || ' ' || is_open || is_current" \
    " || ' ' || reason_in || ' ' || reason_out || ' ' || seq || coalesce(change_day, ' -')"       \
    " || ' ' || hex(person), ';') FROM (SELECT * FROM episode WHERE resident < '1' ORDER BY"      \
    " resident)"

/* A CS of version 1 kept no episodes: it gets those of its register.  A server has its own. */
static void test_episodes_of_a_cs(void **state)
{
    static const char wanted[] = "00000000001 131016 1 11 0 0 0 - 41;" /* imported */
                                 "00000000002 131016 7 11 101 0 0 - 42;"
                                 "00000000003 131016 2 00 0 201 0 - 43";
    test_bench *bench = *state;
    for (int role = JK_ROLE_CS; role <= JK_ROLE_NATIONAL; role++) {
        put_kept(bench);
        char owner[100];
        (void)snprintf(owner, sizeof owner, "UPDATE meta SET value = '%s:131016:0' %s",
                       jk_role_name((jk_role)role), "WHERE name = 'node'");
        execute(bench->path, owner);
        execute(bench->path,
                REGISTER " ('00000000003', 2, 201, 2, 2, 19000, x'43'),"
                         " ('00000000001', 1, 0, 1, 1, NULL, x'41'),"
                         " ('00000000002', 1, 101, 7, 7, 19000, x'42'),"
                         " ('00000000004', 1, 101, 0, 0, 19000, x'44')"); /* no epoch */
        bench->options.node.role = (uint8_t)role;
        OK(open_with(bench, NULL));
        char found[300];
        first_value(bench->path, EPISODES, found, sizeof found);
        assert_string_equal(found, role == JK_ROLE_CS ? wanted : "(none)");
        expect_sql_value(bench->path, "SELECT count(*) FROM episode WHERE length(resident) = 32",
                         "1");
    }
}

static void test_older(void **state)
{
    test_bench *bench = *state;
    put_kept(bench);
    OK(open_with(bench, future(NULL)));
    close_bench(bench);
    expect_sql_value(bench->path, SCHEMA_VERSION, "3");
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
    expect_sql_value(bench->path, "SELECT count(*) FROM outbox", "1");
    OK(open_with(bench, future(NULL))); /* once only */
    close_bench(bench);
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
    /* The older program refuses what the newer one made. */
    assert_int_equal(open_with(bench, NULL), JK_E_STORE_SCHEMA);
    expect_sql_value(bench->path, SCHEMA_VERSION, "3");
}

/* A step that fails, at any place, leaves the version that was there. */
static void test_failing(void **state)
{
    test_bench *bench = *state;
    put_kept(bench);
    assert_int_equal(open_with(bench, future(to_4_fails)), JK_E_STORE);
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
        const jk_status status = open_with(bench, future(to_4_dies));
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
    OK(open_with(bench, future(NULL))); /* and the next try gets through */
    close_bench(bench);
    expect_sql_value(bench->path, "SELECT seen_day FROM register", "19001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_episodes_of_a_cs, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_older, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_failing, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_killed, setup_sqlite, teardown),
    };
    return cmocka_run_group_tests_name("versions of the SQLite store", tests, NULL, NULL);
}
