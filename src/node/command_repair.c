/* SPDX-License-Identifier: Apache-2.0 */
/* Who differs, field by field, and what an operator of the CS decides about it: approve repairs,
 * release one that was refused twice.  The answers name residents: they are for the operator who
 * asked, and nothing of them goes to a log. */
#include "node/internal.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "kinds.pb.h"
#include "names.h"
#include "node/differ.h"
#include "node/reconcile.h"
#include "reconcile.pb.h"
#include "reconcile/element.h"
#include "reconcile/verdict.h"
#include "reconcile_cs_repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FINDINGS_MAX = 256,  /* of one answer */
    APPROVALS_MAX = 64,  /* of one question: a group's steps */
    LOOKS_MAX = 4096,    /* findings that one question looks at */
    REPAIRS_MAX = 1000,  /* of a session in the history */
    EPISODE_BITS = 16,   /* of an element's key */
    CURSOR_SIZE = 32,    /* "1/1234567890123456" */
    FINDING_ID_SIZE = 25 /* round, server, key */
};

/* Where findings stand: first our own rows that were found damaged, then what each server has. */
static const uint8_t layers[] = {JK_ROLE_CS, JK_ROLE_PREFECTURE, JK_ROLE_NATIONAL,
                                 JK_ROLE_REGISTRY};

#define LAYER_COUNT (sizeof layers / sizeof layers[0])

static const char *server_name(uint8_t role)
{
    const char *name = jk_role_name((jk_role)role);
    return name != NULL ? name : "?";
}

static const char *state_name(uint8_t state)
{
    switch ((jk_finding_state)state) {
    case JK_FINDING_OPEN: return "OPEN";
    case JK_FINDING_APPROVED: return "APPROVED";
    case JK_FINDING_REFUSED: return "REFUSED";
    case JK_FINDING_PARKED: return "PARKED";
    case JK_FINDING_REPAIRED: return "REPAIRED";
    }
    return "?";
}

/* A finding while it is shown or decided; large, so allocated. */
typedef struct view {
    jk_node *node;
    jk_store *store;
    jk_token round;
    jk_finding_row finding;
    jk_episode_row own;
    jk_wire_Repair theirs;
    uint8_t person[JK_RECON_PERSON_MAX];
    char resident[12];
    uint32_t episode;
} view;

static view *view_new(jk_ask *call)
{
    view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return NULL;
    }
    v->node = call->node;
    v->store = call->node->boot->store;
    return v;
}

/* --- rounds --- */

/* The latest session that suits: of that round if one is given, ended, compared. */
static bool latest_session(jk_store *store, const jk_token *round, uint8_t server,
                           jk_round_row *found)
{
    jk_round_row row;
    const int64_t last = jk_reconcile_last(store);
    for (int64_t id = last; id > 0 && last - id < JK_RECONCILE_LOOK_MAX; id--) {
        if (store->ops->round_next(store, id - 1, &row) == JK_OK && row.id == id &&
            (server == JK_ROLE_NONE || row.server == server) &&
            (jk_token_is_none(round) ? row.ended_ms != 0 : jk_token_equal(&row.round, round))) {
            *found = row;
            return true;
        }
    }
    return false;
}

static bool is_compared(const jk_round_row *row)
{
    return row->ended_ms != 0 && row->why == 0 &&
           (row->reason == jk_wire_Reason_REASON_EQUAL ||
            row->reason == jk_wire_Reason_REASON_DIFFERENT);
}

/* A newer comparison with that server has ended: what an older one found may not be so any more. */
static bool is_outdated(jk_store *store, const jk_round_row *session)
{
    jk_round_row row;
    const int64_t last = jk_reconcile_last(store);
    for (int64_t id = last; id > session->id; id--) {
        if (store->ops->round_next(store, id - 1, &row) == JK_OK && row.id == id &&
            row.server == session->server && is_compared(&row)) {
            return true;
        }
    }
    return false;
}

/* The round that was asked for, or the latest that ended. */
static bool ask_round(jk_ask *call, jk_token *round)
{
    jk_round_row row;
    *round = (jk_token){{0}};
    if (json_object_get(call->request, "round") != NULL && !jk_ask_token(call, "round", round)) {
        return false;
    }
    if (!latest_session(call->node->boot->store, round, JK_ROLE_NONE, &row)) {
        jk_ask_refuse(call, JK_E_NOT_FOUND, "no such round here");
        return false;
    }
    *round = row.round;
    return true;
}

/* --- findings in the order of layers and keys --- */

typedef struct cursor {
    size_t layer;
    uint64_t key; /* behind it */
} cursor;

static bool ask_cursor(jk_ask *call, cursor *at)
{
    char text[CURSOR_SIZE];
    *at = (cursor){0, 0};
    if (!jk_ask_text(call, "after", sizeof text - 1, text)) {
        return false;
    }
    if (text[0] == '\0') {
        return true;
    }
    char *end = NULL;
    const bool digits = text[0] >= '0' && text[0] < '0' + (int)LAYER_COUNT && text[1] == '/' &&
                        text[2] >= '0' && text[2] <= '9';
    at->layer = digits ? (size_t)(text[0] - '0') : 0;
    at->key = digits ? strtoull(text + 2, &end, 10) : 0;
    if (!digits || *end != '\0' || at->key >= JK_ELEMENT_KEY_END) {
        jk_ask_refuse(call, JK_E_RANGE, "\"after\" must be as the answer before gave it");
        return false;
    }
    return true;
}

static json_t *cursor_json(const cursor *at)
{
    char text[CURSOR_SIZE];
    (void)snprintf(text, sizeof text, "%u/%" PRIu64, (unsigned)at->layer, at->key);
    return json_string(text);
}

/* The next finding into v->finding, and who it is about.  Rows of our own that were found damaged
 * stand under a round of their own. */
static bool next_finding(view *v, cursor *at)
{
    for (; at->layer < LAYER_COUNT; *at = (cursor){at->layer + 1, 0}) {
        const uint8_t server = layers[at->layer];
        const jk_token *round = server == JK_ROLE_CS ? &jk_damage_round : &v->round;
        while (v->store->ops->finding_next(v->store, round, server, at->key, &v->finding) ==
               JK_OK) {
            at->key = v->finding.key;
            const bool gone = server == JK_ROLE_CS && v->finding.state != JK_FINDING_OPEN;
            if (!gone && jk_element_name(at->key, v->resident, &v->episode) == JK_OK) {
                return true;
            }
        }
    }
    return false;
}

/* Our own row of that element is: found by a scrub, or changed behind our back since. */
static bool is_damaged(view *v, uint64_t key)
{
    bool damaged = false;
    return jk_damage_look(v->node->engine, key, &damaged) != JK_OK || damaged;
}

/* --- diff --- */

static void put_field(void *arg, const jk_differ_field *field)
{
    json_t *out = json_pack("{s:s, s:s, s:s?, s:s?}", "name", field->name, "name_ja",
                            field->name_ja, "server", field->server, "cs", field->cs);
    (void)json_array_append_new(arg, out);
}

static jk_differ_side own_side(view *v)
{
    const jk_token resident = jk_token_of_resident(v->resident);
    jk_differ_side side = {.present = v->finding.difference != JK_DIFFERENCE_THEIRS};
    if (v->store->ops->episode_get(v->store, &resident, v->node->config->id.code, v->episode,
                                   &v->own) == JK_OK) {
        side.known = true;
        side.sequence = v->own.seq;
        side.change_day = v->own.change_day;
        side.reason_in = v->own.reason_in;
        side.reason_out = v->own.reason_out;
        side.person = (jk_span){v->own.person, v->own.size};
    }
    return side;
}

static jk_differ_side server_side(view *v)
{
    static const jk_codec_rules rules = {.resident_code_any_digit = true};
    jk_differ_side side = {.present = v->finding.difference != JK_DIFFERENCE_OURS};
    if (v->finding.size == 0 ||
        jk_codec_decode(&jk_wire_type_Repair, (jk_span){v->finding.record, v->finding.size}, &rules,
                        &v->theirs, NULL) != JK_OK ||
        !v->theirs.has_person) {
        return side;
    }
    jk_codec_bytes out = {v->person, sizeof v->person, 0};
    if (jk_codec_encode(&jk_wire_type_Person, &v->theirs.person, &rules, &out, NULL) == JK_OK) {
        side.known = true;
        side.sequence = v->theirs.sequence;
        side.change_day = v->theirs.change_day == 0 ? INT64_MIN : (int64_t)v->theirs.change_day;
        side.reason_in = (uint16_t)v->theirs.reason_in;
        side.reason_out = (uint16_t)v->theirs.reason_out;
        side.person = (jk_span){v->person, out.size};
    }
    return side;
}

static void set_time(json_t *object, const char *key, int64_t wall_ms)
{
    (void)json_object_set_new(object, key, wall_ms == 0 ? json_null() : json_integer(wall_ms));
}

static json_t *finding_json(view *v)
{
    const bool own = v->finding.server == JK_ROLE_CS;
    json_t *fields = json_array();
    jk_differ_class class = JK_DIFFER_DAMAGED;
    bool shown = true;
    if (!own) {
        const jk_differ_side cs = own_side(v);
        const jk_differ_side server = server_side(v);
        shown = !server.present || server.known;
        class = jk_differ(&cs, &server, put_field, fields);
        class = class == JK_DIFFER_EQUAL ? JK_DIFFER_DIFF : class; /* it did when it was compared */
        class = is_damaged(v, v->finding.key) ? JK_DIFFER_DAMAGED : class;
    }
    json_t *out =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b, s:o}", "resident", v->resident, "episode",
                  (int)v->episode, "server", server_name(v->finding.server), "class",
                  jk_differ_class_name(class), "class_ja", jk_differ_class_ja(class), "state",
                  state_name(v->finding.state), "record_known", shown, "fields", fields);
    if (v->finding.approver[0] != '\0') {
        (void)json_object_set_new(out, "approver", json_string(v->finding.approver));
        set_time(out, "approved_ms", v->finding.approved_ms);
        (void)json_object_set_new(out, "position", json_integer((json_int_t)v->finding.position));
    }
    return out;
}

static json_t *sessions_json(view *v)
{
    json_t *sessions = json_array();
    for (size_t i = 0; i < LAYER_COUNT; i++) {
        jk_round_row row;
        if (v->store->ops->round_get(v->store, &v->round, layers[i], &row) == JK_OK) {
            (void)json_array_append_new(sessions, jk_session_json(&row));
        }
    }
    return sessions;
}

void jk_command_reconcile_diff(jk_ask *call)
{
    cursor at;
    char hex[33];
    view *v = view_new(call);
    if (v == NULL || !ask_round(call, &v->round) || !ask_cursor(call, &at)) {
        free(v);
        return;
    }
    json_t *rows = json_array();
    bool more = false;
    while (!more && next_finding(v, &at)) {
        (void)json_array_append_new(rows, finding_json(v));
        more = json_array_size(rows) == FINDINGS_MAX;
    }
    jk_token_hex(&v->round, hex);
    call->stepped = true;
    call->answer =
        json_pack("{s:i, s:b, s:s, s:s, s:o, s:o}", "v", 1, "ok", 1, "round", hex, "municipality",
                  v->node->config->id.code, "sessions", sessions_json(v), "rows", rows);
    if (more) {
        (void)json_object_set_new(call->answer, "next", cursor_json(&at));
    }
    free(v);
}

/* --- who approved what, for the history --- */

json_t *jk_repairs_json(jk_store *store, const jk_round_row *row)
{
    jk_finding_row *finding = malloc(sizeof *finding);
    json_t *out = json_array();
    uint64_t after = 0;
    while (finding != NULL && json_array_size(out) < REPAIRS_MAX &&
           store->ops->finding_next(store, &row->round, row->server, after, finding) == JK_OK) {
        char resident[12];
        uint32_t episode = 0;
        after = finding->key;
        if (finding->approver[0] == '\0' ||
            jk_element_name(finding->key, resident, &episode) != JK_OK) {
            continue;
        }
        json_t *repair =
            json_pack("{s:s, s:i, s:s, s:s, s:I}", "resident", resident, "episode", (int)episode,
                      "approver", finding->approver, "state", state_name(finding->state),
                      "position", (json_int_t)finding->position);
        set_time(repair, "approved_ms", finding->approved_ms);
        (void)json_array_append_new(out, repair);
    }
    free(finding);
    return out;
}

/* --- repair --- */

typedef struct approving {
    view *v;
    char approver[JK_OPERATOR_SIZE];
    char resident[12]; /* "" everybody */
    uint8_t server;    /* of the finding before; */
    bool current;      /* whose latest comparison this round is */
    unsigned approved;
    unsigned already; /* approved or repaired before */
    unsigned parked;  /* refused twice: a person looks at the record first */
    unsigned damaged; /* our own record is */
    unsigned outdated;
} approving;

/* One finding.  JK_OK also when there was nothing to do; it is counted then. */
static jk_status approve(approving *a)
{
    view *v = a->v;
    const jk_finding_row *finding = &v->finding;
    uint8_t id[FINDING_ID_SIZE];
    if (finding->state == JK_FINDING_APPROVED || finding->state == JK_FINDING_REPAIRED) {
        a->already++;
        return JK_OK;
    }
    if (is_damaged(v, finding->key)) {
        a->damaged++;
        return JK_OK;
    }
    if (finding->state == JK_FINDING_PARKED) {
        a->parked++;
        return JK_OK;
    }
    memcpy(id, finding->round.byte, 16);
    id[16] = finding->server;
    for (size_t i = 0; i < 8; i++) {
        id[17 + i] = (uint8_t)(finding->key >> (56 - 8 * i));
    }
    jk_command command = {
        .machine = JK_MACHINE_CS_REPAIR,
        .input = JK_RECONCILE_CS_REPAIR_IN_APPROVE,
        .data_count = 2,
    };
    const jk_command_data data[] = {
        {"approver", {(const uint8_t *)a->approver, strlen(a->approver)}},
        {"finding", {id, sizeof id}},
    };
    command.data = data;
    jk_status status = jk_repair_key(v->node->engine, finding->key, &command.key);
    if (status == JK_OK) {
        status = jk_node_command(v->node, &command);
    }
    if (status == JK_E_NOT_NOW) {
        a->parked++;
        return JK_OK;
    }
    a->approved += status == JK_OK ? 1 : 0;
    return status;
}

/* The finding in hand, if it is of a server's latest comparison. */
static jk_status decide(approving *a)
{
    view *v = a->v;
    const uint8_t server = v->finding.server;
    if (server == JK_ROLE_CS || server == JK_ROLE_REGISTRY) {
        return JK_OK;
    }
    if (server != a->server) {
        jk_round_row session;
        a->server = server;
        a->current = v->store->ops->round_get(v->store, &v->round, server, &session) == JK_OK &&
                     is_compared(&session) && !is_outdated(v->store, &session);
    }
    if (!a->current) {
        a->outdated++;
        return JK_OK;
    }
    return approve(a);
}

/* From `at` on, as many as one question may; at is left where the next goes on.  more: there may
 * be some. */
static jk_status approve_all(approving *a, cursor *at, bool *more)
{
    cursor next = *at;
    *more = true;
    for (unsigned i = 0; i < LOOKS_MAX && a->approved < APPROVALS_MAX; i++) {
        if (!next_finding(a->v, &next)) {
            *more = false;
            return JK_OK;
        }
        const jk_status status = decide(a);
        if (status != JK_OK) {
            return status;
        }
        *at = next;
    }
    return JK_OK;
}

/* Those of one resident, at every server: few. */
static jk_status approve_resident(approving *a)
{
    uint64_t low = 0;
    jk_status status = jk_element_key(a->resident, 0, &low);
    for (size_t layer = 0; status == JK_OK && layer < LAYER_COUNT; layer++) {
        cursor at = {layer, low - 1};
        while (status == JK_OK && next_finding(a->v, &at) && at.layer == layer &&
               at.key < low + (UINT64_C(1) << EPISODE_BITS)) {
            status = decide(a);
        }
    }
    return status;
}

static bool ask_whom(jk_ask *call, approving *a)
{
    const json_t *all = json_object_get(call->request, "all");
    if (!jk_ask_text(call, "resident", 11, a->resident)) {
        return false;
    }
    if (json_is_true(all) == (a->resident[0] != '\0') || (all != NULL && !json_is_boolean(all))) {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "either \"all\": true or a \"resident\" is needed");
        return false;
    }
    /* A damaged code has to be named, too: no check digit. */
    if (a->resident[0] != '\0' &&
        jk_resident_code_check(a->resident, strlen(a->resident), false) != JK_OK) {
        jk_ask_refuse(call, JK_E_RESIDENT_CODE, "\"resident\" must be eleven digits");
        return false;
    }
    return true;
}

/* Nothing was done: the reason that an operator can do something about. */
static bool refuse_repair(jk_ask *call, const approving *a)
{
    if (a->approved > 0 || a->already > 0) {
        return false;
    }
    if (a->damaged > 0 && a->resident[0] != '\0') {
        jk_ask_refuse(call, JK_E_CONFLICT,
                      "our own record was found damaged: it is not sent to anybody; correct it at "
                      "the registry first");
    } else if (a->parked > 0 && a->resident[0] != '\0') {
        jk_ask_refuse(call, JK_E_NOT_NOW,
                      "refused twice and parked: look at the record, then juki reconcile release");
    } else if (a->outdated > 0) {
        jk_ask_refuse(call, JK_E_NOT_NOW,
                      "a newer round was compared: approve what that one found");
    } else if (a->resident[0] != '\0' && a->damaged + a->parked == 0) {
        jk_ask_refuse(call, JK_E_NOT_FOUND, "nothing of that resident differs in that round");
    }
    return call->answer != NULL;
}

static void run_repair(jk_ask *call, view *v)
{
    cursor at;
    bool more = false;
    approving a = {.v = v};
    if (!jk_ask_operator(call, "approve", a.approver) || !ask_whom(call, &a) ||
        !ask_round(call, &v->round) || !ask_cursor(call, &at)) {
        return;
    }
    const bool first = at.layer == 0 && at.key == 0;
    const jk_status status =
        a.resident[0] != '\0' ? approve_resident(&a) : approve_all(&a, &at, &more);
    call->stepped = a.approved > 0;
    const bool busy = status == JK_E_FULL && jk_engine_blocked(v->node->engine);
    if (status != JK_OK && (!busy || a.resident[0] != '\0')) {
        jk_ask_refuse(call, status, jk_node_reason(v->node, status));
        return;
    }
    if (!more && first && refuse_repair(call, &a)) {
        return;
    }
    char hex[33];
    jk_token_hex(&v->round, hex);
    call->answer =
        json_pack("{s:i, s:b, s:s, s:i, s:i, s:i, s:i, s:i, s:b}", "v", 1, "ok", 1, "round", hex,
                  "approved", (int)a.approved, "already", (int)a.already, "parked", (int)a.parked,
                  "damaged", (int)a.damaged, "outdated", (int)a.outdated, "busy", status != JK_OK);
    if (more) {
        (void)json_object_set_new(call->answer, "next", cursor_json(&at));
    }
}

void jk_command_reconcile_repair(jk_ask *call)
{
    view *v = view_new(call);
    if (v != NULL) {
        run_repair(call, v);
    }
    free(v);
}

/* --- release --- */

static jk_status end_damage(approving *a)
{
    jk_engine *engine = a->v->node->engine;
    return jk_node_stepped(a->v->node,
                           jk_engine_damage_end(engine, a->v->finding.key, a->approver));
}

static jk_status release_parked(approving *a)
{
    const jk_command_data data = {"approver", {(const uint8_t *)a->approver, strlen(a->approver)}};
    jk_command command = {
        .machine = JK_MACHINE_CS_REPAIR,
        .input = JK_RECONCILE_CS_REPAIR_IN_RELEASE_PARKED,
        .data = &data,
        .data_count = 1,
    };
    const jk_status status = jk_repair_key(a->v->node->engine, a->v->finding.key, &command.key);
    return status == JK_OK ? jk_node_command(a->v->node, &command) : status;
}

/* The resident's parked repairs, of whichever episode; and somebody has looked at a record that was
 * found damaged here. */
static void run_release(jk_ask *call, view *v)
{
    cursor at = {0, 0};
    unsigned released = 0;
    approving a = {.v = v};
    if (!jk_ask_operator(call, "approve", a.approver) || !ask_whom(call, &a) ||
        !ask_round(call, &v->round)) {
        return;
    }
    while (next_finding(v, &at)) {
        jk_status status = JK_E_NOT_NOW;
        if (strcmp(a.resident, v->resident) == 0) {
            status = v->finding.server == JK_ROLE_CS ? end_damage(&a) : release_parked(&a);
        }
        if (status != JK_OK && status != JK_E_NOT_NOW) {
            jk_ask_refuse(call, status, jk_node_reason(v->node, status));
            return;
        }
        released += status == JK_OK ? 1 : 0;
    }
    if (released == 0) {
        jk_ask_refuse(call, JK_E_NOT_NOW,
                      "no repair of that resident is parked, and no record was found damaged");
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:i}", "v", 1, "ok", 1, "released", (int)released);
}

void jk_command_reconcile_release(jk_ask *call)
{
    view *v = view_new(call);
    if (v != NULL) {
        run_release(call, v);
    }
    free(v);
}
