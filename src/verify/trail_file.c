/* SPDX-License-Identifier: Apache-2.0 */
/* A log of events as a file: lines of a word and what belongs to it.  README.md has the form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "trail.h"

#define WORDS_MAX 6 /* of a line */

static void write_about(const jk_trail_about *about, FILE *out)
{
    const struct {
        const char *word;
        const char *text;
    } lines[] = {
        {"name", about->name},   {"what", about->what},     {"claim", about->claim},
        {"words", about->words}, {"rule", about->rule},     {"protocol", about->protocol},
        {"model", about->model}, {"bounds", about->bounds}, {"search", about->search},
        {"verdict", about->end},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (lines[i].text[0] != '\0') {
            (void)fprintf(out, "%s %s\n", lines[i].word, lines[i].text);
        }
    }
}

static const char *word_of(jk_event_kind kind)
{
    switch (kind) {
    case JK_EVENT_SEND: return "send";
    case JK_EVENT_TAKE: return "take";
    case JK_EVENT_EXPIRY: return "expiry";
    case JK_EVENT_HOOK: return "hook";
    case JK_EVENT_EFFECT: return "effect";
    case JK_EVENT_PUT: return "put";
    case JK_EVENT_CHANGE: return "change";
    case JK_EVENT_LOCAL: return "local";
    case JK_EVENT_STATE: return "state";
    case JK_EVENT_STAY: return "stay";
    case JK_EVENT_CYCLE: return "cycle";
    }
    return "";
}

/* A message has the number of its SEND among all events. */
static void write_event(const jk_trail *trail, size_t index, FILE *out)
{
    const jk_event *event = &trail->events[index];
    const char *word = word_of(event->kind);
    switch (event->kind) {
    case JK_EVENT_SEND:
        (void)fprintf(out, "%s %zu %s %s %s\n", word, index, event->link,
                      event->rendezvous ? "handed" : "queued", event->text);
        break;
    case JK_EVENT_TAKE:
        (void)fprintf(out, "%s %zu", word, event->pair);
        if (event->peer != JK_TRAIL_NONE) {
            (void)fprintf(out, " %zu", event->peer);
        }
        (void)fprintf(out, "\n");
        break;
    case JK_EVENT_HOOK:
        (void)fprintf(out, "%s %s %s %s\n", word, event->text, event->link, event->value);
        break;
    case JK_EVENT_PUT: (void)fprintf(out, "%s %s %s\n", word, event->link, event->text); break;
    case JK_EVENT_EFFECT:
        (void)fprintf(out, "%s %s\n", event->silent ? "silent" : word, event->text);
        break;
    case JK_EVENT_EXPIRY:
    case JK_EVENT_CHANGE:
    case JK_EVENT_LOCAL:
    case JK_EVENT_STATE:
    case JK_EVENT_STAY: (void)fprintf(out, "%s %s\n", word, event->text); break;
    case JK_EVENT_CYCLE: (void)fprintf(out, "%s\n", word); break;
    }
    if (event->toward != JK_TRAIL_NONE) {
        (void)fprintf(out, "toward %zu\n", event->toward);
    }
    if (event->seed[0] != '\0') {
        (void)fprintf(out, "seed %s\n", event->seed);
    }
}

void jk_trail_write(const jk_trail *trail, FILE *out)
{
    (void)fprintf(out, "juki events %d\n", JK_TRAIL_FORMAT);
    write_about(&trail->about, out);
    for (size_t i = 0; i < trail->field_count; i++) {
        (void)fprintf(out, "field %s\n", trail->fields[i]);
    }
    for (size_t i = 0; i < trail->link_count; i++) {
        (void)fprintf(out, "link %s\n", trail->links[i]);
    }
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        if (actor->role) {
            (void)fprintf(out, "%s %zu %s %zu\n", actor->stand_in ? "stand_in" : "role", i,
                          actor->name, actor->place);
        } else {
            (void)fprintf(out, "world %zu %s\n", i, actor->name);
        }
    }
    size_t step = 0;
    for (size_t i = 0; i < trail->event_count; i++) {
        const jk_event *event = &trail->events[i];
        if (event->kind != JK_EVENT_CYCLE && event->step != step) {
            step = event->step;
            (void)fprintf(out, "step %zu %zu\n", step, event->actor);
        }
        write_event(trail, i, out);
    }
    (void)fprintf(out, "end %zu\n", trail->step_count);
}

typedef struct loader {
    jk_trail *trail;
    jk_fault *fault;
    size_t capacity; /* of events */
    size_t line;
    size_t actor; /* of the step that is read */
    size_t step;
    bool ended;
} loader;

static bool refuse(const loader *load, const char *why)
{
    load->fault->status = JK_E_CONFIG;
    (void)snprintf(load->fault->text, sizeof load->fault->text, "the log of events, line %zu: %s",
                   load->line, why);
    return false;
}

/* UTF-8 without control characters. */
static bool clean(const char *line, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t length = jk_utf8_length(line + i);
        bool control = (unsigned char)line[i] < 0x20 || line[i] == 0x7f ||
                       (line[i] == '\xc2' && (unsigned char)line[i + 1] < 0xa0);
        if (length == 0 || control) {
            return false;
        }
        i += length;
    }
    return true;
}

static bool number(const char *word, size_t max, size_t *value)
{
    size_t digits = strspn(word, "0123456789");
    if (digits == 0 || digits > 9 || word[digits] != '\0' || (digits > 1 && word[0] == '0')) {
        return false;
    }
    *value = (size_t)strtoul(word, NULL, 10);
    return *value <= max;
}

/* Copies a word that fits. */
static bool take_text(char *to, size_t capacity, const char *word)
{
    size_t length = strlen(word);
    if (length == 0 || length >= capacity) {
        return false;
    }
    memcpy(to, word, length + 1);
    return true;
}

static jk_event *add(loader *load, jk_event_kind kind)
{
    jk_trail *trail = load->trail;
    if (trail->event_count == load->capacity) {
        size_t capacity = load->capacity == 0 ? 256 : load->capacity * 2;
        jk_event *larger = realloc(trail->events, capacity * sizeof *larger);
        if (larger == NULL) {
            load->fault->status = JK_E_MEMORY;
            return NULL;
        }
        trail->events = larger;
        load->capacity = capacity;
    }
    jk_event *event = &trail->events[trail->event_count];
    *event = (jk_event){.kind = kind,
                        .actor = load->actor,
                        .step = load->step,
                        .pair = JK_TRAIL_NONE,
                        .peer = JK_TRAIL_NONE,
                        .toward = JK_TRAIL_NONE};
    trail->event_count++;
    return event;
}

/* "name REST" and its like; true: it was one of them. */
static bool load_about(loader *load, const char *word, const char *rest, bool *good)
{
    jk_trail_about *about = &load->trail->about;

    const struct {
        const char *word;
        char *text;
        size_t size;
    } lines[] = {
        {"name", about->name, sizeof about->name},
        {"what", about->what, sizeof about->what},
        {"claim", about->claim, sizeof about->claim},
        {"words", about->words, sizeof about->words},
        {"rule", about->rule, sizeof about->rule},
        {"protocol", about->protocol, sizeof about->protocol},
        {"model", about->model, sizeof about->model},
        {"bounds", about->bounds, sizeof about->bounds},
        {"search", about->search, sizeof about->search},
        {"verdict", about->end, sizeof about->end},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strcmp(word, lines[i].word) == 0) {
            *good = lines[i].text[0] == '\0' && take_text(lines[i].text, lines[i].size, rest);
            return true;
        }
    }
    return false;
}

/* "seed 1-1 1-2": of the event before it; true: it was one. */
static bool load_seed(loader *load, const char *word, const char *rest, bool *good)
{
    jk_trail *trail = load->trail;
    if (strcmp(word, "seed") != 0) {
        return false;
    }
    jk_event *last = trail->event_count > 0 ? &trail->events[trail->event_count - 1] : NULL;
    *good = last != NULL && last->seed[0] == '\0' && take_text(last->seed, sizeof last->seed, rest);
    return true;
}

static bool load_actor(loader *load, char **words, size_t count)
{
    jk_trail *trail = load->trail;
    size_t index;
    bool role = strcmp(words[0], "world") != 0;
    if (count != (role ? 4u : 3u) || trail->event_count > 0 || load->step > 0 ||
        trail->actor_count == JK_TRAIL_ACTORS || !number(words[1], JK_TRAIL_ACTORS, &index) ||
        index != trail->actor_count) {
        return false;
    }
    jk_actor *fresh = &trail->actors[index];
    *fresh = (jk_actor){.role = role, .stand_in = strcmp(words[0], "stand_in") == 0};
    if (!take_text(fresh->name, sizeof fresh->name, words[2]) ||
        (role && !number(words[3], JK_TRAIL_ACTORS, &fresh->place))) {
        return false;
    }
    for (size_t i = 1; i < index; i++) {
        if (strcmp(trail->actors[i].name, fresh->name) == 0) {
            trail->actors[i].several = true;
            fresh->several = true;
            fresh->instance++;
        }
    }
    trail->actor_count++;
    return true;
}

static bool load_step(loader *load, char **words, size_t count)
{
    jk_trail *trail = load->trail;
    size_t step;
    size_t actor;
    if (count != 3 || !number(words[1], trail->step_count + 1, &step) ||
        !number(words[2], trail->actor_count - 1, &actor) || (step == 0) != (actor == 0) ||
        (step != 0 && step != trail->step_count + 1)) {
        return false;
    }
    load->step = step;
    load->actor = actor;
    trail->step_count = step > 0 ? step : trail->step_count;
    trail->actors[actor].acts = true;
    return true;
}

static bool load_send(loader *load, char **words, size_t count)
{
    size_t index;
    bool handed = count == 5 && strcmp(words[3], "handed") == 0;
    if (count != 5 || !number(words[1], load->trail->event_count, &index) ||
        index != load->trail->event_count || (!handed && strcmp(words[3], "queued") != 0)) {
        return false;
    }
    jk_event *event = add(load, JK_EVENT_SEND);
    if (event == NULL) {
        return false;
    }
    event->rendezvous = handed;
    return take_text(event->link, sizeof event->link, words[2]) &&
           take_text(event->text, sizeof event->text, words[4]);
}

/* "take 12", "take 12 1": the message that event 12 sent, from end 1. */
static bool load_take(loader *load, char **words, size_t count)
{
    jk_trail *trail = load->trail;
    size_t sent;
    size_t peer = JK_TRAIL_NONE;
    if (count < 2 || count > 3 || load->step == 0 || trail->event_count == 0 ||
        !number(words[1], trail->event_count - 1, &sent) ||
        trail->events[sent].kind != JK_EVENT_SEND || trail->events[sent].pair != JK_TRAIL_NONE ||
        (count == 3 && !number(words[2], JK_TRAIL_ACTORS, &peer))) {
        return false;
    }
    jk_event *event = add(load, JK_EVENT_TAKE);
    if (event == NULL) {
        return false;
    }
    jk_event *other = &trail->events[sent];
    event->pair = sent;
    event->peer = peer;
    event->rendezvous = other->rendezvous;
    memcpy(event->link, other->link, sizeof event->link);
    memcpy(event->text, other->text, sizeof event->text);
    other->pair = trail->event_count - 1;
    return true;
}

/* The events that are a word and a text. */
static const struct plain {
    const char *word;
    jk_event_kind kind;
} plains[] = {
    {"expiry", JK_EVENT_EXPIRY}, {"effect", JK_EVENT_EFFECT}, {"silent", JK_EVENT_EFFECT},
    {"change", JK_EVENT_CHANGE}, {"local", JK_EVENT_LOCAL},   {"state", JK_EVENT_STATE},
    {"stay", JK_EVENT_STAY},
};

static bool load_plain(loader *load, const struct plain *which, char **words, size_t count)
{
    if (count != 2 || load->step == 0) {
        return false;
    }
    jk_event *event = add(load, which->kind);
    if (event == NULL) {
        return false;
    }
    event->silent = strcmp(which->word, "silent") == 0;
    if (which->kind == JK_EVENT_STATE) {
        (void)take_text(load->trail->actors[load->actor].state, 48, words[1]);
    }
    return take_text(event->text, sizeof event->text, words[1]);
}

static bool load_event(loader *load, char **words, size_t count)
{
    for (size_t i = 0; i < sizeof plains / sizeof plains[0]; i++) {
        if (strcmp(words[0], plains[i].word) == 0) {
            return load_plain(load, &plains[i], words, count);
        }
    }
    if (strcmp(words[0], "hook") == 0 && count == 4 && load->step > 0) {
        jk_event *event = add(load, JK_EVENT_HOOK);
        return event != NULL && take_text(event->text, sizeof event->text, words[1]) &&
               take_text(event->link, sizeof event->link, words[2]) &&
               take_text(event->value, sizeof event->value, words[3]);
    }
    if (strcmp(words[0], "put") == 0 && count == 3 && load->step > 0) {
        jk_event *event = add(load, JK_EVENT_PUT);
        return event != NULL && take_text(event->link, sizeof event->link, words[1]) &&
               take_text(event->text, sizeof event->text, words[2]);
    }
    if (strcmp(words[0], "cycle") == 0 && count == 1) {
        load->step = 0;
        load->actor = 0;
        return add(load, JK_EVENT_CYCLE) != NULL;
    }
    return strcmp(words[0], "send") == 0
               ? load_send(load, words, count)
               : strcmp(words[0], "take") == 0 && load_take(load, words, count);
}

static bool load_name(loader *load, char **words, size_t count)
{
    jk_trail *trail = load->trail;
    if (count != 2 || trail->event_count > 0) {
        return false;
    }
    if (strcmp(words[0], "field") == 0 && trail->field_count < JK_TRAIL_FIELDS) {
        trail->field_count++;
        return take_text(trail->fields[trail->field_count - 1], sizeof trail->fields[0], words[1]);
    }
    if (strcmp(words[0], "link") == 0 && trail->link_count < JK_TRAIL_LINKS) {
        trail->link_count++;
        return take_text(trail->links[trail->link_count - 1], sizeof trail->links[0], words[1]);
    }
    return false;
}

static bool load_end(loader *load, char **words, size_t count)
{
    size_t steps;
    load->ended = true;
    return count == 2 && number(words[1], load->trail->step_count, &steps) &&
           steps == load->trail->step_count && steps > 0;
}

/* "toward 5": the message sent just now, to process 5. */
static bool load_toward(loader *load, char **words, size_t count)
{
    jk_trail *trail = load->trail;
    jk_event *last = trail->event_count > 0 ? &trail->events[trail->event_count - 1] : NULL;
    size_t actor;
    if (last == NULL || last->kind != JK_EVENT_SEND || count != 2 ||
        !number(words[1], trail->actor_count - 1, &actor) || actor == 0) {
        return false;
    }
    last->toward = actor;
    return true;
}

static bool load_words(loader *load, char **words, size_t count)
{
    if (strcmp(words[0], "toward") == 0) {
        return load_toward(load, words, count);
    }
    return strcmp(words[0], "step") == 0 ? load_step(load, words, count)
           : strcmp(words[0], "role") == 0 || strcmp(words[0], "world") == 0 ||
                   strcmp(words[0], "stand_in") == 0
               ? load_actor(load, words, count)
           : strcmp(words[0], "field") == 0 || strcmp(words[0], "link") == 0
               ? load_name(load, words, count)
           : strcmp(words[0], "end") == 0 ? load_end(load, words, count)
                                          : load_event(load, words, count);
}

static bool load_line(loader *load, char *line, size_t size)
{
    char *words[WORDS_MAX];
    size_t count = 0;
    bool good = true;
    load->line++;
    if (!clean(line, size)) {
        return refuse(load, "bytes that are no text");
    }
    if (load->ended) {
        return refuse(load, "it goes on behind its end");
    }
    char *rest = strchr(line, ' ');
    if (rest != NULL) {
        *rest = '\0';
        if (load_about(load, line, rest + 1, &good) || load_seed(load, line, rest + 1, &good)) {
            return good || refuse(load, "no line of this form");
        }
        *rest = ' ';
    }
    for (char *at = line; at != NULL && count < WORDS_MAX; count++) {
        words[count] = at;
        at = strchr(at, ' ');
        if (at != NULL) {
            *at = '\0';
            at++;
        }
    }
    load->fault->status = JK_OK;
    if (load_words(load, words, count)) {
        return true;
    }
    return load->fault->status == JK_E_MEMORY ? false : refuse(load, "no line of this form");
}

static bool load_all(loader *load, char *text, size_t size)
{
    char head[32];
    int length = snprintf(head, sizeof head, "juki events %d\n", JK_TRAIL_FORMAT);
    load->line = 1;
    if (strncmp(text, "juki events ", 12) != 0) {
        return refuse(load, "this is no log of events");
    }
    if (strncmp(text, head, (size_t)length) != 0) {
        return refuse(load, "a log of another version than this program reads");
    }
    for (size_t at = (size_t)length; at < size;) {
        char *end = memchr(text + at, '\n', size - at);
        if (end == NULL) {
            load->line++;
            return refuse(load, "its end is missing");
        }
        *end = '\0';
        size_t next = (size_t)(end - text) + 1;
        if (!load_line(load, text + at, next - 1 - at)) {
            return false;
        }
        at = next;
    }
    return load->ended || refuse(load, "its end is missing");
}

jk_status jk_trail_load(const char *text, size_t size, jk_trail *trail, jk_fault *fault)
{
    jk_trail fresh = {.actor_count = 1};
    loader load = {.trail = &fresh, .fault = fault};
    char *own = malloc(size + 1);
    if (own == NULL) {
        fault->status = JK_E_MEMORY;
        return JK_E_MEMORY;
    }
    memcpy(own, text, size);
    own[size] = '\0';
    bool good = load_all(&load, own, size);
    free(own);
    if (!good) {
        jk_trail_close(&fresh);
        return fault->status;
    }
    *trail = fresh;
    return JK_OK;
}
