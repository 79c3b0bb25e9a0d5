/* SPDX-License-Identifier: Apache-2.0 */
/* The check that every name, address and reading passes.  It judges and never changes: a
 * compatibility ideograph or a selector is part of how a person's name is written. */
#include "juki/registry.h"

#include "utf8.h"

#include <utf8proc.h>

/* Noncharacters, and planes that hold no text: 4 to 13, and plane 14 but for its selectors.  The
 * private planes and areas stay allowed: administrative characters without a code live there. */
static bool outside_text(uint32_t code_point)
{
    const uint32_t plane = code_point >> 16;

    if ((code_point & 0xfffeU) == 0xfffeU || (code_point >= 0xfdd0 && code_point <= 0xfdef)) {
        return true;
    }
    return plane >= 4 && plane <= 14 && !jk_utf8_is_selector(code_point);
}

typedef enum char_class {
    CHAR_VISIBLE,
    CHAR_SPACE,
    CHAR_SELECTOR,
    CHAR_REFUSED
} char_class;

/* Refused are controls, format characters (direction marks and the like, which make one name look
 * like another), line and paragraph separators, and U+FFFD, which stands for a lost character. */
static char_class classify(uint32_t code_point)
{
    if (jk_utf8_is_selector(code_point)) {
        return CHAR_SELECTOR;
    }
    if (outside_text(code_point) || code_point == 0xfffd) {
        return CHAR_REFUSED;
    }
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code_point);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
        category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP) {
        return CHAR_REFUSED;
    }
    return category == UTF8PROC_CATEGORY_ZS ? CHAR_SPACE : CHAR_VISIBLE;
}

jk_status jk_text_check(const char *text, size_t size, size_t code_points_max)
{
    size_t count = 0;
    bool visible = false;
    char_class before = CHAR_SPACE;

    for (size_t at = 0; at < size;) {
        uint32_t code_point = 0;
        const size_t length = jk_utf8_read(text + at, size - at, &code_point);
        if (length == 0 || code_point == 0) {
            return JK_E_UTF8;
        }
        const char_class now = classify(code_point);
        if (now == CHAR_REFUSED || (now == CHAR_SELECTOR && before != CHAR_VISIBLE)) {
            return JK_E_NAME;
        }
        if (now != CHAR_SELECTOR && ++count > code_points_max) {
            return JK_E_OVERSIZED;
        }
        visible = visible || now == CHAR_VISIBLE;
        before = now;
        at += length;
    }
    return visible ? JK_OK : JK_E_NAME;
}
