/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict over a finished run's databases: plain SQL, one connection, nothing of the engine.
 *
 * The judge is an auditor: it knows the tables (src/adapter/sqlite/README.md), the names of states,
 * the file of residents and the list of moves.  It shares no code with what it judges and links
 * SQLite alone.  It never writes to a node's database and never prints personal data: an example
 * names a database, a table and a row id. */
#ifndef JUKI_TOOL_JUDGE_H
#define JUKI_TOOL_JUDGE_H

#include <stddef.h>
#include <stdint.h>

enum {
    JK_JUDGE_RULES = 13,
    JK_JUDGE_EXAMPLES = 3,
    JK_JUDGE_TEXT = 160 /* bytes of an example or a fault, with its NUL */
};

/* What was found.  Index 1..13 is the rule's number. */
typedef struct jk_verdict {
    uint64_t count[JK_JUDGE_RULES + 1]; /* distinct residents, transactions or rows per rule */
    uint64_t violations;                /* sum of count */
    uint64_t databases;
    uint64_t residents; /* known to a register or to the file of residents */
    char example[JK_JUDGE_RULES + 1][JK_JUDGE_EXAMPLES][JK_JUDGE_TEXT]; /* empty: none */
} jk_verdict;

/* Judges a folder: every *.db in it, population.tsv, moves.tsv if it is there, and the write-ahead
 * logs and step logs beside the databases.  No node may be running on them.
 *
 * Returns 0; -1 when a file cannot be read or a role is missing, and fault (JK_JUDGE_TEXT bytes)
 * says why; verdict is unchanged then. */
int jk_judge_folder(const char *folder, jk_verdict *verdict, char *fault);

/* "two current registers"; NULL unless 1..13. */
const char *jk_judge_rule_text(unsigned rule);

#endif
