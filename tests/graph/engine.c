/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of the files given, replayed at the transactional step (src/step) with a store in
 * memory: real messages and commands in, and out come messages, rows, log entries and timers.  A
 * refusal must leave every row as it was, but for the record of it (T7). */
#include "adapter/memory/memory.h"
#include "adapter/sqlite/sqlite.h"
#include "channel/noise.h"
#include "channel/seal.h"
#include "effects.h"
#include "links.h"
#include "listed.h"
#include "scene.h"
#include "step/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bed {
    scene s;
    jk_store *store;
    jk_engine *engine;
    const char *folder; /* of stores on a disk; NULL: in memory */
    char path[512];
    jk_keypair prekey; /* the same for all: nobody here has secrets */
    uint8_t sign_public[32];
    uint8_t sign_secret[64];
    uint64_t sequence[SCENE_PEERS * 2]; /* of our message to the node, by neighbour */
    size_t neighbours;
    jk_node_id neighbour[SCENE_PEERS * 2];
    uint64_t heads[SCENE_HEADS];
    uint64_t random;
    uint64_t ack, nack; /* as the last answer to a peer says */
    int64_t now_ms;
    links transport;
    scene_outcome outcome;
    size_t tests, steps, refusals, by_machine, introductions;
} bed;

static bed *the_bed; /* the ports have no other way to it */

/* ---- ports ---- */

static jk_status fill(jk_random *self, uint8_t *data, size_t size)
{
    (void)self;
    for (size_t i = 0; i < size; i++) {
        the_bed->random = the_bed->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
        data[i] = (uint8_t)(the_bed->random >> 56);
    }
    return JK_OK;
}

static int64_t now_ms(jk_clock *self)
{
    (void)self;
    return the_bed->now_ms;
}

static int64_t today(jk_clock *self)
{
    (void)self;
    return SCENE_TODAY;
}

static void hear_message(jk_link *self, const jk_node_id *peer, uint64_t link_epoch,
                         uint64_t sequence, jk_span bytes)
{
    (void)self;
    (void)link_epoch;
    if (the_bed->outcome.count == SCENE_HEARD || bytes.size > JK_ENVELOPE_SIZE_MAX) {
        return;
    }
    scene_heard *heard = &the_bed->outcome.heard[the_bed->outcome.count++];
    heard->claimed = false;
    heard->peer = *peer;
    heard->sequence = sequence;
    heard->size = bytes.size;
    memcpy(heard->bytes, bytes.data, bytes.size);
    if (jk_codec_decode_envelope((jk_span){heard->bytes, heard->size}, &heard->envelope, NULL) !=
        JK_OK) {
        heard->envelope = (jk_envelope){.kind = 0};
    }
}

static void hear_ack(jk_link *self, const jk_node_id *peer, uint64_t next, uint32_t credit)
{
    (void)self;
    (void)peer;
    (void)credit;
    the_bed->ack = next;
}

static void hear_nack(jk_link *self, const jk_node_id *peer, uint64_t sequence, uint16_t rule)
{
    (void)self;
    (void)peer;
    the_bed->nack = sequence;
    the_bed->outcome.rule = (jk_status)rule;
}

static void hear_step(void *arg, const jk_step_record *record)
{
    bed *b = arg;
    if (record->status != JK_OK || record->machine != b->s.machine->id) {
        return;
    }
    b->outcome.taken = true;
    (void)snprintf(b->outcome.hooks, sizeof b->outcome.hooks, "%s", record->hooks);
    (void)snprintf(b->outcome.actions, sizeof b->outcome.actions, "%s", record->actions);
    (void)snprintf(b->outcome.state, sizeof b->outcome.state, "%s", record->to);
}

static jk_random the_random = {fill};
static jk_clock the_clock = {now_ms, now_ms, today};
static jk_link the_link = {hear_message, hear_ack, hear_nack};

static bool peer_keys(void *arg, const jk_node_id *peer, uint8_t prekey[32],
                      uint8_t sign_public[32])
{
    const bed *b = arg;
    (void)peer;
    memcpy(prekey, b->prekey.public_key, 32);
    memcpy(sign_public, b->sign_public, 32);
    return true;
}

static jk_status seal(void *arg, const jk_node_id *from, const jk_node_id *to,
                      const jk_codec_member *plain, const jk_envelope *envelope,
                      jk_codec_bytes *sealed)
{
    const bed *b = arg;
    const jk_seal_context context = {*from, *to, envelope->case_id, plain->member, envelope->epoch};
    const jk_seal_keys keys = {b->prekey.public_key, b->sign_secret, &the_random};
    return jk_seal(&context, &keys, plain->data, sealed->data, sealed->capacity, &sealed->size);
}

/* ---- a test's bed ---- */

static void done(void *arg, jk_status status)
{
    *(jk_status *)arg = status;
}

/* Something that changes rows, as a group of its own. */
static bool commit(bed *b, const scene_input *input)
{
    jk_status status = b->store->ops->begin(b->store);
    size_t count = 0;
    if (status == JK_OK) {
        status = b->store->ops->step_begin(b->store, 0);
    }
    const bool good =
        status == JK_OK && (input == NULL ? scene_fixture(&b->s, b->store)
                                          : scene_edit(&b->s, input, b->store, &count));
    if (!good || b->store->ops->step_keep(b->store, 0) != JK_OK) {
        b->store->ops->rollback(b->store);
        return scene_differ(&b->s, 0, "its rows cannot be written");
    }
    status = JK_E_BUG;
    b->store->ops->commit(b->store, done, &status);
    return status == JK_OK || scene_differ(&b->s, 0, "its rows cannot be committed");
}

static bool open_store(bed *b)
{
    if (b->folder == NULL) {
        return jk_memory_open(&b->store) == JK_OK;
    }
    jk_fault fault;
    const jk_sqlite_options options = {.node = b->s.self, .synchronous = JK_SQLITE_OFF};
    (void)snprintf(b->path, sizeof b->path, "%s/graph.db", b->folder);
    return jk_sqlite_open(b->path, &options, &b->store, &fault) == JK_OK;
}

static void close_store(bed *b)
{
    if (b->folder == NULL) {
        jk_memory_close(b->store);
    } else {
        jk_sqlite_close(b->store);
        (void)remove(b->path);
    }
}

static bool open_engine(bed *b)
{
    const jk_step_config config = {
        .self = b->s.self,
        .store = b->store,
        .link = &the_link,
        .clock = &the_clock,
        .random = &the_random,
        .keys = {b->s.self.role == JK_ROLE_CS ? &b->prekey : NULL, b->sign_secret, peer_keys, b},
        .periods = jk_legal_periods_default(),
        .verify_due_ms = 1000000,
        .cert_due_ms = 1000000,
        .notice_due_ms = 1000000,
        .card_due_ms = 1000000,
        .status_due_ms = 1000000,
        .resend_ms = 1000000,
        .log = hear_step,
        .log_arg = b,
    };
    return jk_engine_init(b->engine, &config) == JK_OK || scene_differ(&b->s, 0, "no engine");
}

static bool link_all(bed *b)
{
    b->neighbours = scene_neighbours(&b->s, b->neighbour);
    for (size_t i = 0; i < b->neighbours; i++) {
        b->sequence[i] = 0;
        if (jk_engine_link_up(b->engine, &b->neighbour[i]) != JK_OK) {
            return scene_differ(&b->s, 0, "no link");
        }
    }
    return jk_engine_flush(b->engine) == JK_OK || scene_differ(&b->s, 0, "no link");
}

/* ---- inputs ---- */

static bool state_all(bed *b, const scene_input *input)
{
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        uint16_t reason = 0;
        if (scene_statement(&b->s, input, member, &reason)) {
            const jk_data_key key = {b->s.machine->id, b->s.key, "dispute", member};
            const uint8_t value[2] = {(uint8_t)reason, (uint8_t)(reason >> 8)};
            if (jk_engine_note(b->engine, &key, (jk_span){value, sizeof value}) != JK_OK) {
                return scene_differ(&b->s, input->line->number, "no statement");
            }
        }
    }
    return jk_engine_flush(b->engine) == JK_OK;
}

static jk_status tell(bed *b, const scene_deed *deed)
{
    for (size_t i = 0; i < b->neighbours; i++) {
        if (jk_node_equal(&b->neighbour[i], &deed->peer)) {
            b->sequence[i]++;
            return jk_engine_receive(b->engine, &deed->peer, 1, b->sequence[i],
                                     (jk_span){deed->bytes.data, deed->bytes.size});
        }
    }
    return JK_E_ROUTE;
}

static jk_status order(bed *b, const scene_deed *deed)
{
    jk_command_data data[SCENE_DATA];
    for (size_t i = 0; i < deed->data_count; i++) {
        data[i] = (jk_command_data){deed->data_name[i], {deed->data[i].data, deed->data[i].size}};
    }
    const jk_command command = {.machine = b->s.machine->id,
                                .input = deed->input,
                                .key = b->s.key,
                                .members = deed->members,
                                .data = data,
                                .data_count = deed->data_count};
    return jk_engine_command(b->engine, &command);
}

/* What the engine answers, with everything that leaves it. */
static bool act(bed *b, const scene_input *input, const scene_deed *deed)
{
    int64_t next = 0;
    b->outcome.taken = false;
    b->outcome.count = 0;
    b->outcome.rule = JK_OK;
    b->nack = 0;
    jk_status status = input->timer            ? jk_engine_timers(b->engine, &next)
                       : deed->bytes.size == 0 ? order(b, deed)
                                               : tell(b, deed);
    const jk_status flushed = jk_engine_flush(b->engine);
    if (flushed != JK_OK || (status != JK_OK && (input->timer || deed->bytes.size > 0))) {
        return scene_differ(&b->s, input->line->number, "the engine fails: %s",
                            jk_status_name(flushed != JK_OK ? flushed : status));
    }
    if (status != JK_OK) {
        b->outcome.rule = status;
    }
    return true;
}

static bool refused(bed *b, const scene_input *input, const scene_deed *deed,
                    const effects_image *before)
{
    effects_image after;
    const bool message = !input->timer && deed->bytes.size > 0;
    if (b->outcome.taken) {
        return scene_differ(&b->s, input->line->number, "to be refused, and it takes the step");
    }
    if (!input->timer && b->outcome.rule == JK_OK) {
        return scene_differ(&b->s, input->line->number, "to be refused, and nobody is told");
    }
    if (message && b->nack == 0) {
        return scene_differ(&b->s, input->line->number, "refused without a NACK");
    }
    if (b->outcome.count > 0) {
        return scene_differ(&b->s, input->line->number, "refused, and it sends");
    }
    if (b->folder == NULL) {
        effects_image_of(b->store, message, &after);
        const int table = effects_changed(before, &after);
        if (table != 0) {
            return scene_differ(&b->s, input->line->number, "refused, and table %c changed", table);
        }
    }
    b->refusals++;
    b->by_machine +=
        input->timer || b->outcome.rule == JK_E_UNEXPECTED || b->outcome.rule == JK_E_NOT_NOW;
    return true;
}

/* A request that the case refuses, so that it knows the transaction. */
static bool introduce(bed *b, const graph_line *line)
{
    static scene_deed deed;
    const scene_input request = {
        .refusal = true, .line = line, .link = line->word[0], .kind = line->word[1]};
    if (!scene_deed_of(&b->s, &request, &deed) || !act(b, &request, &deed)) {
        return false;
    }
    b->introductions++;
    return (b->outcome.taken && b->outcome.count == 1 &&
            strcmp(jk_kind_name(b->outcome.heard[0].envelope.kind), "REFUSAL") == 0) ||
           scene_differ(&b->s, line->number, "a request before it is not refused");
}

static bool play_input(bed *b, const scene_input *input)
{
    static scene_deed deed;
    graph_line request;
    if (input->stray) {
        return scene_differ(&b->s, input->line->number, "a line without its input, or its state");
    }
    if (scene_introduction(&b->s, input, &request) && strcmp(input->kind, "CERT_REQUEST") != 0 &&
        !introduce(b, &request)) {
        return false;
    }
    effects_image before;
    effects_image after;
    size_t edits = 0;
    if (!scene_deed_of(&b->s, input, &deed) || !state_all(b, input) ||
        !scene_edit(&b->s, input, NULL, &edits)) {
        return false;
    }
    const bool refusal = input->refusal;
    const bool message = !input->timer && deed.bytes.size > 0;
    if (b->folder == NULL) {
        effects_image_of(b->store, refusal && message, &before);
    }
    if (edits > 0 && !commit(b, input)) {
        return false;
    }
    if (edits > 0 && !refusal && b->folder == NULL) {
        effects_image_of(b->store, false, &before);
    }
    if (!act(b, input, &deed)) {
        return false;
    }
    if (refusal) {
        return refused(b, input, &deed, &before);
    }
    if (!scene_expect(&b->s, input, &b->outcome)) {
        return false;
    }
    (*scene_log_head(&b->s, scene_number(input->line, "author")))++;
    b->steps++;
    if (b->folder == NULL) {
        effects_image_of(b->store, false, &after);
        if (!effects_no_more(&b->s, input, &before, &after)) {
            return false;
        }
    }
    return effects_hold(&b->s, input, b->store);
}

/* false: it differs, and is not listed. */
static bool play_test(bed *b, const graph_test *test, listed *list)
{
    scene_input input;
    size_t at = 0;
    scene_begin(&b->s, test, 0);
    memset(b->heads, 0, sizeof b->heads);
    b->s.log_heads = b->heads;
    if (!open_store(b)) {
        return scene_differ(&b->s, 0, "no store");
    }
    bool good = commit(b, NULL) && open_engine(b) && link_all(b);
    while (good && scene_next(&b->s, &at, &input)) {
        good = play_input(b, &input);
    }
    close_store(b);
    b->tests++;
    return good || listed_has(list, &b->s);
}

/* A test of a link's end; the links of a sender are up when the test says so. */
static bool play_link(bed *b, const graph_file *file, const graph_test *test)
{
    links *l = &b->transport;
    const jk_node_id peer = links_peer(l);
    links_begin(l, test);
    b->s.self = l->s.self;
    b->s.machine = l->s.machine;
    b->now_ms = 1000;
    if (!open_store(b)) {
        return scene_differ(&l->s, 0, "no store");
    }
    l->store = b->store;
    const bool receiver = l->s.self.role == JK_ROLE_CS;
    bool good = open_engine(b) && (!receiver || (jk_engine_link_up(b->engine, &peer) == JK_OK &&
                                                 jk_engine_flush(b->engine) == JK_OK));
    good = good && links_play(l, file, test);
    close_store(b);
    b->tests++;
    return good;
}

static int play_links(bed *b, const char *path, const graph_file *file)
{
    links *l = &b->transport;
    size_t bad = 0;
    *l = (links){.engine = b->engine,
                 .outcome = &b->outcome,
                 .ack = &b->ack,
                 .nack = &b->nack,
                 .now_ms = &b->now_ms};
    b->tests = 0;
    if (!links_open(l, file)) {
        (void)printf("%s:%s\n", path, l->s.why);
        return 2;
    }
    for (size_t i = 0; i < file->test_count; i++) {
        if (!play_link(b, file, &file->tests[i])) {
            (void)printf("%s:%s\n", path, l->s.why);
            bad++;
        }
    }
    (void)printf("%s %s: %zu tests, %zu steps, %zu refusals, %zu differ\n", file->protocol,
                 file->role, b->tests, l->steps, l->refusals, bad);
    return bad == 0 ? 0 : 1;
}

static int play_file(bed *b, const char *path, listed *list)
{
    graph_file file;
    size_t bad = 0;
    const bool opened = graph_open(&file, path);
    if (opened && strcmp(file.protocol, "transport") == 0) {
        const int result = play_links(b, path, &file);
        graph_close(&file);
        return result;
    }
    if (!opened || !scene_open(&b->s, &file)) {
        (void)printf("%s:%s\n", path, file.wrong[0] != '\0' ? file.wrong : b->s.why);
        graph_close(&file);
        return 2;
    }
    b->s.seal = seal;
    b->s.seal_arg = b;
    b->tests = 0;
    b->steps = 0;
    b->refusals = 0;
    b->by_machine = 0;
    b->introductions = 0;
    listed_role(list, file.role);
    for (size_t i = 0; i < file.test_count; i++) {
        if (!play_test(b, &file.tests[i], list)) {
            (void)printf("%s:%s\n", path, b->s.why);
            bad++;
        }
    }
    const char *unused = listed_unused(list);
    if (unused != NULL) {
        (void)printf("%s: listed as impossible, and it is not: %s\n", path, unused);
        bad++;
    }
    (void)printf("%s %s: %zu tests, %zu steps, %zu refusals (%zu by the machine), %zu requests "
                 "before, %zu listed, %zu differ\n",
                 file.protocol, file.role, b->tests, b->steps, b->refusals, b->by_machine,
                 b->introductions, list->role_count, bad);
    graph_close(&file);
    return bad == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    static bed b;
    static listed list;
    int first = 1;
    int worst = 0;
    the_bed = &b;
    b.now_ms = 1000;
    if (argc > 2 && strcmp(argv[1], "--disk") == 0) {
        b.folder = argv[2];
        first = 3;
    }
    if (argc <= first + 1) {
        (void)fprintf(stderr, "usage: graph_engine [--disk FOLDER] LIST FILE...\n");
        return 2;
    }
    b.engine = malloc(jk_engine_size());
    if (b.engine == NULL || !listed_open(&list, argv[first], "engine") ||
        jk_keypair_make(&the_random, &b.prekey) != JK_OK ||
        jk_sign_keypair_make(&the_random, b.sign_public, b.sign_secret) != JK_OK) {
        (void)fprintf(stderr, "graph_engine: %s\n", list.wrong);
        return 2;
    }
    for (int i = first + 1; i < argc; i++) {
        const int result = play_file(&b, argv[i], &list);
        worst = result > worst ? result : worst;
    }
    free(b.engine);
    return worst;
}
