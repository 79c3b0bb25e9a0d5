/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator asks of an integrated terminal: begin a move-in (3-①), stop it, give a
 * parked one up, wait for it. */
#include "node/internal.h"

#include "identify.pb.h"
#include "juki/codec.h"
#include "kinds.pb.h"
#include "movein.pb.h"
#include "movein_terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS_MAX = 600000,
    WAIT_MS = 30000
};

/* Both bodies of a move-in and their canonical bytes; large, so allocated. */
typedef struct move_in {
    jk_wire_VerifyRequest verify;
    jk_wire_CertRequest request;
    char residents[JK_MEMBERS_MAX][12];
    size_t count;
    uint8_t verify_bytes[JK_BODY_SIZE_MAX];
    uint8_t request_bytes[JK_BODY_SIZE_MAX];
    size_t verify_size;
    size_t request_size;
} move_in;

static bool read_flag(jk_ask *call, const char *key, bool *flag)
{
    const json_t *value = json_object_get(call->request, key);
    if (value != NULL && !json_is_boolean(value)) {
        char text[64];
        (void)snprintf(text, sizeof text, "\"%s\" must be true or false", key);
        jk_ask_refuse(call, JK_E_WIRE, text);
        return false;
    }
    *flag = value == NULL || json_is_true(value);
    return true;
}

static bool read_card(jk_ask *call, const move_in *m, uint8_t *index)
{
    const json_t *value = json_object_get(call->request, "card_resident");
    const json_int_t number = json_integer_value(value);
    if (value != NULL &&
        (!json_is_integer(value) || number < 0 || number >= (json_int_t)m->count)) {
        jk_ask_refuse(call, JK_E_RANGE, "\"card_resident\" must be an index of \"residents\"");
        return false;
    }
    *index = (uint8_t)number;
    return true;
}

/* What has not happened cannot be filed: a moving-in is filed on its day or later. */
static bool moved_before(jk_ask *call, int64_t moved_in, int64_t filing)
{
    jk_clock *clock = &call->node->clock.port;
    if (moved_in > clock->today(clock)) {
        jk_ask_refuse(call, JK_E_DATE_FUTURE, "\"moved_in_day\" has not come yet");
        return false;
    }
    if (moved_in > filing) {
        jk_ask_refuse(call, JK_E_DATE_ORDER, "\"moved_in_day\" is after \"filing_day\"");
        return false;
    }
    return true;
}

static bool read_request(jk_ask *call, move_in *m)
{
    jk_wire_CertRequest *request = &m->request;
    jk_wire_VerifyRequest *verify = &m->verify;
    int64_t moved_in = 0;
    int64_t filing = 0;
    const bool good =
        jk_ask_municipality(call, "origin", true, request->origin_municipality_code) &&
        jk_ask_residents(call, m->residents, &m->count) &&
        read_card(call, m, &request->card_resident) &&
        jk_ask_text(call, "new_address", sizeof request->new_address - 1, request->new_address) &&
        jk_ask_text(call, "new_postcode", sizeof request->new_postcode - 1,
                    request->new_postcode) &&
        jk_ask_day(call, "moved_in_day", true, &moved_in) && jk_ask_filing_day(call, &filing) &&
        moved_before(call, moved_in, filing) &&
        read_flag(call, "card_usable", &verify->card_usable) &&
        read_flag(call, "pin_verified", &verify->pin_verified) &&
        jk_ask_text(call, "operator", sizeof verify->operator_id - 1, verify->operator_id);
    if (!good) {
        return false;
    }
    request->moved_in_day = (uint32_t)moved_in;
    request->filing_day = (uint32_t)filing;
    request->resident_code_count = (pb_size_t)m->count;
    memcpy(request->resident_code, m->residents, sizeof m->residents);
    memcpy(verify->resident_code, m->residents[request->card_resident], 12);
    verify->card_kind = jk_wire_CardKind_CARD_INDIVIDUAL_NUMBER;
    if (verify->operator_id[0] == '\0') {
        (void)snprintf(verify->operator_id, sizeof verify->operator_id, "desk");
    }
    (void)snprintf(verify->purpose_id, sizeof verify->purpose_id, "special-move-in");
    return true;
}

static bool encode(jk_ask *call, uint16_t kind, const void *message, uint8_t *bytes, size_t *size)
{
    jk_codec_error error = {.status = JK_OK};
    jk_codec_bytes out = {bytes, JK_BODY_SIZE_MAX, 0};
    const jk_status status = jk_codec_encode_body(kind, message, NULL, &out, &error);
    if (status != JK_OK) {
        char text[160];
        (void)snprintf(text, sizeof text, "%s: %s", error.path, jk_status_text(status));
        jk_ask_refuse(call, status, text);
        return false;
    }
    *size = out.size;
    return true;
}

static void begin(jk_ask *call, const move_in *m)
{
    jk_node *node = call->node;
    jk_random *random = &node->boot->random;
    const jk_command_data data[] = {
        {"verify", {m->verify_bytes, m->verify_size}},
        {"request", {m->request_bytes, m->request_size}},
    };
    jk_command command = {
        .machine = JK_MACHINE_TERMINAL,
        .input = JK_MOVEIN_TERMINAL_IN_MOVE_IN,
        .members = (jk_members)((1U << m->count) - 1U),
        .data = data,
        .data_count = 2,
    };
    jk_status status = random->fill(random, command.key.byte, sizeof command.key.byte);
    if (status == JK_OK) {
        status = jk_node_command(node, &command);
    }
    if (status != JK_OK) {
        jk_ask_refuse(call, status, jk_node_reason(node, status));
        return;
    }
    char hex[33];
    jk_token_hex(&command.key, hex);
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b, s:s}", "v", 1, "ok", 1, "txn", hex);
}

void jk_command_move_in(jk_ask *call)
{
    move_in *m = calloc(1, sizeof *m);
    if (m == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return;
    }
    if (read_request(call, m) &&
        encode(call, jk_wire_Kind_KIND_VERIFY_REQUEST, &m->verify, m->verify_bytes,
               &m->verify_size) &&
        encode(call, jk_wire_Kind_KIND_CERT_REQUEST, &m->request, m->request_bytes,
               &m->request_size)) {
        begin(call, m);
    }
    free(m);
}

void jk_command_stop(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_TERMINAL, JK_MOVEIN_TERMINAL_IN_STOP_MOVE_IN);
}

void jk_command_give_up(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_TERMINAL, JK_MOVEIN_TERMINAL_IN_GIVE_UP);
}

void jk_command_wait(jk_ask *call)
{
    const json_t *timeout = json_object_get(call->request, "timeout_ms");
    const json_int_t ms = timeout == NULL ? WAIT_MS : json_integer_value(timeout);
    if (!jk_ask_token(call, "txn", &call->wait_txn)) {
        return;
    }
    if ((timeout != NULL && !json_is_integer(timeout)) || ms < 0 || ms > WAIT_MS_MAX) {
        jk_ask_refuse(call, JK_E_RANGE, "\"timeout_ms\" must be 0 to 600000");
        return;
    }
    call->wait = true;
    call->wait_ms = (int64_t)ms;
}
