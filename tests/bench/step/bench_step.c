/* SPDX-License-Identifier: Apache-2.0 */
/* Durable steps of a CS against a bare program that runs exactly the recorded statements, with the
 * same values, groups and checkpoints, on a copy of the same file.  The two take turns in one run;
 * what is told is the median of the pairs' ratios.  Sealing and opening certificates is measured
 * inside the engine's run and taken off; it is printed apart. */
#include "adapter/sqlite/sqlite.h"
#include "bench/lib/report.h"
#include "bench/lib/stream.h"
#include "bench/step/statements.h"
#include "channel/random.h"
#include "channel/seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAIRS_MAX = 99,
    HOUSEHOLDS_MAX = 5000,
    SEED = 11
};

typedef struct bench {
    stream *stream;
    statements *statements;
    jk_random random;
    uint64_t sent; /* records that the engine handed to the channel */
    uint64_t logged;
    char first[512];  /* the database before anything happens */
    char engine[512]; /* the engine's, the bare program's */
    char bare[512];
} bench;

/* One timed run. */
typedef struct timed {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t seal_ns;
} timed;

/* ---- the cost of sealing: the linker puts these before the channel's functions ---- */

static uint64_t seal_ns;
static uint64_t seal_count;

jk_status __real_jk_seal(const jk_seal_context *context, const jk_seal_keys *keys, jk_span data,
                         uint8_t *sealed, size_t capacity, size_t *size);
jk_status __wrap_jk_seal(const jk_seal_context *context, const jk_seal_keys *keys, jk_span data,
                         uint8_t *sealed, size_t capacity, size_t *size);
jk_status __real_jk_seal_open(const jk_seal_context *context, const jk_open_keys *keys,
                              jk_span sealed, uint8_t *data, size_t capacity, size_t *size);
jk_status __wrap_jk_seal_open(const jk_seal_context *context, const jk_open_keys *keys,
                              jk_span sealed, uint8_t *data, size_t capacity, size_t *size);

jk_status __wrap_jk_seal(const jk_seal_context *context, const jk_seal_keys *keys, jk_span data,
                         uint8_t *sealed, size_t capacity, size_t *size)
{
    uint64_t start = report_now_ns();
    jk_status status = __real_jk_seal(context, keys, data, sealed, capacity, size);
    seal_ns += report_now_ns() - start;
    seal_count++;
    return status;
}

jk_status __wrap_jk_seal_open(const jk_seal_context *context, const jk_open_keys *keys,
                              jk_span sealed, uint8_t *data, size_t capacity, size_t *size)
{
    uint64_t start = report_now_ns();
    jk_status status = __real_jk_seal_open(context, keys, sealed, data, capacity, size);
    seal_ns += report_now_ns() - start;
    seal_count++;
    return status;
}

/* ---- files ---- */

static void remove_database(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[520];
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
}

/* A fresh copy that the disk has already, so that no run pays for another's writing. */
static bool copy_file(const char *from, const char *to)
{
    static char bytes[65536];
    remove_database(to);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = in >= 0 && out >= 0;
    ssize_t size = 0;
    while (ok && (size = read(in, bytes, sizeof bytes)) > 0) {
        ok = write(out, bytes, (size_t)size) == size;
    }
    ok = ok && size == 0 && fsync(out) == 0;
    ok = (in < 0 || close(in) == 0) && ok;
    return (out < 0 || close(out) == 0) && ok;
}

static bool log_is_empty(const char *path)
{
    char name[520];
    struct stat about;
    (void)snprintf(name, sizeof name, "%s-wal", path);
    return stat(name, &about) != 0 || about.st_size == 0;
}

static bool open_store(const bench *b, const char *path, jk_store **store)
{
    jk_sqlite_options options = {.node = *stream_self(b->stream)};
    jk_fault fault = {.status = JK_OK};
    if (jk_sqlite_open(path, &options, store, &fault) != JK_OK) {
        (void)fprintf(stderr, "bench_step: %s\n", fault.text);
        return false;
    }
    return true;
}

/* ---- the engine's run ---- */

typedef struct counting_link {
    jk_link port;
    uint64_t *sent;
} counting_link;

static void link_message(jk_link *link, const jk_node_id *peer, uint64_t link_epoch,
                         uint64_t sequence, jk_span bytes)
{
    (void)peer;
    (void)link_epoch;
    (void)sequence;
    (void)bytes;
    ++*((counting_link *)link)->sent;
}

static void link_ack(jk_link *link, const jk_node_id *peer, uint64_t next, uint32_t credit)
{
    (void)peer;
    (void)next;
    (void)credit;
    ++*((counting_link *)link)->sent;
}

static void link_nack(jk_link *link, const jk_node_id *peer, uint64_t sequence, uint16_t rule)
{
    (void)peer;
    (void)sequence;
    (void)rule;
    ++*((counting_link *)link)->sent;
}

static void count_log(void *arg, const jk_step_record *record)
{
    (void)record;
    ++*(uint64_t *)arg;
}

static bool start_engine(bench *b, jk_store *store, counting_link *link, jk_engine *engine)
{
    *link = (counting_link){{link_message, link_ack, link_nack}, &b->sent};
    jk_step_config config = {
        .self = *stream_self(b->stream),
        .store = store,
        .link = &link->port,
        .clock = stream_clock(b->stream),
        .random = &b->random,
        .keys = stream_keys(b->stream),
        .periods = jk_legal_periods_default(),
        .verify_due_ms = 30000,
        .cert_due_ms = 60000,
        .notice_due_ms = 86400000,
        .card_due_ms = 86400000,
        .status_due_ms = 86400000,
        .resend_ms = 200,
        .log = count_log,
        .log_arg = &b->logged,
    };
    return jk_engine_init(engine, &config) == JK_OK;
}

/* Feeds the whole stream.  While recording, looks after every group whether the log was emptied. */
static bool feed(const bench *b, jk_engine *engine, bool recording)
{
    for (size_t i = 0; i < stream_count(b->stream); i++) {
        const stream_record *record = stream_at(b->stream, i);
        jk_status status = stream_feed(record, engine);
        if (status != JK_OK) {
            (void)fprintf(stderr, "bench_step: record %zu: %s\n", i, jk_status_name(status));
            return false;
        }
        if (recording && record->kind == STREAM_COMMIT && log_is_empty(b->engine)) {
            statements_emptied(b->statements);
        }
    }
    return true;
}

static bool run_engine(bench *b, bool recording, timed *t)
{
    counting_link link;
    jk_store *store = NULL;
    jk_engine *engine = malloc(jk_engine_size());
    bool ok = engine != NULL && copy_file(b->first, b->engine) && open_store(b, b->engine, &store);
    if (ok && recording) {
        statements_opened(b->statements);
    }
    ok = ok && start_engine(b, store, &link, engine);
    seal_ns = 0;
    seal_count = 0;
    uint64_t cpu_ns = report_cpu_ns();
    uint64_t wall_ns = report_now_ns();
    ok = ok && feed(b, engine, recording);
    *t = (timed){report_now_ns() - wall_ns, report_cpu_ns() - cpu_ns, seal_ns};
    jk_sqlite_close(store);
    free(engine);
    return ok;
}

static bool run_bare(const bench *b, timed *t)
{
    if (!copy_file(b->first, b->bare)) {
        return false;
    }
    bare *program = bare_open(b->statements, b->bare);
    if (program == NULL) {
        return false;
    }
    uint64_t cpu_ns = report_cpu_ns();
    uint64_t wall_ns = report_now_ns();
    bool ok = bare_run(program);
    *t = (timed){report_now_ns() - wall_ns, report_cpu_ns() - cpu_ns, 0};
    bare_close(program);
    return ok;
}

/* ---- what is told ---- */

static double per_s(size_t steps, double ns)
{
    return (double)steps * 1e9 / ns;
}

static void tell(const bench *b, const timed *engine, const timed *plain, size_t pairs)
{
    double ratio[PAIRS_MAX];
    double whole[PAIRS_MAX];
    double processor[PAIRS_MAX];
    double engine_ns[PAIRS_MAX];
    double bare_ns[PAIRS_MAX];
    double sealing_ns[PAIRS_MAX];
    for (size_t i = 0; i < pairs; i++) {
        sealing_ns[i] = (double)engine[i].seal_ns;
        engine_ns[i] = (double)engine[i].wall_ns - sealing_ns[i];
        bare_ns[i] = (double)plain[i].wall_ns;
        ratio[i] = bare_ns[i] / engine_ns[i];
        whole[i] = bare_ns[i] / (double)engine[i].wall_ns;
        processor[i] = (double)plain[i].cpu_ns / ((double)engine[i].cpu_ns - sealing_ns[i]);
    }
    size_t steps = stream_count(b->stream) - stream_groups(b->stream);
    report_line("step.ratio", report_median(ratio, pairs), "bare/engine time", REPORT_AT_LEAST,
                0.7);
    report_info("step.engine", per_s(steps, report_median(engine_ns, pairs)), "steps/s");
    report_info("step.bare", per_s(steps, report_median(bare_ns, pairs)), "steps/s");
    report_info("step.ratio_processor", report_median(processor, pairs), "bare/engine cpu time");
    report_info("step.ratio_with_sealing", report_median(whole, pairs), "bare/engine time");
    report_info("step.sealing", report_median(sealing_ns, pairs) / (double)seal_count / 1000,
                "us/certificate");
    report_info("step.group", (double)steps / (double)stream_groups(b->stream), "steps/commit");
    report_info("step.statements", (double)statements_count(b->statements) / (double)steps,
                "statements/step");
    report_info("step.erasures",
                (double)statements_emptied_count(b->statements) / (double)stream_groups(b->stream),
                "log emptied/commit");
}

static bool make_first(bench *b)
{
    jk_store *store = NULL;
    bool ok = open_store(b, b->first, &store) && stream_populate(b->stream, store);
    jk_sqlite_close(store); /* the last connection takes the log along */
    return ok;
}

static bool measure(bench *b, size_t pairs)
{
    static timed engine[PAIRS_MAX];
    static timed plain[PAIRS_MAX];
    timed recorded;
    bool ok = make_first(b) && statements_arm(b->statements) && run_engine(b, true, &recorded);
    statements_disarm(b->statements);
    ok = ok && statements_complete(b->statements) && run_bare(b, &plain[0]);
    if (ok && !bare_same(b->engine, b->bare)) {
        (void)fprintf(stderr, "bench_step: the bare program left another database\n");
        ok = false;
    }
    for (size_t i = 0; ok && i < pairs; i++) {
        ok = i % 2 == 0 ? run_engine(b, false, &engine[i]) && run_bare(b, &plain[i])
                        : run_bare(b, &plain[i]) && run_engine(b, false, &engine[i]);
    }
    if (ok) {
        tell(b, engine, plain, pairs);
    }
    return ok;
}

int main(int argc, char **argv)
{
    unsigned households = report_count(argc, argv, 1, 400, HOUSEHOLDS_MAX);
    unsigned pairs = report_count(argc, argv, 2, 9, PAIRS_MAX);
    if (argc > 4 || households == 0 || pairs == 0) {
        (void)fprintf(stderr, "usage: bench_step [households [pairs [folder]]]\n");
        return 2;
    }
    char folder[400];
    (void)snprintf(folder, sizeof folder, "%s/bench_step_XXXXXX", argc > 3 ? argv[3] : "/tmp");
    if (mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "bench_step: no folder %s\n", folder);
        return 2;
    }
    bench b = {.stream = NULL};
    (void)snprintf(b.first, sizeof b.first, "%s/first.db", folder);
    (void)snprintf(b.engine, sizeof b.engine, "%s/engine.db", folder);
    (void)snprintf(b.bare, sizeof b.bare, "%s/bare.db", folder);
    bool ok = jk_random_system_init(&b.random) == JK_OK;
    b.stream = ok ? stream_record_moves(households, SEED) : NULL;
    b.statements = statements_new();
    ok = b.stream != NULL && b.statements != NULL && measure(&b, pairs);
    if (!ok) {
        (void)fprintf(stderr, "bench_step: it could not be measured\n");
    }
    statements_free(b.statements);
    stream_free(b.stream);
    remove_database(b.first);
    remove_database(b.engine);
    remove_database(b.bare);
    (void)rmdir(folder);
    return ok ? 0 : 1;
}
