/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the SQLite store: its struct, and one way to bind, run and read a prepared statement. */
#ifndef JUKI_ADAPTER_SQLITE_CALL_H
#define JUKI_ADAPTER_SQLITE_CALL_H

#include "port/store_check.h"
#include "schema.h"

#include <sqlite3.h>
#include <sys/types.h>

/* Which file stands behind a name. */
typedef struct jk_sqlite_file {
    dev_t device;
    ino_t number;
} jk_sqlite_file;

/* Rows that are gone through in order.  Inside a group the statement may stand on the row that it
 * gave last, and the call for the one behind it goes on from there instead of searching anew. */
typedef struct jk_walk_at {
    char code[7];
    jk_token resident; /* none: an element */
    uint64_t number;   /* epoch or key */
} jk_walk_at;

typedef struct jk_walk {
    bool standing;
    jk_walk_at at;
} jk_walk;

typedef struct jk_sqlite {
    jk_store store; /* first: a jk_store * is a jk_sqlite * */
    sqlite3 *db;
    sqlite3_stmt *statement[JK_SQL_COUNT];
    jk_store_group group;
    bool broken;            /* an I/O error whose effect on the disk is unknown: no new group */
    bool lost;              /* ... because the files are not where they were opened */
    char *path;             /* NULL: another file system layer, nothing is looked at */
    jk_sqlite_file file[2]; /* the database and its log, as they were opened */
    bool erase_in_group;    /* a data key was destroyed in the open group */
    bool erase_due;         /* ... in a committed one, and the log file still holds it */
    jk_walk episodes;
    jk_walk elements;
    bool mark_due; /* the log begins anew: it shall say whose it is */
    int log_pages; /* pages in the write-ahead log after the last commit */
} jk_sqlite;

/* A statement in use.  Bind from left to right, then run, or row + reads + end. */
typedef struct jk_call {
    jk_sqlite *sqlite;
    sqlite3_stmt *statement;
    int column;       /* of the next bind (from 1) or read (from 0) */
    int code;         /* SQLite's first error while binding */
    jk_status status; /* the first failure while reading */
} jk_call;

jk_call jk_call_of(jk_store *store, jk_sql which);
void jk_call_int(jk_call *call, int64_t value);
void jk_call_null(jk_call *call);
void jk_call_token(jk_call *call, const jk_token *token);
void jk_call_token_or_null(jk_call *call, const jk_token *token);
void jk_call_resident(jk_call *call, const jk_token *token);
void jk_call_text(jk_call *call, const char *text); /* NULL: NULL */
void jk_call_bytes(jk_call *call, const void *data, size_t size);

/* Runs a statement without a result to its end. */
JK_MUST_USE jk_status jk_call_run(jk_call *call);
/* Runs a statement that gives one number. */
JK_MUST_USE jk_status jk_call_run_number(jk_call *call, int64_t *number);
/* Stands on the first row, or JK_E_NOT_FOUND.  After JK_OK: read, then jk_call_end. */
JK_MUST_USE jk_status jk_call_row(jk_call *call);

int64_t jk_call_read_int(jk_call *call);
bool jk_call_read_null(jk_call *call); /* does not move on */
void jk_call_read_token(jk_call *call, jk_token *token);
void jk_call_read_resident(jk_call *call, jk_token *token);
void jk_call_read_code(jk_call *call, char code[7]);
void jk_call_read_bytes(jk_call *call, void *data, size_t capacity, size_t *size);

/* What somebody may have changed by hand: damaged is set where a put writes no such value. */
int64_t jk_call_read_bounded(jk_call *call, int64_t min, int64_t max, bool *damaged);
int64_t jk_call_read_day(jk_call *call, bool *damaged); /* INT64_MIN for NULL */
/* Whose row it is; false: nobody's.  One resident has one text, or the way through the rows of a
 * table would not end. */
JK_MUST_USE bool jk_call_read_name(jk_call *call, jk_token *token);

/* Exactly size bytes. */
void jk_call_read_exact(jk_call *call, void *data, size_t size);
/* At most capacity bytes of a value of any size; false: there were more. */
bool jk_call_read_part(jk_call *call, void *data, size_t capacity, size_t *size);

/* Returns the first failure while reading. */
jk_status jk_call_end(jk_call *call);

/* Does the statement stand there?  If it stands elsewhere it is released first.  Either way it is
 * in the caller's hands now. */
bool jk_walk_goes_on(jk_call *call, jk_walk *walk, const jk_walk_at *at);
/* Instead of jk_call_end. */
jk_status jk_walk_end(jk_call *call, jk_walk *walk, const jk_walk_at *at);
/* The rows change, or the group ends: the next calls search anew. */
void jk_walk_stop_episodes(jk_store *store);
void jk_walk_stop_elements(jk_store *store);

/* SQLite's code as a status; drops the group where SQLite did or may have; fills the fault. */
jk_status jk_sqlite_fail(jk_sqlite *sqlite, int code);
jk_status jk_sqlite_fail_text(jk_sqlite *sqlite, jk_status status, const char *text);
void jk_sqlite_fault_set(jk_fault *fault, jk_status status, int os_code, const char *text);

/* The doors of an operation. */
JK_MUST_USE jk_status jk_sqlite_may_read(jk_store *store);
JK_MUST_USE jk_status jk_sqlite_may_write(jk_store *store);

/* What jk_store_resident_text wrote; false: it writes no such text. */
JK_MUST_USE bool jk_sqlite_resident_token(const char *text, size_t size, jk_token *token);

#endif
