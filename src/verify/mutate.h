/* SPDX-License-Identifier: Apache-2.0 */
/* Automatic mutants of a role file: the file is read as tokens and statements, and each operator
 * makes one small change of its text wherever it fits.  Nothing is run here. */
#ifndef JUKI_VERIFY_MUTATE_H
#define JUKI_VERIFY_MUTATE_H

#include <stdbool.h>
#include <stddef.h>

#include "juki/status.h"

#define JK_NOWHERE ((size_t)-1)

/* What a whole protocol lends to the mutants of one role. */
typedef struct jk_words {
    char **items;
    size_t count;
    size_t capacity;
} jk_words;

/* Pairs: a link and one of its kinds, a hook and one of its answers. */
typedef struct jk_vocabulary {
    jk_words link_kinds;   /* link, kind, link, kind ... */
    jk_words hook_answers; /* hook, answer ... */
    jk_words effects;
    jk_words reasons; /* in the order of their enumeration */
} jk_vocabulary;

/* One textual change of one role file. */
typedef struct jk_change {
    const char *operator_name;
    size_t at;     /* offset in the text */
    size_t length; /* bytes replaced */
    char *text;    /* their replacement */
    unsigned line;
    size_t site; /* offset of the statement that it belongs to, JK_NOWHERE: none */
} jk_change;

typedef struct jk_changes {
    jk_change *items;
    size_t count;
    size_t capacity;
} jk_changes;

JK_MUST_USE bool jk_words_add(jk_words *words, const char *at, size_t length);

void jk_words_close(jk_words *words);

/* Adds what this file says: the kinds that it receives, the reasons and hooks that it declares. */
JK_MUST_USE jk_status jk_vocabulary_read(jk_vocabulary *vocabulary, const char *text);

void jk_vocabulary_close(jk_vocabulary *vocabulary);

/* All mutants of the role file, in the order of the text.  changes is empty before; close it in
 * any case. */
JK_MUST_USE jk_status jk_mutate(const char *text, const jk_vocabulary *vocabulary,
                                jk_changes *changes);

void jk_changes_close(jk_changes *changes);

/* The whole text with one change in it; free() it.  NULL without memory. */
char *jk_change_apply(const char *text, const jk_change *change);

#endif
