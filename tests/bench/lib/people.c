/* SPDX-License-Identifier: Apache-2.0 */
/* The households of people.h. */
#include "bench/lib/people.h"

#include "identify.pb.h"
#include "juki/person.h"
#include "juki/registry.h"
#include "movein.h"
#include "movein.pb.h"
#include "movein_national.h"
#include "movein_prefecture.h"
#include "names.h"
#include "person.pb.h"
#include "step/roles.h"

#include <stdio.h>
#include <string.h>

int people_count(unsigned household)
{
    return 1 + (int)(household % PEOPLE_HOUSEHOLD);
}

void people_code(unsigned person, char code[12])
{
    (void)snprintf(code, 12, "%010u", person + 1);
    code[10] = jk_resident_code_digit(code);
    code[11] = '\0';
}

static void make_person(unsigned number, const char *home, jk_wire_Person *person)
{
    memset(person, 0, sizeof *person);
    people_code(number, person->resident_code);
    (void)snprintf(person->name, sizeof person->name, "試験 第%u郎", number + 1);
    (void)snprintf(person->kana, sizeof person->kana, "シケン ダイロウ");
    (void)snprintf(person->address, sizeof person->address, "試験町%u丁目%u番地", number % 9 + 1,
                   number + 1);
    (void)snprintf(person->postcode, sizeof person->postcode, "0000000");
    memcpy(person->municipality_code, home, 7);
    person->sex = number % 2 == 0 ? jk_wire_Sex_SEX_MALE : jk_wire_Sex_SEX_FEMALE;
    person->has_birth = true;
    person->birth.year = (uint16_t)(1950 + number % 70);
    person->birth.month = (uint8_t)(1 + number % 12);
    person->birth.day = (uint8_t)(1 + number % 28);
}

static bool put_register(jk_store *store, const jk_node_id *self, unsigned number, const char *home)
{
    static jk_wire_RegistryRecord record;
    static jk_register_row row;
    memset(&row, 0, offsetof(jk_register_row, person));
    memset(&record, 0, sizeof record);
    make_person(number, home, &record.person);
    row.resident = jk_token_of_resident(record.person.resident_code);
    row.status = JK_REGISTER_CURRENT;
    row.reason = 101;
    row.change_day = PEOPLE_TODAY - 1000;
    jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
    jk_status status;
    if (self->role == JK_ROLE_CS) {
        row.epoch = 1;
        row.epoch_high = 1;
        status = jk_codec_encode(&jk_wire_type_Person, &record.person, NULL, &bytes, NULL);
    } else {
        record.has_person = true;
        (void)snprintf(record.head_name, sizeof record.head_name, "試験 世帯主");
        (void)snprintf(record.relationship, sizeof record.relationship, "子");
        status = jk_codec_encode(&jk_wire_type_RegistryRecord, &record, NULL, &bytes, NULL);
    }
    row.size = bytes.size;
    return status == JK_OK && store->ops->register_put(store, &row) == JK_OK;
}

/* As the import leaves it, at the CS and at both servers. */
static bool put_episode(jk_store *store, const jk_node_id *self, unsigned number, const char *home)
{
    static jk_wire_Person person;
    static jk_episode_row row;
    memset(&row, 0, offsetof(jk_episode_row, person));
    make_person(number, home, &person);
    row.resident = jk_token_of_resident(person.resident_code);
    memcpy(row.code, home, 7);
    row.epoch = 1;
    row.open = true;
    row.current = self->role != JK_ROLE_CS;
    row.change_day = INT64_MIN;
    jk_codec_bytes bytes = {row.person, sizeof row.person, 0};
    const jk_status status = jk_codec_encode(&jk_wire_type_Person, &person, NULL, &bytes, NULL);
    row.size = bytes.size;
    return status == JK_OK && store->ops->episode_put(store, &row) == JK_OK;
}

static bool put_shown(jk_store *store, const jk_node_id *self, unsigned number, const char *home)
{
    char code[12];
    people_code(number, code);
    jk_node_id holder = {.role = JK_ROLE_CS};
    memcpy(holder.code, home, 7);
    jk_machine_row row = {.key = jk_token_of_resident(code)};
    if (self->role == JK_ROLE_NATIONAL) {
        jk_movein_national national = {0};
        national.epoch = 1;
        national.holder = jk_token_of_node(&holder);
        national.current = true;
        row.machine = JK_MACHINE_NATIONAL;
        row.size = sizeof national;
        memcpy(row.data, &national, sizeof national);
    } else {
        jk_movein_prefecture prefecture = {0};
        prefecture.epoch = 1;
        prefecture.holder = jk_token_of_node(&holder);
        prefecture.current = true;
        row.machine = JK_MACHINE_PREFECTURE;
        row.size = sizeof prefecture;
        memcpy(row.data, &prefecture, sizeof prefecture);
    }
    return store->ops->machine_put(store, &row) == JK_OK && put_episode(store, self, number, home);
}

bool people_put(jk_store *store, const jk_node_id *self, unsigned person, const char *home)
{
    char code[12];
    people_code(person, code);
    jk_token resident = jk_token_of_resident(code);
    switch ((jk_role)self->role) {
    case JK_ROLE_CS:
        return memcmp(self->code, home, 6) != 0 ||
               (put_register(store, self, person, home) && put_episode(store, self, person, home));
    case JK_ROLE_REGISTRY:
        return memcmp(self->code, home, 6) != 0 || put_register(store, self, person, home);
    case JK_ROLE_PREFECTURE:
        return memcmp(self->code, home, 2) != 0 || put_shown(store, self, person, home);
    case JK_ROLE_NATIONAL: return put_shown(store, self, person, home);
    case JK_ROLE_CARDS:
        return store->ops->card_put(store, &resident, JK_CARD_IN_OPERATION, home) == JK_OK;
    case JK_ROLE_NONE:
    case JK_ROLE_TERMINAL: return true;
    }
    return false;
}

bool people_filed(unsigned household, const char *home, jk_codec_bytes *body)
{
    static uint8_t raw[PEOPLE_HOUSEHOLD][JK_CERT_SIZE_MAX];
    static jk_wire_Certificate certificate;
    static jk_wire_Filed filed;
    jk_codec_member items[PEOPLE_HOUSEHOLD];
    size_t count = (size_t)people_count(household);
    for (size_t i = 0; i < count; i++) {
        memset(&certificate, 0, sizeof certificate);
        certificate.has_person = true;
        make_person(household * PEOPLE_HOUSEHOLD + (unsigned)i, home, &certificate.person);
        (void)snprintf(certificate.head_name, sizeof certificate.head_name, "試験 世帯主");
        (void)snprintf(certificate.relationship, sizeof certificate.relationship, "子");
        (void)snprintf(certificate.koseki_place, sizeof certificate.koseki_place, "試験県試験市1");
        certificate.planned_out_day = (uint32_t)PEOPLE_TODAY - 1;
        certificate.filing_day = (uint32_t)PEOPLE_TODAY - 1;
        jk_codec_bytes one = {raw[i], sizeof raw[i], 0};
        if (jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, &one, NULL) != JK_OK) {
            return false;
        }
        items[i] = (jk_codec_member){(uint8_t)i, {one.data, one.size}};
    }
    memset(&filed, 0, sizeof filed);
    jk_codec_bytes list = {filed.members.bytes, sizeof filed.members.bytes, 0};
    if (jk_codec_members_write(items, count, &list) != JK_OK) {
        return false;
    }
    filed.members.size = (pb_size_t)list.size;
    filed.planned_out_day = (uint32_t)PEOPLE_TODAY - 1; /* passed: removed at once */
    filed.filing_day = (uint32_t)PEOPLE_TODAY - 1;
    return jk_codec_encode_body(JK_MOVEIN_KIND_FILED, &filed, NULL, body, NULL) == JK_OK;
}

bool people_verify(unsigned household, jk_codec_bytes *body)
{
    static jk_wire_VerifyRequest verify;
    memset(&verify, 0, sizeof verify);
    people_code(household * PEOPLE_HOUSEHOLD, verify.resident_code);
    verify.card_kind = jk_wire_CardKind_CARD_INDIVIDUAL_NUMBER;
    verify.card_usable = true;
    verify.pin_verified = true;
    (void)snprintf(verify.operator_id, sizeof verify.operator_id, "op1");
    (void)snprintf(verify.purpose_id, sizeof verify.purpose_id, "movein");
    return jk_codec_encode_body(JK_MOVEIN_KIND_VERIFY_REQUEST, &verify, NULL, body, NULL) == JK_OK;
}

bool people_request(unsigned household, const char *home, jk_codec_bytes *body)
{
    static jk_wire_CertRequest request;
    memset(&request, 0, sizeof request);
    memcpy(request.origin_municipality_code, home, 7);
    for (int i = 0; i < people_count(household); i++) {
        people_code(household * PEOPLE_HOUSEHOLD + (unsigned)i, request.resident_code[i]);
    }
    request.resident_code_count = (pb_size_t)people_count(household);
    request.filing_day = (uint32_t)PEOPLE_TODAY;
    request.moved_in_day = (uint32_t)PEOPLE_TODAY;
    (void)snprintf(request.new_address, sizeof request.new_address, "新町%u番地", household + 1);
    return jk_codec_encode_body(JK_MOVEIN_KIND_CERT_REQUEST, &request, NULL, body, NULL) == JK_OK;
}
