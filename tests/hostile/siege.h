/* SPDX-License-Identifier: Apache-2.0 */
/* What every attack shares: the network under attack (from the file that `run` writes), snapshots
 * of a node's database by SQL, and what was found. */
#ifndef HOSTILE_SIEGE_H
#define HOSTILE_SIEGE_H

#include "juki/codec.h"
#include "peer.h"

#include <sqlite3.h>

#define SIEGE_HOSTS  24
#define SIEGE_TABLES 24
#define SIEGE_KINDS  128

/* A node of the network: one that runs (pid) or one whose keys the attacker has. */
typedef struct siege_host {
    char name[40]; /* "cs-141003", "cs-131016.1" */
    jk_node_id id;
    unsigned port;
    int pid; /* 0: ours to play */
    jk_keys *keys;
    sqlite3 *store;
} siege_host;

/* A cell of the table of kinds in spec/wire/README.md. */
typedef struct siege_kind {
    unsigned kind;
    unsigned from; /* jk_role */
    unsigned to;
} siege_kind;

/* The rows of a database: a hash for each table, dead letters and the links' own rows apart. */
typedef struct siege_snapshot {
    size_t count;
    char table[SIEGE_TABLES][32];
    uint8_t hash[SIEGE_TABLES][32];
    int64_t dead_letters;
} siege_snapshot;

typedef struct siege {
    const char *folder;
    const char *attack; /* the running one's name */
    const char *what;   /* and where it stands, "" at first */
    unsigned checks;
    unsigned failures;
    bool silent; /* failures are counted, not told: they are what is wanted */
    bool small;  /* load: a few connections, to see that it works */
    uint64_t seed;
    unsigned deadlines[4]; /* of cs-141003: preamble, handshake, record, message; milliseconds */
    size_t host_count;
    siege_host hosts[SIEGE_HOSTS];
    size_t kind_count;
    siege_kind kinds[SIEGE_KINDS];
    peer p; /* the attacks' hand: one connection at a time */
    siege_snapshot before;
} siege;

typedef struct siege_attack {
    const char *name;
    void (*run)(siege *s);
} siege_attack;

/* Each list ends with a NULL name. */
extern const siege_attack attacks_roles[];
extern const siege_attack attacks_messages[];
extern const siege_attack attacks_people[];
extern const siege_attack attacks_records[];
extern const siege_attack attacks_slow[];
extern const siege_attack attacks_flood[];
extern const siege_attack attacks_queue[];
extern const siege_attack attacks_leaks[];
extern const siege_attack attacks_load[];
extern const siege_attack attacks_control[]; /* each must be blamed */

/* Parts of groups that the controls use. */
void leaks_in(siege *s, const char *name);
void flood_wrong_bound(siege *s);

bool siege_open(siege *s, const char *folder);
void siege_close(siege *s);

/* The host of that name; a message and exit is the caller's: NULL when there is none. */
siege_host *siege_host_of(siege *s, const char *name);

/* Whether the wire's page lets that role say that kind to that role. */
bool siege_may_say(const siege *s, unsigned kind, unsigned from, unsigned to);

/* One thing that was looked at; false is written down with the words. */
bool siege_check(siege *s, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Random numbers that follow from the seed. */
uint32_t siege_random(siege *s);
jk_token siege_token(siege *s);

/* --- the victim's rows and process --- */
bool siege_snapshot_of(siege_host *victim, siege_snapshot *snapshot);
/* Compares with s->before: every table equal, so many more dead letters, the process alive. */
void siege_unchanged(siege *s, siege_host *victim, int64_t dead_letters);
int64_t siege_number(siege_host *victim, const char *sql);
/* The rule of a dead letter of that link; 0 none. */
unsigned siege_dead_rule(siege_host *victim, const jk_node_id *sender, uint64_t sequence);
long siege_rss_kib(const siege_host *victim);
bool siege_alive(const siege_host *victim);
/* Waits until a line with that text was written after `from` bytes of the victim's log. */
bool siege_logged(siege *s, const siege_host *victim, long from, const char *text);
/* Whether it stands there now. */
bool siege_logs(siege *s, const siege_host *victim, long from, const char *text);
long siege_log_size(siege *s, const siege_host *victim);

/* --- links --- */

/* Connects s->p as `who` with the victim, whichever of the two dials; checked. */
bool siege_link(siege *s, const char *who, const char *victim);
/* Waits until we have acknowledged all that the victim had to tell us; siege_link does so. */
bool siege_settled(siege *s, siege_host *victim);
bool siege_dials(const siege_host *who, const siege_host *victim);

/* --- messages --- */

typedef struct siege_message {
    size_t size;
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
} siege_message;

/* An envelope from a to b with new ids; every model-visible field is there. */
jk_envelope siege_envelope(siege *s, unsigned kind, const siege_host *a, const siege_host *b);
bool siege_encode(siege *s, const jk_envelope *envelope, siege_message *message);
/* Encodes a wire struct of the kind as the envelope's body, in memory that lasts until the next. */
bool siege_body(siege *s, jk_envelope *envelope, const void *message);

/* Sends it over s->p: refused with that rule (0: with any), kept as a dead letter, nothing else
 * changed, and the link goes on. */
void siege_refused(siege *s, siege_host *victim, jk_span bytes, jk_status rule, const char *what);
void siege_refused_envelope(siege *s, siege_host *victim, const jk_envelope *envelope,
                            jk_status rule, const char *what);

#endif
