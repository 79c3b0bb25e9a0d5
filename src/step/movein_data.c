/* SPDX-License-Identifier: Apache-2.0 */
/* Data of a move-in that no machine reads.  Requests, certificates and filings are kept sealed
 * until the transaction or case ends; who its members are stays, plain, as the register's rows
 * do. */
#include "step/internal.h"

#include "juki/registry.h"
#include "names.h"

#include <string.h>

#define CASE_SIZE (sizeof(jk_token) + 1) /* a case, and which of its members */

static const char *const kept_names[] = {"verify", "request", "register", "filed"};

static jk_data_key key_of(const jk_step *step, const char *name)
{
    return (jk_data_key){step->machine->id, step->row.key, name, -1};
}

static jk_data_key member_key(const jk_step *step, const char *name, int member)
{
    return (jk_data_key){step->machine->id, step->row.key, name, member};
}

jk_status jk_data_keep(jk_step *step, const char *name, jk_span body)
{
    jk_store *store = step->engine->config.store;
    jk_data_key key = key_of(step, name);
    step->read = NULL;
    return store->ops->data_put(store, &key, body, true);
}

jk_status jk_data_bytes(jk_step *step, const char *name, jk_span *body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_data_key key = key_of(step, name);
    size_t size = 0;
    jk_status status =
        store->ops->data_get(store, &key, engine->kept_bytes, sizeof engine->kept_bytes, &size);
    if (status == JK_OK) {
        *body = (jk_span){engine->kept_bytes, size};
    }
    return status;
}

jk_status jk_data_read(jk_step *step, const char *name, uint16_t kind)
{
    if (step->read != NULL && strcmp(step->read, name) == 0) {
        return JK_OK;
    }
    jk_span body = {NULL, 0};
    jk_status status = jk_data_bytes(step, name, &body);
    if (status != JK_OK) {
        return status;
    }
    step->read = NULL;
    status = jk_codec_decode(jk_codec_body_type(kind), body, NULL, &step->engine->kept, NULL);
    if (status == JK_OK) {
        step->read = name;
    }
    return status;
}

jk_status jk_data_erase_all(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    step->read = NULL;
    for (size_t i = 0; i < sizeof kept_names / sizeof kept_names[0]; i++) {
        jk_status status =
            store->ops->data_erase(store, step->machine->id, &step->row.key, kept_names[i]);
        if (status != JK_OK) {
            return status;
        }
    }
    return store->ops->data_key_destroy(store, step->machine->id, &step->row.key);
}

/* ---- who the members are ---- */

/* The person in the list's entry for the member, into engine->person; of Certificates, into
 * engine->certificate too. */
static jk_status person_in_list(jk_step *step, jk_span list, bool certificates, int member)
{
    jk_engine *engine = step->engine;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    jk_status status = jk_codec_members_read(list, items, &count, NULL);
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        if (items[i].member != member) {
            continue;
        }
        if (!certificates) {
            return jk_codec_decode(&jk_wire_type_Person, items[i].data, NULL, &engine->person,
                                   NULL);
        }
        status = jk_codec_decode(&jk_wire_type_Certificate, items[i].data, NULL,
                                 &engine->certificate, NULL);
        engine->person = engine->certificate.person;
        return status;
    }
    return status == JK_OK ? JK_E_NOT_FOUND : status;
}

#define LIST(LIST_FIELD) ((jk_span){(LIST_FIELD).bytes, (LIST_FIELD).size})

jk_status jk_told_person(jk_step *step, int member)
{
    const jk_body *in = &step->engine->in;
    switch (step->body_kind) {
    case JK_MOVEIN_KIND_FILED: return person_in_list(step, LIST(in->filed.members), true, member);
    case JK_MOVEIN_KIND_REGISTERED:
        return person_in_list(step, LIST(in->registered.members), false, member);
    case JK_MOVEIN_KIND_CORRECTED:
        return person_in_list(step, LIST(in->corrected.members), false, member);
    default: return JK_E_NOT_FOUND;
    }
}

jk_status jk_kept_certificate(jk_step *step, int member)
{
    const bool filed = step->machine->id == JK_MACHINE_ORIGIN_CS ||
                       step->machine->id == JK_MACHINE_ORIGIN_REGISTRY;
    const uint16_t kind = filed ? JK_MOVEIN_KIND_FILED : JK_MOVEIN_KIND_REGISTER;
    jk_status status = jk_data_read(step, filed ? "filed" : "register", kind);
    if (status != JK_OK) {
        return status;
    }
    const jk_body *kept = &step->engine->kept;
    return person_in_list(step, filed ? LIST(kept->filed.members) : LIST(kept->enroll.members),
                          true, member);
}

jk_status jk_told_code(const jk_step *step, const jk_codes *told, int member, char code[12])
{
    size_t index = 0;
    for (int i = 0; i < member; i++) {
        index += (step->event.in.mask >> i) & 1U;
    }
    if (((step->event.in.mask >> member) & 1U) == 0 || index >= told->count) {
        return JK_E_NOT_FOUND;
    }
    memcpy(code, told->code[index], 12);
    return JK_OK;
}

/* Fields of residents' codes are all alike: an array of 12 bytes each. */
#define CODES(BODY) ((jk_codes){(BODY).resident_code, (BODY).resident_code_count})

bool jk_told_codes(const jk_step *step, jk_codes *codes)
{
    const jk_body *in = &step->engine->in;
    switch (step->body_kind) {
    case JK_MOVEIN_KIND_NOTICE: *codes = CODES(in->notice); return true;
    case JK_MOVEIN_KIND_MOVED: *codes = CODES(in->moved); return true;
    case JK_MOVEIN_KIND_REMOVED: *codes = CODES(in->removed); return true;
    case JK_MOVEIN_KIND_RESTORED: *codes = CODES(in->restored); return true;
    case JK_MOVEIN_KIND_DISPUTED: *codes = CODES(in->disputed); return true;
    case JK_MOVEIN_KIND_WITHDRAWN: *codes = CODES(in->withdrawn); return true;
    case JK_MOVEIN_KIND_WITHDRAW: *codes = CODES(in->withdraw); return true;
    case JK_MOVEIN_KIND_DEATH: *codes = CODES(in->death); return true;
    case JK_MOVEIN_KIND_DIED: *codes = CODES(in->died); return true;
    case JK_MOVEIN_KIND_RECODE: *codes = (jk_codes){&in->recode.resident_code, 1}; return true;
    default: return false;
    }
}

jk_status jk_member_keep(jk_step *step, int member, const char code[12])
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = member_key(step, "resident", member);
    return store->ops->data_put(store, &key, (jk_span){(const uint8_t *)code, 12}, false);
}

jk_status jk_member_code(jk_step *step, int member, char code[12])
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = member_key(step, "resident", member);
    char found[12];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, (uint8_t *)found, sizeof found, &size);
    if (status == JK_OK) {
        if (size != sizeof found) {
            return JK_E_STORE_SCHEMA;
        }
        memcpy(code, found, sizeof found);
        return JK_OK;
    }
    const bool unknown_case =
        step->machine->id == JK_MACHINE_ORIGIN_CS && jk_token_is_none(&step->row.case_id);
    jk_codes told = {NULL, 0};
    if (status == JK_E_NOT_FOUND && unknown_case && jk_told_codes(step, &told)) {
        return jk_told_code(step, &told, member, code); /* the answer names whom it was told */
    }
    return status;
}

jk_status jk_member_row(jk_step *step, int member)
{
    jk_store *store = step->engine->config.store;
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status != JK_OK) {
        return status;
    }
    const jk_token resident = jk_token_of_resident(code);
    return store->ops->register_get(store, &resident, &step->engine->person_row);
}

/* ---- the case of a resident ---- */

jk_status jk_case_keep(jk_step *step, int member, const jk_token *resident)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, *resident, "case", -1};
    uint8_t value[CASE_SIZE];
    memcpy(value, step->row.key.byte, sizeof step->row.key.byte);
    value[CASE_SIZE - 1] = (uint8_t)member;
    return store->ops->data_put(store, &key, (jk_span){value, sizeof value}, false);
}

jk_status jk_case_of(jk_step *step, const jk_token *resident, jk_token *case_id, int *member)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, *resident, "case", -1};
    uint8_t value[CASE_SIZE];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, value, sizeof value, &size);
    if (status != JK_OK) {
        return status;
    }
    if (size != sizeof value || value[CASE_SIZE - 1] >= JK_MEMBERS_MAX) {
        return JK_E_STORE_SCHEMA;
    }
    memcpy(case_id->byte, value, sizeof case_id->byte);
    *member = value[CASE_SIZE - 1];
    return JK_OK;
}
