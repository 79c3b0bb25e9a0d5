/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the operators' socket: one table says which role takes which verb with which members.
 * Requests are refused as strictly as messages: unknown members, other types, other versions. */
#include "node/internal.h"

#include "juki/municipality.h"
#include "juki/refusal.h"
#include "juki/registry.h"

#include <stdio.h>
#include <string.h>

enum {
    PROTOCOL_VERSION = 1,
    KEYS_MAX = 11
};

typedef struct verb {
    const char *name;
    jk_role role; /* JK_ROLE_NONE: any */
    void (*run)(jk_ask *call);
    const char *keys[KEYS_MAX];
} verb;

static const verb verbs[] = {
    {"status", JK_ROLE_NONE, jk_command_status, {NULL}},
    {"show", JK_ROLE_NONE, jk_command_show, {"id"}},
    {"waiting", JK_ROLE_NONE, jk_command_waiting, {NULL}},
    {"move-in",
     JK_ROLE_TERMINAL,
     jk_command_move_in,
     {"origin", "residents", "card_resident", "new_address", "new_postcode", "moved_in_day",
      "filing_day", "card_usable", "pin_verified", "operator"}},
    {"stop", JK_ROLE_TERMINAL, jk_command_stop, {"txn"}},
    {"give-up", JK_ROLE_TERMINAL, jk_command_give_up, {"txn"}},
    {"wait", JK_ROLE_TERMINAL, jk_command_wait, {"txn", "timeout_ms"}},
    {"file-out",
     JK_ROLE_REGISTRY,
     jk_command_file_out,
     {"residents", "destination", "planned_day", "filing_day"}},
    {"cancel-out", JK_ROLE_REGISTRY, jk_command_cancel_out, {"case"}},
    {"enter", JK_ROLE_REGISTRY, jk_command_enter, {"txn"}},
    {"reject", JK_ROLE_REGISTRY, jk_command_reject, {"txn"}},
    {"change",
     JK_ROLE_REGISTRY,
     jk_command_change,
     {"resident", "reason", "change_day", "kana", "address", "postcode"}},
    {"correct-all",
     JK_ROLE_REGISTRY,
     jk_command_correct_all,
     {"file", "reason", "change_day", "count", "by"}},
    {"death", JK_ROLE_REGISTRY, jk_command_death, {"resident", "death_day"}},
    {"recode", JK_ROLE_REGISTRY, jk_command_recode, {"resident", "new_code"}},
    {"retry", JK_ROLE_REGISTRY, jk_command_retry, {"txn"}},
    {"correct", JK_ROLE_REGISTRY, jk_command_correct, {"txn", "new_address", "new_postcode"}},
    {"withdraw", JK_ROLE_REGISTRY, jk_command_withdraw, {"txn"}},
    {"choose", JK_ROLE_CS, jk_command_choose, {"txn", "choice"}},
    {"release", JK_ROLE_CS, jk_command_release, {"case", "by"}},
    {"dispute", JK_ROLE_CS, jk_command_dispute, {"case", "member", "reason"}},
    {"reconcile-start", JK_ROLE_CS, jk_command_reconcile_start, {NULL}},
    {"reconcile-status", JK_ROLE_NONE, jk_command_reconcile_status, {"municipality", "round"}},
    {"reconcile-diff", JK_ROLE_CS, jk_command_reconcile_diff, {"round", "after"}},
    {"reconcile-repair",
     JK_ROLE_CS,
     jk_command_reconcile_repair,
     {"round", "all", "resident", "approve", "after"}},
    {"reconcile-release", JK_ROLE_CS, jk_command_reconcile_release, {"resident", "approve"}},
    {"reconcile-history", JK_ROLE_NONE, jk_command_reconcile_history, {"limit"}},
    {"reconcile-scrub", JK_ROLE_NONE, jk_command_reconcile_scrub, {"municipality"}},
    {"reconcile-clear-alarm",
     JK_ROLE_NONE,
     jk_command_reconcile_clear_alarm,
     {"approve", "municipality"}},
    {"layer-digests",
     JK_ROLE_NONE,
     jk_command_layer_digests,
     {"key", "after", "limit", "residents"}},
    {"layer-record", JK_ROLE_NONE, jk_command_layer_record, {"resident"}},
};

void jk_answer_words(json_t *answer, unsigned number)
{
    const jk_refusal *refusal = jk_refusal_of(number);
    if (answer == NULL || refusal == NULL) {
        return;
    }
    json_t *words =
        json_pack("{s:i, s:s, s:b, s:s, s:s, s:s}", "number", (int)refusal->number, "class",
                  jk_refusal_class_name(refusal), "retry", refusal->retry ? 1 : 0, "text_ja",
                  refusal->text_ja, "hint_en", refusal->hint_en, "hint_ja", refusal->hint_ja);
    (void)json_object_update(answer, words);
    json_decref(words);
}

json_t *jk_answer_refused(jk_status status, const char *text)
{
    json_t *answer = json_pack("{s:i, s:b, s:s, s:s}", "v", PROTOCOL_VERSION, "ok", 0, "status",
                               jk_status_name(status), "text", text);
    jk_answer_words(answer, (unsigned)status);
    return answer;
}

void jk_ask_refuse(jk_ask *call, jk_status status, const char *text)
{
    if (call->answer == NULL) {
        call->answer = jk_answer_refused(status, text);
    }
}

void jk_ask_refuse_command(jk_ask *call, const jk_command *command, jk_status status)
{
    jk_store *store = call->node->boot->store;
    jk_machine_row row;
    if (status != JK_E_NOT_NOW) {
        jk_ask_refuse(call, status, jk_node_reason(call->node, status));
    } else if (store->ops->machine_get(store, command->machine, &command->key, &row) ==
               JK_E_NOT_FOUND) {
        jk_ask_refuse(call, JK_E_NOT_FOUND, "no transaction or case of that id here");
    } else {
        char text[96];
        (void)snprintf(text, sizeof text, "not possible in state %.48s",
                       jk_machine_state_name(row.machine, row.state));
        jk_ask_refuse(call, JK_E_NOT_NOW, text);
    }
}

void jk_ask_command(jk_ask *call, const jk_command *command)
{
    const jk_status status = jk_node_command(call->node, command);
    if (status != JK_OK) {
        jk_ask_refuse_command(call, command, status);
        return;
    }
    call->stepped = true;
    call->answer = json_pack("{s:i, s:b}", "v", PROTOCOL_VERSION, "ok", 1);
}

void jk_ask_decide(jk_ask *call, const char *key, uint16_t machine, uint16_t input)
{
    jk_command command = {.machine = machine, .input = input};
    if (jk_ask_token(call, key, &command.key)) {
        jk_ask_command(call, &command);
    }
}

static bool key_is_known(const verb *v, const char *key)
{
    if (strcmp(key, "v") == 0 || strcmp(key, "verb") == 0) {
        return true;
    }
    for (size_t i = 0; i < KEYS_MAX && v->keys[i] != NULL; i++) {
        if (strcmp(v->keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static bool keys_are_known(jk_ask *call, const verb *v)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(call->request, key, value)
    {
        if (!key_is_known(v, key)) {
            char text[128];
            const bool harmless = strspn(key, "abcdefghijklmnopqrstuvwxyz_") == strlen(key);
            (void)snprintf(text, sizeof text, "%s takes no member \"%.32s\"", v->name,
                           harmless ? key : "?");
            jk_ask_refuse(call, JK_E_UNKNOWN_FIELD, text);
            return false;
        }
    }
    return true;
}

void jk_command_run(jk_ask *call)
{
    const json_t *version = json_object_get(call->request, "v");
    const char *name = json_string_value(json_object_get(call->request, "verb"));
    if (!json_is_integer(version) || json_integer_value(version) != PROTOCOL_VERSION) {
        jk_ask_refuse(call, JK_E_VERSION, "\"v\" must be 1");
        return;
    }
    for (size_t i = 0; name != NULL && i < sizeof verbs / sizeof verbs[0]; i++) {
        const verb *v = &verbs[i];
        if (strcmp(v->name, name) != 0) {
            continue;
        }
        if (v->role != JK_ROLE_NONE && v->role != (jk_role)call->node->config->id.role) {
            jk_ask_refuse(call, JK_E_ROUTE, "this node has another role");
        } else if (keys_are_known(call, v)) {
            v->run(call);
        }
        return;
    }
    jk_ask_refuse(call, JK_E_KIND, "\"verb\" is none that this node knows");
}

/* --- members of requests --- */

static bool refuse_member(jk_ask *call, jk_status status, const char *key, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof text, "\"%s\" %s", key, what);
    jk_ask_refuse(call, status, text);
    return false;
}

void jk_token_hex(const jk_token *token, char text[33])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof token->byte; i++) {
        text[2 * i] = digits[token->byte[i] >> 4];
        text[2 * i + 1] = digits[token->byte[i] & 15];
    }
    text[32] = '\0';
}

bool jk_token_of_hex(const char *text, jk_token *token)
{
    jk_token read;
    if (strlen(text) != 32 || strspn(text, "0123456789abcdefABCDEF") != 32) {
        return false;
    }
    for (size_t i = 0; i < 32; i++) {
        const char c = text[i];
        const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
        read.byte[i / 2] = (uint8_t)(i % 2 == 0 ? digit << 4 : read.byte[i / 2] | digit);
    }
    *token = read;
    return !jk_token_is_none(&read);
}

bool jk_ask_token(jk_ask *call, const char *key, jk_token *token)
{
    const char *text = json_string_value(json_object_get(call->request, key));
    if (text == NULL) {
        return refuse_member(call, JK_E_MISSING_FIELD, key, "is needed, as a text");
    }
    return jk_token_of_hex(text, token)
               ? true
               : refuse_member(call, JK_E_RANGE, key, "must be 32 hex digits, not all zero");
}

bool jk_ask_day(jk_ask *call, const char *key, bool required, int64_t *day)
{
    const json_t *value = json_object_get(call->request, key);
    if (value == NULL && !required) {
        *day = call->node->clock.port.today(&call->node->clock.port);
        return true;
    }
    const char *text = json_string_value(value);
    if (text == NULL) {
        return refuse_member(call, JK_E_MISSING_FIELD, key, "is needed, as YYYY-MM-DD");
    }
    if (!jk_day_of_text(text, day) || *day <= 0) {
        return refuse_member(call, JK_E_DATE, key, "must be a date since 1970, YYYY-MM-DD");
    }
    return true;
}

bool jk_ask_filing_day(jk_ask *call, int64_t *day)
{
    jk_clock *clock = &call->node->clock.port;
    if (!jk_ask_day(call, "filing_day", false, day)) {
        return false;
    }
    return *day <= clock->today(clock)
               ? true
               : refuse_member(call, JK_E_DATE_FUTURE, "filing_day", "has not come yet");
}

bool jk_ask_municipality(jk_ask *call, const char *key, bool required, char code[7])
{
    if (!jk_ask_text(call, key, 6, code)) {
        return false;
    }
    if (code[0] == '\0') {
        return required ? refuse_member(call, JK_E_MISSING_FIELD, key, "is needed, six digits")
                        : true;
    }
    if (jk_municipality_code_check(code, strlen(code)) != JK_OK) {
        return refuse_member(call, JK_E_MUNICIPALITY_CODE, key, "is no municipality code");
    }
    if (strcmp(code, call->node->config->id.code) == 0) {
        return refuse_member(call, JK_E_SAME_MUNICIPALITY, key, "is this municipality");
    }
    if (jk_municipality_find(code) == NULL) {
        return refuse_member(call, JK_E_MUNICIPALITY_UNKNOWN, key, "is no municipality's code");
    }
    return true;
}

/* "" when it is not there. */
bool jk_ask_text(jk_ask *call, const char *key, size_t size_max, char *text)
{
    const json_t *value = json_object_get(call->request, key);
    const size_t size = json_string_length(value);
    if (value == NULL) {
        text[0] = '\0';
        return true;
    }
    if (!json_is_string(value) || memchr(json_string_value(value), '\0', size) != NULL) {
        return refuse_member(call, JK_E_WIRE, key, "must be a text without NUL");
    }
    if (size > size_max) {
        return refuse_member(call, JK_E_OVERSIZED, key, "is too long");
    }
    memcpy(text, json_string_value(value), size + 1);
    return true;
}

bool jk_ask_operator(jk_ask *call, const char *key, char id[JK_OPERATOR_SIZE])
{
    const json_t *value = json_object_get(call->request, key);
    const char *text = json_string_value(value);
    const size_t size = json_string_length(value);
    if (text == NULL) {
        return refuse_member(call, JK_E_MISSING_FIELD, key, "is needed, an operator's id");
    }
    if (size == 0 || size >= JK_OPERATOR_SIZE ||
        strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") != size) {
        return refuse_member(call, JK_E_NAME, key, "must be 1 to 32 of a-z 0-9 . _ -");
    }
    memcpy(id, text, size + 1);
    return true;
}

bool jk_ask_residents(jk_ask *call, char residents[JK_MEMBERS_MAX][12], size_t *count)
{
    const json_t *list = json_object_get(call->request, "residents");
    const size_t size = json_array_size(list);
    if (!json_is_array(list) || size == 0) {
        return refuse_member(call, JK_E_MISSING_FIELD, "residents",
                             "is needed, a list of resident record codes");
    }
    if (size > JK_MEMBERS_MAX) {
        return refuse_member(call, JK_E_OVERSIZED, "residents",
                             "has more than 16 members: split the household");
    }
    for (size_t i = 0; i < size; i++) {
        const char *code = json_string_value(json_array_get(list, i));
        char what[64];
        const jk_status status =
            code == NULL ? JK_E_RESIDENT_CODE : jk_resident_code_check(code, strlen(code), true);
        (void)snprintf(what, sizeof what, "index %u: %s", (unsigned)i,
                       status == JK_E_RESIDENT_CODE ? "not eleven digits, or all zero"
                                                    : "wrong check digit");
        if (status != JK_OK) {
            return refuse_member(call, status, "residents", what);
        }
        (void)snprintf(what, sizeof what, "index %u: stands twice", (unsigned)i);
        for (size_t other = 0; other < i; other++) {
            if (strcmp(residents[other], code) == 0) {
                return refuse_member(call, JK_E_MEMBERS, "residents", what);
            }
        }
        memcpy(residents[i], code, 12);
    }
    *count = size;
    return true;
}
