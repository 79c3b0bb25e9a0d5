/* SPDX-License-Identifier: Apache-2.0 */
/* The words of spec/wire/refusals.tsv on a terminal. */
#include "tool/refusal.h"

#include "juki/refusal.h"

#include <string.h>

bool jk_lang_of_text(const char *text, jk_lang *lang)
{
    static const char *const names[] = {"both", "en", "ja"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *lang = (jk_lang)i;
            return true;
        }
    }
    return false;
}

void jk_print_refusal(FILE *out, unsigned number, jk_lang lang)
{
    const jk_refusal *refusal = jk_refusal_of(number);
    if (refusal == NULL || refusal->hint_en[0] == '\0') {
        return;
    }
    if (lang != JK_LANG_JA) {
        (void)fprintf(out, "  number %u, retry %s; %s\n", number, refusal->retry ? "yes" : "no",
                      refusal->hint_en);
    }
    if (lang != JK_LANG_EN) {
        (void)fprintf(out, "  番号%u 再試行%s %s。%s\n", number, refusal->retry ? "可" : "不可",
                      refusal->text_ja, refusal->hint_ja);
    }
}
