/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that machines share: <message>.h with fields, event and actions; <message>_step.h with
 * the words of a body; <protocol>.h with kinds, links, commands and effects. */
#include "tree.h"

#include <string.h>

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Members of a struct in the order of their size, and padding by name, so that actions compare with
 * memcmp. */
static void emit_fields(const gen_model *m, FILE *h)
{
    static const gen_base order[] = {TYPE_COUNT,   TYPE_TOKEN, TYPE_PEER,
                                     TYPE_MEMBERS, TYPE_MTYPE, TYPE_BOOL};
    unsigned size = 0;
    unsigned align = 1;
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
        for (int i = 0; i < m->fields; i++) {
            if (m->field[i].type.base == order[k]) {
                fprintf(h, "    %s %s;\n", jk_gen_c_type(order[k]), m->field[i].name);
                unsigned bytes = jk_gen_c_size(order[k]);
                size += bytes;
                align = bytes < 16 && bytes > align ? bytes : align;
            }
        }
    }
    if (size % align != 0) {
        fprintf(h, "    uint8_t zero[%u];\n", align - size % align);
    }
}

static void emit_reasons(gen_model *m, FILE *h)
{
    const char *prefix = strcmp(m->message, "envelope") == 0
                             ? "JK_REASON_"
                             : jk_gen_print(m, "JK_%s_REASON_", jk_gen_upper(m, m->message));
    fprintf(h, "\n/* Reasons, with the numbers of %s. */\ntypedef enum jk_%s_reason {\n",
            last_part(m->enum_file[1]), m->message);
    for (int i = 0; i < m->reasons; i++) {
        fprintf(h, "    %s%s = %u%s\n", prefix, m->reason[i].name, m->reason[i].number,
                i + 1 < m->reasons ? "," : "");
    }
    fprintf(h, "} jk_%s_reason;\n", m->message);
}

/* NAME stands for the message's name in small letters, UPPER in capitals. */
static void emit_template(gen_model *m, FILE *h, const char *text)
{
    const char *upper = jk_gen_upper(m, m->message);
    while (*text != '\0') {
        if (strncmp(text, "NAME", 4) == 0 || strncmp(text, "UPPER", 5) == 0) {
            fputs(*text == 'N' ? m->message : upper, h);
            text += *text == 'N' ? 4 : 5;
        } else {
            fputc(*text++, h);
        }
    }
}

static const char message_types[] =
    "\n"
    "/* One input of a machine.  key: the machine's own row; peer: the other end of the link on "
    "which\n"
    " * the message came; input: as the machine numbers it, see jk_NAME_machine.input. */\n"
    "typedef struct jk_NAME_event {\n"
    "    jk_token key;\n"
    "    jk_token peer;\n"
    "    jk_NAME_fields in;\n"
    "    uint16_t input;\n"
    "} jk_NAME_event;\n"
    "\n"
    "typedef enum jk_NAME_op {\n"
    "    JK_UPPER_SEND = 1,  /* kind on link, with out; to peer where the link has several ends "
    "*/\n"
    "    JK_UPPER_SEND_EACH, /* the same, one message a member of the mask */\n"
    "    JK_UPPER_FORWARD,   /* a log entry goes on as it came, with its author */\n"
    "    JK_UPPER_ARM,       /* timer code */\n"
    "    JK_UPPER_DISARM,    /* timer code, armed or not */\n"
    "    JK_UPPER_EFFECT     /* effect code; its arguments stand in out */\n"
    "} jk_NAME_op;\n"
    "\n"
    "/* One thing that a step asks of its host.  What an op does not use is zero. */\n"
    "typedef struct jk_NAME_action {\n"
    "    jk_NAME_fields out;\n"
    "    jk_token peer;\n"
    "    uint16_t op;\n"
    "    uint16_t link;\n"
    "    uint16_t kind;\n"
    "    uint16_t code;\n"
    "} jk_NAME_action;\n"
    "\n"
    "/* In the order in which the role writes them; only the first count are set. */\n"
    "typedef struct jk_NAME_actions {\n"
    "    uint16_t count;\n"
    "    jk_NAME_action item[JK_UPPER_ACTIONS_MAX];\n"
    "} jk_NAME_actions;\n"
    "\n"
    "/* A role as a table row.  machine: its struct, size bytes, all zero at the start.\n"
    " * step: false changes nothing - no such input here, or a hook failed (ask ctx first).\n"
    " * input: of a kind or command that comes on a link or desk; link 0: of a timer that expires; "
    "0\n"
    " * when the role has no such input.  invariant: false for a row that no step can have made. "
    "*/\n"
    "typedef struct jk_NAME_machine {\n"
    "    const char *name;\n"
    "    uint16_t size;\n"
    "    uint16_t actions_max;\n"
    "    bool (*step)(void *machine, const jk_NAME_event *event, const void *hooks, void *ctx,\n"
    "                 jk_NAME_actions *out);\n"
    "    uint16_t (*input)(uint16_t link, uint16_t kind);\n"
    "    uint16_t (*state)(const void *machine);\n"
    "    bool (*is_final)(uint16_t state);\n"
    "    bool (*invariant)(const void *machine);\n"
    "} jk_NAME_machine;\n"
    "\n"
    "/* The words of a role, as the .pml has them; \"?\" for a number that is none. */\n"
    "typedef struct jk_NAME_machine_names {\n"
    "    const char *(*state)(uint16_t state);\n"
    "    const char *(*input)(uint16_t input);\n"
    "    const char *(*timer)(uint16_t timer);\n"
    "} jk_NAME_machine_names;\n"
    "\n"
    "#endif\n";

void jk_gen_emit_message(gen_model *m, FILE *h)
{
    const char *source = m->reasons > 0 ? jk_gen_print(m, "%s and %s", last_part(m->message_file),
                                                       last_part(m->enum_file[1]))
                                        : last_part(m->message_file);
    jk_gen_emit_begin(m, h, source, "What machines read of a message, and what a step gives back.");
    const char *upper = jk_gen_upper(m, m->message);
    fprintf(h, "#ifndef JK_MACHINES_%s_H\n#define JK_MACHINES_%s_H\n\n", upper, upper);
    fputs("#include \"juki/token.h\"\n\n#include <stdbool.h>\n#include <stddef.h>\n"
          "#include <stdint.h>\n\n",
          h);
    fprintf(h, "/* No step of any role has more actions. */\n#define JK_%s_ACTIONS_MAX %d\n", upper,
            ACTIONS_MAX);
    if (m->reasons > 0) {
        emit_reasons(m, h);
    }
    fprintf(h, "\n/* Model-visible fields; zero is none. */\ntypedef struct jk_%s_fields {\n",
            m->message);
    emit_fields(m, h);
    fprintf(h, "} jk_%s_fields;\n", m->message);
    emit_template(m, h, message_types);
}

static const char words[] =
    "#ifndef JK_MACHINES_UPPER_STEP_H\n"
    "#define JK_MACHINES_UPPER_STEP_H\n"
    "\n"
    "#include \"NAME.h\"\n"
    "\n"
    "#include <string.h>\n"
    "\n"
    "/* One input: the link and kind (link 0: the timer) by which it comes. */\n"
    "typedef struct jk_NAME_route {\n"
    "    uint16_t link;\n"
    "    uint16_t kind;\n"
    "    uint16_t input;\n"
    "} jk_NAME_route;\n"
    "\n"
    "static inline uint16_t find_input(const jk_NAME_route *route, size_t count, uint16_t link,\n"
    "                                  uint16_t kind)\n"
    "{\n"
    "    for (size_t i = 0; i < count; i++) {\n"
    "        if (route[i].link == link && route[i].kind == kind) {\n"
    "            return route[i].input;\n"
    "        }\n"
    "    }\n"
    "    return 0;\n"
    "}\n"
    "\n"
    "/* jkgen has proved that no step needs more actions than the list holds.  The fields are the\n"
    " * caller's to set: where they stand, because a copy of a struct made a moment ago is slow. "
    "*/\n"
    "static inline jk_NAME_fields *add(jk_NAME_actions *out, jk_NAME_op op, unsigned link,\n"
    "                                  unsigned kind, unsigned code)\n"
    "{\n"
    "    jk_NAME_action *action = &out->item[out->count++];\n"
    "    action->peer = (jk_token){{0}};\n"
    "    action->op = (uint16_t)op;\n"
    "    action->link = (uint16_t)link;\n"
    "    action->kind = (uint16_t)kind;\n"
    "    action->code = (uint16_t)code;\n"
    "    return &action->out;\n"
    "}\n"
    "\n"
    "static inline jk_NAME_fields *send(jk_NAME_actions *out, unsigned link, unsigned kind)\n"
    "{\n"
    "    return add(out, JK_UPPER_SEND, link, kind, 0);\n"
    "}\n"
    "\n"
    "/* One message a member of fields.mask. */\n"
    "static inline jk_NAME_fields *send_each(jk_NAME_actions *out, unsigned link, unsigned kind)\n"
    "{\n"
    "    return add(out, JK_UPPER_SEND_EACH, link, kind, 0);\n"
    "}\n"
    "\n"
    "static inline jk_NAME_fields *forward(jk_NAME_actions *out, unsigned link, unsigned kind)\n"
    "{\n"
    "    return add(out, JK_UPPER_FORWARD, link, kind, 0);\n"
    "}\n"
    "\n"
    "/* On a link with several ends: to this one. */\n"
    "static inline jk_NAME_fields *send_to(jk_NAME_actions *out, const jk_token *peer,\n"
    "                                      unsigned link, unsigned kind)\n"
    "{\n"
    "    jk_NAME_fields *fields = add(out, JK_UPPER_SEND, link, kind, 0);\n"
    "    out->item[out->count - 1].peer = *peer;\n"
    "    return fields;\n"
    "}\n"
    "\n"
    "static inline jk_NAME_fields *send_each_to(jk_NAME_actions *out, const jk_token *peer,\n"
    "                                           unsigned link, unsigned kind)\n"
    "{\n"
    "    jk_NAME_fields *fields = add(out, JK_UPPER_SEND_EACH, link, kind, 0);\n"
    "    out->item[out->count - 1].peer = *peer;\n"
    "    return fields;\n"
    "}\n"
    "\n"
    "static inline jk_NAME_fields *forward_to(jk_NAME_actions *out, const jk_token *peer,\n"
    "                                         unsigned link, unsigned kind)\n"
    "{\n"
    "    jk_NAME_fields *fields = add(out, JK_UPPER_FORWARD, link, kind, 0);\n"
    "    out->item[out->count - 1].peer = *peer;\n"
    "    return fields;\n"
    "}\n"
    "\n";

static const char more_words[] =
    "static inline jk_NAME_fields *effect(jk_NAME_actions *out, unsigned code)\n"
    "{\n"
    "    return add(out, JK_UPPER_EFFECT, 0, 0, code);\n"
    "}\n"
    "\n"
    "static inline void arm(jk_NAME_actions *out, bool *timer, unsigned code)\n"
    "{\n"
    "    *timer = true;\n"
    "    *add(out, JK_UPPER_ARM, 0, 0, code) = (jk_NAME_fields){0};\n"
    "}\n"
    "\n"
    "static inline void disarm(jk_NAME_actions *out, bool *timer, unsigned code)\n"
    "{\n"
    "    *timer = false;\n"
    "    *add(out, JK_UPPER_DISARM, 0, 0, code) = (jk_NAME_fields){0};\n"
    "}\n"
    "\n"
    "/* An expiry counts once, and only while the timer is armed. */\n"
    "static inline bool expire(bool *timer)\n"
    "{\n"
    "    bool armed = *timer;\n"
    "    *timer = false;\n"
    "    return armed;\n"
    "}\n"
    "\n"
    "static inline bool same(const jk_token *a, const jk_token *b)\n"
    "{\n"
    "    return memcmp(a, b, sizeof(*a)) == 0;\n"
    "}\n"
    "\n"
    "static inline bool is_none(const jk_token *token)\n"
    "{\n"
    "    static const jk_token none = {{0}};\n"
    "    return same(token, &none);\n"
    "}\n"
    "\n"
    "/* A count that would leave its 64 bits is no step. */\n"
    "static inline bool plus(uint64_t *sum, uint64_t a, uint64_t b)\n"
    "{\n"
    "    *sum = a + (b <= UINT64_MAX - a ? b : 0);\n"
    "    return b <= UINT64_MAX - a;\n"
    "}\n"
    "\n"
    "static inline bool minus(uint64_t *difference, uint64_t a, uint64_t b)\n"
    "{\n"
    "    *difference = a - (b <= a ? b : 0);\n"
    "    return b <= a;\n"
    "}\n"
    "\n"
    "/* In a condition: the largest count stands for everything beyond it. */\n"
    "static inline uint64_t capped_sum(uint64_t a, uint64_t b)\n"
    "{\n"
    "    return b <= UINT64_MAX - a ? a + b : UINT64_MAX;\n"
    "}\n"
    "\n"
    "/* Whether the byte of a row that holds a bool is one. */\n"
    "static inline bool is_bool(const bool *value)\n"
    "{\n"
    "    unsigned char byte = 2;\n"
    "    memcpy(&byte, value, 1);\n"
    "    return byte <= 1;\n"
    "}\n"
    "\n"
    "/* Hands over the actions of a step that could still fail when it made them. */\n"
    "static inline void hand_over(jk_NAME_actions *to, const jk_NAME_actions *from)\n"
    "{\n"
    "    to->count = from->count;\n"
    "    memcpy(to->item, from->item, from->count * sizeof(from->item[0]));\n"
    "}\n"
    "\n"
    "#endif\n";

void jk_gen_emit_words(gen_model *m, FILE *h)
{
    jk_gen_emit_begin(
        m, h, "gen/jkgen/emit_message.c",
        "The words of a step, for the machines alone: sends, timers, effects, counts.");
    emit_template(m, h, words);
    emit_template(m, h, more_words);
}

static void emit_enum(gen_model *m, FILE *h, const char *what, const char *text)
{
    fprintf(h, "\n/* %s */\ntypedef enum jk_%s_%s {\n", text, m->protocol, what);
}

static void end_enum(const gen_model *m, FILE *h, const char *what)
{
    fprintf(h, "} jk_%s_%s;\n", m->protocol, what);
}

static void emit_set(gen_model *m, FILE *h, const gen_set *s, const char *text)
{
    const char *prefix = jk_gen_c_prefix(m, s);
    emit_enum(m, h, s->name, text);
    for (int i = 0; i < s->count; i++) {
        fprintf(h, "    %s%s = %u%s\n", prefix, s->constant[i], s->number[i],
                i + 1 < s->count ? "," : "");
    }
    end_enum(m, h, s->name);
}

void jk_gen_emit_protocol(gen_model *m, FILE *h)
{
    const char *upper = jk_gen_upper(m, m->protocol);
    jk_gen_emit_begin(m, h, jk_gen_print(m, "%s and messages.pml", m->bind->name),
                      "Kinds, links, commands and effects of the protocol.");
    fprintf(h, "#ifndef JK_MACHINES_%s_H\n#define JK_MACHINES_%s_H\n\n#include \"%s.h\"\n", upper,
            upper, m->message);
    for (int i = 0; i < m->sets; i++) {
        const gen_set *s = &m->set[i];
        if (strcmp(s->name, "kind") == 0) {
            emit_set(m, h, s,
                     jk_gen_print(m, "Kinds, with the numbers of %s.", last_part(m->enum_file[0])));
        } else if (strcmp(s->name, "reason") != 0 || m->enum_file[1] == NULL) {
            emit_set(m, h, s, jk_gen_print(m, "mtype:%s.", s->name));
        }
    }
    emit_enum(m, h, "link", "Directed links, and behind them the desks of the operators.");
    for (int i = 0; i < m->links; i++) {
        fprintf(h, "    JK_%s_LINK_%s = %u%s\n", upper, jk_gen_upper(m, m->link[i].name),
                m->link[i].number, i + 1 < m->links ? "," : "");
    }
    end_enum(m, h, "link");
    if (m->effects > 0) {
        emit_enum(m, h, "effect", "Effects, with the fields that their arguments fill.");
    }
    for (int i = 0; i < m->effects; i++) {
        const gen_effect *e = &m->effect[i];
        fprintf(h, "    JK_%s_EFFECT_%s = %u%s", upper, e->name, e->number,
                i + 1 < m->effects ? "," : "");
        for (int k = 0; k < e->arguments; k++) {
            fprintf(h, "%s%s", k == 0 ? " /* " : ", ", e->argument[k]->name);
        }
        fputs(e->arguments > 0 ? " */\n" : "\n", h);
    }
    if (m->effects > 0) {
        end_enum(m, h, "effect");
    }
    fputs("\n#endif\n", h);
}
