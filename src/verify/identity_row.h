/* SPDX-License-Identifier: Apache-2.0 */
/* One graph: the stages from the check to the comparison, each a process. */
#ifndef JUKI_VERIFY_IDENTITY_ROW_H
#define JUKI_VERIFY_IDENTITY_ROW_H

#include "file.h"
#include "identity.h"
#include "process.h"
#include "table.h"

#define JK_DIGEST_TEXT 65

typedef enum jk_graph_stage {
    JK_GRAPH_GENERATE, /* juki gen --check */
    JK_GRAPH_SPIN,     /* spin -a */
    JK_GRAPH_COMPILE,  /* the explorer */
    JK_GRAPH_COMPILE_SPIN,
    JK_GRAPH_EXPLORE,
    JK_GRAPH_SEARCH,
    JK_GRAPH_WRITE,   /* only if they differ: SPIN's graph into a file */
    JK_GRAPH_COMPARE, /* and where they part */
    JK_GRAPH_DONE
} jk_graph_stage;

/* What one side found. */
typedef struct jk_graph_side {
    bool complete;
    uint64_t states, edges, depth, bytes;
    double seconds;
    char states_digest[JK_DIGEST_TEXT], edges_digest[JK_DIGEST_TEXT];
} jk_graph_side;

typedef struct jk_graph {
    const char *protocol, *name, *file, *defines, *tier, *text; /* the table's */
    const jk_table *checks; /* of the protocol: which properties are promises */
    jk_graph_stage stage;
    bool busy;
    jk_process process;
    char folder[JK_PATH_SIZE];
    jk_graph_side spin, c;
    jk_verify_exit outcome;
    size_t promises; /* held by the explorer */
    char note[256];  /* why it is not the same; "" */
} jk_graph;

/* Starts the next stage, or decides.  false: this graph is done. */
bool jk_graph_next(const jk_identity_options *options, jk_graph *graph);

/* Takes what the stage left, whose process ended with the code. */
void jk_graph_end(jk_graph *graph, int code);

#endif
