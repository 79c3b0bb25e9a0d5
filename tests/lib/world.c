/* SPDX-License-Identifier: Apache-2.0 */
/* The world of world.h. */
#include "lib/world.h"

#include "adapter/memory/memory.h"
#include "adapter/sqlite/sqlite.h"
#include "channel/policy.h"
#include "channel/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_SIZE 262144
#define TOKENS_MAX 512
#define STEPS_MAX  2000000
#define BACK_MS    300 /* a node that failed comes back after so long */

typedef enum packet_kind {
    PACKET_MESSAGE,
    PACKET_ACK,
    PACKET_NACK
} packet_kind;

typedef struct packet {
    int64_t at_ms;
    uint64_t order; /* among equal times */
    int from;
    int to;
    packet_kind kind;
    uint64_t link_epoch;
    uint64_t number;
    uint16_t rule;
    size_t size;
    uint8_t *bytes;
} packet;

struct world_node {
    jk_link link; /* first: the engine's port is the node */
    world *world;
    int index;
    jk_node_id id;
    jk_store *store;
    jk_engine *engine;
    bool dead;       /* no process */
    bool down;       /* its links are */
    int64_t back_ms; /* when it tries again */
    int64_t next_ms; /* when its next timer is due */
    jk_keypair seal;
    uint8_t sign_public[JK_SIGN_PUBLIC_SIZE];
    uint8_t sign_secret[JK_SIGN_SECRET_SIZE];
};

typedef struct world_random {
    jk_random port;
    uint64_t state;
} world_random;

typedef struct world_clock {
    jk_clock port;
    world *world;
} world_clock;

struct world {
    world_faults faults;
    world_random faults_random; /* the network's */
    world_random ids_random;    /* the nodes' */
    world_clock clock;
    int64_t now_ms;
    int64_t today;
    uint64_t order;
    const char *folder; /* NULL: stores in memory */
    world_disk disk;    /* open is NULL: none */
    bool grouped;
    world_listener *listener; /* may be NULL */
    void *listener_arg;
    jk_step_log *records; /* may be NULL */
    void *records_arg;
    jk_status trials; /* how stores fail for a trial, JK_OK: they do not */
    int node_count;
    world_node nodes[WORLD_NODES_MAX];
    bool cut[WORLD_NODES_MAX][WORLD_NODES_MAX];
    size_t packet_count;
    packet packets[WORLD_PACKETS_MAX];
    world_counts counts;
    size_t token_count;
    jk_token tokens[TOKENS_MAX];
    size_t trace_size;
    char trace[TRACE_SIZE];
};

/* splitmix64: small, seeded, good enough to schedule faults. */
static uint64_t next_random(world_random *random)
{
    uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static jk_status fill_random(jk_random *self, uint8_t *data, size_t size)
{
    world_random *random = (world_random *)self;
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(next_random(random) & 0xff);
    }
    return JK_OK;
}

static bool chance(world *w, unsigned permille)
{
    return permille > 0 && next_random(&w->faults_random) % 1000 < permille;
}

static int64_t clock_monotonic(jk_clock *clock)
{
    return ((world_clock *)clock)->world->now_ms;
}

static int64_t clock_wall(jk_clock *clock)
{
    return ((world_clock *)clock)->world->now_ms;
}

static int64_t clock_today(jk_clock *clock)
{
    return ((world_clock *)clock)->world->today;
}

static void post(world *w, const packet *sent)
{
    if (w->packet_count == WORLD_PACKETS_MAX) {
        w->counts.lost++; /* a bounded network drops; the transport repeats */
        return;
    }
    packet *p = &w->packets[w->packet_count];
    *p = *sent;
    p->bytes = NULL;
    if (sent->size > 0) {
        p->bytes = malloc(sent->size);
        if (p->bytes == NULL) {
            return;
        }
        memcpy(p->bytes, sent->bytes, sent->size);
    }
    int64_t delay = 1;
    if (w->faults.delay_max_ms > 1) {
        delay += (int64_t)(next_random(&w->faults_random) % (uint64_t)w->faults.delay_max_ms);
    }
    p->at_ms = w->now_ms + delay;
    p->order = w->order++;
    w->packet_count++;
}

/* Does its machine have power? */
static bool alive(const world_node *node)
{
    const world_disk *disk = &node->world->disk;
    return disk->open == NULL || disk->alive(disk->arg, &node->id);
}

static void transmit(world_node *from, const jk_node_id *peer, packet sent)
{
    world *w = from->world;
    if (!alive(from)) {
        return;
    }
    if (w->disk.open != NULL) {
        w->disk.said(w->disk.arg, &from->id);
    }
    for (int i = 0; i < w->node_count; i++) {
        if (!jk_node_equal(&w->nodes[i].id, peer)) {
            continue;
        }
        sent.from = from->index;
        sent.to = i;
        if (w->cut[from->index][i] || chance(w, w->faults.loss_permille)) {
            w->counts.lost++;
            return;
        }
        post(w, &sent);
        if (chance(w, w->faults.repeat_permille)) {
            w->counts.repeated++;
            post(w, &sent);
        }
    }
}

static void link_message(jk_link *link, const jk_node_id *peer, uint64_t link_epoch,
                         uint64_t sequence, jk_span bytes)
{
    packet sent = {
        .kind = PACKET_MESSAGE, .link_epoch = link_epoch, .number = sequence, .size = bytes.size};
    sent.bytes = malloc(bytes.size);
    if (sent.bytes != NULL) {
        memcpy(sent.bytes, bytes.data, bytes.size);
        transmit((world_node *)link, peer, sent);
        free(sent.bytes);
    }
    const world_node *node = (const world_node *)link;
    if (node->world->listener != NULL) {
        node->world->listener(node->world->listener_arg, &node->id, peer, bytes);
    }
}

static void link_ack(jk_link *link, const jk_node_id *peer, uint64_t next, uint32_t credit)
{
    ((world_node *)link)->world->counts.credit = credit;
    transmit((world_node *)link, peer, (packet){.kind = PACKET_ACK, .number = next});
}

static void link_nack(jk_link *link, const jk_node_id *peer, uint64_t sequence, uint16_t rule)
{
    world_node *node = (world_node *)link;
    node->world->counts.refused++;
    transmit(node, peer, (packet){.kind = PACKET_NACK, .number = sequence, .rule = rule});
}

static bool peer_keys(void *arg, const jk_node_id *peer, uint8_t prekey[32],
                      uint8_t sign_public[32])
{
    const world *w = arg;
    for (int i = 0; i < w->node_count; i++) {
        if (jk_node_equal(&w->nodes[i].id, peer)) {
            memcpy(prekey, w->nodes[i].seal.public_key, 32);
            memcpy(sign_public, w->nodes[i].sign_public, 32);
            return true;
        }
    }
    return false;
}

/* ---- trace ---- */

void world_token_name(world *w, const jk_token *token, char name[24])
{
    if (jk_token_is_none(token)) {
        (void)snprintf(name, 24, "-");
        return;
    }
    size_t i = 0;
    while (i < w->token_count && !jk_token_equal(&w->tokens[i], token)) {
        i++;
    }
    if (i == w->token_count && i < TOKENS_MAX) {
        w->tokens[w->token_count++] = *token;
    }
    (void)snprintf(name, 24, "#%zu", i + 1);
}

static void trace_step(void *arg, const jk_step_record *record)
{
    world_node *node = arg;
    world *w = node->world;
    if (w->records != NULL) {
        w->records(w->records_arg, record);
    }
    char txn[24];
    char case_id[24];
    world_token_name(w, &record->txn, txn);
    world_token_name(w, &record->case_id, case_id);
    size_t room = sizeof w->trace - w->trace_size;
    int used = snprintf(w->trace + w->trace_size, room,
                        "%s:%s txn=%s case=%s %s %s %s->%s members=%x epoch=%llu%s%s out=%s%s%s\n",
                        jk_role_name((jk_role)node->id.role), node->id.code, txn, case_id,
                        record->role, record->input, record->from, record->to,
                        (unsigned)record->members, (unsigned long long)record->epoch,
                        record->hooks[0] == '\0' ? "" : " hook=", record->hooks,
                        record->actions[0] == '\0' ? "-" : record->actions,
                        record->status == JK_OK ? "" : " refused=",
                        record->status == JK_OK ? "" : jk_status_name(record->status));
    if (used > 0 && (size_t)used < room) {
        w->trace_size += (size_t)used;
    }
}

const char *world_trace(const world *w)
{
    return w->trace;
}

void world_listen(world *w, world_listener *listener, void *arg)
{
    w->listener = listener;
    w->listener_arg = arg;
}

void world_records(world *w, jk_step_log *log, void *arg)
{
    w->records = log;
    w->records_arg = arg;
}

void world_clear_trace(world *w)
{
    w->trace_size = 0;
    w->trace[0] = '\0';
}

/* ---- nodes ---- */

world *world_open(uint64_t seed, const world_faults *faults)
{
    world *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return NULL;
    }
    w->faults = *faults;
    w->faults_random = (world_random){{fill_random}, seed};
    w->ids_random = (world_random){{fill_random}, seed ^ UINT64_C(0x6a756b69)};
    w->clock = (world_clock){{clock_monotonic, clock_wall, clock_today}, w};
    w->today = 20000;
    return w;
}

/* ---- calls into an engine ---- */

typedef jk_status world_call(world_node *node, const void *arg);

/* The call and its commit with the n-th operation failing; false: it has fewer, and all is done. */
static bool trial(world_node *node, world_call *call, const void *arg, uint64_t n)
{
    world *w = node->world;
    const uint64_t random = w->ids_random.state;
    jk_memory_fail_next(node->store, n, w->trials);
    jk_status status = call(node, arg);
    bool failed = jk_memory_fail_left(node->store) == 0;
    if (!failed) {
        jk_memory_fail_next(node->store, 1, w->trials);
        jk_status flushed = jk_engine_flush(node->engine);
        failed = jk_memory_fail_left(node->store) == 0;
        status = failed ? flushed : status;
        n = 0; /* the last one */
    }
    jk_memory_fail_next(node->store, 0, JK_OK);
    if (failed) {
        w->counts.trials++;
        w->counts.untold += status != w->trials;
        w->ids_random.state = random;
    }
    return failed && n > 0;
}

/* Makes a call, after its trials. */
static jk_status made(world_node *node, world_call *call, const void *arg)
{
    for (uint64_t n = 1; node->world->trials != JK_OK && trial(node, call, arg, n); n++) {
    }
    return call(node, arg);
}

static jk_status call_command(world_node *node, const void *arg)
{
    return jk_engine_command(node->engine, arg);
}

jk_status world_command(world_node *node, const jk_command *command)
{
    return made(node, call_command, command);
}

void world_trials(world *w, jk_status failure)
{
    w->trials = failure;
}

static jk_status call_init(world_node *node, const void *arg)
{
    jk_engine_close(node->engine); /* of the life before; nothing in the first one */
    return jk_engine_init(node->engine, arg);
}

static void *take_memory(void *arg, size_t size)
{
    (void)arg;
    return malloc(size);
}

static void give_memory(void *arg, void *block)
{
    (void)arg;
    free(block);
}

static bool start(world_node *node)
{
    world *w = node->world;
    jk_step_config config = {
        .self = node->id,
        .store = node->store,
        .link = &node->link,
        .clock = &w->clock.port,
        .random = &w->ids_random.port,
        .keys = {node->id.role == JK_ROLE_CS ? &node->seal : NULL, node->sign_secret, peer_keys, w},
        .periods = jk_legal_periods_default(),
        .verify_due_ms = 30000,
        .cert_due_ms = 60000,
        .round_due_ms = 600000,
        .check_due_ms = 300000,
        .notice_due_ms = 86400000,
        .card_due_ms = 86400000,
        .status_due_ms = 86400000,
        .resend_ms = 200,
        .memory = {take_memory, give_memory, NULL},
        .log = trace_step,
        .log_arg = node,
    };
    return made(node, call_init, &config) == JK_OK;
}

static bool linked(const world_node *a, const world_node *b)
{
    return jk_policy_allows(&a->id, &b->id) || jk_policy_allows(&b->id, &a->id);
}

static jk_status call_link_up(world_node *node, const void *arg)
{
    return jk_engine_link_up(node->engine, arg);
}

static void bring_up(world_node *a, world_node *b)
{
    if (linked(a, b) && !a->world->cut[a->index][b->index] && !a->down && !b->down) {
        jk_status status = made(a, call_link_up, &b->id);
        if (status == JK_OK) {
            status = jk_engine_flush(a->engine);
        }
        if (status != JK_OK) {
            a->world->counts.lost++;
        }
        world_failed(a, status);
    }
}

void world_on_disk(world *w, const char *folder)
{
    w->folder = folder;
}

void world_on(world *w, const world_disk *disk)
{
    w->disk = *disk;
}

void world_group(world *w, bool grouped)
{
    w->grouped = grouped;
}

static bool open_store(world_node *node)
{
    const world_disk *disk = &node->world->disk;
    if (disk->open != NULL) {
        node->store = disk->open(disk->arg, &node->id);
        return node->store != NULL;
    }
    if (node->world->folder == NULL) {
        return jk_memory_open(&node->store) == JK_OK;
    }
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s-%s.db", node->world->folder,
                   jk_role_name((jk_role)node->id.role), node->id.code);
    /* Nobody takes the power away here. */
    jk_sqlite_options options = {.node = node->id, .synchronous = JK_SQLITE_OFF};
    jk_fault fault;
    return jk_sqlite_open(path, &options, &node->store, &fault) == JK_OK;
}

static void close_store(world_node *node)
{
    const world_disk *disk = &node->world->disk;
    if (disk->open != NULL) {
        disk->close(disk->arg, &node->id, node->store);
    } else if (node->world->folder == NULL) {
        jk_memory_close(node->store);
    } else {
        jk_sqlite_close(node->store);
    }
}

world_node *world_add(world *w, jk_role role, const char *code)
{
    if (w->node_count == WORLD_NODES_MAX) {
        return NULL;
    }
    world_node *node = &w->nodes[w->node_count];
    node->link = (jk_link){link_message, link_ack, link_nack};
    node->world = w;
    node->index = w->node_count;
    node->id = (jk_node_id){.role = (uint8_t)role};
    memcpy(node->id.code, code, 6);
    node->engine = calloc(1, jk_engine_size());
    if (node->engine == NULL || !open_store(node) ||
        jk_keypair_make(&w->ids_random.port, &node->seal) != JK_OK ||
        jk_sign_keypair_make(&w->ids_random.port, node->sign_public, node->sign_secret) != JK_OK ||
        !start(node)) {
        return NULL;
    }
    w->node_count++;
    for (int i = 0; i < node->index; i++) {
        bring_up(node, &w->nodes[i]);
        bring_up(&w->nodes[i], node);
    }
    return node;
}

void world_close(world *w)
{
    if (w == NULL) {
        return;
    }
    for (int i = 0; i < w->node_count; i++) {
        if (w->nodes[i].store != NULL) {
            close_store(&w->nodes[i]);
        }
        jk_engine_close(w->nodes[i].engine);
        free(w->nodes[i].engine);
    }
    for (size_t i = 0; i < w->packet_count; i++) {
        free(w->packets[i].bytes);
    }
    free(w);
}

jk_engine *world_engine(world_node *node)
{
    return node->engine;
}

jk_store *world_store(world_node *node)
{
    return node->store;
}

const jk_node_id *world_id(const world_node *node)
{
    return &node->id;
}

void world_set_today(world *w, int64_t day)
{
    w->today = day;
}

int64_t world_now(const world *w)
{
    return w->now_ms;
}

void world_set_faults(world *w, const world_faults *faults)
{
    w->faults = *faults;
}

world_counts world_count(const world *w)
{
    return w->counts;
}

jk_token world_token(world *w)
{
    jk_token token;
    (void)fill_random(&w->ids_random.port, token.byte, sizeof token.byte);
    return token;
}

/* Records on their way to the node are gone with its connections; those from it too, unless they
 * had left before and arrive before it is back. */
static void drop_packets(world *w, int index, bool both)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->packet_count; i++) {
        packet *p = &w->packets[i];
        if (p->to == index || (both && p->from == index)) {
            free(p->bytes);
        } else {
            w->packets[kept++] = *p;
        }
    }
    w->packet_count = kept;
}

/* Its links are gone, at both ends. */
static void take_down(world_node *node)
{
    world *w = node->world;
    node->down = true;
    for (int i = 0; i < w->node_count; i++) {
        world_node *other = &w->nodes[i];
        if (i != node->index && linked(node, other)) {
            jk_engine_link_down(node->engine, &other->id);
            if (!other->dead) {
                jk_engine_link_down(other->engine, &node->id);
            }
        }
    }
}

static void die(world_node *node)
{
    world *w = node->world;
    take_down(node);
    w->counts.crashes++;
    if (w->folder == NULL && w->disk.open == NULL) {
        jk_memory_crash(node->store);
    } else {
        close_store(node); /* the open group is rolled back, as by a process that died */
        node->store = NULL;
    }
    node->dead = true;
}

/* Starts what does not run and brings up its links; false: not now. */
static bool rise(world_node *node)
{
    world *w = node->world;
    if (node->store == NULL && !open_store(node)) {
        return false;
    }
    if (node->dead && !start(node)) {
        die(node);
        return false;
    }
    node->dead = false;
    node->down = false;
    for (int i = 0; i < w->node_count; i++) {
        world_node *other = &w->nodes[i];
        if (i != node->index && linked(node, other)) {
            bring_up(node, other);
            bring_up(other, node);
        }
    }
    return true;
}

void world_restart(world_node *node)
{
    drop_packets(node->world, node->index, true);
    die(node);
    if (!rise(node)) {
        node->back_ms = node->world->now_ms + BACK_MS;
    }
}

static bool stays(jk_status status)
{
    return status == JK_E_STORE_GONE || status == JK_E_FULL || status == JK_E_MEMORY ||
           status == JK_E_RANDOM;
}

void world_failed(world_node *node, jk_status status)
{
    bool host = jk_status_class(status) == JK_CLASS_HOST || status == JK_E_BUG;
    if (node->down || (alive(node) && !host)) {
        return;
    }
    drop_packets(node->world, node->index, false);
    if (alive(node) && stays(status)) {
        take_down(node);
    } else {
        die(node);
    }
    node->back_ms = node->world->now_ms + BACK_MS;
}

bool world_serves(const world_node *node)
{
    return !node->down;
}

void world_cut(world_node *a, world_node *b, bool cut)
{
    world *w = a->world;
    w->cut[a->index][b->index] = cut;
    w->cut[b->index][a->index] = cut;
    if (cut) {
        jk_engine_link_down(a->engine, &b->id);
        jk_engine_link_down(b->engine, &a->id);
    } else {
        bring_up(a, b);
        bring_up(b, a);
    }
}

/* ---- running ---- */

static jk_status call_take(world_node *node, const void *arg)
{
    const packet *p = arg;
    const jk_node_id *peer = &node->world->nodes[p->from].id;
    switch (p->kind) {
    case PACKET_MESSAGE:
        return jk_engine_receive(node->engine, peer, p->link_epoch, p->number,
                                 (jk_span){p->bytes, p->size});
    case PACKET_ACK: return jk_engine_ack(node->engine, peer, p->number);
    case PACKET_NACK: return jk_engine_nack(node->engine, peer, p->number, p->rule);
    }
    return JK_E_BUG;
}

/* The earliest record; node_count when there is none. */
static size_t earliest(const world *w)
{
    size_t best = w->packet_count;
    for (size_t i = 0; i < w->packet_count; i++) {
        const packet *p = &w->packets[i];
        if (best == w->packet_count || p->at_ms < w->packets[best].at_ms ||
            (p->at_ms == w->packets[best].at_ms && p->order < w->packets[best].order)) {
            best = i;
        }
    }
    return best;
}

/* One turn of a node: what has come, then its commit. */
static void turn(world *w, size_t first)
{
    int to = w->packets[first].to;
    world_node *node = &w->nodes[to];
    jk_status status = JK_OK;
    size_t i = first;
    do {
        packet p = w->packets[i];
        w->packets[i] = w->packets[--w->packet_count];
        if (node->down) {
            w->counts.lost++;
        } else {
            w->counts.delivered++;
            status = made(node, call_take, &p);
        }
        free(p.bytes);
        i = earliest(w);
    } while (w->grouped && status == JK_OK && i < w->packet_count && w->packets[i].to == to &&
             w->packets[i].at_ms <= w->now_ms);
    if (node->down) {
        return;
    }
    if (chance(w, w->faults.crash_permille)) {
        world_restart(node);
        return;
    }
    jk_status flushed = jk_engine_flush(node->engine);
    status = status == JK_OK ? flushed : status;
    if (w->disk.open != NULL) {
        world_failed(node, status);
    } else if (status != JK_OK) {
        world_restart(node);
    }
}

/* A node that is away comes back when its time has come. */
static void run_away(world_node *node, int64_t *next_ms)
{
    if (node->back_ms <= node->world->now_ms && !rise(node)) {
        node->back_ms = node->world->now_ms + BACK_MS;
    }
    if (node->down && node->back_ms < *next_ms) {
        *next_ms = node->back_ms;
    }
}

static jk_status call_timers(world_node *node, const void *arg)
{
    (void)arg;
    return jk_engine_timers(node->engine, &node->next_ms);
}

static bool run_timers(world *w, int64_t *next_ms)
{
    *next_ms = INT64_MAX;
    for (int i = 0; i < w->node_count; i++) {
        world_node *node = &w->nodes[i];
        if (node->down) {
            run_away(node, next_ms);
            continue;
        }
        jk_status status = made(node, call_timers, NULL);
        if (status == JK_OK) {
            status = jk_engine_flush(node->engine);
        }
        world_failed(node, status);
        if (status != JK_OK && w->disk.open == NULL) {
            return false;
        }
        const int64_t next = node->down ? node->back_ms : node->next_ms;
        if (next < *next_ms) {
            *next_ms = next;
        }
    }
    return true;
}

bool world_run(world *w, int64_t until_ms)
{
    for (unsigned step = 0; step < STEPS_MAX; step++) {
        int64_t next_ms = INT64_MAX;
        if (!run_timers(w, &next_ms)) {
            return false;
        }
        size_t i = earliest(w);
        int64_t packet_ms = i < w->packet_count ? w->packets[i].at_ms : INT64_MAX;
        int64_t then = packet_ms < next_ms ? packet_ms : next_ms;
        if (then > until_ms) {
            w->now_ms = until_ms;
            return true;
        }
        if (then > w->now_ms) {
            w->now_ms = then;
        }
        if (packet_ms <= next_ms) {
            turn(w, i);
        }
    }
    return false;
}
