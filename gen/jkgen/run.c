/* SPDX-License-Identifier: Apache-2.0 */
/* One run of jkgen over one .bind, and the program around it. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (64U * 1024U * 1024U)

static int run(gen_model *m, const char *bind)
{
    bool ok = jk_gen_read_bind(m, bind) && jk_gen_read_source(m) && jk_gen_check(m);
    if (ok && m->options->cross_check) {
        ok = jk_gen_cross_check(m);
    }
    if (m->exhausted) {
        fprintf(m->options->diagnostics, "%s: the model is too large for jkgen\n", bind);
        return 4;
    }
    if (m->errors > ERRORS_MAX) {
        fprintf(m->options->diagnostics, "%s: %d refusals, the first %d are shown\n", bind,
                m->errors, ERRORS_MAX);
    }
    if (ok && m->options->out != NULL) {
        ok = jk_gen_emit(m);
    }
    if (m->failed != 0 || m->exhausted) {
        return 4;
    }
    return ok ? 0 : 1;
}

int jk_gen_run(const char *bind, const jk_gen_options *options)
{
    gen_model *m = calloc(1, sizeof(*m));
    char *arena = calloc(1, ARENA_BYTES);
    int result = 4;
    if (m != NULL && arena != NULL) {
        m->options = options;
        m->arena = arena;
        m->size = ARENA_BYTES;
        result = run(m, bind);
        for (int i = 0; i < m->files; i++) {
            free(m->file[i]->text);
            free(m->file[i]->line);
        }
    } else {
        fprintf(options->diagnostics, "%s: no memory\n", bind);
    }
    free(arena);
    free(m);
    return result;
}

static int usage(void)
{
    fprintf(stderr, "usage: jkgen [--out DIR] [--cross-check] FILE.bind ...\n"
                    "       jkgen --rules\n");
    return 2;
}

int jk_gen_main(int argc, char **argv)
{
    jk_gen_options options = {.diagnostics = stderr};
    int worst = 0;
    int files = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            options.out = argv[++i];
        } else if (strcmp(argv[i], "--cross-check") == 0) {
            options.cross_check = true;
        } else if (strcmp(argv[i], "--rules") == 0 && argc == 2) {
            jk_gen_print_rules(stdout);
            return 0;
        } else if (argv[i][0] == '-') {
            return usage();
        } else {
            files++;
        }
    }
    if (files == 0) {
        return usage();
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--out") == 0) {
            i++;
        } else if (argv[i][0] != '-') {
            int result = jk_gen_run(argv[i], &options);
            worst = result > worst ? result : worst;
        }
    }
    return worst;
}
