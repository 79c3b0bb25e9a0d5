/* SPDX-License-Identifier: Apache-2.0 */
/* 1-4: what a CS writes into its update log, and what it then records of the member itself. */
#include "step/internal.h"

#include "juki/calendar.h"
#include "juki/registry.h"
#include "names.h"

#include <string.h>

static int64_t today(const jk_step *step)
{
    return step->engine->config.clock->today(step->engine->config.clock);
}

/* Why a residence ends, and on which day. */
static void end_residence(const jk_step *step, uint16_t reason, jk_register_row *row)
{
    const jk_body *in = &step->engine->in;
    row->status = JK_REGISTER_REMOVED;
    row->change_day = today(step);
    switch (reason) {
    case JK_REASON_DECEASED:
        row->reason = jk_wire_ChangeReason_CHANGE_DEATH;
        row->change_day =
            step->body_kind == JK_MOVEIN_KIND_DEATH ? in->death.death_day : in->died.death_day;
        break;
    case JK_REASON_WITHDRAWN_BY_CLERK:
        row->reason = jk_wire_ChangeReason_CHANGE_REMOVAL_CANCELLATION;
        break;
    case JK_REASON_CODE_CHANGED: row->reason = jk_wire_ChangeReason_CHANGE_CODE_CHANGE; break;
    default: row->reason = jk_wire_ChangeReason_CHANGE_MOVE_OUT; break;
    }
}

/* The CS's own record of the member, changed as the entry says; engine->person is its person. */
static jk_status apply_entry(jk_step *step, const jk_envelope_action *action, int member,
                             jk_register_row *row)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_status status = jk_member_row(step, member);
    if (status != JK_OK) {
        return status;
    }
    if (action->kind == JK_MOVEIN_KIND_REMOVAL) {
        end_residence(step, action->out.reason, row);
    } else if (row->epoch != action->out.epoch) { /* resident again, under a fresh epoch */
        row->status = JK_REGISTER_CURRENT;
        row->reason = action->out.reason == JK_REASON_CODE_CHANGED
                          ? jk_wire_ChangeReason_CHANGE_CODE_CHANGE
                          : jk_wire_ChangeReason_CHANGE_ENTRY_CANCELLATION;
        row->epoch = action->out.epoch;
        row->epoch_high = action->out.epoch;
        row->change_day = today(step);
    }
    status = store->ops->register_put(store, row);
    if (status == JK_OK) {
        status = jk_codec_decode(&jk_wire_type_Person, (jk_span){row->person, row->size}, NULL,
                                 &engine->person, NULL);
    }
    return status;
}

/* The record of the entry, from the CS's own row. */
static jk_status record_of(jk_step *step, uint16_t kind, uint64_t sequence, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    const jk_register_row *row = &engine->person_row;
    jk_wire_LogRecord *record = &engine->out.log;
    memset(record, 0, sizeof *record);
    memcpy(record->municipality_code, engine->config.self.code, 7);
    record->sequence = sequence;
    record->has_person = true;
    record->person = engine->person;
    record->change_reason = (jk_wire_ChangeReason)row->reason;
    record->has_change_date = true;
    jk_date date = jk_date_of_day(row->change_day);
    record->change_date.year = date.year;
    record->change_date.month = date.month;
    record->change_date.day = date.day;
    record->special = true;
    if (kind == JK_MOVEIN_KIND_ENTRY &&
        record->change_reason == jk_wire_ChangeReason_CHANGE_CODE_CHANGE) {
        memcpy(record->previous_resident_code, engine->in.recode.resident_code,
               sizeof record->previous_resident_code);
    }
    record->recorded_day = (uint32_t)today(step);
    return jk_codec_encode_body(kind, record, NULL, body, NULL);
}

jk_status jk_movein_log(jk_step *step, const jk_envelope_action *action, int member,
                        jk_envelope *envelope, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_register_row *row = &engine->person_row;
    jk_status status = apply_entry(step, action, member, &engine->person_row);
    uint64_t head = 0;
    if (status == JK_OK) {
        status = store->ops->applied_get(store, engine->config.self.code, &head);
    }
    if (status == JK_OK) {
        status = record_of(step, action->kind, head + 1, body);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_log_row *entry = &engine->log_row;
    if (body->size > sizeof entry->record) {
        return JK_E_OVERSIZED;
    }
    envelope->epoch = row->epoch; /* of a REMOVAL: of the ENTRY that it ends (M7) */
    entry->resident = row->resident;
    entry->epoch = row->epoch;
    entry->kind = action->kind;
    entry->kind_name = jk_kind_name(action->kind);
    entry->size = body->size;
    memcpy(entry->record, body->data, body->size);
    status = store->ops->log_append(store, entry);
    if (status == JK_OK && !jk_check(engine, entry->sequence == head + 1)) {
        return JK_E_BUG;
    }
    if (status == JK_OK) { /* what prefecture and national make of the entry */
        status = action->kind == JK_MOVEIN_KIND_REMOVAL
                     ? jk_episode_end(engine, &entry->resident, entry->epoch, &engine->out.log)
                     : jk_episode_enter(engine, &entry->resident, entry->epoch, &engine->out.log);
    }
    /* The head of its own log is what a CS has applied of itself. */
    return status == JK_OK
               ? store->ops->applied_put(store, engine->config.self.code, entry->sequence)
               : status;
}
