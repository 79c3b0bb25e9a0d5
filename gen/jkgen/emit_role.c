/* SPDX-License-Identifier: Apache-2.0 */
/* <protocol>_<role>.[ch]: the struct, the enums, one function a state, and the step around them. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#define INLINE_STATEMENTS 8 /* a longer body, or one with an if, gets a function of its own */
#define COLUMNS_MAX       98

static void emit_variable(gen_model *m, FILE *h, const gen_variable *v)
{
    const char *comment = jk_gen_comment(m, v->at);
    fprintf(h, "    %s %s;", jk_gen_c_type(v->type.base), v->name);
    fprintf(h, comment[0] == '\0' ? "%s\n" : " /* %s */\n", comment);
}

/* By size, then the padding up to the alignment, so that rows compare with memcmp. */
static unsigned emit_struct(gen_model *m, const gen_role *r, FILE *h, unsigned *padding)
{
    static const gen_base order[] = {TYPE_COUNT,   TYPE_TOKEN, TYPE_PEER,
                                     TYPE_MEMBERS, TYPE_MTYPE, TYPE_BOOL};
    unsigned size = 2;
    unsigned align = 2;
    fprintf(h,
            "\n/* The row of a machine.  All bytes zero: %s, the initial state. */\n"
            "typedef struct %s {\n",
            r->state[0].name, jk_gen_c_role(m, r));
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        if (order[k] == TYPE_MTYPE) {
            fprintf(h, "    uint16_t state;\n");
        }
        for (int i = 0; i < r->variables; i++) {
            if (r->variable[i].type.base == order[k]) {
                emit_variable(m, h, &r->variable[i]);
                unsigned bytes = jk_gen_c_size(order[k]);
                size += bytes;
                align = bytes < 16 && bytes > align ? bytes : align;
            }
        }
    }
    *padding = (align - size % align) % align;
    if (*padding > 0) {
        fprintf(h, "    uint8_t zero[%u];\n", *padding);
    }
    size += *padding;
    fprintf(h, "} %s;\n\n_Static_assert(sizeof(%s) == %u, \"a row has no hidden bytes\");\n",
            jk_gen_c_role(m, r), jk_gen_c_role(m, r), size);
    return size;
}

static void emit_states(gen_model *m, const gen_role *r, FILE *h)
{
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    fprintf(h, "\ntypedef enum %s_state {\n", jk_gen_c_role(m, r));
    for (int i = 0; i < r->states; i++) {
        const gen_state *s = &r->state[i];
        const char *note = strcmp(s->label, s->name) == 0 ? "" : s->label;
        for (int k = 0; k < r->finals; k++) {
            if (strcmp(r->final[k], s->label) == 0) {
                note = jk_gen_print(m, "%s, final", s->label);
            }
        }
        fprintf(h, "    %s_%s = %u%s", upper, s->name, s->number, i + 1 < r->states ? "," : "");
        fprintf(h, note[0] == '\0' ? "%s\n" : " /* %s */\n", note);
    }
    fprintf(h, "} %s_state;\n", jk_gen_c_role(m, r));
}

static const char *input_text(gen_model *m, const gen_input *in)
{
    if (in->timer != NULL) {
        return in->timer->date ? "the day has come" : "the time is over";
    }
    return jk_gen_print(m, "%s", in->link->name);
}

static void emit_inputs(gen_model *m, const gen_role *r, FILE *h)
{
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    fprintf(h,
            "\n/* What can come, and by which link, desk or timer. */\ntypedef enum %s_input {\n"
            "    %s_IN_NONE = 0,\n",
            jk_gen_c_role(m, r), upper);
    for (int i = 0; i < r->inputs; i++) {
        fprintf(h, "    %s_IN_%s = %d%s /* %s */\n", upper, r->input[i].name, i + 1,
                i + 1 < r->inputs ? "," : "", input_text(m, &r->input[i]));
    }
    fprintf(h, "} %s_input;\n", jk_gen_c_role(m, r));
    bool timers = false;
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->timer) {
            fprintf(h, timers ? ",\n" : "\ntypedef enum %s_timer {\n", jk_gen_c_role(m, r));
            fprintf(h, "    %s_TIMER_%s = %u", upper, jk_gen_upper(m, v->name), v->number);
            timers = true;
        }
    }
    if (timers) {
        fprintf(h, "\n} %s_timer;\n", jk_gen_c_role(m, r));
    }
}

static void emit_hooks(gen_model *m, const gen_role *r, FILE *h)
{
    if (!r->hooks) {
        return;
    }
    fprintf(h,
            "\n/* Questions to the host, inside the step's transaction.  false, or an answer that\n"
            " * is not listed: the step fails and changes nothing. */\n"
            "typedef struct %s_hooks {\n",
            jk_gen_c_role(m, r));
    for (int i = 0; i < m->hooks; i++) {
        const gen_hook *k = &m->hook[i];
        if (strcmp(k->role, r->name) != 0) {
            continue;
        }
        if (k->type.base == TYPE_MTYPE) {
            const char *answers = "";
            for (int a = 0; a < k->type.set->count; a++) {
                if (k->domain[a]) {
                    answers = jk_gen_print(m, "%s%s%s", answers, answers[0] == '\0' ? "" : ", ",
                                           k->type.set->constant[a]);
                }
            }
            fprintf(h, "    /* %s */\n", answers);
        } else {
            fprintf(h, "    /* %s */\n", k->zero ? "any" : "not zero");
        }
        fprintf(h, "    bool (*%s)(void *ctx, const jk_%s_event *event, %s *%s);\n", k->name,
                m->message, jk_gen_c_type(k->type.base), k->answer);
    }
    fprintf(h, "} %s_hooks;\n", jk_gen_c_role(m, r));
}

static const char *hooks_type(gen_model *m, const gen_role *r)
{
    return r->hooks ? jk_gen_print(m, "%s_hooks", jk_gen_c_role(m, r)) : "void";
}

static void emit_prototype(gen_model *m, const gen_role *r, FILE *f)
{
    fprintf(f,
            "bool %s_step(%s *m, const jk_%s_event *event, const %s *hooks, void *ctx, "
            "jk_%s_actions *out)",
            jk_gen_c_role(m, r), jk_gen_c_role(m, r), m->message, hooks_type(m, r), m->message);
}

void jk_gen_emit_role_header(gen_model *m, const gen_role *r, FILE *h)
{
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    unsigned padding = 0;
    jk_gen_emit_begin(m, h, jk_gen_print(m, "%s/%s", m->protocol, r->file->name),
                      jk_gen_print(m, "Role %s; its row's key: %s.", r->name, r->key));
    fprintf(h, "#ifndef %s_H\n#define %s_H\n\n#include \"%s.h\"\n", upper, upper, m->protocol);
    emit_states(m, r, h);
    emit_inputs(m, r, h);
    (void)emit_struct(m, r, h, &padding);
    emit_hooks(m, r, h);
    fprintf(h, "\n/* The longest step of this role. */\n#define %s_ACTIONS_MAX %d\n\n", upper,
            r->actions);
    fprintf(h,
            "/* One step.  false: *m and *out are as they were.  true: an edge of the graph in\n"
            " * gen/tables/%s_%s.tsv was taken%s. */\n",
            m->protocol, r->name, r->hooks ? "" : "; hooks and ctx are not looked at");
    emit_prototype(m, r, h);
    fprintf(h, ";\n\nextern const jk_%s_machine %s_machine;\n\n#endif\n", m->message,
            jk_gen_c_role(m, r));
}

/* What a function reads; its parameters are these. */
typedef struct gen_needs {
    bool machine, event, hooks, out;
} gen_needs;

static bool mentions(const char *text, const char *word)
{
    for (const char *found = strstr(text, word); found != NULL; found = strstr(found + 1, word)) {
        char before = found == text ? ' ' : found[-1];
        if (strchr(" (&!*~\n", before) != NULL) {
            return true;
        }
    }
    return false;
}

static const char *function_name(gen_model *m, const gen_state *s, const gen_input *in)
{
    return jk_gen_print(m, "%s_on_%s", jk_gen_lower(m, s->name), jk_gen_lower(m, in->name));
}

static const char *parameters(gen_model *m, const gen_role *r, gen_needs n, bool call)
{
    const char *text = "";

    const struct {
        bool needed;
        const char *name, *type;
    } list[] = {
        {n.machine, "m", jk_gen_print(m, "%s *", jk_gen_c_role(m, r))},
        {n.event, "event", jk_gen_print(m, "const jk_%s_event *", m->message)},
        {n.hooks, "hooks", jk_gen_print(m, "const %s *", hooks_type(m, r))},
        {n.hooks, "ctx", "void *"},
        {n.out, "out", jk_gen_print(m, "jk_%s_actions *", m->message)},
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (list[i].needed) {
            text = jk_gen_print(m, "%s%s%s%s", text, text[0] == '\0' ? "" : ", ",
                                call ? "" : list[i].type, list[i].name);
        }
    }
    return text;
}

/* The body of an option as text; the caller frees it. */
static char *body_text(gen_model *m, const gen_role *r, const gen_option *o, int depth)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (f == NULL) {
        m->failed = 4;
        return NULL;
    }
    gen_writer w = {m, r, f, o->at.line};
    if (o->input->timer != NULL) {
        fprintf(f, "%*sif (!expire(&m->%s)) {\n%*sreturn false;\n%*s}\n", 4 * depth, "",
                o->input->timer->name, 4 * depth + 4, "", 4 * depth, "");
    }
    jk_gen_emit_body(&w, o->body, depth);
    if (fclose(f) != 0) {
        m->failed = 4;
    }
    return text;
}

static gen_needs needs_of(const char *text)
{
    gen_needs n = {mentions(text, "m->"), mentions(text, "event->") || mentions(text, "event,"),
                   mentions(text, "hooks->"), mentions(text, "out,")};
    return n;
}

static bool is_long(const gen_option *o)
{
    int statements = 0;
    for (const gen_node *n = o->body; n != NULL; n = n->next) {
        statements++;
        if (n->op == ST_IF || (n->op == ST_EXPRESSION && n->a->word == WORD_HOOK)) {
            return true;
        }
    }
    return statements > INLINE_STATEMENTS;
}

static int columns(const char *text)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        count += byte < 0x80 ? 1 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
    }
    return count;
}

static const char *origin(gen_model *m, const gen_option *o)
{
    static const char *const what[] = {"", "dropped", "unexpected", "not offered", "not armed"};
    const char *comment = jk_gen_comment(m, o->at);
    const char *word = what[o->reaction];
    const char *between = word[0] == '\0' || comment[0] == '\0' ? "" : ": ";
    return jk_gen_print(m, "%s:%d%s%s%s%s", o->at.file->name, o->at.line,
                        word[0] == '\0' && comment[0] == '\0' ? "" : "  ", word, between, comment);
}

static void emit_case(gen_model *m, const gen_role *r, FILE *c, const gen_option *o)
{
    const char *label =
        jk_gen_print(m, "    case %s_IN_%s:", jk_gen_upper(m, jk_gen_c_role(m, r)), o->input->name);
    const char *text = origin(m, o);
    bool fits = columns(label) + columns(text) + 7 <= COLUMNS_MAX;
    fprintf(c, fits ? "%s /* %s */\n" : "%s\n        /* %s */\n", label, text);
}

static void emit_option_function(gen_model *m, const gen_role *r, const gen_state *s,
                                 const gen_option *o, FILE *c)
{
    char *text = body_text(m, r, o, 1);
    if (text == NULL) {
        return;
    }
    const char *head = jk_gen_print(m, "%s, %s:", s->name, o->input->name);
    bool one = columns(head) + columns(origin(m, o)) + 7 <= COLUMNS_MAX;
    fprintf(c, "\n/* %s%s%s */\nstatic bool %s(%s)\n{\n%s}\n", head, one ? " " : "\n * ",
            origin(m, o), function_name(m, s, o->input), parameters(m, r, needs_of(text), false),
            text);
    free(text);
}

/* The cases of a state; returns what its function reads. */
static char *state_text(gen_model *m, const gen_role *r, const gen_state *s)
{
    char *all = NULL;
    size_t size = 0;
    FILE *c = open_memstream(&all, &size);
    if (c == NULL) {
        m->failed = 4;
        return NULL;
    }
    bool dropped = false;
    for (int i = 0; i < r->inputs; i++) {
        const gen_option *o = s->on[i];
        dropped = dropped || o->reaction == DROPPED;
        if (o->reaction != STEP) {
            continue;
        }
        emit_case(m, r, c, o);
        bool apart = is_long(o);
        char *text = body_text(m, r, o, apart ? 1 : 2);
        if (text != NULL && apart) {
            fprintf(c, "        return %s(%s);\n", function_name(m, s, o->input),
                    parameters(m, r, needs_of(text), true));
        } else if (text != NULL) {
            fputs(text, c);
        }
        free(text);
    }
    for (int i = 0; i < r->inputs; i++) {
        if (s->on[i]->reaction == DROPPED) {
            emit_case(m, r, c, s->on[i]);
        }
    }
    fputs(dropped ? "        return true;\n" : "", c);
    for (int i = 0; i < r->inputs; i++) {
        if (s->on[i]->reaction != STEP && s->on[i]->reaction != DROPPED) {
            emit_case(m, r, c, s->on[i]);
        }
    }
    fprintf(c, "    case %s_IN_NONE:\n        return false;\n",
            jk_gen_upper(m, jk_gen_c_role(m, r)));
    if (fclose(c) != 0) {
        m->failed = 4;
    }
    return all;
}

static gen_needs state_needs(const char *text)
{
    gen_needs n = needs_of(text);
    n.machine = n.machine || mentions(text, "m,") || mentions(text, "m)");
    n.event = true;
    n.hooks = n.hooks || mentions(text, "hooks,");
    n.out = n.out || mentions(text, "out)");
    return n;
}

static void emit_state(gen_model *m, const gen_role *r, const gen_state *s, FILE *c, gen_needs *n)
{
    for (int i = 0; i < r->inputs; i++) {
        if (s->on[i]->reaction == STEP && is_long(s->on[i])) {
            emit_option_function(m, r, s, s->on[i], c);
        }
    }
    char *text = state_text(m, r, s);
    if (text == NULL) {
        return;
    }
    *n = state_needs(text);
    const char *comment = jk_gen_comment(m, s->at);
    const char *head = jk_gen_print(m, "%s, %s:%d", s->name, r->file->name, s->at.line);
    bool one = columns(head) + columns(comment) + 8 <= COLUMNS_MAX;
    const char *join = comment[0] == '\0' ? "" : one ? ": " : ":\n * ";
    fprintf(c, "\n/* %s%s%s */\nstatic bool in_%s(%s)\n{\n", head, join, comment,
            jk_gen_lower(m, s->name), parameters(m, r, *n, false));
    fprintf(c, "    switch ((%s_input)event->input) {\n%s    }\n    return false;\n}\n",
            jk_gen_c_role(m, r), text);
    free(text);
}

static void emit_answers(gen_model *m, const gen_role *r, FILE *c)
{
    for (int i = 0; i < m->hooks; i++) {
        const gen_hook *h = &m->hook[i];
        if (strcmp(h->role, r->name) != 0 || h->type.base != TYPE_MTYPE) {
            continue;
        }
        fprintf(c,
                "\n/* The answers that %s declares. */\nstatic bool %s_says(uint16_t answer)\n{\n"
                "    return ",
                h->file, h->name);
        bool first = true;
        for (int a = 0; a < h->type.set->count; a++) {
            if (h->domain[a]) {
                fprintf(c, "%sanswer == %s%s", first ? "" : " || ", jk_gen_c_prefix(m, h->type.set),
                        h->type.set->constant[a]);
                first = false;
            }
        }
        fprintf(c, ";\n}\n");
    }
}

/* Whether a path of the list can still fail behind an action.  acted: one was before the list. */
static bool fails_late(const gen_node *list, bool *acted)
{
    for (const gen_node *n = list; n != NULL; n = n->next) {
        if (n->op == ST_IF) {
            bool any = *acted;
            for (const gen_node *o = n->list; o != NULL; o = o->next) {
                bool here = *acted;
                if (fails_late(o->list->next, &here)) {
                    return true;
                }
                any = any || here;
            }
            *acted = any;
        } else if (n->op == ST_ASSIGN) {
            bool sum = n->b->op == OP_BINARY && (n->b->text[0] == '+' || n->b->text[0] == '-');
            if (sum && *acted) {
                return true;
            }
        } else if (n->op == ST_EXPRESSION) {
            gen_word word = n->a->word;
            if (*acted && (word == WORD_HOOK || word == WORD_IMPOSSIBLE)) {
                return true;
            }
            *acted = *acted || (word != WORD_HOOK && word != WORD_IMPOSSIBLE && word != WORD_NEXT &&
                                word != WORD_NONE);
        }
    }
    return false;
}

static bool role_fails_late(const gen_role *r)
{
    for (int i = 0; i < r->states; i++) {
        for (int k = 0; k < r->inputs; k++) {
            const gen_option *o = r->state[i].on[k];
            bool acted = false;
            if (o != NULL && o->reaction == STEP && fails_late(o->body, &acted)) {
                return true;
            }
        }
    }
    return false;
}

/* A step that fails has changed nothing: the row is put back.  Actions are written where they
 * belong, unless a step can fail behind one: then they are handed over at its end. */
static void emit_attempt(gen_model *m, const gen_role *r, FILE *c, const char *rest, bool out)
{
    const char *role = jk_gen_c_role(m, r);
    fprintf(c, "    const %s before = *m;\n", role);
    if (role_fails_late(r)) {
        fprintf(c,
                "    jk_%s_actions list;\n    list.count = 0;\n"
                "    if (!take(m, %s%s)) {\n        *m = before;\n        return false;\n    }\n"
                "    hand_over(out, &list);\n    return true;\n}\n",
                m->message, rest, out ? ", &list" : "");
        return;
    }
    fprintf(c,
            "    const uint16_t count = out->count;\n    out->count = 0;\n"
            "    if (!take(m, %s%s)) {\n        *m = before;\n        out->count = count;\n"
            "        return false;\n    }\n    return true;\n}\n",
            rest, out ? ", out" : "");
}

static void emit_take(gen_model *m, const gen_role *r, FILE *c, const gen_needs *state)
{
    gen_needs all = {false, true, false, false};
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    for (int i = 0; i < r->states; i++) {
        all.hooks = all.hooks || state[i].hooks;
        all.out = all.out || state[i].out;
    }
    all.machine = true;
    fprintf(c, "\nstatic bool take(%s)\n{\n    switch ((%s_state)m->state) {\n",
            parameters(m, r, all, false), jk_gen_c_role(m, r));
    for (int i = 0; i < r->states; i++) {
        fprintf(c, "    case %s_%s:\n        return in_%s(%s);\n", upper, r->state[i].name,
                jk_gen_lower(m, r->state[i].name), parameters(m, r, state[i], true));
    }
    fprintf(c, "    }\n    return false;\n}\n\n");
    emit_prototype(m, r, c);
    fprintf(c, "\n{\n");
    if (!all.hooks) {
        fprintf(c, "    (void)hooks;\n    (void)ctx;\n");
    }
    gen_needs next = all;
    next.machine = false;
    next.out = false;
    const char *rest = parameters(m, r, next, true);
    emit_attempt(m, r, c, rest, all.out);
}

static void emit_routes(gen_model *m, const gen_role *r, FILE *c)
{
    const char *role = jk_gen_upper(m, jk_gen_c_role(m, r));
    const char *protocol = jk_gen_upper(m, m->protocol);
    fprintf(c,
            "\nstatic uint16_t input_of(uint16_t link, uint16_t kind)\n{\n"
            "    static const jk_%s_route routes[] = {\n",
            m->message);
    for (int i = 0; i < r->inputs; i++) {
        const gen_input *in = &r->input[i];
        const char *end = i + 1 < r->inputs ? "," : "";
        if (in->timer != NULL) {
            fprintf(c, "        {0, %s_TIMER_%s, %s_IN_%s}%s\n", role,
                    jk_gen_upper(m, in->timer->name), role, in->name, end);
        } else {
            fprintf(c, "        {JK_%s_LINK_%s, %s%s, %s_IN_%s}%s\n", protocol,
                    jk_gen_upper(m, in->link->name), jk_gen_c_prefix(m, in->link->set),
                    in->link->set->constant[in->constant], role, in->name, end);
        }
    }
    fprintf(c, "    };\n    return find_input(routes, sizeof(routes) / sizeof(routes[0]), link, "
               "kind);\n}\n");
}

static void emit_final(gen_model *m, const gen_role *r, FILE *c)
{
    fprintf(c,
            "\nstatic uint16_t state_of(const void *machine)\n{\n    const %s *m = machine;\n"
            "    return m->state;\n}\n",
            jk_gen_c_role(m, r));
    fprintf(c, "\nstatic bool is_final(uint16_t state)\n{\n");
    if (r->finals == 0) {
        fprintf(c, "    (void)state;\n    return false");
    }
    for (int i = 0; i < r->finals; i++) {
        const char *label = r->final[i];
        fprintf(c, "%sstate == %s_%s", i == 0 ? "    return " : " || ",
                jk_gen_upper(m, jk_gen_c_role(m, r)),
                strncmp(label, "end_", 4) == 0 ? label + 4 : label);
    }
    fprintf(c, ";\n}\n");
}

static int input_of_timer(const gen_role *r, const gen_variable *v)
{
    for (int i = 0; i < r->inputs; i++) {
        if (r->input[i].timer == v) {
            return i;
        }
    }
    return 0;
}

/* The state is one, flags are flags, padding is zero, and a timer is armed only where its expiry is
 * an input (UNARMED is the model's assert of it). */
static void emit_invariant(gen_model *m, const gen_role *r, FILE *c, unsigned padding)
{
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    fprintf(c, "\nstatic bool invariant(const void *machine)\n{\n    const %s *m = machine;\n",
            jk_gen_c_role(m, r));
    fprintf(c, "    if (m->state > %s_%s", upper, r->state[r->states - 1].name);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->type.base == TYPE_BOOL) {
            fprintf(c, " || !is_bool(&m->%s)", v->name);
        }
    }
    for (unsigned i = 0; i < padding; i++) {
        fprintf(c, " || m->zero[%u] != 0", i);
    }
    fprintf(c, ") {\n        return false;\n    }\n");
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (!v->timer) {
            continue;
        }
        bool first = true;
        for (int k = 0; k < r->states; k++) {
            if (r->state[k].on[input_of_timer(r, v)]->reaction == STEP) {
                fprintf(c, "%sm->state != %s_%s",
                        first ? jk_gen_print(m, "    if (m->%s && ", v->name) : " && ", upper,
                        r->state[k].name);
                first = false;
            }
        }
        fprintf(c, ") {\n        return false;\n    }\n");
    }
    fprintf(c, "    return true;\n}\n");
}

static void emit_machine(gen_model *m, const gen_role *r, FILE *c)
{
    const char *name = jk_gen_c_role(m, r);
    const char *upper = jk_gen_upper(m, name);
    fprintf(c,
            "\nstatic bool step(void *machine, const jk_%s_event *event, const void *hooks, "
            "void *ctx, jk_%s_actions *out)\n{\n    return %s_step(machine, event, hooks, ctx, "
            "out);\n}\n",
            m->message, m->message, name);
    fprintf(c, "\n_Static_assert(%s_ACTIONS_MAX <= JK_%s_ACTIONS_MAX, \"every step fits\");\n",
            upper, jk_gen_upper(m, m->message));
    fprintf(
        c,
        "\nconst jk_%s_machine %s_machine = {\n    .name = \"%s_%s\",\n    .size = sizeof(%s),\n"
        "    .actions_max = %s_ACTIONS_MAX,\n    .step = step,\n    .input = input_of,\n"
        "    .state = state_of,\n    .is_final = is_final,\n    .invariant = invariant,\n};\n",
        m->message, name, m->protocol, r->name, name, upper);
}

void jk_gen_emit_role(gen_model *m, const gen_role *r, FILE *c)
{
    gen_needs state[STATES_MAX] = {{false, false, false, false}};
    char *scratch = NULL;
    size_t size = 0;
    unsigned padding = 0;
    FILE *nowhere = open_memstream(&scratch, &size);
    if (nowhere != NULL) {
        (void)emit_struct(m, r, nowhere, &padding);
        (void)fclose(nowhere);
        free(scratch);
    }
    jk_gen_emit_begin(
        m, c, jk_gen_print(m, "%s/%s", m->protocol, r->file->name),
        jk_gen_print(m, "Role %s: one function a state, one case an input.", r->name));
    fprintf(c, "#include \"%s_%s.h\"\n\n#include \"%s_step.h\"\n", m->protocol, r->name,
            m->message);
    emit_answers(m, r, c);
    for (int i = 0; i < r->states; i++) {
        emit_state(m, r, &r->state[i], c, &state[i]);
    }
    emit_take(m, r, c, state);
    emit_routes(m, r, c);
    emit_final(m, r, c);
    emit_invariant(m, r, c, padding);
    emit_machine(m, r, c);
}
