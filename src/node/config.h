/* SPDX-License-Identifier: Apache-2.0 */
/* A node's configuration: a YAML file, read strictly.  README.md beside this file is the reference.
 * What is wrong is told with line and column; nothing is guessed. */
#ifndef JUKI_NODE_CONFIG_H
#define JUKI_NODE_CONFIG_H

#include "channel/channel.h"
#include "juki/status.h"
#include "juki/types.h"
#include "node/limits.h"

#define JK_CONFIG_TEXT_MAX   256
#define JK_CONFIG_SIZE_MAX   65536 /* bytes of a config file */
#define JK_CONFIG_PLACES_MAX 64    /* keys of a config file */

/* Paths are absolute or relative to the working directory: the config file's folder is in front. */
typedef struct jk_node_config {
    jk_node_id id;
    char store[JK_NODE_PATH_SIZE];
    char keys[JK_NODE_PATH_SIZE];
    char directory[JK_NODE_PATH_SIZE];
    char socket[JK_NODE_PATH_SIZE];
    char log[JK_NODE_PATH_SIZE];        /* "-": standard error */
    char population[JK_NODE_PATH_SIZE]; /* "" none */
    char history[JK_NODE_PATH_SIZE];    /* "" none */
    char history_key[JK_NODE_PATH_SIZE];
    char listen[JK_CONFIG_TEXT_MAX]; /* "" none: this node only dials */
    bool has_today;
    int64_t today; /* days since 1970-01-01 */
    int64_t verify_due_ms;
    int64_t cert_due_ms;
    int64_t notice_due_ms;
    int64_t card_due_ms;
    int64_t status_due_ms;
    int64_t resend_ms;
    int64_t dial_max_ms;
    jk_channel_deadlines deadlines;
    int64_t reconcile_every_ms; /* 0: only by command */
    int64_t round_due_ms;
    int64_t check_due_ms;
    int64_t scrub_ms; /* in it every row is read once */
    bool clerk_manual;
} jk_node_config;

/* Where a key stands in the file; line and column from 1. */
typedef struct jk_config_place {
    char key[64]; /* "node.role" */
    unsigned line;
    unsigned column;
} jk_config_place;

/* One thing that is wrong.  text holds no personal data. */
typedef struct jk_config_finding {
    unsigned line;
    unsigned column;
    char text[JK_CONFIG_TEXT_MAX];
} jk_config_finding;

typedef void jk_config_tell(void *arg, const jk_config_finding *finding);

typedef struct jk_config_file {
    const char *path;
    jk_config_tell *tell; /* may be NULL */
    void *arg;
    size_t place_count; /* filled by jk_config_read */
    jk_config_place place[JK_CONFIG_PLACES_MAX];
} jk_config_file;

/* Reads and judges the file alone.  JK_E_CONFIG after at least one finding was told; JK_E_FILE when
 * it cannot be read (told too, at 1:1); JK_E_MEMORY. */
JK_MUST_USE jk_status jk_config_read(jk_config_file *file, jk_node_config *config);

/* Tells a finding at a key's place; at 1:1 if the key does not stand in the file. */
void jk_config_report(const jk_config_file *file, const char *key, const char *text);

/* YYYY-MM-DD to days since 1970-01-01; false for anything else. */
bool jk_day_of_text(const char *text, int64_t *day);

/* --- config_place.c --- */

/* Finds every key with a libyaml event pass; tells syntax errors, unknown and repeated keys, and
 * values of another form than the key wants.  Returns false after a finding. */
JK_MUST_USE bool jk_config_places(jk_config_file *file, const char *bytes, size_t size);

/* The keys that exist: form of the value, whether it must be there. */
typedef enum jk_config_form {
    JK_CONFIG_MAP,
    JK_CONFIG_TEXT,
    JK_CONFIG_NUMBER
} jk_config_form;

typedef struct jk_config_key {
    const char *name; /* "timers.resend_ms" */
    jk_config_form form;
    bool required;
} jk_config_key;

extern const jk_config_key jk_config_keys[];
extern const size_t jk_config_key_count;

#endif
