/* SPDX-License-Identifier: Apache-2.0 */
/* Damage on a real disk: bits of rows of a SQLite file, changed by SQL from outside while the node
 * has the file open.  A scrub finds each of them; without it none is seen. */
#include "keeper.h"

#include "juki/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROWS = 40,
    FLIPS = 1000,
    VALUE_MAX = 128
};

typedef struct outside {
    keeper k;
    char folder[64];
    sqlite3 *db;
    lib_random random;
} outside;

/* A value as it stands in the file. */
typedef struct value {
    int type;
    sqlite3_int64 number;
    size_t size;
    uint8_t bytes[VALUE_MAX];
} value;

/* is_current is not among them: it says what other municipalities' entries say, and is not
 * compared. */
static const char *const columns[] = {"resident",   "code",   "epoch", "is_open",   "reason_in",
                                      "reason_out", "person", "seq",   "change_day"};

static void run(outside *o, const char *sql)
{
    char *error = NULL;
    if (sqlite3_exec(o->db, sql, NULL, NULL, &error) != SQLITE_OK) {
        fail_msg("%s: %s", sql, error);
    }
}

static sqlite3_stmt *prepared(outside *o, const char *before, const char *column, const char *after)
{
    char sql[160];
    sqlite3_stmt *statement = NULL;
    (void)snprintf(sql, sizeof sql, "%s %s %s", before, column, after);
    assert_int_equal(sqlite3_prepare_v2(o->db, sql, -1, &statement, NULL), SQLITE_OK);
    return statement;
}

static void read_value(outside *o, const char *column, sqlite3_int64 row, value *v)
{
    sqlite3_stmt *s = prepared(o, "SELECT", column, "FROM episode WHERE rowid = ?");
    (void)sqlite3_bind_int64(s, 1, row);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    memset(v, 0, sizeof *v);
    v->type = sqlite3_column_type(s, 0);
    v->number = v->type == SQLITE_INTEGER ? sqlite3_column_int64(s, 0) : 0;
    if (v->type == SQLITE_TEXT || v->type == SQLITE_BLOB) {
        const void *bytes = sqlite3_column_blob(s, 0);
        v->size = (size_t)sqlite3_column_bytes(s, 0);
        assert_in_range(v->size, 1, VALUE_MAX);
        memcpy(v->bytes, bytes, v->size);
    }
    (void)sqlite3_finalize(s);
}

/* false: the file does not take it (a name that another row has). */
static bool write_value(outside *o, const char *column, sqlite3_int64 row, const value *v)
{
    sqlite3_stmt *s = prepared(o, "UPDATE episode SET", column,
                               v->type == SQLITE_TEXT ? "= CAST(? AS TEXT) WHERE rowid = ?"
                                                      : "= ? WHERE rowid = ?");
    if (v->type == SQLITE_INTEGER) {
        (void)sqlite3_bind_int64(s, 1, v->number);
    } else if (v->type != SQLITE_NULL) {
        (void)sqlite3_bind_blob(s, 1, v->bytes, (int)v->size, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int64(s, 2, row);
    const int code = sqlite3_step(s);
    (void)sqlite3_finalize(s);
    return code == SQLITE_DONE;
}

static void flip(outside *o, value *v)
{
    if (v->type == SQLITE_INTEGER) {
        v->number = (sqlite3_int64)((uint64_t)v->number ^ UINT64_C(1) << lib_below(&o->random, 64));
    } else if (v->type == SQLITE_NULL) {
        v->type = SQLITE_INTEGER;
        v->number = (sqlite3_int64)lib_below(&o->random, 20000);
    } else {
        v->bytes[lib_below(&o->random, v->size)] ^= (uint8_t)(1U << lib_below(&o->random, 8));
    }
}

static int open_outside(void **state)
{
    static outside o;
    memset(&o, 0, sizeof o);
    o.random = lib_seed("bits");
    (void)snprintf(o.folder, sizeof o.folder, "/tmp/jk_bits_XXXXXX");
    assert_non_null(mkdtemp(o.folder));
    keeper_open(&o.k, o.folder);
    keeper_rekey(&o.k, 4);
    for (unsigned i = 0; i < ROWS; i++) {
        jk_episode_row row = keeper_episode(&o.random, 70001 + 11 * i, 1 + i % 3, i);
        row.open = i % 2 == 0;
        row.reason_in = i % 5 == 0 ? 0 : 101;
        row.reason_out = i % 2 == 0 ? 0 : 201;
        row.change_day = i % 5 == 0 ? INT64_MIN : row.change_day;
        keeper_put(&o.k, &row);
    }
    assert_int_equal(sqlite3_open(o.k.path, &o.db), SQLITE_OK);
    (void)sqlite3_busy_timeout(o.db, 5000);
    run(&o, "PRAGMA ignore_check_constraints = ON");
    *state = &o;
    return 0;
}

static int close_outside(void **state)
{
    outside *o = *state;
    (void)sqlite3_close(o->db);
    keeper_close(&o->k);
    return rmdir(o->folder);
}

static jk_digest top_of(outside *o)
{
    const jk_side *side = NULL;
    assert_int_equal(jk_compare_side(o->k.engine, KEEPER_CODE, true, &side), JK_OK);
    return *jk_tree_node(side->tree, 0, 0);
}

static bool same(const jk_digest *a, const jk_digest *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void bit_flips(void **state)
{
    outside *o = *state;
    unsigned found = 0;
    unsigned seen = 0; /* without the scrub */
    const jk_digest whole = top_of(o);
    for (unsigned i = 0; i < FLIPS;) {
        const char *column = columns[lib_below(&o->random, sizeof columns / sizeof columns[0])];
        const sqlite3_int64 row = 1 + (sqlite3_int64)lib_below(&o->random, ROWS);
        value before;
        value after;
        read_value(o, column, row, &before);
        after = before;
        flip(o, &after);
        if (!write_value(o, column, row, &after)) {
            continue;
        }
        i++;
        jk_digest top = top_of(o);
        seen += !same(&top, &whole);
        const jk_scrub_report report = keeper_scrub(&o->k, 7);
        top = top_of(o);
        if ((report.damaged == 1 || report.damaged == 2) && !same(&top, &whole)) {
            found++;
        } else {
            print_error("not found: %s of row %lld\n", column, (long long)row);
        }
        assert_true(write_value(o, column, row, &before)); /* mended, and that is found, too */
        assert_true(keeper_scrub(&o->k, 100).damaged > 0);
        assert_int_equal(keeper_scrub(&o->k, 100).damaged, 0);
        top = top_of(o);
        assert_true(same(&top, &whole));
    }
    (void)printf("%u of %u bit flips found by one scrub, %u without\n", found, (unsigned)FLIPS,
                 seen);
    assert_int_equal(found, FLIPS);
    assert_int_equal(seen, 0);
}

typedef struct hurt {
    const char *sql;
    unsigned damaged; /* that one scrub finds */
} hurt;

static void rows_and_digests(void **state)
{
    static const hurt list[] = {
        {"DELETE FROM episode WHERE rowid = 5", 1},
        {"INSERT INTO episode SELECT '00000012345', code, epoch, is_open, 0, reason_in, reason_out,"
         " person, seq, change_day FROM episode WHERE rowid = 6",
         1},
        {"UPDATE episode SET seq = seq + 1 WHERE rowid = 7", 1},
        {"UPDATE episode SET person = (SELECT person FROM episode WHERE rowid = 9) WHERE rowid = 8",
         1},
        {"UPDATE episode SET person = x'ffffffff' WHERE rowid = 10", 1}, /* no Person at all */
        {"UPDATE episode SET person = zeroblob(5000) WHERE rowid = 11", 1},
        {"UPDATE episode SET person = x'' WHERE rowid = 12", 1},
        {"UPDATE episode SET resident = 'nobody 1234' WHERE rowid = 13", 1},
        /* Two rows with one code: one that is missing, and one that nobody wrote. */
        {"UPDATE episode SET epoch = 9, resident ="
         " (SELECT resident FROM episode WHERE rowid = 15) WHERE rowid = 14",
         2},
        {"DELETE FROM element WHERE key IN (SELECT key FROM element ORDER BY key LIMIT 2)", 2},
        {"UPDATE element SET digest = zeroblob(32) WHERE resident = '00000070001'", 1},
        {"UPDATE element SET bucket = (bucket + 1) % 16 WHERE resident = '00000070001'", 1},
        {"INSERT INTO element (cs, key, bucket, digest) SELECT cs, 77777, bucket, digest"
         " FROM element LIMIT 1",
         1},
        {"UPDATE element SET key = key + 300 WHERE resident = '00000070001'", 2},
        {"DELETE FROM element_change", 0}, /* only a way to sketch and tree, which are made anew */
    };

    outside *o = *state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        run(o, list[i].sql);
        const jk_scrub_report report = keeper_scrub(&o->k, 6);
        if (report.damaged != list[i].damaged) {
            fail_msg("%s: %u found", list[i].sql, (unsigned)report.damaged);
        }
        (void)top_of(o);
        assert_int_equal(keeper_scrub(&o->k, 6).damaged, 0);
    }
}

/* What was saved of sketch and tree is believed only when it is as it was saved. */
static void saved_cache(void **state)
{
    outside *o = *state;
    const jk_token round = {{'r'}};
    for (unsigned i = 0; i < 4; i++) {
        static const char *const harm[] = {
            NULL,
            "UPDATE compare_cache SET cache ="
            " CAST(substr(cache, 1, 999) || x'01' || substr(cache, 1001) AS BLOB)",
            "UPDATE compare_cache SET cache = substr(cache, 1, length(cache) - 1)",
            "UPDATE compare_cache SET cache = CAST(cache || x'00' AS BLOB)"};
        keeper_begin(&o->k);
        assert_int_equal(jk_compare_mark(o->k.engine, KEEPER_CODE, &round, 5 + i), JK_OK);
        keeper_commit(&o->k);
        const jk_digest whole = top_of(o);
        keeper_begin(&o->k);
        assert_int_equal(jk_compare_unmark(o->k.engine, KEEPER_CODE), JK_OK);
        keeper_commit(&o->k);
        if (harm[i] != NULL) {
            run(o, harm[i]);
            assert_int_equal(sqlite3_changes(o->db), 1);
        }
        keeper_restart(&o->k);
        const jk_digest again = top_of(o);
        assert_true(same(&again, &whole));
        assert_int_equal(jk_compare_faults(o->k.engine), harm[i] == NULL ? 0 : 1);
        (void)keeper_scrub(&o->k, 100); /* drops what was saved */
        keeper_restart(&o->k);
        const jk_digest built = top_of(o);
        assert_true(same(&built, &whole));
        assert_int_equal(jk_compare_faults(o->k.engine), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bit_flips, open_outside, close_outside),
        cmocka_unit_test_setup_teardown(rows_and_digests, open_outside, close_outside),
        cmocka_unit_test_setup_teardown(saved_cache, open_outside, close_outside),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
