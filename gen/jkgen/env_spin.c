/* SPDX-License-Identifier: Apache-2.0 */
/* What is put behind pan.c: the state of SPIN's search as the bytes of model.h, by SPIN's own names
 * of its fields and SPIN's own numbers of the labels. */
#define _POSIX_C_SOURCE 200809L
#include "env_code.h"

#include <stdlib.h>
#include <string.h>

/* Where SPIN says the label is: its number, or -1. */
static long label_number(const char *symbols, const char *process, const char *label)
{
    char scope[128];
    (void)snprintf(scope, sizeof(scope), "<%s>", process);
    for (const char *line = symbols; line != NULL && *line != '\0';) {
        char name[96] = "";
        char where[128] = "";
        long number = -1;
        if (sscanf(line, "label\t%95s\t%ld\t%127s", name, &number, where) == 3 &&
            strcmp(name, label) == 0 && strcmp(where, scope) == 0) {
            return number;
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return -1;
}

static void put_places(gen_env *e, FILE *f, const env_process *p, const char *symbols)
{
    int labels = p->role != NULL ? p->role->states : p->labels;
    fprintf(f, "\nstatic uint8_t jk_at_%s(unsigned state)\n{\nswitch (state) {\n", p->name);
    long before[ENV_LABELS];
    for (int k = 0; k < labels; k++) {
        const char *label = p->role != NULL ? p->role->state[k].label : p->label[k];
        before[k] = label_number(symbols, p->name, label);
        if (before[k] < 0) {
            jk_env_refuse(e, p->proctype->at, "SPIN has no such label here", label);
        }
        bool again = false;
        for (int i = 0; i < k; i++) {
            again = again || before[i] == before[k];
        }
        if (!again) {
            fprintf(f, "case %ld: return %d; /* %s */\n", before[k], k + 1, label);
        }
    }
    fprintf(f, "case _endstate%d: return 0;\ndefault: return 255;\n}\n}\n", p->index);
}

static void put_value(FILE *f, const char *to, const char *from, const env_variable *v)
{
    if (v->fields != NULL) {
        for (const gen_node *d = v->fields; d != NULL; d = d->next) {
            for (const gen_node *n = d->list; n != NULL; n = n->next) {
                fprintf(f, "%s%s_%s = %s%s.%s;\n", to, v->name, n->text, from, v->name, n->text);
            }
        }
    } else if (v->size > 0) {
        fprintf(f, "for (int k = 0; k < %ld; k++) {\n%s%s[k] = %s%s[k];\n}\n", v->size, to, v->name,
                from, v->name);
    } else {
        fprintf(f, "%s%s = %s%s;\n", to, v->name, from, v->name);
    }
}

static void put_channel(FILE *f, const env_channel *c)
{
    fprintf(f,
            "for (int k = 0; k < %ld; k++) {\nint queue = now.%s%s;\ns->c_%s[k][0] = "
            "(uint8_t)(queue == 0 ? 0 : q_len(queue));\n"
            "for (int m = 0; m < s->c_%s[k][0]; m++) {\nfor (int n = 0; n < %d; n++) {\n"
            "s->c_%s[k][1 + m * %d + n] = (uint8_t)qrecv(queue, m, n, 0);\n}\n}\n}\n",
            c->size > 0 ? c->size : 1, c->name, c->size > 0 ? "[k]" : "", c->name, c->name,
            c->fields, c->name, c->fields);
}

static void put_process(gen_env *e, FILE *f, const env_process *p)
{
    for (int k = 0; k < p->instances; k++) {
        fprintf(f,
                "{\nuchar *_this = pptr(%d);\nstruct jk_p_%s *p = &s->p_%s[%d];\n"
                "p->at = jk_at_%s(((P0 *)_this)->_p);\n",
                p->pid[k], p->name, p->name, k, p->name);
        for (int i = 0; i < p->variables; i++) {
            if (p->role == NULL || !jk_env_is_register(p->variable[i].name)) {
                put_value(f, "p->", jk_gen_print(e->m, "P%s->", p->name), &p->variable[i]);
            }
        }
        fprintf(f, "}\n");
    }
}

static char *spin_symbols(gen_env *e, const char *check, const char *const *defines, int count)
{
    static const char *const plain[] = {"spin", "-o1", "-o2", "-o3", "-d"};
    char *argv[DEFINES_MAX + 8];
    int n = 0;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        argv[n++] = jk_gen_own(e->m, plain[i]);
    }
    for (int i = 0; i < count && i < DEFINES_MAX; i++) {
        argv[n++] = jk_gen_own(e->m, defines[i]);
    }
    argv[n++] = jk_gen_own(e->m, check);
    argv[n] = NULL;
    gen_output made;
    if (!jk_gen_filter(argv, "", &made)) {
        jk_gen_refuse_said(e->m, RULE_SPIN, made.text, "spin -d does not run on the model");
        free(made.text);
        return NULL;
    }
    return made.text;
}

void jk_env_code_spin(gen_env *e, FILE *f, const char *check, const char *const *defines, int count)
{
    char *symbols = spin_symbols(e, check, defines, count);
    if (symbols == NULL) {
        return;
    }
    jk_gen_emit_begin(e->m, f, "a check",
                      "Stands behind pan.c: its state as the bytes of model.h.");
    fprintf(f, "#include \"model.h\"\n");
    for (int i = 0; i < e->processes; i++) {
        if (e->process[i].instances > 0) {
            put_places(e, f, &e->process[i], symbols);
        }
    }
    fprintf(f, "\nstatic void jk_take_sums(int32_t *sum)\n{\n(void)sum;\n");
    for (int i = 0; i < e->sums; i++) {
        fprintf(f, "sum[%d] = now.%s;\nnow.%s = 0;\n", i, e->sum[i], e->sum[i]);
    }
    fprintf(f, "}\n\nstatic void jk_read(jk_state *s)\n{\nmemset(s, 0, sizeof(*s));\n");
    for (int i = 0; i < e->globals; i++) {
        put_value(f, "s->g_", "now.", &e->global[i]);
    }
    for (int i = 0; i < e->channels; i++) {
        if (e->channel[i].capacity > 0) {
            put_channel(f, &e->channel[i]);
        }
    }
    fprintf(f, "if (now._nr_pr == 1) {\nreturn;\n}\ns->started = 1;\n");
    for (int i = 0; i < e->processes; i++) {
        put_process(e, f, &e->process[i]);
    }
    fprintf(f, "}\n");
    free(symbols);
}
