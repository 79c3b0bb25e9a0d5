/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds and repairs between engines: a CS, its prefecture and national, with residents and
 * damages, in a calm world and in one that loses, repeats and crashes. */
#include "juki/registry.h"
#include "lib/town.h"
#include "reconcile/element.h"
#include "reconcile/verdict.h"
#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "step/roles.h"
#include "step/upkeep.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#define HOUR 3600000

static const world_faults calm = {0};
static const world_faults rough = {
    .loss_permille = 100, .repeat_permille = 100, .delay_max_ms = 200, .crash_permille = 20};

static jk_token begin_round(town *t)
{
    const jk_token round = world_token(t->w);
    const jk_command command = {.machine = JK_MACHINE_CS_ROUND,
                                .input = JK_RECONCILE_CS_ROUND_IN_START,
                                .key = jk_token_of_node(world_id(t->cs[0])),
                                .txn = round};
    assert_int_equal(world_command(t->cs[0], &command), JK_OK);
    return round;
}

static jk_round_row result_of(town *t, const jk_token *round, jk_role server)
{
    jk_store *store = world_store(t->cs[0]);
    jk_round_row row;
    assert_int_equal(store->ops->round_get(store, round, (uint8_t)server, &row), JK_OK);
    return row;
}

static void assert_result(town *t, const jk_token *round, jk_role server, uint16_t reason,
                          uint32_t findings)
{
    const jk_round_row row = result_of(t, round, server);
    assert_int_equal(row.reason, reason);
    assert_int_equal(row.why, 0);
    assert_int_equal(row.findings, findings);
    assert_true(row.ended_ms != 0);
}

static jk_token equal_round(town *t)
{
    const jk_token round = begin_round(t);
    assert_true(world_run(t->w, world_now(t->w) + HOUR));
    assert_result(t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
    assert_result(t, &round, JK_ROLE_NATIONAL, JK_REASON_EQUAL, 0);
    return round;
}

/* The resident's episode at a node, changed behind its back: no upkeep knows of it. */
static void damage(town *t, world_node *node, int resident)
{
    static jk_episode_row row;
    jk_store *store = world_store(node);
    const jk_token token = jk_token_of_resident(t->code[resident]);
    assert_int_equal(store->ops->episode_get(store, &token, world_id(t->cs[0])->code, 1, &row),
                     JK_OK);
    row.seq += 7;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->step_begin(store, 0), JK_OK);
    assert_int_equal(store->ops->episode_put(store, &row), JK_OK);
    assert_int_equal(store->ops->step_keep(store, 0), JK_OK);
}

static void commit_done(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static void scrub(town *t, world_node *node, uint64_t damaged)
{
    jk_scrub_report report = {0};
    assert_int_equal(jk_engine_scrub(world_engine(node), world_id(t->cs[0])->code, 1000, &report),
                     JK_OK);
    assert_true(report.done);
    assert_int_equal(report.damaged, damaged);
    assert_int_equal(jk_engine_flush(world_engine(node)), JK_OK);
}

static void damage_and_commit(town *t, world_node *node, int resident)
{
    jk_store *store = world_store(node);
    jk_status status = JK_E_BUG;
    damage(t, node, resident);
    store->ops->commit(store, commit_done, &status);
    assert_int_equal(status, JK_OK);
}

static uint64_t element_of(const town *t, int resident)
{
    uint64_t key = 0;
    assert_int_equal(jk_element_key(t->code[resident], 1, &key), JK_OK);
    return key;
}

static jk_status approve(town *t, const jk_token *round, jk_role server, uint64_t element)
{
    uint8_t which[25];
    memcpy(which, round->byte, 16);
    which[16] = (uint8_t)server;
    for (int i = 0; i < 8; i++) {
        which[17 + i] = (uint8_t)(element >> (56 - 8 * i));
    }
    const jk_command_data data[] = {{"approver", {(const uint8_t *)"clerk-1", 7}},
                                    {"finding", {which, sizeof which}}};
    jk_command command = {.machine = JK_MACHINE_CS_REPAIR,
                          .input = JK_RECONCILE_CS_REPAIR_IN_APPROVE,
                          .data = data,
                          .data_count = 2};
    assert_int_equal(jk_repair_key(world_engine(t->cs[0]), element, &command.key), JK_OK);
    return world_command(t->cs[0], &command);
}

static jk_finding_row finding_of(town *t, const jk_token *round, jk_role server, uint64_t element)
{
    static jk_finding_row row;
    jk_store *store = world_store(t->cs[0]);
    assert_int_equal(store->ops->finding_get(store, round, (uint8_t)server, element, &row), JK_OK);
    return row;
}

static void equal_after_equal(void **state)
{
    town t;
    (void)state;
    assert_true(town_open(&t, 1, &calm));
    (void)equal_round(&t);
    const jk_token round = equal_round(&t);
    const jk_round_row row = result_of(&t, &round, JK_ROLE_NATIONAL);
    assert_int_equal(row.asks, 0);
    assert_int_equal(row.count_own, TOWN_RESIDENTS);
    assert_true(row.bytes_sent + row.bytes_received <= 320);
    town_close(&t);
}

static void one_damaged_record(void **state)
{
    town t;
    (void)state;
    assert_true(town_open(&t, 2, &calm));
    (void)equal_round(&t);
    damage_and_commit(&t, t.national, 1);
    (void)equal_round(&t); /* the control: nobody has looked at the rows */
    scrub(&t, t.national, 1);
    const jk_token round = begin_round(&t);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
    assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_DIFFERENT, 1);
    const uint64_t element = element_of(&t, 1);
    jk_finding_row finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.difference, JK_DIFFERENCE_BOTH);
    assert_int_equal(finding.state, JK_FINDING_OPEN);
    assert_true(finding.size > 0); /* the server's record is shown */

    assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element), JK_OK);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.state, JK_FINDING_APPROVED);
    assert_string_equal(finding.approver, "clerk-1");
    (void)equal_round(&t);
    finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.state, JK_FINDING_REPAIRED);
    assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element), JK_E_NOT_NOW);
    town_close(&t);
}

static void rough_rounds(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 30; seed++) {
        town t;
        assert_true(town_open(&t, seed, &calm));
        (void)equal_round(&t);
        damage_and_commit(&t, t.national, 2);
        damage_and_commit(&t, t.prefecture[0], 0);
        scrub(&t, t.national, 1);
        scrub(&t, t.prefecture[0], 1);
        world_set_faults(t.w, &rough);
        const jk_token round = begin_round(&t);
        assert_true(world_run(t.w, world_now(t.w) + HOUR));
        assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_DIFFERENT, 1);
        assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_DIFFERENT, 1);
        assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element_of(&t, 2)), JK_OK);
        assert_int_equal(approve(&t, &round, JK_ROLE_PREFECTURE, element_of(&t, 0)), JK_OK);
        assert_true(world_run(t.w, world_now(t.w) + HOUR));
        world_set_faults(t.w, &calm);
        (void)equal_round(&t);
        town_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_after_equal),
        cmocka_unit_test(one_damaged_record),
        cmocka_unit_test(rough_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
