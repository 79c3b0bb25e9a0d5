/* SPDX-License-Identifier: Apache-2.0 */
/* Text that would break a format is written so that it does not. */
#define _POSIX_C_SOURCE 200809L
#include "verify/escape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/json.h"

static void expect(void (*put)(FILE *, const char *), const char *text, const char *expected)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    put(out, text);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(bytes, expected);
    free(bytes);
}

#define BAD "\xef\xbf\xbd"

static void xml_has_no_markup_and_no_control_characters(void **state)
{
    (void)state;
    expect(jk_put_xml, "<a b=\"c\" d='e'> & \t\n",
           "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt; &amp; \t\n");
    expect(jk_put_xml, "a\x01\x1b[31m\x7f\r", "a" BAD BAD "[31m" BAD BAD);
    expect(jk_put_xml, "転出 \xf0\x9f\x98\x80", "転出 \xf0\x9f\x98\x80");
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    expect(jk_put_xml,
           "a\xff"
           "b",
           "a" BAD "b");
    expect(jk_put_xml, "\xe8\xbb", BAD BAD);                 /* cut off */
    expect(jk_put_xml, "\xc0\x80", BAD BAD);                 /* too long for its value */
    expect(jk_put_xml, "\xe0\x80\x80", BAD BAD BAD);         /* so is this */
    expect(jk_put_xml, "\xed\xa0\x80", BAD BAD BAD);         /* half of a pair */
    expect(jk_put_xml, "\xf4\x90\x80\x80", BAD BAD BAD BAD); /* beyond the last */
    expect(jk_put_xml, "\xef\xbf\xbe", BAD BAD BAD);         /* no character */
    expect(jk_put_json, "\x80\"", "\"" BAD "\\\"\"");
}

static void json_strings_are_closed_only_at_their_end(void **state)
{
    (void)state;
    expect(jk_put_json, "a\"b\\c\nd\te\x02", "\"a\\\"b\\\\c\\nd\\te" BAD "\"");
    expect(jk_put_json, "", "\"\"");
}

static void markdown_cells_stay_cells(void **state)
{
    (void)state;
    expect(jk_put_markdown, "a|b\nc", "a\\|b c");
    expect(jk_put_markdown, "never_big *x* `y` [z] <b> &",
           "never_big \\*x\\* \\`y\\` \\[z\\] &lt;b> &amp;");
    expect(jk_put_markdown, "_x_ a_", "\\_x\\_ a\\_");
}

static void shell_words_are_one_word(void **state)
{
    (void)state;
    expect(jk_put_shell, "a b;$(c)`d`", "'a b;$(c)`d`'");
    expect(jk_put_shell, "it's", "'it'\\''s'");
}

static void json_members_are_separated(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    jk_json json = {.out = out};
    jk_json_open(&json, NULL, '{');
    jk_json_text(&json, "a\"", "b");
    jk_json_open(&json, "list", '[');
    jk_json_count(&json, NULL, 7);
    jk_json_bool(&json, NULL, true);
    jk_json_close(&json, ']');
    jk_json_open(&json, "empty", '{');
    jk_json_close(&json, '}');
    jk_json_number(&json, "n", 1.5);
    jk_json_close(&json, '}');
    assert_int_equal(fclose(out), 0);
    assert_string_equal(bytes, "{\n \"a\\\"\": \"b\",\n \"list\": [\n  7,\n  true\n ],\n"
                               " \"empty\": {},\n \"n\": 1.500\n}\n");
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_has_no_markup_and_no_control_characters),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(json_strings_are_closed_only_at_their_end),
        cmocka_unit_test(markdown_cells_stay_cells),
        cmocka_unit_test(shell_words_are_one_word),
        cmocka_unit_test(json_members_are_separated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
