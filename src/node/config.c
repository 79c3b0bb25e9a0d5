/* SPDX-License-Identifier: Apache-2.0 */
/* From a YAML file to a config.  First every key's place and form, then libcyaml into a struct,
 * then what the values mean; what is wrong is told where it stands. */
#include "node/config.h"

#include "adapter/uv/stream.h"
#include "channel/certificate.h"
#include "juki/municipality.h"
#include "juki/registry.h"
#include "node/keyfile.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERIFY_DUE_MS = 30000,
    CERT_DUE_MS = 60000,
    DAY_MS =
        86400000, /* what is asked of people: an answer to a notice, to a grant, of the cards */
    RESEND_MS = 1000,
    DIAL_MAX_MS = 2000,
    ROUND_DUE_MS = 600000,
    CHECK_DUE_MS = 300000,
    DURATION_MAX_MS = DAY_MS,
    PERIOD_MAX_MS = 7 * DAY_MS, /* of what comes again and again */
    DATE_SIZE = 10              /* YYYY-MM-DD */
};

/* The file as it stands; an empty text or a zero is what was left out. */
typedef struct raw_node {
    char role[JK_CONFIG_TEXT_MAX];
    char code[JK_CONFIG_TEXT_MAX];
    uint32_t unit;
} raw_node;

typedef struct raw_timers {
    uint32_t verify_due_ms;
    uint32_t cert_due_ms;
    uint32_t notice_due_ms;
    uint32_t card_due_ms;
    uint32_t status_due_ms;
    uint32_t resend_ms;
} raw_timers;

typedef struct raw_deadlines {
    uint32_t preamble_ms;
    uint32_t handshake_ms;
    uint32_t record_ms;
    uint32_t message_ms;
} raw_deadlines;

typedef struct raw_reconcile {
    uint32_t every_ms;
    uint32_t round_due_ms;
    uint32_t check_due_ms;
    uint32_t scrub_ms;
} raw_reconcile;

typedef struct raw_config {
    raw_node node;
    raw_timers timers;
    raw_deadlines deadlines;
    raw_reconcile reconcile;
    char store[JK_CONFIG_TEXT_MAX];
    char keys[JK_CONFIG_TEXT_MAX];
    char directory[JK_CONFIG_TEXT_MAX];
    char listen[JK_CONFIG_TEXT_MAX];
    char socket[JK_CONFIG_TEXT_MAX];
    char log[JK_CONFIG_TEXT_MAX];
    char population[JK_CONFIG_TEXT_MAX];
    char history[JK_CONFIG_TEXT_MAX];
    char history_key[JK_CONFIG_TEXT_MAX];
    char today[JK_CONFIG_TEXT_MAX];
    char clerk[JK_CONFIG_TEXT_MAX];
    uint32_t dial_max_ms;
} raw_config;

static const cyaml_schema_field_t node_fields[] = {
    CYAML_FIELD_STRING("role", CYAML_FLAG_DEFAULT, raw_node, role, 1),
    CYAML_FIELD_STRING("code", CYAML_FLAG_DEFAULT, raw_node, code, 1),
    CYAML_FIELD_UINT("unit", CYAML_FLAG_OPTIONAL, raw_node, unit),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t timer_fields[] = {
    CYAML_FIELD_UINT("verify_due_ms", CYAML_FLAG_OPTIONAL, raw_timers, verify_due_ms),
    CYAML_FIELD_UINT("cert_due_ms", CYAML_FLAG_OPTIONAL, raw_timers, cert_due_ms),
    CYAML_FIELD_UINT("notice_due_ms", CYAML_FLAG_OPTIONAL, raw_timers, notice_due_ms),
    CYAML_FIELD_UINT("card_due_ms", CYAML_FLAG_OPTIONAL, raw_timers, card_due_ms),
    CYAML_FIELD_UINT("status_due_ms", CYAML_FLAG_OPTIONAL, raw_timers, status_due_ms),
    CYAML_FIELD_UINT("resend_ms", CYAML_FLAG_OPTIONAL, raw_timers, resend_ms),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t deadline_fields[] = {
    CYAML_FIELD_UINT("preamble_ms", CYAML_FLAG_OPTIONAL, raw_deadlines, preamble_ms),
    CYAML_FIELD_UINT("handshake_ms", CYAML_FLAG_OPTIONAL, raw_deadlines, handshake_ms),
    CYAML_FIELD_UINT("record_ms", CYAML_FLAG_OPTIONAL, raw_deadlines, record_ms),
    CYAML_FIELD_UINT("message_ms", CYAML_FLAG_OPTIONAL, raw_deadlines, message_ms),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t reconcile_fields[] = {
    CYAML_FIELD_UINT("every_ms", CYAML_FLAG_OPTIONAL, raw_reconcile, every_ms),
    CYAML_FIELD_UINT("round_due_ms", CYAML_FLAG_OPTIONAL, raw_reconcile, round_due_ms),
    CYAML_FIELD_UINT("check_due_ms", CYAML_FLAG_OPTIONAL, raw_reconcile, check_due_ms),
    CYAML_FIELD_UINT("scrub_ms", CYAML_FLAG_OPTIONAL, raw_reconcile, scrub_ms),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_MAPPING("node", CYAML_FLAG_DEFAULT, raw_config, node, node_fields),
    CYAML_FIELD_MAPPING("timers", CYAML_FLAG_OPTIONAL, raw_config, timers, timer_fields),
    CYAML_FIELD_MAPPING("deadlines", CYAML_FLAG_OPTIONAL, raw_config, deadlines, deadline_fields),
    CYAML_FIELD_MAPPING("reconcile", CYAML_FLAG_OPTIONAL, raw_config, reconcile, reconcile_fields),
    CYAML_FIELD_STRING("store", CYAML_FLAG_DEFAULT, raw_config, store, 1),
    CYAML_FIELD_STRING("keys", CYAML_FLAG_DEFAULT, raw_config, keys, 1),
    CYAML_FIELD_STRING("directory", CYAML_FLAG_DEFAULT, raw_config, directory, 1),
    CYAML_FIELD_STRING("listen", CYAML_FLAG_OPTIONAL, raw_config, listen, 1),
    CYAML_FIELD_STRING("socket", CYAML_FLAG_DEFAULT, raw_config, socket, 1),
    CYAML_FIELD_STRING("log", CYAML_FLAG_OPTIONAL, raw_config, log, 1),
    CYAML_FIELD_STRING("population", CYAML_FLAG_OPTIONAL, raw_config, population, 1),
    CYAML_FIELD_STRING("history", CYAML_FLAG_OPTIONAL, raw_config, history, 1),
    CYAML_FIELD_STRING("history_key", CYAML_FLAG_OPTIONAL, raw_config, history_key, 1),
    CYAML_FIELD_STRING("today", CYAML_FLAG_OPTIONAL, raw_config, today, 1),
    CYAML_FIELD_STRING("clerk", CYAML_FLAG_OPTIONAL, raw_config, clerk, 1),
    CYAML_FIELD_UINT("dial_max_ms", CYAML_FLAG_OPTIONAL, raw_config, dial_max_ms),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, raw_config, fields),
};

/* What is being read, and whether something was wrong. */
typedef struct reading {
    const jk_config_file *file;
    const raw_config *raw;
    jk_node_config *config;
    bool good;
} reading;

void jk_config_report(const jk_config_file *file, const char *key, const char *text)
{
    jk_config_finding finding = {.line = 1, .column = 1};
    for (size_t i = 0; i < file->place_count; i++) {
        if (strcmp(file->place[i].key, key) == 0) {
            finding.line = file->place[i].line;
            finding.column = file->place[i].column;
        }
    }
    (void)snprintf(finding.text, sizeof finding.text, "%.60s: %.180s", key, text);
    if (file->tell != NULL) {
        file->tell(file->arg, &finding);
    }
}

static void wrong(reading *r, const char *key, const char *text)
{
    jk_config_report(r->file, key, text);
    r->good = false;
}

/* --- values --- */

static void read_identity(reading *r)
{
    jk_node_id *id = &r->config->id;
    id->role = (uint8_t)jk_role_by_name(r->raw->node.role);
    if (id->role == JK_ROLE_NONE) {
        wrong(r, "node.role", "must be cs, registry, terminal, prefecture, national or cards");
        return;
    }
    const char *code = r->raw->node.code;
    if (strlen(code) != sizeof id->code - 1) {
        wrong(r, "node.code", "must be six digits, in quotes");
        return;
    }
    memcpy(id->code, code, sizeof id->code);
    if (r->raw->node.unit > UINT16_MAX) {
        wrong(r, "node.unit", "must be 0 to 65535");
        return;
    }
    id->unit = (uint16_t)r->raw->node.unit;
    if (!jk_node_id_valid(id)) {
        wrong(r, "node.code", "does not suit the role: national and cards have 000000, no other");
        return;
    }
    const bool country = id->role == JK_ROLE_NATIONAL || id->role == JK_ROLE_CARDS;
    if (!country && jk_municipality_code_check(code, strlen(code)) != JK_OK) {
        wrong(r, "node.code", "wrong check digit or unknown prefecture");
    } else if (!country && id->role != JK_ROLE_PREFECTURE && jk_municipality_find(code) == NULL) {
        wrong(r, "node.code", "not in the list of municipalities");
    } else if (id->role == JK_ROLE_PREFECTURE && memcmp(code + 2, "000", 3) != 0) {
        wrong(r, "node.code", "not a prefecture's code");
    }
}

/* value relative to the config file's folder, unless it is absolute. */
static void read_path(reading *r, const char *key, const char *value, char path[JK_NODE_PATH_SIZE])
{
    if (value[0] == '\0') {
        path[0] = '\0';
        return;
    }
    const char *slash = strrchr(r->file->path, '/');
    const size_t folder = slash == NULL ? 0 : (size_t)(slash - r->file->path) + 1;
    const size_t used = value[0] == '/' ? 0 : folder;
    if (used + strlen(value) >= JK_NODE_PATH_SIZE) {
        wrong(r, key, "the path is too long");
        return;
    }
    memcpy(path, r->file->path, used);
    memcpy(path + used, value, strlen(value) + 1);
}

static void read_paths(reading *r)
{
    const raw_config *raw = r->raw;
    jk_node_config *config = r->config;
    read_path(r, "store", raw->store, config->store);
    read_path(r, "keys", raw->keys, config->keys);
    read_path(r, "directory", raw->directory, config->directory);
    read_path(r, "socket", raw->socket, config->socket);
    read_path(r, "population", raw->population, config->population);
    read_path(r, "history", raw->history, config->history);
    read_path(r, "history_key", raw->history_key, config->history_key);
    if ((raw->history[0] == '\0') != (raw->history_key[0] == '\0')) {
        wrong(r, raw->history[0] == '\0' ? "history_key" : "history",
              "history and history_key belong together");
    }
    if (raw->log[0] == '\0' || strcmp(raw->log, "-") == 0) {
        (void)snprintf(config->log, sizeof config->log, "-");
    } else {
        read_path(r, "log", raw->log, config->log);
    }
}

bool jk_day_of_text(const char *text, int64_t *day)
{
    unsigned part[3] = {0};
    static const char form[] = "dddd-dd-dd";
    size_t index = 0;
    if (strlen(text) != DATE_SIZE) {
        return false;
    }
    for (size_t i = 0; i < DATE_SIZE; i++) {
        if (form[i] == '-' ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) {
            return false;
        }
        if (form[i] == '-') {
            index++;
        } else {
            part[index] = part[index] * 10 + (unsigned)(text[i] - '0');
        }
    }
    const jk_date date = {.year = (uint16_t)part[0],
                          .month = (uint8_t)part[1],
                          .day = (uint8_t)part[2],
                          .qualifier = JK_DATE_EXACT};
    return jk_date_check(&date) == JK_OK && jk_date_to_day(&date, day) == JK_OK;
}

static bool is_given(const reading *r, const char *key)
{
    bool given = false;
    for (size_t i = 0; i < r->file->place_count; i++) {
        given = given || strcmp(r->file->place[i].key, key) == 0;
    }
    return given;
}

static void read_duration(reading *r, const char *key, uint32_t value, int64_t standard,
                          int64_t *ms)
{
    const bool given = is_given(r, key);
    *ms = given ? (int64_t)value : standard;
    if (given && (value == 0 || value > DURATION_MAX_MS)) {
        wrong(r, key, "must be 1 to 86400000 (milliseconds)");
    }
}

/* The channel's deadlines; a test shortens them, an operator has no reason to. */
static void read_deadlines(reading *r)
{
    const raw_deadlines *raw = &r->raw->deadlines;
    jk_channel_deadlines *out = &r->config->deadlines;

    const struct {
        const char *key;
        uint32_t given;
        uint32_t standard;
        uint32_t *value;
    } numbers[] = {
        {"deadlines.preamble_ms", raw->preamble_ms, JK_CHANNEL_PREAMBLE_MS, &out->preamble_ms},
        {"deadlines.handshake_ms", raw->handshake_ms, JK_CHANNEL_HANDSHAKE_MS, &out->handshake_ms},
        {"deadlines.record_ms", raw->record_ms, JK_CHANNEL_RECORD_MS, &out->record_ms},
        {"deadlines.message_ms", raw->message_ms, JK_CHANNEL_MESSAGE_MS, &out->message_ms},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        int64_t ms = 0;
        read_duration(r, numbers[i].key, numbers[i].given, numbers[i].standard, &ms);
        *numbers[i].value = (uint32_t)ms;
    }
}

static void read_timers(reading *r)
{
    const raw_timers *raw = &r->raw->timers;
    jk_node_config *out = r->config;
    read_duration(r, "timers.verify_due_ms", raw->verify_due_ms, VERIFY_DUE_MS,
                  &out->verify_due_ms);
    read_duration(r, "timers.cert_due_ms", raw->cert_due_ms, CERT_DUE_MS, &out->cert_due_ms);
    read_duration(r, "timers.notice_due_ms", raw->notice_due_ms, DAY_MS, &out->notice_due_ms);
    read_duration(r, "timers.card_due_ms", raw->card_due_ms, DAY_MS, &out->card_due_ms);
    read_duration(r, "timers.status_due_ms", raw->status_due_ms, DAY_MS, &out->status_due_ms);
    read_duration(r, "timers.resend_ms", raw->resend_ms, RESEND_MS, &out->resend_ms);
    read_duration(r, "dial_max_ms", r->raw->dial_max_ms, DIAL_MAX_MS, &out->dial_max_ms);
}

static void read_period(reading *r, const char *key, uint32_t value, int64_t *ms)
{
    *ms = value;
    if (value > PERIOD_MAX_MS) {
        wrong(r, key, "must be at most 604800000 (milliseconds)");
    }
}

static void read_reconcile(reading *r)
{
    const raw_reconcile *raw = &r->raw->reconcile;
    jk_node_config *out = r->config;
    read_period(r, "reconcile.every_ms", raw->every_ms, &out->reconcile_every_ms);
    if (raw->every_ms > 0 && out->id.role != JK_ROLE_CS) {
        wrong(r, "reconcile.every_ms", "only a cs begins rounds");
    }
    read_duration(r, "reconcile.round_due_ms", raw->round_due_ms, ROUND_DUE_MS, &out->round_due_ms);
    read_duration(r, "reconcile.check_due_ms", raw->check_due_ms, CHECK_DUE_MS, &out->check_due_ms);
    read_period(r, "reconcile.scrub_ms", raw->scrub_ms, &out->scrub_ms);
    if (!is_given(r, "reconcile.scrub_ms")) {
        out->scrub_ms = DAY_MS;
    } else if (raw->scrub_ms == 0) {
        wrong(r, "reconcile.scrub_ms", "must be 1 to 604800000 (milliseconds)");
    }
}

static void read_rest(reading *r)
{
    const raw_config *raw = r->raw;
    jk_node_config *config = r->config;
    struct sockaddr_storage address;
    memcpy(config->listen, raw->listen, sizeof config->listen);
    if (raw->listen[0] != '\0' && jk_uv_address(raw->listen, &address) != JK_OK) {
        wrong(r, "listen", "must be ADDRESS:PORT with a numeric address");
    }
    config->has_today = raw->today[0] != '\0';
    if (config->has_today && !jk_day_of_text(raw->today, &config->today)) {
        wrong(r, "today", "must be a date, YYYY-MM-DD");
    }
    read_timers(r);
    read_deadlines(r);
    read_reconcile(r);
    if (raw->clerk[0] == '\0') {
        return;
    }
    config->clerk_manual = strcmp(raw->clerk, "manual") == 0;
    if (!config->clerk_manual && strcmp(raw->clerk, "automatic") != 0) {
        wrong(r, "clerk", "must be automatic or manual");
    } else if (config->id.role != JK_ROLE_REGISTRY) {
        wrong(r, "clerk", "only a registry has a clerk");
    }
}

/* --- the file --- */

static jk_status interpret(const jk_config_file *file, const char *bytes, size_t size,
                           jk_node_config *config)
{
    const cyaml_config_t options = {
        .log_level = CYAML_LOG_ERROR,
        .mem_fn = cyaml_mem,
        .flags = CYAML_CFG_DEFAULT,
    };
    cyaml_data_t *data = NULL;
    const cyaml_err_t error =
        cyaml_load_data((const uint8_t *)bytes, size, &options, &schema, &data, NULL);
    if (error != CYAML_OK) {
        jk_config_report(file, "file", cyaml_strerror(error));
        return JK_E_CONFIG;
    }
    reading r = {.file = file, .raw = data, .config = config, .good = true};
    read_identity(&r);
    read_paths(&r);
    read_rest(&r);
    (void)cyaml_free(&options, &schema, data, 0);
    return r.good ? JK_OK : JK_E_CONFIG;
}

jk_status jk_config_read(jk_config_file *file, jk_node_config *config)
{
    jk_fault fault = {.status = JK_OK};
    size_t size = 0;
    file->place_count = 0;
    char *bytes = malloc(JK_CONFIG_SIZE_MAX);
    jk_node_config *made = calloc(1, sizeof *made);
    jk_status status = bytes == NULL || made == NULL ? JK_E_MEMORY : JK_OK;
    if (status == JK_OK) {
        status = jk_keyfile_read(file->path, (uint8_t *)bytes, JK_CONFIG_SIZE_MAX, &size, &fault);
        if (status != JK_OK) {
            jk_config_report(file, "file", fault.text);
            status = JK_E_FILE;
        }
    }
    if (status == JK_OK && !jk_config_places(file, bytes, size)) {
        status = JK_E_CONFIG;
    }
    if (status == JK_OK) {
        status = interpret(file, bytes, size, made);
    }
    if (status == JK_OK) {
        *config = *made;
    }
    free(bytes);
    free(made);
    return status;
}
