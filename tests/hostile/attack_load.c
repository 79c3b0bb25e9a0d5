/* SPDX-License-Identifier: Apache-2.0 */
/* What a good peer notices of a thousand silent connections: of strangers, who are closed and
 * come back a thousand times a second, and of peers that have proven themselves and are held.
 * Times are told as ratios to rounds without them in the same run, never judged; what is held,
 * and the memory for it, is judged. */
#define _POSIX_C_SOURCE 200809L

#include "siege.h"

#include "bench/lib/report.h"
#include "channel/random.h"
#include "movein.h"
#include "node/keyfile.h"
#include "node/limits.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MANY = 1000,
    FEW = 40,
    ROUNDS = 5,
    TRIPS = 1000,
    SHAKES = 60,
    ADDRESSES = 20,
    PAUSE_MS = 1000,   /* a stranger comes back after it */
    GROWTH_KIB = 65536 /* RSS for a thousand proven peers */
};

static const char good[] = "cs-131024";
static const char victim_name[] = "cs-141003";
static int sockets[MANY];
static peer stranger = {.fd = -1};

typedef struct figures {
    double trip_us;  /* p99 of a message that is repeated and acknowledged again */
    double shake_us; /* p99 of a whole handshake */
} figures;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double p99(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], by_value);
    return values[count - 1 - count / 100];
}

/* One round of the good peer. */
static bool measure(siege *s, figures *out)
{
    static double us[TRIPS];
    static siege_message message;
    const siege_host *a = siege_host_of(s, good);
    const siege_host *b = siege_host_of(s, victim_name);
    for (int i = 0; i < SHAKES; i++) {
        const uint64_t start_ns = report_now_ns();
        peer_end(&s->p);
        if (!siege_check(s, peer_dial(&s->p, a->keys, &b->id, b->port), "the good peer is out")) {
            return false;
        }
        us[i] = (double)(report_now_ns() - start_ns) / 1000.0;
    }
    out->shake_us = p99(us, SHAKES);
    const jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_RELEASE, a, b);
    const uint64_t sequence = s->p.next++;
    if (!siege_encode(s, &envelope, &message)) {
        return false;
    }
    for (int i = -1; i < TRIPS; i++) { /* the first is a step, the others are repetitions */
        const uint64_t start_ns = report_now_ns();
        const jk_status answer = peer_tell(&s->p, sequence, (jk_span){message.bytes, message.size});
        if (!siege_check(s, answer == JK_OK, "no answer: %s", jk_status_name(answer))) {
            return false;
        }
        us[i < 0 ? 0 : i] = (double)(report_now_ns() - start_ns) / 1000.0;
    }
    out->trip_us = p99(us, TRIPS);
    return true;
}

/* --- strangers --- */

static size_t count_open(size_t count)
{
    size_t open = 0;
    for (size_t i = 0; i < count; i++) {
        open += peer_socket_open(sockets[i]) ? 1U : 0U;
    }
    return open;
}

static void close_all(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sockets[i] >= 0) {
            (void)close(sockets[i]);
        }
        sockets[i] = -1;
    }
}

/* A child that keeps so many strangers coming; tells how many are held once a second. */
static void flood(unsigned port, size_t count, int told)
{
    for (size_t i = 0; i < count; i++) {
        sockets[i] = -1;
    }
    for (;;) {
        for (size_t i = 0; i < count; i++) {
            if (!peer_socket_open(sockets[i])) {
                if (sockets[i] >= 0) {
                    (void)close(sockets[i]);
                }
                sockets[i] = peer_connect(port, 2U + (unsigned)i % ADDRESSES);
            }
            if (i % 50 == 49) {
                (void)poll(NULL, 0, PAUSE_MS / 20);
            }
        }
        const size_t open = count_open(count);
        if (write(told, &open, sizeof open) != (ssize_t)sizeof open) {
            _exit(1);
        }
    }
}

static pid_t start_flood(unsigned port, size_t count, int *told)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        flood(port, count, ends[1]);
    }
    (void)close(ends[1]);
    *told = ends[0];
    return child;
}

static void ratios(const char *name, figures *without, figures *with)
{
    double trips[ROUNDS];
    double shakes[ROUNDS];
    char line[96];
    for (size_t i = 0; i < ROUNDS; i++) {
        trips[i] = with[i].trip_us / without[i].trip_us;
        shakes[i] = with[i].shake_us / without[i].shake_us;
    }
    (void)snprintf(line, sizeof line, "hostile.%s.p99_ratio", name);
    report_line(line, report_median(trips, ROUNDS), "message, with/without", REPORT_AT_MOST, 2);
    (void)snprintf(line, sizeof line, "hostile.%s.handshake_p99_ratio", name);
    report_info(line, report_median(shakes, ROUNDS), "with/without");
    for (size_t i = 0; i < ROUNDS; i++) {
        trips[i] = with[i].trip_us;
        shakes[i] = without[i].trip_us;
    }
    (void)snprintf(line, sizeof line, "hostile.%s.p99", name);
    report_info(line, report_median(trips, ROUNDS), "us");
    (void)snprintf(line, sizeof line, "hostile.%s.p99_without", name);
    report_info(line, report_median(shakes, ROUNDS), "us");
}

static void silent_strangers(siege *s)
{
    figures without[ROUNDS];
    figures with[ROUNDS];
    const size_t count = s->small ? FEW : MANY;
    const siege_host *victim = siege_host_of(s, victim_name);
    size_t most = 0;
    size_t held = 0;
    const long before = siege_rss_kib(victim);
    long rss = before;
    for (size_t i = 0; i < ROUNDS; i++) {
        int told = -1;
        if (!measure(s, &without[i])) {
            return;
        }
        const pid_t child = start_flood(victim->port, count, &told);
        /* One whole round of strangers has come when the first number does. */
        const bool came = child > 0 && read(told, &held, sizeof held) == (ssize_t)sizeof held;
        const bool good_round = siege_check(s, came, "no flood") && measure(s, &with[i]);
        most = held > most ? held : most;
        rss = siege_rss_kib(victim) > rss ? siege_rss_kib(victim) : rss;
        if (child > 0) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, NULL, 0);
        }
        (void)close(told);
        if (!good_round) {
            return;
        }
    }
    (void)siege_check(s, most >= 1 && most <= JK_NODE_HALF_OPEN_MAX, "%zu strangers are held",
                      most);
    (void)siege_check(s, rss - before <= GROWTH_KIB, "RSS grew by %ld KiB", rss - before);
    ratios("strangers", without, with);
    report_info("hostile.strangers.held", (double)most, "connections");
    report_info("hostile.strangers.rss_before", (double)before / 1024, "MiB");
    report_info("hostile.strangers.rss", (double)rss / 1024, "MiB");
}

/* --- proven peers --- */

/* Another unit of 131024 proves itself, says HELLO and nothing more. */
static bool join(siege *s, const uint8_t *root, unsigned unit, int *fd)
{
    static jk_keys keys;
    const siege_host *model = siege_host_of(s, good);
    const siege_host *victim = siege_host_of(s, victim_name);
    jk_random random;
    jk_keys_order order = {.id = model->id,
                           .from_s = s->p.own.time_s - 3600,
                           .node_validity_s = JK_CHANNEL_VALIDITY_MAX_S,
                           .channel_validity_s = JK_CHANNEL_VALIDITY_MAX_S};
    order.id.unit = (uint16_t)unit;
    const bool up = jk_random_system_init(&random) == JK_OK &&
                    jk_keys_issue(&order, root, &random, &keys) == JK_OK &&
                    peer_dial(&stranger, &keys, &victim->id, victim->port);
    *fd = stranger.fd;
    stranger.fd = -1;
    return up;
}

static void silent_peers(siege *s)
{
    uint8_t root[JK_SIGN_SECRET_SIZE];
    figures without[ROUNDS];
    figures with[ROUNDS];
    char path[512];
    jk_fault fault;
    const size_t count = s->small ? FEW : MANY;
    const siege_host *victim = siege_host_of(s, victim_name);
    (void)snprintf(path, sizeof path, "%s/root", s->folder);
    if (!siege_check(s, jk_keyfile_load_root(path, root, &fault) == JK_OK, "no root")) {
        return;
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        if (!measure(s, &without[i])) {
            return;
        }
    }
    const long before = siege_rss_kib(victim);
    for (size_t i = 0; i < count; i++) {
        if (!siege_check(s, join(s, root, 1000U + (unsigned)i, &sockets[i]), "no link of a peer")) {
            return;
        }
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        if (!measure(s, &with[i])) {
            return;
        }
    }
    const long rss = siege_rss_kib(victim);
    const size_t held = count_open(count);
    (void)siege_check(s, held == count, "%zu peers are held, not %zu", held, count);
    (void)siege_check(s, rss - before <= GROWTH_KIB, "RSS grew by %ld KiB", rss - before);
    close_all(count);
    ratios("peers", without, with);
    report_info("hostile.peers.held", (double)held, "connections");
    report_info("hostile.peers.rss_before", (double)before / 1024, "MiB");
    report_info("hostile.peers.rss", (double)rss / 1024, "MiB");
}

const siege_attack attacks_load[] = {
    {"silent-strangers", silent_strangers},
    {"silent-peers", silent_peers},
    {NULL, NULL},
};
