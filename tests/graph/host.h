/* SPDX-License-Identifier: Apache-2.0 */
/* A running node for the replay: its process, the other ends of all its links, its tools' socket,
 * its log, and between two runs its database. */
#ifndef JUKI_TESTS_GRAPH_HOST_H
#define JUKI_TESTS_GRAPH_HOST_H

#include "../hostile/peer.h"
#include "adapter/sqlite/sqlite.h"
#include "scene.h"

#include <jansson.h>
#include <sys/types.h>

enum {
    HOST_PEERS = 8,
    HOST_HEARD = 4096,
    HOST_LINE = 16384,
    HOST_PATH = 512
};

typedef struct host_message {
    size_t peer;
    uint64_t sequence;
    bool taken;
    size_t size;
    uint8_t *bytes;
} host_message;

typedef struct host_peer {
    struct host *host;
    jk_node_id id;
    jk_keys *keys;
    unsigned port;
    int listener;   /* -1: we dial */
    uint64_t heard; /* number of its last message */
    peer link;
} host_peer;

/* One step as the node's log tells it. */
typedef struct host_step {
    char line[HOST_LINE];
    char role[64];
    char input[64];
    char state[64];
    char hooks[SCENE_TEXT];
    char actions[SCENE_TEXT];
    char status[32];
    char txn[40];
    char case_id[40];
    char *took; /* "" none */
    char *sent;
} host_step;

typedef struct host {
    const char *juki;
    const char *net; /* folder with keys, config and what the node writes */
    char name[40];   /* "cs-131016" */
    jk_node_id self;
    unsigned port;
    jk_keys *self_keys; /* whose prekey certificates are sealed for */
    pid_t pid;          /* 0: it does not run */
    int socket;
    int log;
    size_t buffered; /* of the log's bytes that were read */
    char buffer[HOST_LINE];
    size_t peer_count;
    host_peer peer[HOST_PEERS];
    size_t heard_count;
    host_message heard[HOST_HEARD];
    unsigned starts;
    char wrong[256];
} host;

/* Loads the keys of the node's neighbours; hosts.tsv in the folder has "NAME PORT" lines. */
bool host_open(host *h, const jk_node_id *self, const jk_node_id *peers, size_t count);
void host_close(host *h);

/* The node's database while it does not run, made if there is none. */
bool host_store(host *h, jk_store **store);

/* Starts the process and brings all links up; kills it without a warning. */
bool host_start(host *h);
void host_kill(host *h);
/* Ends it as an operator does; false: it did not end well. */
bool host_stop(host *h);

/* Sends an envelope; *rule: JK_OK it was taken, or why it was refused.  *sequence: its number. */
bool host_tell(host *h, const jk_node_id *to, jk_span bytes, jk_status *rule, uint64_t *sequence);

/* A line to the tools' socket; takes the request.  NULL: no answer. */
json_t *host_ask(host *h, json_t *request);

/* The next step of the log; false: there is none within the time. */
bool host_next_step(host *h, host_step *step, int64_t wait_ms);

/* The messages that the step's line says were sent, into the outcome. */
bool host_hear(host *h, const host_step *step, scene_outcome *outcome);

/* Messages that no step's line told of. */
size_t host_untold(const host *h);

void host_node_name(const jk_node_id *node, char separator, char name[40]);

#endif
