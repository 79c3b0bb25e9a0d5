/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and a node's set of keys: every byte counts, and each wrong link of the chain has
 * its own status.  (Names and dates in a live handshake: test_handshake.c.) */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static test_root root;
static jk_keys keys;

static int prepare(void **state)
{
    (void)state;
    root_make(&root, 1);
    node_make(&root, JK_ROLE_CS, "131016", 0x0102, &keys);
    return 0;
}

static void fields_stand_at_their_offsets(void **state)
{
    (void)state;
    const uint8_t *bytes = keys.node_certificate;
    jk_certificate f;
    assert_int_equal(jk_certificate_verify(bytes, root.public_key, &f), JK_OK);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(bytes[1], JK_CERTIFICATE_NODE);
    assert_int_equal(bytes[2], JK_ROLE_CS);
    assert_memory_equal(bytes + 4, "131016\x01\x02\0\0\0\0", 12);
    assert_true(jk_node_equal(&f.id, &keys.id));
    assert_int_equal(f.from_s, NOW_S - DAY_S);
    assert_int_equal(f.to_s, NOW_S + DAY_S);
    assert_memory_equal(bytes + 72, keys.sign_secret + 32, 32);
    assert_memory_equal(keys.channel_certificate + 40, keys.channel.public_key, 32);
    assert_int_equal(keys.channel_certificate[1], JK_CERTIFICATE_CHANNEL);
}

static void every_bit_counts(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < (size_t)JK_CERTIFICATE_SIZE * 8; bit++) {
        uint8_t bytes[JK_CERTIFICATE_SIZE];
        jk_certificate f = {.serial = 77};
        memcpy(bytes, keys.node_certificate, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(jk_certificate_verify(bytes, root.public_key, &f), JK_E_CERTIFICATE);
        assert_int_equal(f.serial, 77);
    }
}

static void labels_separate_the_types(void **state)
{
    (void)state;
    /* A channel certificate, signed by the same key under the node's label, is refused. */
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    jk_certificate f;
    memcpy(bytes, keys.channel_certificate, sizeof bytes);
    const uint8_t *signer = keys.sign_secret + 32;
    assert_int_equal(jk_certificate_verify(bytes, signer, &f), JK_OK);
    jk_sign(JK_LABEL_NODE_CERTIFICATE, (jk_span){bytes, 112}, keys.sign_secret, bytes + 112);
    assert_int_equal(jk_certificate_verify(bytes, signer, &f), JK_E_CERTIFICATE);
    jk_sign(JK_LABEL_CHANNEL_CERTIFICATE, (jk_span){bytes, 112}, keys.sign_secret, bytes + 112);
    assert_int_equal(jk_certificate_verify(bytes, signer, &f), JK_OK);
}

static void fields_that_are_never_issued(void **state)
{
    (void)state;
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    jk_certificate good;
    assert_int_equal(jk_certificate_decode(keys.node_certificate, &good), JK_OK);
    jk_certificate bad[10];
    for (size_t i = 0; i < 10; i++) {
        bad[i] = good;
    }
    bad[0].type = 3;
    bad[1].id.role = JK_ROLE_NONE;
    bad[2].id.role = JK_ROLE_CARDS + 1;
    bad[3].id.code[2] = 'a';
    memcpy(bad[4].id.code, "000000", 6); /* a CS without a municipality */
    bad[5].id.role = JK_ROLE_NATIONAL;   /* national with one */
    bad[6].to_s = bad[6].from_s;
    bad[7].to_s = bad[7].from_s + JK_NODE_VALIDITY_MAX_S + 1;
    memset(bad[8].sign_public, 0, 32);
    bad[9].exchange_public[0] = 1;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(jk_certificate_issue(&bad[i], root.secret, bytes), JK_E_USAGE);
    }
    assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_OK);
    assert_memory_equal(bytes, keys.node_certificate, sizeof bytes);
    assert_int_equal(jk_certificate_decode(keys.channel_certificate, &good), JK_OK);
    good.to_s = good.from_s + JK_CHANNEL_VALIDITY_MAX_S;
    assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_OK);
    good.to_s++;
    assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_E_USAGE);
}

static jk_status chain_at(uint64_t now_s, const jk_node_id *expected, const uint8_t *remote,
                          const uint8_t *channel)
{
    const jk_chain_check check = {.root_public = root.public_key,
                                  .remote_static = remote,
                                  .expected = expected,
                                  .now_s = now_s};
    jk_peer peer = {.node_serial = 77};
    const jk_status status = jk_certificate_chain(keys.node_certificate, channel, &check, &peer);
    assert_true(status == JK_OK ? jk_node_equal(&peer.id, &keys.id) : peer.node_serial == 77);
    return status;
}

static void each_link_has_its_status(void **state)
{
    (void)state;
    const uint8_t *own = keys.channel.public_key;
    const uint8_t *channel = keys.channel_certificate;
    assert_int_equal(chain_at(NOW_S, NULL, own, channel), JK_OK);
    assert_int_equal(chain_at(NOW_S, &keys.id, own, channel), JK_OK);
    assert_int_equal(chain_at(NOW_S - DAY_S, NULL, own, channel), JK_OK);
    assert_int_equal(chain_at(NOW_S - DAY_S - 1, NULL, own, channel), JK_E_EXPIRED);
    assert_int_equal(chain_at(NOW_S + DAY_S - 1, NULL, own, channel), JK_OK);
    assert_int_equal(chain_at(NOW_S + DAY_S, NULL, own, channel), JK_E_EXPIRED);
    assert_int_equal(chain_at(NOW_S, NULL, keys.seal.public_key, channel), JK_E_IDENTITY);
    jk_node_id other = keys.id;
    other.unit++;
    assert_int_equal(chain_at(NOW_S, &other, own, channel), JK_E_IDENTITY);
    other = keys.id;
    other.role = JK_ROLE_TERMINAL;
    assert_int_equal(chain_at(NOW_S, &other, own, channel), JK_E_IDENTITY);
    other = keys.id;
    other.code[5] = '7';
    assert_int_equal(chain_at(NOW_S, &other, own, channel), JK_E_IDENTITY);
}

/* A node that signs a channel certificate for another name, with its own valid key. */
static void a_node_cannot_rename_itself(void **state)
{
    (void)state;
    jk_certificate f;
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(jk_certificate_decode(keys.channel_certificate, &f), JK_OK);
        f.id.role = i == 0 ? JK_ROLE_REGISTRY : f.id.role;
        if (i == 1) {
            f.id.code[0] = '2';
        }
        f.id.unit = i == 2 ? 9 : f.id.unit;
        assert_int_equal(jk_certificate_issue(&f, keys.sign_secret, bytes), JK_OK);
        assert_int_equal(chain_at(NOW_S, NULL, keys.channel.public_key, bytes), JK_E_IDENTITY);
    }
}

/* The two certificates end at different times: the earlier end counts, whichever it is. */
static void both_dates_count(void **state)
{
    (void)state;
    const uint64_t days[2][2] = {{10, 5}, {5, 10}}; /* node, channel */
    for (size_t i = 0; i < 2; i++) {
        seeded_random random;
        seeded_init(&random, 9);
        const jk_keys_order order = {keys.id, NOW_S, days[i][0] * DAY_S, days[i][1] * DAY_S};
        jk_keys made;
        assert_int_equal(jk_keys_issue(&order, root.secret, &random.port, &made), JK_OK);
        assert_int_equal(jk_keys_check(&made, NOW_S + 5 * DAY_S - 1), JK_OK);
        assert_int_equal(jk_keys_check(&made, NOW_S + 5 * DAY_S), JK_E_EXPIRED);
    }
}

/* A node that plays the root: a node certificate signed by a node's key, under the node's label. */
static void a_node_is_no_root(void **state)
{
    (void)state;
    jk_certificate f;
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    assert_int_equal(jk_certificate_decode(keys.node_certificate, &f), JK_OK);
    assert_int_equal(jk_certificate_issue(&f, keys.sign_secret, bytes), JK_OK);
    assert_int_equal(chain_at(NOW_S, NULL, keys.channel.public_key, bytes), JK_E_CERTIFICATE);
}

static void a_set_of_keys_belongs_together(void **state)
{
    (void)state;
    jk_keys other;
    node_make(&root, JK_ROLE_CS, "271004", 0, &other);
    assert_int_equal(jk_keys_check(&keys, NOW_S), JK_OK);
    jk_keys mixed = keys;
    memcpy(mixed.sign_secret, other.sign_secret, sizeof mixed.sign_secret);
    assert_int_equal(jk_keys_check(&mixed, NOW_S), JK_E_IDENTITY);
    mixed = keys;
    mixed.channel = other.channel;
    assert_int_equal(jk_keys_check(&mixed, NOW_S), JK_E_IDENTITY);
    mixed = keys;
    mixed.id = other.id;
    assert_int_equal(jk_keys_check(&mixed, NOW_S), JK_E_IDENTITY);
    mixed = keys;
    mixed.root_public[0] ^= 1;
    assert_int_equal(jk_keys_check(&mixed, NOW_S), JK_E_CERTIFICATE);
    assert_int_equal(jk_keys_check(&keys, NOW_S + DAY_S), JK_E_EXPIRED);
    seeded_random random;
    seeded_init(&random, 3);
    random.broken = true;
    const jk_keys_order order = {keys.id, NOW_S, DAY_S, DAY_S};
    mixed = keys;
    assert_int_equal(jk_keys_issue(&order, root.secret, &random.port, &mixed), JK_E_RANDOM);
    assert_memory_equal(&mixed, &keys, sizeof mixed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_at_their_offsets),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(labels_separate_the_types),
        cmocka_unit_test(fields_that_are_never_issued),
        cmocka_unit_test(each_link_has_its_status),
        cmocka_unit_test(a_node_cannot_rename_itself),
        cmocka_unit_test(both_dates_count),
        cmocka_unit_test(a_node_is_no_root),
        cmocka_unit_test(a_set_of_keys_belongs_together),
    };
    return cmocka_run_group_tests_name("channel/certificate", tests, prepare, NULL);
}
