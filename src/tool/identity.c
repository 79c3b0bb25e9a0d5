/* SPDX-License-Identifier: Apache-2.0 */
/* juki identity: the C against the model.  The work is src/verify's. */
#define _POSIX_C_SOURCE 200809L
#include "tool/identity.h"

#include <signal.h>

#include "tool/options.h"
#include "verify/identity.h"

enum {
    OPTION_PROTOCOL,
    OPTION_NAME,
    OPTION_FULL,
    OPTION_UPDATE,
    OPTION_OUT,
    OPTION_ROOT,
    OPTION_MACHINES,
    OPTION_JOBS,
    OPTION_TIME,
    OPTION_MEMORY,
    OPTION_QUIET,
    OPTION_COUNT
};

static const jk_option table[OPTION_COUNT] = {
    {"protocol", "LIST", "folders of spec", false, false},
    {"name", "LIST", "rows of identity.tsv; a plain name whatever its tier", false, false},
    {"full", NULL, "tier full, too", false, false},
    {"update", NULL, "write gen/CERT.json", false, false},
    {"out", "FOLDER", "leave logs, paths and programs there", false, false},
    {"root", "FOLDER", "the folder that holds spec, gen and src (.)", false, false},
    {"machines", "FOLDER", "the C to be compared (ROOT/gen/machines)", false, false},
    {"jobs", "N", "graphs side by side (2)", false, false},
    {"time", "SECONDS", "of one search (900)", false, false},
    {"memory", "MEGABYTES", "of one search (6000)", false, false},
    {"quiet", NULL, "nothing on stderr", false, false},
};

static const jk_usage usage = {"identity", NULL,
                               "is the C the model: every state and edge, in SPIN and in C", table,
                               OPTION_COUNT};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

static const char *value(const jk_options *options, size_t index)
{
    return options->count[index] > 0 ? options->value[index][0] : NULL;
}

static bool take_number(const jk_options *options, size_t index, int *number)
{
    const char *text = value(options, index);
    uint64_t found = 0;
    if (text == NULL) {
        return true;
    }
    bool good = jk_option_number(text, 1000000, &found) && found > 0;
    *number = (int)found;
    return good;
}

int jk_tool_identity(int argc, char **argv)
{
    jk_options options;
    jk_identity_options call = jk_identity_defaults();
    int code = jk_options_read(&usage, argc, argv, &options);
    code = code >= 0 ? code : jk_option_rest(&usage, &options, 0);
    if (code >= 0) {
        return code;
    }
    call.protocol = value(&options, OPTION_PROTOCOL);
    call.name = value(&options, OPTION_NAME);
    call.full = options.count[OPTION_FULL] > 0;
    call.update = options.count[OPTION_UPDATE] > 0;
    call.out = value(&options, OPTION_OUT);
    call.root = options.count[OPTION_ROOT] > 0 ? value(&options, OPTION_ROOT) : call.root;
    call.machines = value(&options, OPTION_MACHINES);
    call.quiet = options.count[OPTION_QUIET] > 0;
    call.stop = &stop;
    if (!take_number(&options, OPTION_JOBS, &call.jobs) ||
        !take_number(&options, OPTION_TIME, &call.time_s) ||
        !take_number(&options, OPTION_MEMORY, &call.memory_mb)) {
        (void)fprintf(stderr, "juki identity: --jobs, --time and --memory are whole numbers\n");
        return JK_VERIFY_USAGE;
    }
    call.self = jk_own_path(call.self);
    (void)signal(SIGINT, on_signal);
    (void)signal(SIGTERM, on_signal);
    return (int)jk_identity_run(&call, stdout);
}
