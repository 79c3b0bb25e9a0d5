/* SPDX-License-Identifier: Apache-2.0 */
/* The episodes of a municipality are the same at its CS, its prefecture and national, byte for
 * byte, whatever its log says: elements that each node kept by itself, in real engines, through
 * moves, changes of code and crashes. */
#include "lib/town.h"

#include "juki/registry.h"
#include "step/upkeep.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

enum {
    ELEMENTS_MAX = 64
};

typedef struct elements {
    size_t count;
    jk_element_row rows[ELEMENTS_MAX];
} elements;

static void committed(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static void rekey(world_node *node, const char *code)
{
    jk_store *store = world_store(node);
    const uint8_t key[32] = {7, (uint8_t)code[0], (uint8_t)code[3]};
    jk_status status = JK_E_BUG;
    assert_int_equal(jk_engine_flush(world_engine(node)), JK_OK);
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(jk_compare_rekey_at(world_engine(node), code, key, 1), JK_OK);
    store->ops->commit(store, committed, &status);
    assert_int_equal(status, JK_OK);
    jk_compare_settle(world_engine(node));
}

static void read_elements(world_node *node, const char *code, elements *out)
{
    const jk_store_ops *ops = world_store(node)->ops;
    uint64_t after = 0;
    memset(out, 0, sizeof *out);
    while (ops->element_next(world_store(node), code, after, &out->rows[out->count]) == JK_OK) {
        after = out->rows[out->count++].key;
        assert_true(out->count < ELEMENTS_MAX);
    }
}

static bool alike(const elements *a, const elements *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        same = a->rows[i].key == b->rows[i].key &&
               memcmp(a->rows[i].digest, b->rows[i].digest, sizeof a->rows[i].digest) == 0;
    }
    return same;
}

/* The nodes that hold the episodes of municipality `home`: its CS and both servers. */
static void holders(town *t, int home, world_node *nodes[3])
{
    nodes[0] = t->cs[home];
    nodes[1] = t->prefecture[home == 1 ? 1 : 0];
    nodes[2] = t->national;
}

static void rekey_all(town *t)
{
    for (int home = 0; home < 3; home++) {
        world_node *nodes[3];
        holders(t, home, nodes);
        for (int i = 0; i < 3; i++) {
            rekey(nodes[i], world_id(t->cs[home])->code);
        }
    }
}

/* How many episodes the municipalities have; each three times the same, and what is kept is what
 * would be built. */
static size_t assert_alike(town *t)
{
    static elements kept[3];
    static elements built;
    size_t count = 0;
    for (int home = 0; home < 3; home++) {
        const char *code = world_id(t->cs[home])->code;
        world_node *nodes[3];
        holders(t, home, nodes);
        for (int i = 0; i < 3; i++) {
            jk_scrub_report report;
            assert_int_equal(jk_engine_scrub(world_engine(nodes[i]), code, 1000, &report), JK_OK);
            assert_int_equal(jk_engine_flush(world_engine(nodes[i])), JK_OK);
            assert_true(report.done);
            assert_int_equal(report.damaged, 0);
            read_elements(nodes[i], code, &kept[i]);
            assert_true(alike(&kept[i], &kept[0]));
            rekey(nodes[i], code);
            read_elements(nodes[i], code, &built);
            assert_true(alike(&kept[i], &built));
        }
        count += kept[0].count;
    }
    return count;
}

static void moves(town *t)
{
    jk_token case_id;
    jk_token txn;
    assert_int_equal(town_file_out(t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_int_equal(town_move_in(t, 1, 0, 2, &txn), JK_OK); /* to another prefecture */
    assert_true(town_settle(t));
    const town_filing other = {.home = 0, .first = 2, .count = 1, .planned_day = TOWN_TODAY + 5};
    assert_int_equal(town_file(t, &other, &case_id), JK_OK);
    assert_int_equal(town_move_in(t, 2, 2, 1, &txn), JK_OK); /* within it */
    assert_true(town_settle(t));
    const town_filing back = {.home = 1, .first = 0, .count = 1, .planned_day = TOWN_TODAY + 5};
    assert_int_equal(town_file(t, &back, &case_id), JK_OK);
    const town_request request = {.dest = 0,
                                  .first = 0,
                                  .count = 1,
                                  .moved_in_day = TOWN_TODAY,
                                  .card_usable = true,
                                  .pin_verified = true,
                                  .origin = 1};
    assert_int_equal(town_request_move_in(t, &request, &txn), JK_OK); /* and one comes back */
    assert_true(town_settle(t));
}

static void a_calm_world(void **state)
{
    static const world_faults calm = {0, 0, 1, 0};
    static town t;
    (void)state;
    assert_true(town_open(&t, 3, &calm));
    rekey_all(&t);
    assert_int_equal(assert_alike(&t), TOWN_RESIDENTS);
    moves(&t);
    assert_int_equal(assert_alike(&t), TOWN_RESIDENTS + 4);
    town_close(&t);
}

/* Law C12: another code is another element; the episode under the old one ends. */
static void another_code(void **state)
{
    static const world_faults calm = {0, 0, 1, 0};
    static town t;
    jk_token case_id;
    (void)state;
    assert_true(town_open(&t, 4, &calm));
    rekey_all(&t);
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(town_settle(&t));
    assert_int_equal(town_recode(&t, &case_id, 0, t.code[0], t.code[TOWN_SPARE]), JK_OK);
    assert_true(town_settle(&t));
    assert_int_equal(assert_alike(&t), TOWN_RESIDENTS + 1);
    town_close(&t);
}

static void a_rough_world(void **state)
{
    static const world_faults rough = {100, 50, 300, 20};
    static const world_faults calm = {0, 0, 1, 0};
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        static town t;
        assert_true(town_open(&t, seed, &rough));
        rekey_all(&t);
        moves(&t);
        world_set_faults(t.w, &calm);
        assert_true(town_settle(&t));
        assert_int_equal(assert_alike(&t), TOWN_RESIDENTS + 4);
        town_close(&t);
    }
}

/* The control: a row at one of the servers that its log did not write. */
static void another_row(void **state)
{
    static const world_faults calm = {0, 0, 1, 0};
    static town t;
    static elements kept[2];
    static jk_episode_row row;
    jk_scrub_report report;
    jk_status status = JK_E_BUG;
    (void)state;
    assert_true(town_open(&t, 5, &calm));
    rekey_all(&t);
    jk_store *store = world_store(t.national);
    const char *code = world_id(t.cs[0])->code;
    const jk_token who = jk_token_of_resident(t.code[1]);
    assert_int_equal(store->ops->episode_get(store, &who, code, 1, &row), JK_OK);
    row.seq++;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->episode_put(store, &row), JK_OK);
    store->ops->commit(store, committed, &status);
    assert_int_equal(status, JK_OK);
    assert_int_equal(jk_engine_scrub(world_engine(t.national), code, 1000, &report), JK_OK);
    assert_int_equal(report.damaged, 1);
    assert_int_equal(jk_engine_flush(world_engine(t.national)), JK_OK);
    read_elements(t.national, code, &kept[0]);
    read_elements(t.cs[0], code, &kept[1]);
    assert_false(alike(&kept[0], &kept[1]));
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_world),
        cmocka_unit_test(another_code),
        cmocka_unit_test(a_rough_world),
        cmocka_unit_test(another_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
