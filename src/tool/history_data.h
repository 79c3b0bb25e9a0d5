/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the history checker share; nobody else includes it.
 *
 *   history_data.c   texts, tables, growing
 *   history_read.c   lines to facts
 *   history_time.c   rules about every instant of a resident (H1 to H4)
 *   history_rules.c  rules about transactions, operations, messages and epochs
 *   history_end.c    rules about the end (H7, H9) */
#ifndef JUKI_TOOL_HISTORY_DATA_H
#define JUKI_TOOL_HISTORY_DATA_H

#include "history.h"

#include <stddef.h>

enum {
    H_NONE = 0, /* no text; texts count from 1 */
    H_CURRENT = 1,
    H_REMOVED = 2,
    H_MEMBERS = 16
};

#define H_NO_STEP UINT32_MAX

typedef uint32_t h_text;

/* A file: one node or client, in one run after the other. */
typedef struct h_node {
    h_text name; /* "cs:131016:0" */
    h_text path;
    char role[16];
    char code[8];
    bool client;
    bool stopped; /* the last run said so */
    unsigned runs;
    unsigned killed;
    int64_t last_ns;    /* of the newest line */
    int64_t open_ns;    /* of the run */
    int64_t restart_ns; /* when the last run after a kill began; INT64_MIN: none was killed */
    int64_t before_ns;  /* newest line of the run before */
    bool clean;         /* the run before ended with a stop */
    bool opening;       /* between open and ready */
    uint64_t number;    /* n of the newest line */
    uint64_t log_last;  /* newest position of its update log that was seen */
    uint32_t log_run;   /* the run that wrote it */
} h_node;

/* A step, or a machine's row as a start found it (no input then). */
typedef struct h_step {
    uint32_t node;
    uint32_t line;   /* of the file */
    int64_t from_ns; /* it happened not before ... */
    int64_t to_ns;   /* ... and not after */
    unsigned run;
    bool seen;  /* told by a start ... */
    bool clean; /* ... after a stop */
    bool final;
    h_text role;
    h_text input;
    h_text before;
    h_text state;
    h_text key;
    h_text txn;
    h_text case_id;
    int64_t day;
    int64_t due;      /* planned date; INT64_MIN: none */
    bool notifies;    /* it sent a NOTICE */
    unsigned entered; /* residents whom it made current */
} h_step;

typedef enum h_kind {
    H_REGISTER, /* value: status; number: reason, epoch, epoch_high */
    H_CASE,     /* value: 1; text: the case, number[0]: member */
    H_EPISODE,  /* value: 1 + 2 * open + 4 * current; sub: code and epoch */
    H_CARD      /* value: state + 1; text: code */
} h_kind;

/* What a node held of a resident from some moment on; value 0: nothing. */
typedef struct h_fact {
    h_text who;
    uint32_t node;
    h_kind kind;
    h_text sub; /* tells rows of one resident apart */
    uint32_t value;
    h_text text;
    uint64_t number[3];
    int64_t from_ns;
    int64_t to_ns;
    uint32_t step; /* H_NO_STEP: a start told */
    uint32_t line;
    uint32_t order;
    bool first;    /* how the history begins */
    unsigned told; /* run that told it at its start, or later */
} h_fact;

typedef struct h_message {
    h_text id;
    h_text kind;
    h_text to; /* H_NONE: taken, not sent */
    h_text txn;
    uint32_t mask;
    uint64_t epoch;
    uint32_t step;
} h_message;

typedef struct h_entry { /* of an update log */
    h_text who;
    h_text kind;
    uint64_t sequence;
    uint64_t epoch;
    uint32_t step;
} h_entry;

typedef struct h_applied {
    h_text code;
    uint64_t sequence;
    uint32_t step;
} h_applied;

typedef struct h_operation {
    uint32_t node; /* whose history */
    uint32_t line;
    unsigned run;
    uint64_t number;
    h_text at; /* the node that was asked */
    h_text verb;
    h_text txn;
    h_text case_id;
    int64_t asked_ns;
    int64_t answered_ns;
    char outcome; /* '1' ok, '0' refused, '?' unknown */
} h_operation;

typedef struct h_array {
    void *item;
    size_t count;
    size_t capacity;
} h_array;

/* A table from up to four numbers to one. */
typedef struct h_map {
    struct h_slot *slot;
    size_t count;
    size_t capacity;
} h_map;

typedef struct h_history {
    h_array texts;     /* char * */
    h_map text_of;     /* hash -> text */
    h_array node;      /* h_node */
    h_array step;      /* h_step */
    h_array fact;      /* h_fact */
    h_array message;   /* h_message */
    h_array entry;     /* h_entry */
    h_array applied;   /* h_applied */
    h_array operation; /* h_operation */
    h_map fact_of;     /* kind, node, who, sub -> newest fact */
    h_map machine_of;  /* node, role, key -> newest step */
    h_map index;       /* the rules' own: what, text, text, node -> place */
    uint32_t *by_who;  /* facts by resident, node, kind and order; first of all rules */
    h_text boot;
    jk_history_verdict *verdict;
    char *fault;
    bool no_memory;
} h_history;

/* --- history_data.c --- */
/* The next item, zeroed; NULL without memory, which h->no_memory keeps. */
void *h_add(h_history *h, h_array *array, size_t size);
h_text h_text_of(h_history *h, const char *text, size_t size);
const char *h_word(const h_history *h, h_text text); /* "-" for H_NONE */
bool h_is(const h_history *h, h_text text, const char *word);
bool h_begins(const h_history *h, h_text text, const char *word);
/* A state in which an operator is asked. */
bool h_parked(const h_history *h, h_text state);
/* Where the number of that key stands; made as UINT32_MAX.  NULL: no memory. */
uint32_t *h_map_at(h_history *h, h_map *map, const uint32_t key[4]);
void h_free(h_history *h);
void h_violation(h_history *h, unsigned rule, uint32_t node, uint32_t line, const char *form, ...)
    __attribute__((format(printf, 5, 6)));
h_node *h_node_at(const h_history *h, uint32_t i);
h_step *h_step_at(const h_history *h, uint32_t i);
h_fact *h_fact_at(const h_history *h, size_t i);
h_message *h_message_at(const h_history *h, size_t i);
/* The node of that name; UINT32_MAX: none. */
uint32_t h_node_named(const h_history *h, h_text name);

/* --- history_read.c --- */
bool h_read_folder(h_history *h, const char *folder);

/* --- the rules --- */

/* What h_history.index finds. */
typedef enum h_index {
    H_AT_REGISTRATION = 1, /* txn -> step of the registry that entered */
    H_AT_GRANT,            /* txn -> message CERT */
    H_AT_DESK,             /* input, key, node -> first such step */
    H_AT_SENT,             /* message id -> message */
    H_AT_TAKEN,            /* message id, node -> message */
    H_AT_ENTERED,          /* resident, txn -> step */
    H_AT_HOLDER,           /* case -> message CERT whose grant is open; count of it ended */
    H_AT_DUE,              /* case -> step with its planned date */
    H_AT_WITHDRAWN,        /* txn -> step of the registry that took it back */
    H_AT_OVERRIDDEN,       /* case -> step */
    H_AT_PARKED,           /* case or txn -> step */
    H_AT_LAST              /* node's log or what it applied of a CS -> place */
} h_index;

/* UINT32_MAX: nothing. */
uint32_t h_find(h_history *h, h_index what, h_text a, h_text b, uint32_t node);
/* true: there was nothing yet. */
bool h_put(h_history *h, h_index what, h_text a, h_text b, uint32_t node, uint32_t value);
void h_put_over(h_history *h, h_index what, h_text a, h_text b, uint32_t node, uint32_t value);
/* Before the rules: machines, what is parked and overridden, facts by resident. */
bool h_prepare(h_history *h);
/* The resident's facts begin at *start of by_who; how many.  0: no more. */
size_t h_next_who(const h_history *h, size_t *start);
void h_judge_time(h_history *h);
void h_judge_rules(h_history *h);
void h_judge_end(h_history *h);

#endif
