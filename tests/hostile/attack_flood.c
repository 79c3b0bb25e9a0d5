/* SPDX-License-Identifier: Apache-2.0 */
/* Floods: what is held stays bounded, cookies are demanded under load, and an honest peer of the
 * very same address gets in all the while. */
#define _POSIX_C_SOURCE 200809L

#include "siege.h"

#include "node/limits.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FLOOD = 200,           /* connections of one flood */
    ADDRESSES = 20,        /* 127.0.0.2 and so on */
    STORM = 600,           /* handshakes that are begun and left */
    PROVEN = 60,           /* whole handshakes of one peer, without HELLO */
    SETTLE_MS = 150,       /* nothing more was closed for so long */
    RSS_GROWTH_KIB = 24576 /* buffers of what is held, and the allocator's slack */
};

static const char terminal[] = "terminal-131016.1";
static const char victim_name[] = "cs-131016";
static int sockets[FLOOD];

/* How many of them the node still holds, when it has closed what it closes: at most `most`, if it
 * comes to that in time. */
static size_t held(const int *list, size_t count, size_t most)
{
    size_t last = SIZE_MAX;
    int64_t since_ms = peer_now_ms();
    const int64_t end_ms = since_ms + PEER_WAIT_MS;
    for (;;) {
        size_t now = 0;
        for (size_t i = 0; i < count; i++) {
            now += peer_socket_open(list[i]) ? 1U : 0U;
        }
        if (now != last) {
            last = now;
            since_ms = peer_now_ms();
        }
        const bool settled = now <= most && peer_now_ms() - since_ms >= SETTLE_MS;
        if (settled || peer_now_ms() >= end_ms) {
            return now;
        }
        (void)poll(NULL, 0, 5);
    }
}

static void close_all(int *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] >= 0) {
            (void)close(list[i]);
        }
        list[i] = -1;
    }
}

/* An honest handshake beside the flood, from the flood's own address. */
static void expect_good(siege *s, bool loaded)
{
    if (siege_link(s, terminal, victim_name) && loaded) {
        (void)siege_check(s, s->p.used_cookie, "a cookie was not demanded under load");
    }
    peer_end(&s->p);
}

static void expect_held(siege *s, size_t opened, size_t most)
{
    const size_t count = held(sockets, opened, most);
    (void)siege_check(s, count >= 1 && count <= most, "%zu connections are held, the bound is %zu",
                      count, most);
}

static void silent_flood(siege *s)
{
    siege_host *victim = siege_host_of(s, victim_name);
    (void)siege_snapshot_of(victim, &s->before);
    (void)siege_link(s, terminal, victim_name);
    (void)siege_check(s, !s->p.used_cookie, "a cookie was demanded without load");
    for (int i = 0; i < FLOOD; i++) {
        sockets[i] = peer_connect(victim->port, 0);
    }
    expect_good(s, true);
    expect_held(s, FLOOD, JK_NODE_PER_ADDRESS_MAX);
    close_all(sockets, FLOOD);
    for (int i = 0; i < FLOOD; i++) {
        sockets[i] = peer_connect(victim->port, 2U + (unsigned)i % ADDRESSES);
    }
    expect_good(s, true);
    expect_held(s, FLOOD, JK_NODE_HALF_OPEN_MAX);
    close_all(sockets, FLOOD);
    siege_unchanged(s, victim, 0);
}

/* A control: half of what the node allows from one address. */
void flood_wrong_bound(siege *s)
{
    const siege_host *victim = siege_host_of(s, victim_name);
    for (int i = 0; i < FLOOD; i++) {
        sockets[i] = peer_connect(victim->port, 0);
    }
    expect_held(s, FLOOD, JK_NODE_PER_ADDRESS_MAX / 2);
    close_all(sockets, FLOOD);
}

/* --- cookies --- */

/* Sends a preamble from that address; true: answered by a cookie and closed. */
static bool gets_cookie(siege *s, unsigned source, const uint8_t *with,
                        uint8_t cookie[JK_COOKIE_SIZE])
{
    const siege_host *victim = siege_host_of(s, victim_name);
    const jk_preamble preamble = {.target = victim->id};
    jk_preamble said = preamble;
    uint8_t bytes[JK_PREAMBLE_SIZE];
    uint8_t answer[JK_PREAMBLE_SIZE + 1];
    size_t size = 0;
    if (with != NULL) {
        said.has_cookie = true;
        memcpy(said.cookie, with, sizeof said.cookie);
    }
    jk_preamble_encode(&said, bytes);
    const int fd = peer_connect(victim->port, source);
    if (fd < 0 || send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) != (ssize_t)sizeof bytes) {
        return false;
    }
    struct pollfd item = {.fd = fd, .events = POLLIN};
    while (size < sizeof answer && poll(&item, 1, with == NULL ? PEER_WAIT_MS : 1000) > 0) {
        const ssize_t part = recv(fd, answer + size, sizeof answer - size, 0);
        if (part <= 0) {
            break;
        }
        size += (size_t)part;
    }
    (void)close(fd);
    return size == JK_PREAMBLE_SIZE && jk_cookie_of_answer(answer, cookie);
}

static void cookies(siege *s)
{
    siege_host *victim = siege_host_of(s, victim_name);
    uint8_t first[JK_COOKIE_SIZE] = {0};
    uint8_t other[JK_COOKIE_SIZE] = {0};
    uint8_t ignored[JK_COOKIE_SIZE];
    (void)siege_snapshot_of(victim, &s->before);
    for (int i = 0; i < JK_NODE_LOADED_OPEN + 4; i++) {
        sockets[i] = peer_connect(victim->port, 30);
    }
    (void)siege_check(s, gets_cookie(s, 31, NULL, first), "no cookie for a preamble under load");
    (void)siege_check(s, gets_cookie(s, 32, NULL, other), "no cookie for another address");
    (void)siege_check(s, memcmp(first, other, sizeof first) != 0, "one cookie for two addresses");
    (void)siege_check(s, gets_cookie(s, 33, first, ignored), "another address's cookie is taken");
    other[0] ^= 1;
    (void)siege_check(s, gets_cookie(s, 32, other, ignored), "a changed cookie is taken");
    (void)siege_check(s, !gets_cookie(s, 31, first, ignored), "the right cookie is refused");
    close_all(sockets, JK_NODE_LOADED_OPEN + 4);
    siege_unchanged(s, victim, 0);
}

/* --- handshakes --- */

/* Begins a handshake, with the cookie that is demanded, and leaves its socket waiting. */
static int begin_handshake(siege *s, const siege_host *who, const siege_host *victim)
{
    peer *p = &s->p;
    p->got_cookie = false;
    for (int i = 0; i < 2; i++) {
        if (!peer_begin(p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            return -1;
        }
        p->own_hello_held = true;
        (void)peer_run(p, peer_is_proven, PEER_WAIT_MS);
        (void)peer_run(p, NULL, 1); /* message 3 leaves */
        if (!p->got_cookie) {
            break;
        }
        peer_end(p);
    }
    const int fd = p->fd;
    p->fd = -1;
    return fd;
}

/* Handshakes that are begun and left at once: each costs the node a key exchange, unless a cookie
 * is demanded. */
static void handshake_storm(siege *s)
{
    siege_host *victim = siege_host_of(s, victim_name);
    const siege_host *who = siege_host_of(s, terminal);
    uint8_t bytes[JK_PREAMBLE_SIZE + JK_CHANNEL_MESSAGE_1_SIZE];
    (void)siege_snapshot_of(victim, &s->before);
    const long rss = siege_rss_kib(victim);
    for (int i = 0; i < STORM; i++) {
        const int fd = peer_connect(victim->port, 0);
        if (fd < 0 || !peer_begin(&s->p, who->keys, &victim->id, fd)) {
            (void)siege_check(s, false, "no connection");
            break;
        }
        memcpy(bytes, jk_channel_output(&s->p.channel).data, sizeof bytes);
        (void)peer_raw(&s->p, (jk_span){bytes, sizeof bytes});
        peer_end(&s->p);
    }
    expect_good(s, true);
    const long grown = siege_rss_kib(victim) - rss;
    (void)siege_check(s, grown <= RSS_GROWTH_KIB, "RSS grew by %ld KiB", grown);
    siege_unchanged(s, victim, 0);
}

/* One identity proves itself again and again and never says HELLO: one connection is held. */
static void proven_flood(siege *s)
{
    siege_host *victim = siege_host_of(s, victim_name);
    const siege_host *who = siege_host_of(s, terminal);
    const long rss = siege_rss_kib(victim);
    (void)siege_snapshot_of(victim, &s->before);
    for (int i = 0; i < PROVEN; i++) {
        sockets[i] = begin_handshake(s, who, victim);
        (void)siege_check(s, sockets[i] >= 0, "no handshake");
    }
    expect_held(s, PROVEN, 1);
    expect_good(s, false);
    close_all(sockets, PROVEN);
    const long grown = siege_rss_kib(victim) - rss;
    (void)siege_check(s, grown <= RSS_GROWTH_KIB, "RSS grew by %ld KiB", grown);
    siege_unchanged(s, victim, 0);
}

const siege_attack attacks_flood[] = {
    {"silent-flood", silent_flood}, {"cookies", cookies}, {"handshake-storm", handshake_storm},
    {"proven-flood", proven_flood}, {NULL, NULL},
};
