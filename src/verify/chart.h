/* SPDX-License-Identifier: Apache-2.0 */
/* A run as a sequence chart: plain text, Mermaid or SVG, of one log of events. */
#ifndef JUKI_VERIFY_CHART_H
#define JUKI_VERIFY_CHART_H

#include <stdio.h>

#include "juki/status.h"
#include "trail.h"

#define JK_CHART_WIDTH 100 /* columns of a line of text, at most */

typedef enum jk_chart_format {
    JK_CHART_TEXT,
    JK_CHART_MERMAID, /* a sequenceDiagram */
    JK_CHART_SVG      /* one element, no script, nothing from outside; light and dark */
} jk_chart_format;

/* Draws it: a lifeline for each role that acts, an arrow for each message, what each step asked of
 * its host and changed in the ghosts.  JK_E_FULL: too many roles act for one chart; then nothing is
 * written. */
JK_MUST_USE jk_status jk_chart_draw(const jk_trail *trail, jk_chart_format format, FILE *out,
                                    jk_fault *fault);

/* The style that each of the SVGs brings along, for a page that holds many of them. */
const char *jk_chart_style(void);

#endif
