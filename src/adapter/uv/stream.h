/* SPDX-License-Identifier: Apache-2.0 */
/* Byte streams over libuv: TCP for channels, Unix sockets for the operators' tools.
 *
 * The owner keeps the bytes: received ones are lent during the call, waiting ones are asked for
 * when the socket can take them.  A stream holds at most JK_UV_STAGE_SIZE bytes of its own.  One
 * thread, one loop.  Callbacks may close any stream; a closed stream calls back once more,
 * `closed`. */
#ifndef JUKI_ADAPTER_UV_STREAM_H
#define JUKI_ADAPTER_UV_STREAM_H

#include "juki/status.h"
#include "juki/types.h"

#include <uv.h>

#define JK_UV_READ_SIZE    65536 /* bytes lent at once */
#define JK_UV_STAGE_SIZE   65536 /* bytes that wait for a socket, copied out of the owner's */
#define JK_UV_ADDRESS_SIZE 64    /* bytes with NUL of an address as text */
#define JK_UV_BACKLOG      128   /* connections that the kernel keeps for us */

/* What the streams of one loop share. */
typedef struct jk_uv_net {
    uv_loop_t *loop;
    uint8_t read[JK_UV_READ_SIZE];
} jk_uv_net;

typedef struct jk_uv_stream jk_uv_stream;
typedef struct jk_uv_listener jk_uv_listener;

typedef struct jk_uv_events {
    /* The dialled connection stands.  NULL for accepted ones. */
    void (*connected)(void *arg);
    void (*received)(void *arg, jk_span bytes);
    /* The bytes that wait, valid until sent is called; and how many of them went. */
    jk_span (*output)(void *arg);
    void (*sent)(void *arg, size_t size);
    /* The peer ended the connection (JK_OK), or it failed (JK_E_IO).  Close the stream. */
    void (*ended)(void *arg, jk_status status);
    /* The stream is gone; the last call. */
    void (*closed)(void *arg);
} jk_uv_events;

/* A connection came in: start it, or close it.  address is the peer's without its port. */
typedef void jk_uv_accepted(void *arg, jk_uv_stream *stream, const char *address);

/* HOST:PORT, HOST a numeric IPv4 address or an IPv6 address in brackets.  JK_E_CONFIG. */
JK_MUST_USE jk_status jk_uv_address(const char *text, struct sockaddr_storage *address);

/* Dials; connected or ended follows.  events is borrowed as long as the stream lives. */
JK_MUST_USE jk_status jk_uv_dial(jk_uv_net *net, const char *address, const jk_uv_events *events,
                                 void *arg, jk_uv_stream **stream);

/* Listens at HOST:PORT, or at a Unix socket of mode 0600 whose stale file is removed first.
 * fault->text says why not. */
JK_MUST_USE jk_status jk_uv_listen(jk_uv_net *net, const char *address, jk_uv_accepted *accepted,
                                   void *arg, jk_uv_listener **listener, jk_fault *fault);
JK_MUST_USE jk_status jk_uv_listen_path(jk_uv_net *net, const char *path, jk_uv_accepted *accepted,
                                        void *arg, jk_uv_listener **listener, jk_fault *fault);
void jk_uv_listener_close(jk_uv_listener *listener);

/* Starts an accepted stream: from now on it reads. */
JK_MUST_USE jk_status jk_uv_stream_start(jk_uv_stream *stream, const jk_uv_events *events,
                                         void *arg);

/* Stops and resumes reading: how an owner that is busy holds its peer back. */
void jk_uv_stream_pause(jk_uv_stream *stream);
void jk_uv_stream_resume(jk_uv_stream *stream);

/* Sends what output gives, now and whenever the socket takes more, until it gives nothing. */
void jk_uv_stream_send(jk_uv_stream *stream);

/* Closes; staged bytes are dropped. */
void jk_uv_stream_close(jk_uv_stream *stream);

#endif
