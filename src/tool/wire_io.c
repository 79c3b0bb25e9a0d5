/* SPDX-License-Identifier: Apache-2.0 */
/* What decode and encode share: arguments, standard input, hex, and how a refusal is told. */
#include "wire_form.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (256 * 1024) /* bytes: the largest envelope in hex, or as text, with room */

static int usage(const char *verb)
{
    (void)fprintf(stderr,
                  "usage: juki %s TYPE [--json | --hex]%s [--any-check-digit] [--lang LANG]\n"
                  "TYPE: envelope, person, certificate, or a message kind such as cert-request\n"
                  "LANG: " JK_LANG_HELP "\n",
                  verb, strcmp(verb, "decode") == 0 ? " [--hex-in]" : "");
    return JK_WIRE_USAGE;
}

int jk_wire_options_read(int argc, char **argv, jk_wire_options *options)
{
    static const struct option names[] = {
        {"json", no_argument, NULL, 'j'},       {"hex", no_argument, NULL, 'x'},
        {"hex-in", no_argument, NULL, 'i'},     {"any-check-digit", no_argument, NULL, 'a'},
        {"lang", required_argument, NULL, 'l'}, {NULL, 0, NULL, 0},
    };
    bool decodes = argc > 0 && strcmp(argv[0], "decode") == 0;
    *options = (jk_wire_options){.type = NULL};
    optind = 0; /* a program with verbs scans more than once */
    for (int c = 0; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        options->json = options->json || c == 'j';
        options->hex = options->hex || c == 'x';
        options->hex_in = options->hex_in || c == 'i';
        options->rules.resident_code_any_digit = options->rules.resident_code_any_digit || c == 'a';
        if (c == '?' || (c == 'l' && !jk_lang_of_text(optarg, &options->lang))) {
            return usage(argv[0]);
        }
    }
    if (argc - optind != 1 || (decodes && options->json && options->hex) ||
        (!decodes && options->hex_in)) {
        return usage(argc > 0 ? argv[0] : "decode");
    }
    options->type = jk_codec_type_by_name(argv[optind], &options->kind);
    if (options->type == NULL) {
        (void)fprintf(stderr, "juki: no message type of that name\n");
        return usage(argv[0]);
    }
    return JK_WIRE_ACCEPTED;
}

uint8_t *jk_wire_input(size_t *size)
{
    uint8_t *bytes = malloc(INPUT_MAX + 1);
    if (bytes == NULL) {
        return NULL;
    }
    *size = fread(bytes, 1, INPUT_MAX + 1, stdin);
    if (*size > INPUT_MAX || ferror(stdin) != 0) {
        (void)fprintf(stderr, "juki: standard input cannot be read or is longer than %d bytes\n",
                      INPUT_MAX);
        free(bytes);
        return NULL;
    }
    bytes[*size] = '\0';
    return bytes;
}

static int digit_value(uint8_t c)
{
    const char *digits = "0123456789abcdef";
    const char *at = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, 16);
    return at == NULL ? -1 : (int)(at - digits);
}

bool jk_wire_unhex(uint8_t *bytes, size_t *size)
{
    size_t used = 0;
    for (size_t i = 0; i < *size;) {
        uint8_t c = bytes[i];
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            i++;
            continue;
        }
        int high = digit_value(c);
        int low = i + 1 < *size ? digit_value(bytes[i + 1]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[used++] = (uint8_t)(high * 16 + low);
        i += 2;
    }
    *size = used;
    return true;
}

void jk_wire_hex(FILE *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        (void)fprintf(out, "%02x", bytes[i]);
    }
    (void)fputc('\n', out);
}

int jk_wire_refuse(const jk_wire_options *options, const jk_codec_error *error)
{
    (void)fprintf(stderr, "juki: %s refused: rule %s at byte %zu%s%s: %s (%s)\n",
                  options->type->name, error->rule, error->offset,
                  error->path[0] != '\0' ? ", field " : "", error->path,
                  jk_status_text(error->status), jk_status_name(error->status));
    jk_print_refusal(stderr, (unsigned)error->status, options->lang);
    return JK_WIRE_REFUSED;
}

/* A body is judged with its kind, but the command line has no envelope to compare members with. */
jk_status jk_wire_decode(const jk_wire_options *options, jk_span bytes, void *message,
                         jk_codec_error *error)
{
    jk_status status = jk_codec_decode(options->type, bytes, &options->rules, message, error);
    jk_envelope envelope;
    if (status == JK_OK && options->type == &jk_wire_type_Envelope) {
        status = jk_codec_decode_envelope(bytes, &envelope, error);
        if (status == JK_OK) {
            status = jk_codec_decode_body(&envelope, &options->rules, NULL, 0, error);
        }
        return status;
    }
    if (status == JK_OK && options->kind != 0) {
        uint8_t again[JK_ENVELOPE_SIZE_MAX];
        jk_codec_bytes out = {again, sizeof again, 0};
        status = jk_codec_encode_body(options->kind, message, &options->rules, &out, error);
    }
    return status;
}

jk_status jk_wire_encode(const jk_wire_options *options, const void *message, jk_codec_bytes *out,
                         jk_codec_error *error)
{
    if (options->kind != 0) {
        return jk_codec_encode_body(options->kind, message, &options->rules, out, error);
    }
    jk_status status = jk_codec_encode(options->type, message, &options->rules, out, error);
    jk_envelope envelope;
    if (status == JK_OK && options->type == &jk_wire_type_Envelope) {
        status = jk_codec_decode_envelope((jk_span){out->data, out->size}, &envelope, error);
        if (status == JK_OK) {
            status = jk_codec_decode_body(&envelope, &options->rules, NULL, 0, error);
        }
    }
    return status;
}
