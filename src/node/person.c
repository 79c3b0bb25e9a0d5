/* SPDX-License-Identifier: Apache-2.0 */
/* Field by field, from one form of a person to another. */
#include "node/person.h"

#include <string.h>

static void copy(char *out, size_t capacity, const char *text)
{
    const size_t size = strlen(text);
    const size_t kept = size < capacity ? size : capacity - 1;
    memcpy(out, text, kept);
    out[kept] = '\0';
}

#define COPY(out, text) copy(out, sizeof(out), text)

void jk_wire_of_person(const jk_person *person, jk_wire_Person *out)
{
    memset(out, 0, sizeof *out);
    COPY(out->resident_code, person->resident_code);
    COPY(out->individual_number, person->individual_number);
    COPY(out->name, person->name);
    COPY(out->kana, person->kana);
    COPY(out->former_surname, person->former_surname);
    out->has_birth = person->birth.year != 0;
    if (out->has_birth) {
        out->birth.year = person->birth.year;
        out->birth.month = person->birth.month;
        out->birth.day = person->birth.day;
        out->birth.qualifier = (jk_wire_DateQualifier)person->birth.qualifier;
    }
    out->sex = (jk_wire_Sex)person->sex;
    COPY(out->address, person->address);
    COPY(out->postcode, person->postcode);
    COPY(out->municipality_code, person->municipality_code);
}

void jk_record_of_person(const jk_person *person, jk_wire_RegistryRecord *out)
{
    int64_t day = 0;
    memset(out, 0, sizeof *out);
    out->has_person = true;
    jk_wire_of_person(person, &out->person);
    COPY(out->head_name, person->head_name);
    COPY(out->relationship, person->relationship);
    COPY(out->koseki_place, person->koseki_place);
    COPY(out->koseki_head, person->koseki_head);
    out->national_health = (person->qualifications & JK_QUALIFICATION_NATIONAL_HEALTH) != 0;
    out->late_elderly = (person->qualifications & JK_QUALIFICATION_LATE_ELDERLY) != 0;
    out->long_term_care = (person->qualifications & JK_QUALIFICATION_LONG_TERM_CARE) != 0;
    out->national_pension = (person->qualifications & JK_QUALIFICATION_NATIONAL_PENSION) != 0;
    out->child_allowance = (person->qualifications & JK_QUALIFICATION_CHILD_ALLOWANCE) != 0;
    COPY(out->nationality, person->nationality);
    out->foreign_category = (jk_wire_ForeignCategory)person->foreign_category;
    COPY(out->residence_card_number, person->residence_card);
    COPY(out->residence_status, person->residence_status);
    if (jk_date_to_day(&person->residence_until, &day) == JK_OK && day > 0) {
        out->residence_until_day = (uint32_t)day;
    }
    COPY(out->common_name, person->common_name);
}

void jk_certificate_of_record(const jk_wire_RegistryRecord *record, jk_wire_Certificate *out)
{
    memset(out, 0, sizeof *out);
    out->has_person = true;
    out->person = record->person;
    COPY(out->head_name, record->head_name);
    COPY(out->relationship, record->relationship);
    COPY(out->koseki_place, record->koseki_place);
    COPY(out->koseki_head, record->koseki_head);
    out->national_health = record->national_health;
    out->late_elderly = record->late_elderly;
    out->long_term_care = record->long_term_care;
    out->national_pension = record->national_pension;
    out->child_allowance = record->child_allowance;
    COPY(out->nationality, record->nationality);
    out->foreign_category = record->foreign_category;
    COPY(out->residence_card_number, record->residence_card_number);
    COPY(out->residence_status, record->residence_status);
    out->residence_until_day = record->residence_until_day;
    COPY(out->common_name, record->common_name);
}
