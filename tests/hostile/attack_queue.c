/* SPDX-License-Identifier: Apache-2.0 */
/* Queues: a peer that asks and never acknowledges the answers. Its own queue is bounded, nobody
 * else hears of it, and it is served again when it acknowledges. */
#include "siege.h"

#include "movein.h"
#include "movein.pb.h"

#include <string.h>

enum {
    MORE = 60 /* questions beyond the bound */
};

static const char us[] = "cs-131024";
static const char them[] = "cs-141003";

static bool question(siege *s, siege_message *message)
{
    /* A certificate for nobody who has filed: the answer is REFUSAL. */
    const siege_host *a = siege_host_of(s, us);
    const siege_host *b = siege_host_of(s, them);
    static jk_wire_CertRequest request;
    jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_CERT_REQUEST, a, b);
    envelope.case_id = (jk_token){{0}};
    envelope.members = 0;
    envelope.epoch = 0;
    envelope.reason = 0;
    memset(&request, 0, sizeof request);
    memcpy(request.origin_municipality_code, b->id.code, 7);
    request.resident_code_count = 1;
    memcpy(request.resident_code[0], "12345678903", 12);
    request.filing_day = 20500;
    request.moved_in_day = 20500;
    memcpy(request.new_address, "A", 2);
    return siege_body(s, &envelope, &request) && siege_encode(s, &envelope, message);
}

static int64_t waiting(siege_host *victim)
{
    return siege_number(victim, "SELECT count(*) FROM outbox WHERE state = 0 "
                                "AND peer = 'cs:131024:0000'");
}

static void no_acknowledgement(siege *s)
{
    static siege_message message;
    siege_host *victim = siege_host_of(s, them);
    if (victim == NULL || !siege_link(s, us, them)) {
        return;
    }
    s->p.mute = true;
    const long log = siege_log_size(s, victim);
    const int64_t last = (int64_t)s->p.next + JK_OUTBOX_MAX + MORE;
    while ((int64_t)s->p.next < last && !s->p.closed && question(s, &message)) {
        const uint64_t sequence = s->p.next;
        if (jk_channel_send(&s->p.channel, 1, sequence, (jk_span){message.bytes, message.size}) ==
            JK_OK) {
            s->p.next++;
            continue;
        }
        (void)peer_run(&s->p, NULL, 10);
    }
    const int64_t full_ms = peer_now_ms() + PEER_WAIT_MS;
    while (waiting(victim) < JK_OUTBOX_MAX && peer_now_ms() < full_ms) {
        (void)peer_run(&s->p, NULL, 20);
    }
    (void)peer_run(&s->p, NULL, 200); /* and what came after it */
    const int64_t rows = waiting(victim);
    (void)siege_check(s, rows == JK_OUTBOX_MAX, "%lld messages wait, the bound is %d",
                      (long long)rows, JK_OUTBOX_MAX);
    /* It acknowledges: the queue drains, and the next question is answered. */
    if (siege_link(s, us, them)) {
        const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
        while (waiting(victim) > 0 && peer_now_ms() < end_ms) {
            (void)peer_run(&s->p, NULL, 20);
        }
        (void)siege_check(s, waiting(victim) == 0, "%lld messages still wait",
                          (long long)waiting(victim));
        const jk_status answer =
            question(s, &message)
                ? peer_tell(&s->p, s->p.next++, (jk_span){message.bytes, message.size})
                : JK_E_BUG;
        (void)siege_check(s, answer == JK_OK, "the link did not go on: %s", jk_status_name(answer));
    }
    (void)siege_check(s, siege_alive(victim), "%s is not alive", them);
    (void)siege_check(s,
                      !siege_logs(s, victim, log, "event=link_down peer=cs:131016:0 ") &&
                          !siege_logs(s, victim, log, "event=link_down peer=national"),
                      "an honest peer's link went down");
}

/* It acknowledges and never reads: the node's buffers for it are bounded. */
static void never_reads(siege *s)
{
    static siege_message message;
    siege_host *victim = siege_host_of(s, them);
    if (victim == NULL || !siege_link(s, us, them)) {
        return;
    }
    const long rss = siege_rss_kib(victim);
    for (int i = 0; i < JK_OUTBOX_MAX / 2 && !s->p.closed && question(s, &message); i++) {
        /* Straight to the socket, with nothing read in between. */
        if (jk_channel_send(&s->p.channel, 1, s->p.next++,
                            (jk_span){message.bytes, message.size}) == JK_OK) {
            const jk_span output = jk_channel_output(&s->p.channel);
            if (peer_raw(&s->p, output)) {
                jk_channel_sent(&s->p.channel, output.size);
            }
        }
    }
    const long grown = siege_rss_kib(victim) - rss;
    (void)siege_check(s, grown <= 16384, "RSS grew by %ld KiB", grown);
    (void)siege_check(s, siege_alive(victim), "%s is not alive", them);
    peer_end(&s->p);
    if (siege_link(s, us, them)) {
        const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
        while (waiting(victim) > 0 && peer_now_ms() < end_ms) {
            (void)peer_run(&s->p, NULL, 20);
        }
        (void)siege_check(s, waiting(victim) == 0, "messages still wait");
    }
}

const siege_attack attacks_queue[] = {
    {"no-acknowledgement", no_acknowledgement},
    {"never-reads", never_reads},
    {NULL, NULL},
};
