/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, steps and checkpoints.  A group is a transaction, a step a savepoint in it. */
#include "ops.h"

#include <sys/stat.h>

static int run_code(jk_sqlite *sqlite, jk_sql which)
{
    int code = sqlite3_step(sqlite->statement[which]);
    (void)sqlite3_reset(sqlite->statement[which]);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static jk_status run(jk_sqlite *sqlite, jk_sql which)
{
    int code = run_code(sqlite, which);
    return code == SQLITE_OK ? JK_OK : jk_sqlite_fail(sqlite, code);
}

jk_status jk_sqlite_checkpoint(jk_sqlite *sqlite, bool erase)
{
    /* Never wait here: an auditor who reads only puts the checkpoint off. */
    (void)sqlite3_busy_timeout(sqlite->db, 0);
    int mode = erase ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(sqlite->db, NULL, mode, NULL, NULL);
    (void)sqlite3_busy_timeout(sqlite->db, JK_SQLITE_BUSY_MS);
    if (code == SQLITE_OK) {
        sqlite->mark_due = true;
        sqlite->erase_due = sqlite->erase_due && !erase;
        return JK_OK;
    }
    if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
        return JK_OK;
    }
    sqlite->broken = (code & 0xff) == SQLITE_IOERR;
    return jk_sqlite_fail(sqlite, code);
}

static bool same_file(const char *path, jk_sqlite_file *file, bool take)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return false;
    }
    if (take) {
        *file = (jk_sqlite_file){about.st_dev, about.st_ino};
    }
    return file->device == about.st_dev && file->number == about.st_ino;
}

/* The database and its log under their names; take: these are they. */
bool jk_sqlite_in_place(jk_sqlite *sqlite, bool take)
{
    const char *database = sqlite3_db_filename(sqlite->db, "main");
    return same_file(database, &sqlite->file[0], take) &&
           same_file(sqlite3_filename_wal(database), &sqlite->file[1], take);
}

static void stop_walks(jk_sqlite *sqlite)
{
    jk_walk_stop_episodes(&sqlite->store);
    jk_walk_stop_elements(&sqlite->store);
}

static void drop_group(jk_sqlite *sqlite)
{
    stop_walks(sqlite);
    if (sqlite3_get_autocommit(sqlite->db) == 0) {
        (void)run_code(sqlite, JK_SQL_ROLLBACK);
    }
    sqlite->group = (jk_store_group){.open = false};
    sqlite->erase_in_group = false;
}

jk_status jk_sqlite_begin(jk_store *store)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_store_may_begin(&sqlite->group);
    if (status != JK_OK) {
        return status;
    }
    if (sqlite->broken) {
        return jk_sqlite_fail_text(sqlite, JK_E_IO, "an earlier I/O error: open the store again");
    }
    /* What is committed into a file without a name is gone at the next start. */
    if (sqlite->path != NULL && !jk_sqlite_in_place(sqlite, false)) {
        sqlite->broken = true;
        sqlite->lost = true;
        return jk_sqlite_fail_text(sqlite, JK_E_IO, "its file was moved or deleted");
    }
    status = run(sqlite, JK_SQL_BEGIN);
    if (status == JK_OK) {
        sqlite->group.open = true;
        sqlite->erase_in_group = false;
        /* A log is applied to any database that it is put beside: with the owner's name in it,
         * another node's is found out at the start. */
        status = sqlite->mark_due ? run(sqlite, JK_SQL_MARK) : JK_OK;
    }
    if (status != JK_OK && sqlite->group.open) {
        drop_group(sqlite);
    }
    return status;
}

/* COMMIT itself: an I/O error leaves open what a later start finds; all else stored nothing. */
static jk_status make_durable(jk_sqlite *sqlite)
{
    int code = run_code(sqlite, JK_SQL_COMMIT);
    if (code == SQLITE_OK) {
        sqlite->mark_due = false;
        return JK_OK;
    }
    jk_status status = JK_E_STORE_GONE;
    if ((code & 0xff) == SQLITE_IOERR) {
        sqlite->broken = true;
        status = JK_E_IO;
    }
    jk_sqlite_fault_set(&sqlite->store.fault, status, code, sqlite3_errstr(code));
    return status;
}

void jk_sqlite_commit(jk_store *store, jk_commit_done *done, void *arg)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_store_may_commit(&sqlite->group);
    stop_walks(sqlite);
    if (status == JK_OK) {
        status = make_durable(sqlite);
    }
    bool erase = status == JK_OK && sqlite->erase_in_group;
    drop_group(sqlite);
    if (erase) {
        sqlite->erase_due = true;
    }
    /* The group is durable whatever the checkpoint says; its I/O error stops the next begin. */
    if (status == JK_OK && (sqlite->erase_due || sqlite->log_pages >= JK_SQLITE_TRUNCATE_PAGES)) {
        (void)jk_sqlite_checkpoint(sqlite, sqlite->erase_due);
    }
    done(arg, status);
}

void jk_sqlite_rollback(jk_store *store)
{
    drop_group((jk_sqlite *)store);
}

jk_status jk_sqlite_step_begin(jk_store *store, int depth)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_store_may_step_begin(&sqlite->group, depth);
    if (status == JK_OK) {
        status = run(sqlite, depth == 0 ? JK_SQL_STEP_BEGIN_0 : JK_SQL_STEP_BEGIN_1);
    }
    if (status == JK_OK) {
        sqlite->group.steps++;
    }
    return status;
}

jk_status jk_sqlite_step_keep(jk_store *store, int depth)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_store_may_step_keep(&sqlite->group, depth);
    if (status == JK_OK) {
        status = run(sqlite, depth == 0 ? JK_SQL_STEP_KEEP_0 : JK_SQL_STEP_KEEP_1);
    }
    if (status == JK_OK) {
        sqlite->group.steps--;
    }
    return status;
}

jk_status jk_sqlite_step_undo(jk_store *store, int depth)
{
    jk_sqlite *sqlite = (jk_sqlite *)store;
    jk_status status = jk_store_may_step_undo(&sqlite->group, depth);
    stop_walks(sqlite);
    if (status == JK_OK) {
        status = run(sqlite, depth == 0 ? JK_SQL_STEP_UNDO_0 : JK_SQL_STEP_UNDO_1);
    }
    /* ROLLBACK TO keeps the savepoint itself open. */
    if (status == JK_OK) {
        status = run(sqlite, depth == 0 ? JK_SQL_STEP_KEEP_0 : JK_SQL_STEP_KEEP_1);
    }
    if (status == JK_OK) {
        sqlite->group.steps = depth;
    }
    return status;
}
