/* SPDX-License-Identifier: Apache-2.0 */
/* The second verdict on a run: over the histories of its nodes and of the driver. */
#include "demo_run.h"

#include <inttypes.h>

bool demo_judge_histories(const char *folder, jk_history_verdict *verdict)
{
    char path[DEMO_PATH + 16];
    char fault[JK_HISTORY_TEXT];
    (void)snprintf(path, sizeof path, "%s/history", folder);
    if (jk_history_judge(path, verdict, fault)) {
        return true;
    }
    (void)fprintf(stderr, "juki demo: the histories cannot be judged: %s\n", fault);
    return false;
}

static void add_counts(jk_history_counts *sum, const jk_history_counts *one)
{
    sum->asked += one->asked;
    sum->good += one->good;
    sum->refused += one->refused;
    sum->unknown += one->unknown;
}

void demo_add_histories(jk_history_verdict *sum, const jk_history_verdict *one)
{
    sum->files += one->files;
    sum->runs += one->runs;
    sum->killed += one->killed;
    sum->recovered += one->recovered;
    sum->lines += one->lines;
    sum->steps += one->steps;
    sum->residents += one->residents;
    sum->transactions += one->transactions;
    sum->violations += one->violations;
    add_counts(&sum->clients, &one->clients);
    add_counts(&sum->nodes, &one->nodes);
    for (unsigned rule = 0; rule <= JK_HISTORY_RULES; rule++) {
        sum->count[rule] += one->count[rule];
    }
}

void demo_show_found(const jk_history_verdict *verdict, FILE *out)
{
    for (unsigned i = 0; i < verdict->shown; i++) {
        (void)fprintf(out, "%s\n", verdict->text[i]);
    }
}

void demo_show_histories(const jk_history_verdict *verdict, FILE *out)
{
    const jk_history_counts *c = &verdict->clients;
    (void)fprintf(out,
                  "histories: %" PRIu64 " violation%s; %" PRIu64 " lines of %" PRIu64
                  " processes (%" PRIu64 " killed), %" PRIu64 " operations (%" PRIu64
                  " ok, %" PRIu64 " refused, %" PRIu64 " unknown), %" PRIu64 " residents\n",
                  verdict->violations, verdict->violations == 1 ? "" : "s", verdict->lines,
                  verdict->runs, verdict->killed, c->asked, c->good, c->refused, c->unknown,
                  verdict->residents);
}

json_t *demo_histories_object(const jk_history_verdict *verdict)
{
    const jk_history_counts *c = &verdict->clients;
    json_t *rules = json_object();
    for (unsigned rule = 1; rule <= JK_HISTORY_RULES; rule++) {
        char name[16];
        (void)snprintf(name, sizeof name, "H%u", rule);
        (void)json_object_set_new(rules, name, json_integer((json_int_t)verdict->count[rule]));
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "violations",
                     (json_int_t)verdict->violations, "lines", (json_int_t)verdict->lines,
                     "processes", (json_int_t)verdict->runs, "killed", (json_int_t)verdict->killed,
                     "operations", (json_int_t)c->asked, "ok", (json_int_t)c->good, "refused",
                     (json_int_t)c->refused, "unknown", (json_int_t)c->unknown, "residents",
                     (json_int_t)verdict->residents, "rules", rules);
}
