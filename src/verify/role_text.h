/* SPDX-License-Identifier: Apache-2.0 */
/* A role file as tokens, statements and options: as much of its form as mutate.c needs.  gen/jkgen
 * checks that it is a role; a file that is none gives fewer mutants, nothing worse. */
#ifndef JUKI_VERIFY_ROLE_TEXT_H
#define JUKI_VERIFY_ROLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "juki/status.h"

typedef enum jk_token_kind {
    JK_TOKEN_WORD,
    JK_TOKEN_NUMBER,
    JK_TOKEN_SIGN,
    JK_TOKEN_DEFINE, /* #define */
    JK_TOKEN_END     /* of a directive, of the text */
} jk_token_kind;

typedef struct jk_token {
    jk_token_kind kind;
    size_t at;
    size_t length;
    unsigned line;
} jk_token;

typedef enum jk_statement_kind {
    JK_STATEMENT_CALL,   /* name(...) */
    JK_STATEMENT_WORD,   /* a macro without arguments */
    JK_STATEMENT_ASSIGN, /* a = b */
    JK_STATEMENT_IF,
    JK_STATEMENT_OTHER
} jk_statement_kind;

typedef struct jk_statement {
    jk_statement_kind kind;
    size_t first; /* tokens, the last one not included */
    size_t last;
    size_t sequence; /* statements of one sequence follow one another */
    size_t label;    /* token of the state's label; JK_NONE in a macro */
    bool state;      /* the if of a state itself */
} jk_statement;

typedef enum jk_option_kind {
    JK_OPTION_INPUT,     /* of a state: an input and what it causes */
    JK_OPTION_CONDITION, /* of an if inside */
    JK_OPTION_OTHER
} jk_option_kind;

typedef struct jk_option {
    jk_option_kind kind;
    size_t condition_first;
    size_t condition_last;
    size_t body_first;
    size_t body_last;
} jk_option;

#define JK_NONE ((size_t)-1)

typedef struct jk_role_text {
    const char *text;
    jk_token *tokens;
    size_t token_count;
    jk_statement *statements;
    size_t statement_count;
    jk_option *options;
    size_t option_count;
    size_t *labels; /* tokens */
    size_t label_count;
    size_t *members; /* tokens: names of variables of type members */
    size_t member_count;
    size_t *bodies; /* tokens: for each macro its name and the token after its body */
    size_t body_count;
} jk_role_text;

JK_MUST_USE jk_status jk_role_text_read(const char *text, jk_role_text *role);

void jk_role_text_close(jk_role_text *role);

bool jk_token_is(const jk_role_text *role, size_t token, const char *word);

/* Have two tokens the same text. */
bool jk_token_same(const jk_role_text *role, size_t one, size_t other);

/* The token after the bracket that closes the one here. */
size_t jk_token_after(const jk_role_text *role, size_t open);

/* The innermost statement around a token that is not a state's own if; JK_NONE if there is none. */
size_t jk_statement_around(const jk_role_text *role, size_t token);

#endif
