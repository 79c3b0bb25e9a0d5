/* SPDX-License-Identifier: Apache-2.0 */
/* What a check declares: globals, channels, proctypes, properties; and which processes its init
 * starts, found by carrying init out. */
#define _POSIX_C_SOURCE 200809L
#include "env.h"

#include <string.h>

void jk_env_refuse(gen_env *e, gen_place at, const char *text, const char *name)
{
    jk_gen_refuse(e->m, at, RULE_ENVIRONMENT, "`%s`: %s", name, text);
}

const gen_node *jk_env_item(const gen_env *e, gen_op op, const char *name)
{
    for (const gen_node *n = e->m->items; n != NULL; n = n->next) {
        if (n->op == op && strcmp(n->text, name) == 0) {
            return n;
        }
    }
    return NULL;
}

/* A check may add to an mtype of the roles: SPIN counts on. */
static long declared_before(const gen_env *e, const gen_node *item)
{
    long count = 0;
    for (const gen_node *n = e->items; n != item; n = n->next) {
        if (n->op == IT_MTYPE && strcmp(n->text, item->text) == 0) {
            count += jk_gen_length(n->list);
        }
    }
    return count;
}

long jk_env_mtype(const gen_env *e, const char *name)
{
    for (const gen_node *n = e->items; n != NULL; n = n->next) {
        long number = n->op == IT_MTYPE ? jk_gen_length(n->list) + declared_before(e, n) : 0;
        for (const gen_node *c = number == 0 ? NULL : n->list; c != NULL; c = c->next, number--) {
            if (strcmp(c->text, name) == 0) {
                return number;
            }
        }
    }
    return 0;
}

const env_variable *jk_env_variable(const env_variable *list, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

int jk_env_sum(const gen_env *e, const char *name)
{
    for (int i = 0; i < e->sums; i++) {
        if (strcmp(e->sum[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

const env_channel *jk_env_channel(const gen_env *e, const char *name)
{
    for (int i = 0; i < e->channels; i++) {
        if (strcmp(e->channel[i].name, name) == 0) {
            return &e->channel[i];
        }
    }
    return NULL;
}

env_process *jk_env_process(gen_env *e, const char *name)
{
    for (int i = 0; i < e->processes; i++) {
        if (strcmp(e->process[i].name, name) == 0) {
            return &e->process[i];
        }
    }
    return NULL;
}

static bool apply(const char *op, long a, long b, long *value)
{
    static const char *const ops[] = {"+",  "-",  "*", "/", "%",  "<<", ">>", "&", "|",
                                      "==", "!=", "<", ">", "<=", ">=", "&&", "||"};
    size_t k = 0;
    while (k < sizeof(ops) / sizeof(ops[0]) && strcmp(ops[k], op) != 0) {
        k++;
    }
    if ((k == 3 || k == 4) && b == 0) {
        return false;
    }
    const long results[] = {a + b,
                            a - b,
                            a * b,
                            k == 3 ? a / b : 0,
                            k == 4 ? a % b : 0,
                            (long)((unsigned long)a << ((unsigned long)b & 31UL)),
                            (long)((unsigned long)a >> ((unsigned long)b & 31UL)),
                            (long)((unsigned long)a & (unsigned long)b),
                            (long)((unsigned long)a | (unsigned long)b),
                            a == b,
                            a != b,
                            a<b, a>
                                b,
                            a <= b,
                            a >= b,
                            a != 0 && b != 0,
                            a != 0 || b != 0};
    if (k >= sizeof(results) / sizeof(results[0])) {
        return false;
    }
    *value = results[k];
    return true;
}

/* A value that is known now: of numbers, constants, and while init is carried out of its own
 * variable. */
bool jk_env_constant(gen_env *e, const gen_node *n, long *value)
{
    long a = 0;
    long b = 0;
    switch ((int)n->op) {
    case OP_NUMBER: *value = n->number; return true;
    case OP_NAME:
        if (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0) {
            *value = n->text[0] == 't';
            return true;
        }
        for (int i = 0; e->carrying && i < e->init.variables; i++) {
            if (strcmp(e->init.variable[i].name, n->text) == 0) {
                *value = e->init.variable[i].size; /* its value, while init is carried out */
                return true;
            }
        }
        *value = jk_env_mtype(e, n->text);
        return *value != 0;
    case OP_UNARY:
        if (!jk_env_constant(e, n->a, &a)) {
            return false;
        }
        *value = n->text[0] == '!' ? a == 0 : n->text[0] == '-' ? -a : (long)~(unsigned long)a;
        return true;
    case OP_BINARY:
        return jk_env_constant(e, n->a, &a) && jk_env_constant(e, n->b, &b) &&
               apply(n->text, a, b, value);
    case OP_IF_ELSE:
        return jk_env_constant(e, n->a, &a) && jk_env_constant(e, a != 0 ? n->b : n->list, value);
    default: return false;
    }
}

static long constant(gen_env *e, const gen_node *n)
{
    long value = 0;
    if (!jk_env_constant(e, n, &value)) {
        jk_env_refuse(e, n->at, "its value must be known before the search", jk_gen_show(e->m, n));
    }
    return value;
}

/* One declaration; several names may stand in it. */
static void declare(gen_env *e, const gen_node *d, env_variable *list, int *count)
{
    static const char *const types[] = {"byte", "bool", "bit", "mtype"};
    size_t k = 0;
    while (k < 4 && strcmp(types[k], d->text) != 0) {
        k++;
    }
    const gen_node *fields = k < 4 ? NULL : jk_env_item(e, IT_TYPEDEF, d->text);
    if (k == 4 && fields == NULL) {
        jk_env_refuse(e, d->at, "variables are byte, bool, mtype or a typedef", d->text);
        return;
    }
    for (const gen_node *n = d->list; n != NULL; n = n->next) {
        if (*count == ENV_VARIABLES) {
            e->m->exhausted = true;
            return;
        }
        env_variable *v = &list[(*count)++];
        *v = (env_variable){n->text,
                            k == 1 || k == 2,
                            k == 3,
                            fields == NULL ? NULL : fields->list,
                            n->b == NULL ? 0 : constant(e, n->b),
                            n->a,
                            n->at};
    }
}

/* What a step adds up.  It begins at zero and belongs to the edge. */
static void declare_sums(gen_env *e, const gen_node *d)
{
    for (const gen_node *n = d->list; n != NULL; n = n->next) {
        if (n->a != NULL || n->b != NULL || e->sums == ENV_SUMS) {
            jk_env_refuse(e, n->at, "an int is a sum over a step, begins at 0, and three are all",
                          n->text);
            return;
        }
        e->sum[e->sums++] = n->text;
    }
}

/* Every declaration of a body, wherever it stands. */
static void declare_all(gen_env *e, const gen_node *n, env_process *p)
{
    for (; n != NULL; n = n->next) {
        if (n->op == ST_DECLARE) {
            declare(e, n, p->variable, &p->variables);
        } else if (n->op == ST_LABEL || n->op == ST_ATOMIC || n->op == ST_D_STEP ||
                   n->op == ST_IF || n->op == ST_DO || n->op == ST_OPTION || n->op == ST_FOR) {
            declare_all(e, n->op == ST_LABEL ? n->a : n->list, p);
        }
    }
}

static int width(const gen_env *e, const gen_node *types)
{
    int fields = 0;
    for (; types != NULL; types = types->next) {
        const gen_node *t = jk_env_item(e, IT_TYPEDEF, types->text);
        int inner = 0;
        for (const gen_node *d = t == NULL ? NULL : t->list; d != NULL; d = d->next) {
            inner += jk_gen_length(d->list);
        }
        fields += t == NULL ? 1 : inner;
    }
    return fields;
}

static void add_channel(gen_env *e, const gen_node *n)
{
    if (e->channels == ENV_CHANNELS) {
        e->m->exhausted = true;
        return;
    }
    e->channel[e->channels++] = (env_channel){n->text, n->a == NULL ? 0 : constant(e, n->a),
                                              constant(e, n->b), width(e, n->list), n->at};
}

static void add_process(gen_env *e, const gen_node *n, int index)
{
    if (e->processes == ENV_PROCESSES) {
        e->m->exhausted = true;
        return;
    }
    env_process *p = &e->process[e->processes++];
    p->name = n->text;
    p->proctype = n;
    p->index = index;
    for (int i = 0; i < e->m->roles; i++) {
        p->role = strcmp(e->m->role[i]->name, n->text) == 0 ? e->m->role[i] : p->role;
    }
    for (const gen_node *d = n->a; d != NULL; d = d->next) {
        for (const gen_node *k = d->list; k != NULL && p->parameters < 4; k = k->next) {
            p->parameter[p->parameters++] = k->text;
        }
    }
    declare_all(e, n->list, p);
}

static bool is_temporal(const gen_node *n, const char *word)
{
    return n->op == OP_TEMPORAL && strcmp(n->text, word) == 0;
}

static bool is_binary(const gen_node *n, const char *word)
{
    return n->op == OP_BINARY && strcmp(n->text, word) == 0;
}

/* A property of several states, or several of them with && between.  False: of no known form. */
static bool add_courses(gen_env *e, const char *name, const gen_node *n)
{
    const gen_node *inner = n->op == OP_TEMPORAL ? n->a : NULL;
    env_course course = {.name = name, .goal = inner, .known = true};
    if (is_binary(n, "&&")) {
        return add_courses(e, name, n->a) && add_courses(e, name, n->b);
    }
    if (is_temporal(n, "[]") && is_binary(inner, "->") && inner->b->op == OP_TEMPORAL) {
        course.premise = inner->a;
        course.goal = inner->b->a;
        course.always = is_temporal(inner->b, "[]");
    } else {
        course.always = is_temporal(n, "[]");
    }
    if (e->courses == (int)(sizeof(e->course) / sizeof(e->course[0]))) {
        e->m->exhausted = true;
    } else if (course.goal != NULL) {
        e->course[e->courses++] = course;
    }
    return course.goal != NULL;
}

static void add_property(gen_env *e, const gen_node *n)
{
    if (e->properties == (int)(sizeof(e->property) / sizeof(e->property[0]))) {
        e->m->exhausted = true;
        return;
    }
    const gen_node *a = n->a;
    bool always = a->op == OP_TEMPORAL && strcmp(a->text, "[]") == 0;
    e->property[e->properties++] = (env_property){n->text, always ? a->a : NULL};
    bool of_one = always && !(is_binary(a->a, "->") && a->a->b->op == OP_TEMPORAL);
    int before = e->courses;
    if (of_one || !add_courses(e, n->text, a)) {
        e->courses = before;
    }
}

/* The process that `run` starts, and its arguments. */
static void start(gen_env *e, const gen_node *run)
{
    env_process *p = jk_env_process(e, run->text);
    if (p == NULL || p->instances == ENV_INSTANCES || jk_gen_length(run->list) != p->parameters) {
        jk_env_refuse(e, run->at, "no proctype with these parameters", run->text);
        return;
    }
    int k = 0;
    for (const gen_node *a = run->list; a != NULL; a = a->next) {
        p->argument[p->instances][k++] = constant(e, a);
    }
    p->pid[p->instances++] = ++e->pids;
}

/* Carries init out as far as it starts processes. */
static void carry_out(gen_env *e, const gen_node *n)
{
    for (; n != NULL && e->m->errors == 0; n = n->next) {
        if (n->op == ST_ATOMIC || n->op == ST_D_STEP) {
            carry_out(e, n->list);
        } else if (n->op == ST_EXPRESSION && n->a->op == OP_RUN) {
            start(e, n->a);
        } else if (n->op == ST_FOR) {
            env_variable *i = NULL;
            for (int k = 0; k < e->init.variables; k++) {
                bool found = strcmp(e->init.variable[k].name, n->a->text) == 0;
                i = found ? &e->init.variable[k] : i;
            }
            long to = constant(e, n->a->next->next);
            for (long k = constant(e, n->a->next); i != NULL && k <= to; k++) {
                i->size = k;
                carry_out(e, n->list);
                i->size = 0;
            }
        }
    }
}

static bool model_init(gen_env *e)
{
    const gen_node *body = NULL;
    for (const gen_node *n = e->m->items; n != NULL; n = n->next) {
        body = n->op == IT_INIT ? n : body;
    }
    if (body == NULL) {
        jk_env_refuse(e, (gen_place){e->m->bind, 1, 1}, "a check has one", "init");
        return false;
    }
    e->init.name = "init";
    declare_all(e, body->list, &e->init);
    const gen_node *only = body->list;
    while (only != NULL && only->op == ST_DECLARE) {
        only = only->next;
    }
    if (only == NULL || only->op != ST_ATOMIC || only->next != NULL) {
        jk_env_refuse(e, body->at, "is one atomic that starts all processes", "init");
        return false;
    }
    e->carrying = true;
    carry_out(e, only->list);
    e->carrying = false;
    e->init.instances = 1;
    return e->m->errors == 0 && jk_env_graph(e, &e->init, only);
}

/* A process that has ended goes away when all that were started after it have gone, and that is a
 * state of SPIN's which the explorer has not.  So the last one never ends. */
static void check_last(gen_env *e)
{
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        bool last = p->instances > 0 && p->pid[p->instances - 1] == e->pids && p->role == NULL;
        for (int k = 0; last && k < p->points; k++) {
            const gen_node *n = p->point[k].statement;
            long value = 1;
            bool never = n->op == ST_EXPRESSION && jk_env_constant(e, n->a, &value) && value == 0;
            if (p->point[k].kind == POINT_STATEMENT && !never &&
                jk_env_resolve(p, p->point[k].next) == ENV_END) {
                jk_env_refuse(e, p->proctype->at,
                              "what is started last must not end: let it rest, `end_RESTS: false`",
                              p->name);
                return;
            }
        }
    }
}

bool jk_env_model(gen_env *e, const gen_node *items)
{
    int index = 0;
    e->items = items;
    for (const gen_node *n = items; n != NULL; n = n->next) {
        if (n->op == ST_DECLARE) {
            if (strcmp(n->text, "int") == 0) {
                declare_sums(e, n);
            } else {
                declare(e, n, e->global, &e->globals);
            }
        } else if (n->op == IT_CHAN) {
            add_channel(e, n);
        } else if (n->op == IT_PROCTYPE && strncmp(n->text, "glue_", 5) != 0) {
            add_process(e, n, index++);
        } else if (n->op == IT_LTL) {
            add_property(e, n);
        }
    }
    if (e->m->errors != 0 || !model_init(e)) {
        return false;
    }
    for (int i = 0; i < e->processes; i++) {
        env_process *p = &e->process[i];
        const gen_node *glue =
            p->role == NULL ? NULL
                            : jk_env_item(e, IT_PROCTYPE, jk_gen_print(e->m, "glue_%s", p->name));
        if (p->instances > 0 &&
            !jk_env_graph(e, p, glue != NULL ? glue->list : p->proctype->list)) {
            return false;
        }
    }
    check_last(e);
    return e->m->errors == 0;
}
