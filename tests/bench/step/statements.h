/* SPDX-License-Identifier: Apache-2.0 */
/* Every SQL statement that a SQLite connection ran, with the values bound to it, and a bare program
 * that runs them again: prepared once, bound, stepped to the end, nothing else.
 *
 * While a record is armed, every connection that this process opens is traced (SQLite's automatic
 * extensions), so the store under measure needs no hook of its own. */
#ifndef BENCH_STEP_STATEMENTS_H
#define BENCH_STEP_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct statements statements;

statements *statements_new(void); /* NULL: no memory */
void statements_free(statements *s);

/* Traces connections opened from now on, until disarm.  Only one record at a time. */
bool statements_arm(statements *s);
void statements_disarm(statements *s);

/* What was run so far opened the connection; it is run again, but not counted. */
void statements_opened(statements *s);

/* The log file was emptied after the last COMMIT: the bare program does the same. */
void statements_emptied(statements *s);

/* Statements after statements_opened; logs emptied; false if something was lost or not
 * understood. */
size_t statements_count(const statements *s);
size_t statements_emptied_count(const statements *s);
bool statements_complete(const statements *s);

/* The bare program on a database file. */
typedef struct bare bare;

/* Opens the file, runs what opened the recorded connection, prepares; NULL: failed. */
bare *bare_open(const statements *s, const char *path);

/* Runs all statements; false when one failed otherwise than recorded. */
bool bare_run(bare *b);
void bare_close(bare *b);

/* Whether two databases hold the same rows in the same tables. */
bool bare_same(const char *path, const char *other);

#endif
