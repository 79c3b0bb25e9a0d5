/* SPDX-License-Identifier: Apache-2.0 */
/* The three numbers of a register: municipality code, individual number, resident record code.
 * Digit strings throughout; a leading zero is part of a number, so none is ever an integer. */
#include "juki/registry.h"

#include <string.h>

enum {
    MUNICIPALITY_BODY = 5,
    MUNICIPALITY_SIZE = 6,
    INDIVIDUAL_BODY = 11,
    INDIVIDUAL_SIZE = 12,
    RESIDENT_BODY = 10,
    RESIDENT_SIZE = 11,
    PREFECTURE_MAX = 47,
    MODULUS = 11,
    TOKEN_MARK_SIZE = 2
};

static const char token_mark[TOKEN_MARK_SIZE] = {'r', ':'};
static const char element_mark[TOKEN_MARK_SIZE] = {'e', ':'};

static bool all_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return true;
}

static int digit_value(char digit)
{
    return digit - '0';
}

char jk_municipality_code_digit(const char *five)
{
    if (!all_digits(five, MUNICIPALITY_BODY)) {
        return 0;
    }
    int sum = 0;
    for (int i = 0; i < MUNICIPALITY_BODY; i++) {
        sum += digit_value(five[i]) * (MUNICIPALITY_SIZE - i);
    }
    /* Remainder 0 gives 1 and remainder 1 gives 0: not the rule of the individual number. */
    return (char)('0' + (MODULUS - sum % MODULUS) % 10);
}

jk_status jk_municipality_code_check(const char *code, size_t size)
{
    if (size != MUNICIPALITY_SIZE || !all_digits(code, MUNICIPALITY_SIZE)) {
        return JK_E_MUNICIPALITY_CODE;
    }
    const int prefecture = digit_value(code[0]) * 10 + digit_value(code[1]);
    if (prefecture < 1 || prefecture > PREFECTURE_MAX ||
        code[MUNICIPALITY_BODY] != jk_municipality_code_digit(code)) {
        return JK_E_MUNICIPALITY_CODE;
    }
    return JK_OK;
}

/* The rule of the Order of 2014 (No. 85), article 5: the n-th digit from the right weighs n + 1
 * up to the sixth and n - 5 above it; the check digit is 11 minus the remainder, 0 for 0 and 1. */
static char weighted_digit(const char *body, int size)
{
    static const uint8_t weight[INDIVIDUAL_BODY] = {2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6};
    int sum = 0;
    for (int n = 0; n < size; n++) {
        sum += digit_value(body[size - 1 - n]) * weight[n];
    }
    const int remainder = sum % MODULUS;
    return (char)(remainder <= 1 ? '0' : '0' + (MODULUS - remainder));
}

char jk_individual_number_digit(const char *eleven)
{
    return all_digits(eleven, INDIVIDUAL_BODY) ? weighted_digit(eleven, INDIVIDUAL_BODY) : '\0';
}

jk_status jk_individual_number_check(const char *number, size_t size)
{
    if (size != INDIVIDUAL_SIZE || !all_digits(number, INDIVIDUAL_SIZE) ||
        number[INDIVIDUAL_BODY] != jk_individual_number_digit(number)) {
        return JK_E_INDIVIDUAL_NUMBER;
    }
    return JK_OK;
}

/* UNVERIFIED: secondary sources agree that the ten digits follow the individual number's rule, but
 * the notice that sets it (MIC Notice 436 of 2002) could not be read.  spec/seed.md, Q3. */
char jk_resident_code_digit(const char *ten)
{
    return all_digits(ten, RESIDENT_BODY) ? weighted_digit(ten, RESIDENT_BODY) : '\0';
}

jk_status jk_resident_code_check(const char *code, size_t size, bool check_digit)
{
    static const char zeros[RESIDENT_SIZE] = {'0', '0', '0', '0', '0', '0',
                                              '0', '0', '0', '0', '0'};

    if (size != RESIDENT_SIZE || !all_digits(code, RESIDENT_SIZE) ||
        memcmp(code, zeros, RESIDENT_SIZE) == 0) {
        return JK_E_RESIDENT_CODE;
    }
    if (check_digit && code[RESIDENT_BODY] != jk_resident_code_digit(code)) {
        return JK_E_RESIDENT_CODE_CHECK;
    }
    return JK_OK;
}

jk_token jk_token_of_resident(const char *code11)
{
    jk_token token = {{0}};
    if (all_digits(code11, RESIDENT_SIZE)) {
        memcpy(token.byte, token_mark, TOKEN_MARK_SIZE);
        memcpy(token.byte + TOKEN_MARK_SIZE, code11, RESIDENT_SIZE);
    }
    return token;
}

jk_token jk_token_of_element(const char *code11, uint64_t epoch)
{
    jk_token token = {{0}};
    if (all_digits(code11, RESIDENT_SIZE) && epoch >= 1 && epoch <= UINT16_MAX) {
        memcpy(token.byte, element_mark, TOKEN_MARK_SIZE);
        memcpy(token.byte + TOKEN_MARK_SIZE, code11, RESIDENT_SIZE);
        token.byte[sizeof token.byte - 2] = (uint8_t)(epoch >> 8);
        token.byte[sizeof token.byte - 1] = (uint8_t)(epoch & 0xFF);
    }
    return token;
}

bool jk_resident_of_token(const jk_token *token, char code[12])
{
    static const uint8_t zeros[sizeof token->byte - TOKEN_MARK_SIZE - RESIDENT_SIZE] = {0};
    char digits[RESIDENT_SIZE];

    memcpy(digits, token->byte + TOKEN_MARK_SIZE, RESIDENT_SIZE);
    if (memcmp(token->byte, token_mark, TOKEN_MARK_SIZE) != 0 ||
        memcmp(token->byte + TOKEN_MARK_SIZE + RESIDENT_SIZE, zeros, sizeof zeros) != 0 ||
        !all_digits(digits, RESIDENT_SIZE)) {
        return false;
    }
    memcpy(code, digits, RESIDENT_SIZE);
    code[RESIDENT_SIZE] = '\0';
    return true;
}
