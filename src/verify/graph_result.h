/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of the graphs, as every report tells it: words, names, places, ways, sums. */
#ifndef JUKI_VERIFY_GRAPH_RESULT_H
#define JUKI_VERIFY_GRAPH_RESULT_H

#include "chart.h"
#include "graphs.h"
#include "result.h"

#define JK_WAYS_MAX     5 /* of a graph that are drawn: the shortest ones */
#define JK_FIGURES_SIZE 320

typedef struct jk_graph_tally {
    size_t same;
    size_t different;
    size_t violated;
    size_t incomplete;
    size_t tool;
    size_t cached;
    size_t promises; /* held by the C, over all graphs that are the same */
    uint64_t states; /* of those graphs */
    uint64_t edges;
} jk_graph_tally;

jk_graph_tally jk_graphs_tally(const jk_graphs *graphs);

/* With what the certificate says. */
jk_verify_exit jk_graphs_exit(const jk_graphs *graphs);

/* Was it asked for?  Then it is in every report. */
bool jk_graph_is_told(const jk_graph *graph);

/* The verdict in a word: "same". */
const char *jk_graph_word(const jk_graph *graph);

/* Is it not what was found, or not to be read or written? */
bool jk_certificate_is_wrong(const jk_graphs *graphs);

/* What it is in words; "" if it was not compared. */
const char *jk_certificate_words(const jk_graphs *graphs);

/* protocol/name */
void jk_graph_full_name(const jk_graph *graph, char name[JK_RUN_NAME_SIZE]);

/* The name of a file of the graph in the results: protocol.graph.name and the suffix. */
void jk_graph_file_name(const jk_graph *graph, const char *suffix, char name[JK_RUN_NAME_SIZE]);

/* The numbers of both sides in a sentence. */
void jk_graph_figures(const jk_graph *graph, char *text, size_t capacity);

double jk_graph_state_bytes(const jk_graph_side *side);

/* The name, without its suffix, of the log of events of a way, from 0: to where the graphs part,
 * or to what the C breaks.  false: there is none. */
bool jk_graph_way(const jk_graph *graph, size_t index, char name[JK_RUN_NAME_SIZE]);

/* That way, with seed steps and lines of the roles. */
JK_MUST_USE jk_status jk_graph_trail(const jk_graphs *graphs, const jk_graph *graph, size_t index,
                                     jk_trail *trail, jk_fault *fault);

/* Leaves NAME.txt and NAME.svg, the charts of every way, in the folder of its graph.  false: a file
 * cannot be written. */
JK_MUST_USE bool jk_graphs_draw(const jk_graphs *graphs);

/* The chart of a way as text; free() it.  NULL: there is none. */
char *jk_graph_chart(const jk_graph *graph, size_t index);

/* The whole text of a file in the graph's folder; free() it.  NULL: there is none. */
char *jk_graph_read(const jk_graph *graph, const char *name, const char *suffix);

/* Where the role stands that makes the difference; without a way there, the check's model. */
void jk_graph_place(const jk_graphs *graphs, const jk_graph *graph, jk_place *place);

/* The table, where the graphs part, and what the certificate says. */
void jk_graphs_print(const jk_graphs *graphs, FILE *report);

#endif
