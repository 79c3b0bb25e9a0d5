/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the stores under test and makes rows for them. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void expect(jk_status got, jk_status wanted, const char *what, int line)
{
    if (got != wanted) {
        print_error("line %d: %s gave %s, wanted %s\n", line, what, jk_status_name(got),
                    jk_status_name(wanted));
    }
    assert_int_equal(got, wanted);
}

static void open_store(test_bench *bench)
{
    jk_fault fault = {.status = JK_OK};
    if (bench->kind == STORE_MEMORY) {
        OK(jk_memory_open(&bench->store));
        return;
    }
    jk_status status = jk_sqlite_open(bench->path, &bench->options, &bench->store, &fault);
    if (status != JK_OK) {
        print_error("open: %s\n", fault.text);
    }
    OK(status);
}

static int setup(void **state, kind_of_store kind)
{
    test_bench *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->kind = kind;
    made->options.node = (jk_node_id){.role = JK_ROLE_CS, .code = "131016"};
    if (kind == STORE_SQLITE) {
        (void)snprintf(made->folder, sizeof made->folder, "/tmp/jk_store_XXXXXX");
        assert_non_null(mkdtemp(made->folder));
        (void)snprintf(made->path, sizeof made->path, "%s/node.db", made->folder);
    }
    open_store(made);
    *state = made;
    return 0;
}

int setup_memory(void **state)
{
    return setup(state, STORE_MEMORY);
}

int setup_sqlite(void **state)
{
    return setup(state, STORE_SQLITE);
}

int teardown(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    test_bench *bench = *state;
    if (bench->kind == STORE_MEMORY) {
        jk_memory_close(bench->store);
    } else {
        jk_sqlite_close(bench->store);
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            char path[96];
            (void)snprintf(path, sizeof path, "%s%s", bench->path, ends[i]);
            (void)unlink(path);
        }
        (void)rmdir(bench->folder);
    }
    free(bench);
    return 0;
}

void reopen(test_bench *bench)
{
    if (bench->kind == STORE_MEMORY) {
        jk_memory_crash(bench->store);
        return;
    }
    jk_sqlite_close(bench->store);
    bench->store = NULL;
    open_store(bench);
}

static void note_status(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

jk_status commit(jk_store *store)
{
    jk_status status = JK_E_BUG;
    store->ops->commit(store, note_status, &status);
    return status;
}

void begin(jk_store *store)
{
    OK(store->ops->begin(store));
}

jk_token token_of(uint64_t number)
{
    jk_token token = {{'t', 'o', 'k'}};
    for (size_t i = 0; i < 8; i++) {
        token.byte[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return token;
}

jk_token resident_of(unsigned number)
{
    jk_token token = {{0}};
    char text[16];
    (void)snprintf(text, sizeof text, "r:%011u", number);
    memcpy(token.byte, text, 13);
    return token;
}

jk_token peer_of(const char *code)
{
    jk_node_id node = {.role = JK_ROLE_CS};
    memcpy(node.code, code, 6);
    return jk_token_of_node(&node);
}

jk_machine_row machine_row(uint16_t machine, jk_token key, uint16_t state)
{
    jk_machine_row row = {.machine = machine,
                          .key = key,
                          .case_id = token_of(700),
                          .state = state,
                          .machine_name = "movein_dest_cs",
                          .state_name = "WAIT_CERT",
                          .updated_ms = 1700000000000 + state,
                          .size = 24};
    memset(row.data, (int)state & 0xff, row.size);
    return row;
}

jk_outbox_row outbox_row(jk_token link, uint64_t sequence)
{
    jk_outbox_row row = {.link = link,
                         .sequence = sequence,
                         .link_epoch = 3,
                         .message_id = token_of(9000 + sequence),
                         .txn = token_of(sequence),
                         .kind = 301,
                         .kind_name = "CERT_REQUEST",
                         .size = 40 + (size_t)sequence % 7};
    memset(row.bytes, (int)(sequence & 0xff), row.size);
    return row;
}

jk_timer_row timer_row(uint16_t timer, uint8_t kind, int64_t duration_ms, int64_t due_ms)
{
    return (jk_timer_row){.machine = 5,
                          .key = token_of(1),
                          .timer = timer,
                          .kind = kind,
                          .duration_ms = duration_ms,
                          .due_ms = due_ms};
}

jk_register_row register_row(jk_token resident)
{
    jk_register_row row = {.resident = resident,
                           .status = JK_REGISTER_CURRENT,
                           .reason = 101,
                           .epoch = 4,
                           .epoch_high = 6,
                           .change_day = 19000,
                           .size = 100};
    memset(row.person, 0x50, row.size);
    return row;
}

jk_episode_row episode_row(jk_token resident, const char *code, uint64_t epoch)
{
    jk_episode_row row = {.resident = resident, .epoch = epoch, .open = true, .reason_in = 101};
    memcpy(row.code, code, 7);
    row.size = 10 + (size_t)epoch % 5;
    memset(row.person, (int)(epoch & 0xff), row.size);
    return row;
}

jk_round_row round_row(uint64_t round, uint8_t server)
{
    return (jk_round_row){.id = 55,
                          .round = token_of(round),
                          .code = "131016",
                          .server = server,
                          .marker = 10 + round,
                          .begun_ms = 1000,
                          .reason = 65535,
                          .why = 9,
                          .count_own = 3,
                          .count_peer = 4,
                          .findings = UINT32_MAX,
                          .asks = 6,
                          .bytes_sent = 7,
                          .bytes_received = INT64_MAX};
}

jk_finding_row finding_row(uint64_t round, uint8_t server, uint64_t key)
{
    jk_finding_row row = {.round = token_of(round),
                          .server = server,
                          .key = key,
                          .difference = 2,
                          .state = JK_FINDING_OPEN,
                          .approved_ms = 33,
                          .position = 44,
                          .size = 5};
    memset(row.record, (int)(key % 251), row.size);
    return row;
}
