/* SPDX-License-Identifier: Apache-2.0 */
/* Goes the way once more with open ears, and writes what it hears. */
#define _POSIX_C_SOURCE 200809L
#include "path.h"

#include "pack.h"

#include <inttypes.h>
#include <stdlib.h>

#define PENDING_MAX 4096 /* messages under way */
#define TEXT_MAX    8192 /* of one step */

/* A message that was sent: the number of its event. */
typedef struct jk_sent {
    const char *link;
    unsigned index;
    size_t event;
    bool taken;
} jk_sent;

typedef struct jk_telling {
    const jk_explore_model *model;
    FILE *out;
    size_t events, step;
    jk_sent sent[PENDING_MAX];
    size_t count;
    /* of the step that is tried */
    char text[TEXT_MAX];
    size_t used;
    size_t said;    /* events */
    size_t meeting; /* 1: it was two steps, the second one the taker's */
    size_t sent_now;
    size_t took; /* of sent, or PENDING_MAX */
    /* what is looked for: the state, a step to it, or a violation */
    const uint8_t *before;
    const uint8_t *target;
    const jk_step_to *then;
} jk_telling;

static void say(jk_telling *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(jk_telling *t, const char *format, ...)
{
    __builtin_va_list list;
    __builtin_va_start(list, format);
    int length = vsnprintf(t->text + t->used, TEXT_MAX - t->used, format, list);
    __builtin_va_end(list);
    if (length > 0 && (size_t)length < TEXT_MAX - t->used) {
        t->used += (size_t)length;
    }
}

static void say_message(jk_telling *t, const jk_note *note)
{
    const char *kind = note->kinds[note->message[0]];
    if (kind != NULL) {
        say(t, "%s", kind);
    } else {
        say(t, "%u", note->message[0]); /* not every wire's first field is a kind */
    }
    for (unsigned i = 1; i < note->fields; i++) {
        const char *const *names = t->model->parts[i - 1].names;
        const char *name = names == NULL ? NULL : names[note->message[i]];
        if (name != NULL) {
            say(t, ",%s", name);
        } else {
            say(t, ",%u", note->message[i]);
        }
    }
    say(t, "\n");
}

static void say_link(jk_telling *t, const jk_note *note)
{
    say(t, note->several ? "%s[%u]" : "%s", note->link, note->index);
}

static void remember(jk_telling *t, const jk_note *note)
{
    if (t->count + t->sent_now < PENDING_MAX) {
        t->sent[t->count + t->sent_now++] =
            (jk_sent){note->link, note->index, t->events + t->said, false};
    }
}

static void on_send(void *of, const jk_note *note)
{
    jk_telling *t = of;
    remember(t, note);
    say(t, "send %zu ", t->events + t->said++);
    say_link(t, note);
    say(t, " queued ");
    say_message(t, note);
}

static void on_put(void *of, const jk_note *note)
{
    jk_telling *t = of;
    say(t, "put %s ", note->link);
    say_message(t, note);
    t->said++;
}

static void on_meet(void *of, const jk_note *note, unsigned taker)
{
    jk_telling *t = of;
    remember(t, note);
    say(t, "send %zu ", t->events + t->said++);
    say_link(t, note);
    say(t, " handed ");
    say_message(t, note);
    t->meeting = 1;
    say(t, "step %zu %u\n", t->step + 2, taker);
}

static void on_take(void *of, const jk_note *note, int peer)
{
    jk_telling *t = of;
    for (size_t i = 0; i < t->count + t->sent_now; i++) {
        jk_sent *s = &t->sent[i];
        if (!s->taken && s->index == note->index && strcmp(s->link, note->link) == 0) {
            s->taken = true;
            t->took = i;
            say(t, "take %zu", s->event);
            say(t, peer < 0 ? "\n" : " %d\n", peer);
            t->said++;
            return;
        }
    }
}

static void on_expiry(void *of, const char *timer)
{
    jk_telling *t = of;
    say(t, "expiry %s\n", timer);
    t->said++;
}

static void on_hook(void *of, const char *hook, const char *answer, unsigned value,
                    const char *const *names)
{
    jk_telling *t = of;
    const char *name = names == NULL ? NULL : names[value];
    if (name != NULL) {
        say(t, "hook %s %s %s\n", hook, answer, name);
    } else {
        say(t, "hook %s %s %u\n", hook, answer, value);
    }
    t->said++;
}

static void on_effect(void *of, const char *effect)
{
    jk_telling *t = of;
    say(t, "effect %s\n", effect);
    t->said++;
}

/* What the step changed: globals, the actor's own variables, where he stands. */
static void say_changes(jk_telling *t, unsigned actor, const uint8_t *after)
{
    for (const jk_explore_field *f = t->model->fields; f->name != NULL; f++) {
        bool same = memcmp(t->before + f->offset, after + f->offset, f->size) == 0;
        if (f->fields != 0 || (f->actor != 0 && f->actor != actor)) {
            continue;
        }
        if (f->labels != NULL) {
            say(t, same ? "stay %s\n" : "state %s\n", f->labels[after[f->offset]]);
            t->said++;
            continue;
        }
        for (size_t i = 0; i < f->size && !same; i++) {
            if (t->before[f->offset + i] == after[f->offset + i]) {
                continue;
            }
            say(t, "%s %s", f->actor == 0 ? "change" : "local", f->name);
            say(t, f->size > 1 ? "[%zu]" : "", i);
            say(t, "=%u\n", after[f->offset + i]);
            t->said++;
        }
    }
}

static void forget_step(jk_telling *t)
{
    if (t->took < t->count) {
        t->sent[t->took].taken = false;
    }
    t->used = 0;
    t->said = 0;
    t->meeting = 0;
    t->sent_now = 0;
    t->took = PENDING_MAX;
}

/* The actor of the second half of a meeting, whom the text names. */
static unsigned last_actor(const jk_telling *t, unsigned actor)
{
    const char *step = t->meeting == 0 ? NULL : strstr(t->text, "step ");
    unsigned taker = actor;
    return step != NULL && sscanf(step, "step %*u %u", &taker) == 1 ? taker : actor;
}

/* One step that is possible: the one that is looked for is written down. */
static bool hear(void *of, jk_world *w, unsigned actor, unsigned variant, jk_step result,
                 const uint8_t *next)
{
    jk_telling *t = of;
    uint8_t packed[JK_PACKED_MAX(JK_STATE_MAX)];
    bool here = t->target == NULL && t->then == NULL && result == JK_STEP_VIOLATED;
    (void)variant;
    if (result == JK_STEP_TAKEN && t->target != NULL) {
        here = memcmp(next, t->target, t->model->size) == 0;
    } else if (result == JK_STEP_TAKEN && t->then != NULL) {
        jk_hash hash = jk_hash_of(packed, jk_pack(next, t->model->size, packed));
        here = memcmp(hash.byte, t->then->target.byte, sizeof(hash.byte)) == 0 &&
               memcmp(w->sum, t->then->sum, sizeof(w->sum)) == 0;
    }
    if (!here) {
        forget_step(t);
        return true;
    }
    if (result == JK_STEP_TAKEN) {
        say_changes(t, last_actor(t, actor), next);
    }
    if (actor != 0) {
        (void)fprintf(t->out, "step %zu %u\n", t->step + 1, actor);
        (void)fwrite(t->text, 1, t->used, t->out);
        t->step += 1 + t->meeting;
        t->events += t->said;
        t->count += t->sent_now;
        t->took = PENDING_MAX;
    }
    forget_step(t);
    return false;
}

static const jk_listener ears = {on_send, on_put,    on_meet, on_take, on_expiry,
                                 on_hook, on_effect, NULL,    NULL,    NULL};

static void write_head(const jk_search *search, const jk_path_about *about, FILE *out)
{
    const jk_explore_model *model = search->model;
    (void)fprintf(out, "juki events 1\n");
    if (about->claim[0] != '\0') {
        (void)fprintf(out, "claim %s\n", about->claim);
    }
    (void)fprintf(out, "protocol %s\nmodel %s\n", model->protocol, model->name);
    if (about->bounds[0] != '\0') {
        (void)fprintf(out, "bounds %s\n", about->bounds);
    }
    (void)fprintf(out, "search explorer of the generated C, breadth-first: a shortest way\n");
    (void)fprintf(out, "verdict %s\n", about->verdict);
    for (const jk_explore_part *p = model->parts; p->name != NULL; p++) {
        (void)fprintf(out, "field %s\n", p->name);
    }
    for (const char *const *link = model->links; *link != NULL; link++) {
        (void)fprintf(out, "link %s\n", *link);
    }
    size_t place = 0;
    for (unsigned i = 1; i < model->actors; i++) {
        const char *name = NULL;
        unsigned instance = 0;
        (void)model->variants(i, &name, &instance);
        if (model->roles[i]) {
            (void)fprintf(out, "role %u %s %zu\n", i, name, place++);
        } else {
            (void)fprintf(out, "world %u %s\n", i, name);
        }
    }
}

bool jk_path_write(const jk_search *search, uint32_t number, const jk_path_about *about, FILE *out)
{
    jk_telling *t = calloc(1, sizeof(*t));
    uint32_t *way = malloc((search->depth + 2U) * sizeof(*way));
    uint8_t state[JK_STATE_MAX];
    uint8_t next[JK_STATE_MAX];
    size_t steps = 0;
    if (t == NULL || way == NULL) {
        free(t);
        free(way);
        return false;
    }
    for (uint32_t i = number; i != JK_NO_STATE && steps < search->depth + 2U;
         i = search->parent[i]) {
        way[steps++] = i;
    }
    *t = (jk_telling){.model = search->model, .out = out, .before = state, .took = PENDING_MAX};
    jk_listener listener = ears;
    listener.of = t;
    write_head(search, about, out);
    bool violated = search->violation != NULL && search->violated_at == number;
    size_t last = about->then != NULL || violated ? 0 : 1;
    for (size_t i = steps; i-- > last;) {
        jk_search_state(search, way[i], state);
        if (i > 0) {
            jk_search_state(search, way[i - 1], next);
        }
        t->target = i > 0 ? next : NULL;
        t->then = i > 0 ? NULL : about->then;
        (void)jk_search_edges(search->model, state, &listener, hear, t);
    }
    (void)fprintf(out, "end %zu\n", t->step);
    free(t);
    free(way);
    return true;
}

void jk_path_differ(const jk_explore_model *model, const uint8_t *one, const uint8_t *other,
                    FILE *out)
{
    for (const jk_explore_field *f = model->fields; f->name != NULL; f++) {
        const char *name = "";
        unsigned instance = 0;
        if (f->actor != 0) {
            (void)model->variants(f->actor, &name, &instance);
        }
        for (size_t i = 0; i < f->size; i++) {
            uint8_t a = one[f->offset + i];
            uint8_t b = other[f->offset + i];
            if (a == b) {
                continue;
            }
            if (f->actor != 0) {
                (void)fprintf(out, "  %s[%u]%s%s", name, instance, f->labels == NULL ? "." : "",
                              f->name);
            } else {
                (void)fprintf(out, "  %s", f->name);
            }
            if (f->labels != NULL && a != 255 && b != 255) {
                (void)fprintf(out, ": %s, %s\n", f->labels[a], f->labels[b]);
            } else {
                (void)fprintf(out, f->size > 1 ? " byte %zu" : "", i);
                (void)fprintf(out, ": %u, %u\n", a, b);
            }
        }
    }
}
