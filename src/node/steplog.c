/* SPDX-License-Identifier: Apache-2.0 */
/* The step log in logfmt; nothing in it is personal data.  The lines of a group of steps are kept
 * in the store in the group's own transaction and written after its commit, before anything else of
 * it leaves.  A kill in between costs no line: the next start writes them.  A log that cannot be
 * written never stops the node: lines are counted as dropped. */
#include "node/internal.h"

#include "step/roles.h"
#include "transport_receiver.h"
#include "transport_sender.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

jk_status jk_steplog_open(jk_steplog *log, const char *path, const char *node)
{
    int descriptor = STDERR_FILENO;
    const bool owned = strcmp(path, "-") != 0;
    if (owned) {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (descriptor < 0) {
            return JK_E_FILE;
        }
    }
    log->descriptor = descriptor;
    log->owned = owned;
    log->path = path;
    (void)snprintf(log->node, sizeof log->node, "%s", node);
    return JK_OK;
}

static void write_all(jk_steplog *log, const char *bytes, size_t size)
{
    size_t done = 0;
    while (log->descriptor >= 0 && done < size) {
        const ssize_t part = write(log->descriptor, bytes + done, size - done);
        if (part < 0 && errno != EINTR) {
            log->dropped++;
            break;
        }
        done += part > 0 ? (size_t)part : 0U;
    }
}

void jk_steplog_flush(jk_steplog *log)
{
    write_all(log, log->buffer, log->used);
    log->used = 0;
}

void jk_steplog_reopen(jk_steplog *log, int64_t now_ms)
{
    if (!log->owned) {
        return;
    }
    const int descriptor = open(log->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor >= 0) {
        (void)close(log->descriptor);
        log->descriptor = descriptor;
        log->opened_ms = now_ms;
        jk_steplog_head(log, now_ms, "log");
    }
}

void jk_steplog_close(jk_steplog *log)
{
    jk_steplog_flush(log);
    if (log->owned && log->descriptor >= 0) {
        (void)close(log->descriptor);
    }
    log->descriptor = -1;
}

/* ---- lines ---- */

/* Bytes of one line, with its newline; what is longer than a line may be is cut. */
typedef struct line {
    char *text;
    size_t used;
} line;

static void put(line *l, const char *form, ...) __attribute__((format(printf, 2, 3)));

static void put(line *l, const char *form, ...)
{
    const size_t room = JK_NODE_LOG_LINE_MAX - 1 - l->used;
    va_list arguments;
    va_start(arguments, form);
    const int size = vsnprintf(l->text + l->used, room, form, arguments);
    va_end(arguments);
    if (size > 0) {
        l->used += (size_t)size < room ? (size_t)size : room - 1;
    }
}

static const char *or_dash(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

static const char *id_text(const jk_token *token, char text[33])
{
    if (jk_token_is_none(token)) {
        return "-";
    }
    jk_token_hex(token, text);
    return text;
}

/* A message's transaction; "=": that of the line. */
static const char *txn_text(const jk_token *txn, const jk_step_record *record, char text[33])
{
    const bool same = !jk_token_is_none(txn) && jk_token_equal(txn, &record->txn);
    return same ? "=" : id_text(txn, text);
}

/* " took=cs:141003:0/12/TXN", and "/AUTHOR" of what was handed on; " asked=TXN" of a command that
 * brings the transaction with it. */
static void put_took(line *l, const jk_step_record *record)
{
    char name[JK_NODE_NAME_SIZE];
    char txn[33];
    if (record->sequence == 0) {
        if (!jk_token_is_none(&record->in_txn)) {
            put(l, " asked=%s", id_text(&record->in_txn, txn));
        }
        return;
    }
    jk_node_name(&record->peer, name);
    put(l, " took=%s/%" PRIu64 "/%s", name, record->sequence,
        txn_text(&record->in_txn, record, txn));
    if (record->author.role != JK_ROLE_NONE && !jk_node_equal(&record->author, &record->peer)) {
        jk_node_name(&record->author, name);
        put(l, "/%s", name);
    }
}

/* " sent=PEER/NUMBER/KIND/MEMBERS/EPOCH/REASON/TXN[/AUTHOR],..." */
static void put_sent(line *l, const jk_step_record *record)
{
    for (size_t i = 0; i < record->sent_count; i++) {
        const jk_step_sent *sent = &record->sent[i];
        char name[JK_NODE_NAME_SIZE];
        char txn[33];
        jk_node_name(&sent->peer, name);
        put(l, "%s%s/%" PRIu64 "/%s/%" PRIx32 "/%" PRIu64 "/%u/%s", i == 0 ? " sent=" : ",", name,
            sent->sequence, jk_kind_name(sent->kind), sent->members, sent->epoch,
            (unsigned)sent->reason, txn_text(&sent->txn, record, txn));
        if (!jk_node_equal(&sent->author, record->node)) {
            jk_node_name(&sent->author, name);
            put(l, "/%s", name);
        }
    }
}

/* The row before the step, if this file has not told of it: "-" none, else without last zeros. */
static void put_row(line *l, const jk_steplog *log, const jk_step_record *record)
{
    size_t size = record->row_size;
    if (size > 0 && record->row_ms > log->opened_ms) {
        return;
    }
    while (size > 1 && record->row[size - 1] == 0) {
        size--;
    }
    put(l, size == 0 ? " row=-" : " row=");
    for (size_t i = 0; i < size; i++) {
        put(l, "%02x", record->row[i]);
    }
}

static size_t write_step(const jk_steplog *log, uint64_t number, const jk_step_record *record,
                         char *text)
{
    char txn[33];
    char case_id[33];
    line l = {text, 0};
    put(&l,
        "t=%" PRId64 " n=%" PRIu64 " node=%s inst=%" PRId64 " role=%s in=%s %s->%s epoch=%" PRIu64
        " members=%" PRIx32 " reason=%u hook=%s out=%s status=%s txn=%s case=%s",
        record->time_ms, number, log->node, record->inst, or_dash(record->role),
        or_dash(record->input), or_dash(record->from), or_dash(record->to), record->epoch,
        record->members, (unsigned)record->reason, or_dash(record->hooks), or_dash(record->actions),
        jk_status_name(record->status), id_text(&record->txn, txn),
        id_text(&record->case_id, case_id));
    put_took(&l, record);
    put_sent(&l, record);
    if (record->machine != JK_MACHINE_RECEIVER) {
        put_row(&l, log, record);
    }
    text[l.used++] = '\n';
    return l.used;
}

void jk_steplog_event(jk_steplog *log, int64_t time_ms, const char *event, const char *peer,
                      jk_status status, const char *text)
{
    if (log->used + JK_NODE_LOG_LINE_MAX > sizeof log->buffer) {
        jk_steplog_flush(log);
    }
    line l = {log->buffer + log->used, 0};
    put(&l, "t=%" PRId64 " node=%s event=%s peer=%s status=%s%s%s", time_ms, log->node, event, peer,
        jk_status_name(status), text[0] != '\0' ? " " : "", text);
    l.text[l.used++] = '\n';
    log->used += l.used;
}

void jk_steplog_head(jk_steplog *log, int64_t now_ms, const char *event)
{
    char text[96];
    (void)snprintf(text, sizeof text, "log=%d net=%s after=%" PRIu64, JK_STEPLOG_VERSION, log->net,
                   log->number);
    jk_steplog_event(log, now_ms, event, "-", JK_OK, text);
}

/* ---- the group ---- */

_Static_assert(JK_STEPLOG_HEAD + JK_GROUP_STEPS_MAX * JK_NODE_LOG_LINE_MAX <=
                   JK_MEMBERS_MAX * JK_ENVELOPE_SIZE_MAX,
               "a group's lines fit into the rows of one name");

static jk_data_key piece_key(int piece)
{
    return (jk_data_key){.name = "steplog", .member = piece};
}

static void put_number(char *at, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (char)(unsigned char)(number >> (8 * i));
    }
}

static uint64_t get_number(const char *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number |= (uint64_t)(unsigned char)at[i] << (8 * i);
    }
    return number;
}

jk_status jk_steplog_keep(jk_steplog *log, jk_store *store, jk_engine *engine)
{
    const jk_step_record *record = NULL;
    size_t used = JK_STEPLOG_HEAD;
    log->group_number = log->number;
    log->group_used = 0;
    for (size_t i = 0; (record = jk_engine_record(engine, i)) != NULL; i++) {
        if (used + JK_NODE_LOG_LINE_MAX > sizeof log->group) {
            return JK_E_BUG;
        }
        used += write_step(log, ++log->group_number, record, log->group + used);
    }
    put_number(log->group, log->group_number);
    put_number(log->group + 8, used - JK_STEPLOG_HEAD);
    jk_status status = JK_OK;
    size_t kept = 0;
    for (int piece = 0; status == JK_OK && kept < used; piece++) {
        const size_t rest = used - kept;
        const size_t size = rest < JK_ENVELOPE_SIZE_MAX ? rest : JK_ENVELOPE_SIZE_MAX;
        const jk_data_key key = piece_key(piece);
        status = store->ops->data_put(store, &key,
                                      (jk_span){(const uint8_t *)log->group + kept, size}, false);
        kept += size;
    }
    log->group_used = status == JK_OK ? used : 0;
    return status;
}

void jk_steplog_kept(jk_steplog *log)
{
    if (log->group_used == 0) {
        return; /* written with the group's first record */
    }
    jk_steplog_flush(log);
    write_all(log, log->group + JK_STEPLOG_HEAD, log->group_used - JK_STEPLOG_HEAD);
    log->number = log->group_number;
    log->group_used = 0;
}

/* ---- after a kill ---- */

/* The group that was committed last, into log->group; nothing there: none was. */
static jk_status read_group(jk_steplog *log, jk_store *store, size_t *used)
{
    size_t whole = JK_STEPLOG_HEAD;
    *used = 0;
    for (int piece = 0; *used < whole; piece++) {
        const jk_data_key key = piece_key(piece);
        size_t size = 0;
        const jk_status status = store->ops->data_get(store, &key, (uint8_t *)log->group + *used,
                                                      sizeof log->group - *used, &size);
        if (status == JK_E_NOT_FOUND && piece == 0) {
            return JK_OK;
        }
        if (status != JK_OK || size < (piece == 0 ? JK_STEPLOG_HEAD : 1U)) {
            return status == JK_OK || status == JK_E_NOT_FOUND ? JK_E_STORE_SCHEMA : status;
        }
        *used += size;
        whole = JK_STEPLOG_HEAD + (size_t)get_number(log->group + 8);
    }
    *used = whole;
    return JK_OK;
}

static const char *after_word(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    for (size_t i = 0; i + length < size; i++) {
        if (memcmp(text + i, word, length) == 0) {
            return text + i + length;
        }
    }
    return NULL;
}

/* How many steps there are up to this line, if it says so: a step, or a head. */
static bool number_of(const char *text, size_t size, uint64_t *number)
{
    const char *at = after_word(text, size, " n=");
    if (at == NULL && after_word(text, size, " log=") != NULL) {
        at = after_word(text, size, " after=");
    }
    *number = 0;
    for (const char *digit = at;
         digit != NULL && digit < text + size && *digit >= '0' && *digit <= '9'; digit++) {
        *number = *number * 10 + (uint64_t)(*digit - '0');
    }
    return at != NULL;
}

/* What the end of the file says. */
typedef struct log_end {
    bool told;       /* a line says how many steps there are */
    uint64_t number; /* so many */
    off_t cut;       /* where half a line begins; -1: there is none */
} log_end;

/* Looks for the last line that has a number in a part of the file, from its end. */
static void look_into(const char *bytes, size_t size, off_t from, log_end *end)
{
    size_t tail = size; /* a line that ends here has no newline: half of one */
    for (size_t at = size; !end->told && at > 0; at--) {
        if (bytes[at - 1] == '\n') {
            end->cut = end->cut < 0 ? from + (off_t)at : end->cut;
            end->told = tail < size && number_of(bytes + at, tail - at, &end->number);
            tail = at - 1;
        }
    }
    if (!end->told && from == 0 && tail < size) {
        end->told = number_of(bytes, tail, &end->number);
    }
}

static bool look_back(const jk_steplog *log, char *bytes, size_t capacity, log_end *end)
{
    const off_t size = lseek(log->descriptor, 0, SEEK_END);
    off_t from = size;
    *end = (log_end){.cut = -1};
    while (from > 0 && !end->told) {
        /* A line that the last look had cut is seen whole now. */
        const off_t to = from + JK_NODE_LOG_LINE_MAX < size ? from + JK_NODE_LOG_LINE_MAX : size;
        from = to > (off_t)capacity ? to - (off_t)capacity : 0;
        if (pread(log->descriptor, bytes, (size_t)(to - from), from) != to - from) {
            return false;
        }
        look_into(bytes, (size_t)(to - from), from, end);
    }
    end->cut = end->cut == size ? -1 : end->cut < 0 && size > 0 ? 0 : end->cut;
    return size >= 0;
}

/* Whether that link has carried a message. */
static bool link_used(uint16_t machine, const jk_machine_row *row)
{
    jk_transport_sender sender = {0};
    jk_transport_receiver receiver = {0};
    if (machine == JK_MACHINE_SENDER && row->size == sizeof sender) {
        memcpy(&sender, row->data, sizeof sender);
    } else if (row->size == sizeof receiver) {
        memcpy(&receiver, row->data, sizeof receiver);
    }
    return sender.last > 0 || receiver.committed > 0;
}

/* A store that has sent or taken messages and counted no steps: an older program's.  That there
 * were some is all that is known: numbers go on from 1. */
static jk_status count_unknown(jk_steplog *log, jk_store *store)
{
    static const uint16_t machines[] = {JK_MACHINE_SENDER, JK_MACHINE_RECEIVER};
    log->number = 0;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        jk_machine_row row = {.row_id = 0};
        jk_status status = JK_OK;
        while (log->number == 0 &&
               (status = store->ops->machine_next(store, machines[i], row.row_id, &row)) == JK_OK) {
            log->number = link_used(machines[i], &row) ? 1 : 0;
        }
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return status;
        }
    }
    return JK_OK;
}

jk_status jk_steplog_recover(jk_steplog *log, jk_store *store, int64_t now_ms)
{
    size_t used = 0;
    log_end end;
    jk_status status = read_group(log, store, &used);
    log->opened_ms = now_ms;
    if (status != JK_OK || used == 0) {
        return status == JK_OK ? count_unknown(log, store) : status;
    }
    log->number = get_number(log->group);
    if (!log->owned || !look_back(log, log->buffer, sizeof log->buffer, &end)) {
        return JK_OK; /* a pipe: who reads it has what was written */
    }
    if (end.cut >= 0 && ftruncate(log->descriptor, end.cut) != 0) {
        log->dropped++; /* half a line stays */
    }
    const char *stop = log->group + used;
    const char *newline = NULL;
    for (const char *at = log->group + JK_STEPLOG_HEAD;
         at < stop && (newline = memchr(at, '\n', (size_t)(stop - at))) != NULL; at = newline + 1) {
        const size_t size = (size_t)(newline + 1 - at);
        uint64_t number = 0;
        (void)number_of(at, size, &number);
        end.told = end.told || number == 1; /* the first group of all belongs to any log */
        if (end.told && number > end.number) {
            write_all(log, at, size);
        }
    }
    return JK_OK;
}
