/* SPDX-License-Identifier: Apache-2.0 */
/* <protocol>_names.[ch]: every number as a word, for logs and charts; machines do without. */
#include "tree.h"

#include <string.h>

static void emit_kind_names(gen_model *m, FILE *c, const gen_set *s)
{
    fprintf(c, "\nconst char *jk_%s_%s_name(uint16_t %s)\n{\n", m->protocol, s->name, s->name);
    fprintf(c, "    static const struct {\n        uint16_t number;\n        const char *name;\n"
               "    } names[] = {\n");
    for (int i = 0; i < s->count; i++) {
        fprintf(c, "        {%u, \"%s\"}%s\n", s->number[i], s->constant[i],
                i + 1 < s->count ? "," : "};");
    }
    fprintf(c,
            "    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {\n"
            "        if (names[i].number == %s) {\n            return names[i].name;\n"
            "        }\n    }\n    return \"?\";\n}\n",
            s->name);
}

static void open_names(FILE *c, const char *function, const char *parameter)
{
    fprintf(c, "\n%s(uint16_t %s)\n{\n    static const char *const names[] = {\n", function,
            parameter);
}

static void close_names(FILE *c, const char *parameter)
{
    fprintf(c, "    };\n    return %s < sizeof(names) / sizeof(names[0]) ? names[%s] : \"?\";\n}\n",
            parameter, parameter);
}

static void emit_role_names(gen_model *m, FILE *c, const gen_role *r)
{
    open_names(c, jk_gen_print(m, "static const char *%s_state", r->name), "state");
    for (int i = 0; i < r->states; i++) {
        fprintf(c, "        \"%s\"%s\n", r->state[i].name, i + 1 < r->states ? "," : "");
    }
    close_names(c, "state");
    open_names(c, jk_gen_print(m, "static const char *%s_input", r->name), "input");
    fputs("        \"?\"", c);
    for (int i = 0; i < r->inputs; i++) {
        fprintf(c, ",\n        \"%s\"", r->input[i].name);
    }
    fputs("\n", c);
    close_names(c, "input");
    open_names(c, jk_gen_print(m, "static const char *%s_timer", r->name), "timer");
    fputs("        \"?\"", c);
    for (int i = 0; i < r->variables; i++) {
        if (r->variable[i].timer) {
            fprintf(c, ",\n        \"%s\"", r->variable[i].name);
        }
    }
    fputs("\n", c);
    close_names(c, "timer");
    fprintf(c, "\nconst jk_%s_machine_names jk_%s_%s_names = {%s_state, %s_input, %s_timer};\n",
            m->message, m->protocol, r->name, r->name, r->name, r->name);
}

void jk_gen_emit_names_header(gen_model *m, FILE *h)
{
    const char *upper = jk_gen_upper(m, m->protocol);
    jk_gen_emit_begin(m, h, m->bind->name, "Every number of the protocol as a word.");
    fprintf(h, "#ifndef JK_MACHINES_%s_NAMES_H\n#define JK_MACHINES_%s_NAMES_H\n\n", upper, upper);
    fprintf(h, "#include \"%s.h\"\n\n/* \"?\" for a number that is none. */\n", m->message);
    for (int i = 0; i < m->sets; i++) {
        fprintf(h, "const char *jk_%s_%s_name(uint16_t %s);\n", m->protocol, m->set[i].name,
                m->set[i].name);
    }
    fprintf(h, "const char *jk_%s_link_name(uint16_t link);\n", m->protocol);
    fprintf(h, "const char *jk_%s_effect_name(uint16_t effect);\n\n", m->protocol);
    for (int i = 0; i < m->roles; i++) {
        fprintf(h, "extern const jk_%s_machine_names jk_%s_%s_names;\n", m->message, m->protocol,
                m->role[i]->name);
    }
    fputs("\n#endif\n", h);
}

void jk_gen_emit_names(gen_model *m, FILE *c)
{
    jk_gen_emit_begin(m, c, m->bind->name, "Every number of the protocol as a word.");
    fprintf(c, "#include \"%s_names.h\"\n", m->protocol);
    for (int i = 0; i < m->sets; i++) {
        emit_kind_names(m, c, &m->set[i]);
    }
    open_names(c, jk_gen_print(m, "const char *jk_%s_link_name", m->protocol), "link");
    fputs("        \"?\"", c);
    for (int i = 0; i < m->links; i++) {
        fprintf(c, ",\n        \"%s\"", m->link[i].name);
    }
    fputs("\n", c);
    close_names(c, "link");
    open_names(c, jk_gen_print(m, "const char *jk_%s_effect_name", m->protocol), "effect");
    fputs("        \"?\"", c);
    for (int i = 0; i < m->effects; i++) {
        fprintf(c, ",\n        \"%s\"", m->effect[i].name);
    }
    fputs("\n", c);
    close_names(c, "effect");
    for (int i = 0; i < m->roles; i++) {
        emit_role_names(m, c, m->role[i]);
    }
}
