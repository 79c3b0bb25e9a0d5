/* SPDX-License-Identifier: Apache-2.0 */
/* Reads as much of a .proto as a .bind speaks of: the constants of an enum with their numbers, and
 * the type of a message's field. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <stdlib.h>
#include <string.h>

/* The line in which `what NAME {` stands, or -1. */
static int find_block(const gen_file *f, const char *what, const char *name)
{
    size_t size = strlen(what);
    size_t length = strlen(name);
    for (int i = 0; i < f->lines; i++) {
        const char *line = f->line[i];
        if (strncmp(line, what, size) == 0 && line[size] == ' ' &&
            strncmp(line + size + 1, name, length) == 0 &&
            strspn(line + size + 1 + length, " {") > 0) {
            return i;
        }
    }
    return -1;
}

/* Words of a line up to its comment, `=` and `;` being words. */
static int words(const char *line, char word[8][64])
{
    int count = 0;
    while (count < 8) {
        line += strspn(line, " \t\r");
        size_t length = strcspn(line, " \t\r\n=;[/");
        if (length == 0) {
            if (*line != '=' && *line != ';') {
                break;
            }
            length = 1;
        }
        if (length >= 64) {
            break;
        }
        memcpy(word[count], line, length);
        word[count++][length] = '\0';
        line += length;
    }
    return count;
}

/* Visits `NAME = N;` of the enum; stops when visit says so. */
static bool read_enum(gen_model *m, int which,
                      bool (*visit)(gen_model *, const char *, unsigned, void *), void *context)
{
    const gen_file *f = jk_gen_file(m, jk_gen_beside(m, m->enum_file[which]));
    int start = f == NULL ? -1 : find_block(f, "enum", m->enum_name[which]);
    if (start < 0) {
        jk_gen_refuse(m, m->enum_at[which], RULE_FILE, "no enum `%s` in %s", m->enum_name[which],
                      m->enum_file[which]);
        return false;
    }
    size_t prefix = strlen(m->enum_prefix[which]);
    for (int i = start + 1; i < f->lines && f->line[i][0] != '}'; i++) {
        char word[8][64];
        if (words(f->line[i], word) < 4 || strcmp(word[1], "=") != 0) {
            continue;
        }
        if (strncmp(word[0], m->enum_prefix[which], prefix) == 0 &&
            !visit(m, word[0] + prefix, (unsigned)strtoul(word[2], NULL, 10), context)) {
            return true;
        }
    }
    return true;
}

static bool take_number(gen_model *m, const char *name, unsigned number, void *context)
{
    (void)m;
    gen_set *s = context;
    for (int i = 0; i < s->count; i++) {
        if (strcmp(s->constant[i], name) == 0) {
            s->number[i] = number;
        }
    }
    return true;
}

static bool take_reason(gen_model *m, const char *name, unsigned number, void *context)
{
    (void)context;
    if (m->reasons < LIST_MAX) {
        m->reason[m->reasons].name = jk_gen_copy(m, name, strlen(name));
        m->reason[m->reasons++].number = number;
    }
    return true;
}

static void number_set(gen_model *m, gen_set *s, int which)
{
    if (!read_enum(m, which, take_number, s)) {
        return;
    }
    for (int i = 0; i < s->count; i++) {
        if (s->number[i] == 0) {
            jk_gen_refuse(m, s->at[i], RULE_KIND, "`%s` is not in %s: no %s%s", s->constant[i],
                          m->enum_file[which], m->enum_prefix[which], s->constant[i]);
        }
    }
}

/* The type of MESSAGE.FIELD, "" when there is none. */
static const char *field_type(gen_model *m, const gen_file *f, const char *where)
{
    size_t length = strcspn(where, ".");
    const char *message = jk_gen_copy(m, where, length);
    int start = f == NULL || where[length] == '\0' ? -1 : find_block(f, "message", message);
    for (int i = start + 1; start >= 0 && i < f->lines && f->line[i][0] != '}'; i++) {
        char word[8][64];
        int count = words(f->line[i], word);
        for (int k = 1; k + 1 < count; k++) {
            if (strcmp(word[k], where + length + 1) == 0 && strcmp(word[k + 1], "=") == 0) {
                return jk_gen_copy(m, word[k - 1], strlen(word[k - 1]));
            }
        }
    }
    return "";
}

static bool fits(const gen_model *m, const gen_type *type, const char *wire)
{
    switch (type->base) {
    case TYPE_TOKEN:
    case TYPE_PEER: return strcmp(wire, "bytes") == 0 || strcmp(wire, "NodeId") == 0;
    case TYPE_MEMBERS: return strcmp(wire, "uint32") == 0;
    case TYPE_COUNT: return strcmp(wire, "uint64") == 0 || strcmp(wire, "uint32") == 0;
    case TYPE_BOOL: return strcmp(wire, "bool") == 0;
    case TYPE_MTYPE: return m->enum_name[1] != NULL && strcmp(wire, m->enum_name[1]) == 0;
    case TYPE_NONE:
    case TYPE_NUMBER:
    case TYPE_PARAMETER: break;
    }
    return false;
}

static const char *word_of(const gen_type *type)
{
    static const char *const words[] = {"", "token", "members", "count", "bool", "peer_id", ""};
    return type->base == TYPE_MTYPE ? type->set->name : words[type->base];
}

static void bind_field(gen_model *m, int bound)
{
    gen_place at = m->bound[bound].at;
    gen_field *f = NULL;
    for (int i = 0; i < m->fields; i++) {
        if (strcmp(m->field[i].name, m->bound[bound].name) == 0) {
            f = &m->field[i];
        }
    }
    if (f == NULL || f->bound) {
        jk_gen_refuse(m, at, RULE_FIELD, "typedef %s has no further field `%s`", m->message,
                      m->bound[bound].name);
        return;
    }
    f->bound = true;
    if (strcmp(word_of(&f->type), m->bound[bound].type) != 0) {
        jk_gen_refuse(m, at, RULE_FIELD, "`%s` is %s in typedef %s, not %s", f->name,
                      word_of(&f->type), m->message, m->bound[bound].type);
    }
    if (m->bound[bound].file == NULL) {
        return; /* a record of fixed layout: no .proto has it */
    }
    const char *path = jk_gen_beside(m, m->bound[bound].file);
    const char *wire = field_type(m, jk_gen_file(m, path), m->bound[bound].where);
    if (wire[0] == '\0') {
        jk_gen_refuse(m, at, RULE_FIELD, "%s has no field `%s`", m->bound[bound].file,
                      m->bound[bound].where);
    } else if (!fits(m, &f->type, wire)) {
        jk_gen_refuse(m, at, RULE_FIELD, "`%s` is %s here and %s in %s", f->name, word_of(&f->type),
                      wire, m->bound[bound].file);
    }
}

/* Numbers the mtype sets and binds the fields of the message. */
bool jk_gen_read_proto(gen_model *m)
{
    for (int i = 0; i < m->sets; i++) {
        gen_set *s = &m->set[i];
        if (strcmp(s->name, "kind") == 0) {
            number_set(m, s, 0);
        } else if (strcmp(s->name, "reason") == 0 && m->enum_file[1] != NULL) {
            number_set(m, s, 1);
        } else {
            for (int k = 0; k < s->count; k++) {
                s->number[k] = (unsigned)k + 1;
            }
        }
    }
    if (m->enum_file[1] != NULL) {
        (void)read_enum(m, 1, take_reason, NULL);
    }
    for (int i = 0; i < m->bounds; i++) {
        bind_field(m, i);
    }
    for (int i = 0; i < m->fields; i++) {
        if (!m->field[i].bound) {
            jk_gen_refuse(m, m->field[i].at, RULE_FIELD, "`%s` has no field line in the .bind",
                          m->field[i].name);
        }
    }
    return m->errors == 0;
}
