/* SPDX-License-Identifier: Apache-2.0 */
/* The signed directory: round trip, look-up, and everything that must not open. */
#include "fixture.h"

#include "channel/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COUNT = 5
};

static test_root root;
static jk_directory_entry entries[COUNT];
static uint8_t
    file[JK_DIRECTORY_HEADER_SIZE + (COUNT + 1) * JK_DIRECTORY_ENTRY_SIZE + JK_SIGNATURE_SIZE];
static const jk_directory header = {.count = COUNT, .sequence = 42, .issued_s = NOW_S};

static void entry_make(jk_role role, const char *code, uint16_t unit, jk_directory_entry *entry)
{
    jk_keys keys;
    node_make(&root, role, code, unit, &keys);
    memset(entry, 0, sizeof *entry);
    memcpy(entry->node_certificate, keys.node_certificate, JK_CERTIFICATE_SIZE);
    memcpy(entry->prekey, keys.seal.public_key, JK_KEY_SIZE);
    (void)snprintf(entry->address, sizeof entry->address, "node-%s.example:%u", code,
                   (unsigned)(4000 + unit));
}

static int prepare(void **state)
{
    (void)state;
    root_make(&root, 1);
    entry_make(JK_ROLE_CS, "131016", 0, &entries[0]);
    entry_make(JK_ROLE_CS, "131016", 1, &entries[1]);
    entry_make(JK_ROLE_CS, "271004", 0, &entries[2]);
    entry_make(JK_ROLE_PREFECTURE, "130001", 0, &entries[3]);
    entry_make(JK_ROLE_NATIONAL, "000000", 0, &entries[4]);
    return 0;
}

static void build(void)
{
    assert_int_equal(jk_directory_build(&header, entries, root.secret, file, sizeof file), JK_OK);
}

static jk_status open_file(size_t size)
{
    jk_directory directory = {.sequence = 77};
    const jk_status status = jk_directory_open((jk_span){file, size}, root.public_key, &directory);
    assert_true(status == JK_OK || directory.sequence == 77);
    return status;
}

static void round_trip_and_look_up(void **state)
{
    (void)state;
    build();
    jk_directory d;
    jk_directory_entry entry = {.address = "x"};
    assert_int_equal(
        jk_directory_open((jk_span){file, jk_directory_size(COUNT)}, root.public_key, &d), JK_OK);
    assert_int_equal(d.count, COUNT);
    assert_int_equal(d.sequence, 42);
    assert_int_equal(d.issued_s, NOW_S);
    for (size_t i = 0; i < COUNT; i++) {
        jk_certificate node;
        assert_int_equal(jk_certificate_decode(entries[i].node_certificate, &node), JK_OK);
        assert_int_equal(jk_directory_find(&d, &node.id, &entry), JK_OK);
        assert_string_equal(entry.address, entries[i].address);
        assert_memory_equal(entry.prekey, entries[i].prekey, JK_KEY_SIZE);
        assert_true(jk_node_equal(&entry.node.id, &node.id));
        assert_int_equal(jk_directory_at(&d, i, &entry), JK_OK);
        assert_true(jk_node_equal(&entry.node.id, &node.id));
    }
    const jk_node_id absent[] = {
        node_id(JK_ROLE_CS, "011002", 0),
        node_id(JK_ROLE_CS, "131016", 2),
        node_id(JK_ROLE_REGISTRY, "131016", 0),
        node_id(JK_ROLE_CARDS, "000000", 0),
    };
    const jk_directory_entry before = entry;
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        assert_int_equal(jk_directory_find(&d, &absent[i], &entry), JK_E_NOT_FOUND);
    }
    assert_int_equal(jk_directory_at(&d, COUNT, &entry), JK_E_NOT_FOUND);
    assert_memory_equal(&before, &entry, sizeof before);
}

static void an_empty_directory(void **state)
{
    (void)state;
    const jk_directory none = {.sequence = 1};
    jk_directory d;
    jk_directory_entry entry;
    assert_int_equal(jk_directory_build(&none, NULL, root.secret, file, sizeof file), JK_OK);
    assert_int_equal(jk_directory_open((jk_span){file, jk_directory_size(0)}, root.public_key, &d),
                     JK_OK);
    const jk_node_id id = node_id(JK_ROLE_CS, "131016", 0);
    assert_int_equal(jk_directory_find(&d, &id, &entry), JK_E_NOT_FOUND);
}

static void every_changed_byte(void **state)
{
    (void)state;
    build();
    for (size_t i = 0; i < jk_directory_size(COUNT); i++) {
        file[i] ^= 0x10;
        assert_int_not_equal(open_file(jk_directory_size(COUNT)), JK_OK);
        file[i] ^= 0x10;
    }
    assert_int_equal(open_file(jk_directory_size(COUNT)), JK_OK);
    test_root other;
    root_make(&other, 2);
    jk_directory d;
    assert_int_equal(
        jk_directory_open((jk_span){file, jk_directory_size(COUNT)}, other.public_key, &d),
        JK_E_CERTIFICATE);
}

static void every_wrong_size(void **state)
{
    (void)state;
    build();
    for (size_t size = 0; size < jk_directory_size(COUNT); size++) {
        assert_int_equal(open_file(size), JK_E_TRUNCATED);
    }
    assert_int_equal(open_file(jk_directory_size(COUNT) + 1), JK_E_OVERSIZED);
    put_u32(file + 8, JK_DIRECTORY_ENTRIES_MAX + 1);
    assert_int_equal(open_file(jk_directory_size(COUNT)), JK_E_OVERSIZED);
    put_u32(file + 8, UINT32_MAX);
    assert_int_equal(open_file(jk_directory_size(COUNT)), JK_E_OVERSIZED);
}

/* Signs the file again after a change: form is checked behind the signature too. */
static jk_status open_resigned(void)
{
    const size_t size = jk_directory_size(COUNT) - JK_SIGNATURE_SIZE;
    jk_sign(JK_LABEL_DIRECTORY, (jk_span){file, size}, root.secret, file + size);
    return open_file(jk_directory_size(COUNT));
}

static void signed_but_malformed(void **state)
{
    (void)state;
    uint8_t *first = file + JK_DIRECTORY_HEADER_SIZE;
    uint8_t *second = first + JK_DIRECTORY_ENTRY_SIZE;
    build();
    assert_int_equal(open_resigned(), JK_OK); /* negative control */
    memcpy(second, first, JK_DIRECTORY_ENTRY_SIZE);
    assert_int_equal(open_resigned(), JK_E_WIRE); /* twice the same node */
    build();
    first[JK_CERTIFICATE_SIZE + JK_KEY_SIZE + 63] = 'x';
    assert_int_equal(open_resigned(), JK_E_CERTIFICATE); /* bytes behind the address's end */
    build();
    memset(first + JK_CERTIFICATE_SIZE, 0, JK_KEY_SIZE);
    assert_int_equal(open_resigned(), JK_E_CERTIFICATE); /* no prekey */
    build();
    first[1] = JK_CERTIFICATE_CHANNEL;
    assert_int_equal(open_resigned(), JK_E_CERTIFICATE);
    build();
    file[4] = 2;
    assert_int_equal(open_resigned(), JK_E_VERSION);
    build();
    file[31] = 1;
    assert_int_equal(open_resigned(), JK_E_WIRE);
}

static void addresses(void **state)
{
    (void)state;

    const struct {
        const char *text;
        jk_status status;
    } cases[] = {
        {"a:1", JK_OK},
        {"[2001:db8::1]:65535", JK_OK},
        {"123456789012345678901234567890123456789012345678901234567.jp:99", JK_OK}, /* 63 */
        {"1234567890123456789012345678901234567890123456789012345678.jp:99", JK_E_USAGE},
        {"", JK_E_USAGE},
        {"host", JK_E_USAGE},
        {":80", JK_E_USAGE},
        {"host:", JK_E_USAGE},
        {"host:0", JK_E_USAGE},
        {"host:080", JK_E_USAGE},
        {"host:65536", JK_E_USAGE},
        {"host:99999999999", JK_E_USAGE},
        {"host:8x", JK_E_USAGE},
        {"ho st:80", JK_E_USAGE},
        {"h\xc3\xb6st:80", JK_E_USAGE},
    };

    const jk_directory one = {.count = 1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jk_directory_entry entry = entries[0];
        memset(entry.address, 0, sizeof entry.address);
        const size_t size = strlen(cases[i].text);
        memcpy(entry.address, cases[i].text, size < 64 ? size : 64);
        const jk_status status = jk_directory_build(&one, &entry, root.secret, file, sizeof file);
        if (status != cases[i].status) {
            fail_msg("'%s': %s", cases[i].text, jk_status_name(status));
        }
    }
}

static void bad_input_to_build(void **state)
{
    (void)state;
    jk_directory_entry swapped[2] = {entries[1], entries[0]};
    const jk_directory two = {.count = 2};
    const jk_directory many = {.count = JK_DIRECTORY_ENTRIES_MAX + 1};
    memset(file, 0x77, sizeof file);
    assert_int_equal(jk_directory_build(&two, swapped, root.secret, file, sizeof file), JK_E_USAGE);
    assert_int_equal(jk_directory_build(&two, entries, root.secret, file, jk_directory_size(2) - 1),
                     JK_E_OVERSIZED);
    assert_int_equal(jk_directory_build(&many, entries, root.secret, file, sizeof file),
                     JK_E_OVERSIZED);
    assert_int_equal(file[0], 0x77);
}

/* The largest directory opens, and every entry of it is found. */
static void four_thousand_and_ninety_six(void **state)
{
    (void)state;
    const size_t size = JK_DIRECTORY_SIZE_MAX;
    jk_directory_entry *all = calloc(JK_DIRECTORY_ENTRIES_MAX, sizeof *all);
    uint8_t *bytes = malloc(size);
    assert_non_null(all);
    assert_non_null(bytes);
    jk_certificate node;
    assert_int_equal(jk_certificate_decode(entries[0].node_certificate, &node), JK_OK);
    for (size_t i = 0; i < JK_DIRECTORY_ENTRIES_MAX; i++) {
        all[i] = entries[0];
        node.id.unit = (uint16_t)(i * 3);
        assert_int_equal(jk_certificate_issue(&node, root.secret, all[i].node_certificate), JK_OK);
    }
    const jk_directory full = {.count = JK_DIRECTORY_ENTRIES_MAX};
    jk_directory d;
    jk_directory_entry entry;
    assert_int_equal(jk_directory_size(JK_DIRECTORY_ENTRIES_MAX), size);
    assert_int_equal(jk_directory_build(&full, all, root.secret, bytes, size), JK_OK);
    assert_int_equal(jk_directory_open((jk_span){bytes, size}, root.public_key, &d), JK_OK);
    for (size_t i = 0; i < JK_DIRECTORY_ENTRIES_MAX; i++) {
        node.id.unit = (uint16_t)(i * 3);
        assert_int_equal(jk_directory_find(&d, &node.id, &entry), JK_OK);
        assert_int_equal(entry.node.id.unit, i * 3);
        node.id.unit++;
        assert_int_equal(jk_directory_find(&d, &node.id, &entry), JK_E_NOT_FOUND);
    }
    free(all);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_and_look_up), cmocka_unit_test(an_empty_directory),
        cmocka_unit_test(every_changed_byte),     cmocka_unit_test(every_wrong_size),
        cmocka_unit_test(signed_but_malformed),   cmocka_unit_test(addresses),
        cmocka_unit_test(bad_input_to_build),     cmocka_unit_test(four_thousand_and_ninety_six),
    };
    return cmocka_run_group_tests_name("channel/directory", tests, prepare, NULL);
}
