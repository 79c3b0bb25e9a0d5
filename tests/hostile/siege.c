/* SPDX-License-Identifier: Apache-2.0 */
/* The network under attack: hosts, the wire's page, snapshots of rows, what the node's process and
 * log show.  The judgement is SQL and /proc; it asks the node nothing. */
#define _POSIX_C_SOURCE 200809L

#include "siege.h"

#include "node/keyfile.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PATH_SIZE = 512,
    BUSY_MS = 5000
};

bool siege_check(siege *s, bool good, const char *format, ...)
{
    s->checks++;
    if (!good) {
        va_list arguments;
        s->failures++;
        if (s->silent) {
            return false;
        }
        (void)fprintf(stderr, "FAILED %s (%s): ", s->attack, s->what);
        va_start(arguments, format);
        (void)vfprintf(stderr, format, arguments);
        va_end(arguments);
        (void)fprintf(stderr, "\n");
    }
    return good;
}

uint32_t siege_random(siege *s)
{
    s->seed = s->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(s->seed >> 33);
}

jk_token siege_token(siege *s)
{
    (void)s;
    jk_token token;
    randombytes_buf(token.byte, sizeof token.byte);
    return token;
}

/* --- hosts --- */

static bool load_host(siege *s, siege_host *host)
{
    char path[PATH_SIZE];
    jk_fault fault = {.status = JK_OK};
    host->keys = sodium_malloc(sizeof *host->keys);
    (void)snprintf(path, sizeof path, "%s/%s.keys", s->folder, host->name);
    if (host->keys == NULL || jk_keyfile_load_node(path, host->keys, &fault) != JK_OK) {
        (void)fprintf(stderr, "hostile: %s: %s\n", path, fault.text);
        return false;
    }
    host->id = host->keys->id;
    (void)snprintf(path, sizeof path, "%s/%s.db", s->folder, host->name);
    if (host->pid != 0 &&
        (sqlite3_open_v2(path, &host->store, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
         sqlite3_busy_timeout(host->store, BUSY_MS) != SQLITE_OK)) {
        (void)fprintf(stderr, "hostile: %s cannot be opened\n", path);
        return false;
    }
    return true;
}

static bool load_hosts(siege *s)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/hosts.tsv", s->folder);
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    while (good && s->host_count < SIEGE_HOSTS) {
        siege_host *host = &s->hosts[s->host_count];
        if (fscanf(file, "%39s %u %d", host->name, &host->port, &host->pid) != 3) {
            break;
        }
        s->host_count++;
        good = load_host(s, host);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return good && s->host_count > 0;
}

static bool load_kinds(siege *s)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/kinds.tsv", s->folder);
    FILE *file = fopen(path, "r");
    char from[16];
    char to[16];
    while (file != NULL && s->kind_count < SIEGE_KINDS) {
        siege_kind *cell = &s->kinds[s->kind_count];
        if (fscanf(file, "%u %15s %15s", &cell->kind, from, to) != 3) {
            break;
        }
        cell->from = jk_role_by_name(from);
        cell->to = jk_role_by_name(to);
        s->kind_count++;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return s->kind_count >= 39; /* the page was read */
}

static bool load_deadlines(siege *s)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/deadlines.tsv", s->folder);
    FILE *file = fopen(path, "r");
    bool good = file != NULL;
    for (size_t i = 0; good && i < 4; i++) {
        good = fscanf(file, "%u", &s->deadlines[i]) == 1;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return good;
}

bool siege_may_say(const siege *s, unsigned kind, unsigned from, unsigned to)
{
    for (size_t i = 0; i < s->kind_count; i++) {
        if (s->kinds[i].kind == kind && s->kinds[i].from == from && s->kinds[i].to == to) {
            return true;
        }
    }
    return false;
}

bool siege_open(siege *s, const char *folder)
{
    s->folder = folder;
    s->attack = "start";
    s->what = "";
    s->seed = 20260401;
    return sodium_init() >= 0 && load_hosts(s) && load_kinds(s) && load_deadlines(s);
}

void siege_close(siege *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        (void)sqlite3_close(s->hosts[i].store);
        sodium_free(s->hosts[i].keys);
    }
}

siege_host *siege_host_of(siege *s, const char *name)
{
    for (size_t i = 0; i < s->host_count; i++) {
        if (strcmp(s->hosts[i].name, name) == 0) {
            return &s->hosts[i];
        }
    }
    (void)siege_check(s, false, "no host %s", name);
    return NULL;
}

/* --- rows --- */

static void hash_row(crypto_generichash_state *state, sqlite3_stmt *row)
{
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const int type = sqlite3_column_type(row, i);
        const void *bytes = sqlite3_column_blob(row, i);
        const int size = sqlite3_column_bytes(row, i);
        (void)crypto_generichash_update(state, (const uint8_t *)&type, sizeof type);
        (void)crypto_generichash_update(state, (const uint8_t *)&size, sizeof size);
        if (size > 0) {
            (void)crypto_generichash_update(state, bytes, (unsigned long long)size);
        }
    }
}

static bool hash_table(sqlite3 *store, const char *table, uint8_t hash[32])
{
    char sql[160];
    const char *where = "";
    if (strcmp(table, "machine") == 0) {
        /* The links' rows are the transport's: a bad message is consumed, so its number counts. */
        where = " WHERE machine_name NOT LIKE 'transport%'";
    } else if (strcmp(table, "meta") == 0) {
        where = " WHERE name IN ('node', 'schema_version')"; /* and not the time of day */
    } else if (strcmp(table, "tx_data") == 0) {
        where = " WHERE name <> 'steplog'"; /* a refused message has its line in the log */
    }
    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"%s", table, where);
    sqlite3_stmt *row = NULL;
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, 32);
    bool good = sqlite3_prepare_v2(store, sql, -1, &row, NULL) == SQLITE_OK;
    int step = SQLITE_ROW;
    while (good && (step = sqlite3_step(row)) == SQLITE_ROW) {
        hash_row(&state, row);
    }
    (void)sqlite3_finalize(row);
    (void)crypto_generichash_final(&state, hash, 32);
    return good && step == SQLITE_DONE;
}

static bool take_tables(siege_host *victim, siege_snapshot *snapshot)
{
    sqlite3_stmt *row = NULL;
    snapshot->count = 0;
    bool good = sqlite3_prepare_v2(victim->store,
                                   "SELECT name FROM sqlite_master WHERE type = 'table' AND name "
                                   "NOT IN ('dead_letter', 'sqlite_sequence') ORDER BY name",
                                   -1, &row, NULL) == SQLITE_OK;
    while (good && sqlite3_step(row) == SQLITE_ROW && snapshot->count < SIEGE_TABLES) {
        const size_t at = snapshot->count++;
        (void)snprintf(snapshot->table[at], sizeof snapshot->table[at], "%s",
                       (const char *)sqlite3_column_text(row, 0));
        good = hash_table(victim->store, snapshot->table[at], snapshot->hash[at]);
    }
    (void)sqlite3_finalize(row);
    return good && snapshot->count >= 12;
}

bool siege_snapshot_of(siege_host *victim, siege_snapshot *snapshot)
{
    memset(snapshot, 0, sizeof *snapshot);
    bool good = sqlite3_exec(victim->store, "BEGIN", NULL, NULL, NULL) == SQLITE_OK;
    good = good && take_tables(victim, snapshot);
    snapshot->dead_letters = siege_number(victim, "SELECT count(*) FROM dead_letter");
    return sqlite3_exec(victim->store, "COMMIT", NULL, NULL, NULL) == SQLITE_OK && good;
}

int64_t siege_number(siege_host *victim, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(victim->store, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        number = sqlite3_column_int64(row, 0);
    }
    (void)sqlite3_finalize(row);
    return number;
}

unsigned siege_dead_rule(siege_host *victim, const jk_node_id *sender, uint64_t sequence)
{
    const jk_token link = jk_token_of_node(sender);
    sqlite3_stmt *row = NULL;
    unsigned rule = 0;
    if (sqlite3_prepare_v2(victim->store, "SELECT rule FROM dead_letter WHERE link = ? AND seq = ?",
                           -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_blob(row, 1, link.byte, (int)sizeof link.byte, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_int64(row, 2, (int64_t)sequence) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        rule = (unsigned)sqlite3_column_int(row, 0);
    }
    (void)sqlite3_finalize(row);
    return rule;
}

void siege_unchanged(siege *s, siege_host *victim, int64_t dead_letters)
{
    static siege_snapshot now;
    if (!siege_check(s, siege_snapshot_of(victim, &now), "%s cannot be read", victim->name)) {
        return;
    }
    (void)siege_check(s, now.count == s->before.count, "other tables");
    for (size_t i = 0; i < now.count && i < s->before.count; i++) {
        (void)siege_check(s, memcmp(now.hash[i], s->before.hash[i], sizeof now.hash[i]) == 0,
                          "%s: rows of %s changed", victim->name, now.table[i]);
    }
    const int64_t more = now.dead_letters - s->before.dead_letters;
    (void)siege_check(s, more == dead_letters, "%s: %lld dead letters more, not %lld", victim->name,
                      (long long)more, (long long)dead_letters);
    (void)siege_check(s, siege_alive(victim), "%s is not alive", victim->name);
}

/* --- process and log --- */

static long status_line(const siege_host *victim, const char *key, char *letter)
{
    char path[64];
    char line[256];
    long number = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", victim->pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            *letter = line[strlen(key) + 1];
            number = strtol(line + strlen(key), NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return number;
}

bool siege_alive(const siege_host *victim)
{
    char letter = 'X';
    (void)status_line(victim, "State:", &letter);
    return letter != 'X' && letter != 'Z';
}

long siege_rss_kib(const siege_host *victim)
{
    char letter = 0;
    return status_line(victim, "VmRSS:", &letter);
}

static FILE *log_of(siege *s, const siege_host *victim)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s.log", s->folder, victim->name);
    return fopen(path, "r");
}

long siege_log_size(siege *s, const siege_host *victim)
{
    FILE *file = log_of(s, victim);
    long size = 0;
    if (file != NULL) {
        size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
        (void)fclose(file);
    }
    return size;
}

bool siege_logs(siege *s, const siege_host *victim, long from, const char *text)
{
    static char line[8192];
    FILE *file = log_of(s, victim);
    bool found = false;
    if (file != NULL && fseek(file, from, SEEK_SET) == 0) {
        while (!found && fgets(line, sizeof line, file) != NULL) {
            found = strstr(line, text) != NULL;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

bool siege_logged(siege *s, const siege_host *victim, long from, const char *text)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    const int64_t end_ms = peer_now_ms() + PEER_WAIT_MS;
    while (!siege_logs(s, victim, from, text)) {
        if (peer_now_ms() >= end_ms) {
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
    return true;
}
