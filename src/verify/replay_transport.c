/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of the transport for the replay. */
#include "transport_names.h"
#include "transport_receiver.h"
#include "transport_sender.h"

#include <stdio.h>
#include <string.h>

#define PROTOCOL transport
#define SHAPE    record
#include "replay_shape.h"

#define FIELD_SEQUENCE 1                /* of fields[] */
#define NO_MASK        JK_REPLAY_FIELDS /* no field is one */

static bool window(void *ctx, const jk_record_event *event, uint64_t *highest)
{
    (void)event;
    return number(ctx, "window", highest);
}

static bool upper_check(void *ctx, const jk_record_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "upper_check", answer);
}

static bool first_answer(void *ctx, const jk_record_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "first_answer", answer);
}

static const jk_transport_sender_hooks sender_hooks = {.window = window};
static const jk_transport_receiver_hooks receiver_hooks = {.upper_check = upper_check,
                                                           .first_answer = first_answer};
static const char *const sender_hook_names[] = {"window", NULL};
static const char *const receiver_hook_names[] = {"upper_check", "first_answer", NULL};

static const jk_replay_variable sender_variables[] = {VARIABLE(sender, last, COUNT),
                                                      VARIABLE(sender, acked, COUNT),
                                                      VARIABLE(sender, resend, BOOL), NO_MORE};

static const jk_replay_variable receiver_variables[] = {VARIABLE(receiver, committed, COUNT),
                                                        NO_MORE};

static const jk_replay_role roles[] = {
    {"sender", &jk_transport_sender_machine, &jk_transport_sender_names, &sender_hooks,
     sender_hook_names, sender_variables},
    {"receiver", &jk_transport_receiver_machine, &jk_transport_receiver_names, &receiver_hooks,
     receiver_hook_names, receiver_variables},
};

static const char *const fields[] = {"link_epoch", "sequence", "upto", "message", NULL};

/* The wire of the model carries of an answer its kind and its sequence; trail.c and this table
 * know how it keeps them: as flags, or in a queue. */
static const jk_replay_rule rules[] = {
    {"receiver_to_sender", NULL, "flying_", false, {NULL, NULL, NULL}},
    {NULL, NULL, NULL, false, {NULL, NULL, NULL}},
};

static const char *const aliases[][3] = {{NULL, NULL, NULL}};

/* TRANSMIT puts DATA there. */
static const char *const inner[] = {"flying_data", NULL};

static void take_action(const jk_replay_role *role, const jk_record_action *from,
                        jk_replay_action *to)
{
    const jk_record_machine_names *names = role->names;
    if (from->op == JK_RECORD_ARM || from->op == JK_RECORD_DISARM) {
        *to = (jk_replay_action){.op = from->op == JK_RECORD_ARM ? JK_REPLAY_ARM : JK_REPLAY_DISARM,
                                 .kind = names->timer(from->code)};
        return;
    }
    bool effect = from->op == JK_RECORD_EFFECT;
    *to = (jk_replay_action){.op = effect                          ? JK_REPLAY_EFFECT
                                   : from->op == JK_RECORD_FORWARD ? JK_REPLAY_FORWARD
                                                                   : JK_REPLAY_SEND,
                             .link = effect ? NULL : jk_transport_link_name(from->link),
                             .kind = effect ? jk_transport_effect_name(from->code)
                                            : jk_transport_kind_name(from->kind)};
    const unsigned long long numbers[] = {from->out.link_epoch, from->out.sequence, from->out.upto,
                                          from->out.message.byte[0]};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)snprintf(to->field[i], sizeof to->field[i], "%llu", numbers[i]);
    }
}

static bool step(const jk_replay_role *role, void *row, const jk_replay_input *input,
                 jk_replay_answers *answers, jk_replay_output *output)
{
    const jk_record_machine *machine = role->machine;
    jk_record_event event = {.input = input_of(role, input)};
    jk_record_actions actions = {.count = 0};
    event.key.byte[0] = (uint8_t)input->key;
    event.in.link_epoch = jk_replay_number(input->field[0]);
    event.in.sequence = jk_replay_number(input->field[1]);
    event.in.upto = jk_replay_number(input->field[2]);
    event.in.message.byte[0] = (uint8_t)jk_replay_number(input->field[3]);
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

_Static_assert(JK_RECORD_ACTIONS_MAX <= JK_REPLAY_ACTIONS, "every step fits");
_Static_assert(sizeof(jk_transport_sender) <= JK_REPLAY_ROW, "every row fits");

const jk_replay_protocol jk_replay_transport = {
    .name = "transport",
    .fields = fields,
    .mask = NO_MASK,
    .carried = FIELD_SEQUENCE,
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
