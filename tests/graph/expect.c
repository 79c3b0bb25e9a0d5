/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a node did is what the test has: what it was asked, what it did, in which order;
 * every message with its fields and the residents whom it names; the state. */
#include "scene.h"

#include "movein.h"
#include "movein.pb.h"
#include "movein_names.h"
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(char *text, const char *a, const char *b, const char *c)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, SCENE_TEXT - used, "%s%s%s%s", used == 0 ? "" : ",", a, b, c);
}

static bool same_hooks(scene *s, const scene_input *input, const scene_outcome *outcome)
{
    char text[SCENE_TEXT] = "";
    for (size_t i = 0; i < input->hook_count; i++) {
        add(text, input->hooks[i].word[0], "=", input->hooks[i].word[1]);
    }
    return strcmp(text, outcome->hooks) == 0 ||
           scene_differ(s, input->line->number, "hooks %s, and it asks %s",
                        text[0] == '\0' ? "none" : text,
                        outcome->hooks[0] == '\0' ? "none" : outcome->hooks);
}

static bool same_actions(scene *s, const scene_input *input, const scene_outcome *outcome)
{
    char text[SCENE_TEXT] = "";
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        const char *op = line->word[0];
        if (strcmp(op, "effect") == 0) {
            add(text, line->word[1], "", "");
        } else if (strcmp(op, "arm") == 0 || strcmp(op, "disarm") == 0) {
            add(text, op[0] == 'a' ? "ARM_" : "DISARM_", line->word[1], "");
        } else {
            add(text, strcmp(op, "send_each") == 0 ? "SEND_EACH_" : "SEND_",
                line->words > 2 ? line->word[2] : "?", "");
        }
    }
    return strcmp(text, outcome->actions) == 0 ||
           scene_differ(s, input->line->number, "actions %s, and it does %s",
                        text[0] == '\0' ? "none" : text,
                        outcome->actions[0] == '\0' ? "nothing" : outcome->actions);
}

/* ---- messages ---- */

typedef struct wanted {
    jk_node_id peer;
    jk_envelope envelope; /* without ids and body */
} wanted;

static wanted wanted_of(const scene *s, const graph_line *line, int member)
{
    const char *link = line->word[1];
    const uint64_t txn = scene_number(line, "txn");
    const uint64_t author = scene_number(line, "author");
    const uint64_t mask = scene_number(line, "mask");
    wanted want = {.peer = scene_end(s, link, false, scene_number(line, "peer"))};
    want.envelope = (jk_envelope){
        .kind = jk_kind_by_name(line->word[2]),
        .members = member < 0 ? (jk_members)mask : (jk_members)1 << member,
        .epoch = scene_number(line, "epoch"),
        .reason = scene_reason(graph_value(line, 3, "reason")),
        .txn = s->txn[txn < SCENE_NUMBERS ? txn : 0],
        .author = s->self,
        .target = want.peer,
    };
    if (author != 0) {
        char away[] = "dest_to_cs";
        want.envelope.author = scene_end(s, away, false, author);
    }
    if (strcmp(link, "cs_to_prefecture") == 0 && want.envelope.kind == JK_MOVEIN_KIND_REMOVAL) {
        want.envelope.epoch = s->entered[member]; /* M7: of the ENTRY that it ends */
    }
    if (want.envelope.kind == JK_MOVEIN_KIND_DIED && strcmp(link, "origin_to_dest") == 0) {
        want.peer = s->got_peer[member]; /* M17 */
        want.envelope.target = want.peer;
        want.envelope.txn = s->got_txn[member];
    }
    return want;
}

/* The residents whom the body names, if it does so by code. */
static bool names_members(const scene *s, const jk_envelope *envelope)
{
    static jk_wire_Death death;
    static jk_wire_Notice notice;
    static jk_wire_Moved moved;
    static jk_wire_Removed removed;
    const char(*code)[12] = NULL;
    pb_size_t count = 0;
    jk_status status = JK_OK;
    switch (envelope->kind) {
    case JK_MOVEIN_KIND_NOTICE:
        status = jk_codec_decode_body(envelope, NULL, &notice, sizeof notice, NULL);
        code = (const char(*)[12])notice.resident_code;
        count = notice.resident_code_count;
        break;
    case JK_MOVEIN_KIND_MOVED:
        status = jk_codec_decode_body(envelope, NULL, &moved, sizeof moved, NULL);
        code = (const char(*)[12])moved.resident_code;
        count = moved.resident_code_count;
        break;
    case JK_MOVEIN_KIND_DEATH:
    case JK_MOVEIN_KIND_DIED:
        status = jk_codec_decode_body(envelope, NULL, &death, sizeof death, NULL);
        code = (const char(*)[12])death.resident_code;
        count = death.resident_code_count;
        break;
    case JK_MOVEIN_KIND_DISPUTED:
    case JK_MOVEIN_KIND_WITHDRAWN:
    case JK_MOVEIN_KIND_WITHDRAW:
    case JK_MOVEIN_KIND_REMOVED:
    case JK_MOVEIN_KIND_RESTORED:
    case JK_MOVEIN_KIND_CANCEL_OK:
        status = jk_codec_decode_body(envelope, NULL, &removed, sizeof removed, NULL);
        code = (const char(*)[12])removed.resident_code;
        count = removed.resident_code_count;
        break;
    default: return jk_codec_decode_body(envelope, NULL, NULL, 0, NULL) == JK_OK;
    }
    pb_size_t at = 0;
    for (int member = 0; status == JK_OK && member < SCENE_MEMBERS; member++) {
        if (((envelope->members >> member) & 1U) != 0) {
            if (at == count || memcmp(code[at], s->code[member], 12) != 0) {
                return false;
            }
            at++;
        }
    }
    return status == JK_OK && at == count;
}

static bool same_message(scene *s, const graph_line *line, const wanted *want,
                         const scene_heard *heard)
{
    const jk_envelope *a = &want->envelope;
    const jk_envelope *b = &heard->envelope;
    if (a->kind != b->kind) {
        return scene_differ(s, line->number, "message %s, and it sends %s", jk_kind_name(a->kind),
                            jk_kind_name(b->kind));
    }
    if (a->members != b->members || a->epoch != b->epoch || a->reason != b->reason) {
        return scene_differ(
            s, line->number,
            "%s mask=%u epoch=%" PRIu64 " reason=%s, and it says %u, %" PRIu64 ", %s",
            jk_kind_name(a->kind), a->members, a->epoch, jk_movein_reason_name(a->reason),
            b->members, b->epoch, jk_movein_reason_name(b->reason));
    }
    if (!jk_token_equal(&a->txn, &b->txn)) {
        return scene_differ(s, line->number, "%s of another transaction", jk_kind_name(a->kind));
    }
    if (!jk_token_is_none(&b->case_id) && !jk_token_equal(&b->case_id, &s->case_id)) {
        return scene_differ(s, line->number, "%s of another case", jk_kind_name(a->kind));
    }
    if (!jk_node_equal(&a->author, &b->author) || !jk_node_equal(&a->target, &b->target)) {
        return scene_differ(s, line->number, "%s: author or target is another",
                            jk_kind_name(a->kind));
    }
    return names_members(s, b) ||
           scene_differ(s, line->number, "%s: its body is bad, or names others",
                        jk_kind_name(a->kind));
}

/* The next message to that node must be this one; messages to several nodes cross each other. */
static bool claim(scene *s, const graph_line *line, const wanted *want, scene_outcome *outcome)
{
    for (size_t i = 0; i < outcome->count; i++) {
        scene_heard *heard = &outcome->heard[i];
        if (!heard->claimed && jk_node_equal(&heard->peer, &want->peer)) {
            heard->claimed = true;
            return same_message(s, line, want, heard);
        }
    }
    return scene_differ(s, line->number, "no message %s to %s %s",
                        jk_kind_name(want->envelope.kind), jk_role_name((jk_role)want->peer.role),
                        want->peer.code);
}

/* What later inputs and messages follow from. */
static void take_note(scene *s, const graph_line *line)
{
    const char *name = line->words > 2 ? line->word[2] : line->word[1];
    const char *effect = strcmp(line->word[0], "effect") == 0 ? line->word[1] : "";
    const uint64_t mask = scene_number(line, "mask");
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        if (((mask >> member) & 1U) == 0) {
            continue;
        }
        if (strcmp(line->word[1], "cs_to_prefecture") == 0 && strcmp(name, "ENTRY") == 0) {
            s->entered[member] = scene_number(line, "epoch");
        } else if (strcmp(effect, "OPEN_CASE") == 0) {
            s->filed = true;
        } else if (strcmp(effect, "ACCEPT_NOTICE") == 0) {
            s->got_peer[member] = s->spoke;
            s->got_txn[member] = s->spoke_txn;
        } else if (strncmp(effect, "RECODE_", 7) == 0) {
            memcpy(s->code[member], s->next, sizeof s->next);
        }
    }
}

static bool same_sends(scene *s, const scene_input *input, scene_outcome *outcome)
{
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        const bool each = strcmp(line->word[0], "send_each") == 0;
        const bool sends =
            each || strcmp(line->word[0], "send") == 0 || strcmp(line->word[0], "forward") == 0;
        const uint64_t mask = each ? scene_number(line, "mask") : 1;
        for (int member = 0; sends && member < SCENE_MEMBERS; member++) {
            if (((mask >> member) & 1U) != 0) {
                const wanted want = wanted_of(s, line, each ? member : -1);
                if (!claim(s, line, &want, outcome)) {
                    return false;
                }
            }
        }
        take_note(s, line);
    }
    for (size_t i = 0; i < outcome->count; i++) {
        if (!outcome->heard[i].claimed) {
            return scene_differ(s, input->line->number, "it also sends %s",
                                jk_kind_name(outcome->heard[i].envelope.kind));
        }
    }
    return true;
}

bool scene_expect(scene *s, const scene_input *input, scene_outcome *outcome)
{
    if (!outcome->taken) {
        return scene_differ(s, input->line->number, "no step: %s", jk_status_name(outcome->rule));
    }
    if (!same_hooks(s, input, outcome) || !same_actions(s, input, outcome) ||
        !same_sends(s, input, outcome)) {
        return false;
    }
    s->granted = scene_variable(input->state, "granted");
    return strcmp(outcome->state, input->state->word[0]) == 0 ||
           scene_differ(s, input->state->number, "state %s, and it goes to %s",
                        input->state->word[0], outcome->state);
}
