/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation costs, in bytes and in time, beside other methods on the same sets;
 * processor time as multiples of h, one BLAKE2b-256 of a record of 300 bytes in the same run.
 * With a path the whole comparison is written as CSV, for plot.py. */
#include "bench/lib/report.h"
#include "methods.h"
#include "unit/reconcile/lib.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIFFERENCES_MAX = 100000,
    RESIDENTS_MAX = 4000000,
    ROUNDS_MAX = 10000,
    RECORD = 300,
    QUICK = 100,     /* fewer rounds: only whether it works */
    MEDIAN = 7,      /* runs of a time */
    CHANGES = 4096,  /* updates of a run */
    SKETCH = 1 << 18 /* cells of the drawn rounds */
};

typedef struct bench {
    unsigned residents;
    unsigned rounds;
    jk_recon_keys keys;
    lib_random random;
    lib_memory memory;
    double h; /* seconds */
    lib_set cs;
    lib_set server;
    method_item *items; /* by place */
} bench;

/* ---- sets ---- */

/* As many different keys as one likes, from a random one on. */
static uint64_t another_key(uint64_t from, uint64_t i)
{
    uint64_t code = (from + i * UINT64_C(7777777777)) % UINT64_C(99999999999);
    return (code + 1) << 16 | 1;
}

static int by_place(const void *a, const void *b)
{
    const method_item *x = a;
    const method_item *y = b;
    return x->place < y->place ? -1 : x->place > y->place;
}

static bool open_sets(bench *b, size_t count)
{
    jk_element *elements = calloc(count, sizeof *elements);
    uint8_t depth = jk_tree_depth(count);
    b->items = calloc(count, sizeof *b->items);
    if (elements == NULL || b->items == NULL) {
        free(elements);
        return false;
    }
    lib_memory_open(&b->memory, 0);
    lib_set_open(&b->cs, &b->keys, depth, JK_CELLS_KEPT, count);
    lib_set_open(&b->server, &b->keys, depth, JK_CELLS_KEPT, count);
    for (size_t i = 0; i < count; i++) {
        elements[i] = (jk_element){another_key(0, i), lib_digest(&b->random)};
    }
    lib_set_build(&b->cs, elements, count);
    lib_set_build(&b->server, elements, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t key = b->cs.items[i].key;
        jk_digest digest = b->cs.items[i].digest;
        b->items[i] = (method_item){jk_element_place(&b->keys, key), key, digest, digest};
    }
    qsort(b->items, count, sizeof *b->items, by_place);
    free(elements);
    return true;
}

static void close_sets(bench *b)
{
    lib_set_close(&b->cs);
    lib_set_close(&b->server);
    free(b->items);
    b->items = NULL;
}

/* Changes residents at the server until `differences` differ; they only become more. */
static void differ(bench *b, size_t count, size_t from, size_t differences)
{
    for (size_t i = from; i < differences; i++) {
        /* Spread over all places. */
        method_item *item = &b->items[(i * 7919 + 13) % count];
        item->theirs = lib_digest(&b->random);
        lib_set_put(&b->server, item->key, &item->theirs);
    }
}

/* ---- ours ---- */

/* The fewest cells that decode, and the time for decoding them. */
static bool right_cells(bench *b, size_t differences, uint32_t *cells, double *seconds)
{
    uint32_t most = jk_round_cells((uint32_t)differences) * 2 + 100;
    jk_cell *difference = calloc(most, sizeof *difference);
    if (difference == NULL) {
        return false;
    }
    uint64_t from = lib_below(&b->random, UINT64_C(99999999999));
    for (size_t i = 0; i < differences; i++) {
        uint64_t key = another_key(from, i);
        jk_cells_add(difference, 0, most, jk_element_place(&b->keys, key), key,
                     1 + lib_below(&b->random, JK_PRIME - 1));
    }
    uint32_t low = 1;
    uint32_t high = most;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        jk_candidates found;
        uint64_t start = report_cpu_ns();
        if (jk_decode(&b->keys, difference, middle, &b->memory.port, &found, NULL) == JK_OK) {
            *seconds = (double)(report_cpu_ns() - start) / 1e9;
            jk_candidates_free(&found, &b->memory.port);
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    free(difference);
    *cells = low;
    return low < most;
}

/* A whole round of the two sets, from the opening to the verdict. */
static bool whole_round(bench *b, size_t differences, uint32_t history, method_result *out)
{
    jk_side cs = lib_set_side(&b->cs, &b->memory);
    jk_side server = lib_set_side(&b->server, &b->memory);
    jk_round_message question;
    jk_round_message answer;
    jk_answer server_side;
    jk_ask ask;
    memset(out, 0, sizeof *out);
    uint64_t start = report_cpu_ns();
    jk_answer_begin(&server_side, &server, 1, 1);
    jk_status status = jk_ask_open(&ask, &cs, 1, 1, history, &question);
    while (status == JK_OK && ask.state != JK_ASK_DONE) {
        out->bytes += jk_round_size(&question);
        out->trips++;
        status = jk_answer_take(&server_side, &question, &answer);
        if (status == JK_OK) {
            out->bytes += jk_round_size(&answer);
            status = jk_ask_take(&ask, &answer, &question);
        }
    }
    out->seconds = (double)(report_cpu_ns() - start) / 1e9;
    out->found = ask.verdict.count;
    bool right = status == JK_OK && ask.verdict.confirmed && out->found == differences;
    jk_ask_close(&ask);
    jk_answer_close(&server_side);
    return right;
}

/* ---- time ---- */

static double measure_h(bench *b)
{
    enum {
        TIMES = 9,
        EACH = 20000
    };

    uint8_t record[RECORD] = {1};
    uint8_t digest[32];
    double runs[TIMES];
    for (int run = 0; run < TIMES; run++) {
        uint64_t start = report_cpu_ns();
        for (int i = 0; i < EACH; i++) {
            (void)crypto_generichash_blake2b(digest, sizeof digest, record, sizeof record, NULL, 0);
            record[0] = digest[0];
        }
        runs[run] = (double)(report_cpu_ns() - start) / EACH / 1e9;
    }
    b->h = report_median(runs, TIMES);
    return b->h;
}

static bool tell_decoding(bench *b)
{
    static const struct {
        size_t differences;
        const char *name;
        double target;
        unsigned runs;
    } lines[] = {{1000, "reconcile.decode_1000", 4000, 9},
                 {100000, "reconcile.decode_100000", 200000, 3}};

    for (size_t i = 0; i < (b->rounds < QUICK ? 1 : 2); i++) {
        double runs[9];
        for (unsigned run = 0; run < lines[i].runs; run++) {
            uint32_t cells = 0;
            double seconds = 0;
            (void)measure_h(b);
            if (!right_cells(b, lines[i].differences, &cells, &seconds)) {
                return false;
            }
            runs[run] = seconds / b->h;
        }
        report_line(lines[i].name, report_median(runs, lines[i].runs), "h", REPORT_AT_MOST,
                    lines[i].target);
    }
    return true;
}

/* What a step does at an update, without its store: a new digest. */
static bool digest_one(bench *b, jk_element *e, uint64_t sequence)
{
    static uint8_t person[RECORD];
    char code[12];
    uint32_t episode = 0;
    uint64_t key = 0;
    if (jk_element_name(e->key, code, &episode) != JK_OK) {
        return false;
    }
    jk_recon_record record = {.code = code,
                              .episode = episode,
                              .sequence = sequence,
                              .reason_in = 101,
                              .state = JK_RECON_OPEN,
                              .person = {person, RECORD}};
    return jk_recon_digest(&b->keys, &record, &key, &e->digest, NULL) == JK_OK;
}

/* Changes of a catch-up: updates and their elements, spread over all buckets. */
typedef struct batch {
    jk_element **at;
    jk_digest *before;
    uint32_t *buckets;
    size_t count;
} batch;

/* The steps. */
static bool update_all(bench *b, batch *u, uint64_t sequence)
{
    const size_t part = b->cs.count / u->count;
    const size_t first = lib_below(&b->random, part);
    bool ok = true;
    for (size_t i = 0; ok && i < u->count; i++) {
        u->at[i] = &b->cs.items[first + i * part];
        u->before[i] = u->at[i]->digest;
        ok = digest_one(b, u->at[i], sequence + i);
    }
    return ok;
}

/* What brings sketch and tree up to date, as src/step/snapshot.c does it: each change in the cells,
 * each bucket that was touched once, each node above once. */
static bool catch_up(bench *b, batch *u)
{
    size_t count = 0;
    for (size_t i = 0; i < u->count; i++) {
        const uint64_t key = u->at[i]->key;
        const jk_change change = {.key = key,
                                  .old_value = jk_element_value(&b->keys, key, &u->before[i]),
                                  .new_value = jk_element_value(&b->keys, key, &u->at[i]->digest)};
        jk_sketch_change(&b->cs.sketch, &b->keys, &change);
        const uint64_t place = jk_element_place(&b->keys, key);
        const uint32_t bucket = jk_tree_bucket(b->cs.tree.depth, place);
        if (count == 0 || u->buckets[count - 1] != bucket) {
            u->buckets[count++] = bucket;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const uint32_t bucket = u->buckets[i];
        if (jk_tree_leaf(&b->cs.tree, bucket, b->cs.items + b->cs.starts[bucket],
                         b->cs.starts[bucket + 1] - b->cs.starts[bucket]) != JK_OK) {
            return false;
        }
    }
    jk_tree_settle(&b->cs.tree, u->buckets, count);
    return true;
}

/* Cells from digests. */
static bool tell_build(bench *b)
{
    double build[MEDIAN];
    jk_cell *cells = calloc(JK_CELLS_KEPT, sizeof *cells);
    for (int run = 0; cells != NULL && run < MEDIAN; run++) {
        (void)measure_h(b);
        const uint64_t start = report_cpu_ns();
        jk_cells_gather(cells, 0, JK_CELLS_KEPT, &b->keys, b->cs.items, b->cs.count);
        jk_cells_reduce(cells, JK_CELLS_KEPT);
        build[run] = (double)(report_cpu_ns() - start) / 1e9 / (double)b->cs.count / b->h;
    }
    if (cells == NULL) {
        return false;
    }
    free(cells);
    report_info("reconcile.h", b->h * 1e9, "ns");
    report_line("reconcile.build", report_median(build, MEDIAN), "h/resident", REPORT_AT_MOST, 0.2);
    return true;
}

/* An update: in the step, and its part of a catch-up with so many. */
static bool tell_batch(bench *b, size_t count, const char *name, report_target kind)
{
    double step[MEDIAN];
    double update[MEDIAN];
    char line[64];
    batch u = {calloc(count, sizeof(jk_element *)), calloc(count, sizeof *u.before),
               calloc(count, sizeof *u.buckets), count};
    bool ok = u.at != NULL && u.before != NULL && u.buckets != NULL;
    const unsigned times = (unsigned)(CHANGES / count) + 1;
    for (int run = 0; ok && run < MEDIAN; run++) {
        uint64_t steps = 0;
        uint64_t all = 0;
        (void)measure_h(b);
        for (unsigned i = 0; ok && i < times; i++) {
            const uint64_t start = report_cpu_ns();
            ok = update_all(b, &u, 1 + i * count);
            steps += report_cpu_ns() - start;
            ok = ok && catch_up(b, &u);
            all += report_cpu_ns() - start;
        }
        step[run] = (double)steps / 1e9 / (double)(times * count) / b->h;
        update[run] = (double)all / 1e9 / (double)(times * count) / b->h;
    }
    free(u.at);
    free(u.before);
    free(u.buckets);
    if (ok) {
        (void)snprintf(line, sizeof line, "reconcile.upkeep%s", name);
        report_line(line, report_median(update, MEDIAN), "h/update", kind, 8);
    }
    if (ok && kind == REPORT_AT_MOST) {
        report_info("reconcile.upkeep_step", report_median(step, MEDIAN), "h/update, in the step");
    }
    return ok;
}

/* An update of everything that is kept.  Sketch and tree follow when a round asks for them, a day's
 * changes at once. */
static bool tell_upkeep(bench *b)
{
    return tell_build(b) && tell_batch(b, 64, "_64", REPORT_ONLY) &&
           tell_batch(b, 1000, "", REPORT_AT_MOST) &&
           tell_batch(b, b->cs.count / 10 < 10000 ? b->cs.count / 10 : 10000, "_10000",
                      REPORT_ONLY);
}

/* ---- bytes ---- */

static bool tell_right_cells(bench *b)
{
    static const size_t sizes[] = {10, 100, 300, 1000, 10000, 100000};
    const bool quick = b->rounds < QUICK;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] - (quick ? 2 : 0); i++) {
        const unsigned runs = quick ? 5 : sizes[i] <= 1000 ? 100 : sizes[i] == 10000 ? 10 : 2;
        char line[64];
        double bytes = 0;
        unsigned enough = 0; /* runs in which 24 bytes a difference decode */
        for (unsigned run = 0; run < runs; run++) {
            uint32_t cells = 0;
            double seconds = 0;
            if (!right_cells(b, sizes[i], &cells, &seconds)) {
                return false;
            }
            bytes += (double)cells * JK_CELL_WIRE_SIZE / (double)sizes[i] / runs;
            enough += (size_t)cells * JK_CELL_WIRE_SIZE <= sizes[i] * 24;
        }
        (void)snprintf(line, sizeof line, "reconcile.bytes_%zu", sizes[i]);
        report_line(line, bytes, "B/difference", sizes[i] >= 300 ? REPORT_AT_MOST : REPORT_ONLY,
                    24);
        (void)snprintf(line, sizeof line, "reconcile.in_24_bytes_%zu", sizes[i]);
        report_info(line, 1e-9 + (double)enough / runs, "of the runs");
    }
    return true;
}

/* Bytes of other methods for one difference in a thousand, as multiples of ours; means of some
 * draws. */
static bool tell_ratios(bench *b, size_t count)
{
    enum {
        RUNS = 5,
        OURS = 10 /* draws for each of theirs */
    };

    const size_t d = count / 1000;
    double ours = 0;
    double rateless = 0;
    double ranges = 0;
    double tree = 0;
    for (int run = 0; run < RUNS; run++) {
        method_result r[3];
        if (!method_rateless(b->items, count, d, &r[0]) ||
            !method_ranges(b->items, count, d, &r[1]) || !method_tree(b->items, count, d, &r[2])) {
            return false;
        }
        rateless += (double)r[0].bytes / RUNS;
        ranges += (double)r[1].bytes / RUNS;
        tree += (double)r[2].bytes / RUNS;
        for (int i = 0; i < OURS; i++) {
            uint32_t cells = 0;
            double seconds = 0;
            if (!right_cells(b, d, &cells, &seconds)) {
                return false;
            }
            ours += (double)cells * JK_CELL_WIRE_SIZE / RUNS / OURS;
        }
        differ(b, count, 0, d); /* the same residents, other digests */
    }
    report_line("reconcile.rateless_ratio", rateless / ours, "bytes of Rateless IBLT/ours",
                REPORT_AT_LEAST, 3);
    report_line("reconcile.ranges_ratio", ranges / ours, "bytes of ranges/ours", REPORT_AT_LEAST,
                50);
    report_info("reconcile.tree_ratio", tree / ours, "bytes of a tree/ours");
    return true;
}

/* An equal round after an equal one, and what a repair moves. */
static bool tell_rounds(bench *b, size_t count)
{
    enum {
        REPAIRED = 312,                       /* bytes of a record that is sent */
        STATED = 7 + 1 + JK_RECON_DIGEST_SIZE /* bytes of a statement */
    };

    const size_t d = count / 1000;
    method_result equal;
    method_result unknown;
    method_result known;
    if (!whole_round(b, d, JK_ASK_UNKNOWN, &unknown) || !whole_round(b, d, (uint32_t)d, &known)) {
        return false;
    }
    lib_set other = b->server;
    b->server = b->cs;
    bool ok = whole_round(b, 0, 0, &equal);
    b->server = other;
    if (!ok) {
        return false;
    }
    double records = (double)(d * REPAIRED);
    report_line("reconcile.equal_bytes", (double)equal.bytes, "B", REPORT_AT_MOST, 192);
    report_info("reconcile.round_bytes", (double)unknown.bytes / (double)d, "B/difference");
    report_line("reconcile.repair", ((double)known.bytes + records) / records,
                "all traffic/records", REPORT_AT_MOST, 1.1);
    report_info("reconcile.repair_cells",
                ((double)known.bytes - (double)(d * STATED) + records) / records,
                "the same without digests");
    report_info("reconcile.round_seconds", unknown.seconds / b->h, "h");
    report_info("reconcile.equal_seconds", equal.seconds / b->h, "h");
    report_info("reconcile.memory",
                (double)(JK_CELLS_KEPT * sizeof(jk_cell) + sizeof(jk_sketch) +
                         jk_tree_nodes(b->cs.tree.depth) * sizeof(jk_digest) +
                         jk_tree_buckets(b->cs.tree.depth) * sizeof(uint16_t)) /
                    1024,
                "KiB/municipality");
    return true;
}

/* ---- rounds whose number of differences nobody knows ---- */

typedef struct drawn {
    double bytes_each; /* sum of bytes a difference, d >= 100 */
    double small_part; /* sum of bytes / (1 KiB + 40 d), d < 100 */
    unsigned large;
    unsigned small;
    unsigned asks[3]; /* rounds with at most so many */
    unsigned walks;
} drawn;

static jk_status no_rows(void *arg, uint32_t bucket, const jk_element **rows, size_t *count)
{
    (void)arg;
    (void)bucket;
    *rows = NULL;
    *count = 0;
    return JK_OK;
}

/* Sums are linear: what both sides have alike is left out of both.  The server's sketch is
 * empty, the CS's has what differs; n is what the trees say. */
static bool one_drawn(const jk_side *cs, const jk_side *server, uint32_t d, drawn *t)
{
    jk_round_message question;
    jk_round_message answer;
    jk_answer a;
    jk_ask ask;
    unsigned asks = 0;
    size_t bytes = 0;
    jk_answer_begin(&a, server, 1, 1);
    jk_status status = jk_ask_open(&ask, cs, 1, 1, JK_ASK_UNKNOWN, &question);
    answer.kind = JK_ROUND_MORE;
    while (status == JK_OK && answer.kind == JK_ROUND_MORE) {
        bytes += jk_round_size(&question);
        status = jk_answer_take(&a, &question, &answer);
        if (status == JK_OK && answer.kind == JK_ROUND_MORE) {
            bytes += jk_round_size(&answer);
            asks++;
            status = jk_ask_take(&ask, &answer, &question);
        }
    }
    jk_round_message head = answer;
    head.statements = NULL;
    bytes += jk_round_size(&head);
    bool right = status == JK_OK && (answer.kind == JK_ROUND_WALK || d == 0 ||
                                     (answer.kind == JK_ROUND_FOUND && answer.count == d));
    t->walks += answer.kind == JK_ROUND_WALK;
    for (unsigned i = 0; i < 3; i++) {
        t->asks[i] += asks <= i && answer.kind != JK_ROUND_WALK;
    }
    if (d >= 100) {
        t->bytes_each += (double)bytes / d;
        t->large++;
    } else {
        t->small_part += (double)bytes / (1024 + 40.0 * d);
        t->small++;
    }
    jk_ask_close(&ask);
    jk_answer_close(&a);
    return right;
}

static bool draw_rounds(bench *b, jk_cell *cells, drawn *t)
{
    static jk_digest nodes[2][17];
    static uint16_t counts[16];
    jk_rows rows = {no_rows, NULL};
    jk_sketch with;
    jk_sketch without;
    jk_tree trees[2];
    for (int i = 0; i < 2; i++) {
        jk_tree_clear(&trees[i], 1, nodes[i], counts);
        trees[i].count = b->residents;
    }
    const double most = b->residents / 10 < DIFFERENCES_MAX ? b->residents / 10 : DIFFERENCES_MAX;
    jk_sketch_clear(&without, cells + SKETCH, SKETCH);
    jk_side cs = {&b->keys, &trees[0], &with, &rows, &b->memory.port};
    jk_side server = {&b->keys, &trees[1], &without, &rows, &b->memory.port};
    for (unsigned run = 0; run < b->rounds; run++) {
        double part = (double)(lib_next(&b->random) >> 11) / 9007199254740992.0;
        uint32_t d = (uint32_t)exp(part * log(most + 1.0)) - 1;
        uint64_t from = lib_below(&b->random, UINT64_C(99999999999));
        jk_sketch_clear(&with, cells, SKETCH);
        for (uint32_t i = 0; i < d; i++) {
            jk_change come = {.key = another_key(from, i),
                              .new_value = 1 + lib_below(&b->random, JK_PRIME - 1)};
            jk_sketch_change(&with, &b->keys, &come);
        }
        nodes[0][0].byte[0] = (uint8_t)(nodes[1][0].byte[0] ^ (d > 0));
        if (!one_drawn(&cs, &server, d, t)) {
            return false;
        }
    }
    return true;
}

static bool tell_drawn(bench *b)
{
    drawn t = {.large = 0};
    jk_cell *cells = calloc((size_t)2 * SKETCH, sizeof *cells);
    bool ok = cells != NULL && draw_rounds(b, cells, &t) && t.large > 0 && t.small > 0;
    free(cells);
    if (!ok) {
        return false;
    }
    report_line("reconcile.drawn_bytes", t.bytes_each / t.large, "B/difference from 100 on",
                REPORT_AT_MOST, 30);
    report_line("reconcile.drawn_small", t.small_part / t.small, "of 1 KiB + 40 B each below 100",
                REPORT_AT_MOST, 1);
    report_info("reconcile.drawn_no_ask", 1e-9 + (double)t.asks[0] / b->rounds, "of the rounds");
    report_line("reconcile.drawn_one_ask", (double)t.asks[1] / b->rounds, "of the rounds",
                REPORT_AT_LEAST, 0.9);
    report_line("reconcile.drawn_two_asks", (double)t.asks[2] / b->rounds, "of the rounds",
                REPORT_AT_LEAST, 0.999);
    return true;
}

/* ---- the whole comparison, as CSV ---- */

/* Ours as methods, for the same loop. */
static bench *running;

static bool method_sketch(const method_item *items, size_t count, size_t differences,
                          method_result *out)
{
    uint32_t cells = 0;
    (void)items;
    (void)count;
    *out = (method_result){.found = differences, .trips = 1};
    bool ok = right_cells(running, differences, &cells, &out->seconds);
    out->bytes = (size_t)cells * JK_CELL_WIRE_SIZE;
    return ok;
}

static bool method_round(const method_item *items, size_t count, size_t differences,
                         method_result *out)
{
    (void)items;
    (void)count;
    return whole_round(running, differences, JK_ASK_UNKNOWN, out);
}

static bool compare(bench *b, FILE *csv, size_t count, size_t d)
{
    enum {
        RUNS = 5
    };

    static const struct {
        const char *name;
        method_fn *method;
    } all[] = {{"sketch", method_sketch},          {"whole-round", method_round},
               {"rateless-iblt", method_rateless}, {"range-tree", method_tree},
               {"range-dialogue", method_ranges},  {"full-transfer", method_full}};

    running = b;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        double seconds[RUNS];
        double bytes[RUNS];
        method_result r;
        for (int run = 0; run < RUNS; run++) {
            if (!all[i].method(b->items, count, d, &r)) {
                (void)fprintf(stderr, "bench_reconcile: %s finds something else\n", all[i].name);
                return false;
            }
            seconds[run] = r.seconds;
            bytes[run] = (double)r.bytes;
        }
        (void)fprintf(csv, "%s,%zu,%zu,%.0f,%.6f,%u\n", all[i].name, count, d,
                      report_median(bytes, RUNS), report_median(seconds, RUNS), r.trips);
    }
    return true;
}

static bool write_csv(bench *b, const char *path)
{
    FILE *csv = fopen(path, "w");
    bool ok = csv != NULL;
    if (ok) {
        (void)fprintf(csv, "method,residents,differences,bytes,seconds,round_trips\n");
    }
    for (size_t count = 10000; ok && count <= b->residents; count *= 10) {
        size_t done = 0;
        ok = open_sets(b, count);
        for (size_t d = 1; ok && d <= count / 10; d *= 10) {
            differ(b, count, done, d);
            done = d;
            ok = compare(b, csv, count, d);
        }
        close_sets(b);
    }
    if (csv != NULL) {
        ok = fclose(csv) == 0 && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    static bench b;
    b.residents = report_count(argc, argv, 1, 1000000, RESIDENTS_MAX);
    b.rounds = report_count(argc, argv, 2, 1000, ROUNDS_MAX);
    if (argc > 4 || b.residents < 10000 || b.rounds == 0 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: bench_reconcile [residents from 10000 [rounds [CSV]]]\n");
        return 2;
    }
    b.random = (lib_random){7};
    lib_keys(&b.keys, 7);
    (void)measure_h(&b);
    bool ok = false;
    if (argc == 4) {
        ok = write_csv(&b, argv[3]);
    } else if (open_sets(&b, b.residents)) {
        differ(&b, b.residents, 0, b.residents / 1000);
        ok = tell_ratios(&b, b.residents) && tell_right_cells(&b) && tell_rounds(&b, b.residents) &&
             tell_drawn(&b) && tell_decoding(&b) && tell_upkeep(&b);
        close_sets(&b);
    }
    if (!ok) {
        (void)fprintf(stderr, "bench_reconcile: it could not be measured\n");
    }
    return ok ? 0 : 1;
}
