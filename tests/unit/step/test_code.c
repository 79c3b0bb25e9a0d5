/* SPDX-License-Identifier: Apache-2.0 */
/* A resident record code that changes while the moving-out case is open (law C12): what stands in
 * records, certificates and logs afterwards, and what is refused under bad input. */
#include "lib/town.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "movein.h"
#include "movein.pb.h"
#include "movein_origin_registry.h"
#include "names.h"
#include "person.pb.h"
#include "step/roles.h"
#include "update.pb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum {
    CODE_CHANGE = 308,
    MOVED_OUT = 201
};

static const world_faults calm = {0, 0, 1, 0};

typedef struct bed {
    town t;
    jk_token case_id;
    jk_token txn;
    jk_register_row row;
    jk_wire_RegistryRecord record;
    jk_wire_Register enroll;
    jk_wire_Certificate certificate;
    jk_log_row entry;
    jk_wire_LogRecord log;
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    uint8_t body[JK_BODY_SIZE_MAX];
} bed;

static bed b;

static void run(int64_t ms)
{
    assert_true(world_run(b.t.w, world_now(b.t.w) + ms));
}

/* Two of a household are filed at municipality 0; nobody has asked for them. */
static void open_bed(void)
{
    memset(&b, 0, sizeof b);
    assert_true(town_open(&b.t, 1, &calm));
    assert_int_equal(town_file_out(&b.t, 2, TOWN_TODAY + 5, &b.case_id), JK_OK);
    run(1000);
}

static void expect_told(const char *word)
{
    if (strstr(world_trace(b.t.w), word) == NULL) {
        fail_msg("%s expected: %s", word, world_trace(b.t.w));
    }
}

static const jk_register_row *row_of(world_node *node, const char *code)
{
    const jk_token resident = jk_token_of_resident(code);
    jk_store *store = world_store(node);
    assert_int_equal(store->ops->register_get(store, &resident, &b.row), JK_OK);
    return &b.row;
}

static void expect_row(world_node *node, const char *code, uint8_t status, uint16_t reason)
{
    const jk_register_row *row = row_of(node, code);
    assert_int_equal(row->status, status);
    assert_int_equal(row->reason, reason);
}

/* The certificate of the member that lies with the clerk of municipality 1. */
static void read_certificate(int member)
{
    jk_store *store = world_store(b.t.registry[1]);
    const jk_data_key key = {JK_MACHINE_DEST_REGISTRY, b.txn, "register", -1};
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t size = 0;
    size_t count = 0;
    assert_int_equal(store->ops->data_get(store, &key, b.bytes, sizeof b.bytes, &size), JK_OK);
    assert_int_equal(jk_codec_decode(jk_codec_body_type(JK_MOVEIN_KIND_REGISTER),
                                     (jk_span){b.bytes, size}, NULL, &b.enroll, NULL),
                     JK_OK);
    assert_int_equal(jk_codec_members_read((jk_span){b.enroll.members.bytes, b.enroll.members.size},
                                           items, &count, NULL),
                     JK_OK);
    assert_in_range(member, 0, count - 1);
    assert_int_equal(
        jk_codec_decode(&jk_wire_type_Certificate, items[member].data, NULL, &b.certificate, NULL),
        JK_OK);
}

static void read_log(uint64_t sequence)
{
    jk_store *store = world_store(b.t.cs[0]);
    assert_int_equal(store->ops->log_get(store, sequence, &b.entry), JK_OK);
    assert_int_equal(jk_codec_decode(&jk_wire_type_LogRecord,
                                     (jk_span){b.entry.record, b.entry.size}, NULL, &b.log, NULL),
                     JK_OK);
}

static jk_status recode(int member, int from, int to)
{
    return town_recode(&b.t, &b.case_id, member, b.t.code[from], b.t.code[to]);
}

/* Everything that names the member goes on under the new code; what named him stays as ended. */
static void all_of_it_is_renamed(void **state)
{
    (void)state;
    open_bed();
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    run(1000);
    world_node *const nodes[] = {b.t.registry[0], b.t.cs[0]};
    for (size_t i = 0; i < 2; i++) {
        expect_row(nodes[i], b.t.code[1], JK_REGISTER_REMOVED, CODE_CHANGE);
        expect_row(nodes[i], b.t.code[TOWN_SPARE], JK_REGISTER_CURRENT, CODE_CHANGE);
        jk_store *store = world_store(nodes[i]);
        const jk_token old = jk_token_of_resident(b.t.code[1]);
        const jk_token resident = jk_token_of_resident(b.t.code[TOWN_SPARE]);
        jk_token case_id = {{0}};
        int member = 0;
        assert_int_equal(store->ops->open_case_get(store, &old, &case_id, &member), JK_E_NOT_FOUND);
        assert_int_equal(store->ops->open_case_get(store, &resident, &case_id, &member), JK_OK);
        assert_true(jk_token_equal(&case_id, &b.case_id) && member == 1);
    }
    assert_int_equal(row_of(b.t.cs[0], b.t.code[TOWN_SPARE])->epoch, 2);
    row_of(b.t.registry[0], b.t.code[TOWN_SPARE]);
    assert_int_equal(jk_codec_decode(&jk_wire_type_RegistryRecord,
                                     (jk_span){b.row.person, b.row.size}, NULL, &b.record, NULL),
                     JK_OK);
    assert_string_equal(b.record.person.resident_code, b.t.code[TOWN_SPARE]);
    read_log(1);
    assert_int_equal(b.entry.kind, JK_MOVEIN_KIND_REMOVAL);
    assert_string_equal(b.log.person.resident_code, b.t.code[1]);
    assert_int_equal(b.log.change_reason, CODE_CHANGE);
    assert_string_equal(b.log.previous_resident_code, "");
    read_log(2);
    assert_int_equal(b.entry.kind, JK_MOVEIN_KIND_ENTRY);
    assert_string_equal(b.log.person.resident_code, b.t.code[TOWN_SPARE]);
    assert_string_equal(b.log.previous_resident_code, b.t.code[1]);
    town_close(&b.t);
}

/* Asked for by the code before: the certificate has both, the one who did not change has one. */
static void the_certificate_names_both(void **state)
{
    (void)state;
    open_bed();
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    run(1000);
    assert_int_equal(town_move_in(&b.t, 1, 0, 2, &b.txn), JK_OK);
    run(1000);
    read_certificate(1);
    assert_string_equal(b.certificate.person.resident_code, b.t.code[TOWN_SPARE]);
    assert_string_equal(b.certificate.previous_resident_code, b.t.code[1]);
    read_certificate(0);
    assert_string_equal(b.certificate.person.resident_code, b.t.code[0]);
    assert_string_equal(b.certificate.previous_resident_code, "");
    assert_int_equal(town_clerk(&b.t, 1, true), 1);
    run(2000);
    expect_row(b.t.registry[1], b.t.code[TOWN_SPARE], JK_REGISTER_CURRENT, 101);
    expect_row(b.t.registry[0], b.t.code[TOWN_SPARE], JK_REGISTER_REMOVED, MOVED_OUT);
    town_close(&b.t);
}

/* A fifth code with a right check digit. */
static void other_code(char code[12])
{
    memcpy(code, "0000000999", 10);
    code[10] = jk_resident_code_digit(code);
    code[11] = '\0';
}

/* Changed twice: by the first of three codes he is asked for no more, by the card of it he is,
 * since national knows what it became. */
static void changed_twice(void **state)
{
    (void)state;
    char third[12];
    open_bed();
    other_code(third);
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    run(1000);
    assert_int_equal(town_recode(&b.t, &b.case_id, 1, b.t.code[TOWN_SPARE], third), JK_OK);
    run(1000);
    expect_row(b.t.cs[0], third, JK_REGISTER_CURRENT, CODE_CHANGE);
    world_clear_trace(b.t.w);
    assert_int_equal(town_move_in(&b.t, 1, 0, 2, &b.txn), JK_OK); /* the card is another's */
    run(1000);
    expect_told("case_check=NO_FILING");
    world_clear_trace(b.t.w);
    assert_int_equal(town_move_in(&b.t, 1, 1, 1, &b.txn), JK_OK); /* his own card of then */
    run(1000);
    expect_told("identity_check=CODE_CHANGED");
    read_certificate(0);
    assert_string_equal(b.certificate.person.resident_code, third);
    assert_string_equal(b.certificate.previous_resident_code, b.t.code[TOWN_SPARE]);
    town_close(&b.t);
}

/* A death that crosses the change names the code until then, and is taken. */
static void a_death_crosses(void **state)
{
    (void)state;
    open_bed();
    world_cut(b.t.registry[0], b.t.cs[0], true);
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    const town_death death = {0, 1, 1, TOWN_TODAY};
    assert_int_equal(town_die(&b.t, &death, &b.case_id), JK_OK);
    world_cut(b.t.registry[0], b.t.cs[0], false);
    run(3000);
    expect_row(b.t.cs[0], b.t.code[TOWN_SPARE], JK_REGISTER_REMOVED, 203);
    expect_row(b.t.registry[0], b.t.code[TOWN_SPARE], JK_REGISTER_REMOVED, 203);
    assert_int_equal(town_shown(&b.t, b.t.national, TOWN_SPARE), -1);
    assert_int_equal(town_shown(&b.t, b.t.national, 1), -1);
    town_close(&b.t);
}

/* ---- what is refused ---- */

static jk_status command(jk_members members, const jk_command_data *data)
{
    const jk_command order = {.machine = JK_MACHINE_ORIGIN_REGISTRY,
                              .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_CHANGE_CODE,
                              .key = b.case_id,
                              .members = members,
                              .data = data,
                              .data_count = data == NULL ? 0 : 1};
    jk_status status = jk_engine_command(world_engine(b.t.registry[0]), &order);
    assert_int_equal(jk_engine_flush(world_engine(b.t.registry[0])), JK_OK);
    return status;
}

static jk_span encode(const char *code, const char *next)
{
    jk_wire_Recode body;
    memset(&body, 0, sizeof body);
    memcpy(body.resident_code, code, 12);
    memcpy(body.new_resident_code, next, 12);
    jk_codec_bytes bytes = {b.body, sizeof b.body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_RECODE, &body, NULL, &bytes, NULL), JK_OK);
    return (jk_span){bytes.data, bytes.size};
}

static void what_the_desk_may_not_ask(void **state)
{
    (void)state;
    open_bed();
    assert_int_equal(command(2, NULL), JK_E_MISSING_FIELD);
    const jk_command_data right = {"recode", encode(b.t.code[1], b.t.code[TOWN_SPARE])};
    assert_int_equal(command(0, &right), JK_E_MEMBERS);
    assert_int_equal(command(3, &right), JK_E_MEMBERS);
    assert_int_equal(command(1, &right), JK_E_MEMBERS); /* another member's code */
    assert_int_equal(command(1U << 9, &right), JK_E_MEMBERS);
    const jk_command_data cut = {"recode", {right.body.data, right.body.size - 1}};
    assert_int_not_equal(command(2, &cut), JK_OK);
    assert_int_equal(recode(1, 1, 1), JK_E_CONFLICT);
    assert_int_equal(recode(1, 1, 3), JK_E_CONFLICT); /* somebody else's, in no case */
    expect_row(b.t.registry[0], b.t.code[1], JK_REGISTER_CURRENT, 101);
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    assert_int_equal(recode(0, 0, TOWN_SPARE), JK_E_NOT_NOW); /* one question at a time */
    run(1000);
    assert_int_equal(recode(1, 1, 3), JK_E_MEMBERS); /* by the code that he had */
    town_close(&b.t);
}

/* `from` says that to `to` as its next message. */
static void tell(const world_node *from, world_node *to, jk_envelope envelope)
{
    jk_link_numbers numbers;
    jk_engine *engine = world_engine(to);
    assert_int_equal(jk_engine_link_numbers(engine, world_id(from), &numbers), JK_OK);
    envelope.message_id = world_token(b.t.w);
    envelope.author = *world_id(from);
    envelope.target = *world_id(to);
    jk_codec_bytes out = {b.bytes, sizeof b.bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    assert_int_equal(jk_engine_receive(engine, world_id(from), 1, numbers.received + 1,
                                       (jk_span){out.data, out.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

/* `from` says RECODE of these members to the CS of municipality 0. */
static void say(const world_node *from, jk_members members, jk_span body)
{
    tell(
        from, b.t.cs[0],
        (jk_envelope){
            .kind = JK_MOVEIN_KIND_RECODE, .case_id = b.case_id, .members = members, .body = body});
}

static void what_the_cs_does_not_take(void **state)
{
    (void)state;
    open_bed();
    world_clear_trace(b.t.w);
    say(b.t.registry[0], 1, encode(b.t.code[1], b.t.code[TOWN_SPARE])); /* not member 0's code */
    expect_told("E_MEMBERS");
    world_clear_trace(b.t.w);
    say(b.t.registry[0], 3, encode(b.t.code[1], b.t.code[TOWN_SPARE]));
    expect_told("E_MEMBERS");
    world_clear_trace(b.t.w);
    say(b.t.cs[1], 2, encode(b.t.code[1], b.t.code[TOWN_SPARE])); /* no registry of his */
    expect_told("E_ROUTE");
    expect_row(b.t.cs[0], b.t.code[1], JK_REGISTER_CURRENT, 101);
    assert_int_equal(town_shown(&b.t, b.t.national, 1), 0);
    town_close(&b.t);
}

/* The CS of municipality 1 writes that its resident of the spare code had that code until now. */
static void claim(const char *previous)
{
    static jk_wire_Person person;
    (void)row_of(b.t.cs[0], b.t.code[3]);
    assert_int_equal(jk_codec_decode(&jk_wire_type_Person, (jk_span){b.row.person, b.row.size},
                                     NULL, &person, NULL),
                     JK_OK);
    memcpy(person.resident_code, b.t.code[TOWN_SPARE], 12);
    memcpy(person.municipality_code, "141003", 7);
    memset(&b.log, 0, sizeof b.log);
    memcpy(b.log.municipality_code, "141003", 7);
    b.log.sequence = 1;
    b.log.has_person = true;
    b.log.person = person;
    b.log.change_reason = jk_wire_ChangeReason_CHANGE_CODE_CHANGE;
    memcpy(b.log.previous_resident_code, previous, 12);
    jk_codec_bytes bytes = {b.body, sizeof b.body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_ENTRY, &b.log, NULL, &bytes, NULL), JK_OK);
    world_clear_trace(b.t.w);
    tell(b.t.cs[1], b.t.prefecture[1],
         (jk_envelope){.kind = JK_MOVEIN_KIND_ENTRY,
                       .members = 1,
                       .epoch = 5,
                       .body = {bytes.data, bytes.size}});
}

/* Only who holds a code may say what it became. */
static void a_code_is_its_holders(void **state)
{
    (void)state;
    open_bed();
    claim(b.t.code[TOWN_SPARE]);
    expect_told("E_CONFLICT"); /* a code that did not change */
    claim(b.t.code[1]);
    run(2000);
    assert_int_equal(town_shown(&b.t, b.t.national, TOWN_SPARE), 1);
    assert_int_equal(town_move_in(&b.t, 1, 1, 1, &b.txn), JK_OK);
    run(1000);
    expect_told("identity_check=MATCH_ACTIVE");
    read_certificate(0);
    assert_string_equal(b.certificate.person.resident_code, b.t.code[1]);
    town_close(&b.t);
}

static void committed(void *arg, jk_status status)
{
    *(bool *)arg = status == JK_OK;
}

/* The CS has a record that its registry does not have. */
static void put_stranger(const char *code)
{
    jk_store *store = world_store(b.t.cs[0]);
    bool done = false;
    (void)row_of(b.t.cs[0], b.t.code[3]);
    b.row.resident = jk_token_of_resident(code);
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->step_begin(store, 0), JK_OK);
    assert_int_equal(store->ops->register_put(store, &b.row), JK_OK);
    assert_int_equal(store->ops->step_keep(store, 0), JK_OK);
    store->ops->commit(store, committed, &done);
    assert_true(done);
}

/* A refusal (JK_REASON_CODE_IN_USE, JK_REASON_NOT_RESIDENT) changes nothing, and the registry may
 * ask again. */
static void what_the_cs_refuses(void **state)
{
    (void)state;
    open_bed();
    put_stranger(b.t.code[TOWN_SPARE]);
    world_clear_trace(b.t.w);
    assert_int_equal(recode(1, 1, TOWN_SPARE), JK_OK);
    run(1000);
    expect_told("code_check=CODE_IN_USE out=SEND_RECODE_REFUSED");
    expect_told("RECODE_REFUSED FILED->FILED members=2 epoch=0 out=FORGET_CODE");
    expect_row(b.t.cs[0], b.t.code[1], JK_REGISTER_CURRENT, 101);
    expect_row(b.t.registry[0], b.t.code[1], JK_REGISTER_CURRENT, 101);
    world_set_today(b.t.w, TOWN_TODAY + 5);
    run(2000);
    char other[12];
    other_code(other);
    world_clear_trace(b.t.w);
    assert_int_equal(town_recode(&b.t, &b.case_id, 1, b.t.code[1], other), JK_OK);
    run(1000);
    expect_told("code_check=CODE_FREE out=SEND_RECODE_REFUSED");
    expect_row(b.t.cs[0], b.t.code[1], JK_REGISTER_REMOVED, MOVED_OUT);
    expect_row(b.t.registry[0], b.t.code[1], JK_REGISTER_REMOVED, MOVED_OUT);
    town_close(&b.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_renamed),
        cmocka_unit_test(the_certificate_names_both),
        cmocka_unit_test(changed_twice),
        cmocka_unit_test(a_death_crosses),
        cmocka_unit_test(what_the_desk_may_not_ask),
        cmocka_unit_test(what_the_cs_does_not_take),
        cmocka_unit_test(a_code_is_its_holders),
        cmocka_unit_test(what_the_cs_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
