/* SPDX-License-Identifier: Apache-2.0 */
/* The driver: operators, clerks and the accident.  One loop; in each turn it talks to the nodes,
 * looks into their databases and takes every move a little further. */
#define _POSIX_C_SOURCE 200809L

#include "demo_run.h"

#include "movein.h"
#include "step/roles.h"

#include <jansson.h>
#include <string.h>

enum {
    TURN_MS = 5,
    LOOK_MS = 15,
    SETTLED_MS = 300,  /* nothing happens for so long: quiescence */
    KILL_SPAN_MS = 60, /* after the move that it waits for */
    RESTART_MIN_MS = 200,
    RESTART_SPAN_MS = 500,
    TRIES_MAX = 20, /* of a word that is refused */
    PATIENCE = 5,   /* moves that may end while a command is waited for */
    REASON_MS = 400
};

static demo_node *terminal_of(demo_run *run, const demo_move *m)
{
    return demo_node_of(run, JK_ROLE_TERMINAL, demo_town_codes[m->destination]);
}

static demo_node *clerk_of(demo_run *run, const demo_move *m)
{
    return demo_node_of(run, JK_ROLE_REGISTRY, demo_town_codes[m->destination]);
}

static demo_node *origin_of(demo_run *run, const demo_move *m, jk_role role)
{
    return demo_node_of(run, role, demo_town_codes[m->origin]);
}

/* ---- ends ---- */

static void end(demo_run *run, demo_move *m, demo_outcome outcome, unsigned reason)
{
    m->phase = DEMO_OVER;
    m->outcome = outcome;
    m->reason = reason < DEMO_REASONS ? reason : 0;
    run->over++;
    run->change_ms = demo_now_ms();
}

/* A held move that failed leaves its rival a plain one. */
static void end_pair(demo_run *run, demo_move *m)
{
    if (m->kind == DEMO_HELD && m->outcome != DEMO_DONE && m->partner != DEMO_NO_MOVE) {
        demo_move *rival = &run->plan.moves[m->partner];
        rival->kind = DEMO_PLAIN;
    }
}

/* Nodes write the reason down in a step of its own.  A terminal that was killed in between has
 * forgotten it; then its CS may know. */
static bool reason_is_known(demo_run *run, demo_move *m, unsigned *reason)
{
    char state[32];
    const int64_t now = demo_now_ms();
    if (*reason != 0) {
        return true;
    }
    m->refused_ms = m->refused_ms == 0 ? now : m->refused_ms;
    if (now - m->refused_ms < REASON_MS) {
        return false;
    }
    (void)demo_look_state(run, demo_node_of(run, JK_ROLE_CS, demo_town_codes[m->destination]),
                          JK_MACHINE_DEST_CS, m->txn_hex, state, reason);
    if (*reason == 0 && m->kind == DEMO_STOP && m->asked) {
        *reason = JK_REASON_STOPPED_BY_OPERATOR;
    }
    return true;
}

static bool ended_at_terminal(demo_run *run, demo_move *m)
{
    char state[32];
    unsigned reason = 0;
    if (!demo_look_state(run, terminal_of(run, m), JK_MACHINE_TERMINAL, m->txn_hex, state,
                         &reason)) {
        return false;
    }
    if (strncmp(state, "REFUSED", 7) == 0 && !reason_is_known(run, m, &reason)) {
        return false;
    }
    if (strcmp(state, "DONE") == 0) {
        end(run, m, DEMO_DONE, 0);
    } else if (strcmp(state, "PARKED") == 0) {
        end(run, m, DEMO_PARKED, reason);
    } else if (strcmp(state, "REFUSED") == 0 && reason == JK_REASON_STOPPED_BY_OPERATOR) {
        end(run, m, DEMO_CANCELLED, reason);
    } else if (strncmp(state, "REFUSED", 7) == 0) {
        end(run, m, DEMO_REFUSED, reason);
    } else {
        return false;
    }
    end_pair(run, m);
    return true;
}

static bool ended_at_origin(demo_run *run, demo_move *m)
{
    char state[32];
    unsigned reason = 0;
    if (!demo_look_state(run, origin_of(run, m, JK_ROLE_REGISTRY), JK_MACHINE_ORIGIN_REGISTRY,
                         m->case_hex, state, &reason)) {
        return false;
    }
    if (strcmp(state, "CANCELLED") == 0) {
        end(run, m, DEMO_CANCELLED, 0);
        return true;
    }
    return false;
}

/* ---- the second word of operator and clerk ---- */

static bool waits_for_clerk(demo_run *run, const demo_move *m)
{
    char state[32];
    unsigned reason = 0;
    return m->destination == DEMO_MANUAL && m->txn_hex[0] != '\0' &&
           demo_look_state(run, clerk_of(run, m), JK_MACHINE_DEST_REGISTRY, m->txn_hex, state,
                           &reason) &&
           strcmp(state, "WAIT_CLERK") == 0;
}

static void decide(demo_run *run, demo_move *m)
{
    if (m->asked || !waits_for_clerk(run, m)) {
        return;
    }
    const size_t number = (size_t)(m - run->plan.moves);
    if (m->last || (m->kind == DEMO_HELD && m->partner != DEMO_NO_MOVE &&
                    run->plan.moves[m->partner].phase != DEMO_OVER)) {
        return;
    }
    switch (m->kind) {
    case DEMO_STOP: m->asked = demo_ask(run, terminal_of(run, m), number, DEMO_STOP_MOVE); return;
    case DEMO_REJECT: m->asked = demo_ask(run, clerk_of(run, m), number, DEMO_REJECT_MOVE); return;
    case DEMO_PLAIN:
    case DEMO_HELD:
    case DEMO_RIVAL:
    case DEMO_NO_FILING:
    case DEMO_TOO_LATE:
    case DEMO_CANCEL_OUT:
    case DEMO_NO_CARD:
    case DEMO_NO_PIN:
    case DEMO_CASES: m->asked = demo_ask(run, clerk_of(run, m), number, DEMO_ENTER); return;
    }
}

/* ---- answers ---- */

static void keep_id(const json_t *answer, const char *key, char hex[33])
{
    const char *text = json_string_value(json_object_get(answer, key));
    if (text != NULL && strlen(text) == 32) {
        memcpy(hex, text, 33);
    }
}

void demo_answered(demo_run *run, const demo_request *request, const char *text)
{
    demo_move *m = &run->plan.moves[request->move];
    json_t *answer = json_loads(text, 0, NULL);
    const bool good = json_is_true(json_object_get(answer, "ok"));
    if (request->verb == DEMO_FILE_OUT && good) {
        keep_id(answer, "case", m->case_hex);
        m->phase = DEMO_FILED;
    } else if (request->verb == DEMO_MOVE_IN && good) {
        keep_id(answer, "txn", m->txn_hex);
        m->phase = DEMO_ASKED;
    } else if (request->verb == DEMO_CANCEL_CASE) {
        m->phase = DEMO_ASKED; /* not now: it was asked before, and the answer was lost */
    } else if (!good && (request->verb == DEMO_FILE_OUT || request->verb == DEMO_MOVE_IN)) {
        const char *status = json_string_value(json_object_get(answer, "status"));
        const char *why = json_string_value(json_object_get(answer, "text"));
        (void)snprintf(run->fault, sizeof run->fault, "a node refused a command: %.30s, %.120s",
                       status != NULL ? status : "?", why != NULL ? why : "?");
        end(run, m, DEMO_LOST, 0);
    } else if (!good && m->phase != DEMO_OVER && m->tries < TRIES_MAX) {
        m->asked = false; /* not now: looked at again */
        m->tries++;
    }
    json_decref(answer);
}

bool demo_answer_lost(demo_run *run, demo_node *node, const demo_request *request)
{
    demo_move *m = &run->plan.moves[request->move];
    if (request->verb == DEMO_FILE_OUT &&
        demo_look_new(run, node, JK_MACHINE_ORIGIN_REGISTRY, m->case_hex)) {
        m->phase = DEMO_FILED;
        return false;
    }
    if (request->verb == DEMO_MOVE_IN &&
        demo_look_new(run, node, JK_MACHINE_TERMINAL, m->txn_hex)) {
        m->phase = DEMO_ASKED;
        return false;
    }
    return true; /* the others may be said twice */
}

/* ---- one move ---- */

static bool may_begin(demo_run *run, const demo_move *m)
{
    if (m->last) {
        return run->over + 1 == run->plan.count;
    }
    if (m->kind != DEMO_RIVAL) {
        return true;
    }
    const demo_move *held = &run->plan.moves[m->partner];
    return held->phase == DEMO_OVER || waits_for_clerk(run, held);
}

static void begin(demo_run *run, demo_move *m, size_t number)
{
    const bool files = m->kind != DEMO_NO_FILING && m->kind != DEMO_RIVAL &&
                       (m->partner == DEMO_NO_MOVE || m->kind == DEMO_HELD);
    if (files) {
        if (demo_ask(run, origin_of(run, m, JK_ROLE_REGISTRY), number, DEMO_FILE_OUT)) {
            m->phase = DEMO_FILING;
        }
    } else if (demo_ask(run, terminal_of(run, m), number, DEMO_MOVE_IN)) {
        m->phase = DEMO_ASKING;
    }
}

static void go_on(demo_run *run, demo_move *m, size_t number)
{
    char state[32];
    unsigned reason = 0;
    switch (m->phase) {
    case DEMO_WAITS:
        if (may_begin(run, m)) {
            begin(run, m, number);
        }
        return;
    case DEMO_FILED: /* the terminal is asked when the origin's CS knows of the case */
        if (!demo_look_state(run, origin_of(run, m, JK_ROLE_CS), JK_MACHINE_ORIGIN_CS, m->case_hex,
                             state, &reason)) {
            return;
        }
        if (m->kind == DEMO_CANCEL_OUT
                ? demo_ask(run, origin_of(run, m, JK_ROLE_REGISTRY), number, DEMO_CANCEL_CASE)
                : demo_ask(run, terminal_of(run, m), number, DEMO_MOVE_IN)) {
            m->phase = DEMO_ASKING;
        }
        return;
    case DEMO_ASKED:
        if (m->kind == DEMO_CANCEL_OUT) {
            (void)ended_at_origin(run, m);
        } else if (!ended_at_terminal(run, m)) {
            decide(run, m);
        }
        return;
    case DEMO_FILING:
    case DEMO_ASKING:
    case DEMO_OVER: return;
    }
}

/* ---- the accident ---- */

/* Every other time, a terminal or registry dies with a command in hand: its answer is lost. */
static bool waits_for_command(const demo_run *run, const demo_node *node)
{
    const bool desk = node->id.role == JK_ROLE_TERMINAL || node->id.role == JK_ROLE_REGISTRY;
    return desk && run->kill_at % 2 == 1 && !node->waiting && run->over < run->kill_at + PATIENCE &&
           run->over < run->plan.count;
}

static void kill_when_due(demo_run *run)
{
    if (run->victim < 0) {
        return;
    }
    demo_node *node = &run->net.node[run->victim];
    const int64_t now = demo_now_ms();
    if (run->kill_ms == 0 && run->over >= run->kill_at) {
        run->kill_ms = now + (int64_t)(demo_random(&run->random) % KILL_SPAN_MS);
    }
    if (!run->killed && run->kill_ms != 0 && now >= run->kill_ms && !waits_for_command(run, node)) {
        demo_net_kill(run, node);
        run->killed = true;
        run->restart_ms =
            now + RESTART_MIN_MS + (int64_t)(demo_random(&run->random) % RESTART_SPAN_MS);
        demo_show_event(run, "killed by SIGKILL", node->base);
    } else if (run->restart_ms != 0 && now >= run->restart_ms) {
        run->restart_ms = 0;
        run->restarts++;
        if (demo_net_start(run, node)) {
            demo_show_event(run, "started again", node->base);
        }
    }
}

static void choose_victim(demo_run *run)
{
    const unsigned count = (unsigned)run->plan.count;
    run->victim = -1;
    if (run->options->kill == DEMO_KILL_NONE || count == 0) {
        return;
    }
    if (run->options->kill == DEMO_KILL_RANDOM) {
        run->victim = (int)(demo_random(&run->random) % DEMO_NODES);
        run->kill_at = (unsigned)(demo_random(&run->random) % count);
    } else {
        const size_t town = (size_t)(demo_random(&run->random) % DEMO_TOWNS);
        const demo_node *node = demo_node_of(run, JK_ROLE_CS, demo_town_codes[town]);
        run->victim = (int)(node - run->net.node);
        run->kill_at = count / 3;
    }
}

/* ---- the loop ---- */

bool demo_turn(demo_run *run)
{
    demo_talk(run, TURN_MS);
    demo_audit_look(run);
    if (demo_interrupted != 0) {
        (void)snprintf(run->fault, sizeof run->fault, "interrupted");
    } else if (run->fault[0] == '\0') {
        (void)demo_net_watch(run);
    }
    const int64_t idle = demo_now_ms() - run->change_ms;
    run->late = idle > (int64_t)run->options->deadline_s * 1000;
    return run->fault[0] == '\0' && !run->late;
}

static bool runs(const demo_move *m)
{
    return m->phase != DEMO_WAITS && m->phase != DEMO_OVER;
}

/* Every move that runs goes on; others begin while there is room. */
static void look(demo_run *run)
{
    unsigned lanes = 0;
    for (size_t i = 0; i < run->plan.count; i++) {
        lanes += runs(&run->plan.moves[i]) ? 1U : 0U;
    }
    for (size_t i = 0; i < run->plan.count; i++) {
        demo_move *m = &run->plan.moves[i];
        const bool ran = runs(m);
        if (m->phase == DEMO_OVER || (!ran && lanes >= DEMO_LANES)) {
            continue;
        }
        go_on(run, m, i);
        lanes += !ran && runs(m) ? 1U : 0U;
    }
}

bool demo_settle(demo_run *run)
{
    int64_t quiet_since = demo_now_ms();
    while (demo_turn(run)) {
        kill_when_due(run);
        if (run->restart_ms != 0 || run->audit_pid > 0 || !demo_look_settled(run)) {
            quiet_since = demo_now_ms();
        }
        if (demo_now_ms() - quiet_since > SETTLED_MS) {
            break;
        }
        demo_show_progress(run, false);
    }
    return run->fault[0] == '\0';
}

/* The move whose NOTICE is to be lost, when its clerk has the certificate in hand. */
static demo_move *notice_to_drop(demo_run *run)
{
    demo_move *m = run->plan.count > 0 ? &run->plan.moves[run->plan.count - 1] : NULL;
    return m != NULL && m->last && m->phase == DEMO_ASKED && waits_for_clerk(run, m) ? m : NULL;
}

bool demo_drive(demo_run *run)
{
    int64_t next_look = 0;
    demo_move *dropped = NULL;
    choose_victim(run);
    run->change_ms = demo_now_ms();
    if (!demo_audit_start(run)) {
        return false;
    }
    while (run->over < run->plan.count && dropped == NULL && demo_turn(run)) {
        kill_when_due(run);
        const int64_t now = demo_now_ms();
        if (now >= next_look) {
            next_look = now + LOOK_MS;
            look(run);
            dropped = notice_to_drop(run);
        }
        demo_show_progress(run, false);
    }
    if (dropped != NULL && !demo_sabotage_notice(run, dropped)) {
        return false;
    }
    return run->fault[0] == '\0' && demo_settle(run);
}
