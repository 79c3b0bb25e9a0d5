/* SPDX-License-Identifier: Apache-2.0 */
/* A chart as a sequenceDiagram of Mermaid. */
#include <string.h>

#include "chart_names.h"
#include "chart_rows.h"

/* What Mermaid takes for syntax goes as an entity. */
static void print_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '#': (void)fputs("#35;", out); break;
        case ';': (void)fputs("#59;", out); break;
        case '<': (void)fputs("#lt;", out); break;
        case '>': (void)fputs("#gt;", out); break;
        case '&': (void)fputs("#amp;", out); break;
        case '"': (void)fputs("#quot;", out); break;
        case '%': (void)fputs("#37;", out); break;
        default: (void)fputc(*text, out); break;
        }
    }
}

static void print_heads(const jk_chart *chart, FILE *out)
{
    for (size_t i = 0; i < chart->count; i++) {
        size_t actor = chart->order[i];
        bool world = actor == JK_CHART_WORLD;
        jk_words name = {.used = 0};
        jk_lifeline line = jk_lifeline_of(world ? NULL : chart->trail->actors[actor].name);
        (void)fprintf(out, "    participant c%zu as ", i);
        print_escaped(out, line.japanese);
        (void)fputs(line.english[0] != '\0' ? "<br/>" : "", out);
        print_escaped(out, line.english);
        if (!world) {
            jk_say_actor(chart->trail, &name, actor);
            (void)fputs("<br/>", out);
            print_escaped(out, name.text);
        }
        (void)fputc('\n', out);
    }
}

static void begin_note_over_all(const jk_chart *chart, FILE *out)
{
    if (chart->count > 1) {
        (void)fprintf(out, "    Note over c0,c%zu: ", chart->count - 1);
    } else {
        (void)fputs("    Note over c0: ", out);
    }
}

static void print_about(const jk_chart *chart, FILE *out)
{
    const jk_trail_about *about = &chart->trail->about;
    if (about->name[0] == '\0' && about->claim[0] == '\0') {
        return;
    }
    begin_note_over_all(chart, out);
    print_escaped(out, jk_chart_heading(about));
    if (about->rule[0] != '\0') {
        (void)fprintf(out, " (");
        print_escaped(out, about->rule);
        (void)fputc(')', out);
    }
    (void)fputs("<br/>", out);
    print_escaped(out, about->words);
    (void)fputs("<br/>", out);
    print_escaped(out, about->name);
    (void)fputs(about->what[0] != '\0' ? ": " : "", out);
    print_escaped(out, about->what);
    (void)fputc('\n', out);
}

/* "1 · 3-② " before an arrow. */
static void print_numbers(const jk_row *row, const char *seed, FILE *out)
{
    char steps[64];
    if (row->number > 0) {
        (void)fprintf(out, "%zu · ", row->number);
    }
    jk_seed_words(seed, steps, sizeof steps);
    print_escaped(out, steps);
    (void)fputs(steps[0] != '\0' ? " " : "", out);
}

static void print_taken(const jk_chart *chart, const jk_row *row, FILE *out)
{
    const jk_event *event = &chart->trail->events[row->message];
    jk_words text = {.used = 0};
    (void)fprintf(out, "    c%zu->>c%zu: ", row->from, row->to);
    print_numbers(row, event->seed, out);
    if (row->giver != JK_TRAIL_NONE) {
        jk_say_actor(chart->trail, &text, row->giver);
        jk_say(&text, ": ");
    }
    jk_say_message(chart->trail, &text, event->text);
    jk_say_sent_at(chart, &text, row->message);
    print_escaped(out, text.text);
    (void)fputc('\n', out);
}

static void print_note_line(const jk_row *row, const char *text, size_t *lines, FILE *out)
{
    if (*lines > 0) {
        (void)fputs("<br/>", out);
    } else {
        (void)fprintf(out, "    Note right of c%zu: ", row->to);
    }
    print_escaped(out, text);
    (*lines)++;
}

/* What was asked, done and changed, a line each, beside the lifeline. */
static void print_notes(const jk_chart *chart, const jk_row *row, FILE *out)
{
    const jk_trail *trail = chart->trail;
    const char *state = jk_state_after(trail, row->first, row->last);
    size_t lines = 0;
    if (row->message == JK_TRAIL_NONE) {
        jk_words doer = {.used = 0};
        jk_say_actor(trail, &doer, row->doer);
        (void)fprintf(out, "    Note right of c%zu: ", row->to);
        print_numbers(row, row->first < row->last ? trail->events[row->first].seed : "", out);
        print_escaped(out, doer.text);
        lines = 1;
    }
    jk_words given = {.used = 0};
    for (size_t i = row->given_first; i < row->given_last; i++) {
        jk_words one = {.used = 0};
        if (jk_say_event(&one, &trail->events[i])) {
            jk_say_also(&given, ", ", one.text);
        }
    }
    if (given.used > 0) {
        jk_words giver = {.used = 0};
        jk_say_actor(trail, &giver, row->giver);
        jk_say(&giver, ": ");
        jk_say(&giver, given.text);
        print_note_line(row, giver.text, &lines, out);
    }
    for (size_t i = row->first; i < row->last; i++) {
        jk_words one = {.used = 0};
        if (jk_say_event(&one, &trail->events[i])) {
            print_note_line(row, one.text, &lines, out);
        }
    }
    if (state != NULL) {
        char line[64];
        (void)snprintf(line, sizeof line, "→ %.50s", state);
        print_note_line(row, line, &lines, out);
    }
    (void)fputs(lines > 0 ? "\n" : "", out);
}

static void print_sent(const jk_chart *chart, const jk_row *row, FILE *out)
{
    const jk_event *event = &chart->trail->events[row->message];
    bool lost = event->pair == JK_TRAIL_NONE;
    jk_words text = {.used = 0};
    (void)fprintf(out, lost ? "    c%zu-xc%zu: " : "    c%zu-)c%zu: ", row->from,
                  lost ? row->toward : row->to);
    jk_say(&text, "sends ");
    jk_say_message(chart->trail, &text, event->text);
    print_escaped(out, text.text);
    if (lost) {
        (void)fputs(" on ", out);
        print_escaped(out, event->link);
        (void)fputs(", never taken\n", out);
    } else {
        (void)fprintf(out, " (taken at %zu)\n",
                      chart->number[chart->trail->events[event->pair].step]);
    }
}

void jk_chart_mermaid(const jk_chart *chart, FILE *out)
{
    bool cycle = false;
    (void)fputs("sequenceDiagram\n", out);
    print_heads(chart, out);
    print_about(chart, out);
    for (size_t i = 0; i < chart->row_count; i++) {
        const jk_row *row = &chart->rows[i];
        switch (row->kind) {
        case JK_ROW_STEP:
        case JK_ROW_MORE:
            if (row->message != JK_TRAIL_NONE) {
                print_taken(chart, row, out);
            }
            print_notes(chart, row, out);
            break;
        case JK_ROW_SENT: print_sent(chart, row, out); break;
        case JK_ROW_CYCLE:
            (void)fputs(cycle ? "" : "    loop from here on for ever\n", out);
            cycle = true;
            break;
        }
    }
    (void)fputs(cycle ? "    end\n" : "", out);
    if (chart->trail->about.end[0] != '\0') {
        begin_note_over_all(chart, out);
        print_escaped(out, chart->trail->about.end);
        (void)fputc('\n', out);
    }
}
