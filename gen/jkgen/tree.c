/* SPDX-License-Identifier: Apache-2.0 */
/* The arena, the files with their comments, refusals, and expressions shown as Promela. */
#define _POSIX_C_SOURCE 200809L
#include "tree.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define OBJECT_MAX     262144
#define FILE_MAX_BYTES (4 * 1024 * 1024)

/* Memory of one run.  When it is exhausted the run fails, but goes on with this scratch. */
void *jk_gen_new(gen_model *m, size_t size)
{
    static max_align_t scratch[OBJECT_MAX / sizeof(max_align_t)];
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (size > OBJECT_MAX || size > m->size - m->used) {
        m->exhausted = true;
        memset(scratch, 0, sizeof(scratch));
        return scratch;
    }
    void *object = m->arena + m->used;
    m->used += size;
    return object;
}

const char *jk_gen_copy(gen_model *m, const char *text, size_t length)
{
    if (length >= OBJECT_MAX) {
        m->exhausted = true;
        length = 0;
    }
    char *copy = jk_gen_new(m, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *jk_gen_own(gen_model *m, const char *text)
{
    size_t length = strlen(text);
    char *copy = jk_gen_new(m, length + 1);
    memcpy(copy, text, length + 1);
    return copy;
}

const char *jk_gen_print(gen_model *m, const char *format, ...)
{
    char text[4096];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (length < 0 || (size_t)length >= sizeof(text)) {
        m->exhausted = true;
        length = 0;
    }
    return jk_gen_copy(m, text, (size_t)length);
}

static const char *cased(gen_model *m, const char *text, int (*change)(int))
{
    size_t length = strlen(text);
    char *copy = jk_gen_new(m, length + 1);
    if (m->exhausted) {
        return copy;
    }
    for (size_t i = 0; i < length; i++) {
        copy[i] = (char)change((unsigned char)text[i]);
    }
    return copy;
}

const char *jk_gen_upper(gen_model *m, const char *text)
{
    return cased(m, text, toupper);
}

const char *jk_gen_lower(gen_model *m, const char *text)
{
    return cased(m, text, tolower);
}

/* cpp keeps the column of a line's first word only; this finds the word in the source itself. */
static int column(gen_place at, const char *word)
{
    if (at.file == NULL || at.line < 1 || at.line > at.file->lines || word == NULL) {
        return at.column;
    }
    const char *line = at.file->line[at.line - 1];
    int end = (int)strcspn(line, "\n");
    int from = at.column < end ? at.column - 1 : 0;
    const char *found = strstr(line + from, word);
    if (found == NULL || found >= line + end) {
        found = strstr(line, word);
    }
    if (found != NULL && found < line + end) {
        return (int)(found - line) + 1;
    }
    /* A word of a macro: point at the line of its use. */
    return at.column <= end ? at.column : (int)strspn(line, " \t") + 1;
}

void jk_gen_refuse(gen_model *m, gen_place at, gen_rule rule, const char *format, ...)
{
    static const struct {
        const char *name, *hint;
    } rules[] = {

#define ROW(name, word, text, hint) {word, hint},
        JK_GEN_RULES(ROW)
#undef ROW
    };
    if (m->options->faulty && (rule == RULE_UNUSED || rule == RULE_UNREACHABLE)) {
        return;
    }
    if (m->errors++ >= ERRORS_MAX) {
        return;
    }
    char text[1024];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof(text), format, list);
    va_end(list);

    /* The first quoted word of the message is what the refusal points at. */
    char word[64] = "";
    const char *quote = strchr(text, '`');
    size_t length = quote == NULL ? 0 : strcspn(quote + 1, "`");
    if (length > 0 && length < sizeof(word)) {
        memcpy(word, quote + 1, length);
        word[length] = '\0';
    }
    fprintf(m->options->diagnostics, "%s:%d:%d: %s: %s\n    %s\n",
            at.file == NULL ? "-" : at.file->path, at.line,
            column(at, word[0] == '\0' ? NULL : word), rules[rule].name, text, rules[rule].hint);
}

void jk_gen_print_rules(FILE *out)
{
#define PRINT(name, word, text, hint) fprintf(out, "%s\t%s\n", word, text);
    JK_GEN_RULES(PRINT)
#undef PRINT
}

const char *jk_gen_beside(gen_model *m, const char *name)
{
    const char *path = m->bind->path;
    if (name[0] == '/') {
        return name;
    }
    return jk_gen_print(m, "%.*s%s", (int)(m->bind->name - path), path, name);
}

static char *load(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        return NULL;
    }
    char *text = malloc(FILE_MAX_BYTES + 1);
    *size = text == NULL ? 0 : fread(text, 1, FILE_MAX_BYTES, stream);
    bool ok = text != NULL && ferror(stream) == 0 && *size < FILE_MAX_BYTES;
    fclose(stream);
    if (!ok) {
        free(text);
        return NULL;
    }
    text[*size] = '\0';
    char *kept = realloc(text, *size + 1);
    return kept == NULL ? text : kept;
}

const gen_file *jk_gen_file(gen_model *m, const char *path)
{
    for (int i = 0; i < m->files; i++) {
        if (strcmp(m->file[i]->path, path) == 0) {
            return m->file[i];
        }
    }
    if (m->files == FILES_MAX) {
        m->exhausted = true;
        return NULL;
    }
    gen_file *f = jk_gen_new(m, sizeof(*f));
    f->text = load(path, &f->size);
    if (f->text == NULL) {
        return NULL;
    }
    m->file[m->files++] = f;
    f->path = jk_gen_copy(m, path, strlen(path));
    const char *slash = strrchr(f->path, '/');
    f->name = slash == NULL ? f->path : slash + 1;
    for (const char *c = f->text; *c != '\0'; c++) {
        f->lines += *c == '\n';
    }
    f->line = calloc((size_t)f->lines + 2, sizeof(*f->line));
    if (f->line == NULL) {
        m->exhausted = true;
        f->lines = 0;
        return f;
    }
    const char *start = f->text;
    for (int i = 0; i < f->lines; i++) {
        f->line[i] = start;
        start = strchr(start, '\n') + 1;
    }
    f->line[f->lines] = start;
    return f;
}

/* The comment that begins on the line, up to its end or the line's; "" when there is none. */
const char *jk_gen_comment(gen_model *m, gen_place at)
{
    if (at.file == NULL || at.line < 1 || at.line > at.file->lines) {
        return "";
    }
    const char *line = at.file->line[at.line - 1];
    const char *end = line + strcspn(line, "\n");
    const char *open = strstr(line, "/*");
    if (open == NULL || open >= end) {
        return "";
    }
    const char *close = strstr(open, "*/");
    open += 2;
    const char *stop = close == NULL || close > end ? end : close;
    while (open < stop && isspace((unsigned char)*open)) {
        open++;
    }
    while (stop > open && isspace((unsigned char)stop[-1])) {
        stop--;
    }
    return jk_gen_copy(m, open, (size_t)(stop - open));
}

/* Bytes of a seed step at the start of the text: 3-2, 3-5', 3-②; 0 when there is none. */
static int step_length(const char *text)
{
    if (!isdigit((unsigned char)text[0]) || text[1] != '-') {
        return 0;
    }
    int length = 0;
    if (strncmp(text + 2, "\xe2\x91", 2) == 0) { /* a number in a circle */
        length = 5;
    } else if (isdigit((unsigned char)text[2]) && !isalnum((unsigned char)text[3])) {
        length = 3;
    }
    return length > 0 && text[length] == '\'' ? length + 1 : length;
}

/* The seed steps that comments on these lines name, in order, each once. */
const char *jk_gen_steps(gen_model *m, const gen_file *f, int from, int to)
{
    char steps[256] = "";
    size_t used = 0;
    for (int i = from; i <= to && i <= f->lines; i++) {
        gen_place at = {f, i, 1};
        const char *text = jk_gen_comment(m, at);
        for (const char *c = text; *c != '\0'; c++) {
            int length = c == text || !isalnum((unsigned char)c[-1]) ? step_length(c) : 0;
            char step[12];
            (void)snprintf(step, sizeof(step), "%.*s", length, c);
            if (length > 0 && strstr(steps, step) == NULL && used + 12 < sizeof(steps)) {
                used += (size_t)snprintf(steps + used, sizeof(steps) - used, "%s%s",
                                         used == 0 ? "" : " ", step);
            }
        }
    }
    return jk_gen_copy(m, steps, strlen(steps));
}

gen_node *jk_gen_node(gen_model *m, gen_op op, gen_place at, const char *text)
{
    gen_node *n = jk_gen_new(m, sizeof(*n));
    n->op = op;
    n->at = at;
    n->text = text;
    return n;
}

gen_node *jk_gen_append(gen_node *list, gen_node *item)
{
    if (list == NULL) {
        return item;
    }
    gen_node *last = list;
    while (last->next != NULL) {
        last = last->next;
    }
    if (last != item) {
        last->next = item;
    }
    return list;
}

int jk_gen_length(const gen_node *list)
{
    int length = 0;
    for (; list != NULL; list = list->next) {
        length++;
    }
    return length;
}

static const char *show_list(gen_model *m, const gen_node *list)
{
    const char *text = "";
    for (; list != NULL; list = list->next) {
        text = jk_gen_print(m, "%s%s%s", text, text[0] == '\0' ? "" : ", ", jk_gen_show(m, list));
    }
    return text;
}

/* An operand, in parentheses when it is an operation of another kind. */
static const char *show_operand(gen_model *m, const gen_node *operand, const gen_node *parent)
{
    const char *text = jk_gen_show(m, operand);
    bool logic = strcmp(parent->text, "&&") == 0 || strcmp(parent->text, "||") == 0;
    bool plain = operand->op != OP_BINARY || strcmp(operand->text, parent->text) == 0 ||
                 (logic && strchr("=!<>", operand->text[0]) != NULL);
    return plain ? text : jk_gen_print(m, "(%s)", text);
}

const char *jk_gen_show(gen_model *m, const gen_node *e)
{
    switch ((int)e->op) {
    case OP_NUMBER: return jk_gen_print(m, "%ld", e->number);
    case OP_FIELD: return jk_gen_print(m, "%s.%s", e->a->text, e->text);
    case OP_INDEX: return jk_gen_print(m, "%s[%s]", e->text, jk_gen_show(m, e->a));
    case OP_CALL: return jk_gen_print(m, "%s(%s)", e->text, show_list(m, e->list));
    case OP_UNARY:
        return jk_gen_print(m, e->a->op == OP_BINARY ? "%s(%s)" : "%s%s", e->text,
                            jk_gen_show(m, e->a));
    case OP_BINARY:
        return jk_gen_print(m, "%s %s %s", show_operand(m, e->a, e), e->text,
                            show_operand(m, e->b, e));
    default: return e->text == NULL ? "" : e->text;
    }
}
