/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a node process share; nobody else includes it.
 *
 *   loop.c        start, turn, timers, signals, stop
 *   peer.c        who is dialled, and when again
 *   connection.c  a channel on a socket, the link port
 *   control.c     the Unix socket and its lines
 *   command*.c    what a line asks for
 *   clerk.c       the automatic clerk, and why a transaction was refused
 *   steplog.c     the log
 *   history.c     the history, for a checker
 *   reconcile.c   rounds and scrubs by the calendar */
#ifndef JUKI_NODE_INTERNAL_H
#define JUKI_NODE_INTERNAL_H

#include "adapter/uv/clock.h"
#include "adapter/uv/stream.h"
#include "channel/channel.h"
#include "node/boot.h"
#include "node/history.h"
#include "step/roles.h"
#include "step/step.h"

#include <jansson.h>

#define JK_NODE_NAME_SIZE 24 /* "prefecture:131016:65535" and a NUL */
#define JK_NODE_QUEUE_MAX 1024

typedef struct jk_node jk_node;
typedef struct jk_connection jk_connection;
typedef struct jk_client jk_client;

/* A node that this one knows: from the directory, or because it dialled us. */
typedef struct jk_node_peer {
    jk_node_id id;
    char name[JK_NODE_NAME_SIZE];
    char address[JK_DIRECTORY_ADDRESS_SIZE]; /* "" unknown */
    bool dials;  /* the policy lets this node dial it, and the address is known */
    bool wanted; /* a connection shall stand */
    bool told;   /* that it cannot be reached stands in the log */
    bool has_cookie;
    uint8_t cookie[JK_COOKIE_SIZE];
    jk_connection *live;     /* established */
    jk_connection *dialling; /* on the way */
    jk_connection *arriving; /* it dialled us, its HELLO is awaited */
    int64_t dial_at_ms;      /* INT64_MAX: not by time */
    int64_t wait_ms;         /* before the next dial */
    int64_t up_ms;           /* when live was established */
    unsigned behind;         /* channels refused since, because they knew less than the live one */
    int64_t replaced_ms;     /* when a new channel last took a standing one's place, 0 never */
    int64_t alarm_ms;        /* when an alarm about it was last told, 0 never */
} jk_node_peer;

struct jk_connection {
    jk_node *node;
    jk_connection *next;
    jk_connection *previous;
    jk_connection *next_dirty;
    jk_uv_stream *stream;
    jk_channel *channel; /* sodium_malloc */
    uint8_t *receive;
    uint8_t *send;
    size_t send_size;
    jk_node_peer *peer; /* NULL until it is proven; at once for a dialled one */
    char address[JK_UV_ADDRESS_SIZE];
    bool initiator;
    bool proven; /* AUTHENTICATED */
    bool established;
    bool alone; /* no other channel of that peer stood when HELLO was made */
    bool dirty; /* has output of this turn */
    bool closing;
};

/* What is kept of the last group begins with: number of its last line, bytes of its lines. */
#define JK_STEPLOG_HEAD    16
#define JK_STEPLOG_VERSION 1 /* of the log's form, in its first line */

/* The step log.  The lines of a group are written after its commit and before anything else of it
 * leaves; what only tells of the process waits for the end of a turn. */
typedef struct jk_steplog {
    int descriptor; /* -1: none */
    bool owned;
    const char *path;
    char node[JK_NODE_NAME_SIZE];
    char net[17];      /* which network: the beginning of its root's key */
    int64_t opened_ms; /* rows that were written before are told in full */
    uint64_t number;   /* of the last step that is committed */
    uint64_t dropped;
    size_t used;
    char buffer[JK_NODE_LOG_BUFFER];
    uint64_t group_number; /* of the group's last line */
    size_t group_used;
    char group[JK_STEPLOG_HEAD + JK_GROUP_STEPS_MAX * JK_NODE_LOG_LINE_MAX];
} jk_steplog;

/* Why a transaction was refused, from the log call to the turn's end. */
typedef struct jk_node_why {
    uint16_t machine;
    uint16_t reason;
    jk_token key;
} jk_node_why;

typedef struct jk_node_link {
    jk_link port; /* first */
    jk_node *node;
} jk_node_link;

struct jk_node {
    jk_boot *boot;
    const jk_node_config *config;
    uv_loop_t loop;
    jk_uv_net net;
    jk_uv_clock clock;
    jk_node_link link;
    jk_engine *engine;
    jk_steplog log;
    jk_history *history; /* NULL: none is kept */
    char name[JK_NODE_NAME_SIZE];

    jk_node_peer *peers; /* JK_PEERS_MAX of them, allocated at start */
    size_t peer_count;
    size_t peer_hint; /* the one found last */
    size_t cs_count;  /* CS in the directory */
    jk_connection *connections;
    jk_connection *dirty; /* those with output of this turn */
    size_t connection_count;
    size_t half_open;
    int64_t strangers_ms; /* since when they are counted */
    unsigned strangers;   /* lines about connections that proved nothing */
    int64_t accepted_ms;  /* since when they are counted */
    unsigned accepted;    /* incoming connections */
    bool has_cookie_secret;
    uint8_t cookie_secret[JK_COOKIE_SECRET_SIZE];
    jk_uv_listener *listener;
    jk_uv_listener *control;
    jk_client *clients;
    size_t client_count;

    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer;
    uv_signal_t term;
    uv_signal_t interrupt;
    uv_signal_t user;
    uv_signal_t hangup;
    int64_t start_ms;
    int64_t engine_next_ms;
    int64_t sweep_ms;
    int64_t lazy_ms;
    int64_t dial_ms;  /* no peer is to be dialled before */
    int64_t timer_ms; /* when the timer is set to run */
    int64_t stop_ms;
    int64_t retry_ms; /* after a failure of the store: not before */
    uint64_t steps;   /* taken since the start */
    uint64_t seen;    /* of those, when the timers were looked at */
    uint64_t lazy_seen;
    bool turning;
    bool handles; /* the loop's own handles are open */
    bool stopping;
    bool astray_told; /* that the wall clock was set stands in the log */
    int exit_code;

    int64_t round_ms;      /* when a round is looked at again */
    int64_t scrub_ms;      /* when the next slice of a scrub is due */
    int64_t scrub_wait_ms; /* between two */
    char scrub_code[7];    /* whose scrub goes on; "": to be decided */

    bool clerk_scan; /* rows in WAIT_CLERK may not stand in the queue */
    size_t clerk_count;
    jk_token clerk[JK_NODE_QUEUE_MAX];
    size_t why_count;
    jk_node_why why[JK_NODE_QUEUE_MAX];
};

/* --- loop.c --- */
int64_t jk_node_now(jk_node *node);
/* Commits what is open.  A HOST status has been dealt with (jk_node_failed) when this returns. */
JK_MUST_USE jk_status jk_node_flush(jk_node *node);
/* Why, for people: what the store said last if it was the store, else the status's own text. */
const char *jk_node_reason(const jk_node *node, jk_status status);
/* A HOST status of the engine: channels are closed, or the process ends. */
void jk_node_failed(jk_node *node, jk_status status);
void jk_node_stop(jk_node *node, int exit_code);
/* What the engine answered to a step that this node asked of it: HOST statuses are dealt with. */
JK_MUST_USE jk_status jk_node_stepped(jk_node *node, jk_status status);
/* What waits outside the log gets its turn (step/bulk.h); true: there may be more at once. */
bool jk_node_feed(jk_node *node);
/* Calls the engine with a command; HOST statuses are dealt with. */
JK_MUST_USE jk_status jk_node_command(jk_node *node, const jk_command *command);
/* The same for an operator's statement. */
JK_MUST_USE jk_status jk_node_note(jk_node *node, const jk_data_key *key, jk_span value);

/* --- peer.c --- */
void jk_node_name(const jk_node_id *id, char name[JK_NODE_NAME_SIZE]);
void jk_peers_load(jk_node *node);
/* NULL when there is no room. */
jk_node_peer *jk_peer_find(jk_node *node, const jk_node_id *id, bool make);
/* Dials what is due; the earliest later time. */
int64_t jk_peers_dial(jk_node *node);
/* Looks for links with waiting messages among those that are dialled lazily. */
void jk_peers_look(jk_node *node);
void jk_peer_dial_at(jk_node *node, jk_node_peer *peer, int64_t at_ms);
void jk_peer_again(jk_node *node, jk_node_peer *peer);

/* --- connection.c --- */
JK_MUST_USE jk_status jk_connection_dial(jk_node *node, jk_node_peer *peer);
void jk_connection_accepted(void *arg, jk_uv_stream *stream, const char *address);
void jk_connection_close(jk_connection *connection, jk_status status);
void jk_connections_close(jk_node *node, jk_status status);
void jk_connections_send(jk_node *node);
void jk_connections_sweep(jk_node *node);
void jk_link_init(jk_node *node);

/* --- clerk.c --- */
void jk_clerk_note(jk_node *node, const jk_step_record *record);
/* A reason that is not written down yet: of a step that is not committed, or just was; 0 none. */
uint16_t jk_clerk_why(const jk_node *node, uint16_t machine, const jk_token *key);
/* Enters what waits, writes reasons down; true when there was something to do. */
bool jk_clerk_run(jk_node *node);
#define JK_NODE_WHY "why" /* name of the data row: two bytes, a Reason of spec/wire */

/* --- steplog.c --- */
JK_MUST_USE jk_status jk_steplog_open(jk_steplog *log, const char *path, const char *node);
/* Before the first step: writes the lines of the last commit that a kill kept from the log. */
JK_MUST_USE jk_status jk_steplog_recover(jk_steplog *log, jk_store *store, int64_t now_ms);
/* The line with which a process or a file begins, or a process ends: which form of log, of which
 * network, after how many steps. */
void jk_steplog_head(jk_steplog *log, int64_t now_ms, const char *event);
/* The lines of the group that is about to be committed, into its transaction. */
JK_MUST_USE jk_status jk_steplog_keep(jk_steplog *log, jk_store *store, jk_engine *engine);
/* That group is committed. */
void jk_steplog_kept(jk_steplog *log);
/* event is "alarm", "link_up" ...; text is logfmt without personal data, "" none. */
void jk_steplog_event(jk_steplog *log, int64_t time_ms, const char *event, const char *peer,
                      jk_status status, const char *text);
void jk_steplog_flush(jk_steplog *log);
void jk_steplog_reopen(jk_steplog *log, int64_t now_ms);
void jk_steplog_close(jk_steplog *log);

/* --- control.c --- */
void jk_control_accepted(void *arg, jk_uv_stream *stream, const char *address);
void jk_control_close(jk_node *node);
/* After a commit: answers who waits for a transaction.  The earliest time-out. */
int64_t jk_control_waits(jk_node *node);

/* --- command.c and beside it --- */

/* What a line asked for.  request is borrowed; answer is set in any case (NULL: no memory). */
typedef struct jk_ask {
    jk_node *node;
    json_t *request;
    json_t *answer;
    bool stepped; /* the answer holds only after a commit */
    bool wait;    /* answered when wait_txn is settled, or at the time */
    jk_token wait_txn;
    int64_t wait_ms;
} jk_ask;

/* Fills call->answer. */
void jk_command_run(jk_ask *call);
json_t *jk_answer_refused(jk_status status, const char *text);
/* Adds what a person is told of a status or a reason: number, class, retry, text_ja, hint_en,
 * hint_ja.  Nothing for a number that was never given. */
void jk_answer_words(json_t *answer, unsigned number);
void jk_ask_refuse(jk_ask *call, jk_status status, const char *text);
/* A command that its machine did not take: an id that is not known here, or a state that forbids
 * it. */
void jk_ask_refuse_command(jk_ask *call, const jk_command *command, jk_status status);

/* Gives the command to its machine and answers "ok", or refuses. */
void jk_ask_command(jk_ask *call, const jk_command *command);
/* The same for a command that needs nothing but the id in that member of the request. */
void jk_ask_decide(jk_ask *call, const char *key, uint16_t machine, uint16_t input);

/* Members of a request; each refuses the call and returns false for another form.  */
bool jk_ask_token(jk_ask *call, const char *key, jk_token *token);
bool jk_ask_day(jk_ask *call, const char *key, bool required, int64_t *day);
bool jk_ask_text(jk_ask *call, const char *key, size_t size_max, char *text);
/* A filing's day, today if left out: never one that has not come. */
bool jk_ask_filing_day(jk_ask *call, int64_t *day);
/* Another municipality than this node's; "" when it is not there and not required. */
bool jk_ask_municipality(jk_ask *call, const char *key, bool required, char code[7]);
/* An operator's id, FORM_ID of spec/wire. */
#define JK_OPERATOR_SIZE 33
bool jk_ask_operator(jk_ask *call, const char *key, char id[JK_OPERATOR_SIZE]);
bool jk_ask_residents(jk_ask *call, char residents[JK_MEMBERS_MAX][12], size_t *count);
void jk_token_hex(const jk_token *token, char text[33]);
bool jk_token_of_hex(const char *text, jk_token *token);

/* --- command_terminal.c --- */
void jk_command_move_in(jk_ask *call);
void jk_command_stop(jk_ask *call);
void jk_command_give_up(jk_ask *call);
void jk_command_wait(jk_ask *call);
/* --- command_registry.c --- */
void jk_command_file_out(jk_ask *call);
void jk_command_cancel_out(jk_ask *call);
void jk_command_enter(jk_ask *call);
void jk_command_reject(jk_ask *call);
/* --- command_change.c --- */
void jk_command_change(jk_ask *call);
void jk_command_correct_all(jk_ask *call);
/* --- command_choice.c --- */
void jk_command_death(jk_ask *call);
void jk_command_recode(jk_ask *call);
void jk_command_retry(jk_ask *call);
void jk_command_correct(jk_ask *call);
void jk_command_withdraw(jk_ask *call);
/* --- command_cs.c --- */
void jk_command_choose(jk_ask *call);
void jk_command_release(jk_ask *call);
void jk_command_dispute(jk_ask *call);
/* --- command_reconcile.c --- */
void jk_command_reconcile_start(jk_ask *call);
void jk_command_reconcile_status(jk_ask *call);
void jk_command_reconcile_history(jk_ask *call);
void jk_command_reconcile_scrub(jk_ask *call);
void jk_command_reconcile_clear_alarm(jk_ask *call);
/* --- command_layer.c --- */
void jk_command_layer_digests(jk_ask *call);
void jk_command_layer_record(jk_ask *call);
/* --- command_repair.c --- */
void jk_command_reconcile_diff(jk_ask *call);
void jk_command_reconcile_repair(jk_ask *call);
void jk_command_reconcile_release(jk_ask *call);
/* --- command_show.c --- */
void jk_command_status(jk_ask *call);
void jk_command_show(jk_ask *call);
void jk_command_waiting(jk_ask *call);
/* The terminal's row as an answer to wait; settled: nothing more will happen by itself. */
json_t *jk_show_wait(jk_node *node, const jk_token *txn, bool *settled);

#endif
