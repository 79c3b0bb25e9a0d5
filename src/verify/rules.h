/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the rules: for each the property that guards it, the mutant that takes it away, and
 * the chart of what happens then.  Made of spec/rules.tsv, the protocols' tables and the charts,
 * without any search. */
#ifndef JUKI_VERIFY_RULES_H
#define JUKI_VERIFY_RULES_H

#include <stdio.h>

#include "juki/status.h"

/* Writes the table of root's spec.  *gaps is the number of what is missing: a rule without a mutant
 * that a property of the tables refutes, a rule that rules.tsv does not have, a mutant without a
 * chart or with an old one, a chart of nothing, a property without a mutant that unrefuted.tsv does
 * not excuse, an excuse for nothing; fault->text names the first one. */
JK_MUST_USE jk_status jk_rules_write(const char *root, FILE *out, size_t *gaps, jk_fault *fault);

#endif
