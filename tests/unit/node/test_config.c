/* SPDX-License-Identifier: Apache-2.0 */
/* Configs, good and bad: what is told, where, and that nothing is set by a bad one. */
#include "node/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOOD                                                                       \
    "node: {role: cs, code: \"131016\"}\nstore: s.db\nkeys: k\ndirectory: d.bin\n" \
    "socket: s.sock\n"

typedef struct told {
    unsigned count;
    jk_config_finding first;
} told;

static void tell(void *arg, const jk_config_finding *finding)
{
    told *t = arg;
    if (t->count++ == 0) {
        t->first = *finding;
    }
}

static jk_status read_text(const char *text, size_t size, jk_node_config *config, told *t)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/tests/node_config.yaml", JK_BINARY_DIR);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    static jk_config_file read;
    memset(&read, 0, sizeof read);
    memset(t, 0, sizeof *t);
    read.path = path;
    read.tell = tell;
    read.arg = t;
    const jk_status status = jk_config_read(&read, config);
    assert_int_equal(remove(path), 0);
    return status;
}

static void defaults(void **state)
{
    static jk_node_config config;
    told t;
    (void)state;
    assert_int_equal(read_text(GOOD, strlen(GOOD), &config, &t), JK_OK);
    assert_int_equal(t.count, 0);
    assert_int_equal(config.id.role, JK_ROLE_CS);
    assert_string_equal(config.id.code, "131016");
    assert_string_equal(config.log, "-");
    assert_string_equal(config.listen, "");
    assert_false(config.has_today);
    assert_int_equal(config.verify_due_ms, 30000);
    assert_int_equal(config.cert_due_ms, 60000);
    assert_int_equal(config.notice_due_ms, 86400000);
    assert_int_equal(config.card_due_ms, 86400000);
    assert_int_equal(config.status_due_ms, 86400000);
    assert_int_equal(config.resend_ms, 1000);
    assert_int_equal(config.dial_max_ms, 2000);
    assert_int_equal(config.deadlines.preamble_ms, 5000);
    assert_int_equal(config.deadlines.handshake_ms, 10000);
    assert_int_equal(config.deadlines.record_ms, 10000);
    assert_int_equal(config.deadlines.message_ms, 60000);
    assert_int_equal(config.reconcile_every_ms, 0);
    assert_int_equal(config.round_due_ms, 600000);
    assert_int_equal(config.check_due_ms, 300000);
    assert_int_equal(config.scrub_ms, 86400000);
    /* Paths stand in the config's folder. */
    assert_string_equal(config.store + strlen(config.store) - strlen("/tests/s.db"), "/tests/s.db");
}

static void values(void **state)
{
    static const char text[] =
        "node:\n  role: registry\n  code: \"011002\"\n  unit: 7\nstore: /var/s.db\nkeys: k\n"
        "directory: d\nsocket: s\nlisten: '[::1]:7101'\ntoday: 2024-02-29\nclerk: manual\n"
        "timers:\n  resend_ms: 5\n  notice_due_ms: 6\n  card_due_ms: 7\n  status_due_ms: 8\nlog: "
        "l.log\npopulation: p.tsv\ndial_max_ms: 9\n"
        "deadlines: {preamble_ms: 1, handshake_ms: 2, record_ms: 3}\n";
    static jk_node_config config;
    told t;
    (void)state;
    assert_int_equal(read_text(text, strlen(text), &config, &t), JK_OK);
    assert_string_equal(config.id.code, "011002");
    assert_int_equal(config.id.unit, 7);
    assert_string_equal(config.store, "/var/s.db");
    assert_true(config.has_today);
    assert_int_equal(config.today, 19782);
    assert_true(config.clerk_manual);
    assert_int_equal(config.resend_ms, 5);
    assert_int_equal(config.notice_due_ms, 6);
    assert_int_equal(config.card_due_ms, 7);
    assert_int_equal(config.status_due_ms, 8);
    assert_int_equal(config.dial_max_ms, 9);
    assert_int_equal(config.deadlines.preamble_ms, 1);
    assert_int_equal(config.deadlines.handshake_ms, 2);
    assert_int_equal(config.deadlines.record_ms, 3);
    assert_int_equal(config.deadlines.message_ms, 60000);
}

static void rounds(void **state)
{
    static const char text[] =
        GOOD "reconcile: {every_ms: 604800000, round_due_ms: 1, check_due_ms: 86400000, "
             "scrub_ms: 1}\n";
    static const char rarely[] = GOOD "reconcile:\n  every_ms: 0\n  scrub_ms: 604800000\n";
    static jk_node_config config;
    told t;
    (void)state;
    assert_int_equal(read_text(text, strlen(text), &config, &t), JK_OK);
    assert_int_equal(config.reconcile_every_ms, 604800000);
    assert_int_equal(config.round_due_ms, 1);
    assert_int_equal(config.check_due_ms, 86400000);
    assert_int_equal(config.scrub_ms, 1);
    assert_int_equal(read_text(rarely, strlen(rarely), &config, &t), JK_OK);
    assert_int_equal(config.reconcile_every_ms, 0);
    assert_int_equal(config.scrub_ms, 604800000);
}

typedef struct bad {
    const char *text;
    unsigned line;
    unsigned column;
    const char *finding;
} bad;

static const bad bads[] = {
    {"", 1, 1, "node: missing"},
    {"- a\n", 1, 1, "file: must be a mapping"},
    {"hello\n", 1, 1, "file: must be a mapping"},
    {GOOD "store: again\n", 6, 1, "store: stands twice"},
    {GOOD "Listen: 127.0.0.1:1\n", 6, 1, "Listen: unknown key"},
    {GOOD "\"l\\tx\": 1\n", 6, 1, "l?x: unknown key"},
    {GOOD "listen: 127.0.0.1\n", 6, 9, "listen: must be ADDRESS:PORT"},
    {GOOD "listen: 127.0.0.1:0\n", 6, 9, "listen: must be ADDRESS:PORT"},
    {GOOD "listen: 127.0.0.1:65536\n", 6, 9, "listen: must be ADDRESS:PORT"},
    {GOOD "listen: [127.0.0.1, 1]\n", 6, 9, "listen: must be one value"},
    {GOOD "listen:\n", 6, 8, "listen: must have 1 to 255 bytes"},
    {GOOD "dial_max_ms: 010\n", 6, 14, "dial_max_ms: must be a number"},
    {GOOD "dial_max_ms: '10'\n", 6, 14, "dial_max_ms: must be a number"},
    {GOOD "dial_max_ms: -1\n", 6, 14, "dial_max_ms: must be a number"},
    {GOOD "dial_max_ms: 1e3\n", 6, 14, "dial_max_ms: must be a number"},
    {GOOD "dial_max_ms: 86400001\n", 6, 14, "dial_max_ms: must be 1 to"},
    {GOOD "timers: {notice_due_ms: 0}\n", 6, 25, "timers.notice_due_ms: must be 1 to"},
    {GOOD "timers: {card_due_ms: 86400001}\n", 6, 23, "timers.card_due_ms: must be 1 to"},
    {GOOD "timers: {status_due_ms: x}\n", 6, 25, "timers.status_due_ms: must be a number"},
    {GOOD "reconcile: 5\n", 6, 12, "reconcile: must be a mapping"},
    {GOOD "reconcile: {each_ms: 5}\n", 6, 13, "reconcile.each_ms: unknown key"},
    {GOOD "reconcile: {every_ms: 1.5}\n", 6, 23, "reconcile.every_ms: must be a number"},
    {GOOD "reconcile: {every_ms: 604800001}\n", 6, 23, "reconcile.every_ms: must be at most 6"},
    {GOOD "reconcile: {round_due_ms: 0}\n", 6, 27, "reconcile.round_due_ms: must be 1 to 86"},
    {GOOD "reconcile: {check_due_ms: 86400001}\n", 6, 27, "reconcile.check_due_ms: must be 1 to"},
    {GOOD "reconcile: {scrub_ms: 0}\n", 6, 23, "reconcile.scrub_ms: must be 1 to 604800000"},
    {GOOD "reconcile: {scrub_ms: 604800001}\n", 6, 23, "reconcile.scrub_ms: must be at most 6"},
    {"node: {role: national, code: \"000000\"}\nstore: s\nkeys: k\ndirectory: d\nsocket: s\n"
     "reconcile: {every_ms: 1}\n",
     6, 23, "reconcile.every_ms: only a cs begins rounds"},
    {GOOD "today: 2026-4-1\n", 6, 8, "today: must be a date"},
    {GOOD "today: 2026-00-00\n", 6, 8, "today: must be a date"},
    {GOOD "timers: {node: {role: cs}}\n", 6, 10, "timers.node: unknown key"},
    {GOOD "? [a, b]\n: c\n", 6, 3, "key: must be one value"},
    {GOOD "log: &x a\npopulation: *x\n", 7, 13, "alias: aliases are not used"},
    {GOOD "---\nnode: 1\n", 6, 1, "file: only one document"},
    {GOOD "log: \"a\n", 7, 1, "YAML: "},
    {"node: {role: national, code: \"131016\"}\nstore: s\nkeys: k\ndirectory: d\nsocket: s\n", 1,
     30, "node.code: does not suit the role"},
    {"node: {role: cs, code: \"000000\"}\nstore: s\nkeys: k\ndirectory: d\nsocket: s\n", 1, 24,
     "node.code: does not suit the role"},
    {"node: {role: cs, code: 13101}\nstore: s\nkeys: k\ndirectory: d\nsocket: s\n", 1, 24,
     "node.code: must be six digits"},
    {"node: {role: cs, code: \"131016\", unit: 65536}\nstore: s\nkeys: k\ndirectory: d\nsocket: "
     "s\n",
     1, 40, "node.unit: must be 0 to 65535"},
};

static void bad_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        static jk_node_config config;
        told t;
        memset(&config, 0x5a, sizeof config);
        const jk_status status = read_text(bads[i].text, strlen(bads[i].text), &config, &t);
        if (status != JK_E_CONFIG || t.count == 0 ||
            strncmp(t.first.text, bads[i].finding, strlen(bads[i].finding)) != 0 ||
            t.first.line != bads[i].line || t.first.column != bads[i].column) {
            print_error("%s\nstatus %d, told %u:%u: %s\n", bads[i].text, (int)status, t.first.line,
                        t.first.column, t.first.text);
            fail();
        }
        const unsigned char *bytes = (const unsigned char *)&config;
        for (size_t at = 0; at < sizeof config; at++) {
            assert_int_equal(bytes[at], 0x5a); /* unchanged */
        }
    }
}

/* Every prefix of a good config, and every byte of it broken: refused or read, never worse. */
static void broken_bytes(void **state)
{
    static jk_node_config config;
    static char text[sizeof GOOD];
    told t;
    (void)state;
    for (size_t size = 0; size + 1 < sizeof GOOD; size++) {
        memcpy(text, GOOD, sizeof text);
        text[size] = (char)0xff;
        assert_int_not_equal(read_text(text, sizeof GOOD - 1, &config, &t), JK_OK);
        assert_true(t.count > 0);
        (void)!read_text(GOOD, size, &config, &t);
    }
}

static void too_long(void **state)
{
    static jk_node_config config;
    told t;
    (void)state;
    char *text = malloc(JK_CONFIG_SIZE_MAX + 1);
    assert_non_null(text);
    memset(text, '#', JK_CONFIG_SIZE_MAX + 1);
    assert_int_equal(read_text(text, JK_CONFIG_SIZE_MAX + 1, &config, &t), JK_E_FILE);
    assert_int_equal(t.count, 1);
    free(text);
}

static void days(void **state)
{
    int64_t day = 77;
    (void)state;
    assert_true(jk_day_of_text("1970-01-01", &day));
    assert_int_equal(day, 0);
    assert_true(jk_day_of_text("2026-04-01", &day));
    assert_int_equal(day, 20544);
    static const char *const wrong[] = {"",           "2026-04-1",  "2026-04-011", "2026/04/01",
                                        "2026-02-29", "2026-13-01", "2o26-04-01",  "1867-01-01"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(jk_day_of_text(wrong[i], &day));
    }
    assert_int_equal(day, 20544);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults), cmocka_unit_test(values),       cmocka_unit_test(rounds),
        cmocka_unit_test(bad_ones), cmocka_unit_test(broken_bytes), cmocka_unit_test(too_long),
        cmocka_unit_test(days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
