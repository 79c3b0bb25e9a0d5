/* SPDX-License-Identifier: Apache-2.0 */
/* The way to a state as a log of events (NAME.events, ../README.md): charts are drawn from it. */
#ifndef JUKI_VERIFY_PATH_H
#define JUKI_VERIFY_PATH_H

#include "search.h"

/* A step that is looked for. */
typedef struct jk_step_to {
    jk_hash target;
    const int32_t *sum; /* of what it hears and does */
} jk_step_to;

typedef struct jk_path_about {
    const char *bounds;     /* "-DNDEST=1", "" */
    const char *claim;      /* the property, or "" */
    const char *verdict;    /* the last line */
    const jk_step_to *then; /* one step more; NULL: none */
} jk_path_about;

/* Writes the shortest way to the state, and one step more if about says so, or if the search ended
 * with a violation in that state.  false: no memory. */
bool jk_path_write(const jk_search *search, uint32_t number, const jk_path_about *about, FILE *out);

/* Writes how two states differ, a line for each name: "  ghost_open: 1, 3". */
void jk_path_differ(const jk_explore_model *model, const uint8_t *one, const uint8_t *other,
                    FILE *out);

#endif
