/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check.  A check file may set them before it includes reconcile.pml; checks.tsv
 * sets them for each row. */
#ifndef NCS
#define NCS 1     /* municipalities: 1, or 2 and a move between them */
#endif
#ifndef NRES
#define NRES 1    /* residents: 1 or 2; the first one lives in municipality 0, the second nowhere */
#endif
#ifndef UPDATES
#define UPDATES 1 /* updates that a municipality writes, at any time */
#endif
#ifndef DAMAGES
#define DAMAGES 1 /* rows of servers that are damaged, at any time; with DAMAGED one of
                   * each server is from the beginning */
#endif
#ifndef ROUNDS
#define ROUNDS 1  /* rounds that a municipality starts */
#endif
#ifndef REPAIRS
#define REPAIRS 1 /* repairs that its clerk approves for a resident */
#endif

#define PREFECTURE 0
#define NATIONAL   1

/* Entries under way on a link of the log: updates, a move, markers, repairs. */
#ifndef CAPACITY
#define CAPACITY (UPDATES + 2 * ROUNDS)
#endif

#ifndef STALLS
#define STALLS 0  /* how often the cells of a round are not enough, at a server */
#endif

/* Where a check has no deadlines every round ends by its results. */
#define MAY_EXPIRE(NAME) NAME##_comes
#ifdef NO_DEADLINES
#define round_due_comes false
#define check_due_comes false
#else
#define round_due_comes true
#define check_due_comes true
#endif
