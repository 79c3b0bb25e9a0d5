/* SPDX-License-Identifier: Apache-2.0 */
/* juki verify: the models against their tables.  The work is src/verify's. */
#define _POSIX_C_SOURCE 200809L
#include "tool/verify.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify/identity.h"
#include "verify/select.h"
#include "verify/verify.h"

#define LIST_SIZE 4096

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    stop = number;
}

static int show_help(void)
{
    (void)printf(
        "usage: juki verify [OPTION]...\n"
        "what is searched; a LIST is names or shell patterns with commas, and may be repeated:\n"
        "  --protocol LIST      folders of spec\n"
        "  --check LIST         checks, mutants, graphs; a plain name whatever its tier\n"
        "  --claim LIST         properties by the name of their ltl\n"
        "  --rule LIST          rules of spec/rules.tsv\n"
        "  --define LIST        bounds: one word of the column defines, as NDEST=1\n"
        "  --tier LIST          quick (if nothing is said), full\n"
        "  --full               both tiers and the mutants\n"
        "  --mutants            the mutants, too\n"
        "  --graphs-only        only whether the C has the model's states and edges\n"
        "  --no-graphs          all but that\n"
        "how far:\n"
        "  --time SECONDS       of one search (300; 7200 with --full)\n"
        "  --memory MEGABYTES   of one search (6000)\n"
        "  --depth STEPS        of one search (200000)\n"
        "  --whole-time SECONDS      of the whole call\n"
        "  --whole-memory MEGABYTES  of all searches that run side by side\n"
        "  --jobs N             searches side by side (2)\n"
        "what is left:\n"
        "  --out FOLDER         report.html, summary.md, junit.xml, results.sarif, metrics.json,\n"
        "                       repro.sh, logs, trails, charts\n"
        "  --scores LIST        files of ./dev mutate, shown in the report\n"
        "  --keep               and the scratch folder\n"
        "  --quiet              no progress on stderr\n"
        "  --cache FOLDER       results of earlier calls (XDG_CACHE_HOME/juki/verify)\n"
        "  --no-cache           search everything again, keep nothing\n"
        "  --root FOLDER        the folder that holds spec, and gen and src for the graphs (.)\n"
        "  --charts FOLDER      of each mutant a chart into FOLDER/PROTOCOL/charts\n"
        "  --witnesses          and of each witness\n"
        "  --update-certificate write gen/CERT.json\n"
        "  --write-states       put the state counts found into checks.tsv\n"
        "  --update-readme FILE the result between FILE's two markers\n"
        "  --update-rules FILE  the table of the rules\n"
        "exit: 0 all holds and is complete, 1 violated, 2 usage, 3 incomplete, 4 tool error,\n"
        "5 the model and the C disagree\n");
    return JK_VERIFY_HOLDS;
}

static int wrong(const char *what, const char *argument)
{
    (void)fprintf(stderr, "juki verify: %s %s; see juki verify --help\n", what, argument);
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

/* Options that take a list come first, in the order of jk_select. */
enum option_letter {
    OPTION_LIST = 256,
    OPTION_HELP = OPTION_LIST + JK_SELECT_COUNT,
    OPTION_FULL,
    OPTION_MUTANTS,
    OPTION_GRAPHS_ONLY,
    OPTION_NO_GRAPHS,
    OPTION_UPDATE_CERTIFICATE,
    OPTION_TIME,
    OPTION_MEMORY,
    OPTION_DEPTH,
    OPTION_WHOLE_TIME,
    OPTION_WHOLE_MEMORY,
    OPTION_JOBS,
    OPTION_ROOT,
    OPTION_OUT,
    OPTION_KEEP,
    OPTION_QUIET,
    OPTION_SCORES,
    OPTION_CACHE,
    OPTION_NO_CACHE,
    OPTION_WRITE_STATES,
    OPTION_UPDATE_README,
    OPTION_UPDATE_RULES,
    OPTION_CHARTS,
    OPTION_WITNESSES
};

static const struct option long_options[] = {
    {"protocol", required_argument, NULL, OPTION_LIST + JK_SELECT_PROTOCOL},
    {"check", required_argument, NULL, OPTION_LIST + JK_SELECT_CHECK},
    {"claim", required_argument, NULL, OPTION_LIST + JK_SELECT_CLAIM},
    {"rule", required_argument, NULL, OPTION_LIST + JK_SELECT_RULE},
    {"tier", required_argument, NULL, OPTION_LIST + JK_SELECT_TIER},
    {"define", required_argument, NULL, OPTION_LIST + JK_SELECT_DEFINE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"full", no_argument, NULL, OPTION_FULL},
    {"mutants", no_argument, NULL, OPTION_MUTANTS},
    {"graphs-only", no_argument, NULL, OPTION_GRAPHS_ONLY},
    {"no-graphs", no_argument, NULL, OPTION_NO_GRAPHS},
    {"update-certificate", no_argument, NULL, OPTION_UPDATE_CERTIFICATE},
    {"time", required_argument, NULL, OPTION_TIME},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"depth", required_argument, NULL, OPTION_DEPTH},
    {"whole-time", required_argument, NULL, OPTION_WHOLE_TIME},
    {"whole-memory", required_argument, NULL, OPTION_WHOLE_MEMORY},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"out", required_argument, NULL, OPTION_OUT},
    {"keep", no_argument, NULL, OPTION_KEEP},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"scores", required_argument, NULL, OPTION_SCORES},
    {"cache", required_argument, NULL, OPTION_CACHE},
    {"no-cache", no_argument, NULL, OPTION_NO_CACHE},
    {"write-states", no_argument, NULL, OPTION_WRITE_STATES},
    {"update-readme", required_argument, NULL, OPTION_UPDATE_README},
    {"update-rules", required_argument, NULL, OPTION_UPDATE_RULES},
    {"charts", required_argument, NULL, OPTION_CHARTS},
    {"witnesses", no_argument, NULL, OPTION_WITNESSES},
    {NULL, 0, NULL, 0},
};

/* The lists, each put together from all times its option was given. */
static char lists[JK_SELECT_COUNT][LIST_SIZE];

static bool take_list(jk_select kind, const char *value)
{
    char *list = lists[kind];
    size_t used = strlen(list);
    int length = snprintf(list + used, LIST_SIZE - used, "%s%s", used > 0 ? "," : "", value);
    return length > 0 && (size_t)length < LIST_SIZE - used;
}

static void use_lists(jk_verify_options *options)
{
    const char **const places[JK_SELECT_COUNT] = {&options->protocol, &options->check,
                                                  &options->claim,    &options->rule,
                                                  &options->tier,     &options->define};
    for (int i = 0; i < JK_SELECT_COUNT; i++) {
        if (lists[i][0] != '\0') {
            *places[i] = lists[i];
        }
    }
}

/* Where caches are, as the desktop has it; NULL: nobody says so. */
static const char *default_cache(void)
{
    static char path[LIST_SIZE];
    const char *base = getenv("XDG_CACHE_HOME");
    const char *below = "/juki/verify";
    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        below = "/.cache/juki/verify";
    }
    int length =
        base == NULL || base[0] != '/' ? -1 : snprintf(path, sizeof path, "%s%s", base, below);
    return length > 0 && (size_t)length < sizeof path ? path : NULL;
}

static bool take_number(int *place, const char *value)
{
    *place = number(value);
    return *place != 0;
}

static bool take_limit(int letter, const char *value, jk_verify_options *options)
{
    switch (letter) {
    case OPTION_TIME: return take_number(&options->time_s, value);
    case OPTION_MEMORY: return take_number(&options->memory_mb, value);
    case OPTION_DEPTH: return take_number(&options->depth, value);
    case OPTION_WHOLE_TIME: return take_number(&options->whole_time_s, value);
    case OPTION_WHOLE_MEMORY: return take_number(&options->whole_memory_mb, value);
    case OPTION_JOBS: return take_number(&options->jobs, value);
    default: return false;
    }
}

static bool take_option(int letter, const char *value, jk_verify_options *options)
{
    if (letter >= OPTION_LIST && letter < OPTION_LIST + JK_SELECT_COUNT) {
        return take_list((jk_select)(letter - OPTION_LIST), value);
    }
    switch (letter) {
    case OPTION_FULL: options->full = true; return true;
    case OPTION_MUTANTS: options->mutants = true; return true;
    case OPTION_GRAPHS_ONLY: options->graphs = JK_GRAPHS_ONLY; return true;
    case OPTION_NO_GRAPHS: options->graphs = JK_GRAPHS_NONE; return true;
    case OPTION_UPDATE_CERTIFICATE: options->update_certificate = true; return true;
    case OPTION_ROOT: options->root = value; return true;
    case OPTION_OUT: options->out = value; return true;
    case OPTION_KEEP: options->keep = true; return true;
    case OPTION_QUIET: options->progress = JK_PROGRESS_NONE; return true;
    case OPTION_SCORES: options->scores = value; return true;
    case OPTION_CACHE: options->cache = value; return true;
    case OPTION_NO_CACHE: options->cache = NULL; return true;
    case OPTION_WRITE_STATES: options->write_states = true; return true;
    case OPTION_UPDATE_README: options->update_readme = value; return true;
    case OPTION_UPDATE_RULES: options->update_rules = value; return true;
    case OPTION_CHARTS: options->charts = value; return true;
    case OPTION_WITNESSES: options->witnesses = true; return true;
    default: return take_limit(letter, value, options);
    }
}

int jk_tool_verify(int argc, char **argv)
{
    jk_verify_options options = jk_verify_defaults();
    int default_time_s = options.time_s;
    options.time_s = 0;
    options.progress = isatty(STDERR_FILENO) == 1 ? JK_PROGRESS_LIVE : JK_PROGRESS_LINES;
    options.cache = default_cache();
    options.self = jk_own_path(options.self);
    memset(lists, 0, sizeof lists);
    optind = 0;
    opterr = 0;
    for (int letter = getopt_long(argc, argv, "", long_options, NULL); letter != -1;
         letter = getopt_long(argc, argv, "", long_options, NULL)) {
        if (letter == OPTION_HELP) {
            return show_help();
        }
        if (!take_option(letter, optarg, &options)) {
            return wrong("not understood:", argv[optind - 1]);
        }
    }
    if (optind < argc) {
        return wrong("an argument without an option:", argv[optind]);
    }
    if (options.time_s == 0) {
        options.time_s = options.full ? 7200 : default_time_s;
    }
    use_lists(&options);
    struct sigaction action = {.sa_handler = on_signal};
    stop = 0;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    options.stop = &stop;
    return (int)jk_verify_run(&options, stdout);
}
