/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of the special move-in for the replay. */
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

#include <stdio.h>
#include <string.h>

#define PROTOCOL movein
#define SHAPE    envelope
#include "replay_shape.h"

#define FIELD_MASK  1 /* of fields[] */
#define FIELD_EPOCH 2

static bool members(void *ctx, const char *hook, uint32_t *answer)
{
    uint64_t value = 0;
    bool answered = number(ctx, hook, &value);
    *answer = answered ? (uint32_t)value : *answer;
    return answered;
}

#define REASON_HOOK(NAME)                                                         \
    static bool NAME(void *ctx, const jk_envelope_event *event, uint16_t *answer) \
    {                                                                             \
        (void)event;                                                              \
        return reason(ctx, #NAME, answer);                                        \
    }

#define MEMBERS_HOOK(NAME)                                                        \
    static bool NAME(void *ctx, const jk_envelope_event *event, uint32_t *chosen) \
    {                                                                             \
        (void)event;                                                              \
        return members(ctx, #NAME, chosen);                                       \
    }

REASON_HOOK(identity_check)
REASON_HOOK(case_check)
REASON_HOOK(code_check)
REASON_HOOK(notice_check)
REASON_HOOK(dispute_reason)
REASON_HOOK(card_state)
REASON_HOOK(card_check)
MEMBERS_HOOK(case_members)
MEMBERS_HOOK(disputed_members)

static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)event;
    return number(ctx, "highest_epoch", highest);
}

static const jk_movein_identity_hooks identity_hooks = {.identity_check = identity_check};
static const jk_movein_cards_hooks cards_hooks = {.card_state = card_state,
                                                  .card_check = card_check};
static const jk_movein_origin_cs_hooks origin_cs_hooks = {.case_check = case_check,
                                                          .case_members = case_members,
                                                          .highest_epoch = highest_epoch,
                                                          .code_check = code_check,
                                                          .notice_check = notice_check,
                                                          .disputed_members = disputed_members,
                                                          .dispute_reason = dispute_reason};

static const char *const identity_hook_names[] = {"identity_check", NULL};
static const char *const cards_hook_names[] = {"card_state", "card_check", NULL};
static const char *const origin_cs_hook_names[] = {
    "case_check",   "case_members",     "highest_epoch",  "code_check",
    "notice_check", "disputed_members", "dispute_reason", NULL};

static const jk_replay_variable nothing[] = {NO_MORE};

static const jk_replay_variable dest_cs_variables[] = {
    VARIABLE(dest_cs, epoch, COUNT),       VARIABLE(dest_cs, granted, MEMBERS),
    VARIABLE(dest_cs, accepted, MEMBERS),  VARIABLE(dest_cs, waiting, MEMBERS),
    VARIABLE(dest_cs, continued, MEMBERS), VARIABLE(dest_cs, verify_due, BOOL),
    VARIABLE(dest_cs, cert_due, BOOL),     VARIABLE(dest_cs, notice_due, BOOL),
    VARIABLE(dest_cs, card_due, BOOL),     NO_MORE};

static const jk_replay_variable dest_registry_variables[] = {
    VARIABLE(dest_registry, epoch, COUNT), VARIABLE(dest_registry, granted, MEMBERS),
    VARIABLE(dest_registry, disputed, MEMBERS), NO_MORE};

static const jk_replay_variable origin_cs_variables[] = {VARIABLE(origin_cs, epoch, COUNT),
                                                         VARIABLE(origin_cs, holder, TOKEN),
                                                         VARIABLE(origin_cs, asked, PEER),
                                                         VARIABLE(origin_cs, left, MEMBERS),
                                                         VARIABLE(origin_cs, granted, MEMBERS),
                                                         VARIABLE(origin_cs, accepted, MEMBERS),
                                                         VARIABLE(origin_cs, removed, MEMBERS),
                                                         VARIABLE(origin_cs, dead, MEMBERS),
                                                         VARIABLE(origin_cs, withdrawn, MEMBERS),
                                                         VARIABLE(origin_cs, status_due, BOOL),
                                                         NO_MORE};

static const jk_replay_variable origin_registry_variables[] = {
    VARIABLE(origin_registry, left, MEMBERS), VARIABLE(origin_registry, removed, MEMBERS),
    VARIABLE(origin_registry, recoding, MEMBERS), VARIABLE(origin_registry, planned_date, BOOL),
    NO_MORE};

static const jk_replay_variable prefecture_variables[] = {
    VARIABLE(prefecture, epoch, COUNT), VARIABLE(prefecture, holder, TOKEN),
    VARIABLE(prefecture, current, BOOL), NO_MORE};

static const jk_replay_variable national_variables[] = {VARIABLE(national, epoch, COUNT),
                                                        VARIABLE(national, holder, TOKEN),
                                                        VARIABLE(national, current, BOOL), NO_MORE};

#define ROLE(NAME, HOOKS, HOOK_NAMES, VARIABLES)                                          \
    {                                                                                     \
#NAME, &jk_movein_##NAME##_machine, &jk_movein_##NAME##_names, HOOKS, HOOK_NAMES, \
            VARIABLES                                                                     \
    }

static const jk_replay_role roles[] = {
    ROLE(terminal, NULL, NULL, nothing),
    ROLE(dest_cs, NULL, NULL, dest_cs_variables),
    ROLE(dest_registry, NULL, NULL, dest_registry_variables),
    ROLE(origin_cs, &origin_cs_hooks, origin_cs_hook_names, origin_cs_variables),
    ROLE(origin_registry, NULL, NULL, origin_registry_variables),
    ROLE(prefecture, NULL, NULL, prefecture_variables),
    ROLE(national, NULL, NULL, national_variables),
    ROLE(identity, &identity_hooks, identity_hook_names, nothing),
    ROLE(cards, &cards_hooks, cards_hook_names, nothing),
};

static const char *const fields[] = {"txn", "mask", "epoch", "reason", "author", NULL};

/* The host fills a log entry's author, and its epoch where the role says OWN_ENTRY; it knows under
 * which transaction a member left.  Where the model is cut at the log, an observer notes kind and
 * epoch; where it is cut at the cards, the card's answer stands in the place of the request. */
static const jk_replay_rule rules[] = {
    {"cs_to_prefecture", NULL, "log", true, {"author", "epoch", NULL}},
    {"origin_to_dest", "DIED", NULL, false, {"txn", NULL, NULL}},
    {"dest_to_cards", "CONTINUE", "cards_to_dest", false, {"kind", "reason", NULL}},
    {NULL, NULL, NULL, false, {NULL, NULL, NULL}},
};

static const char *const aliases[][3] = {{"cards", "CONTINUE_CARD", "OBSERVE_CONTINUE"},
                                         {NULL, NULL, NULL}};

static const char *const inner[] = {NULL};

static void take_action(const jk_replay_role *role, const jk_envelope_action *from,
                        jk_replay_action *to)
{
    const jk_envelope_machine_names *names = role->names;
    if (from->op == JK_ENVELOPE_ARM || from->op == JK_ENVELOPE_DISARM) {
        *to =
            (jk_replay_action){.op = from->op == JK_ENVELOPE_ARM ? JK_REPLAY_ARM : JK_REPLAY_DISARM,
                               .kind = names->timer(from->code)};
        return;
    }
    bool effect = from->op == JK_ENVELOPE_EFFECT;
    *to = (jk_replay_action){.op = effect                              ? JK_REPLAY_EFFECT
                                   : from->op == JK_ENVELOPE_SEND_EACH ? JK_REPLAY_SEND_EACH
                                   : from->op == JK_ENVELOPE_FORWARD   ? JK_REPLAY_FORWARD
                                                                       : JK_REPLAY_SEND,
                             .link = effect ? NULL : jk_movein_link_name(from->link),
                             .kind = effect ? jk_movein_effect_name(from->code)
                                            : jk_movein_kind_name(from->kind),
                             .peer = from->peer.byte[0]};
    (void)snprintf(to->field[0], sizeof to->field[0], "%u", from->out.txn.byte[0]);
    (void)snprintf(to->field[1], sizeof to->field[1], "%u", from->out.mask);
    (void)snprintf(to->field[2], sizeof to->field[2], "%llu", (unsigned long long)from->out.epoch);
    (void)snprintf(to->field[3], sizeof to->field[3], "%s",
                   from->out.reason == 0 ? "0" : jk_movein_reason_name(from->out.reason));
    (void)snprintf(to->field[4], sizeof to->field[4], "%u", from->out.author.byte[0]);
}

static bool step(const jk_replay_role *role, void *row, const jk_replay_input *input,
                 jk_replay_answers *answers, jk_replay_output *output)
{
    const jk_envelope_machine *machine = role->machine;
    jk_envelope_event event = {.input = input_of(role, input)};
    jk_envelope_actions actions = {.count = 0};
    event.key.byte[0] = (uint8_t)input->key;
    event.peer.byte[0] = (uint8_t)input->peer;
    event.in.txn.byte[0] = (uint8_t)jk_replay_number(input->field[0]);
    event.in.mask = (uint32_t)jk_replay_number(input->field[1]);
    event.in.epoch = jk_replay_number(input->field[2]);
    event.in.reason = jk_replay_find(jk_movein_reason_name, input->field[3], SMALL_MAX);
    event.in.author.byte[0] = (uint8_t)jk_replay_number(input->field[4]);
    output->count = 0;
    if (event.input == 0 || !machine->step(row, &event, role->hooks, answers, &actions)) {
        return false;
    }
    for (uint16_t i = 0; i < actions.count; i++) {
        take_action(role, &actions.item[i], &output->action[i]);
    }
    output->count = actions.count;
    return true;
}

_Static_assert(JK_ENVELOPE_ACTIONS_MAX <= JK_REPLAY_ACTIONS, "every step fits");
_Static_assert(sizeof(jk_movein_origin_cs) <= JK_REPLAY_ROW, "every row fits");

const jk_replay_protocol jk_replay_movein = {
    .name = "movein",
    .fields = fields,
    .mask = FIELD_MASK,
    .carried = FIELD_EPOCH,
    .roles = roles,
    .role_count = sizeof roles / sizeof roles[0],
    .rules = rules,
    .aliases = aliases,
    .inner = inner,
    .is_effect = is_effect,
    .input = input_of,
    .step = step,
    .state = state,
    .invariant = invariant,
};
