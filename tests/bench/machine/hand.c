/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of hand.h.  Every case looks before it acts, so a refused input needs no undoing. */
#include "bench/machine/hand.h"

#include <string.h>

#define STATE(name) JK_MOVEIN_DEST_CS_##name
#define IN(name)    JK_MOVEIN_DEST_CS_IN_##name
#define LINK(name)  JK_MOVEIN_LINK_##name
#define KIND(name)  JK_MOVEIN_KIND_##name

static jk_envelope_action *act(jk_envelope_actions *out, jk_envelope_op op)
{
    jk_envelope_action *action = &out->item[out->count++];
    memset(action, 0, sizeof *action);
    action->op = (uint16_t)op;
    return action;
}

static jk_envelope_fields *send(jk_envelope_actions *out, jk_movein_link link, jk_movein_kind kind)
{
    jk_envelope_action *action = act(out, JK_ENVELOPE_SEND);
    action->link = (uint16_t)link;
    action->kind = (uint16_t)kind;
    return &action->out;
}

static void each(jk_envelope_actions *out, jk_movein_link link, jk_movein_kind kind, uint32_t mask,
                 uint64_t epoch)
{
    jk_envelope_fields *fields = send(out, link, kind);
    out->item[out->count - 1].op = JK_ENVELOPE_SEND_EACH;
    fields->mask = mask;
    fields->epoch = epoch;
}

static jk_envelope_fields *effect(jk_envelope_actions *out, jk_movein_effect code)
{
    jk_envelope_action *action = act(out, JK_ENVELOPE_EFFECT);
    action->code = (uint16_t)code;
    return &action->out;
}

static void timer(jk_envelope_actions *out, jk_envelope_op op, uint16_t code)
{
    act(out, op)->code = code;
}

/* ---- the destination's CS ---- */

static void tell_terminal(const jk_envelope_event *event, jk_envelope_actions *out,
                          jk_movein_kind kind, uint16_t reason)
{
    jk_envelope_fields *fields = send(out, LINK(DEST_TO_TERMINAL), kind);
    fields->txn = event->key;
    fields->reason = reason;
}

static void release(const jk_envelope_event *event, jk_envelope_actions *out)
{
    send(out, LINK(DEST_TO_ORIGIN), KIND(RELEASE))->txn = event->key;
}

static bool refuse(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out,
                   uint16_t reason)
{
    tell_terminal(event, out, KIND(REFUSED), reason);
    effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
    m->state = STATE(CLOSED);
    return true;
}

static bool give_back(jk_movein_dest_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out, uint16_t reason)
{
    release(event, out);
    m->granted = 0;
    m->epoch = 0;
    return refuse(m, event, out, reason);
}

static bool identity(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    uint16_t reason = event->in.reason;
    if (event->input == IN(EXPIRE_VERIFY_DUE)) {
        if (!m->verify_due) {
            return false;
        }
        reason = JK_REASON_UNAVAILABLE;
    } else if (event->input != IN(VERIFY_RESULT)) {
        return false;
    } else {
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE);
    }
    m->verify_due = false;
    tell_terminal(event, out, KIND(VERIFY_RESULT), reason);
    if (reason == JK_REASON_MATCH_ACTIVE || reason == JK_REASON_MATCH_REMOVED ||
        reason == JK_REASON_CODE_CHANGED) {
        m->state = STATE(WAIT_REQUEST);
        return true;
    }
    effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
    m->state = STATE(CLOSED);
    return true;
}

static bool certificate(jk_movein_dest_cs *m, const jk_envelope_event *event,
                        jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT): {
        m->cert_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE);
        m->granted = event->in.mask;
        m->epoch = event->in.epoch;
        jk_envelope_fields *fields = send(out, LINK(DEST_TO_REGISTRY), KIND(REGISTER));
        fields->txn = event->key;
        fields->mask = m->granted;
        fields->epoch = m->epoch;
        m->state = STATE(WAIT_REGISTERED);
        return true;
    }
    case IN(CANCEL):
        m->cert_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE);
        release(event, out);
        return refuse(m, event, out, JK_REASON_STOPPED_BY_OPERATOR);
    case IN(REFUSAL):
        m->cert_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE);
        return refuse(m, event, out, event->in.reason);
    case IN(EXPIRE_CERT_DUE):
        if (!m->cert_due) {
            return false;
        }
        m->cert_due = false;
        release(event, out);
        return refuse(m, event, out, JK_REASON_UNREACHABLE);
    default: return false;
    }
}

static bool registered(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out)
{
    if (event->in.mask != m->granted) {
        return false;
    }
    jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_RECORD_RESIDENCE);
    fields->mask = m->granted;
    fields->epoch = m->epoch;
    each(out, LINK(CS_TO_PREFECTURE), KIND(ENTRY), m->granted, m->epoch);
    fields = send(out, LINK(DEST_TO_ORIGIN), KIND(NOTICE));
    fields->txn = event->key;
    fields->mask = m->granted;
    fields->epoch = m->epoch;
    fields = send(out, LINK(DEST_TO_TERMINAL), KIND(DONE));
    fields->txn = event->key;
    fields->mask = m->granted;
    m->state = STATE(WAIT_ACCEPTED);
    return true;
}

static bool card(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    if (event->input == IN(CANCEL)) {
        return true;
    }
    if (event->input != IN(CONTINUED) && event->input != IN(CONTINUE_REFUSED)) {
        return false;
    }
    m->waiting &= ~event->in.mask;
    if (event->input == IN(CONTINUED)) {
        m->continued |= event->in.mask;
    }
    if (m->waiting == 0) {
        jk_envelope_fields *fields = send(out, LINK(DEST_TO_TERMINAL), KIND(CONTINUED));
        fields->txn = event->key;
        fields->mask = m->continued;
        effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
        m->granted = 0;
        m->continued = 0;
        m->epoch = 0;
        m->state = STATE(DONE);
    }
    return true;
}

/* The states in which the registry has the word. */
static bool at_registry(jk_movein_dest_cs *m, const jk_envelope_event *event,
                        jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(REGISTERED): return registered(m, event, out);
    case IN(REJECTED): return give_back(m, event, out, JK_REASON_REJECTED_BY_CLERK);
    case IN(STOPPED):
        return m->state == STATE(WAIT_STOPPED) &&
               give_back(m, event, out, JK_REASON_STOPPED_BY_OPERATOR);
    case IN(CANCEL):
        if (m->state != STATE(WAIT_REGISTERED)) {
            return false;
        }
        send(out, LINK(DEST_TO_REGISTRY), KIND(STOP))->txn = event->key;
        m->state = STATE(WAIT_STOPPED);
        return true;
    default: return false;
    }
}

static bool dest_begin(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(VERIFY_REQUEST):
        effect(out, JK_MOVEIN_EFFECT_KEEP_REQUEST);
        send(out, LINK(DEST_TO_NATIONAL), KIND(VERIFY_REQUEST))->txn = event->key;
        m->verify_due = true;
        timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE);
        m->state = STATE(WAIT_IDENTITY);
        return true;
    case IN(CERT): release(event, out); return true;
    default: return false;
    }
}

static bool dest(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch ((jk_movein_dest_cs_state)m->state) {
    case STATE(IDLE): return dest_begin(m, event, out);
    case STATE(WAIT_IDENTITY): return identity(m, event, out);
    case STATE(WAIT_REQUEST):
        if (event->input != IN(CERT_REQUEST)) {
            return false;
        }
        effect(out, JK_MOVEIN_EFFECT_KEEP_REQUEST);
        send(out, LINK(DEST_TO_ORIGIN), KIND(CERT_REQUEST))->txn = event->key;
        m->cert_due = true;
        timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE);
        m->state = STATE(WAIT_CERT);
        return true;
    case STATE(WAIT_CERT): return certificate(m, event, out);
    case STATE(WAIT_REGISTERED):
    case STATE(WAIT_STOPPED): return at_registry(m, event, out);
    case STATE(WAIT_ACCEPTED):
        if (event->input == IN(ACCEPTED) && event->in.mask == m->granted) {
            m->waiting = m->granted;
            each(out, LINK(DEST_TO_CARDS), KIND(CONTINUE), m->granted, 0);
            out->item[out->count - 1].out.txn = event->key;
            m->state = STATE(WAIT_CARDS);
            return true;
        }
        return event->input == IN(CANCEL);
    case STATE(WAIT_CARDS): return card(m, event, out);
    case STATE(DONE): return event->input == IN(CANCEL);
    case STATE(CLOSED):
        if (event->input == IN(CERT)) {
            release(event, out);
            return true;
        }
        return event->input == IN(CANCEL) || event->input == IN(VERIFY_RESULT) ||
               event->input == IN(REFUSAL);
    }
    return false;
}

bool hand_dest_cs_step(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out)
{
    uint16_t before = out->count;
    out->count = 0;
    if (!dest(m, event, out)) {
        out->count = before;
        return false;
    }
    return true;
}

/* ---- the origin's CS ---- */

#undef STATE
#undef IN
#define STATE(name) JK_MOVEIN_ORIGIN_CS_##name
#define IN(name)    JK_MOVEIN_ORIGIN_CS_IN_##name

static jk_envelope_fields *answer_dest(const jk_envelope_event *event, jk_envelope_actions *out,
                                       jk_movein_kind kind)
{
    jk_envelope_fields *fields = send(out, LINK(ORIGIN_TO_DEST), kind);
    out->item[out->count - 1].peer = event->peer;
    fields->txn = event->in.txn;
    return fields;
}

static bool refusal(const jk_envelope_event *event, jk_envelope_actions *out, uint16_t reason)
{
    answer_dest(event, out, KIND(REFUSAL))->reason = reason;
    return true;
}

static bool cancel_refused(jk_envelope_actions *out, uint16_t reason)
{
    send(out, LINK(ORIGIN_TO_REGISTRY), KIND(CANCEL_REFUSED))->reason = reason;
    return true;
}

static bool removal(const jk_movein_origin_cs *m, const jk_envelope_event *event,
                    jk_envelope_actions *out)
{
    each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), event->in.mask, m->start);
    return true;
}

static bool filed(jk_movein_origin_cs *m, const jk_envelope_event *event,
                  const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint64_t highest = 0;
    if (!hooks->highest_epoch(ctx, event, &highest) || highest == 0) {
        return false;
    }
    m->start = highest;
    m->epoch = highest;
    m->left = event->in.mask;
    effect(out, JK_MOVEIN_EFFECT_KEEP_FILING);
    effect(out, JK_MOVEIN_EFFECT_OPEN_CASE)->mask = event->in.mask;
    m->state = STATE(OPEN);
    return true;
}

static bool grant(jk_movein_origin_cs *m, const jk_envelope_event *event,
                  const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint16_t answer = 0;
    uint32_t chosen = 0;
    if (!hooks->case_check(ctx, event, &answer) ||
        (answer != JK_REASON_GRANTABLE && answer != JK_REASON_NO_FILING &&
         answer != JK_REASON_TOO_LATE && answer != JK_REASON_DECEASED) ||
        !hooks->case_members(ctx, event, &chosen) || chosen == 0) {
        return false;
    }
    if (answer != JK_REASON_GRANTABLE) {
        return refusal(event, out, answer);
    }
    if ((chosen & ~m->left) != 0) {
        return refusal(event, out, JK_REASON_ALREADY_USED);
    }
    if (m->epoch == UINT64_MAX) {
        return false;
    }
    m->epoch++;
    m->granted = chosen;
    m->holder = event->in.txn;
    jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_GRANT);
    fields->mask = chosen;
    fields->epoch = m->epoch;
    fields = answer_dest(event, out, KIND(CERT));
    fields->mask = chosen;
    fields->epoch = m->epoch;
    m->state = STATE(GRANTED);
    return true;
}

static bool open_case(jk_movein_origin_cs *m, const jk_envelope_event *event,
                      const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return grant(m, event, hooks, ctx, out);
    case IN(RELEASE): return true;
    case IN(REMOVED): return removal(m, event, out);
    case IN(CANCEL_OUT):
        send(out, LINK(ORIGIN_TO_REGISTRY), KIND(CANCEL_OK))->mask = m->left;
        m->state = STATE(CLOSING);
        return true;
    default: return false;
    }
}

static bool is_holder(const jk_movein_origin_cs *m, const jk_envelope_event *event)
{
    return memcmp(&event->in.txn, &m->holder, sizeof m->holder) == 0;
}

static bool notice(jk_movein_origin_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    uint32_t mask = event->in.mask;
    if (!is_holder(m, event) || mask != m->granted) {
        return false;
    }
    m->left &= ~mask;
    m->granted = 0;
    memset(&m->holder, 0, sizeof m->holder);
    effect(out, JK_MOVEIN_EFFECT_ACCEPT_NOTICE)->mask = mask;
    effect(out, JK_MOVEIN_EFFECT_CLOSE_CASE)->mask = mask;
    answer_dest(event, out, KIND(ACCEPTED))->mask = mask;
    send(out, LINK(ORIGIN_TO_REGISTRY), KIND(MOVED))->mask = mask;
    m->state = STATE(OPEN);
    if (m->left == 0) {
        effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
        m->state = STATE(MOVED);
    }
    return true;
}

static bool granted(jk_movein_origin_cs *m, const jk_envelope_event *event,
                    jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_GRANTED_ELSEWHERE);
    case IN(RELEASE):
        if (is_holder(m, event)) {
            m->granted = 0;
            memset(&m->holder, 0, sizeof m->holder);
            effect(out, JK_MOVEIN_EFFECT_END_GRANT);
            m->state = STATE(OPEN);
        }
        return true;
    case IN(NOTICE): return notice(m, event, out);
    case IN(REMOVED): return removal(m, event, out);
    case IN(CANCEL_OUT): return cancel_refused(out, JK_REASON_GRANTED_ELSEWHERE);
    default: return false;
    }
}

static bool closing(jk_movein_origin_cs *m, const jk_envelope_event *event,
                    jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_CANCELLED);
    case IN(RELEASE): return true;
    case IN(REMOVED): return removal(m, event, out);
    case IN(RESTORED): {
        if (m->epoch == UINT64_MAX) {
            return false;
        }
        m->epoch++;
        jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_RENEW_EPOCH);
        fields->mask = event->in.mask;
        fields->epoch = m->epoch;
        each(out, LINK(CS_TO_PREFECTURE), KIND(ENTRY), event->in.mask, m->epoch);
        effect(out, JK_MOVEIN_EFFECT_CLOSE_CASE)->mask = m->left;
        m->left = 0;
        effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
        m->state = STATE(CANCELLED);
        return true;
    }
    default: return false;
    }
}

static bool origin(jk_movein_origin_cs *m, const jk_envelope_event *event,
                   const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint16_t input = event->input;
    switch ((jk_movein_origin_cs_state)m->state) {
    case STATE(IDLE):
        if (input == IN(FILED)) {
            return filed(m, event, hooks, ctx, out);
        }
        return input == IN(CERT_REQUEST) ? refusal(event, out, JK_REASON_NO_FILING)
                                         : input == IN(RELEASE);
    case STATE(OPEN): return open_case(m, event, hooks, ctx, out);
    case STATE(GRANTED): return granted(m, event, out);
    case STATE(CLOSING): return closing(m, event, out);
    case STATE(CANCELLED):
        return input == IN(CERT_REQUEST) ? refusal(event, out, JK_REASON_CANCELLED)
                                         : input == IN(RELEASE);
    case STATE(MOVED):
        switch (input) {
        case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_ALREADY_USED);
        case IN(REMOVED): return removal(m, event, out);
        case IN(CANCEL_OUT): return cancel_refused(out, JK_REASON_ALREADY_USED);
        default: return input == IN(RELEASE);
        }
    }
    return false;
}

bool hand_origin_cs_step(jk_movein_origin_cs *m, const jk_envelope_event *event,
                         const jk_movein_origin_cs_hooks *hooks, void *ctx,
                         jk_envelope_actions *out)
{
    uint16_t before = out->count;
    out->count = 0;
    if (!origin(m, event, hooks, ctx, out)) {
        out->count = before;
        return false;
    }
    return true;
}
