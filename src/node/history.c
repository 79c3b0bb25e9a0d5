/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a node.  Some operations of the store's table are replaced by ones that write down
 * what they were given; a savepoint that is undone takes its words back, and a line is finished
 * only when the commit was good.  A history that cannot be written never stops the node: its lines
 * are numbered, so whoever reads sees that some are missing. */
#include "node/history.h"

#include "adapter/sqlite/sqlite.h"
#include "juki/codec.h"
#include "juki/registry.h"
#include "names.h"
#include "node/internal.h"
#include "node/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    VERSION = 1,
    KEY_SIZE = 32,
    WHO_SIZE = 17,     /* a pseudonym: 16 hex digits and a NUL */
    WORD_MAX = 512,    /* bytes of one piece of a line */
    FACTS_OF_LINE = 32 /* of the state at a start */
};

#define NS_PER_S INT64_C(1000000000)

/* Bytes that grow; `lost` once there was no memory for some. */
typedef struct text {
    char *data;
    size_t used;
    size_t capacity;
    bool lost;
} text;

/* One step of the open group. */
typedef struct kept_step {
    size_t start; /* its words */
    size_t end;
    uint16_t machine; /* 0: only the transport worked */
    jk_token key;
    jk_token txn;
    jk_token case_id;
    bool final;
    const char *role;
    const char *input; /* by the engine, after the commit */
    const char *from;
    const char *state;
    unsigned reason;
} kept_step;

typedef struct mark {
    size_t used;
    kept_step step;
} mark;

/* What the store calls: its own table with a few operations replaced.  A store points to its table,
 * so the table leads back to the history. */
typedef struct tap {
    jk_store_ops ops; /* first */
    jk_history *history;
} tap;

struct jk_history {
    tap tap;
    jk_store *store;
    const jk_store_ops *inner;
    jk_clock *clock;
    const jk_node_config *config;
    int descriptor;
    uint8_t key[KEY_SIZE];
    uint64_t line;      /* of this run, from 1 */
    uint64_t operation; /* of this run, from 1 */
    text out;           /* whole lines */
    text words;         /* of the group's steps */
    text answers;
    kept_step step[JK_GROUP_STEPS_MAX + 8];
    size_t step_count;
    size_t named;   /* steps that the engine has told about */
    kept_step open; /* between step_begin and step_keep */
    mark before[2]; /* at the beginning of the open steps */
    int64_t begun_ns;
    int64_t done_ns;
    bool committed;
    jk_commit_done *done;
    void *done_arg;
    jk_sqlite_table table; /* while the state at the start is told */
    unsigned facts;
};

static int64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* ---- lines ---- */

static void put(text *t, const char *form, ...) __attribute__((format(printf, 2, 3)));

static void put(text *t, const char *form, ...)
{
    if (t->capacity - t->used < WORD_MAX) {
        const size_t capacity = 2 * t->capacity + 2 * WORD_MAX;
        char *bigger = realloc(t->data, capacity);
        if (bigger == NULL) {
            t->lost = true;
            return;
        }
        t->data = bigger;
        t->capacity = capacity;
    }
    va_list arguments;
    va_start(arguments, form);
    const int size = vsnprintf(t->data + t->used, WORD_MAX, form, arguments);
    va_end(arguments);
    t->lost = t->lost || size < 0 || size >= WORD_MAX;
    t->used += size > 0 && size < WORD_MAX ? (size_t)size : 0U;
}

static void write_out(jk_history *h)
{
    size_t done = h->out.lost ? h->out.used : 0; /* never a part of a line */
    while (done < h->out.used) {
        const ssize_t part = write(h->descriptor, h->out.data + done, h->out.used - done);
        if (part < 0 && errno != EINTR) {
            break; /* the numbers of the lines show it */
        }
        done += part > 0 ? (size_t)part : 0U;
    }
    h->out.used = 0;
    h->out.lost = false;
}

/* A line's head; its number is taken even if the line is lost. */
static void begin_line(jk_history *h, const char *event)
{
    h->line++;
    put(&h->out, "n=%" PRIu64 " ev=%s", h->line, event);
}

static const char *hex_of(const jk_token *token, char hex[33])
{
    if (jk_token_is_none(token)) {
        return "-";
    }
    jk_token_hex(token, hex);
    return hex;
}

static void pseudonym(const jk_history *h, const char *code, char who[WHO_SIZE])
{
    uint8_t digest[crypto_generichash_BYTES_MIN];
    (void)crypto_generichash(digest, sizeof digest, (const uint8_t *)code, strlen(code), h->key,
                             sizeof h->key);
    for (size_t i = 0; i < WHO_SIZE / 2; i++) {
        (void)snprintf(who + 2 * i, 3, "%02x", digest[i]);
    }
}

static const char *who_of(const jk_history *h, const jk_token *resident, char who[WHO_SIZE])
{
    char code[12];
    if (!jk_resident_of_token(resident, code)) {
        return "-";
    }
    pseudonym(h, code, who);
    return who;
}

static const char *or_dash(const char *word)
{
    return word == NULL || word[0] == '\0' ? "-" : word;
}

static void write_step(jk_history *h, const kept_step *s)
{
    char key[33];
    char txn[33];
    char case_id[33];
    begin_line(h, "step");
    put(&h->out, " b=%" PRId64 " t=%" PRId64, h->begun_ns, h->done_ns);
    if (s->machine != 0) {
        put(&h->out, " day=%" PRId64 " role=%s in=%s from=%s state=%s final=%d reason=%u",
            h->clock != NULL ? h->clock->today(h->clock) : 0, or_dash(s->role), or_dash(s->input),
            or_dash(s->from), or_dash(s->state), s->final ? 1 : 0, s->reason);
        put(&h->out, " key=%s txn=%s case=%s", hex_of(&s->key, key), hex_of(&s->txn, txn),
            hex_of(&s->case_id, case_id));
    }
    for (size_t at = s->start; at < s->end; at += WORD_MAX / 2) {
        const size_t size = s->end - at < WORD_MAX / 2 ? s->end - at : WORD_MAX / 2;
        put(&h->out, "%.*s", (int)size, h->words.data + at);
    }
    put(&h->out, " .\n");
}

/* The committed steps become lines. */
static void finish(jk_history *h)
{
    for (size_t i = 0; h->committed && i < h->step_count; i++) {
        if (h->words.lost) {
            h->line++;
        } else {
            write_step(h, &h->step[i]);
        }
    }
    h->committed = false;
    h->step_count = 0;
    h->named = 0;
    h->words.used = 0;
    h->words.lost = false;
}

void jk_history_flush(jk_history *history)
{
    if (history == NULL) {
        return;
    }
    if (history->committed) {
        finish(history);
    }
    if (history->out.used > 0) {
        write_out(history);
    }
}

/* ---- the store's operations ---- */

static jk_history *of(const jk_store *store)
{
    const tap *t = (const tap *)store->ops;
    return t->history;
}

static jk_status on_begin(jk_store *store)
{
    jk_history *h = of(store);
    finish(h);
    return h->inner->begin(store);
}

static void on_done(void *arg, jk_status status)
{
    jk_history *h = arg;
    h->done_ns = now_ns();
    h->committed = status == JK_OK;
    if (!h->committed) {
        finish(h);
    }
    h->done(h->done_arg, status);
}

static void on_commit(jk_store *store, jk_commit_done *done, void *arg)
{
    jk_history *h = of(store);
    h->begun_ns = now_ns();
    h->done = done;
    h->done_arg = arg;
    h->inner->commit(store, on_done, h);
}

static void on_rollback(jk_store *store)
{
    jk_history *h = of(store);
    h->committed = false;
    finish(h);
    h->inner->rollback(store);
}

static jk_status on_step_begin(jk_store *store, int depth)
{
    jk_history *h = of(store);
    const jk_status status = h->inner->step_begin(store, depth);
    if (status == JK_OK && depth >= 0 && depth < 2) {
        if (depth == 0) {
            h->open = (kept_step){.start = h->words.used};
        }
        h->before[depth] = (mark){h->words.used, h->open};
    }
    return status;
}

static jk_status on_step_keep(jk_store *store, int depth)
{
    jk_history *h = of(store);
    const jk_status status = h->inner->step_keep(store, depth);
    if (status != JK_OK || depth != 0) {
        return status;
    }
    h->open.end = h->words.used;
    if (h->open.machine == 0 && h->open.end == h->open.start) {
        return status;
    }
    if (h->step_count < sizeof h->step / sizeof h->step[0]) {
        h->step[h->step_count++] = h->open;
    } else {
        h->line++;
    }
    return status;
}

static jk_status on_step_undo(jk_store *store, int depth)
{
    jk_history *h = of(store);
    if (depth >= 0 && depth < 2) {
        h->words.used = h->before[depth].used;
        h->open = h->before[depth].step;
    }
    return h->inner->step_undo(store, depth);
}

static jk_status on_machine_put(jk_store *store, jk_machine_row *row)
{
    jk_history *h = of(store);
    const jk_status status = h->inner->machine_put(store, row);
    if (status == JK_OK && row->machine != JK_MACHINE_SENDER &&
        row->machine != JK_MACHINE_RECEIVER) {
        kept_step *s = &h->open;
        char code[12];
        s->machine = row->machine;
        s->key = row->key;
        s->txn = row->txn;
        s->case_id = row->case_id;
        s->final = row->final;
        s->role = row->machine_name;
        s->state = row->state_name;
        if (jk_resident_of_token(&row->key, code)) { /* servers: a machine is a resident */
            s->key = (jk_token){{0}};
        }
    }
    return status;
}

static jk_status on_open_case_put(jk_store *store, const jk_token *resident,
                                  const jk_token *case_id, int member)
{
    jk_history *h = of(store);
    char who[WHO_SIZE];
    char hex[33];
    put(&h->words, " open=%s/%s/%d", who_of(h, resident, who), hex_of(case_id, hex), member);
    return h->inner->open_case_put(store, resident, case_id, member);
}

static jk_status on_open_case_delete(jk_store *store, const jk_token *resident)
{
    jk_history *h = of(store);
    char who[WHO_SIZE];
    put(&h->words, " shut=%s", who_of(h, resident, who));
    return h->inner->open_case_delete(store, resident);
}

static jk_status on_outbox_put(jk_store *store, const jk_outbox_row *row)
{
    jk_history *h = of(store);
    jk_envelope envelope;
    jk_codec_error error;
    char id[33];
    char txn[33];
    if (jk_codec_decode_envelope((jk_span){row->bytes, row->size}, &envelope, &error) == JK_OK) {
        char to[JK_NODE_NAME_SIZE];
        jk_node_name(&envelope.target, to);
        put(&h->words, " sent=%s/%s/%s/%s/%" PRIx32 "/%" PRIu64, jk_kind_name(row->kind),
            hex_of(&row->message_id, id), to, hex_of(&envelope.txn, txn), envelope.members,
            envelope.epoch);
    }
    return h->inner->outbox_put(store, row);
}

static jk_status on_inbox_put(jk_store *store, const jk_inbox_row *row)
{
    jk_history *h = of(store);
    const jk_status status = h->inner->inbox_put(store, row);
    char id[33];
    char txn[33];
    if (status == JK_OK) { /* not when it was known already */
        put(&h->words, " took=%s/%s/%s", jk_kind_name(row->kind), hex_of(&row->message_id, id),
            hex_of(&row->txn, txn));
    }
    return status;
}

/* A message that is refused is taken, too (T7). */
static jk_status on_dead_letter_put(jk_store *store, const jk_token *link, uint64_t sequence,
                                    uint16_t rule, jk_span raw)
{
    jk_history *h = of(store);
    jk_envelope envelope;
    jk_codec_error error;
    char id[33];
    if (jk_codec_decode_envelope(raw, &envelope, &error) == JK_OK) {
        put(&h->words, " bad=%s", hex_of(&envelope.message_id, id));
    }
    return h->inner->dead_letter_put(store, link, sequence, rule, raw);
}

static jk_status on_timer_put(jk_store *store, const jk_timer_row *row)
{
    jk_history *h = of(store);
    if (row->kind == JK_TIMER_DATE && row->machine == JK_MACHINE_ORIGIN_REGISTRY) {
        put(&h->words, " due=%" PRId64, row->due_ms / INT64_C(86400000));
    }
    return h->inner->timer_put(store, row);
}

static jk_status on_register_put(jk_store *store, const jk_register_row *row)
{
    jk_history *h = of(store);
    char who[WHO_SIZE];
    put(&h->words, " reg=%s/%u/%u/%" PRIu64 "/%" PRIu64, who_of(h, &row->resident, who),
        (unsigned)row->status, (unsigned)row->reason, row->epoch, row->epoch_high);
    return h->inner->register_put(store, row);
}

static jk_status on_log_append(jk_store *store, jk_log_row *row)
{
    jk_history *h = of(store);
    const jk_status status = h->inner->log_append(store, row);
    char who[WHO_SIZE];
    if (status == JK_OK) {
        put(&h->words, " log=%" PRIu64 "/%s/%s/%" PRIu64, row->sequence,
            who_of(h, &row->resident, who), or_dash(row->kind_name), row->epoch);
    }
    return status;
}

static jk_status on_applied_put(jk_store *store, const char *code, uint64_t sequence)
{
    jk_history *h = of(store);
    put(&h->words, " applied=%s/%" PRIu64, code, sequence);
    return h->inner->applied_put(store, code, sequence);
}

static jk_status on_episode_put(jk_store *store, const jk_episode_row *row)
{
    jk_history *h = of(store);
    char who[WHO_SIZE];
    put(&h->words, " epi=%s/%s/%" PRIu64 "/%d/%d", who_of(h, &row->resident, who), row->code,
        row->epoch, row->open ? 1 : 0, row->current ? 1 : 0);
    return h->inner->episode_put(store, row);
}

static jk_status on_card_put(jk_store *store, const jk_token *resident, uint8_t state,
                             const char *code)
{
    jk_history *h = of(store);
    char who[WHO_SIZE];
    put(&h->words, " card=%s/%u/%s", who_of(h, resident, who), (unsigned)state, code);
    return h->inner->card_put(store, resident, state, code);
}

static void replace(jk_history *h)
{
    h->inner = h->store->ops;
    h->tap.ops = *h->inner;
    h->tap.history = h;
    h->tap.ops.begin = on_begin;
    h->tap.ops.commit = on_commit;
    h->tap.ops.rollback = on_rollback;
    h->tap.ops.step_begin = on_step_begin;
    h->tap.ops.step_keep = on_step_keep;
    h->tap.ops.step_undo = on_step_undo;
    h->tap.ops.machine_put = on_machine_put;
    h->tap.ops.open_case_put = on_open_case_put;
    h->tap.ops.open_case_delete = on_open_case_delete;
    h->tap.ops.outbox_put = on_outbox_put;
    h->tap.ops.inbox_put = on_inbox_put;
    h->tap.ops.dead_letter_put = on_dead_letter_put;
    h->tap.ops.timer_put = on_timer_put;
    h->tap.ops.register_put = on_register_put;
    h->tap.ops.log_append = on_log_append;
    h->tap.ops.applied_put = on_applied_put;
    h->tap.ops.episode_put = on_episode_put;
    h->tap.ops.card_put = on_card_put;
    h->store->ops = &h->tap.ops;
}

/* ---- what the engine and the operators' socket tell ---- */

void jk_history_step(jk_history *history, const jk_step_record *record)
{
    if (history == NULL || record->status != JK_OK || record->machine == JK_MACHINE_RECEIVER ||
        record->machine == JK_MACHINE_SENDER) {
        return;
    }
    while (history->named < history->step_count) {
        kept_step *s = &history->step[history->named++];
        if (s->machine == record->machine) {
            s->input = record->input;
            s->from = record->from;
            s->reason = record->reason;
            return;
        }
    }
}

static const char *hex_member(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && strlen(value) == 32 && strspn(value, "0123456789abcdef") == 32 ? value
                                                                                           : NULL;
}

static const char *word_member(const json_t *object, const char *key)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL && value[0] != '\0' && strlen(value) < 64 &&
                   strspn(value, allowed) == strlen(value)
               ? value
               : "-";
}

static void put_ids(text *t, const json_t *object)
{
    const char *txn = hex_member(object, "txn");
    const char *case_id = hex_member(object, "case");
    if (txn != NULL) {
        put(t, " txn=%s", txn);
    }
    if (case_id != NULL) {
        put(t, " case=%s", case_id);
    }
}

static void put_who(jk_history *history, const json_t *resident)
{
    const char *code = json_string_value(resident);
    char who[WHO_SIZE];
    if (code != NULL && strlen(code) == 11) {
        pseudonym(history, code, who);
        put(&history->out, " who=%s", who);
    }
}

/* A verb that only reads. */
static bool reads(const char *verb)
{
    static const char *const names[] = {
        "status",           "show",           "waiting",           "wait",
        "reconcile-status", "reconcile-diff", "reconcile-history", "layer-digests",
        "layer-record"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        found = found || strcmp(names[i], verb) == 0;
    }
    return found;
}

uint64_t jk_history_asked(jk_history *history, const json_t *request)
{
    const char *verb = word_member(request, "verb");
    if (history == NULL || reads(verb)) {
        return 0;
    }
    const uint64_t number = ++history->operation;
    const json_t *residents = json_object_get(request, "residents");
    if (history->committed) {
        finish(history);
    }
    begin_line(history, "asked");
    put(&history->out, " t=%" PRId64 " op=%" PRIu64 " verb=%s", now_ns(), number, verb);
    put_ids(&history->out, request);
    put_who(history, json_object_get(request, "resident"));
    for (size_t i = 0; i < json_array_size(residents) && i < JK_MEMBERS_MAX; i++) {
        put_who(history, json_array_get(residents, i));
    }
    put(&history->out, " .\n");
    write_out(history);
    return number;
}

void jk_history_answered(jk_history *history, uint64_t number, const json_t *answer)
{
    if (history == NULL || number == 0) {
        return;
    }
    const bool good = json_is_true(json_object_get(answer, "ok"));
    put(&history->answers, " op=%" PRIu64 " ok=%d", number, good ? 1 : 0);
    if (!good) {
        put(&history->answers, " status=%s", word_member(answer, "status"));
    }
    put_ids(&history->answers, answer);
    put(&history->answers, " .\n");
}

void jk_history_answers(jk_history *history, jk_status status)
{
    if (history == NULL) {
        return;
    }
    jk_history_flush(history);
    size_t at = history->answers.lost ? history->answers.used : 0;
    while (at < history->answers.used) {
        const char *line = history->answers.data + at;
        const char *end = memchr(line, '\n', history->answers.used - at);
        if (end == NULL) {
            break;
        }
        begin_line(history, "answered");
        put(&history->out, " t=%" PRId64, now_ns());
        if (status == JK_OK) {
            put(&history->out, "%.*s", (int)(end + 1 - line), line);
        } else { /* after JK_E_IO nobody knows what is stored */
            put(&history->out, "%.*s ok=%s status=%s .\n", (int)strcspn(line + 1, " \n") + 1, line,
                status == JK_E_IO ? "?" : "0", jk_status_name(status));
        }
        at += (size_t)(end + 1 - line);
    }
    history->answers.used = 0;
    history->answers.lost = false;
    jk_history_flush(history);
}

/* ---- start and end ---- */

static jk_status fail(jk_fault *fault, jk_status status, const char *what)
{
    fault->status = status;
    (void)snprintf(fault->text, sizeof fault->text, "%s", what);
    return status;
}

/* 64 hex digits and nothing else but a newline. */
static jk_status read_key(const char *path, uint8_t key[KEY_SIZE], jk_fault *fault)
{
    uint8_t bytes[2 * KEY_SIZE + 2];
    size_t size = 0;
    size_t used = 0;
    const jk_status status = jk_keyfile_read(path, bytes, sizeof bytes, &size, fault);
    if (status == JK_E_FILE) {
        return status;
    }
    const bool shaped = status == JK_OK && (size == 2 * KEY_SIZE ||
                                            (size == 2 * KEY_SIZE + 1 && bytes[size - 1] == '\n'));
    const bool read = shaped && sodium_hex2bin(key, KEY_SIZE, (const char *)bytes, 2 * KEY_SIZE,
                                               NULL, &used, NULL) == 0;
    sodium_memzero(bytes, sizeof bytes);
    return read && used == KEY_SIZE ? JK_OK
                                    : fail(fault, JK_E_CONFIG, "not a file of 64 hex digits");
}

jk_status jk_history_check(const jk_node_config *config, jk_fault *fault)
{
    uint8_t key[KEY_SIZE] = {0};
    if (config->history[0] == '\0') {
        return JK_OK;
    }
    const jk_status status = read_key(config->history_key, key, fault);
    sodium_memzero(key, sizeof key);
    return status;
}

static void tell_fact(void *arg, const jk_sqlite_fact *fact)
{
    jk_history *h = arg;
    char who[WHO_SIZE];
    char hex[33];
    if (h->facts == 0 || h->table != fact->table || h->facts == FACTS_OF_LINE) {
        put(&h->out, "%s", h->facts == 0 ? "" : " .\n");
        begin_line(h, "has");
        h->table = fact->table;
        h->facts = 0;
    }
    h->facts++;
    const uint64_t *number = fact->number;
    (void)who_of(h, &fact->resident, who);
    switch (fact->table) {
    case JK_SQLITE_REGISTER:
        put(&h->out, " reg=%s/%" PRIu64 "/%" PRIu64 "/%" PRIu64 "/%" PRIu64, who, number[0],
            number[1], number[2], number[3]);
        return;
    case JK_SQLITE_OPEN_CASE:
        put(&h->out, " open=%s/%s/%" PRIu64, who, hex_of(&fact->case_id, hex), number[0]);
        return;
    case JK_SQLITE_EPISODE:
        put(&h->out, " epi=%s/%s/%" PRIu64 "/%" PRIu64 "/%" PRIu64, who, fact->code, number[0],
            number[1], number[2]);
        return;
    case JK_SQLITE_CARD:
        put(&h->out, " card=%s/%" PRIu64 "/%s", who, number[0], fact->code);
        return;
    }
}

/* Rows of transactions and cases; those of residents and links tell nothing here. */
static jk_status tell_machines(jk_history *h)
{
    static const uint16_t machines[] = {JK_MACHINE_TERMINAL, JK_MACHINE_DEST_CS,
                                        JK_MACHINE_DEST_REGISTRY, JK_MACHINE_ORIGIN_CS,
                                        JK_MACHINE_ORIGIN_REGISTRY};
    jk_machine_row row;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        int64_t after = 0;
        jk_status status = JK_OK;
        while ((status = h->inner->machine_next(h->store, machines[i], after, &row)) == JK_OK) {
            char key[33];
            char txn[33];
            char case_id[33];
            after = row.row_id;
            begin_line(h, "has");
            put(&h->out, " role=%s state=%s final=%d key=%s txn=%s case=%s .\n",
                jk_machine_name(machines[i]),
                or_dash(jk_machine_state_name(machines[i], row.state)), row.final ? 1 : 0,
                hex_of(&row.key, key), hex_of(&row.txn, txn), hex_of(&row.case_id, case_id));
        }
        if (status != JK_E_NOT_FOUND) {
            return status;
        }
    }
    return JK_OK;
}

/* The state with which this run begins: what happened unseen before can be told from it.  A part
 * of it would look like a loss; then the run does not begin. */
static jk_status tell_state(jk_history *h, const char *name)
{
    uint8_t boot[64] = "";
    size_t size = 0;
    jk_fault fault = {.status = JK_OK};
    if (jk_keyfile_read("/proc/sys/kernel/random/boot_id", boot, sizeof boot - 1, &size, &fault) !=
            JK_OK ||
        size < 36) {
        memcpy(boot, "unknown", 8);
        size = 7;
    }
    begin_line(h, "open");
    put(&h->out, " v=%d t=%" PRId64 " node=%s boot=%.*s .\n", VERSION, now_ns(), name,
        (int)(size > 36 ? 36 : size), (const char *)boot);
    jk_status status = jk_sqlite_facts(h->store, tell_fact, h);
    put(&h->out, "%s", h->facts == 0 ? "" : " .\n");
    if (status == JK_OK) {
        status = tell_machines(h);
    }
    if (status == JK_OK) {
        begin_line(h, "ready");
        put(&h->out, " t=%" PRId64 " .\n", now_ns());
        status = h->out.lost ? JK_E_MEMORY : JK_OK;
    }
    if (status == JK_OK) {
        write_out(h);
    }
    return status;
}

/* What a process that died left half written stays a line of its own. */
static jk_status open_file(jk_history *h, jk_fault *fault)
{
    char last = '\n';
    h->descriptor = open(h->config->history, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (h->descriptor < 0) {
        return fail(fault, JK_E_FILE, "cannot be opened for writing");
    }
    const off_t size = lseek(h->descriptor, 0, SEEK_END);
    if (size > 0 && pread(h->descriptor, &last, 1, size - 1) == 1 && last != '\n') {
        put(&h->out, "\n");
    }
    return JK_OK;
}

static void release(jk_history *h)
{
    if (h->descriptor >= 0) {
        (void)close(h->descriptor);
    }
    sodium_memzero(h->key, sizeof h->key);
    free(h->out.data);
    free(h->words.data);
    free(h->answers.data);
    free(h);
}

jk_status jk_history_open(const jk_node_config *config, const char *name, jk_store *store,
                          jk_clock *clock, jk_history **history, jk_fault *fault)
{
    *history = NULL;
    if (config->history[0] == '\0') {
        return JK_OK;
    }
    jk_history *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return fail(fault, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
    }
    h->descriptor = -1;
    h->config = config;
    h->store = store;
    h->inner = store->ops;
    h->clock = clock;
    jk_status status = read_key(config->history_key, h->key, fault);
    if (status == JK_OK) {
        status = open_file(h, fault);
    }
    if (status == JK_OK) {
        status = tell_state(h, name);
        fault->status = status;
    }
    if (status != JK_OK) {
        release(h);
        return status;
    }
    replace(h);
    *history = h;
    return JK_OK;
}

void jk_history_close(jk_history *history, bool stopped)
{
    if (history == NULL) {
        return;
    }
    jk_history_flush(history);
    if (stopped) {
        begin_line(history, "stop");
        put(&history->out, " t=%" PRId64 " .\n", now_ns());
        write_out(history);
    }
    history->store->ops = history->inner;
    release(history);
}
