/* SPDX-License-Identifier: Apache-2.0 */
/* What may stand behind an input: types, registers, words, and that every path ends in NEXT. */
#include "tree.h"

#include <string.h>

#define REGISTER_IN      1U
#define REGISTER_PEER    2U
#define REGISTER_ANSWER  4U
#define REGISTER_CHOSEN  8U
#define REGISTER_HIGHEST 16U

typedef struct gen_body {
    gen_model *m;
    gen_role *r;
    gen_option *o;
    unsigned set; /* registers that hold something here */
} gen_body;

static const struct {
    const char *name;
    unsigned bit;
    gen_base base;
} registers[] = {{"in", REGISTER_IN, TYPE_NONE},
                 {"peer", REGISTER_PEER, TYPE_PEER},
                 {"answer", REGISTER_ANSWER, TYPE_MTYPE},
                 {"chosen", REGISTER_CHOSEN, TYPE_MEMBERS},
                 {"highest", REGISTER_HIGHEST, TYPE_COUNT}};

static unsigned register_bit(const char *name)
{
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (strcmp(registers[i].name, name) == 0) {
            return registers[i].bit;
        }
    }
    return 0;
}

static const char *type_name(gen_type type)
{
    static const char *const names[] = {"nothing", "a token",  "members",  "a count",    "a bool",
                                        "a peer",  "an mtype", "a number", "a parameter"};
    return type.base == TYPE_MTYPE && type.set != NULL ? type.set->name : names[type.base];
}

static gen_type check_name(gen_body *b, gen_node *e)
{
    gen_type none = {TYPE_NONE, NULL};
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (strcmp(registers[i].name, e->text) != 0) {
            continue;
        }
        if ((b->set & registers[i].bit) == 0) {
            jk_gen_refuse(b->m, e->at, RULE_UNSET, "`%s` is not set here", e->text);
            return none;
        }
        gen_type t = {registers[i].base, NULL};
        if (t.base == TYPE_NONE) {
            jk_gen_refuse(b->m, e->at, RULE_TYPE, "`%s` is a whole message: name a field of it",
                          e->text);
        }
        if (t.base == TYPE_MTYPE) {
            t.set = jk_gen_set(b->m, "reason");
        }
        return t;
    }
    if (strcmp(e->text, "OWN_KEY") == 0) {
        gen_type t = {TYPE_TOKEN, NULL};
        return t;
    }
    if (strcmp(e->text, "true") == 0 || strcmp(e->text, "false") == 0) {
        gen_type t = {TYPE_BOOL, NULL};
        return t;
    }
    const gen_set *s = NULL;
    int index = 0;
    if (jk_gen_constant(b->m, e->text, &s, &index)) {
        gen_type t = {TYPE_MTYPE, s};
        e->of = s;
        e->number = index;
        return t;
    }
    gen_variable *v = jk_gen_variable(b->r, e->text);
    if (v == NULL) {
        jk_gen_refuse(b->m, e->at, RULE_UNDECLARED, "`%s` is not declared", e->text);
        return none;
    }
    if (v->parameter) {
        jk_gen_refuse(b->m, e->at, RULE_TYPE,
                      "`%s` tells instances apart and is known to links only: use OWN_KEY",
                      e->text);
        return none;
    }
    v->used = true;
    e->of = v;
    return v->type;
}

static gen_type check_expression(gen_body *b, gen_node *e);

/* Whether a value can stand where the other type is wanted. */
static bool fits(const gen_node *e, gen_type have, gen_type want)
{
    if (have.base == TYPE_NONE || want.base == TYPE_NONE) {
        return true; /* said already */
    }
    if (have.base == TYPE_NUMBER) {
        return want.base == TYPE_COUNT || want.base == TYPE_NUMBER ||
               (want.base != TYPE_BOOL && e->op == OP_NUMBER && e->number == 0);
    }
    return have.base == want.base && (have.base != TYPE_MTYPE || have.set == want.set);
}

static gen_type refuse_operands(gen_body *b, const gen_node *e, gen_type left, gen_type right)
{
    gen_type none = {TYPE_NONE, NULL};
    if (e->b == NULL) {
        jk_gen_refuse(b->m, e->at, RULE_TYPE, "`%s` does not apply to %s", e->text,
                      type_name(left));
    } else if (left.base != TYPE_NONE && right.base != TYPE_NONE) {
        jk_gen_refuse(b->m, e->at, RULE_TYPE, "`%s` does not apply to %s and %s", e->text,
                      type_name(left), type_name(right));
    }
    return none;
}

static bool is_one_of(const char *text, const char *const list[])
{
    for (int i = 0; list[i] != NULL; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static gen_type check_binary(gen_body *b, gen_node *e)
{
    static const char *const equality[] = {"==", "!=", NULL};
    static const char *const order[] = {"<", "<=", ">", ">=", NULL};
    static const char *const logic[] = {"&&", "||", NULL};
    static const char *const sums[] = {"+", "-", NULL};
    static const char *const masks[] = {"&", "|", NULL};
    gen_type truth = {TYPE_BOOL, NULL};
    gen_type left = check_expression(b, e->a);
    gen_type right = check_expression(b, e->b);
    bool match = fits(e->a, left, right) || fits(e->b, right, left);
    bool numbers = (left.base == TYPE_COUNT || left.base == TYPE_NUMBER) &&
                   (right.base == TYPE_COUNT || right.base == TYPE_NUMBER);
    if (left.base == TYPE_NUMBER && right.base == TYPE_NUMBER) {
        match = false; /* a condition over constants alone is a mistake */
    }
    if (is_one_of(e->text, equality) && match) {
        e->a->type = left.base == TYPE_NUMBER ? right : left;
        return truth;
    }
    if (is_one_of(e->text, order) && numbers && match) {
        return truth;
    }
    if (is_one_of(e->text, logic) && left.base == TYPE_BOOL && right.base == TYPE_BOOL) {
        return truth;
    }
    if (is_one_of(e->text, sums) && numbers && match) {
        gen_type sum = {TYPE_COUNT, NULL};
        return sum;
    }
    if (is_one_of(e->text, masks) && left.base == TYPE_MEMBERS && right.base == TYPE_MEMBERS) {
        return left;
    }
    return refuse_operands(b, e, left, right);
}

static gen_type check_unary(gen_body *b, gen_node *e)
{
    gen_type inner = check_expression(b, e->a);
    bool ok = (e->text[0] == '!' && inner.base == TYPE_BOOL) ||
              (e->text[0] == '~' && inner.base == TYPE_MEMBERS);
    if (ok || inner.base == TYPE_NONE) {
        return inner;
    }
    return refuse_operands(b, e, inner, inner);
}

static gen_type check_field(gen_body *b, gen_node *e)
{
    gen_type none = {TYPE_NONE, NULL};
    const gen_field *f = jk_gen_field(b->m, e->text);
    if (strcmp(e->a->text, "in") != 0 || f == NULL) {
        jk_gen_refuse(b->m, e->at, RULE_UNDECLARED, "there is no `%s.%s`", e->a->text, e->text);
        return none;
    }
    if ((b->set & REGISTER_IN) == 0) {
        jk_gen_refuse(b->m, e->at, RULE_UNSET, "`in` is not set here: an expiry has no message");
        return none;
    }
    return f->type;
}

static gen_type check_expression(gen_body *b, gen_node *e)
{
    gen_type t = {TYPE_NONE, NULL};
    switch ((int)e->op) {
    case OP_NUMBER: t.base = TYPE_NUMBER; break;
    case OP_NAME: t = check_name(b, e); break;
    case OP_FIELD: t = check_field(b, e); break;
    case OP_UNARY: t = check_unary(b, e); break;
    case OP_BINARY: t = check_binary(b, e); break;
    case OP_CALL: jk_gen_refuse(b->m, e->at, RULE_UNKNOWN, "`%s` has no value", e->text); break;
    default: jk_gen_refuse(b->m, e->at, RULE_TYPE, "`%s` is no value", jk_gen_show(b->m, e)); break;
    }
    e->type = t;
    return t;
}

static void check_value(gen_body *b, gen_node *e, gen_type want, const char *what)
{
    gen_type have = check_expression(b, e);
    if (!fits(e, have, want)) {
        jk_gen_refuse(b->m, e->at, RULE_TYPE, "`%s` is %s, and %s is %s", jk_gen_show(b->m, e),
                      type_name(have), what, type_name(want));
    }
}

static void check_assign(gen_body *b, gen_node *n)
{
    if (n->a->op == OP_FIELD || (n->a->op == OP_NAME && register_bit(n->a->text) != 0)) {
        jk_gen_refuse(b->m, n->at, RULE_REGISTER, "`%s` is a register", jk_gen_show(b->m, n->a));
        return;
    }
    gen_variable *v = n->a->op == OP_NAME ? jk_gen_variable(b->r, n->a->text) : NULL;
    if (v == NULL || v->parameter) {
        jk_gen_refuse(b->m, n->at, RULE_UNDECLARED, "`%s` is no variable of role %s",
                      jk_gen_show(b->m, n->a), b->r->name);
        return;
    }
    if (v->timer) {
        jk_gen_refuse(b->m, n->at, RULE_TYPE, "`%s` is a timer: use ARM and DISARM", v->name);
        return;
    }
    n->a->of = v;
    n->a->type = v->type;
    v->used = true;
    check_value(b, n->b, v->type, v->name);
}

/* The index of a channel: parameters, numbers, and at most one peer, which C needs to know. */
static void check_index(gen_body *b, gen_node *e, gen_node **peer)
{
    if (e == NULL || e->op == OP_NUMBER) {
        return;
    }
    if (e->op == OP_BINARY || e->op == OP_UNARY) {
        check_index(b, e->a, peer);
        check_index(b, e->b, peer);
        return;
    }
    gen_variable *v = e->op == OP_NAME ? jk_gen_variable(b->r, e->text) : NULL;
    if (v != NULL && v->parameter) {
        return;
    }
    gen_type t = check_expression(b, e);
    if (t.base == TYPE_PEER && *peer == NULL) {
        *peer = e;
    } else if (t.base != TYPE_NONE) {
        jk_gen_refuse(b->m, e->at, RULE_TYPE,
                      "`%s` in the index of a link: parameters and one peer stand there",
                      jk_gen_show(b->m, e));
    }
}

static void check_send(gen_body *b, gen_node *call, gen_word word)
{
    bool forward = word == WORD_FORWARD;
    int fields = forward ? b->m->forwards : b->m->sends;
    if (jk_gen_length(call->list) != fields + 2) {
        jk_gen_refuse(b->m, call->at, RULE_ARITY, "`%s` takes a link, a kind and %d fields",
                      call->text, fields);
        return;
    }
    gen_node *where = call->list;
    const gen_arrow *l = where->text == NULL ? NULL : jk_gen_link(b->m, where->text);
    if (l == NULL || l->desk) {
        jk_gen_refuse(b->m, where->at, RULE_UNKNOWN, "`%s` is no link of the .bind",
                      jk_gen_show(b->m, where));
        return;
    }
    if (!jk_gen_sends(l, b->r->name)) {
        jk_gen_refuse(b->m, where->at, RULE_DIRECTION, "role %s does not send on `%s`", b->r->name,
                      l->name);
    }
    gen_node *peer = NULL;
    if (where->op == OP_INDEX) {
        check_index(b, where->a, &peer);
    }
    const gen_set *s = NULL;
    int index = 0;
    gen_node *kind = where->next;
    if (kind->op != OP_NAME || !jk_gen_constant(b->m, kind->text, &s, &index) || s != l->set) {
        jk_gen_refuse(b->m, kind->at, RULE_KIND, "`%s` is not in mtype kind",
                      jk_gen_show(b->m, kind));
        return;
    }
    call->of = l;
    call->number = index;
    call->b = peer;
    gen_node *value = kind->next;
    for (int i = 0; i < fields && value != NULL; i++) {
        const char *name = forward ? b->m->forward[i] : b->m->send[i];
        check_value(b, value, jk_gen_field(b->m, name)->type, name);
        value = value->next;
    }
}

static void check_timer(gen_body *b, gen_node *call)
{
    gen_variable *v = jk_gen_length(call->list) == 1 && call->list->op == OP_NAME
                          ? jk_gen_variable(b->r, call->list->text)
                          : NULL;
    if (v == NULL || !v->timer) {
        jk_gen_refuse(b->m, call->at, RULE_UNKNOWN, "`%s`: no such timer of role %s", call->text,
                      b->r->name);
        return;
    }
    call->of = v;
}

static bool check_hook(gen_body *b, gen_node *call)
{
    for (int i = 0; i < b->m->hooks; i++) {
        gen_hook *h = &b->m->hook[i];
        if (strcmp(h->name, call->text) != 0 || strcmp(h->role, b->r->name) != 0) {
            continue;
        }
        call->word = WORD_HOOK;
        call->of = h;
        h->used = true;
        if (jk_gen_length(call->list) != 1 || call->list->op != OP_NAME ||
            strcmp(call->list->text, h->answer) != 0) {
            jk_gen_refuse(b->m, call->at, RULE_ARITY, "`%s` takes the register %s", h->name,
                          h->answer);
        }
        unsigned bit = register_bit(h->answer);
        if ((b->set & bit) != 0) {
            jk_gen_refuse(b->m, call->at, RULE_REGISTER, "`%s` would overwrite %s", h->name,
                          h->answer);
        }
        b->set |= bit;
        return true;
    }
    return false;
}

static bool check_effect(gen_body *b, gen_node *call)
{
    for (int i = 0; i < b->m->effects; i++) {
        gen_effect *e = &b->m->effect[i];
        if (strcmp(e->name, call->text) != 0) {
            continue;
        }
        call->word = WORD_EFFECT;
        call->of = e;
        e->used = true;
        if (jk_gen_length(call->list) != e->arguments) {
            jk_gen_refuse(b->m, call->at, RULE_ARITY, "`%s` takes %d arguments", e->name,
                          e->arguments);
            return true;
        }
        gen_node *value = call->list;
        for (int k = 0; k < e->arguments; k++) {
            check_value(b, value, e->argument[k]->type, e->argument[k]->name);
            value = value->next;
        }
        return true;
    }
    return false;
}

/* Returns whether the path goes on behind the word. */
static bool check_next(gen_body *b, gen_node *call)
{
    call->word = WORD_NEXT;
    const char *label = jk_gen_length(call->list) == 1 ? call->list->text : NULL;
    for (int i = 0; label != NULL && i < b->r->states; i++) {
        if (strcmp(b->r->state[i].label, label) == 0) {
            call->of = &b->r->state[i];
            b->r->state[i].reached = true;
            return false;
        }
    }
    jk_gen_refuse(b->m, call->at, RULE_UNDECLARED, "there is no state `%s`",
                  label == NULL ? "NEXT" : label);
    return false;
}

static bool check_word(gen_body *b, gen_node *call)
{
    static const struct {
        const char *text;
        gen_word word;
    } words[] = {{"NEXT", WORD_NEXT},    {"IMPOSSIBLE", WORD_IMPOSSIBLE}, {"send", WORD_SEND},
                 {"ARM", WORD_ARM},      {"send_each", WORD_SEND_EACH},   {"forward", WORD_FORWARD},
                 {"DISARM", WORD_DISARM}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].text, call->text) == 0) {
            call->word = words[i].word;
        }
    }
    switch (call->word) {
    case WORD_NEXT: return check_next(b, call);
    case WORD_IMPOSSIBLE: return false;
    case WORD_SEND:
    case WORD_SEND_EACH:
    case WORD_FORWARD: check_send(b, call, call->word); return true;
    case WORD_ARM:
    case WORD_DISARM: check_timer(b, call); return true;
    case WORD_NONE:
    case WORD_HOOK:
    case WORD_EFFECT: break;
    }
    if (!check_hook(b, call) && !check_effect(b, call)) {
        jk_gen_refuse(b->m, call->at, RULE_UNKNOWN, "`%s` is no word, hook of this role or effect",
                      call->text);
    }
    return true;
}

static bool check_list(gen_body *b, gen_node *list);

static bool check_if(gen_body *b, gen_node *n)
{
    unsigned before = b->set;
    unsigned after = ~0U;
    bool falls = false;
    int errors = b->m->errors;
    for (gen_node *o = n->list; o != NULL; o = o->next) {
        b->set = before;
        gen_node *guard = o->list;
        if (guard->op == ST_EXPRESSION) {
            gen_type truth = {TYPE_BOOL, NULL};
            check_value(b, guard->a, truth, "a condition");
        } else if (guard->op != ST_ELSE) {
            jk_gen_refuse(b->m, guard->at, RULE_GUARD,
                          "an option of an if begins with a condition");
        } else if (o->next != NULL) {
            jk_gen_refuse(b->m, guard->at, RULE_GUARD, "`else` is the last option");
        }
        if (check_list(b, guard->next)) {
            falls = true;
            after &= b->set;
        }
    }
    if (b->m->errors == errors) {
        jk_gen_check_choice(b->m, n);
    }
    b->set = falls ? after : before;
    return falls;
}

static void refuse_statement(gen_body *b, const gen_node *n)
{
    switch ((int)n->op) {
    case ST_EXPRESSION:
        jk_gen_refuse(b->m, n->at, RULE_GUARD, "the condition `%s` could block the step",
                      jk_gen_show(b->m, n->a));
        break;
    case ST_RECEIVE:
        jk_gen_refuse(b->m, n->at, RULE_INPUT, "`%s` is a second input", n->a->text);
        break;
    case ST_SEND:
        jk_gen_refuse(b->m, n->at, RULE_UNKNOWN, "write send(`%s`, KIND, ...)", n->a->text);
        break;
    case ST_GOTO:
        jk_gen_refuse(b->m, n->at, RULE_END, "`goto %s` keeps the registers: write NEXT(%s)",
                      n->text, n->text);
        break;
    case ST_DECLARE:
        jk_gen_refuse(b->m, n->at, RULE_UNDECLARED, "`%s` is declared inside a step",
                      n->list->text);
        break;
    default:
        jk_gen_refuse(b->m, n->at, RULE_SYNTAX, "`%s` does not belong into a body",
                      n->text == NULL ? "?" : n->text);
        break;
    }
}

/* Checks statements in order; returns whether the path goes on behind them. */
static bool check_list(gen_body *b, gen_node *list)
{
    bool falls = true;
    for (gen_node *n = list; n != NULL; n = n->next) {
        if (!falls) {
            jk_gen_refuse(b->m, n->at, RULE_AFTER, "a statement follows NEXT or IMPOSSIBLE");
            return false;
        }
        bool word =
            n->op == ST_EXPRESSION &&
            (n->a->op == OP_CALL || (n->a->op == OP_NAME && strcmp(n->a->text, "IMPOSSIBLE") == 0));
        if (word) {
            falls = check_word(b, n->a);
        } else if (n->op == ST_ASSIGN) {
            check_assign(b, n);
        } else if (n->op == ST_IF) {
            falls = check_if(b, n);
        } else if (n->op != ST_SKIP) {
            refuse_statement(b, n);
        }
    }
    return falls;
}

/* The most actions on any path from here; `if`s multiply only their own branches. */
static int longest(const gen_node *list)
{
    int actions = 0;
    for (const gen_node *n = list; n != NULL; n = n->next) {
        if (n->op == ST_IF) {
            int most = 0;
            for (const gen_node *o = n->list; o != NULL; o = o->next) {
                int here = longest(o->list->next);
                most = here > most ? here : most;
            }
            actions += most;
        } else if (n->op == ST_EXPRESSION) {
            gen_word word = n->a->word;
            actions += word == WORD_SEND || word == WORD_SEND_EACH || word == WORD_FORWARD ||
                       word == WORD_ARM || word == WORD_DISARM || word == WORD_EFFECT;
        }
    }
    return actions;
}

void jk_gen_check_body(gen_model *m, gen_role *r, gen_option *o)
{
    gen_body b = {m, r, o, 0};
    if (o->input->class != INPUT_EXPIRY) {
        b.set |= REGISTER_IN;
    }
    if (o->each) {
        b.set |= REGISTER_PEER;
    }
    if (check_list(&b, o->body)) {
        jk_gen_refuse(m, o->at, RULE_END, "a path of this option does not end in NEXT");
    }
    o->actions = longest(o->body);
    if (o->actions > ACTIONS_MAX) {
        jk_gen_refuse(m, o->at, RULE_ACTIONS, "a step of %d actions", o->actions);
    }
}
