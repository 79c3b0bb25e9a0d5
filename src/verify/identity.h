/* SPDX-License-Identifier: Apache-2.0 */
/* Is the C that runs the model that SPIN checks?  For each row of spec/PROTOCOL/identity.tsv SPIN
 * searches every state of a check, and so does the explorer over the generated C; the states and
 * the edges of both must be the same.  What they have in common stands in gen/CERT.json. */
#ifndef JUKI_VERIFY_IDENTITY_H
#define JUKI_VERIFY_IDENTITY_H

#include "verify.h"

typedef struct jk_identity_options {
    const char *root;     /* folder that holds spec/, gen/ and src/ */
    const char *self;     /* this program: `SELF gen` compiles a check */
    const char *machines; /* folder of the C to be compared; NULL: root/gen/machines */
    const char *protocol; /* list of patterns; NULL: all with an identity.tsv */
    const char *name;     /* list of patterns of rows; NULL: all; one without a pattern is searched
                             whatever its tier */
    const char *define;   /* list, of one word of the bounds */
    const char *tier;     /* list; NULL: quick, and with full all */
    const char *out;      /* where to work and leave everything; NULL: a scratch folder */
    bool full;            /* tier full too */
    bool update;          /* write gen/CERT.json */
    bool quiet;           /* no line on stderr for each row that begins */
    int jobs;             /* rows side by side */
    int time_s;           /* of one search */
    int memory_mb;        /* of one search */
    const char *cache;    /* NULL, or the folder of the results kept from earlier calls */
    const struct jk_tools *tools;      /* their versions, for the cache */
    const volatile sig_atomic_t *stop; /* NULL, or not 0 when everything shall end at once */
} jk_identity_options;

jk_identity_options jk_identity_defaults(void);

/* The file of the program that runs, for `self`; otherwise if the system does not say it. */
const char *jk_own_path(const char *otherwise);

/* Prints a row for each graph and a verdict line.  JK_VERIFY_DIFFERS: a graph is not the same on
 * both sides; JK_VERIFY_VIOLATED: it is, but a promise is broken; JK_VERIFY_INCOMPLETE: a search
 * was cut, or the certificate is not of this model, C or spin. */
jk_verify_exit jk_identity_run(const jk_identity_options *options, FILE *report);

#endif
