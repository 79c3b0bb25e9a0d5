/* SPDX-License-Identifier: Apache-2.0 */
/* `juki keys` and the key files: a root, two nodes and a directory in a temporary folder; modes,
 * damage, and that no secret is ever printed. */
#define _XOPEN_SOURCE 700

#include "fixture.h"

#include "node/keyfile.h"
#include "tool/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/juki-keys-XXXXXX";
static char printed[16384];

/* Runs the verb inside the folder; what it prints to stdout and stderr lands in printed. */
static int keys(const char *const *words)
{
    static char copy[16][256];
    char *argv[17] = {copy[0]};
    int argc = 1;
    (void)snprintf(copy[0], sizeof copy[0], "keys");
    for (; words[argc - 1] != NULL; argc++) {
        (void)snprintf(copy[argc], sizeof copy[argc], "%s", words[argc - 1]);
        argv[argc] = copy[argc];
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    const int kept_out = dup(1);
    const int kept_err = dup(2);
    const int file = open("printed", O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0 && dup2(file, 1) == 1 && dup2(file, 2) == 2);
    const int code = jk_tool_keys(argc, argv);
    (void)fflush(stdout);
    (void)fflush(stderr);
    assert_true(dup2(kept_out, 1) == 1 && dup2(kept_err, 2) == 2);
    (void)close(kept_out);
    (void)close(kept_err);
    const ssize_t size = pread(file, printed, sizeof printed - 1, 0);
    printed[size > 0 ? size : 0] = '\0';
    (void)close(file);
    return code;
}

#define KEYS(...) keys((const char *const[]){__VA_ARGS__, NULL})

static int prepare(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        return -1;
    }
    if (KEYS("init", "--out", "root") != 0 ||
        KEYS("issue", "--root", "root", "--role", "cs", "--code", "131016", "--unit", "2", "--out",
             "cs") != 0) {
        return -1;
    }
    return KEYS("issue", "--root", "root", "--role", "prefecture", "--code", "130001", "--out",
                "prefecture");
}

static int remove_one(const char *path, const struct stat *about, int flag, struct FTW *ftw)
{
    (void)about;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int clean(void **state)
{
    (void)state;
    return chdir("/") == 0 ? nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) : -1;
}

static unsigned mode_of(const char *path)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return about.st_mode & 0777U;
}

static void a_node_loads_and_belongs_together(void **state)
{
    (void)state;
    jk_fault fault;
    jk_keys loaded;
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
    const jk_node_id id = node_id(JK_ROLE_CS, "131016", 2);
    assert_true(jk_node_equal(&loaded.id, &id));
    jk_certificate node;
    jk_certificate channel;
    assert_int_equal(jk_certificate_decode(loaded.node_certificate, &node), JK_OK);
    assert_int_equal(jk_certificate_decode(loaded.channel_certificate, &channel), JK_OK);
    assert_int_equal(node.to_s - node.from_s, 365 * DAY_S);
    assert_int_equal(channel.to_s - channel.from_s, 30 * DAY_S);
    assert_int_equal(jk_keys_check(&loaded, node.from_s), JK_OK);
    assert_int_equal(jk_keys_check(&loaded, node.from_s - 1), JK_E_EXPIRED);
    assert_int_equal(jk_keys_check(&loaded, channel.to_s), JK_E_EXPIRED);
}

static void secret_files_are_private(void **state)
{
    (void)state;
    const char *const secret[] = {"root/root.key", "cs/node.key", "cs/channel.key", "cs/seal.key"};
    jk_fault fault = {.status = JK_OK};
    jk_keys loaded;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(mode_of(secret[i]), 0600);
    }
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(chmod(secret[i], 0640), 0);
        assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_E_CONFIG);
        assert_int_equal(fault.status, JK_E_CONFIG);
        assert_non_null(strstr(fault.text, strchr(secret[i], '/') + 1));
        assert_int_equal(chmod(secret[i], 0600), 0);
    }
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    assert_int_equal(KEYS("init", "--out", "root"), 1);
    assert_non_null(strstr(printed, "E_CONFLICT"));
    assert_int_equal(
        KEYS("issue", "--root", "root", "--role", "cs", "--code", "131016", "--out", "cs"), 1);
    assert_non_null(strstr(printed, "E_CONFLICT"));
}

/* Flips each byte of a file in turn: the loader or the check of the set must refuse. */
static void damage_is_found(const char *path)
{
    jk_fault fault;
    jk_keys loaded;
    uint8_t bytes[JK_CERTIFICATE_SIZE];
    size_t size = 0;
    jk_certificate node;
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
    assert_int_equal(jk_certificate_decode(loaded.node_certificate, &node), JK_OK);
    assert_int_equal(jk_keyfile_read(path, bytes, sizeof bytes, &size, &fault), JK_OK);
    const int file = open(path, O_WRONLY);
    assert_true(file >= 0);
    for (size_t i = 0; i < size; i++) {
        /* Not the bits that X25519 ignores: 0..2 of a scalar's first byte, 6 and 7 of its last. */
        const uint8_t changed = bytes[i] ^ 8;
        assert_int_equal(pwrite(file, &changed, 1, (off_t)i), 1);
        jk_status status = jk_keyfile_load_node("cs", &loaded, &fault);
        if (status == JK_OK) {
            status = jk_keys_check(&loaded, node.from_s + 1);
        }
        if (status == JK_OK) {
            fail_msg("%s: byte %zu changed, not found", path, i);
        }
        assert_int_equal(pwrite(file, &bytes[i], 1, (off_t)i), 1);
    }
    assert_int_equal(ftruncate(file, (off_t)size - 1), 0);
    assert_int_not_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
    assert_int_equal(pwrite(file, bytes, size, 0), (ssize_t)size);
    assert_int_equal(pwrite(file, bytes, 1, (off_t)size), 1);
    assert_int_not_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
    assert_int_equal(ftruncate(file, (off_t)size), 0);
    assert_int_equal(close(file), 0);
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
}

static void every_damaged_byte(void **state)
{
    (void)state;
    damage_is_found("cs/node.key");
    damage_is_found("cs/channel.key");
    damage_is_found("cs/root.pub");
    damage_is_found("cs/node.cert");
    damage_is_found("cs/channel.cert");
}

static void a_mixed_folder_is_refused(void **state)
{
    (void)state;
    jk_fault fault;
    jk_keys loaded;
    assert_int_equal(rename("cs/seal.key", "cs/kept"), 0);
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_E_FILE);
    assert_int_equal(link("cs/channel.key", "cs/seal.key"), 0); /* a key of another kind */
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_E_FILE);
    assert_int_equal(rename("cs/kept", "cs/seal.key"), 0);
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
}

static void assert_not_printed(const uint8_t secret[32])
{
    char hex[65];
    (void)sodium_bin2hex(hex, sizeof hex, secret, 32);
    hex[16] = '\0'; /* not even a part of it */
    assert_null(strstr(printed, hex));
}

static void show_prints_no_secret(void **state)
{
    (void)state;
    jk_fault fault;
    jk_keys loaded;
    assert_int_equal(jk_keyfile_load_node("cs", &loaded, &fault), JK_OK);
    const char *const files[] = {"cs/node.key", "cs/channel.key", "cs/seal.key"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(KEYS("show", files[i]), 0);
        assert_non_null(strstr(printed, "secret=yes, not shown"));
        assert_not_printed(loaded.sign_secret);
        assert_not_printed(loaded.channel.secret);
        assert_not_printed(loaded.seal.secret);
    }
    /* Negative control: the public half is there. */
    char hex[65];
    (void)sodium_bin2hex(hex, sizeof hex, loaded.seal.public_key, 32);
    assert_non_null(strstr(printed, hex));
    assert_int_equal(KEYS("show", "--root", "root", "cs/node.cert"), 0);
    assert_non_null(strstr(printed, "certificate=node\nrole=cs\ncode=131016\nunit=2\n"));
    assert_non_null(strstr(printed, "signature=valid"));
    assert_int_equal(KEYS("show", "cs/channel.cert"), 0);
    assert_non_null(strstr(printed, "certificate=channel"));
    assert_int_equal(KEYS("show", "cs/missing"), 1);
    assert_int_equal(KEYS("show", "printed"), 1);
}

static void a_directory_of_two(void **state)
{
    (void)state;
    assert_int_equal(KEYS("directory", "--root", "root", "--out", "nodes", "--sequence", "7",
                          "prefecture=p.example:4002", "cs=cs.example:4001"),
                     0);
    assert_int_equal(KEYS("show", "--root", "root", "nodes"), 0);
    assert_non_null(strstr(printed, "sequence=7\ncount=2\n"));
    assert_non_null(strstr(printed, "entry=cs:131016:2 address=cs.example:4001"));
    assert_non_null(strstr(printed, "entry=prefecture:130001:0 address=p.example:4002"));
    assert_int_equal(KEYS("show", "nodes"), 2);
    assert_int_equal(KEYS("init", "--out", "root2"), 0);
    assert_int_equal(KEYS("show", "--root", "root2", "nodes"), 1);
    assert_non_null(strstr(printed, "E_CERTIFICATE"));
    /* A directory may be written again; a bad one leaves the old. */
    assert_int_equal(KEYS("directory", "--root", "root", "--out", "nodes", "--sequence", "8",
                          "cs=cs.example:4001"),
                     0);
    assert_int_equal(
        KEYS("directory", "--root", "root", "--out", "nodes", "cs=cs.example:4001", "cs=b:2"), 1);
    assert_int_equal(KEYS("directory", "--root", "root2", "--out", "nodes", "cs=cs.example:1"), 1);
    assert_int_equal(KEYS("directory", "--root", "root", "--out", "nodes", "cs=noport"), 1);
    assert_int_equal(KEYS("directory", "--root", "root", "--out", "nodes", "cs"), 1);
    assert_int_equal(KEYS("show", "--root", "root", "nodes"), 0);
    assert_non_null(strstr(printed, "sequence=8\ncount=1\n"));
}

static void dates_can_be_given(void **state)
{
    (void)state;
    jk_fault fault;
    jk_keys loaded;
    assert_int_equal(KEYS("issue", "--root", "root", "--role", "national", "--code", "000000",
                          "--days", "7", "--not-before", "1750000000", "--out", "national"),
                     0);
    assert_int_equal(jk_keyfile_load_node("national", &loaded, &fault), JK_OK);
    assert_int_equal(jk_keys_check(&loaded, 1750000000), JK_OK);
    assert_int_equal(jk_keys_check(&loaded, 1750000000 + 7 * DAY_S - 1), JK_OK);
    assert_int_equal(jk_keys_check(&loaded, 1750000000 + 7 * DAY_S), JK_E_EXPIRED);
}

static void a_channel_key_is_rotated(void **state)
{
    (void)state;
    jk_fault fault;
    jk_keys before;
    jk_keys after;
    jk_certificate channel;
    assert_int_equal(jk_keyfile_load_node("cs", &before, &fault), JK_OK);
    assert_int_equal(jk_certificate_decode(before.channel_certificate, &channel), JK_OK);
    assert_int_equal(KEYS("rotate", "cs"), 0);
    assert_int_equal(jk_keyfile_load_node("cs", &after, &fault), JK_OK);
    assert_memory_not_equal(before.channel.secret, after.channel.secret, JK_KEY_SIZE);
    assert_memory_equal(before.node_certificate, after.node_certificate, JK_CERTIFICATE_SIZE);
    assert_memory_equal(&before.seal, &after.seal, sizeof before.seal);
    assert_int_equal(jk_keys_check(&after, channel.to_s - DAY_S), JK_OK);
    assert_int_equal(mode_of("cs/channel.key"), 0600);
    assert_int_not_equal(access("cs/channel.key.new", F_OK), 0);
    /* Stopped between the two files: found, and healed by rotating again. */
    jk_keys half = after;
    memcpy(half.channel_certificate, before.channel_certificate, JK_CERTIFICATE_SIZE);
    assert_int_equal(jk_keyfile_save_channel("cs", &half, &fault), JK_OK);
    assert_int_equal(jk_keyfile_load_node("cs", &after, &fault), JK_OK);
    assert_int_equal(jk_keys_check(&after, channel.to_s - DAY_S), JK_E_IDENTITY);
    assert_int_equal(KEYS("rotate", "--days", "31", "cs"), 2);
    assert_int_equal(KEYS("rotate", "--days", "7", "cs"), 0);
    assert_int_equal(jk_keyfile_load_node("cs", &after, &fault), JK_OK);
    assert_int_equal(jk_certificate_decode(after.channel_certificate, &channel), JK_OK);
    assert_int_equal(channel.to_s - channel.from_s, 7 * DAY_S);
    assert_int_equal(jk_keys_check(&after, channel.from_s), JK_OK);
    assert_int_equal(KEYS("rotate", "absent"), 1);
}

static void wrong_usage_is_told(void **state)
{
    (void)state;
    assert_int_equal(KEYS("--help"), 0);
    assert_non_null(strstr(printed, "juki keys directory"));
    assert_int_equal(KEYS("frobnicate"), 2);
    assert_int_equal(KEYS("init"), 2);
    assert_int_equal(KEYS("init", "--what"), 2);
    const char *const bad[][2] = {{"mayor", "131016"},
                                  {"cs", "13101"},
                                  {"cs", "000000"},
                                  {"national", "131016"},
                                  {"cs", "13101x"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(KEYS("issue", "--root", "root", "--role", bad[i][0], "--code", bad[i][1],
                              "--out", "never"),
                         2);
    }
    const char *const numbers[][2] = {
        {"--unit", "65536"}, {"--unit", "-1"}, {"--days", "0"}, {"--days", "367"}, {"--unit", "x"}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_int_equal(KEYS("issue", "--root", "root", "--role", "cs", "--code", "131016",
                              numbers[i][0], numbers[i][1], "--out", "never"),
                         2);
    }
    assert_int_not_equal(access("never", F_OK), 0);
    assert_int_equal(
        KEYS("issue", "--root", "absent", "--role", "cs", "--code", "131016", "--out", "never"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_loads_and_belongs_together),
        cmocka_unit_test(secret_files_are_private),
        cmocka_unit_test(nothing_is_overwritten),
        cmocka_unit_test(every_damaged_byte),
        cmocka_unit_test(a_mixed_folder_is_refused),
        cmocka_unit_test(show_prints_no_secret),
        cmocka_unit_test(a_directory_of_two),
        cmocka_unit_test(dates_can_be_given),
        cmocka_unit_test(a_channel_key_is_rotated),
        cmocka_unit_test(wrong_usage_is_told),
    };
    return cmocka_run_group_tests_name("channel/keys", tests, prepare, clean);
}
