/* SPDX-License-Identifier: Apache-2.0 */
/* The figures, as text and as JSON. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "strength_work.h"

#define NAMED_PERCENT 80 /* the scores that are asked for */
#define ALL_PERCENT   95

typedef struct figures {
    size_t made;
    size_t refused;
    size_t unreached;
    size_t equivalent;
    size_t named;
    size_t killed; /* named ones, too */
    size_t survived;
    size_t open; /* not searched */
} figures;

static figures count_fates(const jk_campaign *campaign, size_t role)
{
    figures sum = {0};
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        if (role != JK_NOWHERE && row->role != role) {
            continue;
        }
        sum.made++;
        switch (row->fate) {
        case JK_FATE_REFUSED: sum.refused++; break;
        case JK_FATE_UNREACHED: sum.unreached++; break;
        case JK_FATE_EQUIVALENT: sum.equivalent++; break;
        case JK_FATE_NAMED:
            sum.named++;
            sum.killed++;
            break;
        case JK_FATE_KILLED: sum.killed++; break;
        case JK_FATE_SURVIVED: sum.survived++; break;
        case JK_FATE_OPEN: sum.open++; break;
        }
    }
    return sum;
}

static size_t counted(const figures *sum)
{
    return sum->killed + sum->survived;
}

/* In tenths of a percent, rounded down: a score is never shown higher than it is. */
static size_t permille(size_t part, size_t whole)
{
    return whole == 0 ? 1000 : part * 1000 / whole;
}

static void print_line(const char *name, const figures *sum, FILE *report)
{
    size_t killed = permille(sum->killed, counted(sum));
    size_t named = permille(sum->named, counted(sum));
    (void)fprintf(report, "%-16s %6zu %7zu %9zu %10zu %6zu %3zu.%zu %% %6zu %3zu.%zu %% %8zu\n",
                  name, sum->made, sum->refused, sum->unreached, sum->equivalent, sum->killed,
                  killed / 10, killed % 10, sum->named, named / 10, named % 10, sum->survived);
}

static void print_lines(const char *text, size_t from, size_t to, char mark, FILE *report)
{
    while (from > 0 && text[from - 1] != '\n') {
        from--;
    }
    while (from < to || (from == to && from > 0 && text[from - 1] != '\n')) {
        size_t length = strcspn(text + from, "\n");
        if (strspn(text + from, " \\") < length) {
            (void)fprintf(report, "    %c %.*s\n", mark, (int)length, text + from);
        }
        from += length + 1;
        if (text[from - 1] == '\0') {
            return;
        }
    }
}

/* The changed lines, as they were and as they are. */
static void print_change(const jk_campaign *campaign, const jk_mutant_row *row, FILE *report)
{
    const jk_role_file *role = &campaign->roles[row->role];
    const jk_change *one = &role->changes.items[row->change];
    char *text = jk_change_apply(role->text, one);
    print_lines(role->text, one->at, one->at + one->length, '-', report);
    if (text != NULL) {
        print_lines(text, one->at, one->at + strlen(one->text), '+', report);
    }
    free(text);
}

static void print_rows(const jk_campaign *campaign, jk_fate fate, const char *title, FILE *report)
{
    bool first = true;
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        if (row->fate == fate) {
            (void)fprintf(report, "%s  %s%s%s%s\n", first ? title : "", row->name,
                          row->by[0] == '\0' ? "" : ":", row->by,
                          row->bounds == NULL ? "" : row->bounds);
            print_change(campaign, row, report);
            first = false;
        }
    }
}

/* Kills of one property: all, and those that no other one shares.  Others that are redundant do not
 * count; so of a redundant one alone is what only redundant ones notice. */
typedef struct property {
    char name[100];
    bool witness; /* it promises nothing: it is what can happen */
    bool redundant;
    size_t kills;
    size_t alone;
} property;

typedef struct properties {
    property *items;
    size_t count;
    size_t capacity;
} properties;

static property *find_property(properties *list, const char *name, size_t length)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->items[i].name) == length &&
            strncmp(list->items[i].name, name, length) == 0) {
            return &list->items[i];
        }
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 64;
        property *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        list->items = items;
        list->capacity = capacity;
    }
    property *fresh = &list->items[list->count];
    *fresh = (property){.kills = 0};
    (void)snprintf(fresh->name, sizeof fresh->name, "%.*s", (int)length, name);
    list->count++;
    return fresh;
}

/* Calls for each name of a list " a b ". */
static const char *next_name(const char *at, size_t *length)
{
    at += strspn(at, " ");
    *length = strcspn(at, " ");
    return *length == 0 ? NULL : at;
}

static void count_kill(properties *list, const char *names)
{
    size_t length;
    size_t others = 0; /* that are not redundant */
    for (const char *at = next_name(names, &length); at != NULL;
         at = next_name(at + length, &length)) {
        property *one = find_property(list, at, length);
        if (one != NULL) {
            one->kills++;
            others += one->witness || one->redundant ? 0 : 1;
        }
    }
    for (const char *at = next_name(names, &length); at != NULL;
         at = next_name(at + length, &length)) {
        property *one = find_property(list, at, length);
        if (one != NULL && !one->witness && others == (one->redundant ? 0 : 1)) {
            one->alone++;
        }
    }
}

static int by_alone(const void *one, const void *other)
{
    const property *a = one;
    const property *b = other;
    if (a->witness != b->witness) {
        return a->witness ? 1 : -1;
    }
    return a->alone != b->alone   ? (a->alone > b->alone ? -1 : 1)
           : a->kills != b->kills ? (a->kills > b->kills ? -1 : 1)
                                  : strcmp(a->name, b->name);
}

/* All properties; those that the model violates are witnesses, but for a promise that is not made
 * in all bounds. */
static bool list_properties(const jk_campaign *campaign, properties *list)
{
    size_t length;
    for (size_t i = 0; i < campaign->bounds_count * 2; i++) {
        const jk_bounds *bounds = &campaign->bounds[i / 2];
        const char *names = i % 2 == 0 ? bounds->found.names : bounds->explored.names;
        for (const char *at = next_name(names, &length); at != NULL;
             at = next_name(at + length, &length)) {
            property *one = find_property(list, at, length);
            if (one == NULL) {
                return false;
            }
            one->witness = !jk_is_promise(campaign, at, length);
        }
    }
    for (size_t i = 0; i < campaign->promises.count; i++) {
        const char *name = campaign->promises.items[i];
        if (find_property(list, name, strlen(name)) == NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].redundant =
            jk_is_redundant(campaign, list->items[i].name, strlen(list->items[i].name));
    }
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        if (row->fate == JK_FATE_NAMED) {
            count_kill(list, row->by);
        }
    }
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, by_alone);
    }
    return true;
}

/* Rows of the list whose property is none, each with its name. */
static size_t unknown_rows(const jk_campaign *campaign, FILE *report)
{
    size_t count = 0;
    for (size_t i = 0; i < campaign->redundant.row_count; i++) {
        const char *name = jk_table_cell(&campaign->redundant, i, JK_REDUNDANT_PROPERTY);
        const char *protocol = jk_table_cell(&campaign->redundant, i, JK_REDUNDANT_PROTOCOL);
        if (strcmp(protocol, campaign->protocol) == 0 &&
            !jk_is_promise(campaign, name, strlen(name))) {
            (void)fprintf(report, "listed as redundant, and is no property: %s\n", name);
            count++;
        }
    }
    return count;
}

/* How many properties have no mutant of their own and no row in the list, or a row for nothing. */
static size_t print_properties(const jk_campaign *campaign, FILE *report)
{
    properties list = {.count = 0};
    bool good = list_properties(campaign, &list);
    size_t never = 0;
    size_t needless = 0;
    (void)fprintf(report, "\n%-32s %6s %6s\n", "property", "kills", "alone");
    for (size_t i = 0; good && i < list.count; i++) {
        const property *one = &list.items[i];
        if (!one->witness) {
            never += one->alone == 0 && !one->redundant ? 1 : 0;
            needless += one->alone > 0 && one->redundant ? 1 : 0;
            (void)fprintf(report, "%-32s %6zu %6zu%s\n", one->name, one->kills, one->alone,
                          !one->redundant   ? ""
                          : one->alone == 0 ? " redundant"
                                            : " redundant: NO");
        }
    }
    (void)fprintf(report,
                  "\n%zu properties are broken by no mutant alone, and not listed as redundant; "
                  "%zu are listed and should not\n",
                  never, needless);
    needless += unknown_rows(campaign, report);
    free(list.items);
    return good ? never + needless : 1;
}

static bool place_reached(const jk_campaign *campaign, size_t place)
{
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        if (campaign->bounds[i].reached[place]) {
            return true;
        }
    }
    return false;
}

static bool premise_reached(const jk_campaign *campaign, const char *name)
{
    char wanted[120];
    (void)snprintf(wanted, sizeof wanted, " %s ", name);
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        if (strstr(campaign->bounds[i].premises.names, wanted) != NULL) {
            return true;
        }
    }
    return false;
}

static size_t line_of(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) {
        line += text[i] == '\n' ? 1 : 0;
    }
    return line;
}

/* Those that break no property: something cannot happen any more. */
static size_t count_lost(const jk_campaign *campaign)
{
    properties list = {.count = 0};
    size_t lost = 0;
    bool good = list_properties(campaign, &list);
    for (size_t i = 0; good && i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        size_t length;
        bool property_broken = row->fate != JK_FATE_NAMED;
        for (const char *at = next_name(row->by, &length); at != NULL;
             at = next_name(at + length, &length)) {
            const property *one = find_property(&list, at, length);
            property_broken = property_broken || (one != NULL && !one->witness);
        }
        lost += property_broken ? 0 : 1;
    }
    free(list.items);
    return lost;
}

/* What no bounds reach: a mutant there is searched nowhere, a property holds there for nothing. */
static void print_unreached(const jk_campaign *campaign, FILE *report)
{
    size_t places = 0;
    size_t premises = 0;
    for (size_t i = 0; i < campaign->role_count; i++) {
        const jk_role_file *role = &campaign->roles[i];
        for (size_t j = 0; j < role->site_count; j++) {
            if (place_reached(campaign, role->first_site + j)) {
                places++;
            } else {
                (void)fprintf(report, "\nnever reached: %s.pml:%zu", role->name,
                              line_of(role->text, role->sites[j]));
            }
        }
    }
    for (size_t i = 0; i < campaign->premises.count; i++) {
        if (premise_reached(campaign, campaign->premises.items[i])) {
            premises++;
        } else {
            (void)fprintf(report, "\npremise never true: %s", campaign->premises.items[i]);
        }
    }
    (void)fprintf(report, "\n%zu of %zu places are reached, %zu of %zu premises can be true\n",
                  places, campaign->site_count, premises, campaign->premises.count);
}

jk_verify_exit jk_strength_print(const jk_campaign *campaign, FILE *report)
{
    (void)fprintf(report, "\n%-16s %6s %7s %9s %10s %6s %7s %6s %7s %8s\n", campaign->protocol,
                  "made", "refused", "unreached", "equivalent", "killed", "", "named", "",
                  "survived");
    for (size_t i = 0; i < campaign->role_count; i++) {
        figures part = count_fates(campaign, i);
        print_line(campaign->roles[i].name, &part, report);
    }
    figures sum = count_fates(campaign, JK_NOWHERE);
    print_line("all", &sum, report);
    print_unreached(campaign, report);
    size_t wrong = print_properties(campaign, report);
    print_rows(campaign, JK_FATE_SURVIVED, "\nsurvivors:\n", report);
    print_rows(campaign, JK_FATE_KILLED, "\nkilled by no named property:\n", report);
    if (sum.open > 0) {
        (void)fprintf(report, "\n%zu mutants are not searched yet\n", sum.open);
    }
    /* A sample, or a part, cannot tell what no mutant breaks alone. */
    bool whole = campaign->options->count == 0 && campaign->options->only == NULL &&
                 jk_explores(campaign) && sum.open == 0;
    bool enough = sum.killed * 100 >= counted(&sum) * ALL_PERCENT &&
                  sum.named * 100 >= counted(&sum) * NAMED_PERCENT && (!whole || wrong == 0);
    (void)fprintf(
        report,
        "\nstrength: %s: %zu of %zu killed, %zu by a named property (%zu of them by a lost "
        "witness alone): %s (searches made: %" PRIu64 " by the explorer, %" PRIu64 " by SPIN)\n",
        campaign->protocol, sum.killed, counted(&sum), sum.named, count_lost(campaign),
        enough ? "ENOUGH" : "TOO WEAK", campaign->explorations, campaign->searches);
    return enough ? JK_VERIFY_HOLDS : JK_VERIFY_VIOLATED;
}

static void json_text(const char *text, size_t length, FILE *out)
{
    (void)fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)text[i];
        if (letter == '"' || letter == '\\') {
            (void)fprintf(out, "\\%c", letter);
        } else if (letter < 0x20) {
            (void)fprintf(out, "\\u%04x", letter);
        } else {
            (void)fputc(letter, out);
        }
    }
    (void)fputc('"', out);
}

static void json_rows(const jk_campaign *campaign, jk_fate fate, FILE *out)
{
    bool first = true;
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        if (row->fate != fate) {
            continue;
        }
        char *lines = NULL;
        size_t size = 0;
        FILE *text = open_memstream(&lines, &size);
        if (text != NULL) {
            print_change(campaign, row, text);
            (void)fclose(text);
        }
        (void)fprintf(out, "%s\n      {\"name\": ", first ? "" : ",");
        json_text(row->name, strlen(row->name), out);
        (void)fprintf(out, ", \"diff\": ");
        json_text(lines == NULL ? "" : lines, size, out);
        (void)fprintf(out, "}");
        free(lines);
        first = false;
    }
}

static const char *fate_word(jk_fate fate)
{
    switch (fate) {
    case JK_FATE_OPEN: return "open";
    case JK_FATE_REFUSED: return "refused";
    case JK_FATE_UNREACHED: return "unreached";
    case JK_FATE_NAMED: return "named";
    case JK_FATE_KILLED: return "killed";
    case JK_FATE_EQUIVALENT: return "equivalent";
    case JK_FATE_SURVIVED: break;
    }
    return "survived";
}

/* What became of each mutant, and by which properties. */
static void json_fates(const jk_campaign *campaign, FILE *out)
{
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        (void)fprintf(out,
                      "%s\n      {\"name\": \"%s\", \"fate\": \"%s\", \"search\": \"%s\", "
                      "\"bounds\": \"%s\", \"by\": \"%s\"}",
                      i == 0 ? "" : ",", row->name, fate_word(row->fate),
                      row->by_spin ? "spin" : "explorer", row->bounds == NULL ? "" : row->bounds,
                      row->by);
    }
}

static void json_properties(const jk_campaign *campaign, FILE *out)
{
    properties list = {.count = 0};
    if (list_properties(campaign, &list)) {
        for (size_t i = 0; i < list.count; i++) {
            (void)fprintf(out,
                          "%s\n      {\"name\": \"%s\", \"witness\": %s, \"kills\": %zu, "
                          "\"alone\": %zu}",
                          i == 0 ? "" : ",", list.items[i].name,
                          list.items[i].witness ? "true" : "false", list.items[i].kills,
                          list.items[i].alone);
        }
    }
    free(list.items);
}

static void json_part(const jk_campaign *campaign, FILE *out)
{
    figures sum = count_fates(campaign, JK_NOWHERE);
    (void)fprintf(out,
                  "  {\"protocol\": \"%s\", \"mutants\": %zu, \"refused\": %zu, \"unreached\": "
                  "%zu,\n    \"equivalent\": %zu,\n"
                  "    \"killed\": %zu, \"named_killed\": %zu, \"survived\": %zu,\n"
                  "    \"by_lost_witness\": %zu,\n"
                  "    \"survivors\": [",
                  campaign->protocol, sum.made, sum.refused, sum.unreached, sum.equivalent,
                  sum.killed, sum.named, sum.survived, count_lost(campaign));
    json_rows(campaign, JK_FATE_SURVIVED, out);
    (void)fprintf(out, "],\n    \"not_named\": [");
    json_rows(campaign, JK_FATE_KILLED, out);
    (void)fprintf(out, "],\n    \"equivalents\": [");
    json_rows(campaign, JK_FATE_EQUIVALENT, out);
    (void)fprintf(out, "],\n    \"properties\": [");
    json_properties(campaign, out);
    (void)fprintf(out, "],\n    \"fates\": [");
    json_fates(campaign, out);
    (void)fprintf(out, "]}");
}

bool jk_strength_json(const jk_campaign *const *campaigns, size_t count, const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        return false;
    }
    (void)fprintf(out, "{\"part\": \"spec\", \"protocols\": [\n");
    for (size_t i = 0; i < count; i++) {
        json_part(campaigns[i], out);
        (void)fprintf(out, i + 1 < count ? ",\n" : "\n");
    }
    (void)fprintf(out, "]}\n");
    bool good = fclose(out) == 0 && jk_file_write(path, bytes, size) == JK_OK;
    free(bytes);
    return good;
}
