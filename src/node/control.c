/* SPDX-License-Identifier: Apache-2.0 */
/* The operators' socket: one JSON object a line in, one out, in the same order.  An answer
 * leaves only when what it says is committed. */
#include "node/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct jk_client {
    jk_node *node;
    jk_client *next;
    jk_client *previous;
    jk_uv_stream *stream;
    bool closing;
    bool waiting; /* for a transaction; later lines wait behind */
    jk_token wait_txn;
    int64_t wait_until_ms;
    uint64_t wait_seen;
    size_t in_used;
    char *out;
    size_t out_capacity;
    size_t out_start;
    size_t out_ready; /* up to here it may leave */
    size_t out_end;
    unsigned unready; /* answers behind out_ready */
    char in[JK_NODE_LINE_MAX + 1];
};

static void client_close(jk_client *client)
{
    if (!client->closing) {
        client->closing = true;
        jk_uv_stream_close(client->stream);
    }
}

/* --- answers --- */

static bool make_room(jk_client *client, size_t size)
{
    if (client->out_start == client->out_end) {
        client->out_start = 0;
        client->out_ready = 0;
        client->out_end = 0;
    }
    if (client->out_end + size <= client->out_capacity) {
        return true;
    }
    if (client->out_end + size > JK_NODE_ANSWER_MAX) {
        return false;
    }
    size_t capacity = client->out_capacity == 0 ? 4096 : client->out_capacity;
    while (capacity < client->out_end + size) {
        capacity *= 2;
    }
    char *bigger = realloc(client->out, capacity);
    if (bigger == NULL) {
        return false;
    }
    client->out = bigger;
    client->out_capacity = capacity;
    return true;
}

/* Takes the answer; a tool that does not read what it asked for loses its connection. */
static void put_answer(jk_client *client, json_t *answer)
{
    char *text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
    const size_t size = text == NULL ? 0 : strlen(text);
    if (text == NULL || !make_room(client, size + 1)) {
        client_close(client);
    } else {
        memcpy(client->out + client->out_end, text, size);
        client->out[client->out_end + size] = '\n';
        client->out_end += size + 1;
    }
    free(text);
    json_decref(answer);
}

/* Everything so far holds: commit, or say of each answer that it does not. */
static void release(jk_client *client, bool stepped)
{
    const jk_status status = stepped ? jk_node_flush(client->node) : JK_OK;
    if (status != JK_OK) {
        client->out_end = client->out_ready;
        for (unsigned i = 0; i < client->unready; i++) {
            put_answer(client, jk_answer_refused(status, jk_node_reason(client->node, status)));
        }
    }
    jk_history_answers(client->node->history, status);
    client->unready = 0;
    client->out_ready = client->out_end;
    if (!client->closing) {
        jk_uv_stream_send(client->stream);
    }
}

/* --- lines --- */

/* error holds what is wrong when there is no value at all. */
static void refuse_json(jk_ask *call, const json_error_t *error)
{
    char text[64];
    const enum json_error_code code =
        call->request == NULL ? json_error_code(error) : json_error_wrong_type;
    const bool is_text = code == json_error_invalid_utf8 || code == json_error_null_character ||
                         code == json_error_null_byte_in_key;
    (void)snprintf(text, sizeof text, "%s: column %d",
                   is_text ? "text that is not UTF-8, or with a NUL" : "not one JSON object",
                   call->request == NULL ? error->column : 1);
    jk_ask_refuse(call, is_text ? JK_E_UTF8 : JK_E_WIRE, text);
}

/* One line, without its newline.  True when it took a step. */
static bool run_line(jk_client *client, const char *line, size_t size)
{
    json_error_t error;
    jk_ask call = {.node = client->node};
    call.request = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(call.request)) {
        refuse_json(&call, &error);
    } else {
        const uint64_t number = jk_history_asked(client->node->history, call.request);
        jk_command_run(&call);
        jk_history_answered(client->node->history, number, call.answer);
    }
    if (call.wait) {
        client->waiting = true;
        client->wait_txn = call.wait_txn;
        client->wait_until_ms = jk_node_now(client->node) + call.wait_ms;
        client->wait_seen = UINT64_MAX;
        json_decref(call.answer);
    } else {
        put_answer(client, call.answer);
        client->unready++;
    }
    json_decref(call.request);
    return call.stepped;
}

static void run_lines(jk_client *client)
{
    bool stepped = false;
    size_t start = 0;
    while (!client->waiting && !client->closing) {
        const char *end = memchr(client->in + start, '\n', client->in_used - start);
        if (end == NULL) {
            break;
        }
        const size_t size = (size_t)(end - client->in) - start;
        stepped = run_line(client, client->in + start, size) || stepped;
        start += size + 1;
    }
    memmove(client->in, client->in + start, client->in_used - start);
    client->in_used -= start;
    release(client, stepped);
    if (client->in_used == sizeof client->in && !client->waiting &&
        memchr(client->in, '\n', client->in_used) == NULL) {
        put_answer(client, jk_answer_refused(JK_E_OVERSIZED, "a line is longer than 65536 bytes"));
        release(client, false);
        client_close(client);
    }
}

static void hold_back(jk_client *client)
{
    if (client->waiting || client->in_used == sizeof client->in) {
        jk_uv_stream_pause(client->stream);
    } else {
        jk_uv_stream_resume(client->stream);
    }
}

static void on_received(void *arg, jk_span bytes)
{
    jk_client *client = arg;
    while (bytes.size > 0 && !client->closing) {
        const size_t room = sizeof client->in - client->in_used;
        const size_t part = bytes.size < room ? bytes.size : room;
        if (part == 0) {
            client_close(client); /* more than a line behind a command that waits */
            return;
        }
        memcpy(client->in + client->in_used, bytes.data, part);
        client->in_used += part;
        bytes.data += part;
        bytes.size -= part;
        run_lines(client);
    }
    if (!client->closing) {
        hold_back(client);
    }
}

static jk_span on_output(void *arg)
{
    const jk_client *client = arg;
    return (jk_span){(const uint8_t *)client->out + client->out_start,
                     client->out_ready - client->out_start};
}

static void on_sent(void *arg, size_t size)
{
    jk_client *client = arg;
    client->out_start += size;
}

static void on_ended(void *arg, jk_status status)
{
    (void)status;
    client_close(arg);
}

static void on_closed(void *arg)
{
    jk_client *client = arg;
    jk_node *node = client->node;
    if (client->previous != NULL) {
        client->previous->next = client->next;
    } else {
        node->clients = client->next;
    }
    if (client->next != NULL) {
        client->next->previous = client->previous;
    }
    node->client_count--;
    free(client->out);
    free(client);
}

static const jk_uv_events events = {
    .received = on_received,
    .output = on_output,
    .sent = on_sent,
    .ended = on_ended,
    .closed = on_closed,
};

void jk_control_accepted(void *arg, jk_uv_stream *stream, const char *address)
{
    jk_node *node = arg;
    (void)address;
    jk_client *client = node->stopping || node->client_count >= JK_NODE_CLIENTS_MAX
                            ? NULL
                            : calloc(1, sizeof *client);
    if (client == NULL || jk_uv_stream_start(stream, &events, client) != JK_OK) {
        free(client);
        jk_uv_stream_close(stream);
        return;
    }
    client->node = node;
    client->stream = stream;
    client->next = node->clients;
    if (node->clients != NULL) {
        node->clients->previous = client;
    }
    node->clients = client;
    node->client_count++;
}

void jk_control_close(jk_node *node)
{
    for (jk_client *client = node->clients; client != NULL; client = client->next) {
        client_close(client);
    }
}

/* --- waiting for a transaction --- */

static void end_wait(jk_client *client, json_t *answer)
{
    client->waiting = false;
    put_answer(client, answer);
    release(client, false);
    run_lines(client);
    if (!client->closing) {
        hold_back(client);
    }
}

int64_t jk_control_waits(jk_node *node)
{
    const int64_t now_ms = jk_node_now(node);
    int64_t next_ms = INT64_MAX;
    jk_client *next = NULL;
    for (jk_client *client = node->clients; client != NULL; client = next) {
        next = client->next; /* freed by the loop only */
        if (!client->waiting || client->closing) {
            continue;
        }
        const bool late = now_ms >= client->wait_until_ms;
        if (client->wait_seen != node->steps || late) {
            bool settled = false;
            client->wait_seen = node->steps;
            json_t *answer = jk_show_wait(node, &client->wait_txn, &settled);
            if (settled || late) {
                end_wait(client, answer);
                continue;
            }
            json_decref(answer);
        }
        next_ms = client->wait_until_ms < next_ms ? client->wait_until_ms : next_ms;
    }
    return next_ms;
}
