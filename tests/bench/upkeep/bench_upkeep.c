/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation costs a node whose people lie in a SQLite file: a durable step that changes a
 * record with and without upkeep of its digest, all digests anew, sketch and tree from them, the
 * catch-up before a round, and a scrub beside a raw scan of the table.
 *
 * Two municipalities have the same residents; one has an epoch key, the other none. */
#include "adapter/sqlite/sqlite.h"
#include "bench/lib/report.h"
#include "juki/codec.h"
#include "names.h"
#include "node/person.h"
#include "sim/population.h"
#include "step/upkeep.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYED "141003"
#define PLAIN "131016"

enum {
    RESIDENTS_MAX = 4000000,
    GROUP = 64,
    GROUPS = 60,
    FILL = 4096, /* rows of a commit */
    SCRUB = 4096,
    SCANS = 3,
    CHANGES = 1000,
    ENVELOPE_SIZE = 600
};

typedef struct bench {
    char path[512];
    jk_store *store;
    jk_engine *engine;
    jk_clock clock;
    uint64_t residents;
    uint64_t steps;
    jk_token *who; /* residents */
    jk_wire_Person person;
    jk_episode_row row;
    double h; /* seconds */
    jk_status status;
    volatile uint8_t seen; /* of what a scan reads, so that it is read */
} bench;

static int64_t still(jk_clock *clock)
{
    (void)clock;
    return 20000;
}

static void *take(void *arg, size_t size)
{
    (void)arg;
    return malloc(size);
}

static void give(void *arg, void *block)
{
    (void)arg;
    free(block);
}

static bool good(bench *b, jk_status status)
{
    if (b->status == JK_OK) {
        b->status = status;
    }
    return b->status == JK_OK;
}

static void committed(void *arg, jk_status status)
{
    (void)good(arg, status);
}

static bool commit(bench *b)
{
    b->store->ops->commit(b->store, committed, b);
    jk_compare_settle(b->engine);
    return b->status == JK_OK;
}

/* ---- the file ---- */

static bool open_file(bench *b, const char *folder)
{
    jk_fault fault = {.status = JK_OK};
    const jk_sqlite_options options = {.node = {.role = JK_ROLE_PREFECTURE, .code = "140007"}};
    (void)snprintf(b->path, sizeof b->path, "%s/bench-upkeep.%ld.db", folder, (long)getpid());
    b->clock = (jk_clock){still, still, still};
    b->engine = malloc(jk_engine_size());
    b->who = calloc(b->residents, sizeof *b->who);
    if (b->engine == NULL || b->who == NULL ||
        !good(b, jk_sqlite_open(b->path, &options, &b->store, &fault))) {
        return false;
    }
    const jk_step_config config = {
        .self = options.node, .store = b->store, .clock = &b->clock, .memory = {take, give, NULL}};
    return good(b, jk_engine_init(b->engine, &config));
}

static void close_file(bench *b)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
    if (b->store != NULL && b->engine != NULL) {
        jk_engine_close(b->engine);
    }
    jk_sqlite_close(b->store);
    free(b->engine);
    free(b->who);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char path[528];
        (void)snprintf(path, sizeof path, "%s%s", b->path, ends[i]);
        (void)unlink(path);
    }
}

/* The row of a resident's only episode, in the municipality that is asked for. */
static bool put_person(bench *b, const jk_person *person, const char *code)
{
    jk_episode_row *row = &b->row;
    memset(row, 0, offsetof(jk_episode_row, person));
    row->resident = jk_token_of_resident(person->resident_code);
    memcpy(row->code, code, sizeof row->code);
    row->epoch = 1;
    row->open = true;
    row->change_day = INT64_MIN;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    jk_wire_of_person(person, &b->person);
    if (!good(b, jk_codec_encode(&jk_wire_type_Person, &b->person, NULL, &bytes, NULL))) {
        return false;
    }
    row->size = bytes.size;
    return good(b, jk_episode_change(b->engine, row));
}

static bool fill(bench *b, const char *code)
{
    static jk_person person;
    static jk_population people;
    const char *codes[] = {KEYED};
    const jk_population_options options = {
        .seed = 1, .codes = codes, .code_count = 1, .residents = b->residents};
    if (!good(b, jk_population_open(&people, &options))) {
        return false;
    }
    for (uint64_t i = 0; i < b->residents; i++) {
        if (i % FILL == 0 && !good(b, b->store->ops->begin(b->store))) {
            return false;
        }
        if (!jk_population_next(&people, &person) || !put_person(b, &person, code)) {
            return false;
        }
        b->who[i] = b->row.resident;
        if ((i % FILL == FILL - 1 || i + 1 == b->residents) && !commit(b)) {
            return false;
        }
    }
    return true;
}

static double pages(bench *b)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *count = NULL;
    double bytes = 0;
    if (sqlite3_open_v2(b->path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "SELECT page_count * page_size FROM pragma_page_count,"
                           " pragma_page_size",
                           -1, &count, NULL) == SQLITE_OK &&
        sqlite3_step(count) == SQLITE_ROW) {
        bytes = sqlite3_column_double(count, 0);
    }
    (void)sqlite3_finalize(count);
    (void)sqlite3_close(db);
    return bytes;
}

/* ---- times ---- */

static void measure_h(bench *b)
{
    enum {
        EACH = 20000
    };

    uint8_t record[300] = {1};
    uint8_t digest[32];
    const uint64_t start = report_cpu_ns();
    for (int i = 0; i < EACH; i++) {
        (void)crypto_generichash_blake2b(digest, sizeof digest, record, sizeof record, NULL, 0);
        record[0] = digest[0];
    }
    b->h = (double)(report_cpu_ns() - start) / EACH / 1e9;
}

/* Every column of every row as it lies in the file, by another connection: the least of some scans,
 * as the part of one municipality. */
static bool scan(bench *b, double *seconds)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *all = NULL;
    uint64_t rows = 0;
    uint8_t seen = 0;
    bool ok = sqlite3_open_v2(b->path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(db, "SELECT * FROM episode", -1, &all, NULL) == SQLITE_OK;
    *seconds = 1e9;
    for (int i = 0; ok && i < SCANS; i++) {
        const uint64_t start = report_cpu_ns();
        for (rows = 0; sqlite3_step(all) == SQLITE_ROW; rows++) {
            for (int k = 0; k < sqlite3_column_count(all); k++) {
                const uint8_t *bytes = sqlite3_column_blob(all, k);
                seen ^= bytes != NULL ? bytes[0] : 0;
            }
        }
        const double took = (double)(report_cpu_ns() - start) / 1e9 / 2;
        *seconds = took < *seconds ? took : *seconds;
        (void)sqlite3_reset(all);
    }
    (void)sqlite3_finalize(all);
    (void)sqlite3_close(db);
    b->seen = seen;
    return ok && rows == 2 * b->residents;
}

static bool scrub(bench *b, double *seconds)
{
    *seconds = 1e9;
    for (int i = 0; i < SCANS; i++) {
        jk_scrub_report report = {.done = false};
        uint64_t rows = 0;
        const uint64_t start = report_cpu_ns();
        while (!report.done) {
            if (!good(b, jk_engine_scrub(b->engine, KEYED, SCRUB, &report)) ||
                !good(b, jk_engine_flush(b->engine)) || report.damaged > 0) {
                return false;
            }
            rows += report.rows;
        }
        const double took = (double)(report_cpu_ns() - start) / 1e9;
        *seconds = took < *seconds ? took : *seconds;
        if (rows != b->residents) {
            return false;
        }
    }
    return true;
}

/* All digests under a new key, then sketch and tree. */
static bool tell_digests(bench *b)
{
    const uint8_t key[JK_RECON_KEY_SIZE] = {7};
    const jk_side *side = NULL;
    const double before = pages(b);
    uint64_t start = report_cpu_ns();
    if (!good(b, b->store->ops->begin(b->store)) ||
        !good(b, jk_compare_rekey(b->engine, KEYED, key)) || !commit(b)) {
        return false;
    }
    const double n = (double)b->residents;
    report_info("upkeep.rekey", (double)(report_cpu_ns() - start) / 1e3 / n, "us/resident");
    report_info("upkeep.disk", (pages(b) - before) / n, "bytes/resident");
    start = report_cpu_ns();
    if (!good(b, jk_compare_side(b->engine, KEYED, true, &side))) {
        return false;
    }
    report_info("upkeep.build", (double)(report_cpu_ns() - start) / 1e3 / n, "us/resident");
    return side->tree->count == b->residents;
}

static bool tell_scrub(bench *b)
{
    double raw = 0;
    double took = 0;
    if (!scan(b, &raw) || !scrub(b, &took)) {
        return false;
    }
    report_line("upkeep.scrub_ratio", raw / took, "raw scan/scrub", REPORT_AT_LEAST, 0.7);
    report_info("upkeep.scan", raw * 1e6 / (double)b->residents, "us/resident");
    report_info("upkeep.scrub", took * 1e6 / (double)b->residents, "us/resident");
    return true;
}

static jk_token token_of(char mark, uint64_t number)
{
    jk_token token = {{(uint8_t)mark}};
    const uint64_t mixed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(token.byte + 8, &mixed, sizeof mixed);
    return token;
}

/* What a step writes that takes a log entry: inbox, machine, episode, the entry forwarded. */
static bool step(bench *b, const char *code)
{
    static jk_outbox_row message;
    const jk_store_ops *ops = b->store->ops;
    const uint64_t number = ++b->steps;
    const jk_token *who = &b->who[number * 7919 % b->residents];
    const jk_inbox_row inbox = {.message_id = token_of('m', number), .link = token_of('l', 1)};
    jk_machine_row machine = {.machine = 7, .key = *who, .size = 64};
    bool ok = good(b, ops->step_begin(b->store, 0)) && good(b, ops->inbox_put(b->store, &inbox)) &&
              good(b, ops->step_begin(b->store, 1)) &&
              good(b, ops->machine_put(b->store, &machine)) &&
              good(b, ops->episode_get(b->store, who, code, 1, &b->row));
    b->row.seq = number;
    message.link = token_of('l', 2);
    message.sequence = number;
    message.message_id = token_of('o', number);
    message.size = ENVELOPE_SIZE;
    ok = ok && good(b, jk_episode_change(b->engine, &b->row)) &&
         good(b, ops->outbox_put(b->store, &message)) && good(b, ops->step_keep(b->store, 1)) &&
         good(b, ops->step_keep(b->store, 0));
    return ok;
}

static bool group(bench *b, const char *code, double *wall, double *cpu)
{
    const uint64_t start = report_now_ns();
    const uint64_t start_cpu = report_cpu_ns();
    bool ok = good(b, b->store->ops->begin(b->store));
    for (int i = 0; ok && i < GROUP; i++) {
        ok = step(b, code);
    }
    ok = ok && commit(b);
    *wall = (double)(report_now_ns() - start) / 1e3 / GROUP;
    *cpu = (double)(report_cpu_ns() - start_cpu) / 1e3 / GROUP;
    return ok;
}

/* Groups with and without upkeep take turns. */
static bool tell_steps(bench *b)
{
    double wall[2][GROUPS];
    double cpu[2][GROUPS];
    for (int i = 0; i < GROUPS; i++) {
        if (!group(b, PLAIN, &wall[0][i], &cpu[0][i]) ||
            !group(b, KEYED, &wall[1][i], &cpu[1][i])) {
            return false;
        }
    }
    measure_h(b);
    const double plain = report_median(wall[0], GROUPS);
    const double plain_cpu = report_median(cpu[0], GROUPS);
    const double more_cpu = report_median(cpu[1], GROUPS) - plain_cpu;
    report_info("upkeep.step", plain, "us, without upkeep");
    report_line("upkeep.step_ratio", report_median(wall[1], GROUPS) / plain, "with/without upkeep",
                REPORT_AT_MOST, 1.1);
    report_info("upkeep.step_processor", more_cpu, "us of the processor more");
    report_info("upkeep.step_h", more_cpu / 1e6 / b->h, "h/update, rows and digest");
    return true;
}

/* Sketch and tree after so many changes. */
static bool tell_catch_up(bench *b)
{
    const jk_side *side = NULL;
    double wall = 0;
    double cpu = 0;
    if (!good(b, jk_compare_side(b->engine, KEYED, true, &side))) {
        return false;
    }
    for (int i = 0; i < CHANGES / GROUP; i++) {
        if (!group(b, KEYED, &wall, &cpu)) {
            return false;
        }
    }
    const uint64_t start = report_cpu_ns();
    if (!good(b, jk_compare_side(b->engine, KEYED, true, &side))) {
        return false;
    }
    const double took = (double)(report_cpu_ns() - start) / 1e3 / (CHANGES / GROUP * GROUP);
    report_info("upkeep.catch_up", took, "us/update, 960 at once");
    report_info("upkeep.catch_up_h", took / 1e6 / b->h, "h/update");
    return true;
}

int main(int argc, char **argv)
{
    static bench b;
    b.residents = report_count(argc, argv, 1, 100000, RESIDENTS_MAX);
    const char *folder = argc > 2 ? argv[2] : ".";
    if (argc > 3 || b.residents < CHANGES || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: bench_upkeep [residents from 1000 [folder]]\n");
        return 2;
    }
    const bool ok = open_file(&b, folder) && fill(&b, PLAIN) && fill(&b, KEYED) &&
                    tell_digests(&b) && tell_scrub(&b) && tell_steps(&b) && tell_catch_up(&b);
    close_file(&b);
    if (!ok) {
        (void)fprintf(stderr, "bench_upkeep: it could not be measured: %s\n",
                      jk_status_name(b.status));
    }
    return ok ? 0 : 1;
}
