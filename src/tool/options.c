/* SPDX-License-Identifier: Apache-2.0 */
/* getopt_long driven by a table. */
#define _POSIX_C_SOURCE 200809L

#include "tool/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CODE = 256,
    HELP_CODE = 255,
    NAME_COLUMN = 26
};

static void show_help(const jk_usage *usage)
{
    char name[64];
    (void)printf("juki %s", usage->verb);
    for (size_t i = 0; i < usage->count; i++) {
        const jk_option *option = &usage->option[i];
        (void)printf(" %s--%s%s%s%s%s", option->required ? "" : "[", option->name,
                     option->argument != NULL ? " " : "",
                     option->argument != NULL ? option->argument : "", option->required ? "" : "]",
                     option->repeated ? "..." : "");
    }
    (void)printf("%s%s\n\n%s\n\n", usage->rest != NULL ? " " : "",
                 usage->rest != NULL ? usage->rest : "", usage->help);
    for (size_t i = 0; i < usage->count; i++) {
        const jk_option *option = &usage->option[i];
        (void)snprintf(name, sizeof name, "--%s%s%s", option->name,
                       option->argument != NULL ? " " : "",
                       option->argument != NULL ? option->argument : "");
        (void)printf("  %-*s %s\n", NAME_COLUMN, name, option->help);
    }
    (void)printf("  %-*s %s\n", NAME_COLUMN, "--help", "this text");
}

static int wrong(const jk_usage *usage, const char *what, const char *name)
{
    (void)fprintf(stderr, "juki %s: %s%s; see juki %s --help\n", usage->verb, what, name,
                  usage->verb);
    return JK_EXIT_USAGE;
}

static int check_required(const jk_usage *usage, const jk_options *options)
{
    for (size_t i = 0; i < usage->count; i++) {
        if (usage->option[i].required && options->count[i] == 0) {
            return wrong(usage, "missing --", usage->option[i].name);
        }
    }
    if (usage->rest == NULL && options->rest_count > 0) {
        return wrong(usage, "an argument without an option", "");
    }
    return -1;
}

static int take(const jk_usage *usage, size_t index, jk_options *options)
{
    const jk_option *option = &usage->option[index];
    const size_t max = option->repeated ? JK_OPTION_VALUES_MAX : 1;
    if (options->count[index] == max) {
        return wrong(usage, "too often: --", option->name);
    }
    options->value[index][options->count[index]++] = optarg != NULL ? optarg : "";
    return -1;
}

int jk_options_read(const jk_usage *usage, int argc, char **argv, jk_options *options)
{
    struct option table[JK_OPTIONS_MAX + 2];
    memset(table, 0, sizeof table);
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < usage->count && i < JK_OPTIONS_MAX; i++) {
        table[i].name = usage->option[i].name;
        table[i].has_arg = usage->option[i].argument != NULL ? required_argument : no_argument;
        table[i].val = FIRST_CODE + (int)i;
    }
    table[usage->count].name = "help";
    table[usage->count].val = HELP_CODE;
    optind = 0; /* glibc: start anew */
    opterr = 0;
    int code = 0;
    while ((code = getopt_long(argc, argv, ":", table, NULL)) != -1) {
        if (code == HELP_CODE) {
            show_help(usage);
            return JK_EXIT_DONE;
        }
        if (code < FIRST_CODE) {
            return wrong(usage, code == ':' ? "a value is missing after " : "unknown option ",
                         argv[optind - 1]);
        }
        const int bad = take(usage, (size_t)(code - FIRST_CODE), options);
        if (bad != -1) {
            return bad;
        }
    }
    options->rest = argv + optind;
    options->rest_count = argc - optind;
    return check_required(usage, options);
}

int jk_option_rest(const jk_usage *usage, const jk_options *options, int count)
{
    return options->rest_count == count ? -1 : wrong(usage, "needed: ", usage->rest);
}

int jk_option_lang(const jk_usage *usage, const jk_options *options, size_t index, jk_lang *lang)
{
    *lang = JK_LANG_BOTH;
    return options->count[index] == 0 || jk_lang_of_text(options->value[index][0], lang)
               ? -1
               : wrong(usage, "neither en, ja nor both: --", usage->option[index].name);
}

bool jk_option_number(const char *text, uint64_t max, uint64_t *number)
{
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text)) {
        return false;
    }
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (errno != 0 || value > max) {
        return false;
    }
    *number = value;
    return true;
}
