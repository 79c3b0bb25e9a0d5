/* SPDX-License-Identifier: Apache-2.0 */
/* Effects by their results: rows of the register, of cases, of episodes, of cards and of kept data;
 * the update log; the machine's row and its timers. */
#include "effects.h"

#include "../../src/adapter/memory/ops.h"
#include "../../src/verify/replay_machine.h"
#include "juki/person.h"
#include "movein.h"
#include "movein_names.h"
#include "names.h"
#include "person.pb.h"
#include "step/roles.h"

#include <inttypes.h>
#include <string.h>

/* ---- images ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static bool of_receiver(const jk_map_node *node)
{
    const uint8_t table = node->key.byte[0];
    return (table == JK_MEMORY_MACHINE || table == JK_MEMORY_MACHINE_ID) &&
           ((node->key.byte[1] << 8) | node->key.byte[2]) == JK_MACHINE_RECEIVER;
}

void effects_image_of(const jk_store *store, bool peer, effects_image *image)
{
    const jk_map *map = &((const jk_memory *)store)->map;
    memset(image, 0, sizeof *image);
    for (const jk_map_node *node = map->head[0]; node != NULL; node = node->next[0]) {
        const uint8_t table = node->key.byte[0];
        if (peer && (table == JK_MEMORY_DEAD || table == JK_MEMORY_COUNTER || of_receiver(node))) {
            continue;
        }
        uint64_t *hash = &image->table[table];
        *hash = mix(*hash ^ UINT64_C(0xcbf29ce484222325), node->key.byte, node->key.size);
        *hash = mix(*hash, node->value, node->size);
    }
}

int effects_changed(const effects_image *a, const effects_image *b)
{
    for (int i = 0; i < 256; i++) {
        if (a->table[i] != b->table[i]) {
            return i;
        }
    }
    return 0;
}

/* Which tables an effect is for. */
static const char *tables_of(uint16_t effect)
{
    switch ((jk_movein_effect)effect) {
    case JK_MOVEIN_EFFECT_KEEP_REQUEST:
    case JK_MOVEIN_EFFECT_KEEP_FILING:
    case JK_MOVEIN_EFFECT_KEEP_CERT:
    case JK_MOVEIN_EFFECT_OVERRIDE_GRANT:
    case JK_MOVEIN_EFFECT_ACCEPT_NOTICE:
    case JK_MOVEIN_EFFECT_KEEP_CODE:
    case JK_MOVEIN_EFFECT_FORGET_CODE: return "VK";
    case JK_MOVEIN_EFFECT_ERASE_DATA: return "VKO";
    case JK_MOVEIN_EFFECT_ENTER_REGISTER:
    case JK_MOVEIN_EFFECT_RECORD_RESIDENCE: return "GV";
    case JK_MOVEIN_EFFECT_CORRECT_REGISTER:
    case JK_MOVEIN_EFFECT_WITHDRAW_FROM_REGISTER:
    case JK_MOVEIN_EFFECT_REMOVE_FROM_REGISTER:
    case JK_MOVEIN_EFFECT_RESTORE_TO_REGISTER:
    case JK_MOVEIN_EFFECT_CORRECT_RESIDENCE:
    case JK_MOVEIN_EFFECT_GRANT: return "G";
    case JK_MOVEIN_EFFECT_REMOVE_DEAD:
    case JK_MOVEIN_EFFECT_COMPLETE_REMOVAL: return "GO";
    case JK_MOVEIN_EFFECT_BEGIN_CASE:
    case JK_MOVEIN_EFFECT_OPEN_CASE:
    case JK_MOVEIN_EFFECT_CLOSE_CASE: return "O";
    case JK_MOVEIN_EFFECT_RECODE_REGISTER:
    case JK_MOVEIN_EFFECT_RECODE_MEMBER: return "GOVK";
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_ENTRY:
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_REMOVAL:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_ENTRY:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_REMOVAL: return "EeA";
    case JK_MOVEIN_EFFECT_SHOW_AT_PREFECTURE:
    case JK_MOVEIN_EFFECT_SHOW_AT_NATIONAL: return "Ee";
    case JK_MOVEIN_EFFECT_CONTINUE_CARD: return "C";
    case JK_MOVEIN_EFFECT_KEEP_DISPUTE:
    case JK_MOVEIN_EFFECT_END_GRANT:
    case JK_MOVEIN_EFFECT_DISPUTE_NOTICE:
    case JK_MOVEIN_EFFECT_RENEW_EPOCH:
    case JK_MOVEIN_EFFECT_END_RESIDENCE:
    case JK_MOVEIN_EFFECT_ALARM_DOUBLE: return "";
    }
    return "";
}

static uint16_t effect_of(const graph_line *line)
{
    for (uint16_t i = 1; i <= 255; i++) {
        if (strcmp(jk_movein_effect_name(i), line->word[1]) == 0) {
            return i;
        }
    }
    return 0;
}

static bool is_word(const graph_line *line, const char *word)
{
    return strcmp(line->word[0], word) == 0;
}

bool effects_no_more(scene *s, const scene_input *input, const effects_image *before,
                     const effects_image *after)
{
    bool may[256] = {false};
    const char *always = input->timer ? "MmNTt" : "MmNI"; /* a timer that came is gone */
    const bool asks = strcmp(input->kind, "CERT_REQUEST") == 0;
    for (const char *at = always; *at != '\0'; at++) {
        may[(uint8_t)*at] = true;
    }
    may[JK_MEMORY_ROUTE] = asks; /* whose the request is, and who asked */
    may[JK_MEMORY_DATA] = asks;
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        const char *tables = "B";
        if (is_word(line, "effect")) {
            tables = tables_of(effect_of(line));
        } else if (is_word(line, "arm") || is_word(line, "disarm")) {
            tables = "Tt";
        } else if (strcmp(line->word[1], "cs_to_prefecture") == 0) {
            tables = "BGLAEe";
        }
        for (const char *at = tables; *at != '\0'; at++) {
            may[(uint8_t)*at] = true;
        }
    }
    may[JK_MEMORY_REGISTER_ORDER] = may[JK_MEMORY_REGISTER];
    for (int i = 0; i < 256; i++) {
        if (!may[i] && before->table[i] != after->table[i]) {
            return scene_differ(s, input->line->number, "the step changed table %c", i);
        }
    }
    return true;
}

/* ---- results ---- */

typedef struct view {
    scene *s;
    jk_store *store;
    const graph_line *line;
    uint64_t mask;
    uint64_t epoch;
} view;

static bool kept(const view *v, const char *name, int member)
{
    static uint8_t value[JK_ENVELOPE_SIZE_MAX];
    const jk_data_key key = {v->s->machine->id, v->s->key, name, member};
    size_t size = 0;
    return v->store->ops->data_get(v->store, &key, value, sizeof value, &size) == JK_OK;
}

static bool in_open_case(const view *v, int member)
{
    const jk_token resident = jk_token_of_resident(v->s->code[member]);
    jk_token case_id;
    int index = -1;
    return v->store->ops->open_case_get(v->store, &resident, &case_id, &index) == JK_OK &&
           index == member && jk_token_equal(&case_id, &v->s->case_id);
}

/* The member's row has this status, and one of these reasons (0: any). */
static bool registered(const view *v, int member, uint8_t status, uint16_t reason)
{
    static jk_register_row row;
    const jk_token resident = jk_token_of_resident(v->s->code[member]);
    return v->store->ops->register_get(v->store, &resident, &row) == JK_OK &&
           row.status == status && (reason == 0 || row.reason == reason) && row.size > 0;
}

/* The member's person has this address and his code; of a registry with where he moved to. */
static bool resides(const view *v, int member, const char *address, const char *moved_to)
{
    static jk_register_row row;
    static jk_wire_RegistryRecord record;
    const jk_token resident = jk_token_of_resident(v->s->code[member]);
    const bool registry = v->s->self.role == JK_ROLE_REGISTRY;
    void *into = registry ? (void *)&record : (void *)&record.person;
    memset(&record, 0, sizeof record);
    if (v->store->ops->register_get(v->store, &resident, &row) != JK_OK ||
        jk_codec_decode(registry ? &jk_wire_type_RegistryRecord : &jk_wire_type_Person,
                        (jk_span){row.person, row.size}, NULL, into, NULL) != JK_OK) {
        return false;
    }
    return memcmp(record.person.resident_code, v->s->code[member], 12) == 0 &&
           (address == NULL || strcmp(record.person.address, address) == 0) &&
           (moved_to == NULL || (strcmp(record.confirmed_address, moved_to) == 0 &&
                                 record.confirmed_day >= SCENE_TODAY));
}

static bool epochs(const view *v, int member, bool own)
{
    static jk_register_row row;
    const jk_token resident = jk_token_of_resident(v->s->code[member]);
    return v->store->ops->register_get(v->store, &resident, &row) == JK_OK &&
           row.epoch_high == v->epoch && (!own || row.epoch == v->epoch);
}

static bool shown(const view *v)
{
    static jk_episode_row row;
    const uint64_t author = scene_number(v->line, "author");
    const jk_status status = v->store->ops->episode_current(v->store, &v->s->key, &row);
    if (author == 0) {
        return status == JK_E_NOT_FOUND;
    }
    const jk_node_id holder = scene_end(v->s, "dest_to_cs", false, author);
    return status == JK_OK && strcmp(row.code, holder.code) == 0;
}

static bool episode(const view *v, bool open)
{
    static jk_episode_row row;
    const jk_node_id holder = scene_end(v->s, "dest_to_cs", false, scene_number(v->line, "author"));
    uint64_t head = 0;
    const jk_store_ops *ops = v->store->ops;
    const jk_status status = ops->episode_open(v->store, &v->s->key, holder.code, v->epoch, &row);
    const bool applied = ops->applied_get(v->store, holder.code, &head) == JK_OK && head > 0;
    return applied && (open ? status == JK_OK && row.epoch == v->epoch : status == JK_E_NOT_FOUND);
}

static bool card_goes_on(const view *v)
{
    uint8_t state = JK_CARD_NONE;
    char code[7];
    return v->store->ops->card_get(v->store, &v->s->key, &state, code) == JK_OK &&
           state == JK_CARD_IN_OPERATION && memcmp(code, v->s->spoke.code, 6) == 0;
}

static bool member_holds(const view *v, uint16_t effect, int member)
{
    const bool cs = v->s->self.role == JK_ROLE_CS;
    switch (effect) {
    case JK_MOVEIN_EFFECT_ENTER_REGISTER:
        return registered(v, member, JK_REGISTER_CURRENT, jk_wire_ChangeReason_CHANGE_MOVE_IN) &&
               resides(v, member, SCENE_NEW_ADDRESS, NULL);
    case JK_MOVEIN_EFFECT_CORRECT_REGISTER:
    case JK_MOVEIN_EFFECT_CORRECT_RESIDENCE:
        return registered(v, member, JK_REGISTER_CURRENT, 0) &&
               resides(v, member, SCENE_CORRECTED_ADDRESS, NULL);
    case JK_MOVEIN_EFFECT_WITHDRAW_FROM_REGISTER:
        return registered(v, member, JK_REGISTER_REMOVED,
                          jk_wire_ChangeReason_CHANGE_REMOVAL_CANCELLATION);
    case JK_MOVEIN_EFFECT_REMOVE_DEAD:
        return registered(v, member, JK_REGISTER_REMOVED, jk_wire_ChangeReason_CHANGE_DEATH) &&
               !in_open_case(v, member);
    case JK_MOVEIN_EFFECT_REMOVE_FROM_REGISTER:
        return registered(v, member, JK_REGISTER_REMOVED, jk_wire_ChangeReason_CHANGE_MOVE_OUT);
    case JK_MOVEIN_EFFECT_RESTORE_TO_REGISTER:
        return registered(v, member, JK_REGISTER_CURRENT,
                          jk_wire_ChangeReason_CHANGE_ENTRY_CANCELLATION);
    case JK_MOVEIN_EFFECT_COMPLETE_REMOVAL:
        return registered(v, member, JK_REGISTER_REMOVED, 0) && !in_open_case(v, member) &&
               resides(v, member, NULL, SCENE_NEW_ADDRESS);
    case JK_MOVEIN_EFFECT_BEGIN_CASE:
    case JK_MOVEIN_EFFECT_OPEN_CASE: return in_open_case(v, member);
    case JK_MOVEIN_EFFECT_CLOSE_CASE: return !in_open_case(v, member);
    case JK_MOVEIN_EFFECT_GRANT: return epochs(v, member, false);
    case JK_MOVEIN_EFFECT_ACCEPT_NOTICE: return kept(v, "got", member);
    case JK_MOVEIN_EFFECT_KEEP_CODE: return kept(v, "code", member);
    case JK_MOVEIN_EFFECT_FORGET_CODE: return !kept(v, "code", member);
    case JK_MOVEIN_EFFECT_RECODE_REGISTER:
        return (registered(v, member, JK_REGISTER_CURRENT, 0) ||
                registered(v, member, JK_REGISTER_REMOVED, 0)) && /* who left meanwhile */
               !kept(v, "code", member) &&
               resides(v, member, NULL, NULL);
    case JK_MOVEIN_EFFECT_RECODE_MEMBER:
        return registered(v, member, JK_REGISTER_CURRENT, 0) && resides(v, member, NULL, NULL);
    case JK_MOVEIN_EFFECT_RECORD_RESIDENCE:
        return registered(v, member, JK_REGISTER_CURRENT, jk_wire_ChangeReason_CHANGE_MOVE_IN) &&
               epochs(v, member, true) && resides(v, member, SCENE_NEW_ADDRESS, NULL);
    case JK_MOVEIN_EFFECT_END_RESIDENCE:
        return !cs || registered(v, member, JK_REGISTER_REMOVED, 0);
    default: return true;
    }
}

static bool effect_holds(const view *v)
{
    const uint16_t effect = effect_of(v->line);
    switch (effect) {
    case JK_MOVEIN_EFFECT_KEEP_REQUEST: return kept(v, "verify", -1) || kept(v, "request", -1);
    case JK_MOVEIN_EFFECT_KEEP_FILING: return kept(v, "filed", -1) && kept(v, "resident", 0);
    case JK_MOVEIN_EFFECT_KEEP_CERT: return kept(v, "register", -1);
    case JK_MOVEIN_EFFECT_ERASE_DATA:
        return !kept(v, "verify", -1) && !kept(v, "request", -1) && !kept(v, "register", -1) &&
               !kept(v, "filed", -1);
    case JK_MOVEIN_EFFECT_OVERRIDE_GRANT: return kept(v, "override", -1);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_ENTRY:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_ENTRY: return episode(v, true);
    case JK_MOVEIN_EFFECT_RECORD_PREFECTURE_REMOVAL:
    case JK_MOVEIN_EFFECT_RECORD_NATIONAL_REMOVAL: return episode(v, false);
    case JK_MOVEIN_EFFECT_SHOW_AT_PREFECTURE:
    case JK_MOVEIN_EFFECT_SHOW_AT_NATIONAL: return shown(v);
    case JK_MOVEIN_EFFECT_CONTINUE_CARD: return card_goes_on(v);
    default: break;
    }
    for (int member = 0; member < SCENE_MEMBERS; member++) {
        if (((v->mask >> member) & 1U) != 0 && !member_holds(v, effect, member)) {
            return false;
        }
    }
    return effect != 0;
}

/* The last entries of the node's own log are those that the step sent, in their order. */
static bool logged(scene *s, const scene_input *input, jk_store *store)
{
    static jk_log_row row;
    uint64_t head = 0;
    uint64_t count = 0;
    for (size_t i = 0; i < input->action_count; i++) {
        if (strcmp(input->actions[i].word[1], "cs_to_prefecture") == 0) {
            count += (uint64_t)__builtin_popcountll(scene_number(&input->actions[i], "mask"));
        }
    }
    if (count > 0 &&
        (store->ops->applied_get(store, s->self.code, &head) != JK_OK || head < count)) {
        return scene_differ(s, input->line->number, "the update log is too short");
    }
    uint64_t at = head - count;
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        for (int member = 0; member < SCENE_MEMBERS; member++) {
            if (strcmp(line->word[1], "cs_to_prefecture") != 0 ||
                ((scene_number(line, "mask") >> member) & 1U) == 0) {
                continue;
            }
            at++;
            if (store->ops->log_get(store, at, &row) != JK_OK ||
                row.kind != jk_kind_by_name(line->word[2]) ||
                (row.kind == JK_MOVEIN_KIND_ENTRY && row.epoch != scene_number(line, "epoch"))) {
                return scene_differ(s, line->number, "entry %" PRIu64 " of the log is another", at);
            }
        }
    }
    return true;
}

/* ---- the machine's row ---- */

static const jk_replay_variable *variables_of(const scene *s)
{
    for (size_t i = 0; i < jk_replay_movein.role_count; i++) {
        if (strcmp(jk_replay_movein.roles[i].name, s->file->role) == 0) {
            return jk_replay_movein.roles[i].variables;
        }
    }
    return NULL;
}

/* The token that stands for the model's number in this variable. */
static jk_token token_for(const scene *s, const jk_replay_variable *v, uint64_t number)
{
    jk_token token = {{0}};
    const bool server =
        s->machine->id == JK_MACHINE_PREFECTURE || s->machine->id == JK_MACHINE_NATIONAL;
    if (v->type == JK_REPLAY_TOKEN && !server) {
        return s->txn[number < SCENE_NUMBERS ? number : 0];
    }
    if (v->type == JK_REPLAY_TOKEN && number == 0) {
        return token;
    }
    const jk_node_id node =
        scene_end(s, "dest_to_cs", false, v->type == JK_REPLAY_PEER ? number + 1 : number);
    return jk_token_of_node(&node);
}

static bool same_variable(scene *s, const graph_line *state, const jk_machine_row *row,
                          const jk_replay_variable *v)
{
    const uint64_t number = scene_variable(state, v->name);
    if (v->type != JK_REPLAY_TOKEN && v->type != JK_REPLAY_PEER) {
        const uint64_t mine = jk_replay_row_value(row->data, v);
        return mine == number ||
               scene_differ(s, state->number, "%s=%" PRIu64 ", and it has %" PRIu64, v->name,
                            number, mine);
    }
    const jk_token want = token_for(s, v, number);
    jk_token have;
    memcpy(&have, row->data + v->offset, sizeof have);
    const bool first = v->type == JK_REPLAY_PEER && number == 0 && jk_token_is_none(&have);
    return first || jk_token_equal(&want, &have) ||
           scene_differ(s, state->number, "%s=%" PRIu64 ", and it has another one", v->name,
                        number);
}

static bool same_row(scene *s, const graph_line *state, jk_store *store)
{
    jk_machine_row row;
    const jk_replay_variable *v = variables_of(s);
    const jk_status status = store->ops->machine_get(store, s->machine->id, &s->key, &row);
    if (status == JK_E_NOT_FOUND) {
        memset(&row, 0, sizeof row); /* an absent row is the initial state */
    } else if (status != JK_OK) {
        return scene_differ(s, state->number, "its row cannot be read");
    }
    const char *name = s->names->state(row.state);
    if (strcmp(name, state->word[0]) != 0) {
        return scene_differ(s, state->number, "state %s, and its row says %s", state->word[0],
                            name);
    }
    for (; v != NULL && v->name != NULL; v++) {
        if (!same_variable(s, state, &row, v)) {
            return false;
        }
    }
    for (uint16_t timer = 1; timer < 16; timer++) {
        jk_timer_row due;
        const bool armed = scene_variable(state, s->names->timer(timer)) != 0;
        const bool runs =
            store->ops->timer_get(store, s->machine->id, &s->key, timer, &due) == JK_OK;
        if (armed != runs) {
            return scene_differ(s, state->number, "%s is %s", s->names->timer(timer),
                                runs ? "still armed" : "not armed");
        }
    }
    return true;
}

bool effects_hold(scene *s, const scene_input *input, jk_store *store)
{
    for (size_t i = 0; i < input->action_count; i++) {
        const graph_line *line = &input->actions[i];
        const view v = {s, store, line, scene_number(line, "mask"), scene_number(line, "epoch")};
        if (is_word(line, "effect") && !effect_holds(&v)) {
            return scene_differ(s, line->number, "%s has not its result", line->word[1]);
        }
    }
    return logged(s, input, store) && same_row(s, input->state, store);
}
