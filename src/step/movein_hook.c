/* SPDX-License-Identifier: Apache-2.0 */
/* What the roles of the special move-in ask their host: look-ups inside the step's transaction. */
#include "step/internal.h"

#include "juki/person.h"
#include "juki/registry.h"
#include "movein_cards.h"
#include "movein_dest_cs.h"
#include "movein_identity.h"
#include "movein_names.h"
#include "movein_national.h"
#include "movein_origin_cs.h"
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void note_reason(jk_step *step, const char *hook, uint16_t answer)
{
    size_t used = strlen(step->log->hooks);
    (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%s",
                   used == 0 ? "" : ",", hook, jk_movein_reason_name(answer));
}

static void note_number(jk_step *step, const char *hook, uint64_t answer)
{
    size_t used = strlen(step->log->hooks);
    (void)snprintf(step->log->hooks + used, sizeof step->log->hooks - used, "%s%s=%" PRIu64,
                   used == 0 ? "" : ",", hook, answer);
}

/* A hook's host failed: the step is undone, whatever the machine says. */
static bool hook_failed(jk_step *step, jk_status status)
{
    step->status = status;
    return false;
}

/* The first failure is the caller's; a request of nobody's case is no failure. */
jk_status jk_case_of_request(jk_step *step, jk_token *case_id)
{
    const jk_wire_CertRequest *request = &step->engine->in.cert_request;
    jk_token found = {{0}};
    for (pb_size_t i = 0; i < request->resident_code_count; i++) {
        const jk_token resident = jk_token_of_resident(request->resident_code[i]);
        jk_token one = {{0}};
        int member = 0;
        jk_status status = jk_case_of(step, &resident, &one, &member);
        if (status == JK_E_NOT_FOUND) {
            continue; /* never filed here: the hooks and the machine decide */
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

/* 2-4: what national knows, and what the terminal read of the card. */
static bool identity_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    jk_store *store = step->engine->config.store;
    const jk_wire_VerifyRequest *request = &step->engine->in.verify_request;
    jk_machine_row row;
    *answer = JK_REASON_NO_MATCH;
    if (!request->pin_verified) {
        *answer = JK_REASON_PIN_LOCKED;
    } else if (request->resident_code[0] != '\0') {
        char now[12];
        memcpy(now, request->resident_code, sizeof now);
        jk_status status = jk_code_now(step, now);
        const bool changed = memcmp(now, request->resident_code, sizeof now) != 0;
        if (status == JK_OK) {
            const jk_token resident = jk_token_of_resident(now);
            status = store->ops->machine_get(store, JK_MACHINE_NATIONAL, &resident, &row);
        }
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return hook_failed(step, status);
        }
        if (status == JK_OK && row.size == sizeof(jk_movein_national)) {
            jk_movein_national national;
            memcpy(&national, row.data, sizeof national);
            *answer = changed            ? JK_REASON_CODE_CHANGED
                      : national.current ? JK_REASON_MATCH_ACTIVE
                                         : JK_REASON_MATCH_REMOVED;
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
    uint32_t named = 0;
    bool all = true;
    for (pb_size_t i = 0; !step->named_known && i < request->resident_code_count; i++) {
        const jk_token resident = jk_token_of_resident(request->resident_code[i]);
        jk_token case_id = {{0}};
        int member = 0;
        jk_status status = jk_case_of(step, &resident, &case_id, &member);
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return status;
        }
        bool his = false;
        if (status == JK_OK && jk_token_equal(&case_id, &step->row.key)) {
            status = jk_code_answers(step, member, request->resident_code[i], &his);
            if (status != JK_OK) {
                return status;
            }
        }
        named |= his ? UINT32_C(1) << member : 0;
        all = all && his;
    }
    if (!step->named_known) {
        step->named = all ? named : 0;
        step->named_known = true;
    }
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

/* Law C12: nobody here has, or had, the new code. */
static bool code_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    bool is_free = false;
    jk_status status = jk_code_is_free(step, &is_free);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    *answer = is_free ? JK_REASON_CODE_FREE : JK_REASON_CODE_IN_USE;
    note_reason(step, "code_check", *answer);
    return true;
}

/* M7: above every epoch that this municipality ever gave to a member. */
static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    jk_step *step = ctx;
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    *answer = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((event->in.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = jk_told_person(step, member);
        if (status == JK_OK) {
            const jk_token resident = jk_token_of_resident(engine->person.resident_code);
            status = store->ops->register_get(store, &resident, &engine->person_row);
        }
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            return hook_failed(step, status);
        }
        if (status == JK_OK && engine->person_row.epoch_high > *answer) {
            *answer = engine->person_row.epoch_high;
        }
    }
    note_number(step, "highest_epoch", *answer);
    return true;
}

/* 3-5: the notice says where and when as it was filed, or it deviates (M12). */
static bool notice_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    jk_step *step = ctx;
    jk_deviation deviation = {false, false};
    jk_status status = jk_notice_deviation(step, &deviation);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    *answer = deviation.municipality || deviation.day ? JK_REASON_DEVIATION : JK_REASON_AS_FILED;
    note_reason(step, "notice_check", *answer);
    return true;
}

/* What the operator of this CS stated of a member before his notice came; 0: nothing. */
static jk_status stated(jk_step *step, int member, uint16_t *reason)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {JK_MACHINE_ORIGIN_CS, step->row.key, "dispute", member};
    uint8_t value[2] = {0, 0};
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, value, sizeof value, &size);
    *reason = (uint16_t)(value[0] | (value[1] << 8));
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

/* 3-5: members of the notice whom this municipality does not accept (M12). */
static bool disputed_members(void *ctx, const jk_envelope_event *event, uint32_t *answer)
{
    jk_step *step = ctx;
    *answer = 0;
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        uint16_t reason = 0;
        if (((event->in.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = stated(step, member, &reason);
        if (status != JK_OK) {
            return hook_failed(step, status);
        }
        *answer |= reason == 0 ? 0 : UINT32_C(1) << member;
    }
    note_number(step, "disputed_members", *answer);
    return true;
}

/* 3-5: why not: of several, the first member's reason. */
static bool dispute_reason(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    *answer = 0;
    for (int member = 0; *answer == 0 && member < JK_MEMBERS_MAX; member++) {
        if (((event->in.mask >> member) & 1U) == 0) {
            continue;
        }
        jk_status status = stated(step, member, answer);
        if (status != JK_OK) {
            return hook_failed(step, status);
        }
    }
    note_reason(step, "dispute_reason", *answer);
    return true;
}

/* What the card management system knows of the holder's card. */
static jk_status in_operation(jk_step *step, const jk_token *holder, bool *answer)
{
    jk_store *store = step->engine->config.store;
    uint8_t state = JK_CARD_NONE;
    char code[7];
    jk_status status = store->ops->card_get(store, holder, &state, code);
    *answer = status == JK_OK && state == JK_CARD_IN_OPERATION;
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

/* 3-1: the terminal could read the card, and the card is in operation (M16). */
static bool card_state(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    bool usable = false;
    jk_status status = in_operation(step, &event->key, &usable);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    usable = usable && step->engine->in.card_status.card_usable;
    *answer = usable ? JK_REASON_CARD_USABLE : JK_REASON_CARD_INVALID;
    note_reason(step, "card_state", *answer);
    return true;
}

/* 3-6: the card is in operation. */
static bool card_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    jk_step *step = ctx;
    bool usable = false;
    jk_status status = in_operation(step, &event->key, &usable);
    if (status != JK_OK) {
        return hook_failed(step, status);
    }
    *answer = usable ? JK_REASON_CONTINUABLE : JK_REASON_CARD_UNUSABLE;
    note_reason(step, "card_check", *answer);
    return true;
}

static const jk_movein_identity_hooks identity_hooks = {identity_check};
static const jk_movein_origin_cs_hooks origin_cs_hooks = {
    .case_check = case_check,
    .case_members = case_members,
    .code_check = code_check,
    .highest_epoch = highest_epoch,
    .notice_check = notice_check,
    .disputed_members = disputed_members,
    .dispute_reason = dispute_reason,
};
static const jk_movein_cards_hooks cards_hooks = {.card_check = card_check,
                                                  .card_state = card_state};

const void *jk_movein_hooks(uint16_t machine)
{
    switch (machine) {
    case JK_MACHINE_IDENTITY: return &identity_hooks;
    case JK_MACHINE_ORIGIN_CS: return &origin_cs_hooks;
    case JK_MACHINE_CARDS: return &cards_hooks;
    default: return NULL;
    }
}
