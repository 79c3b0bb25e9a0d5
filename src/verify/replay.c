/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the inputs of a run to the generated machines and compares, step by step: next state, every
 * variable, messages and effects in their order, and what the host was asked. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "chart_rows.h"
#include "replay_machine.h"

#define VARIABLES_MAX 32
#define OUTPUTS_MAX   64

/* One machine, and what the run says of it. */
typedef struct instance {
    const jk_replay_role *role; /* NULL: of the world, or a stand-in */
    char state[48];
    char name[VARIABLES_MAX][48];
    char value[VARIABLES_MAX][24];
    size_t count;
    bool acted;

    union {
        uint64_t aligned;
        unsigned char bytes[JK_REPLAY_ROW];
    } row;
} instance;

/* One step of the run. */
typedef struct told {
    size_t first; /* events, to last */
    size_t last;
    size_t actor;
    const jk_event *input;
    const jk_event *outputs[OUTPUTS_MAX];
    size_t count;
    size_t next;       /* of the outputs */
    const char *state; /* NULL: the run ends before the step does */
} told;

typedef struct player {
    const jk_trail *trail;
    const jk_replay_protocol *protocol;
    jk_replay_result *result;
    jk_chart chart; /* for its numbers */
    instance *instances;
    char values[JK_REPLAY_FIELDS + 1][64]; /* of the message that is taken apart */
} player;

bool jk_replay_answer(void *ctx, const char *hook, const char **value)
{
    jk_replay_answers *answers = ctx;
    if (answers->used == answers->count || strcmp(answers->hook[answers->used], hook) != 0) {
        answers->wrong = hook;
        return false;
    }
    *value = answers->value[answers->used];
    answers->used++;
    return true;
}

uint64_t jk_replay_number(const char *text)
{
    return text == NULL ? 0 : (uint64_t)strtoull(text, NULL, 10);
}

uint16_t jk_replay_find(const char *(*name_of)(uint16_t), const char *name, uint16_t max)
{
    for (uint16_t i = 1; name != NULL && i <= max; i++) {
        if (strcmp(name_of(i), name) == 0) {
            return i;
        }
    }
    return 0;
}

static const char *bare(const char *state)
{
    return strncmp(state, "end_", 4) == 0 ? state + 4 : state;
}

/* The first difference: where it is, what the run has, what the C does. */
static bool differ(player *play, const told *step, const char *trail, const char *machine)
{
    const jk_trail *log = play->trail;
    jk_words who = {.used = 0};
    const char *kind = step->input == NULL ? "nothing" : step->input->text;
    jk_say_actor(log, &who, step->actor);
    play->result->same = false;
    (void)snprintf(play->result->difference, sizeof play->result->difference,
                   "step %zu, %.60s, %.*s%s: trail: %.120s; C: %.120s",
                   play->chart.number[log->events[step->first].step], who.text,
                   (int)strcspn(kind, ","), kind,
                   step->input != NULL && step->input->kind == JK_EVENT_EXPIRY ? " expires" : "",
                   trail, machine);
    return false;
}

/* "CERT,1,1,3,0,0" into values: kind, fields; the number of fields. */
static size_t take_apart(player *play, const char *message)
{
    size_t count = 0;
    while (count <= JK_REPLAY_FIELDS) {
        size_t length = strcspn(message, ",");
        (void)snprintf(play->values[count], sizeof play->values[count], "%.*s", (int)length,
                       message);
        if (message[length] == '\0') {
            return count;
        }
        message += length + 1;
        count++;
    }
    return count;
}

static bool is_link(const char *link, const char *name)
{
    size_t length = strlen(name);
    return strncmp(link, name, length) == 0 && (link[length] == '\0' || link[length] == '[');
}

static bool in_model(const jk_trail *trail, const char *link)
{
    for (size_t i = 0; i < trail->link_count; i++) {
        if (strcmp(trail->links[i], link) == 0) {
            return true;
        }
    }
    return trail->link_count == 0;
}

static const jk_replay_rule *rule_of(const jk_replay_protocol *protocol,
                                     const jk_replay_action *action)
{
    for (const jk_replay_rule *rule = protocol->rules; rule->link != NULL; rule++) {
        if (strcmp(rule->link, action->link) == 0 &&
            (rule->kind == NULL || strcmp(rule->kind, action->kind) == 0)) {
            return rule;
        }
    }
    return NULL;
}

static bool has_instead(const jk_replay_protocol *protocol, const jk_replay_action *action)
{
    const jk_replay_rule *rule = rule_of(protocol, action);
    return rule != NULL && rule->instead != NULL;
}

static bool is_filled(const jk_replay_rule *rule, const char *field)
{
    for (size_t i = 0; rule != NULL && i < 3 && rule->filled[i] != NULL; i++) {
        if (strcmp(rule->filled[i], field) == 0) {
            return true;
        }
    }
    return false;
}

/* The end of a link that the model writes as an index: of the cards' links, one in so many. */
static bool same_peer(const player *play, const jk_replay_action *action, const char *link)
{
    const char *index = strchr(link, '[');
    if (action->peer == 0 || index == NULL) {
        return true;
    }
    size_t several = 0;
    for (size_t i = 1; i < play->trail->actor_count; i++) {
        several += strcmp(play->trail->actors[i].name, "cards") == 0 ? 1 : 0;
    }
    size_t share = is_link(link, "cards_to_dest") && several > 0 ? several : 1;
    return jk_replay_number(index + 1) / share + 1 == action->peer;
}

/* Is this event of the run the message that the C sends, here for these members? */
static bool same_message(player *play, const jk_replay_action *action, const char *mask,
                         const jk_event *event)
{
    const jk_replay_protocol *protocol = play->protocol;
    const jk_replay_rule *rule = rule_of(protocol, action);
    bool instead = rule != NULL && rule->instead != NULL &&
                   strncmp(event->link, rule->instead, strlen(rule->instead)) == 0;
    if ((!is_link(event->link, action->link) && !instead) ||
        (!instead && !same_peer(play, action, event->link))) {
        return false;
    }
    rule = rule != NULL && rule->instead != NULL && !rule->missing && !instead ? NULL : rule;
    size_t count = take_apart(play, event->text);
    /* The answer in a request's place is called after it: CONTINUE, CONTINUED. */
    size_t length = strlen(action->kind) + (is_filled(rule, "kind") ? 0 : 1);
    if (strncmp(play->values[0], action->kind, length) != 0) {
        return false;
    }
    if (count == 1) {
        const char *mine = action->field[protocol->carried];
        return strcmp(play->values[1], mine) == 0 ||
               (strcmp(mine, "0") == 0 && is_filled(rule, protocol->fields[protocol->carried]));
    }
    for (size_t i = 0; protocol->fields[i] != NULL; i++) {
        const char *mine = i == protocol->mask ? mask : action->field[i];
        bool filled = strcmp(mine, "0") == 0 && is_filled(rule, protocol->fields[i]);
        if (i >= count || (!filled && strcmp(play->values[i + 1], mine) != 0)) {
            return false;
        }
    }
    return true;
}

static void say_action(const player *play, const jk_replay_action *action, const char *mask,
                       char *text, size_t capacity)
{
    if (action->op == JK_REPLAY_EFFECT) {
        (void)snprintf(text, capacity, "%s", action->kind);
        return;
    }
    int used = snprintf(text, capacity, "sends %s on %s", action->kind, action->link);
    for (size_t i = 0; play->protocol->fields[i] != NULL && used > 0 && (size_t)used < capacity;
         i++) {
        const char *value = i == play->protocol->mask ? mask : action->field[i];
        if (strcmp(value, "0") != 0) {
            used += snprintf(text + used, capacity - (size_t)used, " %s=%s",
                             play->protocol->fields[i], value);
        }
    }
}

static void say_output(const jk_event *event, char *text, size_t capacity)
{
    if (event == NULL) {
        (void)snprintf(text, capacity, "nothing more");
    } else if (event->kind == JK_EVENT_EFFECT) {
        (void)snprintf(text, capacity, "%s", event->text);
    } else {
        (void)snprintf(text, capacity, "sends %s on %s", event->text, event->link);
    }
}

/* Where SPIN names the inline within an effect, the effect. */
static const char *effect_of(const player *play, const char *role, const char *name)
{
    for (const char *const(*alias)[3] = play->protocol->aliases; (*alias)[0] != NULL; alias++) {
        if (strcmp((*alias)[0], role) == 0 && strcmp((*alias)[2], name) == 0) {
            return (*alias)[1];
        }
    }
    return play->protocol->is_effect(name) ? name : NULL;
}

/* The next output of the run must be this one. */
static bool compare_output(player *play, told *step, const jk_replay_action *action,
                           const char *mask)
{
    const jk_event *event = step->next < step->count ? step->outputs[step->next] : NULL;
    bool same = false;
    if (event != NULL && action->op == JK_REPLAY_EFFECT) {
        const char *role = play->trail->actors[step->actor].name;
        const char *name =
            event->kind == JK_EVENT_EFFECT ? effect_of(play, role, event->text) : NULL;
        same = name != NULL && strcmp(name, action->kind) == 0;
    } else if (event != NULL) {
        same = event->kind != JK_EVENT_EFFECT && same_message(play, action, mask, event);
    }
    if (!same) {
        char trail[160];
        char machine[160];
        say_output(event, trail, sizeof trail);
        say_action(play, action, mask, machine, sizeof machine);
        return differ(play, step, trail, machine);
    }
    step->next++;
    return true;
}

/* One action of the C; of a message to each member, one message a member. */
static bool compare_action(player *play, told *step, const jk_replay_action *action)
{
    size_t index = play->protocol->mask;
    const char *mask = index < JK_REPLAY_FIELDS ? action->field[index] : "0";
    uint64_t members = jk_replay_number(mask);
    bool each = action->op == JK_REPLAY_SEND_EACH;
    if (action->op != JK_REPLAY_EFFECT && !in_model(play->trail, action->link) &&
        !has_instead(play->protocol, action)) {
        play->result->cut++;
        return true;
    }
    if (!each) {
        return compare_output(play, step, action, mask);
    }
    for (unsigned bit = 0; bit < 32; bit++) {
        char one[24];
        (void)snprintf(one, sizeof one, "%llu", (unsigned long long)(UINT64_C(1) << bit));
        if ((members >> bit & 1) != 0 && !compare_output(play, step, action, one)) {
            return false;
        }
    }
    return true;
}

uint64_t jk_replay_row_value(const unsigned char *row, const jk_replay_variable *variable)
{
    const unsigned char *at = row + variable->offset;
    uint64_t count;
    uint32_t members;
    switch (variable->type) {
    case JK_REPLAY_BOOL:
    case JK_REPLAY_TOKEN: return at[0];
    case JK_REPLAY_PEER: return at[0] == 0 ? 0 : at[0] - 1u;
    case JK_REPLAY_COUNT: memcpy(&count, at, sizeof count); return count;
    case JK_REPLAY_MEMBERS: memcpy(&members, at, sizeof members); return members;
    }
    return 0;
}

static const char *value_of(const instance *one, const char *name)
{
    for (size_t i = 0; i < one->count; i++) {
        if (strcmp(one->name[i], name) == 0) {
            return one->value[i];
        }
    }
    return "0";
}

/* "granted=1" of the run. */
static void set_value(instance *one, const char *text)
{
    size_t length = strcspn(text, "=");
    size_t i = 0;
    while (i < one->count &&
           (strlen(one->name[i]) != length || memcmp(one->name[i], text, length) != 0)) {
        i++;
    }
    if (i == VARIABLES_MAX || text[length] == '\0') {
        return;
    }
    one->count += i == one->count ? 1 : 0;
    (void)snprintf(one->name[i], sizeof one->name[i], "%.*s", (int)length, text);
    (void)snprintf(one->value[i], sizeof one->value[i], "%.23s", text + length + 1);
}

static bool compare_row(player *play, const told *step, const instance *one)
{
    const char *state = play->protocol->state(one->role, one->row.bytes);
    if (strcmp(bare(one->state), state) != 0) {
        char trail[80];
        char machine[80];
        (void)snprintf(trail, sizeof trail, "to %s", bare(one->state));
        (void)snprintf(machine, sizeof machine, "to %s", state);
        return differ(play, step, trail, machine);
    }
    for (const jk_replay_variable *at = one->role->variables; at->name != NULL; at++) {
        uint64_t mine = jk_replay_row_value(one->row.bytes, at);
        const char *theirs = value_of(one, at->name);
        if (jk_replay_number(theirs) != mine) {
            char trail[80];
            char machine[80];
            (void)snprintf(trail, sizeof trail, "%s=%s", at->name, theirs);
            (void)snprintf(machine, sizeof machine, "%s=%llu", at->name, (unsigned long long)mine);
            return differ(play, step, trail, machine);
        }
    }
    if (!play->protocol->invariant(one->role, one->row.bytes)) {
        return differ(play, step, "a state of the model", "a row that its invariant refuses");
    }
    return true;
}

static bool is_own_hook(const jk_replay_role *role, const char *name)
{
    for (const char *const *hook = role->hook_names; hook != NULL && *hook != NULL; hook++) {
        if (strcmp(*hook, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What an effect of the model does on a link, or what an observer notes besides a real message. */
static bool is_inner(const player *play, const char *link)
{
    for (const jk_replay_rule *rule = play->protocol->rules; rule->link != NULL; rule++) {
        if (rule->missing && strcmp(rule->instead, link) == 0 &&
            in_model(play->trail, rule->link)) {
            return true;
        }
    }
    for (const char *const *inner = play->protocol->inner; *inner != NULL; inner++) {
        if (is_link(link, *inner)) {
            return true;
        }
    }
    return false;
}

/* Sorts the events of a step; the order of outputs is that of the run. */
static void sort_events(const player *play, instance *one, told *step, jk_replay_answers *answers)
{
    for (size_t i = step->first; i < step->last; i++) {
        const jk_event *event = &play->trail->events[i];
        bool output = false;
        switch (event->kind) {
        case JK_EVENT_TAKE:
        case JK_EVENT_EXPIRY: step->input = step->input == NULL ? event : step->input; break;
        case JK_EVENT_HOOK:
            if (is_own_hook(one->role, event->text) && answers->count < JK_REPLAY_ANSWERS) {
                answers->hook[answers->count] = event->text;
                answers->value[answers->count] = event->value;
                answers->count++;
            }
            break;
        case JK_EVENT_SEND:
        case JK_EVENT_PUT: output = !is_inner(play, event->link); break;
        case JK_EVENT_EFFECT: output = effect_of(play, one->role->name, event->text) != NULL; break;
        case JK_EVENT_LOCAL: set_value(one, event->text); break;
        case JK_EVENT_STATE:
        case JK_EVENT_STAY:
            step->state = event->text;
            if (strcmp(event->text, JK_TRAIL_FIRST) != 0) {
                (void)snprintf(one->state, sizeof one->state, "%.47s", event->text);
            }
            break;
        case JK_EVENT_CHANGE:
        case JK_EVENT_CYCLE: break;
        }
        if (output && step->count < OUTPUTS_MAX) {
            step->outputs[step->count] = event;
            step->count++;
        }
    }
}

static void make_input(player *play, const told *step, jk_replay_input *input, char *link,
                       size_t capacity)
{
    const jk_event *event = step->input;
    *input = (jk_replay_input){.key = play->trail->actors[step->actor].instance + 1};
    (void)take_apart(play, event->text);
    for (size_t i = 0; i < JK_REPLAY_FIELDS; i++) {
        input->field[i] = event->kind == JK_EVENT_TAKE ? play->values[i + 1] : "0";
    }
    input->kind = play->values[0];
    if (event->kind == JK_EVENT_TAKE) {
        (void)snprintf(link, capacity, "%.*s", (int)strcspn(event->link, "["), event->link);
        input->link = link;
        input->peer = event->peer == JK_TRAIL_NONE ? 0 : event->peer + 1;
    }
}

/* The machine says no, or asks what the run does not ask. */
static bool say_refused(player *play, const told *step, const jk_replay_answers *answers)
{
    char trail[120];
    char machine[120];
    bool asked = answers->wrong != NULL;
    bool more = answers->used < answers->count;
    (void)snprintf(trail, sizeof trail, "%s%.100s", more ? "asks " : "a step",
                   more ? answers->hook[answers->used] : "");
    (void)snprintf(machine, sizeof machine, "%s%.100s", asked ? "asks " : "no step",
                   asked ? answers->wrong : "");
    return differ(play, step, trail, machine);
}

/* The last step of a run that ends within it: an assertion of the role.  Where the model asserts
 * false, the C takes no step; what else may be asserted (room in a link) the C does not know. */
static bool end_within(player *play)
{
    play->result->unfinished = 1;
    return true;
}

static bool play_step(player *play, told *step)
{
    instance *one = &play->instances[step->actor];
    jk_replay_answers answers = {.count = 0};
    jk_replay_output output = {.count = 0};
    jk_replay_input input;
    char link[64];
    sort_events(play, one, step, &answers);
    if (step->state == NULL && step->last == play->trail->event_count) {
        return end_within(play);
    }
    if (step->input == NULL || step->state == NULL) {
        return differ(play, step, step->input == NULL ? "a step without an input" : "no next state",
                      "a step is one input and one next state");
    }
    make_input(play, step, &input, link, sizeof link);
    if (!play->protocol->step(one->role, one->row.bytes, &input, &answers, &output)) {
        return say_refused(play, step, &answers);
    }
    if (answers.used < answers.count) {
        return say_refused(play, step, &answers);
    }
    for (size_t i = 0; i < output.count; i++) {
        jk_replay_op op = output.action[i].op; /* timers are variables, too */
        if (op != JK_REPLAY_ARM && op != JK_REPLAY_DISARM &&
            !compare_action(play, step, &output.action[i])) {
            return false;
        }
    }
    if (step->next < step->count) {
        char trail[160];
        say_output(step->outputs[step->next], trail, sizeof trail);
        return differ(play, step, trail, "nothing more");
    }
    play->result->steps++;
    play->result->machines += one->acted ? 0 : 1;
    one->acted = true;
    return compare_row(play, step, one);
}

static void play_all(player *play)
{
    const jk_trail *trail = play->trail;
    play->result->same = true;
    for (size_t i = 0; i < trail->event_count && play->result->same;) {
        told step = {.first = i, .last = i, .actor = trail->events[i].actor};
        while (step.last < trail->event_count &&
               trail->events[step.last].step == trail->events[i].step &&
               trail->events[step.last].kind != JK_EVENT_CYCLE) {
            step.last++;
        }
        bool mine = play->instances[step.actor].role != NULL && trail->events[i].step > 0;
        if (mine && step.last > i) {
            (void)play_step(play, &step);
        }
        i = step.last > i ? step.last : i + 1;
    }
}

static void find_roles(player *play)
{
    const jk_trail *trail = play->trail;
    for (size_t i = 1; i < trail->actor_count; i++) {
        const jk_actor *actor = &trail->actors[i];
        for (size_t j = 0; actor->role && j < play->protocol->role_count; j++) {
            const jk_replay_role *role = &play->protocol->roles[j];
            if (strcmp(role->name, actor->name) == 0 && !actor->stand_in) {
                play->instances[i].role = role;
                (void)snprintf(play->instances[i].state, sizeof play->instances[i].state, "%s",
                               play->protocol->state(role, play->instances[i].row.bytes));
            }
        }
        play->result->stand_ins += actor->stand_in && actor->acts ? 1 : 0;
    }
}

static const jk_replay_protocol *protocol_of(const jk_trail *trail)
{
    static const jk_replay_protocol *const all[] = {&jk_replay_movein, &jk_replay_reconcile,
                                                    &jk_replay_transport};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, trail->about.protocol) == 0) {
            return all[i];
        }
    }
    return NULL;
}

/* A trail in which no role takes a message names no fields. */
static bool same_fields(const jk_trail *trail, const jk_replay_protocol *protocol)
{
    size_t count = 0;
    for (; protocol->fields[count] != NULL; count++) {
        if (trail->field_count > 0 &&
            (count >= trail->field_count ||
             strcmp(trail->fields[count], protocol->fields[count]) != 0)) {
            return false;
        }
    }
    return trail->field_count == 0 || trail->field_count == count;
}

jk_status jk_trail_replay(const jk_trail *trail, jk_replay_result *result, jk_fault *fault)
{
    jk_replay_result fresh = {.same = false};
    player play = {.trail = trail, .protocol = protocol_of(trail), .result = &fresh};
    if (play.protocol == NULL || !same_fields(trail, play.protocol)) {
        fault->status = JK_E_CONFIG;
        (void)snprintf(fault->text, sizeof fault->text,
                       play.protocol == NULL ? "no machines are generated for this protocol"
                                             : "its messages have other fields than the machines'");
        return JK_E_CONFIG;
    }
    jk_status status = jk_chart_lay_out(trail, &play.chart, fault);
    if (status != JK_OK) {
        return status;
    }
    play.instances = calloc(JK_TRAIL_ACTORS, sizeof *play.instances);
    if (play.instances == NULL) {
        fault->status = JK_E_MEMORY;
        status = JK_E_MEMORY;
    } else {
        find_roles(&play);
        play_all(&play);
        *result = fresh;
    }
    free(play.instances);
    jk_chart_close(&play.chart);
    return status;
}

void jk_replay_print(const jk_replay_result *result, FILE *out)
{
    if (!result->same) {
        (void)fprintf(out, "replayed: differs in %s\n", result->difference);
        return;
    }
    (void)fprintf(out, "replayed: %zu steps of %zu machines, all as in the trail", result->steps,
                  result->machines);
    if (result->cut > 0) {
        (void)fprintf(out, "; %zu messages on links that this model leaves out", result->cut);
    }
    if (result->stand_ins > 0) {
        (void)fprintf(out, "; %zu processes stand in for a role and were not replayed",
                      result->stand_ins);
    }
    if (result->unfinished > 0) {
        (void)fprintf(out, "; the trail ends within a step, which was not compared");
    }
    (void)fprintf(out, "\n");
}
