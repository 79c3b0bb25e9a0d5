/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of spin, the compilers and pan: what the scheduler starts, what repro.sh shows
 * and what a cached result is kept under.  Nothing is started here. */
#ifndef JUKI_VERIFY_COMMAND_H
#define JUKI_VERIFY_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

#define JK_ARGUMENTS_MAX 64

typedef struct jk_arguments {
    char *items[JK_ARGUMENTS_MAX]; /* ends with NULL if started from zeros */
    size_t count;
    char text[4096]; /* the strings of the items */
    size_t used;
    bool full; /* one more did not fit: do not use it */
} jk_arguments;

/* Appends one argument. */
void jk_argument(jk_arguments *list, const char *word);

/* Appends -DX=1 for each word "X=1" or "-DX=1" of a table's cell. */
void jk_argument_defines(jk_arguments *list, const char *cell);

/* spin -a MODEL. */
void jk_spin_command(const jk_build *build, const char *model, jk_arguments *list);

/* The options with which pan.c is compiled for a mode of search, without those of memory. */
void jk_mode_arguments(const jk_build *build, jk_arguments *list);

/* The compiler; clang reads the file plain.h first, see schedule.c. */
void jk_compiler_command(const jk_build *build, bool clang, int memory_mb, jk_arguments *list);

/* What pan gets, but for the program and -m, the depth. */
void jk_pan_arguments(const jk_build *build, const jk_run *run, jk_arguments *list);

/* program, -mDEPTH and those. */
void jk_pan_command(const jk_build *build, const jk_run *run, const char *program, int depth,
                    jk_arguments *list);

#endif
