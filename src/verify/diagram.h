/* SPDX-License-Identifier: Apache-2.0 */
/* State diagrams of the roles, from gen/tables/<protocol>_<role>.tsv: the states, and the inputs
 * that lead from one to another or do something on the way back to it.  What is dropped or
 * unexpected stands in the table only. */
#ifndef JUKI_VERIFY_DIAGRAM_H
#define JUKI_VERIFY_DIAGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include "juki/status.h"

#define JK_DIAGRAMS_MAX 64

typedef struct jk_diagram_list {
    char names[JK_DIAGRAMS_MAX][64]; /* "movein_dest_cs", in the order of the alphabet */
    size_t count;
} jk_diagram_list;

/* The tables of a protocol below root; an empty list if there are none. */
void jk_diagram_find(const char *root, const char *protocol, jk_diagram_list *list);

/* The text of a table as a graph for graphviz.  JK_E_CONFIG: this is no such table; then nothing is
 * written. */
JK_MUST_USE jk_status jk_diagram_write(const char *table, FILE *out);

/* Draws root's table of that name into folder/state.NAME.svg; false: there is no program dot, or it
 * refused. */
bool jk_diagram_draw(const char *root, const char *name, const char *folder);

#endif
