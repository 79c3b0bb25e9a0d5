/* SPDX-License-Identifier: Apache-2.0 */
/* The generated step functions of a CS's two machines against the hand-written ones: nanoseconds an
 * event over the same recorded inputs, the two in turns, the median of the pairs' ratios. */
#include "bench/lib/report.h"
#include "bench/machine/events.h"
#include "bench/machine/hand.h"
#include "step/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIRS_MAX = 999,
    HOUSEHOLDS_MAX = 5000,
    SEED = 11
};

typedef struct bench {
    machine_inputs inputs;
    size_t rows;
    jk_movein_dest_cs *dest;
    jk_movein_origin_cs *origin;
    unsigned pairs;
    uint64_t actions; /* summed up, so that no step can be left out */
} bench;

static void clear_rows(bench *b)
{
    memset(b->dest, 0, b->rows * sizeof *b->dest);
    memset(b->origin, 0, b->rows * sizeof *b->origin);
}

/* One pass over the inputs of one machine; nanoseconds an event. */
static double run_dest(bench *b, const machine_inputs *inputs, bool by_hand)
{
    static jk_envelope_actions actions;
    clear_rows(b);
    uint64_t start = report_now_ns();
    for (size_t i = 0; i < inputs->count; i++) {
        const machine_input *input = &inputs->item[i];
        jk_movein_dest_cs *row = &b->dest[input->row];
        actions.count = 0;
        if (by_hand ? hand_dest_cs_step(row, &input->event, &actions)
                    : jk_movein_dest_cs_step(row, &input->event, NULL, NULL, &actions)) {
            b->actions += 1U + actions.count;
        }
    }
    return (double)(report_now_ns() - start) / (double)inputs->count;
}

static double run_origin(bench *b, const machine_inputs *inputs, bool by_hand)
{
    static jk_envelope_actions actions;
    clear_rows(b);
    uint64_t start = report_now_ns();
    for (size_t i = 0; i < inputs->count; i++) {
        machine_input *input = &inputs->item[i];
        jk_movein_origin_cs *row = &b->origin[input->row];
        actions.count = 0;
        if (by_hand
                ? hand_origin_cs_step(row, &input->event, &machine_hooks, input, &actions)
                : jk_movein_origin_cs_step(row, &input->event, &machine_hooks, input, &actions)) {
            b->actions += 1U + actions.count;
        }
    }
    return (double)(report_now_ns() - start) / (double)inputs->count;
}

typedef double pass_fn(bench *b, const machine_inputs *inputs, bool by_hand);

static bool measure(bench *b, pass_fn *pass, uint16_t machine, const char *name)
{
    static double generated[PAIRS_MAX];
    static double hand[PAIRS_MAX];
    static double ratio[PAIRS_MAX];
    char line[64];
    machine_inputs inputs;
    if (!machine_inputs_only(&b->inputs, machine, &inputs)) {
        return false;
    }
    bool same = true;
    for (size_t i = 0; same && i < b->pairs; i++) {
        uint64_t before = b->actions;
        generated[i] = pass(b, &inputs, false);
        uint64_t between = b->actions;
        hand[i] = pass(b, &inputs, true);
        ratio[i] = generated[i] / hand[i];
        same = between - before == b->actions - between;
    }
    free(inputs.item);
    if (!same) {
        (void)fprintf(stderr, "bench_machine: the two do not do the same\n");
        return false;
    }
    (void)snprintf(line, sizeof line, "machine.%s.ratio", name);
    report_line(line, report_median(ratio, b->pairs), "generated/hand time", REPORT_AT_MOST, 1.2);
    (void)snprintf(line, sizeof line, "machine.%s.generated", name);
    report_info(line, report_median(generated, b->pairs), "ns/event");
    (void)snprintf(line, sizeof line, "machine.%s.hand", name);
    report_info(line, report_median(hand, b->pairs), "ns/event");
    return true;
}

int main(int argc, char **argv)
{
    unsigned households = report_count(argc, argv, 1, 400, HOUSEHOLDS_MAX);
    unsigned pairs = report_count(argc, argv, 2, 301, PAIRS_MAX);
    if (argc > 3 || households == 0 || pairs == 0) {
        (void)fprintf(stderr, "usage: bench_machine [households [pairs]]\n");
        return 2;
    }
    bench b = {.rows = households, .pairs = pairs};
    stream *s = stream_record_moves(households, SEED);
    b.dest = calloc(b.rows, sizeof *b.dest);
    b.origin = calloc(b.rows, sizeof *b.origin);
    bool ok = s != NULL && b.dest != NULL && b.origin != NULL && machine_inputs_of(s, &b.inputs) &&
              measure(&b, run_dest, JK_MACHINE_DEST_CS, "dest_cs") &&
              measure(&b, run_origin, JK_MACHINE_ORIGIN_CS, "origin_cs");
    if (!ok) {
        (void)fprintf(stderr, "bench_machine: it could not be measured\n");
    }
    free(b.inputs.item);
    free(b.dest);
    free(b.origin);
    stream_free(s);
    return ok ? 0 : 1;
}
