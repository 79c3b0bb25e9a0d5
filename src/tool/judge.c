/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a run's folder into one SQL database in memory, lets the rules run over it, searches the
 * raw files for certificate data and tells what was found.  Nothing here knows the engine. */
#define _POSIX_C_SOURCE 200809L

#include "judge.h"

#include "judge_rules.h"
#include "judge_scan.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = 4096,
    COLUMNS_MAX = 32,
    SECRET_SIZE = 1024,
    TAG_HEAD_NAME = 0x12, /* fields 2 to 5 of Certificate and RegistryRecord, spec/wire/person */
    TAG_RELATIONSHIP = 0x1a,
    TAG_KOSEKI_PLACE = 0x22,
    TAG_KOSEKI_HEAD = 0x2a
};

static const char *const rule_texts[JK_JUDGE_RULES + 1] = {
    NULL,
    "two current registers",
    "neither register nor open case",
    "national differs from the holder",
    "a prefecture differs from the holder",
    "CS and registry differ",
    "neither final nor parked",
    "an epoch twice, going back or without a grant",
    "a terminal was told otherwise",
    "card before ENTRY",
    "open grant of a final transaction",
    "outbox not empty",
    "certificate data in clear elsewhere",
    "CS, prefecture and national keep other records",
};

const char *jk_judge_rule_text(unsigned rule)
{
    return rule <= JK_JUDGE_RULES ? rule_texts[rule] : NULL;
}

typedef struct judge {
    sqlite3 *db;
    const char *folder;
    char *fault;
    sqlite3_stmt *keep; /* a secret, while the file of residents is read */
    sqlite3_stmt *allow;
} judge;

/* ---- small helpers ---- */

static bool fail(const judge *j, const char *what, const char *why)
{
    (void)snprintf(j->fault, JK_JUDGE_TEXT, "%s: %s", what, why);
    return false;
}

static bool fail_sql(const judge *j, const char *what)
{
    return fail(j, what, sqlite3_errmsg(j->db));
}

static bool run(const judge *j, const char *sql, const char *what)
{
    return sqlite3_exec(j->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail_sql(j, what);
}

/* Prepares sql and binds its first texts; NULL: it failed. */
static sqlite3_stmt *statement(const judge *j, const char *sql, const char *const *texts, int count)
{
    sqlite3_stmt *made = NULL;
    if (sqlite3_prepare_v2(j->db, sql, -1, &made, NULL) != SQLITE_OK) {
        (void)fail_sql(j, "statement");
        return NULL;
    }
    for (int i = 0; i < count && i < sqlite3_bind_parameter_count(made); i++) {
        if (sqlite3_bind_text(made, i + 1, texts[i], -1, SQLITE_TRANSIENT) != SQLITE_OK) {
            (void)sqlite3_finalize(made);
            (void)fail_sql(j, "statement");
            return NULL;
        }
    }
    return made;
}

/* One statement without rows in its result. */
static bool execute(const judge *j, const char *sql, const char *const *texts, int count,
                    const char *what)
{
    sqlite3_stmt *made = statement(j, sql, texts, count);
    if (made == NULL) {
        return false;
    }
    bool done = sqlite3_step(made) == SQLITE_DONE;
    if (!done) {
        (void)fail_sql(j, what);
    }
    (void)sqlite3_finalize(made);
    return done;
}

static bool join(const judge *j, const char *name, const char *suffix, char path[PATH_SIZE])
{
    int length = snprintf(path, PATH_SIZE, "%s/%s%s", j->folder, name, suffix);
    return (length > 0 && length < PATH_SIZE) || fail(j, name, "path too long");
}

/* ---- databases ---- */

/* A path as a URI that SQLite opens for reading only. */
static bool uri_of(const judge *j, const char *path, char uri[PATH_SIZE])
{
    static const char hex[] = "0123456789ABCDEF";
    static const char tail[] = "?mode=ro";
    size_t used = (size_t)snprintf(uri, PATH_SIZE, "file:");
    for (const unsigned char *at = (const unsigned char *)path; *at != '\0'; at++) {
        if (used + 3 + sizeof tail > PATH_SIZE) {
            return fail(j, "database", "path too long");
        }
        if (*at == '%' || *at == '?' || *at == '#') {
            uri[used++] = '%';
            uri[used++] = hex[*at >> 4];
            uri[used++] = hex[*at & 15U];
        } else {
            uri[used++] = (char)*at;
        }
    }
    memcpy(uri + used, tail, sizeof tail);
    return true;
}

/* "cs:131016:0" of the attached database, in its parts. */
static bool who(const judge *j, const char *base, char role[16], char code[8])
{
    sqlite3_stmt *made = statement(j, "SELECT value FROM one.meta WHERE name = 'node'", NULL, 0);
    if (made == NULL) {
        return fail(j, base, "not a node's database");
    }
    const char *name =
        sqlite3_step(made) == SQLITE_ROW ? (const char *)sqlite3_column_text(made, 0) : NULL;
    bool known = name != NULL && sscanf(name, "%15[a-z]:%7[0-9]:", role, code) == 2;
    (void)sqlite3_finalize(made);
    return known || fail(j, base, "not a node's database");
}

static bool collect(const judge *j, const char *base)
{
    char role[16] = "";
    char code[8] = "";
    if (!who(j, base, role, code)) {
        return false;
    }
    const char *texts[] = {base, role, code};
    const char *entry = "INSERT INTO node VALUES (?1, ?2, ?3, ?1)";
    bool done = execute(j, entry, texts, 3, base);
    for (size_t i = 0; done && judge_collect[i] != NULL; i++) {
        done = execute(j, judge_collect[i], texts, 3, base);
    }
    return done;
}

static bool read_database(const judge *j, const char *file, size_t stem)
{
    char base[256];
    char path[PATH_SIZE];
    char uri[PATH_SIZE];
    if (stem >= sizeof base) {
        return fail(j, "database", "name too long");
    }
    memcpy(base, file, stem);
    base[stem] = '\0';
    if (!join(j, file, "", path) || !uri_of(j, path, uri)) {
        return false;
    }
    const char *texts[] = {uri};
    if (!execute(j, "ATTACH ?1 AS one", texts, 1, base)) {
        return false;
    }
    bool done = run(j, "BEGIN", base) && collect(j, base) && run(j, "COMMIT", base);
    if (!done) {
        (void)sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
    }
    (void)sqlite3_exec(j->db, "DETACH one", NULL, NULL, NULL);
    return done;
}

static bool read_databases(const judge *j)
{
    DIR *folder = opendir(j->folder);
    if (folder == NULL) {
        return fail(j, "folder", "cannot be read");
    }
    bool done = true;
    const struct dirent *entry = NULL;
    while (done && (entry = readdir(folder)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        size_t length = strlen(entry->d_name);
        if (length > 3 && strcmp(entry->d_name + length - 3, ".db") == 0) {
            done = read_database(j, entry->d_name, length - 3);
        }
    }
    (void)closedir(folder);
    return done;
}

/* ---- the two files ---- */

/* A tab-separated file with a header line; gives each line's fields by the wanted columns. */
typedef bool line_fn(const judge *j, const char *const *fields);

typedef struct table_file {
    const char *name;
    const char *const *columns; /* wanted, ends with NULL */
    line_fn *take;
    bool required;
} table_file;

static size_t split(char *line, char **fields)
{
    size_t count = 0;
    char *at = line;
    while (at != NULL && count < COLUMNS_MAX) {
        fields[count++] = at;
        at = strchr(at, '\t');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return count;
}

static bool find_columns(const table_file *table, char **fields, size_t count, size_t *place)
{
    for (size_t i = 0; table->columns[i] != NULL; i++) {
        place[i] = 0;
        while (place[i] < count && strcmp(fields[place[i]], table->columns[i]) != 0) {
            place[i]++;
        }
        if (place[i] == count) {
            return false;
        }
    }
    return true;
}

static bool read_lines(const judge *j, const table_file *table, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t number = 0;
    size_t place[COLUMNS_MAX] = {0};
    char *fields[COLUMNS_MAX];
    const char *wanted[COLUMNS_MAX];
    bool done = true;
    while (done && getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        size_t count = split(line, fields);
        number++;
        if (number == 1) {
            done = find_columns(table, fields, count, place) ||
                   fail(j, table->name, "a column is missing");
            continue;
        }
        for (size_t i = 0; done && table->columns[i] != NULL; i++) {
            done = place[i] < count || fail(j, table->name, "a field is missing");
            wanted[i] = done ? fields[place[i]] : NULL;
        }
        done = done && table->take(j, wanted);
    }
    free(line);
    return done;
}

static bool read_table(const judge *j, const table_file *table)
{
    char path[PATH_SIZE];
    if (!join(j, table->name, "", path)) {
        return false;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return !table->required || fail(j, table->name, "cannot be read");
    }
    bool done =
        run(j, "BEGIN", table->name) && read_lines(j, table, file) && run(j, "COMMIT", table->name);
    (void)fclose(file);
    return done;
}

/* What stands in clear in a certificate and nowhere else that a server may hold: pairs of a field's
 * tag and text as protobuf writes them, since a name or an address alone is also in a person. */
typedef struct secret {
    uint8_t bytes[SECRET_SIZE];
    size_t size;
} secret;

static void put(secret *s, int tag, const char *text)
{
    size_t length = strlen(text);
    if (s->size + length + 3 > sizeof s->bytes || length > 16383) {
        return;
    }
    s->bytes[s->size++] = (uint8_t)tag;
    if (length > 127) {
        s->bytes[s->size++] = (uint8_t)(0x80U | (length & 0x7fU));
        s->bytes[s->size++] = (uint8_t)(length >> 7);
    } else {
        s->bytes[s->size++] = (uint8_t)length;
    }
    memcpy(s->bytes + s->size, text, length);
    s->size += length;
}

/* Steps a kept statement once: the secret's bytes and two texts. */
static bool insert(const judge *j, sqlite3_stmt *made, const secret *s, const char *first,
                   const char *second)
{
    bool done =
        sqlite3_bind_blob(made, 1, s->bytes, (int)s->size, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(made, 2, first, -1, SQLITE_STATIC) == SQLITE_OK &&
        (second == NULL || sqlite3_bind_text(made, 3, second, -1, SQLITE_STATIC) == SQLITE_OK) &&
        sqlite3_step(made) == SQLITE_DONE;
    (void)sqlite3_reset(made);
    (void)sqlite3_clear_bindings(made);
    return done || fail_sql(j, "secrets");
}

/* fields: resident and municipality first.  place: where it must not stand, see foreign_secrets. */
static bool keep_secret(const judge *j, const secret *s, const char *const *fields,
                        const char *place)
{
    return s->size < JUDGE_NEEDLE_MIN ||
           (insert(j, j->keep, s, fields[0], place) && insert(j, j->allow, s, fields[1], NULL));
}

/* A text as it would stand in a step log. */
static bool keep_plain(const judge *j, const char *text, const char *const *fields,
                       const char *place)
{
    secret plain = {.size = strlen(text)};
    if (plain.size > sizeof plain.bytes) {
        return true;
    }
    memcpy(plain.bytes, text, plain.size);
    return keep_secret(j, &plain, fields, place);
}

static const char *const home_columns[] = {"resident_code", "municipality_code", "address",
                                           "name",          "head_name",         "relationship",
                                           "koseki_place",  "koseki_head",       NULL};

static bool take_home(const judge *j, const char *const *f)
{
    secret head = {.size = 0};
    put(&head, TAG_HEAD_NAME, f[4]);
    put(&head, TAG_RELATIONSHIP, f[5]);
    secret place = {.size = 0};
    secret first = {.size = 0};
    if (f[6][0] != '\0') {
        put(&place, TAG_KOSEKI_PLACE, f[6]);
    }
    if (f[7][0] != '\0') {
        put(&first, TAG_KOSEKI_HEAD, f[7]);
    }
    return execute(j, "INSERT INTO home VALUES (?1, ?2, ?3)", f, 3, "population.tsv") &&
           keep_secret(j, &head, f, "any") && keep_secret(j, &place, f, "any") &&
           keep_secret(j, &first, f, "any") && keep_plain(j, f[2], f, "log") &&
           keep_plain(j, f[3], f, "log") && keep_plain(j, f[4], f, "log") &&
           keep_plain(j, f[6], f, "koseki") && keep_plain(j, f[7], f, "log");
}

static const char *const move_columns[] = {"txn", "resident", "origin", "destination", NULL};

static bool take_move(const judge *j, const char *const *f)
{
    uint8_t txn[16];
    for (size_t i = 0; i < sizeof txn; i++) {
        unsigned byte = 0;
        if (strlen(f[0]) != 2 * sizeof txn || sscanf(f[0] + 2 * i, "%2x", &byte) != 1) {
            return fail(j, "moves.tsv", "txn is not 32 hex digits");
        }
        txn[i] = (uint8_t)byte;
    }
    sqlite3_stmt *made = statement(j, "INSERT OR IGNORE INTO move VALUES (?5, ?2, ?3, ?4)", f, 4);
    bool done = made != NULL &&
                sqlite3_bind_blob(made, 5, txn, sizeof txn, SQLITE_TRANSIENT) == SQLITE_OK &&
                sqlite3_step(made) == SQLITE_DONE;
    (void)sqlite3_finalize(made);
    return done || fail_sql(j, "moves.tsv");
}

/* A secret may stand at home, and where a move of its resident leads.  A family register's place
 * (koseki) in plain text tells nothing when it is somebody's address; in a log it still does. */
static const char settle_secrets[] =
    "DELETE FROM secret WHERE resident NOT IN (SELECT resident FROM move);"
    "CREATE INDEX secret_resident ON secret (resident);"
    "INSERT OR IGNORE INTO may SELECT s.bytes, m.destination FROM move m"
    "  JOIN secret s ON s.resident = m.resident;"
    "UPDATE secret SET place = 'log' WHERE place = 'koseki' AND EXISTS (SELECT 1 FROM home a"
    "  WHERE instr(a.address, CAST(bytes AS TEXT)) > 0)";

static bool read_home(judge *j)
{
    static const table_file home = {"population.tsv", home_columns, take_home, true};
    j->keep =
        statement(j, "INSERT INTO secret (bytes, resident, place) VALUES (?1, ?2, ?3)", NULL, 0);
    j->allow = statement(j, "INSERT OR IGNORE INTO may VALUES (?1, ?2)", NULL, 0);
    bool done = j->keep != NULL && j->allow != NULL && read_table(j, &home);
    (void)sqlite3_finalize(j->keep);
    (void)sqlite3_finalize(j->allow);
    return done;
}

static bool read_files(judge *j)
{
    static const table_file moves = {"moves.tsv", move_columns, take_move, false};
    return read_home(j) && read_table(j, &moves) && run(j, settle_secrets, "secrets");
}

/* ---- V12 ---- */

typedef struct scan_site {
    const judge *j;
    const char *base;
    const char *file;
    sqlite3_int64 *residents; /* row of `home` by needle */
    bool failed;
} scan_site;

static void found_secret(void *arg, size_t needle)
{
    scan_site *site = arg;
    sqlite3_stmt *made = statement(site->j,
                                   "INSERT OR IGNORE INTO violation"
                                   "  SELECT 12, resident, ?1, ?2, rowid FROM home"
                                   "  WHERE rowid = ?3",
                                   (const char *const[]){site->base, site->file}, 2);
    site->failed = site->failed || made == NULL ||
                   sqlite3_bind_int64(made, 3, site->residents[needle]) != SQLITE_OK ||
                   sqlite3_step(made) != SQLITE_DONE;
    (void)sqlite3_finalize(made);
}

/* The secrets of those who moved that may not stand in this node's database, or in its log: there
 * also names and addresses may not. */
static const char foreign_secrets[] =
    "SELECT s.bytes, h.rowid FROM secret s JOIN home h ON h.resident = s.resident"
    "  WHERE ?4 = 'log' OR (s.place <> 'log' AND (?2 NOT IN ('cs', 'registry')"
    "    OR NOT EXISTS (SELECT 1 FROM may m WHERE m.bytes = s.bytes AND m.code = ?3)))";

static bool load_needles(const judge *j, sqlite3_stmt *rows, judge_scan *scan,
                         sqlite3_int64 **residents)
{
    size_t count = 0;
    size_t capacity = 0;
    int step = SQLITE_ROW;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        if (count == capacity) {
            capacity = capacity == 0 ? 256 : 2 * capacity;
            sqlite3_int64 *grown = realloc(*residents, capacity * sizeof *grown);
            if (grown == NULL) {
                return fail(j, "secrets", "no memory");
            }
            *residents = grown;
        }
        (*residents)[count++] = sqlite3_column_int64(rows, 1);
        const void *bytes = sqlite3_column_blob(rows, 0);
        if (!judge_scan_add(scan, bytes, (size_t)sqlite3_column_bytes(rows, 0))) {
            return fail(j, "secrets", "no memory");
        }
    }
    return step == SQLITE_DONE || fail_sql(j, "secrets");
}

/* texts: node, role, code, "db" or "log". */
static bool scan_files(const judge *j, const char *const *texts, const char *const *suffixes)
{
    sqlite3_stmt *rows = statement(j, foreign_secrets, texts, 4);
    judge_scan *scan = judge_scan_new();
    scan_site site = {.j = j, .base = texts[0]};
    bool done = rows != NULL && scan != NULL && load_needles(j, rows, scan, &site.residents);
    (void)sqlite3_finalize(rows);
    for (size_t i = 0; done && suffixes[i] != NULL; i++) {
        char path[PATH_SIZE];
        site.file = suffixes[i];
        done = join(j, texts[0], suffixes[i], path) &&
               (judge_scan_file(scan, path, found_secret, &site) ||
                fail(j, texts[0], "a file cannot be read")) &&
               !site.failed;
    }
    judge_scan_free(scan);
    free(site.residents);
    return done;
}

static bool scan_node(const judge *j, const char *node, const char *role, const char *code)
{
    static const char *const data[] = {".db", ".db-wal", ".db-journal", NULL};
    static const char *const logs[] = {".log", ".err", NULL};
    const char *in_data[] = {node, role, code, "db"};
    const char *in_logs[] = {node, role, code, "log"};
    return scan_files(j, in_data, data) && scan_files(j, in_logs, logs);
}

static bool scan_nodes(const judge *j)
{
    sqlite3_stmt *nodes = statement(j, "SELECT node, role, code FROM node", NULL, 0);
    bool done = nodes != NULL;
    while (done && sqlite3_step(nodes) == SQLITE_ROW) {
        done = scan_node(j, (const char *)sqlite3_column_text(nodes, 0),
                         (const char *)sqlite3_column_text(nodes, 1),
                         (const char *)sqlite3_column_text(nodes, 2));
    }
    (void)sqlite3_finalize(nodes);
    return done;
}

/* ---- the verdict ---- */

static bool number_of(const judge *j, const char *sql, uint64_t *number)
{
    sqlite3_stmt *made = statement(j, sql, NULL, 0);
    bool done = made != NULL && sqlite3_step(made) == SQLITE_ROW;
    if (done) {
        *number = (uint64_t)sqlite3_column_int64(made, 0);
    }
    (void)sqlite3_finalize(made);
    return done || fail_sql(j, "count");
}

/* Without these every resident would be a violation for the wrong reason. */
static bool is_complete(const judge *j)
{
    static const char *const missing =
        "SELECT count(*) FROM (SELECT 'registry' UNION ALL SELECT 'cs' UNION ALL"
        "  SELECT 'terminal' UNION ALL SELECT 'prefecture' UNION ALL SELECT 'national'"
        "  UNION ALL SELECT 'cards' EXCEPT SELECT role FROM node)";
    uint64_t count = 0;
    return number_of(j, missing, &count) &&
           (count == 0 || fail(j, j->folder, "not the databases of a whole network"));
}

static void tell_example(jk_verdict *verdict, unsigned rule, sqlite3_stmt *row)
{
    for (size_t i = 0; i < JK_JUDGE_EXAMPLES; i++) {
        char *text = verdict->example[rule][i];
        if (text[0] == '\0') {
            (void)snprintf(text, JK_JUDGE_TEXT, "%s %s row %s",
                           (const char *)sqlite3_column_text(row, 1),
                           (const char *)sqlite3_column_text(row, 2),
                           (const char *)sqlite3_column_text(row, 3));
            return;
        }
    }
}

static bool tell(const judge *j, jk_verdict *verdict)
{
    sqlite3_stmt *rows =
        statement(j,
                  "SELECT rule, coalesce(node, '-'), coalesce(place, '-'), coalesce(row, '-')"
                  "  FROM violation ORDER BY rule, node, row",
                  NULL, 0);
    int step = SQLITE_DONE;
    while (rows != NULL && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        int rule = sqlite3_column_int(rows, 0);
        if (rule >= 1 && rule <= JK_JUDGE_RULES) {
            verdict->count[rule]++;
            verdict->violations++;
            tell_example(verdict, (unsigned)rule, rows);
        }
    }
    (void)sqlite3_finalize(rows);
    return (rows != NULL && step == SQLITE_DONE) || fail_sql(j, "verdict");
}

static bool judge_all(judge *j, jk_verdict *verdict)
{
    bool done = run(j, judge_schema, "tables") && read_databases(j) && is_complete(j) &&
                read_files(j) && run(j, judge_views, "views");
    for (const judge_rule *rule = judge_rules; done && rule->rule != 0; rule++) {
        char name[16];
        (void)snprintf(name, sizeof name, "V%u", rule->rule);
        done = execute(j, rule->sql, NULL, 0, name);
    }
    return done && scan_nodes(j) &&
           number_of(j, "SELECT count(*) FROM node", &verdict->databases) &&
           number_of(j, "SELECT count(*) FROM everybody", &verdict->residents) && tell(j, verdict);
}

int jk_judge_folder(const char *folder, jk_verdict *verdict, char *fault)
{
    judge j = {.folder = folder, .fault = fault};
    jk_verdict *found = calloc(1, sizeof *found);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
    bool done = false;
    if (found == NULL || sqlite3_open_v2(":memory:", &j.db, flags, NULL) != SQLITE_OK) {
        (void)fail(&j, "judge", "no memory");
    } else {
        done = judge_all(&j, found);
    }
    if (done) {
        *verdict = *found;
    }
    (void)sqlite3_close(j.db);
    free(found);
    return done ? 0 : -1;
}
