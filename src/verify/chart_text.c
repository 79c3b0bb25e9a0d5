/* SPDX-License-Identifier: Apache-2.0 */
/* A chart in plain text: lifelines at the left, and what happened in words at the right of them. */
#include <string.h>

#include "chart_rows.h"

#define NUMBER_WIDTH 4 /* of a step's number */

typedef struct drawing {
    const jk_chart *chart;
    FILE *out;
    size_t width; /* of a column */
} drawing;

/* What a step asked, did and changed besides its messages, and where it ended. */
static void say_locally(const drawing *draw, jk_words *to, size_t first, size_t last)
{
    const jk_trail *trail = draw->chart->trail;
    for (size_t i = first; i < last; i++) {
        jk_words one = {.used = 0};
        if (jk_say_event(&one, &trail->events[i])) {
            jk_say_also(to, "; ", one.text);
        }
    }
    const char *state = jk_state_after(trail, first, last);
    if (state != NULL) {
        jk_say_also(to, " ", "-> ");
        jk_say(to, state);
    }
}

/* Puts a row together: lifelines, an arrow between two columns (from == to: a star). */
static void glyphs(const drawing *draw, char *row, size_t from, size_t to, bool loose)
{
    size_t count = draw->chart->count;
    size_t length = count * draw->width;
    memset(row, ' ', length);
    row[length] = '\0';
    for (size_t i = 0; i < count; i++) {
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
    size_t lifelines = draw->chart->count * draw->width;
    size_t width = JK_CHART_WIDTH - NUMBER_WIDTH - 1 - lifelines - 1;
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
            row[(draw->chart->count - 1) * draw->width + 1] = '\0';
        }
        (void)fprintf(draw->out, "%*s %s", NUMBER_WIDTH, first ? digits : "", row);
        (void)fprintf(draw->out, length > 0 ? " %.*s\n" : "%.*s\n", (int)length, text);
        text += length;
        text += strspn(text, " ");
        first = false;
        glyphs(draw, row, JK_TRAIL_NONE, 0, false);
    }
}

/* The message, before it who hands it over and what he did for it. */
static void say_taken(const drawing *draw, jk_words *to, const jk_row *row)
{
    const jk_trail *trail = draw->chart->trail;
    if (row->giver != JK_TRAIL_NONE) {
        jk_words done = {.used = 0};
        jk_say_actor(trail, to, row->giver);
        jk_say(to, ": ");
        say_locally(draw, &done, row->given_first, row->given_last);
        jk_say(to, done.text);
        jk_say(to, done.used > 0 ? "; " : "");
    }
    jk_say_message(trail, to, trail->events[row->message].text);
    jk_say_sent_at(draw->chart, to, row->message);
}

static void print_sent(const drawing *draw, const jk_row *row)
{
    const jk_trail *trail = draw->chart->trail;
    const jk_event *event = &trail->events[row->message];
    jk_words text = {.used = 0};
    char at[96];
    jk_say(&text, "sends ");
    jk_say_message(trail, &text, event->text);
    if (event->pair == JK_TRAIL_NONE) {
        (void)snprintf(at, sizeof at, " on %s, never taken", event->link);
    } else {
        (void)snprintf(at, sizeof at, " (taken at %zu)",
                       draw->chart->number[trail->events[event->pair].step]);
    }
    jk_say(&text, at);
    print_row(draw, 0, row->from, row->to, true, text.text);
}

static void print_step(const drawing *draw, const jk_row *row)
{
    jk_words text = {.used = 0};
    bool taken = row->message != JK_TRAIL_NONE;
    if (taken) {
        say_taken(draw, &text, row);
    } else if (draw->chart->order[row->to] == JK_CHART_WORLD) {
        jk_say_actor(draw->chart->trail, &text, row->doer);
        jk_say(&text, ":");
    }
    jk_words local = {.used = 0};
    say_locally(draw, &local, row->first, row->last);
    if (local.used > 0) {
        bool more = taken && strncmp(local.text, "-> ", 3) != 0;
        jk_say_also(&text, more ? "; " : " ", local.text);
    }
    print_row(draw, row->number, row->from, row->to, false, text.text);
}

/* A line of the title, which goes on in the next one. */
static void print_line(const drawing *draw, const char *line)
{
    while (*line != '\0') {
        size_t length = strlen(line);
        if (length > JK_CHART_WIDTH) {
            length = JK_CHART_WIDTH;
            while (length > JK_CHART_WIDTH / 2 && line[length] != ' ') {
                length--;
            }
        }
        (void)fprintf(draw->out, "%.*s\n", (int)length, line);
        line += length;
        line += strspn(line, " ");
    }
}

/* What stands above the chart.  The line "depth" is read again by rules.c. */
static void print_title(const drawing *draw)
{
    const jk_trail_about *about = &draw->chart->trail->about;
    char line[1536];
    (void)snprintf(line, sizeof line, "%s: %s", about->name,
                   about->what[0] != '\0' ? about->what : about->words);
    print_line(draw, about->name[0] != '\0' ? line : "");
    if (about->what[0] != '\0') {
        (void)snprintf(line, sizeof line, "refutes %s: %s",
                       about->claim[0] != '\0' ? about->claim : "an assertion, or a deadlock",
                       about->words);
        print_line(draw, line);
    }
    (void)snprintf(line, sizeof line, "model %s/%s%s%s", about->protocol, about->model,
                   about->bounds[0] != '\0' ? ", bounds " : "", about->bounds);
    print_line(draw, about->model[0] != '\0' ? line : "");
    print_line(draw, about->search);
    (void)fprintf(draw->out, "\n");
}

static void print_heads(const drawing *draw)
{
    for (size_t i = 0; i < draw->chart->count; i++) {
        jk_words name = {.used = 0};
        if (draw->chart->order[i] == JK_CHART_WORLD) {
            jk_say(&name, "people, wires, time");
        } else {
            jk_say_actor(draw->chart->trail, &name, draw->chart->order[i]);
        }
        (void)fprintf(draw->out, "%*s ", NUMBER_WIDTH, "");
        for (size_t j = 0; j < i; j++) {
            (void)fprintf(draw->out, "%-*s", (int)draw->width, "|");
        }
        (void)fprintf(draw->out, "%s\n", name.text);
    }
}

void jk_chart_text(const jk_chart *chart, FILE *out)
{
    size_t count = chart->count;
    const drawing draw = {.chart = chart,
                          .out = out,
                          .width = count <= 3   ? 12
                                   : count <= 5 ? 8
                                   : count <= 8 ? 5
                                                : 4};
    print_title(&draw);
    print_heads(&draw);
    print_row(&draw, 0, JK_TRAIL_NONE, 0, false, "");
    for (size_t i = 0; i < chart->row_count; i++) {
        const jk_row *row = &chart->rows[i];
        jk_words text = {.used = 0};
        switch (row->kind) {
        case JK_ROW_STEP: print_step(&draw, row); break;
        case JK_ROW_SENT: print_sent(&draw, row); break;
        case JK_ROW_MORE:
            say_taken(&draw, &text, row);
            print_row(&draw, 0, row->from, row->to, false, text.text);
            break;
        case JK_ROW_CYCLE:
            print_row(&draw, 0, JK_TRAIL_NONE, 0, false, "==== from here on for ever ====");
            break;
        }
    }
    print_row(&draw, 0, JK_TRAIL_NONE, 0, false, "");
    (void)fprintf(out, "%s\n", chart->trail->about.end);
}
