/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates and names of the registry: pure checks, no text is ever changed.
 *
 * Source: seed glossary (住民票コード, 個人番号, 全国地方公共団体コード), spec/seed.md. */
#ifndef JUKI_REGISTRY_H
#define JUKI_REGISTRY_H

#include "juki/status.h"
#include "juki/types.h"

/* Six digits with the right check digit and a prefecture 01..47: JK_E_MUNICIPALITY_CODE if not.
 * "000000" (national, cards) is not a municipality code and is refused here.  Prefectures and wards
 * pass: whether a code is in use is for jk_municipality_find (juki/municipality.h). */
JK_MUST_USE jk_status jk_municipality_code_check(const char *code, size_t size);

/* Check digit of the first five digits, '0'..'9'; 0 if they are no digits. */
char jk_municipality_code_digit(const char *five);

/* Twelve digits, check digit: JK_E_INDIVIDUAL_NUMBER if not. */
JK_MUST_USE jk_status jk_individual_number_check(const char *number, size_t size);
char jk_individual_number_digit(const char *eleven);

/* Eleven digits, not all zero: JK_E_RESIDENT_CODE.  The check digit's formula is not confirmed by
 * an official text (spec/seed.md, Q3); it is its own rule: with check_digit true a wrong one is
 * JK_E_RESIDENT_CODE_CHECK. */
JK_MUST_USE jk_status jk_resident_code_check(const char *code, size_t size, bool check_digit);
char jk_resident_code_digit(const char *ten);

/* A date as registers hold it: every part may be unknown (0). */
typedef enum jk_date_qualifier {
    JK_DATE_EXACT = 0,
    JK_DATE_ESTIMATED = 1,    /* 推定 */
    JK_DATE_ABOUT = 2,        /* 頃 */
    JK_DATE_EARLY = 3,        /* 上旬 */
    JK_DATE_MIDDLE = 4,       /* 中旬 */
    JK_DATE_LATE = 5,         /* 下旬 */
    JK_DATE_SPRING = 6,       /* 春 */
    JK_DATE_SUMMER = 7,       /* 夏 */
    JK_DATE_AUTUMN = 8,       /* 秋 */
    JK_DATE_WINTER = 9,       /* 冬 */
    JK_DATE_NOT_CALENDAR = 10 /* a day that the calendar does not have, as filed (2月29日) */
} jk_date_qualifier;

typedef struct jk_date {
    uint16_t year;     /* Gregorian, 1868..2199, 0 unknown */
    uint8_t month;     /* 1..12, 0 unknown */
    uint8_t day;       /* 1..31, 0 unknown */
    uint8_t qualifier; /* jk_date_qualifier */
} jk_date;

/* JK_E_DATE for a part outside its range, a day without a month, a month without a year, or a day
 * that the calendar does not have.  One meaning has one form: NOT_CALENDAR stands only with a full
 * date that the calendar does not have, EARLY, MIDDLE and LATE only with a month and no day, a
 * season only with a year and no month. */
JK_MUST_USE jk_status jk_date_check(const jk_date *date);

/* Days since 1970-01-01 of an exact and full date, else JK_E_DATE. */
JK_MUST_USE jk_status jk_date_to_day(const jk_date *date, int64_t *day);

/* All parts unknown for a day outside the years 1868..2199. */
jk_date jk_date_of_day(int64_t day);

/* Era (1 Meiji .. 5 Reiwa) and year to Gregorian; month and day may be 0.  1912-07-30 is a day of
 * Meiji 45 and of Taisho 1, 1926-12-25 of Taisho 15 and of Showa 1.  JK_E_DATE if no day that the
 * parts allow is in that era. */
JK_MUST_USE jk_status jk_date_of_era(int era, int year, int month, int day, jk_date *date);

/* The later era on a day that two eras share; JK_E_DATE when unknown parts leave two eras open. */
JK_MUST_USE jk_status jk_date_to_era(const jk_date *date, int *era, int *year);

/* A name, address or reading of 1..code_points_max code points, where a variation selector counts
 * with its base; at least one is no space.  Bytes are never changed.
 *
 * JK_E_UTF8: not valid UTF-8, or a NUL.  JK_E_OVERSIZED: too many code points.  JK_E_NAME: empty,
 * or with a control or format character (direction marks, zero-width ones), a line separator, a
 * noncharacter, a code point of a plane without text, U+FFFD, or a selector without a base. */
JK_MUST_USE jk_status jk_text_check(const char *text, size_t size, size_t code_points_max);

/* Folded kana key for search: hiragana and katakana, half and full width, voicing, small kana,
 * a-z and A-Z alike; without spaces, middle dots, long-vowel marks, selectors, and U or O after the
 * O row (STD 2.1.2).  key gets no NUL; an empty key is possible.  JK_E_OVERSIZED when key is too
 * small, JK_E_UTF8; then nothing is written. */
JK_MUST_USE jk_status jk_kana_fold(const char *text, size_t size, char *key, size_t capacity,
                                   size_t *key_size);

/* A resident record code as the key of machine and register rows: "r:", eleven digits, zeros; the
 * none token for anything but eleven digits.  And back (false: no such key, code unchanged). */
jk_token jk_token_of_resident(const char *code11);
bool jk_resident_of_token(const jk_token *token, char code[12]);

/* One residence of a resident, by its epoch, as the key of a machine's row; never in a log: "e:",
 * eleven digits, zero, the epoch in two bytes.  The none token for anything but eleven digits and
 * 1..65535. */
jk_token jk_token_of_element(const char *code11, uint64_t epoch);

#endif
