/* SPDX-License-Identifier: Apache-2.0 */
/* What every protocol's table of machines for the replay has in the same way, but for the types
 * that jkgen named after the protocol and its messages.  Included once by each replay_PROTOCOL.c,
 * with PROTOCOL and SHAPE (the name of its record of fields) defined. */
#ifndef JUKI_VERIFY_REPLAY_SHAPE_H
#define JUKI_VERIFY_REPLAY_SHAPE_H

#include "replay_machine.h"

#define KIND_MAX  1023
#define SMALL_MAX 255

#define JOIN_AGAIN(A, B, C) A##B##C
#define JOIN(A, B, C)       JOIN_AGAIN(A, B, C)

#define MACHINE    JOIN(jk_, SHAPE, _machine)
#define NAMES      JOIN(jk_, SHAPE, _machine_names)
#define NAME(PART) JOIN(jk_, PROTOCOL, PART)

/* The answer of a hook that is a number. */
static bool number(void *ctx, const char *hook, uint64_t *answer)
{
    const char *value = NULL;
    if (!jk_replay_answer(ctx, hook, &value)) {
        return false;
    }
    *answer = jk_replay_number(value);
    return true;
}

/* The answer of a hook that is a word. */
static bool reason(void *ctx, const char *hook, uint16_t *answer)
{
    const char *value = NULL;
    if (!jk_replay_answer(ctx, hook, &value)) {
        return false;
    }
    *answer = jk_replay_find(NAME(_reason_name), value, SMALL_MAX);
    return true;
}

static bool is_effect(const char *name)
{
    return jk_replay_find(NAME(_effect_name), name, SMALL_MAX) != 0;
}

static uint16_t input_of(const jk_replay_role *role, const jk_replay_input *input)
{
    const MACHINE *machine = role->machine;
    const NAMES *names = role->names;
    if (input->link == NULL) {
        uint16_t timer = jk_replay_find(names->timer, input->kind, SMALL_MAX);
        return timer == 0 ? 0 : machine->input(0, timer);
    }
    uint16_t link = jk_replay_find(NAME(_link_name), input->link, SMALL_MAX);
    uint16_t kind = jk_replay_find(NAME(_kind_name), input->kind, KIND_MAX);
    kind = kind != 0 ? kind : jk_replay_find(NAME(_command_name), input->kind, SMALL_MAX);
    return link == 0 || kind == 0 ? 0 : machine->input(link, kind);
}

static const char *state(const jk_replay_role *role, const void *row)
{
    const MACHINE *machine = role->machine;
    const NAMES *names = role->names;
    return names->state(machine->state(row));
}

static bool invariant(const jk_replay_role *role, const void *row)
{
    const MACHINE *machine = role->machine;
    return machine->invariant(row);
}

#define VARIABLE(ROLE, NAME, TYPE)                                            \
    {                                                                         \
#NAME, offsetof(JOIN(jk_, PROTOCOL, _##ROLE), NAME), JK_REPLAY_##TYPE \
    }
#define NO_MORE                 \
    {                           \
        NULL, 0, JK_REPLAY_BOOL \
    }

#endif
