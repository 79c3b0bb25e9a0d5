/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as text and JSON, for the verbs decode and encode.
 *
 * This writes personal data out: it is a tool of the desk, for test and captured messages, never a
 * part of a node.  One line per field, "path: value"; the JSON form has the same names.  Lists of
 * members are members[0].member and members[0].data; other bytes are hex. */
#ifndef JK_TOOL_WIRE_FORM_H
#define JK_TOOL_WIRE_FORM_H

#include "juki/codec.h"

#include "tool/refusal.h"

#include <jansson.h>
#include <names.h>
#include <stdio.h>

/* Exit codes of both verbs. */
#define JK_WIRE_ACCEPTED 0
#define JK_WIRE_REFUSED  1
#define JK_WIRE_USAGE    2

#define JK_WIRE_PATH_MAX 96
#define JK_WIRE_TEXT_MAX 65536 /* bytes of a value as text, with NUL: hex of the largest bytes */

/* What the command line asked for. */
typedef struct jk_wire_options {
    const jk_wire_type *type;
    uint16_t kind; /* of a body, else 0 */
    bool json;
    bool hex;
    bool hex_in;
    jk_lang lang;
    jk_codec_rules rules;
} jk_wire_options;

/* Reads the arguments; JK_WIRE_ACCEPTED to go on, anything else to leave with. */
int jk_wire_options_read(int argc, char **argv, jk_wire_options *options);

/* All of standard input; NULL and a message when it is too long or cannot be read.  The caller
 * frees it.  One NUL follows the bytes. */
uint8_t *jk_wire_input(size_t *size);

/* Hex digits with white space between bytes, in place; false if anything else stands there. */
bool jk_wire_unhex(uint8_t *bytes, size_t *size);
void jk_wire_hex(FILE *out, const uint8_t *bytes, size_t size);

/* Says on standard error what was refused and where; returns JK_WIRE_REFUSED. */
int jk_wire_refuse(const jk_wire_options *options, const jk_codec_error *error);

/* Decodes, encodes; a body by its kind. */
jk_status jk_wire_decode(const jk_wire_options *options, jk_span bytes, void *message,
                         jk_codec_error *error);
jk_status jk_wire_encode(const jk_wire_options *options, const void *message, jk_codec_bytes *out,
                         jk_codec_error *error);

/* One value of a message: text, or a number or flag that text also spells. */
typedef struct jk_wire_value_out {
    const char *path;
    const char *text;
    uint64_t number;

    enum {
        JK_WIRE_TEXT,
        JK_WIRE_NUMBER,
        JK_WIRE_FLAG
    } form;
} jk_wire_value_out;

/* Calls show for every field that is there, in order. */
void jk_wire_walk(const jk_wire_type *type, const void *message,
                  void (*show)(void *arg, const jk_wire_value_out *value), void *arg);

/* A message that is being put together from paths and values. */
typedef struct jk_wire_draft {
    const jk_wire_type *type;
    void *message;
    const char *problem; /* why the last set failed */
    size_t item_count;   /* of the list of members */
    jk_codec_member item[JK_MEMBERS_MAX];
    bool item_numbered[JK_MEMBERS_MAX];
    uint8_t data[JK_MEMBERS_MAX][JK_SEALED_SIZE_MAX];
} jk_wire_draft;

/* Sets one field; false with draft->problem otherwise. */
bool jk_wire_set(jk_wire_draft *draft, const char *path, const char *value);

/* Joins the members, when there are any. */
bool jk_wire_finish(jk_wire_draft *draft);

/* Puts a value into a JSON object by its path; false when there is no memory. */
bool jk_wire_json_put(json_t *root, const jk_wire_value_out *value);

/* Calls set for every scalar of a JSON object; false when set does or a value has no place. */
bool jk_wire_json_each(json_t *root, bool (*set)(void *arg, const char *path, const char *value),
                       void *arg);

#endif
