/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the channel's tests; see fixture.h. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

const jk_hello test_hello = {
    .link_epoch = 7,
    .last_sent = 41,
    .received_epoch = 3,
    .last_received = 40,
    .revocation_sequence = 5,
    .time_s = NOW_S,
    .version_min = 1,
    .version_max = 1,
};

static jk_status seeded_fill(jk_random *self, uint8_t *data, size_t size)
{
    seeded_random *random = (seeded_random *)(void *)self;
    if (random->broken) {
        return JK_E_RANDOM;
    }
    uint64_t key[4] = {random->seed, random->counter, 0, 0};
    random->counter++;
    randombytes_buf_deterministic(data, size, (const uint8_t *)key);
    return JK_OK;
}

void seeded_init(seeded_random *random, uint64_t seed)
{
    memset(random, 0, sizeof *random);
    random->port.fill = seeded_fill;
    random->seed = seed;
}

void root_make(test_root *root, uint64_t seed)
{
    seeded_random random;
    seeded_init(&random, seed);
    assert_int_equal(jk_sign_keypair_make(&random.port, root->public_key, root->secret), JK_OK);
}

jk_node_id node_id(jk_role role, const char *code, uint16_t unit)
{
    jk_node_id id;
    memset(&id, 0, sizeof id);
    id.role = (uint8_t)role;
    memcpy(id.code, code, 6);
    id.unit = unit;
    return id;
}

void node_make(const test_root *root, jk_role role, const char *code, uint16_t unit, jk_keys *keys)
{
    seeded_random random;
    seeded_init(&random, ((uint64_t)role << 40) + ((uint64_t)unit << 32) + (uint64_t)code[0] * 977 +
                             (uint64_t)code[1] * 131 + (uint64_t)code[4] * 17 + (uint64_t)code[5]);
    const jk_keys_order order = {
        .id = node_id(role, code, unit),
        .from_s = NOW_S - DAY_S,
        .node_validity_s = 2 * DAY_S,
        .channel_validity_s = 2 * DAY_S,
    };
    assert_int_equal(jk_keys_issue(&order, root->secret, &random.port, keys), JK_OK);
}

void pair_prepare(test_pair *pair, uint64_t seed)
{
    memset(pair, 0, sizeof *pair);
    root_make(&pair->root, 1);
    node_make(&pair->root, JK_ROLE_CS, "131016", 0, &pair->client_keys);
    node_make(&pair->root, JK_ROLE_PREFECTURE, "130001", 0, &pair->server_keys);
    seeded_init(&pair->client_random, seed * 2);
    seeded_init(&pair->server_random, seed * 2 + 1);
    pair->flip_byte[0] = SIZE_MAX;
    pair->flip_byte[1] = SIZE_MAX;
    pair->flip_mask = 1;
    pair->now_ms = 1000;
    pair->client_config = (jk_channel_config){
        .keys = &pair->client_keys,
        .random = &pair->client_random.port,
        .initiator = true,
        .expected = pair->server_keys.id,
        .wall_s = NOW_S,
        .receive = pair->client_receive,
        .receive_size = sizeof pair->client_receive,
        .send = pair->client_send,
        .send_size = sizeof pair->client_send,
    };
    pair->server_config = (jk_channel_config){
        .keys = &pair->server_keys,
        .random = &pair->server_random.port,
        .wall_s = NOW_S,
        .receive = pair->server_receive,
        .receive_size = sizeof pair->server_receive,
        .send = pair->server_send,
        .send_size = sizeof pair->server_send,
    };
}

void pair_start(test_pair *pair)
{
    assert_int_equal(jk_channel_init(&pair->client, &pair->client_config, pair->now_ms), JK_OK);
    assert_int_equal(jk_channel_init(&pair->server, &pair->server_config, pair->now_ms), JK_OK);
}

bool carry(test_pair *pair, bool from_client, jk_channel_event *event)
{
    jk_channel *from = from_client ? &pair->client : &pair->server;
    jk_channel *to = from_client ? &pair->server : &pair->client;
    const size_t side = from_client ? 0 : 1;
    if (jk_channel_next(to, event)) {
        return true;
    }
    const jk_span waiting = jk_channel_output(from);
    if (waiting.size > 0) {
        static uint8_t wire[80000];
        memcpy(wire, waiting.data, waiting.size);
        const size_t done = pair->wire_bytes[side];
        if (pair->flip_byte[side] >= done && pair->flip_byte[side] - done < waiting.size) {
            wire[pair->flip_byte[side] - done] ^= pair->flip_mask;
        }
        const size_t used = jk_channel_feed(to, (jk_span){wire, waiting.size}, pair->now_ms);
        pair->wire_bytes[side] += used;
        jk_channel_sent(from, used);
    }
    return jk_channel_next(to, event);
}

static void take_event(jk_channel *channel, const jk_channel_event *event, bool *established)
{
    if (event->kind == JK_CHANNEL_AUTHENTICATED) {
        assert_int_equal(jk_channel_hello(channel, &test_hello), JK_OK);
    } else if (event->kind == JK_CHANNEL_ESTABLISHED) {
        *established = true;
    }
}

void pair_run(test_pair *pair)
{
    for (bool moved = true; moved;) {
        const size_t before = pair->wire_bytes[0] + pair->wire_bytes[1];
        moved = false;
        if (carry(pair, true, &pair->server_event)) {
            take_event(&pair->server, &pair->server_event, &pair->server_established);
            moved = true;
        }
        if (carry(pair, false, &pair->client_event)) {
            take_event(&pair->client, &pair->client_event, &pair->client_established);
            moved = true;
        }
        moved = moved || pair->wire_bytes[0] + pair->wire_bytes[1] != before;
    }
}

void pair_establish(test_pair *pair, uint64_t seed)
{
    pair_prepare(pair, seed);
    pair_start(pair);
    pair_run(pair);
    assert_true(pair->client_established);
    assert_true(pair->server_established);
}
