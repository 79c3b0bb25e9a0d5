/* SPDX-License-Identifier: Apache-2.0 */
/* `juki trace check`: step logs of running nodes against the model.  Every line is taken again by
 * the generated machines; every message that was taken must have been sent, once and in order. */
#ifndef JUKI_TOOL_TRACE_H
#define JUKI_TOOL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JK_TRACE_ACCEPTED = 0,
    JK_TRACE_REFUSED = 1,
    JK_TRACE_USAGE = 2,
    JK_TRACE_INCOMPLETE = 3, /* nothing is wrong, but something could not be checked */
    JK_TRACE_UNREAD = 4      /* a file cannot be read, or no memory */
};

#define JK_TRACE_SHOWN     20
#define JK_TRACE_TEXT      512
#define JK_TRACE_ROLES_MAX 24

/* How many of a role's transitions the logs took. */
typedef struct jk_trace_cover {
    char role[32];
    unsigned all; /* as far as a log tells them apart */
    unsigned seen;
} jk_trace_cover;

typedef struct jk_trace_verdict {
    uint64_t files;
    uint64_t nodes;
    uint64_t lines;
    uint64_t steps;     /* taken again by their machines */
    uint64_t instances; /* machines that took them */
    uint64_t starts;
    uint64_t cut;       /* files whose last line a kill cut off */
    uint64_t from_row;  /* instances that begin with the row that their first line names */
    uint64_t messages;  /* taken as they were sent */
    uint64_t refused;   /* of these by T7, or taken before by T6 */
    uint64_t under_way; /* sent and not taken at the end */
    uint64_t foreign;   /* taken from nodes whose log is not given */
    /* Not zero: incomplete. */
    uint64_t headless;  /* files that do not say of which form and network they are */
    uint64_t unseen;    /* messages sent before their sender's log begins */
    uint64_t unchecked; /* lines of instances whose row is not known */
    uint64_t differences;
    unsigned shown;
    char text[JK_TRACE_SHOWN][JK_TRACE_TEXT]; /* "FILE:LINE: node role: rule: what" */
    unsigned roles;
    jk_trace_cover cover[JK_TRACE_ROLES_MAX];
} jk_trace_verdict;

/* Reads the logs, several of one node oldest first.  tables: gen/tables, to count transitions;
 * NULL: they are not counted.  Returns one of the numbers above; the verdict is filled in any case,
 * and says in text[0] why when nothing could be read. */
int jk_trace_check(char *const *paths, size_t count, const char *tables, jk_trace_verdict *verdict);

/* What the verdict comes to, in one line: "trace: 1029 steps of 311 machines ...". */
void jk_trace_summary(const jk_trace_verdict *verdict, char *text, size_t capacity);

int jk_tool_trace(int argc, char **argv);

#endif
