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

static jk_envelope_fields *each(jk_envelope_actions *out, jk_movein_link link, jk_movein_kind kind,
                                uint32_t mask, uint64_t epoch)
{
    jk_envelope_fields *fields = send(out, link, kind);
    out->item[out->count - 1].op = JK_ENVELOPE_SEND_EACH;
    fields->mask = mask;
    fields->epoch = epoch;
    return fields;
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

/* A word to the origin that carries the transaction alone. */
static bool tell_origin(const jk_envelope_event *event, jk_envelope_actions *out,
                        jk_movein_kind kind)
{
    send(out, LINK(DEST_TO_ORIGIN), kind)->txn = event->key;
    return true;
}

static bool close(jk_movein_dest_cs *m, jk_envelope_actions *out)
{
    effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
    m->state = STATE(CLOSED);
    return true;
}

static bool refuse(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out,
                   uint16_t reason)
{
    tell_terminal(event, out, KIND(REFUSED), reason);
    return close(m, out);
}

static bool give_back(jk_movein_dest_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out, uint16_t reason)
{
    (void)tell_origin(event, out, KIND(RELEASE));
    m->granted = 0;
    m->epoch = 0;
    return refuse(m, event, out, reason);
}

/* Nobody answered 3-1. */
static bool verify_expired(jk_movein_dest_cs *m, const jk_envelope_event *event,
                           jk_envelope_actions *out)
{
    if (!m->verify_due) {
        return false;
    }
    m->verify_due = false;
    tell_terminal(event, out, KIND(VERIFY_RESULT), JK_REASON_UNAVAILABLE);
    return close(m, out);
}

static bool card_state(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out)
{
    if (event->input == IN(EXPIRE_VERIFY_DUE)) {
        return verify_expired(m, event, out);
    }
    if (event->input != IN(CARD_STATE)) {
        return false;
    }
    if (event->in.reason == JK_REASON_CARD_USABLE) {
        send(out, LINK(DEST_TO_NATIONAL), KIND(VERIFY_REQUEST))->txn = event->key;
        m->state = STATE(WAIT_IDENTITY);
        return true;
    }
    m->verify_due = false;
    timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE);
    tell_terminal(event, out, KIND(VERIFY_RESULT), JK_REASON_CARD_INVALID);
    return close(m, out);
}

static bool identity(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    const uint16_t reason = event->in.reason;
    if (event->input == IN(EXPIRE_VERIFY_DUE)) {
        return verify_expired(m, event, out);
    }
    if (event->input != IN(VERIFY_RESULT)) {
        return false;
    }
    m->verify_due = false;
    timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE);
    tell_terminal(event, out, KIND(VERIFY_RESULT), reason);
    if (reason == JK_REASON_MATCH_ACTIVE || reason == JK_REASON_MATCH_REMOVED ||
        reason == JK_REASON_CODE_CHANGED) {
        m->state = STATE(WAIT_REQUEST);
        return true;
    }
    return close(m, out);
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
        return give_back(m, event, out, JK_REASON_STOPPED_BY_OPERATOR);
    case IN(REFUSAL):
        m->cert_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_CERT_DUE);
        return refuse(m, event, out, event->in.reason);
    case IN(EXPIRE_CERT_DUE):
        if (!m->cert_due) {
            return false;
        }
        m->cert_due = false;
        return give_back(m, event, out, JK_REASON_UNREACHABLE);
    default: return false;
    }
}

/* The NOTICE of whom the origin has to answer for, and its limit. */
static jk_envelope_fields *send_notice(const jk_movein_dest_cs *m, const jk_envelope_event *event,
                                       jk_envelope_actions *out, jk_movein_kind kind)
{
    jk_envelope_fields *fields = send(out, LINK(DEST_TO_ORIGIN), kind);
    fields->txn = event->key;
    fields->mask = m->granted;
    fields->epoch = m->epoch;
    return fields;
}

static void arm_notice(jk_movein_dest_cs *m, jk_envelope_actions *out)
{
    m->notice_due = true;
    timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_DEST_CS_TIMER_NOTICE_DUE);
    m->state = STATE(WAIT_ACCEPTED);
}

static void arm_card(jk_movein_dest_cs *m, jk_envelope_actions *out)
{
    m->card_due = true;
    timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_DEST_CS_TIMER_CARD_DUE);
    m->state = STATE(WAIT_CARDS);
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
    (void)each(out, LINK(CS_TO_PREFECTURE), KIND(ENTRY), m->granted, m->epoch);
    (void)send_notice(m, event, out, KIND(NOTICE));
    fields = send(out, LINK(DEST_TO_TERMINAL), KIND(DONE));
    fields->txn = event->key;
    fields->mask = m->granted;
    arm_notice(m, out);
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
    case IN(GRANT_STATUS): return tell_origin(event, out, KIND(HOLDS));
    default: return false;
    }
}

static bool end_cards(jk_movein_dest_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out)
{
    m->card_due = false;
    timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_CARD_DUE);
    jk_envelope_fields *fields = send(out, LINK(DEST_TO_TERMINAL), KIND(CONTINUED));
    fields->txn = event->key;
    fields->mask = m->continued;
    m->accepted = 0;
    m->continued = 0;
    m->waiting = 0;
    m->epoch = 0;
    effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
    m->state = STATE(DONE);
    return true;
}

static bool died(const jk_envelope_event *event, jk_envelope_actions *out)
{
    jk_envelope_fields *fields = send(out, LINK(DEST_TO_REGISTRY), KIND(DIED));
    fields->txn = event->key;
    fields->mask = event->in.mask;
    each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), event->in.mask, 0)->reason =
        JK_REASON_DECEASED;
    effect(out, JK_MOVEIN_EFFECT_END_RESIDENCE)->mask = event->in.mask;
    return true;
}

/* What every state after the registration answers alike. */
static bool after_registration(jk_movein_dest_cs *m, const jk_envelope_event *event,
                               jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CANCEL): return true;
    case IN(GRANT_STATUS): return tell_origin(event, out, KIND(HOLDS));
    case IN(DIED): return died(event, out);
    case IN(CONTINUED):
        m->waiting &= ~event->in.mask;
        m->continued |= event->in.mask;
        return true;
    case IN(CONTINUE_REFUSED): m->waiting &= ~event->in.mask; return true;
    default: return false;
    }
}

static bool accepted(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    const uint32_t mask = event->in.mask;
    if ((mask & ~m->granted) != 0) {
        return false;
    }
    m->granted &= ~mask;
    m->accepted |= mask;
    m->waiting |= mask;
    each(out, LINK(DEST_TO_CARDS), KIND(CONTINUE), mask, 0)->txn = event->key;
    if (m->granted == 0) {
        m->notice_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_NOTICE_DUE);
        arm_card(m, out);
    }
    return true;
}

/* The origin has the word: WAIT_ACCEPTED, and PARKED_NOTICE when it is overdue. */
static bool at_origin(jk_movein_dest_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(ACCEPTED): return accepted(m, event, out);
    case IN(DISPUTED): {
        if (event->in.mask != m->granted) {
            return false;
        }
        m->notice_due = false;
        timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_DEST_CS_TIMER_NOTICE_DUE);
        jk_envelope_fields *fields = send(out, LINK(DEST_TO_REGISTRY), KIND(DISPUTED));
        fields->txn = event->key;
        fields->mask = m->granted;
        fields->reason = event->in.reason;
        m->state = STATE(PARKED_DISPUTED);
        return true;
    }
    case IN(EXPIRE_NOTICE_DUE):
        if (m->state != STATE(WAIT_ACCEPTED) || !m->notice_due) {
            return false;
        }
        m->notice_due = false;
        m->state = STATE(PARKED_NOTICE);
        return true;
    default: return after_registration(m, event, out);
    }
}

static bool withdrawn(jk_movein_dest_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out)
{
    each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), m->granted, 0)->reason =
        JK_REASON_WITHDRAWN_BY_CLERK;
    effect(out, JK_MOVEIN_EFFECT_END_RESIDENCE)->mask = m->granted;
    (void)send_notice(m, event, out, KIND(WITHDRAW));
    m->granted = 0;
    if (m->accepted == 0) {
        m->epoch = 0;
        return refuse(m, event, out, JK_REASON_WITHDRAWN_BY_CLERK);
    }
    if (m->waiting == 0) {
        return end_cards(m, event, out);
    }
    arm_card(m, out);
    return true;
}

/* The clerk of the registry has the choice. */
static bool disputed(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CORRECTED):
    case IN(RETRY):
        if (event->input == IN(CORRECTED)) {
            effect(out, JK_MOVEIN_EFFECT_CORRECT_RESIDENCE)->mask = m->granted;
        }
        (void)send_notice(m, event, out, KIND(NOTICE));
        arm_notice(m, out);
        return true;
    case IN(WITHDRAWN): return withdrawn(m, event, out);
    default: return after_registration(m, event, out);
    }
}

static bool cards(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(EXPIRE_CARD_DUE):
        if (m->state != STATE(WAIT_CARDS) || !m->card_due) {
            return false;
        }
        m->card_due = false;
        m->state = STATE(PARKED_CARDS);
        return true;
    case IN(END_WITHOUT_CARD): return m->state == STATE(PARKED_CARDS) && end_cards(m, event, out);
    case IN(CONTINUED):
    case IN(CONTINUE_REFUSED):
        (void)after_registration(m, event, out);
        return m->waiting != 0 || end_cards(m, event, out);
    default: return after_registration(m, event, out);
    }
}

static bool done(const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(DIED): return died(event, out);
    case IN(GRANT_STATUS): return tell_origin(event, out, KIND(HOLDS));
    case IN(CONTINUED):
    case IN(CONTINUE_REFUSED):
    case IN(CANCEL): return true;
    default: return false;
    }
}

static bool closed(const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT):
    case IN(GRANT_STATUS): return tell_origin(event, out, KIND(RELEASE));
    case IN(CANCEL):
    case IN(VERIFY_RESULT):
    case IN(CARD_STATE):
    case IN(REFUSAL): return true;
    default: return false;
    }
}

static bool dest_begin(jk_movein_dest_cs *m, const jk_envelope_event *event,
                       jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(VERIFY_REQUEST):
        effect(out, JK_MOVEIN_EFFECT_KEEP_REQUEST);
        send(out, LINK(DEST_TO_CARDS), KIND(CARD_STATUS))->txn = event->key;
        m->verify_due = true;
        timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE);
        m->state = STATE(WAIT_CARD_STATE);
        return true;
    case IN(CERT):
    case IN(GRANT_STATUS): return tell_origin(event, out, KIND(RELEASE));
    default: return false;
    }
}

static bool dest(jk_movein_dest_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    switch ((jk_movein_dest_cs_state)m->state) {
    case STATE(IDLE): return dest_begin(m, event, out);
    case STATE(WAIT_CARD_STATE): return card_state(m, event, out);
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
    case STATE(PARKED_NOTICE): return at_origin(m, event, out);
    case STATE(PARKED_DISPUTED): return disputed(m, event, out);
    case STATE(WAIT_CARDS):
    case STATE(PARKED_CARDS): return cards(m, event, out);
    case STATE(DONE): return done(event, out);
    case STATE(CLOSED): return closed(event, out);
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

static bool dispute(const jk_envelope_event *event, jk_envelope_actions *out, uint32_t mask,
                    uint16_t reason)
{
    jk_envelope_fields *fields = answer_dest(event, out, KIND(DISPUTED));
    fields->mask = mask;
    fields->reason = reason;
    return true;
}

static bool removal(jk_movein_origin_cs *m, const jk_envelope_event *event,
                    jk_envelope_actions *out)
{
    (void)each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), event->in.mask, 0);
    m->removed |= event->in.mask;
    return true;
}

static void death(jk_movein_origin_cs *m, const jk_envelope_event *event, jk_envelope_actions *out)
{
    each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), event->in.mask & ~m->removed, 0)->reason =
        JK_REASON_DECEASED;
    m->removed |= event->in.mask;
    m->dead |= event->in.mask;
    (void)each(out, LINK(ORIGIN_TO_DEST), KIND(DIED), event->in.mask & m->accepted, 0);
}

static void leave(jk_movein_origin_cs *m, jk_envelope_actions *out, uint32_t mask)
{
    effect(out, JK_MOVEIN_EFFECT_CLOSE_CASE)->mask = mask;
    m->left &= ~mask;
}

/* Of these, who is still in the register: they need an epoch more. */
static uint32_t homecomers(const jk_movein_origin_cs *m, uint32_t mask)
{
    return mask & ~m->accepted & ~m->removed;
}

static bool has_epoch(const jk_movein_origin_cs *m, uint32_t home)
{
    return home == 0 || m->epoch != UINT64_MAX;
}

static void return_home(jk_movein_origin_cs *m, jk_envelope_actions *out, uint32_t home)
{
    if (home == 0) {
        return;
    }
    m->epoch++;
    jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_RENEW_EPOCH);
    fields->mask = home;
    fields->epoch = m->epoch;
    (void)each(out, LINK(CS_TO_PREFECTURE), KIND(ENTRY), home, m->epoch);
}

static bool withdraw(jk_movein_origin_cs *m, const jk_envelope_event *event,
                     jk_envelope_actions *out)
{
    const uint32_t home = homecomers(m, event->in.mask);
    if (!has_epoch(m, home)) {
        return false;
    }
    return_home(m, out, home);
    return true;
}

/* No grant is out any more. */
static bool go_on_or_end(jk_movein_origin_cs *m, jk_envelope_actions *out)
{
    return_home(m, out, homecomers(m, m->withdrawn));
    m->withdrawn = 0;
    m->state = STATE(OPEN);
    if (m->left == 0) {
        effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
        m->state = STATE(MOVED);
    }
    return true;
}

static void end_grant(jk_movein_origin_cs *m, jk_envelope_actions *out)
{
    m->granted = 0;
    memset(&m->holder, 0, sizeof m->holder);
    m->status_due = false;
    timer(out, JK_ENVELOPE_DISARM, JK_MOVEIN_ORIGIN_CS_TIMER_STATUS_DUE);
}

/* A grant ends without a notice. */
static bool drop_grant(jk_movein_origin_cs *m, jk_envelope_actions *out)
{
    end_grant(m, out);
    leave(m, out, m->left & m->dead);
    return go_on_or_end(m, out);
}

static bool filed(jk_movein_origin_cs *m, const jk_envelope_event *event,
                  const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint64_t highest = 0;
    if (!hooks->highest_epoch(ctx, event, &highest) || highest == 0) {
        return false;
    }
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
         answer != JK_REASON_TOO_LATE) ||
        !hooks->case_members(ctx, event, &chosen) || chosen == 0) {
        return false;
    }
    if (answer != JK_REASON_GRANTABLE) {
        return refusal(event, out, answer);
    }
    if ((chosen & m->dead) != 0) {
        return refusal(event, out, JK_REASON_DECEASED);
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
    m->asked = event->peer;
    jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_GRANT);
    fields->mask = chosen;
    fields->epoch = m->epoch;
    m->status_due = true;
    timer(out, JK_ENVELOPE_ARM, JK_MOVEIN_ORIGIN_CS_TIMER_STATUS_DUE);
    fields = answer_dest(event, out, KIND(CERT));
    fields->mask = chosen;
    fields->epoch = m->epoch;
    m->state = STATE(GRANTED);
    return true;
}

static bool recode_refused(const jk_envelope_event *event, jk_envelope_actions *out,
                           uint16_t reason)
{
    jk_envelope_fields *fields = send(out, LINK(ORIGIN_TO_REGISTRY), KIND(RECODE_REFUSED));
    fields->mask = event->in.mask;
    fields->reason = reason;
    return true;
}

/* A member's resident record code changes: his residence ends, and begins anew. */
static bool recode(jk_movein_origin_cs *m, const jk_envelope_event *event,
                   const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    const uint32_t mask = event->in.mask;
    uint16_t answer = 0;
    if (!hooks->code_check(ctx, event, &answer) ||
        (answer != JK_REASON_CODE_FREE && answer != JK_REASON_CODE_IN_USE)) {
        return false;
    }
    if ((mask & (m->removed | ~m->left)) != 0) {
        return recode_refused(event, out, JK_REASON_NOT_RESIDENT);
    }
    if (answer != JK_REASON_CODE_FREE) {
        return recode_refused(event, out, answer);
    }
    if (m->epoch == UINT64_MAX) {
        return false;
    }
    each(out, LINK(CS_TO_PREFECTURE), KIND(REMOVAL), mask, 0)->reason = JK_REASON_CODE_CHANGED;
    m->epoch++;
    jk_envelope_fields *fields = effect(out, JK_MOVEIN_EFFECT_RECODE_MEMBER);
    fields->mask = mask;
    fields->epoch = m->epoch;
    each(out, LINK(CS_TO_PREFECTURE), KIND(ENTRY), mask, m->epoch)->reason = JK_REASON_CODE_CHANGED;
    send(out, LINK(ORIGIN_TO_REGISTRY), KIND(RECODE_OK))->mask = mask;
    return true;
}

static bool open_case(jk_movein_origin_cs *m, const jk_envelope_event *event,
                      const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return grant(m, event, hooks, ctx, out);
    case IN(NOTICE): return dispute(event, out, event->in.mask, JK_REASON_OVERRIDDEN);
    case IN(WITHDRAW): return withdraw(m, event, out);
    case IN(RELEASE):
    case IN(HOLDS): return true;
    case IN(REMOVED): return removal(m, event, out);
    case IN(DEATH):
        if (!has_epoch(m, homecomers(m, m->withdrawn) & ~event->in.mask)) {
            return false;
        }
        death(m, event, out);
        leave(m, out, event->in.mask & m->left);
        return go_on_or_end(m, out);
    case IN(CANCEL_OUT):
        send(out, LINK(ORIGIN_TO_REGISTRY), KIND(CANCEL_OK))->mask = m->left;
        m->state = STATE(CLOSING);
        return true;
    case IN(RECODE): return recode(m, event, hooks, ctx, out);
    default: return false;
    }
}

static bool is_holder(const jk_movein_origin_cs *m, const jk_envelope_event *event)
{
    return memcmp(&event->in.txn, &m->holder, sizeof m->holder) == 0;
}

static void accept(jk_movein_origin_cs *m, const jk_envelope_event *event, jk_envelope_actions *out,
                   uint32_t mask, uint16_t reason)
{
    m->accepted |= mask;
    effect(out, JK_MOVEIN_EFFECT_ACCEPT_NOTICE)->mask = mask;
    leave(m, out, mask);
    jk_envelope_fields *fields = answer_dest(event, out, KIND(ACCEPTED));
    fields->mask = mask;
    fields->reason = reason;
    send(out, LINK(ORIGIN_TO_REGISTRY), KIND(MOVED))->mask = mask;
}

/* Some of the grant are not accepted. */
static bool notice_disputed(jk_movein_origin_cs *m, const jk_envelope_event *event,
                            jk_envelope_actions *out, uint32_t not, uint16_t reason)
{
    if ((m->granted & ~not ) != 0) {
        accept(m, event, out, m->granted & ~not, 0);
    }
    m->granted &= not ;
    effect(out, JK_MOVEIN_EFFECT_DISPUTE_NOTICE)->mask = m->granted;
    return dispute(event, out, m->granted, reason);
}

static bool notice(jk_movein_origin_cs *m, const jk_envelope_event *event,
                   const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint32_t chosen = 0;
    uint16_t answer = 0;
    if (!is_holder(m, event)) {
        return dispute(event, out, event->in.mask, JK_REASON_OVERRIDDEN);
    }
    if (event->in.mask != m->granted || !hooks->disputed_members(ctx, event, &chosen)) {
        return false;
    }
    const uint32_t not = chosen | m->dead;
    if ((m->granted & not ) != 0) {
        if ((m->granted & m->dead) != 0) {
            return notice_disputed(m, event, out, not, JK_REASON_DECEASED);
        }
        return hooks->dispute_reason(ctx, event, &answer) &&
               (answer == JK_REASON_MOVED_ABROAD || answer == JK_REASON_OTHER_MUNICIPALITY ||
                answer == JK_REASON_DOUBLE) &&
               notice_disputed(m, event, out, not, answer);
    }
    if (!hooks->notice_check(ctx, event, &answer) ||
        (answer != JK_REASON_AS_FILED && answer != JK_REASON_DEVIATION) ||
        !has_epoch(m, homecomers(m, m->withdrawn) & ~m->granted)) {
        return false;
    }
    accept(m, event, out, m->granted, answer);
    end_grant(m, out);
    return go_on_or_end(m, out);
}

static bool granted_withdraw(jk_movein_origin_cs *m, const jk_envelope_event *event,
                             jk_envelope_actions *out)
{
    const uint32_t all = m->withdrawn | event->in.mask;
    const bool holds = is_holder(m, event);
    if (holds && (event->in.mask != m->granted || !has_epoch(m, homecomers(m, all)))) {
        return false;
    }
    m->withdrawn = all;
    if (holds) {
        effect(out, JK_MOVEIN_EFFECT_END_GRANT);
        return drop_grant(m, out);
    }
    return true;
}

static bool granted(jk_movein_origin_cs *m, const jk_envelope_event *event,
                    const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_GRANTED_ELSEWHERE);
    case IN(RELEASE):
        if (!is_holder(m, event)) {
            return true;
        }
        if (!has_epoch(m, homecomers(m, m->withdrawn))) {
            return false;
        }
        effect(out, JK_MOVEIN_EFFECT_END_GRANT);
        return drop_grant(m, out);
    case IN(NOTICE): return notice(m, event, hooks, ctx, out);
    case IN(WITHDRAW): return granted_withdraw(m, event, out);
    case IN(HOLDS): return true;
    case IN(EXPIRE_STATUS_DUE):
        if (!m->status_due) {
            return false;
        }
        m->status_due = false;
        send(out, LINK(ORIGIN_TO_DEST), KIND(GRANT_STATUS))->txn = m->holder;
        out->item[out->count - 1].peer = m->asked;
        return true;
    case IN(OVERRIDE):
        if (!has_epoch(m, homecomers(m, m->withdrawn))) {
            return false;
        }
        effect(out, JK_MOVEIN_EFFECT_OVERRIDE_GRANT)->mask = m->granted;
        return drop_grant(m, out);
    case IN(REMOVED): return removal(m, event, out);
    case IN(DEATH):
        death(m, event, out);
        leave(m, out, event->in.mask & m->left & ~m->granted);
        return true;
    case IN(CANCEL_OUT): return cancel_refused(out, JK_REASON_GRANTED_ELSEWHERE);
    case IN(RECODE): return recode_refused(event, out, JK_REASON_GRANTED_ELSEWHERE);
    default: return false;
    }
}

static bool closing(jk_movein_origin_cs *m, const jk_envelope_event *event,
                    jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_CANCELLED);
    case IN(NOTICE): return dispute(event, out, event->in.mask, JK_REASON_OVERRIDDEN);
    case IN(WITHDRAW): return withdraw(m, event, out);
    case IN(RELEASE):
    case IN(HOLDS): return true;
    case IN(REMOVED): return removal(m, event, out);
    case IN(DEATH):
        death(m, event, out);
        leave(m, out, event->in.mask & m->left);
        return true;
    case IN(RESTORED): {
        const uint32_t home = event->in.mask & ~m->accepted;
        if (!has_epoch(m, home)) {
            return false;
        }
        m->removed &= ~event->in.mask;
        return_home(m, out, home);
        leave(m, out, m->left);
        effect(out, JK_MOVEIN_EFFECT_ERASE_DATA);
        m->state = STATE(CANCELLED);
        return true;
    }
    default: return false;
    }
}

static bool cancelled(jk_movein_origin_cs *m, const jk_envelope_event *event,
                      jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_CANCELLED);
    case IN(NOTICE): return dispute(event, out, event->in.mask, JK_REASON_OVERRIDDEN);
    case IN(WITHDRAW): return withdraw(m, event, out);
    case IN(DEATH): death(m, event, out); return true;
    case IN(RELEASE):
    case IN(HOLDS): return true;
    default: return false;
    }
}

static bool moved(jk_movein_origin_cs *m, const jk_envelope_event *event,
                  const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    uint32_t chosen = 0;
    switch (event->input) {
    case IN(CERT_REQUEST):
        return hooks->case_members(ctx, event, &chosen) && chosen != 0 &&
               refusal(event, out,
                       (chosen & m->dead) != 0 ? JK_REASON_DECEASED : JK_REASON_ALREADY_USED);
    case IN(NOTICE): return dispute(event, out, event->in.mask, JK_REASON_OVERRIDDEN);
    case IN(RELEASE):
    case IN(WITHDRAW):
    case IN(HOLDS): return true;
    case IN(REMOVED): return removal(m, event, out);
    case IN(DEATH): death(m, event, out); return true;
    case IN(CANCEL_OUT): return cancel_refused(out, JK_REASON_ALREADY_USED);
    case IN(RECODE): return recode_refused(event, out, JK_REASON_ALREADY_USED);
    default: return false;
    }
}

static bool idle(jk_movein_origin_cs *m, const jk_envelope_event *event,
                 const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    switch (event->input) {
    case IN(FILED): return filed(m, event, hooks, ctx, out);
    case IN(CERT_REQUEST): return refusal(event, out, JK_REASON_NO_FILING);
    case IN(NOTICE): return dispute(event, out, event->in.mask, JK_REASON_NO_FILING);
    case IN(RELEASE):
    case IN(WITHDRAW): return true;
    default: return false;
    }
}

static bool origin(jk_movein_origin_cs *m, const jk_envelope_event *event,
                   const jk_movein_origin_cs_hooks *hooks, void *ctx, jk_envelope_actions *out)
{
    switch ((jk_movein_origin_cs_state)m->state) {
    case STATE(IDLE): return idle(m, event, hooks, ctx, out);
    case STATE(OPEN): return open_case(m, event, hooks, ctx, out);
    case STATE(GRANTED): return granted(m, event, hooks, ctx, out);
    case STATE(CLOSING): return closing(m, event, out);
    case STATE(CANCELLED): return cancelled(m, event, out);
    case STATE(MOVED): return moved(m, event, hooks, ctx, out);
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
