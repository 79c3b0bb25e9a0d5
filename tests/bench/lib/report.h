/* SPDX-License-Identifier: Apache-2.0 */
/* How a measuring program tells its figures: one JSON object a line, and time and medians. */
#ifndef BENCH_LIB_REPORT_H
#define BENCH_LIB_REPORT_H

#include <stddef.h>
#include <stdint.h>

typedef enum report_target {
    REPORT_ONLY,     /* told for information: no target, always ok */
    REPORT_AT_LEAST, /* ok when value >= target */
    REPORT_AT_MOST   /* ok when value <= target */
} report_target;

/* Prints {"name", "value", "unit", "target", "ok"}; target is null for information. */
void report_line(const char *name, double value, const char *unit, report_target kind,
                 double target);
void report_info(const char *name, double value, const char *unit);

/* Monotonic time, and the processor time of this process. */
uint64_t report_now_ns(void);
uint64_t report_cpu_ns(void);

/* Sorts the values; the middle one, or the mean of the two. */
double report_median(double *values, size_t count);

/* A count from the command line: argv[index], or fallback; 0 when it is none from 1 to most. */
unsigned report_count(int argc, char **argv, int index, unsigned fallback, unsigned most);

#endif
