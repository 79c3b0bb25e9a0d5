/* SPDX-License-Identifier: Apache-2.0 */
/* The record and the bare program of statements.h.  Bound values are read out of SQLite's expanded
 * text of a statement, laid beside the text with its parameters. */
#include "bench/step/statements.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEMPLATES_MAX = 256,
    PARAMETERS_MAX = 16
};

typedef enum value_kind {
    VALUE_NULL,
    VALUE_INTEGER,
    VALUE_TEXT,
    VALUE_BLOB
} value_kind;

typedef struct value {
    value_kind kind;
    sqlite3_int64 integer;
    char *bytes; /* owned */
    size_t size;
} value;

typedef struct executed {
    unsigned template;
    unsigned value_count;
    value *values; /* owned */
    bool emptied;  /* the log, after this COMMIT */
} executed;

struct statements {
    char *template[TEMPLATES_MAX];
    unsigned template_count;
    executed *run;
    size_t count;
    size_t capacity;
    size_t opened;
    bool lost;
};

static statements *armed; /* the one record that is being made */

statements *statements_new(void)
{
    return calloc(1, sizeof(statements));
}

static void free_values(value *values, unsigned count)
{
    for (unsigned i = 0; values != NULL && i < count; i++) {
        free(values[i].bytes);
    }
    free(values);
}

void statements_free(statements *s)
{
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < s->count; i++) {
        free_values(s->run[i].values, s->run[i].value_count);
    }
    for (unsigned i = 0; i < s->template_count; i++) {
        free(s->template[i]);
    }
    free(s->run);
    free(s);
}

/* ---- reading values ---- */

static int digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* x'00ff' from its first digit on; the place after its quote, NULL: none. */
static const char *read_blob(const char *text, value *v)
{
    const char *end = strchr(text, '\'');
    if (end == NULL || (end - text) % 2 != 0) {
        return NULL;
    }
    v->kind = VALUE_BLOB;
    v->size = (size_t)(end - text) / 2;
    v->bytes = malloc(v->size + 1);
    for (size_t i = 0; v->bytes != NULL && i < v->size; i++) {
        int high = digit(text[2 * i]);
        int low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return NULL;
        }
        v->bytes[i] = (char)(uint8_t)(high * 16 + low);
    }
    return v->bytes == NULL ? NULL : end + 1;
}

/* 'it''s' from its first character on. */
static const char *read_text(const char *text, value *v)
{
    v->kind = VALUE_TEXT;
    v->bytes = malloc(strlen(text) + 1);
    while (v->bytes != NULL && *text != '\0') {
        if (*text == '\'') {
            text++;
            if (*text != '\'') {
                return text;
            }
        }
        v->bytes[v->size++] = *text++;
    }
    return NULL;
}

static const char *read_value(const char *text, value *v)
{
    *v = (value){.kind = VALUE_NULL};
    if (strncmp(text, "NULL", 4) == 0) {
        return text + 4;
    }
    if (strncmp(text, "x'", 2) == 0) {
        return read_blob(text + 2, v);
    }
    if (*text == '\'') {
        return read_text(text + 1, v);
    }
    if (strncmp(text, "zeroblob(", 9) == 0) { /* how an empty value is bound */
        char *end = NULL;
        v->kind = VALUE_BLOB;
        v->size = strtoul(text + 9, &end, 10);
        v->bytes = calloc(1, v->size + 1);
        return v->bytes != NULL && *end == ')' ? end + 1 : NULL;
    }
    char *end = NULL;
    v->kind = VALUE_INTEGER;
    v->integer = strtoll(text, &end, 10);
    return end == text ? NULL : end;
}

/* The number of the parameter at `text` ("?" the next one, "?3"), and the place after it. */
static const char *read_parameter(const char *text, unsigned *next, unsigned *number)
{
    char *end = NULL;
    unsigned long given = strtoul(text + 1, &end, 10);
    *number = end == text + 1 ? *next : (unsigned)given;
    if (*number >= *next) {
        *next = *number + 1;
    }
    return end;
}

/* Reads all values of one statement; false: the two texts do not fit each other. */
static bool read_values(const char *template, const char *expanded, value *values, unsigned count)
{
    unsigned next = 1;
    bool quoted = false;
    while (*template != '\0') {
        quoted = quoted != (*template == '\'');
        if (quoted || *template != '?') {
            if (*template ++ != *expanded++) {
                return false;
            }
            continue;
        }
        unsigned number = 0;
        value v;
        template = read_parameter(template, &next, &number);
        expanded = read_value(expanded, &v);
        if (expanded == NULL || number < 1 || number > count) {
            free(v.bytes);
            return false;
        }
        free(values[number - 1].bytes); /* a parameter that stands twice */
        values[number - 1] = v;
    }
    return *expanded == '\0';
}

/* ---- the record ---- */

static bool find_template(statements *s, const char *sql, unsigned *index)
{
    for (unsigned i = 0; i < s->template_count; i++) {
        if (strcmp(s->template[i], sql) == 0) {
            *index = i;
            return true;
        }
    }
    if (s->template_count == TEMPLATES_MAX) {
        return false;
    }
    size_t size = strlen(sql) + 1;
    char *copy = malloc(size);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, sql, size);
    *index = s->template_count;
    s->template[s->template_count++] = copy;
    return true;
}

static bool grow(statements *s)
{
    if (s->count < s->capacity) {
        return true;
    }
    size_t capacity = s->capacity == 0 ? 4096 : 2 * s->capacity;
    executed *grown = realloc(s->run, capacity * sizeof *grown);
    if (grown != NULL) {
        s->run = grown;
        s->capacity = capacity;
    }
    return grown != NULL;
}

static bool note(statements *s, sqlite3_stmt *statement)
{
    executed e = {.value_count = (unsigned)sqlite3_bind_parameter_count(statement)};
    char *expanded = sqlite3_expanded_sql(statement);
    bool ok = grow(s) && expanded != NULL && e.value_count <= PARAMETERS_MAX &&
              find_template(s, sqlite3_sql(statement), &e.template);
    if (ok && e.value_count > 0) {
        e.values = calloc(e.value_count, sizeof *e.values);
        ok = e.values != NULL &&
             read_values(s->template[e.template], expanded, e.values, e.value_count);
    }
    sqlite3_free(expanded);
    if (ok) {
        s->run[s->count++] = e;
    } else {
        free_values(e.values, e.value_count);
    }
    return ok;
}

static int traced(unsigned type, void *context, void *statement, void *text)
{
    statements *s = context;
    const char *sql = text;
    /* A line that begins with -- is a trigger's; it runs again by itself. */
    if (type == SQLITE_TRACE_STMT && s == armed && strncmp(sql, "--", 2) != 0 &&
        !note(s, statement)) {
        s->lost = true;
    }
    return 0;
}

static int opening(sqlite3 *db, char **message, const void *api)
{
    (void)message;
    (void)api;
    return armed == NULL ? SQLITE_OK : sqlite3_trace_v2(db, SQLITE_TRACE_STMT, traced, armed);
}

bool statements_arm(statements *s)
{
    armed = s;
    return sqlite3_auto_extension((void (*)(void))opening) == SQLITE_OK;
}

void statements_disarm(statements *s)
{
    (void)s;
    armed = NULL;
    sqlite3_reset_auto_extension();
}

void statements_opened(statements *s)
{
    s->opened = s->count;
}

void statements_emptied(statements *s)
{
    for (size_t i = s->count; i > s->opened; i--) {
        executed *e = &s->run[i - 1];
        if (strcmp(s->template[e->template], "COMMIT") == 0) {
            e->emptied = true;
            return;
        }
    }
}

size_t statements_count(const statements *s)
{
    return s->count - s->opened;
}

size_t statements_emptied_count(const statements *s)
{
    size_t count = 0;
    for (size_t i = s->opened; i < s->count; i++) {
        count += s->run[i].emptied;
    }
    return count;
}

bool statements_complete(const statements *s)
{
    return !s->lost;
}

/* ---- the bare program ---- */

struct bare {
    const statements *statements;
    sqlite3 *db;
    sqlite3_stmt *prepared[TEMPLATES_MAX];
};

static int bind(sqlite3_stmt *statement, int number, const value *v)
{
    switch (v->kind) {
    case VALUE_NULL: return sqlite3_bind_null(statement, number);
    case VALUE_INTEGER: return sqlite3_bind_int64(statement, number, v->integer);
    case VALUE_TEXT:
        return sqlite3_bind_text(statement, number, v->bytes, (int)v->size, SQLITE_STATIC);
    case VALUE_BLOB:
        return sqlite3_bind_blob64(statement, number, v->bytes, v->size, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

static bool run_one(const bare *b, const executed *e)
{
    sqlite3_stmt *statement = b->prepared[e->template];
    int code = SQLITE_OK;
    for (unsigned i = 0; i < e->value_count && code == SQLITE_OK; i++) {
        code = bind(statement, (int)i + 1, &e->values[i]);
    }
    if (code != SQLITE_OK) {
        return false;
    }
    do {
        code = sqlite3_step(statement);
    } while (code == SQLITE_ROW);
    (void)sqlite3_reset(statement);
    /* A key that is in use was refused while recording, too. */
    return code == SQLITE_DONE || (code & 0xff) == SQLITE_CONSTRAINT;
}

static bool empty_log(const bare *b)
{
    return sqlite3_wal_checkpoint_v2(b->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
           SQLITE_OK;
}

bool bare_run(bare *b)
{
    const statements *s = b->statements;
    for (size_t i = s->opened; i < s->count; i++) {
        if (!run_one(b, &s->run[i]) || (s->run[i].emptied && !empty_log(b))) {
            (void)fprintf(stderr, "bare: %s: %s\n", sqlite3_errmsg(b->db),
                          s->template[s->run[i].template]);
            return false;
        }
    }
    return true;
}

static bool prepare_all(bare *b)
{
    const statements *s = b->statements;
    for (size_t i = 0; i < s->opened; i++) {
        if (sqlite3_exec(b->db, s->template[s->run[i].template], NULL, NULL, NULL) != SQLITE_OK) {
            return false;
        }
    }
    for (unsigned i = 0; i < s->template_count; i++) {
        if (sqlite3_prepare_v3(b->db, s->template[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &b->prepared[i], NULL) != SQLITE_OK) {
            return false;
        }
    }
    return true;
}

bare *bare_open(const statements *s, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                SQLITE_OPEN_EXRESCODE;
    bare *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return NULL;
    }
    b->statements = s;
    if (sqlite3_open_v2(path, &b->db, flags, NULL) != SQLITE_OK || !prepare_all(b)) {
        (void)fprintf(stderr, "bare: %s\n", sqlite3_errmsg(b->db));
        bare_close(b);
        return NULL;
    }
    return b;
}

void bare_close(bare *b)
{
    if (b == NULL) {
        return;
    }
    for (unsigned i = 0; i < b->statements->template_count; i++) {
        (void)sqlite3_finalize(b->prepared[i]);
    }
    (void)sqlite3_close(b->db);
    free(b);
}

/* ---- comparing ---- */

/* Rows of one table that stand in one database alone; -1: it could not be asked. */
static int differences(sqlite3 *db, const char *table)
{
    char sql[512];
    sqlite3_stmt *statement = NULL;
    int count = -1;
    (void)snprintf(sql, sizeof sql,
                   "SELECT (SELECT count(*) FROM (SELECT * FROM main.%s EXCEPT SELECT * FROM"
                   " other.%s)) + (SELECT count(*) FROM (SELECT * FROM other.%s EXCEPT"
                   " SELECT * FROM main.%s))",
                   table, table, table, table);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        count = sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return count;
}

bool bare_same(const char *path, const char *other)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *tables = NULL;
    char *attach = sqlite3_mprintf("ATTACH %Q AS other", other);
    bool same = attach != NULL && sqlite3_open(path, &db) == SQLITE_OK &&
                sqlite3_exec(db, attach, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table'", -1,
                                   &tables, NULL) == SQLITE_OK;
    unsigned seen = 0;
    while (same && sqlite3_step(tables) == SQLITE_ROW) {
        same = differences(db, (const char *)sqlite3_column_text(tables, 0)) == 0;
        seen++;
    }
    (void)sqlite3_finalize(tables);
    (void)sqlite3_close(db);
    sqlite3_free(attach);
    return same && seen > 0;
}
