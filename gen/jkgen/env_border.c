/* SPDX-License-Identifier: Apache-2.0 */
/* What no edge of the graph shows of a machine, written for the explorer to look at: that what
 * cannot come is refused and changes nothing, that a host which fails changes nothing, that rows
 * which cannot be are known, that what is done to timers is what the row says. */
#define _POSIX_C_SOURCE 200809L
#include "env_code.h"

#include <string.h>

static const gen_input *expiry_of(const gen_role *r, const gen_variable *v)
{
    const gen_input *in = r->input;
    while (in < r->input + r->inputs && in->timer != v) {
        in++;
    }
    return in;
}

/* The last look at a step: each timer is as its last action left it, and nothing is done twice. */
static void put_timers(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *upper = jk_gen_upper(m, jk_gen_c_role(m, r));
    const char *message = jk_gen_upper(m, m->message);
    fprintf(w->f,
            "\nstatic bool timers_%s(const %s *before, const %s *m, uint16_t input,\n"
            "const jk_%s_actions *actions)\n{\n(void)before;\n(void)m;\n(void)input;\n",
            r->name, jk_gen_c_role(m, r), jk_gen_c_role(m, r), m->message);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->timer) {
            fprintf(w->f, "bool t_%s = before->%s && input != %s_IN_%s;\n", v->name, v->name, upper,
                    expiry_of(r, v)->name);
        }
    }
    fprintf(w->f,
            "for (unsigned k = 0; k < actions->count; k++) {\n"
            "const jk_%s_action *a = &actions->item[k];\n"
            "for (unsigned j = 0; j < k && a->op >= JK_%s_ARM; j++) {\n"
            "const jk_%s_action *b = &actions->item[j];\n"
            "if (a->op == b->op && a->code == b->code",
            m->message, message, m->message);
    for (int i = 0; i < m->fields; i++) {
        fprintf(w->f, " &&\nmemcmp(&a->out.%s, &b->out.%s, sizeof(a->out.%s)) == 0",
                m->field[i].name, m->field[i].name, m->field[i].name);
    }
    fprintf(w->f, ") {\nreturn false;\n}\n}\n");
    fprintf(w->f, "if (a->op != JK_%s_ARM && a->op != JK_%s_DISARM) {\ncontinue;\n}\n", message,
            message);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->timer) {
            fprintf(w->f,
                    "if (a->code == %s_TIMER_%s) {\nt_%s = a->op == JK_%s_ARM;\ncontinue;\n}\n",
                    upper, jk_gen_upper(m, v->name), v->name, message);
        }
    }
    fprintf(w->f, "return false;\n}\nreturn true");
    for (int i = 0; i < r->variables; i++) {
        if (r->variable[i].timer) {
            fprintf(w->f, " && m->%s == t_%s", r->variable[i].name, r->variable[i].name);
        }
    }
    fprintf(w->f, ";\n}\n");
}

/* Each question of the step once more, with a host that fails, or answers nothing. */
static void put_failing_host(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    if (!r->hooks) {
        return;
    }
    fprintf(w->f,
            "\nstatic bool fails_%s(jk_context *x, const %s *before, const jk_%s_event *event,\n"
            "unsigned from)\n{\njk_world *w = x->w;\njk_%s_actions actions;\n"
            "const unsigned asks = x->asks, at = w->at;\n"
            "const jk_listener *listener = w->listener;\nint32_t sum[JK_SUMS];\n"
            "memcpy(sum, w->sum, sizeof(sum));\nbool good = true;\nw->listener = NULL;\n"
            "for (unsigned k = 1; k <= 2 * asks && good; k++) {\n%s m = *before;\n"
            "actions.count = 9;\nw->at = from;\nx->asks = 0;\nx->fails = (k + 1) / 2;\n"
            "x->silent = k %% 2 == 0;\n"
            "good = !%s_machine.step(&m, event, &hooks_%s, x, &actions) && actions.count == 9 &&\n"
            "memcmp(&m, before, sizeof(m)) == 0;\n}\n"
            "w->at = at;\nw->listener = listener;\nmemcpy(w->sum, sum, sizeof(sum));\nx->fails = "
            "0;\nreturn good;\n}\n",
            r->name, type, m->message, m->message, type, type, r->name);
}

/* Whether the statements, or what they lead to, add to the count. */
static bool adds(const gen_node *n, const char *count)
{
    for (; n != NULL; n = n->next) {
        bool here = n->op == ST_ASSIGN && n->a->op == OP_NAME && strcmp(n->a->text, count) == 0 &&
                    n->b->op == OP_BINARY && strcmp(n->b->text, "+") == 0;
        if (here || (n->list != NULL && adds(n->list, count))) {
            return true;
        }
    }
    return false;
}

static bool is_sum(const gen_role *r, const gen_variable *v)
{
    for (int i = 0; i < r->states && v->type.base == TYPE_COUNT; i++) {
        for (int k = 0; k < r->inputs; k++) {
            const gen_option *o = r->state[i].on[k];
            if (o != NULL && o->reaction == STEP && adds(o->body, v->name)) {
                return true;
            }
        }
    }
    return false;
}

bool jk_env_adds(const gen_role *r)
{
    for (int i = 0; i < r->variables; i++) {
        if (is_sum(r, &r->variable[i])) {
            return true;
        }
    }
    return false;
}

/* A step that adds to a count, once more where all counts are at their end: it is refused. */
static void put_end_of_counts(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    if (!jk_env_adds(r)) {
        return;
    }
    fprintf(
        w->f,
        "\nstatic bool ends_%s(jk_context *x, const %s *before, const %s *after,\n"
        "const jk_%s_event *event, unsigned from)\n{\njk_world *w = x->w;\nbool added = false;\n",
        r->name, type, type, m->message);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (!is_sum(r, v)) {
            continue;
        }
        fprintf(w->f, "static const bool adds_%s[%d][%d] = {\n", v->name, r->states, r->inputs + 2);
        for (int k = 0; k < r->states; k++) {
            fprintf(w->f, "{false, ");
            for (int j = 0; j < r->inputs; j++) {
                const gen_option *o = r->state[k].on[j];
                bool here = o != NULL && o->reaction == STEP && adds(o->body, v->name);
                fprintf(w->f, "%s, ", here ? "true" : "false");
            }
            fprintf(w->f, "false},\n");
        }
        fprintf(w->f,
                "};\nadded = added || (adds_%s[before->state][event->input] && after->%s != "
                "before->%s);\n",
                v->name, v->name, v->name);
    }
    fprintf(w->f, "if (!added) {\nreturn true;\n}\n%s m = *before;\njk_%s_event last = *event;\n",
            type, m->message);
    for (int i = 0; i < r->variables; i++) {
        if (r->variable[i].type.base == TYPE_COUNT) {
            fprintf(w->f, "m.%s = UINT64_MAX;\n", r->variable[i].name);
        }
    }
    for (int i = 0; i < m->fields; i++) {
        if (m->field[i].type.base == TYPE_COUNT) {
            fprintf(w->f, "last.in.%s = UINT64_MAX;\n", m->field[i].name);
        }
    }
    fprintf(w->f,
            "const %s full = m;\nconst jk_world saved = *w;\nconst unsigned asks = x->asks;\n"
            "jk_%s_actions actions;\nactions.count = 9;\nw->at = from;\nw->listener = NULL;\n"
            "x->asks = 0;\nbool refused = !%s_machine.step(&m, &last, %s%s, x, &actions) &&\n"
            "actions.count == 9 && memcmp(&m, &full, sizeof(m)) == 0;\n*w = saved;\n"
            "x->asks = asks;\nreturn refused;\n}\n",
            type, m->message, type, r->hooks ? "&hooks_" : "NULL", r->hooks ? r->name : "");
}

/* The host of what is refused or dropped: it must not be asked. */
static void put_no_hosts(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    for (int i = 0; i < m->hooks; i++) {
        const gen_hook *h = &m->hook[i];
        if (strcmp(h->role, r->name) == 0) {
            fprintf(
                w->f,
                "\nstatic bool none_%s_%s(void *ctx, const jk_%s_event *event, %s *answer)\n{\n"
                "(void)event;\n(void)answer;\n(void)jk_violated(ctx, \"what is refused asks its "
                "host\", \"%s\", 0);\nreturn false;\n}\n",
                r->name, h->name, m->message, jk_gen_c_type(h->type.base), r->path);
        }
    }
    if (!r->hooks) {
        return;
    }
    fprintf(w->f, "\nstatic const %s_hooks none_%s = {\n", jk_gen_c_role(m, r), r->name);
    for (int i = 0; i < m->hooks; i++) {
        if (strcmp(m->hook[i].role, r->name) == 0) {
            fprintf(w->f, ".%s = none_%s_%s,\n", m->hook[i].name, r->name, m->hook[i].name);
        }
    }
    fprintf(w->f, "};\n");
}

/* What stands for the host in a call that must not ask it. */
static const char *no_host(env_writer *w)
{
    const gen_role *r = w->p->role;
    return r->hooks ? jk_gen_print(w->e->m, "&none_%s, w", r->name) : "NULL, NULL";
}

/* 0 refused, 1 dropped, 2 a step, 3 a step if its timer is armed; by state and input. */
static void put_reactions(env_writer *w)
{
    const gen_role *r = w->p->role;
    fprintf(w->f, "static const uint8_t reaction[%d][%d] = {\n", r->states, r->inputs + 2);
    for (int i = 0; i < r->states; i++) {
        fprintf(w->f, "{0, ");
        for (int k = 0; k < r->inputs; k++) {
            const gen_option *o = r->state[i].on[k];
            int word = o == NULL ? 0 : o->reaction == DROPPED ? 1 : 0;
            word = o != NULL && o->reaction == STEP ? (r->input[k].timer != NULL ? 3 : 2) : word;
            fprintf(w->f, "%d, ", word);
        }
        fprintf(w->f, "0},\n");
    }
    fprintf(w->f, "};\n");
    fprintf(w->f, "static const bool final[%d] = {", r->states);
    for (int i = 0; i < r->states; i++) {
        bool final = false;
        for (int k = 0; k < r->finals; k++) {
            final = final || strcmp(r->final[k], r->state[i].label) == 0;
        }
        fprintf(w->f, "%s, ", final ? "true" : "false");
    }
    fprintf(w->f, "};\n");
}

/* Rows that are none, made of one that is one. */
static void put_bad_rows(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    const char *bad = "return jk_violated(w, \"a row that cannot be passes for one\", ";
    fprintf(
        w->f,
        "struct {\n%s row;\nuint8_t behind[8];\n} alone; /* what is behind a row is none of it */\n"
        "memset(&alone, 0xff, sizeof(alone));\nalone.row = m;\n"
        "if (!%s_machine.invariant(&alone.row)) {\n"
        "return jk_violated(w, \"a row that no step makes\", \"%s\", 0);\n}\n"
        "n = m;\nn.state = %d;\nif (%s_machine.invariant(&n)) {\n%s\"%s\", 0);\n}\n",
        type, type, r->path, r->states, type, bad, r->path);
    fprintf(w->f, "size_t used = sizeof(m.state)");
    for (int i = 0; i < r->variables; i++) {
        if (!r->variable[i].parameter) {
            fprintf(w->f, " + sizeof(m.%s)", r->variable[i].name);
        }
    }
    fprintf(w->f,
            ";\nfor (size_t k = used; k < sizeof(m); k++) {\nn = m;\n((uint8_t *)&n)[k] = 1;\n"
            "if (%s_machine.invariant(&n)) {\n%s\"%s\", 0);\n}\n}\n",
            type, bad, r->path);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->type.base != TYPE_BOOL || v->parameter) {
            continue;
        }
        fprintf(w->f,
                "n = m;\n*(uint8_t *)&n.%s = 2;\nif (%s_machine.invariant(&n)) {\n%s\"%s\", "
                "0);\n}\n",
                v->name, type, bad, r->path);
        if (v->timer) {
            fprintf(w->f,
                    "n = m;\nn.%s = true;\nif (reaction[m.state][%s_IN_%s] != 3 && "
                    "%s_machine.invariant(&n)) {\n%s\"%s\", 0);\n}\n",
                    v->name, jk_gen_upper(m, type), expiry_of(r, v)->name, type, bad, r->path);
        }
    }
}

static void put_refusals(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    fprintf(w->f,
            "n = m;\nn.state = %d;\nactions.count = 9;\nevent.input = %d;\n"
            "if (%s_machine.step(&n, &event, %s, &actions) || actions.count != 9) {\n"
            "return jk_violated(w, \"a state that is none takes a step\", \"%s\", 0);\n}\n"
            "for (uint16_t round = 0; round < %d; round++) {\n"
            "const uint16_t input = (uint16_t)(round / 4);\n"
            "memset(&event.in, round %% 4 == 1, sizeof(event.in));\n"
            "unsigned word = reaction[m.state][input];\n",
            r->states, r->inputs == 0 ? 0 : 1, type, no_host(w), r->path, 4 * (r->inputs + 2));
    for (int i = 0; i < m->fields; i++) {
        if (m->field[i].type.base == TYPE_COUNT) {
            fprintf(w->f, "if (round %% 4 > 1) {\nevent.in.%s = round %% 4 - 1U;\n}\n",
                    m->field[i].name);
        }
    }
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (v->timer) {
            fprintf(w->f, "word = input == %s_IN_%s && word == 3 && !m.%s ? 0 : word;\n",
                    jk_gen_upper(m, type), expiry_of(r, v)->name, v->name);
        }
    }
    fprintf(w->f,
            "if (word > 1) {\ncontinue;\n}\nn = m;\nactions.count = 9;\nevent.input = input;\n"
            "bool ok = %s_machine.step(&n, &event, %s, &actions);\n"
            "if (ok != (word == 1) || memcmp(&n, &m, sizeof(m)) != 0 || actions.count != (ok ? 0 : "
            "9)) {\nreturn jk_violated(w, word == 0 ? \"what cannot come is not refused\" : \"what "
            "is to be dropped changes something\", \"%s\", 0);\n}\n}\n",
            type, no_host(w), r->path);
}

/* A timer that is not armed any more expires: refused. */
static void put_late_expiries(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        if (!v->timer) {
            continue;
        }
        fprintf(w->f,
                "n = m;\nn.%s = false;\nactions.count = 9;\nevent.input = %s_IN_%s;\n"
                "if (%s_machine.step(&n, &event, %s, &actions) || actions.count != 9) "
                "{\nreturn jk_violated(w, \"a timer that does not run "
                "expires\", \"%s\", 0);\n}\n"
                "n.%s = m.%s;\nif (memcmp(&n, &m, sizeof(m)) != 0) {\nreturn jk_violated(w, \"a "
                "timer that does not run changes something\", \"%s\", 0);\n}\n",
                v->name, jk_gen_upper(m, type), expiry_of(r, v)->name, type, no_host(w), r->path,
                v->name, v->name, r->path);
    }
}

static void put_routes(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    const char *upper = jk_gen_upper(m, type);
    fprintf(w->f, "if (%s_machine.input(0xffff, 0xffff) != 0", type);
    for (int i = 0; i < r->inputs; i++) {
        const gen_input *in = &r->input[i];
        if (in->timer != NULL) {
            fprintf(w->f, " ||\n%s_machine.input(0, %s_TIMER_%s) != %d", type, upper,
                    jk_gen_upper(m, in->timer->name), i + 1);
        } else {
            fprintf(w->f, " ||\n%s_machine.input(JK_%s_LINK_%s, %s%s) != %d", type,
                    jk_gen_upper(m, m->protocol), jk_gen_upper(m, in->link->name),
                    jk_gen_c_prefix(m, in->link->set), in->link->set->constant[in->constant],
                    i + 1);
        }
    }
    fprintf(w->f, ") {\nreturn jk_violated(w, \"an input has another number\", \"%s\", 0);\n}\n",
            r->path);
}

void jk_env_code_border(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    put_timers(w);
    put_failing_host(w);
    put_end_of_counts(w);
    put_no_hosts(w);
    fprintf(w->f, "\nstatic int border_%s(jk_world *w, const struct jk_p_%s *p)\n{\n", r->name,
            r->name);
    put_reactions(w);
    fprintf(w->f,
            "%s m, n;\njk_%s_event event;\njk_%s_actions actions;\nif (p->at == 0) {\n"
            "return JK_STEP_NONE;\n}\nmemset(&event, 0, sizeof(event));\nload_%s(w, p, &m);\n"
            "if (%s_machine.state(&m) != m.state || "
            "%s_machine.is_final(m.state) != final[m.state]) {\n"
            "return jk_violated(w, \"a state is told otherwise\", \"%s\", 0);\n}\n",
            type, m->message, m->message, r->name, type, type, r->path);
    put_bad_rows(w);
    put_refusals(w);
    put_late_expiries(w);
    put_routes(w);
    fprintf(w->f, "return w->violation == NULL ? JK_STEP_NONE : JK_STEP_VIOLATED;\n}\n");
}

/* What an effect does not use is zero. */
void jk_env_put_unused(env_writer *w, const char *effect)
{
    gen_model *m = w->e->m;
    const gen_effect *e = m->effect;
    while (e < m->effect + m->effects && strcmp(e->name, effect) != 0) {
        e++;
    }
    for (int i = 0; i < m->fields && e < m->effect + m->effects; i++) {
        bool used = false;
        for (int k = 0; k < e->arguments; k++) {
            used = used || strcmp(e->argument[k]->name, m->field[i].name) == 0;
        }
        if (!used) {
            fprintf(w->f,
                    "if (x->out_%s != 0) {\nreturn jk_violated(w, \"an effect has a field that it "
                    "does not use\", \"%s\", 0);\n}\n",
                    m->field[i].name, w->p->role->path);
        }
    }
}

/* Which row and which look at it belongs to an actor. */
void jk_env_code_borders(gen_env *e, FILE *f)
{
    fprintf(f, "\nstatic const void *row(const void *state, unsigned actor, size_t *size)\n{\n"
               "const jk_state *s = state;\nswitch (actor) {\n");
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < e->processes; i++) {
            const env_process *p = &e->process[i];
            for (int k = 0; k < p->instances && p->role != NULL; k++) {
                if (pass == 0) {
                    fprintf(f, "case %d: *size = sizeof(s->p_%s[%d]); return &s->p_%s[%d];\n",
                            p->pid[k], p->name, k, p->name, k);
                } else {
                    fprintf(f, "case %d: return border_%s(w, &s->p_%s[%d]);\n", p->pid[k], p->name,
                            p->name, k);
                }
            }
        }
        fprintf(f, pass == 0
                       ? "default: *size = 0; (void)s; return NULL;\n}\n}\n\n"
                         "static int border(jk_world *w, const void *state, unsigned actor)\n{\n"
                         "const jk_state *s = state;\nswitch (actor) {\n"
                       : "default: (void)s; (void)w; return JK_STEP_NONE;\n}\n}\n");
    }
}
