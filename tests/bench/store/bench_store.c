/* SPDX-License-Identifier: Apache-2.0 */
/* Measures durable steps per second.  A step is what a message costs: inbox, machine, register
 * and outbox row and a timer, in two savepoints; a group is one commit.  Tells steps per second for
 * each group size, and with a data key destroyed in each group, as multiples of groups of one; what
 * a step costs when it keeps a digest and its change as well (reconciliation); and how fast rows
 * are gone through in order, beside a plain scan of the table. */
#include "adapter/sqlite/sqlite.h"
#include "bench/lib/report.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CODE "131016"

typedef enum extra {
    PLAIN,
    ERASING, /* a data key is destroyed in each group */
    KEEPING  /* a digest and its change are kept in each step */
} extra;

enum {
    RESIDENTS = 10000,
    ROWS = 200000,      /* of one municipality */
    ROWS_QUICK = 20000, /* when a line has less than a second */
    BUCKETS = 65536,
    SLICES = 7, /* of two that are compared, in turn */
    ENVELOPE_SIZE = 600,
    PERSON_SIZE = 400
};

typedef struct bench_run {
    jk_store *store;
    jk_status status; /* the first failure */
    uint64_t steps;
    uint64_t rows;
} bench_run;

static void keep(bench_run *run, jk_status status)
{
    if (run->status == JK_OK) {
        run->status = status;
    }
}

static void committed(void *arg, jk_status status)
{
    keep(arg, status);
}

static double now_s(void)
{
    return (double)report_now_ns() / 1e9;
}

static jk_token token_of(char mark, uint64_t number)
{
    jk_token token = {{0}};
    token.byte[0] = (uint8_t)mark;
    /* Scattered, as random ids are. */
    uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(token.byte + 8, &mixed, sizeof mixed);
    return token;
}

static jk_element_row element_of(uint64_t number)
{
    jk_element_row row = {.key = (number + 1) << 16 | 1};
    const jk_token mixed = token_of('e', number);
    memcpy(row.digest, mixed.byte, sizeof mixed.byte);
    memcpy(&row.bucket, mixed.byte + 8, sizeof row.bucket);
    row.bucket %= BUCKETS;
    return row;
}

static void keep_digest(bench_run *run, uint64_t number)
{
    const jk_store_ops *ops = run->store->ops;
    jk_element_row row = element_of(number * UINT64_C(7919) % run->rows);
    jk_element_row old = row;
    keep(run, ops->element_get(run->store, CODE, row.key, &old));
    row.digest[31] = (uint8_t)number;
    jk_change_row change = {.key = row.key, .bucket = row.bucket, .had = true, .has = true};
    memcpy(change.before, old.digest, sizeof change.before);
    memcpy(change.after, row.digest, sizeof change.after);
    keep(run, ops->element_put(run->store, CODE, &row));
    keep(run, ops->change_append(run->store, CODE, &change));
}

static void step(bench_run *run, bool destroy, bool keeping)
{
    static jk_outbox_row message;
    static jk_register_row person;
    const jk_store_ops *ops = run->store->ops;
    uint64_t number = ++run->steps;
    jk_inbox_row inbox = {.message_id = token_of('m', number), .link = token_of('l', 1)};
    jk_machine_row machine = {.machine = 7, .key = token_of('t', number), .size = 64};
    jk_timer_row timer = {.machine = 7, .key = machine.key, .duration_ms = 1000};
    keep(run, ops->step_begin(run->store, 0));
    keep(run, ops->inbox_put(run->store, &inbox));
    keep(run, ops->step_begin(run->store, 1));
    keep(run, ops->machine_put(run->store, &machine));
    person.resident = token_of('r', number % RESIDENTS);
    person.status = JK_REGISTER_CURRENT;
    person.size = PERSON_SIZE;
    keep(run, ops->register_put(run->store, &person));
    message.link = token_of('l', 2);
    message.sequence = number;
    message.message_id = token_of('o', number);
    message.size = ENVELOPE_SIZE;
    keep(run, ops->outbox_put(run->store, &message));
    keep(run, ops->timer_put(run->store, &timer));
    if (destroy) {
        static const uint8_t value[PERSON_SIZE] = {1};
        jk_data_key key = {.machine = 7, .key = machine.key, .name = "cert", .member = 0};
        keep(run, ops->data_put(run->store, &key, (jk_span){value, sizeof value}, true));
        keep(run, ops->data_key_destroy(run->store, 7, &machine.key));
    }
    if (keeping) {
        keep_digest(run, number);
    }
    keep(run, ops->step_keep(run->store, 1));
    keep(run, ops->step_keep(run->store, 0));
}

static double measure(bench_run *run, unsigned group, double seconds, extra with)
{
    uint64_t first = run->steps;
    double start = now_s();
    double end = start;
    while (run->status == JK_OK && end - start < seconds) {
        keep(run, run->store->ops->begin(run->store));
        for (unsigned i = 0; i < group; i++) {
            step(run, with == ERASING && i == 0, with == KEEPING);
        }
        /* The peer acknowledged what the groups before sent. */
        jk_token link = token_of('l', 2);
        keep(run, run->store->ops->outbox_delete_upto(run->store, &link, run->steps - group));
        run->store->ops->commit(run->store, committed, run);
        end = now_s();
    }
    return (double)(run->steps - first) / (end - start);
}

/* ---- a municipality's rows ---- */

static jk_token resident_of(uint64_t number)
{
    jk_token token = {{'r', ':'}};
    for (size_t i = 0; i < 11; i++, number /= 10) {
        token.byte[12 - i] = (uint8_t)('0' + number % 10);
    }
    return token;
}

static void fill(bench_run *run)
{
    static jk_episode_row episode = {.code = CODE, .open = true, .size = PERSON_SIZE};
    const jk_store_ops *ops = run->store->ops;
    keep(run, ops->begin(run->store));
    for (uint64_t i = 0; i < run->rows && run->status == JK_OK; i++) {
        const jk_element_row row = element_of(i);
        episode.resident = resident_of(i + 1);
        episode.epoch = 1;
        episode.seq = i;
        keep(run, ops->episode_put(run->store, &episode));
        keep(run, ops->element_put(run->store, CODE, &row));
    }
    ops->commit(run->store, committed, run);
}

/* Every row and all its bytes, in the order of the table. */
static uint64_t scan_plainly(bench_run *run, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *all = NULL;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT * FROM episode", -1, &all, NULL) == SQLITE_OK) {
        while (sqlite3_step(all) == SQLITE_ROW) {
            static uint8_t person[PERSON_SIZE];
            const int size = sqlite3_column_bytes(all, 7);
            memcpy(person, sqlite3_column_blob(all, 7),
                   (size_t)size < sizeof person ? (size_t)size : sizeof person);
            bytes += person[0] + (uint64_t)sqlite3_column_bytes(all, 0) +
                     (uint64_t)sqlite3_column_int64(all, 8);
            rows++;
        }
    }
    (void)sqlite3_finalize(all);
    (void)sqlite3_close(db);
    keep(run, rows == run->rows && bytes > 0 ? JK_OK : JK_E_STORE);
    return rows;
}

static uint64_t scan_episodes(bench_run *run)
{
    static jk_episode_row row;
    uint64_t rows = 0;
    jk_token after = {{0}};
    while (run->store->ops->episode_next(run->store, CODE, rows == 0 ? NULL : &after, row.epoch,
                                         &row) == JK_OK) {
        after = row.resident;
        rows++;
    }
    keep(run, rows == run->rows ? JK_OK : JK_E_STORE);
    return rows;
}

static uint64_t scan_elements(bench_run *run)
{
    jk_element_row row = {.key = 0};
    uint64_t rows = 0;
    while (run->store->ops->element_next(run->store, CODE, row.key, &row) == JK_OK) {
        rows++;
    }
    keep(run, rows == run->rows ? JK_OK : JK_E_STORE);
    return rows;
}

static uint64_t scan_buckets(bench_run *run)
{
    enum {
        MOST = 400
    };

    static jk_element_row rows[MOST];
    uint64_t found = 0;
    for (uint32_t bucket = 0; bucket < BUCKETS && run->status == JK_OK; bucket++) {
        size_t count = 0;
        keep(run, run->store->ops->element_bucket(run->store, CODE, bucket, rows, MOST, &count));
        found += count;
    }
    keep(run, found == run->rows ? JK_OK : JK_E_STORE);
    return found;
}

static void report_scans(bench_run *run, const char *path)
{
    double rates[4][SLICES];
    keep(run, run->store->ops->begin(run->store)); /* as a step does */
    for (size_t i = 0; i < SLICES && run->status == JK_OK; i++) {
        double begun = now_s();
        for (size_t k = 0; k < 4; k++) {
            const uint64_t rows = k == 0   ? scan_plainly(run, path)
                                  : k == 1 ? scan_episodes(run)
                                  : k == 2 ? scan_elements(run)
                                           : scan_buckets(run);
            const double end = now_s();
            rates[k][i] = (double)rows / (end - begun);
            begun = end;
        }
    }
    run->store->ops->rollback(run->store);
    static const char *const names[] = {"store.scan", "store.scan.episodes", "store.scan.elements",
                                        "store.scan.buckets"};
    double plain = 0;
    for (size_t k = 0; k < 4 && run->status == JK_OK; k++) {
        const double rate = report_median(rates[k], SLICES);
        plain = k == 0 ? rate : plain;
        report_info(names[k], k == 0 ? rate : rate / plain, k == 0 ? "rows/s" : "x scan");
    }
}

/* The two in turn, so that a disk that grows slower slows both. */
static void report_keeping(bench_run *run, const char *name, unsigned group, double seconds)
{
    double plain[SLICES];
    double keeping[SLICES];
    for (size_t i = 0; i < SLICES && run->status == JK_OK; i++) {
        plain[i] = measure(run, group, seconds / SLICES, PLAIN);
        keeping[i] = measure(run, group, seconds / SLICES, KEEPING);
    }
    if (run->status == JK_OK) {
        report_info(name, report_median(keeping, SLICES) / report_median(plain, SLICES),
                    "x without");
    }
}

/* ---- report ---- */

static int report(bench_run *run, const char *path, double seconds)
{
    static const struct {
        const char *name;
        unsigned group;
        extra with;
    } lines[] = {{"store.group_1", 1, PLAIN},
                 {"store.group_8", 8, PLAIN},
                 {"store.group_64", 64, PLAIN},
                 {"store.group_64_erasing", 64, ERASING}};

    double rates[sizeof lines / sizeof lines[0]];
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && run->status == JK_OK; i++) {
        rates[i] = measure(run, lines[i].group, seconds, lines[i].with);
        report_info(lines[i].name, i == 0 ? rates[i] : rates[i] / rates[0],
                    i == 0 ? "steps/s" : "x group_1");
    }
    run->rows = seconds < 1 ? ROWS_QUICK : ROWS;
    fill(run);
    report_keeping(run, "store.keeping_1", 1, seconds);
    report_keeping(run, "store.keeping_64", 64, seconds);
    report_scans(run, path);
    if (run->status != JK_OK) {
        (void)fprintf(stderr, "bench_store: %s: %s\n", jk_status_name(run->status),
                      run->store->fault.text);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    if (argc > 3) {
        (void)fprintf(stderr, "usage: bench_store [seconds per line [folder]]\n");
        return 2;
    }
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2.0;
    char folder[400];
    char path[420];
    (void)snprintf(folder, sizeof folder, "%s/bench_store_XXXXXX", argc > 2 ? argv[2] : "/tmp");
    if (mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "bench_store: no folder %s\n", folder);
        return 2;
    }
    (void)snprintf(path, sizeof path, "%s/node.db", folder);
    jk_sqlite_options options = {.node = {.role = JK_ROLE_CS, .code = "131016"}};
    bench_run run = {.status = JK_OK};
    jk_fault fault = {.status = JK_OK};
    int result = 2;
    if (jk_sqlite_open(path, &options, &run.store, &fault) == JK_OK) {
        result = report(&run, path, seconds);
        jk_sqlite_close(run.store);
    } else {
        (void)fprintf(stderr, "bench_store: %s\n", fault.text);
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[440];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
    return result;
}
