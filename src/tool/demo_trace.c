/* SPDX-License-Identifier: Apache-2.0 */
/* The third verdict on a run: the step logs of its nodes, by the model itself. */
#define _POSIX_C_SOURCE 200809L
#include "demo_run.h"

#include <glob.h>

bool demo_judge_traces(const char *folder, jk_trace_verdict *verdict)
{
    char pattern[DEMO_PATH + 16];
    glob_t found = {.gl_pathc = 0};
    int code = JK_TRACE_UNREAD;
    (void)snprintf(pattern, sizeof pattern, "%s/*.log", folder);
    if (glob(pattern, 0, NULL, &found) == 0) {
        code = jk_trace_check(found.gl_pathv, found.gl_pathc, NULL, verdict);
    }
    globfree(&found);
    if (code == JK_TRACE_UNREAD || code == JK_TRACE_INCOMPLETE) {
        (void)fprintf(stderr, "juki demo: the step logs cannot be judged: %s\n",
                      verdict->shown > 0 ? verdict->text[0] : "they are not whole");
        return false;
    }
    return true;
}

/* Without texts; every run has the same nodes. */
void demo_add_traces(jk_trace_verdict *sum, const jk_trace_verdict *one)
{
    sum->nodes = one->nodes;
    sum->lines += one->lines;
    sum->steps += one->steps;
    sum->instances += one->instances;
    sum->starts += one->starts;
    sum->messages += one->messages;
    sum->under_way += one->under_way;
    sum->differences += one->differences;
}

void demo_show_trace_found(const jk_trace_verdict *verdict, FILE *out)
{
    for (unsigned i = 0; i < verdict->shown; i++) {
        (void)fprintf(out, "%s\n", verdict->text[i]);
    }
}

void demo_show_traces(const jk_trace_verdict *verdict, FILE *out)
{
    char text[JK_TRACE_TEXT];
    jk_trace_summary(verdict, text, sizeof text);
    (void)fprintf(out, "%s\n", text);
}

json_t *demo_traces_object(const jk_trace_verdict *verdict)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "differences",
                     (json_int_t)verdict->differences, "nodes", (json_int_t)verdict->nodes, "lines",
                     (json_int_t)verdict->lines, "steps", (json_int_t)verdict->steps, "instances",
                     (json_int_t)verdict->instances, "messages", (json_int_t)verdict->messages,
                     "under_way", (json_int_t)verdict->under_way);
}
