/* SPDX-License-Identifier: Apache-2.0 */
/* Between lexer.l, parser.y and source.c, which calls them. */
#ifndef JK_GEN_SYNTAX_H
#define JK_GEN_SYNTAX_H

#include "tree.h"

typedef struct gen_token {
    const char *text;
    gen_place at;
} gen_token;

typedef struct gen_reader {
    gen_model *model;
    gen_place at; /* of the last word */
    const gen_file *file;
    int line; /* of the next character */
    int column;
    bool said;  /* an error was reported already */
    bool whole; /* the whole model as SPIN sees it, not only the roles */
} gen_reader;

/* A line mark of cpp. */
void jk_gen_mark(gen_reader *r, const char *text);

/* Whether Promela has this word and a role may not use it; says so. */
bool jk_gen_forbidden(gen_reader *r, const char *word);

#endif
