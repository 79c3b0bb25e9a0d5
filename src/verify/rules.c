/* SPDX-License-Identifier: Apache-2.0 */
/* Joins rules.tsv, checks.tsv, mutants.tsv and the heads of the charts to one table. */
#define _POSIX_C_SOURCE 200809L
#include "rules.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

enum rule_column {
    RULE_NAME,
    RULE_PROTOCOL,
    RULE_TEXT,
    RULE_COLUMNS
};

static const char *const rule_columns[RULE_COLUMNS] = {"rule", "protocol", "text"};

/* Properties that need no mutant, and why. */
enum excuse_column {
    EXCUSE_PROTOCOL,
    EXCUSE_PROPERTY,
    EXCUSE_WHY,
    EXCUSE_COLUMNS
};

static const char *const excuse_columns[EXCUSE_COLUMNS] = {"protocol", "property", "why"};

/* Properties that no automatic mutant breaks alone. */
enum redundant_column {
    REDUNDANT_PROTOCOL,
    REDUNDANT_PROPERTY,
    REDUNDANT_WHY,
    REDUNDANT_COLUMNS
};

static const char *const redundant_columns[REDUNDANT_COLUMNS] = {"protocol", "property", "why"};

/* Rows that go together have the same defence; a defence that is not built has no mutant. */
enum defence_column {
    DEFENCE_NAME,
    DEFENCE_PROTOCOL,
    DEFENCE_MUTANT,
    DEFENCE_NOTE,
    DEFENCE_COLUMNS
};

static const char *const defence_columns[DEFENCE_COLUMNS] = {"defence", "protocol", "mutant",
                                                             "note"};

typedef struct joint {
    const jk_plan *plan;
    jk_table rules;
    jk_table excuses;
    jk_table defences;
    jk_table redundant;
    FILE *out;
    size_t gaps;
    jk_fault *fault;
} joint;

static void gap(joint *all, const char *protocol, const char *name, const char *why)
{
    if (all->gaps == 0) {
        (void)snprintf(all->fault->text, sizeof all->fault->text, "%.20s: %.40s: %.50s", protocol,
                       name, why);
    }
    all->gaps++;
}

static const char *check_cell(const jk_protocol *protocol, size_t row, enum jk_check_column column)
{
    return jk_table_cell(&protocol->checks, row, column);
}

static const char *mutant_cell(const jk_protocol *protocol, size_t row,
                               enum jk_mutant_column column)
{
    return jk_table_cell(&protocol->mutants, row, column);
}

/* A row that says that a named property holds. */
static bool is_property(const jk_protocol *protocol, size_t row)
{
    return strcmp(check_cell(protocol, row, JK_CHECK_EXPECT), "holds") == 0 &&
           strcmp(check_cell(protocol, row, JK_CHECK_CLAIM), "-") != 0;
}

static bool has_property(const jk_protocol *protocol, const char *claim)
{
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        if (is_property(protocol, i) &&
            strcmp(check_cell(protocol, i, JK_CHECK_CLAIM), claim) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_refuted(const jk_protocol *protocol, const char *claim)
{
    for (size_t i = 0; i < protocol->mutants.row_count; i++) {
        if (strcmp(mutant_cell(protocol, i, JK_MUTANT_CLAIM), claim) == 0) {
            return true;
        }
    }
    return false;
}

static char *chart_text(const jk_protocol *protocol, const char *name)
{
    char folder[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    char file[JK_NOTE_SIZE];
    size_t size;
    (void)snprintf(file, sizeof file, "%s.txt", name);
    return jk_path_join(folder, protocol->folder, "charts") && jk_path_join(path, folder, file)
               ? jk_file_read(path, &size)
               : NULL;
}

/* Was the chart drawn of this mutant and this property, as the table has them today?  A chart's
 * lines are broken where they are long. */
static bool chart_fits(const jk_protocol *protocol, size_t row, const char *text)
{
    char head[1024];
    int length = snprintf(
        head, sizeof head, "%s: %s\nrefutes %s: ", mutant_cell(protocol, row, JK_MUTANT_NAME),
        mutant_cell(protocol, row, JK_MUTANT_TEXT), mutant_cell(protocol, row, JK_MUTANT_CLAIM));
    bool fits = length > 0 && (size_t)length < sizeof head;
    for (int i = 0; fits && i < length; i++) {
        fits = text[i] == head[i] || (text[i] == '\n' && head[i] == ' ');
    }
    return fits;
}

/* "depth 121, the shortest ..." of a chart: the number, and "+" if there may be a shorter one. */
static bool chart_depth(const char *text, char depth[24])
{
    const char *at = strstr(text, "\ndepth ");
    size_t digits = at == NULL ? 0 : strspn(at + 7, "0123456789");
    bool found = digits > 0 && digits < 20;
    if (found) {
        bool shortest = strncmp(at + 7 + digits, ", the shortest", 14) == 0;
        (void)snprintf(depth, 24, "%.*s%s", (int)digits, at + 7, shortest ? "" : "+");
    }
    return found;
}

static void cell(FILE *out, const char *text)
{
    (void)fputs("| ", out);
    for (; *text != '\0'; text++) {
        (void)fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
    }
    (void)fputc(' ', out);
}

static void write_mutant(joint *all, const jk_protocol *protocol, size_t row)
{
    const char *name = mutant_cell(protocol, row, JK_MUTANT_NAME);
    const char *claim = mutant_cell(protocol, row, JK_MUTANT_CLAIM);
    char depth[24] = "?";
    char *chart = chart_text(protocol, name);
    if (chart == NULL || !chart_depth(chart, depth)) {
        gap(all, protocol->name, name, "no chart");
    } else if (!chart_fits(protocol, row, chart)) {
        gap(all, protocol->name, name, "its chart is of another text or property");
    }
    free(chart);
    if (!has_property(protocol, claim)) {
        gap(all, protocol->name, name, "refutes nothing that a check proves");
    }
    (void)fprintf(all->out, "| `%s` ", claim);
    (void)fprintf(all->out, "| `%s`: %s ", name, mutant_cell(protocol, row, JK_MUTANT_TEXT));
    (void)fprintf(all->out, "| %s | [chart](%s/charts/%s.txt) |\n", depth, protocol->name, name);
}

static const jk_protocol *protocol_named(const joint *all, const char *name)
{
    for (size_t i = 0; i < all->plan->protocol_count; i++) {
        if (strcmp(all->plan->protocols[i].name, name) == 0) {
            return &all->plan->protocols[i];
        }
    }
    return NULL;
}

static void write_rule(joint *all, size_t row)
{
    const char *name = jk_table_cell(&all->rules, row, RULE_NAME);
    const char *protocol_name = jk_table_cell(&all->rules, row, RULE_PROTOCOL);
    const jk_protocol *protocol = protocol_named(all, protocol_name);
    bool first = true;
    for (size_t i = 0; protocol != NULL && i < protocol->mutants.row_count; i++) {
        if (strcmp(mutant_cell(protocol, i, JK_MUTANT_RULE), name) == 0) {
            cell(all->out, name);
            cell(all->out, first ? jk_table_cell(&all->rules, row, RULE_TEXT) : "");
            write_mutant(all, protocol, i);
            first = false;
        }
    }
    if (first) {
        cell(all->out, name);
        cell(all->out, jk_table_cell(&all->rules, row, RULE_TEXT));
        (void)fputs("| - | - | - | - |\n", all->out);
        gap(all, protocol_name, name, "no mutant takes this rule away");
    }
}

/* What a property says: the words of the first check that proves it. */
static const char *property_text(const jk_protocol *protocol, const char *claim)
{
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        if (is_property(protocol, i) &&
            strcmp(check_cell(protocol, i, JK_CHECK_CLAIM), claim) == 0) {
            return check_cell(protocol, i, JK_CHECK_TEXT);
        }
    }
    return "?";
}

static void write_defence(joint *all, size_t row)
{
    const char *name = jk_table_cell(&all->defences, row, DEFENCE_NAME);
    const char *mutant = jk_table_cell(&all->defences, row, DEFENCE_MUTANT);
    const jk_protocol *protocol =
        protocol_named(all, jk_table_cell(&all->defences, row, DEFENCE_PROTOCOL));
    bool again = row > 0 && strcmp(name, jk_table_cell(&all->defences, row - 1, DEFENCE_NAME)) == 0;
    cell(all->out, again ? "" : name);
    for (size_t i = 0; protocol != NULL && i < protocol->mutants.row_count; i++) {
        if (strcmp(mutant_cell(protocol, i, JK_MUTANT_NAME), mutant) == 0) {
            const char *claim = mutant_cell(protocol, i, JK_MUTANT_CLAIM);
            cell(all->out, mutant_cell(protocol, i, JK_MUTANT_TEXT));
            (void)fprintf(all->out, "| no longer true: %s (`%s`) ", property_text(protocol, claim),
                          claim);
            (void)fprintf(all->out, "| [chart](%s/charts/%s.txt) |\n", protocol->name, mutant);
            return;
        }
    }
    cell(all->out, jk_table_cell(&all->defences, row, DEFENCE_NOTE));
    (void)fputs("| - | - |\n", all->out);
    if (strcmp(mutant, "-") != 0) {
        gap(all, name, mutant, "defences.tsv names no mutant");
    }
}

static const char *excuse_for(const joint *all, const jk_protocol *protocol, const char *claim)
{
    for (size_t i = 0; i < all->excuses.row_count; i++) {
        if (strcmp(jk_table_cell(&all->excuses, i, EXCUSE_PROTOCOL), protocol->name) == 0 &&
            strcmp(jk_table_cell(&all->excuses, i, EXCUSE_PROPERTY), claim) == 0) {
            return jk_table_cell(&all->excuses, i, EXCUSE_WHY);
        }
    }
    return NULL;
}

/* Properties that hold whatever rule is taken away: each needs an excuse. */
static void write_unrefuted(joint *all, const jk_protocol *protocol)
{
    for (size_t i = 0; i < protocol->checks.row_count; i++) {
        const char *claim = check_cell(protocol, i, JK_CHECK_CLAIM);
        bool again = !is_property(protocol, i) || is_refuted(protocol, claim);
        for (size_t j = 0; !again && j < i; j++) {
            again = is_property(protocol, j) &&
                    strcmp(check_cell(protocol, j, JK_CHECK_CLAIM), claim) == 0;
        }
        if (again) {
            continue;
        }
        const char *why = excuse_for(all, protocol, claim);
        if (why == NULL) {
            gap(all, protocol->name, claim, "no mutant is refuted by this property");
        }
        cell(all->out, check_cell(protocol, i, JK_CHECK_RULE));
        (void)fprintf(all->out, "| %s `%s` ", protocol->name, claim);
        cell(all->out, check_cell(protocol, i, JK_CHECK_TEXT));
        cell(all->out, why == NULL ? "?" : why);
        (void)fputs("|\n", all->out);
    }
}

static void write_redundant(joint *all, size_t row)
{
    const char *name = jk_table_cell(&all->redundant, row, REDUNDANT_PROTOCOL);
    const char *claim = jk_table_cell(&all->redundant, row, REDUNDANT_PROPERTY);
    const jk_protocol *protocol = protocol_named(all, name);
    if (protocol == NULL || !has_property(protocol, claim)) {
        gap(all, name, claim, "redundant.tsv names no property");
        return;
    }
    (void)fprintf(all->out, "| %s `%s` ", name, claim);
    cell(all->out, property_text(protocol, claim));
    cell(all->out, jk_table_cell(&all->redundant, row, REDUNDANT_WHY));
    (void)fputs("|\n", all->out);
}

/* An excuse that is not needed: there is a mutant, or no such property. */
static void see_excuses(joint *all)
{
    for (size_t i = 0; i < all->excuses.row_count; i++) {
        const char *name = jk_table_cell(&all->excuses, i, EXCUSE_PROTOCOL);
        const char *claim = jk_table_cell(&all->excuses, i, EXCUSE_PROPERTY);
        const jk_protocol *protocol = protocol_named(all, name);
        if (protocol == NULL || !has_property(protocol, claim) || is_refuted(protocol, claim)) {
            gap(all, name, claim, "unrefuted.tsv excuses it for nothing");
        }
    }
}

/* A rule of the protocols' tables must be one of rules.tsv.  "T1-T7" and "promise" are none. */
static void see_rule(joint *all, const jk_protocol *protocol, const char *name)
{
    bool known = strchr(name, '-') != NULL || strcmp(name, "promise") == 0;
    for (size_t i = 0; !known && i < all->rules.row_count; i++) {
        known = strcmp(jk_table_cell(&all->rules, i, RULE_NAME), name) == 0 &&
                strcmp(jk_table_cell(&all->rules, i, RULE_PROTOCOL), protocol->name) == 0;
    }
    if (!known) {
        gap(all, protocol->name, name, "rules.tsv does not have this rule");
    }
}

static bool is_row(const jk_table *table, const char *file, size_t column)
{
    size_t length = strlen(file) - 4;
    for (size_t i = 0; i < table->row_count; i++) {
        const char *name = jk_table_cell(table, i, column);
        if (strlen(name) == length && memcmp(name, file, length) == 0) {
            return true;
        }
    }
    return false;
}

/* A chart whose mutant or check is gone. */
static void see_charts(joint *all, const jk_protocol *protocol)
{
    char path[JK_PATH_SIZE];
    DIR *folder = jk_path_join(path, protocol->folder, "charts") ? opendir(path) : NULL;
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *name = entry->d_name;
        if (name[0] != '.' &&
            (strlen(name) < 5 || (!is_row(&protocol->mutants, name, JK_MUTANT_NAME) &&
                                  !is_row(&protocol->checks, name, JK_CHECK_NAME)))) {
            gap(all, protocol->name, name, "a chart of nothing");
        }
    }
    (void)closedir(folder);
}

static const char beginning[] =
    "# The rules, and what happens without them\n"
    "\n"
    "Made by `./dev verify --update` from `rules.tsv`, the protocols' `checks.tsv` and "
    "`mutants.tsv`\n"
    "and their charts; a test compares it with them. Each row takes one rule away. The *mutant* "
    "is\n"
    "the model without it. The *property* is what SPIN then refutes; of the model as it is, SPIN\n"
    "proves it. The *depth*, in SPIN's steps, is that of the shortest counterexample known, found\n"
    "breadth-first; with + it is that of a depth-first search. The *chart* draws it.\n"
    "\n"
    "How to read a chart: a lifeline for each role, the last one for people, wires and time. A "
    "row\n"
    "is a step: the message or command that is taken (an arrow), `hook? answer` for what the host\n"
    "answered, effects by name, the ghost variables that the step changed (without `ghost_`),\n"
    "`-> STATE`. A short arrow is a message that stays under way. Fields that are 0 are left out,\n"
    "and so is what happens before the start.\n"
    "\n"
    "## The defences in short\n"
    "\n"
    "What protects the residents' records, and what happens when one of these protections is "
    "taken\n"
    "away: a property is broken, and the chart draws how (rows: `defences.tsv`).\n"
    "\n"
    "| defence | without it | what breaks | chart |\n"
    "|---|---|---|---|\n";

static const char rules_head[] = "\n"
                                 "## Rule by rule\n"
                                 "\n"
                                 "| rule | what it says | property | mutant | depth | chart |\n"
                                 "|---|---|---|---|---:|---|\n";

static const char middle[] =
    "\n"
    "## Properties without a mutant\n"
    "\n"
    "SPIN proves them, but no mutant above was made to break them. Each is excused by a row of\n"
    "`unrefuted.tsv`; without one this table is incomplete and a test fails.\n"
    "\n"
    "| rule | property | what it says | why no mutant |\n"
    "|---|---|---|---|\n";

static const char last[] = "\n"
                           "## Properties that are never broken alone\n"
                           "\n"
                           "Whatever automatic mutant of the roles (`juki mutate spec`) breaks one "
                           "of these breaks another "
                           "one,\n"
                           "too. They stay, for the reason given (`redundant.tsv`).\n"
                           "\n"
                           "| property | what it says | why it stays |\n"
                           "|---|---|---|\n";

static void write_all(joint *all)
{
    (void)fputs(beginning, all->out);
    for (size_t i = 0; i < all->defences.row_count; i++) {
        write_defence(all, i);
    }
    (void)fputs(rules_head, all->out);
    for (size_t i = 0; i < all->rules.row_count; i++) {
        write_rule(all, i);
    }
    (void)fputs(middle, all->out);
    for (size_t i = 0; i < all->plan->protocol_count; i++) {
        const jk_protocol *protocol = &all->plan->protocols[i];
        write_unrefuted(all, protocol);
        see_charts(all, protocol);
        for (size_t row = 0; row < protocol->checks.row_count; row++) {
            see_rule(all, protocol, check_cell(protocol, row, JK_CHECK_RULE));
        }
        for (size_t row = 0; row < protocol->mutants.row_count; row++) {
            see_rule(all, protocol, mutant_cell(protocol, row, JK_MUTANT_RULE));
        }
    }
    see_excuses(all);
    (void)fputs(last, all->out);
    for (size_t i = 0; i < all->redundant.row_count; i++) {
        write_redundant(all, i);
    }
}

static jk_status read_table(const char *root, const char *name, const char *const *columns,
                            size_t count, jk_table *table, jk_fault *fault)
{
    char spec[JK_PATH_SIZE];
    char path[JK_PATH_SIZE];
    if (!jk_path_join(spec, root, "spec") || !jk_path_join(path, spec, name)) {
        return JK_E_OVERSIZED;
    }
    return jk_table_read(path, columns, count, table, fault);
}

jk_status jk_rules_write(const char *root, FILE *out, size_t *gaps, jk_fault *fault)
{
    jk_verify_options options = jk_verify_defaults();
    options.root = root;
    jk_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        return JK_E_MEMORY;
    }
    joint all = {.plan = plan, .out = out, .fault = fault};
    jk_status status = jk_plan_read(plan, &options);
    if (status != JK_OK) {
        *fault = plan->fault;
    } else {
        status = read_table(root, "rules.tsv", rule_columns, RULE_COLUMNS, &all.rules, fault);
    }
    if (status == JK_OK) {
        status =
            read_table(root, "unrefuted.tsv", excuse_columns, EXCUSE_COLUMNS, &all.excuses, fault);
    }
    if (status == JK_OK) {
        status = read_table(root, "defences.tsv", defence_columns, DEFENCE_COLUMNS, &all.defences,
                            fault);
    }
    if (status == JK_OK) {
        status = read_table(root, "redundant.tsv", redundant_columns, REDUNDANT_COLUMNS,
                            &all.redundant, fault);
    }
    if (status == JK_OK) {
        write_all(&all);
        *gaps = all.gaps;
    }
    jk_table_close(&all.redundant);
    jk_table_close(&all.defences);
    jk_table_close(&all.excuses);
    jk_table_close(&all.rules);
    jk_plan_close(plan);
    free(plan);
    return status;
}
