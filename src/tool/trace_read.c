/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a step log, word by word, in the order in which src/node/steplog.c writes them.
 * Nothing of a line that does not have this form is ever told: it could be anything. */
#include "trace_data.h"

#include <string.h>

/* Where the reading stands; `why` once the form is broken. */
typedef struct reader {
    char *at;
    const char *why;
} reader;

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* The word behind `key`, which must stand here; ended at the next blank, which is skipped. */
static char *word(reader *r, const char *key, const char *why)
{
    static char none[] = "";
    if (r->why != NULL || !begins(r->at, key)) {
        r->why = r->why == NULL ? why : r->why;
        return none;
    }
    char *value = r->at + strlen(key);
    char *end = value + strcspn(value, " ");
    r->at = *end == ' ' ? end + 1 : end;
    *end = '\0';
    if (*value == '\0') {
        r->why = why;
    }
    return value;
}

static uint64_t number_of(reader *r, const char *text, size_t size, unsigned base)
{
    uint64_t number = 0;
    bool good = size > 0;
    for (size_t i = 0; good && i < size; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = memchr(digits, text[i], base);
        good = digit != NULL && number <= (UINT64_MAX - base) / base;
        number = good ? number * base + (uint64_t)(digit - digits) : 0;
    }
    if (!good && r->why == NULL) {
        r->why = "a number that is none";
    }
    return number;
}

static uint64_t number(reader *r, const char *key, const char *why)
{
    const char *text = word(r, key, why);
    return r->why == NULL ? number_of(r, text, strlen(text), 10) : 0;
}

static void node_of(reader *r, const char *text, size_t size, jk_node_id *id)
{
    if (r->why == NULL && !trace_node_by_name(text, size, id)) {
        r->why = "a node's name that is none";
    }
}

static void bytes_of(reader *r, const char *text, size_t size, uint8_t *bytes, size_t capacity)
{
    if (size % 2 != 0 || size / 2 > capacity || size == 0) {
        r->why = r->why == NULL ? "bytes of a wrong length" : r->why;
        return;
    }
    for (size_t i = 0; r->why == NULL && i < size / 2; i++) {
        bytes[i] = (uint8_t)number_of(r, text + 2 * i, 2, 16);
    }
}

static void id_of(reader *r, const char *text, size_t size, jk_token *id)
{
    memset(id, 0, sizeof *id);
    if (size == 1 && *text == '-') {
        return;
    }
    if (size != 2 * sizeof id->byte) {
        r->why = r->why == NULL ? "an id that is none" : r->why;
        return;
    }
    bytes_of(r, text, size, id->byte, sizeof id->byte);
}

/* A message's transaction; "=": that of the line. */
static void txn_of(reader *r, const char *text, size_t size, const trace_line *line, jk_token *txn)
{
    if (size == 1 && *text == '=') {
        *txn = line->txn;
    } else {
        id_of(r, text, size, txn);
    }
}

/* The next part of a word whose parts stand between '/'; *at moves behind it. */
static const char *part(reader *r, const char **at, size_t *size)
{
    const char *begin = *at;
    *size = strcspn(begin, "/");
    *at = begin + *size + (begin[*size] == '/' ? 1 : 0);
    if (*size == 0 && r->why == NULL) {
        r->why = "a message with too few parts";
    }
    return begin;
}

static uint64_t part_number(reader *r, const char **at, unsigned base)
{
    size_t size = 0;
    const char *text = part(r, at, &size);
    return r->why == NULL ? number_of(r, text, size, base) : 0;
}

static void part_author(reader *r, const char **at, jk_node_id *author)
{
    if (**at != '\0') {
        size_t size = 0;
        const char *text = part(r, at, &size);
        node_of(r, text, size, author);
    }
    if (**at != '\0' && r->why == NULL) {
        r->why = "a message with too many parts";
    }
}

static void read_took(reader *r, const char *at, trace_line *line)
{
    size_t size = 0;
    const char *text = part(r, &at, &size);
    node_of(r, text, size, &line->peer);
    line->sequence = part_number(r, &at, 10);
    text = part(r, &at, &size);
    txn_of(r, text, size, line, &line->in_txn);
    line->author = line->peer;
    part_author(r, &at, &line->author);
    if (line->sequence == 0 && r->why == NULL) {
        r->why = "a message without a number";
    }
}

static void read_sent_one(reader *r, const char *at, const trace_line *line, jk_step_sent *sent)
{
    char kind[32] = "";
    size_t size = 0;
    memset(sent, 0, sizeof *sent);
    const char *text = part(r, &at, &size);
    node_of(r, text, size, &sent->peer);
    sent->sequence = part_number(r, &at, 10);
    text = part(r, &at, &size);
    if (size < sizeof kind) {
        memcpy(kind, text, size);
    }
    sent->kind = jk_kind_by_name(kind);
    const uint64_t members = part_number(r, &at, 16);
    sent->epoch = part_number(r, &at, 10);
    const uint64_t reason = part_number(r, &at, 10);
    text = part(r, &at, &size);
    txn_of(r, text, size, line, &sent->txn);
    sent->author = line->node;
    part_author(r, &at, &sent->author);
    if (r->why == NULL && sent->kind == 0) {
        r->why = "a message of a kind that is none";
    }
    if (r->why == NULL && (members > UINT32_MAX || reason > UINT16_MAX || sent->sequence == 0)) {
        r->why = "a message with a number out of its range";
    }
    sent->members = (jk_members)members;
    sent->reason = (uint16_t)reason;
}

static void read_sent(reader *r, char *at, trace_line *line)
{
    while (r->why == NULL && *at != '\0') {
        if (line->sent_count == TRACE_SENT_MAX) {
            r->why = "more messages than a step can send";
            return;
        }
        char *end = at + strcspn(at, ",");
        const bool more = *end == ',';
        *end = '\0';
        read_sent_one(r, at, line, &line->sent[line->sent_count++]);
        at = more ? end + 1 : end;
        if (more && *at == '\0') {
            r->why = "a list that ends with a comma";
        }
    }
}

static void read_arrow(reader *r, trace_line *line)
{
    char *from = word(r, "", "no states");
    char *arrow = strstr(from, "->");
    if (arrow == NULL) {
        r->why = r->why == NULL ? "no states" : r->why;
        return;
    }
    *arrow = '\0';
    line->from = from;
    line->to = arrow + 2;
}

static const char *list(reader *r, const char *key, const char *why)
{
    const char *text = word(r, key, why);
    return strcmp(text, "-") == 0 ? "" : text;
}

static void read_step(reader *r, trace_line *line)
{
    const char *text = NULL;
    line->inst = (int64_t)number(r, "inst=", "no inst=");
    line->role = word(r, "role=", "no role=");
    line->input = word(r, "in=", "no in=");
    read_arrow(r, line);
    line->epoch = number(r, "epoch=", "no epoch=");
    text = word(r, "members=", "no members=");
    line->members = number_of(r, text, strlen(text), 16);
    line->reason = number(r, "reason=", "no reason=");
    line->hooks = list(r, "hook=", "no hook=");
    line->actions = list(r, "out=", "no out=");
    line->status = word(r, "status=", "no status=");
    text = word(r, "txn=", "no txn=");
    id_of(r, text, strlen(text), &line->txn);
    text = word(r, "case=", "no case=");
    id_of(r, text, strlen(text), &line->case_id);
    if (r->why == NULL && begins(r->at, "asked=")) {
        text = word(r, "asked=", "no asked=");
        id_of(r, text, strlen(text), &line->in_txn);
    }
    if (r->why == NULL && begins(r->at, "took=")) {
        read_took(r, word(r, "took=", "no took="), line);
    }
    if (r->why == NULL && begins(r->at, "sent=")) {
        read_sent(r, word(r, "sent=", "no sent="), line);
    }
    if (r->why == NULL && begins(r->at, "row=")) {
        text = list(r, "row=", "no row=");
        line->has_row = true;
        line->row_size = strlen(text) / 2;
        if (*text != '\0') {
            bytes_of(r, text, strlen(text), line->row, sizeof line->row);
        }
    }
    if (r->why == NULL && *r->at != '\0') {
        r->why = "words behind its end";
    }
    if (r->why == NULL && (line->members > UINT32_MAX || line->reason > UINT16_MAX)) {
        r->why = "a number out of its range";
    }
}

/* What an event tells beyond this is for people. */
static void read_event(reader *r, trace_line *line)
{
    const char *event = word(r, "event=", "neither a step nor an event");
    (void)word(r, "peer=", "no peer=");
    (void)word(r, "status=", "no status=");
    line->start = strcmp(event, "start") == 0;
    if (line->start || strcmp(event, "log") == 0 || strcmp(event, "end") == 0) {
        line->sort = TRACE_HEAD;
        line->version = number(r, "log=", "a start that does not say the log's form");
        line->net = word(r, "net=", "a start that does not say its network");
        line->n = number(r, "after=", "a start that does not say after which step");
        if (r->why == NULL && strspn(line->net, "0123456789abcdef") != 16) {
            r->why = "a network's name that is none";
        }
    }
}

void trace_parse(char *text, trace_line *line)
{
    reader r = {text, NULL};
    line->sort = TRACE_EVENT;
    line->sequence = 0;
    line->sent_count = 0;
    line->has_row = false;
    line->row_size = 0;
    line->in_txn = (jk_token){{0}};
    memset(line->row, 0, sizeof line->row);
    line->time_ms = (int64_t)number(&r, "t=", "it does not begin with a time");
    if (r.why == NULL && begins(r.at, "n=")) {
        line->sort = TRACE_STEP;
        line->n = number(&r, "n=", "no n=");
    }
    const char *node = word(&r, "node=", "no node=");
    node_of(&r, node, strlen(node), &line->node);
    if (line->sort == TRACE_STEP) {
        read_step(&r, line);
    } else {
        read_event(&r, line);
    }
    line->why = r.why;
    line->sort = r.why == NULL ? line->sort : TRACE_BAD;
}
