/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a run: a list in the order of measuring. */
#include "bench_run.h"

#include <string.h>

bool bench_fail(bench_run *run, const char *what, const char *why)
{
    if (run->fault[0] == '\0') {
        (void)snprintf(run->fault, sizeof run->fault, "%s: %s", what, why);
    }
    return false;
}

void bench_tell(bench_run *run, const char *name, double value, const char *unit)
{
    if (run->figures == BENCH_FIGURES_MAX) {
        (void)bench_fail(run, name, "one figure too many");
        return;
    }
    bench_figure *figure = &run->figure[run->figures++];
    (void)snprintf(figure->name, sizeof figure->name, "%s", name);
    figure->value = value;
    figure->unit = unit;
    if (!run->options->json) {
        (void)fprintf(stderr, "%-36s %14.6g  %s\n", figure->name, value, unit);
    }
}

void bench_tell_of(bench_run *run, const char *prefix, const char *name, double value,
                   const char *unit)
{
    char full[BENCH_NAME];
    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    bench_tell(run, full, value, unit);
}

json_t *bench_object(const bench_run *run)
{
    json_t *object = json_object();
    for (size_t i = 0; i < run->figures; i++) {
        (void)json_object_set_new(object, run->figure[i].name, json_real(run->figure[i].value));
    }
    return object;
}
