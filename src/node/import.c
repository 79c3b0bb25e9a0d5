/* SPDX-License-Identifier: Apache-2.0 */
/* The population of a node's first day: registers of a municipality, episodes of a server, cards.
 * Imported state counts as log position 0: it leaves no row in an update log. */
#include "node/boot.h"

#include "juki/codec.h"
#include "movein_national.h"
#include "movein_prefecture.h"
#include "names.h"
#include "node/person.h"
#include "sim/population.h"
#include "step/roles.h"

#include <stdlib.h>
#include <string.h>

#define IMPORT_EPOCH 1 /* of every residence that began before this network did */

/* Large rows, so the whole work space is allocated once. */
typedef struct import {
    const jk_boot *boot;
    jk_store *store;
    jk_status commit_status;
    unsigned rows; /* of the open group */
    uint64_t count;
    jk_register_row row;
    jk_episode_row episode;
    jk_machine_row machine;
    jk_wire_Person person;
    jk_wire_RegistryRecord record;
} import;

static void commit_done(void *arg, jk_status status)
{
    import *work = arg;
    work->commit_status = status;
}

static jk_status commit(import *work)
{
    work->store->ops->commit(work->store, commit_done, work);
    work->rows = 0;
    return work->commit_status;
}

static bool concerns(const import *work, const jk_person *person)
{
    const jk_node_id *id = &work->boot->config.id;
    switch ((jk_role)id->role) {
    case JK_ROLE_CS:
    case JK_ROLE_REGISTRY: return memcmp(person->municipality_code, id->code, 6) == 0;
    case JK_ROLE_PREFECTURE: return memcmp(person->municipality_code, id->code, 2) == 0;
    case JK_ROLE_NATIONAL: return true;
    case JK_ROLE_CARDS: return person->card_state != JK_CARD_NONE;
    case JK_ROLE_TERMINAL:
    case JK_ROLE_NONE: break;
    }
    return false;
}

static jk_status put_register(import *work, const jk_person *person)
{
    const bool is_cs = work->boot->config.id.role == JK_ROLE_CS;
    jk_register_row *row = &work->row;
    memset(row, 0, offsetof(jk_register_row, person));
    row->resident = jk_token_of_resident(person->resident_code);
    row->status = JK_REGISTER_CURRENT;
    row->epoch = is_cs ? IMPORT_EPOCH : 0;
    row->epoch_high = row->epoch;
    row->change_day = INT64_MIN;
    jk_codec_bytes bytes = {row->person, sizeof row->person, 0};
    jk_status status = JK_OK;
    if (is_cs) {
        jk_wire_of_person(person, &work->person);
        status = jk_codec_encode(&jk_wire_type_Person, &work->person, NULL, &bytes, NULL);
    } else {
        jk_record_of_person(person, &work->record);
        status = jk_codec_encode(&jk_wire_type_RegistryRecord, &work->record, NULL, &bytes, NULL);
    }
    row->size = bytes.size;
    return status == JK_OK ? work->store->ops->register_put(work->store, row) : status;
}

/* The server's machine of that resident, as if the municipality's first ENTRY had come. */
static void fill_machine(const import *work, const jk_token *holder, jk_machine_row *row)
{
    if (work->boot->config.id.role == JK_ROLE_PREFECTURE) {
        jk_movein_prefecture machine;
        memset(&machine, 0, sizeof machine);
        machine.holder = *holder;
        machine.epoch = IMPORT_EPOCH;
        machine.current = true;
        row->machine = JK_MACHINE_PREFECTURE;
        row->size = (uint16_t)sizeof machine;
        memcpy(row->data, &machine, sizeof machine);
    } else {
        jk_movein_national machine;
        memset(&machine, 0, sizeof machine);
        machine.holder = *holder;
        machine.epoch = IMPORT_EPOCH;
        machine.current = true;
        row->machine = JK_MACHINE_NATIONAL;
        row->size = (uint16_t)sizeof machine;
        memcpy(row->data, &machine, sizeof machine);
    }
    row->machine_name = jk_machine_name(row->machine);
    row->state_name = jk_machine_state_name(row->machine, row->state);
}

/* At a CS and at the servers alike, because they are compared; a CS shows nobody as current. */
static jk_status put_episode(import *work, const jk_person *person)
{
    jk_episode_row *episode = &work->episode;
    memset(episode, 0, offsetof(jk_episode_row, person));
    episode->resident = jk_token_of_resident(person->resident_code);
    memcpy(episode->code, person->municipality_code, sizeof episode->code);
    episode->epoch = IMPORT_EPOCH;
    episode->open = true;
    episode->current = work->boot->config.id.role != JK_ROLE_CS;
    episode->change_day = INT64_MIN;
    jk_codec_bytes bytes = {episode->person, sizeof episode->person, 0};
    jk_wire_of_person(person, &work->person);
    jk_status status = jk_codec_encode(&jk_wire_type_Person, &work->person, NULL, &bytes, NULL);
    episode->size = bytes.size;
    return status == JK_OK ? work->store->ops->episode_put(work->store, episode) : status;
}

static jk_status put_machine(import *work, const jk_person *person)
{
    jk_node_id holder = {.role = JK_ROLE_CS};
    memcpy(holder.code, person->municipality_code, sizeof holder.code);
    const jk_token token = jk_token_of_node(&holder);
    memset(&work->machine, 0, sizeof work->machine);
    work->machine.key = work->episode.resident;
    fill_machine(work, &token, &work->machine);
    return work->store->ops->machine_put(work->store, &work->machine);
}

static jk_status put(import *work, const jk_person *person)
{
    jk_status status = JK_OK;
    switch ((jk_role)work->boot->config.id.role) {
    case JK_ROLE_CS:
        status = put_register(work, person);
        return status == JK_OK ? put_episode(work, person) : status;
    case JK_ROLE_REGISTRY: return put_register(work, person);
    case JK_ROLE_PREFECTURE:
    case JK_ROLE_NATIONAL:
        status = put_episode(work, person);
        return status == JK_OK ? put_machine(work, person) : status;
    case JK_ROLE_CARDS: {
        const jk_token resident = jk_token_of_resident(person->resident_code);
        return work->store->ops->card_put(work->store, &resident, person->card_state,
                                          person->municipality_code);
    }
    case JK_ROLE_TERMINAL:
    case JK_ROLE_NONE: break;
    }
    return JK_OK;
}

static jk_status take(void *arg, const jk_person *person)
{
    import *work = arg;
    if (!concerns(work, person)) {
        return JK_OK;
    }
    jk_status status = work->rows == 0 ? work->store->ops->begin(work->store) : JK_OK;
    if (status == JK_OK) {
        status = put(work, person);
        work->rows++;
        work->count++;
    }
    if (status == JK_OK && work->rows == JK_NODE_IMPORT_GROUP) {
        status = commit(work);
    }
    return status;
}

jk_status jk_import_population(const jk_boot *boot, jk_store *store, uint64_t *count,
                               jk_fault *fault)
{
    const jk_population_file file = {boot->config.population, false};
    import *work = calloc(1, sizeof *work);
    if (work == NULL) {
        return JK_E_MEMORY;
    }
    work->boot = boot;
    work->store = store;
    jk_status status = jk_population_read(&file, take, work, fault);
    if (status == JK_OK && work->rows > 0) {
        status = commit(work);
    } else if (work->rows > 0) {
        store->ops->rollback(store);
    }
    if (status == JK_OK) {
        *count = work->count;
    } else if (fault->text[0] == '\0') {
        *fault = store->fault;
    }
    free(work);
    return status;
}
