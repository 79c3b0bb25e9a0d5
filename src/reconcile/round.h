/* SPDX-License-Identifier: Apache-2.0 */
/* One round between a CS (it asks) and a server (it answers), as functions of messages.
 *
 *   (1) OPEN     ->   root of the CS at the marker; marks and the first cells unless the last round
 *                     was equal
 *   (2)          <-   EQUAL, or FOUND with the server's digests of what it decoded, or MORE cells,
 *                     or WALK: cells do not help
 *       CELLS    ->   back to (2)
 *       NODES    ->   the tree, level by level   <- CHILDREN
 *       ROWS     ->   the buckets that differ    <- BUCKETS
 *       LIST     ->   when all that is too much  <- LISTED, and then
 *       DIGESTS  ->   of those who differ there  <- FOUND
 *
 * What comes out at the CS is a verdict (verdict.h), by whichever way.  Repairs are entries of the
 * log and no part of a round.  Every message names round, marker, key and depth; whoever is told
 * something else, or something that was not asked for, ends the round and says why.  All sizes and
 * the number of turns are bounded by what this side knows itself. */
#ifndef JUKI_RECONCILE_ROUND_H
#define JUKI_RECONCILE_ROUND_H

#include "decode.h"
#include "verdict.h"

enum {
    JK_ROUND_CELLS_FIRST = 32,    /* when nothing is known: with marks and root 1 KiB */
    JK_ROUND_ASKS_MAX = 5,        /* for more cells; then the tree */
    JK_ROUND_NODES_MAX = 24,      /* of one question: 12 KiB of digests in the answer */
    JK_ROUND_ROWS_MAX = 400,      /* of one answer: 16 KiB */
    JK_ROUND_LIST_MAX = 1000,     /* rows of one answer: 15 KiB */
    JK_ROUND_SURPLUS_MAX = 65536, /* residents that a peer may have beyond twice our own */
    JK_LIST_ROW_SIZE = 15         /* bytes of a row of a list: key 7, f 8 */
};

/* Why a round ended without a verdict. */
typedef enum jk_round_why {
    JK_ROUND_FINE = 0,
    JK_ROUND_OTHER_ROUND,   /* the number of another round: replayed, or late */
    JK_ROUND_OTHER_KEY,     /* sums under another key do not add up */
    JK_ROUND_OTHER_DEPTH,   /* of the tree */
    JK_ROUND_MARKER_PAST,   /* a marker before that of this side */
    JK_ROUND_MARKER_FUTURE, /* a marker that has not come here: UNREACHED */
    JK_ROUND_NOT_ASKED,     /* an answer to something else */
    JK_ROUND_TOO_MANY,      /* more than was asked for, or than this side gives */
    JK_ROUND_NOT_A_SUM,     /* a cell's value that is none */
    JK_ROUND_COUNT,         /* more residents than can be, or not as many as are shown */
    JK_ROUND_ORDER,         /* keys that do not ascend, or of another bucket */
    JK_ROUND_ROOT,          /* nodes or rows that do not hash to what stands above them */
    JK_ROUND_NOTHING,       /* another root, and nothing differs */
    JK_ROUND_UNCONFIRMED,   /* what was listed does not give the peer's root: fresh key, alarm */
    JK_ROUND_REFUSED,       /* the peer ended it */
    /* What the host says, not these two sides. */
    JK_ROUND_SIGNATURE, /* the root is not signed by its server */
    JK_ROUND_FORM,      /* bytes that are no message */
    JK_ROUND_LOST       /* a restart lost what was said */
} jk_round_why;

/* "other-round" and so on. */
const char *jk_round_why_name(jk_round_why why);

typedef enum jk_round_kind {
    JK_ROUND_OPEN = 1, /* from the CS */
    JK_ROUND_CELLS,
    JK_ROUND_NODES,
    JK_ROUND_ROWS,
    JK_ROUND_LIST,
    JK_ROUND_DIGESTS,
    JK_ROUND_EQUAL, /* from the server */
    JK_ROUND_MORE,
    JK_ROUND_FOUND,
    JK_ROUND_WALK,
    JK_ROUND_CHILDREN,
    JK_ROUND_BUCKETS,
    JK_ROUND_LISTED,
    JK_ROUND_NO /* refused: why */
} jk_round_kind;

typedef struct jk_list_row {
    uint64_t key;
    uint64_t value; /* f */
} jk_list_row;

/* What one side says.  Arrays are borrowed: those of an answer until the next call of the side that
 * made it.  Fields that a kind does not name are 0. */
typedef struct jk_round_message {
    jk_round_kind kind;
    uint32_t round;
    uint64_t marker;
    uint64_t key_id;
    uint8_t depth;
    jk_commitment commitment;       /* OPEN EQUAL FOUND WALK: of the sender; its root is signed */
    const uint8_t *marks;           /* OPEN CELLS: JK_MARKS with the first cells, else NULL */
    uint32_t first;                 /* CELLS MORE: cell; LIST LISTED: bucket */
    uint32_t count;                 /* CELLS MORE: cells; else items of the array */
    const jk_cell *cells;           /* OPEN CELLS */
    uint8_t level;                  /* NODES CHILDREN */
    const uint32_t *ids;            /* NODES CHILDREN: nodes; ROWS BUCKETS: buckets; ascending */
    const jk_digest *digests;       /* CHILDREN: sixteen for each node */
    const jk_element *rows;         /* BUCKETS */
    const uint16_t *row_counts;     /* BUCKETS: of each bucket */
    const jk_list_row *list;        /* LISTED: of the buckets first..next-1 */
    uint32_t next;                  /* LISTED */
    const uint64_t *wanted;         /* DIGESTS */
    const jk_statement *statements; /* FOUND */
    jk_round_why why;               /* NO */
} jk_round_message;

/* Bytes of a message as it travels, its envelope and signature left out. */
size_t jk_round_size(const jk_round_message *message);

/* Cells that decode d differences in 99 of 100. */
uint32_t jk_round_cells(uint32_t d);

/* An array that grows. */
typedef struct jk_round_list {
    void *items;
    uint32_t count;
    uint32_t capacity;
} jk_round_list;

/* ---- the CS ---- */

typedef enum jk_ask_state {
    JK_ASK_CELLS = 1, /* waits for (2) */
    JK_ASK_NODES,     /* walks the tree */
    JK_ASK_ROWS,
    JK_ASK_LIST,
    JK_ASK_DIGESTS,
    JK_ASK_DONE,  /* the verdict is there */
    JK_ASK_BROKEN /* why */
} jk_ask_state;

typedef struct jk_ask {
    jk_side own;
    jk_commitment commitment;
    jk_commitment peer;
    uint32_t round;
    jk_ask_state state;
    jk_round_why why;
    uint32_t cells_sent;
    uint32_t asks;
    uint8_t level;
    uint32_t at;        /* item of `here` that is asked for next, or bucket of the list */
    uint32_t asked;     /* items of the question that is out */
    uint64_t listed;    /* rows of the list so far */
    jk_round_list here; /* nodes that differ, of this level: index and the peer's digest */
    jk_round_list below;
    jk_round_list statements;
    jk_round_list wanted;
    jk_round_list cells;
    uint32_t ids[JK_ROUND_NODES_MAX];
    uint8_t marks[JK_MARKS];
    jk_verdict verdict;
} jk_ask;

/* history: differences of the last round with this peer; JK_ASK_UNKNOWN for none, 0 for an equal
 * one: then only the root goes. */
#define JK_ASK_UNKNOWN UINT32_MAX

/* Begins a round; `own` stays borrowed.  JK_E_MEMORY, or what the rows gave. */
JK_MUST_USE jk_status jk_ask_open(jk_ask *ask, const jk_side *own, uint64_t marker, uint32_t round,
                                  uint32_t history, jk_round_message *out);

/* An answer: the next question in *out, or the state is DONE and out->kind 0.
 * JK_E_UNEXPECTED: the answer ends the round, see why.  JK_E_MEMORY and what the rows gave: nothing
 * has changed, the same answer can be taken again. */
JK_MUST_USE jk_status jk_ask_take(jk_ask *ask, const jk_round_message *answer,
                                  jk_round_message *out);

/* Gives everything back, the verdict too. */
void jk_ask_close(jk_ask *ask);

/* ---- the server ---- */

typedef struct jk_answer {
    jk_side own;
    jk_commitment commitment;
    jk_commitment peer;
    uint32_t round;
    bool open;
    bool over;
    jk_round_why why;
    uint32_t asked; /* cells that the CS was asked for, 0 none */
    uint32_t asks;
    uint32_t guess;      /* of differences */
    uint64_t given;      /* rows and nodes handed out */
    jk_round_list cells; /* the CS's less ours */
    jk_round_list statements;
    jk_round_list digests;
    jk_round_list rows;
    jk_round_list list;
    uint16_t row_counts[JK_ROUND_NODES_MAX];
} jk_answer;

/* The server's side at its marker; round: the only one that is taken. */
void jk_answer_begin(jk_answer *answer, const jk_side *own, uint64_t marker, uint32_t round);

/* A question: what to answer, NO included.  JK_E_MEMORY and what the rows gave: as jk_ask_take. */
JK_MUST_USE jk_status jk_answer_take(jk_answer *answer, const jk_round_message *question,
                                     jk_round_message *out);

void jk_answer_close(jk_answer *answer);

#endif
