/* SPDX-License-Identifier: Apache-2.0 */
/* Golden traces: a script of commands, a line of dashes, and the step records that it must give.
 *   JK_REWRITE=1 ctest -L golden     rewrites them; read the diff, commit only what you
 * understand. */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const world_faults calm = {0, 0, 1, 0};

static void run_script(const char *path, const char *text)
{
    const char *end = strstr(text, SCRIPT_END);
    size_t script_size = end == NULL ? strlen(text) : (size_t)(end - text);
    script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_true(town_open(&s->t, 1, &calm));
    script_run(s, text);
    if (getenv("JK_REWRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fwrite(text, 1, script_size, file);
        (void)fprintf(file, "%s%s", SCRIPT_END, s->verdict);
        assert_int_equal(fclose(file), 0);
    } else {
        assert_non_null(end);
        assert_string_equal(s->verdict, end + strlen(SCRIPT_END));
    }
    town_close(&s->t);
    free(s);
}

/* The same script where every operation of every store fails once: each failure is told by the call
 * that met it and leaves nothing, so that nobody sees a difference. */
static void run_on_trial(const char *text, jk_status failure)
{
    const char *end = strstr(text, SCRIPT_END);
    script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    assert_non_null(end);
    assert_true(town_open_on_trial(&s->t, 1, failure));
    script_run(s, text);
    if (strstr(text, "\nlose ") == NULL) { /* who failed waits longer before it repeats */
        assert_string_equal(s->verdict, end + strlen(SCRIPT_END));
    }
    assert_in_range(world_count(s->t.w).trials, 300, 1000000);
    assert_int_equal(world_count(s->t.w).untold, 0);
    town_close(&s->t);
    free(s);
}

static void golden(void **state)
{
    run_script(*state, script_read(*state));
}

static void golden_on_trial(void **state)
{
    run_on_trial(script_read(*state), JK_E_MEMORY);
}

/* The control: a store that says instead that there is no such row is believed, and it shows. */
static void a_trial_can_fail(void **state)
{
    (void)state;
    town t;
    jk_token case_id;
    assert_true(town_open_on_trial(&t, 1, JK_E_NOT_FOUND));
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    (void)world_run(t.w, 1000);
    assert_true(world_count(t.w).untold > 0);
    town_close(&t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest control[] = {cmocka_unit_test(a_trial_can_fail)};
    int failed = argc < 2;
    failed += cmocka_run_group_tests(control, NULL, NULL);
    for (int i = 1; i < argc; i++) {
        const struct CMUnitTest tests[] = {
            {argv[i], golden, NULL, NULL, argv[i]},
            {"every operation of a store fails", golden_on_trial, NULL, NULL, argv[i]},
        };
        failed += cmocka_run_group_tests_name(argv[i], tests, NULL, NULL);
    }
    return failed;
}
