/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's plan: the same for the same seed, nobody moved twice, every case that was promised. */
#include "tool/demo_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movein.h"

static void make(unsigned moves, uint64_t seed, demo_sabotage sabotage, demo_plan *plan)
{
    const demo_options options = {.moves = moves, .sabotage = sabotage};
    char fault[JK_JUDGE_TEXT] = "";
    memset(plan, 0, sizeof *plan);
    if (!demo_plan_make(&options, seed, plan, fault)) {
        fail_msg("%u moves: %s", moves, fault);
    }
    assert_int_equal(plan->count, moves);
}

static void check_move(const demo_plan *plan, const demo_move *m)
{
    assert_true(m->origin < DEMO_TOWNS && m->destination < DEMO_TOWNS);
    assert_int_not_equal(m->origin, m->destination);
    assert_in_range(m->count, 1, JK_MEMBERS_MAX);
    assert_true(m->card < m->count);
    assert_int_equal(plan->people[m->person[m->card]].card_state, JK_CARD_IN_OPERATION);
    for (unsigned i = 0; i < m->count; i++) {
        assert_string_equal(plan->people[m->person[i]].municipality_code,
                            demo_town_codes[m->origin]);
    }
    const bool clerk = m->kind == DEMO_HELD || m->kind == DEMO_STOP || m->kind == DEMO_REJECT;
    assert_true(!clerk || m->destination == DEMO_MANUAL);
    assert_true(m->filed_day < m->planned_day);
}

/* Every resident at most once, but for the pair that competes. */
static void check_nobody_twice(const demo_plan *plan)
{
    unsigned char *seen = calloc(plan->people_count, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < plan->count; i++) {
        const demo_move *m = &plan->moves[i];
        for (unsigned k = 0; k < m->count && m->kind != DEMO_RIVAL; k++) {
            assert_int_equal(seen[m->person[k]]++, 0);
        }
    }
    free(seen);
}

static void every_size_can_be_planned(void **state)
{
    (void)state;
    for (unsigned moves = 1; moves <= 40; moves++) {
        demo_plan plan;
        unsigned of[DEMO_CASES] = {0};
        make(moves, moves, DEMO_SABOTAGE_NONE, &plan);
        check_nobody_twice(&plan);
        for (size_t i = 0; i < plan.count; i++) {
            check_move(&plan, &plan.moves[i]);
            of[plan.moves[i].kind]++;
        }
        assert_true(of[DEMO_PLAIN] > 0);
        assert_int_equal(of[DEMO_HELD], of[DEMO_RIVAL]);
        demo_plan_free(&plan);
    }
}

static void thirty_moves_hold_what_is_promised(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        demo_plan plan;
        unsigned of[DEMO_CASES] = {0};
        unsigned households = 0;
        unsigned near = 0;
        unsigned past = 0;
        make(30, seed, DEMO_SABOTAGE_NONE, &plan);
        assert_true(plan.people_count >= 3000);
        for (size_t i = 0; i < plan.count; i++) {
            const demo_move *m = &plan.moves[i];
            of[m->kind]++;
            households += m->kind == DEMO_PLAIN && m->count >= 2 && m->count <= 5;
            near += memcmp(demo_town_codes[m->origin], demo_town_codes[m->destination], 2) == 0;
            past += m->planned_day < plan.moves[i].moved_in_day;
        }
        for (int kind = DEMO_HELD; kind < DEMO_CASES; kind++) {
            assert_int_equal(of[kind], 1);
        }
        assert_true(households >= 10);
        assert_true(near > 0);
        assert_true(past > 0 && past < plan.count);
        demo_plan_free(&plan);
    }
}

static void the_same_seed_gives_the_same_plan(void **state)
{
    (void)state;
    demo_plan one;
    demo_plan same;
    demo_plan other;
    make(30, 7, DEMO_SABOTAGE_NONE, &one);
    make(30, 7, DEMO_SABOTAGE_NONE, &same);
    make(30, 8, DEMO_SABOTAGE_NONE, &other);
    bool differs = false;
    for (size_t i = 0; i < one.count; i++) {
        assert_int_equal(one.moves[i].kind, same.moves[i].kind);
        assert_int_equal(one.moves[i].person[0], same.moves[i].person[0]);
        assert_int_equal(one.moves[i].planned_day, same.moves[i].planned_day);
        differs = differs || one.moves[i].person[0] != other.moves[i].person[0];
    }
    assert_true(differs);
    assert_string_equal(one.people[2999].resident_code, same.people[2999].resident_code);
    demo_plan_free(&one);
    demo_plan_free(&same);
    demo_plan_free(&other);
}

static void the_rival_goes_for_the_held_one(void **state)
{
    (void)state;
    demo_plan plan;
    make(30, 3, DEMO_SABOTAGE_NONE, &plan);
    for (size_t i = 0; i < plan.count; i++) {
        const demo_move *m = &plan.moves[i];
        if (m->kind != DEMO_RIVAL) {
            continue;
        }
        assert_in_range(m->partner, 0, plan.count - 1);
        const demo_move *held = &plan.moves[m->partner];
        assert_int_equal(held->kind, DEMO_HELD);
        assert_int_equal(held->partner, i);
        assert_int_equal(held->person[0], m->person[0]);
        assert_int_not_equal(held->destination, m->destination);
    }
    demo_plan_free(&plan);
}

static void the_notice_to_drop_is_the_last_move(void **state)
{
    (void)state;
    for (unsigned moves = 1; moves <= 20; moves++) {
        demo_plan plan;
        make(moves, 5, DEMO_DROP_NOTICE, &plan);
        const demo_move *m = &plan.moves[plan.count - 1];
        assert_true(m->last);
        assert_int_equal(m->destination, DEMO_MANUAL);
        assert_true(m->planned_day > m->moved_in_day); /* nothing else removes at the origin */
        demo_plan_free(&plan);
    }
}

static void an_end_is_as_planned_or_not(void **state)
{
    (void)state;

    static const struct {
        demo_case kind;
        demo_outcome outcome;
        unsigned reason;
        bool expected;
    } ends[] = {
        {DEMO_PLAIN, DEMO_DONE, 0, true},
        {DEMO_PLAIN, DEMO_REFUSED, JK_REASON_NO_FILING, false},
        {DEMO_PLAIN, DEMO_REFUSED, JK_REASON_UNREACHABLE, true},
        {DEMO_PLAIN, DEMO_PARKED, JK_REASON_UNAVAILABLE, true},
        {DEMO_PLAIN, DEMO_OPEN, 0, false},
        {DEMO_PLAIN, DEMO_LOST, 0, false},
        {DEMO_RIVAL, DEMO_DONE, 0, false},
        {DEMO_RIVAL, DEMO_REFUSED, JK_REASON_GRANTED_ELSEWHERE, true},
        {DEMO_NO_FILING, DEMO_REFUSED, JK_REASON_NO_FILING, true},
        {DEMO_TOO_LATE, DEMO_REFUSED, JK_REASON_NO_FILING, false},
        {DEMO_STOP, DEMO_DONE, 0, false},
        {DEMO_STOP, DEMO_CANCELLED, JK_REASON_STOPPED_BY_OPERATOR, true},
        {DEMO_CANCEL_OUT, DEMO_CANCELLED, 0, true},
    };

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const demo_move m = {
            .kind = ends[i].kind, .outcome = ends[i].outcome, .reason = ends[i].reason};
        assert_int_equal(demo_expected(&m), ends[i].expected);
    }
}

static void columns_are_counted_as_a_terminal_shows_them(void **state)
{
    (void)state;
    assert_int_equal(demo_width(""), 0);
    assert_int_equal(demo_width("CS-in"), 5);
    assert_int_equal(demo_width("転入CS"), 6);
    assert_int_equal(demo_width("カード"), 6);
    assert_int_equal(demo_width("葛\xf3\xa0\x84\x80"), 2); /* with a variation selector */
    assert_int_equal(demo_width("\xf0\xa0\xae\x9f"), 2);   /* plane 2 */
    assert_int_equal(demo_width("3-⑤"), 3);
}

static void days_are_written_as_dates(void **state)
{
    (void)state;
    char text[11];
    demo_day_text(0, text);
    assert_string_equal(text, "1970-01-01");
    demo_day_text(20553, text);
    assert_string_equal(text, "2026-04-10");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_can_be_planned),
        cmocka_unit_test(thirty_moves_hold_what_is_promised),
        cmocka_unit_test(the_same_seed_gives_the_same_plan),
        cmocka_unit_test(the_rival_goes_for_the_held_one),
        cmocka_unit_test(the_notice_to_drop_is_the_last_move),
        cmocka_unit_test(an_end_is_as_planned_or_not),
        cmocka_unit_test(columns_are_counted_as_a_terminal_shows_them),
        cmocka_unit_test(days_are_written_as_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
