/* SPDX-License-Identifier: Apache-2.0 */
/* What jkgen refuses: each file of refused/ changes the lease in one place and says what is
 * answered.  JK_REWRITE=1 writes the answers anew; the rule that a file names must be in them all
 * the same. */
#define _POSIX_C_SOURCE 200809L
#include "folder.h"
#include "jkgen.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define CASES_MAX 128
#define CASES_MIN 40

typedef struct refusal {
    const char *rule, *file, *before, *after;
    char *says; /* to the end of the file */
} refusal;

/* Cuts the text of a case at its headings. */
static void parse(char *text, refusal *c)
{
    char *rule = strstr(text, "\nrule ");
    char *file = strstr(text, "\nfile ");
    char *before = strstr(text, "\nold\n");
    char *after = strstr(text, "\nnew\n");
    char *says = strstr(text, "\nsays\n");
    assert_true(rule != NULL && file != NULL && before != NULL && after != NULL && says != NULL);
    *file = '\0';
    *before = '\0';
    *after = '\0';
    *says = '\0';
    c->rule = rule + strlen("\nrule ");
    c->file = file + strlen("\nfile ");
    c->before = before + strlen("\nold\n");
    c->after = after + strlen("\nnew\n");
    c->says = says + strlen("\nsays\n");
}

static void change(const char *path, const refusal *c)
{
    char *text = folder_read(path);
    assert_non_null(text);
    char *found = strstr(text, c->before);
    if (found == NULL) {
        fail_msg("%s does not contain:\n%s", c->file, c->before);
    }
    size_t room = strlen(text) + strlen(c->after) + 1;
    char *changed = malloc(room);
    assert_non_null(changed);
    (void)snprintf(changed, room, "%.*s%s%s", (int)(found - text), text, c->after,
                   found + strlen(c->before));
    folder_write(path, changed);
    free(changed);
    free(text);
}

/* What jkgen answers, without the folder's name; the caller frees it. */
static char *answer(const char *folder, int *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const char *out = folder_path(folder, "out");
    jk_gen_options options = {.diagnostics = stream, .out = out};
    *result = jk_gen_run(folder_path(folder, "lease.bind"), &options);
    assert_int_equal(fclose(stream), 0);
    struct stat info;
    assert_int_not_equal(stat(out, &info), 0); /* a refused model leaves nothing behind */

    size_t length = strlen(folder);
    for (char *at = strstr(text, folder); at != NULL; at = strstr(at, folder)) {
        memmove(at, at + length + 1, strlen(at + length + 1) + 1);
    }
    return text;
}

static void check_case(const char *path)
{
    char *text = folder_read(path);
    char *whole = folder_read(path);
    assert_non_null(text);
    assert_non_null(whole);
    refusal c;
    parse(text, &c);
    char *folder = folder_make();
    folder_take_lease(folder);
    change(folder_path(folder, c.file), &c);
    int result = 0;
    char *says = answer(folder, &result);

    char rule[64];
    (void)snprintf(rule, sizeof(rule), ": %s: ", c.rule);
    if (strstr(says, rule) == NULL || result != 1) {
        fail_msg("%s: not refused by %s: %d\n%s", path, c.rule, result, says);
    }
    size_t head = (size_t)(c.says - text);
    size_t room = head + strlen(says) + 1;
    char *now = malloc(room);
    assert_non_null(now);
    memcpy(now, whole, head);
    memcpy(now + head, says, strlen(says) + 1);
    assert_true(folder_matches(path, now));
    free(now);
    free(says);
    folder_remove(folder);
    free(folder);
    free(whole);
    free(text);
}

static void test_every_case(void **state)
{
    (void)state;
    const char *source = JK_SOURCE_DIR "/tests/jkgen/refused";
    struct dirent **list = NULL;
    int count = scandir(source, &list, NULL, alphasort);
    int cases = 0;
    for (int i = 0; i < count; i++) {
        if (strstr(list[i]->d_name, ".txt") != NULL) {
            check_case(folder_path(source, list[i]->d_name));
            cases++;
        }
        free(list[i]);
    }
    free(list);
    assert_in_range(cases, CASES_MIN, CASES_MAX);
}

/* Every rule is shown by a case; only the comparison with SPIN has its test elsewhere. */
static void test_every_rule(void **state)
{
    (void)state;
    char *rules = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&rules, &size);
    assert_non_null(stream);
    jk_gen_print_rules(stream);
    assert_int_equal(fclose(stream), 0);

    const char *source = JK_SOURCE_DIR "/tests/jkgen/refused";
    struct dirent **list = NULL;
    int count = scandir(source, &list, NULL, alphasort);
    char shown[CASES_MAX][32] = {{0}};
    for (int i = 0; i < count && i < CASES_MAX; i++) {
        char *text = strstr(list[i]->d_name, ".txt") == NULL
                         ? NULL
                         : folder_read(folder_path(source, list[i]->d_name));
        if (text != NULL) {
            (void)sscanf(strstr(text, "\nrule "), "\nrule %31s", shown[i]);
        }
        free(text);
        free(list[i]);
    }
    free(list);
    char *rest = NULL;
    for (char *line = strtok_r(rules, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line[strcspn(line, "\t")] = '\0';
        /* Shown by test_written.c and test_environment.c. */
        bool found = strcmp(line, "spin") == 0 || strcmp(line, "environment") == 0;
        for (int i = 0; i < CASES_MAX; i++) {
            found = found || strcmp(shown[i], line) == 0;
        }
        if (!found) {
            fail_msg("no case shows rule %s", line);
        }
    }
    free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_case),
        cmocka_unit_test(test_every_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
