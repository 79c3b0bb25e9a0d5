/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a .bind: how the roles of a protocol meet the wire and the host. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <string.h>

#define WORDS_MAX 32

typedef struct gen_line {
    const char *word[WORDS_MAX];
    int words;
    gen_place at;
} gen_line;

static bool parse_protocol(gen_model *m, const gen_line *l)
{
    m->protocol = l->word[1];
    return l->words == 2;
}

static bool parse_message(gen_model *m, const gen_line *l)
{
    m->message = l->word[1];
    m->message_file = l->word[2];
    m->message_at = l->at;
    return l->words == 3;
}

static bool parse_enum(gen_model *m, const gen_line *l)
{
    int which = strcmp(l->word[0], "reasons") == 0;
    m->enum_file[which] = l->word[1];
    m->enum_name[which] = l->word[2];
    m->enum_prefix[which] = l->word[3];
    m->enum_at[which] = l->at;
    return l->words == 4;
}

static bool parse_field(gen_model *m, const gen_line *l)
{
    if ((l->words != 5 && l->words != 3) || m->bounds == 16) {
        return false;
    }
    m->bound[m->bounds].name = l->word[1];
    m->bound[m->bounds].type = l->word[2];
    m->bound[m->bounds].file = l->word[3];
    m->bound[m->bounds].where = l->word[4];
    m->bound[m->bounds].at = l->at;
    m->bounds++;
    return true;
}

static bool parse_arguments(gen_model *m, const gen_line *l)
{
    bool forward = strcmp(l->word[0], "forward") == 0;
    for (int i = 1; i < l->words && i <= 16; i++) {
        (forward ? m->forward : m->send)[i - 1] = l->word[i];
    }
    *(forward ? &m->forwards : &m->sends) = l->words - 1;
    return l->words >= 2 && l->words <= 17;
}

static bool parse_role(gen_model *m, const gen_line *l)
{
    if (l->words < 5 || strcmp(l->word[3], "key") != 0 || m->roles == 32) {
        return false;
    }
    for (int i = 0; i < m->roles; i++) {
        if (strcmp(m->role[i]->name, l->word[1]) == 0) {
            jk_gen_refuse(m, l->at, RULE_ROLE, "role `%s` is named twice", l->word[1]);
            return true;
        }
    }
    gen_role *r = jk_gen_new(m, sizeof(*r));
    m->role[m->roles++] = r;
    r->name = l->word[1];
    r->path = l->word[2];
    r->key = l->word[4];
    r->at = l->at;
    if (l->words == 5) {
        return true;
    }
    for (int i = 6; i < l->words && r->finals < 16; i++) {
        r->final_at[r->finals] = l->at;
        r->final[r->finals++] = l->word[i];
    }
    return strcmp(l->word[5], "final") == 0 && l->words > 6 && l->words <= 22;
}

static bool known_link(gen_model *m, const gen_line *l)
{
    if (jk_gen_link(m, l->word[1]) == NULL) {
        return false;
    }
    jk_gen_refuse(m, l->at, RULE_NAME, "`%s` is named twice", l->word[1]);
    return true;
}

/* link NAME SENDER[,SENDER] RECEIVER [by EFFECT], desk NAME ROLE. */
static bool parse_link(gen_model *m, const gen_line *l)
{
    bool desk = strcmp(l->word[0], "desk") == 0;
    bool by = !desk && l->words == 6 && strcmp(l->word[4], "by") == 0;
    if ((l->words != (desk ? 3 : 4) && !by) || m->links == LIST_MAX) {
        return false;
    }
    if (known_link(m, l)) {
        return true;
    }
    gen_arrow *k = &m->link[m->links++];
    k->name = l->word[1];
    k->desk = desk;
    k->by = by ? l->word[5] : NULL;
    k->number = (unsigned)m->links;
    k->at = l->at;
    k->receiver = l->word[desk ? 2 : 3];
    const char *name = desk ? "" : l->word[2];
    while (*name != '\0' && k->senders < 8) {
        size_t length = strcspn(name, ",");
        k->sender[k->senders++] = jk_gen_copy(m, name, length);
        name += length + (name[length] == ',');
    }
    return true;
}

static bool parse_timer(gen_model *m, const gen_line *l)
{
    if (l->words != 4 || m->timers == 64) {
        return false;
    }
    m->timer[m->timers].role = l->word[1];
    m->timer[m->timers].name = l->word[2];
    m->timer[m->timers].date = strcmp(l->word[3], "date") == 0;
    m->timer[m->timers].at = l->at;
    bool ok = m->timer[m->timers].date || strcmp(l->word[3], "elapsed") == 0;
    m->timers++;
    return ok;
}

static bool parse_hook(gen_model *m, const gen_line *l)
{
    if (l->words != 5 || m->hooks == 64) {
        return false;
    }
    gen_hook *h = &m->hook[m->hooks++];
    h->name = l->word[1];
    h->file = l->word[2];
    h->role = l->word[3];
    h->answer = l->word[4];
    h->at = l->at;
    return true;
}

static bool parse_effect(gen_model *m, const gen_line *l)
{
    if (l->words < 2 || l->words > 10 || m->effects == LIST_MAX) {
        return false;
    }
    gen_effect *e = &m->effect[m->effects++];
    e->name = l->word[1];
    e->at = l->at;
    e->number = (unsigned)m->effects;
    e->arguments = l->words - 2;
    for (int i = 0; i < m->effects - 1; i++) {
        if (strcmp(m->effect[i].name, e->name) == 0) {
            jk_gen_refuse(m, l->at, RULE_NAME, "effect `%s` is named twice", e->name);
        }
    }
    /* Fields are known when the message's typedef is read; until then their names wait here. */
    for (int i = 0; i < e->arguments; i++) {
        gen_field *f = jk_gen_new(m, sizeof(*f));
        f->name = l->word[i + 2];
        e->argument[i] = f;
    }
    return true;
}

static const struct {
    const char *word;
    bool (*parse)(gen_model *, const gen_line *);
    const char *form;
} forms[] = {
    {"protocol", parse_protocol, "protocol NAME"},
    {"message", parse_message, "message TYPEDEF FILE"},
    {"kinds", parse_enum, "kinds FILE.proto ENUM PREFIX"},
    {"reasons", parse_enum, "reasons FILE.proto ENUM PREFIX"},
    {"field", parse_field, "field NAME TYPE [FILE.proto MESSAGE.FIELD]"},
    {"send", parse_arguments, "send FIELD..."},
    {"forward", parse_arguments, "forward FIELD..."},
    {"role", parse_role, "role NAME FILE key KEY [final LABEL...]"},
    {"link", parse_link, "link NAME SENDER[,SENDER] RECEIVER [by EFFECT]"},
    {"desk", parse_link, "desk NAME ROLE"},
    {"timer", parse_timer, "timer ROLE NAME elapsed|date"},
    {"hook", parse_hook, "hook NAME FILE ROLE REGISTER"},
    {"effect", parse_effect, "effect NAME [FIELD...]"},
};

static void parse_line(gen_model *m, const gen_line *l)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].word, l->word[0]) == 0) {
            if (!forms[i].parse(m, l)) {
                jk_gen_refuse(m, l->at, RULE_BIND, "the form is: %s", forms[i].form);
            }
            return;
        }
    }
    jk_gen_refuse(m, l->at, RULE_BIND, "`%s` is not a word of a .bind", l->word[0]);
}

static void split(gen_model *m, const char *text, gen_line *l)
{
    l->words = 0;
    memset(l->word, 0, sizeof(l->word));
    size_t end = strcspn(text, "\n#");
    size_t i = 0;
    while (i < end) {
        size_t blank = strspn(text + i, " \t\r");
        i += blank;
        size_t length = strcspn(text + i, " \t\r\n#");
        if (i >= end || length == 0) {
            break;
        }
        if (l->words == 0) {
            l->at.column = (int)i + 1;
        }
        if (l->words < WORDS_MAX) {
            l->word[l->words++] = jk_gen_copy(m, text + i, length);
        }
        i += length;
    }
}

static void require(gen_model *m, const char *what, const void *value)
{
    if (value == NULL) {
        gen_place at = {m->bind, 1, 1};
        jk_gen_refuse(m, at, RULE_BIND, "the line `%s` is missing", what);
    }
}

bool jk_gen_read_bind(gen_model *m, const char *path)
{
    m->bind = jk_gen_file(m, path);
    if (m->bind == NULL) {
        gen_place nowhere = {NULL, 0, 0};
        jk_gen_refuse(m, nowhere, RULE_FILE, "`%s` cannot be read", path);
        return false;
    }
    for (int i = 0; i <= m->bind->lines; i++) {
        gen_line l = {.at = {m->bind, i + 1, 1}};
        split(m, m->bind->line[i], &l);
        if (l.words > 0) {
            parse_line(m, &l);
        }
    }
    require(m, "protocol", m->protocol);
    require(m, "message", m->message);
    require(m, "kinds", m->enum_file[0]);
    require(m, "role", m->role[0]);
    return m->errors == 0;
}
