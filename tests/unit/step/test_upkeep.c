/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept beside the episodes: two nodes with the same episodes are equal whatever their
 * history; one row that changes behind a node's back is found by its scrub, and then by a round. */
#include "keeper.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_row_behind_the_back),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
