/* SPDX-License-Identifier: Apache-2.0 */
/* Silence and slowness at every point of a connection, all at once: each is closed at its
 * deadline, not before and not for ever. */
#define _POSIX_C_SOURCE 200809L

#include "siege.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PREAMBLE,
    HANDSHAKE,
    RECORD,
    MESSAGE,
    LATE_MS = 3000,  /* how late a deadline may be noticed: less than lies between two of them */
    BUSY_MS = 10000, /* when they are shortened, beside other tests on a busy machine */
    TICKS = 12       /* bytes of a slow peer within its deadline */
};

typedef struct slow {
    const char *what;
    int deadline;
    const char *who; /* NULL: a connection that never says who */
    size_t said;     /* bytes of the honest beginning */
    bool drip;       /* goes on byte by byte */
    int fd;
    peer *p;
    int64_t start_ms;
    int64_t drip_ms;
    int64_t closed_ms; /* 0 still open */
} slow;

static peer hands[4];

static void begin_record(peer *p, bool whole_record)
{
    uint8_t plain[JK_RECORD_PLAIN_MAX] = {JK_RECORD_MESSAGE, 1, 0, 0, 0, 0, 0, 0, 0, 1};
    if (whole_record) { /* the first of a message that has more */
        (void)peer_record(p, (jk_span){plain, sizeof plain});
        return;
    }
    const uint8_t part[] = {0, 200, 1, 2, 3};
    (void)peer_raw(p, (jk_span){part, sizeof part});
}

/* Connections that prove who they are, and then wait. */
static bool open_proven(siege *s, slow *one)
{
    const siege_host *victim = siege_host_of(s, "cs-141003");
    const siege_host *who = siege_host_of(s, one->who);
    if (victim == NULL || who == NULL) {
        return false;
    }
    if (one->deadline == HANDSHAKE) {
        one->start_ms = peer_now_ms();
        if (!peer_begin(one->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            return false;
        }
        one->p->own_hello_held = true;
        (void)peer_run(one->p, peer_is_proven, PEER_WAIT_MS);
        (void)peer_run(one->p, NULL, 1); /* message 3 leaves */
    } else {
        if (!peer_dial(one->p, who->keys, &victim->id, victim->port)) {
            return false;
        }
        one->start_ms = peer_now_ms();
        begin_record(one->p, one->deadline == MESSAGE);
    }
    one->fd = one->p->fd;
    return !one->p->closed;
}

static bool open_one(siege *s, slow *one)
{
    const siege_host *victim = siege_host_of(s, "cs-141003");
    const siege_host *who = siege_host_of(s, "cs-131024");
    if (one->who != NULL) {
        return open_proven(s, one);
    }
    one->start_ms = peer_now_ms();
    if (victim == NULL || who == NULL ||
        !peer_begin(&s->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
        return false;
    }
    (void)peer_raw(&s->p, (jk_span){jk_channel_output(&s->p.channel).data, one->said});
    one->fd = s->p.fd;
    s->p.fd = -1; /* the socket lives on */
    return true;
}

static void drip(slow *one, int64_t now_ms, unsigned deadline_ms)
{
    if (one->drip && now_ms - one->drip_ms >= (int64_t)(deadline_ms / TICKS)) {
        const uint8_t byte = 0;
        one->drip_ms = now_ms;
        (void)send(one->fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static bool watch(siege *s, slow *list, size_t count)
{
    bool open = false;
    for (size_t i = 0; i < count; i++) {
        slow *one = &list[i];
        if (one->closed_ms != 0) {
            continue;
        }
        if (!peer_socket_open(one->fd)) {
            one->closed_ms = peer_now_ms();
            continue;
        }
        drip(one, peer_now_ms(), s->deadlines[one->deadline]);
        open = true;
    }
    return open;
}

static int64_t late_ms(const siege *s)
{
    return s->deadlines[PREAMBLE] > LATE_MS ? LATE_MS : BUSY_MS;
}

static void judge(siege *s, const slow *one)
{
    const int64_t limit_ms = s->deadlines[one->deadline];
    const int64_t took_ms = one->closed_ms - one->start_ms;
    if (siege_check(s, one->closed_ms != 0, "%s: never closed", one->what)) {
        (void)siege_check(s, took_ms >= limit_ms && took_ms <= limit_ms + late_ms(s),
                          "%s: closed after %lld ms, the deadline is %lld ms", one->what,
                          (long long)took_ms, (long long)limit_ms);
    }
}

static void silence(siege *s)
{
    slow list[] = {
        {.what = "after connect", .deadline = PREAMBLE},
        {.what = "within the preamble", .deadline = PREAMBLE, .said = 31},
        {.what = "a slow preamble", .deadline = PREAMBLE, .drip = true},
        {.what = "after the preamble", .deadline = HANDSHAKE, .said = 32},
        {.what = "a slow message 1", .deadline = HANDSHAKE, .said = 32, .drip = true},
        {.what = "after message 1", .deadline = HANDSHAKE, .said = 64},
        {.what = "a slow message 3", .deadline = HANDSHAKE, .said = 64, .drip = true},
        {.what = "before HELLO", .deadline = HANDSHAKE, .who = "cs-131024", .p = &hands[0]},
        {.what = "within a record", .deadline = RECORD, .who = "cs-131024.1", .p = &hands[1]},
        {.what = "a slow record",
         .deadline = RECORD,
         .who = "cs-131024.2",
         .p = &hands[2],
         .drip = true},
        {.what = "within a message", .deadline = MESSAGE, .who = "cs-131024.3", .p = &hands[3]},
    };
    const size_t count = sizeof list / sizeof list[0];
    siege_host *victim = siege_host_of(s, "cs-141003");
    (void)siege_snapshot_of(victim, &s->before);
    const long log = siege_log_size(s, victim);
    for (size_t i = 0; i < count; i++) {
        list[i].fd = -1;
        (void)siege_check(s, open_one(s, &list[i]), "%s: no connection", list[i].what);
    }
    const int64_t end_ms = peer_now_ms() + s->deadlines[MESSAGE] + late_ms(s);
    while (watch(s, list, count) && peer_now_ms() < end_ms) {
        (void)poll(NULL, 0, 10);
    }
    for (size_t i = 0; i < count; i++) {
        judge(s, &list[i]);
        if (list[i].fd >= 0) {
            (void)close(list[i].fd);
        }
    }
    (void)siege_check(s, siege_logged(s, victim, log, "status=E_DEADLINE"), "no E_DEADLINE");
    siege_unchanged(s, victim, 0);
    (void)siege_link(s, "cs-131024", "cs-141003");
}

const siege_attack attacks_slow[] = {
    {"silence", silence},
    {NULL, NULL},
};
