/* SPDX-License-Identifier: Apache-2.0 */
/* From the role files of a protocol to C, tables and diagrams.  gen/README.md describes it. */
#ifndef JK_JKGEN_H
#define JK_JKGEN_H

#include <stdbool.h>
#include <stdio.h>

typedef struct jk_gen_options {
    const char *out;   /* folder that gets machines/ and tables/; NULL: check only */
    FILE *diagnostics; /* every refusal: file:line:column: rule: what is wrong, and a hint */
    bool cross_check;  /* compare what was read with `spin -d` on MODEL */
    const char *model; /* file for spin; NULL: <protocol>.pml beside the .bind */
    bool faulty; /* a fault is put in on purpose: what nobody uses or reaches any more may stay */
} jk_gen_options;

/* Reads one .bind file and the roles it names, checks them, and writes what comes of them.
 *
 * Returns 0 when all is well, 1 when the model is refused (nothing is written), 4 when a tool or a
 * file failed. */
int jk_gen_run(const char *bind, const jk_gen_options *options);

/* Compiles what one check adds to the roles, for the explorer: model.h, model.c and spin.c in the
 * folder.  defines: "-DNAME=VALUE" as given to spin.  Returns as jk_gen_run. */
int jk_gen_environment(const char *bind, const char *check, const char *const *defines, int count,
                       const char *folder, FILE *diagnostics);

/* Prints the rules by which a model can be refused, one a line: name, tab, meaning. */
void jk_gen_print_rules(FILE *out);

/* The program: jkgen [--out DIR] [--cross-check] FILE.bind ...
 *              jkgen --check FILE.pml [-DNAME ...] --out DIR FILE.bind */
int jk_gen_main(int argc, char **argv);

#endif
