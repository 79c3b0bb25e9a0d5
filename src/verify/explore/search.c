/* SPDX-License-Identifier: Apache-2.0 */
/* The search: each state is taken once, in the order of finding, and every step of every process is
 * tried in it with every answer to every choice. */
#define _POSIX_C_SOURCE 200809L
#include "search.h"

#include "pack.h"

#include <stdlib.h>
#include <time.h>

/* The next list of answers; false when all were given. */
static bool next_answers(jk_world *w)
{
    w->count = w->at;
    while (w->count > 0) {
        if (++w->choice[w->count - 1] < w->options[w->count - 1]) {
            return true;
        }
        w->count--;
    }
    return false;
}

uint64_t jk_search_edges(const jk_explore_model *model, const uint8_t *state,
                         const jk_listener *listener, jk_edge_each *each, void *of)
{
    uint8_t next[JK_STATE_MAX];
    uint64_t edges = 0;
    const char *name = NULL;
    unsigned instance = 0;
    jk_world w = {.listener = listener};
    memcpy(next, state, model->size);
    for (int pass = 0; pass < 2 && edges == 0; pass++) {
        w.timeout = pass == 1;
        for (unsigned actor = 0; actor < model->actors; actor++) {
            unsigned variants = model->variants(actor, &name, &instance);
            for (unsigned variant = 0; variant < variants; variant++) {
                w.count = 0;
                do {
                    w.at = 0;
                    w.violation = NULL;
                    memset(w.sum, 0, sizeof(w.sum));
                    w.refused = false;
                    jk_step result = (jk_step)model->step(&w, next, actor, variant);
                    result = w.violation != NULL ? JK_STEP_VIOLATED : result;
                    if (result == JK_STEP_NONE) {
                        continue; /* and nothing is changed */
                    }
                    edges++;
                    if (!each(of, &w, actor, variant, result, next)) {
                        return edges;
                    }
                    memcpy(next, state, model->size);
                } while (next_answers(&w));
            }
        }
    }
    return edges;
}

void jk_search_state(const jk_search *search, uint32_t number, uint8_t *state)
{
    jk_unpack(search->bytes + search->offset[number], search->model->size, state);
}

jk_hash jk_search_hash(const jk_search *search, uint32_t number)
{
    const uint8_t *packed = search->bytes + search->offset[number];
    return jk_hash_of(packed, jk_packed_size(packed, search->model->size));
}

uint64_t jk_search_bytes(const jk_search *search)
{
    return search->bytes_used +
           (uint64_t)search->states * (sizeof(*search->offset) + sizeof(*search->parent)) +
           (search->table_mask + 1) * sizeof(*search->table);
}

static bool grow_states(jk_search *search)
{
    uint32_t room = search->states_room == 0 ? 65536 : search->states_room * 2;
    if (search->options.keep_edges) {
        uint64_t *edges_of = realloc(search->edges_of, ((size_t)room + 1) * sizeof(*edges_of));
        if (edges_of == NULL) {
            return false;
        }
        search->edges_of = edges_of;
    }
    uint64_t *offset = realloc(search->offset, room * sizeof(*offset));
    search->offset = offset != NULL ? offset : search->offset;
    uint32_t *parent = realloc(search->parent, room * sizeof(*parent));
    search->parent = parent != NULL ? parent : search->parent;
    search->states_room = offset != NULL && parent != NULL ? room : search->states_room;
    return offset != NULL && parent != NULL;
}

static uint64_t first_word(jk_hash hash)
{
    uint64_t word = 0;
    memcpy(&word, hash.byte, sizeof(word));
    return word;
}

static bool grow_table(jk_search *search)
{
    uint64_t mask = search->table_mask == 0 ? (1U << 17) - 1 : search->table_mask * 2 + 1;
    uint64_t *table = calloc(mask + 1, sizeof(*table));
    if (table == NULL) {
        return false;
    }
    free(search->table);
    for (uint32_t i = 0; i < search->states; i++) {
        uint64_t word = first_word(jk_search_hash(search, i));
        uint64_t at = word & mask;
        while (table[at] != 0) {
            at = (at + 1) & mask;
        }
        table[at] = (word & 0xffffffff00000000U) | (i + 1);
    }
    search->table = table;
    search->table_mask = mask;
    return true;
}

static bool make_room(jk_search *search, size_t size)
{
    if (search->states == search->states_room && !grow_states(search)) {
        return false;
    }
    if ((uint64_t)search->states * 4 >= search->table_mask * 3 && !grow_table(search)) {
        return false;
    }
    if (search->bytes_used + size > search->bytes_room) {
        uint64_t room = search->bytes_room == 0 ? 1U << 22 : search->bytes_room * 2;
        uint8_t *bytes = realloc(search->bytes, room);
        if (bytes == NULL) {
            return false;
        }
        search->bytes = bytes;
        search->bytes_room = room;
    }
    return true;
}

/* Where the state stands in the table: its place, or the empty one that is its own. */
static uint64_t find(const jk_search *search, uint64_t word, const uint8_t *packed, size_t size)
{
    uint64_t at = word & search->table_mask;
    for (; search->table[at] != 0; at = (at + 1) & search->table_mask) {
        if ((search->table[at] ^ word) >> 32 != 0) {
            continue;
        }
        uint32_t number = (uint32_t)search->table[at] - 1;
        const uint8_t *other = search->bytes + search->offset[number];
        uint64_t end =
            number + 1 < search->states ? search->offset[number + 1] : search->bytes_used;
        if (end - search->offset[number] == size && memcmp(other, packed, size) == 0) {
            break;
        }
    }
    return at;
}

typedef struct jk_taking {
    jk_search *search;
    uint32_t from;
    jk_hash from_hash;
    const int32_t *sum; /* of the step */
    uint32_t to;        /* the state that was kept, or found */
    jk_search_end end;
} jk_taking;

/* Keeps the edge; the target is the last state that was looked for. */
static bool keep_edge(jk_search *search, uint32_t target, unsigned actor)
{
    if (search->kept == search->kept_room) {
        uint64_t room = search->kept_room == 0 ? 1U << 16 : search->kept_room * 2;
        uint32_t *targets = realloc(search->target, room * sizeof(*targets));
        search->target = targets != NULL ? targets : search->target;
        uint8_t *actors = realloc(search->actor, room * sizeof(*actors));
        search->actor = actors != NULL ? actors : search->actor;
        if (targets == NULL || actors == NULL) {
            return false;
        }
        search->kept_room = room;
    }
    search->target[search->kept] = target;
    search->actor[search->kept++] = (uint8_t)actor;
    return true;
}

/* Keeps the state if it is new. */
static bool keep(jk_taking *t, const uint8_t *state)
{
    jk_search *search = t->search;
    uint8_t packed[JK_PACKED_MAX(JK_STATE_MAX)];
    size_t size = jk_pack(state, search->model->size, packed);
    jk_hash hash = jk_hash_of(packed, size);
    if (!make_room(search, size)) {
        t->end = JK_SEARCH_MEMORY;
        return false;
    }
    uint64_t at = find(search, first_word(hash), packed, size);
    t->to = (uint32_t)search->table[at] - 1;
    if (search->table[at] == 0) {
        if (search->states >= search->options.states_max ||
            jk_search_bytes(search) > search->options.memory_max) {
            t->end = JK_SEARCH_CUT;
            return false;
        }
        memcpy(search->bytes + search->bytes_used, packed, size);
        search->offset[search->states] = search->bytes_used;
        search->bytes_used += size;
        t->to = search->states;
        search->parent[search->states++] = t->from;
        search->table[at] = (first_word(hash) & 0xffffffff00000000U) | search->states;
        if (search->options.record && !jk_hashes_add(&search->state_hashes, hash)) {
            t->end = JK_SEARCH_MEMORY;
        }
    }
    if (search->options.record && t->from != JK_NO_STATE &&
        !jk_hashes_add(&search->edge_hashes, jk_hash_edge(t->from_hash, hash, t->sum))) {
        t->end = JK_SEARCH_MEMORY;
    }
    return t->end == JK_SEARCH_COMPLETE;
}

static bool take(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                 const uint8_t *next)
{
    static const char assertion[] = "assert(";
    jk_taking *t = of;
    (void)variant;
    t->sum = w->sum;
    if (result == JK_STEP_VIOLATED && t->search->options.named && w->violation != NULL &&
        strncmp(w->violation, assertion, sizeof(assertion) - 1) == 0) {
        bool kept = !t->search->options.keep_edges || keep_edge(t->search, JK_NO_STATE, actor);
        t->end = kept ? t->end : JK_SEARCH_MEMORY;
        return kept;
    }
    if (result == JK_STEP_VIOLATED) {
        t->search->violated_at = t->from;
        t->search->violation = w->violation;
        t->search->file = w->file;
        t->search->line = w->line;
        t->end = JK_SEARCH_VIOLATED;
        return false;
    }
    if (!keep(t, next)) {
        return false;
    }
    if (t->search->options.keep_edges && !keep_edge(t->search, t->to, actor)) {
        t->end = JK_SEARCH_MEMORY;
        return false;
    }
    return true;
}

bool jk_search_row_is_new(uint64_t *rows, const jk_explore_model *model, const uint8_t *state,
                          unsigned actor)
{
    size_t size = 0;
    const uint8_t *row = model->roles[actor] ? model->row(state, actor, &size) : NULL;
    if (row == NULL) {
        return false;
    }
    uint64_t word = first_word(jk_hash_of(row, size)) + actor;
    uint64_t *known = &rows[word % JK_ROWS_KNOWN];
    bool is_new = *known != word;
    *known = word;
    return is_new;
}

/* What no step shows of the machines. */
static jk_search_end look_at_borders(jk_search *search, uint32_t number, const uint8_t *state)
{
    jk_world w = {.count = 0};
    for (unsigned actor = 0; actor < search->model->actors; actor++) {
        if (jk_search_row_is_new(search->rows, search->model, state, actor) &&
            search->model->border(&w, state, actor) == JK_STEP_VIOLATED) {
            search->violated_at = number;
            search->violation = w.violation;
            search->file = w.file;
            search->line = w.line;
            return JK_SEARCH_VIOLATED;
        }
    }
    return JK_SEARCH_COMPLETE;
}

static void look(jk_search *search, uint32_t number, uint8_t *state, uint64_t edges)
{
    jk_world w = {.count = 0};
    for (unsigned i = 0; search->options.properties && i < search->model->properties; i++) {
        if (search->broken[i] == JK_NO_STATE && !search->model->property(&w, state, i)) {
            search->broken[i] = number;
        }
    }
    if (edges == 0 && search->stuck == JK_NO_STATE && !search->model->is_end(state)) {
        search->stuck = number;
    }
}

static jk_search_end run(jk_search *search)
{
    uint8_t state[JK_STATE_MAX] = {0};
    jk_taking t = {.search = search, .from = JK_NO_STATE, .end = JK_SEARCH_COMPLETE};
    search->model->first(state);
    if (search->model->size > JK_STATE_MAX || !keep(&t, state)) {
        return JK_SEARCH_MEMORY;
    }
    if (search->options.keep_edges) {
        search->edges_of[0] = 0;
    }
    uint32_t level_end = 1;
    for (uint32_t i = 0; i < search->states && t.end == JK_SEARCH_COMPLETE; i++) {
        if (i == level_end) {
            search->depth++;
            level_end = search->states;
        }
        jk_search_state(search, i, state);
        t.from = i;
        t.from_hash = search->options.record ? search->state_hashes.list[i] : t.from_hash;
        uint64_t edges = jk_search_edges(search->model, state, NULL, take, &t);
        search->edges += edges;
        look(search, i, state, edges);
        if (search->options.keep_edges) {
            search->edges_of[i + 1] = search->kept;
        }
        t.end = t.end == JK_SEARCH_COMPLETE && !search->options.no_border
                    ? look_at_borders(search, i, state)
                    : t.end;
    }
    return t.end;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

jk_search_end jk_search_run(jk_search *search, const jk_explore_model *model,
                            const jk_search_options *options)
{
    *search = (jk_search){
        .model = model, .options = *options, .violated_at = JK_NO_STATE, .stuck = JK_NO_STATE};
    search->broken = malloc((model->properties + 1) * sizeof(*search->broken));
    search->rows = calloc(JK_ROWS_KNOWN, sizeof(*search->rows));
    if (search->broken == NULL || search->rows == NULL || !grow_table(search)) {
        return JK_SEARCH_MEMORY;
    }
    for (unsigned i = 0; i < model->properties; i++) {
        search->broken[i] = JK_NO_STATE;
    }
    double begin = now();
    jk_search_end end = run(search);
    search->seconds = now() - begin;
    return end;
}

void jk_search_close(jk_search *search)
{
    free(search->bytes);
    free(search->offset);
    free(search->parent);
    free(search->table);
    free(search->broken);
    free(search->rows);
    free(search->edges_of);
    free(search->target);
    free(search->actor);
    free(search->state_hashes.list);
    free(search->edge_hashes.list);
}
