/* SPDX-License-Identifier: Apache-2.0 */
/* `juki reconcile layer`: what was found between a registry and its CS, and how it is shown. */
#ifndef JUKI_TOOL_RECONCILE_LAYER_H
#define JUKI_TOOL_RECONCILE_LAYER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JK_LAYER_NAME_SIZE = 33, /* a resident as text, with NUL */
    JK_LAYER_DIGEST_SIZE = 16,
    JK_LAYER_LOOKS = 2 /* so often a difference is seen at rest before it counts as settled */
};

enum {
    JK_LAYER_REGISTRY,
    JK_LAYER_CS,
    JK_LAYER_SIDES
};

/* What a side says of a resident. */
typedef enum jk_layer_state {
    JK_LAYER_ABSENT = 0,
    JK_LAYER_CURRENT,
    JK_LAYER_REMOVED,
    JK_LAYER_DAMAGED, /* its row is no record */
    JK_LAYER_TORN     /* at a CS: its register and its own episode disagree */
} jk_layer_state;

typedef struct jk_layer_row {
    uint8_t state; /* jk_layer_state */
    uint8_t digest[JK_LAYER_DIGEST_SIZE];
} jk_layer_row;

/* A resident in whom they differ. */
typedef struct jk_layer_found {
    char name[JK_LAYER_NAME_SIZE];
    jk_layer_row row[JK_LAYER_SIDES];
    uint8_t seen; /* looks, one after the other, in which both were at rest */
    bool gone;    /* they do not differ any more */
} jk_layer_found;

typedef enum jk_layer_kind {
    JK_LAYER_DIFF,
    JK_LAYER_STATUS_DIFF,
    JK_LAYER_REGISTRY_ONLY,
    JK_LAYER_CS_ONLY,
    JK_LAYER_IS_DAMAGED,
    JK_LAYER_KINDS
} jk_layer_kind;

jk_layer_kind jk_layer_class(const jk_layer_found *found);

/* A side's record of a resident, an encoded Person. */
typedef struct jk_layer_record {
    bool present;
    bool removed;
    size_t size;
    uint8_t person[4096];
} jk_layer_record;

typedef struct jk_layer_report {
    const char *municipality;
    bool fields;  /* tell what they hold, too */
    json_t *json; /* NULL: as text */
    uint64_t rows[JK_LAYER_SIDES];
    uint64_t counts[JK_LAYER_KINDS];
    uint64_t unsettled; /* residents with messages under way to the end */
} jk_layer_report;

/* An object for a report's json. */
json_t *jk_layer_json(const char *municipality);
/* One resident: printed, or added to the object. */
void jk_layer_show(const jk_layer_report *report, const jk_layer_found *found,
                   const jk_layer_record record[JK_LAYER_SIDES]);
/* Counts and the verdict; the object is printed. */
void jk_layer_verdict(const jk_layer_report *report);

/* The sub-verb; argv[0] is "layer".  An exit code. */
int jk_reconcile_layer(int argc, char **argv);

#endif
