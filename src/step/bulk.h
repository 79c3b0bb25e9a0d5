/* SPDX-License-Identifier: Apache-2.0 */
/* Mass corrections: they wait outside the log (the store's queue `bulk`) and enter it a few at a
 * time, so that the work of counters overtakes them.  At a registry a list of corrections waits, at
 * a CS the entries of what its registry has already changed. */
#ifndef JUKI_STEP_BULK_H
#define JUKI_STEP_BULK_H

#include "step/step.h"

/* The bounds, all of them here. */
#define JK_BULK_OUTBOX_MAX      16      /* messages may wait for the next node while any is taken */
#define JK_BULK_TURN_MAX        16      /* taken in one turn of the loop */
#define JK_BULK_AT_ONCE_MAX     64      /* so many wait for the prefecture: nothing goes at once */
#define JK_BULK_UNANNOUNCED_MAX 100     /* corrections of a list that nobody has announced */
#define JK_BULK_LIST_MAX        1000000 /* of any list: a larger one is split */

/* The list of a registry. */
typedef struct jk_mass {
    uint64_t listed;  /* corrections in it; those that wait are the queue's */
    uint64_t refused; /* of those that had their turn: the record had changed, or was gone */
    int64_t read_ms;  /* when it was read, by the wall clock */
    uint16_t reason;  /* change reason */
    bool reading;     /* not read to its end: nothing of it is taken, what is there is dropped */
    char by[33];      /* who announced it (FORM_ID); "": nobody had to */
} jk_mass;

/* What waits has its turn, while the way to the next node is nearly empty.  taken: so many had it;
 * JK_BULK_TURN_MAX: there may be more at once. */
JK_MUST_USE jk_status jk_engine_feed(jk_engine *engine, size_t *taken);

/* More of a list, each body a Correction; and what is known of the list.  In the open group. */
typedef struct jk_bulk_item {
    jk_token resident;
    jk_span body;
} jk_bulk_item;

JK_MUST_USE jk_status jk_engine_queue(jk_engine *engine, const jk_bulk_item *items, size_t count);
JK_MUST_USE jk_status jk_engine_mass(jk_engine *engine, const jk_mass *mass);

/* Reads only.  JK_E_NOT_FOUND: there never was a list. */
JK_MUST_USE jk_status jk_mass_read(jk_store *store, const jk_node_id *self, jk_mass *mass);

#endif
