/* SPDX-License-Identifier: Apache-2.0 */
/* The statements behind an input, and expressions, as C. */
#include "tree.h"

#include <string.h>

static bool is_zero(const gen_node *e)
{
    return e->op == OP_NUMBER && e->number == 0;
}

static const char *value(gen_writer *w, const gen_node *e);

/* Where a token stands; its address is taken. */
static const char *place_of(gen_writer *w, const gen_node *e)
{
    if (e->op == OP_FIELD) {
        return jk_gen_print(w->m, "event->in.%s", e->text);
    }
    if (strcmp(e->text, "OWN_KEY") == 0) {
        return "event->key";
    }
    if (strcmp(e->text, "peer") == 0) {
        return "event->peer";
    }
    return jk_gen_print(w->m, "m->%s", e->text);
}

static const char *compare_tokens(gen_writer *w, const gen_node *e)
{
    const gen_node *left = is_zero(e->a) ? e->b : e->a;
    const gen_node *right = is_zero(e->a) ? e->a : e->b;
    const char *no = e->text[0] == '!' ? "!" : "";
    if (is_zero(right)) {
        return jk_gen_print(w->m, "%sis_none(&%s)", no, place_of(w, left));
    }
    return jk_gen_print(w->m, "%ssame(&%s, &%s)", no, place_of(w, left), place_of(w, right));
}

static bool is_token(const gen_node *e)
{
    return e->type.base == TYPE_TOKEN || e->type.base == TYPE_PEER;
}

static const char *operand(gen_writer *w, const gen_node *e, const gen_node *parent)
{
    const char *text = value(w, e);
    bool logic = strcmp(parent->text, "&&") == 0 || strcmp(parent->text, "||") == 0;
    bool plain = e->op != OP_BINARY || strcmp(e->text, parent->text) == 0 || e->text[0] == '+' ||
                 (logic && strchr("=!<>", e->text[0]) != NULL);
    return plain ? text : jk_gen_print(w->m, "(%s)", text);
}

static const char *name(gen_writer *w, const gen_node *e)
{
    const gen_set *s = NULL;
    int index = 0;
    if (jk_gen_constant(w->m, e->text, &s, &index)) {
        return jk_gen_print(w->m, "%s%s", jk_gen_c_prefix(w->m, s), s->constant[index]);
    }
    if (strcmp(e->text, "answer") == 0 || strcmp(e->text, "chosen") == 0 ||
        strcmp(e->text, "highest") == 0 || strcmp(e->text, "true") == 0 ||
        strcmp(e->text, "false") == 0) {
        return e->text;
    }
    return place_of(w, e);
}

static const char *value(gen_writer *w, const gen_node *e)
{
    switch ((int)e->op) {
    case OP_NUMBER: return jk_gen_print(w->m, "%ld", e->number);
    case OP_NAME: return name(w, e);
    case OP_UNARY:
        return jk_gen_print(w->m, e->a->op == OP_BINARY ? "%s(%s)" : "%s%s", e->text,
                            value(w, e->a));
    case OP_BINARY:
        if (is_token(e->a) || is_token(e->b)) {
            return compare_tokens(w, e);
        }
        if (e->text[0] == '+') {
            return jk_gen_print(w->m, "capped_sum(%s, %s)", value(w, e->a), value(w, e->b));
        }
        return jk_gen_print(w->m, "%s %s %s", operand(w, e->a, e), e->text, operand(w, e->b, e));
    default: return place_of(w, e);
    }
}

/* Fields of a message or arguments of an effect, as a compound literal; what is 0 is left out. */
static const char *literal(gen_writer *w, const gen_node *first, int count,
                           const char *const names[])
{
    const char *text = "";
    const gen_node *e = first;
    for (int i = 0; i < count; i++, e = e->next) {
        if (!is_zero(e) && strcmp(e->text == NULL ? "" : e->text, "false") != 0) {
            text = jk_gen_print(w->m, "%s%s.%s = %s", text, text[0] == '\0' ? "" : ", ", names[i],
                                value(w, e));
        }
    }
    return jk_gen_print(w->m, "(jk_%s_fields){%s}", w->m->message, text[0] == '\0' ? "0" : text);
}

static void indent(const gen_writer *w, int depth)
{
    fprintf(w->f, "%*s", 4 * depth, "");
}

/* Ends a statement with the comment of its line, once. */
static void end_statement(gen_writer *w, const gen_node *n)
{
    const char *comment = n->at.line == w->line ? "" : jk_gen_comment(w->m, n->at);
    w->line = n->at.line;
    fprintf(w->f, comment[0] == '\0' ? ";%s\n" : "; /* %s */\n", comment);
}

static void emit_send(gen_writer *w, const gen_node *n)
{
    const gen_node *call = n->a;
    const gen_arrow *l = call->of;
    gen_model *m = w->m;
    const char *upper = jk_gen_upper(m, m->protocol);
    bool forward = call->word == WORD_FORWARD;
    const char *peer = call->b == NULL ? "" : jk_gen_print(m, "&%s, ", place_of(w, call->b));
    fprintf(w->f, "*%s%s(out, %sJK_%s_LINK_%s, %s%s) = %s", call->text,
            peer[0] == '\0' ? "" : "_to", peer, upper, jk_gen_upper(m, l->name),
            jk_gen_c_prefix(m, l->set), l->set->constant[call->number],
            literal(w, call->list->next->next, forward ? m->forwards : m->sends,
                    forward ? m->forward : m->send));
    end_statement(w, n);
}

static void emit_effect(gen_writer *w, const gen_node *n)
{
    const gen_effect *e = n->a->of;
    const char *names[8];
    for (int i = 0; i < e->arguments; i++) {
        names[i] = e->argument[i]->name;
    }
    fprintf(w->f, "*effect(out, JK_%s_EFFECT_%s) = %s", jk_gen_upper(w->m, w->m->protocol), e->name,
            literal(w, n->a->list, e->arguments, names));
    end_statement(w, n);
}

/* A hook's answer is a local that must be in the hook's domain. */
static void emit_hook(gen_writer *w, const gen_node *n, int depth)
{
    const gen_hook *h = n->a->of;
    fprintf(w->f, "%s %s = 0;\n", jk_gen_c_type(h->type.base), h->answer);
    indent(w, depth);
    fprintf(w->f, "if (!hooks->%s(ctx, event, &%s)", h->name, h->answer);
    if (h->type.base == TYPE_MTYPE) {
        fprintf(w->f, " || !%s_says(%s)", h->name, h->answer);
    } else if (!h->zero) {
        fprintf(w->f, " || %s == 0", h->answer);
    }
    fprintf(w->f, ") {\n");
    indent(w, depth + 1);
    fprintf(w->f, "return false;\n");
    indent(w, depth);
    fprintf(w->f, "}\n");
}

static void emit_word(gen_writer *w, const gen_node *n, int depth)
{
    const gen_node *call = n->a;
    const char *role = jk_gen_upper(w->m, jk_gen_c_role(w->m, w->r));
    switch (call->word) {
    case WORD_NEXT:
        fprintf(w->f, "m->state = %s_%s", role, ((const gen_state *)call->of)->name);
        end_statement(w, n);
        indent(w, depth);
        fprintf(w->f, "return true;\n");
        break;
    case WORD_IMPOSSIBLE: fprintf(w->f, "return false; /* impossible */\n"); break;
    case WORD_SEND:
    case WORD_SEND_EACH:
    case WORD_FORWARD: emit_send(w, n); break;
    case WORD_ARM:
    case WORD_DISARM: {
        const gen_variable *v = call->of;
        fprintf(w->f, "%s(out, &m->%s, %s_TIMER_%s)", call->word == WORD_ARM ? "arm" : "disarm",
                v->name, role, jk_gen_upper(w->m, v->name));
        end_statement(w, n);
        break;
    }
    case WORD_HOOK: emit_hook(w, n, depth); break;
    case WORD_EFFECT: emit_effect(w, n); break;
    case WORD_NONE: break;
    }
}

static void emit_assign(gen_writer *w, const gen_node *n, int depth)
{
    const gen_node *e = n->b;
    if (e->op == OP_BINARY && (e->text[0] == '+' || e->text[0] == '-')) {
        fprintf(w->f, "if (!%s(&m->%s, %s, %s)) {\n", e->text[0] == '+' ? "plus" : "minus",
                n->a->text, value(w, e->a), value(w, e->b));
        indent(w, depth + 1);
        fprintf(w->f, "return false;\n");
        indent(w, depth);
        fprintf(w->f, "}\n");
        return;
    }
    bool none = is_zero(e) && is_token(n->a);
    fprintf(w->f, "m->%s = %s", n->a->text,
            none                                         ? "(jk_token){{0}}"
            : n->a->type.base == TYPE_BOOL && is_zero(e) ? "false"
                                                         : value(w, e));
    end_statement(w, n);
}

/* Whether a path goes on behind the list. */
static bool falls(const gen_node *list)
{
    for (const gen_node *n = list; n != NULL; n = n->next) {
        if (n->op == ST_EXPRESSION && (n->a->word == WORD_NEXT || n->a->word == WORD_IMPOSSIBLE)) {
            return false;
        }
        bool all = n->op == ST_IF;
        for (const gen_node *o = n->op == ST_IF ? n->list : NULL; o != NULL; o = o->next) {
            all = all && !falls(o->list->next);
        }
        if (all) {
            return false;
        }
    }
    return true;
}

static bool is_empty(const gen_node *list)
{
    return list == NULL || (list->op == ST_SKIP && is_empty(list->next));
}

/* Options behind one that leaves the function need no `else`; the last needs no condition, because
 * jkgen has proved that exactly one holds. */
static void emit_if(gen_writer *w, const gen_node *n, int depth)
{
    const gen_node *second = n->list->next;
    if (second != NULL && second->next == NULL && is_empty(n->list->list->next)) {
        const gen_node *guard = n->list->list->a;
        indent(w, depth);
        fprintf(w->f, guard->op == OP_BINARY ? "if (!(%s)) {\n" : "if (!%s) {\n", value(w, guard));
        jk_gen_emit_body(w, second->list->next, depth + 1);
        indent(w, depth);
        fprintf(w->f, "}\n");
        return;
    }
    bool left = true; /* every option so far has left */
    for (const gen_node *o = n->list; o != NULL; o = o->next) {
        bool last = o->next == NULL;
        if (last && is_empty(o->list->next)) {
            break;
        }
        if (last && left) {
            jk_gen_emit_body(w, o->list->next, depth);
            return;
        }
        if (left) {
            indent(w, depth);
        }
        if (last) {
            fprintf(w->f, " else {\n");
        } else {
            fprintf(w->f, "%sif (%s) {\n", left ? "" : " else ", value(w, o->list->a));
        }
        jk_gen_emit_body(w, o->list->next, depth + 1);
        indent(w, depth);
        left = left && !falls(o->list->next);
        fprintf(w->f, left ? "}\n" : "}");
    }
    if (!left) {
        fprintf(w->f, "\n");
    }
}

void jk_gen_emit_body(gen_writer *w, const gen_node *list, int depth)
{
    for (const gen_node *n = list; n != NULL; n = n->next) {
        if (n->op == ST_IF) {
            emit_if(w, n, depth);
            continue;
        }
        if (n->op == ST_SKIP) {
            continue;
        }
        indent(w, depth);
        if (n->op == ST_ASSIGN) {
            emit_assign(w, n, depth);
        } else {
            emit_word(w, n, depth);
        }
    }
}
