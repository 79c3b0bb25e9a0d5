/* SPDX-License-Identifier: Apache-2.0 */
/* `juki bench reconcile`: what finding and repairing damaged residents costs real nodes on real
 * files, from the import of everybody to the round that is equal again. */
#include "bench_run.h"

#include "tool/options.h"

#include <stdlib.h>
#include <string.h>

static void tell_import(bench_run *run, const bench_node *node, double seconds)
{
    char name[BENCH_NAME];
    (void)snprintf(name, sizeof name, "import.rows.%s", node->base);
    bench_tell(run, name, (double)run->options->residents / seconds, "residents/s");
}

/* One after the other, so that a time is one node's. */
static bool import_people(bench_run *run)
{
    for (size_t i = 0; i < BENCH_NODES; i++) {
        const double begin = bench_now();
        if (!bench_net_start(run, &run->node[i])) {
            return false;
        }
        tell_import(run, &run->node[i], bench_now() - begin);
    }
    return true;
}

/* The measure of all times: a program that reads the rows and does nothing else. */
static bool scan_all(bench_run *run)
{
    for (size_t i = 0; i < BENCH_NODES; i++) {
        char name[BENCH_NAME];
        double cpu = 0;
        uint64_t rows = 0;
        if (!bench_scan(run, &run->node[i], &cpu, &rows)) {
            return false;
        }
        if (rows != run->options->residents) {
            return bench_fail(run, run->node[i].base, "has another number of rows");
        }
        run->scan[i] = cpu;
        (void)snprintf(name, sizeof name, "scan.cpu.%s", run->node[i].base);
        bench_tell(run, name, cpu, "s of the processor");
    }
    return true;
}

/* A round that must find so many. */
static bool round_of(bench_run *run, const char *name, uint64_t expected)
{
    bench_meter meter;
    uint64_t findings = 0;
    bench_begin(run, &meter);
    if (!bench_round(run, name, &findings)) {
        return false;
    }
    bench_end(run, &meter, name);
    return findings == expected || bench_fail(run, name, "finds another number");
}

static bool scrub_all(bench_run *run, const char *name, uint64_t expected)
{
    bench_meter meter;
    uint64_t damaged[BENCH_NODES] = {0};
    for (size_t i = 0; i < BENCH_NODES; i++) {
        if (!bench_end_scrub(run, &run->node[i])) {
            return false;
        }
    }
    bench_begin(run, &meter);
    for (size_t i = 0; i < BENCH_NODES; i++) {
        if (!bench_scrub(run, &run->node[i], &damaged[i])) {
            return false;
        }
    }
    bench_end(run, &meter, name);
    return (damaged[BENCH_CS] == 0 && damaged[BENCH_PREFECTURE] == expected &&
            damaged[BENCH_NATIONAL] == expected) ||
           bench_fail(run, name, "finds another number of damaged rows");
}

static bool repair(bench_run *run)
{
    bench_meter meter;
    bench_begin(run, &meter);
    if (!bench_repair(run)) {
        return false;
    }
    bench_end(run, &meter, "repair");
    return true;
}

/* From the nodes' first start to the round that is equal again. */
static bool measure(bench_run *run, bool *exact)
{
    const uint64_t all = BENCH_SERVERS * run->options->differences;
    bench_tell(run, "residents", (double)run->options->residents, "residents");
    bench_tell(run, "differences", (double)all, "damaged records");
    if (!bench_net_make(run) || !import_people(run)) {
        return false;
    }
    bench_tell_nodes(run, "imported");
    if (!scan_all(run) || !round_of(run, "first", 0) || !round_of(run, "equal", 0)) {
        return false;
    }
    bench_tell_nodes(run, "kept");
    if (!scrub_all(run, "clean-scrub", 0) || !bench_do_damage(run) ||
        !scrub_all(run, "scrub", run->options->differences) || !round_of(run, "found", all) ||
        !bench_compare(run, exact) || !repair(run) || !round_of(run, "repaired", 0)) {
        return false;
    }
    bench_tell_nodes(run, "end");
    return true;
}

static void show_verdict(const bench_run *run, bool exact, FILE *out)
{
    if (run->fault[0] != '\0') {
        (void)fprintf(out, "bench reconcile: not measured: %s\n", run->fault);
        return;
    }
    (void)fprintf(
        out, "bench reconcile: %s: %zu damaged records of 2 times %llu; repaired, equal again\n",
        exact ? "found exactly" : "FOUND OTHERS THAN", run->damages,
        (unsigned long long)run->options->residents);
}

int bench_reconcile(const bench_options *options)
{
    bool exact = false;
    bench_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        (void)fprintf(stderr, "juki bench: no memory\n");
        return JK_EXIT_REFUSED;
    }
    run->options = options;
    const bool done = measure(run, &exact) && exact && run->fault[0] == '\0';
    bench_net_close(run);
    if (options->json) {
        json_t *object = bench_object(run);
        (void)json_object_set_new(object, "exact", json_boolean(exact));
        if (run->fault[0] != '\0') {
            (void)json_object_set_new(object, "fault", json_string(run->fault));
        }
        (void)json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(8));
        (void)fputc('\n', stdout);
        json_decref(object);
        show_verdict(run, exact, stderr);
    } else {
        show_verdict(run, exact, stdout);
    }
    free(run->damage);
    free(run);
    return done ? JK_EXIT_DONE : JK_EXIT_REFUSED;
}
