/* SPDX-License-Identifier: Apache-2.0 */
/* Noise revision 34 on libsodium's primitives.  The names in the comments are the specification's.
 * A handshake message is built in a copy of the state and in a scratch buffer, and both are handed
 * over only when every token has succeeded. */
#include "channel/noise.h"

#include <sodium.h>
#include <string.h>

enum {
    BLOCK_SIZE = 128, /* BLAKE2b's block, for HMAC */
    NONCE_SIZE = 12
};

_Static_assert(JK_KEY_SIZE == crypto_scalarmult_BYTES, "X25519");
_Static_assert(JK_KEY_SIZE == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "ChaCha20");
_Static_assert(JK_TAG_SIZE == crypto_aead_chacha20poly1305_ietf_ABYTES, "Poly1305");
_Static_assert(JK_NOISE_HASH_SIZE == crypto_generichash_BYTES_MAX, "BLAKE2b");
_Static_assert(NONCE_SIZE == crypto_aead_chacha20poly1305_ietf_NPUBBYTES, "nonce");

const jk_noise_pattern jk_noise_xx = {
    .name = "Noise_XX_25519_ChaChaPoly_BLAKE2b",
    .message_count = 3,
    .tokens = {{JK_NOISE_E},
               {JK_NOISE_E, JK_NOISE_EE, JK_NOISE_S, JK_NOISE_ES},
               {JK_NOISE_S, JK_NOISE_SE}},
};

/* A message under construction or being read. */
typedef struct scratch {
    uint8_t *out;      /* writing: JK_NOISE_MESSAGE_MAX bytes */
    size_t out_size;   /* writing */
    const uint8_t *in; /* reading */
    size_t in_size;    /* reading: bytes left */
} scratch;

/* --- HMAC and HKDF over BLAKE2b (libsodium 1.0.18 has neither) --- */

/* HMAC(key, data || tail); tail < 0 means none. */
static void hmac(const uint8_t key[JK_NOISE_HASH_SIZE], jk_span data, int tail,
                 uint8_t mac[JK_NOISE_HASH_SIZE])
{
    crypto_generichash_state state;
    uint8_t pad[BLOCK_SIZE];
    uint8_t inner[JK_NOISE_HASH_SIZE];

    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < JK_NOISE_HASH_SIZE; i++) {
        pad[i] ^= key[i];
    }
    (void)crypto_generichash_init(&state, NULL, 0, JK_NOISE_HASH_SIZE);
    (void)crypto_generichash_update(&state, pad, sizeof pad);
    if (data.size > 0) {
        (void)crypto_generichash_update(&state, data.data, data.size);
    }
    if (tail >= 0) {
        const uint8_t last = (uint8_t)tail;
        (void)crypto_generichash_update(&state, &last, 1);
    }
    (void)crypto_generichash_final(&state, inner, sizeof inner);

    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    (void)crypto_generichash_init(&state, NULL, 0, JK_NOISE_HASH_SIZE);
    (void)crypto_generichash_update(&state, pad, sizeof pad);
    (void)crypto_generichash_update(&state, inner, sizeof inner);
    (void)crypto_generichash_final(&state, mac, JK_NOISE_HASH_SIZE);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(pad, sizeof pad);
    sodium_memzero(inner, sizeof inner);
}

/* HKDF(chaining_key, input, count): out has count rows. */
static void hkdf(const uint8_t chaining_key[JK_NOISE_HASH_SIZE], jk_span input, size_t count,
                 uint8_t (*out)[JK_NOISE_HASH_SIZE])
{
    uint8_t temp[JK_NOISE_HASH_SIZE];
    hmac(chaining_key, input, -1, temp);
    for (size_t i = 0; i < count; i++) {
        jk_span previous = {NULL, 0};
        if (i > 0) {
            previous = (jk_span){out[i - 1], JK_NOISE_HASH_SIZE};
        }
        hmac(temp, previous, (int)i + 1, out[i]);
    }
    sodium_memzero(temp, sizeof temp);
}

/* --- CipherState --- */

static void nonce_bytes(uint64_t nonce, uint8_t out[NONCE_SIZE])
{
    memset(out, 0, NONCE_SIZE);
    for (size_t i = 0; i < 8; i++) {
        out[4 + i] = (uint8_t)(nonce >> (8 * i));
    }
}

static void cipher_start(jk_cipher *cipher, const uint8_t key[JK_KEY_SIZE])
{
    memcpy(cipher->key, key, JK_KEY_SIZE);
    cipher->nonce = 0;
    cipher->has_key = true;
}

static jk_status encrypt_with(jk_cipher *cipher, jk_span associated, jk_span plain, uint8_t *sealed)
{
    if (!cipher->has_key || cipher->nonce == UINT64_MAX) {
        return JK_E_USAGE;
    }
    uint8_t nonce[NONCE_SIZE];
    nonce_bytes(cipher->nonce, nonce);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain.data, plain.size,
                                                    associated.data, associated.size, NULL, nonce,
                                                    cipher->key);
    cipher->nonce++;
    return JK_OK;
}

static jk_status decrypt_with(jk_cipher *cipher, jk_span associated, jk_span sealed, uint8_t *plain)
{
    if (!cipher->has_key || cipher->nonce == UINT64_MAX) {
        return JK_E_USAGE;
    }
    if (sealed.size < JK_TAG_SIZE) {
        return JK_E_AEAD;
    }
    uint8_t nonce[NONCE_SIZE];
    nonce_bytes(cipher->nonce, nonce);
    const size_t size = sealed.size - JK_TAG_SIZE;
    if (crypto_aead_chacha20poly1305_ietf_decrypt_detached(
            plain, NULL, sealed.data, size, sealed.data + size, associated.data, associated.size,
            nonce, cipher->key) != 0) {
        return JK_E_AEAD;
    }
    cipher->nonce++;
    return JK_OK;
}

jk_status jk_cipher_encrypt(jk_cipher *cipher, jk_span plain, uint8_t *sealed)
{
    return encrypt_with(cipher, (jk_span){NULL, 0}, plain, sealed);
}

jk_status jk_cipher_decrypt(jk_cipher *cipher, jk_span sealed, uint8_t *plain)
{
    return decrypt_with(cipher, (jk_span){NULL, 0}, sealed, plain);
}

void jk_cipher_rekey(jk_cipher *cipher)
{
    static const uint8_t zeros[JK_KEY_SIZE] = {0};
    uint8_t nonce[NONCE_SIZE];
    uint8_t sealed[JK_KEY_SIZE + JK_TAG_SIZE];
    nonce_bytes(UINT64_MAX, nonce);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, zeros, sizeof zeros, NULL, 0,
                                                    NULL, nonce, cipher->key);
    memcpy(cipher->key, sealed, JK_KEY_SIZE);
    sodium_memzero(sealed, sizeof sealed);
}

/* --- SymmetricState --- */

static void mix_hash(jk_handshake *h, const uint8_t *data, size_t size)
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, JK_NOISE_HASH_SIZE);
    (void)crypto_generichash_update(&state, h->hash, JK_NOISE_HASH_SIZE);
    if (size > 0) {
        (void)crypto_generichash_update(&state, data, size);
    }
    (void)crypto_generichash_final(&state, h->hash, JK_NOISE_HASH_SIZE);
}

static void mix_key(jk_handshake *h, const uint8_t input[JK_KEY_SIZE])
{
    uint8_t out[2][JK_NOISE_HASH_SIZE];
    hkdf(h->chaining_key, (jk_span){input, JK_KEY_SIZE}, 2, out);
    memcpy(h->chaining_key, out[0], JK_NOISE_HASH_SIZE);
    cipher_start(&h->cipher, out[1]);
    sodium_memzero(out, sizeof out);
}

static void mix_key_and_hash(jk_handshake *h, const uint8_t input[JK_KEY_SIZE])
{
    uint8_t out[3][JK_NOISE_HASH_SIZE];
    hkdf(h->chaining_key, (jk_span){input, JK_KEY_SIZE}, 3, out);
    memcpy(h->chaining_key, out[0], JK_NOISE_HASH_SIZE);
    mix_hash(h, out[1], JK_NOISE_HASH_SIZE);
    cipher_start(&h->cipher, out[2]);
    sodium_memzero(out, sizeof out);
}

static jk_status encrypt_and_hash(jk_handshake *h, jk_span plain, scratch *s)
{
    uint8_t *at = s->out + s->out_size;
    size_t size = plain.size;
    if (h->cipher.has_key) {
        const jk_status status =
            encrypt_with(&h->cipher, (jk_span){h->hash, JK_NOISE_HASH_SIZE}, plain, at);
        if (status != JK_OK) {
            return status;
        }
        size += JK_TAG_SIZE;
    } else if (size > 0) {
        memcpy(at, plain.data, size);
    }
    mix_hash(h, at, size);
    s->out_size += size;
    return JK_OK;
}

/* size: bytes to take from the message, with the tag if there is a key. */
static jk_status decrypt_and_hash(jk_handshake *h, scratch *s, size_t size, uint8_t *plain)
{
    if (s->in_size < size) {
        return JK_E_TRUNCATED;
    }
    if (h->cipher.has_key) {
        const jk_status status = decrypt_with(&h->cipher, (jk_span){h->hash, JK_NOISE_HASH_SIZE},
                                              (jk_span){s->in, size}, plain);
        if (status != JK_OK) {
            return status;
        }
    } else if (size > 0) {
        memcpy(plain, s->in, size);
    }
    mix_hash(h, s->in, size);
    s->in += size;
    s->in_size -= size;
    return JK_OK;
}

/* --- HandshakeState --- */

jk_status jk_keypair_make(jk_random *random, jk_keypair *pair)
{
    jk_keypair made;
    const jk_status status = random->fill(random, made.secret, sizeof made.secret);
    if (status == JK_OK) {
        (void)crypto_scalarmult_base(made.public_key, made.secret);
        *pair = made;
    }
    sodium_memzero(&made, sizeof made);
    return status;
}

static jk_status mix_agreement(jk_handshake *h, bool own_is_static, bool remote_is_static)
{
    const bool has_own = own_is_static ? h->has_own_static : h->has_own_ephemeral;
    const bool has_remote = remote_is_static ? h->has_remote_static : h->has_remote_ephemeral;
    if (!has_own || !has_remote) {
        return JK_E_USAGE;
    }
    const jk_keypair *own = own_is_static ? &h->own_static : &h->own_ephemeral;
    const uint8_t *remote = remote_is_static ? h->remote_static : h->remote_ephemeral;
    uint8_t shared[JK_KEY_SIZE];
    if (crypto_scalarmult(shared, own->secret, remote) != 0) {
        return JK_E_HANDSHAKE; /* a point of small order: the result would be zero */
    }
    mix_key(h, shared);
    sodium_memzero(shared, sizeof shared);
    return JK_OK;
}

/* The tokens that are the same for reader and writer. */
static jk_status mix_token(jk_handshake *h, jk_noise_token token)
{
    switch (token) {
    case JK_NOISE_EE: return mix_agreement(h, false, false);
    case JK_NOISE_ES: return mix_agreement(h, !h->initiator, h->initiator);
    case JK_NOISE_SE: return mix_agreement(h, h->initiator, !h->initiator);
    case JK_NOISE_SS: return mix_agreement(h, true, true);
    case JK_NOISE_PSK: mix_key_and_hash(h, h->psk); return JK_OK;
    case JK_NOISE_END:
    case JK_NOISE_E:
    case JK_NOISE_S: break;
    }
    return JK_E_USAGE;
}

static jk_status write_token(jk_handshake *h, jk_noise_token token, scratch *s)
{
    if (token == JK_NOISE_E) {
        const jk_status status = jk_keypair_make(h->random, &h->own_ephemeral);
        if (status != JK_OK) {
            return status;
        }
        h->has_own_ephemeral = true;
        memcpy(s->out + s->out_size, h->own_ephemeral.public_key, JK_KEY_SIZE);
        s->out_size += JK_KEY_SIZE;
        mix_hash(h, h->own_ephemeral.public_key, JK_KEY_SIZE);
        if (h->pattern->psk) {
            mix_key(h, h->own_ephemeral.public_key);
        }
        return JK_OK;
    }
    if (token == JK_NOISE_S) {
        if (!h->has_own_static) {
            return JK_E_USAGE;
        }
        return encrypt_and_hash(h, (jk_span){h->own_static.public_key, JK_KEY_SIZE}, s);
    }
    return mix_token(h, token);
}

static jk_status read_token(jk_handshake *h, jk_noise_token token, scratch *s)
{
    if (token == JK_NOISE_E) {
        if (s->in_size < JK_KEY_SIZE) {
            return JK_E_TRUNCATED;
        }
        memcpy(h->remote_ephemeral, s->in, JK_KEY_SIZE);
        h->has_remote_ephemeral = true;
        s->in += JK_KEY_SIZE;
        s->in_size -= JK_KEY_SIZE;
        mix_hash(h, h->remote_ephemeral, JK_KEY_SIZE);
        if (h->pattern->psk) {
            mix_key(h, h->remote_ephemeral);
        }
        return JK_OK;
    }
    if (token == JK_NOISE_S) {
        const size_t size = JK_KEY_SIZE + (h->cipher.has_key ? JK_TAG_SIZE : 0U);
        const jk_status status = decrypt_and_hash(h, s, size, h->remote_static);
        h->has_remote_static = status == JK_OK;
        return status;
    }
    return mix_token(h, token);
}

jk_status jk_handshake_init(jk_handshake *handshake, const jk_handshake_config *config)
{
    const jk_noise_pattern *pattern = config->pattern;
    const size_t name_size = strlen(pattern->name);
    const bool own_known =
        config->initiator ? pattern->initiator_static_known : pattern->responder_static_known;
    const bool remote_known =
        config->initiator ? pattern->responder_static_known : pattern->initiator_static_known;
    if (name_size > JK_NOISE_NAME_SIZE_MAX || (own_known && config->own_static == NULL) ||
        (remote_known && config->remote_static == NULL) || (pattern->psk && config->psk == NULL)) {
        return JK_E_USAGE;
    }

    jk_handshake *h = handshake;
    memset(h, 0, sizeof *h);
    h->pattern = pattern;
    h->random = config->random;
    h->initiator = config->initiator;
    if (config->own_static != NULL) {
        h->own_static = *config->own_static;
        h->has_own_static = true;
    }
    if (config->remote_static != NULL) {
        memcpy(h->remote_static, config->remote_static, JK_KEY_SIZE);
        h->has_remote_static = true;
    }
    if (pattern->psk) {
        memcpy(h->psk, config->psk, JK_KEY_SIZE);
    }
    memcpy(h->hash, pattern->name, name_size);
    memcpy(h->chaining_key, h->hash, JK_NOISE_HASH_SIZE);
    mix_hash(h, config->prologue.data, config->prologue.size);

    const uint8_t *of_initiator = h->initiator ? h->own_static.public_key : h->remote_static;
    const uint8_t *of_responder = h->initiator ? h->remote_static : h->own_static.public_key;
    if (pattern->initiator_static_known) {
        mix_hash(h, of_initiator, JK_KEY_SIZE);
    }
    if (pattern->responder_static_known) {
        mix_hash(h, of_responder, JK_KEY_SIZE);
    }
    return JK_OK;
}

bool jk_handshake_done(const jk_handshake *handshake)
{
    return handshake->message >= handshake->pattern->message_count;
}

static bool our_turn(const jk_handshake *h)
{
    return h->initiator == (h->message % 2 == 0);
}

static jk_status write_message(jk_handshake *h, jk_span payload, scratch *s)
{
    const uint8_t *tokens = h->pattern->tokens[h->message];
    for (size_t i = 0; i < JK_NOISE_TOKENS_MAX && tokens[i] != JK_NOISE_END; i++) {
        const jk_status status = write_token(h, (jk_noise_token)tokens[i], s);
        if (status != JK_OK) {
            return status;
        }
    }
    h->message++;
    return encrypt_and_hash(h, payload, s);
}

jk_status jk_handshake_write(jk_handshake *handshake, jk_span payload, uint8_t *message,
                             size_t capacity, size_t *size)
{
    if (jk_handshake_done(handshake) || !our_turn(handshake)) {
        return JK_E_NOT_NOW;
    }
    if (payload.size > JK_NOISE_PAYLOAD_MAX) {
        return JK_E_OVERSIZED;
    }
    uint8_t out[JK_NOISE_MESSAGE_MAX];
    scratch s = {.out = out};
    jk_handshake next = *handshake;
    jk_status status = write_message(&next, payload, &s);
    if (status == JK_OK && s.out_size > capacity) {
        status = JK_E_OVERSIZED;
    }
    if (status == JK_OK) {
        memcpy(message, out, s.out_size);
        *size = s.out_size;
        *handshake = next;
    }
    jk_handshake_wipe(&next);
    return status;
}

static jk_status read_message(jk_handshake *h, scratch *s, uint8_t *payload, size_t *size)
{
    const uint8_t *tokens = h->pattern->tokens[h->message];
    for (size_t i = 0; i < JK_NOISE_TOKENS_MAX && tokens[i] != JK_NOISE_END; i++) {
        const jk_status status = read_token(h, (jk_noise_token)tokens[i], s);
        if (status != JK_OK) {
            return status;
        }
    }
    h->message++;
    const size_t tag = h->cipher.has_key ? JK_TAG_SIZE : 0U;
    const size_t rest = s->in_size;
    if (rest < tag) {
        return JK_E_TRUNCATED;
    }
    if (rest - tag > JK_NOISE_PAYLOAD_MAX) {
        return JK_E_OVERSIZED;
    }
    *size = rest - tag;
    return decrypt_and_hash(h, s, rest, payload);
}

jk_status jk_handshake_read(jk_handshake *handshake, jk_span message, uint8_t *payload,
                            size_t capacity, size_t *size)
{
    if (jk_handshake_done(handshake) || our_turn(handshake)) {
        return JK_E_NOT_NOW;
    }
    uint8_t out[JK_NOISE_PAYLOAD_MAX];
    size_t out_size = 0;
    scratch s = {.in = message.data, .in_size = message.size};
    jk_handshake next = *handshake;
    jk_status status = read_message(&next, &s, out, &out_size);
    if (status == JK_OK && out_size > capacity) {
        status = JK_E_OVERSIZED;
    }
    if (status == JK_OK) {
        if (out_size > 0) {
            memcpy(payload, out, out_size);
        }
        *size = out_size;
        *handshake = next;
    }
    jk_handshake_wipe(&next);
    sodium_memzero(out, sizeof out);
    return status;
}

jk_status jk_handshake_split(const jk_handshake *handshake, jk_cipher *send, jk_cipher *receive)
{
    if (!jk_handshake_done(handshake)) {
        return JK_E_NOT_NOW;
    }
    uint8_t out[2][JK_NOISE_HASH_SIZE];
    hkdf(handshake->chaining_key, (jk_span){NULL, 0}, 2, out);
    cipher_start(handshake->initiator ? send : receive, out[0]);
    cipher_start(handshake->initiator ? receive : send, out[1]);
    sodium_memzero(out, sizeof out);
    return JK_OK;
}

void jk_handshake_wipe(jk_handshake *handshake)
{
    sodium_memzero(handshake, sizeof *handshake);
}
