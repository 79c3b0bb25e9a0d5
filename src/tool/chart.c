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
#include "verify/states.h"
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
    OPTION_STATES,
    OPTION_COUNT
};

static const jk_option table[OPTION_COUNT] = {
    {"model", "FILE", "the check that a trail is of, FILE.pml", false, false},
    {"defines", "WORDS", "its bounds, \"NDEST=2 WITH_STOP\"", false, false},
    {"format", "NAME", "text, mermaid, svg or events (text)", false, false},
    {"out", "FILE", "write there instead of to the output", false, false},
    {"root", "FOLDER", "the folder that holds spec and gen (.)", false, false},
    {"replay", NULL, "run it again on the generated machines, and compare", false, false},
    {"states", "FOLDER", "the diagram of each role that acts, its way marked, into FOLDER", false,
     false},
};

static const jk_usage usage = {
    "chart", "FILE.trail|FILE.events|FILE.dot",
    "a run of a model as a picture, or again on the generated C; a state diagram as SVG", table,
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

typedef struct picture {
    char *bytes;
    size_t size;
    FILE *stream;
} picture;

static bool begin_picture(picture *one)
{
    *one = (picture){.bytes = NULL};
    one->stream = open_memstream(&one->bytes, &one->size);
    return one->stream != NULL;
}

/* The whole picture is there before the first byte of it is written. */
static int end_picture(picture *one, jk_status status, jk_fault *fault, const char *file,
                       const char *out)
{
    int code = 0;
    if (fclose(one->stream) != 0 && status == JK_OK) {
        status = JK_E_MEMORY;
        fault->status = status;
    }
    if (status != JK_OK) {
        code = refuse(file, fault);
    } else if (out != NULL
                   ? jk_file_write(out, one->bytes, one->size) != JK_OK
                   : fwrite(one->bytes, 1, one->size, stdout) != one->size || fflush(stdout) != 0) {
        (void)fprintf(stderr, "juki chart: %s cannot be written\n", out != NULL ? out : "stdout");
        code = EXIT_TOOL;
    }
    free(one->bytes);
    return code;
}

static int draw(const jk_trail *trail, int format, const char *file, const char *out)
{
    picture one;
    jk_fault fault = {.status = JK_E_MEMORY};
    if (!begin_picture(&one)) {
        return refuse(file, &fault);
    }
    jk_status status = JK_OK;
    if (format == FORMAT_EVENTS) {
        jk_trail_write(trail, one.stream);
    } else {
        status = jk_chart_draw(trail, (jk_chart_format)format, one.stream, &fault);
    }
    return end_picture(&one, status, &fault, file, out);
}

static int draw_states(const char *diagram, const jk_trail *trail, const char *out)
{
    picture one;
    jk_fault fault = {.status = JK_E_MEMORY};
    if (!begin_picture(&one)) {
        return refuse(diagram, &fault);
    }
    jk_status status = jk_states_draw(diagram, trail, one.stream, &fault);
    return end_picture(&one, status, &fault, diagram, out);
}

/* One diagram for each role that acts, whatever the number of its instances. */
static int draw_all_states(const jk_trail *trail, const char *root, const char *folder)
{
    int code = jk_folder_make(folder) ? 0 : EXIT_TOOL;
    if (code != 0) {
        (void)fprintf(stderr, "juki chart: %s cannot be made\n", folder);
    }
    for (size_t i = 1; code == 0 && i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        char diagram[JK_PATH_SIZE];
        char out[JK_PATH_SIZE];
        if (actor->role && actor->acts && actor->instance == 0) {
            (void)snprintf(diagram, sizeof diagram, "%.800s/gen/tables/%s_%s.dot", root,
                           trail->about.protocol, actor->name);
            (void)snprintf(out, sizeof out, "%.800s/%s_%s.svg", folder, trail->about.protocol,
                           actor->name);
            code = draw_states(diagram, trail, out);
        }
    }
    return code;
}

static bool is_diagram(const char *file)
{
    size_t length = strlen(file);
    return length > 4 && strcmp(file + length - 4, ".dot") == 0;
}

/* What is asked of a run: replay, diagrams, and a chart unless only those were asked. */
static int show(const jk_trail *trail, const jk_options *options, const char *file, int format)
{
    bool other = false;
    int code = 0;
    if (options->count[OPTION_REPLAY] > 0) {
        other = true;
        code = replay(trail, file);
    }
    if (code == 0 && options->count[OPTION_STATES] > 0) {
        other = true;
        code = draw_all_states(trail, value(options, OPTION_ROOT, "."),
                               options->value[OPTION_STATES][0]);
    }
    bool chart = options->count[OPTION_FORMAT] > 0 || options->count[OPTION_OUT] > 0;
    return code != 0 || (other && !chart)
               ? code
               : draw(trail, format, file, value(options, OPTION_OUT, NULL));
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
    if (is_diagram(options.rest[0])) {
        return draw_states(options.rest[0], NULL, value(&options, OPTION_OUT, NULL));
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
    code = show(&trail, &options, place.file, format);
    jk_trail_close(&trail);
    return code;
}
