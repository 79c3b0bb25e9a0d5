/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes that somebody changed in the database, behind the store's back: they are still given,
 * marked where no put writes such a row, and no changed bit stays unseen.  JK_SEED=n runs other
 * flips. */
#include "bench.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 4,
    FLIPS = 1000,
    PERSON_SIZE = 300
};

static const char here[7] = "131016";

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

static jk_episode_row row_of(unsigned i)
{
    jk_episode_row row = episode_row(resident_of(1000 + 7 * i), here, 1 + i);
    row.open = i % 2 == 0;
    row.reason_out = row.open ? 0 : 201;
    row.seq = 70 + i;
    row.change_day = i == 2 ? INT64_MIN : 20000 + (int64_t)i;
    row.size = PERSON_SIZE;
    memset(row.person, 0x40 + (int)i, row.size);
    return row;
}

static void fill(jk_store *store)
{
    begin(store);
    for (unsigned i = 0; i < ROWS; i++) {
        static jk_episode_row row;
        row = row_of(i);
        OK(store->ops->episode_put(store, &row));
    }
    OK(commit(store));
}

static sqlite3 *by_hand(const test_bench *bench)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

static void execute(sqlite3 *db, const char *sql)
{
    char *text = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK) {
        fail_msg("%s: %s", sql, text);
    }
}

/* Every reading operation gives the row, and says what it is; putting it again mends it. */
static void test_marked(void **state)
{
    static const char *const damages[] = {"is_open = 3",
                                          "is_open = -1",
                                          "is_current = 2",
                                          "reason_in = 65637",
                                          "reason_in = -1",
                                          "reason_out = 65536",
                                          "seq = -5",
                                          "seq = -1 << 63",
                                          "change_day = -9223372036854775808",
                                          "person = zeroblob(4097)"};
    jk_store *store = store_of(state);
    static jk_episode_row row;
    static jk_episode_row wanted;
    fill(store);
    sqlite3 *db = by_hand(*state);
    wanted = row_of(0);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char sql[120];
        (void)snprintf(sql, sizeof sql, "UPDATE episode SET %s WHERE epoch = 1", damages[i]);
        execute(db, sql);
        OK(store->ops->episode_next(store, here, NULL, 0, &row));
        assert_true(jk_token_equal(&row.resident, &wanted.resident) && row.epoch == 1);
        if (!row.damaged) {
            fail_msg("%s is not told", damages[i]);
        }
        assert_in_range(row.size, 0, sizeof row.person);
        row.damaged = false;
        OK(store->ops->episode_get(store, &wanted.resident, here, 1, &row));
        assert_true(row.damaged);
        OK(store->ops->episode_next(store, here, &wanted.resident, 1, &row));
        assert_true(row.epoch == 2 && !row.damaged);
        begin(store);
        OK(store->ops->episode_put(store, &wanted));
        OK(commit(store));
        OK(store->ops->episode_get(store, &wanted.resident, here, 1, &row));
        assert_false(row.damaged);
        assert_int_equal(row.size, wanted.size);
    }
    execute(db, "UPDATE episode SET is_current = 7, is_open = 1 WHERE epoch = 1");
    OK(store->ops->episode_open(store, &wanted.resident, here, 9, &row));
    assert_true(row.damaged);
    (void)sqlite3_close(db);
}

/* A row that nobody can name is passed over; the way through the others ends. */
static void test_nameless(void **state)
{
    static const char *const damages[] = {
        "resident = '0000000100x'", "resident = ''", "resident = '00000001000 '",
        "resident = '723A30303030303030313030303030'", "epoch = -1",
        /* The same resident in his other form: one of the two would stand in the way. */
        "resident = '723a3030303030303031303030000000'",
        "resident = '723A3030303030303031303030000000'", "resident = printf('%.99c', '0')"};
    jk_store *store = store_of(state);
    static jk_episode_row row;
    fill(store);
    sqlite3 *db = by_hand(*state);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char sql[120];
        (void)snprintf(sql, sizeof sql, "UPDATE episode SET %s WHERE seq = 70", damages[i]);
        execute(db, sql);
        jk_token after = {{0}};
        uint64_t epoch = 0;
        unsigned found = 0;
        while (store->ops->episode_next(store, here, found == 0 ? NULL : &after, epoch, &row) ==
               JK_OK) {
            found++;
            assert_in_range(found, 1, ROWS);
            assert_int_equal(row.epoch, found + 1);
            after = row.resident;
            epoch = row.epoch;
        }
        assert_int_equal(found, ROWS - 1);
        execute(db, "UPDATE episode SET resident = '00000001000', epoch = 1 WHERE seq = 70");
    }
    (void)sqlite3_close(db);
}

/* ---- the register ---- */

/* The way through the register gives what somebody changed, marked, and passes over who has no name
 * any more. */
static void test_register(void **state)
{
    static const char *const damages[] = {"status = 3",
                                          "status = 0",
                                          "status = 257",
                                          "status = -1",
                                          "reason = 65637",
                                          "reason = -1",
                                          "epoch = -1",
                                          "epoch_high = -5",
                                          "person = zeroblob(4097)",
                                          "change_day = -9223372036854775808"};
    static const char *const names[] = {
        "resident = '0000000200x'", "resident = ''", "resident = '00000002000 '",
        "resident = '723a3030303030303032303030000000'", "resident = printf('%.99c', '0')"};
    jk_store *store = store_of(state);
    static jk_register_row row;
    static jk_register_row wanted;
    wanted = register_row(resident_of(2000));
    begin(store);
    OK(store->ops->register_put(store, &wanted));
    row = register_row(resident_of(3000));
    OK(store->ops->register_put(store, &row));
    OK(commit(store));
    sqlite3 *db = by_hand(*state);
    char sql[120];
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        (void)snprintf(sql, sizeof sql, "UPDATE register SET %s WHERE resident = '00000002000'",
                       damages[i]);
        execute(db, sql);
        OK(store->ops->register_next(store, NULL, &row));
        assert_true(jk_token_equal(&row.resident, &wanted.resident));
        if (!row.damaged) {
            fail_msg("%s is not told", damages[i]);
        }
        assert_in_range(row.size, 0, sizeof row.person);
        OK(store->ops->register_next(store, &wanted.resident, &row));
        assert_true(jk_token_equal(&row.resident, &(jk_token){"r:00000003000"}) && !row.damaged);
        begin(store);
        OK(store->ops->register_put(store, &wanted));
        OK(commit(store));
        OK(store->ops->register_get(store, &wanted.resident, &row));
        assert_false(row.damaged);
    }
    execute(db, "UPDATE register SET status = 257 WHERE resident = '00000002000'");
    OK(store->ops->register_get(store, &wanted.resident, &row));
    assert_true(row.damaged);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(sql, sizeof sql, "UPDATE register SET %s WHERE epoch = 4 AND rowid = 1",
                       names[i]);
        execute(db, sql);
        OK(store->ops->register_next(store, NULL, &row));
        assert_true(jk_token_equal(&row.resident, &(jk_token){"r:00000003000"}));
        EXPECT(store->ops->register_next(store, &row.resident, &row), JK_E_NOT_FOUND);
    }
    (void)sqlite3_close(db);
}

/* ---- flips ---- */

static uint64_t draw(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random >> 5;
}

typedef struct flip {
    const char *column;
    int64_t rowid;
    uint64_t bit;
} flip;

static void flip_bytes(uint8_t *bytes, size_t size, uint64_t bit)
{
    assert_true(size > 0);
    bytes[bit / 8 % size] ^= (uint8_t)(1U << bit % 8);
}

/* Flips one bit of the value, whatever its type is; false: it has none. */
static bool do_flip(sqlite3 *db, const flip *f)
{
    sqlite3_stmt *statement = NULL;
    char sql[120];
    uint8_t bytes[PERSON_SIZE];
    (void)snprintf(sql, sizeof sql, "SELECT %s FROM episode WHERE rowid = ?", f->column);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    (void)sqlite3_bind_int64(statement, 1, f->rowid);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int type = sqlite3_column_type(statement, 0);
    const uint64_t number = (uint64_t)sqlite3_column_int64(statement, 0);
    size_t size = 0;
    if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
        size = (size_t)sqlite3_column_bytes(statement, 0);
        assert_in_range(size, 1, sizeof bytes);
        memcpy(bytes, sqlite3_column_blob(statement, 0), size);
        flip_bytes(bytes, size, f->bit);
    }
    (void)sqlite3_finalize(statement);
    (void)snprintf(sql, sizeof sql, "UPDATE episode SET %s = ?2 WHERE rowid = ?1", f->column);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    (void)sqlite3_bind_int64(statement, 1, f->rowid);
    if (type == SQLITE_TEXT) {
        (void)sqlite3_bind_text(statement, 2, (char *)bytes, (int)size, SQLITE_STATIC);
    } else if (type == SQLITE_BLOB) {
        (void)sqlite3_bind_blob(statement, 2, bytes, (int)size, SQLITE_STATIC);
    } else {
        (void)sqlite3_bind_int64(statement, 2, (int64_t)(number ^ UINT64_C(1) << f->bit % 64));
    }
    const bool done = type != SQLITE_NULL && sqlite3_step(statement) == SQLITE_DONE;
    (void)sqlite3_finalize(statement);
    return done;
}

static bool is_as_written(const jk_episode_row *row, unsigned i)
{
    static jk_episode_row wanted;
    wanted = row_of(i);
    return !row->damaged && jk_token_equal(&row->resident, &wanted.resident) &&
           row->epoch == wanted.epoch && row->open == wanted.open &&
           row->reason_in == wanted.reason_in && row->reason_out == wanted.reason_out &&
           row->seq == wanted.seq && row->change_day == wanted.change_day &&
           row->size == wanted.size && memcmp(row->person, wanted.person, row->size) == 0;
}

/* How many of the rows are found as they were written; -1: there are others as well. */
static int rows_as_written(jk_store *store)
{
    static jk_episode_row row;
    int found = 0;
    bool others = false;
    jk_status status = store->ops->episode_next(store, here, NULL, 0, &row);
    for (unsigned i = 0; status == JK_OK; i++) {
        assert_in_range(i, 0, ROWS);
        bool known = false;
        for (unsigned k = 0; k < ROWS; k++) {
            known = known || is_as_written(&row, k);
        }
        found += known ? 1 : 0;
        others = others || !known;
        const jk_token after = row.resident;
        status = store->ops->episode_next(store, here, &after, row.epoch, &row);
    }
    assert_int_equal(status, JK_E_NOT_FOUND);
    return others ? -1 : found;
}

/* One bit in one value of one row: never are all rows found as they were. */
static void test_flips(void **state)
{
    static const char *const columns[] = {"resident", "code",       "epoch",
                                          "is_open",  "reason_in",  "reason_out",
                                          "seq",      "change_day", "person"};
    const char *given = getenv("JK_SEED");
    const uint64_t seed = given == NULL ? 20 : strtoull(given, NULL, 10);
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    jk_store *store = store_of(state);
    fill(store);
    sqlite3 *db = by_hand(*state);
    print_message("seed %" PRIu64 "\n", seed);
    assert_int_equal(rows_as_written(store), ROWS); /* the control */
    unsigned done = 0;
    while (done < FLIPS) {
        const flip f = {columns[draw(&random) % (sizeof columns / sizeof columns[0])],
                        1 + (int64_t)(draw(&random) % ROWS), draw(&random)};
        if (!do_flip(db, &f)) {
            continue;
        }
        done++;
        if (rows_as_written(store) == ROWS) {
            fail_msg("seed %" PRIu64 ": bit %" PRIu64 " of %s is not seen", seed, f.bit, f.column);
        }
        assert_true(do_flip(db, &f)); /* back */
        assert_int_equal(rows_as_written(store), ROWS);
    }
    (void)sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_marked, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_nameless, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_register, setup_sqlite, teardown),
        cmocka_unit_test_setup_teardown(test_flips, setup_sqlite, teardown),
    };
    return cmocka_run_group_tests_name("damaged episodes", tests, NULL, NULL);
}
