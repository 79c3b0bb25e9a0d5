/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `juki bench` share; nobody else includes it.
 *
 *   bench.c            sub-verbs and options
 *   bench_net.c        the run's folder, keys, people; three real nodes and what they cost
 *   bench_people.c     the people in the order of their codes
 *   bench_talk.c       what is asked of a node over its socket
 *   bench_damage.c     a raw scan of a table, and damage by plain SQL
 *   bench_reconcile.c  the run: import, rounds, damage, scrub, repair
 *   bench_figures.c    figures, as a table or as JSON
 *   bench_country.c    the whole country, by arithmetic from measured figures */
#ifndef JUKI_TOOL_BENCH_RUN_H
#define JUKI_TOOL_BENCH_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum {
    BENCH_CS,
    BENCH_PREFECTURE,
    BENCH_NATIONAL,
    BENCH_NODES,
    BENCH_SERVERS = 2,
    BENCH_PATH = 4096,
    BENCH_NAME = 64,
    BENCH_FIGURES_MAX = 160,
    BENCH_RESIDENTS_MAX = 5000000,
    BENCH_CODE_SIZE = 12
};

#define BENCH_MUNICIPALITY "141003"

typedef struct bench_options {
    uint64_t residents;
    uint64_t differences; /* at each server */
    const char *folder;   /* NULL: one of its own, removed at the end */
    bool json;
} bench_options;

typedef struct bench_figure {
    char name[BENCH_NAME];
    double value;
    const char *unit;
} bench_figure;

typedef struct bench_node {
    const char *base; /* "cs": its role, and its files' name */
    const char *code;
    unsigned port;
    pid_t pid; /* 0: not running */
    int out;   /* where it says that it is ready */
} bench_node;

/* A record that was damaged at a server. */
typedef struct bench_damage {
    char resident[BENCH_CODE_SIZE];
    uint8_t server; /* BENCH_PREFECTURE or BENCH_NATIONAL */
    bool found;
} bench_damage;

typedef struct bench_run {
    const bench_options *options;
    char folder[BENCH_PATH];
    bool own_folder;
    bench_node node[BENCH_NODES];
    bench_figure figure[BENCH_FIGURES_MAX];
    size_t figures;
    bench_damage *damage;
    size_t damages;
    double scan[BENCH_NODES]; /* processor seconds of a raw scan */
    char fault[512];          /* "" none: why it could not go on */
} bench_run;

/* Wall time and the nodes' processor time since bench_begin. */
typedef struct bench_meter {
    double wall;
    double cpu[BENCH_NODES];
} bench_meter;

/* Sets run->fault, if it is the first; always false. */
bool bench_fail(bench_run *run, const char *what, const char *why);

/* --- bench_figures.c --- */
void bench_tell(bench_run *run, const char *name, double value, const char *unit);
/* PREFIX.NAME */
void bench_tell_of(bench_run *run, const char *prefix, const char *name, double value,
                   const char *unit);
json_t *bench_object(const bench_run *run);

/* --- bench_net.c --- */
extern volatile int bench_interrupted;
double bench_now(void);
bool bench_net_make(bench_run *run);
/* Starts one and waits until it says that it is ready; its first start takes the people in. */
bool bench_net_start(bench_run *run, bench_node *node);
/* Whether all of those that were started run. */
bool bench_net_watch(bench_run *run);
void bench_net_close(bench_run *run);
void bench_path(const bench_run *run, const bench_node *node, const char *suffix,
                char path[BENCH_PATH + 64]);
void bench_begin(const bench_run *run, bench_meter *meter);
/* Tells NAME.seconds, NAME.cpu.NODE and, once there was a raw scan, NAME.scans.NODE. */
void bench_end(bench_run *run, const bench_meter *meter, const char *name);
/* Tells memory and files of all nodes. */
void bench_tell_nodes(bench_run *run, const char *when);

/* --- bench_people.c --- */
/* made.tsv becomes people.tsv, by resident record code: rows that come in the order of the keys are
 * imported many times faster than others, and it is the rounds that are measured. */
bool bench_sort_people(bench_run *run);

/* --- bench_talk.c --- */
/* The answer of a node, "ok": true; NULL: run->fault. Takes the request over. */
json_t *bench_ask(bench_run *run, const bench_node *node, json_t *request);
/* Begins a round, waits for its end, tells what it cost as NAME.*; *findings of both servers. */
bool bench_round(bench_run *run, const char *name, uint64_t *findings);
/* Ends the scrub that the node's calendar may have begun. */
bool bench_end_scrub(bench_run *run, const bench_node *node);
/* Every row of the municipality is read; how many were ever found damaged. */
bool bench_scrub(bench_run *run, const bench_node *node, uint64_t *damaged);
/* Approves everything that the last round found, and waits until the servers have it. */
bool bench_repair(bench_run *run);
/* What the last round found against what was damaged: true if they are the same. */
bool bench_compare(bench_run *run, bool *exact);

/* --- bench_damage.c --- */
/* Reads every row of the table of episodes at that node, as a program would that has nothing else
 * to do; processor seconds. */
bool bench_scan(bench_run *run, const bench_node *node, double *cpu, uint64_t *rows);
bool bench_do_damage(bench_run *run);

/* --- bench_reconcile.c, bench_country.c --- */
int bench_reconcile(const bench_options *options);
int bench_country(int count, char **paths);

#endif
