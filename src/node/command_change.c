/* SPDX-License-Identifier: Apache-2.0 */
/* What the clerk of a resident-registry system changes in records: one at the counter, or a list
 * of thousands, which is announced and waits outside the log (step/bulk.h). */
#include "node/internal.h"

#include "juki/codec.h"
#include "juki/reasons.h"
#include "juki/registry.h"
#include "names.h"
#include "person.pb.h"
#include "step/bulk.h"
#include "update.pb.h"
#include "update_registry_update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ITEMS_MAX = 256,      /* of a list, in one step of the store */
    ITEM_SIZE_MAX = 4608, /* an encoded Correction: all of its fields in full */
    LINE_SIZE = 4096,
    NUMBER_SIZE = 8,
    COLUMNS_MAX = 4
};

/* The fields that a list or a clerk may correct. */
typedef enum column {
    CODE,
    KANA,
    ADDRESS,
    POSTCODE,
    COLUMN_NONE
} column;

static const char *const column_names[] = {"resident_code", "kana", "address", "postcode"};

/* Large, so allocated. */
typedef struct changes {
    uint16_t reason;
    int64_t day;
    jk_register_row row;
    jk_wire_RegistryRecord record;
    jk_wire_Changed changed;
    jk_wire_Correction correction;
    jk_mass mass;
    bool announced;
    uint64_t count; /* announced */
    unsigned line;  /* of the file, from 1 */
    size_t columns;
    column column[COLUMNS_MAX];
    char text[LINE_SIZE];
    size_t items;
    jk_bulk_item item[ITEMS_MAX];
    uint8_t bytes[ITEMS_MAX][ITEM_SIZE_MAX];
} changes;

static bool ask_number(jk_ask *call, const char *key, uint64_t most, uint64_t *number)
{
    char text[NUMBER_SIZE + 1];
    char what[96];
    if (!jk_ask_text(call, key, NUMBER_SIZE, text)) {
        return false;
    }
    char *end = text;
    *number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || *number > most) {
        (void)snprintf(what, sizeof what, "\"%s\" must be a number", key);
        jk_ask_refuse(call, text[0] == '\0' ? JK_E_MISSING_FIELD : JK_E_RANGE, what);
        return false;
    }
    return true;
}

/* Why and when; the wire refuses what is no UPDATE's, here it is said in words. */
static bool ask_reason(jk_ask *call, changes *c)
{
    uint64_t reason = 0;
    jk_clock *clock = &call->node->clock.port;
    c->day = clock->today(clock);
    if (!ask_number(call, "reason", UINT16_MAX, &reason) ||
        !jk_ask_day(call, "change_day", false, &c->day)) {
        return false;
    }
    c->reason = (uint16_t)reason;
    const jk_status status = jk_change_reason_check(c->reason);
    if (status != JK_OK) {
        jk_ask_refuse(call, status, "\"reason\" is no change reason");
    } else if (jk_change_reason_kind(c->reason) != JK_CHANGE_MODIFICATION ||
               !jk_change_reason_is_notified(c->reason) || c->reason == JK_REASON_CODE_CHANGE ||
               c->reason == JK_REASON_CODE_ENTRY) {
        jk_ask_refuse(call, JK_E_RANGE,
                      "\"reason\" must be 301..320, but not 308, 309 nor 310..313");
    } else if (c->day > clock->today(clock)) {
        jk_ask_refuse(call, JK_E_DATE_FUTURE, "\"change_day\" has not come yet");
    } else {
        return true;
    }
    return false;
}

/* The current record of that resident; the status says why there is none. */
static jk_status read_record(jk_ask *call, changes *c, const char *code)
{
    jk_store *store = call->node->boot->store;
    const jk_token resident = jk_token_of_resident(code);
    jk_status status = jk_resident_code_check(code, strlen(code), true);
    if (status == JK_OK) {
        status = store->ops->register_get(store, &resident, &c->row);
    }
    if (status == JK_OK && c->row.status != JK_REGISTER_CURRENT) {
        status = JK_E_NOT_FOUND;
    }
    return status == JK_OK
               ? jk_codec_decode(&jk_wire_type_RegistryRecord,
                                 (jk_span){c->row.person, c->row.size}, NULL, &c->record, NULL)
               : status;
}

/* ---- one ---- */

static bool read_fields(jk_ask *call, changes *c)
{
    jk_wire_Person *person = &c->changed.person;
    char *const field[] = {person->kana, person->address, person->postcode};
    const size_t size[] = {sizeof person->kana, sizeof person->address, sizeof person->postcode};
    bool any = false;
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) {
        char text[sizeof person->address];
        if (!jk_ask_text(call, column_names[i + 1], size[i] - 1, text)) {
            return false;
        }
        if (text[0] != '\0') {
            memset(field[i], 0, size[i]);
            memcpy(field[i], text, strlen(text));
            any = true;
        }
    }
    if (!any) {
        jk_ask_refuse(call, JK_E_MISSING_FIELD, "nothing to change: name kana, address, postcode");
    }
    return any;
}

static void change(jk_ask *call, changes *c)
{
    jk_codec_bytes out = {c->bytes[0], sizeof c->bytes[0], 0};
    jk_codec_error error = {.status = JK_OK};
    c->changed.change_reason = (jk_wire_ChangeReason)c->reason;
    c->changed.change_day = (uint32_t)c->day;
    const jk_status status =
        jk_codec_encode(&jk_wire_type_Changed, &c->changed, NULL, &out, &error);
    if (status != JK_OK) {
        jk_ask_refuse(call, status, error.path);
        return;
    }
    const jk_command_data data = {"changed", {out.data, out.size}};
    const jk_command command = {.machine = JK_MACHINE_REGISTRY_UPDATE,
                                .input = JK_UPDATE_REGISTRY_UPDATE_IN_CHANGE,
                                .key = c->row.resident,
                                .data = &data,
                                .data_count = 1};
    jk_ask_command(call, &command);
}

void jk_command_change(jk_ask *call)
{
    char code[12];
    changes *c = calloc(1, sizeof *c);
    if (c == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return;
    }
    if (ask_reason(call, c) && jk_ask_text(call, "resident", sizeof code - 1, code)) {
        const jk_status status = read_record(call, c, code);
        if (status != JK_OK) {
            jk_ask_refuse(call, status,
                          status == JK_E_NOT_FOUND ? "no current record in this register"
                                                   : jk_node_reason(call->node, status));
        } else {
            c->changed.has_person = true;
            c->changed.person = c->record.person;
            if (read_fields(call, c)) {
                change(call, c);
            }
        }
    }
    free(c);
}

/* ---- a list ---- */

static bool refuse_line(jk_ask *call, const changes *c, jk_status status, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof text, "line %u: %.100s", c->line, what);
    jk_ask_refuse(call, status, text);
    return false;
}

/* The next line without its end; false at the end, or when it is too long (then refused). */
static bool next_line(jk_ask *call, changes *c, FILE *file)
{
    if (fgets(c->text, sizeof c->text, file) == NULL) {
        return false;
    }
    c->line++;
    const size_t size = strcspn(c->text, "\r\n");
    if (c->text[size] == '\0' && !feof(file)) {
        return refuse_line(call, c, JK_E_OVERSIZED, "too long");
    }
    c->text[size] = '\0';
    return true;
}

/* Cuts a field off; NULL: there is no more. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (field != NULL) {
        char *tab = strchr(field, '\t');
        *rest = tab == NULL ? NULL : tab + 1;
        if (tab != NULL) {
            *tab = '\0';
        }
    }
    return field;
}

static bool read_head(jk_ask *call, changes *c, FILE *file)
{
    if (!next_line(call, c, file)) {
        return refuse_line(call, c, JK_E_TRUNCATED, "the names of the columns are missing");
    }
    char *rest = c->text;
    for (char *field = next_field(&rest); field != NULL; field = next_field(&rest)) {
        column known = CODE;
        while (known < COLUMN_NONE && strcmp(column_names[known], field) != 0) {
            known++;
        }
        if (known == COLUMN_NONE || c->columns == COLUMNS_MAX) {
            return refuse_line(call, c, JK_E_UNKNOWN_FIELD,
                               "columns are resident_code, kana, address, postcode");
        }
        for (size_t i = 0; i < c->columns; i++) {
            if (c->column[i] == known) {
                return refuse_line(call, c, JK_E_REPEATED_FIELD, "a column stands twice");
            }
        }
        c->column[c->columns++] = known;
    }
    return c->columns > 1 && c->column[0] == CODE
               ? true
               : refuse_line(call, c, JK_E_MISSING_FIELD,
                             "resident_code comes first, and then what is corrected");
}

/* A field, and what the record says of it today. */
static bool set_field(jk_wire_Correction *to, const jk_wire_Person *person, column which,
                      const char *text)
{
    struct {
        char *now;
        char *was;
        const char *today;
        size_t size;
    } const place[] = {
        {NULL, NULL, NULL, 0},
        {to->kana, to->kana_was, person->kana, sizeof to->kana},
        {to->address, to->address_was, person->address, sizeof to->address},
        {to->postcode, to->postcode_was, person->postcode, sizeof to->postcode},
    };

    const size_t size = strlen(text);
    if (size >= place[which].size) {
        return false;
    }
    memcpy(place[which].now, text, size + 1);
    memcpy(place[which].was, place[which].today, place[which].size);
    return true;
}

static bool read_item(jk_ask *call, changes *c)
{
    jk_wire_Correction *correction = &c->correction;
    char *rest = c->text;
    const char *code = next_field(&rest);
    jk_status status = read_record(call, c, code);
    if (status != JK_OK) {
        return refuse_line(call, c, status,
                           status == JK_E_NOT_FOUND ? "no current record in this register"
                                                    : jk_status_text(status));
    }
    memset(correction, 0, sizeof *correction);
    memcpy(correction->resident_code, c->record.person.resident_code,
           sizeof correction->resident_code);
    correction->change_reason = (jk_wire_ChangeReason)c->reason;
    correction->change_day = (uint32_t)c->day;
    for (size_t i = 1; i < c->columns; i++) {
        const char *field = next_field(&rest);
        if (field == NULL || !set_field(correction, &c->record.person, c->column[i], field)) {
            return refuse_line(call, c, field == NULL ? JK_E_MISSING_FIELD : JK_E_OVERSIZED,
                               column_names[c->column[i]]);
        }
    }
    if (rest != NULL) {
        return refuse_line(call, c, JK_E_UNKNOWN_FIELD, "more fields than columns");
    }
    jk_codec_bytes out = {c->bytes[c->items], sizeof c->bytes[0], 0};
    jk_codec_error error = {.status = JK_OK};
    status = jk_codec_encode(&jk_wire_type_Correction, correction, NULL, &out, &error);
    if (status != JK_OK) {
        return refuse_line(call, c, status, error.path);
    }
    c->item[c->items++] = (jk_bulk_item){c->row.resident, {out.data, out.size}};
    return true;
}

static bool stepped(jk_ask *call, jk_status status)
{
    if (jk_node_stepped(call->node, status) != JK_OK) {
        jk_ask_refuse(call, status, jk_node_reason(call->node, status));
    }
    return status == JK_OK;
}

static bool queue(jk_ask *call, changes *c)
{
    const jk_status status = jk_engine_queue(call->node->engine, c->item, c->items);
    c->mass.listed += c->items;
    c->items = 0;
    return stepped(call, status);
}

static bool bounds(jk_ask *call, const changes *c, uint64_t listed)
{
    if (!c->announced && listed > JK_BULK_UNANNOUNCED_MAX) {
        jk_ask_refuse(call, JK_E_OVERSIZED,
                      "a list of more than 100 is announced: \"by\" and \"count\"");
    } else if (listed > JK_BULK_LIST_MAX) {
        jk_ask_refuse(call, JK_E_OVERSIZED, "more than 1000000 corrections: split the list");
    } else {
        return true;
    }
    return false;
}

/* All of it, or none: what was read of a list that is refused is dropped by the loop. */
static bool read_list(jk_ask *call, changes *c, FILE *file)
{
    if (!read_head(call, c, file) || !stepped(call, jk_engine_mass(call->node->engine, &c->mass))) {
        return false;
    }
    while (next_line(call, c, file)) {
        if (!bounds(call, c, c->mass.listed + c->items + 1) || !read_item(call, c) ||
            (c->items == ITEMS_MAX && !queue(call, c))) {
            return false;
        }
    }
    if (call->answer != NULL || !queue(call, c)) {
        return false;
    }
    if (c->announced && c->mass.listed != c->count) {
        jk_ask_refuse(call, JK_E_CONFLICT, "the list has not as many lines as were announced");
        return false;
    }
    c->mass.reading = false;
    return stepped(call, jk_engine_mass(call->node->engine, &c->mass));
}

static bool ask_announcement(jk_ask *call, changes *c)
{
    jk_store *store = call->node->boot->store;
    uint64_t waiting = 0;
    c->announced = json_object_get(call->request, "by") != NULL ||
                   json_object_get(call->request, "count") != NULL;
    if (c->announced && (!jk_ask_operator(call, "by", c->mass.by) ||
                         !ask_number(call, "count", JK_BULK_LIST_MAX, &c->count))) {
        return false;
    }
    const jk_status status = store->ops->bulk_count(store, &waiting);
    if (status != JK_OK || waiting > 0) {
        jk_ask_refuse(call, status == JK_OK ? JK_E_NOT_NOW : status,
                      status == JK_OK ? "a list still waits" : jk_node_reason(call->node, status));
        return false;
    }
    c->mass.reason = c->reason;
    c->mass.reading = true;
    c->mass.read_ms = call->node->clock.port.wall_ms(&call->node->clock.port);
    return true;
}

static void correct_all(jk_ask *call, changes *c)
{
    char path[JK_NODE_PATH_SIZE];
    if (!ask_reason(call, c) || !ask_announcement(call, c) ||
        !jk_ask_text(call, "file", sizeof path - 1, path)) {
        return;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        jk_ask_refuse(call, JK_E_FILE, "\"file\" cannot be read by the node");
        return;
    }
    const bool good = read_list(call, c, file);
    (void)fclose(file);
    if (good) {
        call->stepped = true;
        call->answer =
            json_pack("{s:i, s:b, s:I}", "v", 1, "ok", 1, "listed", (json_int_t)c->mass.listed);
    }
}

void jk_command_correct_all(jk_ask *call)
{
    changes *c = calloc(1, sizeof *c);
    if (c == NULL) {
        jk_ask_refuse(call, JK_E_MEMORY, jk_status_text(JK_E_MEMORY));
        return;
    }
    correct_all(call, c);
    free(c);
}
