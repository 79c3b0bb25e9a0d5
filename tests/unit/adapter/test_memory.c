/* SPDX-License-Identifier: Apache-2.0 */
/* The memory store's test controls: ordered failures and deaths. */
#include "bench.h"

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

static jk_status put(jk_store *store, uint64_t key)
{
    jk_machine_row row = machine_row(7, token_of(key), 1);
    return store->ops->machine_put(store, &row);
}

static jk_status get(jk_store *store, uint64_t key)
{
    jk_machine_row row;
    jk_token token = token_of(key);
    return store->ops->machine_get(store, 7, &token, &row);
}

static void test_fail_next(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    OK(put(store, 1));
    jk_memory_fail_next(store, 3, JK_E_FULL);
    OK(put(store, 2));
    OK(get(store, 2));
    EXPECT(put(store, 3), JK_E_FULL); /* the third, and it alone */
    assert_int_equal(store->fault.status, JK_E_FULL);
    OK(put(store, 4));
    OK(commit(store));
    OK(get(store, 2));
    EXPECT(get(store, 3), JK_E_NOT_FOUND);
    OK(get(store, 4));
    jk_memory_fail_next(store, 1, JK_E_FULL);
    jk_memory_fail_next(store, 0, JK_E_FULL); /* taken back */
    OK(get(store, 4));
}

static void test_fail_gone(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    OK(put(store, 1));
    OK(store->ops->step_begin(store, 0));
    jk_memory_fail_next(store, 1, JK_E_STORE_GONE);
    EXPECT(put(store, 2), JK_E_STORE_GONE);
    EXPECT(put(store, 3), JK_E_STORE_GONE);
    EXPECT(get(store, 1), JK_E_STORE_GONE);
    EXPECT(store->ops->step_undo(store, 0), JK_E_STORE_GONE);
    EXPECT(store->ops->begin(store), JK_E_STORE_GONE);
    EXPECT(commit(store), JK_E_STORE_GONE);
    EXPECT(get(store, 1), JK_E_NOT_FOUND); /* the sibling went as well */
    begin(store);
    OK(put(store, 5));
    OK(commit(store));
}

static void test_fail_commit(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    OK(put(store, 1));
    jk_memory_fail_next(store, 1, JK_E_IO);
    EXPECT(commit(store), JK_E_IO);
    EXPECT(get(store, 1), JK_E_NOT_FOUND);
    jk_memory_fail_next(store, 1, JK_E_STORE);
    EXPECT(store->ops->begin(store), JK_E_STORE);
    begin(store);
    OK(commit(store));
}

/* A failure inside an operation that changes several keys leaves none of them. */
static void test_crash_in_step(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    OK(put(store, 1));
    OK(commit(store));
    begin(store);
    OK(store->ops->step_begin(store, 0));
    OK(put(store, 2));
    jk_memory_crash(store);
    EXPECT(get(store, 2), JK_E_NOT_FOUND);
    OK(get(store, 1));
    begin(store); /* no step is left open either */
    OK(store->ops->step_begin(store, 0));
    store->ops->rollback(store);
    jk_memory_close(NULL);
}

/* Enough rows for several levels of the skip list, put in one order and found in another. */
static void test_many(void **state)
{
    jk_store *store = store_of(state);

    enum {
        ROWS = 5000
    };

    begin(store);
    for (uint64_t i = 0; i < ROWS; i++) {
        OK(put(store, i * 7919 % ROWS));
    }
    OK(commit(store));
    begin(store);
    for (uint64_t i = 0; i < ROWS; i++) {
        jk_machine_row row = machine_row(7, token_of(i), 2);
        OK(store->ops->machine_put(store, &row));
    }
    store->ops->rollback(store);
    int64_t after = 0;
    for (uint64_t i = 0; i < ROWS; i++) {
        jk_machine_row row;
        OK(store->ops->machine_next(store, 7, after, &row));
        jk_token wanted = token_of(i * 7919 % ROWS);
        assert_true(jk_token_equal(&row.key, &wanted));
        assert_int_equal(row.state, 1);
        after = row.row_id;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fail_next, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_fail_gone, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_fail_commit, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_crash_in_step, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup_memory, teardown),
    };
    return cmocka_run_group_tests_name("memory store's controls", tests, NULL, NULL);
}
