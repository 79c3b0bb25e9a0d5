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
    .register_next = jk_sqlite_register_next,
    .log_append = jk_sqlite_log_append,
    .log_get = jk_sqlite_log_get,
    .applied_get = jk_sqlite_applied_get,
    .applied_put = jk_sqlite_applied_put,
    .episode_put = jk_sqlite_episode_put,
    .episode_current = jk_sqlite_episode_current,
    .episode_open = jk_sqlite_episode_open,
    .card_get = jk_sqlite_card_get,
    .card_put = jk_sqlite_card_put,
    .episode_get = jk_sqlite_episode_get,
    .episode_delete = jk_sqlite_episode_delete,
    .episode_next = jk_sqlite_episode_next,
    .compare_get = jk_sqlite_compare_get,
    .compare_put = jk_sqlite_compare_put,
    .compare_next = jk_sqlite_compare_next,
    .element_get = jk_sqlite_element_get,
    .element_put = jk_sqlite_element_put,
    .element_delete = jk_sqlite_element_delete,
    .element_clear = jk_sqlite_element_clear,
    .element_bucket = jk_sqlite_element_bucket,
    .element_next = jk_sqlite_element_next,
    .change_append = jk_sqlite_change_append,
    .change_next = jk_sqlite_change_next,
    .change_last = jk_sqlite_change_last,
    .change_bucket = jk_sqlite_change_bucket,
    .change_drop = jk_sqlite_change_drop,
    .cache_put = jk_sqlite_cache_put,
    .cache_get = jk_sqlite_cache_get,
    .cache_size = jk_sqlite_cache_size,
    .cache_delete = jk_sqlite_cache_delete,
    .round_put = jk_sqlite_round_put,
    .round_get = jk_sqlite_round_get,
    .round_next = jk_sqlite_round_next,
    .finding_put = jk_sqlite_finding_put,
    .finding_get = jk_sqlite_finding_get,
    .finding_next = jk_sqlite_finding_next,
    .bulk_put = jk_sqlite_bulk_put,
    .bulk_next = jk_sqlite_bulk_next,
    .bulk_delete = jk_sqlite_bulk_delete,
    .bulk_count = jk_sqlite_bulk_count,
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
    } else if (status == JK_E_STORE_GONE) {
        status = JK_E_STORE; /* another process writes; there is no group that could be gone */
    }
    sqlite->store.fault.status = status;
    if (denied) {
        sqlite->store.fault.os_code = os_code;
    }
    /* The shared index of the log finds no room: SQLite calls that an I/O error. */
    return code == SQLITE_IOERR_SHMSIZE && os_code == ENOSPC ? jk_sqlite_fail(sqlite, SQLITE_FULL)
                                                             : status;
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
            const bool none = sqlite3_column_type(statement, 0) == SQLITE_NULL;
            value = (const char *)sqlite3_column_text(statement, 0);
            /* No text where there is a value: no memory for it, and not an empty one. */
            code = value == NULL && !none ? SQLITE_NOMEM : SQLITE_DONE;
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

static const jk_sqlite_schema *schema_of(const jk_sqlite_options *options)
{
    return options->schema != NULL ? options->schema : &jk_sqlite_own;
}

/* The file's version; 0 if it is empty.  Nothing is written before this said JK_OK. */
static jk_status identify(jk_sqlite *sqlite, const jk_node_id *node, const jk_sqlite_schema *schema,
                          long *version)
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
    char text[96];
    if (*version < 1 || *version > schema->version) {
        (void)snprintf(text, sizeof text, "schema version %ld; this program knows 1 to %d",
                       *version, schema->version);
        return jk_sqlite_fail_text(sqlite, JK_E_STORE_SCHEMA, text);
    }
    char owner[32];
    char self[32];
    node_text(node, self);
    status = query(sqlite, "SELECT value FROM meta WHERE name = 'node'", owner, sizeof owner);
    if (status == JK_OK && strcmp(owner, self) != 0) {
        (void)snprintf(text, sizeof text, "the database of %s, not of %s", owner, self);
        status = jk_sqlite_fail_text(sqlite, JK_E_CONFIG, text);
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
static jk_status migrate(jk_sqlite *sqlite, const jk_node_id *node, const jk_sqlite_schema *schema,
                         long version)
{
    if (version == schema->version) {
        return JK_OK;
    }
    char owner[32];
    char meta[256];
    node_text(node, owner);
    (void)snprintf(meta, sizeof meta,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES"
                   " ('schema_version', '%d'), ('node', '%s');"
                   "PRAGMA application_id = %d",
                   schema->version, owner, (int)JK_SQLITE_APPLICATION_ID);
    jk_status status = execute(sqlite, "BEGIN IMMEDIATE");
    for (long i = version; i < schema->version && status == JK_OK; i++) {
        for (const char *const *sql = schema->migrations[i]; *sql != NULL; sql++) {
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

/* A page that cannot be read is told in words like damage; its code says what it was. */
static int code_in(const char *text)
{
    static const char mark[] = "error code=";
    const char *found = strstr(text, mark);
    const long code = found == NULL ? 0 : strtol(found + sizeof mark - 1, NULL, 10);
    return (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_NOMEM ? (int)code : SQLITE_OK;
}

static jk_status look_for_damage(jk_sqlite *sqlite, const char *sql)
{
    char text[256];
    jk_status status = query(sqlite, sql, text, sizeof text);
    if (status == JK_OK && strcmp(text, "ok") != 0) {
        const int code = code_in(text);
        status = code != SQLITE_OK
                     ? open_failed(sqlite, code)
                     : jk_sqlite_fail_text(sqlite, JK_E_STORE, "the database is damaged");
    }
    return status;
}

/* Pages that contradict each other.  A large file would keep the node from serving: `juki
 * check-config --store` reads it, and everything else as well. */
static jk_status look_quickly(jk_sqlite *sqlite)
{
    long pages = 0;
    const jk_status status = query_number(sqlite, "PRAGMA page_count", &pages);
    return status != JK_OK || pages > JK_SQLITE_CHECK_PAGES
               ? status
               : look_for_damage(sqlite, "PRAGMA quick_check(1)");
}

static jk_status keep_path(jk_sqlite *sqlite, const char *path)
{
    const size_t size = strlen(path) + 1;
    sqlite->path = malloc(size);
    if (sqlite->path == NULL) {
        return jk_sqlite_fail_text(sqlite, JK_E_MEMORY, "no memory");
    }
    memcpy(sqlite->path, path, size);
    return jk_sqlite_in_place(sqlite, true)
               ? JK_OK
               : jk_sqlite_fail_text(sqlite, JK_E_IO, "its file was moved or deleted");
}

/* Opens the file and sees whose it is; nothing is written. */
static jk_status open_file(jk_sqlite *sqlite, const char *path, const jk_sqlite_options *options,
                           int flags, long *version)
{
    int code = sqlite3_open_v2(path, &sqlite->db,
                               flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                   SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE,
                               options->vfs);
    if (code != SQLITE_OK) {
        return open_failed(sqlite, code);
    }
    if (sqlite3_db_readonly(sqlite->db, "main") != 0) {
        return jk_sqlite_fail_text(sqlite, JK_E_STORE_READONLY, "the file cannot be written");
    }
    (void)sqlite3_busy_timeout(sqlite->db, JK_SQLITE_BUSY_MS);
    return identify(sqlite, &options->node, schema_of(options), version);
}

static jk_status open_all(jk_sqlite *sqlite, const char *path, const jk_sqlite_options *options)
{
    if (options->vfs == NULL && create_private(sqlite, path) != JK_OK) {
        return JK_E_STORE_READONLY;
    }
    long version = 0;
    jk_status status = open_file(sqlite, path, options, SQLITE_OPEN_CREATE, &version);
    if (status == JK_OK) {
        status = look_quickly(sqlite);
    }
    if (status == JK_OK) {
        status = configure(sqlite, options);
    }
    if (status == JK_OK) {
        status = migrate(sqlite, &options->node, schema_of(options), version);
    }
    if (status == JK_OK) {
        status = prepare(sqlite);
    }
    /* What a node that died left in the log, perhaps a destroyed data key, goes now. */
    if (status == JK_OK) {
        status = jk_sqlite_checkpoint(sqlite, true);
    }
    return status == JK_OK && options->vfs == NULL ? keep_path(sqlite, path) : status;
}

/* A log that was refused with its database, perhaps because it is another one's, stays apart. */
static bool log_has_content(const jk_sqlite *sqlite, const jk_sqlite_options *options)
{
    const char *path = sqlite->db == NULL ? NULL : sqlite3_db_filename(sqlite->db, "main");
    struct stat about;
    return path != NULL && options->vfs == NULL && stat(sqlite3_filename_wal(path), &about) == 0 &&
           about.st_size > 0;
}

/* What opening and checking begin with. */
static jk_status make(const jk_sqlite_options *options, jk_sqlite **made, jk_fault *fault)
{
    if (check_options(options) != JK_OK) {
        jk_sqlite_fault_set(fault, JK_E_USAGE, 0, "the options are wrong");
        return JK_E_USAGE;
    }
    if (sodium_init() < 0) {
        jk_sqlite_fault_set(fault, JK_E_RANDOM, 0, "no randomness");
        return JK_E_RANDOM;
    }
    *made = calloc(1, sizeof **made);
    if (*made == NULL) {
        jk_sqlite_fault_set(fault, JK_E_MEMORY, 0, "no memory");
        return JK_E_MEMORY;
    }
    (*made)->store.ops = &sqlite_ops;
    return JK_OK;
}

jk_status jk_sqlite_open(const char *path, const jk_sqlite_options *options, jk_store **store,
                         jk_fault *fault)
{
    jk_sqlite *sqlite = NULL;
    jk_status status = make(options, &sqlite, fault);
    if (status != JK_OK) {
        return status;
    }
    status = open_all(sqlite, path, options);
    if (status != JK_OK) {
        *fault = sqlite->store.fault;
        sqlite->broken = sqlite->broken || status == JK_E_IO || log_has_content(sqlite, options);
        jk_sqlite_close(&sqlite->store);
        return status;
    }
    *store = &sqlite->store;
    return JK_OK;
}

jk_status jk_sqlite_note(jk_store *store, const char *name, const char *value, bool *changed)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    char before[96] = "";
    char *read = sqlite3_mprintf("SELECT value FROM meta WHERE name = %Q", name);
    char *write = sqlite3_mprintf("INSERT INTO meta (name, value) VALUES (%Q, %Q)"
                                  " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                                  name, value);
    jk_status status =
        read == NULL || write == NULL ? JK_E_MEMORY : query(sqlite, read, before, sizeof before);
    if (status == JK_OK && strcmp(before, value) != 0) {
        status = execute(sqlite, write);
    }
    if (status == JK_OK) {
        *changed = before[0] != '\0' && strcmp(before, value) != 0;
    }
    sqlite3_free(read);
    sqlite3_free(write);
    return status;
}

jk_status jk_sqlite_check(const char *path, const jk_sqlite_options *options, jk_fault *fault)
{
    jk_sqlite *sqlite = NULL;
    jk_status status = make(options, &sqlite, fault);
    if (status != JK_OK) {
        return status;
    }
    long version = 0;
    status = open_file(sqlite, path, options, 0, &version);
    if (status == JK_OK) {
        status = look_for_damage(sqlite, "PRAGMA integrity_check(1)");
    }
    if (status != JK_OK) {
        *fault = sqlite->store.fault;
    }
    sqlite->broken = log_has_content(sqlite, options);
    jk_sqlite_close(&sqlite->store);
    return status;
}

/* The files have no name any more, but they are still open: their content goes beside it.  A
 * rescued file that stands there already is not touched. */
static void rescue(jk_sqlite *sqlite)
{
    char *name = sqlite3_mprintf("%s.rescued", sqlite->path);
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", name);
    if (name != NULL && sql != NULL && create_private(sqlite, name) == JK_OK &&
        sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK) {
        const int file = open(name, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            (void)fsync(file);
            (void)close(file);
        }
    }
    sqlite3_free(sql);
    sqlite3_free(name);
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
    if (sqlite->lost) {
        rescue(sqlite);
    } else if (sqlite->broken) {
        /* After a failed write or sync nothing is tried again: the log is left as it is, and the
         * next start reads what the disk really holds. */
        (void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    (void)sqlite3_close(sqlite->db);
    free(sqlite->path);
    free(sqlite);
}
