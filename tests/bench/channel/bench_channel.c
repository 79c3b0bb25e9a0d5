/* SPDX-License-Identifier: Apache-2.0 */
/* What the channel costs on this machine: handshake (both sides), record of each size (both sides),
 * seal, open, certificate chain.  Tells microseconds an operation: the smallest of several runs,
 * for comparison within one machine only. */
#include "bench/lib/report.h"
#include "channel/channel.h"
#include "channel/directory.h"
#include "channel/random.h"
#include "channel/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS_MAX = 99,
    WALL_S = 1750000000,
    BUFFER_SIZE = 80000
};

typedef struct bench {
    jk_random random;
    jk_keys keys[2]; /* client, server */
    jk_channel client;
    jk_channel server;
    unsigned runs;
    size_t size; /* of the message to carry */
    uint8_t receive[2][JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t send[2][BUFFER_SIZE];
    uint8_t data[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t sealed[JK_SEAL_SIZE_MAX];
    size_t sealed_size;
} bench;

static bench b;

static void must(bool good)
{
    if (!good) {
        (void)fprintf(stderr, "bench_channel: a step failed\n");
        exit(1);
    }
}

static void measure(const char *name, size_t rounds, void (*once)(void))
{
    double best = 0;
    for (unsigned run = 0; run < b.runs; run++) {
        const uint64_t start = report_now_ns();
        for (size_t i = 0; i < rounds; i++) {
            once();
        }
        const double each = (double)(report_now_ns() - start) / (double)rounds / 1000;
        best = run == 0 || each < best ? each : best;
    }
    report_info(name, best, "us");
}

static void start(jk_channel *channel, int side)
{
    const jk_channel_config config = {
        .keys = &b.keys[side],
        .random = &b.random,
        .initiator = side == 0,
        .expected = b.keys[1].id,
        .wall_s = WALL_S,
        .receive = b.receive[side],
        .receive_size = JK_CHANNEL_MESSAGE_SIZE_MAX,
        .send = b.send[side],
        .send_size = BUFFER_SIZE,
    };
    must(jk_channel_init(channel, &config, 0) == JK_OK);
}

/* Carries everything that waits; true when an event came. */
static bool carry(jk_channel *from, jk_channel *to, jk_channel_event *event)
{
    const jk_span waiting = jk_channel_output(from);
    jk_channel_sent(from, jk_channel_feed(to, waiting, 0));
    return jk_channel_next(to, event);
}

static void handshake(void)
{
    const jk_hello hello = {.version_min = 1, .version_max = 1};
    jk_channel_event event;
    start(&b.client, 0);
    start(&b.server, 1);
    must(!carry(&b.client, &b.server, &event));
    must(carry(&b.server, &b.client, &event) && event.kind == JK_CHANNEL_AUTHENTICATED);
    must(jk_channel_hello(&b.client, &hello) == JK_OK);
    must(carry(&b.client, &b.server, &event) && event.kind == JK_CHANNEL_AUTHENTICATED);
    must(jk_channel_hello(&b.server, &hello) == JK_OK);
    must(carry(&b.client, &b.server, &event) && event.kind == JK_CHANNEL_ESTABLISHED);
    must(carry(&b.server, &b.client, &event) && event.kind == JK_CHANNEL_ESTABLISHED);
}

static void message(void)
{
    jk_channel_event event;
    must(jk_channel_send(&b.client, 1, 1, (jk_span){b.data, b.size}) == JK_OK);
    must(carry(&b.client, &b.server, &event) && event.kind == JK_CHANNEL_RECORD);
}

static jk_seal_context context(void)
{
    jk_seal_context c;
    memset(&c, 0, sizeof c);
    c.from = b.keys[0].id;
    c.to = b.keys[1].id;
    return c;
}

static void seal(void)
{
    const jk_seal_context c = context();
    const jk_seal_keys keys = {b.keys[1].seal.public_key, b.keys[0].sign_secret, &b.random};
    must(jk_seal(&c, &keys, (jk_span){b.data, b.size}, b.sealed, sizeof b.sealed, &b.sealed_size) ==
         JK_OK);
}

static void unseal(void)
{
    const jk_seal_context c = context();
    const jk_open_keys keys = {&b.keys[1].seal, b.keys[0].sign_secret + JK_SIGN_SEED_SIZE};
    size_t size = 0;
    must(jk_seal_open(&c, &keys, (jk_span){b.sealed, b.sealed_size}, b.data, sizeof b.data,
                      &size) == JK_OK);
}

static void chain(void)
{
    must(jk_keys_check(&b.keys[0], WALL_S) == JK_OK);
}

static void make_keys(void)
{
    uint8_t public_key[JK_SIGN_PUBLIC_SIZE];
    uint8_t secret[JK_SIGN_SECRET_SIZE];
    jk_keys_order order = {.id = {JK_ROLE_CS, "131016", 0},
                           .from_s = WALL_S - 10,
                           .node_validity_s = 1000,
                           .channel_validity_s = 1000};
    must(jk_sign_keypair_make(&b.random, public_key, secret) == JK_OK);
    must(jk_keys_issue(&order, secret, &b.random, &b.keys[0]) == JK_OK);
    order.id = (jk_node_id){JK_ROLE_PREFECTURE, "130001", 0};
    must(jk_keys_issue(&order, secret, &b.random, &b.keys[1]) == JK_OK);
}

int main(int argc, char **argv)
{
    b.runs = report_count(argc, argv, 1, 5, RUNS_MAX);
    if (argc > 2 || b.runs == 0) {
        (void)fprintf(stderr, "usage: bench_channel [runs]\n");
        return 2;
    }
    must(jk_random_system_init(&b.random) == JK_OK);
    make_keys();
    measure("channel.handshake", 300, handshake);
    measure("channel.certificate_chain", 1000, chain);
    handshake();
    const size_t sizes[] = {100, 1000, 16384, 65536};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char name[64];
        b.size = sizes[i];
        (void)snprintf(name, sizeof name, "channel.message_%zu", sizes[i]);
        measure(name, 20000000 / (sizes[i] + 2000), message);
    }
    b.size = 700;
    measure("channel.seal_700", 1000, seal);
    measure("channel.open_700", 1000, unseal);
    return 0;
}
