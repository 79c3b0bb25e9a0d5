/* SPDX-License-Identifier: Apache-2.0 */
/* Rows whose keys differ in one byte, one digit or one number are two rows, in every table of every
 * store; and what was never put is not there. */
#include "calls.h"

#include <string.h>

enum {
    BYTES = 16 /* of a token */
};

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

/* Token 0 is the plain one, token i differs from it in byte i - 1 alone. */
static jk_token token_at(size_t i)
{
    jk_token token = token_of(1);
    if (i > 0) {
        token.byte[i - 1] ^= 0x40;
    }
    return token;
}

static const char *code_at(size_t i)
{
    static const char *const codes[] = {"131016", "231016", "141016", "132016",
                                        "131116", "131026", "131017"};
    return codes[i];
}

/* --- nothing is there --- */

static void test_empty(void **state)
{
    jk_store *store = store_of(state);
    static store_answers before;
    for (size_t i = 0; i < store_call_count; i++) {
        const store_call *call = &store_calls[i];
        if (call->writes) {
            continue;
        }
        memset(&answers, 0x5a, sizeof answers);
        before = answers;
        const jk_status status = call->make(store);
        if (strcmp(call->name, "outbox_count") == 0 || strcmp(call->name, "applied_get") == 0 ||
            strcmp(call->name, "change_last") == 0 || strcmp(call->name, "bulk_count") == 0) {
            assert_int_equal(status, JK_OK); /* none is a number */
            assert_int_equal(answers.number, 0);
            continue;
        }
        if (strstr(call->name, "_bucket") != NULL) {
            assert_int_equal(status, JK_OK); /* and a list */
            assert_int_equal(answers.size, 0);
            continue;
        }
        if (status != JK_E_NOT_FOUND) {
            fail_msg("%s gave %s", call->name, jk_status_name(status));
        }
        assert_memory_equal(&answers, &before, sizeof answers);
    }
}

/* --- machines --- */

static void test_machines(void **state)
{
    jk_store *store = store_of(state);
    static const uint16_t machines[] = {7, 8, 7 + 256, 7 + 4096, 0};
    begin(store);
    for (size_t m = 0; m < 5; m++) {
        for (size_t i = 0; i <= BYTES; i++) {
            jk_machine_row row = machine_row(machines[m], token_at(i), (uint16_t)(100 * m + i));
            OK(store->ops->machine_put(store, &row));
            assert_int_equal(row.row_id, (int64_t)(m * (BYTES + 1) + i + 1));
        }
    }
    OK(commit(store));
    for (size_t m = 0; m < 5; m++) {
        int64_t after = 0;
        jk_machine_row row;
        for (size_t i = 0; i <= BYTES; i++) {
            const jk_token key = token_at(i);
            OK(store->ops->machine_get(store, machines[m], &key, &row));
            assert_int_equal(row.state, 100 * m + i);
            OK(store->ops->machine_next(store, machines[m], after, &row));
            assert_int_equal(row.state, 100 * m + i);
            assert_true(jk_token_equal(&row.key, &key));
            after = row.row_id;
        }
        EXPECT(store->ops->machine_next(store, machines[m], after, &row), JK_E_NOT_FOUND);
    }
}

static void test_routes_and_cases(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token key = token_at(i);
        const jk_token case_id = token_of(1000 + i);
        OK(store->ops->route_put(store, &key, &case_id));
        OK(store->ops->open_case_put(store, &key, &case_id, (int)(i % 16)));
    }
    OK(commit(store));
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token key = token_at(i);
        const jk_token case_id = token_of(1000 + i);
        jk_token got;
        int member = 0;
        OK(store->ops->route_get(store, &key, &got));
        assert_true(jk_token_equal(&got, &case_id));
        OK(store->ops->open_case_get(store, &key, &got, &member));
        assert_true(jk_token_equal(&got, &case_id));
        assert_int_equal(member, i % 16);
    }
    begin(store);
    for (size_t i = 0; i <= BYTES; i++) { /* one goes, the others stay */
        const jk_token key = token_at(i);
        jk_token got;
        int member = 0;
        OK(store->ops->open_case_delete(store, &key));
        for (size_t j = 0; j <= BYTES; j++) {
            const jk_token other = token_at(j);
            EXPECT(store->ops->open_case_get(store, &other, &got, &member),
                   j <= i ? JK_E_NOT_FOUND : JK_OK);
        }
    }
    OK(commit(store));
}

/* --- messages --- */

static void test_outboxes(void **state)
{
    jk_store *store = store_of(state);
    static jk_outbox_row row;
    begin(store);
    for (size_t i = 0; i <= BYTES; i++) {
        for (unsigned shift = 0; shift < 63; shift += 8) {
            row = outbox_row(token_at(i), UINT64_C(1) << shift);
            OK(store->ops->outbox_put(store, &row));
        }
    }
    OK(commit(store));
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token link = token_at(i);
        uint64_t after = 0;
        uint64_t waiting = 0;
        OK(store->ops->outbox_count(store, &link, &waiting));
        assert_int_equal(waiting, 8);
        for (unsigned shift = 0; shift < 63; shift += 8) { /* in order */
            OK(store->ops->outbox_next(store, &link, after, &row));
            assert_true(row.sequence == UINT64_C(1) << shift);
            assert_true(jk_token_equal(&row.link, &link));
            after = row.sequence;
        }
        EXPECT(store->ops->outbox_next(store, &link, after, &row), JK_E_NOT_FOUND);
    }
    begin(store);
    const jk_token one = token_at(BYTES);
    OK(store->ops->outbox_refuse(store, &one, 256, JK_E_KIND));
    OK(store->ops->outbox_delete_upto(store, &one, UINT64_C(1) << 16));
    OK(commit(store));
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token link = token_at(i);
        uint64_t waiting = 0;
        OK(store->ops->outbox_count(store, &link, &waiting));
        assert_int_equal(waiting, i == BYTES ? 5 : 8);
        EXPECT(store->ops->outbox_refused_next(store, &link, 0, &row),
               i == BYTES ? JK_OK : JK_E_NOT_FOUND);
        EXPECT(store->ops->outbox_refused_next(store, &link, 256, &row), JK_E_NOT_FOUND);
    }
}

static void test_inboxes(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_inbox_row row = {
            .message_id = token_at(i), .link = token_at(i), .sequence = i + 1, .kind = 300};
        OK(store->ops->inbox_put(store, &row));
        OK(store->ops->dead_letter_put(store, &row.link, 7 + (i << 32), (uint16_t)(i + 100),
                                       (jk_span){row.link.byte, i}));
    }
    OK(commit(store));
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token id = token_at(i);
        jk_inbox_row row;
        uint16_t rule = 0;
        OK(store->ops->inbox_get(store, &id, &row));
        assert_int_equal(row.sequence, i + 1);
        OK(store->ops->dead_letter_rule(store, &id, 7 + (i << 32), &rule));
        assert_int_equal(rule, i + 100);
        EXPECT(store->ops->dead_letter_rule(store, &id, 8 + (i << 32), &rule), JK_E_NOT_FOUND);
    }
}

/* --- timers and data --- */

static jk_timer_row timer_at(size_t i)
{
    jk_timer_row row = timer_row(3, JK_TIMER_ELAPSED, 50, (int64_t)i);
    row.key = token_at(i <= BYTES ? i : 0);
    row.machine = (uint16_t)(i == BYTES + 1 ? 6 : i == BYTES + 2 ? 5 + 256 : 5);
    row.timer = (uint16_t)(i == BYTES + 3 ? 4 : i == BYTES + 4 ? 3 + 256 : 3);
    return row;
}

static void test_timers(void **state)
{
    jk_store *store = store_of(state);

    enum {
        TIMERS = BYTES + 5
    };

    begin(store);
    for (size_t i = 0; i < TIMERS; i++) {
        const jk_timer_row row = timer_at(i);
        OK(store->ops->timer_put(store, &row));
    }
    OK(commit(store));
    begin(store);
    for (size_t i = 0; i < TIMERS; i++) {
        const jk_timer_row wanted = timer_at(i);
        jk_timer_row row;
        OK(store->ops->timer_get(store, wanted.machine, &wanted.key, wanted.timer, &row));
        assert_int_equal(row.due_ms, i);
        OK(store->ops->timer_first(store, JK_TIMER_ELAPSED, &row));
        assert_int_equal(row.machine, wanted.machine);
        assert_int_equal(row.timer, wanted.timer);
        assert_true(jk_token_equal(&row.key, &wanted.key));
        OK(store->ops->timer_delete(store, wanted.machine, &wanted.key, wanted.timer));
        EXPECT(store->ops->timer_get(store, wanted.machine, &wanted.key, wanted.timer, &row),
               JK_E_NOT_FOUND);
    }
    OK(commit(store));
}

/* Equal dues: by machine, key and timer; and a due time before zero comes first. */
static void test_timer_order(void **state)
{
    jk_store *store = store_of(state);
    static const uint16_t order[][2] = {{5, 2}, {5, 300}, {6, 1}, {300, 0}};
    begin(store);
    for (size_t i = 4; i-- > 0;) {
        jk_timer_row row = timer_row(order[i][1], JK_TIMER_DATE, 0, 9);
        row.machine = order[i][0];
        OK(store->ops->timer_put(store, &row));
    }
    for (int64_t due = -1; due >= -(INT64_C(1) << 40); due *= 4096) {
        jk_timer_row row = timer_row(77, JK_TIMER_DATE, 0, due);
        jk_timer_row first;
        OK(store->ops->timer_put(store, &row)); /* the same timer, armed again */
        OK(store->ops->timer_first(store, JK_TIMER_DATE, &first));
        assert_true(first.due_ms == due);
        assert_int_equal(first.timer, 77);
    }
    const jk_token key = token_of(1);
    OK(store->ops->timer_delete(store, 5, &key, 77));
    for (size_t i = 0; i < 4; i++) {
        jk_timer_row first;
        OK(store->ops->timer_first(store, JK_TIMER_DATE, &first));
        assert_int_equal(first.machine, order[i][0]);
        assert_int_equal(first.timer, order[i][1]);
        OK(store->ops->timer_delete(store, first.machine, &first.key, first.timer));
    }
    OK(commit(store));
}

static jk_data_key data_at(size_t i)
{
    static const char *const names[] = {"cert", "cers", "certs", "cer"};
    const size_t more = i > BYTES ? i - BYTES : 0; /* 1..3 names, 4..20 members, 21..22 machines */
    jk_data_key key = {.machine = 7, .key = token_at(i <= BYTES ? i : 0), .name = names[0]};
    key.name = names[more >= 1 && more <= 3 ? more : 0];
    key.member = more >= 4 && more <= 20 ? (int)more - 5 : 0;
    key.machine = (uint16_t)(more == 21 ? 8 : more == 22 ? 7 + 256 : 7);
    return key;
}

static void test_data(void **state)
{
    jk_store *store = store_of(state);

    enum {
        ROWS = BYTES + 23
    };

    begin(store);
    for (size_t i = 0; i < ROWS; i++) {
        const jk_data_key key = data_at(i);
        const uint8_t value = (uint8_t)i;
        OK(store->ops->data_put(store, &key, (jk_span){&value, 1}, i % 2 == 1));
    }
    OK(commit(store));
    const jk_data_key zero = data_at(0);
    for (size_t i = 1; i < ROWS; i++) {
        const jk_data_key key = data_at(i);
        uint8_t value = 0;
        size_t size = 0;
        const bool is_zero = key.machine == 7 && key.member == 0 && strcmp(key.name, "cert") == 0 &&
                             jk_token_equal(&key.key, &zero.key);
        OK(store->ops->data_get(store, &key, &value, 1, &size));
        assert_int_equal(size, 1);
        assert_true(is_zero || value == i);
    }
    begin(store);
    OK(store->ops->data_erase(store, 7, &zero.key, "cert")); /* of all members, nobody else's */
    OK(commit(store));
    for (size_t i = 0; i < ROWS; i++) {
        const jk_data_key key = data_at(i);
        uint8_t value = 0;
        size_t size = 0;
        const bool erased = key.machine == 7 && strcmp(key.name, "cert") == 0 &&
                            jk_token_equal(&key.key, &zero.key);
        EXPECT(store->ops->data_get(store, &key, &value, 1, &size),
               erased ? JK_E_NOT_FOUND : JK_OK);
    }
    begin(store);
    OK(store->ops->data_key_destroy(store, 7, &zero.key)); /* the plain ones stay */
    OK(commit(store));
    for (size_t i = 0; i < ROWS; i++) {
        const jk_data_key key = data_at(i);
        uint8_t value = 0;
        size_t size = 0;
        const bool own = key.machine == 7 && jk_token_equal(&key.key, &zero.key);
        const bool gone = own && (strcmp(key.name, "cert") == 0 || i % 2 == 1);
        EXPECT(store->ops->data_get(store, &key, &value, 1, &size), gone ? JK_E_NOT_FOUND : JK_OK);
    }
}

/* --- registers --- */

static void test_registers(void **state)
{
    jk_store *store = store_of(state);
    static jk_register_row row;
    static const int64_t days[] = {INT64_MIN + 1, INT64_MAX, 0, -1, INT64_MIN};
    begin(store);
    for (size_t i = 0; i <= BYTES; i++) {
        row = register_row(token_at(i));
        row.reason = (uint16_t)(101 + i);
        row.change_day = days[i % 5];
        OK(store->ops->register_put(store, &row));
        OK(store->ops->card_put(store, &row.resident, (uint8_t)i, code_at(i % 7)));
    }
    OK(commit(store));
    for (size_t i = 0; i <= BYTES; i++) {
        const jk_token who = token_at(i);
        uint8_t card = 0;
        char code[7];
        OK(store->ops->register_get(store, &who, &row));
        assert_int_equal(row.reason, 101 + i);
        assert_true(row.change_day == days[i % 5]);
        OK(store->ops->card_get(store, &who, &card, code));
        assert_int_equal(card, i);
        assert_string_equal(code, code_at(i % 7));
    }
}

static void test_applied(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    for (size_t i = 0; i < 7; i++) {
        OK(store->ops->applied_put(store, code_at(i), i + 1));
    }
    OK(commit(store));
    for (size_t i = 0; i < 7; i++) {
        uint64_t sequence = 0;
        OK(store->ops->applied_get(store, code_at(i), &sequence));
        assert_int_equal(sequence, i + 1);
    }
}

static void test_episodes(void **state)
{
    jk_store *store = store_of(state);
    static jk_episode_row row;
    begin(store);
    for (size_t i = 0; i < 7; i++) {
        for (unsigned shift = 0; shift < 63; shift += 8) {
            row = episode_row(token_at(0), code_at(i), UINT64_C(1) << shift);
            row.reason_in = (uint16_t)(100 + i);
            OK(store->ops->episode_put(store, &row));
        }
    }
    for (size_t i = 1; i <= BYTES; i++) {
        row = episode_row(token_at(i), "131016", i);
        row.current = true;
        OK(store->ops->episode_put(store, &row));
    }
    OK(commit(store));
    const jk_token who = token_at(0);
    for (size_t i = 0; i < 7; i++) {
        for (unsigned shift = 0; shift < 63; shift += 8) {
            const uint64_t epoch = UINT64_C(1) << shift;
            OK(store->ops->episode_open(store, &who, code_at(i), epoch, &row));
            assert_true(row.epoch == epoch);
            assert_int_equal(row.reason_in, 100 + i);
            assert_string_equal(row.code, code_at(i));
            if (shift > 0) {
                OK(store->ops->episode_open(store, &who, code_at(i), epoch - 1, &row));
                assert_true(row.epoch == epoch >> 8);
            }
        }
    }
    EXPECT(store->ops->episode_current(store, &who, &row), JK_E_NOT_FOUND);
    for (size_t i = 1; i <= BYTES; i++) {
        const jk_token other = token_at(i);
        OK(store->ops->episode_current(store, &other, &row));
        assert_int_equal(row.epoch, i);
    }
}

#define BOTH(test)                                                 \
    cmocka_unit_test_setup_teardown(test, setup_memory, teardown), \
        cmocka_unit_test_setup_teardown(test, setup_sqlite, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_empty),     BOTH(test_machines), BOTH(test_routes_and_cases), BOTH(test_outboxes),
        BOTH(test_inboxes),   BOTH(test_timers),   BOTH(test_timer_order),      BOTH(test_data),
        BOTH(test_registers), BOTH(test_applied),  BOTH(test_episodes),
    };
    return cmocka_run_group_tests_name("neighbours", tests, NULL, NULL);
}
