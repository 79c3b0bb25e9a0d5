/* SPDX-License-Identifier: Apache-2.0 */
/* What the codec refuses: every rule with its status, name, place and field, and that the caller's
 * memory is left alone. */
#include "people.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RESIDENT "12345678903"
#define NUMBER   "123456789018"
#define CODE     "131016"

static message_room room;

static void refused_by(const jk_wire_type *type, const wire *w, const jk_codec_rules *rules,
                       jk_codec_error *error)
{
    memset(&room, 0x77, type->size);
    uint8_t *exact = malloc(w->size + 1);
    assert_non_null(exact);
    memcpy(exact, w->bytes, w->size);
    jk_status status = jk_codec_decode(type, (jk_span){exact, w->size}, rules, &room, error);
    free(exact);
    assert_int_equal(status, error->status);
    for (size_t i = 0; status != JK_OK && i < type->size; i++) {
        assert_int_equal(room.bytes[i], 0x77);
    }
}

static void refuse(const jk_wire_type *type, const wire *w, jk_status status, const char *rule,
                   const char *path)
{
    jk_codec_error error = {JK_OK, "", 0, ""};
    refused_by(type, w, NULL, &error);
    assert_string_equal(jk_status_name(error.status), jk_status_name(status));
    assert_string_equal(error.rule, rule);
    assert_string_equal(error.path, path);
}

static void accept(const jk_wire_type *type, const wire *w)
{
    jk_codec_error error = {JK_OK, "", 0, ""};
    refused_by(type, w, NULL, &error);
    assert_string_equal(error.rule, "");
    assert_int_equal(error.status, JK_OK);
}

/* A person up to and without the field of that tag; later fields follow by person_end. */
static void person_until(wire *w, uint32_t tag)
{
    w->size = 0;
    if (tag > 1) {
        put_text(w, 1, RESIDENT);
    }
    if (tag > 2) {
        put_text(w, 2, NUMBER);
    }
    if (tag > 3) {
        put_text(w, 3, "山田");
    }
    if (tag > 8) {
        put_text(w, 8, "一丁目");
    }
}

static void person_end(wire *w, uint32_t tag)
{
    if (tag < 3) {
        put_text(w, 3, "山田");
    }
    if (tag < 8) {
        put_text(w, 8, "一丁目");
    }
    if (tag < 10) {
        put_text(w, 10, CODE);
    }
}

/* A person in which the field of that tag is the given text. */
static void person_with(wire *w, uint32_t tag, const char *text)
{
    person_until(w, tag);
    put_text(w, tag, text);
    person_end(w, tag);
}

static void wire_format(void **state)
{
    (void)state;
    static wire w;
    const jk_wire_type *person = &jk_wire_type_Person;
    person_until(&w, 10);
    person_end(&w, 9);
    accept(person, &w);

    person_until(&w, 7); /* sex 1 in two bytes */
    put_byte(&w, 7 << 3);
    put_byte(&w, 0x81);
    put_byte(&w, 0x00);
    refuse(person, &w, JK_E_NOT_CANONICAL, "varint-minimal", "sex");

    person_until(&w, 7); /* eleven bytes */
    put_byte(&w, 7 << 3);
    for (int i = 0; i < 10; i++) {
        put_byte(&w, 0x81);
    }
    put_byte(&w, 0x01);
    refuse(person, &w, JK_E_WIRE, "varint-length", "sex");

    person_until(&w, 7); /* ten bytes, more than 64 bits */
    put_byte(&w, 7 << 3);
    for (int i = 0; i < 9; i++) {
        put_byte(&w, 0xFF);
    }
    put_byte(&w, 0x02);
    refuse(person, &w, JK_E_WIRE, "varint-length", "sex");

    person_until(&w, 7); /* 2^32 + 1: nanopb would cut it to 1 */
    put_number(&w, 7, (UINT64_C(1) << 32) + 1);
    refuse(person, &w, JK_E_RANGE, "number-range", "sex");

    person_until(&w, 7);
    put_byte(&w, 7 << 3 | 3);
    put_byte(&w, 7 << 3 | 4);
    refuse(person, &w, JK_E_WIRE, "group", "");
    person_until(&w, 7);
    put_byte(&w, 7 << 3 | 5);
    refuse(person, &w, JK_E_WIRE, "wire-type", "sex");
    person_until(&w, 7);
    put_byte(&w, 7 << 3 | 7);
    refuse(person, &w, JK_E_WIRE, "wire-type", "sex");
    person_until(&w, 7);
    put_text(&w, 7, "x");
    refuse(person, &w, JK_E_WIRE, "wire-type", "sex");
    person_until(&w, 8);
    put_number(&w, 8, 1);
    refuse(person, &w, JK_E_WIRE, "wire-type", "address");
}

static void tags(void **state)
{
    (void)state;
    static wire w;
    const jk_wire_type *person = &jk_wire_type_Person;
    person_until(&w, 10);
    person_end(&w, 9);
    put_number(&w, 16, 1);
    refuse(person, &w, JK_E_UNKNOWN_FIELD, "unknown-field", "");
    person_until(&w, 10);
    person_end(&w, 9);
    put_number(&w, 11, 1); /* reserved */
    refuse(person, &w, JK_E_UNKNOWN_FIELD, "unknown-field", "");
    person_until(&w, 10);
    put_number(&w, 1000000, 1);
    refuse(person, &w, JK_E_UNKNOWN_FIELD, "unknown-field", "");
    w.size = 0;
    put_number(&w, 0, 1);
    refuse(person, &w, JK_E_WIRE, "tag", "");
    w.size = 0; /* a tag of six bytes */
    for (int i = 0; i < 5; i++) {
        put_byte(&w, 0x8A);
    }
    put_byte(&w, 1);
    refuse(person, &w, JK_E_WIRE, "varint-length", "");
    w.size = 0; /* five bytes that would wrap to field 1 */
    put_varint(&w, (UINT64_C(1) << 32) + 10);
    put_varint(&w, 0);
    refuse(person, &w, JK_E_WIRE, "tag", "");
    w.size = 0; /* the largest that a tag can be */
    put_varint(&w, UINT32_MAX);
    refuse(person, &w, JK_E_UNKNOWN_FIELD, "unknown-field", "");
    w.size = 0; /* tag 1 in two bytes */
    put_byte(&w, 0x8A);
    put_byte(&w, 0x00);
    refuse(person, &w, JK_E_NOT_CANONICAL, "varint-minimal", "");

    person_until(&w, 3);
    put_text(&w, 3, "山田");
    put_text(&w, 3, "山田");
    refuse(person, &w, JK_E_REPEATED_FIELD, "repeated-field", "name");
    person_until(&w, 8);
    put_text(&w, 3, "山田");
    refuse(person, &w, JK_E_REPEATED_FIELD, "repeated-field", "name");
    person_until(&w, 9);
    put_text(&w, 4, "ヤマダ");
    refuse(person, &w, JK_E_NOT_CANONICAL, "tag-order", "");
}

static void defaults_and_lengths(void **state)
{
    (void)state;
    static wire w;
    const jk_wire_type *person = &jk_wire_type_Person;
    person_until(&w, 7);
    put_number(&w, 7, 0);
    refuse(person, &w, JK_E_NOT_CANONICAL, "default-value", "sex");
    person_with(&w, 5, "");
    refuse(person, &w, JK_E_NOT_CANONICAL, "default-value", "former_surname");
    person_with(&w, 6, "");
    refuse(person, &w, JK_E_NOT_CANONICAL, "default-value", "birth");

    person_until(&w, 8);
    put_byte(&w, 8 << 3 | 2);
    put_varint(&w, 100);
    put_byte(&w, 'x');
    refuse(person, &w, JK_E_TRUNCATED, "truncated", "address");
    person_until(&w, 8);
    put_byte(&w, 8 << 3 | 2);
    put_varint(&w, UINT64_MAX);
    refuse(person, &w, JK_E_TRUNCATED, "truncated", "address");

    w.size = 0; /* a person whose field reaches beyond it, inside a certificate */
    put_byte(&w, 1 << 3 | 2);
    put_varint(&w, 3);
    put_byte(&w, 1 << 3 | 2);
    put_varint(&w, 5);
    put_byte(&w, '1');
    put_text(&w, 2, "山田一郎");
    refuse(&jk_wire_type_Certificate, &w, JK_E_WIRE, "length", "person.resident_code");

    w.size = 0;
    refuse(person, &w, JK_E_MISSING_FIELD, "required", "resident_code");
    person_until(&w, 10);
    refuse(person, &w, JK_E_MISSING_FIELD, "required", "municipality_code");
    w.size = 0;
    put_text(&w, 2, "山田");
    refuse(&jk_wire_type_Certificate, &w, JK_E_MISSING_FIELD, "required", "person");

    static wire huge;
    huge.size = 0;
    put_many(&huge, 1, "x", JK_BODY_SIZE_MAX);
    refuse(&jk_wire_type_Cert, &huge, JK_E_OVERSIZED, "length-max", "");
}

static void offsets(void **state)
{
    (void)state;
    static wire w;
    jk_codec_error error;
    person_until(&w, 3);
    size_t start = w.size;
    put_text(&w, 3, "山\xC0\x80");
    person_end(&w, 3);
    refused_by(&jk_wire_type_Person, &w, NULL, &error);
    assert_int_equal(error.offset, start + 2 + 3);
    assert_string_equal(error.path, "name");

    static wire inner;
    inner.size = 0;
    put_number(&inner, 1, 1990);
    put_number(&inner, 2, 13);
    person_until(&w, 6);
    start = w.size;
    put_sized(&w, 6, inner.bytes, inner.size);
    person_end(&w, 6);
    refused_by(&jk_wire_type_Person, &w, NULL, &error);
    assert_int_equal(error.status, JK_E_DATE);
    assert_int_equal(error.offset, start + 2);
    assert_string_equal(error.path, "birth");
    put_number(&inner, 9, 1);
    person_until(&w, 6);
    put_sized(&w, 6, inner.bytes, inner.size);
    refuse(&jk_wire_type_Person, &w, JK_E_UNKNOWN_FIELD, "unknown-field", "birth");
}

static void texts(void **state)
{
    (void)state;
    static wire w;
    const jk_wire_type *person = &jk_wire_type_Person;
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "山\xBF",           /* the same after a character */
        "\xE5\xB1",         /* cut */
        "\xC1\xBF",         /* two bytes for one */
        "\xE0\x80\xAF",     /* three bytes for one */
        "\xED\xA0\x80",     /* half of a pair */
        "\xF4\x90\x80\x80", /* beyond U+10FFFF */
        "\xFF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        person_with(&w, 3, bad[i]);
        refuse(person, &w, JK_E_UTF8, "utf8", "name");
    }
    person_until(&w, 3);
    put_sized(&w, 3, "A\0B", 3);
    person_end(&w, 3);
    refuse(person, &w, JK_E_UTF8, "nul", "name");
    person_with(&w, 1,
                "123\xC1\xBF"
                "678903"); /* in digits too the first thing to say */
    refuse(person, &w, JK_E_UTF8, "utf8", "resident_code");
    w.size = 0;
    put_number(&w, 1, JK_ROLE_CS);
    put_sized(&w, 2,
              "1310\0"
              "6",
              6);
    refuse(&jk_wire_type_NodeId, &w, JK_E_UTF8, "nul", "code");
    w.size = 0;
    put_number(&w, 1, JK_ROLE_CS);
    put_text(&w, 2, "1310x6");
    refuse(&jk_wire_type_NodeId, &w, JK_E_MUNICIPALITY_CODE, "node-code", "code");
    person_with(&w, 3, "山\n田");
    refuse(person, &w, JK_E_NAME, "text", "name");
    person_with(&w, 3, "\xF3\xA0\x84\x80"); /* a selector without a base */
    refuse(person, &w, JK_E_NAME, "text", "name");
}

/* Names come back byte for byte: compatibility ideographs, selectors, composed and decomposed. */
static void names_are_kept(void **state)
{
    (void)state;
    static wire w;
    static const char *const names[] = {
        "\xEF\xA8\x99", /* U+FA19, which NFC would turn into U+795E */
        "\xE7\xA5\x9E",
        "葛\xF3\xA0\x84\x80城",
        "辻\xF3\xA0\x84\x81\xF3\xA0\x84\x80",
        "カ\xE3\x82\x99", /* decomposed */
        "ガ",
        "𠮷野",
        "　山田　",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        jk_codec_error error;
        person_with(&w, 3, names[i]);
        refused_by(&jk_wire_type_Person, &w, NULL, &error);
        if (i == 3) { /* two selectors on one base */
            assert_int_equal(error.status, JK_E_NAME);
            continue;
        }
        assert_int_equal(error.status, JK_OK);
        const jk_wire_Person *person = (const jk_wire_Person *)(const void *)&room;
        assert_string_equal(person->name, names[i]);
    }
}

static void numbers(void **state)
{
    (void)state;
    static wire w;
    jk_codec_error error;
    const jk_codec_rules any = {.resident_code_any_digit = true};
    const jk_wire_type *person = &jk_wire_type_Person;
    person_with(&w, 1, "12345678904");
    refuse(person, &w, JK_E_RESIDENT_CODE_CHECK, "resident-code-check", "resident_code");
    refused_by(person, &w, &any, &error);
    assert_int_equal(error.status, JK_OK);
    person_with(&w, 1, "1234567890");
    refused_by(person, &w, &any, &error);
    assert_int_equal(error.status, JK_E_RESIDENT_CODE);
    person_with(&w, 1, "1234567890x");
    refuse(person, &w, JK_E_RESIDENT_CODE, "resident-code", "resident_code");
    person_with(&w, 2, "123456789019");
    refuse(person, &w, JK_E_INDIVIDUAL_NUMBER, "individual-number", "individual_number");
    person_with(&w, 10, "131017");
    refuse(person, &w, JK_E_MUNICIPALITY_CODE, "municipality-code", "municipality_code");
    person_with(&w, 10, "000000");
    refuse(person, &w, JK_E_MUNICIPALITY_CODE, "municipality-code", "municipality_code");
    person_with(&w, 9, "100000");
    refuse(person, &w, JK_E_RANGE, "postcode", "postcode");
    person_with(&w, 9, "100-000");
    refuse(person, &w, JK_E_RANGE, "postcode", "postcode");
    person_until(&w, 7);
    put_number(&w, 7, 3);
    refuse(person, &w, JK_E_ENUM, "enum", "sex");
    person_until(&w, 7);
    put_number(&w, 7, 9);
    person_end(&w, 7);
    accept(person, &w);
}

static void request_start(wire *w)
{
    w->size = 0;
    put_text(w, 1, CODE);
}

static void request_end(wire *w)
{
    put_number(w, 3, 19800);
    put_number(w, 4, 19800);
    put_text(w, 5, "二丁目");
}

static void requests(void **state)
{
    (void)state;
    static wire w;
    const jk_wire_type *type = &jk_wire_type_CertRequest;
    request_start(&w);
    request_end(&w);
    refuse(type, &w, JK_E_MISSING_FIELD, "required", "resident_code");
    for (unsigned count = 16; count <= 17; count++) {
        request_start(&w);
        for (unsigned i = 0; i < count; i++) {
            char code[12] = "10000000000";
            code[8] = (char)('0' + i / 10);
            code[9] = (char)('0' + i % 10);
            jk_codec_error error;
            static wire one;
            for (char digit = '0'; digit <= '9'; digit++) {
                code[10] = digit;
                person_with(&one, 1, code);
                refused_by(&jk_wire_type_Person, &one, NULL, &error);
                if (error.status == JK_OK) {
                    break;
                }
            }
            put_text(&w, 2, code);
        }
        request_end(&w);
        if (count == 16) {
            accept(type, &w);
        } else {
            refuse(type, &w, JK_E_OVERSIZED, "count", "resident_code[16]");
        }
    }
    request_start(&w);
    put_text(&w, 2, RESIDENT);
    put_text(&w, 2, RESIDENT);
    request_end(&w);
    refuse(type, &w, JK_E_MEMBERS, "distinct", "resident_code");
    request_start(&w);
    put_text(&w, 2, RESIDENT);
    put_text(&w, 2, "");
    request_end(&w);
    refuse(type, &w, JK_E_RESIDENT_CODE, "resident-code", "resident_code[1]");
    request_start(&w);
    put_text(&w, 2, RESIDENT);
    request_end(&w);
    put_number(&w, 7, 1);
    refuse(type, &w, JK_E_RANGE, "card-resident", "card_resident");
    request_start(&w);
    put_text(&w, 2, RESIDENT);
    request_end(&w);
    put_number(&w, 7, 16);
    refuse(type, &w, JK_E_RANGE, "member", "card_resident");
    request_start(&w);
    put_text(&w, 2, RESIDENT);
    put_number(&w, 3, 84006);
    refuse(type, &w, JK_E_DATE, "day", "filing_day");
    w.size = 0;
    put_text(&w, 9, "op-1");
    put_text(&w, 10, "move-in");
    refuse(&jk_wire_type_VerifyRequest, &w, JK_E_MISSING_FIELD, "key", "resident_code");
    w.size = 0;
    put_text(&w, 1, RESIDENT);
    put_text(&w, 9, "Op");
    refuse(&jk_wire_type_VerifyRequest, &w, JK_E_NAME, "id", "operator_id");
}

/* A list of members as the field of Cert or Registered. */
static void list_refuse(const jk_wire_type *type, const wire *list, jk_status status,
                        const char *rule, const char *path)
{
    static wire w;
    w.size = 0;
    put_sized(&w, 1, list->bytes, list->size);
    refuse(type, &w, status, rule, path);
}

static void item(wire *list, unsigned member, const void *data, size_t size)
{
    static wire one;
    one.size = 0;
    if (member > 0) {
        put_number(&one, 1, member);
    }
    put_sized(&one, 2, data, size);
    put_sized(list, 1, one.bytes, one.size);
}

static void lists(void **state)
{
    (void)state;
    static wire list;
    static wire person;
    static const char sealed[JK_SEALED_SIZE_MAX + 2] = "s";
    const jk_wire_type *cert = &jk_wire_type_Cert;
    const jk_wire_type *registered = &jk_wire_type_Registered;

    list.size = 0;
    item(&list, 0, sealed, JK_SEALED_SIZE_MAX);
    list_refuse(cert, &list, JK_OK, "", "");
    list.size = 0;
    item(&list, 0, sealed, JK_SEALED_SIZE_MAX + 1);
    list_refuse(cert, &list, JK_E_OVERSIZED, "length-max", "members[0].data");
    list.size = 0;
    item(&list, 1, sealed, 5);
    item(&list, 1, sealed, 5);
    list_refuse(cert, &list, JK_E_NOT_CANONICAL, "member-order", "members[1]");
    list.size = 0;
    item(&list, 16, sealed, 5);
    list_refuse(cert, &list, JK_E_RANGE, "member", "members[0].member");
    list.size = 0;
    put_text(&list, 2, "x");
    list_refuse(cert, &list, JK_E_UNKNOWN_FIELD, "unknown-field", "members[0]");
    list.size = 0;
    put_text(&list, 1, "");
    list_refuse(cert, &list, JK_E_MISSING_FIELD, "required", "members[0].data");
    list.size = 0;
    put_byte(&list, 0x0A);
    put_varint(&list, 20);
    put_byte(&list, 0);
    list_refuse(cert, &list, JK_E_WIRE, "length", "members[0]");
    list.size = 0;
    put_byte(&list, 0x0A);
    list_refuse(cert, &list, JK_E_TRUNCATED, "truncated", "members[0]");
    list.size = 0;
    for (unsigned i = 0; i < 16; i++) {
        item(&list, i, sealed, 900);
    }
    list_refuse(cert, &list, JK_OK, "", "");
    list.size = 0;
    for (unsigned i = 0; i < 12; i++) {
        item(&list, i == 10 ? 9 : i, sealed, 5);
    }
    list_refuse(cert, &list, JK_E_NOT_CANONICAL, "member-order", "members[10]");
    list.size = 0;
    for (unsigned i = 0; i < 16; i++) {
        item(&list, i, sealed, 900);
    }
    item(&list, 15, sealed, 1);
    list_refuse(cert, &list, JK_E_OVERSIZED, "count", "members[16]");

    list.size = 0;
    item(&list, 0, sealed, JK_PERSON_SIZE_MAX); /* read, and no person */
    list_refuse(registered, &list, JK_E_WIRE, "group", "members[0]");
    list.size = 0;
    item(&list, 0, sealed, JK_PERSON_SIZE_MAX + 1);
    list_refuse(registered, &list, JK_E_OVERSIZED, "length-max", "members[0].data");

    person_until(&person, 10);
    person_end(&person, 9);
    list.size = 0;
    item(&list, 3, person.bytes, person.size);
    list_refuse(registered, &list, JK_OK, "", "");
    person_with(&person, 10, "131017");
    item(&list, 4, person.bytes, person.size);
    list_refuse(registered, &list, JK_E_MUNICIPALITY_CODE, "municipality-code",
                "members[1].municipality_code");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wire_format),
        cmocka_unit_test(tags),
        cmocka_unit_test(defaults_and_lengths),
        cmocka_unit_test(offsets),
        cmocka_unit_test(texts),
        cmocka_unit_test(names_are_kept),
        cmocka_unit_test(numbers),
        cmocka_unit_test(requests),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
