/* SPDX-License-Identifier: Apache-2.0 */
/* A small protocol in a folder of its own. */
#define _XOPEN_SOURCE 700
#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify/file.h"

/* Counts round to TOP; at 50 it can be told apart from 49. */
static const char model[] = "#ifndef TOP\n"
                            "#define TOP 100\n"
                            "#endif\n"
                            "#include \"counter.pml\"\n"
                            "init { run counter() }\n"
                            "ltl small { [] (x < 50) }\n"
                            "ltl never_big { [] (x <= TOP) }\n"
                            "ltl comes_back { [] <> (x == 7) }\n"
                            "ltl leaves { [] <> (x == TOP + 1) }\n";

static const char role[] = "byte x;\n"
                           "proctype counter()\n"
                           "{\n"
                           "end_LOOP:\n"
                           "    do\n"
                           "    :: x < TOP -> x = x + 1\n"
                           "    :: x == TOP -> x = 0\n"
                           "    :: x > TOP -> x = 1\n"
                           "    od\n"
                           "}\n";

char toy_root[64];
char toy_report[16384];

void toy_put(const char *name, const char *text)
{
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, toy_root, name));
    assert_int_equal(jk_file_write(path, text, strlen(text)), JK_OK);
}

char *toy_get(const char *name)
{
    char path[JK_PATH_SIZE];
    size_t size;
    assert_true(jk_path_join(path, toy_root, name));
    return jk_file_read(path, &size);
}

void toy_remove(const char *name)
{
    char path[JK_PATH_SIZE];
    assert_true(jk_path_join(path, toy_root, name));
    assert_int_equal(remove(path), 0);
}

bool toy_has(const char *name, const char *words)
{
    char *text = toy_get(name);
    bool found = text != NULL && strstr(text, words) != NULL;
    free(text);
    return found;
}

int toy_set_up(void **state)
{
    (void)state;
    static const char *const folders[] = {"spec", "spec/lib", "spec/toy"};
    (void)strncpy(toy_root, "/tmp/juki-verify-test-XXXXXX", sizeof toy_root - 1);
    if (mkdtemp(toy_root) == NULL) {
        return 1;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[JK_PATH_SIZE];
        if (!jk_path_join(path, toy_root, folders[i]) || !jk_folder_make(path)) {
            return 1;
        }
    }
    toy_put("spec/toy/check.pml", model);
    toy_put("spec/toy/counter.pml", role);
    return 0;
}

int toy_tear_down(void **state)
{
    (void)state;
    jk_folder_remove(toy_root);
    return 0;
}

jk_verify_options toy_options(void)
{
    jk_verify_options options = jk_verify_defaults();
    options.root = toy_root;
    options.time_s = 60;
    return options;
}

jk_verify_exit toy_run(const char *checks, const jk_verify_options *options)
{
    char out[JK_PATH_SIZE];
    char table[4096];
    (void)snprintf(table, sizeof table, "%s%s", TOY_CHECKS_HEAD, checks);
    toy_put("spec/toy/checks.tsv", table);
    jk_verify_options call = *options;
    assert_true(jk_path_join(out, toy_root, "out"));
    call.out = options->out != NULL ? options->out : out;
    FILE *file = fmemopen(toy_report, sizeof toy_report, "w");
    assert_non_null(file);
    jk_verify_exit code = jk_verify_run(&call, file);
    assert_int_equal(fclose(file), 0);
    return code;
}

jk_verify_exit toy_run_default(const char *checks)
{
    const jk_verify_options options = toy_options();
    return toy_run(checks, &options);
}
