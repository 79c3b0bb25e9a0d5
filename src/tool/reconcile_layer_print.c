/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator reads of a registry and its CS: who differs, in what, and the verdict. */
#include "tool/reconcile_layer.h"

#include "node/differ.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *name_ja;
} kinds[JK_LAYER_KINDS] = {
    [JK_LAYER_DIFF] = {"DIFF", "項目相違"},
    [JK_LAYER_STATUS_DIFF] = {"STATUS_DIFF", "住民区分相違"},
    [JK_LAYER_REGISTRY_ONLY] = {"REGISTRY_ONLY", "住民記録のみ"},
    [JK_LAYER_CS_ONLY] = {"CS_ONLY", "CSのみ"},
    [JK_LAYER_IS_DAMAGED] = {"DAMAGED", "自庁の記録が破損"},
};

static const char *const states[] = {
    [JK_LAYER_ABSENT] = "absent",   [JK_LAYER_CURRENT] = "current", [JK_LAYER_REMOVED] = "removed",
    [JK_LAYER_DAMAGED] = "damaged", [JK_LAYER_TORN] = "torn",
};

jk_layer_kind jk_layer_class(const jk_layer_found *found)
{
    const uint8_t registry = found->row[JK_LAYER_REGISTRY].state;
    const uint8_t cs = found->row[JK_LAYER_CS].state;
    if (registry == JK_LAYER_ABSENT) {
        return JK_LAYER_CS_ONLY;
    }
    if (cs == JK_LAYER_ABSENT) {
        return JK_LAYER_REGISTRY_ONLY;
    }
    if (registry >= JK_LAYER_DAMAGED || cs >= JK_LAYER_DAMAGED) {
        return JK_LAYER_IS_DAMAGED;
    }
    return registry != cs ? JK_LAYER_STATUS_DIFF : JK_LAYER_DIFF;
}

json_t *jk_layer_json(const char *municipality)
{
    return json_pack("{s:i, s:b, s:s, s:[]}", "v", 1, "ok", 1, "municipality", municipality,
                     "rows");
}

/* --- fields --- */

typedef struct fields {
    json_t *list;
    bool values;
} fields;

/* What the two are not compared by: each has its own. */
static bool is_compared(const char *name)
{
    static const char *const own[] = {"sequence", "reason_in", "reason_out", "change_day"};
    bool found = false;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        found = found || strcmp(own[i], name) == 0;
    }
    return !found;
}

static void put_value(json_t *object, const char *key, const char *text)
{
    (void)json_object_set_new(object, key, text == NULL ? json_null() : json_string(text));
}

static void put_field(void *arg, const jk_differ_field *field)
{
    const fields *f = arg;
    if (!is_compared(field->name)) {
        return;
    }
    json_t *object = json_pack("{s:s, s:s}", "name", field->name, "name_ja", field->name_ja);
    if (f->values) {
        put_value(object, "registry", field->server);
        put_value(object, "cs", field->cs);
    }
    (void)json_array_append_new(f->list, object);
}

static jk_differ_side side_of(const jk_layer_record *record)
{
    return (jk_differ_side){.present = record->present,
                            .known = record->present,
                            .change_day = INT64_MIN,
                            .reason_out = record->removed ? 1 : 0,
                            .person = {record->person, record->size}};
}

static json_t *fields_of(const jk_layer_report *report, const jk_layer_record *record)
{
    const jk_differ_side registry = side_of(&record[JK_LAYER_REGISTRY]);
    const jk_differ_side cs = side_of(&record[JK_LAYER_CS]);
    fields f = {json_array(), report->fields};
    if (report->fields || (registry.present && cs.present)) {
        (void)jk_differ(&cs, &registry, put_field, &f);
    }
    return f.list;
}

/* --- one resident --- */

static const char *text_of(const json_t *field, const char *key)
{
    const char *text = json_string_value(json_object_get(field, key));
    return text == NULL ? "(none)" : text[0] == '\0' ? "(empty)" : text;
}

static void print_fields(const jk_layer_report *report, const json_t *list)
{
    size_t index = 0;
    const json_t *field = NULL;
    json_array_foreach(list, index, field)
    {
        if (report->fields) {
            (void)printf("  %s %s: %s -> %s\n", text_of(field, "name"), text_of(field, "name_ja"),
                         text_of(field, "registry"), text_of(field, "cs"));
        } else {
            (void)printf("%s%s", index == 0 ? "  " : ", ", text_of(field, "name"));
        }
    }
    if (!report->fields && index > 0) {
        (void)printf("\n");
    }
}

void jk_layer_show(const jk_layer_report *report, const jk_layer_found *found,
                   const jk_layer_record record[JK_LAYER_SIDES])
{
    const jk_layer_kind kind = jk_layer_class(found);
    const char *registry = states[found->row[JK_LAYER_REGISTRY].state];
    const char *cs = states[found->row[JK_LAYER_CS].state];
    const bool settled = found->seen == JK_LAYER_LOOKS;
    json_t *list = fields_of(report, record);
    if (report->json != NULL) {
        json_t *row =
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:O}", "resident", found->name, "class",
                      kinds[kind].name, "class_ja", kinds[kind].name_ja, "registry", registry, "cs",
                      cs, "settled", (int)settled, "fields", list);
        (void)json_array_append_new(json_object_get(report->json, "rows"), row);
    } else {
        (void)printf("%s: %s %s; registry %s, CS %s%s\n", found->name, kinds[kind].name,
                     kinds[kind].name_ja, registry, cs,
                     settled ? "" : "; messages are still under way");
        print_fields(report, list);
    }
    json_decref(list);
}

/* --- the verdict --- */

static void print_text(const jk_layer_report *report, bool equal)
{
    (void)printf("%s: records %" PRIu64 " at the registry, %" PRIu64 " at the CS",
                 report->municipality, report->rows[JK_LAYER_REGISTRY], report->rows[JK_LAYER_CS]);
    for (size_t i = 0; i < JK_LAYER_KINDS; i++) {
        (void)printf("%s %s %" PRIu64, i == 0 ? ";" : ",", kinds[i].name, report->counts[i]);
    }
    if (report->unsettled > 0) {
        (void)printf("; of them not at rest %" PRIu64, report->unsettled);
    }
    if (equal) {
        (void)printf("\nverdict: EQUAL 一致\n");
    } else {
        (void)printf("\nverdict: DIFFERENT 相違あり; the registry goes before the CS: a clerk "
                     "looks at each, nothing is repaired by itself\n"
                     "住民記録システムがCSに優先する。担当者が確認し訂正する\n");
    }
}

void jk_layer_verdict(const jk_layer_report *report)
{
    uint64_t all = 0;
    json_t *counts = json_object();
    for (size_t i = 0; i < JK_LAYER_KINDS; i++) {
        all += report->counts[i];
        (void)json_object_set_new(counts, kinds[i].name,
                                  json_integer((json_int_t)report->counts[i]));
    }
    if (report->json == NULL) {
        print_text(report, all == 0);
    } else {
        (void)json_object_set_new(report->json, "result",
                                  json_string(all == 0 ? "EQUAL" : "DIFFERENT"));
        (void)json_object_set_new(report->json, "result_ja",
                                  json_string(all == 0 ? "一致" : "相違あり"));
        (void)json_object_set(report->json, "counts", counts);
        (void)json_object_set_new(report->json, "records",
                                  json_pack("{s:I, s:I}", "registry",
                                            (json_int_t)report->rows[JK_LAYER_REGISTRY], "cs",
                                            (json_int_t)report->rows[JK_LAYER_CS]));
        (void)json_object_set_new(report->json, "unsettled",
                                  json_integer((json_int_t)report->unsettled));
        (void)json_dumpf(report->json, stdout, JSON_COMPACT);
        (void)printf("\n");
    }
    json_decref(counts);
}
