/* SPDX-License-Identifier: Apache-2.0 */
/* All graphs of a call: the rows of every spec/PROTOCOL/identity.tsv, those that were asked for
 * searched side by side, and gen/CERT.json held against them. */
#ifndef JUKI_VERIFY_GRAPHS_H
#define JUKI_VERIFY_GRAPHS_H

#include <limits.h>

#include "identity_row.h"

#define JK_GRAPHS_MAX          64
#define JK_GRAPH_PROTOCOLS_MAX 16

typedef enum jk_certified {
    JK_CERTIFIED_NOT, /* not compared: nothing was searched, or something is not the same */
    JK_CERTIFIED_SAME,
    JK_CERTIFIED_OTHER, /* the note says what is not today's */
    JK_CERTIFIED_WRITTEN,
    JK_CERTIFIED_FAILED /* a file cannot be read or written */
} jk_certified;

typedef struct jk_graphs {
    jk_identity_options options;
    char root[PATH_MAX], machines[PATH_MAX];
    char protocols[JK_GRAPH_PROTOCOLS_MAX][64];
    jk_table tables[JK_GRAPH_PROTOCOLS_MAX], checks[JK_GRAPH_PROTOCOLS_MAX];
    size_t protocol_count;
    jk_graph list[JK_GRAPHS_MAX];
    size_t count;
    size_t asked;    /* of them; the others' outcome is JK_VERIFY_USAGE */
    size_t left_out; /* that fit, but are of another tier */
    jk_certified certified;
    char note[1024];
    size_t cache_faults; /* entries that could not be used or written */
} jk_graphs;

/* Reads the tables and chooses.  JK_VERIFY_TOOL: a table is wrong; JK_VERIFY_USAGE: the folder of
 * machines is not there; fault->text names it.  A root without any table has no graphs. */
JK_MUST_USE jk_verify_exit jk_graphs_read(jk_graphs *graphs, const jk_identity_options *options,
                                          jk_fault *fault);

void jk_graphs_close(jk_graphs *graphs);

/* Makes a folder for each graph that is asked for. */
JK_MUST_USE bool jk_graphs_make_folders(jk_graphs *graphs, const char *work);

/* Takes what has ended, and starts what is next of each graph; another graph is begun only while
 * fewer than `slots` processes are at work.  Returns how many are at work now; 0: all is done. */
size_t jk_graphs_turn(jk_graphs *graphs, size_t slots);

/* Kills what runs.  What is not decided is incomplete: the note says why. */
void jk_graphs_stop(jk_graphs *graphs, const char *why);

/* Compares gen/CERT.json, or writes it, if all that was asked for is the same on both sides. */
void jk_graphs_certify(jk_graphs *graphs, const char *spin);

#endif
