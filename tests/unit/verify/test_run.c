/* SPDX-License-Identifier: Apache-2.0 */
/* Negative controls: small models with the real spin, gcc and pan.  A runner that cannot say "no"
 * proves nothing. */
#define _XOPEN_SOURCE 700
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/verify.h"
#include "toy.h"
#include "verify/file.h"

static void what_holds_holds(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(BIG ROW("comes_back", "liveness", "holds", "403")),
                     JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "2 of 2 checks as expected"));
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    static const char rows[] =
        BIG "larger\tcheck.pml\t-\tnosuch\tsafety\tholds\t-\tfull\t-\t-\ttext\n";
    assert_int_equal(toy_run_default(rows), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "1 of 1 checks as expected"));
    assert_non_null(strstr(toy_report, "1 checks of another tier were not run"));
    assert_null(strstr(toy_report, "larger"));
    jk_verify_options options = toy_options();
    options.full = true;
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "1 of 2 checks as expected"));
    assert_null(strstr(toy_report, "were not run"));
}

static void a_violated_claim_is_seen_though_pan_ends_with_0(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(ROW("small", "safety", "holds", "1")), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "VIOLATED"));
    assert_int_equal(toy_run_default(BIG ROW("leaves", "liveness", "holds", "1")),
                     JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "1 of 2 checks as expected"));
}

static void a_witness_must_be_found(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(ROW("small", "witness", "violated", "-")), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "found"));
    assert_int_equal(toy_run_default(ROW("never_big", "witness", "violated", "-")),
                     JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "NOT FOUND"));
}

static void a_cut_search_is_incomplete(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.depth = 20;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "max search depth too small"));
}

static void too_little_memory_is_incomplete(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.memory_mb = 1;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "out of memory"));
}

static void too_little_time_is_incomplete(void **state)
{
    (void)state;
    toy_put("spec/toy/long.pml", "int x; active proctype p() { do :: x = x + 1 :: x = x * 3 od }\n"
                                 "ltl never_big { [] (x != 77777777) }\n");
    jk_verify_options options = toy_options();
    options.time_s = 2;
    assert_int_equal(
        toy_run("never_big\tlong.pml\t-\tnever_big\tsafety\tholds\t-\tquick\t-\t-\tt\n", &options),
        JK_VERIFY_INCOMPLETE);
}

static void a_claim_that_is_not_there_is_incomplete(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(ROW("nosuch", "safety", "holds", "1")), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "there is no claim of that name"));
}

static void another_count_of_states_is_incomplete(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(ROW("never_big", "safety", "holds", "12")),
                     JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "states differ: 12 expected"));
    /* So many that clang compiles the search, not tcc. */
    assert_int_equal(toy_run_default(ROW("never_big", "safety", "holds", "300000")
                                         ROW("comes_back", "liveness", "holds", "300000")),
                     JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "0 of 2 checks as expected"));
    assert_null(strstr(toy_report, "TOOL"));
    assert_non_null(strstr(toy_report, "states differ: 300000 expected"));
    jk_verify_options options = toy_options();
    options.write_states = true;
    assert_int_equal(toy_run(ROW("never_big", "safety", "holds", "12"), &options), JK_VERIFY_HOLDS);
    char path[JK_PATH_SIZE];
    size_t size;
    assert_true(jk_path_join(path, toy_root, "spec/toy/checks.tsv"));
    char *written = jk_file_read(path, &size);
    assert_non_null(written);
    char *rows = strchr(written, '\n') + 1;
    assert_null(strstr(rows, "\t12\t"));
    /* What clang's search found and wrote, tcc's finds too. */
    options.write_states = false;
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_HOLDS);
    free(written);
}

static void an_unreached_line_must_be_on_the_list(void **state)
{
    (void)state;
    static const char row[] = "plain\tcheck.pml\t-\t-\tsafety\tholds\t-\tquick\tlist.txt\t-\tt\n";
    assert_int_equal(toy_run_default(row), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "the list is missing"));
    toy_put("spec/toy/list.txt", "# nothing is allowed\n");
    assert_int_equal(toy_run_default(row), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(toy_report, "unreached: counter: :: x > TOP -> x = 1"));
    toy_put("spec/toy/list.txt", "# x never passes TOP\ncounter: :: x > TOP -> x = 1\n");
    assert_int_equal(toy_run_default(row), JK_VERIFY_HOLDS);
}

static void a_deadlock_is_seen_without_a_claim(void **state)
{
    (void)state;
    toy_put("spec/toy/stuck.pml", "byte x; active proctype p() { x = 1; x == 2; x = 3 }\n");
    assert_int_equal(
        toy_run_default("stuck\tstuck.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
        JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "a deadlock"));
}

static void a_channel_that_overflows_is_named(void **state)
{
    (void)state;
    toy_put("spec/toy/flood.pml", "chan link = [2] of { byte };\n"
                                  "active proctype p() { end: do\n"
                                  "    :: atomic { assert(nfull(link)); link ! 1 } od }\n");
    assert_int_equal(
        toy_run_default("flood\tflood.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
        JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "VIOLATED: an assertion of the model: "));
    assert_non_null(strstr(toy_report, "link"));
    assert_null(strstr(toy_report, "holds"));
}

static void what_is_asked_for_and_not_there_is_named(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.claim = "never_big,neverbig";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--claim 'neverbig' fits nothing"));
    options = toy_options();
    options.rule = "Q*";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--rule 'Q*' fits nothing"));
    options = toy_options();
    options.define = "TOP=5";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--define 'TOP=5' fits nothing"));
    options = toy_options();
    options.tier = "full";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--tier 'full' fits nothing"));
    options = toy_options();
    options.check = "never*";
    options.claim = "comes_back";
    assert_int_equal(toy_run(BIG ROW("comes_back", "liveness", "holds", "403"), &options),
                     JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "nothing fits all that was asked for"));
    assert_null(strstr(toy_report, "as expected"));
}

static void a_plain_name_is_run_whatever_its_tier(void **state)
{
    (void)state;
    static const char rows[] =
        BIG "larger\tcheck.pml\t-\tnever_big\tsafety\tholds\t203\tfull\t-\tT1-T3\ttext\n";
    jk_verify_options options = toy_options();
    options.check = "larger";
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "toy/larger"));
    options.check = "large*";
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "of another tier"));
    options.tier = "full";
    options.rule = "T2";
    assert_int_equal(toy_run(rows, &options), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "1 of 1 checks as expected"));
}

static void models_that_do_not_compile_are_tool_errors(void **state)
{
    (void)state;
    toy_put("spec/toy/syntax.pml", "byte x = ;\n");
    assert_int_equal(toy_run_default("s\tsyntax.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
                     JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "syntax error"));
    toy_put("spec/toy/name.pml", "byte dup; active proctype p() { dup = 1 }\n");
    assert_int_equal(toy_run_default("s\tname.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
                     JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "redefinition"));
    assert_int_equal(toy_run_default("s\tnone.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
                     JK_VERIFY_TOOL);
}

static void a_bad_table_is_a_tool_error(void **state)
{
    (void)state;
    assert_int_equal(toy_run_default(ROW("never_big", "soft", "holds", "-")), JK_VERIFY_TOOL);
    assert_int_equal(toy_run_default(BIG BIG), JK_VERIFY_TOOL);
    assert_int_equal(
        toy_run_default("x\t../../outside.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n"),
        JK_VERIFY_TOOL);
}

static const char one_step_too_far[] = "--- a/spec/toy/counter.pml\n"
                                       "+++ b/spec/toy/counter.pml\n"
                                       "@@ -3,7 +3,7 @@\n"
                                       " {\n"
                                       " end_LOOP:\n"
                                       "     do\n"
                                       "-    :: x < TOP -> x = x + 1\n"
                                       "+    :: x < TOP -> x = x + 2\n"
                                       "     :: x == TOP -> x = 0\n"
                                       "     :: x > TOP -> x = 1\n"
                                       "     od\n";

static const char harmless[] = "--- a/spec/toy/counter.pml\n"
                               "+++ b/spec/toy/counter.pml\n"
                               "@@ -6,1 +6,1 @@\n"
                               "-    :: x < TOP -> x = x + 1\n"
                               "+    :: x < TOP -> x++\n";

static jk_verify_exit run_mutant(const char *patch, const char *claim)
{
    char row[256];
    jk_verify_options options = toy_options();
    options.mutants = true;
    (void)snprintf(row, sizeof row, TOY_MUTANTS_HEAD "m\tm.patch\todd\t%s\t-\t-\ttext\n", claim);
    toy_put("spec/toy/mutants.tsv", row);
    toy_put("spec/toy/m.patch", patch);
    jk_verify_exit code = toy_run(
        "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t201\tquick\t-\t-\ttext\n", &options);
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, toy_root, "spec/toy/mutants.tsv"));
    assert_int_equal(remove(path), 0);
    return code;
}

static void a_mutant_must_be_refuted_by_its_claim(void **state)
{
    (void)state;
    assert_int_equal(run_mutant(one_step_too_far, "never_big"), JK_VERIFY_HOLDS);
    assert_non_null(strstr(toy_report, "1 of 1 mutants killed"));
    assert_int_equal(run_mutant(harmless, "never_big"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "survived"));
    assert_non_null(strstr(toy_report, "0 of 1 mutants killed"));
}

static void a_mutant_that_something_else_stops_is_not_killed(void **state)
{
    (void)state;
    static const char asserts[] = "--- a/spec/toy/counter.pml\n"
                                  "+++ b/spec/toy/counter.pml\n"
                                  "@@ -6,1 +6,1 @@\n"
                                  "-    :: x < TOP -> x = x + 1\n"
                                  "+    :: x < TOP -> x = x + 1; assert(x != 5)\n";
    assert_int_equal(run_mutant(asserts, "never_big"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "an assertion of the model came first"));
}

static void a_mutant_that_does_not_apply_is_a_failure(void **state)
{
    (void)state;
    static const char stale[] = "--- a/spec/toy/counter.pml\n"
                                "+++ b/spec/toy/counter.pml\n"
                                "@@ -6,1 +6,1 @@\n"
                                "-    :: x < TOP -> x = x + 3\n"
                                "+    :: x < TOP -> x = x + 2\n";
    static const char broken[] = "--- a/spec/toy/counter.pml\n"
                                 "+++ b/spec/toy/counter.pml\n"
                                 "@@ -6,1 +6,1 @@\n"
                                 "-    :: x < TOP -> x = x + 1\n"
                                 "+    :: x < TOP -> x = x +\n";
    assert_int_equal(run_mutant(stale, "never_big"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "NOT KILLED"));
    assert_int_equal(run_mutant(broken, "never_big"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(toy_report, "NOT KILLED"));
}

#define DRAWN                                                                        \
    "odd\tcheck.pml\tTOP=99\tnever_big\tsafety\tholds\t201\tquick\t-\t-\ttext\n"     \
    "back\tcheck.pml\tTOP=98\tcomes_back\tliveness\tholds\t395\tquick\t-\t-\ttext\n" \
    "w\tcheck.pml\t-\tsmall\twitness\tviolated\t-\tquick\t-\t-\ttext\n"

/* Breadth-first for safety, depth-first for liveness; each says which. */
static void what_is_refuted_is_drawn(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    char path[JK_PATH_SIZE];
    char charts[JK_PATH_SIZE];
    assert_true(jk_path_join(charts, toy_root, "drawn"));
    options.mutants = true;
    options.witnesses = true;
    options.charts = charts;
    toy_put("spec/toy/mutants.tsv", TOY_MUTANTS_HEAD "m\tm.patch\todd\tnever_big\t-\t-\ttext\n"
                                                     "l\tm.patch\tback\tleaves\t-\t-\ttext\n");
    toy_put("spec/toy/m.patch", one_step_too_far);
    assert_int_equal(toy_run(DRAWN, &options), JK_VERIFY_HOLDS);
    assert_true(toy_has("drawn/toy/charts/m.txt", "the shortest known"));
    assert_true(toy_has("drawn/toy/charts/m.txt", "x=100"));
    assert_true(toy_has("drawn/toy/charts/m.txt", "never_big is violated."));
    assert_true(toy_has("drawn/toy/charts/l.txt", "not the shortest"));
    assert_true(toy_has("drawn/toy/charts/l.txt", "from here on for ever"));
    assert_true(toy_has("drawn/toy/charts/w.txt", "small: found."));
    assert_false(toy_has("drawn/toy/charts/odd.txt", ""));
    assert_true(jk_path_join(charts, toy_root, "spec/toy/check.pml")); /* no folder */
    assert_int_equal(toy_run(DRAWN, &options), JK_VERIFY_TOOL);
    assert_non_null(strstr(toy_report, "no chart"));
    assert_true(jk_path_join(path, toy_root, "spec/toy/mutants.tsv"));
    assert_int_equal(remove(path), 0);
}

static void the_readme_gets_the_table(void **state)
{
    (void)state;
    char path[JK_PATH_SIZE];
    jk_verify_options options = toy_options();
    assert_true(jk_path_join(path, toy_root, "README.md"));
    options.update_readme = path;
    toy_put("README.md",
            "before\n<!-- verify:begin -->\nstale words\n<!-- verify:end -->\nafter\n");
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    size_t size;
    char *text = jk_file_read(path, &size);
    assert_non_null(text);
    assert_int_equal(strncmp(text, "before\n<!-- verify:begin -->\n| check |", 38), 0);
    assert_non_null(strstr(text, "| never_big | - | text | - |"));
    assert_non_null(strstr(text, "<!-- verify:end -->\nafter\n"));
    assert_null(strstr(text, "stale words"));
    free(text);
    toy_put("spec/toy/syntax.pml", "byte x = ;\n"); /* a broken tool leaves the table alone */
    assert_int_equal(
        toy_run("s\tsyntax.pml\t-\t-\tsafety\tholds\t-\tquick\t-\t-\ttext\n", &options),
        JK_VERIFY_TOOL);
    text = jk_file_read(path, &size);
    assert_non_null(text);
    assert_non_null(strstr(text, "| never_big | - | text | - |"));
    free(text);
    toy_put("README.md", "no markers\n");
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_TOOL);
}

/* Seconds are another number each time; what else is new makes a new row. */
static void a_table_that_is_right_stays_as_it_is(void **state)
{
    (void)state;
    char path[JK_PATH_SIZE];
    size_t size;
    jk_verify_options options = toy_options();
    assert_true(jk_path_join(path, toy_root, "README.md"));
    options.update_readme = path;
    toy_put("README.md", "<!-- verify:begin -->\n"
                         "| never_big | - | text | - | 203 | 101 | 77.7 | holds |\n"
                         "<!-- verify:end -->\n");
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    char *first = jk_file_read(path, &size);
    assert_non_null(first);
    assert_null(strstr(first, "77.7")); /* the depth is another one */
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    char *second = jk_file_read(path, &size);
    assert_non_null(second);
    assert_string_equal(first, second);
    static const volatile sig_atomic_t stop = 1;
    options.stop = &stop; /* a call that was stopped has no table */
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_INCOMPLETE);
    options.stop = NULL;
    free(second);
    second = jk_file_read(path, &size);
    assert_non_null(second);
    assert_string_equal(first, second);
    char *at = strstr(first, " | holds |");
    assert_non_null(at);
    memcpy(at - 3, "8.8", 3); /* seconds of a slower machine */
    toy_put("README.md", first);
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_HOLDS);
    free(second);
    second = jk_file_read(path, &size);
    assert_non_null(second);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void nothing_to_run_is_usage(void **state)
{
    (void)state;
    jk_verify_options options = toy_options();
    options.check = "nosuch";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--check 'nosuch' fits nothing"));
    options = toy_options();
    options.jobs = 0;
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    options = toy_options();
    options.protocol = "nosuch";
    assert_int_equal(toy_run(BIG, &options), JK_VERIFY_USAGE);
    assert_non_null(strstr(toy_report, "--protocol 'nosuch' fits nothing"));
}

static int call_tool(const char *first, const char *second)
{
    char words[3][32] = {"verify", "", ""};
    char *argv[] = {words[0], words[1], words[2], NULL};
    (void)snprintf(words[1], sizeof words[1], "%s", first);
    (void)snprintf(words[2], sizeof words[2], "%s", second);
    return jk_tool_verify(second[0] == '\0' ? 2 : 3, argv);
}

static void the_verb_refuses_what_it_does_not_know(void **state)
{
    (void)state;
    assert_int_equal(call_tool("--nosuch", ""), 2);
    assert_int_equal(call_tool("stray", ""), 2);
    assert_int_equal(call_tool("--help", ""), 0);
    assert_int_equal(call_tool("--jobs", "0"), 2);
    assert_int_equal(call_tool("--time", "12x"), 2);
    assert_int_equal(call_tool("--root", "/nowhere"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_holds),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(a_violated_claim_is_seen_though_pan_ends_with_0),
        cmocka_unit_test(a_witness_must_be_found),
        cmocka_unit_test(a_cut_search_is_incomplete),
        cmocka_unit_test(too_little_memory_is_incomplete),
        cmocka_unit_test(too_little_time_is_incomplete),
        cmocka_unit_test(a_claim_that_is_not_there_is_incomplete),
        cmocka_unit_test(another_count_of_states_is_incomplete),
        cmocka_unit_test(an_unreached_line_must_be_on_the_list),
        cmocka_unit_test(a_deadlock_is_seen_without_a_claim),
        cmocka_unit_test(a_channel_that_overflows_is_named),
        cmocka_unit_test(what_is_asked_for_and_not_there_is_named),
        cmocka_unit_test(a_plain_name_is_run_whatever_its_tier),
        cmocka_unit_test(models_that_do_not_compile_are_tool_errors),
        cmocka_unit_test(a_bad_table_is_a_tool_error),
        cmocka_unit_test(a_mutant_must_be_refuted_by_its_claim),
        cmocka_unit_test(a_mutant_that_something_else_stops_is_not_killed),
        cmocka_unit_test(a_mutant_that_does_not_apply_is_a_failure),
        cmocka_unit_test(what_is_refuted_is_drawn),
        cmocka_unit_test(the_readme_gets_the_table),
        cmocka_unit_test(a_table_that_is_right_stays_as_it_is),
        cmocka_unit_test(nothing_to_run_is_usage),
        cmocka_unit_test(the_verb_refuses_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, toy_set_up, toy_tear_down);
}
