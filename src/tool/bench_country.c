/* SPDX-License-Identifier: Apache-2.0 */
/* The whole country by arithmetic.  What was measured with several numbers of residents is a line:
 * so much for a municipality and so much for each of its residents; the country is 1,741 of the
 * first and 124.3 million of the second. */
#include "bench_run.h"

#include "reconcile/tree.h"
#include "tool/options.h"

#include <string.h>

enum {
    FILES_MAX = 16,
    CACHES = 64, /* municipalities whose sketch and tree a node has in memory at once */
    DAY_S = 86400
};

static const double municipalities = 1741;
static const double country = 124.3e6;

/* So much once, and so much for each resident. */
typedef struct line {
    double once;
    double each;
} line;

typedef struct results {
    json_t *file[FILES_MAX];
    int count;
} results;

static double value_of(const json_t *file, const char *name)
{
    return json_number_value(json_object_get(file, name));
}

/* The line with the least relative errors; never below 0. */
static line fit(const results *r, const char *name)
{
    double ww = 0;
    double wx = 0;
    double wxx = 0;
    double wy = 0;
    double wxy = 0;
    for (int i = 0; i < r->count; i++) {
        const double x = value_of(r->file[i], "residents");
        const double y = value_of(r->file[i], name);
        const double w = 1 / (x * x);
        ww += w;
        wx += w * x;
        wxx += w * x * x;
        wy += w * y;
        wxy += w * x * y;
    }
    const double all = ww * wxx - wx * wx;
    line l = {0, 0};
    if (all > 0) {
        l.each = (ww * wxy - wx * wy) / all;
        l.once = (wy - l.each * wx) / ww;
    }
    if (l.once < 0) {
        l = (line){0, wxy / wxx};
    }
    if (l.each < 0) {
        l = (line){wy / ww, 0};
    }
    return l;
}

static line plus(line a, line b)
{
    return (line){a.once + b.once, a.each + b.each};
}

static double at(line l, double residents)
{
    return l.once + l.each * residents;
}

static double all(line l)
{
    return l.once * municipalities + l.each * country;
}

/* What is kept in memory for a municipality of so many. */
static double cache_bytes(double residents)
{
    const uint8_t depth = jk_tree_depth((uint64_t)residents);
    return (double)(JK_CELLS_KEPT * sizeof(jk_cell) + sizeof(jk_sketch) +
                    jk_tree_nodes(depth) * sizeof(jk_digest) +
                    jk_tree_buckets(depth) * sizeof(uint16_t));
}

static void day(const char *what, const char *unit, line each, double scale)
{
    const double mean = country / municipalities;
    (void)printf("| %s | %.4g | %.4g | %.4g | %s |\n", what, at(each, mean) / scale,
                 at(each, 3.7e6) / scale, all(each) / scale, unit);
}

static line session(const results *r, const char *name, const char *server)
{
    char sent[BENCH_NAME];
    char received[BENCH_NAME];
    (void)snprintf(sent, sizeof sent, "%s.bytes_sent.%s", name, server);
    (void)snprintf(received, sizeof received, "%s.bytes_received.%s", name, server);
    return plus(fit(r, sent), fit(r, received));
}

/* Bytes a resident, as bytes. */
static line disk(const results *r, const char *name)
{
    line l = {0, 0};
    for (int i = 0; i < r->count; i++) {
        const double value = value_of(r->file[i], name);
        l.each = value > l.each ? value : l.each;
    }
    return l;
}

static double greatest(const results *r, const char *name)
{
    double most = 0;
    for (int i = 0; i < r->count; i++) {
        const double value = value_of(r->file[i], name);
        most = value > most ? value : most;
    }
    return most;
}

/* ---- what was measured ---- */

static void measured(const results *r, const char *what, const char *name, double scale)
{
    (void)printf("| %s |", what);
    for (int i = 0; i < r->count; i++) {
        (void)printf(" %.3g |", value_of(r->file[i], name) / scale);
    }
    (void)printf("\n");
}

/* All messages of a round with both servers, both ways. */
static double traffic(const json_t *file, const char *name)
{
    static const char *const servers[] = {"prefecture", "national"};
    static const char *const ways[] = {"sent", "received"};
    double bytes = 0;
    for (int i = 0; i < 4; i++) {
        char full[BENCH_NAME];
        (void)snprintf(full, sizeof full, "%s.bytes_%s.%s", name, ways[i / 2], servers[i % 2]);
        bytes += value_of(file, full);
    }
    return bytes;
}

static void measured_traffic(const results *r)
{
    (void)printf("| bytes of an equal round, a server |");
    for (int i = 0; i < r->count; i++) {
        (void)printf(" %.0f |", traffic(r->file[i], "equal") / BENCH_SERVERS);
    }
    (void)printf("\n| bytes of the round that finds them, a damaged record |");
    for (int i = 0; i < r->count; i++) {
        (void)printf(" %.0f |", traffic(r->file[i], "found") / value_of(r->file[i], "differences"));
    }
    (void)printf("\n");
}

static void show_measured(const results *r)
{
    (void)printf("| measured, residents of the municipality |");
    for (int i = 0; i < r->count; i++) {
        (void)printf(" %.0f |", value_of(r->file[i], "residents"));
    }
    (void)printf("\n|---|");
    for (int i = 0; i < r->count; i++) {
        (void)printf("---|");
    }
    (void)printf("\n");
    measured(r, "records damaged, both servers", "differences", 1);
    measured_traffic(r);
    measured(r, "answers that asked for more, with national", "found.asks.national", 1);
    measured(r, "a raw scan of the CS's rows, s of the processor", "scan.cpu.cs", 1);
    measured(r, "first round, which makes all digests: CS, in raw scans", "first.scans.cs", 1);
    measured(r, "the same at national", "first.scans.national", 1);
    measured(r, "scrub: CS, in raw scans", "clean-scrub.scans.cs", 1);
    measured(r, "the same at national", "clean-scrub.scans.national", 1);
    measured(r, "equal round: CS, ms of the processor", "equal.cpu.cs", 1e-3);
    measured(r, "the round that finds them: CS, s", "found.cpu.cs", 1);
    measured(r, "the same at national, s", "found.cpu.national", 1);
    measured(r, "repair of all: CS, s", "repair.cpu.cs", 1);
    measured(r, "most memory of the CS, MiB", "end.peak.cs", 1);
    measured(r, "of national, MiB", "end.peak.national", 1);
    measured(r, "disk of the CS before the first round, bytes a resident", "imported.disk.cs", 1);
    measured(r, "with digests", "kept.disk.cs", 1);
    measured(r, "national before, bytes a resident", "imported.disk.national", 1);
    measured(r, "with digests", "kept.disk.national", 1);
    (void)printf("\n");
}

/* ---- the country ---- */

static void show_country(const results *r)
{
    const line trips = plus(session(r, "equal", "prefecture"), session(r, "equal", "national"));
    const double mean = country / municipalities;
    const double mebi = 1024 * 1024;
    (void)printf("| a day, by arithmetic | a municipality of %.0f | one of 3.7 M | %.0f of them, "
                 "%.1f M residents | |\n|---|---|---|---|---|\n",
                 mean, municipalities, country / 1e6);
    day("bytes of an equal round with both servers", "kB", trips, 1e3);
    day("the round: processor of the CS", "s", fit(r, "equal.cpu.cs"), 1);
    day("the round: processor of national", "s", fit(r, "equal.cpu.national"), 1);
    day("every row read against its digest: processor of the CS", "s", fit(r, "clean-scrub.cpu.cs"),
        1);
    day("the same at national", "s", fit(r, "clean-scrub.cpu.national"), 1);
    day("disk of the CS, people and digests", "GB", disk(r, "kept.disk.cs"), 1e9);
    day("disk of national", "GB", disk(r, "kept.disk.national"), 1e9);
    (void)printf(
        "\nNational's processor is busy with that %.2g %% of the day. In memory it has the "
        "sketches and trees of %d municipalities at once, %.0f MiB if they are average "
        "ones; its process took %.0f MiB at most with the largest one measured, a CS %.0f "
        "MiB.\n",
        100 * (all(fit(r, "equal.cpu.national")) + all(fit(r, "clean-scrub.cpu.national"))) / DAY_S,
        CACHES, CACHES * cache_bytes(mean) / mebi, greatest(r, "end.peak.national"),
        greatest(r, "end.peak.cs"));
}

int bench_country(int count, char **paths)
{
    results r = {.count = 0};
    bool good = count <= FILES_MAX;
    for (int i = 0; good && i < count; i++) {
        json_error_t error;
        r.file[i] = json_load_file(paths[i], 0, &error);
        good = r.file[i] != NULL && value_of(r.file[i], "residents") > 0 &&
               value_of(r.file[i], "end.peak.cs") > 0;
        r.count++;
        if (!good) {
            (void)fprintf(stderr,
                          "juki bench country: %s: no whole result of juki bench reconcile\n",
                          paths[i]);
        }
    }
    if (good) {
        show_measured(&r);
        show_country(&r);
    }
    for (int i = 0; i < r.count; i++) {
        json_decref(r.file[i]);
    }
    return good ? JK_EXIT_DONE : JK_EXIT_REFUSED;
}
