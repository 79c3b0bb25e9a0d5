/* SPDX-License-Identifier: Apache-2.0 */
/* The CS in a round: writes the marker, asks both servers, and keeps what comes of it.  Nothing is
 * a finding here that was not confirmed against the root that its server signed. */
#include "step/reconcile.h"

#include "names.h"
#include "reconcile_cs_round.h"

#include <string.h>

#define LAST_SIZE (sizeof(jk_token) + 4) /* a round, and how many differed */

static const jk_reconcile_cs_round *row_of(const jk_step *step)
{
    return (const void *)step->row.data;
}

static int64_t wall(const jk_step *step)
{
    return step->engine->config.clock->wall_ms(step->engine->config.clock);
}

jk_status jk_log_next(jk_step *step, uint64_t *position)
{
    jk_store *store = step->engine->config.store;
    uint64_t head = 0;
    jk_status status = store->ops->applied_get(store, step->engine->config.self.code, &head);
    *position = head + 1;
    return status;
}

/* ---- the last round with a server: how many cells are sent at once ---- */

static jk_data_key last_key(const jk_step *step, jk_role server)
{
    return (jk_data_key){JK_MACHINE_CS_ROUND, step->row.key,
                         server == JK_ROLE_NATIONAL ? "last-national" : "last-prefecture", -1};
}

static jk_status last_of(jk_step *step, jk_role server, jk_token *round, uint32_t *differences)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = last_key(step, server);
    uint8_t bytes[LAST_SIZE];
    size_t size = 0;
    *differences = JK_ASK_UNKNOWN;
    *round = (jk_token){{0}};
    jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    if (status == JK_OK && size == sizeof bytes) {
        memcpy(round->byte, bytes, sizeof round->byte);
        const uint8_t *at = bytes + sizeof round->byte;
        *differences = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    }
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

static jk_status last_put(jk_step *step, jk_role server, const jk_token *round, uint32_t n)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = last_key(step, server);
    uint8_t bytes[LAST_SIZE];
    memcpy(bytes, round->byte, sizeof round->byte);
    uint8_t *at = bytes + sizeof round->byte;
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(n >> (24 - 8 * i));
    }
    return store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, false);
}

/* ---- before the machine ---- */

static const char fresh_name[] = "fresh-key";

/* 6-1: a first round, and one after a server whose digests gave no root, has a key of its own. */
jk_status jk_reconcile_cs_command(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    if (step->input != JK_RECONCILE_CS_ROUND_IN_START ||
        row_of(step)->state != JK_RECONCILE_CS_ROUND_IDLE) {
        return JK_OK;
    }
    if (jk_token_is_none(&step->command->txn)) {
        return JK_E_USAGE;
    }
    jk_compare_row compare;
    const char *code = engine->config.self.code;
    const jk_data_key fresh = {JK_MACHINE_CS_ROUND, step->row.key, fresh_name, -1};
    uint8_t value[1];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &fresh, value, sizeof value, &size);
    const bool wanted = status == JK_OK;
    if (status == JK_OK || status == JK_E_NOT_FOUND) {
        status = store->ops->compare_get(store, code, &compare);
    }
    static const uint8_t none[32];
    const bool keyed = status == JK_OK && memcmp(compare.epoch_key, none, sizeof none) != 0;
    if ((status != JK_OK && status != JK_E_NOT_FOUND) || (keyed && !wanted)) {
        return status;
    }
    uint8_t key[32];
    status = engine->config.random->fill(engine->config.random, key, sizeof key);
    if (status == JK_OK) {
        status = jk_compare_rekey(engine, code, key);
    }
    return status == JK_OK && wanted
               ? store->ops->data_erase(store, fresh.machine, &fresh.key, fresh_name)
               : status;
}

jk_status jk_reconcile_cs_check(jk_step *step)
{
    const jk_reconcile_cs_round *row = row_of(step);
    const bool national = step->peer.role == JK_ROLE_NATIONAL;
    const bool pending = national ? row->national : row->prefecture;
    if (row->state != JK_RECONCILE_CS_ROUND_WAIT_RESULTS || !pending ||
        !jk_token_equal(&row->round, &step->message->txn)) {
        return JK_OK;
    }
    jk_session session;
    jk_status status = jk_session_of(step, (jk_role)step->peer.role, &row->round, 0, &session);
    return status == JK_OK ? jk_dialogue_keep(step, &session) : status;
}

/* ---- the session ---- */

/* The dialogue with a server, everything heard. */
static jk_status talk(jk_step *step, jk_role server, jk_dialogue **dialogue)
{
    jk_store *store = step->engine->config.store;
    jk_compare_row compare;
    jk_token last;
    uint32_t history = 0;
    jk_session session;
    jk_status status = store->ops->compare_get(store, step->engine->config.self.code, &compare);
    if (status == JK_OK) {
        status = last_of(step, server, &last, &history);
    }
    if (status == JK_OK) {
        status = jk_session_of(step, server, &compare.round, compare.marker, &session);
    }
    return status == JK_OK ? jk_dialogue_hear(step, &session, false, history, dialogue) : status;
}

/* The session's row while it is open: progress for the operator. */
static jk_status note_session(jk_step *step, jk_role server, const jk_dialogue *dialogue)
{
    jk_store *store = step->engine->config.store;
    jk_compare_row compare;
    jk_round_row row;
    jk_status status = store->ops->compare_get(store, step->engine->config.self.code, &compare);
    if (status == JK_OK) {
        status = store->ops->round_get(store, &compare.round, (uint8_t)server, &row);
    }
    if (status == JK_E_NOT_FOUND) {
        row = (jk_round_row){.round = compare.round,
                             .server = (uint8_t)server,
                             .marker = compare.marker,
                             .begun_ms = wall(step)};
        memcpy(row.code, compare.code, sizeof row.code);
        status = JK_OK;
    }
    if (status != JK_OK) {
        return status;
    }
    jk_dialogue_figures(dialogue, &row);
    return store->ops->round_put(store, &row);
}

static jk_role server_of(uint16_t link)
{
    return link == JK_RECONCILE_LINK_CS_TO_NATIONAL ? JK_ROLE_NATIONAL : JK_ROLE_PREFECTURE;
}

static jk_status fill_round(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    const jk_role server = server_of(action->link);
    jk_wire_Round *out = &step->engine->out.round;
    jk_dialogue *dialogue = NULL;
    jk_status status = talk(step, server, &dialogue);
    if (status == JK_OK) {
        status = note_session(step, server, dialogue);
    }
    if (status == JK_OK) {
        status = jk_dialogue_say(step, dialogue, out);
    }
    return status == JK_OK ? jk_codec_encode_body(action->kind, out, NULL, body, NULL) : status;
}

/* The marker, as an entry of the log. */
static jk_status fill_marker(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_compare_row compare;
    jk_status status = store->ops->compare_get(store, engine->config.self.code, &compare);
    if (status != JK_OK) {
        return status;
    }
    jk_wire_Marker *marker = &engine->out.marker;
    memset(marker, 0, sizeof *marker);
    memcpy(marker->municipality_code, engine->config.self.code, 7);
    marker->sequence = action->out.epoch;
    marker->depth = compare.depth;
    marker->key.size = sizeof compare.epoch_key;
    memcpy(marker->key.bytes, compare.epoch_key, sizeof compare.epoch_key);
    status = jk_codec_encode_body(action->kind, marker, NULL, body, NULL);
    return status == JK_OK
               ? jk_log_write(step, action, &action->out.txn, (jk_span){body->data, body->size})
               : status;
}

jk_status jk_reconcile_cs_fill(jk_step *step, const jk_envelope_action *action,
                               jk_codec_bytes *body)
{
    if (action->kind == JK_RECONCILE_KIND_MARKER) {
        return fill_marker(step, action, body);
    }
    if (action->kind == JK_RECONCILE_KIND_CLOSE) {
        body->size = 0;
        return JK_OK;
    }
    return fill_round(step, action, body);
}

/* ---- effects ---- */

static jk_status clear_sessions(jk_step *step)
{
    const jk_token none = {{0}};
    jk_session session;
    jk_status status = jk_session_of(step, JK_ROLE_PREFECTURE, &none, 0, &session);
    if (status == JK_OK) {
        status = jk_dialogue_clear(step, &session);
    }
    session.with = JK_ROLE_NATIONAL;
    return status == JK_OK ? jk_dialogue_clear(step, &session) : status;
}

static jk_status keep_snapshot(jk_step *step, const jk_envelope_action *action)
{
    jk_status status = clear_sessions(step);
    return status == JK_OK ? jk_compare_mark(step->engine, step->engine->config.self.code,
                                             &action->out.txn, action->out.epoch)
                           : status;
}

/* A session that has no result ends without one. */
static jk_status close_session(jk_step *step, const jk_token *round, jk_role server)
{
    jk_store *store = step->engine->config.store;
    jk_round_row row;
    jk_status status = store->ops->round_get(store, round, (uint8_t)server, &row);
    if (status != JK_OK || row.ended_ms != 0) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    row.ended_ms = wall(step);
    row.reason = JK_REASON_UNREACHED;
    return store->ops->round_put(store, &row);
}

static jk_status forget_snapshot(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_compare_row compare;
    jk_status status = store->ops->compare_get(store, engine->config.self.code, &compare);
    if (status == JK_OK) {
        status = close_session(step, &compare.round, JK_ROLE_PREFECTURE);
    }
    if (status == JK_OK) {
        status = close_session(step, &compare.round, JK_ROLE_NATIONAL);
    }
    if (status == JK_OK) {
        status = jk_compare_unmark(engine, compare.code);
    }
    return status == JK_OK ? clear_sessions(step) : status;
}

/* The server's record of a finding, if it showed one whose digest is the one that was confirmed. */
static void shown_record(jk_step *step, const jk_recon_keys *keys, const jk_finding *finding,
                         jk_finding_row *row)
{
    jk_engine *engine = step->engine;
    const jk_wire_Round *in = &engine->in.round;
    jk_wire_Repair *shown = &engine->shown;
    for (size_t at = 0; at + 2 <= in->data.size;) {
        const size_t size = (size_t)in->data.bytes[at] << 8 | in->data.bytes[at + 1];
        const jk_span bytes = {in->data.bytes + at + 2, size};
        at += 2 + size;
        if (at > in->data.size || size > sizeof row->record ||
            jk_codec_decode(&jk_wire_type_Repair, bytes, NULL, shown, NULL) != JK_OK) {
            return;
        }
        if (shown->element != finding->key) {
            continue;
        }
        jk_digest digest;
        if (jk_repair_digest(engine, keys, shown, &digest) == JK_OK &&
            memcmp(digest.byte, finding->theirs.byte, sizeof digest.byte) == 0) {
            memcpy(row->record, bytes.data, size);
            row->size = size;
        }
        return;
    }
}

/* What an earlier round found and an operator had repaired is repaired when it differs no more. */
static jk_status settle_repairs(jk_step *step, jk_role server, const jk_token *last,
                                const jk_round_row *now)
{
    jk_store *store = step->engine->config.store;
    jk_finding_row *row = &step->engine->finding;
    uint64_t after = 0;
    jk_status status = JK_OK;
    while (!jk_token_is_none(last) && status == JK_OK) {
        status = store->ops->finding_next(store, last, (uint8_t)server, after, row);
        if (status != JK_OK) {
            break;
        }
        after = row->key;
        jk_finding_row *again = &step->engine->finding_again;
        const bool approved = row->state == JK_FINDING_APPROVED && row->position < now->marker;
        status = store->ops->finding_get(store, &now->round, (uint8_t)server, row->key, again);
        if (approved && status == JK_E_NOT_FOUND) {
            row->state = JK_FINDING_REPAIRED;
            status = store->ops->finding_put(store, row);
        } else if (status == JK_E_NOT_FOUND) {
            status = JK_OK;
        }
    }
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

static jk_status note_findings(jk_step *step, jk_role server, const jk_verdict *verdict)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_compare_row compare;
    jk_recon_keys keys;
    jk_status status = store->ops->compare_get(store, engine->config.self.code, &compare);
    if (status != JK_OK) {
        return status;
    }
    jk_recon_keys_derive(&keys, compare.epoch_key);
    for (size_t i = 0; i < verdict->count && status == JK_OK; i++) {
        jk_finding_row *row = &engine->finding;
        memset(row, 0, offsetof(jk_finding_row, record));
        row->round = compare.round;
        row->server = (uint8_t)server;
        row->key = verdict->findings[i].key;
        row->difference = (uint8_t)verdict->findings[i].difference;
        row->state = JK_FINDING_OPEN;
        shown_record(step, &keys, &verdict->findings[i], row);
        status = store->ops->finding_put(store, row);
    }
    return status;
}

/* 6-3: what a server says of the round. */
static jk_status keep_result(jk_step *step, const jk_envelope_action *action, jk_role server)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_round_row row;
    jk_dialogue *dialogue = NULL;
    const bool talked =
        action->out.reason == JK_REASON_EQUAL || action->out.reason == JK_REASON_DIFFERENT;
    jk_status status = talk(step, server, &dialogue);
    if (status == JK_OK) {
        status = store->ops->round_get(store, &action->out.txn, (uint8_t)server, &row);
    }
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_E_STORE_SCHEMA : status;
    }
    jk_dialogue_figures(dialogue, &row);
    row.ended_ms = wall(step);
    row.reason = action->out.reason;
    row.why = 0;
    const jk_verdict *verdict = jk_dialogue_verdict(dialogue);
    const bool agrees =
        verdict != NULL &&
        jk_dialogue_heard(dialogue) ==
            (action->out.reason == JK_REASON_EQUAL ? JK_HEARD_EQUAL : JK_HEARD_DIFFERENT);
    if (talked && !agrees) {
        const jk_round_why why = jk_dialogue_why(dialogue);
        row.why = (uint16_t)(why != JK_ROUND_FINE ? why : JK_ROUND_NOT_ASKED);
        const jk_data_key fresh = {JK_MACHINE_CS_ROUND, step->row.key, fresh_name, -1};
        if (why == JK_ROUND_UNCONFIRMED) {
            status = store->ops->data_put(store, &fresh, (jk_span){(const uint8_t *)"1", 1}, false);
        }
    } else if (talked) {
        jk_token last;
        uint32_t before = 0;
        row.findings = (uint32_t)verdict->count;
        status = last_of(step, server, &last, &before);
        if (status == JK_OK) {
            status = note_findings(step, server, verdict);
        }
        if (status == JK_OK) {
            status = settle_repairs(step, server, &last, &row);
        }
        if (status == JK_OK) {
            status = last_put(step, server, &row.round, row.findings);
        }
    } else {
        row.count_peer = engine->in.round.marker; /* how far the server is */
    }
    return status == JK_OK ? store->ops->round_put(store, &row) : status;
}

jk_status jk_reconcile_cs_apply(jk_step *step, const jk_envelope_action *action)
{
    switch ((jk_reconcile_effect)action->code) {
    case JK_RECONCILE_EFFECT_KEEP_SNAPSHOT: return keep_snapshot(step, action);
    case JK_RECONCILE_EFFECT_FORGET_SNAPSHOT: return forget_snapshot(step);
    case JK_RECONCILE_EFFECT_KEEP_PREFECTURE_RESULT:
        return keep_result(step, action, JK_ROLE_PREFECTURE);
    case JK_RECONCILE_EFFECT_KEEP_NATIONAL_RESULT:
        return keep_result(step, action, JK_ROLE_NATIONAL);
    case JK_RECONCILE_EFFECT_RESTATE:
    case JK_RECONCILE_EFFECT_KEEP_REFUSAL:
    case JK_RECONCILE_EFFECT_PARK:
    case JK_RECONCILE_EFFECT_UNPARK:
    case JK_RECONCILE_EFFECT_TAKE_SNAPSHOT:
    case JK_RECONCILE_EFFECT_PASS_MARKER:
    case JK_RECONCILE_EFFECT_DROP_SNAPSHOT:
    case JK_RECONCILE_EFFECT_ASK_MORE:
    case JK_RECONCILE_EFFECT_NOTE_RESULT:
    case JK_RECONCILE_EFFECT_HEAR_NATIONAL_RESULT:
    case JK_RECONCILE_EFFECT_APPLY_REPAIR:
    case JK_RECONCILE_EFFECT_REFUSE_AT_PREFECTURE:
    case JK_RECONCILE_EFFECT_REFUSE_AT_NATIONAL: break;
    }
    return JK_E_BUG;
}
