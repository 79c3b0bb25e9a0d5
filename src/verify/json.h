/* SPDX-License-Identifier: Apache-2.0 */
/* JSON written to a stream, member by member; commas and line ends are put here. */
#ifndef JUKI_VERIFY_JSON_H
#define JUKI_VERIFY_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct jk_json {
    FILE *out;
    int level;
    bool more; /* the next member needs a comma */
} jk_json;

/* In all of these key is NULL for an element of an array, and for the whole. */

/* bracket is '{' or '['. */
void jk_json_open(jk_json *json, const char *key, char bracket);
void jk_json_close(jk_json *json, char bracket);

void jk_json_text(jk_json *json, const char *key, const char *text);
void jk_json_count(jk_json *json, const char *key, uint64_t count);
void jk_json_number(jk_json *json, const char *key, double number);
void jk_json_bool(jk_json *json, const char *key, bool value);

#endif
