/* SPDX-License-Identifier: Apache-2.0 */
/* What the clerk of a resident-registry system asks: file a moving-out, cancel it, enter or
 * reject a move-in. */
#include "node/internal.h"

#include "juki/calendar.h"
#include "juki/codec.h"
#include "juki/registry.h"
#include "kinds.pb.h"
#include "movein.pb.h"
#include "movein_dest_registry.h"
#include "movein_origin_registry.h"
#include "names.h"
#include "node/person.h"

#include "channel/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILING_DAYS = 14 /* a later moving-out filing takes no special route (STD 4.1.3.0.1) */
};

/* One filing while it is put together; large, so allocated. */
typedef struct filing {
    char residents[JK_MEMBERS_MAX][12];
    size_t count;
    int64_t planned_day;
    int64_t filing_day;
    char destination[7];
    jk_register_row row;
    jk_wire_RegistryRecord record;
    jk_wire_Certificate certificate;
    jk_wire_Filed filed;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t used;
    uint8_t bytes[JK_MEMBERS_MAX * JK_CERT_SIZE_MAX];
    uint8_t body[JK_BODY_SIZE_MAX];
} filing;

static void refuse_index(jk_ask *call, jk_status status, size_t index, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof text, "\"residents\" index %u: %s", (unsigned)index, what);
    jk_ask_refuse(call, status, text);
}

/* The member's current record, when no other case has it: who is in one may be removed already. */
static bool read_member(jk_ask *call, filing *f, size_t index)
{
    jk_store *store = call->node->boot->store;
    const jk_token resident = jk_token_of_resident(f->residents[index]);
    jk_token case_id = {{0}};
    int member = 0;
    jk_status status = store->ops->open_case_get(store, &resident, &case_id, &member);
    if (status == JK_OK) {
        refuse_index(call, JK_E_CONFLICT, index, "is in an open moving-out case already");
        return false;
    }
    if (status == JK_E_NOT_FOUND) {
        status = store->ops->register_get(store, &resident, &f->row);
    }
    if (status == JK_E_NOT_FOUND || (status == JK_OK && f->row.status != JK_REGISTER_CURRENT)) {
        refuse_index(call, JK_E_NOT_FOUND, index, "no current record in this register");
        return false;
    }
    if (status == JK_OK) {
        status = jk_codec_decode(&jk_wire_type_RegistryRecord,
                                 (jk_span){f->row.person, f->row.size}, NULL, &f->record, NULL);
    }
    if (status != JK_OK) {
        refuse_index(call, status, index, jk_status_text(status));
        return false;
    }
    return true;
}

static bool write_member(jk_ask *call, filing *f, size_t index)
{
    jk_certificate_of_record(&f->record, &f->certificate);
    memcpy(f->certificate.planned_municipality_code, f->destination, sizeof f->destination);
    f->certificate.planned_out_day = (uint32_t)f->planned_day;
    f->certificate.filing_day = (uint32_t)f->filing_day;
    jk_codec_error error = {.status = JK_OK};
    jk_codec_bytes out = {f->bytes + f->used, JK_CERT_SIZE_MAX, 0};
    const jk_status status =
        jk_codec_encode(&jk_wire_type_Certificate, &f->certificate, NULL, &out, &error);
    if (status != JK_OK) {
        refuse_index(call, status, index, jk_status_text(status));
        return false;
    }
    f->items[index] = (jk_codec_member){(uint8_t)index, {out.data, out.size}};
    f->used += out.size;
    return true;
}

/* All certificates travel in one message, sealed one by one. */
static bool fits(jk_ask *call, const filing *f)
{
    if (f->used + f->count * (JK_SEAL_OVERHEAD + JK_LIST_OVERHEAD) + JK_BODY_OVERHEAD <=
        JK_BODY_SIZE_MAX) {
        return true;
    }
    jk_ask_refuse(call, JK_E_OVERSIZED,
                  "the certificates do not fit one message: split the household");
    return false;
}

static jk_status encode_filed(filing *f, size_t *size)
{
    jk_wire_Filed *filed = &f->filed;
    jk_codec_bytes list = {filed->members.bytes, sizeof filed->members.bytes, 0};
    jk_status status = jk_codec_members_write(f->items, f->count, &list);
    if (status != JK_OK) {
        return status;
    }
    filed->members.size = (pb_size_t)list.size;
    filed->planned_out_day = (uint32_t)f->planned_day;
    filed->filing_day = (uint32_t)f->filing_day;
    memcpy(filed->planned_municipality_code, f->destination,
           sizeof filed->planned_municipality_code);
    jk_codec_bytes body = {f->body, sizeof f->body, 0};
    status = jk_codec_encode_body(jk_wire_Kind_KIND_FILED, filed, NULL, &body, NULL);
    *size = body.size;
    return status;
}

static void file(jk_ask *call, filing *f)
{
    jk_node *node = call->node;
    jk_random *random = &node->boot->random;
    size_t size = 0;
    jk_command_data data = {"filed", {f->body, 0}};
    jk_command command = {
        .machine = JK_MACHINE_ORIGIN_REGISTRY,
        .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_FILE_OUT,
        .members = (jk_members)((1U << f->count) - 1U),
        .data = &data,
        .data_count = 1,
    };
    jk_status status = encode_filed(f, &size);
    data.body.size = size;
    if (status == JK_OK) {
        status = random->fill(random, command.key.byte, sizeof command.key.byte);
    }
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
    call->answer = json_pack("{s:i, s:b, s:s}", "v", 1, "ok", 1, "case", hex);
}

static bool read_filing(jk_ask *call, filing *f)
{
    if (!jk_ask_residents(call, f->residents, &f->count) ||
        !jk_ask_municipality(call, "destination", false, f->destination) ||
        !jk_ask_day(call, "planned_day", true, &f->planned_day) ||
        !jk_ask_filing_day(call, &f->filing_day)) {
        return false;
    }
    if (!jk_legal_day_in_time(f->planned_day, FILING_DAYS, f->filing_day)) {
        jk_ask_refuse(call, JK_E_FILED_LATE, "filed more than 14 days after \"planned_day\"");
        return false;
    }
    return true;
}

void jk_command_file_out(jk_ask *call)
{
    filing *f = calloc(1, sizeof *f);
    if (f == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return;
    }
    bool good = read_filing(call, f);
    for (size_t i = 0; good && i < f->count; i++) {
        good = read_member(call, f, i) && write_member(call, f, i);
    }
    if (good && fits(call, f)) {
        file(call, f);
    }
    free(f);
}

void jk_command_cancel_out(jk_ask *call)
{
    jk_ask_decide(call, "case", JK_MACHINE_ORIGIN_REGISTRY,
                  JK_MOVEIN_ORIGIN_REGISTRY_IN_CANCEL_FILING);
}

void jk_command_enter(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_DEST_REGISTRY, JK_MOVEIN_DEST_REGISTRY_IN_ENTER);
}

void jk_command_reject(jk_ask *call)
{
    jk_ask_decide(call, "txn", JK_MACHINE_DEST_REGISTRY, JK_MOVEIN_DEST_REGISTRY_IN_REJECT);
}
