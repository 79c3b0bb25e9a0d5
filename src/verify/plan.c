/* SPDX-License-Identifier: Apache-2.0 */
/* From the tables to a list of builds and runs. */
#define _POSIX_C_SOURCE 200809L
#include "plan.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

const char *const jk_check_columns[JK_CHECK_COLUMNS] = {"name",      "file",   "defines", "claim",
                                                        "kind",      "expect", "states",  "tier",
                                                        "unreached", "rule",   "text"};

const char *const jk_mutant_columns[JK_MUTANT_COLUMNS] = {"name", "patch", "check", "claim",
                                                          "rule", "depth", "text"};

const char *jk_run_cell(const jk_run *run, enum jk_check_column column)
{
    return jk_table_cell(&run->protocol->checks, run->check, column);
}

const char *jk_run_mutant_cell(const jk_run *run, enum jk_mutant_column column)
{
    return jk_table_cell(&run->protocol->mutants, run->row, column);
}

const char *jk_run_name(const jk_run *run)
{
    return run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_NAME) : jk_run_cell(run, JK_CHECK_NAME);
}

static bool one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(word, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

static jk_status refuse(jk_plan *plan, const char *protocol, const char *row, const char *why)
{
    plan->fault.status = JK_E_CONFIG;
    (void)snprintf(plan->fault.text, sizeof plan->fault.text, "%.30s: %.50s: %.30s", protocol, row,
                   why);
    return JK_E_CONFIG;
}

/* Names become folders of the scratch folder, files stay inside the protocol's. */
static bool plain_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return strlen(name) < 64 && strspn(name, allowed) == strlen(name);
}

static bool inner_path(const char *path)
{
    return path[0] != '/' && strstr(path, "..") == NULL && strlen(path) < 128;
}

static jk_status check_row(jk_plan *plan, const jk_protocol *protocol, size_t row)
{
    static const char *const kinds[] = {"safety", "liveness", "witness", NULL};
    static const char *const expects[] = {"holds", "violated", NULL};
    static const char *const tiers[] = {"quick", "full", NULL};
    const jk_table *table = &protocol->checks;
    const char *name = jk_table_cell(table, row, JK_CHECK_NAME);
    const char *why = NULL;
    if (!plain_name(name)) {
        why = "name";
    } else if (!inner_path(jk_table_cell(table, row, JK_CHECK_FILE))) {
        why = "file";
    } else if (!one_of(jk_table_cell(table, row, JK_CHECK_KIND), kinds)) {
        why = "kind";
    } else if (!one_of(jk_table_cell(table, row, JK_CHECK_EXPECT), expects)) {
        why = "expect";
    } else if (!one_of(jk_table_cell(table, row, JK_CHECK_TIER), tiers)) {
        why = "tier";
    } else if (!inner_path(jk_table_cell(table, row, JK_CHECK_UNREACHED))) {
        why = "unreached";
    }
    for (size_t i = 0; why == NULL && i < row; i++) {
        why = strcmp(name, jk_table_cell(table, i, JK_CHECK_NAME)) == 0 ? "name twice" : NULL;
    }
    return why == NULL ? JK_OK : refuse(plan, protocol->name, name, why);
}

static jk_status read_protocol(jk_plan *plan, const char *name)
{
    char path[JK_PATH_SIZE];
    jk_protocol *protocol = &plan->protocols[plan->protocol_count];
    *protocol = (jk_protocol){0};
    (void)snprintf(protocol->name, sizeof protocol->name, "%.63s", name);
    char spec[JK_PATH_SIZE];
    if (!jk_path_join(spec, plan->options->root, "spec") ||
        !jk_path_join(protocol->folder, spec, name) ||
        !jk_path_join(path, protocol->folder, "checks.tsv")) {
        return JK_E_OVERSIZED;
    }
    jk_status status =
        jk_table_read(path, jk_check_columns, JK_CHECK_COLUMNS, &protocol->checks, &plan->fault);
    if (status != JK_OK) {
        return status;
    }
    plan->protocol_count++;
    for (size_t i = 0; status == JK_OK && i < protocol->checks.row_count; i++) {
        status = check_row(plan, protocol, i);
    }
    if (status != JK_OK || !jk_path_join(path, protocol->folder, "mutants.tsv")) {
        return status;
    }
    status =
        jk_table_read(path, jk_mutant_columns, JK_MUTANT_COLUMNS, &protocol->mutants, &plan->fault);
    return status == JK_E_FILE ? JK_OK : status;
}

static int has_checks(const char *folder, const char *name)
{
    char path[JK_PATH_SIZE];
    char inner[JK_PATH_SIZE];
    if (name[0] == '.' || !plain_name(name) || !jk_path_join(inner, folder, name) ||
        !jk_path_join(path, inner, "checks.tsv")) {
        return 0;
    }
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        (void)fclose(file);
    }
    return file != NULL;
}

static jk_status read_protocols(jk_plan *plan)
{
    char folder[JK_PATH_SIZE];
    if (!jk_path_join(folder, plan->options->root, "spec")) {
        return JK_E_OVERSIZED;
    }
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        plan->fault.status = JK_E_FILE;
        (void)snprintf(plan->fault.text, sizeof plan->fault.text, "there is no folder spec");
        return JK_E_FILE;
    }
    jk_status status = JK_OK;
    for (int i = 0; i < count; i++) {
        if (status == JK_OK && jk_list_fits(plan->options->protocol, entries[i]->d_name) &&
            has_checks(folder, entries[i]->d_name)) {
            status = plan->protocol_count < JK_PROTOCOLS_MAX
                         ? read_protocol(plan, entries[i]->d_name)
                         : JK_E_FULL;
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

#define CYCLE_WEIGHT   15      /* a state under fairness takes so many times longer */
#define FOUND_STATES   10000   /* a guess: a search that ends with what it looks for */
#define UNKNOWN_STATES 1000000 /* a guess: a proof whose states are not in the table yet */

static jk_build_mode mode_of(const jk_run *run)
{
    if (run->claim == NULL) {
        return JK_BUILD_PLAIN;
    }
    return strcmp(jk_run_cell(run, JK_CHECK_KIND), "liveness") == 0 ? JK_BUILD_LIVENESS
                                                                    : JK_BUILD_SAFETY;
}

/* The build that the run shares with others like it, or a new one; a mutant has its own. */
static size_t find_build(jk_plan *plan, const jk_run *run, jk_build_mode mode)
{
    const jk_build wanted = {
        .protocol = run->protocol,
        .file = jk_run_cell(run, JK_CHECK_FILE),
        .defines = jk_run_cell(run, JK_CHECK_DEFINES),
        .patch = run->mutant ? jk_run_mutant_cell(run, JK_MUTANT_PATCH) : NULL,
        .mode = mode,
    };
    for (size_t i = 0; i < plan->build_count && !run->mutant; i++) {
        const jk_build *build = &plan->builds[i];
        if (build->protocol == wanted.protocol && build->mode == wanted.mode &&
            build->patch == NULL && strcmp(build->file, wanted.file) == 0 &&
            strcmp(build->defines, wanted.defines) == 0) {
            return i;
        }
    }
    plan->builds[plan->build_count] = wanted;
    plan->build_count++;
    return plan->build_count - 1;
}

static uint64_t states_of(const jk_run *run)
{
    uint64_t states = strtoull(jk_run_cell(run, JK_CHECK_STATES), NULL, 10);
    bool holds = strcmp(jk_run_cell(run, JK_CHECK_EXPECT), "holds") == 0;
    return states > 0 ? states : holds && !run->mutant ? UNKNOWN_STATES : FOUND_STATES;
}

/* A mutant is refuted, as a rule, long before it has all its states. */
static void load_build(jk_build *build, const jk_run *run)
{
    build->weight += run->mutant ? FOUND_STATES : run->weight;
    build->largest = run->states_expected > build->largest ? run->states_expected : build->largest;
}

/* What is drawn is searched breadth-first: its trail is a short one.  What is not found so is
 * searched again as any other check. */
static void place_run(jk_plan *plan, jk_run *run)
{
    jk_build_mode mode = mode_of(run);
    bool witness = strcmp(jk_run_cell(run, JK_CHECK_KIND), "witness") == 0;
    bool drawn = (plan->options->charts != NULL || plan->options->out != NULL) &&
                 (run->mutant || (plan->options->witnesses && witness));
    run->states_expected = states_of(run);
    run->weight = run->states_expected * (mode == JK_BUILD_LIVENESS ? CYCLE_WEIGHT : 1);
    run->fallback = JK_NO_BUILD;
    if (mode == JK_BUILD_SAFETY && drawn) {
        run->fallback = find_build(plan, run, mode);
        load_build(&plan->builds[run->fallback], run);
        mode = JK_BUILD_SHORTEST;
    }
    run->build = find_build(plan, run, mode);
    load_build(&plan->builds[run->build], run);
}

static const char *claim_or_none(const char *cell)
{
    return strcmp(cell, "-") == 0 ? NULL : cell;
}

static void add_checks(jk_plan *plan, jk_protocol *protocol)
{
    const jk_verify_options *options = plan->options;
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        if (!jk_check_fits(options, protocol, i)) {
            continue;
        }
        if (!jk_tier_fits(options, protocol, i)) {
            plan->left_out[plan->left_out_count] = (jk_left_out){protocol, i};
            plan->left_out_count++;
            continue;
        }
        jk_run *run = &plan->runs[plan->run_count];
        *run = (jk_run){.protocol = protocol, .check = i};
        run->claim = claim_or_none(jk_table_cell(&protocol->checks, i, JK_CHECK_CLAIM));
        place_run(plan, run);
        plan->run_count++;
    }
}

static jk_status add_mutant(jk_plan *plan, jk_protocol *protocol, size_t row)
{
    const jk_table *table = &protocol->mutants;
    const char *name = jk_table_cell(table, row, JK_MUTANT_NAME);
    const char *check = jk_table_cell(table, row, JK_MUTANT_CHECK);
    if (!plain_name(name) || !inner_path(jk_table_cell(table, row, JK_MUTANT_PATCH))) {
        return refuse(plan, protocol->name, name, "name or patch");
    }
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        if (strcmp(check, jk_table_cell(&protocol->checks, i, JK_CHECK_NAME)) != 0) {
            continue;
        }
        if (!jk_mutant_fits(plan->options, protocol, row, i)) {
            return JK_OK;
        }
        jk_run *run = &plan->runs[plan->run_count];
        *run = (jk_run){.protocol = protocol, .check = i, .mutant = true, .row = row};
        run->claim = claim_or_none(jk_table_cell(table, row, JK_MUTANT_CLAIM));
        place_run(plan, run);
        plan->run_count++;
        return JK_OK;
    }
    return refuse(plan, protocol->name, name, "no such check");
}

/* The longest first, so that none of them is left alone at the end. */
static void order_runs(jk_plan *plan)
{
    for (size_t i = 0; i < plan->run_count; i++) {
        size_t at = i;
        while (at > 0 && plan->runs[plan->order[at - 1]].weight < plan->runs[i].weight) {
            plan->order[at] = plan->order[at - 1];
            at--;
        }
        plan->order[at] = i;
    }
}

static jk_status list_runs(jk_plan *plan)
{
    size_t rows = 1;
    for (size_t i = 0; i < plan->protocol_count; i++) {
        rows += plan->protocols[i].checks.row_count + plan->protocols[i].mutants.row_count;
    }
    plan->runs = calloc(rows, sizeof *plan->runs);
    plan->builds = calloc(2 * rows, sizeof *plan->builds);
    plan->order = calloc(rows, sizeof *plan->order);
    plan->left_out = calloc(rows, sizeof *plan->left_out);
    if (plan->left_out == NULL || plan->runs == NULL || plan->builds == NULL ||
        plan->order == NULL) {
        plan->fault.status = JK_E_MEMORY;
        return JK_E_MEMORY;
    }
    bool models = plan->options->graphs != JK_GRAPHS_ONLY;
    for (size_t i = 0; models && i < plan->protocol_count; i++) {
        add_checks(plan, &plan->protocols[i]);
    }
    jk_status status = JK_OK;
    bool mutants = models && (plan->options->mutants || plan->options->full);
    for (size_t i = 0; mutants && i < plan->protocol_count; i++) {
        jk_protocol *protocol = &plan->protocols[i];
        for (size_t row = 0; status == JK_OK && row < protocol->mutants.row_count; row++) {
            status = add_mutant(plan, protocol, row);
        }
    }
    order_runs(plan);
    return status;
}

/* A graph has neither claim nor rule: who asks for one of those asks for no graph. */
static jk_status read_graphs(jk_plan *plan)
{
    const jk_verify_options *options = plan->options;
    const jk_identity_options wanted = {.root = options->root,
                                        .self = options->self,
                                        .protocol = options->protocol,
                                        .name = options->check,
                                        .define = options->define,
                                        .tier = options->tier,
                                        .full = options->full,
                                        .update = options->update_certificate,
                                        .time_s = options->time_s,
                                        .cache = options->cache,
                                        .tools = &plan->tools,
                                        .memory_mb = jk_memory_of_one(options)};
    if (options->graphs == JK_GRAPHS_NONE || options->claim != NULL || options->rule != NULL) {
        return JK_OK;
    }
    return jk_graphs_read(&plan->graphs, &wanted, &plan->fault) == JK_VERIFY_HOLDS ? JK_OK
                                                                                   : JK_E_CONFIG;
}

jk_status jk_plan_read(jk_plan *plan, const jk_verify_options *options)
{
    *plan = (jk_plan){.options = options};
    jk_status status = read_protocols(plan);
    status = status == JK_OK ? list_runs(plan) : status;
    status = status == JK_OK ? read_graphs(plan) : status;
    if (status == JK_OK) {
        jk_plan_refuse_unmatched(plan);
    }
    return status;
}

void jk_plan_close(jk_plan *plan)
{
    jk_graphs_close(&plan->graphs);
    for (size_t i = 0; i < plan->protocol_count; i++) {
        jk_table_close(&plan->protocols[i].checks);
        jk_table_close(&plan->protocols[i].mutants);
    }
    free(plan->left_out);
    free(plan->order);
    free(plan->builds);
    free(plan->runs);
}
