/* SPDX-License-Identifier: Apache-2.0 */
/* Two people compared item by item: a struct's padding may differ. */
#ifndef JK_TESTS_POPULATION_SAME_H
#define JK_TESTS_POPULATION_SAME_H

#include "juki/person.h"

#include <string.h>

static inline bool same_date(const jk_date *a, const jk_date *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day &&
           a->qualifier == b->qualifier;
}

static inline bool same_person(const jk_person *a, const jk_person *b)
{
    const struct {
        const char *a;
        const char *b;
    } texts[] = {
        {a->resident_code, b->resident_code},
        {a->individual_number, b->individual_number},
        {a->name, b->name},
        {a->kana, b->kana},
        {a->former_surname, b->former_surname},
        {a->common_name, b->common_name},
        {a->postcode, b->postcode},
        {a->address, b->address},
        {a->municipality_code, b->municipality_code},
        {a->head_name, b->head_name},
        {a->relationship, b->relationship},
        {a->koseki_place, b->koseki_place},
        {a->koseki_head, b->koseki_head},
        {a->nationality, b->nationality},
        {a->residence_card, b->residence_card},
        {a->residence_status, b->residence_status},
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].a, texts[i].b) != 0) {
            return false;
        }
    }
    return same_date(&a->birth, &b->birth) && same_date(&a->residence_until, &b->residence_until) &&
           a->sex == b->sex && a->household == b->household &&
           a->qualifications == b->qualifications && a->foreign_category == b->foreign_category &&
           a->card_state == b->card_state;
}

#endif
