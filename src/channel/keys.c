/* SPDX-License-Identifier: Apache-2.0 */
/* A node's keys: making a whole set and checking that a set belongs together. */
#include "channel/keys.h"

#include "channel/bytes.h"

#include <sodium.h>
#include <string.h>

jk_status jk_keys_check(const jk_keys *keys, uint64_t now_s)
{
    const jk_chain_check check = {
        .root_public = keys->root_public,
        .remote_static = keys->channel.public_key,
        .expected = &keys->id,
        .now_s = now_s,
    };
    jk_peer self;
    const jk_status status =
        jk_certificate_chain(keys->node_certificate, keys->channel_certificate, &check, &self);
    if (status != JK_OK) {
        return status;
    }
    /* libsodium's secret key ends with the public key. */
    if (memcmp(self.sign_public, keys->sign_secret + JK_SIGN_SEED_SIZE, JK_SIGN_PUBLIC_SIZE) != 0) {
        return JK_E_IDENTITY;
    }
    return JK_OK;
}

void jk_keys_wipe(jk_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}

static jk_status fill_keys(jk_random *random, jk_certificate *node, jk_certificate *channel,
                           jk_keys *keys)
{
    uint8_t serials[16];
    jk_status status = jk_sign_keypair_make(random, node->sign_public, keys->sign_secret);
    if (status == JK_OK) {
        status = jk_keypair_make(random, &keys->channel);
    }
    if (status == JK_OK) {
        status = jk_keypair_make(random, &keys->seal);
    }
    if (status == JK_OK) {
        status = random->fill(random, serials, sizeof serials);
    }
    if (status == JK_OK) {
        memcpy(channel->exchange_public, keys->channel.public_key, JK_KEY_SIZE);
        node->serial = get_u64(serials);
        channel->serial = get_u64(serials + 8);
    }
    return status;
}

jk_status jk_keys_rotate(jk_keys *keys, uint64_t from_s, uint64_t validity_s, jk_random *random)
{
    jk_certificate channel = {.type = JK_CERTIFICATE_CHANNEL,
                              .id = keys->id,
                              .from_s = from_s,
                              .to_s = from_s + validity_s};
    jk_keypair pair;
    uint8_t serial[8];
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    jk_status status = jk_keypair_make(random, &pair);
    if (status != JK_OK) {
        return status;
    }
    status = random->fill(random, serial, sizeof serial);
    if (status == JK_OK) {
        channel.serial = get_u64(serial);
        memcpy(channel.exchange_public, pair.public_key, JK_KEY_SIZE);
        status = jk_certificate_issue(&channel, keys->sign_secret, bytes);
    }
    if (status == JK_OK) {
        keys->channel = pair;
        memcpy(keys->channel_certificate, bytes, sizeof bytes);
    }
    sodium_memzero(&pair, sizeof pair);
    return status;
}

jk_status jk_keys_issue(const jk_keys_order *order, const uint8_t root_secret[JK_SIGN_SECRET_SIZE],
                        jk_random *random, jk_keys *keys)
{
    if (!jk_node_id_valid(&order->id)) {
        return JK_E_USAGE;
    }
    jk_certificate node = {.type = JK_CERTIFICATE_NODE, .id = order->id, .from_s = order->from_s};
    node.to_s = order->from_s + order->node_validity_s;
    jk_certificate channel = {
        .type = JK_CERTIFICATE_CHANNEL, .id = order->id, .from_s = order->from_s};
    channel.to_s = order->from_s + order->channel_validity_s;

    jk_keys made;
    memset(&made, 0, sizeof made);
    made.id = order->id;
    memcpy(made.root_public, root_secret + JK_SIGN_SEED_SIZE, JK_SIGN_PUBLIC_SIZE);
    jk_status status = fill_keys(random, &node, &channel, &made);
    if (status == JK_OK) {
        status = jk_certificate_issue(&node, root_secret, made.node_certificate);
    }
    if (status == JK_OK) {
        status = jk_certificate_issue(&channel, made.sign_secret, made.channel_certificate);
    }
    if (status == JK_OK) {
        *keys = made;
    }
    jk_keys_wipe(&made);
    return status;
}
