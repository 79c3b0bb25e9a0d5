/* SPDX-License-Identifier: Apache-2.0 */
/* What ask.c and answer.c share; nobody else includes it. */
#ifndef JUKI_RECONCILE_ROUND_SHARED_H
#define JUKI_RECONCILE_ROUND_SHARED_H

#include "round.h"

/* Room for `capacity` items in all; the items stay.  JK_E_MEMORY: nothing has changed. */
JK_MUST_USE jk_status jk_round_grow(jk_round_list *list, size_t item, uint32_t capacity,
                                    const jk_recon_memory *memory);
void jk_round_drop(jk_round_list *list, const jk_recon_memory *memory);

/* This side's cells first..first+count-1: those that are kept, or all made anew from the rows. */
JK_MUST_USE jk_status jk_round_own_cells(const jk_side *own, uint32_t first, uint32_t count,
                                         jk_cell *cells);

/* Whether a message belongs to this round, and its commitment to the message. */
jk_round_why jk_round_head(const jk_commitment *own, uint32_t round, const jk_round_message *m);
jk_round_why jk_round_commitment(const jk_commitment *own, const jk_round_message *m);

/* Ascending and below end. */
bool jk_round_ascend(const uint32_t *ids, uint32_t count, uint32_t end);

/* Cells to ask for when about `guess` differences are expected, give or take an eighth. */
uint32_t jk_round_target(uint32_t guess);

/* Cells that a CS of so many residents gives at most, and no server asks for more: sixteen bytes
 * each are not to cost more than a list of everybody would, but 64 are always given. */
uint32_t jk_round_cells_most(uint64_t residents);

/* Ascending by the number that each item begins with; in place. */
void jk_round_sort(void *items, uint32_t count, size_t size);

/* A message of this round without anything in it. */
jk_round_message jk_round_new(jk_round_kind kind, const jk_commitment *own, uint32_t round);

#endif
