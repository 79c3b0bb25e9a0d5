/* SPDX-License-Identifier: Apache-2.0 */
/* `juki population`: writes synthetic residents, or judges a population file.  One of the two
 * places that write a person out; the people here are made up. */
#include "tool/population.h"

#include "sim/population.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_USAGE = 2,
    FINDINGS_SHOWN = 20,
    QUALIFICATIONS = 5,
    VALUE_SIZE = 24 /* bytes of the longest number or date, with its NUL */
};

static const struct option options[] = {
    {"seed", required_argument, NULL, 's'},
    {"municipality", required_argument, NULL, 'm'},
    {"residents", required_argument, NULL, 'n'},
    {"out", required_argument, NULL, 'o'},
    {"json", no_argument, NULL, 'j'},
    {"check", required_argument, NULL, 'c'},
    {"any-resident-digit", no_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "juki population --seed N --municipality CODE[,CODE...] --residents N [--out FILE] [--json]\n"
    "juki population --check FILE\n"
    "\n"
    "Writes synthetic households for real municipality codes, or judges such a file.\n"
    "\n"
    "  --seed N               a number; the same seed gives the same bytes\n"
    "  --municipality CODES   six-digit codes, separated by commas\n"
    "  --residents N          people of all municipalities together\n"
    "  --out FILE             where to write; without it, standard output\n"
    "  --json                 one JSON object a line instead of tab-separated columns\n"
    "  --check FILE           judge a file: one line a finding, exit status 1 if there is one\n"
    "  --any-resident-digit   with --check: any check digit of a resident record code will do\n"
    "  --help                 this text\n";

typedef struct request {
    jk_population_options make;
    const char *codes[JK_POPULATION_MUNICIPALITIES_MAX];
    const char *out;
    const char *check;
    bool json;
    bool any_resident_digit;
    bool seeded;
    bool counted;
} request;

/* --- one person as texts, in the order of the columns --- */

typedef struct row {
    const char *text[JK_POPULATION_COLUMNS];
    char birth[VALUE_SIZE];
    char until[VALUE_SIZE];
    char sex[VALUE_SIZE];
    char household[VALUE_SIZE];
    char category[VALUE_SIZE];
    char qualifications[QUALIFICATIONS + 1];
} row;

static void write_date(char out[VALUE_SIZE], const jk_date *date)
{
    const int size = snprintf(out, VALUE_SIZE, "%04u-%02u-%02u", (unsigned)date->year,
                              (unsigned)date->month, (unsigned)date->day);

    if (date->qualifier != JK_DATE_EXACT) {
        (void)snprintf(out + size, VALUE_SIZE - (size_t)size, "/%u", (unsigned)date->qualifier);
    }
}

static void fill_row(const jk_person *person, row *r)
{
    write_date(r->birth, &person->birth);
    r->until[0] = '\0';
    if (person->residence_until.year != 0) {
        write_date(r->until, &person->residence_until);
    }
    (void)snprintf(r->sex, VALUE_SIZE, "%u", (unsigned)person->sex);
    (void)snprintf(r->household, VALUE_SIZE, "%" PRIu64, person->household);
    (void)snprintf(r->category, VALUE_SIZE, "%u", (unsigned)person->foreign_category);
    for (size_t i = 0; i < QUALIFICATIONS; i++) {
        r->qualifications[i] = (person->qualifications >> i & 1) != 0 ? '1' : '0';
    }
    r->qualifications[QUALIFICATIONS] = '\0';
    const char *const text[JK_POPULATION_COLUMNS] = {
        person->resident_code,
        person->individual_number,
        person->name,
        person->kana,
        person->former_surname,
        person->common_name,
        r->birth,
        r->sex,
        person->postcode,
        person->address,
        person->municipality_code,
        r->household,
        person->head_name,
        person->relationship,
        person->koseki_place,
        person->koseki_head,
        r->qualifications,
        person->nationality,
        r->category,
        person->residence_card,
        person->residence_status,
        r->until,
        jk_population_card_name(person->card_state),
    };
    memcpy(r->text, text, sizeof text);
}

static bool write_line(FILE *file, const char *const text[JK_POPULATION_COLUMNS])
{
    for (size_t i = 0; i < JK_POPULATION_COLUMNS; i++) {
        if (fputs(text[i], file) == EOF ||
            putc(i + 1 < JK_POPULATION_COLUMNS ? '\t' : '\n', file) == EOF) {
            return false;
        }
    }
    return true;
}

static bool write_json(FILE *file, const char *const text[JK_POPULATION_COLUMNS])
{
    json_t *object = json_object();
    bool good = object != NULL;

    for (size_t i = 0; good && i < JK_POPULATION_COLUMNS; i++) {
        good = json_object_set_new(object, jk_population_columns[i], json_string(text[i])) == 0;
    }
    good = good && json_dumpf(object, file, JSON_COMPACT) == 0 && putc('\n', file) != EOF;
    json_decref(object);
    return good;
}

/* --- making --- */

static bool write_people(jk_population *population, bool json, FILE *file)
{
    static jk_person person;
    row r;

    if (!json && !write_line(file, jk_population_columns)) {
        return false;
    }
    while (jk_population_next(population, &person)) {
        fill_row(&person, &r);
        if (!(json ? write_json : write_line)(file, r.text)) {
            return false;
        }
    }
    return fflush(file) == 0;
}

static const char *why_not(jk_status status)
{
    if (status == JK_E_MUNICIPALITY_CODE) {
        return "--municipality: a code that is not in the list of municipalities";
    }
    if (status == JK_E_CONFLICT) {
        return "--municipality: a code stands twice";
    }
    return status == JK_E_RANGE ? "--residents: more than 5000000 for one municipality"
                                : jk_status_text(status);
}

static int make(const request *q)
{
    jk_population population;
    const jk_status status = jk_population_open(&population, &q->make);

    if (status != JK_OK) {
        (void)fprintf(stderr, "juki population: %s\n", why_not(status));
        return EXIT_USAGE;
    }
    FILE *file = q->out == NULL ? stdout : fopen(q->out, "wb");
    if (file == NULL) {
        (void)fprintf(stderr, "juki population: %s: %s\n", q->out, strerror(errno));
        return EXIT_FAILURE;
    }
    bool good = write_people(&population, q->json, file);
    const int code = errno;
    if (q->out != NULL) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        (void)fprintf(stderr, "juki population: %s: not written: %s\n",
                      q->out == NULL ? "standard output" : q->out, strerror(code));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* --- judging --- */

typedef struct findings {
    const char *path;
    uint64_t count;
} findings;

static void show(void *arg, const jk_population_finding *finding)
{
    findings *f = arg;

    f->count++;
    if (f->count <= FINDINGS_SHOWN) {
        (void)printf("%s:%" PRIu64 ": %s: %s\n", f->path, finding->line, finding->field,
                     finding->rule);
    }
}

static int check(const request *q)
{
    const jk_population_file file = {q->check, q->any_resident_digit};
    findings f = {q->check, 0};
    uint64_t residents = 0;
    jk_fault fault = {JK_OK, 0, ""};
    const jk_status status = jk_population_check(&file, show, &f, &residents, &fault);

    if (status == JK_OK) {
        (void)printf("%s: %" PRIu64 " residents, nothing wrong\n", q->check, residents);
        return EXIT_SUCCESS;
    }
    if (f.count > FINDINGS_SHOWN) {
        (void)printf("%s: and %" PRIu64 " more\n", q->check, f.count - FINDINGS_SHOWN);
    }
    if (f.count == 0 || jk_status_class(status) == JK_CLASS_HOST) {
        (void)fprintf(stderr, "juki population: %s: %s%s%s\n", q->check, fault.text,
                      fault.os_code != 0 ? ": " : "",
                      fault.os_code != 0 ? strerror(fault.os_code) : "");
    } else {
        (void)printf("%s: %" PRIu64 " findings\n", q->check, f.count);
    }
    return EXIT_FAILURE;
}

/* --- the command line --- */

/* Digits alone: no sign, no space, no 0x. */
static bool parse_number(const char *text, uint64_t *number)
{
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) {
        return false;
    }
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    *number = value;
    return errno == 0;
}

/* Cuts the list at its commas; the codes stay where they are. */
static bool parse_codes(char *text, request *q)
{
    size_t count = 0;

    for (char *at = text; at != NULL; count++) {
        if (count == JK_POPULATION_MUNICIPALITIES_MAX) {
            return false;
        }
        char *comma = strchr(at, ',');
        if (comma != NULL) {
            *comma = '\0';
        }
        q->codes[count] = at;
        at = comma == NULL ? NULL : comma + 1;
    }
    q->make.codes = q->codes;
    q->make.code_count = count;
    return true;
}

static bool take_option(int letter, request *q)
{
    switch (letter) {
    case 's': q->seeded = true; return parse_number(optarg, &q->make.seed);
    case 'n': q->counted = true; return parse_number(optarg, &q->make.residents);
    case 'm': return parse_codes(optarg, q);
    case 'o': q->out = optarg; return true;
    case 'c': q->check = optarg; return true;
    case 'j': q->json = true; return true;
    case 'd': q->any_resident_digit = true; return true;
    default: return false;
    }
}

static int wrong_use(const char *why)
{
    (void)fprintf(stderr, "juki population: %s; see juki population --help\n", why);
    return EXIT_USAGE;
}

int jk_tool_population(int argc, char **argv)
{
    request q;
    int letter = 0;
    int index = 0;

    memset(&q, 0, sizeof q);
    optind = 1;
    while ((letter = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (letter == 'h') {
            return fputs(help, stdout) == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        if (letter == '?') {
            return EXIT_USAGE; /* getopt has said what is wrong */
        }
        if (!take_option(letter, &q)) {
            (void)fprintf(stderr, "juki population: --%s: not a value for it\n",
                          options[index].name);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        return wrong_use("an argument without an option");
    }
    const bool making = q.seeded || q.counted || q.make.codes != NULL;
    if (q.check != NULL) {
        return making || q.json || q.out != NULL ? wrong_use("--check stands alone") : check(&q);
    }
    if (!q.seeded || !q.counted || q.make.codes == NULL) {
        return wrong_use("--seed, --municipality and --residents are needed");
    }
    return make(&q);
}
