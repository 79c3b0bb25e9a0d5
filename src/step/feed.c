/* SPDX-License-Identifier: Apache-2.0 */
/* Positions of update logs at a server. */
#include "step/feed.h"

#include "step/internal.h"

#include <string.h>

static jk_data_key key_of(const char *code)
{
    jk_node_id cs = {.role = JK_ROLE_CS};
    memcpy(cs.code, code, sizeof cs.code);
    return (jk_data_key){JK_MACHINE_NATIONAL_ROUND, jk_token_of_node(&cs), "beyond", -1};
}

jk_status jk_feed_applied(jk_engine *engine, const char *code, uint64_t position)
{
    jk_store *store = engine->config.store;
    uint64_t applied = 0;
    jk_status status = store->ops->applied_get(store, code, &applied);
    if (status != JK_OK || position > applied) {
        return status == JK_OK ? store->ops->applied_put(store, code, position) : status;
    }
    const jk_data_key key = key_of(code);
    return store->ops->data_put(store, &key, (jk_span){(const uint8_t *)"1", 1}, false);
}

jk_status jk_feed_beyond(jk_engine *engine, const char *code, bool *beyond)
{
    jk_store *store = engine->config.store;
    const jk_data_key key = key_of(code);
    uint8_t value[1];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, value, sizeof value, &size);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    *beyond = status == JK_OK;
    return JK_OK;
}

jk_status jk_feed_recovered(jk_engine *engine, const char *code)
{
    jk_store *store = engine->config.store;
    const jk_data_key key = key_of(code);
    return store->ops->data_erase(store, key.machine, &key.key, key.name);
}
