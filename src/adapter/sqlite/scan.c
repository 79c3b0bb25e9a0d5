/* SPDX-License-Identifier: Apache-2.0 */
/* Walks through everything that a store holds of residents, without the persons themselves: what a
 * node's history tells at its start. */
#include "ops.h"

#include "sqlite.h"

#include <string.h>

typedef struct walk {
    const char *sql; /* resident, text or blob, four numbers */
    jk_sqlite_table table;
} walk;

static const walk walks[] = {
    {"SELECT resident, '', status, reason, epoch, epoch_high FROM register", JK_SQLITE_REGISTER},
    {"SELECT resident, case_id, member, 0, 0, 0 FROM open_case", JK_SQLITE_OPEN_CASE},
    {"SELECT resident, code, epoch, is_open, is_current, 0 FROM episode", JK_SQLITE_EPISODE},
    {"SELECT resident, code, state, 0, 0, 0 FROM card", JK_SQLITE_CARD},
};

static bool read_row(sqlite3_stmt *statement, jk_sqlite_table table, jk_sqlite_fact *fact)
{
    *fact = (jk_sqlite_fact){.table = table};
    const char *resident = (const char *)sqlite3_column_text(statement, 0);
    const int size = sqlite3_column_bytes(statement, 0);
    const void *text = sqlite3_column_blob(statement, 1);
    const int length = sqlite3_column_bytes(statement, 1);
    if (resident == NULL || !jk_sqlite_resident_token(resident, (size_t)size, &fact->resident)) {
        return false;
    }
    if (table == JK_SQLITE_OPEN_CASE && length == (int)sizeof fact->case_id.byte) {
        memcpy(fact->case_id.byte, text, sizeof fact->case_id.byte);
    } else if (length == (int)sizeof fact->code - 1) {
        memcpy(fact->code, text, sizeof fact->code - 1);
    }
    for (int i = 0; i < JK_SQLITE_FACT_NUMBERS; i++) {
        fact->number[i] = (uint64_t)sqlite3_column_int64(statement, 2 + i);
    }
    return true;
}

jk_status jk_sqlite_facts(jk_store *store, jk_sqlite_tell *tell, void *arg)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_sqlite_may_read(store);
    for (size_t i = 0; status == JK_OK && i < sizeof walks / sizeof walks[0]; i++) {
        sqlite3_stmt *statement = NULL;
        jk_sqlite_fact fact;
        int code = sqlite3_prepare_v2(sqlite->db, walks[i].sql, -1, &statement, NULL);
        while (code == SQLITE_OK || code == SQLITE_ROW) {
            code = sqlite3_step(statement);
            if (code == SQLITE_ROW && !read_row(statement, walks[i].table, &fact)) {
                status = JK_E_STORE_SCHEMA;
                break;
            }
            if (code == SQLITE_ROW) {
                tell(arg, &fact);
            }
        }
        if (status == JK_OK && code != SQLITE_DONE) {
            status = jk_sqlite_fail(sqlite, code);
        }
        (void)sqlite3_finalize(statement);
    }
    return status;
}
