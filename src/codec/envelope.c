/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope: its header through nanopb, its body as a span of the received bytes. */
#include "scan.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

/* Room for the header fields: version, kind, three ids, two nodes, members, epoch, reason. */
#define HEADER_SIZE_MAX 256

_Static_assert(jk_wire_Envelope_size <= JK_ENVELOPE_SIZE_MAX, "an envelope fits its limit");
_Static_assert(jk_wire_Envelope_size - JK_BODY_SIZE_MAX <= HEADER_SIZE_MAX, "and its header");
_Static_assert(sizeof((jk_wire_Envelope *)NULL)->body.bytes == JK_BODY_SIZE_MAX, "body limit");

/* Zero but for the room of the body, which no header uses: 16 KiB less to write per message. */
static void header_clear(jk_wire_Envelope *wire)
{
    memset(wire, 0, offsetof(jk_wire_Envelope, body.bytes));
}

static jk_token token_of(const pb_byte_t *bytes, size_t size)
{
    jk_token token = {{0}};
    if (size == sizeof token.byte) {
        memcpy(token.byte, bytes, sizeof token.byte);
    }
    return token;
}

static jk_node_id node_of(const jk_wire_NodeId *wire)
{
    jk_node_id node = {.role = (uint8_t)wire->role, .unit = wire->unit};
    memcpy(node.code, wire->code, sizeof node.code);
    return node;
}

static jk_wire_NodeId node_to(const jk_node_id *node)
{
    jk_wire_NodeId wire = {.role = (jk_wire_Role)node->role, .unit = node->unit};
    memcpy(wire.code, node->code, sizeof wire.code);
    wire.code[sizeof wire.code - 1] = '\0';
    return wire;
}

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

/* Decodes the header and sees that it encodes to the same bytes again. */
static jk_status decode_header(jk_span header, jk_envelope *out, jk_codec_error *error)
{
    jk_wire_Envelope wire;
    header_clear(&wire);
    pb_istream_t in = pb_istream_from_buffer(header.data, header.size);
    if (!pb_decode_ex(&in, jk_wire_Envelope_fields, &wire, PB_DECODE_NOINIT)) {
        return jk_scan_fail(error, JK_E_BUG, "decode", 0, "");
    }
    uint8_t again[HEADER_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(again, sizeof again);
    if (!pb_encode(&stream, jk_wire_Envelope_fields, &wire) ||
        stream.bytes_written != header.size || memcmp(again, header.data, header.size) != 0) {
        return jk_scan_fail(error, JK_E_NOT_CANONICAL, "canonical", 0, "");
    }
    out->kind = (uint16_t)wire.kind;
    out->reason = (uint16_t)wire.reason;
    out->members = wire.members;
    out->epoch = wire.epoch;
    out->message_id = token_of(wire.message_id.bytes, wire.message_id.size);
    out->case_id = token_of(wire.case_id.bytes, wire.case_id.size);
    out->txn = token_of(wire.txn.bytes, wire.txn.size);
    out->author = node_of(&wire.author);
    out->target = node_of(&wire.target);
    return JK_OK;
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
    size_t count = 0;
    const jk_scan_place *body = jk_scan_find(&scan, jk_wire_Envelope_body_tag, &count);
    jk_envelope envelope = {.body = {NULL, 0}};
    if (body != NULL) {
        envelope.body = body->payload;
    }
    jk_span header = {bytes.data, body != NULL ? body->offset : bytes.size};
    status = decode_header(header, &envelope, error);
    if (status == JK_OK) {
        status = check_kind(&envelope, bytes.size, error);
    }
    if (status != JK_OK) {
        return status;
    }
    *out = envelope;
    return jk_scan_fail(error, JK_OK, "", 0, "");
}

static void header_fill(jk_wire_Envelope *wire, const jk_envelope *envelope)
{
    const struct {
        const jk_token *token;
        pb_size_t *size;
        pb_byte_t *bytes;
    } tokens[] = {
        {&envelope->message_id, &wire->message_id.size, wire->message_id.bytes},
        {&envelope->case_id, &wire->case_id.size, wire->case_id.bytes},
        {&envelope->txn, &wire->txn.size, wire->txn.bytes},
    };

    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        if (!jk_token_is_none(tokens[i].token)) {
            *tokens[i].size = sizeof tokens[i].token->byte;
            memcpy(tokens[i].bytes, tokens[i].token->byte, sizeof tokens[i].token->byte);
        }
    }
    wire->version = JK_ENVELOPE_VERSION;
    wire->kind = (jk_wire_Kind)envelope->kind;
    wire->has_author = true;
    wire->author = node_to(&envelope->author);
    wire->has_target = true;
    wire->target = node_to(&envelope->target);
    wire->members = envelope->members;
    wire->epoch = envelope->epoch;
    wire->reason = (jk_wire_Reason)envelope->reason;
}

jk_status jk_codec_encode_envelope(const jk_envelope *envelope, jk_codec_bytes *out,
                                   jk_codec_error *error)
{
    if (envelope->body.size > JK_BODY_SIZE_MAX) {
        return jk_scan_fail(error, JK_E_OVERSIZED, "length-max", 0, "body");
    }
    jk_wire_Envelope wire;
    header_clear(&wire);
    header_fill(&wire, envelope);
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    bool good = pb_encode(&stream, jk_wire_Envelope_fields, &wire);
    if (good && envelope->body.size > 0) {
        good = pb_encode_tag(&stream, PB_WT_STRING, jk_wire_Envelope_body_tag) &&
               pb_encode_string(&stream, envelope->body.data, envelope->body.size);
    }
    if (!good) {
        return jk_scan_fail(error, JK_E_UTF8, "encode", stream.bytes_written, "");
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
