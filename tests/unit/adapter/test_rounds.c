/* SPDX-License-Identifier: Apache-2.0 */
/* What every store must do with rounds, findings and waiting corrections, run over each of them. */
#include "bench.h"

#include <string.h>

#define TOO_LARGE ((uint64_t)INT64_MAX + 1)

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

static void expect_round(const jk_round_row *got, const jk_round_row *wanted)
{
    assert_int_equal(got->id, wanted->id);
    assert_true(jk_token_equal(&got->round, &wanted->round));
    assert_string_equal(got->code, wanted->code);
    assert_int_equal(got->server, wanted->server);
    assert_int_equal(got->marker, wanted->marker);
    assert_int_equal(got->begun_ms, wanted->begun_ms);
    assert_int_equal(got->ended_ms, wanted->ended_ms);
    assert_int_equal(got->reason, wanted->reason);
    assert_int_equal(got->why, wanted->why);
    assert_int_equal(got->count_own, wanted->count_own);
    assert_int_equal(got->count_peer, wanted->count_peer);
    assert_int_equal(got->findings, wanted->findings);
    assert_int_equal(got->asks, wanted->asks);
    assert_int_equal(got->bytes_sent, wanted->bytes_sent);
    assert_int_equal(got->bytes_received, wanted->bytes_received);
}

static void test_round(void **state)
{
    jk_store *store = store_of(state);
    static const uint64_t rounds[] = {9, 9, 2, 5};
    static const uint8_t servers[] = {5, 4, 5, 2};
    jk_round_row rows[4];
    jk_round_row got = {.id = 3};
    begin(store);
    for (size_t i = 0; i < 4; i++) {
        rows[i] = round_row(rounds[i], servers[i]);
        OK(store->ops->round_put(store, &rows[i]));
        assert_int_equal(rows[i].id, i + 1);
    }
    rows[1].ended_ms = 2000;
    rows[1].reason = 2;
    rows[1].id = 0;
    memcpy(rows[1].code, "131024", 7);
    OK(store->ops->round_put(store, &rows[1])); /* replaced, its number stays */
    assert_int_equal(rows[1].id, 2);
    OK(commit(store));
    for (int64_t id = 1; id <= 4; id++) {
        OK(store->ops->round_next(store, id - 1, &got));
        expect_round(&got, &rows[id - 1]);
        OK(store->ops->round_get(store, &rows[id - 1].round, servers[id - 1], &got));
        expect_round(&got, &rows[id - 1]);
    }
    EXPECT(store->ops->round_next(store, 4, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->round_next(store, INT64_MAX, &got), JK_E_NOT_FOUND);
    OK(store->ops->round_next(store, INT64_MIN, &got));
    assert_int_equal(got.id, 1);
    EXPECT(store->ops->round_get(store, &rows[2].round, 4, &got), JK_E_NOT_FOUND);
    assert_int_equal(got.id, 1);
}

static void test_round_refused(void **state)
{
    jk_store *store = store_of(state);
    jk_round_row row = round_row(1, 5);
    uint64_t *const numbers[] = {&row.marker, &row.count_own, &row.count_peer, &row.bytes_sent,
                                 &row.bytes_received};
    begin(store);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        row = round_row(1, 5);
        *numbers[i] = TOO_LARGE;
        EXPECT(store->ops->round_put(store, &row), JK_E_RANGE);
    }
    row = round_row(1, 0);
    EXPECT(store->ops->round_put(store, &row), JK_E_USAGE);
    row = round_row(1, JK_ROLE_CARDS + 1);
    EXPECT(store->ops->round_put(store, &row), JK_E_USAGE);
    row = round_row(1, 5);
    row.code[0] = 'x';
    EXPECT(store->ops->round_put(store, &row), JK_E_USAGE);
    row = round_row(1, 5);
    row.round = (jk_token){{0}};
    EXPECT(store->ops->round_put(store, &row), JK_E_USAGE);
    assert_int_equal(row.id, 55);
    EXPECT(store->ops->round_next(store, 0, &row), JK_E_NOT_FOUND);
    store->ops->rollback(store);
}

static void test_finding(void **state)
{
    jk_store *store = store_of(state);
    static jk_finding_row row;
    static jk_finding_row got;
    static const uint64_t keys[] = {JK_COMPARE_KEY_END - 1, 3, 65536};
    begin(store);
    for (size_t i = 0; i < 3; i++) {
        row = finding_row(1, 5, keys[i]);
        OK(store->ops->finding_put(store, &row));
    }
    row = finding_row(1, 4, 2);
    OK(store->ops->finding_put(store, &row));
    row = finding_row(2, 5, 7);
    OK(store->ops->finding_put(store, &row));
    row = finding_row(1, 5, 65536);
    row.difference = 3;
    row.state = JK_FINDING_REPAIRED;
    memcpy(row.approver, "abcdefghijklmnopqrstuvwxyz-_.089", 33);
    row.position = INT64_MAX;
    row.size = sizeof row.record;
    memset(row.record, 0x77, sizeof row.record);
    OK(store->ops->finding_put(store, &row));
    OK(commit(store));
    const jk_token round = token_of(1);
    OK(store->ops->finding_next(store, &round, 5, 0, &got));
    assert_int_equal(got.key, 3);
    assert_int_equal(got.difference, 2);
    assert_int_equal(got.state, JK_FINDING_OPEN);
    assert_int_equal(got.approved_ms, 33);
    assert_int_equal(got.position, 44);
    assert_string_equal(got.approver, "");
    assert_int_equal(got.size, 5);
    OK(store->ops->finding_next(store, &round, 5, 3, &got));
    assert_true(jk_token_equal(&got.round, &round) && got.server == 5 && got.key == 65536);
    assert_int_equal(got.difference, 3);
    assert_int_equal(got.state, JK_FINDING_REPAIRED);
    assert_string_equal(got.approver, row.approver);
    assert_int_equal(got.position, INT64_MAX);
    assert_int_equal(got.size, sizeof got.record);
    assert_memory_equal(got.record, row.record, sizeof got.record);
    OK(store->ops->finding_next(store, &round, 5, 65536, &got));
    EXPECT(store->ops->finding_next(store, &round, 5, got.key, &got), JK_E_NOT_FOUND);
    OK(store->ops->finding_get(store, &round, 4, 2, &got));
    EXPECT(store->ops->finding_get(store, &round, 5, 2, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->finding_get(store, &round, 5, 0, &got), JK_E_RANGE);
    assert_int_equal(got.key, 2);
}

static void test_finding_refused(void **state)
{
    jk_store *store = store_of(state);
    static jk_finding_row row;
    static const char *const approvers[] = {"A", "a b", "a/b", "\xe7\x94\xa8", "a\n"};
    begin(store);
    for (size_t i = 0; i < sizeof approvers / sizeof approvers[0]; i++) {
        row = finding_row(1, 5, 1);
        memcpy(row.approver, approvers[i], strlen(approvers[i]) + 1);
        EXPECT(store->ops->finding_put(store, &row), JK_E_USAGE);
    }
    row = finding_row(1, 5, 1);
    memset(row.approver, 'a', sizeof row.approver); /* without an end */
    EXPECT(store->ops->finding_put(store, &row), JK_E_USAGE);
    static const uint8_t numbers[][3] = {/* server, difference, state */
                                         {0, 1, 1}, {7, 1, 1}, {5, 0, 1},
                                         {5, 4, 1}, {5, 1, 0}, {5, 1, JK_FINDING_REPAIRED + 1}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        row = finding_row(1, numbers[i][0], 1);
        row.difference = numbers[i][1];
        row.state = numbers[i][2];
        EXPECT(store->ops->finding_put(store, &row), JK_E_USAGE);
    }
    row = finding_row(1, 5, 1);
    row.round = (jk_token){{0}};
    EXPECT(store->ops->finding_put(store, &row), JK_E_USAGE);
    row = finding_row(1, 5, 0);
    EXPECT(store->ops->finding_put(store, &row), JK_E_RANGE);
    row = finding_row(1, 5, JK_COMPARE_KEY_END);
    EXPECT(store->ops->finding_put(store, &row), JK_E_RANGE);
    row = finding_row(1, 5, 1);
    row.position = TOO_LARGE;
    EXPECT(store->ops->finding_put(store, &row), JK_E_RANGE);
    row = finding_row(1, 5, 1);
    row.size = sizeof row.record + 1;
    EXPECT(store->ops->finding_put(store, &row), JK_E_OVERSIZED);
    const jk_token round = token_of(1);
    EXPECT(store->ops->finding_next(store, &round, 5, 0, &row), JK_E_NOT_FOUND);
    store->ops->rollback(store);
}

static void expect_bulk(jk_store *store, uint64_t wanted)
{
    uint64_t waiting = 99;
    OK(store->ops->bulk_count(store, &waiting));
    assert_int_equal(waiting, wanted);
}

static void test_bulk(void **state)
{
    jk_store *store = store_of(state);
    static jk_bulk_row got;
    static uint8_t body[JK_BULK_BODY_MAX + 1];
    const jk_token who[] = {resident_of(42), token_of(6)};
    int64_t id = 99;
    memset(body, 0x33, sizeof body);
    expect_bulk(store, 0);
    begin(store);
    for (int64_t i = 1; i <= 4; i++) {
        const size_t size = i == 3 ? JK_BULK_BODY_MAX : (size_t)i - 1;
        OK(store->ops->bulk_put(store, &who[i % 2], (uint16_t)(500 + i), (jk_span){body, size},
                                i == 2 ? NULL : &id));
        assert_int_equal(id, i == 2 ? 1 : i);
    }
    EXPECT(store->ops->bulk_put(store, &who[0], 1, (jk_span){body, sizeof body}, &id),
           JK_E_OVERSIZED);
    assert_int_equal(id, 4);
    OK(commit(store));
    expect_bulk(store, 4);
    for (int64_t i = 1; i <= 4; i++) {
        OK(store->ops->bulk_next(store, i - 1, &got));
        assert_int_equal(got.id, i);
        assert_int_equal(got.kind, 500 + i);
        assert_true(jk_token_equal(&got.resident, &who[i % 2]));
        assert_int_equal(got.size, i == 3 ? JK_BULK_BODY_MAX : i - 1);
        assert_memory_equal(got.body, body, got.size);
    }
    EXPECT(store->ops->bulk_next(store, 4, &got), JK_E_NOT_FOUND);
    begin(store);
    OK(store->ops->bulk_delete(store, 4));
    OK(store->ops->bulk_delete(store, 4));
    OK(store->ops->bulk_delete(store, 1));
    OK(store->ops->bulk_delete(store, -1));
    expect_bulk(store, 2);
    OK(store->ops->bulk_put(store, &who[0], 1, (jk_span){body, 1}, &id));
    assert_int_equal(id, 5); /* 4 is not used again */
    OK(commit(store));
    reopen(*state);
    store = store_of(state);
    expect_bulk(store, 3);
    OK(store->ops->bulk_next(store, INT64_MIN, &got));
    assert_int_equal(got.id, 2);
}

#define SUITE(setup)                                                            \
    cmocka_unit_test_setup_teardown(test_round, setup, teardown),               \
        cmocka_unit_test_setup_teardown(test_round_refused, setup, teardown),   \
        cmocka_unit_test_setup_teardown(test_finding, setup, teardown),         \
        cmocka_unit_test_setup_teardown(test_finding_refused, setup, teardown), \
        cmocka_unit_test_setup_teardown(test_bulk, setup, teardown),

int main(void)
{
    const struct CMUnitTest in_memory[] = {SUITE(setup_memory)};
    const struct CMUnitTest in_sqlite[] = {SUITE(setup_sqlite)};
    int failed = cmocka_run_group_tests_name("rounds in memory", in_memory, NULL, NULL);
    return failed + cmocka_run_group_tests_name("rounds in SQLite", in_sqlite, NULL, NULL);
}
