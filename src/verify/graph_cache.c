/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs of earlier calls: what SPIN's search and the explorer said of one that was the same. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "digest.h"
#include "entry.h"

#define COMPARISON "juki verify graphs 1" /* of identity_row.c: what it takes for the same */

static void field(jk_digest *digest, const char *text)
{
    jk_digest_field(digest, text, strlen(text));
}

/* What jkgen makes of the check lies in the graph's folder already. */
static bool key_of(const jk_identity_options *options, const jk_graph *graph,
                   char key[JK_CACHE_KEY_SIZE])
{
    char spec[JK_PATH_SIZE];
    char folder[JK_PATH_SIZE];
    char machines[JK_PATH_SIZE];
    char explorer[JK_PATH_SIZE];
    char headers[JK_PATH_SIZE];
    jk_digest digest;
    const jk_tools *tools = options->tools;
    if (tools == NULL || tools->spin[0] == '\0' || tools->tcc[0] == '\0' ||
        tools->clang[0] == '\0' || !jk_path_join(spec, options->root, "spec") ||
        !jk_path_join(folder, spec, graph->protocol) ||
        !jk_path_join(machines, options->root, "gen/machines") ||
        !jk_path_join(explorer, options->root, "src/verify/explore") ||
        !jk_path_join(headers, options->root, "src/include/juki")) {
        return false;
    }
    jk_digest_begin(&digest);
    field(&digest, COMPARISON);
    field(&digest, tools->spin);
    field(&digest, tools->tcc);
    field(&digest, tools->clang);
    field(&digest, sodium_version_string());
    field(&digest, graph->tier); /* it chooses the compiler */
    field(&digest, graph->defines);
    if (!jk_digest_model(&digest, folder, graph->file) ||
        !jk_digest_folder(&digest, graph->folder, "", NULL) ||
        !jk_digest_folder(&digest, options->machines == NULL ? machines : options->machines, "",
                          NULL) ||
        !jk_digest_folder(&digest, explorer, "", NULL) ||
        !jk_digest_folder(&digest, headers, "", NULL)) {
        return false;
    }
    jk_digest_end(&digest, key);
    return true;
}

static char *read_times(const jk_graph *graph)
{
    char path[JK_PATH_SIZE];
    size_t size;
    return jk_path_join(path, graph->folder, "times.txt") ? jk_file_read(path, &size) : NULL;
}

bool jk_graph_cache_take(const jk_identity_options *options, jk_graph *graph)
{
    const jk_graph before = *graph;
    int64_t used_ms = 0;
    if (!key_of(options, graph, graph->key)) {
        graph->key[0] = '\0';
        return true;
    }
    jk_entry entry = jk_entry_take(options->cache, graph->key, graph->folder, &used_ms);
    if (entry == JK_ENTRY_NONE) {
        return true;
    }
    char *times = entry == JK_ENTRY_TAKEN ? read_times(graph) : NULL;
    bool good = times != NULL && jk_graph_take(graph) &&
                sscanf(times, "%lf %lf", &graph->spin.seconds, &graph->c.seconds) == 2;
    free(times);
    if (!good) {
        char key[JK_CACHE_KEY_SIZE];
        memcpy(key, graph->key, sizeof key);
        *graph = before;
        memcpy(graph->key, key, sizeof key);
        return false;
    }
    graph->used_ms = used_ms;
    graph->cached = true;
    return true;
}

bool jk_graph_cache_keep(const jk_identity_options *options, const jk_graph *graph)
{
    char path[JK_PATH_SIZE];
    char times[64];
    if (graph->cached || graph->key[0] == '\0') {
        return true;
    }
    const jk_entry_source source = {.folder = graph->folder,
                                    .used_ms = graph->used_ms,
                                    .names = {"explore.txt", "search.txt", "times.txt"},
                                    .count = 3};
    int length =
        snprintf(times, sizeof times, "%.3f %.3f\n", graph->spin.seconds, graph->c.seconds);
    return length > 0 && jk_path_join(path, graph->folder, "times.txt") &&
           jk_file_write(path, times, (size_t)length) == JK_OK &&
           jk_entry_keep(options->cache, graph->key, &source);
}
