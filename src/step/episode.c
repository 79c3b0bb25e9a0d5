/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry of a CS's log does to the episodes of its municipality.  The CS, its prefecture and
 * national apply each entry by these functions, so that their rows are equal byte for byte; only
 * who is shown as current is each server's own. */
#include "step/internal.h"

#include "juki/person.h"
#include "juki/registry.h"
#include "names.h"

#include <string.h>

/* The entry wrote the row last. */
static void stamp(const jk_wire_LogRecord *record, jk_episode_row *episode)
{
    const jk_date date = {.year = record->change_date.year,
                          .month = record->change_date.month,
                          .day = record->change_date.day,
                          .qualifier = (uint8_t)record->change_date.qualifier};
    episode->seq = record->sequence;
    if (!record->has_change_date || jk_date_to_day(&date, &episode->change_day) != JK_OK) {
        episode->change_day = INT64_MIN;
    }
}

/* Ends the municipality's latest open episode up to that epoch; JK_E_NOT_FOUND: it has none. */
static jk_status end_one(jk_engine *engine, const jk_token *resident, uint64_t upto,
                         const jk_wire_LogRecord *record)
{
    jk_store *store = engine->config.store;
    jk_episode_row *episode = &engine->episode;
    jk_status status =
        store->ops->episode_open(store, resident, record->municipality_code, upto, episode);
    if (status == JK_OK) {
        status = jk_episode_seen(engine, episode);
    }
    if (status != JK_OK) {
        return status;
    }
    episode->open = false;
    episode->current = false;
    episode->reason_out = (uint16_t)record->change_reason;
    stamp(record, episode);
    return jk_episode_change(engine, episode);
}

/* A municipality has a resident once: what it still has open ends where it enters anew.  It does so
 * without a REMOVAL when another one withdrew, and its register never stopped having him (M12). */
static jk_status end_earlier(jk_engine *engine, const jk_token *resident, uint64_t epoch,
                             const jk_wire_LogRecord *record)
{
    jk_status status = JK_OK;
    while (status == JK_OK) {
        status = end_one(engine, resident, epoch - 1, record);
    }
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

jk_status jk_episode_enter(jk_engine *engine, const jk_token *resident, uint64_t epoch,
                           const jk_wire_LogRecord *record)
{
    jk_episode_row *episode = &engine->episode;
    jk_status status = end_earlier(engine, resident, epoch, record);
    if (status != JK_OK) {
        return status;
    }
    memset(episode, 0, offsetof(jk_episode_row, person));
    episode->resident = *resident;
    memcpy(episode->code, record->municipality_code, sizeof episode->code);
    episode->epoch = epoch;
    episode->open = true;
    episode->reason_in = (uint16_t)record->change_reason;
    stamp(record, episode);
    jk_codec_bytes bytes = {episode->person, sizeof episode->person, 0};
    status = jk_codec_encode(&jk_wire_type_Person, &record->person, NULL, &bytes, NULL);
    episode->size = bytes.size;
    return status == JK_OK ? jk_episode_change(engine, episode) : status;
}

jk_status jk_episode_end(jk_engine *engine, const jk_token *resident, uint64_t upto,
                         const jk_wire_LogRecord *record)
{
    const jk_status status = end_one(engine, resident, upto, record);
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

jk_status jk_episode_update(jk_engine *engine, const jk_token *resident,
                            const jk_wire_LogRecord *record)
{
    jk_store *store = engine->config.store;
    jk_episode_row *episode = &engine->episode;
    jk_status status = store->ops->episode_get(store, resident, record->municipality_code,
                                               record->episode, episode);
    if (status == JK_OK) {
        status = jk_episode_seen(engine, episode);
    }
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    stamp(record, episode);
    jk_codec_bytes bytes = {episode->person, sizeof episode->person, 0};
    status = jk_codec_encode(&jk_wire_type_Person, &record->person, NULL, &bytes, NULL);
    episode->size = bytes.size;
    return status == JK_OK ? jk_episode_change(engine, episode) : status;
}

/* Who is current is no part of an element: what is kept stays as it is, also when the row that was
 * read is damaged. */
jk_status jk_episode_show(jk_engine *engine, const jk_token *resident, const jk_token *author)
{
    jk_store *store = engine->config.store;
    jk_episode_row *episode = &engine->episode;
    jk_status status = store->ops->episode_current(store, resident, episode);
    if (status == JK_OK) {
        episode->current = false;
        status = store->ops->episode_put(store, episode);
    } else if (status == JK_E_NOT_FOUND) {
        status = JK_OK;
    }
    jk_node_id holder;
    if (status != JK_OK || !jk_node_of_token(author, &holder)) {
        return status;
    }
    status = store->ops->episode_open(store, resident, holder.code, UINT64_MAX, episode);
    if (status == JK_OK) {
        episode->current = true;
        status = store->ops->episode_put(store, episode);
    }
    return status;
}
