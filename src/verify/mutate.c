/* SPDX-License-Identifier: Apache-2.0 */
/* The operators.  Each one walks over the statements, options or tokens of a role and changes one
 * place; README.md lists them. */
#define _POSIX_C_SOURCE 200809L
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "role_text.h"

#define TEXT_MAX 2000 /* bytes of a replacement */

bool jk_words_add(jk_words *words, const char *at, size_t length)
{
    if (words->count == words->capacity) {
        size_t capacity = words->capacity * 2 + 32;
        char **items = realloc(words->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        words->items = items;
        words->capacity = capacity;
    }
    words->items[words->count] = strndup(at, length);
    words->count += words->items[words->count] == NULL ? 0 : 1;
    return words->items[words->count - 1] != NULL;
}

static bool add_token(jk_words *words, const jk_role_text *role, size_t token)
{
    return jk_words_add(words, role->text + role->tokens[token].at, role->tokens[token].length);
}

static bool in_words(const jk_role_text *role, size_t token, const jk_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (jk_token_is(role, token, words->items[i])) {
            return true;
        }
    }
    return false;
}

/* The pair of two tokens, once. */
static bool add_pair(jk_words *words, const jk_role_text *role, size_t one, size_t other)
{
    for (size_t i = 0; i + 1 < words->count; i += 2) {
        if (jk_token_is(role, one, words->items[i]) &&
            jk_token_is(role, other, words->items[i + 1])) {
            return true;
        }
    }
    return add_token(words, role, one) && add_token(words, role, other);
}

/* link ? KIND and link[...] ? KIND. */
static bool read_receive(jk_vocabulary *vocabulary, const jk_role_text *role, size_t token)
{
    size_t mark = jk_token_is(role, token + 1, "[") ? jk_token_after(role, token + 1) : token + 1;
    return !jk_token_is(role, mark, "?") || role->tokens[mark + 1].kind != JK_TOKEN_WORD ||
           add_pair(&vocabulary->link_kinds, role, token, mark + 1);
}

/* EACH(link, KIND, ...), DROP(link[me], KIND, KIND). */
static bool read_named(jk_vocabulary *vocabulary, const jk_role_text *role, size_t token)
{
    static const char *const lists[] = {"DROP", "EACH_DROP", "UNEXPECTED", "EACH_UNEXPECTED"};
    bool list = false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        list = list || jk_token_is(role, token, lists[i]);
    }
    if ((!list && !jk_token_is(role, token, "EACH")) || !jk_token_is(role, token + 1, "(")) {
        return true;
    }
    size_t last = jk_token_after(role, token + 1) - 1;
    size_t link = token + 2;
    size_t at = jk_token_is(role, link + 1, "[") ? jk_token_after(role, link + 1) : link + 1;
    bool good = true;
    for (bool first = true; good && at < last && (first || list); first = false) {
        good = add_pair(&vocabulary->link_kinds, role, link, at + 1);
        at += 2;
    }
    return good;
}

/* mtype:reason = { ... }: its words. */
static bool read_reasons(jk_vocabulary *vocabulary, const jk_role_text *role, size_t token)
{
    if (!jk_token_is(role, token, "mtype") || !jk_token_is(role, token + 2, "reason") ||
        !jk_token_is(role, token + 4, "{")) {
        return true;
    }
    size_t last = jk_token_after(role, token + 4);
    bool good = true;
    for (size_t i = token + 5; good && i < last; i++) {
        good = role->tokens[i].kind != JK_TOKEN_WORD || add_token(&vocabulary->reasons, role, i);
    }
    return good;
}

/* inline NAME(PARAMETER) { ... }: a hook if it assigns its parameter, else an effect. */
static bool read_inline(jk_vocabulary *vocabulary, const jk_role_text *role, size_t token)
{
    if (!jk_token_is(role, token, "inline") || !jk_token_is(role, token + 2, "(")) {
        return true;
    }
    size_t name = token + 1;
    size_t body = jk_token_after(role, token + 2);
    size_t last = jk_token_after(role, body);
    bool good = true;
    bool hook = false;
    for (size_t i = body; good && jk_token_is(role, token + 4, ")") && i + 2 < last; i++) {
        if (!jk_token_same(role, i, token + 3) || !jk_token_is(role, i + 1, "=")) {
            continue;
        }
        hook = true;
        good = (role->tokens[i + 2].length > 5 &&
                strncmp(role->text + role->tokens[i + 2].at, "ONLY_", 5) == 0) ||
               add_pair(&vocabulary->hook_answers, role, name, i + 2);
    }
    /* An effect that leaves no trace in the model: nothing there could see that it is gone. */
    bool empty = last == body + 3 && jk_token_is(role, body + 1, "skip");
    return good && (hook || empty || in_words(role, name, &vocabulary->effects) ||
                    add_token(&vocabulary->effects, role, name));
}

jk_status jk_vocabulary_read(jk_vocabulary *vocabulary, const char *text)
{
    jk_role_text role;
    jk_status status = jk_role_text_read(text, &role);
    if (status != JK_OK) {
        return status;
    }
    bool good = true;
    for (size_t i = 0; good && i + 4 < role.token_count; i++) {
        if (role.tokens[i].kind == JK_TOKEN_WORD) {
            good = read_receive(vocabulary, &role, i) && read_named(vocabulary, &role, i) &&
                   read_reasons(vocabulary, &role, i) && read_inline(vocabulary, &role, i);
        }
    }
    jk_role_text_close(&role);
    return good ? JK_OK : JK_E_MEMORY;
}

void jk_words_close(jk_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        free(words->items[i]);
    }
    free(words->items);
    *words = (jk_words){0};
}

void jk_vocabulary_close(jk_vocabulary *vocabulary)
{
    jk_words_close(&vocabulary->link_kinds);
    jk_words_close(&vocabulary->hook_answers);
    jk_words_close(&vocabulary->effects);
    jk_words_close(&vocabulary->reasons);
}

/* What the operators work on. */
typedef struct work {
    const jk_role_text *role;
    const jk_vocabulary *vocabulary;
    jk_changes *changes;
    bool failed;
} work;

/* Where the statement around a token begins; a condition belongs to its if, the body of a state's
 * input begins where its first statement does. */
static size_t site_of(const jk_role_text *role, size_t token)
{
    size_t around = jk_statement_around(role, token);
    return around == JK_NONE ? JK_NOWHERE : role->tokens[role->statements[around].first].at;
}

/* Replaces tokens first to last (not included) by the text. */
static void change(work *all, const char *name, size_t first, size_t last, const char *text)
{
    const jk_role_text *role = all->role;
    jk_changes *changes = all->changes;
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity * 2 + 64;
        jk_change *items = realloc(changes->items, capacity * sizeof *items);
        all->failed = all->failed || items == NULL;
        changes->items = items == NULL ? changes->items : items;
        changes->capacity = items == NULL ? changes->capacity : capacity;
    }
    char *copy = strdup(text);
    if (all->failed || copy == NULL) {
        free(copy);
        all->failed = true;
        return;
    }
    const jk_token *end = &role->tokens[last - 1];
    changes->items[changes->count] = (jk_change){
        .operator_name = name,
        .at = role->tokens[first].at,
        .length = end->at + end->length - role->tokens[first].at,
        .text = copy,
        .line = role->tokens[first].line,
        .site = site_of(role, first),
    };
    changes->count++;
}

/* The text of tokens; "" if it is too long. */
static const char *source(const jk_role_text *role, size_t first, size_t last, char *text)
{
    const jk_token *end = &role->tokens[last - 1];
    size_t length = end->at + end->length - role->tokens[first].at;
    text[0] = '\0';
    if (length < TEXT_MAX) {
        memcpy(text, role->text + role->tokens[first].at, length);
        text[length] = '\0';
    }
    return text;
}

/* The line breaks of a text that is taken out stay, so that a macro goes on and no line moves. */
static void breaks(const char *from, char *text, size_t capacity)
{
    size_t used = strlen(text);
    for (const char *at = from; *at != '\0'; at++) {
        if (*at == '\n' && used + 4 < capacity) {
            text[used] = ' ';
            used++;
            if (at > from && at[-1] == '\\') {
                text[used] = '\\';
                used++;
            }
            text[used] = '\n';
            used++;
        }
    }
    text[used] = '\0';
}

/* Puts a word in the place of whole statements. */
static void instead(work *all, const char *name, size_t first, size_t last, const char *word)
{
    char old[TEXT_MAX];
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%s", word);
    breaks(source(all->role, first, last, old), text, sizeof text);
    change(all, name, first, last, text);
}

static bool one_of(const jk_role_text *role, size_t token, const char *const *words)
{
    while (*words != NULL && !jk_token_is(role, token, *words)) {
        words++;
    }
    return *words != NULL;
}

static const char *const sends[] = {"send", "send_each", "forward", NULL};
static const char *const timers[] = {"ARM", "DISARM", NULL};

static bool is_send(const work *all, const jk_statement *one)
{
    return one->kind == JK_STATEMENT_CALL && one_of(all->role, one->first, sends);
}

/* Does the macro of this name end the step, itself or by another macro. */
static bool ends_step(const jk_role_text *role, size_t name, int depth)
{
    if (jk_token_is(role, name, "NEXT")) {
        return true;
    }
    for (size_t i = 0; depth < 8 && i < role->body_count; i += 2) {
        if (!jk_token_same(role, role->bodies[i], name)) {
            continue;
        }
        for (size_t j = role->bodies[i] + 1; j < role->bodies[i + 1]; j++) {
            if (role->tokens[j].kind == JK_TOKEN_WORD && ends_step(role, j, depth + 1)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_macro(const jk_role_text *role, size_t name)
{
    for (size_t i = 0; i < role->body_count; i += 2) {
        if (role->bodies[i] != name && jk_token_same(role, role->bodies[i], name)) {
            return true;
        }
    }
    return false;
}

/* The token of the kind in a send: after the link and a comma. */
static size_t kind_of_send(const jk_role_text *role, const jk_statement *one)
{
    size_t link = one->first + 2;
    return (jk_token_is(role, link + 1, "[") ? jk_token_after(role, link + 1) : link + 1) + 1;
}

/* The next word of a list after the one that stands here, around its end; NULL if there is none. */
static const char *next_in(const jk_words *words, const jk_role_text *role, size_t token)
{
    for (size_t i = 0; i < words->count; i++) {
        if (jk_token_is(role, token, words->items[i])) {
            return words->count == 1 ? NULL : words->items[(i + 1) % words->count];
        }
    }
    return NULL;
}

/* The next kind that the same link carries. */
static const char *other_kind(const work *all, size_t link, size_t kind)
{
    const jk_words *pairs = &all->vocabulary->link_kinds;
    const char *first = NULL;
    bool passed = false;
    for (size_t i = 0; i + 1 < pairs->count; i += 2) {
        if (!jk_token_is(all->role, link, pairs->items[i])) {
            continue;
        }
        if (jk_token_is(all->role, kind, pairs->items[i + 1])) {
            passed = true;
        } else if (passed) {
            return pairs->items[i + 1];
        } else if (first == NULL) {
            first = pairs->items[i + 1];
        }
    }
    return first;
}

static void mutate_send(work *all, const jk_statement *one)
{
    char text[TEXT_MAX];
    char twice[2 * TEXT_MAX + 4];
    instead(all, "send_drop", one->first, one->last, "skip");
    (void)source(all->role, one->first, one->last, text);
    (void)snprintf(twice, sizeof twice, "%s; %s", text, text);
    change(all, "send_twice", one->first, one->last, twice);
    size_t kind = kind_of_send(all->role, one);
    const char *other = other_kind(all, one->first + 2, kind);
    if (other != NULL) {
        change(all, "kind_other", kind, kind + 1, other);
    }
}

/* A fixed answer in the place of a hook: the first and the last of its list. */
static void mutate_hook(work *all, const jk_statement *one)
{
    const jk_words *pairs = &all->vocabulary->hook_answers;
    const char *first = NULL;
    const char *last = NULL;
    for (size_t i = 0; i + 1 < pairs->count; i += 2) {
        if (jk_token_is(all->role, one->first, pairs->items[i])) {
            first = first == NULL ? pairs->items[i + 1] : first;
            last = pairs->items[i + 1];
        }
    }
    if (first == last) {
        return;
    }
    char name[TEXT_MAX];
    char text[2 * TEXT_MAX];
    (void)source(all->role, one->first + 2, one->first + 3, name);
    (void)snprintf(text, sizeof text, "%s = %s", name, first);
    change(all, "hook_fixed", one->first, one->last, text);
    (void)snprintf(text, sizeof text, "%s = %s", name, last);
    change(all, "hook_fixed", one->first, one->last, text);
}

static void mutate_assignment(work *all, const jk_statement *one)
{
    const jk_role_text *role = all->role;
    size_t equals = one->first;
    while (!jk_token_is(role, equals, "=")) {
        equals++;
    }
    instead(all, "assign_drop", one->first, one->last, "skip");
    bool zero = one->last == equals + 2 &&
                (jk_token_is(role, equals + 1, "0") || jk_token_is(role, equals + 1, "false"));
    if (!zero) {
        change(all, "assign_zero", equals + 1, one->last, "0");
    }
}

static void mutate_statement(work *all, const jk_statement *one)
{
    const jk_role_text *role = all->role;
    bool call = one->kind == JK_STATEMENT_CALL;
    if (is_send(all, one)) {
        mutate_send(all, one);
    } else if (call && one_of(role, one->first, timers)) {
        instead(all, "timer_drop", one->first, one->last, "skip");
    } else if (call && in_words(role, one->first, &all->vocabulary->hook_answers)) {
        mutate_hook(all, one);
    } else if (call && in_words(role, one->first, &all->vocabulary->effects)) {
        instead(all, "effect_drop", one->first, one->last, "skip");
    } else if (one->kind == JK_STATEMENT_ASSIGN) {
        mutate_assignment(all, one);
    } else if ((call || one->kind == JK_STATEMENT_WORD) && is_macro(role, one->first) &&
               !ends_step(role, one->first, 0)) {
        instead(all, "block_drop", one->first, one->last, "skip");
    }
}

static bool mentions(const jk_role_text *role, const jk_statement *one, size_t word)
{
    for (size_t i = one->first; i < one->last; i++) {
        if (role->tokens[i].kind == JK_TOKEN_WORD && jk_token_same(role, i, word)) {
            return true;
        }
    }
    return false;
}

/* Does the order of these two matter: one assigns what the other reads; both send on one link. */
static bool in_order(const work *all, const jk_statement *one, const jk_statement *other)
{
    const jk_role_text *role = all->role;
    return (one->kind == JK_STATEMENT_ASSIGN && mentions(role, other, one->first)) ||
           (other->kind == JK_STATEMENT_ASSIGN && mentions(role, one, other->first)) ||
           (is_send(all, one) && is_send(all, other) &&
            jk_token_same(role, one->first + 2, other->first + 2));
}

static void swap_statements(work *all, const jk_statement *one, const jk_statement *other)
{
    const jk_role_text *role = all->role;
    char first[TEXT_MAX];
    char second[TEXT_MAX];
    char between[TEXT_MAX];
    char text[3 * TEXT_MAX];
    (void)source(role, one->first, one->last, first);
    (void)source(role, other->first, other->last, second);
    const jk_token *end = &role->tokens[one->last - 1];
    size_t from = end->at + end->length;
    size_t length = role->tokens[other->first].at - from;
    if (length < sizeof between && first[0] != '\0' && second[0] != '\0') {
        memcpy(between, role->text + from, length);
        between[length] = '\0';
        (void)snprintf(text, sizeof text, "%s%s%s", second, between, first);
        change(all, "order_swap", one->first, other->last, text);
    }
}

static void mutate_orders(work *all)
{
    const jk_role_text *role = all->role;
    for (size_t i = 0; i < role->statement_count; i++) {
        const jk_statement *one = &role->statements[i];
        for (size_t j = i + 1; j < role->statement_count; j++) {
            const jk_statement *other = &role->statements[j];
            if (other->sequence == one->sequence && !one->state) {
                bool plain = one->kind != JK_STATEMENT_IF && other->kind != JK_STATEMENT_IF;
                if (plain && in_order(all, one, other)) {
                    swap_statements(all, one, other);
                }
                break;
            }
        }
    }
}

/* An input without its step: the state stays.  A macro's option is in no state that is known. */
static void drop_input(work *all, const jk_option *one)
{
    char text[TEXT_MAX];
    char label[TEXT_MAX];
    size_t around = jk_statement_around(all->role, one->body_first);
    size_t at = around == JK_NONE ? JK_NONE : all->role->statements[around].label;
    if (at == JK_NONE) {
        (void)snprintf(text, sizeof text, "JP_CLEAR");
    } else {
        (void)snprintf(text, sizeof text, "NEXT(%.100s)", source(all->role, at, at + 1, label));
    }
    if (strcmp(source(all->role, one->body_first, one->body_last, label), text) == 0) {
        return; /* it does nothing else */
    }
    instead(all, "input_drop", one->body_first, one->body_last, text);
}

static void mutate_options(work *all)
{
    const jk_role_text *role = all->role;
    for (size_t i = 0; i < role->option_count; i++) {
        const jk_option *one = &role->options[i];
        if (one->kind == JK_OPTION_CONDITION) {
            char text[TEXT_MAX];
            char negated[TEXT_MAX + 8];
            (void)source(role, one->condition_first, one->condition_last, text);
            (void)snprintf(negated, sizeof negated, "!(%s)", text);
            change(all, "guard_negate", one->condition_first, one->condition_last, negated);
        } else if (one->kind == JK_OPTION_INPUT && one->body_last > one->body_first) {
            drop_input(all, one);
            instead(all, "input_unexpected", one->body_first, one->body_last, "IMPOSSIBLE");
        }
    }
}

/* NEXT stays in this state; NEXT goes to the next one of the file. */
static void mutate_label(work *all, size_t token)
{
    const jk_role_text *role = all->role;
    if (jk_token_is(role, token - 1, "goto") || jk_token_is(role, token + 1, ":")) {
        return;
    }
    for (size_t i = 0; i < role->label_count; i++) {
        if (!jk_token_same(role, role->labels[i], token)) {
            continue;
        }
        char text[TEXT_MAX];
        size_t around = jk_statement_around(role, token);
        size_t label = around == JK_NONE ? JK_NONE : role->statements[around].label;
        if (label != JK_NONE && !jk_token_same(role, label, token)) {
            change(all, "state_stay", token, token + 1, source(role, label, label + 1, text));
        }
        size_t other = role->labels[(i + 1) % role->label_count];
        if (role->label_count > 1 && (label == JK_NONE || !jk_token_same(role, label, other))) {
            change(all, "state_other", token, token + 1, source(role, other, other + 1, text));
        }
    }
}

static void mutate_sign(work *all, size_t token)
{
    static const char *const masks[][2] = {{"&", "|"}, {"|", "&"}, {"~", " "}};
    static const char *const logic[][2] = {{"&&", "||"}, {"||", "&&"}};
    static const char *const orders[][2] = {{"<", "<="}, {"<=", "<"}, {">", ">="}, {">=", ">"}};
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (jk_token_is(all->role, token, masks[i][0])) {
            change(all, "mask_sign", token, token + 1, masks[i][1]);
        }
    }
    for (size_t i = 0; i < sizeof logic / sizeof logic[0]; i++) {
        if (jk_token_is(all->role, token, logic[i][0])) {
            change(all, "logic_swap", token, token + 1, logic[i][1]);
        }
    }
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (jk_token_is(all->role, token, orders[i][0])) {
            change(all, "off_by_one", token, token + 1, orders[i][1]);
        }
    }
}

/* x + 1: x + 2 and x + 0. */
static void mutate_number(work *all, size_t token)
{
    char text[32];
    if (jk_token_is(all->role, token - 1, "+")) {
        long number = strtol(all->role->text + all->role->tokens[token].at, NULL, 10);
        (void)snprintf(text, sizeof text, "%ld", number + 1);
        change(all, "off_by_one", token, token + 1, text);
        (void)snprintf(text, sizeof text, "%ld", number - 1);
        change(all, "off_by_one", token, token + 1, text);
    }
}

/* Another mask of the role where one is read; in.mask becomes the first one. */
static void mutate_mask(work *all, size_t token)
{
    const jk_role_text *role = all->role;
    size_t around = jk_statement_around(role, token);
    bool assigned = around != JK_NONE && role->statements[around].kind == JK_STATEMENT_ASSIGN &&
                    role->statements[around].first == token;
    char text[TEXT_MAX];
    if (jk_token_is(role, token, "in") && jk_token_is(role, token + 2, "mask")) {
        if (role->member_count > 0) {
            size_t first = role->members[0];
            change(all, "mask_other", token, token + 3, source(role, first, first + 1, text));
        }
        return;
    }
    for (size_t i = 0; i < role->member_count && role->member_count > 1; i++) {
        size_t other = role->members[(i + 1) % role->member_count];
        if (jk_token_same(role, role->members[i], token) && role->members[i] != token &&
            !assigned) {
            change(all, "mask_other", token, token + 1, source(role, other, other + 1, text));
        }
    }
}

/* Is this token in a body of the role: a statement, or a condition in one. */
static bool in_body(const jk_role_text *role, size_t token)
{
    return jk_statement_around(role, token) != JK_NONE;
}

static void mutate_tokens(work *all)
{
    const jk_role_text *role = all->role;
    for (size_t i = 1; i + 2 < role->token_count; i++) {
        if (role->tokens[i].kind == JK_TOKEN_WORD) {
            mutate_label(all, i);
        }
        if (!in_body(role, i)) {
            continue;
        }
        if (role->tokens[i].kind == JK_TOKEN_SIGN) {
            mutate_sign(all, i);
        } else if (role->tokens[i].kind == JK_TOKEN_NUMBER) {
            mutate_number(all, i);
        } else if (role->tokens[i].kind == JK_TOKEN_WORD) {
            mutate_mask(all, i);
            const char *reason = next_in(&all->vocabulary->reasons, role, i);
            if (reason != NULL) {
                change(all, "reason_other", i, i + 1, reason);
            }
        }
    }
}

static int by_place(const void *one, const void *other)
{
    const jk_change *a = one;
    const jk_change *b = other;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    int names = strcmp(a->operator_name, b->operator_name);
    return names != 0 ? names : strcmp(a->text, b->text);
}

jk_status jk_mutate(const char *text, const jk_vocabulary *vocabulary, jk_changes *changes)
{
    jk_role_text role;
    *changes = (jk_changes){0};
    jk_status status = jk_role_text_read(text, &role);
    if (status != JK_OK) {
        return status;
    }
    work all = {.role = &role, .vocabulary = vocabulary, .changes = changes};
    for (size_t i = 0; i < role.statement_count; i++) {
        mutate_statement(&all, &role.statements[i]);
    }
    mutate_orders(&all);
    mutate_options(&all);
    mutate_tokens(&all);
    if (changes->count > 1) {
        qsort(changes->items, changes->count, sizeof *changes->items, by_place);
    }
    jk_role_text_close(&role);
    return all.failed ? JK_E_MEMORY : JK_OK;
}

void jk_changes_close(jk_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->items[i].text);
    }
    free(changes->items);
    *changes = (jk_changes){0};
}

char *jk_change_apply(const char *text, const jk_change *change)
{
    size_t size = strlen(text);
    size_t fresh = strlen(change->text);
    char *result = malloc(size - change->length + fresh + 1);
    if (result == NULL) {
        return NULL;
    }
    memcpy(result, text, change->at);
    memcpy(result + change->at, change->text, fresh);
    memcpy(result + change->at + fresh, text + change->at + change->length,
           size - change->at - change->length + 1);
    return result;
}
