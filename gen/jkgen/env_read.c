/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a check as SPIN does, macros expanded, and with it the glue: for each role a proctype of
 * jkgen's own that says in the words of spec/lib what an action, hook or input of the machine means
 * in this check.  So the explorer's links, effects and hooks are the very text that SPIN has. */
#define _POSIX_C_SOURCE 200809L
#include "env.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define GLUE_MAX 32768

typedef struct env_text {
    gen_env *e;
    char *text;
    size_t used;
} env_text;

static void put(env_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(env_text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int length = vsnprintf(t->text + t->used, GLUE_MAX - t->used, format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= GLUE_MAX - t->used) {
        t->e->m->exhausted = true;
        return;
    }
    t->used += (size_t)length;
}

/* The expression with the peer's name replaced: an action carries the peer in `out_peer`. */
static const char *show_index(gen_model *m, const gen_node *n, const char *peer)
{
    if (n->op == OP_NAME && peer != NULL && strcmp(n->text, peer) == 0) {
        return "out_peer";
    }
    if (n->op == OP_BINARY) {
        return jk_gen_print(m, "(%s %s %s)", show_index(m, n->a, peer), n->text,
                            show_index(m, n->b, peer));
    }
    return jk_gen_show(m, n);
}

static const char *show_fields(gen_model *m, const char *const *name, int count)
{
    const char *text = "";
    for (int i = 0; i < count; i++) {
        text = jk_gen_print(m, "%s, out.%s", text, name[i]);
    }
    return text;
}

/* One send, as a statement behind the label that the machine's action finds. */
static void put_send(env_text *t, const gen_node *call)
{
    gen_model *m = t->e->m;
    const gen_arrow *l = call->of;
    const gen_node *link = call->list;
    const char *peer = call->b == NULL ? NULL : call->b->text;
    const char *end = link->op == OP_INDEX
                          ? jk_gen_print(m, "%s[%s]", l->name, show_index(m, link->a, peer))
                          : l->name;
    bool forward = call->word == WORD_FORWARD;
    const char *kind = l->set->constant[call->number];
    const char *label = jk_gen_print(m, "DO_%s__%s__%s:", call->text, l->name, kind);
    const char *words = jk_gen_print(
        m, "%s(%s, %s%s);", call->text, end, kind,
        show_fields(m, forward ? m->forward : m->send, forward ? m->forwards : m->sends));
    const char *again = strstr(t->text, label);
    if (again == NULL) {
        put(t, "%s %s\n", label, words);
    } else if (strstr(again, words) == NULL) {
        jk_env_refuse(t->e, call->at, "sends of one kind have one end in a check", kind);
    }
}

static void put_effect(env_text *t, const gen_effect *f)
{
    const char *label = jk_gen_print(t->e->m, "DO_effect__%s:", f->name);
    if (strstr(t->text, label) != NULL) {
        return;
    }
    put(t, "%s %s(", label, f->name);
    for (int i = 0; i < f->arguments; i++) {
        put(t, "%sout.%s", i == 0 ? "" : ", ", f->argument[i]->name);
    }
    put(t, ");\n");
}

static void put_hook(env_text *t, const gen_hook *h)
{
    const char *label = jk_gen_print(t->e->m, "ASK_%s:", h->name);
    if (strstr(t->text, label) == NULL) {
        put(t, "%s %s(%s);\n", label, h->name, h->answer);
    }
}

static void put_timer(env_text *t, const gen_node *call)
{
    const char *timer = call->list->text;
    const char *label = jk_gen_print(t->e->m, "DO_%s__%s:", call->text, timer);
    if (strstr(t->text, label) == NULL) {
        put(t, "%s %s(%s);\n", label, call->text, timer);
    }
}

/* Every word that a body uses, each once. */
static void put_words(env_text *t, const gen_node *n)
{
    for (; n != NULL; n = n->next) {
        switch (n->word) {
        case WORD_SEND:
        case WORD_SEND_EACH:
        case WORD_FORWARD: put_send(t, n); break;
        case WORD_EFFECT: put_effect(t, n->of); break;
        case WORD_HOOK: put_hook(t, n->of); break;
        case WORD_ARM:
        case WORD_DISARM: put_timer(t, n); break;
        case WORD_NONE:
        case WORD_NEXT:
        case WORD_IMPOSSIBLE: break;
        }
        if (n->op == OP_NAME && strcmp(n->text, "OWN_KEY") == 0 &&
            strstr(t->text, "KEY:") == NULL) {
            put(t, "KEY: out_peer = OWN_KEY;\n");
        }
        put_words(t, n->a);
        put_words(t, n->op == ST_ASSIGN || n->op == OP_BINARY ? n->b : NULL);
        put_words(t, n->list);
    }
}

/* The index of a link that is no family, as the role writes it. */
static const gen_node *find_receive(const gen_node *n, const char *link)
{
    for (; n != NULL; n = n->next) {
        const gen_node *found = NULL;
        if (n->op == ST_RECEIVE && strcmp(n->a->text, link) == 0) {
            return n->a;
        }
        if (n->op == ST_EXPRESSION && n->a->op == OP_CALL && n->a->list != NULL &&
            (n->a->list->op == OP_INDEX || n->a->list->op == OP_NAME) &&
            strcmp(n->a->list->text, link) == 0 &&
            (strcmp(n->a->text, "DROP") == 0 || strcmp(n->a->text, "UNEXPECTED") == 0 ||
             strcmp(n->a->text, "NOT_NOW") == 0)) {
            return n->a->list;
        }
        found = find_receive(n->list, link);
        found =
            found == NULL && n->a != NULL && n->op != ST_RECEIVE ? find_receive(n->a, link) : found;
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

static bool is_family(const gen_node *n, const char *link)
{
    for (; n != NULL; n = n->next) {
        if ((n->op == ST_EACH && strcmp(n->text, link) == 0) ||
            (n->op == OP_CALL && n->list != NULL && n->list->op == OP_NAME &&
             strncmp(n->text, "EACH_", 5) == 0 && strcmp(n->list->text, link) == 0) ||
            (n->op != ST_EACH && is_family(n->list, link)) ||
            (n->a != NULL && is_family(n->a, link))) {
            return true;
        }
    }
    return false;
}

static void put_inputs(env_text *t, const gen_role *r)
{
    for (int i = 0; i < r->inputs; i++) {
        const gen_input *in = &r->input[i];
        if (in->class == INPUT_EXPIRY) {
            put(t, "TIME_%s: if :: atomic { EXPIRE(%s) -> skip } fi;\n", in->timer->name,
                in->timer->name);
            continue;
        }
        const char *label = jk_gen_print(t->e->m, "IN_%s:", in->link->name);
        if (strstr(t->text, label) != NULL) {
            continue;
        }
        const gen_node *end = find_receive(r->proctype->list, in->link->name);
        if (is_family(r->proctype->list, in->link->name)) {
            put(t, "%s if :: EACH(%s, 0, skip) fi;\n", label, in->link->name);
        } else {
            put(t, "%s if :: atomic { %s ? 0, in -> skip } fi;\n", label,
                end == NULL ? in->link->name : jk_gen_show(t->e->m, end));
        }
    }
}

static const char *glue(gen_env *e, const gen_role *r)
{
    env_text t = {e, jk_gen_new(e->m, GLUE_MAX), 0};
    put(&t, "proctype glue_%s(", r->name);
    int parameters = 0;
    for (const gen_node *d = r->proctype->a; d != NULL; d = d->next) {
        for (const gen_node *n = d->list; n != NULL; n = n->next) {
            put(&t, "%sbyte %s", parameters++ == 0 ? "" : "; ", n->text);
        }
    }
    put(&t, ") {\n");
    put_inputs(&t, r);
    for (int i = 0; i < r->states; i++) {
        put_words(&t, r->state[i].choice->list);
    }
    put(&t, "REFUSED: JP_REFUSED;\nTAKEN: JP_CLEAR;\nskip }\n");
    return t.text;
}

/* Bounds that the check sets, such as NMEMBER, are those of the roles' own files, too. */
static void take_bounds(gen_model *m, const char *macros)
{
    while (macros != NULL && *macros != '\0') {
        char name[64];
        char value[64];
        int end = 0;
        if (sscanf(macros, "#define %63[A-Za-z0-9_] %63[0-9]%n", name, value, &end) == 2 &&
            macros[end] == '\n' && name[0] != '_' && isupper((unsigned char)name[0]) &&
            m->defines < DEFINES_MAX) {
            m->define[m->defines++] = jk_gen_print(m, "-D%s=%s", name, value);
        }
        macros = strchr(macros, '\n');
        macros = macros == NULL ? NULL : macros + 1;
    }
}

static bool made_or_said(gen_model *m, bool ok, const gen_output *made)
{
    if (!ok) {
        jk_gen_refuse_said(m, RULE_CPP, made->text, "gcc -E does not run, or writes too much");
        m->failed = made->text == NULL ? 4 : 0;
    }
    return ok;
}

static bool read_roles(gen_model *m, const char *unit)
{
    gen_output made;
    int given = m->defines;
    bool ok = made_or_said(m, jk_gen_preprocess(m, unit, GEN_VIEW_MACROS, &made), &made);
    if (ok) {
        take_bounds(m, made.text);
        ok = jk_gen_read_source(m) && jk_gen_check(m);
    }
    free(made.text);
    m->defines = given; /* SPIN's view has them from the check itself */
    return ok;
}

bool jk_env_read(gen_env *e, const char *check, const char *const *defines, int count)
{
    gen_model *m = e->m;
    for (int i = 0; i < count && m->defines < DEFINES_MAX; i++) {
        m->define[m->defines++] = defines[i];
    }
    if (jk_gen_file(m, check) == NULL || strpbrk(check, "\"\\\n") != NULL) {
        jk_gen_refuse(m, (gen_place){m->bind, 1, 1}, RULE_FILE, "`%s` cannot be read", check);
        return false;
    }
    char *unit = jk_gen_new(m, GLUE_MAX);
    size_t used = (size_t)snprintf(unit, GLUE_MAX, "#include \"%s\"\n", check);
    if (!read_roles(m, unit)) {
        return false;
    }
    for (int i = 0; i < m->roles; i++) {
        const char *text = glue(e, m->role[i]);
        int length = snprintf(unit + used, GLUE_MAX - used, "%s", text);
        if (length < 0 || (size_t)length >= GLUE_MAX - used) {
            m->exhausted = true;
            return false;
        }
        used += (size_t)length;
    }
    gen_output made;
    gen_node *roles = m->items;
    m->items = NULL;
    bool ok = made_or_said(m, jk_gen_preprocess(m, unit, GEN_VIEW_SPIN, &made), &made);
    if (ok) {
        jk_gen_parse(m, &made, GEN_VIEW_SPIN);
        ok = m->errors == 0 && m->failed == 0 && jk_env_model(e, m->items);
    }
    m->items = roles;
    free(made.text);
    return ok;
}
