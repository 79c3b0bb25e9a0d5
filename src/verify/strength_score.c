/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of one mutant: first the named properties, then assertions and deadlock, then the
 * graph. */
#include <stdlib.h>
#include <string.h>

#include "strength_work.h"

bool jk_is_promise(const jk_campaign *campaign, const char *name, size_t length)
{
    for (size_t i = 0; i < campaign->promises.count; i++) {
        const char *promise = campaign->promises.items[i];
        if (strlen(promise) == length && strncmp(promise, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds the names of one list that are not in the other: of witnesses, or of promises. */
static void add_missing(const jk_campaign *campaign, const char *list, const char *other,
                        bool promises, char *names)
{
    char name[120];
    size_t used = strlen(names);
    for (const char *at = list; *at != '\0';) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        int size = snprintf(name, sizeof name, " %.*s ", (int)length, at);
        if (length > 0 && promises != jk_is_promise(campaign, at, length)) {
            at += length;
            continue;
        }
        if (length > 0 && size > 0 && (size_t)size < sizeof name && strstr(other, name) == NULL &&
            strstr(names, name) == NULL && used + length + 3 < JK_NAMES_SIZE) {
            used += (size_t)snprintf(names + used, JK_NAMES_SIZE - used, "%s%.*s ",
                                     used == 0 ? " " : "", (int)length, at);
        }
        at += length;
    }
}

/* What a search of a mutant tells: promises broken that hold in the model; and, if it saw all
 * states, what can happen in the model and cannot here.  A promise that the model breaks is not
 * made in these bounds, and what can happen in the mutant only breaks none: both tell nothing. */
static void differences(const jk_campaign *campaign, const jk_found *model, const jk_found *mutant,
                        char *names)
{
    add_missing(campaign, mutant->names, model->names, true, names);
    if (mutant->complete) {
        add_missing(campaign, model->names, mutant->names, false, names);
    }
}

/* The number of the place that a change belongs to; JK_NOWHERE if it has none. */
static size_t site_of(const jk_role_file *role, const jk_change *change)
{
    for (size_t i = 0; i < role->site_count; i++) {
        if (role->sites[i] == change->site) {
            return role->first_site + i;
        }
    }
    return JK_NOWHERE;
}

/* Where the place is never reached the mutant is the model. */
static bool reached(const jk_bounds *bounds, size_t site)
{
    return site == JK_NOWHERE || bounds->reached == NULL || bounds->reached[site];
}

/* A message that cannot come is dropped in a search for named properties; so both have one text,
 * and one result. */
static char *named_text(const jk_role_file *role, const jk_change *change)
{
    static const char bad[] = "IMPOSSIBLE";
    jk_change as_drop = *change;
    char text[2000];
    if (strncmp(change->text, bad, sizeof bad - 1) == 0) {
        (void)snprintf(text, sizeof text, "JP_CLEAR%s", change->text + sizeof bad - 1);
        as_drop.text = text;
    }
    return jk_change_apply(role->text, &as_drop);
}

typedef struct judged {
    jk_campaign *campaign;
    jk_mutant_row *mutant;
    const char *named; /* texts of the role */
    const char *text;
    size_t site;
    bool same;  /* so far as many states and transitions as the model, everywhere */
    bool whole; /* every search saw all states */
} judged;

bool jk_is_redundant(const jk_campaign *campaign, const char *name, size_t length)
{
    const jk_table *table = &campaign->redundant;
    for (size_t i = 0; i < table->row_count; i++) {
        const char *property = jk_table_cell(table, i, JK_REDUNDANT_PROPERTY);
        if (strcmp(jk_table_cell(table, i, JK_REDUNDANT_PROTOCOL), campaign->protocol) == 0 &&
            strlen(property) == length && strncmp(property, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* Two properties that are broken and not redundant: enough to know that neither is broken alone. */
static bool two_are_broken(const jk_campaign *campaign, const char *names)
{
    size_t count = 0;
    for (const char *at = names; *at != '\0';) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        count += length > 0 && jk_is_promise(campaign, at, length) &&
                         !jk_is_redundant(campaign, at, length)
                     ? 1
                     : 0;
        at += length;
    }
    return count > 1;
}

/* The first bounds that tell something are named.  The others are searched too, until two
 * properties are broken: so what breaks a property alone does so in all bounds. */
static bool stop_here(const judged *all)
{
    return all->mutant->fate == JK_FATE_REFUSED || all->mutant->fate == JK_FATE_UNREACHED ||
           (!all->campaign->options->everywhere && two_are_broken(all->campaign, all->mutant->by));
}

static bool by_names(judged *all)
{
    jk_campaign *campaign = all->campaign;
    jk_mutant_row *mutant = all->mutant;
    jk_found found;
    for (size_t i = 0; i < campaign->bounds_count && !stop_here(all); i++) {
        const jk_bounds *bounds = &campaign->bounds[i];
        if (!reached(bounds, all->site)) {
            continue;
        }
        if (!jk_search(campaign, bounds->kind, bounds, mutant->role, all->named, &found)) {
            return false;
        }
        bool new_kill = mutant->fate == JK_FATE_OPEN;
        if (found.refused) {
            mutant->fate = JK_FATE_REFUSED;
            continue;
        }
        differences(campaign, &bounds->found, &found, mutant->by);
        if (mutant->by[0] != '\0' && new_kill) {
            mutant->fate = JK_FATE_NAMED;
            mutant->bounds = bounds->name;
        }
        all->whole = all->whole && found.complete;
        all->same = all->same && found.states == bounds->found.states &&
                    found.transitions == bounds->found.transitions;
    }
    return true;
}

static bool by_assertions(judged *all)
{
    jk_campaign *campaign = all->campaign;
    jk_found found;
    for (size_t i = 0; i < campaign->bounds_count && all->mutant->fate == JK_FATE_OPEN; i++) {
        const jk_bounds *bounds = &campaign->bounds[i];
        if (!bounds->first || !bounds->plain.complete || !reached(bounds, all->site)) {
            continue;
        }
        if (!jk_search(campaign, JK_SEARCH_PLAIN, bounds, all->mutant->role, all->text, &found)) {
            return false;
        }
        if (found.refused) {
            all->mutant->fate = JK_FATE_REFUSED;
        } else if (found.names[0] != '\0') {
            all->mutant->fate = JK_FATE_KILLED;
            all->mutant->bounds = bounds->name;
            (void)snprintf(all->mutant->by, sizeof all->mutant->by, "%s", found.names);
        }
        all->whole = all->whole && found.complete;
    }
    return true;
}

#define PADS_MAX 8

/* The text with so many steps more that do nothing, at one place: where a mutant has fewer steps
 * than the model the numbers of its control points would differ, not its graph. */
static char *padded(const char *text, size_t at, size_t count)
{
    static const char pad[] = "skip; ";
    char pads[PADS_MAX * sizeof pad] = "";
    for (size_t i = 0; i < count; i++) {
        memcpy(pads + i * (sizeof pad - 1), pad, sizeof pad);
    }
    jk_change change = {.at = at, .text = pads};
    return jk_change_apply(text, &change);
}

/* Has the mutant, or the model, with some steps more the other one's graph.  *equal is false if
 * not; false if nothing can be said. */
static bool same_graph(judged *all, const jk_bounds *bounds, bool *equal)
{
    jk_campaign *campaign = all->campaign;
    size_t role = all->mutant->role;
    const jk_role_file *file = &campaign->roles[role];
    const jk_change *change = &file->changes.items[all->mutant->change];
    size_t pads = change->site == JK_NOWHERE ? 0 : PADS_MAX;
    jk_found model;
    jk_found mutant;
    *equal = false;
    if (!jk_search(campaign, JK_SEARCH_GRAPH, bounds, role, NULL, &model) ||
        !jk_search(campaign, JK_SEARCH_GRAPH, bounds, role, all->text, &mutant)) {
        return false;
    }
    if (model.states != mutant.states || model.transitions != mutant.transitions) {
        return true;
    }
    *equal = strcmp(model.names, mutant.names) == 0;
    for (size_t i = 1; i <= pads && !*equal; i++) {
        char *longer_mutant = padded(all->text, change->site, i);
        char *longer_model = padded(file->text, change->site, i);
        jk_found one;
        jk_found other;
        bool good = longer_mutant != NULL && longer_model != NULL &&
                    jk_search(campaign, JK_SEARCH_GRAPH, bounds, role, longer_mutant, &one) &&
                    jk_search(campaign, JK_SEARCH_GRAPH, bounds, role, longer_model, &other);
        free(longer_mutant);
        free(longer_model);
        if (!good) {
            return false;
        }
        *equal = strcmp(one.names, model.names) == 0 || strcmp(other.names, mutant.names) == 0;
    }
    return true;
}

static bool by_graph(judged *all)
{
    const jk_campaign *campaign = all->campaign;
    bool equal = all->same && all->whole;
    for (size_t i = 0; i < campaign->bounds_count && equal; i++) {
        const jk_bounds *bounds = &campaign->bounds[i];
        if (bounds->first && reached(bounds, all->site) && !same_graph(all, bounds, &equal)) {
            return false;
        }
    }
    all->mutant->fate = equal ? JK_FATE_EQUIVALENT : JK_FATE_SURVIVED;
    return true;
}

static bool explore_names(judged *all)
{
    jk_campaign *campaign = all->campaign;
    jk_mutant_row *mutant = all->mutant;
    jk_found found;
    for (size_t i = 0; i < campaign->bounds_count && !mutant->by_spin && !stop_here(all); i++) {
        const jk_bounds *bounds = &campaign->bounds[i];
        if (!bounds->distinct || !reached(bounds, all->site)) {
            continue;
        }
        if (!jk_explore(campaign, true, bounds, mutant->role, all->text, &found)) {
            return false;
        }
        mutant->by_spin = found.refused;
        differences(campaign, &bounds->explored, &found, mutant->by);
        if (mutant->by[0] != '\0' && mutant->fate == JK_FATE_OPEN) {
            mutant->fate = JK_FATE_NAMED;
            mutant->bounds = bounds->name;
        }
    }
    return true;
}

/* Assertions and deadlock, and the whole graph, of who broke no property. */
static bool explore_graph(judged *all)
{
    jk_campaign *campaign = all->campaign;
    jk_mutant_row *mutant = all->mutant;
    bool equal = true;
    jk_found found;
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        const jk_bounds *bounds = &campaign->bounds[i];
        if (!bounds->first || !reached(bounds, all->site)) {
            continue;
        }
        if (!jk_explore(campaign, false, bounds, mutant->role, all->text, &found)) {
            return false;
        }
        mutant->by_spin = mutant->by_spin || found.refused;
        bool assertion = strstr(found.names, " assertion ") != NULL;
        bool deadlock = strstr(found.names, " deadlock ") != NULL &&
                        strstr(bounds->whole.names, " deadlock ") == NULL;
        if (assertion || deadlock) {
            mutant->fate = JK_FATE_KILLED;
            mutant->bounds = bounds->name;
            (void)snprintf(mutant->by, sizeof mutant->by, assertion ? " assertion " : " deadlock ");
            return true;
        }
        equal = equal && found.complete && found.states == bounds->whole.states &&
                found.transitions == bounds->whole.transitions &&
                strcmp(found.names, bounds->whole.names) == 0;
    }
    mutant->fate = equal ? JK_FATE_EQUIVALENT : JK_FATE_SURVIVED;
    return true;
}

/* Sets by_spin if it takes SPIN to tell; nothing else is told then. */
static bool by_explorer(judged *all)
{
    jk_mutant_row *mutant = all->mutant;
    bool good = explore_names(all) &&
                (mutant->fate != JK_FATE_OPEN || mutant->by_spin || explore_graph(all));
    if (mutant->by_spin) {
        mutant->fate = JK_FATE_OPEN;
        mutant->by[0] = '\0';
    }
    return good;
}

bool jk_mutant_judge(jk_campaign *campaign, jk_mutant_row *mutant)
{
    const jk_role_file *role = &campaign->roles[mutant->role];
    const jk_change *change = &role->changes.items[mutant->change];
    char *text = jk_change_apply(role->text, change);
    char *named = named_text(role, change);
    judged all = {.campaign = campaign,
                  .mutant = mutant,
                  .named = named,
                  .text = text,
                  .site = site_of(role, change),
                  .same = true,
                  .whole = true};
    bool anywhere = false;
    for (size_t i = 0; i < campaign->bounds_count; i++) {
        anywhere = anywhere || reached(&campaign->bounds[i], all.site);
    }
    mutant->fate = anywhere ? JK_FATE_OPEN : JK_FATE_UNREACHED;
    mutant->by[0] = '\0';
    mutant->by_spin = !jk_explores(campaign);
    bool good = text != NULL && named != NULL;
    if (good && mutant->fate == JK_FATE_OPEN && !mutant->by_spin) {
        good = by_explorer(&all);
    }
    if (good && mutant->by_spin) {
        good = by_names(&all);
    }
    if (good && mutant->by_spin && mutant->fate == JK_FATE_OPEN) {
        good = by_assertions(&all);
    }
    if (good && mutant->by_spin && mutant->fate == JK_FATE_OPEN) {
        good = by_graph(&all);
    }
    free(text);
    free(named);
    return good;
}
