/* SPDX-License-Identifier: Apache-2.0 */
/* `juki reconcile layer`: a municipality's registry against its CS.  Both are asked page by page
 * for digests in one order, and only whoever differs is kept; then those are looked at again, until
 * no message between the two is under way.  Nothing is repaired: which of the two is right is for a
 * clerk to see, and the registry's word goes first. */
#define _POSIX_C_SOURCE 200809L

#include "tool/reconcile_layer.h"

#include "tool/client.h"
#include "tool/options.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PAGE = 500, /* rows of one answer */
    LOOK_MS = 200,
    WAIT_STANDARD_MS = 5000,
    WAIT_MAX_MS = 3600000,
    FOUND_FIRST = 64
};

enum {
    REGISTRY_SOCKET,
    CS_SOCKET,
    FIELDS,
    WAIT,
    JSON,
    LANG,
    OPTION_COUNT
};

static const jk_option options[OPTION_COUNT] = {
    [REGISTRY_SOCKET] = {"registry", "FILE", "the registry's socket", true, false},
    [CS_SOCKET] = {"cs", "FILE", "the socket of the same municipality's CS", true, false},
    [FIELDS] = {"fields", NULL, "what the fields hold, too: registry -> CS", false, false},
    [WAIT] = {"wait", "MS", "wait so long for messages under way, default 5000", false, false},
    [JSON] = {"json", NULL, "print one JSON object instead", false, false},
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_usage usage = {
    "reconcile layer", NULL,
    "Compares the register of a municipality with what its CS holds, resident by resident, and\n"
    "lists who differs.  The registry is right before the CS; a clerk corrects, nothing is\n"
    "repaired by itself.  It names residents.\n"
    "Exit: 0 equal, 1 refused or different, 2 usage, 4 no node answers.",
    options, OPTION_COUNT};

/* One of the two, and where the way through its register stands. */
typedef struct side {
    const char *role;
    const char *path;
    int descriptor;
    json_t *page; /* the last answer */
    size_t at;
    bool complete; /* that was the last page */
    char after[JK_LAYER_NAME_SIZE];
    uint64_t rows;
} side;

/* A run. */
typedef struct layer {
    side side[JK_LAYER_SIDES];
    char key[65];
    jk_lang lang;
    uint64_t wait_ms;
    bool fields;
    char municipality[7];
    jk_layer_found *found;
    size_t count;
    size_t capacity;
    int code; /* why the run ends: an exit code */
} layer;

static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool ends(layer *l, const side *s, int code, const char *why)
{
    (void)fprintf(stderr, "juki reconcile layer: %s: %s\n", s->path, why);
    l->code = code;
    return false;
}

/* --- questions --- */

/* NULL: the run ends. */
static json_t *ask(layer *l, side *s, json_t *request)
{
    json_t *answer = jk_client_ask(s->descriptor, request, JK_CLIENT_TIMEOUT_MS);
    if (answer == NULL) {
        (void)ends(l, s, JK_EXIT_UNREACHABLE, "no answer");
        return NULL;
    }
    if (!json_is_true(json_object_get(answer, "ok"))) {
        (void)fprintf(stderr, "juki reconcile layer: %s refused: %s: %s\n", s->role,
                      text_of(answer, "status"), text_of(answer, "text"));
        jk_client_hint(stderr, answer, l->lang);
        l->code = JK_EXIT_REFUSED;
        json_decref(answer);
        return NULL;
    }
    return answer;
}

static json_t *digests_request(const layer *l)
{
    json_t *request = jk_client_request("layer-digests");
    (void)json_object_set_new(request, "key", json_string(l->key));
    return request;
}

/* Both are of one municipality, and each is what it was named for. */
static bool belongs(layer *l, const side *s, const json_t *answer)
{
    const char *code = text_of(answer, "municipality");
    if (strcmp(text_of(answer, "role"), s->role) != 0) {
        char text[64];
        (void)snprintf(text, sizeof text, "refused: this is no %s", s->role);
        return ends(l, s, JK_EXIT_REFUSED, text);
    }
    if (l->municipality[0] == '\0') {
        (void)snprintf(l->municipality, sizeof l->municipality, "%s", code);
    }
    return strcmp(code, l->municipality) == 0
               ? true
               : ends(l, s, JK_EXIT_REFUSED, "refused: of another municipality than the registry");
}

/* --- the way through both registers --- */

/* A row of an answer; false: it has not the form of one. */
static bool read_row(const json_t *value, const char **name, jk_layer_row *row)
{
    static const char *const words[] = {
        [JK_LAYER_CURRENT] = "current",
        [JK_LAYER_REMOVED] = "removed",
        [JK_LAYER_DAMAGED] = "damaged",
        [JK_LAYER_TORN] = "torn",
    };

    const char *digest = json_string_value(json_array_get(value, 2));
    const char *word = json_string_value(json_array_get(value, 1));
    *name = json_string_value(json_array_get(value, 0));
    row->state = JK_LAYER_ABSENT;
    for (uint8_t i = JK_LAYER_CURRENT; word != NULL && i <= JK_LAYER_TORN; i++) {
        row->state = strcmp(word, words[i]) == 0 ? i : row->state;
    }
    size_t size = 0;
    return *name != NULL && strlen(*name) > 0 && strlen(*name) < JK_LAYER_NAME_SIZE &&
           row->state != JK_LAYER_ABSENT && digest != NULL &&
           sodium_hex2bin(row->digest, sizeof row->digest, digest, strlen(digest), NULL, &size,
                          NULL) == 0 &&
           size == sizeof row->digest;
}

static bool next_page(layer *l, side *s)
{
    json_t *request = digests_request(l);
    (void)json_object_set_new(request, "after", json_string(s->after));
    (void)json_object_set_new(request, "limit", json_integer(PAGE));
    json_t *answer = ask(l, s, request);
    if (answer == NULL) {
        return false;
    }
    json_decref(s->page);
    s->page = answer;
    s->at = 0;
    s->complete = json_is_true(json_object_get(answer, "complete"));
    if (!s->complete && json_array_size(json_object_get(answer, "rows")) == 0) {
        return ends(l, s, JK_EXIT_REFUSED, "a page without rows");
    }
    return belongs(l, s, answer);
}

/* Where the side stands; an absent row at its end.  false: the run ends. */
static bool stand(layer *l, side *s, const char **name, jk_layer_row *row)
{
    *row = (jk_layer_row){.state = JK_LAYER_ABSENT};
    *name = NULL;
    const json_t *rows = json_object_get(s->page, "rows");
    if (s->page == NULL || (s->at >= json_array_size(rows) && !s->complete)) {
        if (!next_page(l, s)) {
            return false;
        }
        rows = json_object_get(s->page, "rows");
    }
    if (s->at >= json_array_size(rows)) {
        return true;
    }
    if (!read_row(json_array_get(rows, s->at), name, row) || strcmp(*name, s->after) <= 0) {
        return ends(l, s, JK_EXIT_REFUSED, "rows that have not the form or order of an answer");
    }
    return true;
}

static void advance(side *s, const char *name)
{
    (void)snprintf(s->after, sizeof s->after, "%s", name);
    s->at++;
    s->rows++;
}

static bool same_row(const jk_layer_row *a, const jk_layer_row *b)
{
    return a->state == b->state && memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

static bool equal(const jk_layer_row *registry, const jk_layer_row *cs)
{
    return same_row(registry, cs) && registry->state <= JK_LAYER_REMOVED;
}

static bool keep(layer *l, const char *name, const jk_layer_row row[JK_LAYER_SIDES])
{
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity == 0 ? FOUND_FIRST : 2 * l->capacity;
        jk_layer_found *bigger = realloc(l->found, capacity * sizeof *bigger);
        if (bigger == NULL) {
            (void)fprintf(stderr, "juki reconcile layer: no memory\n");
            l->code = JK_EXIT_REFUSED;
            return false;
        }
        l->found = bigger;
        l->capacity = capacity;
    }
    jk_layer_found *found = &l->found[l->count++];
    *found = (jk_layer_found){.row = {row[JK_LAYER_REGISTRY], row[JK_LAYER_CS]}};
    (void)snprintf(found->name, sizeof found->name, "%s", name);
    return true;
}

static bool merge(layer *l)
{
    for (;;) {
        const char *name[JK_LAYER_SIDES];
        jk_layer_row row[JK_LAYER_SIDES];
        if (!stand(l, &l->side[JK_LAYER_REGISTRY], &name[0], &row[0]) ||
            !stand(l, &l->side[JK_LAYER_CS], &name[1], &row[1])) {
            return false;
        }
        if (name[0] == NULL && name[1] == NULL) {
            return true;
        }
        const int order = name[0] == NULL ? 1 : name[1] == NULL ? -1 : strcmp(name[0], name[1]);
        if (order < 0) {
            row[JK_LAYER_CS] = (jk_layer_row){.state = JK_LAYER_ABSENT};
        } else if (order > 0) {
            row[JK_LAYER_REGISTRY] = (jk_layer_row){.state = JK_LAYER_ABSENT};
        }
        if (!equal(&row[0], &row[1]) && !keep(l, order <= 0 ? name[0] : name[1], row)) {
            return false;
        }
        if (order <= 0) {
            advance(&l->side[JK_LAYER_REGISTRY], name[0]);
        }
        if (order >= 0) {
            advance(&l->side[JK_LAYER_CS], name[1]);
        }
    }
}

/* --- looking again --- */

/* What one side says now of some of those who were found. */
typedef struct look {
    jk_layer_row row[PAGE];
    bool waiting; /* messages to the other side are under way */
    bool queued;  /* corrections wait outside the log: episodes are behind the register */
} look;

static bool look_at(layer *l, side *s, const jk_layer_found *found, size_t count, look *out)
{
    json_t *request = digests_request(l);
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(names, json_string(found[i].name));
    }
    (void)json_object_set_new(request, "residents", names);
    json_t *answer = ask(l, s, request);
    if (answer == NULL) {
        return false;
    }
    const json_t *rows = json_object_get(answer, "rows");
    size_t at = 0;
    bool good = belongs(l, s, answer);
    for (size_t i = 0; good && i < count; i++) {
        const char *name = NULL;
        jk_layer_row row = {.state = JK_LAYER_ABSENT};
        out->row[i] = row;
        const json_t *value = json_array_get(rows, at);
        if (value != NULL && read_row(value, &name, &row) && strcmp(name, found[i].name) == 0) {
            out->row[i] = row;
            at++;
        }
    }
    if (good && at != json_array_size(rows)) {
        good = ends(l, s, JK_EXIT_REFUSED, "rows that were not asked for, or have not their form");
    }
    out->waiting = json_integer_value(json_object_get(answer, "waiting")) != 0;
    out->queued = json_integer_value(json_object_get(answer, "bulk")) != 0;
    json_decref(answer);
    return good;
}

/* The registry, the CS, and the registry again.  If it said the same both times and neither had
 * anything under way to the other when it was asked, the two differ, and not because of a change
 * that one of them has yet to hear of: each changes its row and sends its message in one step, and
 * an acknowledged message has been obeyed.  Who is equal is dropped. */
static bool look_again(layer *l, jk_layer_found *found, size_t count, bool *rest)
{
    static look looks[3]; /* large; one thread */
    const look *before = &looks[0];
    const look *cs = &looks[1];
    const look *after = &looks[2];
    if (!look_at(l, &l->side[JK_LAYER_REGISTRY], found, count, &looks[0]) ||
        !look_at(l, &l->side[JK_LAYER_CS], found, count, &looks[1]) ||
        !look_at(l, &l->side[JK_LAYER_REGISTRY], found, count, &looks[2])) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        jk_layer_found *f = &found[i];
        const bool quiet = !before->waiting && !cs->waiting &&
                           same_row(&before->row[i], &after->row[i]) &&
                           !(cs->queued && cs->row[i].state == JK_LAYER_TORN);
        f->gone =
            equal(&before->row[i], &cs->row[i]) || equal(&after->row[i], &cs->row[i]) ||
            (cs->row[i].state == JK_LAYER_ABSENT &&
             (before->row[i].state == JK_LAYER_ABSENT || after->row[i].state == JK_LAYER_ABSENT));
        f->seen = quiet ? (uint8_t)(f->seen + (f->seen < JK_LAYER_LOOKS)) : 0;
        f->row[JK_LAYER_REGISTRY] = after->row[i];
        f->row[JK_LAYER_CS] = cs->row[i];
        *rest = *rest && (f->gone || f->seen == JK_LAYER_LOOKS);
    }
    return true;
}

static void drop_gone(layer *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (!l->found[i].gone) {
            l->found[kept++] = l->found[i];
        }
    }
    l->count = kept;
}

/* Until each was seen at rest, or the time is over. */
static bool settle(layer *l)
{
    const int64_t until_ms = now_ms() + (int64_t)l->wait_ms;
    bool rest = l->count == 0;
    for (unsigned looks = 1; !rest; looks++) {
        rest = true;
        for (size_t i = 0; i < l->count; i += PAGE) {
            const size_t left = l->count - i;
            if (!look_again(l, &l->found[i], left < PAGE ? left : PAGE, &rest)) {
                return false;
            }
        }
        drop_gone(l);
        if (!rest && looks >= JK_LAYER_LOOKS && now_ms() >= until_ms) {
            return true;
        }
        if (!rest) {
            pause_ms(LOOK_MS);
        }
    }
    return true;
}

/* --- fields --- */

/* The record of one side; an absent one if nobody has that code by now. */
static bool read_record(layer *l, side *s, const jk_layer_found *found, jk_layer_record *record)
{
    record->present = false;
    if (found->row[s - l->side].state == JK_LAYER_ABSENT) {
        return true;
    }
    json_t *request = jk_client_request("layer-record");
    (void)json_object_set_new(request, "resident", json_string(found->name));
    json_t *answer = jk_client_ask(s->descriptor, request, JK_CLIENT_TIMEOUT_MS);
    const char *hex = text_of(answer, "person");
    if (answer == NULL) {
        return ends(l, s, JK_EXIT_UNREACHABLE, "no answer");
    }
    record->present = json_is_true(json_object_get(answer, "ok")) &&
                      sodium_hex2bin(record->person, sizeof record->person, hex, strlen(hex), NULL,
                                     &record->size, NULL) == 0;
    record->removed = strcmp(text_of(answer, "status"), "removed") == 0;
    json_decref(answer);
    return true;
}

static bool show(layer *l, const jk_layer_report *report)
{
    static jk_layer_record record[JK_LAYER_SIDES]; /* large; one thread */
    for (size_t i = 0; i < l->count; i++) {
        if (!read_record(l, &l->side[JK_LAYER_REGISTRY], &l->found[i], &record[0]) ||
            !read_record(l, &l->side[JK_LAYER_CS], &l->found[i], &record[1])) {
            return false;
        }
        jk_layer_show(report, &l->found[i], record);
    }
    sodium_memzero(record, sizeof record);
    return true;
}

/* --- the run --- */

static bool dial(layer *l, side *s)
{
    s->descriptor = jk_client_open(s->path);
    if (s->descriptor < 0) {
        (void)fprintf(stderr, "juki reconcile layer: no node answers at %s: %s\n", s->path,
                      strerror(errno));
        l->code = JK_EXIT_UNREACHABLE;
    }
    return s->descriptor >= 0;
}

static void draw_key(layer *l)
{
    uint8_t key[32];
    randombytes_buf(key, sizeof key);
    (void)sodium_bin2hex(l->key, sizeof l->key, key, sizeof key);
    sodium_memzero(key, sizeof key);
}

static int compare(layer *l, bool json)
{
    jk_layer_report report = {.municipality = l->municipality, .fields = l->fields};
    draw_key(l);
    if (dial(l, &l->side[JK_LAYER_REGISTRY]) && dial(l, &l->side[JK_LAYER_CS]) && merge(l) &&
        settle(l)) {
        report.json = json ? jk_layer_json(l->municipality) : NULL;
        for (size_t i = 0; i < JK_LAYER_SIDES; i++) {
            report.rows[i] = l->side[i].rows;
        }
        for (size_t i = 0; i < l->count; i++) {
            report.counts[jk_layer_class(&l->found[i])]++;
            report.unsettled += l->found[i].seen < JK_LAYER_LOOKS;
        }
        l->code = l->count == 0 ? JK_EXIT_DONE : JK_EXIT_REFUSED;
        if (show(l, &report)) {
            jk_layer_verdict(&report);
        }
        json_decref(report.json);
    }
    for (size_t i = 0; i < JK_LAYER_SIDES; i++) {
        json_decref(l->side[i].page);
        if (l->side[i].descriptor >= 0) {
            jk_client_close(l->side[i].descriptor);
        }
    }
    free(l->found);
    sodium_memzero(l->key, sizeof l->key);
    return l->code;
}

int jk_reconcile_layer(int argc, char **argv)
{
    static jk_options o;
    layer l = {.side = {[JK_LAYER_REGISTRY] = {.role = "registry", .descriptor = -1},
                        [JK_LAYER_CS] = {.role = "cs", .descriptor = -1}},
               .wait_ms = WAIT_STANDARD_MS};
    int leave = jk_options_read(&usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&usage, &o, LANG, &l.lang);
    }
    if (leave != -1) {
        return leave;
    }
    if (o.count[WAIT] > 0 && !jk_option_number(o.value[WAIT][0], WAIT_MAX_MS, &l.wait_ms)) {
        (void)fprintf(stderr, "juki reconcile layer: --wait is no number up to 3600000\n");
        return JK_EXIT_USAGE;
    }
    if (sodium_init() < 0) {
        return JK_EXIT_REFUSED;
    }
    l.side[JK_LAYER_REGISTRY].path = o.value[REGISTRY_SOCKET][0];
    l.side[JK_LAYER_CS].path = o.value[CS_SOCKET][0];
    l.fields = o.count[FIELDS] > 0;
    return compare(&l, o.count[JSON] > 0);
}
