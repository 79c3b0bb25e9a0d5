/* SPDX-License-Identifier: Apache-2.0 */
/* One step of an upper machine: event in, row and actions out, all inside the caller's open step of
 * the store.  A PEER status means that nothing may be kept (the caller undoes its step). */
#include "step/internal.h"

#include "names.h"

#include <stdio.h>
#include <string.h>

/* The machine's answer to an unknown input becomes the rule that the peer is told. */
static jk_status refusal_of(const jk_step *step)
{
    if (step->status != JK_OK) {
        return step->status;
    }
    return step->command != NULL ? JK_E_NOT_NOW : JK_E_UNEXPECTED;
}

static void note(char *text, size_t capacity, const char *what, const char *name)
{
    size_t used = strlen(text);
    if (used + 1 < capacity) {
        (void)snprintf(text + used, capacity - used, "%s%s%s", used == 0 ? "" : ",", what, name);
    }
}

static jk_status load_row(jk_step *step, const jk_token *key)
{
    jk_store *store = step->engine->config.store;
    jk_status status = store->ops->machine_get(store, step->machine->id, key, &step->row);
    if (status == JK_E_NOT_FOUND) { /* an absent row is the initial state */
        memset(&step->row, 0, sizeof step->row);
        step->row.machine = step->machine->id;
        step->row.key = *key;
        step->row.size = step->machine->machine->size;
        return JK_OK;
    }
    if (status == JK_OK && step->row.size != step->machine->machine->size) {
        return JK_E_STORE_SCHEMA;
    }
    return status;
}

/* Which ids the row learns from this input: shown to auditors, put on outgoing messages. */
static jk_status learn_ids(jk_step *step)
{
    jk_token case_id = {{0}};
    jk_token txn = {{0}};
    if (step->message != NULL) {
        case_id = step->message->case_id;
        txn = step->message->txn;
    }
    switch (step->machine->id) {
    case JK_MACHINE_TERMINAL:
    case JK_MACHINE_DEST_CS:
    case JK_MACHINE_DEST_REGISTRY:
    case JK_MACHINE_IDENTITY: txn = step->row.key; break;
    case JK_MACHINE_ORIGIN_REGISTRY: case_id = step->row.key; break;
    case JK_MACHINE_ORIGIN_CS:
        if (step->message != NULL && step->message->kind == JK_MOVEIN_KIND_FILED) {
            case_id = step->row.key;
        } else {
            case_id = step->row.case_id; /* none while it stands for an unknown case */
        }
        break;
    default: return JK_OK; /* a resident's or a card's row belongs to no case */
    }
    if (!jk_token_is_none(&case_id)) {
        if (!jk_token_is_none(&step->row.case_id) &&
            !jk_token_equal(&step->row.case_id, &case_id)) {
            return JK_E_CONFLICT; /* M6: the txn is in use for another case */
        }
        step->row.case_id = case_id;
    }
    if (!jk_token_is_none(&txn)) {
        step->row.txn = txn;
    }
    return JK_OK;
}

/* Whose case a message is about: the row's, or the one that an unknown case's message named. */
static jk_token case_to_name(const jk_step *step)
{
    const bool known = !jk_token_is_none(&step->row.case_id) || step->message == NULL;
    return known ? step->row.case_id : step->message->case_id;
}

/* The message that was just stored, for the log. */
static void note_sent(jk_step *step, const jk_envelope *envelope)
{
    jk_engine *engine = step->engine;
    const jk_step_peer *peer = jk_peer_of(engine, &envelope->target);
    if (peer == NULL || engine->sent_count == JK_STEP_SENT_MAX) {
        return; /* a full log never stops a step */
    }
    engine->sent[engine->sent_count++] = (jk_step_sent){
        .peer = envelope->target,
        .author = envelope->author,
        .sequence = peer->last,
        .epoch = envelope->epoch,
        .txn = envelope->txn,
        .members = envelope->members,
        .kind = envelope->kind,
        .reason = envelope->reason,
    };
    step->log->record.sent_count++;
}

jk_status jk_upper_send(jk_step *step, jk_envelope *envelope)
{
    jk_random *random = step->engine->config.random;
    jk_status status =
        random->fill(random, envelope->message_id.byte, sizeof envelope->message_id.byte);
    if (status == JK_OK) {
        status = jk_transport_submit(step->engine, envelope);
    }
    if (status == JK_OK) {
        note_sent(step, envelope);
    }
    return status;
}

static jk_status send_one(jk_step *step, const jk_envelope_action *action, int member)
{
    jk_engine *engine = step->engine;
    jk_envelope envelope = {
        .kind = action->kind,
        .reason = action->out.reason,
        .members = member < 0 ? action->out.mask : (jk_members)1 << member,
        .epoch = action->out.epoch,
        .case_id = case_to_name(step),
        .txn = action->out.txn,
        .author = engine->config.self,
    };
    jk_status status = JK_OK;
    if (!jk_node_of_token(&action->peer, &envelope.target)) {
        status = step->protocol->peer(step, action->link, member, &envelope.target, &envelope.txn);
    }
    if (status != JK_OK) {
        return status;
    }
    if (action->op == JK_ENVELOPE_FORWARD &&
        !jk_node_of_token(&action->out.author, &envelope.author)) {
        return JK_E_ROUTE;
    }
    jk_codec_bytes body = {engine->body_bytes, sizeof engine->body_bytes, 0};
    status = step->protocol->fill(step, action, member, &envelope, &body);
    if (status != JK_OK) {
        return status;
    }
    envelope.body = (jk_span){body.data, body.size};
    return jk_upper_send(step, &envelope);
}

static jk_status send_each(jk_step *step, const jk_envelope_action *action)
{
    for (int member = 0; member < JK_MEMBERS_MAX; member++) {
        if (((action->out.mask >> member) & 1U) != 0) {
            jk_status status = send_one(step, action, member);
            if (status != JK_OK) {
                return status;
            }
        }
    }
    return JK_OK;
}

static jk_status arm(jk_step *step, uint16_t timer)
{
    jk_store *store = step->engine->config.store;
    jk_timer_row row = {.machine = step->machine->id, .key = step->row.key, .timer = timer};
    jk_status status = step->protocol->timer(step, timer, &row);
    return status == JK_OK ? store->ops->timer_put(store, &row) : status;
}

static jk_status apply(jk_step *step, const jk_envelope_action *action)
{
    jk_store *store = step->engine->config.store;
    char *text = step->log->actions;
    size_t capacity = sizeof step->log->actions;
    switch ((jk_envelope_op)action->op) {
    case JK_ENVELOPE_SEND:
    case JK_ENVELOPE_FORWARD:
        note(text, capacity, "SEND_", jk_kind_name(action->kind));
        return send_one(step, action, -1);
    case JK_ENVELOPE_SEND_EACH:
        note(text, capacity, "SEND_EACH_", jk_kind_name(action->kind));
        return send_each(step, action);
    case JK_ENVELOPE_ARM:
        note(text, capacity, "ARM_", jk_machine_timer_name(step->machine->id, action->code));
        return arm(step, action->code);
    case JK_ENVELOPE_DISARM:
        note(text, capacity, "DISARM_", jk_machine_timer_name(step->machine->id, action->code));
        return store->ops->timer_delete(store, step->machine->id, &step->row.key, action->code);
    case JK_ENVELOPE_EFFECT:
        note(text, capacity, "", step->protocol->effect_name(action->code));
        return step->protocol->apply(step, action);
    }
    return JK_E_BUG;
}

static jk_status apply_all(jk_step *step, const jk_envelope_actions *actions)
{
    for (uint16_t i = 0; i < actions->count; i++) {
        jk_status status = apply(step, &actions->item[i]);
        if (status != JK_OK) {
            return status;
        }
    }
    return JK_OK;
}

static jk_status save_row(jk_step *step, uint16_t state)
{
    jk_engine *engine = step->engine;
    jk_store *store = engine->config.store;
    step->row.state = state;
    step->row.machine_name = jk_machine_name(step->machine->id);
    step->row.state_name = jk_machine_state_name(step->machine->id, state);
    step->row.final = step->machine->machine->is_final(state);
    step->row.updated_ms = engine->config.clock->wall_ms(engine->config.clock);
    return store->ops->machine_put(store, &step->row);
}

static void describe(jk_step *step, uint16_t before, uint16_t after, jk_status status)
{
    jk_step_record *record = &step->log->record;
    const jk_envelope_fields *in = &step->event.in;
    record->node = &step->engine->config.self;
    record->time_ms = step->engine->config.clock->wall_ms(step->engine->config.clock);
    record->inst = step->row.row_id;
    record->machine = step->machine->id;
    record->key = step->row.key;
    record->case_id = step->row.case_id;
    record->txn = step->row.txn;
    record->role = jk_machine_name(step->machine->id);
    record->input = jk_machine_input_name(step->machine->id, step->input);
    record->from = jk_machine_state_name(step->machine->id, before);
    record->to = jk_machine_state_name(step->machine->id, after);
    record->epoch = in->epoch;
    record->members = in->mask;
    record->reason = in->reason;
    record->state = after;
    record->status = status;
    if (step->message != NULL) {
        record->sequence = step->sequence;
        record->peer = step->peer;
        record->author = step->message->author;
        record->in_txn = step->message->txn;
    } else if (step->command != NULL) {
        record->in_txn = step->command->txn;
    }
}

/* The machine's own step on a copy of its row, then everything that it asks for. */
static jk_status run(jk_step *step, const jk_token *key)
{
    const jk_envelope_machine *machine = step->machine->machine;
    jk_status status = load_row(step, key);
    if (status == JK_OK) {
        status = learn_ids(step);
    }
    if (status == JK_OK && step->message != NULL) {
        status = step->protocol->check(step);
    } else if (status == JK_OK && step->command != NULL) {
        status = step->protocol->command_check(step);
    }
    if (status != JK_OK) {
        return status;
    }
    uint16_t before = machine->state(step->row.data);
    step->log->record.row_ms = step->row.updated_ms;
    step->log->record.row_size = step->row.row_id == 0 ? 0 : step->row.size;
    memcpy(step->log->row, step->row.data, step->row.size);
    jk_envelope_actions actions = {0};
    step->event.key = step->row.key;
    step->event.input = step->input;
    bool taken = machine->step(step->row.data, &step->event,
                               step->protocol->hooks(step->machine->id), step, &actions);
    if (!taken || step->status != JK_OK) {
        return refusal_of(step);
    }
    if (!jk_check(step->engine, machine->invariant(step->row.data))) {
        return JK_E_BUG;
    }
    uint16_t after = machine->state(step->row.data);
    status = apply_all(step, &actions);
    if (status == JK_OK) {
        status = save_row(step, after);
    }
    describe(step, before, after, status);
    return status;
}

static jk_status run_logged(jk_step *step, const jk_token *key)
{
    jk_engine *engine = step->engine;
    step->log = jk_record_new(engine);
    if (step->log == NULL) {
        return JK_E_FULL;
    }
    jk_status status = run(step, key);
    if (status != JK_OK) {
        jk_record_drop(engine, engine->record_count - 1); /* the caller logs what it refuses */
    }
    return status;
}

static jk_status decode_body(jk_engine *engine, const jk_envelope *envelope)
{
    const jk_wire_type *type = jk_codec_body_type(envelope->kind);
    if (type == NULL) {
        return JK_E_KIND;
    }
    return jk_codec_decode_body(envelope, NULL, &engine->in, type->size, NULL);
}

static jk_status authorise(const jk_engine *engine, const jk_node_id *peer,
                           const jk_envelope *envelope)
{
    if (!jk_node_equal(&envelope->target, &engine->config.self)) {
        return JK_E_ROUTE;
    }
    if (!jk_kind_allowed(envelope->kind, (jk_role)peer->role, (jk_role)engine->config.self.role)) {
        return JK_E_ROUTE;
    }
    /* 1-⑤: a prefecture hands on what a CS of its own municipalities wrote; it has no log. */
    bool forwards = jk_kind_forwarded(envelope->kind) && peer->role == JK_ROLE_PREFECTURE;
    bool good = forwards ? envelope->author.role == JK_ROLE_CS &&
                               memcmp(envelope->author.code, peer->code, 2) == 0
                         : jk_node_equal(&envelope->author, peer);
    return good ? JK_OK : JK_E_PEER_POLICY;
}

/* A repeated message_id, or one that was used for another message. */
static jk_status repeat_of(jk_engine *engine, const jk_node_id *peer, const jk_envelope *envelope,
                           jk_core_repeat *repeat)
{
    jk_store *store = engine->config.store;
    jk_inbox_row row;
    jk_status status = store->ops->inbox_get(store, &envelope->message_id, &row);
    if (status != JK_OK && status != JK_E_NOT_FOUND) {
        return status;
    }
    jk_core_known known = {.found = status == JK_OK, .kind = row.kind, .link = row.link};
    jk_token link = jk_token_of_node(peer);
    *repeat = jk_core_repeat_decide(&known, envelope->kind, &link);
    return JK_OK;
}

static jk_status take(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                      const jk_envelope *envelope)
{
    jk_core_target target = {0};
    jk_status status = decode_body(engine, envelope);
    if (status == JK_OK) {
        status = jk_core_route(&jk_roles, (jk_role)engine->config.self.role, (jk_role)peer->role,
                               envelope->kind, &target);
    }
    if (status == JK_OK && envelope->kind == JK_UPDATE_KIND_ENTRY_REFUSED) {
        status = jk_update_route(engine, peer, &target);
    }
    if (status != JK_OK) {
        return status;
    }
    jk_step step = {
        .engine = engine,
        .machine = target.machine,
        .protocol = jk_protocol_of(target.machine->id),
        .message = envelope,
        .peer = *peer,
        .sequence = sequence,
        .input = target.input,
        .body_kind = envelope->kind,
        .event = {.peer = jk_token_of_node(peer),
                  .in = {.txn = envelope->txn,
                         .mask = envelope->members,
                         .epoch = envelope->epoch,
                         .reason = envelope->reason,
                         .author = jk_token_of_node(&envelope->author)}},
    };
    jk_token key = {{0}};
    status = step.protocol->key(&step, &key);
    return status == JK_OK ? run_logged(&step, &key) : status;
}

jk_status jk_upper_once(jk_engine *engine, const jk_node_id *peer, uint64_t sequence, jk_span bytes,
                        jk_envelope *envelope)
{
    jk_status status = jk_codec_decode_envelope(bytes, envelope, NULL);
    if (status == JK_OK) {
        status = authorise(engine, peer, envelope);
    }
    jk_core_repeat repeat = JK_CORE_FRESH;
    if (status == JK_OK) {
        status = repeat_of(engine, peer, envelope, &repeat);
    }
    if (status != JK_OK || repeat == JK_CORE_REPEATED) {
        return status;
    }
    return repeat == JK_CORE_CONFLICT ? JK_E_CONFLICT : take(engine, peer, sequence, envelope);
}

void jk_upper_passed(jk_engine *engine, const jk_node_id *peer, uint64_t sequence,
                     const jk_envelope *envelope, jk_status rule)
{
    jk_kept_record *kept = jk_record_new(engine);
    if (kept == NULL) {
        return; /* a full log never stops a step */
    }
    jk_step_record *record = &kept->record;
    record->node = &engine->config.self;
    record->time_ms = engine->config.clock->wall_ms(engine->config.clock);
    record->machine = JK_MACHINE_RECEIVER;
    record->case_id = envelope->case_id;
    record->txn = envelope->txn;
    record->role = jk_machine_name(JK_MACHINE_RECEIVER);
    record->input = jk_kind_name(envelope->kind);
    record->from = "-";
    record->to = "-";
    record->epoch = envelope->epoch;
    record->members = envelope->members;
    record->reason = envelope->reason;
    record->status = rule;
    record->sequence = sequence;
    record->peer = *peer;
    record->author = envelope->author;
    record->in_txn = envelope->txn;
}

jk_status jk_upper_timer(jk_engine *engine, const jk_timer_row *timer)
{
    const jk_core_machine *machine = jk_core_machine_by_id(&jk_roles, timer->machine);
    const jk_protocol *protocol = jk_protocol_of(timer->machine);
    uint16_t input = protocol == NULL ? 0 : protocol->timer_input(timer->machine, timer->timer);
    if (machine == NULL || input == 0) {
        return JK_E_STORE_SCHEMA;
    }
    jk_store *store = engine->config.store;
    jk_status status = store->ops->timer_delete(store, timer->machine, &timer->key, timer->timer);
    if (status != JK_OK) {
        return status;
    }
    jk_step step = {.engine = engine, .machine = machine, .protocol = protocol, .input = input};
    return run_logged(&step, &timer->key);
}

jk_status jk_upper_command(jk_engine *engine, const jk_command *command)
{
    const jk_core_machine *machine = jk_core_machine_by_id(&jk_roles, command->machine);
    if (machine == NULL || machine->role != engine->config.self.role) {
        return JK_E_ROUTE;
    }
    jk_step step = {
        .engine = engine,
        .machine = machine,
        .protocol = jk_protocol_of(machine->id),
        .command = command,
        .input = command->input,
        .event = {.in = {.mask = command->members, .txn = command->txn}},
    };
    return run_logged(&step, &command->key);
}
