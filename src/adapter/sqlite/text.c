/* SPDX-License-Identifier: Apache-2.0 */
/* Resident tokens as text, so that an auditor reads 11 digits instead of 16 bytes. */
#include "call.h"

#include <string.h>

enum {
    MARK_SIZE = 2,
    DIGITS = 11
};

static const char mark[MARK_SIZE] = {'r', ':'};
static const char hex_digits[] = "0123456789abcdef";

static bool all_digits(const uint8_t *bytes)
{
    for (size_t i = 0; i < DIGITS; i++) {
        if (bytes[i] < '0' || bytes[i] > '9') {
            return false;
        }
    }
    return true;
}

static bool hex_value(char digit, uint8_t *value)
{
    const char *found = digit == '\0' ? NULL : strchr(hex_digits, digit);
    if (found == NULL) {
        return false;
    }
    *value = (uint8_t)(found - hex_digits);
    return true;
}

bool jk_sqlite_resident_token(const char *text, size_t size, jk_token *token)
{
    jk_token result = {{0}};
    if (size == DIGITS) {
        memcpy(result.byte, mark, MARK_SIZE);
        memcpy(result.byte + MARK_SIZE, text, DIGITS);
        if (!all_digits(result.byte + MARK_SIZE)) {
            return false;
        }
    } else if (size == 2 * sizeof result.byte) {
        for (size_t i = 0; i < sizeof result.byte; i++) {
            uint8_t high = 0;
            uint8_t low = 0;
            if (!hex_value(text[2 * i], &high) || !hex_value(text[2 * i + 1], &low)) {
                return false;
            }
            result.byte[i] = (uint8_t)(high << 4 | low);
        }
    } else {
        return false;
    }
    *token = result;
    return true;
}
