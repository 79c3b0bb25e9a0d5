/* SPDX-License-Identifier: Apache-2.0 */
/* Is exactly one option of an if possible?  Tries every value of what the conditions read, from a
 * range in which the subset's operators can make every difference that they can make at all: as
 * many tokens as names and one more, masks of four members, counts up to the sum of the constants
 * and the names. */
#include "tree.h"

#include <string.h>

#define LEAVES_MAX 8
#define TRIES_MAX  4000000L
#define MASK_BITS  4

typedef struct gen_leaf {
    const char *text;
    gen_base base;
    const gen_set *set;
    long values, value;
} gen_leaf;

typedef struct gen_trial {
    gen_model *m;
    gen_leaf leaf[LEAVES_MAX];
    int leaves;
    long constants; /* sum of the numbers in the conditions */
    bool too_many;
} gen_trial;

/* Its number, from one; 0 when it is new. */
static int find_leaf(const gen_trial *t, const char *text)
{
    for (int i = 0; i < t->leaves; i++) {
        if (strcmp(t->leaf[i].text, text) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_constant(const gen_trial *t, const gen_node *e, long *value)
{
    const gen_set *s = NULL;
    int index = 0;
    if (e->op == OP_NUMBER) {
        *value = e->number;
    } else if (strcmp(e->text, "true") == 0 || strcmp(e->text, "false") == 0) {
        *value = e->text[0] == 't';
    } else if (e->op == OP_NAME && jk_gen_constant(t->m, e->text, &s, &index)) {
        *value = index + 1;
    } else {
        return false;
    }
    return true;
}

static void collect(gen_trial *t, gen_node *e)
{
    if (e == NULL) {
        return;
    }
    if (e->op == OP_UNARY || e->op == OP_BINARY) {
        collect(t, e->a);
        collect(t, e->b);
        return;
    }
    e->leaf = 0;
    if (is_constant(t, e, &e->value)) {
        t->constants += e->op == OP_NUMBER ? e->value : 0;
        return;
    }
    const char *text = jk_gen_show(t->m, e);
    e->leaf = find_leaf(t, text);
    if (e->leaf > 0) {
        return;
    }
    if (t->leaves == LEAVES_MAX) {
        t->too_many = true;
        return;
    }
    gen_leaf *l = &t->leaf[t->leaves++];
    e->leaf = t->leaves;
    l->text = text;
    l->base = e->type.base;
    l->set = e->type.set;
}

static long eval(const gen_trial *t, const gen_node *e)
{
    if (e->op == OP_UNARY) {
        long value = eval(t, e->a);
        return e->text[0] == '!' ? value == 0 : ~value & ((1 << MASK_BITS) - 1);
    }
    if (e->op != OP_BINARY) {
        return e->leaf == 0 ? e->value : t->leaf[e->leaf - 1].value;
    }
    long a = eval(t, e->a);
    long b = eval(t, e->b);
    bool orequal = e->text[1] == '=';
    switch (e->text[0]) {
    case '=': return a == b;
    case '!': return a != b;
    case '<': return orequal ? a <= b : a < b;
    case '>': return orequal ? a >= b : a > b;
    case '&': return e->text[1] == '&' ? (a != 0 && b != 0) : (a & b);
    case '|': return e->text[1] == '|' ? (a != 0 || b != 0) : (a | b);
    case '+': return a + b;
    default: return a - b;
    }
}

/* How many values each leaf takes; false when all together are too many to try. */
static bool ranges(gen_trial *t)
{
    long tries = 1;
    for (int i = 0; i < t->leaves; i++) {
        gen_leaf *l = &t->leaf[i];
        if (l->base == TYPE_BOOL) {
            l->values = 2;
        } else if (l->base == TYPE_MEMBERS) {
            l->values = 1 << MASK_BITS;
        } else if (l->base == TYPE_MTYPE) {
            l->values = l->set->count + 1;
        } else if (l->base == TYPE_COUNT) {
            l->values = t->leaves + t->constants + 2;
        } else {
            l->values = t->leaves + 1;
        }
        tries = tries > TRIES_MAX / l->values ? TRIES_MAX + 1 : tries * l->values;
    }
    return !t->too_many && tries <= TRIES_MAX;
}

static bool advance(gen_trial *t)
{
    for (int i = 0; i < t->leaves; i++) {
        if (++t->leaf[i].value < t->leaf[i].values) {
            return true;
        }
        t->leaf[i].value = 0;
    }
    return false;
}

static const char *example(const gen_trial *t)
{
    const char *text = "";
    for (int i = 0; i < t->leaves; i++) {
        const gen_leaf *l = &t->leaf[i];
        const char *value = l->base == TYPE_MTYPE && l->value > 0
                                ? l->set->constant[l->value - 1]
                                : jk_gen_print(t->m, "%ld", l->value);
        text = jk_gen_print(t->m, "%s%s%s = %s", text, i == 0 ? "" : ", ", l->text, value);
    }
    return text;
}

/* Refuses a choice in which two conditions can hold at once, or none, or that never holds. */
void jk_gen_check_choice(gen_model *m, const gen_node *choice)
{
    bool possible[LIST_MAX] = {false};
    gen_trial t = {.m = m};
    bool otherwise = false;
    int count = 0;
    for (const gen_node *o = choice->list; o != NULL && count < LIST_MAX; o = o->next) {
        count++;
        if (o->list->op == ST_ELSE) {
            otherwise = true;
        } else {
            collect(&t, o->list->a);
        }
    }
    if (!ranges(&t)) {
        jk_gen_refuse(m, choice->at, RULE_GUARD, "this `if` reads too much to be tried out");
        return;
    }
    do {
        const gen_node *first = NULL;
        int index = 0;
        for (const gen_node *o = choice->list; o != NULL; o = o->next, index++) {
            if (o->list->op == ST_ELSE) {
                possible[index] = possible[index] || first == NULL;
                continue;
            }
            if (eval(&t, o->list->a) == 0) {
                continue;
            }
            possible[index] = true;
            if (first != NULL) {
                jk_gen_refuse(m, o->at, RULE_GUARD, "this option and line %d both hold if %s",
                              first->at.line, example(&t));
                return;
            }
            first = o;
        }
        if (first == NULL && !otherwise) {
            jk_gen_refuse(m, choice->at, RULE_GUARD, "no option of this `if` holds if %s",
                          example(&t));
            return;
        }
    } while (advance(&t));
    int index = 0;
    for (const gen_node *o = choice->list; o != NULL; o = o->next, index++) {
        if (!possible[index] && !m->options->faulty) {
            jk_gen_refuse(m, o->at, RULE_GUARD, "this option is never possible");
        }
    }
}
