/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that reaches one CS while many households move from and to its municipality, in order:
 * recorded once in a town of ten nodes in memory, then fed to fresh engines as often as one likes.
 * Even households leave the CS's municipality, odd ones come to it.  What the CS sends has no part
 * in the record, so its own random ids may differ from run to run. */
#ifndef BENCH_LIB_STREAM_H
#define BENCH_LIB_STREAM_H

#include "step/step.h"

typedef enum stream_kind {
    STREAM_UP,      /* the link to the peer is up */
    STREAM_MESSAGE, /* number: sequence; bytes: the envelope */
    STREAM_ACK,     /* number: next */
    STREAM_NACK,    /* number: sequence; rule */
    STREAM_COMMIT   /* the end of a group: timers, then a flush */
} stream_kind;

typedef struct stream_record {
    stream_kind kind;
    jk_node_id peer;
    uint64_t link_epoch;
    uint64_t number;
    uint16_t rule;
    jk_span bytes;
} stream_record;

/* A household's move, by its ids. */
typedef struct stream_move {
    jk_token case_id;
    jk_token txn;
} stream_move;

typedef struct stream stream;

/* Records `households` moves; the same seed, the same record.  NULL: something failed, or a move
 * did not end as it should. */
stream *stream_record_moves(unsigned households, uint64_t seed);
void stream_free(stream *s);

size_t stream_count(const stream *s);
const stream_record *stream_at(const stream *s, size_t index);
size_t stream_groups(const stream *s);

const jk_node_id *stream_self(const stream *s);
unsigned stream_households(const stream *s);
const stream_move *stream_move_of(const stream *s, unsigned household);

/* The CS's keys; they live as long as the stream. */
jk_step_keys stream_keys(stream *s);

/* A clock that stands still at the stream's day; it lives as long as the stream. */
jk_clock *stream_clock(stream *s);

/* Puts into a fresh store what the CS knows of its residents, as one group. */
bool stream_populate(const stream *s, jk_store *store);

/* Hands one record to an engine.  JK_OK, or the status of the first call that failed. */
JK_MUST_USE jk_status stream_feed(const stream_record *record, jk_engine *engine);

#endif
