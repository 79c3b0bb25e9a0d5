/* SPDX-License-Identifier: Apache-2.0 */
/* The model around the roles, as SPIN sees it in one check: globals, channels, processes and their
 * statements as points of a graph.  Of it env_emit.c makes the C that the explorer runs. */
#ifndef JK_GEN_ENV_H
#define JK_GEN_ENV_H

#include "tree.h"

#define ENV_VARIABLES 128
#define ENV_CHANNELS  64
#define ENV_PROCESSES 48
#define ENV_INSTANCES 16 /* of one proctype */
#define ENV_POINTS    1024
#define ENV_LABELS    64
#define ENV_OPTIONS   32
#define ENV_SUMS      3    /* JK_SUMS of explore.h */
#define ENV_END       (-1) /* the point behind the last statement */

typedef struct env_variable {
    const char *name;
    bool bit; /* bool: one bit; else a byte */
    bool mtype;
    const gen_node *fields; /* of a typedef, NULL */
    long size;              /* of an array, 0: no array */
    const gen_node *initial;
    gen_place at;
} env_variable;

typedef struct env_channel {
    const char *name;
    long size;     /* of an array, 0: no array */
    long capacity; /* 0: rendezvous */
    int fields;
    gen_place at;
} env_channel;

typedef enum env_point_kind {
    POINT_STATEMENT,
    POINT_CHOICE, /* if, do */
    POINT_JUMP    /* goto, break: to next, or to the label */
} env_point_kind;

typedef struct env_point {
    env_point_kind kind;
    const gen_node *statement;
    int next;
    int label;   /* 0 none: nothing may rest here */
    int group;   /* points of one atomic or d_step; 0: each statement is a step of its own */
    bool d_step; /* takes the first option that is possible */
    int option[ENV_OPTIONS];
    bool otherwise[ENV_OPTIONS]; /* that option begins with else */
    int options;
} env_point;

typedef struct env_process {
    const char *name;
    const gen_node *proctype; /* NULL: init */
    const gen_role *role;     /* NULL: compiled from its statements */
    const char *parameter[4];
    int parameters;
    env_variable variable[ENV_VARIABLES];
    int variables;
    const char *label[ENV_LABELS];
    int label_point[ENV_LABELS];
    int labels;
    env_point *point;
    int points;
    int first;
    int groups;
    int instances;
    long argument[ENV_INSTANCES][4];
    int pid[ENV_INSTANCES];
    int index; /* as SPIN numbers proctypes */
} env_process;

typedef struct env_property {
    const char *name;
    const gen_node *invariant; /* of [] invariant; NULL: it is not of that form */
} env_property;

/* [] (premise -> [] goal), [] (premise -> <> goal), <> goal: a property, or a part of one. */
typedef struct env_course {
    const char *name;
    const gen_node *premise; /* NULL: at the begin */
    const gen_node *goal;
    bool always; /* []; else <> */
    bool known;  /* all parts of the property can be looked at */
} env_course;

typedef struct gen_env {
    gen_model *m;
    const gen_node *items; /* of the whole check */
    env_variable global[ENV_VARIABLES];
    int globals;
    const char *sum[ENV_SUMS]; /* each int: what a step adds up, and no state has */
    int sums;
    env_channel channel[ENV_CHANNELS];
    int channels;
    env_process process[ENV_PROCESSES];
    int processes;
    env_process init;
    int pids;
    env_property property[256];
    int properties;
    env_course course[256];
    int courses;
    bool carrying; /* while init is carried out: its variables have values */
} gen_env;

/* env_read.c: the check as SPIN sees it, and behind it what connects the roles. */
bool jk_env_read(gen_env *e, const char *check, const char *const *defines, int count);

/* env_model.c */
bool jk_env_model(gen_env *e, const gen_node *items);
bool jk_env_constant(gen_env *e, const gen_node *expression, long *value);
long jk_env_mtype(const gen_env *e, const char *name); /* as SPIN numbers it; 0: none */
const env_variable *jk_env_variable(const env_variable *list, int count, const char *name);
int jk_env_sum(const gen_env *e, const char *name); /* its number, or -1 */
const env_channel *jk_env_channel(const gen_env *e, const char *name);
env_process *jk_env_process(gen_env *e, const char *name);
const gen_node *jk_env_item(const gen_env *e, gen_op op, const char *name);
void jk_env_refuse(gen_env *e, gen_place at, const char *text, const char *name);

/* env_graph.c: statements as points */
bool jk_env_graph(gen_env *e, env_process *p, const gen_node *body);
int jk_env_resolve(const env_process *p, int point);

/* env_emit.c, env_code.c, env_role.c, env_spin.c */
bool jk_env_emit(gen_env *e, const char *folder, const char *check, const char *const *defines,
                 int count);

#endif
