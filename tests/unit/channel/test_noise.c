/* SPDX-License-Identifier: Apache-2.0 */
/* Noise against the published vectors of flynn/noise (all patterns of our suite, with and without
 * psk), and what the vectors do not cover: rekey, bad points, strong guarantee. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    VECTORS = 240, /* 15 patterns and their psk forms, with and without prologue and payload */
    LINE_MAX_SIZE = 1024,
    MESSAGES_MAX = 6
};

#define SUITE "_25519_ChaChaPoly_BLAKE2b"

#define E   JK_NOISE_E
#define S   JK_NOISE_S
#define EE  JK_NOISE_EE
#define ES  JK_NOISE_ES
#define SE  JK_NOISE_SE
#define SS  JK_NOISE_SS
#define PSK JK_NOISE_PSK

/* Noise revision 34, section 7: one-way and interactive patterns. */
static const struct {
    const char *name;
    jk_noise_pattern pattern;
} patterns[] = {
    {"N", {NULL, false, true, false, 1, {{E, ES}}}},
    {"K", {NULL, true, true, false, 1, {{E, ES, SS}}}},
    {"X", {NULL, false, true, false, 1, {{E, ES, S, SS}}}},
    {"NN", {NULL, false, false, false, 2, {{E}, {E, EE}}}},
    {"NK", {NULL, false, true, false, 2, {{E, ES}, {E, EE}}}},
    {"NX", {NULL, false, false, false, 2, {{E}, {E, EE, S, ES}}}},
    {"KN", {NULL, true, false, false, 2, {{E}, {E, EE, SE}}}},
    {"KK", {NULL, true, true, false, 2, {{E, ES, SS}, {E, EE, SE}}}},
    {"KX", {NULL, true, false, false, 2, {{E}, {E, EE, SE, S, ES}}}},
    {"XN", {NULL, false, false, false, 3, {{E}, {E, EE}, {S, SE}}}},
    {"XK", {NULL, false, true, false, 3, {{E, ES}, {E, EE}, {S, SE}}}},
    {"XX", {NULL, false, false, false, 3, {{E}, {E, EE, S, ES}, {S, SE}}}},
    {"IN", {NULL, false, false, false, 2, {{E, S}, {E, EE, SE}}}},
    {"IK", {NULL, false, true, false, 2, {{E, ES, S, SS}, {E, EE, SE}}}},
    {"IX", {NULL, false, false, false, 2, {{E, S}, {E, EE, SE, S, ES}}}},
};

typedef struct bytes {
    uint8_t data[512];
    size_t size;
    bool present;
} bytes;

/* One block of the vectors file. */
typedef struct vector {
    char name[80];
    bytes init_static, resp_static, init_ephemeral, resp_ephemeral, prologue, psk;
    bytes payload[MESSAGES_MAX], ciphertext[MESSAGES_MAX];
    size_t messages;
} vector;

/* A random port that gives one fixed ephemeral key. */
typedef struct fixed_random {
    jk_random port;
    const uint8_t *key;
} fixed_random;

static jk_status fixed_fill(jk_random *self, uint8_t *data, size_t size)
{
    const fixed_random *random = (const fixed_random *)(const void *)self;
    assert_int_equal(size, JK_KEY_SIZE);
    memcpy(data, random->key, size);
    return JK_OK;
}

static void read_hex(bytes *out, const char *text)
{
    out->present = true;
    assert_int_equal(
        sodium_hex2bin(out->data, sizeof out->data, text, strlen(text), NULL, &out->size, NULL), 0);
}

/* Takes one "name=value" line into the vector. */
static void take_line(vector *v, const char *name, const char *value)
{
    const struct {
        const char *name;
        bytes *field;
    } fields[] = {
        {"init_static", &v->init_static},
        {"resp_static", &v->resp_static},
        {"gen_init_ephemeral", &v->init_ephemeral},
        {"gen_resp_ephemeral", &v->resp_ephemeral},
        {"prologue", &v->prologue},
        {"preshared_key", &v->psk},
    };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(name, fields[i].name) == 0) {
            read_hex(fields[i].field, value);
            return;
        }
    }
    /* msg_N_payload or msg_N_ciphertext */
    assert_memory_equal(name, "msg_", 4);
    assert_true(name[4] != '\0' && name[5] == '_');
    const size_t index = (size_t)(name[4] - '0');
    const char *kind = name + 6;
    assert_true(index < MESSAGES_MAX);
    if (strcmp(kind, "payload") == 0) {
        read_hex(&v->payload[index], value);
    } else {
        assert_string_equal(kind, "ciphertext");
        read_hex(&v->ciphertext[index], value);
        v->messages = index + 1;
    }
}

/* The pattern of a name such as "XXpsk3", with its psk tokens in place. */
static jk_noise_pattern pattern_of(const vector *v)
{
    char name[16];
    int psk = -1;
    const char *start = v->name + strlen("Noise_");
    const size_t size = strcspn(start, "_");
    assert_true(size < sizeof name);
    memcpy(name, start, size);
    name[size] = '\0';
    char *mark = strstr(name, "psk");
    if (mark != NULL) {
        psk = mark[3] - '0';
        *mark = '\0';
    }
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (strcmp(patterns[i].name, name) != 0) {
            continue;
        }
        jk_noise_pattern pattern = patterns[i].pattern;
        pattern.name = v->name;
        pattern.psk = psk >= 0;
        if (psk == 0) {
            memmove(pattern.tokens[0] + 1, pattern.tokens[0], JK_NOISE_TOKENS_MAX - 1);
            pattern.tokens[0][0] = PSK;
        } else if (psk > 0) {
            uint8_t *tokens = pattern.tokens[psk - 1];
            size_t end = 0;
            while (tokens[end] != JK_NOISE_END) {
                end++;
            }
            tokens[end] = PSK;
        }
        return pattern;
    }
    fail_msg("no pattern %s", name);
    return patterns[0].pattern;
}

static void static_pair(const bytes *secret, jk_keypair *pair)
{
    memset(pair, 0, sizeof *pair);
    if (secret->present) {
        memcpy(pair->secret, secret->data, JK_KEY_SIZE);
        assert_int_equal(crypto_scalarmult_base(pair->public_key, pair->secret), 0);
    }
}

/* Checks one message of the transport phase in both directions. */
static bool transport_message(const vector *v, size_t i, jk_cipher *write, jk_cipher *read)
{
    uint8_t out[600];
    const bytes *p = &v->payload[i];
    const bytes *c = &v->ciphertext[i];
    if (jk_cipher_encrypt(write, (jk_span){p->data, p->size}, out) != JK_OK ||
        p->size + JK_TAG_SIZE != c->size || memcmp(out, c->data, c->size) != 0 ||
        jk_cipher_decrypt(read, (jk_span){c->data, c->size}, out) != JK_OK) {
        return false;
    }
    return memcmp(out, p->data, p->size) == 0;
}

static bool handshake_message(const vector *v, size_t i, jk_handshake *writer, jk_handshake *reader)
{
    uint8_t out[600];
    size_t size = 0;
    const bytes *p = &v->payload[i];
    const bytes *c = &v->ciphertext[i];
    if (jk_handshake_write(writer, (jk_span){p->data, p->size}, out, sizeof out, &size) != JK_OK ||
        size != c->size || memcmp(out, c->data, size) != 0 ||
        jk_handshake_read(reader, (jk_span){c->data, c->size}, out, sizeof out, &size) != JK_OK) {
        return false;
    }
    return size == p->size && memcmp(out, p->data, size) == 0;
}

static bool vector_passes(const vector *v)
{
    const jk_noise_pattern pattern = pattern_of(v);
    jk_keypair init_static;
    jk_keypair resp_static;
    static_pair(&v->init_static, &init_static);
    static_pair(&v->resp_static, &resp_static);
    fixed_random init_random = {{fixed_fill}, v->init_ephemeral.data};
    fixed_random resp_random = {{fixed_fill}, v->resp_ephemeral.data};
    jk_handshake_config config = {
        .pattern = &pattern,
        .initiator = true,
        .prologue = {v->prologue.data, v->prologue.size},
        .own_static = v->init_static.present ? &init_static : NULL,
        .remote_static = pattern.responder_static_known ? resp_static.public_key : NULL,
        .psk = v->psk.present ? v->psk.data : NULL,
        .random = &init_random.port,
    };
    jk_handshake init;
    jk_handshake resp;
    if (jk_handshake_init(&init, &config) != JK_OK) {
        return false;
    }
    config.initiator = false;
    config.own_static = v->resp_static.present ? &resp_static : NULL;
    config.remote_static = pattern.initiator_static_known ? init_static.public_key : NULL;
    config.random = &resp_random.port;
    if (jk_handshake_init(&resp, &config) != JK_OK) {
        return false;
    }
    size_t i = 0;
    for (; i < pattern.message_count; i++) {
        if (!handshake_message(v, i, i % 2 == 0 ? &init : &resp, i % 2 == 0 ? &resp : &init)) {
            return false;
        }
    }
    jk_cipher init_send;
    jk_cipher init_receive;
    jk_cipher resp_send;
    jk_cipher resp_receive;
    if (jk_handshake_split(&init, &init_send, &init_receive) != JK_OK ||
        jk_handshake_split(&resp, &resp_send, &resp_receive) != JK_OK) {
        return false;
    }
    /* The file's first transport message is the initiator's, the second the responder's. */
    return v->messages == i + 2 && transport_message(v, i, &init_send, &resp_receive) &&
           transport_message(v, i + 1, &resp_send, &init_receive);
}

/* A pass over the file. */
typedef struct pass {
    bool flip; /* change one byte of each vector before (negative control) */
    bool ours; /* the current block is of our suite */
    size_t seen;
    size_t passed;
    vector v;
} pass;

static void end_block(pass *p)
{
    if (p->ours) {
        p->seen++;
        p->v.ciphertext[p->v.messages / 2].data[0] ^= p->flip ? 1 : 0;
        p->passed += vector_passes(&p->v) ? 1 : 0;
        p->ours = false;
    }
}

static void take_text(pass *p, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        end_block(p);
        return;
    }
    *equals = '\0';
    if (strcmp(line, "handshake") == 0) {
        p->ours = strstr(equals + 1, SUITE) != NULL;
        memset(&p->v, 0, sizeof p->v);
        (void)snprintf(p->v.name, sizeof p->v.name, "%s", equals + 1);
    } else if (p->ours) {
        take_line(&p->v, line, equals + 1);
    }
}

static void run_vectors(bool flip, size_t *seen, size_t *passed)
{
    if (JK_NOISE_VECTORS[0] == '\0' || strstr(JK_NOISE_VECTORS, "NOTFOUND") != NULL) {
        fail_msg("vectors.txt not found: install golang-github-flynn-noise-dev, configure again");
    }
    FILE *file = fopen(JK_NOISE_VECTORS, "r");
    if (file == NULL) {
        fail_msg("cannot open %s", JK_NOISE_VECTORS);
        return;
    }
    static pass p;
    char line[LINE_MAX_SIZE];
    memset(&p, 0, sizeof p);
    p.flip = flip;
    while (fgets(line, sizeof line, file) != NULL) {
        take_text(&p, line);
    }
    end_block(&p);
    (void)fclose(file);
    *seen = p.seen;
    *passed = p.passed;
}

static void all_published_vectors_pass(void **state)
{
    (void)state;
    size_t seen = 0;
    size_t passed = 0;
    run_vectors(false, &seen, &passed);
    print_message("noise vectors: %zu of %zu passed\n", passed, seen);
    assert_int_equal(seen, VECTORS);
    assert_int_equal(passed, VECTORS);
}

static void changed_vectors_fail(void **state)
{
    (void)state;
    size_t seen = 0;
    size_t passed = 0;
    run_vectors(true, &seen, &passed);
    assert_int_equal(seen, VECTORS);
    assert_int_equal(passed, 0);
}

static void production_pattern_is_xx(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        if (strcmp(patterns[i].name, "XX") == 0) {
            assert_string_equal(jk_noise_xx.name, "Noise_XX" SUITE);
            assert_memory_equal(jk_noise_xx.tokens, patterns[i].pattern.tokens,
                                sizeof jk_noise_xx.tokens);
            assert_int_equal(jk_noise_xx.message_count, 3);
            assert_false(jk_noise_xx.psk);
        }
    }
}

/* REKEY(k) = the first 32 bytes of ENCRYPT(k, 2^64-1, "", zeros).  ChaCha20's keystream, counted
 * from block 1, is an independent way to the same bytes. */
static void rekey_is_the_keystream(void **state)
{
    (void)state;
    jk_cipher cipher = {.has_key = true, .nonce = 9};
    memset(cipher.key, 0x5a, sizeof cipher.key);
    const uint8_t nonce[12] = {0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
    const uint8_t zeros[32] = {0};
    uint8_t expected[32];
    assert_int_equal(
        crypto_stream_chacha20_ietf_xor_ic(expected, zeros, sizeof zeros, nonce, 1, cipher.key), 0);
    jk_cipher_rekey(&cipher);
    assert_memory_equal(cipher.key, expected, sizeof expected);
    assert_int_equal(cipher.nonce, 9);
}

static void xx_pair(jk_handshake *init, jk_handshake *resp, seeded_random *random)
{
    static jk_keypair a;
    static jk_keypair b;
    seeded_init(random, 5);
    assert_int_equal(jk_keypair_make(&random->port, &a), JK_OK);
    assert_int_equal(jk_keypair_make(&random->port, &b), JK_OK);
    jk_handshake_config config = {
        .pattern = &jk_noise_xx, .initiator = true, .own_static = &a, .random = &random->port};
    assert_int_equal(jk_handshake_init(init, &config), JK_OK);
    config.initiator = false;
    config.own_static = &b;
    assert_int_equal(jk_handshake_init(resp, &config), JK_OK);
}

/* Points of small order, which X25519 maps to zero. */
static void small_order_points_are_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        jk_handshake init;
        jk_handshake resp;
        seeded_random random;
        xx_pair(&init, &resp, &random);
        bytes point;
        read_hex(&point, points[i]);
        uint8_t out[JK_NOISE_MESSAGE_MAX];
        size_t size = 77;
        assert_int_equal(
            jk_handshake_read(&resp, (jk_span){point.data, point.size}, out, sizeof out, &size),
            JK_OK);
        size = 77;
        const jk_handshake before = resp;
        assert_int_equal(jk_handshake_write(&resp, (jk_span){NULL, 0}, out, sizeof out, &size),
                         JK_E_HANDSHAKE);
        assert_int_equal(size, 77);
        assert_memory_equal(&before, &resp, sizeof before);
    }
}

static void turns_and_sizes_are_kept(void **state)
{
    (void)state;
    jk_handshake init;
    jk_handshake resp;
    seeded_random random;
    xx_pair(&init, &resp, &random);
    uint8_t out[JK_NOISE_MESSAGE_MAX] = {0};
    uint8_t big[JK_NOISE_PAYLOAD_MAX + 1] = {0};
    size_t size = 77;
    const jk_span none = {NULL, 0};
    jk_cipher send;
    jk_cipher receive;
    assert_int_equal(jk_handshake_write(&resp, none, out, sizeof out, &size), JK_E_NOT_NOW);
    assert_int_equal(jk_handshake_read(&init, (jk_span){out, 32}, out, 0, &size), JK_E_NOT_NOW);
    assert_int_equal(jk_handshake_split(&init, &send, &receive), JK_E_NOT_NOW);
    assert_int_equal(jk_handshake_write(&init, none, out, 31, &size), JK_E_OVERSIZED);
    assert_int_equal(jk_handshake_write(&init, (jk_span){big, sizeof big}, out, sizeof out, &size),
                     JK_E_OVERSIZED);
    random.broken = true;
    assert_int_equal(jk_handshake_write(&init, none, out, sizeof out, &size), JK_E_RANDOM);
    random.broken = false;
    assert_int_equal(size, 77);
    assert_int_equal(jk_handshake_write(&init, none, out, sizeof out, &size), JK_OK);
    assert_int_equal(size, 32);
    size_t got = 77;
    assert_int_equal(jk_handshake_read(&resp, (jk_span){out, 31}, out, 0, &got), JK_E_TRUNCATED);
    assert_int_equal(jk_handshake_read(&resp, (jk_span){out, 33}, out, 0, &got), JK_E_OVERSIZED);
    assert_int_equal(got, 77);
    assert_int_equal(jk_handshake_read(&resp, (jk_span){out, 32}, out, 0, &got), JK_OK);
}

static void spent_nonces_are_refused(void **state)
{
    (void)state;
    jk_cipher cipher = {.has_key = true, .nonce = UINT64_MAX};
    uint8_t out[JK_TAG_SIZE];
    assert_int_equal(jk_cipher_encrypt(&cipher, (jk_span){NULL, 0}, out), JK_E_USAGE);
    cipher.nonce--;
    assert_int_equal(jk_cipher_encrypt(&cipher, (jk_span){NULL, 0}, out), JK_OK);
    cipher.has_key = false;
    assert_int_equal(jk_cipher_encrypt(&cipher, (jk_span){NULL, 0}, out), JK_E_USAGE);
}

static void failed_decryption_leaves_the_cipher(void **state)
{
    (void)state;
    jk_cipher write = {.has_key = true};
    jk_cipher read = {.has_key = true};
    uint8_t sealed[4 + JK_TAG_SIZE];
    uint8_t plain[4] = {9, 9, 9, 9};
    assert_int_equal(jk_cipher_encrypt(&write, (jk_span){plain, 4}, sealed), JK_OK);
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_equal(jk_cipher_decrypt(&read, (jk_span){sealed, sizeof sealed}, plain),
                         JK_E_AEAD);
        sealed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    assert_int_equal(jk_cipher_decrypt(&read, (jk_span){sealed, JK_TAG_SIZE - 1}, plain),
                     JK_E_AEAD);
    assert_int_equal(read.nonce, 0);
    assert_int_equal(jk_cipher_decrypt(&read, (jk_span){sealed, sizeof sealed}, plain), JK_OK);
    assert_int_equal(plain[0], 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_published_vectors_pass),
        cmocka_unit_test(changed_vectors_fail),
        cmocka_unit_test(production_pattern_is_xx),
        cmocka_unit_test(rekey_is_the_keystream),
        cmocka_unit_test(small_order_points_are_refused),
        cmocka_unit_test(turns_and_sizes_are_kept),
        cmocka_unit_test(spent_nonces_are_refused),
        cmocka_unit_test(failed_decryption_leaves_the_cipher),
    };
    return cmocka_run_group_tests_name("channel/noise", tests, NULL, NULL);
}
