/* SPDX-License-Identifier: Apache-2.0 */
/* The exact bounds of the parts of a channel: one byte that fits and one that does not; what stands
 * behind a field is neither read nor written. */
#include "fixture.h"

#include "channel/bytes.h"
#include "channel/preamble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static test_pair pair;

/* The cookie as the README defines it, by libsodium's one call. */
static void expected_cookie(const uint8_t *secret, uint64_t slot, jk_span address,
                            uint8_t cookie[JK_COOKIE_SIZE])
{
    uint8_t text[128] = "juki/1/cookie"; /* and its NUL */
    size_t size = sizeof "juki/1/cookie";
    put_u64(text + size, slot);
    size += 8;
    memcpy(text + size, address.data, address.size);
    size += address.size;
    assert_int_equal(
        crypto_generichash(cookie, JK_COOKIE_SIZE, text, size, secret, JK_COOKIE_SECRET_SIZE), 0);
}

static void a_cookie_of_every_length_of_address(void **state)
{
    (void)state;
    uint8_t secret[JK_COOKIE_SECRET_SIZE + 1];
    uint8_t address[18];
    memset(secret, 0x33, sizeof secret);
    memset(address, 0x44, sizeof address);
    for (size_t size = 0; size <= sizeof address; size++) {
        uint8_t made[JK_COOKIE_SIZE + 1];
        uint8_t wanted[JK_COOKIE_SIZE];
        memset(made, 0x55, sizeof made);
        secret[JK_COOKIE_SECRET_SIZE] = (uint8_t)size; /* not a part of it */
        jk_cookie_make(secret, 0x0102030405060708, (jk_span){address, size}, made);
        expected_cookie(secret, 0x0102030405060708, (jk_span){address, size}, wanted);
        assert_memory_equal(made, wanted, sizeof wanted);
        assert_int_equal(made[JK_COOKIE_SIZE], 0x55);
    }
}

static void a_prologue_and_nothing_behind_it(void **state)
{
    (void)state;
    uint8_t bytes[JK_PREAMBLE_SIZE + 1];
    uint8_t prologue[JK_PROLOGUE_SIZE + 1];
    memset(bytes, 0x21, sizeof bytes);
    memset(prologue, 0x22, sizeof prologue);
    jk_preamble_prologue(bytes, prologue);
    assert_memory_equal(prologue, "juki/1/channel", 14);
    assert_memory_equal(prologue + 14, bytes, JK_PREAMBLE_SIZE);
    assert_int_equal(prologue[JK_PROLOGUE_SIZE], 0x22);
}

/* Only the whole cookie opens the door, of this slot or of the one before; and after the answer the
 * channel takes nothing more. */
static void cookies_that_differ_in_one_byte(void **state)
{
    (void)state;
    for (size_t byte = 0; byte <= 2 * (size_t)JK_COOKIE_SIZE; byte++) {
        pair_prepare(&pair, 60);
        for (size_t i = 0; i < 2; i++) {
            memset(pair.server_config.cookie[i], (int)(0x60 + i), JK_COOKIE_SIZE);
        }
        const size_t slot = byte / JK_COOKIE_SIZE % 2;
        const bool good = byte == 2 * (size_t)JK_COOKIE_SIZE;
        pair.server_config.has_cookie = true;
        pair.client_config.has_cookie = true;
        memcpy(pair.client_config.cookie[0], pair.server_config.cookie[slot], JK_COOKIE_SIZE);
        if (!good) {
            pair.client_config.cookie[0][byte % JK_COOKIE_SIZE] ^= 1;
        }
        pair_start(&pair);
        pair_run(&pair);
        assert_int_equal(pair.client_established, good);
        if (!good) {
            uint8_t more[1] = {0};
            assert_int_equal(pair.server_event.status, JK_E_NOT_NOW);
            assert_int_equal(pair.client_event.kind, JK_CHANNEL_COOKIE);
            assert_memory_equal(pair.client_event.cookie, pair.server_config.cookie[0],
                                JK_COOKIE_SIZE);
            assert_int_equal(jk_channel_feed(&pair.client, (jk_span){more, 1}, 1000), 0);
            assert_int_equal(jk_channel_feed(&pair.server, (jk_span){more, 1}, 1000), 0);
        }
    }
}

/* An ACK of 48 bytes in an output that has room for 48, and for one less. */
static void an_output_that_is_full_to_the_byte(void **state)
{
    (void)state;

    enum {
        ACK_BYTES = 2 + 18 + 12 + 16
    };

    static const uint8_t message[JK_CHANNEL_SEND_SIZE_MIN] = {0};
    const jk_ack ack = {.next_expected = 4, .credit = 9};
    for (size_t missing = 0; missing < 2; missing++) {
        pair_prepare(&pair, 61);
        pair.client_config.send_size = JK_CHANNEL_SEND_SIZE_MIN;
        pair_start(&pair);
        pair_run(&pair);
        const size_t size =
            JK_CHANNEL_SEND_SIZE_MIN - ACK_BYTES + missing - jk_channel_send_size(0);
        assert_int_equal(jk_channel_send(&pair.client, 7, 1, (jk_span){message, size}), JK_OK);
        const jk_cipher before = pair.client.send_cipher;
        const jk_status status = jk_channel_ack(&pair.client, 7, &ack);
        assert_int_equal(status, missing == 0 ? JK_OK : JK_E_FULL);
        assert_int_equal(jk_channel_output(&pair.client).size,
                         JK_CHANNEL_SEND_SIZE_MIN - (missing == 0 ? 0 : ACK_BYTES - 1));
        assert_int_equal(memcmp(&before, &pair.client.send_cipher, sizeof before) == 0,
                         missing != 0);
    }
}

/* Randomness, then a key that is spent: nothing is said and nobody believes it was. */
static void what_cannot_be_encrypted_ends_the_channel(void **state)
{
    (void)state;
    jk_channel_event event;
    const jk_ack ack = {.next_expected = 4, .credit = 9};
    pair_establish(&pair, 62);
    pair.client.send_cipher.nonce = UINT64_MAX;
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_E_USAGE);
    assert_int_equal(jk_channel_output(&pair.client).size, 0);
    assert_true(jk_channel_next(&pair.client, &event));
    assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(event.status, JK_E_USAGE);
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_E_NOT_NOW);
}

/* An event says what it is about and nothing of the one before. */
static void events_begin_empty(void **state)
{
    (void)state;
    jk_channel_event event;
    const jk_nack nack = {.sequence = 77, .rule = JK_E_WIRE};
    const jk_ack ack = {.next_expected = 4, .credit = 9};
    static const uint8_t zeros[JK_COOKIE_SIZE] = {0};
    pair_establish(&pair, 63);
    assert_int_equal(jk_channel_nack(&pair.client, 8, &nack), JK_OK);
    assert_int_equal(jk_channel_ack(&pair.client, 9, &ack), JK_OK);
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.hello.last_sent, 0);
    assert_int_equal(event.version, 0);
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.link_epoch, 9);
    assert_int_equal(event.nack.sequence, 0);
    assert_int_equal(event.nack.rule, 0);
    assert_int_equal(event.data.size, 0);
    assert_memory_equal(event.cookie, zeros, sizeof zeros);
}

static void configs_without_a_part(void **state)
{
    (void)state;
    for (int part = 0; part < 8; part++) {
        static jk_keys keys;
        pair_prepare(&pair, 64);
        jk_channel_config *config = &pair.server_config;
        switch (part) {
        case 0: config->keys = NULL; break;
        case 1: config->random = NULL; break;
        case 2: config->receive = NULL; break;
        case 3: config->receive_size = 0; break;
        case 4: config->send = NULL; break;
        case 5: config->send_size = JK_CHANNEL_SEND_SIZE_MIN - 1; break;
        case 6:
            keys = pair.server_keys;
            keys.id.role = JK_ROLE_NONE;
            config->keys = &keys;
            break;
        default: config->send_size = JK_CHANNEL_SEND_SIZE_MIN; break;
        }
        const jk_status status = jk_channel_init(&pair.server, config, 1000);
        assert_int_equal(status, part < 7 ? JK_E_USAGE : JK_OK);
    }
}

static void addresses(void **state)
{
    (void)state;

    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"a:1", true},
        {"~:65535", true},
        {"!:9", true},
        {"[2001:db8::1]:65530", true},
        {"host.example:6553", true},
        {":1", false},
        {"a", false},
        {"a:", false},
        {"a:0", false},
        {"a:01", false},
        {"a:65536", false},
        {"a:655350", false},
        {"a:70000", false},
        {"a:1x", false},
        {"a:x1", false},
        {"a:1/", false},
        {"a:1:", false},
        {"a b:1", false},
        {" a:1", false},
        {"\x7f:1", false},
        {"a\x7f:1", false},
        {"a\x80:1", false},
        {"", false},
    };

    test_root root;
    jk_keys keys;
    root_make(&root, 1);
    node_make(&root, JK_ROLE_CS, "131016", 0, &keys);
    jk_directory_entry entry;
    static uint8_t file[JK_DIRECTORY_HEADER_SIZE + JK_DIRECTORY_ENTRY_SIZE + JK_SIGNATURE_SIZE];
    const jk_directory header = {.count = 1, .sequence = 1, .issued_s = NOW_S};
    for (size_t i = 0; i <= sizeof cases / sizeof cases[0] + 2; i++) {
        const size_t more = i - sizeof cases / sizeof cases[0]; /* of the last three */
        memset(&entry, 0, sizeof entry);
        memcpy(entry.node_certificate, keys.node_certificate, JK_CERTIFICATE_SIZE);
        memcpy(entry.prekey, keys.seal.public_key, JK_KEY_SIZE);
        bool good = false;
        if (i < sizeof cases / sizeof cases[0]) {
            (void)snprintf(entry.address, sizeof entry.address, "%s", cases[i].text);
            good = cases[i].good;
        } else { /* as long as it may be, one more, and something behind the end */
            memset(entry.address, 'a', sizeof entry.address);
            const size_t size = sizeof entry.address - (more == 1 ? 0 : 1);
            memcpy(entry.address + size - 2, ":1", 2);
            entry.address[sizeof entry.address - 1] = more == 1 ? '1' : '\0';
            entry.address[4] = more == 2 ? '\0' : 'a';
            good = more == 0;
        }
        const jk_status status =
            jk_directory_build(&header, &entry, root.secret, file, sizeof file);
        if ((status == JK_OK) != good) {
            fail_msg("%.64s: %s", entry.address, jk_status_name(status));
        }
        assert_true(status == JK_OK || status == JK_E_USAGE);
    }
}

/* The last byte of an entry's certificate is read with it. */
static void every_byte_of_an_entry_comes_back(void **state)
{
    (void)state;
    test_root root;
    jk_keys keys;
    root_make(&root, 1);
    node_make(&root, JK_ROLE_CS, "131016", 0, &keys);
    jk_directory_entry entry = {.address = "a:1"};
    jk_directory_entry got;
    jk_directory d;
    static uint8_t file[JK_DIRECTORY_HEADER_SIZE + JK_DIRECTORY_ENTRY_SIZE + JK_SIGNATURE_SIZE];
    const jk_directory header = {.count = 1, .sequence = 1, .issued_s = NOW_S};
    memcpy(entry.node_certificate, keys.node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(entry.prekey, keys.seal.public_key, JK_KEY_SIZE);
    assert_int_equal(jk_directory_build(&header, &entry, root.secret, file, sizeof file), JK_OK);
    assert_int_equal(jk_directory_open((jk_span){file, sizeof file}, root.public_key, &d), JK_OK);
    for (int fill = 0; fill <= 0xFF; fill += 0xFF) {
        memset(&got, fill, sizeof got);
        assert_int_equal(jk_directory_at(&d, 0, &got), JK_OK);
        assert_memory_equal(got.node_certificate, entry.node_certificate, JK_CERTIFICATE_SIZE);
        assert_memory_equal(got.prekey, entry.prekey, JK_KEY_SIZE);
        assert_memory_equal(got.address, entry.address, sizeof got.address);
    }
}

/* A key is there when any byte of it is not zero. */
static void keys_of_one_byte(void **state)
{
    (void)state;
    test_root root;
    jk_keys keys;
    jk_certificate good;
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    root_make(&root, 1);
    node_make(&root, JK_ROLE_CS, "131016", 0, &keys);
    for (size_t byte = 0; byte < JK_KEY_SIZE; byte++) {
        assert_int_equal(jk_certificate_decode(keys.channel_certificate, &good), JK_OK);
        good.sign_public[byte] = 1; /* a channel certificate has none */
        assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_E_USAGE);
        assert_int_equal(jk_certificate_decode(keys.node_certificate, &good), JK_OK);
        good.exchange_public[byte] = 1;
        assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_E_USAGE);
        memset(good.exchange_public, 0, sizeof good.exchange_public);
        memset(good.sign_public, 0, sizeof good.sign_public);
        good.sign_public[byte] = 1;
        assert_int_equal(jk_certificate_issue(&good, root.secret, bytes), JK_OK);
    }
}

/* Codes that differ in their last digit alone are not one municipality. */
static void neighbours_are_strangers(void **state)
{
    (void)state;
    const jk_node_id cs = node_id(JK_ROLE_CS, "131016", 0);
    for (char digit = '0'; digit <= '9'; digit++) {
        char code[7] = "131016";
        code[5] = digit;
        const jk_node_id registry = node_id(JK_ROLE_REGISTRY, code, 0);
        const jk_node_id terminal = node_id(JK_ROLE_TERMINAL, code, 0);
        assert_int_equal(jk_policy_allows(&registry, &cs), digit == '6');
        assert_int_equal(jk_policy_allows(&terminal, &cs), digit == '6');
    }
}

/* A record type that nobody knows, of no bytes and of one. */
static void unknown_records(void **state)
{
    (void)state;
    for (size_t size = 18; size <= 19; size++) {
        uint8_t plain[19] = {99, 3};
        const jk_record before = {.type = 1, .sequence = 5};
        jk_record record = before;
        assert_int_equal(jk_record_parse((jk_span){plain, size}, &record), JK_E_RECORD);
        assert_memory_equal(&record, &before, sizeof before);
    }
}

/* Payloads of the first message, which is not encrypted: none, one byte, the most, one more. */
static void payloads_in_the_clear(void **state)
{
    (void)state;
    static uint8_t payload[JK_NOISE_PAYLOAD_MAX + 1];
    static uint8_t wire[JK_NOISE_MESSAGE_MAX + JK_NOISE_PAYLOAD_MAX];
    static uint8_t got[JK_NOISE_PAYLOAD_MAX + 1];
    static const size_t sizes[] = {0, 1, 2, JK_NOISE_PAYLOAD_MAX};
    seeded_random random;
    jk_keypair own;
    jk_handshake writer;
    jk_handshake reader;
    seeded_init(&random, 5);
    assert_int_equal(jk_keypair_make(&random.port, &own), JK_OK);
    memset(payload, 0x77, sizeof payload);
    jk_handshake_config config = {
        .pattern = &jk_noise_xx, .own_static = &own, .random = &random.port};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = 0;
        size_t read = 0;
        config.initiator = true;
        assert_int_equal(jk_handshake_init(&writer, &config), JK_OK);
        config.initiator = false;
        assert_int_equal(jk_handshake_init(&reader, &config), JK_OK);
        assert_int_equal(
            jk_handshake_write(&writer, (jk_span){payload, sizes[i]}, wire, sizeof wire, &size),
            JK_OK);
        assert_int_equal(size, JK_KEY_SIZE + sizes[i]);
        assert_memory_equal(wire + JK_KEY_SIZE, payload, sizes[i]);
        memset(got, 0, sizeof got);
        assert_int_equal(jk_handshake_read(&reader, (jk_span){wire, size}, got, sizeof got, &read),
                         JK_OK);
        assert_int_equal(read, sizes[i]);
        assert_memory_equal(got, payload, read);
    }
    size_t size = 77;
    assert_int_equal(jk_handshake_init(&reader, &config), JK_OK);
    assert_int_equal(jk_handshake_read(&reader,
                                       (jk_span){wire, JK_KEY_SIZE + JK_NOISE_PAYLOAD_MAX + 1}, got,
                                       sizeof got, &size),
                     JK_E_OVERSIZED);
    assert_int_equal(size, 77);
}

/* A HELLO whose versions are no range. */
static void a_hello_that_is_none(void **state)
{
    (void)state;
    for (uint16_t most = 1; most <= 2; most++) {
        jk_channel_event event;
        uint8_t plain[18 + JK_HELLO_SIZE] = {JK_RECORD_HELLO, 3};
        uint8_t frame[2 + sizeof plain + JK_TAG_SIZE];
        jk_hello hello = test_hello;
        hello.version_min = 2;
        hello.version_max = most;
        pair_prepare(&pair, 65);
        pair_start(&pair);
        do {
            (void)carry(&pair, false, &event);
            assert_int_not_equal(pair.client.state, JK_CHANNEL_ENDED);
        } while (!carry(&pair, true, &event));
        assert_int_equal(event.kind, JK_CHANNEL_AUTHENTICATED);
        assert_int_equal(jk_channel_hello(&pair.server, &test_hello), JK_OK);
        jk_hello_encode(&hello, plain + 18);
        put_u16(frame, (uint16_t)(sizeof plain + JK_TAG_SIZE));
        assert_int_equal(
            jk_cipher_encrypt(&pair.client.send_cipher, (jk_span){plain, sizeof plain}, frame + 2),
            JK_OK);
        (void)jk_channel_feed(&pair.server, (jk_span){frame, sizeof frame}, 1000);
        assert_true(jk_channel_next(&pair.server, &event));
        assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
        assert_int_equal(event.status, most == 1 ? JK_E_HELLO : JK_E_VERSION);
    }
}

/* A pattern that agrees on keys before they are there. */
static void a_pattern_without_keys(void **state)
{
    (void)state;
    static const uint8_t first[] = {JK_NOISE_EE, JK_NOISE_ES, JK_NOISE_SE, JK_NOISE_SS};
    for (size_t i = 0; i < sizeof first; i++) {
        jk_noise_pattern pattern = jk_noise_xx;
        pattern.tokens[0][0] = first[i];
        pattern.tokens[0][1] = JK_NOISE_END;
        seeded_random random;
        jk_keypair own;
        jk_handshake writer;
        uint8_t out[JK_NOISE_MESSAGE_MAX];
        size_t size = 77;
        seeded_init(&random, 5);
        assert_int_equal(jk_keypair_make(&random.port, &own), JK_OK);
        const jk_handshake_config config = {
            .pattern = &pattern, .initiator = true, .own_static = &own, .random = &random.port};
        assert_int_equal(jk_handshake_init(&writer, &config), JK_OK);
        assert_int_equal(jk_handshake_write(&writer, (jk_span){NULL, 0}, out, sizeof out, &size),
                         JK_E_USAGE);
        assert_int_equal(size, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_of_every_length_of_address),
        cmocka_unit_test(a_prologue_and_nothing_behind_it),
        cmocka_unit_test(cookies_that_differ_in_one_byte),
        cmocka_unit_test(an_output_that_is_full_to_the_byte),
        cmocka_unit_test(what_cannot_be_encrypted_ends_the_channel),
        cmocka_unit_test(events_begin_empty),
        cmocka_unit_test(configs_without_a_part),
        cmocka_unit_test(addresses),
        cmocka_unit_test(every_byte_of_an_entry_comes_back),
        cmocka_unit_test(keys_of_one_byte),
        cmocka_unit_test(neighbours_are_strangers),
        cmocka_unit_test(unknown_records),
        cmocka_unit_test(payloads_in_the_clear),
        cmocka_unit_test(a_hello_that_is_none),
        cmocka_unit_test(a_pattern_without_keys),
    };
    return cmocka_run_group_tests_name("channel's bounds", tests, NULL, NULL);
}
