/* SPDX-License-Identifier: Apache-2.0 */
/* The property of a round, over 120,000 random cases: two sets, damages of every kind, a history
 * that is right or wrong, and a peer of every kind (peers.h).  A round ends with exactly what
 * differs, or broken with a reason that is this peer's; never with anything else, never with more
 * turns than the bound.
 *
 * Its controls: a CS that believes what it is told, before the root confirms it, would have been
 * wrong under each kind of liar that is aimed at it; and the judge of verdicts sees each way to be
 * wrong.  JK_CASES and JK_SEED choose another run. */
#include "peers.h"

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
    SMALL = 60,      /* rows of a case at most */
    KEPT = 48,       /* cells */
    TURNS_MAX = 200, /* of a case */
    DEPTHS = 2
};

static jk_recon_keys keys;

typedef struct tally {
    unsigned cases[PEER_KINDS];
    unsigned did[PEER_KINDS];   /* the peer found something to change */
    unsigned right[PEER_KINDS]; /* the verdict was there, and right */
    unsigned whys[PEER_KINDS][JK_ROUND_REFUSED + 1];
    unsigned fooled[PEER_KINDS]; /* who believes would have been wrong */
    unsigned equal;
    unsigned by_cells;
    unsigned by_tree;
    unsigned by_list;
    unsigned most_turns;
} tally;

/* ---- two sets ---- */

typedef struct drawn {
    jk_element items[2][SMALL];
    size_t count[2];
} drawn;

static void draw_one(drawn *d, lib_random *random, size_t i, uint64_t fate)
{
    jk_element e = {lib_key(random), lib_digest(random)};
    if (fate != 0) { /* missing at the CS */
        d->items[0][d->count[0]++] = e;
    }
    if (fate == 2) {
        e.digest.byte[lib_below(random, 32)] ^= 1; /* a bit */
    } else if (fate == 3) {
        e.key ^= UINT64_C(1) << (16 + lib_below(random, 30)); /* a damaged code */
        e.key = e.key >= JK_ELEMENT_KEY_END ? 65536 + i : e.key;
    }
    if (fate != 1) { /* missing at the server */
        d->items[1][d->count[1]++] = e;
    }
}

static void draw_sets(play_world *w, lib_random *random)
{
    drawn d = {.count = {0, 0}};
    size_t n = lib_below(random, SMALL);
    uint64_t often = lib_below(random, 4); /* 0: equal sets */
    for (size_t i = 0; i < n; i++) {
        draw_one(&d, random, i, often == 0 ? 9 : lib_below(random, 4 * often + 4));
    }
    if (d.count[1] >= 2 && lib_below(random, 8) == 0) { /* rows that changed places */
        jk_digest other = d.items[1][0].digest;
        d.items[1][0].digest = d.items[1][1].digest;
        d.items[1][1].digest = other;
    }
    w->cs.fail = 0;
    w->server.fail = 0;
    lib_set_build(&w->cs, d.items[0], d.count[0]);
    lib_set_build(&w->server, d.items[1], d.count[1]);
}

static uint32_t draw_history(lib_random *random)
{
    static const uint32_t histories[] = {JK_ASK_UNKNOWN, 0, 1, 5, 100};
    return histories[lib_below(random, sizeof histories / sizeof histories[0])];
}

/* ---- a case ---- */

typedef struct run {
    lib_random random;
    play_world world[DEPTHS];
    peer peer;
    peer_old old;
    tally tally;
    uint64_t marker;
    uint32_t round;
    bool believed_wrong; /* what this round says before it is confirmed */
} run;

/* What a CS would take for true that believes its server. */
static bool would_be_right(play_world *w, const jk_round_message *m)
{
    if (m->count != play_differences(w)) {
        return false;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        const jk_statement *s = &m->statements[i];
        const jk_element *ours = lib_set_find(&w->cs, s->key);
        const jk_element *theirs = lib_set_find(&w->server, s->key);
        if ((theirs != NULL) != s->present || (ours == NULL && theirs == NULL) ||
            (theirs != NULL && memcmp(&theirs->digest, &s->digest, sizeof s->digest) != 0)) {
            return false;
        }
    }
    return true;
}

static void watch(void *arg, jk_round_message *m)
{
    run *r = arg;
    play_world *w = r->peer.world;
    peer_spoil(&r->peer, m);
    if (w->ask.state == JK_ASK_CELLS && (m->kind == JK_ROUND_FOUND || m->kind == JK_ROUND_EQUAL)) {
        r->believed_wrong = r->believed_wrong || !would_be_right(w, m);
    }
    if (r->peer.kind == PEER_HONEST) {
        peer_keep(&r->old, m);
    }
}

/* Whether this peer may have ended the round so. */
static bool allowed(const peer *p, jk_round_why why)
{
    switch (p->kind) {
    case PEER_HONEST:
    case PEER_SHORT:
    case PEER_STOPS:
    case PEER_STALE_SKETCH:
    case PEER_KINDS: return false;
    case PEER_CHANGES_ONE: return true;
    case PEER_NEVER_DECODES: return p->server && why == JK_ROUND_TOO_MANY;
    case PEER_LIES_N:
    case PEER_LIES_ROOT:
        return why == JK_ROUND_COUNT || why == JK_ROUND_ROOT || why == JK_ROUND_NOTHING ||
               why == JK_ROUND_UNCONFIRMED ||
               (!p->server && (why == JK_ROUND_REFUSED || why == JK_ROUND_TOO_MANY));
    case PEER_LIES_DIGEST:
        return why == JK_ROUND_ORDER || why == JK_ROUND_ROOT || why == JK_ROUND_UNCONFIRMED;
    case PEER_UNASKED:
        return why == JK_ROUND_NOT_ASKED || why == JK_ROUND_ROOT || why == JK_ROUND_NOTHING ||
               why == JK_ROUND_TOO_MANY || why == JK_ROUND_UNCONFIRMED || why == JK_ROUND_ORDER;
    case PEER_REPLAYS:
        return why == JK_ROUND_OTHER_ROUND || why == JK_ROUND_MARKER_PAST ||
               why == JK_ROUND_OTHER_DEPTH;
    case PEER_REPLAYS_AS_NEW:
        return why == JK_ROUND_NOTHING || why == JK_ROUND_ROOT || why == JK_ROUND_COUNT ||
               why == JK_ROUND_UNCONFIRMED || why == JK_ROUND_TOO_MANY ||
               why == JK_ROUND_NOT_ASKED || why == JK_ROUND_REFUSED;
    case PEER_FUTURE: return why == JK_ROUND_MARKER_FUTURE;
    case PEER_CHANGES_KEY:
        return why == JK_ROUND_OTHER_KEY || (!p->server && why == JK_ROUND_REFUSED);
    }
    return false;
}

/* Peers whose lie, once told, ends every round. */
static bool must_break(peer_kind kind)
{
    return kind == PEER_REPLAYS || kind == PEER_FUTURE || kind == PEER_CHANGES_KEY;
}

/* A server that signs an old state of its own as that of now: nobody can know, and what it signed
 * is what is found.  (The CS has so few residents that the old state and its own fit together.) */
static bool signed_so(const run *r, const play_world *w)
{
    const jk_round_message *old = &r->old.message;
    const jk_verdict *v = &w->ask.verdict;
    bool same = r->peer.kind == PEER_REPLAYS_AS_NEW && r->peer.did && v->confirmed &&
                v->count == old->count &&
                memcmp(&w->ask.peer.top, &old->commitment.top, sizeof w->ask.peer.top) == 0;
    for (size_t i = 0; same && i < v->count; i++) {
        same = v->findings[i].key == r->old.statements[i].key;
    }
    return same;
}

static void judge(run *r, play_world *w, jk_status status)
{
    const peer *p = &r->peer;
    tally *t = &r->tally;
    if (status == JK_OK) {
        if (!(play_right(w) || signed_so(r, w)) || (p->did && must_break(p->kind))) {
            fail_msg("%s: a wrong verdict", peer_names[p->kind]);
        }
        t->right[p->kind]++;
        t->equal += w->ask.verdict.count == 0;
        t->by_list += w->ask.listed > 0;
        t->by_tree += w->ask.listed == 0 && w->ask.here.count > 0;
        t->by_cells += w->ask.here.count == 0 && w->ask.verdict.count > 0;
    } else {
        assert_int_equal(status, JK_E_UNEXPECTED);
        assert_int_equal(w->ask.state, JK_ASK_BROKEN);
        assert_false(w->ask.verdict.confirmed);
        if (!p->did || w->ask.why == JK_ROUND_FINE || !allowed(p, w->ask.why)) {
            fail_msg("%s%s: %s", peer_names[p->kind], p->did ? "" : " that did nothing",
                     jk_round_why_name(w->ask.why));
        }
        t->whys[p->kind][w->ask.why]++;
    }
    assert_true(w->turns <= TURNS_MAX);
    t->most_turns = w->turns > t->most_turns ? w->turns : t->most_turns;
    t->fooled[p->kind] += r->believed_wrong;
    t->did[p->kind] += p->did;
    t->cases[p->kind]++;
}

/* Breaks off in the middle; everything is given back, and the next round is a new one. */
static void stop_in_the_middle(run *r, play_world *w)
{
    jk_round_message m;
    play_begin(w, r->marker, r->round++, draw_history(&r->random), &m);
    for (uint64_t left = lib_below(&r->random, 3); left > 0 && w->ask.state != JK_ASK_DONE;
         left--) {
        assert_int_equal(play_turn(w, &m, NULL, NULL), JK_OK);
    }
    r->peer.did = w->ask.state != JK_ASK_DONE;
    play_end(w);
}

/* Cells that are kept, and marks, no longer what the rows say. */
static void damage_sketch(run *r, play_world *w)
{
    lib_set *set = lib_below(&r->random, 2) == 0 ? &w->cs : &w->server;
    for (uint64_t left = 1 + lib_below(&r->random, 3); left > 0; left--) {
        jk_cell *cell = &set->sketch.cells[lib_below(&r->random, KEPT)];
        cell->sum = lib_below(&r->random, JK_PRIME);
        cell->moment = lib_below(&r->random, JK_PRIME);
    }
    set->sketch.marks[lib_below(&r->random, JK_MARKS)] = lib_below(&r->random, JK_PRIME);
    r->peer.did = true;
}

static void one_case(run *r, play_world *w, peer_kind kind)
{
    jk_round_message m;
    const bool short_of = kind == PEER_SHORT;
    lib_memory_open(&w->memory, short_of ? 1 + lib_below(&r->random, 12) : 0);
    w->cs.reads = 0;
    w->server.reads = 0;
    /* Not while it opens. */
    w->cs.fail = short_of ? jk_tree_buckets(w->cs.tree.depth) + 1 + lib_below(&r->random, 40) : 0;
    w->server.fail = short_of ? lib_below(&r->random, 40) : 0;
    peer_begin(&r->peer, kind, w, &r->random, &r->old);
    r->believed_wrong = false;
    r->marker += lib_below(&r->random, 2);
    if (kind == PEER_STOPS) {
        stop_in_the_middle(r, w);
    } else if (kind == PEER_STALE_SKETCH) {
        damage_sketch(r, w);
    }
    play_begin(w, r->marker, r->round++, draw_history(&r->random), &m);
    judge(r, w, play_on(w, &m, watch, r));
    if (short_of) {
        r->tally.did[kind] += w->memory.taken >= w->memory.refuse || w->cs.reads >= w->cs.fail ||
                              w->server.reads >= w->server.fail;
    }
    play_end(w);
}

static void tell(const tally *t)
{
    for (int kind = 0; kind < PEER_KINDS; kind++) {
        (void)printf("%-20s %6u cases, %6u did, %6u right, %6u would fool who believes",
                     peer_names[kind], t->cases[kind], t->did[kind], t->right[kind],
                     t->fooled[kind]);
        for (int i = 1; i <= JK_ROUND_REFUSED; i++) {
            if (t->whys[kind][i] > 0) {
                (void)printf(", %u %s", t->whys[kind][i], jk_round_why_name((jk_round_why)i));
            }
        }
        (void)printf("\n");
    }
    (void)printf("%u equal, %u by cells, %u by the tree, %u by the list; %u turns at most\n",
                 t->equal, t->by_cells, t->by_tree, t->by_list, t->most_turns);
}

static void check_tally(const tally *t, unsigned long cases)
{
    static const peer_kind aimed[] = {PEER_CHANGES_ONE, PEER_LIES_DIGEST, PEER_UNASKED,
                                      PEER_REPLAYS, PEER_REPLAYS_AS_NEW};
    unsigned long all = 0;
    for (int kind = 0; kind < PEER_KINDS; kind++) {
        all += t->cases[kind];
        assert_true(t->cases[kind] > cases / PEER_KINDS / 2);
        assert_true(kind == PEER_HONEST || t->did[kind] > cases / 500);
    }
    assert_int_equal(all, cases);
    assert_int_equal(t->right[PEER_HONEST], t->cases[PEER_HONEST]);
    assert_int_equal(t->fooled[PEER_HONEST], 0);
    for (size_t i = 0; i < sizeof aimed / sizeof aimed[0]; i++) {
        assert_true(t->fooled[aimed[i]] > 0);
    }
    assert_true(t->equal > 0 && t->by_cells > 0 && t->by_tree > 0 && t->by_list > 0);
}

static void random_rounds(void **state)
{
    const char *count_given = getenv("JK_CASES");
    const unsigned long cases = count_given != NULL ? strtoul(count_given, NULL, 10) : 120000;
    static run r;

    (void)state;
    r.random = lib_seed("random_rounds");
    r.marker = 100;
    for (uint8_t i = 0; i < DEPTHS; i++) {
        lib_set_open(&r.world[i].cs, &keys, (uint8_t)(i + 1), KEPT, SMALL + 2);
        lib_set_open(&r.world[i].server, &keys, (uint8_t)(i + 1), KEPT, SMALL + 2);
    }
    for (unsigned long i = 0; i < cases; i++) {
        play_world *w = &r.world[i % 16 == 0];
        peer_kind kind = (peer_kind)lib_below(&r.random, PEER_KINDS);
        if (i % 4 <= 1 || r.peer.kind == PEER_STALE_SKETCH) {
            draw_sets(w, &r.random);
        }
        one_case(&r, w, kind);
    }
    tell(&r.tally);
    check_tally(&r.tally, cases);
    for (int i = 0; i < DEPTHS; i++) {
        lib_set_close(&r.world[i].cs);
        lib_set_close(&r.world[i].server);
    }
}

/* ---- the judge's own control ---- */

static void spoilt_verdicts(void **state)
{
    lib_random random = lib_seed("spoilt_verdicts");
    static play_world w;
    static const jk_digest none;

    (void)state;
    lib_memory_open(&w.memory, 0);
    lib_set_open(&w.cs, &keys, 1, KEPT, SMALL + 2);
    lib_set_open(&w.server, &keys, 1, KEPT, SMALL + 2);
    do {
        draw_sets(&w, &random);
    } while (play_differences(&w) < 2);
    assert_int_equal(play_all(&w, JK_ASK_UNKNOWN, NULL, NULL), JK_OK);
    assert_true(play_right(&w));
    jk_verdict *v = &w.ask.verdict;
    const jk_finding first = v->findings[0];

    v->count--; /* one is missed */
    assert_false(play_right(&w));
    v->count++;
    v->findings[0].key++; /* another resident */
    assert_false(play_right(&w));
    v->findings[0] = v->findings[1]; /* one twice */
    assert_false(play_right(&w));
    v->findings[0] = first;
    v->findings[0].difference = (jk_difference)(first.difference % 3 + 1);
    assert_false(play_right(&w));
    v->findings[0] = first;
    jk_digest *digest = memcmp(&first.ours, &none, sizeof none) != 0 ? &v->findings[0].ours
                                                                     : &v->findings[0].theirs;
    digest->byte[7] ^= 1;
    assert_false(play_right(&w));
    v->findings[0] = first;
    v->confirmed = false;
    assert_false(play_right(&w));
    v->confirmed = true;
    assert_true(play_right(&w));
    play_end(&w);
    lib_set_close(&w.cs);
    lib_set_close(&w.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rounds),
        cmocka_unit_test(spoilt_verdicts),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    lib_keys(&keys, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
