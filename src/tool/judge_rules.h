/* SPDX-License-Identifier: Apache-2.0 */
/* The twelve rules as SQL, and the tables that they read; only the judge includes this. */
#ifndef JUKI_TOOL_JUDGE_RULES_H
#define JUKI_TOOL_JUDGE_RULES_H

#include <stddef.h>

/* One statement that inserts into violation(rule, subject, node, place, row). */
typedef struct judge_rule {
    unsigned rule;
    const char *sql;
} judge_rule;

extern const char judge_schema[];         /* the judge's own tables, in memory */
extern const char *const judge_collect[]; /* copies one attached database; ends with NULL */
extern const char judge_views[];
extern const judge_rule judge_rules[]; /* ends with rule 0 */

#endif
