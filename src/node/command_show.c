/* SPDX-License-Identifier: Apache-2.0 */
/* Where this node and its transactions stand, for operators and tests.  Only what an auditor may
 * see anyway: states, ids, reasons, counts; no personal data. */
#include "node/internal.h"

#include "step/bulk.h"

#include "juki/envelope.h"
#include "kinds.pb.h"
#include "movein_dest_cs.h"
#include "movein_dest_registry.h"
#include "movein_names.h"
#include "movein_origin_cs.h"
#include "movein_terminal.h"

#include <stdio.h>
#include <string.h>

enum {
    ROWS_MAX = 64,    /* of one answer */
    OUTBOX_MAX = 256, /* of one answer */
    CHOICES_MAX = 3,  /* of one state */
    TIMERS_MAX = 4    /* of one machine */
};

_Static_assert((int)JK_MOVEIN_DEST_CS_TIMER_CARD_DUE == (int)TIMERS_MAX,
               "every timer is looked for");

/* Machines whose rows belong to transactions and cases. */
static const uint16_t shown_machines[] = {
    JK_MACHINE_TERMINAL,  JK_MACHINE_DEST_CS,         JK_MACHINE_DEST_REGISTRY,
    JK_MACHINE_ORIGIN_CS, JK_MACHINE_ORIGIN_REGISTRY, JK_MACHINE_IDENTITY,
};

#define SHOWN_COUNT (sizeof shown_machines / sizeof shown_machines[0])

typedef struct sentence {
    uint16_t machine;
    const char *state;
    const char *text;
} sentence;

static const sentence sentences[] = {
    {JK_MACHINE_TERMINAL, "WAIT_IDENTITY", "waits for the identity check of the national server"},
    {JK_MACHINE_TERMINAL, "WAIT_DONE", "waits for the certificate and the registration"},
    {JK_MACHINE_TERMINAL, "STOPPING", "was asked to stop; the answer of the CS decides"},
    {JK_MACHINE_TERMINAL, "WAIT_CARD", "the move-in is registered; the card is being continued"},
    {JK_MACHINE_TERMINAL, "DONE", "the move-in is done"},
    {JK_MACHINE_TERMINAL, "REFUSED", "refused"},
    {JK_MACHINE_TERMINAL, "REFUSED_IDENTITY",
     "refused: the identity check did not find the person"},
    {JK_MACHINE_TERMINAL, "REFUSED_CARD", "refused: the card cannot be used"},
    {JK_MACHINE_TERMINAL, "PARKED",
     "parked: the national server did not answer; give this up, begin a new move-in"},
    {JK_MACHINE_DEST_CS, "WAIT_CARD_STATE", "waits for the state of the card"},
    {JK_MACHINE_DEST_CS, "WAIT_IDENTITY", "waits for the identity check of the national server"},
    {JK_MACHINE_DEST_CS, "WAIT_REQUEST", "waits for the terminal's certificate request"},
    {JK_MACHINE_DEST_CS, "WAIT_CERT", "waits for the certificate of the origin's CS"},
    {JK_MACHINE_DEST_CS, "WAIT_REGISTERED", "waits for its registry to enter the members"},
    {JK_MACHINE_DEST_CS, "WAIT_STOPPED", "waits for its registry to say whether it could stop"},
    {JK_MACHINE_DEST_CS, "WAIT_ACCEPTED", "registered; waits for the origin to accept the notice"},
    {JK_MACHINE_DEST_CS, "PARKED_NOTICE",
     "registered; overdue: the origin has not answered the notice; ask there"},
    {JK_MACHINE_DEST_CS, "PARKED_DISPUTED",
     "registered, but the origin disputes it; the clerk of the registry has the choice"},
    {JK_MACHINE_DEST_CS, "PARKED_CARDS",
     "registered; overdue: the card management system has not answered"},
    {JK_MACHINE_DEST_CS, "WAIT_CARDS", "registered; waits for the card management system"},
    {JK_MACHINE_DEST_CS, "DONE", "registered, notified, cards answered"},
    {JK_MACHINE_DEST_CS, "CLOSED", "closed without a registration"},
    {JK_MACHINE_DEST_REGISTRY, "WAIT_CLERK", "waits for the clerk to enter or reject"},
    {JK_MACHINE_DEST_REGISTRY, "REGISTERED", "entered in this register"},
    {JK_MACHINE_DEST_REGISTRY, "WAIT_CHOICE",
     "entered in this register, but the origin disputes it; waits for the clerk's choice"},
    {JK_MACHINE_DEST_REGISTRY, "NOT_REGISTERED", "not entered in this register"},
    {JK_MACHINE_ORIGIN_CS, "OPEN", "the case is open; nobody holds its certificate"},
    {JK_MACHINE_ORIGIN_CS, "GRANTED", "a certificate is out; waits for the notice or its return"},
    {JK_MACHINE_ORIGIN_CS, "CLOSING", "the moving-out is being cancelled"},
    {JK_MACHINE_ORIGIN_CS, "CANCELLED", "the moving-out was cancelled"},
    {JK_MACHINE_ORIGIN_CS, "MOVED", "every member has moved"},
    {JK_MACHINE_ORIGIN_REGISTRY, "FILED", "the moving-out is filed"},
    {JK_MACHINE_ORIGIN_REGISTRY, "WAIT_CANCEL", "asked its CS whether it may be cancelled"},
    {JK_MACHINE_ORIGIN_REGISTRY, "CANCELLED", "the moving-out was cancelled"},
    {JK_MACHINE_ORIGIN_REGISTRY, "MOVED", "every member has moved"},
    {JK_MACHINE_IDENTITY, "READY", "the identity check was answered"},
};

static const char *sentence_of(uint16_t machine, const char *state)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (sentences[i].machine == machine && strcmp(sentences[i].state, state) == 0) {
            return sentences[i].text;
        }
    }
    return "nothing has happened yet";
}

/* --- what an operator can do --- */

/* States that wait for an operator, and the commands of `juki` that lead out of them (M3, M12,
 * M13).  A state without a choice goes on by the other side's answer alone. */
typedef struct desk {
    uint16_t machine;
    const char *state;
    bool overdue; /* a limit has passed */
    const char *choice[CHOICES_MAX];
} desk;

static const desk desks[] = {
    {JK_MACHINE_TERMINAL, "PARKED", false, {"terminal give-up"}},
    {JK_MACHINE_DEST_CS, "PARKED_NOTICE", true, {NULL}},
    {JK_MACHINE_DEST_CS, "PARKED_DISPUTED", false, {NULL}},
    {JK_MACHINE_DEST_CS, "PARKED_CARDS", true, {"tx choose end-without-card"}},
    {JK_MACHINE_DEST_REGISTRY, "WAIT_CLERK", false, {"registry enter", "registry reject"}},
    {JK_MACHINE_DEST_REGISTRY,
     "WAIT_CHOICE",
     false,
     {"registry retry", "registry correct", "registry withdraw"}},
    {JK_MACHINE_ORIGIN_CS, "GRANTED", true, {"tx release"}},
};

/* NULL: nobody is waited for.  A grant is overdue when its holder was asked. */
static const desk *desk_of(const jk_machine_row *row)
{
    const char *state = jk_machine_state_name(row->machine, row->state);
    const jk_movein_origin_cs *origin = (const void *)row->data;
    for (size_t i = 0; i < sizeof desks / sizeof desks[0]; i++) {
        if (desks[i].machine == row->machine && strcmp(desks[i].state, state) == 0) {
            const bool early = row->machine == JK_MACHINE_ORIGIN_CS && origin->status_due;
            return early ? NULL : &desks[i];
        }
    }
    return NULL;
}

static json_t *members_of(uint32_t mask)
{
    json_t *list = json_array();
    for (int i = 0; i < JK_MEMBERS_MAX; i++) {
        if ((mask & 1U << (unsigned)i) != 0) {
            (void)json_array_append_new(list, json_integer(i));
        }
    }
    return list;
}

static void set_desk(json_t *object, const jk_machine_row *row)
{
    const desk *d = desk_of(row);
    const jk_movein_dest_registry *registry = (const void *)row->data;
    if (d == NULL) {
        return;
    }
    json_t *choices = json_array();
    for (size_t i = 0; i < CHOICES_MAX && d->choice[i] != NULL; i++) {
        (void)json_array_append_new(choices, json_string(d->choice[i]));
    }
    (void)json_object_set_new(object, "overdue", json_boolean(d->overdue));
    (void)json_object_set_new(object, "choices", choices);
    if (row->machine == JK_MACHINE_DEST_REGISTRY && registry->disputed != 0) {
        (void)json_object_set_new(object, "disputed", members_of(registry->disputed));
    }
}

/* --- one row --- */

/* A dispute that is settled explains nothing any more. */
static bool why_stands(const jk_machine_row *row, uint16_t why)
{
    if (row->machine == JK_MACHINE_DEST_REGISTRY) {
        return row->state == JK_MOVEIN_DEST_REGISTRY_WAIT_CHOICE;
    }
    return row->machine != JK_MACHINE_DEST_CS || row->state == JK_MOVEIN_DEST_CS_PARKED_DISPUTED ||
           row->state == JK_MOVEIN_DEST_CS_CLOSED || why == jk_wire_Reason_REASON_CARD_UNUSABLE;
}

static uint16_t why_of(const jk_node *node, const jk_machine_row *row)
{
    jk_store *store = node->boot->store;
    const jk_data_key key = {row->machine, row->key, JK_NODE_WHY, -1};
    uint8_t bytes[2] = {0};
    size_t size = 0;
    uint16_t why = jk_clerk_why(node, row->machine, &row->key);
    if (why == 0 && store->ops->data_get(store, &key, bytes, sizeof bytes, &size) == JK_OK &&
        size == sizeof bytes) {
        why = (uint16_t)(bytes[0] << 8 | bytes[1]);
    }
    return why_stands(row, why) ? why : 0;
}

static json_t *timers_of(jk_node *node, const jk_machine_row *row)
{
    jk_store *store = node->boot->store;
    json_t *list = json_array();
    for (uint16_t timer = 1; timer <= TIMERS_MAX; timer++) {
        jk_timer_row t;
        if (store->ops->timer_get(store, row->machine, &row->key, timer, &t) != JK_OK) {
            continue;
        }
        const char *name = jk_machine_timer_name(row->machine, timer);
        json_t *item = t.kind == JK_TIMER_DATE
                           ? json_pack("{s:s, s:I}", "name", name, "due_day",
                                       (json_int_t)(t.due_ms / INT64_C(86400000)))
                           : json_pack("{s:s, s:I}", "name", name, "due_in_ms",
                                       (json_int_t)(t.due_ms - jk_node_now(node)));
        (void)json_array_append_new(list, item);
    }
    return list;
}

static void set_token(json_t *object, const char *key, const jk_token *token)
{
    char hex[33];
    if (!jk_token_is_none(token)) {
        jk_token_hex(token, hex);
        (void)json_object_set_new(object, key, json_string(hex));
    }
}

static json_t *row_of(jk_node *node, const jk_machine_row *row)
{
    const char *state = jk_machine_state_name(row->machine, row->state);
    const uint16_t why = why_of(node, row);
    char text[160];
    (void)snprintf(text, sizeof text, "%s%s%s", sentence_of(row->machine, state),
                   why != 0 ? ": " : "", why != 0 ? jk_movein_reason_name(why) : "");
    json_t *object = json_pack(
        "{s:s, s:I, s:s, s:b, s:I, s:s, s:o}", "machine", jk_machine_name(row->machine), "inst",
        (json_int_t)row->row_id, "state", state, "final", row->final ? 1 : 0, "updated_ms",
        (json_int_t)row->updated_ms, "text", text, "timers", timers_of(node, row));
    set_token(object, "txn", &row->txn);
    set_token(object, "case", &row->case_id);
    set_desk(object, row);
    if (why != 0) {
        (void)json_object_set_new(object, "reason", json_string(jk_movein_reason_name(why)));
        jk_answer_words(object, why);
    }
    return object;
}

/* --- everything of one id --- */

static bool names(const jk_machine_row *row, const jk_token *id)
{
    return jk_token_equal(&row->key, id) || jk_token_equal(&row->txn, id) ||
           jk_token_equal(&row->case_id, id);
}

/* Rows are found by their keys first; a case at the destination only by looking at rows. */
static json_t *rows_of(jk_node *node, const jk_token *id, bool *all)
{
    jk_store *store = node->boot->store;
    json_t *rows = json_array();
    jk_machine_row row;
    jk_token case_id = {{0}};
    *all = true;
    for (size_t i = 0; i < SHOWN_COUNT; i++) {
        if (store->ops->machine_get(store, shown_machines[i], id, &row) == JK_OK) {
            (void)json_array_append_new(rows, row_of(node, &row));
        }
    }
    if (store->ops->route_get(store, id, &case_id) == JK_OK &&
        store->ops->machine_get(store, JK_MACHINE_ORIGIN_CS, &case_id, &row) == JK_OK) {
        (void)json_array_append_new(rows, row_of(node, &row));
    }
    size_t looked = 0;
    for (size_t i = 0; i < SHOWN_COUNT && json_array_size(rows) == 0; i++) {
        int64_t after = 0;
        while (looked < JK_NODE_ROWS_SHOWN_MAX && json_array_size(rows) < ROWS_MAX &&
               store->ops->machine_next(store, shown_machines[i], after, &row) == JK_OK) {
            after = row.row_id;
            looked++;
            if (names(&row, id)) {
                (void)json_array_append_new(rows, row_of(node, &row));
            }
        }
    }
    *all = looked < JK_NODE_ROWS_SHOWN_MAX && json_array_size(rows) < ROWS_MAX;
    return rows;
}

static void outbox_of_peer(jk_node *node, const jk_node_peer *peer, const jk_token *id,
                           json_t *list)
{
    jk_store *store = node->boot->store;
    static jk_outbox_row row; /* large; one thread */
    const jk_token link = jk_token_of_node(&peer->id);
    for (int refused = 0; refused < 2; refused++) {
        uint64_t after = 0;
        for (size_t i = 0; i < JK_OUTBOX_MAX && json_array_size(list) < OUTBOX_MAX; i++) {
            const jk_status status =
                refused != 0 ? store->ops->outbox_refused_next(store, &link, after, &row)
                             : store->ops->outbox_next(store, &link, after, &row);
            if (status != JK_OK) {
                break;
            }
            after = row.sequence;
            if (!jk_token_equal(&row.txn, id) && !jk_token_equal(&row.case_id, id)) {
                continue;
            }
            json_t *message = json_pack(
                "{s:s, s:s, s:I, s:s, s:s}", "peer", peer->name, "kind", jk_kind_name(row.kind),
                "sequence", (json_int_t)row.sequence, "state", refused != 0 ? "refused" : "waiting",
                "rule", jk_status_name((jk_status)row.rule));
            if (refused != 0) {
                jk_answer_words(message, row.rule);
            }
            (void)json_array_append_new(list, message);
        }
    }
}

void jk_command_show(jk_ask *call)
{
    jk_token id;
    bool all = true;
    if (!jk_ask_token(call, "id", &id)) {
        return;
    }
    json_t *rows = rows_of(call->node, &id, &all);
    json_t *outbox = json_array();
    for (size_t i = 0; i < call->node->peer_count; i++) {
        outbox_of_peer(call->node, &call->node->peers[i], &id, outbox);
    }
    if (json_array_size(rows) == 0 && json_array_size(outbox) == 0) {
        json_decref(rows);
        json_decref(outbox);
        jk_ask_refuse(call, JK_E_NOT_FOUND, "no transaction or case of that id here");
        return;
    }
    const json_t *first = json_array_get(rows, 0);
    char text[256];
    (void)snprintf(text, sizeof text, "%s: %s%s", call->node->name,
                   first != NULL ? json_string_value(json_object_get(first, "text"))
                                 : "only messages are left",
                   json_array_size(outbox) > 0 ? "; messages wait for a peer or were refused" : "");
    call->stepped = true; /* what is shown must be committed */
    call->answer =
        json_pack("{s:i, s:b, s:s, s:s, s:b, s:o, s:o}", "v", 1, "ok", 1, "node", call->node->name,
                  "text", text, "complete", all ? 1 : 0, "rows", rows, "outbox", outbox);
}

json_t *jk_show_wait(jk_node *node, const jk_token *txn, bool *settled)
{
    jk_store *store = node->boot->store;
    jk_machine_row row;
    const jk_status status = store->ops->machine_get(store, JK_MACHINE_TERMINAL, txn, &row);
    *settled = true;
    if (status != JK_OK) {
        return jk_answer_refused(status, status == JK_E_NOT_FOUND ? "no transaction of that id here"
                                                                  : jk_status_text(status));
    }
    *settled = row.final || row.state == JK_MOVEIN_TERMINAL_PARKED;
    return json_pack("{s:i, s:b, s:b, s:o}", "v", 1, "ok", 1, "settled", *settled ? 1 : 0, "row",
                     row_of(node, &row));
}

/* --- the node --- */

void jk_command_waiting(jk_ask *call)
{
    jk_node *node = call->node;
    jk_store *store = node->boot->store;
    json_t *rows = json_array();
    jk_machine_row row;
    size_t looked = 0;
    for (size_t i = 0; i < SHOWN_COUNT; i++) {
        int64_t after = 0;
        while (looked < JK_NODE_ROWS_SHOWN_MAX && json_array_size(rows) < ROWS_MAX &&
               store->ops->machine_next(store, shown_machines[i], after, &row) == JK_OK) {
            after = row.row_id;
            looked++;
            if (desk_of(&row) != NULL) {
                (void)json_array_append_new(rows, row_of(node, &row));
            }
        }
    }
    const bool all = looked < JK_NODE_ROWS_SHOWN_MAX && json_array_size(rows) < ROWS_MAX;
    call->stepped = true; /* what is shown must be committed */
    call->answer = json_pack("{s:i, s:b, s:s, s:b, s:o}", "v", 1, "ok", 1, "node", node->name,
                             "complete", all ? 1 : 0, "rows", rows);
}

/* State -> rows of one machine. */
static json_t *count_states(jk_node *node, uint16_t machine, size_t *looked)
{
    jk_store *store = node->boot->store;
    json_t *states = json_object();
    jk_machine_row row;
    int64_t after = 0;
    while (*looked < JK_NODE_ROWS_SHOWN_MAX &&
           store->ops->machine_next(store, machine, after, &row) == JK_OK) {
        const char *name = jk_machine_state_name(machine, row.state);
        const json_int_t count = json_integer_value(json_object_get(states, name));
        after = row.row_id;
        (*looked)++;
        (void)json_object_set_new(states, name, json_integer(count + 1));
    }
    return states;
}

static json_t *machines_of(jk_node *node, bool *all)
{
    json_t *machines = json_object();
    size_t looked = 0;
    for (size_t i = 0; i < SHOWN_COUNT; i++) {
        const jk_core_machine *machine = jk_core_machine_by_id(&jk_roles, shown_machines[i]);
        if (machine == NULL || machine->role != node->config->id.role) {
            continue;
        }
        (void)json_object_set_new(machines, jk_machine_name(machine->id),
                                  count_states(node, machine->id, &looked));
    }
    *all = looked < JK_NODE_ROWS_SHOWN_MAX;
    return machines;
}

/* Ids of dead letters count from 1 without a gap: the last one is found by halving. */
static uint64_t dead_letters(jk_node *node)
{
    jk_store *store = node->boot->store;
    static jk_dead_letter_row row; /* large; one thread */
    int64_t low = 0;               /* there is one behind it, or none at all */
    int64_t step = 1;
    while (store->ops->dead_letter_next(store, low + step - 1, &row) == JK_OK) {
        low += step;
        step *= 2;
    }
    while (step > 1) {
        step /= 2;
        if (store->ops->dead_letter_next(store, low + step - 1, &row) == JK_OK) {
            low += step;
        }
    }
    return (uint64_t)low;
}

static uint64_t refused_rows(jk_node *node, const jk_token *link)
{
    jk_store *store = node->boot->store;
    static jk_outbox_row row; /* large; one thread */
    uint64_t count = 0;
    uint64_t after = 0;
    while (count < JK_OUTBOX_MAX &&
           store->ops->outbox_refused_next(store, link, after, &row) == JK_OK) {
        after = row.sequence;
        count++;
    }
    return count;
}

/* How far mass corrections have come: what waits, and of a registry's list how much there was. */
static void show_bulk(jk_node *node, json_t *answer)
{
    jk_store *store = node->boot->store;
    uint64_t waiting = 0;
    jk_mass mass;
    if (answer == NULL || store->ops->bulk_count(store, &waiting) != JK_OK) {
        return;
    }
    (void)json_object_set_new(answer, "bulk_waiting", json_integer((json_int_t)waiting));
    if (node->config->id.role == JK_ROLE_REGISTRY &&
        jk_mass_read(store, &node->config->id, &mass) == JK_OK) {
        (void)json_object_set_new(answer, "bulk_listed", json_integer((json_int_t)mass.listed));
        (void)json_object_set_new(answer, "bulk_refused", json_integer((json_int_t)mass.refused));
        (void)json_object_set_new(answer, "bulk_reason", json_integer(mass.reason));
        (void)json_object_set_new(answer, "bulk_by", json_string(mass.by));
    }
}

void jk_command_status(jk_ask *call)
{
    jk_node *node = call->node;
    jk_store *store = node->boot->store;
    json_t *up = json_array();
    uint64_t waiting = 0;
    uint64_t refused = 0;
    for (size_t i = 0; i < node->peer_count; i++) {
        const jk_node_peer *peer = &node->peers[i];
        const jk_token link = jk_token_of_node(&peer->id);
        uint64_t count = 0;
        if (peer->live != NULL) {
            (void)json_array_append_new(up, json_string(peer->name));
        }
        if (store->ops->outbox_count(store, &link, &count) == JK_OK) {
            waiting += count;
        }
        refused += refused_rows(node, &link);
    }
    const int64_t now_ms = jk_node_now(node);
    bool all = true;
    json_t *machines = machines_of(node, &all);
    call->stepped = true; /* what is shown must be committed */
    call->answer = json_pack(
        "{s:i, s:b, s:s, s:s, s:s, s:i, s:I, s:I, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I}", "v", 1,
        "ok", 1, "node", node->name, "role", jk_role_name((jk_role)node->config->id.role), "code",
        node->config->id.code, "unit", (int)node->config->id.unit, "uptime_ms",
        (json_int_t)(now_ms - node->start_ms), "today",
        (json_int_t)node->clock.port.today(&node->clock.port), "peers_up", up, "machines", machines,
        "complete", all ? 1 : 0, "outbox_waiting", (json_int_t)waiting, "outbox_refused",
        (json_int_t)refused, "dead_letters", (json_int_t)dead_letters(node), "timer_in_ms",
        (json_int_t)(node->engine_next_ms - now_ms), "log_dropped", (json_int_t)node->log.dropped);
    show_bulk(node, call->answer);
    jk_steplog_flush(&node->log);
}
