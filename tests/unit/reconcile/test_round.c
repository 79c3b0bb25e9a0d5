/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds between a CS and a server, over 100,000 random cases: two sets, differences of every
 * kind, a history that is right or wrong, and a peer that is honest, short of memory, breaks
 * off, or changes one of its messages.  An honest round ends with exactly what differs.  A
 * dishonest one ends so, too, or broken with a reason; never with anything else, never with more
 * turns than the bound. */
#include "lib.h"

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
    SMALL = 60,      /* rows of a random case at most */
    KEPT = 48,       /* cells */
    TURNS_MAX = 200, /* of a small case */
    ITEMS = 20000    /* of the large cases */
};

typedef struct world {
    lib_set cs;
    lib_set server;
    lib_memory memory;
    jk_ask ask;
    jk_answer answer;
    unsigned turns;
    size_t bytes;
} world;

static jk_recon_keys keys;

/* Changes a message on its way; the message's arrays are copied to `room` before. */
typedef void spoil_fn(void *arg, jk_round_message *m);

/* ---- truth ---- */

/* Whether the verdict is exactly what differs between the two sets. */
static bool right(world *w)
{
    const jk_verdict *v = &w->ask.verdict;
    size_t expected = 0;
    for (size_t i = 0; i < w->cs.count; i++) {
        const jk_element *other = lib_set_find(&w->server, w->cs.items[i].key);
        expected += other == NULL ||
                    memcmp(&other->digest, &w->cs.items[i].digest, sizeof other->digest) != 0;
    }
    for (size_t i = 0; i < w->server.count; i++) {
        expected += lib_set_find(&w->cs, w->server.items[i].key) == NULL;
    }
    if (!v->confirmed || v->count != expected) {
        return false;
    }
    for (size_t i = 0; i < v->count; i++) {
        const jk_finding *f = &v->findings[i];
        const jk_element *ours = lib_set_find(&w->cs, f->key);
        const jk_element *theirs = lib_set_find(&w->server, f->key);
        jk_difference is = ours == NULL     ? JK_DIFFERENCE_THEIRS
                           : theirs == NULL ? JK_DIFFERENCE_OURS
                                            : JK_DIFFERENCE_BOTH;
        if ((ours == NULL && theirs == NULL) || f->difference != is ||
            (ours != NULL && memcmp(&ours->digest, &f->ours, sizeof f->ours) != 0) ||
            (theirs != NULL && memcmp(&theirs->digest, &f->theirs, sizeof f->theirs) != 0)) {
            return false;
        }
    }
    return true;
}

/* ---- one round ---- */

static void begin(world *w, uint64_t cs_marker, uint64_t server_marker, uint32_t history,
                  jk_round_message *open)
{
    jk_side cs = lib_set_side(&w->cs, &w->memory);
    jk_side server = lib_set_side(&w->server, &w->memory);
    w->turns = 0;
    w->bytes = 0;
    jk_answer_begin(&w->answer, &server, server_marker, 7);
    jk_status status = jk_ask_open(&w->ask, &cs, cs_marker, 7, history, open);
    if (status == JK_E_MEMORY) {
        status = jk_ask_open(&w->ask, &cs, cs_marker, 7, history, open);
    }
    assert_int_equal(status, JK_OK);
}

static void end(world *w)
{
    jk_ask_close(&w->ask);
    jk_answer_close(&w->answer);
    assert_int_equal(w->memory.out, 0);
}

/* A question to the server and its answer to the CS; a failed call is made again: memory and
 * rows each fail once. */
static jk_status turn(world *w, jk_round_message *m, spoil_fn *spoil, void *arg)
{
    jk_round_message answer;
    w->bytes += jk_round_size(m);
    if (spoil != NULL) {
        spoil(arg, m);
    }
    jk_status status = jk_answer_take(&w->answer, m, &answer);
    for (int again = 0; again < 2 && (status == JK_E_MEMORY || status == JK_E_STORE); again++) {
        status = jk_answer_take(&w->answer, m, &answer);
    }
    assert_int_equal(status, JK_OK);
    w->bytes += jk_round_size(&answer);
    if (spoil != NULL) {
        spoil(arg, &answer);
    }
    status = jk_ask_take(&w->ask, &answer, m);
    for (int again = 0; again < 2 && (status == JK_E_MEMORY || status == JK_E_STORE); again++) {
        status = jk_ask_take(&w->ask, &answer, m);
    }
    w->turns++;
    return status;
}

static jk_status play(world *w, uint32_t history, spoil_fn *spoil, void *arg)
{
    jk_round_message m;
    begin(w, 100, 100, history, &m);
    jk_status status = JK_OK;
    while (status == JK_OK && w->ask.state != JK_ASK_DONE) {
        status = turn(w, &m, spoil, arg);
        assert_true(w->turns < 100000);
    }
    return status;
}

/* ---- random cases ---- */

static void draw_sets(world *w, lib_random *random)
{
    jk_element items[2][SMALL];
    size_t n = lib_below(random, SMALL);
    size_t count[2] = {0, 0};
    uint64_t often = lib_below(random, 4); /* 0: equal sets */
    for (size_t i = 0; i < n; i++) {
        jk_element e = {lib_key(random), lib_digest(random)};
        uint64_t fate = often == 0 ? 9 : lib_below(random, 4 * often + 4);
        if (fate != 0) {
            items[0][count[0]++] = e;
        }
        if (fate == 2) {
            e.digest.byte[lib_below(random, 32)] ^= 1; /* a bit */
        } else if (fate == 3) {
            e.key ^= UINT64_C(1) << (16 + lib_below(random, 30)); /* a damaged code */
            e.key = e.key >= JK_ELEMENT_KEY_END ? 65536 + i : e.key;
        }
        if (fate != 1) {
            items[1][count[1]++] = e;
        }
    }
    if (count[1] >= 2 && lib_below(random, 8) == 0) { /* rows that changed places */
        jk_digest other = items[1][0].digest;
        items[1][0].digest = items[1][1].digest;
        items[1][1].digest = other;
    }
    lib_set_build(&w->cs, items[0], count[0]);
    lib_set_build(&w->server, items[1], count[1]);
}

static uint32_t draw_history(lib_random *random)
{
    static const uint32_t histories[] = {JK_ASK_UNKNOWN, 0, 1, 5, 100};
    return histories[lib_below(random, sizeof histories / sizeof histories[0])];
}

/* What a liar changes, with a copy of the arrays so that the other side's memory stays. */
typedef struct liar {
    lib_random *random;
    unsigned when; /* this message, from 0; counts down */
    bool done;
    const char *did;
    jk_cell cells[4096];
    uint8_t marks[JK_MARKS];
    jk_digest digests[JK_ROUND_NODES_MAX * JK_TREE_FANOUT];
    jk_element rows[JK_ROUND_ROWS_MAX];
    jk_list_row list[JK_ROUND_LIST_MAX];
    jk_statement statements[4096];
    uint16_t row_counts[JK_ROUND_NODES_MAX];
} liar;

static void lie_in_array(liar *l, jk_round_message *m)
{
    uint64_t r = lib_next(l->random);
    uint32_t i = (uint32_t)(r % m->count);
    r >>= 32;
    if (m->cells != NULL && m->count <= 4096) {
        memcpy(l->cells, m->cells, m->count * sizeof *m->cells);
        l->cells[i].sum = r % 3 == 0 ? JK_PRIME : jk_field_add(l->cells[i].sum, 1);
        m->cells = l->cells;
        l->did = "cell";
    } else if (m->statements != NULL && m->count <= 4096) {
        memcpy(l->statements, m->statements, m->count * sizeof *m->statements);
        jk_statement *s = &l->statements[i];
        if (r % 3 == 0) {
            s->key = lib_key(l->random);
        } else if (r % 3 == 1) {
            s->digest.byte[0] ^= 1;
        } else {
            s->present = !s->present;
        }
        m->statements = l->statements;
        l->did = "statement";
    } else if (m->digests != NULL) {
        memcpy(l->digests, m->digests, m->count * sizeof *m->digests * JK_TREE_FANOUT);
        l->digests[i].byte[r % 32] ^= 1;
        m->digests = l->digests;
        l->did = "children";
    } else if (m->list != NULL) {
        memcpy(l->list, m->list, m->count * sizeof *m->list);
        l->list[i].key += r % 2;
        l->list[i].value += 1 - r % 2;
        m->list = l->list;
        l->did = "list";
    } else if (m->rows != NULL) {
        memcpy(l->row_counts, m->row_counts, m->count * sizeof *m->row_counts);
        size_t all = 0;
        for (uint32_t j = 0; j < m->count; j++) {
            all += m->row_counts[j];
        }
        if (all > 0) {
            memcpy(l->rows, m->rows, all * sizeof *m->rows);
            l->rows[r % all].digest.byte[5] ^= 1;
            l->row_counts[i] = (uint16_t)(l->row_counts[i] - (r % 3 == 0 && m->row_counts[i] > 0));
        }
        m->rows = l->rows;
        m->row_counts = l->row_counts;
        l->did = "rows";
    } else {
        m->count--;
        l->did = "fewer";
    }
}

static void lie_in_field(liar *l, jk_round_message *m)
{
    switch (lib_below(l->random, 10)) {
    case 0: m->key_id ^= 1; break;
    case 1: m->marker++; break;
    case 2: m->marker--; break;
    case 3: m->round--; break;
    case 4: m->depth++; break;
    case 5: m->commitment.count += lib_below(l->random, 2) == 0 ? 1 : UINT64_C(1) << 40; break;
    case 6: m->commitment.top.byte[31] ^= 1; break;
    case 7: m->first++; break;
    case 8: m->kind = (jk_round_kind)(1 + lib_below(l->random, JK_ROUND_NO)); break;
    default: m->next++; break;
    }
    l->did = "field";
}

static void lie(void *arg, jk_round_message *m)
{
    liar *l = arg;
    if (l->done || l->when-- > 0) {
        return;
    }
    l->done = true;
    if (m->count > 0 && lib_below(l->random, 2) == 0) {
        lie_in_array(l, m);
    } else if (m->marks != NULL && lib_below(l->random, 4) == 0) {
        for (size_t i = 0; i < JK_MARKS; i++) {
            l->marks[i] = (uint8_t)lib_next(l->random);
        }
        m->marks = l->marks;
        l->did = "marks";
    } else {
        lie_in_field(l, m);
    }
}

/* A message whose kind was changed may lack what that kind has; a decoder of bytes never gives such
 * a one. */
static bool decodable(const jk_round_message *m)
{
    bool some = m->count > 0;
    switch (m->kind) {
    case JK_ROUND_OPEN:
    case JK_ROUND_CELLS: return !some || m->cells != NULL;
    case JK_ROUND_NODES:
    case JK_ROUND_ROWS: return !some || m->ids != NULL;
    case JK_ROUND_DIGESTS: return !some || m->wanted != NULL;
    case JK_ROUND_FOUND: return !some || m->statements != NULL;
    case JK_ROUND_CHILDREN: return !some || (m->ids != NULL && m->digests != NULL);
    case JK_ROUND_BUCKETS:
        return !some || (m->ids != NULL && m->rows != NULL && m->row_counts != NULL);
    case JK_ROUND_LISTED: return !some || m->list != NULL;
    case JK_ROUND_LIST:
    case JK_ROUND_EQUAL:
    case JK_ROUND_MORE:
    case JK_ROUND_WALK:
    case JK_ROUND_NO: return true;
    }
    return false;
}

static void lie_decodably(void *arg, jk_round_message *m)
{
    liar *l = arg;
    jk_round_message before = *m;
    lie(arg, m);
    if (!decodable(m)) {
        *m = before;
        l->done = false;
    }
}

typedef struct tally {
    unsigned honest;
    unsigned lies;
    unsigned survived; /* lies after which the verdict was right all the same */
    unsigned whys[JK_ROUND_REFUSED + 1];
    unsigned most_turns;
} tally;

static void one_lie(world *w, lib_random *random, tally *t)
{
    static liar l;
    l.random = random;
    l.when = (unsigned)(lib_below(random, 4) * lib_below(random, 3));
    l.done = false;
    jk_status status = play(w, draw_history(random), lie_decodably, &l);
    t->lies += l.done;
    if (status == JK_OK) {
        assert_true(right(w));
        t->survived += l.done;
    } else {
        assert_int_equal(status, JK_E_UNEXPECTED);
        assert_int_equal(w->ask.state, JK_ASK_BROKEN);
        assert_true(l.done && w->ask.why != JK_ROUND_FINE);
        assert_false(w->ask.verdict.confirmed);
        t->whys[w->ask.why]++;
    }
}

/* Breaks off in the middle; the next round is a new one. */
static void one_cut(world *w, lib_random *random)
{
    jk_round_message m;
    begin(w, 100, 100, draw_history(random), &m);
    for (uint64_t left = lib_below(random, 3); left > 0 && w->ask.state != JK_ASK_DONE; left--) {
        assert_int_equal(turn(w, &m, NULL, NULL), JK_OK);
    }
    end(w);
}

static void random_rounds(void **state)
{
    const char *count_given = getenv("JK_CASES");
    const unsigned long cases = count_given != NULL ? strtoul(count_given, NULL, 10) : 100000;
    lib_random random = lib_seed("random_rounds");
    static world w;
    static tally t;

    (void)state;
    lib_set_open(&w.cs, &keys, 1, KEPT, SMALL + 2);
    lib_set_open(&w.server, &keys, 1, KEPT, SMALL + 2);
    for (unsigned long i = 0; i < cases; i++) {
        if (i % 4 == 0) {
            draw_sets(&w, &random);
        }
        lib_memory_open(&w.memory, i % 4 == 1 ? 1 + lib_below(&random, 12) : 0);
        w.cs.reads = 0;
        w.server.reads = 0;
        w.cs.fail = i % 4 == 1 ? 17 + lib_below(&random, 40) : 0; /* not while it opens */
        w.server.fail = i % 4 == 1 ? lib_below(&random, 40) : 0;
        if (i % 4 >= 2) {
            one_lie(&w, &random, &t);
        } else {
            if (i % 8 == 0) {
                one_cut(&w, &random);
            }
            assert_int_equal(play(&w, draw_history(&random), NULL, NULL), JK_OK);
            assert_true(right(&w));
            t.honest++;
        }
        assert_true(w.turns <= TURNS_MAX);
        t.most_turns = w.turns > t.most_turns ? w.turns : t.most_turns;
        end(&w);
    }
    (void)printf("%u honest rounds right; %u lies: %u right all the same", t.honest, t.lies,
                 t.survived);
    for (int i = 1; i <= JK_ROUND_REFUSED; i++) {
        (void)printf(", %u %s", t.whys[i], jk_round_why_name((jk_round_why)i));
    }
    (void)printf("; %u turns at most\n", t.most_turns);
    assert_true(t.honest == cases / 2);
    assert_true(t.lies > cases / 5 && t.survived > 0);
    lib_set_close(&w.cs);
    lib_set_close(&w.server);
}

/* ---- large cases ---- */

static void open_large(world *w, lib_random *random, size_t count, size_t differences)
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
        items[i].digest.byte[0] ^= 1;
    }
    lib_set_build(&w->server, items, count);
    free(items);
}

static void close_large(world *w)
{
    lib_set_close(&w->cs);
    lib_set_close(&w->server);
}

/* Few differences: cells.  Most of everybody: the list. */
static void large_rounds(void **state)
{
    static const size_t differences[] = {0, 1, 10, 100, 1000, 5000, 15000, ITEMS};
    lib_random random = lib_seed("large_rounds");
    static world w;

    (void)state;
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        size_t d = differences[i];
        open_large(&w, &random, ITEMS, d);
        assert_int_equal(play(&w, JK_ASK_UNKNOWN, NULL, NULL), JK_OK);
        assert_true(right(&w));
        assert_int_equal(w.ask.verdict.count, d);
        size_t statements = d * 40;
        assert_true(w.bytes <= 2000 + 60 * d + statements || d > ITEMS / 2);
        assert_true(w.bytes <= (size_t)ITEMS * (JK_LIST_ROW_SIZE + 40) * 2);
        end(&w);
        close_large(&w);
    }
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
    static world w;

    (void)state;
    open_large(&w, &random, ITEMS, 50);
    assert_int_equal(play(&w, JK_ASK_UNKNOWN, spoil_cells, &random), JK_OK);
    assert_true(right(&w));
    assert_int_equal(w.ask.verdict.count, 50);
    assert_true(w.answer.asks <= JK_ROUND_ASKS_MAX && w.answer.cells.count < 2000);
    assert_true(w.turns < 20);
    end(&w);
    close_large(&w);
}

/* Two records with one f, made by somebody who holds the key: sums and list are blind to it, the
 * tree is not. */
static void same_value(void **state)
{
    lib_random random = lib_seed("same_value");
    static world w;

    (void)state;
    open_large(&w, &random, 2000, 1);
    memset(w.cs.sketch.cells, 0, w.cs.sketch.count * sizeof(jk_cell));
    memset(w.server.sketch.cells, 0, w.cs.sketch.count * sizeof(jk_cell));
    memset(w.cs.sketch.marks, 0, sizeof w.cs.sketch.marks);
    memset(w.server.sketch.marks, 0, sizeof w.cs.sketch.marks);
    assert_int_equal(play(&w, JK_ASK_UNKNOWN, NULL, NULL), JK_OK);
    assert_true(right(&w));
    assert_int_equal(w.ask.verdict.count, 1);
    assert_int_equal(w.ask.level, 3); /* by the tree */
    end(&w);
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
        static world w;
        forge f = cases[i].forge;
        open_large(&w, &random, 500, 3);
        assert_int_equal(play(&w, JK_ASK_UNKNOWN, forge_one, &f), JK_E_UNEXPECTED);
        assert_string_equal(jk_round_why_name(w.ask.why), jk_round_why_name(cases[i].at_cs));
        jk_round_why at_server = cases[i].at_server;
        at_server = f.what == 6 && f.kind == JK_ROUND_OPEN ? JK_ROUND_COUNT : at_server;
        assert_string_equal(jk_round_why_name(w.answer.why), jk_round_why_name(at_server));
        end(&w);
        close_large(&w);
    }
}

/* A server that is asked what nobody honest asks. */
static jk_round_why ask_server(world *w, const jk_round_message *opening, jk_round_message odd)
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
    static world w;
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
    static world w;
    lib_random random = lib_seed("greedy");
    jk_round_message open;
    jk_round_message answer;
    unsigned given = 0;

    (void)state;
    open_large(&w, &random, 500, 3);
    begin(&w, 100, 100, JK_ASK_UNKNOWN, &open);
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
    end(&w);
    close_large(&w);
}

/* A server that wants ever more cells. */
static void insatiable(void **state)
{
    static world w;
    lib_random random = lib_seed("insatiable");
    jk_round_message m;
    jk_status status = JK_OK;

    (void)state;
    for (uint32_t step = 10; step <= JK_CELLS_MAX; step *= 40) {
        open_large(&w, &random, 2000, 3);
        begin(&w, 100, 100, JK_ASK_UNKNOWN, &m);
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
        end(&w);
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
        cmocka_unit_test(random_rounds), cmocka_unit_test(large_rounds),
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
