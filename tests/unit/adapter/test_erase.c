/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed rows on a disk, and a disk that fails: the bytes of the files are searched, and a file
 * system layer between SQLite and the disk refuses to sync. */
#include "bench.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char plain_text[] = "certificate of nobody, 0123456789 abcdefghij";

static jk_data_key key_of(uint64_t key, int member)
{
    return (jk_data_key){.machine = 7, .key = token_of(key), .name = "cert", .member = member};
}

static void put_sealed(jk_store *store, uint64_t key, int member)
{
    jk_data_key where = key_of(key, member);
    jk_span value = {(const uint8_t *)plain_text, sizeof plain_text};
    OK(store->ops->data_put(store, &where, value, true));
}

static size_t count_in_file(const char *path, const void *needle, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return 0;
    }
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    size_t length = (size_t)info.st_size;
    uint8_t *bytes = malloc(length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, length, file), length);
    (void)fclose(file);
    size_t count = 0;
    for (size_t i = 0; i + size <= length; i++) {
        count += memcmp(bytes + i, needle, size) == 0;
    }
    free(bytes);
    return count;
}

/* How often the bytes stand in the database and its log. */
static size_t count_on_disk(const test_bench *bench, const void *needle, size_t size)
{
    char wal[96];
    (void)snprintf(wal, sizeof wal, "%s-wal", bench->path);
    return count_in_file(bench->path, needle, size) + count_in_file(wal, needle, size);
}

static void read_secret(const test_bench *bench, uint8_t secret[32])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(bench->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT secret FROM data_key ORDER BY key_id", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    memcpy(secret, sqlite3_column_blob(statement, 0), 32);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
}

static void test_sealed_on_disk(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    begin(store);
    put_sealed(store, 1, 0);
    jk_data_key open = {.machine = 7, .key = token_of(1), .name = "plain", .member = -1};
    static const char marker[] = "this value is not sealed";
    OK(store->ops->data_put(store, &open, (jk_span){(const uint8_t *)marker, sizeof marker},
                            false));
    OK(commit(store));
    assert_true(count_on_disk(bench, marker, sizeof marker - 1) > 0); /* the search works */
    assert_int_equal(count_on_disk(bench, plain_text, 12), 0);
    reopen(bench);
    assert_true(count_on_disk(bench, marker, sizeof marker - 1) > 0);
    assert_int_equal(count_on_disk(bench, plain_text, 12), 0);
}

/* After the commit of data_key_destroy the key is in neither file; before it, it is. */
static void test_key_leaves_the_disk(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    uint8_t secret[32];
    jk_token key = token_of(1);
    begin(store);
    put_sealed(store, 1, 0);
    OK(commit(store));
    for (uint64_t i = 2; i < 80; i++) { /* pages split, the log fills */
        begin(store);
        put_sealed(store, i, 3);
        OK(commit(store));
    }
    read_secret(bench, secret);
    assert_true(count_on_disk(bench, secret, sizeof secret) > 0);
    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &key));
    assert_true(count_on_disk(bench, secret, sizeof secret) > 0);
    OK(commit(store));
    assert_int_equal(count_on_disk(bench, secret, sizeof secret), 0);
    jk_data_key where = key_of(1, 0);
    uint8_t value[64];
    size_t size = 0;
    EXPECT(store->ops->data_get(store, &where, value, sizeof value, &size), JK_E_NOT_FOUND);
    where = key_of(2, 3);
    OK(store->ops->data_get(store, &where, value, sizeof value, &size));
    assert_memory_equal(value, plain_text, sizeof plain_text);
}

/* An auditor who reads while the key is destroyed holds old pages; the next commit after he is done
 * empties the log. */
static void test_key_waits_for_reader(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    uint8_t secret[32];
    jk_token key = token_of(1);
    begin(store);
    put_sealed(store, 1, 0);
    OK(commit(store));
    read_secret(bench, secret);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(bench->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM data_key", NULL, NULL, NULL),
                     SQLITE_OK);
    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &key));
    OK(commit(store)); /* is not held up */
    assert_true(count_on_disk(bench, secret, sizeof secret) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    begin(store);
    OK(commit(store));
    begin(store);
    jk_machine_row row = machine_row(7, key, 1);
    OK(store->ops->machine_put(store, &row));
    OK(commit(store));
    assert_int_equal(count_on_disk(bench, secret, sizeof secret), 0);
}

/* A node that died before the log was cut, with somebody reading: the next start cuts it. */
static void test_key_leaves_at_start(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    uint8_t secret[32];
    jk_token key = token_of(1);
    begin(store);
    put_sealed(store, 1, 0);
    OK(commit(store));
    read_secret(bench, secret);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(bench->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT count(*) FROM data_key", NULL, NULL, NULL),
                     SQLITE_OK);
    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &key));
    OK(commit(store));
    jk_sqlite_close(store);
    bench->store = NULL;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(count_on_disk(bench, secret, sizeof secret) > 0);
    reopen(bench);
    assert_int_equal(count_on_disk(bench, secret, sizeof secret), 0);
}

/* An erased plain value is overwritten in the pages; the log keeps it until the next start. */
static void test_erased_value(void **state)
{
    static const char marker[] = "this value is not sealed";
    test_bench *bench = *state;
    jk_token key = token_of(1);
    jk_data_key open = {.machine = 7, .key = key, .name = "plain", .member = -1};
    begin(bench->store);
    OK(bench->store->ops->data_put(bench->store, &open,
                                   (jk_span){(const uint8_t *)marker, sizeof marker}, false));
    OK(commit(bench->store));
    reopen(bench);
    assert_true(count_on_disk(bench, marker, sizeof marker) > 0);
    begin(bench->store);
    OK(bench->store->ops->data_erase(bench->store, 7, &key, "plain"));
    OK(commit(bench->store));
    reopen(bench);
    assert_int_equal(count_on_disk(bench, marker, sizeof marker), 0);
}

static void spoil(const test_bench *bench, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

/* A changed byte of a sealed row is noticed. */
static void test_damaged_row(void **state)
{
    test_bench *bench = *state;
    begin(bench->store);
    put_sealed(bench->store, 1, 0);
    OK(commit(bench->store));
    spoil(bench, "UPDATE tx_data SET value = CAST(substr(value, 1, 20) || x'00' AS BLOB)");
    jk_data_key where = key_of(1, 0);
    uint8_t value[64];
    size_t size = 17;
    EXPECT(bench->store->ops->data_get(bench->store, &where, value, sizeof value, &size),
           JK_E_STORE);
    assert_int_equal(size, 17);
}

/* Rows that somebody else changed: too long, or no resident's. */
static void test_foreign_hand(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    jk_token key = token_of(1);
    jk_machine_row row = machine_row(7, key, 1);
    static jk_log_row entry;
    entry = (jk_log_row){.resident = resident_of(1), .kind = 1};
    begin(store);
    OK(store->ops->machine_put(store, &row));
    OK(store->ops->log_append(store, &entry));
    OK(commit(store));
    jk_machine_row got;
    memset(&got, 0x11, sizeof got);
    jk_machine_row before = got;
    spoil(bench, "UPDATE machine SET data = zeroblob(257)");
    EXPECT(store->ops->machine_get(store, 7, &key, &got), JK_E_OVERSIZED);
    assert_memory_equal(&got, &before, sizeof got);
    spoil(bench, "UPDATE machine SET data = zeroblob(256)");
    OK(store->ops->machine_get(store, 7, &key, &got));
    static const char *const residents[] = {
        "UPDATE update_log SET resident = '1234567890x'",
        "UPDATE update_log SET resident = '0123456789abcdef0123456789ABCDEF'"};
    for (size_t i = 0; i < 2; i++) {
        spoil(bench, residents[i]);
        EXPECT(store->ops->log_get(store, 1, &entry), JK_E_STORE);
        assert_true(strstr(store->fault.text, "damaged") != NULL);
    }
}

/* --- a disk that fails: SQLite's own layer with one method replaced --- */

static int fail_sync; /* n: the n-th sync from now fails, and all later ones; 0: none */
static unsigned sync_count;
static int (*real_sync)(sqlite3_file *, int);
static sqlite3_vfs failing_vfs;
static sqlite3_vfs *real_vfs;

static int failing_sync(sqlite3_file *file, int flags)
{
    if (fail_sync == 1) {
        return SQLITE_IOERR_FSYNC;
    }
    fail_sync -= fail_sync > 0;
    sync_count++;
    return real_sync(file, flags);
}

/* The layer has a table of methods per sort of file (the database, its log): a copy of each. */
static const sqlite3_io_methods *failing_methods(const sqlite3_io_methods *real)
{
    enum {
        SORTS = 8
    };

    static const sqlite3_io_methods *known[SORTS];
    static sqlite3_io_methods copies[SORTS];
    for (size_t i = 0; i < SORTS; i++) {
        if (known[i] == NULL) {
            known[i] = real;
            copies[i] = *real;
            copies[i].xSync = failing_sync;
            real_sync = real->xSync;
        }
        if (known[i] == real) {
            return &copies[i];
        }
    }
    return real;
}

static int failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *flags_out)
{
    (void)vfs;
    int code = real_vfs->xOpen(real_vfs, name, file, flags, flags_out);
    if (code == SQLITE_OK && file->pMethods != NULL) {
        file->pMethods = failing_methods(file->pMethods);
    }
    return code;
}

static int setup_failing(void **state)
{
    if (real_vfs == NULL) {
        real_vfs = sqlite3_vfs_find(NULL);
        failing_vfs = *real_vfs;
        failing_vfs.zName = "failing";
        failing_vfs.xOpen = failing_open;
        (void)sqlite3_vfs_register(&failing_vfs, 0);
    }
    fail_sync = 0;
    (void)setup_sqlite(state);
    test_bench *bench = *state;
    bench->options.vfs = "failing";
    reopen(bench);
    return 0;
}

static jk_status put_row(jk_store *store, uint64_t key)
{
    jk_machine_row row = machine_row(7, token_of(key), 1);
    return store->ops->machine_put(store, &row);
}

/* Only FULL tells the disk at each commit; the others are negative controls for crash tests. */
static void test_synchronous(void **state)
{
    static const struct {
        uint8_t synchronous;
        unsigned syncs;
    } cases[] = {{JK_SQLITE_FULL, 5}, {JK_SQLITE_NORMAL, 0}, {JK_SQLITE_OFF, 0}};

    test_bench *bench = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench->options.synchronous = cases[i].synchronous;
        reopen(bench);
        begin(bench->store); /* the first write after a checkpoint starts the log anew */
        OK(put_row(bench->store, 50 + i));
        OK(commit(bench->store));
        sync_count = 0;
        for (uint64_t k = 0; k < 5; k++) {
            begin(bench->store);
            OK(put_row(bench->store, 100 + k + 10 * i));
            OK(commit(bench->store));
        }
        assert_int_equal(sync_count, cases[i].syncs);
    }
}

static void test_sync_fails(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    begin(store);
    OK(put_row(store, 1));
    OK(commit(store));
    begin(store);
    OK(put_row(store, 2));
    fail_sync = 1;
    EXPECT(commit(store), JK_E_IO); /* nobody knows: the node exits */
    assert_int_equal(store->fault.os_code, SQLITE_IOERR_FSYNC);
    fail_sync = 0;
    EXPECT(store->ops->begin(store), JK_E_IO); /* and cannot be talked into going on */
    reopen(bench);
    store = bench->store;
    begin(store);
    OK(put_row(store, 3));
    OK(commit(store));
    jk_machine_row row;
    jk_token key = token_of(1);
    OK(store->ops->machine_get(store, 7, &key, &row));
}

/* The group is durable before the checkpoint begins: its answer stays, the next is refused. */
static void test_checkpoint_sync_fails(void **state)
{
    test_bench *bench = *state;
    jk_store *store = bench->store;
    jk_token key = token_of(5);
    begin(store);
    put_sealed(store, 5, 0);
    OK(commit(store));
    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &key));
    fail_sync = 2; /* the commit's sync passes, the checkpoint's does not */
    OK(commit(store));
    assert_int_equal(fail_sync, 1);
    assert_int_equal(store->fault.status, JK_E_IO);
    EXPECT(store->ops->begin(store), JK_E_IO);
    fail_sync = 0;
    reopen(bench);
    jk_data_key where = key_of(5, 0);
    uint8_t value[64];
    size_t size = 0;
    EXPECT(bench->store->ops->data_get(bench->store, &where, value, sizeof value, &size),
           JK_E_NOT_FOUND);
}

/* The log is copied into the database before it grows without bound. */
static void test_log_is_bounded(void **state)
{
    test_bench *bench = *state;
    bench->options.synchronous = JK_SQLITE_OFF; /* the test's own time */
    reopen(bench);
    jk_store *store = bench->store;
    static jk_outbox_row row;
    jk_token link = peer_of("131024");
    for (uint64_t i = 1; i < 2000; i++) {
        begin(store);
        row = outbox_row(link, i);
        row.size = JK_ENVELOPE_SIZE_MAX;
        OK(store->ops->outbox_put(store, &row));
        OK(store->ops->outbox_delete_upto(store, &link, i - 1));
        OK(commit(store));
    }
    char wal[96];
    struct stat info;
    (void)snprintf(wal, sizeof wal, "%s-wal", bench->path);
    assert_int_equal(stat(wal, &info), 0);
    assert_true(info.st_size < 8 * 1024 * 1024); /* 32 MB were written */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sealed_on_disk, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_key_leaves_the_disk, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_key_waits_for_reader, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_key_leaves_at_start, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_erased_value, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_row, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_hand, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_synchronous, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_sync_fails, setup_failing, teardown),
        cmocka_unit_test_setup_teardown(test_log_is_bounded, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_checkpoint_sync_fails, setup_failing, teardown),
    };
    return cmocka_run_group_tests_name("SQLite store's erasure and disk", tests, NULL, NULL);
}
