/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes that must work, and every way in which one must fail: changed bits, wrong names,
 * certificates of somebody else, dates, policy, cookies, the first deadlines. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static test_pair pair;

static void established_with_the_right_peer(void **state)
{
    (void)state;
    pair_prepare(&pair, 1);
    pair_start(&pair);
    assert_null(jk_channel_peer(&pair.client));
    jk_channel_event event;
    assert_int_equal(jk_channel_output(&pair.client).size, 32 + 32);
    assert_false(carry(&pair, true, &event));
    assert_int_equal(jk_channel_output(&pair.server).size, 608);
    assert_true(carry(&pair, false, &event));
    assert_int_equal(event.kind, JK_CHANNEL_AUTHENTICATED);
    assert_true(jk_node_equal(&event.peer, &pair.server_keys.id));
    assert_int_equal(jk_channel_output(&pair.client).size, 576);
    pair.client_event = event;
    assert_int_equal(jk_channel_hello(&pair.client, &test_hello), JK_OK);
    assert_int_equal(jk_channel_hello(&pair.client, &test_hello), JK_E_NOT_NOW);
    pair_run(&pair);
    assert_true(pair.client_established);
    assert_true(pair.server_established);
    assert_true(jk_node_equal(&pair.server_event.peer, &pair.client_keys.id));
    assert_int_equal(pair.server_event.version, 1);
    assert_int_equal(pair.server_event.hello.link_epoch, 7);
    assert_int_equal(pair.server_event.hello.last_sent, 41);
    assert_int_equal(pair.server_event.hello.received_epoch, 3);
    assert_int_equal(pair.server_event.hello.last_received, 40);
    assert_int_equal(pair.server_event.hello.revocation_sequence, 5);
    assert_int_equal(pair.server_event.hello.time_s, NOW_S);
    const jk_peer *peer = jk_channel_peer(&pair.client);
    assert_non_null(peer);
    assert_memory_equal(peer->sign_public, pair.server_keys.sign_secret + JK_SIGN_SEED_SIZE,
                        JK_SIGN_PUBLIC_SIZE);
    assert_int_equal(peer->to_s, NOW_S + DAY_S);
}

static bool any_established(void)
{
    return pair.client_established || pair.server_established;
}

/* One handshake with one changed place; fails unless nobody is established. */
static void must_fail(size_t side, size_t byte, uint8_t mask)
{
    pair_prepare(&pair, 2);
    pair.flip_byte[side] = byte;
    pair.flip_mask = mask;
    pair_start(&pair);
    pair_run(&pair);
    if (any_established()) {
        fail_msg("established although byte %zu of side %zu was changed by %02x", byte, side,
                 (unsigned)mask);
    }
    assert_true(pair.wire_bytes[side] > byte || pair.client.state == JK_CHANNEL_ENDED ||
                pair.server.state == JK_CHANNEL_ENDED);
}

static void every_bit_of_the_preamble(void **state)
{
    (void)state;
    int failed = 0;
    for (size_t bit = 0; bit < (size_t)JK_PREAMBLE_SIZE * 8; bit++) {
        must_fail(0, bit / 8, (uint8_t)(1U << (bit % 8)));
        failed++;
    }
    print_message("preamble: %d of 256 handshakes with one flipped bit failed\n", failed);
    assert_int_equal(failed, 256);
}

/* A cookie that is sent although nobody asked for one is still bound by the prologue. */
static void every_bit_of_a_preamble_with_cookie(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < (size_t)JK_PREAMBLE_SIZE * 8; bit++) {
        pair_prepare(&pair, 2);
        pair.client_config.has_cookie = true;
        memset(pair.client_config.cookie[0], 0xa5, JK_COOKIE_SIZE);
        pair.flip_byte[0] = bit / 8;
        pair.flip_mask = (uint8_t)(1U << (bit % 8));
        pair_start(&pair);
        pair_run(&pair);
        assert_false(any_established());
    }
}

static void every_byte_of_the_handshake(void **state)
{
    (void)state;
    const size_t from_client = JK_PREAMBLE_SIZE + 32 + 576;
    for (size_t byte = 0; byte < from_client; byte++) {
        must_fail(0, byte, 0x01);
        must_fail(0, byte, 0x80);
    }
    for (size_t byte = 0; byte < 608; byte++) {
        must_fail(1, byte, 0x01);
        must_fail(1, byte, 0x80);
    }
}

/* The same harness without a change: what the tests above rely on. */
static void no_flip_no_failure(void **state)
{
    (void)state;
    pair_prepare(&pair, 2);
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.client_established && pair.server_established);
}

/* Runs a prepared pair; the statuses with which each side closed, JK_OK for a side that did not. */
static void closes_with(jk_status client, jk_status server)
{
    pair_start(&pair);
    pair_run(&pair);
    assert_false(any_established());
    const jk_channel_event *c = &pair.client_event;
    const jk_channel_event *s = &pair.server_event;
    const jk_status got_client = c->kind == JK_CHANNEL_CLOSED ? c->status : JK_OK;
    const jk_status got_server = s->kind == JK_CHANNEL_CLOSED ? s->status : JK_OK;
    assert_string_equal(jk_status_name(got_client), jk_status_name(client));
    assert_string_equal(jk_status_name(got_server), jk_status_name(server));
    if (got_client != JK_OK) {
        assert_int_equal(jk_channel_output(&pair.client).size, 0);
    }
    if (got_server != JK_OK) {
        assert_int_equal(jk_channel_output(&pair.server).size, 0);
    }
}

static void dialled_somebody_else(void **state)
{
    (void)state;
    const jk_node_id wrong[] = {
        node_id(JK_ROLE_NATIONAL, "000000", 0),
        node_id(JK_ROLE_PREFECTURE, "130001", 1),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        pair_prepare(&pair, 3);
        pair.client_config.expected = wrong[i];
        closes_with(JK_OK, JK_E_IDENTITY);
    }
    /* Another code: Osaka's prefecture, dialled by one of its CSs. */
    pair_prepare(&pair, 3);
    node_make(&pair.root, JK_ROLE_CS, "271004", 0, &pair.client_keys);
    pair.client_config.expected = node_id(JK_ROLE_PREFECTURE, "270008", 0);
    closes_with(JK_OK, JK_E_IDENTITY);
}

/* A server that says yes to the preamble of another node: its certificates give it away. */
static void server_pretends_to_be_another(void **state)
{
    (void)state;
    const jk_node_id claims[] = {
        node_id(JK_ROLE_NATIONAL, "000000", 0),
        node_id(JK_ROLE_PREFECTURE, "130001", 1),
    };
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        pair_prepare(&pair, 4);
        pair.client_config.expected = claims[i];
        pair.server_keys.id = claims[i];
        closes_with(JK_E_IDENTITY, JK_OK);
    }
    pair_prepare(&pair, 4);
    node_make(&pair.root, JK_ROLE_CS, "271004", 0, &pair.client_keys);
    pair.client_config.expected = node_id(JK_ROLE_PREFECTURE, "270008", 0);
    pair.server_keys.id = pair.client_config.expected;
    closes_with(JK_E_IDENTITY, JK_OK);
}

static void dates(void **state)
{
    (void)state;
    pair_prepare(&pair, 5);
    pair.client_config.wall_s = NOW_S + DAY_S; /* the first second after the end */
    closes_with(JK_E_EXPIRED, JK_OK);
    pair_prepare(&pair, 5);
    pair.client_config.wall_s = NOW_S + DAY_S - 1;
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.client_established);
    pair_prepare(&pair, 5);
    pair.client_config.wall_s = NOW_S - DAY_S - 1; /* the last second before the start */
    closes_with(JK_E_EXPIRED, JK_OK);
    pair_prepare(&pair, 5);
    pair.server_config.wall_s = NOW_S + DAY_S;
    closes_with(JK_OK, JK_E_EXPIRED);
    pair_prepare(&pair, 5);
    pair.server_config.wall_s = NOW_S - DAY_S - 1;
    closes_with(JK_OK, JK_E_EXPIRED);
}

static void foreign_root(void **state)
{
    (void)state;
    test_root other;
    root_make(&other, 99);
    pair_prepare(&pair, 6);
    node_make(&other, JK_ROLE_PREFECTURE, "130001", 0, &pair.server_keys);
    closes_with(JK_E_CERTIFICATE, JK_OK);
    pair_prepare(&pair, 6);
    node_make(&other, JK_ROLE_CS, "131016", 0, &pair.client_keys);
    memcpy(pair.client_keys.root_public, pair.root.public_key, JK_SIGN_PUBLIC_SIZE);
    closes_with(JK_OK, JK_E_CERTIFICATE);
}

static void certificates_of_another_node(void **state)
{
    (void)state;
    jk_keys other;
    /* Channel certificate of another node: not signed by this node's key. */
    pair_prepare(&pair, 7);
    node_make(&pair.root, JK_ROLE_PREFECTURE, "130001", 9, &other);
    memcpy(pair.server_keys.channel_certificate, other.channel_certificate, JK_CERTIFICATE_SIZE);
    closes_with(JK_E_CERTIFICATE, JK_OK);
    /* Both certificates of another node, without its channel key. */
    pair_prepare(&pair, 7);
    node_make(&pair.root, JK_ROLE_CS, "131016", 9, &other);
    memcpy(pair.client_keys.channel_certificate, other.channel_certificate, JK_CERTIFICATE_SIZE);
    memcpy(pair.client_keys.node_certificate, other.node_certificate, JK_CERTIFICATE_SIZE);
    closes_with(JK_OK, JK_E_IDENTITY);
    /* Node certificate in both places. */
    pair_prepare(&pair, 7);
    memcpy(pair.server_keys.channel_certificate, pair.server_keys.node_certificate,
           JK_CERTIFICATE_SIZE);
    closes_with(JK_E_CERTIFICATE, JK_OK);
}

static bool revokes_serial(const void *arg, const jk_certificate *certificate)
{
    return certificate->serial == *(const uint64_t *)arg;
}

static void revoked_certificates(void **state)
{
    (void)state;
    pair_prepare(&pair, 8);
    jk_certificate fields;
    assert_int_equal(jk_certificate_decode(pair.client_keys.channel_certificate, &fields), JK_OK);
    pair.server_config.revoked = revokes_serial;
    pair.server_config.revoked_arg = &fields.serial;
    closes_with(JK_OK, JK_E_CERTIFICATE);
    pair_prepare(&pair, 8);
    assert_int_equal(jk_certificate_decode(pair.client_keys.node_certificate, &fields), JK_OK);
    pair.server_config.revoked = revokes_serial;
    pair.server_config.revoked_arg = &fields.serial;
    closes_with(JK_OK, JK_E_CERTIFICATE);
    pair_prepare(&pair, 8);
    const uint64_t other = fields.serial + 1;
    pair.server_config.revoked = revokes_serial;
    pair.server_config.revoked_arg = &other;
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.server_established);
}

/* A client made by hand, whose message 3 has one byte changed; JK_OK: it was accepted. */
static jk_status padded_with(size_t at, uint8_t byte)
{
    pair_prepare(&pair, 17);
    assert_int_equal(jk_channel_init(&pair.server, &pair.server_config, 1000), JK_OK);
    const jk_preamble preamble = {.target = pair.server_keys.id};
    uint8_t wire[JK_PREAMBLE_SIZE + 32];
    uint8_t prologue[JK_PROLOGUE_SIZE];
    jk_preamble_encode(&preamble, wire);
    jk_preamble_prologue(wire, prologue);
    jk_handshake client;
    const jk_handshake_config config = {.pattern = &jk_noise_xx,
                                        .initiator = true,
                                        .prologue = {prologue, sizeof prologue},
                                        .own_static = &pair.client_keys.channel,
                                        .random = &pair.client_random.port};
    assert_int_equal(jk_handshake_init(&client, &config), JK_OK);
    size_t size = 0;
    assert_int_equal(
        jk_handshake_write(&client, (jk_span){NULL, 0}, wire + JK_PREAMBLE_SIZE, 32, &size), JK_OK);
    (void)jk_channel_feed(&pair.server, (jk_span){wire, sizeof wire}, 1000);
    uint8_t payload[JK_CHANNEL_PAYLOAD_SIZE];
    assert_int_equal(
        jk_handshake_read(&client, jk_channel_output(&pair.server), payload, sizeof payload, &size),
        JK_OK);
    memset(payload, 0, sizeof payload);
    memcpy(payload, pair.client_keys.node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(payload + JK_CERTIFICATE_SIZE, pair.client_keys.channel_certificate,
           JK_CERTIFICATE_SIZE);
    payload[at] ^= byte;
    uint8_t third[JK_CHANNEL_MESSAGE_3_SIZE];
    assert_int_equal(
        jk_handshake_write(&client, (jk_span){payload, sizeof payload}, third, sizeof third, &size),
        JK_OK);
    (void)jk_channel_feed(&pair.server, (jk_span){third, size}, 1000);
    jk_channel_event event;
    assert_true(jk_channel_next(&pair.server, &event));
    assert_int_equal(event.kind == JK_CHANNEL_AUTHENTICATED, event.status == JK_OK);
    return event.status;
}

static void padding_is_zero(void **state)
{
    (void)state;
    assert_int_equal(padded_with(352, 0), JK_OK); /* negative control */
    for (size_t at = 352; at < JK_CHANNEL_PAYLOAD_SIZE; at++) {
        assert_int_equal(padded_with(at, 1), JK_E_HANDSHAKE);
    }
    assert_int_equal(padded_with(351, 1), JK_E_CERTIFICATE);
}

/* Random bytes instead of a peer, in random pieces: the channel ends or waits, and says nothing
 * beyond message 2. */
static void noise_instead_of_a_peer(void **state)
{
    (void)state;
    seeded_random random;
    seeded_init(&random, 18);
    for (int round = 0; round < 300; round++) {
        uint8_t bytes[2048];
        uint8_t cut;
        jk_channel_event event;
        pair_prepare(&pair, 18);
        pair_start(&pair);
        assert_int_equal(random.port.fill(&random.port, bytes, sizeof bytes), JK_OK);
        jk_channel *target = round % 2 == 0 ? &pair.server : &pair.client;
        if (round % 4 == 0) { /* a good preamble and message 1 first */
            assert_false(carry(&pair, true, &event));
        }
        for (size_t done = 0; done < sizeof bytes;) {
            assert_int_equal(random.port.fill(&random.port, &cut, 1), JK_OK);
            const size_t part = (size_t)cut % (sizeof bytes - done) + 1;
            done += part;
            (void)jk_channel_feed(target, (jk_span){bytes + done - part, part}, 1000);
        }
        assert_true(jk_channel_next(target, &event));
        assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
        assert_int_not_equal(event.status, JK_OK);
        assert_int_equal(jk_channel_output(target).size, 0);
        assert_null(jk_channel_peer(target));
    }
}

static void policy_at_both_ends(void **state)
{
    (void)state;
    /* A prefecture does not dial a CS. */
    pair_prepare(&pair, 9);
    pair.client_config.keys = &pair.server_keys;
    pair.client_config.expected = pair.client_keys.id;
    assert_int_equal(jk_channel_init(&pair.client, &pair.client_config, 0), JK_E_PEER_POLICY);
    /* An initiator that does not ask its own policy: its id is forged, its certificates are not. */
    pair_prepare(&pair, 9);
    node_make(&pair.root, JK_ROLE_CS, "271004", 0, &pair.client_keys);
    pair.client_keys.id = node_id(JK_ROLE_CS, "131016", 0);
    closes_with(JK_OK, JK_E_PEER_POLICY);
}

static void wrong_configs(void **state)
{
    (void)state;
    pair_prepare(&pair, 10);
    jk_channel_config config = pair.client_config;
    config.send_size = JK_CHANNEL_SEND_SIZE_MIN - 1;
    assert_int_equal(jk_channel_init(&pair.client, &config, 0), JK_E_USAGE);
    config = pair.client_config;
    config.expected.code[3] = 'x';
    assert_int_equal(jk_channel_init(&pair.client, &config, 0), JK_E_USAGE);
    config = pair.client_config;
    pair.client_random.broken = true;
    assert_int_equal(jk_channel_init(&pair.client, &config, 0), JK_E_RANDOM);
}

static void cookie_round_trip(void **state)
{
    (void)state;
    uint8_t secret[JK_COOKIE_SECRET_SIZE] = {1, 2, 3};
    const uint8_t address[] = "192.0.2.1";
    uint8_t cookie[2][JK_COOKIE_SIZE];
    jk_cookie_make(secret, 10, (jk_span){address, sizeof address}, cookie[0]);
    jk_cookie_make(secret, 9, (jk_span){address, sizeof address}, cookie[1]);
    assert_memory_not_equal(cookie[0], cookie[1], JK_COOKIE_SIZE);

    pair_prepare(&pair, 11);
    pair.server_config.has_cookie = true;
    memcpy(pair.server_config.cookie, cookie, sizeof cookie);
    pair_start(&pair);
    pair_run(&pair);
    assert_int_equal(pair.server_event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(pair.server_event.status, JK_E_NOT_NOW);
    assert_int_equal(pair.wire_bytes[1], JK_PREAMBLE_SIZE);
    assert_int_equal(pair.client_event.kind, JK_CHANNEL_COOKIE);
    assert_memory_equal(pair.client_event.cookie, cookie[0], JK_COOKIE_SIZE);

    for (size_t slot = 0; slot < 2; slot++) { /* current and previous */
        pair_prepare(&pair, 12);
        pair.server_config.has_cookie = true;
        memcpy(pair.server_config.cookie, cookie, sizeof cookie);
        pair.client_config.has_cookie = true;
        memcpy(pair.client_config.cookie[0], cookie[slot], JK_COOKIE_SIZE);
        pair_start(&pair);
        pair_run(&pair);
        assert_true(pair.client_established && pair.server_established);
    }
    pair_prepare(&pair, 12);
    pair.server_config.has_cookie = true;
    memcpy(pair.server_config.cookie, cookie, sizeof cookie);
    pair.client_config.has_cookie = true;
    jk_cookie_make(secret, 8, (jk_span){address, sizeof address}, pair.client_config.cookie[0]);
    pair_start(&pair);
    pair_run(&pair);
    assert_false(any_established());
    assert_int_equal(pair.client_event.kind, JK_CHANNEL_COOKIE);
}

static void preamble_deadline(void **state)
{
    (void)state;
    const uint8_t part[31] = {'J', 'U', 'K', 'I', 1, 1};
    jk_channel_event event;
    pair_prepare(&pair, 13);
    pair_start(&pair);
    assert_int_equal(jk_channel_deadline(&pair.server), 1000 + 5000 + 1);
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){part, sizeof part}, 6000), 31);
    jk_channel_tick(&pair.server, 6000);
    assert_false(jk_channel_next(&pair.server, &event));
    jk_channel_tick(&pair.server, 6001);
    assert_true(jk_channel_next(&pair.server, &event));
    assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(event.status, JK_E_DEADLINE);
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){part, 1}, 6002), 0);
}

static void deadlines_of_the_config(void **state)
{
    (void)state;
    pair_prepare(&pair, 13);
    pair.server_config.deadlines = (jk_channel_deadlines){.preamble_ms = 40, .handshake_ms = 90};
    pair_start(&pair);
    assert_true(jk_channel_silent(&pair.server));
    assert_int_equal(jk_channel_deadline(&pair.server), 1000 + 40 + 1);
    const jk_span said = jk_channel_output(&pair.client);
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){said.data, 31}, 1000), 31);
    assert_true(jk_channel_silent(&pair.server));
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){said.data + 31, 1}, 1000), 1);
    assert_false(jk_channel_silent(&pair.server));
    assert_int_equal(jk_channel_deadline(&pair.server), 1000 + 90 + 1);
}

static void handshake_deadline(void **state)
{
    (void)state;
    jk_channel_event event;
    pair_prepare(&pair, 14);
    pair_start(&pair);
    assert_false(carry(&pair, true, &event));
    assert_int_equal(jk_channel_deadline(&pair.server), 1000 + 10000 + 1);
    assert_int_equal(jk_channel_deadline(&pair.client), 1000 + 10000 + 1);
    pair.now_ms = 11000; /* in time to the millisecond */
    pair_run(&pair);
    assert_true(pair.client_established && pair.server_established);
    assert_int_equal(jk_channel_deadline(&pair.client), UINT64_MAX);

    pair_prepare(&pair, 14);
    pair_start(&pair);
    assert_false(carry(&pair, true, &event));
    pair.now_ms = 11001;
    pair_run(&pair);
    assert_false(any_established());
    assert_int_equal(pair.client_event.status, JK_E_DEADLINE);
}

static void versions_must_meet(void **state)
{
    (void)state;

    const struct {
        uint16_t min, max;
        uint16_t agreed; /* with the other side's 1..1 */
    } ranges[] = {{1, 1, 1}, {0, 9, 1}, {2, 3, 0}};

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        jk_hello hello = test_hello;
        hello.version_min = ranges[i].min;
        hello.version_max = ranges[i].max;
        pair_prepare(&pair, 15);
        pair_start(&pair);
        assert_false(carry(&pair, true, &pair.server_event));
        assert_true(carry(&pair, false, &pair.client_event));
        assert_int_equal(jk_channel_hello(&pair.client, &hello), JK_OK);
        pair_run(&pair);
        if (ranges[i].agreed != 0) {
            assert_true(pair.client_established && pair.server_established);
            assert_int_equal(pair.client_event.version, ranges[i].agreed);
            assert_int_equal(pair.server_event.version, ranges[i].agreed);
        } else {
            assert_false(any_established());
            /* Whoever reads the other's HELLO first closes; here the client. */
            assert_int_equal(pair.client_event.status, JK_E_VERSION);
        }
    }
}

static void one_byte_at_a_time(void **state)
{
    (void)state;
    jk_channel_event event;
    pair_prepare(&pair, 16);
    pair_start(&pair);
    for (int i = 0; i < 3; i++) {
        jk_channel *from = i % 2 == 0 ? &pair.client : &pair.server;
        jk_channel *to = i % 2 == 0 ? &pair.server : &pair.client;
        bool raised = false;
        while (jk_channel_output(from).size > 0 && !raised) {
            const uint8_t byte = jk_channel_output(from).data[0];
            assert_int_equal(jk_channel_feed(to, (jk_span){&byte, 1}, 1000), 1);
            jk_channel_sent(from, 1);
            raised = jk_channel_next(to, &event);
        }
        if (raised) {
            assert_int_equal(event.kind, JK_CHANNEL_AUTHENTICATED);
            /* Nothing is taken before our HELLO went. */
            const uint8_t byte = 0;
            assert_int_equal(jk_channel_feed(to, (jk_span){&byte, 1}, 1000), 0);
            assert_int_equal(jk_channel_hello(to, &test_hello), JK_OK);
        }
    }
    pair_run(&pair);
    assert_true(pair.client_established && pair.server_established);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(established_with_the_right_peer),
        cmocka_unit_test(no_flip_no_failure),
        cmocka_unit_test(every_bit_of_the_preamble),
        cmocka_unit_test(every_bit_of_a_preamble_with_cookie),
        cmocka_unit_test(every_byte_of_the_handshake),
        cmocka_unit_test(dialled_somebody_else),
        cmocka_unit_test(server_pretends_to_be_another),
        cmocka_unit_test(dates),
        cmocka_unit_test(foreign_root),
        cmocka_unit_test(certificates_of_another_node),
        cmocka_unit_test(revoked_certificates),
        cmocka_unit_test(padding_is_zero),
        cmocka_unit_test(noise_instead_of_a_peer),
        cmocka_unit_test(policy_at_both_ends),
        cmocka_unit_test(wrong_configs),
        cmocka_unit_test(cookie_round_trip),
        cmocka_unit_test(preamble_deadline),
        cmocka_unit_test(deadlines_of_the_config),
        cmocka_unit_test(handshake_deadline),
        cmocka_unit_test(versions_must_meet),
        cmocka_unit_test(one_byte_at_a_time),
    };
    return cmocka_run_group_tests_name("channel/handshake", tests, NULL, NULL);
}
