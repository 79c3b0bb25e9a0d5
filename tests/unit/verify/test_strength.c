/* SPDX-License-Identifier: Apache-2.0 */
/* Controls of the measurement, with the real spin, tcc and pan on a toy: an echo, one who asks.  A
 * mutant known to break a property is killed by it, one that only an assertion sees is not counted
 * for a property, one that changes nothing is equivalent, one that nobody looks at survives. */
#define _XOPEN_SOURCE 700
#include "verify/strength.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/mutate.h"
#include "verify/file.h"

#define HEAD "name\tfile\tdefines\tmore\tsearch\ttext\n"
#define ROWS                                               \
    HEAD "toy\tcheck.pml\t-\t-\tstates\ttext\n"            \
         "toy_outcomes\tcheck.pml\t-\t-\toutcomes\ttext\n" \
         "toy_live\tcheck.pml\t-\t-\tanswered\ttext\n"

static const char role[] = "/* Role: echo. */\n"
                           "proctype echo(byte me)\n"
                           "{\n"
                           "    REGISTERS;\n"
                           "    members seen;\n"
                           "    count asked;\n"
                           "\n"
                           "end_IDLE:\n"
                           "    if\n"
                           "    :: atomic { ask ? PING, in ->\n"
                           "           seen = seen | in.mask;\n"
                           "           asked = 0;\n"
                           "           LOOK();\n"
                           "           send(tell, PONG, 0, seen, 0, 0);\n"
                           "           NEXT(BUSY) }\n"
                           "    :: UNEXPECTED(ask, STOP)\n"
                           "    fi;\n"
                           "    goto end_IDLE;\n"
                           "\n"
                           "BUSY:\n"
                           "    if\n"
                           "    :: atomic { ask ? STOP, in ->\n"
                           "           NOTE(seen);\n"
                           "           NEXT(end_IDLE) }\n"
                           "    :: UNEXPECTED(ask, PING)\n"
                           "    fi;\n"
                           "    goto BUSY;\n"
                           "}\n";

static const char model[] = "#include \"../lib/role.pml\"\n"
                            "#include \"../lib/envelope.pml\"\n"
                            "mtype:kind = { PING, STOP, PONG };\n"
                            "chan ask  = [1] of { mtype:kind, envelope };\n"
                            "chan tell = [1] of { mtype:kind, envelope };\n"
                            "byte ghost_noted;\n"
                            "byte ghost_answered;\n"
                            "bool ghost_over;\n"
                            "inline LOOK() { skip }\n"
                            "inline NOTE(MASK) { ghost_noted = MASK }\n"
                            "#include \"echo.pml\"\n"
                            "proctype asker()\n"
                            "{\n"
                            "    REGISTERS;\n"
                            "    ask ! PING, 0, 1, 0, 0, 0;\n"
                            "    tell ? PONG, in -> ghost_answered = in.mask;\n"
                            "    ask ! STOP, 0, 0, 0, 0, 0;\n"
                            "    ask ! PING, 0, 2, 0, 0, 0;\n"
                            "    tell ? PONG, in -> ghost_answered = in.mask;\n"
                            "    ask ! STOP, 0, 0, 0, 0, 0;\n"
                            "    ghost_over = true\n"
                            "}\n"
                            "init { atomic { run echo(0); run asker() } }\n"
                            "ltl told_all { [] (ghost_answered != 2) }\n"
                            "ltl noted_told { [] (ghost_noted != 0 -> ghost_noted == "
                            "ghost_answered || ghost_noted == 1) }\n"
                            "ltl stays_over { [] (ghost_over -> [] (ghost_answered == 3)) }\n"
                            "ltl answered { <> (ghost_answered == 1) }\n"
                            "ltl w_over { [] !ghost_over }\n";

static char root[64];
static char report[16384];

static void put(const char *name, const char *text)
{
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, root, name));
    assert_int_equal(jk_file_write(path, text, strlen(text)), JK_OK);
}

static int set_up(void **state)
{
    (void)state;
    static const char *const folders[] = {"spec", "spec/toy"};
    char path[JK_PATH_SIZE];
    (void)strncpy(root, "/tmp/juki-strength-test-XXXXXX", sizeof root - 1);
    if (mkdtemp(root) == NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (!jk_path_join(path, root, folders[i]) || !jk_folder_make(path)) {
            return 1;
        }
    }
    if (!jk_path_join(path, root, "spec/lib") || !jk_folder_copy(JK_SOURCE_DIR "/spec/lib", path)) {
        return 1;
    }
    put("spec/toy/check.pml", model);
    put("spec/toy/echo.pml", role);
    put("spec/toy/strength.tsv", ROWS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jk_folder_remove(root);
    return 0;
}

static jk_verify_exit run(const jk_strength_options *options)
{
    FILE *file = fmemopen(report, sizeof report, "w");
    assert_non_null(file);
    jk_verify_exit code = jk_strength_run(options, file);
    assert_int_equal(fclose(file), 0);
    return code;
}

static jk_verify_exit run_only(const char *only)
{
    char out[JK_PATH_SIZE];
    assert_true(jk_path_join(out, root, "out"));
    jk_strength_options options = jk_strength_defaults();
    options.root = root;
    options.out = out;
    options.only = only;
    options.jobs = 1;
    return run(&options);
}

static void a_broken_property_kills(void **state)
{
    (void)state;
    assert_int_equal(run_only("echo:11:hook_fixed"), JK_VERIFY_USAGE); /* no hook there */
    assert_int_equal(run_only("echo:11:mask_sign"), JK_VERIFY_HOLDS);
    assert_non_null(strstr(report, "1 of 1 killed, 1 by a named property (0 of them by"));
    assert_int_equal(run_only("echo:11:assign_zero"), JK_VERIFY_HOLDS);
}

/* No answer comes, so nothing is ever over: a witness is lost, and the bounds that look at runs
 * show it as a property. */
static void a_lost_witness_kills(void **state)
{
    (void)state;
    assert_int_equal(run_only("echo:14:send_drop"), JK_VERIFY_HOLDS);
    assert_non_null(strstr(report, "1 by a named property (0 of them by a lost witness alone)"));
    put("spec/toy/strength.tsv", HEAD "toy\tcheck.pml\t-\t-\tstates\ttext\n");
    assert_int_equal(run_only("echo:14:send_drop"), JK_VERIFY_HOLDS);
    assert_non_null(strstr(report, "1 by a named property (1 of them by a lost witness alone)"));
}

/* The note is late by a state: nobody minds, and an assertion sees STOP where it cannot come. */
static void an_assertion_is_no_name(void **state)
{
    (void)state;
    put("spec/toy/strength.tsv", HEAD "toy\tcheck.pml\t-\t-\tstates\ttext\n");
    assert_int_equal(run_only("echo:15:state_stay"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(report, "1 of 1 killed, 0 by a named property"));
    assert_non_null(strstr(report, "assertion toy"));
}

static void what_changes_no_state_is_equivalent(void **state)
{
    (void)state;
    assert_int_equal(run_only("echo:13:effect_drop"), JK_VERIFY_USAGE); /* it has no trace */
    assert_int_equal(run_only("echo:12:assign_drop"), JK_VERIFY_HOLDS);
    assert_non_null(strstr(report, "0 of 0 killed"));
}

static void what_nobody_looks_at_survives(void **state)
{
    (void)state;
    assert_int_equal(run_only("echo:23:effect_drop"), JK_VERIFY_VIOLATED);
    assert_non_null(strstr(report, "survivors:\n  echo:23:effect_drop"));
    assert_non_null(strstr(report, "-            NOTE(seen);"));
    assert_non_null(strstr(report, "+            skip;"));
}

static void results_are_kept(void **state)
{
    (void)state;
    char results[JK_PATH_SIZE];
    char json[JK_PATH_SIZE];
    char out[JK_PATH_SIZE];
    assert_true(jk_path_join(results, root, "results") && jk_path_join(json, root, "json") &&
                jk_path_join(out, root, "out"));
    jk_strength_options options = jk_strength_defaults();
    options.root = root;
    options.out = out;
    options.results = results;
    options.json = json;
    options.count = 6;
    jk_verify_exit first = run(&options);
    assert_true(first == JK_VERIFY_HOLDS || first == JK_VERIFY_VIOLATED);
    assert_null(strstr(report, "(searches made: 0 by the explorer, 0 by SPIN)"));
    assert_int_equal(run(&options), first);
    assert_non_null(strstr(report, "(searches made: 0 by the explorer, 0 by SPIN)"));
    size_t size;
    char *text = jk_file_read(json, &size);
    assert_non_null(text);
    assert_non_null(strstr(text, "{\"protocol\": \"toy\", \"mutants\": 6,"));
    free(text);
}

static void bad_tables_and_models_are_refused(void **state)
{
    (void)state;
    put("spec/toy/strength.tsv", HEAD "toy\tcheck.pml\t-\t-\tno_such_property\ttext\n");
    assert_int_equal(run_only(NULL), JK_VERIFY_INCOMPLETE);
    assert_non_null(strstr(report, "toy: toy: the model's own search"));
    put("spec/toy/strength.tsv", HEAD "toy\t../check.pml\t-\t-\tstates\ttext\n");
    assert_int_equal(run_only(NULL), JK_VERIFY_TOOL);
    put("spec/toy/strength.tsv", HEAD "toy\tnone.pml\t-\t-\tstates\ttext\n");
    assert_int_equal(run_only(NULL), JK_VERIFY_INCOMPLETE);
    put("spec/toy/strength.tsv", "name\tfile\n");
    assert_int_equal(run_only(NULL), JK_VERIFY_TOOL);
    put("spec/toy/strength.tsv", ROWS);
    put("spec/toy/echo.pml", "proctype echo(byte me)\n{\n    syntax\n");
    assert_true(run_only(NULL) != JK_VERIFY_HOLDS);
    assert_int_equal(run_only("nothing"), JK_VERIFY_USAGE);
}

static void the_verb_reads_its_options(void **state)
{
    (void)state;
    char *none[] = {(char[]){"mutate"}, NULL};
    assert_int_equal(jk_tool_mutate(1, none), JK_VERIFY_USAGE);
    char *bad[] = {(char[]){"mutate"}, (char[]){"spec"}, (char[]){"--count"}, (char[]){"0"}, NULL};
    assert_int_equal(jk_tool_mutate(4, bad), JK_VERIFY_USAGE);
    char *list[] = {
        (char[]){"mutate"}, (char[]){"spec"}, (char[]){"--list"}, (char[]){"--root"}, root, NULL};
    assert_int_equal(jk_tool_mutate(5, list), JK_VERIFY_HOLDS);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_broken_property_kills),           TEST(a_lost_witness_kills),
        TEST(an_assertion_is_no_name),           TEST(what_changes_no_state_is_equivalent),
        TEST(what_nobody_looks_at_survives),     TEST(results_are_kept),
        TEST(bad_tables_and_models_are_refused), TEST(the_verb_reads_its_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
