/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that are not honest, by what they do to the messages of a round. */
#ifndef UNIT_RECONCILE_PEERS_H
#define UNIT_RECONCILE_PEERS_H

#include "play.h"

typedef enum peer_kind {
    PEER_HONEST,
    PEER_SHORT,          /* this side's memory and rows each fail once */
    PEER_STOPS,          /* says nothing more in the middle; then a new round */
    PEER_STALE_SKETCH,   /* a side's kept cells are damaged */
    PEER_CHANGES_ONE,    /* any field or item of one message */
    PEER_NEVER_DECODES,  /* cells of chance; or a server that wants ever more cells */
    PEER_LIES_N,         /* another number of residents */
    PEER_LIES_ROOT,      /* another top */
    PEER_LIES_DIGEST,    /* digests of rows, nodes or statements */
    PEER_UNASKED,        /* residents, nodes or buckets that it was not asked for */
    PEER_REPLAYS,        /* an answer of an old round, as it was */
    PEER_REPLAYS_AS_NEW, /* the same under this round's number */
    PEER_FUTURE,         /* a marker that has not come */
    PEER_CHANGES_KEY,    /* in mid-round */
    PEER_KINDS
} peer_kind;

extern const char *const peer_names[PEER_KINDS];

enum {
    PEER_ITEMS = 4096
};

/* An answer of an old round with all that it points to. */
typedef struct peer_old {
    bool there;
    jk_round_message message;
    jk_statement statements[PEER_ITEMS];
} peer_old;

/* One peer in one round; `did`: it found a message to change. */
typedef struct peer {
    peer_kind kind;
    lib_random *random;
    play_world *world;
    bool server;   /* who lies: the server, else the CS */
    unsigned when; /* messages before the one that is changed */
    bool did;
    uint64_t fixed; /* what stays the same through the round */
    peer_old *old;
    jk_cell cells[PEER_ITEMS];
    uint8_t marks[JK_MARKS];
    jk_digest digests[JK_ROUND_NODES_MAX * JK_TREE_FANOUT];
    jk_element rows[JK_ROUND_ROWS_MAX];
    jk_list_row list[JK_ROUND_LIST_MAX];
    jk_statement statements[PEER_ITEMS];
    uint32_t ids[JK_ROUND_NODES_MAX];
    uint16_t row_counts[JK_ROUND_NODES_MAX];
} peer;

/* Draws who lies and when. */
void peer_begin(peer *p, peer_kind kind, play_world *world, lib_random *random, peer_old *old);

/* A play_spoil_fn; arg: the peer. */
void peer_spoil(void *arg, jk_round_message *m);

/* Keeps an answer, to be replayed. */
void peer_keep(peer_old *old, const jk_round_message *m);

#endif
