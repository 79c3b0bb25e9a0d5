/* SPDX-License-Identifier: Apache-2.0 */
/* How strong the properties are: automatic mutants of the role files, and what finds them.
 * README.md says what is counted. */
#ifndef JUKI_VERIFY_STRENGTH_H
#define JUKI_VERIFY_STRENGTH_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "verify.h"

typedef struct jk_strength_options {
    const char *root;     /* folder that holds spec/ */
    const char *self;     /* the program that has the verb gen; NULL: SPIN searches everything */
    const char *protocol; /* NULL: all that have a strength.tsv */
    const char *only;     /* NULL, or mutants whose name begins so */
    const char *out;      /* where to work; NULL: a scratch folder that is removed */
    const char *results;  /* NULL, or a file of results that are not to be searched again */
    const char *json;     /* NULL, or the file that gets the figures */
    int count;            /* mutants of a sample; 0: all */
    int seed;             /* of the sample */
    int jobs;             /* processes side by side, 1 to 16 */
    bool list;            /* only list the mutants */
    bool known;           /* search nothing: figures of what the results have */
    bool everywhere;      /* search every mutant in all bounds, not up to what is enough */
    const volatile sig_atomic_t *stop; /* NULL, or not 0 when everything shall end */
} jk_strength_options;

jk_strength_options jk_strength_defaults(void);

/* Prints the figures.  JK_VERIFY_HOLDS if the scores are reached; JK_VERIFY_VIOLATED if not. */
jk_verify_exit jk_strength_run(const jk_strength_options *options, FILE *report);

#endif
