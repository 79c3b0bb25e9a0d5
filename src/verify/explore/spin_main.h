/* SPDX-License-Identifier: Apache-2.0 */
/* Stands behind pan.c and spin.c: takes each state of SPIN's search, and each edge, as the explorer
 * has them.  pan.c calls jk_seen where it looks a state up: the one line that is put into it. */
#include "pack.h"
#include "record.h"

#include <stdio.h>
#include <stdlib.h>

/* Where a stored state's hash stands, by its place in SPIN's table. */
typedef struct jk_seen_state {
    const void *place;
    jk_hash hash;
} jk_seen_state;

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

static jk_hash jk_hash_now(void)
{
    static jk_state state;
    static uint8_t packed[JK_PACKED_MAX(sizeof(jk_state))];
    jk_read(&state);
    return jk_hash_of(packed, jk_pack((const uint8_t *)&state, sizeof(state), packed));
}

/* new: the state's place in SPIN's table if it was not there yet, else NULL; before: the place of
 * the one it was reached from, NULL for the first. */
static void jk_seen(const void *new, const void *before)
{
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
        kept = kept && jk_hashes_add(&jk_edges, jk_hash_edge(jk_places[from].hash, hash));
    }
    if (!kept) {
        jk_give_up("no memory");
    }
}

static void jk_report(void)
{
    char text[65];
    size_t states = jk_states.count;
    size_t edges = jk_edges.count;
    jk_hashes_digest(&jk_states, text);
    printf("juki states %zu %s\n", states, text);
    jk_hashes_digest(&jk_edges, text);
    printf("juki edges %zu %s\n", edges, text);
}

__attribute__((constructor)) static void jk_begin(void)
{
    (void)atexit(jk_report);
}
