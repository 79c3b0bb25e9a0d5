/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope: its fields taken from where the scan found them, its body as a span of the received
 * bytes. */
#include "forms.h"
#include "scan.h"

#include <pb_encode.h>
#include <string.h>

_Static_assert(jk_wire_Envelope_size <= JK_ENVELOPE_SIZE_MAX, "an envelope fits its limit");
_Static_assert(sizeof((jk_wire_Envelope *)NULL)->body.bytes == JK_BODY_SIZE_MAX, "body limit");
_Static_assert(sizeof((jk_wire_NodeId *)NULL)->code == sizeof((jk_node_id *)NULL)->code, "code");

/* What the kind needs: the model-visible fields, and a body or none. */
static jk_status check_kind(const jk_envelope *envelope, size_t end, jk_codec_error *error)
{
    const struct {
        unsigned bit;
        bool there;
        const char *name;
    } fields[] = {
        {JK_MODEL_CASE, !jk_token_is_none(&envelope->case_id), "case_id"},
        {JK_MODEL_TXN, !jk_token_is_none(&envelope->txn), "txn"},
        {JK_MODEL_MEMBERS, envelope->members != 0, "members"},
        {JK_MODEL_EPOCH, envelope->epoch != 0, "epoch"},
        {JK_MODEL_REASON, envelope->reason != 0, "reason"},
    };

    unsigned required = jk_kind_required(envelope->kind);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if ((required & fields[i].bit) != 0 && !fields[i].there) {
            return jk_scan_fail(error, JK_E_MISSING_FIELD, "required", end, fields[i].name);
        }
    }
    const jk_wire_type *type = jk_codec_body_type(envelope->kind);
    if (type->count == 0 && envelope->body.size > 0) {
        return jk_scan_fail(error, JK_E_UNKNOWN_FIELD, "body", end - envelope->body.size, "body");
    }
    for (size_t i = 0; i < type->count && envelope->body.size == 0; i++) {
        if (type->field[i].required) {
            return jk_scan_fail(error, JK_E_MISSING_FIELD, "body", end, "body");
        }
    }
    return JK_OK;
}

/* --- reading: the scan has judged every byte and noted where each field stands --- */

static jk_token token_at(const jk_scan_place *place)
{
    jk_token token = {{0}};
    if (place->payload.size == sizeof token.byte) {
        memcpy(token.byte, place->payload.data, sizeof token.byte);
    }
    return token;
}

static jk_envelope envelope_of(const jk_scan *scan)
{
    jk_envelope envelope;
    memset(&envelope, 0, sizeof envelope);
    for (size_t i = 0; i < scan->place_count; i++) {
        const jk_scan_place *place = &scan->place[i];
        switch (place->tag) {
        case jk_wire_Envelope_kind_tag: envelope.kind = (uint16_t)place->value; break;
        case jk_wire_Envelope_message_id_tag: envelope.message_id = token_at(place); break;
        case jk_wire_Envelope_case_id_tag: envelope.case_id = token_at(place); break;
        case jk_wire_Envelope_txn_tag: envelope.txn = token_at(place); break;
        case jk_wire_Envelope_author_tag: envelope.author = jk_form_node(place->payload); break;
        case jk_wire_Envelope_target_tag: envelope.target = jk_form_node(place->payload); break;
        case jk_wire_Envelope_members_tag: envelope.members = (uint32_t)place->value; break;
        case jk_wire_Envelope_epoch_tag: envelope.epoch = place->value; break;
        case jk_wire_Envelope_reason_tag: envelope.reason = (uint16_t)place->value; break;
        case jk_wire_Envelope_body_tag: envelope.body = place->payload; break;
        default: break; /* the version: the scan takes only ours */
        }
    }
    return envelope;
}

jk_status jk_codec_decode_envelope(jk_span bytes, jk_envelope *out, jk_codec_error *error)
{
    if (bytes.size > JK_ENVELOPE_SIZE_MAX) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "length-max", JK_ENVELOPE_SIZE_MAX, "");
    }
    jk_scan scan;
    jk_status status = jk_scan_run(&scan, &jk_wire_type_Envelope, bytes, NULL, error);
    if (status != JK_OK) {
        return status;
    }
    const jk_envelope envelope = envelope_of(&scan);
    status = check_kind(&envelope, bytes.size, error);
    if (status != JK_OK) {
        return status;
    }
    *out = envelope;
    return jk_scan_fail(error, JK_OK, "", 0, "");
}

/* --- writing: nanopb's primitives, and the scan judges what was written --- */

/* A number; the default is left out. */
static bool put_number(pb_ostream_t *stream, uint32_t tag, uint64_t value)
{
    return value == 0 ||
           (pb_encode_tag(stream, PB_WT_VARINT, tag) && pb_encode_varint(stream, value));
}

static bool put_bytes(pb_ostream_t *stream, uint32_t tag, const void *bytes, size_t size)
{
    return size == 0 ||
           (pb_encode_tag(stream, PB_WT_STRING, tag) && pb_encode_string(stream, bytes, size));
}

static bool put_token(pb_ostream_t *stream, uint32_t tag, const jk_token *token)
{
    return put_bytes(stream, tag, token->byte, jk_token_is_none(token) ? 0 : sizeof token->byte);
}

static bool put_node(pb_ostream_t *stream, uint32_t tag, const jk_node_id *node)
{
    uint8_t bytes[jk_wire_NodeId_size];
    pb_ostream_t inner = pb_ostream_from_buffer(bytes, sizeof bytes);
    size_t size = 0;
    while (size < sizeof node->code - 1 && node->code[size] != '\0') {
        size++;
    }
    return put_number(&inner, jk_wire_NodeId_role_tag, node->role) &&
           put_bytes(&inner, jk_wire_NodeId_code_tag, node->code, size) &&
           put_number(&inner, jk_wire_NodeId_unit_tag, node->unit) &&
           put_bytes(stream, tag, bytes, inner.bytes_written);
}

static bool put_envelope(pb_ostream_t *stream, const jk_envelope *envelope)
{
    return put_number(stream, jk_wire_Envelope_version_tag, JK_ENVELOPE_VERSION) &&
           put_number(stream, jk_wire_Envelope_kind_tag, envelope->kind) &&
           put_token(stream, jk_wire_Envelope_message_id_tag, &envelope->message_id) &&
           put_token(stream, jk_wire_Envelope_case_id_tag, &envelope->case_id) &&
           put_token(stream, jk_wire_Envelope_txn_tag, &envelope->txn) &&
           put_node(stream, jk_wire_Envelope_author_tag, &envelope->author) &&
           put_node(stream, jk_wire_Envelope_target_tag, &envelope->target) &&
           put_number(stream, jk_wire_Envelope_members_tag, envelope->members) &&
           put_number(stream, jk_wire_Envelope_epoch_tag, envelope->epoch) &&
           put_number(stream, jk_wire_Envelope_reason_tag, envelope->reason) &&
           put_bytes(stream, jk_wire_Envelope_body_tag, envelope->body.data, envelope->body.size);
}

jk_status jk_codec_encode_envelope(const jk_envelope *envelope, jk_codec_bytes *out,
                                   jk_codec_error *error)
{
    if (envelope->body.size > JK_BODY_SIZE_MAX) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "length-max", 0, "body");
    }
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    if (!put_envelope(&stream, envelope)) {
        return jk_scan_fail(error, JK_E_BUG, "encode", stream.bytes_written, "");
    }
    jk_span made = {bytes, stream.bytes_written};
    jk_scan scan;
    jk_status status = jk_scan_run(&scan, &jk_wire_type_Envelope, made, NULL, error);
    if (status == JK_OK) {
        status = check_kind(envelope, made.size, error);
    }
    if (status != JK_OK) {
        return status;
    }
    if (made.size > out->capacity) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "capacity", out->capacity, "");
    }
    memcpy(out->data, made.data, made.size);
    out->size = made.size;
    return jk_scan_fail(error, JK_OK, "", 0, "");
}
