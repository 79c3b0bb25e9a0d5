/* SPDX-License-Identifier: Apache-2.0 */
/* The town of stream.h: ten engines on stores in memory, a network that keeps every record and its
 * order, and a clock that stands still.  A node takes at most a group of records a round. */
#include "bench/lib/stream.h"

#include "adapter/memory/memory.h"
#include "bench/lib/people.h"
#include "channel/noise.h"
#include "channel/policy.h"
#include "channel/sign.h"
#include "movein_dest_registry.h"
#include "movein_origin_registry.h"
#include "movein_terminal.h"
#include "step/roles.h"

#include <stdlib.h>
#include <string.h>

enum {
    NODES = 10,
    START_EACH = 4,    /* households that begin in a round */
    FILED_BEFORE = 3,  /* rounds between a filing and the move-in that needs it */
    ROUNDS_MAX = 20000 /* without progress this many rounds mean that the town hangs */
};

static const struct {
    jk_role role;
    char code[7];
} places[NODES] = {
    {JK_ROLE_CS, "131016"},         {JK_ROLE_CS, "141003"},         {JK_ROLE_REGISTRY, "131016"},
    {JK_ROLE_REGISTRY, "141003"},   {JK_ROLE_TERMINAL, "131016"},   {JK_ROLE_TERMINAL, "141003"},
    {JK_ROLE_PREFECTURE, "130001"}, {JK_ROLE_PREFECTURE, "140007"}, {JK_ROLE_NATIONAL, "000000"},
    {JK_ROLE_CARDS, "000000"},
};

enum {
    CS_0 = 0,
    REGISTRY_0 = 2,
    TERMINAL_0 = 4
};

typedef struct packet {
    stream_record record;
    uint8_t *bytes; /* owned */
    struct packet *next;
} packet;

typedef struct town_node {
    jk_link link; /* first: the engine's port is the node */
    stream *town;
    jk_node_id id;
    jk_store *store;
    jk_engine *engine;
    jk_keypair seal;
    uint8_t sign_public[JK_SIGN_PUBLIC_SIZE];
    uint8_t sign_secret[JK_SIGN_SECRET_SIZE];
    packet *first;
    packet **last;
    size_t waiting;
} town_node;

typedef struct town_random {
    jk_random port;
    uint64_t state;
} town_random;

struct stream {
    town_node nodes[NODES];
    town_random random;
    jk_clock clock;
    unsigned households;
    unsigned entered; /* households whose register entry was made */
    stream_move *moves;
    bool *at_desk; /* household: the clerk still has to enter it */
    size_t count;
    size_t capacity;
    size_t groups;
    stream_record *records;
    bool failed;
};

static jk_status fill_random(jk_random *self, uint8_t *data, size_t size)
{
    town_random *random = (town_random *)self;
    for (size_t i = 0; i < size; i++) {
        /* xorshift64*: the same seed, the same ids */
        random->state ^= random->state >> 12;
        random->state ^= random->state << 25;
        random->state ^= random->state >> 27;
        data[i] = (uint8_t)((random->state * UINT64_C(0x2545f4914f6cdd1d)) >> 56);
    }
    return JK_OK;
}

static int64_t clock_ms(jk_clock *clock)
{
    (void)clock;
    return PEOPLE_TODAY * INT64_C(86400000);
}

static int64_t clock_today(jk_clock *clock)
{
    (void)clock;
    return PEOPLE_TODAY;
}

/* ---- the record ---- */

static void keep(stream *s, const stream_record *record)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 1024 : 2 * s->capacity;
        stream_record *grown = realloc(s->records, capacity * sizeof *grown);
        if (grown == NULL) {
            s->failed = true;
            return;
        }
        s->records = grown;
        s->capacity = capacity;
    }
    s->records[s->count] = *record;
    if (record->bytes.size > 0) {
        uint8_t *copy = malloc(record->bytes.size);
        if (copy == NULL) {
            s->failed = true;
            return;
        }
        memcpy(copy, record->bytes.data, record->bytes.size);
        s->records[s->count].bytes.data = copy;
    }
    s->count++;
}

/* ---- the network ---- */

static town_node *node_of(stream *s, const jk_node_id *id)
{
    for (size_t i = 0; i < NODES; i++) {
        if (jk_node_equal(&s->nodes[i].id, id)) {
            return &s->nodes[i];
        }
    }
    return NULL;
}

static void post(jk_link *link, const jk_node_id *to, stream_record record)
{
    town_node *from = (town_node *)link;
    town_node *node = node_of(from->town, to);
    packet *p = calloc(1, sizeof *p);
    if (node == NULL || p == NULL) {
        from->town->failed = true;
        free(p);
        return;
    }
    p->record = record;
    p->record.peer = from->id;
    if (record.bytes.size > 0) {
        p->bytes = malloc(record.bytes.size);
        if (p->bytes == NULL) {
            from->town->failed = true;
            free(p);
            return;
        }
        memcpy(p->bytes, record.bytes.data, record.bytes.size);
        p->record.bytes.data = p->bytes;
    }
    *node->last = p;
    node->last = &p->next;
    node->waiting++;
}

static void link_message(jk_link *link, const jk_node_id *peer, uint64_t link_epoch,
                         uint64_t sequence, jk_span bytes)
{
    post(link, peer,
         (stream_record){
             .kind = STREAM_MESSAGE, .link_epoch = link_epoch, .number = sequence, .bytes = bytes});
}

static void link_ack(jk_link *link, const jk_node_id *peer, uint64_t next, uint32_t credit)
{
    (void)credit;
    post(link, peer, (stream_record){.kind = STREAM_ACK, .number = next});
}

static void link_nack(jk_link *link, const jk_node_id *peer, uint64_t sequence, uint16_t rule)
{
    post(link, peer, (stream_record){.kind = STREAM_NACK, .number = sequence, .rule = rule});
}

static bool peer_keys(void *arg, const jk_node_id *peer, uint8_t prekey[32],
                      uint8_t sign_public[32])
{
    const town_node *node = node_of(arg, peer);
    if (node == NULL) {
        return false;
    }
    memcpy(prekey, node->seal.public_key, 32);
    memcpy(sign_public, node->sign_public, 32);
    return true;
}

/* ---- nodes ---- */

static const char *home_of(unsigned household)
{
    return places[household % 2].code;
}

static void committed(void *arg, jk_status status)
{
    *(bool *)arg = status == JK_OK;
}

static bool populate(const stream *s, const jk_node_id *self, jk_store *store)
{
    bool ok = store->ops->begin(store) == JK_OK && store->ops->step_begin(store, 0) == JK_OK;
    for (unsigned i = 0; ok && i < s->households; i++) {
        for (int j = 0; ok && j < people_count(i); j++) {
            ok = people_put(store, self, i * PEOPLE_HOUSEHOLD + (unsigned)j, home_of(i));
        }
    }
    ok = ok && store->ops->step_keep(store, 0) == JK_OK;
    if (!ok) {
        store->ops->rollback(store);
        return false;
    }
    store->ops->commit(store, committed, &ok);
    return ok;
}

static bool open_node(stream *s, size_t index)
{
    town_node *node = &s->nodes[index];
    node->link = (jk_link){link_message, link_ack, link_nack};
    node->town = s;
    node->last = &node->first;
    node->id.role = (uint8_t)places[index].role;
    memcpy(node->id.code, places[index].code, sizeof node->id.code);
    node->engine = malloc(jk_engine_size());
    if (node->engine == NULL || jk_memory_open(&node->store) != JK_OK ||
        jk_keypair_make(&s->random.port, &node->seal) != JK_OK ||
        jk_sign_keypair_make(&s->random.port, node->sign_public, node->sign_secret) != JK_OK ||
        !populate(s, &node->id, node->store)) {
        return false;
    }
    jk_step_config config = {
        .self = node->id,
        .store = node->store,
        .link = &node->link,
        .clock = &s->clock,
        .random = &s->random.port,
        .keys = {&node->seal, node->sign_secret, peer_keys, s},
        .periods = jk_legal_periods_default(),
        .verify_due_ms = 30000,
        .cert_due_ms = 60000,
        .notice_due_ms = 86400000,
        .card_due_ms = 86400000,
        .status_due_ms = 86400000,
        .resend_ms = 200,
    };
    return jk_engine_init(node->engine, &config) == JK_OK;
}

static bool connect_all(stream *s)
{
    for (size_t a = 0; a < NODES; a++) {
        for (size_t b = 0; b < NODES; b++) {
            const jk_node_id *peer = &s->nodes[b].id;
            if (a == b || (!jk_policy_allows(&s->nodes[a].id, peer) &&
                           !jk_policy_allows(peer, &s->nodes[a].id))) {
                continue;
            }
            if (jk_engine_link_up(s->nodes[a].engine, peer) != JK_OK ||
                jk_engine_flush(s->nodes[a].engine) != JK_OK) {
                return false;
            }
            if (a == CS_0) {
                keep(s, &(stream_record){.kind = STREAM_UP, .peer = *peer});
            }
        }
    }
    keep(s, &(stream_record){.kind = STREAM_COMMIT});
    return true;
}

/* ---- desks ---- */

static bool file_out(stream *s, unsigned household)
{
    static uint8_t body[JK_BODY_SIZE_MAX];
    jk_codec_bytes bytes = {body, sizeof body, 0};
    stream_move *move = &s->moves[household];
    (void)fill_random(&s->random.port, move->case_id.byte, sizeof move->case_id.byte);
    (void)fill_random(&s->random.port, move->txn.byte, sizeof move->txn.byte);
    if (!people_filed(household, home_of(household), &bytes)) {
        return false;
    }
    jk_command_data data = {"filed", {bytes.data, bytes.size}};
    return jk_engine_command(s->nodes[REGISTRY_0 + household % 2].engine,
                             &(jk_command){.machine = JK_MACHINE_ORIGIN_REGISTRY,
                                           .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_FILE_OUT,
                                           .key = move->case_id,
                                           .members = (1U << people_count(household)) - 1,
                                           .data = &data,
                                           .data_count = 1}) == JK_OK;
}

static bool move_in(stream *s, unsigned household)
{
    static uint8_t verify[2048];
    static uint8_t request[4096];
    jk_codec_bytes v = {verify, sizeof verify, 0};
    jk_codec_bytes r = {request, sizeof request, 0};
    if (!people_verify(household, &v) || !people_request(household, home_of(household), &r)) {
        return false;
    }
    s->at_desk[household] = true;
    jk_command_data data[] = {{"verify", {v.data, v.size}}, {"request", {r.data, r.size}}};
    return jk_engine_command(s->nodes[TERMINAL_0 + (household + 1) % 2].engine,
                             &(jk_command){.machine = JK_MACHINE_TERMINAL,
                                           .input = JK_MOVEIN_TERMINAL_IN_MOVE_IN,
                                           .key = s->moves[household].txn,
                                           .data = data,
                                           .data_count = 2}) == JK_OK;
}

/* Enters every household whose certificate has come. */
static void clerks(stream *s)
{
    for (unsigned i = 0; i < s->households; i++) {
        if (!s->at_desk[i]) {
            continue;
        }
        jk_command enter = {.machine = JK_MACHINE_DEST_REGISTRY,
                            .input = JK_MOVEIN_DEST_REGISTRY_IN_ENTER,
                            .key = s->moves[i].txn};
        if (jk_engine_command(s->nodes[REGISTRY_0 + (i + 1) % 2].engine, &enter) == JK_OK) {
            s->at_desk[i] = false;
            s->entered++;
        }
    }
}

/* ---- running ---- */

jk_status stream_feed(const stream_record *record, jk_engine *engine)
{
    int64_t next_ms = 0;
    jk_status status = JK_E_BUG;
    switch (record->kind) {
    case STREAM_UP: return jk_engine_link_up(engine, &record->peer);
    case STREAM_MESSAGE:
        return jk_engine_receive(engine, &record->peer, record->link_epoch, record->number,
                                 record->bytes);
    case STREAM_ACK: return jk_engine_ack(engine, &record->peer, record->number);
    case STREAM_NACK: return jk_engine_nack(engine, &record->peer, record->number, record->rule);
    case STREAM_COMMIT:
        status = jk_engine_timers(engine, &next_ms);
        return status == JK_OK ? jk_engine_flush(engine) : status;
    }
    return status;
}

/* One turn of a node's loop: at most a group of records, its timers, one commit. */
static bool turn(stream *s, town_node *node)
{
    const stream_record commit = {.kind = STREAM_COMMIT};
    size_t count = node->waiting < JK_GROUP_STEPS_MAX ? node->waiting : JK_GROUP_STEPS_MAX;
    bool watched = node == &s->nodes[CS_0] && count > 0;
    for (size_t i = 0; i < count; i++) {
        packet *p = node->first;
        node->first = p->next;
        node->last = node->first == NULL ? &node->first : node->last;
        node->waiting--;
        jk_status status = stream_feed(&p->record, node->engine);
        if (watched) {
            keep(s, &p->record);
        }
        free(p->bytes);
        free(p);
        if (status != JK_OK) {
            return false;
        }
    }
    if (watched) {
        keep(s, &commit);
        s->groups++;
    }
    return stream_feed(&commit, node->engine) == JK_OK && !s->failed;
}

static bool all_turn(stream *s, bool *quiet)
{
    *quiet = true;
    for (size_t i = 0; i < NODES; i++) {
        if (!turn(s, &s->nodes[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < NODES; i++) {
        *quiet = *quiet && s->nodes[i].waiting == 0;
    }
    return true;
}

static bool start_some(stream *s, unsigned round)
{
    for (unsigned i = 0; i < START_EACH; i++) {
        unsigned filing = round * START_EACH + i;
        if (filing < s->households && !file_out(s, filing)) {
            return false;
        }
        if (round >= FILED_BEFORE) {
            unsigned moving = (round - FILED_BEFORE) * START_EACH + i;
            if (moving < s->households && !move_in(s, moving)) {
                return false;
            }
        }
    }
    return true;
}

static bool run(stream *s)
{
    bool quiet = false;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        if (!start_some(s, round)) {
            return false;
        }
        clerks(s);
        if (!all_turn(s, &quiet)) {
            return false;
        }
        if (quiet && s->entered == s->households) {
            return true;
        }
    }
    return false;
}

/* Every move went the whole way. */
static bool all_done(stream *s)
{
    for (unsigned i = 0; i < s->households; i++) {
        jk_store *store = s->nodes[TERMINAL_0 + (i + 1) % 2].store;
        jk_machine_row row;
        if (store->ops->machine_get(store, JK_MACHINE_TERMINAL, &s->moves[i].txn, &row) != JK_OK ||
            !row.final || row.state != JK_MOVEIN_TERMINAL_DONE) {
            return false;
        }
    }
    return true;
}

/* The town itself is not needed once its record is made; the CS's keys are. */
static void close_town(stream *s)
{
    for (size_t i = 0; i < NODES; i++) {
        town_node *node = &s->nodes[i];
        while (node->first != NULL) {
            packet *p = node->first;
            node->first = p->next;
            free(p->bytes);
            free(p);
        }
        jk_memory_close(node->store);
        free(node->engine);
        node->store = NULL;
        node->engine = NULL;
    }
}

stream *stream_record_moves(unsigned households, uint64_t seed)
{
    stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->households = households;
    s->random = (town_random){{fill_random}, seed | 1};
    s->clock = (jk_clock){clock_ms, clock_ms, clock_today};
    s->moves = calloc(households + 1U, sizeof *s->moves);
    s->at_desk = calloc(households + 1U, sizeof *s->at_desk);
    bool ok = s->moves != NULL && s->at_desk != NULL;
    for (size_t i = 0; ok && i < NODES; i++) {
        ok = open_node(s, i);
    }
    ok = ok && connect_all(s) && run(s) && all_done(s);
    close_town(s);
    if (!ok) {
        stream_free(s);
        return NULL;
    }
    return s;
}

void stream_free(stream *s)
{
    if (s == NULL) {
        return;
    }
    close_town(s);
    for (size_t i = 0; i < s->count; i++) {
        free((void *)(uintptr_t)s->records[i].bytes.data);
    }
    free(s->records);
    free(s->moves);
    free(s->at_desk);
    free(s);
}

size_t stream_count(const stream *s)
{
    return s->count;
}

const stream_record *stream_at(const stream *s, size_t index)
{
    return &s->records[index];
}

size_t stream_groups(const stream *s)
{
    return s->groups;
}

const jk_node_id *stream_self(const stream *s)
{
    return &s->nodes[CS_0].id;
}

unsigned stream_households(const stream *s)
{
    return s->households;
}

const stream_move *stream_move_of(const stream *s, unsigned household)
{
    return &s->moves[household];
}

jk_step_keys stream_keys(stream *s)
{
    town_node *node = &s->nodes[CS_0];
    return (jk_step_keys){&node->seal, node->sign_secret, peer_keys, s};
}

jk_clock *stream_clock(stream *s)
{
    return &s->clock;
}

bool stream_populate(const stream *s, jk_store *store)
{
    return populate(s, &s->nodes[CS_0].id, store);
}
