/* SPDX-License-Identifier: Apache-2.0 */
/* Golden contents: what the messages of the scripts say, field by field, and what stands in the
 * databases after each command, as an auditor reads it (contents.txt); everything that the record
 * of a step holds (steps.txt).  Each line is told once.
 *   test_contents FOLDER SCRIPT...     JK_REWRITE=1 writes the files anew */
#include "script.h"

#include "juki/codec.h"
#include "step/roles.h"
#include "wire_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 8192
#define LINES_MAX 4096

static const world_faults calm = {0, 0, 1, 0};

/* What was told before, in any script. */
static char *told[LINES_MAX];
static size_t told_count;

typedef struct line {
    char text[LINE_SIZE];
    size_t size;
} line;

static _Alignas(16) uint8_t message[65536];

__attribute__((format(printf, 2, 3))) static void put(line *l, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(l->text + l->size, sizeof l->text - l->size, format, arguments);
    va_end(arguments);
    assert_true(used >= 0 && (size_t)used < sizeof l->text - l->size);
    l->size += (size_t)used;
}

/* What one of the files is to say. */
typedef struct sheet {
    const char *name;
    FILE *out;
    char *text;
    size_t size;
} sheet;

static sheet contents = {.name = "contents.txt"};
static sheet steps = {.name = "steps.txt"};

static void tell(const sheet *on, const char *text)
{
    for (size_t i = 0; i < told_count; i++) {
        if (strcmp(told[i], text) == 0) {
            return;
        }
    }
    assert_true(told_count < LINES_MAX);
    told[told_count++] = strdup(text);
    (void)fprintf(on->out, "%s\n", text);
}

/* --- messages --- */

static void put_record(line *l, const char *path, jk_span bytes);

static void put_value(void *arg, const jk_wire_value_out *value)
{
    line *l = arg;
    static const char end[] = "].data";
    const size_t size = strlen(value->path);
    if (size < sizeof end || strcmp(value->path + size - (sizeof end - 1), end) != 0) {
        put(l, " %s=%s", value->path, value->text);
        return;
    }
    static uint8_t bytes[JK_SEALED_SIZE_MAX];
    size_t count = strlen(value->text) / 2;
    for (size_t i = 0; i < count; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(value->text + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    put_record(l, value->path, (jk_span){bytes, count});
}

/* A certificate, a person, an entry of the log; what is none of them is sealed. */
static void put_record(line *l, const char *path, jk_span bytes)
{
    static const jk_wire_type *const types[] = {&jk_wire_type_Certificate, &jk_wire_type_Person,
                                                &jk_wire_type_LogRecord};
    static _Alignas(16) uint8_t record[16384];
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_true(types[i]->size <= sizeof record);
        if (jk_codec_decode(types[i], bytes, NULL, record, NULL) == JK_OK) {
            put(l, " %s={", path);
            jk_wire_walk(types[i], record, put_value, l);
            put(l, " }");
            return;
        }
    }
    put(l, " %s=(%zu bytes)", path, bytes.size);
}

static void put_token(line *l, script *s, const jk_token *token)
{
    char name[24];
    jk_node_id node;
    if (jk_node_of_token(token, &node)) {
        put(l, "%s:%s", jk_role_name((jk_role)node.role), node.code);
    } else if (memcmp(token->byte, "r:", 2) == 0) {
        put(l, "%.14s", (const char *)token->byte);
    } else {
        world_token_name(s->t.w, token, name);
        put(l, "%s", name);
    }
}

static void put_node(line *l, const jk_node_id *node)
{
    put(l, "%s:%s", jk_role_name((jk_role)node->role), node->code);
}

static void heard(void *arg, const jk_node_id *from, const jk_node_id *to, jk_span bytes)
{
    script *s = arg;
    static line l;
    jk_envelope envelope;
    l.size = 0;
    assert_int_equal(jk_codec_decode_envelope(bytes, &envelope, NULL), JK_OK);
    put_node(&l, from);
    put(&l, " > ");
    put_node(&l, to);
    put(&l, " %s case=", jk_kind_name(envelope.kind));
    put_token(&l, s, &envelope.case_id);
    put(&l, " txn=");
    put_token(&l, s, &envelope.txn);
    put(&l, " members=%x epoch=%u reason=%u author=", (unsigned)envelope.members,
        (unsigned)envelope.epoch, (unsigned)envelope.reason);
    put_node(&l, &envelope.author);
    put(&l, " target=");
    put_node(&l, &envelope.target);
    const jk_wire_type *type = jk_codec_body_type(envelope.kind);
    assert_true(type->size <= sizeof message);
    assert_int_equal(jk_codec_decode_body(&envelope, NULL, message, type->size, NULL), JK_OK);
    jk_wire_walk(type, message, put_value, &l);
    tell(&contents, l.text);
}

/* --- steps --- */

static void put_sent(line *l, script *s, const jk_step_sent *sent)
{
    put(l, " [%s > ", jk_kind_name(sent->kind));
    put_node(l, &sent->peer);
    put(l, " %llu txn=", (unsigned long long)sent->sequence);
    put_token(l, s, &sent->txn);
    put(l, " members=%x epoch=%llu reason=%u author=", (unsigned)sent->members,
        (unsigned long long)sent->epoch, (unsigned)sent->reason);
    put_node(l, &sent->author);
    put(l, "]");
}

static void recorded(void *arg, const jk_step_record *record)
{
    script *s = arg;
    static line l;
    l.size = 0;
    put_node(&l, record->node);
    put(&l, " %s %s t=%lld inst=%lld machine=%u key=", record->role, record->input,
        (long long)record->time_ms, (long long)record->inst, (unsigned)record->machine);
    put_token(&l, s, &record->key);
    put(&l, " txn=");
    put_token(&l, s, &record->txn);
    put(&l, " case=");
    put_token(&l, s, &record->case_id);
    put(&l, " %s->%s %u members=%x epoch=%llu reason=%u %s", record->from, record->to,
        (unsigned)record->state, (unsigned)record->members, (unsigned long long)record->epoch,
        (unsigned)record->reason, jk_status_name(record->status));
    put(&l, " in=%llu from ", (unsigned long long)record->sequence);
    put_node(&l, &record->peer);
    put(&l, " by ");
    put_node(&l, &record->author);
    put(&l, " ");
    put_token(&l, s, &record->in_txn);
    put(&l, " hooks=%s out=%s row_ms=%lld row=", record->hooks, record->actions,
        (long long)record->row_ms);
    for (size_t i = 0; i < record->row_size; i++) {
        put(&l, "%02x", record->row[i]);
    }
    for (size_t i = 0; i < record->sent_count; i++) {
        put_sent(&l, s, &record->sent[i]);
    }
    tell(&steps, l.text);
}

/* --- tables --- */

/* Numbers that only count rows, random values, the bytes of messages that were heard, and the
 * machines' own variables, which the models decide. */
static bool is_left_out(const char *column)
{
    static const char *const hidden[] = {"row_id", "message_id", "link",     "key_id",
                                         "nonce",  "secret",     "envelope", "data"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (strcmp(hidden[i], column) == 0) {
            return true;
        }
    }
    return false;
}

static void put_blob(line *l, script *s, const char *column, jk_span bytes)
{
    jk_token token;
    if (bytes.size == sizeof token.byte) {
        memcpy(token.byte, bytes.data, sizeof token.byte);
        put(l, " %s=", column);
        put_token(l, s, &token);
    } else if (strcmp(column, "person") == 0 || strcmp(column, "record") == 0) {
        put_record(l, column, bytes);
    } else {
        put(l, " %s=(%zu bytes)", column, bytes.size);
    }
}

static void put_column(line *l, script *s, sqlite3_stmt *row, int i)
{
    const char *column = sqlite3_column_name(row, i);
    if (is_left_out(column)) {
        return;
    }
    switch (sqlite3_column_type(row, i)) {
    case SQLITE_NULL: put(l, " %s=-", column); break;
    case SQLITE_BLOB:
        put_blob(l, s, column,
                 (jk_span){sqlite3_column_blob(row, i), (size_t)sqlite3_column_bytes(row, i)});
        break;
    default: put(l, " %s=%s", column, (const char *)sqlite3_column_text(row, i)); break;
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const line *)a)->text, ((const line *)b)->text);
}

static void read_table(script *s, sqlite3 *db, const char *node, const char *table)
{
    static line rows[64];
    char sql[64];
    sqlite3_stmt *row = NULL;
    size_t count = 0;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW) {
        assert_true(count < sizeof rows / sizeof rows[0]);
        line *l = &rows[count++];
        l->size = 0;
        put(l, "%s %s:", node, table);
        for (int i = 0; i < sqlite3_column_count(row); i++) {
            put_column(l, s, row, i);
        }
    }
    (void)sqlite3_finalize(row);
    qsort(rows, count, sizeof rows[0], by_text);
    for (size_t i = 0; i < count; i++) {
        tell(&contents, rows[i].text);
    }
}

static const char *folder;

/* An auditor's connection to each database, for one script. */
static struct {
    const world_node *node;
    sqlite3 *db;
    sqlite3_stmt *version;
    int seen; /* of the database, when it was read last */
} audits[WORLD_NODES_MAX];

static size_t audit_of(const world_node *node, const char *name)
{
    size_t i = 0;
    while (audits[i].node != node && audits[i].node != NULL) {
        i++;
    }
    if (audits[i].node == NULL) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s.db", folder, name);
        audits[i].node = node;
        audits[i].seen = -1;
        assert_int_equal(sqlite3_open_v2(path, &audits[i].db, SQLITE_OPEN_READONLY, NULL),
                         SQLITE_OK);
        assert_int_equal(
            sqlite3_prepare_v2(audits[i].db, "PRAGMA data_version", -1, &audits[i].version, NULL),
            SQLITE_OK);
    }
    return i;
}

static void end_audits(void)
{
    for (size_t i = 0; i < WORLD_NODES_MAX && audits[i].node != NULL; i++) {
        (void)sqlite3_finalize(audits[i].version);
        (void)sqlite3_close(audits[i].db);
    }
    memset(audits, 0, sizeof audits);
}

static void read_node(script *s, const world_node *node)
{
    static const char *const tables[] = {
        "machine", "route",    "open_case", "outbox",     "inbox",   "dead_letter", "timer",
        "tx_data", "data_key", "register",  "update_log", "applied", "episode",     "card"};
    char name[64];
    const jk_node_id *id = world_id(node);
    (void)snprintf(name, sizeof name, "%s-%s", jk_role_name((jk_role)id->role), id->code);
    const size_t audit = audit_of(node, name);
    assert_int_equal(sqlite3_step(audits[audit].version), SQLITE_ROW);
    const int version = sqlite3_column_int(audits[audit].version, 0);
    (void)sqlite3_reset(audits[audit].version);
    if (version == audits[audit].seen) {
        return;
    }
    audits[audit].seen = version;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        read_table(s, audits[audit].db, name, tables[i]);
    }
}

static void read_all(void *arg, script *s)
{
    (void)arg;
    read_node(s, s->t.national);
    read_node(s, s->t.cards);
    for (int i = 0; i < 3; i++) {
        read_node(s, s->t.cs[i]);
        read_node(s, s->t.registry[i]);
        read_node(s, s->t.terminal[i]);
        read_node(s, s->t.prefecture[i / 2]);
    }
}

static void run_one(const char *path)
{
    char made[] = "/tmp/juki-test-XXXXXX";
    script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    folder = mkdtemp(made);
    assert_non_null(folder);
    assert_true(town_open_on_disk(&s->t, 1, &calm, folder));
    world_listen(s->t.w, heard, s);
    world_records(s->t.w, recorded, s);
    s->after = read_all;
    const char *name = strrchr(path, '/');
    name = name == NULL ? path : name + 1;
    (void)fprintf(contents.out, "# %s\n", name);
    (void)fprintf(steps.out, "# %s\n", name);
    script_run(s, script_read(path));
    end_audits();
    town_close(&s->t);
    free(s);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", made);
    assert_int_equal(system(command), 0);
}

static char **paths;

static void compare(const sheet *on)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", paths[0], on->name);
    if (getenv("JK_REWRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(on->text, 1, on->size, file), on->size);
        assert_int_equal(fclose(file), 0);
    } else {
        assert_string_equal(on->text, script_read(path));
    }
}

static void as_listed(void **state)
{
    (void)state;
    sheet *const both[] = {&contents, &steps};
    for (size_t i = 0; i < 2; i++) {
        both[i]->out = open_memstream(&both[i]->text, &both[i]->size);
        assert_non_null(both[i]->out);
    }
    for (char **path = paths + 1; *path != NULL; path++) {
        run_one(*path);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(fclose(both[i]->out), 0);
        compare(both[i]);
        free(both[i]->text);
    }
    for (size_t i = 0; i < told_count; i++) {
        free(told[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_listed)};
    paths = argv + 1;
    return argc < 3 ? 2 : cmocka_run_group_tests(tests, NULL, NULL);
}
