/* SPDX-License-Identifier: Apache-2.0 */
/* Synthetic people: right in form, unique, plausible, and the same for the same seed. */
#include "juki/municipality.h"
#include "sim/population.h"
#include "sim/population_set.h"

#include "same.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static const char *const three[] = {"131016", "141003", "272272"};

static jk_population open_three(uint64_t seed, uint64_t residents)
{
    const jk_population_options options = {
        .seed = seed, .codes = three, .code_count = 3, .residents = residents};
    jk_population population;

    assert_int_equal(jk_population_open(&population, &options), JK_OK);
    return population;
}

static uint64_t as_number(const char *digits)
{
    uint64_t value = 0;

    for (; *digits != '\0'; digits++) {
        value = value * 10 + (uint64_t)(*digits - '0');
    }
    return value;
}

static void check_text(const char *text, size_t points_max, bool required)
{
    if (required || text[0] != '\0') {
        assert_int_equal(jk_text_check(text, strlen(text), points_max), JK_OK);
    }
}

static void check_person(const jk_person *p)
{
    assert_int_equal(jk_resident_code_check(p->resident_code, strlen(p->resident_code), true),
                     JK_OK);
    assert_int_equal(jk_individual_number_check(p->individual_number, strlen(p->individual_number)),
                     JK_OK);
    check_text(p->name, 100, true);
    check_text(p->kana, 200, true);
    check_text(p->former_surname, 100, false);
    check_text(p->common_name, 100, false);
    check_text(p->address, 200, true);
    check_text(p->head_name, 100, true);
    check_text(p->relationship, 50, true);
    check_text(p->koseki_place, 200, p->foreign_category == JK_FOREIGN_NONE);
    check_text(p->koseki_head, 100, p->foreign_category == JK_FOREIGN_NONE);
    check_text(p->nationality, 50, p->foreign_category != JK_FOREIGN_NONE);
    check_text(p->residence_status, 50, p->foreign_category != JK_FOREIGN_NONE);
    assert_int_equal(jk_date_check(&p->birth), JK_OK);
    assert_true(p->birth.year >= 1920 && p->birth.year <= 2026);
    assert_int_equal(jk_date_check(&p->residence_until), JK_OK);
    assert_int_equal(strlen(p->postcode), 7);
    assert_non_null(jk_municipality_find(p->municipality_code));
    assert_true(p->sex == JK_SEX_MALE || p->sex == JK_SEX_FEMALE);
    assert_non_null(jk_population_card_name(p->card_state));
    assert_true(p->household > 0);
}

static void right_and_unique(void **state)
{
    jk_population population = open_three(1, 30000);
    jk_set codes = {NULL, 0, 0};
    jk_set numbers = {NULL, 0, 0};
    static jk_person p;
    int count = 0;
    int cards = 0;
    int foreign = 0;
    int children = 0;

    (void)state;
    while (jk_population_next(&population, &p)) {
        check_person(&p);
        assert_int_equal(jk_set_add(&codes, as_number(p.resident_code)), JK_SET_NEW);
        assert_int_equal(jk_set_add(&numbers, as_number(p.individual_number)), JK_SET_NEW);
        assert_string_equal(p.municipality_code, three[count / 10000]);
        cards += p.card_state == JK_CARD_IN_OPERATION;
        foreign += p.foreign_category != JK_FOREIGN_NONE;
        children += strcmp(p.relationship, "子") == 0;
        count++;
    }
    jk_set_close(&codes);
    jk_set_close(&numbers);
    assert_int_equal(count, 30000);
    assert_in_range(cards, 23500, 24500);
    assert_in_range(foreign, 300, 1500);
    assert_in_range(children, 6000, 10000);
    assert_false(jk_population_next(&population, &p));
}

/* Bytes that a system which normalises, or which knows plane 0 alone, would lose. */
static void rare_characters(void **state)
{
    static const char *const wanted[] = {"\U000E0100", "\U000E0101", "\U000E0102", "\ufa11",
                                         "\ufa19",     "\u5fb7",     "\U00020bb7", "\u9ad9"};
    bool seen[sizeof wanted / sizeof wanted[0]] = {false};
    jk_population population = open_three(1, 9000);
    static jk_person p;

    (void)state;
    while (jk_population_next(&population, &p)) {
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
            seen[i] = seen[i] || strstr(p.name, wanted[i]) != NULL;
        }
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_true(seen[i]);
    }
}

static void households(void **state)
{
    jk_population population = open_three(5, 3000);
    static jk_person p;
    static jk_person head;
    int members = 0;
    int largest = 0;
    int spouses = 0;

    (void)state;
    while (jk_population_next(&population, &p)) {
        if (strcmp(p.relationship, "世帯主") == 0) {
            assert_string_equal(p.name, p.head_name);
            head = p;
            members = 0;
            spouses = 0;
        }
        members++;
        assert_int_equal(p.household, head.household);
        assert_string_equal(p.head_name, head.name);
        assert_string_equal(p.address, head.address);
        assert_string_equal(p.postcode, head.postcode);
        if (strcmp(p.relationship, "夫") == 0 || strcmp(p.relationship, "妻") == 0) {
            spouses++;
            assert_int_not_equal(p.sex, head.sex);
        }
        if (strcmp(p.relationship, "子") == 0) {
            assert_true(p.birth.year >= head.birth.year + 17);
        }
        if (strcmp(p.relationship, "父") == 0 || strcmp(p.relationship, "母") == 0) {
            assert_true(p.birth.year + 17 <= head.birth.year);
        }
        assert_true(spouses <= 1);
        largest = members > largest ? members : largest;
    }
    assert_int_equal(largest, JK_POPULATION_HOUSEHOLD_MAX);
}

/* The same person at any place of any population of the seed. */
static void pure_function(void **state)
{
    static const char *const reversed[] = {"272272", "131016"};
    const jk_population_options other = {
        .seed = 9, .codes = reversed, .code_count = 2, .residents = 7};
    jk_population population = open_three(9, 300);
    jk_population small;
    static jk_person a;
    static jk_person b;

    (void)state;
    assert_int_equal(jk_population_open(&small, &other), JK_OK);
    for (uint64_t i = 0; i < 300; i++) {
        assert_true(jk_population_next(&population, &a));
        assert_int_equal(jk_population_person(&small, three[i / 100], i % 100, &b), JK_OK);
        assert_true(same_person(&a, &b));
    }
    /* Seven people of two: four and three. */
    int first = 0;
    int count = 0;
    while (jk_population_next(&small, &a)) {
        first += strcmp(a.municipality_code, "272272") == 0;
        count++;
    }
    assert_int_equal(first, 4);
    assert_int_equal(count, 7);
}

static void seeds_differ(void **state)
{
    const jk_population one = open_three(1, 1);
    const jk_population two = open_three(2, 1);
    static jk_person a;
    static jk_person b;
    int same = 0;

    (void)state;
    for (uint64_t i = 0; i < 200; i++) {
        assert_int_equal(jk_population_person(&one, "131016", i, &a), JK_OK);
        assert_int_equal(jk_population_person(&two, "131016", i, &b), JK_OK);
        assert_string_not_equal(a.resident_code, b.resident_code);
        same += strcmp(a.name, b.name) == 0;
    }
    assert_in_range(same, 0, 10);
}

/* The last serial of all: the permutation's bodies still have ten and eleven digits. */
static void last_serial(void **state)
{
    const jk_population population = open_three(3, 1);
    const char *last = jk_municipality_at(jk_municipality_count() - 1)->code;
    static jk_person p;

    (void)state;
    assert_int_equal(jk_population_person(&population, last, JK_POPULATION_RESIDENTS_MAX - 1, &p),
                     JK_OK);
    check_person(&p);
    static jk_person untouched;
    memcpy(&untouched, &p, sizeof p);
    assert_int_equal(jk_population_person(&population, last, JK_POPULATION_RESIDENTS_MAX, &p),
                     JK_E_RANGE);
    assert_int_equal(jk_population_person(&population, "131015", 0, &p), JK_E_MUNICIPALITY_CODE);
    assert_memory_equal(&p, &untouched, sizeof p);
}

/* Of each seed one person would get the code, and one the number, of zeros alone.  These were
 * found by running the permutations backwards. */
static void never_zero(void **state)
{
    const jk_population population = open_three(3, 1);
    static jk_person p;

    (void)state;
    assert_int_equal(jk_population_person(&population, "434442", 26464, &p), JK_OK);
    check_person(&p);
    assert_string_not_equal(p.resident_code, "00000000000");
    assert_int_equal(jk_population_person(&population, "212211", 932704, &p), JK_OK);
    check_person(&p);
    assert_string_not_equal(p.individual_number, "000000000000");
}

static void refused_options(void **state)
{
    static const char *const unknown[] = {"131016", "999999"};
    static const char *const ward[] = {"011011"};
    static const char *const longer[] = {"1310166"};
    static const char *const twice[] = {"131016", "141003", "131016"};

    const struct {
        jk_population_options options;
        jk_status status;
    } cases[] = {
        {{.codes = unknown, .code_count = 2}, JK_E_MUNICIPALITY_CODE},
        {{.codes = ward, .code_count = 1}, JK_E_MUNICIPALITY_CODE},
        {{.codes = longer, .code_count = 1}, JK_E_MUNICIPALITY_CODE},
        {{.codes = twice, .code_count = 3}, JK_E_CONFLICT},
        {{.codes = three, .code_count = 0}, JK_E_USAGE},
        {{.codes = three, .code_count = 1742}, JK_E_USAGE},
        {{.codes = three, .code_count = 3, .residents = 15000001}, JK_E_RANGE},
        {{.codes = three, .code_count = 3, .residents = UINT64_MAX}, JK_E_RANGE},
        {{.codes = three, .code_count = 3, .as_of = {1979, 1, 1, 0}}, JK_E_DATE},
        {{.codes = three, .code_count = 3, .as_of = {2026, 2, 29, 0}}, JK_E_DATE},
        {{.codes = three, .code_count = 3, .as_of = {2026, 2, 0, 0}}, JK_E_DATE},
    };

    jk_population population;
    jk_population before;

    (void)state;
    memset(&population, 0x5a, sizeof population);
    memcpy(&before, &population, sizeof before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(jk_population_open(&population, &cases[i].options), cases[i].status);
        assert_memory_equal(&population, &before, sizeof before);
    }
    const jk_population_options leap = {
        .codes = three, .code_count = 3, .residents = 15000000, .as_of = {2024, 2, 29, 0}};
    assert_int_equal(jk_population_open(&population, &leap), JK_OK);
    static jk_person p;
    assert_true(jk_population_next(&population, &p));
    check_person(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_and_unique), cmocka_unit_test(rare_characters),
        cmocka_unit_test(households),       cmocka_unit_test(pure_function),
        cmocka_unit_test(seeds_differ),     cmocka_unit_test(last_serial),
        cmocka_unit_test(refused_options),  cmocka_unit_test(never_zero),
    };
    return cmocka_run_group_tests_name("population_people", tests, NULL, NULL);
}
