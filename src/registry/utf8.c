/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 reading.  It decides on bytes alone and changes none. */
#include "utf8.h"

size_t jk_utf8_read(const char *text, size_t size, uint32_t *code_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (size == 0) {
        return 0;
    }
    const uint8_t lead = (uint8_t)text[0];
    if (lead < 0x80) {
        *code_point = lead;
        return 1;
    }
    size_t length = 0;
    uint32_t value = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
        value = lead & 0x1fU;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        value = lead & 0x0fU;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        value = lead & 0x07U;
    }
    if (length == 0 || size < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        const uint8_t next = (uint8_t)text[i];
        if ((next & 0xc0U) != 0x80U) {
            return 0;
        }
        value = (value << 6) | (next & 0x3fU);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        return 0;
    }
    *code_point = value;
    return length;
}

bool jk_utf8_is_selector(uint32_t code_point)
{
    return (code_point >= 0xfe00 && code_point <= 0xfe0f) ||
           (code_point >= 0xe0100 && code_point <= 0xe01ef);
}
