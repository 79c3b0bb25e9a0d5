/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators of a CS ask: end a move-in whose cards are not answered (M13), end a grant by
 * two persons (M3), state before a notice comes that a member is not to be accepted (M12). */
#include "node/internal.h"

#include "kinds.pb.h"
#include "movein_dest_cs.h"
#include "movein_origin_cs.h"

#include <stdio.h>
#include <string.h>

enum {
    ID_SIZE = 32 /* FORM_ID of spec/wire */
};

void jk_command_choose(jk_ask *call)
{
    const char *choice = json_string_value(json_object_get(call->request, "choice"));
    if (choice == NULL || strcmp(choice, "end-without-card") != 0) {
        jk_ask_refuse(call, choice == NULL ? JK_E_MISSING_FIELD : JK_E_ENUM,
                      "\"choice\" must be end-without-card");
        return;
    }
    jk_ask_decide(call, "txn", JK_MACHINE_DEST_CS, JK_MOVEIN_DEST_CS_IN_END_WITHOUT_CARD);
}

/* --- two persons end a grant --- */

static const char *id_of(const json_t *value)
{
    const char *text = json_string_value(value);
    const size_t size = json_string_length(value);
    return text != NULL && size > 0 && size <= ID_SIZE &&
                   strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size
               ? text
               : NULL;
}

void jk_command_release(jk_ask *call)
{
    const json_t *by = json_object_get(call->request, "by");
    const char *first = id_of(json_array_get(by, 0));
    const char *second = id_of(json_array_get(by, 1));
    jk_command_data data = {"override", {NULL, 0}};
    jk_command command = {
        .machine = JK_MACHINE_ORIGIN_CS,
        .input = JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE,
        .data = &data,
        .data_count = 1,
    };
    if (!jk_ask_token(call, "case", &command.key)) {
        return;
    }
    if (json_array_size(by) != 2) {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "\"by\" is needed, the ids of two persons");
        return;
    }
    if (first == NULL || second == NULL) {
        jk_ask_refuse(call, JK_E_NAME, "\"by\": an id is 1 to 32 of a-z 0-9 . _ -");
        return;
    }
    if (strcmp(first, second) == 0) {
        jk_ask_refuse(call, JK_E_MEMBERS, "\"by\" names one person twice");
        return;
    }
    char lines[2 * (ID_SIZE + 1) + 1];
    const int size = snprintf(lines, sizeof lines, "%s\n%s\n", first, second);
    data.body = (jk_span){(const uint8_t *)lines, (size_t)size};
    jk_ask_command(call, &command);
}

/* --- a dispute that will be --- */

static bool ask_reason(jk_ask *call, uint16_t *reason)
{
    static const struct {
        const char *word;
        uint16_t reason;
    } words[] = {
        {"abroad", jk_wire_Reason_REASON_MOVED_ABROAD},
        {"other-municipality", jk_wire_Reason_REASON_OTHER_MUNICIPALITY},
        {"double", jk_wire_Reason_REASON_DOUBLE},
        {"none", jk_wire_Reason_REASON_NONE},
    };

    const char *given = json_string_value(json_object_get(call->request, "reason"));
    for (size_t i = 0; given != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, given) == 0) {
            *reason = words[i].reason;
            return true;
        }
    }
    jk_ask_refuse(call, given == NULL ? JK_E_MISSING_FIELD : JK_E_ENUM,
                  "\"reason\" must be abroad, other-municipality, double or none");
    return false;
}

static bool ask_member(jk_ask *call, int *member)
{
    const json_t *value = json_object_get(call->request, "member");
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value)) {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "\"member\" is needed, a number from 0");
        return false;
    }
    if (number < 0 || number >= JK_MEMBERS_MAX) {
        jk_ask_refuse(call, JK_E_RANGE, "\"member\" must be 0 to 15");
        return false;
    }
    *member = (int)number;
    return true;
}

/* A case that waits for notices, and a member whom none was accepted of. */
static bool may_dispute(jk_ask *call, const jk_token *case_id, int member)
{
    jk_store *store = call->node->boot->store;
    const jk_command asked = {.machine = JK_MACHINE_ORIGIN_CS, .key = *case_id};
    const jk_data_key key = {JK_MACHINE_ORIGIN_CS, *case_id, "resident", member};
    static jk_machine_row row; /* used as the machine's struct in place */
    const jk_movein_origin_cs *m = (const void *)row.data;
    uint8_t resident[12];
    size_t size = 0;
    jk_status status = store->ops->machine_get(store, JK_MACHINE_ORIGIN_CS, case_id, &row);
    if (status != JK_OK || row.final) {
        jk_ask_refuse_command(call, &asked, status == JK_OK ? JK_E_NOT_NOW : status);
        return false;
    }
    status = store->ops->data_get(store, &key, resident, sizeof resident, &size);
    if (status != JK_OK) {
        jk_ask_refuse(call, status,
                      status == JK_E_NOT_FOUND ? "\"member\": nobody of that number in the case"
                                               : jk_node_reason(call->node, status));
        return false;
    }
    if ((m->left & 1U << (unsigned)member) == 0) {
        jk_ask_refuse(call, JK_E_NOT_NOW, "\"member\" has left the case");
        return false;
    }
    return true;
}

void jk_command_dispute(jk_ask *call)
{
    jk_data_key key = {JK_MACHINE_ORIGIN_CS, {{0}}, "dispute", 0};
    uint16_t reason = 0;
    if (!jk_ask_token(call, "case", &key.key) || !ask_member(call, &key.member) ||
        !ask_reason(call, &reason) || !may_dispute(call, &key.key, key.member)) {
        return;
    }
    const uint8_t bytes[2] = {(uint8_t)reason, (uint8_t)(reason >> 8)};
    const jk_status status = jk_node_note(call->node, &key, (jk_span){bytes, sizeof bytes});
    if (status != JK_OK) {
        jk_ask_refuse(call, status, jk_node_reason(call->node, status));
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b}", "v", 1, "ok", 1);
}
