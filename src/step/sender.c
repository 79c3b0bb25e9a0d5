/* SPDX-License-Identifier: Apache-2.0 */
/* The sending end of a link: the generated sender, bound to the outbox.  Its step runs for every
 * message that an upper step sends, for every answer, and when the link comes up. */
#include "step/internal.h"

#include "transport.h"
#include "transport_sender.h"

#include <string.h>

/* One step of the machine and what its effects need. */
typedef struct jk_sender_step {
    jk_engine *engine;
    jk_step_peer *peer;
    const jk_envelope *envelope; /* SUBMIT */
    jk_span bytes;               /* SUBMIT: the encoded envelope */
    uint16_t rule;               /* NACK: the peer's */
    jk_status status;
} jk_sender_step;

/* T4: raised by a restore only, which comes with the operator's RECOVER. */
#define LINK_EPOCH UINT64_C(1)

static bool window(void *ctx, const jk_record_event *event, uint64_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_WINDOW_MAX;
    return true;
}

static const jk_transport_sender_hooks sender_hooks = {.window = window};

jk_status jk_link_load(jk_engine *engine, uint16_t machine, const jk_step_peer *peer, uint16_t size,
                       jk_machine_row *row)
{
    jk_store *store = engine->config.store;
    jk_status status = store->ops->machine_get(store, machine, &peer->token, row);
    if (status == JK_E_NOT_FOUND) {
        memset(row, 0, sizeof *row);
        row->machine = machine;
        row->key = peer->token;
        row->size = size;
        return JK_OK;
    }
    return status == JK_OK && row->size != size ? JK_E_STORE_SCHEMA : status;
}

jk_status jk_link_save(jk_engine *engine, jk_machine_row *row, uint16_t state)
{
    jk_store *store = engine->config.store;
    row->state = state;
    row->machine_name = jk_machine_name(row->machine);
    row->state_name = jk_machine_state_name(row->machine, state);
    row->updated_ms = engine->config.clock->wall_ms(engine->config.clock);
    return store->ops->machine_put(store, row);
}

static jk_status store_outbox(jk_sender_step *step, uint64_t sequence)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_outbox_row *row = &engine->outbox;
    memset(row, 0, offsetof(jk_outbox_row, bytes));
    row->link = step->peer->token;
    row->sequence = sequence;
    row->link_epoch = LINK_EPOCH;
    row->message_id = step->envelope->message_id;
    row->case_id = step->envelope->case_id;
    row->txn = step->envelope->txn;
    row->kind = step->envelope->kind;
    row->kind_name = jk_kind_name(row->kind);
    row->size = step->bytes.size;
    memcpy(row->bytes, step->bytes.data, step->bytes.size);
    return store->ops->outbox_put(store, row);
}

/* The range goes out after the commit: everything from `sequence` on that the window allows. */
static void transmit_later(jk_engine *engine, jk_step_peer *peer, uint64_t sequence)
{
    jk_peer_touch(engine, peer);
    if (sequence > 0 && sequence - 1 < peer->sent) {
        peer->sent = sequence - 1;
    }
}

static jk_status sender_effect(jk_sender_step *step, const jk_record_action *action)
{
    jk_store *store = step->engine->config.store;
    const jk_token *link = &step->peer->token;
    switch ((jk_transport_effect)action->code) {
    case JK_TRANSPORT_EFFECT_STORE_OUTBOX: return store_outbox(step, action->out.sequence);
    case JK_TRANSPORT_EFFECT_TRANSMIT:
        transmit_later(step->engine, step->peer, action->out.sequence);
        return JK_OK;
    case JK_TRANSPORT_EFFECT_DELETE_UPTO:
        return store->ops->outbox_delete_upto(store, link, action->out.sequence);
    case JK_TRANSPORT_EFFECT_REFUSE_OUTBOX:
        return store->ops->outbox_refuse(store, link, action->out.sequence, step->rule);
    case JK_TRANSPORT_EFFECT_DELIVER:
    case JK_TRANSPORT_EFFECT_DEAD_LETTER: break;
    }
    return JK_E_BUG;
}

/* T5: the repetition lives in memory; after a restart LINK_UP sends everything again anyway. */
static void arm_resend(jk_sender_step *step, bool armed)
{
    jk_step_peer *peer = step->peer;
    jk_clock *clock = step->engine->config.clock;
    if (!armed) {
        peer->resend_at_ms = INT64_MAX;
        peer->resend_wait_ms = step->engine->config.resend_ms;
        return;
    }
    peer->resend_at_ms = clock->monotonic_ms(clock) + peer->resend_wait_ms;
    if (peer->resend_at_ms < step->engine->resend_ms) {
        step->engine->resend_ms = peer->resend_at_ms;
    }
}

static jk_status sender_actions(jk_sender_step *step, const jk_record_actions *actions)
{
    for (uint16_t i = 0; i < actions->count; i++) {
        const jk_record_action *action = &actions->item[i];
        jk_status status = JK_OK;
        switch ((jk_record_op)action->op) {
        case JK_RECORD_EFFECT: status = sender_effect(step, action); break;
        case JK_RECORD_ARM: arm_resend(step, true); break;
        case JK_RECORD_DISARM: arm_resend(step, false); break;
        case JK_RECORD_SEND:
        case JK_RECORD_SEND_EACH:
        case JK_RECORD_FORWARD: status = JK_E_BUG; break;
        }
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

static jk_status sender_step(jk_sender_step *step, const jk_record_event *event)
{
    jk_engine *engine = step->engine;
    jk_machine_row row;
    jk_status status = jk_link_load(engine, JK_MACHINE_SENDER, step->peer,
                                    (uint16_t)sizeof(jk_transport_sender), &row);
    if (status != JK_OK) {
        return status;
    }
    jk_transport_sender sender;
    memcpy(&sender, row.data, sizeof sender);
    jk_record_actions actions = {0};
    if (!jk_transport_sender_step(&sender, event, &sender_hooks, step, &actions)) {
        return step->status != JK_OK ? step->status : JK_E_RECORD;
    }
    status = sender_actions(step, &actions);
    if (status != JK_OK) {
        return status;
    }
    bool changed = memcmp(row.data, &sender, sizeof sender) != 0;
    memcpy(row.data, &sender, sizeof sender);
    if (changed) {
        status = jk_link_save(engine, &row, sender.state);
    }
    step->peer->last = sender.last;
    step->peer->acked = sender.acked;
    return status;
}

jk_status jk_transport_submit(jk_engine *engine, const jk_envelope *envelope)
{
    jk_step_peer *peer = jk_peer_of(engine, &envelope->target);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    jk_store *store = engine->config.store;
    uint64_t waiting = 0;
    jk_status status = store->ops->outbox_count(store, &peer->token, &waiting);
    if (status == JK_OK && waiting >= JK_OUTBOX_MAX && !engine->in_timer) {
        engine->blocked = true;
        status = JK_E_FULL;
    }
    jk_codec_bytes bytes = {engine->envelope_bytes, sizeof engine->envelope_bytes, 0};
    if (status == JK_OK) {
        status = jk_codec_encode_envelope(envelope, &bytes, NULL);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_sender_step step = {
        .engine = engine, .peer = peer, .envelope = envelope, .bytes = {bytes.data, bytes.size}};
    jk_record_event event = {.key = peer->token,
                             .in = {.link_epoch = LINK_EPOCH, .message = envelope->message_id},
                             .input = JK_TRANSPORT_SENDER_IN_SUBMIT};
    jk_peer_touch(engine, peer);
    return sender_step(&step, &event);
}

static jk_status sender_input(jk_engine *engine, jk_step_peer *peer, uint16_t input,
                              uint64_t sequence, uint16_t rule)
{
    jk_sender_step step = {.engine = engine, .peer = peer, .rule = rule};
    jk_record_event event = {
        .key = peer->token, .in = {.link_epoch = LINK_EPOCH, .sequence = sequence}, .input = input};
    return sender_step(&step, &event);
}

jk_status jk_transport_ack(jk_engine *engine, const jk_node_id *node, uint64_t next)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    uint64_t before = peer->acked;
    jk_status status = sender_input(engine, peer, JK_TRANSPORT_SENDER_IN_ACK, next, 0);
    if (status == JK_OK && peer->acked > before) {
        peer->resend_wait_ms = engine->config.resend_ms; /* progress: the back-off starts anew */
    }
    return status;
}

jk_status jk_transport_nack(jk_engine *engine, const jk_node_id *node, uint64_t sequence,
                            uint16_t rule)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    return sender_input(engine, peer, JK_TRANSPORT_SENDER_IN_NACK, sequence, rule);
}

jk_status jk_transport_up(jk_engine *engine, const jk_node_id *node)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    peer->up = true;
    peer->sent = 0;
    jk_peer_touch(engine, peer);
    peer->resend_wait_ms = engine->config.resend_ms;
    return sender_input(engine, peer, JK_TRANSPORT_SENDER_IN_LINK_UP, 0, 0);
}

jk_status jk_transport_resend(jk_engine *engine, jk_step_peer *peer)
{
    if (peer->resend_wait_ms < 64 * engine->config.resend_ms) {
        peer->resend_wait_ms *= 2;
    }
    return sender_input(engine, peer, JK_TRANSPORT_SENDER_IN_EXPIRE_RESEND, 0, 0);
}
