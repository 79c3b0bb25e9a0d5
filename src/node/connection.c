/* SPDX-License-Identifier: Apache-2.0 */
/* A channel on a socket: received bytes go through the channel into the engine, what the engine
 * sends after a commit goes through the channel to the socket.  One channel per peer is live; a
 * new one takes the old one's place when both HELLOs have passed. */
#include "node/internal.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINK_EPOCH = 1,     /* raised by a restore, a later issue */
    CONTROL_ROOM = 8192 /* bytes of the send buffer that messages leave to ACK and NACK */
};

static size_t send_size(void)
{
    return JK_WINDOW_MAX * jk_channel_send_size(JK_ENVELOPE_SIZE_MAX) + CONTROL_ROOM;
}

static const char *who(const jk_connection *connection)
{
    return connection->peer != NULL ? connection->peer->name : "-";
}

/* Strangers must not fill the disk with lines: at most so many a second, the rest is counted. */
static bool may_log_stranger(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    if (now_ms - node->strangers_ms >= JK_NODE_SETTLED_MS) {
        node->strangers_ms = now_ms;
        node->strangers = 0;
    }
    if (node->strangers == JK_NODE_STRANGERS_MAX) {
        node->log.dropped++;
        return false;
    }
    node->strangers++;
    return true;
}

static void log_event(jk_node *node, const char *event, const char *peer, jk_status status,
                      const char *text)
{
    jk_steplog_event(&node->log, node->clock.port.wall_ms(&node->clock.port), event, peer, status,
                     text);
}

/* --- making and ending --- */

static void connection_free(jk_connection *connection)
{
    if (connection->channel != NULL) {
        jk_channel_wipe(connection->channel);
        sodium_free(connection->channel);
    }
    free(connection->receive);
    free(connection->send);
    free(connection);
}

static void unlist(jk_connection *connection)
{
    jk_node *node = connection->node;
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        node->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    node->connection_count--;
    for (jk_connection **at = &node->dirty; *at != NULL; at = &(*at)->next_dirty) {
        if (*at == connection) {
            *at = connection->next_dirty;
            break;
        }
    }
}

/* Large buffers are only touched as far as they are used, so an idle connection costs little. */
static jk_connection *connection_new(jk_node *node, jk_node_peer *expected)
{
    jk_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->node = node;
    connection->peer = expected;
    connection->initiator = expected != NULL;
    connection->send_size = send_size();
    connection->send = malloc(connection->send_size);
    connection->receive = malloc(JK_CHANNEL_MESSAGE_SIZE_MAX);
    connection->channel = sodium_malloc(sizeof *connection->channel);
    if (connection->channel != NULL) {
        memset(connection->channel, 0, sizeof *connection->channel);
    }
    if (connection->send == NULL || connection->receive == NULL || connection->channel == NULL) {
        connection_free(connection);
        return NULL;
    }
    connection->next = node->connections;
    if (node->connections != NULL) {
        node->connections->previous = connection;
    }
    node->connections = connection;
    node->connection_count++;
    return connection;
}

/* Under load a handshake is only begun with who repeats a cookie: it can hear us at its address. */
static bool is_loaded(const jk_node *node)
{
    return node->half_open >= JK_NODE_LOADED_OPEN || node->accepted > JK_NODE_LOADED_RATE;
}

/* The cookies of this slot and the one before; none without randomness. */
static void demand_cookie(jk_connection *connection, jk_channel_config *config)
{
    jk_node *node = connection->node;
    jk_random *random = &node->boot->random;
    if (!node->has_cookie_secret) {
        node->has_cookie_secret =
            random->fill(random, node->cookie_secret, sizeof node->cookie_secret) == JK_OK;
    }
    if (!node->has_cookie_secret) {
        return;
    }
    const uint64_t slot = (uint64_t)jk_node_now(node) / JK_NODE_COOKIE_SLOT_MS + 1;
    const jk_span address = {(const uint8_t *)connection->address, strlen(connection->address)};
    jk_cookie_make(node->cookie_secret, slot, address, config->cookie[0]);
    jk_cookie_make(node->cookie_secret, slot - 1, address, config->cookie[1]);
    config->has_cookie = true;
}

static jk_status start_channel(jk_connection *connection)
{
    jk_node *node = connection->node;
    jk_channel_config config = {
        .keys = node->boot->keys,
        .random = &node->boot->random,
        .initiator = connection->initiator,
        .wall_s = (uint64_t)(node->clock.port.wall_ms(&node->clock.port) / 1000),
        .receive = connection->receive,
        .receive_size = JK_CHANNEL_MESSAGE_SIZE_MAX,
        .send = connection->send,
        .send_size = connection->send_size,
        .deadlines = node->config->deadlines,
    };
    if (!connection->initiator && is_loaded(node)) {
        demand_cookie(connection, &config);
    }
    if (connection->initiator) {
        config.expected = connection->peer->id;
        config.has_cookie = connection->peer->has_cookie;
        memcpy(config.cookie[0], connection->peer->cookie, JK_COOKIE_SIZE);
    }
    return jk_channel_init(connection->channel, &config, (uint64_t)jk_node_now(node));
}

static bool is_worth_a_line(const jk_connection *connection, jk_status status)
{
    if (connection->initiator) {
        return connection->proven || status != JK_E_IO || !connection->peer->told;
    }
    return (connection->proven || status != JK_E_IO) && may_log_stranger(connection->node);
}

void jk_connection_close(jk_connection *connection, jk_status status)
{
    if (connection->closing) {
        return;
    }
    jk_node *node = connection->node;
    jk_node_peer *peer = connection->peer;
    connection->closing = true;
    if (!connection->initiator && !connection->proven) {
        node->half_open--;
    }
    if (peer != NULL && peer->live == connection) {
        peer->live = NULL;
        jk_engine_link_down(node->engine, &peer->id);
        log_event(node, "link_down", peer->name, status, "");
    } else if (is_worth_a_line(connection, status)) {
        log_event(node, "closed", who(connection), status, "");
        if (peer != NULL) {
            peer->told = true;
        }
    }
    if (peer != NULL && peer->dialling == connection) {
        peer->dialling = NULL;
    }
    if (peer != NULL && peer->arriving == connection) {
        peer->arriving = NULL;
    }
    jk_channel_close(connection->channel);
    jk_uv_stream_send(connection->stream);
    jk_uv_stream_close(connection->stream);
    if (peer != NULL) {
        jk_peer_again(node, peer);
    }
}

void jk_connections_close(jk_node *node, jk_status status)
{
    for (jk_connection *connection = node->connections; connection != NULL;
         connection = connection->next) {
        jk_connection_close(connection, status);
    }
}

/* --- HELLO --- */

static jk_status say_hello(jk_connection *connection)
{
    jk_node *node = connection->node;
    jk_hello hello = {
        .link_epoch = LINK_EPOCH,
        .received_epoch = LINK_EPOCH,
        .time_s = (uint64_t)(node->clock.port.wall_ms(&node->clock.port) / 1000),
        .version_min = JK_ENVELOPE_VERSION,
        .version_max = JK_ENVELOPE_VERSION,
    };
    jk_link_numbers numbers = {0};
    /* T3: what is announced as received must be committed. */
    jk_status status = jk_node_flush(node);
    if (status == JK_OK) {
        status = jk_engine_link_numbers(node->engine, &connection->peer->id, &numbers);
    }
    if (status == JK_OK) {
        hello.last_sent = numbers.sent;
        hello.last_received = numbers.received;
        connection->alone = connection->peer->live == NULL;
        status = jk_channel_hello(connection->channel, &hello);
    }
    return status;
}

/* Once a second for a peer at most: it may dial as often as it likes. */
static jk_status alarm_peer(const jk_connection *connection, jk_status status, const char *text)
{
    jk_node *node = connection->node;
    jk_node_peer *peer = connection->peer;
    const int64_t now_ms = jk_node_now(node);
    if (peer->alarm_ms == 0 || now_ms - peer->alarm_ms >= JK_NODE_SETTLED_MS) {
        peer->alarm_ms = now_ms;
        log_event(node, "alarm", peer->name, status, text);
    }
    return status;
}

/* The peer's numbers against ours: either side may have been restored from a backup. */
static jk_status check_hello(const jk_connection *connection, const jk_hello *hello)
{
    jk_node *node = connection->node;
    if (hello->link_epoch != LINK_EPOCH || hello->received_epoch > LINK_EPOCH) {
        return alarm_peer(connection, JK_E_HELLO, "what=\"the peer is in another link epoch\"");
    }
    jk_link_numbers numbers = {0};
    jk_status status = jk_node_flush(node);
    if (status == JK_OK) {
        status = jk_engine_link_numbers(node->engine, &connection->peer->id, &numbers);
    }
    if (status != JK_OK) {
        return status;
    }
    if (hello->last_received > numbers.sent) {
        return alarm_peer(connection, JK_E_HELLO,
                          "what=\"the peer received more than this node ever sent\"");
    }
    if (hello->last_sent >= numbers.received && hello->last_received >= numbers.acked) {
        return JK_OK;
    }
    /* While another channel of the peer stands its HELLO may be older than what came there: the
     * standing one stays, and the peer may dial again.  So a clone that knows less never takes the
     * place of the original. */
    if (!connection->alone || connection->peer->live != NULL) {
        connection->peer->behind++;
        return connection->peer->behind <= JK_NODE_BEHIND_MAX
                   ? JK_E_NOT_NOW
                   : alarm_peer(connection, JK_E_HELLO,
                                "what=\"a second channel knows less than the standing one: is "
                                "there a second node?\"");
    }
    return alarm_peer(connection, JK_E_HELLO,
                      hello->last_sent < numbers.received
                          ? "what=\"the peer sent less than this node received\""
                          : "what=\"the peer received less than it acknowledged\"");
}

/* An honest peer's channels replace each other once an hour, or once after it died silently. */
static void replace(jk_connection *connection, jk_connection *old)
{
    jk_node *node = connection->node;
    jk_node_peer *peer = connection->peer;
    const int64_t now_ms = jk_node_now(node);
    if (peer->replaced_ms != 0 && now_ms - peer->replaced_ms < JK_NODE_REPLACED_MS) {
        (void)alarm_peer(connection, JK_E_IDENTITY,
                         "what=\"two live links of one identity: is there a second node?\"");
    }
    peer->replaced_ms = now_ms;
    jk_engine_link_down(node->engine, &peer->id);
    peer->live = NULL;
    jk_connection_close(old, JK_OK);
}

static jk_status establish(jk_connection *connection, const jk_hello *hello)
{
    jk_node *node = connection->node;
    jk_node_peer *peer = connection->peer;
    jk_status status = check_hello(connection, hello);
    if (status != JK_OK) {
        return status;
    }
    if (peer->dialling == connection) {
        peer->dialling = NULL;
    }
    if (peer->arriving == connection) {
        peer->arriving = NULL;
    }
    jk_connection *old = peer->live;
    if (old != NULL) {
        replace(connection, old);
    }
    connection->established = true;
    peer->live = connection;
    peer->dial_at_ms = INT64_MAX;
    peer->up_ms = jk_node_now(node);
    peer->behind = 0;
    peer->told = false;
    peer->has_cookie = false;
    log_event(node, "link_up", peer->name, JK_OK, "");
    node->steps++;
    return jk_engine_link_up(node->engine, &peer->id);
}

/* --- events of the channel --- */

static jk_status take_record(jk_connection *connection, const jk_channel_event *event)
{
    jk_node *node = connection->node;
    const jk_node_id *peer = &connection->peer->id;
    if (event->link_epoch != LINK_EPOCH) {
        return JK_E_RECORD; /* HELLO named another one */
    }
    node->steps++;
    jk_status status = JK_E_BUG;
    switch (event->type) {
    case JK_RECORD_MESSAGE:
        status =
            jk_engine_receive(node->engine, peer, event->link_epoch, event->sequence, event->data);
        return status != JK_E_CONFLICT
                   ? status
                   : alarm_peer(connection, status,
                                "what=\"another message came under this number before\"");
    case JK_RECORD_ACK: return jk_engine_ack(node->engine, peer, event->ack.next_expected);
    case JK_RECORD_NACK:
        return jk_engine_nack(node->engine, peer, event->nack.sequence, event->nack.rule);
    case JK_RECORD_HELLO:
    case JK_RECORD_CLOSE: break;
    }
    return JK_E_BUG;
}

static jk_status authenticated(jk_connection *connection, const jk_channel_event *event)
{
    jk_node *node = connection->node;
    connection->proven = true;
    if (!connection->initiator) {
        node->half_open--;
        connection->peer = jk_peer_find(node, &event->peer, true);
        if (connection->peer == NULL) {
            return JK_E_NOT_NOW;
        }
        /* One at a time for each peer: what it proves again takes the place of what waited. */
        if (connection->peer->arriving != NULL) {
            jk_connection_close(connection->peer->arriving, JK_E_NOT_NOW);
        }
        connection->peer->arriving = connection;
    }
    return say_hello(connection);
}

static void redial_with(jk_connection *connection, const uint8_t cookie[JK_COOKIE_SIZE])
{
    jk_node_peer *peer = connection->peer;
    const bool first = !peer->has_cookie;
    peer->has_cookie = true;
    memcpy(peer->cookie, cookie, JK_COOKIE_SIZE);
    jk_connection_close(connection, JK_E_NOT_NOW);
    if (first && peer->dial_at_ms != INT64_MAX) {
        /* Another cookie has to wait. */
        jk_peer_dial_at(connection->node, peer, jk_node_now(connection->node));
    }
}

static void take_event(jk_connection *connection, const jk_channel_event *event)
{
    jk_status status = JK_OK;
    switch (event->kind) {
    case JK_CHANNEL_AUTHENTICATED: status = authenticated(connection, event); break;
    case JK_CHANNEL_ESTABLISHED: status = establish(connection, &event->hello); break;
    case JK_CHANNEL_RECORD: status = take_record(connection, event); break;
    case JK_CHANNEL_COOKIE: redial_with(connection, event->cookie); return;
    case JK_CHANNEL_CLOSED: jk_connection_close(connection, event->status); return;
    }
    if (status == JK_OK) {
        return;
    }
    if (jk_status_class(status) == JK_CLASS_PEER) {
        jk_connection_close(connection, status);
    } else {
        jk_node_failed(connection->node, status);
    }
}

static void take_events(jk_connection *connection)
{
    jk_channel_event event;
    while (!connection->closing && jk_channel_next(connection->channel, &event)) {
        take_event(connection, &event);
    }
}

/* --- the stream's calls --- */

static void on_connected(void *arg)
{
    (void)arg; /* the channel's first bytes wait already */
}

static void on_received(void *arg, jk_span bytes)
{
    jk_connection *connection = arg;
    const uint64_t now_ms = (uint64_t)jk_node_now(connection->node);
    while (!connection->closing && bytes.size > 0) {
        const size_t used = jk_channel_feed(connection->channel, bytes, now_ms);
        bytes.data += used;
        bytes.size -= used;
        take_events(connection);
        if (used == 0) {
            break;
        }
    }
    if (!connection->closing) {
        take_events(connection);
        jk_uv_stream_send(connection->stream);
    }
}

static jk_span on_output(void *arg)
{
    const jk_connection *connection = arg;
    return jk_channel_output(connection->channel);
}

static void on_sent(void *arg, size_t size)
{
    jk_connection *connection = arg;
    jk_channel_sent(connection->channel, size);
}

static void on_ended(void *arg, jk_status status)
{
    jk_connection_close(arg, status);
}

static void on_closed(void *arg)
{
    jk_connection *connection = arg;
    unlist(connection);
    connection_free(connection);
}

static const jk_uv_events events = {
    .connected = on_connected,
    .received = on_received,
    .output = on_output,
    .sent = on_sent,
    .ended = on_ended,
    .closed = on_closed,
};

jk_status jk_connection_dial(jk_node *node, jk_node_peer *peer)
{
    if (peer->dialling != NULL || node->connection_count >= JK_NODE_CONNECTIONS_MAX) {
        return JK_E_FULL;
    }
    jk_connection *connection = connection_new(node, peer);
    if (connection == NULL) {
        return JK_E_MEMORY;
    }
    jk_status status = start_channel(connection);
    if (status == JK_OK) {
        status = jk_uv_dial(&node->net, peer->address, &events, connection, &connection->stream);
    }
    if (status != JK_OK) {
        if (!peer->told) {
            log_event(node, "closed", peer->name, status, "what=\"cannot be dialled\"");
            peer->told = true;
        }
        unlist(connection);
        connection_free(connection);
        return status;
    }
    peer->dialling = connection;
    return JK_OK;
}

/* --- incoming connections --- */

typedef struct half_open_list {
    size_t count;
    jk_connection *item[JK_NODE_HALF_OPEN_MAX]; /* the newest first */
} half_open_list;

static void collect(const jk_node *node, half_open_list *list)
{
    list->count = 0;
    for (jk_connection *connection = node->connections; connection != NULL;
         connection = connection->next) {
        if (!connection->initiator && !connection->proven && !connection->closing &&
            list->count < JK_NODE_HALF_OPEN_MAX) {
            list->item[list->count++] = connection;
        }
    }
}

static size_t count_of(const half_open_list *list, const char *address)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += strcmp(list->item[i]->address, address) == 0 ? 1U : 0U;
    }
    return count;
}

static const char *most_crowded(const half_open_list *list)
{
    const char *address = "";
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++) {
        const size_t count = count_of(list, list->item[i]->address);
        if (count > most) {
            most = count;
            address = list->item[i]->address;
        }
    }
    return address;
}

/* Who is closed for a newcomer: the oldest of that address, one that has said nothing before one
 * that is in its handshake.  An honest peer says everything at once, so it is never old. */
static jk_connection *stalest(const half_open_list *list, const char *address)
{
    jk_connection *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        jk_connection *connection = list->item[i];
        if (strcmp(connection->address, address) == 0 &&
            (found == NULL || jk_channel_silent(connection->channel) ||
             !jk_channel_silent(found->channel))) {
            found = connection;
        }
    }
    return found;
}

/* A connection from that address may be taken: others are closed if bounds are reached. */
static bool make_room(const jk_node *node, const char *address)
{
    half_open_list list;
    collect(node, &list);
    jk_connection *victim = NULL;
    if (count_of(&list, address) >= JK_NODE_PER_ADDRESS_MAX) {
        victim = stalest(&list, address);
    } else if (list.count >= JK_NODE_HALF_OPEN_MAX) {
        victim = stalest(&list, most_crowded(&list));
    }
    if (victim != NULL) {
        jk_connection_close(victim, JK_E_FULL);
    }
    return node->connection_count < JK_NODE_CONNECTIONS_MAX;
}

static void count_accepted(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    if (now_ms - node->accepted_ms >= JK_NODE_SETTLED_MS) {
        node->accepted_ms = now_ms;
        node->accepted = 0;
    }
    node->accepted++;
}

void jk_connection_accepted(void *arg, jk_uv_stream *stream, const char *address)
{
    jk_node *node = arg;
    count_accepted(node);
    if (node->stopping || !make_room(node, address)) {
        jk_uv_stream_close(stream);
        return;
    }
    jk_connection *connection = connection_new(node, NULL);
    if (connection == NULL) {
        jk_uv_stream_close(stream);
        return;
    }
    connection->stream = stream;
    (void)snprintf(connection->address, sizeof connection->address, "%s", address);
    if (start_channel(connection) != JK_OK ||
        jk_uv_stream_start(stream, &events, connection) != JK_OK) {
        unlist(connection);
        connection_free(connection);
        jk_uv_stream_close(stream);
        return;
    }
    node->half_open++;
}

/* --- deadlines and the output of a turn --- */

void jk_connections_sweep(jk_node *node)
{
    const uint64_t now_ms = (uint64_t)jk_node_now(node);
    jk_connection *next = NULL;
    for (jk_connection *connection = node->connections; connection != NULL; connection = next) {
        next = connection->next; /* freed by the loop only, never in here */
        if (connection->closing) {
            continue;
        }
        jk_channel_tick(connection->channel, now_ms);
        take_events(connection);
        if (!connection->closing && connection->established && connection->initiator &&
            connection->peer->dialling == NULL && jk_channel_expired(connection->channel, now_ms)) {
            /* Takes its place when it stands. */
            jk_peer_dial_at(node, connection->peer, (int64_t)now_ms);
        }
    }
}

void jk_connections_send(jk_node *node)
{
    while (node->dirty != NULL) {
        jk_connection *connection = node->dirty;
        node->dirty = connection->next_dirty;
        connection->dirty = false;
        take_events(connection);
        jk_uv_stream_send(connection->stream);
    }
}

/* --- the link port --- */

static jk_connection *live_of(jk_link *link, const jk_node_id *peer)
{
    jk_node *node = ((jk_node_link *)link)->node;
    const jk_node_peer *found = jk_peer_find(node, peer, false);
    return found != NULL ? found->live : NULL;
}

static void has_output(jk_connection *connection)
{
    if (!connection->dirty) {
        connection->dirty = true;
        connection->next_dirty = connection->node->dirty;
        connection->node->dirty = connection;
    }
}

/* What finds no room is dropped: the transport repeats (T5). */
static void link_message(jk_link *link, const jk_node_id *peer, uint64_t link_epoch,
                         uint64_t sequence, jk_span bytes)
{
    jk_connection *connection = live_of(link, peer);
    if (connection == NULL) {
        return;
    }
    const size_t waiting = jk_channel_output(connection->channel).size;
    if (connection->send_size - waiting < jk_channel_send_size(bytes.size) + CONTROL_ROOM) {
        return;
    }
    const jk_status status = jk_channel_send(connection->channel, link_epoch, sequence, bytes);
    (void)status; /* a channel that failed says so in an event */
    has_output(connection);
}

static void link_ack(jk_link *link, const jk_node_id *peer, uint64_t next, uint32_t credit)
{
    jk_connection *connection = live_of(link, peer);
    if (connection != NULL) {
        const jk_ack ack = {.next_expected = next, .credit = credit};
        const jk_status status = jk_channel_ack(connection->channel, LINK_EPOCH, &ack);
        (void)status;
        has_output(connection);
    }
}

static void link_nack(jk_link *link, const jk_node_id *peer, uint64_t sequence, uint16_t rule)
{
    jk_connection *connection = live_of(link, peer);
    if (connection != NULL) {
        const jk_nack nack = {.sequence = sequence, .rule = rule};
        const jk_status status = jk_channel_nack(connection->channel, LINK_EPOCH, &nack);
        (void)status;
        has_output(connection);
    }
}

void jk_link_init(jk_node *node)
{
    node->link.port.message = link_message;
    node->link.port.ack = link_ack;
    node->link.port.nack = link_nack;
    node->link.node = node;
}
