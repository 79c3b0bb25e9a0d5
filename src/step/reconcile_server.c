/* SPDX-License-Identifier: Apache-2.0 */
/* A server in reconciliation: compares a municipality's episodes as they were at the marker with
 * what its CS says of its own, keeps results, applies repairs. */
#include "step/reconcile.h"

#include "juki/registry.h"
#include "names.h"
#include "reconcile_names.h"
#include "reconcile_national_round.h"
#include "reconcile_prefecture_round.h"
#include "step/feed.h"

#include <stdio.h>
#include <string.h>

/* Both servers' machines have the same row. */
_Static_assert(sizeof(jk_reconcile_prefecture_round) == sizeof(jk_reconcile_national_round),
               "alike");
_Static_assert((int)JK_RECONCILE_PREFECTURE_ROUND_WAIT_MARKER ==
                       (int)JK_RECONCILE_NATIONAL_ROUND_WAIT_MARKER &&
                   (int)JK_RECONCILE_PREFECTURE_ROUND_WAIT_CELLS ==
                       (int)JK_RECONCILE_NATIONAL_ROUND_WAIT_CELLS,
               "alike");

enum {
    IDLE = JK_RECONCILE_NATIONAL_ROUND_IDLE,
    MARKED = JK_RECONCILE_NATIONAL_ROUND_MARKED,
    WAIT_MARKER = JK_RECONCILE_NATIONAL_ROUND_WAIT_MARKER,
    WAIT_CELLS = JK_RECONCILE_NATIONAL_ROUND_WAIT_CELLS
};

static const jk_reconcile_national_round *row_of(const jk_step *step)
{
    return (const void *)step->row.data;
}

/* ---- before the machine ---- */

/* All digests anew under another key take time in proportion to the residents.  A CS that changes
 * its key more often than this is not followed: its rounds end with JK_ROUND_OTHER_KEY. */
#define REKEY_EVERY_MS 600000

static jk_status may_rekey(jk_step *step, bool *may)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const int64_t now = engine->config.clock->wall_ms(engine->config.clock);
    const jk_data_key key = {step->machine->id, step->row.key, "rekeyed", -1};
    uint8_t bytes[8];
    size_t size = 0;
    uint64_t last = 0;
    jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    for (size_t i = 0; status == JK_OK && i < size; i++) {
        last = last << 8 | bytes[i];
    }
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    *may = status == JK_E_NOT_FOUND || now < (int64_t)last || now - (int64_t)last >= REKEY_EVERY_MS;
    if (!*may) {
        return JK_OK;
    }
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)now >> (56 - 8 * i));
    }
    return store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, false);
}

/* A marker brings the key of the digests; another one means all of them anew. */
static jk_status check_marker(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_wire_Marker *marker = &engine->in.marker;
    const jk_reconcile_national_round *row = row_of(step);
    if (memcmp(marker->municipality_code, step->message->author.code, 7) != 0 ||
        marker->sequence != step->message->epoch) {
        return JK_E_CONFLICT;
    }
    if (marker->depth > JK_TREE_DEPTH_MAX) {
        return JK_E_RANGE;
    }
    jk_compare_row compare;
    jk_status status = store->ops->compare_get(store, marker->municipality_code, &compare);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    const bool known = status == JK_OK && compare.depth == marker->depth &&
                       memcmp(compare.epoch_key, marker->key.bytes, 32) == 0;
    bool may = true;
    if (!known) {
        status = may_rekey(step, &may);
        if (status != JK_OK) {
            return status;
        }
    }
    if (!known && may) {
        status = jk_compare_rekey_at(engine, marker->municipality_code, marker->key.bytes,
                                     (uint8_t)marker->depth);
        if (status != JK_OK) {
            return status;
        }
    }
    jk_session session;
    status = jk_session_of(step, JK_ROLE_CS, &step->message->txn, 0, &session);
    const bool ours = row->state == WAIT_MARKER && jk_token_equal(&row->round, &session.round);
    const bool other = row->state == WAIT_MARKER && step->message->epoch <= row->position;
    return status == JK_OK && !ours && !other ? jk_dialogue_clear(step, &session) : status;
}

/* What is heard is kept if it belongs to the round of this row, or begins one. */
static jk_status keep_heard(jk_step *step)
{
    const jk_reconcile_national_round *row = row_of(step);
    const jk_envelope *message = step->message;
    const bool same = jk_token_equal(&row->round, &message->txn);
    jk_session session;
    jk_status status = jk_session_of(step, JK_ROLE_CS, &message->txn, 0, &session);
    if (status != JK_OK) {
        return status;
    }
    if (message->kind == JK_RECONCILE_KIND_CELLS) {
        return row->state == WAIT_CELLS && same ? jk_dialogue_keep(step, &session) : JK_OK;
    }
    const bool begins =
        row->state == IDLE || (row->state == MARKED && (same || message->epoch > row->position));
    if (!begins) {
        return JK_OK;
    }
    status = jk_dialogue_clear(step, &session);
    return status == JK_OK ? jk_dialogue_keep(step, &session) : status;
}

jk_status jk_reconcile_server_check(jk_step *step)
{
    const jk_engine *engine = step->engine;
    switch ((jk_reconcile_kind)step->message->kind) {
    case JK_RECONCILE_KIND_MARKER: return check_marker(step);
    case JK_RECONCILE_KIND_CHECK:
    case JK_RECONCILE_KIND_CELLS: return keep_heard(step);
    case JK_RECONCILE_KIND_REPAIR:
        return memcmp(engine->in.repair.municipality_code, step->message->author.code, 7) == 0 &&
                       engine->in.repair.sequence == step->message->epoch
                   ? JK_OK
                   : JK_E_CONFLICT;
    case JK_RECONCILE_KIND_ENTRY_REFUSED:
    case JK_RECONCILE_KIND_MORE_CELLS:
    case JK_RECONCILE_KIND_COMPARED:
    case JK_RECONCILE_KIND_CLOSE: break;
    }
    return JK_OK;
}

/* ---- hooks ---- */

static void note(jk_step *step, const char *hook, uint16_t answer)
{
    size_t used = strlen(step->log->hooks);
    (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%s",
                   used == 0 ? "" : ",", hook, jk_reconcile_reason_name(answer));
}

/* R5: this server has more of the log than the CS. */
static jk_status beyond(jk_step *step, const char *code, bool *is_beyond)
{
    jk_store *store = step->engine->config.store;
    jk_status status = jk_feed_beyond(step->engine, code, is_beyond);
    if (status != JK_OK || *is_beyond || step->message->kind != JK_RECONCILE_KIND_MARKER) {
        return status;
    }
    uint64_t applied = 0;
    status = store->ops->applied_get(store, code, &applied);
    *is_beyond = status == JK_OK && applied >= step->message->epoch;
    return status;
}

static jk_status compare(jk_step *step, uint16_t *answer)
{
    const bool marker = step->message->kind == JK_RECONCILE_KIND_MARKER;
    const bool check = step->message->kind == JK_RECONCILE_KIND_CHECK;
    const uint64_t position = check || marker ? step->message->epoch : row_of(step)->position;
    jk_session session;
    bool is_beyond = false;
    jk_status status = jk_session_of(step, JK_ROLE_CS, &step->message->txn, position, &session);
    if (status == JK_OK) {
        status = beyond(step, session.code, &is_beyond);
    }
    if (status != JK_OK || is_beyond) {
        *answer = JK_REASON_BEYOND_HEAD;
        return status;
    }
    status = jk_dialogue_hear(step, &session, marker, 0, &step->dialogue);
    if (status != JK_OK) {
        return status;
    }
    switch (jk_dialogue_heard(step->dialogue)) {
    case JK_HEARD_GO_ON: *answer = JK_REASON_STALLED; break;
    case JK_HEARD_EQUAL: *answer = JK_REASON_EQUAL; break;
    case JK_HEARD_DIFFERENT: *answer = JK_REASON_DIFFERENT; break;
    }
    return JK_OK;
}

static bool compare_hook(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    (void)event;
    step->status = compare(step, answer);
    note(step, "compare", *answer);
    return step->status == JK_OK;
}

static bool check_repair_hook(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    (void)event;
    *answer = jk_repair_applies(step) ? JK_REASON_APPLIES : JK_REASON_NOT_CANONICAL;
    note(step, "check_repair", *answer);
    return true;
}

static const jk_reconcile_prefecture_round_hooks prefecture_hooks = {compare_hook,
                                                                     check_repair_hook};
static const jk_reconcile_national_round_hooks national_hooks = {compare_hook, check_repair_hook};

const void *jk_reconcile_server_hooks(uint16_t machine)
{
    return machine == JK_MACHINE_PREFECTURE_ROUND ? (const void *)&prefecture_hooks
                                                  : (const void *)&national_hooks;
}

/* ---- effects ---- */

static int64_t wall(const jk_step *step)
{
    return step->engine->config.clock->wall_ms(step->engine->config.clock);
}

/* Who differs, as the CS has confirmed it. */
static jk_status note_findings(jk_step *step, const jk_token *round)
{
    jk_store *store = step->engine->config.store;
    const jk_span settled = jk_dialogue_settled(step->dialogue);
    jk_finding_row *row = &step->engine->finding;
    jk_status status = JK_OK;
    for (size_t i = 0; i < settled.size / 8 && status == JK_OK; i++) {
        const uint8_t *item = settled.data + 8 * i;
        memset(row, 0, offsetof(jk_finding_row, record));
        row->round = *round;
        row->server = step->engine->config.self.role;
        for (int j = 0; j < 7; j++) {
            row->key = row->key << 8 | item[j];
        }
        row->difference = item[7];
        row->state = JK_FINDING_OPEN;
        const bool good = row->key != 0 && row->key < JK_ELEMENT_KEY_END &&
                          row->difference >= JK_DIFFERENCE_BOTH &&
                          row->difference <= JK_DIFFERENCE_THEIRS;
        status = good ? store->ops->finding_put(store, row) : JK_OK;
    }
    return status;
}

static jk_status note_result(jk_step *step, const jk_envelope_action *action, uint8_t server)
{
    jk_store *store = step->engine->config.store;
    jk_round_row row = {
        .round = action->out.txn,
        .server = server,
        .marker = row_of(step)->position,
        .begun_ms = step->row.updated_ms != 0 ? step->row.updated_ms : wall(step),
        .ended_ms = wall(step),
        .reason = action->out.reason,
    };
    jk_node_id municipality;
    if (!jk_node_of_token(&step->row.key, &municipality)) {
        return JK_E_STORE_SCHEMA;
    }
    memcpy(row.code, municipality.code, sizeof row.code);
    jk_status status = JK_OK;
    if (step->dialogue != NULL && server == step->engine->config.self.role) {
        jk_dialogue_figures(step->dialogue, &row);
        row.why = (uint16_t)jk_dialogue_why(step->dialogue);
        row.findings = (uint32_t)(jk_dialogue_settled(step->dialogue).size / 8);
        status = note_findings(step, &row.round);
    } else if (server != step->engine->config.self.role) {
        row.findings = step->engine->in.round.items;
        row.marker = step->engine->in.round.marker;
    }
    return status == JK_OK ? store->ops->round_put(store, &row) : status;
}

static jk_status drop_snapshot(jk_step *step)
{
    jk_session session;
    const jk_token none = {{0}};
    jk_status status = jk_session_of(step, JK_ROLE_CS, &none, 0, &session);
    if (status == JK_OK) {
        status = jk_compare_unmark(step->engine, session.code);
    }
    status = status == JK_E_NOT_FOUND ? JK_OK : status; /* no marker has ever come */
    if (status != JK_OK || row_of(step)->state == WAIT_MARKER) {
        return status; /* what was heard belongs to the round that begins */
    }
    return jk_dialogue_clear(step, &session);
}

static jk_status take_snapshot(jk_step *step, const jk_envelope_action *action)
{
    const char *code = step->message->author.code;
    jk_status status = jk_feed_applied(step->engine, code, action->out.epoch);
    return status == JK_OK
               ? jk_compare_mark(step->engine, code, &action->out.txn, action->out.epoch)
               : status;
}

/* R1: it keeps its position; the CS is told. */
static jk_status refuse(jk_step *step, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_status status = jk_feed_applied(engine, step->message->author.code, action->out.epoch);
    if (status != JK_OK) {
        return status;
    }
    jk_wire_EntryRefused *refused = &engine->out.entry_refused;
    memset(refused, 0, sizeof *refused);
    memcpy(refused->municipality_code, step->message->author.code, 7);
    refused->sequence = action->out.epoch;
    refused->element = engine->in.repair.element;
    jk_codec_bytes body = {engine->body_bytes, sizeof engine->body_bytes, 0};
    status = jk_codec_encode_body(JK_RECONCILE_KIND_ENTRY_REFUSED, refused, NULL, &body, NULL);
    jk_envelope envelope = {
        .kind = JK_RECONCILE_KIND_ENTRY_REFUSED,
        .reason = action->out.reason,
        .epoch = action->out.epoch,
        .txn = action->out.txn,
        .author = engine->config.self,
        .target = step->message->author,
        .body = {body.data, body.size},
    };
    return status == JK_OK ? jk_upper_send(step, &envelope) : status;
}

jk_status jk_reconcile_server_apply(jk_step *step, const jk_envelope_action *action)
{
    const uint8_t self = step->engine->config.self.role;
    switch ((jk_reconcile_effect)action->code) {
    case JK_RECONCILE_EFFECT_TAKE_SNAPSHOT: return take_snapshot(step, action);
    case JK_RECONCILE_EFFECT_PASS_MARKER:
        return jk_feed_applied(step->engine, step->message->author.code, action->out.epoch);
    case JK_RECONCILE_EFFECT_DROP_SNAPSHOT: return drop_snapshot(step);
    case JK_RECONCILE_EFFECT_ASK_MORE: return JK_OK; /* the dialogue knows where it stands */
    case JK_RECONCILE_EFFECT_NOTE_RESULT: return note_result(step, action, self);
    case JK_RECONCILE_EFFECT_HEAR_NATIONAL_RESULT:
        return note_result(step, action, JK_ROLE_NATIONAL);
    case JK_RECONCILE_EFFECT_APPLY_REPAIR: {
        jk_status status = jk_repair_take(step);
        return status == JK_OK
                   ? jk_feed_applied(step->engine, step->message->author.code, action->out.epoch)
                   : status;
    }
    case JK_RECONCILE_EFFECT_REFUSE_AT_PREFECTURE:
    case JK_RECONCILE_EFFECT_REFUSE_AT_NATIONAL: return refuse(step, action);
    case JK_RECONCILE_EFFECT_KEEP_SNAPSHOT:
    case JK_RECONCILE_EFFECT_FORGET_SNAPSHOT:
    case JK_RECONCILE_EFFECT_KEEP_PREFECTURE_RESULT:
    case JK_RECONCILE_EFFECT_KEEP_NATIONAL_RESULT:
    case JK_RECONCILE_EFFECT_RESTATE:
    case JK_RECONCILE_EFFECT_KEEP_REFUSAL:
    case JK_RECONCILE_EFFECT_PARK:
    case JK_RECONCILE_EFFECT_UNPARK: break;
    }
    return JK_E_BUG;
}

/* ---- what it says ---- */

/* Our records of those who differ, as many as one piece holds. */
static void show_records(jk_step *step, const char *code, jk_wire_Round *out)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_span settled = jk_dialogue_settled(step->dialogue);
    for (size_t i = 0; i < settled.size / 8; i++) {
        uint64_t element = 0;
        for (int j = 0; j < 7; j++) {
            element = element << 8 | settled.data[8 * i + (size_t)j];
        }
        char resident[12];
        uint32_t episode = 0;
        uint8_t *at = out->data.bytes + out->data.size;
        const size_t left = sizeof out->data.bytes - out->data.size;
        if (left < 2 || jk_element_name(element, resident, &episode) != JK_OK) {
            return;
        }
        const jk_token token = jk_token_of_resident(resident);
        jk_codec_bytes bytes = {at + 2, left - 2, 0};
        if (store->ops->episode_get(store, &token, code, episode, &engine->episode) != JK_OK ||
            jk_repair_of_episode(&engine->episode, element, &engine->shown) != JK_OK ||
            jk_codec_encode(&jk_wire_type_Repair, &engine->shown, NULL, &bytes, NULL) != JK_OK) {
            continue; /* nothing there, no record, or no room: the CS knows the digest */
        }
        at[0] = (uint8_t)(bytes.size >> 8);
        at[1] = (uint8_t)bytes.size;
        out->data.size = (pb_size_t)(out->data.size + 2U + bytes.size);
    }
}

static jk_status fill_compared(jk_step *step, const jk_envelope_action *action, jk_wire_Round *out)
{
    jk_store *store = step->engine->config.store;
    jk_node_id municipality;
    uint64_t applied = 0;
    if (!jk_node_of_token(&step->row.key, &municipality)) {
        return JK_E_STORE_SCHEMA;
    }
    memset(out, 0, sizeof *out);
    const bool to_cs = action->link != JK_RECONCILE_LINK_NATIONAL_TO_PREFECTURE;
    const bool talked =
        action->out.reason == JK_REASON_EQUAL || action->out.reason == JK_REASON_DIFFERENT;
    if (to_cs && talked &&
        (action->out.reason == JK_REASON_EQUAL ||
         jk_dialogue_why(step->dialogue) != JK_ROUND_FINE)) {
        return jk_dialogue_say(step, step->dialogue, out);
    }
    jk_status status = store->ops->applied_get(store, municipality.code, &applied);
    out->kind = jk_wire_RoundKind_ROUND_RESULT;
    if (talked) {
        out->items = (uint32_t)(jk_dialogue_settled(step->dialogue).size / 8);
        if (to_cs) {
            show_records(step, municipality.code, out);
        }
    } else {
        out->marker = applied; /* UNREACHED, BEYOND_HEAD: how far this server is */
    }
    if (!to_cs) {
        memcpy(out->municipality_code, municipality.code, sizeof out->municipality_code);
        out->marker = row_of(step)->position;
    }
    return status;
}

jk_status jk_reconcile_server_fill(jk_step *step, const jk_envelope_action *action,
                                   jk_codec_bytes *body)
{
    jk_wire_Round *out = &step->engine->out.round;
    jk_status status = JK_OK;
    if (action->op == JK_ENVELOPE_FORWARD) { /* 1-5: verbatim */
        if (step->message->body.size > body->capacity) {
            return JK_E_OVERSIZED;
        }
        memcpy(body->data, step->message->body.data, step->message->body.size);
        body->size = step->message->body.size;
        return JK_OK;
    }
    status = action->kind == JK_RECONCILE_KIND_COMPARED
                 ? fill_compared(step, action, out)
                 : jk_dialogue_say(step, step->dialogue, out);
    return status == JK_OK ? jk_codec_encode_body(action->kind, out, NULL, body, NULL) : status;
}
