/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of a file, replayed at a running node: one process of `juki node`, its neighbours
 * played with their own keys over TCP, its operators at the tools' socket.  Many tests run at one
 * node, which is killed and started again between them.  What is compared stands in its messages,
 * its log and its answers. */
#include "channel/random.h"
#include "channel/seal.h"
#include "host.h"
#include "listed.h"
#include "movein.h"
#include "step/roles.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATUS_END = 1000,
    STEP_MS = 10000,  /* longest wait for a step: generous, for a busy machine */
    QUIET_MS = 200,   /* after which no timer comes that is not wanted */
    KILL_EVERY = 100, /* tests */
    RUN = 1
};

typedef struct played {
    scene s;
    size_t at;           /* where its next input stands */
    scene_input pending; /* an input whose rows are not written yet */
    bool waits;
    bool edited; /* they are now */
    bool done;
    bool bad;
} played;

typedef struct bed {
    host h;
    graph_file file;
    listed list;
    played *tests;
    size_t count;
    uint64_t heads[SCENE_HEADS];
    jk_random random;
    scene_outcome outcome;
    size_t steps, refusals, introductions, fresh, since;
} bed;

static jk_status seal(void *arg, const jk_node_id *from, const jk_node_id *to,
                      const jk_codec_member *plain, const jk_envelope *envelope,
                      jk_codec_bytes *sealed)
{
    bed *b = arg;
    const jk_seal_context context = {*from, *to, envelope->case_id, plain->member, envelope->epoch};
    for (size_t i = 0; i < b->h.peer_count; i++) {
        if (jk_node_equal(&b->h.peer[i].id, from)) {
            const jk_seal_keys keys = {b->h.self_keys->seal.public_key,
                                       b->h.peer[i].keys->sign_secret, &b->random};
            return jk_seal(&context, &keys, plain->data, sealed->data, sealed->capacity,
                           &sealed->size);
        }
    }
    return JK_E_ROUTE;
}

static bool host_failed(bed *b, scene *s, unsigned line)
{
    return scene_differ(s, line, "the node: %s", b->h.wrong);
}

/* ---- operators ---- */

static json_t *hex_of(const jk_token *token)
{
    char hex[33];
    (void)sodium_bin2hex(hex, sizeof hex, token->byte, sizeof token->byte);
    return json_string(hex);
}

static json_t *residents_of(const scene *s, jk_members members)
{
    json_t *list = json_array();
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        if (((members >> member) & 1U) != 0) {
            (void)json_array_append_new(list, json_string(s->code[member]));
        }
    }
    return list;
}

#define ASK(VERB) json_pack("{s:i,s:s}", "v", 1, "verb", VERB)

static json_t *ask_with(const char *verb, const char *name, json_t *value)
{
    json_t *request = ASK(verb);
    (void)json_object_set_new(request, name, value);
    return request;
}

/* The command as a line for the tools' socket; NULL: a desk has none such. */
static json_t *request_of(const scene *s, const scene_input *input, const scene_deed *deed)
{
    const int member = deed->members == 2 ? 1 : 0;
    json_t *request = NULL;
    switch (scene_command(input->kind)) {
    case JK_MOVEIN_COMMAND_MOVE_IN:
        request = ask_with("move-in", "residents", residents_of(s, 3));
        (void)json_object_set_new(request, "origin", json_string("131024"));
        (void)json_object_set_new(request, "new_address", json_string(SCENE_NEW_ADDRESS));
        (void)json_object_set_new(request, "moved_in_day", json_string("2026-04-01"));
        return request;
    case JK_MOVEIN_COMMAND_STOP_MOVE_IN: return ask_with("stop", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_GIVE_UP: return ask_with("give-up", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_ENTER: return ask_with("enter", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_REJECT: return ask_with("reject", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_RETRY_NOTICE: return ask_with("retry", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_WITHDRAW_ENTRY: return ask_with("withdraw", "txn", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_CORRECT_ENTRY:
        request = ask_with("correct", "txn", hex_of(&s->key));
        (void)json_object_set_new(request, "new_address", json_string(SCENE_CORRECTED_ADDRESS));
        return request;
    case JK_MOVEIN_COMMAND_END_WITHOUT_CARD:
        request = ask_with("choose", "txn", hex_of(&s->key));
        (void)json_object_set_new(request, "choice", json_string("end-without-card"));
        return request;
    case JK_MOVEIN_COMMAND_FILE_OUT:
        request = ask_with("file-out", "residents", residents_of(s, deed->members));
        (void)json_object_set_new(request, "planned_day", json_string("2026-04-06"));
        return request;
    case JK_MOVEIN_COMMAND_CANCEL_FILING: return ask_with("cancel-out", "case", hex_of(&s->key));
    case JK_MOVEIN_COMMAND_REPORT_DEATH:
        request = ask_with("death", "resident", json_string(s->code[member]));
        (void)json_object_set_new(request, "death_day", json_string("2026-03-31"));
        return request;
    case JK_MOVEIN_COMMAND_CHANGE_CODE:
        request = ask_with("recode", "resident", json_string(s->code[member]));
        (void)json_object_set_new(request, "new_code", json_string(s->next));
        return request;
    case JK_MOVEIN_COMMAND_OVERRIDE:
        request = ask_with("release", "case", hex_of(&s->key));
        (void)json_object_set_new(request, "by", json_pack("[s,s]", "op1", "op2"));
        return request;
    default: return NULL;
    }
}

static bool token_of(const json_t *answer, const char *name, jk_token *token)
{
    const char *hex = json_string_value(json_object_get(answer, name));
    size_t size = 0;
    return hex != NULL &&
           sodium_hex2bin(token->byte, sizeof token->byte, hex, strlen(hex), NULL, &size, NULL) ==
               0 &&
           size == sizeof token->byte;
}

/* The node makes the ids of what begins at it. */
static void learn_key(scene *s, const json_t *answer)
{
    if (token_of(answer, "case", &s->case_id)) {
        s->key = s->case_id;
    }
    jk_token txn;
    if (token_of(answer, "txn", &txn)) {
        for (int i = 1; i < SCENE_NUMBERS; i++) {
            if (jk_token_equal(&s->txn[i], &s->key)) {
                s->txn[i] = txn;
            }
        }
        s->key = txn;
    }
}

static jk_status status_of(const json_t *answer)
{
    const char *name = json_string_value(json_object_get(answer, "status"));
    for (int i = 1; name != NULL && i < STATUS_END; i++) {
        if (strcmp(jk_status_name((jk_status)i), name) == 0) {
            return (jk_status)i;
        }
    }
    return JK_E_BUG;
}

static bool order(bed *b, scene *s, const scene_input *input, const scene_deed *deed)
{
    json_t *request = request_of(s, input, deed);
    json_t *answer = request == NULL ? NULL : host_ask(&b->h, request);
    if (answer == NULL) {
        return scene_differ(s, input->line->number, "no answer to %s", input->kind);
    }
    const bool good = json_is_true(json_object_get(answer, "ok"));
    b->outcome.rule = good ? JK_OK : status_of(answer);
    if (good) {
        learn_key(s, answer);
    }
    json_decref(answer);
    return true;
}

static bool state_all(bed *b, scene *s, const scene_input *input)
{
    static const struct {
        uint16_t reason;
        const char *word;
    } words[] = {{0, "none"},
                 {JK_REASON_MOVED_ABROAD, "abroad"},
                 {JK_REASON_OTHER_MUNICIPALITY, "other-municipality"},
                 {JK_REASON_DOUBLE, "double"}};

    for (int member = 0; member < SCENE_MEMBERS; member++) {
        uint16_t reason = 0;
        for (size_t i = 0; scene_statement(s, input, member, &reason) && i < 4; i++) {
            if (words[i].reason != reason) {
                continue;
            }
            json_t *request = ask_with("dispute", "case", hex_of(&s->case_id));
            (void)json_object_set_new(request, "member", json_integer(member));
            (void)json_object_set_new(request, "reason", json_string(words[i].word));
            json_t *answer = host_ask(&b->h, request);
            const bool good = json_is_true(json_object_get(answer, "ok"));
            json_decref(answer);
            if (!good) {
                return scene_differ(s, input->line->number, "no statement of member %d", member);
            }
        }
    }
    return true;
}

/* ---- steps ---- */

static void clear(bed *b)
{
    b->outcome.taken = false;
    b->outcome.rule = JK_OK;
    b->outcome.count = 0;
}

/* The log's line of a step is the outcome of the test's input. */
static bool take_step(bed *b, scene *s, unsigned line, const host_step *step)
{
    char role[64];
    (void)snprintf(role, sizeof role, "movein_%s", s->file->role);
    if (strcmp(step->role, role) != 0) {
        return scene_differ(s, line, "another step: %s %s %s", step->role, step->input,
                            step->status);
    }
    b->outcome.taken = strcmp(step->status, "OK") == 0;
    (void)snprintf(b->outcome.hooks, sizeof b->outcome.hooks, "%s", step->hooks);
    (void)snprintf(b->outcome.actions, sizeof b->outcome.actions, "%s", step->actions);
    (void)snprintf(b->outcome.state, sizeof b->outcome.state, "%s", step->state);
    return host_hear(&b->h, step, &b->outcome) || host_failed(b, s, line);
}

static bool act(bed *b, scene *s, const scene_input *input, const scene_deed *deed)
{
    static host_step step;
    const unsigned line = input->line->number;
    const bool message = deed->bytes.size > 0;
    uint64_t sequence = 0;
    clear(b);
    if (message) {
        if (!host_tell(&b->h, &deed->peer, (jk_span){deed->bytes.data, deed->bytes.size},
                       &b->outcome.rule, &sequence)) {
            return host_failed(b, s, line);
        }
    } else if (!order(b, s, input, deed)) {
        return false;
    }
    if (!message && b->outcome.rule != JK_OK) {
        return true; /* a refused command leaves no line */
    }
    if (!host_next_step(&b->h, &step, STEP_MS)) {
        return scene_differ(s, line, "no line in the log");
    }
    if (b->outcome.rule != JK_OK) {
        return strcmp(step.status, jk_status_name(b->outcome.rule)) == 0 ||
               scene_differ(s, line, "NACK %s, and the log says %s",
                            jk_status_name(b->outcome.rule), step.status);
    }
    return take_step(b, s, line, &step);
}

static bool introduce(bed *b, scene *s, const graph_line *line)
{
    static scene_deed deed;
    const scene_input request = {
        .refusal = true, .line = line, .link = line->word[0], .kind = line->word[1]};
    if (!scene_deed_of(s, &request, &deed) || !act(b, s, &request, &deed)) {
        return false;
    }
    b->introductions++;
    return (b->outcome.taken && b->outcome.count == 1 &&
            strcmp(jk_kind_name(b->outcome.heard[0].envelope.kind), "REFUSAL") == 0) ||
           scene_differ(s, line->number, "a request before it is not refused");
}

/* What begins anew at a desk is never of a row that is there. */
static bool is_fresh(const scene_input *input)
{
    return input->refusal &&
           (strcmp(input->kind, "MOVE_IN") == 0 || strcmp(input->kind, "FILE_OUT") == 0);
}

static bool compare(bed *b, scene *s, const scene_input *input)
{
    if (input->refusal) {
        b->refusals++;
        return (!b->outcome.taken && (input->timer || b->outcome.rule != JK_OK)) ||
               scene_differ(s, input->line->number, "to be refused, and it takes the step");
    }
    if (!scene_expect(s, input, &b->outcome)) {
        return false;
    }
    (*scene_log_head(s, scene_number(input->line, "author")))++;
    b->steps++;
    return true;
}

static bool play_input(bed *b, scene *s, const scene_input *input)
{
    static scene_deed deed;
    graph_line request;
    if (is_fresh(input)) {
        b->fresh++;
        return true;
    }
    if (scene_introduction(s, input, &request) && strcmp(input->kind, "CERT_REQUEST") != 0 &&
        !introduce(b, s, &request)) {
        return false;
    }
    return scene_deed_of(s, input, &deed) && state_all(b, s, input) && act(b, s, input, &deed) &&
           compare(b, s, input);
}

/* The tool shows the state in which the test left the machine. */
static bool shown(bed *b, played *p)
{
    const graph_line *last = NULL;
    const bool by_id = p->s.key.byte[0] != 'r' && p->s.machine->id != JK_MACHINE_IDENTITY;
    for (size_t i = 0; i < p->s.test->lines; i++) {
        const graph_line *line = &b->file.lines[p->s.test->first + i];
        last = line->what == GRAPH_STATE ? line : last;
    }
    if (last == NULL || !by_id) {
        return true;
    }
    json_t *answer = host_ask(&b->h, ask_with("show", "id", hex_of(&p->s.key)));
    const json_t *rows = json_object_get(answer, "rows");
    const char *state = "IDLE"; /* a row that is not there */
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *machine = json_string_value(json_object_get(row, "machine"));
        if (machine != NULL && strcmp(machine, jk_machine_name(p->s.machine->id)) == 0) {
            state = json_string_value(json_object_get(row, "state"));
        }
    }
    const bool same = state != NULL && strcmp(state, last->word[0]) == 0;
    if (!same) {
        (void)scene_differ(&p->s, last->number, "state %s, and the tool shows %s", last->word[0],
                           state == NULL ? "none" : state);
    }
    json_decref(answer);
    return same;
}

static void end_test(bed *b, played *p, bool good)
{
    p->done = true;
    p->bad = !good && !listed_has(&b->list, &p->s);
    if (p->bad) {
        (void)printf("%s:%s\n", b->file.role, p->s.why);
    }
}

/* Plays on until the test ends, or an input needs rows that only a node at rest can get. */
static void play_on(bed *b, played *p)
{
    size_t edits = 0;
    bool good = true;
    while (good) {
        if (!p->waits && !scene_next(&p->s, &p->at, &p->pending)) {
            end_test(b, p, shown(b, p));
            return;
        }
        if (p->pending.stray) {
            good = scene_differ(&p->s, p->pending.line->number, "a line without its input");
            break;
        }
        if (!p->edited && (!scene_edit(&p->s, &p->pending, NULL, &edits) || edits > 0)) {
            p->waits = true;
            return;
        }
        p->waits = false;
        p->edited = false;
        good = play_input(b, &p->s, &p->pending);
    }
    end_test(b, p, false);
}

/* ---- between two runs of the process ---- */

static void committed(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

static bool in_store(bed *b, bool (*put)(bed *, jk_store *))
{
    jk_store *store = NULL;
    jk_status status = JK_E_BUG;
    if (!host_store(&b->h, &store)) {
        return false;
    }
    if (store->ops->begin(store) == JK_OK && store->ops->step_begin(store, 0) == JK_OK &&
        put(b, store) && store->ops->step_keep(store, 0) == JK_OK) {
        store->ops->commit(store, committed, &status);
    }
    jk_sqlite_close(store);
    return status == JK_OK;
}

static bool put_fixtures(bed *b, jk_store *store)
{
    for (size_t i = 0; i < b->count; i++) {
        if (!scene_fixture(&b->tests[i].s, store)) {
            return false;
        }
    }
    return true;
}

static bool put_edits(bed *b, jk_store *store)
{
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        played *p = &b->tests[i];
        if (p->waits && !p->done && !scene_edit(&p->s, &p->pending, store, &count)) {
            return false;
        }
        p->edited = p->waits;
    }
    return true;
}

static played *owner_of(bed *b, const host_step *step)
{
    for (size_t i = 0; i < b->count; i++) {
        played *p = &b->tests[i];
        char hex[33];
        (void)sodium_bin2hex(hex, sizeof hex, p->s.key.byte, sizeof p->s.key.byte);
        if (p->waits && !p->done && p->pending.timer &&
            (strcmp(hex, step->txn) == 0 || strcmp(hex, step->case_id) == 0)) {
            return p;
        }
    }
    return NULL;
}

/* After the start every timer whose time is over has come; one that is not armed leaves no line. */
static bool take_timers(bed *b)
{
    static host_step step;
    size_t wanted = 0;
    for (size_t i = 0; i < b->count; i++) {
        const played *p = &b->tests[i];
        wanted += p->waits && !p->done && p->pending.timer && !p->pending.refusal ? 1 : 0;
    }
    while (host_next_step(&b->h, &step, wanted > 0 ? STEP_MS : QUIET_MS)) {
        played *p = owner_of(b, &step);
        if (p == NULL) {
            (void)printf("%s: a step of no test: %s", b->file.role, step.line);
            return false;
        }
        clear(b);
        p->waits = false;
        p->edited = false;
        wanted -= p->pending.refusal ? 0 : 1;
        if (!take_step(b, &p->s, p->pending.line->number, &step) ||
            !compare(b, &p->s, &p->pending)) {
            end_test(b, p, false);
        }
    }
    for (size_t i = 0; i < b->count; i++) {
        played *p = &b->tests[i];
        if (p->waits && !p->done && p->pending.timer) {
            clear(b);
            p->waits = false;
            p->edited = false;
            b->outcome.rule = JK_E_NOT_NOW; /* the timer came, and nothing was taken */
            if (!compare(b, &p->s, &p->pending)) {
                end_test(b, p, false);
            }
        }
    }
    return true;
}

static bool start_again(bed *b)
{
    host_kill(&b->h);
    b->since = 0;
    return in_store(b, put_edits) && host_start(&b->h) && take_timers(b);
}

static bool play_all(bed *b)
{
    size_t left = b->count;
    if (!in_store(b, put_fixtures) || !host_start(&b->h)) {
        return false;
    }
    while (left > 0) {
        left = 0;
        for (size_t i = 0; i < b->count; i++) {
            played *p = &b->tests[i];
            if (!p->done && !p->waits && b->since >= KILL_EVERY && !start_again(b)) {
                return false;
            }
            if (!p->done && (!p->waits || p->edited)) {
                play_on(b, p);
                b->since++;
            }
            left += p->done ? 0 : 1;
        }
        if (left > 0 && !start_again(b)) {
            return false;
        }
    }
    return host_stop(&b->h);
}

/* ---- the program ---- */

static bool begin_tests(bed *b, size_t every)
{
    b->tests = calloc(b->file.test_count, sizeof *b->tests);
    const size_t first = b->file.test_count == 0 ? 0 : (b->file.test_count - 1) % every;
    for (size_t i = first; b->tests != NULL && i < b->file.test_count; i += every) {
        scene *s = &b->tests[b->count].s;
        if (!scene_open(s, &b->file)) {
            return false;
        }
        s->seal = seal;
        s->seal_arg = b;
        s->log_heads = b->heads;
        scene_begin(s, &b->file.tests[i], RUN);
        b->count++;
    }
    return b->tests != NULL;
}

static int say_nodes(const scene *s)
{
    jk_node_id peers[SCENE_PEERS * 2];
    const size_t count = scene_neighbours(s, peers);
    char name[40];
    host_node_name(&s->self, '-', name);
    (void)printf("%s\n", name);
    for (size_t i = 0; i < count; i++) {
        host_node_name(&peers[i], '-', name);
        (void)printf("%s\n", name);
    }
    return 0;
}

static int replay(bed *b, const scene *names, size_t every)
{
    jk_node_id peers[SCENE_PEERS * 2];
    if (!begin_tests(b, every)) {
        return 2;
    }
    const size_t count = scene_neighbours(names, peers);
    listed_role(&b->list, b->file.role);
    const bool ran = host_open(&b->h, &names->self, peers, count) && play_all(b);
    const size_t untold = host_untold(&b->h);
    size_t bad = 0;
    for (size_t i = 0; i < b->count; i++) {
        bad += b->tests[i].bad ? 1 : 0;
    }
    if (!ran) {
        (void)printf("%s: %s\n", b->file.role, b->h.wrong);
    }
    const char *unused = every == 1 ? listed_unused(&b->list) : NULL;
    if (unused != NULL) {
        (void)printf("%s: listed as impossible, and it is not: %s\n", b->file.role, unused);
    }
    (void)printf(
        "movein %s: %zu of %zu tests, %zu steps, %zu refusals, %zu begin anew, %zu requests "
        "before, %u starts, %zu listed, %zu differ, %zu messages untold\n",
        b->file.role, b->count, b->file.test_count, b->steps, b->refusals, b->fresh,
        b->introductions, b->h.starts, b->list.role_count, bad, untold);
    return ran && bad == 0 && untold == 0 && unused == NULL ? 0 : 1;
}

int main(int argc, char **argv)
{
    static bed b;
    static scene names;
    const bool say = argc == 3 && strcmp(argv[1], "--nodes") == 0;
    const char *path = say ? argv[2] : argc == 6 ? argv[4] : NULL;
    if (path == NULL || sodium_init() < 0 || jk_random_system_init(&b.random) != JK_OK) {
        (void)fprintf(stderr, "usage: graph_node JUKI FOLDER LIST FILE EVERY\n"
                              "       graph_node --nodes FILE\n");
        return 2;
    }
    if (!graph_open(&b.file, path) || !scene_open(&names, &b.file)) {
        (void)printf("%s:%s%s\n", path, b.file.wrong, names.why);
        return 2;
    }
    int result = 2;
    if (say) {
        result = say_nodes(&names);
    } else if (!listed_open(&b.list, argv[3], "node")) {
        (void)printf("%s\n", b.list.wrong);
    } else {
        const size_t every = strtoul(argv[5], NULL, 10);
        b.h.juki = argv[1];
        b.h.net = argv[2];
        result = replay(&b, &names, every == 0 ? 1 : every);
        host_close(&b.h);
    }
    free(b.tests);
    graph_close(&b.file);
    return result;
}
