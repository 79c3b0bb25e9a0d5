/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a check.  A check file may set them before it includes update.pml; checks.tsv sets
 * them for each row. */
#ifndef NCS
#define NCS 1      /* municipalities: 1, or 2 and a move between them */
#endif
#ifndef CHANGES
#define CHANGES 2  /* changes of the resident's record that a registry takes, at any time */
#endif
#ifndef DAMAGES
#define DAMAGES 0  /* rows of servers that are lost, at any time */
#endif

#define PREFECTURE 0
#define NATIONAL   1

/* Entries of a log: the changes, a residence that begins or ends. */
#define POSITIONS (CHANGES + 2)
#define CAPACITY  (CHANGES + 2)
