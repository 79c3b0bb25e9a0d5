/* SPDX-License-Identifier: Apache-2.0 */
/* `juki trace check FILE...`: prints whether the model accepts the step logs of running nodes. */
#include "trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/escape.h"

static const char help[] =
    "juki trace check [--json] [--coverage TABLES] FILE...\n"
    "\n"
    "Reads the step logs of one or several nodes, each node's files oldest first, and says "
    "whether\n"
    "the model accepts them: every line is a transition of its role, every message was sent once\n"
    "and in order.  --coverage: how many of the transitions in TABLES (gen/tables) they took.\n"
    "Exit: 0 accepted, 1 refused, 2 usage, 3 something could not be checked, 4 not read.\n";

static const char *word_of(int code)
{
    return code == JK_TRACE_ACCEPTED     ? "accepted"
           : code == JK_TRACE_REFUSED    ? "refused"
           : code == JK_TRACE_INCOMPLETE ? "incomplete"
                                         : "not read";
}

typedef struct counted {
    const char *name;
    uint64_t value;
    const char *text; /* for people; NULL: it is in the verdict's line */
} counted;

enum {
    COUNTS = 15
};

static void counts_of(const jk_trace_verdict *v, counted counts[COUNTS])
{
    const counted all[COUNTS] = {
        {"files", v->files, NULL},
        {"nodes", v->nodes, NULL},
        {"lines", v->lines, NULL},
        {"starts", v->starts, NULL},
        {"steps", v->steps, NULL},
        {"instances", v->instances, NULL},
        {"messages", v->messages, NULL},
        {"under_way", v->under_way, "messages were sent and not taken before the end"},
        {"refused", v->refused, "messages were refused or came twice"},
        {"foreign", v->foreign, "messages came from nodes whose log is not given"},
        {"from_row", v->from_row, "instances begin with a row that their first line names"},
        {"cut", v->cut, "logs end in the middle of a line"},
        {"headless", v->headless, "logs do not say of which form and network they are: incomplete"},
        {"unseen", v->unseen, "messages were sent before their sender's log begins: incomplete"},
        {"unchecked", v->unchecked, "steps have nothing to start from: incomplete"},
    };
    memcpy(counts, all, sizeof all);
}

static void print_json(const jk_trace_verdict *v, int code)
{
    counted counts[COUNTS];
    counts_of(v, counts);
    (void)printf("{\n \"v\": 1,\n \"verdict\": \"%s\",\n", word_of(code));
    for (size_t i = 0; i < COUNTS; i++) {
        (void)printf(" \"%s\": %" PRIu64 ",\n", counts[i].name, counts[i].value);
    }
    (void)printf(" \"coverage\": {");
    for (unsigned i = 0; i < v->roles; i++) {
        (void)printf("%s\"%s\": {\"all\": %u, \"seen\": %u}", i == 0 ? "" : ", ", v->cover[i].role,
                     v->cover[i].all, v->cover[i].seen);
    }
    (void)printf("},\n \"found\": [");
    for (unsigned i = 0; i < v->shown; i++) {
        (void)printf("%s\n  ", i == 0 ? "" : ",");
        jk_put_json(stdout, v->text[i]);
    }
    (void)printf("],\n \"differences\": %" PRIu64 "\n}\n", v->differences);
}

static void print_coverage(const jk_trace_verdict *v)
{
    unsigned all = 0;
    unsigned seen = 0;
    (void)printf("%-24s %11s %6s %6s\n", "role", "transitions", "taken", "share");
    for (unsigned i = 0; i < v->roles; i++) {
        const jk_trace_cover *c = &v->cover[i];
        (void)printf("%-24s %11u %6u %5u%%\n", c->role, c->all, c->seen, 100 * c->seen / c->all);
        all += c->all;
        seen += c->seen;
    }
    (void)printf("%-24s %11u %6u %5u%%\n", "all", all, seen, all == 0 ? 0 : 100 * seen / all);
}

static void print_text(const jk_trace_verdict *v, int code)
{
    counted counts[COUNTS];
    char summary[JK_TRACE_TEXT];
    counts_of(v, counts);
    for (unsigned i = 0; i < v->shown; i++) {
        (void)printf("%s\n", v->text[i]);
    }
    if (v->differences > v->shown) {
        (void)printf("and %" PRIu64 " more\n", v->differences - v->shown);
    }
    for (size_t i = 0; i < COUNTS; i++) {
        if (counts[i].text != NULL && counts[i].value > 0) {
            (void)printf("%" PRIu64 " %s\n", counts[i].value, counts[i].text);
        }
    }
    if (v->roles > 0) {
        print_coverage(v);
    }
    jk_trace_summary(v, summary, sizeof summary);
    (void)printf("%s\nverdict: %s\n", summary, word_of(code));
}

static int check(char *const *paths, size_t count, const char *tables, bool json)
{
    jk_trace_verdict *v = calloc(1, sizeof *v);
    if (v == NULL) {
        (void)fprintf(stderr, "juki trace: no memory\n");
        return JK_TRACE_UNREAD;
    }
    const int code = jk_trace_check(paths, count, tables, v);
    if (code == JK_TRACE_UNREAD) {
        (void)fprintf(stderr, "juki trace: %s\n", v->shown > 0 ? v->text[0] : "no memory");
    } else if (json) {
        print_json(v, code);
    } else {
        print_text(v, code);
    }
    free(v);
    return code;
}

int jk_tool_trace(int argc, char **argv)
{
    const char *tables = NULL;
    bool json = false;
    bool good = argc > 2 && strcmp(argv[1], "check") == 0;
    int first = 2;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(help, stdout);
            return JK_TRACE_ACCEPTED;
        }
    }
    for (; good && first < argc && argv[first][0] == '-'; first++) {
        if (strcmp(argv[first], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[first], "--coverage") == 0 && first + 1 < argc) {
            tables = argv[++first];
        } else {
            good = false;
        }
    }
    if (!good || first >= argc) {
        (void)fputs(help, stderr);
        return JK_TRACE_USAGE;
    }
    return check(argv + first, (size_t)(argc - first), tables, json);
}
