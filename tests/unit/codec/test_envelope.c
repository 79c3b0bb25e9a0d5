/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope, the table of kinds, and every bound of every field at n and n + 1. */
#include "people.h"
#include "wire.h"

#include <pb_common.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define RESIDENT "12345678903"

static uint8_t made[JK_ENVELOPE_SIZE_MAX];
static const uint8_t release_body[1] = {0};

/* A RELEASE from one CS to another: the smallest whole message. */
static jk_envelope release(void)
{
    jk_envelope envelope = {
        .kind = jk_wire_Kind_KIND_RELEASE,
        .author = {JK_ROLE_CS, "131016", 0},
        .target = {JK_ROLE_CS, "011002", 0},
        .message_id = {{1}},
        .txn = {{2}},
        .body = {release_body, 0},
    };
    return envelope;
}

static void encode_refuse(const jk_envelope *envelope, jk_status status, const char *rule,
                          const char *path)
{
    jk_codec_error error;
    memset(made, 0x33, sizeof made);
    jk_codec_bytes out = {made, sizeof made, 7};
    assert_int_equal(jk_codec_encode_envelope(envelope, &out, &error), status);
    assert_int_equal(error.status, status);
    assert_string_equal(error.rule, rule);
    assert_string_equal(error.path, path);
    assert_int_equal(out.size, 7);
    assert_int_equal(made[0], 0x33);
}

/* The same header by hand, so that wrong values reach the decoder. */
static void header(wire *w, uint64_t version, uint64_t kind)
{
    static const uint8_t id[16] = {1};
    w->size = 0;
    if (version != 0) {
        put_number(w, 1, version);
    }
    if (kind != 0) {
        put_number(w, 2, kind);
    }
    put_sized(w, 3, id, sizeof id);
}

static void nodes(wire *w)
{
    static const uint8_t txn[16] = {2};
    put_sized(w, 5, txn, sizeof txn);
    for (uint32_t tag = 6; tag <= 7; tag++) {
        static wire node;
        node.size = 0;
        put_number(&node, 1, JK_ROLE_CS);
        put_text(&node, 2, tag == 6 ? "131016" : "011002");
        put_sized(w, tag, node.bytes, node.size);
    }
}

static void decode_refuse(const wire *w, jk_status status, const char *rule, const char *path)
{
    jk_codec_error error = {JK_OK, "", 0, ""};
    jk_envelope envelope;
    memset(&envelope, 0x44, sizeof envelope);
    const jk_envelope before = envelope;
    jk_status got = jk_codec_decode_envelope((jk_span){w->bytes, w->size}, &envelope, &error);
    assert_string_equal(jk_status_name(got), jk_status_name(status));
    assert_string_equal(error.rule, rule);
    assert_string_equal(error.path, path);
    if (got != JK_OK) {
        assert_memory_equal(&envelope, &before, sizeof before);
    }
}

static void versions_and_kinds(void **state)
{
    (void)state;
    static wire w;
    header(&w, 1, jk_wire_Kind_KIND_RELEASE);
    nodes(&w);
    decode_refuse(&w, JK_OK, "", "");
    header(&w, 0, jk_wire_Kind_KIND_RELEASE);
    nodes(&w);
    decode_refuse(&w, JK_E_VERSION, "version", "");
    header(&w, 2, 9999); /* a later version is told before anything that it may have changed */
    put_number(&w, 50, 1);
    decode_refuse(&w, JK_E_VERSION, "version", "version");
    header(&w, UINT64_MAX, jk_wire_Kind_KIND_RELEASE);
    decode_refuse(&w, JK_E_VERSION, "version", "version");
    static const uint64_t wrong[] = {1, 100, 107, 300, 334, 806, 901, 902, 903, 65536 + 304};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        header(&w, 1, wrong[i]);
        nodes(&w);
        decode_refuse(&w, JK_E_KIND, "kind", "kind");
    }
    header(&w, 1, 0);
    nodes(&w);
    decode_refuse(&w, JK_E_MISSING_FIELD, "required", "kind");
    w.size = 0;
    decode_refuse(&w, JK_E_VERSION, "version", "");
    static wire large;
    large.size = JK_ENVELOPE_SIZE_MAX + 1;
    decode_refuse(&large, JK_E_OVERSIZED, "length-max", "");
}

static void ids(void **state)
{
    (void)state;
    static wire w;
    static const uint8_t zero[256] = {0};
    static const uint8_t one[256] = {1};
    for (size_t size = 15; size <= 17; size++) {
        header(&w, 1, jk_wire_Kind_KIND_RELEASE);
        put_sized(&w, 4, one, size);
        nodes(&w);
        jk_status status = size == 15 ? JK_E_RANGE : size == 16 ? JK_OK : JK_E_OVERSIZED;
        decode_refuse(&w, status,
                      size == 15   ? "token"
                      : size == 16 ? ""
                                   : "length-max",
                      size == 16 ? "" : "case_id");
    }
    header(&w, 1, jk_wire_Kind_KIND_RELEASE);
    put_sized(&w, 4, zero, 16); /* no case is no field */
    nodes(&w);
    decode_refuse(&w, JK_E_NOT_CANONICAL, "token", "case_id");
    jk_envelope envelope = release();
    envelope.message_id = (jk_token){{0}};
    encode_refuse(&envelope, JK_E_MISSING_FIELD, "required", "message_id");
}

static void node_names(void **state)
{
    (void)state;
    jk_envelope envelope = release();
    memcpy(envelope.author.code, "131017", 7);
    encode_refuse(&envelope, JK_E_MUNICIPALITY_CODE, "node", "author");
    memcpy(envelope.author.code, "000000", 7);
    encode_refuse(&envelope, JK_E_MUNICIPALITY_CODE, "node", "author");
    envelope = release();
    envelope.target.role = JK_ROLE_NATIONAL;
    encode_refuse(&envelope, JK_E_MUNICIPALITY_CODE, "node", "target");
    envelope.target.role = JK_ROLE_NONE;
    encode_refuse(&envelope, JK_E_MISSING_FIELD, "required", "target.role");
    envelope.target.role = 7;
    encode_refuse(&envelope, JK_E_ENUM, "enum", "target.role");
    static const jk_role central[] = {JK_ROLE_NATIONAL, JK_ROLE_CARDS};
    for (size_t i = 0; i < 2; i++) {
        jk_codec_bytes out = {made, sizeof made, 0};
        envelope = release();
        envelope.target = (jk_node_id){(uint8_t)central[i], "000000", UINT16_MAX};
        assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    }
}

static void model_fields(void **state)
{
    (void)state;
    jk_codec_bytes out = {made, sizeof made, 0};
    jk_envelope envelope = release();
    envelope.members = 0xFFFF;
    envelope.epoch = JK_EPOCH_MAX;
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    envelope.members = 0x10000;
    encode_refuse(&envelope, JK_E_RANGE, "members", "members");
    envelope = release();
    envelope.epoch = JK_EPOCH_MAX + 1;
    encode_refuse(&envelope, JK_E_RANGE, "epoch", "epoch");
    envelope = release();
    envelope.reason = 9;
    encode_refuse(&envelope, JK_E_ENUM, "enum", "reason");
    envelope = release();
    envelope.txn = (jk_token){{0}};
    encode_refuse(&envelope, JK_E_MISSING_FIELD, "required", "txn");
    envelope = release();
    envelope.kind = jk_wire_Kind_KIND_REFUSAL;
    encode_refuse(&envelope, JK_E_MISSING_FIELD, "required", "reason");
}

/* Every required field of every kind, taken away alone. */
static void every_required_field(void **state)
{
    (void)state;
    static uint8_t body[JK_BODY_SIZE_MAX];
    dice d = {test_seed()};
    uint16_t kind = 0;
    size_t refused = 0;
    for (size_t k = 0; (kind = jk_kind_at(k)) != 0; k++) {
        for (unsigned bit = 1; bit <= JK_MODEL_REASON; bit *= 2) {
            jk_envelope envelope;
            envelope_fill(&d, kind, body, sizeof body, &envelope);
            envelope.case_id = bit == JK_MODEL_CASE ? (jk_token){{0}} : envelope.case_id;
            envelope.txn = bit == JK_MODEL_TXN ? (jk_token){{0}} : envelope.txn;
            envelope.members = bit == JK_MODEL_MEMBERS ? 0 : envelope.members;
            envelope.epoch = bit == JK_MODEL_EPOCH ? 0 : envelope.epoch;
            envelope.reason = bit == JK_MODEL_REASON ? 0 : envelope.reason;
            jk_codec_bytes out = {made, sizeof made, 0};
            jk_status status = jk_codec_encode_envelope(&envelope, &out, NULL);
            bool required = (jk_kind_required(kind) & bit) != 0;
            assert_int_equal(status, required ? JK_E_MISSING_FIELD : JK_OK);
            refused += required ? 1 : 0;
        }
    }
    assert_int_equal(refused, 86);
}

static void bodies(void **state)
{
    (void)state;
    static uint8_t body[JK_BODY_SIZE_MAX + 1];
    static jk_wire_Cert cert;
    jk_envelope envelope = release();
    envelope.body = (jk_span){body, 1};
    encode_refuse(&envelope, JK_E_UNKNOWN_FIELD, "body", "body");
    jk_codec_error where;
    jk_codec_bytes small = {made, sizeof made, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &small, &where), JK_E_UNKNOWN_FIELD);
    envelope.body.size = 0;
    assert_int_equal(jk_codec_encode_envelope(&envelope, &small, NULL), JK_OK);
    assert_int_equal(where.offset,
                     small.size + 2); /* the body's first byte: tag and length before */
    envelope.kind = jk_wire_Kind_KIND_CERT_REQUEST;
    envelope.body.size = 0;
    encode_refuse(&envelope, JK_E_MISSING_FIELD, "body", "body");
    jk_codec_bytes out = {made, sizeof made, 0};
    envelope.body.size = JK_BODY_SIZE_MAX; /* its content is not the envelope's matter */
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    envelope.body.size = JK_BODY_SIZE_MAX + 1;
    encode_refuse(&envelope, JK_E_OVERSIZED, "length-max", "body");

    dice d = {test_seed()};
    jk_codec_error error;
    envelope_fill(&d, jk_wire_Kind_KIND_CERT, body, sizeof body, &envelope);
    jk_status status = jk_codec_decode_body(&envelope, NULL, &cert, sizeof cert - 1, NULL);
    assert_int_equal(status, JK_E_USAGE);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, NULL, 0, &error), JK_OK);
    envelope.members ^= 1;
    status = jk_codec_decode_body(&envelope, NULL, &cert, sizeof cert, &error);
    assert_int_equal(status, JK_E_MEMBERS);
    assert_string_equal(error.rule, "member-mask");
    envelope_fill(&d, jk_wire_Kind_KIND_NOTICE, body, sizeof body, &envelope);
    envelope.members = envelope.members << 1 | 1;
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, NULL, 0, &error), JK_E_MEMBERS);
    envelope_fill(&d, jk_wire_Kind_KIND_ENTRY, body, sizeof body, &envelope);
    envelope.kind = jk_wire_Kind_KIND_REMOVAL;
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, NULL, 0, &error), JK_E_RANGE);
    assert_string_equal(error.path, "change_reason");
    envelope.kind = jk_wire_Kind_KIND_ACK;
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, NULL, 0, &error), JK_E_KIND);
}

/* Encodes a record as that kind's body; JK_OK, or why not and where. */
static jk_status record_status(uint16_t kind, const jk_wire_LogRecord *record, const char **path)
{
    static uint8_t bytes[JK_BODY_SIZE_MAX];
    static jk_codec_error error;
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    const jk_status status = jk_codec_encode_body(kind, record, NULL, &out, &error);
    *path = error.path;
    return status;
}

/* 308 may begin a residence and end one; the beginning says under which code it was before. */
static void a_code_that_changed(void **state)
{
    (void)state;
    static uint8_t body[JK_BODY_SIZE_MAX];
    static jk_wire_LogRecord record;
    const uint16_t entry = jk_wire_Kind_KIND_ENTRY;
    const uint16_t removal = jk_wire_Kind_KIND_REMOVAL;
    const char *path = "";
    dice d = {test_seed()};
    jk_envelope envelope;
    envelope_fill(&d, entry, body, sizeof body, &envelope);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, &record, sizeof record, NULL), JK_OK);
    memcpy(record.previous_resident_code, "12345678903", 12);
    assert_int_equal(record_status(entry, &record, &path), JK_E_RANGE); /* 101 */
    assert_string_equal(path, "change_reason");
    record.change_reason = jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    assert_int_equal(record_status(entry, &record, &path), JK_OK);
    assert_int_equal(record_status(removal, &record, &path), JK_E_RANGE);
    record.previous_resident_code[10] = '4';
    assert_int_equal(record_status(entry, &record, &path), JK_E_RESIDENT_CODE_CHECK);
    record.previous_resident_code[0] = '\0';
    assert_int_equal(record_status(removal, &record, &path), JK_OK);
    assert_int_equal(record_status(entry, &record, &path), JK_E_MISSING_FIELD);
    assert_string_equal(path, "previous_resident_code");
    record.change_reason = jk_wire_ChangeReason_CHANGE_CODE_ENTRY; /* 309 is neither */
    assert_int_equal(record_status(removal, &record, &path), JK_E_RANGE);
}

/* UPDATE: a residence goes on, so the record names it; the code stays what it is. */
static void a_record_that_changed(void **state)
{
    (void)state;
    static uint8_t body[JK_BODY_SIZE_MAX];
    static jk_wire_LogRecord record;
    const uint16_t update = jk_wire_Kind_KIND_UPDATE;
    const uint16_t none[] = {101, 209, 308, 309, 310, 311, 312, 313};
    const uint16_t right[] = {301, 307, 314, 320};
    const char *path = "";
    dice d = {test_seed()};
    jk_envelope envelope;
    envelope_fill(&d, update, body, sizeof body, &envelope);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, &record, sizeof record, NULL), JK_OK);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        record.change_reason = (jk_wire_ChangeReason)none[i];
        assert_int_equal(record_status(update, &record, &path), JK_E_RANGE);
        assert_string_equal(path, "change_reason");
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        record.change_reason = (jk_wire_ChangeReason)right[i];
        assert_int_equal(record_status(update, &record, &path), JK_OK);
    }
    memcpy(record.previous_resident_code, "12345678903", 12);
    assert_int_equal(record_status(update, &record, &path), JK_E_RANGE);
    assert_string_equal(path, "previous_resident_code");
    record.previous_resident_code[0] = '\0';
    record.change_reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    assert_int_equal(record_status(jk_wire_Kind_KIND_ENTRY, &record, &path), JK_E_UNKNOWN_FIELD);
    assert_string_equal(path, "episode");
    record.change_reason = jk_wire_ChangeReason_CHANGE_MINOR_CORRECTION;
    record.episode = 0;
    assert_int_equal(record_status(update, &record, &path), JK_E_MISSING_FIELD);
    assert_string_equal(path, "episode");
}

/* CHANGED: the same reasons. */
static void what_a_registry_reports(void **state)
{
    (void)state;
    static uint8_t body[JK_BODY_SIZE_MAX];
    static jk_wire_Changed changed;
    const uint16_t kind = jk_wire_Kind_KIND_CHANGED;
    jk_codec_error error;
    dice d = {test_seed()};
    jk_envelope envelope;
    envelope_fill(&d, kind, body, sizeof body, &envelope);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, &changed, sizeof changed, NULL), JK_OK);
    jk_codec_bytes out = {body, sizeof body, 0};
    changed.change_reason = jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    assert_int_equal(jk_codec_encode_body(kind, &changed, NULL, &out, &error), JK_E_RANGE);
    assert_string_equal(error.path, "change_reason");
    changed.change_reason = jk_wire_ChangeReason_CHANGE_FURIGANA;
    assert_int_equal(jk_codec_encode_body(kind, &changed, NULL, &out, &error), JK_OK);
    changed.change_day = 0;
    assert_int_equal(jk_codec_encode_body(kind, &changed, NULL, &out, &error), JK_E_MISSING_FIELD);
}

static void capacities(void **state)
{
    (void)state;
    jk_envelope envelope = release();
    jk_codec_bytes out = {made, sizeof made, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    size_t size = out.size;
    memset(made, 0x33, sizeof made);
    out = (jk_codec_bytes){made, size - 1, 7};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_E_OVERSIZED);
    assert_int_equal(out.size, 7);
    assert_int_equal(made[0], 0x33);
    out.capacity = size;
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    assert_int_equal(out.size, size);
    assert_int_equal(made[size], 0x33);
}

/* The same of a message that is no envelope; and a text that is none. */
static void capacities_of_messages(void **state)
{
    (void)state;
    jk_wire_NodeId node = {.role = jk_wire_Role_ROLE_CS, .code = "131016", .unit = 300};
    jk_codec_error error;
    jk_codec_bytes out = {made, sizeof made, 0};
    assert_int_equal(jk_codec_encode(&jk_wire_type_NodeId, &node, NULL, &out, NULL), JK_OK);
    const size_t size = out.size;
    for (size_t room = size - 1; room <= size; room++) {
        memset(made, 0x33, sizeof made);
        out = (jk_codec_bytes){made, room, 7};
        const jk_status status = jk_codec_encode(&jk_wire_type_NodeId, &node, NULL, &out, &error);
        assert_int_equal(status, room == size ? JK_OK : JK_E_OVERSIZED);
        assert_int_equal(out.size, room == size ? size : 7);
        assert_int_equal(made[room == size ? size : 0], 0x33);
    }
    memcpy(node.code, "1310\xFF", 6);
    out = (jk_codec_bytes){made, sizeof made, 7};
    assert_int_equal(jk_codec_encode(&jk_wire_type_NodeId, &node, NULL, &out, &error), JK_E_UTF8);
    assert_int_equal(error.status, JK_E_UTF8);
    assert_int_equal(out.size, 7);
}

static void kinds(void **state)
{
    (void)state;

    static const struct {
        const char *name;
        jk_role from;
        jk_role to;
    } pairs[] = {
        {"ENTRY", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"ENTRY", JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL},
        {"REMOVAL", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"REMOVAL", JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL},
        {"VERIFY_REQUEST", JK_ROLE_TERMINAL, JK_ROLE_CS},
        {"VERIFY_REQUEST", JK_ROLE_CS, JK_ROLE_NATIONAL},
        {"VERIFY_RESULT", JK_ROLE_NATIONAL, JK_ROLE_CS},
        {"VERIFY_RESULT", JK_ROLE_CS, JK_ROLE_TERMINAL},
        {"CERT_REQUEST", JK_ROLE_TERMINAL, JK_ROLE_CS},
        {"CERT_REQUEST", JK_ROLE_CS, JK_ROLE_CS},
        {"CERT", JK_ROLE_CS, JK_ROLE_CS},
        {"REFUSAL", JK_ROLE_CS, JK_ROLE_CS},
        {"RELEASE", JK_ROLE_CS, JK_ROLE_CS},
        {"REGISTER", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"REGISTERED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"REJECTED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"STOP", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"STOPPED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"NOTICE", JK_ROLE_CS, JK_ROLE_CS},
        {"ACCEPTED", JK_ROLE_CS, JK_ROLE_CS},
        {"CANCEL", JK_ROLE_TERMINAL, JK_ROLE_CS},
        {"DONE", JK_ROLE_CS, JK_ROLE_TERMINAL},
        {"REFUSED", JK_ROLE_CS, JK_ROLE_TERMINAL},
        {"DISPUTED", JK_ROLE_CS, JK_ROLE_CS},
        {"DISPUTED", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"RETRY", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"CORRECTED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"WITHDRAWN", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"WITHDRAW", JK_ROLE_CS, JK_ROLE_CS},
        {"FILED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"REMOVED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"RESTORED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"CANCEL_OUT", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"CANCEL_OK", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"CANCEL_REFUSED", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"MOVED", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"GRANT_STATUS", JK_ROLE_CS, JK_ROLE_CS},
        {"HOLDS", JK_ROLE_CS, JK_ROLE_CS},
        {"DEATH", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"DIED", JK_ROLE_CS, JK_ROLE_CS},
        {"DIED", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"RECODE", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"RECODE_OK", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"RECODE_REFUSED", JK_ROLE_CS, JK_ROLE_REGISTRY},
        {"CONTINUE", JK_ROLE_CS, JK_ROLE_CARDS},
        {"CONTINUED", JK_ROLE_CARDS, JK_ROLE_CS},
        {"CONTINUED", JK_ROLE_CS, JK_ROLE_TERMINAL},
        {"CONTINUE_REFUSED", JK_ROLE_CARDS, JK_ROLE_CS},
        {"CARD_STATUS", JK_ROLE_CS, JK_ROLE_CARDS},
        {"UPDATE", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"UPDATE", JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL},
        {"CHANGED", JK_ROLE_REGISTRY, JK_ROLE_CS},
        {"REPAIR", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"REPAIR", JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL},
        {"ENTRY_REFUSED", JK_ROLE_PREFECTURE, JK_ROLE_CS},
        {"ENTRY_REFUSED", JK_ROLE_NATIONAL, JK_ROLE_CS},
        {"MARKER", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"MARKER", JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL},
        {"CHECK", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"CHECK", JK_ROLE_CS, JK_ROLE_NATIONAL},
        {"MORE_CELLS", JK_ROLE_PREFECTURE, JK_ROLE_CS},
        {"MORE_CELLS", JK_ROLE_NATIONAL, JK_ROLE_CS},
        {"CELLS", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"CELLS", JK_ROLE_CS, JK_ROLE_NATIONAL},
        {"COMPARED", JK_ROLE_PREFECTURE, JK_ROLE_CS},
        {"COMPARED", JK_ROLE_NATIONAL, JK_ROLE_CS},
        {"COMPARED", JK_ROLE_NATIONAL, JK_ROLE_PREFECTURE},
        {"CLOSE", JK_ROLE_CS, JK_ROLE_PREFECTURE},
        {"CLOSE", JK_ROLE_CS, JK_ROLE_NATIONAL},
        {"CARD_STATE", JK_ROLE_CARDS, JK_ROLE_CS},
    };

    size_t allowed = 0;
    uint16_t kind = 0;
    uint16_t last = 0;
    for (size_t k = 0; (kind = jk_kind_at(k)) != 0; k++) {
        assert_true(kind > last && jk_kind_in_envelope(kind));
        last = kind;
        assert_int_equal(jk_kind_by_name(jk_kind_name(kind)), kind);
        for (int from = JK_ROLE_NONE; from <= JK_ROLE_CARDS; from++) {
            for (int to = JK_ROLE_NONE; to <= JK_ROLE_CARDS; to++) {
                allowed += jk_kind_allowed(kind, (jk_role)from, (jk_role)to) ? 1 : 0;
            }
        }
    }
    assert_int_equal(allowed, sizeof pairs / sizeof pairs[0]);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_true(jk_kind_allowed(jk_kind_by_name(pairs[i].name), pairs[i].from, pairs[i].to));
    }
    /* all kinds of the .proto but NONE and the transport's three have a row */
    assert_int_equal(jk_wire_enum_Kind.count - 4, KINDS);
    assert_int_equal(jk_kind_at(KINDS - 1), jk_wire_Kind_KIND_CARD_STATE);
    assert_int_equal(jk_kind_at(KINDS), 0);
    assert_int_equal(jk_kind_by_name("cert-request"), jk_wire_Kind_KIND_CERT_REQUEST);
    assert_int_equal(jk_kind_by_name("cert-requests"), 0);
    assert_int_equal(jk_kind_by_name("none"), 0);
    assert_string_equal(jk_kind_name(0), "?");
    assert_true(jk_kind_forwarded(jk_wire_Kind_KIND_ENTRY));
    assert_false(jk_kind_forwarded(jk_wire_Kind_KIND_NOTICE));
    assert_ptr_equal(jk_codec_type_by_name("entry", &kind), &jk_wire_type_LogRecord);
    assert_int_equal(kind, jk_wire_Kind_KIND_ENTRY);
    assert_ptr_equal(jk_codec_type_by_name("Person", &kind), &jk_wire_type_Person);
    assert_int_equal(kind, 0);
    assert_null(jk_codec_type_by_name("ack", &kind));
    assert_null(jk_codec_type_by_name("", &kind));
}

/* What reading a lone field of a type says; other required fields are then missing at most. */
static const char *field_rule(const jk_wire_type *type, const wire *w)
{
    jk_codec_error error = {JK_OK, "", 0, ""};
    jk_status status = jk_codec_decode(type, (jk_span){w->bytes, w->size}, NULL, NULL, &error);
    assert_int_equal(status, error.status);
    return error.rule;
}

/* Each text and each bytes field holds its n bytes and not n + 1; each number its C type. */
static void every_bound(void **state)
{
    (void)state;
    static wire w;
    size_t fields = 0;
    for (size_t t = 0; jk_wire_types[t] != NULL; t++) {
        const jk_wire_type *type = jk_wire_types[t];
        pb_field_iter_t at;
        if (!pb_field_iter_begin(&at, type->descriptor, NULL)) {
            continue;
        }
        do {
            bool text = PB_LTYPE(at.type) == PB_LTYPE_STRING;
            size_t max = text ? at.data_size - 1u : at.data_size - sizeof(pb_size_t);
            if (!text && PB_LTYPE(at.type) != PB_LTYPE_BYTES) {
                continue;
            }
            w.size = 0;
            put_many(&w, at.tag, "x", max);
            assert_string_not_equal(field_rule(type, &w), "length-max");
            w.size = 0;
            put_many(&w, at.tag, "x", max + 1);
            assert_string_equal(field_rule(type, &w), "length-max");
            fields++;
        } while (pb_field_iter_next(&at));
    }
    assert_true(fields > 60);
}

/* Characters, each with a selector of four bytes, at n and n + 1; and n + 1 short ones. */
static void every_character_bound(void **state)
{
    (void)state;

    static const struct {
        const jk_wire_type *type;
        uint32_t tag;
        const char *longest;
        size_t points_max;
    } rows[] = {
        {&jk_wire_type_Person, 3, "𠮷\xF3\xA0\x84\x80", 100},
        {&jk_wire_type_Person, 4, "ヤ", 200},
        {&jk_wire_type_Person, 5, "𠮷\xF3\xA0\x84\x80", 100},
        {&jk_wire_type_Person, 8, "𠮷\xF3\xA0\x84\x80", 200},
        {&jk_wire_type_Certificate, 3, "𠮷\xF3\xA0\x84\x80", 50},
        {&jk_wire_type_Rejected, 1, "a", 32},
    };

    static wire w;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w.size = 0;
        put_many(&w, rows[i].tag, rows[i].longest, rows[i].points_max);
        const char *rule = field_rule(rows[i].type, &w);
        assert_true(strcmp(rule, "required") == 0 || strcmp(rule, "") == 0);
        w.size = 0;
        put_many(&w, rows[i].tag, rows[i].longest, rows[i].points_max + 1);
        assert_string_equal(field_rule(rows[i].type, &w), "length-max");
        w.size = 0;
        put_many(&w, rows[i].tag, "a", rows[i].points_max + 1);
        rule = field_rule(rows[i].type, &w);
        assert_string_equal(rule, rows[i].points_max == 32 ? "length-max" : "text");
    }
}

/* A certificate of exactly the largest size, and one byte more. */
static void certificate_size(void **state)
{
    (void)state;
    static jk_wire_Certificate certificate;
    static uint8_t bytes[JK_CERT_SIZE_MAX + 100];
    memset(&certificate, 0, sizeof certificate);
    certificate.has_person = true;
    memcpy(certificate.person.resident_code, RESIDENT, 12);
    memcpy(certificate.person.name, "A", 2);
    memcpy(certificate.person.address, "B", 2);
    memcpy(certificate.person.municipality_code, "131016", 7);
    memcpy(certificate.head_name, "A", 2);
    memcpy(certificate.relationship, "C", 2);
    certificate.planned_out_day = 19800;
    certificate.filing_day = 19790;
    for (size_t i = 0; i < 200; i++) {
        memcpy(certificate.koseki_place + 8 * i, "𠮷\xF3\xA0\x84\x80", 8);
        memcpy(certificate.person.address + 8 * i, "𠮷\xF3\xA0\x84\x80", 8);
    }
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    size_t used = 0;
    jk_status status = JK_OK;
    for (; status == JK_OK && used < 100; used++) { /* grows by 8 bytes a turn, at most */
        memcpy(certificate.koseki_head + 8 * used, "𠮷\xF3\xA0\x84\x80", 9);
        status = jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, &out, NULL);
    }
    assert_int_equal(status, JK_E_OVERSIZED);
    certificate.koseki_head[8 * (used - 1)] = '\0';
    while (jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, &out, NULL) == JK_OK &&
           out.size < JK_CERT_SIZE_MAX) {
        size_t size = strlen(certificate.relationship);
        assert_true(size < 50);
        memcpy(certificate.relationship + size, "C", 2);
    }
    assert_int_equal(out.size, JK_CERT_SIZE_MAX);
    memcpy(certificate.head_name, "AA", 3);
    jk_codec_error error;
    status = jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, &out, &error);
    assert_int_equal(status, JK_E_OVERSIZED);
    assert_string_equal(error.rule, "length-max");
}

/* The worked example of spec/wire/README.md: its hex is what these values encode to. */
static void worked_example(void **state)
{
    (void)state;
    static char text[200000];
    static wire w;
    FILE *file = fopen(JK_SOURCE_DIR "/spec/wire/README.md", "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    uint16_t kind = 0;
    for (size_t k = 0; (kind = jk_kind_at(k)) != 0; k++) { /* and its table names every kind */
        char row[64];
        (void)snprintf(row, sizeof row, "| %u | `%s` |", (unsigned)kind, jk_kind_name(kind));
        assert_non_null(strstr(text, row));
    }
    const char *at = strstr(text, "```hex\n");
    assert_non_null(at);
    for (at += 7; *at != '`' && *at != '\0';) { /* two digits, or a comment to the line's end */
        unsigned byte = 0;
        if (*at == '#') {
            at += strcspn(at, "\n");
        } else if (*at == ' ' || *at == '\n') {
            at++;
        } else {
            assert_int_equal(sscanf(at, "%2x", &byte), 1);
            put_byte(&w, byte);
            at += 2;
        }
    }
    jk_envelope envelope;
    jk_wire_Continue body = jk_wire_Continue_init_zero;
    jk_codec_error error = {JK_OK, "", 0, ""};
    jk_span bytes = {w.bytes, w.size};
    assert_int_equal(jk_codec_decode_envelope(bytes, &envelope, &error), JK_OK);
    assert_int_equal(envelope.kind, jk_wire_Kind_KIND_CONTINUE);
    assert_int_equal(envelope.target.role, JK_ROLE_CARDS);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, &body, sizeof body, &error), JK_OK);
    assert_string_equal(body.resident_code, RESIDENT);
    assert_string_equal(body.municipality_code, "131016");
    assert_int_equal(body.filing_day, 19814);
    jk_codec_bytes out = {made, sizeof made, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    assert_int_equal(out.size, w.size);
    assert_memory_equal(made, w.bytes, w.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_kinds),
        cmocka_unit_test(ids),
        cmocka_unit_test(node_names),
        cmocka_unit_test(model_fields),
        cmocka_unit_test(every_required_field),
        cmocka_unit_test(bodies),
        cmocka_unit_test(a_code_that_changed),
        cmocka_unit_test(a_record_that_changed),
        cmocka_unit_test(what_a_registry_reports),
        cmocka_unit_test(capacities),
        cmocka_unit_test(capacities_of_messages),
        cmocka_unit_test(kinds),
        cmocka_unit_test(every_bound),
        cmocka_unit_test(every_character_bound),
        cmocka_unit_test(certificate_size),
        cmocka_unit_test(worked_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
