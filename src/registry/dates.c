/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as registers hold them: parts may be unknown, a day may be one that no calendar has, and
 * years are also told by era.  The calendar is the Gregorian one throughout, also for Meiji 1 to 5
 * (1868 to 1872), when Japan still used another. */
#include "juki/registry.h"

enum {
    YEAR_MIN = 1868,
    YEAR_MAX = 2199,
    MONTHS = 12,
    DAY_MAX = 31
};

/* First and last day of each era as year * 10000 + month * 100 + day.  A day on which an era ended
 * and the next began belongs to both up to Showa 1; from Heisei on they do not overlap. */
typedef struct era_span {
    int64_t first;
    int64_t last;
} era_span;

static const era_span eras[] = {
    {18680125, 19120730}, /* 1 Meiji */
    {19120730, 19261225}, /* 2 Taisho */
    {19261225, 19890107}, /* 3 Showa */
    {19890108, 20190430}, /* 4 Heisei */
    {20190501, 21991231}, /* 5 Reiwa */
};

enum {
    ERAS = (int)(sizeof eras / sizeof eras[0])
};

static bool leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const uint8_t days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && leap_year(year) ? 29 : days[month - 1];
}

static bool in_calendar(const jk_date *date)
{
    return date->day <= days_of_month(date->year, date->month);
}

/* Do the known parts fit what the qualifier says? */
static bool qualifier_fits(const jk_date *date)
{
    const bool full = date->year != 0 && date->month != 0 && date->day != 0;

    switch ((jk_date_qualifier)date->qualifier) {
    case JK_DATE_EXACT:
    case JK_DATE_ESTIMATED:
    case JK_DATE_ABOUT: return !full || in_calendar(date);
    case JK_DATE_EARLY:
    case JK_DATE_MIDDLE:
    case JK_DATE_LATE: return date->month != 0 && date->day == 0;
    case JK_DATE_SPRING:
    case JK_DATE_SUMMER:
    case JK_DATE_AUTUMN:
    case JK_DATE_WINTER: return date->year != 0 && date->month == 0;
    case JK_DATE_NOT_CALENDAR: return full && !in_calendar(date);
    }
    return false;
}

jk_status jk_date_check(const jk_date *date)
{
    if (date->year != 0 && (date->year < YEAR_MIN || date->year > YEAR_MAX)) {
        return JK_E_DATE;
    }
    if (date->month > MONTHS || date->day > DAY_MAX) {
        return JK_E_DATE;
    }
    if ((date->month != 0 && date->year == 0) || (date->day != 0 && date->month == 0)) {
        return JK_E_DATE;
    }
    return qualifier_fits(date) ? JK_OK : JK_E_DATE;
}

/* Days of the years before `year` since year 0, and of the months before `month`. */
static int64_t days_before_year(int64_t year)
{
    const int64_t last = year - 1;
    return last * 365 + last / 4 - last / 100 + last / 400;
}

static int64_t day_number(int year, int month, int day)
{
    const int64_t epoch = 719162; /* days before 1970-01-01 in the same count */
    int64_t days = days_before_year(year) - epoch + day - 1;

    for (int before = 1; before < month; before++) {
        days += days_of_month(year, before);
    }
    return days;
}

jk_status jk_date_to_day(const jk_date *date, int64_t *day)
{
    if (jk_date_check(date) != JK_OK || date->qualifier != JK_DATE_EXACT || date->day == 0) {
        return JK_E_DATE;
    }
    *day = day_number(date->year, date->month, date->day);
    return JK_OK;
}

jk_date jk_date_of_day(int64_t day)
{
    jk_date date = {0, 0, 0, JK_DATE_EXACT};

    if (day < day_number(YEAR_MIN, 1, 1) || day > day_number(YEAR_MAX, MONTHS, DAY_MAX)) {
        return date;
    }
    /* The guess is never too late. */
    int year = (int)(1970 + (day < 0 ? (day - 365) / 366 - 1 : day / 366));
    while (day >= day_number(year + 1, 1, 1)) {
        year++;
    }
    int rest = (int)(day - day_number(year, 1, 1));
    int month = 1;
    while (rest >= days_of_month(year, month)) {
        rest -= days_of_month(year, month);
        month++;
    }
    date.year = (uint16_t)year;
    date.month = (uint8_t)month;
    date.day = (uint8_t)(rest + 1);
    return date;
}

/* Earliest and latest day that the known parts allow, in the form of era_span. */
static era_span possible_days(const jk_date *date)
{
    era_span span;
    span.first = date->year * 10000 + (date->month == 0 ? 1 : date->month) * 100 +
                 (date->day == 0 ? 1 : date->day);
    span.last = date->year * 10000 + (date->month == 0 ? MONTHS : date->month) * 100 +
                (date->day == 0 ? DAY_MAX : date->day);
    return span;
}

jk_status jk_date_of_era(int era, int year, int month, int day, jk_date *date)
{
    if (era < 1 || era > ERAS || year < 1 || year > YEAR_MAX - YEAR_MIN + 1 || month < 0 ||
        month > MONTHS || day < 0 || day > DAY_MAX) {
        return JK_E_DATE;
    }
    const era_span *span = &eras[era - 1];
    const int64_t gregorian = span->first / 10000 + year - 1;
    if (gregorian > YEAR_MAX) {
        return JK_E_DATE;
    }
    const jk_date result = {(uint16_t)gregorian, (uint8_t)month, (uint8_t)day, JK_DATE_EXACT};
    if (jk_date_check(&result) != JK_OK) {
        return JK_E_DATE;
    }
    const era_span days = possible_days(&result);
    if (days.last < span->first || days.first > span->last) {
        return JK_E_DATE;
    }
    *date = result;
    return JK_OK;
}

jk_status jk_date_to_era(const jk_date *date, int *era, int *year)
{
    if (jk_date_check(date) != JK_OK || date->year == 0) {
        return JK_E_DATE;
    }
    const era_span days = possible_days(date);
    for (int i = ERAS; i >= 1; i--) {
        const era_span *span = &eras[i - 1];
        if (days.first >= span->first) {
            if (days.last > span->last) {
                return JK_E_DATE; /* the known parts allow two eras */
            }
            *era = i;
            *year = (int)(date->year - span->first / 10000) + 1;
            return JK_OK;
        }
    }
    return JK_E_DATE;
}
