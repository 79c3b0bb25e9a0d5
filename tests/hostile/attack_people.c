/* SPDX-License-Identifier: Apache-2.0 */
/* Words about people whom one may not speak of: a destination that lies about its grant, an
 * origin that sends somebody else's certificate, entries in other municipalities' names. `run`
 * has filed a household of 141003 for 131024 (ours), and asked 131024 for one of its own. */
#include "siege.h"

#include "channel/random.h"
#include "channel/seal.h"
#include "movein.h"

#include <names.h>
#include <stdio.h>
#include <string.h>

static const char us[] = "cs-131024";
static const char them[] = "cs-141003";
static const char others[] = "cs-131016.1";

/* What the two honest beginnings gave us. */
static struct {
    bool good;
    char filed[2][12]; /* two members of the household, the first was granted to us */
    char stranger[12]; /* of 141003, in no case */
    jk_envelope cert;  /* the grant, without its body */
    jk_span certificate;
    uint8_t certificate_bytes[JK_CERT_SIZE_MAX];
    jk_envelope asked; /* 141003's request to us */
    siege_host *we;
    siege_host *they;
    siege_host *third;
} cast;

static const uint32_t today = 20544; /* 2026-04-01, as in the nodes' configurations */

static bool read_codes(siege *s)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/cast.tsv", s->folder);
    FILE *file = fopen(path, "r");
    const bool good = file != NULL && fscanf(file, "%11s %11s %11s", cast.filed[0], cast.filed[1],
                                             cast.stranger) == 3;
    if (file != NULL) {
        (void)fclose(file);
    }
    return siege_check(s, good, "no cast.tsv");
}

/* Waits for a message of that kind; its body lies in s->p.message. */
static bool wait_message(siege *s, uint16_t kind, jk_envelope *envelope)
{
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    while (peer_now_ms() < end_ms) {
        const jk_span bytes = {s->p.message, s->p.message_size};
        if (s->p.message_count > 0 && jk_codec_decode_envelope(bytes, envelope, NULL) == JK_OK &&
            envelope->kind == kind) {
            return true;
        }
        s->p.message_count = 0;
        if (!peer_run(&s->p, peer_has_message, end_ms - peer_now_ms())) {
            break;
        }
    }
    return siege_check(s, false, "no %s came", jk_kind_name(kind));
}

static bool open_certificate(siege *s, const jk_envelope *cert)
{
    static jk_wire_Cert body;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    if (jk_codec_decode_body(cert, NULL, &body, sizeof body, NULL) != JK_OK ||
        jk_codec_members_read((jk_span){body.members.bytes, body.members.size}, items, &count,
                              NULL) != JK_OK) {
        return siege_check(s, false, "the CERT is none");
    }
    const jk_seal_context context = {cast.they->id, cast.we->id, cert->case_id, items[0].member,
                                     cert->epoch};
    const jk_open_keys keys = {&cast.we->keys->seal, cast.they->keys->sign_secret + 32};
    size_t size = 0;
    const jk_status status = jk_seal_open(&context, &keys, items[0].data, cast.certificate_bytes,
                                          sizeof cast.certificate_bytes, &size);
    cast.certificate = (jk_span){cast.certificate_bytes, size};
    return siege_check(s, status == JK_OK && count == 1, "the certificate does not open");
}

static bool ask_certificate(siege *s)
{
    static jk_wire_CertRequest request;
    static siege_message message;
    jk_envelope envelope = siege_envelope(s, JK_MOVEIN_KIND_CERT_REQUEST, cast.we, cast.they);
    envelope.case_id = (jk_token){{0}};
    envelope.members = 0;
    envelope.epoch = 0;
    envelope.reason = 0;
    memset(&request, 0, sizeof request);
    memcpy(request.origin_municipality_code, cast.they->id.code, 7);
    request.resident_code_count = 1;
    memcpy(request.resident_code[0], cast.filed[0], 12);
    request.filing_day = today;
    request.moved_in_day = today;
    memcpy(request.new_address, "A", 2);
    if (!siege_body(s, &envelope, &request) || !siege_encode(s, &envelope, &message)) {
        return false;
    }
    const jk_status answer = peer_tell(&s->p, s->p.next++, (jk_span){message.bytes, message.size});
    return siege_check(s, answer == JK_OK, "an honest request: %s", jk_status_name(answer)) &&
           wait_message(s, JK_MOVEIN_KIND_CERT, &cast.cert) && open_certificate(s, &cast.cert);
}

/* Everything honest that the lies need; once. */
static void beginnings(siege *s)
{
    cast.we = siege_host_of(s, us);
    cast.they = siege_host_of(s, them);
    cast.third = siege_host_of(s, others);
    if (cast.we == NULL || cast.they == NULL || cast.third == NULL || !read_codes(s) ||
        !siege_link(s, us, them) || !wait_message(s, JK_MOVEIN_KIND_CERT_REQUEST, &cast.asked)) {
        return;
    }
    cast.good = ask_certificate(s) && siege_settled(s, cast.they);
}

/* --- a destination's lies --- */

static void notice_to(siege *s, jk_envelope *envelope, const char *code, const char *municipality)
{
    static jk_wire_Notice notice;
    memset(&notice, 0, sizeof notice);
    notice.resident_code_count = 1;
    memcpy(notice.resident_code[0], code, 12);
    memcpy(notice.new_municipality_code, municipality, 7);
    memcpy(notice.new_address, "A", 2);
    notice.moved_in_day = today;
    notice.notice_day = today;
    (void)siege_body(s, envelope, &notice);
}

static void notice_of(siege *s, jk_envelope *envelope, const char *code)
{
    notice_to(s, envelope, code, envelope->author.code);
}

static jk_envelope of_our_grant(siege *s, uint16_t kind, const siege_host *author)
{
    jk_envelope envelope = siege_envelope(s, kind, author, cast.they);
    envelope.case_id = cast.cert.case_id;
    envelope.txn = cast.cert.txn;
    envelope.members = cast.cert.members;
    envelope.epoch = cast.cert.epoch;
    envelope.reason = 0;
    return envelope;
}

static void lying_destination(siege *s)
{
    if (!siege_check(s, cast.good, "no grant") || !siege_link(s, us, them)) {
        return;
    }
    siege_host *victim = cast.they;
    jk_envelope notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    notice_of(s, &notice, cast.stranger);
    siege_refused_envelope(s, victim, &notice, JK_E_MEMBERS, "NOTICE of a stranger");
    notice_of(s, &notice, cast.filed[1]);
    siege_refused_envelope(s, victim, &notice, JK_E_MEMBERS, "NOTICE of another member");
    notice.members = 2; /* filed, but not granted to us */
    notice_of(s, &notice, cast.filed[1]);
    siege_refused_envelope(s, victim, &notice, JK_OK, "NOTICE of a member not granted");
    notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    notice.case_id = siege_token(s);
    notice_of(s, &notice, cast.filed[0]);
    siege_refused_envelope(s, victim, &notice, JK_E_CONFLICT, "NOTICE of another case");
    notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    notice.author = cast.third->id;
    notice_of(s, &notice, cast.filed[0]);
    siege_refused_envelope(s, victim, &notice, JK_E_PEER_POLICY, "NOTICE in another's name");
    notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    notice.target = cast.third->id;
    notice_of(s, &notice, cast.filed[0]);
    siege_refused_envelope(s, victim, &notice, JK_E_ROUTE, "NOTICE for another CS");
    notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    notice_to(s, &notice, cast.filed[0], cast.third->id.code);
    siege_refused_envelope(s, victim, &notice, JK_E_PEER_POLICY, "NOTICE of a move to a third");
}

/* Another CS that knows txn and case. */
static void lying_bystander(siege *s)
{
    static const uint16_t kinds[] = {JK_MOVEIN_KIND_NOTICE, JK_MOVEIN_KIND_RELEASE};
    if (!siege_check(s, cast.good, "no grant") || !siege_link(s, others, them)) {
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        jk_envelope envelope = of_our_grant(s, kinds[i], cast.third);
        if (kinds[i] == JK_MOVEIN_KIND_NOTICE) {
            notice_of(s, &envelope, cast.filed[0]);
        }
        siege_refused_envelope(s, cast.they, &envelope, JK_E_PEER_POLICY,
                               "a word about another's grant");
    }
    static const uint16_t answers[] = {JK_MOVEIN_KIND_REFUSAL, JK_MOVEIN_KIND_ACCEPTED};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        jk_envelope envelope = siege_envelope(s, answers[i], cast.third, cast.they);
        envelope.txn = cast.asked.txn;
        siege_refused_envelope(s, cast.they, &envelope, JK_E_PEER_POLICY,
                               "an answer to what another was asked");
    }
}

/* --- an origin's lies --- */

/* A CERT for the request that 141003 sent us, sealed under that case. */
static bool cert_of(siege *s, jk_envelope *envelope, const jk_token *sealed_case, bool rubbish)
{
    static uint8_t sealed[JK_SEAL_SIZE_MAX];
    static jk_wire_Cert body;
    jk_random random;
    size_t size = 0;
    *envelope = siege_envelope(s, JK_MOVEIN_KIND_CERT, cast.we, cast.they);
    envelope->txn = cast.asked.txn;
    envelope->reason = 0;
    const jk_token *bound = sealed_case != NULL ? sealed_case : &envelope->case_id;
    const jk_seal_context context = {cast.we->id, cast.they->id, *bound, 0, envelope->epoch};
    if (jk_random_system_init(&random) != JK_OK) {
        return false;
    }
    const jk_seal_keys keys = {cast.they->keys->seal.public_key, cast.we->keys->sign_secret,
                               &random};
    if (jk_seal(&context, &keys, cast.certificate, sealed, sizeof sealed, &size) != JK_OK) {
        return siege_check(s, false, "not sealed");
    }
    if (rubbish) {
        sealed[size / 2] ^= 1;
    }
    const jk_codec_member item = {0, {sealed, size}};
    jk_codec_bytes list = {body.members.bytes, sizeof body.members.bytes, 0};
    if (jk_codec_members_write(&item, 1, &list) != JK_OK) {
        return siege_check(s, false, "no list");
    }
    body.members.size = (pb_size_t)list.size;
    return siege_body(s, envelope, &body);
}

static void lying_origin(siege *s)
{
    jk_envelope cert;
    if (!siege_check(s, cast.good, "no grant") || !siege_link(s, us, them)) {
        return;
    }
    siege_host *victim = cast.they;
    if (cert_of(s, &cert, NULL, false)) {
        siege_refused_envelope(s, victim, &cert, JK_E_MEMBERS, "CERT of somebody not asked for");
    }
    if (cert_of(s, &cert, NULL, true)) {
        siege_refused_envelope(s, victim, &cert, JK_E_SEALED, "CERT with a flipped bit");
    }
    const jk_token another = siege_token(s);
    if (cert_of(s, &cert, &another, false)) {
        siege_refused_envelope(s, victim, &cert, JK_E_SEALED, "CERT sealed for another case");
    }
    jk_envelope accepted = siege_envelope(s, JK_MOVEIN_KIND_ACCEPTED, cast.we, victim);
    accepted.txn = cast.asked.txn;
    siege_refused_envelope(s, victim, &accepted, JK_E_UNEXPECTED, "ACCEPTED before any NOTICE");
}

/* --- entries in others' names --- */

static bool entry_of(siege *s, const char *from, const char *to, const jk_node_id *author,
                     const char *municipality, uint64_t sequence, jk_envelope *envelope)
{
    static jk_wire_Certificate certificate;
    static jk_wire_LogRecord record;
    const siege_host *a = siege_host_of(s, from);
    const siege_host *b = siege_host_of(s, to);
    if (a == NULL || b == NULL ||
        jk_codec_decode(&jk_wire_type_Certificate, cast.certificate, NULL, &certificate, NULL) !=
            JK_OK) {
        return siege_check(s, false, "no certificate to make an entry of");
    }
    *envelope = siege_envelope(s, JK_MOVEIN_KIND_ENTRY, a, b);
    envelope->author = *author;
    envelope->epoch = 7;
    memset(&record, 0, sizeof record);
    memcpy(record.municipality_code, municipality, 7);
    record.sequence = sequence;
    record.has_person = true;
    record.person = certificate.person;
    record.change_reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    return siege_body(s, envelope, &record);
}

typedef struct false_entry {
    const char *what;
    const char *from;
    const char *to;
    jk_node_id author;
    const char *municipality;
    uint64_t sequence;
    jk_status rule;
} false_entry;

static const false_entry entries[] = {
    {"forwarded for another prefecture's CS",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_CS, "141003", 0},
     "141003",
     1,
     JK_E_PEER_POLICY},
    {"a prefecture's own entry",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_PREFECTURE, "130001", 1},
     "130001",
     1,
     JK_E_PEER_POLICY},
    {"forwarded for the other prefecture server",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_PREFECTURE, "130001", 0},
     "130001",
     1,
     JK_E_PEER_POLICY},
    {"forwarded for national itself",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_NATIONAL, "000000", 0},
     "131024",
     1,
     JK_E_PEER_POLICY},
    {"forwarded for a registry",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_REGISTRY, "131024", 0},
     "131024",
     1,
     JK_E_PEER_POLICY},
    {"a CS's entry of another's log",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_CS, "131024", 0},
     "131016",
     1,
     JK_E_PEER_POLICY},
    {"an entry after a gap",
     "prefecture-130001.1",
     "national-000000",
     {JK_ROLE_CS, "131024", 0},
     "131024",
     5,
     JK_E_CONFLICT},
    {"an entry in a neighbour's name",
     "cs-131024",
     "prefecture-130001",
     {JK_ROLE_CS, "131016", 0},
     "131016",
     1,
     JK_E_PEER_POLICY},
    {"an entry of a neighbour's log",
     "cs-131024",
     "prefecture-130001",
     {JK_ROLE_CS, "131024", 0},
     "131016",
     1,
     JK_E_PEER_POLICY},
    {"an entry after a gap",
     "cs-131024",
     "prefecture-130001",
     {JK_ROLE_CS, "131024", 0},
     "131024",
     2,
     JK_E_CONFLICT},
};

static void false_entries(siege *s)
{
    if (!siege_check(s, cast.good, "no certificate")) {
        return;
    }
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        const false_entry *e = &entries[i];
        jk_envelope envelope;
        if (siege_link(s, e->from, e->to) &&
            entry_of(s, e->from, e->to, &e->author, e->municipality, e->sequence, &envelope)) {
            siege_refused_envelope(s, siege_host_of(s, e->to), &envelope, e->rule, e->what);
        }
    }
}

/* Until no honest node has anything to say to another: the truth has gone everywhere. */
static bool is_quiet(siege *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        if (s->hosts[i].pid != 0 &&
            siege_number(&s->hosts[i], "SELECT count(*) FROM outbox WHERE state = 0") != 0) {
            return false;
        }
    }
    return true;
}

static void wait_quiet(siege *s)
{
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    for (int quiet = 0; quiet < 3 && peer_now_ms() < end_ms;) {
        (void)peer_run(&s->p, NULL, 20);
        quiet = is_quiet(s) ? quiet + 1 : 0;
    }
    (void)siege_check(s, is_quiet(s), "messages still wait");
}

/* The truth at last: the grant is still ours, and the request can still be refused. */
static void still_good(siege *s)
{
    static siege_message message;
    if (!siege_check(s, cast.good, "no grant") || !siege_link(s, us, them)) {
        return;
    }
    jk_envelope refusal = siege_envelope(s, JK_MOVEIN_KIND_REFUSAL, cast.we, cast.they);
    refusal.txn = cast.asked.txn;
    refusal.case_id = (jk_token){{0}};
    refusal.members = 0;
    refusal.epoch = 0;
    refusal.reason = (uint16_t)jk_wire_Reason_REASON_NO_FILING;
    jk_envelope notice = of_our_grant(s, JK_MOVEIN_KIND_NOTICE, cast.we);
    const jk_envelope *truths[] = {&refusal, &notice};
    for (size_t i = 0; i < 2; i++) {
        if (i == 1) {
            notice_of(s, &notice, cast.filed[0]);
        }
        if (siege_encode(s, truths[i], &message)) {
            const jk_status answer =
                peer_tell(&s->p, s->p.next++, (jk_span){message.bytes, message.size});
            (void)siege_check(s, answer == JK_OK, "an honest %s: %s", jk_kind_name(truths[i]->kind),
                              jk_status_name(answer));
        }
    }
    wait_quiet(s);
}

const siege_attack attacks_people[] = {
    {"beginnings", beginnings},
    {"lying-destination", lying_destination},
    {"lying-bystander", lying_bystander},
    {"lying-origin", lying_origin},
    {"false-entries", false_entries},
    {"still-good", still_good},
    {NULL, NULL},
};
