/* SPDX-License-Identifier: Apache-2.0 */
/* Reads histories: finds the files, cuts lines into words, and turns them into facts.  What a
 * process that was killed left unfinished, its last line, is passed over; anything else that is not
 * a line of this form ends the reading with file and line. */
#define _XOPEN_SOURCE 700

#include "history_data.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MAX = 1024, /* of a line */
    PARTS_MAX = 8,    /* of a word: a/b/c */
    PATHS_MAX = 4096,
    VERSION = 1
};

typedef struct word {
    const char *key;
    const char *value;
} word;

typedef struct reader {
    h_history *h;
    uint32_t node;
    uint32_t line; /* of the file */
    uint32_t step; /* the line's; H_NO_STEP: a start tells */
    int64_t from_ns;
    int64_t to_ns;
    size_t count;
    word words[WORDS_MAX];
} reader;

static bool wrong(const reader *r, const char *what)
{
    (void)snprintf(r->h->fault, JK_HISTORY_TEXT, "%.300s:%u: %.150s",
                   h_word(r->h, h_node_at(r->h, r->node)->path), r->line, what);
    return false;
}

/* ---- words ---- */

static bool number_of(const char *text, uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    if (text == NULL || text[0] < '0' || text[0] > '9') {
        return false;
    }
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static const char *value_of(const reader *r, const char *key)
{
    for (size_t i = 0; i < r->count; i++) {
        if (strcmp(r->words[i].key, key) == 0) {
            return r->words[i].value;
        }
    }
    return NULL;
}

static bool number_at(const reader *r, const char *key, uint64_t *number)
{
    return number_of(value_of(r, key), number);
}

static bool time_at(const reader *r, const char *key, int64_t *ns)
{
    uint64_t number = 0;
    if (!number_at(r, key, &number) || number > INT64_MAX) {
        return false;
    }
    *ns = (int64_t)number;
    return true;
}

static h_text text_at(const reader *r, const char *key)
{
    const char *value = value_of(r, key);
    return value == NULL ? H_NONE : h_text_of(r->h, value, strlen(value));
}

static h_text text_of(const reader *r, const char *value)
{
    return h_text_of(r->h, value, strlen(value));
}

static bool known_key(const char *key)
{
    static const char *const keys[] = {
        "n",    "ev",    "v",    "t",    "b",      "node",   "boot",   "op",   "at",
        "verb", "txn",   "case", "who",  "ok",     "role",   "in",     "from", "state",
        "day",  "final", "key",  "due",  "reason", "status", "reg",    "open", "shut",
        "log",  "epi",   "card", "sent", "took",   "bad",    "applied"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* A whole line is "key=value key=value ... ." with single spaces. */
static bool cut_line(reader *r, char *line)
{
    char *at = line;
    r->count = 0;
    while (strcmp(at, ".") != 0) {
        char *space = strchr(at, ' ');
        char *equals = strchr(at, '=');
        if (space == NULL || equals == NULL || equals > space || equals == at ||
            equals + 1 == space || r->count == WORDS_MAX) {
            return false;
        }
        *space = '\0';
        *equals = '\0';
        r->words[r->count++] = (word){at, equals + 1};
        at = space + 1;
    }
    return r->count >= 2 && strcmp(r->words[0].key, "n") == 0 && strcmp(r->words[1].key, "ev") == 0;
}

/* Cuts "a/b/c" in place; how many there are. */
static size_t cut_word(const char *value, char *copy, size_t size, const char *parts[PARTS_MAX])
{
    size_t count = 0;
    (void)snprintf(copy, size, "%s", value);
    char *at = copy;
    while (at != NULL && count < PARTS_MAX) {
        parts[count++] = at;
        at = strchr(at, '/');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return at == NULL ? count : 0;
}

/* ---- facts ---- */

static bool same(const h_fact *a, const h_fact *b)
{
    return a->value == b->value && a->text == b->text &&
           memcmp(a->number, b->number, sizeof a->number) == 0;
}

/* Takes over a fact; one that a start tells again is none. */
static bool keep_fact(reader *r, h_fact fact)
{
    h_history *h = r->h;
    h_node *node = h_node_at(h, r->node);
    const uint32_t key[4] = {(uint32_t)fact.kind, r->node, fact.who, fact.sub};
    uint32_t *newest = h_map_at(h, &h->fact_of, key);
    if (newest == NULL || fact.who == H_NONE) {
        return h->no_memory || wrong(r, "a fact about nobody");
    }
    h_fact *old = *newest == UINT32_MAX ? NULL : h_fact_at(h, *newest);
    fact.node = r->node;
    fact.step = r->step;
    fact.line = r->line;
    fact.from_ns = r->from_ns;
    fact.to_ns = r->to_ns;
    fact.order = (uint32_t)h->fact.count;
    fact.told = node->runs;
    fact.first = r->step == H_NO_STEP && node->runs == 1;
    if (r->step == H_NO_STEP && node->runs > 1) {
        if (old != NULL && same(old, &fact)) {
            old->told = node->runs;
            return true;
        }
        if (old == NULL && fact.value == 0) {
            return true;
        }
        h->verdict->recovered++;
        if (node->clean) {
            h_violation(h, 12, r->node, r->line, "resident %s", h_word(h, fact.who));
        }
    }
    *newest = (uint32_t)h->fact.count;
    h_fact *made = h_add(h, &h->fact, sizeof *made);
    if (made != NULL) {
        *made = fact;
    }
    return true;
}

/* After the state of a later run was told: what it did not tell is gone. */
static bool forget_untold(reader *r)
{
    h_history *h = r->h;
    const h_node *node = h_node_at(h, r->node);
    const size_t count = h->fact.count;
    for (size_t i = 0; i < count; i++) {
        const h_fact *f = h_fact_at(h, i);
        if (f->node != r->node || f->value == 0 || f->told == node->runs) {
            continue;
        }
        const uint32_t key[4] = {(uint32_t)f->kind, r->node, f->who, f->sub};
        const uint32_t *newest = h_map_at(h, &h->fact_of, key);
        if (newest == NULL || *newest != i) {
            continue;
        }
        const h_fact gone = {.kind = f->kind, .who = f->who, .sub = f->sub};
        if (!keep_fact(r, gone)) {
            return false;
        }
    }
    return true;
}

static bool take_register(reader *r, const char **part, size_t count)
{
    h_fact fact = {.kind = H_REGISTER, .who = text_of(r, part[0])};
    uint64_t status = 0;
    if (count != 5 || !number_of(part[1], &status) || status < 1 || status > 2 ||
        !number_of(part[2], &fact.number[0]) || !number_of(part[3], &fact.number[1]) ||
        !number_of(part[4], &fact.number[2])) {
        return false;
    }
    fact.value = (uint32_t)status;
    return keep_fact(r, fact);
}

static bool take_case(reader *r, const char **part, size_t count)
{
    h_fact fact = {.kind = H_CASE, .who = text_of(r, part[0]), .value = 1};
    if (count != 3 || !number_of(part[2], &fact.number[0]) || fact.number[0] >= H_MEMBERS) {
        return false;
    }
    fact.text = text_of(r, part[1]);
    return keep_fact(r, fact);
}

/* Nobody's case may be shut too. */
static bool take_shut(reader *r, const char **part, size_t count)
{
    const h_fact fact = {.kind = H_CASE, .who = text_of(r, part[0])};
    return count == 1 && keep_fact(r, fact);
}

static bool take_episode(reader *r, const char **part, size_t count)
{
    h_fact fact = {.kind = H_EPISODE, .who = text_of(r, part[0])};
    char sub[64];
    uint64_t open = 0;
    uint64_t current = 0;
    if (count != 5 || !number_of(part[2], &fact.number[0]) || !number_of(part[3], &open) ||
        !number_of(part[4], &current) || open > 1 || current > 1 || strlen(part[1]) != 6) {
        return false;
    }
    (void)snprintf(sub, sizeof sub, "%s/%s", part[1], part[2]);
    fact.sub = text_of(r, sub);
    fact.text = text_of(r, part[1]);
    fact.value = (uint32_t)(1 + 2 * open + 4 * current);
    return keep_fact(r, fact);
}

static bool take_card(reader *r, const char **part, size_t count)
{
    h_fact fact = {.kind = H_CARD, .who = text_of(r, part[0])};
    uint64_t state = 0;
    if (count != 3 || !number_of(part[1], &state) || state > 1000 || strlen(part[2]) != 6) {
        return false;
    }
    fact.text = text_of(r, part[2]);
    fact.value = (uint32_t)state + 1;
    return keep_fact(r, fact);
}

static bool take_entry(reader *r, const char **part, size_t count)
{
    h_entry *e = count == 4 ? h_add(r->h, &r->h->entry, sizeof *e) : NULL;
    if (e == NULL || r->step == H_NO_STEP || !number_of(part[0], &e->sequence) ||
        !number_of(part[3], &e->epoch)) {
        return false;
    }
    e->who = text_of(r, part[1]);
    e->kind = text_of(r, part[2]);
    e->step = r->step;
    return true;
}

static bool take_applied(reader *r, const char **part, size_t count)
{
    h_applied *a = count == 2 ? h_add(r->h, &r->h->applied, sizeof *a) : NULL;
    if (a == NULL || r->step == H_NO_STEP || !number_of(part[1], &a->sequence)) {
        return false;
    }
    a->code = text_of(r, part[0]);
    a->step = r->step;
    return true;
}

static bool take_message(reader *r, const char **part, size_t count, bool sent)
{
    const size_t wanted = sent ? 6 : 3;
    h_message *m = count == wanted ? h_add(r->h, &r->h->message, sizeof *m) : NULL;
    if (m == NULL || r->step == H_NO_STEP) {
        return false;
    }
    m->kind = text_of(r, part[0]);
    m->id = text_of(r, part[1]);
    m->txn = text_of(r, part[sent ? 3 : 2]);
    m->step = r->step;
    if (sent) {
        char *end = NULL;
        m->to = text_of(r, part[2]);
        m->mask = (uint32_t)strtoul(part[4], &end, 16);
        return m->to != H_NONE && *end == '\0' && number_of(part[5], &m->epoch);
    }
    return true;
}

/* A message that was refused: taken all the same. */
static bool take_bad(reader *r, const char **part, size_t count)
{
    const char *message[] = {"BAD", part[0], "-"};
    return count == 1 && take_message(r, message, 3, false);
}

/* Every word that tells what became durable. */
static bool take_words(reader *r)
{
    char copy[256];
    const char *part[PARTS_MAX];
    for (size_t i = 2; i < r->count; i++) {
        const word *w = &r->words[i];
        const size_t count = cut_word(w->value, copy, sizeof copy, part);
        bool good = known_key(w->key);
        if (!good || count == 0) {
            return wrong(r, "a word that none is");
        }
        if (strcmp(w->key, "reg") == 0) {
            good = take_register(r, part, count);
        } else if (strcmp(w->key, "open") == 0) {
            good = take_case(r, part, count);
        } else if (strcmp(w->key, "shut") == 0) {
            good = take_shut(r, part, count);
        } else if (strcmp(w->key, "epi") == 0) {
            good = take_episode(r, part, count);
        } else if (strcmp(w->key, "card") == 0) {
            good = take_card(r, part, count);
        } else if (strcmp(w->key, "log") == 0) {
            good = take_entry(r, part, count);
        } else if (strcmp(w->key, "applied") == 0) {
            good = take_applied(r, part, count);
        } else if (strcmp(w->key, "bad") == 0) {
            good = take_bad(r, part, count);
        } else if (strcmp(w->key, "sent") == 0 || strcmp(w->key, "took") == 0) {
            good = take_message(r, part, count, w->key[0] == 's');
        }
        if (!good) {
            return r->h->fault[0] != '\0' ? false : wrong(r, "a fact that none is");
        }
    }
    return true;
}

/* ---- events ---- */

static bool name_node(reader *r)
{
    h_node *node = h_node_at(r->h, r->node);
    const char *name = value_of(r, "node");
    const h_text text = text_at(r, "node");
    if (name == NULL || (node->runs > 0 && node->name != text)) {
        return wrong(r, "another node's history in the same file");
    }
    const uint32_t other = h_node_named(r->h, text);
    if (strcmp(name, "client") != 0 && other != UINT32_MAX && other != r->node) {
        return wrong(r, "a second history of one node: check one network at a time");
    }
    node->name = text;
    node->client = strcmp(name, "client") == 0;
    if (!node->client && sscanf(name, "%15[a-z]:%7[0-9]:", node->role, node->code) != 2) {
        return wrong(r, "a node without a name");
    }
    return true;
}

static bool on_open(reader *r)
{
    h_node *node = h_node_at(r->h, r->node);
    uint64_t version = 0;
    const h_text boot = text_at(r, "boot");
    if (!number_at(r, "v", &version) || version != VERSION) {
        return wrong(r, "a version that this checker does not read");
    }
    if (!name_node(r)) {
        return false;
    }
    r->h->boot = r->h->boot == H_NONE ? boot : r->h->boot;
    if (boot == H_NONE || r->h->boot != boot) {
        return wrong(r, "of another boot of the machine: there is no order between the two");
    }
    node->clean = node->runs > 0 && node->stopped;
    if (node->runs > 0 && !node->stopped) {
        node->killed++;
        node->restart_ns = r->to_ns;
    }
    node->runs++;
    node->stopped = false;
    node->before_ns = node->last_ns;
    node->open_ns = r->to_ns;
    node->opening = true;
    return true;
}

static bool on_ready(reader *r)
{
    h_node *node = h_node_at(r->h, r->node);
    if (!node->opening) {
        return wrong(r, "ready twice");
    }
    r->step = H_NO_STEP;
    r->from_ns = node->runs == 1 ? INT64_MIN : node->before_ns;
    r->to_ns = node->runs == 1 ? INT64_MIN : node->open_ns;
    node->opening = false;
    return node->runs == 1 || forget_untold(r);
}

static bool fill_step(const reader *r, h_step *s)
{
    uint64_t final = 0;
    uint64_t day = 0;
    s->node = r->node;
    s->line = r->line;
    s->from_ns = r->from_ns;
    s->to_ns = r->to_ns;
    s->run = h_node_at(r->h, r->node)->runs;
    s->due = INT64_MIN;
    s->role = text_at(r, "role");
    s->input = text_at(r, "in");
    s->before = text_at(r, "from");
    s->state = text_at(r, "state");
    s->key = text_at(r, "key");
    s->txn = text_at(r, "txn");
    s->case_id = text_at(r, "case");
    if (s->role == H_NONE) {
        return true;
    }
    if (s->state == H_NONE || !number_at(r, "final", &final) || final > 1) {
        return false;
    }
    s->final = final == 1;
    s->day = number_at(r, "day", &day) ? (int64_t)day : 0;
    s->due = number_at(r, "due", &day) ? (int64_t)day : INT64_MIN;
    return true;
}

/* State at a start: facts, or one machine's row. */
static bool on_has(reader *r)
{
    const h_node *node = h_node_at(r->h, r->node);
    if (!node->opening) {
        return wrong(r, "state outside a start");
    }
    r->step = H_NO_STEP;
    r->from_ns = node->runs == 1 ? INT64_MIN : node->before_ns;
    r->to_ns = node->runs == 1 ? INT64_MIN : node->open_ns;
    if (value_of(r, "role") == NULL) {
        return take_words(r);
    }
    h_step *s = h_add(r->h, &r->h->step, sizeof *s);
    if (s == NULL) {
        return false;
    }
    s->seen = true;
    s->clean = node->clean;
    return fill_step(r, s) || wrong(r, "a machine without a state");
}

static bool on_step(reader *r)
{
    const h_node *node = h_node_at(r->h, r->node);
    if (node->opening || node->client || !time_at(r, "b", &r->from_ns) || r->from_ns > r->to_ns) {
        return wrong(r, "a step without its two times, or before the node was ready");
    }
    h_step *s = h_add(r->h, &r->h->step, sizeof *s);
    if (s == NULL) {
        return false;
    }
    r->step = (uint32_t)r->h->step.count - 1;
    return (fill_step(r, s) || wrong(r, "a machine without a state")) && take_words(r);
}

static bool on_asked(reader *r)
{
    h_operation *o = h_add(r->h, &r->h->operation, sizeof *o);
    const h_node *node = h_node_at(r->h, r->node);
    if (o == NULL) {
        return false;
    }
    o->node = r->node;
    o->line = r->line;
    o->run = node->runs;
    o->at = node->client ? text_at(r, "at") : node->name;
    o->verb = text_at(r, "verb");
    o->txn = text_at(r, "txn");
    o->case_id = text_at(r, "case");
    o->asked_ns = r->to_ns;
    o->outcome = '?';
    return (number_at(r, "op", &o->number) && o->verb != H_NONE &&
            (!node->client || value_of(r, "at") != NULL)) ||
           wrong(r, "a request without number, verb or node");
}

static bool on_answered(reader *r)
{
    h_array *all = &r->h->operation;
    const unsigned run = h_node_at(r->h, r->node)->runs;
    const char *outcome = value_of(r, "ok");
    uint64_t number = 0;
    if (!number_at(r, "op", &number) || outcome == NULL || strlen(outcome) != 1 ||
        strchr("01?", outcome[0]) == NULL) {
        return wrong(r, "an answer without number or outcome");
    }
    for (size_t i = all->count; i > 0; i--) {
        h_operation *o = (h_operation *)all->item + i - 1;
        if (o->node != r->node || o->run != run) {
            break;
        }
        if (o->number == number && o->answered_ns == 0) {
            o->answered_ns = r->to_ns;
            o->outcome = outcome[0];
            o->txn = o->txn != H_NONE ? o->txn : text_at(r, "txn");
            o->case_id = o->case_id != H_NONE ? o->case_id : text_at(r, "case");
            return true;
        }
    }
    return wrong(r, "an answer to what was not asked, or a second one");
}

static bool on_stop(reader *r)
{
    h_node *node = h_node_at(r->h, r->node);
    if (node->opening && !node->client) {
        return wrong(r, "a stop before the node was ready");
    }
    node->stopped = true;
    return true;
}

typedef struct event {
    const char *name;
    bool (*take)(reader *r);
    bool timed;
} event;

static const event events[] = {
    {"open", on_open, true}, {"has", on_has, false},    {"ready", on_ready, true},
    {"step", on_step, true}, {"asked", on_asked, true}, {"answered", on_answered, true},
    {"stop", on_stop, true},
};

static const event *event_of(const char *name)
{
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (strcmp(events[i].name, name) == 0) {
            return &events[i];
        }
    }
    return NULL;
}

static bool take_line(reader *r)
{
    h_node *node = h_node_at(r->h, r->node);
    const event *e = event_of(r->words[1].value);
    const bool opens = e != NULL && e->take == on_open;
    uint64_t number = 0;
    if (e == NULL || !number_of(r->words[0].value, &number)) {
        return wrong(r, "an event that none is");
    }
    if ((node->runs == 0 || node->stopped) && !opens) {
        return wrong(r, "a line outside a run");
    }
    if (number != (opens ? 1 : node->number + 1)) {
        return wrong(r, "lines are missing before this one");
    }
    r->to_ns = node->last_ns;
    if (e->timed && (!time_at(r, "t", &r->to_ns) || (!opens && r->to_ns < node->open_ns))) {
        return wrong(r, "a line without its time");
    }
    if (!e->take(r)) {
        return false;
    }
    node = h_node_at(r->h, r->node);
    node->number = number;
    node->last_ns = r->to_ns > node->last_ns || e->timed ? r->to_ns : node->last_ns;
    r->h->verdict->lines++;
    return !r->h->no_memory;
}

/* ---- files ---- */

/* A line that was not finished may stand at the end and before the next start only. */
static bool read_lines(reader *r, FILE *file)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size = 0;
    uint32_t unfinished = 0;
    bool good = true;
    while (good && (size = getline(&line, &capacity, file)) > 0) {
        r->line++;
        const bool whole = line[size - 1] == '\n' && strlen(line) == (size_t)size;
        if (whole) {
            line[size - 1] = '\0';
        }
        if (!whole || !cut_line(r, line)) {
            good = (unfinished == 0 && !h_node_at(r->h, r->node)->stopped) ||
                   wrong(r, "not a line of a history");
            unfinished = r->line;
            continue;
        }
        if (unfinished != 0 && strcmp(r->words[1].value, "open") != 0) {
            r->line = unfinished;
            good = wrong(r, "not a line of a history");
        }
        unfinished = 0;
        good = good && take_line(r);
    }
    free(line);
    return good;
}

static bool read_file(h_history *h, const char *path)
{
    reader *r = calloc(1, sizeof *r);
    h_node *node = h_add(h, &h->node, sizeof *node);
    if (r == NULL || node == NULL) {
        h->no_memory = true;
        free(r);
        return false;
    }
    r->h = h;
    r->node = (uint32_t)h->node.count - 1;
    node->restart_ns = INT64_MIN;
    node->path = h_text_of(h, path, strlen(path));
    FILE *file = fopen(path, "r");
    bool good = file != NULL || wrong(r, "cannot be read");
    if (file != NULL) {
        good = read_lines(r, file);
        (void)fclose(file);
        if (good && h_node_at(h, r->node)->runs == 0) {
            good = wrong(r, "no line of a history in it");
        }
    }
    free(r);
    return good;
}

/* nftw gives no place for an argument. */
static char *found[PATHS_MAX];
static size_t found_count;

static int find_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    static const char suffix[] = ".history";
    const size_t size = strlen(path);
    (void)info;
    (void)at;
    if (flag == FTW_F && size >= sizeof suffix && found_count < PATHS_MAX &&
        strcmp(path + size - (sizeof suffix - 1), suffix) == 0) {
        found[found_count] = strdup(path);
        found_count += found[found_count] != NULL ? 1U : 0U;
    }
    return found_count == PATHS_MAX ? 1 : 0;
}

static int by_name(const void *a, const void *b)
{
    char *const *x = a;
    char *const *y = b;
    return strcmp(*x, *y);
}

bool h_read_folder(h_history *h, const char *folder)
{
    found_count = 0;
    const int code = nftw(folder, find_one, 16, FTW_PHYS);
    bool good = code == 0;
    if (!good) {
        (void)snprintf(h->fault, JK_HISTORY_TEXT, "%.300s: %s", folder,
                       code > 0 ? "too many files" : "cannot be read");
    }
    qsort(found, found_count, sizeof found[0], by_name);
    for (size_t i = 0; i < found_count; i++) {
        good = good && read_file(h, found[i]);
        free(found[i]);
    }
    return good;
}
