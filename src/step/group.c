/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of a step may ask of the open group: its links, its log, its checks. */
#include "step/internal.h"

#include <string.h>

bool jk_is_host(jk_status status)
{
    return jk_status_class(status) == JK_CLASS_HOST || status == JK_E_BUG;
}

bool jk_check(jk_engine *engine, bool holds)
{
    if (!holds) {
#ifdef JK_TRAP
        __builtin_trap();
#endif
        engine->broken = true;
    }
    return holds;
}

jk_step_peer *jk_peer_of(jk_engine *engine, const jk_node_id *node)
{
    if (engine->peer_hint < engine->peer_count &&
        jk_node_equal(&engine->peers[engine->peer_hint].node, node)) {
        return &engine->peers[engine->peer_hint];
    }
    for (size_t i = 0; i < engine->peer_count; i++) {
        if (jk_node_equal(&engine->peers[i].node, node)) {
            engine->peer_hint = i;
            return &engine->peers[i];
        }
    }
    if (engine->peer_count == JK_PEERS_MAX) {
        return NULL;
    }
    jk_step_peer *peer = &engine->peers[engine->peer_count++];
    memset(peer, 0, sizeof *peer);
    peer->node = *node;
    peer->token = jk_token_of_node(node);
    peer->resend_at_ms = INT64_MAX;
    peer->resend_wait_ms = engine->config.resend_ms;
    return peer;
}

void jk_peer_touch(jk_engine *engine, jk_step_peer *peer)
{
    const size_t index = (size_t)(peer - engine->peers);
    const bool first = engine->dirty_from == engine->dirty_to;
    peer->dirty = true;
    if (first || index < engine->dirty_from) {
        engine->dirty_from = index;
    }
    if (first || index >= engine->dirty_to) {
        engine->dirty_to = index + 1;
    }
}

jk_kept_record *jk_record_new(jk_engine *engine)
{
    if (engine->record_count == JK_STEP_RECORDS_MAX) {
        return NULL;
    }
    jk_kept_record *kept = &engine->records[engine->record_count++];
    kept->record = (jk_step_record){
        .hooks = kept->hooks,
        .actions = kept->actions,
        .sent = &engine->sent[engine->sent_count],
        .row = kept->row,
    };
    kept->hooks[0] = '\0';
    kept->actions[0] = '\0';
    return kept;
}

void jk_record_drop(jk_engine *engine, size_t count)
{
    if (engine->record_count > count) {
        engine->sent_count = (size_t)(engine->records[count].record.sent - engine->sent);
        engine->record_count = count;
    }
}

jk_status jk_group_open(jk_engine *engine)
{
    if (engine->broken) {
        return JK_E_BUG;
    }
    if (engine->group_open) {
        return JK_OK;
    }
    jk_store *store = engine->config.store;
    jk_status status = store->ops->begin(store);
    if (status == JK_OK) {
        engine->group_open = true;
    }
    return status;
}
