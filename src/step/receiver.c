/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end of a link: the generated receiver, bound to the inbox.  Its step holds the
 * upper machine's step inside; what it answers leaves after the commit. */
#include "step/internal.h"

#include "transport.h"
#include "transport_receiver.h"
#include "transport_sender.h"

#include <string.h>

/* One message at the receiver. */
typedef struct jk_receiver_step {
    jk_engine *engine;
    jk_step_peer *peer;
    const jk_envelope *envelope;
    jk_span bytes; /* the encoded envelope, as it came */
    uint64_t link_epoch;
    uint16_t answer; /* what the machine's hooks are told: the upper step ran before it */
    uint16_t rule;   /* why it is refused, 0 accepted */
    jk_status status;
} jk_receiver_step;

static bool given_answer(void *ctx, const jk_record_event *event, uint16_t *answer)
{
    (void)event;
    const jk_receiver_step *step = ctx;
    *answer = step->answer;
    return step->status == JK_OK;
}

static const jk_transport_receiver_hooks receiver_hooks = {
    .upper_check = given_answer,
    .first_answer = given_answer,
};

jk_status jk_transport_load(jk_engine *engine, jk_step_peer *peer)
{
    jk_machine_row row;
    jk_transport_sender sender;
    jk_transport_receiver receiver;
    jk_status status = jk_link_load(engine, JK_MACHINE_SENDER, peer, (uint16_t)sizeof sender, &row);
    if (status != JK_OK) {
        return status;
    }
    memcpy(&sender, row.data, sizeof sender);
    status = jk_link_load(engine, JK_MACHINE_RECEIVER, peer, (uint16_t)sizeof receiver, &row);
    if (status != JK_OK) {
        return status;
    }
    memcpy(&receiver, row.data, sizeof receiver);
    peer->last = sender.last;
    peer->acked = sender.acked;
    peer->expected = receiver.committed + 1;
    return JK_OK;
}

static jk_status put_inbox(jk_receiver_step *step, uint64_t sequence)
{
    jk_store *store = step->engine->config.store;
    jk_inbox_row row = {.message_id = step->envelope->message_id,
                        .link = step->peer->token,
                        .sequence = sequence,
                        .kind = step->envelope->kind,
                        .case_id = step->envelope->case_id,
                        .txn = step->envelope->txn};
    return store->ops->inbox_put(store, &row);
}

static jk_status receiver_effect(jk_receiver_step *step, const jk_record_action *action)
{
    jk_store *store = step->engine->config.store;
    if (action->code == JK_TRANSPORT_EFFECT_DEAD_LETTER) {
        return store->ops->dead_letter_put(store, &step->peer->token, action->out.sequence,
                                           step->rule, step->bytes);
    }
    /* DELIVER: the upper step is already in this transaction, with its inbox row. */
    return JK_OK;
}

static jk_status receiver_send(jk_receiver_step *step, const jk_record_action *action)
{
    jk_engine *engine = step->engine;
    const bool accepted = action->kind == JK_TRANSPORT_KIND_ACK;
    if (engine->answer_count == JK_ANSWERS_MAX) {
        return JK_E_FULL;
    }
    engine->answers[engine->answer_count++] =
        (jk_step_answer){step->peer, action->out.sequence, accepted ? 0 : step->rule};
    return JK_OK;
}

static jk_status receiver_step(jk_receiver_step *step, jk_machine_row *row, uint64_t sequence)
{
    jk_transport_receiver receiver;
    memcpy(&receiver, row->data, sizeof receiver);
    jk_record_event event = {.key = step->peer->token,
                             .in = {.link_epoch = step->link_epoch, .sequence = sequence},
                             .input = JK_TRANSPORT_RECEIVER_IN_DATA};
    jk_record_actions actions = {0};
    if (!jk_transport_receiver_step(&receiver, &event, &receiver_hooks, step, &actions)) {
        return step->status != JK_OK ? step->status : JK_E_RECORD;
    }
    for (uint16_t i = 0; i < actions.count; i++) {
        const jk_record_action *action = &actions.item[i];
        jk_status status = action->op == JK_RECORD_SEND ? receiver_send(step, action)
                                                        : receiver_effect(step, action);
        if (status != JK_OK) {
            return status;
        }
    }
    bool changed = memcmp(row->data, &receiver, sizeof receiver) != 0;
    memcpy(row->data, &receiver, sizeof receiver);
    step->peer->expected = receiver.committed + 1;
    return changed ? jk_link_save(step->engine, row, receiver.state) : JK_OK;
}

/* The upper machine's step in a savepoint of its own: a bad message leaves nothing of it (T7). */
static jk_status take_message(jk_receiver_step *step, uint64_t sequence, jk_envelope *envelope)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    size_t records = engine->record_count;
    jk_status status = store->ops->step_begin(store, 1);
    if (status != JK_OK) {
        return status;
    }
    jk_status taken = jk_upper_once(engine, &step->peer->node, sequence, step->bytes, envelope);
    if (taken == JK_OK && engine->record_count == records) {
        jk_upper_passed(engine, &step->peer->node, sequence, envelope, JK_OK);
    }
    if (taken == JK_OK) {
        step->envelope = envelope;
        taken = put_inbox(step, sequence);
        if (taken == JK_E_CONFLICT) {
            taken = JK_OK; /* consumed before (T6): its row stays as it was */
        }
    }
    if (taken == JK_OK) {
        step->answer = JK_TRANSPORT_REASON_ACCEPT;
        return store->ops->step_keep(store, 1);
    }
    if (jk_is_host(taken) && !engine->blocked) {
        return taken;
    }
    jk_record_drop(engine, records);
    jk_compare_forget(engine);
    if (engine->blocked) {
        return store->ops->step_undo(store, 1);
    }
    jk_upper_passed(engine, &step->peer->node, sequence, envelope, taken);
    step->answer = JK_TRANSPORT_REASON_REFUSE;
    step->rule = (uint16_t)taken;
    return store->ops->step_undo(store, 1);
}

/* T6: the same answer as the first time.  An answer to another message than that first one would
 * acknowledge what was never taken: a clone or a restored peer counts its messages anew. */
static jk_status repeat_answer(jk_receiver_step *step, uint64_t sequence)
{
    jk_store *store = step->engine->config.store;
    jk_status status =
        store->ops->dead_letter_rule(store, &step->peer->token, sequence, &step->rule);
    if (status != JK_E_NOT_FOUND) {
        step->answer = JK_TRANSPORT_REASON_REFUSE;
        return status;
    }
    jk_envelope envelope = {0};
    jk_inbox_row row;
    step->answer = JK_TRANSPORT_REASON_ACCEPT;
    if (jk_codec_decode_envelope(step->bytes, &envelope, NULL) != JK_OK) {
        return JK_E_CONFLICT;
    }
    status = store->ops->inbox_get(store, &envelope.message_id, &row);
    return status == JK_E_NOT_FOUND ? JK_E_CONFLICT : status;
}

jk_status jk_transport_data(jk_engine *engine, const jk_node_id *node, uint64_t link_epoch,
                            uint64_t sequence, jk_span bytes)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    jk_machine_row row;
    jk_status status = jk_link_load(engine, JK_MACHINE_RECEIVER, peer,
                                    (uint16_t)sizeof(jk_transport_receiver), &row);
    if (status != JK_OK) {
        return status;
    }
    jk_transport_receiver receiver;
    memcpy(&receiver, row.data, sizeof receiver);
    jk_receiver_step step = {
        .engine = engine, .peer = peer, .bytes = bytes, .link_epoch = link_epoch};
    jk_envelope envelope = {0};
    if (sequence == receiver.committed + 1) {
        status = take_message(&step, sequence, &envelope);
    } else if (sequence <= receiver.committed) {
        status = repeat_answer(&step, sequence);
    }
    if (status != JK_OK || engine->blocked) {
        return status; /* no room for what it would cause: as if lost, it comes again (T5) */
    }
    jk_peer_touch(engine, peer);
    return receiver_step(&step, &row, sequence);
}
