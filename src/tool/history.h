/* SPDX-License-Identifier: Apache-2.0 */
/* The history checker: reads what nodes and clients wrote down while they ran, and decides the
 * promise of the move-in over time.  It shares no code with the engine, not even a header: libc and
 * its own reader.  README.md beside this file names the rules. */
#ifndef JUKI_TOOL_HISTORY_H
#define JUKI_TOOL_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    JK_HISTORY_RULES = 12,  /* H1 to H12 */
    JK_HISTORY_SHOWN = 100, /* violations that are kept as text */
    JK_HISTORY_TEXT = 512
};

typedef struct jk_history_counts {
    uint64_t asked;
    uint64_t good;
    uint64_t refused;
    uint64_t unknown; /* asked, and no answer was heard */
} jk_history_counts;

typedef struct jk_history_verdict {
    uint64_t files;
    uint64_t runs;      /* processes that wrote them */
    uint64_t killed;    /* runs that did not end with a stop */
    uint64_t recovered; /* facts that only the next start told */
    uint64_t lines;
    uint64_t steps;
    uint64_t residents; /* of whom something changed */
    uint64_t transactions;
    bool at_rest; /* every node stopped as asked: the rules about the end are decided too */
    jk_history_counts clients;
    jk_history_counts nodes;
    uint64_t violations;
    uint64_t count[JK_HISTORY_RULES + 1];
    unsigned shown;
    char text[JK_HISTORY_SHOWN][JK_HISTORY_TEXT];
} jk_history_verdict;

/* Reads every *.history file below the folder.  false: they cannot be judged; fault (of
 * JK_HISTORY_TEXT bytes) names file and line. */
bool jk_history_judge(const char *folder, jk_history_verdict *verdict, char *fault);

/* The verb history; argv[0] is the verb.  Returns the exit status. */
int jk_tool_history(int argc, char **argv);

/* One line; NULL for a rule that there is not. */
const char *jk_history_rule_text(unsigned rule);

#endif
