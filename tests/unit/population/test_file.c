/* SPDX-License-Identifier: Apache-2.0 */
/* The verb and the file: the same bytes for the same seed, back again unchanged, and every way in
 * which a file can be wrong, told by line, field and rule and never by value. */
#include "juki/municipality.h"
#include "sim/population.h"
#include "tool/population.h"

#include "same.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME   JK_BINARY_DIR "/tests/population_file.tsv"
#define OUTPUT_NAME JK_BINARY_DIR "/tests/population_file.txt"

enum {
    FILE_MAX = 4 << 20,
    ARGUMENTS_MAX = 12
};

typedef struct bytes {
    size_t size;
    char data[FILE_MAX];
} bytes;

static bytes good;    /* a file of the verb */
static bytes changed; /* the same with something wrong */

static int juki(const char *const arguments[ARGUMENTS_MAX])
{
    static char copy[ARGUMENTS_MAX][512];
    char *argv[ARGUMENTS_MAX + 1];
    int argc = 0;

    while (argc < ARGUMENTS_MAX && arguments[argc] != NULL) {
        (void)snprintf(copy[argc], sizeof copy[argc], "%s", arguments[argc]);
        argv[argc] = copy[argc];
        argc++;
    }
    argv[argc] = NULL;
    return jk_tool_population(argc, argv);
}

static int make(const char *seed, const char *codes, const char *residents, const char *format)
{
    const char *const arguments[ARGUMENTS_MAX] = {
        "population",  "--seed",  seed,    "--municipality", codes,
        "--residents", residents, "--out", FILE_NAME,        format};
    return juki(arguments);
}

static void load(bytes *b, const char *name)
{
    FILE *file = fopen(name, "rb");

    assert_non_null(file);
    b->size = fread(b->data, 1, FILE_MAX - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(b->size < FILE_MAX - 1);
    b->data[b->size] = '\0';
}

static void store(const bytes *b)
{
    FILE *file = fopen(FILE_NAME, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(b->data, 1, b->size, file), b->size);
    assert_int_equal(fclose(file), 0);
}

static int make_good(void **state)
{
    (void)state;
    assert_int_equal(make("4", "131016,141003", "40", NULL), 0);
    load(&good, FILE_NAME);
    return 0;
}

/* SHA-256 in hex of what the verb writes. */
static void digest(char hex[65])
{
    uint8_t hash[crypto_hash_sha256_BYTES];

    load(&changed, FILE_NAME);
    assert_int_equal(crypto_hash_sha256(hash, (const uint8_t *)changed.data, changed.size), 0);
    assert_non_null(sodium_bin2hex(hex, 65, hash, sizeof hash));
}

/* A change of these digests changes every population that was ever made with a seed. */
static void same_bytes(void **state)
{
    char hex[65];
    char again[65];

    (void)state;
    assert_int_equal(make("1", "131016,141003,272272", "3000", NULL), 0);
    digest(hex);
    assert_string_equal(hex, "4507f2e212b4b842f9ee625c3937659d1197fe745c441ca5970c3190a9a6e6fc");
    assert_int_equal(make("1", "131016,141003,272272", "3000", NULL), 0);
    digest(again);
    assert_string_equal(hex, again);
    assert_int_equal(make("2", "131016,141003,272272", "3000", NULL), 0);
    digest(again);
    assert_string_not_equal(hex, again);
    assert_int_equal(make("1", "131016", "200", "--json"), 0);
    digest(hex);
    assert_string_equal(hex, "aeaaf4ad388e921020fe6c7ec8a7bc5a305fad4dc99061795fc3d1ca4f018b05");
}

typedef struct taken {
    const jk_population *population;
    uint64_t count;
    uint64_t stop_at;
} taken;

static jk_status take(void *arg, const jk_person *person)
{
    taken *t = arg;
    static jk_person made;

    if (t->count == t->stop_at) {
        return JK_E_FULL;
    }
    assert_int_equal(
        jk_population_person(t->population, person->municipality_code, t->count % 20, &made),
        JK_OK);
    assert_true(same_person(&made, person));
    t->count++;
    return JK_OK;
}

static jk_population population_4(void)
{
    static const char *const codes[] = {"131016"};
    const jk_population_options options = {.seed = 4, .codes = codes, .code_count = 1};
    jk_population population;

    assert_int_equal(jk_population_open(&population, &options), JK_OK);
    return population;
}

static void there_and_back(void **state)
{
    const jk_population population = population_4();
    const jk_population_file file = {.path = FILE_NAME};
    taken t = {&population, 0, UINT64_MAX};
    jk_fault fault = {JK_OK, 0, ""};
    uint64_t residents = 0;

    (void)state;
    store(&good);
    assert_int_equal(jk_population_read(&file, take, &t, &fault), JK_OK);
    assert_int_equal(t.count, 40);
    assert_int_equal(jk_population_check(&file, NULL, NULL, &residents, &fault), JK_OK);
    assert_int_equal(residents, 40);
    t.count = 0;
    t.stop_at = 7;
    assert_int_equal(jk_population_read(&file, take, &t, &fault), JK_E_FULL);
    assert_int_equal(t.count, 7);
    assert_int_equal(fault.status, JK_E_FULL);
}

/* --- wrong files --- */

/* Replaces field `column` of line `line` (both from 1 and 0: line 2 is the first person). */
static void replace(size_t line, size_t column, const char *value, size_t size)
{
    const char *at = good.data;

    for (size_t i = 1; i < line; i++) {
        at = strchr(at, '\n') + 1;
    }
    for (size_t i = 0; i < column; i++) {
        at = strchr(at, '\t') + 1;
    }
    const char *end = at + strcspn(at, "\t\n");
    const size_t head = (size_t)(at - good.data);
    const size_t tail = good.size - (size_t)(end - good.data);
    memcpy(changed.data, good.data, head);
    memcpy(changed.data + head, value, size);
    memcpy(changed.data + head + size, end, tail);
    changed.size = head + size + tail;
    store(&changed);
}

typedef struct findings {
    uint64_t count;
    jk_population_finding last;
} findings;

static void note(void *arg, const jk_population_finding *finding)
{
    findings *f = arg;

    f->count++;
    f->last = *finding;
}

static jk_status nobody(void *arg, const jk_person *person)
{
    (void)person;
    *(int *)arg += 1;
    return JK_OK;
}

/* The file at FILE_NAME has one finding, and the reader gives nobody. */
static void expect(uint64_t line, const char *field, jk_status status)
{
    const jk_population_file file = {.path = FILE_NAME};
    findings f = {0, {0, NULL, NULL, JK_OK}};
    jk_fault fault = {JK_OK, 0, ""};
    uint64_t residents = 12345;
    int people = 0;
    char where[64];

    assert_int_equal(jk_population_check(&file, note, &f, &residents, &fault), status);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.last.line, line);
    assert_string_equal(f.last.field, field);
    assert_int_equal(f.last.status, status);
    assert_int_equal(residents, 12345);
    assert_int_equal(jk_population_read(&file, nobody, &people, &fault), status);
    assert_int_equal(people, 0);
    (void)snprintf(where, sizeof where, "line %llu: %s: ", (unsigned long long)line, field);
    assert_memory_equal(fault.text, where, strlen(where));
}

typedef struct wrong {
    size_t column;
    const char *value;
    size_t size;
    jk_status status;
} wrong;

#define VALUE(literal) literal, sizeof(literal) - 1

static const wrong wrongs[] = {
    {0, VALUE("12345678904"), JK_E_RESIDENT_CODE_CHECK},
    {0, VALUE("1234567890"), JK_E_RESIDENT_CODE},
    {0, VALUE("00000000000"), JK_E_RESIDENT_CODE},
    {0, VALUE(""), JK_E_MISSING_FIELD},
    {1, VALUE("123456789017"), JK_E_INDIVIDUAL_NUMBER},
    {1, VALUE("12345678901"), JK_E_INDIVIDUAL_NUMBER},
    {2, VALUE(""), JK_E_MISSING_FIELD},
    {2, VALUE("\xe5\xb1"), JK_E_UTF8},
    {2, VALUE("\xed\xa0\x80"), JK_E_UTF8},
    {2, VALUE("山\0田"), JK_E_UTF8},
    {2, VALUE("\x8e\x52\x93\x63"), JK_E_UTF8},
    {2, VALUE("\U000E0100"), JK_E_NAME},
    {3, VALUE("ア\x01"), JK_E_NAME},
    {4, VALUE(" "), JK_E_NAME},
    {6, VALUE("1980-02-30"), JK_E_DATE},
    {6, VALUE("1980-00-01"), JK_E_DATE},
    {6, VALUE("1980-1-01"), JK_E_DATE},
    {6, VALUE("1980/01/01"), JK_E_DATE},
    {6, VALUE("1980-01-01/"), JK_E_DATE},
    {6, VALUE("1980-01-01/0"), JK_E_DATE},
    {6, VALUE("1980-01-01/11"), JK_E_DATE},
    {6, VALUE("1980-01-01/256"), JK_E_DATE},
    {6, VALUE("1980-01-01/99"), JK_E_DATE},
    {6, VALUE(""), JK_E_MISSING_FIELD},
    {7, VALUE("3"), JK_E_ENUM},
    {7, VALUE("male"), JK_E_ENUM},
    {7, VALUE("\0"), JK_E_ENUM},
    {8, VALUE("123456"), JK_E_RANGE},
    {8, VALUE("123-4567"), JK_E_RANGE},
    {9, VALUE("東京都\x7f"), JK_E_NAME},
    {10, VALUE("131015"), JK_E_MUNICIPALITY_CODE},
    {10, VALUE("13101"), JK_E_MUNICIPALITY_CODE},
    {10, VALUE("011011"), JK_E_MUNICIPALITY_CODE}, /* a ward */
    {10, VALUE("016951"), JK_E_MUNICIPALITY_CODE}, /* a code without a register */
    {11, VALUE("0"), JK_E_RANGE},
    {11, VALUE("-1"), JK_E_RANGE},
    {11, VALUE("1234567890123456789"), JK_E_RANGE},
    {16, VALUE("0000"), JK_E_RANGE},
    {16, VALUE("00002"), JK_E_RANGE},
    {17, VALUE("VNM"), JK_E_RANGE}, /* without a category */
    {18, VALUE("5"), JK_E_ENUM},
    {19, VALUE("AB1234567CD"), JK_E_RANGE},
    {19, VALUE("ab12345678CD"), JK_E_RANGE},
    {21, VALUE("2030-13-01"), JK_E_DATE},
    {22, VALUE("valid"), JK_E_ENUM},
    {22, VALUE("in_operation\r"), JK_E_ENUM},
    {22, VALUE(""), JK_E_MISSING_FIELD},
};

static void wrong_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        const wrong *w = &wrongs[i];
        replace(2 + i % 3, w->column, w->value, w->size);
        expect(2 + i % 3, jk_population_columns[w->column], w->status);
    }
}

static void too_long_fields(void **state)
{
    static char name[JK_POPULATION_LINE_MAX + 2];

    (void)state;
    memset(name, 'A', sizeof name);
    replace(3, 2, name, 100);
    const jk_population_file file = {.path = FILE_NAME};
    uint64_t residents = 0;
    jk_fault fault;
    assert_int_equal(jk_population_check(&file, NULL, NULL, &residents, &fault), JK_OK);
    replace(3, 2, name, 101);
    expect(3, "name", JK_E_OVERSIZED);
    replace(3, 9, name, 201);
    expect(3, "address", JK_E_OVERSIZED);
    replace(3, 13, name, 51);
    expect(3, "relationship", JK_E_OVERSIZED);
    replace(3, 2, name, sizeof name);
    expect(3, "line", JK_E_OVERSIZED);
}

/* A reading has room for 600 bytes, whatever its characters. */
static void wide_kana(void **state)
{
    const jk_population_file file = {.path = FILE_NAME};
    char kana[601];
    uint64_t residents = 0;
    jk_fault fault;

    (void)state;
    for (size_t i = 0; i < 150; i++) {
        memcpy(kana + 4 * i, "\U00020bb7", 4);
    }
    kana[600] = 'A';
    replace(3, 3, kana, 600);
    assert_int_equal(jk_population_check(&file, NULL, NULL, &residents, &fault), JK_OK);
    replace(3, 3, kana, 601);
    expect(3, "kana", JK_E_OVERSIZED);
}

static void wrong_lines(void **state)
{
    (void)state;
    replace(4, 5, "\t", 1); /* a column too many */
    expect(4, "line", JK_E_WIRE);
    replace(4, 5, "\n", 1); /* one line becomes two */
    const jk_population_file file = {.path = FILE_NAME};
    findings f = {0, {0, NULL, NULL, JK_OK}};
    jk_fault fault;
    uint64_t residents = 0;
    assert_int_equal(jk_population_check(&file, note, &f, &residents, &fault), JK_E_WIRE);
    assert_int_equal(f.count, 2);
    memcpy(changed.data, good.data, good.size);
    changed.size = good.size - 1; /* the last newline is missing */
    store(&changed);
    expect(41, "line", JK_E_TRUNCATED);
    memcpy(changed.data, good.data, good.size);
    changed.data[good.size] = '\n'; /* an empty line */
    changed.size = good.size + 1;
    store(&changed);
    expect(42, "line", JK_E_WIRE);
}

static void wrong_headers(void **state)
{
    (void)state;
    replace(1, 0, "code", 4);
    expect(1, "header", JK_E_WIRE);
    replace(1, 22, "card\tmore", 9);
    expect(1, "header", JK_E_WIRE);
    replace(1, 22, "card\r", 5);
    expect(1, "header", JK_E_WIRE);
    replace(1, 0, "\xef\xbb\xbfresident_code", 16);
    expect(1, "header", JK_E_WIRE);
    changed.size = 0;
    store(&changed);
    expect(1, "header", JK_E_WIRE);
    changed.size = strcspn(good.data, "\n"); /* the header without its newline */
    store(&changed);
    expect(1, "header", JK_E_WIRE);
}

static void duplicates(void **state)
{
    char code[12];
    char number[13];

    (void)state;
    const char *first = strchr(good.data, '\n') + 1;
    memcpy(code, first, 11);
    memcpy(number, first + 12, 12);
    replace(41, 0, code, 11);
    expect(41, "resident_code", JK_E_CONFLICT);
    replace(30, 1, number, 12);
    expect(30, "individual_number", JK_E_CONFLICT);
}

static void allowed(void **state)
{
    const jk_population_file strict = {.path = FILE_NAME};
    const jk_population_file lenient = {.path = FILE_NAME, .any_resident_digit = true};
    uint64_t residents = 0;
    jk_fault fault;

    (void)state;
    replace(2, 0, "12345678904", 11);
    assert_int_equal(jk_population_check(&strict, NULL, NULL, &residents, &fault),
                     JK_E_RESIDENT_CODE_CHECK);
    assert_int_equal(jk_population_check(&lenient, NULL, NULL, &residents, &fault), JK_OK);
    replace(2, 1, "", 0); /* a child whose number is not yet assigned */
    assert_int_equal(jk_population_check(&strict, NULL, NULL, &residents, &fault), JK_OK);
    replace(2, 6, "1923-02-29/10", 13);
    assert_int_equal(jk_population_check(&strict, NULL, NULL, &residents, &fault), JK_OK);
    replace(2, 6, "0000-00-00", 10);
    assert_int_equal(jk_population_check(&strict, NULL, NULL, &residents, &fault), JK_OK);
}

static void no_file(void **state)
{
    const jk_population_file missing = {.path = JK_BINARY_DIR "/tests/no/such/file"};
    const jk_population_file folder = {.path = JK_BINARY_DIR "/tests"};
    uint64_t residents = 7;
    jk_fault fault = {JK_OK, 0, ""};
    int people = 0;

    (void)state;
    assert_int_equal(jk_population_check(&missing, NULL, NULL, &residents, &fault), JK_E_FILE);
    assert_int_equal(fault.status, JK_E_FILE);
    assert_int_not_equal(fault.os_code, 0);
    assert_int_equal(jk_population_read(&missing, nobody, &people, &fault), JK_E_FILE);
    assert_int_equal(jk_population_check(&folder, NULL, NULL, &residents, &fault), JK_E_IO);
    assert_int_equal(residents, 7);
    assert_int_equal(people, 0);
}

/* --- the command line --- */

static void exit_statuses(void **state)
{
    static const struct {
        int status;
        const char *arguments[ARGUMENTS_MAX];
    } cases[] = {
        {0, {"population", "--check", FILE_NAME}},
        {0, {"population", "--help"}},
        {1, {"population", "--check", JK_BINARY_DIR "/tests/no/such/file"}},
        {2, {"population"}},
        {2, {"population", "--seed", "1", "--residents", "3"}},
        {2, {"population", "--seed", "x", "--municipality", "131016", "--residents", "3"}},
        {2, {"population", "--seed", "-1", "--municipality", "131016", "--residents", "3"}},
        {2, {"population", "--seed", "", "--municipality", "131016", "--residents", "3"}},
        {2,
         {"population", "--seed", "18446744073709551616", "--municipality", "131016", "--residents",
          "3"}},
        {2, {"population", "--seed", "1", "--municipality", "131015", "--residents", "3"}},
        {2, {"population", "--seed", "1", "--municipality", "131016,", "--residents", "3"}},
        {2, {"population", "--seed", "1", "--municipality", "131016,131016", "--residents", "3"}},
        {2, {"population", "--seed", "1", "--municipality", "131016", "--residents", "5000001"}},
        {2, {"population", "--unknown"}},
        {2, {"population", "--check", FILE_NAME, "--json"}},
        {2, {"population", "--check", FILE_NAME, "more"}},
        {1,
         {"population", "--seed", "1", "--municipality", "131016", "--residents", "3", "--out",
          JK_BINARY_DIR "/tests/no/such/file"}},
        {1,
         {"population", "--seed", "1", "--municipality", "131016", "--residents", "3", "--out",
          "/dev/full"}},
    };

    (void)state;
    store(&good);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(juki(cases[i].arguments), cases[i].status);
    }
    replace(2, 22, "valid", 5);
    assert_int_equal(juki(cases[0].arguments), 1);
}

/* Runs the verb with its standard output in a file, and loads that into `changed`. */
static int juki_captured(const char *const arguments[ARGUMENTS_MAX])
{
    const int kept = dup(STDOUT_FILENO);

    assert_true(kept >= 0);
    assert_int_equal(fflush(stdout), 0);
    assert_non_null(freopen(OUTPUT_NAME, "wb", stdout));
    const int status = juki(arguments);
    (void)fflush(stdout);
    assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(close(kept), 0);
    load(&changed, OUTPUT_NAME);
    return status;
}

/* Every line is wrong: twenty findings are shown, the rest is counted, no value is told. */
static void shown_findings(void **state)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"population", "--check", FILE_NAME};
    size_t lines = 0;

    (void)state;
    memcpy(&changed, &good, sizeof good);
    for (char *at = strchr(changed.data, '\n') + 1; *at != '\0'; at = strchr(at, '\n') + 1) {
        at[11] = 'x'; /* what follows the resident record code should be a tab */
    }
    store(&changed);
    assert_int_equal(juki_captured(arguments), 1);
    for (const char *at = changed.data; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 22);
    assert_non_null(strstr(changed.data, FILE_NAME ":2: line: 23 columns, separated by tabs\n"));
    assert_non_null(strstr(changed.data, FILE_NAME ":21: line: 23 columns"));
    assert_null(strstr(changed.data, FILE_NAME ":22:"));
    assert_non_null(strstr(changed.data, FILE_NAME ": and 20 more\n"));
    assert_non_null(strstr(changed.data, FILE_NAME ": 40 findings\n"));
    /* The value itself stays where it is. */
    replace(5, 2, "UNTOLD\x01", 7);
    assert_int_equal(juki_captured(arguments), 1);
    assert_non_null(strstr(changed.data, ":5: name: "));
    assert_null(strstr(changed.data, "UNTOLD"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes),   cmocka_unit_test(there_and_back),
        cmocka_unit_test(wrong_fields), cmocka_unit_test(too_long_fields),
        cmocka_unit_test(wrong_lines),  cmocka_unit_test(wrong_headers),
        cmocka_unit_test(duplicates),   cmocka_unit_test(allowed),
        cmocka_unit_test(no_file),      cmocka_unit_test(exit_statuses),
        cmocka_unit_test(wide_kana),    cmocka_unit_test(shown_findings),
    };
    return cmocka_run_group_tests_name("population_file", tests, make_good, NULL);
}
