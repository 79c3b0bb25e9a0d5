/* SPDX-License-Identifier: Apache-2.0 */
/* juki chart: the run of a trail as a picture, and again on the generated C.  The work is
 * src/verify's. */
#define _POSIX_C_SOURCE 200809L
#include "tool/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/options.h"
#include "verify/chart.h"
#include "verify/file.h"
#include "verify/replay.h"
#include "verify/trail_open.h"

enum {
    EXIT_REFUSED = 3,
    EXIT_TOOL = 4
};

enum {
    OPTION_MODEL,
    OPTION_DEFINES,
    OPTION_FORMAT,
    OPTION_OUT,
    OPTION_ROOT,
    OPTION_REPLAY,
    OPTION_COUNT
};

static const jk_option table[OPTION_COUNT] = {
    {"model", "FILE", "the check that a trail is of, FILE.pml", false, false},
    {"defines", "WORDS", "its bounds, \"NDEST=2 WITH_STOP\"", false, false},
    {"format", "NAME", "text, mermaid, svg or events (text)", false, false},
    {"out", "FILE", "write there instead of to the output", false, false},
    {"root", "FOLDER", "the folder that holds spec and gen (.)", false, false},
    {"replay", NULL, "run it again on the generated machines, and compare", false, false},
};

static const jk_usage usage = {"chart", "FILE.trail|FILE.events",
                               "a run of a model as a picture, or again on the generated C", table,
                               OPTION_COUNT};

static const char *const formats[] = {"text", "mermaid", "svg", "events"};

enum {
    FORMAT_EVENTS = 3,
    FORMAT_COUNT = 4
};

static const char *value(const jk_options *options, size_t index, const char *otherwise)
{
    return options->count[index] > 0 ? options->value[index][0] : otherwise;
}

static int refuse(const char *file, const jk_fault *fault)
{
    (void)fprintf(stderr, "juki chart: %s: %s\n", file,
                  fault->text[0] != '\0' ? fault->text : jk_status_name(fault->status));
    return fault->status == JK_E_CONFIG || fault->status == JK_E_FILE || fault->status == JK_E_FULL
               ? EXIT_REFUSED
               : EXIT_TOOL;
}

/* 1 if the machines differ.  The words go to the errors: the picture may take the output. */
static int replay(const jk_trail *trail, const char *file)
{
    jk_replay_result result;
    jk_fault fault = {.status = JK_OK};
    if (jk_trail_replay(trail, &result, &fault) != JK_OK) {
        return refuse(file, &fault);
    }
    jk_replay_print(&result, stderr);
    return result.same ? 0 : JK_EXIT_REFUSED;
}

/* The whole picture first: a file is written whole or not at all. */
static int draw(const jk_trail *trail, int format, const char *file, const char *out)
{
    char *bytes = NULL;
    size_t size = 0;
    jk_fault fault = {.status = JK_E_MEMORY};
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL) {
        return refuse(file, &fault);
    }
    jk_status status = JK_OK;
    if (format == FORMAT_EVENTS) {
        jk_trail_write(trail, stream);
    } else {
        status = jk_chart_draw(trail, (jk_chart_format)format, stream, &fault);
    }
    if (fclose(stream) != 0 && status == JK_OK) {
        status = JK_E_MEMORY;
        fault.status = status;
    }
    int code = 0;
    if (status != JK_OK) {
        code = refuse(file, &fault);
    } else if (out != NULL ? jk_file_write(out, bytes, size) != JK_OK
                           : fwrite(bytes, 1, size, stdout) != size || fflush(stdout) != 0) {
        (void)fprintf(stderr, "juki chart: %s cannot be written\n", out != NULL ? out : "stdout");
        code = EXIT_TOOL;
    }
    free(bytes);
    return code;
}

int jk_tool_chart(int argc, char **argv)
{
    jk_options options;
    int code = jk_options_read(&usage, argc, argv, &options);
    code = code >= 0 ? code : jk_option_rest(&usage, &options, 1);
    if (code >= 0) {
        return code;
    }
    int format = 0;
    while (format < FORMAT_COUNT &&
           strcmp(value(&options, OPTION_FORMAT, "text"), formats[format]) != 0) {
        format++;
    }
    if (format == FORMAT_COUNT) {
        (void)fprintf(stderr, "juki chart: --format is text, mermaid, svg or events\n");
        return JK_EXIT_USAGE;
    }
    const jk_trail_place place = {.file = options.rest[0],
                                  .model = value(&options, OPTION_MODEL, NULL),
                                  .defines = value(&options, OPTION_DEFINES, ""),
                                  .root = value(&options, OPTION_ROOT, ".")};
    jk_trail trail;
    jk_fault fault = {.status = JK_OK};
    if (jk_trail_open(&place, &trail, &fault) != JK_OK) {
        return refuse(place.file, &fault);
    }
    if (options.count[OPTION_REPLAY] > 0) {
        code = replay(&trail, place.file);
        if (code != 0 || (options.count[OPTION_FORMAT] == 0 && options.count[OPTION_OUT] == 0)) {
            jk_trail_close(&trail);
            return code;
        }
    }
    code = draw(&trail, format, place.file, value(&options, OPTION_OUT, NULL));
    jk_trail_close(&trail);
    return code;
}
