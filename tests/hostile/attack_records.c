/* SPDX-License-Identifier: Apache-2.0 */
/* Below the envelope: preambles, handshakes, HELLO, records, answers to what was never said. All
 * of it closes the channel, tells the peer nothing, and leaves no row. */
#include "siege.h"

#include "channel/bytes.h"

#include <stdio.h>
#include <string.h>

static const char us[] = "cs-131024";
static const char them[] = "cs-141003";

/* The connection ends, the log says why, no row changed, and the next honest handshake is taken. */
static void expect_closed(siege *s, siege_host *victim, long log, jk_status why, const char *what)
{
    char text[64];
    s->what = what;
    (void)siege_check(s, peer_run(&s->p, peer_is_closed, PEER_WAIT_MS), "%s: not closed", what);
    (void)snprintf(text, sizeof text, "status=%s", jk_status_name(why));
    (void)siege_check(s, siege_logged(s, victim, log, text), "%s: log without %s", what, text);
    siege_unchanged(s, victim, 0);
}

/* --- before anything is proven --- */

typedef struct wrong_preamble {
    const char *what;
    jk_status why;
    unsigned at;
    uint8_t value;
} wrong_preamble;

static const wrong_preamble preambles[] = {
    {"another magic", JK_E_HANDSHAKE, 0, 'X'}, {"version 0", JK_E_VERSION, 4, 0},
    {"version 2", JK_E_VERSION, 4, 2},         {"suite 2", JK_E_VERSION, 5, 2},
    {"an unknown flag", JK_E_HANDSHAKE, 6, 2}, {"another role", JK_E_IDENTITY, 7, 2},
    {"role 0", JK_E_IDENTITY, 7, 0},           {"another code", JK_E_IDENTITY, 12, '9'},
    {"another unit", JK_E_IDENTITY, 15, 9},    {"a cookie without its flag", JK_E_HANDSHAKE, 31, 1},
};

static void wrong_preambles(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    const siege_host *who = siege_host_of(s, us);
    for (size_t i = 0; i < sizeof preambles / sizeof preambles[0]; i++) {
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        if (!peer_begin(&s->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            (void)siege_check(s, false, "no connection");
            return;
        }
        uint8_t bytes[JK_PREAMBLE_SIZE + JK_CHANNEL_MESSAGE_1_SIZE];
        memcpy(bytes, jk_channel_output(&s->p.channel).data, sizeof bytes);
        jk_channel_sent(&s->p.channel, sizeof bytes);
        bytes[preambles[i].at] = preambles[i].value;
        (void)peer_raw(&s->p, (jk_span){bytes, sizeof bytes});
        expect_closed(s, victim, log, preambles[i].why, preambles[i].what);
        peer_end(&s->p);
    }
}

/* Message 3 with one bit changed; message 1 that is no point; rubbish of every size. */
static void wrong_handshakes(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    const siege_host *who = siege_host_of(s, us);
    for (int part = 0; part < 3; part++) {
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        if (!peer_begin(&s->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            return;
        }
        uint8_t bytes[2048] = {0};
        const size_t size = jk_channel_output(&s->p.channel).size;
        memcpy(bytes, jk_channel_output(&s->p.channel).data, size);
        jk_channel_sent(&s->p.channel, size);
        if (part == 0) {
            memset(bytes + JK_PREAMBLE_SIZE, 0, JK_CHANNEL_MESSAGE_1_SIZE); /* no good point */
        }
        (void)peer_raw(&s->p, (jk_span){bytes, size});
        if (part == 1) {
            memset(bytes, 0x55, JK_CHANNEL_MESSAGE_3_SIZE);
            (void)peer_raw(&s->p, (jk_span){bytes, JK_CHANNEL_MESSAGE_3_SIZE});
        } else if (part == 2) {
            memset(bytes, 0, sizeof bytes);
            (void)peer_raw(&s->p, (jk_span){bytes, sizeof bytes});
        }
        expect_closed(s, victim, log, JK_E_HANDSHAKE, "a wrong handshake");
        peer_end(&s->p);
    }
}

/* --- HELLO --- */

typedef struct hello_lie {
    const char *what;
    jk_status why;
    jk_hello hello; /* 0 fields: as an honest node says */
} hello_lie;

static const hello_lie lies[] = {
    {"another link epoch", JK_E_HELLO, {.link_epoch = 2}},
    {"link epoch 2^64 - 1", JK_E_HELLO, {.link_epoch = UINT64_MAX}},
    {"an epoch that we never had", JK_E_HELLO, {.received_epoch = 9}},
    {"received more than was sent", JK_E_HELLO, {.last_received = 1000000}},
    {"received 2^64 - 1", JK_E_HELLO, {.last_received = UINT64_MAX}},
    {"sent less than was received", JK_E_HELLO, {.last_sent = 1}},
    {"versions 2 to 9", JK_E_VERSION, {.version_min = 2, .version_max = 9}},
    {"version 0", JK_E_VERSION, {.version_min = 0, .version_max = 0, .time_s = 1}},
};

static void tell_lie(siege *s, const hello_lie *lie)
{
    jk_hello *own = &s->p.own;
    own->last_sent = UINT64_C(1) << 40;
    own->link_epoch = lie->hello.link_epoch != 0 ? lie->hello.link_epoch : own->link_epoch;
    own->received_epoch =
        lie->hello.received_epoch != 0 ? lie->hello.received_epoch : own->received_epoch;
    own->last_received = lie->hello.last_received;
    own->last_sent = lie->hello.last_sent != 0 ? lie->hello.last_sent : own->last_sent;
    if (lie->why == JK_E_VERSION) {
        own->version_min = lie->hello.version_min;
        own->version_max = lie->hello.version_max;
    }
}

static void hello_lies(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    const siege_host *who = siege_host_of(s, us);
    const uint8_t nothing[4] = {0};
    for (int i = 0; i < 2 && siege_link(s, us, them); i++) { /* so that something was received */
        siege_refused(s, victim, (jk_span){nothing, sizeof nothing}, JK_OK, "zeros");
    }
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        (void)siege_link(s, us, them); /* an honest link before: an alarm a second is enough */
        peer_end(&s->p);
        (void)siege_snapshot_of(victim, &s->before);
        const long log = siege_log_size(s, victim);
        if (!peer_begin(&s->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            return;
        }
        tell_lie(s, &lies[i]);
        if (lies[i].why == JK_E_VERSION) {
            /* Our own side would refuse the other's version: hold its view of HELLO back. */
            s->p.own_hello_held = true;
            (void)peer_run(&s->p, peer_is_proven, PEER_WAIT_MS);
            (void)peer_run(&s->p, NULL, 1); /* message 3 leaves */
            uint8_t plain[JK_RECORD_FIRST_SIZE + JK_HELLO_SIZE] = {JK_RECORD_HELLO, 3};
            jk_hello_encode(&s->p.own, plain + JK_RECORD_FIRST_SIZE);
            (void)peer_record(&s->p, (jk_span){plain, sizeof plain});
        }
        (void)peer_run(&s->p, peer_is_closed, PEER_WAIT_MS);
        expect_closed(s, victim, log, lies[i].why, lies[i].what);
        peer_end(&s->p);
    }
    (void)siege_link(s, us, them);
}

/* --- records --- */

typedef struct wrong_record {
    const char *what;
    jk_status why;
    size_t size; /* of the plain text; zeros follow the head */
    uint8_t head[JK_RECORD_FIRST_SIZE];
} wrong_record;

#define EPOCH_1 0, 0, 0, 0, 0, 0, 0, 1
#define EPOCH_2 0, 0, 0, 0, 0, 0, 0, 2

static const wrong_record records[] = {
    {"type 0", JK_E_RECORD, 20, {0, 3}},
    {"type 6", JK_E_RECORD, 20, {6, 3}},
    {"type 255", JK_E_RECORD, 20, {255, 3}},
    {"unknown flags", JK_E_RECORD, 20, {2, 7, EPOCH_1}},
    {"a continuation of nothing", JK_E_RECORD, 20, {2, 2}},
    {"a short record that is not the last", JK_E_RECORD, 20, {2, 1, EPOCH_1}},
    {"a message without data", JK_E_RECORD, 18, {2, 3, EPOCH_1}},
    {"a head cut short", JK_E_RECORD, 9, {2, 3, EPOCH_1}},
    {"a short ACK", JK_E_RECORD, 18 + 11, {3, 3, EPOCH_1}},
    {"a long ACK", JK_E_RECORD, 18 + 13, {3, 3, EPOCH_1}},
    {"a short NACK", JK_E_RECORD, 18 + 9, {4, 3, EPOCH_1}},
    {"a divided ACK", JK_E_RECORD, 18 + 12, {3, 1, EPOCH_1}},
    {"a second HELLO", JK_E_HELLO, 18 + 52, {1, 3}},
    {"a CLOSE with data", JK_E_RECORD, 19, {5, 3}},
    {"a message of another epoch", JK_E_RECORD, 40, {2, 3, EPOCH_2}},
    {"an ACK of another epoch", JK_E_RECORD, 18 + 12, {3, 3, EPOCH_2}},
    {"a NACK of another epoch", JK_E_RECORD, 18 + 10, {4, 3, EPOCH_2}},
    {"an ACK of number 0", JK_E_RECORD, 18 + 12, {3, 3, EPOCH_1}},
    {"a NACK of number 0", JK_E_RECORD, 18 + 10, {4, 3, EPOCH_1}},
};

static void wrong_records(siege *s)
{
    static uint8_t plain[JK_RECORD_PLAIN_MAX];
    siege_host *victim = siege_host_of(s, them);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        if (!siege_link(s, us, them)) {
            return;
        }
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        memset(plain, 0, sizeof plain);
        memcpy(plain, records[i].head, sizeof records[i].head);
        if (records[i].size < sizeof records[i].head) {
            memset(plain + records[i].size, 0, sizeof plain - records[i].size);
        }
        (void)peer_record(&s->p, (jk_span){plain, records[i].size});
        expect_closed(s, victim, log, records[i].why, records[i].what);
        peer_end(&s->p);
    }
}

/* ACK and NACK of numbers that were never sent. */
static void wrong_answers(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    static const uint64_t numbers[] = {1000000, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        if (!siege_link(s, us, them)) {
            return;
        }
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        const jk_ack ack = {.next_expected = numbers[i / 2], .credit = UINT32_MAX};
        const jk_nack nack = {.sequence = numbers[i / 2], .rule = UINT16_MAX};
        (void)siege_check(s,
                          (i % 2 == 0 ? jk_channel_ack(&s->p.channel, 1, &ack)
                                      : jk_channel_nack(&s->p.channel, 1, &nack)) == JK_OK,
                          "not said");
        expect_closed(s, victim, log, JK_E_RECORD, "an answer to what was never sent");
        peer_end(&s->p);
    }
}

/* One bit of a record; a good record after it must not be looked at. */
static void after_a_broken_record(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    uint8_t sealed[64 + JK_TAG_SIZE];
    uint8_t frame[2 + sizeof sealed];
    const uint8_t plain[64] = {JK_RECORD_MESSAGE, 3, EPOCH_1};
    for (size_t bit = 0; bit < 8 * sizeof sealed; bit += 37) {
        if (!siege_link(s, us, them)) {
            return;
        }
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        if (jk_cipher_encrypt(&s->p.channel.send_cipher, (jk_span){plain, sizeof plain}, sealed) !=
            JK_OK) {
            return;
        }
        put_u16(frame, sizeof sealed);
        memcpy(frame + 2, sealed, sizeof sealed);
        frame[2 + bit / 8] ^= (uint8_t)(1U << bit % 8);
        (void)peer_raw(&s->p, (jk_span){frame, sizeof frame});
        for (int i = 0; i < 5 && !s->p.closed; i++) { /* good records: their nonces come next */
            (void)peer_record(&s->p, (jk_span){plain, sizeof plain});
        }
        s->p.closed = false; /* what was written may have found the connection gone */
        expect_closed(s, victim, log, JK_E_AEAD, "a broken record");
        peer_end(&s->p);
    }
}

static void wrong_lengths(siege *s)
{
    static const struct {
        uint16_t length;
        jk_status why;
    } lengths[] = {{0, JK_E_RECORD},
                   {18, JK_E_RECORD},
                   {JK_RECORD_PLAIN_MAX + JK_TAG_SIZE + 1, JK_E_OVERSIZED},
                   {UINT16_MAX, JK_E_OVERSIZED}};

    siege_host *victim = siege_host_of(s, them);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint8_t head[2];
        if (!siege_link(s, us, them)) {
            return;
        }
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        put_u16(head, lengths[i].length);
        (void)peer_raw(&s->p, (jk_span){head, sizeof head});
        expect_closed(s, victim, log, lengths[i].why, "a record's length");
        peer_end(&s->p);
    }
}

/* A message of 1 MiB in full records: over at 64 KiB.  And a message with something in between. */
static void endless_message(siege *s)
{
    static uint8_t plain[JK_RECORD_PLAIN_MAX] = {JK_RECORD_MESSAGE, 1, EPOCH_1};
    siege_host *victim = siege_host_of(s, them);
    for (int i = 0; i < 2; i++) {
        if (!siege_link(s, us, them)) {
            return;
        }
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        plain[1] = 1;
        (void)peer_record(&s->p, (jk_span){plain, sizeof plain});
        plain[1] = 0;
        const uint8_t between[18 + 12] = {JK_RECORD_ACK, 3, EPOCH_1};
        if (i == 1) {
            (void)peer_record(&s->p, (jk_span){between, sizeof between});
        }
        for (int n = 1; i == 0 && n < 256 && !s->p.closed; n++) {
            (void)peer_record(&s->p, (jk_span){plain, sizeof plain});
        }
        s->p.closed = false;
        expect_closed(s, victim, log, i == 0 ? JK_E_OVERSIZED : JK_E_RECORD, "an endless message");
        peer_end(&s->p);
    }
}

/* A record before HELLO, and HELLO's place taken by something else. */
static void before_hello(siege *s)
{
    siege_host *victim = siege_host_of(s, them);
    const siege_host *who = siege_host_of(s, us);
    const uint8_t first[40] = {JK_RECORD_MESSAGE, 3, EPOCH_1};
    const uint8_t close[18] = {JK_RECORD_CLOSE, 3};
    const jk_span plains[] = {{first, sizeof first}, {close, sizeof close}};
    for (size_t i = 0; i < 2; i++) {
        const long log = siege_log_size(s, victim);
        (void)siege_snapshot_of(victim, &s->before);
        if (!peer_begin(&s->p, who->keys, &victim->id, peer_connect(victim->port, 0))) {
            return;
        }
        s->p.own_hello_held = true;
        (void)peer_run(&s->p, peer_is_proven, PEER_WAIT_MS);
        (void)peer_run(&s->p, NULL, 1); /* message 3 leaves */
        (void)peer_record(&s->p, plains[i]);
        s->p.own_hello_held = false;
        expect_closed(s, victim, log, JK_E_HELLO, "a record before HELLO");
        peer_end(&s->p);
    }
}

const siege_attack attacks_records[] = {
    {"wrong-preambles", wrong_preambles},
    {"wrong-handshakes", wrong_handshakes},
    {"hello-lies", hello_lies},
    {"before-hello", before_hello},
    {"wrong-records", wrong_records},
    {"wrong-answers", wrong_answers},
    {"after-a-broken-record", after_a_broken_record},
    {"wrong-lengths", wrong_lengths},
    {"endless-message", endless_message},
    {NULL, NULL},
};
