/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of a golden script, carried out in a town.  A script ends at a line of dashes. */
#ifndef TESTS_GOLDEN_SCRIPT_H
#define TESTS_GOLDEN_SCRIPT_H

#include "lib/town.h"

#define SCRIPT_TEXT_SIZE 262144
#define SCRIPT_NAMES_MAX 8
#define SCRIPT_END       "----\n"

typedef struct script {
    town t; /* opened by the caller */
    jk_token case_id[SCRIPT_NAMES_MAX];
    jk_token txn[SCRIPT_NAMES_MAX];
    int cases;
    int txns;
    int recoded; /* residents who have the town's spare code now: 0 or 1 */
    void (*after)(void *arg, struct script *s); /* each command; may be NULL */
    void *arg;
    char verdict[SCRIPT_TEXT_SIZE]; /* what it gave, a NUL behind it */
    size_t verdict_size;
} script;

/* The whole file, in memory that the next call takes again. */
const char *script_read(const char *path);

/* Carries out every command; a wrong one fails the test. */
void script_run(script *s, const char *text);

/* Appends to the verdict. */
__attribute__((format(printf, 2, 3))) void script_say(script *s, const char *format, ...);

#endif
