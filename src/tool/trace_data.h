/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the trace checker share; nobody else includes it.
 *
 *   trace_read.c   a file's lines, word by word
 *   trace_names.c  words back to numbers
 *   trace_map.c    what is known of instances and links
 *   trace_step.c   one line: the machine takes the step again
 *   trace_link.c   messages between nodes
 *   trace_cover.c  which transitions were taken
 *   trace_check.c  the order in which lines are looked at; the end
 *   trace.c        the verb */
#ifndef JUKI_TOOL_TRACE_DATA_H
#define JUKI_TOOL_TRACE_DATA_H

#include "core/core.h"
#include "juki/envelope.h"
#include "juki/limits.h"
#include "step/step.h"
#include "tool/trace.h"

#include <stdio.h>

#define TRACE_LINE_MAX  16384 /* bytes; a node writes at most 4096 */
#define TRACE_SENT_MAX  256
#define TRACE_INPUT_MAX 64
#define TRACE_NAME_SIZE 24 /* "prefecture:131016:65535" and a NUL */
#define TRACE_VERSION   1

typedef struct trace trace;
typedef struct trace_cover trace_cover;

/* ---- trace_read.c ---- */

typedef enum trace_sort {
    TRACE_STEP,
    TRACE_EVENT,
    TRACE_HEAD, /* the event with which a process or a file begins, or a process ends */
    TRACE_CUT,  /* the last line, without its end */
    TRACE_BAD   /* why says what is wrong with its form */
} trace_sort;

/* A line in pieces; words point into the text it was read from. */
typedef struct trace_line {
    trace_sort sort;
    const char *why;
    int64_t time_ms;
    uint64_t n; /* STEP: its number; HEAD: of the last one before */
    jk_node_id node;
    bool start; /* HEAD: of a process */
    uint64_t version;
    const char *net;
    int64_t inst;
    const char *role;
    const char *input;
    const char *from;
    const char *to;
    const char *hooks;   /* "" none */
    const char *actions; /* "" none */
    const char *status;
    uint64_t epoch;
    uint64_t members;
    uint64_t reason;
    jk_token txn;
    jk_token case_id;
    uint64_t sequence; /* of the message that was taken; 0 none */
    jk_node_id peer;
    jk_node_id author;
    jk_token in_txn;
    size_t sent_count;
    jk_step_sent sent[TRACE_SENT_MAX];
    bool has_row;    /* row is named; */
    size_t row_size; /* 0: there was none, and row is all zeros */
    _Alignas(8) uint8_t row[JK_MACHINE_SIZE_MAX];
} trace_line;

/* Takes a line, without its newline, into pieces; text is changed. */
void trace_parse(char *text, trace_line *line);

/* ---- trace_names.c ---- */

typedef enum trace_way {
    TRACE_NO_WAY,
    TRACE_MESSAGE,
    TRACE_COMMAND,
    TRACE_TIMER
} trace_way;

/* A machine and how its inputs come. */
/* What machines of one protocol have in common. */
typedef struct trace_protocol {
    uint16_t first; /* machines */
    uint16_t last;
    uint16_t desk_first; /* links of operators */
    uint16_t desk_last;
    const char *(*effect_name)(uint16_t effect);
    const char *(*reason_name)(uint16_t reason);
} trace_protocol;

/* NULL for a number that is no machine's. */
const trace_protocol *trace_protocol_of(uint16_t machine);

typedef struct trace_role {
    const jk_core_machine *core;
    const trace_protocol *protocol;
    const char *name;
    uint8_t way[TRACE_INPUT_MAX]; /* trace_way */
} trace_role;

typedef struct trace_roles {
    size_t count;
    trace_role role[JK_TRACE_ROLES_MAX];
} trace_roles;

void trace_roles_make(trace_roles *roles);
const trace_role *trace_role_by_name(const trace_roles *roles, const char *name);
bool trace_state_by_name(const trace_role *role, const char *name, uint16_t *state);
/* 0: none. */
uint16_t trace_input_by_name(const trace_role *role, const char *name);
/* The message kind of "COMPARED", and of "COMPARED_FROM_NATIONAL_ROUND"; 0: none. */
uint16_t trace_kind_of_input(const char *input);
bool trace_reason_by_name(const char *name, size_t size, uint16_t *reason);
void trace_node_name(const jk_node_id *id, char name[TRACE_NAME_SIZE]);
bool trace_node_by_name(const char *name, size_t size, jk_node_id *id);

/* ---- trace_map.c ---- */

/* A machine's row as the lines so far make it. */
typedef struct trace_row {
    size_t source;
    const trace_role *role;
    int64_t inst;
    jk_token txn;
    jk_token case_id;
    bool lost; /* what is in it is not known, until a line names it */
    bool told; /* a line was about it */
    uint64_t steps;
    _Alignas(8) uint8_t data[JK_MACHINE_SIZE_MAX];
} trace_row;

/* A directed link.  sent waits from head on, in order, for being taken. */
typedef struct trace_link {
    jk_node_id from;
    jk_node_id to;
    size_t sender;   /* its log, or TRACE_NOBODY */
    size_t receiver; /* the same */
    bool sent_known; /* a first number was seen */
    bool took_known;
    uint64_t sent_first;
    uint64_t sent_next;
    uint64_t took_next;
    size_t head;
    size_t count;
    size_t capacity;
    jk_step_sent *sent;
} trace_link;

#define TRACE_NOBODY SIZE_MAX

typedef struct trace_map {
    size_t capacity;
    size_t count;
    void **slot;
    uint64_t (*hash)(const void *item);
    bool (*equal)(const void *a, const void *b);
} trace_map;

void trace_map_init(trace_map *map, uint64_t (*hash)(const void *item),
                    bool (*equal)(const void *a, const void *b));
/* The item equal to `like`; if there is none, a new one of `size` bytes that begins as `like`.
 * NULL: no memory. */
void *trace_map_get(trace_map *map, const void *like, size_t size);
void trace_map_free(trace_map *map);

uint64_t trace_row_hash(const void *item);
bool trace_row_equal(const void *a, const void *b);
uint64_t trace_link_hash(const void *item);
bool trace_link_equal(const void *a, const void *b);

/* ---- a node's log, and all ---- */

typedef struct trace_source {
    jk_node_id node;
    char name[TRACE_NAME_SIZE];
    char net[17]; /* "" not said yet */
    size_t *file; /* of paths, in order */
    size_t files;
    size_t current; /* of file */
    FILE *in;
    uint64_t place; /* line of the current file */
    bool ended;
    bool ready;   /* line is to be looked at */
    bool blocked; /* it takes what nobody sent yet */
    bool headed;
    bool headless; /* it has steps before its first head; told once */
    bool begun;    /* next is known */
    bool late;     /* there were steps before the log begins */
    uint64_t next; /* number of the step that must come */
    char text[TRACE_LINE_MAX];
    trace_line line;
} trace_source;

struct trace {
    char *const *paths;
    jk_trace_verdict *verdict;
    bool broken; /* no memory, or a file that cannot be read */
    char net[17];
    trace_roles roles;
    trace_source *source;
    size_t count;
    trace_map rows;
    trace_map links;
    trace_cover *cover; /* NULL: not asked for */
};

/* One more difference, at the source's line.  role: NULL none. */
void trace_differ(trace *t, const trace_source *source, const char *role, const char *rule,
                  const char *form, ...) __attribute__((format(printf, 5, 6)));

/* ---- trace_step.c ---- */

/* The line's step, taken again. */
void trace_step(trace *t, size_t source);

/* ---- trace_link.c ---- */

/* False: the message that the line takes was not sent yet, as far as the logs were read. */
bool trace_link_ready(trace *t, const trace_source *source);
/* Takes the line's message off its link; given_up: nobody will send it. */
void trace_link_take(trace *t, const trace_source *source, bool given_up);
/* Puts the line's messages on their links. */
void trace_link_send(trace *t, const trace_source *source);
/* Nobody will send what the line waits for: its sender's log is at its end, or it begins later and
 * says nothing of that link yet. */
bool trace_link_hopeless(trace *t, const trace_source *source);
/* Messages that wait to be taken. */
void trace_link_end(trace *t);

/* ---- trace_cover.c ---- */

trace_cover *trace_cover_open(const char *tables, const trace_roles *roles);
void trace_cover_step(trace_cover *cover, const trace_role *role, const trace_line *line);
void trace_cover_close(trace_cover *cover, jk_trace_verdict *verdict);

#endif
