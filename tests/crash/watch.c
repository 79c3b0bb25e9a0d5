/* SPDX-License-Identifier: Apache-2.0 */
/* The stores of watch.h: opened on the failing disks, their commits noted, their contents compared.
 *
 * The store's own operations run unchanged; only the table of functions in front of them is a copy
 * in which begin, commit, rollback and step_keep are ours. */
#include "watch.h"

#include "adapter/sqlite/call.h"
#include "adapter/sqlite/sqlite.h"

#include <stdio.h>
#include <string.h>

#define TABLES_MAX  40
#define COMMITS_MAX 8192
#define FELT_MAX    3 /* failures that a lasting fault causes before the disk is repaired */

typedef struct watched {
    bool used;
    bool reopening;
    jk_node_id node;
    unsigned host;
    jk_store *store; /* NULL: closed */
    const jk_store_ops *inner;
    jk_store_ops ops;
    int tables;
    sqlite3_stmt *rows[TABLES_MAX];
    size_t count;
    uint64_t commits[COMMITS_MAX]; /* digests, in order */
    bool pending;                  /* a commit was begun whose end is not known */
    uint64_t next;                 /* its digest */
    bool late;                     /* WATCH_ACK_FIRST: reported, not done */
    unsigned said;                 /* since the last commit */
    jk_status status;              /* of the commit in hand */
} watched;

typedef struct watch {
    watch_control control;
    watch_report *report;
    void *arg;
    void (*heal)(void);
    unsigned felt;
    uint32_t failed;
    uint64_t found;
    uint64_t reopened;
    uint64_t commits;
    watched nodes[DISK_HOSTS_MAX];
} watch;

static watch all;

static void report(const watched *node, watch_kind kind, const char *text)
{
    char line[200];
    (void)snprintf(line, sizeof line, "%s:%s: %s", jk_role_name((jk_role)node->node.role),
                   node->node.code, text);
    all.found++;
    all.report(all.arg, kind, line);
}

/* A fault made something fail; a lasting one ends after some of that. */
static void felt(unsigned host)
{
    all.felt++;
    all.failed |= 1U << host;
    if (all.felt >= FELT_MAX) {
        disk_heal(host);
        if (all.heal != NULL) {
            all.heal();
        }
    }
}

/* ---- contents ---- */

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

static uint64_t row_hash(int table, sqlite3_stmt *row)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) + (uint64_t)table;
    int columns = sqlite3_column_count(row);
    for (int i = 0; i < columns; i++) {
        int type = sqlite3_column_type(row, i);
        h = hash(h, &type, sizeof type);
        if (type == SQLITE_INTEGER) {
            sqlite3_int64 value = sqlite3_column_int64(row, i);
            h = hash(h, &value, sizeof value);
        } else if (type != SQLITE_NULL) {
            const void *value = sqlite3_column_blob(row, i);
            h = hash(h, value, (size_t)sqlite3_column_bytes(row, i));
        }
    }
    return h ^ (h >> 29);
}

static sqlite3 *database(const watched *node)
{
    return ((const jk_sqlite *)node->store)->db;
}

/* The sum over all rows: their order does not matter.  0: it cannot be read. */
static uint64_t digest(const watched *node)
{
    uint64_t sum = 1;
    for (int i = 0; i < node->tables && sum != 0; i++) {
        int code = SQLITE_ROW;
        while ((code = sqlite3_step(node->rows[i])) == SQLITE_ROW) {
            sum += row_hash(i, node->rows[i]);
        }
        (void)sqlite3_reset(node->rows[i]);
        sum = code == SQLITE_DONE ? sum : 0;
    }
    /* What was read to look must be read again by who needs it. */
    (void)sqlite3_db_release_memory(database(node));
    return sum;
}

static void forget_statements(watched *node)
{
    for (int i = 0; i < node->tables; i++) {
        (void)sqlite3_finalize(node->rows[i]);
    }
    node->tables = 0;
}

static bool prepare(watched *node)
{
    sqlite3_stmt *names = NULL;
    bool ok = sqlite3_prepare_v2(database(node),
                                 "SELECT 'SELECT * FROM \"' || name || '\"' FROM sqlite_schema"
                                 " WHERE type = 'table' ORDER BY name",
                                 -1, &names, NULL) == SQLITE_OK;
    while (ok && node->tables < TABLES_MAX && sqlite3_step(names) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(names, 0);
        ok = sqlite3_prepare_v2(database(node), sql, -1, &node->rows[node->tables], NULL) ==
             SQLITE_OK;
        node->tables += ok ? 1 : 0;
    }
    (void)sqlite3_finalize(names);
    return ok && node->tables > 0 && node->tables < TABLES_MAX;
}

static int64_t number(const watched *node, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(database(node), sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return value;
}

static bool is_whole(const watched *node)
{
    return number(node, "SELECT count(*) = 1 AND min(integrity_check) = 'ok'"
                        " FROM pragma_integrity_check") == 1;
}

/* ---- commits ---- */

static watched *of_store(const jk_store *store)
{
    for (size_t i = 0; i < DISK_HOSTS_MAX; i++) {
        if (all.nodes[i].used && all.nodes[i].store == store) {
            return &all.nodes[i];
        }
    }
    return NULL; /* cannot be: only our stores have our operations */
}

static void note_status(void *arg, jk_status status)
{
    ((watched *)arg)->status = status;
}

static void keep(watched *node, uint64_t content)
{
    if (node->count == COMMITS_MAX) {
        node->count = 0; /* longer runs than any here */
    }
    node->commits[node->count++] = content;
    node->said = 0;
    all.commits++;
}

/* The store's own commit; what may be found afterwards is noted. */
static jk_status commit_inner(watched *node)
{
    node->inner->commit(node->store, note_status, node);
    if (disk_dead(node->host)) {
        return node->status;
    }
    if (node->status == JK_OK) {
        keep(node, node->next);
        node->pending = false;
    } else {
        felt(node->host);
        /* GONE promises that nothing is stored; only after IO nobody knows. */
        node->pending = node->status == JK_E_IO;
    }
    return node->status;
}

static jk_status commit_late(watched *node)
{
    keep(node, node->next); /* reported, and not done */
    node->pending = false;
    node->late = true;
    return JK_OK;
}

static void watched_commit(jk_store *store, jk_commit_done *done, void *arg)
{
    watched *node = of_store(store);
    disk_quiet(true);
    node->next = digest(node);
    disk_quiet(false);
    node->pending = true;
    done(arg, all.control == WATCH_ACK_FIRST ? commit_late(node) : commit_inner(node));
}

static jk_status watched_begin(jk_store *store)
{
    watched *node = of_store(store);
    if (node->late) {
        node->late = false;
        node->inner->commit(store, note_status, node);
    }
    return node->inner->begin(store);
}

static void watched_rollback(jk_store *store)
{
    watched *node = of_store(store);
    node->inner->rollback(store);
    felt(node->host);
}

/* WATCH_TWO_COMMITS: what stands inside a step becomes durable alone. */
static jk_status watched_keep_twice(jk_store *store, int depth)
{
    watched *node = of_store(store);
    jk_status status = node->inner->step_keep(store, depth);
    if (status != JK_OK || depth == 0) {
        return status;
    }
    status = node->inner->step_keep(store, 0);
    if (status == JK_OK) {
        node->inner->commit(store, note_status, node);
        status = node->status;
    }
    if (status == JK_OK) {
        status = node->inner->begin(store);
    }
    return status == JK_OK ? node->inner->step_begin(store, 0) : status;
}

static void stand_in_front(watched *node)
{
    node->inner = node->store->ops;
    node->ops = *node->inner;
    node->ops.begin = watched_begin;
    node->ops.commit = watched_commit;
    node->ops.rollback = watched_rollback;
    if (all.control == WATCH_TWO_COMMITS) {
        node->ops.step_keep = watched_keep_twice;
    }
    node->store->ops = &node->ops;
}

/* ---- opening and closing ---- */

static void check_content(watched *node)
{
    uint64_t found = digest(node);
    if (!is_whole(node) || found == 0) {
        report(node, WATCH_DAMAGED, "integrity_check");
    }
    if (node->count == 0 || (node->pending && found == node->next)) {
        keep(node, found);
    }
    size_t i = node->count;
    while (i > 0 && node->commits[i - 1] != found) {
        i--;
    }
    if (i == 0) {
        report(node, WATCH_TORN, "a content that was never committed");
        keep(node, found);
    } else if (i < node->count) {
        char text[80];
        (void)snprintf(text, sizeof text, "%zu reported commits, %u things said after the last",
                       node->count - i, node->said);
        report(node, WATCH_LOST, text);
        keep(node, found);
    }
    node->pending = false;
    node->late = false;
}

static watched *of_node(const jk_node_id *id)
{
    unsigned host = watch_host(id);
    watched *node = &all.nodes[host];
    if (!node->used) {
        node->used = true;
        node->node = *id;
        node->host = host;
    }
    return node;
}

static uint8_t synchronous(void)
{
    switch (all.control) {
    case WATCH_NORMAL: return JK_SQLITE_NORMAL;
    case WATCH_OFF: return JK_SQLITE_OFF;
    case WATCH_RIGHT:
    case WATCH_TWO_COMMITS:
    case WATCH_ACK_FIRST:
    case WATCH_CONTROLS: break;
    }
    return JK_SQLITE_FULL;
}

/* A disk or memory that failed is neither damage nor somebody else's file: who is told that
 * restores a backup for nothing. */
static bool is_right_word(jk_status status)
{
    return status != JK_E_STORE && status != JK_E_STORE_SCHEMA && status != JK_E_CONFIG &&
           status != JK_E_USAGE;
}

static jk_store *store_open(void *arg, const jk_node_id *id)
{
    (void)arg;
    watched *node = of_node(id);
    char path[48];
    (void)snprintf(path, sizeof path, "%s-%s/node.db", jk_role_name((jk_role)id->role), id->code);
    disk_revive(node->host);
    jk_sqlite_options options = {.node = *id, .synchronous = synchronous(), .vfs = DISK_VFS};
    jk_fault fault = {.status = JK_OK};
    uint64_t struck = disk_struck();
    node->reopening = node->count > 0;
    jk_status status = jk_sqlite_open(path, &options, &node->store, &fault);
    node->reopening = false;
    if (node->count == 0) {
        disk_forget_retried(); /* SQLite undoes the making of a file by its journal */
    }
    if (status != JK_OK) {
        node->store = NULL;
        felt(node->host);
        if (struck == disk_struck()) {
            report(node, WATCH_DAMAGED, fault.text);
        } else if (!is_right_word(status)) {
            report(node, WATCH_MISNAMED, fault.text);
        }
        return NULL;
    }
    disk_quiet(true);
    if (prepare(node)) {
        all.reopened += node->count > 0 ? 1 : 0;
        check_content(node);
    } else {
        report(node, WATCH_DAMAGED, "its tables cannot be read");
    }
    disk_quiet(false);
    stand_in_front(node);
    return node->store;
}

static void store_close(void *arg, const jk_node_id *id, jk_store *store)
{
    (void)arg;
    watched *node = of_node(id);
    forget_statements(node);
    node->store = NULL;
    jk_sqlite_close(store);
}

static bool store_alive(void *arg, const jk_node_id *id)
{
    (void)arg;
    return !disk_dead(watch_host(id));
}

static void store_said(void *arg, const jk_node_id *id)
{
    (void)arg;
    of_node(id)->said++;
}

/* ---- for the runs ---- */

void watch_start(watch_control control, watch_report *to, void *arg)
{
    memset(&all, 0, sizeof all);
    all.control = control;
    all.report = to;
    all.arg = arg;
}

const world_disk *watch_disk(void)
{
    static const world_disk disk = {store_open, store_close, store_alive, store_said, NULL};
    return &disk;
}

unsigned watch_host(const jk_node_id *id)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s-%s/", jk_role_name((jk_role)id->role), id->code);
    return disk_host(name);
}

bool watch_reopening(unsigned host)
{
    return host < DISK_HOSTS_MAX && all.nodes[host].reopening;
}

void watch_on_felt(void (*heal)(void))
{
    all.heal = heal;
}

int64_t watch_waiting(unsigned host)
{
    const watched *node = &all.nodes[host];
    if (node->store == NULL) {
        return -1;
    }
    disk_quiet(true);
    int64_t waiting = number(node, "SELECT count(*) FROM outbox WHERE state = 0");
    disk_quiet(false);
    return waiting;
}

uint32_t watch_failed(void)
{
    return all.failed;
}

uint64_t watch_found(void)
{
    return all.found;
}

uint64_t watch_reopened(void)
{
    return all.reopened;
}

uint64_t watch_commits(void)
{
    return all.commits;
}

const char *watch_kind_name(watch_kind kind)
{
    static const char *const names[WATCH_KINDS] = {"lost",     "torn",    "damaged", "retried",
                                                   "misnamed", "promise", "stuck",   "crashed"};
    return kind < WATCH_KINDS ? names[kind] : "-";
}

const char *watch_control_name(watch_control control)
{
    static const char *const names[WATCH_CONTROLS] = {"right", "synchronous NORMAL",
                                                      "synchronous OFF", "two commits per step",
                                                      "acknowledge before commit"};
    return control < WATCH_CONTROLS ? names[control] : "-";
}
