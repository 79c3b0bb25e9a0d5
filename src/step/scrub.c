/* SPDX-License-Identifier: Apache-2.0 */
/* The scrub: every row of a municipality against its stored digest, both in the order of keys, a
 * slice at a time.  Where it stands is stored, so that it goes on after a restart. */
#include "step/internal.h"

#include "juki/registry.h"

#include <string.h>

/* Beyond every key. */
#define NO_KEY JK_ELEMENT_KEY_END

typedef struct scrubbing {
    jk_engine *engine;
    jk_compare_cache *cache;
    jk_episode_row *row; /* the next row, under row_key; NO_KEY: there is none */
    uint64_t row_key;
    jk_element_row element; /* the next element; its key NO_KEY: there is none */
    jk_scrub_report report;
} scrubbing;

static jk_status next_element(scrubbing *s, uint64_t after)
{
    jk_store *store = s->engine->config.store;
    const jk_status status =
        store->ops->element_next(store, s->cache->row.code, after, &s->element);
    if (status == JK_E_NOT_FOUND || (status == JK_OK && s->element.key > NO_KEY)) {
        s->element.key = NO_KEY;
        return JK_OK;
    }
    return status;
}

/* A row that has no key is nobody's: whose it was is found by the element that it left. */
static jk_status next_row(scrubbing *s, const jk_token *after, uint64_t epoch)
{
    jk_store *store = s->engine->config.store;
    jk_token resident;
    for (;;) {
        const jk_status status =
            store->ops->episode_next(store, s->cache->row.code, after, epoch, s->row);
        if (status == JK_E_NOT_FOUND) {
            s->row_key = NO_KEY;
            return JK_OK;
        }
        if (status != JK_OK || jk_episode_key(s->row, &s->row_key) == JK_OK) {
            return status;
        }
        resident = s->row->resident;
        after = &resident;
        epoch = s->row->epoch;
    }
}

static jk_status begin(scrubbing *s, uint64_t after)
{
    char text[12];
    uint32_t epoch = 0;
    jk_status status = next_element(s, after);
    if (status == JK_OK && jk_element_name(after, text, &epoch) == JK_OK) {
        const jk_token resident = jk_token_of_resident(text);
        return next_row(s, &resident, epoch);
    }
    return status == JK_OK ? next_row(s, NULL, 0) : status;
}

/* ---- damage that must not spread ---- */

/* Of no round: a random one never is this. */
const jk_token jk_damage_round = {"own damaged row"};

/* A CS remembers which of its own records it found damaged: its word repairs others. */
jk_status jk_damage_keep(jk_engine *engine, const char *code, uint64_t key,
                         jk_difference difference)
{
    const jk_step_config *config = &engine->config;
    jk_finding_row *finding = &engine->upkeep.finding;
    if (config->self.role != JK_ROLE_CS || strcmp(config->self.code, code) != 0) {
        return JK_OK;
    }
    memset(finding, 0, sizeof *finding);
    finding->round = jk_damage_round;
    finding->server = JK_ROLE_CS;
    finding->key = key;
    finding->difference = (uint8_t)difference;
    finding->state = JK_FINDING_OPEN;
    return config->store->ops->finding_put(config->store, finding);
}

jk_status jk_damage_end(jk_engine *engine, uint64_t key, const char *approver)
{
    const jk_step_config *config = &engine->config;
    jk_store *store = config->store;
    jk_finding_row *finding = &engine->upkeep.finding;
    const size_t size = strlen(approver);
    if (size == 0 || size >= sizeof finding->approver) {
        return JK_E_NAME;
    }
    jk_status status = store->ops->finding_get(store, &jk_damage_round, JK_ROLE_CS, key, finding);
    if (status == JK_OK && finding->state != JK_FINDING_OPEN) {
        status = JK_E_NOT_FOUND;
    }
    if (status != JK_OK) {
        return status;
    }
    finding->state = JK_FINDING_REPAIRED;
    memcpy(finding->approver, approver, size + 1);
    finding->approved_ms = config->clock->wall_ms(config->clock);
    return store->ops->finding_put(store, finding);
}

/* Reading alone: has the row changed since its digest was taken? */
static jk_status differs_now(jk_engine *engine, const char *code, uint64_t key, bool *damaged)
{
    jk_store *store = engine->config.store;
    jk_compare_cache *cache = NULL;
    jk_element_row element;
    char text[12];
    uint32_t epoch = 0;
    jk_digest digest;
    jk_status status = jk_element_name(key, text, &epoch);
    if (status == JK_OK) {
        status = jk_compare_of(engine, code, &cache);
    }
    if (status != JK_OK || !cache->keyed) {
        return status;
    }
    const jk_token resident = jk_token_of_resident(text);
    const jk_status stored = store->ops->element_get(store, code, key, &element);
    const jk_status there =
        store->ops->episode_get(store, &resident, code, epoch, &engine->upkeep.episode);
    if ((stored != JK_OK && stored != JK_E_NOT_FOUND) ||
        (there != JK_OK && there != JK_E_NOT_FOUND)) {
        return stored != JK_OK && stored != JK_E_NOT_FOUND ? stored : there;
    }
    *damaged = stored != there;
    if (there == JK_OK && stored == JK_OK) {
        jk_episode_digest(&cache->keys, &engine->upkeep.episode, key, &digest);
        *damaged = memcmp(element.digest, digest.byte, sizeof digest.byte) != 0;
    }
    return JK_OK;
}

jk_status jk_damage_look(jk_engine *engine, uint64_t key, bool *damaged)
{
    const jk_step_config *config = &engine->config;
    jk_finding_row *finding = &engine->upkeep.finding;
    bool now = false;
    jk_status status =
        config->store->ops->finding_get(config->store, &jk_damage_round, JK_ROLE_CS, key, finding);
    const bool before = status == JK_OK && finding->state == JK_FINDING_OPEN;
    if (status == JK_OK || status == JK_E_NOT_FOUND) {
        status = differs_now(engine, config->self.code, key, &now);
    }
    if (status == JK_OK) {
        *damaged = before || now;
    }
    return status;
}

/* ---- the scrub ---- */

/* A row and its element, or what there is of the two. */
static jk_status compare(scrubbing *s, uint64_t *position)
{
    const jk_compare_cache *cache = s->cache;
    const uint64_t row_key = s->row_key;
    const uint64_t key = row_key < s->element.key ? row_key : s->element.key;
    const bool stored = s->element.key == key;
    jk_status status = JK_OK;
    if (row_key == key) {
        const uint32_t bucket =
            jk_tree_bucket(cache->row.depth, jk_element_place(&cache->keys, key));
        jk_digest digest;
        jk_episode_digest(&cache->keys, s->row, key, &digest);
        s->report.rows++;
        if (!stored || s->element.bucket != bucket ||
            memcmp(s->element.digest, digest.byte, sizeof digest.byte) != 0) {
            s->report.damaged++;
            status = jk_element_change(s->engine, s->cache, key, &digest);
            status = status == JK_OK
                         ? jk_damage_keep(s->engine, cache->row.code, key, JK_DIFFERENCE_BOTH)
                         : status;
        }
    } else {
        s->report.damaged++;
        status = jk_element_change(s->engine, s->cache, key, NULL);
        status = status == JK_OK
                     ? jk_damage_keep(s->engine, cache->row.code, key, JK_DIFFERENCE_THEIRS)
                     : status;
    }
    if (status == JK_OK && stored) {
        status = next_element(s, key);
    }
    if (status == JK_OK && row_key == key) {
        const jk_token resident = s->row->resident;
        status = next_row(s, &resident, s->row->epoch);
    }
    *position = key;
    return status;
}

/* Where the next slice begins, and what this one found.  After the last slice sketch and tree are
 * made anew: a stored digest that was damaged and then changed has left its ghost in them. */
static jk_status end(scrubbing *s, uint64_t position)
{
    jk_clock *clock = s->engine->config.clock;
    const int64_t now_ms = clock->wall_ms(clock);
    if (s->report.done || s->report.damaged > 0) {
        const jk_status status = jk_sums_discard(s->engine, s->cache);
        if (status != JK_OK) {
            return status;
        }
    }
    jk_compare_row row = s->cache->row;
    row.scrub_rows = (row.scrub_begun_ms == 0 ? 0 : row.scrub_rows) + s->report.rows;
    row.scrub_begun_ms = row.scrub_begun_ms == 0 ? now_ms : row.scrub_begun_ms;
    row.scrub_key = position;
    row.damaged += s->report.damaged;
    if (s->report.done) {
        row.scrubbed = row.scrub_rows;
        row.scrub_ms = now_ms;
        row.scrub_begun_ms = 0;
        row.scrub_rows = 0;
        row.scrub_key = 0;
    }
    return jk_compare_save(s->engine, s->cache, &row);
}

jk_status jk_scrub(jk_engine *engine, const char *code, size_t rows, jk_scrub_report *report)
{
    scrubbing s = {.engine = engine, .row = &engine->upkeep.episode};
    jk_status status = jk_compare_of(engine, code, &s.cache);
    if (status != JK_OK) {
        return status;
    }
    if (!s.cache->keyed) { /* nothing is kept, and nothing to be compared */
        *report = (jk_scrub_report){.done = true};
        return JK_OK;
    }
    uint64_t position = s.cache->row.scrub_key;
    status = begin(&s, position);
    for (size_t i = 0; status == JK_OK && i < rows; i++) {
        if (s.row_key == NO_KEY && s.element.key == NO_KEY) {
            break;
        }
        status = compare(&s, &position);
    }
    if (status == JK_OK) {
        s.report.done = s.row_key == NO_KEY && s.element.key == NO_KEY;
        status = end(&s, position);
    }
    if (status == JK_OK) {
        *report = s.report;
    }
    return status;
}
