/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogues in memory, and the pieces of them that are stored. */
#include "step/dialogue.h"

#include "channel/sign.h"
#include "names.h"
#include "step/upkeep.h"

#include <stdio.h>
#include <string.h>

#define HEARD_MAX  8192 /* pieces of one session */
#define PIECE_MAX  (sizeof(((jk_wire_Round *)0)->data.bytes))
#define ROOT_LABEL "juki/1/reconcile-root"

typedef struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
} buffer;

struct jk_dialogue {
    jk_dialogue *next;
    jk_session session;
    bool asks;      /* at the CS */
    bool begun;     /* ask or answer stand */
    uint32_t taken; /* of the stored pieces */
    jk_ask ask;
    jk_answer answer;
    jk_heard heard;
    jk_round_why why;
    buffer in;                /* pieces of a message of which more follow */
    jk_round_message in_head; /* its first one */
    uint8_t in_marks[JK_MARKS];
    bool in_more;
    uint32_t in_piece;
    buffer out; /* items of what is to be said */
    jk_wire_Round out_head;
    uint32_t out_piece; /* the one that is said now */
    buffer settled;
    uint64_t sent;
    uint64_t received;
    uint64_t count_peer;
};

static const jk_recon_memory *memory_of(const jk_engine *engine)
{
    return &engine->config.memory;
}

/* ---- stored pieces ---- */

static const char *kept_name(const jk_session *session)
{
    return session->with == JK_ROLE_NATIONAL ? "heard-national" : "heard";
}

static void piece_name(const jk_session *session, uint32_t index, char name[24])
{
    (void)snprintf(name, 24, "%c%u", session->with == JK_ROLE_NATIONAL ? 'n' : 'h', index);
}

static jk_status kept_count(jk_step *step, const jk_session *session, uint32_t *count)
{
    jk_store *store = step->engine->config.store;
    const jk_data_key key = {step->machine->id, session->key, kept_name(session), -1};
    uint8_t bytes[4] = {0};
    size_t size = 0;
    jk_status status = store->ops->data_get(store, &key, bytes, sizeof bytes, &size);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    *count =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return JK_OK;
}

jk_status jk_dialogue_keep(jk_step *step, const jk_session *session)
{
    jk_store *store = step->engine->config.store;
    uint32_t count = 0;
    jk_status status = kept_count(step, session, &count);
    if (status == JK_OK && count >= HEARD_MAX) {
        status = JK_E_FULL;
    }
    if (status != JK_OK) {
        return status;
    }
    char name[24];
    piece_name(session, count, name);
    const jk_data_key piece = {step->machine->id, session->key, name, -1};
    status = store->ops->data_put(store, &piece, step->message->body, false);
    const jk_data_key key = {step->machine->id, session->key, kept_name(session), -1};
    count++;
    const uint8_t bytes[4] = {(uint8_t)(count >> 24), (uint8_t)(count >> 16), (uint8_t)(count >> 8),
                              (uint8_t)count};
    return status == JK_OK
               ? store->ops->data_put(store, &key, (jk_span){bytes, sizeof bytes}, false)
               : status;
}

static void reset(jk_dialogue *d, const jk_recon_memory *memory)
{
    if (d->begun && d->asks) {
        jk_ask_close(&d->ask);
    } else if (d->begun) {
        jk_answer_close(&d->answer);
    }
    memory->give(memory->arg, d->in.bytes);
    memory->give(memory->arg, d->out.bytes);
    memory->give(memory->arg, d->settled.bytes);
    jk_dialogue *next = d->next;
    const jk_session session = d->session;
    memset(d, 0, sizeof *d);
    d->next = next;
    d->session = session;
}

static bool same_place(const jk_session *a, const jk_session *b)
{
    return a->with == b->with && jk_token_equal(&a->key, &b->key);
}

static void drop(jk_engine *engine, const jk_session *session)
{
    const jk_recon_memory *memory = memory_of(engine);
    for (jk_dialogue **at = &engine->dialogues; *at != NULL; at = &(*at)->next) {
        jk_dialogue *d = *at;
        if (same_place(&d->session, session)) {
            *at = d->next;
            reset(d, memory);
            memory->give(memory->arg, d);
            return;
        }
    }
}

void jk_dialogues_close(jk_engine *engine)
{
    while (engine->dialogues != NULL) {
        const jk_session session = engine->dialogues->session;
        drop(engine, &session);
    }
}

jk_status jk_dialogue_clear(jk_step *step, const jk_session *session)
{
    jk_store *store = step->engine->config.store;
    drop(step->engine, session);
    uint32_t count = 0;
    jk_status status = kept_count(step, session, &count);
    for (uint32_t i = 0; i < count && status == JK_OK; i++) {
        char name[24];
        piece_name(session, i, name);
        status = store->ops->data_erase(store, step->machine->id, &session->key, name);
    }
    return status == JK_OK
               ? store->ops->data_erase(store, step->machine->id, &session->key, kept_name(session))
               : status;
}

/* ---- memory ---- */

static jk_status reserve(buffer *b, size_t size, const jk_recon_memory *memory)
{
    if (size <= b->capacity) {
        return JK_OK;
    }
    if (size > JK_PACKED_MAX) {
        return JK_E_OVERSIZED;
    }
    size_t capacity = b->capacity * 2 > size ? b->capacity * 2 : size;
    uint8_t *bytes = memory->take(memory->arg, capacity);
    if (bytes == NULL) {
        return JK_E_MEMORY;
    }
    if (b->size > 0) {
        memcpy(bytes, b->bytes, b->size);
    }
    memory->give(memory->arg, b->bytes);
    b->bytes = bytes;
    b->capacity = capacity;
    return JK_OK;
}

static jk_status append(buffer *b, const uint8_t *bytes, size_t size, const jk_recon_memory *memory)
{
    jk_status status = reserve(b, b->size + size, memory);
    if (status == JK_OK && size > 0) {
        memcpy(b->bytes + b->size, bytes, size);
        b->size += size;
    }
    return status;
}

/* ---- what is to be said ---- */

static void say_head(jk_dialogue *d, jk_wire_RoundKind kind)
{
    const jk_commitment *own = d->asks ? &d->ask.commitment : &d->answer.commitment;
    memset(&d->out_head, 0, offsetof(jk_wire_Round, data));
    d->out_head.kind = kind;
    d->out_head.marker = own->marker;
    d->out_head.key_id = own->key_id;
    d->out_head.depth = own->depth;
    d->out.size = 0;
    d->out_piece = 0;
    d->heard = JK_HEARD_GO_ON;
}

/* Ends the session at this side, and says why. */
static void say_no(jk_dialogue *d, jk_round_why why)
{
    say_head(d, jk_wire_RoundKind_ROUND_NO);
    d->out_head.why = (jk_wire_RoundWhy)why;
    d->why = why;
    d->heard = d->asks ? JK_HEARD_GO_ON : JK_HEARD_DIFFERENT;
}

static jk_status say(jk_dialogue *d, const jk_round_message *m, const jk_recon_memory *memory)
{
    say_head(d, (jk_wire_RoundKind)m->kind);
    if (m->kind == JK_ROUND_EQUAL) { /* the root is the asker's own: its signature says all */
        d->out_head.marker = 0;
        d->out_head.key_id = 0;
        d->out_head.depth = 0;
        return JK_OK;
    }
    jk_status status = reserve(&d->out, jk_pack_size(m), memory);
    if (status != JK_OK) {
        return status;
    }
    jk_pack(m, d->out.bytes);
    d->out.size = jk_pack_size(m);
    jk_wire_Round *head = &d->out_head;
    head->first = m->first;
    head->items = m->count;
    head->level = m->level;
    head->next = m->next;
    head->why = (jk_wire_RoundWhy)m->why;
    if (m->marks != NULL) {
        head->marks.size = JK_MARKS;
        memcpy(head->marks.bytes, m->marks, JK_MARKS);
    }
    if (m->kind == JK_ROUND_OPEN || m->kind == JK_ROUND_FOUND || m->kind == JK_ROUND_WALK) {
        head->count = m->commitment.count;
        head->top.size = JK_RECON_DIGEST_SIZE;
        memcpy(head->top.bytes, m->commitment.top.byte, JK_RECON_DIGEST_SIZE);
    }
    return JK_OK;
}

/* The CS: these are they. */
static jk_status say_settled(jk_dialogue *d, const jk_recon_memory *memory)
{
    const jk_verdict *verdict = &d->ask.verdict;
    say_head(d, jk_wire_RoundKind_ROUND_SETTLED);
    d->out_head.items = (uint32_t)verdict->count;
    jk_status status = JK_OK;
    for (size_t i = 0; i < verdict->count && status == JK_OK; i++) {
        uint8_t item[8];
        for (int j = 0; j < 7; j++) {
            item[j] = (uint8_t)(verdict->findings[i].key >> (48 - 8 * j));
        }
        item[7] = (uint8_t)verdict->findings[i].difference;
        status = append(&d->out, item, sizeof item, memory);
    }
    return status;
}

/* ---- hearing ---- */

static bool root_signed(const jk_engine *engine, const jk_session *session,
                        const jk_commitment *commitment, const jk_wire_Round *body)
{
    const jk_step_keys *keys = &engine->config.keys;
    jk_node_id node = {.role = session->with};
    uint8_t prekey[32];
    uint8_t sign_public[32];
    jk_digest root;
    if (session->with == JK_ROLE_CS) {
        memcpy(node.code, session->code, sizeof node.code);
    } else if (session->with == JK_ROLE_PREFECTURE) {
        node = jk_prefecture_of(&engine->config.self);
    } else {
        memcpy(node.code, "000000", 7);
    }
    jk_commitment_root(commitment, &root);
    return body->signature.size == JK_SIGNATURE_SIZE && keys->peer != NULL &&
           keys->peer(keys->arg, &node, prekey, sign_public) &&
           jk_sign_verify(ROOT_LABEL, (jk_span){root.byte, sizeof root.byte}, sign_public,
                          body->signature.bytes);
}

static void head_of(const jk_wire_Round *body, const jk_session *session, jk_round_message *head)
{
    *head = (jk_round_message){
        .kind = (jk_round_kind)body->kind,
        .round = (uint32_t)session->round.byte[0] << 24 | (uint32_t)session->round.byte[1] << 16 |
                 (uint32_t)session->round.byte[2] << 8 | session->round.byte[3],
        .marker = body->marker,
        .key_id = body->key_id,
        .depth = (uint8_t)body->depth,
        .first = body->first,
        .count = body->items,
        .level = (uint8_t)body->level,
        .next = body->next,
        .why = (jk_round_why)body->why,
    };
    if (body->top.size == JK_RECON_DIGEST_SIZE) {
        head->commitment = (jk_commitment){.marker = body->marker,
                                           .key_id = body->key_id,
                                           .count = body->count,
                                           .depth = head->depth};
        memcpy(head->commitment.top.byte, body->top.bytes, JK_RECON_DIGEST_SIZE);
    }
}

/* A whole message of the other side. */
static jk_status take(jk_dialogue *d, const jk_round_message *m, const jk_recon_memory *memory)
{
    jk_round_message out;
    memset(&out, 0, sizeof out);
    if (!d->asks) {
        jk_status status = jk_answer_take(&d->answer, m, &out);
        if (status != JK_OK) {
            return status;
        }
        d->count_peer = d->answer.peer.count;
        if (out.kind == JK_ROUND_NO) {
            say_no(d, out.why);
            return JK_OK;
        }
        status = say(d, &out, memory);
        d->heard = out.kind == JK_ROUND_EQUAL ? JK_HEARD_EQUAL : JK_HEARD_GO_ON;
        return status;
    }
    jk_status status = jk_ask_take(&d->ask, m, &out);
    d->count_peer = d->ask.peer.count;
    if (status == JK_E_UNEXPECTED) {
        say_no(d, d->ask.why);
        return JK_OK;
    }
    if (status != JK_OK) {
        return status;
    }
    if (d->ask.state != JK_ASK_DONE) {
        return say(d, &out, memory);
    }
    if (m->kind == JK_ROUND_EQUAL) {
        d->heard = JK_HEARD_EQUAL;
        return JK_OK;
    }
    return say_settled(d, memory);
}

static bool says_root(jk_round_kind kind)
{
    return kind == JK_ROUND_OPEN || kind == JK_ROUND_EQUAL || kind == JK_ROUND_WALK ||
           kind == JK_ROUND_FOUND;
}

/* All pieces of a message are there. */
static jk_status take_whole(jk_engine *engine, jk_dialogue *d)
{
    const jk_recon_memory *memory = memory_of(engine);
    jk_unpacked u;
    jk_status status = jk_unpack(&d->in_head, (jk_span){d->in.bytes, d->in.size}, memory, &u);
    if (status == JK_E_NOT_CANONICAL) {
        say_no(d, JK_ROUND_FORM);
        return JK_OK;
    }
    if (status != JK_OK) {
        return status;
    }
    status = take(d, &u.message, memory);
    jk_unpacked_free(&u, memory);
    return status;
}

/* SETTLED, at a server: the session has its result. */
static jk_status settle(jk_dialogue *d, const jk_recon_memory *memory)
{
    if (d->in.size != (size_t)d->in_head.count * 8) {
        say_no(d, JK_ROUND_FORM);
        return JK_OK;
    }
    d->settled.size = 0;
    jk_status status = append(&d->settled, d->in.bytes, d->in.size, memory);
    d->heard = JK_HEARD_DIFFERENT;
    return status;
}

static jk_status hear(jk_engine *engine, jk_dialogue *d, const jk_wire_Round *body)
{
    const jk_recon_memory *memory = memory_of(engine);
    const jk_round_kind kind = (jk_round_kind)body->kind;
    if (body->kind == jk_wire_RoundKind_ROUND_GO_ON) {
        if ((d->out_piece + 1) * PIECE_MAX >= d->out.size) {
            say_no(d, JK_ROUND_NOT_ASKED);
            return JK_OK;
        }
        d->out_piece++;
        d->heard = JK_HEARD_GO_ON;
        return JK_OK;
    }
    if (body->kind == jk_wire_RoundKind_ROUND_NO) {
        const jk_round_why why =
            body->why == jk_wire_RoundWhy_WHY_FINE ? JK_ROUND_REFUSED : (jk_round_why)body->why;
        say_no(d, why);
        d->heard = JK_HEARD_DIFFERENT;
        return JK_OK;
    }
    if (body->kind == jk_wire_RoundKind_ROUND_RESULT && d->asks) {
        if (d->ask.state != JK_ASK_DONE) {
            say_no(d, JK_ROUND_NOT_ASKED);
        }
        d->heard = JK_HEARD_DIFFERENT;
        return JK_OK;
    }
    if (body->piece != (d->in_more ? d->in_piece + 1 : 0) ||
        (d->in_more && kind != d->in_head.kind)) {
        say_no(d, JK_ROUND_FORM);
        return JK_OK;
    }
    if (body->piece == 0) {
        head_of(body, &d->session, &d->in_head);
        d->in.size = 0;
        if (body->marks.size == JK_MARKS) {
            memcpy(d->in_marks, body->marks.bytes, JK_MARKS);
            d->in_head.marks = d->in_marks;
        }
        const bool equal = kind == JK_ROUND_EQUAL && d->asks;
        if (equal) { /* the server has our root, and signs it */
            d->in_head.marker = d->ask.commitment.marker;
            d->in_head.key_id = d->ask.commitment.key_id;
            d->in_head.depth = d->ask.commitment.depth;
            d->in_head.commitment = d->ask.commitment;
        }
        if (says_root(kind) && ((body->top.size == 0 && !equal) ||
                                !root_signed(engine, &d->session, &d->in_head.commitment, body))) {
            say_no(d, JK_ROUND_SIGNATURE);
            return JK_OK;
        }
    }
    d->in_piece = body->piece;
    jk_status status = append(&d->in, body->data.bytes, body->data.size, memory);
    if (status == JK_E_OVERSIZED) {
        say_no(d, JK_ROUND_TOO_MANY);
        return JK_OK;
    }
    if (status != JK_OK) {
        return status;
    }
    d->in_more = body->more;
    if (body->more) {
        say_head(d, jk_wire_RoundKind_ROUND_GO_ON);
        return JK_OK;
    }
    if (body->kind == jk_wire_RoundKind_ROUND_SETTLED && !d->asks) {
        return settle(d, memory);
    }
    return take_whole(engine, d);
}

static size_t number_size(uint64_t value)
{
    size_t size = value == 0 ? 0 : 2;
    for (value >>= 7; value != 0; value >>= 7) {
        size++;
    }
    return size;
}

static size_t bytes_size(size_t tag_size, size_t size)
{
    return size == 0 ? 0 : tag_size - 1 + number_size(size) + size;
}

/* Bytes of the body that is said now. */
static size_t said_size(const jk_dialogue *d)
{
    const jk_wire_Round *head = &d->out_head;
    const size_t at = (size_t)d->out_piece * PIECE_MAX;
    const size_t left = d->out.size - at;
    size_t size = number_size((uint64_t)head->kind) + number_size(left > PIECE_MAX ? 1 : 0) +
                  bytes_size(2, left < PIECE_MAX ? left : PIECE_MAX);
    if (d->out_piece > 0) {
        return size + number_size(d->out_piece);
    }
    size += number_size(head->marker) + number_size(head->key_id) + number_size(head->depth) +
            number_size(head->count) + number_size(head->first) + number_size(head->items) +
            number_size(head->level) + number_size(head->next) + number_size((uint64_t)head->why);
    return size + bytes_size(1, head->top.size) + bytes_size(1, head->marks.size) +
           bytes_size(1, says_root((jk_round_kind)head->kind) ? JK_SIGNATURE_SIZE : 0U);
}

static jk_status hear_stored(jk_step *step, jk_dialogue *d, uint32_t index)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    char name[24];
    piece_name(&d->session, index, name);
    const jk_data_key key = {step->machine->id, d->session.key, name, -1};
    size_t size = 0;
    jk_status status =
        store->ops->data_get(store, &key, engine->kept_bytes, sizeof engine->kept_bytes, &size);
    if (status == JK_OK) {
        step->read = NULL;
        status = jk_codec_decode(&jk_wire_type_Round, (jk_span){engine->kept_bytes, size}, NULL,
                                 &engine->kept.round, NULL);
    }
    if (status != JK_OK) {
        return status == JK_E_NOT_FOUND ? JK_E_STORE_SCHEMA : status;
    }
    d->received += size;
    if (d->why != JK_ROUND_FINE) { /* it has ended; nothing that is said changes that */
        d->heard = JK_HEARD_DIFFERENT;
        return JK_OK;
    }
    status = hear(engine, d, &engine->kept.round);
    if (status == JK_OK && (d->heard == JK_HEARD_GO_ON || !d->asks)) {
        d->sent += said_size(d);
    }
    return status;
}

static jk_status begin(jk_step *step, jk_dialogue *d, const jk_side *side, uint32_t history)
{
    const jk_token *round = &d->session.round;
    const uint32_t number = (uint32_t)round->byte[0] << 24 | (uint32_t)round->byte[1] << 16 |
                            (uint32_t)round->byte[2] << 8 | round->byte[3];
    d->asks = step->engine->config.self.role == JK_ROLE_CS;
    if (!d->asks) {
        jk_answer_begin(&d->answer, side, d->session.marker, number);
        d->begun = true;
        return JK_OK;
    }
    jk_round_message open;
    memset(&open, 0, sizeof open);
    jk_status status = jk_ask_open(&d->ask, side, d->session.marker, number, history, &open);
    if (status == JK_OK) {
        d->begun = true;
        status = say(d, &open, memory_of(step->engine));
    }
    if (status == JK_OK) {
        d->sent += said_size(d);
    }
    return status;
}

static jk_status find(jk_engine *engine, const jk_session *session, jk_dialogue **found)
{
    const jk_recon_memory *memory = memory_of(engine);
    for (jk_dialogue *d = engine->dialogues; d != NULL; d = d->next) {
        if (same_place(&d->session, session)) {
            if (!jk_token_equal(&d->session.round, &session->round) ||
                d->session.marker != session->marker) {
                reset(d, memory);
                d->session = *session;
            }
            *found = d;
            return JK_OK;
        }
    }
    jk_dialogue *d = memory->take == NULL ? NULL : memory->take(memory->arg, sizeof *d);
    if (d == NULL) {
        return JK_E_MEMORY;
    }
    memset(d, 0, sizeof *d);
    d->session = *session;
    d->next = engine->dialogues;
    engine->dialogues = d;
    *found = d;
    return JK_OK;
}

jk_status jk_dialogue_hear(jk_step *step, const jk_session *session, bool now, uint32_t history,
                           jk_dialogue **dialogue)
{
    jk_engine *engine = step->engine;
    const jk_side *side = NULL;
    jk_dialogue *d = NULL;
    uint32_t count = 0;
    jk_status status = find(engine, session, &d);
    if (status == JK_OK) {
        status = kept_count(step, session, &count);
    }
    if (status == JK_OK) {
        status = jk_compare_side(engine, session->code, now, &side);
    }
    if (status != JK_OK) {
        return status;
    }
    if (d->taken > count) { /* of a step that was undone */
        reset(d, memory_of(engine));
    }
    if (!d->begun) {
        status = begin(step, d, side, history);
    }
    d->ask.own = *side;
    d->answer.own = *side;
    while (status == JK_OK && d->taken < count) {
        status = hear_stored(step, d, d->taken);
        d->taken += status == JK_OK ? 1 : 0;
    }
    if (status != JK_OK) {
        reset(d, memory_of(engine));
        return status;
    }
    *dialogue = d;
    return JK_OK;
}

jk_heard jk_dialogue_heard(const jk_dialogue *dialogue)
{
    return dialogue->heard;
}

jk_round_why jk_dialogue_why(const jk_dialogue *dialogue)
{
    return dialogue->why;
}

const jk_verdict *jk_dialogue_verdict(const jk_dialogue *dialogue)
{
    return dialogue->asks && dialogue->ask.state == JK_ASK_DONE ? &dialogue->ask.verdict : NULL;
}

jk_span jk_dialogue_settled(const jk_dialogue *dialogue)
{
    return (jk_span){dialogue->settled.bytes, dialogue->settled.size};
}

void jk_dialogue_figures(const jk_dialogue *d, jk_round_row *row)
{
    row->count_own = d->asks ? d->ask.commitment.count : d->answer.commitment.count;
    row->count_peer = d->count_peer;
    row->asks = d->asks ? d->ask.asks : d->answer.asks;
    row->bytes_sent = d->sent;
    row->bytes_received = d->received;
}

jk_status jk_dialogue_say(jk_step *step, jk_dialogue *d, jk_wire_Round *out)
{
    const jk_step_keys *keys = &step->engine->config.keys;
    const size_t at = (size_t)d->out_piece * PIECE_MAX;
    const size_t size = d->out.size - at < PIECE_MAX ? d->out.size - at : PIECE_MAX;
    if (d->out_piece == 0) {
        memcpy(out, &d->out_head, offsetof(jk_wire_Round, data));
        if (says_root((jk_round_kind)out->kind)) {
            jk_digest root;
            if (keys->sign_secret == NULL) {
                return JK_E_USAGE;
            }
            jk_commitment_root(d->asks ? &d->ask.commitment : &d->answer.commitment, &root);
            out->signature.size = JK_SIGNATURE_SIZE;
            jk_sign(ROOT_LABEL, (jk_span){root.byte, sizeof root.byte}, keys->sign_secret,
                    out->signature.bytes);
        }
    } else {
        memset(out, 0, offsetof(jk_wire_Round, data));
        out->kind = d->out_head.kind;
        out->piece = d->out_piece;
    }
    out->data.size = (pb_size_t)size;
    if (size > 0) {
        memcpy(out->data.bytes, d->out.bytes + at, size);
    }
    out->more = at + size < d->out.size;
    return JK_OK;
}
