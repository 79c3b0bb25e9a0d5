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

#define PROTOCOL movein
#include "replay_envelope.h"

static bool members(void *ctx, const char *hook, uint32_t *answer)
{
    uint64_t value = 0;
    bool answered = number(ctx, hook, &value);
    *answer = answered ? (uint32_t)value : *answer;
    return answered;
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
