/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of role files for mutants: a lexer and a walk over states, options and statements. */
#include "role_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Where the lexer is. */
typedef struct lexer {
    const char *text;
    size_t at;
    unsigned line;
    bool directive;
} lexer;

/* Blanks, comments and continued lines.  Stops at the end of a directive. */
static void skip_blanks(lexer *lex)
{
    const char *text = lex->text;
    while (text[lex->at] != '\0') {
        if (text[lex->at] == '\\' && text[lex->at + 1] == '\n') {
            lex->at += 2;
            lex->line++;
        } else if (text[lex->at] == '\n') {
            if (lex->directive) {
                return;
            }
            lex->at++;
            lex->line++;
        } else if (isspace((unsigned char)text[lex->at])) {
            lex->at++;
        } else if (strncmp(text + lex->at, "/*", 2) == 0) {
            const char *end = strstr(text + lex->at + 2, "*/");
            size_t past = end == NULL ? strlen(text) : (size_t)(end - text) + 2;
            for (; lex->at < past; lex->at++) {
                lex->line += text[lex->at] == '\n' ? 1 : 0;
            }
        } else {
            return;
        }
    }
}

static bool word_letter(char letter)
{
    return isalnum((unsigned char)letter) || letter == '_';
}

static size_t sign_length(const char *at)
{
    static const char *const signs[] = {"::", "->", "==", "!=", "<=", ">=", "&&", "||"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strncmp(at, signs[i], 2) == 0) {
            return 2;
        }
    }
    return 1;
}

/* Takes the '#' of a directive; true if it is a #define.  Others say nothing and are left out. */
static bool take_define(lexer *lex)
{
    lex->at++;
    lex->directive = true;
    skip_blanks(lex);
    bool define = strncmp(lex->text + lex->at, "define", 6) == 0;
    if (define) {
        lex->at += 6;
        return true;
    }
    while (lex->text[lex->at] != '\0' && lex->text[lex->at] != '\n') {
        skip_blanks(lex);
        lex->at += lex->text[lex->at] == '\0' || lex->text[lex->at] == '\n' ? 0 : 1;
    }
    lex->directive = false;
    return false;
}

static jk_token next_token(lexer *lex)
{
    skip_blanks(lex);
    jk_token token = {.kind = JK_TOKEN_END, .at = lex->at, .line = lex->line};
    while (lex->text[lex->at] == '#') {
        if (take_define(lex)) {
            token.kind = JK_TOKEN_DEFINE;
            token.length = lex->at - token.at;
            return token;
        }
        skip_blanks(lex);
        token = (jk_token){.kind = JK_TOKEN_END, .at = lex->at, .line = lex->line};
    }
    const char *at = lex->text + lex->at;
    if (*at == '\0' || *at == '\n') {
        lex->directive = false;
        return token;
    }
    if (word_letter(*at)) {
        while (word_letter(at[token.length])) {
            token.length++;
        }
        token.kind = isdigit((unsigned char)*at) ? JK_TOKEN_NUMBER : JK_TOKEN_WORD;
    } else {
        token.kind = JK_TOKEN_SIGN;
        token.length = sign_length(at);
    }
    lex->at += token.length;
    return token;
}

static jk_status read_tokens(jk_role_text *role)
{
    /* No more tokens than bytes, one END and one for a last line without its end. */
    role->tokens = calloc(strlen(role->text) + 2, sizeof *role->tokens);
    if (role->tokens == NULL) {
        return JK_E_MEMORY;
    }
    lexer lex = {.text = role->text, .line = 1};
    do {
        role->tokens[role->token_count] = next_token(&lex);
        role->token_count++;
    } while (role->text[role->tokens[role->token_count - 1].at] != '\0');
    return JK_OK;
}

bool jk_token_is(const jk_role_text *role, size_t token, const char *word)
{
    const jk_token *here = &role->tokens[token];
    return token < role->token_count && here->kind != JK_TOKEN_END &&
           here->length == strlen(word) && strncmp(role->text + here->at, word, here->length) == 0;
}

bool jk_token_same(const jk_role_text *role, size_t one, size_t other)
{
    const jk_token *a = &role->tokens[one];
    const jk_token *b = &role->tokens[other];
    return a->kind != JK_TOKEN_END && a->kind == b->kind && a->length == b->length &&
           strncmp(role->text + a->at, role->text + b->at, a->length) == 0;
}

static bool opens(const jk_role_text *role, size_t token)
{
    return jk_token_is(role, token, "(") || jk_token_is(role, token, "[") ||
           jk_token_is(role, token, "{");
}

static bool closes(const jk_role_text *role, size_t token)
{
    return jk_token_is(role, token, ")") || jk_token_is(role, token, "]") ||
           jk_token_is(role, token, "}");
}

size_t jk_token_after(const jk_role_text *role, size_t open)
{
    size_t depth = 0;
    for (size_t i = open; i < role->token_count; i++) {
        depth += opens(role, i) ? 1 : 0;
        if (closes(role, i)) {
            depth--;
            if (depth == 0) {
                return i + 1;
            }
        }
        if (role->tokens[i].kind == JK_TOKEN_END) {
            return i;
        }
    }
    return role->token_count - 1;
}

/* The walk. */
typedef struct walk {
    jk_role_text *role;
    size_t at; /* the token */
    size_t label;
    size_t sequences;
} walk;

static bool here(const walk *state, const char *word)
{
    return jk_token_is(state->role, state->at, word);
}

static bool at_end(const walk *state)
{
    return state->at + 1 >= state->role->token_count ||
           state->role->tokens[state->at].kind == JK_TOKEN_END;
}

static void options(walk *state);

/* A statement that is neither if nor goto: a call, an assignment, a macro. */
static jk_statement_kind simple(walk *state)
{
    const jk_role_text *role = state->role;
    bool word = role->tokens[state->at].kind == JK_TOKEN_WORD;
    state->at++;
    if (!word) {
        return JK_STATEMENT_OTHER;
    }
    if (here(state, "(")) {
        state->at = jk_token_after(role, state->at);
        return JK_STATEMENT_CALL;
    }
    while (here(state, ".") || here(state, "[")) {
        state->at = here(state, "[") ? jk_token_after(role, state->at) : state->at + 2;
    }
    if (!here(state, "=")) {
        return JK_STATEMENT_WORD;
    }
    while (!at_end(state) && !here(state, ";") && !here(state, "}") && !here(state, "::") &&
           !here(state, "fi") && !here(state, ")") && !here(state, ",")) {
        state->at = opens(role, state->at) ? jk_token_after(role, state->at) : state->at + 1;
    }
    return JK_STATEMENT_ASSIGN;
}

static void statement(walk *state, size_t sequence, bool of_state)
{
    jk_role_text *role = state->role;
    size_t index = role->statement_count;
    role->statement_count++;
    jk_statement one = {
        .first = state->at, .sequence = sequence, .label = state->label, .state = of_state};
    if (here(state, "if")) {
        one.kind = JK_STATEMENT_IF;
        state->at++;
        options(state);
        state->at += here(state, "fi") ? 1 : 0;
    } else if (here(state, "goto")) {
        one.kind = JK_STATEMENT_OTHER;
        state->at += 2;
    } else {
        one.kind = simple(state);
    }
    one.last = state->at;
    role->statements[index] = one;
}

/* Statements up to a bracket that closes, the next option, or the end. */
static void sequence(walk *state)
{
    size_t number = state->sequences;
    state->sequences++;
    while (!at_end(state) && !here(state, "::") && !here(state, "fi") &&
           !closes(state->role, state->at)) {
        if (here(state, ";")) {
            state->at++;
        } else {
            statement(state, number, false);
        }
    }
}

/* Up to "->", not looking into brackets; false if there is none in this option. */
static bool to_arrow(walk *state)
{
    while (!at_end(state) && !here(state, "->") && !here(state, "::") && !here(state, "fi") &&
           !closes(state->role, state->at)) {
        state->at = here(state, "(") || here(state, "[") ? jk_token_after(state->role, state->at)
                                                         : state->at + 1;
    }
    return here(state, "->");
}

static void option(walk *state)
{
    jk_option one = {.kind = JK_OPTION_OTHER};
    bool closed = false;
    state->at++; /* "::" */
    one.condition_first = state->at;
    if (here(state, "EACH")) {
        one.kind = JK_OPTION_INPUT;
        state->at += 2; /* EACH( */
        for (int commas = 0; commas < 2 && !at_end(state); state->at++) {
            commas += here(state, ",") ? 1 : 0;
        }
        one.condition_last = state->at;
        closed = true;
    } else {
        closed = here(state, "atomic");
        one.kind = closed                ? JK_OPTION_INPUT
                   : here(state, "else") ? JK_OPTION_OTHER
                                         : JK_OPTION_CONDITION;
        state->at += closed ? 2 : 0; /* atomic { */
        if (!to_arrow(state)) {
            return; /* DROP, UNEXPECTED and their like */
        }
        one.condition_last = state->at;
        state->at++;
    }
    one.body_first = state->at;
    size_t index = state->role->option_count;
    state->role->option_count++;
    sequence(state);
    one.body_last = state->at;
    state->at += closed && !at_end(state) ? 1 : 0;
    state->role->options[index] = one;
}

static void options(walk *state)
{
    while (!at_end(state) && !here(state, "fi") && !closes(state->role, state->at)) {
        if (here(state, "::")) {
            option(state);
        } else {
            state->at++; /* a macro that stands for options */
        }
    }
}

static void macro(walk *state)
{
    jk_role_text *role = state->role;
    state->label = JK_NONE;
    state->at++; /* #define */
    size_t name = state->at;
    state->at++;
    const jk_token *word = &role->tokens[name];
    if (here(state, "(") && role->tokens[state->at].at == word->at + word->length) {
        state->at = jk_token_after(role, state->at);
    }
    if (here(state, "::")) {
        options(state);
    } else {
        sequence(state);
    }
    while (!at_end(state)) {
        state->at++;
    }
    role->bodies[role->body_count] = name;
    role->bodies[role->body_count + 1] = state->at;
    role->body_count += 2;
}

static void declaration(walk *state)
{
    jk_role_text *role = state->role;
    if (here(state, "members")) {
        role->members[role->member_count] = state->at + 1;
        role->member_count++;
    }
    while (!at_end(state) && !here(state, ";")) {
        state->at++;
    }
    state->at += at_end(state) ? 0 : 1;
}

static void proctype(walk *state)
{
    jk_role_text *role = state->role;
    while (!at_end(state) && !here(state, "{")) {
        state->at++;
    }
    state->at++;
    while (!at_end(state) && !here(state, "}")) {
        if (jk_token_is(role, state->at + 1, ":")) {
            state->label = state->at;
            role->labels[role->label_count] = state->at;
            role->label_count++;
            state->at += 2;
        } else if (here(state, "if")) {
            statement(state, state->sequences, true);
            state->sequences++;
        } else {
            declaration(state); /* or the goto after a state */
        }
    }
}

jk_status jk_role_text_read(const char *text, jk_role_text *role)
{
    *role = (jk_role_text){.text = text};
    jk_status status = read_tokens(role);
    if (status != JK_OK) {
        return status;
    }
    size_t most = role->token_count + 2;
    role->statements = calloc(most, sizeof *role->statements);
    role->options = calloc(most, sizeof *role->options);
    role->labels = calloc(most, sizeof *role->labels);
    role->members = calloc(most, sizeof *role->members);
    role->bodies = calloc(2 * most, sizeof *role->bodies);
    if (role->statements == NULL || role->options == NULL || role->labels == NULL ||
        role->members == NULL || role->bodies == NULL) {
        jk_role_text_close(role);
        return JK_E_MEMORY;
    }
    walk state = {.role = role, .label = JK_NONE};
    while (state.at + 1 < role->token_count) {
        if (role->tokens[state.at].kind == JK_TOKEN_DEFINE) {
            macro(&state);
        } else if (here(&state, "proctype")) {
            proctype(&state);
        } else {
            state.at++;
        }
    }
    return JK_OK;
}

void jk_role_text_close(jk_role_text *role)
{
    free(role->tokens);
    free(role->statements);
    free(role->options);
    free(role->labels);
    free(role->members);
    free(role->bodies);
    *role = (jk_role_text){0};
}

size_t jk_statement_around(const jk_role_text *role, size_t token)
{
    size_t found = JK_NONE;
    for (size_t i = 0; i < role->statement_count; i++) {
        const jk_statement *one = &role->statements[i];
        /* Outer statements stand before inner ones in the list. */
        if (!one->state && one->first <= token && token < one->last) {
            found = i;
        }
    }
    return found;
}
