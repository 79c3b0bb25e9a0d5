/* SPDX-License-Identifier: Apache-2.0 */
/* What the channel's tests share: seeded randomness, a root with nodes, and two channels joined by
 * a wire in memory. */
#ifndef JUKI_TESTS_CHANNEL_FIXTURE_H
#define JUKI_TESTS_CHANNEL_FIXTURE_H

#include "channel/channel.h"
#include "channel/directory.h"
#include "channel/policy.h"
#include "channel/seal.h"

#define NOW_S 1750000000ULL
#define DAY_S 86400ULL

/* A random port whose bytes follow from a seed and a counter. */
typedef struct seeded_random {
    jk_random port; /* first: the port's self pointer is this struct */
    uint64_t seed;
    uint64_t counter;
    bool broken; /* then every fill fails */
} seeded_random;

void seeded_init(seeded_random *random, uint64_t seed);

/* A root key pair made from the seed. */
typedef struct test_root {
    uint8_t public_key[JK_SIGN_PUBLIC_SIZE];
    uint8_t secret[JK_SIGN_SECRET_SIZE];
} test_root;

void root_make(test_root *root, uint64_t seed);

jk_node_id node_id(jk_role role, const char *code, uint16_t unit);

/* A node's keys under the root, valid for a day around NOW_S. */
void node_make(const test_root *root, jk_role role, const char *code, uint16_t unit, jk_keys *keys);

/* Two channels and everything they borrow. */
typedef struct test_pair {
    test_root root;
    jk_keys client_keys;
    jk_keys server_keys;
    seeded_random client_random;
    seeded_random server_random;
    jk_channel_config client_config;
    jk_channel_config server_config;
    jk_channel client;
    jk_channel server;
    jk_channel_event client_event; /* the last one of each side */
    jk_channel_event server_event;
    uint8_t client_receive[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t server_receive[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t client_send[80000];
    uint8_t server_send[80000];
    uint64_t now_ms;
    /* Flip this bit of the bytes from client (0) or server (1); SIZE_MAX for none. */
    size_t flip_byte[2];
    uint8_t flip_mask;
    size_t wire_bytes[2]; /* carried so far */
    bool client_established;
    bool server_established;
} test_pair;

/* Keys of a CS that dials its prefecture, configs filled, channels not started. */
void pair_prepare(test_pair *pair, uint64_t seed);

/* Starts both channels; fails the test when one does not start. */
void pair_start(test_pair *pair);

/* Carries output and answers AUTHENTICATED with a HELLO until nothing moves. */
void pair_run(test_pair *pair);

/* Prepares, starts, runs and checks that both sides are established. */
void pair_establish(test_pair *pair, uint64_t seed);

/* Carries what waits from one side to the other until the next event there; false without event. */
bool carry(test_pair *pair, bool from_client, jk_channel_event *event);

extern const jk_hello test_hello;

#endif
