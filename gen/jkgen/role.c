/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a role: variables, states, and for each state and input exactly one option. */
#include "tree.h"

#include <string.h>

gen_variable *jk_gen_variable(gen_role *r, const char *name)
{
    for (int i = 0; i < r->variables; i++) {
        if (strcmp(r->variable[i].name, name) == 0) {
            return &r->variable[i];
        }
    }
    return NULL;
}

static gen_variable *add_variable(gen_model *m, gen_role *r, const gen_node *n)
{
    if (jk_gen_variable(r, n->text) != NULL || r->variables == LIST_MAX) {
        jk_gen_refuse(m, n->at, RULE_NAME, "`%s` is declared twice", n->text);
        return NULL;
    }
    const gen_set *s = NULL;
    int index = 0;
    if (jk_gen_constant(m, n->text, &s, &index)) {
        jk_gen_refuse(m, n->at, RULE_NAME, "`%s` is in mtype %s already", n->text, s->name);
    }
    (void)jk_gen_name(m, n->at, n->text);
    if (n->a != NULL && (n->a->op != OP_NUMBER || n->a->number != 0)) {
        jk_gen_refuse(m, n->at, RULE_INITIAL, "`%s` starts as %s", n->text, jk_gen_show(m, n->a));
    }
    gen_variable *v = &r->variable[r->variables++];
    v->name = n->text;
    v->at = n->at;
    return v;
}

static void add_timer(gen_model *m, gen_role *r, const gen_node *call)
{
    if (jk_gen_length(call->list) != 1 || call->list->op != OP_NAME) {
        jk_gen_refuse(m, call->at, RULE_ARITY, "`TIMER` takes one name");
        return;
    }
    gen_variable *v = add_variable(m, r, call->list);
    if (v == NULL) {
        return;
    }
    v->type.base = TYPE_BOOL;
    v->timer = true;
    v->number = 1;
    for (int i = 0; i < r->variables - 1; i++) {
        v->number += r->variable[i].timer;
    }
    for (int i = 0; i < m->timers; i++) {
        if (strcmp(m->timer[i].role, r->name) == 0 && strcmp(m->timer[i].name, v->name) == 0) {
            m->timer[i].found = true;
            v->bound = true;
            v->date = m->timer[i].date;
        }
    }
    if (!v->bound) {
        jk_gen_refuse(m, v->at, RULE_UNKNOWN, "timer `%s` of role %s is not in the .bind", v->name,
                      r->name);
    }
}

static void add_parameters(gen_model *m, gen_role *r)
{
    for (const gen_node *d = r->proctype->a; d != NULL; d = d->next) {
        if (d->text == NULL || strcmp(d->text, "byte") != 0) {
            jk_gen_refuse(m, d->at, RULE_TYPE, "`%s` is no parameter's type: it is byte",
                          d->text == NULL ? "mtype" : d->text);
        }
        for (const gen_node *n = d->list; n != NULL; n = n->next) {
            gen_variable *v = add_variable(m, r, n);
            if (v != NULL) {
                v->type.base = TYPE_PARAMETER;
                v->parameter = true;
                v->used = true;
            }
        }
    }
}

static void add_declared(gen_model *m, gen_role *r, const gen_node *declaration)
{
    gen_type type = {TYPE_NONE, NULL};
    if (!jk_gen_type(m, declaration, &type)) {
        return;
    }
    for (const gen_node *n = declaration->list; n != NULL; n = n->next) {
        gen_variable *v = add_variable(m, r, n);
        if (v != NULL) {
            v->type = type;
        }
    }
}

/* Parameters, then REGISTERS, variables and timers; returns the first state. */
static const gen_node *read_variables(gen_model *m, gen_role *r)
{
    add_parameters(m, r);
    bool registers = false;
    const gen_node *n = r->proctype->list;
    for (; n != NULL && n->op != ST_LABEL; n = n->next) {
        const gen_node *e = n->op == ST_EXPRESSION ? n->a : NULL;
        if (e != NULL && e->op == OP_NAME && strcmp(e->text, "REGISTERS") == 0) {
            registers = true;
        } else if (e != NULL && e->op == OP_CALL && strcmp(e->text, "TIMER") == 0) {
            add_timer(m, r, e);
        } else if (n->op == ST_DECLARE) {
            add_declared(m, r, n);
        } else {
            jk_gen_refuse(m, n->at, RULE_STATE, "a statement stands outside of every state");
            return n->next;
        }
    }
    if (!registers) {
        jk_gen_refuse(m, r->proctype->at, RULE_SYNTAX, "`%s` has no REGISTERS", r->name);
    }
    return n;
}

static gen_state *find_state(gen_role *r, const char *label)
{
    for (int i = 0; i < r->states; i++) {
        if (strcmp(r->state[i].label, label) == 0) {
            return &r->state[i];
        }
    }
    return NULL;
}

static void add_state(gen_model *m, gen_role *r, const gen_node *n)
{
    if (r->states == STATES_MAX || find_state(r, n->text) != NULL) {
        jk_gen_refuse(m, n->at, RULE_NAME, "state `%s` stands twice", n->text);
        return;
    }
    (void)jk_gen_name(m, n->at, n->text);
    gen_state *s = &r->state[r->states];
    s->number = (unsigned)r->states++;
    s->label = n->text;
    s->name = strncmp(n->text, "end_", 4) == 0 ? n->text + 4 : n->text;
    s->at = n->at;
    s->choice = n->a;
    for (int i = 0; i < r->states - 1; i++) {
        if (strcmp(r->state[i].name, s->name) == 0) {
            jk_gen_refuse(m, n->at, RULE_NAME, "`%s` and %s are one name in C", s->label,
                          r->state[i].label);
        }
    }
    const gen_node *back = n->next;
    if (n->a->op != ST_IF) {
        jk_gen_refuse(m, n->at, RULE_STATE, "state `%s` is not one if ... fi", n->text);
    } else if (back == NULL || back->op != ST_GOTO) {
        jk_gen_refuse(m, back == NULL ? n->at : back->at, RULE_STATE,
                      "state `%s` does not end with goto %s", n->text, n->text);
    } else if (strcmp(back->text, n->text) != 0) {
        jk_gen_refuse(m, back->at, RULE_STATE, "state %s ends with goto of another: `%s`", n->text,
                      back->text);
    }
}

static void read_states(gen_model *m, gen_role *r)
{
    const gen_node *n = read_variables(m, r);
    while (n != NULL) {
        if (n->op != ST_LABEL) {
            jk_gen_refuse(m, n->at, RULE_STATE, "a statement stands outside of every state");
            return;
        }
        add_state(m, r, n);
        n = n->next;
        if (n != NULL && n->op == ST_GOTO) {
            n = n->next;
        }
    }
    if (r->states == 0) {
        jk_gen_refuse(m, r->proctype->at, RULE_STATE, "`%s` has no state", r->name);
    }
    for (int i = 0; i < r->finals; i++) {
        if (find_state(r, r->final[i]) == NULL) {
            jk_gen_refuse(m, r->final_at[i], RULE_UNKNOWN, "role %s has no state `%s`", r->name,
                          r->final[i]);
        }
    }
}

/* The words that name inputs without acting on them, and what they are. */
static const struct {
    const char *word;
    gen_reaction reaction;
    bool each;
} named[] = {{"DROP", DROPPED, false},     {"UNEXPECTED", UNEXPECTED, false},
             {"EACH_DROP", DROPPED, true}, {"EACH_UNEXPECTED", UNEXPECTED, true},
             {"NOT_NOW", NOT_NOW, false},  {"UNARMED", UNARMED, false}};

/* An option as it was written: which inputs of which link, and what becomes of them. */
typedef struct gen_heard {
    gen_reaction reaction;
    const char *link, *timer;
    const gen_node *where; /* index of the link, or NULL */
    const gen_node *kinds; /* list of names; of a receive or EACH only the first */
    bool one, each;
    gen_node *body;
    gen_place at;
} gen_heard;

static const char *link_name(const gen_node *e)
{
    return e != NULL && (e->op == OP_NAME || e->op == OP_INDEX) ? e->text : NULL;
}

static const gen_node *link_index(const gen_node *e)
{
    return e != NULL && e->op == OP_INDEX ? e->a : NULL;
}

static bool hear_word(gen_model *m, const gen_node *call, gen_heard *h)
{
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (strcmp(named[i].word, call->text) != 0) {
            continue;
        }
        h->reaction = named[i].reaction;
        h->each = named[i].each;
        int arguments = jk_gen_length(call->list);
        bool timer = h->reaction == UNARMED;
        if (timer ? arguments != 1 : arguments < 2 || arguments > 9) {
            jk_gen_refuse(m, call->at, RULE_ARITY, "`%s` takes %s", call->text,
                          timer ? "one timer" : "a link and one to eight kinds");
            return false;
        }
        h->link = timer ? NULL : link_name(call->list);
        h->where = timer ? NULL : link_index(call->list);
        h->timer = timer ? call->list->text : NULL;
        h->kinds = timer ? NULL : call->list->next;
        return true;
    }
    jk_gen_refuse(m, call->at, RULE_INPUT, "`%s` is no input", call->text);
    return false;
}

static bool hear_receive(gen_model *m, gen_node *receive, gen_heard *h)
{
    const gen_node *in = receive->list->next;
    if (in == NULL || in->next != NULL || in->op != OP_NAME || strcmp(in->text, "in") != 0) {
        jk_gen_refuse(m, receive->at, RULE_INPUT, "a receive is `%s` ? KIND, in", receive->a->text);
        return false;
    }
    h->link = link_name(receive->a);
    h->where = link_index(receive->a);
    h->kinds = receive->list;
    h->one = true;
    return true;
}

/* What an option hears: the first statement of its atomic, an EACH, or a word that names inputs. */
static bool hear(gen_model *m, const gen_node *option, gen_heard *h)
{
    memset(h, 0, sizeof(*h));
    h->at = option->at;
    gen_node *first = option->list;
    if (first->next != NULL || first->op == ST_ELSE) {
        jk_gen_refuse(m, first->at, RULE_INPUT,
                      first->op == ST_ELSE
                          ? "`else` would swallow inputs that nobody thought of"
                          : "an option is one atomic { ... }, EACH, or a word that names inputs");
        return false;
    }
    if (first->op == ST_EACH) {
        h->link = first->text;
        h->kinds = first->a;
        h->one = true;
        h->each = true;
        h->body = first->list;
        return true;
    }
    if (first->op == ST_EXPRESSION && first->a->op == OP_CALL) {
        return hear_word(m, first->a, h);
    }
    if (first->op != ST_ATOMIC) {
        jk_gen_refuse(m, first->at, RULE_INPUT, "an option that acts is atomic { INPUT -> ... }");
        return false;
    }
    gen_node *input = first->list;
    h->body = input->next;
    if (input->op == ST_RECEIVE) {
        return hear_receive(m, input, h);
    }
    const gen_node *call = input->op == ST_EXPRESSION ? input->a : NULL;
    if (call != NULL && call->op == OP_CALL && strcmp(call->text, "EXPIRE") == 0) {
        h->timer = jk_gen_length(call->list) == 1 ? call->list->text : NULL;
        if (h->timer == NULL) {
            jk_gen_refuse(m, call->at, RULE_ARITY, "`EXPIRE` takes one timer");
        }
        return h->timer != NULL;
    }
    jk_gen_refuse(m, input->at, RULE_INPUT,
                  "`atomic` does not begin with a receive, a command or EXPIRE");
    return false;
}

/* A machine hears its own instance of a link: what tells it apart are its parameters. */
static void check_where(gen_model *m, gen_role *r, const gen_node *e)
{
    if (e == NULL || e->op == OP_NUMBER) {
        return;
    }
    if (e->op == OP_BINARY || e->op == OP_UNARY) {
        check_where(m, r, e->a);
        check_where(m, r, e->b);
        return;
    }
    const gen_variable *v = e->op == OP_NAME ? jk_gen_variable(r, e->text) : NULL;
    if (v == NULL || !v->parameter) {
        jk_gen_refuse(m, e->at, RULE_TYPE,
                      "`%s` in the index of a link that is heard: parameters stand there",
                      jk_gen_show(m, e));
    }
}

static gen_arrow *heard_link(gen_model *m, gen_role *r, const gen_heard *h)
{
    gen_arrow *l = h->link == NULL ? NULL : jk_gen_link(m, h->link);
    if (l == NULL) {
        jk_gen_refuse(m, h->at, RULE_UNKNOWN, "`%s` is no link of the .bind",
                      h->link == NULL ? "?" : h->link);
        return NULL;
    }
    if (strcmp(l->receiver, r->name) != 0) {
        jk_gen_refuse(m, h->at, RULE_DIRECTION, "role %s does not receive on `%s`", r->name,
                      l->name);
        return NULL;
    }
    if ((h->reaction == NOT_NOW && !l->desk) || (h->reaction == UNEXPECTED && l->desk)) {
        jk_gen_refuse(m, h->at, RULE_INPUT, "`%s` is %s", l->name,
                      l->desk ? "a desk: what its operator may not ask is NOT_NOW"
                              : "a link: what is not acted on is DROP or UNEXPECTED");
        return NULL;
    }
    check_where(m, r, h->where);
    return l;
}

static int kind_index(gen_model *m, const gen_arrow *l, const gen_node *kind)
{
    const gen_set *s = NULL;
    int index = 0;
    if (kind->op != OP_NAME || !jk_gen_constant(m, kind->text, &s, &index) || s != l->set) {
        jk_gen_refuse(m, kind->at, RULE_KIND, "`%s` is not in mtype %s", jk_gen_show(m, kind),
                      l->set->name);
        return -1;
    }
    return index;
}

static gen_input *find_input(gen_role *r, const gen_arrow *l, int constant,
                             const gen_variable *timer)
{
    for (int i = 0; i < r->inputs; i++) {
        gen_input *in = &r->input[i];
        if (in->timer == timer && in->link == l && (timer != NULL || in->constant == constant)) {
            return in;
        }
    }
    return NULL;
}

static void add_input(gen_model *m, gen_role *r, const gen_arrow *l, int constant,
                      const gen_variable *timer)
{
    if (find_input(r, l, constant, timer) != NULL) {
        return;
    }
    if (r->inputs == INPUTS_MAX - 1) {
        m->exhausted = true;
        return;
    }
    gen_input *in = &r->input[r->inputs++];
    in->class = timer != NULL ? INPUT_EXPIRY : l->desk ? INPUT_COMMAND : INPUT_MESSAGE;
    in->link = l;
    in->constant = constant;
    in->timer = timer;
}

/* Which kinds of the link an option names; NULL when it is about something else. */
static const gen_node *named_kinds(const gen_node *first, const gen_arrow *l, bool *one)
{
    const char *name = NULL;
    const gen_node *kinds = NULL;
    *one = true;
    if (first->op == ST_EACH) {
        name = first->text;
        kinds = first->a;
    } else if (first->op == ST_ATOMIC && first->list->op == ST_RECEIVE) {
        name = link_name(first->list->a);
        kinds = first->list->list;
    } else if (first->op == ST_EXPRESSION && first->a->op == OP_CALL && first->a->list != NULL) {
        name = link_name(first->a->list);
        kinds = first->a->list->next;
        *one = false;
    }
    return name != NULL && strcmp(name, l->name) == 0 ? kinds : NULL;
}

static void mark_kinds(const gen_state *s, const gen_arrow *l, bool named_here[LIST_MAX])
{
    for (const gen_node *o = s->choice->list; o != NULL; o = o->next) {
        bool one = true;
        const gen_node *kind = named_kinds(o->list, l, &one);
        for (; kind != NULL; kind = one ? NULL : kind->next) {
            for (int k = 0; kind->text != NULL && k < l->set->count; k++) {
                named_here[k] = named_here[k] || strcmp(l->set->constant[k], kind->text) == 0;
            }
        }
    }
}

static void collect_link(gen_model *m, gen_role *r, gen_arrow *l)
{
    bool named_here[LIST_MAX] = {false};
    for (int s = 0; s < r->states; s++) {
        mark_kinds(&r->state[s], l, named_here);
    }
    for (int k = 0; k < l->set->count; k++) {
        if (named_here[k] || l->sends[k]) {
            add_input(m, r, l, k, NULL);
            l->set->used[k] = true;
        }
        if (named_here[k] && !l->sends[k] && !l->desk && l->by == NULL) {
            jk_gen_refuse(m, l->at, RULE_UNUSED, "%s names `%s` on %s, and nobody sends it",
                          r->name, l->set->constant[k], l->name);
        }
    }
}

/* All inputs of a role: what its states name, what is sent to it, its timers; links in the order of
 * the .bind, kinds in the order of messages.pml. */
static void collect_inputs(gen_model *m, gen_role *r)
{
    for (int i = 0; i < m->links; i++) {
        if (strcmp(m->link[i].receiver, r->name) == 0) {
            collect_link(m, r, &m->link[i]);
        }
    }
    for (int i = 0; i < r->variables; i++) {
        if (r->variable[i].timer) {
            add_input(m, r, NULL, 0, &r->variable[i]);
        }
    }
}

/* Whether another link of the role brings the same kind, and whether its sender is the same. */
static bool is_shared(const gen_role *r, const gen_input *in, bool *same_sender)
{
    bool shared = false;
    for (int k = 0; k < r->inputs; k++) {
        const gen_input *other = &r->input[k];
        if (other == in || other->timer != NULL || other->link->set != in->link->set ||
            other->constant != in->constant) {
            continue;
        }
        shared = true;
        for (int i = 0; i < in->link->senders; i++) {
            *same_sender = *same_sender || jk_gen_sends(other->link, in->link->sender[i]);
        }
    }
    return shared;
}

/* The kind; where it comes on two links, FROM its sender, or ON its link if that says no more. */
static void name_inputs(gen_model *m, gen_role *r)
{
    for (int i = 0; i < r->inputs; i++) {
        gen_input *in = &r->input[i];
        if (in->timer != NULL) {
            in->name = jk_gen_print(m, "EXPIRE_%s", jk_gen_upper(m, in->timer->name));
            continue;
        }
        in->name = in->link->set->constant[in->constant];
        bool on = in->link->senders != 1;
        if (is_shared(r, in, &on)) {
            const char *where = jk_gen_upper(m, on ? in->link->name : in->link->sender[0]);
            in->name = jk_gen_print(m, "%s_%s_%s", in->name, on ? "ON" : "FROM", where);
        }
    }
}

static void put(gen_model *m, gen_role *r, gen_state *s, const gen_heard *h, const gen_input *in)
{
    if (in == NULL) {
        return;
    }
    size_t index = (size_t)(in - r->input);
    if (s->on[index] != NULL) {
        jk_gen_refuse(m, h->at, RULE_TWICE, "state %s names `%s` a second time, after line %d",
                      s->label, in->timer != NULL ? in->timer->name : in->name,
                      s->on[index]->at.line);
        return;
    }
    gen_option *o = jk_gen_new(m, sizeof(*o));
    o->reaction = h->reaction;
    o->input = in;
    o->body = h->body;
    o->each = h->each;
    o->at = h->at;
    s->on[index] = o;
    if (o->reaction == STEP) {
        jk_gen_check_body(m, r, o);
        r->actions = o->actions > r->actions ? o->actions : r->actions;
    }
}

static void read_option(gen_model *m, gen_role *r, gen_state *s, const gen_node *option)
{
    gen_heard h;
    if (!hear(m, option, &h)) {
        return;
    }
    if (h.timer != NULL || h.reaction == UNARMED) {
        gen_variable *v = h.timer == NULL ? NULL : jk_gen_variable(r, h.timer);
        if (v == NULL || !v->timer) {
            jk_gen_refuse(m, h.at, RULE_UNKNOWN, "`%s` is no timer of role %s",
                          h.timer == NULL ? "?" : h.timer, r->name);
            return;
        }
        v->used = true;
        put(m, r, s, &h, find_input(r, NULL, 0, v));
        return;
    }
    gen_arrow *l = heard_link(m, r, &h);
    for (const gen_node *kind = h.kinds; l != NULL && kind != NULL;
         kind = h.one ? NULL : kind->next) {
        int index = kind_index(m, l, kind);
        if (index >= 0) {
            put(m, r, s, &h, find_input(r, l, index, NULL));
        }
    }
}

static void check_complete(gen_model *m, gen_role *r, const gen_state *s)
{
    const char *missing = "";
    for (int i = 0; i < r->inputs; i++) {
        if (s->on[i] == NULL) {
            const gen_input *in = &r->input[i];
            const char *where = in->timer != NULL ? "timer" : in->link->name;
            const char *what =
                in->timer != NULL ? in->timer->name : in->link->set->constant[in->constant];
            missing =
                jk_gen_print(m, "%s%s%s %s", missing, missing[0] == '\0' ? "" : ", ", where, what);
        }
    }
    if (missing[0] != '\0') {
        jk_gen_refuse(m, s->at, RULE_MISSING, "state `%s` does not name: %s", s->label, missing);
    }
}

static void check_variables(gen_model *m, gen_role *r)
{
    for (int i = 0; i < r->variables; i++) {
        if (!r->variable[i].used) {
            jk_gen_refuse(m, r->variable[i].at, RULE_UNUSED, "role %s does not use `%s`", r->name,
                          r->variable[i].name);
        }
    }
    for (int i = 0; i < m->timers; i++) {
        if (strcmp(m->timer[i].role, r->name) == 0 && !m->timer[i].found) {
            jk_gen_refuse(m, m->timer[i].at, RULE_UNKNOWN, "role %s has no timer `%s`", r->name,
                          m->timer[i].name);
        }
    }
    for (int i = 0; i < m->hooks; i++) {
        r->hooks = r->hooks || strcmp(m->hook[i].role, r->name) == 0;
    }
}

void jk_gen_check_role(gen_model *m, gen_role *r)
{
    int before = m->errors;
    (void)jk_gen_name(m, r->at, r->name);
    read_states(m, r);
    if (m->errors > before) {
        return;
    }
    collect_inputs(m, r);
    name_inputs(m, r);
    r->state[0].reached = true;
    for (int i = 0; i < r->states; i++) {
        gen_state *s = &r->state[i];
        for (const gen_node *o = s->choice->list; o != NULL; o = o->next) {
            read_option(m, r, s, o);
        }
    }
    if (m->errors > before) {
        return;
    }
    for (int i = 0; i < r->states; i++) {
        check_complete(m, r, &r->state[i]);
        if (!r->state[i].reached) {
            jk_gen_refuse(m, r->state[i].at, RULE_UNREACHABLE, "no NEXT leads to `%s`",
                          r->state[i].label);
        }
    }
    check_variables(m, r);
}
