/* SPDX-License-Identifier: Apache-2.0 */
/* Many seeds of a world that loses, repeats and delays records and kills nodes before their commit:
 * whatever happens, nobody is in two registers or in none, and everything ends.  The seed of the
 * simulator. */
#include "lib/town.h"

#include "juki/registry.h"
#include "step/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS         1000
#define SEEDS_ON_DISK 3

static bool ended(const char *state)
{
    return strcmp(state, "DONE") == 0 || strcmp(state, "REFUSED") == 0 ||
           strcmp(state, "PARKED") == 0;
}

static void expect_promise(town *t, int resident, uint64_t seed)
{
    if (!town_promise(t, resident)) {
        print_error("seed %llu: resident %d is current in %x\n%s", (unsigned long long)seed,
                    resident, town_registers(t, resident), world_trace(t->w));
    }
    assert_true(town_promise(t, resident));
}

static void run_seed(uint64_t seed, const char *folder, world_counts *sum)
{
    static const world_faults storm = {150, 100, 80, 20};
    static const world_faults calm = {0, 0, 1, 0};
    town t;
    assert_true(town_open_on_disk(&t, seed, &storm, folder));
    jk_token case_id;
    jk_token txn[2];
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 3000));
    assert_int_equal(town_move_in(&t, 1, 0, 2, &txn[0]), JK_OK);
    assert_int_equal(town_move_in(&t, 2, 0, 1 + (int)(seed % 2), &txn[1]), JK_OK);
    for (int i = 0; i < 20; i++) {
        assert_true(world_run(t.w, world_now(t.w) + 500));
        (void)town_clerk(&t, 1, seed % 5 != 0);
        (void)town_clerk(&t, 2, true);
        if (i == (int)(seed % 20)) {
            jk_status status = town_stop(&t, 1, &txn[0]);
            assert_true(status == JK_OK || status == JK_E_NOT_NOW);
        }
    }
    world_set_faults(t.w, &calm);
    assert_true(town_settle(&t));
    for (int i = 0; i < TOWN_RESIDENTS; i++) {
        expect_promise(&t, i, seed);
    }
    assert_true(ended(town_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn[0])));
    assert_true(ended(town_state(t.terminal[2], JK_MACHINE_TERMINAL, &txn[1])));
    world_counts counts = world_count(t.w);
    assert_int_equal(counts.refused, 0); /* no honest node's message is ever refused */
    sum->lost += counts.lost;
    sum->repeated += counts.repeated;
    sum->crashes += counts.crashes;
    town_close(&t);
}

static void promise_holds_in_every_storm(void **state)
{
    (void)state;
    world_counts sum = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_seed(seed, NULL, &sum);
    }
    /* A storm that does nothing proves nothing. */
    assert_true(sum.lost > SEEDS && sum.repeated > SEEDS && sum.crashes > SEEDS);
}

/* The same on SQLite files: a node that dies opens its file again. */
static void promise_holds_on_disk(void **state)
{
    (void)state;
    world_counts sum = {0};
    for (uint64_t seed = 1; seed <= SEEDS_ON_DISK; seed++) {
        char folder[] = "/tmp/juki-test-XXXXXX";
        assert_non_null(mkdtemp(folder));
        run_seed(seed, folder, &sum);
        char command[64];
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        assert_int_equal(system(command), 0);
    }
    assert_true(sum.crashes > 0);
}

static void ignore_commit(void *arg, jk_status status)
{
    (void)arg;
    assert_int_equal(status, JK_OK);
}

/* The oracle's control: a second register, then none at all, must be found. */
static void the_oracle_can_fail(void **state)
{
    (void)state;
    static const world_faults calm = {0, 0, 1, 0};
    static jk_register_row row;
    town t;
    assert_true(town_open(&t, 1, &calm));
    assert_true(town_promise(&t, 0));
    jk_token resident = jk_token_of_resident(t.code[0]);
    jk_store *old = world_store(t.registry[0]);
    assert_int_equal(old->ops->register_get(old, &resident, &row), JK_OK);
    jk_store *other = world_store(t.registry[1]);
    assert_int_equal(other->ops->begin(other), JK_OK);
    assert_int_equal(other->ops->register_put(other, &row), JK_OK);
    other->ops->commit(other, ignore_commit, NULL);
    assert_false(town_promise(&t, 0));
    row.status = JK_REGISTER_REMOVED;
    assert_int_equal(old->ops->begin(old), JK_OK);
    assert_int_equal(old->ops->register_put(old, &row), JK_OK);
    old->ops->commit(old, ignore_commit, NULL);
    assert_false(town_promise(&t, 0)); /* one register, but the servers show another */
    town_close(&t);
}

static void equal_seeds_give_equal_runs(void **state)
{
    (void)state;
    static const world_faults storm = {100, 100, 50, 10};
    static char first[262144];
    for (int round = 0; round < 2; round++) {
        town t;
        jk_token case_id;
        jk_token txn;
        assert_true(town_open(&t, 7, &storm));
        assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
        assert_int_equal(town_move_in(&t, 1, 0, 2, &txn), JK_OK);
        assert_true(world_run(t.w, 20000));
        if (round == 0) {
            (void)strncpy(first, world_trace(t.w), sizeof first - 1);
        } else {
            assert_string_equal(first, world_trace(t.w));
        }
        town_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(promise_holds_in_every_storm),
        cmocka_unit_test(promise_holds_on_disk),
        cmocka_unit_test(the_oracle_can_fail),
        cmocka_unit_test(equal_seeds_give_equal_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
