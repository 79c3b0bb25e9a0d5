/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the stores under test and makes rows for them.  All data is made up. */
#ifndef JUKI_TESTS_ADAPTER_BENCH_H
#define JUKI_TESTS_ADAPTER_BENCH_H

#include "adapter/memory/memory.h"
#include "adapter/sqlite/sqlite.h"
#include "port/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef enum kind_of_store {
    STORE_MEMORY,
    STORE_SQLITE
} kind_of_store;

/* One open store.  A test's *state points at it. */
typedef struct test_bench {
    kind_of_store kind;
    jk_store *store;
    char folder[64];
    char path[80];
    jk_sqlite_options options;
} test_bench;

/* cmocka's setup and teardown. */
int setup_memory(void **state);
int setup_sqlite(void **state);
int teardown(void **state);

/* The node dies and comes back: what was not committed is lost. */
void reopen(test_bench *bench);

jk_status commit(jk_store *store);
void begin(jk_store *store);

/* Asserts, with names instead of numbers. */
void expect(jk_status got, jk_status wanted, const char *what, int line);
#define EXPECT(call, wanted) expect((call), (wanted), #call, __LINE__)
#define OK(call)             expect((call), JK_OK, #call, __LINE__)

jk_token token_of(uint64_t number);
jk_token resident_of(unsigned number);
jk_token peer_of(const char *code);
jk_machine_row machine_row(uint16_t machine, jk_token key, uint16_t state);
jk_outbox_row outbox_row(jk_token link, uint64_t sequence);
jk_timer_row timer_row(uint16_t timer, uint8_t kind, int64_t duration_ms, int64_t due_ms);
jk_register_row register_row(jk_token resident);
jk_episode_row episode_row(jk_token resident, const char *code, uint64_t epoch);
jk_round_row round_row(uint64_t round, uint8_t server);
jk_finding_row finding_row(uint64_t round, uint8_t server, uint64_t key);

#endif
