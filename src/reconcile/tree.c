/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of tree.h: leaves, nodes, commitments, proofs. */
#include "tree.h"

#include <sodium/crypto_generichash_blake2b.h>
#include <string.h>

/* Each kind of hash under a label of its own; what is hashed is keyed digests already. */
static const uint8_t ROWS[16] = "juki rows";
static const uint8_t CHILDREN[16] = "juki children";
static const uint8_t COMMITMENT[16] = "juki commitment";
static const uint8_t NO_SALT[16] = {0};

/* Where each level begins. */
static const uint32_t LEVEL_START[JK_TREE_DEPTH_MAX + 1] = {0, 1, 17, 273, 4369, 69905};

static void put(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

uint8_t jk_tree_depth(uint64_t n)
{
    uint8_t depth = 1;
    while (depth < JK_TREE_DEPTH_MAX && n > (uint64_t)jk_tree_buckets(depth) * JK_BUCKET_ROWS) {
        depth++;
    }
    return depth;
}

uint32_t jk_tree_buckets(uint8_t depth)
{
    return UINT32_C(1) << (4 * depth);
}

size_t jk_tree_nodes(uint8_t depth)
{
    return (size_t)LEVEL_START[depth] + jk_tree_buckets(depth);
}

uint32_t jk_tree_bucket(uint8_t depth, uint64_t place)
{
    return (uint32_t)(place >> (64 - 4 * depth));
}

static jk_digest *node(const jk_tree *tree, unsigned level, uint32_t index)
{
    return &tree->nodes[LEVEL_START[level] + index];
}

const jk_digest *jk_tree_node(const jk_tree *tree, uint8_t level, uint32_t index)
{
    return node(tree, level, index);
}

void jk_tree_hash_rows(const jk_element *rows, size_t count, jk_digest *out)
{
    enum {
        ROW = 8 + JK_RECON_DIGEST_SIZE,
        AT_ONCE = 32
    };

    uint8_t bytes[AT_ONCE * ROW];
    crypto_generichash_blake2b_state state;
    (void)crypto_generichash_blake2b_init_salt_personal(&state, NULL, 0, sizeof out->byte, NO_SALT,
                                                        ROWS);
    for (size_t i = 0; i < count;) {
        size_t size = 0;
        for (; i < count && size < sizeof bytes; i++, size += ROW) {
            put(bytes + size, rows[i].key);
            memcpy(bytes + size + 8, rows[i].digest.byte, JK_RECON_DIGEST_SIZE);
        }
        (void)crypto_generichash_blake2b_update(&state, bytes, size);
    }
    (void)crypto_generichash_blake2b_final(&state, out->byte, sizeof out->byte);
}

void jk_tree_hash_children(const jk_digest children[JK_TREE_FANOUT], jk_digest *out)
{
    (void)crypto_generichash_blake2b_salt_personal(out->byte, sizeof out->byte, children[0].byte,
                                                   JK_TREE_FANOUT * sizeof children[0], NULL, 0,
                                                   NO_SALT, CHILDREN);
}

void jk_tree_clear(jk_tree *tree, uint8_t depth, jk_digest *nodes, uint16_t *counts)
{
    *tree = (jk_tree){.nodes = nodes, .counts = counts, .depth = depth};
    memset(counts, 0, jk_tree_buckets(depth) * sizeof *counts);
    for (unsigned level = depth + 1U; level-- > 0;) {
        if (level == depth) {
            jk_tree_hash_rows(NULL, 0, node(tree, level, 0));
        } else {
            jk_tree_hash_children(node(tree, level + 1, 0), node(tree, level, 0));
        }
        for (uint32_t i = 1; i < UINT32_C(1) << (4 * level); i++) {
            *node(tree, level, i) = *node(tree, level, 0);
        }
    }
}

static jk_status check_rows(const jk_element *rows, size_t count)
{
    if (count > JK_BUCKET_ROWS_MAX) {
        return JK_E_OVERSIZED;
    }
    for (size_t i = 1; i < count; i++) {
        if (rows[i - 1].key >= rows[i].key) {
            return JK_E_NOT_CANONICAL;
        }
    }
    return JK_OK;
}

jk_status jk_tree_leaf(jk_tree *tree, uint32_t bucket, const jk_element *rows, size_t count)
{
    if (bucket >= jk_tree_buckets(tree->depth)) {
        return JK_E_RANGE;
    }
    jk_status status = check_rows(rows, count);
    if (status != JK_OK) {
        return status;
    }
    jk_tree_hash_rows(rows, count, node(tree, tree->depth, bucket));
    tree->count += count - tree->counts[bucket];
    tree->counts[bucket] = (uint16_t)count;
    return JK_OK;
}

/* Siblings lie far from those of the next bucket: they are fetched while these are hashed. */
static void fetch_children(const jk_tree *tree, unsigned level, uint32_t index)
{
    const jk_digest *children = node(tree, level + 1, index * JK_TREE_FANOUT);
    for (int i = 0; i < JK_TREE_FANOUT; i += 2) {
        __builtin_prefetch(&children[i]);
    }
}

void jk_tree_settle(jk_tree *tree, uint32_t *buckets, size_t count)
{
    for (unsigned level = tree->depth; level-- > 0;) {
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            uint32_t index = buckets[i] / JK_TREE_FANOUT;
            if (i + 1 < count) {
                fetch_children(tree, level, buckets[i + 1] / JK_TREE_FANOUT);
            }
            if (kept == 0 || buckets[kept - 1] != index) {
                buckets[kept++] = index;
                jk_tree_hash_children(node(tree, level + 1, index * JK_TREE_FANOUT),
                                      node(tree, level, index));
            }
        }
        count = kept;
    }
}

jk_status jk_tree_build(jk_tree *tree, const jk_rows *rows)
{
    for (uint32_t bucket = 0; bucket < jk_tree_buckets(tree->depth); bucket++) {
        const jk_element *items = NULL;
        size_t count = 0;
        jk_status status = rows->bucket(rows->arg, bucket, &items, &count);
        if (status == JK_OK) {
            status = jk_tree_leaf(tree, bucket, items, count);
        }
        if (status != JK_OK) {
            return status;
        }
    }
    for (unsigned level = tree->depth; level-- > 0;) {
        for (uint32_t i = 0; i < UINT32_C(1) << (4 * level); i++) {
            jk_tree_hash_children(node(tree, level + 1, i * JK_TREE_FANOUT), node(tree, level, i));
        }
    }
    return JK_OK;
}

jk_status jk_cells_of_rows(jk_cell *cells, uint32_t first, uint32_t end, const jk_recon_keys *keys,
                           uint8_t depth, const jk_rows *rows)
{
    enum {
        AT_ONCE = 64
    };

    jk_element some[AT_ONCE];
    size_t have = 0;
    for (uint32_t bucket = 0; bucket < jk_tree_buckets(depth); bucket++) {
        const jk_element *items = NULL;
        size_t count = 0;
        jk_status status = rows->bucket(rows->arg, bucket, &items, &count);
        if (status != JK_OK) {
            return status;
        }
        for (size_t i = 0; i < count; i++) {
            some[have++] = items[i];
            if (have == AT_ONCE) {
                jk_cells_gather(cells, first, end, keys, some, have);
                have = 0;
            }
        }
    }
    jk_cells_gather(cells, first, end, keys, some, have);
    jk_cells_reduce(cells, end - first);
    return JK_OK;
}

void jk_commitment_of(const jk_tree *tree, const jk_recon_keys *keys, uint64_t marker,
                      jk_commitment *out)
{
    *out = (jk_commitment){.marker = marker,
                           .key_id = keys->id,
                           .count = tree->count,
                           .top = tree->nodes[0],
                           .depth = tree->depth};
}

bool jk_commitment_equal(const jk_commitment *a, const jk_commitment *b)
{
    return a->marker == b->marker && a->key_id == b->key_id && a->count == b->count &&
           a->depth == b->depth && memcmp(&a->top, &b->top, sizeof a->top) == 0;
}

void jk_commitment_root(const jk_commitment *commitment, jk_digest *root)
{
    uint8_t bytes[8 + 8 + 8 + 1 + JK_RECON_DIGEST_SIZE];
    put(bytes, commitment->marker);
    put(bytes + 8, commitment->key_id);
    put(bytes + 16, commitment->count);
    bytes[24] = commitment->depth;
    memcpy(bytes + 25, commitment->top.byte, JK_RECON_DIGEST_SIZE);
    (void)crypto_generichash_blake2b_salt_personal(root->byte, sizeof root->byte, bytes,
                                                   sizeof bytes, NULL, 0, NO_SALT, COMMITMENT);
}

void jk_proof_make(const jk_tree *tree, uint32_t bucket, const jk_element *rows, size_t count,
                   jk_proof *proof)
{
    memset(proof, 0, sizeof *proof);
    proof->rows = rows;
    proof->count = count;
    uint32_t index = bucket;
    for (unsigned level = tree->depth; level > 0; level--) {
        uint32_t first = index / JK_TREE_FANOUT * JK_TREE_FANOUT;
        size_t kept = 0;
        for (uint32_t i = first; i < first + JK_TREE_FANOUT; i++) {
            if (i != index) {
                proof->siblings[tree->depth - level][kept++] = *node(tree, level, i);
            }
        }
        index /= JK_TREE_FANOUT;
    }
}

/* From the rows up to the top. */
static void climb(const jk_proof *proof, uint32_t bucket, uint8_t depth, jk_digest *top)
{
    jk_tree_hash_rows(proof->rows, proof->count, top);
    for (unsigned up = 0; up < depth; up++) {
        jk_digest children[JK_TREE_FANOUT];
        size_t own = bucket % JK_TREE_FANOUT;
        memcpy(children, proof->siblings[up], own * sizeof *children);
        children[own] = *top;
        memcpy(children + own + 1, proof->siblings[up] + own,
               (JK_TREE_FANOUT - 1 - own) * sizeof *children);
        jk_tree_hash_children(children, top);
        bucket /= JK_TREE_FANOUT;
    }
}

jk_status jk_proof_check(const jk_commitment *commitment, const jk_recon_keys *keys, uint64_t key,
                         const jk_digest *digest, const jk_proof *proof)
{
    const uint8_t depth = commitment->depth;
    if (depth < 1 || depth > JK_TREE_DEPTH_MAX || commitment->key_id != keys->id ||
        check_rows(proof->rows, proof->count) != JK_OK) {
        return JK_E_NOT_CANONICAL;
    }
    jk_digest top;
    climb(proof, jk_tree_bucket(depth, jk_element_place(keys, key)), depth, &top);
    if (memcmp(&top, &commitment->top, sizeof top) != 0) {
        return JK_E_NOT_CANONICAL;
    }
    for (size_t i = 0; i < proof->count; i++) {
        if (proof->rows[i].key == key) {
            bool same =
                digest != NULL && memcmp(digest, &proof->rows[i].digest, sizeof *digest) == 0;
            return same ? JK_OK : JK_E_CONFLICT;
        }
    }
    return digest == NULL ? JK_OK : JK_E_CONFLICT;
}
