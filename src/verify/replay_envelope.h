/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of all protocols whose message is the envelope have in the same way.  Included
 * once by each replay_PROTOCOL.c, with PROTOCOL defined. */
#ifndef JUKI_VERIFY_REPLAY_ENVELOPE_H
#define JUKI_VERIFY_REPLAY_ENVELOPE_H

#include <stdio.h>

#define SHAPE envelope
#include "replay_shape.h"

#define FIELD_MASK  1 /* of fields[] */
#define FIELD_EPOCH 2

#define REASON_HOOK(NAME)                                                         \
    static bool NAME(void *ctx, const jk_envelope_event *event, uint16_t *answer) \
    {                                                                             \
        (void)event;                                                              \
        return reason(ctx, #NAME, answer);                                        \
    }

static const char *const fields[] = {"txn", "mask", "epoch", "reason", "author", NULL};

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
                             .link = effect ? NULL : NAME(_link_name)(from->link),
                             .kind = effect ? NAME(_effect_name)(from->code)
                                            : NAME(_kind_name)(from->kind),
                             .peer = from->peer.byte[0]};
    (void)snprintf(to->field[0], sizeof to->field[0], "%u", from->out.txn.byte[0]);
    (void)snprintf(to->field[1], sizeof to->field[1], "%u", from->out.mask);
    (void)snprintf(to->field[2], sizeof to->field[2], "%llu", (unsigned long long)from->out.epoch);
    (void)snprintf(to->field[3], sizeof to->field[3], "%s",
                   from->out.reason == 0 ? "0" : NAME(_reason_name)(from->out.reason));
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
    event.in.reason = jk_replay_find(NAME(_reason_name), input->field[3], SMALL_MAX);
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

#endif
