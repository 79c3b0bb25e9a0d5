/* SPDX-License-Identifier: Apache-2.0 */
/* Reconciliation's roles and their host: which row a message belongs to, whom a link leads to, how
 * long timers run; and the table that binds all of it. */
#include "step/reconcile.h"

#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "reconcile_names.h"
#include "reconcile_national_round.h"
#include "reconcile_prefecture_round.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

jk_status jk_session_of(jk_step *step, jk_role with, const jk_token *round, uint64_t marker,
                        jk_session *session)
{
    jk_node_id municipality;
    if (!jk_node_of_token(&step->row.key, &municipality)) {
        return JK_E_STORE_SCHEMA;
    }
    *session = (jk_session){
        .key = step->row.key, .with = (uint8_t)with, .round = *round, .marker = marker};
    memcpy(session->code, municipality.code, sizeof session->code);
    return JK_OK;
}

/* The row's key must not say who the resident is: it stands in logs. */
jk_status jk_repair_key(jk_engine *engine, uint64_t element, jk_token *key)
{
    jk_store *store = engine->config.store;
    jk_compare_row row;
    jk_status status = store->ops->compare_get(store, engine->config.self.code, &row);
    if (status != JK_OK) {
        return status;
    }
    jk_element_token(row.epoch_key, element, key);
    return JK_OK;
}

/* ---- keys ---- */

/* What national tells a prefecture names the municipality; all else is said by its CS. */
static jk_status municipality_key(const jk_step *step, jk_token *key)
{
    const jk_node_id *self = &step->engine->config.self;
    if (step->message->kind != JK_RECONCILE_KIND_COMPARED) {
        *key = jk_token_of_node(&step->message->author);
        return JK_OK;
    }
    jk_node_id node = {.role = JK_ROLE_CS};
    memcpy(node.code, step->engine->in.round.municipality_code, sizeof node.code);
    if (node.code[0] == '\0') {
        return JK_E_MISSING_FIELD;
    }
    if (memcmp(node.code, self->code, 2) != 0) {
        return JK_E_PEER_POLICY;
    }
    *key = jk_token_of_node(&node);
    return JK_OK;
}

static jk_status key_of(jk_step *step, jk_token *key)
{
    jk_engine *engine = step->engine;
    switch (step->machine->id) {
    case JK_MACHINE_CS_ROUND: *key = jk_token_of_node(&engine->config.self); return JK_OK;
    case JK_MACHINE_CS_REPAIR: {
        const jk_wire_EntryRefused *refused = &engine->in.entry_refused;
        if (memcmp(refused->municipality_code, engine->config.self.code, 7) != 0 ||
            refused->sequence != step->message->epoch) {
            return JK_E_CONFLICT;
        }
        jk_status status = jk_repair_key(engine, refused->element, key);
        return status == JK_E_NOT_FOUND ? JK_E_UNEXPECTED : status;
    }
    default: return municipality_key(step, key);
    }
}

/* ---- peers and timers ---- */

static jk_status peer_of(jk_step *step, uint16_t link, int member, jk_node_id *peer, jk_token *txn)
{
    (void)member;
    (void)txn;
    switch (link) {
    case JK_RECONCILE_LINK_LOG_TO_PREFECTURE:
    case JK_RECONCILE_LINK_CS_TO_PREFECTURE:
        *peer = jk_prefecture_of(&step->engine->config.self);
        return JK_OK;
    case JK_RECONCILE_LINK_LOG_TO_NATIONAL:
    case JK_RECONCILE_LINK_CS_TO_NATIONAL:
        *peer = (jk_node_id){.role = JK_ROLE_NATIONAL, .code = "000000"};
        return JK_OK;
    default: break;
    }
    if (!jk_node_of_token(&step->row.key, peer)) {
        return JK_E_STORE_SCHEMA;
    }
    if (link == JK_RECONCILE_LINK_NATIONAL_TO_PREFECTURE) {
        *peer = jk_prefecture_of(peer);
    }
    return JK_OK;
}

static jk_status timer_row(jk_step *step, uint16_t timer, jk_timer_row *row)
{
    const jk_step_config *config = &step->engine->config;
    (void)timer; /* each machine has one */
    row->kind = JK_TIMER_ELAPSED;
    row->duration_ms =
        step->machine->id == JK_MACHINE_CS_ROUND ? config->round_due_ms : config->check_due_ms;
    row->due_ms = config->clock->monotonic_ms(config->clock) + row->duration_ms;
    return JK_OK;
}

static uint16_t timer_input(uint16_t machine, uint16_t timer)
{
    if (timer != 1) {
        return 0;
    }
    switch (machine) {
    case JK_MACHINE_CS_ROUND: return JK_RECONCILE_CS_ROUND_IN_EXPIRE_ROUND_DUE;
    case JK_MACHINE_PREFECTURE_ROUND: return JK_RECONCILE_PREFECTURE_ROUND_IN_EXPIRE_CHECK_DUE;
    case JK_MACHINE_NATIONAL_ROUND: return JK_RECONCILE_NATIONAL_ROUND_IN_EXPIRE_CHECK_DUE;
    default: return 0;
    }
}

/* ---- hooks of the CS: the next position of its log ---- */

static bool next_position(jk_step *step, const char *hook, uint64_t *highest)
{
    step->status = jk_log_next(step, highest);
    if (step->status == JK_OK) {
        const size_t used = strlen(step->log->hooks);
        (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%" PRIu64,
                       used == 0 ? "" : ",", hook, *highest);
    }
    return step->status == JK_OK;
}

static bool marker_position(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)event;
    return next_position(ctx, "marker_position", highest);
}

static bool repair_position(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)event;
    return next_position(ctx, "repair_position", highest);
}

static const jk_reconcile_cs_round_hooks cs_round_hooks = {marker_position};
static const jk_reconcile_cs_repair_hooks cs_repair_hooks = {repair_position};

static const void *hooks(uint16_t machine)
{
    switch (machine) {
    case JK_MACHINE_CS_ROUND: return &cs_round_hooks;
    case JK_MACHINE_CS_REPAIR: return &cs_repair_hooks;
    default: return jk_reconcile_server_hooks(machine);
    }
}

/* ---- by machine ---- */

static jk_status check(jk_step *step)
{
    switch (step->machine->id) {
    case JK_MACHINE_CS_ROUND: return jk_reconcile_cs_check(step);
    case JK_MACHINE_CS_REPAIR: return JK_OK;
    default: return jk_reconcile_server_check(step);
    }
}

static jk_status command_check(jk_step *step)
{
    return step->machine->id == JK_MACHINE_CS_ROUND ? jk_reconcile_cs_command(step)
                                                    : jk_repair_command(step);
}

static jk_status apply(jk_step *step, const jk_envelope_action *action)
{
    switch (step->machine->id) {
    case JK_MACHINE_CS_ROUND: return jk_reconcile_cs_apply(step, action);
    case JK_MACHINE_CS_REPAIR: return jk_repair_apply(step, action);
    default: return jk_reconcile_server_apply(step, action);
    }
}

static jk_status fill(jk_step *step, const jk_envelope_action *action, int member,
                      jk_envelope *envelope, jk_codec_bytes *body)
{
    (void)member;
    (void)envelope;
    switch (step->machine->id) {
    case JK_MACHINE_CS_ROUND: return jk_reconcile_cs_fill(step, action, body);
    case JK_MACHINE_CS_REPAIR: return jk_repair_fill(step, action, body);
    default: return jk_reconcile_server_fill(step, action, body);
    }
}

const jk_protocol jk_reconcile_protocol = {
    .first = JK_MACHINE_CS_ROUND,
    .last = JK_MACHINE_NATIONAL_ROUND,
    .key = key_of,
    .check = check,
    .command_check = command_check,
    .hooks = hooks,
    .apply = apply,
    .peer = peer_of,
    .fill = fill,
    .timer = timer_row,
    .timer_input = timer_input,
    .effect_name = jk_reconcile_effect_name,
};
