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

typedef struct jk_sqlite_options {
    jk_node_id node;         /* whose database it is; written at creation, compared ever after */
    uint8_t synchronous;     /* jk_sqlite_synchronous */
    uint32_t page_count_max; /* largest database in pages of 4 KiB; 0: no bound */
    const char *vfs;         /* SQLite's name of a file system layer; NULL: the system's */
} jk_sqlite_options;

/* Opens or creates the database.
 *
 * Returns JK_OK; JK_E_USAGE (options); JK_E_STORE_READONLY (the file or its folder cannot be
 * written); JK_E_STORE_SCHEMA (a newer version, or no database of ours); JK_E_CONFIG (another
 * node's); JK_E_FILE (it cannot be opened); JK_E_MEMORY; JK_E_IO; JK_E_STORE.  fault says why;
 * store is unchanged then. */
JK_MUST_USE jk_status jk_sqlite_open(const char *path, const jk_sqlite_options *options,
                                     jk_store **store, jk_fault *fault);

/* An open group is lost.  NULL is allowed. */
void jk_sqlite_close(jk_store *store);

#endif
