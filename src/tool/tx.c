/* SPDX-License-Identifier: Apache-2.0 */
/* `juki tx show|status|waiting`: where a transaction, a case or a whole node stands, why, and what
 * waits for an operator.  `juki tx choose|release|dispute`: what the operators of a CS decide. */
#include "node/config.h"
#include "tool/client.h"
#include "tool/options.h"
#include "tool/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SOCKET,
    CONFIG,
    LANG,
    JSON,
    OPTION_COUNT,
    BY = JSON,
    RELEASE_COUNT = BY + 1,
    MEMBER = JSON,
    REASON,
    DISPUTE_COUNT,
    MEMBER_MAX = 15
};

#define WHERE                                                                                \
    [SOCKET] = {"socket", "FILE", "the node's socket", false, false},                        \
    [CONFIG] = {"config", "FILE", "the node's configuration, which names the socket", false, \
                false},                                                                      \
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false}

static const jk_option options[OPTION_COUNT] = {
    WHERE,
    [JSON] = {"json", NULL, "print the node's answer as it is", false, false},
};

static const jk_option release_options[RELEASE_COUNT] = {
    WHERE,
    [BY] = {"by", "ID", "who decides it; twice, two persons", true, true},
};

static const jk_option dispute_options[DISPUTE_COUNT] = {
    WHERE,
    [MEMBER] = {"member", "N", "the member's number in the case, from 0", true, false},
    [REASON] = {"reason", "WORD", "abroad, other-municipality, double; none takes it back", true,
                false},
};

typedef void print_answer(const json_t *answer, jk_lang lang);

/* A sub-verb: what its arguments are called in the request, and who prints the answer. */
typedef struct question {
    const char *name;
    const char *argument[2]; /* keys of the arguments; NULL: no more */
    jk_usage usage;
    int (*fill)(const jk_options *o, json_t *request); /* NULL: nothing but the arguments */
    print_answer *print;                               /* NULL: nothing to print but refusals */
} question;

static void tell(void *arg, const jk_config_finding *finding)
{
    const char *path = arg;
    (void)fprintf(stderr, "%s:%u:%u: %s\n", path, finding->line, finding->column, finding->text);
}

/* The socket that a config names; the caller frees it. */
static char *socket_of_config(const char *path)
{
    jk_node_config *config = calloc(1, sizeof *config);
    jk_config_file *file = calloc(1, sizeof *file);
    char *copy = malloc(strlen(path) + 1);
    char *found = NULL;
    if (config != NULL && file != NULL && copy != NULL) {
        memcpy(copy, path, strlen(path) + 1);
        file->path = path;
        file->tell = tell;
        file->arg = copy;
        if (jk_config_read(file, config) == JK_OK) {
            found = malloc(strlen(config->socket) + 1);
        }
        if (found != NULL) {
            memcpy(found, config->socket, strlen(config->socket) + 1);
        }
    }
    free(copy);
    free(file);
    free(config);
    return found;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "-";
}

static void print_timers(const json_t *row)
{
    size_t index = 0;
    json_t *timer = NULL;
    json_array_foreach(json_object_get(row, "timers"), index, timer)
    {
        const json_t *due = json_object_get(timer, "due_in_ms");
        if (due != NULL) {
            (void)printf("  timer %s due in %lld ms\n", text_of(timer, "name"),
                         (long long)json_integer_value(due));
        } else {
            (void)printf("  timer %s due on day %lld\n", text_of(timer, "name"),
                         (long long)json_integer_value(json_object_get(timer, "due_day")));
        }
    }
}

/* What an operator can do now. */
static void print_choices(const json_t *row)
{
    size_t index = 0;
    json_t *item = NULL;
    if (json_is_true(json_object_get(row, "overdue"))) {
        (void)printf("  overdue\n");
    }
    json_array_foreach(json_object_get(row, "disputed"), index, item)
    {
        (void)printf("  disputed: member %lld\n", (long long)json_integer_value(item));
    }
    json_array_foreach(json_object_get(row, "choices"), index, item)
    {
        (void)printf("  choice: juki %s\n", json_string_value(item));
    }
}

static void print_rows(const json_t *answer, jk_lang lang)
{
    size_t index = 0;
    json_t *row = NULL;
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        (void)printf("%s %s%s\n  %s\n  txn %s case %s\n", text_of(row, "machine"),
                     text_of(row, "state"),
                     json_is_true(json_object_get(row, "final")) ? " (final)" : "",
                     text_of(row, "text"), text_of(row, "txn"), text_of(row, "case"));
        jk_client_hint(stdout, row, lang);
        print_timers(row);
        print_choices(row);
    }
}

static void print_end(const json_t *answer)
{
    if (json_is_false(json_object_get(answer, "complete"))) {
        (void)printf("(more rows than were looked at)\n");
    }
}

static void print_waiting(const json_t *answer, jk_lang lang)
{
    (void)printf("%s: %u waiting\n", text_of(answer, "node"),
                 (unsigned)json_array_size(json_object_get(answer, "rows")));
    print_rows(answer, lang);
    print_end(answer);
}

static void print_show(const json_t *answer, jk_lang lang)
{
    size_t index = 0;
    json_t *message = NULL;
    (void)printf("%s\n", text_of(answer, "text"));
    print_rows(answer, lang);
    json_array_foreach(json_object_get(answer, "outbox"), index, message)
    {
        (void)printf("message %s to %s: %s", text_of(message, "kind"), text_of(message, "peer"),
                     text_of(message, "state"));
        if (strcmp(text_of(message, "state"), "refused") == 0) {
            (void)printf(" by %s", text_of(message, "rule"));
        }
        (void)printf("\n");
        jk_client_hint(stdout, message, lang);
    }
    print_end(answer);
}

static void print_status(const json_t *answer, jk_lang lang)
{
    (void)lang;
    static const char *const numbers[] = {"uptime_ms", "outbox_waiting", "outbox_refused",
                                          "dead_letters", "bulk_waiting"};
    static const char *const list[] = {"bulk_listed", "bulk_refused", "bulk_reason"};
    size_t index = 0;
    json_t *peer = NULL;
    const char *name = NULL;
    json_t *states = NULL;
    (void)printf("%s\n", text_of(answer, "node"));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)printf("%s=%lld\n", numbers[i],
                     (long long)json_integer_value(json_object_get(answer, numbers[i])));
    }
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) { /* of a registry that had one */
        const json_t *number = json_object_get(answer, list[i]);
        if (number != NULL) {
            (void)printf("%s=%lld\n", list[i], (long long)json_integer_value(number));
        }
    }
    json_array_foreach(json_object_get(answer, "peers_up"), index, peer)
    {
        (void)printf("up %s\n", json_string_value(peer));
    }
    json_object_foreach(json_object_get(answer, "machines"), name, states)
    {
        const char *state = NULL;
        json_t *count = NULL;
        json_object_foreach(states, state, count)
        {
            (void)printf("%s %s %lld\n", name, state, (long long)json_integer_value(count));
        }
    }
}

/* --- the request's members from options; -1: go on --- */

static int fill_release(const jk_options *o, json_t *request)
{
    json_t *by = json_array();
    for (size_t i = 0; i < o->count[BY]; i++) {
        (void)json_array_append_new(by, json_string(o->value[BY][i]));
    }
    (void)json_object_set_new(request, "by", by);
    return -1;
}

static int fill_dispute(const jk_options *o, json_t *request)
{
    uint64_t member = 0;
    if (!jk_option_number(o->value[MEMBER][0], MEMBER_MAX, &member)) {
        (void)fprintf(stderr, "juki tx dispute: --member is no number up to 15\n");
        return JK_EXIT_USAGE;
    }
    (void)json_object_set_new(request, "member", json_integer((json_int_t)member));
    (void)json_object_set_new(request, "reason", json_string(o->value[REASON][0]));
    return -1;
}

static int fill(const question *q, const jk_options *o, json_t *request)
{
    int count = 0;
    while (count < 2 && q->argument[count] != NULL) {
        count++;
    }
    const int leave = count == 0 ? -1 : jk_option_rest(&q->usage, o, count);
    for (int i = 0; leave == -1 && i < count; i++) {
        (void)json_object_set_new(request, q->argument[i], json_string(o->rest[i]));
    }
    return leave == -1 && q->fill != NULL ? q->fill(o, request) : leave;
}

/* --- ask --- */

static int ask(const question *q, const jk_options *o, json_t *request)
{
    const bool from_config = o->count[SOCKET] == 0;
    jk_client_call call = {.verb = q->usage.verb, .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    const int leave = jk_option_lang(&q->usage, o, LANG, &call.lang);
    if (leave != -1) {
        json_decref(request);
        return leave;
    }
    char *named = from_config ? socket_of_config(o->value[CONFIG][0]) : NULL;
    if (from_config && named == NULL) {
        json_decref(request);
        return JK_EXIT_REFUSED;
    }
    call.path = from_config ? named : o->value[SOCKET][0];
    json_t *answer = NULL;
    const int code = jk_client_run(&call, request, &answer);
    if (q->print != NULL && answer != NULL && o->count[JSON] > 0) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)printf("\n");
    } else if (q->print != NULL && code == JK_EXIT_DONE) {
        q->print(answer, call.lang);
    }
    json_decref(answer);
    free(named);
    return code;
}

static int run(const question *q, int argc, char **argv)
{
    jk_options o;
    int leave = jk_options_read(&q->usage, argc, argv, &o);
    if (leave != -1) {
        return leave;
    }
    if (o.count[SOCKET] == 0 && o.count[CONFIG] == 0) {
        (void)fprintf(stderr, "juki %s: --socket or --config is needed\n", q->usage.verb);
        return JK_EXIT_USAGE;
    }
    json_t *request = jk_client_request(q->name);
    leave = fill(q, &o, request);
    if (leave != -1) {
        json_decref(request);
        return leave;
    }
    return ask(q, &o, request);
}

static const question questions[] = {
    {"show",
     {"id"},
     {"tx show", "ID",
      "Tells where the transaction or case ID stands at one node, and why.\n"
      "Exit: 0 shown, 1 not known there, 2 usage, 4 no node answers.",
      options, OPTION_COUNT},
     NULL,
     print_show},
    {"status",
     {NULL},
     {"tx status", NULL, "Tells how a node stands: peers, machines, queues.", options,
      OPTION_COUNT},
     NULL,
     print_status},
    {"waiting",
     {NULL},
     {"tx waiting", NULL,
      "Lists what waits for an operator of that node, what is overdue, and the choices.", options,
      OPTION_COUNT},
     NULL,
     print_waiting},
    {"choose",
     {"txn", "choice"},
     {"tx choose", "TXN CHOICE",
      "Takes a choice of a parked move-in at the CS moved into.  CHOICE: end-without-card, the\n"
      "card management system does not answer; the card ends or goes on without us.",
      options, LANG + 1},
     NULL,
     NULL},
    {"release",
     {"case"},
     {"tx release", "CASE",
      "Ends the grant of a case at the CS moved out of, by two persons, on the signed statement\n"
      "of the mayor whose office holds it and does not answer.  A notice of it that comes later\n"
      "is disputed.",
      release_options, RELEASE_COUNT},
     fill_release,
     NULL},
    {"dispute",
     {"case"},
     {"tx dispute", "CASE",
      "States at the CS moved out of, before the notice comes, that a member is not accepted.",
      dispute_options, DISPUTE_COUNT},
     fill_dispute,
     NULL},
};

int jk_tool_tx(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof questions / sizeof questions[0]; i++) {
        if (strcmp(argv[1], questions[i].name) == 0) {
            return run(&questions[i], argc - 1, argv + 1);
        }
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr,
                  "juki tx show|status|waiting|choose|release|dispute OPTIONS; each has --help\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
