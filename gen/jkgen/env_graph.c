/* SPDX-License-Identifier: Apache-2.0 */
/* A body as points: one for each statement, inlines in their place, and where each leads. */
#define _POSIX_C_SOURCE 200809L
#include "env.h"

#include <string.h>

typedef struct env_around {
    int out;     /* where break leads */
    int group;   /* of the atomic or d_step around */
    bool d_step; /* it is one */
} env_around;

typedef struct env_filling {
    const gen_node *name[16]; /* parameters of an inline */
    const gen_node *value[16];
    int count;
} env_filling;

static int build(gen_env *e, env_process *p, const gen_node *list, int next, env_around around);

static int add_point(gen_env *e, env_process *p, env_point_kind kind, const gen_node *n,
                     env_around around)
{
    if (p->points == ENV_POINTS) {
        e->m->exhausted = true;
        return 0;
    }
    p->point[p->points] = (env_point){.kind = kind,
                                      .statement = n,
                                      .next = ENV_END,
                                      .group = around.group,
                                      .d_step = around.d_step};
    return p->points++;
}

/* A copy in which the inline's parameters are the caller's expressions. */
static gen_node *fill(gen_env *e, const gen_node *n, const env_filling *f)
{
    if (n == NULL) {
        return NULL;
    }
    for (int i = 0; i < f->count; i++) {
        if (n->text != NULL && strcmp(f->name[i]->text, n->text) == 0 && n->op == OP_NAME) {
            gen_node *value = jk_gen_node(e->m, OP_NUMBER, n->at, NULL);
            *value = *f->value[i];
            value->next = fill(e, n->next, f);
            return value;
        }
    }
    gen_node *copy = jk_gen_node(e->m, n->op, n->at, n->text);
    copy->number = n->number;
    copy->a = fill(e, n->a, f);
    copy->b = fill(e, n->b, f);
    copy->list = fill(e, n->list, f);
    copy->next = fill(e, n->next, f);
    if (n->op == OP_INDEX) { /* the array may be a parameter, too */
        for (int i = 0; i < f->count; i++) {
            copy->text = strcmp(f->name[i]->text, n->text) == 0 ? f->value[i]->text : copy->text;
        }
    }
    return copy;
}

static int build_inline(gen_env *e, env_process *p, const gen_node *call, int next,
                        env_around around)
{
    const gen_node *i = jk_env_item(e, IT_INLINE, call->text);
    env_filling f = {.count = 0};
    const gen_node *value = call->list;
    for (const gen_node *name = i->a; name != NULL && f.count < 16; name = name->next) {
        if (value == NULL) {
            jk_env_refuse(e, call->at, "an argument is missing", call->text);
            return next;
        }
        f.name[f.count] = name;
        f.value[f.count++] = value;
        value = value->next;
    }
    return build(e, p, fill(e, i->list, &f), next, around);
}

static int build_choice(gen_env *e, env_process *p, const gen_node *n, int next, env_around around)
{
    int self = add_point(e, p, POINT_CHOICE, n, around);
    env_around inside = around;
    inside.out = n->op == ST_DO ? next : around.out;
    int count = 0;
    for (const gen_node *o = n->list; o != NULL; o = o->next) {
        if (count == ENV_OPTIONS) {
            jk_env_refuse(e, o->at, "too many options", "if");
            break;
        }
        const gen_node *first = o->list;
        bool otherwise = first->op == ST_ELSE;
        int to = build(e, p, first, n->op == ST_DO ? self : next, inside);
        p->point[self].option[count] = to;
        p->point[self].otherwise[count++] = otherwise;
    }
    p->point[self].options = count;
    return self;
}

/* for (i : from .. to) { body } as SPIN writes it out. */
static int build_for(gen_env *e, env_process *p, const gen_node *n, int next, env_around around)
{
    gen_node *i = jk_gen_node(e->m, OP_NAME, n->at, n->a->text);
    gen_node *begin = jk_gen_node(e->m, ST_ASSIGN, n->at, NULL);
    begin->a = i;
    begin->b = jk_gen_node(e->m, OP_NUMBER, n->at, NULL);
    *begin->b = *n->a->next;
    begin->b->next = NULL;
    gen_node *guard = jk_gen_node(e->m, ST_EXPRESSION, n->at, NULL);
    guard->a = jk_gen_node(e->m, OP_BINARY, n->at, "<=");
    guard->a->a = i;
    guard->a->b = n->a->next->next;
    gen_node *more = jk_gen_node(e->m, ST_ASSIGN, n->at, NULL);
    more->a = i;
    more->b = jk_gen_node(e->m, OP_BINARY, n->at, "+");
    more->b->a = i;
    more->b->b = jk_gen_node(e->m, OP_NUMBER, n->at, NULL);
    more->b->b->number = 1;
    gen_node *body = jk_gen_node(e->m, ST_OPTION, n->at, NULL);
    env_filling nothing = {.count = 0};
    body->list = guard;
    guard->next = fill(e, n->list, &nothing);
    (void)jk_gen_append(guard, more);
    gen_node *leave = jk_gen_node(e->m, ST_OPTION, n->at, NULL);
    leave->list = jk_gen_node(e->m, ST_ELSE, n->at, NULL);
    leave->list->next = jk_gen_node(e->m, ST_BREAK, n->at, NULL);
    body->next = leave;
    gen_node *loop = jk_gen_node(e->m, ST_DO, n->at, NULL);
    loop->list = body;
    begin->next = loop;
    return build(e, p, begin, next, around);
}

static int label_of(gen_env *e, env_process *p, const char *name)
{
    for (int i = 0; i < p->labels; i++) {
        if (strcmp(p->label[i], name) == 0) {
            return i;
        }
    }
    if (p->labels == ENV_LABELS) {
        e->m->exhausted = true;
        return 0;
    }
    p->label[p->labels] = name;
    p->label_point[p->labels] = ENV_END;
    return p->labels++;
}

static int build_statement(gen_env *e, env_process *p, const gen_node *n, int next,
                           env_around around)
{
    switch ((int)n->op) {
    case ST_DECLARE: return next;
    case ST_LABEL: {
        int label = label_of(e, p, n->text);
        int to = build(e, p, n->a, next, around);
        p->label_point[label] = to;
        if (to != ENV_END && p->point[to].label == 0) {
            p->point[to].label = label + 1;
        }
        return to;
    }
    case ST_ATOMIC:
    case ST_D_STEP: {
        env_around inside = around;
        inside.group = around.group != 0 ? around.group : ++p->groups;
        inside.d_step = around.d_step || n->op == ST_D_STEP;
        return build(e, p, n->list, next, inside);
    }
    case ST_IF:
    case ST_DO: return build_choice(e, p, n, next, around);
    case ST_FOR: return build_for(e, p, n, next, around);
    case ST_GOTO:
    case ST_BREAK: {
        int jump = add_point(e, p, POINT_JUMP, n, around);
        p->point[jump].next = n->op == ST_BREAK ? around.out : -2 - label_of(e, p, n->text);
        return jump;
    }
    default: break;
    }
    if (n->op == ST_EXPRESSION && n->a->op == OP_CALL &&
        jk_env_item(e, IT_INLINE, n->a->text) != NULL) {
        return build_inline(e, p, n->a, next, around);
    }
    int point = add_point(e, p, POINT_STATEMENT, n, around);
    p->point[point].next = next;
    return point;
}

static int build(gen_env *e, env_process *p, const gen_node *list, int next, env_around around)
{
    if (list == NULL || e->m->exhausted) {
        return next;
    }
    return build_statement(e, p, list, build(e, p, list->next, next, around), around);
}

/* Follows jumps that follow a statement: they are no steps. */
int jk_env_resolve(const env_process *p, int point)
{
    for (int i = 0; i < p->points + 1; i++) {
        if (point < ENV_END) {
            point = p->label_point[-2 - point];
        } else if (point != ENV_END && p->point[point].kind == POINT_JUMP) {
            point = p->point[point].next;
        } else {
            break;
        }
    }
    return point;
}

/* Where a process may stand between two steps there is a label, or its end. */
static void check_places(gen_env *e, const env_process *p)
{
    for (int i = 0; i < p->points; i++) {
        const env_point *from = &p->point[i];
        int to = from->kind == POINT_STATEMENT ? jk_env_resolve(p, from->next) : ENV_END;
        if (to == ENV_END || p->point[to].label != 0) {
            continue;
        }
        if (from->group == 0 || p->point[to].group != from->group) {
            jk_env_refuse(e, p->point[to].statement->at,
                          "a process may stand here between two steps: this needs a label",
                          p->name);
            return;
        }
    }
}

bool jk_env_graph(gen_env *e, env_process *p, const gen_node *body)
{
    env_around around = {ENV_END, 0, false};
    p->point = jk_gen_new(e->m, ENV_POINTS * sizeof(*p->point));
    p->first = build(e, p, body, ENV_END, around);
    if (e->m->exhausted) {
        return false;
    }
    if (p->role == NULL && p != &e->init) {
        int first = jk_env_resolve(p, p->first);
        if (first != ENV_END && p->point[first].label == 0) {
            jk_env_refuse(e, p->point[first].statement->at, "a process begins at a label", p->name);
        }
        check_places(e, p);
    }
    return e->m->errors == 0;
}
