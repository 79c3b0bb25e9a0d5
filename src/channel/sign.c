/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled Ed25519 signatures. */
#include "channel/sign.h"

#include <sodium.h>
#include <string.h>

enum {
    DIGEST_SIZE = 64,
    SIGNED_SIZE = JK_LABEL_SIZE + DIGEST_SIZE
};

_Static_assert(JK_SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(JK_SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(JK_SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(JK_SIGNATURE_SIZE == crypto_sign_BYTES, "Ed25519");
_Static_assert(sizeof JK_LABEL_NODE_CERTIFICATE <= JK_LABEL_SIZE, "label");
_Static_assert(sizeof JK_LABEL_CHANNEL_CERTIFICATE <= JK_LABEL_SIZE, "label");
_Static_assert(sizeof JK_LABEL_SEAL <= JK_LABEL_SIZE, "label");
_Static_assert(sizeof JK_LABEL_DIRECTORY <= JK_LABEL_SIZE, "label");

static void signed_bytes(const char *label, jk_span content, uint8_t out[SIGNED_SIZE])
{
    memset(out, 0, JK_LABEL_SIZE);
    for (size_t i = 0; i < JK_LABEL_SIZE && label[i] != '\0'; i++) {
        out[i] = (uint8_t)label[i];
    }
    (void)crypto_generichash(out + JK_LABEL_SIZE, DIGEST_SIZE, content.data, content.size, NULL, 0);
}

void jk_sign(const char *label, jk_span content, const uint8_t secret[JK_SIGN_SECRET_SIZE],
             uint8_t signature[JK_SIGNATURE_SIZE])
{
    uint8_t bytes[SIGNED_SIZE];
    signed_bytes(label, content, bytes);
    (void)crypto_sign_detached(signature, NULL, bytes, sizeof bytes, secret);
}

bool jk_sign_verify(const char *label, jk_span content,
                    const uint8_t public_key[JK_SIGN_PUBLIC_SIZE],
                    const uint8_t signature[JK_SIGNATURE_SIZE])
{
    uint8_t bytes[SIGNED_SIZE];
    signed_bytes(label, content, bytes);
    return crypto_sign_verify_detached(signature, bytes, sizeof bytes, public_key) == 0;
}

jk_status jk_sign_keypair_make(jk_random *random, uint8_t public_key[JK_SIGN_PUBLIC_SIZE],
                               uint8_t secret[JK_SIGN_SECRET_SIZE])
{
    uint8_t seed[JK_SIGN_SEED_SIZE];
    const jk_status status = random->fill(random, seed, sizeof seed);
    if (status == JK_OK) {
        (void)crypto_sign_seed_keypair(public_key, secret, seed);
    }
    sodium_memzero(seed, sizeof seed);
    return status;
}

void jk_sign_key_hint(const uint8_t public_key[JK_SIGN_PUBLIC_SIZE], uint8_t hint[JK_KEY_HINT_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    (void)crypto_generichash(digest, sizeof digest, public_key, JK_SIGN_PUBLIC_SIZE, NULL, 0);
    memcpy(hint, digest, JK_KEY_HINT_SIZE);
}
