/* SPDX-License-Identifier: Apache-2.0 */
/* Results of earlier calls: what may be kept of a run, and whether it may be used again. */
#define _POSIX_C_SOURCE 200809L
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "entry.h"

static void complain(jk_plan *plan, const char *name, const char *why)
{
    if (plan->cache_faults == 0) {
        (void)snprintf(plan->cache_fault, sizeof plan->cache_fault, "%.80s %s", name, why);
    }
    plan->cache_faults++;
}

static bool name_folder(const jk_plan *plan, jk_run *run, const char *key)
{
    char folder[JK_PATH_SIZE];
    return jk_path_join(folder, plan->work, "cached") && jk_folder_make(folder) &&
           jk_path_join(run->folder, folder, key);
}

static bool is_complete(const jk_run *run)
{
    return run->verdict == JK_VERDICT_HOLDS || run->verdict == JK_VERDICT_VIOLATED;
}

static bool has_events(const jk_run *run)
{
    char path[JK_PATH_SIZE];
    FILE *file = jk_path_join(path, run->folder, "run.events") ? fopen(path, "rb") : NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return file != NULL;
}

/* Of a run whose entry cannot be used nothing is left. */
static bool give_up(jk_run *run, const jk_run *before)
{
    jk_folder_remove(run->folder);
    *run = *before;
    return false;
}

/* An entry without the log of its events is no help where a chart is wanted. */
static bool take(jk_plan *plan, jk_run *run)
{
    char key[JK_CACHE_KEY_SIZE];
    const jk_run before = *run;
    if (!jk_cache_key(plan, run, key) || !name_folder(plan, run, key)) {
        *run = before;
        return false;
    }
    jk_entry entry = jk_entry_take(plan->options->cache, key, run->folder, &run->used_ms);
    if (entry == JK_ENTRY_NONE) {
        *run = before;
        return false;
    }
    bool whole = entry == JK_ENTRY_TAKEN;
    if (whole) {
        run->fallback = JK_NO_BUILD;
        jk_run_judge(plan, run, false, 0);
        whole = run->output.finished;
    }
    if (!whole || run->outcome <= JK_OUTCOME_RUNNING || run->outcome == JK_OUTCOME_TOOL) {
        complain(plan, key, "is damaged and was not used");
        return give_up(run, &before);
    }
    run->cached = true;
    return !jk_run_has_chart(plan, run) || has_events(run) ? true : give_up(run, &before);
}

bool jk_cache_take(jk_plan *plan, jk_run *run)
{
    if (plan->options->cache == NULL) {
        return false;
    }
    if (take(plan, run)) {
        return true;
    }
    if (run->fallback == JK_NO_BUILD) {
        return false;
    }
    /* What the breadth-first search did not find: then the other one's result counts. */
    const jk_run before = *run;
    run->build = run->fallback;
    run->fallback = JK_NO_BUILD;
    run->shortest_failed = true;
    if (take(plan, run)) {
        return true;
    }
    *run = before;
    return false;
}

void jk_cache_keep(jk_plan *plan, const jk_run *run)
{
    char key[JK_CACHE_KEY_SIZE];
    char trail[JK_PATH_SIZE];
    const char *cache = plan->options->cache;
    if (cache == NULL || run->cached || run->outcome != JK_OUTCOME_GOOD || !is_complete(run) ||
        !jk_cache_key(plan, run, key)) {
        return;
    }
    jk_entry_source source = {.folder = run->folder,
                              .used_ms = run->used_ms,
                              .names = {"pan.txt", "run.events"},
                              .count = 2};
    if (jk_trail_name(run->folder, trail, sizeof trail)) {
        source.names[source.count++] = trail;
    }
    if (!jk_entry_keep(cache, key, &source)) {
        complain(plan, cache, "cannot be written");
    }
}
