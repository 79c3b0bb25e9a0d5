/* SPDX-License-Identifier: Apache-2.0 */
/* What a node does after a step was committed, in steps of its own: the automatic clerk of a
 * registry enters what waits, and the reason of a refusal is written down for whoever asks
 * later. */
#include "node/internal.h"

#include "juki/refusal.h"
#include "movein_dest_registry.h"
#include "movein_terminal.h"

#include <string.h>

static bool clerk_is_automatic(const jk_node *node)
{
    return node->config->id.role == JK_ROLE_REGISTRY && !node->config->clerk_manual;
}

/* An answer such as MATCH_ACTIVE refuses nothing (M14, M16). */
static bool keeps_why(const jk_step_record *record)
{
    const jk_refusal *refusal = jk_refusal_of(record->reason);
    return refusal != NULL && refusal->class == JK_REFUSAL_REASON &&
           (record->machine == JK_MACHINE_TERMINAL || record->machine == JK_MACHINE_DEST_CS ||
            record->machine == JK_MACHINE_DEST_REGISTRY ||
            record->machine == JK_MACHINE_ORIGIN_REGISTRY);
}

void jk_clerk_note(jk_node *node, const jk_step_record *record)
{
    if (record->status != JK_OK) {
        return;
    }
    if (record->machine == JK_MACHINE_DEST_REGISTRY &&
        record->state == JK_MOVEIN_DEST_REGISTRY_WAIT_CLERK && clerk_is_automatic(node)) {
        if (node->clerk_count < JK_NODE_QUEUE_MAX) {
            node->clerk[node->clerk_count++] = record->key;
        } else {
            node->clerk_scan = true;
        }
    }
    if (keeps_why(record) && node->why_count < JK_NODE_QUEUE_MAX) {
        node->why[node->why_count++] = (jk_node_why){record->machine, record->reason, record->key};
    }
}

uint16_t jk_clerk_why(const jk_node *node, uint16_t machine, const jk_token *key)
{
    const jk_step_record *record = NULL;
    uint16_t why = 0;
    for (size_t i = 0; i < node->why_count; i++) {
        if (node->why[i].machine == machine && jk_token_equal(&node->why[i].key, key)) {
            why = node->why[i].reason;
        }
    }
    for (size_t i = 0; (record = jk_engine_record(node->engine, i)) != NULL; i++) {
        if (record->status == JK_OK && record->machine == machine && keeps_why(record) &&
            jk_token_equal(&record->key, key)) {
            why = record->reason;
        }
    }
    return why;
}

/* At the start, and when the queue was full: rows that wait for the clerk. */
static void scan(jk_node *node)
{
    jk_store *store = node->boot->store;
    jk_machine_row row;
    int64_t after = 0;
    node->clerk_scan = false;
    while (store->ops->machine_next(store, JK_MACHINE_DEST_REGISTRY, after, &row) == JK_OK) {
        after = row.row_id;
        if (row.state != JK_MOVEIN_DEST_REGISTRY_WAIT_CLERK) {
            continue;
        }
        if (node->clerk_count == JK_NODE_QUEUE_MAX) {
            node->clerk_scan = true;
            return;
        }
        node->clerk[node->clerk_count++] = row.key;
    }
}

/* A txn that is decided already (stopped, or queued twice) answers E_NOT_NOW. */
static void enter(jk_node *node, const jk_token *txn)
{
    const jk_command command = {
        .machine = JK_MACHINE_DEST_REGISTRY,
        .input = JK_MOVEIN_DEST_REGISTRY_IN_ENTER,
        .key = *txn,
    };
    const jk_status status = jk_node_command(node, &command);
    if (status != JK_OK && status != JK_E_NOT_NOW) {
        char hex[33];
        char text[64];
        jk_token_hex(txn, hex);
        (void)snprintf(text, sizeof text, "what=\"not entered\" txn=%s", hex);
        jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "alarm", "-",
                         status, text);
    }
}

typedef struct commit {
    jk_status status;
} commit;

static void commit_done(void *arg, jk_status status)
{
    commit *c = arg;
    c->status = status;
}

static jk_status put_whys(jk_node *node)
{
    jk_store *store = node->boot->store;
    jk_status status = store->ops->begin(store);
    for (size_t i = 0; status == JK_OK && i < node->why_count; i++) {
        const jk_node_why *why = &node->why[i];
        const uint8_t bytes[2] = {(uint8_t)(why->reason >> 8), (uint8_t)why->reason};
        const jk_data_key key = {why->machine, why->key, JK_NODE_WHY, -1};
        status = store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, false);
    }
    if (status != JK_OK) {
        store->ops->rollback(store);
        return status;
    }
    commit c = {JK_E_BUG};
    store->ops->commit(store, commit_done, &c);
    return c.status;
}

bool jk_clerk_run(jk_node *node)
{
    if (node->stopping) {
        return false;
    }
    if (node->why_count > 0) { /* no group is open: the caller has just flushed */
        const jk_status status = put_whys(node);
        node->why_count = 0;
        if (status != JK_OK) {
            jk_node_failed(node, status);
            return false;
        }
    }
    if (node->clerk_scan && clerk_is_automatic(node)) {
        scan(node);
    }
    const size_t count = node->clerk_count;
    for (size_t i = 0; i < count && !node->stopping; i++) {
        enter(node, &node->clerk[i]);
    }
    /* A command may commit a full group, whose steps may have queued more. */
    memmove(node->clerk, node->clerk + count, (node->clerk_count - count) * sizeof *node->clerk);
    node->clerk_count -= count;
    return count > 0;
}
