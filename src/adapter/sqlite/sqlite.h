/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a disk: one SQLite database file per node.  README.md beside this file documents
 * every table for an auditor.  One thread at a time uses a store. */
#ifndef JUKI_ADAPTER_SQLITE_H
#define JUKI_ADAPTER_SQLITE_H

#include "port/store.h"

/* How often the disk is told to keep what was written.  Only FULL keeps every acknowledged step
 * over a power loss; the others exist to show that the crash tests can fail. */
typedef enum jk_sqlite_synchronous {
    JK_SQLITE_FULL = 0,
    JK_SQLITE_NORMAL = 1,
    JK_SQLITE_OFF = 2
} jk_sqlite_synchronous;

/* A schema and the way to it: migrations[v] turns version v into v + 1, statement by statement up
 * to NULL; version 0 is an empty file. */
typedef struct jk_sqlite_schema {
    int version;
    const char *const *const *migrations;
} jk_sqlite_schema;

typedef struct jk_sqlite_options {
    jk_node_id node;         /* whose database it is; written at creation, compared ever after */
    uint8_t synchronous;     /* jk_sqlite_synchronous */
    uint32_t page_count_max; /* largest database in pages of 4 KiB; 0: no bound */
    const char *vfs;         /* SQLite's name of a file system layer; NULL: the system's */
    const jk_sqlite_schema *schema; /* NULL: this program's; another one for tests of migrations */
} jk_sqlite_options;

/* Opens or creates the database.
 *
 * Returns JK_OK; JK_E_USAGE (options); JK_E_STORE_READONLY (the file or its folder cannot be
 * written); JK_E_STORE_SCHEMA (a newer version, or no database of ours); JK_E_CONFIG (another
 * node's); JK_E_FILE (it cannot be opened); JK_E_MEMORY; JK_E_IO; JK_E_STORE (damaged, or another
 * process writes).  fault says why; store is unchanged then. */
JK_MUST_USE jk_status jk_sqlite_open(const char *path, const jk_sqlite_options *options,
                                     jk_store **store, jk_fault *fault);

/* What a store holds of one resident, without the person. */
typedef enum jk_sqlite_table {
    JK_SQLITE_REGISTER,  /* status, reason, epoch, epoch_high */
    JK_SQLITE_OPEN_CASE, /* case_id; member */
    JK_SQLITE_EPISODE,   /* code; epoch, open, current */
    JK_SQLITE_CARD       /* code; state */
} jk_sqlite_table;

#define JK_SQLITE_FACT_NUMBERS 4

typedef struct jk_sqlite_fact {
    jk_sqlite_table table;
    jk_token resident;
    jk_token case_id;
    char code[7];
    uint64_t number[JK_SQLITE_FACT_NUMBERS];
} jk_sqlite_fact;

typedef void jk_sqlite_tell(void *arg, const jk_sqlite_fact *fact);

/* Tells every row of the four tables, table by table.  JK_E_STORE_SCHEMA: a resident that none is;
 * JK_E_STORE and the like: it cannot be read; some rows may have been told then. */
JK_MUST_USE jk_status jk_sqlite_facts(jk_store *store, jk_sqlite_tell *tell, void *arg);

/* Writes a row of meta that tells about the node; changed: it stood there with another value. */
JK_MUST_USE jk_status jk_sqlite_note(jk_store *store, const char *name, const char *value,
                                     bool *changed);

/* Reads the whole database for damage, without changing it; a node may be using it.
 *
 * Statuses of jk_sqlite_open; JK_E_STORE: damaged. */
JK_MUST_USE jk_status jk_sqlite_check(const char *path, const jk_sqlite_options *options,
                                      jk_fault *fault);

/* An open group is lost.  After an I/O error the log is left for the next start to read; if the
 * file was moved or deleted, what it held is written to PATH.rescued.  NULL is allowed. */
void jk_sqlite_close(jk_store *store);

#endif
