/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the codec over random messages: what is encoded is accepted and comes back the
 * same; no cut and no flipped bit crashes, and what is still accepted is canonical. */
#include "people.h"

#include <pb_common.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 60
#define FLIPS  10000

static message_room before;
static message_room after;
static uint8_t first[JK_ENVELOPE_SIZE_MAX];
static uint8_t second[JK_ENVELOPE_SIZE_MAX];

/* Where the failing property prints how to run it again. */
static void seed_show(void)
{
    print_message("JK_TEST_SEED=%llu\n", (unsigned long long)test_seed());
}

static size_t encoded(dice *d, const jk_wire_type *type, void *message, uint8_t *bytes)
{
    jk_codec_bytes out = {bytes, JK_ENVELOPE_SIZE_MAX, 0};
    jk_codec_error error;
    jk_status status = JK_E_BUG;
    for (int i = 0; i < 100 && status != JK_OK; i++) {
        message_fill(d, type, message);
        status = jk_codec_encode(type, message, NULL, &out, &error);
        /* only a certificate whose fields are all long does not fit */
        if (status != JK_OK && (status != JK_E_OVERSIZED || type != &jk_wire_type_Certificate)) {
            print_error("%s: %s %s at %zu: %s\n", type->name, jk_status_name(status), error.rule,
                        error.offset, error.path);
            fail();
        }
    }
    assert_int_equal(status, JK_OK);
    return out.size;
}

/* Decodes and, if that is accepted, sees that it encodes to the same bytes. */
static jk_status canonical(const jk_wire_type *type, const uint8_t *bytes, size_t size)
{
    memset(&after, 0xA5, type->size);
    jk_codec_error error;
    jk_status status = jk_codec_decode(type, (jk_span){bytes, size}, NULL, &after, &error);
    assert_int_equal(status, error.status);
    if (status != JK_OK) {
        const uint8_t *byte = (const uint8_t *)&after;
        assert_true(error.rule[0] != '\0');
        assert_true(error.offset <= size);
        for (size_t i = 0; i < type->size; i++) {
            assert_int_equal(byte[i], 0xA5);
        }
        return status;
    }
    jk_codec_bytes out = {second, sizeof second, 0};
    assert_int_equal(jk_codec_encode(type, &after, NULL, &out, NULL), JK_OK);
    assert_int_equal(out.size, size);
    if (size > 0) {
        assert_memory_equal(second, bytes, size);
    }
    return status;
}

static void every_type_comes_back(void **state)
{
    (void)state;
    dice d = {test_seed()};
    for (size_t t = 0; jk_wire_types[t] != NULL; t++) {
        const jk_wire_type *type = jk_wire_types[t];
        for (int i = 0; i < ROUNDS; i++) {
            size_t size = encoded(&d, type, &before, first);
            assert_int_equal(canonical(type, first, size), JK_OK);
            memset(&after, 0, type->size); /* so that padding is equal, too */
            assert_int_equal(jk_codec_decode(type, (jk_span){first, size}, NULL, &after, NULL),
                             JK_OK);
            assert_memory_equal(&before, &after, type->size);
        }
    }
}

static void every_kind_comes_back(void **state)
{
    (void)state;
    dice d = {test_seed()};
    static uint8_t body[JK_BODY_SIZE_MAX];
    uint16_t kind = 0;
    for (size_t k = 0; (kind = jk_kind_at(k)) != 0; k++) {
        for (int i = 0; i < ROUNDS; i++) {
            jk_envelope sent;
            jk_envelope received;
            jk_codec_error error;
            memset(&received, 0, sizeof received);
            envelope_fill(&d, kind, body, sizeof body, &sent);
            jk_codec_bytes out = {first, sizeof first, 0};
            jk_status status = jk_codec_encode_envelope(&sent, &out, &error);
            assert_int_equal(status, JK_OK);
            status = jk_codec_decode_envelope((jk_span){first, out.size}, &received, &error);
            assert_int_equal(status, JK_OK);
            assert_int_equal(received.body.size, sent.body.size);
            if (sent.body.size > 0) {
                assert_memory_equal(received.body.data, sent.body.data, sent.body.size);
            }
            assert_true(jk_node_equal(&received.author, &sent.author));
            assert_true(jk_node_equal(&received.target, &sent.target));
            assert_true(jk_token_equal(&received.message_id, &sent.message_id));
            assert_true(jk_token_equal(&received.case_id, &sent.case_id));
            assert_true(jk_token_equal(&received.txn, &sent.txn));
            assert_int_equal(received.kind, sent.kind);
            assert_int_equal(received.reason, sent.reason);
            assert_int_equal(received.members, sent.members);
            assert_true(received.epoch == sent.epoch);
            size_t room = jk_codec_body_type(kind)->size;
            status = jk_codec_decode_body(&received, NULL, &after, room, &error);
            if (status != JK_OK) {
                print_error("%s: %s %s %s\n", jk_kind_name(kind), jk_status_name(status),
                            error.rule, error.path);
            }
            assert_int_equal(status, JK_OK);
            jk_codec_bytes again = {second, sizeof second, 0};
            assert_int_equal(jk_codec_encode_envelope(&received, &again, NULL), JK_OK);
            assert_int_equal(again.size, out.size);
            assert_memory_equal(first, second, out.size);
        }
    }
}

/* A cut at a field's end can leave a shorter message; anything else is refused. */
static void every_cut_is_refused(void **state)
{
    (void)state;
    dice d = {test_seed()};
    for (size_t t = 0; jk_wire_types[t] != NULL; t++) {
        const jk_wire_type *type = jk_wire_types[t];
        size_t size = encoded(&d, type, &before, first);
        size_t accepted = 0;
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut + 1); /* so that a sanitizer sees any read beyond it */
            assert_non_null(exact);
            memcpy(exact, first, cut);
            accepted += canonical(type, exact, cut) == JK_OK ? 1 : 0;
            free(exact);
        }
        assert_true(accepted <= type->count * JK_MEMBERS_MAX);
    }
}

static void every_cut_of_an_envelope_is_refused(void **state)
{
    (void)state;
    dice d = {test_seed()};
    static uint8_t body[JK_BODY_SIZE_MAX];
    jk_envelope envelope;
    jk_envelope untouched;
    memset(&untouched, 0x5A, sizeof untouched);
    const jk_envelope copy = untouched;
    envelope_fill(&d, jk_wire_Kind_KIND_NOTICE, body, sizeof body, &envelope);
    jk_codec_bytes out = {first, sizeof first, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    for (size_t cut = 0; cut < out.size; cut++) {
        jk_codec_error error;
        assert_int_not_equal(jk_codec_decode_envelope((jk_span){first, cut}, &untouched, &error),
                             JK_OK);
        assert_memory_equal(&untouched, &copy, sizeof copy);
    }
}

static void flipped_bits_never_break_it(void **state)
{
    (void)state;
    dice d = {test_seed()};
    size_t types = 0;
    while (jk_wire_types[types] != NULL) {
        types++;
    }
    size_t size = 0;
    const jk_wire_type *type = NULL;
    unsigned accepted = 0;
    for (unsigned i = 0; i < FLIPS; i++) {
        if (i % 20 == 0) {
            type = jk_wire_types[dice_below(&d, (uint32_t)types)];
            size = encoded(&d, type, &before, first);
        }
        if (size == 0) {
            continue;
        }
        uint32_t bit = dice_below(&d, (uint32_t)(size < 4096 ? size : 4096) * 8);
        first[bit / 8] ^= (uint8_t)(1 << bit % 8);
        accepted += canonical(type, first, size) == JK_OK ? 1 : 0;
        first[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(accepted > 0 && accepted < FLIPS);
}

static void same_token(const jk_token *token, const pb_byte_t *bytes, size_t size)
{
    assert_int_equal(size, jk_token_is_none(token) ? 0 : sizeof token->byte);
    assert_memory_equal(token->byte, bytes, size);
}

static void same_node(const jk_node_id *node, const jk_wire_NodeId *wire)
{
    assert_int_equal(node->role, wire->role);
    assert_string_equal(node->code, wire->code);
    assert_int_equal(node->unit, wire->unit);
}

/* The envelope's fields are taken from where they stand; nanopb must find the same ones. */
static void same_as_nanopb(jk_span bytes, const jk_envelope *envelope)
{
    jk_wire_Envelope *wire = &after.envelope;
    assert_int_equal(jk_codec_decode(&jk_wire_type_Envelope, bytes, NULL, wire, NULL), JK_OK);
    assert_int_equal(envelope->kind, wire->kind);
    same_token(&envelope->message_id, wire->message_id.bytes, wire->message_id.size);
    same_token(&envelope->case_id, wire->case_id.bytes, wire->case_id.size);
    same_token(&envelope->txn, wire->txn.bytes, wire->txn.size);
    same_node(&envelope->author, &wire->author);
    same_node(&envelope->target, &wire->target);
    assert_int_equal(envelope->members, wire->members);
    assert_true(envelope->epoch == wire->epoch);
    assert_int_equal(envelope->reason, wire->reason);
    assert_int_equal(envelope->body.size, wire->body.size);
    if (wire->body.size > 0) {
        assert_memory_equal(envelope->body.data, wire->body.bytes, wire->body.size);
    }
}

static void flipped_envelopes_never_break_it(void **state)
{
    (void)state;
    dice d = {test_seed()};
    static uint8_t body[JK_BODY_SIZE_MAX];
    size_t size = 0;
    for (unsigned i = 0; i < FLIPS; i++) {
        jk_envelope envelope;
        if (i % 20 == 0) {
            envelope_fill(&d, jk_kind_at(dice_below(&d, KINDS)), body, sizeof body, &envelope);
            jk_codec_bytes made = {first, sizeof first, 0};
            assert_int_equal(jk_codec_encode_envelope(&envelope, &made, NULL), JK_OK);
            size = made.size;
        }
        uint32_t bit = dice_below(&d, (uint32_t)(size < 256 ? size : 256) * 8);
        first[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (jk_codec_decode_envelope((jk_span){first, size}, &envelope, NULL) == JK_OK) {
            same_as_nanopb((jk_span){first, size}, &envelope);
            jk_codec_bytes again = {second, sizeof second, 0};
            assert_int_equal(jk_codec_encode_envelope(&envelope, &again, NULL), JK_OK);
            assert_int_equal(again.size, size);
            assert_memory_equal(first, second, size);
            jk_status status = jk_codec_decode_body(&envelope, NULL, &after,
                                                    jk_codec_body_type(envelope.kind)->size, NULL);
            assert_int_not_equal(status, JK_E_BUG);
            assert_int_not_equal(status, JK_E_USAGE);
        }
        first[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* A field's bounds in names.c are nanopb's own. */
static void same_bounds(const jk_wire_field *field, const pb_field_iter_t *at)
{
    const bool repeated = PB_HTYPE(at->type) == PB_HTYPE_REPEATED;
    assert_int_equal(field->repeated, repeated);
    assert_int_equal(field->count, repeated ? at->array_size : 1);
    uint64_t most = UINT64_MAX;
    jk_shape shape = JK_SHAPE_MESSAGE;
    if (PB_LTYPE(at->type) == PB_LTYPE_BOOL || PB_LTYPE(at->type) == PB_LTYPE_UVARINT) {
        shape = JK_SHAPE_NUMBER;
        most = PB_LTYPE(at->type) == PB_LTYPE_BOOL ? 1 : most >> (64 - 8 * at->data_size);
    } else if (PB_LTYPE(at->type) == PB_LTYPE_STRING) {
        shape = JK_SHAPE_TEXT;
        most = at->data_size - 1U;
    } else if (PB_LTYPE(at->type) == PB_LTYPE_BYTES) {
        shape = JK_SHAPE_BYTES;
        most = at->data_size - PB_BYTES_ARRAY_T_ALLOCSIZE(0);
    }
    assert_int_equal(field->shape, shape);
    assert_true(field->most == most);
}

/* names.c stands in the order of nanopb's descriptors, and every text has a form. */
static void names_fit_the_descriptors(void **state)
{
    (void)state;
    for (size_t t = 0; jk_wire_types[t] != NULL; t++) {
        const jk_wire_type *type = jk_wire_types[t];
        assert_int_equal(type->count, type->descriptor->field_count);
        assert_true(type->size <= sizeof before);
        pb_field_iter_t at;
        if (!pb_field_iter_begin(&at, type->descriptor, NULL)) {
            continue;
        }
        uint32_t last = 0;
        do {
            const jk_wire_field *field = &type->field[at.index];
            assert_int_equal(field->tag, at.tag);
            assert_true(at.tag > last && at.tag <= 63);
            last = at.tag;
            same_bounds(field, &at);
            assert_true((PB_LTYPE_IS_SUBMSG(at.type)) == (field->type != NULL));
            assert_true(PB_LTYPE(at.type) != PB_LTYPE_STRING || field->form != JK_FORM_PLAIN);
            assert_int_equal(PB_ATYPE(at.type), PB_ATYPE_STATIC);
            if (field->type != NULL) {
                assert_ptr_equal(field->type->descriptor, at.submsg_desc);
            }
        } while (pb_field_iter_next(&at));
    }
}

int main(void)
{
    seed_show();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fit_the_descriptors),
        cmocka_unit_test(every_type_comes_back),
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_cut_of_an_envelope_is_refused),
        cmocka_unit_test(flipped_bits_never_break_it),
        cmocka_unit_test(flipped_envelopes_never_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
