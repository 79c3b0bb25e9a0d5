/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope in which every message travels, and the table of all message kinds.
 *
 * Source: spec/wire/envelope.proto, spec/wire/kinds.proto; spec/wire/README.md in words. */
#ifndef JUKI_ENVELOPE_H
#define JUKI_ENVELOPE_H

#include "juki/status.h"
#include "juki/types.h"

#define JK_ENVELOPE_VERSION 1

/* Highest residence epoch that the wire carries; the 2 bits above it are never used. */
#define JK_EPOCH_MAX (UINT64_C(1) << 62)

typedef struct jk_envelope {
    uint16_t kind;       /* Kind of spec/wire */
    uint16_t reason;     /* Reason of spec/wire, 0 none */
    jk_members members;  /* 16 bits */
    uint64_t epoch;      /* residence epoch, 0 none */
    jk_token message_id; /* never none */
    jk_token case_id;    /* none until known */
    jk_token txn;        /* none until known */
    jk_node_id author;
    jk_node_id target;
    jk_span body; /* the encoded message of that kind; borrowed */
} jk_envelope;

/* The model-visible fields, as bits. */
typedef enum jk_model_field {
    JK_MODEL_CASE = 1,
    JK_MODEL_TXN = 2,
    JK_MODEL_MEMBERS = 4,
    JK_MODEL_EPOCH = 8,
    JK_MODEL_REASON = 16
} jk_model_field;

/* "CERT_REQUEST", ...; "?" for a number that is no kind. */
const char *jk_kind_name(uint16_t kind);

/* The kind of that name; case and the choice of '-' or '_' do not matter.  0: no such kind. */
uint16_t jk_kind_by_name(const char *name);

/* Whether the kind is known and may stand in an envelope. */
bool jk_kind_in_envelope(uint16_t kind);

/* The model-visible fields without which a message of that kind is refused: jk_model_field bits. */
unsigned jk_kind_required(uint16_t kind);

/* Whether a message of that kind may go from a node of role `from` to one of role `to`. */
bool jk_kind_allowed(uint16_t kind, jk_role from, jk_role to);

/* Whether the author of that kind may be another node than the link's sender (1-⑤: a prefecture
 * hands the entries of its municipalities on). */
bool jk_kind_forwarded(uint16_t kind);

/* The n-th kind of the table that may stand in an envelope, ascending; 0 past its end. */
uint16_t jk_kind_at(size_t index);

#endif
