/* SPDX-License-Identifier: Apache-2.0 */
/* Two graphs beside each other.  Both begin in the same state; so where they part there is a state
 * that both have, with an edge that only one has. */
#define _POSIX_C_SOURCE 200809L
#include "compare.h"

#include "pack.h"
#include "path.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct jk_targets {
    jk_hash *list;
    uint8_t *states; /* of the explorer's: beside each hash its bytes */
    int32_t (*sums)[JK_SUMS];
    size_t count;
} jk_targets;

typedef struct jk_comparison {
    const jk_explore_model *model;
    jk_spin_edge *edges; /* SPIN's, by source */
    size_t count;
    FILE *states;
    const char *bounds, *paths;
    FILE *out;
    int found;
} jk_comparison;

static int by_source(const void *a, const void *b)
{
    const jk_spin_edge *one = a;
    const jk_spin_edge *other = b;
    int source = memcmp(one->source, other->source, 16);
    int target = memcmp(one->target, other->target, 16);
    return source != 0   ? source
           : target != 0 ? target
                         : memcmp(one->sum, other->sum, sizeof(one->sum));
}

static bool read_edges(jk_comparison *c, const char *file)
{
    char states[4096];
    int length = snprintf(states, sizeof(states), "%s.states", file);
    FILE *in = fopen(file, "rb");
    c->states = length > 0 && (size_t)length < sizeof(states) ? fopen(states, "rb") : NULL;
    if (in == NULL || c->states == NULL || fseek(in, 0, SEEK_END) != 0) {
        return false;
    }
    long size = ftell(in);
    c->count = size < 0 ? 0 : (size_t)size / sizeof(*c->edges);
    c->edges = malloc((c->count + 1) * sizeof(*c->edges));
    bool ok = c->edges != NULL && fseek(in, 0, SEEK_SET) == 0 &&
              fread(c->edges, sizeof(*c->edges), c->count, in) == c->count;
    (void)fclose(in);
    if (ok && c->count > 0) {
        qsort(c->edges, c->count, sizeof(*c->edges), by_source);
    }
    return ok;
}

/* The first of SPIN's edges out of the state. */
static size_t first_edge(const jk_comparison *c, jk_hash source)
{
    size_t low = 0;
    size_t high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(c->edges[middle].source, source.byte, 16) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool collect(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                    const uint8_t *next)
{
    jk_targets *t = of;
    uint8_t packed[JK_PACKED_MAX(JK_STATE_MAX)];
    (void)actor;
    (void)variant;
    if (result == JK_STEP_TAKEN && t->count < 4096) {
        size_t size = jk_model.size;
        t->list[t->count] = jk_hash_of(packed, jk_pack(next, size, packed));
        memcpy(t->states + t->count * size, next, size);
        memcpy(t->sums[t->count], w->sum, sizeof(w->sum));
        t->count++;
    }
    return true;
}

static void write_way(jk_comparison *c, const jk_search *search, uint32_t number,
                      const jk_step_to *then, const char *verdict)
{
    char path[4096];
    jk_path_about about = {c->bounds, "", verdict, then};
    if (c->paths == NULL) {
        return;
    }
    int length = snprintf(path, sizeof(path), "%s/difference_%d.events", c->paths, c->found);
    FILE *out = length > 0 && (size_t)length < sizeof(path) ? fopen(path, "w") : NULL;
    if (out != NULL) {
        (void)jk_path_write(search, number, &about, out);
        (void)fclose(out);
    }
}

static uint32_t depth_of(const jk_search *search, uint32_t number)
{
    uint32_t depth = 0;
    for (; search->parent[number] != JK_NO_STATE; number = search->parent[number]) {
        depth++;
    }
    return depth;
}

/* SPIN's next state against the C's that is nearest to it. */
static void show_spin(jk_comparison *c, const jk_targets *mine, const jk_spin_edge *edge)
{
    uint8_t state[JK_STATE_MAX];
    size_t size = c->model->size;
    size_t best = 0;
    size_t least = SIZE_MAX;
    if (fseek(c->states, (long)edge->offset, SEEK_SET) != 0 ||
        fread(state, 1, size, c->states) != size) {
        return;
    }
    for (size_t i = 0; i < mine->count; i++) {
        size_t different = 0;
        for (size_t k = 0; k < size; k++) {
            different += mine->states[i * size + k] != state[k];
        }
        if (different < least) {
            least = different;
            best = i;
        }
    }
    if (mine->count > 0 && least == 0) {
        (void)fprintf(c->out, "  the C comes to that state, too, but hears or does something else "
                              "on its way\n");
    } else if (mine->count > 0) {
        (void)fprintf(c->out, "  the C's nearest next state, and SPIN's:\n");
        jk_path_differ(c->model, mine->states + best * size, state, c->out);
    }
}

static bool same_edge(const jk_spin_edge *edge, const jk_targets *mine, size_t i)
{
    return memcmp(edge->target, mine->list[i].byte, 16) == 0 &&
           memcmp(edge->sum, mine->sums[i], sizeof(edge->sum)) == 0;
}

/* The edges of one state, each multiset against the other. */
static void compare_state(jk_comparison *c, const jk_search *search, uint32_t number,
                          const jk_targets *mine)
{
    jk_hash source = jk_search_hash(search, number);
    size_t from = first_edge(c, source);
    size_t to = from;
    while (to < c->count && memcmp(c->edges[to].source, source.byte, 16) == 0) {
        to++;
    }
    bool used[4096] = {false};
    for (size_t i = 0; i < mine->count && c->found < JK_DIFFERENCES_MAX; i++) {
        size_t k = from;
        while (k < to && k - from < 4096 && (used[k - from] || !same_edge(&c->edges[k], mine, i))) {
            k++;
        }
        if (k < to && k - from < 4096) {
            used[k - from] = true;
            continue;
        }
        c->found++;
        (void)fprintf(c->out,
                      "difference %d: after %" PRIu32 " steps the C takes one that SPIN's "
                      "model does not\n",
                      c->found, depth_of(search, number));
        jk_step_to then = {mine->list[i], mine->sums[i]};
        write_way(c, search, number, &then, "the last step is the C's, not the model's");
    }
    for (size_t k = from; k < to && k - from < 4096 && c->found < JK_DIFFERENCES_MAX; k++) {
        if (used[k - from]) {
            continue;
        }
        c->found++;
        (void)fprintf(c->out,
                      "difference %d: after %" PRIu32 " steps SPIN's model takes one that "
                      "the C does not\n",
                      c->found, depth_of(search, number));
        show_spin(c, mine, &c->edges[k]);
        write_way(c, search, number, NULL, "what comes next in the model the C does not do");
    }
}

int jk_compare(const jk_explore_model *model, const char *file, const char *bounds,
               const char *paths, FILE *out)
{
    jk_comparison c = {.model = model, .bounds = bounds, .paths = paths, .out = out};
    jk_search_options options = {.states_max = UINT32_MAX - 1, .memory_max = UINT64_MAX};
    jk_search search;
    jk_targets mine = {malloc(4096 * sizeof(*mine.list)), malloc(4096 * model->size),
                       malloc(4096 * sizeof(*mine.sums)), 0};
    uint8_t state[JK_STATE_MAX];
    jk_search_end end = jk_search_run(&search, model, &options);
    bool ok = end != JK_SEARCH_MEMORY && mine.list != NULL && mine.states != NULL &&
              mine.sums != NULL && read_edges(&c, file);
    for (uint32_t i = 0; ok && i < search.states && c.found < JK_DIFFERENCES_MAX; i++) {
        mine.count = 0;
        jk_search_state(&search, i, state);
        (void)jk_search_edges(model, state, NULL, collect, &mine);
        compare_state(&c, &search, i, &mine);
    }
    (void)fprintf(out, "differences %d\n", c.found);
    jk_search_close(&search);
    if (c.states != NULL) {
        (void)fclose(c.states);
    }
    free(c.edges);
    free(mine.list);
    free(mine.states);
    free(mine.sums);
    return !ok ? 4 : c.found > 0 ? 5 : 0;
}
