/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of the special move-in: what a step does to registers, episodes, cards and kept data.  An
 * effect cannot refuse; only the host can fail, and then the whole step is undone. */
#include "step/internal.h"

#include "juki/person.h"
#include "juki/registry.h"
#include "names.h"

#include <string.h>

typedef jk_status member_fn(jk_step *step, int member, const jk_envelope_action *action);

static jk_status each_member(jk_step *step, const jk_envelope_action *action, member_fn *fn)
{
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((action->out.mask >> member) & 1U) != 0) {
            jk_status status = fn(step, member, action);
            if (status != JK_OK) {
                return status;
            }
        }
    }
    return JK_OK;
}

/* ---- kept data ---- */

static jk_status keep_command(jk_step *step)
{
    for (size_t i = 0; i < step->command->data_count; i++) {
        jk_status status =
            jk_data_keep(step, step->command->data[i].name, step->command->data[i].body);
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

static jk_status keep(jk_step *step)
{
    if (step->command != NULL) {
        return keep_command(step);
    }
    switch (step->message->kind) {
    case JK_MOVEIN_KIND_VERIFY_REQUEST: return jk_data_keep(step, "verify", step->message->body);
    case JK_MOVEIN_KIND_CERT_REQUEST: return jk_data_keep(step, "request", step->message->body);
    case JK_MOVEIN_KIND_REGISTER: return jk_data_keep(step, "register", step->message->body);
    default: return jk_data_keep(step, "filed", step->message->body);
    }
}

/* ---- the registry's own register ---- */

static jk_status store_household(jk_step *step, jk_register_row *row)
{
    jk_store *store = step->engine->config.store;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    jk_status status =
        jk_codec_encode(&jk_wire_type_RegistryRecord, &step->engine->household, NULL, &bytes, NULL);
    row->size = bytes.size;
    return status == JK_OK ? store->ops->register_put(store, row) : status;
}

/* 3-4: a record from the certificate, at the new address. */
static jk_status enter_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_engine *engine = step->engine;
    jk_status status = jk_registered_person(step, member);
    if (status != JK_OK) {
        return status;
    }
    jk_wire_RegistryRecord *household = &engine->household;
    memset(household, 0, sizeof *household);
    household->has_person = true;
    household->person = engine->person;
    memcpy(household->head_name, engine->certificate.head_name, sizeof household->head_name);
    memcpy(household->relationship, engine->certificate.relationship,
           sizeof household->relationship);
    memcpy(household->koseki_place, engine->certificate.koseki_place,
           sizeof household->koseki_place);
    memcpy(household->koseki_head, engine->certificate.koseki_head, sizeof household->koseki_head);
    jk_register_row *row = &engine->person_row;
    memset(row, 0, offsetof(jk_register_row, person));
    row->resident = jk_token_of_resident(engine->person.resident_code);
    row->status = JK_REGISTER_CURRENT;
    row->reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    row->change_day = engine->kept.enroll.moved_in_day;
    return store_household(step, row);
}

static jk_status change_member(jk_step *step, int member, uint8_t to, uint16_t reason)
{
    jk_store *store = step->engine->config.store;
    jk_register_row *row = &step->engine->person_row;
    jk_status status = jk_member_row(step, member);
    if (status != JK_OK) {
        return status;
    }
    row->status = to;
    row->reason = reason;
    row->change_day = step->engine->config.clock->today(step->engine->config.clock);
    return store->ops->register_put(store, row);
}

static jk_status remove_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    return change_member(step, member, JK_REGISTER_REMOVED, jk_wire_ChangeReason_CHANGE_MOVE_OUT);
}

static jk_status restore_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    return change_member(step, member, JK_REGISTER_CURRENT,
                         jk_wire_ChangeReason_CHANGE_ENTRY_CANCELLATION);
}

/* 3-5': the removed record learns the confirmed day and address; the planned ones stay as filed. */
static jk_status complete_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_status status = jk_member_row(step, member);
    if (status == JK_OK) {
        status = jk_codec_decode(&jk_wire_type_RegistryRecord, (jk_span){row->person, row->size},
                                 NULL, &engine->household, NULL);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_Moved *moved = &engine->in.moved;
    memcpy(engine->household.confirmed_address, moved->new_address,
           sizeof engine->household.confirmed_address);
    memcpy(engine->household.confirmed_municipality_code, moved->new_municipality_code,
           sizeof engine->household.confirmed_municipality_code);
    engine->household.confirmed_day = moved->moved_in_day;
    engine->household.notice_day = moved->notice_day;
    status = store_household(step, row);
    return status == JK_OK ? store->ops->open_case_delete(store, &row->resident) : status;
}

/* ---- cases ---- */

static jk_status open_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_store *store = step->engine->config.store;
    jk_token resident = {{0}};
    jk_status status = jk_member_key(step, member, &resident);
    return status == JK_OK ? store->ops->open_case_put(store, &resident, &step->row.key, member)
                           : status;
}

static jk_status close_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_store *store = step->engine->config.store;
    jk_token resident = {{0}};
    jk_status status = jk_member_key(step, member, &resident);
    return status == JK_OK ? store->ops->open_case_delete(store, &resident) : status;
}

/* The registry's end of a case: whoever is still in it leaves it, then its data goes. */
static jk_status erase(jk_step *step)
{
    if (step->machine->id == JK_MACHINE_ORIGIN_REGISTRY) {
        jk_store *store = step->engine->config.store;
        for (int member = 0; member < JK_MEMBERS_MAX; member++) {
            jk_token resident = {{0}};
            jk_token case_id = {{0}};
            int number = 0;
            jk_status status = jk_filed_key(step, member, &resident);
            if (status == JK_OK) {
                status = store->ops->open_case_get(store, &resident, &case_id, &number);
            }
            if (status == JK_OK && jk_token_equal(&case_id, &step->row.key)) {
                status = store->ops->open_case_delete(store, &resident);
            }
            if (status != JK_OK && status != JK_E_NOT_FOUND) {
                return status;
            }
        }
    }
    return jk_data_erase_all(step);
}

/* M7: an epoch that was given is burnt, whether the grant ends by NOTICE or by RELEASE. */
static jk_status burn_epoch(jk_step *step, int member, const jk_envelope_action *action)
{
    jk_store *store = step->engine->config.store;
    jk_register_row *row = &step->engine->person_row;
    jk_status status = jk_member_row(step, member);
    if (status != JK_OK) {
        return status;
    }
    row->epoch_high = action->out.epoch;
    return store->ops->register_put(store, row);
}

/* ---- the CS's own record of identification information (1-3) ---- */

static jk_status record_member(jk_step *step, int member, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    char code[12];
    jk_status status = jk_member_code(step, member, code); /* leaves the person decoded */
    if (status != JK_OK) {
        return status;
    }
    jk_register_row *row = &engine->person_row;
    memset(row, 0, offsetof(jk_register_row, person));
    row->resident = jk_token_of_resident(code);
    row->status = JK_REGISTER_CURRENT;
    row->reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    row->epoch = action->out.epoch;
    row->epoch_high = action->out.epoch;
    row->change_day = engine->config.clock->today(engine->config.clock);
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    status = jk_codec_encode(&jk_wire_type_Person, &engine->person, NULL, &bytes, NULL);
    row->size = bytes.size;
    return status == JK_OK ? store->ops->register_put(store, row) : status;
}

static jk_status record_residence(jk_step *step, const jk_envelope_action *action)
{
    jk_status status = jk_data_keep(step, "registered", step->message->body);
    return status == JK_OK ? each_member(step, action, record_member) : status;
}

/* ---- episodes at prefecture and national ---- */

static jk_status applied(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_LogRecord *record = &step->engine->in.log;
    return store->ops->applied_put(store, record->municipality_code, record->sequence);
}

static jk_status open_episode(jk_step *step, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_wire_LogRecord *record = &engine->in.log;
    jk_episode_row *episode = &engine->episode;
    memset(episode, 0, offsetof(jk_episode_row, person));
    episode->resident = step->row.key;
    memcpy(episode->code, record->municipality_code, sizeof episode->code);
    episode->epoch = action->out.epoch;
    episode->open = true;
    episode->reason_in = (uint16_t)record->change_reason;
    jk_codec_bytes bytes = {episode->person, sizeof episode->person, 0};
    jk_status status = jk_codec_encode(&jk_wire_type_Person, &record->person, NULL, &bytes, NULL);
    episode->size = bytes.size;
    if (status == JK_OK) {
        status = store->ops->episode_put(store, episode);
    }
    return status == JK_OK ? applied(step) : status;
}

static jk_status close_episode(jk_step *step, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    const jk_wire_LogRecord *record = &engine->in.log;
    jk_episode_row *episode = &engine->episode;
    jk_status status = store->ops->episode_open(store, &step->row.key, record->municipality_code,
                                                action->out.epoch, episode);
    if (status == JK_OK) {
        episode->open = false;
        episode->current = false;
        episode->reason_out = (uint16_t)record->change_reason;
        status = store->ops->episode_put(store, episode);
    }
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    return applied(step);
}

/* Who is shown as current for this resident; nobody when the author is none. */
static jk_status show(jk_step *step, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_episode_row *episode = &engine->episode;
    jk_status status = store->ops->episode_current(store, &step->row.key, episode);
    if (status == JK_OK) {
        episode->current = false;
        status = store->ops->episode_put(store, episode);
    } else if (status == JK_E_NOT_FOUND) {
        status = JK_OK;
    }
    jk_node_id holder;
    if (status != JK_OK || !jk_node_of_token(&action->out.author, &holder)) {
        return status;
    }
    status = store->ops->episode_open(store, &step->row.key, holder.code, UINT64_MAX, episode);
    if (status == JK_OK) {
        episode->current = true;
        status = store->ops->episode_put(store, episode);
    }
    return status;
}

static jk_status continue_card(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_Continue *go_on = &step->engine->in.go_on;
    return store->ops->card_put(store, &step->row.key, JK_CARD_IN_OPERATION,
                                go_on->municipality_code);
}

jk_status jk_movein_apply(jk_step *step, const jk_envelope_action *action)
{
    switch ((jk_movein_effect)action->code) {
    case JK_MOVEIN_EFFECT_KEEP_REQUEST:
    case JK_MOVEIN_EFFECT_KEEP_FILING:
    case JK_MOVEIN_EFFECT_KEEP_CERT: return keep(step);
    case JK_MOVEIN_EFFECT_ERASE_DATA: return erase(step);
    case JK_MOVEIN_EFFECT_ENTER_REGISTER: return each_member(step, action, enter_member);
    case JK_MOVEIN_EFFECT_REMOVE_FROM_REGISTER: return each_member(step, action, remove_member);
    case JK_MOVEIN_EFFECT_RESTORE_TO_REGISTER: return each_member(step, action, restore_member);
    case JK_MOVEIN_EFFECT_COMPLETE_REMOVAL: return each_member(step, action, complete_member);
    case JK_MOVEIN_EFFECT_BEGIN_CASE:
    case JK_MOVEIN_EFFECT_OPEN_CASE: return each_member(step, action, open_member);
    case JK_MOVEIN_EFFECT_CLOSE_CASE: return each_member(step, action, close_member);
    case JK_MOVEIN_EFFECT_GRANT: return each_member(step, action, burn_epoch);
    case JK_MOVEIN_EFFECT_RECORD_RESIDENCE: return record_residence(step, action);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_ENTRY:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_ENTRY: return open_episode(step, action);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_REMOVAL:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_REMOVAL: return close_episode(step, action);
    case JK_MOVEIN_EFFECT_SHOW_AT_PREFECTURE:
    case JK_MOVEIN_EFFECT_SHOW_AT_NATIONAL: return show(step, action);
    case JK_MOVEIN_EFFECT_CONTINUE_CARD: return continue_card(step);
    case JK_MOVEIN_EFFECT_END_GRANT:
    case JK_MOVEIN_EFFECT_ACCEPT_NOTICE:
    case JK_MOVEIN_EFFECT_RENEW_EPOCH:
    case JK_MOVEIN_EFFECT_ALARM_DOUBLE: return JK_OK; /* ghosts, and the alarm is in the log */
    }
    return JK_E_BUG;
}
