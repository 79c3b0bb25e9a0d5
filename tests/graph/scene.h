/* SPDX-License-Identifier: Apache-2.0 */
/* A test of the graph among real nodes: the model's small numbers as real values.  A transaction is
 * 16 bytes, a member has a resident record code, a peer is a municipality; each test has its own,
 * so that many can run at one node.  What the real host answers is brought about by what the peers
 * say and by the rows that the register holds, never by putting other hooks in. */
#ifndef JUKI_TESTS_GRAPH_SCENE_H
#define JUKI_TESTS_GRAPH_SCENE_H

#include "core/core.h"
#include "file.h"
#include "juki/codec.h"
#include "port/store.h"

enum {
    SCENE_MEMBERS = 2,
    SCENE_NUMBERS = 3, /* of transactions, 0 is none */
    SCENE_PEERS = 4,   /* from 1 */
    SCENE_HEADS = SCENE_PEERS * 2,
    SCENE_TODAY = 20544, /* 2026-04-01, the legal day of every test */
    SCENE_DATA = 2,
    SCENE_TEXT = 512
};

#define SCENE_NEW_ADDRESS       "試験新町1番地" /* where everybody moves */
#define SCENE_CORRECTED_ADDRESS "試験新町2番地" /* as a clerk corrects it */

/* Who seals certificates: the keys are the harness's own. */
typedef jk_status scene_seal(void *arg, const jk_node_id *from, const jk_node_id *to,
                             const jk_codec_member *plain, const jk_envelope *envelope,
                             jk_codec_bytes *sealed);

typedef struct scene {
    const graph_file *file;
    const graph_test *test;
    unsigned number; /* tells this test's values from all others */
    const jk_core_machine *machine;
    const jk_envelope_machine_names *names;
    jk_node_id self;
    jk_token case_id;
    jk_token txn[SCENE_NUMBERS];
    jk_token key;                    /* of the machine's own row */
    char code[SCENE_MEMBERS][12];    /* as they are now */
    char next[12];                   /* the code that was asked for last */
    char in_use[12];                 /* somebody else's at this node */
    char stranger[12];               /* of nobody here */
    uint64_t entered[SCENE_MEMBERS]; /* epoch of the latest ENTRY that this node wrote */
    jk_node_id got_peer[SCENE_MEMBERS];
    jk_token got_txn[SCENE_MEMBERS]; /* under which that CS got the member */
    uint64_t granted;                /* as the last state line has it */
    bool filed;                      /* an origin's CS knows the case, */
    bool routed[SCENE_NUMBERS];      /* and that this transaction speaks of it */
    unsigned codes;                  /* made so far */
    uint64_t messages;
    jk_node_id spoke; /* whose message is in hand, and its transaction */
    jk_token spoke_txn;
    uint64_t *log_heads; /* of the authors' update logs */
    scene_seal *seal;
    void *seal_arg;
    char why[SCENE_TEXT];
} scene;

/* An input of a test with its answers, as the host must bring it about. */
typedef struct scene_input {
    const graph_line *line;
    const graph_line *hooks;
    size_t hook_count;
    const graph_line *actions;
    size_t action_count;
    const graph_line *state;
    bool refusal; /* it must be refused; else it has a state */
    bool stray;   /* a line without its input, or an input without its state */
    bool timer;
    const char *link;
    const char *kind;
    uint64_t mask;
} scene_input;

/* What is done about an input: a message, a command or a timer. */
typedef struct scene_deed {
    jk_node_id peer; /* of a message */
    jk_envelope envelope;
    uint16_t input;
    jk_members members; /* of a command */
    size_t data_count;
    const char *data_name[SCENE_DATA];
    jk_codec_bytes data[SCENE_DATA];
    jk_codec_bytes bytes; /* the encoded envelope */
    uint8_t body[JK_BODY_SIZE_MAX];
    uint8_t room[SCENE_DATA][JK_BODY_SIZE_MAX];
    uint8_t message[JK_ENVELOPE_SIZE_MAX];
} scene_deed;

/* A message that the node sent. */
typedef struct scene_heard {
    jk_node_id peer;
    uint64_t sequence;
    bool claimed;
    jk_envelope envelope; /* its body lies in bytes */
    size_t size;
    uint8_t bytes[JK_ENVELOPE_SIZE_MAX];
} scene_heard;

enum {
    SCENE_HEARD = 24
};

/* What came of an input. */
typedef struct scene_outcome {
    bool taken;
    jk_status rule; /* of what was refused */
    char hooks[SCENE_TEXT];
    char actions[SCENE_TEXT];
    char state[64];
    size_t count;
    scene_heard heard[SCENE_HEARD];
} scene_outcome;

/* Says where and how it differs; always false. */
bool scene_differ(scene *s, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The role's machine and node; false: `why` names the role. */
bool scene_open(scene *s, const graph_file *file);

/* Before each test; run: another number, other values.  key_number: of the test's `key` line. */
void scene_begin(scene *s, const graph_test *test, unsigned run);

/* Another resident record code of this test's own. */
void scene_code(scene *s, char code[12]);

/* The next input from `at` on (an input, an expiry, a refusal); false: there is none. */
bool scene_next(const scene *s, size_t *at, scene_input *input);

/* The node at the other end. */
jk_node_id scene_end(const scene *s, const char *link, bool incoming, uint64_t peer);
/* How many entries of that author's log there were. */
uint64_t *scene_log_head(const scene *s, uint64_t author);
/* Every node that this role's links lead to; how many. */
size_t scene_neighbours(const scene *s, jk_node_id node[SCENE_PEERS * 2]);

uint64_t scene_number(const graph_line *line, const char *name);
const char *scene_hook(const scene_input *input, const char *name);
uint16_t scene_reason(const char *name);
uint16_t scene_command(const char *name);
uint16_t scene_timer(const scene *s, const char *name);
/* A variable in a state line. */
uint64_t scene_variable(const graph_line *state, const char *name);

/* What is to be done; before a refusal, fields that the wire wants and the line leaves out have
 * some good value, so that the machine refuses and not the codec. */
bool scene_deed_of(scene *s, const scene_input *input, scene_deed *deed);

/* A transaction is known to a case since its request.  The model has one case, and needs none: then
 * the request comes first, for a day on which it is refused.  true: line is that request. */
bool scene_introduction(const scene *s, const scene_input *input, graph_line *line);

/* bodies.c: the body of the message, or the data of a command. */
bool scene_body(scene *s, const scene_input *input, scene_deed *deed);
bool scene_data(scene *s, const scene_input *input, scene_deed *deed);
/* A person as whoever holds him has him: moved at the new address. */
jk_status scene_person(const scene *s, int member, bool moved, jk_codec_bytes *out);
jk_status scene_registry_record(const scene *s, int member, jk_codec_bytes *out);

/* fixture.c: what stands in the store before the test begins, and what an input needs
 * changed beforehand.  scene_edit: *count rows were (or would be, without store) written. */
bool scene_fixture(scene *s, jk_store *store);
bool scene_edit(scene *s, const scene_input *input, jk_store *store, size_t *count);
/* What the CS's operator states of a member before a NOTICE (M12); false: nothing to state. */
bool scene_statement(const scene *s, const scene_input *input, int member, uint16_t *reason);

/* expect.c: hooks, actions, messages, the state's name; takes note of what goes on from here. */
bool scene_expect(scene *s, const scene_input *input, scene_outcome *outcome);

#endif
