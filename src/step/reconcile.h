/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of reconciliation (reconcile*.c) share. */
#ifndef JUKI_STEP_RECONCILE_H
#define JUKI_STEP_RECONCILE_H

#include "reconcile.h"
#include "step/dialogue.h"
#include "step/upkeep.h"

/* A session of the row in hand: with a server, or at a server with the CS. */
JK_MUST_USE jk_status jk_session_of(jk_step *step, jk_role with, const jk_token *round,
                                    uint64_t marker, jk_session *session);

/* --- reconcile_cs.c: the CS's hooks, checks and effects --- */
JK_MUST_USE jk_status jk_reconcile_cs_command(jk_step *step);
JK_MUST_USE jk_status jk_reconcile_cs_check(jk_step *step);
JK_MUST_USE jk_status jk_reconcile_cs_apply(jk_step *step, const jk_envelope_action *action);
JK_MUST_USE jk_status jk_reconcile_cs_fill(jk_step *step, const jk_envelope_action *action,
                                           jk_codec_bytes *body);
/* The position that the next entry of this CS's log gets. */
JK_MUST_USE jk_status jk_log_next(jk_step *step, uint64_t *position);

/* --- reconcile_repair.c: repairs, as entries of the log --- */
JK_MUST_USE jk_status jk_repair_command(jk_step *step);
JK_MUST_USE jk_status jk_repair_apply(jk_step *step, const jk_envelope_action *action);
/* The REPAIR that the CS writes into its log, and the log entry itself. */
JK_MUST_USE jk_status jk_repair_fill(jk_step *step, const jk_envelope_action *action,
                                     jk_codec_bytes *body);
/* Appends a body to this CS's log; `of` says whose it is. */
JK_MUST_USE jk_status jk_log_write(jk_step *step, const jk_envelope_action *action,
                                   const jk_token *of, jk_span body);
/* At a server: may the REPAIR in hand be applied; apply it. */
bool jk_repair_applies(const jk_step *step);
JK_MUST_USE jk_status jk_repair_take(jk_step *step);
/* A row as a message shows it.  JK_E_NOT_CANONICAL: it is no record. */
JK_MUST_USE jk_status jk_repair_of_episode(const jk_episode_row *row, uint64_t element,
                                           jk_wire_Repair *repair);

/* The digest of a record as a message shows it. */
JK_MUST_USE jk_status jk_repair_digest(jk_engine *engine, const jk_recon_keys *keys,
                                       const jk_wire_Repair *repair, jk_digest *digest);

/* --- reconcile_server.c --- */
JK_MUST_USE jk_status jk_reconcile_server_check(jk_step *step);
JK_MUST_USE jk_status jk_reconcile_server_apply(jk_step *step, const jk_envelope_action *action);
JK_MUST_USE jk_status jk_reconcile_server_fill(jk_step *step, const jk_envelope_action *action,
                                               jk_codec_bytes *body);
const void *jk_reconcile_server_hooks(uint16_t machine);

#endif
