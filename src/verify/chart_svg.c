/* SPDX-License-Identifier: Apache-2.0 */
/* A chart as one SVG element: no script, no font and no picture from outside, colours for light and
 * for dark surroundings.  It has no ids, so that many of them can stand in one page. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "chart_names.h"
#include "chart_rows.h"
#include "escape.h"
#include "svg.h"

#define LEFT        56  /* room of the steps' numbers */
#define COLUMN_MIN  176 /* from lifeline to lifeline */
#define RIGHT       40
#define WIDTH_MIN   720
#define LINE        17  /* from line to line of a note */
#define SIZE        13  /* of letters */
#define NOTE_WIDTH  300 /* of a note's text, at most */
#define HEAD_HEIGHT 66
#define HEADS_EVERY 1100 /* the heads come again in a long chart */
#define SHORT_ARROW 44   /* of a message that is on its way */

typedef struct drawing {
    const jk_chart *chart;
    FILE *out;
    int width;
    int column; /* from lifeline to lifeline */
    int y;      /* where the next row begins */
} drawing;

static const char style[] =
    ".jkc{font-family:system-ui,'Noto Sans CJK JP','Noto Sans JP','Hiragino Sans','Yu Gothic UI',"
    "sans-serif;font-size:13px}"
    ".jkc-paper{fill:#ffffff}.jkc text{fill:#1f2328}.jkc .jkc-soft{fill:#59636e}"
    ".jkc-big{font-size:18px;font-weight:600}.jkc-bold{font-weight:600}"
    ".jkc-line{stroke:#c4ccd4;stroke-width:1;stroke-dasharray:3 3}"
    ".jkc-head{fill:#eef2f6;stroke:#c4ccd4}.jkc-note{fill:#f6f8fa;stroke:#d1d9e0}"
    ".jkc-arrow{stroke:#0a58b5;stroke-width:1.6;fill:none}.jkc-tip{fill:#0a58b5}"
    ".jkc-way{stroke-dasharray:5 3}"
    ".jkc-lost{stroke:#b42318;stroke-width:2;fill:none}.jkc text.jkc-bad,.jkc-bad{fill:#b42318}"
    ".jkc .jkc-seed{fill:#0a58b5;font-weight:600}.jkc .jkc-hook{fill:#7a3e9d}"
    ".jkc .jkc-effect{fill:#0a58b5}.jkc .jkc-time{fill:#8a4b00}"
    ".jkc .jkc-state{fill:#14683a;font-weight:600}"
    ".jkc-band{fill:#fff3d6;stroke:#d9b44a}"
    "@media (prefers-color-scheme:dark){"
    ".jkc-paper{fill:#12161b}.jkc text{fill:#e6edf3}.jkc .jkc-soft{fill:#9aa5b1}"
    ".jkc-line{stroke:#46505c}.jkc-head{fill:#222a33;stroke:#46505c}"
    ".jkc-note{fill:#1a2028;stroke:#3a444f}.jkc-arrow{stroke:#6cb0ff}.jkc-tip{fill:#6cb0ff}"
    ".jkc-lost{stroke:#ff8a80}.jkc text.jkc-bad,.jkc-bad{fill:#ff8a80}"
    ".jkc .jkc-seed{fill:#6cb0ff}.jkc .jkc-hook{fill:#d2a8ff}.jkc .jkc-effect{fill:#6cb0ff}"
    ".jkc .jkc-time{fill:#ffb86b}.jkc .jkc-state{fill:#6fdd9b}"
    ".jkc-band{fill:#3a2f12;stroke:#8a6d1f}}";

static int x_of(const drawing *draw, size_t column)
{
    return LEFT + draw->column / 2 + (int)column * draw->column;
}

static void text_at(const drawing *draw, int x, int y, const char *kind, const char *text)
{
    (void)fprintf(draw->out, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, kind);
    jk_put_xml(draw->out, text);
    (void)fputs("</text>\n", draw->out);
}

static void centred(const drawing *draw, int x, int y, const char *kind, const char *text)
{
    (void)fprintf(draw->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" class=\"%s\">", x, y,
                  kind);
    jk_put_xml(draw->out, text);
    (void)fputs("</text>\n", draw->out);
}

/* A text that goes on under itself. */
static void paragraph(drawing *draw, const char *kind, int size, const char *text)
{
    while (*text != '\0') {
        size_t length = jk_svg_fit(text, size, draw->width - 48);
        char line[1024];
        (void)snprintf(line, sizeof line, "%.*s", (int)length, text);
        draw->y += size + 7;
        text_at(draw, 24, draw->y, kind, line);
        text += length;
        text += strspn(text, " ");
    }
}

static void draw_about(drawing *draw)
{
    const jk_trail_about *about = &draw->chart->trail->about;
    char line[1600];
    draw->y = 12;
    if (about->name[0] == '\0' && about->claim[0] == '\0') {
        return;
    }
    (void)snprintf(line, sizeof line, "%s%s%s", jk_chart_heading(about),
                   about->rule[0] != '\0' ? "  ·  " : "", about->rule);
    paragraph(draw, "jkc-big", 18, line);
    paragraph(draw, "jkc-ink", SIZE, about->words);
    draw->y += 4;
    (void)snprintf(line, sizeof line, "%s%s%s", about->name, about->what[0] != '\0' ? ": " : "",
                   about->what);
    paragraph(draw, "jkc-bold", SIZE, line);
    (void)snprintf(line, sizeof line, "%s%s/%s%s%s", about->model[0] != '\0' ? "model " : "",
                   about->protocol, about->model, about->bounds[0] != '\0' ? "  " : "",
                   about->bounds);
    paragraph(draw, "jkc-soft", SIZE, line);
    paragraph(draw, "jkc-soft", SIZE, about->search);
}

/* The Japanese name may need two lines: it is cut at its space. */
static void draw_heads(drawing *draw)
{
    int top = draw->y + 12;
    for (size_t i = 0; i < draw->chart->count; i++) {
        size_t actor = draw->chart->order[i];
        bool world = actor == JK_CHART_WORLD;
        jk_lifeline line = jk_lifeline_of(world ? NULL : draw->chart->trail->actors[actor].name);
        jk_words name = {.used = 0};
        char first[96];
        size_t cut = strcspn(line.japanese, " ");
        (void)snprintf(first, sizeof first, "%.*s", (int)cut, line.japanese);
        int y = top + (line.japanese[cut] == '\0' ? 24 : 16);
        (void)fprintf(draw->out,
                      "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" "
                      "class=\"jkc-head\"/>\n",
                      x_of(draw, i) - draw->column / 2 + 4, top, draw->column - 8, HEAD_HEIGHT);
        centred(draw, x_of(draw, i), y, "jkc-bold", first);
        if (line.japanese[cut] != '\0') {
            y += 15;
            centred(draw, x_of(draw, i), y, "jkc-bold", line.japanese + cut + 1);
        }
        y += line.english[0] != '\0' ? 15 : 0;
        centred(draw, x_of(draw, i), y, "jkc-soft", line.english);
        if (!world) {
            jk_say_actor(draw->chart->trail, &name, actor);
            centred(draw, x_of(draw, i), y + 15, "jkc-soft", name.text);
        }
    }
    draw->y = top + HEAD_HEIGHT + 8;
}

static void draw_tip(const drawing *draw, int x, int y, int direction)
{
    (void)fprintf(draw->out, "<path d=\"M%d %dl%d -5v10z\" class=\"jkc-tip\"/>\n", x, y,
                  direction > 0 ? -9 : 9);
}

static void draw_line(const drawing *draw, int from, int to, int y, const char *kind)
{
    (void)fprintf(draw->out, "<path d=\"M%d %dH%d\" class=\"%s\"/>\n", from, y, to, kind);
}

/* Where a label of this width begins: about the middle of the arrow, inside of the picture. */
static int label_start(const drawing *draw, int low, int high, int width)
{
    int start = (low + high - width) / 2;
    start = start + width > draw->width - 6 ? draw->width - 6 - width : start;
    return start < LEFT ? LEFT : start;
}

/* "3-② operator: MOVE_IN txn=1 (sent at 3)", paper behind it, so that no lifeline crosses it. */
static void draw_label(const drawing *draw, int low, int high, const char *seed, const char *text)
{
    char steps[64];
    jk_seed_words(seed, steps, sizeof steps);
    int width = jk_svg_width(steps, SIZE, true) + jk_svg_width(text, SIZE, false) + 6;
    int x = label_start(draw, low, high, width);
    (void)fprintf(draw->out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"17\" class=\"jkc-paper\"/>\n",
                  x - 3, draw->y + 2, width + 6);
    (void)fprintf(draw->out, "<text x=\"%d\" y=\"%d\">", x, draw->y + 15);
    if (steps[0] != '\0') {
        (void)fputs("<tspan class=\"jkc-seed\">", draw->out);
        jk_put_xml(draw->out, steps);
        (void)fputs("</tspan> ", draw->out);
    }
    jk_put_xml(draw->out, text);
    (void)fputs("</text>\n", draw->out);
}

static void draw_number(const drawing *draw, size_t number)
{
    if (number > 0) {
        (void)fprintf(draw->out,
                      "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" class=\"jkc-soft "
                      "jkc-bold\">%zu</text>\n",
                      LEFT - 18, draw->y + 15, number);
    }
}

static void draw_taken(drawing *draw, const jk_row *row)
{
    const jk_chart *chart = draw->chart;
    const jk_event *event = &chart->trail->events[row->message];
    jk_words text = {.used = 0};
    if (row->giver != JK_TRAIL_NONE) {
        jk_say_actor(chart->trail, &text, row->giver);
        jk_say(&text, ": ");
    }
    jk_say_message(chart->trail, &text, event->text);
    jk_say_sent_at(chart, &text, row->message);
    int from = x_of(draw, row->from);
    int to = x_of(draw, row->to);
    int y = draw->y + 26;
    if (from == to) {
        draw_label(draw, from + 8, from + 8, event->seed, text.text);
        (void)fprintf(draw->out, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" class=\"jkc-tip\"/>\n", from,
                      y);
    } else {
        draw_label(draw, from < to ? from : to, from < to ? to : from, event->seed, text.text);
        draw_line(draw, from, from < to ? to - 7 : to + 7, y, "jkc-arrow");
        draw_tip(draw, to, y, to - from);
    }
    draw->y += 32;
}

/* A note's lines: kind and text of each. */
typedef struct note_line {
    const char *kind;
    char text[160];
} note_line;

#define NOTE_LINES 64

typedef struct note {
    note_line lines[NOTE_LINES];
    size_t count;
    int width;
} note;

static void add_text(note *to, const char *kind, const char *text)
{
    while (*text != '\0' && to->count < NOTE_LINES) {
        note_line *line = &to->lines[to->count];
        size_t length = jk_svg_fit(text, SIZE, NOTE_WIDTH);
        line->kind = kind;
        (void)snprintf(line->text, sizeof line->text, "%.*s", (int)length, text);
        int width = jk_svg_width(line->text, SIZE, strcmp(kind, "jkc-state") == 0);
        to->width = width > to->width ? width : to->width;
        to->count++;
        text += length;
        text += strspn(text, " ");
    }
}

static const char *kind_of(const jk_event *event)
{
    return event->kind == JK_EVENT_HOOK     ? "jkc-hook"
           : event->kind == JK_EVENT_EFFECT ? "jkc-effect"
           : event->kind == JK_EVENT_EXPIRY ? "jkc-time"
                                            : "jkc-ink";
}

static void add_events(const drawing *draw, note *to, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++) {
        const jk_event *event = &draw->chart->trail->events[i];
        jk_words one = {.used = 0};
        if (jk_say_event(&one, event)) {
            add_text(to, kind_of(event), one.text);
        }
    }
}

/* "channel: LOSE_ALL": what the giver did for the message. */
static void add_given(const drawing *draw, note *to, const jk_row *row)
{
    jk_words given = {.used = 0};
    jk_words who = {.used = 0};
    for (size_t i = row->given_first; i < row->given_last; i++) {
        jk_words one = {.used = 0};
        if (jk_say_event(&one, &draw->chart->trail->events[i])) {
            jk_say_also(&given, "; ", one.text);
        }
    }
    if (given.used > 0) {
        jk_say_actor(draw->chart->trail, &who, row->giver);
        jk_say(&who, ": ");
        jk_say(&who, given.text);
        add_text(to, "jkc-soft", who.text);
    }
}

static void draw_note(drawing *draw, size_t column, const note *one)
{
    if (one->count == 0) {
        return;
    }
    int width = one->width + 18;
    int height = (int)one->count * LINE + 9;
    int x = x_of(draw, column) + 8;
    x = x + width > draw->width - 6 ? x_of(draw, column) - 8 - width : x;
    x = x < LEFT ? LEFT : x;
    (void)fprintf(draw->out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" "
                  "class=\"jkc-note\"/>\n",
                  x, draw->y, width, height);
    for (size_t i = 0; i < one->count; i++) {
        text_at(draw, x + 9, draw->y + LINE * ((int)i + 1) - 2, one->lines[i].kind,
                one->lines[i].text);
    }
    draw->y += height + 4;
}

static void draw_step(drawing *draw, const jk_row *row)
{
    const jk_trail *trail = draw->chart->trail;
    note told = {.count = 0};
    draw_number(draw, row->number);
    if (row->message != JK_TRAIL_NONE) {
        draw_taken(draw, row);
    } else {
        jk_words doer = {.used = 0};
        const char *seed = row->first < row->last ? trail->events[row->first].seed : "";
        if (draw->chart->order[row->to] == JK_CHART_WORLD) {
            jk_say_actor(trail, &doer, row->doer);
        }
        (void)fprintf(draw->out, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" class=\"jkc-tip\"/>\n",
                      x_of(draw, row->to), draw->y + 11);
        if (doer.used > 0 || seed[0] != '\0') {
            int x = x_of(draw, row->to) + 12;
            draw_label(draw, x, x + jk_svg_width(doer.text, SIZE, false), seed, doer.text);
            draw->y += 20;
        }
    }
    add_given(draw, &told, row);
    add_events(draw, &told, row->first, row->last);
    const char *state = jk_state_after(trail, row->first, row->last);
    if (state != NULL) {
        char line[64];
        (void)snprintf(line, sizeof line, "→ %s", state);
        add_text(&told, "jkc-state", line);
    }
    draw_note(draw, row->to, &told);
    draw->y += 8;
}

/* A message leaves: a short arrow, and a cross where nobody ever takes it. */
static void draw_sent(drawing *draw, const jk_row *row)
{
    const jk_chart *chart = draw->chart;
    const jk_event *event = &chart->trail->events[row->message];
    bool lost = event->pair == JK_TRAIL_NONE;
    size_t aim = lost ? row->toward : row->to;
    int direction = aim < row->from || x_of(draw, row->from) + 260 > draw->width ? -1 : 1;
    int from = x_of(draw, row->from);
    int to = from + direction * SHORT_ARROW;
    int y = draw->y + 10;
    jk_words text = {.used = 0};
    char at[96];
    jk_say(&text, "sends ");
    jk_say_message(chart->trail, &text, event->text);
    if (lost) {
        (void)snprintf(at, sizeof at, " on %s, never taken", event->link);
    } else {
        (void)snprintf(at, sizeof at, " (taken at %zu)",
                       chart->number[chart->trail->events[event->pair].step]);
    }
    jk_say(&text, at);
    draw_line(draw, from, to - direction * 6, y, "jkc-arrow jkc-way");
    if (lost) {
        (void)fprintf(draw->out, "<path d=\"M%d %dl10 10m0 -10l-10 10\" class=\"jkc-lost\"/>\n",
                      to - 5, y - 5);
    } else {
        draw_tip(draw, to, y, direction);
    }
    int width = jk_svg_width(text.text, SIZE, false);
    int x = direction > 0 ? to + 10 : to - 10 - width;
    x = x + width > draw->width - 6 ? draw->width - 6 - width : x;
    x = x < LEFT ? LEFT : x;
    (void)fprintf(draw->out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"17\" class=\"jkc-paper\"/>\n",
                  x - 3, draw->y + 1, width + 6);
    text_at(draw, x, draw->y + 14, lost ? "jkc-bad" : "jkc-soft", text.text);
    draw->y += 24;
}

static void draw_cycle(drawing *draw)
{
    (void)fprintf(draw->out,
                  "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"24\" rx=\"4\" "
                  "class=\"jkc-band\"/>\n",
                  LEFT, draw->y, draw->width - LEFT - 12);
    centred(draw, (LEFT + draw->width) / 2, draw->y + 17, "jkc-bold",
            "ここから永久に繰り返す  ·  from here on for ever");
    draw->y += 34;
}

static void draw_rows(drawing *draw)
{
    int heads = draw->y;
    for (size_t i = 0; i < draw->chart->row_count; i++) {
        const jk_row *row = &draw->chart->rows[i];
        if (row->number > 0 && draw->y - heads > HEADS_EVERY) {
            draw_heads(draw);
            heads = draw->y;
        }
        bool after_sent = i > 0 && draw->chart->rows[i - 1].kind == JK_ROW_SENT;
        draw->y += after_sent && row->kind != JK_ROW_SENT ? 8 : 0;
        switch (row->kind) {
        case JK_ROW_STEP: draw_step(draw, row); break;
        case JK_ROW_MORE:
            draw_taken(draw, row);
            draw->y += 8;
            break;
        case JK_ROW_SENT: draw_sent(draw, row); break;
        case JK_ROW_CYCLE: draw_cycle(draw); break;
        }
    }
}

static void print_begin(const drawing *draw, FILE *out, int height)
{
    const jk_trail_about *about = &draw->chart->trail->about;
    (void)fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
        "width=\"100%%\" style=\"height:auto;min-width:%dpx;max-width:%dpx\" role=\"img\" "
        "class=\"jkc\">\n<title>",
        draw->width, height, draw->width * 3 / 4, draw->width * 5 / 4);
    jk_put_xml(out, jk_chart_heading(about));
    (void)fputs("</title>\n<desc>", out);
    jk_put_xml(out, about->words);
    (void)fprintf(out, " %zu steps. ", draw->chart->trail->step_count);
    jk_put_xml(out, about->end);
    (void)fprintf(out, "</desc>\n<style>%s</style>\n", style);
    (void)fprintf(out, "<rect width=\"%d\" height=\"%d\" class=\"jkc-paper\"/>\n", draw->width,
                  height);
}

static void print_lifelines(const drawing *draw, FILE *out, int from, int to)
{
    for (size_t i = 0; i < draw->chart->count; i++) {
        (void)fprintf(out, "<path d=\"M%d %dV%d\" class=\"jkc-line\"/>\n", x_of(draw, i), from, to);
    }
}

/* The height is known when everything is drawn: so the body is drawn first. */
void jk_chart_svg(const jk_chart *chart, FILE *out)
{
    char *body = NULL;
    size_t size = 0;
    int room = (WIDTH_MIN - LEFT - RIGHT) / (int)chart->count;
    int column = room > COLUMN_MIN ? room : COLUMN_MIN;
    FILE *stream = open_memstream(&body, &size);
    if (stream == NULL) {
        return;
    }
    drawing draw = {.chart = chart,
                    .out = stream,
                    .width = LEFT + (int)chart->count * column + RIGHT,
                    .column = column};
    draw_about(&draw);
    int top = draw.y + 12 + HEAD_HEIGHT;
    draw_heads(&draw);
    draw_rows(&draw);
    int bottom = draw.y + 4;
    draw.y = bottom;
    paragraph(&draw,
              strstr(chart->trail->about.end, "violated") != NULL ? "jkc-bold jkc-bad" : "jkc-bold",
              15, chart->trail->about.end);
    if (fclose(stream) == 0) {
        print_begin(&draw, out, draw.y + 16);
        print_lifelines(&draw, out, top, bottom);
        (void)fwrite(body, 1, size, out);
        (void)fputs("</svg>\n", out);
    }
    free(body);
}

const char *jk_chart_style(void)
{
    return style;
}
