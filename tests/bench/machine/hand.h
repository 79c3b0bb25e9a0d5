/* SPDX-License-Identifier: Apache-2.0 */
/* The two machines of a CS, written by hand as a switch over state and input: what the generated
 * step functions are measured against.  Same rows, events and actions; test_hand.c holds both
 * against each other, so a change of dest_cs.pml or origin_cs.pml changes hand.c too. */
#ifndef BENCH_MACHINE_HAND_H
#define BENCH_MACHINE_HAND_H

#include "movein_dest_cs.h"
#include "movein_origin_cs.h"

/* As the generated functions: false leaves *m and *out as they were. */
bool hand_dest_cs_step(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out);

bool hand_origin_cs_step(jk_movein_origin_cs *m, const jk_envelope_event *event,
                         const jk_movein_origin_cs_hooks *hooks, void *ctx,
                         jk_envelope_actions *out);

#endif
