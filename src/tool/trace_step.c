/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a log: the generated machine takes the step again, from the row that the lines before
 * made, with the input and the answers that the line names.  Its next state, its actions and its
 * messages must be those of the line. */
#include "trace_data.h"

#include "movein.h"
#include "movein_cards.h"
#include "movein_identity.h"
#include "movein_names.h"
#include "movein_origin_cs.h"
#include "reconcile.h"
#include "reconcile_cs_repair.h"
#include "reconcile_cs_round.h"
#include "reconcile_national_round.h"
#include "reconcile_prefecture_round.h"
#include "step/roles.h"
#include "update.h"
#include "update_cs_update.h"
#include "update_national_update.h"
#include "update_prefecture_update.h"

#include <inttypes.h>
#include <string.h>

/* ---- hooks: the answers of the line, in their order ---- */

typedef struct answers {
    const char *at; /* what was not asked yet */
    bool wrong;     /* another question than the line answers */
    unsigned asked;
} answers;

/* The line's answer to this question. */
static bool answer_of(answers *a, const char *hook, const char **value, size_t *size)
{
    const size_t name = strlen(hook);
    a->asked++;
    if (strncmp(a->at, hook, name) != 0 || a->at[name] != '=') {
        a->wrong = true;
        return false;
    }
    *value = a->at + name + 1;
    *size = strcspn(*value, ",");
    a->at = *value + *size + ((*value)[*size] == ',' ? 1 : 0);
    return true;
}

static bool reason(void *ctx, const char *hook, uint16_t *answer)
{
    answers *a = ctx;
    const char *value = NULL;
    size_t size = 0;
    if (!answer_of(a, hook, &value, &size)) {
        return false;
    }
    a->wrong = !trace_reason_by_name(value, size, answer);
    return !a->wrong;
}

static bool count(void *ctx, const char *hook, uint64_t most, uint64_t *answer)
{
    answers *a = ctx;
    const char *value = NULL;
    size_t size = 0;
    if (!answer_of(a, hook, &value, &size)) {
        return false;
    }
    *answer = 0;
    for (size_t i = 0; i < size && !a->wrong; i++) {
        const uint64_t digit = (uint64_t)(unsigned char)value[i] - '0';
        a->wrong = digit > 9 || *answer > (most - digit) / 10;
        *answer = *answer * 10 + digit;
    }
    a->wrong = a->wrong || size == 0;
    return !a->wrong;
}

static bool mask(void *ctx, const char *hook, uint32_t *answer)
{
    uint64_t wide = 0;
    const bool good = count(ctx, hook, UINT32_MAX, &wide);
    *answer = (uint32_t)wide;
    return good;
}

static bool identity_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "identity_check", answer);
}

static bool case_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "case_check", answer);
}

static bool case_members(void *ctx, const jk_envelope_event *event, uint32_t *answer)
{
    (void)event;
    return mask(ctx, "case_members", answer);
}

static bool code_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "code_check", answer);
}

static bool highest_epoch(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    (void)event;
    return count(ctx, "highest_epoch", UINT64_MAX, answer);
}

static bool notice_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "notice_check", answer);
}

static bool disputed_members(void *ctx, const jk_envelope_event *event, uint32_t *answer)
{
    (void)event;
    return mask(ctx, "disputed_members", answer);
}

static bool dispute_reason(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "dispute_reason", answer);
}

static bool card_state(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "card_state", answer);
}

static bool card_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "card_check", answer);
}

static bool marker_position(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    (void)event;
    return count(ctx, "marker_position", UINT64_MAX, answer);
}

static bool repair_position(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    (void)event;
    return count(ctx, "repair_position", UINT64_MAX, answer);
}

static bool compare(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "compare", answer);
}

static bool check_repair(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "check_repair", answer);
}

static bool change_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "change_check", answer);
}

static bool waiting_check(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "waiting_check", answer);
}

static bool update_position(void *ctx, const jk_envelope_event *event, uint64_t *answer)
{
    (void)event;
    return count(ctx, "update_position", UINT64_MAX, answer);
}

static bool check_at_prefecture(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "check_at_prefecture", answer);
}

static bool check_at_national(void *ctx, const jk_envelope_event *event, uint16_t *answer)
{
    (void)event;
    return reason(ctx, "check_at_national", answer);
}

static const void *update_hooks_of(uint16_t machine)
{
    static const jk_update_cs_update_hooks cs = {
        .change_check = change_check,
        .waiting_check = waiting_check,
        .update_position = update_position,
    };
    static const jk_update_prefecture_update_hooks prefecture = {check_at_prefecture};
    static const jk_update_national_update_hooks national = {check_at_national};
    return machine == JK_MACHINE_CS_UPDATE           ? (const void *)&cs
           : machine == JK_MACHINE_PREFECTURE_UPDATE ? (const void *)&prefecture
           : machine == JK_MACHINE_NATIONAL_UPDATE   ? (const void *)&national
                                                     : NULL;
}

static const void *reconcile_hooks_of(uint16_t machine)
{
    static const jk_reconcile_cs_round_hooks round = {marker_position};
    static const jk_reconcile_cs_repair_hooks repair = {repair_position};
    static const jk_reconcile_prefecture_round_hooks prefecture = {compare, check_repair};
    static const jk_reconcile_national_round_hooks national = {compare, check_repair};
    return machine == JK_MACHINE_CS_ROUND           ? (const void *)&round
           : machine == JK_MACHINE_CS_REPAIR        ? (const void *)&repair
           : machine == JK_MACHINE_PREFECTURE_ROUND ? (const void *)&prefecture
           : machine == JK_MACHINE_NATIONAL_ROUND   ? (const void *)&national
                                                    : update_hooks_of(machine);
}

static const void *hooks_of(uint16_t machine)
{
    static const jk_movein_identity_hooks identity = {identity_check};
    static const jk_movein_cards_hooks cards = {.card_check = card_check, .card_state = card_state};
    static const jk_movein_origin_cs_hooks origin = {
        .case_check = case_check,
        .case_members = case_members,
        .code_check = code_check,
        .highest_epoch = highest_epoch,
        .notice_check = notice_check,
        .disputed_members = disputed_members,
        .dispute_reason = dispute_reason,
    };
    return machine == JK_MACHINE_IDENTITY    ? (const void *)&identity
           : machine == JK_MACHINE_CARDS     ? (const void *)&cards
           : machine == JK_MACHINE_ORIGIN_CS ? (const void *)&origin
                                             : reconcile_hooks_of(machine);
}

/* ---- what must come of it ---- */

static void add_word(char *text, size_t capacity, const char *what, const char *name)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, capacity - used, "%s%s%s", used == 0 ? "" : ",", what, name);
}

/* The actions as a node writes them (src/step/upper.c). */
static void actions_text(uint16_t machine, const jk_envelope_actions *actions, char *text,
                         size_t capacity)
{
    text[0] = '\0';
    for (uint16_t i = 0; i < actions->count; i++) {
        const jk_envelope_action *action = &actions->item[i];
        switch ((jk_envelope_op)action->op) {
        case JK_ENVELOPE_SEND:
        case JK_ENVELOPE_FORWARD:
            add_word(text, capacity, "SEND_", jk_kind_name(action->kind));
            break;
        case JK_ENVELOPE_SEND_EACH:
            add_word(text, capacity, "SEND_EACH_", jk_kind_name(action->kind));
            break;
        case JK_ENVELOPE_ARM:
            add_word(text, capacity, "ARM_", jk_machine_timer_name(machine, action->code));
            break;
        case JK_ENVELOPE_DISARM:
            add_word(text, capacity, "DISARM_", jk_machine_timer_name(machine, action->code));
            break;
        case JK_ENVELOPE_EFFECT:
            add_word(text, capacity, "", trace_protocol_of(machine)->effect_name(action->code));
            break;
        }
    }
}

/* Whether a message may go over that link to that peer, as far as the link alone says it. */
static bool right_peer(const jk_node_id *self, const trace_role *role,
                       const jk_envelope_action *action, const jk_node_id *peer)
{
    jk_node_id named;
    if (jk_node_of_token(&action->peer, &named)) {
        return jk_node_equal(&named, peer);
    }
    for (size_t i = 0; i < jk_roles.link_count; i++) {
        const jk_core_link *link = &jk_roles.links[i];
        if (link->link == action->link && trace_protocol_of(link->receiver) == role->protocol) {
            const bool own = peer->role == JK_ROLE_TERMINAL || peer->role == JK_ROLE_REGISTRY ||
                             link->from == JK_ROLE_TERMINAL || link->from == JK_ROLE_REGISTRY;
            return link->from == self->role && link->to == peer->role &&
                   (!own || memcmp(self->code, peer->code, sizeof self->code) == 0);
        }
    }
    return false;
}

/* One message of an action, as src/step/upper.c makes it.  What the host puts in by itself is
 * another transaction (DIED: the one under which that CS got the member) and a REMOVAL's epoch. */
static const char *wrong_message(const trace_source *source, const trace_role *role,
                                 const jk_envelope_action *action, jk_members members,
                                 const jk_step_sent *sent)
{
    jk_node_id author = source->node;
    const bool movein = role->core->id <= JK_MACHINE_CARDS;
    const bool host_txn =
        movein && action->link == JK_MOVEIN_LINK_ORIGIN_TO_DEST && jk_token_is_none(&action->peer);
    const bool host_epoch = movein && action->link == JK_MOVEIN_LINK_CS_TO_PREFECTURE &&
                            action->kind == JK_MOVEIN_KIND_REMOVAL;
    if (action->op == JK_ENVELOPE_FORWARD && !jk_node_of_token(&action->out.author, &author)) {
        return "author";
    }
    return sent->kind != action->kind                                   ? "kind"
           : sent->members != members                                   ? "members"
           : sent->reason != action->out.reason                         ? "reason"
           : sent->epoch != action->out.epoch && !host_epoch            ? "epoch"
           : !jk_token_equal(&sent->txn, &action->out.txn) && !host_txn ? "txn"
           : !jk_node_equal(&sent->author, &author)                     ? "author"
           : !right_peer(&source->node, role, action, &sent->peer)      ? "peer"
                                                                        : NULL;
}

/* What an effect sends by itself: a refused entry is told to its CS. */
static bool is_refusal(const trace_role *role, const jk_envelope_action *action)
{
    return action->op == JK_ENVELOPE_EFFECT &&
           (role->core->id == JK_MACHINE_PREFECTURE_ROUND ||
            role->core->id == JK_MACHINE_NATIONAL_ROUND) &&
           (action->code == JK_RECONCILE_EFFECT_REFUSE_AT_PREFECTURE ||
            action->code == JK_RECONCILE_EFFECT_REFUSE_AT_NATIONAL);
}

static jk_envelope_action sent_by(const trace_role *role, const trace_line *line,
                                  const jk_envelope_action *action)
{
    jk_envelope_action made = *action;
    if (is_refusal(role, action)) {
        made.op = JK_ENVELOPE_SEND;
        made.kind = JK_RECONCILE_KIND_ENTRY_REFUSED;
        made.link = role->core->id == JK_MACHINE_NATIONAL_ROUND
                        ? JK_RECONCILE_LINK_NATIONAL_TO_REPAIR
                        : JK_RECONCILE_LINK_PREFECTURE_TO_REPAIR;
        made.peer = jk_token_of_node(&line->author);
    }
    return made;
}

static void check_sent(trace *t, const trace_source *source, const trace_role *role,
                       const jk_envelope_actions *actions)
{
    const trace_line *line = &source->line;
    size_t sent = 0;
    for (uint16_t i = 0; i < actions->count; i++) {
        const jk_envelope_action made = sent_by(role, line, &actions->item[i]);
        const jk_envelope_action *action = &made;
        const bool each = action->op == JK_ENVELOPE_SEND_EACH;
        if (!each && action->op != JK_ENVELOPE_SEND && action->op != JK_ENVELOPE_FORWARD) {
            continue;
        }
        for (unsigned m = 0; m < (each ? JK_MEMBERS_MAX : 1U); m++) {
            const jk_members members = each ? (jk_members)1 << m : action->out.mask;
            if (each && (action->out.mask & members) == 0) {
                continue;
            }
            const char *wrong =
                sent == line->sent_count
                    ? "it is missing"
                    : wrong_message(source, role, action, members, &line->sent[sent]);
            if (wrong != NULL) {
                trace_differ(t, source, role->name, "sent", "message %zu, %s: %s", sent + 1,
                             jk_kind_name(action->kind), wrong);
                return;
            }
            sent++;
        }
    }
    if (sent < line->sent_count) {
        trace_differ(t, source, role->name, "sent", "%zu messages, the model sends %zu",
                     line->sent_count, sent);
    }
}

/* ---- the input ---- */

/* NULL: such an input can come there in this way, with these fields. */
static const char *wrong_input(const trace_source *source, const trace_role *role, uint16_t input)
{
    const trace_line *line = &source->line;
    const bool message = role->way[input] == TRACE_MESSAGE;
    jk_core_target target = {0};
    if (message != (line->sequence != 0)) {
        return message ? "a message that nobody sent" : "no message has that name";
    }
    if (message) {
        return jk_core_route(&jk_roles, (jk_role)source->node.role, (jk_role)line->peer.role,
                             trace_kind_of_input(line->input), &target) == JK_OK &&
                       target.machine == role->core && target.input == input
                   ? NULL
                   : "no link brings it there";
    }
    const bool plain = line->epoch == 0 && line->reason == 0 &&
                       (role->way[input] == TRACE_COMMAND || line->members == 0);
    return plain ? NULL : "fields that it does not have";
}

static jk_envelope_event event_of(const trace_line *line, const trace_row *row, uint16_t input)
{
    jk_envelope_event event = {.key = row->txn,
                               .in = {.mask = (uint32_t)line->members,
                                      .epoch = line->epoch,
                                      .reason = (uint16_t)line->reason},
                               .input = input};
    if (line->sequence != 0) {
        event.peer = jk_token_of_node(&line->peer);
        event.in.txn = line->in_txn;
        event.in.author = jk_token_of_node(&line->author);
    } else {
        event.in.txn = line->in_txn; /* a command's */
    }
    if (row->role->core->id == JK_MACHINE_CS_REPAIR) { /* it is the transaction of its messages */
        event.key = line->sent_count > 0 ? line->sent[0].txn : line->in_txn;
    }
    return event;
}

/* ---- the row before ---- */

/* The row as the line names it: of a machine that this log has not told of since it begins. */
static bool take_row(trace *t, const trace_source *source, trace_row *row)
{
    const trace_line *line = &source->line;
    const jk_envelope_machine *machine = row->role->core->machine;
    const bool fits = line->row_size <= machine->size && machine->invariant(line->row);
    if (!fits) {
        trace_differ(t, source, row->role->name, "row", "no step can have made it");
        row->lost = true;
        return false;
    }
    if (row->steps > 0 && !row->lost && memcmp(row->data, line->row, machine->size) != 0) {
        trace_differ(t, source, row->role->name, "row", "the steps before made another one");
    }
    t->verdict->from_row += row->steps == 0 && line->row_size > 0 ? 1 : 0;
    memcpy(row->data, line->row, machine->size);
    row->lost = false;
    return true;
}

/* The ids that a row has learnt (src/step/upper.c): a case for good, a transaction for good where
 * it is the row's key, and else the message's; rows of residents and cards have none. */
static const char *wrong_ids(const trace_row *row, const trace_line *line)
{
    const bool has_case = !jk_token_is_none(&row->case_id);
    switch (row->role->core->id) {
    case JK_MACHINE_TERMINAL:
    case JK_MACHINE_DEST_CS:
    case JK_MACHINE_DEST_REGISTRY:
    case JK_MACHINE_IDENTITY:
        if (jk_token_is_none(&line->txn) || !jk_token_equal(&row->txn, &line->txn)) {
            return "txn";
        }
        break;
    case JK_MACHINE_ORIGIN_CS:
    case JK_MACHINE_ORIGIN_REGISTRY:
        if (jk_token_is_none(&line->in_txn)
                ? row->steps > 0 && !jk_token_equal(&row->txn, &line->txn)
                : !jk_token_equal(&line->in_txn, &line->txn)) {
            return "txn";
        }
        break;
    default:
        if (!jk_token_is_none(&line->txn) || !jk_token_is_none(&line->case_id)) {
            return "txn";
        }
        break;
    }
    return has_case && !jk_token_equal(&row->case_id, &line->case_id) ? "case" : NULL;
}

/* The instance with the row before the step; NULL: there is nothing to take the step from. */
static trace_row *row_before(trace *t, size_t index, const trace_role *role)
{
    const trace_source *source = &t->source[index];
    const trace_line *line = &source->line;
    const trace_row like = {.source = index,
                            .role = role,
                            .inst = line->inst,
                            .txn = line->txn,
                            .case_id = line->case_id,
                            .lost = true};
    trace_row *row =
        trace_map_get(&t->rows, &like, offsetof(trace_row, data) + role->core->machine->size);
    if (row == NULL) {
        t->broken = true;
        return NULL;
    }
    if (line->has_row && !take_row(t, source, row)) {
        return NULL;
    }
    if (row->lost && !row->told && !source->late) {
        trace_differ(t, source, role->name, "row", "the log has not told of that instance");
    }
    row->told = true;
    if (row->lost) {
        t->verdict->unchecked++;
        return NULL;
    }
    const char *wrong = wrong_ids(row, line);
    if (wrong != NULL) {
        trace_differ(t, source, role->name, wrong, "not that of the instance");
        row->lost = true;
        return NULL;
    }
    row->txn = line->txn;
    row->case_id = line->case_id;
    return row;
}

/* ---- the step ---- */

static bool step_again(trace *t, const trace_source *source, trace_row *row, uint16_t input,
                       jk_envelope_actions *actions)
{
    const trace_line *line = &source->line;
    const jk_envelope_machine *machine = row->role->core->machine;
    const char *name = row->role->name;
    answers given = {.at = line->hooks};
    jk_envelope_event event = event_of(line, row, input);
    const bool taken =
        machine->step(row->data, &event, hooks_of(row->role->core->id), &given, actions);
    if (given.wrong) {
        trace_differ(t, source, name, "hook", "the model asks something else");
    } else if (!taken && given.asked > 0) {
        trace_differ(t, source, name, "hook", "an answer that the model does not have");
    } else if (!taken) {
        trace_differ(t, source, name, "refused", "in %s the model takes no %s", line->from,
                     line->input);
    } else if (*given.at != '\0') {
        trace_differ(t, source, name, "hook", "answers that nobody asked for");
    }
    row->lost = !taken;
    return taken;
}

static void run(trace *t, const trace_source *source, trace_row *row, uint16_t input)
{
    const trace_line *line = &source->line;
    const trace_role *role = row->role;
    const jk_envelope_machine *machine = role->core->machine;
    char text[1024];
    uint16_t from = 0;
    uint16_t to = 0;
    if (!trace_state_by_name(role, line->from, &from) ||
        !trace_state_by_name(role, line->to, &to)) {
        trace_differ(t, source, role->name, "state", "the role has no such state");
        row->lost = true;
        return;
    }
    if (machine->state(row->data) != from) {
        trace_differ(t, source, role->name, "from", "it was in %s, not in %s",
                     jk_machine_state_name(role->core->id, machine->state(row->data)), line->from);
        row->lost = true;
        return;
    }
    const uint64_t before = t->verdict->differences;
    jk_envelope_actions actions = {0};
    if (!step_again(t, source, row, input, &actions)) {
        return;
    }
    if (machine->state(row->data) != to) {
        trace_differ(t, source, role->name, "to", "the model goes to %s, not to %s",
                     jk_machine_state_name(role->core->id, machine->state(row->data)), line->to);
    }
    actions_text(role->core->id, &actions, text, sizeof text);
    if (strcmp(text, line->actions) != 0) {
        trace_differ(t, source, role->name, "out", "the model does %s",
                     text[0] == '\0' ? "nothing" : text);
    }
    check_sent(t, source, role, &actions);
    if (t->verdict->differences == before) {
        t->verdict->instances += row->steps == 0 ? 1 : 0;
        t->verdict->steps++;
        if (t->cover != NULL) {
            trace_cover_step(t->cover, role, line);
        }
    }
    row->steps++;
}

/* A message that no machine took: refused (T7), or taken before (T6).  Between nodes of the model
 * nothing comes that its receiver's state does not expect. */
static void pass(trace *t, const trace_source *source)
{
    const trace_line *line = &source->line;
    const char *role = jk_machine_name(JK_MACHINE_RECEIVER);
    const bool plain = strcmp(line->from, "-") == 0 && strcmp(line->to, "-") == 0 &&
                       line->hooks[0] == '\0' && line->actions[0] == '\0' &&
                       line->sent_count == 0 && !line->has_row && line->sequence != 0;
    if (!plain) {
        trace_differ(t, source, role, "form", "a message that was not taken does nothing");
        return;
    }
    t->verdict->refused++;
    if (strcmp(line->status, jk_status_name(JK_E_UNEXPECTED)) == 0) {
        for (size_t i = 0; i < t->count; i++) {
            if (jk_node_equal(&t->source[i].node, &line->peer)) {
                trace_differ(t, source, role, "unexpected",
                             "the model's roles never send it in that state");
            }
        }
    }
}

void trace_step(trace *t, size_t index)
{
    trace_source *source = &t->source[index];
    const trace_line *line = &source->line;
    if (strcmp(line->role, jk_machine_name(JK_MACHINE_RECEIVER)) == 0) {
        pass(t, source);
        return;
    }
    const trace_role *role = trace_role_by_name(&t->roles, line->role);
    if (role == NULL || role->core->role != source->node.role) {
        trace_differ(t, source, NULL, "role", "not a role of that node");
        return;
    }
    const uint16_t input = trace_input_by_name(role, line->input);
    const char *wrong =
        input == 0 ? "the role has no such input" : wrong_input(source, role, input);
    if (wrong != NULL) {
        trace_differ(t, source, role->name, "input", "%s", wrong);
    }
    if (strcmp(line->status, jk_status_name(JK_OK)) != 0) {
        trace_differ(t, source, role->name, "status", "a step that was not taken");
    }
    trace_row *row = row_before(t, index, role);
    if (row == NULL) {
        return;
    }
    if (wrong != NULL) {
        row->lost = true;
        return;
    }
    run(t, source, row, input);
}
