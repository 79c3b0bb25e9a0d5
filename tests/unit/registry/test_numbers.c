/* SPDX-License-Identifier: Apache-2.0 */
/* Check digits, forms and tokens of the three numbers: worked examples, every kind of refusal. */
#include "juki/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

static void municipality_digits(void **state)
{
    (void)state;
    assert_int_equal(jk_municipality_code_digit("13101"), '6'); /* remainder 5 */
    assert_int_equal(jk_municipality_code_digit("01100"), '2'); /* remainder 9 */
    assert_int_equal(jk_municipality_code_digit("13121"), '1'); /* remainder 0 */
    assert_int_equal(jk_municipality_code_digit("01107"), '0'); /* remainder 1 */
    assert_int_equal(jk_municipality_code_digit("1310x"), 0);
    assert_int_equal(jk_municipality_code_digit(""), 0);
}

static void municipality_codes(void **state)
{
    static const char *const good[] = {"131016", "011002", "131211", "011070", "141003", "011011"};
    static const char *const bad[] = {"131015", "13101", "1310166", "000000", "13101x",
                                      " 31016", "",      "480009",  "990001", "1３101"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(jk_municipality_code_check(good[i], strlen(good[i])), JK_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(jk_municipality_code_check(bad[i], strlen(bad[i])),
                         JK_E_MUNICIPALITY_CODE);
    }
}

static void municipality_prefecture_range(void **state)
{
    char code[7] = "000000";

    (void)state;
    for (int prefecture = 0; prefecture < 100; prefecture++) {
        code[0] = (char)('0' + prefecture / 10);
        code[1] = (char)('0' + prefecture % 10);
        code[5] = jk_municipality_code_digit(code);
        assert_int_equal(jk_municipality_code_check(code, 6) == JK_OK,
                         prefecture >= 1 && prefecture <= 47);
    }
}

static void individual_numbers(void **state)
{
    static const char *const good[] = {"123456789018", "983205673214", "379474484458",
                                       "000000000060", "000000000051"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(jk_individual_number_check(good[i], 12), JK_OK);
        assert_int_equal(jk_individual_number_digit(good[i]), good[i][11]);
        /* Every other check digit is wrong. */
        for (char digit = '0'; digit <= '9'; digit++) {
            char changed[13];
            memcpy(changed, good[i], sizeof changed);
            changed[11] = digit;
            assert_int_equal(jk_individual_number_check(changed, 12) == JK_OK,
                             digit == good[i][11]);
        }
    }
    assert_int_equal(jk_individual_number_check("12345678901", 11), JK_E_INDIVIDUAL_NUMBER);
    assert_int_equal(jk_individual_number_check("1234567890188", 13), JK_E_INDIVIDUAL_NUMBER);
    assert_int_equal(jk_individual_number_check("12345678901\n", 12), JK_E_INDIVIDUAL_NUMBER);
    assert_int_equal(jk_individual_number_check("", 0), JK_E_INDIVIDUAL_NUMBER);
    assert_int_equal(jk_individual_number_digit("1234567890a"), 0);
}

static void resident_codes(void **state)
{
    static const char *const good[] = {"12345678903", "99999999995", "10000000006",
                                       "00000000019", "00000000060", "24727059608"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(jk_resident_code_check(good[i], 11, true), JK_OK);
        assert_int_equal(jk_resident_code_digit(good[i]), good[i][10]);
        char changed[12];
        memcpy(changed, good[i], sizeof changed);
        changed[10] = (char)(changed[10] == '9' ? '0' : changed[10] + 1);
        assert_int_equal(jk_resident_code_check(changed, 11, true), JK_E_RESIDENT_CODE_CHECK);
        assert_int_equal(jk_resident_code_check(changed, 11, false), JK_OK);
    }
    assert_int_equal(jk_resident_code_digit("0000000000"), '0');
    assert_int_equal(jk_resident_code_digit("000000000"), 0);
    assert_int_equal(jk_resident_code_check("00000000000", 11, true), JK_E_RESIDENT_CODE);
    assert_int_equal(jk_resident_code_check("00000000000", 11, false), JK_E_RESIDENT_CODE);
    assert_int_equal(jk_resident_code_check("1234567890", 10, false), JK_E_RESIDENT_CODE);
    assert_int_equal(jk_resident_code_check("123456789033", 12, false), JK_E_RESIDENT_CODE);
    assert_int_equal(jk_resident_code_check("1234567890x", 11, false), JK_E_RESIDENT_CODE);
}

static void resident_tokens(void **state)
{
    static const uint8_t bytes[16] = {'r', ':', '1', '2', '3', '4', '5', '6',
                                      '7', '8', '9', '0', '3', 0,   0,   0};
    const jk_token token = jk_token_of_resident("12345678903");
    char code[12];

    (void)state;
    assert_memory_equal(token.byte, bytes, sizeof bytes);
    assert_true(jk_resident_of_token(&token, code));
    assert_string_equal(code, "12345678903");

    const jk_token none = jk_token_of_resident("1234567890x");
    for (size_t i = 0; i < sizeof none.byte; i++) {
        assert_int_equal(none.byte[i], 0);
    }
}

static void element_tokens(void **state)
{
    static const uint8_t bytes[16] = {'e', ':', '1', '2', '3', '4', '5',  '6',
                                      '7', '8', '9', '0', '3', 0,   0x01, 0x02};
    const jk_token none = {{0}};
    const jk_token token = jk_token_of_element("12345678903", 258);
    char code[12] = "unchanged";

    (void)state;
    assert_memory_equal(token.byte, bytes, sizeof bytes);
    assert_false(jk_resident_of_token(&token, code));
    assert_memory_not_equal(jk_token_of_element("12345678903", 65535).byte, none.byte, 16);
    assert_memory_equal(jk_token_of_element("12345678903", 65536).byte, none.byte, 16);
    assert_memory_equal(jk_token_of_element("12345678903", 0).byte, none.byte, 16);
    assert_memory_equal(jk_token_of_element("1234567890x", 1).byte, none.byte, 16);
}

static void foreign_tokens(void **state)
{
    char code[12] = "unchanged";
    jk_token token = jk_token_of_resident("12345678903");

    (void)state;
    for (size_t i = 0; i < sizeof token.byte; i++) {
        jk_token changed = token;
        changed.byte[i] = 'x'; /* mark, digits and the zeros behind them all count */
        assert_false(jk_resident_of_token(&changed, code));
        assert_string_equal(code, "unchanged");
    }
    const jk_token none = {{0}};
    assert_false(jk_resident_of_token(&none, code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(municipality_digits),
        cmocka_unit_test(municipality_codes),
        cmocka_unit_test(municipality_prefecture_range),
        cmocka_unit_test(individual_numbers),
        cmocka_unit_test(resident_codes),
        cmocka_unit_test(resident_tokens),
        cmocka_unit_test(element_tokens),
        cmocka_unit_test(foreign_tokens),
    };
    return cmocka_run_group_tests_name("registry_numbers", tests, NULL, NULL);
}
