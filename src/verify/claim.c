/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates a claim `[] p` in the last state of a replay, from the text that SPIN prints: the
 * formula at its beginning, the variables at its end.  Two stacks, no recursion; one value that is
 * not known makes the whole unknown. */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 256

typedef enum operation {
    OP_OPEN,  /* ( */
    OP_INDEX, /* name[ */
    OP_NOT,
    OP_INVERT,
    OP_OR,
    OP_AND,
    OP_BIT_OR,
    OP_BIT_AND,
    OP_EQUAL,
    OP_DIFFERENT,
    OP_LESS_EQUAL,
    OP_GREATER_EQUAL,
    OP_LESS,
    OP_GREATER,
    OP_LEFT,
    OP_RIGHT,
    OP_PLUS,
    OP_MINUS,
    OP_TIMES
} operation;

/* Two-letter signs before the one-letter ones that they begin with. */
static const struct sign {
    const char *text;
    operation op;
    int rank;
} signs[] = {
    {"||", OP_OR, 1},        {"&&", OP_AND, 2},        {"==", OP_EQUAL, 5},
    {"!=", OP_DIFFERENT, 5}, {"<=", OP_LESS_EQUAL, 6}, {">=", OP_GREATER_EQUAL, 6},
    {"<<", OP_LEFT, 7},      {">>", OP_RIGHT, 7},      {"<", OP_LESS, 6},
    {">", OP_GREATER, 6},    {"|", OP_BIT_OR, 3},      {"&", OP_BIT_AND, 4},
    {"+", OP_PLUS, 8},       {"-", OP_MINUS, 8},       {"*", OP_TIMES, 9},
};

typedef struct pending {
    operation op;
    int rank;
    const char *name; /* OP_INDEX */
    size_t length;
} pending;

typedef struct evaluation {
    const jk_trail *trail;
    const char *last; /* the replay from the last state on */
    const char *at;
    long values[DEPTH_MAX];
    size_t value_count;
    pending ops[DEPTH_MAX];
    size_t op_count;
    bool unknown;
} evaluation;

void jk_claim_name(const char *replay, char *name, size_t capacity)
{
    static const char mark[] = "\tproc  - (";
    name[0] = '\0';
    for (const char *at = strstr(replay, mark); at != NULL; at = strstr(at, mark)) {
        at += sizeof mark - 1;
        (void)snprintf(name, capacity, "%.*s", (int)strcspn(at, ":)\n"), at);
    }
}

static void push(evaluation *eval, long value)
{
    eval->unknown = eval->unknown || eval->value_count == DEPTH_MAX;
    if (!eval->unknown) {
        eval->values[eval->value_count] = value;
        eval->value_count++;
    }
}

static long pop(evaluation *eval)
{
    eval->unknown = eval->unknown || eval->value_count == 0;
    if (eval->unknown) {
        return 0;
    }
    eval->value_count--;
    return eval->values[eval->value_count];
}

static long apply(operation op, long left, long right)
{
    switch (op) {
    case OP_OR: return left != 0 || right != 0;
    case OP_AND: return left != 0 && right != 0;
    case OP_BIT_OR: return left | right;
    case OP_BIT_AND: return left & right;
    case OP_EQUAL: return left == right;
    case OP_DIFFERENT: return left != right;
    case OP_LESS_EQUAL: return left <= right;
    case OP_GREATER_EQUAL: return left >= right;
    case OP_LESS: return left < right;
    case OP_GREATER: return left > right;
    case OP_LEFT: return right >= 0 && right < 31 && left >= 0 && left < 65536 ? left << right : 0;
    case OP_RIGHT: return right >= 0 && right < 31 && left >= 0 ? left >> right : 0;
    case OP_PLUS: return left + right;
    case OP_MINUS: return left - right;
    case OP_TIMES: return left * right;
    case OP_NOT:
    case OP_INVERT:
    case OP_OPEN:
    case OP_INDEX: return 0;
    }
    return 0;
}

static void reduce(evaluation *eval)
{
    eval->op_count--;
    operation op = eval->ops[eval->op_count].op;
    long right = pop(eval);
    if (op == OP_NOT) {
        push(eval, right == 0);
    } else if (op == OP_INVERT) {
        push(eval, ~right);
    } else {
        long left = pop(eval);
        push(eval, apply(op, left, right));
    }
}

static void open_op(evaluation *eval, pending op)
{
    eval->unknown = eval->unknown || eval->op_count == DEPTH_MAX;
    if (!eval->unknown) {
        eval->ops[eval->op_count] = op;
        eval->op_count++;
    }
}

/* Reduces to the bracket and takes it away; false: there is none. */
static bool close_op(evaluation *eval, operation bracket, pending *found)
{
    while (eval->op_count > 0 && !eval->unknown) {
        const pending *top = &eval->ops[eval->op_count - 1];
        if (top->op == bracket) {
            *found = *top;
            eval->op_count--;
            return true;
        }
        if (top->op == OP_OPEN || top->op == OP_INDEX) {
            return false;
        }
        reduce(eval);
    }
    return false;
}

/* "\t\tname = value" of the last state. */
static void push_variable(evaluation *eval, const char *name)
{
    char wanted[96];
    int length = snprintf(wanted, sizeof wanted, "\n\t\t%s = ", name);
    const char *at = (size_t)length < sizeof wanted ? strstr(eval->last, wanted) : NULL;
    char *end = NULL;
    long value = at == NULL ? 0 : strtol(at + length, &end, 10);
    eval->unknown =
        eval->unknown || at == NULL || end == at + length || value < -100000 || value > 100000;
    push(eval, value);
}

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* "]" behind name[: an element, or what stands behind it: name[5]@label. */
static void close_index(evaluation *eval)
{
    pending open;
    char name[96];
    if (!close_op(eval, OP_INDEX, &open)) {
        eval->unknown = true;
        return;
    }
    long index = pop(eval);
    if (*eval->at == '@') {
        size_t length = word_length(eval->at + 1);
        bool known = index > 0 && (size_t)index < eval->trail->actor_count &&
                     eval->trail->actors[index].state[0] != '\0';
        const char *state = known ? eval->trail->actors[index].state : "";
        push(eval, strlen(state) == length && memcmp(state, eval->at + 1, length) == 0);
        eval->unknown = eval->unknown || !known;
        eval->at += 1 + length;
        return;
    }
    (void)snprintf(name, sizeof name, "%.*s[%ld]", (int)open.length, open.name, index);
    push_variable(eval, name);
}

static void read_word(evaluation *eval)
{
    char name[96];
    size_t length = word_length(eval->at);
    if (*eval->at >= '0' && *eval->at <= '9') {
        push(eval, strtol(eval->at, NULL, 10) % 100000);
    } else if (eval->at[length] == '[') {
        open_op(eval, (pending){.op = OP_INDEX, .name = eval->at, .length = length});
        length++;
    } else {
        (void)snprintf(name, sizeof name, "%.*s", (int)length, eval->at);
        push_variable(eval, name);
    }
    eval->at += length;
}

/* A sign between two values; false: none stands here. */
static bool read_sign(evaluation *eval)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].text);
        if (strncmp(eval->at, signs[i].text, length) == 0) {
            while (eval->op_count > 0 && !eval->unknown &&
                   eval->ops[eval->op_count - 1].op > OP_INDEX &&
                   eval->ops[eval->op_count - 1].rank >= signs[i].rank) {
                reduce(eval);
            }
            open_op(eval, (pending){.op = signs[i].op, .rank = signs[i].rank});
            eval->at += length;
            return true;
        }
    }
    return false;
}

static void read_token(evaluation *eval)
{
    pending ignored;
    if (word_length(eval->at) > 0) {
        read_word(eval);
    } else if (*eval->at == '(') {
        open_op(eval, (pending){.op = OP_OPEN});
        eval->at++;
    } else if (*eval->at == ')') {
        eval->unknown = !close_op(eval, OP_OPEN, &ignored) || eval->unknown;
        eval->at++;
    } else if (*eval->at == ']') {
        eval->at++;
        close_index(eval);
    } else if ((*eval->at == '!' && eval->at[1] != '=') || *eval->at == '~') {
        open_op(eval, (pending){.op = *eval->at == '!' ? OP_NOT : OP_INVERT, .rank = 10});
        eval->at++;
    } else if (!read_sign(eval)) {
        eval->unknown = true;
    }
    eval->at += strspn(eval->at, " ");
}

/* Is the formula true in the last state?  false with unknown: nobody knows. */
static bool holds_at_end(const jk_trail *trail, const char *last, const char *formula,
                         bool *unknown)
{
    evaluation eval = {.trail = trail, .last = last, .at = formula + strspn(formula, " ")};
    while (!eval.unknown && *eval.at != '\n' && *eval.at != '\0') {
        read_token(&eval);
    }
    while (!eval.unknown && eval.op_count > 0) {
        eval.unknown = eval.ops[eval.op_count - 1].op <= OP_INDEX;
        if (!eval.unknown) {
            reduce(&eval);
        }
    }
    long value = pop(&eval);
    *unknown = eval.unknown || eval.value_count != 0;
    return value != 0;
}

/* The last role that acted came to a state. */
static bool step_is_whole(const jk_trail *trail)
{
    for (size_t i = trail->event_count; i > 0; i--) {
        const jk_event *event = &trail->events[i - 1];
        if (event->step != trail->step_count || event->kind == JK_EVENT_CYCLE) {
            break;
        }
        if (event->kind == JK_EVENT_STATE || event->kind == JK_EVENT_STAY ||
            !trail->actors[event->actor].role) {
            return true;
        }
    }
    return false;
}

static bool has_cycle(const jk_trail *trail)
{
    for (size_t i = 0; i < trail->event_count; i++) {
        if (trail->events[i].kind == JK_EVENT_CYCLE) {
            return true;
        }
    }
    return false;
}

/* "ltl NAME: FORMULA" of the replay's beginning. */
static const char *formula_of(const char *replay, const char *name)
{
    char wanted[96];
    int length = snprintf(wanted, sizeof wanted, "ltl %s: ", name);
    const char *at = (size_t)length < sizeof wanted ? strstr(replay, wanted) : NULL;
    return at == NULL ? NULL : at + length;
}

const char *jk_claim_refuse(const char *replay, const jk_trail *trail)
{
    char name[64];
    bool unknown = true;
    const char *last = strstr(replay, "#processes");
    jk_claim_name(replay, name, sizeof name);
    const char *formula = name[0] == '\0' ? NULL : formula_of(replay, name);
    if (formula == NULL) {
        return step_is_whole(trail) || strstr(replay, "Error: assertion violated") != NULL
                   ? NULL
                   : "the trail is cut off in the middle of a step";
    }
    size_t length = strcspn(formula, "\n");
    const char *eventually = strstr(formula, "<>");
    if (eventually != NULL && eventually < formula + length) {
        return has_cycle(trail) ? NULL : "the trail is cut off before its cycle begins";
    }
    if (strncmp(formula, "[] ", 3) != 0) {
        return NULL;
    }
    bool holds = holds_at_end(trail, last, formula + 3, &unknown);
    return holds && !unknown
               ? "its last state violates nothing: the trail is cut off, or of another model"
               : NULL;
}
