/* SPDX-License-Identifier: Apache-2.0 */
/* crash: special move-ins on disks and in memory that fail at every point, and the harness's own
 * controls.  README.md beside this file says what is tried and what is found. */
#include "explore.h"
#include "memory.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct options {
    bool full;
    unsigned jobs;
    const char *scenario; /* NULL: all */
} options;

/* How much of a part is tried: of `every` points one. */
typedef struct part {
    const char *name;
    explore_what what;
    unsigned quick;
    unsigned quick_reads;
    unsigned full;
} part;

static const part parts[] = {
    /* one in so many points: quick, full */
    {"every I/O", EXPLORE_IO, 401, 401, 1},
    {"opening again", EXPLORE_RECOVERY, 997, 1, 97},
    {"SQLite's memory", EXPLORE_MEMORY, 40009, 1, 101},
};

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool wanted(const options *o, const scenario *s)
{
    return o->scenario == NULL || strcmp(o->scenario, s->name) == 0;
}

static void tell_violations(const explore_sum *sum)
{
    for (size_t i = 0; i < WATCH_KINDS; i++) {
        if (sum->kinds[i] > 0) {
            (void)printf("    %-8s %" PRIu64 "\n", watch_kind_name((watch_kind)i), sum->kinds[i]);
        }
    }
    for (uint32_t i = 0; i < sum->text_count && i < EXPLORE_TEXTS; i++) {
        (void)printf("    %s\n", sum->text[i]);
    }
}

static void tell_part(const part *p, const explore_sum *sum, double seconds)
{
    (void)printf("%-16s %8" PRIu64 " points, %7" PRIu64 " tried, %7" PRIu64 " runs, %7" PRIu64
                 " reopenings, %5.0f runs/s, %" PRIu64 " violations\n",
                 p->name, sum->points, sum->tried, sum->runs, sum->reopened,
                 (double)sum->runs / seconds, sum->violations);
    if (p->what == EXPLORE_IO) {
        (void)printf("    at");
        for (size_t i = 0; i < DISK_OPS; i++) {
            (void)printf(" %s %" PRIu64 "%s", disk_op_name((disk_op)i), sum->ops[i],
                         i + 1 < DISK_OPS ? "," : "\n");
        }
    }
    if (p->what != EXPLORE_MEMORY) {
        (void)printf("    by");
        for (size_t i = DISK_POWER; i <= DISK_UNREAD; i++) {
            (void)printf(" %s %" PRIu64 "%s", disk_mode_name((disk_mode)i), sum->mode_runs[i],
                         i < DISK_UNREAD ? "," : "; power loss:");
        }
        for (size_t i = 0; i < DISK_DAMAGES; i++) {
            (void)printf(" %s %" PRIu64 "%s", disk_damage_name((disk_damage)i), sum->damage_runs[i],
                         i + 1 < DISK_DAMAGES ? "," : "\n");
        }
    }
    tell_violations(sum);
    (void)fflush(stdout);
}

static bool run_part(const options *o, const part *p, uint64_t *runs, uint64_t *violations)
{
    explore_sum *sum = explore_sum_new();
    if (sum == NULL) {
        return false;
    }
    explore_plan plan = {.what = p->what,
                         .every = o->full ? p->full : p->quick,
                         .reads = o->full ? p->full : p->quick_reads,
                         .second = o->full ? 1 : 41,
                         .jobs = o->jobs};
    double start = now();
    for (size_t i = 0; i < scenario_count; i++) {
        plan.start = (unsigned)i;
        if (wanted(o, &scenarios[i]) && !explore(&plan, &scenarios[i], sum)) {
            return false;
        }
    }
    tell_part(p, sum, now() - start);
    *runs += sum->runs;
    *violations += sum->violations;
    return true;
}

/* A control that finds nothing is a harness that proves nothing. */
static bool run_control(const options *o, watch_control control, unsigned *found)
{
    explore_sum *sum = explore_sum_new();
    if (sum == NULL) {
        return false;
    }
    /* The window between two commits is small. */
    unsigned quick = control == WATCH_TWO_COMMITS ? 41 : 401;
    explore_plan plan = {.what = EXPLORE_IO,
                         .control = control,
                         .every = o->full ? 5 : quick,
                         .reads = UINT_MAX,
                         .start = 1,
                         .jobs = o->jobs};
    if (!explore(&plan, &scenarios[1], sum)) {
        return false;
    }
    (void)printf("control: %-26s %5" PRIu64 " runs, %5" PRIu64 " with violations (lost %" PRIu64
                 ", torn %" PRIu64 ", promise %" PRIu64 ")\n",
                 watch_control_name(control), sum->runs, sum->violations, sum->kinds[WATCH_LOST],
                 sum->kinds[WATCH_TORN], sum->kinds[WATCH_PROMISE]);
    (void)fflush(stdout);
    *found += sum->kinds[WATCH_LOST] + sum->kinds[WATCH_TORN] > 0 ? 1 : 0;
    return true;
}

static bool read_options(int argc, char **argv, options *o)
{
    static const struct option list[] = {{"full", no_argument, NULL, 'f'},
                                         {"jobs", required_argument, NULL, 'j'},
                                         {"scenario", required_argument, NULL, 's'},
                                         {NULL, 0, NULL, 0}};
    int letter = 0;
    while ((letter = getopt_long(argc, argv, "", list, NULL)) != -1) {
        switch (letter) {
        case 'f': o->full = true; break;
        case 'j': o->jobs = (unsigned)strtoul(optarg, NULL, 10); break;
        case 's': o->scenario = optarg; break;
        default: return false;
        }
    }
    return optind == argc && o->jobs >= 1 && o->jobs <= 64;
}

int main(int argc, char **argv)
{
    options o = {.jobs = 2};
    if (!read_options(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: crash [--full] [--jobs N] [--scenario NAME]\n");
        return 2;
    }
    if (!memory_open() || !disk_open()) {
        (void)fprintf(stderr, "crash: SQLite refuses the harness\n");
        return 2;
    }
    uint64_t runs = 0;
    uint64_t violations = 0;
    unsigned found = 0;
    double start = now();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!run_part(&o, &parts[i], &runs, &violations)) {
            return 2;
        }
    }
    for (watch_control control = WATCH_NORMAL; control < WATCH_CONTROLS; control++) {
        if (!run_control(&o, control, &found)) {
            return 2;
        }
    }
    double seconds = now() - start;
    (void)printf("crash: %" PRIu64 " runs, %" PRIu64
                 " violations, %u of %d controls found; %.1f s, "
                 "%.0f runs/s\n",
                 runs, violations, found, WATCH_CONTROLS - 1, seconds, (double)runs / seconds);
    return violations == 0 && found == WATCH_CONTROLS - 1 ? 0 : 1;
}
