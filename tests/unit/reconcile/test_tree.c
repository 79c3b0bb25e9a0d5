/* SPDX-License-Identifier: Apache-2.0 */
/* The tree and what rests on it: kept is the same as built anew, every record counts, proofs prove,
 * nothing becomes a finding without the peer's root. */
#include "lib.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    ITEMS = 3000
};

static jk_recon_keys keys;
static jk_element items[ITEMS];

static void draw(lib_random *random)
{
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (jk_element){lib_key(random), lib_digest(random)};
    }
}

static void depths(void **state)
{
    (void)state;
    assert_int_equal(jk_tree_depth(0), 1);
    assert_int_equal(jk_tree_depth(512), 1);
    assert_int_equal(jk_tree_depth(513), 2);
    assert_int_equal(jk_tree_depth(131072), 3);
    assert_int_equal(jk_tree_depth(3700000), 5);
    assert_int_equal(jk_tree_depth(UINT64_MAX), 5);
    assert_int_equal(jk_tree_nodes(1), 17);
    assert_int_equal(jk_tree_nodes(5), 1118481);
    assert_int_equal(jk_tree_bucket(5, UINT64_MAX), 1048575);
}

/* Row by row, many rows and then one settling, or built: one tree. */
static void kept_is_built(void **state)
{
    lib_random random = lib_seed("kept_is_built");

    (void)state;
    draw(&random);
    for (uint8_t depth = 1; depth <= 3; depth++) {
        lib_set built;
        lib_set kept;
        lib_set_open(&built, &keys, depth, 0, ITEMS);
        lib_set_open(&kept, &keys, depth, 0, ITEMS);
        lib_set_build(&built, items, ITEMS / 2);
        for (size_t i = 0; i < ITEMS / 2; i++) {
            jk_digest other = lib_digest(&random);
            lib_set_put(&kept, items[i + ITEMS / 2].key, &other);
            lib_set_put(&kept, items[i].key, i % 2 == 0 ? &other : &items[i].digest);
        }
        for (size_t i = 0; i < ITEMS / 2; i++) {
            lib_set_put(&kept, items[i + ITEMS / 2].key, NULL);
            lib_set_put(&kept, items[i].key, &items[i].digest);
        }
        size_t size = jk_tree_nodes(depth) * sizeof(jk_digest);
        assert_memory_equal(kept.tree.nodes, built.tree.nodes, size);
        assert_int_equal(kept.tree.count, ITEMS / 2);
        assert_int_equal(built.tree.count, ITEMS / 2);
        /* All leaves, then one settling. */
        uint32_t buckets[4096];
        jk_tree_clear(&kept.tree, depth, kept.tree.nodes, kept.tree.counts);
        for (uint32_t i = 0; i < jk_tree_buckets(depth); i++) {
            buckets[i] = i;
            assert_int_equal(jk_tree_leaf(&kept.tree, i, built.items + built.starts[i],
                                          built.starts[i + 1] - built.starts[i]),
                             JK_OK);
        }
        jk_tree_settle(&kept.tree, buckets, jk_tree_buckets(depth));
        assert_memory_equal(kept.tree.nodes, built.tree.nodes, size);
        lib_set_close(&built);
        lib_set_close(&kept);
    }
}

/* Any bit of any record, its key, or one record more or less: another root. */
static void root_commits(void **state)
{
    lib_random random = lib_seed("root_commits");
    lib_set set;
    jk_commitment commitment;
    jk_commitment changed;
    jk_digest roots[7];

    (void)state;
    draw(&random);
    lib_set_open(&set, &keys, 2, 0, ITEMS);
    lib_set_build(&set, items, ITEMS);
    jk_commitment_of(&set.tree, &keys, 5, &commitment);
    assert_int_equal(commitment.count, ITEMS);
    for (int run = 0; run < 200; run++) {
        uint64_t key = items[lib_below(&random, ITEMS)].key;
        jk_digest digest = lib_set_find(&set, key)->digest;
        jk_digest other = digest;
        other.byte[lib_below(&random, 32)] ^= (uint8_t)(1U << lib_below(&random, 8));
        lib_set_put(&set, key, run % 2 == 0 ? &other : NULL);
        jk_commitment_of(&set.tree, &keys, 5, &changed);
        assert_memory_not_equal(&changed.top, &commitment.top, sizeof changed.top);
        lib_set_put(&set, key, &digest);
        jk_commitment_of(&set.tree, &keys, 5, &changed);
        assert_true(jk_commitment_equal(&changed, &commitment));
    }
    jk_commitment each[7] = {commitment, commitment, commitment, commitment,
                             commitment, commitment, commitment};
    each[1].marker++;
    each[2].key_id++;
    each[3].count++;
    each[4].depth++;
    each[5].top.byte[0] ^= 1;
    each[6].top.byte[31] ^= 1;
    for (int i = 0; i < 7; i++) {
        jk_commitment_root(&each[i], &roots[i]);
        assert_int_equal(jk_commitment_equal(&each[i], &commitment), i == 0);
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(&roots[i], &roots[j], sizeof roots[i]);
        }
    }
    lib_set_close(&set);
}

static void leaf_refuses(void **state)
{
    static jk_element rows[JK_BUCKET_ROWS_MAX + 1];
    lib_set set;

    (void)state;
    lib_set_open(&set, &keys, 1, 0, 1);
    jk_digest top = set.tree.nodes[0];
    for (size_t i = 0; i <= JK_BUCKET_ROWS_MAX; i++) {
        rows[i].key = 65536 + i;
    }
    assert_int_equal(jk_tree_leaf(&set.tree, 16, rows, 1), JK_E_RANGE);
    assert_int_equal(jk_tree_leaf(&set.tree, 3, rows, JK_BUCKET_ROWS_MAX + 1), JK_E_OVERSIZED);
    rows[5].key = rows[4].key; /* two rows of one code and episode */
    assert_int_equal(jk_tree_leaf(&set.tree, 3, rows, 6), JK_E_NOT_CANONICAL);
    rows[5].key = 1;
    assert_int_equal(jk_tree_leaf(&set.tree, 3, rows, 6), JK_E_NOT_CANONICAL);
    assert_int_equal(set.tree.count, 0);
    assert_memory_equal(&top, &set.tree.nodes[0], sizeof top);
    lib_set_close(&set);
}

static void proofs(void **state)
{
    lib_random random = lib_seed("proofs");
    lib_set set;
    jk_commitment commitment;
    jk_proof proof;

    (void)state;
    draw(&random);
    lib_set_open(&set, &keys, 3, 0, ITEMS);
    lib_set_build(&set, items, ITEMS);
    jk_commitment_of(&set.tree, &keys, 5, &commitment);
    for (int run = 0; run < 200; run++) {
        const jk_element *e = &items[lib_below(&random, ITEMS)];
        uint64_t stranger = lib_key(&random);
        for (int absent = 0; absent < 2; absent++) {
            uint64_t key = absent ? stranger : e->key;
            const jk_digest *digest = absent ? NULL : &e->digest;
            uint32_t bucket = jk_tree_bucket(3, jk_element_place(&keys, key));
            jk_proof_make(&set.tree, bucket, set.items + set.starts[bucket],
                          set.starts[bucket + 1] - set.starts[bucket], &proof);
            assert_int_equal(jk_proof_check(&commitment, &keys, key, digest, &proof), JK_OK);
            jk_digest wrong = lib_digest(&random);
            assert_int_equal(jk_proof_check(&commitment, &keys, key, &wrong, &proof),
                             JK_E_CONFLICT);
            if (!absent) {
                assert_int_equal(jk_proof_check(&commitment, &keys, key, NULL, &proof),
                                 JK_E_CONFLICT);
            }
            jk_proof bad = proof;
            bad.siblings[lib_below(&random, 3)][lib_below(&random, 15)].byte[0] ^= 1;
            assert_int_equal(jk_proof_check(&commitment, &keys, key, digest, &bad),
                             JK_E_NOT_CANONICAL);
            bad = proof;
            bad.count -= bad.count > 0; /* a row hidden */
            assert_int_equal(jk_proof_check(&commitment, &keys, key, digest, &bad),
                             proof.count > 0 ? JK_E_NOT_CANONICAL : JK_OK);
        }
    }
    jk_commitment other = commitment;
    other.depth = JK_TREE_DEPTH_MAX + 1;
    assert_int_equal(jk_proof_check(&other, &keys, items[0].key, NULL, &proof), JK_E_NOT_CANONICAL);
    lib_set_close(&set);
}

/* ---- verdicts ---- */

typedef struct pair {
    lib_set ours;
    lib_set theirs;
    jk_commitment peer;
    jk_statement statements[64];
    size_t count;
} pair;

static int by_key(const void *a, const void *b)
{
    const jk_statement *x = a;
    const jk_statement *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Every third changed, missing there, missing here; statements as an honest peer makes them. */
static void open_pair(pair *p, lib_random *random, size_t differences)
{
    draw(random);
    lib_set_open(&p->ours, &keys, 2, 0, ITEMS);
    lib_set_open(&p->theirs, &keys, 2, 0, ITEMS);
    lib_set_build(&p->ours, items, ITEMS - 40);
    lib_set_build(&p->theirs, items, ITEMS - 40);
    for (size_t i = 0; i < differences; i++) {
        jk_digest digest = lib_digest(random);
        jk_element *e = i % 3 == 2 ? &items[ITEMS - 40 + i] : &items[i * 7];
        lib_set_put(&p->theirs, e->key, i % 3 == 1 ? NULL : &digest);
        p->statements[i] = (jk_statement){.key = e->key, .present = i % 3 != 1};
        if (i % 3 != 1) {
            p->statements[i].digest = digest;
        }
    }
    p->count = differences;
    qsort(p->statements, differences, sizeof *p->statements, by_key);
    jk_commitment_of(&p->theirs.tree, &keys, 9, &p->peer);
}

static void close_pair(pair *p)
{
    lib_set_close(&p->ours);
    lib_set_close(&p->theirs);
}

static jk_status confirm(pair *p, lib_memory *memory, jk_verdict *verdict)
{
    jk_side side = lib_set_side(&p->ours, memory);
    *verdict = (jk_verdict){NULL, 42, false};
    jk_status status = jk_verdict_confirm(&side, &p->peer, p->statements, p->count, verdict);
    if (status != JK_OK) {
        assert_int_equal(verdict->count, 42);
        assert_false(verdict->confirmed);
        assert_int_equal(memory->out, 0);
    }
    return status;
}

static void verdicts(void **state)
{
    static pair p;
    lib_random random = lib_seed("verdicts");
    lib_memory memory;
    jk_verdict v;

    (void)state;
    for (size_t differences = 0; differences <= 39; differences += 13) {
        lib_memory_open(&memory, 0);
        open_pair(&p, &random, differences);
        assert_int_equal(confirm(&p, &memory, &v), JK_OK);
        assert_int_equal(v.count, differences);
        for (size_t i = 0; i < v.count; i++) {
            const jk_element *ours = lib_set_find(&p.ours, v.findings[i].key);
            const jk_element *theirs = lib_set_find(&p.theirs, v.findings[i].key);
            assert_true(ours != NULL || theirs != NULL);
            assert_int_equal(v.findings[i].difference, ours == NULL     ? JK_DIFFERENCE_THEIRS
                                                       : theirs == NULL ? JK_DIFFERENCE_OURS
                                                                        : JK_DIFFERENCE_BOTH);
        }
        jk_verdict_free(&v, &memory.port);
        assert_int_equal(memory.out, 0);
        close_pair(&p);
    }
}

static void lies(void **state)
{
    static pair p;
    static pair honest;
    lib_random random = lib_seed("lies");
    lib_memory memory;
    jk_verdict v;

    (void)state;
    lib_memory_open(&memory, 0);
    open_pair(&p, &random, 30);
    honest = p;
    p.count--; /* one is not told */
    assert_int_equal(confirm(&p, &memory, &v), JK_E_CONFLICT);
    p = honest;
    p.statements[4].digest.byte[9] ^= (uint8_t)p.statements[4].present;
    p.statements[5].digest.byte[9] ^= (uint8_t)p.statements[5].present;
    assert_int_equal(confirm(&p, &memory, &v), JK_E_CONFLICT);
    p = honest;
    p.statements[3].key = p.statements[2].key;
    assert_int_equal(confirm(&p, &memory, &v), JK_E_NOT_CANONICAL);
    p = honest;
    p.statements[29].key = JK_ELEMENT_KEY_END;
    assert_int_equal(confirm(&p, &memory, &v), JK_E_NOT_CANONICAL);
    p = honest;
    size_t gone = 0;
    while (p.statements[gone].present) {
        gone++;
    }
    p.statements[gone].digest.byte[0] = 1; /* absent, and yet a digest */
    assert_int_equal(confirm(&p, &memory, &v), JK_E_NOT_CANONICAL);
    p = honest; /* somebody who is alike on both sides */
    p.statements[30] = (jk_statement){items[1].key, items[1].digest, true};
    p.count = 31;
    qsort(p.statements, p.count, sizeof *p.statements, by_key);
    assert_int_equal(confirm(&p, &memory, &v), JK_E_CONFLICT);
    p = honest;
    p.peer.count++;
    assert_int_equal(confirm(&p, &memory, &v), JK_E_CONFLICT);
    p = honest;
    p.peer.key_id++;
    assert_int_equal(confirm(&p, &memory, &v), JK_E_CONFLICT);
    p = honest;
    p.ours.fail = p.ours.reads + 3; /* the store fails */
    assert_int_equal(confirm(&p, &memory, &v), JK_E_STORE);
    p = honest;
    assert_int_equal(confirm(&p, &memory, &v), JK_OK); /* the control */
    jk_verdict_free(&v, &memory.port);
    close_pair(&p);
}

static void verdict_memory(void **state)
{
    static pair p;
    lib_random random = lib_seed("verdict_memory");
    lib_memory memory;
    jk_verdict v;

    (void)state;
    open_pair(&p, &random, 30);
    for (size_t refuse = 1; refuse <= 3; refuse++) {
        lib_memory_open(&memory, refuse);
        assert_int_equal(confirm(&p, &memory, &v), refuse <= 2 ? JK_E_MEMORY : JK_OK);
    }
    jk_verdict_free(&v, &memory.port);
    assert_int_equal(memory.out, 0);
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depths),       cmocka_unit_test(kept_is_built),
        cmocka_unit_test(root_commits), cmocka_unit_test(leaf_refuses),
        cmocka_unit_test(proofs),       cmocka_unit_test(verdicts),
        cmocka_unit_test(lies),         cmocka_unit_test(verdict_memory),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    lib_keys(&keys, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
