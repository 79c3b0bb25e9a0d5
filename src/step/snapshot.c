/* SPDX-License-Identifier: Apache-2.0 */
/* Sketch and tree of a municipality, a cache made of its elements and their changes: built, saved,
 * read back, brought up to a change; and the rows as they were then.  Never trusted: whatever is
 * missing or not as it was saved is made anew. */
#include "step/internal.h"

#include <string.h>

enum {
    FORM = 1,          /* of what is saved; another one is made anew */
    SAVE_AFTER = 1024, /* changes; fewer are followed again at the next start */
    SETTLED_AT_ONCE = 512,
    GATHERED_AT_ONCE = 64
};

/* In the byte order of the machine: another one finds another form. */
typedef struct saved_head {
    jk_digest checksum; /* of all behind it */
    uint64_t form;
    char code[8];
    uint64_t depth;
    uint64_t change;
    uint64_t count; /* of the tree's rows */
    uint64_t marks[JK_MARKS];
} saved_head;

struct jk_sums {
    uint64_t change; /* holds the changes up to this one */
    jk_sketch sketch;
    jk_tree tree;
    saved_head saved;  /* from here on: what is saved */
    uint64_t arrays[]; /* cells, nodes, counts */
};

/* ---- memory ---- */

static size_t arrays_size(uint8_t depth)
{
    return JK_CELLS_KEPT * sizeof(jk_cell) + jk_tree_nodes(depth) * sizeof(jk_digest) +
           jk_tree_buckets(depth) * sizeof(uint16_t);
}

static jk_status take(jk_engine *engine, size_t size, void **block)
{
    const jk_recon_memory *memory = &engine->config.memory;
    *block = memory->take == NULL ? NULL : memory->take(memory->arg, size);
    return *block == NULL ? JK_E_MEMORY : JK_OK;
}

static void give(jk_engine *engine, void *block)
{
    const jk_recon_memory *memory = &engine->config.memory;
    if (block != NULL) {
        memory->give(memory->arg, block);
    }
}

/* Points sketch and tree into the arrays, which stay. */
static void lay_out(jk_sums *sums, uint8_t depth)
{
    void *cells = sums->arrays;
    jk_digest *nodes = (jk_digest *)((jk_cell *)cells + JK_CELLS_KEPT);
    void *counts = nodes + jk_tree_nodes(depth);
    sums->sketch.cells = cells;
    sums->sketch.count = JK_CELLS_KEPT;
    sums->tree.nodes = nodes;
    sums->tree.counts = counts;
    sums->tree.depth = depth;
}

static jk_status make(jk_engine *engine, uint8_t depth, jk_sums **sums)
{
    void *block = NULL;
    const jk_status status = take(engine, sizeof(jk_sums) + arrays_size(depth), &block);
    if (status == JK_OK) {
        *sums = block;
        memset(*sums, 0, sizeof **sums);
        lay_out(*sums, depth);
    }
    return status;
}

static void lose(jk_engine *engine, jk_sums **sums)
{
    give(engine, *sums);
    *sums = NULL;
}

void jk_sums_drop(jk_engine *engine, jk_compare_cache *cache)
{
    lose(engine, &cache->marked);
    lose(engine, &cache->now);
}

/* ---- rows as they were ---- */

/* The bucket as it is, and of each key that changed since what the first change found. */
static jk_status past_bucket(void *arg, uint32_t bucket, const jk_element **rows, size_t *count)
{
    const jk_past *past = arg;
    jk_upkeep *upkeep = &past->engine->upkeep;
    jk_store *store = past->engine->config.store;
    jk_change_list changes = {upkeep->changed, JK_BUCKET_ROWS_MAX, 0};
    size_t stored = 0;
    jk_status status = store->ops->element_bucket(store, past->code, bucket, upkeep->stored,
                                                  JK_BUCKET_ROWS_MAX, &stored);
    if (status == JK_OK) {
        status = store->ops->change_bucket(store, past->code, bucket, past->at, &changes);
    }
    size_t kept = 0;
    for (size_t i = 0, j = 0; status == JK_OK && (i < stored || j < changes.count);) {
        const jk_element_row *element = &upkeep->stored[i];
        const jk_change_row *change = &upkeep->changed[j];
        jk_element item;
        bool here = true;
        if (j == changes.count || (i < stored && element->key < change->key)) {
            item.key = element->key;
            memcpy(item.digest.byte, element->digest, sizeof item.digest.byte);
            i++;
        } else {
            item.key = change->key;
            memcpy(item.digest.byte, change->before, sizeof item.digest.byte);
            here = change->had;
            i += i < stored && element->key == change->key;
            j++;
        }
        here = here && item.key != 0 && item.key < JK_ELEMENT_KEY_END; /* damaged is no element */
        if (here && kept == JK_BUCKET_ROWS_MAX) {
            status = JK_E_OVERSIZED;
        } else if (here) {
            upkeep->items[kept++] = item;
        }
    }
    if (status == JK_OK) {
        *rows = upkeep->items;
        *count = kept;
    }
    return status;
}

static void go_back(jk_engine *engine, jk_compare_cache *cache, uint64_t at, jk_past *past)
{
    *past = (jk_past){.engine = engine, .code = cache->row.code, .at = at};
    past->rows = (jk_rows){past_bucket, past};
}

/* ---- building ---- */

typedef struct building {
    jk_past *past;
    jk_sums *sums;
    const jk_recon_keys *keys;
    size_t have;
    jk_element some[GATHERED_AT_ONCE];
} building;

static void gather(building *b)
{
    jk_sketch *sketch = &b->sums->sketch;
    jk_cells_gather(sketch->cells, 0, sketch->count, b->keys, b->some, b->have);
    jk_marks_gather(sketch, b->keys, b->some, b->have);
    b->have = 0;
}

/* The rows on their way into the tree are added to the sketch, too. */
static jk_status build_bucket(void *arg, uint32_t bucket, const jk_element **rows, size_t *count)
{
    building *b = arg;
    const jk_status status = past_bucket(b->past, bucket, rows, count);
    for (size_t i = 0; status == JK_OK && i < *count; i++) {
        b->some[b->have++] = (*rows)[i];
        if (b->have == GATHERED_AT_ONCE) {
            gather(b);
        }
    }
    return status;
}

static jk_status build(jk_engine *engine, jk_compare_cache *cache, jk_past *past, jk_sums **sums)
{
    jk_sums *made = NULL;
    jk_status status = make(engine, cache->row.depth, &made);
    if (status != JK_OK) {
        return status;
    }
    building b = {.past = past, .sums = made, .keys = &cache->keys};
    const jk_rows rows = {build_bucket, &b};
    jk_sketch_clear(&made->sketch, made->sketch.cells, JK_CELLS_KEPT);
    memset(made->tree.counts, 0, jk_tree_buckets(made->tree.depth) * sizeof *made->tree.counts);
    made->change = past->at;
    status = jk_tree_build(&made->tree, &rows);
    gather(&b);
    jk_cells_reduce(made->sketch.cells, made->sketch.count);
    if (status != JK_OK) {
        lose(engine, &made);
        return status;
    }
    *sums = made;
    return JK_OK;
}

/* ---- following the changes ---- */

static void follow_one(jk_compare_cache *cache, jk_sums *sums, const jk_change_row *row,
                       uint8_t *touched)
{
    jk_change change = {.key = row->key, .position = row->id};
    jk_digest digest;
    if (row->had) {
        memcpy(digest.byte, row->before, sizeof digest.byte);
        change.old_value = jk_element_value(&cache->keys, row->key, &digest);
    }
    if (row->has) {
        memcpy(digest.byte, row->after, sizeof digest.byte);
        change.new_value = jk_element_value(&cache->keys, row->key, &digest);
    }
    jk_sketch_change(&sums->sketch, &cache->keys, &change);
    touched[row->bucket / 8] |= (uint8_t)(1U << row->bucket % 8);
}

/* Leaves and nodes of the buckets that were touched. */
static jk_status renew(jk_sums *sums, jk_past *past, const uint8_t *touched)
{
    uint32_t some[SETTLED_AT_ONCE];
    size_t have = 0;
    for (uint32_t bucket = 0; bucket < jk_tree_buckets(sums->tree.depth); bucket++) {
        if ((touched[bucket / 8] >> bucket % 8 & 1) == 0) {
            continue;
        }
        const jk_element *rows = NULL;
        size_t count = 0;
        jk_status status = past_bucket(past, bucket, &rows, &count);
        if (status == JK_OK) {
            status = jk_tree_leaf(&sums->tree, bucket, rows, count);
        }
        if (status != JK_OK) {
            return status;
        }
        some[have++] = bucket;
        if (have == SETTLED_AT_ONCE) {
            jk_tree_settle(&sums->tree, some, have);
            have = 0;
        }
    }
    jk_tree_settle(&sums->tree, some, have);
    return JK_OK;
}

/* JK_E_NOT_FOUND: the list has a gap.  Not OK: the sums are good for nothing any more. */
static jk_status follow(jk_engine *engine, jk_compare_cache *cache, jk_past *past, jk_sums *sums)
{
    jk_store *store = engine->config.store;
    const uint32_t buckets = jk_tree_buckets(sums->tree.depth);
    void *touched = NULL;
    jk_status status = take(engine, buckets / 8, &touched);
    if (status != JK_OK) {
        return status;
    }
    memset(touched, 0, buckets / 8);
    while (status == JK_OK && sums->change < past->at) {
        jk_change_row row;
        status = store->ops->change_next(store, cache->row.code, sums->change, &row);
        if (status == JK_OK && (row.id != sums->change + 1 || row.bucket >= buckets)) {
            status = JK_E_NOT_FOUND;
        }
        if (status == JK_OK) {
            follow_one(cache, sums, &row, touched);
            sums->change = row.id;
        }
    }
    if (status == JK_OK) {
        status = renew(sums, past, touched);
    }
    give(engine, touched);
    return status;
}

/* ---- what is saved ---- */

static jk_span saved_span(const jk_sums *sums)
{
    return (jk_span){(const uint8_t *)&sums->saved,
                     sizeof sums->saved + arrays_size(sums->tree.depth)};
}

static void checksum_of(const jk_compare_cache *cache, const jk_sums *sums, jk_digest *checksum)
{
    const jk_span all = saved_span(sums);
    const size_t from = sizeof sums->saved.checksum;
    jk_recon_checksum(&cache->keys, (jk_span){all.data + from, all.size - from}, checksum);
}

static jk_status save(jk_engine *engine, jk_compare_cache *cache, jk_sums *sums)
{
    jk_store *store = engine->config.store;
    saved_head *head = &sums->saved;
    head->form = FORM;
    memcpy(head->code, cache->row.code, sizeof cache->row.code);
    head->depth = sums->tree.depth;
    head->change = sums->change;
    head->count = sums->tree.count;
    memcpy(head->marks, sums->sketch.marks, sizeof head->marks);
    checksum_of(cache, sums, &head->checksum);
    return store->ops->cache_put(store, cache->row.code, saved_span(sums));
}

static bool is_as_saved(const jk_compare_cache *cache, const jk_sums *sums, size_t size)
{
    const saved_head *head = &sums->saved;
    jk_digest checksum;
    if (size != saved_span(sums).size) {
        return false;
    }
    checksum_of(cache, sums, &checksum);
    return memcmp(&checksum, &head->checksum, sizeof checksum) == 0 && head->form == FORM &&
           memcmp(head->code, cache->row.code, sizeof cache->row.code) == 0 &&
           head->depth == cache->row.depth && head->change == cache->row.cached_change;
}

/* What was saved, or NULL: nothing, or not as it was. */
static jk_status load(jk_engine *engine, jk_compare_cache *cache, jk_sums **sums)
{
    jk_store *store = engine->config.store;
    jk_sums *made = NULL;
    size_t size = 0;
    jk_status status = store->ops->cache_size(store, cache->row.code, &size);
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    status = make(engine, cache->row.depth, &made);
    if (status != JK_OK) {
        return status;
    }
    status = store->ops->cache_get(store, cache->row.code, (uint8_t *)&made->saved,
                                   saved_span(made).size, &size);
    if (status == JK_OK && is_as_saved(cache, made, size)) {
        made->change = made->saved.change;
        made->tree.count = made->saved.count;
        memcpy(made->sketch.marks, made->saved.marks, sizeof made->sketch.marks);
        *sums = made;
        return JK_OK;
    }
    lose(engine, &made);
    if (status == JK_OK || status == JK_E_OVERSIZED) {
        engine->upkeep.faults++;
        status = JK_OK;
    }
    return status;
}

jk_status jk_sums_discard(jk_engine *engine, jk_compare_cache *cache)
{
    jk_store *store = engine->config.store;
    jk_compare_row row = cache->row;
    jk_sums_drop(engine, cache);
    jk_status status = store->ops->cache_delete(store, row.code);
    row.cached_change = row.marker_change;
    if (status == JK_OK && !row.marked) {
        status = store->ops->change_last(store, row.code, &row.cached_change);
    }
    if (status == JK_OK) {
        status = store->ops->change_drop(store, row.code, row.cached_change);
    }
    return status == JK_OK ? jk_compare_save(engine, cache, &row) : status;
}

/* ---- sides ---- */

/* The sums as they were after change past->at; loads: of what is saved, if there are none. */
static jk_status bring(jk_engine *engine, jk_compare_cache *cache, jk_past *past, jk_sums **sums)
{
    jk_status status = JK_OK;
    cache->taken = true;
    if (*sums == NULL && sums == &cache->marked && cache->row.cached_change <= past->at) {
        status = load(engine, cache, sums);
    }
    if (status == JK_OK && *sums != NULL &&
        ((*sums)->change > past->at ||
         past->at - (*sums)->change > (*sums)->tree.count + JK_TREE_FANOUT)) {
        lose(engine, sums);
    }
    if (status == JK_OK && *sums != NULL && (*sums)->change < past->at) {
        status = follow(engine, cache, past, *sums);
        if (status != JK_OK) {
            lose(engine, sums);
            status = status == JK_E_NOT_FOUND ? JK_OK : status;
        }
    }
    return status == JK_OK && *sums == NULL ? build(engine, cache, past, sums) : status;
}

/* As everything is now, while the others stay at the marker. */
static jk_status bring_now(jk_engine *engine, jk_compare_cache *cache, jk_past *past)
{
    if (cache->now == NULL && cache->marked != NULL) {
        const jk_status status = make(engine, cache->row.depth, &cache->now);
        if (status != JK_OK) {
            return status;
        }
        cache->now->change = cache->marked->change;
        cache->now->tree.count = cache->marked->tree.count;
        memcpy(cache->now->sketch.marks, cache->marked->sketch.marks,
               sizeof cache->now->sketch.marks);
        memcpy(cache->now->arrays, cache->marked->arrays, arrays_size(cache->row.depth));
    }
    return bring(engine, cache, past, &cache->now);
}

jk_status jk_compare_side(jk_engine *engine, const char *code, bool now, const jk_side **side)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    uint64_t last = 0;
    jk_status status = jk_compare_of(engine, code, &cache);
    if (status != JK_OK) {
        return status;
    }
    if (!cache->keyed || (!now && !cache->row.marked)) {
        return JK_E_NOT_FOUND;
    }
    status = store->ops->change_last(store, cache->row.code, &last);
    if (status != JK_OK) {
        return status;
    }
    jk_past *past = &cache->past[now];
    const bool beyond = now && cache->row.marked && last > cache->row.marker_change;
    go_back(engine, cache, now ? last : cache->row.marker_change, past);
    status = beyond ? bring_now(engine, cache, past) : bring(engine, cache, past, &cache->marked);
    if (status != JK_OK) {
        return status;
    }
    const jk_sums *sums = beyond ? cache->now : cache->marked;
    past->side =
        (jk_side){&cache->keys, &sums->tree, &sums->sketch, &past->rows, &engine->config.memory};
    *side = &past->side;
    return JK_OK;
}

/* ---- snapshots ---- */

jk_status jk_compare_mark(jk_engine *engine, const char *code, const jk_token *round,
                          uint64_t marker)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    jk_status status = jk_compare_of(engine, code, &cache);
    if (status != JK_OK) {
        return status;
    }
    if (!cache->keyed) {
        return JK_E_NOT_FOUND;
    }
    jk_compare_row row = cache->row;
    row.marked = true;
    row.round = *round;
    row.marker = marker;
    status = store->ops->change_last(store, row.code, &row.marker_change);
    if (status == JK_OK) {
        status = jk_compare_save(engine, cache, &row);
    }
    if (status == JK_OK) {
        lose(engine, &cache->now);
    }
    return status;
}

/* The changes that the saved cache holds are not wanted any more. */
jk_status jk_compare_unmark(jk_engine *engine, const char *code)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    jk_status status = jk_compare_of(engine, code, &cache);
    if (status != JK_OK || !cache->row.marked) {
        return status;
    }
    jk_compare_row row = cache->row;
    jk_sums *sums = cache->marked;
    size_t size = 0;
    row.marked = false;
    status = store->ops->cache_size(store, row.code, &size);
    if (sums != NULL && (status == JK_E_NOT_FOUND ||
                         (status == JK_OK && sums->change >= row.cached_change + SAVE_AFTER))) {
        status = save(engine, cache, sums);
        row.cached_change = sums->change;
    }
    if (status == JK_OK || status == JK_E_NOT_FOUND) {
        status = store->ops->change_drop(store, row.code, row.cached_change);
    }
    if (status == JK_OK) {
        status = jk_compare_save(engine, cache, &row);
    }
    lose(engine, &cache->now);
    return status;
}
