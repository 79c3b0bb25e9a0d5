/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a verb from one table, which also gives the help text. */
#ifndef JUKI_TOOL_OPTIONS_H
#define JUKI_TOOL_OPTIONS_H

#include "tool/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JK_OPTIONS_MAX = 16,
    JK_OPTION_VALUES_MAX = 16, /* of an option that may be repeated */
    JK_EXIT_DONE = 0,
    JK_EXIT_REFUSED = 1,
    JK_EXIT_USAGE = 2,
    JK_EXIT_UNREACHABLE = 4 /* the node's socket does not answer */
};

typedef struct jk_option {
    const char *name;     /* "name", given as --name */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;
    bool required;
    bool repeated;
} jk_option;

/* A verb or a sub-verb of it: `juki VERB [SUB] OPTIONS [REST]`. */
typedef struct jk_usage {
    const char *verb; /* "terminal move-in" */
    const char *rest; /* "FILE"; NULL: no arguments besides options */
    const char *help;
    const jk_option *option;
    size_t count;
} jk_usage;

/* What was given, by the table's index. */
typedef struct jk_options {
    const char *value[JK_OPTIONS_MAX][JK_OPTION_VALUES_MAX];
    size_t count[JK_OPTIONS_MAX];
    char **rest;
    int rest_count;
} jk_options;

/* argv[0] is the (sub-)verb.  -1: go on; otherwise the exit code to leave with (help was shown, or
 * what is wrong was told). */
int jk_options_read(const jk_usage *usage, int argc, char **argv, jk_options *options);

/* So many arguments besides the options.  -1: go on. */
int jk_option_rest(const jk_usage *usage, const jk_options *options, int count);

/* The language that option `index` names, both if it was not given.  -1: go on. */
int jk_option_lang(const jk_usage *usage, const jk_options *options, size_t index, jk_lang *lang);

/* Digits alone, at most max. */
bool jk_option_number(const char *text, uint64_t max, uint64_t *number);

#endif
