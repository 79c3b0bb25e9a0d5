/* SPDX-License-Identifier: Apache-2.0 */
/* One round of reconciliation as a sequence chart in text: every message of that round, in an order
 * in which each was sent before it was taken, from the step logs of the CS, its prefecture and
 * national. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include <stdlib.h>
#include <string.h>

enum {
    LANES = 3, /* CS, prefecture, national */
    LINES_MAX = 256,
    SENT_MAX = 8,
    ROWS_MAX = 256,
    NAME = 24
};

static const demo_lane lanes[LANES] = {{"CS", "cs"}, {"都道府県", "pref"}, {"全国", "nat"}};

/* A message on its link: who got it and under which number. */
typedef struct message {
    unsigned to;
    unsigned long long number;
    char kind[32];
} message;

typedef struct line {
    bool commanded;
    bool took;
    unsigned from; /* of what it took */
    unsigned long long number;
    size_t sent_count;
    message sent[SENT_MAX];
} line;

typedef struct log_lines {
    line at[LINES_MAX];
    size_t count;
    size_t next;
    unsigned long long reached[LANES]; /* number of the last message drawn to that lane */
} log_lines;

typedef struct drawing {
    char names[LANES][NAME]; /* "cs:141003:0" */
    log_lines logs[LANES];
    demo_arrow rows[ROWS_MAX];
    size_t row_count;
} drawing;

static unsigned lane_of(const drawing *d, const char *name, size_t size)
{
    unsigned lane = 0;
    while (lane < LANES &&
           (strlen(d->names[lane]) != size || memcmp(d->names[lane], name, size) != 0)) {
        lane++;
    }
    return lane;
}

/* "PEER/NUMBER/...": lane and number; what follows, NULL: another form or another peer. */
static const char *read_peer(const drawing *d, const char *text, unsigned *lane,
                             unsigned long long *number)
{
    char *end = NULL;
    const size_t size = strcspn(text, "/");
    *lane = lane_of(d, text, size);
    if (*lane == LANES || text[size] != '/') {
        return NULL;
    }
    *number = strtoull(text + size + 1, &end, 10);
    return *end == '/' ? end + 1 : NULL;
}

static void read_sent(const drawing *d, const char *list, const char *round, line *l)
{
    while (*list != '\0' && l->sent_count < SENT_MAX) {
        char item[128];
        const size_t size = strcspn(list, ",");
        message *m = &l->sent[l->sent_count];
        (void)snprintf(item, sizeof item, "%.*s", (int)size, list);
        const char *kind = read_peer(d, item, &m->to, &m->number);
        if (kind != NULL && strstr(kind, round) != NULL) {
            (void)snprintf(m->kind, sizeof m->kind, "%.*s", (int)strcspn(kind, "/"), kind);
            l->sent_count++;
        }
        list += list[size] == ',' ? size + 1 : size;
    }
}

/* A step that took or sent a message of the round. */
static void read_line(drawing *d, log_lines *log, const char *text, const char *round)
{
    char value[2048];
    line l = {.took = false};
    if (log->count == LINES_MAX || strstr(text, round) == NULL) {
        return;
    }
    if (demo_value_of(text, "took", value, sizeof value) && strstr(value, round) != NULL) {
        l.took = read_peer(d, value, &l.from, &l.number) != NULL;
    }
    l.commanded = demo_value_of(text, "asked", value, sizeof value);
    if (demo_value_of(text, "sent", value, sizeof value)) {
        read_sent(d, value, round, &l);
    }
    if (l.took || l.sent_count > 0) {
        log->at[log->count++] = l;
    }
}

static void read_log(demo_run *run, const demo_node *node, drawing *d, unsigned lane)
{
    char path[DEMO_PATH + 64];
    char *text = NULL;
    size_t capacity = 0;
    (void)snprintf(path, sizeof path, "%s/%s.log", run->net.folder, node->base);
    FILE *file = fopen(path, "r");
    while (file != NULL && getline(&text, &capacity, file) > 0) {
        read_line(d, &d->logs[lane], text, run->reconciled.round);
    }
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
}

static const char *step_of(const char *kind, unsigned from)
{
    static const struct {
        const char *kind;
        const char *step;
    } steps[] = {{"CHECK", "6-①"},
                 {"CELLS", "6-①"},
                 {"MORE_CELLS", "6-②"},
                 {"COMPARED", "6-③"},
                 {"CLOSE", "ext"}};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(steps[i].kind, kind) == 0) {
            return steps[i].step;
        }
    }
    return from == 0 ? "1-④" : "1-⑤"; /* MARKER, an entry of the log */
}

static void add(drawing *d, const char *step, const char *kind, unsigned from, unsigned to)
{
    demo_arrow row = {.from = from, .to = to};
    (void)snprintf(row.step, sizeof row.step, "%s", step);
    (void)snprintf(row.kind, sizeof row.kind, "%.31s", kind);
    d->row_count = demo_arrow_add(d->rows, d->row_count, ROWS_MAX, &row);
}

/* Draws the next line of that lane if what it took was sent. */
static bool draw_next(drawing *d, unsigned lane)
{
    log_lines *log = &d->logs[lane];
    if (log->next == log->count) {
        return false;
    }
    const line *l = &log->at[log->next];
    if (l->took && d->logs[l->from].reached[lane] < l->number) {
        return false;
    }
    log->next++;
    if (l->commanded) {
        add(d, "6-①", "START", lane, lane);
    }
    for (size_t i = 0; i < l->sent_count; i++) {
        const message *m = &l->sent[i];
        log->reached[m->to] = m->number;
        add(d, step_of(m->kind, lane), m->kind, lane, m->to);
    }
    return true;
}

void demo_show_round(demo_run *run, FILE *out)
{
    drawing *d = calloc(1, sizeof *d);
    const char *town = demo_town_codes[DEMO_TOWNS - 1];
    const char *prefecture = demo_prefecture_codes[DEMO_PREFECTURES - 1];
    const demo_node *nodes[LANES] = {
        demo_node_of(run, JK_ROLE_CS, town),
        demo_node_of(run, JK_ROLE_PREFECTURE, prefecture),
        demo_node_of(run, JK_ROLE_NATIONAL, "000000"),
    };
    if (d == NULL || strlen(run->reconciled.round) != 32) {
        free(d);
        return;
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        (void)snprintf(d->names[lane], NAME, "%s:%s:0", jk_role_name((jk_role)nodes[lane]->id.role),
                       nodes[lane]->id.code);
    }
    for (unsigned lane = 0; lane < LANES; lane++) {
        read_log(run, nodes[lane], d, lane);
    }
    for (bool more = true; more;) {
        more = false;
        for (unsigned lane = 0; lane < LANES; lane++) {
            more = draw_next(d, lane) || more;
        }
    }
    (void)fprintf(out, "\nround %.8s of %s, after records were damaged\n", run->reconciled.round,
                  town);
    demo_draw(out, lanes, LANES, d->rows, d->row_count);
    free(d);
}
