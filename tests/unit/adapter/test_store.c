/* SPDX-License-Identifier: Apache-2.0 */
/* What every store must do, run over each of them. */
#include "bench.h"

#include <string.h>

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

static bool has_machine(jk_store *store, uint64_t key)
{
    jk_machine_row row;
    jk_token token = token_of(key);
    jk_status status = store->ops->machine_get(store, 7, &token, &row);
    assert_true(status == JK_OK || status == JK_E_NOT_FOUND);
    return status == JK_OK;
}

static void put_machine(jk_store *store, uint64_t key)
{
    jk_machine_row row = machine_row(7, token_of(key), 1);
    OK(store->ops->machine_put(store, &row));
}

static void test_machine(void **state)
{
    jk_store *store = store_of(state);
    jk_token key = token_of(1);
    jk_machine_row got;
    memset(&got, 0xaa, sizeof got);
    jk_machine_row before = got;
    EXPECT(store->ops->machine_get(store, 7, &key, &got), JK_E_NOT_FOUND);
    assert_memory_equal(&got, &before, sizeof got);

    begin(store);
    jk_machine_row row = machine_row(7, key, 3);
    row.final = true;
    OK(store->ops->machine_put(store, &row));
    assert_true(row.row_id > 0);
    int64_t row_id = row.row_id;
    OK(store->ops->machine_get(store, 7, &key, &got)); /* the group reads its own writes */
    assert_int_equal(got.row_id, row_id);
    assert_true(jk_token_equal(&got.key, &key) && jk_token_equal(&got.case_id, &row.case_id));
    assert_true(jk_token_is_none(&got.txn));
    assert_int_equal(got.machine, 7);
    assert_int_equal(got.state, 3);
    assert_true(got.final);
    assert_int_equal(got.updated_ms, row.updated_ms);
    assert_int_equal(got.size, row.size);
    assert_memory_equal(got.data, row.data, row.size);
    assert_null(got.machine_name);
    assert_null(got.state_name);

    row = machine_row(7, key, 4);
    row.size = JK_MACHINE_SIZE_MAX;
    row.state_name = NULL;
    OK(store->ops->machine_put(store, &row));
    assert_int_equal(row.row_id, row_id); /* replaced, the number stays */
    EXPECT(store->ops->machine_get(store, 8, &key, &got), JK_E_NOT_FOUND);
    OK(commit(store));
    OK(store->ops->machine_get(store, 7, &key, &got));
    assert_int_equal(got.state, 4);
    assert_int_equal(got.size, JK_MACHINE_SIZE_MAX);
}

static void test_machine_refused(void **state)
{
    jk_store *store = store_of(state);
    static const char long_name[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    begin(store);
    jk_machine_row row = machine_row(7, token_of(1), 3);
    row.row_id = 77;
    row.size = JK_MACHINE_SIZE_MAX + 1;
    EXPECT(store->ops->machine_put(store, &row), JK_E_OVERSIZED);
    row.size = 1;
    row.state_name = long_name;
    EXPECT(store->ops->machine_put(store, &row), JK_E_USAGE);
    assert_int_equal(row.row_id, 77);
    row.state_name = long_name + 1; /* the longest that is allowed */
    OK(store->ops->machine_put(store, &row));
    OK(commit(store));
}

static void test_machine_next(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    for (uint16_t i = 0; i < 9; i++) {
        jk_machine_row row = machine_row((uint16_t)(7 + i % 2), token_of(100U - i), i);
        OK(store->ops->machine_put(store, &row));
    }
    jk_machine_row again = machine_row(7, token_of(100), 50);
    OK(store->ops->machine_put(store, &again)); /* does not move */
    OK(commit(store));

    static const uint16_t wanted[] = {50, 2, 4, 6, 8};
    int64_t after = 0;
    jk_machine_row row;
    for (size_t i = 0; i < 5; i++) {
        OK(store->ops->machine_next(store, 7, after, &row));
        assert_true(row.row_id > after);
        assert_int_equal(row.state, wanted[i]);
        after = row.row_id;
    }
    EXPECT(store->ops->machine_next(store, 7, after, &row), JK_E_NOT_FOUND);
    EXPECT(store->ops->machine_next(store, 7, INT64_MAX, &row), JK_E_NOT_FOUND);
    EXPECT(store->ops->machine_next(store, 9, 0, &row), JK_E_NOT_FOUND);
}

static void test_route(void **state)
{
    jk_store *store = store_of(state);
    jk_token txn = token_of(1);
    jk_token a = token_of(2);
    jk_token b = token_of(3);
    jk_token got = token_of(99);
    EXPECT(store->ops->route_get(store, &txn, &got), JK_E_NOT_FOUND);
    begin(store);
    OK(store->ops->route_put(store, &txn, &a));
    OK(store->ops->route_put(store, &txn, &a));
    EXPECT(store->ops->route_put(store, &txn, &b), JK_E_CONFLICT);
    OK(commit(store));
    OK(store->ops->route_get(store, &txn, &got));
    assert_true(jk_token_equal(&got, &a));
}

static void test_open_case(void **state)
{
    jk_store *store = store_of(state);
    jk_token residents[] = {resident_of(123456789), token_of(5)};
    for (size_t i = 0; i < 2; i++) {
        jk_token a = token_of(20);
        jk_token b = token_of(21);
        jk_token got = token_of(99);
        int member = -5;
        EXPECT(store->ops->open_case_get(store, &residents[i], &got, &member), JK_E_NOT_FOUND);
        assert_int_equal(member, -5);
        begin(store);
        OK(store->ops->open_case_put(store, &residents[i], &a, 15));
        EXPECT(store->ops->open_case_put(store, &residents[i], &b, 0), JK_E_CONFLICT);
        EXPECT(store->ops->open_case_put(store, &residents[i], &a, 15), JK_E_CONFLICT);
        EXPECT(store->ops->open_case_put(store, &residents[i], &b, 16), JK_E_USAGE);
        EXPECT(store->ops->open_case_put(store, &residents[i], &b, -1), JK_E_USAGE);
        OK(store->ops->open_case_get(store, &residents[i], &got, &member));
        assert_true(jk_token_equal(&got, &a));
        assert_int_equal(member, 15);
        OK(store->ops->open_case_delete(store, &residents[i]));
        OK(store->ops->open_case_delete(store, &residents[i])); /* absent: nothing to do */
        OK(store->ops->open_case_put(store, &residents[i], &b, 0));
        OK(commit(store));
        OK(store->ops->open_case_get(store, &residents[i], &got, &member));
        assert_true(jk_token_equal(&got, &b));
        assert_int_equal(member, 0);
    }
}

static void expect_outbox(jk_store *store, const jk_token *link, uint64_t after, uint64_t wanted)
{
    static jk_outbox_row row;
    jk_status status = store->ops->outbox_next(store, link, after, &row);
    if (wanted == 0) {
        EXPECT(status, JK_E_NOT_FOUND);
        return;
    }
    OK(status);
    jk_outbox_row model = outbox_row(*link, wanted);
    assert_int_equal(row.sequence, wanted);
    assert_int_equal(row.link_epoch, model.link_epoch);
    assert_int_equal(row.kind, model.kind);
    assert_int_equal(row.state, JK_OUTBOX_WAITING);
    assert_true(jk_token_equal(&row.link, link));
    assert_true(jk_token_equal(&row.message_id, &model.message_id));
    assert_true(jk_token_equal(&row.txn, &model.txn));
    assert_true(jk_token_is_none(&row.case_id));
    assert_null(row.kind_name);
    assert_int_equal(row.size, model.size);
    assert_memory_equal(row.bytes, model.bytes, model.size);
}

static void expect_waiting(jk_store *store, const jk_token *link, uint64_t wanted)
{
    uint64_t waiting = 99999;
    OK(store->ops->outbox_count(store, link, &waiting));
    assert_int_equal(waiting, wanted);
}

static void test_outbox(void **state)
{
    static const uint64_t order[] = {3, 1, 300, 2, 5};
    jk_store *store = store_of(state);
    jk_token a = peer_of("131016");
    jk_token b = peer_of("131024");
    expect_outbox(store, &a, 0, 0);
    expect_waiting(store, &a, 0);
    begin(store);
    for (size_t i = 0; i < 5; i++) {
        jk_outbox_row row = outbox_row(a, order[i]);
        OK(store->ops->outbox_put(store, &row));
    }
    jk_outbox_row other = outbox_row(b, 1);
    OK(store->ops->outbox_put(store, &other));
    EXPECT(store->ops->outbox_put(store, &other), JK_E_CONFLICT);
    expect_outbox(store, &a, 0, 1);
    OK(commit(store));
    expect_outbox(store, &a, 1, 2);
    expect_outbox(store, &a, 2, 3);
    expect_outbox(store, &a, 3, 5);
    expect_outbox(store, &a, 5, 300);
    expect_outbox(store, &a, 300, 0);
    expect_outbox(store, &a, UINT64_MAX, 0);
    expect_outbox(store, &b, 0, 1);
    expect_waiting(store, &a, 5);

    begin(store);
    OK(store->ops->outbox_delete_upto(store, &a, 2));
    expect_outbox(store, &a, 0, 3);
    expect_waiting(store, &a, 3);
    OK(store->ops->outbox_delete_upto(store, &a, UINT64_MAX));
    expect_waiting(store, &a, 0);
    expect_waiting(store, &b, 1);
    OK(commit(store));
}

static void test_outbox_refused(void **state)
{
    jk_store *store = store_of(state);
    jk_token link = peer_of("131016");
    begin(store);
    EXPECT(store->ops->outbox_refuse(store, &link, 1, JK_E_KIND), JK_E_NOT_FOUND);
    for (uint64_t i = 1; i <= 4; i++) {
        jk_outbox_row row = outbox_row(link, i);
        OK(store->ops->outbox_put(store, &row));
    }
    OK(store->ops->outbox_refuse(store, &link, 1, JK_E_KIND));
    OK(store->ops->outbox_refuse(store, &link, 3, JK_E_WIRE));
    OK(store->ops->outbox_refuse(store, &link, 3, JK_E_ROUTE)); /* the last word counts */
    EXPECT(store->ops->outbox_refuse(store, &link, UINT64_MAX, 1), JK_E_NOT_FOUND);
    OK(commit(store));
    expect_outbox(store, &link, 0, 2);
    expect_outbox(store, &link, 2, 4);
    expect_waiting(store, &link, 2);
    begin(store);
    OK(store->ops->outbox_delete_upto(store, &link, 4));
    OK(commit(store));
    expect_waiting(store, &link, 0);
    static jk_outbox_row row;
    OK(store->ops->outbox_refused_next(store, &link, 0, &row)); /* refused ones are kept */
    assert_int_equal(row.sequence, 1);
    assert_int_equal(row.rule, JK_E_KIND);
    assert_int_equal(row.state, JK_OUTBOX_REFUSED);
    OK(store->ops->outbox_refused_next(store, &link, 1, &row));
    assert_int_equal(row.sequence, 3);
    assert_int_equal(row.rule, JK_E_ROUTE);
    EXPECT(store->ops->outbox_refused_next(store, &link, 3, &row), JK_E_NOT_FOUND);
}

static void test_outbox_bounds(void **state)
{
    jk_store *store = store_of(state);
    jk_token link = peer_of("131016");
    static jk_outbox_row row;
    row = outbox_row(link, 0);
    begin(store);
    EXPECT(store->ops->outbox_put(store, &row), JK_E_USAGE);
    row = outbox_row(link, UINT64_MAX);
    EXPECT(store->ops->outbox_put(store, &row), JK_E_RANGE);
    row = outbox_row(link, 1);
    row.link_epoch = UINT64_MAX;
    EXPECT(store->ops->outbox_put(store, &row), JK_E_RANGE);
    row = outbox_row(link, 1);
    row.state = 2;
    EXPECT(store->ops->outbox_put(store, &row), JK_E_USAGE);
    row = outbox_row(link, 1);
    row.size = JK_ENVELOPE_SIZE_MAX + 1;
    EXPECT(store->ops->outbox_put(store, &row), JK_E_OVERSIZED);
    row = outbox_row(link, (uint64_t)INT64_MAX);
    row.size = JK_ENVELOPE_SIZE_MAX;
    OK(store->ops->outbox_put(store, &row));
    row = outbox_row(link, 1);
    row.size = 0;
    OK(store->ops->outbox_put(store, &row));
    OK(commit(store));
    OK(store->ops->outbox_next(store, &link, 0, &row));
    assert_int_equal(row.size, 0);
    OK(store->ops->outbox_next(store, &link, 1, &row));
    assert_int_equal(row.size, JK_ENVELOPE_SIZE_MAX);
    expect_waiting(store, &link, 2);
}

static void test_inbox(void **state)
{
    jk_store *store = store_of(state);
    jk_inbox_row row = {.message_id = token_of(1),
                        .link = peer_of("131016"),
                        .sequence = 12,
                        .kind = 302,
                        .rule = JK_E_NOT_NOW,
                        .case_id = token_of(4)};
    jk_inbox_row got = {.sequence = 5};
    EXPECT(store->ops->inbox_get(store, &row.message_id, &got), JK_E_NOT_FOUND);
    assert_int_equal(got.sequence, 5);
    begin(store);
    OK(store->ops->inbox_put(store, &row));
    EXPECT(store->ops->inbox_put(store, &row), JK_E_CONFLICT);
    jk_inbox_row big = row;
    big.message_id = token_of(2);
    big.sequence = UINT64_MAX;
    EXPECT(store->ops->inbox_put(store, &big), JK_E_RANGE);
    OK(commit(store));
    OK(store->ops->inbox_get(store, &row.message_id, &got));
    assert_int_equal(got.sequence, 12);
    assert_int_equal(got.kind, 302);
    assert_int_equal(got.rule, JK_E_NOT_NOW);
    assert_true(jk_token_equal(&got.link, &row.link));
    assert_true(jk_token_equal(&got.case_id, &row.case_id));
    assert_true(jk_token_is_none(&got.txn));
}

static void test_dead_letter(void **state)
{
    static uint8_t raw[JK_ENVELOPE_SIZE_MAX + 100];
    static jk_dead_letter_row row;
    jk_store *store = store_of(state);
    jk_token link = peer_of("131016");
    memset(raw, 0x5a, sizeof raw);
    uint16_t rule = 7;
    EXPECT(store->ops->dead_letter_next(store, 0, &row), JK_E_NOT_FOUND);
    EXPECT(store->ops->dead_letter_rule(store, &link, 4, &rule), JK_E_NOT_FOUND);
    assert_int_equal(rule, 7);
    begin(store);
    OK(store->ops->dead_letter_put(store, &link, 4, JK_E_WIRE, (jk_span){raw, 20}));
    OK(store->ops->dead_letter_put(store, &link, 4, JK_E_UTF8, (jk_span){raw, sizeof raw}));
    OK(store->ops->dead_letter_put(store, &link, 5, JK_E_KIND, (jk_span){NULL, 0}));
    EXPECT(store->ops->dead_letter_put(store, &link, UINT64_MAX, 1, (jk_span){raw, 1}), JK_E_RANGE);
    OK(commit(store));
    OK(store->ops->dead_letter_rule(store, &link, 4, &rule));
    assert_int_equal(rule, JK_E_WIRE); /* the first of two */
    OK(store->ops->dead_letter_rule(store, &link, 5, &rule));
    assert_int_equal(rule, JK_E_KIND);
    jk_token other = peer_of("131024");
    EXPECT(store->ops->dead_letter_rule(store, &other, 4, &rule), JK_E_NOT_FOUND);
    OK(store->ops->dead_letter_next(store, 0, &row));
    assert_int_equal(row.rule, JK_E_WIRE);
    assert_int_equal(row.size, 20);
    OK(store->ops->dead_letter_next(store, row.id, &row));
    assert_int_equal(row.rule, JK_E_UTF8);
    assert_int_equal(row.size, JK_ENVELOPE_SIZE_MAX); /* cut, and its true size told */
    assert_int_equal(row.size_full, sizeof raw);
    assert_memory_equal(row.raw, raw, row.size);
    assert_true(jk_token_equal(&row.link, &link));
    OK(store->ops->dead_letter_next(store, row.id, &row));
    assert_int_equal(row.sequence, 5);
    assert_int_equal(row.size, 0);
    EXPECT(store->ops->dead_letter_next(store, row.id, &row), JK_E_NOT_FOUND);
}

static void expect_first(jk_store *store, uint8_t kind, uint16_t timer, int64_t due_ms)
{
    jk_timer_row row = {.timer = 0};
    OK(store->ops->timer_first(store, kind, &row));
    assert_int_equal(row.timer, timer);
    assert_int_equal(row.due_ms, due_ms);
    assert_int_equal(row.kind, kind);
}

static void put_timer(jk_store *store, uint16_t timer, uint8_t kind, int64_t due_ms)
{
    jk_timer_row row = timer_row(timer, kind, 100 * timer, due_ms);
    OK(store->ops->timer_put(store, &row));
}

static void test_timer(void **state)
{
    jk_store *store = store_of(state);
    jk_token key = token_of(1);
    jk_timer_row row = {.timer = 77};
    EXPECT(store->ops->timer_first(store, JK_TIMER_ELAPSED, &row), JK_E_NOT_FOUND);
    EXPECT(store->ops->timer_get(store, 5, &key, 1, &row), JK_E_NOT_FOUND);
    assert_int_equal(row.timer, 77);
    begin(store);
    put_timer(store, 2, JK_TIMER_ELAPSED, 500);
    put_timer(store, 1, JK_TIMER_ELAPSED, 500);
    put_timer(store, 3, JK_TIMER_ELAPSED, 900);
    put_timer(store, 4, JK_TIMER_DATE, -86400000);
    expect_first(store, JK_TIMER_ELAPSED, 1, 500); /* a tie: by machine, key, timer */
    expect_first(store, JK_TIMER_DATE, 4, -86400000);
    put_timer(store, 3, JK_TIMER_ELAPSED, 10); /* armed again: moves */
    expect_first(store, JK_TIMER_ELAPSED, 3, 10);
    put_timer(store, 3, JK_TIMER_DATE, 10); /* another kind: leaves the first list */
    expect_first(store, JK_TIMER_ELAPSED, 1, 500);
    expect_first(store, JK_TIMER_DATE, 4, -86400000);
    OK(store->ops->timer_delete(store, 5, &key, 1));
    OK(store->ops->timer_delete(store, 5, &key, 1));
    expect_first(store, JK_TIMER_ELAPSED, 2, 500);
    jk_timer_row bad = timer_row(9, 2, 0, 0);
    EXPECT(store->ops->timer_put(store, &bad), JK_E_USAGE);
    bad = timer_row(9, JK_TIMER_ELAPSED, -1, 0);
    EXPECT(store->ops->timer_put(store, &bad), JK_E_USAGE);
    OK(commit(store));
    OK(store->ops->timer_get(store, 5, &key, 2, &row));
    assert_int_equal(row.duration_ms, 200);
    assert_int_equal(row.machine, 5);
    assert_true(jk_token_equal(&row.key, &key));
}

static void test_timer_restart(void **state)
{
    jk_store *store = store_of(state);
    jk_token key = token_of(1);
    begin(store);
    put_timer(store, 1, JK_TIMER_ELAPSED, 90000);
    put_timer(store, 2, JK_TIMER_ELAPSED, 1);
    put_timer(store, 3, JK_TIMER_DATE, 7);
    jk_timer_row endless = timer_row(4, JK_TIMER_ELAPSED, INT64_MAX, 3);
    OK(store->ops->timer_put(store, &endless));
    EXPECT(store->ops->timer_restart(store, -1), JK_E_USAGE);
    OK(store->ops->timer_restart(store, 1000));
    OK(commit(store));
    expect_first(store, JK_TIMER_ELAPSED, 1, 1100);
    expect_first(store, JK_TIMER_DATE, 3, 7);
    jk_timer_row row;
    OK(store->ops->timer_get(store, 5, &key, 2, &row));
    assert_int_equal(row.due_ms, 1200);
    OK(store->ops->timer_get(store, 5, &key, 4, &row));
    assert_int_equal(row.due_ms, INT64_MAX);
}

static jk_data_key data_key(uint64_t key, const char *name, int member)
{
    return (jk_data_key){.machine = 7, .key = token_of(key), .name = name, .member = member};
}

static void put_data(jk_store *store, jk_data_key key, const char *text, bool sealed)
{
    jk_span span = {(const uint8_t *)text, strlen(text)};
    OK(store->ops->data_put(store, &key, span, sealed));
}

/* NULL: absent. */
static void expect_data(jk_store *store, jk_data_key key, const char *text)
{
    static uint8_t value[JK_ENVELOPE_SIZE_MAX];
    size_t size = 4711;
    jk_status status = store->ops->data_get(store, &key, value, sizeof value, &size);
    EXPECT(status, text == NULL ? JK_E_NOT_FOUND : JK_OK);
    if (text == NULL) {
        assert_int_equal(size, 4711);
        return;
    }
    assert_int_equal(size, strlen(text));
    assert_memory_equal(value, text, size);
}

static void test_data(void **state)
{
    jk_store *store = store_of(state);
    expect_data(store, data_key(1, "cert", 0), NULL);
    begin(store);
    put_data(store, data_key(1, "cert", 0), "zero", true);
    put_data(store, data_key(1, "cert", 15), "fifteen", true);
    put_data(store, data_key(1, "certificate", 0), "longer name", false);
    put_data(store, data_key(1, "request", -1), "whole", false);
    put_data(store, data_key(2, "cert", 0), "another key", true);
    put_data(store, data_key(1, "cert", 0), "zero again", true);
    put_data(store, data_key(1, "empty", -1), "", true);
    OK(commit(store));
    expect_data(store, data_key(1, "cert", 0), "zero again");
    expect_data(store, data_key(1, "cert", 15), "fifteen");
    expect_data(store, data_key(1, "request", -1), "whole");
    expect_data(store, data_key(1, "request", 0), NULL);
    expect_data(store, data_key(1, "empty", -1), "");
    begin(store);
    jk_token one = token_of(1);
    OK(store->ops->data_erase(store, 7, &one, "cert"));
    OK(store->ops->data_erase(store, 7, &one, "cert"));
    OK(commit(store));
    expect_data(store, data_key(1, "cert", 0), NULL);
    expect_data(store, data_key(1, "cert", 15), NULL);
    expect_data(store, data_key(1, "certificate", 0), "longer name");
    expect_data(store, data_key(2, "cert", 0), "another key");
}

static void test_data_refused(void **state)
{
    static uint8_t bytes[JK_ENVELOPE_SIZE_MAX + 1];
    jk_store *store = store_of(state);
    jk_span small = {bytes, 8};
    begin(store);
    static const char *const names[] = {NULL, "", "12345678901234567890123456789012"};
    for (size_t i = 0; i < 3; i++) {
        jk_data_key key = data_key(1, names[i], 0);
        EXPECT(store->ops->data_put(store, &key, small, false), JK_E_USAGE);
        EXPECT(store->ops->data_erase(store, 7, &key.key, names[i]), JK_E_USAGE);
    }
    jk_data_key key = data_key(1, "cert", 16);
    EXPECT(store->ops->data_put(store, &key, small, true), JK_E_USAGE);
    key.member = -2;
    EXPECT(store->ops->data_put(store, &key, small, true), JK_E_USAGE);
    for (int sealed = 0; sealed < 2; sealed++) {
        key = data_key(1, "cert", sealed);
        EXPECT(store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, sealed == 1),
               JK_E_OVERSIZED);
        OK(store->ops->data_put(store, &key, (jk_span){bytes, JK_ENVELOPE_SIZE_MAX}, sealed == 1));
        uint8_t value[8] = {1, 2, 3};
        size_t size = 55;
        EXPECT(store->ops->data_get(store, &key, value, 8, &size), JK_E_OVERSIZED);
        assert_int_equal(size, 55);
        assert_int_equal(value[0], 1); /* nothing was copied */
    }
    OK(commit(store));
}

static void test_data_key_destroy(void **state)
{
    jk_store *store = store_of(state);
    jk_token one = token_of(1);
    begin(store);
    put_data(store, data_key(1, "cert", 0), "secret", true);
    put_data(store, data_key(1, "plain", 0), "open", false);
    put_data(store, data_key(2, "cert", 0), "other", true);
    OK(commit(store));

    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &one));
    expect_data(store, data_key(1, "cert", 0), NULL);
    store->ops->rollback(store);
    expect_data(store, data_key(1, "cert", 0), "secret"); /* only a commit destroys */

    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &one));
    OK(store->ops->data_key_destroy(store, 7, &one));
    OK(commit(store));
    expect_data(store, data_key(1, "cert", 0), NULL);
    expect_data(store, data_key(1, "plain", 0), "open");
    expect_data(store, data_key(2, "cert", 0), "other");

    begin(store);
    put_data(store, data_key(1, "cert", 1), "new key", true);
    OK(commit(store));
    expect_data(store, data_key(1, "cert", 1), "new key");
    expect_data(store, data_key(1, "cert", 0), NULL); /* the old row stays lost */
    reopen(*state);
    store = store_of(state);
    expect_data(store, data_key(1, "cert", 1), "new key");
    expect_data(store, data_key(1, "cert", 0), NULL);
}

static void test_register(void **state)
{
    jk_store *store = store_of(state);
    jk_token resident = resident_of(42);
    static jk_register_row got;
    EXPECT(store->ops->register_get(store, &resident, &got), JK_E_NOT_FOUND);
    begin(store);
    jk_register_row row = register_row(resident);
    OK(store->ops->register_put(store, &row));
    OK(store->ops->register_get(store, &resident, &got));
    assert_int_equal(got.status, row.status);
    assert_int_equal(got.reason, row.reason);
    assert_int_equal(got.epoch, row.epoch);
    assert_int_equal(got.epoch_high, row.epoch_high);
    assert_int_equal(got.change_day, row.change_day);
    assert_int_equal(got.size, row.size);
    assert_memory_equal(got.person, row.person, row.size);
    assert_true(jk_token_equal(&got.resident, &resident));
    row.status = JK_REGISTER_REMOVED;
    row.change_day = INT64_MIN;
    row.size = sizeof row.person;
    OK(store->ops->register_put(store, &row));
    row.size++;
    EXPECT(store->ops->register_put(store, &row), JK_E_OVERSIZED);
    row.size = 1;
    row.status = 0;
    EXPECT(store->ops->register_put(store, &row), JK_E_USAGE);
    row = register_row(resident);
    row.epoch_high = UINT64_MAX;
    EXPECT(store->ops->register_put(store, &row), JK_E_RANGE);
    OK(commit(store));
    OK(store->ops->register_get(store, &resident, &got));
    assert_int_equal(got.status, JK_REGISTER_REMOVED);
    assert_true(got.change_day == INT64_MIN);
    assert_int_equal(got.size, sizeof got.person);
}

static void test_register_order(void **state)
{
    jk_store *store = store_of(state);
    static jk_register_row row;
    /* As texts: digits, then the hex of "tok...": behind all digits below 7. */
    const jk_token wanted[] = {resident_of(9), resident_of(20), resident_of(4000000000U),
                               token_of(3), token_of(4)};
    static const size_t order[] = {3, 1, 4, 0, 2};
    const size_t count = sizeof wanted / sizeof wanted[0];
    EXPECT(store->ops->register_next(store, NULL, &row), JK_E_NOT_FOUND);
    begin(store);
    for (size_t i = 0; i < count; i++) {
        row = register_row(wanted[order[i]]);
        row.epoch = order[i];
        row.size = 10 + order[i];
        row.damaged = true; /* is not written */
        OK(store->ops->register_put(store, &row));
    }
    row = register_row(wanted[1]); /* put again: still once */
    row.status = JK_REGISTER_REMOVED;
    row.change_day = INT64_MIN;
    OK(store->ops->register_put(store, &row));
    OK(commit(store));
    jk_token after = {{0}};
    for (size_t i = 0; i < count; i++) {
        OK(store->ops->register_next(store, i == 0 ? NULL : &after, &row));
        assert_true(jk_token_equal(&row.resident, &wanted[i]));
        assert_false(row.damaged);
        assert_int_equal(row.status, i == 1 ? JK_REGISTER_REMOVED : JK_REGISTER_CURRENT);
        assert_true(row.change_day == (i == 1 ? INT64_MIN : 19000));
        assert_int_equal(row.epoch, i == 1 ? 4 : i);
        assert_int_equal(row.size, i == 1 ? 100 : 10 + i);
        assert_int_equal(row.person[0], 0x50);
        after = row.resident;
    }
    EXPECT(store->ops->register_next(store, &after, &row), JK_E_NOT_FOUND);
    assert_int_equal(row.epoch, 4); /* and nothing was given */
    after = resident_of(10);        /* behind one that is not there */
    OK(store->ops->register_next(store, &after, &row));
    assert_true(jk_token_equal(&row.resident, &wanted[1]));
    begin(store); /* what is undone is not in the order either */
    row = register_row(resident_of(1));
    OK(store->ops->register_put(store, &row));
    OK(store->ops->register_next(store, NULL, &row));
    assert_true(jk_token_equal(&row.resident, &(jk_token){"r:00000000001"}));
    store->ops->rollback(store);
    OK(store->ops->register_next(store, NULL, &row));
    assert_true(jk_token_equal(&row.resident, &wanted[0]));
}

static void test_log(void **state)
{
    jk_store *store = store_of(state);
    static jk_log_row row;
    static jk_log_row got;
    EXPECT(store->ops->log_get(store, 1, &got), JK_E_NOT_FOUND);
    begin(store);
    for (uint64_t i = 1; i <= 3; i++) {
        row = (jk_log_row){.resident = resident_of((unsigned)i), .epoch = i, .kind = 101};
        row.kind_name = "ENTRY";
        row.size = i == 3 ? sizeof row.record : (size_t)i;
        memset(row.record, (int)i, row.size);
        OK(store->ops->log_append(store, &row));
        assert_int_equal(row.sequence, i);
    }
    row.size = sizeof row.record + 1;
    EXPECT(store->ops->log_append(store, &row), JK_E_OVERSIZED);
    row.size = 1;
    row.epoch = UINT64_MAX;
    EXPECT(store->ops->log_append(store, &row), JK_E_RANGE);
    assert_int_equal(row.sequence, 3);
    OK(commit(store));
    OK(store->ops->log_get(store, 2, &got));
    assert_int_equal(got.sequence, 2);
    assert_int_equal(got.epoch, 2);
    assert_int_equal(got.kind, 101);
    assert_int_equal(got.size, 2);
    assert_int_equal(got.record[1], 2);
    assert_null(got.kind_name);
    OK(store->ops->log_get(store, 3, &got));
    assert_int_equal(got.size, sizeof got.record);
    EXPECT(store->ops->log_get(store, 4, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->log_get(store, 0, &got), JK_E_NOT_FOUND);
}

static void test_log_undone(void **state)
{
    jk_store *store = store_of(state);
    static jk_log_row row;
    row = (jk_log_row){.resident = resident_of(1), .epoch = 1, .kind = 101};
    begin(store);
    OK(store->ops->log_append(store, &row));
    OK(store->ops->step_begin(store, 0));
    OK(store->ops->log_append(store, &row));
    assert_int_equal(row.sequence, 2);
    OK(store->ops->step_undo(store, 0));
    OK(store->ops->log_append(store, &row));
    assert_int_equal(row.sequence, 2); /* no gap */
    OK(commit(store));
}

static void test_applied(void **state)
{
    jk_store *store = store_of(state);
    uint64_t sequence = 9;
    OK(store->ops->applied_get(store, "131016", &sequence));
    assert_int_equal(sequence, 0);
    begin(store);
    OK(store->ops->applied_put(store, "131016", 5));
    OK(store->ops->applied_put(store, "131016", 6));
    EXPECT(store->ops->applied_put(store, "131016", UINT64_MAX), JK_E_RANGE);
    static const char *const bad[] = {"13101", "1310166", "13101a", "", "      "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT(store->ops->applied_put(store, bad[i], 1), JK_E_USAGE);
        EXPECT(store->ops->applied_get(store, bad[i], &sequence), JK_E_USAGE);
    }
    OK(commit(store));
    OK(store->ops->applied_get(store, "131016", &sequence));
    assert_int_equal(sequence, 6);
    OK(store->ops->applied_get(store, "011002", &sequence)); /* a leading zero is a digit */
    assert_int_equal(sequence, 0);
}

static void test_episode(void **state)
{
    jk_store *store = store_of(state);
    jk_token who = resident_of(42);
    static jk_episode_row row;
    static jk_episode_row got;
    EXPECT(store->ops->episode_current(store, &who, &got), JK_E_NOT_FOUND);
    begin(store);
    for (uint64_t epoch = 1; epoch <= 9; epoch += 2) {
        row = episode_row(who, epoch < 9 ? "131016" : "131024", epoch);
        row.open = epoch != 5;
        OK(store->ops->episode_put(store, &row));
    }
    EXPECT(store->ops->episode_current(store, &who, &got), JK_E_NOT_FOUND);
    row = episode_row(who, "131016", 7);
    row.current = true;
    OK(store->ops->episode_put(store, &row));
    OK(store->ops->episode_put(store, &row));
    jk_episode_row newer = episode_row(who, "131024", 9);
    newer.current = true;
    EXPECT(store->ops->episode_put(store, &newer), JK_E_CONFLICT);
    row.current = false;
    OK(store->ops->episode_put(store, &row));
    OK(store->ops->episode_put(store, &newer));
    OK(commit(store));
    OK(store->ops->episode_current(store, &who, &got));
    assert_string_equal(got.code, "131024");
    assert_int_equal(got.epoch, 9);
    assert_true(got.open && got.current);
    assert_int_equal(got.reason_in, 101);
    assert_int_equal(got.size, newer.size);
    assert_memory_equal(got.person, newer.person, newer.size);

    OK(store->ops->episode_open(store, &who, "131016", UINT64_MAX, &got));
    assert_int_equal(got.epoch, 7);
    OK(store->ops->episode_open(store, &who, "131016", 6, &got)); /* 5 is closed */
    assert_int_equal(got.epoch, 3);
    OK(store->ops->episode_open(store, &who, "131016", 1, &got));
    assert_int_equal(got.epoch, 1);
    EXPECT(store->ops->episode_open(store, &who, "131016", 0, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->episode_open(store, &who, "131024", 8, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->episode_open(store, &who, "1310", 8, &got), JK_E_USAGE);
    begin(store);
    row = episode_row(who, "131016", 1);
    row.size = sizeof row.person + 1;
    EXPECT(store->ops->episode_put(store, &row), JK_E_OVERSIZED);
    row = episode_row(who, "131016", UINT64_MAX);
    EXPECT(store->ops->episode_put(store, &row), JK_E_RANGE);
    row = episode_row(who, "13101x", 1);
    EXPECT(store->ops->episode_put(store, &row), JK_E_USAGE);
    store->ops->rollback(store);
}

static void test_card(void **state)
{
    jk_store *store = store_of(state);
    jk_token who = resident_of(42);
    uint8_t card = 99;
    char code[7] = "??????";
    EXPECT(store->ops->card_get(store, &who, &card, code), JK_E_NOT_FOUND);
    assert_int_equal(card, 99);
    begin(store);
    OK(store->ops->card_put(store, &who, 1, "131016"));
    OK(store->ops->card_put(store, &who, 2, "131024"));
    EXPECT(store->ops->card_put(store, &who, 3, "x"), JK_E_USAGE);
    OK(commit(store));
    OK(store->ops->card_get(store, &who, &card, code));
    assert_int_equal(card, 2);
    assert_string_equal(code, "131024");
}

static void test_steps(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    put_machine(store, 1);
    OK(store->ops->step_begin(store, 0));
    put_machine(store, 2);
    OK(store->ops->step_begin(store, 1));
    put_machine(store, 3);
    OK(store->ops->step_undo(store, 1)); /* the inner goes, the outer stays */
    assert_true(has_machine(store, 2) && !has_machine(store, 3));
    OK(store->ops->step_begin(store, 1));
    put_machine(store, 4);
    OK(store->ops->step_keep(store, 1));
    OK(store->ops->step_keep(store, 0));
    OK(store->ops->step_begin(store, 0));
    put_machine(store, 5);
    OK(store->ops->step_begin(store, 1));
    put_machine(store, 6);
    OK(store->ops->step_keep(store, 1));
    OK(store->ops->step_undo(store, 0)); /* a kept inner goes with its outer */
    OK(store->ops->step_begin(store, 0));
    put_machine(store, 7);
    OK(store->ops->step_begin(store, 1));
    put_machine(store, 8);
    OK(store->ops->step_undo(store, 0)); /* an open inner too */
    OK(commit(store));
    static const bool wanted[] = {false, true, true, false, true, false, false, false, false};
    reopen(*state);
    store = store_of(state);
    for (uint64_t i = 1; i < 9; i++) {
        assert_int_equal(has_machine(store, i), wanted[i]);
    }
}

static void test_step_replaces_and_deletes(void **state)
{
    jk_store *store = store_of(state);
    jk_token link = peer_of("131016");
    jk_token key = token_of(1);
    begin(store);
    jk_machine_row row = machine_row(7, key, 1);
    OK(store->ops->machine_put(store, &row));
    for (uint64_t i = 1; i <= 3; i++) {
        jk_outbox_row message = outbox_row(link, i);
        OK(store->ops->outbox_put(store, &message));
    }
    put_timer(store, 1, JK_TIMER_ELAPSED, 500);
    put_data(store, data_key(1, "cert", 0), "secret", true);
    OK(store->ops->step_begin(store, 0));
    row = machine_row(7, key, 2);
    OK(store->ops->machine_put(store, &row));
    OK(store->ops->outbox_delete_upto(store, &link, 2));
    put_timer(store, 1, JK_TIMER_ELAPSED, 100);
    OK(store->ops->timer_delete(store, 5, &key, 1));
    OK(store->ops->data_key_destroy(store, 7, &key));
    OK(store->ops->data_erase(store, 7, &key, "cert"));
    OK(store->ops->step_undo(store, 0));
    OK(commit(store));
    OK(store->ops->machine_get(store, 7, &key, &row));
    assert_int_equal(row.state, 1);
    expect_outbox(store, &link, 0, 1);
    expect_waiting(store, &link, 3);
    expect_first(store, JK_TIMER_ELAPSED, 1, 500);
    expect_data(store, data_key(1, "cert", 0), "secret");
}

static void test_group_rules(void **state)
{
    jk_store *store = store_of(state);
    jk_machine_row row = machine_row(7, token_of(1), 1);
    EXPECT(store->ops->machine_put(store, &row), JK_E_USAGE);
    EXPECT(store->ops->timer_restart(store, 1), JK_E_USAGE);
    EXPECT(store->ops->step_begin(store, 0), JK_E_USAGE);
    EXPECT(commit(store), JK_E_USAGE);
    store->ops->rollback(store); /* no group: nothing happens */
    begin(store);
    EXPECT(store->ops->begin(store), JK_E_USAGE);
    EXPECT(store->ops->step_begin(store, 1), JK_E_USAGE);
    EXPECT(store->ops->step_keep(store, 0), JK_E_USAGE);
    EXPECT(store->ops->step_undo(store, 0), JK_E_USAGE);
    OK(store->ops->step_begin(store, 0));
    EXPECT(store->ops->step_begin(store, 0), JK_E_USAGE);
    OK(store->ops->step_begin(store, 1));
    EXPECT(store->ops->step_begin(store, 2), JK_E_USAGE);
    EXPECT(store->ops->step_keep(store, 0), JK_E_USAGE);
    EXPECT(store->ops->step_undo(store, -1), JK_E_USAGE);
    OK(store->ops->machine_put(store, &row));
    EXPECT(commit(store), JK_E_USAGE); /* a step is open: the group is dropped */
    assert_false(has_machine(store, 1));
    begin(store);
    OK(commit(store)); /* an empty group is a group */
}

static void test_rollback_and_death(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    put_machine(store, 1);
    OK(commit(store));
    begin(store);
    put_machine(store, 2);
    OK(store->ops->step_begin(store, 0));
    put_machine(store, 3);
    store->ops->rollback(store);
    assert_true(has_machine(store, 1) && !has_machine(store, 2) && !has_machine(store, 3));
    begin(store);
    put_machine(store, 4);
    reopen(*state);
    store = store_of(state);
    assert_true(has_machine(store, 1) && !has_machine(store, 4));
    begin(store);
    put_machine(store, 5);
    OK(commit(store));
    reopen(*state);
    assert_true(has_machine(store_of(state), 5));
}

#define SUITE(setup)                                                                      \
    cmocka_unit_test_setup_teardown(test_machine, setup, teardown),                       \
        cmocka_unit_test_setup_teardown(test_machine_refused, setup, teardown),           \
        cmocka_unit_test_setup_teardown(test_machine_next, setup, teardown),              \
        cmocka_unit_test_setup_teardown(test_route, setup, teardown),                     \
        cmocka_unit_test_setup_teardown(test_open_case, setup, teardown),                 \
        cmocka_unit_test_setup_teardown(test_outbox, setup, teardown),                    \
        cmocka_unit_test_setup_teardown(test_outbox_refused, setup, teardown),            \
        cmocka_unit_test_setup_teardown(test_outbox_bounds, setup, teardown),             \
        cmocka_unit_test_setup_teardown(test_inbox, setup, teardown),                     \
        cmocka_unit_test_setup_teardown(test_dead_letter, setup, teardown),               \
        cmocka_unit_test_setup_teardown(test_timer, setup, teardown),                     \
        cmocka_unit_test_setup_teardown(test_timer_restart, setup, teardown),             \
        cmocka_unit_test_setup_teardown(test_data, setup, teardown),                      \
        cmocka_unit_test_setup_teardown(test_data_refused, setup, teardown),              \
        cmocka_unit_test_setup_teardown(test_data_key_destroy, setup, teardown),          \
        cmocka_unit_test_setup_teardown(test_register, setup, teardown),                  \
        cmocka_unit_test_setup_teardown(test_register_order, setup, teardown),            \
        cmocka_unit_test_setup_teardown(test_log, setup, teardown),                       \
        cmocka_unit_test_setup_teardown(test_log_undone, setup, teardown),                \
        cmocka_unit_test_setup_teardown(test_applied, setup, teardown),                   \
        cmocka_unit_test_setup_teardown(test_episode, setup, teardown),                   \
        cmocka_unit_test_setup_teardown(test_card, setup, teardown),                      \
        cmocka_unit_test_setup_teardown(test_steps, setup, teardown),                     \
        cmocka_unit_test_setup_teardown(test_step_replaces_and_deletes, setup, teardown), \
        cmocka_unit_test_setup_teardown(test_group_rules, setup, teardown),               \
        cmocka_unit_test_setup_teardown(test_rollback_and_death, setup, teardown),

int main(void)
{
    const struct CMUnitTest in_memory[] = {SUITE(setup_memory)};
    const struct CMUnitTest in_sqlite[] = {SUITE(setup_sqlite)};
    int failed = cmocka_run_group_tests_name("store in memory", in_memory, NULL, NULL);
    return failed + cmocka_run_group_tests_name("store in SQLite", in_sqlite, NULL, NULL);
}
