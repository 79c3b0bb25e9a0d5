/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of town.h. */
#include "lib/town.h"

#include "adapter/memory/memory.h"
#include "identify.pb.h"
#include "juki/codec.h"
#include "juki/person.h"
#include "movein.h"
#include "movein.pb.h"
#include "movein_dest_cs.h"
#include "movein_dest_registry.h"
#include "movein_national.h"
#include "movein_origin_cs.h"
#include "movein_origin_registry.h"
#include "movein_prefecture.h"
#include "movein_terminal.h"
#include "names.h"
#include "step/roles.h"

#include <stdio.h>
#include <string.h>

static const char *const codes[3] = {"131016", "141003", "131024"};

static void person_of(int i, const char *code, const char *municipality, jk_wire_Person *person)
{
    memset(person, 0, sizeof *person);
    memcpy(person->resident_code, code, 12);
    (void)snprintf(person->name, sizeof person->name, "試験 %d郎", i + 1);
    (void)snprintf(person->address, sizeof person->address, "試験町%d番地", i + 1);
    memcpy(person->municipality_code, municipality, 7);
    person->sex = jk_wire_Sex_SEX_MALE;
    person->has_birth = true;
    person->birth.year = (uint16_t)(1980 + i);
    person->birth.month = 2;
    person->birth.day = 3;
}

static bool put_register(world_node *node, int i, const char *code)
{
    jk_store *store = world_store(node);
    static jk_register_row row;
    memset(&row, 0, sizeof row);
    row.resident = jk_token_of_resident(code);
    row.status = JK_REGISTER_CURRENT;
    row.reason = 101;
    row.change_day = TOWN_TODAY - 1000;
    jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
    jk_status status;
    if (world_id(node)->role == JK_ROLE_CS) {
        static jk_wire_Person person;
        person_of(i, code, world_id(node)->code, &person);
        row.epoch = 1;
        row.epoch_high = 1;
        status = jk_codec_encode(&jk_wire_type_Person, &person, NULL, &bytes, NULL);
    } else {
        static jk_wire_RegistryRecord record;
        memset(&record, 0, sizeof record);
        record.has_person = true;
        person_of(i, code, world_id(node)->code, &record.person);
        (void)snprintf(record.head_name, sizeof record.head_name, "試験 1郎");
        (void)snprintf(record.relationship, sizeof record.relationship, i == 0 ? "世帯主" : "子");
        status = jk_codec_encode(&jk_wire_type_RegistryRecord, &record, NULL, &bytes, NULL);
    }
    row.size = bytes.size;
    return status == JK_OK && store->ops->register_put(store, &row) == JK_OK;
}

/* As the import leaves it, at the CS and at both servers. */
static bool put_episode(world_node *node, int i, const char *code)
{
    jk_store *store = world_store(node);
    static jk_wire_Person person;
    static jk_episode_row row;
    memset(&row, 0, sizeof row);
    row.resident = jk_token_of_resident(code);
    memcpy(row.code, codes[0], 7);
    row.epoch = 1;
    row.open = true;
    row.current = world_id(node)->role != JK_ROLE_CS;
    row.change_day = INT64_MIN;
    person_of(i, code, codes[0], &person);
    jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
    const jk_status status = jk_codec_encode(&jk_wire_type_Person, &person, NULL, &bytes, NULL);
    row.size = bytes.size;
    return status == JK_OK && store->ops->episode_put(store, &row) == JK_OK;
}

static bool put_shown(world_node *node, const char *code)
{
    jk_store *store = world_store(node);
    jk_node_id holder = {.role = JK_ROLE_CS};
    memcpy(holder.code, codes[0], 7);
    jk_machine_row row = {.key = jk_token_of_resident(code)};
    if (world_id(node)->role == JK_ROLE_NATIONAL) {
        jk_movein_national machine = {0};
        machine.epoch = 1;
        machine.holder = jk_token_of_node(&holder);
        machine.current = true;
        row.machine = JK_MACHINE_NATIONAL;
        row.size = sizeof machine;
        memcpy(row.data, &machine, sizeof machine);
    } else {
        jk_movein_prefecture machine = {0};
        machine.epoch = 1;
        machine.holder = jk_token_of_node(&holder);
        machine.current = true;
        row.machine = JK_MACHINE_PREFECTURE;
        row.size = sizeof machine;
        memcpy(row.data, &machine, sizeof machine);
    }
    return store->ops->machine_put(store, &row) == JK_OK;
}

static bool in_group(world_node *node, town *t, bool (*put)(world_node *, town *))
{
    jk_store *store = world_store(node);
    return store->ops->begin(store) == JK_OK && store->ops->step_begin(store, 0) == JK_OK &&
           put(node, t) && store->ops->step_keep(store, 0) == JK_OK;
}

static void committed(void *arg, jk_status status)
{
    *(bool *)arg = status == JK_OK;
}

static bool put_residents(world_node *node, town *t)
{
    jk_store *store = world_store(node);
    bool ok = true;
    for (int i = 0; ok && i < t->residents; i++) {
        jk_token resident = jk_token_of_resident(t->code[i]);
        switch ((jk_role)world_id(node)->role) {
        case JK_ROLE_CS:
            ok = put_register(node, i, t->code[i]) && put_episode(node, i, t->code[i]);
            break;
        case JK_ROLE_REGISTRY: ok = put_register(node, i, t->code[i]); break;
        case JK_ROLE_PREFECTURE:
        case JK_ROLE_NATIONAL:
            ok = put_shown(node, t->code[i]) && put_episode(node, i, t->code[i]);
            break;
        case JK_ROLE_CARDS:
            ok = store->ops->card_put(store, &resident, JK_CARD_IN_OPERATION, codes[0]) == JK_OK;
            break;
        case JK_ROLE_NONE:
        case JK_ROLE_TERMINAL: break;
        }
    }
    return ok;
}

static bool populate(world_node *node, town *t)
{
    jk_store *store = world_store(node);
    bool done = false;
    if (!in_group(node, t, put_residents)) {
        return false;
    }
    store->ops->commit(store, committed, &done);
    return done;
}

static bool open_nodes(town *t)
{
    world_set_today(t->w, TOWN_TODAY);
    t->residents = t->residents == 0 ? TOWN_RESIDENTS : t->residents;
    for (int i = 0; i <= t->residents; i++) {
        memcpy(t->code[i], "0000000100", 10);
        t->code[i][8] = (char)('0' + i / 10);
        t->code[i][9] = (char)('0' + i % 10);
        t->code[i][10] = jk_resident_code_digit(t->code[i]);
        t->code[i][11] = '\0';
    }
    t->national = world_add(t->w, JK_ROLE_NATIONAL, "000000");
    t->cards = world_add(t->w, JK_ROLE_CARDS, "000000");
    t->prefecture[0] = world_add(t->w, JK_ROLE_PREFECTURE, "130001");
    t->prefecture[1] = world_add(t->w, JK_ROLE_PREFECTURE, "140007");
    bool ok = t->national != NULL && t->cards != NULL && t->prefecture[0] != NULL &&
              t->prefecture[1] != NULL;
    for (int i = 0; ok && i < 3; i++) {
        t->cs[i] = world_add(t->w, JK_ROLE_CS, codes[i]);
        t->registry[i] = world_add(t->w, JK_ROLE_REGISTRY, codes[i]);
        t->terminal[i] = world_add(t->w, JK_ROLE_TERMINAL, codes[i]);
        ok = t->cs[i] != NULL && t->registry[i] != NULL && t->terminal[i] != NULL;
    }
    return ok && populate(t->national, t) && populate(t->cards, t) &&
           populate(t->prefecture[0], t) && populate(t->cs[0], t) && populate(t->registry[0], t);
}

bool town_open(town *t, uint64_t seed, const world_faults *faults)
{
    return town_open_on_disk(t, seed, faults, NULL);
}

bool town_open_on_disk(town *t, uint64_t seed, const world_faults *faults, const char *folder)
{
    memset(t, 0, sizeof *t);
    t->w = world_open(seed, faults);
    if (t->w == NULL) {
        return false;
    }
    world_on_disk(t->w, folder);
    return open_nodes(t);
}

bool town_open_on(town *t, uint64_t seed, const world_faults *faults, const world_disk *disk)
{
    memset(t, 0, sizeof *t);
    t->w = world_open(seed, faults);
    if (t->w == NULL) {
        return false;
    }
    world_on(t->w, disk);
    return open_nodes(t);
}

bool town_open_on_trial(town *t, uint64_t seed, jk_status failure)
{
    static const world_faults calm = {0, 0, 1, 0};
    memset(t, 0, sizeof *t);
    t->w = world_open(seed, &calm);
    if (t->w == NULL) {
        return false;
    }
    world_trials(t->w, failure);
    return open_nodes(t);
}

bool town_open_large(town *t)
{
    static const world_faults calm = {0, 0, 1, 0};
    memset(t, 0, sizeof *t);
    t->w = world_open(1, &calm);
    t->residents = TOWN_HOUSEHOLD;
    return t->w != NULL && open_nodes(t);
}

void town_close(town *t)
{
    world_close(t->w);
}

static jk_status command(world_node *node, const jk_command *command)
{
    jk_status status = world_command(node, command);
    jk_status flushed = jk_engine_flush(world_engine(node));
    return status != JK_OK ? status : flushed;
}

static void certificate_of(const town *t, int i, const town_filing *filing,
                           jk_wire_Certificate *certificate)
{
    memset(certificate, 0, sizeof *certificate);
    certificate->has_person = true;
    person_of(i, t->code[i], codes[filing->home], &certificate->person);
    (void)snprintf(certificate->head_name, sizeof certificate->head_name, "試験 1郎");
    (void)snprintf(certificate->relationship, sizeof certificate->relationship,
                   i == 0 ? "世帯主" : "子");
    certificate->planned_out_day = (uint32_t)filing->planned_day;
    certificate->filing_day = (uint32_t)TOWN_TODAY;
}

jk_status town_file(town *t, const town_filing *filing, jk_token *case_id)
{
    static uint8_t raw[TOWN_HOUSEHOLD][JK_CERT_SIZE_MAX];
    static jk_wire_Certificate certificate;
    static jk_wire_Filed filed;
    static uint8_t body[JK_BODY_SIZE_MAX];
    jk_codec_member items[TOWN_HOUSEHOLD];
    for (int i = 0; i < filing->count; i++) {
        certificate_of(t, filing->first + i, filing, &certificate);
        jk_codec_bytes one = {raw[i], sizeof raw[i], 0};
        jk_status status =
            jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, &one, NULL);
        if (status != JK_OK) {
            return status;
        }
        items[i] = (jk_codec_member){(uint8_t)i, {one.data, one.size}};
    }
    memset(&filed, 0, sizeof filed);
    jk_codec_bytes list = {filed.members.bytes, sizeof filed.members.bytes, 0};
    jk_status status = jk_codec_members_write(items, (size_t)filing->count, &list);
    filed.members.size = (pb_size_t)list.size;
    filed.planned_out_day = (uint32_t)filing->planned_day;
    filed.filing_day = (uint32_t)TOWN_TODAY;
    jk_codec_bytes bytes = {body, sizeof body, 0};
    if (status == JK_OK) {
        status = jk_codec_encode_body(JK_MOVEIN_KIND_FILED, &filed, NULL, &bytes, NULL);
    }
    if (status != JK_OK) {
        return status;
    }
    *case_id = world_token(t->w);
    jk_command_data data = {"filed", {bytes.data, bytes.size}};
    return command(t->registry[filing->home],
                   &(jk_command){.machine = JK_MACHINE_ORIGIN_REGISTRY,
                                 .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_FILE_OUT,
                                 .key = *case_id,
                                 .members = (1U << filing->count) - 1,
                                 .data = &data,
                                 .data_count = 1});
}

jk_status town_file_out(town *t, int count, int64_t planned_day, jk_token *case_id)
{
    const town_filing filing = {0, 0, count, planned_day};
    return town_file(t, &filing, case_id);
}

jk_status town_cancel_out(town *t, const jk_token *case_id)
{
    return command(t->registry[0],
                   &(jk_command){.machine = JK_MACHINE_ORIGIN_REGISTRY,
                                 .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_CANCEL_FILING,
                                 .key = *case_id});
}

jk_status town_request_move_in(town *t, const town_request *request, jk_token *txn)
{
    static jk_wire_VerifyRequest verify;
    static jk_wire_CertRequest cert;
    static uint8_t verify_body[2048];
    static uint8_t cert_body[4096];
    memset(&verify, 0, sizeof verify);
    memset(&cert, 0, sizeof cert);
    memcpy(verify.resident_code, t->code[request->first], 12);
    verify.card_kind = jk_wire_CardKind_CARD_INDIVIDUAL_NUMBER;
    verify.card_usable = request->card_usable;
    verify.pin_verified = request->pin_verified;
    (void)snprintf(verify.operator_id, sizeof verify.operator_id, "op1");
    (void)snprintf(verify.purpose_id, sizeof verify.purpose_id, "movein");
    memcpy(cert.origin_municipality_code, codes[request->origin], 7);
    for (int i = 0; i < request->count; i++) {
        memcpy(cert.resident_code[i], t->code[request->first + i], 12);
    }
    cert.resident_code_count = (pb_size_t)request->count;
    cert.filing_day = (uint32_t)TOWN_TODAY;
    cert.moved_in_day = (uint32_t)request->moved_in_day;
    (void)snprintf(cert.new_address, sizeof cert.new_address, "新町1番地");
    jk_codec_bytes v = {verify_body, sizeof verify_body, 0};
    jk_codec_bytes c = {cert_body, sizeof cert_body, 0};
    jk_status status = jk_codec_encode_body(JK_MOVEIN_KIND_VERIFY_REQUEST, &verify, NULL, &v, NULL);
    if (status == JK_OK) {
        status = jk_codec_encode_body(JK_MOVEIN_KIND_CERT_REQUEST, &cert, NULL, &c, NULL);
    }
    if (status != JK_OK) {
        return status;
    }
    *txn = world_token(t->w);
    jk_command_data data[] = {{"verify", {v.data, v.size}}, {"request", {c.data, c.size}}};
    return command(t->terminal[request->dest], &(jk_command){.machine = JK_MACHINE_TERMINAL,
                                                             .input = JK_MOVEIN_TERMINAL_IN_MOVE_IN,
                                                             .key = *txn,
                                                             .data = data,
                                                             .data_count = 2});
}

jk_status town_move_in(town *t, int dest, int first, int count, jk_token *txn)
{
    town_request request = {dest, first, count, TOWN_TODAY, true, true, 0};
    return town_request_move_in(t, &request, txn);
}

jk_status town_stop(town *t, int dest, const jk_token *txn)
{
    return command(t->terminal[dest], &(jk_command){.machine = JK_MACHINE_TERMINAL,
                                                    .input = JK_MOVEIN_TERMINAL_IN_STOP_MOVE_IN,
                                                    .key = *txn});
}

int town_clerk(town *t, int dest, bool enter)
{
    jk_store *store = world_store(t->registry[dest]);
    jk_machine_row row;
    int64_t after = 0;
    int count = 0;
    while (store->ops->machine_next(store, JK_MACHINE_DEST_REGISTRY, after, &row) == JK_OK) {
        after = row.row_id;
        if (row.state != JK_MOVEIN_DEST_REGISTRY_WAIT_CLERK) {
            continue;
        }
        jk_command order = {.machine = JK_MACHINE_DEST_REGISTRY,
                            .input = enter ? JK_MOVEIN_DEST_REGISTRY_IN_ENTER
                                           : JK_MOVEIN_DEST_REGISTRY_IN_REJECT,
                            .key = row.key};
        if (command(t->registry[dest], &order) == JK_OK) {
            count++;
        }
    }
    return count;
}

jk_status town_die(town *t, const town_death *death, const jk_token *case_id)
{
    static jk_wire_Death body;
    static uint8_t raw[256];
    memset(&body, 0, sizeof body);
    memcpy(body.resident_code[0], t->code[death->resident], 12);
    body.resident_code_count = 1;
    body.death_day = (uint32_t)death->day;
    jk_codec_bytes bytes = {raw, sizeof raw, 0};
    jk_status status = jk_codec_encode_body(JK_MOVEIN_KIND_DEATH, &body, NULL, &bytes, NULL);
    if (status != JK_OK) {
        return status;
    }
    const jk_command_data data = {"death", {bytes.data, bytes.size}};
    return command(t->registry[death->home],
                   &(jk_command){.machine = JK_MACHINE_ORIGIN_REGISTRY,
                                 .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_REPORT_DEATH,
                                 .key = *case_id,
                                 .members = (jk_members)1 << death->member,
                                 .data = &data,
                                 .data_count = 1});
}

jk_status town_recode(town *t, const jk_token *case_id, int member, const char *code,
                      const char *next)
{
    jk_wire_Recode body;
    uint8_t raw[64];
    memset(&body, 0, sizeof body);
    memcpy(body.resident_code, code, 12);
    memcpy(body.new_resident_code, next, 12);
    jk_codec_bytes bytes = {raw, sizeof raw, 0};
    jk_status status = jk_codec_encode_body(JK_MOVEIN_KIND_RECODE, &body, NULL, &bytes, NULL);
    if (status != JK_OK) {
        return status;
    }
    const jk_command_data data = {"recode", {bytes.data, bytes.size}};
    return command(t->registry[0], &(jk_command){.machine = JK_MACHINE_ORIGIN_REGISTRY,
                                                 .input = JK_MOVEIN_ORIGIN_REGISTRY_IN_CHANGE_CODE,
                                                 .key = *case_id,
                                                 .members = (jk_members)1 << member,
                                                 .data = &data,
                                                 .data_count = 1});
}

/* The persons of the disputed members, with another address. */
static jk_status correction(town *t, int dest, const jk_token *txn, jk_codec_bytes *out)
{
    static jk_wire_Corrected body;
    static uint8_t raw[JK_MEMBERS_MAX][2048];
    static jk_wire_Person person;
    jk_codec_member items[JK_MEMBERS_MAX];
    jk_machine_row row;
    size_t count = 0;
    jk_store *store = world_store(t->registry[dest]);
    jk_status status = store->ops->machine_get(store, JK_MACHINE_DEST_REGISTRY, txn, &row);
    jk_movein_dest_registry machine = {0};
    memcpy(&machine, row.data, sizeof machine);
    for (int member = 0; status == JK_OK && member < t->residents; member++) {
        if (((machine.disputed >> member) & 1U) == 0) {
            continue;
        }
        person_of(member, t->code[member], codes[dest], &person);
        (void)snprintf(person.address, sizeof person.address, "新町2番地");
        jk_codec_bytes one = {raw[member], sizeof raw[member], 0};
        status = jk_codec_encode(&jk_wire_type_Person, &person, NULL, &one, NULL);
        items[count++] = (jk_codec_member){(uint8_t)member, {one.data, one.size}};
    }
    memset(&body, 0, sizeof body);
    jk_codec_bytes list = {body.members.bytes, sizeof body.members.bytes, 0};
    if (status == JK_OK) {
        status = jk_codec_members_write(items, count, &list);
    }
    body.members.size = (pb_size_t)list.size;
    return status == JK_OK ? jk_codec_encode_body(JK_MOVEIN_KIND_CORRECTED, &body, NULL, out, NULL)
                           : status;
}

jk_status town_choose(town *t, int dest, const jk_token *txn, const char *choice)
{
    static uint8_t raw[JK_BODY_SIZE_MAX];
    jk_codec_bytes bytes = {raw, sizeof raw, 0};
    const bool correct = strcmp(choice, "correct") == 0;
    jk_status status = correct ? correction(t, dest, txn, &bytes) : JK_OK;
    if (status != JK_OK) {
        return status;
    }
    const jk_command_data data = {"correction", {bytes.data, bytes.size}};
    const uint16_t input = correct ? JK_MOVEIN_DEST_REGISTRY_IN_CORRECT_ENTRY
                           : strcmp(choice, "retry") == 0
                               ? JK_MOVEIN_DEST_REGISTRY_IN_RETRY_NOTICE
                               : JK_MOVEIN_DEST_REGISTRY_IN_WITHDRAW_ENTRY;
    return command(t->registry[dest], &(jk_command){.machine = JK_MACHINE_DEST_REGISTRY,
                                                    .input = input,
                                                    .key = *txn,
                                                    .data = &data,
                                                    .data_count = correct ? 1 : 0});
}

jk_status town_dispute(town *t, const jk_token *case_id, int member, uint16_t reason)
{
    const jk_data_key key = {JK_MACHINE_ORIGIN_CS, *case_id, "dispute", member};
    const uint8_t value[2] = {(uint8_t)reason, (uint8_t)(reason >> 8)};
    jk_status status = jk_engine_note(world_engine(t->cs[0]), &key, (jk_span){value, sizeof value});
    return status == JK_OK ? jk_engine_flush(world_engine(t->cs[0])) : status;
}

jk_status town_override(town *t, const jk_token *case_id)
{
    static const uint8_t names[] = "op1\nop2\n";
    const jk_command_data data = {"override", {names, sizeof names - 1}};
    return command(t->cs[0], &(jk_command){.machine = JK_MACHINE_ORIGIN_CS,
                                           .input = JK_MOVEIN_ORIGIN_CS_IN_OVERRIDE,
                                           .key = *case_id,
                                           .data = &data,
                                           .data_count = 1});
}

jk_status town_give_up(town *t, int dest, const jk_token *txn)
{
    return command(t->terminal[dest], &(jk_command){.machine = JK_MACHINE_TERMINAL,
                                                    .input = JK_MOVEIN_TERMINAL_IN_GIVE_UP,
                                                    .key = *txn});
}

jk_status town_end_without_card(town *t, int dest, const jk_token *txn)
{
    return command(t->cs[dest], &(jk_command){.machine = JK_MACHINE_DEST_CS,
                                              .input = JK_MOVEIN_DEST_CS_IN_END_WITHOUT_CARD,
                                              .key = *txn});
}

bool town_card(town *t, int resident, uint8_t state)
{
    jk_store *store = world_store(t->cards);
    const jk_token holder = jk_token_of_resident(t->code[resident]);
    bool done = false;
    if (store->ops->begin(store) != JK_OK || store->ops->step_begin(store, 0) != JK_OK ||
        store->ops->card_put(store, &holder, state, codes[0]) != JK_OK ||
        store->ops->step_keep(store, 0) != JK_OK) {
        return false;
    }
    store->ops->commit(store, committed, &done);
    return done;
}

bool town_settle(town *t)
{
    for (int round = 0; round < 50; round++) {
        if (!world_run(t->w, world_now(t->w) + 5000)) {
            return false;
        }
        int entered = 0;
        for (int i = 0; i < 3; i++) {
            entered += town_clerk(t, i, true);
        }
        if (round > 30 && entered == 0) {
            return true;
        }
    }
    return false;
}

const char *town_state(const world_node *node, uint16_t machine, const jk_token *key)
{
    jk_store *store = world_store((world_node *)(uintptr_t)node);
    jk_machine_row row;
    if (store->ops->machine_get(store, machine, key, &row) != JK_OK) {
        return "-";
    }
    return jk_machine_state_name(machine, row.state);
}

unsigned town_registers(town *t, int resident)
{
    static jk_register_row row;
    jk_token key = jk_token_of_resident(t->code[resident]);
    unsigned current = 0;
    for (unsigned i = 0; i < 3; i++) {
        jk_store *store = world_store(t->registry[i]);
        if (store->ops->register_get(store, &key, &row) == JK_OK &&
            row.status == JK_REGISTER_CURRENT) {
            current |= 1U << i;
        }
    }
    return current;
}

int town_shown(town *t, world_node *server, int resident)
{
    static jk_episode_row episode;
    jk_store *store = world_store(server);
    jk_token key = jk_token_of_resident(t->code[resident]);
    if (store->ops->episode_current(store, &key, &episode) != JK_OK) {
        return -1;
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(episode.code, codes[i]) == 0) {
            return i;
        }
    }
    return -1;
}

bool town_promise(town *t, int resident)
{
    unsigned current = town_registers(t, resident);
    if (current != 1 && current != 2 && current != 4) {
        return false;
    }
    int holder = current == 1 ? 0 : current == 2 ? 1 : 2;
    return town_shown(t, t->national, resident) == holder &&
           town_shown(t, t->prefecture[holder == 1 ? 1 : 0], resident) == holder;
}
