/* SPDX-License-Identifier: Apache-2.0 */
/* juki encode TYPE: text or JSON on standard input, wire bytes or hex on standard output. */
#include "decode.h"

#include "wire_form.h"

#include <stdlib.h>
#include <string.h>

static bool set(void *arg, const char *path, const char *value)
{
    jk_wire_draft *draft = arg;
    if (jk_wire_set(draft, path, value)) {
        return true;
    }
    (void)fprintf(stderr, "juki: field %s: %s\n", path, draft->problem);
    return false;
}

static bool read_json(jk_wire_draft *draft, const char *text, size_t size)
{
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (root == NULL) {
        (void)fprintf(stderr, "juki: line %d, column %d: %s\n", error.line, error.column,
                      error.text);
        return false;
    }
    bool good = json_is_object(root) && jk_wire_json_each(root, set, draft);
    if (!good && draft->problem == NULL) {
        (void)fprintf(stderr, "juki: the JSON is not an object of texts, numbers and flags\n");
    }
    json_decref(root);
    return good;
}

/* Lines "path: value"; empty lines and lines that begin with # are skipped. */
static bool read_lines(jk_wire_draft *draft, char *text, size_t size)
{
    size_t number = 0;
    for (size_t at = 0; at < size;) {
        char *line = text + at;
        const char *end = memchr(line, '\n', size - at);
        size_t line_size = end != NULL ? (size_t)(end - line) : size - at;
        at += line_size + 1;
        line[line_size] = '\0';
        number++;
        if (line_size == 0 || line[0] == '#') {
            continue;
        }
        char *colon = strstr(line, ": ");
        if (colon == NULL || strlen(line) != line_size) {
            (void)fprintf(stderr, "juki: line %zu is not \"path: value\"\n", number);
            return false;
        }
        *colon = '\0';
        if (!set(draft, line, colon + 2)) {
            (void)fprintf(stderr, "juki: line %zu\n", number);
            return false;
        }
    }
    return true;
}

static bool looks_like_json(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '{';
}

static int encode(const jk_wire_options *options, jk_wire_draft *draft, char *input, size_t size)
{
    bool json = options->json || looks_like_json(input);
    bool good = json ? read_json(draft, input, size) : read_lines(draft, input, size);
    if (good && !jk_wire_finish(draft)) {
        (void)fprintf(stderr, "juki: %s\n", draft->problem);
        good = false;
    }
    if (!good) {
        return JK_WIRE_REFUSED;
    }
    static uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
    jk_codec_bytes out = {bytes, sizeof bytes, 0};
    jk_codec_error error;
    if (jk_wire_encode(options, draft->message, &out, &error) != JK_OK) {
        return jk_wire_refuse(options, &error);
    }
    if (options->hex) {
        jk_wire_hex(stdout, out.data, out.size);
        return JK_WIRE_ACCEPTED;
    }
    return fwrite(out.data, 1, out.size, stdout) == out.size ? JK_WIRE_ACCEPTED : JK_WIRE_REFUSED;
}

int jk_tool_encode(int argc, char **argv)
{
    jk_wire_options options;
    size_t size = 0;
    int result = jk_wire_options_read(argc, argv, &options);
    if (result != JK_WIRE_ACCEPTED) {
        return result;
    }
    uint8_t *input = jk_wire_input(&size);
    if (input == NULL) {
        return JK_WIRE_USAGE;
    }
    jk_wire_draft *draft = calloc(1, sizeof *draft);
    void *message = calloc(1, options.type->size);
    result = JK_WIRE_REFUSED;
    if (draft != NULL && message != NULL) {
        draft->type = options.type;
        draft->message = message;
        result = encode(&options, draft, (char *)input, size);
    }
    free(message);
    free(draft);
    free(input);
    return result;
}
