/* SPDX-License-Identifier: Apache-2.0 */
/* The state diagrams of a protocol's roles, for the folder of results. */
#ifndef JUKI_VERIFY_DIAGRAM_H
#define JUKI_VERIFY_DIAGRAM_H

#include <stdbool.h>
#include <stddef.h>

#define JK_DIAGRAMS_MAX 64

typedef struct jk_diagram_list {
    char names[JK_DIAGRAMS_MAX][64]; /* "movein_dest_cs", in the order of the alphabet */
    size_t count;
} jk_diagram_list;

/* The diagrams gen/tables/<protocol>_<role>.dot below root; an empty list if there are none. */
void jk_diagram_find(const char *root, const char *protocol, jk_diagram_list *list);

/* Draws the one of that name into folder/state.NAME.svg; false: graphviz is missing, or it is no
 * diagram of ours. */
bool jk_diagram_draw(const char *root, const char *name, const char *folder);

#endif
