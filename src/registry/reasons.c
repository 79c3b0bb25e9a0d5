/* SPDX-License-Identifier: Apache-2.0 */
/* The table of change reasons: words and what each means for the register. */
#include "juki/reasons.h"

#include <stddef.h>

const char *jk_change_reason_ja(uint16_t reason)
{
    switch (reason) {
#define JAPANESE(number, name, japanese, english) \
    case number: return japanese;
        JK_CHANGE_REASON_MAP(JAPANESE)
#undef JAPANESE
    default: return NULL;
    }
}

const char *jk_change_reason_en(uint16_t reason)
{
    switch (reason) {
#define ENGLISH(number, name, japanese, english) \
    case number: return english;
        JK_CHANGE_REASON_MAP(ENGLISH)
#undef ENGLISH
    default: return NULL;
    }
}

jk_status jk_change_reason_check(uint16_t reason)
{
    return jk_change_reason_en(reason) == NULL ? JK_E_ENUM : JK_OK;
}

jk_change_kind jk_change_reason_kind(uint16_t reason)
{
    if (jk_change_reason_check(reason) != JK_OK) {
        return JK_CHANGE_NONE;
    }
    if (reason < 200) {
        return JK_CHANGE_ENTRY;
    }
    return reason < 300 ? JK_CHANGE_REMOVAL : JK_CHANGE_MODIFICATION;
}

bool jk_change_reason_is_notified(uint16_t reason)
{
    return jk_change_reason_check(reason) == JK_OK &&
           (reason < JK_REASON_HOUSEHOLD_SPLIT || reason > JK_REASON_HEAD_CHANGE);
}
