/* SPDX-License-Identifier: Apache-2.0 */
/* The strict reading of wire bytes that comes before any decoding.
 *
 * It walks the tables of gen/wire/names.h, made from the same schema as nanopb's descriptors, so
 * that there is one schema.  What it accepts is the only encoding of what it means. */
#ifndef JK_CODEC_SCAN_H
#define JK_CODEC_SCAN_H

#include "juki/codec.h"

#include <names.h>

#define JK_SCAN_DEPTH_MAX  4  /* messages within messages, the outermost counted */
#define JK_SCAN_VARINT_MAX 10 /* bytes of the longest varint */
#define JK_SCAN_PLACES_MAX 48 /* fields of the outermost message, repeated ones one by one */

/* Where a field of the outermost message stands, for rules that look at more than one field. */
typedef struct jk_scan_place {
    uint32_t tag;
    uint16_t index;  /* within a repeated field */
    size_t offset;   /* of its tag */
    jk_span payload; /* of strings, bytes and messages */
    uint64_t value;  /* of numbers */
} jk_scan_place;

typedef struct jk_scan_frame {
    const jk_wire_type *type;
    size_t field; /* index of the last field that was seen, or 0 */
    size_t start;
    size_t end;
    uint32_t tag;   /* of the last field, 0 none */
    uint32_t count; /* how often it stood */
    uint64_t seen;  /* bit n: tag n */
} jk_scan_frame;

typedef struct jk_scan {
    jk_span bytes;
    const jk_codec_rules *rules; /* never NULL */
    jk_codec_error *error;       /* or NULL */
    size_t at;
    size_t depth; /* frames in use */
    jk_scan_frame frame[JK_SCAN_DEPTH_MAX];
    size_t place_count;
    jk_scan_place place[JK_SCAN_PLACES_MAX];
} jk_scan;

/* Reads bytes as a message of that type.  On failure fills *error if it is not NULL. */
JK_MUST_USE jk_status jk_scan_run(jk_scan *scan, const jk_wire_type *type, jk_span bytes,
                                  const jk_codec_rules *rules, jk_codec_error *error);

/* The first place of a tag in the outermost message, and how many there are; NULL if none. */
const jk_scan_place *jk_scan_find(const jk_scan *scan, uint32_t tag, size_t *count);

/* A varint at *at of bytes: at most bytes_max bytes, minimal.  Moves *at on success; *rule is
 * the rule that was broken otherwise. */
JK_MUST_USE jk_status jk_scan_varint_long(jk_span bytes, size_t *at, size_t bytes_max,
                                          uint64_t *value, const char **rule);

JK_MUST_USE static inline jk_status jk_scan_varint(jk_span bytes, size_t *at, size_t bytes_max,
                                                   uint64_t *value, const char **rule)
{
    if (*at < bytes.size && (bytes.data[*at] & 0x80) == 0) { /* nearly all have one byte */
        *value = bytes.data[*at];
        *at += 1;
        return JK_OK;
    }
    return jk_scan_varint_long(bytes, at, bytes_max, value, rule);
}

/* Fills *error, when there is one, for a field of the outermost message; returns status. */
jk_status jk_scan_fail(jk_codec_error *error, jk_status status, const char *rule, size_t offset,
                       const char *path);

/* An error inside item `index` of a list that stands at `offset`: moves *error out to the whole
 * message, its path becomes "list[index].path".  Returns status. */
jk_status jk_scan_within(jk_codec_error *error, jk_status status, size_t offset, const char *list,
                         size_t index);

#endif
