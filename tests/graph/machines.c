/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of the files given, played on the generated machines: each input with its answers must
 * give these actions, in this order, and this row; each refusal must change nothing.  Besides,
 * every hook of every step fails once, and answers once what it may not. */
#include "../../src/verify/replay_machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "rows.h"

static const char *const op_words[] = {
    [JK_REPLAY_SEND] = "send",       [JK_REPLAY_SEND_EACH] = "send_each",
    [JK_REPLAY_FORWARD] = "forward", [JK_REPLAY_EFFECT] = "effect",
    [JK_REPLAY_ARM] = "arm",         [JK_REPLAY_DISARM] = "disarm"};

typedef struct player {
    const char *path;
    const graph_file *file;
    const graph_test *test;
    const jk_replay_protocol *protocol;
    const jk_replay_role *role;
    uint64_t key;

    union {
        uint64_t aligned;
        unsigned char bytes[JK_REPLAY_ROW];
    } row;

    size_t steps, refusals, failures;
    bool say; /* what a step does that tells nothing */
} player;

static bool differ(const player *p, unsigned number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool differ(const player *p, unsigned number, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)printf("%s:%u: test %u: ", p->path, number, p->test->number);
    (void)vprintf(format, list);
    (void)printf("\n");
    va_end(list);
    return false;
}

static bool find_role(player *p)
{
    static const jk_replay_protocol *const known[] = {&jk_replay_movein, &jk_replay_reconcile,
                                                      &jk_replay_transport};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i]->name, p->file->protocol) != 0) {
            continue;
        }
        p->protocol = known[i];
        for (size_t k = 0; k < known[i]->role_count; k++) {
            if (strcmp(known[i]->roles[k].name, p->file->role) == 0) {
                p->role = &known[i]->roles[k];
                return true;
            }
        }
    }
    (void)printf("%s: unknown role \"%s %s\"\n", p->path, p->file->protocol, p->file->role);
    return false;
}

/* Whether each NAME=VALUE from `from` on is a field of the protocol, or the peer. */
static bool known_fields(const player *p, const graph_line *line, size_t from)
{
    for (size_t i = from; i < line->words; i++) {
        size_t length = strcspn(line->word[i], "=");
        bool known = strncmp(line->word[i], "peer=", 5) == 0;
        for (const char *const *f = p->protocol->fields; *f != NULL; f++) {
            known = known || (strlen(*f) == length && memcmp(*f, line->word[i], length) == 0);
        }
        if (!known || line->word[i][length] != '=') {
            return differ(p, line->number, "unknown field \"%s\"", line->word[i]);
        }
    }
    return true;
}

static bool make_input(const player *p, const graph_line *line, jk_replay_input *input)
{
    bool timer = line->what == GRAPH_EXPIRE || strcmp(line->word[0], "-") == 0;
    const char *peer = NULL;
    *input = (jk_replay_input){.key = p->key};
    input->link = timer ? NULL : line->word[0];
    input->kind = line->word[line->what == GRAPH_EXPIRE ? 0 : 1];
    if (!timer && !known_fields(p, line, 2)) {
        return false;
    }
    for (size_t i = 0; i < JK_REPLAY_FIELDS && p->protocol->fields[i] != NULL; i++) {
        const char *value = timer ? NULL : graph_value(line, 2, p->protocol->fields[i]);
        input->field[i] = value == NULL ? "0" : value;
    }
    peer = timer ? NULL : graph_value(line, 2, "peer");
    input->peer = peer == NULL ? 0 : jk_replay_number(peer);
    if (p->protocol->input(p->role, input) == 0) {
        return differ(p, line->number, "%s has no input \"%s\" on \"%s\"", p->role->name,
                      input->kind, timer ? "a timer" : input->link);
    }
    return true;
}

static bool same_row(const player *p, const unsigned char *bytes)
{
    return memcmp(p->row.bytes, bytes, JK_REPLAY_ROW) == 0;
}

/* A row that comes out of nothing must be as it was. */
static bool refuses(player *p, const graph_line *line, const jk_replay_input *input,
                    const jk_replay_answers *answers, const char *what)
{
    player before = *p;
    jk_replay_answers asked = *answers;
    jk_replay_output output = {.count = 0};
    if (p->protocol->step(p->role, p->row.bytes, input, &asked, &output)) {
        return differ(p, line->number, "%s, and it takes the step", what);
    }
    if (!same_row(&before, p->row.bytes) || output.count != 0) {
        return differ(p, line->number, "%s, and something has changed", what);
    }
    return true;
}

/* Each hook of the step fails, and each that gives a reason gives one that it does not know. */
static bool fail_hooks(player *p, const graph_line *line, const jk_replay_input *input,
                       const jk_replay_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        jk_replay_answers less = *answers;
        less.count = i;
        if (!refuses(p, line, input, &less, "a hook failed")) {
            return false;
        }
        less.count = answers->count;
        less.value[i] = "?";
        bool number = answers->value[i][0] >= '0' && answers->value[i][0] <= '9';
        if (!number && !refuses(p, line, input, &less, "a hook said what it may not")) {
            return false;
        }
        p->failures += number ? 1 : 2;
    }
    return true;
}

/* Taken or not is the machine's to say; if not, nothing may change. */
static bool all_or_nothing(player *p, const graph_line *line, const jk_replay_input *input,
                           const jk_replay_answers *answers, const char *what)
{
    player other = *p;
    jk_replay_answers asked = *answers;
    jk_replay_output output = {.count = 0};
    return p->protocol->step(p->role, other.row.bytes, input, &asked, &output) ||
           (same_row(p, other.row.bytes) && output.count == 0) ||
           differ(p, line->number, "%s: no step, and something has changed", what);
}

/* The same step beside what the model has: a count at its end, numbers one more and one less, a
 * hook that says 0. */
static bool shake(player *p, const graph_line *line, const jk_replay_input *input,
                  const jk_replay_answers *answers)
{
    player full = *p;
    for (const jk_replay_variable *v = p->role->variables; v->name != NULL; v++) {
        if (v->type == JK_REPLAY_COUNT) {
            memset(full.row.bytes + v->offset, 0xff, sizeof(uint64_t));
        }
    }
    bool good = all_or_nothing(&full, line, input, answers, "a count at its end");
    for (size_t i = 0; i < answers->count && good; i++) {
        jk_replay_answers zero = *answers;
        zero.value[i] = "0";
        good = all_or_nothing(p, line, input, &zero, "a hook says 0");
    }
    for (size_t i = 0; input->link != NULL && p->protocol->fields[i] != NULL && good; i++) {
        uint64_t value = jk_replay_number(input->field[i]);
        for (uint64_t other = value == 0 ? 0 : value - 1; other <= value + 1 && good; other++) {
            char text[24];
            jk_replay_input changed = *input;
            (void)snprintf(text, sizeof text, "%" PRIu64, other);
            changed.field[i] = text;
            good = all_or_nothing(p, line, &changed, answers, "another number");
        }
    }
    return good;
}

static bool compare_state(player *p, const graph_line *line)
{
    const char *state = p->protocol->state(p->role, p->row.bytes);
    if (strcmp(state, line->word[0]) != 0) {
        return differ(p, line->number, "state %s, and it goes to %s", line->word[0], state);
    }
    for (const jk_replay_variable *v = p->role->variables; v->name != NULL; v++) {
        uint64_t mine = jk_replay_row_value(p->row.bytes, v);
        uint64_t theirs = jk_replay_number(graph_value(line, 1, v->name));
        if (mine != theirs) {
            return differ(p, line->number, "%s=%" PRIu64 ", and it has %" PRIu64, v->name, theirs,
                          mine);
        }
    }
    return p->protocol->invariant(p->role, p->row.bytes) ||
           differ(p, line->number, "a row that its invariant refuses");
}

static bool compare_action(player *p, const graph_line *line, const jk_replay_action *action)
{
    bool timer = action->op == JK_REPLAY_ARM || action->op == JK_REPLAY_DISARM;
    size_t at = action->link == NULL ? 1 : 2;
    const char *kind = at < line->words ? line->word[at] : "nothing";
    bool same = strcmp(line->word[0], op_words[action->op]) == 0 &&
                strcmp(kind, action->kind) == 0 &&
                (at == 1 || strcmp(line->word[1], action->link) == 0);
    if (!same) {
        return differ(p, line->number, "it does another thing: %s %s", op_words[action->op],
                      action->kind);
    }
    if (!timer && !known_fields(p, line, at + 1)) {
        return false;
    }
    for (size_t i = 0; !timer && i < JK_REPLAY_FIELDS && p->protocol->fields[i] != NULL; i++) {
        const char *value = graph_value(line, at + 1, p->protocol->fields[i]);
        if (strcmp(value == NULL ? "0" : value, action->field[i]) != 0) {
            return differ(p, line->number, "%s=%s, and it says %s", p->protocol->fields[i],
                          value == NULL ? "0" : value, action->field[i]);
        }
    }
    uint64_t peer = jk_replay_number(graph_value(line, at + 1, "peer"));
    return peer == action->peer ||
           differ(p, line->number, "peer=%" PRIu64 ", and it says %" PRIu64, peer, action->peer);
}

static void say_value(const char *name, const char *value)
{
    if (strcmp(value, "0") != 0) {
        (void)printf(" %s=%s", name, value);
    }
}

/* What the step did, as a test would have it. */
static void say_step(const player *p, const jk_replay_output *output)
{
    for (size_t i = 0; i < output->count; i++) {
        const jk_replay_action *a = &output->action[i];
        bool timer = a->op == JK_REPLAY_ARM || a->op == JK_REPLAY_DISARM;
        (void)printf("-> %s %s%s%s", op_words[a->op], a->link == NULL ? "" : a->link,
                     a->link == NULL ? "" : " ", a->kind);
        for (size_t k = 0; !timer && p->protocol->fields[k] != NULL; k++) {
            say_value(p->protocol->fields[k], a->field[k]);
        }
        if (a->peer != 0) {
            (void)printf(" peer=%" PRIu64, a->peer);
        }
        (void)printf("\n");
    }
    (void)printf("state %s", p->protocol->state(p->role, p->row.bytes));
    for (const jk_replay_variable *v = p->role->variables; v->name != NULL; v++) {
        char value[24];
        (void)snprintf(value, sizeof value, "%" PRIu64, jk_replay_row_value(p->row.bytes, v));
        say_value(v->name, value);
    }
    (void)printf("\n");
}

/* One input with what follows it; returns the lines used, 0: it differs. */
static size_t play_step(player *p, const graph_line *line, size_t lines)
{
    jk_replay_input input;
    jk_replay_answers answers = {.count = 0};
    jk_replay_output output = {.count = 0};
    size_t at = 1;
    size_t action = 0;
    if (!make_input(p, line, &input)) {
        return 0;
    }
    for (; at < lines && line[at].what == GRAPH_HOOK; at++) {
        if (answers.count < JK_REPLAY_ANSWERS) {
            answers.hook[answers.count] = line[at].word[0];
            answers.value[answers.count] = line[at].word[1];
            answers.count++;
        }
    }
    if (!fail_hooks(p, line, &input, &answers) || !shake(p, line, &input, &answers)) {
        return 0;
    }
    if (!p->protocol->step(p->role, p->row.bytes, &input, &answers, &output)) {
        (void)differ(p, line->number, "%s%s", answers.wrong != NULL ? "it asks " : "no step",
                     answers.wrong != NULL ? answers.wrong : "");
        return 0;
    }
    if (answers.used != answers.count) {
        (void)differ(p, line->number, "it does not ask %s", answers.hook[answers.used]);
        return 0;
    }
    if (at == lines && p->say) {
        say_step(p, &output);
        return at;
    }
    for (; at < lines && line[at].what == GRAPH_ACTION; at++, action++) {
        if (action == output.count) {
            (void)differ(p, line[at].number, "it does nothing more");
            return 0;
        }
        if (!compare_action(p, &line[at], &output.action[action])) {
            return 0;
        }
    }
    if (action < output.count) {
        (void)differ(p, line->number, "it does more: %s", output.action[action].kind);
        return 0;
    }
    if (at == lines || line[at].what != GRAPH_STATE) {
        (void)differ(p, line->number, "a step without its state");
        return 0;
    }
    p->steps++;
    return compare_state(p, &line[at]) ? at + 1 : 0;
}

static bool play_refusal(player *p, const graph_line *line)
{
    jk_replay_input input;
    jk_replay_answers none = {.count = 0};
    if (!make_input(p, line, &input)) {
        return false;
    }
    p->refusals++;
    return refuses(p, line, &input, &none, "to be refused");
}

static bool play_test(player *p)
{
    const graph_line *line = &p->file->lines[p->test->first];
    memset(&p->row, 0, sizeof p->row);
    p->key = 0;
    for (size_t i = 0; i < p->test->lines;) {
        size_t used = 1;
        switch (line[i].what) {
        case GRAPH_KEY: p->key = jk_replay_number(line[i].word[0]); break;
        case GRAPH_INPUT:
        case GRAPH_EXPIRE: used = play_step(p, &line[i], p->test->lines - i); break;
        case GRAPH_REFUSE: used = play_refusal(p, &line[i]) ? 1 : 0; break;
        case GRAPH_AFTER:
        case GRAPH_HOOK:
        case GRAPH_ACTION:
        case GRAPH_STATE:
            used = differ(p, line[i].number, "a line without its input") ? 1 : 0;
            break;
        }
        if (used == 0) {
            return false;
        }
        i += used;
    }
    return true;
}

static int play_file(const char *path, bool say)
{
    graph_file file;
    player p = {.path = path, .file = &file, .say = say};
    size_t bad = 0;
    if (!graph_open(&file, path)) {
        (void)printf("%s:%s\n", path, file.wrong);
        graph_close(&file);
        return 2;
    }
    if (!find_role(&p)) {
        graph_close(&file);
        return 2;
    }
    bool rows = say || graph_check_rows(p.protocol, p.role);
    for (size_t i = 0; i < file.test_count; i++) {
        p.test = &file.tests[i];
        bad += play_test(&p) ? 0 : 1;
    }
    if (say) {
        graph_close(&file);
        return bad == 0 ? 0 : 1;
    }
    (void)printf("%s %s: %zu tests, %zu steps, %zu refusals, %zu failing hooks, %zu differ\n",
                 file.protocol, file.role, file.test_count, p.steps, p.refusals, p.failures, bad);
    graph_close(&file);
    return bad == 0 && rows ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool say = argc > 1 && strcmp(argv[1], "--say") == 0;
    int first = say ? 2 : 1;
    int worst = 0;
    if (argc <= first) {
        (void)fprintf(stderr, "usage: graph_machines [--say] FILE...\n");
        return 2;
    }
    for (int i = first; i < argc; i++) {
        int result = play_file(argv[i], say);
        worst = result > worst ? result : worst;
    }
    return worst;
}
