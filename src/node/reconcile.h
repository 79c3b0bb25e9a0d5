/* SPDX-License-Identifier: Apache-2.0 */
/* What a calendar does with reconciliation: rounds that begin by themselves, and every row read
 * against its digest within the period that the configuration states. */
#ifndef JUKI_NODE_RECONCILE_H
#define JUKI_NODE_RECONCILE_H

#include "node/internal.h"
#include "step/upkeep.h"

#define JK_RECONCILE_LOOK_MAX 8192 /* sessions that are looked at for a municipality's latest */
#define JK_RECONCILE_CLEARED  "cleared" /* data row: who ended the alarm */

/* A municipality's machine of rounds at this node: the CS's own, or a server's. */
uint16_t jk_reconcile_machine(const jk_node *node);

/* A CS, a prefecture or national. */
bool jk_reconcile_takes_part(const jk_node *node);

/* Begins a round of this CS and names it. */
JK_MUST_USE jk_status jk_reconcile_start(jk_node *node, jk_token *round);

/* Number of the latest session in the store; 0: there never was one. */
int64_t jk_reconcile_last(jk_store *store);

/* The next slice of a municipality's scrub, in the open group. */
JK_MUST_USE jk_status jk_node_scrub(jk_node *node, const char *code, size_t rows,
                                    jk_scrub_report *report);

/* Does what is due; the time of the next. */
int64_t jk_reconcile_run(jk_node *node);

/* --- command_reconcile.c, command_repair.c --- */
json_t *jk_session_json(const jk_round_row *row);
/* The approved repairs of a session. */
json_t *jk_repairs_json(jk_store *store, const jk_round_row *row);

#endif
