/* SPDX-License-Identifier: Apache-2.0 */
/* The hand-written machines of the measurement are the generated ones: equal rows and actions over
 * a recorded stream, over inputs that are refused, and over inputs drawn at random. */
#include "bench/machine/events.h"
#include "bench/machine/hand.h"
#include "step/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOUSEHOLDS = 24,
    DRAWN = 400000
};

typedef struct both {
    jk_movein_dest_cs dest[2];
    jk_movein_origin_cs origin[2];
} both;

static uint64_t state = 7;

static unsigned draw(unsigned below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % below;
}

static void expect_same_actions(const jk_envelope_actions *a, const jk_envelope_actions *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->item, b->item, a->count * sizeof a->item[0]);
}

/* Steps both; whether the input was taken. */
static bool step_dest(both *rows, const jk_envelope_event *event)
{
    jk_envelope_actions generated = {0};
    jk_envelope_actions hand = {0};
    bool taken = jk_movein_dest_cs_step(&rows->dest[0], event, NULL, NULL, &generated);
    assert_int_equal(hand_dest_cs_step(&rows->dest[1], event, &hand), taken);
    assert_memory_equal(&rows->dest[0], &rows->dest[1], sizeof rows->dest[0]);
    expect_same_actions(&generated, &hand);
    return taken;
}

static bool step_origin(both *rows, const jk_envelope_event *event,
                        const jk_movein_origin_cs_hooks *hooks, void *ctx)
{
    jk_envelope_actions generated = {0};
    jk_envelope_actions hand = {0};
    bool taken = jk_movein_origin_cs_step(&rows->origin[0], event, hooks, ctx, &generated);
    assert_int_equal(hand_origin_cs_step(&rows->origin[1], event, hooks, ctx, &hand), taken);
    assert_memory_equal(&rows->origin[0], &rows->origin[1], sizeof rows->origin[0]);
    expect_same_actions(&generated, &hand);
    return taken;
}

/* The recorded inputs, and after each one every other input, tried on a copy of the row. */
static void over_a_recorded_stream(void **unused)
{
    (void)unused;
    static both rows[HOUSEHOLDS];
    machine_inputs inputs;
    stream *s = stream_record_moves(HOUSEHOLDS, 5);
    assert_non_null(s);
    assert_true(machine_inputs_of(s, &inputs));
    size_t refused = 0;
    for (size_t i = 0; i < inputs.count; i++) {
        machine_input *input = &inputs.item[i];
        both *row = &rows[input->row];
        bool dest = input->machine == JK_MACHINE_DEST_CS;
        assert_true(dest ? step_dest(row, &input->event)
                         : step_origin(row, &input->event, &machine_hooks, input));
        for (uint16_t other = 0; other <= JK_MOVEIN_DEST_CS_IN_EXPIRE_CARD_DUE + 1; other++) {
            both copy = *row;
            jk_envelope_event event = input->event;
            event.input = other;
            refused += dest ? !step_dest(&copy, &event)
                            : !step_origin(&copy, &event, &machine_hooks, input);
        }
    }
    assert_true(refused > inputs.count);
    for (size_t i = 0; i < HOUSEHOLDS; i++) { /* every move went the whole way in both */
        if (i % 2 == 0) {
            assert_int_equal(rows[i].origin[1].state, JK_MOVEIN_ORIGIN_CS_MOVED);
        } else {
            assert_int_equal(rows[i].dest[1].state, JK_MOVEIN_DEST_CS_DONE);
        }
    }
    free(inputs.item);
    stream_free(s);
}

static bool drawn_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    static const uint16_t answers[] = {JK_REASON_GRANTABLE, JK_REASON_GRANTABLE,
                                       JK_REASON_GRANTABLE, JK_REASON_NO_FILING,
                                       JK_REASON_TOO_LATE,  JK_REASON_CANCELLED};
    (void)event;
    *answer = answers[*(unsigned *)ctx % 6];
    return *(unsigned *)ctx % 11 != 0;
}

static bool drawn_members(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)event;
    *chosen = *(unsigned *)ctx / 8 % 4;
    return true;
}

static bool drawn_code(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    static const uint16_t answers[] = {JK_REASON_CODE_FREE, JK_REASON_CODE_IN_USE,
                                       JK_REASON_DOUBLE};
    (void)event;
    *answer = answers[*(unsigned *)ctx % 3];
    return *(unsigned *)ctx % 11 != 0;
}

static bool drawn_highest(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)event;
    *highest = *(unsigned *)ctx % 9 == 0 ? UINT64_MAX : *(unsigned *)ctx % 5;
    return true;
}

static bool drawn_notice(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    static const uint16_t answers[] = {JK_REASON_AS_FILED, JK_REASON_DEVIATION, JK_REASON_DOUBLE};
    (void)event;
    *answer = answers[*(unsigned *)ctx % 3];
    return *(unsigned *)ctx % 11 != 0;
}

static bool drawn_disputed(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)event;
    *chosen = *(unsigned *)ctx % 2 == 0 ? 0 : *(unsigned *)ctx / 8 % 4;
    return *(unsigned *)ctx % 13 != 0;
}

static bool drawn_reason(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    static const uint16_t answers[] = {JK_REASON_MOVED_ABROAD, JK_REASON_OTHER_MUNICIPALITY,
                                       JK_REASON_DOUBLE, JK_REASON_AS_FILED};
    (void)event;
    *answer = answers[*(unsigned *)ctx % 4];
    return *(unsigned *)ctx % 11 != 0;
}

/* Reasons by which dest_cs goes one way or the other. */
static uint16_t drawn_word(void)
{
    static const uint16_t words[] = {JK_REASON_CARD_USABLE, JK_REASON_CARD_INVALID,
                                     JK_REASON_MATCH_ACTIVE, JK_REASON_CODE_CHANGED,
                                     JK_REASON_NO_MATCH};
    return words[draw(sizeof words / sizeof words[0])];
}

static void over_drawn_inputs(void **unused)
{
    (void)unused;
    static const jk_movein_origin_cs_hooks hooks = {.case_check = drawn_check,
                                                    .case_members = drawn_members,
                                                    .code_check = drawn_code,
                                                    .highest_epoch = drawn_highest,
                                                    .notice_check = drawn_notice,
                                                    .disputed_members = drawn_disputed,
                                                    .dispute_reason = drawn_reason};
    static both rows[8];
    unsigned reached = 0; /* a bit for each state of dest, then of origin */
    for (unsigned i = 0; i < DRAWN; i++) {
        both *row = &rows[draw(8)];
        unsigned ctx = draw(1000);
        jk_envelope_event event = {.key = {{1}}, .peer = {{2}}};
        event.in.txn.byte[0] = (uint8_t)draw(3);
        event.in.mask = draw(2) == 0 ? row->dest[0].granted : draw(4);
        event.in.epoch = draw(4);
        event.in.reason = drawn_word();
        event.input = (uint16_t)draw(JK_MOVEIN_DEST_CS_IN_EXPIRE_CARD_DUE + 2);
        (void)step_dest(row, &event);
        event.in.mask = draw(2) == 0 ? row->origin[0].granted : draw(4);
        event.input = (uint16_t)draw(JK_MOVEIN_ORIGIN_CS_IN_EXPIRE_STATUS_DUE + 2);
        (void)step_origin(row, &event, &hooks, &ctx);
        reached |= 1U << row->dest[0].state | 1U << (16 + row->origin[0].state);
        /* What is over stays so: begun anew, after a while. */
        if (row->dest[0].state >= JK_MOVEIN_DEST_CS_DONE && draw(8) == 0) {
            memset(row->dest, 0, sizeof row->dest);
        }
        if (row->origin[0].state >= JK_MOVEIN_ORIGIN_CS_CANCELLED && draw(8) == 0) {
            memset(row->origin, 0, sizeof row->origin);
        }
    }
    assert_int_equal(reached & 0xffff, (1U << (JK_MOVEIN_DEST_CS_CLOSED + 1)) - 1);
    assert_int_equal(reached >> 16, (1U << (JK_MOVEIN_ORIGIN_CS_MOVED + 1)) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_a_recorded_stream),
        cmocka_unit_test(over_drawn_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
