/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and values to a JSON object and back. */
#include "wire_form.h"

#include <inttypes.h>
#include <string.h>

#define DEPTH_MAX 8

static json_t *scalar(const jk_wire_value_out *value)
{
    if (value->form == JK_WIRE_FLAG) {
        return json_boolean(value->number != 0);
    }
    if (value->form == JK_WIRE_NUMBER && value->number <= INT64_MAX) {
        return json_integer((json_int_t)value->number);
    }
    return json_string(value->text);
}

/* The object or array under a name, made if it is not there. */
static json_t *child(json_t *object, const char *name, bool array)
{
    json_t *there = json_object_get(object, name);
    if (there == NULL) {
        there = array ? json_array() : json_object();
        if (json_object_set_new(object, name, there) != 0) {
            return NULL;
        }
    }
    return there;
}

bool jk_wire_json_put(json_t *root, const jk_wire_value_out *value)
{
    const char *path = value->path;
    for (json_t *object = root; object != NULL;) {
        char name[JK_WIRE_PATH_MAX];
        size_t size = strcspn(path, ".[");
        memcpy(name, path, size);
        name[size] = '\0';
        path += size;
        if (*path == '\0') {
            return json_object_set_new(object, name, scalar(value)) == 0;
        }
        if (*path == '.') {
            object = child(object, name, false);
            path++;
            continue;
        }
        json_t *array = child(object, name, true);
        size_t index = strtoul(path + 1, NULL, 10);
        path += strcspn(path, "]") + 1;
        if (*path == '\0') {
            return json_array_append_new(array, scalar(value)) == 0;
        }
        if (index == json_array_size(array) && json_array_append_new(array, json_object()) != 0) {
            return false;
        }
        object = json_array_get(array, index);
        path++;
    }
    return false;
}

typedef struct each_frame {
    json_t *node;
    void *next;   /* of an object */
    size_t index; /* of an array */
    size_t path_size;
} each_frame;

typedef struct each {
    bool (*set)(void *arg, const char *path, const char *value);
    void *arg;
    size_t depth;
    char path[JK_WIRE_PATH_MAX];
    each_frame frame[DEPTH_MAX];
} each;

static bool give(each *e, const json_t *node)
{
    char text[32];
    if (json_is_string(node)) {
        /* a NUL inside would end the value early */
        bool whole = strlen(json_string_value(node)) == json_string_length(node);
        return whole && e->set(e->arg, e->path, json_string_value(node));
    }
    if (json_is_boolean(node)) {
        return e->set(e->arg, e->path, json_is_true(node) ? "true" : "false");
    }
    if (!json_is_integer(node)) {
        return false;
    }
    (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(node));
    return e->set(e->arg, e->path, text);
}

static bool enter(each *e, json_t *node)
{
    if (!json_is_object(node) && !json_is_array(node)) {
        return give(e, node);
    }
    if (e->depth == DEPTH_MAX) {
        return false;
    }
    e->frame[e->depth++] = (each_frame){node, json_is_object(node) ? json_object_iter(node) : NULL,
                                        0, strlen(e->path)};
    return true;
}

/* The next child of the innermost object or array. */
static bool advance(each *e)
{
    each_frame *frame = &e->frame[e->depth - 1];
    size_t end = frame->path_size;
    size_t room = sizeof e->path - end;
    if (json_is_array(frame->node)) {
        if (frame->index == json_array_size(frame->node)) {
            e->depth--;
            return true;
        }
        int size = snprintf(e->path + end, room, "[%zu]", frame->index);
        frame->index++;
        return (size_t)size < room && enter(e, json_array_get(frame->node, frame->index - 1));
    }
    if (frame->next == NULL) {
        e->depth--;
        return true;
    }
    const char *key = json_object_iter_key(frame->next);
    json_t *node = json_object_iter_value(frame->next);
    int size = snprintf(e->path + end, room, "%s%s", end > 0 ? "." : "", key);
    frame->next = json_object_iter_next(frame->node, frame->next);
    return (size_t)size < room && enter(e, node);
}

bool jk_wire_json_each(json_t *root, bool (*set)(void *arg, const char *path, const char *value),
                       void *arg)
{
    each e = {.set = set, .arg = arg};
    bool good = enter(&e, root);
    while (good && e.depth > 0) {
        good = advance(&e);
    }
    return good;
}
