/* SPDX-License-Identifier: Apache-2.0 */
/* Disputes, deaths and overridden grants under bad input: what a peer says of others, what a desk
 * decides of others.  It is refused, and nothing changes. */
#include "lib/town.h"

#include "juki/codec.h"
#include "movein.h"
#include "movein.pb.h"
#include "movein_dest_registry.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "names.h"
#include "step/roles.h"

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
    uint8_t body[4096];
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
} bed;

/* Two of a household are granted to municipality 1, whose clerk has their certificates. */
static void open_bed(bed *b)
{
    memset(b, 0, sizeof *b);
    assert_true(town_open(&b->t, 1, &calm));
    assert_int_equal(town_file_out(&b->t, 2, TOWN_TODAY + 5, &b->case_id), JK_OK);
    assert_true(world_run(b->t.w, 1000));
    assert_int_equal(town_move_in(&b->t, 1, 0, 2, &b->txn), JK_OK);
    assert_true(world_run(b->t.w, 2000));
    assert_string_equal(town_state(b->t.cs[0], JK_MACHINE_ORIGIN_CS, &b->case_id), "GRANTED");
}

static void enter(bed *b)
{
    assert_int_equal(town_clerk(&b->t, 1, true), 1);
    assert_true(world_run(b->t.w, world_now(b->t.w) + 1000));
    world_clear_trace(b->t.w);
}

/* `from` says to `to`, as its next message, something of residents: codes for bits of `members`. */
typedef struct saying {
    world_node *from;
    world_node *to;
    uint16_t kind;
    jk_members members;
    int resident[2]; /* whose codes stand in the body */
    jk_token txn;
} saying;

static size_t encode_codes(bed *b, const saying *s)
{
    static jk_wire_Died died;
    static jk_wire_Withdraw withdraw;
    jk_codec_bytes bytes = {b->body, sizeof b->body, 0};
    memset(&died, 0, sizeof died);
    for (jk_members left = s->members; left != 0; left &= left - 1) {
        memcpy(died.resident_code[died.resident_code_count],
               b->t.code[s->resident[died.resident_code_count]], 12);
        died.resident_code_count++;
    }
    died.death_day = (uint32_t)TOWN_TODAY;
    memset(&withdraw, 0, sizeof withdraw);
    withdraw.resident_code_count = died.resident_code_count;
    memcpy(withdraw.resident_code, died.resident_code, sizeof withdraw.resident_code);
    const void *message = s->kind == JK_MOVEIN_KIND_DIED ? (const void *)&died : &withdraw;
    assert_int_equal(jk_codec_encode_body(s->kind, message, NULL, &bytes, NULL), JK_OK);
    return bytes.size;
}

static void say(bed *b, const saying *s)
{
    jk_link_numbers numbers;
    assert_int_equal(jk_engine_link_numbers(world_engine(s->to), world_id(s->from), &numbers),
                     JK_OK);
    const jk_envelope envelope = {.kind = s->kind,
                                  .message_id = world_token(b->t.w),
                                  .case_id = b->case_id,
                                  .txn = s->txn,
                                  .members = s->members,
                                  .epoch = s->kind == JK_MOVEIN_KIND_WITHDRAW ? 2 : 0,
                                  .author = *world_id(s->from),
                                  .target = *world_id(s->to),
                                  .body = {b->body, encode_codes(b, s)}};
    jk_codec_bytes out = {b->bytes, sizeof b->bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    assert_int_equal(jk_engine_receive(world_engine(s->to), world_id(s->from), 1,
                                       numbers.received + 1, (jk_span){out.data, out.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(s->to)), JK_OK);
}

static void expect_told(const bed *b, const char *rule)
{
    if (strstr(world_trace(b->t.w), rule) == NULL) {
        fail_msg("%s expected: %s", rule, world_trace(b->t.w));
    }
}

static void a_death_told_by_a_stranger(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    enter(&b);
    assert_string_equal(town_state(b.t.cs[1], JK_MACHINE_DEST_CS, &b.txn), "DONE");
    const saying lie = {b.t.cs[2], b.t.cs[1], JK_MOVEIN_KIND_DIED, 1, {0, 0}, b.txn};
    say(&b, &lie);
    expect_told(&b, "E_PEER_POLICY");
    assert_true(world_run(b.t.w, world_now(b.t.w) + 1000));
    assert_int_equal(town_registers(&b.t, 0), 2);
    assert_int_equal(town_shown(&b.t, b.t.national, 0), 1);
    town_close(&b.t);
}

static void a_death_of_somebody_else(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    enter(&b);
    const saying lies[] = {
        {b.t.cs[0], b.t.cs[1], JK_MOVEIN_KIND_DIED, 1, {3, 0}, b.txn}, /* not of this household */
        {b.t.cs[0], b.t.cs[1], JK_MOVEIN_KIND_DIED, 1, {1, 0}, b.txn}, /* the other member */
        {b.t.cs[0], b.t.cs[1], JK_MOVEIN_KIND_DIED, 4, {0, 0}, b.txn}, /* no such member */
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        world_clear_trace(b.t.w);
        say(&b, &lies[i]);
        expect_told(&b, "E_MEMBERS");
    }
    assert_int_equal(town_registers(&b.t, 0), 2);
    assert_int_equal(town_registers(&b.t, 1), 2);
    town_close(&b.t);
}

static void a_withdrawal_of_others(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    assert_int_equal(town_override(&b.t, &b.case_id), JK_OK);
    world_clear_trace(b.t.w);
    const saying other_member = {b.t.cs[1], b.t.cs[0], JK_MOVEIN_KIND_WITHDRAW, 4, {3, 0}, b.txn};
    say(&b, &other_member);
    expect_told(&b, "E_MEMBERS");
    const saying other_case = {b.t.cs[1], b.t.cs[0], JK_MOVEIN_KIND_WITHDRAW, 1, {3, 0}, b.txn};
    world_clear_trace(b.t.w);
    say(&b, &other_case);
    expect_told(&b, "E_MEMBERS");
    const saying stranger = {b.t.cs[2], b.t.cs[0], JK_MOVEIN_KIND_WITHDRAW, 1, {0, 0}, b.txn};
    world_clear_trace(b.t.w);
    say(&b, &stranger);
    expect_told(&b, "E_PEER_POLICY");
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "OPEN");
    town_close(&b.t);
}

/* C20: whoever gives notice of a case that is not here is told so, under the case that he named. */
static void a_notice_of_no_case(void **state)
{
    (void)state;
    static bed b;
    static jk_wire_Notice notice;
    open_bed(&b);
    memset(&notice, 0, sizeof notice);
    notice.resident_code_count = 1;
    memcpy(notice.resident_code[0], b.t.code[3], 12);
    memcpy(notice.new_municipality_code, "141003", 7);
    memcpy(notice.new_address, "new", 4);
    notice.moved_in_day = (uint32_t)TOWN_TODAY;
    notice.notice_day = (uint32_t)TOWN_TODAY;
    jk_codec_bytes body = {b.body, sizeof b.body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_NOTICE, &notice, NULL, &body, NULL),
                     JK_OK);
    jk_link_numbers numbers;
    assert_int_equal(jk_engine_link_numbers(world_engine(b.t.cs[0]), world_id(b.t.cs[1]), &numbers),
                     JK_OK);
    const jk_envelope envelope = {.kind = JK_MOVEIN_KIND_NOTICE,
                                  .message_id = world_token(b.t.w),
                                  .case_id = world_token(b.t.w),
                                  .txn = world_token(b.t.w),
                                  .members = 1,
                                  .epoch = 9,
                                  .author = *world_id(b.t.cs[1]),
                                  .target = *world_id(b.t.cs[0]),
                                  .body = {body.data, body.size}};
    jk_codec_bytes out = {b.bytes, sizeof b.bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    assert_int_equal(jk_engine_receive(world_engine(b.t.cs[0]), world_id(b.t.cs[1]), 1,
                                       numbers.received + 1, (jk_span){out.data, out.size}),
                     JK_OK);
    static jk_outbox_row row;
    jk_store *store = world_store(b.t.cs[0]);
    const jk_token link = jk_token_of_node(world_id(b.t.cs[1]));
    assert_int_equal(store->ops->outbox_next(store, &link, numbers.acked, &row), JK_OK);
    jk_envelope answer;
    assert_int_equal(jk_codec_decode_envelope((jk_span){row.bytes, row.size}, &answer, NULL),
                     JK_OK);
    assert_int_equal(answer.kind, JK_MOVEIN_KIND_DISPUTED);
    assert_int_equal(answer.reason, JK_REASON_NO_FILING);
    assert_true(jk_token_equal(&answer.case_id, &envelope.case_id));
    assert_true(jk_token_equal(&answer.txn, &envelope.txn));
    assert_int_equal(jk_engine_flush(world_engine(b.t.cs[0])), JK_OK);
    assert_int_equal(town_registers(&b.t, 3), 1);
    town_close(&b.t);
}

static void an_override_by_nobody(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    const jk_command order = {.machine = JK_MACHINE_ORIGIN_CS,
                              .input = JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE,
                              .key = b.case_id};
    assert_int_equal(jk_engine_command(world_engine(b.t.cs[0]), &order), JK_E_MISSING_FIELD);
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "GRANTED");
    assert_int_equal(town_override(&b.t, &b.case_id), JK_OK);
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "OPEN");
    town_close(&b.t);
}

static void a_death_at_the_desk_of_somebody_else(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    const town_death other = {0, 0, 3, TOWN_TODAY};
    assert_int_equal(town_die(&b.t, &other, &b.case_id), JK_E_MEMBERS);
    const town_death nobody = {0, 5, 0, TOWN_TODAY};
    assert_int_equal(town_die(&b.t, &nobody, &b.case_id), JK_E_MEMBERS);
    assert_int_equal(town_registers(&b.t, 3), 1);
    const jk_command silent = {.machine = JK_MACHINE_ORIGIN_REGISTRY,
                               .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_REPORT_DEATH,
                               .key = b.case_id,
                               .members = 1};
    assert_int_equal(jk_engine_command(world_engine(b.t.registry[0]), &silent), JK_E_MISSING_FIELD);
    assert_int_equal(town_registers(&b.t, 0), 1);
    town_close(&b.t);
}

/* A correction of the disputed member that names somebody else, or nobody. */
static void a_correction_of_somebody_else(void **state)
{
    (void)state;
    static bed b;
    static jk_wire_Person person;
    static jk_wire_Corrected corrected;
    static uint8_t raw[2048];
    open_bed(&b);
    assert_int_equal(town_dispute(&b.t, &b.case_id, 0, JK_REASON_DOUBLE), JK_OK);
    enter(&b);
    assert_string_equal(town_state(b.t.registry[1], JK_MACHINE_DEST_REGISTRY, &b.txn),
                        "WAIT_CHOICE");
    memset(&person, 0, sizeof person);
    memcpy(person.resident_code, b.t.code[1], 12); /* member 1 was accepted */
    memcpy(person.name, "X", 2);
    memcpy(person.address, "X", 2);
    memcpy(person.municipality_code, "141003", 7);
    person.has_birth = true;
    person.birth.year = 1980;
    person.sex = jk_wire_Sex_SEX_MALE;
    jk_codec_bytes one = {raw, sizeof raw, 0};
    assert_int_equal(jk_codec_encode(&jk_wire_type_Person, &person, NULL, &one, NULL), JK_OK);
    for (uint8_t member = 0; member < 2; member++) {
        const jk_codec_member item = {member, {one.data, one.size}};
        jk_codec_bytes list = {corrected.members.bytes, sizeof corrected.members.bytes, 0};
        jk_codec_bytes body = {b.body, sizeof b.body, 0};
        assert_int_equal(jk_codec_members_write(&item, 1, &list), JK_OK);
        corrected.members.size = (pb_size_t)list.size;
        assert_int_equal(
            jk_codec_encode_body(JK_MOVEIN_KIND_CORRECTED, &corrected, NULL, &body, NULL), JK_OK);
        const jk_command_data data = {"correction", {body.data, body.size}};
        const jk_command order = {.machine = JK_MACHINE_DEST_REGISTRY,
                                  .input = JK_MOVEIN_DEST_REGISTRY_IN_CORRECT_ENTRY,
                                  .key = b.txn,
                                  .data = &data,
                                  .data_count = 1};
        assert_int_equal(jk_engine_command(world_engine(b.t.registry[1]), &order), JK_E_MEMBERS);
    }
    assert_string_equal(town_state(b.t.registry[1], JK_MACHINE_DEST_REGISTRY, &b.txn),
                        "WAIT_CHOICE");
    assert_int_equal(town_choose(&b.t, 1, &b.txn, "correct"), JK_OK);
    town_close(&b.t);
}

/* A statement of the operator that is no reason for a dispute stops the step, not the node. */
static void a_dispute_without_a_reason(void **state)
{
    (void)state;
    static bed b;
    open_bed(&b);
    assert_int_equal(town_dispute(&b.t, &b.case_id, 0, JK_REASON_DEVIATION), JK_OK);
    enter(&b);
    assert_string_equal(town_state(b.t.cs[0], JK_MACHINE_ORIGIN_CS, &b.case_id), "GRANTED");
    town_close(&b.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_death_told_by_a_stranger),
        cmocka_unit_test(a_death_of_somebody_else),
        cmocka_unit_test(a_withdrawal_of_others),
        cmocka_unit_test(a_notice_of_no_case),
        cmocka_unit_test(an_override_by_nobody),
        cmocka_unit_test(a_death_at_the_desk_of_somebody_else),
        cmocka_unit_test(a_correction_of_somebody_else),
        cmocka_unit_test(a_dispute_without_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
