/* SPDX-License-Identifier: Apache-2.0 */
/* juki verify: the models against their tables.  The work is src/verify's. */
#define _POSIX_C_SOURCE 200809L
#include "tool/verify.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "verify/verify.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

static int usage(void)
{
    (void)fprintf(
        stderr,
        "usage: juki verify [OPTION]...\n"
        "  --full               the checks of tier full and all mutants, too\n"
        "  --mutants            the mutants, too\n"
        "  --charts FOLDER      of each mutant a chart into FOLDER/PROTOCOL/charts\n"
        "  --witnesses          and of each witness\n"
        "  --protocol NAME      only spec/NAME\n"
        "  --check NAME         only this check, or this mutant\n"
        "  --time SECONDS       longest run of one search (300; 7200 with --full)\n"
        "  --memory MEGABYTES   of one search (6000)\n"
        "  --depth STEPS        of one search (200000)\n"
        "  --jobs N             processes side by side (2)\n"
        "  --root FOLDER        the folder that holds spec (.)\n"
        "  --out FOLDER         work there and leave everything\n"
        "  --write-states       put the state counts found into checks.tsv\n"
        "  --update-readme FILE the result between FILE's two markers\n"
        "  --update-rules FILE  the table of the rules\n"
        "exit: 0 all holds and is complete, 1 violated, 2 usage, 3 incomplete, 4 tool error\n");
    return JK_VERIFY_USAGE;
}

/* A whole number from 1 to a million times a hundred; 0 if it is none. */
static int number(const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && value > 0 && value <= 100000000 ? (int)value
                                                                                        : 0;
}

enum option_letter {
    OPTION_FULL = 256,
    OPTION_MUTANTS,
    OPTION_PROTOCOL,
    OPTION_CHECK,
    OPTION_TIME,
    OPTION_MEMORY,
    OPTION_DEPTH,
    OPTION_JOBS,
    OPTION_ROOT,
    OPTION_OUT,
    OPTION_WRITE_STATES,
    OPTION_UPDATE_README,
    OPTION_UPDATE_RULES,
    OPTION_CHARTS,
    OPTION_WITNESSES
};

static const struct option long_options[] = {
    {"full", no_argument, NULL, OPTION_FULL},
    {"mutants", no_argument, NULL, OPTION_MUTANTS},
    {"protocol", required_argument, NULL, OPTION_PROTOCOL},
    {"check", required_argument, NULL, OPTION_CHECK},
    {"time", required_argument, NULL, OPTION_TIME},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"depth", required_argument, NULL, OPTION_DEPTH},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"out", required_argument, NULL, OPTION_OUT},
    {"write-states", no_argument, NULL, OPTION_WRITE_STATES},
    {"update-readme", required_argument, NULL, OPTION_UPDATE_README},
    {"update-rules", required_argument, NULL, OPTION_UPDATE_RULES},
    {"charts", required_argument, NULL, OPTION_CHARTS},
    {"witnesses", no_argument, NULL, OPTION_WITNESSES},
    {NULL, 0, NULL, 0},
};

static bool take_option(int letter, const char *value, jk_verify_options *options)
{
    switch (letter) {
    case OPTION_FULL: options->full = true; return true;
    case OPTION_MUTANTS: options->mutants = true; return true;
    case OPTION_PROTOCOL: options->protocol = value; return true;
    case OPTION_CHECK: options->check = value; return true;
    case OPTION_TIME: options->time_s = number(value); return options->time_s != 0;
    case OPTION_MEMORY: options->memory_mb = number(value); return options->memory_mb != 0;
    case OPTION_DEPTH: options->depth = number(value); return options->depth != 0;
    case OPTION_JOBS: options->jobs = number(value); return options->jobs != 0;
    case OPTION_ROOT: options->root = value; return true;
    case OPTION_OUT: options->out = value; return true;
    case OPTION_WRITE_STATES: options->write_states = true; return true;
    case OPTION_UPDATE_README: options->update_readme = value; return true;
    case OPTION_UPDATE_RULES: options->update_rules = value; return true;
    case OPTION_CHARTS: options->charts = value; return true;
    case OPTION_WITNESSES: options->witnesses = true; return true;
    default: return false;
    }
}

int jk_tool_verify(int argc, char **argv)
{
    jk_verify_options options = jk_verify_defaults();
    int default_time_s = options.time_s;
    options.time_s = 0;
    optind = 0;
    for (int letter = getopt_long(argc, argv, "", long_options, NULL); letter != -1;
         letter = getopt_long(argc, argv, "", long_options, NULL)) {
        if (!take_option(letter, optarg, &options)) {
            return usage();
        }
    }
    if (optind < argc) {
        return usage();
    }
    if (options.time_s == 0) {
        options.time_s = options.full ? 7200 : default_time_s;
    }
    options.progress = isatty(STDERR_FILENO) == 1;
    struct sigaction action = {.sa_handler = on_signal};
    stop = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    options.stop = &stop;
    return (int)jk_verify_run(&options, stdout);
}
