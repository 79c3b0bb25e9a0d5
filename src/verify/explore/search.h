/* SPDX-License-Identifier: Apache-2.0 */
/* Breadth-first search over all states of a compiled check. */
#ifndef JUKI_VERIFY_SEARCH_H
#define JUKI_VERIFY_SEARCH_H

#include "explore.h"
#include "record.h"

#define JK_NO_STATE   UINT32_MAX
#define JK_STATE_MAX  4096 /* bytes of a state */
#define JK_ROWS_KNOWN 16384

typedef struct jk_search_options {
    uint64_t states_max; /* the search is cut there, and says so */
    uint64_t memory_max; /* bytes */
    bool record;         /* hashes of states and edges */
    bool properties;     /* each invariant in each state */
    bool ends;           /* a state without a step must be an end */
    bool keep_edges;     /* for properties of several states */
    bool named;          /* a step that breaks an assertion of the model is not followed further */
    bool no_border;      /* machines are not looked at beside their steps */
} jk_search_options;

typedef enum jk_search_end {
    JK_SEARCH_COMPLETE, /* every state was seen */
    JK_SEARCH_VIOLATED, /* an assertion: the search stopped there */
    JK_SEARCH_CUT,      /* a limit */
    JK_SEARCH_MEMORY    /* malloc said no */
} jk_search_end;

typedef struct jk_search {
    const jk_explore_model *model;
    jk_search_options options;
    uint8_t *bytes; /* packed states, one behind the other */
    uint64_t bytes_used, bytes_room;
    uint64_t *offset;
    uint32_t *parent;
    uint32_t states, states_room;
    uint64_t *table; /* upper half: of the hash; lower half: state + 1 */
    uint64_t table_mask;
    uint64_t edges;
    uint32_t depth; /* of the deepest state */
    jk_hashes state_hashes, edge_hashes;
    uint32_t violated_at;  /* the state that the step began in, or that breaks a property */
    const char *violation; /* NULL: none */
    const char *file;
    int line;
    uint64_t *rows;     /* hashes of rows whose border was looked at */
    uint32_t *broken;   /* for each property: the first state that breaks it, or JK_NO_STATE */
    uint32_t stuck;     /* the first state without a step that is no end */
    uint64_t *edges_of; /* with keep_edges: each state's first edge, and behind the last one */
    uint32_t *target;   /* JK_NO_STATE: it is not followed */
    uint8_t *actor;
    uint64_t kept, kept_room;
    double seconds;
} jk_search;

jk_search_end jk_search_run(jk_search *search, const jk_explore_model *model,
                            const jk_search_options *options);

/* Memory of the states and of what finds them. */
uint64_t jk_search_bytes(const jk_search *search);

/* The state's bytes: model->size of them. */
void jk_search_state(const jk_search *search, uint32_t number, uint8_t *state);

jk_hash jk_search_hash(const jk_search *search, uint32_t number);

void jk_search_close(jk_search *search);

/* Whether the actor is a machine whose row was not there before; rows: JK_ROWS_KNOWN words, zero at
 * first.  A row may be new more than once. */
bool jk_search_row_is_new(uint64_t *rows, const jk_explore_model *model, const uint8_t *state,
                          unsigned actor);

/* A listener hears every step that is possible before `each` is called for it; NULL: nobody.
 * Calls `each` for every edge out of the state; to JK_STEP_VIOLATED there is no next state.  false
 * from `each` ends it.  Returns the number of edges. */
typedef bool jk_edge_each(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                          const uint8_t *next);
uint64_t jk_search_edges(const jk_explore_model *model, const uint8_t *state,
                         const jk_listener *listener, jk_edge_each *each, void *of);

#endif
