/* SPDX-License-Identifier: Apache-2.0 */
/* Which transitions of gen/tables the logs took.  Two rows of a table that a log cannot tell apart
 * - the same state, input, answers, next state and actions, but another condition on the row -
 * count as one.  Rows that no step can take (unexpected, not armed, not offered) do not count. */
#include "trace_data.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROW_MAX = 4096,  /* bytes of one row of a table */
    WORDS_MAX = 1024 /* bytes of one transition's actions */
};

/* What a log shows of a transition. */
typedef struct edge {
    char *state;
    char *input;
    char *next;
    char *actions; /* as a log has them */
    char *answers; /* "case_check,case_members" asked, and "!=GRANTABLE" behind what must hold */
    bool seen;
} edge;

typedef struct table {
    const trace_role *role;
    edge *edges;
    size_t count;
} table;

struct trace_cover {
    size_t count;
    table tables[JK_TRACE_ROLES_MAX];
};

/* ---- reading a table ---- */

static void append(char *text, const char *what, const char *word, size_t size)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, WORDS_MAX - used, "%s%s%.*s", used == 0 ? "" : ",", what, (int)size,
                   word);
}

/* One action of a table's row as a log has it: "send(link, CERT, ...)" is SEND_CERT. */
static void add_action(char *words, const char *action)
{
    static const char *const sends[][2] = {
        {"send(", "SEND_"}, {"send_each(", "SEND_EACH_"}, {"forward(", "SEND_"}};
    const size_t name = strcspn(action, "(");
    for (size_t i = 0; i < sizeof sends / sizeof sends[0]; i++) {
        const size_t head = strlen(sends[i][0]);
        if (strncmp(action, sends[i][0], head) == 0) {
            const char *kind = strchr(action, ','); /* behind the link */
            kind = kind == NULL ? "" : kind + 1 + strspn(kind + 1, " ");
            append(words, sends[i][1], kind, strcspn(kind, ",)"));
            return;
        }
    }
    if (action[name] != '(' || strstr(action, " = ") != NULL) {
        return; /* the row's own variables */
    }
    if (strncmp(action, "ARM(", 4) == 0 || strncmp(action, "DISARM(", 7) == 0) {
        char what[16];
        (void)snprintf(what, sizeof what, "%.*s_", (int)name, action);
        append(words, what, action + name + 1, strcspn(action + name + 1, ")"));
        return;
    }
    append(words, "", action, name);
}

/* One part of a row's condition: a question, or what its answer must be. */
static void add_condition(char *answers, const char *part)
{
    static const char *const questions[] = {"(answer)", "(chosen)", "(highest)"};
    const size_t name = strcspn(part, "(");
    const size_t used = strlen(answers);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (strcmp(part + name, questions[i]) == 0) {
            append(answers, "", part, name);
            return;
        }
    }
    const bool equal = strncmp(part, "answer == ", 10) == 0;
    if (equal || strncmp(part, "answer != ", 10) == 0) {
        if (strspn(part + 10, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(part + 10)) {
            (void)snprintf(answers + used, WORDS_MAX - used, "%s%s",
                           equal ? "==" : "!=", part + 10);
        }
    }
}

/* Calls `add` with every part of a column that is divided by "; ". */
static void each_part(char *column, char *words, void (*add)(char *words, const char *part))
{
    words[0] = '\0';
    while (*column != '\0') {
        char *end = strstr(column, "; ");
        char *next = end == NULL ? column + strlen(column) : end + 2;
        if (end != NULL) {
            *end = '\0';
        }
        add(words, column);
        column = next;
    }
}

static bool is_same(const edge *a, const edge *b)
{
    return strcmp(a->state, b->state) == 0 && strcmp(a->input, b->input) == 0 &&
           strcmp(a->next, b->next) == 0 && strcmp(a->actions, b->actions) == 0 &&
           strcmp(a->answers, b->answers) == 0;
}

static void edge_free(edge *e)
{
    free(e->state);
    free(e->input);
    free(e->next);
    free(e->actions);
    free(e->answers);
}

static char *copy(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *made = malloc(size);
    if (made != NULL) {
        memcpy(made, text, size);
    }
    return made;
}

/* False: no memory. */
static bool add_edge(table *t, edge *e)
{
    if (e->state == NULL || e->input == NULL || e->next == NULL || e->actions == NULL ||
        e->answers == NULL) {
        edge_free(e);
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (is_same(&t->edges[i], e)) {
            edge_free(e);
            return true;
        }
    }
    edge *more = realloc(t->edges, (t->count + 1) * sizeof *more);
    if (more == NULL) {
        edge_free(e);
        return false;
    }
    t->edges = more;
    t->edges[t->count++] = *e;
    return true;
}

/* One row: state, input, condition, next, actions, line, step. */
static bool add_row(table *t, char *row)
{
    static const char *const never[] = {"unexpected", "not offered", "not armed", "impossible"};
    char *column[5];
    char answers[WORDS_MAX];
    char actions[WORDS_MAX];
    for (size_t i = 0; i < 5; i++) {
        column[i] = row;
        row += strcspn(row, "\t\n");
        if (*row != '\t') {
            return false;
        }
        *row++ = '\0';
    }
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (strcmp(column[4], never[i]) == 0) {
            return true;
        }
    }
    each_part(column[2], answers, add_condition);
    each_part(column[4], actions, add_action);
    edge e = {.state = copy(column[0]),
              .input = copy(column[1]),
              .next = copy(column[3]),
              .actions = copy(actions),
              .answers = copy(answers)};
    return add_edge(t, &e);
}

static bool read_table(const char *folder, table *t)
{
    char path[1024];
    char row[ROW_MAX];
    (void)snprintf(path, sizeof path, "%s/%s.tsv", folder, t->role->name);
    FILE *in = fopen(path, "re");
    bool good = in != NULL && fgets(row, sizeof row, in) != NULL &&
                strncmp(row, "state\tinput\tcondition\tnext\tactions", 34) == 0;
    while (good && fgets(row, sizeof row, in) != NULL) {
        good = strchr(row, '\n') != NULL && add_row(t, row);
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return good && t->count > 0;
}

trace_cover *trace_cover_open(const char *tables, const trace_roles *roles)
{
    trace_cover *cover = calloc(1, sizeof *cover);
    bool good = cover != NULL;
    for (size_t i = 0; good && i < roles->count; i++) {
        table *t = &cover->tables[cover->count++];
        t->role = &roles->role[i];
        good = read_table(tables, t);
    }
    if (!good) {
        trace_cover_close(cover, NULL);
        return NULL;
    }
    return cover;
}

/* ---- what a line took ---- */

/* Whether the line's answers are those of the transition; *held: conditions on them. */
static bool answers_fit(const char *wanted, const char *hooks, unsigned *held)
{
    *held = 0;
    while (*wanted != '\0' && *hooks != '\0') {
        const size_t name = strcspn(hooks, "=");
        const size_t size = strcspn(hooks, ",");
        if (name >= size || strncmp(wanted, hooks, name) != 0) {
            return false;
        }
        wanted += name;
        if (*wanted == '=' || *wanted == '!') {
            const bool equal = *wanted == '=';
            const size_t word = strcspn(wanted + 2, ",");
            const bool same =
                word == size - name - 1 && strncmp(wanted + 2, hooks + name + 1, word) == 0;
            if (same != equal) {
                return false;
            }
            *held += 1;
            wanted += 2 + word;
        }
        if (*wanted != '\0' && *wanted != ',') {
            return false;
        }
        wanted += *wanted == ',' ? 1 : 0;
        hooks += size + (hooks[size] == ',' ? 1 : 0);
    }
    return *wanted == '\0' && *hooks == '\0';
}

void trace_cover_step(trace_cover *cover, const trace_role *role, const trace_line *line)
{
    edge *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < cover->count; i++) {
        const table *t = &cover->tables[i];
        for (size_t j = 0; t->role == role && j < t->count; j++) {
            edge *e = &t->edges[j];
            unsigned held = 0;
            if (strcmp(e->state, line->from) == 0 && strcmp(e->input, line->input) == 0 &&
                strcmp(e->next, line->to) == 0 && strcmp(e->actions, line->actions) == 0 &&
                answers_fit(e->answers, line->hooks, &held) && (best == NULL || held > most)) {
                best = e;
                most = held;
            }
        }
    }
    if (best != NULL) {
        best->seen = true;
    }
}

void trace_cover_close(trace_cover *cover, jk_trace_verdict *verdict)
{
    for (size_t i = 0; cover != NULL && i < cover->count; i++) {
        table *t = &cover->tables[i];
        jk_trace_cover sum = {.all = (unsigned)t->count};
        for (size_t j = 0; j < t->count; j++) {
            sum.seen += t->edges[j].seen ? 1U : 0U;
            edge_free(&t->edges[j]);
        }
        (void)snprintf(sum.role, sizeof sum.role, "%s", t->role->name);
        if (verdict != NULL) {
            verdict->cover[verdict->roles++] = sum;
        }
        free(t->edges);
    }
    free(cover);
}
