/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of the store, and every piece of memory, that upkeep asks for fails once: the
 * call says so, nothing of it is left after the rollback, and the same call then does it. */
#include "keeper.h"

#include "adapter/memory/memory.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

enum {
    RESIDENTS = 40
};

typedef jk_status trial(keeper *k, const jk_episode_row *row);

static jk_status change(keeper *k, const jk_episode_row *row)
{
    return jk_episode_change(k->engine, row);
}

static jk_status forget(keeper *k, const jk_episode_row *row)
{
    return jk_episode_forget(k->engine, &row->resident, row->code, row->epoch);
}

static jk_status rekey(keeper *k, const jk_episode_row *row)
{
    const uint8_t key[JK_RECON_KEY_SIZE] = {(uint8_t)row->seq};
    return jk_compare_rekey(k->engine, KEEPER_CODE, key);
}

static jk_status mark(keeper *k, const jk_episode_row *row)
{
    return jk_compare_mark(k->engine, KEEPER_CODE, &row->resident, row->seq);
}

static jk_status side(keeper *k, const jk_episode_row *row)
{
    const jk_side *got = NULL;
    (void)row;
    return jk_compare_side(k->engine, KEEPER_CODE, false, &got);
}

static jk_status side_now(keeper *k, const jk_episode_row *row)
{
    const jk_side *got = NULL;
    (void)row;
    return jk_compare_side(k->engine, KEEPER_CODE, true, &got);
}

static jk_status unmark(keeper *k, const jk_episode_row *row)
{
    (void)row;
    return jk_compare_unmark(k->engine, KEEPER_CODE);
}

static jk_status scrub(keeper *k, const jk_episode_row *row)
{
    jk_scrub_report report;
    (void)row;
    return jk_scrub(k->engine, KEEPER_CODE, 25, &report);
}

/* What a node would answer: the root of now, and what stands in the table. */
static void picture(keeper *k, jk_digest *top, jk_compare_row *row)
{
    const jk_side *got = NULL;
    memset(row, 0, sizeof *row);
    assert_int_equal(jk_compare_side(k->engine, KEEPER_CODE, true, &got), JK_OK);
    *top = *jk_tree_node(got->tree, 0, 0);
    assert_int_equal(k->store->ops->compare_get(k->store, KEEPER_CODE, row), JK_OK);
}

static void try_all(keeper *k, trial *call, const jk_episode_row *row)
{
    jk_digest before;
    jk_digest after;
    jk_compare_row was;
    jk_compare_row is;
    picture(k, &before, &was);
    unsigned failures = 0;
    for (uint64_t n = 1;; n++) {
        keeper_begin(k);
        jk_memory_fail_next(k->store, n, JK_E_MEMORY);
        jk_status status = call(k, row);
        const bool failed = jk_memory_fail_left(k->store) == 0;
        jk_memory_fail_next(k->store, 0, JK_OK);
        assert_int_equal(status, failed ? JK_E_MEMORY : JK_OK);
        keeper_roll_back(k);
        failures += failed;
        picture(k, &after, &is);
        assert_memory_equal(&before, &after, sizeof before);
        assert_memory_equal(&was, &is, sizeof was);
        if (!failed) {
            break;
        }
    }
    assert_true(failures > 0);
    for (size_t n = 1;; n++) { /* memory; what is in it already asks for none */
        keeper_begin(k);
        k->memory.refuse = k->memory.taken + n;
        const jk_status status = call(k, row);
        const bool refused = k->memory.taken >= k->memory.refuse;
        k->memory.refuse = 0;
        assert_int_equal(status, refused ? JK_E_MEMORY : JK_OK);
        keeper_roll_back(k);
        picture(k, &after, &is);
        assert_memory_equal(&before, &after, sizeof before);
        if (!refused) {
            break;
        }
    }
    keeper_begin(k);
    assert_int_equal(call(k, row), JK_OK);
    keeper_commit(k);
}

static void everything_fails_once(void **state)
{
    static trial *const calls[] = {change, rekey, side_now, change, mark,   side,
                                   change, scrub, side,     forget, change, side_now,
                                   scrub,  scrub, side,     unmark, change, side_now};
    static keeper k;
    lib_random random = {77};

    (void)state;
    keeper_open(&k, NULL);
    keeper_rekey(&k, 1);
    for (unsigned i = 0; i < RESIDENTS; i++) {
        const jk_episode_row row = keeper_episode(&random, 500 + i, 1, i);
        keeper_put(&k, &row);
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const jk_episode_row row = keeper_episode(&random, 500 + i, 1, 100 + i);
        if (i == 12) { /* a scrub that has something to find */
            keeper_begin(&k);
            assert_int_equal(k.store->ops->episode_put(k.store, &row), JK_OK);
            keeper_commit(&k);
        }
        try_all(&k, calls[i], &row);
        if (i % 5 == 0) {
            keeper_restart(&k);
        }
    }
    keeper_close(&k);
}

/* Without memory everything but a comparison goes on. */
static void no_memory_at_all(void **state)
{
    static keeper k;
    lib_random random = {78};
    const jk_side *got = NULL;

    (void)state;
    keeper_open(&k, NULL);
    keeper_rekey(&k, 1);
    const jk_episode_row row = keeper_episode(&random, 500, 1, 1);
    keeper_put(&k, &row);
    k.memory.refuse = k.memory.taken + 1;
    assert_int_equal(jk_compare_side(k.engine, KEEPER_CODE, true, &got), JK_E_MEMORY);
    assert_null(got);
    assert_int_equal(keeper_scrub(&k, 10).rows, 1);
    keeper_close(&k);
}

/* What cannot be an element is no episode, and a municipality without a key has nothing to show. */
static void refused(void **state)
{
    static keeper k;
    lib_random random = {79};
    const jk_side *got = NULL;
    const jk_token round = {{1}};
    const uint8_t zeros[JK_RECON_KEY_SIZE] = {0};
    const uint8_t key[JK_RECON_KEY_SIZE] = {1};
    jk_scrub_report report = {.done = false};

    (void)state;
    keeper_open(&k, NULL);
    jk_episode_row row = keeper_episode(&random, 500, 65536, 1);
    keeper_begin(&k);
    assert_int_equal(jk_episode_change(k.engine, &row), JK_E_RANGE);
    row.epoch = 1;
    row.resident.byte[5] = 'x';
    assert_int_equal(jk_episode_change(k.engine, &row), JK_E_RESIDENT_CODE);
    assert_int_equal(k.store->ops->episode_next(k.store, KEEPER_CODE, NULL, 0, &row),
                     JK_E_NOT_FOUND);
    assert_int_equal(jk_compare_side(k.engine, KEEPER_CODE, true, &got), JK_E_NOT_FOUND);
    assert_int_equal(jk_compare_mark(k.engine, KEEPER_CODE, &round, 1), JK_E_NOT_FOUND);
    assert_int_equal(jk_compare_unmark(k.engine, KEEPER_CODE), JK_OK);
    assert_int_equal(jk_scrub(k.engine, KEEPER_CODE, 5, &report), JK_OK);
    assert_true(report.done && report.rows == 0);
    assert_int_equal(jk_compare_rekey(k.engine, KEEPER_CODE, zeros), JK_E_RANGE);
    assert_int_equal(jk_compare_rekey_at(k.engine, KEEPER_CODE, key, 6), JK_E_RANGE);
    assert_int_equal(jk_compare_rekey_at(k.engine, "", key, 1), JK_E_USAGE);
    assert_int_equal(jk_compare_rekey_at(k.engine, "13101x", key, 1), JK_E_USAGE);
    keeper_roll_back(&k);
    keeper_rekey(&k, 1);
    assert_int_equal(jk_compare_side(k.engine, KEEPER_CODE, false, &got), JK_E_NOT_FOUND);
    keeper_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_fails_once),
        cmocka_unit_test(no_memory_at_all),
        cmocka_unit_test(refused),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
