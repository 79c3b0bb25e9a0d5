/* SPDX-License-Identifier: Apache-2.0 */
/* juki mutate: how strong the properties of the models are.  The work is src/verify's. */
#define _POSIX_C_SOURCE 200809L
#include "tool/mutate.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify/strength.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

static int usage(void)
{
    (void)fprintf(stderr,
                  "usage: juki mutate spec [OPTION]...\n"
                  "  --protocol NAME   only spec/NAME\n"
                  "  --only NAME       mutants whose name begins so: ROLE:LINE:OPERATOR\n"
                  "  --count N         a sample of N mutants a protocol\n"
                  "  --seed N          of the sample (0)\n"
                  "  --list            the mutants, nothing is searched\n"
                  "  --spin            SPIN searches everything, the explorer nothing\n"
                  "  --everywhere      each mutant in all bounds, not up to what is enough\n"
                  "  --results FILE    searches done are kept there and not done again\n"
                  "  --known           figures of what FILE has; nothing is searched\n"
                  "  --json FILE       the figures\n"
                  "  --jobs N          processes side by side (2)\n"
                  "  --root FOLDER     the folder that holds spec (.)\n"
                  "  --out FOLDER      work there\n"
                  "exit: 0 enough are killed, 1 too few, 2 usage, 3 incomplete, 4 tool error\n");
    return JK_VERIFY_USAGE;
}

/* A whole number from 0 to a million; -1 if it is none. */
static int number(const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && value >= 0 && value <= 1000000 ? (int)value
                                                                                       : -1;
}

enum option_letter {
    OPTION_PROTOCOL = 256,
    OPTION_ONLY,
    OPTION_COUNT,
    OPTION_SEED,
    OPTION_LIST,
    OPTION_EVERYWHERE,
    OPTION_KNOWN,
    OPTION_SPIN,
    OPTION_RESULTS,
    OPTION_JSON,
    OPTION_JOBS,
    OPTION_ROOT,
    OPTION_OUT
};

static const struct option long_options[] = {
    {"protocol", required_argument, NULL, OPTION_PROTOCOL},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"list", no_argument, NULL, OPTION_LIST},
    {"everywhere", no_argument, NULL, OPTION_EVERYWHERE},
    {"spin", no_argument, NULL, OPTION_SPIN},
    {"known", no_argument, NULL, OPTION_KNOWN},
    {"results", required_argument, NULL, OPTION_RESULTS},
    {"json", required_argument, NULL, OPTION_JSON},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"out", required_argument, NULL, OPTION_OUT},
    {NULL, 0, NULL, 0},
};

static bool take_option(int letter, const char *value, jk_strength_options *options)
{
    switch (letter) {
    case OPTION_PROTOCOL: options->protocol = value; return true;
    case OPTION_ONLY: options->only = value; return true;
    case OPTION_COUNT: options->count = number(value); return options->count > 0;
    case OPTION_SEED: options->seed = number(value); return options->seed >= 0;
    case OPTION_LIST: options->list = true; return true;
    case OPTION_EVERYWHERE: options->everywhere = true; return true;
    case OPTION_SPIN: options->self = NULL; return true;
    case OPTION_KNOWN: options->known = true; return true;
    case OPTION_RESULTS: options->results = value; return true;
    case OPTION_JSON: options->json = value; return true;
    case OPTION_JOBS: options->jobs = number(value); return options->jobs > 0;
    case OPTION_ROOT: options->root = value; return true;
    case OPTION_OUT: options->out = value; return true;
    default: return false;
    }
}

int jk_tool_mutate(int argc, char **argv)
{
    static char self[4096];
    jk_strength_options options = jk_strength_defaults();
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        options.self = self;
    }
    if (argc < 2 || strcmp(argv[1], "spec") != 0) {
        return usage();
    }
    optind = 0;
    for (int letter = getopt_long(argc - 1, argv + 1, "", long_options, NULL); letter != -1;
         letter = getopt_long(argc - 1, argv + 1, "", long_options, NULL)) {
        if (!take_option(letter, optarg, &options)) {
            return usage();
        }
    }
    if (optind < argc - 1) {
        return usage();
    }
    struct sigaction action = {.sa_handler = on_signal};
    stop = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    options.stop = &stop;
    return (int)jk_strength_run(&options, stdout);
}
