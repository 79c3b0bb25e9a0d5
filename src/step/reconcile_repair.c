/* SPDX-License-Identifier: Apache-2.0 */
/* Repairs: at the CS a new entry of the log with the whole record as it is now (R4), at a server
 * that record in the place of what stood there. */
#include "step/reconcile.h"

#include "juki/reasons.h"
#include "juki/registry.h"
#include "names.h"
#include "reconcile_cs_repair.h"

#include <string.h>

#define WHICH_SIZE (16 + 1 + 8) /* round, server, element */

/* The finding that a repair is of. */
typedef struct which {
    jk_token round;
    uint8_t server;
    uint64_t element;
} which;

static which which_of(const uint8_t bytes[WHICH_SIZE])
{
    which w = {.server = bytes[16]};
    memcpy(w.round.byte, bytes, sizeof w.round.byte);
    for (int i = 0; i < 8; i++) {
        w.element = w.element << 8 | bytes[17 + i];
    }
    return w;
}

static const jk_command_data *data_of(const jk_step *step, const char *name)
{
    for (size_t i = 0; i < step->command->data_count; i++) {
        if (strcmp(step->command->data[i].name, name) == 0) {
            return &step->command->data[i];
        }
    }
    return NULL;
}

/* This CS's own episode of an element, into engine->episode. */
static jk_status own_episode(jk_engine *engine, uint64_t element)
{
    jk_store *store = engine->config.store;
    char resident[12];
    uint32_t episode = 0;
    jk_status status = jk_element_name(element, resident, &episode);
    if (status != JK_OK) {
        return status;
    }
    const jk_token token = jk_token_of_resident(resident);
    return store->ops->episode_get(store, &token, engine->config.self.code, episode,
                                   &engine->episode);
}

/* ---- a row as a message, a message as what is digested ---- */

jk_status jk_repair_of_episode(const jk_episode_row *row, uint64_t element, jk_wire_Repair *repair)
{
    memset(repair, 0, sizeof *repair);
    memcpy(repair->municipality_code, row->code, sizeof repair->municipality_code);
    repair->sequence = row->seq;
    repair->element = element;
    repair->has_person = true;
    repair->reason_in = (jk_wire_ChangeReason)row->reason_in;
    repair->reason_out = (jk_wire_ChangeReason)row->reason_out;
    repair->change_day = row->change_day > 0 ? (uint32_t)row->change_day : 0;
    jk_status status = jk_codec_decode(&jk_wire_type_Person, (jk_span){row->person, row->size},
                                       NULL, &repair->person, NULL);
    return status == JK_OK ? JK_OK : JK_E_NOT_CANONICAL;
}

jk_status jk_repair_digest(jk_engine *engine, const jk_recon_keys *keys,
                           const jk_wire_Repair *repair, jk_digest *digest)
{
    jk_codec_bytes person = {engine->list_bytes, sizeof engine->list_bytes, 0};
    char resident[12];
    uint32_t episode = 0;
    uint64_t key = 0;
    jk_status status = jk_element_name(repair->element, resident, &episode);
    if (status == JK_OK) {
        status = jk_codec_encode(&jk_wire_type_Person, &repair->person, NULL, &person, NULL);
    }
    const jk_recon_record record = {
        .code = resident,
        .episode = episode,
        .sequence = repair->sequence,
        .change_day = repair->change_day == 0 ? INT64_MIN : (int64_t)repair->change_day,
        .reason_in = (uint16_t)repair->reason_in,
        .reason_out = (uint16_t)repair->reason_out,
        .state = repair->reason_out == jk_wire_ChangeReason_CHANGE_NONE ? 1 : 2,
        .person = {person.data, person.size},
    };
    return status == JK_OK ? jk_recon_digest(keys, &record, &key, digest, NULL) : status;
}

/* ---- the CS ---- */

/* Who approves what.  A record of our own that is none is not sent to anybody. */
static jk_status check_approval(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_command_data *finding = data_of(step, "finding");
    const jk_command_data *approver = data_of(step, "approver");
    if (finding == NULL || finding->body.size != WHICH_SIZE || approver == NULL ||
        approver->body.size == 0 || approver->body.size >= sizeof engine->finding.approver) {
        return JK_E_USAGE;
    }
    const which w = which_of(finding->body.data);
    jk_token key;
    jk_status status = jk_repair_key(engine, w.element, &key);
    if (status == JK_OK && !jk_token_equal(&key, &step->row.key)) {
        status = JK_E_USAGE;
    }
    if (status == JK_OK) {
        status = store->ops->finding_get(store, &w.round, w.server, w.element, &engine->finding);
    }
    if (status == JK_OK && engine->finding.state == JK_FINDING_REPAIRED) {
        status = JK_E_NOT_NOW;
    }
    if (status != JK_OK) {
        return status;
    }
    bool damaged = false;
    status = jk_damage_look(engine, w.element, &damaged);
    if (status == JK_OK && damaged) {
        status = JK_E_NOT_CANONICAL; /* an operator looks at our own record first */
    }
    if (status == JK_OK) {
        status = own_episode(engine, w.element);
    }
    if (status == JK_E_NOT_FOUND) {
        return JK_OK; /* there is no such residence: that is what the repair says */
    }
    return status == JK_OK ? jk_repair_of_episode(&engine->episode, w.element, &engine->shown)
                           : status;
}

jk_status jk_repair_command(jk_step *step)
{
    return step->input == JK_RECONCILE_CS_REPAIR_IN_APPROVE ? check_approval(step) : JK_OK;
}

static jk_data_key kept_key(const jk_step *step)
{
    return (jk_data_key){JK_MACHINE_CS_REPAIR, step->row.key, "finding", -1};
}

/* Which finding this row's repair is of. */
static jk_status kept_which(jk_step *step, which *w)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = kept_key(step);
    uint8_t bytes[WHICH_SIZE];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    if (status == JK_OK && size == sizeof bytes) {
        *w = which_of(bytes);
        return JK_OK;
    }
    return status == JK_OK ? JK_E_STORE_SCHEMA : status;
}

/* One repair is for both servers: where a finding is of that element in that round, it is told what
 * becomes of it.  position 0: as it was. */
static jk_status mark(jk_step *step, const which *w, uint8_t state, uint64_t position)
{
    static const uint8_t servers[] = {JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL};
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_finding_row *row = &engine->finding;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        jk_status status = store->ops->finding_get(store, &w->round, servers[i], w->element, row);
        if (status == JK_E_NOT_FOUND) {
            continue;
        }
        row->state = state;
        if (status == JK_OK && position != 0) {
            const jk_command_data *approver = data_of(step, "approver");
            row->position = position;
            row->approved_ms = engine->config.clock->wall_ms(engine->config.clock);
            memset(row->approver, 0, sizeof row->approver);
            memcpy(row->approver, approver->body.data, approver->body.size);
        }
        if (status == JK_OK) {
            status = store->ops->finding_put(store, row);
        }
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

/* A repair is a new entry: the record's number is its position. */
static jk_status restate(jk_step *step, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_command_data *finding = data_of(step, "finding");
    const jk_data_key key = kept_key(step);
    const which w = which_of(finding->body.data);
    jk_status status = store->ops->data_put(store, &key, finding->body, false);
    if (status == JK_OK) {
        status = mark(step, &w, JK_FINDING_APPROVED, action->out.epoch);
    }
    if (status == JK_OK) {
        status = own_episode(engine, w.element);
    }
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    engine->episode.seq = action->out.epoch;
    return jk_episode_change(engine, &engine->episode);
}

static jk_status set_state(jk_step *step, uint8_t state)
{
    which w;
    const jk_status status = kept_which(step, &w);
    return status == JK_OK ? mark(step, &w, state, 0) : status == JK_E_NOT_FOUND ? JK_OK : status;
}

jk_status jk_repair_apply(jk_step *step, const jk_envelope_action *action)
{
    switch ((jk_reconcile_effect)action->code) {
    case JK_RECONCILE_EFFECT_RESTATE: return restate(step, action);
    case JK_RECONCILE_EFFECT_KEEP_REFUSAL: return set_state(step, JK_FINDING_REFUSED);
    case JK_RECONCILE_EFFECT_PARK: return set_state(step, JK_FINDING_PARKED);
    case JK_RECONCILE_EFFECT_UNPARK: return set_state(step, JK_FINDING_OPEN);
    case JK_RECONCILE_EFFECT_KEEP_SNAPSHOT:
    case JK_RECONCILE_EFFECT_FORGET_SNAPSHOT:
    case JK_RECONCILE_EFFECT_KEEP_PREFECTURE_RESULT:
    case JK_RECONCILE_EFFECT_KEEP_NATIONAL_RESULT:
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

jk_status jk_log_write(jk_step *step, const jk_envelope_action *action, const jk_token *of,
                       jk_span body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_log_row *entry = &engine->log_row;
    if (body.size > sizeof entry->record) {
        return JK_E_OVERSIZED;
    }
    memset(entry, 0, offsetof(jk_log_row, record));
    entry->resident = *of;
    entry->epoch = action->out.epoch;
    entry->kind = action->kind;
    entry->kind_name = jk_kind_name(action->kind);
    entry->size = body.size;
    memcpy(entry->record, body.data, body.size);
    jk_status status = store->ops->log_append(store, entry);
    if (status == JK_OK && !jk_check(engine, entry->sequence == action->out.epoch)) {
        return JK_E_BUG;
    }
    return status == JK_OK
               ? store->ops->applied_put(store, engine->config.self.code, entry->sequence)
               : status;
}

jk_status jk_repair_fill(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_wire_Repair *repair = &engine->shown;
    which w;
    jk_status status = kept_which(step, &w);
    if (status != JK_OK) {
        return status;
    }
    status = own_episode(engine, w.element);
    if (status == JK_E_NOT_FOUND) {
        memset(repair, 0, sizeof *repair);
        memcpy(repair->municipality_code, engine->config.self.code, 7);
        repair->element = w.element;
        status = JK_OK;
    } else if (status == JK_OK) {
        status = jk_repair_of_episode(&engine->episode, w.element, repair);
    }
    repair->sequence = action->out.epoch;
    if (status == JK_OK) {
        status = jk_codec_encode_body(action->kind, repair, NULL, body, NULL);
    }
    return status == JK_OK
               ? jk_log_write(step, action, &action->out.txn, (jk_span){body->data, body->size})
               : status;
}

/* ---- a server ---- */

static bool reason_in_group(uint32_t reason, uint32_t group)
{
    return reason == jk_wire_ChangeReason_CHANGE_NONE || reason / 100 == group ||
           reason == jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
}

bool jk_repair_applies(const jk_step *step)
{
    const jk_wire_Repair *repair = &step->engine->in.repair;
    char resident[12];
    uint32_t episode = 0;
    if (repair->sequence == 0 || jk_element_name(repair->element, resident, &episode) != JK_OK) {
        return false;
    }
    if (!repair->has_person) {
        return true; /* there is no such residence; its code may be any */
    }
    return memcmp(repair->person.resident_code, resident, 12) == 0 &&
           reason_in_group((uint32_t)repair->reason_in, 1) &&
           reason_in_group((uint32_t)repair->reason_out, 2);
}

/* Who is shown as current is what all municipalities' entries say; a row that comes back is
 * current if it lasts and nobody else's newer one is. */
static jk_status becomes_current(jk_step *step, const jk_episode_row *row, bool *current)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_episode_row *other = &engine->episode_other;
    jk_status status = store->ops->episode_current(store, &row->resident, other);
    if (status == JK_E_NOT_FOUND) {
        *current = row->open;
        return JK_OK;
    }
    *current = status == JK_OK && row->open && other->epoch == row->epoch &&
               memcmp(other->code, row->code, sizeof row->code) == 0;
    return status;
}

jk_status jk_repair_take(jk_step *step)
{
    jk_engine *engine = step->engine;
    const jk_wire_Repair *repair = &engine->in.repair;
    jk_episode_row *row = &engine->episode;
    char resident[12];
    uint32_t episode = 0;
    jk_status status = jk_element_name(repair->element, resident, &episode);
    if (status != JK_OK) {
        return status;
    }
    const jk_token token = jk_token_of_resident(resident);
    if (!repair->has_person) {
        return jk_episode_forget(engine, &token, repair->municipality_code, episode);
    }
    memset(row, 0, offsetof(jk_episode_row, person));
    row->resident = token;
    memcpy(row->code, repair->municipality_code, sizeof row->code);
    row->epoch = episode;
    row->reason_in = (uint16_t)repair->reason_in;
    row->reason_out = (uint16_t)repair->reason_out;
    row->open = repair->reason_out == jk_wire_ChangeReason_CHANGE_NONE;
    row->seq = repair->sequence;
    row->change_day = repair->change_day == 0 ? INT64_MIN : (int64_t)repair->change_day;
    status = becomes_current(step, row, &row->current);
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    if (status == JK_OK) {
        status = jk_codec_encode(&jk_wire_type_Person, &repair->person, NULL, &bytes, NULL);
        row->size = bytes.size;
    }
    return status == JK_OK ? jk_episode_change(engine, row) : status;
}
