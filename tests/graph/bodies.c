/* SPDX-License-Identifier: Apache-2.0 */
/* What the messages of a scene carry beside the model's fields: synthetic residents. */
#include "card.pb.h"
#include "identify.pb.h"
#include "movein.h"
#include "movein.pb.h"
#include "names.h"
#include "scene.h"
#include "step/roles.h"
#include "update.pb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_NAME "試験 一郎"

enum {
    LATE_DAYS = 400,  /* far beyond the special route */
    ROOM = 8192,      /* bytes of a list of two persons or certificates */
    PLANNED_AHEAD = 5 /* days until a registry's planned date: it never comes by itself */
};

static void person_of(const scene *s, int member, const char *address, jk_wire_Person *person)
{
    memset(person, 0, sizeof *person);
    memcpy(person->resident_code, s->code[member], sizeof person->resident_code);
    (void)snprintf(person->name, sizeof person->name, "%s", member == 0 ? HEAD_NAME : "試験 二郎");
    (void)snprintf(person->address, sizeof person->address, "%s",
                   address != NULL ? address : "試験町1番地");
    memcpy(person->municipality_code,
           s->self.role == JK_ROLE_CS || s->self.role == JK_ROLE_REGISTRY ? s->self.code : "131016",
           sizeof person->municipality_code);
    person->sex = jk_wire_Sex_SEX_MALE;
    person->has_birth = true;
    person->birth.year = (uint16_t)(1980 + member);
    person->birth.month = 2;
    person->birth.day = 3;
}

jk_status scene_person(const scene *s, int member, bool moved, jk_codec_bytes *out)
{
    static jk_wire_Person person;
    person_of(s, member, moved ? SCENE_NEW_ADDRESS : NULL, &person);
    return jk_codec_encode(&jk_wire_type_Person, &person, NULL, out, NULL);
}

jk_status scene_registry_record(const scene *s, int member, jk_codec_bytes *out)
{
    static jk_wire_RegistryRecord record;
    memset(&record, 0, sizeof record);
    record.has_person = true;
    person_of(s, member, NULL, &record.person);
    (void)snprintf(record.head_name, sizeof record.head_name, HEAD_NAME);
    (void)snprintf(record.relationship, sizeof record.relationship, "%s",
                   member == 0 ? "世帯主" : "子");
    return jk_codec_encode(&jk_wire_type_RegistryRecord, &record, NULL, out, NULL);
}

static jk_status certificate_of(const scene *s, int member, jk_codec_bytes *out)
{
    static jk_wire_Certificate certificate;
    memset(&certificate, 0, sizeof certificate);
    certificate.has_person = true;
    person_of(s, member, NULL, &certificate.person);
    (void)snprintf(certificate.head_name, sizeof certificate.head_name, HEAD_NAME);
    (void)snprintf(certificate.relationship, sizeof certificate.relationship, "%s",
                   member == 0 ? "世帯主" : "子");
    certificate.planned_out_day = SCENE_TODAY;
    certificate.filing_day = SCENE_TODAY;
    return jk_codec_encode(&jk_wire_type_Certificate, &certificate, NULL, out, NULL);
}

typedef enum item_kind {
    ITEM_CERTIFICATE,
    ITEM_SEALED,
    ITEM_PERSON,
    ITEM_CORRECTED
} item_kind;

static jk_status item_of(scene *s, item_kind kind, int member, const scene_deed *deed,
                         jk_codec_bytes *out)
{
    static uint8_t raw[JK_CERT_SIZE_MAX];
    static jk_wire_Person person;
    jk_codec_bytes plain = {raw, sizeof raw, 0};
    jk_status status = JK_OK;
    switch (kind) {
    case ITEM_CERTIFICATE: return certificate_of(s, member, out);
    case ITEM_PERSON: return scene_person(s, member, true, out);
    case ITEM_CORRECTED:
        person_of(s, member, SCENE_CORRECTED_ADDRESS, &person);
        return jk_codec_encode(&jk_wire_type_Person, &person, NULL, out, NULL);
    case ITEM_SEALED: status = certificate_of(s, member, &plain); break;
    }
    const jk_codec_member item = {(uint8_t)member, {plain.data, plain.size}};
    return status == JK_OK
               ? s->seal(s->seal_arg, &deed->peer, &s->self, &item, &deed->envelope, out)
               : status;
}

/* The members of the mask as a list. */
static jk_status list_of(scene *s, item_kind kind, uint64_t mask, const scene_deed *deed,
                         jk_codec_bytes *out)
{
    static uint8_t room[SCENE_MEMBERS][ROOM];
    jk_codec_member items[SCENE_MEMBERS];
    size_t count = 0;
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        if (((mask >> member) & 1U) == 0) {
            continue;
        }
        jk_codec_bytes one = {room[member], sizeof room[member], 0};
        const jk_status status = item_of(s, kind, member, deed, &one);
        if (status != JK_OK) {
            return status;
        }
        items[count++] = (jk_codec_member){(uint8_t)member, {one.data, one.size}};
    }
    return jk_codec_members_write(items, count, out);
}

#define LIST_INTO(FIELD, KIND, MASK)                                   \
    do {                                                               \
        jk_codec_bytes list = {(FIELD).bytes, sizeof(FIELD).bytes, 0}; \
        status = list_of(s, (KIND), (MASK), deed, &list);              \
        (FIELD).size = (pb_size_t)list.size;                           \
    } while (0)

static pb_size_t codes_of(const scene *s, uint64_t mask, char (*codes)[12])
{
    pb_size_t count = 0;
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        if (((mask >> member) & 1U) != 0) {
            memcpy(codes[count++], s->code[member], 12);
        }
    }
    return count;
}

/* ---- requests ---- */

/* 2-4, 3-1: which resident is asked about, and what the reader said, so that the real answer is the
 * one that the test has. */
static void verify_request(const scene *s, const scene_input *input, jk_wire_VerifyRequest *body)
{
    const char *answer = scene_hook(input, "identity_check");
    const char *code = s->code[0];
    memset(body, 0, sizeof *body);
    body->card_kind = jk_wire_CardKind_CARD_INDIVIDUAL_NUMBER;
    body->card_usable = true;
    body->pin_verified = answer == NULL || strcmp(answer, "PIN_LOCKED") != 0;
    if (answer != NULL && strcmp(answer, "MATCH_REMOVED") == 0) {
        code = s->code[1];
    } else if (answer != NULL && strcmp(answer, "CODE_CHANGED") == 0) {
        code = s->in_use;
    } else if (answer != NULL && strcmp(answer, "NO_MATCH") == 0) {
        code = s->stranger;
    }
    memcpy(body->resident_code, code, sizeof body->resident_code);
    (void)snprintf(body->operator_id, sizeof body->operator_id, "op1");
    (void)snprintf(body->purpose_id, sizeof body->purpose_id, "movein");
}

static void cert_request(const scene *s, const scene_input *input, jk_wire_CertRequest *body)
{
    const char *members = scene_hook(input, "case_members");
    const char *check = scene_hook(input, "case_check");
    const bool late = input->refusal || (check != NULL && strcmp(check, "TOO_LATE") == 0);
    const bool at_origin = s->machine->id == JK_MACHINE_ORIGIN_CS;
    memset(body, 0, sizeof *body);
    const char *origin = at_origin ? s->self.code : "131024";
    memcpy(body->origin_municipality_code, origin, sizeof body->origin_municipality_code);
    const uint64_t mask = members != NULL ? strtoull(members, NULL, 10) : at_origin ? 1 : 3;
    body->resident_code_count = codes_of(s, mask, body->resident_code);
    if (check != NULL && strcmp(check, "NO_FILING") == 0) { /* one of them is of no case */
        memcpy(body->resident_code[body->resident_code_count++], s->stranger, 12);
    }
    body->filing_day = SCENE_TODAY + (late ? LATE_DAYS : 0);
    body->moved_in_day = SCENE_TODAY;
    (void)snprintf(body->new_address, sizeof body->new_address, SCENE_NEW_ADDRESS);
}

/* ---- notices ---- */

static void notice(const scene *s, const scene_input *input, const scene_deed *deed,
                   jk_wire_Notice *body)
{
    const char *check = scene_hook(input, "notice_check");
    const bool deviates = check != NULL && strcmp(check, "DEVIATION") == 0;
    memset(body, 0, sizeof *body);
    body->resident_code_count = codes_of(s, deed->envelope.members, body->resident_code);
    memcpy(body->new_municipality_code, deed->peer.code, sizeof body->new_municipality_code);
    (void)snprintf(body->new_address, sizeof body->new_address, SCENE_NEW_ADDRESS);
    body->moved_in_day = SCENE_TODAY + (deviates ? 1 : 0);
    body->notice_day = SCENE_TODAY + (deviates ? 1 : 0);
}

static void moved(const scene *s, const scene_deed *deed, jk_wire_Moved *body)
{
    memset(body, 0, sizeof *body);
    body->resident_code_count = codes_of(s, deed->envelope.members, body->resident_code);
    memcpy(body->new_municipality_code, "131024", sizeof body->new_municipality_code);
    (void)snprintf(body->new_address, sizeof body->new_address, SCENE_NEW_ADDRESS);
    body->moved_in_day = SCENE_TODAY;
    body->notice_day = SCENE_TODAY;
}

static void entry(const scene *s, const scene_input *input, const scene_deed *deed,
                  jk_wire_LogRecord *body)
{
    const bool in = deed->envelope.kind == JK_MOVEIN_KIND_ENTRY;
    const uint64_t author = scene_number(input->line, "author");
    memset(body, 0, sizeof *body);
    memcpy(body->municipality_code, deed->envelope.author.code, sizeof body->municipality_code);
    body->sequence = *scene_log_head(s, author) + 1;
    body->has_person = true;
    person_of(s, 0, NULL, &body->person);
    body->change_reason =
        in ? jk_wire_ChangeReason_CHANGE_MOVE_IN : jk_wire_ChangeReason_CHANGE_MOVE_OUT;
    body->has_change_date = true;
    body->change_date.year = 2026;
    body->change_date.month = 4;
    body->change_date.day = 1;
    body->special = true;
    body->recorded_day = SCENE_TODAY;
}

/* Another code: one that is free, or one that somebody has. */
static void recode(scene *s, const scene_input *input, jk_wire_Recode *body)
{
    const char *check = scene_hook(input, "code_check");
    const bool in_use = check != NULL && strcmp(check, "CODE_IN_USE") == 0;
    const int member = input->mask == 2 ? 1 : 0;
    if (!in_use) {
        scene_code(s, s->next);
    }
    memset(body, 0, sizeof *body);
    memcpy(body->resident_code, s->code[member], sizeof body->resident_code);
    memcpy(body->new_resident_code, in_use ? s->in_use : s->next, sizeof body->new_resident_code);
}

static jk_status filed(scene *s, uint64_t mask, const scene_deed *deed, jk_wire_Filed *body)
{
    jk_status status = JK_OK;
    memset(body, 0, sizeof *body);
    LIST_INTO(body->members, ITEM_CERTIFICATE, mask);
    const bool registry = s->self.role == JK_ROLE_REGISTRY;
    body->planned_out_day = SCENE_TODAY + (registry ? PLANNED_AHEAD : 0);
    body->filing_day = SCENE_TODAY;
    return status;
}

/* ---- all of them ---- */

typedef union any_body {
    jk_wire_VerifyRequest verify_request;
    jk_wire_VerifyResult verify_result;
    jk_wire_CertRequest cert_request;
    jk_wire_Cert cert;
    jk_wire_Register enroll;
    jk_wire_Registered registered;
    jk_wire_Notice notice;
    jk_wire_Removed codes;
    jk_wire_Death death;
    jk_wire_Filed filed;
    jk_wire_Moved moved;
    jk_wire_Recode recode;
    jk_wire_LogRecord log;
    jk_wire_Continue go_on;
    jk_wire_CardStatus card_status;
} any_body;

_Static_assert(sizeof(jk_wire_Registered) == sizeof(jk_wire_Corrected), "lists of persons");
_Static_assert(sizeof(jk_wire_Death) == sizeof(jk_wire_Died), "a death and its telling");

static void go_on(const scene *s, const scene_deed *deed, jk_wire_Continue *body)
{
    memcpy(body->resident_code, s->code[0], sizeof body->resident_code);
    memcpy(body->municipality_code, deed->peer.code, sizeof body->municipality_code);
    (void)snprintf(body->address, sizeof body->address, SCENE_NEW_ADDRESS);
    body->filing_day = SCENE_TODAY;
}

static jk_status make_body(scene *s, const scene_input *input, scene_deed *deed, any_body *body)
{
    const uint64_t mask = deed->envelope.members;
    jk_status status = JK_OK;
    switch ((jk_movein_kind)deed->envelope.kind) {
    case JK_MOVEIN_KIND_VERIFY_REQUEST:
        verify_request(s, input, &body->verify_request);
        return JK_OK;
    case JK_MOVEIN_KIND_VERIFY_RESULT:
        memcpy(body->verify_result.resident_code, s->code[0], 12);
        return JK_OK;
    case JK_MOVEIN_KIND_CERT_REQUEST: cert_request(s, input, &body->cert_request); return JK_OK;
    case JK_MOVEIN_KIND_CERT: LIST_INTO(body->cert.members, ITEM_SEALED, mask); return status;
    case JK_MOVEIN_KIND_REGISTER:
        LIST_INTO(body->enroll.members, ITEM_CERTIFICATE, mask);
        (void)snprintf(body->enroll.new_address, sizeof body->enroll.new_address,
                       SCENE_NEW_ADDRESS);
        body->enroll.filing_day = SCENE_TODAY;
        body->enroll.moved_in_day = SCENE_TODAY;
        return status;
    case JK_MOVEIN_KIND_REGISTERED:
        LIST_INTO(body->registered.members, ITEM_PERSON, mask);
        return status;
    case JK_MOVEIN_KIND_CORRECTED:
        LIST_INTO(body->registered.members, ITEM_CORRECTED, mask);
        return status;
    case JK_MOVEIN_KIND_NOTICE: notice(s, input, deed, &body->notice); return JK_OK;
    case JK_MOVEIN_KIND_DISPUTED:
    case JK_MOVEIN_KIND_WITHDRAWN:
    case JK_MOVEIN_KIND_WITHDRAW:
    case JK_MOVEIN_KIND_REMOVED:
    case JK_MOVEIN_KIND_RESTORED:
    case JK_MOVEIN_KIND_CANCEL_OUT:
    case JK_MOVEIN_KIND_CANCEL_OK:
    case JK_MOVEIN_KIND_CANCEL_REFUSED:
        body->codes.resident_code_count = codes_of(s, mask, body->codes.resident_code);
        return JK_OK;
    case JK_MOVEIN_KIND_DEATH:
    case JK_MOVEIN_KIND_DIED:
        body->death.resident_code_count = codes_of(s, mask, body->death.resident_code);
        body->death.death_day = SCENE_TODAY - 1;
        return JK_OK;
    case JK_MOVEIN_KIND_FILED: return filed(s, mask, deed, &body->filed);
    case JK_MOVEIN_KIND_MOVED: moved(s, deed, &body->moved); return JK_OK;
    case JK_MOVEIN_KIND_RECODE: recode(s, input, &body->recode); return JK_OK;
    case JK_MOVEIN_KIND_ENTRY:
    case JK_MOVEIN_KIND_REMOVAL: entry(s, input, deed, &body->log); return JK_OK;
    case JK_MOVEIN_KIND_CONTINUE: go_on(s, deed, &body->go_on); return JK_OK;
    case JK_MOVEIN_KIND_CARD_STATUS: {
        const char *state = scene_hook(input, "card_state");
        memcpy(body->card_status.resident_code, s->code[0], 12);
        body->card_status.card_usable = state == NULL || strcmp(state, "CARD_USABLE") == 0;
        return JK_OK;
    }
    case JK_MOVEIN_KIND_REFUSAL:
    case JK_MOVEIN_KIND_RELEASE:
    case JK_MOVEIN_KIND_REJECTED:
    case JK_MOVEIN_KIND_STOP:
    case JK_MOVEIN_KIND_STOPPED:
    case JK_MOVEIN_KIND_ACCEPTED:
    case JK_MOVEIN_KIND_RETRY:
    case JK_MOVEIN_KIND_GRANT_STATUS:
    case JK_MOVEIN_KIND_HOLDS:
    case JK_MOVEIN_KIND_CARD_STATE:
    case JK_MOVEIN_KIND_CANCEL:
    case JK_MOVEIN_KIND_DONE:
    case JK_MOVEIN_KIND_REFUSED:
    case JK_MOVEIN_KIND_RECODE_OK:
    case JK_MOVEIN_KIND_RECODE_REFUSED:
    case JK_MOVEIN_KIND_CONTINUED:
    case JK_MOVEIN_KIND_CONTINUE_REFUSED: return JK_OK; /* nothing that is needed */
    }
    return JK_E_KIND;
}

bool scene_body(scene *s, const scene_input *input, scene_deed *deed)
{
    static any_body body;
    jk_codec_error error = {.rule = ""};
    jk_codec_bytes bytes = {deed->body, sizeof deed->body, 0};
    memset(&body, 0, sizeof body);
    jk_status status = make_body(s, input, deed, &body);
    if (status == JK_OK) {
        status = jk_codec_encode_body(deed->envelope.kind, &body, NULL, &bytes, &error);
    }
    deed->envelope.body = (jk_span){bytes.data, bytes.size};
    return status == JK_OK || scene_differ(s, input->line->number, "no body of %s: %s %s",
                                           input->kind, jk_status_name(status), error.path);
}

/* ---- commands ---- */

static jk_status add_data(scene_deed *deed, const char *name, uint16_t kind, const void *body)
{
    jk_codec_bytes *bytes = &deed->data[deed->data_count];
    *bytes = (jk_codec_bytes){deed->room[deed->data_count], sizeof deed->room[0], 0};
    deed->data_name[deed->data_count++] = name;
    return jk_codec_encode_body(kind, body, NULL, bytes, NULL);
}

/* Whom a correction is of: those whom the effect names. */
static uint64_t corrected_members(const scene_input *input)
{
    for (size_t i = 0; i < input->action_count; i++) {
        if (strcmp(input->actions[i].word[1], "CORRECT_REGISTER") == 0) {
            return scene_number(&input->actions[i], "mask");
        }
    }
    return 1;
}

bool scene_data(scene *s, const scene_input *input, scene_deed *deed)
{
    static any_body body;
    static const char two[] = "op1\nop2\n";
    jk_status status = JK_OK;
    memset(&body, 0, sizeof body);
    switch ((jk_movein_command)scene_command(input->kind)) {
    case JK_MOVEIN_COMMAND_MOVE_IN:
        verify_request(s, input, &body.verify_request);
        status = add_data(deed, "verify", JK_MOVEIN_KIND_VERIFY_REQUEST, &body);
        memset(&body, 0, sizeof body);
        cert_request(s, input, &body.cert_request);
        return status == JK_OK &&
               add_data(deed, "request", JK_MOVEIN_KIND_CERT_REQUEST, &body) == JK_OK;
    case JK_MOVEIN_COMMAND_FILE_OUT:
        status = filed(s, deed->members, deed, &body.filed);
        return status == JK_OK && add_data(deed, "filed", JK_MOVEIN_KIND_FILED, &body) == JK_OK;
    case JK_MOVEIN_COMMAND_REPORT_DEATH:
        body.death.resident_code_count = codes_of(s, deed->members, body.death.resident_code);
        body.death.death_day = SCENE_TODAY - 1;
        return add_data(deed, "death", JK_MOVEIN_KIND_DEATH, &body) == JK_OK;
    case JK_MOVEIN_COMMAND_CHANGE_CODE:
        recode(s, input, &body.recode);
        return add_data(deed, "recode", JK_MOVEIN_KIND_RECODE, &body) == JK_OK;
    case JK_MOVEIN_COMMAND_CORRECT_ENTRY:
        LIST_INTO(body.registered.members, ITEM_CORRECTED, corrected_members(input));
        return status == JK_OK &&
               add_data(deed, "correction", JK_MOVEIN_KIND_CORRECTED, &body) == JK_OK;
    case JK_MOVEIN_COMMAND_OVERRIDE:
        memcpy(deed->room[0], two, sizeof two - 1);
        deed->data[0] = (jk_codec_bytes){deed->room[0], sizeof deed->room[0], sizeof two - 1};
        deed->data_name[deed->data_count++] = "override";
        return true;
    case JK_MOVEIN_COMMAND_STOP_MOVE_IN:
    case JK_MOVEIN_COMMAND_GIVE_UP:
    case JK_MOVEIN_COMMAND_ENTER:
    case JK_MOVEIN_COMMAND_REJECT:
    case JK_MOVEIN_COMMAND_RETRY_NOTICE:
    case JK_MOVEIN_COMMAND_WITHDRAW_ENTRY:
    case JK_MOVEIN_COMMAND_END_WITHOUT_CARD:
    case JK_MOVEIN_COMMAND_CANCEL_FILING: return true;
    }
    return false;
}
