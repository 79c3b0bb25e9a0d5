/* SPDX-License-Identifier: Apache-2.0 */
/* Which mutants of the machines a graph tells from the machines: a program of its own, with one
 * compiled check, the explorer and all mutants in it.
 *
 * The graph is searched as the explorer does it, with no mutant on.  Then every step of every state
 * is done once more by each mutant that stands on its way.  If all steps out of all states lead
 * where they should, the mutant's graph is this one, state for state and edge for edge; if one does
 * not, its graph is another one.  So one search decides what else takes a search a mutant. */
#define _POSIX_C_SOURCE 200809L
#include "search.h"
#include "switch.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>

#define NEXT_ROOM (1U << 20) /* bytes of the states that one step leads to */

unsigned jk_mutant;
static unsigned char living[JK_MUTANTS_MAX];
unsigned char *jk_living = living;

static unsigned reached[JK_MUTANTS_MAX]; /* by the step that was just done */
static unsigned reached_count;
static uint64_t stamp[JK_MUTANTS_MAX]; /* of the last step that reached it */
static uint64_t now = 1;
static unsigned char ever[JK_MUTANTS_MAX];
static uint64_t tries;

static sigjmp_buf back;

void jk_mutant_reached(unsigned number)
{
    if (stamp[number] != now) {
        stamp[number] = now;
        reached[reached_count++] = number;
    }
}

static void on_crash(int number)
{
    siglongjmp(back, number);
}

/* All that one process can do in one way: the next states in the order of the answers, each with
 * the sums of what the step heard and did. */
typedef struct jk_steps {
    uint8_t next[NEXT_ROOM];
    size_t used;
    unsigned count;
    const char *violation; /* NULL: none */
    bool full;
} jk_steps;

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

static void do_steps(jk_steps *steps, const uint8_t *state, unsigned actor, unsigned variant,
                     bool timeout)
{
    uint8_t next[JK_STATE_MAX];
    size_t size = jk_model.size;
    jk_world w = {.timeout = timeout};
    steps->used = 0;
    steps->count = 0;
    steps->violation = NULL;
    memcpy(next, state, size);
    do {
        w.at = 0;
        w.violation = NULL;
        memset(w.sum, 0, sizeof(w.sum));
        int result = jk_model.step(&w, next, actor, variant);
        if (w.violation != NULL || result == JK_STEP_VIOLATED) {
            steps->violation = w.violation == NULL ? "violated" : w.violation;
            return;
        }
        if (result == JK_STEP_NONE) {
            continue;
        }
        steps->full = steps->full || steps->used + size + sizeof(w.sum) > NEXT_ROOM;
        if (!steps->full) {
            memcpy(steps->next + steps->used, next, size);
            steps->used += size;
            memcpy(steps->next + steps->used, w.sum, sizeof(w.sum));
            steps->used += sizeof(w.sum);
            steps->count++;
        }
        memcpy(next, state, size);
    } while (next_answers(&w));
}

/* The edges out of a state, whatever their order. */
typedef struct jk_edges {
    uint64_t sum[2];
    uint64_t count;
} jk_edges;

static bool add_edge(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                     const uint8_t *next)
{
    jk_edges *edges = of;
    uint64_t part[2];
    (void)actor;
    (void)variant;
    if (result == JK_STEP_VIOLATED) {
        return false;
    }
    jk_hash hash = jk_hash_edge(jk_hash_of(next, jk_model.size), (jk_hash){{0}}, w->sum);
    memcpy(part, hash.byte, sizeof(part));
    edges->sum[0] += part[0];
    edges->sum[1] += part[1];
    edges->count++;
    return true;
}

/* The same steps in another order, or by another process, are the same edges. */
static bool same_edges(const uint8_t *state, unsigned number)
{
    jk_edges plain = {.count = 0};
    jk_edges changed = {.count = 0};
    jk_mutant = JK_MUTANTS_MAX; /* none, and nothing is noted */
    (void)jk_search_edges(&jk_model, state, NULL, add_edge, &plain);
    jk_mutant = number;
    (void)jk_search_edges(&jk_model, state, NULL, add_edge, &changed);
    jk_mutant = 0;
    return memcmp(&plain, &changed, sizeof(plain)) == 0;
}

static void noticed(unsigned number, const char *how)
{
    living[number] = 0;
    jk_mutant = 0;
    (void)printf("killed %u %s\n", number, how);
}

/* The mutant does the step that was just done. */
static void try(const jk_steps *plain, const uint8_t *state, unsigned actor, unsigned variant,
                bool timeout, unsigned number)
{
    static jk_steps changed;
    tries++;
    if (sigsetjmp(back, 1) != 0) {
        noticed(number, "crashed");
        return;
    }
    jk_mutant = number;
    do_steps(&changed, state, actor, variant, timeout);
    jk_mutant = 0;
    if (changed.violation != NULL) {
        noticed(number, "violated");
    } else if (changed.count != plain->count ||
               memcmp(changed.next, plain->next, plain->used) != 0) {
        if (!same_edges(state, number)) {
            noticed(number, "differs");
        }
    }
}

/* The same for what no step shows: the mutant's border must be the machine's. */
static void try_border(const uint8_t *state, unsigned actor, unsigned number)
{
    jk_world w = {.count = 0};
    tries++;
    if (sigsetjmp(back, 1) != 0) {
        noticed(number, "crashed");
        return;
    }
    jk_mutant = number;
    int result = jk_model.border(&w, state, actor);
    jk_mutant = 0;
    if (result == JK_STEP_VIOLATED) {
        noticed(number, "border");
    }
}

static void try_borders(const uint8_t *state)
{
    static uint64_t rows[JK_ROWS_KNOWN];
    for (unsigned actor = 0; actor < jk_model.actors; actor++) {
        if (!jk_search_row_is_new(rows, &jk_model, state, actor)) {
            continue;
        }
        jk_world w = {.count = 0};
        now++;
        reached_count = 0;
        (void)jk_model.border(&w, state, actor);
        for (unsigned i = 0; i < reached_count; i++) {
            ever[reached[i]] = 1;
            try_border(state, actor, reached[i]);
        }
    }
}

static bool try_state(const uint8_t *state)
{
    static jk_steps plain;
    const char *name = NULL;
    unsigned instance = 0;
    uint64_t edges = 0;
    for (int pass = 0; pass < 2 && edges == 0; pass++) {
        for (unsigned actor = 0; actor < jk_model.actors; actor++) {
            unsigned variants = jk_model.variants(actor, &name, &instance);
            for (unsigned variant = 0; variant < variants; variant++) {
                now++;
                reached_count = 0;
                do_steps(&plain, state, actor, variant, pass == 1);
                edges += plain.count;
                if (plain.full || plain.violation != NULL) {
                    return false;
                }
                for (unsigned i = 0; i < reached_count; i++) {
                    ever[reached[i]] = 1;
                    try(&plain, state, actor, variant, pass == 1, reached[i]);
                }
            }
        }
    }
    try_borders(state);
    return true;
}

static const char *end_name(jk_search_end end)
{
    switch (end) {
    case JK_SEARCH_COMPLETE: return "complete";
    case JK_SEARCH_VIOLATED: return "violated";
    case JK_SEARCH_CUT: return "cut";
    case JK_SEARCH_MEMORY: break;
    }
    return "memory";
}

/* A whole search, with a mutant or none: what the certificate has of it. */
static jk_search_end search_whole(jk_search *search, uint64_t states_max)
{
    jk_search_options options = {
        .states_max = states_max, .memory_max = UINT64_C(3) << 30, .record = true};
    jk_search_end end = jk_search_run(search, &jk_model, &options);
    char text[65];
    (void)printf("end %s\nstates %" PRIu32 "\nedges %" PRIu64 "\n", end_name(end), search->states,
                 search->edges);
    if (end == JK_SEARCH_COMPLETE) {
        jk_hashes_digest(&search->state_hashes, text);
        (void)printf("state-digest %s\n", text);
        jk_hashes_digest(&search->edge_hashes, text);
        (void)printf("edge-digest %s\n", text);
    }
    return end;
}

/* The numbers of the living, one a line. */
static bool read_living(const char *path)
{
    unsigned number = 0;
    FILE *in = fopen(path, "r");
    while (in != NULL && fscanf(in, "%u", &number) == 1) {
        if (number == 0 || number >= JK_MUTANTS_MAX) {
            (void)fclose(in);
            return false;
        }
        living[number] = 1;
    }
    return in != NULL && fclose(in) == 0;
}

static int try_all(const char *path)
{
    static unsigned char all[JK_MUTANTS_MAX];
    static jk_search search;
    uint8_t state[JK_STATE_MAX];
    if (search_whole(&search, UINT32_MAX - 1) != JK_SEARCH_COMPLETE || !read_living(path)) {
        return 3;
    }
    memcpy(all, living, sizeof(all));
    for (uint32_t i = 0; i < search.states; i++) {
        jk_search_state(&search, i, state);
        if (!try_state(state)) {
            (void)printf("end steps that cannot be kept\n");
            return 3;
        }
    }
    for (unsigned i = 0; i < JK_MUTANTS_MAX; i++) {
        if (all[i] != 0 && living[i] != 0) {
            (void)printf("%s %u\n", ever[i] != 0 ? "same" : "unreached", i);
        }
    }
    (void)printf("tries %" PRIu64 "\n", tries);
    jk_search_close(&search);
    return 0;
}

/* The long way, for comparison: the mutant's whole graph. */
static int search_one(unsigned number, uint64_t states_max)
{
    static jk_search search;
    if (sigsetjmp(back, 1) != 0) {
        (void)printf("end crashed\n");
        return 0;
    }
    jk_mutant = number;
    (void)search_whole(&search, states_max);
    jk_mutant = 0;
    jk_search_close(&search);
    return 0;
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    struct sigaction action = {.sa_handler = on_crash};
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void)sigaction(signals[i], &action, NULL);
    }
    if (argc == 3 && strcmp(argv[1], "--living") == 0) {
        return try_all(argv[2]);
    }
    if (argc == 4 && strcmp(argv[1], "--one") == 0) {
        return search_one((unsigned)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    }
    (void)fprintf(stderr, "usage: search --living FILE | --one NUMBER STATES\n");
    return 2;
}
