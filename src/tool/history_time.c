/* SPDX-License-Identifier: Apache-2.0 */
/* The rules about every instant of a resident.  A step happened somewhere between its two times,
 * and processes overlap; so a register is known to be current only between the end of one step and
 * the beginning of the next, and may be current in a longer time.  "Never two" is decided on what
 * is known, "never none" on what may be: whatever is found, no order of the steps that fits the
 * times would be right. */
#include "history_data.h"

#include <stdlib.h>
#include <string.h>

enum {
    HOLDERS_MAX = 64,
    REASON_MOVE_OUT = 201,
    REASON_CANCELLED = 209
};

/* One row's life: the facts of one kind at one node, in order. */
typedef struct life {
    const h_history *h;
    const uint32_t *fact;
    size_t count;
} life;

/* A registry's word on one resident. */
typedef struct holder {
    uint32_t node;
    life entry;
    life open_case;
} holder;

typedef struct whole {
    h_history *h;
    h_text who;
    holder holder[HOLDERS_MAX];
    size_t count;
    bool told[5]; /* by rule: one violation a resident is enough */
    bool overridden;
    bool parked;
    bool gone;        /* died, moved abroad ...: may be in no register */
    int64_t since_ns; /* when somebody had a register or case first */
} whole;

static const h_fact *fact_of(const life *l, size_t i)
{
    return h_fact_at(l->h, l->fact[i]);
}

/* The value that it is known to have; UINT32_MAX: not known. */
static uint32_t known(const life *l, int64_t at)
{
    size_t passed = 0;
    while (passed < l->count && fact_of(l, passed)->to_ns <= at) {
        passed++;
    }
    if (passed < l->count && fact_of(l, passed)->from_ns <= at) {
        return UINT32_MAX;
    }
    return passed == 0 ? 0 : fact_of(l, passed - 1)->value;
}

static bool may_be(const life *l, int64_t at, uint32_t value)
{
    if (value == 0 && (l->count == 0 || at <= fact_of(l, 0)->to_ns)) {
        return true;
    }
    for (size_t i = 0; i < l->count; i++) {
        const bool begun = fact_of(l, i)->from_ns <= at;
        const bool lasts = i + 1 == l->count || at <= fact_of(l, i + 1)->to_ns;
        if (begun && lasts && fact_of(l, i)->value == value) {
            return true;
        }
    }
    return false;
}

/* The newest fact whose step ended by then. */
static const h_fact *newest(const life *l, int64_t at)
{
    const h_fact *f = NULL;
    for (size_t i = 0; i < l->count && fact_of(l, i)->to_ns <= at; i++) {
        f = fact_of(l, i);
    }
    return f;
}

static bool entered(const h_history *h, const h_fact *f)
{
    return f != NULL && f->step != H_NO_STEP &&
           h_is(h, h_step_at(h, f->step)->role, "movein_dest_registry");
}

static void tell(whole *w, unsigned rule, const h_fact *f, const char *other)
{
    if (!w->told[rule] && f != NULL) {
        w->told[rule] = true;
        h_violation(w->h, rule, f->node, f->line, "resident %s at %s%s%s", h_word(w->h, w->who),
                    h_word(w->h, h_node_at(w->h, f->node)->name), other[0] != '\0' ? " and " : "",
                    other);
    }
}

/* H1, H2: at most one register without an open case of its own. */
static void judge_two(whole *w, int64_t at)
{
    const h_fact *free[HOLDERS_MAX];
    size_t count = 0;
    size_t new = 0;
    for (size_t i = 0; i < w->count; i++) {
        const holder *x = &w->holder[i];
        if (known(&x->entry, at) == H_CURRENT && known(&x->open_case, at) == 0) {
            free[count] = newest(&x->entry, at);
            new += entered(w->h, free[count]) ? 1U : 0U;
            count++;
        }
    }
    if (count < 2) {
        return;
    }
    /* OVERRIDE: found within one NOTICE, and ended or in an operator's hands at the end. */
    if (w->overridden && (at != INT64_MAX || w->parked)) {
        return;
    }
    const h_fact *last = free[0];
    const h_fact *other = free[1];
    for (size_t i = 1; i < count; i++) {
        if (free[i]->to_ns > last->to_ns) {
            other = last;
            last = free[i];
        }
    }
    tell(w, new >= 2 ? 1 : 2, last, h_word(w->h, h_node_at(w->h, other->node)->name));
}

/* H3: somewhere there is a register or a case. */
static void judge_none(whole *w, int64_t at)
{
    const h_fact *last = NULL;
    for (size_t i = 0; i < w->count; i++) {
        const holder *x = &w->holder[i];
        if (may_be(&x->entry, at, H_CURRENT) || may_be(&x->open_case, at, 1)) {
            return;
        }
        for (int k = 0; k < 2; k++) {
            const h_fact *f = newest(k == 0 ? &x->entry : &x->open_case, at);
            last = f != NULL && (last == NULL || f->to_ns >= last->to_ns) ? f : last;
        }
    }
    if (!w->gone && at >= w->since_ns) {
        tell(w, 3, last, "");
    }
}

/* H4: a removal by the clock comes with the planned date, not before. */
static void judge_removal(whole *w, const h_fact *f)
{
    if (f->value != H_REMOVED || f->step == H_NO_STEP || f->number[0] != REASON_MOVE_OUT) {
        return;
    }
    const h_step *s = h_step_at(w->h, f->step);
    if (!h_is(w->h, s->role, "movein_origin_registry") || h_is(w->h, s->input, "MOVED")) {
        return;
    }
    const uint32_t filed = h_find(w->h, H_AT_DUE, s->key, H_NONE, f->node);
    if (filed != UINT32_MAX && s->day < h_step_at(w->h, filed)->due) {
        tell(w, 4, f, "");
    }
}

/* ---- one resident ---- */

static void add_life(whole *w, const uint32_t *fact, size_t count)
{
    const h_fact *f = h_fact_at(w->h, fact[0]);
    holder *x = w->count > 0 ? &w->holder[w->count - 1] : NULL;
    if (x == NULL || x->node != f->node) {
        if (w->count == HOLDERS_MAX) {
            return;
        }
        x = &w->holder[w->count++];
        *x = (holder){.node = f->node, .entry.h = w->h, .open_case.h = w->h};
    }
    *(f->kind == H_REGISTER ? &x->entry : &x->open_case) = (life){w->h, fact, count};
}

static void look_at(whole *w, const h_fact *f)
{
    w->gone = w->gone || (f->kind == H_REGISTER && f->value == H_REMOVED && !f->first &&
                          f->number[0] != REASON_MOVE_OUT && f->number[0] != REASON_CANCELLED);
    w->since_ns = f->value != 0 && f->to_ns < w->since_ns ? f->to_ns : w->since_ns;
    if (f->kind == H_CASE && f->value == 1) {
        w->overridden =
            w->overridden || h_find(w->h, H_AT_OVERRIDDEN, f->text, H_NONE, 0) != UINT32_MAX;
        w->parked = w->parked || h_find(w->h, H_AT_PARKED, f->text, H_NONE, 0) != UINT32_MAX;
    }
    if (f->kind == H_REGISTER) {
        judge_removal(w, f);
    }
}

static int by_time(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : (x > y ? 1 : 0);
}

/* Values change at the facts' times only: there, and between two of them, is everywhere. */
static void judge_instants(whole *w, const uint32_t *fact, size_t count)
{
    int64_t *at = calloc(2 * count + 1, sizeof *at);
    size_t used = 0;
    if (at == NULL) {
        w->h->no_memory = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const h_fact *f = h_fact_at(w->h, fact[i]);
        at[used++] = f->from_ns;
        at[used++] = f->to_ns;
    }
    qsort(at, used, sizeof *at, by_time);
    for (size_t i = 0; i < used; i++) {
        judge_two(w, at[i]);
        judge_none(w, at[i]);
        if (i + 1 < used && at[i] != INT64_MIN && at[i + 1] - at[i] > 1) {
            judge_two(w, at[i] + (at[i + 1] - at[i]) / 2);
            judge_none(w, at[i] + (at[i + 1] - at[i]) / 2);
        }
    }
    judge_two(w, INT64_MAX);
    judge_none(w, INT64_MAX);
    free(at);
}

static void judge_resident(h_history *h, const uint32_t *fact, size_t count)
{
    whole w = {.h = h, .who = h_fact_at(h, fact[0])->who, .since_ns = INT64_MAX};
    bool changed = false;
    for (size_t i = 0; i < count; i++) {
        changed = changed || !h_fact_at(h, fact[i])->first;
    }
    if (!changed) {
        return;
    }
    h->verdict->residents++;
    for (size_t i = 0; i < count;) {
        const h_fact *f = h_fact_at(h, fact[i]);
        size_t end = i;
        while (end < count && h_fact_at(h, fact[end])->node == f->node &&
               h_fact_at(h, fact[end])->kind == f->kind) {
            end++;
        }
        if ((f->kind == H_REGISTER || f->kind == H_CASE) &&
            strcmp(h_node_at(h, f->node)->role, "registry") == 0) {
            add_life(&w, fact + i, end - i);
            for (size_t k = i; k < end; k++) {
                look_at(&w, h_fact_at(h, fact[k]));
            }
        }
        i = end;
    }
    if (w.count > 0) {
        judge_instants(&w, fact, count);
    }
}

void h_judge_time(h_history *h)
{
    size_t start = 0;
    size_t count = 0;
    while ((count = h_next_who(h, &start)) > 0) {
        judge_resident(h, h->by_who + start, count);
        start += count;
    }
}
