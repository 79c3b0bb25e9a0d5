/* SPDX-License-Identifier: Apache-2.0 */
/* The mutants of a small role: every operator, in the order of the text, at its place.  Of what
 * goes over several lines the list has the first one. */
#include "verify/mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char words[] = "mtype:reason = { FINE, LATE };\n"
                            "inline look(ANSWER)\n"
                            "{\n"
                            "#ifdef ONLY_LOOK\n"
                            "    ANSWER = ONLY_LOOK\n"
                            "#else\n"
                            "    if\n"
                            "    :: ANSWER = FINE\n"
                            "    :: ANSWER = LATE\n"
                            "    fi\n"
                            "#endif\n"
                            "}\n"
                            "inline STORE(MASK) { ghost = MASK }\n"
                            "inline FORGET() { skip }\n";

static const char role[] = "/* A role. */\n"
                           "#define CLEAN \\\n"
                           "    wanted = 0; \\\n"
                           "    DISARM(due)\n"
                           "proctype small(byte me)\n"
                           "{\n"
                           "    REGISTERS;\n"
                           "    members granted; /* a comment with granted + 1 */\n"
                           "    members wanted;\n"
                           "    count epoch;\n"
                           "    TIMER(due);\n"
                           "end_IDLE:\n"
                           "    if\n"
                           "    :: atomic { ask[me] ? WANT, in ->\n"
                           "           look(answer);\n"
                           "           if\n"
                           "           :: answer == FINE && epoch < 3 ->\n"
                           "               epoch = epoch + 1;\n"
                           "               granted = wanted & ~granted;\n"
                           "               STORE(granted); FORGET();\n"
                           "               send(tell[me], YES, 0, granted,\n"
                           "                    epoch, LATE);\n"
                           "               NEXT(WAIT)\n"
                           "           :: else -> CLEAN; NEXT(end_IDLE)\n"
                           "           fi }\n"
                           "    :: DROP(ask[me], STOP)\n"
                           "    fi;\n"
                           "    goto end_IDLE;\n"
                           "WAIT:\n"
                           "    if\n"
                           "    :: EACH(tell, YES, NEXT(WAIT))\n"
                           "    :: UNEXPECTED(tell[me], NO)\n"
                           "    fi;\n"
                           "    goto WAIT;\n"
                           "}\n";

static const char expected[] =
    "3 assign_drop [wanted = 0] => [skip]\n"
    "4 timer_drop [DISARM(due)] => [skip]\n"
    "15 hook_fixed [look(answer)] => [answer = FINE]\n"
    "15 hook_fixed [look(answer)] => [answer = LATE]\n"
    "15 input_drop [look(answer);] => [NEXT(end_IDLE) ]\n"
    "15 input_unexpected [look(answer);] => [IMPOSSIBLE ]\n"
    "17 guard_negate [answer == FINE && epoch < 3] => [!(answer == FINE && epoch < 3)]\n"
    "17 reason_other [FINE] => [LATE]\n"
    "17 logic_swap [&&] => [||]\n"
    "17 off_by_one [<] => [<=]\n"
    "18 assign_drop [epoch = epoch + 1] => [skip]\n"
    "18 assign_zero [epoch + 1] => [0]\n"
    "18 off_by_one [1] => [0]\n"
    "18 off_by_one [1] => [2]\n"
    "19 assign_drop [granted = wanted & ~granted] => [skip]\n"
    "19 order_swap [granted = wanted & ~granted;] => [STORE(granted);]\n"
    "19 assign_zero [wanted & ~granted] => [0]\n"
    "19 mask_other [wanted] => [granted]\n"
    "19 mask_sign [&] => [|]\n"
    "19 mask_sign [~] => [ ]\n"
    "19 mask_other [granted] => [wanted]\n"
    "20 effect_drop [STORE(granted)] => [skip]\n"
    "20 mask_other [granted] => [wanted]\n"
    "21 send_drop [send(tell[me], YES, 0, granted,] => [skip ]\n"
    "21 send_twice [send(tell[me], YES, 0, granted,] => [send(tell[me], YES, 0, granted,]\n"
    "21 kind_other [YES] => [NO]\n"
    "21 mask_other [granted] => [wanted]\n"
    "22 reason_other [LATE] => [FINE]\n"
    "23 state_stay [WAIT] => [end_IDLE]\n"
    "24 block_drop [CLEAN] => [skip]\n"
    "24 state_other [end_IDLE] => [WAIT]\n"
    "31 input_unexpected [NEXT(WAIT)] => [IMPOSSIBLE]\n"
    "31 state_other [WAIT] => [end_IDLE]\n";

typedef struct fixture {
    jk_vocabulary vocabulary;
    jk_changes changes;
} fixture;

static int set_up(void **state)
{
    static fixture all;
    all = (fixture){0};
    *state = &all;
    return jk_vocabulary_read(&all.vocabulary, words) == JK_OK &&
                   jk_vocabulary_read(&all.vocabulary, role) == JK_OK &&
                   jk_mutate(role, &all.vocabulary, &all.changes) == JK_OK
               ? 0
               : 1;
}

static int tear_down(void **state)
{
    fixture *all = *state;
    jk_vocabulary_close(&all->vocabulary);
    jk_changes_close(&all->changes);
    return 0;
}

static void every_operator_at_its_place(void **state)
{
    const fixture *all = *state;
    char list[16384];
    size_t used = 0;
    for (size_t i = 0; i < all->changes.count; i++) {
        const jk_change *one = &all->changes.items[i];
        size_t old = strcspn(role + one->at, "\n");
        size_t fresh = strcspn(one->text, "\n");
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%u %s [%.*s] => [%.*s]\n", one->line,
                             one->operator_name, (int)(old < one->length ? old : one->length),
                             role + one->at, (int)fresh, one->text);
        assert_true(used < sizeof list);
    }
    assert_string_equal(list, expected);
}

static void one_change_only(void **state)
{
    const fixture *all = *state;
    for (size_t i = 0; i < all->changes.count; i++) {
        const jk_change *one = &all->changes.items[i];
        char *text = jk_change_apply(role, one);
        assert_non_null(text);
        assert_memory_equal(text, role, one->at);
        assert_string_equal(text + one->at + strlen(one->text), role + one->at + one->length);
        assert_string_not_equal(text, role);
        free(text);
    }
}

/* A place is where the statement begins, so that a mark put before it is a statement, too. */
static void places_are_statements(void **state)
{
    const fixture *all = *state;
    for (size_t i = 0; i < all->changes.count; i++) {
        size_t site = all->changes.items[i].site;
        assert_true(site != JK_NOWHERE && site < sizeof role);
        size_t before = site;
        while (role[before - 1] == ' ' || role[before - 1] == '\n' || role[before - 1] == '\\') {
            before--;
        }
        assert_true(strchr(";>,N", role[before - 1]) != NULL);
    }
}

static void other_texts_are_no_danger(void **state)
{
    const fixture *all = *state;
    static const char *const texts[] = {
        "",
        "proctype",
        "proctype x(",
        "proctype x() { A:",
        "proctype x() { A: if :: atomic { l ? K, in -> send(",
        "proctype x() { A: if :: EACH(",
        "#define X(",
        "#define",
        "#",
        "/* no end",
        "if :: -> fi",
        ") } ] fi ::",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        jk_changes changes;
        assert_int_equal(jk_mutate(texts[i], &all->vocabulary, &changes), JK_OK);
        jk_changes_close(&changes);
    }
    for (size_t i = 0; i < sizeof role; i++) {
        char cut[sizeof role];
        jk_changes changes;
        memcpy(cut, role, sizeof role);
        cut[i] = '\0';
        assert_int_equal(jk_mutate(cut, &all->vocabulary, &changes), JK_OK);
        jk_changes_close(&changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_operator_at_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_change_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_are_statements, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_texts_are_no_danger, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
