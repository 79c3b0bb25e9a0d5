/* SPDX-License-Identifier: Apache-2.0 */
/* report.html: what tables and files put into it stays text, what is missing is said, and what is
 * damaged is named. */
#define _POSIX_C_SOURCE 200809L
#include "verify/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "toy.h"
#include "verify/page.h"

static int set_up(void **state)
{
    static const char *const folders[] = {"gen", "gen/tables"};
    if (toy_set_up(state) != 0) {
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        char path[JK_PATH_SIZE];
        if (!jk_path_join(path, toy_root, folders[i]) || !jk_folder_make(path)) {
            return 1;
        }
    }
    return 0;
}

/* Is the report still what the other formats say, and well formed? */
static bool agree(void)
{
    char log[JK_PATH_SIZE];
    char folder[] = "out";
    char here[] = ".";
    char python[] = "python3";
    char script[] = JK_READ_RESULTS;
    char *argv[] = {python, script, folder, here, NULL};
    jk_process process;
    int code = -1;
    assert_true(jk_path_join(log, toy_root, "read.txt"));
    assert_int_equal(jk_process_start(&process, toy_root, log, argv, 60000), JK_OK);
    while (!jk_process_ended(&process, &code)) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    char *text = toy_get("read.txt");
    print_message("%s", text == NULL ? "" : text);
    free(text);
    return code == 0;
}

static bool page_has(const char *words)
{
    return toy_has("out/report.html", words);
}

static void text_of_tables_stays_text(void **state)
{
    (void)state;
    static const char hostile[] =
        "x\tcheck.pml\t-\tnever_big\tsafety\tholds\t203\tquick\t-\t<b>R</b>"
        "\t</span><script>alert(1)</script> \"&amp;' \xff\n";
    assert_int_equal(toy_run_default(hostile), JK_VERIFY_HOLDS);
    assert_true(agree());
    assert_true(
        page_has("&lt;script&gt;alert(1)&lt;/script&gt; &quot;&amp;amp;&#39; \xef\xbf\xbd"));
    assert_false(page_has("<script>alert"));
    assert_true(page_has("&lt;b&gt;R&lt;/b&gt;"));
}

static void what_is_missing_is_said(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_true(page_has("There is no certificate"));
    assert_true(page_has("Not measured in this run."));
    assert_true(page_has("None was drawn"));
    assert_true(page_has("no table of mutants"));
    assert_true(agree());
}

static void a_report_that_is_damaged_is_seen(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    char *text = toy_get("out/report.html");
    assert_non_null(text);
    static const char *const places[] = {"<tbody>", "href=\"#limits\"", "class=\"ja\"",
                                         "lang=\"en\">Everything is", "scope=\"col\""};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char *spoilt = strdup(text);
        assert_non_null(spoilt);
        char *at = strstr(spoilt, places[i]);
        assert_non_null(at);
        at[strlen(places[i]) - 2] = '~';
        toy_put("out/report.html", spoilt);
        free(spoilt);
        assert_false(agree());
    }
    toy_put("out/report.html", text);
    assert_true(agree());
    free(text);
}

static void the_certificate_is_shown_as_it_is(void **state)
{
    (void)state;
    toy_put("gen/CERT.json",
            "{\"version\": 1, \"graphs\": [{\"protocol\": \"toy\", \"name\": \"wide\", "
            "\"states\": 47691, \"edges\": 564386, \"digest\": \"3f<1c\", \"x\": [1, 2]}]}");
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_true(page_has("<th scope=\"col\" class=\"number\"><code>states</code></th>"));
    assert_true(page_has("<td>toy</td><td>wide</td><td class=\"number\">47,691</td>"));
    assert_true(page_has("3f&lt;1c"));
    assert_false(page_has("There is no certificate"));
    assert_true(agree());
    toy_put("gen/CERT.json", "{\"version\": ");
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_true(page_has("Not to be read: "));
    assert_true(agree());
    toy_remove("gen/CERT.json");
}

static void scores_are_those_of_the_files(void **state)
{
    (void)state;
    char first[JK_PATH_SIZE];
    char list[3 * JK_PATH_SIZE];
    jk_verify_options options = toy_options();
    toy_put("a.json", "[{\"part\": \"spec\", \"protocols\": [{\"protocol\": \"toy\", \"mutants\": "
                      "210, \"equivalent\": 10, \"killed\": 190, \"named_killed\": 170, "
                      "\"survivors\": [{\"name\": \"one\", \"diff\": \"-a<b\"}]}]}]");
    toy_put("b.json", "{\"part\": \"code\", \"mutants\": 0, \"equivalent\": 0, \"killed\": 0, "
                      "\"survivors\": []}");
    toy_put("c.json", "{}");
    assert_true(jk_path_join(first, toy_root, "a.json"));
    (void)snprintf(list, sizeof list, "%s,%s/b.json,%s/c.json,%s/nosuch.json", first, toy_root,
                   toy_root, toy_root);
    options.scores = list;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_true(page_has("spec toy</th>"));
    assert_true(page_has("95.0 %"));
    assert_true(page_has("-a&lt;b"));
    assert_true(page_has("code</th>"));
    assert_true(page_has("no part with mutants in it"));
    assert_true(page_has("nosuch.json"));
    assert_false(page_has("Not measured in this run."));
    assert_true(agree());
}

static void a_role_is_drawn(void **state)
{
    (void)state;
    toy_put("gen/tables/toy_counter.dot", "// Generated by jkgen from toy/counter.pml.\n"
                                          "digraph toy_counter {\n"
                                          "    rankdir=LR;\n"
                                          "    node [shape=box];\n"
                                          "    IDLE;\n"
                                          "    BUSY;\n"
                                          "    IDLE -> BUSY [label=\"START\\nx == 1\"];\n"
                                          "    BUSY -> IDLE [label=\"STOP\"];\n"
                                          "}\n");
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_true(page_has("<summary><code>toy_counter</code>"));
    assert_true(page_has("START"));
    assert_true(toy_has("out/charts/state.toy_counter.svg", "BUSY"));
    assert_true(agree());
    toy_put("gen/tables/toy_counter.dot", "digraph { \"\n");
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_true(page_has("None was drawn"));
    toy_remove("gen/tables/toy_counter.dot");
}

static void every_exit_code_has_a_sentence(void **state)
{
    (void)state;
    for (int code = JK_VERIFY_HOLDS; code <= JK_VERIFY_DIFFERS; code++) {
        const char *english = jk_page_sentence((jk_verify_exit)code, false);
        const char *japanese = jk_page_sentence((jk_verify_exit)code, true);
        assert_true(strlen(english) > 20 && strlen(japanese) > 20);
        assert_true(code == JK_VERIFY_HOLDS || strstr(english, "Everything") == NULL);
    }
    assert_non_null(strstr(jk_page_sentence(JK_VERIFY_DIFFERS, false), "disagree"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_tables_stays_text),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(a_report_that_is_damaged_is_seen),
        cmocka_unit_test(the_certificate_is_shown_as_it_is),
        cmocka_unit_test(scores_are_those_of_the_files),
        cmocka_unit_test(a_role_is_drawn),
        cmocka_unit_test(every_exit_code_has_a_sentence),
    };
    return cmocka_run_group_tests(tests, set_up, toy_tear_down);
}
