/* SPDX-License-Identifier: Apache-2.0 */
/* What the options choose from the tables, and what they ask for that is not there. */
#define _POSIX_C_SOURCE 200809L
#include <string.h>

#include "plan.h"

static const char *check_cell(const jk_protocol *protocol, size_t row, enum jk_check_column column)
{
    return jk_table_cell(&protocol->checks, row, column);
}

static const char *mutant_cell(const jk_protocol *protocol, size_t row,
                               enum jk_mutant_column column)
{
    return jk_table_cell(&protocol->mutants, row, column);
}

bool jk_check_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row)
{
    return jk_list_fits(options->check, check_cell(protocol, row, JK_CHECK_NAME)) &&
           jk_list_fits(options->claim, check_cell(protocol, row, JK_CHECK_CLAIM)) &&
           jk_list_fits_words(options->rule, check_cell(protocol, row, JK_CHECK_RULE)) &&
           jk_list_fits_words(options->define, check_cell(protocol, row, JK_CHECK_DEFINES));
}

/* Does the list name it, letter for letter? */
static bool named(const char *list, const char *name)
{
    size_t length = strlen(name);
    const char *at = list == NULL ? NULL : strstr(list, name);
    for (; at != NULL; at = strstr(at + 1, name)) {
        bool begins = at == list || at[-1] == ',';
        if (begins && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

bool jk_tier_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row)
{
    const char *tier = check_cell(protocol, row, JK_CHECK_TIER);
    return options->tier != NULL
               ? jk_list_fits(options->tier, tier)
               : options->full || strcmp(tier, "quick") == 0 ||
                     named(options->check, check_cell(protocol, row, JK_CHECK_NAME));
}

bool jk_graph_fits(const jk_identity_options *options, const jk_graph *graph)
{
    return jk_list_fits(options->protocol, graph->protocol) &&
           jk_list_fits(options->name, graph->name) &&
           jk_list_fits_words(options->define, graph->defines);
}

bool jk_graph_tier_fits(const jk_identity_options *options, const jk_graph *graph)
{
    return options->tier != NULL ? jk_list_fits(options->tier, graph->tier)
                                 : options->full || strcmp(graph->tier, "quick") == 0 ||
                                       named(options->name, graph->name);
}

/* A mutant's bounds are those of its check; it has no tier. */
bool jk_mutant_fits(const jk_verify_options *options, const jk_protocol *protocol, size_t row,
                    size_t check)
{
    return (jk_list_fits(options->check, mutant_cell(protocol, row, JK_MUTANT_NAME)) ||
            jk_list_fits(options->check, mutant_cell(protocol, row, JK_MUTANT_CHECK))) &&
           jk_list_fits(options->claim, mutant_cell(protocol, row, JK_MUTANT_CLAIM)) &&
           jk_list_fits_words(options->rule, mutant_cell(protocol, row, JK_MUTANT_RULE)) &&
           jk_list_fits_words(options->define, check_cell(protocol, check, JK_CHECK_DEFINES));
}

typedef struct search {
    const jk_plan *plan;
    jk_select kind;
} search;

static bool check_has(const jk_protocol *protocol, size_t row, jk_select kind, const char *pattern)
{
    switch (kind) {
    case JK_SELECT_CHECK: return jk_list_fits(pattern, check_cell(protocol, row, JK_CHECK_NAME));
    case JK_SELECT_CLAIM: return jk_list_fits(pattern, check_cell(protocol, row, JK_CHECK_CLAIM));
    case JK_SELECT_RULE:
        return jk_list_fits_words(pattern, check_cell(protocol, row, JK_CHECK_RULE));
    case JK_SELECT_TIER: return jk_list_fits(pattern, check_cell(protocol, row, JK_CHECK_TIER));
    case JK_SELECT_DEFINE:
        return jk_list_fits_words(pattern, check_cell(protocol, row, JK_CHECK_DEFINES));
    case JK_SELECT_PROTOCOL:
    case JK_SELECT_COUNT: break;
    }
    return false;
}

static bool mutant_has(const jk_protocol *protocol, size_t row, jk_select kind, const char *pattern)
{
    return (kind == JK_SELECT_CHECK &&
            jk_list_fits(pattern, mutant_cell(protocol, row, JK_MUTANT_NAME))) ||
           (kind == JK_SELECT_CLAIM &&
            jk_list_fits(pattern, mutant_cell(protocol, row, JK_MUTANT_CLAIM))) ||
           (kind == JK_SELECT_RULE &&
            jk_list_fits_words(pattern, mutant_cell(protocol, row, JK_MUTANT_RULE)));
}

static bool graph_has(const jk_graph *graph, jk_select kind, const char *pattern)
{
    return (kind == JK_SELECT_CHECK && jk_list_fits(pattern, graph->name)) ||
           (kind == JK_SELECT_TIER && jk_list_fits(pattern, graph->tier)) ||
           (kind == JK_SELECT_DEFINE && jk_list_fits_words(pattern, graph->defines));
}

/* Is there a row in the tables that were read that fits this one pattern? */
static bool fits_somewhere(void *arg, const char *pattern)
{
    const search *what = arg;
    const jk_plan *plan = what->plan;
    bool found = false;
    for (size_t i = 0; !found && i < plan->protocol_count; i++) {
        const jk_protocol *protocol = &plan->protocols[i];
        found = what->kind == JK_SELECT_PROTOCOL && jk_list_fits(pattern, protocol->name);
        for (size_t row = 0; !found && row < protocol->checks.row_count; row++) {
            found = check_has(protocol, row, what->kind, pattern);
        }
        for (size_t row = 0; !found && row < protocol->mutants.row_count; row++) {
            found = mutant_has(protocol, row, what->kind, pattern);
        }
    }
    for (size_t i = 0; !found && i < plan->graphs.count; i++) {
        found = graph_has(&plan->graphs.list[i], what->kind, pattern);
    }
    return found;
}

void jk_plan_refuse_unmatched(jk_plan *plan)
{
    const jk_verify_options *options = plan->options;
    const char *const lists[JK_SELECT_COUNT] = {options->protocol, options->check, options->claim,
                                                options->rule,     options->tier,  options->define};
    for (int kind = 0; kind < JK_SELECT_COUNT; kind++) {
        search what = {.plan = plan, .kind = (jk_select)kind};
        char pattern[64];
        if (lists[kind] != NULL &&
            jk_list_unmatched(lists[kind], fits_somewhere, &what, pattern, sizeof pattern)) {
            (void)snprintf(plan->refusal, sizeof plan->refusal, "--%s '%s' fits nothing",
                           jk_select_names[kind], pattern);
            return;
        }
    }
    if (plan->run_count + plan->graphs.asked == 0) {
        (void)snprintf(plan->refusal, sizeof plan->refusal, "%s",
                       plan->left_out_count + plan->graphs.left_out > 0
                           ? "what fits is of another tier: --full, or --tier"
                           : "nothing fits all that was asked for");
    }
}
