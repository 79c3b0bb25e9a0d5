/* SPDX-License-Identifier: Apache-2.0 */
/* Lifelines in Japanese and English, and steps as the source numbers them. */
#ifndef JUKI_VERIFY_CHART_NAMES_H
#define JUKI_VERIFY_CHART_NAMES_H

#include <stddef.h>

typedef struct jk_lifeline {
    const char *role;     /* the process; NULL: everything that is no role */
    const char *japanese; /* made of the words of spec/seed.md */
    const char *english;
    const char *words; /* those words, as seed.md's column "in the code" has them */
} jk_lifeline;

/* By the role's name; a role that the table does not have is called as it is, and nothing in
 * English. */
jk_lifeline jk_lifeline_of(const char *role);

/* The table, for the test that holds it against spec/seed.md; NULL behind the last row. */
const jk_lifeline *jk_lifeline_at(size_t index);

/* "3-1 2-2" becomes "3-① 2-②". */
void jk_seed_words(const char *seed, char *text, size_t capacity);

#endif
