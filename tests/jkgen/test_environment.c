/* SPDX-License-Identifier: Apache-2.0 */
/* What a check adds to the roles: the lease's is compiled; one that the explorer could not search
 * as SPIN does is refused by name, and nothing is written. */
#define _POSIX_C_SOURCE 200809L
#include "folder.h"

#include "jkgen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One change of lease.pml, and what is answered. */
static const struct {
    const char *from, *to, *said;
} cases[] = {
    {"WANTS:\n", "", "`operator`: a process begins at a label"},
    {"end_LIVES:\n", "", "`operator`: a process may stand here between two steps"},
    {"    desk_tenant[me] ! LEAVE, 0, 0, 0, 0;\nend_RESTS:\n    false\n",
     "    desk_tenant[me] ! LEAVE, 0, 0, 0, 0\n", "`operator`: what is started last must not end"},
    {"        run operator(1)\n    }\n", "        run operator(1)\n    };\n    run operator(0)\n",
     "`init`: is one atomic that starts all processes"},
    {"run operator(1)", "run stranger(1)", "`stranger`: no proctype with these parameters"},
    {"run operator(1)", "run operator()", "`operator`: no proctype with these parameters"},
    {"init\n", "byte seed = len(desk_tenant[0]);\ninit\n",
     "`seed`: begins with a value that is no constant"},
    {"init\n", "short large;\ninit\n", "`short`: variables are byte, bool, mtype or a typedef"},
    {"init\n", "int large = 1;\ninit\n", "`large`: an int is a sum over a step"},
    {"init\n", "int one[2];\ninit\n", "`one`: an int is a sum over a step"},
    {"init\n", "int one, two, three, four;\ninit\n", "`four`: an int is a sum over a step"},
    {"WANTS:\n", "WANTS:\n    int mine;\nMORE:\n",
     "`int`: variables are byte, bool, mtype or a typedef"},
    {"init\n{\n    atomic {\n",
     "proctype reader()\n{\n    REGISTERS;\nend_READS:\n    do\n"
     "    :: atomic { desk_tenant[0] ? WANT, in -> skip }\n    od\n}\n"
     "init\n{\n    atomic {\n        run reader();\n",
     "`reader`: only a role takes what is handed over"},
    {"WANTS:\n", "WANTS:\n    nobody = 1;\nMORE:\n", "`nobody`: is not declared"},
    {"WANTS:\n", "WANTS:\n    inform(me);\nMORE:\n",
     "`inform`: no such function, inline or channel"},
};

static char *compile(const char *folder, int *result)
{
    const char *none[1] = {NULL};
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    assert_non_null(out);
    *result =
        jk_gen_environment(folder_path(folder, "lease.bind"), folder_path(folder, "lease.pml"),
                           none, 0, folder_path(folder, "out"), out);
    assert_int_equal(fclose(out), 0);
    return said;
}

static void test_lease(void **state)
{
    (void)state;
    int result = -1;
    char *folder = folder_make();
    folder_take_lease(folder);
    char *said = compile(folder, &result);
    assert_string_equal(said, "");
    assert_int_equal(result, 0);
    char *model = folder_read(folder_path(folder, "out/model.c"));
    char *spin = folder_read(folder_path(folder, "out/spin.c"));
    assert_non_null(model);
    assert_non_null(spin);
    assert_non_null(strstr(model, "jk_lease_tenant_machine"));
    assert_non_null(strstr(spin, "end_LIVES"));
    free(model);
    free(spin);
    free(said);
    folder_remove(folder);
    free(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int result = -1;
        char changed[8192];
        char *folder = folder_make();
        folder_take_lease(folder);
        char *text = folder_read(folder_path(folder, "lease.pml"));
        assert_non_null(text);
        char *at = strstr(text, cases[i].from);
        if (at == NULL) {
            fail_msg("the lease has no \"%s\"", cases[i].from);
        }
        (void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, cases[i].to,
                       at + strlen(cases[i].from));
        folder_write(folder_path(folder, "lease.pml"), changed);
        char *said = compile(folder, &result);
        if (result != 1 || strstr(said, cases[i].said) == NULL ||
            strstr(said, "lease.pml:") == NULL || strstr(said, ": environment: ") == NULL) {
            fail_msg("case %zu: %d, %s", i, result, said);
        }
        char *spin = folder_read(folder_path(folder, "out/spin.c"));
        assert_null(spin);
        free(said);
        free(text);
        folder_remove(folder);
        free(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lease),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
