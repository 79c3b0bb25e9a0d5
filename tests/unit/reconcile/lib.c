/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers of lib.h. */
#include "lib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t lib_next(lib_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t lib_below(lib_random *random, uint64_t bound)
{
    return lib_next(random) % bound;
}

lib_random lib_seed(const char *test)
{
    const char *given = getenv("JK_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20261123;
    (void)printf("%s: JK_SEED=%llu\n", test, (unsigned long long)seed);
    return (lib_random){seed};
}

static void *take(void *arg, size_t size)
{
    lib_memory *memory = arg;
    if (++memory->taken == memory->refuse) {
        return NULL;
    }
    memory->out++;
    return malloc(size);
}

static void give(void *arg, void *block)
{
    lib_memory *memory = arg;
    memory->out -= block != NULL;
    free(block);
}

void lib_memory_open(lib_memory *memory, size_t refuse)
{
    *memory = (lib_memory){.port = {take, give, memory}, .refuse = refuse};
}

void lib_keys(jk_recon_keys *keys, uint8_t number)
{
    uint8_t epoch_key[JK_RECON_KEY_SIZE] = {number};
    jk_recon_keys_derive(keys, epoch_key);
}

uint64_t lib_key(lib_random *random)
{
    uint64_t code = 1 + lib_below(random, UINT64_C(99999999999));
    return code << 16 | (1 + lib_below(random, 9));
}

jk_digest lib_digest(lib_random *random)
{
    jk_digest digest;
    for (size_t i = 0; i < sizeof digest.byte; i += 8) {
        uint64_t bits = lib_next(random);
        memcpy(digest.byte + i, &bits, 8);
    }
    return digest;
}

/* ---- sets ---- */

static uint32_t bucket_of(const lib_set *set, uint64_t key)
{
    return jk_tree_bucket(set->tree.depth, jk_element_place(set->keys, key));
}

static jk_status bucket(void *arg, uint32_t index, const jk_element **rows, size_t *count)
{
    lib_set *set = arg;
    if (++set->reads == set->fail) {
        return JK_E_STORE;
    }
    *rows = set->items + set->starts[index];
    *count = set->starts[index + 1] - set->starts[index];
    return JK_OK;
}

void lib_set_open(lib_set *set, const jk_recon_keys *keys, uint8_t depth, uint32_t cells,
                  size_t capacity)
{
    memset(set, 0, sizeof *set);
    set->keys = keys;
    set->capacity = capacity;
    set->items = calloc(capacity + 1, sizeof *set->items);
    set->starts = calloc(jk_tree_buckets(depth) + 1U, sizeof *set->starts);
    jk_digest *nodes = calloc(jk_tree_nodes(depth), sizeof *nodes);
    uint16_t *counts = calloc(jk_tree_buckets(depth), sizeof *counts);
    jk_cell *kept = calloc(cells + 1U, sizeof *kept);
    if (set->items == NULL || set->starts == NULL || nodes == NULL || counts == NULL ||
        kept == NULL) {
        abort();
    }
    jk_tree_clear(&set->tree, depth, nodes, counts);
    jk_sketch_clear(&set->sketch, kept, cells);
    set->rows = (jk_rows){bucket, set};
}

void lib_set_close(lib_set *set)
{
    free(set->items);
    free(set->starts);
    free(set->tree.nodes);
    free(set->tree.counts);
    free(set->sketch.cells);
}

typedef struct placed {
    uint32_t bucket;
    jk_element element;
} placed;

/* By bucket, then by key. */
static int compare(const void *a, const void *b)
{
    const placed *x = a;
    const placed *y = b;
    if (x->bucket != y->bucket) {
        return x->bucket < y->bucket ? -1 : 1;
    }
    return x->element.key < y->element.key ? -1 : x->element.key > y->element.key;
}

static void put_sorted(lib_set *set, const jk_element *elements, size_t count)
{
    placed *sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL || count > set->capacity) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = (placed){bucket_of(set, elements[i].key), elements[i]};
    }
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0; i < count; i++) {
        set->items[i] = sorted[i].element;
    }
    set->count = count;
    free(sorted);
}

static void find_starts(lib_set *set)
{
    size_t at = 0;
    for (uint32_t i = 0; i <= jk_tree_buckets(set->tree.depth); i++) {
        while (at < set->count && bucket_of(set, set->items[at].key) < i) {
            at++;
        }
        set->starts[i] = (uint32_t)at;
    }
}

void lib_set_build(lib_set *set, const jk_element *elements, size_t count)
{
    put_sorted(set, elements, count);
    find_starts(set);
    jk_sketch_clear(&set->sketch, set->sketch.cells, set->sketch.count);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = set->items[i].key;
        jk_change come = {.key = key,
                          .new_value = jk_element_value(set->keys, key, &set->items[i].digest)};
        jk_sketch_change(&set->sketch, set->keys, &come);
    }
    if (jk_tree_build(&set->tree, &set->rows) != JK_OK) {
        abort();
    }
}

jk_element *lib_set_find(lib_set *set, uint64_t key)
{
    uint32_t index = bucket_of(set, key);
    for (uint32_t i = set->starts[index]; i < set->starts[index + 1]; i++) {
        if (set->items[i].key == key) {
            return &set->items[i];
        }
    }
    return NULL;
}

/* The buckets after one that got or lost a row. */
static void move_starts(lib_set *set, uint32_t index, int by)
{
    for (uint32_t i = index + 1; i <= jk_tree_buckets(set->tree.depth); i++) {
        set->starts[i] += (uint32_t)by;
    }
}

void lib_set_put(lib_set *set, uint64_t key, const jk_digest *digest)
{
    uint32_t index = bucket_of(set, key);
    jk_element *row = lib_set_find(set, key);
    jk_change change = {.key = key};
    if (row != NULL) {
        change.old_value = jk_element_value(set->keys, key, &row->digest);
    }
    if (digest != NULL) {
        change.new_value = jk_element_value(set->keys, key, digest);
    }
    if (row != NULL && digest != NULL) {
        row->digest = *digest;
    } else if (row != NULL) {
        size_t at = (size_t)(row - set->items);
        memmove(row, row + 1, (set->count - at - 1) * sizeof *row);
        set->count--;
        move_starts(set, index, -1);
    } else if (digest != NULL) {
        size_t at = set->starts[index];
        while (at < set->starts[index + 1] && set->items[at].key < key) {
            at++;
        }
        if (set->count == set->capacity) {
            abort();
        }
        memmove(&set->items[at + 1], &set->items[at], (set->count - at) * sizeof *row);
        set->items[at] = (jk_element){key, *digest};
        set->count++;
        move_starts(set, index, 1);
    }
    jk_sketch_change(&set->sketch, set->keys, &change);
    if (jk_tree_leaf(&set->tree, index, set->items + set->starts[index],
                     set->starts[index + 1] - set->starts[index]) != JK_OK) {
        abort();
    }
    jk_tree_settle(&set->tree, &index, 1);
}

jk_side lib_set_side(const lib_set *set, const lib_memory *memory)
{
    return (jk_side){set->keys, &set->tree, &set->sketch, &set->rows, &memory->port};
}
