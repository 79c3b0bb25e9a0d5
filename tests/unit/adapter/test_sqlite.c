/* SPDX-License-Identifier: Apache-2.0 */
/* What is true of the SQLite store alone: its file, whose it is, what an auditor reads in it, what
 * a full or failing disk does, and what is left of an erased value. */
#include "bench.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOBODY = 65534 /* rights do not bind root: tests of them run as somebody else */
};

static jk_status put(jk_store *store, uint64_t key)
{
    jk_machine_row row = machine_row(7, token_of(key), 1);
    return store->ops->machine_put(store, &row);
}

static jk_status get(jk_store *store, uint64_t key)
{
    jk_machine_row row;
    jk_token token = token_of(key);
    return store->ops->machine_get(store, 7, &token, &row);
}

/* Runs SQL on a connection of its own, as an auditor does; text gets the first value. */
static void auditor(const test_bench *bench, const char *sql, char *text, size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int code = sqlite3_step(statement);
    assert_true(code == SQLITE_ROW || code == SQLITE_DONE);
    const unsigned char *value = code == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
    (void)snprintf(text, size, "%s", value == NULL ? "(none)" : (const char *)value);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void expect_sql(const test_bench *bench, const char *sql, const char *wanted)
{
    char text[400];
    auditor(bench, sql, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void test_auditor(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    static jk_outbox_row message;
    begin(store);
    OK(put(store, 1));
    message = outbox_row(peer_of("131024"), 1);
    OK(store->ops->outbox_put(store, &message));
    jk_register_row person = register_row(resident_of(123456789));
    OK(store->ops->register_put(store, &person));
    person = register_row(token_of(10));
    OK(store->ops->register_put(store, &person));
    jk_timer_row timer = timer_row(1, JK_TIMER_DATE, 0, 5);
    OK(store->ops->timer_put(store, &timer));
    OK(store->ops->applied_put(store, "011002", 3));
    OK(commit(store));
    expect_sql(bench, "SELECT value FROM meta WHERE name = 'node'", "cs:131016:0");
    expect_sql(bench, "SELECT value FROM meta WHERE name = 'schema_version'", "2");
    expect_sql(bench, "SELECT machine_name || ' ' || state_name FROM machine",
               "movein_dest_cs WAIT_CERT");
    expect_sql(bench, "SELECT hex(case_id) || coalesce(txn, ' none') FROM machine",
               "746F6B000000000000000000000002BC none");
    expect_sql(bench, "SELECT kind_name || ' ' || state_name || ' ' || peer FROM outbox",
               "CERT_REQUEST waiting cs:131024:0000");
    expect_sql(bench, "SELECT status_name FROM register WHERE resident = '00123456789'", "current");
    expect_sql(bench, "SELECT resident FROM register WHERE length(resident) = 32",
               "746f6b0000000000000000000000000a");
    expect_sql(bench, "SELECT kind_name FROM timer", "date");
    expect_sql(bench, "SELECT seq FROM applied WHERE cs = '011002'", "3");
    expect_sql(bench, "PRAGMA journal_mode", "wal");
    expect_sql(bench, "PRAGMA integrity_check", "ok");
    expect_sql(bench,
               "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
               " AND name NOT LIKE 'sqlite_%'",
               "0");
    expect_sql(bench,
               "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema"
               " WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name)",
               "applied bulk card compare compare_cache data_key dead_letter element"
               " element_change element_change_last episode finding inbox machine meta open_case"
               " outbox register round route timer tx_data update_log");
}

/* README.md documents every table and column by name. */
static void test_readme_names_every_column(void **state)
{
    static char readme[65536];
    test_bench *bench = *state;
    FILE *file = fopen(JK_SOURCE_DIR "/src/adapter/sqlite/README.md", "rb");
    assert_non_null(file);
    size_t size = fread(readme, 1, sizeof readme - 1, file);
    (void)fclose(file);
    readme[size] = '\0';
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_xinfo(m.name)"
                           " c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'",
                           -1, &statement, NULL),
        SQLITE_OK);
    int columns = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        char heading[64];
        char cell[64];
        const char *column = (const char *)sqlite3_column_text(statement, 1);
        (void)snprintf(heading, sizeof heading, "### %s\n", sqlite3_column_text(statement, 0));
        (void)snprintf(cell, sizeof cell, "| %s |", column);
        const char *section = strstr(readme, heading);
        assert_non_null(section);
        const char *found = strstr(section, cell);
        const char *next = strstr(section + 1, "### ");
        if (found == NULL || (next != NULL && found > next)) {
            print_error("%s lacks %s\n", heading, column);
            fail();
        }
        columns++;
    }
    assert_true(columns > 150);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void expect_open(const test_bench *bench, const jk_sqlite_options *options, jk_status wanted)
{
    jk_store *store = NULL;
    jk_fault fault = {.status = JK_OK};
    EXPECT(jk_sqlite_open(bench->path, options, &store, &fault), wanted);
    assert_null(store);
    assert_int_equal(fault.status, wanted);
    assert_true(fault.text[0] != '\0');
}

static void test_another_node(void **state)
{
    test_bench *bench = *state;
    jk_sqlite_options options = bench->options;
    options.node.unit = 1;
    expect_open(bench, &options, JK_E_CONFIG);
    options = bench->options;
    options.node.role = JK_ROLE_REGISTRY;
    expect_open(bench, &options, JK_E_CONFIG);
    options = bench->options;
    memcpy(options.node.code, "131024", 7);
    expect_open(bench, &options, JK_E_CONFIG);
    jk_store *store = NULL;
    jk_fault fault = {.status = JK_OK};
    EXPECT(jk_sqlite_open(bench->path, &options, &store, &fault), JK_E_CONFIG);
    assert_string_equal(fault.text, "the database of cs:131016:0, not of cs:131024:0");
    options = bench->options;
    options.node.role = JK_ROLE_NONE;
    expect_open(bench, &options, JK_E_USAGE);
    options = bench->options;
    options.synchronous = 3;
    expect_open(bench, &options, JK_E_USAGE);
    reopen(bench); /* the owner still can */
}

static void test_schema(void **state)
{
    test_bench *bench = *state;
    char text[8];
    begin(bench->store);
    OK(put(bench->store, 1));
    OK(commit(bench->store));
    static const char *const versions[] = {"3", "1000000", "0", "-1", "x"};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        char sql[80];
        (void)snprintf(sql, sizeof sql, "UPDATE meta SET value = '%s' WHERE name LIKE 'schema%%'",
                       versions[i]);
        auditor(bench, sql, text, sizeof text);
        expect_open(bench, &bench->options, JK_E_STORE_SCHEMA);
    }
    auditor(bench, "UPDATE meta SET value = '2' WHERE name = 'schema_version'", text, sizeof text);
    reopen(bench);
    OK(get(bench->store, 1));
}

/* Somebody else's database, and a file that is none, are refused and left as they are. */
static void test_foreign_file(void **state)
{
    test_bench *bench = *state;
    test_bench other = *bench;
    char text[16];
    (void)snprintf(other.path, sizeof other.path, "%s/other.db", bench->folder);
    auditor(&other, "CREATE TABLE theirs (a)", text, sizeof text);
    expect_open(&other, &bench->options, JK_E_STORE_SCHEMA);
    expect_sql(&other, "PRAGMA journal_mode", "delete");
    expect_sql(&other, "SELECT count(*) FROM sqlite_schema", "1");
    FILE *file = fopen(other.path, "wb");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++) {
        (void)fputc('x', file);
    }
    (void)fclose(file);
    expect_open(&other, &bench->options, JK_E_STORE_SCHEMA);
    assert_int_equal(unlink(other.path), 0);
    (void)snprintf(other.path, sizeof other.path, "%s/none/x.db", bench->folder);
    expect_open(&other, &bench->options, JK_E_FILE);
}

/* Opens the database as a user whom file rights bind; exit code 0: as wanted. */
static void expect_open_as_user(const test_bench *bench, jk_status wanted)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) {
            _exit(3);
        }
        jk_store *store = NULL;
        jk_fault fault = {.status = JK_OK};
        jk_status status = jk_sqlite_open(bench->path, &bench->options, &store, &fault);
        bool as_wanted = status == wanted && (status == JK_OK || fault.text[0] != '\0');
        jk_sqlite_close(store);
        _exit(as_wanted ? 0 : 4);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void test_readonly(void **state)
{
    test_bench *bench = *state;
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    if (geteuid() == 0) {
        assert_int_equal(chown(bench->folder, NOBODY, NOBODY), 0);
        assert_int_equal(chown(bench->path, NOBODY, NOBODY), 0);
    }
    expect_open_as_user(bench, JK_OK);
    assert_int_equal(chmod(bench->path, S_IRUSR), 0); /* the file */
    expect_open_as_user(bench, JK_E_STORE_READONLY);
    assert_int_equal(chmod(bench->path, S_IRUSR | S_IWUSR), 0);
    assert_int_equal(chmod(bench->folder, S_IRUSR | S_IXUSR), 0); /* the folder */
    expect_open_as_user(bench, JK_E_STORE_READONLY);
    test_bench other = *bench;
    (void)snprintf(other.path, sizeof other.path, "%s/new.db", bench->folder);
    expect_open_as_user(&other, JK_E_STORE_READONLY);
    assert_int_equal(chmod(bench->folder, S_IRWXU), 0);
    expect_open_as_user(bench, JK_OK);
}

static void test_private_file(void **state)
{
    test_bench *bench = *state;
    struct stat info;
    assert_int_equal(stat(bench->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    char wal[96];
    (void)snprintf(wal, sizeof wal, "%s-wal", bench->path);
    assert_int_equal(stat(wal, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

/* Message by message until the disk is full: SQLite drops the transaction by itself. */
static jk_status fill_by_messages(jk_store *store)
{
    static jk_outbox_row row;
    jk_status status = JK_OK;
    for (uint64_t i = 1; i < 500 && status == JK_OK; i++) {
        row = outbox_row(peer_of("131024"), i);
        row.size = JK_ENVELOPE_SIZE_MAX;
        status = store->ops->outbox_put(store, &row);
    }
    return status;
}

/* One statement that makes many rows longer: SQLite undoes it alone and keeps the transaction; the
 * store makes both the same. */
static jk_status fill_by_restart(jk_store *store)
{
    return store->ops->timer_restart(store, INT64_C(1) << 50);
}

/* A full disk: the whole group is gone with its siblings, and the store works on. */
static void full_disk(test_bench *bench, jk_status (*fill)(jk_store *))
{
    char pages[16];
    jk_store *store = bench->store;
    begin(store);
    OK(put(store, 1));
    for (uint64_t i = 0; i < 2000; i++) {
        jk_timer_row timer = timer_row(1, JK_TIMER_ELAPSED, 1, 1);
        timer.key = token_of(i);
        OK(store->ops->timer_put(store, &timer));
    }
    OK(commit(store));
    auditor(bench, "PRAGMA page_count", pages, sizeof pages);
    bench->options.page_count_max = (uint32_t)strtoul(pages, NULL, 10) + 1;
    reopen(bench);
    store = bench->store;
    begin(store);
    OK(store->ops->step_begin(store, 0));
    OK(put(store, 2));
    OK(store->ops->step_keep(store, 0)); /* a sibling whose step was kept */
    OK(store->ops->step_begin(store, 0));
    EXPECT(fill(store), JK_E_STORE_GONE);
    assert_int_equal(store->fault.status, JK_E_STORE_GONE);
    assert_int_equal(store->fault.os_code & 0xff, SQLITE_FULL);
    EXPECT(put(store, 3), JK_E_STORE_GONE); /* nothing is written outside a transaction */
    EXPECT(get(store, 1), JK_E_STORE_GONE);
    EXPECT(store->ops->step_undo(store, 0), JK_E_STORE_GONE);
    EXPECT(store->ops->begin(store), JK_E_STORE_GONE);
    store->ops->rollback(store);
    OK(get(store, 1));
    EXPECT(get(store, 2), JK_E_NOT_FOUND);
    EXPECT(get(store, 3), JK_E_NOT_FOUND);
    begin(store);
    OK(put(store, 4));
    OK(commit(store));
    reopen(bench);
    OK(get(bench->store, 1));
    EXPECT(get(bench->store, 2), JK_E_NOT_FOUND);
    OK(get(bench->store, 4));
    expect_sql(bench, "PRAGMA integrity_check", "ok");
}

static void test_full(void **state)
{
    full_disk(*state, fill_by_messages);
}

static void test_full_in_statement(void **state)
{
    full_disk(*state, fill_by_restart);
}

/* Another process that holds the write lock: begin fails after a while, nothing is half open. */
static void test_busy(void **state)
{
    test_bench *bench = *state;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    EXPECT(bench->store->ops->begin(bench->store), JK_E_STORE_GONE);
    assert_int_equal(bench->store->fault.os_code, SQLITE_BUSY);
    EXPECT(put(bench->store, 1), JK_E_USAGE);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    begin(bench->store);
    OK(commit(bench->store));
}

typedef struct told {
    unsigned rows[4];
    jk_sqlite_fact fact[4]; /* the last of each table */
} told;

static void keep_fact(void *arg, const jk_sqlite_fact *fact)
{
    told *t = arg;
    t->rows[fact->table]++;
    t->fact[fact->table] = *fact;
}

/* What a node's history tells at its start: every row of a resident, nothing of the person. */
static void test_facts(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    const jk_token who = resident_of(123456789);
    const jk_token case_id = token_of(7);
    told t = {0};
    OK(jk_sqlite_facts(store, keep_fact, &t));
    assert_int_equal(t.rows[0] + t.rows[1] + t.rows[2] + t.rows[3], 0);
    begin(store);
    jk_register_row person = register_row(who);
    person.epoch_high = 9;
    OK(store->ops->register_put(store, &person));
    OK(store->ops->open_case_put(store, &who, &case_id, 3));
    jk_episode_row episode = episode_row(who, "131016", 4);
    OK(store->ops->episode_put(store, &episode));
    episode = episode_row(resident_of(1), "131024", 5);
    OK(store->ops->episode_put(store, &episode));
    OK(store->ops->card_put(store, &who, 4, "131016"));
    OK(commit(store));
    OK(jk_sqlite_facts(store, keep_fact, &t));
    assert_int_equal(t.rows[JK_SQLITE_REGISTER], 1);
    assert_int_equal(t.rows[JK_SQLITE_OPEN_CASE], 1);
    assert_int_equal(t.rows[JK_SQLITE_EPISODE], 2);
    assert_int_equal(t.rows[JK_SQLITE_CARD], 1);
    assert_true(jk_token_equal(&t.fact[JK_SQLITE_REGISTER].resident, &who));
    assert_int_equal(t.fact[JK_SQLITE_REGISTER].number[0], person.status);
    assert_int_equal(t.fact[JK_SQLITE_REGISTER].number[1], person.reason);
    assert_int_equal(t.fact[JK_SQLITE_REGISTER].number[2], person.epoch);
    assert_int_equal(t.fact[JK_SQLITE_REGISTER].number[3], 9);
    assert_string_equal(t.fact[JK_SQLITE_REGISTER].code, "");
    assert_true(jk_token_is_none(&t.fact[JK_SQLITE_REGISTER].case_id));
    assert_string_equal(t.fact[JK_SQLITE_OPEN_CASE].code, "");
    assert_true(jk_token_equal(&t.fact[JK_SQLITE_OPEN_CASE].case_id, &case_id));
    assert_int_equal(t.fact[JK_SQLITE_OPEN_CASE].number[0], 3);
    assert_string_equal(t.fact[JK_SQLITE_EPISODE].code, "131024");
    assert_int_equal(t.fact[JK_SQLITE_EPISODE].number[0], 5);
    assert_int_equal(t.fact[JK_SQLITE_EPISODE].number[1], 1);
    assert_int_equal(t.fact[JK_SQLITE_EPISODE].number[2], 0);
    assert_true(jk_token_is_none(&t.fact[JK_SQLITE_EPISODE].case_id));
    assert_string_equal(t.fact[JK_SQLITE_CARD].code, "131016");
    assert_int_equal(t.fact[JK_SQLITE_CARD].number[0], 4);
    char text[8];
    auditor(bench, "UPDATE register SET resident = '0012345678x' WHERE resident = '00123456789'",
            text, sizeof text);
    EXPECT(jk_sqlite_facts(store, keep_fact, &t), JK_E_STORE_SCHEMA);
}

/* A page of rubbish in the middle: no start, and a check of the whole file says so as well. */
static void test_damaged(void **state)
{
    test_bench *bench = *state;
    jk_fault fault = {.status = JK_OK};
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    OK(jk_sqlite_check(bench->path, &bench->options, &fault));
    FILE *file = fopen(bench->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 3L * 4096, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++) {
        (void)fputc(0xa5, file);
    }
    (void)fclose(file);
    expect_open(bench, &bench->options, JK_E_STORE);
    EXPECT(jk_sqlite_check(bench->path, &bench->options, &fault), JK_E_STORE);
    assert_string_equal(fault.text, "the database is damaged");
    (void)snprintf(bench->path, sizeof bench->path, "%s/none.db", bench->folder);
    EXPECT(jk_sqlite_check(bench->path, &bench->options, &fault), JK_E_FILE);
}

/* The file, then its log, is moved away: no group begins, and what was committed is rescued. */
static void test_moved(void **state)
{
    static const char *const endings[] = {"", "-wal"};
    test_bench *bench = *state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char from[100];
        char to[100];
        test_bench rescued = *bench;
        begin(bench->store);
        OK(put(bench->store, i + 1));
        OK(commit(bench->store));
        (void)snprintf(from, sizeof from, "%s%s", bench->path, endings[i]);
        (void)snprintf(to, sizeof to, "%s/away", bench->folder);
        assert_int_equal(rename(from, to), 0);
        EXPECT(bench->store->ops->begin(bench->store), JK_E_IO);
        assert_string_equal(bench->store->fault.text, "its file was moved or deleted");
        EXPECT(bench->store->ops->begin(bench->store), JK_E_IO);
        jk_sqlite_close(bench->store);
        (void)snprintf(rescued.path, sizeof rescued.path, "%.60s.rescued", bench->path);
        expect_sql(&rescued, "SELECT count(*) FROM machine", i == 0 ? "1" : "2");
        assert_int_equal(rename(rescued.path, bench->path), 0);
        (void)unlink(to);
        (void)snprintf(from, sizeof from, "%s-wal", bench->path);
        (void)unlink(from);
        bench->store = NULL;
        reopen(bench);
        OK(get(bench->store, i + 1));
    }
}

/* A file that was away and is back: what happened meanwhile nobody knows, so nothing goes on. */
static void test_moved_and_back(void **state)
{
    test_bench *bench = *state;
    char away[100];
    (void)snprintf(away, sizeof away, "%s/away", bench->folder);
    begin(bench->store);
    OK(put(bench->store, 1));
    OK(commit(bench->store));
    assert_int_equal(rename(bench->path, away), 0);
    EXPECT(bench->store->ops->begin(bench->store), JK_E_IO);
    assert_int_equal(rename(away, bench->path), 0);
    EXPECT(bench->store->ops->begin(bench->store), JK_E_IO);
    assert_string_equal(bench->store->fault.text, "an earlier I/O error: open the store again");
    OK(get(bench->store, 1)); /* what is there can be read */
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    (void)snprintf(away, sizeof away, "%.60s.rescued", bench->path);
    assert_int_equal(unlink(away), 0);
    reopen(bench);
    OK(get(bench->store, 1));
    begin(bench->store);
    OK(commit(bench->store));
}

/* An auditor who reads while a node starts keeps it from nothing. */
static void test_auditor_at_the_start(void **state)
{
    test_bench *bench = *state;
    sqlite3 *db = NULL;
    begin(bench->store);
    OK(put(bench->store, 1));
    OK(commit(bench->store));
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM machine", NULL, NULL, NULL),
                     SQLITE_OK);
    begin(bench->store);
    OK(put(bench->store, 2)); /* in the log, behind what the auditor sees */
    OK(commit(bench->store));
    reopen(bench);
    OK(get(bench->store, 2));
    begin(bench->store);
    OK(put(bench->store, 3));
    OK(commit(bench->store));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Pages that turn to rubbish below a running node: the reader is told that trying again will not
 * help, and the open group is gone. */
static void test_rubbish_in_a_group(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    static jk_register_row row;

    enum {
        ROWS = 1500 /* more than SQLite keeps in memory, 2 MB */
    };

    begin(store);
    for (unsigned i = 0; i < ROWS; i++) {
        row = register_row(resident_of(i));
        row.size = sizeof row.person;
        OK(store->ops->register_put(store, &row));
    }
    OK(commit(store));
    reopen(bench); /* everything is in the database, nothing in the log */
    store = bench->store;
    struct stat about;
    assert_int_equal(stat(bench->path, &about), 0);
    FILE *file = fopen(bench->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 40L * 4096, SEEK_SET), 0);
    for (long i = 40L * 4096; i < about.st_size; i++) {
        (void)fputc(0xa5, file);
    }
    assert_int_equal(fclose(file), 0);
    begin(store);
    jk_status status = JK_OK;
    for (unsigned i = 0; i < ROWS && status == JK_OK; i++) {
        const jk_token who = resident_of(i);
        status = store->ops->register_get(store, &who, &row);
    }
    EXPECT(status, JK_E_STORE);
    assert_int_equal(store->fault.os_code & 0xff, SQLITE_CORRUPT);
    EXPECT(put(store, 1), JK_E_STORE_GONE);
    EXPECT(commit(store), JK_E_STORE_GONE);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 24];
    FILE *file = fopen(from, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    file = fopen(to, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    (void)fclose(file);
}

/* A log is applied to whatever database it lies beside; another node's is refused, and stays out of
 * the database.  Also after a checkpoint, when the log began anew. */
static void test_foreign_log(void **state)
{
    test_bench *bench = *state;
    for (int round = 0; round < 2; round++) {
        test_bench other = *bench;
        char log[100];
        char foreign[100];
        jk_fault fault = {.status = JK_OK};
        (void)snprintf(other.path, sizeof other.path, "%.50s/other%d.db", bench->folder, round);
        (void)snprintf(log, sizeof log, "%s-wal", other.path);
        (void)snprintf(foreign, sizeof foreign, "%s-wal", bench->path);
        memcpy(other.options.node.code, "131024", 7);
        OK(jk_sqlite_open(other.path, &other.options, &other.store, &fault));
        begin(other.store);
        OK(put(other.store, 5));
        OK(commit(other.store));
        jk_sqlite_close(other.store);
        for (uint64_t i = 0; i < (round == 0 ? 1 : 40); i++) { /* 40: over the checkpoint's size */
            begin(bench->store);
            for (uint64_t j = 0; j < 1000; j++) {
                OK(put(bench->store, i * 1000 + j));
            }
            OK(commit(bench->store));
        }
        copy_file(foreign, log); /* as a node that died leaves it */
        expect_open(&other, &other.options, JK_E_CONFIG);
        assert_int_equal(unlink(log), 0);
        OK(jk_sqlite_open(other.path, &other.options, &other.store, &fault));
        OK(get(other.store, 5));
        EXPECT(get(other.store, 6), JK_E_NOT_FOUND);
        jk_sqlite_close(other.store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_auditor, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_readme_names_every_column, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_another_node, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_schema, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_file, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_readonly, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_private_file, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_full_in_statement, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_busy, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_moved, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_log, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_moved_and_back, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_auditor_at_the_start, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_rubbish_in_a_group, setup_sqlite, teardown),
    };
    return cmocka_run_group_tests_name("SQLite store's file", tests, NULL, NULL);
}
