/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a client: what it asked of which node, what it was answered, and what it does not
 * know because the answer never came.  The form is that of src/node/README.md. */
#ifndef JUKI_TOOL_CLIENT_HISTORY_H
#define JUKI_TOOL_CLIENT_HISTORY_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

typedef struct jk_client_history {
    FILE *file; /* NULL: none is kept; every call does nothing then */
    uint64_t line;
    uint64_t operation;
} jk_client_history;

/* Takes the file, opened for appending, and begins a run. */
void jk_client_history_open(jk_client_history *history, FILE *file);
/* Before the request is sent to the node ("registry:131016:0", "-" if its name is not known); the
 * number of the operation. */
uint64_t jk_client_history_asked(jk_client_history *history, const char *node,
                                 const json_t *request);
/* answer NULL: it never came, or is none. */
void jk_client_history_answered(jk_client_history *history, uint64_t number, const json_t *answer);
/* Ends the run and closes the file. */
void jk_client_history_close(jk_client_history *history);

#endif
