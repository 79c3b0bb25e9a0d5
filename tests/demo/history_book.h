/* SPDX-License-Identifier: Apache-2.0 */
/* Histories made by hand for the checker's test: one move of one resident as all nodes tell it, and
 * ways to change a line of it. */
#ifndef DEMO_HISTORY_BOOK_H
#define DEMO_HISTORY_BOOK_H

#include "tool/history.h"

#include <stdbool.h>
#include <stddef.h>

/* Two municipalities and their servers; times in the order of the lines that are told. */
enum {
    FILES = 8,
    LINES_MAX = 40,
    LINE_MAX_SIZE = 800
};

#define CASE "ca5e0000000000000000000000000001"
#define TXN  "7a000000000000000000000000000001"
#define WHO  "aaaaaaaaaaaaaaaa"
#define ID   "1d00000000000000000000000000000"

typedef struct sheet {
    const char *name; /* "registry-131016" */
    const char *node;
    char line[LINES_MAX][LINE_MAX_SIZE]; /* without number and end: "ev=ready t=2" */
    size_t count;
    const char *tail; /* put behind as it is */
} sheet;

typedef struct book {
    sheet sheet[FILES];
    char folder[64];
    jk_history_verdict verdict;
    char fault[JK_HISTORY_TEXT];
} book;

enum {
    OLD_REGISTRY,
    OLD_CS,
    NEW_REGISTRY,
    NEW_CS,
    TERMINAL,
    NATIONAL,
    CARDS,
    CLIENT
};

void book_say(book *b, int file, const char *line);
/* The first line that has `part`. */
void book_take_out(book *b, const char *part);
void book_put_before(book *b, const char *part, const char *text);
/* In the first line that has `part`, `old` becomes `new`. */
void book_change(book *b, const char *part, const char *old, const char *new);
int open_book(void **state);
int close_book(void **state);
/* Lines get their numbers here; a run begins anew. */
bool book_judge(book *b);
/* Exactly one violation, of that rule, and its line says `part`. */
void book_one(book *b, unsigned rule, const char *part);
/* That rule among others. */
void book_some(book *b, unsigned rule);
void book_clean(book *b);
void book_refused(book *b, const char *part);

#endif
