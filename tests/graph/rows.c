/* SPDX-License-Identifier: Apache-2.0 */
/* What no test of a file can hold: rows that no step makes, inputs that there are none, counts at
 * their end.  Each machine must refuse them, change nothing, and its invariant must tell the row.
 */
#include "rows.h"
#include "../../gen/machines/movein_names.h"
#include "../../gen/machines/transport_names.h"
#include "../../src/verify/replay_machine.h"

#include <stdio.h>
#include <string.h>

#define STATES 40 /* more than any machine has */
#define INPUTS 60
#define LINKS  40
#define KINDS  1024

typedef union row {
    uint64_t aligned;
    unsigned char bytes[JK_REPLAY_ROW];
} row;

typedef struct checking {
    const jk_replay_protocol *protocol;
    const jk_replay_role *role;
    size_t size;
    size_t state; /* where it stands in a row */
    size_t checks;
    bool good;
} checking;

static void must(checking *c, bool holds, const char *what)
{
    c->checks++;
    if (!holds) {
        (void)printf("%s %s: %s\n", c->protocol->name, c->role->name, what);
        c->good = false;
    }
}

static bool is_envelope(const checking *c)
{
    return c->protocol != &jk_replay_transport;
}

/* Any input on any row; what comes out is not looked at, only whether a refusal changes nothing. */
static bool try_input(checking *c, const row *from, uint16_t input, bool full)
{
    row to = *from;
    jk_replay_answers none = {.count = 0};
    uint16_t count = 0;
    bool taken = false;
    if (is_envelope(c)) {
        const jk_envelope_machine *machine = c->role->machine;
        jk_envelope_event event = {.input = input};
        jk_envelope_actions actions = {.count = 0};
        memset(&event.in, full ? 0xff : 0, sizeof event.in);
        taken = machine->step(to.bytes, &event, c->role->hooks, &none, &actions);
        count = actions.count;
    } else {
        const jk_record_machine *machine = c->role->machine;
        jk_record_event event = {.input = input};
        jk_record_actions actions = {.count = 0};
        memset(&event.in, full ? 0xff : 0, sizeof event.in);
        taken = machine->step(to.bytes, &event, c->role->hooks, &none, &actions);
        count = actions.count;
    }
    must(c, taken || (memcmp(&to, from, sizeof to) == 0 && count == 0),
         "a refusal changes something");
    return taken;
}

static uint16_t state_of(const checking *c, const row *r)
{
    return is_envelope(c) ? ((const jk_envelope_machine *)c->role->machine)->state(r->bytes)
                          : ((const jk_record_machine *)c->role->machine)->state(r->bytes);
}

static bool is_final(const checking *c, uint16_t state)
{
    return is_envelope(c) ? ((const jk_envelope_machine *)c->role->machine)->is_final(state)
                          : ((const jk_record_machine *)c->role->machine)->is_final(state);
}

static uint16_t input_of(const checking *c, uint16_t link, uint16_t kind)
{
    return is_envelope(c) ? ((const jk_envelope_machine *)c->role->machine)->input(link, kind)
                          : ((const jk_record_machine *)c->role->machine)->input(link, kind);
}

static void put_state(const checking *c, row *r, uint16_t state)
{
    memcpy(r->bytes + c->state, &state, sizeof state);
}

static bool find_state(checking *c)
{
    for (c->state = 0; c->state + 2 <= c->size; c->state += 2) {
        row r = {.aligned = 0};
        put_state(c, &r, 0xabcd);
        if (state_of(c, &r) == 0xabcd) {
            return true;
        }
    }
    must(c, false, "its state is not found");
    return false;
}

static size_t width(jk_replay_type type)
{
    switch (type) {
    case JK_REPLAY_BOOL: return 1;
    case JK_REPLAY_COUNT: return 8;
    case JK_REPLAY_MEMBERS: return 4;
    case JK_REPLAY_TOKEN:
    case JK_REPLAY_PEER: break;
    }
    return 16;
}

/* Bytes that are nothing must be zero, and a flag 0 or 1. */
static void check_bytes(checking *c)
{
    bool used[JK_REPLAY_ROW] = {false};
    used[c->state] = true;
    used[c->state + 1] = true;
    for (const jk_replay_variable *v = c->role->variables; v->name != NULL; v++) {
        for (size_t i = 0; i < width(v->type); i++) {
            used[v->offset + i] = true;
        }
        if (v->type == JK_REPLAY_BOOL) {
            row r = {.aligned = 0};
            r.bytes[v->offset] = 2;
            must(c, !c->protocol->invariant(c->role, r.bytes), "a flag may be 2");
        }
    }
    for (size_t i = 0; i < c->size; i++) {
        row r = {.aligned = 0};
        r.bytes[i] = 1;
        must(c, used[i] || !c->protocol->invariant(c->role, r.bytes), "hidden bytes may be set");
    }
}

/* Each state with empty variables and with full ones: every number as an input. */
static void check_states(checking *c)
{
    for (uint16_t state = 0; state < STATES; state++) {
        row empty = {.aligned = 0};
        row full = {.aligned = 0};
        put_state(c, &empty, state);
        bool known = strcmp(c->protocol->state(c->role, empty.bytes), "?") != 0;
        for (const jk_replay_variable *v = c->role->variables; v->name != NULL; v++) {
            memset(full.bytes + v->offset, v->type == JK_REPLAY_BOOL ? 1 : 0xff, width(v->type));
        }
        put_state(c, &full, state);
        for (uint16_t input = 0; input < INPUTS; input++) {
            bool taken = try_input(c, &empty, input, false);
            must(c, known || !taken, "a step out of a state that is none");
            must(c, input != 0 || !taken, "a step without an input");
            (void)try_input(c, &empty, input, true);
            (void)try_input(c, &full, input, false);
            (void)try_input(c, &full, input, true);
        }
        bool final = is_final(c, state);
        must(c, known || !final, "a state that is none is final");
        must(c, known || !c->protocol->invariant(c->role, empty.bytes), "a state that is none");
        for (const jk_replay_variable *v = c->role->variables; v->name != NULL; v++) {
            row one = empty;
            one.bytes[v->offset] = 1;
            bool fits = c->protocol->invariant(c->role, one.bytes);
            must(c, known || !fits, "a state that is none");
        }
    }
}

static void check_inputs(checking *c)
{
    for (uint16_t link = 0; link < LINKS; link++) {
        for (uint16_t kind = 0; kind < KINDS; kind++) {
            must(c, input_of(c, link, kind) < INPUTS, "an input without a number");
        }
    }
    must(c, input_of(c, LINKS, KINDS) == 0, "an input that there is none");
}

bool graph_check_rows(const jk_replay_protocol *protocol, const jk_replay_role *role)
{
    checking c = {.protocol = protocol, .role = role, .good = true};
    row zero = {.aligned = 0};
    c.size = is_envelope(&c) ? ((const jk_envelope_machine *)role->machine)->size
                             : ((const jk_record_machine *)role->machine)->size;
    must(&c, protocol->invariant(role, zero.bytes), "the row at the start");
    if (find_state(&c)) {
        check_bytes(&c);
        check_states(&c);
        check_inputs(&c);
    }
    return c.good;
}
