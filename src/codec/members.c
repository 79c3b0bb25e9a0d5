/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of members: 1..16 Member messages in ascending order, each with its data. */
#include "members.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

#define ITEM_KEY      0x0A /* field 1, length-delimited: MemberList.item */
#define SIZE_SIZE_MAX 5    /* bytes of an item's length */
#define LIST_NAME     "members"

_Static_assert(sizeof((jk_wire_Member *)NULL)->data.bytes == JK_SEALED_SIZE_MAX, "sealed limit");

static size_t distance(jk_span whole, jk_span part)
{
    return (size_t)(part.data - whole.data);
}

/* The bytes of the item at *at, which then is where the next one begins. */
static jk_status item_bytes(jk_span list, size_t *at, jk_span *bytes, jk_codec_error *error)
{
    const char *rule = "";
    size_t next = *at + 1;
    uint64_t size = 0;
    if (list.data[*at] != ITEM_KEY) {
        return jk_scan_fail(error, JK_E_UNKNOWN_FIELD, "unknown-field", 0, "");
    }
    jk_status status = jk_scan_varint(list, &next, SIZE_SIZE_MAX, &size, &rule);
    if (status != JK_OK) {
        return jk_scan_fail(error, status, rule, 1, "");
    }
    if (size > list.size - next) {
        return jk_scan_fail(error, JK_E_WIRE, "length", 1, "");
    }
    *bytes = (jk_span){list.data + next, (size_t)size};
    *at = next + bytes->size;
    return JK_OK;
}

/* The item at *at of the list, the index-th one. */
static jk_status item_read(jk_span list, size_t *at, size_t index, jk_codec_member *item,
                           jk_codec_error *error)
{
    size_t start = *at;
    jk_span bytes = {NULL, 0};
    jk_scan scan;
    jk_status status = item_bytes(list, at, &bytes, error);
    if (status != JK_OK) {
        return jk_scan_within(error, status, start, LIST_NAME, index);
    }
    status = jk_scan_run(&scan, &jk_wire_type_Member, bytes, NULL, error);
    if (status != JK_OK) {
        return jk_scan_within(error, status, distance(list, bytes), LIST_NAME, index);
    }
    size_t count = 0;
    const jk_scan_place *member = jk_scan_find(&scan, jk_wire_Member_member_tag, &count);
    const jk_scan_place *data = jk_scan_find(&scan, jk_wire_Member_data_tag, &count);
    item->member = member != NULL ? (uint8_t)member->value : 0;
    item->data = data->payload;
    return JK_OK;
}

jk_status jk_codec_members_read(jk_span list, jk_codec_member items[JK_MEMBERS_MAX], size_t *count,
                                jk_codec_error *error)
{
    jk_codec_member found[JK_MEMBERS_MAX];
    size_t used = 0;
    for (size_t at = 0; at < list.size; used++) {
        size_t start = at;
        jk_status status = JK_OK;
        if (used == JK_MEMBERS_MAX) {
            status = jk_scan_fail(error, JK_E_OVERSIZED, "count", 0, "");
            return jk_scan_within(error, status, start, LIST_NAME, used);
        }
        status = item_read(list, &at, used, &found[used], error);
        if (status != JK_OK) {
            return status;
        }
        if (used > 0 && found[used].member <= found[used - 1].member) {
            status = jk_scan_fail(error, JK_E_NOT_CANONICAL, "member-order", 0, "");
            return jk_scan_within(error, status, start, LIST_NAME, used);
        }
    }
    if (used == 0) {
        return jk_scan_fail(error, JK_E_MISSING_FIELD, "required", 0, "members");
    }
    memcpy(items, found, used * sizeof found[0]);
    *count = used;
    return jk_scan_fail(error, JK_OK, "", 0, "");
}

/* One item's bytes: its size first, because the list is written front to back. */
static bool item_write(pb_ostream_t *stream, const jk_codec_member *item)
{
    pb_ostream_t sizing = PB_OSTREAM_SIZING;
    for (int pass = 0; pass < 2; pass++) {
        pb_ostream_t *to = pass == 0 ? &sizing : stream;
        if (pass == 1 && (!pb_encode_tag(stream, PB_WT_STRING, 1) ||
                          !pb_encode_varint(stream, sizing.bytes_written))) {
            return false;
        }
        if (item->member != 0 && (!pb_encode_tag(to, PB_WT_VARINT, jk_wire_Member_member_tag) ||
                                  !pb_encode_varint(to, item->member))) {
            return false;
        }
        if (!pb_encode_tag(to, PB_WT_STRING, jk_wire_Member_data_tag) ||
            !pb_encode_string(to, item->data.data, item->data.size)) {
            return false;
        }
    }
    return true;
}

jk_status jk_codec_members_write(const jk_codec_member *items, size_t count, jk_codec_bytes *out)
{
    uint8_t bytes[JK_BODY_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    for (size_t i = 0; i < count; i++) {
        if (!item_write(&stream, &items[i])) {
            return JK_E_OVERSIZED;
        }
    }
    jk_codec_member again[JK_MEMBERS_MAX];
    size_t again_count = 0;
    jk_span list = {bytes, stream.bytes_written};
    jk_status status = jk_codec_members_read(list, again, &again_count, NULL);
    if (status != JK_OK) {
        return status;
    }
    if (list.size > out->capacity) {
        return JK_E_OVERSIZED;
    }
    memcpy(out->data, list.data, list.size);
    out->size = list.size;
    return JK_OK;
}

/* What a member's data must be. */
static const jk_wire_type *data_type(jk_form form)
{
    if (form == JK_FORM_CERTIFICATE_LIST) {
        return &jk_wire_type_Certificate;
    }
    return form == JK_FORM_PERSON_LIST ? &jk_wire_type_Person : NULL;
}

static jk_status check_data(const jk_scan *outer, jk_span data, const jk_wire_type *type)
{
    if (type == NULL) {
        return JK_OK;
    }
    size_t max = type == &jk_wire_type_Certificate ? JK_CERT_SIZE_MAX : JK_PERSON_SIZE_MAX;
    if (data.size > max) {
        return jk_scan_fail(outer->error, JK_E_OVERSIZED, "length-max", 0, "data");
    }
    jk_scan scan;
    return jk_scan_run(&scan, type, data, outer->rules, outer->error);
}

static jk_status check_list(const jk_scan *scan, jk_span list, jk_form form,
                            jk_members_named *named)
{
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    jk_status status = jk_codec_members_read(list, items, &count, scan->error);
    if (status != JK_OK) {
        if (scan->error != NULL) {
            scan->error->offset += distance(scan->bytes, list);
        }
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        status = check_data(scan, items[i].data, data_type(form));
        if (status != JK_OK) {
            size_t offset = distance(scan->bytes, items[i].data);
            return jk_scan_within(scan->error, status, offset, LIST_NAME, i);
        }
        if (named != NULL) {
            named->mask |= UINT32_C(1) << items[i].member;
        }
    }
    return JK_OK;
}

jk_status jk_members_check(const jk_scan *scan, const jk_wire_type *type, jk_members_named *named)
{
    for (size_t i = 0; i < type->count; i++) {
        const jk_wire_field *field = &type->field[i];
        bool list = field->form == JK_FORM_SEALED_LIST || field->form == JK_FORM_CERTIFICATE_LIST ||
                    field->form == JK_FORM_PERSON_LIST;
        if (!list && field->form != JK_FORM_RESIDENT_CODE) {
            continue;
        }
        size_t count = 0;
        const jk_scan_place *place = jk_scan_find(scan, field->tag, &count);
        if (named != NULL && list) {
            named->listed = true;
        }
        if (named != NULL && field->form == JK_FORM_RESIDENT_CODE) {
            named->residents = count;
        }
        if (list && place != NULL) {
            jk_status status = check_list(scan, place->payload, field->form, named);
            if (status != JK_OK) {
                return status;
            }
        }
    }
    return JK_OK;
}

static size_t members_count(jk_members mask)
{
    size_t count = 0;
    for (; mask != 0; mask &= mask - 1) {
        count++;
    }
    return count;
}

/* The kinds whose resident codes stand in the order of the envelope's members. */
static bool names_residents(uint16_t kind)
{
    static const uint16_t kinds[] = {
        jk_wire_Kind_KIND_NOTICE,   jk_wire_Kind_KIND_MOVED,    jk_wire_Kind_KIND_REMOVED,
        jk_wire_Kind_KIND_RESTORED, jk_wire_Kind_KIND_DISPUTED, jk_wire_Kind_KIND_WITHDRAWN,
        jk_wire_Kind_KIND_WITHDRAW, jk_wire_Kind_KIND_DEATH,    jk_wire_Kind_KIND_DIED,
        jk_wire_Kind_KIND_RECODE,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i] == kind) {
            return true;
        }
    }
    return false;
}

jk_status jk_members_agree(const jk_envelope *envelope, const jk_members_named *named,
                           jk_codec_error *error)
{
    if (named->listed && named->mask != envelope->members) {
        return jk_scan_fail(error, JK_E_MEMBERS, "member-mask", 0, "members");
    }
    if (names_residents(envelope->kind) && named->residents != members_count(envelope->members)) {
        return jk_scan_fail(error, JK_E_MEMBERS, "member-mask", 0, "resident_code");
    }
    return JK_OK;
}
