/* SPDX-License-Identifier: Apache-2.0 */
/* From a message struct to paths and values, over nanopb's descriptors and their names. */
#include "wire_form.h"

#include "juki/registry.h"

#include <inttypes.h>
#include <pb_common.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 4

typedef struct walk_frame {
    const jk_wire_type *type;
    pb_field_iter_t at;
    size_t path_size; /* of what stands before this message's own names */
    bool more;
} walk_frame;

typedef struct walk {
    void (*show)(void *arg, const jk_wire_value_out *value);
    void *arg;
    char path[JK_WIRE_PATH_MAX];
    char *text;
    size_t depth;
    walk_frame frame[DEPTH_MAX];
} walk;

static void show_text(walk *w, const char *text)
{
    jk_wire_value_out value = {w->path, text, 0, JK_WIRE_TEXT};
    w->show(w->arg, &value);
}

static void show_bytes(walk *w, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        w->text[2 * i] = digits[bytes[i] >> 4];
        w->text[2 * i + 1] = digits[bytes[i] & 15];
    }
    w->text[2 * size] = '\0';
    show_text(w, w->text);
}

static uint64_t number_get(const pb_field_iter_t *at)
{
    uint8_t small = 0;
    uint16_t middle = 0;
    uint32_t large = 0;
    uint64_t whole = 0;
    switch (at->data_size) {
    case 1: memcpy(&small, at->pData, 1); return small;
    case 2: memcpy(&middle, at->pData, 2); return middle;
    case 4: memcpy(&large, at->pData, 4); return large;
    default: memcpy(&whole, at->pData, 8); return whole;
    }
}

static void show_number(walk *w, const jk_wire_field *field, const pb_field_iter_t *at)
{
    uint64_t number = number_get(at);
    if (number == 0) {
        return;
    }
    if (PB_LTYPE(at->type) == PB_LTYPE_BOOL) {
        w->show(w->arg, &(jk_wire_value_out){w->path, "true", 1, JK_WIRE_FLAG});
        return;
    }
    for (size_t i = 0; field->values != NULL && i < field->values->count; i++) {
        if (field->values->value[i].number == number) {
            show_text(w, field->values->value[i].name);
            return;
        }
    }
    if (field->form == JK_FORM_DAY) {
        jk_date day = jk_date_of_day((int64_t)number);
        (void)snprintf(w->text, JK_WIRE_TEXT_MAX, "%04u-%02u-%02u", (unsigned)day.year,
                       (unsigned)day.month, (unsigned)day.day);
        show_text(w, w->text);
        return;
    }
    (void)snprintf(w->text, JK_WIRE_TEXT_MAX, "%" PRIu64, number);
    w->show(w->arg, &(jk_wire_value_out){w->path, w->text, number, JK_WIRE_NUMBER});
}

static void show_list(walk *w, const pb_bytes_array_t *list)
{
    jk_codec_member items[JK_MEMBERS_MAX];
    size_t count = 0;
    size_t end = strlen(w->path);
    jk_span bytes = {list->bytes, list->size};
    if (list->size == 0 || jk_codec_members_read(bytes, items, &count, NULL) != JK_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(w->path + end, sizeof w->path - end, "[%zu].member", i);
        (void)snprintf(w->text, JK_WIRE_TEXT_MAX, "%u", items[i].member);
        w->show(w->arg, &(jk_wire_value_out){w->path, w->text, items[i].member, JK_WIRE_NUMBER});
        (void)snprintf(w->path + end, sizeof w->path - end, "[%zu].data", i);
        show_bytes(w, items[i].data.data, items[i].data.size);
    }
}

static void show_texts(walk *w, const pb_field_iter_t *at)
{
    if (PB_HTYPE(at->type) != PB_HTYPE_REPEATED) {
        const char *text = at->pData;
        if (text[0] != '\0') {
            show_text(w, text);
        }
        return;
    }
    size_t end = strlen(w->path);
    for (size_t i = 0; i < *(const pb_size_t *)at->pSize; i++) {
        (void)snprintf(w->path + end, sizeof w->path - end, "[%zu]", i);
        show_text(w, (const char *)at->pData + i * at->data_size);
    }
}

static void enter(walk *w, const jk_wire_type *type, void *message)
{
    walk_frame *frame = &w->frame[w->depth];
    frame->type = type;
    frame->path_size = strlen(w->path);
    frame->more = pb_field_iter_begin(&frame->at, type->descriptor, message);
    w->depth++;
}

/* The field that the innermost frame stands at. */
static void step(walk *w)
{
    walk_frame *frame = &w->frame[w->depth - 1];
    pb_field_iter_t at = frame->at;
    const jk_wire_field *field = &frame->type->field[at.index];
    size_t end = frame->path_size;
    (void)snprintf(w->path + end, sizeof w->path - end, "%s%s", end > 0 ? "." : "", field->name);
    frame->more = pb_field_iter_next(&frame->at);
    if (field->type != NULL) {
        if (*(const bool *)at.pSize && w->depth < DEPTH_MAX) {
            enter(w, field->type, at.pData);
        }
    } else if (PB_LTYPE(at.type) == PB_LTYPE_STRING) {
        show_texts(w, &at);
    } else if (PB_LTYPE(at.type) == PB_LTYPE_BYTES) {
        const pb_bytes_array_t *bytes = at.pData;
        if (field->form >= JK_FORM_SEALED_LIST) {
            show_list(w, bytes);
        } else if (bytes->size > 0) {
            show_bytes(w, bytes->bytes, bytes->size);
        }
    } else {
        show_number(w, field, &at);
    }
}

void jk_wire_walk(const jk_wire_type *type, const void *message,
                  void (*show)(void *arg, const jk_wire_value_out *value), void *arg)
{
    walk w = {.show = show, .arg = arg, .text = malloc(JK_WIRE_TEXT_MAX)};
    if (w.text == NULL) {
        return;
    }
    pb_field_iter_t constant;
    if (pb_field_iter_begin_const(&constant, type->descriptor, message)) {
        enter(&w, type, constant.message);
    }
    while (w.depth > 0) {
        if (w.frame[w.depth - 1].more) {
            step(&w);
        } else {
            w.depth--;
        }
    }
    free(w.text);
}
