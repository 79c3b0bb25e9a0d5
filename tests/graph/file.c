/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file of tests; what it does not know it names. */
#include "file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(graph_file *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool wrong(graph_file *file, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(file->wrong, sizeof file->wrong, format, list);
    va_end(list);
    return false;
}

static char *read_all(const char *path)
{
    FILE *in = fopen(path, "rb");
    char *text = NULL;
    if (in != NULL && fseek(in, 0, SEEK_END) == 0) {
        long size = ftell(in);
        text = size < 0 ? NULL : malloc((size_t)size + 1);
        if (text != NULL) {
            rewind(in);
            text[fread(text, 1, (size_t)size, in)] = '\0';
        }
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return text;
}

static bool is_word(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

/* Cuts the line into words; false: there are too many. */
static bool cut(char *text, graph_line *line, const char **first)
{
    size_t count = 0;
    *first = NULL;
    line->words = 0;
    for (char *at = text; *at != '\0';) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        bool more = at[length] != '\0';
        if (length == 0) {
            break;
        }
        if (count > GRAPH_WORDS) {
            return false;
        }
        if (count == 0) {
            *first = at;
        } else {
            line->word[line->words++] = at;
        }
        count++;
        at[length] = '\0';
        at += length + (more ? 1 : 0);
    }
    return true;
}

static bool what_of(const char *first, graph_what *what, size_t *least)
{
    static const struct {
        const char *word;
        size_t least;
    } known[] = {[GRAPH_KEY] = {"key", 1},       [GRAPH_AFTER] = {"after", 2},
                 [GRAPH_INPUT] = {"input", 2},   [GRAPH_EXPIRE] = {"expire", 1},
                 [GRAPH_REFUSE] = {"refuse", 2}, [GRAPH_HOOK] = {"hook", 2},
                 [GRAPH_ACTION] = {"->", 2},     [GRAPH_STATE] = {"state", 1}};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (is_word(first, known[i].word)) {
            *what = (graph_what)i;
            *least = known[i].least;
            return true;
        }
    }
    return false;
}

/* Lines before the first test. */
static bool head(graph_file *file, unsigned number, const char *first, const graph_line *line,
                 bool *begun)
{
    if (!*begun) {
        *begun = true;
        bool ours = is_word(first, "juki") && line->words == 3 && is_word(line->word[0], "graph") &&
                    is_word(line->word[1], "tests");
        if (!ours) {
            return wrong(file, "%u: no file of graph tests", number);
        }
        return is_word(line->word[2], "1") ||
               wrong(file, "%u: version %s, this program reads 1", number, line->word[2]);
    }
    if (is_word(first, "protocol") && line->words == 1) {
        file->protocol = line->word[0];
        return true;
    }
    if (is_word(first, "role") && line->words == 1) {
        file->role = line->word[0];
        return true;
    }
    return wrong(file, "%u: unknown word \"%s\"", number, first);
}

static bool begin_test(graph_file *file, const graph_line *line)
{
    graph_test *test = &file->tests[file->test_count];
    if (file->role == NULL || file->protocol == NULL) {
        return wrong(file, "%u: a test before protocol and role", line->number);
    }
    if (line->words < 2 || strtoul(line->word[0], NULL, 10) != file->test_count + 1) {
        return wrong(file, "%u: test %zu is missing", line->number, file->test_count + 1);
    }
    *test = (graph_test){(unsigned)file->test_count + 1, line->word[1], file->line_count, 0};
    file->test_count++;
    return true;
}

/* Room for one line more. */
static bool make_room(graph_file *file)
{
    if (file->line_count + 1 < file->line_room) {
        return true;
    }
    size_t room = file->line_room == 0 ? 4096 : file->line_room * 2;
    graph_line *lines = realloc(file->lines, room * sizeof *lines);
    if (lines == NULL) {
        return wrong(file, "no memory");
    }
    file->lines = lines;
    file->line_room = room;
    return true;
}

/* The first steps of an earlier test, for this one. */
static bool copy_after(graph_file *file, unsigned number, const graph_line *after)
{
    unsigned long from = strtoul(after->word[0], NULL, 10);
    unsigned long steps = strtoul(after->word[1], NULL, 10);
    graph_test *test = &file->tests[file->test_count - 1];
    if (from == 0 || from >= file->test_count || test->lines != 0) {
        return wrong(file, "%u: no test %s to begin with", number, after->word[0]);
    }
    const graph_test *other = &file->tests[from - 1];
    for (size_t i = 0; i < other->lines && steps > 0; i++) {
        if (!make_room(file)) {
            return false;
        }
        file->lines[file->line_count] = file->lines[other->first + i];
        steps -= file->lines[file->line_count].what == GRAPH_STATE ? 1 : 0;
        file->line_count++;
        test->lines++;
    }
    return steps == 0 ||
           wrong(file, "%u: test %lu has fewer than %s steps", number, from, after->word[1]);
}

static bool take_line(graph_file *file, char *text, unsigned number, bool *begun, bool *ended)
{
    const char *first = NULL;
    size_t least = 0;
    if (text[0] == '#') {
        return true;
    }
    if (!make_room(file)) {
        return false;
    }
    graph_line *line = &file->lines[file->line_count];
    if (!cut(text, line, &first)) {
        return wrong(file, "%u: more than %d words", number, GRAPH_WORDS);
    }
    line->number = number;
    if (first == NULL) {
        return true;
    }
    if (*ended) {
        return wrong(file, "%u: more behind the end", number);
    }
    if (is_word(first, "test")) {
        return begin_test(file, line);
    }
    if (is_word(first, "end") && *begun) {
        *ended = true;
        return (line->words == 1 && strtoul(line->word[0], NULL, 10) == file->test_count) ||
               wrong(file, "%u: the end does not tell %zu tests", number, file->test_count);
    }
    if (file->test_count == 0) {
        return head(file, number, first, line, begun);
    }
    if (!what_of(first, &line->what, &least)) {
        return wrong(file, "%u: unknown word \"%s\"", number, first);
    }
    if (line->words < least) {
        return wrong(file, "%u: \"%s\" wants more words", number, first);
    }
    if (line->what == GRAPH_AFTER) {
        const graph_line after = *line;
        return copy_after(file, number, &after);
    }
    file->line_count++;
    file->tests[file->test_count - 1].lines++;
    return true;
}

bool graph_open(graph_file *file, const char *path)
{
    *file = (graph_file){.text = read_all(path)};
    size_t lines = 1;
    bool begun = false;
    bool ended = false;
    unsigned number = 0;
    if (file->text == NULL) {
        return wrong(file, "it cannot be read");
    }
    for (const char *at = file->text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    file->tests = calloc(lines + 1, sizeof *file->tests);
    if (file->tests == NULL) {
        return wrong(file, "no memory");
    }
    for (char *at = file->text; at != NULL;) {
        char *next = strchr(at, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        number++;
        if (!take_line(file, at, number, &begun, &ended)) {
            return false;
        }
        at = next;
    }
    return ended || wrong(file, "%u: it ends before its end", number);
}

void graph_close(graph_file *file)
{
    free(file->text);
    free(file->lines);
    free(file->tests);
    *file = (graph_file){.text = NULL};
}

const char *graph_value(const graph_line *line, size_t from, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = from; i < line->words; i++) {
        if (strncmp(line->word[i], name, length) == 0 && line->word[i][length] == '=') {
            return line->word[i] + length + 1;
        }
    }
    return NULL;
}
