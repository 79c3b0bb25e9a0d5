/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of the tables a call asks for.  An option's value is a list with commas of patterns of
 * the shell (* ? [...]): a row fits the option if it fits one of them, and is chosen if it fits all
 * options given. */
#ifndef JUKI_VERIFY_SELECT_H
#define JUKI_VERIFY_SELECT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum jk_select {
    JK_SELECT_PROTOCOL,
    JK_SELECT_CHECK, /* a check's or a mutant's name */
    JK_SELECT_CLAIM,
    JK_SELECT_RULE,
    JK_SELECT_TIER,
    JK_SELECT_DEFINE, /* one word of the bounds, with or without -D */
    JK_SELECT_COUNT
} jk_select;

extern const char *const jk_select_names[JK_SELECT_COUNT];

/* Does the name fit one of the list's patterns?  NULL: everything does. */
bool jk_list_fits(const char *list, const char *name);

/* Does one of the cell's words, between blanks?  A word "T1-T7" is each of T1 ... T7. */
bool jk_list_fits_words(const char *list, const char *cell);

/* Calls back for each pattern of the list. */
typedef bool jk_pattern_each(void *arg, const char *pattern);

/* The first pattern of which `fits` says no, in `pattern`; false: there is none. */
bool jk_list_unmatched(const char *list, jk_pattern_each *fits, void *arg, char *pattern,
                       size_t capacity);

#endif
