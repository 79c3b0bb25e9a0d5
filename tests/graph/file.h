/* SPDX-License-Identifier: Apache-2.0 */
/* A file of tests made from the graph (tests/graph/README.md), read word by word. */
#ifndef JUKI_TESTS_GRAPH_FILE_H
#define JUKI_TESTS_GRAPH_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define GRAPH_WORDS 12 /* of a line */

typedef enum graph_what {
    GRAPH_KEY,    /* key NUMBER */
    GRAPH_AFTER,  /* after TEST STEPS: these steps of an earlier test come first */
    GRAPH_INPUT,  /* input LINK KIND [FIELD=VALUE ...] [peer=NUMBER] */
    GRAPH_EXPIRE, /* expire TIMER */
    GRAPH_REFUSE, /* refuse LINK KIND [FIELD=VALUE ...], or refuse - TIMER */
    GRAPH_HOOK,   /* hook NAME ANSWER */
    GRAPH_ACTION, /* -> OP ... */
    GRAPH_STATE   /* state NAME [VARIABLE=VALUE ...] */
} graph_what;

typedef struct graph_line {
    graph_what what;
    unsigned number; /* in the file, from 1 */
    const char *word[GRAPH_WORDS];
    size_t words; /* behind the first */
} graph_line;

typedef struct graph_test {
    unsigned number;
    const char *title;
    size_t first; /* of the file's lines */
    size_t lines;
} graph_test;

typedef struct graph_file {
    char *text;
    const char *protocol;
    const char *role;
    graph_line *lines;
    graph_test *tests;
    size_t line_count, line_room, test_count;
    char wrong[200]; /* what is wrong with it, with its line */
} graph_file;

/* Lines of an earlier test that another begins with stand in both.  false: `wrong` says why.
 * graph_close either way. */
bool graph_open(graph_file *file, const char *path);
void graph_close(graph_file *file);

/* The value behind NAME= among words from `from` on; NULL: it is not there. */
const char *graph_value(const graph_line *line, size_t from, const char *name);

#endif
