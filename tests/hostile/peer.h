/* SPDX-License-Identifier: Apache-2.0 */
/* A peer that can be made to say anything: a blocking socket and a channel with valid keys. What
 * an honest node never does is done from outside, with the channel's ciphers (peer_record) or the
 * socket (peer_raw). */
#ifndef HOSTILE_PEER_H
#define HOSTILE_PEER_H

#include "channel/channel.h"

#define PEER_EVENTS  128
#define PEER_WAIT_MS 4000 /* longest wait for what must come: generous, for a busy machine */

typedef struct peer_answer {
    jk_record_type type; /* ACK or NACK */
    uint64_t sequence;   /* ACK: the next expected one */
    uint16_t rule;
} peer_answer;

/* Is given every message of the other side, before it is acknowledged. */
typedef void peer_hear(void *arg, uint64_t sequence, jk_span message);

typedef struct peer {
    const jk_keys *keys;
    int fd;      /* -1 closed */
    bool mute;   /* messages of the other side are not acknowledged */
    bool proven; /* the other side has proven itself, and we are about to */
    bool established;
    bool got_cookie;
    bool used_cookie; /* the preamble had one */
    uint8_t cookie[JK_COOKIE_SIZE];
    bool closed;   /* the other side hung up, or the channel ended */
    jk_status why; /* of the channel's end; JK_OK for a plain hang-up */
    jk_hello own;  /* what HELLO says; set before peer_shake */
    jk_hello theirs;
    bool own_hello_held; /* HELLO is not sent */
    uint64_t next;       /* our next sequence */
    size_t answer_count;
    peer_answer answers[PEER_EVENTS];
    size_t message_size; /* the last MESSAGE of the other side */
    uint64_t message_count;
    uint8_t message[JK_CHANNEL_MESSAGE_SIZE_MAX];
    jk_channel channel;
    uint8_t receive[JK_CHANNEL_MESSAGE_SIZE_MAX];
    uint8_t send[JK_CHANNEL_MESSAGE_SIZE_MAX * 2];
    peer_hear *hear; /* may be NULL; stays from one connection to the next */
    void *hear_arg;
} peer;

int64_t peer_now_ms(void);

/* A socket to 127.0.0.1:port, from 127.0.0.SOURCE (0: any); -1 when it fails. */
int peer_connect(unsigned port, unsigned source);

/* Reads away what came; false when the other side has hung up. */
bool peer_socket_open(int fd);

/* A socket that listens at 127.0.0.1:port. */
int peer_listen(unsigned port);

/* Begins as initiator on a socket (from then on the peer's); the first bytes wait. */
bool peer_begin(peer *p, const jk_keys *keys, const jk_node_id *target, int fd);
/* Begins as responder. */
bool peer_answer_call(peer *p, const jk_keys *keys, int fd);

/* Moves bytes until `until` says so or the time is over; false at time-out. NULL: for that long. */
bool peer_run(peer *p, bool (*until)(const peer *), int64_t wait_ms);
bool peer_is_proven(const peer *p);
bool peer_is_up(const peer *p);
bool peer_is_closed(const peer *p);
bool peer_has_message(const peer *p);

/* Dials and shakes hands, with a cookie if one is demanded; next follows the other's HELLO. */
bool peer_dial(peer *p, const jk_keys *keys, const jk_node_id *target, unsigned port);
/* Waits until `wanted` dials the listener and shakes hands; others are sent away. */
bool peer_accept(peer *p, const jk_keys *keys, const jk_node_id *wanted, int listener);

/* Sends envelope bytes under that sequence and waits for its answer: JK_OK for ACK, the rule of a
 * NACK, JK_E_IO when the connection ended, JK_E_DEADLINE when nothing came. */
jk_status peer_tell(peer *p, uint64_t sequence, jk_span bytes);

/* One record with that plain text, whatever it is. */
bool peer_record(peer *p, jk_span plain);
bool peer_raw(peer *p, jk_span bytes);

void peer_end(peer *p);

#endif
