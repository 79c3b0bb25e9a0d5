/* SPDX-License-Identifier: Apache-2.0 */
/* The rules about transactions: what was acknowledged happened once, messages and log entries come
 * once and in order, a case has one grant at a time, an epoch is fresh, a card waits. */
#include "history_data.h"

#include <stdlib.h>
#include <string.h>

static bool role_is(const h_history *h, const h_step *s, const char *role)
{
    return h_is(h, s->role, role);
}

/* What an operator asks for: the machine's input, and what its key is. */
typedef struct desk {
    const char *verb;
    const char *input;
    const char *role;
    bool of_case;
    bool once; /* a second such step is a second effect */
} desk;

static const desk desks[] = {
    {"move-in", "MOVE_IN", "movein_terminal", false, true},
    {"stop", "STOP_MOVE_IN", "movein_terminal", false, false},
    {"file-out", "FILE_OUT", "movein_origin_registry", true, true},
    {"cancel-out", "CANCEL_FILING", "movein_origin_registry", true, false},
    {"enter", "ENTER", "movein_dest_registry", false, true},
    {"reject", "REJECT", "movein_dest_registry", false, true},
    {"give-up", "GIVE_UP", "movein_terminal", false, true},
    {"death", "REPORT_DEATH", "movein_origin_registry", true, false},
    {"recode", "CHANGE_CODE", "movein_origin_registry", true, false},
    {"retry", "RETRY_NOTICE", "movein_dest_registry", false, false},
    {"correct", "CORRECT_ENTRY", "movein_dest_registry", false, false},
    {"withdraw", "WITHDRAW_ENTRY", "movein_dest_registry", false, true},
    {"choose", "END_WITHOUT_CARD", "movein_dest_cs", false, true},
    {"release", "OVERRIDE", "movein_origin_cs", true, false},
};

static const desk *desk_of_verb(const h_history *h, h_text verb)
{
    for (size_t i = 0; i < sizeof desks / sizeof desks[0]; i++) {
        if (h_is(h, verb, desks[i].verb)) {
            return &desks[i];
        }
    }
    return NULL;
}

static const desk *desk_of_step(const h_history *h, const h_step *s)
{
    for (size_t i = 0; i < sizeof desks / sizeof desks[0]; i++) {
        if (h_is(h, s->input, desks[i].input) && role_is(h, s, desks[i].role)) {
            return &desks[i];
        }
    }
    return NULL;
}

/* ---- before the rules ---- */

static const h_history *sorted; /* qsort gives no place for an argument */

static int by_resident(const void *a, const void *b)
{
    const h_fact *x = h_fact_at(sorted, *(const uint32_t *)a);
    const h_fact *y = h_fact_at(sorted, *(const uint32_t *)b);
    if (x->who != y->who) {
        return x->who < y->who ? -1 : 1;
    }
    if (x->node != y->node) {
        return x->node < y->node ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    if (x->sub != y->sub) {
        return x->sub < y->sub ? -1 : 1;
    }
    return x->order < y->order ? -1 : (x->order > y->order ? 1 : 0);
}

static bool sort_facts(h_history *h)
{
    h->by_who = calloc(h->fact.count + 1, sizeof *h->by_who);
    if (h->by_who == NULL) {
        h->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < h->fact.count; i++) {
        h->by_who[i] = (uint32_t)i;
    }
    sorted = h;
    qsort(h->by_who, h->fact.count, sizeof *h->by_who, by_resident);
    return true;
}

size_t h_next_who(const h_history *h, size_t *start)
{
    size_t end = *start;
    while (end < h->fact.count &&
           h_fact_at(h, h->by_who[end])->who == h_fact_at(h, h->by_who[*start])->who) {
        end++;
    }
    return end - *start;
}

static void prepare_step(h_history *h, uint32_t i)
{
    const h_step *s = h_step_at(h, i);
    const uint32_t key[4] = {s->node, s->role, s->key, 0};
    if (s->role == H_NONE || s->key == H_NONE) {
        return;
    }
    uint32_t *newest = h_map_at(h, &h->machine_of, key);
    if (newest == NULL) {
        return;
    }
    if (s->clean && (*newest == UINT32_MAX || h_step_at(h, *newest)->state != s->state)) {
        h_violation(h, 12, s->node, s->line, "%s of %s is %s", h_word(h, s->role),
                    h_word(h, s->key), h_word(h, s->state));
    }
    *newest = i;
    if (s->due != INT64_MIN) {
        (void)h_put(h, H_AT_DUE, s->key, H_NONE, s->node, i);
    }
    if (role_is(h, s, "movein_dest_registry") && h_is(h, s->state, "REGISTERED")) {
        (void)h_put(h, H_AT_REGISTRATION, s->key, H_NONE, 0, i);
    }
    if (role_is(h, s, "movein_dest_registry") && h_begins(h, s->input, "WITHDRAW")) {
        (void)h_put(h, H_AT_WITHDRAWN, s->key, H_NONE, 0, i);
    }
    if (role_is(h, s, "movein_origin_cs") && h_begins(h, s->input, "OVERRIDE")) {
        (void)h_put(h, H_AT_OVERRIDDEN, s->case_id, H_NONE, 0, i);
    }
}

static void prepare_parked(h_history *h)
{
    for (uint32_t i = 0; i < h->step.count; i++) {
        const h_step *s = h_step_at(h, i);
        const uint32_t key[4] = {s->node, s->role, s->key, 0};
        const uint32_t *newest = s->key == H_NONE ? NULL : h_map_at(h, &h->machine_of, key);
        if (newest == NULL || *newest != i || !h_parked(h, s->state)) {
            continue;
        }
        h_put_over(h, H_AT_PARKED, s->key, H_NONE, 0, i);
        h_put_over(h, H_AT_PARKED, s->case_id, H_NONE, 0, i);
        h_put_over(h, H_AT_PARKED, s->txn, H_NONE, 0, i);
    }
}

bool h_prepare(h_history *h)
{
    for (uint32_t i = 0; i < h->step.count; i++) {
        prepare_step(h, i);
    }
    prepare_parked(h);
    return sort_facts(h) && !h->no_memory;
}

/* ---- H6: what was acknowledged ---- */

static void judge_desk_steps(h_history *h)
{
    for (uint32_t i = 0; i < h->step.count; i++) {
        const h_step *s = h_step_at(h, i);
        const desk *d = s->seen ? NULL : desk_of_step(h, s);
        if (d != NULL && !h_put(h, H_AT_DESK, s->input, s->key, s->node, i) && d->once) {
            h_violation(h, 6, s->node, s->line, "%s happened twice for %s", d->verb,
                        h_word(h, s->key));
        }
    }
}

static void judge_operation(h_history *h, const h_operation *o)
{
    const desk *d = desk_of_verb(h, o->verb);
    const uint32_t at = h_node_named(h, o->at);
    if (d == NULL || (o->at != H_NONE && at == UINT32_MAX) || o->outcome != '1') {
        return;
    }
    const h_text key = d->of_case ? o->case_id : o->txn;
    const h_text input = h_text_of(h, d->input, strlen(d->input));
    uint32_t step = h_find(h, H_AT_DESK, input, key, at);
    for (uint32_t i = 0; o->at == H_NONE && step == UINT32_MAX && i < h->node.count; i++) {
        step = h_find(h, H_AT_DESK, input, key, i); /* the client knew a socket, not a name */
    }
    if (key == H_NONE || step == UINT32_MAX) {
        h_violation(h, 6, o->node, o->line, "%s of %s at %s left no step", d->verb, h_word(h, key),
                    h_word(h, o->at));
        return;
    }
    const h_step *s = h_step_at(h, step);
    if (s->to_ns > o->answered_ns || (d->once && s->to_ns < o->asked_ns)) {
        h_violation(h, 6, o->node, o->line, "%s of %s was acknowledged before its commit", d->verb,
                    h_word(h, key));
    }
}

static void judge_registrations(h_history *h)
{
    for (size_t i = 0; i < h->fact.count; i++) {
        const h_fact *f = h_fact_at(h, i);
        if (f->kind != H_REGISTER || f->value != H_CURRENT || f->step == H_NO_STEP) {
            continue;
        }
        h_step *s = h_step_at(h, f->step);
        if (!role_is(h, s, "movein_dest_registry") || !h_is(h, s->input, "ENTER")) {
            continue; /* a clerk may correct an entry later */
        }
        s->entered++;
        if (!h_put(h, H_AT_ENTERED, f->who, s->key, 0, f->step)) {
            h_violation(h, 6, f->node, f->line, "resident %s was entered twice by %s",
                        h_word(h, f->who), h_word(h, s->key));
        }
    }
}

/* The certificate named them; the registration entered them, all or nothing. */
static void judge_whole(h_history *h, const h_step *told, uint32_t registration)
{
    const uint32_t grant = h_find(h, H_AT_GRANT, told->key, H_NONE, 0);
    const unsigned made = h_step_at(h, registration)->entered;
    unsigned wanted = 0;
    if (grant == UINT32_MAX || h_step_at(h, registration)->seen) {
        return;
    }
    for (uint32_t mask = h_message_at(h, grant)->mask; mask != 0; mask &= mask - 1) {
        wanted++;
    }
    if (made != wanted) {
        h_violation(h, 6, told->node, told->line, "%s: %u of %u members were entered",
                    h_word(h, told->key), made, wanted);
    }
}

/* M12: the clerk may have taken the entry back by then. */
static bool withdrawn(h_history *h, h_text txn, const h_step *s)
{
    const uint32_t step = h_find(h, H_AT_WITHDRAWN, txn, H_NONE, 0);
    return step != UINT32_MAX && h_step_at(h, step)->from_ns <= s->to_ns;
}

static void judge_told(h_history *h, const h_step *s)
{
    const uint32_t registration = h_find(h, H_AT_REGISTRATION, s->key, H_NONE, 0);
    if (h_is(h, s->input, "DONE")) {
        if (registration == UINT32_MAX) {
            h_violation(h, 6, s->node, s->line, "%s was told DONE and never registered",
                        h_word(h, s->key));
        } else if (h_step_at(h, registration)->from_ns > s->to_ns) {
            h_violation(h, 6, s->node, s->line, "%s was told DONE before it was registered",
                        h_word(h, s->key));
        } else {
            judge_whole(h, s, registration);
        }
    } else if (h_begins(h, s->state, "REFUSED") && registration != UINT32_MAX &&
               !h_begins(h, s->before, "REFUSED") && !withdrawn(h, s->key, s)) {
        h_violation(h, 6, s->node, s->line, "%s was told REFUSED and is registered",
                    h_word(h, s->key));
    }
}

static void judge_acknowledged(h_history *h)
{
    judge_desk_steps(h);
    for (size_t i = 0; i < h->operation.count; i++) {
        judge_operation(h, (const h_operation *)h->operation.item + i);
    }
    judge_registrations(h);
    for (uint32_t i = 0; i < h->step.count; i++) {
        const h_step *s = h_step_at(h, i);
        if (role_is(h, s, "movein_terminal")) {
            judge_told(h, s);
            h->verdict->transactions += h_is(h, s->input, "MOVE_IN") ? 1U : 0U;
        }
    }
}

/* ---- H10: messages and logs ---- */

static void judge_message(h_history *h, uint32_t i)
{
    const h_message *m = h_message_at(h, i);
    h_step *s = h_step_at(h, m->step);
    const bool sent = m->to != H_NONE;
    s->notifies = s->notifies || (sent && h_is(h, m->kind, "NOTICE"));
    const bool fresh = sent ? h_put(h, H_AT_SENT, m->id, H_NONE, 0, i)
                            : h_put(h, H_AT_TAKEN, m->id, H_NONE, s->node, i);
    if (!fresh) {
        h_violation(h, 10, s->node, s->line, "%s %s %s twice", h_word(h, m->kind), h_word(h, m->id),
                    sent ? "sent" : "taken");
    }
    if (sent && h_is(h, m->kind, "CERT") && role_is(h, s, "movein_origin_cs")) {
        (void)h_put(h, H_AT_GRANT, m->txn, H_NONE, 0, i);
    }
}

/* Taken before it can have been sent, or (at rest) never taken.  What a process that was killed
 * took and told nobody, it may have taken without a line. */
static void judge_delivery(h_history *h, uint32_t i)
{
    const h_message *m = h_message_at(h, i);
    const h_step *s = h_step_at(h, m->step);
    const uint32_t node = m->to == H_NONE ? UINT32_MAX : h_node_named(h, m->to);
    if (node == UINT32_MAX) {
        return;
    }
    const uint32_t taken = h_find(h, H_AT_TAKEN, m->id, H_NONE, node);
    if (taken == UINT32_MAX) {
        if (h->verdict->at_rest && h_node_at(h, node)->restart_ns < s->from_ns) {
            h_violation(h, 10, s->node, s->line, "%s %s to %s was never taken", h_word(h, m->kind),
                        h_word(h, m->id), h_word(h, m->to));
        }
        return;
    }
    const h_step *t = h_step_at(h, h_message_at(h, taken)->step);
    if (t->to_ns < s->from_ns) {
        h_violation(h, 10, t->node, t->line, "%s %s was taken before it was sent",
                    h_word(h, m->kind), h_word(h, m->id));
    }
}

static void judge_entries(h_history *h)
{
    for (uint32_t i = 0; i < h->entry.count; i++) {
        const h_entry *e = (const h_entry *)h->entry.item + i;
        const h_step *s = h_step_at(h, e->step);
        const uint32_t last = h_find(h, H_AT_LAST, H_NONE, H_NONE, s->node);
        h_put_over(h, H_AT_LAST, H_NONE, H_NONE, s->node, i);
        if (last == UINT32_MAX) {
            continue;
        }
        const h_entry *before = (const h_entry *)h->entry.item + last;
        const bool unseen = h_step_at(h, before->step)->run != s->run;
        if (e->sequence <= before->sequence || (e->sequence != before->sequence + 1 && !unseen)) {
            h_violation(h, 10, s->node, s->line, "position %llu of the log after %llu",
                        (unsigned long long)e->sequence, (unsigned long long)before->sequence);
        }
    }
    for (uint32_t i = 0; i < h->applied.count; i++) {
        const h_applied *a = (const h_applied *)h->applied.item + i;
        const h_step *s = h_step_at(h, a->step);
        const uint32_t last = h_find(h, H_AT_LAST, a->code, H_NONE, s->node);
        h_put_over(h, H_AT_LAST, a->code, H_NONE, s->node, i);
        if (last != UINT32_MAX &&
            a->sequence <= ((const h_applied *)h->applied.item + last)->sequence) {
            h_violation(h, 10, s->node, s->line, "entry %llu of %s applied out of order",
                        (unsigned long long)a->sequence, h_word(h, a->code));
        }
    }
}

/* ---- H11 and H2: grants ---- */

/* M12: a NOTICE that is disputed in part leaves the grant. */
static bool ends_grant(const h_history *h, const h_message *m)
{
    const bool left = !h_is(h, h_step_at(h, m->step)->state, "GRANTED");
    return m->to == H_NONE && (h_is(h, m->kind, "RELEASE") || h_is(h, m->kind, "WITHDRAW") ||
                               (h_is(h, m->kind, "NOTICE") && left));
}

static void judge_grant(h_history *h, uint32_t i)
{
    const h_message *m = h_message_at(h, i);
    const h_step *s = h_step_at(h, m->step);
    if (!role_is(h, s, "movein_origin_cs") || s->case_id == H_NONE) {
        return;
    }
    const uint32_t open = h_find(h, H_AT_HOLDER, s->case_id, H_NONE, s->node);
    const h_message *holder = open == UINT32_MAX ? NULL : h_message_at(h, open);
    const bool same_run = holder != NULL && h_step_at(h, holder->step)->run == s->run;
    if (m->to != H_NONE && h_is(h, m->kind, "CERT")) {
        if (same_run && holder->txn != m->txn &&
            h_find(h, H_AT_OVERRIDDEN, s->case_id, H_NONE, 0) == UINT32_MAX) {
            h_violation(h, 11, s->node, s->line, "case %s to %s while %s holds it",
                        h_word(h, s->case_id), h_word(h, m->txn), h_word(h, holder->txn));
        }
        h_put_over(h, H_AT_HOLDER, s->case_id, H_NONE, s->node, i);
    } else if (holder != NULL && ends_grant(h, m) && m->txn == holder->txn) {
        h_put_over(h, H_AT_HOLDER, s->case_id, H_NONE, s->node, UINT32_MAX);
        const uint32_t made = h_find(h, H_AT_REGISTRATION, m->txn, H_NONE, 0);
        if (h_is(h, m->kind, "RELEASE") && made != UINT32_MAX && !withdrawn(h, m->txn, s)) {
            h_violation(h, 2, s->node, s->line, "%s was released and is registered",
                        h_word(h, m->txn));
        }
    }
}

/* ---- H8: epochs ---- */

static void judge_highest(h_history *h)
{
    for (size_t i = 1; i < h->fact.count; i++) {
        const h_fact *f = h_fact_at(h, h->by_who[i]);
        const h_fact *before = h_fact_at(h, h->by_who[i - 1]);
        if (f->kind == H_REGISTER && before->kind == H_REGISTER && f->who == before->who &&
            f->node == before->node && f->value != 0 && before->value != 0 &&
            f->number[2] < before->number[2]) {
            h_violation(h, 8, f->node, f->line, "resident %s: %llu after %llu", h_word(h, f->who),
                        (unsigned long long)f->number[2], (unsigned long long)before->number[2]);
        }
    }
}

/* A grant's epoch is above all that its municipality knew of every member. */
static void judge_given(h_history *h)
{
    for (size_t i = 1; i < h->fact.count; i++) {
        const h_fact *f = h_fact_at(h, h->by_who[i]);
        const h_fact *before = h_fact_at(h, h->by_who[i - 1]);
        const h_step *s = f->step == H_NO_STEP ? NULL : h_step_at(h, f->step);
        if (s == NULL || f->kind != H_REGISTER || before->kind != H_REGISTER ||
            f->who != before->who || f->node != before->node || f->value == 0 ||
            !role_is(h, s, "movein_origin_cs") || !h_is(h, s->input, "CERT_REQUEST")) {
            continue;
        }
        if (f->number[2] <= before->number[2]) {
            h_violation(h, 8, f->node, f->line, "resident %s: %s was given %llu, not above %llu",
                        h_word(h, f->who), h_word(h, s->txn), (unsigned long long)f->number[2],
                        (unsigned long long)before->number[2]);
        }
    }
}

typedef struct entry_place {
    const h_entry *entry;
    const h_step *step;
} entry_place;

static int by_who_and_time(const void *a, const void *b)
{
    const entry_place *x = a;
    const entry_place *y = b;
    if (x->entry->who != y->entry->who) {
        return x->entry->who < y->entry->who ? -1 : 1;
    }
    if (x->step->from_ns != y->step->from_ns) {
        return x->step->from_ns < y->step->from_ns ? -1 : 1;
    }
    return x->entry->sequence < y->entry->sequence ? -1 : 1;
}

static void judge_entry_epoch(h_history *h, const entry_place *x)
{
    const bool moved_in = role_is(h, x->step, "movein_dest_cs");
    const uint32_t grant = h_find(h, H_AT_GRANT, x->step->key, H_NONE, 0);
    if (moved_in && grant != UINT32_MAX && h_message_at(h, grant)->epoch != x->entry->epoch) {
        h_violation(h, 8, x->step->node, x->step->line, "resident %s: %s was given %llu, not %llu",
                    h_word(h, x->entry->who), h_word(h, x->step->key),
                    (unsigned long long)h_message_at(h, grant)->epoch,
                    (unsigned long long)x->entry->epoch);
    } else if (moved_in && grant == UINT32_MAX && h->verdict->killed == 0) {
        h_violation(h, 8, x->step->node, x->step->line, "resident %s: %s has no grant",
                    h_word(h, x->entry->who), h_word(h, x->step->key));
    }
}

/* Of one resident, in all logs: entries ascend, none twice. */
static void judge_log_epochs(h_history *h)
{
    entry_place *all = calloc(h->entry.count + 1, sizeof *all);
    size_t count = 0;
    if (all == NULL) {
        h->no_memory = true;
        return;
    }
    for (size_t i = 0; i < h->entry.count; i++) {
        const h_entry *e = (const h_entry *)h->entry.item + i;
        if (h_is(h, e->kind, "ENTRY")) {
            all[count++] = (entry_place){e, h_step_at(h, e->step)};
            judge_entry_epoch(h, &all[count - 1]);
        }
    }
    qsort(all, count, sizeof *all, by_who_and_time);
    for (size_t i = 1; i < count; i++) {
        const entry_place *x = &all[i - 1];
        const entry_place *y = &all[i];
        const bool ordered = x->step->to_ns <= y->step->from_ns || x->step->node == y->step->node;
        if (x->entry->who == y->entry->who && (x->entry->epoch == y->entry->epoch ||
                                               (ordered && x->entry->epoch > y->entry->epoch))) {
            h_violation(h, 8, y->step->node, y->step->line, "resident %s: ENTRY %llu after %llu",
                        h_word(h, y->entry->who), (unsigned long long)y->entry->epoch,
                        (unsigned long long)x->entry->epoch);
        }
    }
    free(all);
}

/* ---- H5: cards ---- */

/* The registration was sent: its CS wrote ENTRY and NOTICE in one step, and that can have been
 * before.  A CS that was killed may have done it without a line; then its log has a hole. */
static void judge_card(h_history *h, const h_fact *f)
{
    bool unseen = false;
    bool sent = false;
    for (size_t i = 0; i < h->entry.count && !sent; i++) {
        const h_entry *e = (const h_entry *)h->entry.item + i;
        const h_step *s = h_step_at(h, e->step);
        if (e->who == f->who && h_is(h, e->kind, "ENTRY") && s->from_ns <= f->to_ns &&
            strcmp(h_node_at(h, s->node)->code, h_word(h, f->text)) == 0) {
            sent = !role_is(h, s, "movein_dest_cs") || s->notifies;
        }
    }
    for (uint32_t i = 0; i < h->node.count; i++) {
        const h_node *node = h_node_at(h, i);
        unseen = unseen || (strcmp(node->role, "cs") == 0 && node->restart_ns != INT64_MIN &&
                            strcmp(node->code, h_word(h, f->text)) == 0);
    }
    if (!sent && !unseen) {
        h_violation(h, 5, f->node, f->line, "resident %s in %s", h_word(h, f->who),
                    h_word(h, f->text));
    }
}

static void judge_cards(h_history *h)
{
    for (size_t i = 0; i < h->fact.count; i++) {
        const h_fact *f = h_fact_at(h, h->by_who[i]);
        const h_fact *before = i == 0 ? NULL : h_fact_at(h, h->by_who[i - 1]);
        const bool moved = before == NULL || before->who != f->who || before->node != f->node ||
                           before->kind != f->kind || before->text != f->text;
        if (f->kind == H_CARD && f->value != 0 && !f->first && moved) {
            judge_card(h, f);
        }
    }
}

void h_judge_rules(h_history *h)
{
    for (uint32_t i = 0; i < h->message.count; i++) {
        judge_message(h, i);
    }
    for (uint32_t i = 0; i < h->message.count; i++) {
        judge_delivery(h, i);
        judge_grant(h, i);
    }
    judge_acknowledged(h);
    judge_entries(h);
    judge_highest(h);
    judge_given(h);
    judge_log_epochs(h);
    judge_cards(h);
}
