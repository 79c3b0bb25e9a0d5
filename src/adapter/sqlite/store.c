/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a node's database: whose it is, which version, and how it is driven. */
#include "sqlite.h"

#include "ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const jk_store_ops sqlite_ops = {
    .begin = jk_sqlite_begin,
    .commit = jk_sqlite_commit,
    .rollback = jk_sqlite_rollback,
    .step_begin = jk_sqlite_step_begin,
    .step_keep = jk_sqlite_step_keep,
    .step_undo = jk_sqlite_step_undo,
    .machine_get = jk_sqlite_machine_get,
    .machine_put = jk_sqlite_machine_put,
    .machine_next = jk_sqlite_machine_next,
    .route_put = jk_sqlite_route_put,
    .route_get = jk_sqlite_route_get,
    .open_case_put = jk_sqlite_open_case_put,
    .open_case_get = jk_sqlite_open_case_get,
    .open_case_delete = jk_sqlite_open_case_delete,
    .outbox_put = jk_sqlite_outbox_put,
    .outbox_next = jk_sqlite_outbox_next,
    .outbox_refused_next = jk_sqlite_outbox_refused_next,
    .outbox_delete_upto = jk_sqlite_outbox_delete_upto,
    .outbox_refuse = jk_sqlite_outbox_refuse,
    .outbox_count = jk_sqlite_outbox_count,
    .inbox_get = jk_sqlite_inbox_get,
    .inbox_put = jk_sqlite_inbox_put,
    .dead_letter_put = jk_sqlite_dead_letter_put,
    .dead_letter_rule = jk_sqlite_dead_letter_rule,
    .dead_letter_next = jk_sqlite_dead_letter_next,
    .timer_put = jk_sqlite_timer_put,
    .timer_delete = jk_sqlite_timer_delete,
    .timer_get = jk_sqlite_timer_get,
    .timer_first = jk_sqlite_timer_first,
    .timer_restart = jk_sqlite_timer_restart,
    .data_put = jk_sqlite_data_put,
    .data_get = jk_sqlite_data_get,
    .data_erase = jk_sqlite_data_erase,
    .data_key_destroy = jk_sqlite_data_key_destroy,
    .register_get = jk_sqlite_register_get,
    .register_put = jk_sqlite_register_put,
    .log_append = jk_sqlite_log_append,
    .log_get = jk_sqlite_log_get,
    .applied_get = jk_sqlite_applied_get,
    .applied_put = jk_sqlite_applied_put,
    .episode_put = jk_sqlite_episode_put,
    .episode_current = jk_sqlite_episode_current,
    .episode_open = jk_sqlite_episode_open,
    .card_get = jk_sqlite_card_get,
    .card_put = jk_sqlite_card_put,
};

static const char *const synchronous_sql[] = {
    [JK_SQLITE_FULL] = "PRAGMA synchronous = FULL",
    [JK_SQLITE_NORMAL] = "PRAGMA synchronous = NORMAL",
    [JK_SQLITE_OFF] = "PRAGMA synchronous = OFF",
};

/* "cs:131016:0", as the command line and the configuration write a node. */
static void node_text(const jk_node_id *node, char text[32])
{
    (void)snprintf(text, 32, "%s:%s:%u", jk_role_name((jk_role)node->role), node->code,
                   (unsigned)node->unit);
}

static jk_status check_options(const jk_sqlite_options *options)
{
    if (options->synchronous > JK_SQLITE_OFF || options->node.role == JK_ROLE_NONE ||
        options->node.role > JK_ROLE_CARDS) {
        return JK_E_USAGE;
    }
    return jk_store_check_code(options->node.code);
}

static bool is_denied(int os_code)
{
    return os_code == EACCES || os_code == EPERM || os_code == EROFS;
}

/* SQLite's error while opening: its text, and what the system said below it. */
static jk_status open_failed(jk_sqlite *sqlite, int code)
{
    int os_code = sqlite3_system_errno(sqlite->db);
    bool denied = is_denied(os_code);
    jk_status status = jk_sqlite_fail(sqlite, code);
    if ((code & 0xff) == SQLITE_CANTOPEN) {
        status = denied ? JK_E_STORE_READONLY : JK_E_FILE;
    } else if ((code & 0xff) == SQLITE_NOTADB) {
        status = JK_E_STORE_SCHEMA;
    }
    sqlite->store.fault.status = status;
    if (denied) {
        sqlite->store.fault.os_code = os_code;
    }
    return status;
}

static jk_status execute(jk_sqlite *sqlite, const char *sql)
{
    int code = sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? JK_OK : open_failed(sqlite, code);
}

/* The first column of the first row, as text; "" if there is no row. */
static jk_status query(jk_sqlite *sqlite, const char *sql, char *text, size_t size)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        const char *value = NULL;
        if (code == SQLITE_ROW) {
            value = (const char *)sqlite3_column_text(statement, 0);
            code = SQLITE_DONE;
        }
        (void)snprintf(text, size, "%s", value == NULL ? "" : value);
        code = code == SQLITE_DONE ? SQLITE_OK : code;
    }
    (void)sqlite3_finalize(statement);
    return code == SQLITE_OK ? JK_OK : open_failed(sqlite, code);
}

static jk_status query_number(jk_sqlite *sqlite, const char *sql, long *number)
{
    char text[24];
    jk_status status = query(sqlite, sql, text, sizeof text);
    if (status == JK_OK) {
        *number = strtol(text, NULL, 10);
    }
    return status;
}

/* The file's version; 0 if it is empty.  Nothing is written before this said JK_OK. */
static jk_status identify(jk_sqlite *sqlite, const jk_node_id *node, long *version)
{
    long application = 0;
    long objects = 0;
    *version = 0;
    jk_status status = query_number(sqlite, "PRAGMA application_id", &application);
    if (status == JK_OK) {
        status = query_number(sqlite, "SELECT count(*) FROM sqlite_schema", &objects);
    }
    if (status != JK_OK || (application == 0 && objects == 0)) {
        return status;
    }
    if (application != JK_SQLITE_APPLICATION_ID) {
        return jk_sqlite_fail_text(sqlite, JK_E_STORE_SCHEMA, "not a database of juki");
    }
    status = query_number(sqlite, "SELECT value FROM meta WHERE name = 'schema_version'", version);
    if (status != JK_OK) {
        return status;
    }
    if (*version < 1 || *version > JK_SQLITE_SCHEMA) {
        return jk_sqlite_fail_text(sqlite, JK_E_STORE_SCHEMA,
                                   "written by a newer version of this program");
    }
    char owner[32];
    char self[32];
    node_text(node, self);
    status = query(sqlite, "SELECT value FROM meta WHERE name = 'node'", owner, sizeof owner);
    if (status == JK_OK && strcmp(owner, self) != 0) {
        status = jk_sqlite_fail_text(sqlite, JK_E_CONFIG, "the database of another node");
    }
    return status;
}

static jk_status configure(jk_sqlite *sqlite, const jk_sqlite_options *options)
{
    static const char *const pragmas[] = {
        "PRAGMA secure_delete = ON",     "PRAGMA journal_mode = WAL",
        "PRAGMA wal_autocheckpoint = 0", "PRAGMA temp_store = MEMORY",
        "PRAGMA trusted_schema = OFF",   "PRAGMA cell_size_check = ON",
    };
    jk_status status = execute(sqlite, synchronous_sql[options->synchronous]);
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0] && status == JK_OK; i++) {
        status = execute(sqlite, pragmas[i]);
    }
    if (status == JK_OK && options->page_count_max > 0) {
        char sql[64];
        (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count = %u",
                       (unsigned)options->page_count_max);
        status = execute(sqlite, sql);
    }
    char mode[8] = "";
    if (status == JK_OK) {
        status = query(sqlite, "PRAGMA journal_mode", mode, sizeof mode);
    }
    if (status == JK_OK && strcmp(mode, "wal") != 0) {
        status = jk_sqlite_fail_text(sqlite, JK_E_FILE, "this file system has no shared memory");
    }
    return status;
}

/* From the file's version to ours, all in one transaction. */
static jk_status migrate(jk_sqlite *sqlite, const jk_node_id *node, long version)
{
    if (version == JK_SQLITE_SCHEMA) {
        return JK_OK;
    }
    char owner[32];
    char meta[256];
    node_text(node, owner);
    (void)snprintf(meta, sizeof meta,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES"
                   " ('schema_version', '%d'), ('node', '%s');"
                   "PRAGMA application_id = %d",
                   (int)JK_SQLITE_SCHEMA, owner, (int)JK_SQLITE_APPLICATION_ID);
    jk_status status = execute(sqlite, "BEGIN IMMEDIATE");
    for (long i = version; i < JK_SQLITE_SCHEMA && status == JK_OK; i++) {
        for (const char *const *sql = jk_sqlite_migrations[i]; *sql != NULL; sql++) {
            status = status == JK_OK ? execute(sqlite, *sql) : status;
        }
    }
    if (status == JK_OK) {
        status = execute(sqlite, meta);
    }
    return status == JK_OK ? execute(sqlite, "COMMIT") : status;
}

static int note_log_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((jk_sqlite *)arg)->log_pages = pages;
    return SQLITE_OK;
}

static jk_status prepare(jk_sqlite *sqlite)
{
    for (size_t i = 0; i < JK_SQL_COUNT; i++) {
        int code = sqlite3_prepare_v3(sqlite->db, jk_sqlite_statements[i], -1,
                                      SQLITE_PREPARE_PERSISTENT, &sqlite->statement[i], NULL);
        if (code != SQLITE_OK) {
            return open_failed(sqlite, code);
        }
    }
    (void)sqlite3_wal_hook(sqlite->db, note_log_pages, sqlite);
    return JK_OK;
}

/* A new database holds personal data: readable by its owner alone.  SQLite's other files get the
 * same rights.  Only a file that is not there is touched (closing an open one drops its locks).
 * Errors but a denial are left to SQLite, which says more about them. */
static jk_status create_private(jk_sqlite *sqlite, const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file >= 0) {
        (void)close(file);
    } else if (is_denied(errno)) {
        jk_sqlite_fault_set(&sqlite->store.fault, JK_E_STORE_READONLY, errno,
                            "the folder cannot be written");
        return JK_E_STORE_READONLY;
    }
    return JK_OK;
}

static jk_status open_all(jk_sqlite *sqlite, const char *path, const jk_sqlite_options *options)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    if (options->vfs == NULL && create_private(sqlite, path) != JK_OK) {
        return JK_E_STORE_READONLY;
    }
    int code = sqlite3_open_v2(path, &sqlite->db, flags, options->vfs);
    if (code != SQLITE_OK) {
        return open_failed(sqlite, code);
    }
    if (sqlite3_db_readonly(sqlite->db, "main") != 0) {
        return jk_sqlite_fail_text(sqlite, JK_E_STORE_READONLY, "the file cannot be written");
    }
    long version = 0;
    jk_status status = identify(sqlite, &options->node, &version);
    if (status == JK_OK) {
        status = configure(sqlite, options);
    }
    if (status == JK_OK) {
        status = migrate(sqlite, &options->node, version);
    }
    if (status == JK_OK) {
        status = prepare(sqlite);
    }
    /* What a node that died left in the log, perhaps a destroyed data key, goes now. */
    return status == JK_OK ? jk_sqlite_checkpoint(sqlite, true) : status;
}

jk_status jk_sqlite_open(const char *path, const jk_sqlite_options *options, jk_store **store,
                         jk_fault *fault)
{
    if (check_options(options) != JK_OK) {
        jk_sqlite_fault_set(fault, JK_E_USAGE, 0, "the options are wrong");
        return JK_E_USAGE;
    }
    if (sodium_init() < 0) {
        jk_sqlite_fault_set(fault, JK_E_RANDOM, 0, "no randomness");
        return JK_E_RANDOM;
    }
    jk_sqlite *sqlite = calloc(1, sizeof *sqlite);
    if (sqlite == NULL) {
        jk_sqlite_fault_set(fault, JK_E_MEMORY, 0, "no memory");
        return JK_E_MEMORY;
    }
    sqlite->store.ops = &sqlite_ops;
    jk_status status = open_all(sqlite, path, options);
    if (status != JK_OK) {
        *fault = sqlite->store.fault;
        jk_sqlite_close(&sqlite->store);
        return status;
    }
    *store = &sqlite->store;
    return JK_OK;
}

void jk_sqlite_close(jk_store *store)
{
    if (store == NULL) {
        return;
    }
    jk_sqlite *sqlite = (jk_sqlite *)store;
    for (size_t i = 0; i < JK_SQL_COUNT; i++) {
        (void)sqlite3_finalize(sqlite->statement[i]);
    }
    (void)sqlite3_close(sqlite->db);
    free(sqlite);
}
