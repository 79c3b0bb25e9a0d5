/* SPDX-License-Identifier: Apache-2.0 */
/* What every store must do with the rows of reconciliation, run over each of them: episodes in
 * order, elements, changes, caches; and all of them undone.  The rounds: test_rounds.c. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char here[7] = "131016";
static const char there[7] = "131024";
static const char *const bad_codes[] = {"13101", "1310166", "13101a", "      "};
#define BAD_CODES (sizeof bad_codes / sizeof bad_codes[0])
#define TOO_LARGE ((uint64_t)INT64_MAX + 1)

static jk_store *store_of(void **state)
{
    return ((test_bench *)*state)->store;
}

/* ---- episodes ---- */

static void put_episode(jk_store *store, jk_token who, const char *code, uint64_t epoch)
{
    static jk_episode_row row;
    row = episode_row(who, code, epoch);
    row.seq = 1 + epoch % 1000;
    row.change_day = epoch % 2 == 0 ? INT64_MIN : (int64_t)epoch - 5;
    OK(store->ops->episode_put(store, &row));
}

static void test_episode_order(void **state)
{
    jk_store *store = store_of(state);
    static jk_episode_row row;
    const jk_token others = token_of(3); /* 746f6b...: behind all digits below 7 */
    const jk_token last = resident_of(4000000000U);
    begin(store);
    put_episode(store, others, here, 4);
    put_episode(store, resident_of(20), here, 65535);
    put_episode(store, resident_of(20), here, 2);
    put_episode(store, last, here, 1);
    put_episode(store, resident_of(9), here, 1);
    put_episode(store, resident_of(10), there, 7);
    put_episode(store, resident_of(20), here, INT64_MAX);
    OK(commit(store));

    const struct {
        jk_token who;
        uint64_t epoch;
    } wanted[] = {{resident_of(9), 1},
                  {resident_of(20), 2},
                  {resident_of(20), 65535},
                  {resident_of(20), INT64_MAX},
                  {last, 1},
                  {others, 4}};

    jk_token after = {{0}};
    uint64_t epoch = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        OK(store->ops->episode_next(store, here, i == 0 ? NULL : &after, epoch, &row));
        assert_true(jk_token_equal(&row.resident, &wanted[i].who));
        assert_int_equal(row.epoch, wanted[i].epoch);
        assert_int_equal(row.seq, 1 + row.epoch % 1000);
        assert_true(row.change_day == (row.epoch % 2 == 0 ? INT64_MIN : (int64_t)row.epoch - 5));
        after = row.resident;
        epoch = row.epoch;
    }
    EXPECT(store->ops->episode_next(store, here, &after, epoch, &row), JK_E_NOT_FOUND);
    assert_int_equal(row.epoch, 4); /* and nothing was given */
    /* Behind a pair that is not there. */
    after = resident_of(20);
    OK(store->ops->episode_next(store, here, &after, 3, &row));
    assert_int_equal(row.epoch, 65535);
    OK(store->ops->episode_next(store, here, &after, UINT64_MAX, &row));
    assert_true(jk_token_equal(&row.resident, &last));
    after = resident_of(10);
    OK(store->ops->episode_next(store, here, &after, 0, &row));
    assert_int_equal(row.epoch, 2);
    OK(store->ops->episode_next(store, there, NULL, 0, &row));
    assert_int_equal(row.epoch, 7);
    EXPECT(store->ops->episode_next(store, "011002", NULL, 0, &row), JK_E_NOT_FOUND);
}

static void test_episode_one(void **state)
{
    jk_store *store = store_of(state);
    static jk_episode_row row;
    static jk_episode_row got;
    const jk_token who = resident_of(42);
    begin(store);
    row = episode_row(who, here, 3);
    row.open = false;
    row.reason_out = 201;
    row.seq = INT64_MAX;
    row.change_day = -3;
    row.damaged = true; /* is not written */
    OK(store->ops->episode_put(store, &row));
    OK(store->ops->episode_get(store, &who, here, 3, &got));
    assert_true(jk_token_equal(&got.resident, &who));
    assert_string_equal(got.code, here);
    assert_true(!got.open && !got.current && !got.damaged);
    assert_int_equal(got.reason_in, 101);
    assert_int_equal(got.reason_out, 201);
    assert_int_equal(got.seq, INT64_MAX);
    assert_int_equal(got.change_day, -3);
    assert_int_equal(got.size, row.size);
    assert_memory_equal(got.person, row.person, row.size);
    row.change_day = INT64_MIN;
    row.seq = 0;
    row.size = sizeof row.person;
    OK(store->ops->episode_put(store, &row));
    OK(store->ops->episode_get(store, &who, here, 3, &got));
    assert_true(got.change_day == INT64_MIN);
    assert_int_equal(got.size, sizeof got.person);
    row.seq = TOO_LARGE;
    EXPECT(store->ops->episode_put(store, &row), JK_E_RANGE);
    EXPECT(store->ops->episode_get(store, &who, there, 3, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->episode_get(store, &who, here, 4, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->episode_get(store, &who, here, TOO_LARGE, &got), JK_E_RANGE);
    EXPECT(store->ops->episode_delete(store, &who, here, TOO_LARGE), JK_E_RANGE);
    for (size_t i = 0; i < BAD_CODES; i++) {
        EXPECT(store->ops->episode_get(store, &who, bad_codes[i], 3, &got), JK_E_USAGE);
        EXPECT(store->ops->episode_delete(store, &who, bad_codes[i], 3), JK_E_USAGE);
        EXPECT(store->ops->episode_next(store, bad_codes[i], NULL, 0, &got), JK_E_USAGE);
    }
    OK(store->ops->episode_delete(store, &who, there, 3)); /* absent */
    OK(store->ops->episode_get(store, &who, here, 3, &got));
    OK(store->ops->episode_delete(store, &who, here, 3));
    EXPECT(store->ops->episode_get(store, &who, here, 3, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->episode_next(store, here, NULL, 0, &got), JK_E_NOT_FOUND);
    OK(commit(store));
}

static jk_element_row element_row(uint64_t key, uint32_t bucket)
{
    jk_element_row row = {.key = key, .bucket = bucket};
    memset(row.digest, (int)(key % 251), sizeof row.digest);
    return row;
}

static void put_element(jk_store *store, const char *code, uint64_t key, uint32_t bucket)
{
    const jk_element_row row = element_row(key, bucket);
    OK(store->ops->element_put(store, code, &row));
}

/* The rows change, in one group, under somebody who goes through them. */
static void test_episode_walk(void **state)
{
    jk_store *store = store_of(state);
    static jk_episode_row row;
    begin(store);
    for (unsigned i = 1; i <= 9; i++) {
        put_episode(store, resident_of(10 * i), here, 1);
    }
    OK(store->ops->step_begin(store, 0));
    uint64_t seen = 0;
    jk_token after = {{0}};
    jk_status status = store->ops->episode_next(store, here, NULL, 0, &row);
    for (unsigned i = 1; status == JK_OK; i++) {
        assert_in_range(i, 1, 12);
        seen = seen * 10 + (uint64_t)(row.resident.byte[11] - '0');
        after = row.resident;
        const jk_token gone = resident_of(40);
        switch (i) {
        case 1: put_episode(store, resident_of(25), here, 1); break; /* after 20: seen as 2 */
        case 2: put_episode(store, resident_of(5), here, 1); break;  /* behind: not seen */
        case 3: OK(store->ops->episode_delete(store, &gone, here, 1)); break;
        case 5:
            OK(store->ops->step_begin(store, 1));
            put_episode(store, resident_of(65), here, 1);
            OK(store->ops->episode_next(store, here, &after, 1, &row));
            OK(store->ops->step_undo(store, 1));
            break;
        case 6: put_element(store, here, 9, 9); break; /* another table's */
        case 7: OK(store->ops->episode_next(store, here, NULL, 0, &row)); break;
        default: break;
        }
        status = store->ops->episode_next(store, here, &after, 1, &row);
    }
    assert_int_equal(status, JK_E_NOT_FOUND);
    assert_int_equal(seen, 122356789);
    OK(store->ops->episode_next(store, here, NULL, 0, &row));
    OK(store->ops->step_keep(store, 0));
    OK(commit(store)); /* while one stands on a row */
    after = row.resident;
    OK(store->ops->episode_next(store, here, &after, 1, &row));
    begin(store);
    OK(store->ops->episode_next(store, here, &after, 1, &row));
    store->ops->rollback(store);
    OK(store->ops->episode_next(store, here, &row.resident, 1, &row));
}

static void test_element_walk(void **state)
{
    jk_store *store = store_of(state);
    jk_element_row row = {.key = 0};
    begin(store);
    for (uint64_t key = 1; key <= 9; key++) {
        put_element(store, here, 10 * key, 1);
        put_element(store, there, 10 * key + 1, 1);
    }
    OK(commit(store));
    begin(store);
    OK(store->ops->step_begin(store, 0));
    uint64_t seen = 0;
    uint64_t after = 0;
    while (store->ops->element_next(store, here, after, &row) == JK_OK) {
        assert_true(seen < 1000000000);
        seen = seen * 10 + row.key / 10;
        after = row.key;
        switch (after) {
        case 10: put_element(store, here, 25, 1); break;
        case 20: put_element(store, here, 5, 1); break;
        case 30: OK(store->ops->element_delete(store, here, 40)); break;
        case 50: put_episode(store, resident_of(1), here, 1); break;
        case 60: OK(store->ops->element_next(store, there, 60, &row)); break; /* of another one */
        case 70:
            OK(store->ops->element_clear(store, here));
            EXPECT(store->ops->element_next(store, here, after, &row), JK_E_NOT_FOUND);
            OK(store->ops->step_undo(store, 0));
            break;
        default: break;
        }
    }
    assert_int_equal(seen, 1223567 * UINT64_C(100) + 89);
    OK(store->ops->element_next(store, here, 0, &row));
    assert_int_equal(row.key, 10); /* 5 was undone */
    OK(commit(store));
}

/* ---- municipalities ---- */

static jk_compare_row compare_row(const char *code)
{
    jk_compare_row row = {.depth = 3,
                          .marked = true,
                          .round = token_of(5),
                          .marker = 11,
                          .marker_change = 12,
                          .cached_change = 13,
                          .scrub_key = 14,
                          .scrub_begun_ms = 15,
                          .scrub_ms = -16,
                          .scrubbed = INT64_MAX,
                          .damaged = 18};
    memcpy(row.code, code, sizeof row.code);
    memset(row.epoch_key, code[5], sizeof row.epoch_key);
    return row;
}

static void expect_compare(const jk_compare_row *got, const jk_compare_row *wanted)
{
    assert_string_equal(got->code, wanted->code);
    assert_memory_equal(got->epoch_key, wanted->epoch_key, sizeof got->epoch_key);
    assert_int_equal(got->depth, wanted->depth);
    assert_int_equal(got->marked, wanted->marked);
    assert_true(jk_token_equal(&got->round, &wanted->round));
    assert_int_equal(got->marker, wanted->marker);
    assert_int_equal(got->marker_change, wanted->marker_change);
    assert_int_equal(got->cached_change, wanted->cached_change);
    assert_int_equal(got->scrub_key, wanted->scrub_key);
    assert_int_equal(got->scrub_begun_ms, wanted->scrub_begun_ms);
    assert_int_equal(got->scrub_ms, wanted->scrub_ms);
    assert_int_equal(got->scrubbed, wanted->scrubbed);
    assert_int_equal(got->damaged, wanted->damaged);
}

static void test_compare(void **state)
{
    jk_store *store = store_of(state);
    static const char *const codes[] = {"131024", "011002", "131016"};
    static const char *const sorted[] = {"011002", "131016", "131024"};
    jk_compare_row got;
    begin(store);
    for (size_t i = 0; i < 3; i++) {
        const jk_compare_row row = compare_row(codes[i]);
        OK(store->ops->compare_put(store, &row));
    }
    jk_compare_row row = compare_row("131016");
    row.marked = false;
    row.round = (jk_token){{0}};
    row.depth = JK_COMPARE_DEPTH_MAX;
    OK(store->ops->compare_put(store, &row));
    OK(commit(store));
    OK(store->ops->compare_get(store, "131016", &got));
    expect_compare(&got, &row);
    const char *after = "";
    for (size_t i = 0; i < 3; i++) {
        OK(store->ops->compare_next(store, after, &got));
        const jk_compare_row wanted = i == 1 ? row : compare_row(sorted[i]);
        expect_compare(&got, &wanted);
        after = sorted[i];
    }
    EXPECT(store->ops->compare_next(store, after, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->compare_get(store, "141003", &got), JK_E_NOT_FOUND);
    OK(store->ops->compare_next(store, "011003", &got)); /* behind a code that is not there */
    assert_string_equal(got.code, "131016");
}

static void test_compare_refused(void **state)
{
    jk_store *store = store_of(state);
    jk_compare_row row = compare_row(here);
    jk_compare_row got;
    begin(store);
    uint64_t *const numbers[] = {&row.marker,    &row.marker_change, &row.cached_change,
                                 &row.scrub_key, &row.scrubbed,      &row.damaged};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        row = compare_row(here);
        *numbers[i] = TOO_LARGE;
        EXPECT(store->ops->compare_put(store, &row), JK_E_RANGE);
    }
    row = compare_row(here);
    row.scrub_key = JK_COMPARE_KEY_END;
    EXPECT(store->ops->compare_put(store, &row), JK_E_RANGE);
    row.scrub_key--;
    row.depth = JK_COMPARE_DEPTH_MAX + 1;
    EXPECT(store->ops->compare_put(store, &row), JK_E_USAGE);
    for (size_t i = 0; i < BAD_CODES; i++) {
        row = compare_row(here);
        memcpy(row.code, bad_codes[i], sizeof row.code - (bad_codes[i][5] == '\0'));
        EXPECT(store->ops->compare_put(store, &row), JK_E_USAGE);
        EXPECT(store->ops->compare_get(store, bad_codes[i], &got), JK_E_USAGE);
        EXPECT(store->ops->compare_next(store, bad_codes[i], &got), JK_E_USAGE);
    }
    EXPECT(store->ops->compare_next(store, "", &got), JK_E_NOT_FOUND);
    store->ops->rollback(store);
}

/* ---- elements ---- */

static void expect_element(const jk_element_row *got, uint64_t key, uint32_t bucket)
{
    const jk_element_row wanted = element_row(key, bucket);
    assert_int_equal(got->key, key);
    assert_int_equal(got->bucket, bucket);
    assert_memory_equal(got->digest, wanted.digest, sizeof got->digest);
}

static void expect_bucket(jk_store *store, uint32_t bucket, const uint64_t *keys, size_t wanted)
{
    jk_element_row rows[8];
    size_t count = 99;
    if (wanted > 0) {
        EXPECT(store->ops->element_bucket(store, here, bucket, rows, wanted - 1, &count),
               JK_E_OVERSIZED);
        assert_int_equal(count, 99);
    }
    OK(store->ops->element_bucket(store, here, bucket, rows, wanted, &count));
    assert_int_equal(count, wanted);
    for (size_t i = 0; i < wanted; i++) {
        expect_element(&rows[i], keys[i], bucket);
    }
}

static void test_element(void **state)
{
    jk_store *store = store_of(state);
    static const uint64_t keys[] = {
        1, 65536, 70000, UINT64_C(1) << 40, UINT64_C(1) << 52, JK_COMPARE_KEY_END - 1};
    static const uint32_t buckets[] = {7, UINT32_MAX, 7, 0, 7, 8};
    jk_element_row got = {.key = 5};
    begin(store);
    for (size_t i = 6; i-- > 0;) {
        put_element(store, here, keys[i], buckets[i]);
    }
    put_element(store, there, 2, 7);
    OK(commit(store));
    uint64_t after = 0;
    for (size_t i = 0; i < 6; i++) {
        OK(store->ops->element_next(store, here, after, &got));
        expect_element(&got, keys[i], buckets[i]);
        OK(store->ops->element_get(store, here, keys[i], &got));
        expect_element(&got, keys[i], buckets[i]);
        after = keys[i];
    }
    EXPECT(store->ops->element_next(store, here, after, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->element_next(store, here, UINT64_MAX, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->element_get(store, here, 2, &got), JK_E_NOT_FOUND);
    assert_int_equal(got.key, after);
    expect_bucket(store, 7, (const uint64_t[]){1, 70000, UINT64_C(1) << 52}, 3);
    expect_bucket(store, UINT32_MAX, (const uint64_t[]){65536}, 1);
    expect_bucket(store, 1, NULL, 0);
    begin(store);
    put_element(store, here, 70000, 8); /* goes to another bucket */
    OK(store->ops->element_delete(store, here, 1));
    OK(store->ops->element_delete(store, here, 1));
    OK(store->ops->element_delete(store, here, 2)); /* another municipality's */
    OK(commit(store));
    expect_bucket(store, 7, (const uint64_t[]){UINT64_C(1) << 52}, 1);
    expect_bucket(store, 8, (const uint64_t[]){70000, JK_COMPARE_KEY_END - 1}, 2);
    begin(store);
    OK(store->ops->element_clear(store, here));
    OK(commit(store));
    EXPECT(store->ops->element_next(store, here, 0, &got), JK_E_NOT_FOUND);
    expect_bucket(store, 8, NULL, 0);
    OK(store->ops->element_get(store, there, 2, &got));
}

static void test_element_refused(void **state)
{
    jk_store *store = store_of(state);
    static const uint64_t keys[] = {0, JK_COMPARE_KEY_END, TOO_LARGE, UINT64_MAX};
    jk_element_row got;
    size_t count = 0;
    begin(store);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const jk_element_row row = element_row(keys[i], 1);
        EXPECT(store->ops->element_put(store, here, &row), JK_E_RANGE);
        EXPECT(store->ops->element_get(store, here, keys[i], &got), JK_E_RANGE);
        EXPECT(store->ops->element_delete(store, here, keys[i]), JK_E_RANGE);
    }
    const jk_element_row row = element_row(1, 1);
    for (size_t i = 0; i < BAD_CODES; i++) {
        const char *code = bad_codes[i];
        EXPECT(store->ops->element_put(store, code, &row), JK_E_USAGE);
        EXPECT(store->ops->element_get(store, code, 1, &got), JK_E_USAGE);
        EXPECT(store->ops->element_delete(store, code, 1), JK_E_USAGE);
        EXPECT(store->ops->element_clear(store, code), JK_E_USAGE);
        EXPECT(store->ops->element_bucket(store, code, 1, &got, 1, &count), JK_E_USAGE);
        EXPECT(store->ops->element_next(store, code, 0, &got), JK_E_USAGE);
    }
    store->ops->rollback(store);
    EXPECT(store->ops->element_next(store, here, 0, &got), JK_E_NOT_FOUND);
}

/* ---- changes ---- */

static jk_change_row change_row(uint64_t key, uint32_t bucket, bool had, bool has)
{
    jk_change_row row = {.id = 77, .key = key, .bucket = bucket, .had = had, .has = has};
    memset(row.before, (int)(key % 251), sizeof row.before);
    memset(row.after, (int)(key % 251) + 1, sizeof row.after);
    return row;
}

static void append(jk_store *store, const char *code, uint64_t key, uint32_t bucket,
                   uint64_t wanted)
{
    jk_change_row row = change_row(key, bucket, wanted % 3 != 0, wanted % 3 != 1);
    OK(store->ops->change_append(store, code, &row));
    assert_int_equal(row.id, wanted);
}

static void expect_change(const jk_change_row *got, uint64_t id, uint64_t key, uint32_t bucket)
{
    static const uint8_t none[32] = {0};
    const jk_change_row wanted = change_row(key, bucket, id % 3 != 0, id % 3 != 1);
    assert_int_equal(got->id, id);
    assert_int_equal(got->key, key);
    assert_int_equal(got->bucket, bucket);
    assert_int_equal(got->had, wanted.had);
    assert_int_equal(got->has, wanted.has);
    assert_memory_equal(got->before, wanted.had ? wanted.before : none, 32);
    assert_memory_equal(got->after, wanted.has ? wanted.after : none, 32);
}

static void expect_last(jk_store *store, const char *code, uint64_t wanted)
{
    uint64_t id = 99;
    OK(store->ops->change_last(store, code, &id));
    assert_int_equal(id, wanted);
}

static void test_change(void **state)
{
    jk_store *store = store_of(state);
    static const uint64_t keys[] = {40, 30, 40, 20, 30, 40};
    jk_change_row got = {.id = 5};
    expect_last(store, here, 0);
    EXPECT(store->ops->change_next(store, here, 0, &got), JK_E_NOT_FOUND);
    begin(store);
    for (uint64_t id = 1; id <= 6; id++) {
        append(store, here, keys[id - 1], keys[id - 1] == 20 ? 6 : 5, id);
        if (id == 3) {
            append(store, there, 40, 5, 1);
        }
    }
    OK(commit(store));
    expect_last(store, here, 6);
    expect_last(store, there, 1);
    for (uint64_t id = 1; id <= 6; id++) {
        OK(store->ops->change_next(store, here, id - 1, &got));
        expect_change(&got, id, keys[id - 1], keys[id - 1] == 20 ? 6 : 5);
    }
    EXPECT(store->ops->change_next(store, here, 6, &got), JK_E_NOT_FOUND);
    EXPECT(store->ops->change_next(store, here, UINT64_MAX, &got), JK_E_NOT_FOUND);
    begin(store);
    OK(store->ops->change_drop(store, here, 4));
    OK(store->ops->change_drop(store, here, 0));
    OK(store->ops->change_next(store, here, 0, &got));
    expect_change(&got, 5, 30, 5);
    OK(store->ops->change_drop(store, here, UINT64_MAX)); /* all */
    EXPECT(store->ops->change_next(store, here, 0, &got), JK_E_NOT_FOUND);
    expect_last(store, here, 6); /* and no number comes twice */
    append(store, here, 20, 6, 7);
    OK(commit(store));
    reopen(*state);
    store = store_of(state);
    expect_last(store, here, 7);
    OK(store->ops->change_next(store, there, 0, &got));
    expect_change(&got, 1, 40, 5);
}

static void expect_firsts(jk_store *store, uint64_t after, const uint64_t *wanted, size_t count)
{
    jk_change_row rows[4];
    jk_change_list list = {.rows = rows, .capacity = count - 1, .count = 99};
    if (count > 0) {
        EXPECT(store->ops->change_bucket(store, here, 5, after, &list), JK_E_OVERSIZED);
        assert_int_equal(list.count, 99);
    }
    list.capacity = count;
    OK(store->ops->change_bucket(store, here, 5, after, &list));
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++) {
        expect_change(&rows[i], wanted[i], 20 + 10 * (wanted[i] % 3), 5);
    }
}

/* Of each key the first change, by keys: 20 (3, 6, 9), 30 (1, 4, 7), 40 (2, 5, 8). */
static void test_change_bucket(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    for (uint64_t id = 1; id <= 9; id++) {
        append(store, here, 20 + 10 * (id % 3), 5, id);
    }
    append(store, here, 50, 6, 10);
    append(store, there, 60, 5, 1);
    expect_firsts(store, 0, (const uint64_t[]){3, 1, 2}, 3);
    expect_firsts(store, 1, (const uint64_t[]){3, 4, 2}, 3);
    expect_firsts(store, 6, (const uint64_t[]){9, 7, 8}, 3);
    expect_firsts(store, 7, (const uint64_t[]){9, 8}, 2);
    expect_firsts(store, 8, (const uint64_t[]){9}, 1);
    expect_firsts(store, 9, NULL, 0);
    expect_firsts(store, UINT64_MAX, NULL, 0);
    OK(store->ops->change_drop(store, here, 8));
    expect_firsts(store, 0, (const uint64_t[]){9}, 1);
    OK(commit(store));
}

static void test_change_refused(void **state)
{
    jk_store *store = store_of(state);
    uint64_t id = 3;
    jk_change_list list = {.rows = NULL, .capacity = 0};
    begin(store);
    jk_change_row row = change_row(1, 1, false, false);
    EXPECT(store->ops->change_append(store, here, &row), JK_E_USAGE);
    row = change_row(0, 1, true, true);
    EXPECT(store->ops->change_append(store, here, &row), JK_E_RANGE);
    row = change_row(JK_COMPARE_KEY_END, 1, true, true);
    EXPECT(store->ops->change_append(store, here, &row), JK_E_RANGE);
    assert_int_equal(row.id, 77);
    for (size_t i = 0; i < BAD_CODES; i++) {
        row = change_row(1, 1, true, true);
        EXPECT(store->ops->change_append(store, bad_codes[i], &row), JK_E_USAGE);
        EXPECT(store->ops->change_next(store, bad_codes[i], 0, &row), JK_E_USAGE);
        EXPECT(store->ops->change_last(store, bad_codes[i], &id), JK_E_USAGE);
        EXPECT(store->ops->change_bucket(store, bad_codes[i], 1, 0, &list), JK_E_USAGE);
        EXPECT(store->ops->change_drop(store, bad_codes[i], 1), JK_E_USAGE);
    }
    assert_int_equal(id, 3);
    expect_last(store, here, 0);
    store->ops->rollback(store);
}

/* ---- caches ---- */

static void test_cache(void **state)
{
    enum {
        LARGE = 40 * 1024 * 1024
    };

    jk_store *store = store_of(state);
    uint8_t *large = malloc(LARGE);
    uint8_t *got = calloc(1, LARGE);
    uint8_t small[4] = {1, 2, 3, 4};
    size_t size = 7;
    assert_true(large != NULL && got != NULL);
    for (uint32_t i = 0; i < LARGE; i++) {
        large[i] = (uint8_t)((i * 2654435761U) >> 24);
    }
    EXPECT(store->ops->cache_get(store, here, got, LARGE, &size), JK_E_NOT_FOUND);
    EXPECT(store->ops->cache_size(store, here, &size), JK_E_NOT_FOUND);
    begin(store);
    OK(store->ops->cache_delete(store, here));
    OK(store->ops->cache_put(store, here, (jk_span){small, sizeof small}));
    OK(store->ops->cache_put(store, there, (jk_span){NULL, 0}));
    OK(commit(store));
    begin(store);
    OK(store->ops->step_begin(store, 0));
    OK(store->ops->cache_put(store, here, (jk_span){large, LARGE}));
    OK(store->ops->cache_size(store, here, &size));
    assert_int_equal(size, LARGE);
    OK(store->ops->step_undo(store, 0));
    OK(store->ops->cache_size(store, here, &size));
    assert_int_equal(size, sizeof small);
    OK(store->ops->cache_put(store, here, (jk_span){large, LARGE}));
    EXPECT(store->ops->cache_put(store, here, (jk_span){large, JK_COMPARE_CACHE_MAX + 1}),
           JK_E_OVERSIZED);
    OK(commit(store));
    reopen(*state);
    store = store_of(state);
    OK(store->ops->cache_size(store, here, &size));
    assert_int_equal(size, LARGE);
    size = 7;
    EXPECT(store->ops->cache_get(store, here, got, LARGE - 1, &size), JK_E_OVERSIZED);
    assert_true(size == 7 && got[0] == 0 && got[1] == 0 && got[LARGE / 2 + 1] == 0);
    OK(store->ops->cache_get(store, here, got, LARGE, &size));
    assert_int_equal(size, LARGE);
    assert_true(memcmp(got, large, LARGE) == 0);
    OK(store->ops->cache_get(store, there, got, 0, &size));
    assert_int_equal(size, 0);
    begin(store);
    OK(store->ops->cache_delete(store, here));
    for (size_t i = 0; i < BAD_CODES; i++) {
        EXPECT(store->ops->cache_put(store, bad_codes[i], (jk_span){small, 1}), JK_E_USAGE);
        EXPECT(store->ops->cache_get(store, bad_codes[i], got, 1, &size), JK_E_USAGE);
        EXPECT(store->ops->cache_size(store, bad_codes[i], &size), JK_E_USAGE);
        EXPECT(store->ops->cache_delete(store, bad_codes[i]), JK_E_USAGE);
    }
    OK(commit(store));
    EXPECT(store->ops->cache_size(store, here, &size), JK_E_NOT_FOUND);
    free(large);
    free(got);
}

/* ---- groups and steps ---- */

/* Everything that can be read, as bytes. */
typedef struct image {
    size_t size;
    uint8_t byte[65536];
} image;

static void keep(image *i, const void *bytes, size_t size)
{
    assert_true(i->size + size <= sizeof i->byte);
    memcpy(i->byte + i->size, bytes, size);
    i->size += size;
}

static void look_at(jk_store *store, const char *code, image *i)
{
    static jk_episode_row episode;
    jk_compare_row compare;
    jk_element_row element = {.key = 0};
    jk_change_row change = {.id = 0};
    uint8_t cache[64];
    size_t size = 0;
    uint64_t last = 0;
    jk_status status = store->ops->episode_next(store, code, NULL, 0, &episode);
    while (status == JK_OK) {
        keep(i, &episode.resident, sizeof episode.resident);
        keep(i, &episode.epoch, sizeof episode.epoch);
        keep(i, &episode.seq, sizeof episode.seq);
        status = store->ops->episode_next(store, code, &episode.resident, episode.epoch, &episode);
    }
    if (store->ops->compare_get(store, code, &compare) == JK_OK) {
        keep(i, &compare.marker, sizeof compare.marker);
    }
    while (store->ops->element_next(store, code, element.key, &element) == JK_OK) {
        jk_element_row rows[16];
        keep(i, &element.key, sizeof element.key);
        keep(i, element.digest, sizeof element.digest);
        OK(store->ops->element_bucket(store, code, element.bucket, rows, 16, &size));
        keep(i, &size, sizeof size);
    }
    while (store->ops->change_next(store, code, change.id, &change) == JK_OK) {
        keep(i, &change.id, sizeof change.id);
        keep(i, &change.key, sizeof change.key);
    }
    OK(store->ops->change_last(store, code, &last));
    keep(i, &last, sizeof last);
    if (store->ops->cache_get(store, code, cache, sizeof cache, &size) == JK_OK) {
        keep(i, cache, size);
    }
}

static image *look(jk_store *store)
{
    static jk_finding_row finding;
    static jk_bulk_row bulk;
    image *i = calloc(1, sizeof *i);
    assert_non_null(i);
    look_at(store, here, i);
    look_at(store, there, i);
    jk_round_row round = {.id = 0};
    while (store->ops->round_next(store, round.id, &round) == JK_OK) {
        keep(i, &round.id, sizeof round.id);
        keep(i, &round.ended_ms, sizeof round.ended_ms);
        finding.key = 0;
        while (store->ops->finding_next(store, &round.round, round.server, finding.key, &finding) ==
               JK_OK) {
            keep(i, &finding.key, sizeof finding.key);
            keep(i, &finding.state, sizeof finding.state);
        }
    }
    bulk.id = 0;
    while (store->ops->bulk_next(store, bulk.id, &bulk) == JK_OK) {
        keep(i, &bulk.id, sizeof bulk.id);
    }
    uint64_t waiting = 0;
    OK(store->ops->bulk_count(store, &waiting));
    keep(i, &waiting, sizeof waiting);
    return i;
}

static void expect_same(jk_store *store, const image *wanted)
{
    image *now = look(store);
    assert_int_equal(now->size, wanted->size);
    assert_memory_equal(now->byte, wanted->byte, wanted->size);
    free(now);
}

/* Inserts, replaces and (from the second time on) deletes in every table. */
static void write_all(jk_store *store, uint64_t time)
{
    static jk_finding_row finding;
    put_episode(store, resident_of(1), here, 2);
    put_episode(store, resident_of((unsigned)time), here, time);
    jk_compare_row compare = compare_row(here);
    compare.marker = time;
    OK(store->ops->compare_put(store, &compare));
    put_element(store, here, 100 + time, (uint32_t)time);
    put_element(store, here, 50, (uint32_t)time);
    put_element(store, there, time, 0);
    uint64_t last = 0;
    OK(store->ops->change_last(store, here, &last));
    append(store, here, 50, 5, last + 1);
    append(store, here, 100 + time, 5, last + 2);
    OK(store->ops->cache_put(store, here, (jk_span){(const uint8_t *)&time, sizeof time}));
    jk_round_row round = round_row(1, 5);
    round.ended_ms = (int64_t)time;
    OK(store->ops->round_put(store, &round));
    round = round_row(1 + time, 4);
    OK(store->ops->round_put(store, &round));
    finding = finding_row(1, 5, time);
    OK(store->ops->finding_put(store, &finding));
    const jk_token who = resident_of(7);
    int64_t id = 0;
    OK(store->ops->bulk_put(store, &who, 1, (jk_span){NULL, 0}, &id));
    if (time > 1) {
        const jk_token before = resident_of((unsigned)time - 1);
        OK(store->ops->episode_delete(store, &before, here, time - 1));
        OK(store->ops->element_delete(store, here, 100 + time - 1));
        OK(store->ops->element_clear(store, there));
        OK(store->ops->change_drop(store, here, last));
        OK(store->ops->cache_delete(store, there));
        OK(store->ops->bulk_delete(store, id - 1));
    }
}

static void test_undone(void **state)
{
    jk_store *store = store_of(state);
    begin(store);
    write_all(store, 10);
    OK(commit(store));
    image *first = look(store);
    begin(store);
    OK(store->ops->step_begin(store, 0));
    write_all(store, 11);
    image *second = look(store);
    assert_true(first->size != second->size || memcmp(first->byte, second->byte, first->size) != 0);
    OK(store->ops->step_begin(store, 1));
    write_all(store, 12);
    OK(store->ops->step_undo(store, 1));
    expect_same(store, second);
    OK(store->ops->step_undo(store, 0));
    expect_same(store, first);
    write_all(store, 11);
    expect_same(store, second); /* also the numbers: none is missing */
    store->ops->rollback(store);
    expect_same(store, first);
    begin(store);
    write_all(store, 11);
    reopen(*state); /* dies */
    store = store_of(state);
    expect_same(store, first);
    begin(store);
    write_all(store, 11);
    OK(commit(store));
    reopen(*state);
    expect_same(store_of(state), second);
    free(first);
    free(second);
}

#define SUITE(setup)                                                            \
    cmocka_unit_test_setup_teardown(test_episode_order, setup, teardown),       \
        cmocka_unit_test_setup_teardown(test_episode_walk, setup, teardown),    \
        cmocka_unit_test_setup_teardown(test_element_walk, setup, teardown),    \
        cmocka_unit_test_setup_teardown(test_episode_one, setup, teardown),     \
        cmocka_unit_test_setup_teardown(test_compare, setup, teardown),         \
        cmocka_unit_test_setup_teardown(test_compare_refused, setup, teardown), \
        cmocka_unit_test_setup_teardown(test_element, setup, teardown),         \
        cmocka_unit_test_setup_teardown(test_element_refused, setup, teardown), \
        cmocka_unit_test_setup_teardown(test_change, setup, teardown),          \
        cmocka_unit_test_setup_teardown(test_change_bucket, setup, teardown),   \
        cmocka_unit_test_setup_teardown(test_change_refused, setup, teardown),  \
        cmocka_unit_test_setup_teardown(test_cache, setup, teardown),           \
        cmocka_unit_test_setup_teardown(test_undone, setup, teardown),

int main(void)
{
    const struct CMUnitTest in_memory[] = {SUITE(setup_memory)};
    const struct CMUnitTest in_sqlite[] = {SUITE(setup_sqlite)};
    int failed = cmocka_run_group_tests_name("comparison in memory", in_memory, NULL, NULL);
    return failed + cmocka_run_group_tests_name("comparison in SQLite", in_sqlite, NULL, NULL);
}
