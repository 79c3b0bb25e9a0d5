/* SPDX-License-Identifier: Apache-2.0 */
/* What the clerk of a resident-registry system decides later: a death (M17), another resident
 * record code (law C12), and what becomes of an entry that the origin disputes (M12): send its
 * notice again, correct it, withdraw it. */
#include "node/internal.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "kinds.pb.h"
#include "movein.pb.h"
#include "movein_dest_registry.h"
#include "movein_origin_registry.h"
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a death --- */

/* The resident's latest moving-out case: its id and the member's number, kept by the step. */
enum {
    CASE_ROW_SIZE = 17,
    REASON_DEATH = 203 /* change reason of a register row */
};

static bool ask_code(jk_ask *call, const char *key, char code[12])
{
    char text[64];
    if (!jk_ask_text(call, key, 11, code)) {
        return false;
    }
    const size_t size = strlen(code);
    const jk_status status =
        size == 0 ? JK_E_MISSING_FIELD : jk_resident_code_check(code, size, true);
    if (status != JK_OK) {
        (void)snprintf(text, sizeof text, "\"%s\"%s", key,
                       status == JK_E_RESIDENT_CODE_CHECK ? ": wrong check digit"
                                                          : " is needed, eleven digits");
        jk_ask_refuse(call, status, text);
        return false;
    }
    return true;
}

/* The command was taken: its case; or it was not. */
static void answer_case(jk_ask *call, const jk_command *command, jk_status status)
{
    char hex[33];
    if (status != JK_OK) {
        jk_ask_refuse_command(call, command, status);
        return;
    }
    jk_token_hex(&command->key, hex);
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:s}", "v", 1, "ok", 1, "case", hex);
}

static bool read_case(jk_ask *call, const jk_token *resident, jk_command *command)
{
    jk_store *store = call->node->boot->store;
    const jk_data_key key = {JK_MACHINE_ORIGIN_REGISTRY, *resident, "case", -1};
    uint8_t bytes[CASE_ROW_SIZE];
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    if (status == JK_OK && (size != sizeof bytes || bytes[16] >= JK_MEMBERS_MAX)) {
        status = JK_E_STORE;
    }
    if (status != JK_OK) {
        jk_ask_refuse(call, status,
                      status == JK_E_NOT_FOUND ? "nobody of that code is in a moving-out case here"
                                               : jk_node_reason(call->node, status));
        return false;
    }
    memcpy(command->key.byte, bytes, sizeof command->key.byte);
    command->members = (jk_members)(1U << bytes[16]);
    return true;
}

/* Nobody dies twice; and who has moved in again since is no member of that case any more. */
static bool may_die(jk_ask *call, const jk_token *resident, const jk_command *command)
{
    jk_store *store = call->node->boot->store;
    static jk_register_row row; /* large; one thread */
    static jk_machine_row machine;
    jk_token open = {{0}};
    int member = 0;
    jk_status status = store->ops->register_get(store, resident, &row);
    if (status == JK_OK) {
        status = store->ops->machine_get(store, command->machine, &command->key, &machine);
    }
    if (status != JK_OK) {
        jk_ask_refuse(call, status, jk_node_reason(call->node, status));
        return false;
    }
    if (row.status == JK_REGISTER_REMOVED && row.reason == REASON_DEATH) {
        jk_ask_refuse(call, JK_E_CONFLICT, "that death is recorded already");
        return false;
    }
    if (row.status == JK_REGISTER_CURRENT && machine.state != JK_MOVEIN_ORIGIN_REGISTRY_CANCELLED &&
        (store->ops->open_case_get(store, resident, &open, &member) != JK_OK ||
         !jk_token_equal(&open, &command->key))) {
        jk_ask_refuse(call, JK_E_NOT_FOUND, "a resident again since: no moving-out case is open");
        return false;
    }
    return true;
}

static bool ask_death_day(jk_ask *call, uint32_t *day)
{
    jk_clock *clock = &call->node->clock.port;
    int64_t given = 0;
    if (!jk_ask_day(call, "death_day", true, &given)) {
        return false;
    }
    if (given > clock->today(clock)) {
        jk_ask_refuse(call, JK_E_DATE_FUTURE, "\"death_day\" has not come yet");
        return false;
    }
    *day = (uint32_t)given;
    return true;
}

void jk_command_death(jk_ask *call)
{
    jk_wire_Death death = {.resident_code_count = 1};
    jk_command command = {
        .machine = JK_MACHINE_ORIGIN_REGISTRY,
        .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_REPORT_DEATH,
        .data_count = 1,
    };
    if (!ask_code(call, "resident", death.resident_code[0]) ||
        !ask_death_day(call, &death.death_day)) {
        return;
    }
    const jk_token resident = jk_token_of_resident(death.resident_code[0]);
    if (!read_case(call, &resident, &command) || !may_die(call, &resident, &command)) {
        return;
    }
    uint8_t bytes[64];
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    jk_status status = jk_codec_encode_body(jk_wire_Kind_KIND_DEATH, &death, NULL, &out, NULL);
    const jk_command_data data = {"death", {bytes, out.size}};
    command.data = &data;
    if (status == JK_OK) {
        status = jk_node_command(call->node, &command);
    }
    answer_case(call, &command, status);
}

/* --- another resident record code (law C12) --- */

/* Who asks is resident here, in an open moving-out case, and nobody has or had the new code. */
static bool may_recode(jk_ask *call, const jk_wire_Recode *recode, jk_command *command)
{
    jk_store *store = call->node->boot->store;
    static jk_register_row row; /* large; one thread */
    const jk_token resident = jk_token_of_resident(recode->resident_code);
    const jk_token next = jk_token_of_resident(recode->new_resident_code);
    int member = 0;
    jk_status status = store->ops->open_case_get(store, &resident, &command->key, &member);
    if (status == JK_OK) {
        status = store->ops->register_get(store, &resident, &row);
    }
    if (status == JK_OK && row.status != JK_REGISTER_CURRENT) {
        status = JK_E_NOT_FOUND;
    }
    if (status != JK_OK) {
        jk_ask_refuse(call, status,
                      status == JK_E_NOT_FOUND
                          ? "no resident of that code is in an open moving-out case here"
                          : jk_node_reason(call->node, status));
        return false;
    }
    command->members = (jk_members)(1U << member);
    status = store->ops->register_get(store, &next, &row);
    if (status != JK_E_NOT_FOUND) {
        jk_ask_refuse(call, status == JK_OK ? JK_E_CONFLICT : status,
                      status == JK_OK ? "\"new_code\" is or was somebody's"
                                      : jk_node_reason(call->node, status));
        return false;
    }
    return true;
}

void jk_command_recode(jk_ask *call)
{
    jk_wire_Recode recode = {.resident_code = ""};
    jk_command command = {
        .machine = JK_MACHINE_ORIGIN_REGISTRY,
        .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_CHANGE_CODE,
        .data_count = 1,
    };
    if (!ask_code(call, "resident", recode.resident_code) ||
        !ask_code(call, "new_code", recode.new_resident_code) ||
        !may_recode(call, &recode, &command)) {
        return;
    }
    uint8_t bytes[64];
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    jk_status status = jk_codec_encode_body(jk_wire_Kind_KIND_RECODE, &recode, NULL, &out, NULL);
    const jk_command_data data = {"recode", {bytes, out.size}};
    command.data = &data;
    if (status == JK_OK) {
        status = jk_node_command(call->node, &command);
    }
    answer_case(call, &command, status);
}

/* --- a disputed entry --- */

/* One correction while it is put together; large, so allocated. */
typedef struct correction {
    char address[sizeof((jk_wire_Person *)NULL)->address];
    char postcode[8];
    jk_machine_row machine;
    jk_register_row row;
    jk_wire_RegistryRecord record;
    jk_wire_Corrected corrected;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count;
    size_t used;
    uint8_t bytes[JK_BODY_SIZE_MAX];
    uint8_t body[JK_BODY_SIZE_MAX];
} correction;

static bool ask_address(jk_ask *call, correction *c)
{
    if (!jk_ask_text(call, "new_address", sizeof c->address - 1, c->address) ||
        !jk_ask_text(call, "new_postcode", sizeof c->postcode - 1, c->postcode)) {
        return false;
    }
    if (c->address[0] == '\0') {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "\"new_address\" is needed, as a text");
        return false;
    }
    return true;
}

/* The member's record as this register holds it, with the new address. */
static jk_status correct_member(jk_store *store, correction *c, const jk_token *txn, int member)
{
    const jk_data_key key = {JK_MACHINE_DEST_REGISTRY, *txn, "resident", member};
    char code[12] = "";
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, (uint8_t *)code, sizeof code, &size);
    if (status == JK_OK && (size != sizeof code || code[11] != '\0')) {
        status = JK_E_STORE;
    }
    if (status == JK_OK) {
        const jk_token resident = jk_token_of_resident(code);
        status = store->ops->register_get(store, &resident, &c->row);
    }
    if (status == JK_OK) {
        status = jk_codec_decode(&jk_wire_type_RegistryRecord,
                                 (jk_span){c->row.person, c->row.size}, NULL, &c->record, NULL);
    }
    if (status != JK_OK) {
        return status;
    }
    memcpy(c->record.person.address, c->address, sizeof c->address);
    if (c->postcode[0] != '\0') {
        memcpy(c->record.person.postcode, c->postcode, sizeof c->postcode);
    }
    jk_codec_bytes out = {c->bytes + c->used, sizeof c->bytes - c->used, 0};
    status = jk_codec_encode(&jk_wire_type_Person, &c->record.person, NULL, &out, NULL);
    if (status == JK_OK) {
        c->items[c->count++] = (jk_codec_member){(uint8_t)member, {out.data, out.size}};
        c->used += out.size;
    }
    return status;
}

static jk_status correct(jk_ask *call, correction *c, const jk_command *command)
{
    jk_store *store = call->node->boot->store;
    const jk_movein_dest_registry *m = (const void *)c->machine.data;
    jk_status status = JK_OK;
    for (int i = 0; status == JK_OK && i < JK_MEMBERS_MAX; i++) {
        if ((m->disputed & 1U << (unsigned)i) != 0) {
            status = correct_member(store, c, &command->key, i);
        }
    }
    jk_codec_bytes list = {c->corrected.members.bytes, sizeof c->corrected.members.bytes, 0};
    if (status == JK_OK) {
        status = jk_codec_members_write(c->items, c->count, &list);
    }
    c->corrected.members.size = (pb_size_t)list.size;
    jk_codec_bytes body = {c->body, sizeof c->body, 0};
    if (status == JK_OK) {
        status =
            jk_codec_encode_body(jk_wire_Kind_KIND_CORRECTED, &c->corrected, NULL, &body, NULL);
    }
    if (status == JK_OK) {
        const jk_command_data data = {"correction", {c->body, body.size}};
        jk_command with = *command;
        with.data = &data;
        with.data_count = 1;
        status = jk_node_command(call->node, &with);
    }
    return status;
}

static void run_correct(jk_ask *call, correction *c)
{
    jk_store *store = call->node->boot->store;
    jk_command command = {
        .machine = JK_MACHINE_DEST_REGISTRY,
        .input = JK_MOVEIN_DEST_REGISTRY_IN_CORRECT_ENTRY,
    };
    if (!jk_ask_token(call, "txn", &command.key) || !ask_address(call, c)) {
        return;
    }
    jk_status status = store->ops->machine_get(store, command.machine, &command.key, &c->machine);
    if (status == JK_OK) {
        status = c->machine.state == JK_MOVEIN_DEST_REGISTRY_WAIT_CHOICE
                     ? correct(call, c, &command)
                     : JK_E_NOT_NOW;
    } else if (status == JK_E_NOT_FOUND) {
        status = JK_E_NOT_NOW; /* told as an id that is not known */
    }
    if (status != JK_OK) {
        jk_ask_refuse_command(call, &command, status);
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b}", "v", 1, "ok", 1);
}

void jk_command_correct(jk_ask *call)
{
    correction *c = calloc(1, sizeof *c);
    if (c == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return;
    }
    run_correct(call, c);
    free(c);
}

void jk_command_retry(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_DEST_REGISTRY, JK_MOVEIN_DEST_REGISTRY_IN_RETRY_NOTICE);
}

void jk_command_withdraw(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_DEST_REGISTRY, JK_MOVEIN_DEST_REGISTRY_IN_WITHDRAW_ENTRY);
}
