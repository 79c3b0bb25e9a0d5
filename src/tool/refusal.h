/* SPDX-License-Identifier: Apache-2.0 */
/* How the tools tell a person of a refusal: number, whether to try again, what to do. */
#ifndef JUKI_TOOL_REFUSAL_H
#define JUKI_TOOL_REFUSAL_H

#include <stdbool.h>
#include <stdio.h>

typedef enum jk_lang {
    JK_LANG_BOTH, /* unless --lang says otherwise */
    JK_LANG_EN,
    JK_LANG_JA
} jk_lang;

#define JK_LANG_HELP "language of a refusal's hint: en, ja or both (the default)"

/* False for anything but en, ja, both. */
bool jk_lang_of_text(const char *text, jk_lang *lang);

/* One indented line a language; nothing for a number that was never given. */
void jk_print_refusal(FILE *out, unsigned number, jk_lang lang);

#endif
