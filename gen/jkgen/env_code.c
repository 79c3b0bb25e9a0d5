/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions and statements of the model around the roles as C.  A process is a function that
 * begins where the process rests, takes one step, and returns where it rests again. */
#define _POSIX_C_SOURCE 200809L
#include "env_code.h"

#include <string.h>

/* Where a violation is told to be; what stands in the glue is the role's. */
static const char *file_of(const env_writer *w, gen_place at)
{
    if (at.file != NULL) {
        return at.file->name;
    }
    return w->p != NULL && w->p->role != NULL ? w->p->role->path : "";
}

static int line_of(gen_place at)
{
    return at.file != NULL ? at.line : 0;
}

bool jk_env_is_register(const char *name)
{
    static const char *const names[] = {"in", "peer", "answer", "chosen", "highest"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* How the C names a variable: of the process, of a step's registers, or global. */
static const char *place(env_writer *w, const char *name, const env_variable **variable)
{
    gen_model *m = w->e->m;
    const env_process *p = w->p;
    *variable = NULL;
    if (p != NULL && p->role != NULL && w->glue &&
        (jk_env_is_register(name) || strcmp(name, "out") == 0 || strcmp(name, "out_peer") == 0)) {
        *variable = jk_env_variable(p->variable, p->variables, name);
        return jk_gen_print(m, "x->%s", name);
    }
    for (int i = 0; p != NULL && i < p->parameters; i++) {
        if (strcmp(p->parameter[i], name) == 0) {
            return jk_gen_print(m, "of_%s[i][%d]", p->name, i);
        }
    }
    if (p != NULL) {
        *variable = jk_env_variable(p->variable, p->variables, name);
        if (*variable != NULL) {
            return jk_gen_print(m, p == &w->e->init ? "init_%s" : "p->%s", name);
        }
    }
    int sum = jk_env_sum(w->e, name);
    if (sum >= 0) {
        return jk_gen_print(m, "w->sum[%d]", sum);
    }
    *variable = jk_env_variable(w->e->global, w->e->globals, name);
    return *variable == NULL ? NULL : jk_gen_print(m, "s->g_%s", name);
}

static void put_index(env_writer *w, const gen_node *index, long size)
{
    long value = 0;
    if (jk_env_constant(w->e, index, &value) && value >= 0 && value < size) {
        fprintf(w->f, "[%ld]", value);
        return;
    }
    fprintf(w->f, "[jk_at(w, ");
    jk_env_put(w, index);
    fprintf(w->f, ", %ld)]", size);
}

/* The bytes of a channel's end. */
void jk_env_put_channel(env_writer *w, const gen_node *end)
{
    const env_channel *c = jk_env_channel(w->e, end->text);
    if (c == NULL) {
        jk_env_refuse(w->e, end->at, "no such channel", end->text);
        return;
    }
    fprintf(w->f, "s->c_%s", c->name);
    if (end->op == OP_INDEX) {
        put_index(w, end->a, c->size);
    } else {
        fprintf(w->f, "[0]");
    }
}

static void put_name(env_writer *w, const gen_node *n)
{
    const env_variable *v = NULL;
    const char *c = place(w, n->text, &v);
    long value = 0;
    if (c != NULL) {
        fprintf(w->f, "%s", c);
    } else if (strcmp(n->text, "timeout") == 0) {
        fprintf(w->f, "w->timeout");
    } else if (jk_env_constant(w->e, n, &value)) {
        fprintf(w->f, "%ld", value);
    } else if (strcmp(n->text, "skip") == 0) {
        fprintf(w->f, "1");
    } else {
        jk_env_refuse(w->e, n->at, "is not declared", n->text);
    }
}

/* Which instance proctype[pid] is, -1: none. */
int jk_env_instance(gen_env *e, const env_process *p, const gen_node *n)
{
    long pid = 0;
    int instance = -1;
    if (p != NULL && n->op == OP_INDEX && jk_env_constant(e, n->a, &pid)) {
        for (int i = 0; i < p->instances; i++) {
            instance = p->pid[i] == pid ? i : instance;
        }
    }
    return instance;
}

/* proctype[pid]:variable */
static void put_remote(env_writer *w, const gen_node *n)
{
    env_process *p = jk_env_process(w->e, n->a->text);
    int instance = jk_env_instance(w->e, p, n->a);
    const env_variable *v =
        instance < 0 ? NULL : jk_env_variable(p->variable, p->variables, n->text);
    if (v == NULL || v->size > 0 || v->fields != NULL ||
        (p->role != NULL && jk_env_is_register(n->text))) {
        jk_env_refuse(w->e, n->at, "no such variable of such a process", n->text);
        return;
    }
    fprintf(w->f, "s->p_%s[%d].%s", p->name, instance, n->text);
}

/* proctype[pid]@LABEL */
static void put_at(env_writer *w, const gen_node *n)
{
    env_process *p = jk_env_process(w->e, n->a->text);
    int at = -1;
    int instance = jk_env_instance(w->e, p, n->a);
    if (instance >= 0 && p->role != NULL) {
        for (int i = 0; i < p->role->states; i++) {
            at = strcmp(p->role->state[i].label, n->text) == 0 ? i + 1 : at;
        }
    } else if (instance >= 0) {
        for (int i = 0; i < p->labels; i++) {
            at = strcmp(p->label[i], n->text) == 0 ? i + 1 : at;
        }
    }
    if (at < 0) {
        jk_env_refuse(w->e, n->at, "no such place of such a process", n->text);
        return;
    }
    fprintf(w->f, "(s->p_%s[%d].at == %d)", p->name, instance, at);
}

static void put_poll(env_writer *w, const gen_node *n)
{
    const env_channel *c = jk_env_channel(w->e, n->a->text);
    if (c == NULL || c->capacity == 0) {
        jk_env_refuse(w->e, n->at, "a poll is of a link with room", n->a->text);
        return;
    }
    fprintf(w->f, "jk_holds(");
    jk_env_put_channel(w, n->a);
    fprintf(w->f, ", %d, %s, %d, (const int[]){", c->fields,
            strcmp(n->text, "??") == 0 ? "true" : "false", jk_gen_length(n->list));
    for (const gen_node *v = n->list; v != NULL; v = v->next) {
        const gen_node *value =
            v->op == OP_CALL && strcmp(v->text, "eval") == 0 && v->list != NULL ? v->list : v;
        if (value->op == OP_NAME && strcmp(value->text, "_") == 0) {
            fprintf(w->f, "-1");
        } else {
            jk_env_put(w, value);
        }
        fprintf(w->f, v->next == NULL ? "" : ", ");
    }
    fprintf(w->f, "})");
}

static void put_call(env_writer *w, const gen_node *n)
{
    static const struct {
        const char *name, *before, *after;
    } calls[] = {{"len", "(", "[0])"},
                 {"empty", "(", "[0] == 0)"},
                 {"nempty", "(", "[0] != 0)"},
                 {"full", "(", "[0] >= %ld)"},
                 {"nfull", "(", "[0] < %ld)"}};

    if (strcmp(n->text, "eval") == 0 && n->list != NULL) {
        jk_env_put(w, n->list);
        return;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const env_channel *c = strcmp(calls[i].name, n->text) != 0 || n->list == NULL
                                   ? NULL
                                   : jk_env_channel(w->e, n->list->text);
        if (c == NULL) {
            continue;
        }
        fprintf(w->f, "%s", calls[i].before);
        jk_env_put_channel(w, n->list);
        if (i < 3) {
            fprintf(w->f, "%s", calls[i].after);
        } else {
            fprintf(w->f, "[0] %s %ld)", i == 3 ? ">=" : "<", c->capacity);
        }
        return;
    }
    jk_env_refuse(w->e, n->at, "no such function, inline or channel", n->text);
}

void jk_env_put(env_writer *w, const gen_node *n)
{
    const env_variable *v = NULL;
    switch ((int)n->op) {
    case OP_NUMBER: fprintf(w->f, "%ld", n->number); break;
    case OP_NAME: put_name(w, n); break;
    case OP_FIELD: {
        const char *c = place(w, n->a->text, &v);
        fprintf(w->f, "%s_%s", c == NULL ? "" : c, n->text);
        break;
    }
    case OP_INDEX: {
        const char *c = place(w, n->text, &v);
        if (c == NULL || v == NULL || v->size == 0) {
            jk_env_refuse(w->e, n->at, "is no array", n->text);
            break;
        }
        fprintf(w->f, "%s", c);
        put_index(w, n->a, v->size);
        break;
    }
    case OP_UNARY:
        fprintf(w->f, "(%s(", n->text);
        jk_env_put(w, n->a);
        fprintf(w->f, "))");
        break;
    case OP_BINARY:
        fprintf(w->f, strcmp(n->text, "->") == 0 ? "(!(" : "((");
        jk_env_put(w, n->a);
        fprintf(w->f, ") %s (", strcmp(n->text, "->") == 0 ? "||" : n->text);
        jk_env_put(w, n->b);
        fprintf(w->f, "))");
        break;
    case OP_IF_ELSE:
        fprintf(w->f, "((");
        jk_env_put(w, n->a);
        fprintf(w->f, ") ? (");
        jk_env_put(w, n->b);
        fprintf(w->f, ") : (");
        jk_env_put(w, n->list);
        fprintf(w->f, "))");
        break;
    case OP_POLL: put_poll(w, n); break;
    case OP_AT: put_at(w, n); break;
    case OP_REMOTE: put_remote(w, n); break;
    case OP_CALL: put_call(w, n); break;
    default: jk_env_refuse(w->e, n->at, "cannot be compiled here", jk_gen_show(w->e->m, n));
    }
}

/* `jk_note note` of a message on that end. */
void jk_env_put_note(env_writer *w, const gen_node *end, const char *message)
{
    const env_channel *c = jk_env_channel(w->e, end->text);
    const gen_arrow *l = jk_gen_link(w->e->m, end->text);
    fprintf(w->f, "jk_note note = {\"%s\", (unsigned)(", end->text);
    if (end->op == OP_INDEX) {
        jk_env_put(w, end->a);
    } else {
        fprintf(w->f, "0");
    }
    fprintf(w->f, "), %s, %s, %d, names_%s};\n", c->size > 0 ? "true" : "false", message, c->fields,
            l == NULL ? "none" : l->set->name);
}

/* --- Statements ---------------------------------------------------------------------- */

static bool is_rendezvous(env_writer *w, const gen_node *end)
{
    const env_channel *c = jk_env_channel(w->e, end->text);
    return c != NULL && c->capacity == 0;
}

/* The variable behind a name in a message, NULL if the name is a constant. */
static const env_variable *variable_of(env_writer *w, const gen_node *n)
{
    const env_variable *v = NULL;
    if (n->op == OP_NAME && strcmp(n->text, "_") != 0) {
        (void)place(w, n->text, &v);
    }
    return v;
}

/* The values of a message, a struct as its fields. */
static int put_values(env_writer *w, const gen_node *list, const char *before)
{
    int field = 0;
    for (const gen_node *n = list; n != NULL; n = n->next) {
        const env_variable *v = variable_of(w, n);
        if (v == NULL || v->fields == NULL) {
            fprintf(w->f, "%s[%d] = (uint8_t)(", before, field++);
            jk_env_put(w, n);
            fprintf(w->f, ");\n");
            continue;
        }
        for (const gen_node *d = v->fields; d != NULL; d = d->next) {
            for (const gen_node *k = d->list; k != NULL; k = k->next) {
                const env_variable *again = NULL;
                fprintf(w->f, "%s[%d] = %s_%s;\n", before, field++, place(w, n->text, &again),
                        k->text);
            }
        }
    }
    return field;
}

static void put_receivers(env_writer *w, const gen_node *send)
{
    fprintf(w->f, "jk_takers(x, JK_C_%s, ", send->a->text);
    const env_channel *c = jk_env_channel(w->e, send->a->text);
    if (send->a->op == OP_INDEX) {
        fprintf(w->f, "jk_at(w, ");
        jk_env_put(w, send->a->a);
        fprintf(w->f, ", %ld)", c->size);
    } else {
        fprintf(w->f, "0");
    }
    fprintf(w->f, ", (unsigned)(");
    jk_env_put(w, send->list);
    fprintf(w->f, "), takers)");
}

/* Whether the statement can be carried out now. */
static void put_guard(env_writer *w, const gen_node *n)
{
    switch ((int)n->op) {
    case ST_EXPRESSION:
        if (n->a->op == OP_RUN || (n->a->op == OP_CALL && strcmp(n->a->text, "assert") == 0)) {
            fprintf(w->f, "true");
        } else {
            jk_env_put(w, n->a);
        }
        break;
    case ST_SEND:
        if (is_rendezvous(w, n->a)) {
            put_receivers(w, n);
            fprintf(w->f, " > 0");
        } else {
            jk_env_put_channel(w, n->a);
            fprintf(w->f, "[0] < %ld", jk_env_channel(w->e, n->a->text)->capacity);
        }
        break;
    case ST_RECEIVE: {
        int field = 0;
        if (is_rendezvous(w, n->a)) {
            jk_env_refuse(w->e, n->at, "only a role takes what is handed over", w->p->name);
            return;
        }
        fprintf(w->f, "(");
        jk_env_put_channel(w, n->a);
        fprintf(w->f, "[0] > 0");
        for (const gen_node *v = n->list; v != NULL; v = v->next) {
            const env_variable *variable = variable_of(w, v);
            if (variable == NULL && !(v->op == OP_NAME && strcmp(v->text, "_") == 0)) {
                fprintf(w->f, " && ");
                jk_env_put_channel(w, n->a);
                fprintf(w->f, "[%d] == (uint8_t)(", 1 + field);
                jk_env_put(w, v);
                fprintf(w->f, ")");
            }
            field++;
            for (const gen_node *d = variable == NULL ? NULL : variable->fields; d != NULL;
                 d = d->next) {
                field += jk_gen_length(d->list) - (d == variable->fields);
            }
        }
        fprintf(w->f, ")");
        break;
    }
    default: fprintf(w->f, "true");
    }
}

static void put_point_guard(env_writer *w, int point)
{
    const env_point *t = &w->p->point[point];
    if (t->kind == POINT_JUMP) {
        fprintf(w->f, "true");
        return;
    }
    if (t->kind == POINT_STATEMENT) {
        put_guard(w, t->statement);
        return;
    }
    for (int i = 0; i < t->options; i++) {
        fprintf(w->f, i == 0 ? "(" : " || (");
        if (t->otherwise[i]) {
            fprintf(w->f, "true");
        } else {
            put_point_guard(w, t->option[i]);
        }
        fprintf(w->f, ")");
    }
}

/* Goes on at the point, or rests there. */
static void put_next(env_writer *w, const env_point *from, int next)
{
    int to = jk_env_resolve(w->p, next);
    bool end = to == ENV_END || (w->glue && w->p->point[to].label != 0);
    if (end && (w->glue || w->p == &w->e->init)) {
        fprintf(w->f, "return JK_STEP_TAKEN;\n");
    } else if (!w->glue && (end || from->group == 0 || w->p->point[to].group != from->group)) {
        fprintf(w->f, "p->at = %d;\nreturn JK_STEP_TAKEN;\n", end ? 0 : w->p->point[to].label);
    } else {
        fprintf(w->f, "moved = true;\ngoto point_%d;\n", to);
    }
}

static void put_assign(env_writer *w, const gen_node *n)
{
    const env_variable *v = NULL;
    (void)place(w, n->a->op == OP_FIELD ? n->a->a->text : n->a->text, &v);
    fprintf(w->f, "{\nint value = ");
    jk_env_put(w, n->b);
    fprintf(w->f, ";\n");
    jk_env_put(w, n->a);
    fprintf(w->f, " = %s(value%s);\n}\n", v == NULL ? "" : "(uint8_t)",
            v != NULL && v->bit ? " & 1" : "");
}

/* A rendezvous: one of those who can take it takes it now; then the sender rests. */
static void put_meeting(env_writer *w, const env_point *t)
{
    const gen_node *n = t->statement;
    int to = jk_env_resolve(w->p, t->next);
    fprintf(w->f, "{\nunsigned count = ");
    put_receivers(w, n);
    fprintf(w->f, ";\nuint8_t message[%d] = {0};\n", jk_env_channel(w->e, n->a->text)->fields);
    (void)put_values(w, n->list, "message");
    fprintf(w->f, "p->at = %d;\nreturn jk_meet(x, takers[jk_choose(w, count)], message);\n}\n",
            to == ENV_END ? 0 : w->p->point[to].label);
    if (to != ENV_END && w->p->point[to].label == 0) {
        jk_env_refuse(w->e, n->at, "what follows a rendezvous needs a label", w->p->name);
    }
}

static void put_receive(env_writer *w, const gen_node *n)
{
    const env_channel *c = jk_env_channel(w->e, n->a->text);
    int field = 1;
    fprintf(w->f, "{\nuint8_t *channel = ");
    jk_env_put_channel(w, n->a);
    fprintf(w->f, ";\n");
    for (const gen_node *v = n->list; v != NULL; v = v->next) {
        const env_variable *variable = variable_of(w, v);
        const env_variable *again = NULL;
        if (variable == NULL || variable->fields == NULL) {
            if (variable != NULL) {
                fprintf(w->f, "%s = channel[%d];\n", place(w, v->text, &again), field);
            }
            field++;
            continue;
        }
        for (const gen_node *d = variable->fields; d != NULL; d = d->next) {
            for (const gen_node *k = d->list; k != NULL; k = k->next) {
                fprintf(w->f, "%s_%s = channel[%d];\n", place(w, v->text, &again), k->text,
                        field++);
            }
        }
    }
    fprintf(w->f, "if (w->listener != NULL) {\n");
    jk_env_put_note(w, n->a, "channel + 1");
    fprintf(w->f, "jk_tell(w, take, &note, -1);\n}\njk_take(channel, %ld, %d);\n}\n", c->capacity,
            c->fields);
}

static void put_run(env_writer *w, const gen_node *run)
{
    const env_process *p = jk_env_process(w->e, run->text);
    int first = p->role != NULL ? 0 : jk_env_resolve(p, p->first);
    int at = p->role != NULL ? 1 : first == ENV_END ? 0 : p->point[first].label;
    fprintf(w->f, "{\nunsigned k = started[JK_P_%s]++;\ns->p_%s[k].at = %d;\n", p->name, p->name,
            at);
    for (int i = 0; i < p->variables; i++) {
        long value = 0;
        if (p->variable[i].initial != NULL && p->role == NULL &&
            jk_env_constant(w->e, p->variable[i].initial, &value)) {
            fprintf(w->f, "s->p_%s[k].%s = %ld;\n", p->name, p->variable[i].name, value);
        }
    }
    fprintf(w->f, "}\n");
}

static void put_action(env_writer *w, const gen_node *n)
{
    switch ((int)n->op) {
    case ST_ASSIGN: put_assign(w, n); break;
    case ST_SEND:
        fprintf(w->f, "{\nuint8_t *message = jk_add(");
        jk_env_put_channel(w, n->a);
        fprintf(w->f, ", %d);\n", jk_env_channel(w->e, n->a->text)->fields);
        (void)put_values(w, n->list, "message");
        fprintf(w->f, "if (w->listener != NULL) {\n");
        jk_env_put_note(w, n->a, "message");
        fprintf(w->f, "jk_tell(w, send, &note);\n}\n}\n");
        break;
    case ST_RECEIVE: put_receive(w, n); break;
    case ST_EXPRESSION:
        if (n->a->op == OP_RUN) {
            put_run(w, n->a);
        } else if (n->a->op == OP_CALL && strcmp(n->a->text, "assert") == 0 && n->a->list != NULL) {
            fprintf(w->f, "if (!(");
            jk_env_put(w, n->a->list);
            fprintf(w->f, ")) {\nreturn jk_violated(w, \"assert(%s)\", \"%s\", %d);\n}\n",
                    jk_gen_show(w->e->m, n->a->list), file_of(w, n->at), line_of(n->at));
        }
        break;
    default: break;
    }
}

static void put_choice(env_writer *w, const env_point *t)
{
    fprintf(w->f, "{\nunsigned pick[%d];\nunsigned count = 0;\n", t->options + 1);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < t->options; i++) {
            if (t->otherwise[i] != (pass == 1)) {
                continue;
            }
            fprintf(w->f, "if (");
            if (pass == 1) {
                fprintf(w->f, "count == 0");
            } else {
                put_point_guard(w, t->option[i]);
            }
            fprintf(w->f, ") {\npick[count++] = %d;\n}\n", i);
        }
    }
    fprintf(w->f, "if (count == 0) {\n");
}

static void put_blocked(env_writer *w, const env_point *t)
{
    if (w->glue || t->label == 0) {
        fprintf(w->f,
                "return moved ? jk_violated(w, \"blocks inside a step\", \"%s\", %d) : "
                "JK_STEP_NONE;\n}\n",
                file_of(w, t->statement->at), line_of(t->statement->at));
    } else {
        fprintf(w->f, "p->at = %d;\nreturn moved ? JK_STEP_TAKEN : JK_STEP_NONE;\n}\n", t->label);
    }
}

static void put_point(env_writer *w, int point)
{
    const env_point *t = &w->p->point[point];
    fprintf(w->f, "point_%d:;\n", point);
    if (t->kind == POINT_CHOICE) {
        put_choice(w, t);
        put_blocked(w, t);
        fprintf(w->f, "switch (pick[%s]) {\n",
                t->d_step ? "0" : "count == 1 ? 0 : jk_choose(w, count)");
        for (int i = 0; i < t->options; i++) {
            fprintf(w->f, "case %d: goto point_%d;\n", i, t->option[i]);
        }
        fprintf(w->f, "default: break;\n}\n}\nreturn JK_STEP_NONE;\n");
        return;
    }
    if (t->kind == POINT_JUMP) {
        put_next(w, t, t->next);
        return;
    }
    if (t->statement->op == ST_ELSE || t->statement->op == ST_SKIP) {
        put_next(w, t, t->next);
        return;
    }
    fprintf(w->f, "if (!(");
    put_guard(w, t->statement);
    fprintf(w->f, ")) {\n");
    put_blocked(w, t);
    if (t->statement->op == ST_SEND && is_rendezvous(w, t->statement->a)) {
        put_meeting(w, t);
        return;
    }
    put_action(w, t->statement);
    put_next(w, t, t->next);
}

/* Inputs and timers of the glue are read by env_role.c; only what is done there is code. */
static bool is_entry(const env_writer *w, int label)
{
    return !w->glue || (strncmp(w->p->label[label], "IN_", 3) != 0 &&
                        strncmp(w->p->label[label], "TIME_", 5) != 0);
}

static void mark(const env_writer *w, int point, bool *reached)
{
    point = point < ENV_END ? jk_env_resolve(w->p, point) : point;
    if (point == ENV_END || reached[point]) {
        return;
    }
    const env_point *t = &w->p->point[point];
    reached[point] = true;
    for (int i = 0; i < t->options; i++) {
        mark(w, t->option[i], reached);
    }
    if (t->kind != POINT_CHOICE) {
        mark(w, jk_env_resolve(w->p, t->next), reached);
    }
}

void jk_env_code(env_writer *w)
{
    bool reached[ENV_POINTS] = {false};
    const env_process *p = w->p;
    bool init = p == &w->e->init;
    fprintf(w->f, "\nstatic int %s_%s(jk_context *x, unsigned i%s)\n{\n", w->glue ? "glue" : "step",
            p->name, w->glue ? ", unsigned entry" : "");
    fprintf(w->f, "jk_world *w = x->w;\njk_state *s = x->s;\nbool moved = false;\n"
                  "jk_taker takers[JK_TAKERS_MAX];\n");
    if (init) {
        fprintf(w->f, "unsigned started[JK_P_COUNT] = {0};\n");
        for (int i = 0; i < p->variables; i++) {
            fprintf(w->f, "uint8_t init_%s = 0;\n", p->variable[i].name);
        }
    } else {
        fprintf(w->f, "struct jk_p_%s *p = &s->p_%s[i];\n(void)p;\n", p->name, p->name);
    }
    fprintf(w->f, "(void)w;\n(void)moved;\n(void)takers;\n(void)i;\n");
    if (init) {
        fprintf(w->f, "goto point_%d;\n", p->first);
        mark(w, p->first, reached);
    } else {
        fprintf(w->f, "switch (%s) {\n", w->glue ? "entry" : "p->at");
        for (int i = 0; i < p->labels; i++) {
            int to = jk_env_resolve(p, p->label_point[i]);
            if (to != ENV_END && is_entry(w, i)) {
                fprintf(w->f, "case %d: goto point_%d;\n", i + 1, to);
                mark(w, to, reached);
            }
        }
        fprintf(w->f, "default: return JK_STEP_NONE;\n}\n");
    }
    for (int i = 0; i < p->points; i++) {
        if (reached[i]) {
            put_point(w, i);
        }
    }
    fprintf(w->f, "}\n");
}
