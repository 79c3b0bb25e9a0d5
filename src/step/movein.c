/* SPDX-License-Identifier: Apache-2.0 */
/* The special move-in's roles and their host: which row a message belongs to, what must hold of its
 * body before a step, what hooks answer, whom a link leads to, how long timers run. */
#include "step/internal.h"

#include "juki/person.h"
#include "juki/registry.h"
#include "movein_cards.h"
#include "movein_dest_cs.h"
#include "movein_identity.h"
#include "movein_names.h"
#include "movein_national.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "names.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_DAY INT64_C(86400000)

static void note_reason(jk_step *step, const char *hook, uint16_t answer)
{
    size_t used = strlen(step->log->hooks);
    (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%s",
                   used == 0 ? "" : ",", hook, jk_movein_reason_name(answer));
}

static void note_number(jk_step *step, const char *hook, unsigned answer)
{
    size_t used = strlen(step->log->hooks);
    (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%u",
                   used == 0 ? "" : ",", hook, answer);
}

/* A hook's host failed: the step is undone, whatever the machine says. */
static bool hook_failed(jk_step *step, jk_status status)
{
    step->status = status;
    return false;
}

/* ---- keys: which row takes a message ---- */

/* The one open case of everybody whom the request names; none if there is none, or more than one.
 * */
static jk_status case_of_request(jk_step *step, jk_token *case_id)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_CertRequest *request = &step->engine->in.cert_request;
    jk_token found = {{0}};
    for (pb_size_t i = 0; i < request->resident_code_count; i++) {
        jk_token resident = jk_token_of_resident(request->resident_code[i]);
        jk_token one = {{0}};
        int member = 0;
        jk_status status = store->ops->open_case_get(store, &resident, &one, &member);
        if (status == JK_E_NOT_FOUND) {
            continue; /* not in the case any more, or never: the hooks and the machine decide */
        }
        if (status != JK_OK) {
            return status;
        }
        if (!jk_token_is_none(&found) && !jk_token_equal(&found, &one)) {
            return JK_OK; /* two cases: answered as no filing */
        }
        found = one;
    }
    *case_id = found;
    return JK_OK;
}

/* A txn belongs to the CS that asked with it first: nobody else may speak of it (M5). */
static jk_status check_asker(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    jk_data_key key = {JK_MACHINE_ORIGIN_CS, step->message->txn, "asker", -1};
    jk_token asker = {{0}};
    jk_token peer = jk_token_of_node(&step->peer);
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, asker.byte, sizeof asker.byte, &size);
    if (status == JK_OK) {
        return jk_token_equal(&asker, &peer) ? JK_OK : JK_E_PEER_POLICY;
    }
    if (status != JK_E_NOT_FOUND || step->message->kind != JK_MOVEIN_KIND_CERT_REQUEST) {
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    return store->ops->data_put(store, &key, (jk_span){peer.byte, sizeof peer.byte}, false);
}

/* CERT_REQUEST names residents; every later message of that txn follows the same route. */
static jk_status origin_key(jk_step *step, jk_token *key)
{
    jk_store *store = step->engine->config.store;
    const jk_envelope *message = step->message;
    if (step->peer.role == JK_ROLE_REGISTRY) {
        *key = message->case_id;
        return JK_OK;
    }
    jk_token case_id = {{0}};
    jk_status status = check_asker(step);
    if (status != JK_OK) {
        return status;
    }
    status = store->ops->route_get(store, &message->txn, &case_id);
    if (status == JK_OK) {
        if (!jk_token_is_none(&message->case_id) && !jk_token_equal(&message->case_id, &case_id)) {
            return JK_E_CONFLICT; /* the txn speaks of another case */
        }
        *key = case_id;
        return JK_OK;
    }
    if (status != JK_E_NOT_FOUND) {
        return status;
    }
    *key = message->txn;
    if (message->kind != JK_MOVEIN_KIND_CERT_REQUEST) {
        return JK_OK; /* an unknown txn: a machine in its initial state decides by name (M5) */
    }
    status = case_of_request(step, &case_id);
    if (status != JK_OK || jk_token_is_none(&case_id)) {
        return status;
    }
    *key = case_id;
    return store->ops->route_put(store, &message->txn, &case_id);
}

jk_status jk_movein_key(jk_step *step, jk_token *key)
{
    const jk_body *in = &step->engine->in;
    switch (step->machine->id) {
    case JK_MACHINE_ORIGIN_CS: {
        jk_status status = origin_key(step, key);
        if (status != JK_OK) {
            return status;
        }
        break;
    }
    case JK_MACHINE_ORIGIN_REGISTRY: *key = step->message->case_id; break;
    case JK_MACHINE_PREFECTURE:
    case JK_MACHINE_NATIONAL: *key = jk_token_of_resident(in->log.person.resident_code); break;
    case JK_MACHINE_CARDS: *key = jk_token_of_resident(in->go_on.resident_code); break;
    default: *key = step->message->txn; break;
    }
    return jk_token_is_none(key) ? JK_E_MISSING_FIELD : JK_OK;
}

/* ---- checks: what a body must say before a machine sees the message ---- */

/* FILED: nobody may be in another open case (M1). */
static jk_status check_filed(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_Filed *filed = &step->engine->in.filed;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    jk_status status = jk_codec_members_read((jk_span){filed->members.bytes, filed->members.size},
                                             items, &count, NULL);
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        jk_wire_Certificate *certificate = &step->engine->certificate;
        status = jk_codec_decode(&jk_wire_type_Certificate, items[i].data, NULL, certificate, NULL);
        if (status != JK_OK) {
            break;
        }
        jk_token resident = jk_token_of_resident(certificate->person.resident_code);
        jk_token other = {{0}};
        int member = 0;
        jk_status found = store->ops->open_case_get(store, &resident, &other, &member);
        if (found == JK_OK) {
            status = JK_E_CONFLICT;
        } else if (found != JK_E_NOT_FOUND) {
            status = found;
        }
    }
    return status;
}

/* CERT, REFUSAL, ACCEPTED: from the origin that was asked.  A txn that is not open has no request
 * any more; its machine answers by name (M5). */
static jk_status check_origin(jk_step *step)
{
    jk_status status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    if (status == JK_E_NOT_FOUND) {
        return JK_OK;
    }
    if (status != JK_OK) {
        return status;
    }
    const jk_wire_CertRequest *request = &step->engine->kept.cert_request;
    bool same = memcmp(request->origin_municipality_code, step->peer.code, 6) == 0;
    return same ? JK_OK : JK_E_PEER_POLICY;
}

/* The certificate in engine->certificate is of somebody whom the request names; kept holds it. */
static bool was_asked(const jk_step *step)
{
    const jk_wire_CertRequest *request = &step->engine->kept.cert_request;
    const char *code = step->engine->certificate.person.resident_code;
    for (pb_size_t i = 0; i < request->resident_code_count; i++) {
        if (memcmp(request->resident_code[i], code, 11) == 0) {
            return true;
        }
    }
    return false;
}

/* NOTICE: to where it comes from; the residents are the members of this case that the mask says. */
static jk_status check_notice(jk_step *step)
{
    if (memcmp(step->engine->in.notice.new_municipality_code, step->peer.code, 6) != 0) {
        return JK_E_PEER_POLICY;
    }
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((step->message->members >> member) & 1U) == 0) {
            continue;
        }
        jk_token told = {{0}};
        jk_token filed = {{0}};
        jk_status status = jk_member_key(step, member, &told);
        if (status == JK_OK) {
            status = jk_filed_key(step, member, &filed);
        }
        if (status == JK_E_NOT_FOUND) {
            return JK_OK; /* no such case, or no such member: the machine decides */
        }
        if (status != JK_OK) {
            return status;
        }
        if (!jk_token_equal(&told, &filed)) {
            return JK_E_MEMBERS;
        }
    }
    return JK_OK;
}

/* Opens every sealed certificate; none may fail, and each must be what the envelope says.  They
 * stay open in engine->opened for the REGISTER of the same step. */
static jk_status check_cert(jk_step *step)
{
    jk_engine *engine = step->engine;
    engine->opened_count = 0;
    jk_status found = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
    if (found != JK_OK) {
        return found == JK_E_NOT_FOUND ? JK_OK : found; /* not open: answered by RELEASE (M5) */
    }
    const jk_wire_Cert *cert = &engine->in.cert;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t used = 0;
    jk_status status = jk_codec_members_read((jk_span){cert->members.bytes, cert->members.size},
                                             items, &count, NULL);
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        jk_codec_bytes room = {engine->opened_bytes + used, sizeof engine->opened_bytes - used, 0};
        status = jk_seal_open_member(step, &items[i], &room);
        jk_span opened = {room.data, room.size};
        if (status == JK_OK) {
            status = jk_codec_decode(&jk_wire_type_Certificate, opened, NULL, &engine->certificate,
                                     NULL);
        }
        if (status == JK_OK && !was_asked(step)) {
            status = JK_E_MEMBERS;
        }
        engine->opened[i] = (jk_codec_member){items[i].member, opened};
        used += opened.size;
    }
    engine->opened_count = status == JK_OK ? count : 0;
    return status;
}

/* A log entry must be its author's, and the next of that author's log (R1: no gap, none twice). */
static jk_status check_entry(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_wire_LogRecord *record = &step->engine->in.log;
    if (memcmp(record->municipality_code, step->message->author.code, 6) != 0) {
        return JK_E_PEER_POLICY;
    }
    uint64_t applied = 0;
    jk_status status = store->ops->applied_get(store, record->municipality_code, &applied);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    return record->sequence == applied + 1 ? JK_OK : JK_E_CONFLICT;
}

jk_status jk_movein_check(jk_step *step)
{
    if (step->machine->id == JK_MACHINE_DEST_CS && step->peer.role == JK_ROLE_CS) {
        jk_status status = check_origin(step);
        if (status != JK_OK) {
            return status;
        }
    }
    switch (step->message->kind) {
    case JK_MOVEIN_KIND_FILED: return check_filed(step);
    case JK_MOVEIN_KIND_CERT: return check_cert(step);
    case JK_MOVEIN_KIND_NOTICE: return check_notice(step);
    case JK_MOVEIN_KIND_ENTRY:
    case JK_MOVEIN_KIND_REMOVAL: return check_entry(step);
    default: return JK_OK;
    }
}

/* FILE_OUT: every member is current here and in no open case; the bodies are canonical. */
static jk_status check_file_out(jk_step *step)
{
    const jk_command *command = step->command;
    for (size_t i = 0; i < command->data_count; i++) {
        jk_status status = jk_codec_decode(jk_codec_body_type(JK_MOVEIN_KIND_FILED),
                                           command->data[i].body, NULL, &step->engine->in, NULL);
        if (status == JK_OK) {
            status = check_filed(step);
        }
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

jk_status jk_movein_command_check(jk_step *step)
{
    if (step->machine->id == JK_MACHINE_ORIGIN_REGISTRY &&
        step->input == JK_MOVEIN_ORIGIN_REGISTRY_IN_FILE_OUT) {
        return check_file_out(step);
    }
    return JK_OK;
}

/* ---- hooks ---- */

/* 2-4: what national knows, and what the terminal read of the card. */
static bool identity_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    jk_store *store = step->engine->config.store;
    const jk_wire_VerifyRequest *request = &step->engine->in.verify_request;
    jk_token resident = jk_token_of_resident(request->resident_code);
    jk_machine_row row;
    *answer = JK_REASON_NO_MATCH;
    if (!request->card_usable) {
        *answer = JK_REASON_CARD_INVALID;
    } else if (!request->pin_verified) {
        *answer = JK_REASON_PIN_LOCKED;
    } else if (request->resident_code[0] != '\0') {
        jk_status status = store->ops->machine_get(store, JK_MACHINE_NATIONAL, &resident, &row);
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return hook_failed(step, status);
        }
        if (status == JK_OK && row.size == sizeof(jk_movein_national)) {
            jk_movein_national national;
            memcpy(&national, row.data, sizeof national);
            *answer = national.current ? JK_REASON_MATCH_ACTIVE : JK_REASON_MATCH_REMOVED;
        }
    }
    note_reason(step, "identity_check", *answer);
    return true;
}

/* Everybody whom the request names, as members of this case; none if one is not in it (M2).  Asked
 * once in a step: a body cannot change under it. */
static jk_status members_named(jk_step *step, uint32_t *members)
{
    const jk_wire_CertRequest *request = &step->engine->in.cert_request;
    uint32_t found = 0; /* a bit for each code of the request */
    uint32_t named = 0;
    if (step->named_known) {
        *members = step->named;
        return JK_OK;
    }
    *members = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        char code[12];
        jk_status status = jk_member_code(step, member, code);
        if (status == JK_E_NOT_FOUND) {
            continue;
        }
        if (status != JK_OK) {
            return status;
        }
        for (pb_size_t i = 0; i < request->resident_code_count; i++) {
            if (((found >> i) & 1U) == 0 && memcmp(request->resident_code[i], code, 11) == 0) {
                found |= UINT32_C(1) << i;
                named |= UINT32_C(1) << member;
            }
        }
    }
    bool all = found == (UINT32_C(1) << request->resident_code_count) - 1;
    step->named = all ? named : 0;
    step->named_known = true;
    *members = step->named;
    return JK_OK;
}

/* 3-3: the filing's planned day, the moving day and the day of the request (law R11). */
static bool case_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    uint32_t members = 0;
    jk_status status = members_named(step, &members);
    if (status == JK_OK) {
        status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
    }
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    const jk_wire_CertRequest *request = &step->engine->in.cert_request;
    bool in_time =
        jk_special_route_in_time(&step->engine->config.periods, request->filing_day,
                                 step->engine->kept.filed.planned_out_day, request->moved_in_day);
    *answer = members == 0 ? JK_REASON_NO_FILING
              : in_time    ? JK_REASON_GRANTABLE
                           : JK_REASON_TOO_LATE;
    note_reason(step, "case_check", *answer);
    return true;
}

/* 3-2: the members whom the request names; nobody of them is a member: all, and the answer above
 * refuses. */
static bool case_members(void *ctx, const jk_envelope_event *event, uint32_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    uint32_t members = 0;
    jk_status status = members_named(step, &members);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    *answer = members == 0 ? 1 : members;
    note_number(step, "case_members", *answer);
    return true;
}

/* M7: above every epoch that this municipality ever gave to a member. */
static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    jk_step *step = ctx;
    jk_register_row *row = &step->engine->person_row;
    *answer = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((event->in.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = jk_member_row(step, member);
        if (status == JK_E_NOT_FOUND) {
            continue;
        }
        if (status != JK_OK) {
            return hook_failed(step, status);
        }
        if (row->epoch_high > *answer) {
            *answer = row->epoch_high;
        }
    }
    note_number(step, "highest_epoch", (unsigned)*answer);
    return true;
}

/* 3-6: the card is in use, or waits to be continued. */
static bool card_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    jk_store *store = step->engine->config.store;
    uint8_t state = JK_CARD_NONE;
    char code[7];
    jk_status status = store->ops->card_get(store, &event->key, &state, code);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return hook_failed(step, status);
    }
    bool usable = status == JK_OK && state == JK_CARD_IN_OPERATION;
    *answer = usable ? JK_REASON_CONTINUABLE : JK_REASON_CARD_UNUSABLE;
    note_reason(step, "card_check", *answer);
    return true;
}

static const jk_movein_identity_hooks identity_hooks = {identity_check};
static const jk_movein_origin_cs_hooks origin_cs_hooks = {
    .case_check = case_check,
    .case_members = case_members,
    .highest_epoch = highest_epoch,
};
static const jk_movein_cards_hooks cards_hooks = {card_check};

const void *jk_movein_hooks(uint16_t machine)
{
    switch (machine) {
    case JK_MACHINE_IDENTITY: return &identity_hooks;
    case JK_MACHINE_ORIGIN_CS: return &origin_cs_hooks;
    case JK_MACHINE_CARDS: return &cards_hooks;
    default: return NULL;
    }
}

/* ---- peers and timers ---- */

jk_status jk_movein_peer(jk_step *step, uint16_t link, jk_node_id *peer)
{
    const jk_node_id *self = &step->engine->config.self;
    *peer = (jk_node_id){.role = JK_ROLE_CS};
    memcpy(peer->code, self->code, sizeof peer->code);
    switch (link) {
    case JK_MOVEIN_LINK_TERMINAL_TO_DEST:
    case JK_MOVEIN_LINK_REGISTRY_TO_DEST:
    case JK_MOVEIN_LINK_REGISTRY_TO_ORIGIN: return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_TERMINAL: peer->role = JK_ROLE_TERMINAL; return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_REGISTRY:
    case JK_MOVEIN_LINK_ORIGIN_TO_REGISTRY: peer->role = JK_ROLE_REGISTRY; return JK_OK;
    case JK_MOVEIN_LINK_DEST_TO_CARDS:
    case JK_MOVEIN_LINK_DEST_TO_NATIONAL:
    case JK_MOVEIN_LINK_PREFECTURE_TO_NATIONAL:
        peer->role = link == JK_MOVEIN_LINK_DEST_TO_CARDS ? JK_ROLE_CARDS : JK_ROLE_NATIONAL;
        memcpy(peer->code, "000000", 7);
        return JK_OK;
    case JK_MOVEIN_LINK_CS_TO_PREFECTURE: {
        char five[6] = {self->code[0], self->code[1], '0', '0', '0', '\0'};
        peer->role = JK_ROLE_PREFECTURE;
        memcpy(peer->code, five, 5);
        peer->code[5] = jk_municipality_code_digit(five);
        return JK_OK;
    }
    case JK_MOVEIN_LINK_DEST_TO_ORIGIN: {
        if (step->message != NULL && step->peer.role == JK_ROLE_CS) {
            *peer = step->peer; /* M5: RELEASE goes to whoever sent the certificate */
            return JK_OK;
        }
        jk_status status = jk_data_read(step, "request", JK_MOVEIN_KIND_CERT_REQUEST);
        if (status == JK_OK) {
            memcpy(peer->code, step->engine->kept.cert_request.origin_municipality_code, 7);
        }
        return status;
    }
    default: return JK_E_ROUTE;
    }
}

uint16_t jk_movein_timer_input(uint16_t machine, uint16_t timer)
{
    if (machine == JK_MACHINE_DEST_CS) {
        if (timer == JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE) {
            return JK_MOVEIN_DEST_CS_IN_EXPIRE_VERIFY_DUE;
        }
        if (timer == JK_MOVEIN_DEST_CS_TIMER_CERT_DUE) {
            return JK_MOVEIN_DEST_CS_IN_EXPIRE_CERT_DUE;
        }
    }
    if (machine == JK_MACHINE_ORIGIN_REGISTRY &&
        timer == JK_MOVEIN_ORIGIN_REGISTRY_TIMER_PLANNED_DATE) {
        return JK_MOVEIN_ORIGIN_REGISTRY_IN_EXPIRE_PLANNED_DATE;
    }
    return 0;
}

jk_status jk_movein_timer(jk_step *step, uint16_t timer, jk_timer_row *row)
{
    const jk_step_config *config = &step->engine->config;
    if (step->machine->id == JK_MACHINE_ORIGIN_REGISTRY) {
        jk_status status = jk_data_read(step, "filed", JK_MOVEIN_KIND_FILED);
        if (status != JK_OK) {
            return status;
        }
        row->kind = JK_TIMER_DATE;
        row->due_ms = (int64_t)step->engine->kept.filed.planned_out_day * MS_PER_DAY;
        return JK_OK;
    }
    row->kind = JK_TIMER_ELAPSED;
    row->duration_ms =
        timer == JK_MOVEIN_DEST_CS_TIMER_VERIFY_DUE ? config->verify_due_ms : config->cert_due_ms;
    row->due_ms = config->clock->monotonic_ms(config->clock) + row->duration_ms;
    return JK_OK;
}
