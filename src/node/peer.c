/* SPDX-License-Identifier: Apache-2.0 */
/* Who is dialled, and when again.  The policy of src/channel says who may dial whom; this file says
 * whom this node does. */
#include "node/internal.h"

#include "channel/policy.h"

#include <stdio.h>
#include <string.h>

void jk_node_name(const jk_node_id *id, char name[JK_NODE_NAME_SIZE])
{
    (void)snprintf(name, JK_NODE_NAME_SIZE, "%s:%s:%u", jk_role_name((jk_role)id->role), id->code,
                   (unsigned)id->unit);
}

jk_node_peer *jk_peer_find(jk_node *node, const jk_node_id *id, bool make)
{
    if (node->peer_hint < node->peer_count && jk_node_equal(&node->peers[node->peer_hint].id, id)) {
        return &node->peers[node->peer_hint];
    }
    for (size_t i = 0; i < node->peer_count; i++) {
        if (jk_node_equal(&node->peers[i].id, id)) {
            node->peer_hint = i;
            return &node->peers[i];
        }
    }
    if (!make || node->peer_count == JK_PEERS_MAX) {
        return NULL;
    }
    jk_node_peer *peer = &node->peers[node->peer_count++];
    memset(peer, 0, sizeof *peer);
    peer->id = *id;
    jk_node_name(id, peer->name);
    peer->dial_at_ms = INT64_MAX;
    peer->wait_ms = JK_NODE_DIAL_MIN_MS;
    return peer;
}

void jk_peer_dial_at(jk_node *node, jk_node_peer *peer, int64_t at_ms)
{
    peer->dial_at_ms = at_ms;
    if (at_ms < node->dial_ms) {
        node->dial_ms = at_ms;
    }
}

static void want(jk_node *node, jk_node_peer *peer)
{
    if (peer->dials && !peer->wanted) {
        peer->wanted = true;
        jk_peer_dial_at(node, peer, jk_node_now(node));
    }
}

/* Between CS of a large directory only links that are in use are dialled. */
static bool is_lazy(const jk_node *node, const jk_node_peer *peer)
{
    return node->config->id.role == JK_ROLE_CS && peer->id.role == JK_ROLE_CS &&
           node->cs_count > JK_NODE_LAZY_ABOVE;
}

void jk_peers_load(jk_node *node)
{
    const jk_directory *directory = &node->boot->directory;
    jk_directory_entry entry;
    for (uint32_t i = 0; i < directory->count; i++) {
        if (jk_directory_at(directory, i, &entry) == JK_OK && entry.node.id.role == JK_ROLE_CS) {
            node->cs_count++;
        }
    }
    for (uint32_t i = 0; i < directory->count; i++) {
        if (jk_directory_at(directory, i, &entry) != JK_OK ||
            jk_node_equal(&entry.node.id, &node->config->id) ||
            !jk_policy_allows(&node->config->id, &entry.node.id)) {
            continue;
        }
        jk_node_peer *peer = jk_peer_find(node, &entry.node.id, true);
        if (peer == NULL) {
            jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), "alarm", "-",
                             JK_E_FULL, "what=\"more peers in the directory than fit\"");
            return;
        }
        memcpy(peer->address, entry.address, sizeof peer->address);
        peer->dials = peer->address[0] != '\0';
        if (!is_lazy(node, peer)) {
            want(node, peer);
        }
    }
    jk_peers_look(node);
}

/* A link that was ever used has a row of its own, the sender's or the receiver's. */
static void look_at(jk_node *node, uint16_t machine)
{
    jk_store *store = node->boot->store;
    jk_machine_row row;
    int64_t after = 0;
    for (size_t i = 0; i < JK_PEERS_MAX; i++) {
        if (store->ops->machine_next(store, machine, after, &row) != JK_OK) {
            return;
        }
        after = row.row_id;
        jk_node_id id;
        jk_node_peer *peer =
            jk_node_of_token(&row.key, &id) ? jk_peer_find(node, &id, false) : NULL;
        if (peer != NULL) {
            want(node, peer);
        }
    }
}

void jk_peers_look(jk_node *node)
{
    if (node->config->id.role == JK_ROLE_CS && node->cs_count > JK_NODE_LAZY_ABOVE) {
        look_at(node, JK_MACHINE_SENDER);
        look_at(node, JK_MACHINE_RECEIVER);
    }
}

/* Half of the wait is random, so that a thousand nodes do not dial in step. */
static int64_t jittered(jk_node *node, int64_t wait_ms)
{
    uint8_t random[2] = {0};
    jk_random *source = &node->boot->random;
    if (source->fill(source, random, sizeof random) != JK_OK) {
        return wait_ms;
    }
    const int64_t half = wait_ms / 2;
    return half + ((int64_t)random[0] * 256 + random[1]) % (half + 1);
}

void jk_peer_again(jk_node *node, jk_node_peer *peer)
{
    if (!peer->wanted || node->stopping || peer->live != NULL || peer->dialling != NULL) {
        return;
    }
    const int64_t now_ms = jk_node_now(node);
    if (peer->up_ms != 0 && now_ms - peer->up_ms >= JK_NODE_SETTLED_MS) {
        peer->wait_ms = JK_NODE_DIAL_MIN_MS;
    }
    peer->up_ms = 0;
    jk_peer_dial_at(node, peer, now_ms + jittered(node, peer->wait_ms));
    peer->wait_ms = peer->wait_ms * 2 < node->config->dial_max_ms ? peer->wait_ms * 2
                                                                  : node->config->dial_max_ms;
}

int64_t jk_peers_dial(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    int64_t next_ms = INT64_MAX;
    if (now_ms < node->dial_ms) {
        return node->dial_ms; /* every turn comes here, with a thousand peers too */
    }
    for (size_t i = 0; i < node->peer_count && !node->stopping; i++) {
        jk_node_peer *peer = &node->peers[i];
        if (peer->dial_at_ms <= now_ms) {
            peer->dial_at_ms = INT64_MAX;
            if (jk_connection_dial(node, peer) != JK_OK) {
                jk_peer_again(node, peer);
            }
        }
        next_ms = peer->dial_at_ms < next_ms ? peer->dial_at_ms : next_ms;
    }
    node->dial_ms = next_ms;
    return next_ms;
}
