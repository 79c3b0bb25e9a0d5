/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory for tests and the simulator: the semantics of the SQLite store without a disk.
 * Sealed rows are kept in plain memory here; what is equal is only who can read them when. */
#ifndef JUKI_ADAPTER_MEMORY_H
#define JUKI_ADAPTER_MEMORY_H

#include "port/store.h"

/* Opens an empty store.  Returns JK_OK or JK_E_MEMORY. */
JK_MUST_USE jk_status jk_memory_open(jk_store **store);

/* NULL is allowed. */
void jk_memory_close(jk_store *store);

/* The node dies now: an open group is lost, committed ones stay.  The store can be used at once,
 * as if it had been opened again. */
void jk_memory_crash(jk_store *store);

/* The n-th operation from now (1 = the next; rollback does not count) fails with status.
 * JK_E_STORE_GONE, and any failing commit, drops the whole group.  n = 0 takes the order back. */
void jk_memory_fail_next(jk_store *store, uint64_t n, jk_status status);

/* Operations until the ordered failure; 0: there is none, or it has come. */
uint64_t jk_memory_fail_left(const jk_store *store);

#endif
