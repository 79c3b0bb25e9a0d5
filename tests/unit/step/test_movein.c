/* SPDX-License-Identifier: Apache-2.0 */
/* The special move-in over the engine, in a world without faults: every outcome that a terminal
 * can be told, and what registers and servers show afterwards. */
#include "lib/town.h"

#include "juki/person.h"
#include "movein_dest_registry.h"
#include "movein_terminal.h"
#include "step/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const world_faults calm = {0, 0, 1, 0};

static void expect_state(const world_node *node, uint16_t machine, const jk_token *key,
                         const char *state)
{
    assert_string_equal(town_state(node, machine, key), state);
}

static void expect_moved(town *t, int resident, int dest)
{
    assert_int_equal(town_registers(t, resident), 1U << dest);
    assert_int_equal(town_shown(t, t->national, resident), dest);
    int prefecture = dest == 1 ? 1 : 0;
    assert_int_equal(town_shown(t, t->prefecture[prefecture], resident), dest);
}

static void open_town(town *t)
{
    assert_true(town_open(t, 1, &calm));
}

static void a_household_moves(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(&t, 3, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    assert_int_equal(town_move_in(&t, 1, 0, 3, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "DONE");
    expect_state(t.cs[1], JK_MACHINE_DEST_CS, &txn, "DONE");
    expect_state(t.registry[1], JK_MACHINE_DEST_REGISTRY, &txn, "REGISTERED");
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "MOVED");
    expect_state(t.registry[0], JK_MACHINE_ORIGIN_REGISTRY, &case_id, "MOVED");
    for (int i = 0; i < 3; i++) {
        expect_moved(&t, i, 1);
        assert_int_equal(town_shown(&t, t.prefecture[0], i), -1);
    }
    expect_moved(&t, 3, 0);
    assert_int_equal(world_count(t.w).refused, 0);
    town_close(&t);
}

static void inside_one_prefecture(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY - 3, &case_id), JK_OK); /* removed at once */
    assert_true(world_run(t.w, 5000));
    assert_int_equal(town_registers(&t, 0), 0);
    assert_int_equal(town_shown(&t, t.national, 0), -1);
    assert_int_equal(town_move_in(&t, 2, 0, 1, &txn), JK_OK); /* MATCH_REMOVED, M14 */
    assert_true(town_settle(&t));
    expect_state(t.terminal[2], JK_MACHINE_TERMINAL, &txn, "DONE");
    expect_moved(&t, 0, 2);
    town_close(&t);
}

static void without_a_filing(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token txn;
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED");
    expect_moved(&t, 0, 0);
    assert_non_null(strstr(world_trace(t.w), "SEND_REFUSAL"));
    town_close(&t);
}

static void too_late(void **state)
{
    (void)state;
    for (int64_t late = 0; late <= 1; late++) { /* day 30 is in time, day 31 is not */
        town t;
        open_town(&t);
        jk_token case_id;
        jk_token txn;
        assert_int_equal(town_file_out(&t, 1, TOWN_TODAY - 30 - late, &case_id), JK_OK);
        assert_true(world_run(t.w, 5000));
        assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
        assert_true(town_settle(&t));
        expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, late ? "REFUSED" : "DONE");
        assert_int_equal(town_registers(&t, 0), late ? 0 : 2);
        town_close(&t);
    }
}

static void two_compete(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token first;
    jk_token second;
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    assert_int_equal(town_move_in(&t, 1, 0, 2, &first), JK_OK);
    assert_int_equal(town_move_in(&t, 2, 0, 2, &second), JK_OK);
    assert_true(town_settle(&t));
    const char *a = town_state(t.terminal[1], JK_MACHINE_TERMINAL, &first);
    const char *b = town_state(t.terminal[2], JK_MACHINE_TERMINAL, &second);
    assert_int_equal((strcmp(a, "DONE") == 0) + (strcmp(b, "DONE") == 0), 1);
    assert_int_equal((strcmp(a, "REFUSED") == 0) + (strcmp(b, "REFUSED") == 0), 1);
    expect_moved(&t, 0, strcmp(a, "DONE") == 0 ? 1 : 2);
    expect_moved(&t, 1, strcmp(a, "DONE") == 0 ? 1 : 2);
    town_close(&t);
}

static void a_part_moves_then_the_rest(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token first;
    jk_token second;
    jk_token third;
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    assert_int_equal(town_move_in(&t, 1, 1, 1, &first), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "OPEN");
    assert_int_equal(town_move_in(&t, 2, 1, 1, &third), JK_OK); /* moved already */
    assert_int_equal(town_move_in(&t, 2, 0, 1, &second), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[2], JK_MACHINE_TERMINAL, &second, "DONE");
    expect_state(t.terminal[2], JK_MACHINE_TERMINAL, &third, "REFUSED");
    expect_moved(&t, 0, 2);
    expect_moved(&t, 1, 1);
    town_close(&t);
}

static void stopped_before_the_clerk(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(world_run(t.w, 5000)); /* the certificate lies on the clerk's desk */
    expect_state(t.registry[1], JK_MACHINE_DEST_REGISTRY, &txn, "WAIT_CLERK");
    assert_int_equal(town_stop(&t, 1, &txn), JK_OK);
    assert_int_equal(town_stop(&t, 1, &txn), JK_E_NOT_NOW);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED");
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "OPEN");
    expect_moved(&t, 0, 0);
    assert_int_equal(town_move_in(&t, 2, 0, 1, &txn), JK_OK); /* the grant came back */
    assert_true(town_settle(&t));
    expect_moved(&t, 0, 2);
    town_close(&t);
}

static void moving_out_is_cancelled(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY - 1, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    assert_int_equal(town_registers(&t, 0), 0);
    assert_int_equal(town_cancel_out(&t, &case_id), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "CANCELLED");
    expect_moved(&t, 0, 0);
    expect_moved(&t, 1, 0);
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED");
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 9, &case_id), JK_OK); /* a new case */
    assert_int_equal(town_move_in(&t, 1, 0, 2, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_moved(&t, 0, 1);
    town_close(&t);
}

static void card_and_person(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token txn;
    town_request unusable = {1, 0, 1, TOWN_TODAY, false, true, 0};
    assert_int_equal(town_request_move_in(&t, &unusable, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED_CARD");
    town_request locked = {1, 0, 1, TOWN_TODAY, true, false, 0};
    assert_int_equal(town_request_move_in(&t, &locked, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED_IDENTITY");
    town_close(&t);
}

static void national_is_away(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token txn;
    world_cut(t.cs[1], t.national, true);
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(world_run(t.w, 29000));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "WAIT_IDENTITY");
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "PARKED");
    world_cut(t.cs[1], t.national, false);
    assert_true(town_settle(&t)); /* the late answer is dropped by name */
    expect_state(t.cs[1], JK_MACHINE_DEST_CS, &txn, "CLOSED");
    town_close(&t);
}

static void origin_is_away(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    world_cut(t.cs[0], t.cs[1], true);
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED");
    world_cut(t.cs[0], t.cs[1], false);
    assert_true(town_settle(&t)); /* request, grant, RELEASE: the grant does not stay */
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "OPEN");
    expect_moved(&t, 0, 0);
    town_close(&t);
}

static void one_open_case_each(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token first;
    jk_token second;
    assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &first), JK_OK);
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &second), JK_E_CONFLICT);
    assert_true(town_settle(&t));
    expect_state(t.registry[0], JK_MACHINE_ORIGIN_REGISTRY, &second, "-");
    town_close(&t);
}

static void expect_refused(town *t, int first, int count, const char *told)
{
    jk_token txn;
    world_clear_trace(t->w);
    assert_int_equal(town_move_in(t, 1, first, count, &txn), JK_OK);
    assert_true(town_settle(t));
    assert_memory_equal(town_state(t->terminal[1], JK_MACHINE_TERMINAL, &txn), "REFUSED", 7);
    if (strstr(world_trace(t->w), told) == NULL) {
        fail_msg("%s expected: %s", told, world_trace(t->w));
    }
}

/* Whoever is not in the case moves nobody: alone, before a member and after one; and somebody whom
 * the country does not know. */
static void strangers_in_a_request(void **state)
{
    (void)state;
    town t;
    open_town(&t);
    jk_token case_id;
    const town_filing filing = {0, 1, 2, TOWN_TODAY + 5};
    assert_int_equal(town_file(&t, &filing, &case_id), JK_OK);
    assert_true(world_run(t.w, 5000));
    expect_refused(&t, 3, 1, "CERT_REQUEST"); /* of no case: nobody is looked up */
    expect_refused(&t, 0, 2, "NO_FILING");
    expect_refused(&t, 2, 2, "NO_FILING");
    assert_true(town_card(&t, TOWN_SPARE, JK_CARD_IN_OPERATION));
    expect_refused(&t, TOWN_SPARE, 1, "identity_check=NO_MATCH");
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "OPEN");
    for (int i = 0; i < TOWN_RESIDENTS; i++) {
        expect_moved(&t, i, 0);
    }
    town_close(&t);
}

/* The largest household: every member is entered, shown and removed, the last as the first. */
static void sixteen_move(void **state)
{
    (void)state;
    static town t;
    jk_token case_id;
    jk_token txn;
    assert_true(town_open_large(&t));
    assert_int_equal(town_file_out(&t, TOWN_HOUSEHOLD, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 1000));
    assert_int_equal(town_move_in(&t, 1, 0, TOWN_HOUSEHOLD, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "DONE");
    expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "MOVED");
    for (int i = 0; i < TOWN_HOUSEHOLD; i++) {
        expect_moved(&t, i, 1);
    }
    assert_int_equal(world_count(t.w).refused, 0);
    town_close(&t);
}

/* And none of it when the filing is taken back: all of them can file again. */
static void sixteen_stay(void **state)
{
    (void)state;
    static town t;
    jk_token case_id;
    jk_token txn;
    assert_true(town_open_large(&t));
    for (int round = 0; round < 2; round++) {
        assert_int_equal(town_file_out(&t, TOWN_HOUSEHOLD, TOWN_TODAY + 5, &case_id), JK_OK);
        assert_true(world_run(t.w, world_now(t.w) + 1000));
        jk_token other;
        const town_filing again = {0, TOWN_HOUSEHOLD - 1, 1, TOWN_TODAY + 6};
        assert_int_equal(town_file(&t, &again, &other), JK_E_CONFLICT); /* the last has a case */
        assert_int_equal(town_cancel_out(&t, &case_id), JK_OK);
        assert_true(town_settle(&t));
        expect_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id, "CANCELLED");
    }
    assert_int_equal(town_move_in(&t, 1, 0, TOWN_HOUSEHOLD, &txn), JK_OK);
    assert_true(town_settle(&t));
    expect_state(t.terminal[1], JK_MACHINE_TERMINAL, &txn, "REFUSED");
    for (int i = 0; i < TOWN_HOUSEHOLD; i++) {
        assert_int_equal(town_registers(&t, i), 1);
    }
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_in_a_request),
        cmocka_unit_test(sixteen_move),
        cmocka_unit_test(sixteen_stay),
        cmocka_unit_test(a_household_moves),
        cmocka_unit_test(inside_one_prefecture),
        cmocka_unit_test(without_a_filing),
        cmocka_unit_test(too_late),
        cmocka_unit_test(two_compete),
        cmocka_unit_test(a_part_moves_then_the_rest),
        cmocka_unit_test(stopped_before_the_clerk),
        cmocka_unit_test(moving_out_is_cancelled),
        cmocka_unit_test(card_and_person),
        cmocka_unit_test(national_is_away),
        cmocka_unit_test(origin_is_away),
        cmocka_unit_test(one_open_case_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
