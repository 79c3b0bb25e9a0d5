/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what jkgen read with what SPIN reads: `spin -d` lists constants, variables, labels. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 5

typedef struct gen_symbol {
    const char *column[COLUMNS]; /* type, name, value, <scope>, <what> */
} gen_symbol;

typedef struct gen_symbols {
    gen_symbol *list;
    int count, room;
} gen_symbols;

/* Cuts the text into lines and columns in place. */
static bool read_symbols(char *text, gen_symbols *s)
{
    for (const char *c = text; *c != '\0'; c++) {
        s->room += *c == '\n';
    }
    s->list = calloc((size_t)s->room + 1, sizeof(*s->list));
    if (s->list == NULL) {
        return false;
    }
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        gen_symbol *symbol = &s->list[s->count++];
        char *tail = NULL;
        char *column = strtok_r(line, "\t", &tail);
        for (int i = 0; i < COLUMNS; i++) {
            symbol->column[i] = column == NULL ? "" : column;
            column = column == NULL ? NULL : strtok_r(NULL, "\t", &tail);
        }
        char *blank = strchr(line, ' ');
        if (blank != NULL) {
            *blank = '\0'; /* "byte  " */
        }
    }
    return true;
}

static const gen_symbol *find(const gen_symbols *s, const char *name, const char *scope,
                              const char *what)
{
    for (int i = 0; i < s->count; i++) {
        const char *const *column = s->list[i].column;
        if (strcmp(column[1], name) == 0 && strcmp(column[3], scope) == 0 &&
            strncmp(column[4], what, strlen(what)) == 0) {
            return &s->list[i];
        }
    }
    return NULL;
}

/* SPIN numbers a set from its last constant, which is 1. */
static void compare_set(gen_model *m, const gen_symbols *s, const gen_set *set)
{
    for (int i = 0; i < set->count; i++) {
        const gen_symbol *found = find(s, set->constant[i], "<:global:>", "<constant>");
        if (found == NULL || strtol(found->column[2], NULL, 10) != set->count - i) {
            jk_gen_refuse(m, set->at[i], RULE_SPIN, "SPIN has no `%s` with number %d",
                          set->constant[i], set->count - i);
        }
    }
}

static const char *spin_type(gen_base base)
{
    return base == TYPE_BOOL ? "bit" : base == TYPE_MTYPE ? "mtype" : "byte";
}

static void compare_labels(gen_model *m, const gen_symbols *s, const gen_role *r, const char *scope)
{
    int labels = 0;
    bool found[STATES_MAX] = {false};
    for (int k = 0; k < s->count; k++) {
        const char *const *column = s->list[k].column;
        if (strcmp(column[0], "label") != 0 || strcmp(column[3], scope) != 0) {
            continue;
        }
        labels++;
        for (int i = 0; i < r->states; i++) {
            found[i] = found[i] || strcmp(column[1], r->state[i].label) == 0;
        }
    }
    for (int i = 0; i < r->states; i++) {
        if (!found[i]) {
            jk_gen_refuse(m, r->state[i].at, RULE_SPIN, "SPIN has no label `%s` in %s",
                          r->state[i].label, r->name);
        }
    }
    if (labels != r->states) {
        jk_gen_refuse(m, r->at, RULE_SPIN, "SPIN has %d labels in `%s`, jkgen %d states", labels,
                      r->name, r->states);
    }
}

/* Variables of the role that jkgen does not know; the registers are known. */
static void compare_unknown(gen_model *m, const gen_symbols *s, gen_role *r, const char *scope)
{
    static const char *const registers[] = {"in", "peer", "answer", "chosen", "highest"};
    for (int i = 0; i < s->count; i++) {
        const char *const *column = s->list[i].column;
        if (strcmp(column[3], scope) != 0 || strcmp(column[4], "<variable>") != 0 ||
            strcmp(column[0], "label") == 0 || jk_gen_variable(r, column[1]) != NULL) {
            continue;
        }
        bool known = false;
        for (size_t k = 0; k < sizeof(registers) / sizeof(registers[0]); k++) {
            known = known || strcmp(column[1], registers[k]) == 0;
        }
        if (!known) {
            jk_gen_refuse(m, r->at, RULE_SPIN, "SPIN has a variable `%s` in %s that jkgen has not",
                          column[1], r->name);
        }
    }
}

static void compare_role(gen_model *m, const gen_symbols *s, gen_role *r)
{
    const char *scope = jk_gen_print(m, "<%s>", r->name);
    for (int i = 0; i < r->variables; i++) {
        const gen_variable *v = &r->variable[i];
        /* SPIN calls an mtype variable a constant, too. */
        const char *what = v->parameter                 ? "<param"
                           : v->type.base == TYPE_MTYPE ? "<constant>"
                                                        : "<variable>";
        const gen_symbol *found = find(s, v->name, scope, what);
        if (found == NULL || strcmp(found->column[0], spin_type(v->type.base)) != 0 ||
            (!v->parameter && strcmp(found->column[2], "0") != 0)) {
            jk_gen_refuse(m, v->at, RULE_SPIN, "SPIN has no `%s %s` in %s that starts as 0",
                          spin_type(v->type.base), v->name, r->name);
        }
    }
    compare_labels(m, s, r, scope);
    compare_unknown(m, s, r, scope);
}

bool jk_gen_cross_check(gen_model *m)
{
    const char *model = m->options->model != NULL
                            ? m->options->model
                            : jk_gen_beside(m, jk_gen_print(m, "%s.pml", m->protocol));
    char spin[] = "spin";
    char symbols[] = "-d";
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s", model);
    char *argv[] = {spin, symbols, path, NULL};
    gen_output made;
    if (!jk_gen_filter(argv, "", &made)) {
        jk_gen_refuse_said(m, RULE_SPIN, made.text, "spin -d does not run on the model");
        m->failed = made.text == NULL ? 4 : 0;
        free(made.text);
        return false;
    }
    gen_symbols s = {NULL, 0, 0};
    if (read_symbols(made.text, &s)) {
        for (int i = 0; i < m->sets; i++) {
            compare_set(m, &s, &m->set[i]);
        }
        for (int i = 0; i < m->roles; i++) {
            compare_role(m, &s, m->role[i]);
        }
    } else {
        m->failed = 4;
    }
    free(s.list);
    free(made.text);
    return m->errors == 0 && m->failed == 0;
}
