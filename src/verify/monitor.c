/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor: a never claim that observes every state, marks what is violated and forbids nothing.
 *
 * Each property becomes an option of the claim whose expression ends with a mark: C that notes the
 * property and is false.  So the claim itself never moves, the search is that of the model alone
 * and it is whole.  [] (p -> [] q) needs a second state of the claim: p was seen. */
#define _POSIX_C_SOURCE 200809L
#include "monitor.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 1200
#define PARTS    6

typedef struct monitor {
    FILE *rest;     /* the text without the properties */
    FILE *states;   /* the body of the first claim */
    FILE *begins;   /* of the second claim: p */
    FILE *outcomes; /* and what follows p */
    FILE *premises; /* of the third claim: p of every p -> q */
    FILE *names;
    jk_words *wanted; /* NULL, or the names of properties with a premise */
    bool failed;
    size_t count;
    char boxes[16][64]; /* macros whose text begins with [] */
    size_t box_count;
} monitor;

bool jk_monitor_wanted(const char *text)
{
    return strncmp(text, "ltl ", 4) == 0 || strstr(text, "\nltl ") != NULL;
}

/* Without blanks at its ends, in place. */
static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    text[length] = '\0';
    return text;
}

/* Without the one pair of brackets that holds all of it. */
static char *unwrap(char *text)
{
    text = trim(text);
    size_t length = strlen(text);
    int depth = 0;
    for (size_t i = 0; i < length; i++) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (depth == 0 && i + 1 < length) {
            return text;
        }
    }
    if (length > 2 && text[0] == '(') {
        text[length - 1] = '\0';
        return trim(text + 1);
    }
    return text;
}

/* The "->" outside all brackets; NULL if there is none. */
static char *arrow(char *text)
{
    int depth = 0;
    for (char *at = text; *at != '\0'; at++) {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        if (depth == 0 && at[0] == '-' && at[1] == '>') {
            return at;
        }
    }
    return NULL;
}

/* The negation of what stands under a []: "p" or "p -> q".  False if it is another form. */
static bool negate(char *text, char *result, size_t capacity)
{
    text = unwrap(text);
    char *middle = arrow(text);
    if (strstr(text, "[]") != NULL || strstr(text, "<>") != NULL) {
        return false;
    }
    int length;
    if (middle == NULL) {
        length = snprintf(result, capacity, "!(%s)", text);
    } else {
        *middle = '\0';
        length = snprintf(result, capacity, "(%s) && !(%s)", trim(text), trim(middle + 2));
    }
    return length > 0 && (size_t)length < capacity;
}

static bool is_box(const monitor *all, const char *text)
{
    size_t length = strcspn(text, "( \t");
    for (size_t i = 0; i < all->box_count; i++) {
        if (strlen(all->boxes[i]) == length && strncmp(text, all->boxes[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static size_t add_name(monitor *all, const char *name)
{
    (void)fprintf(all->names, "%s\"%s\"", all->count == 0 ? "" : ", ", name);
    all->count++;
    return all->count - 1;
}

/* [] (p -> [] q), or a macro in the place of [] q. */
static void add_outcome(monitor *all, size_t mark, const char *premise, char *outcome)
{
    char negated[TEXT_MAX];
    outcome = trim(outcome);
    if (is_box(all, outcome)) {
        (void)snprintf(negated, sizeof negated, "NEVER_%s", outcome);
    } else if (strncmp(outcome, "[]", 2) != 0 || !negate(outcome + 2, negated, sizeof negated)) {
        return;
    }
    (void)fprintf(all->begins,
                  "    :: !jk_over && (%s) && (%s) && c_expr { JK_MARK_%zu }\n"
                  "    :: !jk_over && (%s) -> goto AFTER_%zu\n",
                  premise, negated, mark, premise, mark);
    (void)fprintf(all->outcomes,
                  "AFTER_%zu:\n"
                  "    do\n"
                  "    :: !jk_over && (%s) && c_expr { JK_MARK_%zu }\n"
                  "    :: !jk_over\n"
                  "    od;\n",
                  mark, negated, mark);
}

/* p of p -> q: can it happen at all. */
static void add_premise(monitor *all, const char *name, size_t mark, const char *premise)
{
    (void)fprintf(all->premises, "    :: !jk_over && (%s) && c_expr { JK_MARK_%zu }\n", premise,
                  mark);
    bool promise = strncmp(name, "w_", 2) != 0; /* a witness promises nothing */
    all->failed = all->failed || (promise && all->wanted != NULL &&
                                  !jk_words_add(all->wanted, name, strlen(name)));
}

/* One property; a form that is none of these is left to a search of its own. */
static void add_property(monitor *all, const char *name, char *formula)
{
    char negated[TEXT_MAX];
    char copy[TEXT_MAX];
    formula = trim(formula);
    if (strncmp(formula, "[]", 2) != 0 || strlen(formula) >= sizeof copy) {
        return;
    }
    (void)snprintf(copy, sizeof copy, "%s", formula + 2);
    char *text = unwrap(copy);
    char *middle = arrow(text);
    size_t mark = add_name(all, name);
    if (middle != NULL) {
        char premise[TEXT_MAX];
        (void)snprintf(premise, sizeof premise, "%.*s", (int)(middle - text), text);
        add_premise(all, name, mark, trim(premise));
        if (strstr(middle, "[]") != NULL || is_box(all, trim(middle + 2))) {
            add_outcome(all, mark, trim(premise), middle + 2);
            return;
        }
    }
    if (negate(text, negated, sizeof negated)) {
        (void)fprintf(all->states, "    :: !jk_over && (%s) && c_expr { JK_MARK_%zu }\n", negated,
                      mark);
    }
}

/* #define NAME(...) [] (...): its negation gets a name, too. */
static void see_box(monitor *all, const char *line)
{
    char copy[TEXT_MAX];
    char negated[TEXT_MAX];
    if (strncmp(line, "#define ", 8) != 0) {
        return;
    }
    const char *name = line + 8;
    const char *end = strchr(name, ')');
    size_t length = strcspn(name, "(");
    if (end == NULL || strlen(line) >= sizeof copy || length >= sizeof all->boxes[0] ||
        all->box_count == 16) {
        return;
    }
    (void)snprintf(copy, sizeof copy, "%s", end + 1);
    char *text = trim(copy);
    if (strncmp(text, "[]", 2) == 0 && negate(text + 2, negated, sizeof negated)) {
        (void)fprintf(all->rest, "#define NEVER_%.*s (%s)\n", (int)(end + 1 - name), name, negated);
        (void)snprintf(all->boxes[all->box_count], sizeof all->boxes[0], "%.*s", (int)length, name);
        all->box_count++;
    }
}

/* Conditional text stays conditional in the claims. */
static void see_directive(monitor *all, const char *line)
{
    static const char *const words[] = {"#if", "#else", "#elif", "#endif"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(line, words[i], strlen(words[i])) == 0) {
            (void)fprintf(all->states, "%s\n", line);
            (void)fprintf(all->begins, "%s\n", line);
            (void)fprintf(all->outcomes, "%s\n", line);
            (void)fprintf(all->premises, "%s\n", line);
            return;
        }
    }
}

/* Lines of the text, one after the other; ltl and never go up to their closing brace. */
static void read_lines(monitor *all, char *text)
{
    bool never = false;
    char *next = text;
    while (next != NULL) {
        char *line = next;
        char *open = strncmp(line, "ltl ", 4) == 0 ? strchr(line, '{') : NULL;
        char *close = open == NULL ? NULL : strchr(open, '}');
        next = strchr(close == NULL ? line : close, '\n');
        if (next != NULL) {
            *next = '\0';
            next++;
        }
        if (close != NULL) {
            *open = '\0';
            *close = '\0';
            add_property(all, trim(line + 4), open + 1);
            continue;
        }
        never = never || strncmp(line, "never ", 6) == 0;
        (void)fprintf(all->rest, "%s\n", never ? "" : line);
        see_box(all, line);
        see_directive(all, line);
        never = never && line[0] != '}';
    }
}

static void write_marks(const monitor *all, const char *names, FILE *out)
{
    (void)fprintf(out, "c_decl {\n\\#include <stdio.h>\n");
    for (size_t i = 0; i < all->count; i++) {
        (void)fprintf(out, "\\#define JK_MARK_%zu jk_mark(%zu)\n", i, i);
    }
    (void)fprintf(out,
                  "static unsigned char jk_seen[%zu];\n"
                  "static const char *const jk_names[] = { %s };\n"
                  "static int jk_mark(int i)\n"
                  "{\n"
                  "    if (!jk_seen[i]) {\n"
                  "        jk_seen[i] = 1;\n"
                  "        printf(\"" JK_MONITOR_MARK "%%s\\n\", jk_names[i]);\n"
                  "        fflush(stdout);\n"
                  "    }\n"
                  "    return 0;\n"
                  "}\n"
                  "}\n",
                  all->count + 1, all->count == 0 ? "\"\"" : names);
}

static bool open_parts(monitor *all, char *parts[PARTS], size_t sizes[PARTS])
{
    FILE **files[PARTS] = {&all->rest,     &all->states,   &all->begins,
                           &all->outcomes, &all->premises, &all->names};
    bool good = true;
    for (size_t i = 0; i < PARTS; i++) {
        *files[i] = open_memstream(&parts[i], &sizes[i]);
        good = good && *files[i] != NULL;
    }
    return good;
}

static bool close_parts(monitor *all)
{
    FILE *files[PARTS] = {all->rest,     all->states,   all->begins,
                          all->outcomes, all->premises, all->names};
    bool good = true;
    for (size_t i = 0; i < PARTS; i++) {
        good = files[i] != NULL && fclose(files[i]) == 0 && good;
    }
    return good;
}

static jk_status write_monitor(const monitor *all, char *const parts[PARTS], const char *claim,
                               char **result)
{
    size_t size;
    FILE *out = open_memstream(result, &size);
    if (out == NULL) {
        return JK_E_MEMORY;
    }
    bool outcomes = strcmp(claim, JK_MONITOR_OUTCOMES) == 0;
    const char *body = strcmp(claim, JK_MONITOR_STATES) == 0 ? parts[1]
                       : outcomes                            ? parts[2]
                                                             : parts[4];
    (void)fprintf(out, "%s", parts[0]);
    write_marks(all, parts[5], out);
    (void)fprintf(out, "never %s\n{\n    do\n%s    :: !jk_over\n    od%s\n%s%s}\n", claim, body,
                  outcomes ? ";" : "", outcomes ? parts[3] : "", outcomes ? "    false\n" : "");
    return fclose(out) == 0 ? JK_OK : JK_E_MEMORY;
}

jk_status jk_monitor_make(const char *text, const char *claim, jk_words *premises, char **result)
{
    monitor all = {.wanted = premises};
    char *parts[PARTS] = {NULL};
    size_t sizes[PARTS];
    char *copy = strdup(text);
    bool good = open_parts(&all, parts, sizes) && copy != NULL;
    if (good) {
        read_lines(&all, copy);
    }
    good = close_parts(&all) && good;
    char *made = NULL;
    jk_status status = good && !all.failed ? write_monitor(&all, parts, claim, &made) : JK_E_MEMORY;
    for (size_t i = 0; i < PARTS; i++) {
        free(parts[i]);
    }
    free(copy);
    if (status == JK_OK) {
        *result = made;
    } else {
        free(made);
    }
    return status;
}
