/* SPDX-License-Identifier: Apache-2.0 */
/* The databases of the nodes seen from outside: what a raw scan of a table costs, and damage behind
 * the nodes' back. */
#define _POSIX_C_SOURCE 200809L

#include "bench_run.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BUSY_MS = 30000,
    SCANS = 3 /* the last is told: by then the system has the file in memory */
};

static bool open_store(bench_run *run, const bench_node *node, int flags, sqlite3 **db)
{
    char path[BENCH_PATH + 64];
    bench_path(run, node, ".db", path);
    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK) {
        (void)sqlite3_close(*db);
        return bench_fail(run, node->base, "its database cannot be opened");
    }
    (void)sqlite3_busy_timeout(*db, BUSY_MS);
    return true;
}

static double cpu_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Every column of every row, as it lies in the file. */
static bool scan_once(sqlite3 *db, uint64_t *rows, volatile uint8_t *sum)
{
    sqlite3_stmt *all = NULL;
    uint64_t count = 0;
    uint8_t seen = 0;
    int step = sqlite3_prepare_v2(db, "SELECT * FROM episode", -1, &all, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(all);
        for (int i = 0; step == SQLITE_ROW && i < sqlite3_column_count(all); i++) {
            const uint8_t *bytes = sqlite3_column_blob(all, i);
            const int size = sqlite3_column_bytes(all, i);
            if (size > 0) {
                seen ^= bytes[size - 1];
            }
        }
        count += step == SQLITE_ROW;
    }
    (void)sqlite3_finalize(all);
    *rows = count;
    *sum = seen;
    return step == SQLITE_DONE;
}

bool bench_scan(bench_run *run, const bench_node *node, double *cpu, uint64_t *rows)
{
    sqlite3 *db = NULL;
    volatile uint8_t sum = 0; /* of what was read, so that it is read */
    bool done = open_store(run, node, SQLITE_OPEN_READONLY, &db);
    for (int i = 0; done && i < SCANS; i++) {
        const double begin = cpu_now();
        done = scan_once(db, rows, &sum) || bench_fail(run, node->base, "its rows cannot be read");
        *cpu = cpu_now() - begin;
    }
    (void)sqlite3_close(db);
    return done;
}

/* ---- damage ---- */

/* One resident's record in one of four ways. */
static const char *const damages[] = {
    "UPDATE episode SET reason_in = reason_in + 1 WHERE resident = ?1",
    "DELETE FROM episode WHERE resident = ?1",
    "UPDATE episode SET seq = seq + 7 WHERE resident = ?1",
    ("UPDATE episode SET person = CAST(substr(person, 1, length(person) - 1) || x'21' AS BLOB)"
     " WHERE resident = ?1"),
};

enum {
    WAYS = sizeof damages / sizeof damages[0]
};

/* So many residents, spread over the whole table; others at each server. */
static bool choose(bench_run *run, sqlite3 *db, uint8_t server)
{
    sqlite3_stmt *some = NULL;
    const uint64_t step = run->options->residents / run->options->differences;
    const uint64_t begin = run->damages;
    bool good =
        sqlite3_prepare_v2(db, "SELECT resident FROM episode WHERE rowid % ?1 = ?2 LIMIT ?3", -1,
                           &some, NULL) == SQLITE_OK;
    if (good) {
        (void)sqlite3_bind_int64(some, 1, (sqlite3_int64)step);
        (void)sqlite3_bind_int64(some, 2, (sqlite3_int64)(server % step));
        (void)sqlite3_bind_int64(some, 3, (sqlite3_int64)run->options->differences);
        while (sqlite3_step(some) == SQLITE_ROW) {
            bench_damage *damage = &run->damage[run->damages++];
            (void)snprintf(damage->resident, sizeof damage->resident, "%s",
                           (const char *)sqlite3_column_text(some, 0));
            damage->server = server;
        }
    }
    (void)sqlite3_finalize(some);
    good = good && run->damages - begin == run->options->differences;
    return good || bench_fail(run, run->node[server].base, "has too few residents");
}

static bool damage_one(sqlite3 *db, const char *resident, size_t way)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(db, damages[way], -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_bind_text(statement, 1, resident, -1, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_DONE && sqlite3_changes(db) == 1;
    (void)sqlite3_finalize(statement);
    return done;
}

static bool damage_server(bench_run *run, uint8_t server)
{
    sqlite3 *db = NULL;
    const size_t begin = run->damages;
    bool done = open_store(run, &run->node[server], SQLITE_OPEN_READWRITE, &db);
    done = done && choose(run, db, server);
    done = done && sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
    for (size_t i = begin; done && i < run->damages; i++) {
        done = damage_one(db, run->damage[i].resident, i % WAYS);
    }
    done = done && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (!done) {
        (void)bench_fail(run, run->node[server].base, db != NULL ? sqlite3_errmsg(db) : "no db");
    }
    (void)sqlite3_close(db);
    return done;
}

bool bench_do_damage(bench_run *run)
{
    run->damage = calloc(BENCH_SERVERS * run->options->differences + 1, sizeof *run->damage);
    return run->damage != NULL
               ? damage_server(run, BENCH_PREFECTURE) && damage_server(run, BENCH_NATIONAL)
               : bench_fail(run, "bench", "no memory");
}
