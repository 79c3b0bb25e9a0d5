/* SPDX-License-Identifier: Apache-2.0 */
/* The channel's states: preamble, three handshake messages of fixed sizes, HELLO, records.  It must
 * never look into bytes that were not proven, beyond the preamble and a record's length. */
#include "channel/channel.h"

#include "channel/bytes.h"
#include "channel/policy.h"

#include <sodium.h>
#include <string.h>

enum {
    LENGTH_SIZE = 2,
    /* A continuation with one byte of data. */
    SEALED_SIZE_MIN = JK_RECORD_HEAD_SIZE + 1 + JK_TAG_SIZE,
    SEALED_SIZE_MAX = JK_RECORD_PLAIN_MAX + JK_TAG_SIZE,
    FIRST_DATA_MAX = JK_RECORD_PLAIN_MAX - JK_RECORD_FIRST_SIZE,
    NEXT_DATA_MAX = JK_RECORD_PLAIN_MAX - JK_RECORD_HEAD_SIZE,
    HELLO_FRAME_SIZE = LENGTH_SIZE + JK_RECORD_FIRST_SIZE + JK_HELLO_SIZE + JK_TAG_SIZE
};

_Static_assert(2 * JK_CERTIFICATE_SIZE <= JK_CHANNEL_PAYLOAD_SIZE, "both certificates fit");
_Static_assert(JK_CHANNEL_PAYLOAD_SIZE <= JK_NOISE_PAYLOAD_MAX, "payload");
_Static_assert(JK_CHANNEL_MESSAGE_2_SIZE ==
                   2 * JK_KEY_SIZE + 2 * JK_TAG_SIZE + JK_CHANNEL_PAYLOAD_SIZE,
               "message 2");
_Static_assert(JK_CHANNEL_MESSAGE_3_SIZE == JK_KEY_SIZE + 2 * JK_TAG_SIZE + JK_CHANNEL_PAYLOAD_SIZE,
               "message 3");
_Static_assert(JK_CHANNEL_SEND_SIZE_MIN >= JK_CHANNEL_MESSAGE_3_SIZE + HELLO_FRAME_SIZE +
                                               JK_PREAMBLE_SIZE + JK_CHANNEL_MESSAGE_1_SIZE,
               "send buffer");

/* --- events and the end --- */

static jk_channel_event *announce(jk_channel *c, jk_channel_event_kind kind)
{
    memset(&c->event, 0, sizeof c->event);
    c->event.kind = kind;
    c->event.peer = c->peer.id;
    c->event_waiting = true;
    return &c->event;
}

static void wipe_secrets(jk_channel *c)
{
    jk_handshake_wipe(&c->handshake);
    sodium_memzero(&c->send_cipher, sizeof c->send_cipher);
    sodium_memzero(&c->receive_cipher, sizeof c->receive_cipher);
    sodium_memzero(c->plain, sizeof c->plain);
}

/* Nothing more leaves: the peer hears only that the connection closed. */
static void fail(jk_channel *c, jk_status status)
{
    wipe_secrets(c);
    c->state = JK_CHANNEL_ENDED;
    c->send_start = 0;
    c->send_end = 0;
    announce(c, JK_CHANNEL_CLOSED)->status = status;
}

/* --- output --- */

static size_t room(const jk_channel *c)
{
    return c->config.send_size - (c->send_end - c->send_start);
}

/* The place for `size` more bytes; the caller has checked room(). */
static uint8_t *output_place(jk_channel *c, size_t size)
{
    if (c->config.send_size - c->send_end < size) {
        memmove(c->config.send, c->config.send + c->send_start, c->send_end - c->send_start);
        c->send_end -= c->send_start;
        c->send_start = 0;
    }
    uint8_t *place = c->config.send + c->send_end;
    c->send_end += size;
    return place;
}

/* Encrypts one record into the output; the caller has checked room(). */
static jk_status put_record(jk_channel *c, const jk_record *record)
{
    uint8_t plain[JK_RECORD_PLAIN_MAX];
    size_t size = jk_record_head(record, plain);
    if (record->data.size > 0) {
        memcpy(plain + size, record->data.data, record->data.size);
        size += record->data.size;
    }
    uint8_t *place = output_place(c, LENGTH_SIZE + size + JK_TAG_SIZE);
    put_u16(place, (uint16_t)(size + JK_TAG_SIZE));
    const jk_status status =
        jk_cipher_encrypt(&c->send_cipher, (jk_span){plain, size}, place + LENGTH_SIZE);
    sodium_memzero(plain, size);
    if (status != JK_OK) {
        fail(c, status); /* half a record in the output: the channel is of no use any more */
        return status;
    }
    c->sent_records++;
    if (c->sent_records % c->config.rekey_records == 0) {
        jk_cipher_rekey(&c->send_cipher);
    }
    return JK_OK;
}

static jk_status put_control(jk_channel *c, jk_record_type type, uint64_t link_epoch, jk_span data)
{
    if (room(c) < LENGTH_SIZE + JK_RECORD_FIRST_SIZE + data.size + JK_TAG_SIZE) {
        return JK_E_FULL;
    }
    const jk_record record = {
        .type = (uint8_t)type, .first = true, .last = true, .link_epoch = link_epoch, .data = data};
    return put_record(c, &record);
}

/* --- handshake --- */

static void need(jk_channel *c, jk_channel_state state, size_t size)
{
    c->state = state;
    c->input_size = 0;
    c->input_need = size;
}

static jk_status start_handshake(jk_channel *c, const uint8_t preamble[JK_PREAMBLE_SIZE])
{
    uint8_t prologue[JK_PROLOGUE_SIZE];
    jk_preamble_prologue(preamble, prologue);
    const jk_handshake_config config = {
        .pattern = &jk_noise_xx,
        .initiator = c->config.initiator,
        .prologue = {prologue, sizeof prologue},
        .own_static = &c->config.keys->channel,
        .random = c->config.random,
    };
    return jk_handshake_init(&c->handshake, &config);
}

/* Writes a handshake message of exactly `size` bytes into the output. */
static jk_status put_handshake(jk_channel *c, jk_span payload, size_t size)
{
    uint8_t message[JK_NOISE_MESSAGE_MAX];
    size_t written = 0;
    if (room(c) < size) {
        return JK_E_FULL;
    }
    const jk_status status =
        jk_handshake_write(&c->handshake, payload, message, sizeof message, &written);
    if (status != JK_OK) {
        return status;
    }
    if (written != size) {
        return JK_E_BUG;
    }
    memcpy(output_place(c, size), message, size);
    return JK_OK;
}

static jk_status put_certificates(jk_channel *c, size_t size)
{
    uint8_t payload[JK_CHANNEL_PAYLOAD_SIZE] = {0};
    memcpy(payload, c->config.keys->node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(payload + JK_CERTIFICATE_SIZE, c->config.keys->channel_certificate, JK_CERTIFICATE_SIZE);
    return put_handshake(c, (jk_span){payload, sizeof payload}, size);
}

/* Reads message 2 or 3 and checks who sent it. */
static jk_status take_certificates(jk_channel *c)
{
    uint8_t payload[JK_CHANNEL_PAYLOAD_SIZE];
    size_t size = 0;
    if (jk_handshake_read(&c->handshake, (jk_span){c->input, c->input_need}, payload,
                          sizeof payload, &size) != JK_OK ||
        size != sizeof payload) {
        return JK_E_HANDSHAKE;
    }
    const size_t used = (size_t)2 * JK_CERTIFICATE_SIZE;
    if (sodium_is_zero(payload + used, sizeof payload - used) == 0) {
        return JK_E_HANDSHAKE;
    }
    const jk_chain_check check = {
        .root_public = c->config.keys->root_public,
        .remote_static = c->handshake.remote_static,
        .expected = c->config.initiator ? &c->config.expected : NULL,
        .now_s = c->config.wall_s,
        .revoked = c->config.revoked,
        .revoked_arg = c->config.revoked_arg,
    };
    jk_peer peer;
    const jk_status status =
        jk_certificate_chain(payload, payload + JK_CERTIFICATE_SIZE, &check, &peer);
    if (status != JK_OK) {
        return status;
    }
    if (!c->config.initiator && !jk_policy_allows(&peer.id, &c->config.keys->id)) {
        return JK_E_PEER_POLICY;
    }
    c->peer = peer;
    return JK_OK;
}

static jk_status finish_handshake(jk_channel *c)
{
    const jk_status status = jk_handshake_split(&c->handshake, &c->send_cipher, &c->receive_cipher);
    if (status == JK_OK) {
        jk_handshake_wipe(&c->handshake);
        need(c, JK_CHANNEL_HELLO, LENGTH_SIZE);
        announce(c, JK_CHANNEL_AUTHENTICATED);
    }
    return status;
}

static jk_status take_preamble(jk_channel *c)
{
    jk_preamble preamble;
    jk_status status = jk_preamble_decode(c->input, &preamble);
    if (status != JK_OK) {
        return status;
    }
    if (!jk_node_equal(&preamble.target, &c->config.keys->id)) {
        return JK_E_IDENTITY;
    }
    if (c->config.has_cookie &&
        (!preamble.has_cookie ||
         (sodium_memcmp(preamble.cookie, c->config.cookie[0], JK_COOKIE_SIZE) != 0 &&
          sodium_memcmp(preamble.cookie, c->config.cookie[1], JK_COOKIE_SIZE) != 0))) {
        jk_cookie_answer(c->config.cookie[0], output_place(c, JK_PREAMBLE_SIZE));
        c->state = JK_CHANNEL_ENDED;
        announce(c, JK_CHANNEL_CLOSED)->status = JK_E_NOT_NOW;
        return JK_OK;
    }
    status = start_handshake(c, c->input);
    if (status == JK_OK) {
        need(c, JK_CHANNEL_MESSAGE_1, JK_CHANNEL_MESSAGE_1_SIZE);
    }
    return status;
}

static jk_status take_message_1(jk_channel *c)
{
    uint8_t payload[1];
    size_t size = 0;
    if (jk_handshake_read(&c->handshake, (jk_span){c->input, c->input_need}, payload, 0, &size) !=
        JK_OK) {
        return JK_E_HANDSHAKE;
    }
    const jk_status status = put_certificates(c, JK_CHANNEL_MESSAGE_2_SIZE);
    if (status == JK_OK) {
        need(c, JK_CHANNEL_MESSAGE_3, JK_CHANNEL_MESSAGE_3_SIZE);
    }
    return status;
}

/* The answer is a cookie (32 bytes) or message 2. */
static jk_status take_message_2(jk_channel *c)
{
    if (c->input_need == JK_PREAMBLE_SIZE) {
        uint8_t cookie[JK_COOKIE_SIZE];
        if (!jk_cookie_of_answer(c->input, cookie)) {
            c->input_need = JK_CHANNEL_MESSAGE_2_SIZE;
            return JK_OK;
        }
        wipe_secrets(c);
        c->state = JK_CHANNEL_ENDED;
        memcpy(announce(c, JK_CHANNEL_COOKIE)->cookie, cookie, JK_COOKIE_SIZE);
        return JK_OK;
    }
    jk_status status = take_certificates(c);
    if (status == JK_OK) {
        status = put_certificates(c, JK_CHANNEL_MESSAGE_3_SIZE);
    }
    return status == JK_OK ? finish_handshake(c) : status;
}

static jk_status take_message_3(jk_channel *c)
{
    const jk_status status = take_certificates(c);
    return status == JK_OK ? finish_handshake(c) : status;
}

/* --- records --- */

static jk_status take_hello(jk_channel *c, const jk_record *record, uint64_t now_ms)
{
    jk_hello hello;
    if (record->type != JK_RECORD_HELLO) {
        return JK_E_HELLO;
    }
    const jk_status status = jk_hello_decode(record->data.data, &hello);
    if (status != JK_OK) {
        return status;
    }
    const jk_hello *own = &c->own_hello;
    const uint16_t version =
        own->version_max < hello.version_max ? own->version_max : hello.version_max;
    if (version < own->version_min || version < hello.version_min) {
        return JK_E_VERSION;
    }
    c->state = JK_CHANNEL_OPEN;
    c->open_ms = now_ms;
    jk_channel_event *event = announce(c, JK_CHANNEL_ESTABLISHED);
    event->hello = hello;
    event->version = version;
    return JK_OK;
}

static jk_status take_fragment(jk_channel *c, const jk_record *record, uint64_t now_ms)
{
    if (record->first == c->in_message) {
        return JK_E_RECORD; /* a second FIRST, or a continuation of nothing */
    }
    if (record->first) {
        c->message_size = 0;
        c->message_ms = now_ms;
        c->message_epoch = record->link_epoch;
        c->message_sequence = record->sequence;
    }
    if (record->data.size > JK_CHANNEL_MESSAGE_SIZE_MAX - c->message_size ||
        record->data.size > c->config.receive_size - c->message_size) {
        return JK_E_OVERSIZED;
    }
    memcpy(c->config.receive + c->message_size, record->data.data, record->data.size);
    c->message_size += record->data.size;
    c->in_message = !record->last;
    if (record->last) {
        jk_channel_event *event = announce(c, JK_CHANNEL_RECORD);
        event->type = JK_RECORD_MESSAGE;
        event->link_epoch = c->message_epoch;
        event->sequence = c->message_sequence;
        event->data = (jk_span){c->config.receive, c->message_size};
    }
    return JK_OK;
}

static jk_status take_control(jk_channel *c, const jk_record *record)
{
    if (c->in_message) {
        return JK_E_RECORD; /* nothing may stand between the records of a message */
    }
    if (record->type == JK_RECORD_HELLO) {
        return JK_E_HELLO;
    }
    if (record->type == JK_RECORD_CLOSE) {
        fail(c, JK_OK);
        return JK_OK;
    }
    jk_channel_event *event = announce(c, JK_CHANNEL_RECORD);
    event->type = (jk_record_type)record->type;
    event->link_epoch = record->link_epoch;
    if (record->type == JK_RECORD_ACK) {
        jk_ack_decode(record->data.data, &event->ack);
    } else {
        jk_nack_decode(record->data.data, &event->nack);
    }
    return JK_OK;
}

static jk_status take_record(jk_channel *c, uint64_t now_ms)
{
    if (c->input_need == LENGTH_SIZE) {
        const size_t size = get_u16(c->input);
        if (size > SEALED_SIZE_MAX) {
            return JK_E_OVERSIZED;
        }
        if (size < SEALED_SIZE_MIN) {
            return JK_E_RECORD;
        }
        c->input_need = LENGTH_SIZE + size;
        return JK_OK;
    }
    const jk_span sealed = {c->input + LENGTH_SIZE, c->input_need - LENGTH_SIZE};
    jk_status status = jk_cipher_decrypt(&c->receive_cipher, sealed, c->plain);
    if (status != JK_OK) {
        return JK_E_AEAD;
    }
    c->received_records++;
    if (c->received_records % c->config.rekey_records == 0) {
        jk_cipher_rekey(&c->receive_cipher);
    }
    jk_record record;
    status = jk_record_parse((jk_span){c->plain, sealed.size - JK_TAG_SIZE}, &record);
    if (status != JK_OK) {
        return status;
    }
    c->input_size = 0;
    c->input_need = LENGTH_SIZE;
    if (c->state == JK_CHANNEL_HELLO) {
        return take_hello(c, &record, now_ms);
    }
    if (record.type == JK_RECORD_MESSAGE) {
        return take_fragment(c, &record, now_ms);
    }
    return take_control(c, &record);
}

/* The input holds what the state needs. */
static jk_status take(jk_channel *c, uint64_t now_ms)
{
    switch (c->state) {
    case JK_CHANNEL_PREAMBLE: return take_preamble(c);
    case JK_CHANNEL_MESSAGE_1: return take_message_1(c);
    case JK_CHANNEL_MESSAGE_2: return take_message_2(c);
    case JK_CHANNEL_MESSAGE_3: return take_message_3(c);
    case JK_CHANNEL_HELLO:
    case JK_CHANNEL_OPEN: return take_record(c, now_ms);
    case JK_CHANNEL_ENDED: break;
    }
    return JK_E_BUG;
}

/* --- the caller's side --- */

static jk_status check_config(const jk_channel_config *config)
{
    if (config->keys == NULL || config->random == NULL || config->receive == NULL ||
        config->receive_size == 0 || config->send == NULL ||
        config->send_size < JK_CHANNEL_SEND_SIZE_MIN || !jk_node_id_valid(&config->keys->id)) {
        return JK_E_USAGE;
    }
    if (!config->initiator) {
        return JK_OK;
    }
    if (!jk_node_id_valid(&config->expected)) {
        return JK_E_USAGE;
    }
    return jk_policy_allows(&config->keys->id, &config->expected) ? JK_OK : JK_E_PEER_POLICY;
}

static jk_status dial(jk_channel *c)
{
    jk_preamble preamble = {.target = c->config.expected, .has_cookie = c->config.has_cookie};
    memcpy(preamble.cookie, c->config.cookie[0], JK_COOKIE_SIZE);
    uint8_t bytes[JK_PREAMBLE_SIZE];
    jk_preamble_encode(&preamble, bytes);
    memcpy(output_place(c, sizeof bytes), bytes, sizeof bytes);
    const jk_status status = start_handshake(c, bytes);
    if (status != JK_OK) {
        return status;
    }
    need(c, JK_CHANNEL_MESSAGE_2, JK_PREAMBLE_SIZE);
    return put_handshake(c, (jk_span){NULL, 0}, JK_CHANNEL_MESSAGE_1_SIZE);
}

static void set_defaults(jk_channel_config *config)
{
    const struct {
        uint32_t *value;
        uint32_t fallback;
    } numbers[] = {
        {&config->rekey_records, JK_CHANNEL_REKEY_RECORDS},
        {&config->deadlines.preamble_ms, JK_CHANNEL_PREAMBLE_MS},
        {&config->deadlines.handshake_ms, JK_CHANNEL_HANDSHAKE_MS},
        {&config->deadlines.record_ms, JK_CHANNEL_RECORD_MS},
        {&config->deadlines.message_ms, JK_CHANNEL_MESSAGE_MS},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (*numbers[i].value == 0) {
            *numbers[i].value = numbers[i].fallback;
        }
    }
}

jk_status jk_channel_init(jk_channel *channel, const jk_channel_config *config, uint64_t now_ms)
{
    jk_status status = check_config(config);
    if (status != JK_OK) {
        return status;
    }
    memset(channel, 0, sizeof *channel);
    channel->config = *config;
    channel->start_ms = now_ms;
    set_defaults(&channel->config);
    if (!config->initiator) {
        need(channel, JK_CHANNEL_PREAMBLE, JK_PREAMBLE_SIZE);
        return JK_OK;
    }
    status = dial(channel);
    if (status != JK_OK) {
        jk_channel_wipe(channel);
    }
    return status;
}

static bool takes_input(const jk_channel *c)
{
    return c->state != JK_CHANNEL_ENDED && !c->event_waiting &&
           (c->state != JK_CHANNEL_HELLO || c->hello_sent);
}

size_t jk_channel_feed(jk_channel *channel, jk_span bytes, uint64_t now_ms)
{
    jk_channel *c = channel;
    size_t used = 0;
    jk_channel_tick(c, now_ms);
    while (used < bytes.size && takes_input(c)) {
        size_t part = c->input_need - c->input_size;
        if (part > bytes.size - used) {
            part = bytes.size - used;
        }
        if (c->input_size == 0) {
            c->record_ms = now_ms;
        }
        memcpy(c->input + c->input_size, bytes.data + used, part);
        c->input_size += part;
        used += part;
        if (c->input_size == c->input_need) {
            const jk_status status = take(c, now_ms);
            if (status != JK_OK) {
                fail(c, status);
            }
        }
    }
    return used;
}

bool jk_channel_next(jk_channel *channel, jk_channel_event *event)
{
    if (!channel->event_waiting) {
        return false;
    }
    *event = channel->event;
    channel->event_waiting = false;
    return true;
}

jk_status jk_channel_hello(jk_channel *channel, const jk_hello *hello)
{
    if (channel->state != JK_CHANNEL_HELLO || channel->hello_sent) {
        return JK_E_NOT_NOW;
    }
    if (hello->version_min > hello->version_max) {
        return JK_E_USAGE;
    }
    uint8_t data[JK_HELLO_SIZE];
    jk_hello_encode(hello, data);
    const jk_status status = put_control(channel, JK_RECORD_HELLO, 0, (jk_span){data, sizeof data});
    if (status == JK_OK) {
        channel->own_hello = *hello;
        channel->hello_sent = true;
    }
    return status;
}

size_t jk_channel_send_size(size_t size)
{
    size_t records = 1;
    if (size > FIRST_DATA_MAX) {
        records += (size - FIRST_DATA_MAX + NEXT_DATA_MAX - 1) / NEXT_DATA_MAX;
    }
    return size + records * (LENGTH_SIZE + JK_RECORD_HEAD_SIZE + JK_TAG_SIZE) +
           (JK_RECORD_FIRST_SIZE - JK_RECORD_HEAD_SIZE);
}

jk_status jk_channel_send(jk_channel *channel, uint64_t link_epoch, uint64_t sequence, jk_span data)
{
    if (channel->state != JK_CHANNEL_OPEN) {
        return JK_E_NOT_NOW;
    }
    if (data.size == 0) {
        return JK_E_USAGE;
    }
    if (data.size > JK_CHANNEL_MESSAGE_SIZE_MAX ||
        jk_channel_send_size(data.size) > channel->config.send_size) {
        return JK_E_OVERSIZED;
    }
    if (room(channel) < jk_channel_send_size(data.size)) {
        return JK_E_FULL;
    }
    size_t done = 0;
    while (done < data.size) {
        const size_t most = done == 0 ? FIRST_DATA_MAX : NEXT_DATA_MAX;
        const size_t left = data.size - done;
        const jk_record record = {
            .type = JK_RECORD_MESSAGE,
            .first = done == 0,
            .last = left <= most,
            .link_epoch = link_epoch,
            .sequence = sequence,
            .data = {data.data + done, left < most ? left : most},
        };
        const jk_status status = put_record(channel, &record);
        if (status != JK_OK) {
            return status;
        }
        done += record.data.size;
    }
    return JK_OK;
}

jk_status jk_channel_ack(jk_channel *channel, uint64_t link_epoch, const jk_ack *ack)
{
    if (channel->state != JK_CHANNEL_OPEN) {
        return JK_E_NOT_NOW;
    }
    uint8_t data[JK_ACK_SIZE];
    jk_ack_encode(ack, data);
    return put_control(channel, JK_RECORD_ACK, link_epoch, (jk_span){data, sizeof data});
}

jk_status jk_channel_nack(jk_channel *channel, uint64_t link_epoch, const jk_nack *nack)
{
    if (channel->state != JK_CHANNEL_OPEN) {
        return JK_E_NOT_NOW;
    }
    uint8_t data[JK_NACK_SIZE];
    jk_nack_encode(nack, data);
    return put_control(channel, JK_RECORD_NACK, link_epoch, (jk_span){data, sizeof data});
}

void jk_channel_close(jk_channel *channel)
{
    if (channel->state == JK_CHANNEL_OPEN) {
        /* Without room the peer just sees the connection end, which means the same. */
        const jk_status status = put_control(channel, JK_RECORD_CLOSE, 0, (jk_span){NULL, 0});
        (void)status;
    }
    wipe_secrets(channel);
    channel->state = JK_CHANNEL_ENDED;
    channel->event_waiting = false;
}

jk_span jk_channel_output(const jk_channel *channel)
{
    return (jk_span){channel->config.send + channel->send_start,
                     channel->send_end - channel->send_start};
}

void jk_channel_sent(jk_channel *channel, size_t size)
{
    const size_t waiting = channel->send_end - channel->send_start;
    channel->send_start += size < waiting ? size : waiting;
    if (channel->send_start == channel->send_end) {
        channel->send_start = 0;
        channel->send_end = 0;
    }
}

static void earlier(uint64_t *deadline, uint64_t since_ms, uint64_t limit_ms)
{
    const uint64_t at = since_ms + limit_ms + 1; /* at the limit itself it is still in time */
    if (at < *deadline) {
        *deadline = at;
    }
}

uint64_t jk_channel_deadline(const jk_channel *channel)
{
    const jk_channel_deadlines *limit = &channel->config.deadlines;
    uint64_t deadline = UINT64_MAX;
    if (channel->state == JK_CHANNEL_ENDED) {
        return deadline;
    }
    if (channel->state == JK_CHANNEL_PREAMBLE) {
        earlier(&deadline, channel->start_ms, limit->preamble_ms);
    }
    if (channel->state != JK_CHANNEL_OPEN) {
        earlier(&deadline, channel->start_ms, limit->handshake_ms);
    } else {
        if (channel->input_size > 0) {
            earlier(&deadline, channel->record_ms, limit->record_ms);
        }
        if (channel->in_message) {
            earlier(&deadline, channel->message_ms, limit->message_ms);
        }
    }
    return deadline;
}

void jk_channel_tick(jk_channel *channel, uint64_t now_ms)
{
    if (now_ms >= jk_channel_deadline(channel)) {
        fail(channel, JK_E_DEADLINE);
    }
}

bool jk_channel_silent(const jk_channel *channel)
{
    return channel->state == JK_CHANNEL_PREAMBLE;
}

bool jk_channel_expired(const jk_channel *channel, uint64_t now_ms)
{
    return channel->state == JK_CHANNEL_OPEN &&
           (now_ms - channel->open_ms >= JK_CHANNEL_AGE_MS ||
            channel->sent_records >= JK_CHANNEL_RECORDS_MAX ||
            channel->received_records >= JK_CHANNEL_RECORDS_MAX);
}

const jk_peer *jk_channel_peer(const jk_channel *channel)
{
    return channel->peer.id.role == JK_ROLE_NONE ? NULL : &channel->peer;
}

void jk_channel_wipe(jk_channel *channel)
{
    sodium_memzero(channel, sizeof *channel);
    channel->state = JK_CHANNEL_ENDED;
}
