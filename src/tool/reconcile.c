/* SPDX-License-Identifier: Apache-2.0 */
/* `juki reconcile start|status|diff|repair|history|scrub|clear-alarm|release`: the desk of whoever
 * compares a CS with its servers.  `layer` is in reconcile_layer.c. */
#define _POSIX_C_SOURCE 200809L

#include "tool/reconcile_print.h"

#include "tool/reconcile_layer.h"

#include "tool/client.h"
#include "tool/options.h"
#include "tool/verbs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The options that every sub-verb has, first; its own follow. */
enum {
    SOCKET,
    JSON,
    LANG,
    OWN,
    NO_WAIT = OWN,
    TIMEOUT,
    START_COUNT,
    MUNICIPALITY = OWN,
    PLACE_COUNT,
    ROUND = OWN,
    DIFF_COUNT,
    ALL = DIFF_COUNT,
    RESIDENT,
    APPROVE,
    REPAIR_COUNT,
    LIMIT = OWN,
    HISTORY_COUNT,
    CLEAR_BY = OWN,
    CLEAR_WHERE,
    CLEAR_COUNT,
    RELEASE_WHOM = OWN,
    RELEASE_BY,
    RELEASE_COUNT
};

enum {
    LOOK_MS = 100,
    BUSY_MS = 200,
    TIMEOUT_STANDARD_MS = 660000, /* longer than a round by the standard configuration */
    TIMEOUT_MAX_MS = 86400000,
    LIMIT_MAX = 200
};

#define COMMON                                                              \
    [SOCKET] = {"socket", "FILE", "the node's socket", true, false},        \
    [JSON] = {"json", NULL, "print one JSON object instead", false, false}, \
    [LANG] = {"lang", "LANG", JK_LANG_HELP, false, false}

#define EXITS "Exit: 0 done, 1 refused, 2 usage, 4 no node answers."

static const jk_option start_options[START_COUNT] = {
    COMMON,
    [NO_WAIT] = {"no-wait", NULL, "print the round's id and leave", false, false},
    [TIMEOUT] = {"timeout", "MS", "wait so long for its end, default 660000", false, false},
};

static const jk_option place_options[PLACE_COUNT] = {
    COMMON,
    [MUNICIPALITY] = {"municipality", "CODE", "this one only", false, false},
};

static const jk_option diff_options[DIFF_COUNT] = {
    COMMON,
    [ROUND] = {"round", "ID", "the round; the latest that ended if left out", false, false},
};

static const jk_option repair_options[REPAIR_COUNT] = {
    COMMON,
    [ROUND] = {"round", "ID", "the round; the latest that ended if left out", false, false},
    [ALL] = {"all", NULL, "everybody whom the round found", false, false},
    [RESIDENT] = {"resident", "CODE", "one resident", false, false},
    [APPROVE] = {"approve", "OPERATOR", "who approves it", true, false},
};

static const jk_option history_options[HISTORY_COUNT] = {
    COMMON,
    [LIMIT] = {"limit", "N", "so many sessions, newest first; default 20", false, false},
};

static const jk_option clear_options[CLEAR_COUNT] = {
    COMMON,
    [CLEAR_BY] = {"approve", "OPERATOR", "who decides it", true, false},
    [CLEAR_WHERE] = {"municipality", "CODE", "at a server: whose CS it is", false, false},
};

static const jk_option release_options[RELEASE_COUNT] = {
    COMMON,
    [RELEASE_WHOM] = {"resident", "CODE", "whose repair it is", true, false},
    [RELEASE_BY] = {"approve", "OPERATOR", "who decides it", true, false},
};

/* One run of a sub-verb. */
typedef struct desk {
    const jk_usage *usage;
    jk_options options;
    jk_client_call call;
} desk;

static bool given(const desk *d, int option)
{
    return d->options.count[option] > 0;
}

static void set(json_t *request, const char *key, const desk *d, int option)
{
    if (given(d, option)) {
        (void)json_object_set_new(request, key, json_string(d->options.value[option][0]));
    }
}

static void print_json(const json_t *answer)
{
    (void)json_dumpf(answer, stdout, JSON_COMPACT);
    (void)printf("\n");
}

static void pause_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static int ask(const desk *d, json_t *request, json_t **answer)
{
    *answer = NULL;
    const int code = jk_client_run(&d->call, request, answer);
    if (code != JK_EXIT_DONE && given(d, JSON) && *answer != NULL) {
        print_json(*answer);
    }
    if (code != JK_EXIT_DONE) {
        json_decref(*answer);
        *answer = NULL;
    }
    return code;
}

/* --- start --- */

/* The CS's own row of a status answer. */
static json_t *own_row(const json_t *answer)
{
    return json_array_get(json_object_get(answer, "rows"), 0);
}

static bool is_open(const json_t *row)
{
    size_t index = 0;
    json_t *session = NULL;
    if (row == NULL || strcmp(jk_reconcile_text(row, "state"), "WAIT_RESULTS") == 0) {
        return true;
    }
    json_array_foreach(json_object_get(row, "sessions"), index, session)
    {
        if (strcmp(jk_reconcile_text(session, "result"), "OPEN") == 0) {
            return true;
        }
    }
    return false;
}

static bool all_equal(const json_t *row)
{
    size_t index = 0;
    json_t *session = NULL;
    json_array_foreach(json_object_get(row, "sessions"), index, session)
    {
        if (strcmp(jk_reconcile_text(session, "result"), "EQUAL") != 0) {
            return false;
        }
    }
    return index > 0;
}

/* Sessions that look otherwise than they did. */
static void print_progress(const json_t *row, json_t **seen)
{
    size_t index = 0;
    json_t *session = NULL;
    json_array_foreach(json_object_get(row, "sessions"), index, session)
    {
        const char *server = jk_reconcile_text(session, "server");
        if (!json_equal(json_object_get(*seen, server), session)) {
            jk_reconcile_print_session(session);
            (void)json_object_set(*seen, server, session);
        }
    }
    (void)fflush(stdout);
}

static int wait_round(const desk *d, const char *round, uint64_t timeout_ms)
{
    json_t *seen = json_object();
    for (uint64_t waited = 0;; waited += LOOK_MS) {
        json_t *answer = NULL;
        json_t *request = jk_client_request("reconcile-status");
        (void)json_object_set_new(request, "round", json_string(round));
        int code = ask(d, request, &answer);
        if (code != JK_EXIT_DONE) {
            json_decref(seen);
            return code;
        }
        json_t *row = own_row(answer);
        const bool open = is_open(row);
        if (!given(d, JSON)) {
            print_progress(row, &seen);
        }
        if (!open || waited >= timeout_ms) {
            code = !open && all_equal(row) ? JK_EXIT_DONE : JK_EXIT_REFUSED;
            if (given(d, JSON) && row != NULL) {
                (void)json_object_set_new(row, "round", json_string(round));
                (void)json_object_set_new(row, "open", json_boolean(open));
                print_json(row);
            } else if (open) {
                (void)printf("not ended yet; juki reconcile status tells more\n");
            }
            json_decref(answer);
            json_decref(seen);
            return code;
        }
        json_decref(answer);
        pause_ms(LOOK_MS);
    }
}

static int run_start(const desk *d)
{
    uint64_t timeout_ms = TIMEOUT_STANDARD_MS;
    json_t *answer = NULL;
    if (given(d, TIMEOUT) &&
        !jk_option_number(d->options.value[TIMEOUT][0], TIMEOUT_MAX_MS, &timeout_ms)) {
        (void)fprintf(stderr, "juki reconcile start: --timeout is no number up to 86400000\n");
        return JK_EXIT_USAGE;
    }
    int code = ask(d, jk_client_request("reconcile-start"), &answer);
    if (code != JK_EXIT_DONE) {
        return code;
    }
    const char *round = jk_reconcile_text(answer, "round");
    if (!given(d, JSON)) {
        (void)printf("round=%s\n", round);
        (void)fflush(stdout);
    } else if (given(d, NO_WAIT)) {
        print_json(answer);
    }
    if (!given(d, NO_WAIT)) {
        code = wait_round(d, round, timeout_ms);
    }
    json_decref(answer);
    return code;
}

/* --- one question, one answer --- */

static int show(const desk *d, json_t *request, void (*print)(const json_t *answer))
{
    json_t *answer = NULL;
    const int code = ask(d, request, &answer);
    if (code == JK_EXIT_DONE && given(d, JSON)) {
        print_json(answer);
    } else if (code == JK_EXIT_DONE && print != NULL) {
        print(answer);
    }
    json_decref(answer);
    return code;
}

static int run_status(const desk *d)
{
    json_t *request = jk_client_request("reconcile-status");
    set(request, "municipality", d, MUNICIPALITY);
    return show(d, request, jk_reconcile_print_status);
}

static int run_history(const desk *d)
{
    uint64_t limit = 0;
    json_t *request = NULL;
    if (given(d, LIMIT) &&
        (!jk_option_number(d->options.value[LIMIT][0], LIMIT_MAX, &limit) || limit == 0)) {
        (void)fprintf(stderr, "juki reconcile history: --limit is no number from 1 to 200\n");
        return JK_EXIT_USAGE;
    }
    request = jk_client_request("reconcile-history");
    if (limit > 0) {
        (void)json_object_set_new(request, "limit", json_integer((json_int_t)limit));
    }
    return show(d, request, jk_reconcile_print_history);
}

static int run_clear_alarm(const desk *d)
{
    json_t *request = jk_client_request("reconcile-clear-alarm");
    set(request, "approve", d, CLEAR_BY);
    set(request, "municipality", d, CLEAR_WHERE);
    return show(d, request, NULL);
}

static int run_release(const desk *d)
{
    json_t *request = jk_client_request("reconcile-release");
    set(request, "resident", d, RELEASE_WHOM);
    set(request, "approve", d, RELEASE_BY);
    return show(d, request, NULL);
}

/* --- many questions --- */

static int run_diff(const desk *d)
{
    json_t *whole = NULL;
    json_t *answer = NULL;
    for (bool more = true; more;) {
        json_t *request = jk_client_request("reconcile-diff");
        json_t *next = whole == NULL ? NULL : json_object_get(whole, "next");
        set(request, "round", d, ROUND);
        if (whole != NULL) { /* a round that ends meanwhile is another one */
            (void)json_object_set(request, "round", json_object_get(whole, "round"));
            (void)json_object_set(request, "after", next);
        }
        const int code = ask(d, request, &answer);
        if (code != JK_EXIT_DONE) {
            json_decref(whole);
            return code;
        }
        json_t *after = json_incref(json_object_get(answer, "next"));
        if (whole == NULL) {
            whole = json_incref(answer);
        } else {
            (void)json_array_extend(json_object_get(whole, "rows"),
                                    json_object_get(answer, "rows"));
        }
        json_decref(answer);
        more = after != NULL;
        if (more) {
            (void)json_object_set_new(whole, "next", after);
        } else {
            (void)json_object_del(whole, "next");
        }
    }
    if (given(d, JSON)) {
        print_json(whole);
    } else {
        jk_reconcile_print_diff(whole);
    }
    json_decref(whole);
    return JK_EXIT_DONE;
}

static void add(json_t *sum, const json_t *answer)
{
    static const char *const counts[] = {"approved", "already", "parked", "damaged", "outdated"};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const json_int_t before = json_integer_value(json_object_get(sum, counts[i]));
        const json_int_t more = json_integer_value(json_object_get(answer, counts[i]));
        (void)json_object_set_new(sum, counts[i], json_integer(before + more));
    }
}

static int run_repair(const desk *d)
{
    if (given(d, ALL) == given(d, RESIDENT)) {
        (void)fprintf(stderr, "juki reconcile repair: either --all or --resident is needed\n");
        return JK_EXIT_USAGE;
    }
    json_t *sum = json_pack("{s:i, s:b}", "v", 1, "ok", 1);
    json_t *after = NULL;
    json_t *round = NULL;
    int code = JK_EXIT_DONE;
    for (bool more = true; more;) {
        json_t *answer = NULL;
        json_t *request = jk_client_request("reconcile-repair");
        set(request, "round", d, ROUND);
        set(request, "resident", d, RESIDENT);
        set(request, "approve", d, APPROVE);
        if (given(d, ALL)) {
            (void)json_object_set_new(request, "all", json_true());
        }
        if (after != NULL) {
            (void)json_object_set_new(request, "after", after);
            (void)json_object_set(request, "round", round);
        }
        code = ask(d, request, &answer);
        if (code != JK_EXIT_DONE) {
            break;
        }
        add(sum, answer);
        if (round == NULL) {
            round = json_incref(json_object_get(answer, "round"));
            (void)json_object_set(sum, "round", round);
        }
        after = json_incref(json_object_get(answer, "next"));
        more = after != NULL;
        if (json_is_true(json_object_get(answer, "busy"))) {
            pause_ms(BUSY_MS); /* the queue to the prefecture is full */
        }
        json_decref(answer);
    }
    if (code == JK_EXIT_DONE && given(d, JSON)) {
        print_json(sum);
    } else if (code == JK_EXIT_DONE || jk_reconcile_number(sum, "approved") > 0) {
        jk_reconcile_print_repair(sum);
    }
    const bool left = jk_reconcile_number(sum, "parked") + jk_reconcile_number(sum, "damaged") +
                          jk_reconcile_number(sum, "outdated") >
                      0;
    json_decref(round);
    json_decref(sum);
    return code == JK_EXIT_DONE && left ? JK_EXIT_REFUSED : code;
}

/* --- scrub --- */

/* From where it stands to the end; whole: it began at the beginning. */
static int scrub_pass(const desk *d, const char *code, json_t *sum)
{
    for (bool done = false; !done;) {
        json_t *answer = NULL;
        json_t *request = jk_client_request("reconcile-scrub");
        (void)json_object_set_new(request, "municipality", json_string(code));
        const int exit_code = ask(d, request, &answer);
        if (exit_code != JK_EXIT_DONE) {
            return exit_code;
        }
        const json_int_t rows =
            jk_reconcile_number(sum, "rows") + jk_reconcile_number(answer, "rows");
        const json_int_t damaged =
            jk_reconcile_number(sum, "damaged") + jk_reconcile_number(answer, "damaged");
        (void)json_object_set_new(sum, "rows", json_integer(rows));
        (void)json_object_set_new(sum, "damaged", json_integer(damaged));
        done = json_is_true(json_object_get(answer, "done"));
        json_decref(answer);
    }
    return JK_EXIT_DONE;
}

/* One that was under way is brought to its end first: every row is read from now on. */
static int scrub_one(const desk *d, const json_t *row, json_t *out)
{
    const char *code = jk_reconcile_text(row, "municipality");
    json_t *sum = json_pack("{s:s, s:i, s:i}", "municipality", code, "rows", 0, "damaged", 0);
    int exit_code = JK_EXIT_DONE;
    if (json_is_true(json_object_get(json_object_get(row, "scrub"), "under_way"))) {
        exit_code = scrub_pass(d, code, sum);
    }
    if (exit_code == JK_EXIT_DONE) {
        (void)json_object_set_new(sum, "rows", json_integer(0));
        exit_code = scrub_pass(d, code, sum);
    }
    if (exit_code == JK_EXIT_DONE && !given(d, JSON)) {
        (void)printf("%s rows %lld, damaged %lld\n", code, jk_reconcile_number(sum, "rows"),
                     jk_reconcile_number(sum, "damaged"));
        (void)fflush(stdout);
    }
    (void)json_array_append_new(json_object_get(out, "rows"), sum);
    return exit_code;
}

static int run_scrub(const desk *d)
{
    json_t *answer = NULL;
    json_t *request = jk_client_request("reconcile-status");
    set(request, "municipality", d, MUNICIPALITY);
    int code = ask(d, request, &answer);
    if (code != JK_EXIT_DONE) {
        return code;
    }
    json_t *out = json_pack("{s:i, s:b, s:[]}", "v", 1, "ok", 1, "rows");
    const json_t *rows = json_object_get(answer, "rows");
    for (size_t i = 0; code == JK_EXIT_DONE && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_is_true(json_object_get(row, "has_key"))) {
            code = scrub_one(d, row, out);
        }
    }
    if (code == JK_EXIT_DONE && given(d, JSON)) {
        print_json(out);
    }
    json_decref(out);
    json_decref(answer);
    return code;
}

/* --- the table --- */

typedef struct verb {
    const char *name;
    jk_usage usage;
    int (*run)(const desk *d);
} verb;

static const verb verbs[] = {
    {"start",
     {"reconcile start", NULL,
      "Compares a CS with its prefecture and national (6-1 to 6-3) and prints the round's id, "
      "then\n"
      "a line whenever a server is further, and the results.\n"
      "Exit: 0 equal at both, 1 refused, different, or not answered, 2 usage, 4 no node answers.",
      start_options, START_COUNT},
     run_start},
    {"status",
     {"reconcile status", NULL,
      "Tells where comparisons stand at a CS, a prefecture or national, of each municipality:\n"
      "the last results side by side, the last scrub, rows that were found damaged.\n" EXITS,
      place_options, PLACE_COUNT},
     run_status},
    {"diff",
     {"reconcile diff", NULL,
      "Lists at a CS whose record differs at which server, field by field, the server's first.\n"
      "It names residents.\n" EXITS,
      diff_options, DIFF_COUNT},
     run_diff},
    {"repair",
     {"reconcile repair", NULL,
      "Sends the record of a CS again, to prefecture and national, for --all or one --resident.\n"
      "Never of a record that was found damaged here, and never by a round that is not the\n"
      "latest.\n"
      "Exit: 0 all approved, 1 refused or some were not, 2 usage, 4 no node answers.",
      repair_options, REPAIR_COUNT},
     run_repair},
    {"history",
     {"reconcile history", NULL,
      "Lists rounds and who approved which repair, newest first.  It names residents.\n" EXITS,
      history_options, HISTORY_COUNT},
     run_history},
    {"scrub",
     {"reconcile scrub", NULL,
      "Reads every row of a CS, a prefecture or national now and compares it with its stored\n"
      "digest, as the node does by itself within reconcile.scrub_ms.\n" EXITS,
      place_options, PLACE_COUNT},
     run_scrub},
    {"clear-alarm",
     {"reconcile clear-alarm", NULL,
      "Ends the alarm of a CS whose server had more of its log than itself: it was restored from\n"
      "a backup, and somebody has brought its log back to where it was.  To be said at the CS and\n"
      "at each server.\n" EXITS,
      clear_options, CLEAR_COUNT},
     run_clear_alarm},
    {"release",
     {"reconcile release", NULL,
      "Says that somebody has looked at a resident's record: a repair that was refused twice may\n"
      "be approved again, and a record that was found damaged here may be sent again.\n" EXITS,
      release_options, RELEASE_COUNT},
     run_release},
};

static int run(const verb *v, int argc, char **argv)
{
    desk d = {.usage = &v->usage,
              .call = {.verb = v->usage.verb, .timeout_ms = JK_CLIENT_TIMEOUT_MS}};
    int leave = jk_options_read(&v->usage, argc, argv, &d.options);
    if (leave == -1) {
        leave = jk_option_lang(&v->usage, &d.options, LANG, &d.call.lang);
    }
    if (leave != -1) {
        return leave;
    }
    d.call.path = d.options.value[SOCKET][0];
    return v->run(&d);
}

int jk_tool_reconcile(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return run(&verbs[i], argc - 1, argv + 1);
        }
    }
    if (argc > 1 && strcmp(argv[1], "layer") == 0) { /* two sockets, not one */
        return jk_reconcile_layer(argc - 1, argv + 1);
    }
    const bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr,
                  "juki reconcile start|status|diff|repair|history|scrub|clear-alarm|release|"
                  "layer OPTIONS; each has --help\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
