/* SPDX-License-Identifier: Apache-2.0 */
/* `juki history check DIR [--json]`: prints what the history checker decided. */
#include "history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_CLEAN = 0,
    EXIT_VIOLATED = 1,
    EXIT_WRONG_USAGE = 2,
    EXIT_NOT_JUDGED = 4
};

static const char help[] =
    "juki history check DIR [--json]\n"
    "\n"
    "Reads every *.history file below DIR and decides over time what the special move-in "
    "promises.\n"
    "Exit: 0 no violation, 1 violations, 2 usage, 4 the histories cannot be judged.\n";

static void print_string(const char *text)
{
    (void)putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            (void)printf("\\%c", *at);
        } else if (*at < 0x20) {
            (void)printf("\\u%04x", *at);
        } else {
            (void)putchar(*at);
        }
    }
    (void)putchar('"');
}

static void print_operations(const char *name, const jk_history_counts *c)
{
    (void)printf(" \"%s\": {\"asked\": %" PRIu64 ", \"ok\": %" PRIu64 ", \"refused\": %" PRIu64
                 ", \"unknown\": %" PRIu64 "},\n",
                 name, c->asked, c->good, c->refused, c->unknown);
}

static void print_json(const jk_history_verdict *v)
{
    (void)printf("{\n \"v\": 1,\n \"files\": %" PRIu64 ",\n \"runs\": %" PRIu64
                 ",\n \"killed\": %" PRIu64 ",\n \"recovered\": %" PRIu64 ",\n \"lines\": %" PRIu64
                 ",\n \"steps\": %" PRIu64 ",\n \"residents\": %" PRIu64
                 ",\n \"transactions\": %" PRIu64 ",\n \"at_rest\": %s,\n",
                 v->files, v->runs, v->killed, v->recovered, v->lines, v->steps, v->residents,
                 v->transactions, v->at_rest ? "true" : "false");
    print_operations("clients", &v->clients);
    print_operations("nodes", &v->nodes);
    (void)printf(" \"rules\": {");
    for (unsigned rule = 1; rule <= JK_HISTORY_RULES; rule++) {
        (void)printf("%s\"H%u\": %" PRIu64, rule == 1 ? "" : ", ", rule, v->count[rule]);
    }
    (void)printf("},\n \"found\": [");
    for (unsigned i = 0; i < v->shown; i++) {
        (void)printf("%s\n  ", i == 0 ? "" : ",");
        print_string(v->text[i]);
    }
    (void)printf("],\n \"violations\": %" PRIu64 "\n}\n", v->violations);
}

static void print_text(const jk_history_verdict *v)
{
    (void)printf("%" PRIu64 " histories of %" PRIu64 " runs (%" PRIu64 " killed), %" PRIu64
                 " lines, %" PRIu64 " steps, %" PRIu64 " residents, %" PRIu64 " transactions\n",
                 v->files, v->runs, v->killed, v->lines, v->steps, v->residents, v->transactions);
    (void)printf("operations: clients %" PRIu64 " (%" PRIu64 " ok, %" PRIu64 " refused, %" PRIu64
                 " unknown), nodes %" PRIu64 " (%" PRIu64 " ok, %" PRIu64 " refused, %" PRIu64
                 " unknown)\n",
                 v->clients.asked, v->clients.good, v->clients.refused, v->clients.unknown,
                 v->nodes.asked, v->nodes.good, v->nodes.refused, v->nodes.unknown);
    if (v->recovered > 0) {
        (void)printf("%" PRIu64 " facts were told by the next start only\n", v->recovered);
    }
    if (!v->at_rest) {
        (void)printf("a node did not stop as asked: H7 and H9 are not decided\n");
    }
    for (unsigned i = 0; i < v->shown; i++) {
        (void)printf("%s\n", v->text[i]);
    }
    if (v->violations > v->shown) {
        (void)printf("and %" PRIu64 " more\n", v->violations - v->shown);
    }
    (void)printf("verdict: %" PRIu64 " violation%s\n", v->violations,
                 v->violations == 1 ? "" : "s");
}

static int check(const char *folder, bool json)
{
    jk_history_verdict *v = calloc(1, sizeof *v);
    char fault[JK_HISTORY_TEXT] = "no memory";
    int code = EXIT_NOT_JUDGED;
    if (v != NULL && jk_history_judge(folder, v, fault)) {
        if (json) {
            print_json(v);
        } else {
            print_text(v);
        }
        code = v->violations == 0 ? EXIT_CLEAN : EXIT_VIOLATED;
    } else {
        (void)fprintf(stderr, "juki history: %s\n", fault);
    }
    free(v);
    return code;
}

int jk_tool_history(int argc, char **argv)
{
    const char *folder = NULL;
    bool json = false;
    bool good = argc > 1 && strcmp(argv[1], "check") == 0;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[argc - 1], "--help") == 0)) {
        (void)fputs(help, stdout);
        return EXIT_CLEAN;
    }
    for (int i = 2; good && i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (argv[i][0] != '-' && folder == NULL) {
            folder = argv[i];
        } else {
            good = false;
        }
    }
    if (!good || folder == NULL) {
        (void)fputs(help, stderr);
        return EXIT_WRONG_USAGE;
    }
    return check(folder, json);
}
