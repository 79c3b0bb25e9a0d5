/* SPDX-License-Identifier: Apache-2.0 */
/* A resident record code that changes while its holder's moving-out case is open (law C12): what
 * must hold before the registry asks its CS, what either then writes anew, and who is asked for by
 * a code that is no longer his.  The old code's rows stay, so that it is still understood. */
#include "step/internal.h"

#include "channel/seal.h"
#include "juki/registry.h"
#include "movein_national.h"
#include "movein_origin_registry.h"
#include "names.h"

#include <string.h>

enum {
    CODE_SIZE = 12,
    CHANGES_MAX = 16 /* codes that national follows from one to the next */
};

static jk_data_key code_key(const jk_step *step, int member)
{
    return (jk_data_key){step->machine->id, step->row.key, "code", member};
}

/* ---- the filing that is kept: the certificate of whoever is granted later ---- */

/* The items' certificates with the member's under the new code, which names the one before. */
static jk_status recode_certificate(jk_step *step, jk_codec_member *item, const char next[12])
{
    jk_engine *engine = step->engine;
    jk_wire_Certificate *certificate = &engine->certificate;
    jk_status status =
        jk_codec_decode(&jk_wire_type_Certificate, item->data, NULL, certificate, NULL);
    if (status != JK_OK) {
        return status;
    }
    memcpy(certificate->previous_resident_code, certificate->person.resident_code, CODE_SIZE);
    memcpy(certificate->person.resident_code, next, CODE_SIZE);
    jk_codec_bytes bytes = {engine->list_bytes, JK_CERT_SIZE_MAX, 0};
    status = jk_codec_encode(&jk_wire_type_Certificate, certificate, NULL, &bytes, NULL);
    item->data = (jk_span){bytes.data, bytes.size};
    return status;
}

/* The kept filing with that member's code changed, into engine->body_bytes.  JK_E_NOT_FOUND: it was
 * erased; JK_E_OVERSIZED: its certificates would fit no message any more. */
static jk_status recoded_filing(jk_step *step, int member, const char next[12], jk_span *filing)
{
    jk_engine *engine = step->engine;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t used = JK_BODY_OVERHEAD;
    jk_status status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_Filed *filed = &engine->kept.filed;
    status = jk_codec_members_read((jk_span){filed->members.bytes, filed->members.size}, items,
                                   &count, NULL);
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        if (items[i].member == member) {
            status = recode_certificate(step, &items[i], next);
        }
        used += items[i].data.size + JK_SEAL_OVERHEAD + JK_LIST_OVERHEAD;
    }
    if (status == JK_OK && used > JK_BODY_SIZE_MAX) {
        status = JK_E_OVERSIZED;
    }
    jk_wire_Filed *out = &engine->out.filed;
    *out = *filed;
    jk_codec_bytes list = {out->members.bytes, sizeof out->members.bytes, 0};
    if (status == JK_OK) {
        status = jk_codec_members_write(items, count, &list);
    }
    out->members.size = (pb_size_t)list.size;
    jk_codec_bytes body = {engine->body_bytes, sizeof engine->body_bytes, 0};
    if (status == JK_OK) {
        status = jk_codec_encode_body(JK_MOVEIN_KIND_FILED, out, NULL, &body, NULL);
    }
    *filing = (jk_span){body.data, body.size};
    return status;
}

static jk_status recode_filing(jk_step *step, int member, const char next[12])
{
    jk_span filing = {NULL, 0};
    jk_status status = recoded_filing(step, member, next, &filing);
    if (status == JK_E_NOT_FOUND) {
        return JK_OK; /* the case is over: nobody is granted any more */
    }
    return status == JK_OK ? jk_data_keep(step, "filed", filing) : status;
}

/* ---- register and case ---- */

/* The record in engine->person_row says the new code. */
static jk_status rename_person(jk_step *step, const char next[12])
{
    jk_engine *engine = step->engine;
    jk_register_row *row = &engine->person_row;
    const bool registry = engine->config.self.role == JK_ROLE_REGISTRY;
    const jk_wire_type *type = registry ? &jk_wire_type_RegistryRecord : &jk_wire_type_Person;
    void *record = registry ? (void *)&engine->household : (void *)&engine->person;
    jk_wire_Person *person = registry ? &engine->household.person : &engine->person;
    jk_status status = jk_codec_decode(type, (jk_span){row->person, row->size}, NULL, record, NULL);
    if (status != JK_OK) {
        return status;
    }
    memcpy(person->resident_code, next, CODE_SIZE);
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    status = jk_codec_encode(type, record, NULL, &bytes, NULL);
    row->size = bytes.size;
    row->resident = jk_token_of_resident(next);
    return status;
}

/* The old code's record ends by the change (308).  The new one's goes on: of who is resident as one
 * that the change made, of who left meanwhile as it was. */
static jk_status recode_record(jk_step *step, const jk_token *old, const char next[12])
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_status status = store->ops->register_get(store, old, row);
    if (status != JK_OK) {
        return status;
    }
    const uint8_t was = row->status;
    const uint16_t reason = row->reason;
    const int64_t day = row->change_day;
    /* A CS wrote its REMOVAL under the old code just before. */
    const bool here =
        was == JK_REGISTER_CURRENT || reason == jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    const int64_t today = engine->config.clock->today(engine->config.clock);
    row->status = JK_REGISTER_REMOVED;
    row->reason = jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    row->change_day = today;
    status = store->ops->register_put(store, row);
    row->status = here ? JK_REGISTER_CURRENT : was;
    row->reason = here ? jk_wire_ChangeReason_CHANGE_CODE_CHANGE : reason;
    row->change_day = here ? today : day;
    if (status == JK_OK) {
        status = rename_person(step, next);
    }
    return status == JK_OK ? store->ops->register_put(store, row) : status;
}

/* Who the member is in this case; what is filed under his old code is found under both. */
static jk_status recode_case(jk_step *step, int member, const jk_token *old, const char next[12])
{
    jk_store *store = step->engine->config.store;
    const jk_token resident = jk_token_of_resident(next);
    jk_token case_id = {{0}};
    int index = 0;
    jk_status status = store->ops->open_case_get(store, old, &case_id, &index);
    if (status == JK_OK && jk_token_equal(&case_id, &step->row.key)) {
        status = store->ops->open_case_delete(store, old);
        if (status == JK_OK) {
            status = store->ops->open_case_put(store, &resident, &case_id, index);
        }
    } else if (status == JK_E_NOT_FOUND) {
        status = JK_OK; /* he left the case meanwhile */
    }
    if (status == JK_OK) {
        status = jk_member_keep(step, member, next);
    }
    return status == JK_OK ? jk_case_keep(step, member, &resident) : status;
}

static jk_status recode(jk_step *step, int member, const char next[12])
{
    char code[CODE_SIZE];
    jk_status status = jk_member_code(step, member, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_token old = jk_token_of_resident(code);
    status = recode_record(step, &old, next);
    if (status == JK_OK) {
        status = recode_case(step, member, &old, next);
    }
    return status == JK_OK ? recode_filing(step, member, next) : status;
}

jk_status jk_code_keep(jk_step *step, int member)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = code_key(step, member);
    const char *next = step->engine->in.recode.new_resident_code;
    return store->ops->data_put(store, &key, (jk_span){(const uint8_t *)next, CODE_SIZE}, false);
}

jk_status jk_code_forget(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    return store->ops->data_erase(store, step->machine->id, &step->row.key, "code");
}

jk_status jk_code_change(jk_step *step, int member)
{
    jk_store *store = step->engine->config.store;
    char next[CODE_SIZE];
    if (step->machine->id == JK_MACHINE_ORIGIN_CS) {
        memcpy(next, step->engine->in.recode.new_resident_code, CODE_SIZE);
        return recode(step, member, next);
    }
    const jk_data_key key = code_key(step, member);
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, (uint8_t *)next, sizeof next, &size);
    if (status == JK_OK && size != sizeof next) {
        status = JK_E_STORE_SCHEMA;
    }
    if (status == JK_OK) {
        status = recode(step, member, next);
    }
    return status == JK_OK ? jk_code_forget(step) : status;
}

/* ---- checks ---- */

jk_status jk_code_is_free(jk_step *step, bool *is_free)
{
    jk_store *store = step->engine->config.store;
    const jk_token next = jk_token_of_resident(step->engine->in.recode.new_resident_code);
    jk_status status = store->ops->register_get(store, &next, &step->engine->person_row);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    *is_free = status == JK_E_NOT_FOUND;
    return JK_OK;
}

/* The one member whom the body in hand names, under the code that he has now. */
static jk_status member_recoded(jk_step *step, int *member)
{
    const uint32_t mask = step->event.in.mask;
    char code[CODE_SIZE];
    *member = 0;
    if (mask == 0 || (mask & (mask - 1)) != 0) {
        return JK_E_MEMBERS;
    }
    while (((mask >> *member) & 1U) == 0) {
        *member += 1;
    }
    jk_status status = jk_member_code(step, *member, code);
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_E_MEMBERS : status;
    }
    const bool his = memcmp(step->engine->in.recode.resident_code, code, sizeof code) == 0;
    return his ? JK_OK : JK_E_MEMBERS;
}

jk_status jk_code_check(jk_step *step)
{
    int member = 0;
    return member_recoded(step, &member);
}

jk_status jk_code_command_check(jk_step *step)
{
    jk_movein_origin_registry machine;
    int member = 0;
    bool is_free = false;
    jk_span filing = {NULL, 0};
    memcpy(&machine, step->row.data, sizeof machine);
    if (machine.recoding != 0) {
        return JK_E_NOT_NOW;
    }
    jk_status status = member_recoded(step, &member);
    if (status == JK_OK) {
        status = jk_code_is_free(step, &is_free);
    }
    if (status == JK_OK && !is_free) {
        status = JK_E_CONFLICT;
    }
    if (status == JK_OK) { /* what the answer will write must fit */
        status = recoded_filing(step, member, step->engine->in.recode.new_resident_code, &filing);
    }
    return status == JK_E_NOT_FOUND ? JK_E_NOT_NOW : status;
}

jk_status jk_code_was(jk_step *step, int member, const char code[12])
{
    const jk_token resident = jk_token_of_resident(code);
    jk_token case_id = {{0}};
    int found = 0;
    jk_status status = jk_case_of(step, &resident, &case_id, &found);
    if (status == JK_OK && (found != member || !jk_token_equal(&case_id, &step->row.key))) {
        status = JK_E_MEMBERS;
    }
    return status == JK_E_NOT_FOUND ? JK_E_MEMBERS : status;
}

jk_status jk_code_answers(jk_step *step, int member, const char code[12], bool *answers)
{
    char now[CODE_SIZE];
    *answers = true;
    jk_status status = jk_member_code(step, member, now);
    if (status != JK_OK || memcmp(now, code, sizeof now) == 0) {
        return status;
    }
    status = jk_kept_certificate(step, member);
    if (status == JK_E_NOT_FOUND) {
        return JK_OK; /* the case is over, and says so by either code */
    }
    const char *previous = step->engine->certificate.previous_resident_code;
    *answers = status == JK_OK && memcmp(previous, code, sizeof now) == 0;
    return status;
}

/* ---- national ---- */

jk_status jk_code_changed(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_LogRecord *record = &step->engine->in.log;
    if (step->machine->id != JK_MACHINE_NATIONAL || record->previous_resident_code[0] == '\0') {
        return JK_OK;
    }
    const jk_token old = jk_token_of_resident(record->previous_resident_code);
    jk_machine_row row;
    jk_movein_national holder;
    jk_status status = store->ops->machine_get(store, JK_MACHINE_NATIONAL, &old, &row);
    if (status != JK_OK || row.size != sizeof holder) {
        return status == JK_E_NOT_FOUND ? JK_OK : status == JK_OK ? JK_E_STORE_SCHEMA : status;
    }
    memcpy(&holder, row.data, sizeof holder);
    if (!jk_token_equal(&holder.holder, &step->event.in.author)) {
        return JK_OK; /* that code is another municipality's to change */
    }
    const jk_data_key key = {JK_MACHINE_NATIONAL, old, "code", -1};
    const jk_span next = {(const uint8_t *)record->person.resident_code, CODE_SIZE};
    return store->ops->data_put(store, &key, next, false);
}

jk_status jk_code_now(jk_step *step, char code[12])
{
    jk_store *store = step->engine->config.store;
    jk_status status = JK_OK;
    for (int i = 0; status == JK_OK && i < CHANGES_MAX; i++) {
        const jk_data_key key = {JK_MACHINE_NATIONAL, jk_token_of_resident(code), "code", -1};
        char next[CODE_SIZE];
        size_t size = 0;
        status = store->ops->data_get(store, &key, (uint8_t *)next, sizeof next, &size);
        if (status == JK_OK && size != sizeof next) {
            return JK_E_STORE_SCHEMA;
        }
        if (status == JK_OK) {
            memcpy(code, next, sizeof next);
        }
    }
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}
