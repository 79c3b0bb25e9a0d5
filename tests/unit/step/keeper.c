/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of keeper.h. */
#include "keeper.h"

#include "adapter/memory/memory.h"
#include "adapter/sqlite/sqlite.h"
#include "juki/registry.h"
#include "reconcile/round.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t read_clock(jk_clock *clock)
{
    const keeper *k = (const keeper *)(const void *)((const char *)clock - offsetof(keeper, clock));
    return k->now_ms;
}

static void start(keeper *k)
{
    const jk_step_config config = {.self = {.role = JK_ROLE_CS, .code = KEEPER_CODE},
                                   .store = k->store,
                                   .clock = &k->clock,
                                   .memory = k->memory.port};
    k->engine = malloc(jk_engine_size());
    assert_non_null(k->engine);
    assert_int_equal(jk_engine_init(k->engine, &config), JK_OK);
}

static void open_file(keeper *k)
{
    jk_fault fault = {.status = JK_OK};
    const jk_sqlite_options options = {.node = {.role = JK_ROLE_CS, .code = KEEPER_CODE},
                                       .synchronous = JK_SQLITE_OFF};
    assert_int_equal(jk_sqlite_open(k->path, &options, &k->store, &fault), JK_OK);
}

void keeper_open(keeper *k, const char *folder)
{
    memset(k, 0, sizeof *k);
    k->now_ms = 1000;
    k->clock = (jk_clock){read_clock, read_clock, read_clock};
    lib_memory_open(&k->memory, 0);
    if (folder == NULL) {
        assert_int_equal(jk_memory_open(&k->store), JK_OK);
    } else {
        (void)snprintf(k->path, sizeof k->path, "%s/keeper.db", folder);
        open_file(k);
    }
    start(k);
}

static void stop(keeper *k)
{
    jk_engine_close(k->engine);
    assert_int_equal(k->memory.out, 0);
    free(k->engine);
    k->engine = NULL;
}

void keeper_close(keeper *k)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    stop(k);
    if (k->path[0] == '\0') {
        jk_memory_close(k->store);
        return;
    }
    jk_sqlite_close(k->store);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[112];
        (void)snprintf(path, sizeof path, "%s%s", k->path, ends[i]);
        (void)unlink(path);
    }
}

void keeper_restart(keeper *k)
{
    stop(k);
    if (k->path[0] == '\0') {
        jk_memory_crash(k->store);
    } else {
        jk_sqlite_close(k->store);
        open_file(k);
    }
    start(k);
}

void keeper_begin(keeper *k)
{
    assert_int_equal(k->store->ops->begin(k->store), JK_OK);
}

static void note_status(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

void keeper_commit(keeper *k)
{
    jk_status status = JK_E_BUG;
    k->store->ops->commit(k->store, note_status, &status);
    assert_int_equal(status, JK_OK);
    jk_compare_settle(k->engine);
}

void keeper_roll_back(keeper *k)
{
    k->store->ops->rollback(k->store);
    jk_compare_forget(k->engine);
}

jk_episode_row keeper_episode(lib_random *random, uint64_t code, uint64_t epoch, uint64_t seq)
{
    char text[12];
    jk_episode_row row;
    memset(&row, 0, sizeof row);
    (void)snprintf(text, sizeof text, "%011llu", (unsigned long long)code);
    row.resident = jk_token_of_resident(text);
    memcpy(row.code, KEEPER_CODE, sizeof row.code);
    row.epoch = epoch;
    row.open = true;
    row.reason_in = 101;
    row.seq = seq;
    row.change_day = (int64_t)lib_below(random, 20000);
    row.size = 8 + lib_below(random, 60);
    for (size_t i = 0; i < row.size; i++) {
        row.person[i] = (uint8_t)lib_next(random);
    }
    return row;
}

uint64_t keeper_key(const jk_episode_row *row)
{
    char text[12];
    uint64_t key = 0;
    assert_true(jk_resident_of_token(&row->resident, text));
    assert_int_equal(jk_element_key(text, row->epoch, &key), JK_OK);
    return key;
}

void keeper_put(keeper *k, const jk_episode_row *row)
{
    keeper_begin(k);
    assert_int_equal(jk_episode_change(k->engine, row), JK_OK);
    keeper_commit(k);
}

void keeper_rekey(keeper *k, uint8_t number)
{
    const uint8_t key[JK_RECON_KEY_SIZE] = {number};
    keeper_begin(k);
    assert_int_equal(jk_compare_rekey(k->engine, KEEPER_CODE, key), JK_OK);
    keeper_commit(k);
}

jk_scrub_report keeper_scrub(keeper *k, size_t slice)
{
    jk_scrub_report all = {.done = false};
    while (!all.done) {
        jk_scrub_report report = {.done = false};
        assert_int_equal(jk_engine_scrub(k->engine, KEEPER_CODE, slice, &report), JK_OK);
        assert_int_equal(jk_engine_flush(k->engine), JK_OK);
        all.rows += report.rows;
        all.damaged += report.damaged;
        all.done = report.done;
    }
    return all;
}

size_t keeper_compare(keeper *cs, keeper *server, bool now, uint64_t *keys, size_t capacity)
{
    const jk_side *own = NULL;
    const jk_side *other = NULL;
    static jk_ask ask;
    static jk_answer answer;
    jk_round_message question;
    assert_int_equal(jk_compare_side(cs->engine, KEEPER_CODE, now, &own), JK_OK);
    assert_int_equal(jk_compare_side(server->engine, KEEPER_CODE, now, &other), JK_OK);
    assert_int_equal(jk_ask_open(&ask, own, 7, 1, JK_ASK_UNKNOWN, &question), JK_OK);
    jk_answer_begin(&answer, other, 7, 1);
    while (question.kind != 0) {
        jk_round_message reply;
        assert_int_equal(jk_answer_take(&answer, &question, &reply), JK_OK);
        assert_int_equal(jk_ask_take(&ask, &reply, &question), JK_OK);
    }
    assert_true(ask.verdict.confirmed);
    const size_t count = ask.verdict.count;
    assert_true(count <= capacity);
    for (size_t i = 0; i < count; i++) {
        keys[i] = ask.verdict.findings[i].key;
    }
    jk_answer_close(&answer);
    jk_ask_close(&ask);
    return count;
}
