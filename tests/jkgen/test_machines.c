/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of the special move-in as gen/machines has them: the nine roles carry a move
 * through, and a step that is refused changes nothing. */
#include "movein_cards.h"
#include "movein_dest_cs.h"
#include "movein_dest_registry.h"
#include "movein_identity.h"
#include "movein_names.h"
#include "movein_national.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "movein_prefecture.h"
#include "movein_terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROLES       9
#define ROW_BYTES   128
#define QUEUE_MAX   64
#define EFFECTS_MAX 64

static bool identity_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    *answer = *(const uint16_t *)ctx;
    return true;
}

static bool case_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_GRANTABLE;
    return true;
}

static bool case_members(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)ctx;
    (void)event;
    *chosen = 1;
    return true;
}

static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)ctx;
    (void)event;
    *highest = 7;
    return true;
}

static bool code_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_CODE_FREE;
    return true;
}

static bool notice_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_AS_FILED;
    return true;
}

static bool disputed_members(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)ctx;
    (void)event;
    *chosen = 0;
    return true;
}

static bool dispute_reason(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_DOUBLE;
    return true;
}

static bool card_state(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_CARD_USABLE;
    return true;
}

static bool card_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_CONTINUABLE;
    return true;
}

static const jk_movein_identity_hooks identity_hooks = {identity_check};
static const jk_movein_origin_cs_hooks origin_hooks = {
    .case_check = case_check,
    .case_members = case_members,
    .code_check = code_check,
    .highest_epoch = highest_epoch,
    .notice_check = notice_check,
    .disputed_members = disputed_members,
    .dispute_reason = dispute_reason,
};
static const jk_movein_cards_hooks cards_hooks = {
    .card_check = card_check,
    .card_state = card_state,
};

static const struct {
    const jk_envelope_machine *machine;
    const jk_envelope_machine_names *names;
    const void *hooks;
    jk_token key;
} roles[ROLES] = {
    {&jk_movein_terminal_machine, &jk_movein_terminal_names, NULL, {{1}}},
    {&jk_movein_dest_cs_machine, &jk_movein_dest_cs_names, NULL, {{1}}},
    {&jk_movein_dest_registry_machine, &jk_movein_dest_registry_names, NULL, {{1}}},
    {&jk_movein_origin_cs_machine, &jk_movein_origin_cs_names, &origin_hooks, {{2}}},
    {&jk_movein_origin_registry_machine, &jk_movein_origin_registry_names, NULL, {{2}}},
    {&jk_movein_prefecture_machine, &jk_movein_prefecture_names, NULL, {{3}}},
    {&jk_movein_national_machine, &jk_movein_national_names, NULL, {{3}}},
    {&jk_movein_identity_machine, &jk_movein_identity_names, &identity_hooks, {{1}}},
    {&jk_movein_cards_machine, &jk_movein_cards_names, &cards_hooks, {{4}}},
};

typedef struct world {
    _Alignas(16) unsigned char row[ROLES][ROW_BYTES];

    struct {
        uint16_t link, kind;
        jk_token from;
        jk_envelope_fields in;
    } queue[QUEUE_MAX];

    size_t first, end;
    unsigned effects[EFFECTS_MAX];
    uint16_t identity;
} world;

/* Every CS, registry ... has a name of its own: the role's number. */
static jk_token node_of(size_t role)
{
    jk_token token = {{100, (uint8_t)role}};
    return token;
}

static void carry_out(world *w, size_t role, const jk_envelope_action *action)
{
    if (action->op == JK_ENVELOPE_EFFECT) {
        assert_in_range(action->code, 1, EFFECTS_MAX - 1);
        w->effects[action->code]++;
    } else if (action->op <= JK_ENVELOPE_FORWARD) {
        assert_in_range(w->end, 0, QUEUE_MAX - 1);
        w->queue[w->end].link = action->link;
        w->queue[w->end].kind = action->kind;
        w->queue[w->end].from = node_of(role);
        w->queue[w->end].in = action->out;
        if (action->op == JK_ENVELOPE_SEND_EACH) {
            w->queue[w->end].in.author = node_of(role);
        }
        w->end++;
    }
}

static bool deliver(world *w, uint16_t link, uint16_t kind, const jk_token *from,
                    const jk_envelope_fields *in)
{
    for (size_t i = 0; i < ROLES; i++) {
        jk_envelope_event event = {.key = roles[i].key, .peer = *from, .in = *in};
        event.input = roles[i].machine->input(link, kind);
        if (event.input == 0) {
            continue;
        }
        jk_envelope_actions out = {0};
        bool taken = roles[i].machine->step(w->row[i], &event, roles[i].hooks, &w->identity, &out);
        assert_true(roles[i].machine->invariant(w->row[i]));
        for (uint16_t k = 0; k < out.count; k++) {
            carry_out(w, i, &out.item[k]);
        }
        return taken;
    }
    fail_msg("nobody takes %s on %s", jk_movein_kind_name(kind), jk_movein_link_name(link));
    return false;
}

/* An operator's command, and everything that follows from it. */
static bool command(world *w, uint16_t desk, uint16_t what, uint32_t mask)
{
    jk_envelope_fields in = {.mask = mask};
    jk_token nobody = {{0}};
    bool taken = deliver(w, desk, what, &nobody, &in);
    while (w->first < w->end) {
        size_t i = w->first++;
        assert_true(
            deliver(w, w->queue[i].link, w->queue[i].kind, &w->queue[i].from, &w->queue[i].in));
    }
    return taken;
}

static const char *state_of(const world *w, size_t role)
{
    return roles[role].names->state(roles[role].machine->state(w->row[role]));
}

static void test_move(void **state)
{
    (void)state;
    world w = {.identity = JK_REASON_MATCH_ACTIVE};
    assert_true(command(&w, JK_MOVEIN_LINK_DESK_ORIGIN, JK_MOVEIN_COMMAND_FILE_OUT, 1));
    assert_string_equal(state_of(&w, 3), "OPEN");
    assert_true(command(&w, JK_MOVEIN_LINK_DESK_TERMINAL, JK_MOVEIN_COMMAND_MOVE_IN, 0));
    assert_string_equal(state_of(&w, 1), "WAIT_REGISTERED");
    assert_string_equal(state_of(&w, 3), "GRANTED");
    assert_false(command(&w, JK_MOVEIN_LINK_DESK_TERMINAL, JK_MOVEIN_COMMAND_MOVE_IN, 0));
    assert_true(command(&w, JK_MOVEIN_LINK_DESK_DEST, JK_MOVEIN_COMMAND_ENTER, 0));

    assert_string_equal(state_of(&w, 0), "DONE");
    assert_string_equal(state_of(&w, 1), "DONE");
    assert_string_equal(state_of(&w, 2), "REGISTERED");
    assert_string_equal(state_of(&w, 3), "MOVED");
    assert_string_equal(state_of(&w, 4), "MOVED");
    for (size_t i = 0; i < 5; i++) {
        assert_true(roles[i].machine->is_final(roles[i].machine->state(w.row[i])));
    }
    jk_movein_national national;
    memcpy(&national, w.row[6], sizeof(national));
    jk_token dest = node_of(1);
    assert_int_equal(national.epoch, 8);
    assert_memory_equal(&national.holder, &dest, sizeof(dest));
    assert_true(national.current);
    static const uint16_t once[] = {
        JK_MOVEIN_EFFECT_ENTER_REGISTER,  JK_MOVEIN_EFFECT_REMOVE_FROM_REGISTER,
        JK_MOVEIN_EFFECT_GRANT,           JK_MOVEIN_EFFECT_ACCEPT_NOTICE,
        JK_MOVEIN_EFFECT_CONTINUE_CARD,   JK_MOVEIN_EFFECT_RECORD_RESIDENCE,
        JK_MOVEIN_EFFECT_SHOW_AT_NATIONAL};
    for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
        assert_int_equal(w.effects[once[i]], 1);
    }
    assert_int_equal(w.effects[JK_MOVEIN_EFFECT_ALARM_DOUBLE], 0);
}

static void test_refused_identity(void **state)
{
    (void)state;
    world w = {.identity = JK_REASON_NO_MATCH};
    assert_true(command(&w, JK_MOVEIN_LINK_DESK_TERMINAL, JK_MOVEIN_COMMAND_MOVE_IN, 0));
    assert_string_equal(state_of(&w, 0), "REFUSED_IDENTITY");
    assert_string_equal(state_of(&w, 1), "CLOSED");
    assert_int_equal(roles[3].machine->state(w.row[3]), JK_MOVEIN_ORIGIN_CS_IDLE);
}

/* Every state and every input of every role, by a blank and by a full message. */
static void sweep(size_t role, uint16_t at, uint16_t input, const jk_envelope_fields *in,
                  unsigned counts[2])
{
    const jk_envelope_machine *machine = roles[role].machine;
    _Alignas(16) unsigned char row[ROW_BYTES] = {0};
    unsigned char before[ROW_BYTES];
    for (size_t i = 0; i + 1 < machine->size;
         i++) { /* where the state stands: try, do not assume */
        memcpy(row + i, &at, sizeof(at));
        if (machine->state(row) == at && (at == 0 || machine->state(row) != 0)) {
            break;
        }
        memset(row, 0, sizeof(row));
    }
    assert_int_equal(machine->state(row), at);
    assert_true(machine->invariant(row));
    memcpy(before, row, sizeof(row));
    jk_envelope_actions out;
    jk_envelope_actions kept;
    memset(&out, 0xa5, sizeof(out));
    kept = out;
    jk_envelope_event event = {.key = roles[role].key, .in = *in, .input = input};
    uint16_t identity = JK_REASON_MATCH_ACTIVE;
    bool taken = machine->step(row, &event, roles[role].hooks, &identity, &out);
    counts[taken]++;
    if (taken) {
        assert_true(out.count <= machine->actions_max);
        assert_true(machine->invariant(row));
    } else {
        assert_memory_equal(before, row, sizeof(row));
        assert_memory_equal(&kept, &out, sizeof(out));
    }
}

static void test_strong_guarantee(void **state)
{
    (void)state;
    const jk_envelope_fields blank = {0};
    const jk_envelope_fields full = {
        .txn = {{1}}, .mask = 3, .epoch = 9, .reason = JK_REASON_MATCH_ACTIVE, .author = {{5}}};
    unsigned counts[2] = {0, 0};
    for (size_t role = 0; role < ROLES; role++) {
        for (uint16_t at = 0; strcmp(roles[role].names->state(at), "?") != 0; at++) {
            for (uint16_t input = 0; input < 64; input++) {
                sweep(role, at, input, &blank, counts);
                sweep(role, at, input, &full, counts);
            }
        }
    }
    assert_in_range(counts[false], 1000, 100000);
    assert_in_range(counts[true], 100, 10000);
}

static void test_failing_hook(void **state)
{
    (void)state;
    world w = {.identity = JK_REASON_GRANTABLE}; /* of another hook's answers */
    jk_envelope_fields in = {.txn = {{1}}};
    jk_token from = node_of(1);
    assert_false(
        deliver(&w, JK_MOVEIN_LINK_DEST_TO_NATIONAL, JK_MOVEIN_KIND_VERIFY_REQUEST, &from, &in));
    assert_int_equal(w.end, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_refused_identity),
        cmocka_unit_test(test_strong_guarantee),
        cmocka_unit_test(test_failing_hook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
