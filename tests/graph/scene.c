/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the model as real values, and inputs as messages and commands. */
#include "scene.h"

#include "juki/registry.h"
#include "movein.h"
#include "movein_names.h"
#include "step/roles.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_MAX = 255,
    KINDS_MAX = 1023
};

static const struct {
    const char *role;
    uint16_t machine;
    uint8_t node;
    const char *code;
    const jk_envelope_machine_names *names;
} roles[] = {
    {"terminal", JK_MACHINE_TERMINAL, JK_ROLE_TERMINAL, "131016", &jk_movein_terminal_names},
    {"dest_cs", JK_MACHINE_DEST_CS, JK_ROLE_CS, "131016", &jk_movein_dest_cs_names},
    {"dest_registry", JK_MACHINE_DEST_REGISTRY, JK_ROLE_REGISTRY, "131016",
     &jk_movein_dest_registry_names},
    {"origin_cs", JK_MACHINE_ORIGIN_CS, JK_ROLE_CS, "131016", &jk_movein_origin_cs_names},
    {"origin_registry", JK_MACHINE_ORIGIN_REGISTRY, JK_ROLE_REGISTRY, "131016",
     &jk_movein_origin_registry_names},
    {"prefecture", JK_MACHINE_PREFECTURE, JK_ROLE_PREFECTURE, "130001",
     &jk_movein_prefecture_names},
    {"national", JK_MACHINE_NATIONAL, JK_ROLE_NATIONAL, "000000", &jk_movein_national_names},
    {"identity", JK_MACHINE_IDENTITY, JK_ROLE_NATIONAL, "000000", &jk_movein_identity_names},
    {"cards", JK_MACHINE_CARDS, JK_ROLE_CARDS, "000000", &jk_movein_cards_names},
};

static const char *const prefectures[] = {"", "130001", "140007"};

bool scene_differ(scene *s, unsigned line, const char *format, ...)
{
    va_list list;
    int used = snprintf(s->why, sizeof s->why, "%u: test %u: ", line,
                        s->test == NULL ? 0 : s->test->number);
    va_start(list, format);
    (void)vsnprintf(s->why + used, sizeof s->why - (size_t)used, format, list);
    va_end(list);
    return false;
}

bool scene_open(scene *s, const graph_file *file)
{
    *s = (scene){.file = file};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(file->protocol, "movein") == 0 && strcmp(file->role, roles[i].role) == 0) {
            s->machine = jk_core_machine_by_id(&jk_roles, roles[i].machine);
            s->names = roles[i].names;
            s->self.role = roles[i].node;
            memcpy(s->self.code, roles[i].code, sizeof s->self.code);
            return s->machine != NULL;
        }
    }
    return scene_differ(s, 0, "unknown role \"%s %s\"", file->protocol, file->role);
}

static jk_token token_of(const scene *s, unsigned run, char what, unsigned number)
{
    jk_token token = {{0}};
    token.byte[0] = (uint8_t)what;
    token.byte[1] = (uint8_t)number;
    token.byte[2] = (uint8_t)(s->number >> 8);
    token.byte[3] = (uint8_t)s->number;
    token.byte[4] = (uint8_t)s->machine->id;
    token.byte[5] = (uint8_t)run;
    memset(token.byte + 8, 0x5a, 8);
    return token;
}

void scene_code(scene *s, char code[12])
{
    (void)snprintf(code, 12, "%01u%05u%02u10", s->machine->id % 10U, s->number % 100000U,
                   s->codes % 100U);
    s->codes++;
    code[10] = jk_resident_code_digit(code);
    code[11] = '\0';
}

void scene_begin(scene *s, const graph_test *test, unsigned run)
{
    s->test = test;
    s->number = test->number;
    s->codes = 0;
    s->messages = 0;
    s->granted = 0;
    s->filed = false;
    memset(s->routed, 0, sizeof s->routed);
    s->why[0] = '\0';
    s->case_id = token_of(s, run, 'c', 0);
    s->txn[0] = (jk_token){{0}};
    for (unsigned i = 1; i < SCENE_NUMBERS; i++) {
        s->txn[i] = token_of(s, run, 't', i);
    }
    s->number = run * 10000U + test->number;
    for (int i = 0; i < SCENE_MEMBERS; i++) {
        scene_code(s, s->code[i]);
        s->entered[i] = 1;
        s->got_txn[i] = (jk_token){{0}};
    }
    scene_code(s, s->in_use);
    scene_code(s, s->stranger);
    memcpy(s->next, s->code[0], sizeof s->next);
    const graph_line *line = &s->file->lines[test->first];
    const uint64_t key = line->what == GRAPH_KEY ? strtoull(line->word[0], NULL, 10) : 0;
    switch (s->machine->id) {
    case JK_MACHINE_ORIGIN_CS:
    case JK_MACHINE_ORIGIN_REGISTRY: s->key = s->case_id; break;
    case JK_MACHINE_PREFECTURE:
    case JK_MACHINE_NATIONAL:
    case JK_MACHINE_CARDS: s->key = jk_token_of_resident(s->code[0]); break;
    default: s->key = s->txn[key < SCENE_NUMBERS ? key : 0]; break;
    }
}

/* ---- words ---- */

uint64_t scene_number(const graph_line *line, const char *name)
{
    const char *value = graph_value(line, 0, name);
    return value == NULL ? 0 : strtoull(value, NULL, 10);
}

uint64_t scene_variable(const graph_line *state, const char *name)
{
    const char *value = graph_value(state, 1, name);
    return value == NULL ? 0 : strtoull(value, NULL, 10);
}

const char *scene_hook(const scene_input *input, const char *name)
{
    for (size_t i = 0; i < input->hook_count; i++) {
        if (strcmp(input->hooks[i].word[0], name) == 0) {
            return input->hooks[i].word[1];
        }
    }
    return NULL;
}

static uint16_t find(const char *(*name_of)(uint16_t), const char *name, uint16_t max)
{
    for (uint16_t i = 1; name != NULL && i <= max; i++) {
        if (strcmp(name_of(i), name) == 0) {
            return i;
        }
    }
    return 0;
}

uint16_t scene_reason(const char *name)
{
    return find(jk_movein_reason_name, name, NUMBER_MAX);
}

uint16_t scene_command(const char *name)
{
    return find(jk_movein_command_name, name, NUMBER_MAX);
}

uint16_t scene_timer(const scene *s, const char *name)
{
    return find(s->names->timer, name, NUMBER_MAX);
}

bool scene_next(const scene *s, size_t *at, scene_input *input)
{
    const graph_line *line = &s->file->lines[s->test->first];
    size_t i = *at;
    *input = (scene_input){.line = NULL};
    while (i < s->test->lines && line[i].what == GRAPH_KEY) {
        i++;
    }
    if (i == s->test->lines) {
        return false;
    }
    input->line = &line[i];
    const graph_what what = line[i].what;
    if (what != GRAPH_INPUT && what != GRAPH_EXPIRE && what != GRAPH_REFUSE) {
        input->stray = true;
        return true;
    }
    input->refusal = what == GRAPH_REFUSE;
    input->timer = what == GRAPH_EXPIRE || strcmp(line[i].word[0], "-") == 0;
    input->link = input->timer ? NULL : line[i].word[0];
    input->kind = line[i].word[what == GRAPH_EXPIRE ? 0 : 1];
    input->mask = scene_number(&line[i], "mask");
    i++;
    input->hooks = &line[i];
    for (; !input->refusal && i < s->test->lines && line[i].what == GRAPH_HOOK; i++) {
        input->hook_count++;
    }
    input->actions = &line[i];
    for (; !input->refusal && i < s->test->lines && line[i].what == GRAPH_ACTION; i++) {
        input->action_count++;
    }
    if (!input->refusal && i < s->test->lines && line[i].what == GRAPH_STATE) {
        input->state = &line[i++];
    }
    input->stray = !input->refusal && input->state == NULL;
    *at = i;
    return true;
}

/* ---- the other ends ---- */

/* At national, an author is a CS of the prefecture through which he speaks first. */
static uint64_t prefecture_of(const scene *s, uint64_t author)
{
    for (size_t i = 0; s->test != NULL && i < s->test->lines; i++) {
        const graph_line *line = &s->file->lines[s->test->first + i];
        if (line->what == GRAPH_INPUT && scene_number(line, "author") == author) {
            return scene_number(line, "peer");
        }
    }
    return 1;
}

uint64_t *scene_log_head(const scene *s, uint64_t author)
{
    const bool far = s->machine->id == JK_MACHINE_NATIONAL && prefecture_of(s, author) == 2;
    return &s->log_heads[author % SCENE_PEERS + (far ? SCENE_PEERS : 0)];
}

static jk_node_id cs_of(const scene *s, uint64_t peer)
{
    static const char *const home[] = {"131016", "131016", "131024", "131032"};
    static const char *const other[] = {"131024", "131024", "141003", "131032"};
    static const char *const there[] = {"141003", "141003", "141305", "141500"};
    const uint64_t n = peer < SCENE_PEERS ? peer : 0;
    jk_node_id node = {.role = JK_ROLE_CS};
    const bool far = s->machine->id == JK_MACHINE_NATIONAL && prefecture_of(s, peer) == 2;
    memcpy(node.code, s->self.role == JK_ROLE_CS ? other[n] : far ? there[n] : home[n], 6);
    node.code[5] = jk_municipality_code_digit(node.code);
    return node;
}

static bool word_is(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(at, word, length) == 0;
}

jk_node_id scene_end(const scene *s, const char *link, bool incoming, uint64_t peer)
{
    const char *cut = strstr(link, "_to_");
    const char *word = cut == NULL || incoming ? link : cut + 4;
    const size_t length = cut != NULL && incoming ? (size_t)(cut - link) : strlen(word);
    jk_node_id node = {.role = JK_ROLE_CS};
    memcpy(node.code, s->self.code, sizeof node.code);
    if (word_is(word, length, "terminal")) {
        node.role = JK_ROLE_TERMINAL;
    } else if (word_is(word, length, "registry")) {
        node.role = JK_ROLE_REGISTRY;
    } else if (word_is(word, length, "national") || word_is(word, length, "cards")) {
        node.role = word[0] == 'n' ? JK_ROLE_NATIONAL : JK_ROLE_CARDS;
        memcpy(node.code, "000000", 7);
    } else if (word_is(word, length, "prefecture")) {
        node.role = JK_ROLE_PREFECTURE;
        memcpy(node.code, prefectures[peer == 2 ? 2 : 1], 7);
    } else if (s->self.role != JK_ROLE_TERMINAL && s->self.role != JK_ROLE_REGISTRY) {
        node = cs_of(s, peer);
    }
    return node;
}

size_t scene_neighbours(const scene *s, jk_node_id node[SCENE_PEERS * 2])
{
    static const struct {
        uint8_t role;
        const char *links[SCENE_PEERS * 2];
        uint64_t peer[SCENE_PEERS * 2];
    } all[] = {
        {JK_ROLE_TERMINAL, {"dest_to_terminal"}, {0}},
        {JK_ROLE_REGISTRY, {"dest_to_registry"}, {0}},
        {JK_ROLE_CS,
         {"terminal_to_dest", "registry_to_dest", "national_to_dest", "cards_to_dest",
          "prefecture_to_cs", "dest_to_origin", "dest_to_origin"},
         {0, 0, 0, 0, 0, 1, 2}},
        {JK_ROLE_PREFECTURE,
         {"cs_to_prefecture", "cs_to_prefecture", "cs_to_prefecture", "national_to_prefecture"},
         {1, 2, 3, 0}},
        {JK_ROLE_NATIONAL,
         {"prefecture_to_national", "prefecture_to_national", "dest_to_national",
          "dest_to_national"},
         {1, 2, 1, 2}},
        {JK_ROLE_CARDS, {"dest_to_cards", "dest_to_cards"}, {1, 2}},
    };

    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (size_t k = 0; all[i].role == s->self.role && k < SCENE_PEERS * 2; k++) {
            if (all[i].links[k] != NULL) {
                node[count++] = scene_end(s, all[i].links[k], true, all[i].peer[k]);
            }
        }
    }
    return count;
}

/* ---- inputs ---- */

static bool command_of(scene *s, const scene_input *input, scene_deed *deed)
{
    const uint16_t link = find(jk_movein_link_name, input->link, NUMBER_MAX);
    deed->members = (jk_members)input->mask;
    deed->input = s->machine->machine->input(link, scene_command(input->kind));
    if (input->refusal && deed->members == 0) {
        deed->members = 1;
    }
    return (deed->input != 0 && scene_data(s, input, deed)) ||
           scene_differ(s, input->line->number, "no command %s: %s", input->kind, s->why);
}

/* What a message to be refused says where the line is silent.  A line with fields but without
 * members is of other members than those of the grant. */
static void fill_in(const scene *s, const graph_line *line, jk_envelope *envelope)
{
    const unsigned needs = jk_kind_required(envelope->kind);
    if ((needs & JK_MODEL_MEMBERS) != 0 && envelope->members == 0) {
        envelope->members = line->words > 2 && s->granted == 1 ? 2 : 1;
    }
    if ((needs & JK_MODEL_EPOCH) != 0 && envelope->epoch == 0) {
        envelope->epoch = 1;
    }
    if ((needs & JK_MODEL_REASON) != 0 && envelope->reason == 0) {
        envelope->reason = JK_REASON_NO_MATCH;
    }
    if ((needs & JK_MODEL_TXN) != 0 && jk_token_is_none(&envelope->txn)) {
        const bool by_txn = s->key.byte[0] == 't';
        envelope->txn = by_txn ? s->key : s->txn[1];
    }
}

bool scene_introduction(const scene *s, const scene_input *input, graph_line *line)
{
    static const char *const words[SCENE_NUMBERS][4] = {
        {NULL},
        {"dest_to_origin", "CERT_REQUEST", "txn=1", "peer=1"},
        {"dest_to_origin", "CERT_REQUEST", "txn=2", "peer=2"}};
    const bool asks = input->link != NULL && strcmp(input->link, "dest_to_origin") == 0 &&
                      s->machine->id == JK_MACHINE_ORIGIN_CS && s->filed;
    const uint64_t txn = asks ? scene_number(input->line, "txn") : 0;
    if (txn == 0 || txn >= SCENE_NUMBERS || s->routed[txn]) {
        return false;
    }
    *line = (graph_line){.what = GRAPH_INPUT, .number = input->line->number, .words = 4};
    memcpy(line->word, words[txn], sizeof words[txn]);
    return true;
}

static bool message_of(scene *s, const scene_input *input, scene_deed *deed)
{
    const graph_line *line = input->line;
    const uint64_t txn = scene_number(line, "txn");
    const uint64_t author = scene_number(line, "author");
    jk_envelope *envelope = &deed->envelope;
    deed->peer = scene_end(s, input->link, true, scene_number(line, "peer"));
    *envelope = (jk_envelope){.kind = find(jk_movein_kind_name, input->kind, KINDS_MAX),
                              .reason = scene_reason(graph_value(line, 2, "reason")),
                              .members = (jk_members)input->mask,
                              .epoch = scene_number(line, "epoch"),
                              .txn = s->txn[txn < SCENE_NUMBERS ? txn : 0],
                              .author = deed->peer,
                              .target = s->self};
    if (envelope->kind == 0) {
        return scene_differ(s, line->number, "no kind %s", input->kind);
    }
    if (author != 0) {
        envelope->author = cs_of(s, author);
    }
    if ((jk_kind_required(envelope->kind) & JK_MODEL_CASE) != 0) {
        envelope->case_id = s->case_id;
    }
    if (input->refusal) {
        fill_in(s, line, envelope);
    }
    if (s->filed && envelope->kind == JK_MOVEIN_KIND_CERT_REQUEST) {
        s->routed[txn < SCENE_NUMBERS ? txn : 0] = true;
    }
    s->spoke = deed->peer;
    s->spoke_txn = envelope->txn;
    s->messages++;
    envelope->message_id = s->case_id;
    envelope->message_id.byte[0] = 'm';
    envelope->message_id.byte[6] = (uint8_t)s->messages;
    envelope->message_id.byte[7] = (uint8_t)s->self.role;
    if (!scene_body(s, input, deed)) {
        return false;
    }
    jk_codec_error error = {.rule = ""};
    deed->bytes = (jk_codec_bytes){deed->message, sizeof deed->message, 0};
    const jk_status status = jk_codec_encode_envelope(envelope, &deed->bytes, &error);
    return status == JK_OK || scene_differ(s, line->number, "%s cannot be encoded: %s %s",
                                           input->kind, jk_status_name(status), error.path);
}

bool scene_deed_of(scene *s, const scene_input *input, scene_deed *deed)
{
    deed->data_count = 0;
    deed->bytes.size = 0;
    if (input->timer) {
        deed->input = scene_timer(s, input->kind);
        return deed->input != 0 || scene_differ(s, input->line->number, "no timer %s", input->kind);
    }
    return strncmp(input->link, "desk_", 5) == 0 ? command_of(s, input, deed)
                                                 : message_of(s, input, deed);
}
