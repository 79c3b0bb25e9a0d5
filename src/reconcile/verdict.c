/* SPDX-License-Identifier: Apache-2.0 */
/* The peer's tree, computed from our rows and its statements. */
#include "verdict.h"

#include <string.h>

/* A statement's place in the tree, and later a node that differs from ours. */
typedef struct spot {
    uint32_t index; /* bucket, or node of a level */
    uint32_t from;  /* statement */
} spot;

typedef struct work {
    spot *spots; /* by bucket, then by key */
    spot *room;
    uint32_t *nodes;    /* indices of this level, ascending */
    jk_digest *digests; /* the peer's, of these nodes */
    jk_element *rows;   /* of one bucket, with the statements put in */
    jk_finding *findings;
    int64_t grown; /* rows that the peer has more than we */
} work;

static jk_status check(const jk_statement *statements, size_t count)
{
    static const jk_digest none = {{0}};
    for (size_t i = 0; i < count; i++) {
        const jk_statement *s = &statements[i];
        if (s->key <= JK_EPISODE_MAX || s->key >= JK_ELEMENT_KEY_END ||
            (i > 0 && statements[i - 1].key >= s->key) ||
            (!s->present && memcmp(&s->digest, &none, sizeof none) != 0)) {
            return JK_E_NOT_CANONICAL;
        }
    }
    return JK_OK;
}

static jk_status open_work(work *w, size_t count, const jk_recon_memory *memory)
{
    size_t size = count * (sizeof(jk_digest) + 2 * sizeof(spot) + sizeof(uint32_t)) +
                  2 * JK_BUCKET_ROWS_MAX * sizeof(jk_element);
    uint8_t *block = memory->take(memory->arg, size);
    if (block == NULL) {
        return JK_E_MEMORY;
    }
    w->rows = (void *)block;
    w->spots = (void *)(w->rows + 2 * JK_BUCKET_ROWS_MAX);
    w->room = w->spots + count;
    w->nodes = (void *)(w->room + count);
    w->digests = (void *)(w->nodes + count);
    return JK_OK;
}

/* Stable, so that the keys of a bucket still ascend. */
static void sort(work *w, size_t count, unsigned bits)
{
    for (unsigned shift = 0; shift < bits; shift += 4) {
        size_t start[17] = {0};
        for (size_t i = 0; i < count; i++) {
            start[((w->spots[i].index >> shift) & 15) + 1]++;
        }
        for (size_t i = 1; i < 16; i++) {
            start[i] += start[i - 1];
        }
        for (size_t i = 0; i < count; i++) {
            w->room[start[(w->spots[i].index >> shift) & 15]++] = w->spots[i];
        }
        spot *other = w->spots;
        w->spots = w->room;
        w->room = other;
    }
}

static bool alike(const jk_element *row, const jk_statement *s)
{
    return row != NULL ? s->present && memcmp(&row->digest, &s->digest, sizeof s->digest) == 0
                       : !s->present;
}

static void find(work *w, uint32_t index, const jk_element *row, const jk_statement *s)
{
    static const jk_digest none = {{0}};
    jk_finding *f = &w->findings[index];
    f->key = s->key;
    f->ours = row != NULL ? row->digest : none;
    f->theirs = s->digest;
    f->difference = row == NULL  ? JK_DIFFERENCE_THEIRS
                    : s->present ? JK_DIFFERENCE_BOTH
                                 : JK_DIFFERENCE_OURS;
    w->grown += row == NULL ? 1 : s->present ? 0 : -1;
}

/* Our rows of a bucket with the statements spots[0..count-1] in their place. */
static jk_status leaf(work *w, const jk_side *own, const jk_statement *statements,
                      const spot *spots, size_t count, jk_digest *out)
{
    const jk_element *rows = NULL;
    size_t row_count = 0;
    jk_status status = own->rows->bucket(own->rows->arg, spots->index, &rows, &row_count);
    if (status != JK_OK) {
        return status;
    }
    if (row_count > JK_BUCKET_ROWS_MAX || count > JK_BUCKET_ROWS_MAX) {
        return JK_E_OVERSIZED;
    }
    size_t at = 0;
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        const jk_statement *s = &statements[spots[i].from];
        while (at < row_count && rows[at].key < s->key) {
            w->rows[made++] = rows[at++];
        }
        const jk_element *row = at < row_count && rows[at].key == s->key ? &rows[at++] : NULL;
        if (alike(row, s)) {
            return JK_E_CONFLICT;
        }
        find(w, spots[i].from, row, s);
        if (s->present) {
            w->rows[made++] = (jk_element){s->key, s->digest};
        }
    }
    while (at < row_count) {
        w->rows[made++] = rows[at++];
    }
    if (made > JK_BUCKET_ROWS_MAX) {
        return JK_E_OVERSIZED;
    }
    jk_tree_hash_rows(w->rows, made, out);
    return JK_OK;
}

static jk_status leaves(work *w, const jk_side *own, const jk_statement *statements, size_t count,
                        size_t *node_count)
{
    size_t nodes = 0;
    for (size_t first = 0; first < count;) {
        size_t end = first + 1;
        while (end < count && w->spots[end].index == w->spots[first].index) {
            end++;
        }
        jk_status status =
            leaf(w, own, statements, w->spots + first, end - first, &w->digests[nodes]);
        if (status != JK_OK) {
            return status;
        }
        w->nodes[nodes++] = w->spots[first].index;
        first = end;
    }
    *node_count = nodes;
    return JK_OK;
}

/* From the buckets that differ to the top; without one the top is ours. */
static void climb(work *w, const jk_tree *tree, size_t count, jk_digest *top)
{
    *top = tree->nodes[0];
    for (unsigned level = tree->depth; level > 0 && count > 0; level--) {
        size_t made = 0;
        for (size_t first = 0; first < count;) {
            uint32_t parent = w->nodes[first] / JK_TREE_FANOUT;
            jk_digest children[JK_TREE_FANOUT];
            memcpy(children, jk_tree_node(tree, (uint8_t)level, parent * JK_TREE_FANOUT),
                   sizeof children);
            for (; first < count && w->nodes[first] / JK_TREE_FANOUT == parent; first++) {
                children[w->nodes[first] % JK_TREE_FANOUT] = w->digests[first];
            }
            w->nodes[made] = parent;
            jk_tree_hash_children(children, &w->digests[made]);
            made++;
        }
        count = made;
        *top = w->digests[0];
    }
}

static jk_status judge(work *w, const jk_side *own, const jk_commitment *peer,
                       const jk_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t place = jk_element_place(own->keys, statements[i].key);
        w->spots[i] = (spot){jk_tree_bucket(own->tree->depth, place), (uint32_t)i};
    }
    sort(w, count, 4U * own->tree->depth);
    size_t nodes = 0;
    jk_status status = leaves(w, own, statements, count, &nodes);
    if (status != JK_OK) {
        return status;
    }
    jk_digest top;
    climb(w, own->tree, nodes, &top);
    bool same = memcmp(&top, &peer->top, sizeof top) == 0 && peer->key_id == own->keys->id &&
                peer->depth == own->tree->depth &&
                peer->count == own->tree->count + (uint64_t)w->grown;
    return same ? JK_OK : JK_E_CONFLICT;
}

jk_status jk_verdict_confirm(const jk_side *own, const jk_commitment *peer,
                             const jk_statement *statements, size_t count, jk_verdict *out)
{
    work w = {.grown = 0};
    jk_status status = count > JK_CELLS_MAX ? JK_E_OVERSIZED : check(statements, count);
    if (status != JK_OK) {
        return status;
    }
    const jk_recon_memory *memory = own->memory;
    if (count > 0) {
        w.findings = memory->take(memory->arg, count * sizeof *w.findings);
        status = w.findings == NULL ? JK_E_MEMORY : JK_OK;
    }
    if (status == JK_OK) {
        status = open_work(&w, count, memory);
    }
    if (status == JK_OK) {
        status = judge(&w, own, peer, statements, count);
        memory->give(memory->arg, w.rows);
    }
    if (status != JK_OK) {
        memory->give(memory->arg, w.findings);
        return status;
    }
    *out = (jk_verdict){w.findings, count, true};
    return JK_OK;
}

void jk_verdict_free(jk_verdict *verdict, const jk_recon_memory *memory)
{
    memory->give(memory->arg, verdict->findings);
    *verdict = (jk_verdict){NULL, 0, false};
}

jk_status jk_side_find(const jk_side *own, uint64_t key, jk_statement *out)
{
    const jk_element *rows = NULL;
    size_t count = 0;
    uint32_t bucket = jk_tree_bucket(own->tree->depth, jk_element_place(own->keys, key));
    jk_status status = own->rows->bucket(own->rows->arg, bucket, &rows, &count);
    if (status != JK_OK) {
        return status;
    }
    *out = (jk_statement){.key = key};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].key == key) {
            out->digest = rows[i].digest;
            out->present = true;
        }
    }
    return JK_OK;
}
