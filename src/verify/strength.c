/* SPDX-License-Identifier: Apache-2.0 */
/* The measurement from the tables to the figures: reads a protocol, makes its mutants, shares them
 * out among processes and judges each. */
#define _XOPEN_SOURCE 700
#include "strength.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"
#include "strength_work.h"

#define POLL_NS 20000000L

const char *const jk_strength_columns[JK_STRENGTH_COLUMNS] = {"name", "file",   "defines",
                                                              "more", "search", "text"};

const char *const jk_redundant_columns[JK_REDUNDANT_COLUMNS] = {"protocol", "property", "why"};

jk_strength_options jk_strength_defaults(void)
{
    return (jk_strength_options){.root = ".", .jobs = 2};
}

static bool refuse(jk_campaign *campaign, const char *what, const char *why)
{
    campaign->fault.status = JK_E_CONFIG;
    (void)snprintf(campaign->fault.text, sizeof campaign->fault.text, "%.30s: %.50s: %.30s",
                   campaign->protocol, what, why);
    return false;
}

/* The properties of a file: its ltl lines, but for witnesses, which promise nothing. */
static bool read_promises(jk_campaign *campaign, const char *text)
{
    bool good = true;
    for (const char *at = text; good && at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n' ? 1 : 0;
        size_t length =
            strcspn(at, " ") == 3 && strncmp(at, "ltl", 3) == 0 ? strcspn(at + 4, " {\n") : 0;
        if (length > 0 && strncmp(at + 4, "w_", 2) != 0 && strncmp(at + 4, "witness", 7) != 0) {
            good = jk_words_add(&campaign->promises, at + 4, length);
        }
    }
    return good;
}

/* Every file of the folder whose proctype has the file's name, in the order of their names. */
static bool read_roles(jk_campaign *campaign, struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++) {
        char path[JK_PATH_SIZE];
        char wanted[100];
        size_t size;
        size_t length = strlen(entries[i]->d_name);
        if (length < 5 || length > 60 || strcmp(entries[i]->d_name + length - 4, ".pml") != 0 ||
            !jk_path_join(path, campaign->folder, entries[i]->d_name)) {
            continue;
        }
        char *text = jk_file_read(path, &size);
        if (text == NULL || jk_vocabulary_read(&campaign->vocabulary, text) != JK_OK ||
            !read_promises(campaign, text)) {
            free(text);
            return refuse(campaign, entries[i]->d_name, "cannot be read");
        }
        (void)snprintf(wanted, sizeof wanted, "proctype %.*s(", (int)length - 4,
                       entries[i]->d_name);
        if (strstr(text, wanted) == NULL || campaign->role_count == JK_ROLES_MAX) {
            free(text);
            continue;
        }
        jk_role_file *role = &campaign->roles[campaign->role_count];
        campaign->role_count++;
        *role = (jk_role_file){.text = text};
        (void)snprintf(role->name, sizeof role->name, "%.*s", (int)length - 4, entries[i]->d_name);
    }
    return campaign->role_count > 0 || refuse(campaign, "roles", "there is none");
}

static bool read_folder(jk_campaign *campaign)
{
    struct dirent **entries;
    int count = scandir(campaign->folder, &entries, NULL, alphasort);
    if (count < 0) {
        return refuse(campaign, campaign->folder, "there is no such folder");
    }
    bool good = read_roles(campaign, entries, count);
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool read_words(jk_campaign *campaign)
{
    static const char *const files[] = {"spec/lib/envelope.pml", "spec/lib/record.pml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[JK_PATH_SIZE];
        size_t size;
        char *text = jk_path_join(path, campaign->options->root, files[i])
                         ? jk_file_read(path, &size)
                         : NULL;
        bool good = text == NULL || jk_vocabulary_read(&campaign->vocabulary, text) == JK_OK;
        free(text);
        if (!good) {
            return refuse(campaign, files[i], "cannot be read");
        }
    }
    return true;
}

static int by_number(const void *one, const void *other)
{
    const size_t a = *(const size_t *)one;
    const size_t b = *(const size_t *)other;
    return a < b ? -1 : a > b ? 1 : 0;
}

/* The places of a role's changes, each once, in the order of the text. */
static bool list_sites(jk_campaign *campaign, jk_role_file *role)
{
    role->sites = calloc(role->changes.count + 1, sizeof *role->sites);
    if (role->sites == NULL) {
        return false;
    }
    size_t count = 0;
    for (size_t i = 0; i < role->changes.count; i++) {
        if (role->changes.items[i].site != JK_NOWHERE) {
            role->sites[count] = role->changes.items[i].site;
            count++;
        }
    }
    qsort(role->sites, count, sizeof *role->sites, by_number);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || role->sites[i] != role->sites[i - 1]) {
            role->sites[role->site_count] = role->sites[i];
            role->site_count++;
        }
    }
    role->first_site = campaign->site_count;
    campaign->site_count += role->site_count;
    return true;
}

/* role:line:operator, with a number where a line has several of an operator. */
static void name_mutant(jk_campaign *campaign, size_t role, size_t change)
{
    const jk_role_file *file = &campaign->roles[role];
    const jk_change *one = &file->changes.items[change];
    size_t number = 1;
    for (size_t i = 0; i < change; i++) {
        number += file->changes.items[i].line == one->line &&
                          strcmp(file->changes.items[i].operator_name, one->operator_name) == 0
                      ? 1
                      : 0;
    }
    jk_mutant_row *row = &campaign->mutants[campaign->mutant_count];
    *row = (jk_mutant_row){.role = role, .change = change};
    (void)snprintf(row->name, sizeof row->name, number > 1 ? "%s:%u:%s:%zu" : "%s:%u:%s",
                   file->name, one->line, one->operator_name, number);
    const char *only = campaign->options->only;
    if (only == NULL || strncmp(row->name, only, strlen(only)) == 0) {
        campaign->mutant_count++;
    }
}

static int by_draw(const void *one, const void *other)
{
    const jk_mutant_row *a = one;
    const jk_mutant_row *b = other;
    return a->draw < b->draw ? -1 : a->draw > b->draw ? 1 : 0;
}

static int by_place(const void *one, const void *other)
{
    const jk_mutant_row *a = one;
    const jk_mutant_row *b = other;
    return a->role != b->role       ? (a->role < b->role ? -1 : 1)
           : a->change != b->change ? (a->change < b->change ? -1 : 1)
                                    : 0;
}

/* A sample: the first of a draw by name and seed, so a larger sample has the smaller one in it and
 * searches only what is new. */
static void sample(jk_campaign *campaign)
{
    size_t wanted = (size_t)campaign->options->count;
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        jk_mutant_row *row = &campaign->mutants[i];
        uint64_t hash[2];
        jk_hash_begin(hash);
        jk_hash_add(hash, &campaign->options->seed, sizeof campaign->options->seed);
        jk_hash_add(hash, row->name, strlen(row->name));
        row->draw = hash[1];
    }
    if (wanted > 0 && wanted < campaign->mutant_count) {
        qsort(campaign->mutants, campaign->mutant_count, sizeof *campaign->mutants, by_draw);
        campaign->mutant_count = wanted;
        qsort(campaign->mutants, wanted, sizeof *campaign->mutants, by_place);
    }
}

static bool make_mutants(jk_campaign *campaign)
{
    size_t count = 1;
    for (size_t i = 0; i < campaign->role_count; i++) {
        jk_role_file *role = &campaign->roles[i];
        if (jk_mutate(role->text, &campaign->vocabulary, &role->changes) != JK_OK ||
            !list_sites(campaign, role)) {
            return refuse(campaign, role->name, "no memory");
        }
        count += role->changes.count;
    }
    campaign->mutants = calloc(count, sizeof *campaign->mutants);
    if (campaign->mutants == NULL) {
        return refuse(campaign, "mutants", "no memory");
    }
    for (size_t i = 0; i < campaign->role_count; i++) {
        for (size_t j = 0; j < campaign->roles[i].changes.count; j++) {
            name_mutant(campaign, i, j);
        }
    }
    sample(campaign);
    return true;
}

static bool read_bounds(jk_campaign *campaign)
{
    char path[JK_PATH_SIZE];
    if (!jk_path_join(path, campaign->folder, "strength.tsv") ||
        jk_table_read(path, jk_strength_columns, JK_STRENGTH_COLUMNS, &campaign->table,
                      &campaign->fault) != JK_OK) {
        return false;
    }
    for (size_t i = 0; i < campaign->table.row_count; i++) {
        if (i == JK_BOUNDS_MAX) {
            return refuse(campaign, "strength.tsv", "too many rows");
        }
        jk_bounds *row = &campaign->bounds[i];
        const char *search = jk_table_cell(&campaign->table, i, JK_STRENGTH_SEARCH);
        *row = (jk_bounds){
            .name = jk_table_cell(&campaign->table, i, JK_STRENGTH_NAME),
            .file = jk_table_cell(&campaign->table, i, JK_STRENGTH_FILE),
            .defines = jk_table_cell(&campaign->table, i, JK_STRENGTH_DEFINES),
            .more = jk_table_cell(&campaign->table, i, JK_STRENGTH_MORE),
            .search = search,
            .kind = strcmp(search, "states") == 0     ? JK_SEARCH_STATES
                    : strcmp(search, "outcomes") == 0 ? JK_SEARCH_OUTCOMES
                                                      : JK_SEARCH_CLAIM,
            .first = true,
            .distinct = true,
        };
        for (size_t j = 0; j < i; j++) {
            row->first = row->first && (strcmp(row->file, campaign->bounds[j].file) != 0 ||
                                        strcmp(row->defines, campaign->bounds[j].defines) != 0);
            row->distinct =
                row->distinct && (strcmp(row->file, campaign->bounds[j].file) != 0 ||
                                  strcmp(row->defines, campaign->bounds[j].defines) != 0 ||
                                  strcmp(row->more, campaign->bounds[j].more) != 0);
        }
        if (strchr(row->file, '/') != NULL) {
            return refuse(campaign, row->name, "file");
        }
        campaign->bounds_count++;
    }
    return true;
}

/* Without the file nothing is redundant. */
static bool read_redundant(jk_campaign *campaign)
{
    char path[JK_PATH_SIZE];
    jk_status status = jk_path_join(path, campaign->options->root, "spec/redundant.tsv")
                           ? jk_table_read(path, jk_redundant_columns, JK_REDUNDANT_COLUMNS,
                                           &campaign->redundant, &campaign->fault)
                           : JK_E_OVERSIZED;
    return status == JK_OK || status == JK_E_FILE;
}

static bool read_campaign(jk_campaign *campaign, const char *protocol)
{
    char spec[JK_PATH_SIZE];
    (void)snprintf(campaign->protocol, sizeof campaign->protocol, "%s", protocol);
    return jk_path_join(spec, campaign->options->root, "spec") &&
           jk_path_join(campaign->folder, spec, protocol) && read_bounds(campaign) &&
           read_redundant(campaign) && read_words(campaign) && read_folder(campaign) &&
           make_mutants(campaign);
}

static void close_campaign(jk_campaign *campaign)
{
    for (size_t i = 0; i < campaign->role_count; i++) {
        free(campaign->roles[i].text);
        free(campaign->roles[i].sites);
        jk_changes_close(&campaign->roles[i].changes);
    }
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        free(campaign->bounds[i].reached);
    }
    free(campaign->mutants);
    jk_vocabulary_close(&campaign->vocabulary);
    jk_words_close(&campaign->premises);
    jk_words_close(&campaign->promises);
    jk_table_close(&campaign->redundant);
    jk_table_close(&campaign->table);
    jk_results_close(campaign->results);
}

static bool read_places(jk_campaign *campaign, jk_bounds *bounds)
{
    jk_found probe;
    bounds->reached = calloc(campaign->site_count + 1, sizeof *bounds->reached);
    if (bounds->reached == NULL || !jk_search(campaign, JK_SEARCH_PROBE, bounds, 0, NULL, &probe)) {
        return refuse(campaign, bounds->name, "no search of places");
    }
    if (!probe.complete) {
        return refuse(campaign, bounds->name, "the places: not complete");
    }
    for (char *at = probe.names; *at != '\0';) {
        char *end;
        size_t place = strtoull(at, &end, 10);
        if (end == at) {
            break;
        }
        if (place < campaign->site_count) {
            bounds->reached[place] = true;
        }
        at = end;
    }
    return true;
}

/* The model as it is, in all bounds: every search must be whole. */
static bool search_model(jk_campaign *campaign)
{
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        jk_bounds *bounds = &campaign->bounds[i];
        if (!jk_search(campaign, bounds->kind, bounds, 0, NULL, &bounds->found)) {
            return refuse(campaign, bounds->name, "a tool failed");
        }
        if (bounds->found.refused || !bounds->found.complete) {
            return refuse(campaign, bounds->name, "the model's own search");
        }
        /* Where faults stop, a world may stop too: such a check looks for no deadlock. */
        if (bounds->first &&
            !jk_search(campaign, JK_SEARCH_PLAIN, bounds, 0, NULL, &bounds->plain)) {
            return refuse(campaign, bounds->name, "a tool failed");
        }
        if (bounds->first &&
            !jk_search(campaign, JK_SEARCH_PREMISES, bounds, 0, NULL, &bounds->premises)) {
            return refuse(campaign, bounds->name, "a tool failed");
        }
        if (!read_places(campaign, bounds)) {
            return false;
        }
    }
    return true;
}

/* The same by the explorer. */
static bool explore_model(jk_campaign *campaign)
{
    for (size_t i = 0; i < campaign->bounds_count && jk_explores(campaign); i++) {
        jk_bounds *bounds = &campaign->bounds[i];
        if ((bounds->distinct && !jk_explore(campaign, true, bounds, 0, NULL, &bounds->explored)) ||
            (bounds->first && !jk_explore(campaign, false, bounds, 0, NULL, &bounds->whole))) {
            return refuse(campaign, bounds->name, "no explorer");
        }
        if ((bounds->distinct && (bounds->explored.refused || !bounds->explored.complete)) ||
            (bounds->first && (bounds->whole.refused || !bounds->whole.complete))) {
            return refuse(campaign, bounds->name, "the explorer's search of the model");
        }
    }
    return true;
}

static bool stopped(const jk_campaign *campaign)
{
    return campaign->options->stop != NULL && *campaign->options->stop != 0;
}

/* One process of several: its share of the mutants.  What it finds is in the file of results. */
static void work_share(jk_campaign *campaign, size_t part, size_t parts)
{
    char base[JK_PATH_SIZE];
    (void)snprintf(base, sizeof base, "%s", campaign->work);
    int length = snprintf(campaign->work, sizeof campaign->work, "%.900s-%zu", base, part);
    bool good =
        length > 0 && jk_search_prepare(campaign) == JK_OK && jk_explore_prepare(campaign, false);
    /* In the order of the draw: what is done when it is stopped is a sample, too. */
    qsort(campaign->mutants, campaign->mutant_count, sizeof *campaign->mutants, by_draw);
    for (size_t i = part; good && i < campaign->mutant_count && !stopped(campaign); i += parts) {
        good = jk_mutant_judge(campaign, &campaign->mutants[i]);
    }
    jk_folder_remove(campaign->work);
}

/* Waits for all of them; when all shall stop they are told so. */
static void wait_for(const jk_campaign *campaign, const pid_t *children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int code;
        bool told = false;
        while (children[i] > 0 && waitpid(children[i], &code, WNOHANG) == 0) {
            if (stopped(campaign) && !told) {
                (void)kill(children[i], SIGTERM);
                told = true;
            }
            (void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        }
    }
}

/* Shares of the mutants in processes of their own. */
static void share_out(jk_campaign *campaign)
{
    pid_t children[16] = {0};
    size_t parts = (size_t)campaign->options->jobs;
    if (parts < 2 || campaign->options->known) {
        return;
    }
    for (size_t i = 0; i < parts; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            work_share(campaign, i, parts);
            _exit(0);
        }
    }
    wait_for(campaign, children, parts);
    jk_results_close(campaign->results);
    campaign->results = jk_results_open(campaign->results_path);
}

static bool judge_all(jk_campaign *campaign)
{
    if (jk_search_prepare(campaign) != JK_OK || !jk_explore_prepare(campaign, true)) {
        return refuse(campaign, campaign->work, "cannot be made");
    }
    if (!search_model(campaign) || !explore_model(campaign)) {
        return false;
    }
    share_out(campaign);
    for (size_t i = 0; campaign->results != NULL && i < campaign->mutant_count; i++) {
        jk_mutant_row *mutant = &campaign->mutants[i];
        bool judged = !stopped(campaign) && jk_mutant_judge(campaign, mutant);
        if (!judged && campaign->options->known) {
            mutant->fate = JK_FATE_OPEN;
        } else if (!judged) {
            return refuse(campaign, mutant->name, "stopped, or a tool failed");
        }
    }
    return campaign->results != NULL;
}

/* A tab-separated line a mutant; of what goes over several lines the first one. */
static void list_mutants(const jk_campaign *campaign, FILE *report)
{
    for (size_t i = 0; i < campaign->mutant_count; i++) {
        const jk_mutant_row *row = &campaign->mutants[i];
        const jk_role_file *role = &campaign->roles[row->role];
        const jk_change *one = &role->changes.items[row->change];
        size_t old = strcspn(role->text + one->at, "\n");
        size_t fresh = strcspn(one->text, "\n");
        (void)fprintf(report, "%s\t%.*s\t%.*s\n", row->name,
                      (int)(old < one->length ? old : one->length), role->text + one->at,
                      (int)fresh, one->text);
    }
}

static bool make_work(const jk_strength_options *options, char work[JK_PATH_SIZE])
{
    const char *base = getenv("TMPDIR");
    char path[JK_PATH_SIZE];
    if (options->out != NULL) {
        (void)snprintf(path, sizeof path, "%s", options->out);
        if (!jk_folder_make(path)) {
            return false;
        }
    } else {
        int length = snprintf(path, sizeof path, "%s/juki-strength-XXXXXX",
                              base == NULL || base[0] != '/' ? "/tmp" : base);
        if (length < 0 || (size_t)length >= sizeof path || mkdtemp(path) == NULL) {
            return false;
        }
    }
    char *real = realpath(path, NULL);
    int length = real == NULL ? -1 : snprintf(work, JK_PATH_SIZE, "%s", real);
    free(real);
    return length > 0 && length < JK_PATH_SIZE;
}

static jk_verify_exit run_one(jk_campaign *campaign, const char *protocol, const char *work,
                              FILE *report)
{
    if (!read_campaign(campaign, protocol) || !jk_path_join(campaign->work, work, protocol)) {
        (void)fprintf(report, "strength: %s: TOOL ERROR\n", campaign->fault.text);
        return JK_VERIFY_TOOL;
    }
    if (campaign->mutant_count == 0) {
        return JK_VERIFY_USAGE;
    }
    if (campaign->options->list) {
        list_mutants(campaign, report);
        return JK_VERIFY_HOLDS;
    }
    const char *results = campaign->options->results;
    if (results == NULL && !jk_path_join(campaign->results_path, work, "results.txt")) {
        return JK_VERIFY_TOOL;
    }
    if (results != NULL) {
        (void)snprintf(campaign->results_path, sizeof campaign->results_path, "%s", results);
    }
    campaign->results = jk_results_open(campaign->results_path);
    if (campaign->results == NULL || !judge_all(campaign)) {
        (void)fprintf(report, "strength: %s: INCOMPLETE\n", campaign->fault.text);
        return JK_VERIFY_INCOMPLETE;
    }
    return jk_strength_print(campaign, report);
}

#define PROTOCOLS_MAX 8

/* Folders of spec/ with a strength.tsv. */
static size_t list_protocols(const jk_strength_options *options, char names[PROTOCOLS_MAX][64])
{
    char spec[JK_PATH_SIZE];
    struct dirent **entries;
    size_t found = 0;
    int count =
        jk_path_join(spec, options->root, "spec") ? scandir(spec, &entries, NULL, alphasort) : -1;
    for (int i = 0; i < count; i++) {
        char folder[JK_PATH_SIZE];
        char path[JK_PATH_SIZE];
        bool wanted = options->protocol == NULL
                          ? entries[i]->d_name[0] != '.'
                          : strcmp(options->protocol, entries[i]->d_name) == 0;
        if (wanted && found < PROTOCOLS_MAX && strlen(entries[i]->d_name) < 64 &&
            jk_path_join(folder, spec, entries[i]->d_name) &&
            jk_path_join(path, folder, "strength.tsv") && access(path, R_OK) == 0) {
            (void)snprintf(names[found], sizeof names[found], "%.63s", entries[i]->d_name);
            found++;
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return found;
}

/* The worst of two: violated, tool error, incomplete, usage, holds. */
static jk_verify_exit worse(jk_verify_exit one, jk_verify_exit other)
{
    static const jk_verify_exit order[] = {JK_VERIFY_VIOLATED, JK_VERIFY_TOOL, JK_VERIFY_INCOMPLETE,
                                           JK_VERIFY_HOLDS};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (one == order[i] || other == order[i]) {
            return order[i];
        }
    }
    return JK_VERIFY_USAGE;
}

static jk_verify_exit run_all(const jk_strength_options *options, const char *work, FILE *report)
{
    char names[PROTOCOLS_MAX][64];
    jk_campaign *campaigns[PROTOCOLS_MAX] = {NULL};
    size_t count = list_protocols(options, names);
    jk_verify_exit code = JK_VERIFY_USAGE;
    for (size_t i = 0; i < count; i++) {
        campaigns[i] = calloc(1, sizeof *campaigns[i]);
        if (campaigns[i] == NULL) {
            count = i;
            code = JK_VERIFY_TOOL;
            break;
        }
        campaigns[i]->options = options;
        code = worse(code, run_one(campaigns[i], names[i], work, report));
    }
    if (options->json != NULL && (code == JK_VERIFY_HOLDS || code == JK_VERIFY_VIOLATED) &&
        !jk_strength_json((const jk_campaign *const *)campaigns, count, options->json)) {
        code = JK_VERIFY_TOOL;
    }
    if (code == JK_VERIFY_USAGE) {
        (void)fprintf(report, "strength: there is no such mutant\n");
    }
    for (size_t i = 0; i < count; i++) {
        close_campaign(campaigns[i]);
        free(campaigns[i]);
    }
    return code;
}

jk_verify_exit jk_strength_run(const jk_strength_options *options, FILE *report)
{
    char work[JK_PATH_SIZE];
    if (options->jobs < 1 || options->jobs > 16 || options->count < 0 || options->seed < 0) {
        (void)fprintf(report, "strength: a number is out of range\n");
        return JK_VERIFY_USAGE;
    }
    if (!make_work(options, work)) {
        (void)fprintf(report, "strength: the work folder cannot be made\n");
        return JK_VERIFY_TOOL;
    }
    jk_verify_exit code = run_all(options, work, report);
    if (options->out == NULL) {
        jk_folder_remove(work);
    }
    return code;
}
