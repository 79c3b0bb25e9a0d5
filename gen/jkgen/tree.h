/* SPDX-License-Identifier: Apache-2.0 */
/* What jkgen knows of a protocol: the syntax tree of its files, and the model that the checks make
 * of it.  Everything lives in one arena that is freed at the end of a run. */
#ifndef JK_GEN_TREE_H
#define JK_GEN_TREE_H

#include "jkgen.h"
#include "rules.h"

#include <stddef.h>
#include <stdint.h>

#define STATES_MAX  64
#define INPUTS_MAX  64
#define LIST_MAX    128
#define FILES_MAX   64
#define ACTIONS_MAX 16 /* JK_<MESSAGE>_ACTIONS_MAX: of one step */
#define ERRORS_MAX  40
#define DEFINES_MAX 64 /* macros given by the caller, or read from a check */

typedef struct gen_file {
    const char *path; /* as it was opened */
    const char *name; /* last part of the path */
    char *text;       /* the source, for comments and columns */
    size_t size;
    const char **line; /* start of line n + 1 */
    int lines;
} gen_file;

typedef struct gen_place {
    const gen_file *file;
    int line, column;
} gen_place;

typedef enum gen_op {
    OP_NUMBER,
    OP_NAME,
    OP_FIELD,  /* a . text */
    OP_INDEX,  /* text [ a ] */
    OP_CALL,   /* text ( list ) */
    OP_UNARY,  /* text a */
    OP_BINARY, /* a text b */
    /* Only around the roles. */
    OP_IF_ELSE,  /* ( a -> b : list ) */
    OP_POLL,     /* a ? [ list ], text is the operator */
    OP_AT,       /* a @ text */
    OP_REMOTE,   /* a : text, a variable of the process a */
    OP_TEMPORAL, /* text a: [] or <> */
    OP_RUN,      /* run text ( list ) */
    ST_EXPRESSION,
    ST_ASSIGN,  /* a = b */
    ST_IF,      /* list of ST_OPTION */
    ST_OPTION,  /* list */
    ST_ATOMIC,  /* list */
    ST_GOTO,    /* text */
    ST_LABEL,   /* text : a */
    ST_RECEIVE, /* a ? list */
    ST_SEND,    /* a ! list */
    ST_EACH,    /* EACH(text, a, list) */
    ST_DECLARE, /* type text, b its mtype set or NULL, list of OP_NAME with a = initial value */
    ST_ELSE,
    ST_SKIP,
    ST_DO,     /* list of ST_OPTION; only around the roles, as the next four */
    ST_D_STEP, /* list */
    ST_FOR,    /* a = text, from a->next to a->next->next: list */
    ST_BREAK,
    IT_MTYPE,    /* text, list of OP_NAME */
    IT_TYPEDEF,  /* text, list of ST_DECLARE */
    IT_CHAN,     /* text, a how many or NULL, b capacity, list of message types (OP_NAME) */
    IT_INLINE,   /* text, a = list of parameters, list */
    IT_PROCTYPE, /* text, a = list of ST_DECLARE, list */
    IT_INIT,     /* list */
    IT_LTL,      /* text, a */
    IT_NEVER     /* left out */
} gen_op;

/* What a call in a body turned out to be. */
typedef enum gen_word {
    WORD_NONE,
    WORD_NEXT,
    WORD_IMPOSSIBLE,
    WORD_SEND,
    WORD_SEND_EACH,
    WORD_FORWARD,
    WORD_ARM,
    WORD_DISARM,
    WORD_HOOK,
    WORD_EFFECT
} gen_word;

typedef enum gen_base {
    TYPE_NONE,
    TYPE_TOKEN,
    TYPE_MEMBERS,
    TYPE_COUNT,
    TYPE_BOOL,
    TYPE_PEER,
    TYPE_MTYPE,
    TYPE_NUMBER,   /* a literal */
    TYPE_PARAMETER /* of the proctype: an index of channels, unknown to C */
} gen_base;

typedef struct gen_set {
    const char *name; /* of mtype:name */
    const char *constant[LIST_MAX];
    gen_place at[LIST_MAX];
    unsigned number[LIST_MAX]; /* in C */
    const char *prefix;        /* of the enumerator in C */
    bool used[LIST_MAX];
    int count;
    gen_place where;
} gen_set;

typedef struct gen_type {
    gen_base base;
    const gen_set *set; /* TYPE_MTYPE */
} gen_type;

typedef struct gen_node gen_node;

struct gen_node {
    gen_op op;
    gen_place at;
    const char *text;
    long number;
    gen_node *a, *b, *list, *next;
    gen_type type; /* of an expression, by check.c */
    gen_word word; /* of a call in a body, by check.c */
    int leaf;      /* guard.c: which of the things that a condition reads, 0 a constant */
    long value;
    const void *of; /* link, state, timer, hook or effect of that call */
};

typedef struct gen_field {
    const char *name;
    gen_type type;
    gen_place at;
    bool bound;
} gen_field;

typedef struct gen_role gen_role;

typedef struct gen_arrow {
    const char *name;
    const char *sender[8]; /* names of roles; none for a desk */
    const char *receiver;
    const char *by; /* an effect: the host fills the link, not send */
    int senders;
    bool desk, used;
    unsigned number;
    gen_place at;
    gen_set *set;         /* kinds or commands */
    bool sends[LIST_MAX]; /* kinds that some sender sends */
} gen_arrow;

typedef struct gen_hook {
    const char *name, *file, *role, *answer;
    gen_place at;
    gen_type type;
    bool domain[LIST_MAX]; /* constants of the set that are answers */
    bool zero;             /* zero is an answer */
    bool read, used;
} gen_hook;

typedef struct gen_effect {
    const char *name;
    const gen_field *argument[8];
    int arguments;
    unsigned number;
    gen_place at;
    bool used;
} gen_effect;

typedef struct gen_variable {
    const char *name;
    gen_type type;
    gen_place at;
    bool timer, date, bound, used, parameter;
    unsigned number; /* of the timer */
} gen_variable;

typedef enum gen_input_class {
    INPUT_MESSAGE,
    INPUT_COMMAND,
    INPUT_EXPIRY
} gen_input_class;

typedef struct gen_input {
    gen_input_class class;
    const gen_arrow *link;     /* message, command */
    int constant;              /* index in the link's set */
    const gen_variable *timer; /* expiry */
    const char *name;          /* in C, after IN_ */
} gen_input;

typedef enum gen_reaction {
    STEP,
    DROPPED,
    UNEXPECTED,
    NOT_NOW,
    UNARMED
} gen_reaction;

typedef struct gen_option {
    gen_reaction reaction;
    const gen_input *input;
    gen_node *body; /* STEP: what follows the input */
    bool each;      /* the input is an EACH: peer is set */
    gen_place at;
    int actions; /* longest path */
} gen_option;

typedef struct gen_state {
    const char *label, *name; /* name: the label without end_ */
    gen_place at;
    unsigned number;
    gen_node *choice; /* the if */
    const gen_option *on[INPUTS_MAX];
    bool reached;
} gen_state;

struct gen_role {
    const char *name, *path, *key;
    const char *final[16];
    gen_place final_at[16];
    int finals;
    gen_place at; /* in the .bind */
    const gen_file *file;
    gen_node *proctype;
    gen_variable variable[LIST_MAX];
    int variables;
    gen_state state[STATES_MAX];
    int states;
    gen_input input[INPUTS_MAX];
    int inputs;
    int actions; /* longest step */
    bool hooks;
};

typedef struct gen_model {
    const jk_gen_options *options;
    const char *define[DEFINES_MAX]; /* -DNAME=VALUE */
    int defines;
    char *arena;
    size_t used, size;
    bool exhausted;
    int errors;
    int failed; /* a tool failed */
    gen_file *file[FILES_MAX];
    int files;

    /* .bind */
    const gen_file *bind;
    const char *protocol, *message, *message_file;
    gen_place message_at;
    const char *enum_file[2], *enum_name[2], *enum_prefix[2]; /* kinds, reasons */
    gen_place enum_at[2];

    struct {
        const char *name, *type, *file, *where;
        gen_place at;
    } bound[16];

    int bounds;
    const char *send[16], *forward[16]; /* names of the fields that the words take */
    int sends, forwards;
    gen_role *role[32];
    int roles;
    gen_arrow link[LIST_MAX];
    int links;

    struct {
        const char *role, *name;
        bool date, found;
        gen_place at;
    } timer[64];

    int timers;
    gen_hook hook[64];
    int hooks;
    gen_effect effect[LIST_MAX];
    int effects;

    /* .pml */
    gen_node *items;
    gen_set set[16];
    int sets;
    gen_field field[16];
    int fields;

    /* .proto: the reasons as the wire has them */
    struct {
        const char *name;
        unsigned number;
    } reason[LIST_MAX];

    int reasons;
} gen_model;

/* tree.c */
void *jk_gen_new(gen_model *m, size_t size);
const char *jk_gen_copy(gen_model *m, const char *text, size_t length);
char *jk_gen_own(gen_model *m, const char *text); /* a copy that may be changed */
const char *jk_gen_print(gen_model *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *jk_gen_upper(gen_model *m, const char *text);
const char *jk_gen_lower(gen_model *m, const char *text);
void jk_gen_refuse(gen_model *m, gen_place at, gen_rule rule, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
const gen_file *jk_gen_file(gen_model *m, const char *path); /* loaded once; NULL: cannot be read */
const char *jk_gen_beside(gen_model *m, const char *name);   /* path of a file named in the .bind */
const char *jk_gen_comment(gen_model *m, gen_place at);
const char *jk_gen_steps(gen_model *m, const gen_file *f, int from, int to);
gen_node *jk_gen_node(gen_model *m, gen_op op, gen_place at, const char *text);
gen_node *jk_gen_append(gen_node *list, gen_node *item);
int jk_gen_length(const gen_node *list);
const char *jk_gen_show(gen_model *m, const gen_node *expression); /* as Promela */

/* bind.c, proto.c, source.c */

/* What a program wrote, errors included; the caller frees the text. */
typedef struct gen_output {
    char *text; /* NULL: it could not be started, or wrote too much */
    size_t size;
} gen_output;

/* False when the program failed; what it said is in the output. */
bool jk_gen_filter(char *const argv[], const char *input, gen_output *output);
/* Refuses what gcc -E or SPIN called an error, each where they saw it; `otherwise` if they said
 * nothing of that kind. */
void jk_gen_refuse_said(gen_model *m, gen_rule rule, const char *said, const char *otherwise);

/* What cpp is to make of a unit. */
typedef enum gen_view {
    GEN_VIEW_ROLES, /* the words of a role stay words */
    GEN_VIEW_SPIN,  /* everything expanded, as SPIN reads it */
    GEN_VIEW_MACROS /* the macros that are defined at the end */
} gen_view;

bool jk_gen_preprocess(gen_model *m, const char *unit, gen_view view, gen_output *output);
void jk_gen_parse(gen_model *m, const gen_output *source, gen_view view);
int jk_gen_macro_fields(gen_model *m, const char *word, const char *fields[16]);
bool jk_gen_read_bind(gen_model *m, const char *path);
bool jk_gen_read_proto(gen_model *m);
bool jk_gen_read_source(gen_model *m);

/* check.c, role.c, body.c, guard.c */
bool jk_gen_check(gen_model *m);
bool jk_gen_name(gen_model *m, gen_place at, const char *name);
bool jk_gen_type(gen_model *m, const gen_node *declaration, gen_type *type);
const gen_field *jk_gen_field(const gen_model *m, const char *name);
void jk_gen_check_role(gen_model *m, gen_role *r);
void jk_gen_check_body(gen_model *m, gen_role *r, gen_option *o);
void jk_gen_check_choice(gen_model *m, const gen_node *choice);
gen_set *jk_gen_set(gen_model *m, const char *name);
bool jk_gen_constant(const gen_model *m, const char *name, const gen_set **s, int *index);
gen_variable *jk_gen_variable(gen_role *r, const char *name);
gen_arrow *jk_gen_link(gen_model *m, const char *name);
bool jk_gen_sends(const gen_arrow *l, const char *role);

/* emit.c, emit_message.c, emit_names.c, emit_role.c, emit_body.c, emit_table.c */
typedef struct gen_writer {
    gen_model *m;
    const gen_role *r;
    FILE *f;
    int line; /* whose comment was written last */
} gen_writer;

bool jk_gen_emit(gen_model *m);
void jk_gen_emit_message(gen_model *m, FILE *h);
void jk_gen_emit_words(gen_model *m, FILE *h);
void jk_gen_emit_protocol(gen_model *m, FILE *h);
void jk_gen_emit_names_header(gen_model *m, FILE *h);
void jk_gen_emit_names(gen_model *m, FILE *c);
void jk_gen_emit_role_header(gen_model *m, const gen_role *r, FILE *h);
void jk_gen_emit_role(gen_model *m, const gen_role *r, FILE *c);
void jk_gen_emit_body(gen_writer *w, const gen_node *list, int depth);
void jk_gen_emit_table(gen_model *m, const gen_role *r, FILE *tsv);
void jk_gen_emit_dot(gen_model *m, const gen_role *r, FILE *dot);
void jk_gen_emit_begin(gen_model *m, FILE *f, const char *source, const char *text);
const char *jk_gen_c_type(gen_base base);
unsigned jk_gen_c_size(gen_base base);
const char *jk_gen_c_prefix(gen_model *m,
                            const gen_set *s); /* of its enumerators, with the last _ */
const char *jk_gen_c_role(gen_model *m, const gen_role *r); /* jk_<protocol>_<role> */

/* cross.c */
bool jk_gen_cross_check(gen_model *m);

#endif
