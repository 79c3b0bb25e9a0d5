/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed certificates: they open for the right CS, case, member and epoch, and for nothing else. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

static jk_keys origin;
static jk_keys dest;
static jk_keys other;
static seeded_random seeds;
static jk_seal_context context;
static uint8_t data[JK_SEAL_DATA_MAX + 1];
static uint8_t sealed[JK_SEAL_SIZE_MAX + 1];
static uint8_t opened[JK_SEAL_SIZE_MAX];
static size_t sealed_size;

static int prepare(void **state)
{
    (void)state;
    test_root root;
    root_make(&root, 1);
    node_make(&root, JK_ROLE_CS, "131016", 0, &origin);
    node_make(&root, JK_ROLE_CS, "271004", 0, &dest);
    node_make(&root, JK_ROLE_CS, "011002", 0, &other);
    seeded_init(&seeds, 4);
    context = (jk_seal_context){.from = origin.id, .to = dest.id, .member = 2, .epoch = 12};
    memset(context.case_id.byte, 0xc5, 16);
    memset(data, 'x', sizeof data);
    return 0;
}

static jk_status seal_now(size_t size, size_t capacity)
{
    const jk_seal_keys keys = {dest.seal.public_key, origin.sign_secret, &seeds.port};
    return jk_seal(&context, &keys, (jk_span){data, size}, sealed, capacity, &sealed_size);
}

static jk_status open_as(const jk_seal_context *as, const jk_keys *opener, const jk_keys *signer)
{
    const jk_open_keys keys = {&opener->seal, signer->sign_secret + JK_SIGN_SEED_SIZE};
    size_t size = 77;
    opened[0] = 0x77;
    const jk_status status =
        jk_seal_open(as, &keys, (jk_span){sealed, sealed_size}, opened, sizeof opened, &size);
    if (status == JK_OK) {
        assert_int_equal(size, sealed_size - JK_SEAL_OVERHEAD);
        assert_memory_equal(opened, data, size);
    } else {
        assert_int_equal(size, 77);
        assert_int_equal(opened[0], 0x77);
    }
    return status;
}

static void opens_for_the_destination(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 700, JK_SEAL_DATA_MAX};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(seal_now(sizes[i], sizeof sealed), JK_OK);
        assert_int_equal(sealed_size, sizes[i] + JK_SEAL_OVERHEAD);
        assert_int_equal(open_as(&context, &dest, &origin), JK_OK);
    }
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    sealed_size = 77;
    assert_int_equal(seal_now(0, sizeof sealed), JK_E_USAGE);
    assert_int_equal(seal_now(JK_SEAL_DATA_MAX + 1, sizeof sealed), JK_E_OVERSIZED);
    assert_int_equal(seal_now(10, 10 + JK_SEAL_OVERHEAD - 1), JK_E_OVERSIZED);
    seeds.broken = true;
    assert_int_equal(seal_now(10, sizeof sealed), JK_E_RANDOM);
    seeds.broken = false;
    assert_int_equal(sealed_size, 77);
    sealed_size = JK_SEAL_OVERHEAD;
    assert_int_equal(open_as(&context, &dest, &origin), JK_E_SEALED);
    sealed_size = JK_SEAL_SIZE_MAX + 1;
    assert_int_equal(open_as(&context, &dest, &origin), JK_E_OVERSIZED);
    assert_int_equal(seal_now(10, 10 + JK_SEAL_OVERHEAD), JK_OK);
    const jk_open_keys keys = {&dest.seal, origin.sign_secret + JK_SIGN_SEED_SIZE};
    size_t size = 77;
    assert_int_equal(
        jk_seal_open(&context, &keys, (jk_span){sealed, sealed_size}, opened, 9, &size),
        JK_E_OVERSIZED);
    assert_int_equal(size, 77);
}

static void wrong_readers_and_writers(void **state)
{
    (void)state;
    assert_int_equal(seal_now(700, sizeof sealed), JK_OK);
    assert_int_equal(open_as(&context, &other, &origin), JK_E_SEALED);
    assert_int_equal(open_as(&context, &origin, &origin), JK_E_SEALED);
    assert_int_equal(open_as(&context, &dest, &other), JK_E_SEALED);
    assert_int_equal(open_as(&context, &dest, &origin), JK_OK);
}

static void wrong_context(void **state)
{
    (void)state;
    assert_int_equal(seal_now(700, sizeof sealed), JK_OK);
    jk_seal_context wrong[9];
    for (size_t i = 0; i < 9; i++) {
        wrong[i] = context;
    }
    wrong[0].from = other.id;
    wrong[1].to = other.id;
    wrong[2].case_id.byte[15] ^= 1;
    wrong[3].member++;
    wrong[4].epoch++;
    wrong[5].to.unit++;
    wrong[6].from.role = JK_ROLE_REGISTRY;
    wrong[7].epoch += 1ULL << 63;
    wrong[8].from = context.to;
    wrong[8].to = context.from;
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(open_as(&wrong[i], &dest, &origin), JK_E_SEALED);
    }
    assert_int_equal(open_as(&context, &dest, &origin), JK_OK);
}

static void every_changed_byte(void **state)
{
    (void)state;
    assert_int_equal(seal_now(60, sizeof sealed), JK_OK);
    for (size_t i = 0; i < sealed_size; i++) {
        sealed[i] ^= 0x40;
        assert_int_equal(open_as(&context, &dest, &origin), JK_E_SEALED);
        sealed[i] ^= 0x40;
    }
    for (size_t size = 0; size < 60 + JK_SEAL_OVERHEAD; size++) {
        sealed_size = size;
        assert_int_equal(open_as(&context, &dest, &origin), JK_E_SEALED);
    }
    sealed_size = 60 + JK_SEAL_OVERHEAD;
    assert_int_equal(open_as(&context, &dest, &origin), JK_OK);
}

/* The destination opens a certificate and seals it again for somebody else: the signature names the
 * first destination. */
static void resealed_for_another(void **state)
{
    (void)state;
    uint8_t plain[60 + JK_SIGNATURE_SIZE];
    assert_int_equal(seal_now(60, sizeof sealed), JK_OK);
    assert_int_equal(
        crypto_box_seal_open(plain, sealed, sealed_size, dest.seal.public_key, dest.seal.secret),
        0);
    assert_int_equal(crypto_box_seal(sealed, plain, sizeof plain, other.seal.public_key), 0);
    jk_seal_context as_other = context;
    as_other.to = other.id;
    assert_int_equal(open_as(&as_other, &other, &origin), JK_E_SEALED);
    assert_int_equal(open_as(&context, &other, &origin),
                     JK_OK); /* the bytes themselves are whole */
}

/* The same bytes as crypto_box_seal's form: libsodium's own function made them, ours opens. */
static void libsodium_agrees(void **state)
{
    (void)state;
    uint8_t plain[60 + JK_SIGNATURE_SIZE];
    assert_int_equal(seal_now(60, sizeof sealed), JK_OK);
    assert_int_equal(
        crypto_box_seal_open(plain, sealed, sealed_size, dest.seal.public_key, dest.seal.secret),
        0);
    assert_memory_equal(plain, data, 60);
    assert_int_equal(crypto_box_seal(sealed, plain, sizeof plain, dest.seal.public_key), 0);
    assert_int_equal(open_as(&context, &dest, &origin), JK_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_for_the_destination), cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(wrong_readers_and_writers), cmocka_unit_test(wrong_context),
        cmocka_unit_test(every_changed_byte),        cmocka_unit_test(resealed_for_another),
        cmocka_unit_test(libsodium_agrees),
    };
    return cmocka_run_group_tests_name("channel/seal", tests, prepare, NULL);
}
