/* SPDX-License-Identifier: Apache-2.0 */
/* Names: what is accepted with its bytes untouched, what is refused and why, and folded keys. */
#include "juki/registry.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

typedef struct text_case {
    const char *text;
    size_t size;
    jk_status status;
} text_case;

#define TEXT(literal) literal, sizeof(literal) - 1

static void run(const text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char copy[64];
        assert_true(cases[i].size <= sizeof copy);
        memcpy(copy, cases[i].text, cases[i].size);
        assert_int_equal(jk_text_check(copy, cases[i].size, 10), cases[i].status);
        assert_memory_equal(copy, cases[i].text, cases[i].size);
    }
}

static void accepted(void **state)
{
    static const text_case cases[] = {
        {TEXT("山田　太郎"), JK_OK},
        {TEXT("\u845b\U000E0100\u98fe"), JK_OK}, /* an ideographic selector */
        {TEXT("\u908a\U000E01EF"), JK_OK},       /* the last one */
        {TEXT("\ufa19\u8c37"), JK_OK},           /* a compatibility ideograph */
        {TEXT("\u795e\ufe00"), JK_OK},           /* a standard selector */
        {TEXT("\U00020BB7\u7530"), JK_OK},       /* plane 2 */
        {TEXT("\U00030EDE"), JK_OK},             /* plane 3 */
        {TEXT("\ue000"), JK_OK},                 /* private: no code elsewhere */
        {TEXT("\U00100000"), JK_OK},             /* private plane 16 */
        {TEXT("NGUYEN AN"), JK_OK},
        {TEXT("か\u3099"), JK_OK}, /* not composed, and it stays so */
    };

    (void)state;
    run(cases, sizeof cases / sizeof cases[0]);
}

static void refused(void **state)
{
    static const text_case cases[] = {
        {TEXT(""), JK_E_NAME},
        {TEXT(" \u3000"), JK_E_NAME},
        {TEXT("山\t田"), JK_E_NAME},
        {TEXT("山田\n"), JK_E_NAME},
        {TEXT("山\x7f"), JK_E_NAME},
        {TEXT("山\xc2\x85"), JK_E_NAME},             /* C1 control */
        {TEXT("山\xe2\x80\xae"), JK_E_NAME},         /* direction override */
        {TEXT("\xef\xbb\xbf山"), JK_E_NAME},         /* byte-order mark */
        {TEXT("山\xe2\x80\xa8田"), JK_E_NAME},       /* line separator */
        {TEXT("山\ufffd"), JK_E_NAME},               /* a lost character */
        {TEXT("\U000E0100山"), JK_E_NAME},           /* a selector without a base */
        {TEXT("葛\U000E0100\U000E0100"), JK_E_NAME}, /* two on one base */
        {TEXT("山 \U000E0100"), JK_E_NAME},          /* on a space */
        {TEXT("\ufe00"), JK_E_NAME},
        {TEXT("\xef\xbf\xbe"), JK_E_NAME},     /* U+FFFE */
        {TEXT("\xef\xb7\x90"), JK_E_NAME},     /* U+FDD0 */
        {TEXT("\xf0\x9f\xbf\xbf"), JK_E_NAME}, /* U+1FFFF */
        {TEXT("\xf4\x8f\xbf\xbf"), JK_E_NAME}, /* U+10FFFF */
        {TEXT("\xf1\x80\x80\x80"), JK_E_NAME}, /* U+40000, no such plane */
        {TEXT("\xf3\xa0\x80\x81"), JK_E_NAME}, /* U+E0001, a tag */
    };

    (void)state;
    run(cases, sizeof cases / sizeof cases[0]);
}

static void not_utf8(void **state)
{
    static const text_case cases[] = {
        {TEXT("山\0田"), JK_E_UTF8},
        {TEXT("\0"), JK_E_UTF8},
        {TEXT("\x80"), JK_E_UTF8},
        {TEXT("\xe5\xb1"), JK_E_UTF8}, /* cut short */
        {TEXT("\xe5\xb1\x41"), JK_E_UTF8},
        {TEXT("\xc0\x80"), JK_E_UTF8}, /* overlong NUL */
        {TEXT("\xc1\xbf"), JK_E_UTF8},
        {TEXT("\xe0\x9f\xbf"), JK_E_UTF8},     /* overlong */
        {TEXT("\xf0\x8f\xbf\xbf"), JK_E_UTF8}, /* overlong */
        {TEXT("\xed\xa0\x80"), JK_E_UTF8},     /* surrogates */
        {TEXT("\xed\xbf\xbf"), JK_E_UTF8},
        {TEXT("\xed\xa0\x80\xed\xb0\x80"), JK_E_UTF8},
        {TEXT("\xf4\x90\x80\x80"), JK_E_UTF8}, /* above U+10FFFF */
        {TEXT("\xf5\x80\x80\x80"), JK_E_UTF8},
        {TEXT("\xff"), JK_E_UTF8},
        {TEXT("\x8e\x52\x93\x63"), JK_E_UTF8}, /* Shift_JIS */
    };

    (void)state;
    run(cases, sizeof cases / sizeof cases[0]);
}

static void counts_code_points(void **state)
{
    (void)state;
    assert_int_equal(jk_text_check(TEXT("一二三"), 3), JK_OK);
    assert_int_equal(jk_text_check(TEXT("一二三四"), 3), JK_E_OVERSIZED);
    assert_int_equal(jk_text_check(TEXT("一"), 0), JK_E_OVERSIZED);
    /* A selector counts with its base. */
    assert_int_equal(jk_text_check(TEXT("葛\U000E0100辻\U000E0100"), 2), JK_OK);
    assert_int_equal(jk_text_check(TEXT("葛\U000E0100辻\U000E0100"), 1), JK_E_OVERSIZED);
}

typedef struct fold_case {
    const char *text;
    const char *key;
} fold_case;

static void folds(void **state)
{
    static const fold_case cases[] = {
        {"ヤマダ タロウ", "ヤマタタロ"},
        {"やまだ　たろう", "ヤマタタロ"},
        {"ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマタタロ"},
        {"やまた\u3099たろう", "ヤマタタロ"},
        {"オオノ", "オノ"},
        {"オウノ", "オノ"},
        {"オーノ", "オノ"},
        {"コウオオ", "コ"},
        {"オオウチ", "オチ"},
        {"ユウキ", "ユウキ"},
        {"キョウコ", "キヨコ"},
        {"キヨコ", "キヨコ"},
        {"ハットリ", "ハツトリ"},
        {"ヴァン", "ウアン"},
        {"パピプペポ", "ハヒフヘホ"},
        {"カネヶサキ", "カネケサキ"},
        {"Nguyen・An", "NGUYENAN"},
        {"Ｎｇ", "NG"},
        {"辻\U000E0100", "辻"},
        {"ー", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char key[64];
        char again[64];
        size_t size = 99;
        size_t again_size = 99;
        assert_int_equal(jk_kana_fold(cases[i].text, strlen(cases[i].text), key, sizeof key, &size),
                         JK_OK);
        assert_int_equal(size, strlen(cases[i].key));
        assert_memory_equal(key, cases[i].key, size);
        /* A key folds to itself. */
        assert_int_equal(jk_kana_fold(key, size, again, sizeof again, &again_size), JK_OK);
        assert_int_equal(again_size, size);
        assert_memory_equal(again, key, size);
    }
}

static void fold_refusals(void **state)
{
    char key[8] = "before.";
    size_t size = 99;

    (void)state;
    assert_int_equal(jk_kana_fold(TEXT("アイウ"), key, 8, &size), JK_E_OVERSIZED);
    assert_int_equal(jk_kana_fold(TEXT("ア\xed\xa0\x80"), key, 8, &size), JK_E_UTF8);
    assert_int_equal(jk_kana_fold(TEXT("ア\0"), key, 8, &size), JK_E_UTF8);
    assert_int_equal(size, 99);
    assert_string_equal(key, "before.");
    assert_int_equal(jk_kana_fold(TEXT("アイ"), key, 6, &size), JK_OK);
    assert_int_equal(size, 6);
    /* The longest decomposition that Unicode has. */
    char wide[64];
    assert_int_equal(jk_kana_fold(TEXT("\ufdfa"), wide, sizeof wide, &size), JK_OK);
    assert_true(size > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),      cmocka_unit_test(refused),
        cmocka_unit_test(not_utf8),      cmocka_unit_test(folds),
        cmocka_unit_test(fold_refusals), cmocka_unit_test(counts_code_points),
    };
    return cmocka_run_group_tests_name("registry_text", tests, NULL, NULL);
}
