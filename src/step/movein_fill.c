/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of outgoing messages of the special move-in: one fill per kind.  A fill takes its data
 * from the message in hand, from the transaction's kept data or from register rows, all inside the
 * step's transaction.  A PEER status refuses the message that caused the step. */
#include "step/internal.h"

#include "channel/seal.h"
#include "juki/registry.h"
#include "names.h"

#include <string.h>

static jk_span list_of(const pb_byte_t *bytes, pb_size_t size)
{
    return (jk_span){bytes, size};
}

static int64_t today(const jk_step *step)
{
    return step->engine->config.clock->today(step->engine->config.clock);
}

static jk_status encode(jk_step *step, uint16_t kind, jk_codec_bytes *body)
{
    return jk_codec_encode_body(kind, &step->engine->out, NULL, body, NULL);
}

/* The message goes on as it came. */
static jk_status pass_on(const jk_step *step, jk_codec_bytes *body)
{
    if (step->message->body.size > body->capacity) {
        return JK_E_OVERSIZED;
    }
    memcpy(body->data, step->message->body.data, step->message->body.size);
    body->size = step->message->body.size;
    return JK_OK;
}

static jk_status from_kept(jk_step *step, const char *name, jk_codec_bytes *body)
{
    jk_span kept = {NULL, 0};
    jk_status status = jk_data_bytes(step, name, &kept);
    if (status == JK_OK) {
        memcpy(body->data, kept.data, kept.size);
        body->size = kept.size;
    }
    return status;
}

/* ---- certificates ---- */

jk_status jk_seal_open_member(jk_step *step, const jk_codec_member *item, jk_codec_bytes *opened)
{
    jk_engine *engine = step->engine;
    const jk_step_keys *keys = &engine->config.keys;
    uint8_t prekey[32];
    uint8_t sign_public[32];
    if (keys->seal == NULL || !keys->peer(keys->arg, &step->peer, prekey, sign_public)) {
        return JK_E_SEALED;
    }
    jk_seal_context context = {step->peer, engine->config.self, step->message->case_id,
                               item->member, step->message->epoch};
    jk_open_keys open = {keys->seal, sign_public};
    return jk_seal_open(&context, &open, item->data, opened->data, opened->capacity, &opened->size);
}

static jk_status seal_member(jk_step *step, const jk_envelope_action *action,
                             const jk_codec_member *plain, uint8_t *sealed, size_t *size)
{
    jk_engine *engine = step->engine;
    const jk_step_keys *keys = &engine->config.keys;
    jk_node_id to;
    uint8_t prekey[32];
    uint8_t sign_public[32];
    if (!jk_node_of_token(&action->peer, &to) || keys->seal == NULL ||
        !keys->peer(keys->arg, &to, prekey, sign_public)) {
        return JK_E_ROUTE;
    }
    jk_seal_context context = {engine->config.self, to, step->row.key, plain->member,
                               action->out.epoch};
    jk_seal_keys seal = {prekey, keys->sign_secret, engine->config.random};
    return jk_seal(&context, &seal, plain->data, sealed, JK_SEALED_SIZE_MAX, size);
}

/* 3-3: the certificates of the granted members, sealed to the CS that asked. */
static jk_status fill_cert(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_status status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    if (status == JK_OK) {
        status = jk_codec_members_read(
            list_of(engine->kept.filed.members.bytes, engine->kept.filed.members.size), items,
            &count, NULL);
    }
    size_t used = 0;
    size_t kept = 0;
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        if (((action->out.mask >> items[i].member) & 1U) == 0) {
            continue;
        }
        if (used + items[i].data.size + JK_SEAL_OVERHEAD > sizeof engine->list_bytes) {
            return JK_E_OVERSIZED;
        }
        size_t size = 0;
        status = seal_member(step, action, &items[i], engine->list_bytes + used, &size);
        items[kept].member = items[i].member;
        items[kept].data = (jk_span){engine->list_bytes + used, size};
        used += size;
        kept++;
    }
    if (status != JK_OK) {
        return status;
    }
    jk_wire_Cert *cert = &engine->out.cert;
    jk_codec_bytes list = {cert->members.bytes, sizeof cert->members.bytes, 0};
    status = jk_codec_members_write(items, kept, &list);
    cert->members.size = (pb_size_t)list.size;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_CERT, body) : status;
}

/* 3-4: as check_cert opened them, with the address and days that the terminal gave. */
static jk_status fill_register(jk_step *step, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_status status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    if (status != JK_OK) {
        return status;
    }
    jk_wire_Register *out = &engine->out.enroll;
    const jk_wire_CertRequest *request = &engine->kept.cert_request;
    memset(out, 0, sizeof *out);
    jk_codec_bytes list = {out->members.bytes, sizeof out->members.bytes, 0};
    status = jk_codec_members_write(engine->opened, engine->opened_count, &list);
    out->members.size = (pb_size_t)list.size;
    memcpy(out->new_address, request->new_address, sizeof out->new_address);
    memcpy(out->new_postcode, request->new_postcode, sizeof out->new_postcode);
    out->filing_day = request->filing_day;
    out->moved_in_day = request->moved_in_day;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_REGISTER, body) : status;
}

/* The person as the new register holds it: engine->person, engine->certificate, kept.enroll. */
jk_status jk_registered_person(jk_step *step, int member)
{
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status != JK_OK) {
        return status;
    }
    jk_engine *engine = step->engine;
    memcpy(engine->person.address, engine->kept.enroll.new_address, sizeof engine->person.address);
    memcpy(engine->person.postcode, engine->kept.enroll.new_postcode,
           sizeof engine->person.postcode);
    memcpy(engine->person.municipality_code, engine->config.self.code,
           sizeof engine->person.municipality_code);
    return JK_OK;
}

/* 3-5: what now stands in the register. */
static jk_status fill_registered(jk_step *step, const jk_envelope_action *action,
                                 jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t used = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((action->out.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = jk_registered_person(step, member);
        jk_codec_bytes one = {engine->list_bytes + used, sizeof engine->list_bytes - used, 0};
        if (status == JK_OK) {
            status = jk_codec_encode(&jk_wire_type_Person, &engine->person, NULL, &one, NULL);
        }
        if (status != JK_OK) {
            return status;
        }
        items[count].member = (uint8_t)member;
        items[count++].data = (jk_span){one.data, one.size};
        used += one.size;
    }
    jk_wire_Registered *out = &engine->out.registered;
    jk_codec_bytes list = {out->members.bytes, sizeof out->members.bytes, 0};
    jk_status status = jk_codec_members_write(items, count, &list);
    out->members.size = (pb_size_t)list.size;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_REGISTERED, body) : status;
}

/* ---- requests, notices ---- */

/* 3-2: as the operator gave it; the current code stands in for one that was changed (M16). */
static jk_status fill_cert_request(jk_step *step, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    if (step->machine->id == JK_MACHINE_DEST_CS) {
        return pass_on(step, body);
    }
    jk_status status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    if (status != JK_OK) {
        return status;
    }
    engine->out.cert_request = engine->kept.cert_request;
    jk_wire_CertRequest *request = &engine->out.cert_request;
    if (step->message->reason == JK_REASON_CODE_CHANGED &&
        request->card_resident < request->resident_code_count &&
        engine->in.verify_result.resident_code[0] != '\0') {
        memcpy(request->resident_code[request->card_resident],
               engine->in.verify_result.resident_code, sizeof request->resident_code[0]);
    }
    return encode(step, JK_MOVEIN_KIND_CERT_REQUEST, body);
}

static jk_status fill_verify_result(jk_step *step, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    if (step->machine->id == JK_MACHINE_DEST_CS) {
        if (step->message != NULL) {
            return pass_on(step, body);
        }
        memset(&engine->out.verify_result, 0, sizeof engine->out.verify_result);
        return encode(step, JK_MOVEIN_KIND_VERIFY_RESULT, body);
    }
    jk_wire_VerifyResult *result = &engine->out.verify_result;
    memset(result, 0, sizeof *result);
    memcpy(result->resident_code, engine->in.verify_request.resident_code,
           sizeof result->resident_code);
    return encode(step, JK_MOVEIN_KIND_VERIFY_RESULT, body);
}

static jk_status codes_of(jk_step *step, jk_members members, char (*codes)[12], pb_size_t *count)
{
    *count = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((members >> member) & 1U) != 0) {
            jk_status status = jk_member_code(step, member, codes[*count]);
            if (status != JK_OK) {
                return status;
            }
            (*count)++;
        }
    }
    return JK_OK;
}

/* 3-5 転入通知. */
static jk_status fill_notice(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_wire_Notice *notice = &engine->out.notice;
    memset(notice, 0, sizeof *notice);
    jk_status status =
        codes_of(step, action->out.mask, notice->resident_code, &notice->resident_code_count);
    if (status == JK_OK) {
        status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_CertRequest *request = &engine->kept.cert_request;
    memcpy(notice->new_municipality_code, engine->config.self.code, 7);
    memcpy(notice->new_address, request->new_address, sizeof notice->new_address);
    memcpy(notice->new_postcode, request->new_postcode, sizeof notice->new_postcode);
    notice->moved_in_day = request->moved_in_day;
    notice->notice_day = (uint32_t)today(step);
    return encode(step, JK_MOVEIN_KIND_NOTICE, body);
}

static jk_status fill_moved(jk_step *step, jk_codec_bytes *body)
{
    const jk_wire_Notice *notice = &step->engine->in.notice;
    jk_wire_Moved *moved = &step->engine->out.moved;
    memset(moved, 0, sizeof *moved);
    moved->resident_code_count = notice->resident_code_count;
    memcpy(moved->resident_code, notice->resident_code, sizeof moved->resident_code);
    memcpy(moved->new_municipality_code, notice->new_municipality_code, 7);
    memcpy(moved->new_address, notice->new_address, sizeof moved->new_address);
    memcpy(moved->new_postcode, notice->new_postcode, sizeof moved->new_postcode);
    moved->moved_in_day = notice->moved_in_day;
    moved->notice_day = notice->notice_day;
    return encode(step, JK_MOVEIN_KIND_MOVED, body);
}

/* REMOVED, RESTORED, CANCEL_OUT, CANCEL_OK: the members' codes; all five structs are alike. */
static jk_status fill_codes(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_wire_Removed *out = &step->engine->out.removed;
    memset(out, 0, sizeof *out);
    jk_status status =
        codes_of(step, action->out.mask, out->resident_code, &out->resident_code_count);
    return status == JK_OK ? encode(step, action->kind, body) : status;
}

_Static_assert(sizeof(jk_wire_Removed) == sizeof(jk_wire_Restored) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_CancelOut) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_CancelOk) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_CancelRefused),
               "bodies that are lists of codes");

/* 3-6, a member's card. */
static jk_status fill_continue(jk_step *step, int member, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_wire_Continue *out = &engine->out.go_on;
    memset(out, 0, sizeof *out);
    jk_status status = jk_member_code(step, member, out->resident_code);
    if (status == JK_OK) {
        memcpy(out->address, engine->person.address, sizeof out->address);
        memcpy(out->postcode, engine->person.postcode, sizeof out->postcode);
        memcpy(out->municipality_code, engine->config.self.code, 7);
        status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    }
    out->filing_day = engine->kept.cert_request.filing_day;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_CONTINUE, body) : status;
}

jk_status jk_movein_fill(jk_step *step, const jk_envelope_action *action, int member,
                         jk_codec_bytes *body)
{
    switch ((jk_movein_kind)action->kind) {
    case JK_MOVEIN_KIND_VERIFY_REQUEST:
        return step->message != NULL ? pass_on(step, body) : from_kept(step, "verify", body);
    case JK_MOVEIN_KIND_VERIFY_RESULT: return fill_verify_result(step, body);
    case JK_MOVEIN_KIND_CERT_REQUEST: return fill_cert_request(step, body);
    case JK_MOVEIN_KIND_CERT: return fill_cert(step, action, body);
    case JK_MOVEIN_KIND_REGISTER: return fill_register(step, body);
    case JK_MOVEIN_KIND_REGISTERED: return fill_registered(step, action, body);
    case JK_MOVEIN_KIND_NOTICE: return fill_notice(step, action, body);
    case JK_MOVEIN_KIND_MOVED: return fill_moved(step, body);
    case JK_MOVEIN_KIND_FILED: return from_kept(step, "filed", body);
    case JK_MOVEIN_KIND_REMOVED:
    case JK_MOVEIN_KIND_RESTORED:
    case JK_MOVEIN_KIND_CANCEL_OUT:
    case JK_MOVEIN_KIND_CANCEL_OK: return fill_codes(step, action, body);
    case JK_MOVEIN_KIND_CONTINUE: return fill_continue(step, member, body);
    case JK_MOVEIN_KIND_ENTRY:
    case JK_MOVEIN_KIND_REMOVAL: return pass_on(step, body); /* 1-5: verbatim */
    case JK_MOVEIN_KIND_REFUSAL:
    case JK_MOVEIN_KIND_RELEASE:
    case JK_MOVEIN_KIND_REJECTED:
    case JK_MOVEIN_KIND_STOP:
    case JK_MOVEIN_KIND_STOPPED:
    case JK_MOVEIN_KIND_ACCEPTED:
    case JK_MOVEIN_KIND_CANCEL:
    case JK_MOVEIN_KIND_DONE:
    case JK_MOVEIN_KIND_REFUSED:
    case JK_MOVEIN_KIND_CANCEL_REFUSED:
    case JK_MOVEIN_KIND_CONTINUED:
    case JK_MOVEIN_KIND_CONTINUE_REFUSED: /* every field of these is optional */
        memset(&step->engine->out, 0, sizeof step->engine->out);
        return encode(step, action->kind, body);
    }
    return JK_E_KIND;
}

/* ---- 1-4: the update log ---- */

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
        row->status = JK_REGISTER_REMOVED;
        row->reason = jk_wire_ChangeReason_CHANGE_MOVE_OUT;
        row->change_day = today(step);
    } else if (row->epoch != action->out.epoch) { /* restored, under a fresh epoch */
        row->status = JK_REGISTER_CURRENT;
        row->reason = jk_wire_ChangeReason_CHANGE_ENTRY_CANCELLATION;
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

jk_status jk_movein_log(jk_step *step, const jk_envelope_action *action, int member,
                        jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_register_row *row = &engine->person_row;
    jk_status status = apply_entry(step, action, member, row);
    uint64_t head = 0;
    if (status == JK_OK) {
        status = store->ops->applied_get(store, engine->config.self.code, &head);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_wire_LogRecord *record = &engine->out.log;
    memset(record, 0, sizeof *record);
    memcpy(record->municipality_code, engine->config.self.code, 7);
    record->sequence = head + 1;
    record->has_person = true;
    record->person = engine->person;
    record->change_reason = (jk_wire_ChangeReason)row->reason;
    record->has_change_date = true;
    jk_date date = jk_date_of_day(row->change_day);
    record->change_date.year = date.year;
    record->change_date.month = date.month;
    record->change_date.day = date.day;
    record->special = true;
    record->recorded_day = (uint32_t)today(step);
    status = encode(step, action->kind, body);
    if (status != JK_OK) {
        return status;
    }
    jk_log_row *entry = &engine->log_row;
    entry->resident = row->resident;
    entry->epoch = action->out.epoch;
    entry->kind = action->kind;
    entry->kind_name = jk_kind_name(action->kind);
    entry->size = body->size;
    if (body->size > sizeof entry->record) {
        return JK_E_OVERSIZED;
    }
    memcpy(entry->record, body->data, body->size);
    status = store->ops->log_append(store, entry);
    if (status == JK_OK && !jk_check(engine, entry->sequence == head + 1)) {
        return JK_E_BUG;
    }
    /* The head of its own log is what a CS has applied of itself. */
    return status == JK_OK
               ? store->ops->applied_put(store, engine->config.self.code, entry->sequence)
               : status;
}
