/* SPDX-License-Identifier: Apache-2.0 */
/* What waits outside the log gets its turn: a registry's list becomes changes of its register, a
 * CS's queue becomes entries of its log. */
#include "step/bulk.h"

#include "names.h"
#include "step/internal.h"
#include "update_cs_update.h"
#include "update_registry_update.h"

#include <string.h>

/* ---- corrections ---- */

/* A field that the list names, unless the record says something else than it did. */
static jk_status correct(char *field, size_t size, const char *was, const char *now)
{
    if (now[0] == '\0') {
        return JK_OK;
    }
    if (strcmp(field, was) != 0) {
        return JK_E_CONFLICT;
    }
    memcpy(field, now, size);
    return JK_OK;
}

jk_status jk_correction_apply(const jk_wire_Correction *correction, jk_wire_Person *person)
{
    jk_status status =
        correct(person->kana, sizeof person->kana, correction->kana_was, correction->kana);
    if (status == JK_OK) {
        status = correct(person->address, sizeof person->address, correction->address_was,
                         correction->address);
    }
    if (status == JK_OK) {
        status = correct(person->postcode, sizeof person->postcode, correction->postcode_was,
                         correction->postcode);
    }
    return status;
}

/* ---- the list ---- */

static jk_data_key mass_key(const jk_node_id *self)
{
    return (jk_data_key){JK_MACHINE_REGISTRY_UPDATE, jk_token_of_node(self), "mass", -1};
}

enum {
    AT_LISTED = 0,
    AT_REFUSED = 8,
    AT_READ_MS = 16,
    AT_REASON = 24,
    AT_READING = 26,
    AT_BY = 27,
    MASS_SIZE = AT_BY + 33
};

static void put_number(uint8_t *bytes, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    }
}

static uint64_t get_number(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

static jk_status mass_put(jk_engine *engine, const jk_mass *mass)
{
    jk_store *store = engine->config.store;
    const jk_data_key key = mass_key(&engine->config.self);
    uint8_t bytes[MASS_SIZE];
    put_number(bytes + AT_LISTED, mass->listed, 8);
    put_number(bytes + AT_REFUSED, mass->refused, 8);
    put_number(bytes + AT_READ_MS, (uint64_t)mass->read_ms, 8);
    put_number(bytes + AT_REASON, mass->reason, 2);
    bytes[AT_READING] = mass->reading ? 1 : 0;
    memcpy(bytes + AT_BY, mass->by, sizeof mass->by);
    return store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, false);
}

jk_status jk_mass_read(jk_store *store, const jk_node_id *self, jk_mass *mass)
{
    const jk_data_key key = mass_key(self);
    uint8_t bytes[MASS_SIZE];
    size_t size = 0;
    const jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    if (status != JK_OK || size != sizeof bytes) {
        return status == JK_OK ? JK_E_STORE_SCHEMA : status;
    }
    *mass = (jk_mass){
        .listed = get_number(bytes + AT_LISTED, 8),
        .refused = get_number(bytes + AT_REFUSED, 8),
        .read_ms = (int64_t)get_number(bytes + AT_READ_MS, 8),
        .reason = (uint16_t)get_number(bytes + AT_REASON, 2),
        .reading = bytes[AT_READING] != 0,
    };
    memcpy(mass->by, bytes + AT_BY, sizeof mass->by);
    mass->by[sizeof mass->by - 1] = '\0';
    return JK_OK;
}

jk_status jk_engine_mass(jk_engine *engine, const jk_mass *mass)
{
    const jk_status status = jk_step_open(engine);
    return status == JK_OK ? jk_step_close(engine, mass_put(engine, mass)) : status;
}

jk_status jk_engine_queue(jk_engine *engine, const jk_bulk_item *items, size_t count)
{
    jk_store *store = engine->config.store;
    jk_status status = jk_step_open(engine);
    engine->bulk_empty = false;
    if (status != JK_OK) {
        return status;
    }
    for (size_t i = 0; status == JK_OK && i < count; i++) {
        status = store->ops->bulk_put(store, &items[i].resident, JK_UPDATE_KIND_CHANGED,
                                      items[i].body, NULL);
    }
    return jk_step_close(engine, status);
}

/* ---- turns ---- */

/* It had its turn and changes nothing: the record is gone, or is another one by now. */
static jk_status drop(jk_engine *engine, int64_t id, bool counted)
{
    jk_store *store = engine->config.store;
    jk_status status = jk_step_open(engine);
    if (status != JK_OK) {
        return status;
    }
    status = store->ops->bulk_delete(store, id);
    jk_mass mass;
    if (status == JK_OK && counted) {
        status = jk_mass_read(store, &engine->config.self, &mass);
        if (status == JK_OK) {
            mass.refused++;
            status = mass_put(engine, &mass);
        } else if (status == JK_E_NOT_FOUND) {
            status = JK_OK;
        }
    }
    return jk_step_close(engine, status);
}

/* A registry's row is a Correction; a CS's the key of its machine, then the Changed. */
static jk_status turn(jk_engine *engine, const jk_bulk_row *row)
{
    const bool registry = engine->config.self.role == JK_ROLE_REGISTRY;
    const size_t key_size = registry ? 0 : sizeof(jk_token);
    if (row->size < key_size || (row->kind == JK_UPDATE_KIND_CHANGED) != registry) {
        return JK_E_STORE_SCHEMA;
    }
    const jk_command_data data[] = {
        {registry ? "correction" : "changed", {row->body + key_size, row->size - key_size}},
        {"bulk", {(const uint8_t *)&row->id, sizeof row->id}},
    };
    jk_command command = {
        .machine = registry ? JK_MACHINE_REGISTRY_UPDATE : JK_MACHINE_CS_UPDATE,
        .input = registry ? JK_UPDATE_REGISTRY_UPDATE_IN_CHANGE : JK_UPDATE_CS_UPDATE_IN_TAKE,
        .key = row->resident,
        .data = data,
        .data_count = 2,
    };
    if (!registry) {
        memcpy(command.key.byte, row->body, key_size);
    }
    return jk_engine_command(engine, &command);
}

/* Is a list being read, or was its reading cut off?  A CS has none. */
static jk_status is_unread(jk_engine *engine, bool *unread)
{
    jk_mass mass;
    *unread = false;
    if (engine->config.self.role != JK_ROLE_REGISTRY) {
        return JK_OK;
    }
    const jk_status status = jk_mass_read(engine->config.store, &engine->config.self, &mass);
    *unread = status == JK_E_NOT_FOUND || (status == JK_OK && mass.reading);
    return status == JK_E_NOT_FOUND ? JK_OK : status;
}

static jk_status room_for(jk_engine *engine, bool *room)
{
    const jk_node_id *self = &engine->config.self;
    jk_store *store = engine->config.store;
    jk_node_id next = {.role = JK_ROLE_CS};
    memcpy(next.code, self->code, sizeof next.code);
    if (self->role == JK_ROLE_CS) {
        next = jk_prefecture_of(self);
    }
    const jk_token link = jk_token_of_node(&next);
    uint64_t waiting = 0;
    const jk_status status = store->ops->outbox_count(store, &link, &waiting);
    *room = status == JK_OK && waiting < JK_BULK_OUTBOX_MAX;
    return status;
}

static jk_status feed_one(jk_engine *engine, bool unread, bool *fed)
{
    jk_store *store = engine->config.store;
    jk_bulk_row *row = &engine->bulk;
    jk_status status = store->ops->bulk_next(store, 0, row);
    *fed = status == JK_OK;
    if (status != JK_OK) {
        engine->bulk_empty = status == JK_E_NOT_FOUND;
        return status == JK_E_NOT_FOUND ? JK_OK : status;
    }
    if (unread) {
        return drop(engine, row->id, false);
    }
    status = turn(engine, row);
    if (status != JK_OK && engine->blocked) {
        *fed = false;
        return JK_OK; /* later */
    }
    return jk_status_class(status) == JK_CLASS_PEER ? drop(engine, row->id, true) : status;
}

jk_status jk_engine_feed(jk_engine *engine, size_t *taken)
{
    const uint8_t role = engine->config.self.role;
    bool room = (role == JK_ROLE_CS || role == JK_ROLE_REGISTRY) && !engine->bulk_empty;
    bool unread = false;
    *taken = 0;
    jk_status status = room ? is_unread(engine, &unread) : JK_OK;
    while (status == JK_OK && room && *taken < JK_BULK_TURN_MAX) {
        bool fed = false;
        status = room_for(engine, &room);
        if (status == JK_OK && (room || unread)) {
            status = feed_one(engine, unread, &fed);
        }
        *taken += fed ? 1 : 0;
        room = fed;
    }
    return status;
}
