/* SPDX-License-Identifier: Apache-2.0 */
/* What all renderings of a chart share: lifelines, rows from above to below, and the words beside
 * them. */
#ifndef JUKI_VERIFY_CHART_ROWS_H
#define JUKI_VERIFY_CHART_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "chart.h"
#include "trail.h"

#define JK_CHART_COLUMNS 16
#define JK_CHART_WORLD   ((size_t)-1) /* the column of everything that is no role */

/* A text that grows; what does not fit is left out. */
typedef struct jk_words {
    char text[4096];
    size_t used;
} jk_words;

typedef enum jk_row_kind {
    JK_ROW_STEP, /* what somebody did, with the message that began it */
    JK_ROW_MORE, /* another message that the same step takes */
    JK_ROW_SENT, /* a message leaves and is taken later, or never */
    JK_ROW_CYCLE /* from here on for ever */
} jk_row_kind;

typedef struct jk_row {
    jk_row_kind kind;
    size_t number; /* of the step as it is drawn; 0: the row belongs to the one above */
    size_t from;   /* columns; from == to: nobody else takes part */
    size_t to;
    size_t toward;      /* of a message that nobody takes: the column of who would have, or from */
    size_t message;     /* the event of it, or JK_TRAIL_NONE */
    size_t doer;        /* whose step it is */
    size_t first;       /* events of the step, to last */
    size_t last;        /* first == last: nothing is told in this row */
    size_t giver;       /* of the world, who hands the message over; JK_TRAIL_NONE: nobody */
    size_t given_first; /* what he did for it, to given_last */
    size_t given_last;
} jk_row;

typedef struct jk_chart {
    const jk_trail *trail;
    size_t order[JK_TRAIL_ACTORS];  /* actors by column; the last is JK_CHART_WORLD */
    size_t count;                   /* columns */
    size_t column[JK_TRAIL_ACTORS]; /* of an actor */
    size_t *number;                 /* of a step as it is drawn */
    jk_row *rows;
    size_t row_count;
} jk_chart;

/* JK_E_FULL: too many roles act. */
JK_MUST_USE jk_status jk_chart_lay_out(const jk_trail *trail, jk_chart *chart, jk_fault *fault);

void jk_chart_close(jk_chart *chart);

void jk_say(jk_words *to, const char *text);

/* The same after a separator, if there is something before it. */
void jk_say_also(jk_words *to, const char *separator, const char *text);

/* "CERT txn=1 mask=1 epoch=3"; zero says nothing. */
void jk_say_message(const jk_trail *trail, jk_words *to, const char *message);

void jk_say_actor(const jk_trail *trail, jk_words *to, size_t actor);

/* What stands on top: the property, or how the run ends. */
const char *jk_chart_heading(const jk_trail_about *about);

/* One event that is no message, "case_check? GRANTABLE"; false: it is not told. */
bool jk_say_event(jk_words *to, const jk_event *event);

/* " (sent at 3)" where the message was not taken at once. */
void jk_say_sent_at(const jk_chart *chart, jk_words *to, size_t index);

/* The state in which these events end, or NULL. */
const char *jk_state_after(const jk_trail *trail, size_t first, size_t last);

/* The three renderings. */
void jk_chart_text(const jk_chart *chart, FILE *out);
void jk_chart_mermaid(const jk_chart *chart, FILE *out);
void jk_chart_svg(const jk_chart *chart, FILE *out);

#endif
