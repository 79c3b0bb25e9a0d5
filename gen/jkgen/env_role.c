/* SPDX-License-Identifier: Apache-2.0 */
/* A role in the explorer: the generated machine, and around it only what jkgen writes: bytes of the
 * state to a row and back, messages to events, actions to the glue. */
#define _POSIX_C_SOURCE 200809L
#include "env_code.h"

#include <string.h>

static const char *upper_protocol(const env_writer *w)
{
    return jk_gen_upper(w->e->m, w->e->m->protocol);
}

static int entry(const env_process *p, const char *label)
{
    for (int i = 0; i < p->labels; i++) {
        if (strcmp(p->label[i], label) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* One variable or field from the model's byte to C, and back. */
static void put_to_c(env_writer *w, gen_type type, const char *c, const char *byte)
{
    switch ((int)type.base) {
    case TYPE_TOKEN:
    case TYPE_PEER: fprintf(w->f, "%s.byte[0] = %s;\n", c, byte); break;
    case TYPE_MTYPE: fprintf(w->f, "%s = c_%s[%s];\n", c, type.set->name, byte); break;
    case TYPE_BOOL: fprintf(w->f, "%s = %s != 0;\n", c, byte); break;
    default: fprintf(w->f, "%s = %s;\n", c, byte); break;
    }
}

static void put_to_byte(env_writer *w, gen_type type, const char *byte, const char *c)
{
    switch ((int)type.base) {
    case TYPE_TOKEN:
    case TYPE_PEER: fprintf(w->f, "%s = jk_token_byte(w, &%s);\n", byte, c); break;
    case TYPE_MTYPE: fprintf(w->f, "%s = m_%s(w, %s);\n", byte, type.set->name, c); break;
    case TYPE_BOOL: fprintf(w->f, "%s = %s;\n", byte, c); break;
    default: fprintf(w->f, "%s = jk_byte(w, %s);\n", byte, c); break;
    }
}

static void put_row(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    for (int back = 0; back < 2; back++) {
        fprintf(w->f, "\nstatic void %s_%s(jk_world *w, %sstruct jk_p_%s *p, %s%s *m)\n{\n",
                back == 0 ? "load" : "store", r->name, back == 0 ? "const " : "", r->name,
                back == 0 ? "" : "const ", type);
        fprintf(w->f, back == 0 ? "memset(m, 0, sizeof(*m));\nm->state = (uint16_t)(p->at - 1);\n"
                                : "p->at = (uint8_t)(m->state + 1);\n");
        for (int i = 0; i < r->variables; i++) {
            const gen_variable *v = &r->variable[i];
            const char *c = jk_gen_print(m, "m->%s", v->name);
            const char *byte = jk_gen_print(m, "p->%s", v->name);
            if (v->parameter) {
                continue;
            }
            if (back == 0) {
                put_to_c(w, v->type, c, byte);
            } else {
                put_to_byte(w, v->type, byte, c);
            }
        }
        fprintf(w->f, "(void)w;\n}\n");
    }
}

static void put_hooks(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    for (int i = 0; i < m->hooks; i++) {
        const gen_hook *h = &m->hook[i];
        if (strcmp(h->role, r->name) != 0) {
            continue;
        }
        fprintf(w->f,
                "\nstatic bool ask_%s_%s(void *ctx, const jk_%s_event *event, %s *answer)\n{\n"
                "jk_context *x = ctx;\njk_world *w = x->w;\n(void)event;\n"
                "bool fails = ++x->asks == x->fails;\nif (fails && x->silent) {\nreturn %s;\n}\n"
                "if (glue_%s(x, x->i, %d) != JK_STEP_TAKEN) {\nreturn false;\n}\n",
                r->name, h->name, m->message, jk_gen_c_type(h->type.base),
                h->type.base == TYPE_MTYPE || !h->zero ? "true" : "false", r->name,
                entry(w->p, jk_gen_print(m, "ASK_%s", h->name)));
        put_to_c(w, h->type, "*answer", jk_gen_print(m, "x->%s", h->answer));
        fprintf(w->f, "jk_tell(w, hook, \"%s\", \"%s\", x->%s, %s%s);\nreturn !fails;\n}\n",
                h->name, h->answer, h->answer, h->type.base == TYPE_MTYPE ? "names_" : "NULL",
                h->type.base == TYPE_MTYPE ? h->type.set->name : "");
    }
    if (!r->hooks) {
        return;
    }
    fprintf(w->f, "\nstatic const %s_hooks hooks_%s = {\n", jk_gen_c_role(m, r), r->name);
    for (int i = 0; i < m->hooks; i++) {
        if (strcmp(m->hook[i].role, r->name) == 0) {
            fprintf(w->f, ".%s = ask_%s_%s,\n", m->hook[i].name, r->name, m->hook[i].name);
        }
    }
    fprintf(w->f, "};\n");
}

/* A send on a link that is no channel of this check: a wire of flags, a log that is cut off. */
static void put_wire(env_writer *w, const gen_arrow *l, const char *kind)
{
    const env_channel *c = jk_env_channel(w->e, l->name);
    if (c != NULL && c->capacity > 0) {
        return;
    }
    fprintf(w->f, "if (w->listener != NULL) {\nuint8_t message[] = {%ld", jk_env_mtype(w->e, kind));
    for (int i = 0; i < w->e->m->fields; i++) {
        fprintf(w->f, ", x->out_%s", w->e->m->field[i].name);
    }
    fprintf(w->f,
            "};\njk_note note = {\"%s\", 0, false, message, %d, names_%s};\n"
            "jk_tell(w, put, &note);\n}\n",
            l->name, w->e->m->fields + 1, l->set->name);
}

/* Tells an action as the machine wrote it. */
static void put_act_told(env_writer *w, const char *op, const char *link, const char *kind)
{
    fprintf(w->f, "if (w->listener != NULL) {\nuint8_t out[] = {");
    for (int i = 0; i < w->e->m->fields; i++) {
        fprintf(w->f, "%sx->out_%s", i == 0 ? "" : ", ", w->e->m->field[i].name);
    }
    fprintf(w->f, "};\njk_act act = {\"%s\", %s%s%s, \"%s\", out, x->out_peer};\n", op,
            link == NULL ? "" : "\"", link == NULL ? "NULL" : link, link == NULL ? "" : "\"", kind);
    fprintf(w->f, "jk_tell(w, action, &act);\n}\n");
}

/* An effect or a timer: the word of the role, its name, the lines of the glue. */
static void put_word(env_writer *w, const char *word, const char *name, int entry_of)
{
    gen_model *m = w->e->m;
    const char *message = jk_gen_upper(m, m->message);
    if (strcmp(word, "effect") == 0) {
        fprintf(w->f,
                "if (a->op == JK_%s_EFFECT && a->code == JK_%s_EFFECT_%s) {\n"
                "jk_tell(w, effect, \"%s\");\n",
                message, upper_protocol(w), name, name);
        put_act_told(w, "effect", NULL, name);
        jk_env_put_unused(w, name);
    } else {
        bool arms = strcmp(word, "ARM") == 0;
        fprintf(w->f,
                "if (a->op == JK_%s_%s && a->code == %s_TIMER_%s) {\n"
                "jk_act act = {\"%s\", NULL, \"%s\", NULL, 0};\njk_tell(w, action, &act);\n",
                message, word, jk_gen_upper(m, jk_gen_c_role(m, w->p->role)), jk_gen_upper(m, name),
                arms ? "arm" : "disarm", name);
    }
    fprintf(w->f, "return glue_%s(x, i, %d);\n}\n", w->p->name, entry_of);
}

/* Which lines of the glue an action is. */
static void put_actions(env_writer *w)
{
    gen_model *m = w->e->m;
    const char *message = jk_gen_upper(m, m->message);
    fprintf(w->f,
            "\nstatic int do_%s(jk_context *x, unsigned i, const jk_%s_action *a)\n{\n"
            "jk_world *w = x->w;\n",
            w->p->name, m->message);
    for (int i = 0; i < m->fields; i++) {
        put_to_byte(w, m->field[i].type, jk_gen_print(m, "x->out_%s", m->field[i].name),
                    jk_gen_print(m, "a->out.%s", m->field[i].name));
    }
    fprintf(w->f, "x->out_peer = jk_token_byte(w, &a->peer);\n");
    for (int i = 0; i < w->p->labels; i++) {
        char label[128];
        (void)snprintf(label, sizeof(label), "%s", w->p->label[i]);
        char *word = strncmp(label, "DO_", 3) == 0 ? label + 3 : NULL;
        char *link = word == NULL ? NULL : strstr(word, "__");
        char *kind = link == NULL ? NULL : strstr(link + 2, "__");
        if (link == NULL) {
            continue;
        }
        *link = '\0';
        if (kind == NULL) {
            put_word(w, word, link + 2, i + 1);
            continue;
        }
        *kind = '\0';
        const gen_arrow *l = jk_gen_link(m, link + 2);
        fprintf(w->f, "if (a->op == JK_%s_%s && a->link == JK_%s_LINK_%s && a->kind == %s%s) {\n",
                message, jk_gen_upper(m, word), upper_protocol(w), jk_gen_upper(m, link + 2),
                jk_gen_c_prefix(m, l->set), kind + 2);
        put_wire(w, l, kind + 2);
        put_act_told(w, word, link + 2, kind + 2);
        fprintf(w->f, "return glue_%s(x, i, %d);\n}\n", w->p->name, i + 1);
    }
    fprintf(w->f,
            "return jk_violated(w, \"an action that the role does not write\", \"%s\", 0);\n}\n",
            w->p->role->path);
}

/* The step is done again: by hosts that fail, and where counts end. */
static const char *done_again(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *hosts = "";
    const char *ends = "";
    if (r->hooks) {
        hosts = jk_gen_print(m,
                             "if (x->asks > 0 && !fails_%s(x, &before, &event, from)) {\n"
                             "return jk_violated(w, \"a host that fails changes something\", "
                             "\"%s\", 0);\n}\n",
                             r->name, r->path);
    }
    if (jk_env_adds(r)) {
        ends =
            jk_gen_print(m,
                         "if (!JK_OTHER_ROLES && !ends_%s(x, &before, &m, &event, from)) {\n"
                         "return jk_violated(w, \"a count goes beyond its end\", \"%s\", 0);\n}\n",
                         r->name, r->path);
    }
    return jk_gen_print(m, "%s%s", hosts, ends);
}

static void put_act(env_writer *w)
{
    gen_model *m = w->e->m;
    const gen_role *r = w->p->role;
    const char *type = jk_gen_c_role(m, r);
    int key = entry(w->p, "KEY");
    const char *again = done_again(w);
    fprintf(
        w->f,
        "\n/* One step by the generated machine; link 0: the timer `kind`. */\n"
        "static int act_%s(jk_context *x, unsigned i, uint16_t link, uint16_t kind)\n{\n"
        "jk_world *w = x->w;\njk_state *s = x->s;\n%s m;\njk_%s_event event = {.peer = {{0}}};\n"
        "jk_%s_actions actions;\nactions.count = 9;\nx->i = i;\n"
        "load_%s(w, &s->p_%s[i], &m);\nconst %s before = m;\n",
        r->name, type, m->message, m->message, r->name, r->name, type);
    if (key != 0) {
        fprintf(w->f, "(void)glue_%s(x, i, %d);\nevent.key.byte[0] = x->out_peer;\n", r->name, key);
    }
    fprintf(w->f, "event.peer.byte[0] = x->peer;\n");
    for (int i = 0; i < m->fields; i++) {
        put_to_c(w, m->field[i].type, jk_gen_print(m, "event.in.%s", m->field[i].name),
                 jk_gen_print(m, "x->in_%s", m->field[i].name));
    }
    fprintf(w->f,
            "event.input = %s_machine.input(link, kind);\n"
            "jk_tell(w, act, pids_%s[i], event.key.byte[0]);\n"
            "%sbool ok = %s_machine.step(&m, &event, %s%s, x, &actions);\n"
            "if (w->violation != NULL) {\nreturn JK_STEP_VIOLATED;\n}\n"
            "if (!ok && (memcmp(&m, &before, sizeof(m)) != 0 || actions.count != 9)) {\n"
            "return jk_violated(w, \"what is refused changes something\", \"%s\", 0);\n}\n"
            "if (!ok) {\nreturn JK_NAMED_ONLY ? jk_refused(w) : glue_%s(x, i, %d);\n}\n"
            "if (!JK_NAMED_ONLY && !%s_machine.invariant(&m)) {\nreturn jk_violated(w, \"a row "
            "that no step makes\", "
            "\"%s\", 0);\n}\n%sif (!timers_%s(&before, &m, event.input, &actions)) {\n"
            "return jk_violated(w, \"a timer is not as its action, or one is done twice\", \"%s\", "
            "0);\n}\nstore_%s(w, &s->p_%s[i], &m);\n"
            "for (unsigned k = 0; k < actions.count && w->violation == NULL; k++) {\n"
            "int done = do_%s(x, i, &actions.item[k]);\n"
            "if (done != JK_STEP_TAKEN) {\nreturn done;\n}\n}\n"
            "return w->violation == NULL ? glue_%s(x, i, %d) : JK_STEP_VIOLATED;\n}\n",
            type, r->name, r->hooks || jk_env_adds(r) ? "const unsigned from = w->at;\n" : "", type,
            r->hooks ? "&hooks_" : "NULL", r->hooks ? r->name : "", r->path, w->p->name,
            entry(w->p, "REFUSED"), type, r->path, again, r->name, r->path, r->name, r->name,
            r->name, r->name, entry(w->p, "TAKEN"));
}

/* The message at the head of a channel, or one handed over at a rendezvous, becomes the event. */
static void put_take(env_writer *w, const gen_arrow *l, const gen_node *end, long peer)
{
    gen_model *m = w->e->m;
    fprintf(w->f, "if (w->listener != NULL) {\n");
    jk_env_put_note(w, end, "message");
    fprintf(w->f, "jk_tell(w, take, &note, %ld);\n}\n", peer);
    for (int i = 0; i < m->fields; i++) {
        fprintf(w->f, "x->in_%s = message[%d];\n", m->field[i].name, i + 1);
    }
    fprintf(w->f, "return act_%s(x, i, JK_%s_LINK_%s, c_%s[message[0]]);\n", w->p->name,
            upper_protocol(w), jk_gen_upper(m, l->name), l->set->name);
}

/* The number behind `peer = `, which an option of a link family begins with. */
static long peer_of(env_writer *w, int point)
{
    long peer = -1;
    int next = jk_env_resolve(w->p, w->p->point[point].next);
    const gen_node *n = next == ENV_END ? NULL : w->p->point[next].statement;
    if (n != NULL && n->op == ST_ASSIGN && strcmp(n->a->text, "peer") == 0) {
        (void)jk_env_constant(w->e, n->b, &peer);
    }
    return peer;
}

/* The ends of a link that a role takes from: one, or those of a family. */
static const env_point *ends_of(env_writer *w, int label)
{
    return &w->p->point[jk_env_resolve(w->p, w->p->label_point[label])];
}

/* Calls `put` for each link of the role that hands over, or for each end of those that queue. */
static int each_input(env_writer *w, bool rendezvous,
                      void (*put)(env_writer *, const gen_arrow *, int, int))
{
    int count = 0;
    for (int i = 0; i < w->p->labels; i++) {
        if (strncmp(w->p->label[i], "IN_", 3) != 0) {
            continue;
        }
        const gen_arrow *l = jk_gen_link(w->e->m, w->p->label[i] + 3);
        const env_channel *c = jk_env_channel(w->e, w->p->label[i] + 3);
        if (c == NULL || (c->capacity == 0) != rendezvous) {
            continue;
        }
        int ends = rendezvous ? 1 : ends_of(w, i)->options;
        for (int k = 0; k < ends; k++, count++) {
            put(w, l, rendezvous ? i : ends_of(w, i)->option[k], count);
        }
    }
    return count;
}

static void put_input(env_writer *w, const gen_arrow *l, int point, int variant)
{
    const env_channel *c = jk_env_channel(w->e, l->name);
    long peer = peer_of(w, point);
    fprintf(w->f, "case %d: {\nuint8_t *channel = ", variant);
    jk_env_put_channel(w, w->p->point[point].statement->a);
    fprintf(w->f,
            ";\nuint8_t message[%d];\nif (channel[0] == 0 || c_%s[channel[1]] == 0) {\n"
            "return JK_STEP_NONE; /* or a kind that the check added */\n}\n"
            "memcpy(message, channel + 1, sizeof(message));\njk_take(channel, %ld, %d);\n"
            "x->peer = %ld;\n",
            c->fields, l->set->name, c->capacity, c->fields, peer < 0 ? 0 : peer);
    put_take(w, l, w->p->point[point].statement->a, peer);
    fprintf(w->f, "}\n");
}

/* Whether the states take the command; indexed by state and model's number. */
static void put_desk(env_writer *w, const gen_arrow *l)
{
    const gen_role *r = w->p->role;
    fprintf(w->f, "\nstatic const bool takes_%s_%s[%d][256] = {\n", r->name, l->name, r->states);
    for (int i = 0; i < r->states; i++) {
        fprintf(w->f, "[%d] = {", i);
        for (int k = 0; k < r->inputs; k++) {
            const gen_option *o = r->state[i].on[k];
            if (r->input[k].class != INPUT_EXPIRY && r->input[k].link == l && o != NULL &&
                o->reaction != NOT_NOW) {
                fprintf(w->f, "[%ld] = true, ",
                        jk_env_mtype(w->e, l->set->constant[r->input[k].constant]));
            }
        }
        fprintf(w->f, "},\n");
    }
    fprintf(w->f, "};\n");
}

static void put_index(env_writer *w, const gen_node *end)
{
    fprintf(w->f, "(unsigned)(");
    if (end->op == OP_INDEX) {
        jk_env_put(w, end->a);
    } else {
        fprintf(w->f, "0");
    }
    fprintf(w->f, ")");
}

static void put_rendezvous(env_writer *w, const gen_arrow *l, int label, int variant)
{
    const env_point *ends = ends_of(w, label);
    (void)variant;
    put_desk(w, l);
    fprintf(w->f,
            "\nstatic bool is_taker_%s_%s(jk_context *x, unsigned i, unsigned index, "
            "unsigned kind)\n{\njk_world *w = x->w;\njk_state *s = x->s;\n(void)s;\n(void)w;\n"
            "return s->p_%s[i].at != 0 && kind < 256 && takes_%s_%s[s->p_%s[i].at - 1][kind] && (",
            w->p->name, l->name, w->p->name, w->p->name, l->name, w->p->name);
    for (int k = 0; k < ends->options; k++) {
        fprintf(w->f, k == 0 ? "index == " : " || index == ");
        put_index(w, w->p->point[ends->option[k]].statement->a);
    }
    fprintf(w->f,
            ");\n}\n\nstatic int meet_%s_%s(jk_context *x, unsigned i, const uint8_t *message)\n{\n"
            "jk_world *w = x->w;\njk_state *s = x->s;\n(void)s;\n",
            w->p->name, l->name);
    for (int k = 0; k < ends->options; k++) {
        const gen_node *end = w->p->point[ends->option[k]].statement->a;
        long peer = peer_of(w, ends->option[k]);
        fprintf(w->f, "if (x->index == ");
        put_index(w, end);
        fprintf(w->f, ") {\nif (w->listener != NULL) {\n");
        jk_env_put_note(w, end, "message");
        fprintf(w->f, "jk_tell(w, meet, &note, pids_%s[i]);\n}\nx->peer = %ld;\n", w->p->name,
                peer < 0 ? 0 : peer);
        put_take(w, l, end, peer);
        fprintf(w->f, "}\n");
    }
    fprintf(w->f, "return JK_STEP_NONE;\n}\n");
}

static int put_timers(env_writer *w, int variant)
{
    const env_process *p = w->p;
    for (int i = 0; i < p->labels; i++) {
        if (strncmp(p->label[i], "TIME_", 5) != 0) {
            continue;
        }
        const env_point *choice = &p->point[jk_env_resolve(p, p->label_point[i])];
        const gen_variable *v = p->role->variable;
        while (strcmp(v->name, p->label[i] + 5) != 0) {
            v++;
        }
        fprintf(w->f, "case %d:\nif (!(", variant++);
        jk_env_put(w, p->point[choice->option[0]].statement->a);
        fprintf(w->f,
                ")) {\nreturn JK_STEP_NONE;\n}\njk_tell(w, expiry, \"%s\");\n"
                "return jk_expired(w, &p->%s, act_%s(x, i, 0, %u));\n",
                v->name, v->name, p->name, v->number);
    }
    return variant;
}

void jk_env_code_role(env_writer *w)
{
    const env_process *p = w->p;
    w->glue = true;
    jk_env_code(w);
    put_row(w);
    put_hooks(w);
    put_actions(w);
    jk_env_code_border(w);
    put_act(w);
    (void)each_input(w, true, put_rendezvous);
    fprintf(w->f, "\nstatic int step_%s(jk_context *x, unsigned i, unsigned variant)\n{\n",
            p->name);
    fprintf(w->f,
            "jk_world *w = x->w;\njk_state *s = x->s;\nstruct jk_p_%s *p = &s->p_%s[i];\n"
            "(void)p;\n(void)w;\nif (p->at == 0) {\nreturn JK_STEP_NONE;\n}\n"
            "switch (variant) {\n",
            p->name, p->name);
    int variants = put_timers(w, each_input(w, false, put_input));
    fprintf(w->f, "default: return JK_STEP_NONE;\n}\n}\n\nenum { JK_VARIANTS_%s = %d };\n", p->name,
            variants);
    w->glue = false;
}
