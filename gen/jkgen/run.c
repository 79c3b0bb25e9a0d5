/* SPDX-License-Identifier: Apache-2.0 */
/* One run of jkgen over one .bind, and the program around it. */
#define _POSIX_C_SOURCE 200809L
#include "env.h"

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

/* What one run is to do. */
typedef struct gen_task {
    const char *bind;
    const char *check; /* NULL: the roles */
    const char *const *defines;
    int count;
} gen_task;

static int run_check(gen_model *m, const gen_task *task)
{
    gen_env *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        fprintf(m->options->diagnostics, "%s: no memory\n", task->bind);
        return 4;
    }
    e->m = m;
    bool ok = jk_gen_read_bind(m, task->bind) &&
              jk_env_read(e, task->check, task->defines, task->count) &&
              jk_env_emit(e, m->options->out, task->check, task->defines, task->count);
    free(e);
    if (m->exhausted) {
        fprintf(m->options->diagnostics, "%s: the model is too large for jkgen\n", task->check);
    }
    return m->failed != 0 || m->exhausted ? 4 : ok ? 0 : 1;
}

static int run_in_arena(const gen_task *task, const jk_gen_options *options)
{
    gen_model *m = calloc(1, sizeof(*m));
    char *arena = calloc(1, ARENA_BYTES);
    int result = 4;
    if (m != NULL && arena != NULL) {
        m->options = options;
        m->arena = arena;
        m->size = ARENA_BYTES;
        result = task->check == NULL ? run(m, task->bind) : run_check(m, task);
        for (int i = 0; i < m->files; i++) {
            free(m->file[i]->text);
            free(m->file[i]->line);
        }
    } else {
        fprintf(options->diagnostics, "%s: no memory\n", task->bind);
    }
    free(arena);
    free(m);
    return result;
}

int jk_gen_run(const char *bind, const jk_gen_options *options)
{
    gen_task task = {.bind = bind};
    return run_in_arena(&task, options);
}

int jk_gen_environment(const char *bind, const char *check, const char *const *defines, int count,
                       const char *folder, FILE *diagnostics)
{
    jk_gen_options options = {.out = folder, .diagnostics = diagnostics};
    gen_task task = {bind, check, defines, count};
    return run_in_arena(&task, &options);
}

static int usage(void)
{
    fprintf(stderr, "usage: jkgen [--out DIR] [--cross-check] FILE.bind ...\n"
                    "       jkgen --check FILE.pml [-DNAME[=VALUE] ...] --out DIR FILE.bind\n"
                    "       jkgen --rules\n");
    return 2;
}

typedef struct gen_call {
    jk_gen_options options;
    const char *check;
    const char *defines[DEFINES_MAX];
    int count;
    const char *binds[FILES_MAX];
    int files;
} gen_call;

static bool read_call(gen_call *call, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--out") == 0 && i + 1 < argc) {
            call->options.out = argv[++i];
        } else if (strcmp(argv[i], "--check") == 0 && i + 1 < argc) {
            call->check = argv[++i];
        } else if (strcmp(argv[i], "--cross-check") == 0) {
            call->options.cross_check = true;
        } else if (strncmp(argv[i], "-D", 2) == 0 && call->count < DEFINES_MAX) {
            call->defines[call->count++] = argv[i];
        } else if (argv[i][0] == '-' || call->files == FILES_MAX) {
            return false;
        } else {
            call->binds[call->files++] = argv[i];
        }
    }
    bool whole = call->check != NULL;
    return call->files > 0 && (!whole || (call->files == 1 && call->options.out != NULL)) &&
           (whole || call->count == 0);
}

int jk_gen_main(int argc, char **argv)
{
    gen_call call = {.options = {.diagnostics = stderr}};
    int worst = 0;
    if (argc == 2 && strcmp(argv[1], "--rules") == 0) {
        jk_gen_print_rules(stdout);
        return 0;
    }
    if (!read_call(&call, argc, argv)) {
        return usage();
    }
    if (call.check != NULL) {
        return jk_gen_environment(call.binds[0], call.check, call.defines, call.count,
                                  call.options.out, stderr);
    }
    for (int i = 0; i < call.files; i++) {
        int result = jk_gen_run(call.binds[i], &call.options);
        worst = result > worst ? result : worst;
    }
    return worst;
}
