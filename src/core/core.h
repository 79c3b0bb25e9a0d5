/* SPDX-License-Identifier: Apache-2.0 */
/* Pure decisions of a step: which generated machine takes a message, and whether it was taken
 * before. No store, no clock, no allocation. */
#ifndef JUKI_CORE_H
#define JUKI_CORE_H

#include "envelope.h"
#include "juki/status.h"
#include "juki/types.h"

/* A machine of a node: its number in store rows, the node role that runs it. */
typedef struct jk_core_machine {
    uint16_t id;
    uint8_t role; /* jk_role */
    const jk_envelope_machine *machine;
} jk_core_machine;

/* A directed link of a protocol and the node roles at its ends. */
typedef struct jk_core_link {
    uint16_t link;     /* number of <protocol>.h */
    uint8_t from;      /* jk_role */
    uint8_t to;        /* jk_role */
    uint16_t receiver; /* jk_core_machine.id */
} jk_core_link;

typedef struct jk_core_table {
    const jk_core_machine *machines;
    size_t machine_count;
    const jk_core_link *links;
    size_t link_count;
} jk_core_table;

typedef struct jk_core_target {
    const jk_core_machine *machine;
    uint16_t link;
    uint16_t input;
} jk_core_target;

/* Finds the machine that takes `kind` at a node of role `self` from a node of role `sender`.
 * JK_E_ROUTE when there is none; *target is then unchanged. */
JK_MUST_USE jk_status jk_core_route(const jk_core_table *table, jk_role self, jk_role sender,
                                    uint16_t kind, jk_core_target *target);

/* NULL when the table has no machine of that number. */
const jk_core_machine *jk_core_machine_by_id(const jk_core_table *table, uint16_t id);

/* What the inbox knows of a message_id. */
typedef struct jk_core_known {
    bool found;
    uint16_t kind;
    jk_token link;
} jk_core_known;

typedef enum jk_core_repeat {
    JK_CORE_FRESH,    /* take it */
    JK_CORE_REPEATED, /* consumed before: nothing more happens (T6) */
    JK_CORE_CONFLICT  /* the id was used for something else (M6): a bad message */
} jk_core_repeat;

/* Duplicate decision above the link's sequence numbers.  Source: protocol rules T6, M6. */
jk_core_repeat jk_core_repeat_decide(const jk_core_known *known, uint16_t kind,
                                     const jk_token *link);

#endif
