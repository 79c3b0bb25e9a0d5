/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of the engine: how many steps one commit gathers, how many messages wait at a peer,
 * when a timer is due and what becomes of one that nobody wants; rows of another program; names. */
#include "lib/town.h"

#include "adapter/memory/memory.h"
#include "juki/codec.h"
#include "movein.h"
#include "movein.pb.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "movein_terminal.h"
#include "step/roles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static town t;
static jk_engine *engine; /* of the first municipality's CS */
static jk_store *store;

static int open_town(void **state)
{
    static const world_faults calm = {0, 0, 1, 0};
    (void)state;
    if (!town_open(&t, 1, &calm)) {
        return 1;
    }
    engine = world_engine(t.cs[0]);
    store = world_store(t.cs[0]);
    return 0;
}

static int close_town(void **state)
{
    (void)state;
    town_close(&t);
    return 0;
}

/* --- groups --- */

static jk_data_key note_key(unsigned i)
{
    return (jk_data_key){JK_MACHINE_ORIGIN_CS, {{'n', (uint8_t)i}}, "note", -1};
}

static bool is_noted(unsigned i)
{
    const jk_data_key key = note_key(i);
    uint8_t value = 0;
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, &value, 1, &size);
    assert_true(status == JK_OK || status == JK_E_NOT_FOUND);
    return status == JK_OK;
}

/* Nobody flushes: the engine commits 64 steps by itself when the next one comes, not before. */
static void steps_of_one_commit(void **state)
{
    (void)state;
    for (unsigned last = JK_GROUP_STEPS_MAX - 1; last <= JK_GROUP_STEPS_MAX + 1; last++) {
        const uint8_t value = 1;
        const unsigned base = 80 * (last - JK_GROUP_STEPS_MAX + 1);
        for (unsigned i = 0; i < last; i++) {
            const jk_data_key key = note_key(base + i);
            assert_int_equal(jk_engine_note(engine, &key, (jk_span){&value, 1}), JK_OK);
        }
        world_restart(t.cs[0]); /* what was not committed is lost */
        store = world_store(t.cs[0]);
        for (unsigned i = 0; i < last; i++) {
            assert_int_equal(is_noted(base + i), last > JK_GROUP_STEPS_MAX && i < last - 1);
        }
    }
}

/* --- windows --- */

typedef struct ear {
    const jk_node_id *to;
    unsigned count;
} ear;

static void hear(void *arg, const jk_node_id *from, const jk_node_id *to, jk_span bytes)
{
    ear *e = arg;
    (void)from;
    (void)bytes;
    e->count += jk_node_equal(e->to, to);
}

static uint8_t asked_bytes[2048];
static jk_codec_bytes asked;

/* The last request, under that number. */
static void say_again(uint64_t sequence)
{
    assert_int_equal(jk_engine_receive(engine, world_id(t.cs[2]), 1, sequence,
                                       (jk_span){asked.data, asked.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

/* A request for somebody whom nobody filed, answered by a refusal. */
static void ask(uint64_t sequence)
{
    static jk_wire_CertRequest request;
    static uint8_t body[1024];
    memset(&request, 0, sizeof request);
    memcpy(request.origin_municipality_code, "131016", 7);
    request.resident_code_count = 1;
    memcpy(request.resident_code[0], "12345678903", 12);
    request.filing_day = (uint32_t)TOWN_TODAY;
    request.moved_in_day = (uint32_t)TOWN_TODAY;
    memcpy(request.new_address, "new", 4);
    jk_codec_bytes out = {body, sizeof body, 0};
    assert_int_equal(jk_codec_encode_body(JK_MOVEIN_KIND_CERT_REQUEST, &request, NULL, &out, NULL),
                     JK_OK);
    const jk_envelope envelope = {.kind = JK_MOVEIN_KIND_CERT_REQUEST,
                                  .message_id = world_token(t.w),
                                  .txn = world_token(t.w),
                                  .author = *world_id(t.cs[2]),
                                  .target = *world_id(t.cs[0]),
                                  .body = {out.data, out.size}};
    asked = (jk_codec_bytes){asked_bytes, sizeof asked_bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &asked, NULL), JK_OK);
    say_again(sequence);
}

/* A peer that never acknowledges gets 64 messages, and one more for each that it does, in order. */
static void messages_that_wait_at_a_peer(void **state)
{
    (void)state;
    ear e = {world_id(t.cs[2]), 0};
    world_listen(t.w, hear, &e);
    for (unsigned i = 1; i <= JK_WINDOW_MAX + 9; i++) {
        ask(i);
        assert_int_equal(e.count, i <= JK_WINDOW_MAX ? i : JK_WINDOW_MAX);
    }
    static const uint64_t next[] = {2, 2, 5, 3, 4}; /* 5 comes too early */
    static const unsigned more[] = {1, 1, 1, 2, 3};
    for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
        assert_int_equal(jk_engine_ack(engine, world_id(t.cs[2]), next[i]), JK_OK);
        assert_int_equal(jk_engine_flush(engine), JK_OK);
        assert_int_equal(e.count, JK_WINDOW_MAX + more[i]);
    }
    assert_int_equal(world_count(t.w).credit, JK_WINDOW_MAX); /* what it allows the other side */
}

/* --- timers --- */

static jk_timer_row timer_of(uint8_t kind, int64_t due_ms)
{
    return (jk_timer_row){.machine = JK_MACHINE_ORIGIN_CS,
                          .key = {{'k', 'e', 'y'}},
                          .timer = JK_MOVEIN_ORIGIN_CS_TIMER_STATUS_DUE,
                          .kind = kind,
                          .due_ms = due_ms};
}

static void ignore(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static void put_timer(const jk_timer_row *row)
{
    jk_status status = JK_E_BUG;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->timer_put(store, row), JK_OK);
    store->ops->commit(store, ignore, &status);
    assert_int_equal(status, JK_OK);
}

static bool is_armed(const jk_timer_row *row)
{
    jk_timer_row got;
    const jk_status status =
        store->ops->timer_get(store, row->machine, &row->key, row->timer, &got);
    assert_true(status == JK_OK || status == JK_E_NOT_FOUND);
    return status == JK_OK;
}

/* One that its machine does not take is forgotten; nothing else is, and the turn goes on. */
static void a_timer_that_nobody_wants(void **state)
{
    (void)state;
    int64_t next_ms = 0;
    jk_timer_row row = timer_of(JK_TIMER_ELAPSED, world_now(t.w));
    jk_timer_row later = timer_of(JK_TIMER_ELAPSED, world_now(t.w) + 5);
    later.key.byte[3] = 1;
    put_timer(&row);
    put_timer(&later);
    assert_int_equal(jk_engine_timers(engine, &next_ms), JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_false(is_armed(&row));
    assert_true(is_armed(&later));
    assert_int_equal(next_ms, later.due_ms);
}

/* A store that fails while it is forgotten, or while the next one is looked for, is told, and the
 * timer is still there: nothing of the group is left. */
static void a_store_that_fails_at_a_timer(void **state)
{
    (void)state;
    unsigned failures = 0;
    const jk_timer_row row = timer_of(JK_TIMER_ELAPSED, world_now(t.w));
    put_timer(&row);
    for (uint64_t n = 1;; n++) {
        int64_t next_ms = 0;
        jk_memory_fail_next(store, n, JK_E_MEMORY);
        const jk_status status = jk_engine_timers(engine, &next_ms);
        const bool failed = jk_memory_fail_left(store) == 0;
        jk_memory_fail_next(store, 0, JK_OK);
        assert_int_equal(status, failed ? JK_E_MEMORY : JK_OK);
        if (!failed) {
            break;
        }
        failures++;
        assert_true(is_armed(&row));
        assert_int_equal(store->ops->begin(store), JK_OK); /* no group is open */
        store->ops->rollback(store);
    }
    assert_in_range(failures, 5, 50);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_false(is_armed(&row));
}

/* A legal day is due from its first moment on, and never says when to look again. */
static void a_day_that_comes(void **state)
{
    (void)state;
    int64_t next_ms = 0;
    jk_timer_row row = timer_of(JK_TIMER_DATE, TOWN_TODAY * 86400000 + 1);
    put_timer(&row);
    assert_int_equal(jk_engine_timers(engine, &next_ms), JK_OK);
    assert_true(is_armed(&row));
    assert_true(next_ms == INT64_MAX);
    row.due_ms = TOWN_TODAY * 86400000;
    put_timer(&row);
    assert_int_equal(jk_engine_timers(engine, &next_ms), JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_false(is_armed(&row));
}

/* A peer whose queue is full gets what a timer says all the same: it is never asked again. */
static void a_timer_and_a_full_queue(void **state)
{
    (void)state;
    jk_token case_id;
    jk_token txn;
    jk_token link = jk_token_of_node(world_id(t.cs[2]));
    jk_link_numbers numbers;
    uint64_t waiting = 0;
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 1000));
    assert_int_equal(town_move_in(&t, 2, 0, 1, &txn), JK_OK);
    assert_true(world_run(t.w, 2000));
    assert_string_equal(town_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id), "GRANTED");
    world_cut(t.cs[0], t.cs[2], true);
    assert_int_equal(jk_engine_link_numbers(engine, world_id(t.cs[2]), &numbers), JK_OK);
    for (unsigned i = 1; i <= JK_OUTBOX_MAX; i++) {
        ask(numbers.received + i);
        assert_false(jk_engine_blocked(engine));
    }
    ask(numbers.received + JK_OUTBOX_MAX + 1); /* left alone */
    assert_int_equal(store->ops->outbox_count(store, &link, &waiting), JK_OK);
    assert_int_equal(waiting, JK_OUTBOX_MAX);
    assert_true(world_run(t.w, world_now(t.w) + 86400000)); /* the holder is asked (M3) */
    assert_int_equal(store->ops->outbox_count(store, &link, &waiting), JK_OK);
    assert_int_equal(waiting, JK_OUTBOX_MAX + 1);
}

/* What this program does not know is another program's: it stops. */
static void timers_of_another_program(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        int64_t next_ms = 0;
        jk_timer_row row = timer_of(JK_TIMER_ELAPSED, 0);
        row.machine = (uint16_t)(i == 0 ? 99 : row.machine);
        row.timer = (uint16_t)(i == 1 ? 99 : row.timer);
        put_timer(&row);
        assert_int_equal(jk_engine_timers(engine, &next_ms), JK_E_STORE_SCHEMA);
        assert_true(is_armed(&row));
    }
}

static void a_row_of_another_program(void **state)
{
    (void)state;
    jk_token case_id;
    jk_status status = JK_E_BUG;
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 1000));
    jk_store *registry = world_store(t.registry[0]);
    jk_machine_row row;
    assert_int_equal(
        registry->ops->machine_get(registry, JK_MACHINE_ORIGIN_REGISTRY, &case_id, &row), JK_OK);
    row.size--;
    assert_int_equal(registry->ops->begin(registry), JK_OK);
    assert_int_equal(registry->ops->machine_put(registry, &row), JK_OK);
    registry->ops->commit(registry, ignore, &status);
    assert_int_equal(status, JK_OK);
    assert_int_equal(town_cancel_out(&t, &case_id), JK_E_STORE_SCHEMA);
    row.size++;
    assert_int_equal(registry->ops->begin(registry), JK_OK);
    assert_int_equal(registry->ops->machine_put(registry, &row), JK_OK);
    registry->ops->commit(registry, ignore, &status);
    assert_int_equal(town_cancel_out(&t, &case_id), JK_OK);
}

/* --- commands --- */

/* M3: a grant is ended by two persons who are named, or by nobody. */
static void an_override_without_names(void **state)
{
    (void)state;
    jk_token case_id;
    jk_token txn;
    static const uint8_t names[] = "op1\nop2\n";
    const jk_command_data wrong = {"overrides", {names, sizeof names - 1}};
    jk_command command = {
        .machine = JK_MACHINE_ORIGIN_CS, .input = JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE, .data = &wrong};
    assert_int_equal(town_file_out(&t, 1, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 1000));
    assert_int_equal(town_move_in(&t, 1, 0, 1, &txn), JK_OK);
    assert_true(world_run(t.w, 2000));
    command.key = case_id;
    for (size_t count = 0; count < 2; count++) {
        command.data_count = count;
        assert_int_equal(jk_engine_command(engine, &command), JK_E_MISSING_FIELD);
        assert_int_equal(jk_engine_flush(engine), JK_OK);
        assert_string_equal(town_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id), "GRANTED");
    }
    assert_int_equal(town_override(&t, &case_id), JK_OK);
    assert_string_not_equal(town_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &case_id), "GRANTED");
}

static uint8_t filed_bytes[JK_ENVELOPE_SIZE_MAX];
static size_t filed_size;

static void keep_filed(void *arg, const jk_node_id *from, const jk_node_id *to, jk_span bytes)
{
    (void)arg;
    (void)from;
    (void)to;
    jk_envelope envelope;
    if (jk_codec_decode_envelope(bytes, &envelope, NULL) == JK_OK &&
        envelope.kind == JK_MOVEIN_KIND_FILED) {
        memcpy(filed_bytes, bytes.data, bytes.size);
        filed_size = bytes.size;
    }
}

/* M1: when a case is over a registry may file its members again; while one is open its CS refuses,
 * whatever the registry has in its own rows. */
static void filed_twice(void **state)
{
    (void)state;
    jk_token case_id;
    jk_envelope again;
    jk_link_numbers numbers;
    static uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    const jk_node_id *registry = world_id(t.registry[0]);
    world_listen(t.w, keep_filed, NULL);
    assert_int_equal(town_file_out(&t, 3, TOWN_TODAY + 5, &case_id), JK_OK);
    assert_true(world_run(t.w, 1000));
    assert_int_equal(town_cancel_out(&t, &case_id), JK_OK);
    assert_true(world_run(t.w, 2000));
    assert_int_equal(jk_codec_decode_envelope((jk_span){filed_bytes, filed_size}, &again, NULL),
                     JK_OK);
    for (int round = 0; round < 2; round++) {
        again.case_id = world_token(t.w);
        again.message_id = world_token(t.w);
        jk_codec_bytes whole = {bytes, sizeof bytes, 0};
        assert_int_equal(jk_codec_encode_envelope(&again, &whole, NULL), JK_OK);
        assert_int_equal(jk_engine_link_numbers(engine, registry, &numbers), JK_OK);
        world_clear_trace(t.w);
        assert_int_equal(jk_engine_receive(engine, registry, 1, numbers.received + 1,
                                           (jk_span){whole.data, whole.size}),
                         JK_OK);
        assert_int_equal(jk_engine_flush(engine), JK_OK);
        assert_int_equal(strstr(world_trace(t.w), "refused=E_CONFLICT") != NULL, round == 1);
        assert_string_equal(town_state(t.cs[0], JK_MACHINE_ORIGIN_CS, &again.case_id),
                            round == 0 ? "OPEN" : "-");
    }
}

/* A machine that another role runs, or nobody. */
static void commands_for_another_node(void **state)
{
    (void)state;
    jk_command command = {
        .machine = JK_MACHINE_TERMINAL, .input = JK_MOVEIN_TERMINAL_IN_STOP_MOVE_IN, .key = {{1}}};
    assert_int_equal(jk_engine_command(engine, &command), JK_E_ROUTE);
    command.machine = 99;
    assert_int_equal(jk_engine_command(engine, &command), JK_E_ROUTE);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

/* --- records --- */

static jk_step_record seen;
static unsigned records;

static void see(void *arg, const jk_step_record *record)
{
    (void)arg;
    seen = *record;
    records++;
}

/* What a node's log says of messages that no machine takes: everything by which they are found
 * again at the other side. */
static void records_of_messages(void **state)
{
    (void)state;
    static uint8_t bytes[2048];
    world_records(t.w, see, NULL);
    const jk_envelope envelope = {.kind = JK_MOVEIN_KIND_GRANT_STATUS,
                                  .message_id = world_token(t.w),
                                  .case_id = world_token(t.w),
                                  .txn = world_token(t.w),
                                  .members = 5,
                                  .epoch = 77,
                                  .reason = JK_REASON_NO_MATCH,
                                  .author = *world_id(t.cs[1]),
                                  .target = *world_id(t.cs[0])};
    jk_codec_bytes whole = {bytes, sizeof bytes, 0};
    assert_int_equal(jk_codec_encode_envelope(&envelope, &whole, NULL), JK_OK);
    assert_int_equal(jk_engine_receive(engine, world_id(t.cs[2]), 1, 1, /* not his words */
                                       (jk_span){whole.data, whole.size}),
                     JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
    assert_int_equal(records, 1);
    assert_int_equal(seen.status, JK_E_PEER_POLICY);
    assert_true(jk_node_equal(seen.node, world_id(t.cs[0])));
    assert_true(jk_node_equal(&seen.peer, world_id(t.cs[2])));
    assert_true(jk_node_equal(&seen.author, world_id(t.cs[1])));
    assert_true(jk_token_equal(&seen.case_id, &envelope.case_id));
    assert_true(jk_token_equal(&seen.txn, &envelope.txn));
    assert_true(jk_token_equal(&seen.in_txn, &envelope.txn));
    assert_int_equal(seen.members, 5);
    assert_int_equal(seen.epoch, 77);
    assert_int_equal(seen.reason, JK_REASON_NO_MATCH);
    assert_int_equal(seen.sequence, 1);
    assert_int_equal(seen.machine, JK_MACHINE_RECEIVER);
    assert_int_equal(seen.time_ms, world_now(t.w));
    assert_string_equal(seen.role, "transport_receiver");
    assert_string_equal(seen.input, "GRANT_STATUS");
    assert_string_equal(seen.from, "-");
    assert_string_equal(seen.to, "-");
    /* Said again under another number: taken before, which is recorded as well. */
    ask(2);
    assert_int_equal(records, 2);
    assert_int_equal(seen.sequence, 2);
    assert_int_equal(seen.machine, JK_MACHINE_ORIGIN_CS);
    const jk_token txn = seen.in_txn;
    say_again(3);
    assert_int_equal(records, 3);
    assert_int_equal(seen.machine, JK_MACHINE_RECEIVER);
    assert_int_equal(seen.status, JK_OK);
    assert_int_equal(seen.sequence, 3);
    assert_true(jk_token_equal(&seen.in_txn, &txn));
    assert_string_equal(seen.input, "CERT_REQUEST");
}

/* --- names --- */

static void names(void **state)
{
    (void)state;

    static const struct {
        uint16_t machine;
        const char *name;
        uint16_t state;
        const char *state_name;
    } rows[] = {
        {JK_MACHINE_SENDER, "transport_sender", 1, "UP"},
        {JK_MACHINE_SENDER, "transport_sender", 0, "DOWN"},
        {JK_MACHINE_RECEIVER, "transport_receiver", 0, "READY"},
        {JK_MACHINE_TERMINAL, "movein_terminal", 0, "IDLE"},
        {JK_MACHINE_DEST_CS, "movein_dest_cs", 0, "IDLE"},
        {JK_MACHINE_DEST_REGISTRY, "movein_dest_registry", 0, "IDLE"},
        {JK_MACHINE_ORIGIN_CS, "movein_origin_cs", 0, "IDLE"},
        {JK_MACHINE_ORIGIN_REGISTRY, "movein_origin_registry", 0, "IDLE"},
        {JK_MACHINE_PREFECTURE, "movein_prefecture", 0, "KEEPING"},
        {JK_MACHINE_NATIONAL, "movein_national", 0, "KEEPING"},
        {JK_MACHINE_IDENTITY, "movein_identity", 0, "READY"},
        {JK_MACHINE_CARDS, "movein_cards", 0, "KEEPING"},
        {99, "?", 0, "?"},
        {0, "?", 0, "?"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(jk_machine_name(rows[i].machine), rows[i].name);
        assert_string_equal(jk_machine_state_name(rows[i].machine, rows[i].state),
                            rows[i].state_name);
    }
    assert_string_equal(
        jk_machine_input_name(JK_MACHINE_ORIGIN_CS, JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE), "OVERRIDE");
    assert_string_equal(jk_machine_input_name(99, 1), "?");
    assert_string_equal(
        jk_machine_timer_name(JK_MACHINE_ORIGIN_CS, JK_MOVEIN_ORIGIN_CS_TIMER_STATUS_DUE),
        "status_due");
    assert_string_equal(jk_machine_timer_name(99, 1), "?");
    assert_string_equal(jk_machine_state_name(JK_MACHINE_ORIGIN_CS, 9999), "?");
}

#define IN_TOWN(test) cmocka_unit_test_setup_teardown(test, open_town, close_town)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TOWN(steps_of_one_commit),
        IN_TOWN(messages_that_wait_at_a_peer),
        IN_TOWN(a_timer_that_nobody_wants),
        IN_TOWN(a_store_that_fails_at_a_timer),
        IN_TOWN(a_day_that_comes),
        IN_TOWN(a_timer_and_a_full_queue),
        IN_TOWN(timers_of_another_program),
        IN_TOWN(a_row_of_another_program),
        IN_TOWN(an_override_without_names),
        IN_TOWN(filed_twice),
        IN_TOWN(commands_for_another_node),
        IN_TOWN(records_of_messages),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests_name("the engine's bounds", tests, NULL, NULL);
}
