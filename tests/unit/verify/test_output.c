/* SPDX-License-Identifier: Apache-2.0 */
/* What pan prints, word for word, and what follows from it.  pan ended with 0 in these cases. */
#include "verify/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SCOPE(CLAIM)                                                   \
    "Full statespace search for:\n\tnever claim         \t" CLAIM "\n" \
    "\tassertion violations\t+ (if within scope of claim)\n"

#define GOOD                                                \
    SCOPE("+ (small)")                                      \
    "\tcycle checks       \t- (disabled by -DSAFETY)\n"     \
    "\tinvalid end states\t- (disabled by never claim)\n\n" \
    "State-vector 20 byte, depth reached 200, errors: 0\n      101 states, stored\n"

#define CYCLES                                              \
    SCOPE("+ (live)")                                       \
    "\tacceptance   cycles \t+ (fairness enabled)\n"        \
    "\tinvalid end states\t- (disabled by never claim)\n\n" \
    "State-vector 28 byte, depth reached 405, errors: 0\n      203 states, stored (204 visited)\n"

#define PLAIN                                                                      \
    SCOPE("- (not selected)")                                                      \
    "\tcycle checks       \t- (disabled by -DSAFETY)\n\tinvalid end states\t+\n\n" \
    "State-vector 20 byte, depth reached 4, errors: 0\n        5 states, stored\n"

static jk_verdict decide(const char *text, const char *claim, bool liveness, bool trail,
                         const char **note)
{
    static jk_pan_output output;
    const jk_question question = {.claim = claim, .liveness = liveness, .trail = trail};
    jk_pan_read(text, &output);
    return jk_pan_decide(&output, &question, note);
}

static void a_complete_run_holds(void **state)
{
    (void)state;
    const char *note;
    jk_pan_output output;
    jk_pan_read(GOOD, &output);
    assert_int_equal(output.states, 101);
    assert_int_equal(output.depth, 200);
    assert_string_equal(output.claim, "small");
    assert_int_equal(decide(GOOD, "small", false, false, &note), JK_VERDICT_HOLDS);
    assert_int_equal(decide(CYCLES, "live", true, false, &note), JK_VERDICT_HOLDS);
    assert_int_equal(decide(PLAIN, NULL, false, false, &note), JK_VERDICT_HOLDS);
}

typedef struct incomplete_case {
    const char *text;
    const char *claim;
    bool liveness;
    bool trail;
    const char *note;
} incomplete_case;

static void everything_else_is_incomplete(void **state)
{
    (void)state;
    static const incomplete_case cases[] = {
        {"error: max search depth too small\n" GOOD, "small", false, false,
         "max search depth too small"},
        {"pan: reached -DMEMLIM bound\n" GOOD, "small", false, false, "out of memory"},
        {"pan: out of memory\n", "small", false, false, "out of memory"},
        {"Warning: Search not completed\n" GOOD, "small", false, false, "search not completed"},
        {GOOD, "big", false, false, "another claim was run than asked"},
        {GOOD, NULL, false, false, "another claim was run than asked"},
        {PLAIN, "small", false, false, "another claim was run than asked"},
        {GOOD, "small", true, false, "cycles were not searched under fairness"},
        {GOOD, "small", false, true, "a trail without an error"},
        {"pan: error: cannot find claim 'nosuch'\n", "nosuch", false, false,
         "there is no claim of that name"},
        {SCOPE("- (not selected)") "\tinvalid end states\t- (disabled by -E flag)\n"
                                   "State-vector 20 byte, depth reached 4, errors: 0\n"
                                   "        5 states, stored\n",
         NULL, false, false, "end states were not checked"},
        {"\tnever claim \t+ (small)\n\tassertion violations\t- (disabled by -A flag)\n"
         "State-vector 20 byte, depth reached 4, errors: 0\n        5 states, stored\n",
         "small", false, false, "assertions were not checked"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *note;
        assert_int_equal(
            decide(cases[i].text, cases[i].claim, cases[i].liveness, cases[i].trail, &note),
            JK_VERDICT_INCOMPLETE);
        assert_string_equal(note, cases[i].note);
    }
}

static void silence_is_a_tool_error(void **state)
{
    (void)state;
    const char *note;
    assert_int_equal(decide("", "small", false, false, &note), JK_VERDICT_TOOL);
    assert_string_equal(note, "pan said nothing");
    assert_int_equal(decide("error: p.o. reduction not compatible with fairness (-f) in models\n",
                            "live", true, false, &note),
                     JK_VERDICT_TOOL);
    assert_non_null(strstr(note, "p.o. reduction"));
}

#define BAD(LINE, CLAIM)                            \
    LINE "\nWarning: Search not completed\n" SCOPE( \
        CLAIM) "State-vector 20 byte, depth reached 200, errors: 1\n      101 states, stored\n"

static void what_is_violated_counts(void **state)
{
    (void)state;
    const char *note;
    const char *claim = BAD("pan:1: assertion violated  !( !((x<50))) (at depth 200)", "+ (small)");
    const char *halves =
        BAD("pan:1: atomic in claim not supported in BFS (at depth 135)", "+ (small)");
    const char *cycle = BAD("pan:1: acceptance cycle (at depth 2)", "+ (small)");
    const char *model = BAD("pan:1: assertion violated 0 (at depth 7)", "+ (small)");
    const char *stuck = BAD("pan:1: invalid end state (at depth 3)", "- (none specified)");
    assert_int_equal(decide(claim, "small", false, true, &note), JK_VERDICT_VIOLATED);
    assert_int_equal(decide(halves, "small", false, true, &note), JK_VERDICT_VIOLATED);
    assert_int_equal(decide(halves, NULL, false, true, &note), JK_VERDICT_INCOMPLETE);
    assert_int_equal(decide(cycle, "small", true, true, &note), JK_VERDICT_VIOLATED);
    assert_int_equal(decide(model, "small", false, true, &note), JK_VERDICT_OTHER);
    assert_int_equal(decide(stuck, NULL, false, true, &note), JK_VERDICT_VIOLATED);
    assert_string_equal(note, "a deadlock");
    jk_pan_output output;
    jk_pan_read(claim, &output);
    assert_int_equal(output.error_depth, 200);
    assert_int_equal(output.errors, 1);
}

static void an_unknown_error_is_no_proof(void **state)
{
    (void)state;
    const char *note;
    assert_int_equal(
        decide(BAD("pan:1: something new (at depth 9)", "+ (small)"), "small", false, true, &note),
        JK_VERDICT_INCOMPLETE);
}

typedef struct seen {
    size_t count;
    char last[100];
} seen;

static void see(void *arg, const char *process, const char *file, unsigned line)
{
    seen *all = arg;
    all->count++;
    (void)snprintf(all->last, sizeof all->last, "%s %s %u", process, file, line);
}

static void unreached_lines_are_listed(void **state)
{
    (void)state;
    seen all = {0};
    jk_pan_unreached("unreached in proctype sender\n"
                     "\t/a/b/check.pml:41, state 59, \"D_STEP41\"\n"
                     "\t/a/b/check.pml:89, state 353, \"-end-\"\n"
                     "\t(2 of 353 states)\n"
                     "unreached in claim small\n"
                     "\t_spin_nvr.tmp:3, state 6, \"(1)\"\n",
                     see, &all);
    assert_int_equal(all.count, 1);
    assert_string_equal(all.last, "sender /a/b/check.pml 41");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_run_holds),
        cmocka_unit_test(everything_else_is_incomplete),
        cmocka_unit_test(silence_is_a_tool_error),
        cmocka_unit_test(what_is_violated_counts),
        cmocka_unit_test(an_unknown_error_is_no_proof),
        cmocka_unit_test(unreached_lines_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
