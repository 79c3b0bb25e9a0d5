/* SPDX-License-Identifier: Apache-2.0 */
/* `juki terminal move-in|cancel|give-up|wait`: the desk of an integrated terminal. */
#include "tool/client.h"
#include "tool/options.h"
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>

enum {
    SOCKET,
    ORIGIN,
    RESIDENT,
    ADDRESS,
    MOVED_IN,
    POSTCODE,
    FILING,
    CARD,
    UNUSABLE,
    NO_PIN,
    OPERATOR,
    WAIT,
    JSON,
    LANG,
    MOVE_IN_COUNT,
    WAIT_MS_MAX = 600000
};

static const jk_option move_in_options[MOVE_IN_COUNT] = {
    [SOCKET] = {"socket", "FILE", "the terminal's socket", true, false},
    [ORIGIN] = {"origin", "CODE", "municipality moved out of", true, false},
    [RESIDENT] = {"resident", "CODE", "resident record code; once for each member", true, true},
    [ADDRESS] = {"address", "TEXT", "the new address", true, false},
    [MOVED_IN] = {"moved-in", "DATE", "day of moving in, YYYY-MM-DD", true, false},
    [POSTCODE] = {"postcode", "DIGITS", "seven digits", false, false},
    [FILING] = {"filing", "DATE", "day of the filing; the node's today if left out", false, false},
    [CARD] = {"card-resident", "INDEX", "whose card was read, from 0; default 0", false, false},
    [UNUSABLE] = {"card-unusable", NULL, "the card could not be used", false, false},
    [NO_PIN] = {"pin-not-verified", NULL, "the PIN was not verified", false, false},
    [OPERATOR] = {"operator", "ID", "who stands at the desk", false, false},
    [WAIT] = {"wait", "MS", "wait so long for the outcome", false, false},
    [JSON] = {"json", NULL, "print the node's answer as it is", false, false},
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_option txn_options[] = {
    {"socket", "FILE", "the terminal's socket", true, false},
    {"txn", "ID", "the transaction, 32 hex digits", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
    {"timeout", "MS", "wait: how long, default 30000", false, false},
    {"json", NULL, "print the node's answer as it is", false, false},
};

static const jk_usage move_in_usage = {
    "terminal move-in", NULL,
    "Begins a special move-in (3-1) and prints its transaction.\n"
    "Exit: 0 done, 1 refused or not settled in time, 2 usage, 4 no node answers.",
    move_in_options, MOVE_IN_COUNT};

static const jk_usage cancel_usage = {
    "terminal cancel", NULL,
    "Asks a running move-in to stop; a registration that is under way may still win.", txn_options,
    3};

static const jk_option give_up_options[] = {
    {"socket", "FILE", "the terminal's socket", true, false},
    {"lang", "LANG", JK_LANG_HELP, false, false},
};

static const jk_usage give_up_usage = {
    "terminal give-up", "TXN",
    "Closes a move-in that is parked because nobody answered 3-1.  To try again is a new move-in:\n"
    "juki terminal move-in.",
    give_up_options, 2};

static const jk_usage wait_usage = {
    "terminal wait", NULL, "Waits until a move-in is done, refused or parked.", txn_options, 5};

static void set(json_t *request, const char *key, const jk_options *o, int index)
{
    if (o->count[index] > 0) {
        (void)json_object_set_new(request, key, json_string(o->value[index][0]));
    }
}

static void print_answer(json_t *answer, bool json, jk_lang lang)
{
    if (json) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)printf("\n");
        return;
    }
    const json_t *row = json_object_get(answer, "row");
    const char *txn = json_string_value(json_object_get(answer, "txn"));
    const char *state = json_string_value(json_object_get(row, "state"));
    const char *text = json_string_value(json_object_get(row, "text"));
    if (txn != NULL) {
        (void)printf("txn=%s\n", txn);
    }
    if (state != NULL) {
        (void)printf("state=%s\n%s\n", state, text != NULL ? text : "");
        jk_client_hint(stdout, row, lang);
    }
}

/* 0 only for a move-in that is done or goes on to its card. */
static int wait_for(const jk_client_call *call, const char *txn, uint64_t timeout_ms, bool json)
{
    jk_client_call wait = *call;
    json_t *answer = NULL;
    json_t *request = jk_client_request("wait");
    (void)json_object_set_new(request, "txn", json_string(txn));
    (void)json_object_set_new(request, "timeout_ms", json_integer((json_int_t)timeout_ms));
    wait.verb = "terminal wait";
    wait.timeout_ms = (int)timeout_ms + JK_CLIENT_TIMEOUT_MS;
    int code = jk_client_run(&wait, request, &answer);
    if (code == JK_EXIT_DONE) {
        const json_t *row = json_object_get(answer, "row");
        const char *state = json_string_value(json_object_get(row, "state"));
        print_answer(answer, json, call->lang);
        code = state != NULL && strcmp(state, "DONE") == 0 ? JK_EXIT_DONE : JK_EXIT_REFUSED;
    }
    json_decref(answer);
    return code;
}

static json_t *move_in_request(const jk_options *o, uint64_t card)
{
    json_t *request = jk_client_request("move-in");
    json_t *residents = json_array();
    for (size_t i = 0; i < o->count[RESIDENT]; i++) {
        (void)json_array_append_new(residents, json_string(o->value[RESIDENT][i]));
    }
    (void)json_object_set_new(request, "residents", residents);
    set(request, "origin", o, ORIGIN);
    set(request, "new_address", o, ADDRESS);
    set(request, "new_postcode", o, POSTCODE);
    set(request, "moved_in_day", o, MOVED_IN);
    set(request, "filing_day", o, FILING);
    set(request, "operator", o, OPERATOR);
    (void)json_object_set_new(request, "card_resident", json_integer((json_int_t)card));
    (void)json_object_set_new(request, "card_usable", json_boolean(o->count[UNUSABLE] == 0));
    (void)json_object_set_new(request, "pin_verified", json_boolean(o->count[NO_PIN] == 0));
    return request;
}

static int run_move_in(int argc, char **argv)
{
    jk_options o;
    uint64_t card = 0;
    uint64_t wait_ms = 0;
    jk_client_call call = {.verb = "terminal move-in", .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    int leave = jk_options_read(&move_in_usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&move_in_usage, &o, LANG, &call.lang);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[SOCKET][0];
    if ((o.count[CARD] > 0 && !jk_option_number(o.value[CARD][0], 15, &card)) ||
        (o.count[WAIT] > 0 && !jk_option_number(o.value[WAIT][0], WAIT_MS_MAX, &wait_ms))) {
        (void)fprintf(stderr, "juki terminal move-in: --card-resident or --wait is no number\n");
        return JK_EXIT_USAGE;
    }
    json_t *answer = NULL;
    int code = jk_client_run(&call, move_in_request(&o, card), &answer);
    if (code == JK_EXIT_DONE) {
        print_answer(answer, o.count[JSON] > 0, call.lang);
        const char *txn = json_string_value(json_object_get(answer, "txn"));
        if (o.count[WAIT] > 0 && txn != NULL) {
            code = wait_for(&call, txn, wait_ms, o.count[JSON] > 0);
        }
    }
    json_decref(answer);
    return code;
}

static int run_cancel(int argc, char **argv)
{
    jk_options o;
    jk_client_call call = {.verb = "terminal cancel", .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    int leave = jk_options_read(&cancel_usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&cancel_usage, &o, 2, &call.lang);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[0][0];
    json_t *answer = NULL;
    json_t *request = jk_client_request("stop");
    set(request, "txn", &o, 1);
    const int code = jk_client_run(&call, request, &answer);
    json_decref(answer);
    return code;
}

static int run_give_up(int argc, char **argv)
{
    jk_options o;
    jk_client_call call = {.verb = give_up_usage.verb, .timeout_ms = JK_CLIENT_TIMEOUT_MS};
    int leave = jk_options_read(&give_up_usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&give_up_usage, &o, 1, &call.lang);
    }
    if (leave == -1) {
        leave = jk_option_rest(&give_up_usage, &o, 1);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[0][0];
    json_t *answer = NULL;
    json_t *request = jk_client_request("give-up");
    (void)json_object_set_new(request, "txn", json_string(o.rest[0]));
    const int code = jk_client_run(&call, request, &answer);
    if (code == JK_EXIT_DONE) {
        (void)printf("closed; to try again, begin a new one: juki terminal move-in\n");
    }
    json_decref(answer);
    return code;
}

static int run_wait(int argc, char **argv)
{
    jk_options o;
    uint64_t timeout_ms = 30000;
    jk_client_call call = {.verb = wait_usage.verb};
    int leave = jk_options_read(&wait_usage, argc, argv, &o);
    if (leave == -1) {
        leave = jk_option_lang(&wait_usage, &o, 2, &call.lang);
    }
    if (leave != -1) {
        return leave;
    }
    call.path = o.value[0][0];
    if (o.count[3] > 0 && !jk_option_number(o.value[3][0], WAIT_MS_MAX, &timeout_ms)) {
        (void)fprintf(stderr, "juki terminal wait: --timeout is no number up to 600000\n");
        return JK_EXIT_USAGE;
    }
    return wait_for(&call, o.value[1][0], timeout_ms, o.count[4] > 0);
}

int jk_tool_terminal(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "move-in") == 0) {
        return run_move_in(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "cancel") == 0) {
        return run_cancel(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "give-up") == 0) {
        return run_give_up(argc - 1, argv + 1);
    }
    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        return run_wait(argc - 1, argv + 1);
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr,
                  "juki terminal move-in|cancel|give-up|wait OPTIONS; each has --help\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
