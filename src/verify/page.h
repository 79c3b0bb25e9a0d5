/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of report.html.  Every word that is ours stands there twice, in English and in
 * Japanese; the page shows one of them.  What tables, models and tools say is shown as they say
 * it. */
#ifndef JUKI_VERIFY_PAGE_H
#define JUKI_VERIFY_PAGE_H

#include "graph_result.h"

/* Text with no markup of its own in both languages. */
void jk_page_say(FILE *out, const char *english, const char *japanese);

/* A heading with an anchor: level 2 or 3. */
void jk_page_heading(FILE *out, int level, const char *id, const char *english,
                     const char *japanese);

/* <th scope="col"> of both, right is for numbers. */
void jk_page_column(FILE *out, bool right, const char *english, const char *japanese);

/* 47691 as 47,691 */
void jk_page_count(FILE *out, uint64_t count);

/* Begins a box in which a wide table or drawing scrolls; "</div>\n" ends it. */
void jk_page_box(FILE *out, const char *english, const char *japanese);

/* Text of tables and models: escaped, "-" is nothing. */
void jk_page_text(FILE *out, const char *text);

/* A file that cannot be read, and why. */
void jk_page_missing(FILE *out, const char *file, const char *why);

/* A name in letters of a machine, that may break after an underline. */
void jk_page_name(FILE *out, const char *name);

/* The bounds without the letters of the compiler's options. */
void jk_page_bounds(FILE *out, const char *cell);

/* How a verdict, as jk_run_word and jk_graph_word have it, looks: a class of the style sheet. */
const char *jk_page_tone(const char *word);

/* That verdict with its sign, in both languages, and where it is from. */
void jk_page_verdict(FILE *out, const char *word, bool cached, const char *note);

/* The verdict of the call in a sentence, without markup: the language is "en" or "ja". */
const char *jk_page_sentence(jk_verify_exit code, bool japanese);

/* What each of the words means. */
void jk_page_legend(FILE *out);

/* A drawing, with or without the style that it brings along. */
void jk_page_svg(const char *svg, bool with_style, FILE *out);

/* A chart in its box: the run's own drawing, or else the committed text; false: there is none. */
bool jk_page_chart(const jk_run *run, FILE *out);
bool jk_page_graph_chart(const jk_graph *graph, size_t way, FILE *out);
bool jk_page_kept_chart(const jk_protocol *protocol, const char *name, FILE *out);

/* The sections. */
void jk_page_checks(const jk_plan *plan, FILE *out);
void jk_page_defences(const jk_plan *plan, FILE *out);
void jk_page_diagrams(const jk_plan *plan, FILE *out);
void jk_page_scores(const jk_plan *plan, FILE *out);
void jk_page_certificate(const jk_plan *plan, FILE *out);

#endif
