/* SPDX-License-Identifier: Apache-2.0 */
/* SPIN's replay of a trail, read: who acted in which step, what was sent and taken, what a step
 * asked, did and changed. */
#ifndef JUKI_VERIFY_TRAIL_H
#define JUKI_VERIFY_TRAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "juki/status.h"

#define JK_TRAIL_ACTORS 64
#define JK_TRAIL_FIELDS 8
#define JK_TRAIL_NONE   ((size_t)-1)

typedef enum jk_event_kind {
    JK_EVENT_SEND,
    JK_EVENT_TAKE,   /* a message from a link, or a command */
    JK_EVENT_EXPIRY, /* of a timer */
    JK_EVENT_HOOK,   /* the host was asked: "hook: number", name is the variable */
    JK_EVENT_EFFECT, /* an inline of the model, by its name */
    JK_EVENT_CHANGE, /* a global variable after the step: "name=value" */
    JK_EVENT_STATE,  /* the step ended in another state */
    JK_EVENT_CYCLE   /* from here on for ever */
} jk_event_kind;

typedef struct jk_event {
    jk_event_kind kind;
    size_t actor;
    size_t step;     /* from 1; 0: before everybody stood at his place */
    size_t pair;     /* SEND, TAKE: the other one, or JK_TRAIL_NONE */
    bool rendezvous; /* SEND: taken at once */
    unsigned queue;  /* SEND, TAKE */
    char link[48];   /* SEND, TAKE: the channel's name */
    char text[128];  /* SEND, TAKE: the values, with commas */
    char value[32];  /* HOOK: the answer's number */
} jk_event;

typedef struct jk_actor {
    char name[48];
    size_t instance; /* 0, 1 ... of that name */
    bool several;    /* there are more of that name */
    bool acts;
    char state[48]; /* "" as long as it is not known */
} jk_actor;

typedef struct jk_trail {
    jk_event *events;
    size_t event_count;
    size_t step_count;
    jk_actor actors[JK_TRAIL_ACTORS]; /* by SPIN's process number; 0 is init */
    size_t actor_count;
    char fields[JK_TRAIL_FIELDS][32]; /* of a message, after its kind */
    size_t field_count;
} jk_trail;

/* Reads it; file names in it that are relative start from base.  JK_E_CONFIG: this is no replay. */
JK_MUST_USE jk_status jk_trail_read(const char *replay, const char *base, jk_trail *trail,
                                    jk_fault *fault);

void jk_trail_close(jk_trail *trail);

#endif
