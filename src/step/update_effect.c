/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of the change feed: what a step does to registers, to the log, to episodes and to what
 * waits.  An effect cannot refuse; only the host can fail, and then the whole step is undone. */
#include "step/internal.h"

#include "juki/calendar.h"
#include "juki/registry.h"
#include "names.h"
#include "step/feed.h"

#include <string.h>

/* ---- registers ---- */

/* The change in hand, as the register says it beside the record. */
static void mark(const jk_wire_Changed *changed, jk_register_row *row)
{
    row->reason = (uint16_t)changed->change_reason;
    row->change_day = (int64_t)changed->change_day;
}

/* What waited has its turn: it is not there any more. */
static jk_status unqueue(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    for (size_t i = 0; step->command != NULL && i < step->command->data_count; i++) {
        const jk_command_data *data = &step->command->data[i];
        int64_t id = 0;
        if (strcmp(data->name, "bulk") == 0 && data->body.size == sizeof id) {
            memcpy(&id, data->body.data, sizeof id);
            return store->ops->bulk_delete(store, id);
        }
    }
    return JK_OK;
}

/* 1-2: the registry's own record, as command_check read it. */
static jk_status change_register(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    engine->household.person = engine->in.changed.person;
    jk_status status =
        jk_codec_encode(&jk_wire_type_RegistryRecord, &engine->household, NULL, &bytes, NULL);
    row->size = bytes.size;
    mark(&engine->in.changed, row);
    if (status == JK_OK) {
        status = store->ops->register_put(store, row);
    }
    return status == JK_OK ? unqueue(step) : status;
}

/* 1-3: the CS's, as change_check read it. */
static jk_status record_change(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    const jk_status status =
        jk_codec_encode(&jk_wire_type_Person, &engine->in.changed.person, NULL, &bytes, NULL);
    row->size = bytes.size;
    mark(&engine->in.changed, row);
    return status == JK_OK ? store->ops->register_put(store, row) : status;
}

static jk_status queue(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    uint8_t *bytes = engine->kept_bytes;
    engine->bulk_empty = false;
    const jk_span body = step->message->body;
    memcpy(bytes, step->row.key.byte, sizeof step->row.key.byte);
    memcpy(bytes + sizeof step->row.key.byte, body.data, body.size);
    return store->ops->bulk_put(store, &engine->person_row.resident, JK_UPDATE_KIND_UPDATE,
                                (jk_span){bytes, sizeof step->row.key.byte + body.size}, NULL);
}

/* ---- the log ---- */

static jk_status write_record(jk_step *step, uint64_t position)
{
    jk_engine *engine = step->engine;
    const jk_register_row *row = &engine->person_row;
    const jk_wire_Changed *changed = &engine->in.changed;
    jk_wire_LogRecord *record = &engine->out.log;
    const jk_date date = jk_date_of_day((int64_t)changed->change_day);
    memset(record, 0, sizeof *record);
    memcpy(record->municipality_code, engine->config.self.code, 7);
    record->sequence = position;
    record->has_person = true;
    record->change_reason = changed->change_reason;
    record->has_change_date = true;
    record->change_date.year = date.year;
    record->change_date.month = date.month;
    record->change_date.day = date.day;
    record->recorded_day = (uint32_t)engine->config.clock->today(engine->config.clock);
    record->episode = row->epoch;
    return jk_codec_decode(&jk_wire_type_Person, (jk_span){row->person, row->size}, NULL,
                           &record->person, NULL);
}

/* 1-4: the entry, the record as it is now, and the CS's own episode; fill puts it into the log. */
static jk_status write_update(jk_step *step, uint64_t position)
{
    jk_engine *engine = step->engine;
    const jk_status status = write_record(step, position);
    return status == JK_OK
               ? jk_episode_update(engine, &engine->person_row.resident, &engine->out.log)
               : status;
}

static jk_status applied(jk_step *step)
{
    const jk_wire_LogRecord *record = &step->engine->in.log;
    return jk_feed_applied(step->engine, record->municipality_code, record->sequence);
}

/* 1-4, 1-5: the sender's own open episode, which the hook has seen. */
static jk_status apply_update(jk_step *step)
{
    jk_engine *engine = step->engine;
    const jk_wire_LogRecord *record = &engine->in.log;
    const jk_token resident = jk_token_of_resident(record->person.resident_code);
    const jk_status status = jk_episode_update(engine, &resident, record);
    return status == JK_OK ? applied(step) : status;
}

/* For the operator: which entry, by whom, why. */
static jk_status keep_refused(jk_step *step, const jk_envelope_action *action)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, step->row.key, "refused", -1};
    uint8_t value[11] = {step->peer.role, (uint8_t)(action->out.reason >> 8),
                         (uint8_t)action->out.reason};
    for (size_t i = 0; i < 8; i++) {
        value[3 + i] = (uint8_t)(action->out.epoch >> (56 - 8 * i));
    }
    return store->ops->data_put(store, &key, (jk_span){value, sizeof value}, false);
}

jk_status jk_update_apply(jk_step *step, const jk_envelope_action *action)
{
    switch ((jk_update_effect)action->code) {
    case JK_UPDATE_EFFECT_CHANGE_REGISTER: return change_register(step);
    case JK_UPDATE_EFFECT_RECORD_CHANGE: return record_change(step);
    case JK_UPDATE_EFFECT_QUEUE_CHANGE: return queue(step);
    case JK_UPDATE_EFFECT_UNQUEUE_CHANGE: return unqueue(step);
    case JK_UPDATE_EFFECT_WRITE_UPDATE: return write_update(step, action->out.epoch);
    case JK_UPDATE_EFFECT_APPLY_UPDATE: return apply_update(step);
    case JK_UPDATE_EFFECT_PASS_UPDATE: return applied(step);
    case JK_UPDATE_EFFECT_KEEP_REFUSED: return keep_refused(step, action);
    case JK_UPDATE_EFFECT_PASS_CHANGE: return JK_OK; /* the step's record says why */
    }
    return JK_E_BUG;
}
