/* SPDX-License-Identifier: Apache-2.0 */
/* juki decode TYPE: wire bytes on standard input, text, JSON or hex on standard output. */
#include "decode.h"

#include "wire_form.h"

#include <stdlib.h>

static void show_line(void *arg, const jk_wire_value_out *value)
{
    (void)fprintf(arg, "%s: %s\n", value->path, value->text);
}

static void show_json(void *arg, const jk_wire_value_out *value)
{
    (void)jk_wire_json_put(arg, value);
}

static int show(const jk_wire_options *options, jk_span bytes, const void *message)
{
    if (options->hex) {
        jk_wire_hex(stdout, bytes.data, bytes.size);
    } else if (options->json) {
        json_t *root = json_object();
        jk_wire_walk(options->type, message, show_json, root);
        int failed = json_dumpf(root, stdout, JSON_INDENT(2));
        (void)fputc('\n', stdout);
        json_decref(root);
        return failed == 0 ? JK_WIRE_ACCEPTED : JK_WIRE_REFUSED;
    } else {
        jk_wire_walk(options->type, message, show_line, stdout);
    }
    return JK_WIRE_ACCEPTED;
}

static int decode(const jk_wire_options *options, uint8_t *input, size_t size)
{
    if (options->hex_in && !jk_wire_unhex(input, &size)) {
        (void)fprintf(stderr, "juki: standard input is not hex\n");
        return JK_WIRE_USAGE;
    }
    void *message = calloc(1, options->type->size);
    if (message == NULL) {
        return JK_WIRE_REFUSED;
    }
    jk_codec_error error;
    jk_span bytes = {input, size};
    int result = jk_wire_decode(options, bytes, message, &error) == JK_OK
                     ? show(options, bytes, message)
                     : jk_wire_refuse(options, &error);
    free(message);
    return result;
}

int jk_tool_decode(int argc, char **argv)
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
    result = decode(&options, input, size);
    free(input);
    return result;
}
