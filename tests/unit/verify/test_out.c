/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of results: read back by parsers that are not ours, for calls of every end. */
#define _XOPEN_SOURCE 700
#include "verify/out.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "toy.h"
#include "verify/progress.h"

/* Runs a command in toy_root and returns its exit code; what it said is in read.txt. */
static int command(char *const *argv)
{
    char log[JK_PATH_SIZE];
    jk_process process;
    int code = -1;
    assert_true(jk_path_join(log, toy_root, "read.txt"));
    assert_int_equal(jk_process_start(&process, toy_root, log, argv, 60000), JK_OK);
    while (!jk_process_ended(&process, &code)) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return code;
}

/* Do all formats of the results say the same? */
static bool agree(void)
{
    char folder[] = "out";
    char here[] = ".";
    char python[] = "python3";
    char script[] = JK_READ_RESULTS;
    char *argv[] = {python, script, folder, here, NULL};
    int code = command(argv);
    char *text = toy_get("read.txt");
    print_message("%s", text == NULL ? "" : text);
    free(text);
    return code == 0;
}

/* Puts other words into a file of the results. */
static void spoil(const char *name, const char *words, const char *others)
{
    char *text = toy_get(name);
    assert_non_null(text);
    char *at = strstr(text, words);
    assert_non_null(at);
    char *rest = strdup(at + strlen(words));
    size_t size = (size_t)(at - text) + strlen(others) + strlen(rest) + 1;
    char *fresh = malloc(size);
    assert_non_null(fresh);
    (void)snprintf(fresh, size, "%.*s%s%s", (int)(at - text), text, others, rest);
    toy_put(name, fresh);
    free(fresh);
    free(rest);
    free(text);
}

#define SMALL   ROW("small", "safety", "holds", "-")
#define CUT     "cut\tlong.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\t<&\"'|_*>\n"
#define BROKEN  "broken\tsyntax.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"
#define WITNESS "w\tcheck.pml\t-\tsmall\twitness\tviolated\t-\tquick\t-\tT1\ttext\n"
#define LARGER  "larger\tcheck.pml\t-\tnever_big\tsafety\tholds\t-\tfull\t-\t-\ttext\n"

static int set_up(void **state)
{
    if (toy_set_up(state) != 0) {
        return 1;
    }
    toy_put("spec/toy/long.pml",
            "short x; active proctype p() { do :: x < 5000 -> x = x + 1 :: else -> x = 0 od }\n");
    toy_put("spec/toy/syntax.pml", "byte x = ;\n");
    return 0;
}

static void what_holds_is_told_in_every_format(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG WITNESS LARGER), JK_VERIFY_HOLDS);
    assert_true(agree());
    assert_true(toy_has("out/junit.xml", "<skipped message=\"tier full was not asked for\"/>"));
    assert_true(toy_has("out/logs/toy.never_big.txt", "203 states, stored"));
    assert_false(toy_has("out/work/build001/pan.c", ""));
    assert_false(toy_has("out/trails/toy.never_big.trail", ""));
    assert_true(toy_has("out/trails/toy.w.trail", ""));
}

static void what_is_violated_incomplete_or_broken_is_no_pass(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.depth = 1000;
    assert_int_equal(toy_run(BIG CUT, &options), JK_VERIFY_INCOMPLETE);
    assert_true(agree());
    assert_true(toy_has("out/junit.xml", "<error type=\"incomplete\""));
    assert_true(toy_has("out/junit.xml", "&lt;&amp;&quot;&#39;|_*&gt;"));
    assert_int_equal(toy_run(BIG CUT BROKEN, &options), JK_VERIFY_TOOL);
    assert_true(agree());
    assert_true(toy_has("out/logs/toy.broken.spin.txt", "syntax error"));
    assert_int_equal(toy_run(BIG SMALL CUT BROKEN, &options), JK_VERIFY_VIOLATED);
    assert_true(agree());
    assert_true(toy_has("out/charts/toy.small.txt", "small is violated."));
    assert_true(toy_has("out/summary.md", "small is violated."));
    assert_true(toy_has("out/junit.xml", "spec/toy/check.pml:6"));
}

static void a_format_that_says_something_else_is_seen(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    assert_true(agree());
    spoil("out/junit.xml", "<failure", "<system-err");
    assert_false(agree());
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    spoil("out/metrics.json", "\"exit\": 1", "\"exit\": 0");
    assert_false(agree());
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    spoil("out/summary.md", "VIOLATED", "fine");
    assert_false(agree());
}

static void what_the_way_of_sarif_says_is_looked_at(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    assert_true(toy_has("out/results.sarif", "counter:1: x = (x+1)"));
    spoil("out/results.sarif", "\"startLine\": 6\n", "\"startLine\": 600\n");
    assert_false(agree());
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    spoil("out/results.sarif", "\"codeFlows\"", "\"other\"");
    assert_false(agree());
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    spoil("out/results.sarif", "\"executionSuccessful\": true", "\"executionSuccessful\": false");
    assert_false(agree());
}

/* Repeats one search with the tools alone: what pan says then. */
static char *repeated(char *name)
{
    char shell[] = "sh";
    char script[] = "out/repro.sh";
    char *argv[] = {shell, script, name, NULL};
    assert_int_equal(command(argv), 0);
    return toy_get("read.txt");
}

static void every_search_can_be_repeated_with_stock_tools(void **state)
{
    (void)state;
    static const char patch[] = "--- a/spec/toy/counter.pml\n"
                                "+++ b/spec/toy/counter.pml\n"
                                "@@ -6,1 +6,1 @@\n"
                                "-    :: x < TOP -> x = x + 1\n"
                                "+    :: x < TOP -> x = x + 2\n";
    static const char odd[] =
        "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t201\tquick\t-\t-\ttext\n";
    char live[] = "toy.comes_back";
    char check[] = "toy.odd";
    char mutant[] = "toy.mutant.m";
    char rows[512];
    jk_verify_options options = toy_options();
    options.mutants = true;
    toy_put("spec/toy/mutants.tsv", TOY_MUTANTS_HEAD "m\tm.patch\todd\tnever_big\t-\t-\ttext\n");
    toy_put("spec/toy/m.patch", patch);
    (void)snprintf(rows, sizeof rows, "%s%s", odd, ROW("comes_back", "liveness", "holds", "403"));
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_HOLDS);
    assert_true(agree());
    char *text = repeated(check);
    assert_non_null(strstr(text, "errors: 0"));
    assert_non_null(strstr(text, "201 states, stored"));
    assert_non_null(strstr(text, "expected: holds; errors: 0, 201 states, stored"));
    free(text);
    text = repeated(live);
    assert_non_null(strstr(text, "fairness enabled"));
    assert_non_null(strstr(text, "403 states, stored"));
    free(text);
    text = repeated(mutant);
    assert_non_null(strstr(text, "errors: 1"));
    assert_non_null(strstr(text, "expected: killed; errors: 1"));
    free(text);
    toy_remove("spec/toy/mutants.tsv");
}

static void nothing_old_stands_beside_a_new_call(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG SMALL), JK_VERIFY_VIOLATED);
    assert_true(toy_has("out/trails/toy.small.trail", ""));
    assert_int_equal(toy_run_default(BIG), JK_VERIFY_HOLDS);
    assert_false(toy_has("out/trails/toy.small.trail", ""));
    assert_false(toy_has("out/junit.xml", "small"));
    assert_true(toy_has("out/junit.xml", "never_big"));
    jk_verify_options options = toy_options();
    options.check = "nosuch"; /* a call that ends before its first search */
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_false(toy_has("out/junit.xml", ""));
    assert_false(toy_has("out/report.html", ""));
}

static void a_folder_that_is_not_ours_stays_as_it_is(void **state)
{
    (void)state;
    char folder[JK_PATH_SIZE];
    jk_verify_options options = toy_options();
    assert_true(jk_path_join(folder, toy_root, "theirs"));
    assert_true(jk_folder_make(folder));
    toy_put("theirs/letter.txt", "dear\n");
    options.out = folder;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "holds what is not ours"));
    assert_null(strstr(toy_report, "as expected"));
    assert_true(toy_has("theirs/letter.txt", "dear"));
    assert_true(jk_path_join(folder, toy_root, "theirs/letter.txt/x"));
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "cannot be made"));
    assert_true(jk_path_join(folder, toy_root, "new/and/deep"));
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    assert_true(toy_has("new/and/deep/junit.xml", "<testsuites"));
}

/* The disk is full behind the first bytes of a file: here a limit of the process says so. */
static void a_disk_that_is_full_is_named(void **state)
{
    (void)state;
    char cache[JK_PATH_SIZE];
    jk_verify_options options = toy_options();
    struct rlimit limit;
    assert_true(jk_path_join(cache, toy_root, "cache"));
    options.cache = cache;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS); /* so no compiler runs below */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {.rlim_cur = 6000, .rlim_max = limit.rlim_max};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    jk_verify_exit code = toy_run(BIG, &options);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(code, JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "report.html cannot be written"));
    assert_false(toy_has("out/report.html", ""));
}

static void the_time_of_the_whole_call_ends_it(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.whole_time_s = 1;
    options.depth = 10000000;
    options.jobs = 1;
    toy_put("spec/toy/endless.pml",
            "int x; active proctype p() { do :: x = x + 1 :: x = x * 3 od }\n"
            "ltl other { [] (x != 77777777) }\n");
    assert_int_equal(
        toy_run("other\tendless.pml\t-\tother\tsafety\tholds\t-\tquick\t-\t-\ttext\n" BIG,
                &options),
        JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "the time of the whole call is over"));
    assert_non_null(strstr(toy_report, "INCOMPLETE"));
    assert_true(agree());
}

static void the_memory_of_all_is_shared(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.whole_memory_mb = 2;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "out of memory"));
    options.whole_memory_mb = 2000;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
}

/* What a display wrote for one run that ended and one at work. */
static char *displayed(jk_progress mode)
{
    static const jk_protocol protocol = {.name = "toy"};
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    assert_non_null(out);
    char *cells[JK_CHECK_COLUMNS];
    char word[] = "holds";
    for (size_t i = 0; i < JK_CHECK_COLUMNS; i++) {
        cells[i] = word;
    }
    jk_protocol known = protocol;
    known.checks = (jk_table){.cells = cells, .row_count = 1, .column_count = JK_CHECK_COLUMNS};
    jk_run run = {.protocol = &known, .outcome = JK_OUTCOME_INCOMPLETE, .note = "out of time"};
    jk_plan plan = {.runs = &run, .run_count = 1, .started_ms = jk_clock_ms()};
    const jk_task task = {.protocol = "toy",
                          .name = "long",
                          .at = "",
                          .folder = toy_root,
                          .log = "pan.txt",
                          .started_ms = jk_clock_ms() - 10000};
    toy_put("pan.txt",
            "Depth=  100 States=  2e+06 Transitions= 3e+06 Memory= 128.500\tt= 1 R= 2e+06\n");
    jk_display display = jk_display_begin(mode, out);
    jk_display_tick(&display, &plan, &task, 1);
    jk_display_end(&display, &plan);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static void progress_is_plain_where_there_is_no_terminal(void **state)
{
    (void)state;
    char *text = displayed(JK_PROGRESS_LINES);
    assert_string_equal(text, "[1/1] toy/holds INCOMPLETE: out of time, 0 states, 0.0 s\n");
    free(text);
    text = displayed(JK_PROGRESS_LIVE);
    assert_non_null(strstr(text, "[1/1] toy/holds INCOMPLETE: out of time"));
    assert_non_null(strstr(text, "toy/long "));
    assert_non_null(strstr(text, ", 2.0 M states, 2.0 M/s, depth 100, 128 MB\n"));
    assert_non_null(strstr(text, "\033[A\r\033[K"));
    free(text);
    text = displayed(JK_PROGRESS_NONE);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_is_told_in_every_format),
        cmocka_unit_test(what_is_violated_incomplete_or_broken_is_no_pass),
        cmocka_unit_test(a_format_that_says_something_else_is_seen),
        cmocka_unit_test(what_the_way_of_sarif_says_is_looked_at),
        cmocka_unit_test(every_search_can_be_repeated_with_stock_tools),
        cmocka_unit_test(nothing_old_stands_beside_a_new_call),
        cmocka_unit_test(a_folder_that_is_not_ours_stays_as_it_is),
        cmocka_unit_test(a_disk_that_is_full_is_named),
        cmocka_unit_test(the_time_of_the_whole_call_ends_it),
        cmocka_unit_test(the_memory_of_all_is_shared),
        cmocka_unit_test(progress_is_plain_where_there_is_no_terminal),
    };
    return cmocka_run_group_tests(tests, set_up, toy_tear_down);
}
