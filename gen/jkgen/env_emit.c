/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a check for the explorer: model.h, the state as bytes; model.c, its steps; spin.c,
 * which reads the same state out of pan. */
#define _POSIX_C_SOURCE 200809L
#include "env_code.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void put_variable(FILE *f, const char *prefix, const env_variable *v)
{
    if (v->fields == NULL) {
        fprintf(f, v->size > 0 ? "uint8_t %s%s[%ld];\n" : "uint8_t %s%s;\n", prefix, v->name,
                v->size);
        return;
    }
    for (const gen_node *d = v->fields; d != NULL; d = d->next) {
        for (const gen_node *n = d->list; n != NULL; n = n->next) {
            fprintf(f, "uint8_t %s%s_%s;\n", prefix, v->name, n->text);
        }
    }
}

/* A role keeps what is in its row; the registers of a step are none of it. */
static bool is_kept(const env_process *p, const env_variable *v)
{
    return p->role == NULL || !jk_env_is_register(v->name);
}

static void emit_header(gen_env *e, FILE *f, const char *check)
{
    jk_gen_emit_begin(e->m, f, check,
                      "The state of a check: bytes, as the explorer and SPIN's "
                      "search both have them.");
    fprintf(f, "#ifndef JK_EXPLORE_STATE_H\n#define JK_EXPLORE_STATE_H\n\n#include <stdint.h>\n\n"
               "enum {\n");
    for (int i = 0; i < e->processes; i++) {
        fprintf(f, "JK_P_%s = %d,\n", e->process[i].name, i);
    }
    fprintf(f, "JK_P_COUNT = %d\n};\n\nenum {\n", e->processes);
    for (int i = 0; i < e->channels; i++) {
        fprintf(f, "JK_C_%s = %d,\n", e->channel[i].name, i);
    }
    fprintf(f, "JK_C_COUNT = %d\n};\n", e->channels);
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        fprintf(f,
                "\nstruct jk_p_%s {\nuint8_t at; /* a label's number; 0: its end, or not begun "
                "*/\n",
                p->name);
        for (int k = 0; k < p->variables; k++) {
            if (is_kept(p, &p->variable[k])) {
                put_variable(f, "", &p->variable[k]);
            }
        }
        fprintf(f, "};\n");
    }
    fprintf(f, "\ntypedef struct jk_state {\nuint8_t started;\n");
    for (int i = 0; i < e->globals; i++) {
        put_variable(f, "g_", &e->global[i]);
    }
    for (int i = 0; i < e->channels; i++) {
        const env_channel *c = &e->channel[i];
        if (c->capacity > 0) {
            fprintf(f, "uint8_t c_%s[%ld][%ld]; /* length, then %ld of %d */\n", c->name,
                    c->size > 0 ? c->size : 1, 1 + c->capacity * c->fields, c->capacity, c->fields);
        }
    }
    for (int i = 0; i < e->processes; i++) {
        if (e->process[i].instances > 0) {
            fprintf(f, "struct jk_p_%s p_%s[%d];\n", e->process[i].name, e->process[i].name,
                    e->process[i].instances);
        }
    }
    fprintf(f, "} jk_state;\n\n#endif\n");
}

static void emit_numbers(gen_env *e, FILE *f)
{
    gen_model *m = e->m;
    fprintf(f, "\nJK_MAYBE_UNUSED static const char *const names_none[256] = {NULL};\n");
    for (int i = 0; i < m->sets; i++) {
        const gen_set *s = &m->set[i];
        fprintf(f, "\nstatic const uint16_t c_%s[256] = {\n", s->name);
        for (int k = 0; k < s->count; k++) {
            fprintf(f, "[%ld] = %s%s,\n", jk_env_mtype(e, s->constant[k]), jk_gen_c_prefix(m, s),
                    s->constant[k]);
        }
        fprintf(f, "};\n\nJK_MAYBE_UNUSED static const char *const names_%s[256] = {\n", s->name);
        for (int k = 0; k < s->count; k++) {
            fprintf(f, "[%ld] = \"%s\",\n", jk_env_mtype(e, s->constant[k]), s->constant[k]);
        }
        fprintf(f,
                "};\n\nJK_MAYBE_UNUSED static uint8_t m_%s(jk_world *w, uint16_t number)\n{\n"
                "switch (number) {\ncase 0: return 0;\n",
                s->name);
        for (int k = 0; k < s->count; k++) {
            fprintf(f, "case %s%s: return %ld;\n", jk_gen_c_prefix(m, s), s->constant[k],
                    jk_env_mtype(e, s->constant[k]));
        }
        fprintf(f,
                "default: break;\n}\n(void)jk_violated(w, \"a number that is no %s\", \"\", 0);\n"
                "return 0;\n}\n",
                s->name);
    }
}

static void emit_context(gen_env *e, FILE *f)
{
    gen_model *m = e->m;
    fprintf(f, "\n/* The registers of the step that is taken, and what an action says. */\n"
               "typedef struct jk_context {\njk_world *w;\njk_state *s;\nunsigned i;\n");
    for (int i = 0; i < m->fields; i++) {
        fprintf(f, "uint8_t in_%s, out_%s;\n", m->field[i].name, m->field[i].name);
    }
    fprintf(
        f,
        "uint8_t peer, answer, chosen, highest, out_peer;\n"
        "unsigned index; /* of the channel that is handed over at */\n"
        "unsigned asks, fails; /* questions of a step; the one that fails */\n"
        "bool silent; /* it is not answered, else it is said to have failed */\n} jk_context;\n\n"
        "typedef struct jk_taker {\nunsigned process, instance;\n} jk_taker;\n\n"
        "static unsigned jk_takers(jk_context *x, unsigned channel, unsigned index, "
        "unsigned kind, jk_taker *takers);\n"
        "static int jk_meet(jk_context *x, jk_taker taker, const uint8_t *message);\n");
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        fprintf(f, "\nJK_MAYBE_UNUSED static const uint8_t pids_%s[%d] = {", p->name,
                p->instances + 1);
        for (int k = 0; k < p->instances; k++) {
            fprintf(f, "%d,", p->pid[k]);
        }
        fprintf(f, "};\n");
        if (p->instances == 0 || p->parameters == 0) {
            continue;
        }
        fprintf(f, "\nJK_MAYBE_UNUSED static const uint8_t of_%s[%d][%d] = {", p->name,
                p->instances, p->parameters);
        for (int k = 0; k < p->instances; k++) {
            fprintf(f, "{");
            for (int a = 0; a < p->parameters; a++) {
                fprintf(f, "%ld,", p->argument[k][a]);
            }
            fprintf(f, "},");
        }
        fprintf(f, "};\n");
    }
}

/* Who takes a rendezvous: the roles whose desks they are. */
static void emit_meetings(gen_env *e, FILE *f)
{
    for (int meet = 0; meet < 2; meet++) {
        fprintf(f, meet == 0 ? "\nstatic unsigned jk_takers(jk_context *x, unsigned channel, "
                               "unsigned index, unsigned kind, jk_taker *takers)\n{\n"
                               "unsigned count = 0;\nx->index = index;\n(void)kind;\n"
                               "(void)takers;\nswitch (channel) {\n"
                             : "\nstatic int jk_meet(jk_context *x, jk_taker taker, const uint8_t "
                               "*message)\n{\n(void)message;\nswitch (taker.process) {\n");
        for (int i = 0; i < e->channels; i++) {
            const gen_arrow *l = jk_gen_link(e->m, e->channel[i].name);
            const env_process *p =
                l == NULL || e->channel[i].capacity > 0 ? NULL : jk_env_process(e, l->receiver);
            if (p == NULL || p->instances == 0 || p->role == NULL) {
                continue;
            }
            if (meet == 0) {
                fprintf(f,
                        "case JK_C_%s:\nfor (unsigned i = 0; i < %d; i++) {\n"
                        "if (is_taker_%s_%s(x, i, index, kind)) {\n"
                        "takers[count++] = (jk_taker){%d, i};\n}\n}\nbreak;\n",
                        l->name, p->instances, p->name, l->name, i);
            } else {
                fprintf(f, "case %d: return meet_%s_%s(x, taker.instance, message);\n", i, p->name,
                        l->name);
            }
        }
        fprintf(f, meet == 0 ? "default: break;\n}\nreturn count;\n}\n"
                             : "default: break;\n}\nreturn JK_STEP_NONE;\n}\n");
    }
}

/* Whether a property can be seen in a state: nothing temporal inside, and only of processes that
 * this check has. */
static bool is_of_one_state(gen_env *e, const gen_node *n)
{
    for (; n != NULL; n = n->next) {
        bool process = n->op == OP_AT || n->op == OP_REMOTE;
        if (process && jk_env_instance(e, jk_env_process(e, n->a->text), n->a) < 0) {
            return false;
        }
        if (n->op == OP_TEMPORAL || !is_of_one_state(e, n->a) ||
            (n->b != NULL && !is_of_one_state(e, n->b)) || !is_of_one_state(e, n->list)) {
            return false;
        }
    }
    return true;
}

static void emit_properties(gen_env *e, FILE *f)
{
    env_writer w = {.e = e, .f = f};
    int count = 0;
    for (int i = 0; i < e->properties; i++) {
        const gen_node *n = e->property[i].invariant;
        if (n == NULL || !is_of_one_state(e, n)) {
            e->property[i].invariant = NULL;
            continue;
        }
        fprintf(f,
                "\nstatic bool holds_%s(jk_world *w, jk_state *s)\n{\n(void)w;\n(void)s;\nreturn ",
                e->property[i].name);
        jk_env_put(&w, n);
        fprintf(f, ";\n}\n");
        count++;
    }
    fprintf(f, "\nstatic const char *const property_names[] = {\n");
    for (int i = 0; i < e->properties; i++) {
        if (e->property[i].invariant != NULL) {
            fprintf(f, "\"%s\",\n", e->property[i].name);
        }
    }
    fprintf(f, "NULL};\n\nstatic bool property(jk_world *w, void *state, unsigned number)\n{\n"
               "jk_state *s = state;\nswitch (number) {\n");
    for (int i = 0, number = 0; i < e->properties; i++) {
        if (e->property[i].invariant != NULL) {
            fprintf(f, "case %d: return holds_%s(w, s);\n", number++, e->property[i].name);
        }
    }
    fprintf(f,
            "default: break;\n}\n(void)w;\n(void)s;\nreturn true;\n}\n\n"
            "enum { JK_PROPERTIES = %d };\n",
            count);
}

/* One side of a course: a function that looks at a state. */
static void emit_side(gen_env *e, FILE *f, const char *side, int number, const gen_node *n)
{
    env_writer w = {.e = e, .f = f};
    fprintf(f, "\nstatic bool %s_%d(jk_world *w, jk_state *s)\n{\n(void)w;\n(void)s;\nreturn ",
            side, number);
    jk_env_put(&w, n);
    fprintf(f, ";\n}\n");
}

/* What takes more than one state: the search looks at its graph for these. */
static void emit_courses(gen_env *e, FILE *f)
{
    static const char *const sides[] = {"premise", "goal"};
    for (int i = 0; i < e->courses; i++) {
        env_course *c = &e->course[i];
        for (int k = 0; k < e->courses; k++) {
            const env_course *part = &e->course[k];
            bool seen = is_of_one_state(e, part->goal) && is_of_one_state(e, part->premise);
            c->known = c->known && (seen || strcmp(c->name, part->name) != 0);
        }
        if (c->known && c->premise != NULL) {
            emit_side(e, f, sides[0], i, c->premise);
        }
        if (c->known) {
            emit_side(e, f, sides[1], i, c->goal);
        }
    }
    fprintf(f, "\nstatic const jk_explore_course courses[] = {\n");
    for (int i = 0; i < e->courses; i++) {
        const env_course *c = &e->course[i];
        if (c->known) {
            fprintf(f, "{\"%s\", %d, %s, %s},\n", c->name, i, c->premise != NULL ? "true" : "false",
                    c->always ? "true" : "false");
        }
    }
    fprintf(f, "{NULL, 0, false, false}};\n");
    for (int side = 0; side < 2; side++) {
        fprintf(f,
                "\nstatic bool %s(jk_world *w, void *state, unsigned number)\n{\n"
                "jk_state *s = state;\nswitch (number) {\n",
                sides[side]);
        for (int i = 0; i < e->courses; i++) {
            const env_course *c = &e->course[i];
            if (c->known && (side == 1 || c->premise != NULL)) {
                fprintf(f, "case %d: return %s_%d(w, s);\n", i, sides[side], i);
            }
        }
        fprintf(f, "default: break;\n}\n(void)w;\n(void)s;\nreturn false;\n}\n");
    }
}

/* A state without a step is an end if everybody stands at a label that says so. */
static void emit_ends(gen_env *e, FILE *f)
{
    fprintf(f, "\nstatic bool is_end(const void *state)\n{\nconst jk_state *s = state;\n");
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        int labels = p->role != NULL ? p->role->states : p->labels;
        if (p->instances == 0) {
            continue;
        }
        fprintf(f, "for (unsigned i = 0; i < %d; i++) {\nstatic const bool end[] = {true, ",
                p->instances);
        for (int k = 0; k < labels; k++) {
            const char *label = p->role != NULL ? p->role->state[k].label : p->label[k];
            fprintf(f, "%s, ", strncmp(label, "end", 3) == 0 ? "true" : "false");
        }
        fprintf(f, "};\nif (!end[s->p_%s[i].at]) {\nreturn false;\n}\n}\n", p->name);
    }
    fprintf(f, "return true;\n}\n");
}

/* Every byte of the state has a name, so that states can be shown. */
static void emit_fields(gen_env *e, FILE *f)
{
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        int labels = p->role != NULL ? p->role->states : p->labels;
        fprintf(f, "\nJK_MAYBE_UNUSED static const char *const labels_%s[] = {\"(end)\", ",
                p->name);
        for (int k = 0; k < labels; k++) {
            fprintf(f, "\"%s\", ", p->role != NULL ? p->role->state[k].label : p->label[k]);
        }
        fprintf(f, "NULL};\n");
    }
    fprintf(f, "\nstatic const jk_explore_field fields[] = {\n"
               "{\"started\", 0, offsetof(jk_state, started), 1, 0, NULL},\n");
    for (int i = 0; i < e->globals; i++) {
        fprintf(f, "{\"%s\", 0, offsetof(jk_state, g_%s), %ld, 0, NULL},\n", e->global[i].name,
                e->global[i].name, e->global[i].size > 0 ? e->global[i].size : 1);
    }
    for (int i = 0; i < e->channels; i++) {
        const env_channel *c = &e->channel[i];
        long size = 1 + c->capacity * c->fields;
        for (long k = 0; c->capacity > 0 && k < (c->size > 0 ? c->size : 1); k++) {
            const char *index = c->size > 0 ? jk_gen_print(e->m, "[%ld]", k) : "";
            fprintf(f, "{\"%s%s\", 0, offsetof(jk_state, c_%s) + %ld, %ld, %d, NULL},\n", c->name,
                    index, c->name, k * size, size, c->fields);
        }
    }
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        for (int k = 0; k < p->instances; k++) {
            fprintf(f, "{\"\", %d, offsetof(jk_state, p_%s[%d]), 1, 0, labels_%s},\n", p->pid[k],
                    p->name, k, p->name);
            for (int v = 0; v < p->variables; v++) {
                if (is_kept(p, &p->variable[v]) && p->variable[v].fields == NULL) {
                    fprintf(f, "{\"%s\", %d, offsetof(jk_state, p_%s[%d].%s), %ld, 0, NULL},\n",
                            p->variable[v].name, p->pid[k], p->name, k, p->variable[v].name,
                            p->variable[v].size > 0 ? p->variable[v].size : 1);
                }
            }
        }
    }
    fprintf(f, "{NULL, 0, 0, 0, 0, NULL}};\n\nstatic const jk_explore_part parts[] = {\n");
    for (int i = 0; i < e->m->fields; i++) {
        const gen_field *field = &e->m->field[i];
        bool named = field->type.base == TYPE_MTYPE;
        fprintf(f, "{\"%s\", %s%s},\n", field->name, named ? "names_" : "NULL",
                named ? field->type.set->name : "");
    }
    fprintf(f, "{NULL, NULL}};\n\nstatic const char *const links[] = {\n");
    for (int i = 0; i < e->channels; i++) {
        fprintf(f, "\"%s\",\n", e->channel[i].name);
    }
    fprintf(f, "NULL};\n");
}

static void emit_moves(gen_env *e, FILE *f, const char *check)
{
    fprintf(f,
            "\nstatic int begin(jk_context *x, unsigned i, unsigned variant)\n{\n(void)variant;\n"
            "if (x->s->started != 0) {\nreturn JK_STEP_NONE;\n}\nx->s->started = 1;\n"
            "return step_init(x, i);\n}\n");
    for (int i = 0; i < e->processes; i++) {
        const env_process *p = &e->process[i];
        if (p->instances > 0 && p->role == NULL) {
            fprintf(f,
                    "\nstatic int move_%s(jk_context *x, unsigned i, unsigned variant)\n{\n"
                    "(void)variant;\nreturn step_%s(x, i);\n}\n",
                    p->name, p->name);
        }
    }
    fprintf(f, "\nstatic const struct {\nint (*step)(jk_context *, unsigned, unsigned);\n"
               "const char *name;\nunsigned i, variants;\n} moves[] = {\n"
               "{begin, \"init\", 0, 1},\n");
    bool roles[ENV_PROCESSES * ENV_INSTANCES] = {false};
    for (int pid = 1; pid <= e->pids; pid++) {
        for (int i = 0; i < e->processes; i++) {
            const env_process *p = &e->process[i];
            for (int k = 0; k < p->instances; k++) {
                if (p->pid[k] != pid) {
                    continue;
                }
                roles[pid] = p->role != NULL;
                if (p->role != NULL) {
                    fprintf(f, "{step_%s, \"%s\", %d, JK_VARIANTS_%s},\n", p->name, p->name, k,
                            p->name);
                } else {
                    fprintf(f, "{move_%s, \"%s\", %d, 1},\n", p->name, p->name, k);
                }
            }
        }
    }
    fprintf(f, "};\n");
    jk_env_code_borders(e, f);
    fprintf(f, "\nstatic const bool roles[] = {false, ");
    for (int pid = 1; pid <= e->pids; pid++) {
        fprintf(f, "%s, ", roles[pid] ? "true" : "false");
    }
    fprintf(f, "};\n\nstatic void first(void *state)\n{\njk_state *s = state;\n(void)s;\n");
    for (int i = 0; i < e->globals; i++) {
        const env_variable *v = &e->global[i];
        long value = 0;
        if (v->initial != NULL && v->size == 0 && jk_env_constant(e, v->initial, &value)) {
            fprintf(f, "s->g_%s = %ld;\n", v->name, value);
        } else if (v->initial != NULL) {
            jk_env_refuse(e, v->at, "begins with a value that is no constant", v->name);
        }
    }
    fprintf(f,
            "}\n\nstatic int step(jk_world *w, void *state, unsigned actor, unsigned variant)\n"
            "{\njk_context x = {.w = w, .s = state};\n"
            "return moves[actor].step(&x, moves[actor].i, variant);\n}\n\n"
            "static unsigned variants(unsigned actor, const char **name, unsigned *instance)\n{\n"
            "*name = moves[actor].name;\n*instance = moves[actor].i;\n"
            "return moves[actor].variants;\n}\n\n"
            "const jk_explore_model jk_model = {\n.name = \"%s\",\n.protocol = \"%s\",\n"
            ".size = sizeof(jk_state),\n.actors = %d,\n.properties = JK_PROPERTIES,\n"
            ".first = first,\n.step = step,\n.variants = variants,\n.property = property,\n"
            ".property_names = property_names,\n.courses = courses,\n.premise = premise,\n"
            ".goal = goal,\n.is_end = is_end,\n.fields = fields,\n"
            ".parts = parts,\n.links = links,\n.roles = roles,\n.row = row,\n"
            ".border = border,\n};\n",
            check, e->m->protocol, e->pids + 1);
}

static void emit_model(gen_env *e, FILE *f, const char *check)
{
    gen_model *m = e->m;
    jk_gen_emit_begin(m, f, check,
                      "The steps of a check: generated machines, and around them the "
                      "model's own text.");
    fprintf(f, "#include \"model.h\"\n\n#include \"explore.h\"\n");
    for (int i = 0; i < m->roles; i++) {
        fprintf(f, "#include \"%s_%s.h\"\n", m->protocol, m->role[i]->name);
    }
    emit_numbers(e, f);
    emit_context(e, f);
    for (int i = 0; i < e->processes && m->errors == 0; i++) {
        env_writer w = {e, &e->process[i], f, false};
        if (e->process[i].instances > 0 && e->process[i].role != NULL) {
            jk_env_code_role(&w);
        } else if (e->process[i].instances > 0) {
            jk_env_code(&w);
        }
    }
    env_writer w = {e, &e->init, f, false};
    jk_env_code(&w);
    emit_meetings(e, f);
    emit_properties(e, f);
    emit_courses(e, f);
    emit_ends(e, f);
    emit_fields(e, f);
    emit_moves(e, f, check);
}

static FILE *create(gen_env *e, const char *folder, const char *name)
{
    const char *path = jk_gen_print(e->m, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        fprintf(e->m->options->diagnostics, "%s: cannot be written: %s\n", path, strerror(errno));
        e->m->failed = 4;
    }
    return f;
}

static void finish(gen_env *e, FILE *f)
{
    bool bad = ferror(f) != 0;
    if (fclose(f) != 0 || bad) {
        fprintf(e->m->options->diagnostics, "writing failed\n");
        e->m->failed = 4;
    }
}

bool jk_env_emit(gen_env *e, const char *folder, const char *check, const char *const *defines,
                 int count)
{
    const char *slash = strrchr(check, '/');
    const char *name = slash == NULL ? check : slash + 1;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        fprintf(e->m->options->diagnostics, "%s: cannot be made: %s\n", folder, strerror(errno));
        e->m->failed = 4;
        return false;
    }
    FILE *f = create(e, folder, "model.h");
    if (f != NULL) {
        emit_header(e, f, name);
        finish(e, f);
    }
    f = e->m->failed != 0 ? NULL : create(e, folder, "model.c");
    if (f != NULL) {
        emit_model(e, f, name);
        finish(e, f);
    }
    f = e->m->failed != 0 || e->m->errors != 0 ? NULL : create(e, folder, "spin.c");
    if (f != NULL) {
        jk_env_code_spin(e, f, check, defines, count);
        finish(e, f);
    }
    return e->m->failed == 0 && e->m->errors == 0 && !e->m->exhausted;
}
