/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, peers and the engine's calls.  Nothing leaves before the group's commit returned. */
#include "step/internal.h"

#include "step/feed.h"

#include <string.h>

size_t jk_engine_size(void)
{
    return sizeof(jk_engine);
}

jk_status jk_engine_init(jk_engine *engine, const jk_step_config *config)
{
    memset(engine, 0, sizeof *engine);
    engine->config = *config;
    jk_status status = jk_group_open(engine);
    if (status != JK_OK) {
        return status;
    }
    jk_store *store = config->store;
    status = store->ops->timer_restart(store, config->clock->monotonic_ms(config->clock));
    jk_status flushed = jk_engine_flush(engine);
    return status != JK_OK ? status : flushed;
}

static void forget_group(jk_engine *engine)
{
    engine->group_open = false;
    engine->steps = 0;
    engine->answer_count = 0;
    engine->record_count = 0;
    engine->sent_count = 0;
    for (size_t i = engine->dirty_from; i < engine->dirty_to; i++) {
        engine->peers[i].dirty = false;
    }
    engine->dirty_from = 0;
    engine->dirty_to = 0;
}

static void drop_group(jk_engine *engine)
{
    jk_store *store = engine->config.store;
    if (engine->group_open) {
        store->ops->rollback(store);
    }
    engine->bulk_empty = false;
    jk_compare_forget(engine);
    forget_group(engine);
}

static void commit_done(void *arg, jk_status status)
{
    jk_engine *engine = arg;
    engine->commit_status = status;
}

/* Hands to the channel what the window allows and what was not handed over yet.  The group is
 * durable by now: a store that fails here only delays, because the link's repetition comes back
 * (T5). */
static void transmit(jk_engine *engine, jk_step_peer *peer)
{
    jk_store *store = engine->config.store;
    jk_outbox_row *row = &engine->outbox;
    uint64_t after = peer->sent > peer->acked ? peer->sent : peer->acked;
    while (peer->up && after < peer->last && after - peer->acked < JK_WINDOW_MAX) {
        jk_status status = store->ops->outbox_next(store, &peer->token, after, row);
        if (status != JK_OK || row->sequence - peer->acked > JK_WINDOW_MAX) {
            return;
        }
        engine->config.link->message(engine->config.link, &peer->node, row->link_epoch,
                                     row->sequence, (jk_span){row->bytes, row->size});
        after = row->sequence;
        peer->sent = after;
    }
}

static void after_commit(jk_engine *engine)
{
    jk_link *link = engine->config.link;
    for (size_t i = 0; engine->config.log != NULL && i < engine->record_count; i++) {
        engine->config.log(engine->config.log_arg, &engine->records[i].record);
    }
    for (size_t i = 0; i < engine->answer_count; i++) { /* every message has its own, in order */
        const jk_step_answer *answer = &engine->answers[i];
        if (!answer->peer->up) {
            continue; /* the peer sends again when its link is up */
        }
        if (answer->rule == 0) {
            link->ack(link, &answer->peer->node, answer->sequence, JK_WINDOW_MAX);
        } else {
            link->nack(link, &answer->peer->node, answer->sequence, answer->rule);
        }
    }
    for (size_t i = engine->dirty_from; i < engine->dirty_to; i++) {
        jk_step_peer *peer = &engine->peers[i];
        if (peer->dirty) {
            transmit(engine, peer);
        }
    }
}

jk_status jk_engine_flush(jk_engine *engine)
{
    if (!engine->group_open) {
        return engine->broken ? JK_E_BUG : JK_OK;
    }
    jk_store *store = engine->config.store;
    if (engine->config.log_keep != NULL && engine->record_count > 0) {
        const jk_status kept = engine->config.log_keep(engine->config.log_arg, engine);
        if (kept != JK_OK) {
            drop_group(engine);
            return kept;
        }
    }
    engine->commit_status = JK_E_BUG;
    store->ops->commit(store, commit_done, engine);
    engine->group_open = false;
    jk_status status = engine->commit_status;
    if (status == JK_OK) {
        jk_compare_settle(engine);
        after_commit(engine);
    } else {
        engine->bulk_empty = false;
        jk_compare_forget(engine);
    }
    forget_group(engine);
    return status;
}

const jk_step_record *jk_engine_record(const jk_engine *engine, size_t index)
{
    return index < engine->record_count ? &engine->records[index].record : NULL;
}

/* Room for a step's record and its messages; a fuller group is committed first.  Not OK: no group
 * is open. */
jk_status jk_step_open(jk_engine *engine)
{
    jk_status status = JK_OK;
    engine->blocked = false;
    if (engine->steps >= JK_GROUP_STEPS_MAX || engine->record_count >= JK_STEP_RECORDS_MAX ||
        engine->sent_count + JK_STEP_SENDS_MAX > JK_STEP_SENT_MAX) {
        status = jk_engine_flush(engine);
    }
    engine->record_mark = engine->record_count;
    if (status == JK_OK) {
        status = jk_group_open(engine);
    }
    jk_store *store = engine->config.store;
    if (status == JK_OK) {
        status = store->ops->step_begin(store, 0);
    }
    if (status != JK_OK) {
        drop_group(engine);
    }
    return status;
}

/* Ends the step: kept, undone for a PEER status, or the whole group dropped for a HOST status. */
jk_status jk_step_close(jk_engine *engine, jk_status status)
{
    jk_store *store = engine->config.store;
    bool lost = jk_is_host(status) && !engine->blocked;
    if (status == JK_OK) {
        status = store->ops->step_keep(store, 0);
        lost = jk_is_host(status);
        engine->steps++;
    } else if (!lost) {
        jk_record_drop(engine, engine->record_mark);
        jk_status undone = store->ops->step_undo(store, 0);
        jk_compare_forget(engine);
        if (undone != JK_OK) {
            status = undone;
            lost = jk_is_host(status);
        }
    }
    if (lost) {
        engine->blocked = false;
        drop_group(engine);
    }
    return status;
}

jk_status jk_engine_receive(jk_engine *engine, const jk_node_id *peer, uint64_t link_epoch,
                            uint64_t sequence, jk_span bytes)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_transport_data(engine, peer, link_epoch, sequence, bytes));
}

jk_status jk_engine_ack(jk_engine *engine, const jk_node_id *peer, uint64_t next)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_transport_ack(engine, peer, next));
}

jk_status jk_engine_nack(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                         uint16_t rule)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_transport_nack(engine, peer, sequence, rule));
}

jk_status jk_engine_link_up(jk_engine *engine, const jk_node_id *peer)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    jk_step_peer *known = jk_peer_of(engine, peer);
    status = known == NULL ? JK_E_FULL : jk_transport_load(engine, known);
    if (status == JK_OK) {
        status = jk_transport_up(engine, peer);
    }
    return jk_step_close(engine, status);
}

void jk_engine_link_down(jk_engine *engine, const jk_node_id *node)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer != NULL) {
        peer->up = false;
        peer->resend_at_ms = INT64_MAX;
        peer->resend_wait_ms = engine->config.resend_ms;
    }
}

bool jk_engine_blocked(const jk_engine *engine)
{
    return engine->blocked;
}

jk_status jk_engine_command(jk_engine *engine, const jk_command *command)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_upper_command(engine, command));
}

jk_status jk_engine_note(jk_engine *engine, const jk_data_key *key, jk_span value)
{
    jk_store *store = engine->config.store;
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, store->ops->data_put(store, key, value, false));
}

jk_status jk_engine_scrub(jk_engine *engine, const char *code, size_t rows, jk_scrub_report *report)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_scrub(engine, code, rows, report));
}

jk_status jk_engine_recovered(jk_engine *engine, const char *code)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_feed_recovered(engine, code));
}

jk_status jk_engine_damage_end(jk_engine *engine, uint64_t key, const char *approver)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    return jk_step_close(engine, jk_damage_end(engine, key, approver));
}

/* One timer in a step of its own.  A timer that its machine does not take is forgotten: the row
 * says more than the timer. */
static jk_status fire(jk_engine *engine, const jk_timer_row *timer)
{
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    engine->in_timer = true;
    status = jk_step_close(engine, jk_upper_timer(engine, timer));
    engine->in_timer = false;
    if (status != JK_OK && !jk_is_host(status)) {
        jk_store *store = engine->config.store;
        status = jk_step_open(engine);
        if (status == JK_OK) {
            status = store->ops->timer_delete(store, timer->machine, &timer->key, timer->timer);
            status = jk_step_close(engine, status);
        }
    }
    return status;
}

static int64_t due_now(const jk_engine *engine, uint8_t kind)
{
    jk_clock *clock = engine->config.clock;
    if (kind == JK_TIMER_DATE) {
        return clock->today(clock) * INT64_C(86400000);
    }
    return clock->monotonic_ms(clock);
}

static jk_status fire_due(jk_engine *engine, uint8_t kind, int64_t *next_ms)
{
    jk_store *store = engine->config.store;
    for (;;) {
        jk_timer_row timer;
        jk_status status = store->ops->timer_first(store, kind, &timer);
        if (status == JK_E_NOT_FOUND) {
            return JK_OK;
        }
        if (status != JK_OK) {
            drop_group(engine);
            return status;
        }
        if (timer.due_ms > due_now(engine, kind)) {
            if (kind == JK_TIMER_ELAPSED && timer.due_ms < *next_ms) {
                *next_ms = timer.due_ms;
            }
            return JK_OK;
        }
        status = fire(engine, &timer);
        if (status != JK_OK) {
            return status;
        }
    }
}

/* T5.  Every turn of a loop comes here, so peers are looked at only when one of them is due. */
static jk_status resend_due(jk_engine *engine, int64_t *next_ms)
{
    const int64_t now_ms = engine->config.clock->monotonic_ms(engine->config.clock);
    jk_status status = JK_OK;
    if (engine->resend_ms <= now_ms) {
        int64_t earliest_ms = INT64_MAX;
        for (size_t i = 0; status == JK_OK && i < engine->peer_count; i++) {
            jk_step_peer *peer = &engine->peers[i];
            if (peer->up && peer->resend_at_ms <= now_ms) {
                status = jk_step_open(engine);
                if (status == JK_OK) {
                    status = jk_step_close(engine, jk_transport_resend(engine, peer));
                }
            }
            if (peer->up && peer->resend_at_ms < earliest_ms) {
                earliest_ms = peer->resend_at_ms;
            }
        }
        engine->resend_ms = status == JK_OK ? earliest_ms : 0;
    }
    if (engine->resend_ms < *next_ms) {
        *next_ms = engine->resend_ms;
    }
    return status;
}

jk_status jk_engine_timers(jk_engine *engine, int64_t *next_ms)
{
    *next_ms = INT64_MAX;
    jk_status status = fire_due(engine, JK_TIMER_ELAPSED, next_ms);
    if (status == JK_OK) {
        status = fire_due(engine, JK_TIMER_DATE, next_ms);
    }
    return status == JK_OK ? resend_due(engine, next_ms) : status;
}

jk_status jk_engine_link_numbers(jk_engine *engine, const jk_node_id *node,
                                 jk_link_numbers *numbers)
{
    jk_step_peer *peer = jk_peer_of(engine, node);
    if (peer == NULL) {
        return JK_E_FULL;
    }
    jk_status status = jk_transport_load(engine, peer);
    if (status == JK_OK) {
        *numbers = (jk_link_numbers){
            .sent = peer->last, .acked = peer->acked, .received = peer->expected - 1};
    }
    return status;
}
