/* SPDX-License-Identifier: Apache-2.0 */
/* What the nodes' databases say while they run, read as an auditor would; and the one place where a
 * sabotage writes into a database whose node does not run. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include "step/roles.h"

#include <sqlite3.h>
#include <string.h>

static bool open_db(const demo_run *run, const demo_node *node, int flags, sqlite3 **db)
{
    char path[DEMO_PATH + 64];
    (void)snprintf(path, sizeof path, "%s/%s.db", run->net.folder, node->base);
    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(*db, 50) != SQLITE_OK) {
        (void)sqlite3_close(*db);
        *db = NULL;
        return false;
    }
    return true;
}

void demo_look_close(demo_node *node)
{
    (void)sqlite3_finalize(node->look);
    (void)sqlite3_close(node->db);
    node->look = NULL;
    node->db = NULL;
}

/* A statement on the node's database; NULL: not now, for instance while it starts. */
static sqlite3_stmt *statement(const demo_run *run, demo_node *node, const char *sql)
{
    sqlite3_stmt *made = NULL;
    if (node->db == NULL && !open_db(run, node, SQLITE_OPEN_READONLY, &node->db)) {
        return NULL;
    }
    if (sqlite3_prepare_v2(node->db, sql, -1, &made, NULL) != SQLITE_OK) {
        (void)sqlite3_finalize(made);
        return NULL;
    }
    return made;
}

static bool token_of_hex(const char *hex, unsigned char token[16])
{
    for (size_t i = 0; i < 16; i++) {
        unsigned byte = 0;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) {
            return false;
        }
        token[i] = (unsigned char)byte;
    }
    return true;
}

bool demo_look_state(demo_run *run, demo_node *node, unsigned machine, const char *key_hex,
                     char state[32], unsigned *reason)
{
    static const char sql[] =
        "SELECT m.state_name, d.value FROM machine m LEFT JOIN tx_data d"
        "  ON d.machine = m.machine AND d.key = m.key AND d.name = 'why' AND d.member = -1"
        "  WHERE m.machine = ?1 AND m.key = ?2";
    unsigned char key[16];
    if (node->look == NULL) {
        node->look = statement(run, node, sql);
    }
    if (node->look == NULL || strlen(key_hex) != 32 || !token_of_hex(key_hex, key)) {
        return false;
    }
    bool found = sqlite3_bind_int(node->look, 1, (int)machine) == SQLITE_OK &&
                 sqlite3_bind_blob(node->look, 2, key, sizeof key, SQLITE_TRANSIENT) == SQLITE_OK &&
                 sqlite3_step(node->look) == SQLITE_ROW;
    if (found) {
        const unsigned char *why = sqlite3_column_blob(node->look, 1);
        const bool two = sqlite3_column_bytes(node->look, 1) == 2;
        *reason = two ? (unsigned)why[0] << 8 | why[1] : 0;
        const unsigned char *name = sqlite3_column_text(node->look, 0);
        (void)snprintf(state, 32, "%s", name != NULL ? (const char *)name : "?");
    }
    (void)sqlite3_reset(node->look);
    return found;
}

static bool is_known(const demo_plan *plan, const char *hex)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (strcmp(plan->moves[i].txn_hex, hex) == 0 || strcmp(plan->moves[i].case_hex, hex) == 0) {
            return true;
        }
    }
    return false;
}

bool demo_look_new(demo_run *run, demo_node *node, unsigned machine, char key_hex[33])
{
    sqlite3_stmt *made =
        statement(run, node, "SELECT lower(hex(key)) FROM machine WHERE machine = ?1");
    bool found = false;
    if (made != NULL && sqlite3_bind_int(made, 1, (int)machine) == SQLITE_OK) {
        while (!found && sqlite3_step(made) == SQLITE_ROW) {
            const char *hex = (const char *)sqlite3_column_text(made, 0);
            if (hex != NULL && strlen(hex) == 32 && !is_known(&run->plan, hex)) {
                memcpy(key_hex, hex, 33);
                found = true;
            }
        }
    }
    (void)sqlite3_finalize(made);
    return found;
}

bool demo_look_number(demo_run *run, demo_node *node, const char *sql, int64_t *number)
{
    sqlite3_stmt *made = statement(run, node, sql);
    bool found = made != NULL && sqlite3_step(made) == SQLITE_ROW;
    if (found) {
        *number = sqlite3_column_int64(made, 0);
    }
    (void)sqlite3_finalize(made);
    return found;
}

size_t demo_look_rows(demo_run *run, demo_node *node, const char *sql, int64_t *rows,
                      size_t capacity)
{
    sqlite3_stmt *made = statement(run, node, sql);
    size_t count = 0;
    while (made != NULL && count < capacity && sqlite3_step(made) == SQLITE_ROW) {
        rows[count++] = sqlite3_column_int64(made, 0);
    }
    (void)sqlite3_finalize(made);
    return count;
}

/* Settled: no message waits, no limit runs, and nothing was written since the last look. */
bool demo_look_settled(demo_run *run)
{
    static const char busy[] = "SELECT (SELECT count(*) FROM outbox WHERE state = 0) +"
                               "  (SELECT count(*) FROM timer WHERE kind = 0)";
    static const char written[] =
        "SELECT (SELECT coalesce(sum(updated_ms), 0) + count(*) FROM machine)"
        "  + (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)";
    uint64_t fingerprint = 0;
    bool settled = true;
    for (size_t i = 0; i < DEMO_NODES; i++) {
        int64_t waiting = 1;
        int64_t sum = 0;
        demo_node *node = &run->net.node[i];
        settled = demo_look_number(run, node, busy, &waiting) && waiting == 0 && settled;
        settled = demo_look_number(run, node, written, &sum) && settled;
        fingerprint = fingerprint * 31 + (uint64_t)sum;
    }
    if (fingerprint != run->fingerprint) {
        run->fingerprint = fingerprint;
        run->change_ms = demo_now_ms();
        return false;
    }
    return settled;
}

bool demo_look_change(demo_run *run, demo_node *node, const char *sql)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    demo_look_close(node);
    const bool done = open_db(run, node, SQLITE_OPEN_READWRITE, &db) &&
                      sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK &&
                      sqlite3_changes(db) > 0;
    if (!done) {
        (void)snprintf(run->fault, sizeof run->fault, "sabotage of %s: %s", node->base,
                       message != NULL ? message : "nothing to change");
    }
    sqlite3_free(message);
    (void)sqlite3_close(db);
    return done;
}
