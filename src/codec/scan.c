/* SPDX-License-Identifier: Apache-2.0 */
/* Strict pre-scan: see scan.h.  nanopb alone accepts varints without end in unknown fields, tags
 * that wrap, values that are cut to their C type, and any order; none of that passes here. */
#include "scan.h"

#include "forms.h"

#include <string.h>
#include <utf8proc.h>

#define TAG_SIZE_MAX 5
#define TAG_MAX      63 /* of our messages, so that one word tells what was seen */

/* The wire types; the other numbers are fixed sizes, which no message of ours has. */
enum {
    WIRE_VARINT = 0,
    WIRE_SIZED = 2,
    WIRE_GROUP = 3,
    WIRE_GROUP_END = 4
};

static const jk_codec_rules all_rules = {false};

jk_status jk_scan_fail(jk_codec_error *error, jk_status status, const char *rule, size_t offset,
                       const char *path)
{
    if (error != NULL) {
        error->status = status;
        error->rule = rule;
        error->offset = offset;
        size_t size = strlen(path);
        if (size >= sizeof error->path) {
            size = sizeof error->path - 1;
        }
        memcpy(error->path, path, size);
        error->path[size] = '\0';
    }
    return status;
}

/* Appends to a path as far as there is room. */
static void append(char *path, size_t capacity, const char *text)
{
    size_t used = strlen(path);
    size_t size = strlen(text);
    if (used + size < capacity) {
        memcpy(path + used, text, size + 1);
    }
}

static void append_index(char *path, size_t capacity, size_t index)
{
    char digits[16];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    digits[--at] = ']';
    do {
        digits[--at] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--at] = '[';
    append(path, capacity, digits + at);
}

jk_status jk_scan_within(jk_codec_error *error, jk_status status, size_t offset, const char *list,
                         size_t index)
{
    if (error == NULL || status == JK_OK) {
        return status;
    }
    char path[sizeof error->path] = "";
    append(path, sizeof path, list);
    append_index(path, sizeof path, index);
    if (error->path[0] != '\0') {
        append(path, sizeof path, ".");
        append(path, sizeof path, error->path);
    }
    memcpy(error->path, path, sizeof path);
    error->offset += offset;
    return status;
}

/* Fails with the path of the field that the scan stands at in every frame; a frame whose tag is 0
 * has none yet. */
static jk_status fail(const jk_scan *scan, jk_status status, const char *rule, size_t offset)
{
    char path[sizeof((jk_codec_error *)NULL)->path] = "";
    for (size_t i = 0; i < scan->depth; i++) {
        const jk_scan_frame *frame = &scan->frame[i];
        if (frame->tag == 0 || frame->tag != frame->type->field[frame->field].tag) {
            break;
        }
        if (i > 0) {
            append(path, sizeof path, ".");
        }
        append(path, sizeof path, frame->type->field[frame->field].name);
        if (frame->type->field[frame->field].repeated) {
            append_index(path, sizeof path, frame->count - 1);
        }
    }
    return jk_scan_fail(scan->error, status, rule, offset, path);
}

jk_status jk_scan_varint_long(jk_span bytes, size_t *at, size_t bytes_max, uint64_t *value,
                              const char **rule)
{
    uint64_t result = 0;
    for (size_t i = 0; i < bytes_max; i++) {
        if (*at + i >= bytes.size) {
            *rule = "truncated";
            return JK_E_TRUNCATED;
        }
        uint8_t byte = bytes.data[*at + i];
        if (i == JK_SCAN_VARINT_MAX - 1 && byte > 1) {
            *rule = "varint-length";
            return JK_E_WIRE;
        }
        result |= (uint64_t)(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) {
            if (byte == 0 && i > 0) {
                *rule = "varint-minimal";
                return JK_E_NOT_CANONICAL;
            }
            *at += i + 1;
            *value = result;
            return JK_OK;
        }
    }
    *rule = "varint-length";
    return JK_E_WIRE;
}

/* A varint within the innermost message. */
static jk_status read_varint(jk_scan *scan, size_t size_max, uint64_t *value)
{
    const jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    const char *rule = "";
    size_t start = scan->at;
    jk_span within = {scan->bytes.data, frame->end};
    jk_status status = jk_scan_varint(within, &scan->at, size_max, value, &rule);
    if (status == JK_E_TRUNCATED && frame->end < scan->bytes.size) {
        return fail(scan, JK_E_WIRE, "length", start);
    }
    return status == JK_OK ? JK_OK : fail(scan, status, rule, start);
}

/* Moves the frame to the field of that tag: fields ascend in the table and must do so in the bytes,
 * so it never goes back. */
static bool field_find(jk_scan_frame *frame, uint32_t tag)
{
    const jk_wire_type *type = frame->type;
    if (type->count == 0) {
        return false;
    }
    while (type->field[frame->field].tag < tag && frame->field + 1 < type->count) {
        frame->field++;
    }
    return type->field[frame->field].tag == tag;
}

/* Reads a tag and finds its field: known, in order, not too often. */
static jk_status read_tag(jk_scan *scan, uint32_t *wire_type)
{
    jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    size_t start = scan->at;
    uint64_t key = 0;
    uint32_t last = frame->tag;
    frame->tag = 0;
    jk_status status = read_varint(scan, TAG_SIZE_MAX, &key);
    if (status != JK_OK) {
        return status;
    }
    uint64_t tag = key >> 3;
    *wire_type = (uint32_t)(key & 7);
    if (tag == 0 || key > UINT32_MAX) {
        return fail(scan, JK_E_WIRE, "tag", start);
    }
    if (*wire_type == WIRE_GROUP || *wire_type == WIRE_GROUP_END) {
        return fail(scan, JK_E_WIRE, "group", start);
    }
    if (tag < last) {
        bool again = (frame->seen >> tag & 1) != 0;
        return again ? fail(scan, JK_E_REPEATED_FIELD, "repeated-field", start)
                     : fail(scan, JK_E_NOT_CANONICAL, "tag-order", start);
    }
    if (tag > TAG_MAX || !field_find(frame, (uint32_t)tag)) {
        return fail(scan, JK_E_UNKNOWN_FIELD, "unknown-field", start);
    }
    frame->tag = (uint32_t)tag;
    frame->count = tag == last ? frame->count + 1 : 1;
    frame->seen |= UINT64_C(1) << tag;
    const jk_wire_field *field = &frame->type->field[frame->field];
    if (!field->repeated && frame->count > 1) {
        return fail(scan, JK_E_REPEATED_FIELD, "repeated-field", start);
    }
    if (frame->count > field->count) {
        return fail(scan, JK_E_OVERSIZED, "count", start);
    }
    return JK_OK;
}

/* Keeps the place of a field of the outermost message. */
static jk_status place_keep(jk_scan *scan, size_t offset, jk_span payload, uint64_t value)
{
    if (scan->depth != 1) {
        return JK_OK;
    }
    if (scan->place_count == JK_SCAN_PLACES_MAX) {
        return fail(scan, JK_E_OVERSIZED, "count", offset);
    }
    const jk_scan_frame *frame = &scan->frame[0];
    scan->place[scan->place_count++] =
        (jk_scan_place){frame->tag, (uint16_t)(frame->count - 1), offset, payload, value};
    return JK_OK;
}

static const jk_wire_field *field_now(const jk_scan *scan)
{
    const jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    return &frame->type->field[frame->field];
}

static jk_status read_number(jk_scan *scan, size_t tag_at)
{
    const jk_wire_field *field = field_now(scan);
    size_t start = scan->at;
    uint64_t value = 0;
    jk_status status = read_varint(scan, JK_SCAN_VARINT_MAX, &value);
    if (status != JK_OK) {
        return status;
    }
    const char *rule = "";
    if (field->form == JK_FORM_VERSION && value != JK_ENVELOPE_VERSION) {
        return fail(scan, JK_E_VERSION, "version", start);
    }
    if (value == 0 && !field->repeated) {
        return fail(scan, JK_E_NOT_CANONICAL, "default-value", start);
    }
    if (value > field->most) {
        return fail(scan, JK_E_RANGE, "number-range", start);
    }
    status = jk_form_number(field, value, &rule);
    if (status != JK_OK) {
        return fail(scan, status, rule, start);
    }
    return place_keep(scan, tag_at, (jk_span){NULL, 0}, value);
}

/* UTF-8 without NUL; *bad is the first byte that is not. */
static const char *utf8_rule(jk_span text, size_t *bad)
{
    for (*bad = 0; *bad < text.size;) {
        if (text.data[*bad] > 0 && text.data[*bad] < 0x80) { /* most of it is digits */
            *bad += 1;
            continue;
        }
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t used =
            utf8proc_iterate(text.data + *bad, (utf8proc_ssize_t)(text.size - *bad), &point);
        if (used <= 0) {
            return "utf8";
        }
        if (point == 0) {
            return "nul";
        }
        *bad += (size_t)used;
    }
    return NULL;
}

static jk_status check_text(jk_scan *scan, jk_span text, size_t start)
{
    const jk_wire_field *field = field_now(scan);
    if (text.size > field->most) {
        return fail(scan, JK_E_OVERSIZED, "length-max", start);
    }
    /* Every form takes valid UTF-8 without NUL only (jk_form_text), so that the bytes are looked at
     * one by one for the error's sake alone. */
    const char *rule = "";
    jk_status status = jk_form_text(field, text, scan->rules, &rule);
    if (status == JK_OK) {
        return JK_OK;
    }
    size_t bad = 0;
    const char *broken = utf8_rule(text, &bad);
    return broken != NULL ? fail(scan, JK_E_UTF8, broken, start + bad)
                          : fail(scan, status, rule, start);
}

static jk_status check_bytes(jk_scan *scan, jk_span bytes, size_t start)
{
    const jk_wire_field *field = field_now(scan);
    const char *rule = "";
    if (bytes.size > field->most) {
        return fail(scan, JK_E_OVERSIZED, "length-max", start);
    }
    jk_status status = jk_form_bytes(field, bytes, &rule);
    return status == JK_OK ? JK_OK : fail(scan, status, rule, start);
}

/* Steps into a message: its bytes are read by the same loop, one frame deeper. */
static jk_status enter(jk_scan *scan, const jk_wire_type *type, size_t start, size_t end)
{
    if (scan->depth == JK_SCAN_DEPTH_MAX) {
        return fail(scan, JK_E_DEPTH, "depth", start);
    }
    jk_scan_frame *frame = &scan->frame[scan->depth];
    frame->type = type;
    frame->start = start;
    frame->end = end;
    frame->tag = 0;
    frame->count = 0;
    frame->seen = 0;
    frame->field = 0;
    scan->depth++;
    return JK_OK;
}

static jk_status read_sized(jk_scan *scan, size_t tag_at)
{
    const jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    const jk_wire_field *field = field_now(scan);
    size_t length_at = scan->at;
    uint64_t size = 0;
    jk_status status = read_varint(scan, JK_SCAN_VARINT_MAX, &size);
    if (status != JK_OK) {
        return status;
    }
    if (size > frame->end - scan->at) {
        bool beyond = size > scan->bytes.size - scan->at;
        return beyond ? fail(scan, JK_E_TRUNCATED, "truncated", length_at)
                      : fail(scan, JK_E_WIRE, "length", length_at);
    }
    if (size == 0 && !field->repeated) {
        return fail(scan, JK_E_NOT_CANONICAL, "default-value", length_at);
    }
    size_t start = scan->at;
    jk_span payload = {scan->bytes.data + start, (size_t)size};
    status = place_keep(scan, tag_at, payload, 0);
    if (status == JK_OK && field->shape == JK_SHAPE_TEXT) {
        status = check_text(scan, payload, start);
    } else if (status == JK_OK && field->shape == JK_SHAPE_BYTES) {
        status = check_bytes(scan, payload, start);
    } else if (status == JK_OK) {
        return enter(scan, field->type, start, start + payload.size);
    }
    scan->at += payload.size;
    return status;
}

static jk_status read_field(jk_scan *scan)
{
    size_t tag_at = scan->at;
    uint32_t wire_type = 0;
    jk_status status = read_tag(scan, &wire_type);
    if (status != JK_OK) {
        return status;
    }
    const bool number = field_now(scan)->shape == JK_SHAPE_NUMBER;
    if (number && wire_type == WIRE_VARINT) {
        return read_number(scan, tag_at);
    }
    if (!number && wire_type == WIRE_SIZED) {
        return read_sized(scan, tag_at);
    }
    return fail(scan, JK_E_WIRE, "wire-type", tag_at);
}

/* The innermost message ends without a field that it needs. */
static jk_status missing(jk_scan *scan)
{
    jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    const jk_wire_field *field = frame->type->field;
    while (!field->required || (frame->seen >> field->tag & 1) != 0) {
        field++;
    }
    frame->tag = 0;
    if (field->form == JK_FORM_VERSION) {
        return fail(scan, JK_E_VERSION, "version", frame->start);
    }
    jk_status status = fail(scan, JK_E_MISSING_FIELD, "required", frame->end);
    if (scan->error != NULL) {
        char *path = scan->error->path;
        append(path, sizeof scan->error->path, path[0] == '\0' ? "" : ".");
        append(path, sizeof scan->error->path, field->name);
    }
    return status;
}

/* The end of a message: all that it needs was there, and as a whole it has its field's form. */
static jk_status leave(jk_scan *scan)
{
    const jk_scan_frame *frame = &scan->frame[scan->depth - 1];
    if ((frame->type->required & ~frame->seen) != 0) {
        return missing(scan);
    }
    scan->depth--;
    if (scan->depth == 0) {
        return JK_OK;
    }
    jk_span payload = {scan->bytes.data + frame->start, frame->end - frame->start};
    const char *rule = "";
    jk_status status = jk_form_message(field_now(scan), payload, &rule);
    return status == JK_OK ? JK_OK : fail(scan, status, rule, frame->start);
}

jk_status jk_scan_run(jk_scan *scan, const jk_wire_type *type, jk_span bytes,
                      const jk_codec_rules *rules, jk_codec_error *error)
{
    scan->bytes = bytes;
    scan->rules = rules != NULL ? rules : &all_rules;
    scan->error = error;
    scan->at = 0;
    scan->depth = 0;
    scan->place_count = 0;
    jk_status status = enter(scan, type, 0, bytes.size);
    while (status == JK_OK && scan->depth > 0) {
        bool ended = scan->at == scan->frame[scan->depth - 1].end;
        status = ended ? leave(scan) : read_field(scan);
    }
    return status;
}

const jk_scan_place *jk_scan_find(const jk_scan *scan, uint32_t tag, size_t *count)
{
    const jk_scan_place *first = NULL;
    *count = 0;
    for (size_t i = 0; i < scan->place_count; i++) {
        if (scan->place[i].tag == tag) {
            first = first != NULL ? first : &scan->place[i];
            *count += 1;
        }
    }
    return first;
}
