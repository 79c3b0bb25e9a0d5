/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of patterns against names and words. */
#define _POSIX_C_SOURCE 200809L
#include "select.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_SIZE 256

const char *const jk_select_names[JK_SELECT_COUNT] = {"protocol", "check", "claim",
                                                      "rule",     "tier",  "define"};

/* Cuts the next word off a text; NULL: there is none. */
static const char *next_word(const char *at, const char *blanks, char word[WORD_SIZE])
{
    at += strspn(at, blanks);
    size_t length = strcspn(at, blanks);
    if (length == 0) {
        return NULL;
    }
    (void)snprintf(word, WORD_SIZE, "%.*s", (int)(length < WORD_SIZE ? length : WORD_SIZE - 1), at);
    return at + length;
}

bool jk_list_fits(const char *list, const char *name)
{
    char pattern[WORD_SIZE];
    if (list == NULL) {
        return true;
    }
    for (const char *at = next_word(list, ",", pattern); at != NULL;
         at = next_word(at, ",", pattern)) {
        if (fnmatch(pattern, name, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* "T1-T7": from and to with the same letters before their numbers. */
static bool is_range(const char *word, char letters[16], unsigned long *from, unsigned long *upto)
{
    char *end;
    size_t length = strcspn(word, "0123456789");
    if (length == 0 || length >= 16) {
        return false;
    }
    (void)snprintf(letters, 16, "%.*s", (int)length, word);
    *from = strtoul(word + length, &end, 10);
    if (*end != '-' || strncmp(end + 1, letters, length) != 0) {
        return false;
    }
    const char *second = end + 1 + length;
    *upto = strtoul(second, &end, 10);
    return end != second && *end == '\0' && *upto >= *from && *upto - *from < 100;
}

static bool fits_word(const char *list, const char *word)
{
    char letters[16];
    unsigned long from;
    unsigned long upto;
    bool fits = jk_list_fits(list, word);
    if (is_range(word, letters, &from, &upto)) {
        for (unsigned long i = from; !fits && i <= upto; i++) {
            char name[WORD_SIZE];
            (void)snprintf(name, sizeof name, "%s%lu", letters, i);
            fits = jk_list_fits(list, name);
        }
    }
    return fits;
}

bool jk_list_fits_words(const char *list, const char *cell)
{
    char word[WORD_SIZE];
    if (list == NULL) {
        return true;
    }
    for (const char *at = next_word(cell, " ", word); at != NULL; at = next_word(at, " ", word)) {
        bool defined = strncmp(word, "-D", 2) == 0;
        if (fits_word(list, word) || (defined && fits_word(list, word + 2))) {
            return true;
        }
    }
    return false;
}

bool jk_list_unmatched(const char *list, jk_pattern_each *fits, void *arg, char *pattern,
                       size_t capacity)
{
    char word[WORD_SIZE];
    bool any = false;
    for (const char *at = next_word(list, ",", word); at != NULL; at = next_word(at, ",", word)) {
        any = true;
        if (!fits(arg, word)) {
            (void)snprintf(pattern, capacity, "%s", word);
            return true;
        }
    }
    (void)snprintf(pattern, capacity, "%s", "");
    return !any;
}
