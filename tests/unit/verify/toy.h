/* SPDX-License-Identifier: Apache-2.0 */
/* A small protocol in a folder of its own for tests with the real spin, compilers and pan: a
 * counter that goes round to TOP. */
#ifndef TESTS_UNIT_VERIFY_TOY_H
#define TESTS_UNIT_VERIFY_TOY_H

#include "verify/verify.h"

#define TOY_CHECKS_HEAD \
    "name\tfile\tdefines\tclaim\tkind\texpect\tstates\ttier\tunreached\trule\ttext\n"
#define TOY_MUTANTS_HEAD "name\tpatch\tcheck\tclaim\trule\tdepth\ttext\n"

/* A row of checks.tsv of that claim. */
#define ROW(CLAIM, KIND, EXPECT, STATES) \
    CLAIM "\tcheck.pml\t-\t" CLAIM "\t" KIND "\t" EXPECT "\t" STATES "\tquick\t-\t-\ttext\n"

/* A check that holds. */
#define BIG ROW("never_big", "safety", "holds", "203")

extern char toy_root[64];      /* the folder that holds spec/toy */
extern char toy_report[16384]; /* what the last call printed */

/* A file below toy_root. */
void toy_put(const char *name, const char *text);

/* The whole text of one; free() it.  NULL: there is none. */
char *toy_get(const char *name);

void toy_remove(const char *name);

/* Is the file there, and are the words in it? */
bool toy_has(const char *name, const char *words);

int toy_set_up(void **state);
int toy_tear_down(void **state);

/* Of toy_root, a minute for a search. */
jk_verify_options toy_options(void);

/* With these rows as checks.tsv; the results are in toy_root's folder out. */
jk_verify_exit toy_run(const char *checks, const jk_verify_options *options);
jk_verify_exit toy_run_default(const char *checks);

#endif
