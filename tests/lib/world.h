/* SPDX-License-Identifier: Apache-2.0 */
/* A world for tests: engines of src/step on stores in memory, in virtual time, over a network that
 * loses, repeats and delays records and lets nodes crash between commits.  One seed, one run. */
#ifndef TESTS_LIB_WORLD_H
#define TESTS_LIB_WORLD_H

#include "channel/noise.h"
#include "step/step.h"

#define WORLD_NODES_MAX   16
#define WORLD_PACKETS_MAX 4096

typedef struct world world;
typedef struct world_node world_node;

typedef struct world_faults {
    unsigned loss_permille;   /* records that never arrive */
    unsigned repeat_permille; /* records that arrive twice */
    int64_t delay_max_ms;     /* every record takes 1..delay_max_ms: order is not kept */
    unsigned crash_permille;  /* a node dies when a record reaches it, before its commit */
} world_faults;

/* Everything random in the world comes from seed. */
world *world_open(uint64_t seed, const world_faults *faults);
void world_close(world *w);

/* Before the first node: stores are SQLite files in this folder instead of memory; a node that dies
 * leaves its file as it is and opens it again. */
void world_on_disk(world *w, const char *folder);

/* Before the first node: who opens and closes stores, in place of memory.  For harnesses that break
 * the disk below a node, or the power of its machine. */
typedef struct world_disk {
    jk_store *(*open)(void *arg, const jk_node_id *node); /* NULL: not now; it is asked again */
    void (*close)(void *arg, const jk_node_id *node, jk_store *store);
    /* false: the node's machine has no power: what it would say is not said, and it starts again */
    bool (*alive)(void *arg, const jk_node_id *node);
    /* The node says something that others may rely on from now on: a message, an ACK or a NACK. */
    void (*said)(void *arg, const jk_node_id *node);
    void *arg;
} world_disk;

void world_on(world *w, const world_disk *disk);

/* Everything that reaches a node within one millisecond is one turn, with one commit. */
void world_group(world *w, bool grouped);

/* Before the first node, with stores in memory: every call into an engine is made with its first
 * operation on the store failing, then with its second and so on, and at last with none failing.  A
 * failure is always told and leaves nothing, so that the run is the same as without; world_count
 * tells how many there were, and how many of them a call did not tell. */
void world_trials(world *w, jk_status failure);

/* A command at the node's engine, in the open group. */
jk_status world_command(world_node *node, const jk_command *command);

/* After a call into the node's engine from outside: what a process does about a failure.  It closes
 * its links after a HOST status, dies where the store must be opened again, and is back later. */
void world_failed(world_node *node, jk_status status);

/* Its process runs and its links are up. */
bool world_serves(const world_node *node);

/* Adds a node; its links to earlier nodes that the policy allows are up at once. */
world_node *world_add(world *w, jk_role role, const char *code);

jk_engine *world_engine(world_node *node);
jk_store *world_store(world_node *node);
const jk_node_id *world_id(const world_node *node);

/* The legal day of every node, and protocol time. */
void world_set_today(world *w, int64_t day);
int64_t world_now(const world *w);

/* Faults can be switched off so that a run ends. */
void world_set_faults(world *w, const world_faults *faults);

/* The node dies and starts again at once: the open group is lost, its links come up anew. */
void world_restart(world_node *node);

/* Takes a link away and gives it back. */
void world_cut(world_node *a, world_node *b, bool cut);

/* Runs until nothing is under way and no timer is due before `until_ms`; false: the step limit came
 * first. */
bool world_run(world *w, int64_t until_ms);

/* A fresh token from the world's randomness. */
jk_token world_token(world *w);

/* Every step record so far, one line each; NULL-terminated.  Ids are replaced by the order in which
 * they were first seen, so that the text is the same for equal runs. */
const char *world_trace(const world *w);
void world_clear_trace(world *w);

/* The name of a token in the trace: "#3", "-" for none. */
void world_token_name(world *w, const jk_token *token, char name[24]);

/* Hears every message that leaves a node. */
typedef void world_listener(void *arg, const jk_node_id *from, const jk_node_id *to, jk_span bytes);
void world_listen(world *w, world_listener *listener, void *arg);

/* Is given every step record, after its commit. */
void world_records(world *w, jk_step_log *log, void *arg);

/* Counters of what happened. */
typedef struct world_counts {
    unsigned delivered;
    unsigned lost;
    unsigned repeated;
    unsigned crashes;
    unsigned refused; /* NACK records */
    unsigned credit;  /* that an ACK record gave last */
    unsigned trials;  /* failures of a store that were ordered */
    unsigned untold;  /* of those: the call said something else */
} world_counts;

world_counts world_count(const world *w);

#endif
