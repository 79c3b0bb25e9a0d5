/* SPDX-License-Identifier: Apache-2.0 */
/* juki gen: a protocol of one's own, from its Promela model to C.  The work is gen/jkgen's. */
#include "gen.h"

#include "jkgen.h"

#include <stdio.h>
#include <string.h>

#define PATH_BYTES  4096
#define DEFINES_MAX 64

static int usage(void)
{
    fprintf(stderr,
            "usage: juki gen FILE.pml --out DIR [--bind FILE.bind] [--cross-check] [--faulty]\n"
            "       juki gen FILE.pml --check --out DIR [--bind FILE.bind] [-DNAME[=VALUE] ...]\n"
            "Writes DIR/machines (C) and DIR/tables from the roles that FILE.bind names; without\n"
            "--bind it is the one beside FILE.pml.  --cross-check asks spin, too.\n"
            "--faulty: a fault is put in on purpose; what nobody uses any more may stay.\n"
            "--check: FILE.pml is a check; writes what the explorer runs, see src/verify.\n");
    return 2;
}

/* FILE.pml -> FILE.bind */
static bool bind_beside(const char *model, char *path)
{
    size_t length = strlen(model);
    if (length < 5 || length >= PATH_BYTES - 2 || strcmp(model + length - 4, ".pml") != 0) {
        return false;
    }
    (void)snprintf(path, PATH_BYTES, "%.*s.bind", (int)length - 4, model);
    return true;
}

int jk_tool_gen(int argc, char **argv)
{
    jk_gen_options options = {.diagnostics = stderr};
    const char *bind = NULL;
    const char *defines[DEFINES_MAX];
    int define_count = 0;
    bool check = false;
    char beside[PATH_BYTES];
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--out") == 0 && more) {
            options.out = argv[++i];
        } else if (strcmp(argv[i], "--bind") == 0 && more) {
            bind = argv[++i];
        } else if (strcmp(argv[i], "--cross-check") == 0) {
            options.cross_check = true;
        } else if (strcmp(argv[i], "--faulty") == 0) {
            options.faulty = true;
        } else if (strcmp(argv[i], "--check") == 0) {
            check = true;
        } else if (strncmp(argv[i], "-D", 2) == 0 && define_count < DEFINES_MAX) {
            defines[define_count++] = argv[i];
        } else if (argv[i][0] != '-' && options.model == NULL) {
            options.model = argv[i];
        } else {
            return usage();
        }
    }
    if (options.model == NULL || options.out == NULL || (!check && define_count > 0)) {
        return usage();
    }
    if (bind == NULL) {
        if (!bind_beside(options.model, beside)) {
            return usage();
        }
        bind = beside;
    }
    return check
               ? jk_gen_environment(bind, options.model, defines, define_count, options.out, stderr)
               : jk_gen_run(bind, &options);
}
