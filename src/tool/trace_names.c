/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a step log back to the numbers that they stand for. */
#include "trace_data.h"

#include "movein.h"
#include "movein_names.h"
#include "reconcile.h"
#include "reconcile_names.h"
#include "step/roles.h"
#include "update.h"
#include "update_names.h"

#include <string.h>

enum {
    NUMBERS_MAX = 256 /* no state, input, timer, command or reason is above it */
};

static const trace_protocol protocols[] = {
    {JK_MACHINE_TERMINAL, JK_MACHINE_CARDS, JK_MOVEIN_LINK_DESK_TERMINAL,
     JK_MOVEIN_LINK_DESK_ORIGIN_CS, jk_movein_effect_name, jk_movein_reason_name},
    {JK_MACHINE_CS_ROUND, JK_MACHINE_NATIONAL_ROUND, JK_RECONCILE_LINK_DESK_ROUND,
     JK_RECONCILE_LINK_DESK_REPAIR, jk_reconcile_effect_name, jk_reconcile_reason_name},
    {JK_MACHINE_CS_UPDATE, JK_MACHINE_REGISTRY_UPDATE, JK_UPDATE_LINK_DESK_REGISTRY,
     JK_UPDATE_LINK_DESK_FEED, jk_update_effect_name, jk_update_reason_name},
};

#define PROTOCOL_COUNT (sizeof protocols / sizeof protocols[0])

const trace_protocol *trace_protocol_of(uint16_t machine)
{
    for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
        if (machine >= protocols[i].first && machine <= protocols[i].last) {
            return &protocols[i];
        }
    }
    return NULL;
}

/* Every input of a machine, and by which way it comes. */
static void learn_ways(trace_role *role)
{
    const jk_envelope_machine *machine = role->core->machine;
    for (uint16_t link = 0; link <= role->protocol->desk_last; link++) {
        const bool desk = link >= role->protocol->desk_first;
        uint16_t kind = 0;
        for (uint16_t i = 0; i < NUMBERS_MAX; i++) {
            kind = link == 0 || desk ? (uint16_t)(i + 1U) : jk_kind_at(i);
            const uint16_t input = kind == 0 ? 0 : machine->input(link, kind);
            if (input != 0 && input < TRACE_INPUT_MAX) {
                role->way[input] = link == 0 ? TRACE_TIMER : desk ? TRACE_COMMAND : TRACE_MESSAGE;
            }
        }
    }
}

void trace_roles_make(trace_roles *roles)
{
    memset(roles, 0, sizeof *roles);
    for (size_t i = 0; i < jk_roles.machine_count && i < JK_TRACE_ROLES_MAX; i++) {
        const trace_protocol *protocol = trace_protocol_of(jk_roles.machines[i].id);
        if (protocol == NULL) {
            continue;
        }
        trace_role *role = &roles->role[roles->count++];
        role->core = &jk_roles.machines[i];
        role->protocol = protocol;
        role->name = jk_machine_name(role->core->id);
        learn_ways(role);
    }
}

const trace_role *trace_role_by_name(const trace_roles *roles, const char *name)
{
    for (size_t i = 0; i < roles->count; i++) {
        if (strcmp(roles->role[i].name, name) == 0) {
            return &roles->role[i];
        }
    }
    return NULL;
}

bool trace_state_by_name(const trace_role *role, const char *name, uint16_t *state)
{
    if (strcmp(name, "?") == 0) {
        return false;
    }
    for (uint16_t i = 0; i < NUMBERS_MAX; i++) {
        if (strcmp(jk_machine_state_name(role->core->id, i), name) == 0) {
            *state = i;
            return true;
        }
    }
    return false;
}

uint16_t trace_input_by_name(const trace_role *role, const char *name)
{
    for (uint16_t i = 1; i < TRACE_INPUT_MAX; i++) {
        if (role->way[i] != TRACE_NO_WAY &&
            strcmp(jk_machine_input_name(role->core->id, i), name) == 0) {
            return i;
        }
    }
    return 0;
}

uint16_t trace_kind_of_input(const char *input)
{
    char name[64];
    const char *from = strstr(input, "_FROM_");
    const size_t size = from != NULL ? (size_t)(from - input) : strlen(input);
    if (size >= sizeof name) {
        return 0;
    }
    memcpy(name, input, size);
    name[size] = '\0';
    return jk_kind_by_name(name);
}

bool trace_reason_by_name(const char *name, size_t size, uint16_t *reason)
{
    for (uint16_t i = 1; i < PROTOCOL_COUNT * NUMBERS_MAX; i++) {
        const uint16_t number = i % NUMBERS_MAX;
        const char *known = protocols[i / NUMBERS_MAX].reason_name(number);
        if (known[0] != '?' && strlen(known) == size && memcmp(known, name, size) == 0) {
            *reason = number;
            return true;
        }
    }
    return false;
}

void trace_node_name(const jk_node_id *id, char name[TRACE_NAME_SIZE])
{
    (void)snprintf(name, TRACE_NAME_SIZE, "%s:%s:%u", jk_role_name((jk_role)id->role), id->code,
                   (unsigned)id->unit);
}

bool trace_node_by_name(const char *name, size_t size, jk_node_id *id)
{
    char text[TRACE_NAME_SIZE];
    char again[TRACE_NAME_SIZE];
    if (size >= sizeof text) {
        return false;
    }
    memcpy(text, name, size);
    text[size] = '\0';
    char *code = strchr(text, ':');
    char *unit = code == NULL ? NULL : strchr(code + 1, ':');
    if (unit == NULL || unit - code != 7 || strspn(code + 1, "0123456789") != 6) {
        return false;
    }
    *code = '\0';
    memset(id, 0, sizeof *id);
    id->role = (uint8_t)jk_role_by_name(text);
    memcpy(id->code, code + 1, 6);
    unsigned number = 0;
    for (const char *at = unit + 1; *at >= '0' && *at <= '9'; at++) {
        number = (number * 10 + (unsigned)(*at - '0')) & 0xfffffU;
    }
    id->unit = (uint16_t)number;
    if (id->role == JK_ROLE_NONE) {
        return false;
    }
    trace_node_name(id, again);
    return strlen(again) == size && memcmp(again, name, size) == 0;
}
