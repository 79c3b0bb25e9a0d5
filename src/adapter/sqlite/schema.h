/* SPDX-License-Identifier: Apache-2.0 */
/* All SQL text: the schema, version by version, and the prepared statements. */
#ifndef JUKI_ADAPTER_SQLITE_SCHEMA_H
#define JUKI_ADAPTER_SQLITE_SCHEMA_H

#include "sqlite.h"

enum {
    JK_SQLITE_SCHEMA = 2,                  /* the version that this code reads and writes */
    JK_SQLITE_APPLICATION_ID = 0x6a756b69, /* "juki" in the file's header */
    JK_SQLITE_BUSY_MS = 250,               /* longest wait for another process that writes */
    JK_SQLITE_CHECK_PAGES = 65536,         /* a larger file is not looked at for damage at start */
    JK_SQLITE_TRUNCATE_PAGES = 1000        /* pages in the write-ahead log before a checkpoint */
};

/* The schema of this program. */
extern const jk_sqlite_schema jk_sqlite_own;

typedef enum jk_sql {
    JK_SQL_BEGIN,
    JK_SQL_COMMIT,
    JK_SQL_ROLLBACK,
    JK_SQL_MARK,
    JK_SQL_STEP_BEGIN_0,
    JK_SQL_STEP_BEGIN_1,
    JK_SQL_STEP_KEEP_0,
    JK_SQL_STEP_KEEP_1,
    JK_SQL_STEP_UNDO_0,
    JK_SQL_STEP_UNDO_1,
    JK_SQL_MACHINE_GET,
    JK_SQL_MACHINE_PUT,
    JK_SQL_MACHINE_NEXT,
    JK_SQL_ROUTE_PUT,
    JK_SQL_ROUTE_GET,
    JK_SQL_OPEN_CASE_PUT,
    JK_SQL_OPEN_CASE_GET,
    JK_SQL_OPEN_CASE_DELETE,
    JK_SQL_OUTBOX_PUT,
    JK_SQL_OUTBOX_NEXT,
    JK_SQL_OUTBOX_DELETE_UPTO,
    JK_SQL_OUTBOX_REFUSE,
    JK_SQL_OUTBOX_COUNT,
    JK_SQL_INBOX_GET,
    JK_SQL_INBOX_PUT,
    JK_SQL_DEAD_LETTER_PUT,
    JK_SQL_DEAD_LETTER_RULE,
    JK_SQL_DEAD_LETTER_NEXT,
    JK_SQL_TIMER_PUT,
    JK_SQL_TIMER_DELETE,
    JK_SQL_TIMER_GET,
    JK_SQL_TIMER_FIRST,
    JK_SQL_TIMER_RESTART,
    JK_SQL_DATA_PUT,
    JK_SQL_DATA_GET,
    JK_SQL_DATA_ERASE,
    JK_SQL_DATA_KEY_GET,
    JK_SQL_DATA_KEY_PUT,
    JK_SQL_DATA_KEY_BLANK,
    JK_SQL_DATA_KEY_DELETE,
    JK_SQL_REGISTER_GET,
    JK_SQL_REGISTER_PUT,
    JK_SQL_REGISTER_NEXT,
    JK_SQL_LOG_APPEND,
    JK_SQL_LOG_GET,
    JK_SQL_APPLIED_GET,
    JK_SQL_APPLIED_PUT,
    JK_SQL_EPISODE_PUT,
    JK_SQL_EPISODE_CURRENT,
    JK_SQL_EPISODE_OPEN,
    JK_SQL_CARD_GET,
    JK_SQL_CARD_PUT,
    JK_SQL_EPISODE_GET,
    JK_SQL_EPISODE_DELETE,
    JK_SQL_EPISODE_NEXT,
    JK_SQL_COMPARE_GET,
    JK_SQL_COMPARE_PUT,
    JK_SQL_COMPARE_NEXT,
    JK_SQL_ELEMENT_GET,
    JK_SQL_ELEMENT_UPDATE,
    JK_SQL_ELEMENT_PUT,
    JK_SQL_ELEMENT_DELETE,
    JK_SQL_ELEMENT_CLEAR,
    JK_SQL_ELEMENT_BUCKET,
    JK_SQL_ELEMENT_NEXT,
    JK_SQL_CHANGE_APPEND,
    JK_SQL_CHANGE_NEXT,
    JK_SQL_CHANGE_LAST,
    JK_SQL_CHANGE_BUCKET,
    JK_SQL_CHANGE_DROP,
    JK_SQL_CACHE_PUT,
    JK_SQL_CACHE_GET,
    JK_SQL_CACHE_SIZE,
    JK_SQL_CACHE_DELETE,
    JK_SQL_ROUND_PUT,
    JK_SQL_ROUND_GET,
    JK_SQL_ROUND_NEXT,
    JK_SQL_FINDING_PUT,
    JK_SQL_FINDING_GET,
    JK_SQL_FINDING_NEXT,
    JK_SQL_BULK_PUT,
    JK_SQL_BULK_NEXT,
    JK_SQL_BULK_DELETE,
    JK_SQL_BULK_COUNT,
    JK_SQL_COUNT /* the number of statements above */
} jk_sql;

extern const char *const jk_sqlite_statements[JK_SQL_COUNT];

#endif
