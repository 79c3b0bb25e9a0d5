/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between nodes: every one that was taken was sent by that peer under that number, says
 * the same, and comes once and in order.  The numbers are those of the generated sender and
 * receiver, taken again. */
#include "trace_data.h"

#include "step/roles.h"
#include "transport.h"
#include "transport_receiver.h"
#include "transport_sender.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t source_of(const trace *t, const jk_node_id *node)
{
    for (size_t i = 0; i < t->count; i++) {
        if (jk_node_equal(&t->source[i].node, node)) {
            return i;
        }
    }
    return TRACE_NOBODY;
}

static trace_link *link_of(trace *t, const jk_node_id *from, const jk_node_id *to)
{
    const trace_link like = {
        .from = *from, .to = *to, .sender = TRACE_NOBODY, .receiver = TRACE_NOBODY};
    const size_t before = t->links.count;
    trace_link *link = trace_map_get(&t->links, &like, sizeof like);
    if (link == NULL) {
        t->broken = true;
    } else if (t->links.count > before) {
        link->sender = source_of(t, from);
        link->receiver = source_of(t, to);
    }
    return link;
}

/* ---- the transport's machines ---- */

static bool accept(void *ctx, const jk_record_event *event, uint16_t *answer)
{
    (void)event;
    *answer = *(const uint16_t *)ctx;
    return true;
}

static bool window(void *ctx, const jk_record_event *event, uint64_t *answer)
{
    (void)ctx;
    (void)event;
    *answer = JK_WINDOW_MAX;
    return true;
}

/* Whether the receiver that has taken everything before `next` hands this number on (T2, T6). */
static bool receiver_takes(uint64_t next, uint64_t sequence, bool accepted)
{
    static const jk_transport_receiver_hooks hooks = {.upper_check = accept,
                                                      .first_answer = accept};
    uint16_t answer = accepted ? JK_TRANSPORT_REASON_ACCEPT : JK_TRANSPORT_REASON_REFUSE;
    jk_transport_receiver receiver = {.committed = next - 1};
    jk_record_actions actions = {0};
    const jk_record_event event = {.in = {.link_epoch = 1, .sequence = sequence},
                                   .input = JK_TRANSPORT_RECEIVER_IN_DATA};
    return jk_transport_receiver_step(&receiver, &event, &hooks, &answer, &actions) &&
           actions.count > 0 && actions.item[0].op == JK_RECORD_EFFECT &&
           receiver.committed == sequence;
}

/* The number that the sender gives to its next message (T1). */
static uint64_t sender_gives(uint64_t next)
{
    static const jk_transport_sender_hooks hooks = {.window = window};
    jk_transport_sender sender = {.last = next - 1, .acked = next - 1};
    jk_record_actions actions = {0};
    const jk_record_event event = {.in = {.link_epoch = 1}, .input = JK_TRANSPORT_SENDER_IN_SUBMIT};
    return jk_transport_sender_step(&sender, &event, &hooks, NULL, &actions) ? sender.last : 0;
}

/* ---- taking ---- */

bool trace_link_ready(trace *t, const trace_source *source)
{
    if (source->line.sequence == 0) {
        return true;
    }
    const trace_link *link = link_of(t, &source->line.peer, &source->node);
    return link == NULL || link->sender == TRACE_NOBODY ||
           (link->sent_known && source->line.sequence < link->sent_next);
}

bool trace_link_hopeless(trace *t, const trace_source *source)
{
    const trace_link *link = link_of(t, &source->line.peer, &source->node);
    return link == NULL || link->sender == TRACE_NOBODY || t->source[link->sender].ended ||
           (t->source[link->sender].late && !link->sent_known);
}

static const char *wrong_field(const trace_line *line, const jk_step_sent *sent)
{
    return sent->kind != trace_kind_of_input(line->input) ? "kind"
           : sent->members != line->members               ? "members"
           : sent->epoch != line->epoch                   ? "epoch"
           : sent->reason != line->reason                 ? "reason"
           : !jk_token_equal(&sent->txn, &line->in_txn)   ? "txn"
           : !jk_node_equal(&sent->author, &line->author) ? "author"
                                                          : NULL;
}

/* The receiver's side: its number is the next one. */
static void take_number(trace *t, const trace_source *source, trace_link *link, const char *from)
{
    const uint64_t sequence = source->line.sequence;
    const bool accepted = strcmp(source->line.status, jk_status_name(JK_OK)) == 0;
    if (!link->took_known) {
        link->took_known = true;
        link->took_next = source->late ? sequence : 1;
    }
    if (!receiver_takes(link->took_next, sequence, accepted)) {
        trace_differ(t, source, source->line.role, "link",
                     "number %" PRIu64 " of %s was taken, the next is %" PRIu64, sequence, from,
                     link->took_next);
    }
    link->took_next = sequence < link->took_next ? link->took_next : sequence + 1;
}

void trace_link_take(trace *t, const trace_source *source, bool given_up)
{
    const trace_line *line = &source->line;
    char from[TRACE_NAME_SIZE];
    trace_link *link = line->sequence == 0 ? NULL : link_of(t, &line->peer, &source->node);
    if (link == NULL) {
        return;
    }
    trace_node_name(&line->peer, from);
    take_number(t, source, link, from);
    if (link->sender == TRACE_NOBODY) {
        t->verdict->foreign++;
        return;
    }
    const bool before =
        t->source[link->sender].late && (!link->sent_known || line->sequence < link->sent_first);
    if (before) {
        t->verdict->unseen++;
        return;
    }
    if (given_up) {
        trace_differ(t, source, line->role, "link", "number %" PRIu64 " of %s was not sent before",
                     line->sequence, from);
        return;
    }
    while (link->count > 0 && link->sent[link->head].sequence < line->sequence) {
        link->head++;
        link->count--;
    }
    if (link->count == 0 || link->sent[link->head].sequence != line->sequence) {
        return; /* it was taken before: told by its number */
    }
    const char *wrong = wrong_field(line, &link->sent[link->head]);
    link->head++;
    link->count--;
    if (wrong != NULL) {
        trace_differ(t, source, line->role, "message",
                     "number %" PRIu64 " of %s was sent with another %s", line->sequence, from,
                     wrong);
    } else {
        t->verdict->messages++;
    }
}

/* ---- sending ---- */

static bool keep(trace_link *link, const jk_step_sent *sent)
{
    if (link->head + link->count == link->capacity) {
        if (link->head > link->count) {
            memmove(link->sent, link->sent + link->head, link->count * sizeof *link->sent);
        } else {
            const size_t capacity = link->capacity == 0 ? 16 : 2 * link->capacity;
            jk_step_sent *bigger = malloc(capacity * sizeof *bigger);
            if (bigger == NULL) {
                return false;
            }
            if (link->count > 0) {
                memcpy(bigger, link->sent + link->head, link->count * sizeof *bigger);
            }
            free(link->sent);
            link->sent = bigger;
            link->capacity = capacity;
        }
        link->head = 0;
    }
    link->sent[link->head + link->count++] = *sent;
    return true;
}

void trace_link_send(trace *t, const trace_source *source)
{
    for (size_t i = 0; i < source->line.sent_count; i++) {
        const jk_step_sent *sent = &source->line.sent[i];
        trace_link *link = link_of(t, &source->node, &sent->peer);
        if (link == NULL) {
            return;
        }
        if (!link->sent_known) {
            link->sent_known = true;
            link->sent_first = source->late ? sent->sequence : 1;
            link->sent_next = link->sent_first;
        }
        if (sender_gives(link->sent_next) != sent->sequence) {
            char to[TRACE_NAME_SIZE];
            trace_node_name(&sent->peer, to);
            trace_differ(t, source, source->line.role, "link",
                         "number %" PRIu64 " to %s was sent, the next is %" PRIu64, sent->sequence,
                         to, link->sent_next);
        }
        const bool fresh = sent->sequence >= link->sent_next &&
                           (!link->took_known || sent->sequence >= link->took_next);
        link->sent_next = sent->sequence < link->sent_next ? link->sent_next : sent->sequence + 1;
        if (fresh && link->receiver != TRACE_NOBODY && !keep(link, sent)) {
            t->broken = true;
        }
    }
}

void trace_link_end(trace *t)
{
    for (size_t i = 0; i < t->links.capacity; i++) {
        trace_link *link = t->links.slot[i];
        if (link != NULL) {
            t->verdict->under_way += link->count;
            free(link->sent);
        }
    }
}
