/* SPDX-License-Identifier: Apache-2.0 */
/* People of the population as the wire holds them: nothing lost, nothing made up, always
 * canonical. */
#include "node/person.h"

#include "juki/codec.h"
#include "names.h"
#include "sim/population.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void same_person(const jk_person *person, const jk_wire_Person *wire)
{
    assert_string_equal(wire->resident_code, person->resident_code);
    assert_string_equal(wire->individual_number, person->individual_number);
    assert_string_equal(wire->name, person->name);
    assert_string_equal(wire->kana, person->kana);
    assert_string_equal(wire->former_surname, person->former_surname);
    assert_string_equal(wire->address, person->address);
    assert_string_equal(wire->municipality_code, person->municipality_code);
    assert_int_equal(wire->sex, person->sex);
    assert_int_equal(wire->birth.year, person->birth.year);
    assert_int_equal(wire->birth.month, person->birth.month);
    assert_int_equal(wire->birth.day, person->birth.day);
    assert_int_equal(wire->birth.qualifier, person->birth.qualifier);
}

static void same_items(const jk_wire_RegistryRecord *record, const jk_wire_Certificate *c)
{
    assert_memory_equal(&record->person, &c->person, sizeof record->person);
    assert_string_equal(c->head_name, record->head_name);
    assert_string_equal(c->relationship, record->relationship);
    assert_string_equal(c->koseki_place, record->koseki_place);
    assert_string_equal(c->koseki_head, record->koseki_head);
    assert_string_equal(c->nationality, record->nationality);
    assert_string_equal(c->residence_status, record->residence_status);
    assert_string_equal(c->common_name, record->common_name);
    assert_int_equal(c->foreign_category, record->foreign_category);
    assert_int_equal(c->residence_until_day, record->residence_until_day);
    assert_int_equal(c->national_health, record->national_health);
    assert_int_equal(c->late_elderly, record->late_elderly);
    assert_int_equal(c->long_term_care, record->long_term_care);
    assert_int_equal(c->national_pension, record->national_pension);
    assert_int_equal(c->child_allowance, record->child_allowance);
    assert_int_equal(c->planned_out_day, 0);
}

/* Encoded bytes are accepted by the strict decoder, so they are canonical and valid. */
static void accepted(const jk_wire_type *type, const void *message, size_t size_max)
{
    static uint8_t bytes[8192];
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    assert_int_equal(jk_codec_encode(type, message, NULL, &out, NULL), JK_OK);
    assert_true(out.size <= size_max);
    assert_int_equal(jk_codec_decode(type, (jk_span){bytes, out.size}, NULL, NULL, NULL), JK_OK);
}

static void people(void **state)
{
    static const char *const codes[] = {"131016", "011002"};
    static jk_population population;
    static jk_person person;
    static jk_wire_RegistryRecord record;
    static jk_wire_Certificate certificate;
    const jk_population_options options = {
        .seed = 5, .codes = codes, .code_count = 2, .residents = 600};
    unsigned foreign = 0;
    unsigned count = 0;
    (void)state;
    assert_int_equal(jk_population_open(&population, &options), JK_OK);
    while (jk_population_next(&population, &person)) {
        jk_record_of_person(&person, &record);
        same_person(&person, &record.person);
        assert_string_equal(record.head_name, person.head_name);
        assert_string_equal(record.relationship, person.relationship);
        assert_string_equal(record.residence_card_number, person.residence_card);
        accepted(&jk_wire_type_Person, &record.person, JK_PERSON_SIZE_MAX);
        accepted(&jk_wire_type_RegistryRecord, &record, JK_PERSON_SIZE_MAX);
        jk_certificate_of_record(&record, &certificate);
        same_items(&record, &certificate);
        certificate.planned_out_day = 20544;
        certificate.filing_day = 20544;
        accepted(&jk_wire_type_Certificate, &certificate, JK_CERT_SIZE_MAX);
        foreign += person.foreign_category != JK_FOREIGN_NONE ? 1U : 0U;
        count++;
    }
    assert_int_equal(count, 600);
    assert_true(foreign > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(people)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
