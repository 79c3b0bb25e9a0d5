/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of patterns: what fits, and what fits nothing. */
#include "verify/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "verify/verify.h"

static void a_list_has_names_and_patterns(void **state)
{
    (void)state;
    assert_true(jk_list_fits(NULL, "anything"));
    assert_true(jk_list_fits("wild", "wild"));
    assert_false(jk_list_fits("wild", "wilder"));
    assert_true(jk_list_fits("stream,wild*", "wilder"));
    assert_true(jk_list_fits("case_1[12]", "case_12"));
    assert_false(jk_list_fits("case_1[12]", "case_13"));
    assert_false(jk_list_fits("", "wild"));
    assert_false(jk_list_fits(",", "wild"));
}

static void a_word_of_the_bounds_fits_with_and_without_its_letter(void **state)
{
    (void)state;
    assert_true(jk_list_fits_words("NDEST=1", "-DNDEST=1 -DWITH_STOP"));
    assert_true(jk_list_fits_words("-DNDEST=1", "-DNDEST=1 -DWITH_STOP"));
    assert_true(jk_list_fits_words("WITH_*", "-DNDEST=1 -DWITH_STOP"));
    assert_true(jk_list_fits_words("STREAM", "MESSAGES=2 STREAM"));
    assert_false(jk_list_fits_words("NDEST=2", "-DNDEST=1 -DWITH_STOP"));
    assert_false(jk_list_fits_words("NDEST", "-DNDEST=1"));
}

static void a_range_of_rules_is_each_of_them(void **state)
{
    (void)state;
    assert_true(jk_list_fits_words("T3", "T1-T7"));
    assert_true(jk_list_fits_words("T1,M9", "T1-T7"));
    assert_true(jk_list_fits_words("T1-T7", "T1-T7"));
    assert_false(jk_list_fits_words("T8", "T1-T7"));
    assert_false(jk_list_fits_words("M3", "T1-T7"));
    assert_false(jk_list_fits_words("T5", "T7-T1"));
    assert_false(jk_list_fits_words("T5", "T1-T7x"));
}

static bool fits_letters(void *arg, const char *pattern)
{
    (void)arg;
    return pattern[0] == 'a';
}

static void the_first_that_fits_nothing_is_named(void **state)
{
    (void)state;
    char pattern[16] = "old";
    assert_false(jk_list_unmatched("a,ab,ac", fits_letters, NULL, pattern, sizeof pattern));
    assert_true(jk_list_unmatched("a,bc,d", fits_letters, NULL, pattern, sizeof pattern));
    assert_string_equal(pattern, "bc");
    assert_true(jk_list_unmatched("", fits_letters, NULL, pattern, sizeof pattern));
    assert_string_equal(pattern, "");
}

static void the_worse_exit_code_counts(void **state)
{
    (void)state;
    static const jk_verify_exit order[] = {JK_VERIFY_VIOLATED, JK_VERIFY_DIFFERS,
                                           JK_VERIFY_TOOL,     JK_VERIFY_INCOMPLETE,
                                           JK_VERIFY_USAGE,    JK_VERIFY_HOLDS};
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = i; j < 6; j++) {
            assert_int_equal(jk_verify_worse(order[i], order[j]), order[i]);
            assert_int_equal(jk_verify_worse(order[j], order[i]), order[i]);
        }
    }
    assert_int_equal(JK_VERIFY_DIFFERS, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_names_and_patterns),
        cmocka_unit_test(a_word_of_the_bounds_fits_with_and_without_its_letter),
        cmocka_unit_test(a_range_of_rules_is_each_of_them),
        cmocka_unit_test(the_first_that_fits_nothing_is_named),
        cmocka_unit_test(the_worse_exit_code_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
