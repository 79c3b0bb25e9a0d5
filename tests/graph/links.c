/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of a link's ends at the engine.  The model's window is small and the engine's is
 * JK_WINDOW_MAX: what the engine sends more must lie beyond the model's.  A link that goes down is
 * no step of the engine's: its row says UP until it comes up again, and nothing leaves. */
#include "links.h"

#include "movein_terminal.h"
#include "step/roles.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    RESEND_FAR_MS = 100000000
};

bool links_open(links *l, const graph_file *file)
{
    const bool sender = strcmp(file->role, "sender") == 0;
    l->upper = (graph_file){.protocol = "movein", .role = sender ? "terminal" : "origin_cs"};
    if (!sender && strcmp(file->role, "receiver") != 0) {
        return scene_differ(&l->s, 0, "unknown role \"%s %s\"", file->protocol, file->role);
    }
    return scene_open(&l->s, &l->upper);
}

void links_begin(links *l, const graph_test *test)
{
    static const graph_test none = {.number = 0};
    static graph_line line = {.what = GRAPH_KEY, .word = {"1"}, .words = 1};
    l->upper.lines = &line;
    scene_begin(&l->s, &none, 0);
    l->s.test = test;
    l->up = false;
    l->sent = 0;
    l->last = 0;
    l->acked = 0;
}

jk_node_id links_peer(const links *l)
{
    const bool sender = l->s.self.role == JK_ROLE_TERMINAL;
    return scene_end(&l->s, sender ? "terminal_to_dest" : "origin_to_dest", false, 1);
}

static uint64_t window_of(const scene_input *input)
{
    const char *window = scene_hook(input, "window");
    return window == NULL ? 0 : strtoull(window, NULL, 10);
}

/* ---- the sending end ---- */

static jk_status submit(links *l, uint64_t message)
{
    static scene_deed deed;
    const graph_line line = {.word = {"desk_terminal", "MOVE_IN"}, .words = 2};
    const scene_input input = {.line = &line, .link = line.word[0], .kind = line.word[1]};
    jk_command_data data[SCENE_DATA];
    jk_token txn = l->s.txn[1];
    txn.byte[7] = (uint8_t)message;
    if (!scene_deed_of(&l->s, &input, &deed)) {
        return JK_E_BUG;
    }
    for (size_t i = 0; i < deed.data_count; i++) {
        data[i] = (jk_command_data){deed.data_name[i], {deed.data[i].data, deed.data[i].size}};
    }
    const jk_command command = {.machine = JK_MACHINE_TERMINAL,
                                .input = JK_MOVEIN_TERMINAL_IN_MOVE_IN,
                                .key = txn,
                                .data = data,
                                .data_count = deed.data_count};
    return jk_engine_command(l->engine, &command);
}

static jk_status act_sender(links *l, const scene_input *input)
{
    const jk_node_id peer = links_peer(l);
    const uint64_t sequence = scene_number(input->line, "sequence");
    int64_t next = 0;
    if (input->timer) {
        *l->now_ms += RESEND_FAR_MS;
        l->sent = 0; /* everything goes out again */
        return jk_engine_timers(l->engine, &next);
    }
    if (strcmp(input->kind, "SUBMIT") == 0) {
        l->last++;
        return submit(l, scene_number(input->line, "message"));
    }
    if (strcmp(input->kind, "LINK_UP") == 0) {
        l->up = true;
        l->sent = 0;
        return jk_engine_link_up(l->engine, &peer);
    }
    if (strcmp(input->kind, "LINK_DOWN") == 0) {
        l->up = false;
        jk_engine_link_down(l->engine, &peer);
        return JK_OK;
    }
    return strcmp(input->kind, "ACK") == 0
               ? jk_engine_ack(l->engine, &peer, sequence)
               : jk_engine_nack(l->engine, &peer, sequence, (uint16_t)JK_E_UNEXPECTED);
}

/* What the step transmits, against what has left: in order, nothing that was answered, and beyond
 * the model's window alone what the model has not. */
static bool transmitted(links *l, const scene_input *input, const graph_line *line)
{
    const uint64_t from = line == NULL ? 1 : scene_number(line, "sequence");
    const uint64_t upto = line == NULL ? 0 : scene_number(line, "upto");
    const uint64_t edge = l->acked + window_of(input);
    uint64_t before = l->sent;
    for (size_t i = 0; i < l->outcome->count; i++) {
        const uint64_t sequence = l->outcome->heard[i].sequence;
        const bool asked = sequence >= from && sequence <= upto;
        if (sequence <= l->acked || sequence > l->last || (!asked && sequence <= edge)) {
            return scene_differ(&l->s, input->line->number, "it transmits %" PRIu64, sequence);
        }
        if (i > 0 && sequence != l->outcome->heard[i - 1].sequence + 1) {
            return scene_differ(&l->s, input->line->number, "out of order: %" PRIu64, sequence);
        }
        l->sent = sequence > l->sent ? sequence : l->sent;
    }
    for (uint64_t sequence = from; sequence <= upto && sequence <= l->last; sequence++) {
        bool heard =
            sequence > edge - 1 && sequence <= before; /* it left before, beyond the edge */
        for (size_t i = 0; i < l->outcome->count; i++) {
            heard = heard || l->outcome->heard[i].sequence == sequence;
        }
        if (!heard) {
            return scene_differ(&l->s, line->number, "it does not transmit %" PRIu64, sequence);
        }
    }
    return l->up || l->outcome->count == 0 ||
           scene_differ(&l->s, input->line->number, "it transmits without a link");
}

static bool stored(links *l, const graph_line *line)
{
    static jk_outbox_row row;
    const jk_node_id peer = links_peer(l);
    const jk_token link = jk_token_of_node(&peer);
    const jk_store_ops *ops = l->store->ops;
    const uint64_t sequence = scene_number(line, "sequence");
    bool good = true;
    if (strcmp(line->word[1], "STORE_OUTBOX") == 0) {
        good = ops->outbox_next(l->store, &link, sequence - 1, &row) == JK_OK &&
               row.sequence == sequence;
    } else if (strcmp(line->word[1], "REFUSE_OUTBOX") == 0) {
        good = ops->outbox_refused_next(l->store, &link, sequence - 1, &row) == JK_OK &&
               row.sequence == sequence && row.rule == (uint16_t)JK_E_UNEXPECTED;
    } else if (strcmp(line->word[1], "DELETE_UPTO") == 0) {
        const jk_status status = ops->outbox_next(l->store, &link, 0, &row);
        good = status == JK_E_NOT_FOUND || (status == JK_OK && row.sequence > sequence);
    } else {
        return scene_differ(&l->s, line->number, "unknown effect %s", line->word[1]);
    }
    return good || scene_differ(&l->s, line->number, "%s has not its result", line->word[1]);
}

static bool compare_sender(links *l, const scene_input *input)
{
    const graph_line *transmit = NULL;
    jk_link_numbers numbers;
    const jk_node_id peer = links_peer(l);
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        if (strcmp(line->word[0], "effect") != 0) {
            continue; /* whether it runs is seen when the test ends */
        }
        if (strcmp(line->word[1], "TRANSMIT") == 0) {
            transmit = line;
        } else if (!stored(l, line)) {
            return false;
        }
    }
    if (jk_engine_link_numbers(l->engine, &peer, &numbers) != JK_OK) {
        return scene_differ(&l->s, input->line->number, "no numbers of the link");
    }
    l->acked = scene_variable(input->state, "acked");
    const uint64_t last = scene_variable(input->state, "last");
    if (numbers.sent != last || numbers.acked != l->acked || l->last != last) {
        return scene_differ(&l->s, input->state->number,
                            "last=%" PRIu64 " acked=%" PRIu64 ", and it has %" PRIu64
                            " and %" PRIu64,
                            last, l->acked, numbers.sent, numbers.acked);
    }
    return transmitted(l, input, transmit);
}

/* ---- the receiving end ---- */

/* Whether the test has message `number` accepted when it comes first. */
static bool accepted(const graph_file *file, const graph_test *test, uint64_t number)
{
    bool found = true;
    for (size_t i = 0; i + 1 < test->lines; i++) {
        const graph_line *line = &file->lines[test->first + i];
        if (line[0].what == GRAPH_INPUT && scene_number(line, "message") == number &&
            line[1].what == GRAPH_HOOK && strcmp(line[1].word[0], "upper_check") == 0) {
            found = strcmp(line[1].word[1], "ACCEPT") == 0;
        }
    }
    return found;
}

static jk_status act_receiver(links *l, const graph_file *file, const graph_test *test,
                              const scene_input *input)
{
    static scene_deed deed;
    const uint64_t message = scene_number(input->line, "message");
    const bool good = accepted(file, test, message);
    const graph_line line = {
        .word = {"dest_to_origin", good ? "RELEASE" : "HOLDS", "txn=1", "peer=1"}, .words = 4};
    const scene_input said = {.line = &line, .link = line.word[0], .kind = line.word[1]};
    l->s.messages = message; /* the same message has the same identity */
    if (!scene_deed_of(&l->s, &said, &deed)) {
        return JK_E_BUG;
    }
    return jk_engine_receive(l->engine, &deed.peer, 1, scene_number(input->line, "sequence"),
                             (jk_span){deed.bytes.data, deed.bytes.size});
}

static bool compare_receiver(links *l, const scene_input *input)
{
    const jk_node_id peer = links_peer(l);
    const jk_token link = jk_token_of_node(&peer);
    jk_link_numbers numbers;
    uint64_t ack = 0;
    uint64_t nack = 0;
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        const uint64_t sequence = scene_number(line, "sequence");
        uint16_t rule = 0;
        const bool letter =
            l->store->ops->dead_letter_rule(l->store, &link, sequence, &rule) == JK_OK;
        if (strcmp(line->word[0], "send") == 0) {
            *(strcmp(line->word[2], "ACK") == 0 ? &ack : &nack) = sequence;
        } else if (letter != (strcmp(line->word[1], "DEAD_LETTER") == 0)) {
            return scene_differ(&l->s, line->number, "%s has not its result", line->word[1]);
        }
    }
    if (ack != *l->ack || nack != *l->nack) {
        return scene_differ(&l->s, input->line->number,
                            "ACK %" PRIu64 " NACK %" PRIu64 ", and it answers %" PRIu64
                            " and %" PRIu64,
                            ack, nack, *l->ack, *l->nack);
    }
    const uint64_t committed = scene_variable(input->state, "committed");
    return (jk_engine_link_numbers(l->engine, &peer, &numbers) == JK_OK &&
            numbers.received == committed) ||
           scene_differ(&l->s, input->state->number, "committed=%" PRIu64 ", and it has another",
                        committed);
}

/* ---- both ---- */

static bool play_input(links *l, const graph_file *file, const graph_test *test,
                       const scene_input *input)
{
    const bool sender = l->s.self.role == JK_ROLE_TERMINAL;
    l->outcome->count = 0;
    *l->ack = 0;
    *l->nack = 0;
    const jk_status status = sender ? act_sender(l, input) : act_receiver(l, file, test, input);
    if (jk_engine_flush(l->engine) != JK_OK) {
        return scene_differ(&l->s, input->line->number, "the engine fails");
    }
    if (input->refusal) {
        l->refusals++;
        return (status == (input->timer ? JK_OK : JK_E_RECORD) && l->outcome->count == 0) ||
               scene_differ(&l->s, input->line->number, "to be refused, and it says %s",
                            jk_status_name(status));
    }
    if (status != JK_OK) {
        return scene_differ(&l->s, input->line->number, "no step: %s", jk_status_name(status));
    }
    l->steps++;
    return sender ? compare_sender(l, input) : compare_receiver(l, input);
}

/* Much later it repeats what waits if its timer runs, and only then. */
static bool repeats(links *l, const graph_line *state)
{
    int64_t next = 0;
    const bool runs = scene_variable(state, "resend") != 0;
    l->outcome->count = 0;
    *l->now_ms += RESEND_FAR_MS;
    if (jk_engine_timers(l->engine, &next) != JK_OK || jk_engine_flush(l->engine) != JK_OK) {
        return scene_differ(&l->s, state->number, "the engine fails");
    }
    return runs == (l->outcome->count > 0) ||
           scene_differ(&l->s, state->number, "resend is %s", runs ? "not armed" : "still armed");
}

bool links_play(links *l, const graph_file *file, const graph_test *test)
{
    scene view = l->s; /* the lines are the file's */
    scene_input input;
    const graph_line *state = NULL;
    size_t at = 0;
    view.file = file;
    view.test = test;
    while (scene_next(&view, &at, &input)) {
        if (input.stray) {
            return scene_differ(&l->s, input.line->number, "a line without its input");
        }
        if (!play_input(l, file, test, &input)) {
            return false;
        }
        state = input.state;
    }
    return state == NULL || l->s.self.role != JK_ROLE_TERMINAL || repeats(l, state);
}
