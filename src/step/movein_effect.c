/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of the special move-in: what a step does to registers, episodes, cards and kept data.  An
 * effect cannot refuse; only the host can fail, and then the whole step is undone. */
#include "step/internal.h"

#include "juki/person.h"
#include "juki/registry.h"
#include "names.h"

#include <string.h>

typedef jk_status member_fn(jk_step *step, int member, const jk_envelope_action *action);

static jk_status keep_code(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    return jk_code_keep(step, member);
}

static jk_status change_code(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    return jk_code_change(step, member);
}

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

/* 3-2: whom the terminal asks for is kept sealed; which origin is asked stays. */
static jk_status keep_request(jk_step *step)
{
    if (step->command != NULL) {
        return keep_command(step);
    }
    if (step->message->kind == JK_MOVEIN_KIND_VERIFY_REQUEST) {
        return jk_data_keep(step, "verify", step->message->body);
    }
    jk_status status = jk_data_keep(step, "request", step->message->body);
    if (status != JK_OK) {
        return status;
    }
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, step->row.key, "origin", -1};
    jk_node_id origin = {.role = JK_ROLE_CS};
    memcpy(origin.code, step->engine->in.cert_request.origin_municipality_code, 7);
    const jk_token token = jk_token_of_node(&origin);
    return store->ops->data_put(store, &key, (jk_span){token.byte, sizeof token.byte}, false);
}

/* Everybody in the filing that is kept: who he is, and that this is his latest case. */
static jk_status keep_filed_members(jk_step *step)
{
    jk_engine *engine = step->engine;
    const jk_members members =
        step->command != NULL ? step->command->members : step->message->members;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((members >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = jk_kept_certificate(step, member);
        if (status == JK_OK) {
            status = jk_member_keep(step, member, engine->person.resident_code);
        }
        if (status == JK_OK) {
            const jk_token resident = jk_token_of_resident(engine->person.resident_code);
            status = jk_case_keep(step, member, &resident);
        }
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

static jk_status keep_filing(jk_step *step)
{
    jk_status status = step->command != NULL ? keep_command(step)
                                             : jk_data_keep(step, "filed", step->message->body);
    return status == JK_OK ? keep_filed_members(step) : status;
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
    jk_status status = jk_kept_certificate(step, member);
    if (status == JK_OK) {
        status = jk_member_keep(step, member, engine->person.resident_code);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_Register *enroll = &engine->kept.enroll;
    jk_wire_Person *person = &engine->person;
    memcpy(person->address, enroll->new_address, sizeof person->address);
    memcpy(person->postcode, enroll->new_postcode, sizeof person->postcode);
    memcpy(person->municipality_code, engine->config.self.code, sizeof person->municipality_code);
    jk_wire_RegistryRecord *household = &engine->household;
    memset(household, 0, sizeof *household);
    household->has_person = true;
    household->person = *person;
    memcpy(household->head_name, engine->certificate.head_name, sizeof household->head_name);
    memcpy(household->relationship, engine->certificate.relationship,
           sizeof household->relationship);
    memcpy(household->koseki_place, engine->certificate.koseki_place,
           sizeof household->koseki_place);
    memcpy(household->koseki_head, engine->certificate.koseki_head, sizeof household->koseki_head);
    jk_register_row *row = &engine->person_row;
    memset(row, 0, offsetof(jk_register_row, person));
    row->resident = jk_token_of_resident(person->resident_code);
    row->status = JK_REGISTER_CURRENT;
    row->reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    row->change_day = enroll->moved_in_day;
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

/* M12: the entry was never right. */
static jk_status withdraw_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    return change_member(step, member, JK_REGISTER_REMOVED,
                         jk_wire_ChangeReason_CHANGE_REMOVAL_CANCELLATION);
}

/* Whoever is in this case leaves it; of another case nothing is said. */
static jk_status leave_case(jk_step *step, const jk_token *resident)
{
    jk_store *store = step->engine->config.store;
    jk_token case_id = {{0}};
    int member = 0;
    jk_status status = store->ops->open_case_get(store, resident, &case_id, &member);
    if (status == JK_E_NOT_FOUND) {
        return JK_OK;
    }
    if (status != JK_OK || !jk_token_equal(&case_id, &step->row.key)) {
        return status;
    }
    return store->ops->open_case_delete(store, resident);
}

/* M17: the record ends by death; one that was removed before keeps its day. */
static jk_status bury_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_status status = jk_member_row(step, member);
    if (status != JK_OK) {
        return status;
    }
    if (row->status == JK_REGISTER_CURRENT) {
        row->status = JK_REGISTER_REMOVED;
        row->change_day =
            step->command != NULL ? engine->in.death.death_day : engine->in.died.death_day;
    }
    row->reason = jk_wire_ChangeReason_CHANGE_DEATH;
    status = store->ops->register_put(store, row);
    return status == JK_OK ? leave_case(step, &row->resident) : status;
}

/* Reads the household's record of a member into engine->household. */
static jk_status household_of(jk_step *step, int member)
{
    jk_engine *engine = step->engine;
    jk_register_row *row = &engine->person_row;
    jk_status status = jk_member_row(step, member);
    return status == JK_OK
               ? jk_codec_decode(&jk_wire_type_RegistryRecord, (jk_span){row->person, row->size},
                                 NULL, &engine->household, NULL)
               : status;
}

/* What the correction in hand says of the member, into engine->person; of nobody else. */
static jk_status corrected_person(jk_step *step, int member)
{
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status == JK_OK) {
        status = jk_told_person(step, member);
    }
    if (status == JK_E_NOT_FOUND ||
        (status == JK_OK && memcmp(step->engine->person.resident_code, code, sizeof code) != 0)) {
        return JK_E_MEMBERS;
    }
    return status;
}

/* M12: the register says of the member what the clerk corrected. */
static jk_status correct_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_engine *engine = step->engine;
    jk_status status = household_of(step, member);
    if (status == JK_OK) {
        status = corrected_person(step, member);
    }
    if (status != JK_OK) {
        return status;
    }
    engine->household.person = engine->person;
    return store_household(step, &engine->person_row);
}

/* 3-5': the removed record learns the confirmed day and address; the planned ones stay as filed. */
static jk_status complete_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_engine *engine = step->engine;
    jk_register_row *row = &engine->person_row;
    jk_status status = household_of(step, member);
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
    return status == JK_OK ? leave_case(step, &row->resident) : status;
}

/* ---- cases ---- */

static jk_status open_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_store *store = step->engine->config.store;
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_token resident = jk_token_of_resident(code);
    return store->ops->open_case_put(store, &resident, &step->row.key, member);
}

static jk_status close_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_token resident = jk_token_of_resident(code);
    return leave_case(step, &resident);
}

/* The registry's end of a case: whoever is still in it leaves it, then its data goes. */
static jk_status erase(jk_step *step)
{
    for (int member = 0; step->machine->id == JK_MACHINE_ORIGIN_REGISTRY && member < JK_MEMBERS_MAX;
         member++) {
        jk_status status = close_member(step, member, NULL);
        if (status == JK_E_NOT_FOUND) {
            break; /* members of a filing are numbered without a gap */
        }
        if (status != JK_OK) {
            return status;
        }
    }
    return jk_data_erase_all(step);
}

/* M3: who ended the grant, for the audit. */
static jk_status override_grant(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, step->row.key, "override", -1};
    for (size_t i = 0; i < step->command->data_count; i++) {
        const jk_command_data *data = &step->command->data[i];
        if (strcmp(data->name, "override") == 0) {
            return store->ops->data_put(store, &key, data->body, false);
        }
    }
    return JK_E_USAGE; /* two persons, or nobody */
}

/* M17: whoever got the member hears of his death. */
static jk_status accept_member(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, step->row.key, "got", member};
    const jk_token got[2] = {jk_token_of_node(&step->peer), step->message->txn};
    return store->ops->data_put(store, &key, (jk_span){got[0].byte, sizeof got}, false);
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

static jk_status store_person(jk_step *step, jk_register_row *row)
{
    jk_store *store = step->engine->config.store;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    jk_status status =
        jk_codec_encode(&jk_wire_type_Person, &step->engine->person, NULL, &bytes, NULL);
    row->size = bytes.size;
    return status == JK_OK ? store->ops->register_put(store, row) : status;
}

static jk_status record_member(jk_step *step, int member, const jk_envelope_action *action)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_status status = jk_told_person(step, member);
    if (status == JK_OK) {
        status = jk_member_keep(step, member, engine->person.resident_code);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_register_row *row = &engine->person_row;
    memset(row, 0, offsetof(jk_register_row, person));
    row->resident = jk_token_of_resident(engine->person.resident_code);
    row->status = JK_REGISTER_CURRENT;
    row->reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    row->epoch = action->out.epoch;
    row->epoch_high = action->out.epoch;
    row->change_day = engine->config.clock->today(engine->config.clock);
    /* A case that he left here once is over for good. */
    status = store->ops->data_erase(store, JK_MACHINE_ORIGIN_CS, &row->resident, "case");
    return status == JK_OK ? store_person(step, row) : status;
}

/* M12: what the registry corrected. */
static jk_status correct_record(jk_step *step, int member, const jk_envelope_action *action)
{
    (void)action;
    jk_status status = jk_member_row(step, member);
    if (status == JK_OK) {
        status = corrected_person(step, member);
    }
    return status == JK_OK ? store_person(step, &step->engine->person_row) : status;
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
    jk_status status =
        jk_episode_enter(step->engine, &step->row.key, action->out.epoch, &step->engine->in.log);
    if (status == JK_OK) {
        status = jk_code_changed(step);
    }
    return status == JK_OK ? applied(step) : status;
}

static jk_status close_episode(jk_step *step, const jk_envelope_action *action)
{
    const jk_status status =
        jk_episode_end(step->engine, &step->row.key, action->out.epoch, &step->engine->in.log);
    return status == JK_OK ? applied(step) : status;
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
    case JK_MOVEIN_EFFECT_KEEP_REQUEST: return keep_request(step);
    case JK_MOVEIN_EFFECT_KEEP_FILING: return keep_filing(step);
    case JK_MOVEIN_EFFECT_KEEP_CERT: return jk_data_keep(step, "register", step->message->body);
    case JK_MOVEIN_EFFECT_ERASE_DATA: return erase(step);
    case JK_MOVEIN_EFFECT_ENTER_REGISTER: return each_member(step, action, enter_member);
    case JK_MOVEIN_EFFECT_CORRECT_REGISTER: return each_member(step, action, correct_member);
    case JK_MOVEIN_EFFECT_WITHDRAW_FROM_REGISTER: return each_member(step, action, withdraw_member);
    case JK_MOVEIN_EFFECT_REMOVE_DEAD: return each_member(step, action, bury_member);
    case JK_MOVEIN_EFFECT_REMOVE_FROM_REGISTER: return each_member(step, action, remove_member);
    case JK_MOVEIN_EFFECT_RESTORE_TO_REGISTER: return each_member(step, action, restore_member);
    case JK_MOVEIN_EFFECT_COMPLETE_REMOVAL: return each_member(step, action, complete_member);
    case JK_MOVEIN_EFFECT_BEGIN_CASE:
    case JK_MOVEIN_EFFECT_OPEN_CASE: return each_member(step, action, open_member);
    case JK_MOVEIN_EFFECT_CLOSE_CASE: return each_member(step, action, close_member);
    case JK_MOVEIN_EFFECT_GRANT: return each_member(step, action, burn_epoch);
    case JK_MOVEIN_EFFECT_OVERRIDE_GRANT: return override_grant(step);
    case JK_MOVEIN_EFFECT_ACCEPT_NOTICE: return each_member(step, action, accept_member);
    case JK_MOVEIN_EFFECT_KEEP_CODE: return each_member(step, action, keep_code);
    case JK_MOVEIN_EFFECT_FORGET_CODE: return jk_code_forget(step);
    case JK_MOVEIN_EFFECT_RECODE_REGISTER:
    case JK_MOVEIN_EFFECT_RECODE_MEMBER: return each_member(step, action, change_code);
    case JK_MOVEIN_EFFECT_RECORD_RESIDENCE: return each_member(step, action, record_member);
    case JK_MOVEIN_EFFECT_CORRECT_RESIDENCE: return each_member(step, action, correct_record);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_ENTRY:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_ENTRY: return open_episode(step, action);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_REMOVAL:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_REMOVAL: return close_episode(step, action);
    case JK_MOVEIN_EFFECT_SHOW_AT_PREFECTURE:
    case JK_MOVEIN_EFFECT_SHOW_AT_NATIONAL:
        return jk_episode_show(step->engine, &step->row.key, &action->out.author);
    case JK_MOVEIN_EFFECT_CONTINUE_CARD: return continue_card(step);
    case JK_MOVEIN_EFFECT_KEEP_DISPUTE:  /* its row says whom, the node's log why */
    case JK_MOVEIN_EFFECT_END_RESIDENCE: /* the log's REMOVAL does it */
    case JK_MOVEIN_EFFECT_END_GRANT: /* from here on ghosts of the model; an alarm is in the log */
    case JK_MOVEIN_EFFECT_DISPUTE_NOTICE:
    case JK_MOVEIN_EFFECT_RENEW_EPOCH:
    case JK_MOVEIN_EFFECT_ALARM_DOUBLE: return JK_OK;
    }
    return JK_E_BUG;
}
