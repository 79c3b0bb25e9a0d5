/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the runner, from the options to the exit code. */
#define _XOPEN_SOURCE 700
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "plan.h"
#include "rules.h"

jk_verify_options jk_verify_defaults(void)
{
    return (jk_verify_options){
        .root = ".", .self = "juki", .jobs = 2, .time_s = 300, .memory_mb = 6000, .depth = 200000};
}

/* The first that applies counts. */
jk_verify_exit jk_verify_worse(jk_verify_exit one, jk_verify_exit other)
{
    static const jk_verify_exit order[] = {JK_VERIFY_VIOLATED, JK_VERIFY_DIFFERS, JK_VERIFY_TOOL,
                                           JK_VERIFY_INCOMPLETE, JK_VERIFY_USAGE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (one == order[i] || other == order[i]) {
            return order[i];
        }
    }
    return JK_VERIFY_HOLDS;
}

/* The scratch folder: in the results' one, or where temporary files are. */
static jk_status make_work(jk_plan *plan)
{
    const jk_verify_options *options = plan->options;
    char path[JK_PATH_SIZE];
    char *real;
    if (options->out != NULL) {
        bool made = jk_path_join(path, options->out, "work") && jk_folder_make(path);
        real = made ? realpath(path, NULL) : NULL;
    } else {
        const char *base = getenv("TMPDIR");
        int length = snprintf(path, sizeof path, "%s/juki-verify-XXXXXX",
                              base == NULL || base[0] != '/' ? "/tmp" : base);
        bool fits = length > 0 && (size_t)length < sizeof path;
        real = fits && mkdtemp(path) != NULL ? realpath(path, NULL) : NULL;
    }
    int length = real == NULL ? -1 : snprintf(plan->work, sizeof plan->work, "%s", real);
    free(real);
    if (length <= 0 || (size_t)length >= sizeof plan->work) {
        (void)snprintf(plan->fault.text, sizeof plan->fault.text,
                       "the scratch folder cannot be made");
        return JK_E_FILE;
    }
    return JK_OK;
}

/* Puts the counts of complete runs into the tables. */
static jk_status write_states(jk_plan *plan)
{
    bool changed[JK_PROTOCOLS_MAX] = {false};
    for (size_t i = 0; i < plan->run_count; i++) {
        jk_run *run = &plan->runs[i];
        if (!run->mutant && run->verdict == JK_VERDICT_HOLDS && run->outcome == JK_OUTCOME_GOOD) {
            jk_table *table = &run->protocol->checks;
            table->cells[run->check * table->column_count + JK_CHECK_STATES] = run->states;
            changed[run->protocol - plan->protocols] = true;
        }
    }
    jk_status status = JK_OK;
    for (size_t i = 0; status == JK_OK && i < plan->protocol_count; i++) {
        char path[JK_PATH_SIZE];
        if (changed[i] && jk_path_join(path, plan->protocols[i].folder, "checks.tsv")) {
            status =
                jk_table_write(path, jk_check_columns, &plan->protocols[i].checks, &plan->fault);
        }
    }
    return status;
}

static jk_verify_exit fault_exit(const jk_plan *plan, jk_status status, FILE *report)
{
    (void)fprintf(report, "verify: %s%s%s: TOOL ERROR\n", jk_status_text(status),
                  plan->fault.text[0] == '\0' ? "" : ": ", plan->fault.text);
    return JK_VERIFY_TOOL;
}

/* The table of the rules; it is incomplete as long as something is missing in it. */
static jk_status write_rules(jk_plan *plan, FILE *report, jk_verify_exit *code)
{
    char *bytes = NULL;
    size_t size = 0;
    size_t gaps = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        return JK_E_MEMORY;
    }
    jk_status status = jk_rules_write(plan->options->root, out, &gaps, &plan->fault);
    if (fclose(out) != 0 && status == JK_OK) {
        status = JK_E_MEMORY;
    }
    if (status == JK_OK) {
        status = jk_file_write(plan->options->update_rules, bytes, size);
    }
    if (status == JK_OK && gaps > 0) {
        (void)fprintf(report, "verify: rules: %zu missing, the first: %s\n", gaps,
                      plan->fault.text);
        *code = *code == JK_VERIFY_HOLDS ? JK_VERIFY_INCOMPLETE : *code;
    }
    free(bytes);
    return status;
}

/* Removes the scratch folder if nobody needs it. */
static void clean(const jk_plan *plan, jk_verify_exit code, FILE *report)
{
    const jk_verify_options *options = plan->options;
    bool needed = options->keep || (options->out == NULL && code != JK_VERIFY_HOLDS);
    if (plan->work[0] != '\0' && !needed) {
        jk_folder_remove(plan->work);
    } else if (plan->work[0] != '\0') {
        (void)fprintf(report, "verify: what was done is in %s\n", plan->work);
    }
    if (options->out != NULL) {
        (void)fprintf(report, "verify: the results are in %s\n", options->out);
    }
}

static jk_verify_exit run_plan(jk_plan *plan, FILE *report)
{
    const jk_verify_options *options = plan->options;
    jk_status status = make_work(plan);
    if (status != JK_OK) {
        return fault_exit(plan, status, report);
    }
    jk_tools_read(plan->work, &plan->tools);
    status = jk_plan_execute(plan);
    if (status == JK_OK) {
        jk_graphs_certify(&plan->graphs, plan->tools.spin);
    }
    if (status == JK_OK && options->write_states) {
        status = write_states(plan);
    }
    if (status != JK_OK) {
        return fault_exit(plan, status, report);
    }
    jk_verify_exit code = jk_report_print(plan, report);
    /* Tables of a call that a tool broke, or somebody stopped, would say nothing of the models. */
    bool whole = code != JK_VERIFY_TOOL && (options->stop == NULL || *options->stop == 0);
    if (options->update_readme != NULL && whole) {
        status = jk_report_update(plan, options->update_readme, &plan->fault);
    }
    if (options->update_rules != NULL && whole && status == JK_OK) {
        status = write_rules(plan, report, &code);
    }
    if (options->out != NULL && status == JK_OK) {
        status = jk_out_write(plan, &plan->fault);
    }
    clean(plan, code, report);
    return status == JK_OK ? code : jk_verify_worse(code, fault_exit(plan, status, report));
}

jk_verify_exit jk_verify_run(const jk_verify_options *options, FILE *report)
{
    if (options->jobs < 1 || options->jobs > 16 || options->time_s < 1 || options->memory_mb < 1 ||
        options->depth < 1 || options->whole_time_s < 0 || options->whole_memory_mb < 0) {
        (void)fprintf(report, "verify: a number is out of range\n");
        return JK_VERIFY_USAGE;
    }
    jk_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        return JK_VERIFY_TOOL;
    }
    jk_verify_exit code;
    jk_fault fault = {.status = JK_OK};
    jk_status status = options->out == NULL ? JK_OK : jk_out_open(options->out, &fault);
    if (status == JK_OK) {
        status = jk_plan_read(plan, options);
    } else {
        plan->fault = fault;
    }
    if (status != JK_OK) {
        code = fault_exit(plan, status, report);
    } else if (plan->refusal[0] != '\0') {
        (void)fprintf(report, "verify: %s\n", plan->refusal);
        code = JK_VERIFY_USAGE;
    } else {
        code = run_plan(plan, report);
    }
    jk_plan_close(plan);
    free(plan);
    return code;
}
