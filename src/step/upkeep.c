/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of episodes, and what is kept of them for a comparison: element, change, epoch key. */
#include "step/internal.h"

#include "juki/registry.h"
#include "step/dialogue.h"

#include <string.h>

/* ---- rows of the table `compare` ---- */

static void set_row(jk_compare_cache *cache, const jk_compare_row *row)
{
    static const uint8_t none[JK_RECON_KEY_SIZE];
    const bool other =
        !cache->keyed || memcmp(row->epoch_key, cache->row.epoch_key, sizeof row->epoch_key) != 0;
    cache->row = *row;
    cache->keyed = memcmp(row->epoch_key, none, sizeof none) != 0;
    if (cache->keyed && other) {
        jk_recon_keys_derive(&cache->keys, row->epoch_key);
    }
}

static void drop(jk_engine *engine, jk_compare_cache *cache)
{
    jk_sums_drop(engine, cache);
    memset(cache, 0, sizeof *cache);
}

/* Its place, or the one to be taken: a free one, else that which was not used for longest. */
static jk_compare_cache *place_of(jk_upkeep *upkeep, const char *code)
{
    jk_compare_cache *best = &upkeep->cache[0];
    for (size_t i = 0; i < JK_COMPARE_CACHES; i++) {
        jk_compare_cache *cache = &upkeep->cache[i];
        if (strcmp(cache->row.code, code) == 0) {
            return cache;
        }
        if (cache->used < best->used) {
            best = cache;
        }
    }
    return best;
}

jk_status jk_compare_of(jk_engine *engine, const char *code, jk_compare_cache **cache)
{
    jk_upkeep *upkeep = &engine->upkeep;
    jk_store *store = engine->config.store;
    jk_compare_cache *place = place_of(upkeep, code);
    if (code[0] == '\0' || strcmp(place->row.code, code) != 0) {
        jk_compare_row row;
        memset(&row, 0, sizeof row);
        const jk_status status = store->ops->compare_get(store, code, &row);
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return status;
        }
        drop(engine, place);
        memcpy(row.code, code, sizeof row.code);
        set_row(place, &row);
        place->taken = true;
    }
    place->used = ++upkeep->turn;
    *cache = place;
    return JK_OK;
}

jk_status jk_compare_save(jk_engine *engine, jk_compare_cache *cache, const jk_compare_row *row)
{
    jk_store *store = engine->config.store;
    const jk_status status = store->ops->compare_put(store, row);
    if (status == JK_OK) {
        set_row(cache, row);
        cache->taken = true;
    }
    return status;
}

void jk_compare_forget(jk_engine *engine)
{
    for (size_t i = 0; i < JK_COMPARE_CACHES; i++) {
        if (engine->upkeep.cache[i].taken) {
            drop(engine, &engine->upkeep.cache[i]);
        }
    }
}

void jk_compare_settle(jk_engine *engine)
{
    for (size_t i = 0; i < JK_COMPARE_CACHES; i++) {
        engine->upkeep.cache[i].taken = false;
    }
}

uint64_t jk_compare_faults(const jk_engine *engine)
{
    return engine->upkeep.faults;
}

void jk_engine_close(jk_engine *engine)
{
    jk_dialogues_close(engine);
    for (size_t i = 0; i < JK_COMPARE_CACHES; i++) {
        drop(engine, &engine->upkeep.cache[i]);
    }
}

/* ---- digests of rows ---- */

jk_status jk_episode_key(const jk_episode_row *row, uint64_t *key)
{
    char text[12];
    return jk_resident_of_token(&row->resident, text) ? jk_element_key(text, row->epoch, key)
                                                      : JK_E_RESIDENT_CODE;
}

/* Everything of a row that is no record any more; `current` is what others' entries say. */
static void digest_damaged(const jk_recon_keys *keys, const jk_episode_row *row, jk_digest *digest)
{
    uint8_t raw[sizeof row->resident + 8 * sizeof(uint64_t) + sizeof row->person];
    const uint64_t numbers[7] = {row->epoch,      row->open, row->reason_in,
                                 row->reason_out, row->seq,  (uint64_t)row->change_day,
                                 row->size};
    const size_t size = row->size < sizeof row->person ? row->size : sizeof row->person;
    memcpy(raw, &row->resident, sizeof row->resident);
    memcpy(raw + sizeof row->resident, numbers, sizeof numbers);
    memcpy(raw + sizeof row->resident + sizeof numbers, row->person, size);
    jk_recon_damaged(keys, (jk_span){raw, sizeof row->resident + sizeof numbers + size}, digest);
}

/* Of a row as it is written: nothing of it is damaged then. */
static void digest_written(const jk_recon_keys *keys, const jk_episode_row *row, uint64_t key,
                           jk_digest *digest)
{
    char text[12] = "";
    (void)jk_resident_of_token(&row->resident, text);
    const jk_recon_record record = {.code = text,
                                    .episode = row->epoch,
                                    .sequence = row->seq,
                                    .change_day = row->change_day,
                                    .reason_in = row->reason_in,
                                    .reason_out = row->reason_out,
                                    .state = row->open ? JK_RECON_OPEN : JK_RECON_CLOSED,
                                    .person = {row->person, row->size}};
    uint64_t read = 0;
    const jk_status status = jk_recon_digest(keys, &record, &read, digest, NULL);
    if (status != JK_OK || read != key) {
        digest_damaged(keys, row, digest);
    }
}

void jk_episode_digest(const jk_recon_keys *keys, const jk_episode_row *row, uint64_t key,
                       jk_digest *digest)
{
    if (row->damaged) {
        digest_damaged(keys, row, digest);
    } else {
        digest_written(keys, row, key, digest);
    }
}

/* ---- elements ---- */

/* Without a snapshot the list of changes serves the saved cache alone: one that would have to
 * follow too many of them goes, and they with it. */
static jk_status bound_changes(jk_engine *engine, jk_compare_cache *cache, uint64_t last)
{
    if (cache->row.marked || last - cache->row.cached_change <= JK_COMPARE_CHANGES_MAX) {
        return JK_OK;
    }
    return jk_sums_discard(engine, cache);
}

jk_status jk_element_change(jk_engine *engine, jk_compare_cache *cache, uint64_t key,
                            const jk_digest *digest)
{
    jk_store *store = engine->config.store;
    const char *code = cache->row.code;
    jk_element_row element;
    jk_change_row change;
    memset(&element, 0, sizeof element);
    memset(&change, 0, sizeof change);
    const uint32_t bucket = jk_tree_bucket(cache->row.depth, jk_element_place(&cache->keys, key));
    jk_status status = store->ops->element_get(store, code, key, &element);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    change.had = status == JK_OK;
    change.has = digest != NULL;
    change.key = key;
    change.bucket = bucket;
    memcpy(change.before, element.digest, sizeof change.before);
    if (digest != NULL) {
        memcpy(change.after, digest->byte, sizeof change.after);
    }
    if (change.had == change.has && element.bucket == (change.had ? bucket : 0) &&
        memcmp(change.before, change.after, sizeof change.before) == 0) {
        return JK_OK;
    }
    element.key = key;
    element.bucket = bucket;
    memcpy(element.digest, change.after, sizeof element.digest);
    status = change.has ? store->ops->element_put(store, code, &element)
                        : store->ops->element_delete(store, code, key);
    if (status == JK_OK) {
        status = store->ops->change_append(store, code, &change);
    }
    return status == JK_OK ? bound_changes(engine, cache, change.id) : status;
}

/* ---- episodes ---- */

jk_status jk_episode_change(jk_engine *engine, const jk_episode_row *row)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    uint64_t key = 0;
    jk_status status = jk_episode_key(row, &key);
    if (status == JK_OK) {
        status = jk_compare_of(engine, row->code, &cache);
    }
    if (status == JK_OK) {
        status = store->ops->episode_put(store, row);
    }
    if (status != JK_OK || !cache->keyed) {
        return status;
    }
    jk_digest digest;
    digest_written(&cache->keys, row, key, &digest);
    return jk_element_change(engine, cache, key, &digest);
}

jk_status jk_episode_forget(jk_engine *engine, const jk_token *resident, const char *code,
                            uint64_t epoch)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    const jk_episode_row name = {.resident = *resident, .epoch = epoch};
    uint64_t key = 0;
    jk_status status = jk_episode_key(&name, &key);
    if (status == JK_OK) {
        status = jk_compare_of(engine, code, &cache);
    }
    if (status == JK_OK) {
        status = store->ops->episode_delete(store, resident, code, epoch);
    }
    if (status != JK_OK || !cache->keyed) {
        return status;
    }
    return jk_element_change(engine, cache, key, NULL);
}

/* Its change takes the damage along, and a scrub would never know; the next round does. */
jk_status jk_episode_seen(jk_engine *engine, const jk_episode_row *row)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    jk_element_row element;
    jk_digest digest;
    uint64_t key = 0;
    jk_status status = jk_episode_key(row, &key);
    if (status == JK_OK) {
        status = jk_compare_of(engine, row->code, &cache);
    }
    if (status != JK_OK || !cache->keyed) {
        return status;
    }
    status = store->ops->element_get(store, row->code, key, &element);
    jk_episode_digest(&cache->keys, row, key, &digest);
    if (status == JK_OK && memcmp(element.digest, digest.byte, sizeof digest.byte) == 0) {
        return JK_OK;
    }
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    jk_compare_row changed = cache->row;
    changed.damaged++;
    status = jk_damage_keep(engine, row->code, key, JK_DIFFERENCE_BOTH);
    return status == JK_OK ? jk_compare_save(engine, cache, &changed) : status;
}

/* ---- another key ---- */

/* Every row, from the start: as an element, or (elements false) only counted. */
static jk_status each_row(jk_engine *engine, jk_compare_cache *cache, bool elements,
                          uint64_t *count)
{
    jk_store *store = engine->config.store;
    jk_episode_row *row = &engine->upkeep.episode;
    const char *code = cache->row.code;
    jk_token after = {{0}};
    uint64_t epoch = 0;
    *count = 0;
    for (;;) {
        jk_status status =
            store->ops->episode_next(store, code, *count == 0 ? NULL : &after, epoch, row);
        if (status != JK_OK) {
            return status == JK_E_NOT_FOUND ? JK_OK : status;
        }
        after = row->resident;
        epoch = row->epoch;
        ++*count;
        jk_element_row element;
        jk_digest digest;
        if (!elements || jk_episode_key(row, &element.key) != JK_OK) {
            continue;
        }
        jk_episode_digest(&cache->keys, row, element.key, &digest);
        element.bucket =
            jk_tree_bucket(cache->row.depth, jk_element_place(&cache->keys, element.key));
        memcpy(element.digest, digest.byte, sizeof element.digest);
        status = store->ops->element_put(store, code, &element);
        if (status != JK_OK) {
            return status;
        }
    }
}

jk_status jk_compare_rekey_at(jk_engine *engine, const char *code,
                              const uint8_t key[JK_RECON_KEY_SIZE], uint8_t depth)
{
    static const uint8_t none[JK_RECON_KEY_SIZE];
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    uint64_t count = 0;
    if (depth > JK_TREE_DEPTH_MAX || memcmp(key, none, sizeof none) == 0) {
        return JK_E_RANGE;
    }
    jk_status status = jk_compare_of(engine, code, &cache);
    if (status == JK_OK && depth == 0) {
        status = each_row(engine, cache, false, &count);
        depth = jk_tree_depth(count);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_compare_row row = cache->row;
    memcpy(row.epoch_key, key, sizeof row.epoch_key);
    row.depth = depth;
    row.marked = false;
    row.round = (jk_token){{0}};
    row.marker = 0;
    row.marker_change = 0;
    row.scrub_key = 0;
    row.scrub_begun_ms = 0;
    row.scrub_rows = 0;
    status = store->ops->element_clear(store, code);
    if (status == JK_OK) {
        status = jk_compare_save(engine, cache, &row);
    }
    if (status == JK_OK) {
        status = jk_sums_discard(engine, cache);
    }
    return status == JK_OK ? each_row(engine, cache, true, &count) : status;
}

jk_status jk_compare_rekey(jk_engine *engine, const char *code,
                           const uint8_t key[JK_RECON_KEY_SIZE])
{
    return jk_compare_rekey_at(engine, code, key, 0);
}
