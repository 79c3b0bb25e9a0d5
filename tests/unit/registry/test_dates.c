/* SPDX-License-Identifier: Apache-2.0 */
/* Dates: leap years, unknown parts, qualifiers, day numbers and eras with the days they share. */
#include "juki/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

typedef struct date_case {
    jk_date date;
    bool good;
} date_case;

static void forms(void **state)
{
    static const date_case cases[] = {
        {{0, 0, 0, JK_DATE_EXACT}, true},
        {{1980, 0, 0, JK_DATE_EXACT}, true},
        {{1980, 5, 0, JK_DATE_EXACT}, true},
        {{1980, 5, 31, JK_DATE_EXACT}, true},
        {{1980, 4, 31, JK_DATE_EXACT}, false},
        {{1980, 13, 1, JK_DATE_EXACT}, false},
        {{1980, 1, 32, JK_DATE_EXACT}, false},
        {{1980, 0, 1, JK_DATE_EXACT}, false}, /* a day without a month */
        {{0, 5, 0, JK_DATE_EXACT}, false},    /* a month without a year */
        {{0, 5, 3, JK_DATE_EXACT}, false},
        {{1867, 12, 31, JK_DATE_EXACT}, false},
        {{1868, 1, 1, JK_DATE_EXACT}, true},
        {{2199, 12, 31, JK_DATE_EXACT}, true},
        {{2200, 1, 1, JK_DATE_EXACT}, false},
        {{65535, 1, 1, JK_DATE_EXACT}, false},
        {{2024, 2, 29, JK_DATE_EXACT}, true},
        {{2023, 2, 29, JK_DATE_EXACT}, false},
        {{1900, 2, 29, JK_DATE_EXACT}, false},
        {{2000, 2, 29, JK_DATE_EXACT}, true},
        {{2100, 2, 29, JK_DATE_EXACT}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(jk_date_check(&cases[i].date), cases[i].good ? JK_OK : JK_E_DATE);
    }
}

static void qualifiers(void **state)
{
    static const date_case cases[] = {
        {{1923, 2, 29, JK_DATE_NOT_CALENDAR}, true},
        {{1923, 6, 31, JK_DATE_NOT_CALENDAR}, true},
        {{1924, 2, 29, JK_DATE_NOT_CALENDAR}, false}, /* the calendar has it */
        {{1923, 2, 0, JK_DATE_NOT_CALENDAR}, false},
        {{1923, 2, 32, JK_DATE_NOT_CALENDAR}, false},
        {{1923, 5, 3, JK_DATE_ESTIMATED}, true},
        {{1923, 0, 0, JK_DATE_ABOUT}, true},
        {{1923, 2, 29, JK_DATE_ABOUT}, false},
        {{1923, 5, 0, JK_DATE_EARLY}, true},
        {{1923, 5, 3, JK_DATE_MIDDLE}, false},
        {{1923, 0, 0, JK_DATE_LATE}, false},
        {{1923, 0, 0, JK_DATE_SPRING}, true},
        {{1923, 0, 0, JK_DATE_WINTER}, true},
        {{1923, 7, 0, JK_DATE_SUMMER}, false},
        {{0, 0, 0, JK_DATE_AUTUMN}, false},
        {{1923, 5, 3, 11}, false},
        {{1923, 5, 3, 255}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(jk_date_check(&cases[i].date), cases[i].good ? JK_OK : JK_E_DATE);
    }
}

static int64_t day_of(uint16_t year, uint8_t month, uint8_t day)
{
    const jk_date date = {year, month, day, JK_DATE_EXACT};
    int64_t number = INT64_MIN;

    assert_int_equal(jk_date_to_day(&date, &number), JK_OK);
    return number;
}

static void day_numbers(void **state)
{
    (void)state;
    assert_int_equal(day_of(1970, 1, 1), 0);
    assert_int_equal(day_of(1969, 12, 31), -1);
    assert_int_equal(day_of(2000, 3, 1), 11017);
    assert_int_equal(day_of(2025, 5, 26), 20234);
    assert_int_equal(day_of(2024, 3, 1) - day_of(2024, 2, 28), 2);
    assert_int_equal(day_of(2023, 3, 1) - day_of(2023, 2, 28), 1);
}

static void days_there_and_back(void **state)
{
    const int64_t first = day_of(1868, 1, 1);
    const int64_t last = day_of(2199, 12, 31);

    (void)state;
    for (int64_t day = first; day <= last; day++) {
        const jk_date date = jk_date_of_day(day);
        assert_int_equal(day_of(date.year, date.month, date.day), day);
    }
    assert_int_equal(jk_date_of_day(first - 1).year, 0);
    assert_int_equal(jk_date_of_day(last + 1).year, 0);
    assert_int_equal(jk_date_of_day(INT64_MIN).year, 0);
    assert_int_equal(jk_date_of_day(INT64_MAX).year, 0);
}

static void no_day_number(void **state)
{
    static const jk_date dates[] = {
        {0, 0, 0, JK_DATE_EXACT},     {1980, 5, 0, JK_DATE_EXACT},
        {1980, 5, 3, JK_DATE_ABOUT},  {1923, 2, 29, JK_DATE_NOT_CALENDAR},
        {1980, 4, 31, JK_DATE_EXACT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        int64_t day = 77;
        assert_int_equal(jk_date_to_day(&dates[i], &day), JK_E_DATE);
        assert_int_equal(day, 77);
    }
}

typedef struct era_case {
    int era, year, month, day;
    int gregorian; /* 0: refused */
} era_case;

static void from_eras(void **state)
{
    static const era_case cases[] = {
        {1, 45, 7, 30, 1912},  {2, 1, 7, 30, 1912},    {1, 45, 7, 31, 0},   {2, 1, 7, 29, 0},
        {2, 15, 12, 25, 1926}, {3, 1, 12, 25, 1926},   {2, 15, 12, 26, 0},  {3, 1, 12, 24, 0},
        {3, 64, 1, 7, 1989},   {4, 1, 1, 8, 1989},     {3, 64, 1, 8, 0},    {4, 1, 1, 7, 0},
        {4, 31, 4, 30, 2019},  {5, 1, 5, 1, 2019},     {4, 31, 5, 1, 0},    {5, 1, 4, 30, 0},
        {1, 1, 1, 25, 1868},   {1, 1, 1, 24, 0},       {3, 64, 0, 0, 1989}, {3, 64, 1, 0, 1989},
        {3, 64, 2, 0, 0},      {3, 65, 0, 0, 0},       {4, 1, 0, 0, 1989},  {5, 6, 2, 29, 2024},
        {5, 7, 2, 29, 0},      {5, 181, 12, 31, 2199}, {5, 182, 1, 1, 0},   {0, 1, 1, 1, 0},
        {6, 1, 1, 1, 0},       {3, 0, 1, 1, 0},        {3, -1, 1, 1, 0},    {3, 20, 0, 5, 0},
        {3, 20, 13, 1, 0},     {3, 20, -1, 1, 0},      {3, 20, 1, 257, 0},  {3, 65556, 1, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const era_case *c = &cases[i];
        jk_date date = {7, 7, 7, 7};
        const jk_status status = jk_date_of_era(c->era, c->year, c->month, c->day, &date);
        assert_int_equal(status, c->gregorian != 0 ? JK_OK : JK_E_DATE);
        assert_int_equal(date.year, c->gregorian != 0 ? c->gregorian : 7);
        assert_int_equal(date.day, c->gregorian != 0 ? c->day : 7);
    }
}

static void to_eras(void **state)
{
    static const era_case cases[] = {
        {2, 1, 7, 30, 1912},    {1, 45, 7, 29, 1912},
        {3, 1, 12, 25, 1926},   {2, 15, 12, 24, 1926},
        {3, 64, 1, 7, 1989},    {4, 1, 1, 8, 1989},
        {4, 2, 0, 0, 1990},     {4, 1, 2, 0, 1989},
        {4, 31, 4, 30, 2019},   {5, 1, 5, 1, 2019},
        {5, 181, 12, 31, 2199}, {0, 0, 1, 0, 1989}, /* before or after the eighth? */
        {0, 0, 0, 0, 1926},     {0, 0, 1, 24, 1868},
        {0, 0, 0, 0, 0},        {0, 0, 2, 30, 1990},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const era_case *c = &cases[i];
        const jk_date date = {(uint16_t)c->gregorian, (uint8_t)c->month, (uint8_t)c->day,
                              JK_DATE_EXACT};
        int era = 0;
        int year = 0;
        assert_int_equal(jk_date_to_era(&date, &era, &year), c->era != 0 ? JK_OK : JK_E_DATE);
        assert_int_equal(era, c->era);
        assert_int_equal(year, c->year);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),         cmocka_unit_test(qualifiers),
        cmocka_unit_test(day_numbers),   cmocka_unit_test(days_there_and_back),
        cmocka_unit_test(no_day_number), cmocka_unit_test(from_eras),
        cmocka_unit_test(to_eras),
    };
    return cmocka_run_group_tests_name("registry_dates", tests, NULL, NULL);
}
