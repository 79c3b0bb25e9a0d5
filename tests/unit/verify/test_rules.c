/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the rules: spec/RULES.md is what the tables and charts say, and nothing is missing
 * in it.  The controls take one thing away at a time from a small spec. */
#define _XOPEN_SOURCE 700
#include "verify/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/file.h"

#define CHECKS   "name\tfile\tdefines\tclaim\tkind\texpect\tstates\ttier\tunreached\trule\ttext\n"
#define MUTANTS  "name\tpatch\tcheck\tclaim\trule\tdepth\ttext\n"
#define RULES    "rule\tprotocol\ttext\n"
#define DEFENCES "defence\tprotocol\tmutant\tnote\n"
#define EXCUSES  "protocol\tproperty\twhy\n"
#define ONE      "c\tf.pml\t-\tgood\tsafety\tholds\t-\tquick\t-\tR1\tit is good\n"
#define MINE     "m\tm.patch\tc\tgood\tR1\t-\tno more\n"
#define OTHER    "d\tf.pml\t-\tother\tsafety\tholds\t-\tquick\t-\tR1\tit is other\n"
#define CHART    "m: no more\nrefutes good: it is good\ndepth 12, the shortest known\n"

static char root[64];

static void put(const char *name, const char *text)
{
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, root, name));
    assert_int_equal(jk_file_write(path, text, strlen(text)), JK_OK);
}

static void fill(void)
{
    put("spec/rules.tsv", RULES "R1\ttoy\tbe good\n");
    put("spec/unrefuted.tsv", EXCUSES);
    put("spec/defences.tsv", DEFENCES);
    put("spec/redundant.tsv", EXCUSES);
    put("spec/toy/checks.tsv", CHECKS ONE);
    put("spec/toy/mutants.tsv", MUTANTS MINE);
    put("spec/toy/charts/m.txt", CHART);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const folders[] = {"spec", "spec/toy", "spec/toy/charts"};
    (void)strncpy(root, "/tmp/juki-rules-XXXXXX", sizeof root - 1);
    if (mkdtemp(root) == NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[JK_PATH_SIZE];
        if (!jk_path_join(path, root, folders[i]) || !jk_folder_make(path)) {
            return 1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jk_folder_remove(root);
    return 0;
}

static char *written(const char *where, size_t *gaps, jk_fault *fault)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    assert_int_equal(jk_rules_write(where, out, gaps, fault), JK_OK);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

/* ./dev verify --update makes it; a rule of rules.tsv without a mutant fails here. */
static void the_committed_table_is_complete_and_current(void **state)
{
    (void)state;
    size_t gaps;
    size_t size;
    jk_fault fault = {.status = JK_OK};
    char *bytes = written(JK_SOURCE_DIR, &gaps, &fault);
    if (gaps > 0) {
        print_error("%zu missing, the first: %s\n", gaps, fault.text);
    }
    assert_int_equal(gaps, 0);
    char *committed = jk_file_read(JK_SOURCE_DIR "/spec/RULES.md", &size);
    assert_non_null(committed);
    assert_string_equal(bytes, committed);
    free(committed);
    free(bytes);
}

static void a_whole_table_has_no_gap(void **state)
{
    (void)state;
    size_t gaps;
    jk_fault fault;
    fill();
    char *bytes = written(root, &gaps, &fault);
    assert_int_equal(gaps, 0);
    assert_non_null(strstr(bytes, "| R1 | be good | `good` | `m`: no more | 12 | "
                                  "[chart](toy/charts/m.txt) |\n"));
    free(bytes);
}

/* What the committed table is compared with follows each of its sources. */
static void another_source_makes_another_table(void **state)
{
    (void)state;
    static const char *const sources[][2] = {
        {"spec/rules.tsv", RULES "R1\ttoy\tbe better\n"},
        {"spec/toy/mutants.tsv", MUTANTS "m\tm.patch\tc\tgood\tR1\t-\tno more of it\n"},
        {"spec/toy/charts/m.txt", "m: no\nmore\nrefutes good: it is good\ndepth 13, of a search\n"},
        {"spec/toy/checks.tsv", CHECKS ONE OTHER},
    };
    size_t gaps;
    jk_fault fault;
    fill();
    char *before = written(root, &gaps, &fault);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        fill();
        put(sources[i][0], sources[i][1]);
        char *after = written(root, &gaps, &fault);
        assert_string_not_equal(before, after);
        free(after);
    }
    free(before);
}

static void defences_stand_at_the_head(void **state)
{
    (void)state;
    size_t gaps;
    jk_fault fault;
    fill();
    put("spec/defences.tsv", DEFENCES "care\ttoy\tm\t-\nmore care\t-\t-\tlater\n");
    char *bytes = written(root, &gaps, &fault);
    assert_int_equal(gaps, 0);
    assert_non_null(strstr(bytes, "| care | no more | no longer true: it is good (`good`) "
                                  "| [chart](toy/charts/m.txt) |\n"
                                  "| more care | later | - | - |\n"));
    free(bytes);
}

static void what_is_redundant_stands_at_the_end(void **state)
{
    (void)state;
    size_t gaps;
    jk_fault fault;
    fill();
    put("spec/redundant.tsv", EXCUSES "toy\tgood\tit is easier to read\n");
    char *bytes = written(root, &gaps, &fault);
    assert_int_equal(gaps, 0);
    const char *list = strstr(bytes, "## Properties that are never broken alone");
    assert_non_null(list);
    assert_non_null(strstr(list, "| toy `good` | it is good | it is easier to read |\n"));
    free(bytes);
}

static void a_property_without_a_mutant_is_listed(void **state)
{
    (void)state;
    size_t gaps;
    jk_fault fault;
    fill();
    put("spec/unrefuted.tsv", EXCUSES "toy\tother\tit is a sum\n");
    put("spec/toy/checks.tsv",
        CHECKS ONE OTHER "e\tf.pml\t-\tother\tsafety\tholds\t-\tfull\t-\tR1\ton larger bounds\n"
                         "w\tf.pml\t-\tseen\twitness\tviolated\t-\tquick\t-\tR1\ta witness\n"
                         "a\tf.pml\t-\t-\tsafety\tholds\t-\tquick\t-\tR1-R9\tassertions\n");
    char *bytes = written(root, &gaps, &fault);
    assert_int_equal(gaps, 0);
    const char *list = strstr(bytes, "## Properties without a mutant");
    assert_non_null(list);
    const char *row = strstr(list, "| R1 | toy `other` | it is other | it is a sum |\n");
    assert_non_null(row);
    assert_null(strstr(row + 1, "| R1 |"));
    assert_null(strstr(list, "`good`"));
    free(bytes);
}

typedef struct gap_case {
    const char *file;
    const char *text;
    size_t gaps;
    const char *first;
} gap_case;

static void each_gap_is_told(void **state)
{
    (void)state;
    static const gap_case cases[] = {
        {"spec/toy/mutants.tsv", MUTANTS, 3, "R1: no mutant takes this rule away"},
        {"spec/rules.tsv", RULES "R1\ttoy\tbe good\nR2\ttoy\tand more\n", 1, "R2: no mutant"},
        {"spec/rules.tsv", RULES "R1\ttoys\tno such protocol\n", 3, "toys: R1: no mutant"},
        {"spec/toy/checks.tsv", CHECKS ONE OTHER, 1,
         "other: no mutant is refuted by this property"},
        {"spec/unrefuted.tsv", EXCUSES "toy\tgood\tit has one\n", 1, "good: unrefuted.tsv excuses"},
        {"spec/unrefuted.tsv", EXCUSES "toy\tgone\tno such\n", 1, "gone: unrefuted.tsv excuses"},
        {"spec/unrefuted.tsv", EXCUSES "toys\tgood\tno such\n", 1, "toys: good: unrefuted.tsv"},
        {"spec/rules.tsv", RULES, 2, "R1: rules.tsv does not have this rule"},
        {"spec/toy/checks.tsv", CHECKS, 1, "m: refutes nothing that a check proves"},
        {"spec/toy/checks.tsv",
         CHECKS "c\tf.pml\t-\tgood\twitness\tviolated\t-\tquick\t-\tR1\ta witness proves nothing\n",
         1, "m: refutes nothing that a check proves"},
        {"spec/toy/mutants.tsv", MUTANTS "m\tm.patch\tc\tgood\tR1\t-\tnot this\n", 1,
         "m: its chart is of another text or property"},
        {"spec/toy/charts/m.txt", "m: no more\nrefutes old: it is\ndepth 12\n", 1,
         "m: its chart is of another text or property"},
        {"spec/toy/charts/m.txt", "no depth\n", 1, "m: no chart"},
        {"spec/redundant.tsv", EXCUSES "toy\tgone\tno such\n", 1, "gone: redundant.tsv names no"},
        {"spec/redundant.tsv", EXCUSES "toys\tgood\tno such\n", 1, "toys: good: redundant.tsv"},
        {"spec/defences.tsv", DEFENCES "care\ttoy\tgone\t-\n", 1,
         "care: gone: defences.tsv names no mutant"},
        {"spec/toy/charts/old.txt", CHART, 1, "old.txt: a chart of nothing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t gaps;
        jk_fault fault = {.status = JK_OK};
        fill();
        put(cases[i].file, cases[i].text);
        free(written(root, &gaps, &fault));
        assert_int_equal(gaps, cases[i].gaps);
        assert_non_null(strstr(fault.text, cases[i].first));
    }
}

static void a_missing_table_is_an_error(void **state)
{
    (void)state;
    size_t gaps = 77;
    jk_fault fault;
    char path[JK_PATH_SIZE];
    fill();
    assert_true(jk_path_join(path, root, "spec/rules.tsv"));
    assert_int_equal(remove(path), 0);
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    assert_int_equal(jk_rules_write(root, out, &gaps, &fault), JK_E_FILE);
    assert_int_equal(gaps, 77);
    assert_int_equal(fclose(out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_table_is_complete_and_current),
        cmocka_unit_test(a_whole_table_has_no_gap),
        cmocka_unit_test(another_source_makes_another_table),
        cmocka_unit_test(defences_stand_at_the_head),
        cmocka_unit_test(what_is_redundant_stands_at_the_end),
        cmocka_unit_test(a_property_without_a_mutant_is_listed),
        cmocka_unit_test(each_gap_is_told),
        cmocka_unit_test(a_missing_table_is_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
