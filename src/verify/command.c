/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines of the tools, as lists of arguments. */
#define _POSIX_C_SOURCE 200809L
#include "command.h"

#include <stdio.h>
#include <string.h>

#define DIGITS          32
#define COLLAPSE_STATES 500000 /* from which memory counts more than time */
#define LIGHT_STATES    250000 /* states for which a small hash table is enough */

/* Appends one argument: prefix and word together. */
static void argument(jk_arguments *list, const char *prefix, const char *word, size_t length)
{
    size_t prefix_length = strlen(prefix);
    size_t size = prefix_length + length + 1;
    if (list->count + 1 >= JK_ARGUMENTS_MAX || list->used + size > sizeof list->text) {
        list->full = true;
        return;
    }
    char *text = list->text + list->used;
    memcpy(text, prefix, prefix_length);
    memcpy(text + prefix_length, word, length);
    text[size - 1] = '\0';
    list->items[list->count] = text;
    list->count++;
    list->used += size;
}

void jk_argument(jk_arguments *list, const char *word)
{
    argument(list, "", word, strlen(word));
}

static void numbered(jk_arguments *list, const char *prefix, int number)
{
    char digits[DIGITS];
    int length = snprintf(digits, sizeof digits, "%d", number);
    argument(list, prefix, digits, length > 0 ? (size_t)length : 0);
}

void jk_argument_defines(jk_arguments *list, const char *cell)
{
    if (strcmp(cell, "-") == 0) {
        return;
    }
    while (*cell != '\0') {
        size_t length = strcspn(cell, " ");
        if (length > 0) {
            argument(list, strncmp(cell, "-D", 2) == 0 ? "" : "-D", cell, length);
        }
        cell += length;
        cell += strspn(cell, " ");
    }
}

void jk_spin_command(const jk_build *build, const char *model, jk_arguments *list)
{
    jk_argument(list, "spin");
    jk_argument_defines(list, build->defines);
    jk_argument(list, "-a");
    jk_argument(list, model);
}

void jk_mode_arguments(const jk_build *build, jk_arguments *list)
{
    if (build->mode == JK_BUILD_LIVENESS) {
        jk_argument(list, "-DNFAIR=6");  /* up to 46 processes */
        jk_argument(list, "-DNOREDUCE"); /* pan refuses fairness with rendezvous otherwise */
    } else {
        jk_argument(list, "-DSAFETY");
    }
    if (build->mode == JK_BUILD_SHORTEST) {
        jk_argument(list, "-DBFS");
        jk_argument(list, "-DNOREDUCE");
    }
    if (build->mode == JK_BUILD_PLAIN) {
        jk_argument(list, "-DNOCLAIM");
    }
    if (build->largest >= COLLAPSE_STATES) {
        jk_argument(list, "-DCOLLAPSE");
    }
    jk_argument(list, "-DVECTORSZ=4096");
}

void jk_compiler_command(const jk_build *build, bool clang, int memory_mb, jk_arguments *list)
{
    if (clang) {
        jk_argument(list, "clang-14");
        jk_argument(list, "-O1");
        jk_argument(list, "-include");
        jk_argument(list, "plain.h");
    } else {
        jk_argument(list, "tcc");
    }
    jk_argument(list, "-w");
    jk_argument(list, "-DFREQ=100000"); /* states after which pan tells its progress */
    numbered(list, "-DMEMLIM=", memory_mb);
    jk_mode_arguments(build, list);
    jk_argument(list, "-o");
    jk_argument(list, "pan");
    jk_argument(list, "pan.c");
}

void jk_pan_arguments(const jk_build *build, const jk_run *run, jk_arguments *list)
{
    /* Its hash table has 2^24 slots otherwise, and pan clears them before each search. */
    if (run->states_expected < LIGHT_STATES) {
        jk_argument(list, "-w20");
    }
    if (build->mode == JK_BUILD_LIVENESS) {
        jk_argument(list, "-a");
        jk_argument(list, "-f");
    }
    if (run->claim != NULL) {
        jk_argument(list, "-n");
        jk_argument(list, "-N");
        jk_argument(list, run->claim);
    }
}

void jk_pan_command(const jk_build *build, const jk_run *run, const char *program, int depth,
                    jk_arguments *list)
{
    jk_argument(list, program);
    numbered(list, "-m", depth);
    jk_pan_arguments(build, run, list);
}
