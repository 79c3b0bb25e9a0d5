/* SPDX-License-Identifier: Apache-2.0 */
/* A CS's own records that were changed behind its back: known before they are sent to anybody, with
 * or without a scrub in between, until an operator has looked at them. */
#include "keeper.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <string.h>

enum {
    RESIDENTS = 50
};

static keeper cs;
static jk_episode_row rows[RESIDENTS];

static int set_up(void **state)
{
    lib_random random = {3};
    (void)state;
    keeper_open(&cs, NULL);
    for (unsigned i = 0; i < RESIDENTS; i++) {
        rows[i] = keeper_episode(&random, 1000 + 7 * i, 1, i + 1);
        keeper_put(&cs, &rows[i]);
    }
    keeper_rekey(&cs, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    keeper_close(&cs);
    return 0;
}

static bool is_damaged(const jk_episode_row *row)
{
    bool damaged = false;
    assert_int_equal(jk_damage_look(cs.engine, keeper_key(row), &damaged), JK_OK);
    return damaged;
}

static void nobody_but(const jk_episode_row *row)
{
    for (unsigned i = 0; i < RESIDENTS; i++) {
        assert_int_equal(is_damaged(&rows[i]), &rows[i] == row);
    }
}

static void put_behind(const jk_episode_row *row)
{
    keeper_begin(&cs);
    assert_int_equal(cs.store->ops->episode_put(cs.store, row), JK_OK);
    keeper_commit(&cs);
}

static jk_status end(const jk_episode_row *row, const char *approver)
{
    keeper_begin(&cs);
    const jk_status status = jk_damage_end(cs.engine, keeper_key(row), approver);
    keeper_commit(&cs);
    return status;
}

static void changed(void **state)
{
    (void)state;
    nobody_but(NULL);
    jk_episode_row wrong = rows[20];
    wrong.seq++;
    put_behind(&wrong);
    nobody_but(&rows[20]); /* before any scrub */
    assert_int_equal(end(&rows[20], "sato"), JK_E_NOT_FOUND);
    assert_int_equal(keeper_scrub(&cs, 7).damaged, 1);
    nobody_but(&rows[20]); /* although the digest is that of the row now */
    assert_int_equal(keeper_scrub(&cs, 7).damaged, 0);
    nobody_but(&rows[20]);

    keeper_put(&cs, &rows[20]); /* put right; a person has to say so */
    nobody_but(&rows[20]);
    assert_int_equal(end(&rows[20], ""), JK_E_NAME);
    assert_int_equal(end(&rows[20], "an.operator.whose.name.is.too.long"), JK_E_NAME);
    assert_int_equal(end(&rows[21], "sato"), JK_E_NOT_FOUND);
    assert_int_equal(end(&rows[20], "sato"), JK_OK);
    nobody_but(NULL);
    assert_int_equal(end(&rows[20], "sato"), JK_E_NOT_FOUND);

    jk_finding_row finding;
    assert_int_equal(cs.store->ops->finding_get(cs.store, &jk_damage_round, JK_ROLE_CS,
                                                keeper_key(&rows[20]), &finding),
                     JK_OK);
    assert_string_equal(finding.approver, "sato");
    assert_int_equal(finding.approved_ms, cs.now_ms);

    put_behind(&wrong); /* again */
    assert_int_equal(keeper_scrub(&cs, 7).damaged, 1);
    nobody_but(&rows[20]);
}

static void removed(void **state)
{
    (void)state;
    keeper_begin(&cs);
    assert_int_equal(
        cs.store->ops->episode_delete(cs.store, &rows[9].resident, KEEPER_CODE, rows[9].epoch),
        JK_OK);
    keeper_commit(&cs);
    nobody_but(&rows[9]);
    assert_int_equal(keeper_scrub(&cs, 7).damaged, 1);
    nobody_but(&rows[9]);
}

static void added(void **state)
{
    (void)state;
    lib_random random = {4};
    const jk_episode_row more = keeper_episode(&random, 999, 1, 1);
    assert_false(is_damaged(&more));
    put_behind(&more);
    assert_true(is_damaged(&more));
    assert_int_equal(keeper_scrub(&cs, 7).damaged, 1);
    assert_true(is_damaged(&more));
    nobody_but(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added, set_up, tear_down),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
