/* SPDX-License-Identifier: Apache-2.0 */
/* `juki tx show ID` and `juki tx status`: where a transaction, a case or a whole node stands, and
 * why. */
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
    JSON,
    LANG,
    OPTION_COUNT
};

static const jk_option options[OPTION_COUNT] = {
    [SOCKET] = {"socket", "FILE", "the node's socket", false, false},
    [CONFIG] = {"config", "FILE", "the node's configuration, which names the socket", false, false},
    [JSON] = {"json", NULL, "print the node's answer as it is", false, false},
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_usage show_usage = {
    "tx show", "ID",
    "Tells where the transaction or case ID stands at one node, and why.\n"
    "Exit: 0 shown, 1 not known there, 2 usage, 4 no node answers.",
    options, OPTION_COUNT};

static const jk_usage status_usage = {
    "tx status", NULL, "Tells how a node stands: peers, machines, queues.", options, OPTION_COUNT};

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

static void print_show(const json_t *answer, jk_lang lang)
{
    size_t index = 0;
    json_t *row = NULL;
    json_t *message = NULL;
    (void)printf("%s\n", text_of(answer, "text"));
    json_array_foreach(json_object_get(answer, "rows"), index, row)
    {
        (void)printf("%s %s%s\n  %s\n  txn %s case %s\n", text_of(row, "machine"),
                     text_of(row, "state"),
                     json_is_true(json_object_get(row, "final")) ? " (final)" : "",
                     text_of(row, "text"), text_of(row, "txn"), text_of(row, "case"));
        jk_client_hint(stdout, row, lang);
        print_timers(row);
    }
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
    if (json_is_false(json_object_get(answer, "complete"))) {
        (void)printf("(more rows than were looked at)\n");
    }
}

static void print_status(json_t *answer)
{
    static const char *const numbers[] = {"uptime_ms", "outbox_waiting", "outbox_refused",
                                          "dead_letters"};
    size_t index = 0;
    json_t *peer = NULL;
    const char *name = NULL;
    json_t *states = NULL;
    (void)printf("%s\n", text_of(answer, "node"));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)printf("%s=%lld\n", numbers[i],
                     (long long)json_integer_value(json_object_get(answer, numbers[i])));
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

static int ask(const char *verb, const jk_options *o, const char *id)
{
    const bool from_config = o->count[SOCKET] == 0;
    if (from_config && o->count[CONFIG] == 0) {
        (void)fprintf(stderr, "juki tx %s: --socket or --config is needed\n", verb);
        return JK_EXIT_USAGE;
    }
    jk_client_call call = {.verb = "tx", .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    const int leave = jk_option_lang(&show_usage, o, LANG, &call.lang);
    if (leave != -1) {
        return leave;
    }
    char *named = from_config ? socket_of_config(o->value[CONFIG][0]) : NULL;
    if (from_config && named == NULL) {
        return JK_EXIT_REFUSED;
    }
    call.path = from_config ? named : o->value[SOCKET][0];
    json_t *answer = NULL;
    json_t *request = jk_client_request(verb);
    if (id != NULL) {
        (void)json_object_set_new(request, "id", json_string(id));
    }
    const int code = jk_client_run(&call, request, &answer);
    if (answer != NULL && o->count[JSON] > 0) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)printf("\n");
    } else if (code == JK_EXIT_DONE && id != NULL) {
        print_show(answer, call.lang);
    } else if (code == JK_EXIT_DONE) {
        print_status(answer);
    }
    json_decref(answer);
    free(named);
    return code;
}

int jk_tool_tx(int argc, char **argv)
{
    jk_options o;
    if (argc > 1 && strcmp(argv[1], "show") == 0) {
        const int leave = jk_options_read(&show_usage, argc - 1, argv + 1, &o);
        if (leave != -1) {
            return leave;
        }
        if (o.rest_count != 1) {
            (void)fprintf(stderr, "juki tx show: one ID is needed\n");
            return JK_EXIT_USAGE;
        }
        return ask("show", &o, o.rest[0]);
    }
    if (argc > 1 && strcmp(argv[1], "status") == 0) {
        const int leave = jk_options_read(&status_usage, argc - 1, argv + 1, &o);
        return leave != -1 ? leave : ask("status", &o, NULL);
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr, "juki tx show ID | juki tx status; each has --help\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
