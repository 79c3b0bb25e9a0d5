/* SPDX-License-Identifier: Apache-2.0 */
/* What each role sees in a compiled check, a program of its own: every step of every machine with
 * its answers and actions, and for each two steps that follow each other in one machine's view a
 * way from the start to them.  tests/graph/make turns its lines into tests.
 *
 *   step ID  ROLE  INSTANCE  KEY  BEFORE  INPUT  ANSWERS  ACTIONS  AFTER     separated by tabs
 *   way  ID  PARENT  STEP      a machine's view: the parent's, and then this step; parent 0: none
 */
#define _POSIX_C_SOURCE 200809L
#include "search.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_MAX 4096

/* Numbers of things by their hash. */
typedef struct index_of {
    jk_hash *hash;
    uint32_t *number;
    uint32_t count;
    uint64_t mask;
} index_of;

/* A machine's view of a run, from its end. */
typedef struct way {
    uint32_t parent;
    uint32_t step;
    bool said;
} way;

typedef struct text_of {
    char text[TEXT_MAX];
    size_t used;
} text_of;

typedef struct covering {
    const jk_explore_model *model;
    const jk_search *search;
    index_of steps, ways, pairs;
    way *way;
    uint32_t way_room;
    uint32_t *seen; /* for each state and actor: its way; 0: nothing yet */
    uint32_t child; /* the next state to be found */
    uint32_t here;
    const uint8_t *before;
    /* of the step that is heard */
    unsigned actor, key, acts;
    text_of input, answers, actions;
    bool failed;
} covering;

static void say(text_of *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(text_of *t, const char *format, ...)
{
    __builtin_va_list list;
    __builtin_va_start(list, format);
    int length = vsnprintf(t->text + t->used, TEXT_MAX - t->used, format, list);
    __builtin_va_end(list);
    if (length > 0 && (size_t)length < TEXT_MAX - t->used) {
        t->used += (size_t)length;
    }
}

static bool grow(index_of *index)
{
    uint64_t mask = index->mask == 0 ? (1U << 16) - 1 : index->mask * 2 + 1;
    jk_hash *hash = calloc(mask + 1, sizeof(*hash));
    uint32_t *number = calloc(mask + 1, sizeof(*number));
    if (hash == NULL || number == NULL) {
        free(hash);
        free(number);
        return false;
    }
    for (uint64_t i = 0; index->count > 0 && i <= index->mask; i++) {
        if (index->number[i] != 0) {
            uint64_t at = 0;
            memcpy(&at, index->hash[i].byte, sizeof(at));
            for (at &= mask; number[at] != 0; at = (at + 1) & mask) {
            }
            hash[at] = index->hash[i];
            number[at] = index->number[i];
        }
    }
    free(index->hash);
    free(index->number);
    index->hash = hash;
    index->number = number;
    index->mask = mask;
    return true;
}

/* The number of these bytes, from 1; `fresh` when they were not seen before.  0: no memory. */
static uint32_t number_of(index_of *index, const void *bytes, size_t size, bool *fresh)
{
    jk_hash hash = jk_hash_of(bytes, size);
    uint64_t at = 0;
    if ((index->mask == 0 || (uint64_t)index->count * 4 >= index->mask * 3) && !grow(index)) {
        return 0;
    }
    memcpy(&at, hash.byte, sizeof(at));
    for (at &= index->mask; index->number[at] != 0; at = (at + 1) & index->mask) {
        if (memcmp(index->hash[at].byte, hash.byte, sizeof(hash.byte)) == 0) {
            *fresh = false;
            return index->number[at];
        }
    }
    *fresh = true;
    index->hash[at] = hash;
    index->number[at] = ++index->count;
    return index->count;
}

static void say_fields(const covering *c, text_of *t, const uint8_t *field)
{
    for (unsigned i = 0; c->model->parts[i].name != NULL; i++) {
        const char *const *names = c->model->parts[i].names;
        const char *name = names == NULL ? NULL : names[field[i]];
        if (field[i] != 0 && name != NULL) {
            say(t, " %s=%s", c->model->parts[i].name, name);
        } else if (field[i] != 0) {
            say(t, " %s=%u", c->model->parts[i].name, field[i]);
        }
    }
}

static void on_take(void *of, const jk_note *note, int peer)
{
    covering *c = of;
    const char *kind = note->kinds[note->message[0]];
    c->input.used = 0;
    say(&c->input, "%s %s", note->link, kind == NULL ? "?" : kind);
    say_fields(c, &c->input, note->message + 1);
    if (peer >= 0) {
        say(&c->input, " peer=%d", peer + 1);
    }
}

static void on_expiry(void *of, const char *timer)
{
    covering *c = of;
    c->input.used = 0;
    say(&c->input, "- %s", timer);
}

static void on_act(void *of, unsigned actor, unsigned key)
{
    covering *c = of;
    c->actor = actor;
    c->key = key;
    c->acts++;
    c->answers.used = 0;
    c->answers.text[0] = '\0';
    c->actions.used = 0;
    c->actions.text[0] = '\0';
}

static void on_hook(void *of, const char *hook, const char *answer, unsigned value,
                    const char *const *names)
{
    covering *c = of;
    const char *name = names == NULL ? NULL : names[value];
    (void)answer;
    say(&c->answers, c->answers.used == 0 ? "%s " : ";%s ", hook);
    if (name != NULL) {
        say(&c->answers, "%s", name);
    } else {
        say(&c->answers, "%u", value);
    }
}

static void on_action(void *of, const jk_act *act)
{
    covering *c = of;
    say(&c->actions, "%s%s", c->actions.used == 0 ? "" : ";", act->op);
    if (act->link != NULL) {
        say(&c->actions, " %s", act->link);
    }
    say(&c->actions, " %s", act->kind);
    if (act->field != NULL) {
        say_fields(c, &c->actions, act->field);
    }
    if (act->link != NULL) {
        say(&c->actions, " peer=%u", act->peer + 1);
    }
}

static void say_row(const covering *c, text_of *t, const uint8_t *state)
{
    for (const jk_explore_field *f = c->model->fields; f->name != NULL; f++) {
        if (f->actor != c->actor || f->fields != 0) {
            continue;
        }
        if (f->labels != NULL) {
            say(t, "%s", f->labels[state[f->offset]]);
        } else if (f->size == 1 && state[f->offset] != 0) {
            say(t, " %s=%u", f->name, state[f->offset]);
        }
    }
}

/* The number of the step that was heard; a new one is written down. */
static uint32_t step_of(covering *c, const uint8_t *next)
{
    static text_of line;
    const char *role = NULL;
    unsigned instance = 0;
    bool fresh = false;
    (void)c->model->variants(c->actor, &role, &instance);
    line.used = 0;
    say(&line, "%s\t%u\t%u\t", role, instance, c->key);
    say_row(c, &line, c->before);
    say(&line, "\t%s\t%s\t%s\t", c->input.text, c->answers.text, c->actions.text);
    say_row(c, &line, next);
    uint32_t number = number_of(&c->steps, line.text, line.used, &fresh);
    if (fresh) {
        (void)printf("step\t%" PRIu32 "\t%s\n", number, line.text);
    }
    c->failed = c->failed || number == 0 || line.used + 1 >= TEXT_MAX;
    return number;
}

static uint32_t way_of(covering *c, uint32_t parent, uint32_t step)
{
    const uint32_t key[2] = {parent, step};
    bool fresh = false;
    uint32_t number = number_of(&c->ways, key, sizeof(key), &fresh);
    if (number >= c->way_room) {
        uint32_t room = c->way_room == 0 ? 65536 : c->way_room * 2;
        way *list = realloc(c->way, room * sizeof(*list));
        if (list == NULL) {
            c->failed = true;
            return 0;
        }
        c->way = list;
        c->way_room = room;
    }
    if (fresh) {
        c->way[number] = (way){parent, step, false};
    }
    c->failed = c->failed || number == 0;
    return number;
}

static void say_way(covering *c, uint32_t number)
{
    while (number != 0 && !c->way[number].said) {
        c->way[number].said = true;
        (void)printf("way\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\n", number, c->way[number].parent,
                     c->way[number].step);
        number = c->way[number].parent;
    }
}

static bool is_child(const covering *c, const uint8_t *next)
{
    uint8_t state[JK_STATE_MAX];
    if (c->child >= c->search->states || c->search->parent[c->child] != c->here) {
        return false;
    }
    jk_search_state(c->search, c->child, state);
    return memcmp(state, next, c->model->size) == 0;
}

static bool hear(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                 const uint8_t *next)
{
    covering *c = of;
    uint32_t *seen = c->seen + (uint64_t)c->here * c->model->actors;
    uint32_t gone = 0;
    (void)w;
    (void)actor;
    (void)variant;
    if (result == JK_STEP_TAKEN && c->acts == 1) {
        bool fresh = false;
        uint32_t step = step_of(c, next);
        uint32_t last = seen[c->actor];
        const uint32_t pair[2] = {last == 0 ? 0 : c->way[last].step, step};
        gone = way_of(c, last, step);
        (void)number_of(&c->pairs, pair, sizeof(pair), &fresh);
        if (fresh && !c->failed) {
            say_way(c, gone);
        }
    }
    c->failed = c->failed || c->acts > 1;
    if (result == JK_STEP_TAKEN && is_child(c, next)) {
        uint32_t *child = c->seen + (uint64_t)c->child * c->model->actors;
        memcpy(child, seen, c->model->actors * sizeof(*child));
        if (gone != 0) {
            child[c->actor] = gone;
        }
        c->child++;
    }
    c->acts = 0;
    return !c->failed;
}

static bool cover(const jk_search *search)
{
    covering *c = calloc(1, sizeof(*c));
    uint8_t state[JK_STATE_MAX];
    if (c == NULL) {
        return false;
    }
    const jk_listener ears = {.take = on_take,
                              .expiry = on_expiry,
                              .hook = on_hook,
                              .act = on_act,
                              .action = on_action,
                              .of = c};
    c->model = search->model;
    c->search = search;
    c->before = state;
    c->child = 1;
    c->seen = calloc((size_t)search->states * search->model->actors, sizeof(*c->seen));
    c->failed = c->seen == NULL;
    for (c->here = 0; c->here < search->states && !c->failed; c->here++) {
        jk_search_state(search, c->here, state);
        (void)jk_search_edges(search->model, state, &ears, hear, c);
    }
    bool done = !c->failed && c->child == search->states;
    free(c->seen);
    free(c->way);
    free(c->steps.hash);
    free(c->steps.number);
    free(c->ways.hash);
    free(c->ways.number);
    free(c->pairs.hash);
    free(c->pairs.number);
    free(c);
    return done;
}

int main(void)
{
    jk_search search;
    const jk_search_options options = {.states_max = UINT32_MAX - 1, .memory_max = UINT64_MAX};
    jk_search_end end = jk_search_run(&search, &jk_model, &options);
    (void)printf("juki cover 1\nprotocol\t%s\nmodel\t%s\n", jk_model.protocol, jk_model.name);
    bool done = end == JK_SEARCH_COMPLETE && cover(&search);
    (void)printf("end\t%s\t%" PRIu32 "\n", done ? "complete" : "incomplete", search.states);
    jk_search_close(&search);
    return done ? 0 : 3;
}
