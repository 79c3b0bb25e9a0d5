/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of several states.  What must stay is carried forward along all edges, 64 properties
 * at a time.  What must come is missing in a run that stops, or in one that goes round for ever: a
 * strongly connected part of the states without it that is fair to every process. */
#include "course.h"

#include <stdlib.h>

#define ACTORS_MAX 256

typedef struct jk_courses {
    const jk_search *search;
    uint64_t *wanted;  /* for each state a bit a course: its premise has been seen */
    uint64_t *missing; /* its goal is not there */
    uint32_t *stack;
    uint8_t *on_stack;
    uint32_t *order; /* of being found, from 1; 0: not found */
    uint32_t *low;
    uint64_t *next; /* the next edge to look at */
    uint32_t *part; /* the stack of the strongly connected parts */
} jk_courses;

static void see_states(jk_courses *c, unsigned from, unsigned count)
{
    const jk_explore_model *model = c->search->model;
    uint8_t state[JK_STATE_MAX];
    jk_world w = {.count = 0};
    for (uint32_t i = 0; i < c->search->states; i++) {
        jk_search_state(c->search, i, state);
        c->wanted[i] = 0;
        c->missing[i] = 0;
        for (unsigned k = 0; k < count; k++) {
            const jk_explore_course *course = &model->courses[from + k];
            bool begins = course->premise ? model->premise(&w, state, course->number) : i == 0;
            c->wanted[i] |= (uint64_t)begins << k;
            c->missing[i] |= (uint64_t)!model->goal(&w, state, course->number) << k;
        }
    }
}

/* Every state behind one with a bit gets it. */
static void carry_forward(jk_courses *c, uint64_t always)
{
    const jk_search *s = c->search;
    uint32_t top = 0;
    for (uint32_t i = 0; i < s->states; i++) {
        c->wanted[i] &= always;
        c->on_stack[i] = c->wanted[i] != 0;
        if (c->on_stack[i] != 0) {
            c->stack[top++] = i;
        }
    }
    while (top > 0) {
        uint32_t from = c->stack[--top];
        c->on_stack[from] = 0;
        for (uint64_t k = s->edges_of[from]; k < s->edges_of[from + 1]; k++) {
            uint32_t to = s->target[k];
            if (to == JK_NO_STATE || (c->wanted[from] & ~c->wanted[to]) == 0) {
                continue;
            }
            c->wanted[to] |= c->wanted[from];
            if (c->on_stack[to] == 0) {
                c->on_stack[to] = 1;
                c->stack[top++] = to;
            }
        }
    }
}

/* Is the part of the graph fair: does every process take a step in it, or rest in a state of it
 * where it cannot.  `low` of its states is the part's number. */
static bool is_fair(const jk_courses *c, const uint32_t *states, uint32_t count, uint32_t number)
{
    const jk_search *s = c->search;
    bool fair[ACTORS_MAX] = {false};
    for (uint32_t i = 0; i < count; i++) {
        bool can[ACTORS_MAX] = {false};
        for (uint64_t k = s->edges_of[states[i]]; k < s->edges_of[states[i] + 1]; k++) {
            uint32_t to = s->target[k];
            can[s->actor[k]] = true;
            bool inside = to != JK_NO_STATE && c->on_stack[to] != 0 && c->low[to] == number;
            fair[s->actor[k]] = fair[s->actor[k]] || inside;
        }
        for (unsigned a = 0; a < s->model->actors; a++) {
            fair[a] = fair[a] || !can[a];
        }
    }
    for (unsigned a = 0; a < s->model->actors; a++) {
        if (!fair[a]) {
            return false;
        }
    }
    return true;
}

static bool goes_round(const jk_courses *c, const uint32_t *states, uint32_t count)
{
    const jk_search *s = c->search;
    for (uint64_t k = s->edges_of[states[0]]; k < s->edges_of[states[0] + 1]; k++) {
        if (s->target[k] == states[0]) {
            return true;
        }
    }
    return count > 1;
}

/* The part whose first state this is has been found whole; takes it from the stack. */
static bool end_part(jk_courses *c, uint32_t first, uint32_t *parts)
{
    uint32_t end = *parts;
    while (c->part[*parts - 1] != first) {
        (*parts)--;
    }
    (*parts)--;
    const uint32_t *states = c->part + *parts;
    uint32_t count = end - *parts;
    for (uint32_t i = 0; i < count; i++) {
        c->low[states[i]] = c->order[first];
    }
    bool found = goes_round(c, states, count) && is_fair(c, states, count, c->order[first]);
    for (uint32_t i = 0; i < count; i++) {
        c->on_stack[states[i]] = 0;
    }
    return found;
}

/* Among the states without the goal, from this one on: a run that stops, or a fair round. */
static bool stays_without(jk_courses *c, uint32_t begin, uint64_t bit, uint32_t *found)
{
    const jk_search *s = c->search;
    uint32_t top = 0;
    uint32_t parts = 0;
    c->stack[top++] = begin;
    while (top > 0) {
        uint32_t at = c->stack[top - 1];
        if (c->order[at] == 0) {
            c->order[at] = c->low[at] = ++*found;
            c->next[at] = s->edges_of[at];
            c->part[parts++] = at;
            c->on_stack[at] = 1;
            if (s->edges_of[at] == s->edges_of[at + 1]) {
                return true;
            }
        }
        bool deeper = false;
        for (; c->next[at] < s->edges_of[at + 1] && !deeper; c->next[at]++) {
            uint32_t to = s->target[c->next[at]];
            if (to == JK_NO_STATE || (c->missing[to] & bit) == 0) {
                continue;
            }
            if (c->order[to] == 0) {
                c->stack[top++] = to;
                deeper = true;
                break; /* and look at this edge once more, when all behind it is known */
            }
            if (c->on_stack[to] != 0 && c->low[to] < c->low[at]) {
                c->low[at] = c->low[to];
            }
        }
        if (deeper) {
            continue;
        }
        top--;
        if (c->low[at] == c->order[at] && end_part(c, at, &parts)) {
            return true;
        }
    }
    return false;
}

static bool never_comes(jk_courses *c, uint64_t bit)
{
    const jk_search *s = c->search;
    uint32_t found = 0;
    memset(c->order, 0, s->states * sizeof(*c->order));
    memset(c->on_stack, 0, s->states);
    for (uint32_t i = 0; i < s->states; i++) {
        if ((c->wanted[i] & c->missing[i] & bit) != 0 && c->order[i] == 0 &&
            stays_without(c, i, bit, &found)) {
            return true;
        }
    }
    return false;
}

static void look(jk_courses *c, unsigned from, unsigned count, bool *broken)
{
    const jk_explore_course *course = c->search->model->courses + from;
    uint64_t always = 0;
    see_states(c, from, count);
    for (unsigned k = 0; k < count; k++) {
        always |= (uint64_t)course[k].always << k;
        broken[from + k] = !course[k].always && never_comes(c, (uint64_t)1 << k);
    }
    carry_forward(c, always);
    for (uint32_t i = 0; i < c->search->states; i++) {
        uint64_t bits = c->wanted[i] & c->missing[i];
        for (unsigned k = 0; bits != 0 && k < count; k++) {
            broken[from + k] = broken[from + k] || (bits >> k & 1) != 0;
        }
    }
}

bool jk_courses_look(const jk_search *search, bool *broken)
{
    size_t states = search->states;
    jk_courses c = {
        .search = search,
        .wanted = calloc(states, sizeof(*c.wanted)),
        .missing = calloc(states, sizeof(*c.missing)),
        .stack = calloc(states, sizeof(*c.stack)),
        .on_stack = calloc(states, sizeof(*c.on_stack)),
        .order = calloc(states, sizeof(*c.order)),
        .low = calloc(states, sizeof(*c.low)),
        .next = calloc(states, sizeof(*c.next)),
        .part = calloc(states, sizeof(*c.part)),
    };
    bool good = c.wanted != NULL && c.missing != NULL && c.stack != NULL && c.on_stack != NULL &&
                c.order != NULL && c.low != NULL && c.next != NULL && c.part != NULL &&
                search->model->actors <= ACTORS_MAX;
    unsigned count = 0;
    while (search->model->courses[count].name != NULL) {
        count++;
    }
    for (unsigned from = 0; good && from < count; from += 64) {
        look(&c, from, count - from < 64 ? count - from : 64, broken);
    }
    free(c.wanted);
    free(c.missing);
    free(c.stack);
    free(c.on_stack);
    free(c.order);
    free(c.low);
    free(c.next);
    free(c.part);
    return good;
}
