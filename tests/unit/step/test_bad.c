/* SPDX-License-Identifier: Apache-2.0 */
/* T7: whatever a peer with valid keys sends, a bad message is consumed, told and kept as a dead
 * letter; rows, registers, timers and other messages stay, and the link goes on. */
#include "lib/town.h"

#include "adapter/memory/memory.h"
#include "juki/codec.h"
#include "movein.h"
#include "movein.pb.h"
#include "step/roles.h"
#include "update.pb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const world_faults calm = {0, 0, 1, 0};

typedef struct bed {
    town t;
    jk_token case_id;
    jk_token txn;
    uint64_t sequence; /* next of the hostile link: CS 1 to CS 0 */
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    size_t size;
} bed;

/* A case that is granted to CS 1; CS 1 then turns hostile. */
static void open_bed(bed *b)
{
    memset(b, 0, sizeof *b);
    assert_true(town_open(&b->t, 1, &calm));
    assert_int_equal(town_file_out(&b->t, 1, TOWN_TODAY + 5, &b->case_id), JK_OK);
    assert_true(world_run(b->t.w, 1000));
    assert_int_equal(town_move_in(&b->t, 1, 0, 1, &b->txn), JK_OK);
    assert_true(world_run(b->t.w, 2000));
    assert_string_equal(town_state(b->t.cs[0], JK_MACHINE_ORIGIN_CS, &b->case_id), "GRANTED");
    jk_link_numbers numbers;
    assert_int_equal(
        jk_engine_link_numbers(world_engine(b->t.cs[0]), world_id(b->t.cs[1]), &numbers), JK_OK);
    b->sequence = numbers.received + 1;
    world_clear_trace(b->t.w);
}

static jk_envelope envelope_of(bed *b, uint16_t kind)
{
    return (jk_envelope){.kind = kind,
                         .message_id = world_token(b->t.w),
                         .case_id = b->case_id,
                         .txn = b->txn,
                         .author = *world_id(b->t.cs[1]),
                         .target = *world_id(b->t.cs[0])};
}

static void encode(bed *b, const jk_envelope *envelope)
{
    jk_codec_bytes bytes = {b->bytes, sizeof b->bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(envelope, &bytes, NULL), JK_OK);
    b->size = bytes.size;
}

static jk_span notice_body(bed *b, jk_envelope *envelope)
{
    static jk_wire_Notice notice;
    static uint8_t body[4096];
    memset(&notice, 0, sizeof notice);
    notice.resident_code_count = 1;
    memcpy(notice.resident_code[0], b->t.code[0], 12);
    memcpy(notice.new_municipality_code, "141003", 7);
    memcpy(notice.new_address, "new", 4);
    notice.moved_in_day = (uint32_t)TOWN_TODAY;
    notice.notice_day = (uint32_t)TOWN_TODAY;
    jk_codec_bytes bytes = {body, sizeof body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_NOTICE, &notice, NULL, &bytes, NULL),
                     JK_OK);
    envelope->members = 1;
    envelope->epoch = 2;
    return (jk_span){bytes.data, bytes.size};
}

/* Sends the bytes as CS 1 and expects that rule, nothing changed, and a link that goes on. */
static void expect_refused(bed *b, jk_status rule)
{
    jk_store *store = world_store(b->t.cs[0]);
    unsigned nacks = world_count(b->t.w).refused;
    assert_int_equal(jk_engine_receive(world_engine(b->t.cs[0]), world_id(b->t.cs[1]), 1,
                                       b->sequence, (jk_span){b->bytes, b->size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(b->t.cs[0])), JK_OK);
    assert_int_equal(world_count(b->t.w).refused, nacks + 1);
    jk_token link = jk_token_of_node(world_id(b->t.cs[1]));
    uint16_t told = 0;
    assert_int_equal(store->ops->dead_letter_rule(store, &link, b->sequence, &told), JK_OK);
    assert_int_equal(told, rule);
    assert_string_equal(town_state(b->t.cs[0], JK_MACHINE_ORIGIN_CS, &b->case_id), "GRANTED");
    assert_int_equal(town_registers(&b->t, 0), 1);
    assert_non_null(strstr(world_trace(b->t.w), jk_status_name(rule)));
    b->sequence++;
}

/* The honest NOTICE after all of it is taken as if nothing had been. */
static void expect_still_good(bed *b)
{
    jk_envelope good = envelope_of(b, JK_MOVEIN_KIND_NOTICE);
    good.body = notice_body(b, &good);
    encode(b, &good);
    assert_int_equal(jk_engine_receive(world_engine(b->t.cs[0]), world_id(b->t.cs[1]), 1,
                                       b->sequence, (jk_span){b->bytes, b->size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(b->t.cs[0])), JK_OK);
    assert_string_equal(town_state(b->t.cs[0], JK_MACHINE_ORIGIN_CS, &b->case_id), "MOVED");
    town_close(&b->t);
}

static void bytes_that_are_no_message(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope good = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    good.body = notice_body(&b, &good);
    encode(&b, &good);
    size_t whole = b.size;
    b.size = whole - 1;
    expect_refused(&b, JK_E_TRUNCATED);
    b.size = whole;
    b.bytes[1] = 2; /* the version */
    expect_refused(&b, JK_E_VERSION);
    encode(&b, &good);
    b.bytes[b.size++] = 0xff;
    expect_refused(&b, JK_E_TRUNCATED);
    expect_still_good(&b);
}

static void messages_of_the_wrong_hand(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope other = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    other.body = notice_body(&b, &other);
    other.author = *world_id(b.t.cs[2]); /* CS do not forward */
    encode(&b, &other);
    expect_refused(&b, JK_E_PEER_POLICY);
    other = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    other.body = notice_body(&b, &other);
    other.target = *world_id(b.t.cs[2]);
    encode(&b, &other);
    expect_refused(&b, JK_E_ROUTE);
    other = envelope_of(&b, JK_MOVEIN_KIND_CANCEL_OUT); /* a registry's word, said by a CS */
    encode(&b, &other);
    expect_refused(&b, JK_E_ROUTE);
    expect_still_good(&b);
}

static void messages_that_the_state_forbids(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope odd = envelope_of(&b, JK_MOVEIN_KIND_HOLDS);
    odd.txn = world_token(b.t.w); /* a txn that holds nothing: an unknown machine decides */
    encode(&b, &odd);
    expect_refused(&b, JK_E_UNEXPECTED);
    odd = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    odd.body = notice_body(&b, &odd);
    odd.case_id = world_token(b.t.w); /* the granted txn, said of another case */
    encode(&b, &odd);
    expect_refused(&b, JK_E_CONFLICT);

    expect_still_good(&b);
}

static void words_about_others(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    static jk_wire_Notice notice;
    static uint8_t body[4096];
    jk_envelope odd = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    (void)notice_body(&b, &odd);
    memset(&notice, 0, sizeof notice);
    notice.resident_code_count = 1;
    memcpy(notice.resident_code[0], b.t.code[3], 12); /* not the granted member */
    memcpy(notice.new_municipality_code, "141003", 7);
    memcpy(notice.new_address, "new", 4);
    notice.moved_in_day = (uint32_t)TOWN_TODAY;
    notice.notice_day = (uint32_t)TOWN_TODAY;
    jk_codec_bytes bytes = {body, sizeof body, 0};
    assert_int_equal(jk_codec_encode_body(odd.kind, &notice, NULL, &bytes, NULL), JK_OK);
    odd.body = (jk_span){bytes.data, bytes.size};
    encode(&b, &odd);
    expect_refused(&b, JK_E_MEMBERS);
    memcpy(notice.resident_code[0], b.t.code[0], 12);
    memcpy(notice.new_municipality_code, "131024", 7); /* not the sender's */
    bytes.size = 0;
    assert_int_equal(jk_codec_encode_body(odd.kind, &notice, NULL, &bytes, NULL), JK_OK);
    odd.body = (jk_span){bytes.data, bytes.size};
    odd.message_id = world_token(b.t.w);
    encode(&b, &odd);
    expect_refused(&b, JK_E_PEER_POLICY);
    /* Another CS knows the txn: it may neither release the grant nor close the case. */
    jk_envelope release = envelope_of(&b, JK_MOVEIN_KIND_RELEASE);
    release.author = *world_id(b.t.cs[2]);
    encode(&b, &release);
    assert_int_equal(jk_engine_receive(world_engine(b.t.cs[0]), world_id(b.t.cs[2]), 1, 1,
                                       (jk_span){b.bytes, b.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(b.t.cs[0])), JK_OK);
    assert_non_null(strstr(world_trace(b.t.w), "E_PEER_POLICY"));
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "GRANTED");
    expect_still_good(&b);
}

/* The destination's side: a certificate or a refusal of a CS that was not asked. */
static void answers_of_a_stranger(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope refusal = envelope_of(&b, JK_MOVEIN_KIND_REFUSAL);
    refusal.author = *world_id(b.t.cs[2]);
    refusal.target = *world_id(b.t.cs[1]);
    refusal.reason = 23;
    encode(&b, &refusal);
    assert_int_equal(jk_engine_receive(world_engine(b.t.cs[1]), world_id(b.t.cs[2]), 1, 1,
                                       (jk_span){b.bytes, b.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(b.t.cs[1])), JK_OK);
    assert_non_null(strstr(world_trace(b.t.w), "E_PEER_POLICY"));
    assert_string_equal(town_state(b.t.cs[1], JK_MACHINE_DEST_CS, &b.txn), "WAIT_REGISTERED");
    expect_still_good(&b);
}

/* A request for somebody who has not filed: the answer is REFUSAL. */
static void ask_for_nobody(bed *b, const jk_node_id *asker)
{
    static jk_wire_CertRequest request;
    static uint8_t body[4096];
    memset(&request, 0, sizeof request);
    memcpy(request.origin_municipality_code, world_id(b->t.cs[0])->code, 7);
    request.resident_code_count = 1;
    memcpy(request.resident_code[0], "12345678903", 12);
    request.filing_day = (uint32_t)TOWN_TODAY;
    request.moved_in_day = (uint32_t)TOWN_TODAY;
    memcpy(request.new_address, "new", 4);
    jk_codec_bytes bytes = {body, sizeof body, 0};
    assert_int_equal(
        jk_codec_encode_body(JK_MOVEIN_KIND_CERT_REQUEST, &request, NULL, &bytes, NULL), JK_OK);
    const jk_envelope envelope = {.kind = JK_MOVEIN_KIND_CERT_REQUEST,
                                  .message_id = world_token(b->t.w),
                                  .txn = world_token(b->t.w),
                                  .author = *asker,
                                  .target = *world_id(b->t.cs[0]),
                                  .body = {bytes.data, bytes.size}};
    encode(b, &envelope);
}

/* A prefecture hands entries on; it has no log of its own. */
static void an_entry_of_a_prefecture(void **state)
{
    (void)state;
    static bed b;
    static jk_wire_LogRecord record;
    static uint8_t body[4096];
    open_bed(&b);
    const jk_node_id *prefecture = world_id(b.t.prefecture[1]);
    memset(&record, 0, sizeof record);
    memcpy(record.municipality_code, prefecture->code, 7);
    record.sequence = 1;
    record.has_person = true;
    memcpy(record.person.resident_code, b.t.code[0], 12);
    memcpy(record.person.name, "X", 2);
    memcpy(record.person.address, "X", 2);
    memcpy(record.person.municipality_code, prefecture->code, 7);
    record.person.has_birth = true;
    record.person.birth = (jk_wire_Date){.year = 1980, .month = 1, .day = 1};
    record.change_reason = jk_wire_ChangeReason_CHANGE_MOVE_IN;
    jk_codec_bytes bytes = {body, sizeof body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_ENTRY, &record, NULL, &bytes, NULL),
                     JK_OK);
    const jk_envelope entry = {.kind = JK_MOVEIN_KIND_ENTRY,
                               .message_id = world_token(b.t.w),
                               .epoch = 9,
                               .author = *prefecture,
                               .target = *world_id(b.t.national),
                               .body = {bytes.data, bytes.size}};
    encode(&b, &entry);
    jk_engine *national = world_engine(b.t.national);
    assert_int_equal(jk_engine_receive(national, prefecture, 1, 1, (jk_span){b.bytes, b.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(national), JK_OK);
    assert_non_null(strstr(world_trace(b.t.w), "E_PEER_POLICY"));
    assert_int_equal(town_shown(&b.t, b.t.national, 0), 0);
    expect_still_good(&b);
}

static void one_id_for_two_messages(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope first = envelope_of(&b, JK_MOVEIN_KIND_RELEASE);
    first.txn = world_token(b.t.w); /* releases nothing */
    encode(&b, &first);
    assert_int_equal(jk_engine_receive(world_engine(b.t.cs[0]), world_id(b.t.cs[1]), 1,
                                       b.sequence++, (jk_span){b.bytes, b.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(b.t.cs[0])), JK_OK);
    jk_envelope again = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    again.body = notice_body(&b, &again);
    again.message_id = first.message_id;
    encode(&b, &again);
    expect_refused(&b, JK_E_CONFLICT); /* M6 */
    expect_still_good(&b);
}

static void the_same_message_again(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_envelope good = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    good.body = notice_body(&b, &good);
    encode(&b, &good);
    jk_engine *engine = world_engine(b.t.cs[0]);
    for (int i = 0; i < 3; i++) { /* the sequence again; then the id under a new sequence */
        uint64_t sequence = b.sequence + (i == 2 ? 1 : 0);
        assert_int_equal(
            jk_engine_receive(engine, world_id(b.t.cs[1]), 1, sequence, (jk_span){b.bytes, b.size}),
            JK_OK);
        assert_int_equal(jk_engine_flush(engine), JK_OK);
        if (i == 1) {
            world_restart(b.t.cs[0]); /* and after a restart */
        }
    }
    const char *first = strstr(world_trace(b.t.w), "NOTICE GRANTED->MOVED");
    assert_non_null(first);
    assert_null(strstr(first + 1, "NOTICE GRANTED->MOVED"));
    assert_int_equal(world_count(b.t.w).refused, 0);
    town_close(&b.t);
}

/* A clone or a restored peer counts anew: what it sends under a number that was taken must not be
 * acknowledged, or it is lost. */
static void another_message_under_a_number(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_engine *engine = world_engine(b.t.cs[0]);
    jk_envelope forked = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
    forked.body = notice_body(&b, &forked);
    encode(&b, &forked);
    const unsigned refused = world_count(b.t.w).refused;
    for (uint64_t sequence = b.sequence - 1; sequence >= 1; sequence--) {
        assert_int_equal(
            jk_engine_receive(engine, world_id(b.t.cs[1]), 1, sequence, (jk_span){b.bytes, b.size}),
            JK_E_CONFLICT);
        assert_int_equal(jk_engine_receive(engine, world_id(b.t.cs[1]), 1, sequence,
                                           (jk_span){b.bytes, b.size - 1}),
                         JK_E_CONFLICT);
    }
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_int_equal(world_count(b.t.w).refused, refused);
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "GRANTED");
    expect_still_good(&b);
}

static void an_acknowledgement_of_nothing(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_engine *engine = world_engine(b.t.cs[0]);
    assert_int_equal(jk_engine_ack(engine, world_id(b.t.cs[1]), 1000), JK_E_RECORD);
    assert_int_equal(jk_engine_nack(engine, world_id(b.t.cs[1]), 1000, JK_E_WIRE), JK_E_RECORD);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    expect_still_good(&b);
}

/* A peer that asks and never acknowledges: its queue is bounded, nobody else's link or group is
 * lost, and what found no room is taken when it comes again. */
static void a_queue_at_its_bound(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    jk_engine *engine = world_engine(b.t.cs[0]);
    jk_store *store = world_store(b.t.cs[0]);
    const jk_node_id *asker = world_id(b.t.cs[2]);
    jk_token link = jk_token_of_node(asker);
    jk_link_numbers numbers = {0};
    uint64_t waiting = 0;
    uint64_t sequence = 0;
    for (unsigned i = 0; i < JK_OUTBOX_MAX + 2; i++) {
        if (i <= JK_OUTBOX_MAX) { /* the last one is repeated */
            ask_for_nobody(&b, asker);
            sequence++;
        }
        assert_int_equal(jk_engine_receive(engine, asker, 1, sequence, (jk_span){b.bytes, b.size}),
                         JK_OK);
        assert_int_equal(jk_engine_blocked(engine), i >= JK_OUTBOX_MAX);
        assert_int_equal(jk_engine_flush(engine), JK_OK);
    }
    assert_int_equal(store->ops->outbox_count(store, &link, &waiting), JK_OK);
    assert_int_equal(waiting, JK_OUTBOX_MAX);
    assert_int_equal(jk_engine_link_numbers(engine, asker, &numbers), JK_OK);
    assert_int_equal(numbers.sent, JK_OUTBOX_MAX);
    assert_int_equal(numbers.received, JK_OUTBOX_MAX);
    uint16_t rule = 0;
    assert_int_equal(store->ops->dead_letter_rule(store, &link, sequence, &rule), JK_E_NOT_FOUND);
    assert_int_equal(jk_engine_ack(engine, asker, 2), JK_OK);
    assert_int_equal(jk_engine_receive(engine, asker, 1, sequence, (jk_span){b.bytes, b.size}),
                     JK_OK);
    assert_false(jk_engine_blocked(engine));
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_int_equal(jk_engine_link_numbers(engine, asker, &numbers), JK_OK);
    assert_int_equal(numbers.received, sequence);
    expect_still_good(&b);
}

/* A host that fails at every one of a step's operations: the group is gone, nothing of it is left,
 * and the same message later is taken whole. */
static void the_store_fails_anywhere(void **state)
{
    (void)state;
    unsigned failures = 0;
    for (uint64_t n = 1;; n++) {
        static bed b;
        open_bed(&b);
        jk_envelope good = envelope_of(&b, JK_MOVEIN_KIND_NOTICE);
        good.body = notice_body(&b, &good);
        encode(&b, &good);
        jk_store *store = world_store(b.t.cs[0]);
        jk_memory_fail_next(store, n, JK_E_STORE_GONE);
        jk_engine *engine = world_engine(b.t.cs[0]);
        jk_status status = jk_engine_receive(engine, world_id(b.t.cs[1]), 1, b.sequence,
                                             (jk_span){b.bytes, b.size});
        if (status == JK_OK) {
            status = jk_engine_flush(engine);
        }
        jk_memory_fail_next(store, 0, JK_OK);
        const char *now = town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id);
        if (status == JK_OK) {
            assert_string_equal(now, "MOVED");
            town_close(&b.t);
            break;
        }
        failures++;
        assert_int_equal(status, JK_E_STORE_GONE);
        assert_string_equal(now, "GRANTED");
        expect_still_good(&b);
    }
    assert_true(failures > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_are_no_message),
        cmocka_unit_test(messages_of_the_wrong_hand),
        cmocka_unit_test(messages_that_the_state_forbids),
        cmocka_unit_test(words_about_others),
        cmocka_unit_test(answers_of_a_stranger),
        cmocka_unit_test(one_id_for_two_messages),
        cmocka_unit_test(the_same_message_again),
        cmocka_unit_test(another_message_under_a_number),
        cmocka_unit_test(an_acknowledgement_of_nothing),
        cmocka_unit_test(an_entry_of_a_prefecture),
        cmocka_unit_test(a_queue_at_its_bound),
        cmocka_unit_test(the_store_fails_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
