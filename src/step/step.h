/* SPDX-License-Identifier: Apache-2.0 */
/* THE transactional step: everything that runs a protocol runs this one - nodes, simulator, tests.
 *
 * A message arrives on an authenticated link, is recognised as new or repeated, decoded, routed to
 * its machine; the machine takes ONE step; its row, outgoing messages, timers and effects are
 * written in ONE group of the store; only after the group's commit is anything sent, acknowledged
 * or answered.
 *
 * The caller owns the engine's memory (jk_engine is large: allocate it once) and the ports.  Calls
 * are not re-entrant.  Status of every function that steps: JK_OK; a HOST status means that the
 * whole group was rolled back and counts as not received: the caller closes its links (peers send
 * again) and, on JK_E_IO or JK_E_BUG, stops the process. */
#ifndef JUKI_STEP_H
#define JUKI_STEP_H

#include "juki/calendar.h"
#include "juki/envelope.h"
#include "port/clock.h"
#include "port/link.h"
#include "port/random.h"
#include "port/store.h"
#include "reconcile/memory.h"

#define JK_PEERS_MAX 2048 /* links of one node: every municipality and its servers */

struct jk_keypair;

/* Keys for sealed certificates and signed roots; borrowed.  Only a CS opens seals: seal is NULL
 * elsewhere. */
typedef struct jk_step_keys {
    const struct jk_keypair *seal; /* this node's prekey pair (channel/noise.h) */
    const uint8_t *sign_secret;    /* 64 bytes */
    /* A peer's prekey and signing key from the directory; false: unknown. */
    bool (*peer)(void *arg, const jk_node_id *peer, uint8_t prekey[32], uint8_t sign_public[32]);
    void *arg;
} jk_step_keys;

/* A message that a step sent, as it waits in the outbox: what its receiver's machine will read. */
typedef struct jk_step_sent {
    jk_node_id peer;
    jk_node_id author;
    uint64_t sequence; /* on the link to that peer */
    uint64_t epoch;
    jk_token txn;
    jk_members members;
    uint16_t kind;
    uint16_t reason;
} jk_step_sent;

/* One step, for the log and for golden traces: whoever has the machines can take it again.  Names
 * are constants; no personal data. */
typedef struct jk_step_record {
    const jk_node_id *node;
    int64_t time_ms; /* wall clock */
    int64_t inst;    /* row id */
    uint16_t machine;
    jk_token key;
    jk_token case_id;
    jk_token txn;
    const char *role;
    const char *input;
    const char *from; /* state before */
    const char *to;   /* state after */
    uint64_t epoch;   /* model-visible fields of the input */
    uint32_t members;
    uint16_t reason;
    uint16_t state;      /* after, as a number */
    const char *hooks;   /* "case_check=GRANTABLE", "" none */
    const char *actions; /* "SEND_CERT,GRANT" */
    jk_status status;    /* JK_OK, or why the input was refused */
    uint64_t sequence;   /* of the message that was taken; 0: it was a command or a timer */
    jk_node_id peer;     /* who sent it ... */
    jk_node_id author;   /* ... wrote it, */
    jk_token in_txn;     /* and its transaction; of a command, what it named */
    const jk_step_sent *sent;
    size_t sent_count;
    int64_t row_ms;     /* when the row was written before, by the wall clock */
    size_t row_size;    /* 0: there was no row */
    const uint8_t *row; /* as it was before the step */
} jk_step_record;

typedef void jk_step_log(void *arg, const jk_step_record *record);

typedef struct jk_engine jk_engine;

typedef struct jk_step_config {
    jk_node_id self;
    jk_store *store;
    jk_link *link;
    jk_clock *clock;
    jk_random *random;
    jk_step_keys keys;
    jk_legal_periods periods;
    int64_t verify_due_ms;  /* 2-④: how long national may take */
    int64_t cert_due_ms;    /* 3-③: how long the origin may take (M13) */
    int64_t notice_due_ms;  /* 3-⑤: after it a notice without an answer is parked (M13) */
    int64_t card_due_ms;    /* 3-⑥: the same for cards */
    int64_t status_due_ms;  /* M3: after it the origin asks the holder of a grant */
    int64_t resend_ms;      /* T5: a link's first repetition */
    int64_t round_due_ms;   /* 6-①: how long a CS waits for the results of a round (R3) */
    int64_t check_due_ms;   /* 6-②: how long a server waits for what it compares */
    jk_recon_memory memory; /* for sketches and trees; without it JK_E_MEMORY where one is wanted */
    jk_step_log *log;       /* every record, after its commit; may be NULL */
    /* The same records before it, jk_engine_record: what is stored here is committed with them, and
     * not OK drops the group as a store that fails.  May be NULL. */
    jk_status (*log_keep)(void *log_arg, jk_engine *engine);
    void *log_arg;
} jk_step_config;

/* Bytes that jk_engine_init needs, aligned as malloc does. */
size_t jk_engine_size(void);

/* Prepares the engine in caller memory; ELAPSED timers of the store start again in full. */
JK_MUST_USE jk_status jk_engine_init(jk_engine *engine, const jk_step_config *config);

/* A message record from an authenticated peer.  Bad bytes are consumed (T7), never an error here.
 * A message that would send more to some peer than JK_OUTBOX_MAX is left alone, as if it had been
 * lost: its sender repeats it (T5).  Queues hold back, they never drop.
 * JK_E_CONFLICT: another message came under that sequence before; two nodes use one identity, or
 * one was restored.  Nothing is changed, and the link must go down. */
JK_MUST_USE jk_status jk_engine_receive(jk_engine *engine, const jk_node_id *peer,
                                        uint64_t link_epoch, uint64_t sequence, jk_span bytes);

/* ACK and NACK records.  JK_E_RECORD: the peer acknowledges what was never sent; close the link. */
JK_MUST_USE jk_status jk_engine_ack(jk_engine *engine, const jk_node_id *peer, uint64_t next);
JK_MUST_USE jk_status jk_engine_nack(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                                     uint16_t rule);

/* Gives back what the engine took of config.memory; of an engine of zeros nothing.  A group that is
 * open stays open. */
void jk_engine_close(jk_engine *engine);

/* The channel to the peer is established / gone. */
JK_MUST_USE jk_status jk_engine_link_up(jk_engine *engine, const jk_node_id *peer);
void jk_engine_link_down(jk_engine *engine, const jk_node_id *peer);

/* What is committed of the directed links with that peer. */
typedef struct jk_link_numbers {
    uint64_t sent;     /* last sequence that was ever sent */
    uint64_t acked;    /* of those, acknowledged by the peer */
    uint64_t received; /* last sequence that was taken from the peer */
} jk_link_numbers;

JK_MUST_USE jk_status jk_engine_link_numbers(jk_engine *engine, const jk_node_id *peer,
                                             jk_link_numbers *numbers);

/* Data that comes with a command, by name: canonical bodies of the kind in brackets.
 *   MOVE_IN "verify" (VERIFY_REQUEST) and "request" (CERT_REQUEST); FILE_OUT "filed" (FILED);
 *   REPORT_DEATH "death" (DEATH); CORRECT_ENTRY "correction" (CORRECTED);
 *   CHANGE_CODE "recode" (RECODE);
 *   OVERRIDE "override": the two persons' ids, a line each;
 *   APPROVE "approver": a person's id; "finding": round (16 bytes), server's role (1) and element
 *   (8, big-endian). */
typedef struct jk_command_data {
    const char *name;
    jk_span body;
} jk_command_data;

typedef struct jk_command {
    uint16_t machine; /* jk_machine_id */
    uint16_t input;   /* the machine's input number */
    jk_token key;     /* txn or case */
    jk_token txn;     /* what the machine is to take for the transaction; none where it has one */
    jk_members members;
    const jk_command_data *data;
    size_t data_count;
} jk_command;

/* True when the last step found a peer's queue at its bound: that step alone was undone. */
bool jk_engine_blocked(const jk_engine *engine);

/* An operator's command. JK_E_FULL with jk_engine_blocked: ask again later. JK_E_NOT_NOW: the
 * machine does not take it in its state; JK_E_CONFLICT: a resident already has an open case.
 * Other PEER statuses: the data is refused. */
JK_MUST_USE jk_status jk_engine_command(jk_engine *engine, const jk_command *command);

/* At a server, by an operator: the CS whose log was behind what this server has of it has been
 * brought up again.  As a step of its own. */
JK_MUST_USE jk_status jk_engine_recovered(jk_engine *engine, const char *code);

/* The row's key of a resident's repairs at this CS.  JK_E_NOT_FOUND: no round was ever begun. */
JK_MUST_USE jk_status jk_repair_key(jk_engine *engine, uint64_t element, jk_token *key);

/* What an operator states beside the machines, read later by a hook: one plain row of the store
 * (src/step/README.md lists the names).  In the open group, as a command is. */
JK_MUST_USE jk_status jk_engine_note(jk_engine *engine, const jk_data_key *key, jk_span value);

/* Runs what is due; *next_ms: monotonic time of the next due timer, INT64_MAX none. */
JK_MUST_USE jk_status jk_engine_timers(jk_engine *engine, int64_t *next_ms);

/* Commits the open group, then sends and acknowledges.  OK when there is none.  The engine does it
 * by itself at JK_GROUP_STEPS_MAX steps; a loop does it at the end of every turn. */
JK_MUST_USE jk_status jk_engine_flush(jk_engine *engine);

/* The records of the open group, oldest first; NULL beyond the last. */
const jk_step_record *jk_engine_record(const jk_engine *engine, size_t index);

#endif
