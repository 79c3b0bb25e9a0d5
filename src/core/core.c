/* SPDX-License-Identifier: Apache-2.0 */
/* Routing and duplicate decision.  Pure. */
#include "core/core.h"

#include <string.h>

const jk_core_machine *jk_core_machine_by_id(const jk_core_table *table, uint16_t id)
{
    for (size_t i = 0; i < table->machine_count; i++) {
        if (table->machines[i].id == id) {
            return &table->machines[i];
        }
    }
    return NULL;
}

jk_status jk_core_route(const jk_core_table *table, jk_role self, jk_role sender, uint16_t kind,
                        jk_core_target *target)
{
    for (size_t i = 0; i < table->link_count; i++) {
        const jk_core_link *link = &table->links[i];
        if (link->from != sender || link->to != self) {
            continue;
        }
        const jk_core_machine *machine = jk_core_machine_by_id(table, link->receiver);
        if (machine == NULL || machine->role != self) {
            continue;
        }
        uint16_t input = machine->machine->input(link->link, kind);
        if (input != 0) {
            *target = (jk_core_target){machine, link->link, input};
            return JK_OK;
        }
    }
    return JK_E_ROUTE;
}

jk_core_repeat jk_core_repeat_decide(const jk_core_known *known, uint16_t kind,
                                     const jk_token *link)
{
    if (!known->found) {
        return JK_CORE_FRESH;
    }
    if (known->kind != kind || memcmp(known->link.byte, link->byte, sizeof link->byte) != 0) {
        return JK_CORE_CONFLICT;
    }
    return JK_CORE_REPEATED;
}
