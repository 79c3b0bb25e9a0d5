/* SPDX-License-Identifier: Apache-2.0 */
/* Between a compiled check (jkgen --check) and the search over it.  A state is bytes; a step is a
 * function that tries one thing that one process can do, asks jk_choose wherever the model has a
 * choice, and changes the state that it is given. */
#ifndef JUKI_VERIFY_EXPLORE_H
#define JUKI_VERIFY_EXPLORE_H

#include "record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define JK_CHOICES_MAX  64 /* choices of one step */
#define JK_TAKERS_MAX   16 /* who could take one rendezvous */
#define JK_MAYBE_UNUSED __attribute__((unused))

typedef enum jk_step {
    JK_STEP_NONE,    /* it cannot be done now */
    JK_STEP_TAKEN,   /* the state is the next one */
    JK_STEP_VIOLATED /* an assertion; the world says which */
} jk_step;

/* A message on its way: from a link, with its number among links of its name. */
typedef struct jk_note {
    const char *link;
    unsigned index;
    bool several; /* the link is one of an array */
    const uint8_t *message;
    unsigned fields;
    const char *const *kinds; /* names of the first field's numbers */
} jk_note;

/* An action of a machine, with the model's numbers. */
typedef struct jk_act {
    const char *op;       /* send, send_each, forward, effect, arm, disarm */
    const char *link;     /* of a message; NULL */
    const char *kind;     /* or the effect, or the timer */
    const uint8_t *field; /* as many as a message has behind its kind; NULL: a timer */
    unsigned peer;        /* of a message on a link of several ends */
} jk_act;

/* What a step says of itself when somebody listens. */
typedef struct jk_listener {
    void (*send)(void *of, const jk_note *note);
    void (*put)(void *of, const jk_note *note);                  /* on a wire that is no channel */
    void (*meet)(void *of, const jk_note *note, unsigned taker); /* handed over; taker: an actor */
    void (*take)(void *of, const jk_note *note, int peer);       /* peer -1: the link has one end */
    void (*expiry)(void *of, const char *timer);
    void (*hook)(void *of, const char *hook, const char *answer, unsigned value,
                 const char *const *names); /* names NULL: a number */
    void (*effect)(void *of, const char *effect);
    void (*act)(void *of, unsigned actor, unsigned key); /* a machine begins its step */
    void (*action)(void *of, const jk_act *act);         /* what it asks for, in order */
    void *of;
} jk_listener;

/* Around one step. */
typedef struct jk_world {
    unsigned char choice[JK_CHOICES_MAX];  /* what is answered */
    unsigned char options[JK_CHOICES_MAX]; /* of how many */
    unsigned count;                        /* answers known */
    unsigned at;                           /* the next one */
    bool timeout;                          /* nobody could take a step */
    int32_t sum[JK_SUMS];                  /* of what the step heard and did, if the check adds */
    const char *violation;                 /* NULL: none */
    bool refused;                          /* by the machine, and only the message is gone */
    const char *file;
    int line;
    const jk_listener *listener; /* NULL: nobody */
} jk_world;

/* A part of the state that has a name. */
typedef struct jk_explore_field {
    const char *name; /* NULL: the end of the list */
    unsigned actor;   /* whose it is; 0: everybody's */
    size_t offset;
    size_t size;
    unsigned fields;           /* of a message: size is a channel's; 0: bytes */
    const char *const *labels; /* the byte is a place in a process, or NULL */
} jk_explore_field;

/* A field of a message behind its kind. */
typedef struct jk_explore_part {
    const char *name;         /* NULL: the end of the list */
    const char *const *names; /* of its numbers, or NULL */
} jk_explore_part;

/* A property of several states: premise -> [] goal, or <> goal; without a premise, from the begin
 * on. */
typedef struct jk_explore_course {
    const char *name; /* NULL: the end of the list; a property may have several */
    unsigned number;
    bool premise;
    bool always; /* []; else <> */
} jk_explore_course;

typedef struct jk_explore_model {
    const char *name;
    const char *protocol;
    size_t size;
    unsigned actors; /* 0 is init; then as SPIN numbers processes */
    unsigned properties;
    void (*first)(void *state); /* of zeroes makes the state before init */
    int (*step)(jk_world *w, void *state, unsigned actor, unsigned variant);
    unsigned (*variants)(unsigned actor, const char **name, unsigned *instance);
    bool (*property)(jk_world *w, void *state, unsigned number);
    const char *const *property_names;
    const jk_explore_course *courses;
    bool (*premise)(jk_world *w, void *state, unsigned number);
    bool (*goal)(jk_world *w, void *state, unsigned number);
    bool (*is_end)(const void *state);
    const jk_explore_field *fields;
    const jk_explore_part *parts;
    const char *const *links;
    const bool *roles; /* which actors are generated machines */
    /* A machine's row; NULL: the actor is none.  What no step shows of it: JK_STEP_VIOLATED, if it
     * refuses, drops or knows something that the role says otherwise. */
    const void *(*row)(const void *state, unsigned actor, size_t *size);
    int (*border)(jk_world *w, const void *state, unsigned actor);
} jk_explore_model;

extern const jk_explore_model jk_model;

static inline int jk_violated(jk_world *w, const char *text, const char *file, int line)
{
    if (w->violation == NULL) {
        w->violation = text;
        w->file = file;
        w->line = line;
    }
    return JK_STEP_VIOLATED;
}

/* Compiled with 1 the assertions of roles are out, as spec/lib/role.pml does it for SPIN: what a
 * machine refuses is dropped, a timer that it does not expect is disarmed. */
#ifndef JK_NAMED_ONLY
#define JK_NAMED_ONLY 0
#endif

/* Compiled with 1 the machines may be of other roles than the check is (juki mutate spec): what the
 * check knows of a role's text is not asked of them. */
#ifndef JK_OTHER_ROLES
#define JK_OTHER_ROLES 0
#endif

static inline int jk_refused(jk_world *w)
{
    w->refused = true;
    return JK_STEP_TAKEN;
}

static inline int jk_expired(jk_world *w, uint8_t *timer, int done)
{
    if (w->refused) {
        *timer = 0;
    }
    return done;
}

/* One of `options`, 0 first; the search comes back with the others. */
static inline unsigned jk_choose(jk_world *w, unsigned options)
{
    if (w->at == w->count) {
        if (w->count == JK_CHOICES_MAX || options == 0 || options > 255) {
            (void)jk_violated(w, "more choices in one step than the explorer has room for", "", 0);
            return 0;
        }
        w->choice[w->count] = 0;
        w->options[w->count++] = (unsigned char)options;
    }
    return w->choice[w->at++];
}

static inline unsigned jk_at(jk_world *w, int index, unsigned size)
{
    if (index < 0 || (unsigned)index >= size) {
        (void)jk_violated(w, "an index outside of its array", "", 0);
        return 0;
    }
    return (unsigned)index;
}

static inline uint8_t jk_byte(jk_world *w, uint64_t value)
{
    if (value > 255) {
        (void)jk_violated(w, "a number beyond a byte", "", 0);
    }
    return (uint8_t)value;
}

/* A token of the model is the first of its sixteen bytes. */
#define jk_token_byte(w, token) jk_token_first((w), (token)->byte)

static inline uint8_t jk_token_first(jk_world *w, const uint8_t *byte)
{
    static const uint8_t zero[15] = {0};
    if (memcmp(byte + 1, zero, sizeof(zero)) != 0) {
        (void)jk_violated(w, "a token that no check has", "", 0);
    }
    return byte[0];
}

/* A channel is its length and its messages, the first one first; what is free is zero. */
static inline uint8_t *jk_add(uint8_t *channel, unsigned fields)
{
    return channel + 1 + (size_t)fields * channel[0]++;
}

static inline void jk_take(uint8_t *channel, long capacity, unsigned fields)
{
    size_t rest = (size_t)(capacity - 1) * fields;
    memmove(channel + 1, channel + 1 + fields, rest);
    memset(channel + 1 + rest, 0, fields);
    channel[0]--;
}

/* Whether the first message, or any, is of these values; -1: any value. */
static inline bool jk_holds(const uint8_t *channel, unsigned fields, bool any, unsigned count,
                            const int *value)
{
    for (unsigned i = 0; i < channel[0] && (i == 0 || any); i++) {
        const uint8_t *message = channel + 1 + (size_t)i * fields;
        bool same = true;
        for (unsigned k = 0; k < count && k < fields; k++) {
            same = same && (value[k] < 0 || value[k] == message[k]);
        }
        if (same) {
            return true;
        }
    }
    return false;
}

/* Tells it to whoever listens. */
#define jk_tell(w, what, ...)                                    \
    do {                                                         \
        if ((w)->listener != NULL && (w)->listener->what) {      \
            (w)->listener->what((w)->listener->of, __VA_ARGS__); \
        }                                                        \
    } while (0)

#endif
