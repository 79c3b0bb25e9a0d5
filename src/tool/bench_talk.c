/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds, scrubs and repairs as an operator asks for them, over the nodes' sockets. */
#define _POSIX_C_SOURCE 200809L

#include "bench_run.h"

#include "tool/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ANSWER_MS = 600000, /* the first round makes every digest */
    ROUND_S = 7200,
    LOOK_NS = 20000000
};

static void rest(void)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
}

json_t *bench_ask(bench_run *run, const bench_node *node, json_t *request)
{
    char path[BENCH_PATH + 64];
    bench_path(run, node, ".sock", path);
    const int descriptor = jk_client_open(path);
    if (descriptor < 0) {
        json_decref(request);
        (void)bench_fail(run, node->base, "does not answer");
        return NULL;
    }
    json_t *answer = jk_client_ask(descriptor, request, ANSWER_MS);
    jk_client_close(descriptor);
    if (json_is_true(json_object_get(answer, "ok"))) {
        return answer;
    }
    const char *text = json_string_value(json_object_get(answer, "text"));
    (void)bench_fail(run, node->base, text != NULL ? text : "gives no answer");
    json_decref(answer);
    return NULL;
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- rounds ---- */

static json_t *round_status(bench_run *run, const char *round)
{
    return bench_ask(run, &run->node[BENCH_CS],
                     json_pack("{s:i, s:s, s:s, s:s}", "v", 1, "verb", "reconcile-status",
                               "municipality", BENCH_MUNICIPALITY, "round", round));
}

/* The sessions with both servers have ended. */
static bool has_ended(const json_t *sessions)
{
    size_t ended = 0;
    size_t i = 0;
    const json_t *session = NULL;
    json_array_foreach(sessions, i, session)
    {
        const char *server = text_of(session, "server");
        ended += (strcmp(server, "prefecture") == 0 || strcmp(server, "national") == 0) &&
                 json_is_integer(json_object_get(session, "ended_ms"));
    }
    return ended == BENCH_SERVERS;
}

static bool tell_session(bench_run *run, const char *name, const json_t *session,
                         uint64_t *findings)
{
    static const char *const numbers[][2] = {{"bytes_sent", "bytes"},
                                             {"bytes_received", "bytes"},
                                             {"asks", "times"},
                                             {"findings", "residents"}};
    char full[BENCH_NAME];
    const char *server = text_of(session, "server");
    const char *result = text_of(session, "result");
    if (strcmp(result, "EQUAL") != 0 && strcmp(result, "DIFFERENT") != 0) {
        (void)snprintf(full, sizeof full, "%s: %s %s", name, result, text_of(session, "why"));
        return bench_fail(run, server, full);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)snprintf(full, sizeof full, "%s.%s.%s", name, numbers[i][0], server);
        bench_tell(run, full, number(session, numbers[i][0]), numbers[i][1]);
    }
    *findings += (uint64_t)number(session, "findings");
    return true;
}

static bool tell_sessions(bench_run *run, const char *name, const json_t *sessions,
                          uint64_t *findings)
{
    size_t i = 0;
    const json_t *session = NULL;
    bool good = true;
    json_array_foreach(sessions, i, session)
    {
        good = good && tell_session(run, name, session, findings);
    }
    return good;
}

bool bench_round(bench_run *run, const char *name, uint64_t *findings)
{
    char round[40] = "";
    const double until = bench_now() + ROUND_S;
    json_t *begun = bench_ask(run, &run->node[BENCH_CS],
                              json_pack("{s:i, s:s}", "v", 1, "verb", "reconcile-start"));
    (void)snprintf(round, sizeof round, "%s", text_of(begun, "round"));
    json_decref(begun);
    *findings = 0;
    bool good = begun != NULL;
    bool over = false;
    while (good && !over) {
        rest();
        json_t *status = round_status(run, round);
        const json_t *row = json_array_get(json_object_get(status, "rows"), 0);
        const json_t *sessions = json_object_get(row, "sessions");
        over = has_ended(sessions) && strcmp(text_of(row, "state"), "IDLE") == 0;
        good = status != NULL && bench_net_watch(run) &&
               (bench_now() < until || bench_fail(run, name, "the round does not end")) &&
               (!over || tell_sessions(run, name, sessions, findings));
        json_decref(status);
    }
    return good;
}

/* ---- scrub ---- */

static json_t *scrub_status(bench_run *run, const bench_node *node)
{
    json_t *status = bench_ask(run, node,
                               json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "reconcile-status",
                                         "municipality", BENCH_MUNICIPALITY));
    const json_t *row = json_array_get(json_object_get(status, "rows"), 0);
    json_t *scrub = json_incref(json_object_get(row, "scrub"));
    json_decref(status);
    return scrub;
}

/* To the end, from wherever the one stands that is under way. */
static bool scrub_on(bench_run *run, const bench_node *node)
{
    for (bool done = false; !done;) {
        json_t *answer = bench_ask(run, node,
                                   json_pack("{s:i, s:s, s:s}", "v", 1, "verb", "reconcile-scrub",
                                             "municipality", BENCH_MUNICIPALITY));
        if (answer == NULL || !bench_net_watch(run)) {
            json_decref(answer);
            return false;
        }
        done = json_is_true(json_object_get(answer, "done"));
        json_decref(answer);
    }
    return true;
}

bool bench_end_scrub(bench_run *run, const bench_node *node)
{
    json_t *scrub = scrub_status(run, node);
    const bool under_way = json_is_true(json_object_get(scrub, "under_way"));
    json_decref(scrub);
    return scrub != NULL && (!under_way || scrub_on(run, node));
}

bool bench_scrub(bench_run *run, const bench_node *node, uint64_t *damaged)
{
    json_t *scrub = scrub_on(run, node) ? scrub_status(run, node) : NULL;
    *damaged = (uint64_t)number(scrub, "damaged");
    json_decref(scrub);
    return scrub != NULL;
}

/* ---- repair ---- */

/* Nothing waits to be acknowledged any more. */
static bool all_delivered(bench_run *run, bool *delivered)
{
    *delivered = true;
    for (size_t i = 0; i < BENCH_NODES; i++) {
        json_t *status =
            bench_ask(run, &run->node[i], json_pack("{s:i, s:s}", "v", 1, "verb", "status"));
        if (status == NULL) {
            return false;
        }
        *delivered = *delivered && number(status, "outbox_waiting") == 0;
        json_decref(status);
    }
    return true;
}

static bool approve_some(bench_run *run, json_t **next, bool *more)
{
    json_t *request = json_pack("{s:i, s:s, s:b, s:s}", "v", 1, "verb", "reconcile-repair", "all",
                                1, "approve", "bench");
    if (*next != NULL) {
        (void)json_object_set(request, "after", *next);
    }
    json_t *answer = bench_ask(run, &run->node[BENCH_CS], request);
    if (answer == NULL) {
        return false;
    }
    json_decref(*next);
    *next = json_incref(json_object_get(answer, "next"));
    *more = *next != NULL || json_is_true(json_object_get(answer, "busy"));
    if (json_is_true(json_object_get(answer, "busy"))) {
        rest();
    }
    json_decref(answer);
    return true;
}

bool bench_repair(bench_run *run)
{
    json_t *next = NULL;
    bool more = true;
    bool good = true;
    while (good && more) {
        good = approve_some(run, &next, &more) && bench_net_watch(run);
    }
    json_decref(next);
    for (bool delivered = false; good && !delivered;) {
        rest();
        good = all_delivered(run, &delivered) && bench_net_watch(run);
    }
    return good;
}

/* ---- are they exactly the damaged ones ---- */

static int by_resident(const void *a, const void *b)
{
    const bench_damage *x = a;
    const bench_damage *y = b;
    return x->server != y->server ? x->server - y->server : strcmp(x->resident, y->resident);
}

/* Whether that one was damaged and not found before. */
static bool is_damage(bench_run *run, const json_t *row)
{
    bench_damage wanted = {.server = strcmp(text_of(row, "server"), "national") == 0
                                         ? BENCH_NATIONAL
                                         : BENCH_PREFECTURE};
    (void)snprintf(wanted.resident, sizeof wanted.resident, "%s", text_of(row, "resident"));
    bench_damage *damage = bsearch(&wanted, run->damage, run->damages, sizeof wanted, by_resident);
    if (damage == NULL || damage->found) {
        return false;
    }
    damage->found = true;
    return true;
}

bool bench_compare(bench_run *run, bool *exact)
{
    json_t *next = NULL;
    size_t shown = 0;
    qsort(run->damage, run->damages, sizeof *run->damage, by_resident);
    *exact = true;
    do {
        json_t *request = json_pack("{s:i, s:s}", "v", 1, "verb", "reconcile-diff");
        if (next != NULL) {
            (void)json_object_set_new(request, "after", next);
        }
        json_t *answer = bench_ask(run, &run->node[BENCH_CS], request);
        if (answer == NULL) {
            return false;
        }
        size_t i = 0;
        const json_t *row = NULL;
        json_array_foreach(json_object_get(answer, "rows"), i, row)
        {
            *exact = is_damage(run, row) && *exact;
            shown++;
        }
        next = json_incref(json_object_get(answer, "next"));
        json_decref(answer);
    } while (next != NULL);
    *exact = *exact && shown == run->damages;
    return true;
}
