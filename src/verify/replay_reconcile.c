/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of reconciliation for the replay. */
#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "reconcile_names.h"
#include "reconcile_national_round.h"
#include "reconcile_prefecture_round.h"

#define PROTOCOL reconcile
#include "replay_envelope.h"

#define POSITION_HOOK(NAME)                                                        \
    static bool NAME(void *ctx, const jk_envelope_event *event, uint64_t *highest) \
    {                                                                              \
        (void)event;                                                               \
        return number(ctx, #NAME, highest);                                        \
    }

POSITION_HOOK(marker_position)
POSITION_HOOK(repair_position)
REASON_HOOK(compare_at_prefecture)
REASON_HOOK(check_repair_at_prefecture)
REASON_HOOK(compare_at_national)
REASON_HOOK(check_repair_at_national)

static const jk_reconcile_cs_round_hooks cs_round_hooks = {.marker_position = marker_position};
static const jk_reconcile_cs_repair_hooks cs_repair_hooks = {.repair_position = repair_position};
static const jk_reconcile_prefecture_round_hooks prefecture_round_hooks = {
    .compare_at_prefecture = compare_at_prefecture,
    .check_repair_at_prefecture = check_repair_at_prefecture};
static const jk_reconcile_national_round_hooks national_round_hooks = {
    .compare_at_national = compare_at_national,
    .check_repair_at_national = check_repair_at_national};

static const char *const cs_round_hook_names[] = {"marker_position", NULL};
static const char *const cs_repair_hook_names[] = {"repair_position", NULL};
static const char *const prefecture_round_hook_names[] = {"compare_at_prefecture",
                                                          "check_repair_at_prefecture", NULL};
static const char *const national_round_hook_names[] = {"compare_at_national",
                                                        "check_repair_at_national", NULL};

static const jk_replay_variable cs_round_variables[] = {
    VARIABLE(cs_round, round, TOKEN),    VARIABLE(cs_round, prefecture, BOOL),
    VARIABLE(cs_round, national, BOOL),  VARIABLE(cs_round, alarm, BOOL),
    VARIABLE(cs_round, round_due, BOOL), NO_MORE};

static const jk_replay_variable cs_repair_variables[] = {VARIABLE(cs_repair, refused, COUNT),
                                                         NO_MORE};

static const jk_replay_variable prefecture_round_variables[] = {
    VARIABLE(prefecture_round, round, TOKEN), VARIABLE(prefecture_round, position, COUNT),
    VARIABLE(prefecture_round, check_due, BOOL), NO_MORE};

static const jk_replay_variable national_round_variables[] = {
    VARIABLE(national_round, round, TOKEN), VARIABLE(national_round, position, COUNT),
    VARIABLE(national_round, check_due, BOOL), NO_MORE};

#define ROLE(NAME)                                                                          \
    {                                                                                       \
#NAME, &jk_reconcile_##NAME##_machine, &jk_reconcile_##NAME##_names, &NAME##_hooks, \
            NAME##_hook_names, NAME##_variables                                             \
    }

static const jk_replay_role roles[] = {ROLE(cs_round), ROLE(cs_repair), ROLE(prefecture_round),
                                       ROLE(national_round)};

/* The host fills the author of what the CS writes into its log. */
static const jk_replay_rule rules[] = {
    {"log_to_prefecture", NULL, NULL, false, {"author", NULL, NULL}},
    {NULL, NULL, NULL, false, {NULL, NULL, NULL}},
};

static const char *const aliases[][3] = {{NULL, NULL, NULL}};

/* A refusal goes to the resident's machine, which only the host knows. */
static const char *const inner[] = {"prefecture_to_repair", "national_to_repair", NULL};

_Static_assert(sizeof(jk_reconcile_cs_round) <= JK_REPLAY_ROW, "every row fits");

const jk_replay_protocol jk_replay_reconcile = {
    .name = "reconcile",
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
