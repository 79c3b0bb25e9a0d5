/* SPDX-License-Identifier: Apache-2.0 */
/* One whole conversation, byte for byte, against tests/vectors/channel.txt: keys, certificates,
 * preamble, handshake, HELLO, a fragmented message, rekey, ACK, NACK, CLOSE, a sealed certificate,
 * a directory.  A vendor checks a peer with the same file.  JK_REWRITE=1 writes it again: read the
 * difference, and commit it only when the format was meant to change. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS JK_SOURCE_DIR "/tests/vectors/channel.txt"

enum {
    TEXT_MAX = 128 * 1024,
    MESSAGE_SIZE = 5000
};

static char text[TEXT_MAX];
static size_t text_size;
static test_pair pair;

static void line(const char *name, const uint8_t *data, size_t size)
{
    const size_t name_size = strlen(name);
    assert_true(text_size + name_size + 2 * size + 3 < sizeof text);
    memcpy(text + text_size, name, name_size);
    text_size += name_size;
    text[text_size++] = '=';
    (void)sodium_bin2hex(text + text_size, sizeof text - text_size, data, size);
    text_size += 2 * size;
    text[text_size++] = '\n';
}

/* Writes what waits at one side and feeds it to the other. */
static void flight(bool from_client, const char *name, jk_channel_event *event)
{
    const jk_span waiting = jk_channel_output(from_client ? &pair.client : &pair.server);
    line(name, waiting.data, waiting.size);
    (void)carry(&pair, from_client, event);
}

static void write_keys(const char *who, const jk_keys *keys)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s_sign_seed", who);
    line(name, keys->sign_secret, JK_SIGN_SEED_SIZE);
    (void)snprintf(name, sizeof name, "%s_channel_secret", who);
    line(name, keys->channel.secret, JK_KEY_SIZE);
    (void)snprintf(name, sizeof name, "%s_seal_secret", who);
    line(name, keys->seal.secret, JK_KEY_SIZE);
    (void)snprintf(name, sizeof name, "%s_node_certificate", who);
    line(name, keys->node_certificate, JK_CERTIFICATE_SIZE);
    (void)snprintf(name, sizeof name, "%s_channel_certificate", who);
    line(name, keys->channel_certificate, JK_CERTIFICATE_SIZE);
}

static void write_handshake(void)
{
    jk_channel_event event;
    pair.client_config.rekey_records = 3;
    pair.server_config.rekey_records = 3;
    pair_start(&pair);
    line("initiator_ephemeral_secret", pair.client.handshake.own_ephemeral.secret, JK_KEY_SIZE);
    flight(true, "preamble_and_message_1", &event);
    line("responder_ephemeral_secret", pair.server.handshake.own_ephemeral.secret, JK_KEY_SIZE);
    flight(false, "message_2", &event);
    assert_int_equal(event.kind, JK_CHANNEL_AUTHENTICATED);
    flight(true, "message_3", &event);
    assert_int_equal(event.kind, JK_CHANNEL_AUTHENTICATED);
    assert_int_equal(jk_channel_hello(&pair.client, &test_hello), JK_OK);
    assert_int_equal(jk_channel_hello(&pair.server, &test_hello), JK_OK);
    flight(true, "initiator_hello", &event);
    assert_int_equal(event.kind, JK_CHANNEL_ESTABLISHED);
    flight(false, "responder_hello", &event);
    assert_int_equal(event.kind, JK_CHANNEL_ESTABLISHED);
}

static void write_records(void)
{
    jk_channel_event event;
    uint8_t message[MESSAGE_SIZE];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (uint8_t)(i % 251);
    }
    const jk_ack ack = {.next_expected = 43, .credit = 64};
    const jk_nack nack = {.sequence = 41, .rule = JK_E_WIRE};
    assert_int_equal(jk_channel_send(&pair.client, 7, 42, (jk_span){message, sizeof message}),
                     JK_OK);
    flight(true, "initiator_message_42_of_epoch_7", &event);
    assert_int_equal(event.sequence, 42);
    assert_int_equal(jk_channel_ack(&pair.client, 3, &ack), JK_OK);
    flight(true, "initiator_ack_after_rekey", &event);
    assert_int_equal(event.type, JK_RECORD_ACK);
    assert_int_equal(jk_channel_nack(&pair.server, 7, &nack), JK_OK);
    flight(false, "responder_nack", &event);
    assert_int_equal(event.type, JK_RECORD_NACK);
    jk_channel_close(&pair.client);
    flight(true, "initiator_close", &event);
    assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(event.status, JK_OK);
}

static void write_sealed(void)
{
    seeded_random random;
    seeded_init(&random, 77);
    jk_keys dest;
    node_make(&pair.root, JK_ROLE_CS, "271004", 0, &dest);
    jk_seal_context context = {
        .from = pair.client_keys.id, .to = dest.id, .member = 1, .epoch = 12};
    memset(context.case_id.byte, 0xca, sizeof context.case_id.byte);
    const jk_seal_keys keys = {dest.seal.public_key, pair.client_keys.sign_secret, &random.port};
    static const uint8_t data[] = "sealed data";
    uint8_t sealed[sizeof data + JK_SEAL_OVERHEAD];
    size_t size = 0;
    assert_int_equal(
        jk_seal(&context, &keys, (jk_span){data, sizeof data - 1}, sealed, sizeof sealed, &size),
        JK_OK);
    line("seal_prekey_secret", dest.seal.secret, JK_KEY_SIZE);
    line("sealed", sealed, size);
}

static void write_directory(void)
{
    jk_directory_entry entries[2];
    memset(entries, 0, sizeof entries);
    memcpy(entries[0].node_certificate, pair.client_keys.node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(entries[0].prekey, pair.client_keys.seal.public_key, JK_KEY_SIZE);
    memcpy(entries[0].address, "cs.example:4001", 15);
    memcpy(entries[1].node_certificate, pair.server_keys.node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(entries[1].prekey, pair.server_keys.seal.public_key, JK_KEY_SIZE);
    memcpy(entries[1].address, "prefecture.example:4002", 23);
    const jk_directory header = {.count = 2, .sequence = 9, .issued_s = NOW_S};
    uint8_t bytes[JK_DIRECTORY_HEADER_SIZE + 2 * JK_DIRECTORY_ENTRY_SIZE + JK_SIGNATURE_SIZE];
    assert_int_equal(jk_directory_build(&header, entries, pair.root.secret, bytes, sizeof bytes),
                     JK_OK);
    line("directory", bytes, sizeof bytes);
}

static void conversation_is_the_same_byte_for_byte(void **state)
{
    (void)state;
    pair_prepare(&pair, 1);
    line("root_seed", pair.root.secret, JK_SIGN_SEED_SIZE);
    write_keys("initiator", &pair.client_keys);
    write_keys("responder", &pair.server_keys);
    write_handshake();
    write_records();
    write_sealed();
    write_directory();

    const char *rewrite = getenv("JK_REWRITE");
    if (rewrite != NULL && strcmp(rewrite, "1") == 0) {
        FILE *out = fopen(VECTORS, "w");
        assert_non_null(out);
        assert_int_equal(fwrite(text, 1, text_size, out), text_size);
        assert_int_equal(fclose(out), 0);
    }
    static char kept[TEXT_MAX];
    FILE *in = fopen(VECTORS, "r");
    assert_non_null(in);
    const size_t kept_size = fread(kept, 1, sizeof kept, in);
    (void)fclose(in);
    assert_int_equal(kept_size, text_size);
    assert_memory_equal(kept, text, text_size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conversation_is_the_same_byte_for_byte)};
    return cmocka_run_group_tests_name("channel/transcript", tests, NULL, NULL);
}
