/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: what is read, what is refused with its line, and that writing keeps the rest. */
#define _XOPEN_SOURCE 700
#include "verify/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/file.h"

static const char *const columns[] = {"name", "states"};

static char folder[64];
static char path[JK_PATH_SIZE];

static int set_up(void **state)
{
    (void)state;
    (void)strncpy(folder, "/tmp/juki-table-XXXXXX", sizeof folder - 1);
    return mkdtemp(folder) == NULL || !jk_path_join(path, folder, "t.tsv");
}

static int tear_down(void **state)
{
    (void)state;
    jk_folder_remove(folder);
    return 0;
}

static jk_status read_text(const char *text, jk_table *table, jk_fault *fault)
{
    assert_int_equal(jk_file_write(path, text, strlen(text)), JK_OK);
    return jk_table_read(path, columns, 2, table, fault);
}

static void rows_are_read(void **state)
{
    (void)state;
    jk_table table;
    jk_fault fault = {0};
    assert_int_equal(read_text("# why\nname\tstates\n\na\t1\n# no\nb\t-", &table, &fault), JK_OK);
    assert_int_equal(table.row_count, 2);
    assert_string_equal(jk_table_cell(&table, 0, 1), "1");
    assert_string_equal(jk_table_cell(&table, 1, 0), "b");
    jk_table_close(&table);
}

static void bad_tables_are_refused_with_their_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"name\tstates\na\t1\textra\n", "t.tsv:2: another number of columns"},
        {"name\tstates\na\n", "t.tsv:2: another number of columns"},
        {"name\tstates\n\na\t\n", "t.tsv:3: an empty cell"},
        {"name\tcount\na\t1\n", "t.tsv:1: another header"},
        {"# only this\n", "t.tsv:2: no header"},
        {"", "t.tsv:1: no header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jk_table table = {.row_count = 77};
        jk_fault fault = {0};
        assert_int_equal(read_text(cases[i][0], &table, &fault), JK_E_CONFIG);
        assert_string_equal(fault.text, cases[i][1]);
        assert_int_equal(table.row_count, 77);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    jk_table table;
    jk_fault fault = {0};
    assert_int_equal(jk_table_read("/nowhere/t.tsv", columns, 2, &table, &fault), JK_E_FILE);
    assert_non_null(strstr(fault.text, "t.tsv"));
}

static void writing_keeps_the_rest(void **state)
{
    (void)state;
    jk_table table;
    jk_fault fault = {0};
    static char count[] = "42";
    assert_int_equal(read_text("# kept\nname\tstates\na\t-\nb\t7\n", &table, &fault), JK_OK);
    table.cells[1] = count;
    assert_int_equal(jk_table_write(path, columns, &table, &fault), JK_OK);
    jk_table_close(&table);
    size_t size;
    char *text = jk_file_read(path, &size);
    assert_non_null(text);
    assert_string_equal(text, "# kept\nname\tstates\na\t42\nb\t7\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(bad_tables_are_refused_with_their_line),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(writing_keeps_the_rest),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
