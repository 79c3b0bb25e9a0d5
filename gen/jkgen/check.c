/* SPDX-License-Identifier: Apache-2.0 */
/* The model around the roles: mtype sets, the message, links, hooks, effects, names. */
#include "tree.h"

#include <string.h>

/* Words of C, of its library and of the programs that pan writes: no name may be one of them. */
static const char *const taken[] = {"auto",       "case",       "char",      "const",
                                    "continue",   "default",    "double",    "enum",
                                    "extern",     "float",      "int",       "long",
                                    "register",   "restrict",   "short",     "signed",
                                    "sizeof",     "static",     "struct",    "switch",
                                    "union",      "unsigned",   "void",      "volatile",
                                    "while",      "NULL",       "EOF",       "errno",
                                    "main",       "stdin",      "stdout",    "stderr",
                                    "true",       "false",      "dup",       "sv",
                                    "now",        "trpt",       "trail",     "boq",
                                    "bit",        "byte",       "pid",       "uchar",
                                    "ushort",     "uint",       "ulong",     "depth",
                                    "hashtab",    "Stack",      "State",     "uerror",
                                    "Maxbody",    "nstates",    "truncs",    "asm",
                                    "linux",      "unix",       "i386",      "in",
                                    "peer",       "m",          "event",     "hooks",
                                    "ctx",        "out",        "state",     "answer",
                                    "chosen",     "highest",    "token",     "members",
                                    "count",      "peer_id",    "NEXT",      "DROP",
                                    "OWN_KEY",    "send",       "forward",   "send_each",
                                    "ARM",        "DISARM",     "EXPIRE",    "UNARMED",
                                    "TIMER",      "REGISTERS",  "EACH",      "NOT_NOW",
                                    "IMPOSSIBLE", "UNEXPECTED", "EACH_DROP", "EACH_UNEXPECTED",
                                    "zero"};

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (strcmp(taken[i], name) == 0) {
            return true;
        }
    }
    return strncmp(name, "JP_", 3) == 0 || name[0] == '_';
}

bool jk_gen_name(gen_model *m, gen_place at, const char *name)
{
    if (is_taken(name)) {
        jk_gen_refuse(m, at, RULE_NAME, "`%s` has a meaning already", name);
        return false;
    }
    return true;
}

gen_set *jk_gen_set(gen_model *m, const char *name)
{
    for (int i = 0; i < m->sets; i++) {
        if (strcmp(m->set[i].name, name) == 0) {
            return &m->set[i];
        }
    }
    return NULL;
}

bool jk_gen_constant(const gen_model *m, const char *name, const gen_set **s, int *index)
{
    for (int i = 0; i < m->sets; i++) {
        for (int k = 0; k < m->set[i].count; k++) {
            if (strcmp(m->set[i].constant[k], name) == 0) {
                *s = &m->set[i];
                *index = k;
                return true;
            }
        }
    }
    return false;
}

gen_arrow *jk_gen_link(gen_model *m, const char *name)
{
    for (int i = 0; i < m->links; i++) {
        if (strcmp(m->link[i].name, name) == 0) {
            return &m->link[i];
        }
    }
    return NULL;
}

bool jk_gen_sends(const gen_arrow *l, const char *role)
{
    for (int i = 0; i < l->senders; i++) {
        if (strcmp(l->sender[i], role) == 0) {
            return true;
        }
    }
    return false;
}

static void add_set(gen_model *m, const gen_node *item)
{
    if (m->sets == 16 || jk_gen_set(m, item->text) != NULL) {
        jk_gen_refuse(m, item->at, RULE_NAME, "mtype `%s` is declared twice", item->text);
        return;
    }
    gen_set *s = &m->set[m->sets++];
    s->name = item->text;
    s->where = item->at;
    for (const gen_node *n = item->list; n != NULL && s->count < LIST_MAX; n = n->next) {
        const gen_set *other = NULL;
        int index = 0;
        if (jk_gen_constant(m, n->text, &other, &index)) {
            jk_gen_refuse(m, n->at, RULE_NAME, "`%s` is in mtype %s already", n->text, other->name);
            continue;
        }
        (void)jk_gen_name(m, n->at, n->text);
        s->constant[s->count] = n->text;
        s->at[s->count++] = n->at;
    }
}

bool jk_gen_type(gen_model *m, const gen_node *declaration, gen_type *type)
{
    static const struct {
        const char *word;
        gen_base base;
    } words[] = {{"token", TYPE_TOKEN}, {"members", TYPE_MEMBERS}, {"count", TYPE_COUNT},
                 {"bool", TYPE_BOOL},   {"peer_id", TYPE_PEER},    {"mtype", TYPE_MTYPE}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, declaration->text) == 0) {
            type->base = words[i].base;
            type->set = declaration->b == NULL ? NULL : jk_gen_set(m, declaration->b->text);
            if (type->base == TYPE_MTYPE && type->set == NULL) {
                jk_gen_refuse(m, declaration->at, RULE_UNDECLARED, "there is no mtype `%s`",
                              declaration->b == NULL ? "" : declaration->b->text);
                return false;
            }
            return true;
        }
    }
    jk_gen_refuse(m, declaration->at, RULE_TYPE,
                  "`%s` is no type of a role: token, members, count, bool, peer_id, mtype:...",
                  declaration->text);
    return false;
}

static void add_fields(gen_model *m, const gen_node *item)
{
    for (const gen_node *d = item->list; d != NULL; d = d->next) {
        gen_type type = {TYPE_NONE, NULL};
        if (!jk_gen_type(m, d, &type)) {
            continue;
        }
        for (const gen_node *n = d->list; n != NULL && m->fields < 16; n = n->next) {
            gen_field *f = &m->field[m->fields++];
            f->name = n->text;
            f->type = type;
            f->at = n->at;
        }
    }
}

static gen_field *find_field(gen_model *m, const char *name)
{
    for (int i = 0; i < m->fields; i++) {
        if (strcmp(m->field[i].name, name) == 0) {
            return &m->field[i];
        }
    }
    return NULL;
}

/* A channel that the .bind knows carries a set and the message; others are the environment's. */
static void add_channel(gen_model *m, const gen_node *item)
{
    gen_arrow *l = jk_gen_link(m, item->text);
    if (l == NULL) {
        return;
    }
    const gen_node *first = item->list;
    l->set = jk_gen_set(m, first->text);
    if (l->set == NULL || first->next == NULL || strcmp(first->next->text, m->message) != 0 ||
        first->next->next != NULL) {
        jk_gen_refuse(m, item->at, RULE_TYPE, "link `%s` carries { mtype:..., %s }", l->name,
                      m->message);
        l->set = NULL;
    }
}

static void add_items(gen_model *m)
{
    for (const gen_node *n = m->items; n != NULL; n = n->next) {
        if (n->op == IT_MTYPE) {
            add_set(m, n);
        }
    }
    for (const gen_node *n = m->items; n != NULL; n = n->next) {
        if (n->op == IT_TYPEDEF && strcmp(n->text, m->message) == 0) {
            add_fields(m, n);
        } else if (n->op == IT_CHAN) {
            add_channel(m, n);
        } else if (n->op == ST_DECLARE) {
            jk_gen_refuse(m, n->list->at, RULE_GLOBAL, "`%s` is a global", n->list->text);
        }
    }
    if (m->fields == 0) {
        jk_gen_refuse(m, m->message_at, RULE_FIELD, "there is no typedef `%s`", m->message);
    }
}

static void resolve_effects(gen_model *m)
{
    for (int i = 0; i < m->effects; i++) {
        gen_effect *e = &m->effect[i];
        for (int k = 0; k < e->arguments; k++) {
            const gen_field *f = find_field(m, e->argument[k]->name);
            if (f == NULL) {
                jk_gen_refuse(m, e->at, RULE_FIELD, "typedef %s has no field `%s`", m->message,
                              e->argument[k]->name);
            } else {
                e->argument[k] = f;
            }
        }
        (void)jk_gen_name(m, e->at, e->name);
    }
}

/* What send and forward take: a line of the .bind says it, else the macro that SPIN expands (its
 * parameters behind LINK and KIND are fields in capitals), else all fields but author. */
static void resolve_words(gen_model *m)
{
    if (m->sends == 0) {
        m->sends = jk_gen_macro_fields(m, "send", m->send);
    }
    if (m->forwards == 0) {
        m->forwards = jk_gen_macro_fields(m, "forward", m->forward);
    }
    for (int i = 0; m->sends == 0 && i < m->fields; i++) {
        if (strcmp(m->field[i].name, "author") != 0) {
            m->send[m->sends++] = m->field[i].name;
        }
    }
    gen_place at = {m->bind, 1, 1};
    for (int i = 0; i < m->sends; i++) {
        if (find_field(m, m->send[i]) == NULL) {
            jk_gen_refuse(m, at, RULE_FIELD, "typedef %s has no field `%s` for send", m->message,
                          m->send[i]);
        }
    }
    for (int i = 0; i < m->forwards; i++) {
        if (find_field(m, m->forward[i]) == NULL) {
            m->forwards = 0; /* a message without author forwards nothing */
        }
    }
}

const gen_field *jk_gen_field(const gen_model *m, const char *name)
{
    for (int i = 0; i < m->fields; i++) {
        if (strcmp(m->field[i].name, name) == 0) {
            return &m->field[i];
        }
    }
    return NULL;
}

/* A number, or one that is computed from ghosts; a sum with a number is not zero. */
static bool may_be_zero(const gen_node *value)
{
    if (value->op == OP_NUMBER) {
        return value->number == 0;
    }
    return value->op != OP_BINARY || strcmp(value->text, "+") != 0 || value->b->op != OP_NUMBER ||
           value->b->number == 0;
}

/* ANSWER = VALUE; in an if a condition on ghosts may stand before it, which C does not see. */
static bool add_answer(gen_model *m, gen_hook *h, const gen_node *assign, const char *parameter)
{
    if (assign != NULL && (assign->op == ST_EXPRESSION || assign->op == ST_ELSE)) {
        assign = assign->next;
    }
    if (assign == NULL || assign->op != ST_ASSIGN || assign->next != NULL ||
        assign->a->op != OP_NAME || strcmp(assign->a->text, parameter) != 0) {
        return false;
    }
    const gen_node *value = assign->b;
    if (h->type.base != TYPE_MTYPE) {
        h->zero = h->zero || may_be_zero(value);
        return true;
    }
    const gen_set *s = NULL;
    int index = 0;
    if (value->op != OP_NAME || !jk_gen_constant(m, value->text, &s, &index) || s != h->type.set) {
        return false;
    }
    h->domain[index] = true;
    return true;
}

static void read_hook(gen_model *m, gen_hook *h, const gen_node *item)
{
    h->read = true;
    bool ok = item->a != NULL && item->a->next == NULL && item->list->next == NULL;
    const gen_node *body = item->list;
    if (ok && body->op == ST_IF) {
        for (const gen_node *o = body->list; o != NULL; o = o->next) {
            ok = ok && add_answer(m, h, o->list, item->a->text);
        }
    } else {
        ok = ok && add_answer(m, h, body, item->a->text);
    }
    if (!ok) {
        jk_gen_refuse(m, item->at, RULE_HOOK, "hook `%s` is not a choice of %s answers", h->name,
                      h->type.base == TYPE_MTYPE ? h->type.set->name : "numeric");
    }
}

/* The registers of spec/lib/role.pml that a hook may answer in. */
static bool register_type(gen_model *m, const char *name, gen_type *type)
{
    static const struct {
        const char *name;
        gen_base base;
    } registers[] = {{"answer", TYPE_MTYPE}, {"chosen", TYPE_MEMBERS}, {"highest", TYPE_COUNT}};

    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (strcmp(registers[i].name, name) == 0) {
            type->base = registers[i].base;
            type->set = type->base == TYPE_MTYPE ? jk_gen_set(m, "reason") : NULL;
            return type->base != TYPE_MTYPE || type->set != NULL;
        }
    }
    return false;
}

static void read_hooks(gen_model *m)
{
    for (int i = 0; i < m->hooks; i++) {
        gen_hook *h = &m->hook[i];
        (void)jk_gen_name(m, h->at, h->name);
        if (!register_type(m, h->answer, &h->type)) {
            jk_gen_refuse(m, h->at, RULE_UNKNOWN, "`%s` is no register: answer, chosen, highest",
                          h->answer);
            continue;
        }
        for (const gen_node *n = m->items; n != NULL; n = n->next) {
            if (n->op == IT_INLINE && strcmp(n->text, h->name) == 0) {
                read_hook(m, h, n);
            }
        }
        if (!h->read) {
            jk_gen_refuse(m, h->at, RULE_HOOK, "there is no inline `%s` in %s", h->name, h->file);
        }
    }
}

static bool is_role(const gen_model *m, const char *name)
{
    for (int i = 0; i < m->roles; i++) {
        if (strcmp(m->role[i]->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_links(gen_model *m)
{
    for (int i = 0; i < m->links; i++) {
        gen_arrow *l = &m->link[i];
        (void)jk_gen_name(m, l->at, l->name);
        if (l->set == NULL) {
            jk_gen_refuse(m, l->at, RULE_UNKNOWN, "there is no channel `%s`", l->name);
        } else if (!l->desk && strcmp(l->set->name, "kind") != 0) {
            jk_gen_refuse(m, l->at, RULE_TYPE, "link `%s` carries mtype:%s, not kinds", l->name,
                          l->set->name);
        }
        bool known = l->by == NULL;
        for (int k = 0; k < m->effects; k++) {
            known = known || strcmp(m->effect[k].name, l->by) == 0;
        }
        if (!known) {
            jk_gen_refuse(m, l->at, RULE_UNKNOWN, "there is no effect `%s`", l->by);
        }
        if (!is_role(m, l->receiver)) {
            jk_gen_refuse(m, l->at, RULE_UNKNOWN, "`%s` is no role", l->receiver);
        }
        for (int k = 0; k < l->senders; k++) {
            if (!is_role(m, l->sender[k])) {
                jk_gen_refuse(m, l->at, RULE_UNKNOWN, "`%s` is no role", l->sender[k]);
            }
        }
    }
}

/* Marks what a role sends, so that the receiver's states can be held to it. */
static void collect_sends(gen_model *m, const gen_node *list)
{
    for (const gen_node *n = list; n != NULL; n = n->next) {
        collect_sends(m, n->list);
        const gen_node *call = n->op == ST_EXPRESSION ? n->a : NULL;
        if (n->op == ST_LABEL && n->a != NULL) {
            collect_sends(m, n->a->list);
        }
        if (call == NULL || call->op != OP_CALL || jk_gen_length(call->list) < 2 ||
            (strcmp(call->text, "send") != 0 && strcmp(call->text, "send_each") != 0 &&
             strcmp(call->text, "forward") != 0)) {
            continue;
        }
        gen_arrow *l = call->list->text == NULL ? NULL : jk_gen_link(m, call->list->text);
        for (int i = 0; l != NULL && l->set != NULL && i < l->set->count; i++) {
            const char *kind = call->list->next->text;
            if (kind != NULL && strcmp(l->set->constant[i], kind) == 0) {
                l->sends[i] = true;
                l->used = true;
            }
        }
    }
}

static void find_proctypes(gen_model *m)
{
    for (gen_node *n = m->items; n != NULL; n = n->next) {
        gen_role *owner = NULL;
        for (int i = 0; i < m->roles; i++) {
            if (n->at.file == jk_gen_file(m, jk_gen_beside(m, m->role[i]->path))) {
                owner = m->role[i];
            }
        }
        if (n->op != IT_PROCTYPE) {
            if (owner != NULL && n->op != ST_DECLARE) {
                jk_gen_refuse(m, n->at, RULE_ROLE, "`%s` does not belong into a role file",
                              n->text);
            }
            continue;
        }
        if (owner == NULL || strcmp(owner->name, n->text) != 0 || owner->proctype != NULL) {
            jk_gen_refuse(m, n->at, RULE_ROLE, "proctype `%s` is not the role of this file",
                          n->text);
            continue;
        }
        owner->proctype = n;
        owner->file = n->at.file;
        collect_sends(m, n->list);
    }
    for (int i = 0; i < m->roles; i++) {
        if (m->role[i]->proctype == NULL) {
            jk_gen_refuse(m, m->role[i]->at, RULE_ROLE, "%s has no proctype `%s`", m->role[i]->path,
                          m->role[i]->name);
        }
    }
}

/* What is declared and never used. */
static void check_unused(gen_model *m)
{
    for (int i = 0; i < m->effects; i++) {
        if (!m->effect[i].used) {
            jk_gen_refuse(m, m->effect[i].at, RULE_UNUSED, "no role uses effect `%s`",
                          m->effect[i].name);
        }
    }
    for (int i = 0; i < m->hooks; i++) {
        if (!m->hook[i].used) {
            jk_gen_refuse(m, m->hook[i].at, RULE_UNUSED, "role %s does not use hook `%s`",
                          m->hook[i].role, m->hook[i].name);
        }
    }
    for (int i = 0; i < m->links; i++) {
        if (!m->link[i].used && !m->link[i].desk && m->link[i].by == NULL) {
            jk_gen_refuse(m, m->link[i].at, RULE_UNUSED, "nobody sends on `%s`", m->link[i].name);
        }
    }
    for (int i = 0; i < m->sets; i++) {
        const gen_set *s = &m->set[i];
        bool wire = strcmp(s->name, "kind") == 0 || strcmp(s->name, "command") == 0;
        for (int k = 0; wire && k < s->count; k++) {
            if (!s->used[k]) {
                jk_gen_refuse(m, s->at[k], RULE_KIND, "no role takes `%s`", s->constant[k]);
            }
        }
    }
}

bool jk_gen_check(gen_model *m)
{
    add_items(m);
    if (m->errors > 0 || !jk_gen_read_proto(m)) {
        return false;
    }
    resolve_effects(m);
    resolve_words(m);
    read_hooks(m);
    check_links(m);
    find_proctypes(m);
    if (m->errors > 0) {
        return false;
    }
    for (int i = 0; i < m->roles; i++) {
        jk_gen_check_role(m, m->role[i]);
    }
    if (m->errors == 0) {
        check_unused(m);
    }
    return m->errors == 0;
}
