/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction as a sequence chart in text, put together from the step logs of all nodes.  The
 * machines that took part are found in the databases (by txn, case and residents), their steps in
 * the logs (by node and row id); every message is drawn where its sender's step put it into the
 * outbox. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include <stdlib.h>
#include <string.h>

enum {
    LANES = 8,
    LANE_WIDTH = 9,
    STEPS_MAX = 512,
    ROWS_MAX = 256,
    MACHINES_MAX = 128,
    TEXT = 32,
    LABEL_WIDTH = 24
};

typedef enum lane {
    TERMINAL,
    DEST_CS,
    DEST_REGISTRY,
    ORIGIN_CS,
    ORIGIN_REGISTRY,
    PREFECTURE,
    NATIONAL,
    CARDS,
    NO_LANE
} lane;

static const demo_lane heads[LANES] = {
    {"端末", "term"},        {"転入CS", "CS-in"},  {"転入住基", "reg-in"}, {"転出CS", "CS-out"},
    {"転出住基", "reg-out"}, {"都道府県", "pref"}, {"全国", "nat"},        {"カード", "cards"},
};

/* Which step of the source a message is, whom it goes from and to. */
typedef struct arrow {
    const char *kind;
    lane from;
    lane to;
    const char *step;
} arrow;

static const arrow arrows[] = {
    {"VERIFY_REQUEST", TERMINAL, DEST_CS, "2-②"},
    {"CARD_STATUS", DEST_CS, CARDS, "ext"},
    {"CARD_STATE", CARDS, DEST_CS, "ext"},
    {"VERIFY_REQUEST", DEST_CS, NATIONAL, "2-③"},
    {"VERIFY_RESULT", NATIONAL, DEST_CS, "2-④"},
    {"VERIFY_RESULT", DEST_CS, TERMINAL, "2-④"},
    {"CERT_REQUEST", TERMINAL, DEST_CS, "3-②"},
    {"CERT_REQUEST", DEST_CS, ORIGIN_CS, "3-②"},
    {"CERT", ORIGIN_CS, DEST_CS, "3-③"},
    {"REFUSAL", ORIGIN_CS, DEST_CS, "3-③"},
    {"RELEASE", DEST_CS, ORIGIN_CS, "ext"},
    {"REGISTER", DEST_CS, DEST_REGISTRY, "3-④"},
    {"REGISTERED", DEST_REGISTRY, DEST_CS, "3-④"},
    {"REJECTED", DEST_REGISTRY, DEST_CS, "ext"},
    {"STOP", DEST_CS, DEST_REGISTRY, "ext"},
    {"STOPPED", DEST_REGISTRY, DEST_CS, "ext"},
    {"ENTRY", DEST_CS, PREFECTURE, "1-④"},
    {"ENTRY", PREFECTURE, NATIONAL, "1-⑤"},
    {"NOTICE", DEST_CS, ORIGIN_CS, "3-⑤"},
    {"DONE", DEST_CS, TERMINAL, "ext"},
    {"REFUSED", DEST_CS, TERMINAL, "ext"},
    {"CANCEL", TERMINAL, DEST_CS, "ext"},
    {"ACCEPTED", ORIGIN_CS, DEST_CS, "ext"},
    {"DISPUTED", ORIGIN_CS, DEST_CS, "ext"},
    {"DISPUTED", DEST_CS, DEST_REGISTRY, "ext"},
    {"RETRY", DEST_REGISTRY, DEST_CS, "ext"},
    {"CORRECTED", DEST_REGISTRY, DEST_CS, "ext"},
    {"WITHDRAWN", DEST_REGISTRY, DEST_CS, "ext"},
    {"WITHDRAW", DEST_CS, ORIGIN_CS, "ext"},
    {"GRANT_STATUS", ORIGIN_CS, DEST_CS, "ext"},
    {"HOLDS", DEST_CS, ORIGIN_CS, "ext"},
    {"DEATH", ORIGIN_REGISTRY, ORIGIN_CS, "1-③"},
    {"DIED", ORIGIN_CS, DEST_CS, "ext"},
    {"DIED", DEST_CS, DEST_REGISTRY, "ext"},
    {"FILED", ORIGIN_REGISTRY, ORIGIN_CS, "1-③"},
    {"REMOVED", ORIGIN_REGISTRY, ORIGIN_CS, "1-③"},
    {"MOVED", ORIGIN_CS, ORIGIN_REGISTRY, "3-⑤"},
    {"REMOVAL", ORIGIN_CS, PREFECTURE, "1-④"},
    {"REMOVAL", DEST_CS, PREFECTURE, "1-④"},
    {"ENTRY", ORIGIN_CS, PREFECTURE, "1-④"},
    {"REMOVAL", PREFECTURE, NATIONAL, "1-⑤"},
    {"CONTINUE", DEST_CS, CARDS, "3-⑥"},
    {"CONTINUED", CARDS, DEST_CS, "3-⑥"},
    {"CONTINUED", DEST_CS, TERMINAL, "3-⑥"},
    {"CONTINUE_REFUSED", CARDS, DEST_CS, "3-⑥"},
    {"RECODE", ORIGIN_REGISTRY, ORIGIN_CS, "ext"},
    {"RECODE_OK", ORIGIN_CS, ORIGIN_REGISTRY, "ext"},
    {"RECODE_REFUSED", ORIGIN_CS, ORIGIN_REGISTRY, "ext"},
};

#define ARROWS (sizeof arrows / sizeof arrows[0])

typedef struct step {
    long long time_ms;
    size_t node;
    size_t order; /* of its line in the node's log */
    bool done;    /* drawn */
    lane at;
    char input[TEXT];
    char outputs[256];
} step;

typedef struct chart {
    step steps[STEPS_MAX];
    size_t step_count;
    demo_arrow rows[ROWS_MAX];
    size_t row_count;
    int64_t machines[MACHINES_MAX]; /* row ids at the node in hand */
    size_t machine_count;
    unsigned sent[ARROWS]; /* messages of each arrow that were sent and not yet taken */
} chart;

/* ---- reading ---- */

static lane lane_of(const char *role)
{
    static const struct {
        const char *role;
        lane at;
    } roles[] = {
        {"movein_terminal", TERMINAL},
        {"movein_dest_cs", DEST_CS},
        {"movein_dest_registry", DEST_REGISTRY},
        {"movein_origin_cs", ORIGIN_CS},
        {"movein_origin_registry", ORIGIN_REGISTRY},
        {"movein_prefecture", PREFECTURE},
        {"movein_national", NATIONAL},
        {"movein_identity", NATIONAL},
        {"movein_cards", CARDS},
    };

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].role, role) == 0) {
            return roles[i].at;
        }
    }
    return NO_LANE;
}

bool demo_value_of(const char *line, const char *key, char *value, size_t capacity)
{
    char wanted[24];
    (void)snprintf(wanted, sizeof wanted, " %s=", key);
    const char *at = strstr(line, wanted);
    if (at == NULL) {
        return false;
    }
    at += strlen(wanted);
    const size_t size = strcspn(at, " \n");
    const size_t kept = size < capacity ? size : capacity - 1;
    memcpy(value, at, kept);
    value[kept] = '\0';
    return true;
}

/* Rows of this move's machines at a node: those of the txn, the case, and the residents. */
static void find_machines(demo_run *run, demo_node *node, const demo_move *m, chart *c)
{
    char sql[2048];
    size_t used =
        (size_t)snprintf(sql, sizeof sql, "SELECT row_id FROM machine WHERE key IN (x'%s', x'%s'",
                         m->txn_hex, m->case_hex);
    for (unsigned i = 0; i < m->count && used + 128 < sizeof sql; i++) {
        const char *code = run->plan.people[m->person[i]].resident_code;
        used += (size_t)snprintf(sql + used, sizeof sql - used, ", x'723a"); /* "r:" */
        for (size_t digit = 0; digit < 11; digit++) {
            used += (size_t)snprintf(sql + used, sizeof sql - used, "3%c", code[digit]);
        }
        used += (size_t)snprintf(sql + used, sizeof sql - used, "000000'");
    }
    (void)snprintf(sql + used, sizeof sql - used, ")");
    c->machine_count = demo_look_rows(run, node, sql, c->machines, MACHINES_MAX);
}

static bool takes_part(const chart *c, int64_t inst)
{
    for (size_t i = 0; i < c->machine_count; i++) {
        if (c->machines[i] == inst) {
            return true;
        }
    }
    return false;
}

static void read_line(chart *c, const char *line, size_t node, size_t order)
{
    char role[TEXT];
    char inst[24];
    char status[24];
    step *s = &c->steps[c->step_count];
    if (c->step_count == STEPS_MAX || strncmp(line, "t=", 2) != 0 ||
        !demo_value_of(line, "role", role, sizeof role) ||
        !demo_value_of(line, "inst", inst, sizeof inst) ||
        !demo_value_of(line, "status", status, sizeof status) || strcmp(status, "OK") != 0 ||
        !takes_part(c, strtoll(inst, NULL, 10)) || lane_of(role) == NO_LANE ||
        !demo_value_of(line, "in", s->input, sizeof s->input) ||
        !demo_value_of(line, "out", s->outputs, sizeof s->outputs)) {
        return;
    }
    s->time_ms = strtoll(line + 2, NULL, 10);
    s->node = node;
    s->order = order;
    s->done = false;
    s->at = lane_of(role);
    c->step_count++;
}

static void read_log(demo_run *run, size_t number, chart *c)
{
    const demo_node *node = &run->net.node[number];
    char path[DEMO_PATH + 64];
    char *line = NULL;
    size_t capacity = 0;
    size_t order = 0;
    (void)snprintf(path, sizeof path, "%s/%s.log", run->net.folder, node->base);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return;
    }
    while (getline(&line, &capacity, file) > 0) {
        read_line(c, line, number, order++);
    }
    free(line);
    (void)fclose(file);
}

/* ---- drawing ---- */

static int by_time(const void *a, const void *b)
{
    const step *left = a;
    const step *right = b;
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }
    if (left->node != right->node) {
        return left->node < right->node ? -1 : 1;
    }
    return left->order < right->order ? -1 : left->order > right->order ? 1 : 0;
}

/* The arrow by which a lane sends or gets that kind; ARROWS if there is none. */
static size_t arrow_of(const char *kind, lane from, lane to)
{
    size_t i = 0;
    while (i < ARROWS &&
           (strcmp(arrows[i].kind, kind) != 0 || (from != NO_LANE && arrows[i].from != from) ||
            (to != NO_LANE && arrows[i].to != to))) {
        i++;
    }
    return i;
}

size_t demo_arrow_add(demo_arrow *rows, size_t count, size_t max, const demo_arrow *row)
{
    demo_arrow *last = count > 0 ? &rows[count - 1] : NULL;
    if (last != NULL && last->from == row->from && last->to == row->to &&
        strcmp(last->kind, row->kind) == 0) {
        last->times++;
        return count;
    }
    if (count == max) {
        return count;
    }
    rows[count] = *row;
    rows[count].times = 1;
    return count + 1;
}

static void add_row(chart *c, const char *number, const char *kind, lane from, lane to)
{
    demo_arrow row = {.from = (unsigned)from, .to = (unsigned)to};
    (void)snprintf(row.step, sizeof row.step, "%s", number);
    (void)snprintf(row.kind, sizeof row.kind, "%s", kind);
    c->row_count = demo_arrow_add(c->rows, c->row_count, ROWS_MAX, &row);
}

/* An operator's or clerk's word is drawn at its own lane. */
static void draw_command(chart *c, const step *s)
{
    static const struct {
        const char *input;
        const char *number;
    } commands[] = {
        {"FILE_OUT", "1-①"},      {"MOVE_IN", "3-①"},        {"ENTER", "3-④"},
        {"REJECT", "ext"},        {"STOP_MOVE_IN", "ext"},   {"CANCEL_FILING", "ext"},
        {"REPORT_DEATH", "ext"},  {"CHANGE_CODE", "ext"},    {"RETRY_NOTICE", "ext"},
        {"CORRECT_ENTRY", "ext"}, {"WITHDRAW_ENTRY", "ext"}, {"END_WITHOUT_CARD", "ext"},
        {"OVERRIDE", "ext"},      {"GIVE_UP", "ext"},        {"EXPIRE_PLANNED_DATE", "day"},
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].input, s->input) == 0) {
            add_row(c, commands[i].number, s->input, s->at, s->at);
        }
    }
}

static void draw_output(chart *c, const step *s, const char *word)
{
    const bool each = strncmp(word, "SEND_EACH_", 10) == 0;
    if (!each && strncmp(word, "SEND_", 5) != 0) {
        return;
    }
    const size_t number = arrow_of(each ? word + 10 : word + 5, s->at, NO_LANE);
    if (number < ARROWS) {
        const arrow *a = &arrows[number];
        c->sent[number] += each ? JK_MEMBERS_MAX : 1;
        add_row(c, a->step, a->kind, a->from, a->to);
    }
}

static void draw_step(chart *c, step *s)
{
    const size_t taken = arrow_of(s->input, NO_LANE, s->at);
    if (taken < ARROWS && c->sent[taken] > 0) {
        c->sent[taken]--;
    }
    s->done = true;
    draw_command(c, s);
    for (const char *at = s->outputs; *at != '\0';) {
        char word[64];
        const size_t size = strcspn(at, ",");
        const size_t kept = size < sizeof word ? size : sizeof word - 1;
        memcpy(word, at, kept);
        word[kept] = '\0';
        draw_output(c, s, word);
        at += at[size] == ',' ? size + 1 : size;
    }
}

/* A step may be drawn when its message was sent and its node's earlier steps are drawn.  A clock of
 * milliseconds does not order a message's sending and its arrival; this does. */
static bool is_due(const chart *c, size_t number)
{
    const step *s = &c->steps[number];
    for (size_t i = 0; i < number; i++) {
        if (!c->steps[i].done && c->steps[i].node == s->node) {
            return false;
        }
    }
    const size_t taken = arrow_of(s->input, NO_LANE, s->at);
    return taken == ARROWS || c->sent[taken] > 0;
}

static void draw_all(chart *c)
{
    for (size_t drawn_steps = 0; drawn_steps < c->step_count; drawn_steps++) {
        size_t next = c->step_count;
        size_t first = c->step_count;
        for (size_t i = c->step_count; i > 0; i--) {
            if (!c->steps[i - 1].done) {
                first = i - 1;
                next = is_due(c, i - 1) ? i - 1 : next;
            }
        }
        draw_step(c, &c->steps[next < c->step_count ? next : first]);
    }
}

static void print_centred(FILE *out, const char *text)
{
    const int width = (int)demo_width(text);
    const int left = (LANE_WIDTH - width) / 2;
    (void)fprintf(out, "%*s%s%*s", left, "", text, LANE_WIDTH - width - left, "");
}

/* One column of an arrow's row: the lanes, the arrow over them, or the dot of a command. */
static const char *sign_at(const demo_arrow *row, size_t column)
{
    const size_t from = (size_t)row->from * LANE_WIDTH + LANE_WIDTH / 2;
    const size_t to = (size_t)row->to * LANE_WIDTH + LANE_WIDTH / 2;
    const bool on_lane = column % LANE_WIDTH == LANE_WIDTH / 2;
    if (from == to && column == from) {
        return "●";
    }
    if (column > from && column < to) {
        return column == to - 1 ? ">" : on_lane ? "┼" : "─";
    }
    if (column > to && column < from) {
        return column == to + 1 ? "<" : on_lane ? "┼" : "─";
    }
    return on_lane ? "│" : " ";
}

static void print_row(FILE *out, size_t lanes, const demo_arrow *row)
{
    char label[64];
    char times[16] = "";
    if (row->times > 1) {
        (void)snprintf(times, sizeof times, " x%u", row->times);
    }
    (void)snprintf(label, sizeof label, "%s %s%s", row->step, row->kind, times);
    const size_t width = demo_width(label);
    (void)fprintf(out, "%s%*s", label, width < LABEL_WIDTH ? (int)(LABEL_WIDTH - width) : 0, "");
    const size_t end = (lanes - 1) * LANE_WIDTH + LANE_WIDTH / 2;
    for (size_t column = 0; column <= end; column++) {
        (void)fputs(sign_at(row, column), out);
    }
    (void)fputs("\n", out);
}

void demo_draw(FILE *out, const demo_lane *lanes, size_t lane_count, const demo_arrow *rows,
               size_t count)
{
    (void)fprintf(out, "%*s", LABEL_WIDTH, "");
    for (size_t i = 0; i < lane_count; i++) {
        print_centred(out, lanes[i].japanese);
    }
    (void)fprintf(out, "\n%*s", LABEL_WIDTH, "");
    for (size_t i = 0; i < lane_count; i++) {
        print_centred(out, lanes[i].english);
    }
    (void)fprintf(out, "\n");
    for (size_t i = 0; i < count; i++) {
        print_row(out, lane_count, &rows[i]);
    }
}

static void print_chart(const demo_move *m, const chart *c, FILE *out)
{
    (void)fprintf(out, "\ntransaction %.8s, %u residents, %s to %s\n", m->txn_hex, m->count,
                  demo_town_codes[m->origin], demo_town_codes[m->destination]);
    demo_draw(out, heads, LANES, c->rows, c->row_count);
}

/* A household that went to another prefecture tells most. */
static const demo_move *worth_showing(const demo_run *run)
{
    const demo_move *best = NULL;
    for (size_t i = 0; i < run->plan.count; i++) {
        const demo_move *m = &run->plan.moves[i];
        const bool far =
            strncmp(demo_town_codes[m->origin], demo_town_codes[m->destination], 2) != 0;
        if (m->kind == DEMO_PLAIN && m->outcome == DEMO_DONE && m->case_hex[0] != '\0' &&
            m->count >= 2 && (best == NULL || far)) {
            best = m;
            if (far) {
                break;
            }
        }
    }
    return best;
}

void demo_show_chart(demo_run *run, FILE *out)
{
    const demo_move *m = worth_showing(run);
    chart *c = calloc(1, sizeof *c);
    if (m != NULL && c != NULL) {
        for (size_t i = 0; i < DEMO_NODES; i++) {
            find_machines(run, &run->net.node[i], m, c);
            read_log(run, i, c);
            demo_look_close(&run->net.node[i]);
        }
        qsort(c->steps, c->step_count, sizeof c->steps[0], by_time);
        draw_all(c);
        print_chart(m, c, out);
    }
    free(c);
}
