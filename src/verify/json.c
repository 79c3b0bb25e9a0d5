/* SPDX-License-Identifier: Apache-2.0 */
/* JSON written to a stream, member by member. */
#include "json.h"

#include <inttypes.h>

#include "escape.h"

#define INDENT 1

static void begin(jk_json *json, const char *key)
{
    if (json->more) {
        (void)fputc(',', json->out);
    }
    if (json->level > 0) {
        (void)fprintf(json->out, "\n%*s", json->level * INDENT, "");
    }
    if (key != NULL) {
        jk_put_json(json->out, key);
        (void)fputs(": ", json->out);
    }
    json->more = true;
}

void jk_json_open(jk_json *json, const char *key, char bracket)
{
    begin(json, key);
    (void)fputc(bracket, json->out);
    json->level++;
    json->more = false;
}

void jk_json_close(jk_json *json, char bracket)
{
    json->level--;
    if (json->more) {
        (void)fprintf(json->out, "\n%*s", json->level * INDENT, "");
    }
    (void)fputc(bracket, json->out);
    json->more = true;
    if (json->level == 0) {
        (void)fputc('\n', json->out);
    }
}

void jk_json_text(jk_json *json, const char *key, const char *text)
{
    begin(json, key);
    jk_put_json(json->out, text);
}

void jk_json_count(jk_json *json, const char *key, uint64_t count)
{
    begin(json, key);
    (void)fprintf(json->out, "%" PRIu64, count);
}

void jk_json_number(jk_json *json, const char *key, double number)
{
    begin(json, key);
    (void)fprintf(json->out, "%.3f", number);
}

void jk_json_bool(jk_json *json, const char *key, bool value)
{
    begin(json, key);
    (void)fputs(value ? "true" : "false", json->out);
}
