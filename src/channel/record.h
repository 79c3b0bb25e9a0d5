/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a record, after decryption: type, flags, on a FIRST record link epoch and sequence,
 * then data.  Only MESSAGE may take several records; a record of it that is not the last is full,
 * so every message has exactly one division into records. */
#ifndef JUKI_CHANNEL_RECORD_H
#define JUKI_CHANNEL_RECORD_H

#include "juki/status.h"
#include "juki/types.h"

#define JK_RECORD_PLAIN_MAX  4096 /* bytes of a record before encryption */
#define JK_RECORD_HEAD_SIZE  2    /* type, flags */
#define JK_RECORD_FIRST_SIZE 18   /* type, flags, link epoch, sequence */
#define JK_HELLO_SIZE        52
#define JK_ACK_SIZE          12
#define JK_NACK_SIZE         10

typedef enum jk_record_type {
    JK_RECORD_HELLO = 1,
    JK_RECORD_MESSAGE = 2,
    JK_RECORD_ACK = 3,
    JK_RECORD_NACK = 4,
    JK_RECORD_CLOSE = 5
} jk_record_type;

typedef struct jk_record {
    uint8_t type; /* jk_record_type */
    bool first;
    bool last;
    uint64_t link_epoch; /* of a FIRST record: MESSAGE the sender's, ACK and NACK the receiver's */
    uint64_t sequence;   /* of a FIRST MESSAGE record, else 0 */
    jk_span data;        /* borrowed from the plain bytes */
} jk_record;

/* What each side says first.  The two directed links of a channel count separately. */
typedef struct jk_hello {
    uint64_t link_epoch;     /* of the link from the sender of this HELLO */
    uint64_t last_sent;      /* highest sequence ever sent on it, 0 for none */
    uint64_t received_epoch; /* highest epoch seen on the link towards the sender, 0 for none */
    uint64_t last_received;  /* last sequence committed from it, 0 for none */
    uint64_t revocation_sequence; /* of the newest revocation list here */
    uint64_t time_s;              /* wall clock, Unix time */
    uint16_t version_min;         /* envelope versions spoken, inclusive */
    uint16_t version_max;
} jk_hello;

typedef struct jk_ack {
    uint64_t next_expected; /* every sequence below is committed */
    uint32_t credit;        /* messages that may be under way from there on */
} jk_ack;

typedef struct jk_nack {
    uint64_t sequence; /* of the message that was consumed and refused */
    uint16_t rule;     /* the jk_status that says why */
} jk_nack;

/* Writes the head of a record; returns its size (JK_RECORD_HEAD_SIZE or JK_RECORD_FIRST_SIZE). */
size_t jk_record_head(const jk_record *record, uint8_t bytes[JK_RECORD_FIRST_SIZE]);

/* Reads one record.  JK_E_RECORD for anything that jk_record_head and the sizes above would not
 * have made. */
JK_MUST_USE jk_status jk_record_parse(jk_span plain, jk_record *record);

void jk_hello_encode(const jk_hello *hello, uint8_t bytes[JK_HELLO_SIZE]);
/* JK_E_HELLO when version_min is above version_max. */
JK_MUST_USE jk_status jk_hello_decode(const uint8_t bytes[JK_HELLO_SIZE], jk_hello *hello);

void jk_ack_encode(const jk_ack *ack, uint8_t bytes[JK_ACK_SIZE]);
void jk_ack_decode(const uint8_t bytes[JK_ACK_SIZE], jk_ack *ack);

void jk_nack_encode(const jk_nack *nack, uint8_t bytes[JK_NACK_SIZE]);
void jk_nack_decode(const uint8_t bytes[JK_NACK_SIZE], jk_nack *nack);

#endif
