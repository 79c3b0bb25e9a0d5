/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the demo share; nobody else includes it.
 *
 *   demo.c           options, repeated runs, what is printed at the end
 *   demo_plan.c      who moves from where to where, and what shall go wrong; pure of the seed
 *   demo_net.c       the run's folder, keys, configurations; processes started, killed, reaped
 *   demo_talk.c      line JSON over the nodes' Unix sockets
 *   demo_look.c      what the databases say while the nodes run
 *   demo_drive.c     the loop: one turn at a time, every move a little further
 *   demo_sabotage.c  what --sabotage does to a run
 *   demo_reconcile.c the auditor: damage by SQL, rounds, repairs
 *   demo_round.c     one round as a sequence chart, from the step logs
 *   demo_show.c      progress, table of outcomes, JSON
 *   demo_history.c   the verdict over the histories
 *   demo_trace.c     the verdict over the step logs
 *   demo_chart.c     one transaction as a sequence chart, from the step logs */
#ifndef JUKI_TOOL_DEMO_RUN_H
#define JUKI_TOOL_DEMO_RUN_H

#include "juki/limits.h"
#include "juki/person.h"
#include "juki/types.h"
#include "tool/client_history.h"
#include "tool/history.h"
#include "tool/judge.h"
#include "tool/trace.h"

#include <stdio.h>
#include <sys/types.h>

enum {
    DEMO_TOWNS = 3,
    DEMO_PREFECTURES = 2,
    DEMO_NODES = 3 * DEMO_TOWNS + DEMO_PREFECTURES + 2,
    DEMO_MANUAL = 1,   /* the town whose registry has a clerk of flesh and blood: the driver */
    DEMO_LANES = 12,   /* moves under way at once */
    DEMO_QUEUE = 64,   /* requests that wait for a node's answer */
    DEMO_LINE = 16384, /* bytes of a line of JSON */
    DEMO_PATH = 4096,
    DEMO_NO_MOVE = -1,
    DEMO_RESIDENTS = 3000,
    DEMO_MOVES_MAX = 2000,
    DEMO_REASONS = 64 /* reasons of spec/wire that a terminal can be told */
};

#define DEMO_TODAY "2026-04-10"

typedef enum demo_kill {
    DEMO_KILL_CS,
    DEMO_KILL_RANDOM,
    DEMO_KILL_NONE
} demo_kill;

typedef enum demo_sabotage {
    DEMO_SABOTAGE_NONE,
    DEMO_TWO_REGISTERS,
    DEMO_DROP_NOTICE,
    DEMO_LOSE_ENTRY
} demo_sabotage;

typedef struct demo_options {
    unsigned moves;
    unsigned repeat;
    unsigned deadline_s; /* without any progress */
    uint64_t seed;
    demo_kill kill;
    demo_sabotage sabotage;
    bool json;
    bool quiet;        /* no progress */
    const char *keep;  /* NULL: a folder of its own, removed at the end */
    const char *check; /* NULL: run */
} demo_options;

/* What a move is meant to show. */
typedef enum demo_case {
    DEMO_PLAIN,      /* filed at the origin, done at the destination */
    DEMO_HELD,       /* the clerk waits until a rival was refused, then enters */
    DEMO_RIVAL,      /* asks for the same case at another terminal: GRANTED_ELSEWHERE */
    DEMO_NO_FILING,  /* nobody filed a moving-out */
    DEMO_TOO_LATE,   /* more than 30 days after the planned day */
    DEMO_STOP,       /* stopped at the terminal before the clerk entered */
    DEMO_CANCEL_OUT, /* the moving-out is cancelled at the origin */
    DEMO_REJECT,     /* the clerk of the destination rejects */
    DEMO_NO_CARD,    /* the card is not valid */
    DEMO_NO_PIN,     /* the PIN is locked */
    DEMO_CASES
} demo_case;

typedef enum demo_phase {
    DEMO_WAITS,  /* not begun */
    DEMO_FILING, /* file-out is asked for */
    DEMO_FILED,  /* the case is known; it must reach the origin's CS */
    DEMO_ASKING, /* move-in or cancel-out is asked for */
    DEMO_ASKED,  /* under way */
    DEMO_OVER
} demo_phase;

typedef enum demo_outcome {
    DEMO_OPEN, /* none yet */
    DEMO_DONE,
    DEMO_REFUSED,
    DEMO_CANCELLED,
    DEMO_PARKED,
    DEMO_LOST, /* no answer that could be understood, or none at all */
    DEMO_OUTCOMES
} demo_outcome;

typedef struct demo_move {
    demo_case kind;
    unsigned origin; /* towns */
    unsigned destination;
    size_t person[JK_MEMBERS_MAX]; /* places in the list of residents */
    unsigned count;
    unsigned card; /* index in person of the card's holder */
    int64_t planned_day;
    int64_t filed_day;
    int64_t moved_in_day;
    int partner; /* of a held move and its rival; DEMO_NO_MOVE */
    bool last;   /* begins when every other move is over */
    /* the run */
    demo_phase phase;
    demo_outcome outcome;
    unsigned reason;
    unsigned tries;     /* of that word */
    int64_t refused_ms; /* when it was first seen refused, without a reason */
    bool asked;         /* the clerk's or the operator's second word was sent */
    char case_hex[33];
    char txn_hex[33];
} demo_move;

typedef struct demo_plan {
    jk_person *people;
    size_t people_count;
    demo_move *moves;
    size_t count;
} demo_plan;

typedef enum demo_verb {
    DEMO_FILE_OUT,
    DEMO_MOVE_IN,
    DEMO_STOP_MOVE,
    DEMO_ENTER,
    DEMO_REJECT_MOVE,
    DEMO_CANCEL_CASE
} demo_verb;

typedef struct demo_request {
    size_t move;
    demo_verb verb;
} demo_request;

typedef struct demo_node {
    jk_node_id id;
    char base[24]; /* "cs-131016": its files' name */
    unsigned port; /* 0: it only dials */
    pid_t pid;     /* 0: not running */
    bool ready;    /* its socket answered since it was started */
    bool leaving;  /* it was told to stop */
    unsigned starts;
    int fd;             /* to its socket; -1 */
    bool waiting;       /* the first request of the queue is sent, not answered */
    bool lost;          /* ... and the process died before it answered */
    uint64_t operation; /* of that request, in the driver's history */
    demo_request queue[DEMO_QUEUE];
    size_t queued;
    size_t in_used;
    char in[DEMO_LINE];
    struct sqlite3 *db; /* for reading; NULL until it is there */
    struct sqlite3_stmt *look;
} demo_node;

typedef struct demo_net {
    char folder[DEMO_PATH];
    int folder_fd;
    bool own_folder;
    demo_node node[DEMO_NODES];
} demo_net;

/* What the auditor did and saw. */
typedef struct demo_reconciled {
    bool done; /* equal, damaged, shown exactly, repaired, equal again */
    unsigned rounds;
    unsigned damaged;
    unsigned shown;
    unsigned repaired; /* log entries */
    unsigned kind[4];  /* shown: changed, sequence number, removed, added */
    uint64_t records;  /* compared, of all rounds */
    uint64_t bytes;    /* of all rounds, both ways */
    uint64_t scrubbed; /* rows that were read */
    char round[33];    /* the last town's, in which damage was found */
    char fault[160];   /* "" none */
} demo_reconciled;

/* One run, and what is left of it. */
typedef struct demo_run {
    const demo_options *options;
    uint64_t seed;
    demo_plan plan;
    demo_net net;
    jk_client_history history; /* the driver's own */
    int64_t start_ms;
    int64_t change_ms; /* when something was last seen to happen */
    int64_t shown_ms;
    uint64_t fingerprint;
    uint64_t random; /* state of the run's own choices */
    unsigned over;
    unsigned restarts;
    int victim;         /* node to be killed, -1 none */
    unsigned kill_at;   /* moves over when it happens */
    int64_t kill_ms;    /* when it is killed; 0: not known yet */
    int64_t restart_ms; /* when it is started again; 0: it runs */
    bool killed;
    bool late;       /* the deadline passed */
    pid_t audit_pid; /* 0: it is not running */
    int audit_fd;
    size_t audit_used;
    char audit_line[1024];
    demo_reconciled reconciled;
    char fault[400]; /* "" none: why the run could not go on */
    /* the results */
    unsigned outcomes[DEMO_OUTCOMES];
    unsigned refused[DEMO_REASONS];
    unsigned unexpected;
    unsigned households;
    unsigned moved; /* residents of the moves that were done */
    double seconds;
    jk_verdict verdict;
    jk_history_verdict histories;
    jk_trace_verdict traces;
} demo_run;

/* --- demo_plan.c --- */
extern const char *const demo_town_codes[DEMO_TOWNS];
extern const char *const demo_prefecture_codes[DEMO_PREFECTURES];
uint64_t demo_random(uint64_t *state);
/* people and moves are allocated; demo_plan_free releases them.  false: fault says why. */
bool demo_plan_make(const demo_options *options, uint64_t seed, demo_plan *plan, char *fault);
void demo_plan_free(demo_plan *plan);
void demo_day_text(int64_t day, char text[11]);
/* May a move of this kind end so? */
bool demo_expected(const demo_move *move);

/* --- demo_net.c --- */
int64_t demo_now_ms(void);
/* The folder with keys, configurations and people.  false: run->fault says why. */
bool demo_net_make(demo_run *run);
bool demo_net_start(demo_run *run, demo_node *node);
bool demo_net_start_all(demo_run *run);
void demo_net_kill(demo_run *run, demo_node *node);
/* Asks all to stop and waits for them; kills what stays. */
void demo_net_stop_all(demo_run *run);
/* Tells who ended by himself: false, and run->fault. */
bool demo_net_watch(demo_run *run);
/* Kills whatever runs, closes everything, removes a folder of its own. */
void demo_net_close(demo_run *run);
demo_node *demo_node_of(demo_run *run, jk_role role, const char *code);
extern volatile int demo_interrupted; /* a signal asked to end */

/* --- demo_talk.c --- */
bool demo_ask(demo_run *run, demo_node *node, size_t move, demo_verb verb);
/* Sends what waits, reads what came; waits at most wait_ms. */
void demo_talk(demo_run *run, int wait_ms);
void demo_talk_close(demo_node *node);
/* Writes down that the answer will not come. */
void demo_talk_lost(demo_run *run, demo_node *node);
/* The answer to a request; text is the line.  In demo_drive.c. */
void demo_answered(demo_run *run, const demo_request *request, const char *text);
/* A request whose answer was lost; true: it must be sent again.  In demo_drive.c. */
bool demo_answer_lost(demo_run *run, demo_node *node, const demo_request *request);

/* --- demo_look.c --- */
void demo_look_close(demo_node *node);
/* State of a machine by its key in hex, and why it was refused; false: no such row, or not now. */
bool demo_look_state(demo_run *run, demo_node *node, unsigned machine, const char *key_hex,
                     char state[32], unsigned *reason);
/* A key of that machine that no move has yet, in hex; false: there is none. */
bool demo_look_new(demo_run *run, demo_node *node, unsigned machine, char key_hex[33]);
/* One number by SQL; false: not now. */
bool demo_look_number(demo_run *run, demo_node *node, const char *sql, int64_t *number);
/* The first column of every row, up to the capacity; how many. */
size_t demo_look_rows(demo_run *run, demo_node *node, const char *sql, int64_t *rows,
                      size_t capacity);
/* Everything is delivered and nothing can happen any more. */
bool demo_look_settled(demo_run *run);
/* Changes a database whose node does not run. */
bool demo_look_change(demo_run *run, demo_node *node, const char *sql);

/* --- demo_drive.c --- */
/* Runs every move to its end and waits for quiescence; false: run->fault. */
bool demo_drive(demo_run *run);
/* Talks and looks until settled or late; false: run->fault. */
bool demo_settle(demo_run *run);
bool demo_turn(demo_run *run);

/* --- demo_reconcile.c --- */
/* A process of its own, beside the moves.  false: run->fault. */
bool demo_audit_start(demo_run *run);
/* Takes what it says. */
void demo_audit_look(demo_run *run);
void demo_audit_end(demo_run *run);
void demo_show_reconciled(const demo_reconciled *reconciled, FILE *out);
void demo_add_reconciled(demo_reconciled *sum, const demo_reconciled *one);
json_t *demo_reconciled_object(const demo_reconciled *reconciled, unsigned runs);

/* --- demo_sabotage.c --- */
/* After every move is over; false: run->fault. */
bool demo_sabotage_after(demo_run *run);
/* Takes over a move whose NOTICE shall be lost; false: run->fault. */
bool demo_sabotage_notice(demo_run *run, demo_move *move);

/* --- demo_show.c --- */
void demo_show_progress(demo_run *run, bool last);
void demo_show_event(demo_run *run, const char *what, const char *who);
void demo_show_outcomes(const demo_run *run, FILE *out);
void demo_show_verdict(const jk_verdict *verdict, FILE *out);
/* Columns that a UTF-8 text takes on a terminal. */
size_t demo_width(const char *text);
const char *demo_outcome_name(demo_outcome outcome);

/* --- demo_history.c --- */
/* false: it was told why they cannot be judged. */
bool demo_judge_histories(const char *folder, jk_history_verdict *verdict);
void demo_add_histories(jk_history_verdict *sum, const jk_history_verdict *one);
void demo_show_found(const jk_history_verdict *verdict, FILE *out);
void demo_show_histories(const jk_history_verdict *verdict, FILE *out);
json_t *demo_histories_object(const jk_history_verdict *verdict);

/* --- demo_trace.c --- */
/* False: there is no verdict, and standard error says why. */
bool demo_judge_traces(const char *folder, jk_trace_verdict *verdict);
void demo_add_traces(jk_trace_verdict *sum, const jk_trace_verdict *one);
void demo_show_trace_found(const jk_trace_verdict *verdict, FILE *out);
void demo_show_traces(const jk_trace_verdict *verdict, FILE *out);
json_t *demo_traces_object(const jk_trace_verdict *verdict);

/* --- demo_chart.c --- */
void demo_show_chart(demo_run *run, FILE *out);

typedef struct demo_lane {
    const char *japanese;
    const char *english;
} demo_lane;

/* A row of a chart: a message from lane to lane, or (both the same) a word of an operator. */
typedef struct demo_arrow {
    unsigned from;
    unsigned to;
    unsigned times; /* one after the other */
    char step[8];   /* of the source */
    char kind[32];
} demo_arrow;

/* Adds a row, or counts it at the last one that is alike; how many there are then. */
size_t demo_arrow_add(demo_arrow *rows, size_t count, size_t max, const demo_arrow *row);
void demo_draw(FILE *out, const demo_lane *lanes, size_t lane_count, const demo_arrow *rows,
               size_t count);
/* The value of key=value in a logfmt line, cut to the capacity; false: there is no such key. */
bool demo_value_of(const char *line, const char *key, char *value, size_t capacity);

/* --- demo_round.c --- */
/* The round that found what was damaged, as a chart. */
void demo_show_round(demo_run *run, FILE *out);

#endif
