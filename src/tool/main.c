/* SPDX-License-Identifier: Apache-2.0 */
/* The program `juki`: one verb a file, collected here. */
#include "tool/verbs.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} verb;

static const verb verbs[] = {
#define JK_VERB(name, function, help) {name, function, help},
#include "verbs.inc"
#undef JK_VERB
};

/* The notices of what this program's tables derive from. */
static const unsigned char notices[] = {
#include "notices.inc"
};

static int show_help(FILE *out, int code)
{
    (void)fprintf(out, "juki " JK_VERSION ": an executable reference of the resident-registry "
                       "network\n\nusage: juki VERB ARGUMENTS; juki VERB --help\n\n");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        (void)fprintf(out, "  %-14s %s\n", verbs[i].name, verbs[i].help);
    }
    (void)fprintf(out, "  %-14s %s\n  %-14s %s\n  %-14s %s\n", "help", "this text", "version",
                  "the version", "licences", "notices of what its tables derive from");
    return code;
}

static bool is(const char *argument, const char *name)
{
    return strcmp(argument, name) == 0 ||
           (strncmp(argument, "--", 2) == 0 && strcmp(argument + 2, name) == 0);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return show_help(stderr, 2);
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return verbs[i].run(argc - 1, argv + 1);
        }
    }
    if (is(argv[1], "help") || strcmp(argv[1], "-h") == 0) {
        return show_help(stdout, 0);
    }
    if (is(argv[1], "version")) {
        (void)printf("juki " JK_VERSION "\n");
        return 0;
    }
    if (is(argv[1], "licences")) {
        return fwrite(notices, 1, sizeof notices, stdout) == sizeof notices ? 0 : 1;
    }
    (void)fprintf(stderr, "juki: no verb of that name; juki help lists them\n");
    return 2;
}
