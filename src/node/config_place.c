/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keys of a config stand.  libcyaml fills the struct; this pass over libyaml's events
 * knows lines and columns, so it also refuses what does not belong there. */
#include "node/config.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum {
    DEPTH_MAX = 3,
    TELL_SIZE = JK_CONFIG_TEXT_MAX
};

const jk_config_key jk_config_keys[] = {
    {"node", JK_CONFIG_MAP, true},
    {"node.role", JK_CONFIG_TEXT, true},
    {"node.code", JK_CONFIG_TEXT, true},
    {"node.unit", JK_CONFIG_NUMBER, false},
    {"store", JK_CONFIG_TEXT, true},
    {"keys", JK_CONFIG_TEXT, true},
    {"directory", JK_CONFIG_TEXT, true},
    {"listen", JK_CONFIG_TEXT, false},
    {"socket", JK_CONFIG_TEXT, true},
    {"log", JK_CONFIG_TEXT, false},
    {"population", JK_CONFIG_TEXT, false},
    {"history", JK_CONFIG_TEXT, false},
    {"history_key", JK_CONFIG_TEXT, false},
    {"today", JK_CONFIG_TEXT, false},
    {"timers", JK_CONFIG_MAP, false},
    {"timers.verify_due_ms", JK_CONFIG_NUMBER, false},
    {"timers.cert_due_ms", JK_CONFIG_NUMBER, false},
    {"timers.notice_due_ms", JK_CONFIG_NUMBER, false},
    {"timers.card_due_ms", JK_CONFIG_NUMBER, false},
    {"timers.status_due_ms", JK_CONFIG_NUMBER, false},
    {"timers.resend_ms", JK_CONFIG_NUMBER, false},
    {"clerk", JK_CONFIG_TEXT, false},
    {"dial_max_ms", JK_CONFIG_NUMBER, false},
    {"deadlines", JK_CONFIG_MAP, false},
    {"deadlines.preamble_ms", JK_CONFIG_NUMBER, false},
    {"deadlines.handshake_ms", JK_CONFIG_NUMBER, false},
    {"deadlines.record_ms", JK_CONFIG_NUMBER, false},
    {"deadlines.message_ms", JK_CONFIG_NUMBER, false},
    {"reconcile", JK_CONFIG_MAP, false},
    {"reconcile.every_ms", JK_CONFIG_NUMBER, false},
    {"reconcile.round_due_ms", JK_CONFIG_NUMBER, false},
    {"reconcile.check_due_ms", JK_CONFIG_NUMBER, false},
    {"reconcile.scrub_ms", JK_CONFIG_NUMBER, false},
};

const size_t jk_config_key_count = sizeof jk_config_keys / sizeof jk_config_keys[0];

/* State of the pass. */
typedef struct walk {
    jk_config_file *file;
    bool good;
    int depth;                  /* open mappings */
    bool value_next;            /* a key was read */
    char prefix[64];            /* "timers." inside that mapping */
    char key[64];               /* full name of the key read last */
    const jk_config_key *known; /* NULL: an unknown one */
    int skip;                   /* open collections of a value that is not looked at */
} walk;

static void tell_at(walk *w, const yaml_mark_t *mark, const char *form, const char *what)
{
    jk_config_finding finding = {.line = (unsigned)mark->line + 1,
                                 .column = (unsigned)mark->column + 1};
    (void)snprintf(finding.text, sizeof finding.text, "%.80s: %.100s", what, form);
    if (w->file->tell != NULL) {
        w->file->tell(w->file->arg, &finding);
    }
    w->good = false;
}

static const jk_config_key *key_by_name(const char *name)
{
    for (size_t i = 0; i < jk_config_key_count; i++) {
        if (strcmp(jk_config_keys[i].name, name) == 0) {
            return &jk_config_keys[i];
        }
    }
    return NULL;
}

static bool stands_already(const jk_config_file *file, const char *name)
{
    for (size_t i = 0; i < file->place_count; i++) {
        if (strcmp(file->place[i].key, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Letters, digits and '_' only: an unknown key is shown, so it must be harmless to show. */
static void copy_name(char out[64], const char *prefix, const yaml_event_t *event)
{
    size_t used = (size_t)snprintf(out, 32, "%s", prefix);
    const char *text = (const char *)event->data.scalar.value;
    for (size_t i = 0; i < event->data.scalar.length && used < 60; i++) {
        const char c = text[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '_' || c == '-';
        out[used++] = plain ? c : '?';
    }
    out[used] = '\0';
}

static void take_key(walk *w, const yaml_event_t *event)
{
    copy_name(w->key, w->prefix, event);
    w->known = key_by_name(w->key);
    w->value_next = true;
    if (w->known == NULL) {
        tell_at(w, &event->start_mark, "unknown key", w->key);
        return;
    }
    if (stands_already(w->file, w->key)) {
        tell_at(w, &event->start_mark, "stands twice", w->key);
        return;
    }
    if (w->file->place_count < JK_CONFIG_PLACES_MAX) {
        jk_config_place *place = &w->file->place[w->file->place_count++];
        memcpy(place->key, w->key, sizeof place->key);
        place->line = (unsigned)event->start_mark.line + 1;
        place->column = (unsigned)event->start_mark.column + 1;
    }
}

static bool is_number(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    const size_t size = event->data.scalar.length;
    return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && size > 0 && size <= 9 &&
           strspn(text, "0123456789") == size && (text[0] != '0' || size == 1);
}

static void take_value(walk *w, const yaml_event_t *event)
{
    w->value_next = false;
    if (w->known == NULL) {
        return;
    }
    jk_config_place *place = &w->file->place[w->file->place_count - 1];
    if (strcmp(place->key, w->key) == 0) { /* what is wrong with a value is told at the value */
        place->line = (unsigned)event->start_mark.line + 1;
        place->column = (unsigned)event->start_mark.column + 1;
    }
    if (w->known->form == JK_CONFIG_MAP) {
        tell_at(w, &event->start_mark, "must be a mapping of keys", w->key);
    } else if (w->known->form == JK_CONFIG_NUMBER && !is_number(event)) {
        tell_at(w, &event->start_mark, "must be a number without quotes or leading zeros", w->key);
    } else if (event->data.scalar.length == 0 || event->data.scalar.length >= JK_CONFIG_TEXT_MAX) {
        tell_at(w, &event->start_mark, "must have 1 to 255 bytes", w->key);
    } else if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length) {
        tell_at(w, &event->start_mark, "must not hold a NUL", w->key);
    }
}

static void open_collection(walk *w, const yaml_event_t *event)
{
    if (w->depth == 0 && event->type == YAML_MAPPING_START_EVENT) {
        w->depth = 1;
        return;
    }
    if (w->depth == 1 && w->value_next && w->known != NULL && w->known->form == JK_CONFIG_MAP &&
        event->type == YAML_MAPPING_START_EVENT) {
        w->depth = 2;
        w->value_next = false;
        (void)snprintf(w->prefix, sizeof w->prefix, "%.31s.", w->key);
        return;
    }
    if (w->depth == 0) {
        tell_at(w, &event->start_mark, "must be a mapping of keys", "file");
    } else if (w->known != NULL || !w->value_next) {
        tell_at(w, &event->start_mark, "must be one value", w->value_next ? w->key : "key");
    }
    w->value_next = false;
    w->skip = 1;
}

static void close_mapping(walk *w)
{
    if (w->depth > 0) {
        w->depth--;
        w->prefix[0] = '\0';
    }
}

static void take_event(walk *w, const yaml_event_t *event)
{
    const bool opens =
        event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
    const bool closes =
        event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
    if (w->skip > 0) {
        w->skip += opens ? 1 : 0;
        w->skip -= closes ? 1 : 0;
    } else if (event->type == YAML_ALIAS_EVENT) {
        tell_at(w, &event->start_mark, "aliases are not used here", "alias");
        w->value_next = !w->value_next;
        w->known = NULL;
    } else if (opens) {
        open_collection(w, event);
    } else if (closes) {
        close_mapping(w);
    } else if (event->type == YAML_SCALAR_EVENT && w->depth == 0) {
        tell_at(w, &event->start_mark, "must be a mapping of keys", "file");
    } else if (event->type == YAML_SCALAR_EVENT && w->value_next) {
        take_value(w, event);
    } else if (event->type == YAML_SCALAR_EVENT) {
        take_key(w, event);
    }
}

static void tell_missing(walk *w)
{
    for (size_t i = 0; i < jk_config_key_count; i++) {
        const jk_config_key *key = &jk_config_keys[i];
        if (!key->required || stands_already(w->file, key->name)) {
            continue;
        }
        yaml_mark_t mark = {0, 0, 0};
        const char *dot = strchr(key->name, '.');
        for (size_t at = 0; dot != NULL && at < w->file->place_count; at++) {
            const jk_config_place *place = &w->file->place[at];
            if (strncmp(place->key, key->name, (size_t)(dot - key->name)) == 0 &&
                place->key[dot - key->name] == '\0') {
                mark.line = place->line - 1;
                mark.column = place->column - 1;
            }
        }
        tell_at(w, &mark, "missing", key->name);
    }
}

bool jk_config_places(jk_config_file *file, const char *bytes, size_t size)
{
    yaml_parser_t parser;
    walk w = {.file = file, .good = true};
    file->place_count = 0;
    if (yaml_parser_initialize(&parser) == 0) {
        return false;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    unsigned documents = 0;
    for (bool more = true; more;) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) == 0) {
            tell_at(&w, &parser.problem_mark,
                    parser.problem != NULL ? parser.problem : "cannot be read", "YAML");
            yaml_parser_delete(&parser);
            return false;
        }
        if (event.type == YAML_DOCUMENT_START_EVENT && documents++ > 0) {
            tell_at(&w, &event.start_mark, "only one document", "file");
        }
        more = event.type != YAML_STREAM_END_EVENT && documents <= 1;
        take_event(&w, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    tell_missing(&w);
    return w.good;
}
