/* SPDX-License-Identifier: Apache-2.0 */
/* Links and messages of the attacks: well-formed envelopes, and the judgement of a refused one. */
#include "siege.h"

#include "channel/policy.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

bool siege_dials(const siege_host *who, const siege_host *victim)
{
    return jk_policy_allows(&who->id, &victim->id);
}

bool siege_settled(siege *s, siege_host *victim)
{
    const jk_token link = jk_token_of_node(&s->p.keys->id);
    char sql[128] = "SELECT count(*) FROM outbox WHERE state = 0 AND link = x'";
    const size_t head = strlen(sql);
    (void)sodium_bin2hex(sql + head, sizeof sql - head, link.byte, sizeof link.byte);
    memcpy(sql + head + 2 * sizeof link.byte, "'", 2);
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    int64_t waiting = siege_number(victim, sql);
    while (waiting > 0 && !s->p.closed && peer_now_ms() < end_ms) {
        (void)peer_run(&s->p, NULL, 10);
        waiting = siege_number(victim, sql);
    }
    return siege_check(s, waiting == 0, "%lld messages wait at %s", (long long)waiting,
                       victim->name);
}

bool siege_link(siege *s, const char *who, const char *victim)
{
    const siege_host *a = siege_host_of(s, who);
    const siege_host *b = siege_host_of(s, victim);
    peer_end(&s->p);
    if (a == NULL || b == NULL) {
        return false;
    }
    bool up = false;
    if (siege_dials(a, b)) {
        up = peer_dial(&s->p, a->keys, &b->id, b->port);
    } else {
        const int listener = peer_listen(a->port);
        up = listener >= 0 && peer_accept(&s->p, a->keys, &b->id, listener);
        if (listener >= 0) {
            (void)close(listener);
        }
    }
    return siege_check(s, up, "no link of %s with %s: %s", who, victim, jk_status_name(s->p.why)) &&
           siege_settled(s, siege_host_of(s, victim));
}

jk_envelope siege_envelope(siege *s, unsigned kind, const siege_host *a, const siege_host *b)
{
    return (jk_envelope){.kind = (uint16_t)kind,
                         .reason = 1,
                         .members = 1,
                         .epoch = 1,
                         .message_id = siege_token(s),
                         .case_id = siege_token(s),
                         .txn = siege_token(s),
                         .author = a->id,
                         .target = b->id};
}

bool siege_encode(siege *s, const jk_envelope *envelope, siege_message *message)
{
    jk_codec_error error = {.rule = ""};
    jk_codec_bytes bytes = {message->bytes, sizeof message->bytes, 0};
    const jk_status status = jk_codec_encode_envelope(envelope, &bytes, &error);
    message->size = bytes.size;
    return siege_check(s, status == JK_OK, "%s cannot be encoded: %s %s",
                       jk_kind_name(envelope->kind), jk_status_name(status), error.path);
}

bool siege_body(siege *s, jk_envelope *envelope, const void *message)
{
    static uint8_t body[JK_BODY_SIZE_MAX];
    jk_codec_error error = {.rule = ""};
    jk_codec_bytes bytes = {body, sizeof body, 0};
    const jk_status status = jk_codec_encode_body(envelope->kind, message, NULL, &bytes, &error);
    envelope->body = (jk_span){body, bytes.size};
    return siege_check(s, status == JK_OK, "a body of %s cannot be encoded: %s %s",
                       jk_kind_name(envelope->kind), jk_status_name(status), error.path);
}

void siege_refused(siege *s, siege_host *victim, jk_span bytes, jk_status rule, const char *what)
{
    if (!siege_check(s, siege_snapshot_of(victim, &s->before), "%s cannot be read", victim->name)) {
        return;
    }
    s->what = what;
    const uint64_t sequence = s->p.next++;
    const jk_status answer = peer_tell(&s->p, sequence, bytes);
    const bool refused = answer != JK_OK && answer != JK_E_IO && answer != JK_E_DEADLINE;
    (void)siege_check(s, refused && (rule == JK_OK || answer == rule), "%s: answer %s, not %s",
                      what, jk_status_name(answer),
                      rule == JK_OK ? "a refusal" : jk_status_name(rule));
    const unsigned kept = siege_dead_rule(victim, &s->p.keys->id, sequence);
    (void)siege_check(s, !refused || kept == (unsigned)answer, "%s: dead letter says %s", what,
                      jk_status_name((jk_status)kept));
    siege_unchanged(s, victim, 1);
    (void)siege_check(s, !s->p.closed, "%s: the link did not go on", what);
}

void siege_refused_envelope(siege *s, siege_host *victim, const jk_envelope *envelope,
                            jk_status rule, const char *what)
{
    static siege_message message;
    if (siege_encode(s, envelope, &message)) {
        siege_refused(s, victim, (jk_span){message.bytes, message.size}, rule, what);
    }
}
