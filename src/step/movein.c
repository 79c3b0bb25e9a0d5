/* SPDX-License-Identifier: Apache-2.0 */
/* The special move-in's roles and their host: which row a message belongs to, whom a link leads to,
 * how long timers run; and the table that binds all of it. */
#include "step/internal.h"

#include "juki/registry.h"
#include "movein_dest_cs.h"
#include "movein_names.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "names.h"

#include <stddef.h>
#include <string.h>

#define MS_PER_DAY INT64_C(86400000)

/* ---- keys: which row takes a message ---- */

/* A txn belongs to the CS that asked with it first: nobody else may speak of it (M5). */
static jk_status check_asker(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    jk_data_key key = {JK_MACHINE_ORIGIN_CS, step->message->txn, "asker", -1};
    jk_token asker = {{0}};
    jk_token peer = jk_token_of_node(&step->peer);
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, asker.byte, sizeof asker.byte, &size);
    if (status == JK_OK) {
        return jk_token_equal(&asker, &peer) ? JK_OK : JK_E_PEER_POLICY;
    }
    if (status != JK_E_NOT_FOUND || step->message->kind != JK_MOVEIN_KIND_CERT_REQUEST) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    return store->ops->data_put(store, &key, (jk_span){peer.byte, sizeof peer.byte}, false);
}

/* CERT_REQUEST names residents; every later message of that txn follows the same route. */
static jk_status origin_key(jk_step *step, jk_token *key)
{
    jk_store *store = step->engine->config.store;
    const jk_envelope *message = step->message;
    if (step->peer.role == JK_ROLE_REGISTRY) {
        *key = message->case_id;
        return JK_OK;
    }
    jk_token case_id = {{0}};
    jk_status status = check_asker(step);
    if (status != JK_OK) {
        return status;
    }
    status = store->ops->route_get(store, &message->txn, &case_id);
    if (status == JK_OK) {
        if (!jk_token_is_none(&message->case_id) && !jk_token_equal(&message->case_id, &case_id)) {
            return JK_E_CONFLICT; /* the txn speaks of another case */
        }
        *key = case_id;
        return JK_OK;
    }
    if (status != JK_E_NOT_FOUND) {
        return status;
    }
    *key = message->txn;
    if (message->kind != JK_MOVEIN_KIND_CERT_REQUEST) {
        return JK_OK; /* an unknown txn: a machine in its initial state decides by name (M5) */
    }
    status = jk_case_of_request(step, &case_id);
    if (status != JK_OK || jk_token_is_none(&case_id)) {
        return status;
    }
    *key = case_id;
    return store->ops->route_put(store, &message->txn, &case_id);
}

/* A card is its holder's; one that could not be read is nobody's, and never in operation. */
static jk_token card_key(const jk_step *step)
{
    const jk_body *in = &step->engine->in;
    if (step->message->kind != JK_MOVEIN_KIND_CARD_STATUS) {
        return jk_token_of_resident(in->go_on.resident_code);
    }
    const char *code = in->card_status.resident_code;
    return code[0] == '\0' ? step->message->txn : jk_token_of_resident(code);
}

static jk_status key_of(jk_step *step, jk_token *key)
{
    const jk_body *in = &step->engine->in;
    switch (step->machine->id) {
    case JK_MACHINE_ORIGIN_CS: {
        jk_status status = origin_key(step, key);
        if (status != JK_OK) {
            return status;
        }
        break;
    }
    case JK_MACHINE_ORIGIN_REGISTRY: *key = step->message->case_id; break;
    case JK_MACHINE_PREFECTURE:
    case JK_MACHINE_NATIONAL: *key = jk_token_of_resident(in->log.person.resident_code); break;
    case JK_MACHINE_CARDS: *key = card_key(step); break;
    default: *key = step->message->txn; break;
    }
    return jk_token_is_none(key) ? JK_E_MISSING_FIELD : JK_OK;
}

/* ---- peers and timers ---- */

/* M17: the CS that got the member, and the transaction under which it got him. */
static jk_status peer_of_accepted(jk_step *step, int member, jk_node_id *peer, jk_token *txn)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {JK_MACHINE_ORIGIN_CS, step->row.key, "got", member};
    jk_token got[2];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, got[0].byte, sizeof got, &size);
    if (status != JK_OK || size != sizeof got || !jk_node_of_token(&got[0], peer)) {
        return status == JK_OK || status == JK_E_NOT_FOUND ? JK_E_STORE_SCHEMA : status;
    }
    *txn = got[1];
    return JK_OK;
}

/* M5: RELEASE goes to whoever sent the certificate, all else to the origin that was asked. */
static jk_status peer_of_request(jk_step *step, jk_node_id *peer)
{
    if (step->message != NULL && step->peer.role == JK_ROLE_CS) {
        *peer = step->peer;
        return JK_OK;
    }
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {JK_MACHINE_DEST_CS, step->row.key, "origin", -1};
    jk_token origin = {{0}};
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, origin.byte, sizeof origin.byte, &size);
    if (status == JK_OK && !jk_node_of_token(&origin, peer)) {
        return JK_E_STORE_SCHEMA;
    }
    return status;
}

jk_node_id jk_prefecture_of(const jk_node_id *municipal)
{
    const char five[6] = {municipal->code[0], municipal->code[1], '0', '0', '0', '\0'};
    jk_node_id prefecture = {.role = JK_ROLE_PREFECTURE};
    memcpy(prefecture.code, five, 5);
    prefecture.code[5] = jk_municipality_code_digit(five);
    return prefecture;
}

static jk_status peer_of(jk_step *step, uint16_t link, int member, jk_node_id *peer, jk_token *txn)
{
    const jk_node_id *self = &step->engine->config.self;
    *peer = (jk_node_id){.role = JK_ROLE_CS};
    memcpy(peer->code, self->code, sizeof peer->code);
    switch (link) {
    case JK_MOVEIN_LINK_TERMINAL_TO_DEST:
    case JK_MOVEIN_LINK_REGISTRY_TO_DEST:
    case JK_MOVEIN_LINK_REGISTRY_TO_ORIGIN: return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_TERMINAL: peer->role = JK_ROLE_TERMINAL; return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_REGISTRY:
    case JK_MOVEIN_LINK_ORIGIN_TO_REGISTRY: peer->role = JK_ROLE_REGISTRY; return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_CARDS:
    case JK_MOVEIN_LINK_DEST_TO_NATIONAL:
    case JK_MOVEIN_LINK_PREFECTURE_TO_NATIONAL:
        peer->role = link == JK_MOVEIN_LINK_DEST_TO_CARDS ? JK_ROLE_CARDS : JK_ROLE_NATIONAL;
        memcpy(peer->code, "000000", 7);
        return JK_OK;
    case JK_MOVEIN_LINK_CS_TO_PREFECTURE: *peer = jk_prefecture_of(self); return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_ORIGIN: return peer_of_request(step, peer);
    case JK_MOVEIN_LINK_ORIGIN_TO_DEST: return peer_of_accepted(step, member, peer, txn);
    default: return JK_E_ROUTE;
    }
}

typedef struct machine_timer {
    uint16_t machine;
    uint16_t timer;
    uint16_t input;
    size_t duration; /* where jk_step_config has it; 0: a legal day */
} machine_timer;

static const machine_timer timers[] = {
    {JK_MACHINE_DEST_CS, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE, JK_MOVEIN_DEST_CS_IN_EXPIRE_VERIFY_DUE,
     offsetof(jk_step_config, verify_due_ms)},
    {JK_MACHINE_DEST_CS, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE, JK_MOVEIN_DEST_CS_IN_EXPIRE_CERT_DUE,
     offsetof(jk_step_config, cert_due_ms)},
    {JK_MACHINE_DEST_CS, JK_MOVEIN_DEST_CS_TIMER_NOTICE_DUE, JK_MOVEIN_DEST_CS_IN_EXPIRE_NOTICE_DUE,
     offsetof(jk_step_config, notice_due_ms)},
    {JK_MACHINE_DEST_CS, JK_MOVEIN_DEST_CS_TIMER_CARD_DUE, JK_MOVEIN_DEST_CS_IN_EXPIRE_CARD_DUE,
     offsetof(jk_step_config, card_due_ms)},
    {JK_MACHINE_ORIGIN_CS, JK_MOVEIN_ORIGIN_CS_TIMER_STATUS_DUE,
     JK_MOVEIN_ORIGIN_CS_IN_EXPIRE_STATUS_DUE, offsetof(jk_step_config, status_due_ms)},
    {JK_MACHINE_ORIGIN_REGISTRY, JK_MOVEIN_ORIGIN_REGISTRY_TIMER_PLANNED_DATE,
     JK_MOVEIN_ORIGIN_REGISTRY_IN_EXPIRE_PLANNED_DATE, 0},
};

static const machine_timer *timer_of(uint16_t machine, uint16_t timer)
{
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        if (timers[i].machine == machine && timers[i].timer == timer) {
            return &timers[i];
        }
    }
    return NULL;
}

static uint16_t timer_input(uint16_t machine, uint16_t timer)
{
    const machine_timer *found = timer_of(machine, timer);
    return found == NULL ? 0 : found->input;
}

static jk_status timer_row(jk_step *step, uint16_t timer, jk_timer_row *row)
{
    const jk_step_config *config = &step->engine->config;
    const machine_timer *found = timer_of(step->machine->id, timer);
    if (found == NULL) {
        return JK_E_BUG;
    }
    if (found->duration == 0) {
        jk_status status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
        if (status != JK_OK) {
            return status;
        }
        row->kind = JK_TIMER_DATE;
        row->due_ms = (int64_t)step->engine->kept.filed.planned_out_day * MS_PER_DAY;
        return JK_OK;
    }
    row->kind = JK_TIMER_ELAPSED;
    memcpy(&row->duration_ms, (const char *)config + found->duration, sizeof row->duration_ms);
    row->due_ms = config->clock->monotonic_ms(config->clock) + row->duration_ms;
    return JK_OK;
}

static jk_status fill(jk_step *step, const jk_envelope_action *action, int member,
                      jk_envelope *envelope, jk_codec_bytes *body)
{
    return action->link == JK_MOVEIN_LINK_CS_TO_PREFECTURE
               ? jk_movein_log(step, action, member, envelope, body)
               : jk_movein_fill(step, action, member, body);
}

const jk_protocol jk_movein_protocol = {
    .first = JK_MACHINE_TERMINAL,
    .last = JK_MACHINE_CARDS,
    .key = key_of,
    .check = jk_movein_check,
    .command_check = jk_movein_command_check,
    .hooks = jk_movein_hooks,
    .apply = jk_movein_apply,
    .peer = peer_of,
    .fill = fill,
    .timer = timer_row,
    .timer_input = timer_input,
    .effect_name = jk_movein_effect_name,
};
