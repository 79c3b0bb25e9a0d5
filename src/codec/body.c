/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies and the records inside them: scan, the rules that look at more than one field, nanopb. */
#include "members.h"
#include "scan.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

_Static_assert(jk_wire_Person_size <= JK_PERSON_SIZE_MAX, "a person fits a register row");
_Static_assert(jk_wire_Cert_size <= JK_BODY_SIZE_MAX, "body limit");
_Static_assert(jk_wire_Register_size <= JK_BODY_SIZE_MAX, "body limit");
_Static_assert(jk_wire_Registered_size <= JK_BODY_SIZE_MAX, "body limit");
_Static_assert(jk_wire_Filed_size <= JK_BODY_SIZE_MAX, "body limit");
_Static_assert(jk_wire_LogRecord_size <= JK_BODY_SIZE_MAX, "body limit");

#define REASON_GROUP \
    100 /* change reasons: 1xx entry, 2xx removal, 3xx update; 308 is the first two */

static size_t size_max(const jk_wire_type *type)
{
    if (type == &jk_wire_type_Person) {
        return JK_PERSON_SIZE_MAX;
    }
    if (type == &jk_wire_type_Certificate) {
        return JK_CERT_SIZE_MAX;
    }
    return type == &jk_wire_type_Envelope ? JK_ENVELOPE_SIZE_MAX : JK_BODY_SIZE_MAX;
}

/* Nobody is named twice. */
static jk_status check_distinct(const jk_scan *scan, const jk_wire_type *type)
{
    for (size_t i = 0; i < type->count; i++) {
        size_t count = 0;
        const jk_wire_field *field = &type->field[i];
        if (field->form != JK_FORM_RESIDENT_CODE) {
            continue;
        }
        const jk_scan_place *first = jk_scan_find(scan, field->tag, &count);
        for (size_t a = 1; a < count; a++) {
            for (size_t b = 0; b < a; b++) {
                if (first[a].payload.size == first[b].payload.size &&
                    memcmp(first[a].payload.data, first[b].payload.data, first[a].payload.size) ==
                        0) {
                    return jk_scan_fail(scan->error, JK_E_MEMBERS, "distinct", first[a].offset,
                                        field->name);
                }
            }
        }
    }
    return JK_OK;
}

/* A verification asks by the card's code, or by name and birth. */
static jk_status check_verify(const jk_scan *scan)
{
    size_t code = 0;
    size_t name = 0;
    size_t birth = 0;
    (void)jk_scan_find(scan, jk_wire_VerifyRequest_resident_code_tag, &code);
    (void)jk_scan_find(scan, jk_wire_VerifyRequest_name_tag, &name);
    (void)jk_scan_find(scan, jk_wire_VerifyRequest_birth_tag, &birth);
    if (code == 0 && (name == 0 || birth == 0)) {
        return jk_scan_fail(scan->error, JK_E_MISSING_FIELD, "key", 0, "resident_code");
    }
    return JK_OK;
}

/* The card's holder is one of those who move. */
static jk_status check_request(const jk_scan *scan)
{
    size_t residents = 0;
    size_t cards = 0;
    const jk_scan_place *card = jk_scan_find(scan, jk_wire_CertRequest_card_resident_tag, &cards);
    (void)jk_scan_find(scan, jk_wire_CertRequest_resident_code_tag, &residents);
    if (card != NULL && card->value >= residents) {
        return jk_scan_fail(scan->error, JK_E_RANGE, "card-resident", card->offset,
                            "card_resident");
    }
    return JK_OK;
}

/* 3xx that prefecture and national hear of; a code changes by RECODE (308), nobody is without. */
static bool is_update_reason(uint64_t reason)
{
    return reason / REASON_GROUP == 3 && reason != jk_wire_ChangeReason_CHANGE_CODE_CHANGE &&
           reason != jk_wire_ChangeReason_CHANGE_CODE_ENTRY &&
           (reason < jk_wire_ChangeReason_CHANGE_HOUSEHOLD_SPLIT ||
            reason > jk_wire_ChangeReason_CHANGE_HEAD_CHANGE);
}

/* UPDATE names the residence that goes on; it begins none and renames nobody. */
static jk_status check_update(const jk_scan *scan, const jk_scan_place *reason)
{
    size_t count = 0;
    if (!is_update_reason(reason->value)) {
        return jk_scan_fail(scan->error, JK_E_RANGE, "change-reason", reason->offset,
                            "change_reason");
    }
    if (jk_scan_find(scan, jk_wire_LogRecord_episode_tag, &count) == NULL) {
        return jk_scan_fail(scan->error, JK_E_MISSING_FIELD, "key", 0, "episode");
    }
    const jk_scan_place *previous =
        jk_scan_find(scan, jk_wire_LogRecord_previous_resident_code_tag, &count);
    return previous == NULL ? JK_OK
                            : jk_scan_fail(scan->error, JK_E_RANGE, "change-reason",
                                           previous->offset, "previous_resident_code");
}

static jk_status check_changed(const jk_scan *scan, uint16_t kind)
{
    size_t count = 0;
    const jk_scan_place *reason = jk_scan_find(scan, jk_wire_Changed_change_reason_tag, &count);
    return reason == NULL || kind == 0 || is_update_reason(reason->value)
               ? JK_OK
               : jk_scan_fail(scan->error, JK_E_RANGE, "change-reason", reason->offset,
                              "change_reason");
}

/* An entry begins a residence, a removal ends one; where a code changed (308) the entry says from
 * which.  Kind 0: not known, so not judged. */
static jk_status check_record(const jk_scan *scan, uint16_t kind)
{
    size_t count = 0;
    const jk_scan_place *reason = jk_scan_find(scan, jk_wire_LogRecord_change_reason_tag, &count);
    if (reason == NULL || kind == 0) {
        return JK_OK;
    }
    if (kind == jk_wire_Kind_KIND_UPDATE) {
        return check_update(scan, reason);
    }
    const jk_scan_place *episode = jk_scan_find(scan, jk_wire_LogRecord_episode_tag, &count);
    if (episode != NULL) { /* the envelope has it */
        return jk_scan_fail(scan->error, JK_E_UNKNOWN_FIELD, "unknown-field", episode->offset,
                            "episode");
    }
    const uint64_t group = kind == jk_wire_Kind_KIND_ENTRY ? 1 : 2;
    const bool recoded = reason->value == jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    size_t previous = 0;
    (void)jk_scan_find(scan, jk_wire_LogRecord_previous_resident_code_tag, &previous);
    const bool renames = recoded && kind == jk_wire_Kind_KIND_ENTRY;
    if (renames && previous == 0) {
        return jk_scan_fail(scan->error, JK_E_MISSING_FIELD, "key", 0, "previous_resident_code");
    }
    if ((!recoded && reason->value / REASON_GROUP != group) || (!renames && previous != 0)) {
        return jk_scan_fail(scan->error, JK_E_RANGE, "change-reason", reason->offset,
                            "change_reason");
    }
    return JK_OK;
}

static jk_status check_type(const jk_scan *scan, const jk_wire_type *type, uint16_t kind)
{
    if (type == &jk_wire_type_VerifyRequest) {
        return check_verify(scan);
    }
    if (type == &jk_wire_type_CertRequest) {
        jk_status status = check_request(scan);
        return status == JK_OK ? check_distinct(scan, type) : status;
    }
    if (type == &jk_wire_type_LogRecord) {
        return check_record(scan, kind);
    }
    if (type == &jk_wire_type_Changed) {
        return check_changed(scan, kind);
    }
    return check_distinct(scan, type);
}

/* Reads bytes as a message of that type, lists of members included.  members, unless NULL, becomes
 * the mask of those that the message names, or JK_MEMBERS_NONE if it does not name members. */
static jk_status check_message(const jk_wire_type *type, uint16_t kind, jk_span bytes,
                               const jk_codec_rules *rules, jk_members_named *named,
                               jk_codec_error *error)
{
    if (bytes.size > size_max(type)) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "length-max", size_max(type), "");
    }
    jk_scan scan;
    jk_status status = jk_scan_run(&scan, type, bytes, rules, error);
    if (status == JK_OK) {
        status = check_type(&scan, type, kind);
    }
    if (status == JK_OK) {
        status = jk_members_check(&scan, type, named);
    }
    return status;
}

/* The scan has proved that nanopb takes these bytes, and that no others mean the same. */
static jk_status decode_checked(const jk_wire_type *type, jk_span bytes, void *message,
                                jk_codec_error *error)
{
    pb_istream_t in = pb_istream_from_buffer(bytes.data, bytes.size);
    memset(message, 0, type->size); /* every default is zero */
    if (!pb_decode_ex(&in, type->descriptor, message, PB_DECODE_NOINIT)) {
        memset(message, 0, type->size);
        return jk_scan_fail(error, JK_E_BUG, "decode", 0, "");
    }
    return jk_scan_fail(error, JK_OK, "", 0, "");
}

static jk_status encode(const jk_wire_type *type, uint16_t kind, const void *message,
                        const jk_codec_rules *rules, jk_codec_bytes *out, jk_codec_error *error)
{
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    if (!pb_encode(&stream, type->descriptor, message)) {
        return jk_scan_fail(error, JK_E_UTF8, "encode", stream.bytes_written, "");
    }
    jk_span made = {bytes, stream.bytes_written};
    jk_status status = check_message(type, kind, made, rules, NULL, error);
    if (status != JK_OK) {
        return status;
    }
    if (made.size > out->capacity) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "capacity", out->capacity, "");
    }
    if (made.size > 0) {
        memcpy(out->data, made.data, made.size);
    }
    out->size = made.size;
    return jk_scan_fail(error, JK_OK, "", 0, "");
}

jk_status jk_codec_decode(const jk_wire_type *type, jk_span bytes, const jk_codec_rules *rules,
                          void *message, jk_codec_error *error)
{
    jk_status status = check_message(type, 0, bytes, rules, NULL, error);
    if (status != JK_OK || message == NULL) {
        return status == JK_OK ? jk_scan_fail(error, JK_OK, "", 0, "") : status;
    }
    return decode_checked(type, bytes, message, error);
}

jk_status jk_codec_encode(const jk_wire_type *type, const void *message,
                          const jk_codec_rules *rules, jk_codec_bytes *out, jk_codec_error *error)
{
    return encode(type, 0, message, rules, out, error);
}

jk_status jk_codec_encode_body(uint16_t kind, const void *message, const jk_codec_rules *rules,
                               jk_codec_bytes *out, jk_codec_error *error)
{
    const jk_wire_type *type = jk_codec_body_type(kind);
    if (type == NULL) {
        return jk_scan_fail(error, JK_E_KIND, "kind", 0, "");
    }
    return encode(type, kind, message, rules, out, error);
}

jk_status jk_codec_decode_body(const jk_envelope *envelope, const jk_codec_rules *rules,
                               void *message, size_t message_size, jk_codec_error *error)
{
    const jk_wire_type *type = jk_codec_body_type(envelope->kind);
    if (type == NULL) {
        return jk_scan_fail(error, JK_E_KIND, "kind", 0, "");
    }
    if (message != NULL && message_size != type->size) {
        return jk_scan_fail(error, JK_E_USAGE, "struct", 0, "");
    }
    jk_members_named named = {false, 0, 0};
    jk_status status = check_message(type, envelope->kind, envelope->body, rules, &named, error);
    if (status == JK_OK) {
        status = jk_members_agree(envelope, &named, error);
    }
    if (status != JK_OK || message == NULL) {
        return status == JK_OK ? jk_scan_fail(error, JK_OK, "", 0, "") : status;
    }
    return decode_checked(type, envelope->body, message, error);
}
