/* SPDX-License-Identifier: Apache-2.0 */
/* State diagrams of the roles, drawn by graphviz. */
#define _POSIX_C_SOURCE 200809L
#include "diagram.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chart_names.h"
#include "file.h"
#include "process.h"

#define LIMIT_MS  60000
#define POLL_NS   2000000L
#define EDGES_MAX 512

enum column {
    STATE,
    INPUT,
    CONDITION,
    NEXT,
    ACTIONS,
    PLACE,
    STEP,
    COLUMNS
};

/* All inputs that lead from one state to another are one arrow. */
typedef struct edge {
    const char *from;
    const char *to;
    const char *inputs[32];
    const char *steps[32];
    size_t count;
} edge;

typedef struct graph {
    edge edges[EDGES_MAX];
    size_t count;
} graph;

static bool is_word(const char *text)
{
    return text[0] != '\0' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               strlen(text);
}

/* Cuts a line at its tabs; false: it has not that many cells. */
static bool cut(char *line, char *cells[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        cells[i] = line;
        char *tab = strchr(line, '\t');
        if (i + 1 < COLUMNS) {
            if (tab == NULL) {
                return false;
            }
            *tab = '\0';
            line = tab + 1;
        } else if (tab != NULL) {
            return false;
        }
    }
    return true;
}

/* Does the machine do something with it? */
static bool acts(char *const cells[COLUMNS])
{
    static const char *const nothing[] = {"",          "unexpected", "dropped", "not offered",
                                          "not armed", "impossible"};
    if (strcmp(cells[STATE], cells[NEXT]) != 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (strcmp(cells[ACTIONS], nothing[i]) == 0) {
            return false;
        }
    }
    return true;
}

static bool add(graph *all, char *const cells[COLUMNS])
{
    size_t i = 0;
    while (i < all->count && (strcmp(all->edges[i].from, cells[STATE]) != 0 ||
                              strcmp(all->edges[i].to, cells[NEXT]) != 0)) {
        i++;
    }
    if (i == EDGES_MAX) {
        return false;
    }
    edge *one = &all->edges[i];
    if (i == all->count) {
        *one = (edge){.from = cells[STATE], .to = cells[NEXT]};
        all->count++;
    }
    for (size_t k = 0; k < one->count; k++) {
        if (strcmp(one->inputs[k], cells[INPUT]) == 0) {
            one->steps[k] = one->steps[k][0] == '\0' ? cells[STEP] : one->steps[k];
            return true;
        }
    }
    if (one->count < sizeof one->inputs / sizeof one->inputs[0]) {
        one->inputs[one->count] = cells[INPUT];
        one->steps[one->count] = cells[STEP];
        one->count++;
    }
    return true;
}

static bool read_rows(char *text, graph *all)
{
    bool head = true;
    char *line = text;
    while (line != NULL && *line != '\0') {
        char *cells[COLUMNS];
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        if (!cut(line, cells) || (head && strcmp(cells[STATE], "state") != 0) ||
            (!head &&
             (!is_word(cells[STATE]) || !is_word(cells[INPUT]) || !is_word(cells[NEXT])))) {
            return false;
        }
        if (!head && acts(cells) && !add(all, cells)) {
            return false;
        }
        head = false;
        line = end == NULL ? NULL : end + 1;
    }
    return !head;
}

/* A step such as "3-1", as the source writes it; anything else in that cell is not shown. */
static void write_step(const char *step, FILE *out)
{
    char words[64];
    if (step[0] == '\0' || strspn(step, "0123456789- ") != strlen(step) || strlen(step) > 20) {
        return;
    }
    jk_seed_words(step, words, sizeof words);
    (void)fprintf(out, "  %s", words);
}

static void write_edge(const edge *one, FILE *out)
{
    (void)fprintf(out, "  %s -> %s [label=\"", one->from, one->to);
    for (size_t i = 0; i < one->count; i++) {
        (void)fprintf(out, " %s", one->inputs[i]);
        write_step(one->steps[i], out);
        (void)fputs("\\l", out); /* dot's own sign for the end of a line, to the left */
    }
    (void)fputs("\"];\n", out);
}

jk_status jk_diagram_write(const char *table, FILE *out)
{
    char *text = strdup(table);
    graph *all = calloc(1, sizeof *all);
    jk_status status = text == NULL || all == NULL ? JK_E_MEMORY : JK_OK;
    if (status == JK_OK && !read_rows(text, all)) {
        status = JK_E_CONFIG;
    }
    if (status == JK_OK) {
        (void)fputs("digraph states {\n  rankdir=TB;\n  bgcolor=transparent;\n  nodesep=0.35;\n"
                    "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=13];\n"
                    "  edge [fontname=\"sans-serif\", fontsize=11, arrowsize=0.7];\n",
                    out);
        for (size_t i = 0; i < all->count; i++) {
            write_edge(&all->edges[i], out);
        }
        (void)fputs("}\n", out);
    }
    free(all);
    free(text);
    return status;
}

static int compare(const void *left, const void *right)
{
    return strcmp(left, right);
}

void jk_diagram_find(const char *root, const char *protocol, jk_diagram_list *list)
{
    char path[JK_PATH_SIZE];
    size_t length = strlen(protocol);
    list->count = 0;
    DIR *folder = jk_path_join(path, root, "gen/tables") ? opendir(path) : NULL;
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *name = entry->d_name;
        size_t size = strlen(name);
        if (size > 4 && size < sizeof list->names[0] && strcmp(name + size - 4, ".tsv") == 0 &&
            strncmp(name, protocol, length) == 0 && name[length] == '_' &&
            list->count < JK_DIAGRAMS_MAX) {
            (void)snprintf(list->names[list->count], sizeof list->names[0], "%.*s", (int)size - 4,
                           name);
            list->count++;
        }
    }
    (void)closedir(folder);
    qsort(list->names, list->count, sizeof list->names[0], compare);
}

static bool run_dot(const char *folder, char *input, char *output)
{
    char log[JK_PATH_SIZE];
    char program[] = "dot";
    char format[] = "-Tsvg";
    char option[] = "-o";
    char *argv[] = {program, format, option, output, input, NULL};
    jk_process process;
    int code = -1;
    if (!jk_path_join(log, folder, "dot.log") ||
        jk_process_start(&process, folder, log, argv, LIMIT_MS) != JK_OK) {
        return false;
    }
    while (!jk_process_ended(&process, &code)) {
        (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
    }
    (void)remove(log);
    return code == 0;
}

/* The table as a graph, in a file. */
static bool make_input(const char *root, const char *name, const char *path)
{
    char tables[JK_PATH_SIZE];
    char source[JK_PATH_SIZE];
    char file[80];
    size_t size;
    char *bytes = NULL;
    size_t used = 0;
    (void)snprintf(file, sizeof file, "%.63s.tsv", name);
    char *table = jk_path_join(tables, root, "gen/tables") && jk_path_join(source, tables, file)
                      ? jk_file_read(source, &size)
                      : NULL;
    FILE *out = table == NULL ? NULL : open_memstream(&bytes, &used);
    bool good = out != NULL && jk_diagram_write(table, out) == JK_OK;
    good = out != NULL && fclose(out) == 0 && good;
    good = good && jk_file_write(path, bytes, used) == JK_OK;
    free(bytes);
    free(table);
    return good;
}

bool jk_diagram_draw(const char *root, const char *name, const char *folder)
{
    char input[80];
    char output[80];
    char path[JK_PATH_SIZE];
    (void)snprintf(input, sizeof input, "state.%.60s.dot", name);
    (void)snprintf(output, sizeof output, "state.%.60s.svg", name);
    if (!jk_path_join(path, folder, input) || !make_input(root, name, path)) {
        return false;
    }
    bool drawn = run_dot(folder, input, output);
    (void)remove(path);
    return drawn;
}
