/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of reconciliation for operators: begin one, see where each municipality stands and what
 * came of earlier ones, read every row against its digest, end an alarm.  Counts, ids and results;
 * whom it is about is told by command_repair.c. */
#include "node/internal.h"

#include "juki/registry.h"
#include "kinds.pb.h"
#include "node/differ.h"
#include "node/reconcile.h"
#include "reconcile.pb.h"
#include "reconcile_cs_round.h"
#include "step/feed.h"

#include <string.h>

enum {
    HISTORY_MAX = 200, /* sessions of one answer */
    HISTORY_STANDARD = 20,
    SCRUB_ROWS = 4096,        /* of one question: some 50 ms */
    MUNICIPALITIES_MAX = 2048 /* of one answer */
};

/* --- words --- */

typedef struct result_word {
    const char *name;
    const char *name_ja;
} result_word;

static result_word result_of(const jk_round_row *row)
{
    if (row->ended_ms == 0) {
        return (result_word){"OPEN", "照合中"};
    }
    if (row->why != jk_wire_RoundWhy_WHY_FINE) {
        return (result_word){"REFUSED", jk_differ_class_ja(JK_DIFFER_REFUSED)};
    }
    switch (row->reason) {
    case jk_wire_Reason_REASON_EQUAL:
        return (result_word){"EQUAL", jk_differ_class_ja(JK_DIFFER_EQUAL)};
    case jk_wire_Reason_REASON_DIFFERENT: return (result_word){"DIFFERENT", "相違あり"};
    case jk_wire_Reason_REASON_BEYOND_HEAD:
        return (result_word){"ALARM", jk_differ_class_ja(JK_DIFFER_ALARM)};
    default: return (result_word){"UNREACHED", jk_differ_class_ja(JK_DIFFER_UNREACHED)};
    }
}

/* Why a dialogue was broken off. */
static const char *why_name(uint16_t why)
{
    static const char *const names[] = {
        [jk_wire_RoundWhy_WHY_FINE] = "fine",
        [jk_wire_RoundWhy_WHY_OTHER_ROUND] = "other-round",
        [jk_wire_RoundWhy_WHY_OTHER_KEY] = "other-key",
        [jk_wire_RoundWhy_WHY_OTHER_DEPTH] = "other-depth",
        [jk_wire_RoundWhy_WHY_MARKER_PAST] = "marker-past",
        [jk_wire_RoundWhy_WHY_MARKER_FUTURE] = "marker-future",
        [jk_wire_RoundWhy_WHY_NOT_ASKED] = "not-asked",
        [jk_wire_RoundWhy_WHY_TOO_MANY] = "too-many",
        [jk_wire_RoundWhy_WHY_NOT_A_SUM] = "not-a-sum",
        [jk_wire_RoundWhy_WHY_COUNT] = "count",
        [jk_wire_RoundWhy_WHY_ORDER] = "order",
        [jk_wire_RoundWhy_WHY_ROOT] = "root",
        [jk_wire_RoundWhy_WHY_NOTHING] = "nothing",
        [jk_wire_RoundWhy_WHY_UNCONFIRMED] = "unconfirmed",
        [jk_wire_RoundWhy_WHY_REFUSED] = "refused",
        [jk_wire_RoundWhy_WHY_SIGNATURE] = "signature",
        [jk_wire_RoundWhy_WHY_FORM] = "form",
        [jk_wire_RoundWhy_WHY_LOST] = "lost",
    };

    return why < sizeof names / sizeof names[0] ? names[why] : "?";
}

static void set_time(json_t *object, const char *key, int64_t wall_ms)
{
    (void)json_object_set_new(object, key, wall_ms == 0 ? json_null() : json_integer(wall_ms));
}

static const char *server_name(uint8_t role)
{
    const char *name = jk_role_name((jk_role)role);
    return name != NULL ? name : "?";
}

json_t *jk_session_json(const jk_round_row *row)
{
    char hex[33];
    jk_token_hex(&row->round, hex);
    const result_word result = result_of(row);
    json_t *out = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "round", hex,
        "municipality", row->code, "server", server_name(row->server), "marker",
        (json_int_t)row->marker, "result", result.name, "result_ja", result.name_ja, "count_own",
        (json_int_t)row->count_own, "count_peer", (json_int_t)row->count_peer, "findings",
        (json_int_t)row->findings, "asks", (json_int_t)row->asks, "bytes_sent",
        (json_int_t)row->bytes_sent, "bytes_received", (json_int_t)row->bytes_received);
    set_time(out, "begun_ms", row->begun_ms);
    set_time(out, "ended_ms", row->ended_ms);
    if (row->why != jk_wire_RoundWhy_WHY_FINE) {
        (void)json_object_set_new(out, "why", json_string(why_name(row->why)));
    }
    return out;
}

/* --- start --- */

void jk_command_reconcile_start(jk_ask *call)
{
    char hex[33];
    jk_token round = {{0}};
    const jk_status status = jk_reconcile_start(call->node, &round);
    if (status != JK_OK) {
        const jk_command asked = {.machine = JK_MACHINE_CS_ROUND,
                                  .key = jk_token_of_node(&call->node->config->id)};
        jk_ask_refuse_command(call, &asked, status);
        return;
    }
    jk_token_hex(&round, hex);
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:s}", "v", 1, "ok", 1, "round", hex);
}

/* --- status --- */

/* One session of a municipality that is shown: of the round that is wanted, or of its latest, whose
 * sessions come first.  True: no further ones are to be looked for. */
static bool add_session(json_t *municipality, const jk_round_row *row, const jk_token *wanted)
{
    json_t *sessions = json_object_get(municipality, "sessions");
    char hex[33];
    jk_token_hex(jk_token_is_none(wanted) ? &row->round : wanted, hex);
    const char *round = json_string_value(json_object_get(json_array_get(sessions, 0), "round"));
    if (jk_token_is_none(wanted) ? round != NULL && strcmp(round, hex) != 0
                                 : !jk_token_equal(&row->round, wanted)) {
        return round != NULL;
    }
    (void)json_array_insert_new(sessions, 0, jk_session_json(row));
    return false;
}

/* One way through the latest sessions, newest first, for all municipalities in `shown` (by code).
 */
static void add_sessions(jk_store *store, json_t *shown, const jk_token *wanted)
{
    jk_round_row row;
    size_t over = 0;
    const int64_t last = jk_reconcile_last(store);
    for (int64_t id = last; id > 0 && last - id < JK_RECONCILE_LOOK_MAX; id--) {
        if (store->ops->round_next(store, id - 1, &row) != JK_OK || row.id != id) {
            continue;
        }
        json_t *municipality = json_object_get(shown, row.code);
        if (municipality != NULL && add_session(municipality, &row, wanted)) {
            (void)json_object_del(shown, row.code);
            over++;
        }
        if (over > 0 && json_object_size(shown) == 0) {
            return;
        }
    }
}

/* Both servers have answered, and not the same. */
static bool answers_differ(const json_t *sessions)
{
    const char *first = NULL;
    size_t index = 0;
    json_t *session = NULL;
    json_array_foreach(sessions, index, session)
    {
        const char *server = json_string_value(json_object_get(session, "server"));
        const char *result = json_string_value(json_object_get(session, "result"));
        if (strcmp(result, "OPEN") == 0 || strcmp(server, jk_role_name(JK_ROLE_REGISTRY)) == 0) {
            continue;
        }
        if (first != NULL && strcmp(first, result) != 0) {
            return true;
        }
        first = result;
    }
    return false;
}

static json_t *scrub_json(const jk_compare_row *row)
{
    json_t *out = json_pack("{s:b, s:I, s:I}", "under_way", row->scrub_begun_ms != 0, "rows",
                            (json_int_t)row->scrubbed, "damaged", (json_int_t)row->damaged);
    set_time(out, "ended_ms", row->scrub_ms);
    return out;
}

/* Of a municipality's machine of rounds: its CS. */
static jk_token machine_key(const char *code)
{
    jk_node_id id = {.role = JK_ROLE_CS};
    memcpy(id.code, code, sizeof id.code);
    return jk_token_of_node(&id);
}

/* A CS says where its own machine of rounds stands; a server has one for each municipality, and
 * knows if it was ever ahead of that CS. */
static const char *state_of(jk_node *node, const char *code)
{
    static jk_machine_row row; /* large; one thread */
    jk_store *store = node->boot->store;
    const jk_token key = machine_key(code);
    const uint16_t machine = jk_reconcile_machine(node);
    bool beyond = false;
    if (machine != JK_MACHINE_CS_ROUND && jk_feed_beyond(node->engine, code, &beyond) == JK_OK &&
        beyond) {
        return "ALARM";
    }
    const jk_status status = store->ops->machine_get(store, machine, &key, &row);
    return status == JK_OK ? jk_machine_state_name(machine, row.state) : "IDLE";
}

static jk_data_key cleared_key(jk_node *node, const char *code)
{
    return (jk_data_key){jk_reconcile_machine(node), machine_key(code), JK_RECONCILE_CLEARED, -1};
}

static void put_cleared(jk_node *node, const char *code, json_t *out)
{
    jk_store *store = node->boot->store;
    const jk_data_key key = cleared_key(node, code);
    char by[JK_OPERATOR_SIZE];
    size_t size = 0;
    if (store->ops->data_get(store, &key, (uint8_t *)by, sizeof by - 1, &size) == JK_OK) {
        by[size] = '\0';
        (void)json_object_set_new(out, "alarm_cleared_by", json_string(by));
    }
}

static json_t *municipality_json(jk_node *node, const jk_compare_row *row)
{
    static const uint8_t none[sizeof row->epoch_key];
    json_t *out = json_pack(
        "{s:s, s:s, s:b, s:i, s:b, s:I, s:o, s:b, s:[]}", "municipality", row->code, "state",
        state_of(node, row->code), "has_key", memcmp(row->epoch_key, none, sizeof none) != 0,
        "depth", (int)row->depth, "snapshot", row->marked, "marker", (json_int_t)row->marker,
        "scrub", scrub_json(row), "answers_differ", 0, "sessions");
    put_cleared(node, row->code, out);
    return out;
}

/* The municipalities with their sessions; *more: there are others. */
static json_t *municipalities_json(jk_node *node, const char *only, const jk_token *round,
                                   bool *more)
{
    jk_store *store = node->boot->store;
    jk_compare_row row;
    json_t *rows = json_array();
    json_t *shown = json_object();
    char after[7] = "";
    *more = false;
    while (!*more && store->ops->compare_next(store, after, &row) == JK_OK) {
        memcpy(after, row.code, sizeof after);
        *more = json_array_size(rows) == MUNICIPALITIES_MAX;
        if (!*more && (only[0] == '\0' || strcmp(only, row.code) == 0)) {
            json_t *municipality = municipality_json(node, &row);
            (void)json_object_set(shown, row.code, municipality);
            (void)json_array_append_new(rows, municipality);
        }
    }
    add_sessions(store, shown, round);
    json_decref(shown);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *municipality = json_array_get(rows, i);
        const bool differ = answers_differ(json_object_get(municipality, "sessions"));
        (void)json_object_set_new(municipality, "answers_differ", json_boolean(differ));
    }
    return rows;
}

/* "" when it was not asked for. */
static bool ask_municipality(jk_ask *call, char code[7])
{
    if (!jk_ask_text(call, "municipality", 6, code)) {
        return false;
    }
    if (code[0] != '\0' && jk_municipality_code_check(code, strlen(code)) != JK_OK) {
        jk_ask_refuse(call, JK_E_MUNICIPALITY_CODE, "\"municipality\" is no municipality code");
        return false;
    }
    return true;
}

static bool ask_round(jk_ask *call, jk_token *round)
{
    *round = (jk_token){{0}};
    return json_object_get(call->request, "round") == NULL || jk_ask_token(call, "round", round);
}

void jk_command_reconcile_status(jk_ask *call)
{
    char only[7];
    jk_token round;
    bool more = false;
    jk_node *node = call->node;
    if (!ask_municipality(call, only) || !ask_round(call, &round)) {
        return;
    }
    json_t *rows = municipalities_json(node, only, &round, &more);
    if (only[0] != '\0' && json_array_size(rows) == 0) {
        json_decref(rows);
        jk_ask_refuse(call, JK_E_NOT_FOUND, "nothing of that municipality was ever compared here");
        return;
    }
    call->stepped = true; /* what is shown must be committed */
    call->answer =
        json_pack("{s:i, s:b, s:s, s:s, s:o, s:b, s:I}", "v", 1, "ok", 1, "node", node->name,
                  "role", jk_role_name((jk_role)node->config->id.role), "rows", rows, "complete",
                  !more, "caches_rebuilt", (json_int_t)jk_compare_faults(node->engine));
}

/* --- history --- */

static bool ask_limit(jk_ask *call, int *limit)
{
    const json_t *value = json_object_get(call->request, "limit");
    *limit = HISTORY_STANDARD;
    if (value == NULL) {
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > HISTORY_MAX) {
        jk_ask_refuse(call, JK_E_RANGE, "\"limit\" must be 1 to 200");
        return false;
    }
    *limit = (int)json_integer_value(value);
    return true;
}

void jk_command_reconcile_history(jk_ask *call)
{
    int limit = 0;
    jk_round_row row;
    jk_store *store = call->node->boot->store;
    if (!ask_limit(call, &limit)) {
        return;
    }
    json_t *rows = json_array();
    int64_t id = jk_reconcile_last(store);
    for (; id > 0 && json_array_size(rows) < (size_t)limit; id--) {
        if (store->ops->round_next(store, id - 1, &row) == JK_OK && row.id == id) {
            json_t *session = jk_session_json(&row);
            (void)json_object_set_new(session, "repairs", jk_repairs_json(store, &row));
            (void)json_array_append_new(rows, session);
        }
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:s, s:o, s:b}", "v", 1, "ok", 1, "node", call->node->name,
                             "rows", rows, "complete", id == 0);
}

/* --- scrub --- */

void jk_command_reconcile_scrub(jk_ask *call)
{
    char code[7];
    jk_scrub_report report;
    if (!ask_municipality(call, code)) {
        return;
    }
    if (code[0] == '\0') {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "\"municipality\" is needed, six digits");
        return;
    }
    const jk_status status = jk_node_scrub(call->node, code, SCRUB_ROWS, &report);
    if (status != JK_OK) {
        jk_ask_refuse(call, status,
                      status == JK_E_NOT_FOUND
                          ? "nothing of that municipality was ever compared here"
                          : jk_node_reason(call->node, status));
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:s, s:I, s:I, s:b}", "v", 1, "ok", 1, "municipality",
                             code, "rows", (json_int_t)report.rows, "damaged",
                             (json_int_t)report.damaged, "done", report.done);
}

/* --- the alarm --- */

/* At a CS its machine stands in ALARM; at a server it is noted that it was ahead of that CS. */
static jk_status clear_alarm(jk_ask *call, const char *code)
{
    jk_node *node = call->node;
    bool beyond = false;
    if (node->config->id.role == JK_ROLE_CS) {
        const jk_command command = {.machine = JK_MACHINE_CS_ROUND,
                                    .input = JK_RECONCILE_CS_ROUND_IN_CLEAR_ALARM,
                                    .key = machine_key(code)};
        return jk_node_command(node, &command);
    }
    jk_status status = jk_feed_beyond(node->engine, code, &beyond);
    if (status == JK_OK && !beyond) {
        status = JK_E_NOT_NOW;
    }
    return status == JK_OK ? jk_node_stepped(node, jk_engine_recovered(node->engine, code))
                           : status;
}

void jk_command_reconcile_clear_alarm(jk_ask *call)
{
    char by[JK_OPERATOR_SIZE];
    char code[7];
    jk_node *node = call->node;
    const bool own = node->config->id.role == JK_ROLE_CS;
    if (!jk_reconcile_takes_part(node)) {
        jk_ask_refuse(call, JK_E_ROUTE, "this node compares nothing");
        return;
    }
    if (!jk_ask_operator(call, "approve", by) || !ask_municipality(call, code)) {
        return;
    }
    if (own == (code[0] != '\0')) {
        jk_ask_refuse(call, own ? JK_E_UNKNOWN_FIELD : JK_E_MISSING_FIELD,
                      "\"municipality\" is needed at a server, and only there");
        return;
    }
    if (own) {
        memcpy(code, node->config->id.code, sizeof code);
    }
    const jk_data_key key = cleared_key(node, code);
    jk_status status = clear_alarm(call, code);
    if (status == JK_E_NOT_NOW) {
        jk_ask_refuse(call, status, "there is no alarm to clear");
        return;
    }
    if (status == JK_OK) {
        status = jk_node_note(node, &key, (jk_span){(const uint8_t *)by, strlen(by)});
    }
    if (status != JK_OK) {
        jk_ask_refuse(call, status, jk_node_reason(node, status));
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b}", "v", 1, "ok", 1);
}
