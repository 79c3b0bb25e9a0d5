/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the measurement share: bounds, mutants, searches and their results. */
#ifndef JUKI_VERIFY_STRENGTH_WORK_H
#define JUKI_VERIFY_STRENGTH_WORK_H

#include <stdint.h>

#include "file.h"
#include "mutate.h"
#include "strength.h"
#include "table.h"

#define JK_BOUNDS_MAX 48
#define JK_ROLES_MAX  16
#define JK_NAMES_SIZE 6000 /* names of properties, each between blanks */

enum jk_strength_column {
    JK_STRENGTH_NAME,
    JK_STRENGTH_FILE,
    JK_STRENGTH_DEFINES,
    JK_STRENGTH_MORE,   /* defines for the named properties alone */
    JK_STRENGTH_SEARCH, /* states, outcomes, or a claim with <> */
    JK_STRENGTH_TEXT,
    JK_STRENGTH_COLUMNS
};

/* Properties that no mutant breaks without one that is not in the list, and why they stay. */
enum jk_redundant_column {
    JK_REDUNDANT_PROTOCOL,
    JK_REDUNDANT_PROPERTY,
    JK_REDUNDANT_WHY,
    JK_REDUNDANT_COLUMNS
};

extern const char *const jk_redundant_columns[JK_REDUNDANT_COLUMNS];

extern const char *const jk_strength_columns[JK_STRENGTH_COLUMNS];

typedef enum jk_search_kind {
    JK_SEARCH_STATES,   /* named properties, monitor of states */
    JK_SEARCH_OUTCOMES, /* named properties, monitor of outcomes */
    JK_SEARCH_CLAIM,    /* one named property under fairness */
    JK_SEARCH_PLAIN,    /* assertions of the roles and deadlock */
    JK_SEARCH_GRAPH,    /* the digest of all states */
    JK_SEARCH_PROBE,    /* which places of the roles are reached */
    JK_SEARCH_PREMISES, /* which premises of properties can happen */
    JK_SEARCH_NAMED,    /* by the explorer: all named properties */
    JK_SEARCH_WHOLE     /* by the explorer: assertions, deadlock and the graph */
} jk_search_kind;

/* What a search found. */
typedef struct jk_found {
    bool refused;  /* spin or the compiler does not take this text */
    bool complete; /* every reachable state was seen */
    uint64_t states;
    uint64_t transitions;
    int64_t used_ms;           /* processor time */
    char names[JK_NAMES_SIZE]; /* " a b ": violated properties; of a graph its digest; of a probe
                                  the numbers of the places */
} jk_found;

typedef struct jk_bounds {
    const char *name;
    const char *file;
    const char *defines;
    const char *more;
    const char *search; /* as in the table */
    jk_search_kind kind;
    bool first;        /* of the rows with this file and these defines */
    bool distinct;     /* and with these for the named properties, too */
    jk_found found;    /* by the model as it is */
    jk_found plain;    /* if first */
    jk_found premises; /* if first */
    jk_found explored; /* by the explorer; if distinct: names are the witnesses */
    jk_found whole;    /* by the explorer; if first */
    bool *reached;     /* places of the roles, see jk_campaign */
} jk_bounds;

typedef struct jk_role_file {
    char name[64];
    char *text;
    jk_changes changes;
    size_t *sites; /* offsets of places, in the order of the text */
    size_t site_count;
    size_t first_site; /* number of the first one among all roles */
} jk_role_file;

typedef enum jk_fate {
    JK_FATE_OPEN,
    JK_FATE_REFUSED,    /* no model: does not count */
    JK_FATE_UNREACHED,  /* its place is reached in no bounds: does not count */
    JK_FATE_NAMED,      /* killed by a named property */
    JK_FATE_KILLED,     /* by an assertion of a role or a deadlock only */
    JK_FATE_EQUIVALENT, /* the same graph in all bounds */
    JK_FATE_SURVIVED
} jk_fate;

typedef struct jk_mutant_row {
    size_t role;
    size_t change;
    char name[96];
    uint64_t draw; /* its place in the draw of a sample */
    jk_fate fate;
    const char *bounds;     /* that decided */
    bool by_spin;           /* the explorer cannot have it */
    char by[JK_NAMES_SIZE]; /* " a b ": properties that are violated there, or witnesses lost */
} jk_mutant_row;

/* One protocol. */
typedef struct jk_campaign {
    const jk_strength_options *options;
    char protocol[64];
    char folder[JK_PATH_SIZE]; /* spec/<protocol> */
    char work[JK_PATH_SIZE];   /* of this process */
    jk_table table;
    jk_bounds bounds[JK_BOUNDS_MAX];
    size_t bounds_count;
    jk_role_file roles[JK_ROLES_MAX];
    size_t role_count;
    size_t site_count;
    jk_vocabulary vocabulary;
    jk_words promises;  /* properties, without the witnesses */
    jk_words premises;  /* those of the form p -> q */
    jk_table redundant; /* spec/redundant.tsv */
    jk_mutant_row *mutants;
    size_t mutant_count;
    uint64_t spec_digest[2]; /* of all that is not a role */
    uint64_t explorer_digest[2];
    char results_path[JK_PATH_SIZE];
    struct jk_results *results;
    uint64_t searches;     /* by SPIN, made, not read */
    bool unchanged;        /* the search under way is of the model itself, without a fault */
    uint64_t explorations; /* by the explorer */
    bool explores;         /* there is an explorer */
    bool machine_made;     /* the mutant's machine is that of this digest */
    bool machine_fits;
    uint64_t machine[2];
    char root[JK_PATH_SIZE];      /* absolute, as tools run in other folders */
    char explorers[JK_PATH_SIZE]; /* folder of all processes */
    jk_fault fault;
} jk_campaign;

/* strength_search.c: copies spec into the work folder, once a process. */
JK_MUST_USE jk_status jk_search_prepare(jk_campaign *campaign);

/* One search of the model in which `role` has this text (NULL: as it is); from the results if it is
 * there.  False if nothing can be said: a tool cannot be started, or all shall stop. */
JK_MUST_USE bool jk_search(jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds,
                           size_t role, const char *text, jk_found *found);

/* The digest of all that a search depends on. */
void jk_search_key(const jk_campaign *campaign, jk_search_kind kind, const jk_bounds *bounds,
                   size_t role, const char *text, uint64_t key[2]);

/* strength_explore.c: what the work folder needs; first: of the process that the others are of. */
JK_MUST_USE bool jk_explore_prepare(jk_campaign *campaign, bool first);

/* Can mutants be explored, or are results of that known? */
bool jk_explores(const jk_campaign *campaign);

/* As jk_search, by the explorer.  named: every property that is broken; else assertions, deadlock
 * and the digests of states and edges.  found->refused: ask SPIN. */
JK_MUST_USE bool jk_explore(jk_campaign *campaign, bool named, const jk_bounds *bounds, size_t role,
                            const char *text, jk_found *found);

/* strength_results.c: results of earlier searches, by the digest of all that went in. */
struct jk_results *jk_results_open(const char *path);
void jk_results_close(struct jk_results *results);
bool jk_results_find(const struct jk_results *results, const uint64_t key[2], jk_found *found);
void jk_results_add(struct jk_results *results, const uint64_t key[2], const jk_found *found);

/* A digest of 128 bits, to tell texts and states apart; not against malice. */
void jk_hash_begin(uint64_t digest[2]);
void jk_hash_add(uint64_t digest[2], const void *bytes, size_t size);

/* strength_graph.c: all states of a dump as one digest that does not depend on their order. */
JK_MUST_USE bool jk_graph_digest(const char *path, size_t state_size, char *text, size_t capacity);

/* strength_score.c: is the name a property's that is no witness? */
bool jk_is_promise(const jk_campaign *campaign, const char *name, size_t length);

/* Does spec/redundant.tsv list it? */
bool jk_is_redundant(const jk_campaign *campaign, const char *name, size_t length);

/* What becomes of one mutant. */
JK_MUST_USE bool jk_mutant_judge(jk_campaign *campaign, jk_mutant_row *mutant);

/* strength_report.c */
jk_verify_exit jk_strength_print(const jk_campaign *campaign, FILE *report);
JK_MUST_USE bool jk_strength_json(const jk_campaign *const *campaigns, size_t count,
                                  const char *path);

#endif
