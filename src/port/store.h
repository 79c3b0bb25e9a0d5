/* SPDX-License-Identifier: Apache-2.0 */
/* The store port: what a step keeps, as typed operations.  No SQL text passes here.
 *
 * A store is opened by its adapter (adapter/memory, adapter/sqlite).  All writes between begin and
 * commit are one durable group; step_begin/step_keep/step_undo nest inside it (a savepoint), at
 * most two deep: the transport's step and the role's step in it.  Reads see earlier writes of the
 * same group.  JK_E_STORE_GONE means that the engine dropped the whole group; the caller rolls back
 * and counts every message of the group as not received.
 *
 * A function that gives data fills caller memory; a value longer than the capacity is
 * JK_E_OVERSIZED and nothing is copied.  "absent" is JK_E_NOT_FOUND.  Not OK: the outputs and the
 * store are unchanged.  Bytes of a row's array beyond its size are not defined.
 *
 * The same in every adapter (src/port/store_check.c decides what both refuse):
 *   - A write outside a group, a step at the wrong depth, a code that is not six digits, a name
 *     longer than store_check.h allows: JK_E_USAGE.  Reads are allowed outside a group.
 *   - A number that does not fit 63 bits: JK_E_RANGE; as an upper bound of a search it means "all".
 *   - Deleting what is absent is JK_OK.
 *   - JK_E_IO, JK_E_STORE or JK_E_STORE_READONLY from an operation inside a group: the group is
 *     gone as well, and trying again will not help.
 *   - After JK_E_STORE_GONE every call but rollback and commit answers JK_E_STORE_GONE again.
 *   - JK_E_STORE_GONE from commit: nothing of the group is stored.  JK_E_IO from commit: nobody
 *     knows; the node exits and reads the store again.  After commit no group is open, whatever
 *     it answered.
 * *_name members are short constants for an auditor who reads the tables.  They are written, never
 * read back: NULL is allowed in a put, and a get gives NULL. */
#ifndef JUKI_PORT_STORE_H
#define JUKI_PORT_STORE_H

#include "juki/limits.h"
#include "juki/status.h"
#include "juki/types.h"
#include "port/store_compare.h"

/* One machine row: (machine, key) -> state and struct bytes.  An absent row IS the initial state.*/
typedef struct jk_machine_row {
    int64_t row_id;           /* stable number for logs; 0 until stored */
    uint16_t machine;         /* jk_machine_id of src/step/roles.h */
    jk_token key;             /* txn, case, resident, card or directed link */
    jk_token case_id;         /* none until known */
    jk_token txn;             /* none until known */
    uint16_t state;           /* for auditors and `juki tx show`; equals the struct's */
    const char *machine_name; /* "movein_dest_cs" */
    const char *state_name;   /* "WAIT_CERT" */
    bool final;               /* the machine says that nothing is left to do */
    int64_t updated_ms;       /* wall clock of the step that wrote it */
    uint16_t size;
    _Alignas(8) uint8_t data[JK_MACHINE_SIZE_MAX]; /* used as the machine's struct in place */
} jk_machine_row;

/* A message to a peer, stored before it is sent.  link is the directed link's key: the peer's node
 * token.  bytes are the canonical envelope. */
typedef enum jk_outbox_state {
    JK_OUTBOX_WAITING = 0, /* not acknowledged */
    JK_OUTBOX_REFUSED = 1  /* the peer answered NACK; kept to be shown */
} jk_outbox_state;

typedef struct jk_outbox_row {
    jk_token link;
    uint64_t sequence; /* from 1, never reused on a link */
    uint64_t link_epoch;
    jk_token message_id;
    jk_token case_id;
    jk_token txn;
    uint16_t kind;
    const char *kind_name; /* "CERT_REQUEST" */
    uint8_t state;         /* jk_outbox_state */
    uint16_t rule;         /* jk_status of a NACK, else 0 */
    size_t size;
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
} jk_outbox_row;

/* A message that was consumed: identity for duplicate detection above the link's sequence. */
typedef struct jk_inbox_row {
    jk_token message_id;
    jk_token link; /* the peer it came from */
    uint64_t sequence;
    uint16_t kind;
    uint16_t rule; /* 0 accepted, else the jk_status with which it was refused (T7) */
    jk_token case_id;
    jk_token txn;
} jk_inbox_row;

/* A bad message that was consumed (T7).  raw holds at most its first JK_ENVELOPE_SIZE_MAX bytes. */
typedef struct jk_dead_letter_row {
    int64_t id; /* from 1, in the order of arrival */
    jk_token link;
    uint64_t sequence;
    uint16_t rule;    /* jk_status */
    size_t size_full; /* bytes of the message as it came */
    size_t size;      /* bytes of raw */
    uint8_t raw[JK_ENVELOPE_SIZE_MAX];
} jk_dead_letter_row;

typedef enum jk_timer_kind {
    JK_TIMER_ELAPSED = 0, /* runs in full again after a restart */
    JK_TIMER_DATE = 1     /* a legal day: due_ms is wall clock, checked by a daily job */
} jk_timer_kind;

typedef struct jk_timer_row {
    uint16_t machine;
    jk_token key;
    uint16_t timer;      /* the machine's timer number */
    uint8_t kind;        /* jk_timer_kind */
    int64_t duration_ms; /* ELAPSED; not negative */
    int64_t due_ms; /* ELAPSED: monotonic; DATE: days since 1970-01-01 in local time x 86400000 */
} jk_timer_row;

/* One member's register row.  status is the register's own word for an auditor. */
typedef enum jk_register_status {
    JK_REGISTER_CURRENT = 1, /* 住民票 */
    JK_REGISTER_REMOVED = 2  /* 除票 */
} jk_register_status;

typedef struct jk_register_row {
    jk_token resident;   /* token of the resident record code */
    uint8_t status;      /* jk_register_status */
    uint16_t reason;     /* change reason, 101..320 */
    uint64_t epoch;      /* residence epoch of the latest ENTRY here; 0 at a registry */
    uint64_t epoch_high; /* highest epoch this municipality ever allocated for the resident */
    int64_t change_day;  /* days since 1970-01-01; INT64_MIN unknown */
    bool damaged;        /* given by reads: it holds what no put wrote; never written */
    size_t size;
    uint8_t person[4096]; /* canonical Person message */
} jk_register_row;

/* One entry of a CS's update log; record is the canonical LogRecord body. */
typedef struct jk_log_row {
    uint64_t sequence; /* from 1 per CS */
    jk_token resident;
    uint64_t epoch;
    uint16_t kind; /* wire kind: ENTRY, REMOVAL, ... */
    const char *kind_name;
    size_t size;
    uint8_t record[8192];
} jk_log_row;

/* One residence episode as a prefecture or the national server recorded it; at a CS, those of its
 * own municipality. */
typedef struct jk_episode_row {
    jk_token resident;
    char code[7];   /* municipality that holds it */
    uint64_t epoch; /* of its ENTRY */
    bool open;      /* no REMOVAL yet */
    bool current;   /* the open episode with the highest epoch; at most one per resident */
    uint16_t reason_in;
    uint16_t reason_out; /* 0 while open */
    uint64_t seq;        /* of the log entry that wrote the row last; 0: taken over by the import */
    int64_t change_day;  /* of that entry's change, days since 1970-01-01; INT64_MIN unknown */
    bool damaged;        /* given by reads: it holds what no put wrote; never written */
    size_t size;
    uint8_t person[4096];
} jk_episode_row;

/* Data of a transaction that no machine reads: what a fill needs later.  name is a short constant
 * ("request", "cert", "case", ...), member 0..15 or -1 for the whole.  A sealed row is encrypted
 * under the case's data key and is gone for good once data_key_destroy was committed: data_get says
 * JK_E_NOT_FOUND, also when a new key was made since. */
typedef struct jk_data_key {
    uint16_t machine;
    jk_token key;
    const char *name;
    int member;
} jk_data_key;

typedef struct jk_store jk_store;

typedef void jk_commit_done(void *arg, jk_status status);

typedef struct jk_store_ops {
    /* --- transaction --- */
    jk_status (*begin)(jk_store *);
    /* Makes the group durable, then calls done (at once in both adapters here). */
    void (*commit)(jk_store *, jk_commit_done *done, void *arg);
    void (*rollback)(jk_store *);
    jk_status (*step_begin)(jk_store *, int depth); /* depth 0 or 1; 1 only inside 0 */
    jk_status (*step_keep)(jk_store *, int depth);  /* the innermost open step */
    jk_status (*step_undo)(jk_store *, int depth); /* undoes and ends it; 0 takes an open 1 along */

    /* --- machines --- */
    jk_status (*machine_get)(jk_store *, uint16_t machine, const jk_token *key,
                             jk_machine_row *row);
    /* Inserts or replaces by (machine, key); sets row->row_id. */
    jk_status (*machine_put)(jk_store *, jk_machine_row *row);
    /* Rows of a machine in row_id order, after row_id `after` (0 = from the start). */
    jk_status (*machine_next)(jk_store *, uint16_t machine, int64_t after, jk_machine_row *row);
    /* txn -> case route: which case a CERT_REQUEST of that txn was mapped to.  The same again is
     * JK_OK, another case JK_E_CONFLICT. */
    jk_status (*route_put)(jk_store *, const jk_token *txn, const jk_token *case_id);
    jk_status (*route_get)(jk_store *, const jk_token *txn, jk_token *case_id);
    /* A resident is in at most one open case: put refuses with JK_E_CONFLICT. */
    jk_status (*open_case_put)(jk_store *, const jk_token *resident, const jk_token *case_id,
                               int member);
    jk_status (*open_case_get)(jk_store *, const jk_token *resident, jk_token *case_id,
                               int *member);
    jk_status (*open_case_delete)(jk_store *, const jk_token *resident);

    /* --- messages --- */
    /* JK_E_CONFLICT if the sequence is in use on that link. */
    jk_status (*outbox_put)(jk_store *, const jk_outbox_row *row);
    /* First WAITING row of the link with sequence > after. */
    jk_status (*outbox_next)(jk_store *, const jk_token *link, uint64_t after, jk_outbox_row *row);
    /* First REFUSED row of the link with sequence > after: what an operator is shown. */
    jk_status (*outbox_refused_next)(jk_store *, const jk_token *link, uint64_t after,
                                     jk_outbox_row *row);
    /* Deletes WAITING rows; REFUSED ones stay. */
    jk_status (*outbox_delete_upto)(jk_store *, const jk_token *link, uint64_t sequence);
    jk_status (*outbox_refuse)(jk_store *, const jk_token *link, uint64_t sequence, uint16_t rule);
    jk_status (*outbox_count)(jk_store *, const jk_token *link, uint64_t *waiting);
    jk_status (*inbox_get)(jk_store *, const jk_token *message_id, jk_inbox_row *row);
    jk_status (*inbox_put)(jk_store *, const jk_inbox_row *row); /* JK_E_CONFLICT if known */
    jk_status (*dead_letter_put)(jk_store *, const jk_token *link, uint64_t sequence, uint16_t rule,
                                 jk_span raw);
    /* The rule under which that message was refused; JK_E_NOT_FOUND: it was not.  Of several, the
     * first. */
    jk_status (*dead_letter_rule)(jk_store *, const jk_token *link, uint64_t sequence,
                                  uint16_t *rule);
    /* The first with id > after (0 = from the start). */
    jk_status (*dead_letter_next)(jk_store *, int64_t after, jk_dead_letter_row *row);

    /* --- timers --- */
    jk_status (*timer_put)(jk_store *, const jk_timer_row *row);
    jk_status (*timer_delete)(jk_store *, uint16_t machine, const jk_token *key, uint16_t timer);
    jk_status (*timer_get)(jk_store *, uint16_t machine, const jk_token *key, uint16_t timer,
                           jk_timer_row *row);
    /* Earliest row of the kind by due_ms, then machine, key, timer. */
    jk_status (*timer_first)(jk_store *, uint8_t kind, jk_timer_row *row);
    /* At start: every ELAPSED timer runs in full again from now (monotonic, not negative). */
    jk_status (*timer_restart)(jk_store *, int64_t now_ms);

    /* --- transaction data --- */
    /* Inserts or replaces; at most JK_ENVELOPE_SIZE_MAX bytes. */
    jk_status (*data_put)(jk_store *, const jk_data_key *key, jk_span value, bool sealed);
    jk_status (*data_get)(jk_store *, const jk_data_key *key, uint8_t *value, size_t capacity,
                          size_t *size);
    /* Every member's row of that name. */
    jk_status (*data_erase)(jk_store *, uint16_t machine, const jk_token *key, const char *name);
    /* Destroys the key under which the sealed rows of (machine, key) are stored. */
    jk_status (*data_key_destroy)(jk_store *, uint16_t machine, const jk_token *key);

    /* --- register, log, episodes --- */
    jk_status (*register_get)(jk_store *, const jk_token *resident, jk_register_row *row);
    jk_status (*register_put)(jk_store *, const jk_register_row *row);
    /* The register in the order of residents as text, first behind after_resident (NULL: from the
     * start).  A row whose resident nobody can read is passed over; a person that is too long is
     * given in part, as damaged. */
    jk_status (*register_next)(jk_store *, const jk_token *after_resident, jk_register_row *row);
    jk_status (*log_append)(jk_store *, jk_log_row *row); /* sets row->sequence */
    jk_status (*log_get)(jk_store *, uint64_t sequence, jk_log_row *row);
    /* The last entry of that CS (six digits) applied here; 0 if none. */
    jk_status (*applied_get)(jk_store *, const char *code, uint64_t *sequence);
    jk_status (*applied_put)(jk_store *, const char *code, uint64_t sequence);
    /* Inserts or replaces by (resident, code, epoch).  JK_E_CONFLICT if the row is current and
     * another one of the resident is: put that one first. */
    jk_status (*episode_put)(jk_store *, const jk_episode_row *row);
    jk_status (*episode_current)(jk_store *, const jk_token *resident, jk_episode_row *row);
    /* The sender's latest open episode with epoch <= upto. */
    jk_status (*episode_open)(jk_store *, const jk_token *resident, const char *code, uint64_t upto,
                              jk_episode_row *row);
    /* A card's state at the card management system. */
    jk_status (*card_get)(jk_store *, const jk_token *resident, uint8_t *state, char code[7]);
    jk_status (*card_put)(jk_store *, const jk_token *resident, uint8_t state, const char *code);
    jk_status (*episode_get)(jk_store *, const jk_token *resident, const char *code, uint64_t epoch,
                             jk_episode_row *row);
    jk_status (*episode_delete)(jk_store *, const jk_token *resident, const char *code,
                                uint64_t epoch);
    /* The municipality's episodes in the order of (resident as text, epoch), first behind that pair
     * (resident NULL: from the start).  For resident record codes it is the order of element keys.
     * A row whose resident or epoch nobody can read is passed over: it is nobody's. */
    jk_status (*episode_next)(jk_store *, const char *code, const jk_token *after_resident,
                              uint64_t after_epoch, jk_episode_row *row);

    /* --- comparison (store_compare.h); every code is a municipality's, six digits --- */
    jk_status (*compare_get)(jk_store *, const char *code, jk_compare_row *row);
    jk_status (*compare_put)(jk_store *, const jk_compare_row *row);
    /* In the order of codes; "" begins. */
    jk_status (*compare_next)(jk_store *, const char *after_code, jk_compare_row *row);

    jk_status (*element_get)(jk_store *, const char *code, uint64_t key, jk_element_row *row);
    /* Inserts or replaces by (code, key), also when the bucket is another one. */
    jk_status (*element_put)(jk_store *, const char *code, const jk_element_row *row);
    jk_status (*element_delete)(jk_store *, const char *code, uint64_t key);
    /* All of the municipality. */
    jk_status (*element_clear)(jk_store *, const char *code);
    /* The elements of a bucket, ascending by key.  JK_E_OVERSIZED: there are more than capacity. */
    jk_status (*element_bucket)(jk_store *, const char *code, uint32_t bucket, jk_element_row *rows,
                                size_t capacity, size_t *count);
    /* First with key > after_key (0 = from the start). */
    jk_status (*element_next)(jk_store *, const char *code, uint64_t after_key,
                              jk_element_row *row);

    jk_status (*change_append)(jk_store *, const char *code, jk_change_row *row); /* sets id */
    /* First with id > after_id (0 = from the start). */
    jk_status (*change_next)(jk_store *, const char *code, uint64_t after_id, jk_change_row *row);
    /* The id that the last change got, also when it is dropped since; 0: there never was one. */
    jk_status (*change_last)(jk_store *, const char *code, uint64_t *id);
    /* Of every key with changes in that bucket behind after_id the first such change, ascending by
     * key.  JK_E_OVERSIZED: there are more keys than list->capacity. */
    jk_status (*change_bucket)(jk_store *, const char *code, uint32_t bucket, uint64_t after_id,
                               jk_change_list *list);
    jk_status (*change_drop)(jk_store *, const char *code, uint64_t upto_id);

    /* What spares a node the way through all elements at its start; at most JK_COMPARE_CACHE_MAX
     * bytes, inserted or replaced. */
    jk_status (*cache_put)(jk_store *, const char *code, jk_span cache);
    jk_status (*cache_get)(jk_store *, const char *code, uint8_t *bytes, size_t capacity,
                           size_t *size);
    jk_status (*cache_size)(jk_store *, const char *code, size_t *size);
    jk_status (*cache_delete)(jk_store *, const char *code);

    /* Inserts or replaces by (round, server); sets row->id, whatever it was. */
    jk_status (*round_put)(jk_store *, jk_round_row *row);
    jk_status (*round_get)(jk_store *, const jk_token *round, uint8_t server, jk_round_row *row);
    /* First with id > after (0 = from the start). */
    jk_status (*round_next)(jk_store *, int64_t after, jk_round_row *row);
    /* Inserts or replaces by (round, server, key). */
    jk_status (*finding_put)(jk_store *, const jk_finding_row *row);
    jk_status (*finding_get)(jk_store *, const jk_token *round, uint8_t server, uint64_t key,
                             jk_finding_row *row);
    /* First with key > after_key (0 = from the start). */
    jk_status (*finding_next)(jk_store *, const jk_token *round, uint8_t server, uint64_t after_key,
                              jk_finding_row *row);

    /* Mass corrections that wait outside the log; id may be NULL. */
    jk_status (*bulk_put)(jk_store *, const jk_token *resident, uint16_t kind, jk_span body,
                          int64_t *id);
    /* First with id > after (0 = from the start). */
    jk_status (*bulk_next)(jk_store *, int64_t after, jk_bulk_row *row);
    jk_status (*bulk_delete)(jk_store *, int64_t id);
    jk_status (*bulk_count)(jk_store *, uint64_t *waiting);
} jk_store_ops;

struct jk_store {
    const jk_store_ops *ops;
    jk_fault fault; /* of the last call that failed with a HOST status; for the node's log */
};

#endif
