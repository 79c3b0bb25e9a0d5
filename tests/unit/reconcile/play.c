/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds in memory, and what is true of two sets. */
#include "play.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

size_t play_differences(play_world *w)
{
    size_t expected = 0;
    for (size_t i = 0; i < w->cs.count; i++) {
        const jk_element *other = lib_set_find(&w->server, w->cs.items[i].key);
        expected += other == NULL ||
                    memcmp(&other->digest, &w->cs.items[i].digest, sizeof other->digest) != 0;
    }
    for (size_t i = 0; i < w->server.count; i++) {
        expected += lib_set_find(&w->cs, w->server.items[i].key) == NULL;
    }
    return expected;
}

bool play_right(play_world *w)
{
    const jk_verdict *v = &w->ask.verdict;
    if (!v->confirmed || v->count != play_differences(w)) {
        return false;
    }
    for (size_t i = 0; i < v->count; i++) {
        const jk_finding *f = &v->findings[i];
        const jk_element *ours = lib_set_find(&w->cs, f->key);
        const jk_element *theirs = lib_set_find(&w->server, f->key);
        jk_difference is = ours == NULL     ? JK_DIFFERENCE_THEIRS
                           : theirs == NULL ? JK_DIFFERENCE_OURS
                                            : JK_DIFFERENCE_BOTH;
        if ((i > 0 && v->findings[i - 1].key >= f->key) || (ours == NULL && theirs == NULL) ||
            f->difference != is || memcmp(&f->ours, &f->theirs, sizeof f->ours) == 0 ||
            (ours != NULL && memcmp(&ours->digest, &f->ours, sizeof f->ours) != 0) ||
            (theirs != NULL && memcmp(&theirs->digest, &f->theirs, sizeof f->theirs) != 0)) {
            return false;
        }
    }
    return true;
}

void play_begin(play_world *w, uint64_t marker, uint32_t round, uint32_t history,
                jk_round_message *open)
{
    jk_side cs = lib_set_side(&w->cs, &w->memory);
    jk_side server = lib_set_side(&w->server, &w->memory);
    w->turns = 0;
    w->bytes = 0;
    jk_answer_begin(&w->answer, &server, marker, round);
    jk_status status = jk_ask_open(&w->ask, &cs, marker, round, history, open);
    if (status == JK_E_MEMORY) {
        status = jk_ask_open(&w->ask, &cs, marker, round, history, open);
    }
    assert_int_equal(status, JK_OK);
}

void play_end(play_world *w)
{
    jk_ask_close(&w->ask);
    jk_answer_close(&w->answer);
    assert_int_equal(w->memory.out, 0);
}

jk_status play_turn(play_world *w, jk_round_message *m, play_spoil_fn *spoil, void *arg)
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

jk_status play_on(play_world *w, jk_round_message *m, play_spoil_fn *spoil, void *arg)
{
    jk_status status = JK_OK;
    while (status == JK_OK && w->ask.state != JK_ASK_DONE) {
        status = play_turn(w, m, spoil, arg);
        assert_true(w->turns < 100000);
    }
    return status;
}

jk_status play_all(play_world *w, uint32_t history, play_spoil_fn *spoil, void *arg)
{
    jk_round_message m;
    play_begin(w, 100, 7, history, &m);
    return play_on(w, &m, spoil, arg);
}
