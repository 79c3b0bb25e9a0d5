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
    if (step->message->body.size > 0) { /* NO_MATCH has nothing to add */
        memcpy(body->data, step->message->body.data, step->message->body.size);
    }
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

/* The member as this node's register holds him, into engine->person. */
static jk_status registered_person(jk_step *step, int member)
{
    jk_engine *engine = step->engine;
    const jk_register_row *row = &engine->person_row;
    jk_status status = jk_member_row(step, member);
    if (status != JK_OK) {
        return status;
    }
    const jk_span bytes = {row->person, row->size};
    if (engine->config.self.role != JK_ROLE_REGISTRY) {
        return jk_codec_decode(&jk_wire_type_Person, bytes, NULL, &engine->person, NULL);
    }
    status = jk_codec_decode(&jk_wire_type_RegistryRecord, bytes, NULL, &engine->household, NULL);
    if (status == JK_OK) {
        engine->person = engine->household.person;
    }
    return status;
}

/* 3-5, M12: what now stands in the register; REGISTERED and CORRECTED are alike. */
static jk_status fill_persons(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t used = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((action->out.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = registered_person(step, member);
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
    return status == JK_OK ? encode(step, action->kind, body) : status;
}

_Static_assert(sizeof(jk_wire_Registered) == sizeof(jk_wire_Corrected), "lists of persons");

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

static jk_status fill_verify_result(jk_step *step, uint16_t reason, jk_codec_bytes *body)
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
    jk_status status = JK_OK;
    if (reason == JK_REASON_CODE_CHANGED) {
        status = jk_code_now(step, result->resident_code);
    }
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_VERIFY_RESULT, body) : status;
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
        status = registered_person(step, __builtin_ctz(action->out.mask));
    }
    if (status == JK_OK) {
        status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    }
    if (status != JK_OK) {
        return status;
    }
    memcpy(notice->new_municipality_code, engine->config.self.code, 7);
    memcpy(notice->new_address, engine->person.address, sizeof notice->new_address);
    memcpy(notice->new_postcode, engine->person.postcode, sizeof notice->new_postcode);
    notice->moved_in_day = engine->kept.cert_request.moved_in_day;
    notice->notice_day = (uint32_t)today(step);
    return encode(step, JK_MOVEIN_KIND_NOTICE, body);
}

/* The members whom the notice names and this CS accepted. */
static jk_status fill_moved(jk_step *step, const jk_envelope_action *action, jk_codec_bytes *body)
{
    const jk_wire_Notice *notice = &step->engine->in.notice;
    jk_wire_Moved *moved = &step->engine->out.moved;
    memset(moved, 0, sizeof *moved);
    jk_status status =
        codes_of(step, action->out.mask, moved->resident_code, &moved->resident_code_count);
    if (status != JK_OK) {
        return status;
    }
    memcpy(moved->new_municipality_code, notice->new_municipality_code, 7);
    memcpy(moved->new_address, notice->new_address, sizeof moved->new_address);
    memcpy(moved->new_postcode, notice->new_postcode, sizeof moved->new_postcode);
    moved->moved_in_day = notice->moved_in_day;
    moved->notice_day = notice->notice_day;
    return encode(step, JK_MOVEIN_KIND_MOVED, body);
}

/* REMOVED, RESTORED, CANCEL_OUT, CANCEL_OK, DISPUTED, WITHDRAWN, WITHDRAW: the members' codes; all
 * these structs are alike. */
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
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_CancelRefused) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_Disputed) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_Withdrawn) &&
                   sizeof(jk_wire_Removed) == sizeof(jk_wire_Withdraw),
               "bodies that are lists of codes");

/* 3-6, a member's card. */
static jk_status fill_continue(jk_step *step, int member, jk_codec_bytes *body)
{
    jk_engine *engine = step->engine;
    jk_wire_Continue *out = &engine->out.go_on;
    memset(out, 0, sizeof *out);
    jk_status status = registered_person(step, member);
    if (status == JK_OK) {
        memcpy(out->resident_code, engine->person.resident_code, sizeof out->resident_code);
        memcpy(out->address, engine->person.address, sizeof out->address);
        memcpy(out->postcode, engine->person.postcode, sizeof out->postcode);
        memcpy(out->municipality_code, engine->config.self.code, 7);
        status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    }
    out->filing_day = engine->kept.cert_request.filing_day;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_CONTINUE, body) : status;
}

/* 3-1: the card's holder, and what the terminal read of the card. */
static jk_status fill_card_status(jk_step *step, jk_codec_bytes *body)
{
    const jk_wire_VerifyRequest *request = &step->engine->in.verify_request;
    jk_wire_CardStatus *out = &step->engine->out.card_status;
    memset(out, 0, sizeof *out);
    memcpy(out->resident_code, request->resident_code, sizeof out->resident_code);
    out->card_usable = request->card_usable;
    return encode(step, JK_MOVEIN_KIND_CARD_STATUS, body);
}

jk_status jk_notice_deviation(jk_step *step, jk_deviation *deviation)
{
    jk_status status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_Filed *filed = &step->engine->kept.filed;
    const jk_wire_Notice *notice = &step->engine->in.notice;
    deviation->municipality =
        filed->planned_municipality_code[0] != '\0' &&
        memcmp(filed->planned_municipality_code, notice->new_municipality_code, 6) != 0;
    deviation->day = filed->planned_out_day != notice->moved_in_day;
    return JK_OK;
}

/* 3-5: what deviates. */
static jk_status fill_accepted(jk_step *step, const jk_envelope_action *action,
                               jk_codec_bytes *body)
{
    jk_deviation deviation = {false, false};
    jk_status status = JK_OK;
    if (action->out.reason == JK_REASON_DEVIATION) {
        status = jk_notice_deviation(step, &deviation);
    }
    jk_wire_Accepted *out = &step->engine->out.accepted;
    memset(out, 0, sizeof *out);
    out->other_municipality = deviation.municipality;
    out->other_day = deviation.day;
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_ACCEPTED, body) : status;
}

/* To the CS as the clerk gave it: a death (M17), a new code (law C12). */
static jk_status from_command(const jk_step *step, const char *name, jk_codec_bytes *body)
{
    for (size_t i = 0; i < step->command->data_count; i++) {
        const jk_span data = step->command->data[i].body;
        if (strcmp(step->command->data[i].name, name) == 0 && data.size <= body->capacity) {
            memcpy(body->data, data.data, data.size);
            body->size = data.size;
            return JK_OK;
        }
    }
    return JK_E_USAGE;
}

/* M17: of one member, to whoever got him; a CS hands it on to its registry as it came. */
static jk_status fill_died(jk_step *step, int member, jk_codec_bytes *body)
{
    if (step->machine->id == JK_MACHINE_DEST_CS) {
        return pass_on(step, body);
    }
    jk_wire_Died *out = &step->engine->out.died;
    memset(out, 0, sizeof *out);
    out->resident_code_count = 1;
    out->death_day = step->engine->in.death.death_day;
    jk_status status = jk_member_code(step, member, out->resident_code[0]);
    return status == JK_OK ? encode(step, JK_MOVEIN_KIND_DIED, body) : status;
}

jk_status jk_movein_fill(jk_step *step, const jk_envelope_action *action, int member,
                         jk_codec_bytes *body)
{
    switch ((jk_movein_kind)action->kind) {
    case JK_MOVEIN_KIND_VERIFY_REQUEST: return from_kept(step, "verify", body);
    case JK_MOVEIN_KIND_VERIFY_RESULT: return fill_verify_result(step, action->out.reason, body);
    case JK_MOVEIN_KIND_CARD_STATUS: return fill_card_status(step, body);
    case JK_MOVEIN_KIND_CERT_REQUEST: return fill_cert_request(step, body);
    case JK_MOVEIN_KIND_CERT: return fill_cert(step, action, body);
    case JK_MOVEIN_KIND_REGISTER: return fill_register(step, body);
    case JK_MOVEIN_KIND_REGISTERED:
    case JK_MOVEIN_KIND_CORRECTED: return fill_persons(step, action, body);
    case JK_MOVEIN_KIND_NOTICE: return fill_notice(step, action, body);
    case JK_MOVEIN_KIND_ACCEPTED: return fill_accepted(step, action, body);
    case JK_MOVEIN_KIND_MOVED: return fill_moved(step, action, body);
    case JK_MOVEIN_KIND_FILED: return from_kept(step, "filed", body);
    case JK_MOVEIN_KIND_DEATH: return from_command(step, "death", body);
    case JK_MOVEIN_KIND_RECODE: return from_command(step, "recode", body);
    case JK_MOVEIN_KIND_DIED: return fill_died(step, member, body);
    case JK_MOVEIN_KIND_REMOVED:
    case JK_MOVEIN_KIND_RESTORED:
    case JK_MOVEIN_KIND_CANCEL_OUT:
    case JK_MOVEIN_KIND_CANCEL_OK:
    case JK_MOVEIN_KIND_DISPUTED:
    case JK_MOVEIN_KIND_WITHDRAWN:
    case JK_MOVEIN_KIND_WITHDRAW: return fill_codes(step, action, body);
    case JK_MOVEIN_KIND_CONTINUE: return fill_continue(step, member, body);
    case JK_MOVEIN_KIND_ENTRY:
    case JK_MOVEIN_KIND_REMOVAL: return pass_on(step, body); /* 1-5: verbatim */
    case JK_MOVEIN_KIND_REFUSAL:
    case JK_MOVEIN_KIND_RELEASE:
    case JK_MOVEIN_KIND_REJECTED:
    case JK_MOVEIN_KIND_STOP:
    case JK_MOVEIN_KIND_STOPPED:
    case JK_MOVEIN_KIND_RETRY:
    case JK_MOVEIN_KIND_GRANT_STATUS:
    case JK_MOVEIN_KIND_HOLDS:
    case JK_MOVEIN_KIND_CANCEL:
    case JK_MOVEIN_KIND_DONE:
    case JK_MOVEIN_KIND_REFUSED:
    case JK_MOVEIN_KIND_CANCEL_REFUSED:
    case JK_MOVEIN_KIND_RECODE_OK:
    case JK_MOVEIN_KIND_RECODE_REFUSED:
    case JK_MOVEIN_KIND_CARD_STATE:
    case JK_MOVEIN_KIND_CONTINUED:
    case JK_MOVEIN_KIND_CONTINUE_REFUSED: /* every field of these is optional */
        memset(&step->engine->out, 0, sizeof step->engine->out);
        return encode(step, action->kind, body);
    }
    return JK_E_KIND;
}
