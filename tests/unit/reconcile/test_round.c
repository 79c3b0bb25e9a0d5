/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds between a CS and a server: large sets, each refusal by its name, questions that nobody
 * honest asks, and how many cells are enough.  Rounds of random sets with peers of every kind are
 * in test_peers.c. */
#include "play.h"

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
    ITEMS = 20000 /* of the large cases */
};

static jk_recon_keys keys;

/* ---- large cases ---- */

static void open_large(play_world *w, lib_random *random, size_t count, size_t differences)
{
    jk_element *items = calloc(count, sizeof *items);
    assert_non_null(items);
    lib_memory_open(&w->memory, 0);
    lib_set_open(&w->cs, &keys, 3, 512, count + differences);
    lib_set_open(&w->server, &keys, 3, 512, count + differences);
    for (size_t i = 0; i < count; i++) {
        items[i] = (jk_element){lib_key(random), lib_digest(random)};
    }
    lib_set_build(&w->cs, items, count);
    for (size_t i = 0; i < differences; i++) {
        items[i].digest = lib_digest(random);
    }
    lib_set_build(&w->server, items, count);
    free(items);
}

static void close_large(play_world *w)
{
    lib_set_close(&w->cs);
    lib_set_close(&w->server);
}

/* Few differences: cells.  Most of everybody: the list. */
static void large_rounds(void **state)
{
    static const size_t differences[] = {0, 1, 10, 100, 1000, 5000, 15000, ITEMS};
    lib_random random = lib_seed("large_rounds");
    static play_world w;

    (void)state;
    for (size_t i = 0; i < 2 * sizeof differences / sizeof differences[0]; i++) {
        size_t d = differences[i / 2];
        open_large(&w, &random, ITEMS, d);
        /* Nothing known, or the last round was equal: then no cells go with the opening. */
        assert_int_equal(play_all(&w, i % 2 == 0 ? JK_ASK_UNKNOWN : 0, NULL, NULL), JK_OK);
        assert_true(play_right(&w));
        assert_true(d > 1000 || (w.ask.here.count == 0 && w.ask.asks <= 3)); /* by cells */
        assert_int_equal(w.ask.verdict.count, d);
        size_t statements = d * 40;
        assert_true(w.bytes <= 2000 + 60 * d + statements || d > ITEMS / 2);
        assert_true(w.bytes <= (size_t)ITEMS * (JK_LIST_ROW_SIZE + 40) * 2);
        play_end(&w);
        close_large(&w);
    }
}

/* So few residents that the least number of cells bounds the round, on either side. */
static void few_and_many(void **state)
{
    enum {
        MOST = 40,
        TIMES = 20
    };

    lib_random random = lib_seed("few_and_many");
    static play_world w;
    jk_element items[MOST];

    (void)state;
    lib_memory_open(&w.memory, 0);
    lib_set_open(&w.cs, &keys, 1, 64, MOST);
    lib_set_open(&w.server, &keys, 1, 64, MOST);
    for (size_t i = 0; i < (size_t)MOST * TIMES; i++) {
        for (size_t k = 0; k < MOST; k++) {
            items[k] = (jk_element){lib_key(&random), lib_digest(&random)};
        }
        lib_set_build(&w.cs, items, i % 4 == 3 ? i % MOST : i % 2);
        lib_set_build(&w.server, items, i % 4 == 3 ? i % 2 : i % MOST);
        assert_int_equal(play_all(&w, JK_ASK_UNKNOWN, NULL, NULL), JK_OK);
        assert_true(play_right(&w));
        play_end(&w);
    }
    close_large(&w);
}

/* A sketch that never decodes: random cells.  The tree finds them all the same. */
static void spoil_cells(void *arg, jk_round_message *m)
{
    static jk_cell cells[JK_CELLS_MAX];
    if (m->cells == NULL) {
        return;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        cells[i].sum = lib_below(arg, JK_PRIME);
        cells[i].moment = lib_below(arg, JK_PRIME);
    }
    m->cells = cells;
}

static void never_decodes(void **state)
{
    lib_random random = lib_seed("never_decodes");
    static play_world w;

    (void)state;
    open_large(&w, &random, ITEMS, 50);
    assert_int_equal(play_all(&w, JK_ASK_UNKNOWN, spoil_cells, &random), JK_OK);
    assert_true(play_right(&w));
    assert_int_equal(w.ask.verdict.count, 50);
    assert_true(w.answer.asks <= JK_ROUND_ASKS_MAX && w.answer.cells.count < 2000);
    assert_true(w.turns < 20);
    play_end(&w);
    close_large(&w);
}

/* Two records with one f, made by somebody who holds the key: sums and list are blind to it, the
 * tree is not. */
static void same_value(void **state)
{
    lib_random random = lib_seed("same_value");
    static play_world w;

    (void)state;
    open_large(&w, &random, 2000, 1);
    memset(w.cs.sketch.cells, 0, w.cs.sketch.count * sizeof(jk_cell));
    memset(w.server.sketch.cells, 0, w.cs.sketch.count * sizeof(jk_cell));
    memset(w.cs.sketch.marks, 0, sizeof w.cs.sketch.marks);
    memset(w.server.sketch.marks, 0, sizeof w.cs.sketch.marks);
    assert_int_equal(play_all(&w, JK_ASK_UNKNOWN, NULL, NULL), JK_OK);
    assert_true(play_right(&w));
    assert_int_equal(w.ask.verdict.count, 1);
    assert_int_equal(w.ask.level, 3); /* by the tree */
    play_end(&w);
    close_large(&w);
}

/* Each refusal by its name. */
typedef struct forge {
    jk_round_kind kind; /* the message that is changed */
    int what;
} forge;

static void forge_one(void *arg, jk_round_message *m)
{
    static jk_cell cells[64];
    static jk_digest digests[JK_ROUND_NODES_MAX * JK_TREE_FANOUT];
    static jk_statement statements[64];
    const forge *f = arg;
    if (m->kind != f->kind) {
        return;
    }
    switch (f->what) {
    case 0: m->round++; break;
    case 1: m->key_id++; break;
    case 2: m->depth++; break;
    case 3: m->marker--; break;
    case 4: m->marker++; break;
    case 5: m->commitment.count++; break;
    case 6: m->commitment.count = UINT64_C(1) << 40; break;
    case 7: m->first++; break;
    case 8: m->count = JK_CELLS_MAX; break;
    case 9:
        memcpy(cells, m->cells, JK_ROUND_CELLS_FIRST * sizeof *cells);
        cells[3].moment = JK_PRIME;
        m->cells = cells;
        break;
    case 10:
        memcpy(digests, m->digests, m->count * sizeof *digests * JK_TREE_FANOUT);
        digests[3].byte[0] ^= 1;
        m->digests = digests;
        break;
    case 11:
        memcpy(statements, m->statements, m->count * sizeof *statements);
        statements[0].key = statements[m->count - 1].key + 1;
        m->statements = statements;
        break;
    case 12: m->commitment.top.byte[0] ^= 1; break;
    case 13: /* the residents who differ are not told */
        m->kind = JK_ROUND_EQUAL;
        m->count = 0;
        m->statements = NULL;
        break;
    default: m->kind = JK_ROUND_WALK; break;
    }
}

static void refusals(void **state)
{
    static const struct {
        forge forge;
        jk_round_why at_cs;
        jk_round_why at_server;
    } cases[] = {
        {{JK_ROUND_FOUND, 0}, JK_ROUND_OTHER_ROUND, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 1}, JK_ROUND_OTHER_KEY, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 2}, JK_ROUND_OTHER_DEPTH, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 3}, JK_ROUND_MARKER_PAST, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 4}, JK_ROUND_MARKER_FUTURE, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 6}, JK_ROUND_COUNT, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 8}, JK_ROUND_TOO_MANY, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 11}, JK_ROUND_ORDER, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 12}, JK_ROUND_ROOT, JK_ROUND_FINE},
        {{JK_ROUND_FOUND, 13}, JK_ROUND_ROOT, JK_ROUND_FINE},
        {{JK_ROUND_OPEN, 0}, JK_ROUND_REFUSED, JK_ROUND_FINE},
        {{JK_ROUND_OPEN, 4}, JK_ROUND_MARKER_FUTURE, JK_ROUND_FINE},
        {{JK_ROUND_OPEN, 6}, JK_ROUND_REFUSED, JK_ROUND_ROOT},
        {{JK_ROUND_OPEN, 7}, JK_ROUND_REFUSED, JK_ROUND_NOT_ASKED},
        {{JK_ROUND_OPEN, 9}, JK_ROUND_REFUSED, JK_ROUND_NOT_A_SUM},
    };

    lib_random random = lib_seed("refusals");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static play_world w;
        forge f = cases[i].forge;
        open_large(&w, &random, 500, 3);
        assert_int_equal(play_all(&w, JK_ASK_UNKNOWN, forge_one, &f), JK_E_UNEXPECTED);
        assert_string_equal(jk_round_why_name(w.ask.why), jk_round_why_name(cases[i].at_cs));
        jk_round_why at_server = cases[i].at_server;
        at_server = f.what == 6 && f.kind == JK_ROUND_OPEN ? JK_ROUND_COUNT : at_server;
        assert_string_equal(jk_round_why_name(w.answer.why), jk_round_why_name(at_server));
        play_end(&w);
        close_large(&w);
    }
}

/* A server that is asked what nobody honest asks. */
static jk_round_why ask_server(play_world *w, const jk_round_message *opening, jk_round_message odd)
{
    jk_side side = lib_set_side(&w->server, &w->memory);
    jk_round_message answer;
    jk_answer_begin(&w->answer, &side, 100, 7);
    if (opening != NULL) {
        assert_int_equal(jk_answer_take(&w->answer, opening, &answer), JK_OK);
        assert_int_equal(answer.kind, JK_ROUND_FOUND);
    }
    odd.round = 7;
    odd.marker = 100;
    odd.key_id = keys.id;
    odd.depth = 3;
    assert_int_equal(jk_answer_take(&w->answer, &odd, &answer), JK_OK);
    assert_int_equal(answer.kind, JK_ROUND_NO);
    assert_true(w->answer.over);
    /* And nothing after that. */
    assert_int_equal(jk_answer_take(&w->answer, opening != NULL ? opening : &odd, &answer), JK_OK);
    assert_int_equal(answer.kind, JK_ROUND_NO);
    jk_answer_close(&w->answer);
    return w->answer.why;
}

static void odd_questions(void **state)
{
    static play_world w;
    static const uint32_t ids[JK_ROUND_NODES_MAX + 1] = {3, 2};
    static const uint32_t beyond[1] = {4096};
    static const uint64_t wanted[JK_ROUND_ROWS_MAX + 1] = {70000, 70000};
    static jk_cell cells[4];
    lib_random random = lib_seed("odd_questions");
    jk_round_message open;

    (void)state;
    open_large(&w, &random, 500, 3);
    jk_side cs = lib_set_side(&w.cs, &w.memory);
    assert_int_equal(jk_ask_open(&w.ask, &cs, 100, 7, JK_ASK_UNKNOWN, &open), JK_OK);

    const struct {
        jk_round_message m;
        bool opened;
        jk_round_why why;
    } cases[] = {
        {{.kind = JK_ROUND_CELLS, .count = 4, .cells = cells}, false, JK_ROUND_NOT_ASKED},
        {{.kind = JK_ROUND_CELLS, .count = 4, .cells = cells}, true, JK_ROUND_NOT_ASKED},
        {{.kind = JK_ROUND_NODES, .count = 1, .ids = ids}, false, JK_ROUND_NOT_ASKED},
        {{.kind = JK_ROUND_NODES, .count = 0, .ids = ids}, true, JK_ROUND_TOO_MANY},
        {{.kind = JK_ROUND_NODES, .count = JK_ROUND_NODES_MAX + 1, .ids = ids},
         true,
         JK_ROUND_TOO_MANY},
        {{.kind = JK_ROUND_NODES, .level = 1, .count = 2, .ids = ids}, true, JK_ROUND_ORDER},
        {{.kind = JK_ROUND_NODES, .level = 3, .count = 1, .ids = ids}, true, JK_ROUND_ORDER},
        {{.kind = JK_ROUND_ROWS, .count = 1, .ids = beyond}, true, JK_ROUND_ORDER},
        {{.kind = JK_ROUND_LIST, .first = 4096}, true, JK_ROUND_ORDER},
        {{.kind = JK_ROUND_DIGESTS, .count = 2, .wanted = wanted}, true, JK_ROUND_ORDER},
        {{.kind = JK_ROUND_DIGESTS, .count = JK_ROUND_ROWS_MAX + 1, .wanted = wanted},
         true,
         JK_ROUND_TOO_MANY},
        {{.kind = JK_ROUND_WALK}, true, JK_ROUND_TOO_MANY},
        {{.kind = JK_ROUND_WALK, .count = 1}, true, JK_ROUND_NOT_ASKED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jk_round_why why = ask_server(&w, cases[i].opened ? &open : NULL, cases[i].m);
        assert_string_equal(jk_round_why_name(why), jk_round_why_name(cases[i].why));
    }
    assert_string_equal(jk_round_why_name(ask_server(&w, &open, open)), "not-asked");
    jk_ask_close(&w.ask);
    assert_int_equal(w.memory.out, 0);
    close_large(&w);
}

/* The list over and over: the server stops giving. */
static void greedy(void **state)
{
    static play_world w;
    lib_random random = lib_seed("greedy");
    jk_round_message open;
    jk_round_message answer;
    unsigned given = 0;

    (void)state;
    open_large(&w, &random, 500, 3);
    play_begin(&w, 100, 7, JK_ASK_UNKNOWN, &open);
    assert_int_equal(jk_answer_take(&w.answer, &open, &answer), JK_OK);
    jk_round_message list = open;
    list.kind = JK_ROUND_LIST;
    list.count = 0;
    do {
        assert_int_equal(jk_answer_take(&w.answer, &list, &answer), JK_OK);
        given++;
    } while (answer.kind == JK_ROUND_LISTED && given < 1000);
    assert_int_equal(w.answer.why, JK_ROUND_TOO_MANY);
    assert_true(given < 100);
    play_end(&w);
    close_large(&w);
}

/* A server that wants ever more cells. */
static void insatiable(void **state)
{
    static play_world w;
    lib_random random = lib_seed("insatiable");
    jk_round_message m;
    jk_status status = JK_OK;

    (void)state;
    for (uint32_t step = 10; step <= JK_CELLS_MAX; step *= 40) {
        open_large(&w, &random, 2000, 3);
        play_begin(&w, 100, 7, JK_ASK_UNKNOWN, &m);
        unsigned given = 0;
        do {
            jk_round_message more = m;
            more.kind = JK_ROUND_MORE;
            more.first = w.ask.cells_sent;
            more.count = step;
            status = jk_ask_take(&w.ask, &more, &m);
            given++;
        } while (status == JK_OK);
        assert_int_equal(status, JK_E_UNEXPECTED);
        assert_int_equal(w.ask.why, JK_ROUND_TOO_MANY);
        assert_true(given <= JK_ROUND_ASKS_MAX + 1);
        assert_true(w.ask.cells_sent <= 4000);
        play_end(&w);
        close_large(&w);
    }
}

/* The number of cells that is taken for a known number of differences, and for none at all. */
static void enough_cells(void **state)
{
    static const uint32_t sizes[] = {1, 2, 5, 20, 100, 500, 2000};
    lib_random random = lib_seed("enough_cells");
    lib_memory memory;
    static jk_cell cells[8192];

    (void)state;
    lib_memory_open(&memory, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t count = jk_round_cells(sizes[i]);
        unsigned runs = sizes[i] > 1000 ? 100 : 400;
        unsigned decoded = 0;
        for (unsigned run = 0; run < runs; run++) {
            jk_candidates found;
            memset(cells, 0, count * sizeof *cells);
            for (uint32_t d = 0; d < sizes[i]; d++) {
                uint64_t key = lib_key(&random);
                jk_cells_add(cells, 0, count, jk_element_place(&keys, key), key,
                             1 + lib_below(&random, JK_PRIME - 1));
            }
            if (jk_decode(&keys, cells, count, &memory.port, &found, NULL) == JK_OK) {
                decoded++;
                jk_candidates_free(&found, &memory.port);
            }
        }
        assert_true(decoded >= runs * 97 / 100);
    }
    assert_int_equal(jk_round_cells(0), 1);
    assert_int_equal(jk_round_cells(UINT32_MAX), JK_CELLS_MAX);
    assert_int_equal(memory.out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_rounds),  cmocka_unit_test(few_and_many),
        cmocka_unit_test(never_decodes), cmocka_unit_test(same_value),
        cmocka_unit_test(refusals),      cmocka_unit_test(odd_questions),
        cmocka_unit_test(greedy),        cmocka_unit_test(insatiable),
        cmocka_unit_test(enough_cells),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    lib_keys(&keys, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
