/* SPDX-License-Identifier: Apache-2.0 */
/* Every code of the official list (tests/vectors/lgcodes.tsv) against the check digit and against
 * the table of municipalities. */
#include "juki/municipality.h"
#include "juki/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

enum {
    FIELDS = 5
};

typedef struct row {
    char line[256];
    char *field[FIELDS]; /* code, kind, name, reading, parent */
} row;

/* The next row that is no comment; false at the end of the file. */
static bool next_row(FILE *file, row *out)
{
    do {
        if (fgets(out->line, sizeof out->line, file) == NULL) {
            return false;
        }
    } while (out->line[0] == '#');
    out->line[strcspn(out->line, "\n")] = '\0';
    char *at = out->line;
    for (int i = 0; i < FIELDS; i++) {
        out->field[i] = at;
        at += strcspn(at, "\t");
        if (*at == '\t') {
            *at++ = '\0';
        }
    }
    return true;
}

static FILE *open_codes(void)
{
    FILE *file = fopen(JK_SOURCE_DIR "/tests/vectors/lgcodes.tsv", "r");
    assert_non_null(file);
    return file;
}

static void check_digits(void **state)
{
    FILE *file = open_codes();
    row r;
    int count = 0;
    int wrong_accepted = 0;

    (void)state;
    while (next_row(file, &r)) {
        assert_int_equal(strlen(r.field[0]), 6);
        assert_int_equal(jk_municipality_code_check(r.field[0], 6), JK_OK);
        char changed[7];
        memcpy(changed, r.field[0], sizeof changed);
        changed[5] = (char)(changed[5] == '9' ? '0' : changed[5] + 1);
        wrong_accepted += jk_municipality_code_check(changed, 6) == JK_OK;
        count++;
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(count, 1969);
    assert_int_equal(wrong_accepted, 0);
}

static bool northern_village(const char *code)
{
    return strcmp(code, "016951") >= 0 && strcmp(code, "017001") <= 0;
}

static void table_equals_list(void **state)
{
    FILE *file = open_codes();
    row r;
    char prefecture[64] = "";
    size_t found = 0;

    (void)state;
    while (next_row(file, &r)) {
        const jk_municipality *m = jk_municipality_find(r.field[0]);
        if (strcmp(r.field[1], "prefecture") == 0) {
            assert_string_equal(jk_prefecture_name(r.field[0]), r.field[2]);
            (void)snprintf(prefecture, sizeof prefecture, "%s", r.field[2]);
        }
        if (strcmp(r.field[1], "municipality") != 0 || northern_village(r.field[0])) {
            assert_null(m);
            continue;
        }
        assert_non_null(m);
        assert_string_equal(m->code, r.field[0]);
        assert_string_equal(m->name, r.field[2]);
        assert_string_equal(m->kana, r.field[3]);
        assert_string_equal(jk_prefecture_name(m->code), prefecture);
        assert_ptr_equal(jk_municipality_at(found), m);
        assert_int_equal(jk_municipality_index(m->code), found);
        found++;
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(found, 1741);
    assert_int_equal(jk_municipality_count(), 1741);
}

static void table_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < jk_municipality_count(); i++) {
        assert_true(strcmp(jk_municipality_at(i - 1)->code, jk_municipality_at(i)->code) < 0);
    }
    assert_null(jk_municipality_at(jk_municipality_count()));
    assert_null(jk_municipality_at(SIZE_MAX));
}

static void not_found(void **state)
{
    static const char *const codes[] = {"",       "1",      "13101", "131015",
                                        "000000", "999999", "ab",    "131001"};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        assert_null(jk_municipality_find(codes[i]));
    }
    assert_null(jk_prefecture_name(""));
    assert_null(jk_prefecture_name("00"));
    assert_null(jk_prefecture_name("48"));
    assert_null(jk_prefecture_name("4x"));
    assert_string_equal(jk_prefecture_name("13"), "東京都");
    assert_string_equal(jk_prefecture_name("47"), "沖縄県");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_digits),
        cmocka_unit_test(table_equals_list),
        cmocka_unit_test(table_is_sorted),
        cmocka_unit_test(not_found),
    };
    return cmocka_run_group_tests_name("registry_codes", tests, NULL, NULL);
}
