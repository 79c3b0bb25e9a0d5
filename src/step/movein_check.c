/* SPDX-License-Identifier: Apache-2.0 */
/* What a body must say before a machine of the special move-in sees its message.  A peer's words
 * are held against what this node wrote down itself. */
#include "step/internal.h"

#include "juki/registry.h"
#include "movein_dest_registry.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "movein_terminal.h"
#include "names.h"

#include <string.h>

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

/* Of a transaction that was asked of an origin nobody else may speak, also when it is over.  A txn
 * that is not known here was asked of nobody; its machine answers by name (M5). */
static jk_status check_origin(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {JK_MACHINE_DEST_CS, step->row.key, "origin", -1};
    const jk_token peer = jk_token_of_node(&step->peer);
    jk_token origin = {{0}};
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, origin.byte, sizeof origin.byte, &size);
    if (status == JK_E_NOT_FOUND) {
        return JK_OK;
    }
    return status == JK_OK && !jk_token_equal(&origin, &peer) ? JK_E_PEER_POLICY : status;
}

/* The certificate in engine->certificate is of somebody whom the request names, by his code or by
 * the one before it; kept holds the request. */
static bool was_asked(const jk_step *step)
{
    const jk_wire_CertRequest *request = &step->engine->kept.cert_request;
    const jk_wire_Certificate *certificate = &step->engine->certificate;
    for (pb_size_t i = 0; i < request->resident_code_count; i++) {
        const char *code = request->resident_code[i];
        if (memcmp(code, certificate->person.resident_code, 11) == 0 ||
            memcmp(code, certificate->previous_resident_code, 11) == 0) {
            return true;
        }
    }
    return false;
}

/* The residents that a body names are those whom this row knows as the members of the mask. */
static jk_status check_residents(jk_step *step)
{
    jk_codes told = {NULL, 0};
    if (!jk_told_codes(step, &told)) {
        return JK_OK;
    }
    jk_status status = JK_OK;
    for (int member = 0; status == JK_OK && member < JK_MEMBERS_MAX; member++) {
        char say[12];
        char know[12];
        if (((step->event.in.mask >> member) & 1U) == 0) {
            continue;
        }
        status = jk_told_code(step, &told, member, say);
        if (status == JK_OK) {
            status = jk_member_code(step, member, know);
        }
        if (status == JK_OK && memcmp(say, know, sizeof say) != 0) {
            status = jk_code_was(step, member, say); /* it crossed the change of his code */
        }
    }
    return status == JK_E_NOT_FOUND ? JK_E_MEMBERS : status;
}

/* NOTICE: of a residence where it comes from. */
static jk_status check_notice(const jk_step *step)
{
    const char *code = step->engine->in.notice.new_municipality_code;
    return memcmp(code, step->peer.code, 6) == 0 ? JK_OK : JK_E_PEER_POLICY;
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
    if (status == JK_OK && count > engine->kept.cert_request.resident_code_count) {
        status = JK_E_MEMBERS;
    }
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

jk_status jk_entry_follows(jk_step *step, const char *code, uint64_t sequence)
{
    jk_store *store = step->engine->config.store;
    if (memcmp(code, step->message->author.code, 6) != 0) {
        return JK_E_PEER_POLICY;
    }
    uint64_t applied = 0;
    jk_status status = store->ops->applied_get(store, code, &applied);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    return sequence == applied + 1 ? JK_OK : JK_E_CONFLICT;
}

static jk_status check_entry(jk_step *step)
{
    const jk_wire_LogRecord *record = &step->engine->in.log;
    if (memcmp(record->previous_resident_code, record->person.resident_code, 12) == 0) {
        return JK_E_CONFLICT; /* a code that did not change */
    }
    return jk_entry_follows(step, record->municipality_code, record->sequence);
}

jk_status jk_movein_check(jk_step *step)
{
    jk_status status = JK_OK;
    if (step->machine->id == JK_MACHINE_DEST_CS && step->peer.role == JK_ROLE_CS) {
        status = check_origin(step);
    }
    if (status == JK_OK) {
        status = check_residents(step);
    }
    if (status != JK_OK) {
        return status;
    }
    switch (step->message->kind) {
    case JK_MOVEIN_KIND_FILED: return check_filed(step);
    case JK_MOVEIN_KIND_CERT: return check_cert(step);
    case JK_MOVEIN_KIND_NOTICE: return check_notice(step);
    case JK_MOVEIN_KIND_RECODE: return jk_code_check(step);
    case JK_MOVEIN_KIND_ENTRY:
    case JK_MOVEIN_KIND_REMOVAL: return check_entry(step);
    default: return JK_OK;
    }
}

/* What a command cannot do without; NULL: nothing. */
static const char *data_needed(const jk_step *step)
{
    switch (step->machine->id) {
    case JK_MACHINE_TERMINAL:
        return step->input == JK_MOVEIN_TERMINAL_IN_MOVE_IN ? "request" : NULL;
    case JK_MACHINE_ORIGIN_CS:
        return step->input == JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE ? "override" : NULL;
    case JK_MACHINE_DEST_REGISTRY:
        return step->input == JK_MOVEIN_DEST_REGISTRY_IN_CORRECT_ENTRY ? "correction" : NULL;
    case JK_MACHINE_ORIGIN_REGISTRY:
        return step->input == JK_MOVEIN_ORIGIN_REGISTRY_IN_FILE_OUT       ? "filed"
               : step->input == JK_MOVEIN_ORIGIN_REGISTRY_IN_REPORT_DEATH ? "death"
               : step->input == JK_MOVEIN_ORIGIN_REGISTRY_IN_CHANGE_CODE  ? "recode"
                                                                          : NULL;
    default: return NULL;
    }
}

/* Which kind a command's data is the body of; 0: it is no body. */
static uint16_t kind_of_data(const char *name)
{
    static const struct {
        const char *name;
        uint16_t kind;
    } names[] = {
        {"verify", JK_MOVEIN_KIND_VERIFY_REQUEST}, {"request", JK_MOVEIN_KIND_CERT_REQUEST},
        {"filed", JK_MOVEIN_KIND_FILED},           {"death", JK_MOVEIN_KIND_DEATH},
        {"correction", JK_MOVEIN_KIND_CORRECTED},  {"recode", JK_MOVEIN_KIND_RECODE},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) == 0) {
            return names[i].kind;
        }
    }
    return 0;
}

/* The bodies are canonical, the last one stays decoded in engine->in; who is filed is in no other
 * open case (M1); who is named is a member. */
jk_status jk_movein_command_check(jk_step *step)
{
    const jk_command *command = step->command;
    const char *needed = data_needed(step);
    bool found = needed == NULL;
    jk_status status = JK_OK;
    for (size_t i = 0; status == JK_OK && i < command->data_count; i++) {
        const uint16_t kind = kind_of_data(command->data[i].name);
        found = found || strcmp(command->data[i].name, needed) == 0;
        if (kind != 0) {
            status = jk_codec_decode(jk_codec_body_type(kind), command->data[i].body, NULL,
                                     &step->engine->in, NULL);
        }
        step->body_kind = kind;
        if (status == JK_OK && kind == JK_MOVEIN_KIND_FILED) {
            status = check_filed(step);
        }
    }
    if (status == JK_OK && !found) {
        status = JK_E_MISSING_FIELD;
    }
    if (status == JK_OK && step->machine->id == JK_MACHINE_ORIGIN_REGISTRY &&
        step->input == JK_MOVEIN_ORIGIN_REGISTRY_IN_CHANGE_CODE) {
        return jk_code_command_check(step);
    }
    return status == JK_OK ? check_residents(step) : status;
}
