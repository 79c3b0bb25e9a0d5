/* SPDX-License-Identifier: Apache-2.0 */
/* A Merkle tree over a municipality's elements: fixed depth, sixteen children a node.  An element
 * lies in the bucket that the first digits of its place say; a leaf is the hash of its bucket's
 * rows, a node that of its children.  The root is what is signed at a marker: it commits to every
 * record, is the way to the differences where a sketch fails, and proves single records.
 *
 * The nodes are the caller's memory.  The rows are in the caller's store, which gives those of one
 * bucket at a time. */
#ifndef JUKI_RECONCILE_TREE_H
#define JUKI_RECONCILE_TREE_H

#include "sketch.h"

enum {
    JK_TREE_FANOUT = 16,
    JK_TREE_DEPTH_MAX = 5,   /* 1,048,576 buckets */
    JK_BUCKET_ROWS = 32,     /* more a bucket, and the tree is made deeper */
    JK_BUCKET_ROWS_MAX = 400 /* rows of a bucket: they fit one message */
};

/* Rows of a bucket, ascending by key; *rows is borrowed until the next call. */
typedef struct jk_rows {
    jk_status (*bucket)(void *arg, uint32_t bucket, const jk_element **rows, size_t *count);
    void *arg;
} jk_rows;

typedef struct jk_tree {
    jk_digest *nodes; /* jk_tree_nodes(depth): the top first, level by level, borrowed */
    uint16_t *counts; /* jk_tree_buckets(depth): rows of each bucket, borrowed */
    uint64_t count;   /* of all rows */
    uint8_t depth;    /* 1..JK_TREE_DEPTH_MAX */
} jk_tree;

/* The depth for a municipality of n residents; it stays when n changes, because both sides of a
 * round must have the same. */
uint8_t jk_tree_depth(uint64_t n);

size_t jk_tree_nodes(uint8_t depth);
uint32_t jk_tree_buckets(uint8_t depth);

/* The bucket of an element by its place. */
uint32_t jk_tree_bucket(uint8_t depth, uint64_t place);

/* A tree of no rows. */
void jk_tree_clear(jk_tree *tree, uint8_t depth, jk_digest *nodes, uint16_t *counts);

/* Sets the rows of one bucket.  The nodes above are old until jk_tree_settle.
 * JK_E_RANGE: no such bucket.  JK_E_NOT_CANONICAL: keys that do not ascend.  JK_E_OVERSIZED. */
JK_MUST_USE jk_status jk_tree_leaf(jk_tree *tree, uint32_t bucket, const jk_element *rows,
                                   size_t count);

/* Brings the nodes above `count` buckets up to date: depth hashes for one, fewer each for many.
 * buckets: ascending, without repeats; overwritten. */
void jk_tree_settle(jk_tree *tree, uint32_t *buckets, size_t count);

/* All buckets of the rows, then all nodes.  What it fails with is what rows gave, or as above; the
 * tree is then to be built anew. */
JK_MUST_USE jk_status jk_tree_build(jk_tree *tree, const jk_rows *rows);

/* The cells first..end-1 of all rows, at cells[0], which were 0. */
JK_MUST_USE jk_status jk_cells_of_rows(jk_cell *cells, uint32_t first, uint32_t end,
                                       const jk_recon_keys *keys, uint8_t depth,
                                       const jk_rows *rows);

/* The digest at `index` of a level, 0 the top, depth the buckets. */
const jk_digest *jk_tree_node(const jk_tree *tree, uint8_t level, uint32_t index);

/* What nodes and leaves are hashes of; also for what a peer sends. */
void jk_tree_hash_rows(const jk_element *rows, size_t count, jk_digest *out);
void jk_tree_hash_children(const jk_digest children[JK_TREE_FANOUT], jk_digest *out);

/* What is signed: the state of one municipality's episodes at one position of its log. */
typedef struct jk_commitment {
    uint64_t marker; /* position of the marker in the log */
    uint64_t key_id;
    uint64_t count; /* of residents' episodes */
    jk_digest top;
    uint8_t depth;
} jk_commitment;

void jk_commitment_of(const jk_tree *tree, const jk_recon_keys *keys, uint64_t marker,
                      jk_commitment *out);

bool jk_commitment_equal(const jk_commitment *a, const jk_commitment *b);

/* The root: hash of all of a commitment's fields. */
void jk_commitment_root(const jk_commitment *commitment, jk_digest *root);

/* That an element is, or is not, among what a root commits to: the rows of its bucket and the other
 * children of every node above. */
typedef struct jk_proof {
    const jk_element *rows; /* borrowed */
    size_t count;
    jk_digest siblings[JK_TREE_DEPTH_MAX][JK_TREE_FANOUT - 1]; /* from below */
} jk_proof;

void jk_proof_make(const jk_tree *tree, uint32_t bucket, const jk_element *rows, size_t count,
                   jk_proof *proof);

/* JK_OK: `digest` is the element's under this commitment; NULL: it has none there.
 * JK_E_CONFLICT: the proof is good and says otherwise.  JK_E_NOT_CANONICAL: it is none. */
JK_MUST_USE jk_status jk_proof_check(const jk_commitment *commitment, const jk_recon_keys *keys,
                                     uint64_t key, const jk_digest *digest, const jk_proof *proof);

#endif
