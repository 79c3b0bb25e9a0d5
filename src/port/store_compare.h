/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that reconciliation keeps: per municipality the digests of its episodes, the list of
 * their changes and where a comparison stands, and what came of every round.  The operations on
 * them are in store.h, under the same rules.
 *
 * An element's key is (resident record code, episode) as one number (src/reconcile/element.h): it
 * names a resident, so it is personal data like the code itself. */
#ifndef JUKI_PORT_STORE_COMPARE_H
#define JUKI_PORT_STORE_COMPARE_H

#include "juki/types.h"

#define JK_FINDING_RECORD_MAX 4352 /* bytes of an encoded Repair: a Person and more */
#define JK_BULK_BODY_MAX      8192 /* bytes of a waiting correction: a log entry's */
#define JK_COMPARE_CACHE_MAX  (256U * 1024 * 1024) /* bytes of a municipality's saved cache */
#define JK_COMPARE_DEPTH_MAX  8                    /* of a tree: 16^8 buckets number 32 bits */
#define JK_COMPARE_KEY_END    (UINT64_C(100000000000) << 16) /* keys are below; no key is 0 */

/* What a node keeps of a municipality to compare it. */
typedef struct jk_compare_row {
    char code[7];
    uint8_t epoch_key[32];  /* of the digests; all zero: none yet, then there are no elements */
    uint8_t depth;          /* of the tree */
    bool marked;            /* a snapshot stands */
    jk_token round;         /* of the snapshot */
    uint64_t marker;        /* its position in the log */
    uint64_t marker_change; /* the last change before the marker */
    uint64_t cached_change; /* the saved cache holds the changes up to this one */
    uint64_t scrub_key;     /* the scrub goes on behind this element; 0: at the beginning */
    int64_t scrub_begun_ms; /* wall clock; of the scrub under way, 0: none is */
    uint64_t scrub_rows;    /* that it has read */
    int64_t scrub_ms;       /* wall clock of the end of the last whole scrub; 0: never */
    uint64_t scrubbed;      /* rows of the last whole scrub */
    uint64_t damaged;       /* rows that scrubs found damaged, ever */
} jk_compare_row;

/* The stored digest of an episode. */
typedef struct jk_element_row {
    uint64_t key;
    uint32_t bucket; /* leaf of the tree */
    uint8_t digest[32];
} jk_element_row;

/* One change of a stored digest.  A digest that is not there (had, has) is all zero. */
typedef struct jk_change_row {
    uint64_t id; /* from 1 in each municipality, in order, never used twice */
    uint64_t key;
    uint32_t bucket;
    bool had;
    bool has;
    uint8_t before[32];
    uint8_t after[32];
} jk_change_row;

/* Room for the changes of a bucket. */
typedef struct jk_change_list {
    jk_change_row *rows;
    size_t capacity;
    size_t count;
} jk_change_list;

/* A round's session with one server; at a server: with the CS. */
typedef struct jk_round_row {
    int64_t id; /* from 1, in the order of beginning */
    jk_token round;
    char code[7];
    uint8_t server; /* jk_role; at a CS JK_ROLE_REGISTRY is the second layer */
    uint64_t marker;
    int64_t begun_ms; /* wall clock */
    int64_t ended_ms; /* 0: open */
    uint16_t reason;  /* how it ended; 0: open */
    uint16_t why;     /* why it was broken off (jk_round_why); 0: it was not */
    uint64_t count_own;
    uint64_t count_peer;
    uint32_t findings;
    uint32_t asks;
    uint64_t bytes_sent;
    uint64_t bytes_received;
} jk_round_row;

typedef enum jk_finding_state {
    JK_FINDING_OPEN = 1,
    JK_FINDING_APPROVED,
    JK_FINDING_REFUSED,
    JK_FINDING_PARKED,
    JK_FINDING_REPAIRED
} jk_finding_state;

/* One resident's episode that differs at a server. */
typedef struct jk_finding_row {
    jk_token round;
    uint8_t server;      /* jk_role */
    uint64_t key;        /* of the element */
    uint8_t difference;  /* jk_difference: 1 both have it, 2 only we, 3 only they */
    uint8_t state;       /* jk_finding_state */
    char approver[33];   /* operator's id (FORM_ID); "": nobody yet */
    int64_t approved_ms; /* wall clock; 0: not */
    uint64_t position;   /* of the repair in the log; 0: none */
    size_t size;
    uint8_t record[JK_FINDING_RECORD_MAX]; /* the server's, an encoded Repair; empty: not known */
} jk_finding_row;

/* A correction that waits to enter the log. */
typedef struct jk_bulk_row {
    int64_t id; /* from 1, in the order of arrival, never used twice */
    jk_token resident;
    uint16_t kind; /* wire kind of the entry it becomes */
    size_t size;
    uint8_t body[JK_BULK_BODY_MAX];
} jk_bulk_row;

#endif
