/* SPDX-License-Identifier: Apache-2.0 */
/* A run of a model as a log of events: who acted in which step, what was sent and taken, what a
 * step asked, did and changed.  It comes from SPIN's replay of a trail (trail.c) or from a file
 * NAME.events (trail_file.c); charts are drawn from it, and it is replayed on the generated C. */
#ifndef JUKI_VERIFY_TRAIL_H
#define JUKI_VERIFY_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "juki/status.h"

#define JK_TRAIL_ACTORS 64
#define JK_TRAIL_FIELDS 8
#define JK_TRAIL_LINKS  64
#define JK_TRAIL_NONE   ((size_t)-1)
#define JK_TRAIL_FIRST  "first" /* the state with which a role begins, before it has a name */
#define JK_TRAIL_FORMAT 1       /* the version of NAME.events */

typedef enum jk_event_kind {
    JK_EVENT_SEND,
    JK_EVENT_TAKE,   /* a message from a link, or a command */
    JK_EVENT_EXPIRY, /* of a timer */
    JK_EVENT_HOOK,   /* the host was asked: "hook: answer", link is the variable */
    JK_EVENT_EFFECT, /* an inline of the model, by its name */
    JK_EVENT_PUT,    /* a message on a wire that the model keeps as flags: link, text */
    JK_EVENT_CHANGE, /* a global variable after the step: "name=value" */
    JK_EVENT_LOCAL,  /* a variable of the role itself after the step: "name=value" */
    JK_EVENT_STATE,  /* the step ended in another state */
    JK_EVENT_STAY,   /* the step ended in the state in which it began, see JK_TRAIL_FIRST */
    JK_EVENT_CYCLE   /* from here on for ever */
} jk_event_kind;

typedef struct jk_event {
    jk_event_kind kind;
    size_t actor;
    size_t step;     /* from 1; 0: before everybody stood at his place */
    size_t pair;     /* SEND, TAKE: the other one, or JK_TRAIL_NONE */
    size_t peer;     /* TAKE: the number of the other end, or JK_TRAIL_NONE */
    size_t toward;   /* SEND that nobody takes: who would have, or JK_TRAIL_NONE */
    bool rendezvous; /* SEND: taken at once */
    bool silent;     /* EFFECT: it changes nothing that the model knows */
    unsigned queue;  /* SEND, TAKE */
    char link[48];   /* SEND, TAKE: the channel's name */
    char text[128];  /* SEND, TAKE: the values, with commas */
    char value[32];  /* HOOK: the answer */
    char seed[16];   /* TAKE, EXPIRY: "3-1 2-2", steps of spec/seed.md, "" if it is none */
    char place[64];  /* TAKE, EXPIRY of a role: "origin_cs.pml:112", "" if it is not known */
} jk_event;

typedef struct jk_actor {
    char name[48];
    size_t instance; /* 0, 1 ... of that name */
    bool several;    /* there are more of that name */
    bool acts;
    bool role;      /* it has a file of its own in the model's folder */
    bool stand_in;  /* but it comes from another file: a check writes it out in the role's place */
    size_t place;   /* of roles: from left to right */
    char state[48]; /* the last one, "" as long as it is not known */
} jk_actor;

/* What the run shows.  All may be empty. */
typedef struct jk_trail_about {
    char name[64];     /* of the check, or of the mutant */
    char what[384];    /* what a mutant takes away */
    char claim[64];    /* the property; empty: an assertion, or a deadlock */
    char words[512];   /* what the property, or the check, says */
    char rule[32];     /* "M9" */
    char protocol[64]; /* "movein" */
    char model[64];    /* "check_case.pml" */
    char bounds[512];  /* "-DNDEST=1" */
    char search[128];  /* "depth 131, ..." */
    char end[160];     /* "m9_entry_with_notice is violated." */
} jk_trail_about;

typedef struct jk_trail {
    jk_event *events;
    size_t event_count;
    size_t step_count;
    jk_actor actors[JK_TRAIL_ACTORS]; /* by SPIN's process number; 0 is init */
    size_t actor_count;
    char fields[JK_TRAIL_FIELDS][32]; /* of a message, after its kind */
    size_t field_count;
    char links[JK_TRAIL_LINKS][48]; /* the model's channels, without index; none: not known */
    size_t link_count;
    jk_trail_about about;
} jk_trail;

typedef struct jk_trail_source {
    const char *replay; /* what spin -t -s -r -p -g -l prints, errors among it */
    const char *pan;    /* pan.c, for the names of its numbers; NULL: numbers stay numbers */
    const char *base;   /* what the replay's relative file names start from */
    const char *model;  /* the protocol's folder: a role has a file of its name there */
} jk_trail_source;

/* Reads it; about stays empty.  JK_E_CONFIG: this is no replay of this model, fault->text says
 * why. */
JK_MUST_USE jk_status jk_trail_read(const jk_trail_source *source, jk_trail *trail,
                                    jk_fault *fault);

/* Puts the steps of spec/seed.md and the roles' lines beside the inputs of the roles, and beside a
 * message that is never taken the role that the protocol's .bind names.  root is the folder that
 * holds gen/tables and spec; what is not found there stays without. */
void jk_trail_find_seeds(jk_trail *trail, const char *root);

/* Writes the log as README.md says; the stream's own error is the caller's to look at. */
void jk_trail_write(const jk_trail *trail, FILE *out);

/* Reads what jk_trail_write wrote.  JK_E_CONFIG: anything else, fault->text has the line. */
JK_MUST_USE jk_status jk_trail_load(const char *text, size_t size, jk_trail *trail,
                                    jk_fault *fault);

void jk_trail_close(jk_trail *trail);

#endif
