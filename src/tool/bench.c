/* SPDX-License-Identifier: Apache-2.0 */
/* `juki bench`: measurements on real nodes; the sub-verbs and their options. */
#include "bench_run.h"

#include "tool/options.h"
#include "tool/verbs.h"

#include <string.h>

enum {
    RESIDENTS,
    DIFFERENCES,
    FOLDER,
    JSON,
    OPTIONS
};

static const jk_option reconcile_options[OPTIONS] = {
    {"residents", "N", "of one municipality, up to 5000000", true, false},
    {"differences", "D", "records that are damaged at each of the two servers", true, false},
    {"folder", "DIR",
     "where keys, people and databases are made and left; those of an earlier run are taken again",
     false, false},
    {"json", NULL, "one JSON object on standard output", false, false},
};

static const jk_usage reconcile_usage = {
    "bench reconcile", NULL,
    "Starts a CS, its prefecture and national as real processes with N synthetic residents, "
    "damages\n"
    "D records at each server by plain SQL, and measures import, rounds, scrub and repair.\n"
    "Exit: 0 exactly the damaged records were found and repaired, 1 not, 2 usage.",
    reconcile_options, OPTIONS};

static const jk_usage country_usage = {
    "bench country", "FILE...",
    "The whole country by arithmetic: costs for each municipality and each resident, from two or "
    "more\n"
    "results of juki bench reconcile --json with different numbers of residents.",
    NULL, 0};

static int reconcile(int argc, char **argv)
{
    jk_options given;
    bench_options options;
    memset(&options, 0, sizeof options);
    const int leave = jk_options_read(&reconcile_usage, argc, argv, &given);
    if (leave != -1) {
        return leave;
    }
    if (!jk_option_number(given.value[RESIDENTS][0], BENCH_RESIDENTS_MAX, &options.residents) ||
        !jk_option_number(given.value[DIFFERENCES][0], BENCH_RESIDENTS_MAX, &options.differences) ||
        options.differences == 0 || options.differences > options.residents / 10) {
        (void)fprintf(stderr, "juki bench reconcile: --residents up to 5000000, --differences from "
                              "1 to a tenth of them\n");
        return JK_EXIT_USAGE;
    }
    options.folder = given.value[FOLDER][0];
    options.json = given.count[JSON] > 0;
    return bench_reconcile(&options);
}

static int country(int argc, char **argv)
{
    jk_options given;
    const int leave = jk_options_read(&country_usage, argc, argv, &given);
    if (leave != -1) {
        return leave;
    }
    if (given.rest_count < 2) {
        (void)fprintf(stderr, "juki bench country: two results at least\n");
        return JK_EXIT_USAGE;
    }
    return bench_country(given.rest_count, given.rest);
}

int jk_tool_bench(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "reconcile") == 0) {
        return reconcile(argc - 1, argv + 1);
    }
    if (argc >= 2 && strcmp(argv[1], "country") == 0) {
        return country(argc - 1, argv + 1);
    }
    const bool help = argc >= 2 && strcmp(argv[1], "--help") == 0;
    (void)fprintf(help ? stdout : stderr,
                  "juki bench reconcile --residents N --differences D [--folder DIR] [--json]\n"
                  "juki bench country FILE...\n");
    return help ? JK_EXIT_DONE : JK_EXIT_USAGE;
}
