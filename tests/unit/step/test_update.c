/* SPDX-License-Identifier: Apache-2.0 */
/* The change feed (1-3 to 1-5) in a world of whole engines: a changed record reaches every node in
 * order; mass corrections wait and are overtaken; what is refused keeps its position. */
#include "lib/town.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "names.h"
#include "person.pb.h"
#include "step/bulk.h"
#include "step/roles.h"
#include "update.h"
#include "update.pb.h"
#include "update_registry_update.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum {
    MINOR = 302,
    FURIGANA = 320
};

static const world_faults calm = {0, 0, 1, 0};
static const char here[] = "131016"; /* municipality 0 */

typedef struct bed {
    town t;
    jk_register_row row;
    jk_wire_RegistryRecord record;
    jk_wire_Person person;
    jk_wire_Changed changed;
    jk_wire_Correction correction;
    jk_log_row entry;
    jk_wire_LogRecord log;
    jk_episode_row episode;
    uint8_t body[JK_BODY_SIZE_MAX];
} bed;

static bed b;

static void run(int64_t ms)
{
    assert_true(world_run(b.t.w, world_now(b.t.w) + ms));
}

static void open_bed(void)
{
    memset(&b, 0, sizeof b);
    assert_true(town_open(&b.t, 1, &calm));
    assert_string_equal(world_id(b.t.cs[0])->code, here);
}

/* The record of resident i as the registry has it, into b.record; b.changed begins with it. */
static void read_record(int i)
{
    jk_store *store = world_store(b.t.registry[0]);
    const jk_token resident = jk_token_of_resident(b.t.code[i]);
    assert_int_equal(store->ops->register_get(store, &resident, &b.row), JK_OK);
    assert_int_equal(jk_codec_decode(&jk_wire_type_RegistryRecord,
                                     (jk_span){b.row.person, b.row.size}, NULL, &b.record, NULL),
                     JK_OK);
    memset(&b.changed, 0, sizeof b.changed);
    b.changed.has_person = true;
    b.changed.person = b.record.person;
    b.changed.change_reason = jk_wire_ChangeReason_CHANGE_MINOR_CORRECTION;
    b.changed.change_day = (uint32_t)TOWN_TODAY;
}

/* What the clerk asks of resident i: b.changed. */
static jk_status change(int i)
{
    jk_codec_bytes out = {b.body, sizeof b.body, 0};
    jk_status status = jk_codec_encode(&jk_wire_type_Changed, &b.changed, NULL, &out, NULL);
    if (status != JK_OK) {
        return status;
    }
    const jk_command_data data = {"changed", {out.data, out.size}};
    status =
        world_command(b.t.registry[0], &(jk_command){.machine = JK_MACHINE_REGISTRY_UPDATE,
                                                     .input = JK_UPDATE_REGISTRY_UPDATE_IN_CHANGE,
                                                     .key = jk_token_of_resident(b.t.code[i]),
                                                     .data = &data,
                                                     .data_count = 1});
    const jk_status flushed = jk_engine_flush(world_engine(b.t.registry[0]));
    return status != JK_OK ? status : flushed;
}

static jk_status change_address(int i, const char *address)
{
    read_record(i);
    (void)strncpy(b.changed.person.address, address, sizeof b.changed.person.address - 1);
    return change(i);
}

/* One of a list: a reading for resident i, who has none. */
static void list_kana(int i, const char *kana)
{
    jk_codec_bytes out = {b.body, sizeof b.body, 0};
    const jk_token resident = jk_token_of_resident(b.t.code[i]);
    read_record(i);
    memset(&b.correction, 0, sizeof b.correction);
    memcpy(b.correction.resident_code, b.t.code[i], 12);
    b.correction.change_reason = jk_wire_ChangeReason_CHANGE_FURIGANA;
    b.correction.change_day = (uint32_t)TOWN_TODAY;
    (void)strncpy(b.correction.kana, kana, sizeof b.correction.kana - 1);
    memcpy(b.correction.kana_was, b.record.person.kana, sizeof b.correction.kana_was);
    assert_int_equal(jk_codec_encode(&jk_wire_type_Correction, &b.correction, NULL, &out, NULL),
                     JK_OK);
    const jk_bulk_item item = {resident, {out.data, out.size}};
    assert_int_equal(jk_engine_queue(world_engine(b.t.registry[0]), &item, 1), JK_OK);
}

static void announce(uint64_t listed, bool reading)
{
    jk_mass mass = {.listed = listed, .reason = FURIGANA, .reading = reading, .by = "head"};
    jk_engine *engine = world_engine(b.t.registry[0]);
    assert_int_equal(jk_engine_mass(engine, &mass), JK_OK);
    assert_int_equal(jk_engine_flush(engine), JK_OK);
}

static size_t feed(world_node *node)
{
    size_t taken = 0;
    assert_int_equal(jk_engine_feed(world_engine(node), &taken), JK_OK);
    assert_int_equal(jk_engine_flush(world_engine(node)), JK_OK);
    run(1000);
    return taken;
}

static uint64_t waiting(world_node *node)
{
    uint64_t count = 0;
    jk_store *store = world_store(node);
    assert_int_equal(store->ops->bulk_count(store, &count), JK_OK);
    return count;
}

/* Entries of municipality 0's log that came to the node. */
static uint64_t applied(world_node *node)
{
    uint64_t sequence = 0;
    jk_store *store = world_store(node);
    assert_int_equal(store->ops->applied_get(store, here, &sequence), JK_OK);
    return sequence;
}

static void read_log(uint64_t sequence)
{
    jk_store *store = world_store(b.t.cs[0]);
    assert_int_equal(store->ops->log_get(store, sequence, &b.entry), JK_OK);
    assert_int_equal(b.entry.kind, JK_UPDATE_KIND_UPDATE);
    assert_int_equal(jk_codec_decode(&jk_wire_type_LogRecord,
                                     (jk_span){b.entry.record, b.entry.size}, NULL, &b.log, NULL),
                     JK_OK);
    assert_int_equal(b.log.sequence, sequence);
}

/* Resident i as a server's open episode has him, into b.person. */
static void read_episode(world_node *node, int i)
{
    jk_store *store = world_store(node);
    const jk_token resident = jk_token_of_resident(b.t.code[i]);
    assert_int_equal(store->ops->episode_get(store, &resident, here, 1, &b.episode), JK_OK);
    assert_true(b.episode.open);
    assert_int_equal(jk_codec_decode(&jk_wire_type_Person,
                                     (jk_span){b.episode.person, b.episode.size}, NULL, &b.person,
                                     NULL),
                     JK_OK);
}

/* 1-2 to 1-5: from the counter to national. */
static void all_the_way(void **state)
{
    (void)state;
    open_bed();
    read_episode(b.t.national, 0);
    const uint16_t reason_in = b.episode.reason_in;
    assert_int_equal(change_address(0, "中央1丁目2番地"), JK_OK);
    run(1000);
    read_record(0);
    assert_string_equal(b.record.person.address, "中央1丁目2番地");
    assert_int_equal(b.row.reason, MINOR);
    jk_store *store = world_store(b.t.cs[0]);
    const jk_token resident = jk_token_of_resident(b.t.code[0]);
    assert_int_equal(store->ops->register_get(store, &resident, &b.row), JK_OK);
    assert_int_equal(b.row.reason, MINOR);
    assert_int_equal(b.row.change_day, TOWN_TODAY);
    assert_int_equal(b.row.epoch, 1);
    read_log(1);
    assert_int_equal(b.log.change_reason, MINOR);
    assert_int_equal(b.log.episode, 1);
    world_node *const servers[] = {b.t.prefecture[0], b.t.national};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(applied(servers[i]), 1);
        read_episode(servers[i], 0);
        assert_string_equal(b.person.address, "中央1丁目2番地");
        assert_int_equal(b.episode.seq, 1);
        assert_int_equal(b.episode.change_day, TOWN_TODAY);
        assert_true(b.episode.current);
        assert_int_equal(b.episode.reason_in, reason_in);
        assert_int_equal(b.episode.reason_out, 0);
    }
    town_close(&b.t);
}

static void what_the_desk_may_not_ask(void **state)
{
    (void)state;
    open_bed();
    read_record(0);
    b.changed.change_day = (uint32_t)TOWN_TODAY + 1;
    assert_int_equal(change(0), JK_E_DATE_FUTURE);
    read_record(0);
    memcpy(b.changed.person.resident_code, b.t.code[1], 12);
    assert_int_equal(change(0), JK_E_CONFLICT);
    read_record(0);
    memcpy(b.changed.person.municipality_code, world_id(b.t.cs[1])->code, 7);
    assert_int_equal(change(0), JK_E_PEER_POLICY);
    read_record(0);
    assert_int_equal(change(TOWN_SPARE), JK_E_NOT_FOUND);
    b.changed.change_reason = (jk_wire_ChangeReason)311; /* of the household: stays at home */
    assert_int_equal(change(0), JK_E_RANGE);
    assert_int_equal(waiting(b.t.cs[0]), 0);
    run(1000);
    assert_int_equal(applied(b.t.cs[0]), 0);
    jk_token case_id = {{0}};
    assert_int_equal(town_file_out(&b.t, 1, TOWN_TODAY, &case_id), JK_OK);
    run(1000);
    world_set_today(b.t.w, TOWN_TODAY + 1);
    run(90000000);
    read_record(0);
    assert_int_equal(b.row.status, JK_REGISTER_REMOVED);
    assert_int_equal(change(0), JK_E_NOT_NOW);
    town_close(&b.t);
}

/* U2: what waits is recorded at home, enters the log in its turn, and counters overtake it. */
static void mass_waits(void **state)
{
    (void)state;
    open_bed();
    for (int i = 1; i < TOWN_RESIDENTS; i++) {
        list_kana(i, "シケン");
    }
    announce(TOWN_RESIDENTS - 1, false);
    assert_int_equal(feed(b.t.registry[0]), TOWN_RESIDENTS - 1);
    assert_int_equal(waiting(b.t.registry[0]), 0);
    assert_int_equal(waiting(b.t.cs[0]), TOWN_RESIDENTS - 1);
    assert_int_equal(applied(b.t.cs[0]), 0);
    assert_int_equal(change_address(0, "新町5番地"), JK_OK);
    run(1000);
    assert_int_equal(applied(b.t.national), 1);
    read_episode(b.t.national, 0);
    assert_string_equal(b.person.address, "新町5番地");
    assert_int_equal(feed(b.t.cs[0]), TOWN_RESIDENTS - 1);
    assert_int_equal(waiting(b.t.cs[0]), 0);
    assert_int_equal(applied(b.t.national), TOWN_RESIDENTS);
    for (int i = 1; i < TOWN_RESIDENTS; i++) {
        read_log((uint64_t)i + 1);
        assert_int_equal(b.log.change_reason, FURIGANA);
        read_episode(b.t.national, i);
        assert_string_equal(b.person.kana, "シケン");
        assert_int_equal(b.episode.seq, i + 1);
    }
    assert_int_equal(feed(b.t.cs[0]), 0);
    town_close(&b.t);
}

/* U1: a reading that waits and an address at once: the entry that waited says both. */
static void what_waited_says_the_record_as_it_is(void **state)
{
    (void)state;
    open_bed();
    list_kana(0, "シケン");
    announce(1, false);
    assert_int_equal(feed(b.t.registry[0]), 1);
    assert_int_equal(change_address(0, "新町6番地"), JK_OK);
    run(1000);
    read_log(1);
    assert_string_equal(b.log.person.kana, "シケン");
    assert_string_equal(b.log.person.address, "新町6番地");
    assert_int_equal(feed(b.t.cs[0]), 1);
    read_log(2);
    assert_int_equal(b.log.change_reason, FURIGANA);
    assert_string_equal(b.log.person.address, "新町6番地");
    read_episode(b.t.national, 0);
    assert_string_equal(b.person.address, "新町6番地");
    assert_int_equal(b.episode.seq, 2);
    town_close(&b.t);
}

/* A list never overwrites what the counter has changed since it was read. */
static void a_list_that_came_too_late(void **state)
{
    (void)state;
    open_bed();
    list_kana(0, "シケン");
    list_kana(1, "シケン");
    announce(2, false);
    read_record(0);
    (void)strncpy(b.changed.person.kana, "テスト", sizeof b.changed.person.kana - 1);
    assert_int_equal(change(0), JK_OK);
    assert_int_equal(feed(b.t.registry[0]), 2);
    assert_int_equal(waiting(b.t.registry[0]), 0);
    assert_int_equal(waiting(b.t.cs[0]), 1);
    read_record(0);
    assert_string_equal(b.record.person.kana, "テスト");
    jk_mass mass;
    assert_int_equal(jk_mass_read(world_store(b.t.registry[0]), world_id(b.t.registry[0]), &mass),
                     JK_OK);
    assert_int_equal(mass.refused, 1);
    assert_int_equal(mass.listed, 2);
    assert_string_equal(mass.by, "head");
    town_close(&b.t);
}

/* The reading of a list was cut off: nothing of it happens. */
static void half_a_list(void **state)
{
    (void)state;
    open_bed();
    announce(0, true);
    list_kana(0, "シケン");
    list_kana(1, "シケン");
    assert_int_equal(feed(b.t.registry[0]), 2);
    assert_int_equal(waiting(b.t.registry[0]), 0);
    assert_int_equal(waiting(b.t.cs[0]), 0);
    read_record(0);
    assert_string_not_equal(b.record.person.kana, "シケン");
    town_close(&b.t);
}

/* A residence that ends before its turn: the REMOVAL says it, no entry comes after it. */
static void who_left_before_his_turn(void **state)
{
    (void)state;
    jk_token case_id = {{0}};
    open_bed();
    list_kana(0, "シケン");
    announce(1, false);
    assert_int_equal(town_file_out(&b.t, 1, TOWN_TODAY, &case_id), JK_OK);
    assert_int_equal(feed(b.t.registry[0]), 1);
    assert_int_equal(waiting(b.t.cs[0]), 1);
    world_set_today(b.t.w, TOWN_TODAY + 1);
    run(90000000);
    const uint64_t head = applied(b.t.cs[0]);
    assert_int_equal(head, 1); /* the REMOVAL */
    assert_int_equal(feed(b.t.cs[0]), 1);
    assert_int_equal(waiting(b.t.cs[0]), 0);
    assert_int_equal(applied(b.t.cs[0]), head);
    assert_int_equal(applied(b.t.national), head);
    town_close(&b.t);
}

static void commit_done(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

/* U4: a prefecture without the row refuses; the entry goes on, and the CS is told. */
static void a_server_refuses(void **state)
{
    (void)state;
    open_bed();
    jk_store *store = world_store(b.t.prefecture[0]);
    const jk_token resident = jk_token_of_resident(b.t.code[0]);
    jk_status committed = JK_E_BUG;
    assert_int_equal(store->ops->begin(store), JK_OK);
    assert_int_equal(store->ops->episode_delete(store, &resident, here, 1), JK_OK);
    store->ops->commit(store, commit_done, &committed);
    assert_int_equal(committed, JK_OK);
    assert_int_equal(change_address(0, "新町7番地"), JK_OK);
    assert_int_equal(change_address(1, "新町8番地"), JK_OK);
    run(1000);
    assert_int_equal(applied(b.t.prefecture[0]), 2);
    assert_int_equal(applied(b.t.national), 2);
    read_episode(b.t.prefecture[0], 1);
    assert_string_equal(b.person.address, "新町8番地");
    read_episode(b.t.national, 0);
    assert_string_equal(b.person.address, "新町7番地");
    assert_int_equal(store->ops->episode_get(store, &resident, here, 1, &b.episode),
                     JK_E_NOT_FOUND);
    store = world_store(b.t.cs[0]);
    const jk_data_key key = {JK_MACHINE_CS_UPDATE, jk_token_of_element(b.t.code[0], 1), "refused",
                             -1};
    static const uint8_t told[] = {
        JK_ROLE_PREFECTURE, 0, JK_REASON_NOT_RESIDENT, 0, 0, 0, 0, 0, 0, 0, 1};
    uint8_t value[32];
    size_t size = 0;
    assert_int_equal(store->ops->data_get(store, &key, value, sizeof value, &size), JK_OK);
    assert_int_equal(size, sizeof told);
    assert_memory_equal(value, told, sizeof told);
    town_close(&b.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_the_way),
        cmocka_unit_test(what_the_desk_may_not_ask),
        cmocka_unit_test(mass_waits),
        cmocka_unit_test(what_waited_says_the_record_as_it_is),
        cmocka_unit_test(a_list_that_came_too_late),
        cmocka_unit_test(half_a_list),
        cmocka_unit_test(who_left_before_his_turn),
        cmocka_unit_test(a_server_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
