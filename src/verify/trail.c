/* SPDX-License-Identifier: Apache-2.0 */
/* Reads SPIN's replay line by line.  A step is what one process does up to its next state; values
 * that come and go inside a step are no changes. */
#define _POSIX_C_SOURCE 200809L
#include "trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define VALUES_MAX 512
#define FILES_MAX  32
#define NAME_SIZE  48

typedef struct value {
    char name[NAME_SIZE];
    char before[24]; /* when the step began */
    char now[24];
} value;

typedef struct source {
    char name[JK_PATH_SIZE]; /* as the replay writes it */
    char *text;              /* NULL: it cannot be read */
} source;

typedef struct reader {
    jk_trail *trail;
    const char *base;
    jk_fault *fault;
    size_t capacity; /* of events */
    size_t line;
    size_t actor; /* of the step, JK_TRAIL_NONE: between steps */
    size_t step_begin;
    char timer[NAME_SIZE]; /* the step's first condition is on it */
    value values[VALUES_MAX];
    size_t value_count;
    source sources[FILES_MAX];
    size_t source_count;
} reader;

/* What a line about a process says. */
typedef struct statement {
    unsigned actor;
    char name[NAME_SIZE];
    char file[JK_PATH_SIZE];
    unsigned line;
    const char *rest; /* after the place */
} statement;

static jk_status refuse(reader *read, const char *why)
{
    read->fault->status = JK_E_CONFIG;
    (void)snprintf(read->fault->text, sizeof read->fault->text, "the replay, line %zu: %s",
                   read->line, why);
    return JK_E_CONFIG;
}

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static void copy(char *to, size_t capacity, const char *from, size_t length)
{
    (void)snprintf(to, capacity, "%.*s", (int)length, from);
}

static jk_event *add(reader *read, jk_event_kind kind)
{
    jk_trail *trail = read->trail;
    if (trail->event_count == read->capacity) {
        size_t capacity = read->capacity == 0 ? 256 : read->capacity * 2;
        jk_event *larger = realloc(trail->events, capacity * sizeof *larger);
        if (larger == NULL) {
            return NULL;
        }
        trail->events = larger;
        read->capacity = capacity;
    }
    jk_event *event = &trail->events[trail->event_count];
    *event = (jk_event){.kind = kind, .pair = JK_TRAIL_NONE};
    event->actor = read->actor == JK_TRAIL_NONE ? 0 : read->actor;
    event->step = event->actor == 0 ? 0 : trail->step_count + 1;
    trail->event_count++;
    return event;
}

/* Ends the step: what changed since its beginning; a step without any event is none. */
static bool end_step(reader *read)
{
    for (size_t i = 0; i < read->value_count; i++) {
        value *one = &read->values[i];
        bool changed = strcmp(one->before, one->now) != 0;
        memcpy(one->before, one->now, sizeof one->before);
        if (!changed || read->actor == JK_TRAIL_NONE || read->actor == 0) {
            continue;
        }
        jk_event *event = add(read, JK_EVENT_CHANGE);
        if (event == NULL) {
            return false;
        }
        (void)snprintf(event->text, sizeof event->text, "%s=%s", one->name, one->now);
    }
    if (read->actor != JK_TRAIL_NONE && read->actor != 0 &&
        read->trail->event_count > read->step_begin) {
        read->trail->step_count++;
        read->trail->actors[read->actor].acts = true;
    }
    read->actor = JK_TRAIL_NONE;
    return true;
}

/* "\t\tname = value" of a global; false: not such a line. */
static void read_value(reader *read, const char *line)
{
    size_t length = strcspn(line, " ");
    if (strncmp(line + length, " = ", 3) != 0 || strchr(line, '(') != NULL || length == 0 ||
        length >= NAME_SIZE) {
        return;
    }
    value *found = NULL;
    for (size_t i = 0; found == NULL && i < read->value_count; i++) {
        value *one = &read->values[i];
        found = strlen(one->name) == length && memcmp(one->name, line, length) == 0 ? one : NULL;
    }
    if (found == NULL && read->value_count < VALUES_MAX) {
        found = &read->values[read->value_count];
        read->value_count++;
        copy(found->name, sizeof found->name, line, length);
        (void)snprintf(found->before, sizeof found->before, "0");
    }
    if (found != NULL) {
        copy(found->now, sizeof found->now, line + length + 3, strcspn(line + length + 3, "\n"));
    }
}

static const char *source_text(reader *read, const char *name)
{
    for (size_t i = 0; i < read->source_count; i++) {
        if (strcmp(read->sources[i].name, name) == 0) {
            return read->sources[i].text;
        }
    }
    if (read->source_count == FILES_MAX) {
        return NULL;
    }
    source *fresh = &read->sources[read->source_count];
    char path[JK_PATH_SIZE];
    size_t size;
    bool fits = name[0] == '/' ? snprintf(path, sizeof path, "%s", name) > 0
                               : jk_path_join(path, read->base, name);
    (void)snprintf(fresh->name, sizeof fresh->name, "%s", name);
    fresh->text = fits ? jk_file_read(path, &size) : NULL;
    read->source_count++;
    return fresh->text;
}

/* The inline that a line stands in: false if there is none, or one that does nothing. */
static bool inline_at(reader *read, const char *file, unsigned number, char name[NAME_SIZE])
{
    const char *at = source_text(read, file);
    bool inside = false;
    for (unsigned i = 1; at != NULL && i <= number; i++) {
        const char *end = strchr(at, '\n');
        if (strncmp(at, "inline ", 7) == 0) {
            copy(name, NAME_SIZE, at + 7, word_length(at + 7));
            const char *nothing = strstr(at, "{ skip }");
            inside = nothing == NULL || (end != NULL && nothing > end);
        } else if (at[0] == '}' && i < number) {
            inside = false;
        } else if (at[0] == '#' || strncmp(at, "proctype ", 9) == 0) {
            inside = inside && at[0] == '#';
        }
        at = end == NULL ? NULL : end + 1;
    }
    return inside;
}

/* " 25:\tproc  5 (terminal:1) spec/movein/terminal.pml:10 ..." */
static bool read_place(const char *line, statement *found)
{
    line += strspn(line, " ");
    size_t digits = strspn(line, "0123456789");
    if (digits == 0 || strncmp(line + digits, ":\tproc ", 7) != 0) {
        return false;
    }
    char *end;
    const char *at = line + digits + 7;
    found->actor = (unsigned)strtoul(at, &end, 10);
    const char *name = end;
    if (end == at || strncmp(name, " (", 2) != 0) {
        return false; /* the claim has no number */
    }
    name += 2;
    const char *close = strstr(name, ") ");
    const char *colon = close;
    while (colon != NULL && colon > name && *colon != ':') {
        colon--;
    }
    if (close == NULL || colon == name) {
        return false;
    }
    copy(found->name, sizeof found->name, name, (size_t)(colon - name));
    size_t length = strcspn(close + 2, ":");
    if (length >= sizeof found->file) {
        return false;
    }
    copy(found->file, sizeof found->file, close + 2, length);
    const char *number = close + 2 + length;
    found->line = *number == ':' ? (unsigned)strtoul(number + 1, &end, 10) : 0;
    found->rest = end;
    return *number == ':' && *end == ' ';
}

/* "Starting terminal with pid 6": SPIN numbers processes in this order, init is 0. */
static jk_status read_start(reader *read, const char *line)
{
    jk_trail *trail = read->trail;
    if (trail->actor_count == JK_TRAIL_ACTORS) {
        return refuse(read, "too many processes");
    }
    jk_actor *fresh = &trail->actors[trail->actor_count];
    *fresh = (jk_actor){.instance = 0};
    copy(fresh->name, sizeof fresh->name, line, word_length(line));
    for (size_t i = 1; i < trail->actor_count; i++) {
        jk_actor *other = &trail->actors[i];
        if (strcmp(other->name, fresh->name) == 0) {
            other->several = true;
            fresh->several = true;
            fresh->instance++;
        }
    }
    trail->actor_count++;
    return JK_OK;
}

/* " Recv CERT,1,1,3,0,0\t<- queue 9 (origin_to_dest[0])" */
static jk_status read_message(reader *read, const char *rest, bool take)
{
    jk_event *event = add(read, take ? JK_EVENT_TAKE : JK_EVENT_SEND);
    const char *queue = strstr(rest, " queue ");
    const char *link = queue == NULL ? NULL : strchr(queue, '(');
    if (event == NULL || link == NULL) {
        return refuse(read, "a message without a queue");
    }
    copy(event->text, sizeof event->text, rest + 6, strcspn(rest + 6, "\t\n"));
    event->queue = (unsigned)strtoul(queue + 7, NULL, 10);
    copy(event->link, sizeof event->link, link + 1, strcspn(link + 1, ")\n"));
    event->rendezvous = strncmp(rest, " Sent ", 6) == 0;
    jk_trail *trail = read->trail;
    for (size_t i = 0; take && i + 1 < trail->event_count; i++) {
        jk_event *other = &trail->events[i];
        if (other->kind == JK_EVENT_SEND && other->queue == event->queue &&
            other->pair == JK_TRAIL_NONE) {
            other->pair = trail->event_count - 1;
            event->pair = i;
            return JK_OK;
        }
    }
    return take ? refuse(read, "a message is taken that nobody sent") : JK_OK;
}

/* "origin_to_dest[me]?25,in.txn,in.mask": the names of a message's fields. */
static void read_fields(reader *read, const char *text)
{
    jk_trail *trail = read->trail;
    const char *at = strstr(text, ",in.");
    if (strchr(text, '?') == NULL || at == NULL || trail->field_count > 0) {
        return;
    }
    while (strncmp(at, ",in.", 4) == 0 && trail->field_count < JK_TRAIL_FIELDS) {
        size_t length = word_length(at + 4);
        copy(trail->fields[trail->field_count], sizeof trail->fields[0], at + 4, length);
        trail->field_count++;
        at += 4 + length;
    }
}

static jk_status end_in_state(reader *read, const char *label)
{
    jk_actor *actor = &read->trail->actors[read->actor];
    char state[NAME_SIZE];
    copy(state, sizeof state, label, word_length(label));
    if (strcmp(state, actor->state) != 0) {
        jk_event *event = add(read, JK_EVENT_STATE);
        if (event == NULL) {
            return JK_E_MEMORY;
        }
        (void)snprintf(event->text, sizeof event->text, "%s", state);
        (void)snprintf(actor->state, sizeof actor->state, "%s", state);
    }
    return end_step(read) ? JK_OK : JK_E_MEMORY;
}

/* "((verify_due&&1))" and after it "verify_due = 0": the timer expires. */
static bool read_timer(reader *read, const char *text)
{
    const char *word = text + strspn(text, "(");
    size_t length = word_length(word);
    size_t expected = strlen(read->timer);
    bool expired = expected > 0 && length == expected && memcmp(word, read->timer, length) == 0 &&
                   strncmp(word + length, " = 0", 4) == 0;
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s", read->timer);
    read->timer[0] = '\0';
    if (word != text && strncmp(word + length, "&&", 2) == 0 && length < NAME_SIZE) {
        copy(read->timer, sizeof read->timer, word, length);
    }
    jk_event *event = expired ? add(read, JK_EVENT_EXPIRY) : NULL;
    if (event != NULL) {
        (void)snprintf(event->text, sizeof event->text, "%s", name);
    }
    return !expired || event != NULL;
}

/* A statement in an inline: a hook's answer, or an effect by its name, once. */
static bool read_inline(reader *read, const statement *at, const char *text)
{
    char name[NAME_SIZE];
    if (!inline_at(read, at->file, at->line, name)) {
        return true;
    }
    size_t length = strlen(at->file);
    bool hook = length >= 9 && strcmp(at->file + length - 9, "hooks.pml") == 0;
    const char *answer = strstr(text, " = ");
    if (hook && (answer == NULL || word_length(text) != (size_t)(answer - text))) {
        return true;
    }
    const jk_trail *trail = read->trail;
    for (size_t i = read->step_begin; !hook && i < trail->event_count; i++) {
        if (trail->events[i].kind == JK_EVENT_EFFECT && strcmp(trail->events[i].text, name) == 0) {
            return true;
        }
    }
    jk_event *event = add(read, hook ? JK_EVENT_HOOK : JK_EVENT_EFFECT);
    if (event == NULL) {
        return false;
    }
    (void)snprintf(event->text, sizeof event->text, "%s", name);
    if (hook) {
        copy(event->link, sizeof event->link, text, (size_t)(answer - text));
        copy(event->value, sizeof event->value, answer + 3, strcspn(answer + 3, "]"));
    }
    return true;
}

static jk_status read_statement(reader *read, const statement *at)
{
    jk_trail *trail = read->trail;
    if (at->actor >= trail->actor_count ||
        (at->actor > 0 && strcmp(trail->actors[at->actor].name, at->name) != 0)) {
        return refuse(read, "a process that never started");
    }
    if (read->actor != at->actor) {
        if (!end_step(read)) {
            return JK_E_MEMORY;
        }
        read->actor = at->actor;
        read->step_begin = trail->event_count;
        read->timer[0] = '\0';
    }
    bool take = strncmp(at->rest, " Recv ", 6) == 0;
    if (take || strncmp(at->rest, " Send ", 6) == 0 || strncmp(at->rest, " Sent ", 6) == 0) {
        return read_message(read, at->rest, take);
    }
    const char *text = strstr(at->rest, ")\t[");
    if (strncmp(at->rest, " (state ", 8) != 0 || text == NULL || at->actor == 0) {
        return JK_OK;
    }
    text += 3;
    read_fields(read, text);
    if (strncmp(text, "goto ", 5) == 0 && text[5] != ':') {
        return end_in_state(read, text + 5);
    }
    return read_timer(read, text) && read_inline(read, at, text) ? JK_OK : JK_E_MEMORY;
}

static jk_status read_line(reader *read, const char *line)
{
    statement found;
    read->line++;
    if (strncmp(line, "Starting ", 9) == 0) {
        return read_start(read, line + 9);
    }
    if (read_place(line, &found)) {
        return read_statement(read, &found);
    }
    if (strncmp(line, "\t\t", 2) == 0) {
        read_value(read, line + 2);
    } else if (strstr(line, "<<<<<START OF CYCLE>>>>>") != NULL) {
        return end_step(read) && add(read, JK_EVENT_CYCLE) != NULL ? JK_OK : JK_E_MEMORY;
    }
    return JK_OK;
}

/* SPIN's own complaints about types stand in the middle of its lines. */
static char *without_complaints(const char *replay)
{
    char *text = strdup(replay);
    char *at = text == NULL ? NULL : strstr(text, "spin: ");
    while (at != NULL) {
        char *end = strchr(at, '\n');
        if (end == NULL) {
            *at = '\0';
        } else {
            memmove(at, end + 1, strlen(end + 1) + 1);
        }
        at = strstr(at, "spin: ");
    }
    return text;
}

static jk_status read_all(reader *read, char *text)
{
    jk_status status = JK_OK;
    char *line = text;
    while (status == JK_OK && line != NULL && strncmp(line, "#processes", 10) != 0) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        status = read_line(read, line);
        line = end == NULL ? NULL : end + 1;
    }
    if (status == JK_OK && line == NULL) {
        status = refuse(read, "its end is missing");
    }
    if (status == JK_OK && !end_step(read)) {
        status = JK_E_MEMORY;
    }
    if (status == JK_OK && read->trail->step_count == 0) {
        status = refuse(read, "there is no step in it");
    }
    return status;
}

jk_status jk_trail_read(const char *replay, const char *base, jk_trail *trail, jk_fault *fault)
{
    jk_trail fresh = {.actor_count = 1};
    reader *read = calloc(1, sizeof *read);
    char *text = read == NULL ? NULL : without_complaints(replay);
    jk_status status = JK_E_MEMORY;
    if (text != NULL) {
        read->trail = &fresh;
        read->base = base;
        read->fault = fault;
        read->actor = JK_TRAIL_NONE;
        status = read_all(read, text);
    }
    for (size_t i = 0; read != NULL && i < read->source_count; i++) {
        free(read->sources[i].text);
    }
    free(text);
    free(read);
    if (status == JK_OK) {
        *trail = fresh;
    } else {
        fault->status = status;
        jk_trail_close(&fresh);
    }
    return status;
}

void jk_trail_close(jk_trail *trail)
{
    free(trail->events);
    *trail = (jk_trail){.events = NULL};
}
