/* SPDX-License-Identifier: Apache-2.0 */
/* The generated machines as the replay sees them: everything by its name in the model, every value
 * as the model's number.  One table a protocol. */
#ifndef JUKI_VERIFY_REPLAY_MACHINE_H
#define JUKI_VERIFY_REPLAY_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JK_REPLAY_FIELDS  5  /* of a message, at most */
#define JK_REPLAY_ACTIONS 16 /* of a step, at most */
#define JK_REPLAY_ANSWERS 16
#define JK_REPLAY_ROW     128 /* bytes of a machine, at most */

typedef enum jk_replay_type {
    JK_REPLAY_BOOL,
    JK_REPLAY_COUNT,   /* uint64_t */
    JK_REPLAY_MEMBERS, /* uint32_t */
    JK_REPLAY_TOKEN,   /* the model's number is its first byte */
    JK_REPLAY_PEER     /* the same, from 1 where the model counts from 0 */
} jk_replay_type;

typedef struct jk_replay_variable {
    const char *name;
    size_t offset;
    jk_replay_type type;
} jk_replay_variable;

typedef struct jk_replay_role {
    const char *name;
    const void *machine;                 /* of the protocol's own type */
    const void *names;                   /* the same */
    const void *hooks;                   /* NULL: it has none */
    const char *const *hook_names;       /* NULL behind the last; or NULL */
    const jk_replay_variable *variables; /* all but state; NULL behind the last name */
} jk_replay_role;

/* What the host answers in one step, in the order in which the run asks. */
typedef struct jk_replay_answers {
    const char *hook[JK_REPLAY_ANSWERS];
    const char *value[JK_REPLAY_ANSWERS];
    size_t count;
    size_t used;
    const char *wrong; /* a hook that was asked out of turn */
} jk_replay_answers;

typedef struct jk_replay_input {
    const char *link; /* without index; NULL: a timer */
    const char *kind; /* or the command, or the timer */
    uint64_t key;
    uint64_t peer; /* from 1; 0: none */
    const char *field[JK_REPLAY_FIELDS];
} jk_replay_input;

typedef enum jk_replay_op {
    JK_REPLAY_SEND,
    JK_REPLAY_SEND_EACH, /* one message a member of the field mask */
    JK_REPLAY_FORWARD,
    JK_REPLAY_EFFECT,
    JK_REPLAY_ARM,
    JK_REPLAY_DISARM
} jk_replay_op;

typedef struct jk_replay_action {
    jk_replay_op op;
    const char *link;
    const char *kind; /* or the effect, or the timer */
    uint64_t peer;    /* from 1; 0: none */
    char field[JK_REPLAY_FIELDS][24];
} jk_replay_action;

typedef struct jk_replay_output {
    jk_replay_action action[JK_REPLAY_ACTIONS];
    size_t count;
} jk_replay_output;

/* What the model does in another way than the C, because its host is Promela. */
typedef struct jk_replay_rule {
    const char *link;    /* of the C's message */
    const char *kind;    /* NULL: all */
    const char *instead; /* NULL, or how the link begins on which the model's message goes */
    bool missing;        /* it counts only where the model has not the link itself */
    /* Fields that the host fills where the C says 0; "kind": only its begin counts. */
    const char *filled[3];
} jk_replay_rule;

typedef struct jk_replay_protocol {
    const char *name;
    const char *const *fields; /* NULL behind the last */
    size_t mask;               /* index of the field mask */
    size_t carried;            /* index of the field that a short message has: "ACK,3" */
    const jk_replay_role *roles;
    size_t role_count;
    const jk_replay_rule *rules; /* NULL link behind the last */
    /* Role, effect, and the inline within it that SPIN names instead; NULL at the end. */
    const char *const (*aliases)[3];
    const char *const
        *inner; /* links that only an effect of the model uses; NULL behind the last */
    bool (*is_effect)(const char *name);
    /* The machine's number of an input; 0: it has none such. */
    uint16_t (*input)(const jk_replay_role *role, const jk_replay_input *input);
    /* false: no step; the row is as it was. */
    bool (*step)(const jk_replay_role *role, void *row, const jk_replay_input *input,
                 jk_replay_answers *answers, jk_replay_output *output);
    const char *(*state)(const jk_replay_role *role, const void *row);
    bool (*invariant)(const jk_replay_role *role, const void *row);
} jk_replay_protocol;

extern const jk_replay_protocol jk_replay_movein;
extern const jk_replay_protocol jk_replay_reconcile;
extern const jk_replay_protocol jk_replay_transport;

/* For the hooks: the next answer if this hook is the next that the run asks. */
bool jk_replay_answer(void *ctx, const char *hook, const char **value);

/* A decimal number; other text gives 0. */
uint64_t jk_replay_number(const char *text);

/* A row's variable as the model's number. */
uint64_t jk_replay_row_value(const unsigned char *row, const jk_replay_variable *variable);

/* The number that a function calls by this name, up to max; 0: none. */
uint16_t jk_replay_find(const char *(*name_of)(uint16_t), const char *name, uint16_t max);

#endif
