/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of events.h: decoded, routed and keyed as src/step does it. */
#include "bench/machine/events.h"

#include "bench/lib/people.h"
#include "juki/codec.h"
#include "step/roles.h"

#include <stdlib.h>

/* The household whose case (or txn) the message is about; its number, or SIZE_MAX. */
static size_t household_of(const stream *s, const jk_envelope *envelope)
{
    for (unsigned i = 0; i < stream_households(s); i++) {
        const stream_move *move = stream_move_of(s, i);
        if (jk_token_equal(&move->txn, &envelope->txn) ||
            jk_token_equal(&move->case_id, &envelope->case_id)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool make(const stream *s, const stream_record *record, machine_input *input)
{
    jk_envelope envelope;
    jk_core_target target = {0};
    if (jk_codec_decode_envelope(record->bytes, &envelope, NULL) != JK_OK ||
        jk_core_route(&jk_roles, JK_ROLE_CS, (jk_role)record->peer.role, envelope.kind, &target) !=
            JK_OK) {
        return false;
    }
    size_t household = household_of(s, &envelope);
    if (household == SIZE_MAX) {
        return false;
    }
    const stream_move *move = stream_move_of(s, (unsigned)household);
    *input = (machine_input){
        .machine = target.machine->id,
        .row = (unsigned)household,
        .members = (1U << people_count((unsigned)household)) - 1,
        .event = {.key = target.machine->id == JK_MACHINE_DEST_CS ? move->txn : move->case_id,
                  .peer = jk_token_of_node(&record->peer),
                  .input = target.input,
                  .in = {.txn = envelope.txn,
                         .mask = envelope.members,
                         .epoch = envelope.epoch,
                         .reason = envelope.reason,
                         .author = jk_token_of_node(&envelope.author)}}};
    return true;
}

bool machine_inputs_of(const stream *s, machine_inputs *inputs)
{
    *inputs = (machine_inputs){calloc(stream_count(s) + 1, sizeof(machine_input)), 0};
    bool ok = inputs->item != NULL;
    for (size_t i = 0; ok && i < stream_count(s); i++) {
        const stream_record *record = stream_at(s, i);
        if (record->kind == STREAM_MESSAGE) {
            ok = make(s, record, &inputs->item[inputs->count]);
            inputs->count++;
        }
    }
    if (!ok) {
        free(inputs->item);
        *inputs = (machine_inputs){NULL, 0};
    }
    return ok;
}

bool machine_inputs_only(const machine_inputs *all, uint16_t machine, machine_inputs *only)
{
    *only = (machine_inputs){calloc(all->count + 1, sizeof(machine_input)), 0};
    for (size_t i = 0; only->item != NULL && i < all->count; i++) {
        if (all->item[i].machine == machine) {
            only->item[only->count++] = all->item[i];
        }
    }
    if (only->count == 0) {
        free(only->item);
        *only = (machine_inputs){NULL, 0};
    }
    return only->count > 0;
}

static bool case_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_GRANTABLE;
    return true;
}

static bool case_members(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)event;
    *chosen = ((const machine_input *)ctx)->members;
    return true;
}

/* No code changes in the recorded stream either. */
static bool code_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    (void)answer;
    return false;
}

static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *highest)
{
    (void)ctx;
    (void)event;
    *highest = 1;
    return true;
}

static bool notice_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_REASON_AS_FILED;
    return true;
}

/* Nobody is disputed in the recorded stream, so nobody asks why. */
static bool disputed_members(void *ctx, const jk_envelope_event *event, uint32_t *chosen)
{
    (void)ctx;
    (void)event;
    *chosen = 0;
    return true;
}

static bool dispute_reason(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)ctx;
    (void)event;
    (void)answer;
    return false;
}

const jk_movein_origin_cs_hooks machine_hooks = {
    .case_check = case_check,
    .case_members = case_members,
    .code_check = code_check,
    .highest_epoch = highest_epoch,
    .notice_check = notice_check,
    .disputed_members = disputed_members,
    .dispute_reason = dispute_reason,
};
