/* SPDX-License-Identifier: Apache-2.0 */
/* Data of a move-in that no machine reads: requests, certificates and filings, kept sealed until
 * the transaction or case ends. */
#include "step/internal.h"

#include "juki/registry.h"
#include "names.h"

#include <string.h>

static const char *const kept_names[] = {"verify", "request", "register", "registered", "filed"};

static jk_data_key key_of(const jk_step *step, const char *name)
{
    return (jk_data_key){step->machine->id, step->row.key, name, -1};
}

jk_status jk_data_keep(jk_step *step, const char *name, jk_span body)
{
    jk_store *store = step->engine->config.store;
    jk_data_key key = key_of(step, name);
    step->read = NULL;
    return store->ops->data_put(store, &key, body, true);
}

jk_status jk_data_bytes(jk_step *step, const char *name, jk_span *body)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    jk_data_key key = key_of(step, name);
    size_t size = 0;
    jk_status status =
        store->ops->data_get(store, &key, engine->kept_bytes, sizeof engine->kept_bytes, &size);
    if (status == JK_OK) {
        *body = (jk_span){engine->kept_bytes, size};
    }
    return status;
}

jk_status jk_data_read(jk_step *step, const char *name, uint16_t kind)
{
    if (step->read != NULL && strcmp(step->read, name) == 0) {
        return JK_OK;
    }
    jk_span body = {NULL, 0};
    jk_status status = jk_data_bytes(step, name, &body);
    if (status != JK_OK) {
        return status;
    }
    step->read = NULL;
    status = jk_codec_decode(jk_codec_body_type(kind), body, NULL, &step->engine->kept, NULL);
    if (status == JK_OK) {
        step->read = name;
    }
    return status;
}

jk_status jk_data_erase_all(jk_step *step)
{
    jk_store *store = step->engine->config.store;
    step->read = NULL;
    for (size_t i = 0; i < sizeof kept_names / sizeof kept_names[0]; i++) {
        jk_status status =
            store->ops->data_erase(store, step->machine->id, &step->row.key, kept_names[i]);
        if (status != JK_OK) {
            return status;
        }
    }
    return store->ops->data_key_destroy(store, step->machine->id, &step->row.key);
}

/* The code in the list's entry for the member; the list holds Certificates or Persons. */
static jk_status code_in_list(jk_step *step, jk_span list, bool certificates, int member,
                              char code[12])
{
    jk_engine *engine = step->engine;
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    jk_status status = jk_codec_members_read(list, items, &count, NULL);
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        if (items[i].member != member) {
            continue;
        }
        if (certificates) {
            status = jk_codec_decode(&jk_wire_type_Certificate, items[i].data, NULL,
                                     &engine->certificate, NULL);
            engine->person = engine->certificate.person;
        } else {
            status =
                jk_codec_decode(&jk_wire_type_Person, items[i].data, NULL, &engine->person, NULL);
        }
        if (status == JK_OK) {
            memcpy(code, engine->person.resident_code, 12);
        }
        return status;
    }
    return status == JK_OK ? JK_E_NOT_FOUND : status;
}

/* Codes that stand in a body in the order of the envelope's members. */
static jk_status code_in_order(const jk_step *step, char (*codes)[12], size_t count, int member,
                               char code[12])
{
    size_t index = 0;
    for (int i = 0; i < member; i++) {
        index += (step->message->members >> i) & 1U;
    }
    if (((step->message->members >> member) & 1U) == 0 || index >= count) {
        return JK_E_NOT_FOUND;
    }
    memcpy(code, codes[index], 12);
    return JK_OK;
}

static jk_status kept_code(jk_step *step, const char *name, uint16_t kind, int member,
                           char code[12])
{
    jk_status status = jk_data_read(step, name, kind);
    if (status != JK_OK) {
        return status;
    }
    const jk_body *kept = &step->engine->kept;
    switch (kind) {
    case JK_MOVEIN_KIND_FILED:
        return code_in_list(step, (jk_span){kept->filed.members.bytes, kept->filed.members.size},
                            true, member, code);
    case JK_MOVEIN_KIND_REGISTER:
        return code_in_list(step, (jk_span){kept->enroll.members.bytes, kept->enroll.members.size},
                            true, member, code);
    default:
        return code_in_list(
            step, (jk_span){kept->registered.members.bytes, kept->registered.members.size}, false,
            member, code);
    }
}

jk_status jk_member_code(jk_step *step, int member, char code[12])
{
    jk_body *in = &step->engine->in;
    if (step->message != NULL) {
        switch (step->message->kind) {
        case JK_MOVEIN_KIND_NOTICE:
            return code_in_order(step, in->notice.resident_code, in->notice.resident_code_count,
                                 member, code);
        case JK_MOVEIN_KIND_MOVED:
            return code_in_order(step, in->moved.resident_code, in->moved.resident_code_count,
                                 member, code);
        case JK_MOVEIN_KIND_FILED:
            return code_in_list(step, (jk_span){in->filed.members.bytes, in->filed.members.size},
                                true, member, code);
        case JK_MOVEIN_KIND_REGISTERED:
            return code_in_list(
                step, (jk_span){in->registered.members.bytes, in->registered.members.size}, false,
                member, code);
        case JK_MOVEIN_KIND_REMOVED:
            return code_in_order(step, in->removed.resident_code, in->removed.resident_code_count,
                                 member, code);
        default: break;
        }
    }
    switch (step->machine->id) {
    case JK_MACHINE_DEST_CS:
        return kept_code(step, "registered", JK_MOVEIN_KIND_REGISTERED, member, code);
    case JK_MACHINE_DEST_REGISTRY:
        return kept_code(step, "register", JK_MOVEIN_KIND_REGISTER, member, code);
    default: return kept_code(step, "filed", JK_MOVEIN_KIND_FILED, member, code);
    }
}

jk_status jk_member_key(jk_step *step, int member, jk_token *resident)
{
    char code[12];
    jk_status status = jk_member_code(step, member, code);
    if (status == JK_OK) {
        *resident = jk_token_of_resident(code);
    }
    return status;
}

jk_status jk_member_row(jk_step *step, int member)
{
    jk_store *store = step->engine->config.store;
    jk_token resident = {{0}};
    jk_status status = jk_member_key(step, member, &resident);
    return status == JK_OK ? store->ops->register_get(store, &resident, &step->engine->person_row)
                           : status;
}

jk_status jk_filed_key(jk_step *step, int member, jk_token *resident)
{
    char code[12];
    jk_status status = kept_code(step, "filed", JK_MOVEIN_KIND_FILED, member, code);
    if (status == JK_OK) {
        *resident = jk_token_of_resident(code);
    }
    return status;
}
