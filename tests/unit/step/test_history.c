/* SPDX-License-Identifier: Apache-2.0 */
/* Random histories: changes, damage behind the node's back, slices of scrubs, snapshots, new keys,
 * restarts, groups that are rolled back.  After a whole scrub everything that is kept is what it
 * would be if it were built anew from the rows; a snapshot is what it was when it was made. */
#include "keeper.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CODES = 10, /* of residents: few, so that rows meet */
    EPOCHS = 2,
    STEPS = 24,
    ELEMENTS_MAX = CODES * EPOCHS + 1,
    CASES = 10000
};

/* All that is kept of the municipality. */
typedef struct kept {
    size_t count;
    jk_element_row elements[ELEMENTS_MAX];
    jk_digest top;
    uint64_t rows;
    uint64_t marks[JK_MARKS];
    jk_cell cells[JK_CELLS_KEPT];
} kept;

typedef struct history {
    keeper k;
    lib_random random;
    uint64_t seq;
    bool damage;      /* happens in this history */
    unsigned damaged; /* how often it did */
    unsigned spoilt;  /* stored digests that were damaged since the last whole scrub */
    bool marked;
    jk_digest marked_top;
    uint64_t marked_sum;
} history;

static const jk_store_ops *ops(const history *h)
{
    return h->k.store->ops;
}

static bool chance(history *h, uint64_t of)
{
    return lib_below(&h->random, of) == 0;
}

static jk_episode_row draw_row(history *h)
{
    jk_episode_row row = keeper_episode(&h->random, 1 + lib_below(&h->random, CODES),
                                        1 + lib_below(&h->random, EPOCHS), ++h->seq);
    if (chance(h, 3)) {
        row.open = false;
        row.reason_out = 201;
    }
    if (chance(h, 9)) { /* not canonical, and kept all the same */
        row.reason_in = 7;
    }
    return row;
}

static void look(history *h, bool now, kept *out)
{
    const jk_side *side = NULL;
    assert_int_equal(jk_compare_side(h->k.engine, KEEPER_CODE, now, &side), JK_OK);
    out->top = *jk_tree_node(side->tree, 0, 0);
    out->rows = side->tree->count;
    memcpy(out->marks, side->sketch->marks, sizeof out->marks);
    memcpy(out->cells, side->sketch->cells, sizeof out->cells);
    out->count = 0;
    uint64_t after = 0;
    while (ops(h)->element_next(h->k.store, KEEPER_CODE, after, &out->elements[out->count]) ==
           JK_OK) {
        after = out->elements[out->count++].key;
        assert_true(out->count < ELEMENTS_MAX);
    }
}

static bool alike(const kept *a, const kept *b)
{
    bool same = a->count == b->count && a->rows == b->rows &&
                memcmp(&a->top, &b->top, sizeof a->top) == 0 &&
                memcmp(a->marks, b->marks, sizeof a->marks) == 0 &&
                memcmp(a->cells, b->cells, sizeof a->cells) == 0;
    for (size_t i = 0; same && i < a->count; i++) {
        same = a->elements[i].key == b->elements[i].key &&
               a->elements[i].bucket == b->elements[i].bucket &&
               memcmp(a->elements[i].digest, b->elements[i].digest, 32) == 0;
    }
    return same;
}

/* ---- what happens ---- */

static void change(history *h)
{
    const jk_episode_row row = draw_row(h);
    const unsigned way = (unsigned)lib_below(&h->random, 8);
    keeper_begin(&h->k);
    if (way == 0) {
        assert_int_equal(jk_episode_forget(h->k.engine, &row.resident, row.code, row.epoch), JK_OK);
    } else {
        assert_int_equal(jk_episode_change(h->k.engine, &row), JK_OK);
    }
    if (way == 1) {
        keeper_roll_back(&h->k);
    } else {
        keeper_commit(&h->k);
    }
}

/* A row, or a stored digest, changes, goes or appears; nobody is told. */
static void hurt(history *h)
{
    const jk_episode_row row = draw_row(h);
    jk_element_row element = {.key = keeper_key(&row),
                              .bucket = (uint32_t)lib_below(&h->random, 16)};
    const jk_digest digest = lib_digest(&h->random);
    memcpy(element.digest, digest.byte, sizeof element.digest);
    keeper_begin(&h->k);
    switch (lib_below(&h->random, 5)) {
    case 0:
        assert_int_equal(ops(h)->episode_delete(h->k.store, &row.resident, row.code, row.epoch),
                         JK_OK);
        break;
    case 1:
        assert_int_equal(ops(h)->element_put(h->k.store, KEEPER_CODE, &element), JK_OK);
        h->spoilt++;
        break;
    case 2:
        assert_int_equal(ops(h)->element_delete(h->k.store, KEEPER_CODE, element.key), JK_OK);
        h->spoilt++;
        break;
    default: assert_int_equal(ops(h)->episode_put(h->k.store, &row), JK_OK); break;
    }
    keeper_commit(&h->k);
    h->damaged++;
}

static void mark(history *h)
{
    static kept now;
    const jk_token round = {{'r'}};
    keeper_begin(&h->k);
    assert_int_equal(jk_compare_mark(h->k.engine, KEEPER_CODE, &round, h->seq), JK_OK);
    keeper_commit(&h->k);
    h->marked = h->spoilt == 0;
    look(h, true, &now);
    h->marked_top = now.top;
    h->marked_sum = now.cells[0].sum;
}

static void look_back(history *h)
{
    static kept then;
    const jk_side *side = NULL;
    if (h->marked && h->spoilt == 0) {
        look(h, false, &then);
        assert_memory_equal(&then.top, &h->marked_top, sizeof then.top);
        assert_true(then.cells[0].sum == h->marked_sum);
    } else if (chance(h, 2)) {
        const jk_status status = jk_compare_side(h->k.engine, KEEPER_CODE, false, &side);
        assert_true(status == JK_OK || status == JK_E_NOT_FOUND);
    }
}

static void unmark(history *h)
{
    keeper_begin(&h->k);
    assert_int_equal(jk_compare_unmark(h->k.engine, KEEPER_CODE), JK_OK);
    keeper_commit(&h->k);
    h->marked = false;
}

static void slice(history *h)
{
    jk_scrub_report report;
    assert_int_equal(
        jk_engine_scrub(h->k.engine, KEEPER_CODE, 1 + lib_below(&h->random, 30), &report), JK_OK);
    assert_int_equal(jk_engine_flush(h->k.engine), JK_OK);
}

static void one_step(history *h)
{
    static kept now;
    const uint64_t what = lib_below(&h->random, 64);
    if (what < 34) {
        change(h);
    } else if (what < 42) {
        if (h->damage) {
            hurt(h);
        }
    } else if (what < 50) {
        slice(h);
    } else if (what < 54) {
        mark(h);
    } else if (what < 58) {
        look_back(h);
    } else if (what < 60) {
        unmark(h);
    } else if (what < 62) {
        look(h, true, &now);
    } else if (what < 63) {
        keeper_restart(&h->k);
    } else {
        keeper_rekey(&h->k, (uint8_t)(1 + lib_below(&h->random, 3)));
        h->marked = false;
        h->spoilt = 0;
    }
}

/* Are they the same without having been scrubbed? */
static bool is_rebuilt(history *h)
{
    static kept was;
    static kept built;
    jk_compare_row row;
    look(h, true, &was);
    assert_int_equal(ops(h)->compare_get(h->k.store, KEEPER_CODE, &row), JK_OK);
    keeper_begin(&h->k);
    assert_int_equal(jk_compare_rekey_at(h->k.engine, KEEPER_CODE, row.epoch_key, row.depth),
                     JK_OK);
    look(h, true, &built);
    keeper_roll_back(&h->k);
    return alike(&was, &built);
}

static void rebuild_is_scrub_and_upkeep(void **state)
{
    static history h;
    unsigned blind = 0; /* histories whose damage is not in what is kept */
    unsigned hurt_count = 0;
    const char *given = getenv("JK_CASES");
    const unsigned long cases = given == NULL ? CASES : strtoul(given, NULL, 10);

    (void)state;
    h.random = lib_seed("rebuild_is_scrub_and_upkeep");
    keeper_open(&h.k, NULL);
    for (unsigned long i = 0; i < cases; i++) {
        if (i % 64 == 0) {
            keeper_close(&h.k);
            keeper_open(&h.k, NULL);
        }
        h.damage = i % 4 != 0;
        h.damaged = 0;
        h.spoilt = 0;
        h.marked = false;
        keeper_rekey(&h.k, (uint8_t)(1 + i % 200));
        for (unsigned step = 0; step < STEPS; step++) {
            one_step(&h);
        }
        const bool kept_it = is_rebuilt(&h);
        assert_true(kept_it || h.damaged > 0);
        blind += !kept_it;
        hurt_count += h.damaged > 0;
        (void)keeper_scrub(&h.k, 1 + lib_below(&h.random, 100)); /* the one under way */
        const jk_scrub_report found = keeper_scrub(&h.k, 1 + lib_below(&h.random, 100));
        assert_true(is_rebuilt(&h));
        assert_true(found.damaged == 0 || h.damaged > 0);
        assert_int_equal(keeper_scrub(&h.k, 1000).damaged, 0);
    }
    keeper_close(&h.k);
    (void)printf("%lu histories, %u with damage, %u of them not seen without a scrub\n", cases,
                 hurt_count, blind);
    assert_true(blind > hurt_count / 2); /* the control: without the scrub it does not hold */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuild_is_scrub_and_upkeep),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
