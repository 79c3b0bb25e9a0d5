/* SPDX-License-Identifier: Apache-2.0 */
/* The transport's tests at the engine: a sender is the sending end of a terminal's link, whose
 * commands are what it submits; a receiver that of a CS, whose machine takes a message or not. */
#ifndef JUKI_TESTS_GRAPH_LINKS_H
#define JUKI_TESTS_GRAPH_LINKS_H

#include "scene.h"
#include "step/step.h"

typedef struct links {
    scene s; /* of the upper machine that is needed */
    graph_file upper;
    jk_engine *engine;
    jk_store *store;
    scene_outcome *outcome; /* what the link port was given */
    uint64_t *ack;          /* "next expected" of the last ACK, 0: none */
    uint64_t *nack;         /* sequence of the last NACK, 0: none */
    int64_t *now_ms;
    bool up;
    uint64_t sent; /* highest sequence since the link is up */
    uint64_t last, acked;
    size_t steps, refusals;
} links;

/* The upper machine for the file's role; false: `s.why` names the role. */
bool links_open(links *l, const graph_file *file);

/* Before each test; then the engine and its store are opened for s.self. */
void links_begin(links *l, const graph_test *test);
jk_node_id links_peer(const links *l);
bool links_play(links *l, const graph_file *file, const graph_test *test);

#endif
