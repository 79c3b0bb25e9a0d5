/* SPDX-License-Identifier: Apache-2.0 */
/* The change feed's roles and their host (1-3 to 1-5): which row a message belongs to, what must
 * hold of it, whom a link leads to, what bodies say; and the table that binds all of it. */
#include "step/internal.h"

#include "juki/registry.h"
#include "names.h"
#include "reconcile/element.h"
#include "step/bulk.h"
#include "step/reconcile.h"
#include "update_cs_update.h"
#include "update_names.h"
#include "update_national_update.h"
#include "update_prefecture_update.h"
#include "update_registry_update.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- keys: which row takes a message ---- */

/* 1-3: the resident's latest residence here. */
static jk_status key_of_changed(jk_step *step, jk_token *key)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    const char *code = engine->in.changed.person.resident_code;
    const jk_token resident = jk_token_of_resident(code);
    const jk_status status = store->ops->register_get(store, &resident, row);
    if (status == JK_OK) {
        *key = jk_token_of_element(code, row->epoch);
    }
    return status;
}

/* 1-4 ext: the residence of the entry that a server refuses. */
static jk_status key_of_refused(jk_step *step, jk_token *key)
{
    const jk_wire_EntryRefused *refused = &step->engine->in.entry_refused;
    char code[12];
    uint32_t episode = 0;
    const jk_status status = jk_element_name(refused->element, code, &episode);
    if (status == JK_OK) {
        *key = jk_token_of_element(code, episode);
    }
    return status;
}

static jk_status key_of(jk_step *step, jk_token *key)
{
    const jk_wire_LogRecord *record = &step->engine->in.log;
    jk_status status = JK_OK;
    switch ((jk_update_kind)step->message->kind) {
    case JK_UPDATE_KIND_CHANGED: status = key_of_changed(step, key); break;
    case JK_UPDATE_KIND_ENTRY_REFUSED: status = key_of_refused(step, key); break;
    case JK_UPDATE_KIND_UPDATE:
        *key = jk_token_of_element(record->person.resident_code, record->episode);
        break;
    }
    if (status != JK_OK) {
        return status;
    }
    return jk_token_is_none(key) ? JK_E_NOT_FOUND : JK_OK;
}

jk_status jk_update_route(jk_engine *engine, const jk_node_id *peer, jk_core_target *target)
{
    jk_store *store = engine->config.store;
    const jk_status status =
        store->ops->log_get(store, engine->in.entry_refused.sequence, &engine->log_row);
    if (status != JK_OK || engine->log_row.kind != JK_UPDATE_KIND_UPDATE) {
        return status;
    }
    target->machine = jk_core_machine_by_id(&jk_roles, JK_MACHINE_CS_UPDATE);
    target->link = peer->role == JK_ROLE_NATIONAL ? JK_UPDATE_LINK_NATIONAL_TO_CS
                                                  : JK_UPDATE_LINK_PREFECTURE_TO_CS;
    target->input = target->machine->machine->input(target->link, JK_UPDATE_KIND_ENTRY_REFUSED);
    return JK_OK;
}

/* ---- what must hold ---- */

/* A registry speaks of its own residents, and of no day to come. */
static jk_status check_changed(jk_step *step)
{
    const jk_step_config *config = &step->engine->config;
    const jk_wire_Changed *changed = &step->engine->in.changed;
    if (memcmp(changed->person.municipality_code, config->self.code, 6) != 0) {
        return JK_E_PEER_POLICY;
    }
    return (int64_t)changed->change_day > config->clock->today(config->clock) ? JK_E_DATE_FUTURE
                                                                              : JK_OK;
}

/* The entry is its author's, the next of that author's log (R1), as its envelope says. */
static jk_status check_update(jk_step *step)
{
    const jk_wire_LogRecord *record = &step->engine->in.log;
    const jk_status status = jk_entry_follows(step, record->municipality_code, record->sequence);
    return status != JK_OK || step->message->epoch == record->sequence ? status : JK_E_CONFLICT;
}

/* A server refuses an UPDATE that this CS wrote: jk_update_route has read it. */
static jk_status check_refused(const jk_step *step)
{
    const jk_engine *engine = step->engine;
    const jk_wire_EntryRefused *refused = &engine->in.entry_refused;
    char code[12];
    uint32_t episode = 0;
    if (memcmp(refused->municipality_code, engine->config.self.code, 6) != 0) {
        return JK_E_PEER_POLICY;
    }
    const jk_status status = jk_element_name(refused->element, code, &episode);
    if (status != JK_OK) {
        return status;
    }
    const jk_token resident = jk_token_of_resident(code);
    return step->message->epoch == refused->sequence &&
                   jk_token_equal(&engine->log_row.resident, &resident)
               ? JK_OK
               : JK_E_CONFLICT;
}

static jk_status check(jk_step *step)
{
    switch ((jk_update_kind)step->message->kind) {
    case JK_UPDATE_KIND_CHANGED: return check_changed(step);
    case JK_UPDATE_KIND_UPDATE: return check_update(step);
    case JK_UPDATE_KIND_ENTRY_REFUSED: return check_refused(step);
    }
    return JK_E_BUG;
}

/* The body of a command's data, by name; NULL: it has none. */
static const jk_command_data *data_of(const jk_step *step, const char *name)
{
    for (size_t i = 0; i < step->command->data_count; i++) {
        if (strcmp(step->command->data[i].name, name) == 0) {
            return &step->command->data[i];
        }
    }
    return NULL;
}

/* The record of the registry that is to change, into person_row and household. */
static jk_status read_household(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_status status = store->ops->register_get(store, &step->row.key, row);
    if (status == JK_OK && row->status != JK_REGISTER_CURRENT) {
        return JK_E_NOT_NOW;
    }
    return status == JK_OK
               ? jk_codec_decode(&jk_wire_type_RegistryRecord, (jk_span){row->person, row->size},
                                 NULL, &engine->household, NULL)
               : status;
}

/* One of a mass correction: the record as it is now, with what the list says.  JK_E_CONFLICT: what
 * it would correct has become something else since. */
static jk_status correct(jk_step *step, const jk_command_data *data)
{
    jk_engine *engine = step->engine;
    jk_wire_Correction *correction = &engine->kept.correction;
    jk_wire_Changed *changed = &engine->in.changed;
    jk_status status =
        jk_codec_decode(&jk_wire_type_Correction, data->body, NULL, correction, NULL);
    if (status != JK_OK) {
        return status;
    }
    memset(changed, 0, sizeof *changed);
    changed->has_person = true;
    changed->person = engine->household.person;
    changed->change_reason = correction->change_reason;
    changed->change_day = correction->change_day;
    changed->mass = true;
    return jk_correction_apply(correction, &changed->person);
}

static jk_status command_check(jk_step *step)
{
    jk_engine *engine = step->engine;
    const jk_command_data *changed = data_of(step, "changed");
    const jk_command_data *correction = data_of(step, "correction");
    jk_status status = JK_OK;
    if (step->machine->id == JK_MACHINE_REGISTRY_UPDATE) {
        status = read_household(step);
    }
    if (status == JK_OK && changed == NULL && correction == NULL) {
        status = JK_E_MISSING_FIELD;
    }
    if (status == JK_OK && changed != NULL) {
        status = jk_codec_decode(&jk_wire_type_Changed, changed->body, NULL, &engine->in, NULL);
    } else if (status == JK_OK) {
        status = correct(step, correction);
    }
    if (status != JK_OK) {
        return status;
    }
    step->body_kind = JK_UPDATE_KIND_CHANGED;
    const jk_token resident = jk_token_of_resident(engine->in.changed.person.resident_code);
    if (step->machine->id == JK_MACHINE_REGISTRY_UPDATE &&
        !jk_token_equal(&resident, &step->row.key)) {
        return JK_E_CONFLICT; /* a code changes by CHANGE_CODE only */
    }
    return check_changed(step);
}

/* ---- hooks ---- */

static bool answered(jk_step *step, const char *hook, uint16_t answer)
{
    char *text = step->log->hooks;
    const size_t used = strlen(text);
    (void)snprintf(text + used, sizeof step->log->hooks - used, "%s%s=%s", used == 0 ? "" : ",",
                   hook, jk_update_reason_name(answer));
    return true;
}

static bool hook_failed(jk_step *step, jk_status status)
{
    step->status = status;
    return false;
}

/* The CS's own record of the residence in hand, into person_row; JK_E_NOT_FOUND: it has ended. */
static jk_status residence(jk_step *step)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    const char *code = engine->in.changed.person.resident_code;
    const jk_token resident = jk_token_of_resident(code);
    const jk_status status = store->ops->register_get(store, &resident, row);
    if (status != JK_OK) {
        return status;
    }
    const jk_token now = jk_token_of_element(code, row->epoch);
    return row->status == JK_REGISTER_CURRENT && jk_token_equal(&now, &step->row.key)
               ? JK_OK
               : JK_E_NOT_FOUND;
}

/* 1-3: mass corrections wait; so does everything when the way to the prefecture is full of it. */
static bool change_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    jk_store *store = step->engine->config.store;
    const jk_node_id prefecture = jk_prefecture_of(&step->engine->config.self);
    const jk_token link = jk_token_of_node(&prefecture);
    uint64_t outbox = 0;
    jk_status status = residence(step);
    *answer = JK_REASON_NOT_RESIDENT;
    if (status == JK_OK) {
        status = store->ops->outbox_count(store, &link, &outbox);
        *answer = step->engine->in.changed.mass || outbox >= JK_BULK_AT_ONCE_MAX
                      ? JK_REASON_LATER
                      : JK_REASON_APPLIES;
    }
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return hook_failed(step, status);
    }
    return answered(step, "change_check", *answer);
}

static bool waiting_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    const jk_status status = residence(step);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return hook_failed(step, status);
    }
    *answer = status == JK_OK ? JK_REASON_APPLIES : JK_REASON_NOT_RESIDENT;
    return answered(step, "waiting_check", *answer);
}

static bool update_position(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)event;
    jk_step *step = ctx;
    char *text = step->log->hooks;
    const size_t used = strlen(text);
    const jk_status status = jk_log_next(step, highest);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    (void)snprintf(text + used, sizeof step->log->hooks - used, "%supdate_position=%" PRIu64,
                   used == 0 ? "" : ",", *highest);
    return true;
}

/* U3: the sender's own open episode, and a record of its own. */
static bool check_at_server(jk_step *step, const char *hook, uint16_t *answer)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_wire_LogRecord *record = &engine->in.log;
    const jk_token resident = jk_token_of_resident(record->person.resident_code);
    const jk_status status = store->ops->episode_get(store, &resident, record->municipality_code,
                                                     record->episode, &engine->episode);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return hook_failed(step, status);
    }
    const bool own = memcmp(record->person.municipality_code, record->municipality_code, 6) == 0;
    *answer = status != JK_OK || !engine->episode.open ? JK_REASON_NOT_RESIDENT
              : own                                    ? JK_REASON_APPLIES
                                                       : JK_REASON_NOT_CANONICAL;
    return answered(step, hook, *answer);
}

static bool check_at_prefecture(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return check_at_server(ctx, "check_at_prefecture", answer);
}

static bool check_at_national(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return check_at_server(ctx, "check_at_national", answer);
}

static const void *hooks_of(uint16_t machine)
{
    static const jk_update_cs_update_hooks cs = {
        .change_check = change_check,
        .waiting_check = waiting_check,
        .update_position = update_position,
    };
    static const jk_update_prefecture_update_hooks prefecture = {check_at_prefecture};
    static const jk_update_national_update_hooks national = {check_at_national};
    switch (machine) {
    case JK_MACHINE_CS_UPDATE: return &cs;
    case JK_MACHINE_PREFECTURE_UPDATE: return &prefecture;
    case JK_MACHINE_NATIONAL_UPDATE: return &national;
    default: return NULL;
    }
}

/* ---- messages ---- */

static jk_status peer_of(jk_step *step, uint16_t link, int member, jk_node_id *peer, jk_token *txn)
{
    const jk_node_id *self = &step->engine->config.self;
    (void)member;
    (void)txn;
    switch ((jk_update_link)link) {
    case JK_UPDATE_LINK_REGISTRY_TO_CS:
        *peer = (jk_node_id){.role = JK_ROLE_CS};
        memcpy(peer->code, self->code, sizeof peer->code);
        return JK_OK;
    case JK_UPDATE_LINK_LOG_TO_PREFECTURE: *peer = jk_prefecture_of(self); return JK_OK;
    case JK_UPDATE_LINK_LOG_TO_NATIONAL:
        *peer = (jk_node_id){.role = JK_ROLE_NATIONAL};
        memcpy(peer->code, "000000", 7);
        return JK_OK;
    case JK_UPDATE_LINK_PREFECTURE_TO_CS:
    case JK_UPDATE_LINK_NATIONAL_TO_CS: *peer = step->message->author; return JK_OK;
    case JK_UPDATE_LINK_DESK_REGISTRY:
    case JK_UPDATE_LINK_DESK_FEED: break;
    }
    return JK_E_ROUTE;
}

static jk_status pass_on(const jk_step *step, jk_codec_bytes *body)
{
    const jk_span bytes = step->message->body;
    if (bytes.size > body->capacity) {
        return JK_E_OVERSIZED;
    }
    memcpy(body->data, bytes.data, bytes.size);
    body->size = bytes.size;
    return JK_OK;
}

/* 1-4: the record that WRITE_UPDATE made, into the log. */
static jk_status fill_update(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    const jk_status status = jk_codec_encode_body(action->kind, &engine->out.log, NULL, body, NULL);
    return status == JK_OK ? jk_log_write(step, action, &engine->person_row.resident,
                                          (jk_span){body->data, body->size})
                           : status;
}

static jk_status fill_refused(jk_step *step, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    const jk_wire_LogRecord *record = &engine->in.log;
    jk_wire_EntryRefused *refused = &engine->out.entry_refused;
    memset(refused, 0, sizeof *refused);
    memcpy(refused->municipality_code, record->municipality_code, 7);
    refused->sequence = record->sequence;
    const jk_status status =
        jk_element_key(record->person.resident_code, record->episode, &refused->element);
    return status == JK_OK
               ? jk_codec_encode_body(JK_UPDATE_KIND_ENTRY_REFUSED, refused, NULL, body, NULL)
               : status;
}

static jk_status fill(jk_step *step, const jk_envelope_action *action, int member,
                      jk_envelope *envelope, jk_codec_bytes *body)
{
    (void)member;
    (void)envelope;
    switch ((jk_update_kind)action->kind) {
    case JK_UPDATE_KIND_CHANGED:
        return jk_codec_encode_body(action->kind, &step->engine->in.changed, NULL, body, NULL);
    case JK_UPDATE_KIND_UPDATE:
        return action->op == JK_ENVELOPE_FORWARD ? pass_on(step, body)
                                                 : fill_update(step, action, body);
    case JK_UPDATE_KIND_ENTRY_REFUSED: return fill_refused(step, body);
    }
    return JK_E_BUG;
}

static jk_status no_timer(jk_step *step, uint16_t timer, jk_timer_row *row)
{
    (void)step;
    (void)timer;
    (void)row;
    return JK_E_BUG;
}

static uint16_t no_timer_input(uint16_t machine, uint16_t timer)
{
    (void)machine;
    (void)timer;
    return 0;
}

const jk_protocol jk_update_protocol = {
    .first = JK_MACHINE_CS_UPDATE,
    .last = JK_MACHINE_REGISTRY_UPDATE,
    .key = key_of,
    .check = check,
    .command_check = command_check,
    .hooks = hooks_of,
    .apply = jk_update_apply,
    .peer = peer_of,
    .fill = fill,
    .timer = no_timer,
    .timer_input = no_timer_input,
    .effect_name = jk_update_effect_name,
};
