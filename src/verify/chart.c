/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a replay: lifelines at the left, and what happened in words at the right of them. */
#define _POSIX_C_SOURCE 200809L
#include "chart.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "trail.h"

#define NUMBER_WIDTH 4 /* of a step's number */
#define TEXT_SIZE    4096
#define COLUMNS_MAX  16
#define WORLD        ((size_t)-1) /* the column of everything that is no role */

typedef struct drawing {
    const jk_chart_source *source;
    const jk_trail *trail;
    FILE *out;
    size_t order[JK_TRAIL_ACTORS];  /* actors by column; WORLD may be the last one */
    size_t count;                   /* columns */
    size_t width;                   /* of a column */
    size_t column[JK_TRAIL_ACTORS]; /* of an actor */
    size_t *number;                 /* of a step as it is drawn */
} drawing;

/* A text that grows; what does not fit is left out. */
typedef struct words {
    char text[TEXT_SIZE];
    size_t used;
} words;

static void say(words *to, const char *text)
{
    int length = snprintf(to->text + to->used, sizeof to->text - to->used, "%s", text);
    if (length > 0) {
        to->used += (size_t)length;
        to->used = to->used < sizeof to->text ? to->used : sizeof to->text - 1;
    }
}

/* The same after a separator, if there is something before it. */
static void say_also(words *to, const char *separator, const char *text)
{
    say(to, to->used > 0 ? separator : "");
    say(to, text);
}

/* The name of a number of an mtype, from pan's own table; else the number. */
static void say_mtype(const drawing *draw, words *to, const char *type, const char *number)
{
    char wanted[64];
    const char *at =
        draw->source->pan == NULL ? NULL : strstr(draw->source->pan, "\nprintm(int x, char *s)\n{");
    (void)snprintf(wanted, sizeof wanted, "strcmp(s, \"%s\")", type);
    at = at == NULL ? NULL : strstr(at, wanted);
    const char *end = at == NULL ? NULL : strstr(at, "default:");
    (void)snprintf(wanted, sizeof wanted, "case %s: Printf(\"", number);
    at = at == NULL ? NULL : strstr(at, wanted);
    if (at == NULL || end == NULL || at > end) {
        say(to, number);
        return;
    }
    at += strlen(wanted);
    (void)snprintf(wanted, sizeof wanted, "%.*s", (int)strcspn(at, "\""), at);
    say(to, wanted);
}

/* "CERT,1,1,3,0,0": CERT txn=1 mask=1 epoch=3; zero says nothing. */
static void say_message(const drawing *draw, words *to, const char *message)
{
    const jk_trail *trail = draw->trail;
    size_t commas = 0;
    for (const char *at = message; *at != '\0'; at++) {
        commas += *at == ',' ? 1 : 0;
    }
    if (commas != trail->field_count) {
        say(to, message);
        return;
    }
    char part[64];
    size_t length = strcspn(message, ",");
    (void)snprintf(part, sizeof part, "%.*s", (int)length, message);
    say(to, part);
    for (size_t i = 0; i < trail->field_count; i++) {
        message += length + 1;
        length = strcspn(message, ",");
        (void)snprintf(part, sizeof part, "%.*s", (int)length, message);
        if (strcmp(part, "0") != 0) {
            say(to, " ");
            say(to, trail->fields[i]);
            say(to, "=");
            say_mtype(draw, to, trail->fields[i], part);
        }
    }
}

static void say_actor(const drawing *draw, words *to, size_t actor)
{
    char name[80];
    const jk_actor *one = &draw->trail->actors[actor];
    if (actor == 0) {
        say(to, "the start");
    } else if (one->several) {
        (void)snprintf(name, sizeof name, "%s %zu", one->name, one->instance);
        say(to, name);
    } else {
        say(to, one->name);
    }
}

/* What a step asked, did and changed besides its messages, and where it ended. */
static void say_locally(const drawing *draw, words *to, size_t first, size_t last)
{
    const char *state = NULL;
    for (size_t i = first; i < last; i++) {
        const jk_event *event = &draw->trail->events[i];
        const char *text = event->text;
        switch (event->kind) {
        case JK_EVENT_SEND:
        case JK_EVENT_TAKE:
        case JK_EVENT_CYCLE: break;
        case JK_EVENT_STATE: state = text; break;
        case JK_EVENT_EXPIRY:
            say_also(to, "; ", text);
            say(to, " expires");
            break;
        case JK_EVENT_HOOK:
            say_also(to, "; ", text);
            say(to, "? ");
            if (strcmp(event->link, "answer") == 0) {
                say_mtype(draw, to, "reason", event->value);
            } else {
                say(to, event->value);
            }
            break;
        case JK_EVENT_EFFECT: say_also(to, "; ", text); break;
        case JK_EVENT_CHANGE:
            say_also(to, "; ", strncmp(text, "ghost_", 6) == 0 ? text + 6 : text);
            break;
        }
    }
    if (state != NULL) {
        say_also(to, " ", "-> ");
        say(to, state);
    }
}

/* Puts a row together: lifelines, an arrow between two columns (from == to: a star). */
static void glyphs(const drawing *draw, char *row, size_t from, size_t to, bool loose)
{
    size_t length = draw->count * draw->width;
    memset(row, ' ', length);
    row[length] = '\0';
    for (size_t i = 0; i < draw->count; i++) {
        row[i * draw->width] = '|';
    }
    if (from == JK_TRAIL_NONE) {
        return;
    }
    if (from == to) {
        row[from * draw->width] = '*';
        return;
    }
    bool right = from < to;
    size_t low = (right ? from : to) * draw->width;
    size_t high = (right ? to : from) * draw->width;
    if (loose) {
        row[right ? low + 1 : high - 1] = '-';
        row[right ? low + 2 : high - 2] = right ? '>' : '<';
        return;
    }
    for (size_t i = low + 1; i < high; i++) {
        row[i] = row[i] == '|' ? '+' : '-';
    }
    row[right ? high - 1 : low + 1] = right ? '>' : '<';
}

/* One row and its text, which goes on under itself. */
static void print_row(const drawing *draw, size_t number, size_t from, size_t to, bool loose,
                      const char *text)
{
    char row[JK_CHART_WIDTH + 1];
    char digits[24] = "";
    size_t width = JK_CHART_WIDTH - NUMBER_WIDTH - 1 - draw->count * draw->width - 1;
    glyphs(draw, row, from, to, loose);
    if (number > 0) {
        (void)snprintf(digits, sizeof digits, "%zu", number);
    }
    bool first = true;
    while (first || *text != '\0') {
        size_t length = strlen(text);
        if (length > width) {
            length = width;
            while (length > width / 2 && text[length] != ' ') {
                length--;
            }
        }
        if (length == 0) {
            row[(draw->count - 1) * draw->width + 1] = '\0';
        }
        (void)fprintf(draw->out, "%*s %s", NUMBER_WIDTH, first ? digits : "", row);
        (void)fprintf(draw->out, length > 0 ? " %.*s\n" : "%.*s\n", (int)length, text);
        text += length;
        text += strspn(text, " ");
        first = false;
        glyphs(draw, row, JK_TRAIL_NONE, 0, false);
    }
}

static size_t column_of(const drawing *draw, size_t actor)
{
    return draw->column[actor];
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

/* The arrow of a message that is taken; what a process of the world did for it stands with it. */
static void say_taken(const drawing *draw, words *to, size_t index)
{
    const jk_trail *trail = draw->trail;
    const jk_event *event = &trail->events[index];
    const jk_event *send = &trail->events[event->pair];
    char at[40];
    if (draw->order[column_of(draw, send->actor)] == WORLD) {
        say_actor(draw, to, send->actor);
        say(to, ": ");
        size_t first = event->pair;
        while (send->rendezvous && first > 0 && trail->events[first - 1].step == send->step) {
            first--;
        }
        words done = {.used = 0};
        if (send->rendezvous) {
            say_locally(draw, &done, first, end_of_step(trail, first));
        }
        say(to, done.text);
        say(to, done.used > 0 ? "; " : "");
    }
    say_message(draw, to, event->text);
    if (!taken_at_once(trail, event->pair) && send->step > 0) {
        (void)snprintf(at, sizeof at, " (sent at %zu)", draw->number[send->step]);
        say(to, at);
    }
}

static void print_sent(const drawing *draw, size_t index)
{
    const jk_trail *trail = draw->trail;
    const jk_event *event = &trail->events[index];
    words text = {.used = 0};
    char at[96];
    size_t from = column_of(draw, event->actor);
    size_t to = from;
    say(&text, "sends ");
    say_message(draw, &text, event->text);
    if (event->pair == JK_TRAIL_NONE) {
        (void)snprintf(at, sizeof at, " on %s, never taken", event->link);
    } else {
        (void)snprintf(at, sizeof at, " (taken at %zu)",
                       draw->number[trail->events[event->pair].step]);
        to = column_of(draw, trail->events[event->pair].actor);
    }
    say(&text, at);
    print_row(draw, 0, from, to, true, text.text);
}

/* A step of the world that does nothing but hand a message over is told with the arrow. */
static bool only_hands_over(const drawing *draw, size_t first, size_t last)
{
    bool hands = false;
    for (size_t i = first; i < last; i++) {
        const jk_event *event = &draw->trail->events[i];
        hands = hands ||
                (event->kind == JK_EVENT_SEND && event->rendezvous && event->pair != JK_TRAIL_NONE);
    }
    return hands && draw->order[column_of(draw, draw->trail->events[first].actor)] == WORLD;
}

static void print_step(const drawing *draw, size_t first, size_t last)
{
    const jk_trail *trail = draw->trail;
    const jk_event *event = &trail->events[first];
    size_t own = column_of(draw, event->actor);
    if (only_hands_over(draw, first, last)) {
        return;
    }
    words text = {.used = 0};
    size_t from = own;
    if (event->kind == JK_EVENT_TAKE) {
        from = column_of(draw, trail->events[event->pair].actor);
        say_taken(draw, &text, first);
    } else if (draw->order[own] == WORLD) {
        say_actor(draw, &text, event->actor);
        say(&text, ":");
    }
    words local = {.used = 0};
    say_locally(draw, &local, first, last);
    if (local.used > 0) {
        bool more = event->kind == JK_EVENT_TAKE && strncmp(local.text, "-> ", 3) != 0;
        say_also(&text, more ? "; " : " ", local.text);
    }
    print_row(draw, draw->number[event->step], from, own, false, text.text);
    for (size_t i = first; i < last; i++) {
        const jk_event *other = &trail->events[i];
        if (other->kind == JK_EVENT_TAKE && i > first) {
            words more = {.used = 0};
            say_taken(draw, &more, i);
            print_row(draw, 0, column_of(draw, trail->events[other->pair].actor), own, false,
                      more.text);
        } else if (other->kind == JK_EVENT_SEND && !taken_at_once(trail, i)) {
            print_sent(draw, i);
        }
    }
}

/* Where the role stands in the protocol's own list of files; the others come after it. */
static size_t rank(const char *list, const jk_actor *actor)
{
    char wanted[80];
    (void)snprintf(wanted, sizeof wanted, "\"%s.pml\"", actor->name);
    const char *at = list == NULL ? NULL : strstr(list, wanted);
    return at == NULL ? 1000000 : (size_t)(at - list);
}

static bool is_role(const drawing *draw, const jk_actor *actor)
{
    char path[JK_PATH_SIZE];
    char name[80];
    (void)snprintf(name, sizeof name, "%s.pml", actor->name);
    FILE *file = jk_path_join(path, draw->source->model, name) ? fopen(path, "rb") : NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return file != NULL;
}

static char *protocol_list(const char *model)
{
    char path[JK_PATH_SIZE];
    char name[80];
    size_t size;
    const char *base = strrchr(model, '/');
    (void)snprintf(name, sizeof name, "%.60s.pml", base == NULL ? model : base + 1);
    return jk_path_join(path, model, name) ? jk_file_read(path, &size) : NULL;
}

/* A column for each role that acts, first instances before second ones; the world is the last. */
static void order_columns(drawing *draw)
{
    const jk_trail *trail = draw->trail;
    char *list = protocol_list(draw->source->model);
    size_t key[JK_TRAIL_ACTORS];
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        if (!actor->acts || !is_role(draw, actor)) {
            continue;
        }
        size_t mine = actor->instance * 10000000 + rank(list, actor);
        size_t at = draw->count;
        while (at > 0 && key[at - 1] > mine) {
            key[at] = key[at - 1];
            draw->order[at] = draw->order[at - 1];
            at--;
        }
        key[at] = mine;
        draw->order[at] = i;
        draw->count++;
    }
    free(list);
    draw->order[draw->count] = WORLD;
    draw->count++;
    for (size_t i = 0; i < trail->actor_count; i++) {
        draw->column[i] = draw->count - 1;
    }
    for (size_t i = 0; i + 1 < draw->count; i++) {
        draw->column[draw->order[i]] = i;
    }
    draw->width = draw->count <= 3 ? 12 : draw->count <= 5 ? 8 : draw->count <= 8 ? 5 : 4;
}

static void print_title(const char *title, FILE *out)
{
    while (*title != '\0') {
        size_t length = strcspn(title, "\n");
        size_t kept = length;
        if (length > JK_CHART_WIDTH) {
            kept = JK_CHART_WIDTH;
            while (kept > JK_CHART_WIDTH / 2 && title[kept] != ' ') {
                kept--;
            }
        }
        (void)fprintf(out, "%.*s\n", (int)kept, title);
        title += kept;
        title += kept < length ? strspn(title, " ") : strspn(title, "\n") > 0;
    }
}

static void print_heads(const drawing *draw)
{
    for (size_t i = 0; i < draw->count; i++) {
        words name = {.used = 0};
        if (draw->order[i] == WORLD) {
            say(&name, "people, wires, time");
        } else {
            say_actor(draw, &name, draw->order[i]);
        }
        (void)fprintf(draw->out, "%*s ", NUMBER_WIDTH, "");
        for (size_t j = 0; j < i; j++) {
            (void)fprintf(draw->out, "%-*s", (int)draw->width, "|");
        }
        (void)fprintf(draw->out, "%s\n", name.text);
    }
}

/* What the world hands over has the number of the step that takes it. */
static void number_steps(drawing *draw)
{
    const jk_trail *trail = draw->trail;
    size_t number = 0;
    for (size_t i = 0; i < trail->event_count;) {
        size_t last = end_of_step(trail, i);
        size_t step = trail->events[i].step;
        if (step > 0 && draw->number[step] == 0 && last > i) {
            draw->number[step] = number + 1;
            number += only_hands_over(draw, i, last) ? 0 : 1;
        }
        i = last > i ? last : i + 1;
    }
}

static void print_steps(const drawing *draw)
{
    const jk_trail *trail = draw->trail;
    for (size_t i = 0; i < trail->event_count;) {
        size_t last = end_of_step(trail, i);
        if (trail->events[i].kind == JK_EVENT_CYCLE) {
            print_row(draw, 0, JK_TRAIL_NONE, 0, false, "==== from here on for ever ====");
            last = i + 1;
        } else if (trail->events[i].step > 0) {
            print_step(draw, i, last);
        }
        i = last;
    }
}

jk_status jk_chart_draw(const jk_chart_source *source, FILE *out, jk_fault *fault)
{
    jk_trail trail;
    jk_status status = jk_trail_read(source->replay, source->base, &trail, fault);
    if (status != JK_OK) {
        return status;
    }
    drawing draw = {.source = source, .trail = &trail, .out = out};
    order_columns(&draw);
    draw.number = calloc(trail.step_count + 2, sizeof *draw.number);
    if (draw.number == NULL || draw.count > COLUMNS_MAX) {
        fault->status = draw.number == NULL ? JK_E_MEMORY : JK_E_FULL;
        (void)snprintf(fault->text, sizeof fault->text, "too many roles act for one chart");
    } else {
        number_steps(&draw);
        print_title(source->title, out);
        print_heads(&draw);
        print_row(&draw, 0, JK_TRAIL_NONE, 0, false, "");
        print_steps(&draw);
        print_row(&draw, 0, JK_TRAIL_NONE, 0, false, "");
        (void)fprintf(out, "%s\n", source->end);
    }
    status = draw.number == NULL || draw.count > COLUMNS_MAX ? fault->status : JK_OK;
    free(draw.number);
    jk_trail_close(&trail);
    return status;
}
