/* SPDX-License-Identifier: Apache-2.0 */
/* One graph: the stages from the check to the comparison, each a process. */
#ifndef JUKI_VERIFY_IDENTITY_ROW_H
#define JUKI_VERIFY_IDENTITY_ROW_H

#include "file.h"
#include "identity.h"
#include "process.h"
#include "table.h"

#define JK_DIGEST_TEXT 65

enum jk_graph_column {
    JK_GRAPH_NAME,
    JK_GRAPH_FILE,
    JK_GRAPH_DEFINES,
    JK_GRAPH_TIER,
    JK_GRAPH_TEXT,
    JK_GRAPH_COLUMNS
};

extern const char *const jk_graph_columns[JK_GRAPH_COLUMNS];

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
    double seconds; /* of processor time */
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
    char way[128];   /* NAME.events in the folder: how the C breaks a promise; "" */
    char note[256];  /* why it is not the same; "" */
    int64_t used_ms; /* processor time of all stages */
    bool left_out;   /* it fits what was asked for, but is of another tier */
    bool told;       /* in the progress */
    bool cached;     /* an earlier call's searches, compared again */
    char key[65];    /* of its entry in the cache; "": it has none */
} jk_graph;

/* Is the row asked for, but for its tier; and is its tier (choose.c)? */
bool jk_graph_fits(const jk_identity_options *options, const jk_graph *graph);
bool jk_graph_tier_fits(const jk_identity_options *options, const jk_graph *graph);

/* The command lines of SPIN's side: what the stages start and what repro.sh shows. */
struct jk_arguments;
void jk_graph_spin_command(const jk_graph *graph, const char *model, struct jk_arguments *list);
void jk_graph_mode_arguments(int memory_mb, struct jk_arguments *list);
void jk_graph_pan_command(struct jk_arguments *list);

/* The name of a stage; NAME.txt in the graph's folder is its log. */
const char *jk_graph_stage_name(jk_graph_stage stage);

/* Starts the next stage, or decides.  false: this graph is done. */
bool jk_graph_next(const jk_identity_options *options, jk_graph *graph);

/* Compares what both searches of an earlier call said: explore.txt and search.txt in the folder.
 * false: it is not the same; then the graph is to be searched. */
JK_MUST_USE bool jk_graph_take(jk_graph *graph);

/* Takes what the stage left, whose process ended with the code. */
void jk_graph_end(jk_graph *graph, int code);

#endif
