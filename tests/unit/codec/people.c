/* SPDX-License-Identifier: Apache-2.0 */
/* Random messages: one generator for every type, driven by descriptors and forms. */
#include "people.h"

#include "juki/registry.h"

#include <pb_common.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ordinary, rare and compatibility ideographs, with and without variation selectors. */
static const char *const characters[] = {
    "山",
    "田",
    "花",
    "子",
    "髙",
    "﨑",
    "\xEF\xA8\x99",
    "葛\xF3\xA0\x84\x80",
    "辻\xF3\xA0\x84\x81",
    "邊\xF3\xA0\x84\x92",
    "𠮷",
    "齋",
    "Ａ",
    "x",
    "ヶ",
};
static const char *const kana[] = {"ア", "カ", "ガ", "ッ", "ー", "ン", "ヴ", "　"};

uint64_t test_seed(void)
{
    const char *text = getenv("JK_TEST_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

uint64_t dice_roll(dice *d)
{
    d->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = d->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t dice_below(dice *d, uint32_t limit)
{
    return (uint32_t)(dice_roll(d) % limit);
}

static void digits(dice *d, char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text[i] = (char)('0' + dice_below(d, 10));
    }
    text[count] = '\0';
}

static void municipality(dice *d, char code[7])
{
    (void)snprintf(code, 7, "%02u%03u", 1 + dice_below(d, 47), dice_below(d, 1000));
    code[5] = jk_municipality_code_digit(code);
    code[6] = '\0';
}

static void resident(dice *d, char code[12])
{
    digits(d, code, 10);
    code[0] = (char)('1' + dice_below(d, 9));
    code[10] = jk_resident_code_digit(code);
    code[11] = '\0';
}

static void number(dice *d, char text[13])
{
    digits(d, text, 11);
    text[0] = (char)('1' + dice_below(d, 9));
    text[11] = jk_individual_number_digit(text);
    text[12] = '\0';
}

static void words(dice *d, char *text, size_t capacity, uint32_t points_max)
{
    size_t used = 0;
    uint32_t points = 1 + dice_below(d, dice_below(d, 8) == 0 ? points_max : 12);
    for (uint32_t i = 0; i < points; i++) {
        const char *next = characters[dice_below(d, sizeof characters / sizeof characters[0])];
        if (points_max == 200 && capacity < 1000) {
            next = i == 0 ? "ヤ" : kana[dice_below(d, sizeof kana / sizeof kana[0])];
        }
        size_t size = strlen(next);
        if (used + size >= capacity) {
            break;
        }
        memcpy(text + used, next, size + 1);
        used += size;
    }
}

static void text_fill(dice *d, const jk_wire_field *field, char *text, size_t capacity)
{
    switch (field->form) {
    case JK_FORM_MUNICIPALITY_CODE:
    case JK_FORM_NODE_CODE: municipality(d, text); return;
    case JK_FORM_RESIDENT_CODE: resident(d, text); return;
    case JK_FORM_INDIVIDUAL_NUMBER: number(d, text); return;
    case JK_FORM_POSTCODE: digits(d, text, 7); return;
    case JK_FORM_CARD_NUMBER:
        memcpy(text, "AB", 2);
        digits(d, text + 2, 8);
        memcpy(text + 10, "CD", 3);
        return;
    case JK_FORM_NAME: words(d, text, capacity, 100); return;
    case JK_FORM_KANA:
    case JK_FORM_ADDRESS: words(d, text, capacity, 200); return;
    case JK_FORM_TEXT: words(d, text, capacity, 50); return;
    case JK_FORM_ID: (void)snprintf(text, capacity, "op-%u.x_y", dice_below(d, 100000)); return;
    case JK_FORM_PLAIN:
    case JK_FORM_VERSION:
    case JK_FORM_KIND:
    case JK_FORM_TOKEN:
    case JK_FORM_NODE:
    case JK_FORM_MEMBERS:
    case JK_FORM_EPOCH:
    case JK_FORM_DATE:
    case JK_FORM_DAY:
    case JK_FORM_MEMBER:
    case JK_FORM_EXACT:
    case JK_FORM_BYTES:
    case JK_FORM_ELEMENT:
    case JK_FORM_SEALED_LIST:
    case JK_FORM_CERTIFICATE_LIST:
    case JK_FORM_PERSON_LIST: break;
    }
    text[0] = '\0';
}

static uint64_t number_value(dice *d, const jk_wire_field *field, size_t size)
{
    if (field->form == JK_FORM_VERSION) {
        return JK_ENVELOPE_VERSION;
    }
    if (field->form == JK_FORM_KIND) {
        return jk_kind_at(dice_below(d, KINDS));
    }
    if (field->values != NULL) {
        return field->values->value[1 + dice_below(d, (uint32_t)field->values->count - 1)].number;
    }
    switch (field->form) {
    case JK_FORM_MEMBER: return dice_below(d, JK_MEMBERS_MAX);
    case JK_FORM_MEMBERS: return 1 + dice_below(d, 0xFFFF);
    case JK_FORM_EPOCH: return (dice_roll(d) >> (2 + dice_below(d, 60))) + 1;
    case JK_FORM_DAY: return 1 + dice_below(d, 84005);
    case JK_FORM_ELEMENT: return (dice_roll(d) % UINT64_C(99999999999) + 1) << 16 | 1;
    case JK_FORM_PLAIN:
    case JK_FORM_VERSION:
    case JK_FORM_KIND:
    case JK_FORM_TOKEN:
    case JK_FORM_NODE:
    case JK_FORM_NODE_CODE:
    case JK_FORM_MUNICIPALITY_CODE:
    case JK_FORM_RESIDENT_CODE:
    case JK_FORM_INDIVIDUAL_NUMBER:
    case JK_FORM_POSTCODE:
    case JK_FORM_CARD_NUMBER:
    case JK_FORM_DATE:
    case JK_FORM_NAME:
    case JK_FORM_KANA:
    case JK_FORM_ADDRESS:
    case JK_FORM_TEXT:
    case JK_FORM_ID:
    case JK_FORM_EXACT:
    case JK_FORM_BYTES:
    case JK_FORM_SEALED_LIST:
    case JK_FORM_CERTIFICATE_LIST:
    case JK_FORM_PERSON_LIST: break;
    }
    uint64_t max = size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * size)) - 1;
    return (dice_roll(d) >> dice_below(d, 60)) % max + 1;
}

static void number_set(const pb_field_iter_t *at, uint64_t value)
{
    uint8_t small = (uint8_t)value;
    uint16_t middle = (uint16_t)value;
    uint32_t large = (uint32_t)value;
    switch (at->data_size) {
    case 1: memcpy(at->pData, &small, 1); return;
    case 2: memcpy(at->pData, &middle, 2); return;
    case 4: memcpy(at->pData, &large, 4); return;
    default: memcpy(at->pData, &value, 8); return;
    }
}

static size_t data_make(dice *d, jk_form form, uint8_t *data, size_t capacity)
{
    static message_room room;
    jk_codec_bytes out = {data, capacity, 0};
    const jk_wire_type *type =
        form == JK_FORM_PERSON_LIST ? &jk_wire_type_Person : &jk_wire_type_Certificate;
    if (form == JK_FORM_SEALED_LIST) {
        out.size = 1 + dice_below(d, 800);
        for (size_t i = 0; i < out.size; i++) {
            data[i] = (uint8_t)dice_below(d, 256);
        }
        return out.size;
    }
    do {
        message_fill(d, type, &room);
    } while (jk_codec_encode(type, &room, NULL, &out, NULL) != JK_OK);
    return out.size;
}

static void list_fill(dice *d, jk_form form, const pb_field_iter_t *at)
{
    static uint8_t data[JK_MEMBERS_MAX][5000];
    static uint8_t bytes[JK_BODY_SIZE_MAX];
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t room = 14000;
    uint32_t mask = 1 + dice_below(d, 0xFFFF);
    for (uint8_t i = 0; i < JK_MEMBERS_MAX; i++) {
        if ((mask >> i & 1) == 0) {
            continue;
        }
        size_t size = data_make(d, form, data[i], sizeof data[i]);
        if (count > 0 && size + 16 > room) {
            break;
        }
        room -= size + 16;
        items[count++] = (jk_codec_member){i, {data[i], size}};
    }
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    if (jk_codec_members_write(items, count, &out) != JK_OK) {
        abort();
    }
    pb_bytes_array_t *array = (pb_bytes_array_t *)at->pData;
    array->size = (pb_size_t)out.size;
    memcpy(array->bytes, bytes, out.size);
}

static void date_fill(dice *d, jk_wire_Date *date)
{
    memset(date, 0, sizeof *date);
    uint32_t form = dice_below(d, 4);
    jk_date full = jk_date_of_day((int64_t)dice_below(d, 40000) - 20000);
    date->year = full.year;
    if (form > 0) {
        date->month = full.month;
    }
    if (form > 1) {
        date->day = full.day;
        date->qualifier = dice_below(d, 4) == 0 ? jk_wire_DateQualifier_DATE_ABOUT
                                                : jk_wire_DateQualifier_DATE_EXACT;
    }
}

static void node_fill(dice *d, jk_wire_NodeId *node)
{
    memset(node, 0, sizeof *node);
    node->role = (jk_wire_Role)(1 + dice_below(d, 6));
    node->unit = (uint16_t)dice_below(d, 3);
    municipality(d, node->code);
    if (node->role == jk_wire_Role_ROLE_NATIONAL || node->role == jk_wire_Role_ROLE_CARDS) {
        memcpy(node->code, "000000", 7);
    }
}

static void field_fill(dice *d, const jk_wire_field *field, pb_field_iter_t *at)
{
    if (PB_LTYPE(at->type) == PB_LTYPE_STRING && PB_HTYPE(at->type) == PB_HTYPE_REPEATED) {
        pb_size_t count = (pb_size_t)(1 + dice_below(d, at->array_size));
        *(pb_size_t *)at->pSize = count;
        for (pb_size_t i = 0; i < count; i++) {
            text_fill(d, field, (char *)at->pData + (size_t)i * at->data_size, at->data_size);
        }
    } else if (PB_LTYPE(at->type) == PB_LTYPE_STRING) {
        text_fill(d, field, at->pData, at->data_size);
    } else if (PB_LTYPE(at->type) == PB_LTYPE_BYTES) {
        pb_bytes_array_t *array = (pb_bytes_array_t *)at->pData;
        if (field->form >= JK_FORM_SEALED_LIST) {
            list_fill(d, field->form, at);
            return;
        }
        size_t size = field->form == JK_FORM_TOKEN ? 16 : 1 + dice_below(d, 100);
        array->size = (pb_size_t)(field->form == JK_FORM_EXACT ? field->most : size);
        for (size_t i = 0; i < array->size; i++) {
            array->bytes[i] = (pb_byte_t)(1 + dice_below(d, 255));
        }
    } else if (field->type != NULL) {
        *(bool *)at->pSize = true;
        if (field->form == JK_FORM_DATE) {
            date_fill(d, at->pData);
        } else if (field->form == JK_FORM_NODE) {
            node_fill(d, at->pData);
        } else {
            message_fill(d, field->type, at->pData);
        }
    } else {
        bool flag = PB_LTYPE(at->type) == PB_LTYPE_BOOL;
        number_set(at, flag ? 1 : number_value(d, field, at->data_size));
    }
}

void message_fill(dice *d, const jk_wire_type *type, void *message)
{
    memset(message, 0, type->size);
    if (type == &jk_wire_type_Date) {
        date_fill(d, message);
        return;
    }
    pb_field_iter_t at;
    if (!pb_field_iter_begin(&at, type->descriptor, message)) {
        return;
    }
    do {
        const jk_wire_field *field = &type->field[at.index];
        if (field->required || dice_below(d, 2) == 0) {
            field_fill(d, field, &at);
        }
    } while (pb_field_iter_next(&at));
    if (type == &jk_wire_type_VerifyRequest) {
        resident(d, ((jk_wire_VerifyRequest *)message)->resident_code);
    }
    if (type == &jk_wire_type_CertRequest) {
        jk_wire_CertRequest *request = message;
        request->card_resident = (uint8_t)(request->card_resident % request->resident_code_count);
    }
}

static jk_members first_members(size_t count)
{
    return count == 0 ? 0 : (UINT32_C(1) << count) - 1;
}

/* The mask that a body names. */
static jk_members members_of(uint16_t kind, const message_room *room)
{
    const pb_bytes_array_t *list = NULL;
    switch (kind) {
    case jk_wire_Kind_KIND_CERT:
    case jk_wire_Kind_KIND_CORRECTED:
    case jk_wire_Kind_KIND_REGISTERED: list = (const pb_bytes_array_t *)&room->cert.members; break;
    case jk_wire_Kind_KIND_REGISTER: list = (const pb_bytes_array_t *)&room->reg.members; break;
    case jk_wire_Kind_KIND_FILED:
        list = (const pb_bytes_array_t *)&((const jk_wire_Filed *)room)->members;
        break;
    case jk_wire_Kind_KIND_NOTICE:
    case jk_wire_Kind_KIND_MOVED:
        return first_members(((const jk_wire_Notice *)room)->resident_code_count);
    case jk_wire_Kind_KIND_DISPUTED:
    case jk_wire_Kind_KIND_WITHDRAWN:
    case jk_wire_Kind_KIND_WITHDRAW:
    case jk_wire_Kind_KIND_REMOVED:
    case jk_wire_Kind_KIND_RESTORED:
        return first_members(((const jk_wire_Removed *)room)->resident_code_count);
    case jk_wire_Kind_KIND_DEATH:
    case jk_wire_Kind_KIND_DIED:
        return first_members(((const jk_wire_Death *)room)->resident_code_count);
    case jk_wire_Kind_KIND_RECODE: return first_members(1);
    default: return 5;
    }
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    jk_members mask = 0;
    if (jk_codec_members_read((jk_span){list->bytes, list->size}, items, &count, NULL) != JK_OK) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        mask |= UINT32_C(1) << items[i].member;
    }
    return mask;
}

static jk_node_id node_random(dice *d)
{
    jk_wire_NodeId wire;
    node_fill(d, &wire);
    jk_node_id node = {.role = (uint8_t)wire.role, .unit = wire.unit};
    memcpy(node.code, wire.code, sizeof node.code);
    return node;
}

void envelope_fill(dice *d, uint16_t kind, uint8_t *body, size_t capacity, jk_envelope *envelope)
{
    static message_room room;
    jk_codec_bytes out = {body, capacity, 0};
    do {
        message_fill(d, jk_codec_body_type(kind), &room);
        if (kind == jk_wire_Kind_KIND_ENTRY || kind == jk_wire_Kind_KIND_REMOVAL) {
            room.record.change_reason = kind == jk_wire_Kind_KIND_ENTRY
                                            ? jk_wire_ChangeReason_CHANGE_MOVE_IN
                                            : jk_wire_ChangeReason_CHANGE_MOVE_OUT;
            room.record.previous_resident_code[0] = '\0'; /* only of a code that changed */
            room.record.episode = 0;
        }
        if (kind == jk_wire_Kind_KIND_UPDATE) {
            room.record.change_reason = jk_wire_ChangeReason_CHANGE_MINOR_CORRECTION;
            room.record.previous_resident_code[0] = '\0';
            room.record.episode += room.record.episode == 0 ? 1 : 0;
        }
        if (kind == jk_wire_Kind_KIND_CHANGED) {
            room.changed.change_reason = jk_wire_ChangeReason_CHANGE_FURIGANA;
        }
    } while (jk_codec_encode_body(kind, &room, NULL, &out, NULL) != JK_OK ||
             (kind == jk_wire_Kind_KIND_REMOVED && out.size == 0));
    memset(envelope, 0, sizeof *envelope);
    envelope->kind = kind;
    envelope->body = (jk_span){body, out.size};
    envelope->members = members_of(kind, &room);
    envelope->epoch = 1 + dice_below(d, 1000000);
    envelope->reason = (uint16_t)(1 + dice_below(d, 8));
    envelope->author = node_random(d);
    envelope->target = node_random(d);
    for (size_t i = 0; i < 16; i++) {
        envelope->message_id.byte[i] = (uint8_t)(1 + dice_below(d, 255));
        envelope->case_id.byte[i] = (uint8_t)(1 + dice_below(d, 255));
        envelope->txn.byte[i] = (uint8_t)(1 + dice_below(d, 255));
    }
}
