/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and judges a population file.  One table says of every column where it goes, how it is
 * judged and which rule it breaks; a finding names line, field and rule, never a value. */
#include "juki/municipality.h"
#include "sim/population.h"
#include "sim/population_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_POINTS = 100,
    KANA_POINTS = 200,
    ADDRESS_POINTS = 200,
    TEXT_POINTS = 50,
    CODE_COLUMN = 0,
    NUMBER_COLUMN = 1
};

const char *const jk_population_columns[JK_POPULATION_COLUMNS] = {
    "resident_code",
    "individual_number",
    "name",
    "kana",
    "former_surname",
    "common_name",
    "birth",
    "sex",
    "postcode",
    "address",
    "municipality_code",
    "household",
    "head_name",
    "relationship",
    "koseki_place",
    "koseki_head",
    "qualifications",
    "nationality",
    "foreign_category",
    "residence_card",
    "residence_status",
    "residence_until",
    "card",
};

static const char *const card_names[] = {
    [JK_CARD_NONE] = "none",
    [JK_CARD_APPLIED] = "applied",
    [JK_CARD_MANUFACTURED] = "manufactured",
    [JK_CARD_SHIPPED] = "shipped",
    [JK_CARD_IN_OPERATION] = "in_operation",
    [JK_CARD_SUSPENDED] = "suspended",
    [JK_CARD_PENDING_CONTINUE] = "pending_continue",
    [JK_CARD_ABOLISHED] = "abolished",
    [JK_CARD_RETURNED] = "returned",
    [JK_CARD_RECOVERED] = "recovered",
};

enum {
    CARD_STATES = (int)(sizeof card_names / sizeof card_names[0])
};

const char *jk_population_card_name(uint8_t card_state)
{
    return card_state < CARD_STATES ? card_names[card_state] : NULL;
}

/* What is wrong with one field; status JK_OK: nothing. */
typedef struct verdict {
    jk_status status;
    const char *rule;
} verdict;

static const verdict fine = {JK_OK, NULL};

static verdict broken(jk_status status, const char *rule)
{
    const verdict v = {status, rule};
    return v;
}

typedef enum form {
    FORM_CODE,
    FORM_NUMBER,
    FORM_NAME,
    FORM_KANA,
    FORM_ADDRESS,
    FORM_TEXT,
    FORM_BIRTH,
    FORM_UNTIL,
    FORM_SEX,
    FORM_POSTCODE,
    FORM_MUNICIPALITY,
    FORM_HOUSEHOLD,
    FORM_QUALIFICATIONS,
    FORM_CATEGORY,
    FORM_RESIDENCE_CARD,
    FORM_CARD
} form;

typedef struct column {
    form form;
    bool required;
    size_t offset; /* of a text in jk_person */
    size_t capacity;
} column;

#define AT(field) offsetof(jk_person, field), sizeof(((jk_person *)0)->field)

/* In the order of jk_population_columns. */
static const column columns[JK_POPULATION_COLUMNS] = {
    {FORM_CODE, true, AT(resident_code)},
    {FORM_NUMBER, false, AT(individual_number)},
    {FORM_NAME, true, AT(name)},
    {FORM_KANA, false, AT(kana)},
    {FORM_NAME, false, AT(former_surname)},
    {FORM_NAME, false, AT(common_name)},
    {FORM_BIRTH, true, 0, 0},
    {FORM_SEX, true, 0, 0},
    {FORM_POSTCODE, false, AT(postcode)},
    {FORM_ADDRESS, true, AT(address)},
    {FORM_MUNICIPALITY, true, AT(municipality_code)},
    {FORM_HOUSEHOLD, true, 0, 0},
    {FORM_NAME, true, AT(head_name)},
    {FORM_TEXT, true, AT(relationship)},
    {FORM_ADDRESS, false, AT(koseki_place)},
    {FORM_NAME, false, AT(koseki_head)},
    {FORM_QUALIFICATIONS, true, 0, 0},
    {FORM_TEXT, false, AT(nationality)},
    {FORM_CATEGORY, true, 0, 0},
    {FORM_RESIDENCE_CARD, false, AT(residence_card)},
    {FORM_TEXT, false, AT(residence_status)},
    {FORM_UNTIL, false, 0, 0},
    {FORM_CARD, true, 0, 0},
};

static bool digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return true;
}

static uint64_t value_of(const char *text, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    return value;
}

/* YYYY-MM-DD with 00 for an unknown part, then "/" and the number of a qualifier that is not 0. */
static verdict parse_date(const char *text, size_t size, jk_date *date)
{
    const verdict form_wrong = broken(JK_E_DATE, "a date is YYYY-MM-DD, with /N for a qualifier");
    jk_date d = {0, 0, 0, JK_DATE_EXACT};

    if (size < 10 || size > 13 || text[4] != '-' || text[7] != '-' || !digits(text, 4) ||
        !digits(text + 5, 2) || !digits(text + 8, 2)) {
        return form_wrong;
    }
    if (size > 10) {
        if (size == 11 || text[10] != '/' || text[11] == '0' || !digits(text + 11, size - 11)) {
            return form_wrong;
        }
        d.qualifier = (uint8_t)value_of(text + 11, size - 11);
    }
    d.year = (uint16_t)value_of(text, 4);
    d.month = (uint8_t)value_of(text + 5, 2);
    d.day = (uint8_t)value_of(text + 8, 2);
    if (jk_date_check(&d) != JK_OK) {
        return broken(JK_E_DATE, "no such date");
    }
    *date = d;
    return fine;
}

static verdict check_text(const char *text, size_t size, size_t points_max, size_t capacity)
{
    const jk_status status = jk_text_check(text, size, points_max);

    if (status == JK_OK && size < capacity) {
        return fine;
    }
    if (status == JK_E_UTF8) {
        return broken(status, "not valid UTF-8, or with a NUL");
    }
    if (status == JK_E_NAME) {
        return broken(status, "blank, or with a character that no name has");
    }
    return broken(JK_E_OVERSIZED, "too long");
}

static verdict check_code(const char *text, size_t size, bool check_digit)
{
    const jk_status status = jk_resident_code_check(text, size, check_digit);

    if (status == JK_OK) {
        return fine;
    }
    return broken(status, status == JK_E_RESIDENT_CODE_CHECK ? "wrong check digit"
                                                             : "eleven digits, not all zero");
}

static verdict check_number(const char *text, size_t size)
{
    if (jk_individual_number_check(text, size) == JK_OK) {
        return fine;
    }
    return broken(JK_E_INDIVIDUAL_NUMBER,
                  size == 12 && digits(text, size) ? "wrong check digit" : "twelve digits");
}

static verdict check_municipality(const char *text, size_t size)
{
    if (size != 6 || !digits(text, size)) {
        return broken(JK_E_MUNICIPALITY_CODE, "six digits");
    }
    if (jk_municipality_code_check(text, size) != JK_OK) {
        return broken(JK_E_MUNICIPALITY_CODE, "wrong check digit or no such prefecture");
    }
    if (jk_municipality_find(text) == NULL) {
        return broken(JK_E_MUNICIPALITY_CODE, "not in the list of municipalities");
    }
    return fine;
}

static verdict check_residence_card(const char *text, size_t size)
{
    bool good = size == 12 && digits(text + 2, 8);

    for (size_t i = 0; good && i < 4; i++) {
        const char letter = text[i < 2 ? i : i + 8];
        good = letter >= 'A' && letter <= 'Z';
    }
    return good ? fine : broken(JK_E_RANGE, "two letters, eight digits, two letters");
}

/* Those that are kept as text. */
static verdict check_kept(const column *c, const char *text, size_t size, bool check_digit)
{
    switch (c->form) {
    case FORM_CODE: return check_code(text, size, check_digit);
    case FORM_NUMBER: return check_number(text, size);
    case FORM_NAME: return check_text(text, size, NAME_POINTS, c->capacity);
    case FORM_KANA: return check_text(text, size, KANA_POINTS, c->capacity);
    case FORM_ADDRESS: return check_text(text, size, ADDRESS_POINTS, c->capacity);
    case FORM_TEXT: return check_text(text, size, TEXT_POINTS, c->capacity);
    case FORM_MUNICIPALITY: return check_municipality(text, size);
    case FORM_RESIDENCE_CARD: return check_residence_card(text, size);
    case FORM_POSTCODE:
        return size == 7 && digits(text, size) ? fine : broken(JK_E_RANGE, "seven digits");
    case FORM_BIRTH:
    case FORM_UNTIL:
    case FORM_SEX:
    case FORM_HOUSEHOLD:
    case FORM_QUALIFICATIONS:
    case FORM_CATEGORY:
    case FORM_CARD: break;
    }
    return broken(JK_E_BUG, "no such column");
}

static verdict parse_card(const char *text, size_t size, uint8_t *card)
{
    for (uint8_t i = 0; i < CARD_STATES; i++) {
        if (strlen(card_names[i]) == size && memcmp(card_names[i], text, size) == 0) {
            *card = i;
            return fine;
        }
    }
    return broken(JK_E_ENUM, "no such card state");
}

static verdict parse_qualifications(const char *text, size_t size, uint8_t *bits)
{
    uint32_t value = 0;

    if (size != 5) {
        return broken(JK_E_RANGE, "five flags, each 0 or 1");
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '0' && text[i] != '1') {
            return broken(JK_E_RANGE, "five flags, each 0 or 1");
        }
        value |= text[i] == '1' ? 1U << i : 0U;
    }
    *bits = (uint8_t)value;
    return fine;
}

/* Those that become a number or a date. */
static verdict parse_value(const column *c, const char *text, size_t size, jk_person *person)
{
    switch (c->form) {
    case FORM_BIRTH: return parse_date(text, size, &person->birth);
    case FORM_UNTIL: return parse_date(text, size, &person->residence_until);
    case FORM_QUALIFICATIONS: return parse_qualifications(text, size, &person->qualifications);
    case FORM_CARD: return parse_card(text, size, &person->card_state);
    case FORM_SEX:
        if (size != 1 || strchr("0129", text[0]) == NULL || text[0] == '\0') {
            return broken(JK_E_ENUM, "0, 1, 2 or 9");
        }
        person->sex = (uint8_t)(text[0] - '0');
        return fine;
    case FORM_CATEGORY:
        if (size != 1 || text[0] < '0' || text[0] > '4') {
            return broken(JK_E_ENUM, "0 to 4");
        }
        person->foreign_category = (uint8_t)(text[0] - '0');
        return fine;
    case FORM_HOUSEHOLD:
        if (size > 18 || !digits(text, size) || text[0] == '0') {
            return broken(JK_E_RANGE, "a number from 1, without leading zeros");
        }
        person->household = value_of(text, size);
        return fine;
    case FORM_CODE:
    case FORM_NUMBER:
    case FORM_NAME:
    case FORM_KANA:
    case FORM_ADDRESS:
    case FORM_TEXT:
    case FORM_POSTCODE:
    case FORM_MUNICIPALITY:
    case FORM_RESIDENCE_CARD: break;
    }
    return broken(JK_E_BUG, "no such column");
}

static verdict take_field(const column *c, const char *text, size_t size, bool check_digit,
                          jk_person *person)
{
    if (size == 0) {
        return c->required ? broken(JK_E_MISSING_FIELD, "must not be empty") : fine;
    }
    if (c->capacity == 0) {
        return parse_value(c, text, size, person);
    }
    const verdict v = check_kept(c, text, size, check_digit);
    if (v.status == JK_OK) {
        char *kept = (char *)person + c->offset;
        memcpy(kept, text, size);
        kept[size] = '\0';
    }
    return v;
}

/* --- lines --- */

typedef struct reader {
    FILE *file;
    uint64_t line;
    size_t size; /* of the line in text, without its newline */
    bool too_long;
    bool cut; /* the file ends without a newline */
    bool check_digit;
    jk_population_finding_fn *tell; /* may be NULL */
    void *arg;
    jk_population_finding first;
    jk_set codes;
    jk_set numbers;
    jk_person person;
    char text[JK_POPULATION_LINE_MAX + 1];
} reader;

static void tell(reader *r, const char *field, verdict v)
{
    const jk_population_finding finding = {r->line, field, v.rule, v.status};

    if (r->first.status == JK_OK) {
        r->first = finding;
    }
    if (r->tell != NULL) {
        r->tell(r->arg, &finding);
    }
}

/* Reads a line into text, NULs and all; false at the end of the file. */
static bool next_line(reader *r)
{
    int c = getc(r->file);

    if (c == EOF) {
        return false;
    }
    r->size = 0;
    r->too_long = false;
    while (c != '\n' && c != EOF) {
        if (r->size < JK_POPULATION_LINE_MAX) {
            r->text[r->size++] = (char)c;
        } else {
            r->too_long = true;
        }
        c = getc(r->file);
    }
    r->text[r->size] = '\0';
    r->cut = c == EOF;
    r->line++;
    return true;
}

static bool header_fits(const reader *r)
{
    const char *at = r->text;
    size_t left = r->size;

    for (size_t i = 0; i < JK_POPULATION_COLUMNS; i++) {
        const size_t length = strlen(jk_population_columns[i]);
        const bool last = i + 1 == JK_POPULATION_COLUMNS;
        if (left < length + (last ? 0 : 1) || memcmp(at, jk_population_columns[i], length) != 0 ||
            (!last && at[length] != '\t')) {
            return false;
        }
        at += length + (last ? 0 : 1);
        left -= length + (last ? 0 : 1);
    }
    return left == 0;
}

static size_t count_columns(const reader *r)
{
    size_t count = 1;

    for (size_t i = 0; i < r->size; i++) {
        count += r->text[i] == '\t';
    }
    return count;
}

/* False: no memory. */
static bool check_duplicate(reader *r, size_t index, const char *text, size_t size)
{
    jk_set *set = index == CODE_COLUMN ? &r->codes : &r->numbers;

    if (size == 0) {
        return true;
    }
    switch (jk_set_add(set, value_of(text, size))) {
    case JK_SET_NEW: return true;
    case JK_SET_KNOWN:
        tell(r, jk_population_columns[index], broken(JK_E_CONFLICT, "stands twice in this file"));
        return true;
    case JK_SET_FULL: break;
    }
    return false;
}

/* A category without a nationality, or the other way round, is half a foreign resident. */
static void check_together(reader *r)
{
    if ((r->person.nationality[0] != '\0') != (r->person.foreign_category != JK_FOREIGN_NONE)) {
        tell(r, "nationality", broken(JK_E_RANGE, "goes together with foreign_category"));
    }
}

/* Judges a line and fills r->person.  JK_OK also with findings; else no memory. */
static jk_status take_line(reader *r, bool *good)
{
    const char *at = r->text;
    const char *end = r->text + r->size;

    *good = false;
    if (r->too_long) {
        tell(r, "line", broken(JK_E_OVERSIZED, "longer than 16384 bytes"));
        return JK_OK;
    }
    if (r->cut) {
        tell(r, "line", broken(JK_E_TRUNCATED, "the file ends without a newline"));
        return JK_OK;
    }
    if (count_columns(r) != JK_POPULATION_COLUMNS) {
        tell(r, "line", broken(JK_E_WIRE, "23 columns, separated by tabs"));
        return JK_OK;
    }
    memset(&r->person, 0, sizeof r->person);
    *good = true;
    for (size_t i = 0; i < JK_POPULATION_COLUMNS; i++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        const size_t size = (size_t)((tab == NULL ? end : tab) - at);
        const verdict v = take_field(&columns[i], at, size, r->check_digit, &r->person);
        if (v.status != JK_OK) {
            tell(r, jk_population_columns[i], v);
            *good = false;
        } else if (i <= NUMBER_COLUMN && !check_duplicate(r, i, at, size)) {
            return JK_E_MEMORY;
        }
        at += size + 1;
    }
    if (*good) {
        check_together(r);
    }
    return JK_OK;
}

static jk_status fail(jk_fault *fault, jk_status status, int os_code, const char *why)
{
    fault->status = status;
    fault->os_code = os_code;
    (void)snprintf(fault->text, sizeof fault->text, "%s", why);
    return status;
}

/* The first finding as the fault. */
static jk_status fail_finding(jk_fault *fault, const jk_population_finding *first)
{
    fault->status = first->status;
    fault->os_code = 0;
    (void)snprintf(fault->text, sizeof fault->text, "line %llu: %s: %s",
                   (unsigned long long)first->line, first->field, first->rule);
    return first->status;
}

/* Judges all lines from the start of the file. */
static jk_status judge(reader *r, uint64_t *residents, jk_fault *fault)
{
    uint64_t count = 0;

    const bool some = next_line(r);
    if (!ferror(r->file) && (!some || r->too_long || r->cut || !header_fits(r))) {
        r->line = 1;
        tell(r, "header", broken(JK_E_WIRE, "not the header line of a population file"));
    } else {
        while (next_line(r)) {
            bool good = false;
            if (take_line(r, &good) != JK_OK) {
                return fail(fault, JK_E_MEMORY, 0, "no memory to look for duplicates");
            }
            count += good;
        }
    }
    if (ferror(r->file)) {
        return fail(fault, JK_E_IO, errno, "the file cannot be read to its end");
    }
    if (r->first.status != JK_OK) {
        return fail_finding(fault, &r->first);
    }
    *residents = count;
    return JK_OK;
}

/* The second way through a file that was found good. */
static jk_status deliver(reader *r, jk_population_person_fn *take, void *arg, jk_fault *fault)
{
    if (fseek(r->file, 0, SEEK_SET) != 0) {
        return fail(fault, JK_E_IO, errno, "the file cannot be read a second time");
    }
    jk_set_close(&r->codes);
    jk_set_close(&r->numbers);
    r->line = 0;
    bool more = next_line(r);
    while (more && next_line(r)) {
        bool good = false;
        const jk_status status = take_line(r, &good);
        if (status != JK_OK) {
            return fail(fault, status, 0, "no memory to look for duplicates");
        }
        if (r->first.status != JK_OK) {
            return fail_finding(fault, &r->first); /* the file was changed meanwhile */
        }
        const jk_status taken = take(arg, &r->person);
        if (taken != JK_OK) {
            return fail(fault, taken, 0, "the reading was ended by who takes the people");
        }
    }
    return ferror(r->file) ? fail(fault, JK_E_IO, errno, "the file cannot be read to its end")
                           : JK_OK;
}

static jk_status reader_open(reader **out, const jk_population_file *file, jk_fault *fault)
{
    reader *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return fail(fault, JK_E_MEMORY, 0, "no memory to read a population file");
    }
    r->file = fopen(file->path, "rb");
    if (r->file == NULL) {
        const int code = errno;
        free(r);
        return fail(fault, JK_E_FILE, code, "the population file cannot be opened");
    }
    r->check_digit = !file->any_resident_digit;
    *out = r;
    return JK_OK;
}

static void reader_close(reader *r)
{
    (void)fclose(r->file);
    jk_set_close(&r->codes);
    jk_set_close(&r->numbers);
    free(r);
}

jk_status jk_population_check(const jk_population_file *file,
                              jk_population_finding_fn *tell_finding, void *arg,
                              uint64_t *residents, jk_fault *fault)
{
    reader *r = NULL;
    jk_status status = reader_open(&r, file, fault);

    if (status != JK_OK) {
        return status;
    }
    r->tell = tell_finding;
    r->arg = arg;
    status = judge(r, residents, fault);
    reader_close(r);
    return status;
}

jk_status jk_population_read(const jk_population_file *file, jk_population_person_fn *take,
                             void *arg, jk_fault *fault)
{
    reader *r = NULL;
    uint64_t residents = 0;
    jk_status status = reader_open(&r, file, fault);

    if (status != JK_OK) {
        return status;
    }
    status = judge(r, &residents, fault);
    if (status == JK_OK) {
        status = deliver(r, take, arg, fault);
    }
    reader_close(r);
    return status;
}
