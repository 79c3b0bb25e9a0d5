/* SPDX-License-Identifier: Apache-2.0 */
/* `juki demo`: special move-ins across thirteen processes, an accident in the middle, and a verdict
 * over the databases that are left. */
#define _POSIX_C_SOURCE 200809L

#include "tool/demo.h"

#include "demo_run.h"

#include "movein.h"
#include "movein_names.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_GOOD = 0,
    EXIT_BAD = 1,
    EXIT_WRONG_USAGE = 2,
    MOVES = 30,
    REPEAT_MAX = 1000,
    DEADLINE_S = 30,
    DEADLINE_MAX_S = 3600
};

static const struct option long_options[] = {
    {"moves", required_argument, NULL, 'm'},
    {"seed", required_argument, NULL, 's'},
    {"repeat", required_argument, NULL, 'r'},
    {"kill", required_argument, NULL, 'k'},
    {"deadline", required_argument, NULL, 'd'},
    {"sabotage", required_argument, NULL, 'S'},
    {"keep", required_argument, NULL, 'K'},
    {"check", required_argument, NULL, 'c'},
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "juki demo [--moves N] [--seed N] [--kill cs|random|none] [--repeat N] [--keep DIR]\n"
    "          [--sabotage two-registers|drop-notice|lose-entry] [--deadline SECONDS] [--json]\n"
    "juki demo --check DIR [--json]\n"
    "\n"
    "Runs three municipalities in two prefectures, thirteen processes on loopback, moves "
    "synthetic\n"
    "residents between them, kills a process in the middle, and judges the databases by plain "
    "SQL,\n"
    "the histories by a checker that knows nothing of the nodes, the step logs by the model.\n"
    "Meanwhile an auditor damages records of prefectures and national by SQL, and reconciliation\n"
    "must show exactly those, repair them, and end equal.\n"
    "\n"
    "  --moves N       special move-ins, 1 to 2000; default 30\n"
    "  --seed N        the same seed, the same residents, moves and accident; default 1\n"
    "  --kill WHOM     a CS (default), any process, or none gets SIGKILL and is started again\n"
    "  --repeat N      N runs with seeds N, N + 1, ...; violations are added up\n"
    "  --keep DIR      make DIR and leave databases, logs and configurations there\n"
    "  --check DIR     judge what --keep left, once more\n"
    "  --sabotage HOW  damage a database while its node is down; the judge must find it\n"
    "  --deadline S    give up when nothing has happened for S seconds; default 30\n"
    "  --json          one object instead of text\n";

static void on_signal(int number)
{
    (void)number;
    demo_interrupted = 1;
}

static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value < low || value > high) {
        return false;
    }
    *number = value;
    return true;
}

static bool read_count(const char *text, unsigned high, unsigned *count)
{
    uint64_t number = 0;
    if (!read_number(text, 1, high, &number)) {
        return false;
    }
    *count = (unsigned)number;
    return true;
}

/* The place of a word in a list; -1 if it is not there. */
static int word_in(const char *word, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

static bool take_option(int option, demo_options *o)
{
    static const char *const kills[] = {"cs", "random", "none", NULL};
    static const char *const sabotages[] = {"none", "two-registers", "drop-notice", "lose-entry",
                                            NULL};
    int word = 0;
    switch (option) {
    case 'm': return read_count(optarg, DEMO_MOVES_MAX, &o->moves);
    case 's': return read_number(optarg, 0, UINT64_MAX - REPEAT_MAX, &o->seed);
    case 'r': return read_count(optarg, REPEAT_MAX, &o->repeat);
    case 'd': return read_count(optarg, DEADLINE_MAX_S, &o->deadline_s);
    case 'k':
        word = word_in(optarg, kills);
        o->kill = (demo_kill)word;
        return word >= 0;
    case 'S':
        word = word_in(optarg, sabotages);
        o->sabotage = (demo_sabotage)word;
        return word >= 0;
    case 'K': o->keep = optarg; return optarg[0] != '\0';
    case 'c': o->check = optarg; return optarg[0] != '\0';
    case 'j': o->json = true; return true;
    default: return false;
    }
}

/* ---- results ---- */

/* Sums of all runs. */
typedef struct totals {
    unsigned runs;
    unsigned failed; /* runs that could not be judged, or did not end as accounted */
    unsigned moves;
    unsigned outcomes[DEMO_OUTCOMES];
    unsigned refused[DEMO_REASONS];
    unsigned unexpected;
    unsigned restarts;
    unsigned moved;
    uint64_t residents;
    uint64_t violations;
    uint64_t count[JK_JUDGE_RULES + 1];
    jk_history_verdict histories; /* without texts */
    jk_trace_verdict traces;      /* the same */
    demo_reconciled reconciled;
    unsigned reconciled_runs; /* that ended equal */
    double seconds;
} totals;

static void count_moves(demo_run *run)
{
    for (size_t i = 0; i < run->plan.count; i++) {
        const demo_move *m = &run->plan.moves[i];
        run->outcomes[m->outcome]++;
        run->refused[m->outcome == DEMO_REFUSED ? m->reason : 0] +=
            m->outcome == DEMO_REFUSED ? 1U : 0U;
        run->unexpected += demo_expected(m) ? 0U : 1U;
        if (m->outcome == DEMO_DONE) {
            run->moved += m->count;
            run->households += m->count >= 2 && m->count <= 5 ? 1U : 0U;
        }
    }
}

static void add_up(totals *t, const demo_run *run, bool good)
{
    t->runs++;
    t->failed += good ? 0U : 1U;
    t->moves += (unsigned)run->plan.count;
    for (size_t i = 0; i < DEMO_OUTCOMES; i++) {
        t->outcomes[i] += run->outcomes[i];
    }
    for (size_t i = 0; i < DEMO_REASONS; i++) {
        t->refused[i] += run->refused[i];
    }
    t->unexpected += run->unexpected;
    t->restarts += run->restarts;
    t->moved += run->moved;
    t->residents += run->verdict.residents;
    t->violations += run->verdict.violations;
    for (size_t i = 0; i <= JK_JUDGE_RULES; i++) {
        t->count[i] += run->verdict.count[i];
    }
    demo_add_reconciled(&t->reconciled, &run->reconciled);
    t->reconciled_runs += run->reconciled.done ? 1U : 0U;
    demo_add_histories(&t->histories, &run->histories);
    demo_add_traces(&t->traces, &run->traces);
    t->seconds += run->seconds;
}

static json_t *rules_object(const uint64_t *count)
{
    json_t *object = json_object();
    for (unsigned rule = 1; rule <= JK_JUDGE_RULES; rule++) {
        char name[16];
        (void)snprintf(name, sizeof name, "V%u", rule);
        (void)json_object_set_new(object, name, json_integer((json_int_t)count[rule]));
    }
    return object;
}

static void print_json(json_t *object)
{
    (void)json_dumpf(object, stdout, JSON_INDENT(1));
    (void)printf("\n");
    json_decref(object);
}

static void totals_json(const totals *t)
{
    json_t *refused = json_object();
    for (unsigned reason = 0; reason < DEMO_REASONS; reason++) {
        const char *name = reason == 0 ? "UNKNOWN" : jk_movein_reason_name((uint16_t)reason);
        if (t->refused[reason] > 0 || reason == JK_REASON_UNREACHABLE) {
            (void)json_object_set_new(refused, name, json_integer(t->refused[reason]));
        }
    }
    json_t *object = json_object();

    const struct {
        const char *name;
        json_int_t value;
    } numbers[] = {
        {"v", 1},
        {"runs", t->runs},
        {"runs_failed", t->failed},
        {"moves", t->moves},
        {"done", t->outcomes[DEMO_DONE]},
        {"refused_total", t->outcomes[DEMO_REFUSED]},
        {"cancelled", t->outcomes[DEMO_CANCELLED]},
        {"parked", t->outcomes[DEMO_PARKED]},
        {"not_accounted", t->outcomes[DEMO_OPEN] + t->outcomes[DEMO_LOST]},
        {"unexpected", t->unexpected},
        {"residents", (json_int_t)t->residents},
        {"residents_moved", t->moved},
        {"violations", (json_int_t)t->violations},
        {"processes", DEMO_NODES},
        {"restarts", t->restarts},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)json_object_set_new(object, numbers[i].name, json_integer(numbers[i].value));
    }
    (void)json_object_set_new(object, "refused", refused);
    (void)json_object_set_new(object, "reconciled",
                              demo_reconciled_object(&t->reconciled, t->reconciled_runs));
    (void)json_object_set_new(object, "rules", rules_object(t->count));
    (void)json_object_set_new(object, "histories", demo_histories_object(&t->histories));
    (void)json_object_set_new(object, "trace", demo_traces_object(&t->traces));
    (void)json_object_set_new(object, "seconds", json_real(t->seconds));
    print_json(object);
}

/* ---- one run ---- */

static bool judge(const char *folder, jk_verdict *verdict)
{
    char fault[JK_JUDGE_TEXT] = "";
    if (jk_judge_folder(folder, verdict, fault) == 0) {
        return true;
    }
    (void)fprintf(stderr, "juki demo: the run cannot be judged: %s\n", fault);
    return false;
}

/* From nothing to stopped nodes and a verdict; false: there is none. */
static bool run_network(demo_run *run)
{
    bool good =
        demo_plan_make(run->options, run->seed, &run->plan, run->fault) && demo_net_make(run);
    if (good) {
        demo_show_event(run, "keys, directory and residents are made", run->net.folder);
    }
    good = good && demo_net_start_all(run);
    if (good) {
        demo_show_event(run, "13 processes run", "network");
    }
    good = good && demo_drive(run) && demo_sabotage_after(run);
    demo_show_progress(run, true);
    demo_audit_end(run);
    demo_net_stop_all(run);
    count_moves(run);
    if (!good) {
        (void)fprintf(stderr, "juki demo: %s\n", run->fault);
        return false;
    }
    good = judge(run->net.folder, &run->verdict) &&
           demo_judge_histories(run->net.folder, &run->histories) &&
           demo_judge_traces(run->net.folder, &run->traces);
    run->seconds = (double)(demo_now_ms() - run->start_ms) / 1000.0;
    return good;
}

static bool accounted(const demo_run *run)
{
    return run->outcomes[DEMO_OPEN] + run->outcomes[DEMO_LOST] + run->unexpected == 0 &&
           !run->late && run->reconciled.done;
}

static void print_run(demo_run *run, const totals *t)
{
    if (run->options->repeat > 1) {
        (void)printf(
            "run %u seed %llu: done %u refused %u cancelled %u parked %u, damaged %u shown %u, "
            "violations %llu + %llu, trace %llu, %.1f s\n",
            t->runs, (unsigned long long)run->seed, run->outcomes[DEMO_DONE],
            run->outcomes[DEMO_REFUSED], run->outcomes[DEMO_CANCELLED], run->outcomes[DEMO_PARKED],
            run->reconciled.damaged, run->reconciled.shown,
            (unsigned long long)run->verdict.violations,
            (unsigned long long)run->histories.violations,
            (unsigned long long)run->traces.differences, run->seconds);
    } else {
        demo_show_chart(run, stdout);
        demo_show_round(run, stdout);
        demo_show_outcomes(run, stdout);
        demo_show_reconciled(&run->reconciled, stdout);
    }
    if (run->reconciled.fault[0] != '\0') {
        (void)printf("reconciliation did not end as planned: %s\n", run->reconciled.fault);
    }
    if (run->late) {
        (void)printf("gave up: nothing had happened for %u s\n", run->options->deadline_s);
    }
    demo_show_verdict(&run->verdict, stdout);
    demo_show_found(&run->histories, stdout);
    demo_show_trace_found(&run->traces, stdout);
    (void)fflush(stdout);
}

static bool run_once(const demo_options *options, uint64_t seed, totals *t)
{
    demo_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        (void)fprintf(stderr, "juki demo: no memory\n");
        return false;
    }
    run->options = options;
    run->seed = seed;
    run->random = ~seed;
    run->net.folder_fd = -1;
    run->victim = -1;
    run->start_ms = demo_now_ms();
    run->change_ms = run->start_ms;
    const bool judged = run_network(run);
    add_up(t, run, judged && accounted(run));
    if (judged && !options->json) {
        print_run(run, t);
    }
    demo_net_close(run);
    demo_plan_free(&run->plan);
    free(run);
    return judged;
}

static int run_all(const demo_options *options)
{
    static totals t; /* large */
    bool judged = true;
    for (unsigned i = 0; judged && i < options->repeat && demo_interrupted == 0; i++) {
        judged = run_once(options, options->seed + i, &t);
    }
    if (options->json) {
        totals_json(&t);
    } else if (judged) {
        char runs[32] = "";
        if (t.failed > 0) {
            (void)printf("\n%u of %u runs did not end as planned\n", t.failed, t.runs);
        }
        if (t.runs > 1) {
            (void)snprintf(runs, sizeof runs, " in %u runs", t.runs);
        }
        (void)printf("\n");
        demo_show_histories(&t.histories, stdout);
        demo_show_traces(&t.traces, stdout);
        (void)printf("verdict: %llu violation%s; %u moves%s, %llu residents, %d processes, "
                     "%u restart%s, %.1f s\n",
                     (unsigned long long)t.violations, t.violations == 1 ? "" : "s", t.moves, runs,
                     (unsigned long long)t.residents, DEMO_NODES, t.restarts,
                     t.restarts == 1 ? "" : "s", t.seconds);
    }
    const bool clean =
        t.violations == 0 && t.histories.violations == 0 && t.traces.differences == 0;
    return judged && t.failed == 0 && clean ? EXIT_GOOD : EXIT_BAD;
}

/* The three verdicts on a kept run. */
typedef struct verdicts {
    jk_verdict databases;
    jk_history_verdict histories;
    jk_trace_verdict traces;
} verdicts;

static void show_check(const verdicts *v, bool json)
{
    const jk_verdict *verdict = &v->databases;
    if (json) {
        print_json(json_pack("{s:i, s:I, s:I, s:I, s:o, s:o, s:o}", "v", 1, "violations",
                             (json_int_t)verdict->violations, "residents",
                             (json_int_t)verdict->residents, "databases",
                             (json_int_t)verdict->databases, "rules", rules_object(verdict->count),
                             "histories", demo_histories_object(&v->histories), "trace",
                             demo_traces_object(&v->traces)));
        return;
    }
    demo_show_verdict(verdict, stdout);
    demo_show_found(&v->histories, stdout);
    demo_show_trace_found(&v->traces, stdout);
    demo_show_histories(&v->histories, stdout);
    demo_show_traces(&v->traces, stdout);
    (void)printf("verdict: %llu violation%s; %llu residents, %llu databases\n",
                 (unsigned long long)verdict->violations, verdict->violations == 1 ? "" : "s",
                 (unsigned long long)verdict->residents, (unsigned long long)verdict->databases);
}

static int check(const demo_options *options)
{
    verdicts *v = calloc(1, sizeof *v);
    int code = EXIT_BAD;
    if (v != NULL && judge(options->check, &v->databases) &&
        demo_judge_histories(options->check, &v->histories) &&
        demo_judge_traces(options->check, &v->traces)) {
        show_check(v, options->json);
        if (v->databases.violations + v->histories.violations + v->traces.differences == 0) {
            code = EXIT_GOOD;
        }
    }
    free(v);
    return code;
}

static int wrong_usage(const char *what)
{
    (void)fprintf(stderr, "juki demo: %s; see juki demo --help\n", what);
    return EXIT_WRONG_USAGE;
}

int jk_tool_demo(int argc, char **argv)
{
    demo_options o = {.moves = MOVES, .repeat = 1, .deadline_s = DEADLINE_S, .seed = 1};
    int option = 0;
    optind = 0; /* glibc: start anew, another verb may have parsed before */
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_GOOD;
        }
        if (!take_option(option, &o)) {
            return wrong_usage("unknown option or bad value");
        }
    }
    if (optind < argc) {
        return wrong_usage("no arguments besides options");
    }
    if (o.keep != NULL && (o.repeat > 1 || o.check != NULL)) {
        return wrong_usage("--keep goes with one run");
    }
    if (o.check != NULL) {
        return check(&o);
    }
    o.quiet = o.json || o.repeat > 1;
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    return run_all(&o);
}
