/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/step share; nobody else includes it. */
#ifndef JUKI_STEP_INTERNAL_H
#define JUKI_STEP_INTERNAL_H

#include "card.pb.h"
#include "identify.pb.h"
#include "juki/codec.h"
#include "movein.h"
#include "movein.pb.h"
#include "person.pb.h"
#include "reconcile.pb.h"
#include "step/roles.h"
#include "step/step.h"
#include "step/upkeep_internal.h"
#include "update.h"
#include "update.pb.h"

/* Step records kept until the group's commit: a step writes at most one. */
#define JK_STEP_RECORDS_MAX JK_GROUP_STEPS_MAX
#define JK_ANSWERS_MAX      (JK_GROUP_STEPS_MAX + 1)
/* Messages that the records of a group tell of; a step sends at most a member's each action. */
#define JK_STEP_SENT_MAX  2048
#define JK_STEP_SENDS_MAX (JK_ACTIONS_MAX * JK_MEMBERS_MAX)

/* Any decoded body: one buffer for what came in, one for what is kept, one for what goes out. */
typedef union jk_body {
    jk_wire_VerifyRequest verify_request;
    jk_wire_VerifyResult verify_result;
    jk_wire_CertRequest cert_request;
    jk_wire_Cert cert;
    jk_wire_Register enroll;
    jk_wire_Registered registered;
    jk_wire_Rejected rejected;
    jk_wire_Stopped stopped;
    jk_wire_Notice notice;
    jk_wire_Accepted accepted;
    jk_wire_Disputed disputed;
    jk_wire_Corrected corrected;
    jk_wire_Withdrawn withdrawn;
    jk_wire_Withdraw withdraw;
    jk_wire_Death death;
    jk_wire_Died died;
    jk_wire_Recode recode;
    jk_wire_CardStatus card_status;
    jk_wire_Filed filed;
    jk_wire_Removed removed;
    jk_wire_Restored restored;
    jk_wire_CancelOut cancel_out;
    jk_wire_CancelOk cancel_ok;
    jk_wire_Moved moved;
    jk_wire_LogRecord log;
    jk_wire_Changed changed;
    jk_wire_Correction correction;
    jk_wire_Continue go_on;
    jk_wire_Continued continued;
    jk_wire_Done done;
    jk_wire_Refused refused;
    jk_wire_Marker marker;
    jk_wire_Repair repair;
    jk_wire_EntryRefused entry_refused;
    jk_wire_Round round;
} jk_body;

/* What this process knows of a link between two commits; a restart forgets it. */
typedef struct jk_step_peer {
    jk_node_id node;
    jk_token token;
    bool up;
    bool dirty;             /* something waits for the next commit */
    uint64_t expected;      /* next sequence of the incoming link, as of the open group */
    uint64_t last;          /* of the outgoing link, as of the open group */
    uint64_t acked;         /* the same */
    uint64_t sent;          /* highest sequence handed to the channel since it is up */
    int64_t resend_at_ms;   /* INT64_MAX: nothing waits */
    int64_t resend_wait_ms; /* doubles with every repetition, T5 */
} jk_step_peer;

/* ACK or NACK of one message, sent after the commit. */
typedef struct jk_step_answer {
    const jk_step_peer *peer;
    uint64_t sequence; /* ACK: the next expected; NACK: of the refused message */
    uint16_t rule;     /* 0: ACK */
} jk_step_answer;

typedef struct jk_kept_record {
    jk_step_record record;
    char hooks[96];    /* two answers */
    char actions[512]; /* JK_ACTIONS_MAX words */
    _Alignas(8) uint8_t row[JK_MACHINE_SIZE_MAX];
} jk_kept_record;

struct jk_engine {
    jk_step_config config;
    bool group_open;
    bool broken;   /* an internal check failed: no further work */
    bool in_timer; /* what a timer must say finds room in a queue that is at its bound */
    bool blocked;  /* the step in hand found none, and is undone */
    unsigned steps;
    size_t peer_count;
    size_t peer_hint;  /* the one found last: a group is often one peer's */
    size_t dirty_from; /* peers with something for the next commit lie from here ... */
    size_t dirty_to;   /* ... up to and without this one */
    int64_t resend_ms; /* no peer's repetition is due before */
    size_t answer_count;
    size_t record_count;
    size_t record_mark; /* records when the step in hand began; undone, it takes its own along */
    size_t sent_count;
    jk_status commit_status;
    jk_step_answer answers[JK_ANSWERS_MAX];
    jk_kept_record records[JK_STEP_RECORDS_MAX];
    jk_step_sent sent[JK_STEP_SENT_MAX];
    jk_step_peer peers[JK_PEERS_MAX];
    jk_outbox_row outbox;
    jk_register_row person_row;
    jk_log_row log_row;
    jk_episode_row episode;
    jk_episode_row episode_other;
    jk_finding_row finding;
    jk_finding_row finding_again;
    jk_wire_Repair shown;
    struct jk_dialogue *dialogues; /* taken from config.memory */
    jk_body in;                    /* body of the message in hand */
    jk_body kept;                  /* body read back from the transaction's data */
    jk_body out;                   /* body being made */
    jk_wire_Person person;
    jk_wire_Certificate certificate;
    jk_wire_RegistryRecord household;
    uint8_t kept_bytes[JK_BODY_SIZE_MAX];
    uint8_t list_bytes[JK_BODY_SIZE_MAX];
    size_t opened_count; /* certificates of the CERT in hand, opened by its check */
    jk_codec_member opened[JK_MEMBERS_MAX];
    uint8_t opened_bytes[JK_BODY_SIZE_MAX];
    uint8_t body_bytes[JK_BODY_SIZE_MAX];
    uint8_t envelope_bytes[JK_ENVELOPE_SIZE_MAX];
    jk_upkeep upkeep;
    bool bulk_empty; /* nothing waits outside the log: it was looked for */
    jk_bulk_row bulk;
};

typedef struct jk_protocol jk_protocol;

/* One step of an upper machine. */
typedef struct jk_step {
    jk_engine *engine;
    const jk_core_machine *machine;
    const jk_protocol *protocol; /* the machine's */
    const jk_envelope *message;  /* NULL for a command and for a timer */
    const jk_command *command;   /* NULL for a message and for a timer */
    jk_node_id peer;             /* the message's sender */
    uint64_t sequence;           /* and its number on the link */
    uint16_t input;
    uint16_t body_kind; /* of what stands decoded in engine->in; 0 nothing */
    jk_envelope_event event;
    jk_machine_row row;
    jk_status status;             /* first failure inside a hook: a HOST status */
    const char *read;             /* the kept body that stands in engine->kept; NULL none */
    bool named_known;             /* `named` was worked out */
    uint32_t named;               /* members of this case whom the request in hand names */
    struct jk_dialogue *dialogue; /* the one in hand; NULL none */
    jk_kept_record *log;
} jk_step;

/* --- group.c --- */
JK_MUST_USE jk_status jk_group_open(jk_engine *engine);
/* The peer's entry, made if there is none; NULL when the table is full. */
jk_step_peer *jk_peer_of(jk_engine *engine, const jk_node_id *node);
/* Something waits for the next commit. */
void jk_peer_touch(jk_engine *engine, jk_step_peer *peer);
jk_kept_record *jk_record_new(jk_engine *engine);
/* Forgets all records but the first `count`. */
void jk_record_drop(jk_engine *engine, size_t count);
bool jk_is_host(jk_status status);
/* A check of our own work: false breaks the engine (and traps in test builds). */
JK_MUST_USE bool jk_check(jk_engine *engine, bool holds);

/* --- engine.c: a step of its own, in the group that is open --- */
JK_MUST_USE jk_status jk_step_open(jk_engine *engine);
/* Keeps it, or undoes it under that status. */
JK_MUST_USE jk_status jk_step_close(jk_engine *engine, jk_status status);

/* --- sender.c: the generated sender of a link --- */
/* Stores the envelope in the outbox under the next sequence.  JK_E_FULL: the outbox is full, and
 * engine->blocked is set; or there are too many peers. */
JK_MUST_USE jk_status jk_transport_submit(jk_engine *engine, const jk_envelope *envelope);
JK_MUST_USE jk_status jk_transport_ack(jk_engine *engine, const jk_node_id *peer, uint64_t next);
JK_MUST_USE jk_status jk_transport_nack(jk_engine *engine, const jk_node_id *peer,
                                        uint64_t sequence, uint16_t rule);
/* After jk_transport_load. */
JK_MUST_USE jk_status jk_transport_up(jk_engine *engine, const jk_node_id *peer);
JK_MUST_USE jk_status jk_transport_resend(jk_engine *engine, jk_step_peer *peer);
/* The row of a link's machine; an absent one is the initial state. */
JK_MUST_USE jk_status jk_link_load(jk_engine *engine, uint16_t machine, const jk_step_peer *peer,
                                   uint16_t size, jk_machine_row *row);
JK_MUST_USE jk_status jk_link_save(jk_engine *engine, jk_machine_row *row, uint16_t state);

/* --- receiver.c: the generated receiver of a link, with the upper step inside --- */
JK_MUST_USE jk_status jk_transport_data(jk_engine *engine, const jk_node_id *peer,
                                        uint64_t link_epoch, uint64_t sequence, jk_span bytes);
/* Reads the link's counters from its rows into the peer's entry. */
JK_MUST_USE jk_status jk_transport_load(jk_engine *engine, jk_step_peer *peer);

/* --- upper.c --- */
/* Takes a message once: a message_id that was consumed before has no further effect (T6). */
JK_MUST_USE jk_status jk_upper_once(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                                    jk_span bytes, jk_envelope *envelope);
/* Logs a message that no machine took: refused under `rule`, or JK_OK: taken before.  Zeros where
 * the envelope could not be read. */
void jk_upper_passed(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                     const jk_envelope *envelope, jk_status rule);
/* Stores a message of this step's; its id is made here. */
JK_MUST_USE jk_status jk_upper_send(jk_step *step, jk_envelope *envelope);
JK_MUST_USE jk_status jk_upper_timer(jk_engine *engine, const jk_timer_row *timer);
JK_MUST_USE jk_status jk_upper_command(jk_engine *engine, const jk_command *command);

/* What binds a protocol's roles to their host.  All but `key` are called with the row loaded. */
struct jk_protocol {
    uint16_t first; /* its machines' numbers: from here ... */
    uint16_t last;  /* ... to here */
    /* Which row takes the message in hand. */
    jk_status (*key)(jk_step *step, jk_token *key);
    /* What must hold of a message, of a command, before the machine sees it. */
    jk_status (*check)(jk_step *step);
    jk_status (*command_check)(jk_step *step);
    /* The answers of a machine. */
    const void *(*hooks)(uint16_t machine);
    jk_status (*apply)(jk_step *step, const jk_envelope_action *action);
    /* Whom a link leads to; of a message that is sent a member at a time, for that member.  *txn is
     * changed where the receiver's differs from the action's. */
    jk_status (*peer)(jk_step *step, uint16_t link, int member, jk_node_id *peer, jk_token *txn);
    /* The body of a message that is sent; may change what its envelope says. */
    jk_status (*fill)(jk_step *step, const jk_envelope_action *action, int member,
                      jk_envelope *envelope, jk_codec_bytes *body);
    /* A timer's row (kind, duration or due day) and its machine's input. */
    jk_status (*timer)(jk_step *step, uint16_t timer, jk_timer_row *row);
    uint16_t (*timer_input)(uint16_t machine, uint16_t timer);
    const char *(*effect_name)(uint16_t effect);
};

extern const jk_protocol jk_movein_protocol;    /* movein.c */
extern const jk_protocol jk_reconcile_protocol; /* reconcile.c */
extern const jk_protocol jk_update_protocol;    /* update.c */

/* The prefectural server above a municipality's node. */
jk_node_id jk_prefecture_of(const jk_node_id *municipal); /* movein.c */

/* NULL for a number that is no upper machine's. */
const jk_protocol *jk_protocol_of(uint16_t machine);

/* --- movein_effect.c, movein_hook.c --- */
JK_MUST_USE jk_status jk_movein_apply(jk_step *step, const jk_envelope_action *action);
const void *jk_movein_hooks(uint16_t machine);
/* The one case of everybody whom the request in hand names; none: there is none, or not one. */
JK_MUST_USE jk_status jk_case_of_request(jk_step *step, jk_token *case_id);

/* --- movein_check.c: what a body must say before a machine sees it --- */
/* A log entry must be its author's, and the next of that author's log (R1: no gap, none twice). */
JK_MUST_USE jk_status jk_entry_follows(jk_step *step, const char *code, uint64_t sequence);
JK_MUST_USE jk_status jk_movein_check(jk_step *step);
JK_MUST_USE jk_status jk_movein_command_check(jk_step *step);

/* What the NOTICE in hand says otherwise than the filing that is kept. */
typedef struct jk_deviation {
    bool municipality;
    bool day;
} jk_deviation;

JK_MUST_USE jk_status jk_notice_deviation(jk_step *step, jk_deviation *deviation);

/* --- movein_code.c: a resident record code that changes in an open case (law C12) --- */
/* Effects.  The code that the command in hand asks for, until the CS has answered. */
JK_MUST_USE jk_status jk_code_keep(jk_step *step, int member);
JK_MUST_USE jk_status jk_code_forget(jk_step *step);
/* Record, case and filing go on under the new code. */
JK_MUST_USE jk_status jk_code_change(jk_step *step, int member);
/* RECODE names one member, by the code that he has. */
JK_MUST_USE jk_status jk_code_check(jk_step *step);
/* The same of CHANGE_CODE; nothing is asked yet (or JK_E_NOT_NOW), the new code is nobody's here
 * (JK_E_CONFLICT), and the filing still fits a message with it (JK_E_OVERSIZED). */
JK_MUST_USE jk_status jk_code_command_check(jk_step *step);
/* No record here, current or removed, has the new code of the RECODE in hand. */
JK_MUST_USE jk_status jk_code_is_free(jk_step *step, bool *is_free);
/* JK_E_MEMBERS: this case never knew the member by that code. */
JK_MUST_USE jk_status jk_code_was(jk_step *step, int member, const char code[12]);
/* A request by that code is answered: it is the member's, or the one before, which his certificate
 * names. */
JK_MUST_USE jk_status jk_code_answers(jk_step *step, int member, const char code[12],
                                      bool *answers);
/* National: the ENTRY in hand says which code its person had; the municipality that held that one
 * may say so. */
JK_MUST_USE jk_status jk_code_changed(jk_step *step);
/* National: the code that the person has now who once had this one. */
JK_MUST_USE jk_status jk_code_now(jk_step *step, char code[12]);

/* --- episode.c: what an entry of a CS's log does to its episodes, here and at the servers --- */
JK_MUST_USE jk_status jk_episode_enter(jk_engine *engine, const jk_token *resident, uint64_t epoch,
                                       const jk_wire_LogRecord *record);
/* The latest open one up to that epoch; none is JK_OK. */
JK_MUST_USE jk_status jk_episode_end(jk_engine *engine, const jk_token *resident, uint64_t upto,
                                     const jk_wire_LogRecord *record);
/* Its residence goes on, open, as the record says; a row that is not there is JK_OK. */
JK_MUST_USE jk_status jk_episode_update(jk_engine *engine, const jk_token *resident,
                                        const jk_wire_LogRecord *record);
/* Who is shown as current for this resident; nobody when the author is none. */
JK_MUST_USE jk_status jk_episode_show(jk_engine *engine, const jk_token *resident,
                                      const jk_token *author);

/* --- movein_log.c --- */
/* Appends to this CS's update log what it says of one member, and applies it to its own record; a
 * REMOVAL's epoch becomes that of the ENTRY which it ends (M7). */
JK_MUST_USE jk_status jk_movein_log(jk_step *step, const jk_envelope_action *action, int member,
                                    jk_envelope *envelope, jk_codec_bytes *body);

/* --- bulk.c --- */
/* The person as the list corrects him.  JK_E_CONFLICT: he is another one than when it was read. */
JK_MUST_USE jk_status jk_correction_apply(const jk_wire_Correction *correction,
                                          jk_wire_Person *person);

/* --- update.c --- */
/* A server refused an entry: which machine wrote it? */
JK_MUST_USE jk_status jk_update_route(jk_engine *engine, const jk_node_id *peer,
                                      jk_core_target *target);

/* --- update_effect.c --- */
JK_MUST_USE jk_status jk_update_apply(jk_step *step, const jk_envelope_action *action);

/* --- movein_fill.c --- */
JK_MUST_USE jk_status jk_movein_fill(jk_step *step, const jk_envelope_action *action, int member,
                                     jk_codec_bytes *body);
/* Opens one sealed certificate of the CERT in hand. */
JK_MUST_USE jk_status jk_seal_open_member(jk_step *step, const jk_codec_member *item,
                                          jk_codec_bytes *opened);

/* --- movein_data.c: data of a transaction, and who its members are --- */
typedef struct jk_codes { /* residents' codes, in the order of an envelope's members */
    const char (*code)[12];
    size_t count;
} jk_codes;

JK_MUST_USE jk_status jk_data_keep(jk_step *step, const char *name, jk_span body);
/* Reads a kept body of `kind` into engine->kept; once in a step, if no other comes between. */
JK_MUST_USE jk_status jk_data_read(jk_step *step, const char *name, uint16_t kind);
/* Reads a kept body as bytes, into engine->kept_bytes. */
JK_MUST_USE jk_status jk_data_bytes(jk_step *step, const char *name, jk_span *body);
JK_MUST_USE jk_status jk_data_erase_all(jk_step *step);
/* The codes in the body of the message in hand; false: it has none. */
bool jk_told_codes(const jk_step *step, jk_codes *codes);
/* One member's of them.  JK_E_NOT_FOUND: the envelope does not name that member. */
JK_MUST_USE jk_status jk_told_code(const jk_step *step, const jk_codes *told, int member,
                                   char code[12]);
/* The person that the body in hand (FILED, REGISTERED, CORRECTED) says of the member, into
 * engine->person. */
JK_MUST_USE jk_status jk_told_person(jk_step *step, int member);
/* The member's certificate as this machine keeps it, into engine->certificate and ->person. */
JK_MUST_USE jk_status jk_kept_certificate(jk_step *step, int member);
/* Writes down who the member is; it stays when the transaction's data is erased. */
JK_MUST_USE jk_status jk_member_keep(jk_step *step, int member, const char code[12]);
/* The resident record code of a member of this machine's row. */
JK_MUST_USE jk_status jk_member_code(jk_step *step, int member, char code[12]);
/* The member's row of this node's register, into engine->person_row. */
JK_MUST_USE jk_status jk_member_row(jk_step *step, int member);
/* The latest case of a resident at this machine, and which of its members he is. */
JK_MUST_USE jk_status jk_case_keep(jk_step *step, int member, const jk_token *resident);
JK_MUST_USE jk_status jk_case_of(jk_step *step, const jk_token *resident, jk_token *case_id,
                                 int *member);

#endif
