/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing.  The construction is crypto_box_seal's, byte for byte (nonce = BLAKE2b-192 of both
 * public keys), but with the ephemeral key from the random port, so that a run can be repeated;
 * opening is libsodium's own function. */
#include "channel/seal.h"

#include "channel/bytes.h"

#include <sodium.h>
#include <string.h>

enum {
    NODE_SIZE = 9, /* role, code, unit */
    DIGEST_SIZE = 64,
    CONTENT_SIZE = NODE_SIZE + NODE_SIZE + 16 + 1 + 8 + DIGEST_SIZE
};

_Static_assert(JK_SEAL_OVERHEAD == crypto_box_SEALBYTES + JK_SIGNATURE_SIZE, "overhead");
_Static_assert(JK_KEY_SIZE == crypto_box_PUBLICKEYBYTES, "X25519");

static size_t put_node(uint8_t *at, const jk_node_id *id)
{
    at[0] = id->role;
    memcpy(at + 1, id->code, 6);
    put_u16(at + 7, id->unit);
    return NODE_SIZE;
}

/* from, to, case, member, epoch, digest of data: what the origin signs. */
static void content_of(const jk_seal_context *context, jk_span data, uint8_t content[CONTENT_SIZE])
{
    size_t at = put_node(content, &context->from);
    at += put_node(content + at, &context->to);
    memcpy(content + at, context->case_id.byte, sizeof context->case_id.byte);
    at += sizeof context->case_id.byte;
    content[at++] = context->member;
    put_u64(content + at, context->epoch);
    at += 8;
    (void)crypto_generichash(content + at, DIGEST_SIZE, data.data, data.size, NULL, 0);
}

/* crypto_box_seal with a given ephemeral pair. */
static jk_status box_seal(const jk_keypair *ephemeral, const uint8_t prekey[JK_KEY_SIZE],
                          jk_span plain, uint8_t *sealed)
{
    crypto_generichash_state state;
    uint8_t nonce[crypto_box_NONCEBYTES];
    (void)crypto_generichash_init(&state, NULL, 0, sizeof nonce);
    (void)crypto_generichash_update(&state, ephemeral->public_key, JK_KEY_SIZE);
    (void)crypto_generichash_update(&state, prekey, JK_KEY_SIZE);
    (void)crypto_generichash_final(&state, nonce, sizeof nonce);
    memcpy(sealed, ephemeral->public_key, JK_KEY_SIZE);
    if (crypto_box_easy(sealed + JK_KEY_SIZE, plain.data, plain.size, nonce, prekey,
                        ephemeral->secret) != 0) {
        return JK_E_SEALED;
    }
    return JK_OK;
}

jk_status jk_seal(const jk_seal_context *context, const jk_seal_keys *keys, jk_span data,
                  uint8_t *sealed, size_t capacity, size_t *size)
{
    if (data.size == 0) {
        return JK_E_USAGE;
    }
    if (data.size > JK_SEAL_DATA_MAX || capacity < data.size + JK_SEAL_OVERHEAD) {
        return JK_E_OVERSIZED;
    }
    jk_keypair ephemeral;
    jk_status status = jk_keypair_make(keys->random, &ephemeral);
    if (status != JK_OK) {
        return status;
    }
    uint8_t content[CONTENT_SIZE];
    uint8_t plain[JK_SEAL_DATA_MAX + JK_SIGNATURE_SIZE];
    uint8_t out[JK_SEAL_SIZE_MAX];
    content_of(context, data, content);
    memcpy(plain, data.data, data.size);
    jk_sign(JK_LABEL_SEAL, (jk_span){content, sizeof content}, keys->sign_secret,
            plain + data.size);
    status =
        box_seal(&ephemeral, keys->prekey, (jk_span){plain, data.size + JK_SIGNATURE_SIZE}, out);
    if (status == JK_OK) {
        *size = data.size + JK_SEAL_OVERHEAD;
        memcpy(sealed, out, *size);
    }
    sodium_memzero(&ephemeral, sizeof ephemeral);
    sodium_memzero(plain, sizeof plain);
    return status;
}

jk_status jk_seal_open(const jk_seal_context *context, const jk_open_keys *keys, jk_span sealed,
                       uint8_t *data, size_t capacity, size_t *size)
{
    if (sealed.size > JK_SEAL_SIZE_MAX) {
        return JK_E_OVERSIZED;
    }
    if (sealed.size <= JK_SEAL_OVERHEAD) {
        return JK_E_SEALED;
    }
    const size_t data_size = sealed.size - JK_SEAL_OVERHEAD;
    if (capacity < data_size) {
        return JK_E_OVERSIZED;
    }
    uint8_t plain[JK_SEAL_DATA_MAX + JK_SIGNATURE_SIZE];
    jk_status status = JK_E_SEALED;
    if (crypto_box_seal_open(plain, sealed.data, sealed.size, keys->prekey->public_key,
                             keys->prekey->secret) == 0) {
        uint8_t content[CONTENT_SIZE];
        content_of(context, (jk_span){plain, data_size}, content);
        if (jk_sign_verify(JK_LABEL_SEAL, (jk_span){content, sizeof content}, keys->sign_public,
                           plain + data_size)) {
            memcpy(data, plain, data_size);
            *size = data_size;
            status = JK_OK;
        }
    }
    sodium_memzero(plain, sizeof plain);
    return status;
}
