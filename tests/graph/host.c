/* SPDX-License-Identifier: Apache-2.0 */
/* The node's process and everything that it talks with. */
#define _POSIX_C_SOURCE 200809L

#include "host.h"

#include "channel/policy.h"
#include "node/keyfile.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    START_MS = 20000,
    HEAR_MS = 10000,
    PAUSE_MS = 5
};

static bool wrong(host *h, const char *what, const char *name)
{
    (void)snprintf(h->wrong, sizeof h->wrong, "%s %s", what, name);
    return false;
}

void host_node_name(const jk_node_id *node, char separator, char name[40])
{
    (void)snprintf(name, 40, "%s%c%s", jk_role_name((jk_role)node->role), separator, node->code);
}

/* ---- neighbours ---- */

static void hear(void *arg, uint64_t sequence, jk_span message)
{
    host_peer *p = arg;
    host *h = p->host;
    uint8_t *bytes = sequence <= p->heard ? NULL : malloc(message.size);
    if (bytes == NULL || h->heard_count == HOST_HEARD) {
        free(bytes); /* it came again */
        return;
    }
    p->heard = sequence;
    memcpy(bytes, message.data, message.size);
    h->heard[h->heard_count++] =
        (host_message){(size_t)(p - h->peer), sequence, false, message.size, bytes};
}

static unsigned port_of(const host *h, const char *name)
{
    char path[HOST_PATH];
    char word[64];
    unsigned port = 0;
    unsigned found = 0;
    (void)snprintf(path, sizeof path, "%s/hosts.tsv", h->net);
    FILE *in = fopen(path, "r");
    while (in != NULL && fscanf(in, "%63s %u", word, &port) == 2) {
        found = strcmp(word, name) == 0 ? port : found;
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    return found;
}

static jk_keys *keys_of(host *h, const jk_node_id *id)
{
    char name[40];
    char path[HOST_PATH];
    jk_fault fault;
    jk_keys *keys = sodium_malloc(sizeof *keys);
    host_node_name(id, '-', name);
    (void)snprintf(path, sizeof path, "%s/%s.keys", h->net, name);
    if (keys == NULL || jk_keyfile_load_node(path, keys, &fault) != JK_OK) {
        (void)wrong(h, "no keys of", name);
        sodium_free(keys);
        return NULL;
    }
    return keys;
}

static bool open_peer(host *h, const jk_node_id *id)
{
    char name[40];
    host_peer *p = &h->peer[h->peer_count];
    host_node_name(id, '-', name);
    *p = (host_peer){.host = h, .id = *id, .listener = -1};
    p->link.fd = -1;
    p->link.hear = hear;
    p->link.hear_arg = p;
    p->port = port_of(h, name);
    p->keys = keys_of(h, id);
    if (p->keys == NULL) {
        return false;
    }
    h->peer_count++;
    if (!jk_policy_allows(id, &h->self)) {
        p->listener = peer_listen(p->port);
        return p->listener >= 0 || wrong(h, "no port for", name);
    }
    return true;
}

bool host_open(host *h, const jk_node_id *self, const jk_node_id *peers, size_t count)
{
    h->self = *self;
    h->log = -1;
    h->socket = -1;
    host_node_name(self, '-', h->name);
    h->port = port_of(h, h->name);
    h->self_keys = keys_of(h, self);
    if (h->self_keys == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (h->peer_count == HOST_PEERS || !open_peer(h, &peers[i])) {
            return false;
        }
    }
    return true;
}

void host_close(host *h)
{
    host_kill(h);
    sodium_free(h->self_keys);
    for (size_t i = 0; i < h->peer_count; i++) {
        sodium_free(h->peer[i].keys);
        if (h->peer[i].listener >= 0) {
            (void)close(h->peer[i].listener);
        }
    }
    for (size_t i = 0; i < h->heard_count; i++) {
        free(h->heard[i].bytes);
    }
    if (h->log >= 0) {
        (void)close(h->log);
    }
}

bool host_store(host *h, jk_store **store)
{
    char path[HOST_PATH];
    jk_fault fault = {.text = ""};
    const jk_sqlite_options options = {.node = h->self};
    (void)snprintf(path, sizeof path, "%s/%s.db", h->net, h->name);
    return jk_sqlite_open(path, &options, store, &fault) == JK_OK ||
           wrong(h, "the database cannot be opened:", fault.text);
}

/* ---- the process ---- */

static int connect_socket(const host *h)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int size = snprintf(at.sun_path, sizeof at.sun_path, "%s/%s.sock", h->net, h->name);
    if (fd < 0 || size < 0 || (size_t)size >= sizeof at.sun_path ||
        connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

static void pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static bool meet(host *h, host_peer *p)
{
    return p->listener < 0 ? peer_dial(&p->link, p->keys, &h->self, h->port)
                           : peer_accept(&p->link, p->keys, &h->self, p->listener);
}

static bool spawn(host *h)
{
    char config[HOST_PATH];
    char err[HOST_PATH];
    (void)snprintf(config, sizeof config, "%s/%s.yaml", h->net, h->name);
    (void)snprintf(err, sizeof err, "%s/%s.err", h->net, h->name);
    h->pid = fork();
    if (h->pid == 0) {
        const int to = open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);
        (void)dup2(to, STDOUT_FILENO);
        (void)dup2(to, STDERR_FILENO);
        (void)execl(h->juki, h->juki, "node", "--config", config, (char *)NULL);
        _exit(127);
    }
    return h->pid > 0 || wrong(h, "no process", h->name);
}

bool host_start(host *h)
{
    const int64_t end_ms = peer_now_ms() + START_MS;
    char path[HOST_PATH];
    if (!spawn(h)) {
        return false;
    }
    h->starts++;
    while ((h->socket = connect_socket(h)) < 0 && peer_now_ms() < end_ms) {
        if (waitpid(h->pid, NULL, WNOHANG) != 0) {
            h->pid = 0;
            return wrong(h, "it does not start:", h->name);
        }
        pause_ms(PAUSE_MS);
    }
    if (h->log < 0) {
        (void)snprintf(path, sizeof path, "%s/%s.log", h->net, h->name);
        h->log = open(path, O_RDONLY | O_CLOEXEC);
    }
    for (size_t i = 0; h->socket >= 0 && i < h->peer_count; i++) {
        host_peer *p = &h->peer[i];
        bool up = meet(h, p);
        while (!up && peer_now_ms() < end_ms) { /* peers dial again */
            pause_ms(PAUSE_MS);
            up = meet(h, p);
        }
        if (!up) {
            char name[40];
            host_node_name(&p->id, '-', name);
            return wrong(h, "no link with", name);
        }
    }
    return (h->socket >= 0 && h->log >= 0) || wrong(h, "it does not serve:", h->name);
}

static int end_process(host *h, int signal_number)
{
    int status = -1;
    if (h->pid > 0) {
        (void)kill(h->pid, signal_number);
        (void)waitpid(h->pid, &status, 0);
        h->pid = 0;
    }
    for (size_t i = 0; i < h->peer_count; i++) {
        peer_end(&h->peer[i].link);
    }
    if (h->socket >= 0) {
        (void)close(h->socket);
        h->socket = -1;
    }
    return status;
}

void host_kill(host *h)
{
    (void)end_process(h, SIGKILL);
}

bool host_stop(host *h)
{
    const int status = end_process(h, SIGTERM);
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) || wrong(h, "it ends badly:", h->name);
}

/* ---- talking ---- */

bool host_tell(host *h, const jk_node_id *to, jk_span bytes, jk_status *rule, uint64_t *sequence)
{
    for (size_t i = 0; i < h->peer_count; i++) {
        host_peer *p = &h->peer[i];
        if (jk_node_equal(&p->id, to)) {
            *sequence = p->link.next++;
            *rule = peer_tell(&p->link, *sequence, bytes);
            return (*rule != JK_E_IO && *rule != JK_E_DEADLINE) ||
                   wrong(h, "no answer to a message:", jk_status_name(*rule));
        }
    }
    return wrong(h, "no such peer", "");
}

json_t *host_ask(host *h, json_t *request)
{
    static char answer[65536];
    char *text = json_dumps(request, JSON_COMPACT);
    size_t used = 0;
    json_decref(request);
    const bool sent = text != NULL && send(h->socket, text, strlen(text), MSG_NOSIGNAL) > 0 &&
                      send(h->socket, "\n", 1, MSG_NOSIGNAL) == 1;
    free(text);
    while (sent && used + 1 < sizeof answer && (used == 0 || answer[used - 1] != '\n')) {
        const ssize_t size = recv(h->socket, answer + used, sizeof answer - 1 - used, 0);
        if (size <= 0) {
            return NULL;
        }
        used += (size_t)size;
    }
    answer[used] = '\0';
    return json_loads(answer, 0, NULL);
}

/* ---- the log ---- */

/* The word behind NAME= into text; "-" is "". */
static void word_of(const char *line, const char *name, char *text, size_t size)
{
    const char *at = strstr(line, name);
    text[0] = '\0';
    if (at != NULL) {
        at += strlen(name);
        const size_t length = strcspn(at, " \n");
        if (length != 1 || at[0] != '-') {
            (void)snprintf(text, size, "%.*s", (int)length, at);
        }
    }
}

static bool read_step(host_step *step)
{
    char *line = step->line;
    const char *in = strstr(line, " in=");
    const char *arrow = in == NULL ? NULL : strstr(in, "->");
    if (arrow == NULL || strstr(line, " event=") != NULL) {
        return false;
    }
    word_of(line, " role=", step->role, sizeof step->role);
    word_of(line, " in=", step->input, sizeof step->input);
    word_of(line, " hook=", step->hooks, sizeof step->hooks);
    word_of(line, " out=", step->actions, sizeof step->actions);
    word_of(line, " status=", step->status, sizeof step->status);
    word_of(line, " txn=", step->txn, sizeof step->txn);
    word_of(line, " case=", step->case_id, sizeof step->case_id);
    (void)snprintf(step->state, sizeof step->state, "%.*s", (int)strcspn(arrow + 2, " "),
                   arrow + 2);
    static char nothing[] = "";
    step->took = strstr(line, " took=");
    step->sent = strstr(line, " sent=");
    step->took = step->took == NULL ? nothing : step->took + 6;
    step->sent = step->sent == NULL ? nothing : step->sent + 6;
    return true;
}

bool host_next_step(host *h, host_step *step, int64_t wait_ms)
{
    const int64_t end_ms = peer_now_ms() + wait_ms;
    for (;;) {
        h->buffer[h->buffered] = '\0';
        char *end = strchr(h->buffer, '\n');
        if (end != NULL) {
            const size_t size = (size_t)(end - h->buffer) + 1;
            memcpy(step->line, h->buffer, size);
            step->line[size] = '\0';
            memmove(h->buffer, h->buffer + size, h->buffered - size);
            h->buffered -= size;
            if (read_step(step)) {
                return true;
            }
            continue;
        }
        const ssize_t size =
            read(h->log, h->buffer + h->buffered, sizeof h->buffer - 1 - h->buffered);
        if (size > 0) {
            h->buffered += (size_t)size;
        } else if (peer_now_ms() >= end_ms) {
            return false;
        } else {
            pause_ms(1);
        }
    }
}

/* ---- what it sends ---- */

static host_message *find_heard(host *h, size_t from, uint64_t sequence)
{
    for (size_t i = 0; i < h->heard_count; i++) {
        if (h->heard[i].peer == from && h->heard[i].sequence == sequence) {
            return &h->heard[i];
        }
    }
    return NULL;
}

/* "cs:141003:0/13/CERT/..." of a line. */
static bool read_sent(const host *h, const char *text, size_t *to, uint64_t *sequence)
{
    for (size_t i = 0; i < h->peer_count; i++) {
        char name[40];
        host_node_name(&h->peer[i].id, ':', name);
        const size_t size = strlen(name);
        if (strncmp(text, name, size) == 0 && strncmp(text + size, ":0/", 3) == 0) {
            *to = i;
            *sequence = strtoull(text + size + 3, NULL, 10);
            return true;
        }
    }
    return false;
}

static bool take_heard(host *h, size_t from, uint64_t sequence, scene_outcome *outcome)
{
    const int64_t end_ms = peer_now_ms() + HEAR_MS;
    host_message *message = find_heard(h, from, sequence);
    while (message == NULL && peer_now_ms() < end_ms) {
        (void)peer_run(&h->peer[from].link, NULL, 1);
        message = find_heard(h, from, sequence);
    }
    if (message == NULL || outcome->count == SCENE_HEARD || message->size > JK_ENVELOPE_SIZE_MAX) {
        return wrong(h, "a message is missing", "");
    }
    scene_heard *heard = &outcome->heard[outcome->count++];
    message->taken = true;
    heard->claimed = false;
    heard->peer = h->peer[from].id;
    heard->size = message->size;
    memcpy(heard->bytes, message->bytes, message->size);
    return jk_codec_decode_envelope((jk_span){heard->bytes, heard->size}, &heard->envelope, NULL) ==
               JK_OK ||
           wrong(h, "a message is no envelope", "");
}

/* Room for more: what was taken is forgotten. */
static void forget_taken(host *h)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->heard_count; i++) {
        if (h->heard_count < HOST_HEARD / 2 || !h->heard[i].taken) {
            h->heard[kept++] = h->heard[i];
        } else {
            free(h->heard[i].bytes);
        }
    }
    h->heard_count = kept;
}

bool host_hear(host *h, const host_step *step, scene_outcome *outcome)
{
    const char *at = step->sent;
    forget_taken(h);
    while (*at != '\0' && *at != '\n' && *at != ' ') {
        size_t to = 0;
        uint64_t sequence = 0;
        if (!read_sent(h, at, &to, &sequence)) {
            return wrong(h, "it sends to somebody else:", at);
        }
        if (!take_heard(h, to, sequence, outcome)) {
            return false;
        }
        at += strcspn(at, ", \n");
        at += *at == ',' ? 1 : 0;
    }
    return true;
}

size_t host_untold(const host *h)
{
    size_t count = 0;
    for (size_t i = 0; i < h->heard_count; i++) {
        count += h->heard[i].taken ? 0 : 1;
    }
    return count;
}
