/* SPDX-License-Identifier: Apache-2.0 */
/* Stands behind pan.c and spin.c: takes each state of SPIN's search, and each edge, as the explorer
 * has them.  Around its look-up of a state pan.c calls jk_done and
 * jk_seen: the two lines that are put into it. */
#include "compare.h"
#include "pack.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>

/* Where a stored state's hash stands, by its place in SPIN's table. */
typedef struct jk_seen_state {
    const void *place;
    jk_hash hash;
} jk_seen_state;

/* With JK_GRAPH in the environment: the file that gets every edge (compare.h). */
static FILE *jk_graph, *jk_graph_states;
static uint64_t jk_graph_used;

static jk_seen_state *jk_places;
static size_t jk_place_mask, jk_place_count;
static jk_hashes jk_states, jk_edges;

static void jk_give_up(const char *why)
{
    fprintf(stderr, "juki: %s\n", why);
    exit(4);
}

static size_t jk_slot(const void *place)
{
    size_t at = (size_t)(((uint64_t)(uintptr_t)place >> 3) * 0x9e3779b97f4a7c15U >> 20);
    for (at &= jk_place_mask; jk_places[at].place != NULL && jk_places[at].place != place;) {
        at = (at + 1) & jk_place_mask;
    }
    return at;
}

static void jk_grow(void)
{
    jk_seen_state *old = jk_places;
    size_t size = jk_places == NULL ? 0 : jk_place_mask + 1;
    jk_place_mask = size == 0 ? (1U << 16) - 1 : size * 2 - 1;
    jk_places = calloc(jk_place_mask + 1, sizeof(*jk_places));
    if (jk_places == NULL) {
        jk_give_up("no memory");
    }
    for (size_t i = 0; i < size; i++) {
        if (old[i].place != NULL) {
            jk_places[jk_slot(old[i].place)] = old[i];
        }
    }
    free(old);
}

static jk_state jk_here;
static int32_t jk_sum[JK_SUMS]; /* of the step that leads here */

static void jk_write_edge(jk_hash source, jk_hash target)
{
    jk_spin_edge edge;
    memcpy(edge.source, source.byte, 16);
    memcpy(edge.target, target.byte, 16);
    memcpy(edge.sum, jk_sum, sizeof(edge.sum));
    edge.offset = jk_graph_used;
    jk_graph_used += sizeof(jk_here);
    if (fwrite(&edge, sizeof(edge), 1, jk_graph) != 1 ||
        fwrite(&jk_here, sizeof(jk_here), 1, jk_graph_states) != 1) {
        jk_give_up("the graph cannot be written");
    }
}

static jk_hash jk_hash_now(void)
{
    static uint8_t packed[JK_PACKED_MAX(sizeof(jk_state))];
    jk_read(&jk_here);
    return jk_hash_of(packed, jk_pack((const uint8_t *)&jk_here, sizeof(jk_here), packed));
}

static void jk_report(void)
{
    char text[65];
    size_t states = jk_states.count;
    size_t edges = jk_edges.count;
    jk_hashes_digest(&jk_states, text);
    printf("states %zu\nstate-digest %s\n", states, text);
    jk_hashes_digest(&jk_edges, text);
    printf("edges %zu\nedge-digest %s\n", edges, text);
    if (jk_graph != NULL && (fclose(jk_graph) != 0 || fclose(jk_graph_states) != 0)) {
        jk_give_up("the graph cannot be written");
    }
}

static void jk_begin(void)
{
    const char *path = getenv("JK_GRAPH");
    char states[4096];
    if (path != NULL) {
        (void)snprintf(states, sizeof(states), "%s.states", path);
        jk_graph = fopen(path, "wb");
        jk_graph_states = fopen(states, "wb");
        if (jk_graph == NULL || jk_graph_states == NULL) {
            jk_give_up("the graph cannot be written");
        }
    }
    (void)atexit(jk_report);
}

/* The step is done: its sums belong to the edge, the state has none. */
static void jk_done(void)
{
    jk_take_sums(jk_sum);
}

/* new: the state's place in SPIN's table if it was not there yet, else NULL; before: the place of
 * the one it was reached from, NULL for the first. */
static void jk_seen(const void *new, const void *before)
{
    if (jk_places == NULL) {
        jk_begin();
    }
    jk_hash hash = jk_hash_now();
    bool kept = true;
    if (jk_place_count * 2 >= jk_place_mask) {
        jk_grow();
    }
    if (new != NULL) {
        jk_places[jk_slot(new)] = (jk_seen_state){new, hash};
        jk_place_count++;
        kept = jk_hashes_add(&jk_states, hash);
    }
    if (before != NULL) {
        size_t from = jk_slot(before);
        if (jk_places[from].place == NULL) {
            jk_give_up("a state without a place");
        }
        kept = kept && jk_hashes_add(&jk_edges, jk_hash_edge(jk_places[from].hash, hash, jk_sum));
        if (jk_graph != NULL) {
            jk_write_edge(jk_places[from].hash, hash);
        }
    }
    if (!kept) {
        jk_give_up("no memory");
    }
}
