/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of a CS's two machines, as the step makes them of a recorded stream's messages. */
#ifndef BENCH_MACHINE_EVENTS_H
#define BENCH_MACHINE_EVENTS_H

#include "bench/lib/stream.h"
#include "movein_dest_cs.h"
#include "movein_origin_cs.h"

typedef struct machine_input {
    jk_envelope_event event;
    uint16_t machine; /* JK_MACHINE_DEST_CS or JK_MACHINE_ORIGIN_CS */
    unsigned row;     /* the household */
    uint32_t members; /* what the origin's hook says of a request */
} machine_input;

typedef struct machine_inputs {
    machine_input *item;
    size_t count;
} machine_inputs;

/* false: no memory, or a message that no machine takes. */
bool machine_inputs_of(const stream *s, machine_inputs *inputs);

/* Those of one machine, as a list of its own; false: no memory, or none. */
bool machine_inputs_only(const machine_inputs *all, uint16_t machine, machine_inputs *only);

/* What the origin's machine asks; ctx: the machine_input. */
extern const jk_movein_origin_cs_hooks machine_hooks;

#endif
