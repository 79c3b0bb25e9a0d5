/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of report.h. */
#include "bench/lib/report.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void report_line(const char *name, double value, const char *unit, report_target kind,
                 double target)
{
    char limit[48] = "null";
    bool ok = true;
    if (kind != REPORT_ONLY) {
        ok = kind == REPORT_AT_LEAST ? value >= target : value <= target;
        (void)snprintf(limit, sizeof limit, "\"%s %g\"",
                       kind == REPORT_AT_LEAST ? ">=" : "<=", target);
    }
    (void)printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"target\": %s, "
                 "\"ok\": %s}\n",
                 name, value, unit, limit, ok ? "true" : "false");
}

void report_info(const char *name, double value, const char *unit)
{
    report_line(name, value, unit, REPORT_ONLY, 0);
}

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

uint64_t report_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t report_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double report_median(double *values, size_t count)
{
    if (count == 0) {
        return 0;
    }
    qsort(values, count, sizeof *values, compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

unsigned report_count(int argc, char **argv, int index, unsigned fallback, unsigned most)
{
    if (index >= argc) {
        return fallback;
    }
    char *end = NULL;
    unsigned long value = strtoul(argv[index], &end, 10);
    return *end != '\0' || value > most ? 0 : (unsigned)value;
}
