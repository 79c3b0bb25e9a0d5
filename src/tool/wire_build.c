/* SPDX-License-Identifier: Apache-2.0 */
/* From paths and values to a message struct. */
#include "wire_form.h"

#include "juki/registry.h"

#include <errno.h>
#include <pb_common.h>
#include <stdlib.h>
#include <string.h>

#define NO_INDEX SIZE_MAX

typedef struct target {
    const jk_wire_field *field;
    pb_field_iter_t at;
    size_t index; /* NO_INDEX without one */
} target;

static bool problem(jk_wire_draft *draft, const char *text)
{
    draft->problem = text;
    return false;
}

/* One part of a path, "name" or "name[3]", found in a message of the type. */
static bool part_find(jk_wire_draft *draft, const jk_wire_type *type, void *message,
                      const char *part, size_t size, target *found)
{
    size_t name_size = 0;
    while (name_size < size && part[name_size] != '[') {
        name_size++;
    }
    found->index = NO_INDEX;
    if (name_size < size) {
        char *end = NULL;
        unsigned long index = strtoul(part + name_size + 1, &end, 10);
        if (end != part + size - 1 || *end != ']' || index >= JK_MEMBERS_MAX) {
            return problem(draft, "an index is not as in name[3], or too large");
        }
        found->index = index;
    }
    if (!pb_field_iter_begin(&found->at, type->descriptor, message)) {
        return problem(draft, "this message has no fields");
    }
    do {
        found->field = &type->field[found->at.index];
        if (strlen(found->field->name) == name_size &&
            memcmp(found->field->name, part, name_size) == 0) {
            return true;
        }
    } while (pb_field_iter_next(&found->at));
    return problem(draft, "no such field");
}

static bool alike(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        char x = *a >= 'a' && *a <= 'z' ? (char)(*a - 'a' + 'A') : *a;
        char y = *b >= 'a' && *b <= 'z' ? (char)(*b - 'a' + 'A') : *b;
        if ((x == '-' ? '_' : x) != (y == '-' ? '_' : y)) {
            return false;
        }
    }
    return *a == *b;
}

/* A day as 2024-04-01; false if it is not one. */
static bool day_read(const char *value, uint64_t *number)
{
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    char rest = '\0';
    int64_t days = 0;
    if (sscanf(value, "%4u-%2u-%2u%c", &year, &month, &day, &rest) != 3) {
        return false;
    }
    jk_date date = {(uint16_t)year, (uint8_t)month, (uint8_t)day, JK_DATE_EXACT};
    if (jk_date_to_day(&date, &days) != JK_OK || days < 0) {
        return false;
    }
    *number = (uint64_t)days;
    return true;
}

static bool number_read(const jk_wire_field *field, const char *value, uint64_t *number)
{
    for (size_t i = 0; field->values != NULL && i < field->values->count; i++) {
        if (alike(field->values->value[i].name, value)) {
            *number = field->values->value[i].number;
            return true;
        }
    }
    if (field->form == JK_FORM_DAY && strchr(value, '-') != NULL) {
        return day_read(value, number);
    }
    if (value[0] < '0' || value[0] > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    *number = strtoull(value, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool number_set(jk_wire_draft *draft, const target *t, const char *value)
{
    uint64_t number = 0;
    if (PB_LTYPE(t->at.type) == PB_LTYPE_BOOL) {
        if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
            return problem(draft, "neither true nor false");
        }
        *(bool *)t->at.pData = value[0] == 't';
        return true;
    }
    if (!number_read(t->field, value, &number)) {
        return problem(draft, "not a number, day or name that this field knows");
    }
    uint64_t max = t->at.data_size >= 8 ? UINT64_MAX : (UINT64_C(1) << (8 * t->at.data_size)) - 1;
    if (number > max) {
        return problem(draft, "the number is too large");
    }
    uint8_t small = (uint8_t)number;
    uint16_t middle = (uint16_t)number;
    uint32_t large = (uint32_t)number;
    switch (t->at.data_size) {
    case 1: memcpy(t->at.pData, &small, 1); break;
    case 2: memcpy(t->at.pData, &middle, 2); break;
    case 4: memcpy(t->at.pData, &large, 4); break;
    default: memcpy(t->at.pData, &number, 8); break;
    }
    return true;
}

static bool text_set(jk_wire_draft *draft, const target *t, const char *value)
{
    char *place = t->at.pData;
    bool repeated = PB_HTYPE(t->at.type) == PB_HTYPE_REPEATED;
    if (repeated != (t->index != NO_INDEX)) {
        return problem(draft, repeated ? "an index is missing" : "this field has no index");
    }
    if (strlen(value) >= t->at.data_size) {
        return problem(draft, "longer than the limit allows");
    }
    if (repeated) {
        pb_size_t *count = t->at.pSize;
        if (t->index != *count) {
            return problem(draft, "indices count up from 0");
        }
        place += t->index * t->at.data_size;
        *count = (pb_size_t)(*count + 1);
    } else if (place[0] != '\0') {
        return problem(draft, "the field stands twice");
    }
    memcpy(place, value, strlen(value) + 1);
    return true;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex_set(jk_wire_draft *draft, const char *value, uint8_t *bytes, size_t max,
                    size_t *size)
{
    size_t digits = strlen(value);
    if (digits % 2 != 0 || digits / 2 > max) {
        return problem(draft, "an odd number of hex digits, or too many");
    }
    for (size_t i = 0; i < digits / 2; i++) {
        int high = digit_value(value[2 * i]);
        int low = digit_value(value[2 * i + 1]);
        if (high < 0 || low < 0) {
            return problem(draft, "not hex digits");
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    *size = digits / 2;
    return true;
}

/* members[index].member and members[index].data */
static bool member_set(jk_wire_draft *draft, size_t index, const char *name, const char *value)
{
    if (index == NO_INDEX || index > draft->item_count) {
        return problem(draft, "indices count up from 0");
    }
    if (index == draft->item_count) {
        draft->item_count++;
    }
    jk_codec_member *item = &draft->item[index];
    if (strcmp(name, "member") == 0) {
        char *end = NULL;
        unsigned long number = strtoul(value, &end, 10);
        if (*end != '\0' || end == value || number >= JK_MEMBERS_MAX ||
            draft->item_numbered[index]) {
            return problem(draft, "not a member's index 0..15, or given twice");
        }
        draft->item_numbered[index] = true;
        item->member = (uint8_t)number;
        return true;
    }
    if (strcmp(name, "data") != 0) {
        return problem(draft, "no such field");
    }
    if (item->data.data != NULL) {
        return problem(draft, "the field stands twice");
    }
    item->data.data = draft->data[index];
    return hex_set(draft, value, draft->data[index], sizeof draft->data[index], &item->data.size);
}

static bool value_set(jk_wire_draft *draft, const target *t, const char *value)
{
    if (t->field->type != NULL) {
        return problem(draft, "this field is a message: name one of its fields");
    }
    if (PB_LTYPE(t->at.type) == PB_LTYPE_STRING) {
        return text_set(draft, t, value);
    }
    if (t->index != NO_INDEX) {
        return problem(draft, "this field has no index");
    }
    if (PB_LTYPE(t->at.type) != PB_LTYPE_BYTES) {
        return number_set(draft, t, value);
    }
    pb_bytes_array_t *bytes = t->at.pData;
    size_t size = 0;
    if (bytes->size != 0) {
        return problem(draft, "the field stands twice");
    }
    if (!hex_set(draft, value, bytes->bytes, t->at.data_size - sizeof bytes->size, &size)) {
        return false;
    }
    bytes->size = (pb_size_t)size;
    return true;
}

bool jk_wire_set(jk_wire_draft *draft, const char *path, const char *value)
{
    const jk_wire_type *type = draft->type;
    void *message = draft->message;
    for (;;) {
        target t;
        size_t size = strcspn(path, ".");
        if (!part_find(draft, type, message, path, size, &t)) {
            return false;
        }
        if (path[size] == '\0') {
            return value_set(draft, &t, value);
        }
        path += size + 1;
        if (t.field->form >= JK_FORM_SEALED_LIST) {
            return member_set(draft, t.index, path, value);
        }
        if (t.field->type == NULL || t.index != NO_INDEX) {
            return problem(draft, "this field has no fields of its own");
        }
        *(bool *)t.at.pSize = true;
        type = t.field->type;
        message = t.at.pData;
    }
}

bool jk_wire_finish(jk_wire_draft *draft)
{
    pb_field_iter_t at;
    if (draft->item_count == 0 ||
        !pb_field_iter_begin(&at, draft->type->descriptor, draft->message)) {
        return true;
    }
    do {
        if (draft->type->field[at.index].form < JK_FORM_SEALED_LIST) {
            continue;
        }
        pb_bytes_array_t *list = at.pData;
        jk_codec_bytes out = {list->bytes, at.data_size - sizeof list->size, 0};
        if (jk_codec_members_write(draft->item, draft->item_count, &out) != JK_OK) {
            return problem(draft, "the members do not ascend, lack data or are too large");
        }
        list->size = (pb_size_t)out.size;
        return true;
    } while (pb_field_iter_next(&at));
    return true;
}
