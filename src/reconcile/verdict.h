/* SPDX-License-Identifier: Apache-2.0 */
/* The one door from "these might differ" to "these differ".
 *
 * However suspects were found - peeled from cells, met in the tree, read in a list - the peer
 * states its digest of each; then the peer's tree is computed from our own rows with exactly
 * these put in their place.  Only when that gives the root that the peer has signed are the
 * statements findings, and then they are all there is: neither side has another record that
 * differs. */
#ifndef JUKI_RECONCILE_VERDICT_H
#define JUKI_RECONCILE_VERDICT_H

#include "memory.h"
#include "tree.h"

/* What a peer says of an element: its digest, or that it has none. */
typedef struct jk_statement {
    uint64_t key;
    jk_digest digest; /* all 0 when absent */
    bool present;
} jk_statement;

typedef enum jk_difference {
    JK_DIFFERENCE_BOTH = 1,  /* both have it, and not alike: DIFF or STATUS_DIFF */
    JK_DIFFERENCE_OURS = 2,  /* the peer has none */
    JK_DIFFERENCE_THEIRS = 3 /* only the peer has it */
} jk_difference;

typedef struct jk_finding {
    uint64_t key;
    jk_difference difference;
    jk_digest ours;   /* all 0 when absent */
    jk_digest theirs; /* all 0 when absent */
} jk_finding;

/* Made by jk_verdict_confirm and by nothing else. */
typedef struct jk_verdict {
    jk_finding *findings; /* in the statements' order; NULL for none */
    size_t count;
    bool confirmed;
} jk_verdict;

/* One side of a round, at its marker.  Everything is borrowed. */
typedef struct jk_side {
    const jk_recon_keys *keys;
    const jk_tree *tree;
    const jk_sketch *sketch;
    const jk_rows *rows;
    const jk_recon_memory *memory;
} jk_side;

/* peer: what it committed to; that its root was signed by it is checked by the caller.
 * statements: ascending by key.
 *
 * JK_OK: confirmed; the verdict goes back by jk_verdict_free.
 * JK_E_NOT_CANONICAL: keys do not ascend or are none, or a digest where none is.
 * JK_E_CONFLICT: a statement of somebody who is alike on both sides, or not the peer's root.
 * JK_E_MEMORY, or what the rows gave.  Time and memory: linear in statements and their buckets. */
JK_MUST_USE jk_status jk_verdict_confirm(const jk_side *own, const jk_commitment *peer,
                                         const jk_statement *statements, size_t count,
                                         jk_verdict *out);

void jk_verdict_free(jk_verdict *verdict, const jk_recon_memory *memory);

/* Our own digest of an element. */
JK_MUST_USE jk_status jk_side_find(const jk_side *own, uint64_t key, jk_statement *out);

#endif
