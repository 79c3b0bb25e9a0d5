/* SPDX-License-Identifier: Apache-2.0 */
/* The hostile peer's socket and channel. */
#define _POSIX_C_SOURCE 200809L

#include "peer.h"

#include "channel/random.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    LINK_EPOCH = 1,
    LINKS = 256, /* directed links whose acknowledgements are remembered */
    TRIES = 5    /* a cookie, and connections that are lost while others flood */
};

/* What was acknowledged on each link: HELLO must not say less, or the node sees a clone. */
static struct {
    jk_node_id from;
    jk_node_id to;
    uint64_t sequence;
} acked[LINKS];

static uint64_t *acked_of(const jk_node_id *from, const jk_node_id *to)
{
    for (size_t i = 0; i < LINKS; i++) {
        if (acked[i].from.role == JK_ROLE_NONE) {
            acked[i].from = *from;
            acked[i].to = *to;
        }
        if (jk_node_equal(&acked[i].from, from) && jk_node_equal(&acked[i].to, to)) {
            return &acked[i].sequence;
        }
    }
    return &acked[LINKS - 1].sequence;
}

int64_t peer_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in loopback(unsigned last, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(0x7f000000U + last);
    return address;
}

int peer_connect(unsigned port, unsigned source)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const struct sockaddr_in from = loopback(source, 0);
    const struct sockaddr_in to = loopback(1, port);
    if ((source != 0 && bind(fd, (const struct sockaddr *)&from, sizeof from) != 0) ||
        connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool peer_socket_open(int fd)
{
    uint8_t bytes[4096];
    ssize_t size = 1;
    while (fd >= 0 && size > 0) {
        size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    }
    return fd >= 0 && size < 0 && errno == EAGAIN;
}

int peer_listen(unsigned port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    const struct sockaddr_in at = loopback(1, port);
    if (fd >= 0 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
         bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* --- beginning --- */

static bool begin(peer *p, const jk_keys *keys, const jk_node_id *target, int fd)
{
    static jk_random random;
    if (random.fill == NULL && jk_random_system_init(&random) != JK_OK) {
        return false;
    }
    const bool has_cookie = p->got_cookie;
    uint8_t cookie[JK_COOKIE_SIZE];
    memcpy(cookie, p->cookie, sizeof cookie);
    memset(p, 0, offsetof(peer, message));
    p->keys = keys;
    p->fd = fd;
    p->own = (jk_hello){.link_epoch = LINK_EPOCH,
                        .received_epoch = LINK_EPOCH,
                        .time_s = (uint64_t)time(NULL),
                        .version_min = 1,
                        .version_max = 1};
    jk_channel_config config = {
        .keys = keys,
        .random = &random,
        .initiator = target != NULL,
        .wall_s = (uint64_t)time(NULL),
        .receive = p->receive,
        .receive_size = sizeof p->receive,
        .send = p->send,
        .send_size = sizeof p->send,
        .has_cookie = target != NULL && has_cookie,
    };
    memcpy(config.cookie[0], cookie, sizeof cookie);
    p->used_cookie = config.has_cookie;
    if (target != NULL) {
        config.expected = *target;
    }
    p->why = fd < 0 ? JK_E_IO : jk_channel_init(&p->channel, &config, (uint64_t)peer_now_ms());
    if (p->why != JK_OK) {
        p->closed = true;
        peer_end(p);
    }
    return p->why == JK_OK;
}

bool peer_begin(peer *p, const jk_keys *keys, const jk_node_id *target, int fd)
{
    return begin(p, keys, target, fd);
}

bool peer_answer_call(peer *p, const jk_keys *keys, int fd)
{
    p->got_cookie = false;
    return begin(p, keys, NULL, fd);
}

void peer_end(peer *p)
{
    if (p->fd >= 0) {
        (void)close(p->fd);
    }
    p->fd = -1;
}

/* --- moving bytes --- */

bool peer_raw(peer *p, jk_span bytes)
{
    size_t done = 0;
    while (p->fd >= 0 && done < bytes.size) {
        const ssize_t size = send(p->fd, bytes.data + done, bytes.size - done, MSG_NOSIGNAL);
        if (size < 0 && errno != EINTR) {
            p->closed = true;
            return false;
        }
        done += size > 0 ? (size_t)size : 0;
    }
    return p->fd >= 0;
}

static void flush(peer *p)
{
    const jk_span output = jk_channel_output(&p->channel);
    if (output.size > 0 && peer_raw(p, output)) {
        jk_channel_sent(&p->channel, output.size);
    }
}

static void take_record(peer *p, const jk_channel_event *event)
{
    peer_answer answer = {.type = event->type};
    switch (event->type) {
    case JK_RECORD_MESSAGE:
        p->message_count++;
        p->message_size = event->data.size;
        memcpy(p->message, event->data.data, event->data.size);
        if (p->hear != NULL) {
            p->hear(p->hear_arg, event->sequence, event->data);
        }
        if (!p->mute) {
            const jk_ack ack = {.next_expected = event->sequence + 1, .credit = 64};
            const jk_status status = jk_channel_ack(&p->channel, LINK_EPOCH, &ack);
            (void)status;
            uint64_t *known = acked_of(&jk_channel_peer(&p->channel)->id, &p->keys->id);
            *known = event->sequence > *known ? event->sequence : *known;
        }
        return;
    case JK_RECORD_ACK: answer.sequence = event->ack.next_expected; break;
    case JK_RECORD_NACK:
        answer.sequence = event->nack.sequence;
        answer.rule = event->nack.rule;
        break;
    case JK_RECORD_HELLO:
    case JK_RECORD_CLOSE: return;
    }
    if (p->answer_count == PEER_EVENTS) {
        memmove(p->answers, p->answers + 1, sizeof p->answers - sizeof p->answers[0]);
        p->answer_count--;
    }
    p->answers[p->answer_count++] = answer;
}

static void take_event(peer *p, const jk_channel_event *event)
{
    switch (event->kind) {
    case JK_CHANNEL_AUTHENTICATED:
        p->proven = true;
        if (p->own.last_received == 0) {
            p->own.last_received = *acked_of(&event->peer, &p->keys->id);
        }
        if (!p->own_hello_held && jk_channel_hello(&p->channel, &p->own) != JK_OK) {
            p->closed = true;
        }
        break;
    case JK_CHANNEL_ESTABLISHED:
        p->established = true;
        p->theirs = event->hello;
        p->next = event->hello.last_received + 1;
        break;
    case JK_CHANNEL_RECORD: take_record(p, event); break;
    case JK_CHANNEL_COOKIE:
        p->got_cookie = true;
        memcpy(p->cookie, event->cookie, sizeof p->cookie);
        p->closed = true;
        break;
    case JK_CHANNEL_CLOSED:
        p->why = event->status;
        p->closed = true;
        break;
    }
}

static void feed(peer *p, jk_span bytes)
{
    jk_channel_event event;
    while (bytes.size > 0) {
        const size_t used = jk_channel_feed(&p->channel, bytes, (uint64_t)peer_now_ms());
        bytes.data += used;
        bytes.size -= used;
        bool any = used > 0;
        while (jk_channel_next(&p->channel, &event)) {
            take_event(p, &event);
            any = true;
        }
        if (!any) {
            return; /* held back, or ended */
        }
    }
}

bool peer_run(peer *p, bool (*until)(const peer *), int64_t wait_ms)
{
    static uint8_t bytes[65536];
    const int64_t end_ms = peer_now_ms() + wait_ms;
    while (!p->closed && (until == NULL || !until(p))) {
        const int64_t left_ms = end_ms - peer_now_ms();
        flush(p);
        if (left_ms <= 0 || p->closed) {
            break;
        }
        struct pollfd item = {.fd = p->fd, .events = POLLIN};
        if (poll(&item, 1, (int)left_ms) <= 0) {
            continue;
        }
        const ssize_t size = recv(p->fd, bytes, sizeof bytes, 0);
        if (size <= 0) {
            p->closed = true;
        } else {
            feed(p, (jk_span){bytes, (size_t)size});
        }
    }
    return until != NULL && until(p);
}

bool peer_is_proven(const peer *p)
{
    return p->proven;
}

bool peer_is_up(const peer *p)
{
    return p->established;
}

bool peer_is_closed(const peer *p)
{
    return p->closed;
}

bool peer_has_message(const peer *p)
{
    return p->message_count > 0;
}

/* --- links --- */

bool peer_dial(peer *p, const jk_keys *keys, const jk_node_id *target, unsigned port)
{
    p->got_cookie = false;
    for (int i = 0; i < TRIES; i++) {
        if (!peer_begin(p, keys, target, peer_connect(port, 0))) {
            return false;
        }
        p->own.last_sent = UINT64_C(1) << 40; /* whatever was received, more was sent */
        if (peer_run(p, peer_is_up, PEER_WAIT_MS)) {
            return true;
        }
        const bool again = p->got_cookie || p->why == JK_OK;
        peer_end(p);
        if (!again) {
            break;
        }
    }
    return false;
}

bool peer_accept(peer *p, const jk_keys *keys, const jk_node_id *wanted, int listener)
{
    struct pollfd item = {.fd = listener, .events = POLLIN};
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    while (peer_now_ms() < end_ms) {
        if (poll(&item, 1, (int)(end_ms - peer_now_ms())) <= 0) {
            return false;
        }
        if (!peer_answer_call(p, keys, accept(listener, NULL, NULL))) {
            return false;
        }
        p->own.last_sent = UINT64_C(1) << 40;
        if (peer_run(p, peer_is_up, PEER_WAIT_MS) &&
            jk_node_equal(&jk_channel_peer(&p->channel)->id, wanted)) {
            return true;
        }
        peer_end(p);
    }
    return false;
}

static bool find_answer(const peer *p, uint64_t sequence, jk_status *status)
{
    for (size_t i = 0; i < p->answer_count; i++) {
        const peer_answer *answer = &p->answers[i];
        if (answer->type == JK_RECORD_ACK && answer->sequence == sequence + 1) {
            *status = JK_OK;
            return true;
        }
        if (answer->type == JK_RECORD_NACK && answer->sequence == sequence) {
            *status = (jk_status)answer->rule;
            return true;
        }
    }
    return false;
}

static bool has_answer(const peer *p)
{
    return p->answer_count > 0;
}

jk_status peer_tell(peer *p, uint64_t sequence, jk_span bytes)
{
    jk_status status = JK_E_DEADLINE;
    p->answer_count = 0;
    if (jk_channel_send(&p->channel, LINK_EPOCH, sequence, bytes) != JK_OK) {
        return JK_E_IO;
    }
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    while (!find_answer(p, sequence, &status) && !p->closed && peer_now_ms() < end_ms) {
        p->answer_count = 0;
        (void)peer_run(p, has_answer, end_ms - peer_now_ms());
    }
    if (status == JK_E_DEADLINE && p->closed) {
        return JK_E_IO;
    }
    return status;
}

bool peer_record(peer *p, jk_span plain)
{
    uint8_t frame[2 + 65535 + JK_TAG_SIZE];
    const size_t size = plain.size + JK_TAG_SIZE;
    if (size > UINT16_MAX) {
        return false;
    }
    frame[0] = (uint8_t)(size >> 8);
    frame[1] = (uint8_t)size;
    flush(p);
    return jk_cipher_encrypt(&p->channel.send_cipher, plain, frame + 2) == JK_OK &&
           peer_raw(p, (jk_span){frame, 2 + size});
}
