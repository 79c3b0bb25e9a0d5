/* SPDX-License-Identifier: Apache-2.0 */
/* Two records side by side: every field by itself, who has the record, what cannot be read. */
#include "node/differ.h"

#include "juki/codec.h"
#include "names.h"
#include "person.pb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What was told, "field:server>cs;" one after the other; a side without the record is "-". */
typedef struct told {
    unsigned count;
    char text[8192];
} told;

static void tell(void *arg, const jk_differ_field *field)
{
    told *t = arg;
    const size_t used = strlen(t->text);
    t->count++;
    assert_non_null(field->name_ja);
    (void)snprintf(t->text + used, sizeof t->text - used, "%s:%s>%s;", field->name,
                   field->server != NULL ? field->server : "-",
                   field->cs != NULL ? field->cs : "-");
}

/* A synthetic person; the codes are those of no one: their check digits are not looked at. */
static const jk_wire_Person somebody = {
    .resident_code = "12345678901",
    .name = "試験 花子",
    .kana = "シケン ハナコ",
    .has_birth = true,
    .birth = {1980, 4, 1, jk_wire_DateQualifier_DATE_EXACT},
    .sex = jk_wire_Sex_SEX_FEMALE,
    .address = "千代田区一番町1",
    .postcode = "1020082",
    .municipality_code = "131016",
};

typedef struct record {
    jk_wire_Person person;
    uint8_t bytes[4096];
    jk_differ_side side;
} record;

static void encode(record *r)
{
    static const jk_codec_rules rules = {.resident_code_any_digit = true};
    jk_codec_bytes out = {r->bytes, sizeof r->bytes, 0};
    assert_int_equal(jk_codec_encode(&jk_wire_type_Person, &r->person, &rules, &out, NULL), JK_OK);
    r->side.person = (jk_span){r->bytes, out.size};
}

static void begin(record *r)
{
    memset(r, 0, sizeof *r);
    r->person = somebody;
    r->side.present = true;
    r->side.known = true;
    r->side.sequence = 7;
    r->side.change_day = 20000;
    r->side.reason_in = 101;
    encode(r);
}

static record cs;
static record server;

static jk_differ_class compare(told *t)
{
    memset(t, 0, sizeof *t);
    return jk_differ(&cs.side, &server.side, tell, t);
}

static int set_up(void **state)
{
    (void)state;
    begin(&cs);
    begin(&server);
    return 0;
}

static void alike(void **state)
{
    told t;
    (void)state;
    assert_int_equal(compare(&t), JK_DIFFER_EQUAL);
    assert_int_equal(t.count, 0);
}

static void one_field(void **state)
{
    static const struct {
        size_t offset;
        const char *value;
        const char *told;
    } texts[] = {
        {offsetof(jk_wire_Person, name), "試験 華子", "name:試験 華子>試験 花子;"},
        {offsetof(jk_wire_Person, kana), "", "kana:>シケン ハナコ;"},
        {offsetof(jk_wire_Person, former_surname), "旧", "former_surname:旧>;"},
        {offsetof(jk_wire_Person, address), "千代田区一番町2",
         "address:千代田区一番町2>千代田区一番町1;"},
        {offsetof(jk_wire_Person, postcode), "1020083", "postcode:1020083>1020082;"},
        {offsetof(jk_wire_Person, municipality_code), "131024", "municipality_code:131024>131016;"},
        {offsetof(jk_wire_Person, resident_code), "12345678910",
         "resident_code:12345678910>12345678901;"},
    };

    told t;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        begin(&server);
        memcpy((char *)&server.person + texts[i].offset, texts[i].value,
               strlen(texts[i].value) + 1);
        encode(&server);
        assert_int_equal(compare(&t), JK_DIFFER_DIFF);
        assert_string_equal(t.text, texts[i].told);
    }
}

static void numbers_and_days(void **state)
{
    told t;
    (void)state;
    server.side.sequence = 8;
    server.side.change_day = INT64_MIN;
    server.side.reason_in = 103;
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "sequence:8>7;reason_in:103>101;change_day:>2024-10-04;");

    begin(&server);
    server.person.birth.day = 0;
    server.person.birth.qualifier = jk_wire_DateQualifier_DATE_ABOUT;
    server.person.sex = jk_wire_Sex_SEX_UNKNOWN;
    encode(&server);
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "birth:1980-04-? about>1980-04-01;sex:0>2;");
}

/* Two numbers that end alike: told, and no more of them shown than the end. */
static void individual_number(void **state)
{
    told t;
    (void)state;
    memcpy(cs.person.individual_number, "123456789018", 13);
    encode(&cs);
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "individual_number:>********9018;");
    memcpy(server.person.individual_number, "000000049018", 13);
    encode(&server);
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "individual_number:********9018>********9018;");
}

static void status(void **state)
{
    told t;
    (void)state;
    server.side.reason_out = 201;
    assert_int_equal(compare(&t), JK_DIFFER_STATUS_DIFF);
    assert_string_equal(t.text, "state:removed>resident;reason_out:201>;");
    cs.side.reason_out = 203;
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "reason_out:201>203;");
}

static void one_side(void **state)
{
    told t;
    (void)state;
    server.side = (jk_differ_side){.present = false};
    assert_int_equal(compare(&t), JK_DIFFER_CS_ONLY);
    assert_non_null(strstr(t.text, "name:->試験 花子;"));
    assert_non_null(strstr(t.text, "sequence:->7;"));
    assert_null(strstr(t.text, "former_surname"));
    assert_null(strstr(t.text, "person:"));

    begin(&server);
    cs.side = (jk_differ_side){.present = false};
    assert_int_equal(compare(&t), JK_DIFFER_SERVER_ONLY);
    assert_non_null(strstr(t.text, "name:試験 花子>-;"));

    server.side.known = false; /* the server did not tell it */
    assert_int_equal(compare(&t), JK_DIFFER_SERVER_ONLY);
    assert_int_equal(t.count, 0);

    begin(&cs); /* both have it, and the server did not tell what */
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_int_equal(t.count, 0);
}

static void not_readable(void **state)
{
    told t;
    (void)state;
    server.bytes[0] ^= 0x40;
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_string_equal(t.text, "person:not a canonical record>readable;");
    memcpy(cs.bytes, server.bytes, sizeof cs.bytes); /* alike after all */
    assert_int_equal(compare(&t), JK_DIFFER_EQUAL);
    server.side.person.size--;
    assert_int_equal(compare(&t), JK_DIFFER_DIFF);
    assert_int_equal(t.count, 1);
    cs.side = (jk_differ_side){.present = false};
    assert_int_equal(compare(&t), JK_DIFFER_SERVER_ONLY);
    assert_non_null(strstr(t.text, "person:not a canonical record>-;"));
    server.side.person.size = 0;
    assert_int_equal(compare(&t), JK_DIFFER_SERVER_ONLY);
}

static void class_names(void **state)
{
    (void)state;
    for (int i = 0; i < JK_DIFFER_CLASS_COUNT; i++) {
        assert_string_not_equal(jk_differ_class_name((jk_differ_class)i), "?");
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(jk_differ_class_name((jk_differ_class)i),
                                    jk_differ_class_name((jk_differ_class)other));
            assert_string_not_equal(jk_differ_class_ja((jk_differ_class)i),
                                    jk_differ_class_ja((jk_differ_class)other));
        }
    }
    assert_string_equal(jk_differ_class_name(JK_DIFFER_CLASS_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(alike, set_up),
        cmocka_unit_test_setup(one_field, set_up),
        cmocka_unit_test_setup(numbers_and_days, set_up),
        cmocka_unit_test_setup(individual_number, set_up),
        cmocka_unit_test_setup(status, set_up),
        cmocka_unit_test_setup(one_side, set_up),
        cmocka_unit_test_setup(not_readable, set_up),
        cmocka_unit_test(class_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
