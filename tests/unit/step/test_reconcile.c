/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds and repairs between engines: a CS, its prefecture and national, with residents and
 * damages, in a calm world and in one that loses, repeats and crashes. */
#include "juki/codec.h"
#include "juki/person.h"
#include "juki/registry.h"
#include "lib/town.h"
#include "names.h"
#include "person.pb.h"
#include "reconcile.h"
#include "reconcile.pb.h"
#include "reconcile/element.h"
#include "reconcile/round.h"
#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "step/roles.h"
#include "step/upkeep.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <string.h>

#define HOUR 3600000

static const world_faults calm = {0};
static const world_faults rough = {
    .loss_permille = 100, .repeat_permille = 100, .delay_max_ms = 200, .crash_permille = 20};

static jk_token begin_round(town *t)
{
    const jk_token round = world_token(t->w);
    const jk_command command = {.machine = JK_MACHINE_CS_ROUND,
                                .input = JK_RECONCILE_CS_ROUND_IN_START,
                                .key = jk_token_of_node(world_id(t->cs[0])),
                                .txn = round};
    assert_int_equal(world_command(t->cs[0], &command), JK_OK);
    return round;
}

static jk_round_row result_of(town *t, const jk_token *round, jk_role server)
{
    jk_store *store = world_store(t->cs[0]);
    jk_round_row row;
    assert_int_equal(store->ops->round_get(store, round, (uint8_t)server, &row), JK_OK);
    return row;
}

static void assert_result(town *t, const jk_token *round, jk_role server, uint16_t reason,
                          uint32_t findings)
{
    const jk_round_row row = result_of(t, round, server);
    assert_int_equal(row.reason, reason);
    assert_int_equal(row.why, 0);
    assert_int_equal(row.findings, findings);
    assert_true(row.ended_ms != 0);
}

static jk_token equal_round(town *t)
{
    const jk_token round = begin_round(t);
    assert_true(world_run(t->w, world_now(t->w) + HOUR));
    assert_result(t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
    assert_result(t, &round, JK_ROLE_NATIONAL, JK_REASON_EQUAL, 0);
    return round;
}

/* The resident's episode at a node, changed behind its back: no upkeep knows of it. */
static void damage(town *t, world_node *node, int resident)
{
    static jk_episode_row row;
    jk_store *store = world_store(node);
    const jk_token token = jk_token_of_resident(t->code[resident]);
    assert_int_equal(store->ops->episode_get(store, &token, world_id(t->cs[0])->code, 1, &row),
                     JK_OK);
    row.seq += 7;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->step_begin(store, 0), JK_OK);
    assert_int_equal(store->ops->episode_put(store, &row), JK_OK);
    assert_int_equal(store->ops->step_keep(store, 0), JK_OK);
}

static void commit_done(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static void scrub(town *t, world_node *node, uint64_t damaged)
{
    jk_scrub_report report = {0};
    assert_int_equal(jk_engine_scrub(world_engine(node), world_id(t->cs[0])->code, 1000, &report),
                     JK_OK);
    assert_true(report.done);
    assert_int_equal(report.damaged, damaged);
    assert_int_equal(jk_engine_flush(world_engine(node)), JK_OK);
}

static void damage_and_commit(town *t, world_node *node, int resident)
{
    jk_store *store = world_store(node);
    jk_status status = JK_E_BUG;
    damage(t, node, resident);
    store->ops->commit(store, commit_done, &status);
    assert_int_equal(status, JK_OK);
}

static uint64_t element_of(const town *t, int resident)
{
    uint64_t key = 0;
    assert_int_equal(jk_element_key(t->code[resident], 1, &key), JK_OK);
    return key;
}

static jk_status approve(town *t, const jk_token *round, jk_role server, uint64_t element)
{
    uint8_t which[25];
    memcpy(which, round->byte, 16);
    which[16] = (uint8_t)server;
    for (int i = 0; i < 8; i++) {
        which[17 + i] = (uint8_t)(element >> (56 - 8 * i));
    }
    const jk_command_data data[] = {{"approver", {(const uint8_t *)"clerk-1", 7}},
                                    {"finding", {which, sizeof which}}};
    jk_command command = {.machine = JK_MACHINE_CS_REPAIR,
                          .input = JK_RECONCILE_CS_REPAIR_IN_APPROVE,
                          .data = data,
                          .data_count = 2};
    assert_int_equal(jk_repair_key(world_engine(t->cs[0]), element, &command.key), JK_OK);
    return world_command(t->cs[0], &command);
}

static jk_finding_row finding_of(town *t, const jk_token *round, jk_role server, uint64_t element)
{
    static jk_finding_row row;
    jk_store *store = world_store(t->cs[0]);
    assert_int_equal(store->ops->finding_get(store, round, (uint8_t)server, element, &row), JK_OK);
    return row;
}

static void equal_after_equal(void **state)
{
    town t;
    (void)state;
    assert_true(town_open(&t, 1, &calm));
    (void)equal_round(&t);
    const jk_token round = equal_round(&t);
    const jk_round_row row = result_of(&t, &round, JK_ROLE_NATIONAL);
    assert_int_equal(row.asks, 0);
    assert_int_equal(row.count_own, TOWN_RESIDENTS);
    assert_true(row.bytes_sent + row.bytes_received <= 192);
    town_close(&t);
}

static void one_damaged_record(void **state)
{
    town t;
    (void)state;
    assert_true(town_open(&t, 2, &calm));
    (void)equal_round(&t);
    damage_and_commit(&t, t.national, 1);
    (void)equal_round(&t); /* the control: nobody has looked at the rows */
    scrub(&t, t.national, 1);
    const jk_token round = begin_round(&t);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
    assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_DIFFERENT, 1);
    const uint64_t element = element_of(&t, 1);
    jk_finding_row finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.difference, JK_DIFFERENCE_BOTH);
    assert_int_equal(finding.state, JK_FINDING_OPEN);
    assert_true(finding.size > 0); /* the server's record is shown */

    assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element), JK_OK);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.state, JK_FINDING_APPROVED);
    assert_string_equal(finding.approver, "clerk-1");
    (void)equal_round(&t);
    finding = finding_of(&t, &round, JK_ROLE_NATIONAL, element);
    assert_int_equal(finding.state, JK_FINDING_REPAIRED);
    assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element), JK_E_NOT_NOW);
    town_close(&t);
}

static void rough_rounds(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 30; seed++) {
        town t;
        assert_true(town_open(&t, seed, &calm));
        (void)equal_round(&t);
        damage_and_commit(&t, t.national, 2);
        damage_and_commit(&t, t.prefecture[0], 0);
        scrub(&t, t.national, 1);
        scrub(&t, t.prefecture[0], 1);
        world_set_faults(t.w, &rough);
        const jk_token round = begin_round(&t);
        assert_true(world_run(t.w, world_now(t.w) + HOUR));
        assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_DIFFERENT, 1);
        assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_DIFFERENT, 1);
        assert_int_equal(approve(&t, &round, JK_ROLE_NATIONAL, element_of(&t, 2)), JK_OK);
        assert_int_equal(approve(&t, &round, JK_ROLE_PREFECTURE, element_of(&t, 0)), JK_OK);
        assert_true(world_run(t.w, world_now(t.w) + HOUR));
        world_set_faults(t.w, &calm);
        (void)equal_round(&t);
        town_close(&t);
    }
}

/* ---- more than one piece ---- */

#define MANY 3000

/* The same residents at a node, beside those of the town; from `odd` on every second one has
 * another number there. */
static void fill(town *t, world_node *node, int odd)
{
    static jk_episode_row row;
    static jk_wire_Person person;
    jk_store *store = world_store(node);
    jk_status status = JK_E_BUG;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->step_begin(store, 0), JK_OK);
    for (int i = 0; i < MANY; i++) {
        char code[12];
        uint64_t number = 20000000000U + 10 * (uint64_t)i;
        for (int j = 10; j >= 0; j--, number /= 10) {
            code[j] = (char)('0' + number % 10);
        }
        code[10] = jk_resident_code_digit(code);
        code[11] = '\0';
        memset(&row, 0, offsetof(jk_episode_row, person));
        memset(&person, 0, sizeof person);
        memcpy(person.resident_code, code, sizeof code);
        memcpy(person.name, "a", 2);
        memcpy(person.address, "b", 2);
        memcpy(person.municipality_code, world_id(t->cs[0])->code, 7);
        row.resident = jk_token_of_resident(code);
        memcpy(row.code, person.municipality_code, 7);
        row.epoch = 1;
        row.open = true;
        row.change_day = INT64_MIN;
        row.seq = i >= odd && i % 2 == 1 ? 5 : 0;
        jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
        assert_int_equal(jk_codec_encode(&jk_wire_type_Person, &person, NULL, &bytes, NULL), JK_OK);
        row.size = bytes.size;
        assert_int_equal(store->ops->episode_put(store, &row), JK_OK);
    }
    assert_int_equal(store->ops->step_keep(store, 0), JK_OK);
    store->ops->commit(store, commit_done, &status);
    assert_int_equal(status, JK_OK);
}

/* Bytes of bodies between the CS and national, as they leave. */
typedef struct wire_count {
    uint64_t sent;
    uint64_t received;
} wire_count;

static void count_bytes(void *arg, const jk_node_id *from, const jk_node_id *to, jk_span bytes)
{
    wire_count *count = arg;
    jk_envelope envelope;
    assert_int_equal(jk_codec_decode_envelope(bytes, &envelope, NULL), JK_OK);
    if (envelope.kind < JK_RECONCILE_KIND_CHECK || envelope.kind > JK_RECONCILE_KIND_COMPARED) {
        return;
    }
    if (to->role == JK_ROLE_NATIONAL) {
        count->sent += envelope.body.size;
    } else if (from->role == JK_ROLE_NATIONAL && to->role == JK_ROLE_CS) {
        count->received += envelope.body.size;
    }
}

static void many_pieces(void **state)
{
    (void)state;
    for (uint64_t seed = 40; seed < 43; seed++) {
        town t;
        assert_true(town_open(&t, seed, &calm));
        wire_count count = {0};
        world_listen(t.w, count_bytes, &count);
        fill(&t, t.cs[0], MANY);
        fill(&t, t.prefecture[0], 0);
        fill(&t, t.national, MANY - 1000);
        world_set_faults(t.w, seed == 40 ? &calm : &rough);
        const jk_token round = begin_round(&t);
        assert_true(world_run(t.w, world_now(t.w) + HOUR));
        assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_DIFFERENT, MANY / 2);
        assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_DIFFERENT, 500);
        const jk_round_row row = result_of(&t, &round, JK_ROLE_NATIONAL);
        if (seed == 40) { /* nothing was said twice */
            assert_int_equal(row.bytes_sent, count.sent);
            assert_int_equal(row.bytes_received, count.received);
        }
        town_close(&t);
    }
}

/* ---- while life goes on ---- */

static void moves_meanwhile(void **state)
{
    (void)state;
    for (uint64_t seed = 60; seed < 80; seed++) {
        town t;
        jk_token case_id;
        jk_token txn;
        assert_true(town_open(&t, seed, &calm));
        (void)equal_round(&t);
        world_set_faults(t.w, &rough);
        assert_int_equal(town_file_out(&t, 2, TOWN_TODAY + 5, &case_id), JK_OK);
        assert_true(world_run(t.w, world_now(t.w) + 5000));
        assert_int_equal(town_move_in(&t, seed % 2 == 0 ? 1 : 2, 0, 2, &txn), JK_OK);
        for (int i = 0; i < 6; i++) {
            const jk_token round = begin_round(&t);
            assert_true(world_run(t.w, world_now(t.w) + 30000 + 900000));
            (void)town_clerk(&t, seed % 2 == 0 ? 1 : 2, true);
            assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
            assert_result(&t, &round, JK_ROLE_NATIONAL, JK_REASON_EQUAL, 0);
        }
        world_set_faults(t.w, &calm);
        assert_true(town_settle(&t));
        (void)equal_round(&t);
        assert_true(town_promise(&t, 0));
        town_close(&t);
    }
}

static void a_server_that_is_away(void **state)
{
    town t;
    (void)state;
    assert_true(town_open(&t, 3, &calm));
    (void)equal_round(&t);
    world_cut(t.cs[0], t.national, true);
    jk_token round = begin_round(&t);
    const jk_command command = {.machine = JK_MACHINE_CS_ROUND,
                                .input = JK_RECONCILE_CS_ROUND_IN_START,
                                .key = jk_token_of_node(world_id(t.cs[0])),
                                .txn = world_token(t.w)};
    assert_int_equal(world_command(t.cs[0], &command), JK_E_NOT_NOW); /* R3: one is open */
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    assert_result(&t, &round, JK_ROLE_PREFECTURE, JK_REASON_EQUAL, 0);
    assert_int_equal(result_of(&t, &round, JK_ROLE_NATIONAL).reason, JK_REASON_UNREACHED);
    world_cut(t.cs[0], t.national, false);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    (void)equal_round(&t);
    town_close(&t);
}

/* ---- a server that lies: national's link is cut, and this test speaks in its place ---- */

static void say(town *t, uint16_t kind, const jk_token *round, uint16_t reason,
                const jk_wire_Round *body)
{
    static uint8_t bytes[JK_BODY_SIZE_MAX];
    static uint8_t message[JK_ENVELOPE_SIZE_MAX];
    jk_codec_bytes encoded = {bytes, sizeof bytes, 0};
    jk_codec_bytes out = {message, sizeof message, 0};
    jk_link_numbers numbers;
    assert_int_equal(jk_codec_encode_body(kind, body, NULL, &encoded, NULL), JK_OK);
    const jk_envelope envelope = {.kind = kind,
                                  .message_id = world_token(t->w),
                                  .txn = *round,
                                  .reason = reason,
                                  .author = *world_id(t->national),
                                  .target = *world_id(t->cs[0]),
                                  .body = {encoded.data, encoded.size}};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    jk_engine *engine = world_engine(t->cs[0]);
    assert_int_equal(jk_engine_link_numbers(engine, world_id(t->national), &numbers), JK_OK);
    assert_int_equal(jk_engine_receive(engine, world_id(t->national), 1, numbers.received + 1,
                                       (jk_span){out.data, out.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

static jk_token lied_round(town *t)
{
    assert_true(town_open(t, 4, &calm));
    (void)equal_round(t);
    world_cut(t->cs[0], t->national, true);
    const jk_token round = begin_round(t);
    assert_true(world_run(t->w, world_now(t->w) + 1000));
    return round;
}

static void assert_refused(town *t, const jk_token *round, jk_round_why why)
{
    const jk_round_row row = result_of(t, round, JK_ROLE_NATIONAL);
    assert_int_equal(row.why, why);
    assert_int_equal(row.findings, 0);
    town_close(t);
}

static void liars(void **state)
{
    static jk_wire_Round body;
    town t;
    (void)state;
    jk_token round = lied_round(&t); /* a result that nobody asked for */
    memset(&body, 0, sizeof body);
    body.kind = jk_wire_RoundKind_ROUND_RESULT;
    body.items = 3;
    say(&t, JK_RECONCILE_KIND_COMPARED, &round, JK_REASON_DIFFERENT, &body);
    assert_refused(&t, &round, JK_ROUND_NOT_ASKED);

    round = lied_round(&t); /* equal, and its root is not signed */
    memset(&body, 0, sizeof body);
    body.kind = jk_wire_RoundKind_ROUND_EQUAL;
    body.signature.size = 64;
    say(&t, JK_RECONCILE_KIND_COMPARED, &round, JK_REASON_EQUAL, &body);
    assert_refused(&t, &round, JK_ROUND_SIGNATURE);

    round = lied_round(&t); /* more cells than there are residents */
    memset(&body, 0, sizeof body);
    jk_compare_row compare;
    jk_store *store = world_store(t.cs[0]);
    assert_int_equal(store->ops->compare_get(store, world_id(t.cs[0])->code, &compare), JK_OK);
    jk_recon_keys keys;
    jk_recon_keys_derive(&keys, compare.epoch_key);
    body.kind = jk_wire_RoundKind_ROUND_MORE;
    body.marker = compare.marker;
    body.key_id = keys.id;
    body.depth = compare.depth;
    body.items = 1000000;
    say(&t, JK_RECONCILE_KIND_MORE_CELLS, &round, 0, &body);
    body.kind = jk_wire_RoundKind_ROUND_NO;
    say(&t, JK_RECONCILE_KIND_COMPARED, &round, JK_REASON_DIFFERENT, &body);
    assert_refused(&t, &round, JK_ROUND_TOO_MANY);

    round = lied_round(&t); /* an older round's answer changes nothing */
    memset(&body, 0, sizeof body);
    body.kind = jk_wire_RoundKind_ROUND_RESULT;
    const jk_token other = world_token(t.w);
    say(&t, JK_RECONCILE_KIND_COMPARED, &other, JK_REASON_DIFFERENT, &body);
    assert_int_equal(result_of(&t, &round, JK_ROLE_NATIONAL).reason, 0);
    assert_true(world_run(t.w, world_now(t.w) + HOUR));
    assert_int_equal(result_of(&t, &round, JK_ROLE_NATIONAL).reason, JK_REASON_UNREACHED);
    town_close(&t);
}

/* ---- a CS that lies: its link is cut, and this test speaks in its place ---- */

static void say_as_cs(town *t, uint16_t kind, const jk_token *txn, uint64_t epoch, const void *body)
{
    static uint8_t bytes[JK_BODY_SIZE_MAX];
    static uint8_t message[JK_ENVELOPE_SIZE_MAX];
    jk_codec_bytes encoded = {bytes, sizeof bytes, 0};
    jk_codec_bytes out = {message, sizeof message, 0};
    jk_link_numbers numbers;
    assert_int_equal(jk_codec_encode_body(kind, body, NULL, &encoded, NULL), JK_OK);
    const jk_envelope envelope = {.kind = kind,
                                  .message_id = world_token(t->w),
                                  .txn = *txn,
                                  .epoch = epoch,
                                  .author = *world_id(t->cs[0]),
                                  .target = *world_id(t->prefecture[0]),
                                  .body = {encoded.data, encoded.size}};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &out, NULL), JK_OK);
    jk_engine *engine = world_engine(t->prefecture[0]);
    assert_int_equal(jk_engine_link_numbers(engine, world_id(t->cs[0]), &numbers), JK_OK);
    assert_int_equal(jk_engine_receive(engine, world_id(t->cs[0]), 1, numbers.received + 1,
                                       (jk_span){out.data, out.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

static uint64_t applied_of(town *t, world_node *node)
{
    jk_store *store = world_store(node);
    uint64_t applied = 0;
    assert_int_equal(store->ops->applied_get(store, world_id(t->cs[0])->code, &applied), JK_OK);
    return applied;
}

/* R1: a repair that breaks a rule keeps its position, goes on to national, and changes no row. */
static void a_repair_that_is_refused(void **state)
{
    static jk_wire_Repair repair;
    static jk_episode_row before;
    static jk_episode_row after;
    town t;
    (void)state;
    assert_true(town_open(&t, 5, &calm));
    (void)equal_round(&t);
    const uint64_t applied = applied_of(&t, t.national);
    const jk_token resident = jk_token_of_resident(t.code[0]);
    const char *code = world_id(t.cs[0])->code;
    jk_store *store = world_store(t.national);
    assert_int_equal(store->ops->episode_get(store, &resident, code, 1, &before), JK_OK);
    world_cut(t.cs[0], t.prefecture[0], true);
    memset(&repair, 0, sizeof repair);
    memcpy(repair.municipality_code, code, 7);
    repair.sequence = applied + 1;
    repair.element = element_of(&t, 0);
    repair.has_person = true;
    assert_int_equal(jk_codec_decode(&jk_wire_type_Person, (jk_span){before.person, before.size},
                                     NULL, &repair.person, NULL),
                     JK_OK);
    repair.reason_in = jk_wire_ChangeReason_CHANGE_DEATH; /* nobody becomes a resident by it */
    const jk_token txn = world_token(t.w);
    say_as_cs(&t, JK_RECONCILE_KIND_REPAIR, &txn, applied + 1, &repair);
    assert_true(world_run(t.w, world_now(t.w) + 1000));
    assert_int_equal(applied_of(&t, t.prefecture[0]), applied + 1);
    assert_int_equal(applied_of(&t, t.national), applied + 1);
    assert_int_equal(store->ops->episode_get(store, &resident, code, 1, &after), JK_OK);
    assert_int_equal(after.seq, before.seq);
    assert_int_equal(after.reason_in, before.reason_in);
    assert_non_null(strstr(world_trace(t.w), "check_repair=NOT_CANONICAL"));
    assert_non_null(strstr(world_trace(t.w), "ENTRY_REFUSED"));
    town_close(&t);
}

/* R5: a CS that writes positions anew has lost its log; nothing is compared until somebody
 * looks. */
static void a_restored_cs(void **state)
{
    static jk_wire_Marker marker;
    jk_compare_row compare;
    town t;
    (void)state;
    assert_true(town_open(&t, 6, &calm));
    (void)equal_round(&t);
    (void)equal_round(&t);
    const uint64_t applied = applied_of(&t, t.prefecture[0]);
    jk_store *store = world_store(t.cs[0]);
    assert_int_equal(store->ops->compare_get(store, world_id(t.cs[0])->code, &compare), JK_OK);
    world_cut(t.cs[0], t.prefecture[0], true);
    memset(&marker, 0, sizeof marker);
    memcpy(marker.municipality_code, compare.code, 7);
    marker.sequence = applied;
    marker.depth = compare.depth;
    marker.key.size = 32;
    memcpy(marker.key.bytes, compare.epoch_key, 32);
    const jk_token round = world_token(t.w);
    static jk_wire_Round check;
    memset(&check, 0, sizeof check);
    check.kind = jk_wire_RoundKind_ROUND_OPEN;
    say_as_cs(&t, JK_RECONCILE_KIND_MARKER, &round, applied, &marker);
    say_as_cs(&t, JK_RECONCILE_KIND_CHECK, &round, applied, &check);
    store = world_store(t.prefecture[0]);
    jk_round_row row;
    assert_int_equal(store->ops->round_get(store, &round, JK_ROLE_PREFECTURE, &row), JK_OK);
    assert_int_equal(row.reason, JK_REASON_BEYOND_HEAD);
    town_close(&t);
}

/* Another key again and again: an hour after the first round the digests are made anew once, and
 * then no more for a while. */
static void a_cs_that_changes_keys(void **state)
{
    static jk_wire_Marker marker;
    jk_compare_row compare;
    town t;
    (void)state;
    assert_true(town_open(&t, 7, &calm));
    (void)equal_round(&t);
    world_cut(t.cs[0], t.prefecture[0], true);
    jk_store *store = world_store(t.prefecture[0]);
    const char *code = world_id(t.cs[0])->code;
    uint8_t first[32];
    memset(first, 7, sizeof first);
    for (uint8_t i = 0; i < 3; i++) {
        memset(&marker, 0, sizeof marker);
        memcpy(marker.municipality_code, code, 7);
        marker.sequence = applied_of(&t, t.prefecture[0]) + 1;
        marker.depth = 1;
        marker.key.size = 32;
        memset(marker.key.bytes, 7 + i, 32);
        const jk_token round = world_token(t.w);
        say_as_cs(&t, JK_RECONCILE_KIND_MARKER, &round, marker.sequence, &marker);
        assert_int_equal(store->ops->compare_get(store, code, &compare), JK_OK);
        assert_memory_equal(compare.epoch_key, first, sizeof first);
    }
    town_close(&t);
}

/* ---- words of the right form and no sense ---- */

static uint64_t dice(uint64_t *state, uint64_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % below;
}

static void random_round(uint64_t *seed, const jk_compare_row *compare, jk_wire_Round *body)
{
    jk_recon_keys keys;
    jk_recon_keys_derive(&keys, compare->epoch_key);
    memset(body, 0, sizeof *body);
    body->kind = (jk_wire_RoundKind)(1 + dice(seed, 17));
    body->piece = dice(seed, 4) == 0 ? (uint32_t)dice(seed, 3) : 0;
    body->more = dice(seed, 4) == 0;
    body->marker = compare->marker;
    body->key_id = keys.id;
    body->depth = compare->depth;
    body->count = dice(seed, 10);
    body->first = (uint32_t)dice(seed, 3) * 32;
    body->items = (uint32_t)dice(seed, 40);
    body->level = (uint32_t)dice(seed, 3);
    body->next = (uint32_t)dice(seed, 20);
    body->why = (jk_wire_RoundWhy)dice(seed, 18);
    body->top.size = dice(seed, 2) == 0 ? 32 : 0;
    body->signature.size = dice(seed, 2) == 0 ? 64 : 0;
    body->marks.size = dice(seed, 3) == 0 ? 384 : 0;
    static const uint16_t each[] = {1, 4, 7, 8, 15, 16, 39, 40, 516};
    const uint64_t size = body->items * (uint64_t)each[dice(seed, 9)] + dice(seed, 3) / 2;
    body->data.size = (pb_size_t)(size < sizeof body->data.bytes ? size : 0);
    for (size_t i = 0; i < body->data.size; i++) {
        body->data.bytes[i] = (uint8_t)dice(seed, dice(seed, 2) == 0 ? 2 : 256);
    }
}

static void senseless(void **state)
{
    static jk_wire_Round body;
    uint64_t seed = 2026;
    unsigned ended = 0;
    (void)state;
    for (int i = 0; i < 60; i++) {
        town t;
        jk_compare_row compare;
        const jk_token round = lied_round(&t);
        jk_store *store = world_store(t.cs[0]);
        assert_int_equal(store->ops->compare_get(store, world_id(t.cs[0])->code, &compare), JK_OK);
        world_cut(t.cs[0], t.prefecture[0], true);
        for (int j = 0; j < 12; j++) {
            static const uint16_t reasons[] = {JK_REASON_EQUAL, JK_REASON_DIFFERENT,
                                               JK_REASON_UNREACHED, JK_REASON_BEYOND_HEAD};
            const bool last = dice(&seed, 6) == 0;
            random_round(&seed, &compare, &body);
            say(&t, last ? JK_RECONCILE_KIND_COMPARED : JK_RECONCILE_KIND_MORE_CELLS, &round,
                last ? reasons[dice(&seed, 4)] : 0, &body);
            random_round(&seed, &compare, &body);
            const uint16_t kind =
                dice(&seed, 3) == 0 ? JK_RECONCILE_KIND_CHECK : JK_RECONCILE_KIND_CELLS;
            say_as_cs(&t, kind, &round,
                      kind == JK_RECONCILE_KIND_CHECK ? compare.marker + dice(&seed, 3) : 0, &body);
        }
        const jk_round_row row = result_of(&t, &round, JK_ROLE_NATIONAL);
        assert_int_equal(row.findings, 0); /* nothing was signed, so nothing is believed */
        ended += row.ended_ms != 0 ? 1 : 0;
        town_close(&t);
    }
    assert_true(ended > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_after_equal),
        cmocka_unit_test(one_damaged_record),
        cmocka_unit_test(rough_rounds),
        cmocka_unit_test(many_pieces),
        cmocka_unit_test(moves_meanwhile),
        cmocka_unit_test(a_server_that_is_away),
        cmocka_unit_test(liars),
        cmocka_unit_test(a_repair_that_is_refused),
        cmocka_unit_test(a_restored_cs),
        cmocka_unit_test(a_cs_that_changes_keys),
        cmocka_unit_test(senseless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
