/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a run's events into rows and columns, and into words. */
#define _POSIX_C_SOURCE 200809L
#include "chart_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jk_say(jk_words *to, const char *text)
{
    int length = snprintf(to->text + to->used, sizeof to->text - to->used, "%s", text);
    if (length > 0) {
        to->used += (size_t)length;
        to->used = to->used < sizeof to->text ? to->used : sizeof to->text - 1;
    }
}

void jk_say_also(jk_words *to, const char *separator, const char *text)
{
    jk_say(to, to->used > 0 ? separator : "");
    jk_say(to, text);
}

void jk_say_message(const jk_trail *trail, jk_words *to, const char *message)
{
    size_t commas = 0;
    for (const char *at = message; *at != '\0'; at++) {
        commas += *at == ',' ? 1 : 0;
    }
    if (commas != trail->field_count) {
        jk_say(to, message);
        return;
    }
    char part[64];
    size_t length = strcspn(message, ",");
    (void)snprintf(part, sizeof part, "%.*s", (int)length, message);
    jk_say(to, part);
    for (size_t i = 0; i < trail->field_count; i++) {
        message += length + 1;
        length = strcspn(message, ",");
        (void)snprintf(part, sizeof part, "%.*s", (int)length, message);
        if (strcmp(part, "0") != 0) {
            jk_say(to, " ");
            jk_say(to, trail->fields[i]);
            jk_say(to, "=");
            jk_say(to, part);
        }
    }
}

void jk_say_actor(const jk_trail *trail, jk_words *to, size_t actor)
{
    char name[80];
    const jk_actor *one = &trail->actors[actor];
    if (actor == 0) {
        jk_say(to, "the start");
    } else if (one->several) {
        (void)snprintf(name, sizeof name, "%s %zu", one->name, one->instance);
        jk_say(to, name);
    } else {
        jk_say(to, one->name);
    }
}

const char *jk_chart_heading(const jk_trail_about *about)
{
    return about->claim[0] != '\0' ? about->claim
           : about->end[0] != '\0' ? about->end
                                   : about->name;
}

bool jk_say_event(jk_words *to, const jk_event *event)
{
    switch (event->kind) {
    case JK_EVENT_EXPIRY:
        jk_say(to, event->text);
        jk_say(to, " expires");
        return true;
    case JK_EVENT_HOOK:
        jk_say(to, event->text);
        jk_say(to, "? ");
        jk_say(to, event->value);
        return true;
    case JK_EVENT_EFFECT: jk_say(to, event->silent ? "" : event->text); return !event->silent;
    case JK_EVENT_CHANGE:
        jk_say(to, strncmp(event->text, "ghost_", 6) == 0 ? event->text + 6 : event->text);
        return true;
    case JK_EVENT_SEND:
    case JK_EVENT_TAKE:
    case JK_EVENT_PUT:
    case JK_EVENT_LOCAL:
    case JK_EVENT_STATE:
    case JK_EVENT_STAY:
    case JK_EVENT_CYCLE: return false;
    }
    return false;
}

const char *jk_state_after(const jk_trail *trail, size_t first, size_t last)
{
    const char *state = NULL;
    for (size_t i = first; i < last; i++) {
        state = trail->events[i].kind == JK_EVENT_STATE ? trail->events[i].text : state;
    }
    return state;
}

static size_t end_of_step(const jk_trail *trail, size_t first)
{
    size_t last = first;
    while (last < trail->event_count && trail->events[last].step == trail->events[first].step &&
           trail->events[last].kind != JK_EVENT_CYCLE) {
        last++;
    }
    return last;
}

/* Taken as the very next thing: one arrow says both. */
static bool taken_at_once(const jk_trail *trail, size_t index)
{
    const jk_event *event = &trail->events[index];
    const jk_event *other = event->pair == JK_TRAIL_NONE ? NULL : &trail->events[event->pair];
    if (other == NULL) {
        return false;
    }
    return event->rendezvous ||
           (other->step == event->step + 1 && trail->events[event->pair - 1].step == event->step);
}

void jk_say_sent_at(const jk_chart *chart, jk_words *to, size_t index)
{
    char at[40];
    const jk_event *send = &chart->trail->events[chart->trail->events[index].pair];
    if (!taken_at_once(chart->trail, chart->trail->events[index].pair) && send->step > 0) {
        (void)snprintf(at, sizeof at, " (sent at %zu)", chart->number[send->step]);
        jk_say(to, at);
    }
}

static bool of_world(const jk_chart *chart, size_t actor)
{
    return chart->order[chart->column[actor]] == JK_CHART_WORLD;
}

/* A step of the world that does nothing but hand a message over is told with the arrow. */
static bool only_hands_over(const jk_chart *chart, size_t first, size_t last)
{
    bool hands = false;
    for (size_t i = first; i < last; i++) {
        const jk_event *event = &chart->trail->events[i];
        hands = hands ||
                (event->kind == JK_EVENT_SEND && event->rendezvous && event->pair != JK_TRAIL_NONE);
    }
    return hands && of_world(chart, chart->trail->events[first].actor);
}

static jk_row *add_row(jk_chart *chart, jk_row_kind kind, size_t doer)
{
    jk_row *row = &chart->rows[chart->row_count];
    size_t own = chart->column[doer];
    chart->row_count++;
    *row = (jk_row){.kind = kind,
                    .from = own,
                    .to = own,
                    .message = JK_TRAIL_NONE,
                    .doer = doer,
                    .giver = JK_TRAIL_NONE,
                    .toward = own};
    return row;
}

/* The arrow of a message that is taken; what a process of the world did for it stands with it. */
static void take_message(const jk_chart *chart, jk_row *row, size_t index)
{
    const jk_trail *trail = chart->trail;
    size_t first = trail->events[index].pair;
    const jk_event *send = &trail->events[first];
    row->message = index;
    row->from = chart->column[send->actor];
    if (!of_world(chart, send->actor)) {
        return;
    }
    row->giver = send->actor;
    row->given_first = first;
    row->given_last = first;
    while (send->rendezvous && row->given_first > 0 &&
           trail->events[row->given_first - 1].step == send->step) {
        row->given_first--;
    }
    if (send->rendezvous) {
        row->given_last = end_of_step(trail, row->given_first);
    }
}

static void add_step(jk_chart *chart, size_t first, size_t last)
{
    const jk_trail *trail = chart->trail;
    const jk_event *event = &trail->events[first];
    if (only_hands_over(chart, first, last)) {
        return;
    }
    jk_row *step = add_row(chart, JK_ROW_STEP, event->actor);
    step->number = chart->number[event->step];
    step->first = first;
    step->last = last;
    if (event->kind == JK_EVENT_TAKE) {
        take_message(chart, step, first);
    }
    for (size_t i = first; i < last; i++) {
        const jk_event *other = &trail->events[i];
        if (other->kind == JK_EVENT_TAKE && i > first) {
            take_message(chart, add_row(chart, JK_ROW_MORE, event->actor), i);
        } else if (other->kind == JK_EVENT_SEND && !taken_at_once(trail, i)) {
            jk_row *sent = add_row(chart, JK_ROW_SENT, event->actor);
            sent->message = i;
            if (other->pair != JK_TRAIL_NONE) {
                sent->to = chart->column[trail->events[other->pair].actor];
            } else if (other->toward != JK_TRAIL_NONE) {
                sent->toward = chart->column[other->toward];
            }
        }
    }
}

/* What the world hands over has the number of the step that takes it. */
static void number_steps(jk_chart *chart)
{
    const jk_trail *trail = chart->trail;
    size_t number = 0;
    for (size_t i = 0; i < trail->event_count;) {
        size_t last = end_of_step(trail, i);
        size_t step = trail->events[i].step;
        if (step > 0 && chart->number[step] == 0 && last > i) {
            chart->number[step] = number + 1;
            number += only_hands_over(chart, i, last) ? 0 : 1;
        }
        i = last > i ? last : i + 1;
    }
}

static void add_rows(jk_chart *chart)
{
    const jk_trail *trail = chart->trail;
    for (size_t i = 0; i < trail->event_count;) {
        size_t last = end_of_step(trail, i);
        if (trail->events[i].kind == JK_EVENT_CYCLE) {
            (void)add_row(chart, JK_ROW_CYCLE, 0);
            last = i + 1;
        } else if (trail->events[i].step > 0) {
            add_step(chart, i, last);
        }
        i = last;
    }
}

/* A column for each role that acts, from left to right by its place; the world is the last. */
static void order_columns(jk_chart *chart)
{
    const jk_trail *trail = chart->trail;
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        if (!actor->acts || !actor->role) {
            continue;
        }
        size_t at = chart->count;
        while (at > 0 && trail->actors[chart->order[at - 1]].place > actor->place) {
            chart->order[at] = chart->order[at - 1];
            at--;
        }
        chart->order[at] = i;
        chart->count++;
    }
    chart->order[chart->count] = JK_CHART_WORLD;
    chart->count++;
    for (size_t i = 0; i < trail->actor_count; i++) {
        chart->column[i] = chart->count - 1;
    }
    for (size_t i = 0; i + 1 < chart->count; i++) {
        chart->column[chart->order[i]] = i;
    }
}

jk_status jk_chart_lay_out(const jk_trail *trail, jk_chart *chart, jk_fault *fault)
{
    jk_chart fresh = {.trail = trail};
    order_columns(&fresh);
    if (fresh.count > JK_CHART_COLUMNS) {
        fault->status = JK_E_FULL;
        (void)snprintf(fault->text, sizeof fault->text, "too many roles act for one chart");
        return JK_E_FULL;
    }
    fresh.number = calloc(trail->step_count + 2, sizeof *fresh.number);
    /* A step has a row, and so has each of its further messages. */
    fresh.rows = calloc(trail->event_count * 2 + 1, sizeof *fresh.rows);
    if (fresh.number == NULL || fresh.rows == NULL) {
        jk_chart_close(&fresh);
        fault->status = JK_E_MEMORY;
        return JK_E_MEMORY;
    }
    number_steps(&fresh);
    add_rows(&fresh);
    *chart = fresh;
    return JK_OK;
}

void jk_chart_close(jk_chart *chart)
{
    free(chart->number);
    free(chart->rows);
    *chart = (jk_chart){.trail = NULL};
}

jk_status jk_chart_draw(const jk_trail *trail, jk_chart_format format, FILE *out, jk_fault *fault)
{
    jk_chart chart;
    jk_status status = jk_chart_lay_out(trail, &chart, fault);
    if (status != JK_OK) {
        return status;
    }
    switch (format) {
    case JK_CHART_TEXT: jk_chart_text(&chart, out); break;
    case JK_CHART_MERMAID: jk_chart_mermaid(&chart, out); break;
    case JK_CHART_SVG: jk_chart_svg(&chart, out); break;
    }
    jk_chart_close(&chart);
    return JK_OK;
}
