/* SPDX-License-Identifier: Apache-2.0 */
/* Validly signed nonsense and repeated messages: what is wrong with the bytes, and what is wrong
 * with their order. */
#include "siege.h"

#include "movein.h"

#include <stdio.h>
#include <string.h>

enum {
    BODIES = 6, /* random ones for each kind */
    FLIPS = 300 /* messages with a few random bytes */
};

/* --- bytes that are no message --- */

/* `remove` bytes at `at` (from the end if negative) give way to `size` others. */
typedef struct change {
    const char *what;
    jk_status rule; /* JK_OK: any */
    int at;
    size_t remove;
    size_t size;
    uint8_t bytes[24];
} change;

/* Of a RELEASE: 08 01, 10 b0 02, 1a 10 id, 22 10 case, 2a 10 txn, 32 0a author, 3a 0a target,
 * 40 01, 48 01, 50 01. */
static const change changes[] = {
    {"version 2", JK_E_VERSION, 1, 1, 1, {2}},
    {"no version", JK_OK, 0, 2, 0, {0}},
    {"version in two bytes", JK_E_NOT_CANONICAL, 1, 1, 2, {0x81, 0}},
    {"version in eleven bytes",
     JK_E_WIRE,
     1,
     1,
     11,
     {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1}},
    {"version twice", JK_E_REPEATED_FIELD, 2, 0, 2, {0x08, 1}},
    {"kind 0", JK_OK, 3, 2, 1, {0}},
    {"kind 999", JK_E_KIND, 3, 2, 2, {0xe7, 7}},
    {"a record's kind, 901", JK_E_KIND, 3, 2, 2, {0x85, 7}},
    {"another kind's number, 304 + 2^32", JK_OK, 3, 2, 5, {0xb0, 0x82, 0x80, 0x80, 0x10}},
    {"a short id", JK_E_RANGE, 6, 2, 1, {15}},
    {"an empty id", JK_OK, 6, 17, 1, {0}},
    {"no id", JK_E_MISSING_FIELD, 5, 18, 0, {0}},
    {"an id of zeros", JK_E_NOT_CANONICAL, 7, 16, 16, {0}},
    {"fields out of order", JK_E_NOT_CANONICAL, -6, 4, 4, {0x48, 1, 0x40, 1}},
    {"members beyond 16", JK_E_RANGE, -5, 1, 3, {0x80, 0x80, 4}},
    {"an epoch beyond 2^62",
     JK_E_RANGE,
     -3,
     1,
     9,
     {0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40}},
    {"an epoch of zero", JK_E_NOT_CANONICAL, -3, 1, 1, {0}},
    {"a reason that is none", JK_E_ENUM, -1, 1, 2, {0xff, 0x7f}},
    {"an unknown field", JK_E_UNKNOWN_FIELD, 1 << 20, 0, 2, {0x58, 1}},
    {"a group", JK_E_WIRE, 1 << 20, 0, 2, {0x5b, 0x5c}},
    {"a fixed-size field", JK_OK, 1 << 20, 0, 5, {0x5d, 1, 2, 3, 4}},
    {"a tag of six bytes", JK_E_WIRE, 1 << 20, 0, 7, {0xfa, 0x80, 0x80, 0x80, 0x80, 0, 0}},
    {"a body where there is none", JK_E_UNKNOWN_FIELD, 1 << 20, 0, 4, {0x7a, 2, 1, 2}},
    {"an empty body", JK_E_NOT_CANONICAL, 1 << 20, 0, 2, {0x7a, 0}},
    {"a length beyond the end", JK_OK, 1 << 20, 0, 3, {0x7a, 0x7f, 1}},
    {"a length of 2^64 - 1",
     JK_OK,
     1 << 20,
     0,
     11,
     {0x7a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}},
    {"zeros behind the end", JK_OK, 1 << 20, 0, 4, {0, 0, 0, 0}},
};

static bool make_release(siege *s, siege_message *message)
{
    const siege_host *a = siege_host_of(s, "cs-131024");
    const siege_host *b = siege_host_of(s, "cs-141003");
    if (a == NULL || b == NULL) {
        return false;
    }
    const jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_RELEASE, a, b);
    return siege_encode(s, &envelope, message);
}

static void apply(const change *c, siege_message *message)
{
    size_t at = message->size;
    if (c->at < 0) {
        at = message->size - (size_t)(-c->at);
    } else if ((size_t)c->at < message->size) {
        at = (size_t)c->at;
    }
    memmove(message->bytes + at + c->size, message->bytes + at + c->remove,
            message->size - at - c->remove);
    memcpy(message->bytes + at, c->bytes, c->size);
    message->size += c->size - c->remove;
}

static void broken_encodings(siege *s)
{
    static siege_message message;
    siege_host *victim = siege_host_of(s, "cs-141003");
    if (victim == NULL || !siege_link(s, "cs-131024", "cs-141003")) {
        return;
    }
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        if (make_release(s, &message)) {
            apply(&changes[i], &message);
            siege_refused(s, victim, (jk_span){message.bytes, message.size}, changes[i].rule,
                          changes[i].what);
        }
    }
    for (size_t size = 1; make_release(s, &message) && size < message.size; size += 5) {
        siege_refused(s, victim, (jk_span){message.bytes, size}, JK_OK, "a message cut short");
    }
}

static void big_messages(siege *s)
{
    static uint8_t bytes[JK_CHANNEL_MESSAGE_SIZE_MAX];
    static const size_t sizes[] = {JK_ENVELOPE_SIZE_MAX + 1, JK_CHANNEL_MESSAGE_SIZE_MAX};
    siege_host *victim = siege_host_of(s, "cs-141003");
    if (victim == NULL || !siege_link(s, "cs-131024", "cs-141003")) {
        return;
    }
    memset(bytes, 0x7a, sizeof bytes);
    for (size_t i = 0; i < 2; i++) {
        siege_refused(s, victim, (jk_span){bytes, sizes[i]}, JK_E_OVERSIZED, "a long message");
    }
    memset(bytes, 0, sizeof bytes);
    siege_refused(s, victim, (jk_span){bytes, JK_ENVELOPE_SIZE_MAX}, JK_OK, "zeros");
}

/* --- random ones --- */

static void fill(siege *s, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)siege_random(s);
    }
}

static void random_bodies(siege *s)
{
    static uint8_t body[JK_BODY_SIZE_MAX];
    static const char *const links[][2] = {{"cs-131024", "cs-141003"},
                                           {"registry-131016.1", "cs-131016"},
                                           {"prefecture-130001.1", "national-000000"},
                                           {"cs-131016.1", "registry-131016"}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const siege_host *who = siege_host_of(s, links[i][0]);
        siege_host *victim = siege_host_of(s, links[i][1]);
        if (who == NULL || victim == NULL || !siege_link(s, who->name, victim->name)) {
            return;
        }
        for (size_t k = 0; jk_kind_at(k) != 0; k++) {
            for (int n = 0; siege_may_say(s, jk_kind_at(k), who->id.role, victim->id.role) &&
                            n < BODIES && jk_kind_at(k) != JK_MOVEIN_KIND_RELEASE;
                 n++) {
                jk_envelope envelope = siege_envelope(s, jk_kind_at(k), who, victim);
                envelope.body = (jk_span){body, 1U + siege_random(s) % (n < 3 ? 40U : 16384U)};
                fill(s, body, envelope.body.size);
                static siege_message message;
                jk_codec_bytes bytes = {message.bytes, sizeof message.bytes, 0};
                if (jk_codec_encode_envelope(&envelope, &bytes, NULL) == JK_OK) {
                    siege_refused(s, victim, (jk_span){bytes.data, bytes.size}, JK_OK,
                                  jk_kind_name(envelope.kind));
                }
            }
        }
    }
}

/* An ENTRY has no place between CS, and what it turns into has the wrong body. */
static void random_bytes(siege *s)
{
    static siege_message message;
    static const uint8_t body[] = {0xff, 0xff, 0xff, 0x7f};
    const siege_host *who = siege_host_of(s, "cs-131024");
    siege_host *victim = siege_host_of(s, "cs-141003");
    if (who == NULL || victim == NULL || !siege_link(s, who->name, victim->name)) {
        return;
    }
    for (int i = 0; i < FLIPS; i++) {
        jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_ENTRY, who, victim);
        envelope.body = (jk_span){body, sizeof body};
        if (!siege_encode(s, &envelope, &message)) {
            return;
        }
        for (uint32_t n = siege_random(s) % 3; n < 3; n++) {
            message.bytes[siege_random(s) % message.size] = (uint8_t)siege_random(s);
        }
        siege_refused(s, victim, (jk_span){message.bytes, message.size}, JK_OK, "random bytes");
    }
}

/* --- order --- */

static void says_again(siege *s, siege_host *victim, uint64_t sequence,
                       const siege_message *message, jk_status first, const char *what)
{
    const jk_status answer = peer_tell(&s->p, sequence, (jk_span){message->bytes, message->size});
    (void)siege_check(s, answer == first, "%s: answer %s", what, jk_status_name(answer));
    siege_unchanged(s, victim, 0);
}

/* A message under a number that another one had: an answer would acknowledge what was never taken,
 * so there is none; the link ends, with an alarm. */
static void under_a_used_number(siege *s, siege_host *victim, uint64_t sequence,
                                const siege_message *message, const char *what)
{
    const long log = siege_log_size(s, victim);
    says_again(s, victim, sequence, message, JK_E_IO, what);
    (void)siege_check(s,
                      siege_logged(s, victim, log, "event=link_down") &&
                          siege_logs(s, victim, log, "status=E_CONFLICT"),
                      "%s: the link did not end", what);
}

static void replays(siege *s)
{
    static siege_message first;
    static siege_message other;
    siege_host *victim = siege_host_of(s, "cs-141003");
    if (victim == NULL || !siege_link(s, "cs-131024", "cs-141003") || !make_release(s, &first) ||
        !make_release(s, &other)) {
        return;
    }
    const jk_span bytes = {first.bytes, first.size};
    const uint64_t sequence = s->p.next++;
    (void)siege_check(s, peer_tell(&s->p, sequence, bytes) == JK_OK, "a legal message is refused");
    (void)siege_snapshot_of(victim, &s->before);
    says_again(s, victim, sequence, &first, JK_OK, "the same again");
    under_a_used_number(s, victim, sequence, &other, "another under an old number");
    if (!siege_link(s, "cs-131024", "cs-141003")) {
        return;
    }
    (void)siege_snapshot_of(victim, &s->before);
    says_again(s, victim, s->p.next++, &first, JK_OK, "the same under a new number");
    siege_host *liar = siege_host_of(s, "cs-131024");
    jk_envelope twin;
    if (liar != NULL && jk_codec_decode_envelope(bytes, &twin, NULL) == JK_OK) {
        twin.kind = JK_MOVEIN_KIND_REFUSAL;
        siege_refused_envelope(s, victim, &twin, JK_E_CONFLICT, "one id for two messages");
    }
    /* Over another connection, and said by another CS. */
    if (siege_link(s, "cs-131024", "cs-141003")) {
        (void)siege_snapshot_of(victim, &s->before);
        says_again(s, victim, sequence, &first, JK_OK, "the same over a new connection");
    }
    if (siege_link(s, "cs-131016.1", "cs-141003")) {
        siege_refused(s, victim, bytes, JK_E_PEER_POLICY, "another CS's message");
    }
}

/* Numbers that are not the next one are no messages yet: no answer, no trace. */
static void gaps(siege *s)
{
    static siege_message message;
    static const uint64_t beyond[] = {1, 2, 63, 1000, UINT64_C(1) << 63, UINT64_MAX};
    siege_host *victim = siege_host_of(s, "cs-141003");
    if (victim == NULL || !siege_link(s, "cs-131024", "cs-141003") || !make_release(s, &message)) {
        return;
    }
    const jk_span bytes = {message.bytes, message.size};
    (void)siege_snapshot_of(victim, &s->before);
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        const uint64_t sequence = beyond[i] > UINT64_MAX / 2 ? beyond[i] : s->p.next + beyond[i];
        (void)siege_check(s, jk_channel_send(&s->p.channel, 1, sequence, bytes) == JK_OK, "sent");
    }
    siege_host *who = siege_host_of(s, "cs-131024");
    jk_envelope entry = siege_envelope(s, JK_MOVEIN_KIND_MOVED, who, victim);
    entry.body = (jk_span){message.bytes, 4};
    static siege_message probe;
    if (siege_encode(s, &entry, &probe)) {
        const jk_status answer = peer_tell(&s->p, s->p.next, (jk_span){probe.bytes, probe.size});
        (void)siege_check(s, answer == JK_E_ROUTE, "the next number after gaps: %s",
                          jk_status_name(answer));
        s->p.next++;
        siege_unchanged(s, victim, 1);
    }
    (void)siege_check(s, !s->p.closed, "the link did not go on");
    (void)siege_snapshot_of(victim, &s->before);
    under_a_used_number(s, victim, 0, &message, "number 0");
}

const siege_attack attacks_messages[] = {
    {"broken-encodings", broken_encodings},
    {"big-messages", big_messages},
    {"random-bodies", random_bodies},
    {"random-bytes", random_bytes},
    {"replays", replays},
    {"gaps", gaps},
    {NULL, NULL},
};
