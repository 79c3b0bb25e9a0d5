/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts of scenario.h. */
#include "scenario.h"

#include "step/roles.h"

#include <stdio.h>
#include <string.h>

#define TURN_MS    50     /* between two looks at the desks */
#define ASKS_MAX   40     /* of an operator who gets no answer */
#define END_MS     400000 /* virtual time after which a run is stuck */
#define NODES_HERE 13

const scenario scenarios[] = {
    {.name = "store", .one_store = true},
    {.name = "done", .members = 1, .black_out = true, .end = "DONE"},
    {.name = "household", .members = 4, .end = "DONE"},
    {.name = "rejected", .members = 2, .rejects = true, .end = "REFUSED"},
    {.name = "stopped", .members = 2, .stops = true},
    {.name = "compete", .members = 2, .competes = true},
    {.name = "cancelled", .members = 2, .cancels = true},
};
const size_t scenario_count = sizeof scenarios / sizeof scenarios[0];

typedef struct play {
    town *t;
    const scenario *s;
    jk_token case_id;
    jk_token txn[2];
    watch_report *report;
    void *arg;
} play;

static void found(const play *p, watch_kind kind, const char *text)
{
    p->report(p->arg, kind, text);
}

static void nodes_of(const town *t, world_node *nodes[NODES_HERE])
{
    size_t n = 0;
    nodes[n++] = t->national;
    nodes[n++] = t->cards;
    nodes[n++] = t->prefecture[0];
    nodes[n++] = t->prefecture[1];
    for (size_t i = 0; i < 3; i++) {
        nodes[n++] = t->cs[i];
        nodes[n++] = t->registry[i];
        nodes[n++] = t->terminal[i];
    }
}

static bool all_serve(const town *t)
{
    world_node *nodes[NODES_HERE];
    nodes_of(t, nodes);
    for (size_t i = 0; i < NODES_HERE; i++) {
        if (!world_serves(nodes[i])) {
            return false;
        }
    }
    return true;
}

static bool run(play *p, int64_t ms)
{
    return world_run(p->t->w, world_now(p->t->w) + ms);
}

/* ---- operators ---- */

/* Has the command's step been stored, whoever knows it? */
static bool stored(const world_node *node, uint16_t machine, const jk_token *key)
{
    disk_quiet(true);
    bool is = !jk_token_is_none(key) && strcmp(town_state(node, machine, key), "-") != 0;
    disk_quiet(false);
    return is;
}

static bool answered(const world_node *node, jk_status status)
{
    return status == JK_OK && watch_disk()->alive(NULL, world_id(node));
}

/* Waits for the node, then gives the command until there is an answer or its step is found. */
static bool ask(play *p, world_node *node, uint16_t machine, jk_token *key,
                jk_status (*command)(play *p, jk_token *key))
{
    for (int i = 0; i < ASKS_MAX; i++) {
        if (!world_serves(node)) {
            if (!run(p, TURN_MS)) {
                return false;
            }
            continue;
        }
        if (stored(node, machine, key)) {
            return true;
        }
        jk_status status = command(p, key);
        bool told = answered(node, status);
        if (told) {
            watch_disk()->said(NULL, world_id(node));
        }
        world_failed(node, status);
        if (told) {
            return true;
        }
    }
    return false;
}

static jk_status file_out(play *p, jk_token *key)
{
    return town_file_out(p->t, p->s->members, TOWN_TODAY + 5, key);
}

static jk_status move_in(play *p, jk_token *key)
{
    return town_move_in(p->t, 1, 0, p->s->members, key);
}

static jk_status move_in_elsewhere(play *p, jk_token *key)
{
    return town_move_in(p->t, 2, 0, 1, key);
}

/* Takes back until the node says yes or that it is too late. */
static void take_back(play *p, world_node *node, jk_status (*command)(play *p, jk_token *key),
                      jk_token *key)
{
    jk_status status = JK_E_STORE_GONE;
    for (int i = 0; i < ASKS_MAX && !answered(node, status) && status != JK_E_NOT_NOW; i++) {
        if (world_serves(node)) {
            status = command(p, key);
            world_failed(node, status);
        } else if (!run(p, TURN_MS)) {
            return;
        }
    }
}

static jk_status stop(play *p, jk_token *key)
{
    return town_stop(p->t, 1, key);
}

static jk_status cancel_out(play *p, jk_token *key)
{
    return town_cancel_out(p->t, key);
}

static void clerks(play *p)
{
    for (int i = 1; i < 3; i++) {
        world_node *desk = p->t->registry[i];
        if (world_serves(desk)) {
            (void)town_clerk(p->t, i, !p->s->rejects);
            world_failed(desk, JK_OK); /* the machine may have lost its power meanwhile */
        }
    }
}

/* ---- the end ---- */

static bool is_final(const char *state)
{
    return strcmp(state, "DONE") == 0 || strcmp(state, "REFUSED") == 0 ||
           strcmp(state, "PARKED") == 0;
}

static const char *end_of(const play *p, int dest, const jk_token *txn)
{
    disk_quiet(true);
    const char *state = town_state(p->t->terminal[dest], JK_MACHINE_TERMINAL, txn);
    disk_quiet(false);
    return state;
}

static bool ended(const play *p)
{
    world_node *nodes[NODES_HERE];
    nodes_of(p->t, nodes);
    for (size_t i = 0; i < NODES_HERE; i++) {
        if (watch_waiting(watch_host(world_id(nodes[i]))) != 0) {
            return false;
        }
    }
    return (p->s->cancels || is_final(end_of(p, 1, &p->txn[0]))) &&
           (!p->s->competes || is_final(end_of(p, 2, &p->txn[1])));
}

static bool settle(play *p)
{
    int64_t end_ms = world_now(p->t->w) + END_MS;
    int64_t pause = TURN_MS;
    while (world_now(p->t->w) < end_ms) {
        if (!run(p, pause)) {
            return false;
        }
        if (all_serve(p->t) && ended(p)) {
            return true;
        }
        clerks(p);
        pause += pause < 5000 ? pause / 2 : 0;
    }
    return false;
}

static void judge(play *p)
{
    char text[160];
    for (int i = 0; i < TOWN_RESIDENTS; i++) {
        disk_quiet(true);
        bool kept = town_promise(p->t, i);
        disk_quiet(false);
        if (!kept) {
            (void)snprintf(text, sizeof text, "resident %d: registers %x, national shows %d", i,
                           town_registers(p->t, i), town_shown(p->t, p->t->national, i));
            found(p, WATCH_PROMISE, text);
        }
    }
    if (p->s->end != NULL && strcmp(p->s->end, end_of(p, 1, &p->txn[0])) != 0) {
        (void)snprintf(text, sizeof text, "the terminal ended in %s", end_of(p, 1, &p->txn[0]));
        found(p, WATCH_PROMISE, text);
    }
    if (world_count(p->t->w).refused > 0) {
        found(p, WATCH_PROMISE, "an honest node's message was refused");
    }
}

/* Machines lose their power at rest: whatever was reported must stand by itself. */
static bool black_out(play *p, uint32_t hosts)
{
    world_node *nodes[NODES_HERE];
    nodes_of(p->t, nodes);
    for (size_t i = 0; i < NODES_HERE; i++) {
        unsigned host = watch_host(world_id(nodes[i]));
        if (((hosts | watch_failed()) >> host & 1U) != 0) {
            disk_cut(host, DISK_DROP, 1);
            world_failed(nodes[i], JK_OK);
        }
    }
    for (int i = 0; i < ASKS_MAX && !all_serve(p->t); i++) {
        if (!run(p, TURN_MS)) {
            return false;
        }
    }
    return watch_found() > 0 || settle(p);
}

static void check_retries(watch_report *report, void *arg)
{
    if (disk_retried() > 0) {
        report(arg, WATCH_RETRIED, "a file was used after its sync had failed");
    }
}

bool scenario_open(town *t, uint64_t seed)
{
    static const world_faults calm = {0, 0, 1, 0};
    if (!town_open_on(t, seed, &calm, watch_disk())) {
        return false;
    }
    world_group(t->w, true);
    return true;
}

static bool begin(play *p)
{
    town *t = p->t;
    if (!ask(p, t->registry[0], JK_MACHINE_ORIGIN_REGISTRY, &p->case_id, file_out) ||
        !run(p, 1000)) {
        return false;
    }
    if (p->s->cancels) {
        take_back(p, t->registry[0], cancel_out, &p->case_id);
        return true;
    }
    if (!ask(p, t->terminal[1], JK_MACHINE_TERMINAL, &p->txn[0], move_in)) {
        return false;
    }
    if (p->s->competes &&
        !ask(p, t->terminal[2], JK_MACHINE_TERMINAL, &p->txn[1], move_in_elsewhere)) {
        return false;
    }
    if (p->s->stops) {
        if (!run(p, 1000)) {
            return false;
        }
        take_back(p, t->terminal[1], stop, &p->txn[0]);
    }
    return true;
}

void scenario_play(town *t, const scenario *s, const uint32_t *hosts, watch_report *report,
                   void *arg)
{
    play p = {.t = t, .s = s, .report = report, .arg = arg};
    if (!begin(&p) || !settle(&p)) {
        found(&p, WATCH_STUCK, "no end");
        return;
    }
    judge(&p);
    if (!black_out(&p, *hosts)) {
        found(&p, WATCH_STUCK, "no end after the black-out");
        return;
    }
    if (watch_found() == 0) {
        judge(&p);
    }
    check_retries(report, arg);
}

/* ---- one store ---- */

static void note(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

/* A group of two rows; false: it failed. */
static bool one_commit(jk_store *store, uint64_t number)
{
    jk_machine_row row = {.machine = 7, .machine_name = "m", .state_name = "s", .size = 64};
    jk_status status = store->ops->begin(store);
    for (unsigned i = 0; i < 2 && status == JK_OK; i++) {
        memcpy(row.key.byte, &number, sizeof number);
        row.key.byte[15] = (uint8_t)(i + 1);
        row.state = (uint16_t)number;
        status = store->ops->step_begin(store, 0);
        status = status == JK_OK ? store->ops->machine_put(store, &row) : status;
        status = status == JK_OK ? store->ops->step_keep(store, 0) : status;
    }
    if (status != JK_OK) {
        store->ops->rollback(store);
        return false;
    }
    store->ops->commit(store, note, &status);
    return status == JK_OK;
}

void scenario_store(watch_report *report, void *arg)
{
    const world_disk *disk = watch_disk();
    const jk_node_id id = {.role = JK_ROLE_CS, .code = "131016"};
    uint64_t number = 1;
    for (int life = 0, tries = 0; life < 4; tries++) {
        if (tries == ASKS_MAX) {
            report(arg, WATCH_STUCK, "the store does not come back");
            return;
        }
        jk_store *store = disk->open(disk->arg, &id);
        if (store == NULL) {
            continue;
        }
        bool well = true;
        for (int i = 0; i < 3 && well; i++, number++) {
            well = one_commit(store, number) && disk->alive(disk->arg, &id);
        }
        life += well ? 1 : 0;
        if (well && life == 3) {
            disk_cut(watch_host(&id), DISK_DROP, 1);
        }
        disk->close(disk->arg, &id, store);
    }
    check_retries(report, arg);
}
