/* SPDX-License-Identifier: Apache-2.0 */
/* Reads SPIN's replay of a trail line by line.  A step is what one process does up to its next
 * state; values that come and go inside a step are no changes. */
#define _POSIX_C_SOURCE 200809L
#include "trail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "trail_names.h"

#define VALUES_MAX 4096
#define FILES_MAX  32
#define NAME_SIZE  48

typedef struct value {
    char name[NAME_SIZE];
    size_t owner;    /* JK_TRAIL_NONE: everybody's */
    char before[24]; /* when the step began */
    char now[24];
} value;

typedef struct source_file {
    char name[JK_PATH_SIZE]; /* as the replay writes it */
    char *text;              /* NULL: it cannot be read */
} source_file;

typedef enum log_part {
    LOG_NONE,
    LOG_BEGUN, /* the bit of the epoch is set by the statement before */
    LOG_KNOWN  /* the epoch is known, what was written is not */
} log_part;

typedef struct reader {
    jk_trail *trail;
    const jk_trail_source *from;
    jk_fault *fault;
    size_t capacity; /* of events */
    size_t line;
    size_t actor; /* of the step, JK_TRAIL_NONE: between steps */
    size_t step_begin;
    bool told;  /* the step has an event that is more than a step within the role */
    bool taken; /* a message was taken by the statement before this one */
    bool clear; /* the role has cleared its registers: what is left of the step is its goto */
    log_part log;
    unsigned log_epoch;
    char timer[NAME_SIZE]; /* the step's first condition is on it */
    value values[VALUES_MAX];
    size_t value_count;
    source_file sources[FILES_MAX];
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
    *event = (jk_event){
        .kind = kind, .pair = JK_TRAIL_NONE, .peer = JK_TRAIL_NONE, .toward = JK_TRAIL_NONE};
    event->actor = read->actor == JK_TRAIL_NONE ? 0 : read->actor;
    event->step = event->actor == 0 ? 0 : trail->step_count + 1;
    trail->event_count++;
    read->told = read->told || (kind != JK_EVENT_LOCAL && kind != JK_EVENT_STAY);
    return event;
}

/* Says what a variable is after the step: one of the model, or one of the role that acted. */
static bool end_value(reader *read, value *one)
{
    bool changed = strcmp(one->before, one->now) != 0;
    bool own = one->owner == read->actor && read->trail->actors[read->actor].role;
    memcpy(one->before, one->now, sizeof one->before);
    if (!changed || read->actor == 0 || (one->owner != JK_TRAIL_NONE && !own)) {
        return true;
    }
    jk_event *event = add(read, own ? JK_EVENT_LOCAL : JK_EVENT_CHANGE);
    if (event != NULL) {
        (void)snprintf(event->text, sizeof event->text, "%s=%s", one->name, one->now);
    }
    return event != NULL;
}

/* A role that drops a message goes back to its state, and SPIN does not say so. */
static bool end_in_same_state(reader *read)
{
    const jk_trail *trail = read->trail;
    const jk_actor *actor = &trail->actors[read->actor];
    jk_event_kind last = trail->event_count > read->step_begin
                             ? trail->events[trail->event_count - 1].kind
                             : JK_EVENT_CHANGE;
    if (!actor->role || !read->clear || last == JK_EVENT_STATE || last == JK_EVENT_STAY) {
        return true;
    }
    jk_event *event = add(read, JK_EVENT_STAY);
    if (event != NULL) {
        (void)snprintf(event->text, sizeof event->text, "%s",
                       actor->state[0] == '\0' ? JK_TRAIL_FIRST : actor->state);
    }
    return event != NULL;
}

/* Ends the step: what changed since its beginning; a step without any event is none. */
static bool end_step(reader *read)
{
    jk_trail *trail = read->trail;
    if (read->actor == JK_TRAIL_NONE) {
        return true;
    }
    if (!end_in_same_state(read)) {
        return false;
    }
    for (size_t i = 0; i < read->value_count; i++) {
        if (!end_value(read, &read->values[i])) {
            return false;
        }
    }
    if (read->actor != 0 && read->told) {
        trail->step_count++;
        trail->actors[read->actor].acts = true;
    } else if (read->actor != 0) {
        trail->event_count = read->step_begin;
    }
    read->actor = JK_TRAIL_NONE;
    read->told = false;
    read->clear = false;
    return true;
}

/* A variable by its name; NULL: there are too many. */
static value *value_of(reader *read, const char *name, size_t length, size_t owner)
{
    for (size_t i = 0; i < read->value_count; i++) {
        value *one = &read->values[i];
        if (one->owner == owner && strlen(one->name) == length &&
            memcmp(one->name, name, length) == 0) {
            return one;
        }
    }
    if (read->value_count == VALUES_MAX) {
        return NULL;
    }
    value *fresh = &read->values[read->value_count];
    read->value_count++;
    copy(fresh->name, sizeof fresh->name, name, length);
    fresh->owner = owner;
    (void)snprintf(fresh->before, sizeof fresh->before, "0");
    (void)snprintf(fresh->now, sizeof fresh->now, "0");
    return fresh;
}

/* "\t\tname = value", or "\t\tterminal(6):name = value" of whoever acts.  The number is no process
 * that one could rely on. */
static void read_value(reader *read, const char *line)
{
    const char *own = strstr(line, "):");
    size_t owner = own == NULL ? JK_TRAIL_NONE : read->actor;
    const char *name = own == NULL ? line : own + 2;
    size_t length = strcspn(name, " ");
    if (strncmp(name + length, " = ", 3) != 0 || length == 0 || length >= NAME_SIZE ||
        memchr(name, '(', length) != NULL) {
        return;
    }
    value *found = value_of(read, name, length, owner);
    if (found == NULL) {
        return;
    }
    copy(found->now, sizeof found->now, name + length + 3, strcspn(name + length + 3, "\n"));
    jk_trail *trail = read->trail;
    jk_event *last = trail->event_count == 0 ? NULL : &trail->events[trail->event_count - 1];
    if (last != NULL && last->kind == JK_EVENT_HOOK && last->value[0] == '(' && own != NULL &&
        strcmp(last->link, found->name) == 0) {
        (void)snprintf(last->value, sizeof last->value, "%s", found->now); /* it was computed */
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
    source_file *fresh = &read->sources[read->source_count];
    char path[JK_PATH_SIZE];
    size_t size;
    bool fits = name[0] == '/' ? snprintf(path, sizeof path, "%s", name) > 0
                               : jk_path_join(path, read->from->base, name);
    (void)snprintf(fresh->name, sizeof fresh->name, "%s", name);
    fresh->text = fits ? jk_file_read(path, &size) : NULL;
    read->source_count++;
    return fresh->text;
}

/* The inline that a line stands in: false if there is none; *silent if it does nothing. */
static bool inline_at(reader *read, const char *file, unsigned number, char name[NAME_SIZE],
                      bool *silent)
{
    const char *at = source_text(read, file);
    bool inside = false;
    for (unsigned i = 1; at != NULL && i <= number; i++) {
        const char *end = strchr(at, '\n');
        if (strncmp(at, "inline ", 7) == 0) {
            copy(name, NAME_SIZE, at + 7, word_length(at + 7));
            const char *nothing = strstr(at, "{ skip }");
            *silent = nothing != NULL && (end == NULL || nothing < end);
            inside = !*silent || i == number;
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

static bool is_role(const char *model, const char *actor)
{
    char path[JK_PATH_SIZE];
    char name[80];
    (void)snprintf(name, sizeof name, "%s.pml", actor);
    FILE *file = jk_path_join(path, model, name) ? fopen(path, "rb") : NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return file != NULL;
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
    fresh->role = is_role(read->from->model, fresh->name);
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
    bool stays = strcmp(state, actor->state) == 0;
    if (!stays || actor->role) {
        jk_event *event = add(read, stays ? JK_EVENT_STAY : JK_EVENT_STATE);
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
    bool silent = false;
    if (!inline_at(read, at->file, at->line, name, &silent)) {
        return true;
    }
    jk_trail *trail = read->trail;
    size_t length = strlen(at->file);
    bool hook = length >= 9 && strcmp(at->file + length - 9, "hooks.pml") == 0;
    const char *answer = strstr(text, " = ");
    if (hook ? (answer == NULL || word_length(text) != (size_t)(answer - text))
             : (silent && !trail->actors[at->actor].role)) {
        return true;
    }
    for (size_t i = read->step_begin; !hook && i < trail->event_count; i++) {
        if (trail->events[i].kind == JK_EVENT_EFFECT && strcmp(trail->events[i].text, name) == 0) {
            return true;
        }
    }
    jk_event *event = add(read, hook ? JK_EVENT_HOOK : JK_EVENT_EFFECT);
    if (event == NULL) {
        return false;
    }
    event->silent = silent;
    (void)snprintf(event->text, sizeof event->text, "%s", name);
    if (hook) {
        copy(event->link, sizeof event->link, text, (size_t)(answer - text));
        copy(event->value, sizeof event->value, answer + 3, strcspn(answer + 3, "]"));
    }
    return true;
}

/* "(in.sequence+1)]": a sum of numbers and of what the role has in its registers; false: more. */
static bool read_sum(reader *read, const char *text, unsigned long *sum)
{
    *sum = 0;
    while (*text != '\0' && *text != ']') {
        size_t length = strcspn(text, "()+]");
        if (length > 0 && text[0] >= '0' && text[0] <= '9') {
            *sum += strtoul(text, NULL, 10);
        } else if (length > 0) {
            if (strcspn(text, " *-/[&|") < length) {
                return false;
            }
            const value *one = value_of(read, text, length, read->actor);
            *sum += one == NULL ? 0 : strtoul(one->now, NULL, 10);
        }
        text += length;
        text += strspn(text, "()+");
    }
    return *text == ']';
}

/* "flying_ACK[(in.sequence+1)] = 1" of a role: the wire keeps one flag a message, wire_KIND. */
static bool read_put(reader *read, const char *text)
{
    size_t length = word_length(text);
    const char *raised = strstr(text, "] = 1]");
    unsigned long number;
    if (strncmp(text, "flying_", 7) != 0 || text[length] != '[' || raised == NULL ||
        !read->trail->actors[read->actor].role || !read_sum(read, text + length + 1, &number)) {
        return true;
    }
    jk_event *event = add(read, JK_EVENT_PUT);
    if (event != NULL) {
        copy(event->link, sizeof event->link, text, length);
        (void)snprintf(event->text, sizeof event->text, "%.*s,%lu", (int)(length - 7), text + 7,
                       number);
    }
    return event != NULL;
}

/* The observer of an update log (spec/movein/log.pml) notes the epoch as a bit, "log_bit = (1<<3)",
 * and then what was written: an ENTRY is used, a REMOVAL is not. */
static bool read_log(reader *read, const char *text)
{
    bool entry = strncmp(text, "log_used[", 9) == 0;
    bool written = entry || strncmp(text, "log_open[", 9) == 0;
    if (read->log == LOG_BEGUN) {
        const value *bit = value_of(read, "log_bit", 7, JK_TRAIL_NONE);
        read->log = LOG_KNOWN;
        read->log_epoch = 0;
        for (unsigned long i = bit == NULL ? 0 : strtoul(bit->now, NULL, 10); i > 1; i >>= 1) {
            read->log_epoch++;
        }
    }
    if (strncmp(text, "log_bit = (1<<", 14) == 0) {
        read->log = LOG_BEGUN;
    }
    if (read->log != LOG_KNOWN || !written) {
        return true;
    }
    read->log = LOG_NONE;
    if (!read->trail->actors[read->actor].role) {
        return true;
    }
    jk_event *event = add(read, JK_EVENT_PUT);
    if (event != NULL) {
        (void)snprintf(event->link, sizeof event->link, "log");
        (void)snprintf(event->text, sizeof event->text, "%s,%u", entry ? "ENTRY" : "REMOVAL",
                       read->log_epoch);
    }
    return event != NULL;
}

/* "peer = 1" behind a message: the link says who sent it. */
static void read_peer(reader *read, const char *text)
{
    jk_trail *trail = read->trail;
    if (read->taken && strncmp(text, "peer = ", 7) == 0 && trail->event_count > 0) {
        trail->events[trail->event_count - 1].peer = (size_t)strtoul(text + 7, NULL, 10);
    }
    read->taken = strstr(text, "?") != NULL && read->taken;
}

/* A role's states stand in its own file. */
static void find_stand_in(jk_actor *actor, const char *file)
{
    const char *last = strrchr(file, '/');
    size_t length = strlen(actor->name);
    last = last == NULL ? file : last + 1;
    actor->stand_in = actor->stand_in || (actor->role && (strncmp(last, actor->name, length) != 0 ||
                                                          strcmp(last + length, ".pml") != 0));
}

static jk_status read_statement(reader *read, const statement *at)
{
    jk_trail *trail = read->trail;
    if (at->actor >= trail->actor_count ||
        (at->actor > 0 && strcmp(trail->actors[at->actor].name, at->name) != 0)) {
        return refuse(read, "a process that never started");
    }
    bool take = strncmp(at->rest, " Recv ", 6) == 0;
    if (read->actor != at->actor || (take && read->clear)) {
        if (!end_step(read)) {
            return JK_E_MEMORY;
        }
        read->actor = at->actor;
        read->step_begin = trail->event_count;
        read->timer[0] = '\0';
        read->told = false;
        read->taken = false;
        read->log = LOG_NONE;
    }
    if (take || strncmp(at->rest, " Send ", 6) == 0 || strncmp(at->rest, " Sent ", 6) == 0) {
        read->taken = take;
        return read_message(read, at->rest, take);
    }
    const char *text = strstr(at->rest, ")\t[");
    if (strncmp(at->rest, " (state ", 8) != 0 || text == NULL || at->actor == 0) {
        return JK_OK;
    }
    text += 3;
    read->clear = read->clear || strncmp(text, "in.", 3) == 0;
    read_fields(read, text);
    read_peer(read, text);
    if (strncmp(text, "goto ", 5) == 0 && text[5] != ':') {
        find_stand_in(&trail->actors[at->actor], at->file);
        return end_in_state(read, text + 5);
    }
    return read_timer(read, text) && read_inline(read, at, text) && read_put(read, text) &&
                   read_log(read, text)
               ? JK_OK
               : JK_E_MEMORY;
}

static jk_status read_line(reader *read, const char *line)
{
    statement found;
    read->line++;
    const char *after = line + strspn(line, " ");
    after += strspn(after, "0123456789");
    if (strncmp(after, ": error: ", 9) == 0 ||
        (strncmp(after, ":\tproc ", 7) == 0 && strstr(after, " (?)") != NULL)) {
        return refuse(read, "a step that this model does not have: the trail is of another one");
    }
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

/* What SPIN itself says against the trail. */
static const char *complaint(const char *replay)
{
    return strstr(replay, "spin: cannot find trail file") != NULL ? "there is no trail"
           : strstr(replay, "spin: couldn't find claim") != NULL
               ? "a claim that this model does not have: the trail is of another one"
               : NULL;
}

jk_status jk_trail_read(const jk_trail_source *source, jk_trail *trail, jk_fault *fault)
{
    jk_trail fresh = {.actor_count = 1};
    reader *read = calloc(1, sizeof *read);
    char *text = read == NULL ? NULL : without_complaints(source->replay);
    jk_status status = JK_E_MEMORY;
    if (text != NULL) {
        read->trail = &fresh;
        read->from = source;
        read->fault = fault;
        read->actor = JK_TRAIL_NONE;
        const char *why = complaint(source->replay);
        status = why == NULL ? read_all(read, text) : refuse(read, why);
    }
    for (size_t i = 0; read != NULL && i < read->source_count; i++) {
        free(read->sources[i].text);
    }
    free(text);
    free(read);
    if (status == JK_OK) {
        jk_trail_find_names(&fresh, source);
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
