/* SPDX-License-Identifier: Apache-2.0 */
/* The rules about the end, decided when every node stopped as it was asked: transactions are over
 * or wait for an operator, and all agree where a resident lives. */
#include "history_data.h"

#include <string.h>

/* ---- H7 ---- */

/* Where waiting is right, besides final and parked states: a filing waits for its move; a CS that
 * was asked about a case that it does not have begins none; who answers identity checks is a
 * server; of a repair nothing is heard unless it is refused. */
static bool may_wait(const h_history *h, const h_step *s)
{
    return h_is(h, s->role, "movein_identity") || h_is(h, s->state, "IDLE") ||
           (h_is(h, s->role, "movein_origin_registry") && h_is(h, s->state, "FILED")) ||
           (h_is(h, s->role, "movein_origin_cs") && h_is(h, s->state, "OPEN")) ||
           (h_is(h, s->role, "reconcile_cs_round") && h_is(h, s->state, "ALARM")) ||
           h_is(h, s->role, "reconcile_cs_repair");
}

static void judge_machines(h_history *h)
{
    for (uint32_t i = 0; i < h->step.count; i++) {
        const h_step *s = h_step_at(h, i);
        const uint32_t key[4] = {s->node, s->role, s->key, 0};
        const uint32_t *newest = s->key == H_NONE ? NULL : h_map_at(h, &h->machine_of, key);
        if (newest == NULL || *newest != i || s->final || h_parked(h, s->state) || may_wait(h, s) ||
            h_find(h, H_AT_PARKED, s->key, H_NONE, 0) != UINT32_MAX ||
            (s->txn != H_NONE && h_find(h, H_AT_PARKED, s->txn, H_NONE, 0) != UINT32_MAX)) {
            continue;
        }
        h_violation(h, 7, s->node, s->line, "%s of %s is %s", h_word(h, s->role), h_word(h, s->key),
                    h_word(h, s->state));
    }
}

/* ---- H9 ---- */

/* What all say of one resident at the end. */
typedef struct ending {
    h_text who;
    const char *holder; /* code of the one register that is current; NULL: none */
    unsigned holders;
    bool changed;
    bool skip; /* in an operator's hands */
    const h_fact *last;
} ending;

static const h_fact *last_of(const h_history *h, size_t i, size_t end)
{
    const h_fact *f = h_fact_at(h, h->by_who[i]);
    const h_fact *next = i + 1 < end ? h_fact_at(h, h->by_who[i + 1]) : NULL;
    return next != NULL && next->node == f->node && next->kind == f->kind && next->sub == f->sub
               ? NULL
               : f;
}

static void look_at(h_history *h, const h_fact *f, ending *e)
{
    e->changed = e->changed || !f->first;
    e->last = !f->first && (e->last == NULL || f->to_ns >= e->last->to_ns) ? f : e->last;
    if (f->kind == H_CASE && f->text != H_NONE &&
        (h_find(h, H_AT_PARKED, f->text, H_NONE, 0) != UINT32_MAX ||
         h_find(h, H_AT_OVERRIDDEN, f->text, H_NONE, 0) != UINT32_MAX)) {
        e->skip = true;
    }
}

static void disagree(h_history *h, const ending *e, const h_node *node, const char *shown)
{
    h_violation(h, 9, e->last->node, e->last->line, "resident %s: %s says %s, the register %s",
                h_word(h, e->who), h_word(h, node->name), shown == NULL ? "nowhere" : shown,
                e->holder == NULL ? "nowhere" : e->holder);
}

/* Each node's last word against the register's. */
static void compare(h_history *h, const ending *e, uint32_t i, const char *shown)
{
    const h_node *node = h_node_at(h, i);
    const char *wanted = e->holder;
    if (strcmp(node->role, "cs") == 0) {
        wanted = wanted != NULL && strcmp(wanted, node->code) == 0 ? wanted : NULL;
    } else if (strcmp(node->role, "prefecture") == 0) {
        wanted = wanted != NULL && strncmp(wanted, node->code, 2) == 0 ? wanted : NULL;
    } else if (strcmp(node->role, "national") != 0) {
        return;
    }
    if ((wanted == NULL) != (shown == NULL) || (wanted != NULL && strcmp(wanted, shown) != 0)) {
        disagree(h, e, node, shown);
    }
}

static const char *shown_by(const h_history *h, size_t start, size_t end, uint32_t node)
{
    for (size_t i = start; i < end; i++) {
        const h_fact *f = last_of(h, i, end);
        if (f == NULL || f->node != node) {
            continue;
        }
        if (f->kind == H_REGISTER && f->value == H_CURRENT) {
            return h_node_at(h, node)->code;
        }
        if (f->kind == H_EPISODE && (f->value & 4U) != 0) {
            return h_word(h, f->text);
        }
    }
    return NULL;
}

static void judge_resident(h_history *h, size_t start, size_t end)
{
    ending e = {.who = h_fact_at(h, h->by_who[start])->who};
    bool known = false;
    for (size_t i = start; i < end; i++) {
        look_at(h, h_fact_at(h, h->by_who[i]), &e);
        const h_fact *f = last_of(h, i, end);
        const bool entry = f != NULL && f->kind == H_REGISTER &&
                           strcmp(h_node_at(h, f->node)->role, "registry") == 0;
        known = known || entry;
        if (entry && f->value == H_CURRENT) {
            e.holder = h_node_at(h, f->node)->code;
            e.holders++;
        }
    }
    if (!e.changed || e.skip || !known || e.holders > 1 || e.last == NULL) {
        return;
    }
    for (uint32_t i = 0; i < h->node.count; i++) {
        compare(h, &e, i, shown_by(h, start, end, i));
    }
}

void h_judge_end(h_history *h)
{
    size_t start = 0;
    size_t count = 0;
    judge_machines(h);
    while ((count = h_next_who(h, &start)) > 0) {
        judge_resident(h, start, start + count);
        start += count;
    }
}
