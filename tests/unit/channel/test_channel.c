/* SPDX-License-Identifier: Apache-2.0 */
/* Records on an established channel: messages of every size, rekeying, what is refused, deadlines,
 * room in the output, the end. */
#include "fixture.h"

#include "channel/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static test_pair pair;
static uint8_t message[JK_CHANNEL_MESSAGE_SIZE_MAX + 1];

static void fill_message(size_t size, uint8_t seed)
{
    for (size_t i = 0; i < size; i++) {
        message[i] = (uint8_t)(i * 31 + (i >> 8) + seed);
    }
}

static void pass_message(bool from_client, size_t size, uint64_t sequence)
{
    jk_channel *from = from_client ? &pair.client : &pair.server;
    jk_channel_event event;
    fill_message(size, (uint8_t)sequence);
    const size_t before = jk_channel_output(from).size;
    assert_int_equal(jk_channel_send(from, 7, sequence, (jk_span){message, size}), JK_OK);
    assert_int_equal(jk_channel_output(from).size - before, jk_channel_send_size(size));
    assert_true(carry(&pair, from_client, &event));
    assert_int_equal(event.kind, JK_CHANNEL_RECORD);
    assert_int_equal(event.type, JK_RECORD_MESSAGE);
    assert_int_equal(event.link_epoch, 7);
    assert_int_equal(event.sequence, sequence);
    assert_int_equal(event.data.size, size);
    assert_memory_equal(event.data.data, message, size);
    assert_false(carry(&pair, from_client, &event));
}

static void messages_of_every_kind_of_size(void **state)
{
    (void)state;
    const size_t sizes[] = {1,    2,    4077, 4078,  4079,  8171,  8172,
                            8173, 4096, 4097, 17408, 65535, 65536, 500};
    pair_establish(&pair, 20);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pass_message(true, sizes[i], i + 1);
        pass_message(false, sizes[i], i + 1);
    }
    assert_int_equal(jk_channel_send(&pair.client, 7, 9, (jk_span){message, 0}), JK_E_USAGE);
    assert_int_equal(
        jk_channel_send(&pair.client, 7, 9, (jk_span){message, JK_CHANNEL_MESSAGE_SIZE_MAX + 1}),
        JK_E_OVERSIZED);
}

static void acks_and_nacks(void **state)
{
    (void)state;
    pair_establish(&pair, 21);
    const jk_ack ack = {.next_expected = 0x0102030405060708, .credit = 64};
    const jk_nack nack = {.sequence = 77, .rule = JK_E_WIRE};
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
    assert_int_equal(jk_channel_nack(&pair.client, 8, &nack), JK_OK);
    jk_channel_event event;
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.type, JK_RECORD_ACK);
    assert_int_equal(event.link_epoch, 7);
    assert_int_equal(event.ack.next_expected, ack.next_expected);
    assert_int_equal(event.ack.credit, 64);
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.type, JK_RECORD_NACK);
    assert_int_equal(event.link_epoch, 8);
    assert_int_equal(event.nack.sequence, 77);
    assert_int_equal(event.nack.rule, JK_E_WIRE);
}

/* Each direction changes its key after its own number of records, HELLO included. */
static void each_direction_rekeys(void **state)
{
    (void)state;
    pair_prepare(&pair, 22);
    pair.client_config.rekey_records = 5;
    pair.server_config.rekey_records = 5;
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.client_established);
    uint8_t first[JK_KEY_SIZE];
    memcpy(first, pair.client.send_cipher.key, sizeof first);
    for (uint64_t i = 1; i <= 3; i++) {
        pass_message(true, 10, i);
    }
    assert_memory_equal(first, pair.client.send_cipher.key, sizeof first);
    pass_message(true, 10, 4); /* the fifth record */
    assert_memory_not_equal(first, pair.client.send_cipher.key, sizeof first);
    assert_memory_equal(pair.server.receive_cipher.key, pair.client.send_cipher.key, sizeof first);
    assert_int_equal(pair.server.sent_records, 1);
    for (uint64_t i = 5; i <= 40; i++) {
        pass_message(true, 9000, i); /* three records each: rekeys inside a message too */
        pass_message(false, 10, i);
    }
    assert_int_equal(pair.client.send_cipher.nonce, pair.client.sent_records);
}

/* Negative control: a peer that does not rekey is not understood after the first change. */
static void rekey_must_be_the_same_at_both_ends(void **state)
{
    (void)state;
    pair_prepare(&pair, 23);
    pair.client_config.rekey_records = 3;
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.client_established && pair.server_established);
    pass_message(true, 10, 1);
    pass_message(true, 10, 2);
    assert_int_equal(jk_channel_send(&pair.client, 7, 3, (jk_span){message, 10}), JK_OK);
    jk_channel_event event;
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(event.status, JK_E_AEAD);
}

static void default_rekey_after_65536_records(void **state)
{
    (void)state;
    pair_establish(&pair, 24);
    uint8_t first[JK_KEY_SIZE];
    memcpy(first, pair.client.send_cipher.key, sizeof first);
    const jk_ack ack = {1, 1};
    jk_channel_event event;
    for (uint32_t i = 1; i < JK_CHANNEL_REKEY_RECORDS; i++) {
        assert_memory_equal(first, pair.client.send_cipher.key, sizeof first);
        assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
        assert_true(carry(&pair, true, &event));
        assert_int_equal(event.type, JK_RECORD_ACK);
    }
    assert_int_equal(pair.client.sent_records, 65536);
    assert_memory_not_equal(first, pair.client.send_cipher.key, sizeof first);
    pass_message(true, 100, 1);
}

/* Sends a raw plaintext as the client would, and returns the status the server closes with. */
static jk_status server_says(const uint8_t *plain, size_t size)
{
    uint8_t frame[JK_CHANNEL_FRAME_SIZE_MAX + 2];
    jk_channel_event event;
    put_u16(frame, (uint16_t)(size + JK_TAG_SIZE));
    assert_int_equal(jk_cipher_encrypt(&pair.client.send_cipher, (jk_span){plain, size}, frame + 2),
                     JK_OK);
    pair.client.sent_records++;
    (void)jk_channel_feed(&pair.server, (jk_span){frame, 2 + size + JK_TAG_SIZE}, pair.now_ms);
    if (!jk_channel_next(&pair.server, &event) || event.kind != JK_CHANNEL_CLOSED) {
        return JK_OK;
    }
    return event.status;
}

typedef struct bad_record {
    const char *what;
    size_t size;
    uint8_t type, flags;
    uint8_t sequence; /* last byte of it */
    jk_status status;
} bad_record;

static void records_that_are_refused(void **state)
{
    (void)state;
    static const bad_record cases[] = {
        {"a good ACK (negative control)", 18 + 12, JK_RECORD_ACK, 3, 0, JK_OK},
        {"a good MESSAGE (negative control)", 18 + 1, JK_RECORD_MESSAGE, 3, 9, JK_OK},
        {"unknown type 0", 18 + 12, 0, 3, 0, JK_E_RECORD},
        {"unknown type 6", 18 + 12, 6, 3, 0, JK_E_RECORD},
        {"unknown flag", 18 + 12, JK_RECORD_ACK, 7, 0, JK_E_RECORD},
        {"ACK one byte short", 18 + 11, JK_RECORD_ACK, 3, 0, JK_E_RECORD},
        {"ACK one byte long", 18 + 13, JK_RECORD_ACK, 3, 0, JK_E_RECORD},
        {"ACK not LAST", 18 + 12, JK_RECORD_ACK, 1, 0, JK_E_RECORD},
        {"ACK not FIRST", 18 + 12, JK_RECORD_ACK, 2, 0, JK_E_RECORD},
        {"ACK with a sequence", 18 + 12, JK_RECORD_ACK, 3, 1, JK_E_RECORD},
        {"NACK one byte long", 18 + 11, JK_RECORD_NACK, 3, 0, JK_E_RECORD},
        {"CLOSE with data", 18 + 1, JK_RECORD_CLOSE, 3, 0, JK_E_RECORD},
        {"a second HELLO", 18 + 52, JK_RECORD_HELLO, 3, 0, JK_E_HELLO},
        {"empty MESSAGE", 18, JK_RECORD_MESSAGE, 3, 1, JK_E_RECORD},
        {"FIRST without its head", 17, JK_RECORD_MESSAGE, 3, 1, JK_E_RECORD},
        {"continuation of nothing", 3, JK_RECORD_MESSAGE, 2, 0, JK_E_RECORD},
        {"a part that is not full", 4095, JK_RECORD_MESSAGE, 1, 1, JK_E_RECORD},
        {"a full part (negative control)", 4096, JK_RECORD_MESSAGE, 1, 1, JK_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bad_record *c = &cases[i];
        uint8_t plain[JK_RECORD_PLAIN_MAX] = {0};
        pair_establish(&pair, 25);
        plain[0] = c->type;
        plain[1] = c->flags;
        plain[17] = c->sequence;
        const jk_status status = server_says(plain, c->size);
        if (status != c->status) {
            fail_msg("%s: %s", c->what, jk_status_name(status));
        }
        assert_int_equal(pair.server.state == JK_CHANNEL_ENDED, c->status != JK_OK);
    }
}

static void order_inside_a_message(void **state)
{
    (void)state;
    uint8_t plain[JK_RECORD_PLAIN_MAX] = {JK_RECORD_MESSAGE, 1};
    uint8_t ack[18 + 12] = {JK_RECORD_ACK, 3};
    pair_establish(&pair, 26);
    assert_int_equal(server_says(plain, sizeof plain), JK_OK);
    assert_int_equal(server_says(plain, sizeof plain), JK_E_RECORD); /* a second FIRST */
    pair_establish(&pair, 26);
    assert_int_equal(server_says(plain, sizeof plain), JK_OK);
    assert_int_equal(server_says(ack, sizeof ack), JK_E_RECORD); /* nothing between */
}

static void message_over_the_limit(void **state)
{
    (void)state;
    uint8_t plain[JK_RECORD_PLAIN_MAX] = {JK_RECORD_MESSAGE, 1};
    pair_establish(&pair, 27);
    size_t size = 0;
    jk_status status = server_says(plain, sizeof plain);
    size += JK_RECORD_PLAIN_MAX - 18;
    plain[1] = 0;
    while (status == JK_OK && size <= (size_t)2 * JK_CHANNEL_MESSAGE_SIZE_MAX) {
        status = server_says(plain, sizeof plain);
        size += JK_RECORD_PLAIN_MAX - 2;
    }
    assert_int_equal(status, JK_E_OVERSIZED);
    assert_true(size > JK_CHANNEL_MESSAGE_SIZE_MAX);
    assert_true(size <= JK_CHANNEL_MESSAGE_SIZE_MAX + JK_RECORD_PLAIN_MAX);

    /* A receiver with a smaller buffer. */
    pair_prepare(&pair, 27);
    pair.server_config.receive_size = 17408;
    pair_start(&pair);
    pair_run(&pair);
    pass_message(true, 17408, 1);
    assert_int_equal(jk_channel_send(&pair.client, 7, 2, (jk_span){message, 17409}), JK_OK);
    jk_channel_event event;
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.status, JK_E_OVERSIZED);
}

static void lengths_that_are_refused(void **state)
{
    (void)state;

    const struct {
        uint16_t length;
        jk_status status;
    } cases[] = {{0, JK_E_RECORD}, {18, JK_E_RECORD},      {19, JK_OK},
                 {4112, JK_OK},    {4113, JK_E_OVERSIZED}, {65535, JK_E_OVERSIZED}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t length[2];
        jk_channel_event event = {.status = JK_OK};
        pair_establish(&pair, 28);
        put_u16(length, cases[i].length);
        /* Decided by the two bytes alone, before any more are awaited. */
        (void)jk_channel_feed(&pair.server, (jk_span){length, 2}, pair.now_ms);
        assert_int_equal(jk_channel_next(&pair.server, &event), cases[i].status != JK_OK);
        assert_int_equal(event.status, cases[i].status);
    }
}

static void every_bit_of_a_record(void **state)
{
    (void)state;
    const jk_ack ack = {5, 6};
    const size_t frame = 2 + 18 + 12 + JK_TAG_SIZE;
    for (size_t bit = 16; bit < frame * 8; bit++) { /* behind the length */
        pair_establish(&pair, 29);
        pair.flip_byte[0] = pair.wire_bytes[0] + bit / 8;
        pair.flip_mask = (uint8_t)(1U << (bit % 8));
        assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
        jk_channel_event event;
        assert_true(carry(&pair, true, &event));
        assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
        assert_int_equal(event.status, JK_E_AEAD);
        assert_int_equal(jk_channel_output(&pair.server).size, 0);
        assert_int_equal(jk_channel_send(&pair.server, 7, 1, (jk_span){message, 1}), JK_E_NOT_NOW);
    }
}

static void repeated_and_swapped_records(void **state)
{
    (void)state;
    const jk_ack ack = {5, 6};
    const size_t frame = 2 + 18 + 12 + JK_TAG_SIZE;
    uint8_t wire[128];
    jk_channel_event event;
    pair_establish(&pair, 30);
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
    memcpy(wire, jk_channel_output(&pair.client).data, frame);
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){wire, frame}, 1000), frame);
    assert_true(jk_channel_next(&pair.server, &event));
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){wire, frame}, 1000), frame);
    assert_true(jk_channel_next(&pair.server, &event));
    assert_int_equal(event.status, JK_E_AEAD);

    pair_establish(&pair, 30);
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
    assert_int_equal(jk_channel_ack(&pair.client, 7, &ack), JK_OK);
    assert_int_equal(jk_channel_feed(&pair.server,
                                     (jk_span){jk_channel_output(&pair.client).data + frame, frame},
                                     1000),
                     frame);
    assert_true(jk_channel_next(&pair.server, &event));
    assert_int_equal(event.status, JK_E_AEAD);
}

static void a_record_before_hello(void **state)
{
    (void)state;
    uint8_t ack[18 + 12] = {JK_RECORD_ACK, 3};
    uint8_t data[18 + 1] = {JK_RECORD_MESSAGE, 3};
    uint8_t closing[18] = {JK_RECORD_CLOSE, 3};
    const jk_span plains[] = {{ack, sizeof ack}, {data, sizeof data}, {closing, sizeof closing}};
    for (size_t i = 0; i < sizeof plains / sizeof plains[0]; i++) {
        pair_prepare(&pair, 31);
        pair_start(&pair);
        assert_false(carry(&pair, true, &pair.server_event));
        assert_true(carry(&pair, false, &pair.client_event));
        assert_true(carry(&pair, true, &pair.server_event));
        assert_int_equal(pair.server_event.kind, JK_CHANNEL_AUTHENTICATED);
        assert_int_equal(jk_channel_send(&pair.server, 1, 1, (jk_span){message, 1}), JK_E_NOT_NOW);
        assert_int_equal(jk_channel_hello(&pair.server, &test_hello), JK_OK);
        assert_int_equal(jk_channel_send(&pair.server, 1, 1, (jk_span){message, 1}), JK_E_NOT_NOW);
        assert_int_equal(server_says(plains[i].data, plains[i].size), JK_E_HELLO);
    }
}

static void record_deadline(void **state)
{
    (void)state;
    const uint8_t start[2] = {0, 100};
    const uint8_t more[98] = {0};
    for (int late = 0; late < 2; late++) {
        jk_channel_event event;
        pair_establish(&pair, 32);
        assert_int_equal(jk_channel_feed(&pair.server, (jk_span){start, 2}, 50000), 2);
        assert_int_equal(jk_channel_deadline(&pair.server), 50000 + 10000 + 1);
        /* More bytes do not buy more time. */
        assert_int_equal(jk_channel_feed(&pair.server, (jk_span){more, 98}, 59000), 98);
        jk_channel_tick(&pair.server, 60000 + (uint64_t)late);
        assert_int_equal(jk_channel_next(&pair.server, &event), late == 1);
        if (late == 1) {
            assert_int_equal(event.status, JK_E_DEADLINE);
        }
    }
}

static void message_deadline(void **state)
{
    (void)state;
    uint8_t plain[JK_RECORD_PLAIN_MAX] = {JK_RECORD_MESSAGE, 1};
    for (int late = 0; late < 2; late++) {
        pair_establish(&pair, 33);
        pair.now_ms = 50000;
        plain[1] = 1;
        assert_int_equal(server_says(plain, sizeof plain), JK_OK);
        assert_int_equal(jk_channel_deadline(&pair.server), 50000 + 60000 + 1);
        plain[1] = 0;
        pair.now_ms = 109000;
        assert_int_equal(server_says(plain, sizeof plain), JK_OK);
        pair.now_ms = 110000 + (uint64_t)late;
        plain[1] = 2;
        assert_int_equal(server_says(plain, 100), late == 1 ? JK_E_DEADLINE : JK_OK);
    }
    pair_establish(&pair, 33);
    assert_int_equal(jk_channel_deadline(&pair.server), UINT64_MAX);
}

static void age_and_records_make_it_due(void **state)
{
    (void)state;
    pair_establish(&pair, 34);
    assert_false(jk_channel_expired(&pair.client, 1000 + JK_CHANNEL_AGE_MS - 1));
    assert_true(jk_channel_expired(&pair.client, 1000 + JK_CHANNEL_AGE_MS));
    pair.client.sent_records = JK_CHANNEL_RECORDS_MAX - 1;
    assert_false(jk_channel_expired(&pair.client, 1000));
    pair.client.sent_records = JK_CHANNEL_RECORDS_MAX;
    assert_true(jk_channel_expired(&pair.client, 1000));
    pair.server.received_records = JK_CHANNEL_RECORDS_MAX;
    assert_true(jk_channel_expired(&pair.server, 1000));
}

static void a_full_output_changes_nothing(void **state)
{
    (void)state;
    pair_prepare(&pair, 35);
    pair.client_config.send_size = JK_CHANNEL_SEND_SIZE_MIN;
    pair_start(&pair);
    pair_run(&pair);
    assert_true(pair.client_established);
    assert_int_equal(jk_channel_send(&pair.client, 7, 1, (jk_span){message, 4000}), JK_E_OVERSIZED);
    fill_message(600, 1);
    assert_int_equal(jk_channel_send(&pair.client, 7, 1, (jk_span){message, 600}), JK_OK);
    const jk_cipher before = pair.client.send_cipher;
    assert_int_equal(jk_channel_send(&pair.client, 7, 2, (jk_span){message, 600}), JK_E_FULL);
    assert_memory_equal(&before, &pair.client.send_cipher, sizeof before);
    /* Half of it leaves, then there is room, by moving the rest to the front. */
    const jk_span waiting = jk_channel_output(&pair.client);
    jk_channel_event event;
    assert_int_equal(jk_channel_feed(&pair.server, (jk_span){waiting.data, 300}, 1000), 300);
    jk_channel_sent(&pair.client, 300);
    assert_int_equal(jk_channel_send(&pair.client, 7, 2, (jk_span){message, 600}), JK_OK);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(carry(&pair, true, &event));
        assert_int_equal(event.sequence, i);
        assert_memory_equal(event.data.data, message, 600);
    }
}

static void closing(void **state)
{
    (void)state;
    jk_channel_event event;
    pair_establish(&pair, 36);
    jk_channel_close(&pair.client);
    assert_int_equal(jk_channel_send(&pair.client, 7, 1, (jk_span){message, 1}), JK_E_NOT_NOW);
    assert_false(jk_channel_next(&pair.client, &event));
    assert_true(carry(&pair, true, &event));
    assert_int_equal(event.kind, JK_CHANNEL_CLOSED);
    assert_int_equal(event.status, JK_OK);
    assert_int_equal(pair.server.state, JK_CHANNEL_ENDED);
}

static bool contains(const void *memory, size_t size, const uint8_t key[JK_KEY_SIZE])
{
    const uint8_t *at = memory;
    for (size_t i = 0; i + JK_KEY_SIZE <= size; i++) {
        if (memcmp(at + i, key, JK_KEY_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void secrets_are_wiped(void **state)
{
    (void)state;
    pair_establish(&pair, 37);
    uint8_t key[JK_KEY_SIZE];
    memcpy(key, pair.server.send_cipher.key, sizeof key);
    assert_true(contains(&pair.server, sizeof pair.server, key));
    /* The handshake's copy of the static key went when it was done. */
    assert_false(contains(&pair.server, sizeof pair.server, pair.server_keys.channel.secret));
    const uint8_t bad[2] = {0, 0};
    (void)jk_channel_feed(&pair.server, (jk_span){bad, 2}, 1000);
    assert_false(contains(&pair.server, sizeof pair.server, key));
    jk_channel_wipe(&pair.client);
    assert_int_equal(pair.client.state, JK_CHANNEL_ENDED);
    assert_false(contains(&pair.client, sizeof pair.client, key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_every_kind_of_size),
        cmocka_unit_test(acks_and_nacks),
        cmocka_unit_test(each_direction_rekeys),
        cmocka_unit_test(rekey_must_be_the_same_at_both_ends),
        cmocka_unit_test(default_rekey_after_65536_records),
        cmocka_unit_test(records_that_are_refused),
        cmocka_unit_test(order_inside_a_message),
        cmocka_unit_test(message_over_the_limit),
        cmocka_unit_test(lengths_that_are_refused),
        cmocka_unit_test(every_bit_of_a_record),
        cmocka_unit_test(repeated_and_swapped_records),
        cmocka_unit_test(a_record_before_hello),
        cmocka_unit_test(record_deadline),
        cmocka_unit_test(message_deadline),
        cmocka_unit_test(age_and_records_make_it_due),
        cmocka_unit_test(a_full_output_changes_nothing),
        cmocka_unit_test(closing),
        cmocka_unit_test(secrets_are_wiped),
    };
    return cmocka_run_group_tests_name("channel/records", tests, NULL, NULL);
}
