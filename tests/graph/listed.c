/* SPDX-License-Identifier: Apache-2.0 */
/* Reads impossible.tsv and finds in it what a replay says. */
#include "listed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cuts at tabs; false: too few columns. */
static bool cut(char *text, const char *column[5])
{
    for (int i = 0; i < 5; i++) {
        column[i] = text;
        char *tab = strchr(text, '\t');
        if (tab == NULL) {
            return i == 4 && text[0] != '\0';
        }
        *tab = '\0';
        text = tab + 1;
    }
    return false;
}

bool listed_open(listed *list, const char *path, const char *where)
{
    char text[LISTED_LINE];
    unsigned number = 0;
    FILE *in = fopen(path, "r");
    *list = (listed){.count = 0};
    if (in == NULL) {
        (void)snprintf(list->wrong, sizeof list->wrong, "%s cannot be read", path);
        return false;
    }
    while (list->wrong[0] == '\0' && fgets(text, sizeof text, in) != NULL) {
        number++;
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '#' || text[0] == '\0') {
            continue;
        }
        listed_row *row = &list->row[list->count];
        const char *column[5];
        memcpy(row->text, text, sizeof row->text);
        if (list->count == LISTED_ROWS - 1 || !cut(row->text, column)) {
            (void)snprintf(list->wrong, sizeof list->wrong, "%s:%u: not five columns", path,
                           number);
        } else if (strcmp(column[0], where) == 0 || strcmp(column[0], "both") == 0) {
            row->role = column[1];
            row->line = column[2];
            row->says = column[3];
            list->count++;
        }
    }
    (void)fclose(in);
    return list->wrong[0] == '\0';
}

void listed_role(listed *list, const char *role)
{
    list->role = role;
    list->role_count = 0;
}

/* The line's words as one text. */
static void words_of(const graph_line *line, char text[LISTED_LINE])
{
    static const char *const first[] = {
        [GRAPH_KEY] = "key",       [GRAPH_AFTER] = "after",   [GRAPH_INPUT] = "input",
        [GRAPH_EXPIRE] = "expire", [GRAPH_REFUSE] = "refuse", [GRAPH_HOOK] = "hook",
        [GRAPH_ACTION] = "->",     [GRAPH_STATE] = "state"};
    size_t used = (size_t)snprintf(text, LISTED_LINE, "%s", first[line->what]);
    for (size_t i = 0; i < line->words && used < LISTED_LINE; i++) {
        used += (size_t)snprintf(text + used, LISTED_LINE - used, " %s", line->word[i]);
    }
}

bool listed_has(listed *list, const scene *s)
{
    const unsigned number = (unsigned)strtoul(s->why, NULL, 10);
    for (size_t i = 0; i < list->count; i++) {
        listed_row *row = &list->row[i];
        if (strcmp(row->role, list->role) != 0 || strstr(s->why, row->says) == NULL) {
            continue;
        }
        for (size_t k = 0; k < s->test->lines; k++) {
            char text[LISTED_LINE];
            const graph_line *line = &s->file->lines[s->test->first + k];
            words_of(line, text);
            if (line->number == number && strstr(text, row->line) != NULL) {
                row->used++;
                list->role_count++;
                return true;
            }
        }
    }
    return false;
}

const char *listed_unused(const listed *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->row[i].role, list->role) == 0 && list->row[i].used == 0) {
            return list->row[i].line;
        }
    }
    return NULL;
}
