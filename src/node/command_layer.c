/* SPDX-License-Identifier: Apache-2.0 */
/* The second layer of reconciliation: what a registry or a CS holds of each resident of its
 * municipality, as digests under a key that the asking tool has drawn, and one record of one
 * resident.  Both read only and do a bounded work a line.  A digest tells nothing without the key;
 * a record goes to the operator's socket alone. */
#include "node/internal.h"

#include "juki/codec.h"
#include "juki/registry.h"
#include "names.h"
#include "person.pb.h"
#include "port/store_check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_SIZE = 32,
    DIGEST_SIZE = 16,
    ROWS_MAX = 500, /* of one answer */
    NAME_SIZE = 33  /* of a resident as text, with NUL */
};

/* One question; large rows, so the whole is allocated. */
typedef struct reader {
    jk_node *node;
    jk_store *store;
    uint8_t key[KEY_SIZE];
    json_t *rows;
    jk_register_row row;
    jk_episode_row episode;
    jk_wire_RegistryRecord record;
    uint8_t person[sizeof((jk_register_row *)NULL)->person];
} reader;

/* --- members of requests --- */

/* A resident as the store's order has him: eleven digits, or 32 hex digits of another token. */
static bool resident_of_text(const char *text, jk_token *resident)
{
    char again[NAME_SIZE];
    jk_token read;
    const size_t size = strlen(text);
    if (size == 11 && strspn(text, "0123456789") == size) {
        read = jk_token_of_resident(text);
    } else if (size != NAME_SIZE - 1 || !jk_token_of_hex(text, &read)) {
        return false;
    }
    jk_store_resident_text(&read, again);
    if (strcmp(text, again) != 0) {
        return false;
    }
    *resident = read;
    return true;
}

static bool ask_key(jk_ask *call, uint8_t key[KEY_SIZE])
{
    const char *text = json_string_value(json_object_get(call->request, "key"));
    size_t size = 0;
    if (text == NULL) {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "\"key\" is needed, as a text");
        return false;
    }
    if (strlen(text) != (size_t)2 * KEY_SIZE ||
        sodium_hex2bin(key, KEY_SIZE, text, strlen(text), NULL, &size, NULL) != 0 ||
        size != KEY_SIZE) {
        jk_ask_refuse(call, JK_E_RANGE, "\"key\" must be 64 hex digits");
        return false;
    }
    return true;
}

static bool ask_limit(jk_ask *call, size_t *limit)
{
    const json_t *value = json_object_get(call->request, "limit");
    const json_int_t number = json_integer_value(value);
    if (value == NULL) {
        *limit = ROWS_MAX;
        return true;
    }
    if (!json_is_integer(value) || number < 1 || number > ROWS_MAX) {
        jk_ask_refuse(call, JK_E_RANGE, "\"limit\" must be 1 to 500");
        return false;
    }
    *limit = (size_t)number;
    return true;
}

static bool is_registry(const jk_node *node)
{
    return node->config->id.role == JK_ROLE_REGISTRY;
}

static bool has_layer(jk_ask *call)
{
    if (is_registry(call->node) || call->node->config->id.role == JK_ROLE_CS) {
        return true;
    }
    jk_ask_refuse(call, JK_E_ROUTE, "this node has another role");
    return false;
}

static void refuse_store(jk_ask *call, jk_status status)
{
    jk_ask_refuse(call, status, jk_node_reason(call->node, status));
}

/* --- what stands in a row --- */

/* The row's person as the other layer would hold it; false: the row holds no canonical record, and
 * person is what it holds. */
static bool person_of(reader *r, jk_span *person)
{
    static const jk_codec_rules rules = {.resident_code_any_digit = true};
    const jk_span bytes = {r->row.person, r->row.size};
    jk_codec_bytes out = {r->person, sizeof r->person, 0};
    jk_status status = JK_OK;
    *person = bytes;
    if (r->row.damaged) {
        return false;
    }
    if (!is_registry(r->node)) {
        return jk_codec_decode(&jk_wire_type_Person, bytes, &rules, NULL, NULL) == JK_OK;
    }
    status = jk_codec_decode(&jk_wire_type_RegistryRecord, bytes, &rules, &r->record, NULL);
    if (status == JK_OK) {
        status = jk_codec_encode(&jk_wire_type_Person, &r->record.person, &rules, &out, NULL);
    }
    if (status == JK_OK) {
        *person = (jk_span){out.data, out.size};
    }
    return status == JK_OK;
}

/* What a CS told the servers is its own episode; its register says the same.  Of who was removed
 * under an earlier code the later one has no episode. */
static jk_status agrees(reader *r, bool *same)
{
    const bool current = r->row.status == JK_REGISTER_CURRENT;
    jk_episode_row *episode = &r->episode;
    if (is_registry(r->node)) {
        *same = true;
        return JK_OK;
    }
    const jk_status status = r->store->ops->episode_get(
        r->store, &r->row.resident, r->node->config->id.code, r->row.epoch, episode);
    if (status == JK_E_NOT_FOUND) {
        *same = !current;
        return JK_OK;
    }
    *same = !episode->damaged && episode->open == current && episode->size == r->row.size &&
            memcmp(episode->person, r->row.person, r->row.size) == 0;
    return status;
}

/* "current", "removed", "damaged", "torn"; of a CS's torn row nothing else is told. */
static jk_status status_of(reader *r, jk_span *person, const char **word)
{
    bool same = true;
    jk_status status = JK_OK;
    if (!person_of(r, person)) {
        *word = "damaged";
        return JK_OK;
    }
    status = agrees(r, &same);
    *word = !same ? "torn" : r->row.status == JK_REGISTER_CURRENT ? "current" : "removed";
    return status;
}

static jk_status add_row(reader *r)
{
    uint8_t digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    char name[NAME_SIZE];
    jk_span person = {NULL, 0};
    const char *word = NULL;
    const jk_status status = status_of(r, &person, &word);
    if (status != JK_OK) {
        return status;
    }
    (void)crypto_generichash(digest, sizeof digest, person.data, person.size, r->key,
                             sizeof r->key);
    (void)sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    jk_store_resident_text(&r->row.resident, name);
    return json_array_append_new(r->rows, json_pack("[s, s, s]", name, word, hex)) == 0
               ? JK_OK
               : JK_E_MEMORY;
}

/* --- what is under way --- */

/* Messages of this node that the other side of the layer has not acknowledged. */
static jk_status count_waiting(const reader *r, uint64_t *waiting)
{
    const jk_node *node = r->node;
    jk_node_id other = node->config->id;
    other.role = is_registry(node) ? JK_ROLE_CS : JK_ROLE_REGISTRY;
    other.unit = 0;
    jk_token link = jk_token_of_node(&other);
    jk_status status = r->store->ops->outbox_count(r->store, &link, waiting);
    for (size_t i = 0; status == JK_OK && i < node->peer_count; i++) {
        const jk_node_id *id = &node->peers[i].id;
        uint64_t more = 0;
        if (id->role != other.role || strcmp(id->code, other.code) != 0 || id->unit == 0) {
            continue;
        }
        link = jk_token_of_node(id);
        status = r->store->ops->outbox_count(r->store, &link, &more);
        *waiting += more;
    }
    return status;
}

/* --- digests --- */

static jk_status read_page(reader *r, const jk_token *after, size_t limit, bool *complete)
{
    jk_token behind = after == NULL ? (jk_token){{0}} : *after;
    jk_status status = JK_OK;
    bool first = after == NULL;
    for (size_t i = 0; status == JK_OK && i < limit; i++) {
        status = r->store->ops->register_next(r->store, first ? NULL : &behind, &r->row);
        if (status == JK_OK) {
            status = add_row(r);
        }
        behind = r->row.resident;
        first = false;
    }
    *complete = status == JK_E_NOT_FOUND;
    return *complete ? JK_OK : status;
}

/* One of those who were asked for; nobody is no row. */
static jk_status read_one(reader *r, const jk_token *resident)
{
    jk_status status = r->store->ops->register_get(r->store, resident, &r->row);
    if (status == JK_E_OVERSIZED) { /* a person that no put wrote */
        r->row.resident = *resident;
        r->row.damaged = true;
        r->row.size = 0;
        status = JK_OK;
    }
    return status;
}

static bool read_listed(jk_ask *call, reader *r, const json_t *residents)
{
    size_t index = 0;
    const json_t *value = NULL;
    json_array_foreach(residents, index, value)
    {
        const char *text = json_string_value(value);
        jk_token resident;
        if (text == NULL || !resident_of_text(text, &resident)) {
            jk_ask_refuse(call, JK_E_RESIDENT_CODE, "\"residents\" holds what is no resident");
            return false;
        }
        jk_status status = read_one(r, &resident);
        if (status == JK_OK) {
            status = add_row(r);
        }
        if (status != JK_OK && status != JK_E_NOT_FOUND) {
            refuse_store(call, status);
            return false;
        }
    }
    return true;
}

static bool read_rows(jk_ask *call, reader *r, bool *complete)
{
    const json_t *residents = json_object_get(call->request, "residents");
    const json_t *after = json_object_get(call->request, "after");
    const char *text = json_string_value(after);
    jk_token behind = {{0}};
    size_t limit = 0;
    if (residents != NULL) {
        *complete = true;
        if (after != NULL || json_object_get(call->request, "limit") != NULL ||
            !json_is_array(residents) || json_array_size(residents) > ROWS_MAX) {
            jk_ask_refuse(call, JK_E_RANGE,
                          "\"residents\" must be a list of at most 500, without after and limit");
            return false;
        }
        return read_listed(call, r, residents);
    }
    if (!ask_limit(call, &limit)) {
        return false;
    }
    const bool begins = after == NULL || (text != NULL && text[0] == '\0');
    if (!begins && (text == NULL || !resident_of_text(text, &behind))) {
        jk_ask_refuse(call, JK_E_RESIDENT_CODE, "\"after\" must be empty, or the code of a row");
        return false;
    }
    const jk_status status = read_page(r, begins ? NULL : &behind, limit, complete);
    if (status != JK_OK) {
        refuse_store(call, status);
    }
    return status == JK_OK;
}

static reader *reader_of(jk_ask *call)
{
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return NULL;
    }
    r->node = call->node;
    r->store = call->node->boot->store;
    r->rows = json_array();
    return r;
}

static void reader_end(reader *r)
{
    json_decref(r->rows);
    sodium_memzero(r, sizeof *r);
    free(r);
}

void jk_command_layer_digests(jk_ask *call)
{
    reader *r = has_layer(call) ? reader_of(call) : NULL;
    bool complete = false;
    if (r == NULL) {
        return;
    }
    if (ask_key(call, r->key) && read_rows(call, r, &complete)) {
        const jk_node_id *id = &call->node->config->id;
        uint64_t waiting = 0;
        uint64_t bulk = 0;
        jk_status status = count_waiting(r, &waiting);
        if (status == JK_OK) {
            status = r->store->ops->bulk_count(r->store, &bulk);
        }
        if (status != JK_OK) {
            refuse_store(call, status);
        } else {
            call->answer = json_pack("{s:i, s:b, s:s, s:s, s:I, s:I, s:O, s:b}", "v", 1, "ok", 1,
                                     "role", jk_role_name((jk_role)id->role), "municipality",
                                     id->code, "waiting", (json_int_t)waiting, "bulk",
                                     (json_int_t)bulk, "rows", r->rows, "complete", (int)complete);
        }
    }
    reader_end(r);
}

/* --- one record --- */

static json_t *record_json(const char *name, const char *word, jk_span person)
{
    const size_t size = 2 * person.size + 1;
    char *hex = malloc(size);
    json_t *answer = NULL;
    if (hex != NULL) {
        (void)sodium_bin2hex(hex, size, person.data, person.size);
        answer = json_pack("{s:i, s:b, s:s, s:s, s:s}", "v", 1, "ok", 1, "resident", name, "status",
                           word, "person", hex);
        sodium_memzero(hex, size);
        free(hex);
    }
    return answer;
}

void jk_command_layer_record(jk_ask *call)
{
    const char *text = json_string_value(json_object_get(call->request, "resident"));
    jk_token resident;
    jk_span person = {NULL, 0};
    if (!has_layer(call)) {
        return;
    }
    if (text == NULL || !resident_of_text(text, &resident)) {
        jk_ask_refuse(call, text == NULL ? JK_E_MISSING_FIELD : JK_E_RESIDENT_CODE,
                      "\"resident\" must be the code of a row");
        return;
    }
    reader *r = reader_of(call);
    if (r == NULL) {
        return;
    }
    const jk_status status = read_one(r, &resident);
    if (status != JK_OK) {
        jk_ask_refuse(call, status,
                      status == JK_E_NOT_FOUND ? "nobody of that code stands in this register"
                                               : jk_node_reason(call->node, status));
    } else {
        const bool readable = person_of(r, &person);
        const char *word = !readable                              ? "damaged"
                           : r->row.status == JK_REGISTER_CURRENT ? "current"
                                                                  : "removed";
        call->answer = record_json(text, word, person);
    }
    reader_end(r);
}
