/* SPDX-License-Identifier: Apache-2.0 */
/* The tests that no real host can bring about (impossible.tsv), each with where it ends and why. */
#ifndef JUKI_TESTS_GRAPH_LISTED_H
#define JUKI_TESTS_GRAPH_LISTED_H

#include "scene.h"

enum {
    LISTED_ROWS = 64,
    LISTED_LINE = 512
};

typedef struct listed_row {
    char text[LISTED_LINE];
    const char *role;
    const char *line; /* words of the file's line at which the test ends */
    const char *says; /* what the replay says there */
    size_t used;
} listed_row;

typedef struct listed {
    listed_row row[LISTED_ROWS];
    size_t count;
    const char *role;
    size_t role_count; /* tests of this role that are listed */
    char wrong[200];
} listed;

/* The rows for `where`: "engine" or "node", and those for "both". */
bool listed_open(listed *list, const char *path, const char *where);
void listed_role(listed *list, const char *role);

/* Whether the difference that s->why tells is listed. */
bool listed_has(listed *list, const scene *s);

/* A row of the role that was not needed; NULL: none. */
const char *listed_unused(const listed *list);

#endif
