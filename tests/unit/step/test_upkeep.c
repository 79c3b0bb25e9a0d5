/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept beside the episodes: two nodes with the same episodes are equal whatever their
 * history; one row that changes behind a node's back is found by its scrub, and then by a round. */
#include "juki/registry.h"
#include "keeper.h"

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
    RESIDENTS = 300,
    FOUND = 8
};

static void fill(keeper *k, uint64_t seed)
{
    lib_random random = {seed};
    keeper_begin(k);
    for (unsigned i = 0; i < RESIDENTS; i++) {
        const jk_episode_row row = keeper_episode(&random, 1000 + 7 * i, 1, i + 1);
        assert_int_equal(jk_episode_change(k->engine, &row), JK_OK);
    }
    keeper_commit(k);
}

/* A row changes and nobody is told. */
static void damage(keeper *k, const jk_episode_row *row)
{
    keeper_begin(k);
    assert_int_equal(k->store->ops->episode_put(k->store, row), JK_OK);
    keeper_commit(k);
}

static void mark(keeper *k, uint64_t marker)
{
    const jk_token round = {{'r', (uint8_t)marker}};
    keeper_begin(k);
    assert_int_equal(jk_compare_mark(k->engine, KEEPER_CODE, &round, marker), JK_OK);
    keeper_commit(k);
}

static void unmark(keeper *k)
{
    keeper_begin(k);
    assert_int_equal(jk_compare_unmark(k->engine, KEEPER_CODE), JK_OK);
    keeper_commit(k);
}

static void one_row_behind_the_back(void **state)
{
    static keeper cs;
    static keeper server;
    uint64_t keys[FOUND];

    (void)state;
    keeper_open(&cs, NULL);
    keeper_open(&server, NULL);
    fill(&cs, 5);
    keeper_rekey(&cs, 3);
    keeper_rekey(&server, 3);
    fill(&server, 5); /* by upkeep, where the other one has it by building */
    mark(&cs, 7);
    mark(&server, 7);
    assert_int_equal(keeper_compare(&cs, &server, false, keys, FOUND), 0);
    unmark(&cs);
    unmark(&server);

    lib_random random = {9};
    const jk_episode_row wrong = keeper_episode(&random, 1000 + 7 * 150, 1, 151);
    damage(&server, &wrong);
    assert_int_equal(keeper_compare(&cs, &server, true, keys, FOUND), 0); /* the control */
    jk_scrub_report report = keeper_scrub(&server, 40);
    assert_int_equal(report.rows, RESIDENTS);
    assert_int_equal(report.damaged, 1);
    mark(&cs, 7);
    mark(&server, 7);
    assert_int_equal(keeper_compare(&cs, &server, false, keys, FOUND), 1);
    assert_true(keys[0] == keeper_key(&wrong));
    assert_int_equal(keeper_scrub(&server, 40).damaged, 0);
    keeper_close(&cs);
    keeper_close(&server);
}

/* What no put writes, in numbers that look like the right ones when they are cut. */
static void numbers_that_no_put_writes(void **state)
{
    static const char *const damages[] = {"is_open = 3", "reason_in = reason_in + 65536",
                                          "reason_out = -65536", "is_current = 2"};
    char folder[] = "/tmp/step_upkeep_XXXXXX";
    static keeper cs;
    static jk_episode_row row;

    (void)state;
    assert_non_null(mkdtemp(folder));
    keeper_open(&cs, folder);
    fill(&cs, 5);
    keeper_rekey(&cs, 3);
    const jk_token who = jk_token_of_resident("00000001140"); /* 1000 + 7 * 20 */
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char sql[100];
        sqlite3 *db = NULL;
        assert_int_equal(keeper_scrub(&cs, 1000).damaged, 0);
        assert_int_equal(sqlite3_open(cs.path, &db), SQLITE_OK);
        (void)snprintf(sql, sizeof sql, "UPDATE episode SET %s WHERE resident = '00000001140'",
                       damages[i]);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_changes(db), 1);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        assert_int_equal(keeper_scrub(&cs, 1000).damaged, 1);
        assert_int_equal(keeper_scrub(&cs, 1000).damaged, 0); /* told once */
        /* Who changes the row writes all of it anew: then it is what its digest says. */
        assert_int_equal(cs.store->ops->episode_get(cs.store, &who, KEEPER_CODE, 1, &row), JK_OK);
        assert_true(row.damaged);
        row.current = false;
        keeper_put(&cs, &row);
    }
    assert_int_equal(keeper_scrub(&cs, 1000).damaged, 0);
    keeper_close(&cs);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row_behind_the_back),
        cmocka_unit_test(numbers_that_no_put_writes),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
