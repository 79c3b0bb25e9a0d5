/* SPDX-License-Identifier: Apache-2.0 */
/* A secure channel without input and output: the caller feeds received bytes and the monotonic
 * time, takes events, and carries the output bytes to the socket.
 *
 *   init -> [output] -> feed ... AUTHENTICATED(peer) -> jk_channel_hello -> feed ...
 *        -> ESTABLISHED -> send, ack, nack / feed ... RECORD -> ... -> CLOSED(status)
 *
 * A failure is an event, CLOSED with its status: the secrets are wiped, waiting output is dropped,
 * and the caller closes the socket, so that the peer learns nothing but the end.  The object holds
 * secrets; its owner allocates it with sodium_malloc (or in other memory that is never dumped) and
 * calls jk_channel_wipe. */
#ifndef JUKI_CHANNEL_CHANNEL_H
#define JUKI_CHANNEL_CHANNEL_H

#include "channel/keys.h"
#include "channel/preamble.h"
#include "channel/record.h"

#define JK_CHANNEL_PAYLOAD_SIZE     512 /* of handshake messages 2 and 3 */
#define JK_CHANNEL_MESSAGE_1_SIZE   32
#define JK_CHANNEL_MESSAGE_2_SIZE   608
#define JK_CHANNEL_MESSAGE_3_SIZE   576
#define JK_CHANNEL_MESSAGE_SIZE_MAX 65536 /* bytes of a MESSAGE in all its records */
#define JK_CHANNEL_FRAME_SIZE_MAX   (2 + JK_RECORD_PLAIN_MAX + JK_TAG_SIZE)
#define JK_CHANNEL_SEND_SIZE_MIN    1024 /* bytes: the handshake's longest flight fits */

#define JK_CHANNEL_PREAMBLE_MS   5000         /* from init to the responder's whole preamble */
#define JK_CHANNEL_HANDSHAKE_MS  10000        /* from init to ESTABLISHED */
#define JK_CHANNEL_RECORD_MS     10000        /* from a record's first byte to its last */
#define JK_CHANNEL_MESSAGE_MS    60000        /* from a message's first record to its last */
#define JK_CHANNEL_AGE_MS        3600000      /* then a new handshake is due ... */
#define JK_CHANNEL_RECORDS_MAX   (1ULL << 24) /* ... or after so many records of a direction */
#define JK_CHANNEL_REKEY_RECORDS (1U << 16)   /* records of a direction under one key */

/* Bytes that jk_channel_send needs in the send buffer for a message of `size` bytes. */
size_t jk_channel_send_size(size_t size);

typedef enum jk_channel_event_kind {
    JK_CHANNEL_AUTHENTICATED = 1, /* peer is proven: look up its link, call jk_channel_hello */
    JK_CHANNEL_ESTABLISHED,       /* both HELLOs have passed: hello, version */
    JK_CHANNEL_RECORD,            /* a MESSAGE, ACK or NACK of the peer */
    JK_CHANNEL_COOKIE,            /* the responder is loaded: dial again with this cookie */
    JK_CHANNEL_CLOSED             /* the last event; status JK_OK for the peer's CLOSE */
} jk_channel_event_kind;

typedef struct jk_channel_event {
    jk_channel_event_kind kind;
    jk_status status;               /* CLOSED */
    jk_node_id peer;                /* AUTHENTICATED, ESTABLISHED, RECORD */
    jk_hello hello;                 /* ESTABLISHED: the peer's */
    uint16_t version;               /* ESTABLISHED: the highest that both speak */
    jk_record_type type;            /* RECORD: MESSAGE, ACK or NACK */
    uint64_t link_epoch;            /* RECORD */
    uint64_t sequence;              /* RECORD, MESSAGE */
    jk_span data;                   /* RECORD, MESSAGE: valid until the next feed */
    jk_ack ack;                     /* RECORD, ACK */
    jk_nack nack;                   /* RECORD, NACK */
    uint8_t cookie[JK_COOKIE_SIZE]; /* COOKIE */
} jk_channel_event;

/* How long a peer may take, in milliseconds; 0 for the default of the same name above. */
typedef struct jk_channel_deadlines {
    uint32_t preamble_ms;
    uint32_t handshake_ms;
    uint32_t record_ms;
    uint32_t message_ms;
} jk_channel_deadlines;

typedef struct jk_channel_config {
    const jk_keys *keys; /* borrowed as long as the channel lives */
    jk_random *random;   /* likewise */
    bool initiator;
    jk_node_id expected;    /* initiator: who is dialled */
    uint64_t wall_s;        /* Unix time, for the certificates' dates */
    uint8_t *receive;       /* borrowed: one whole MESSAGE of the peer */
    size_t receive_size;    /* bytes; a longer MESSAGE closes the channel */
    uint8_t *send;          /* borrowed: bytes that wait for the socket */
    size_t send_size;       /* bytes, at least JK_CHANNEL_SEND_SIZE_MIN */
    uint32_t rekey_records; /* 0 for JK_CHANNEL_REKEY_RECORDS; both sides must agree */
    jk_channel_deadlines deadlines;
    jk_revoked *revoked; /* may be NULL */
    const void *revoked_arg;
    /* Initiator: has_cookie and cookie[0] repeat a COOKIE event.  Responder: has_cookie demands one
     * of the two (the current slot's, which is also the one that is answered, and the previous). */
    bool has_cookie;
    uint8_t cookie[2][JK_COOKIE_SIZE];
} jk_channel_config;

typedef enum jk_channel_state {
    JK_CHANNEL_PREAMBLE = 0, /* responder: 32 bytes awaited */
    JK_CHANNEL_MESSAGE_1,    /* responder */
    JK_CHANNEL_MESSAGE_2,    /* initiator */
    JK_CHANNEL_MESSAGE_3,    /* responder */
    JK_CHANNEL_HELLO,        /* records, HELLO only */
    JK_CHANNEL_OPEN,
    JK_CHANNEL_ENDED
} jk_channel_state;

/* Private to channel.c; here so that the caller can allocate it. */
typedef struct jk_channel {
    jk_channel_config config;
    jk_channel_state state;
    jk_handshake handshake;
    jk_cipher send_cipher;
    jk_cipher receive_cipher;
    jk_peer peer;
    jk_hello own_hello;
    bool hello_sent;
    bool event_waiting;
    jk_channel_event event;
    uint64_t start_ms;
    uint64_t open_ms;
    uint64_t record_ms;  /* first byte of the record being received */
    uint64_t message_ms; /* first record of the message being received */
    uint64_t sent_records;
    uint64_t received_records;
    bool in_message; /* between a FIRST and its LAST */
    uint64_t message_epoch;
    uint64_t message_sequence;
    size_t message_size; /* bytes in config.receive */
    size_t input_size;
    size_t input_need;
    size_t send_start;
    size_t send_end;
    uint8_t input[JK_CHANNEL_FRAME_SIZE_MAX];
    uint8_t plain[JK_RECORD_PLAIN_MAX];
} jk_channel;

/* Starts a channel; an initiator has output at once.  JK_E_USAGE for a config that cannot work,
 * JK_E_PEER_POLICY when the policy does not let this node dial `expected`, JK_E_RANDOM: after that
 * one the channel is wiped. */
JK_MUST_USE jk_status jk_channel_init(jk_channel *channel, const jk_channel_config *config,
                                      uint64_t now_ms);

/* Takes received bytes, at most up to the next event; returns how many were taken.  Fetch the event
 * and feed the rest.  Takes nothing while an event waits, between AUTHENTICATED and
 * jk_channel_hello, and after the end. */
size_t jk_channel_feed(jk_channel *channel, jk_span bytes, uint64_t now_ms);

/* Fetches the waiting event; false when there is none. */
bool jk_channel_next(jk_channel *channel, jk_channel_event *event);

/* Sends our HELLO, once, after AUTHENTICATED.  JK_E_NOT_NOW, JK_E_USAGE for an empty version range,
 * JK_E_FULL. */
JK_MUST_USE jk_status jk_channel_hello(jk_channel *channel, const jk_hello *hello);

/* Puts one MESSAGE, ACK or NACK into the output.  JK_E_NOT_NOW unless established, JK_E_OVERSIZED,
 * JK_E_USAGE for an empty message, JK_E_FULL when the send buffer has no room now. */
JK_MUST_USE jk_status jk_channel_send(jk_channel *channel, uint64_t link_epoch, uint64_t sequence,
                                      jk_span data);
JK_MUST_USE jk_status jk_channel_ack(jk_channel *channel, uint64_t link_epoch, const jk_ack *ack);
JK_MUST_USE jk_status jk_channel_nack(jk_channel *channel, uint64_t link_epoch,
                                      const jk_nack *nack);

/* Ends the channel from our side: a CLOSE record follows what waits in the output, if it was
 * established and there is room.  There is no event for it. */
void jk_channel_close(jk_channel *channel);

/* The bytes that wait for the socket, valid until the next call for this channel; and how many of
 * them went. */
jk_span jk_channel_output(const jk_channel *channel);
void jk_channel_sent(jk_channel *channel, size_t size);

/* The first millisecond at which jk_channel_tick would close the channel; UINT64_MAX for none. */
uint64_t jk_channel_deadline(const jk_channel *channel);
void jk_channel_tick(jk_channel *channel, uint64_t now_ms);

/* True while nothing but a part of the preamble has come: whoever stays so wants nothing. */
bool jk_channel_silent(const jk_channel *channel);

/* True when a new handshake is due: age or number of records. */
bool jk_channel_expired(const jk_channel *channel, uint64_t now_ms);

/* Who the peer is; NULL before AUTHENTICATED. */
const jk_peer *jk_channel_peer(const jk_channel *channel);

void jk_channel_wipe(jk_channel *channel);

#endif
