/* SPDX-License-Identifier: Apache-2.0 */
/* Preamble and cookie; the offsets below are the format. */
#include "channel/preamble.h"

#include "channel/bytes.h"
#include "channel/certificate.h"

#include <sodium.h>
#include <string.h>

enum {
    VERSION = 1,
    SUITE = 1, /* Noise_XX_25519_ChaChaPoly_BLAKE2b, the only one */
    FLAG_COOKIE = 1,
    AT_MAGIC = 0,
    AT_VERSION = 4,
    AT_SUITE = 5,
    AT_FLAGS = 6,
    AT_ROLE = 7,
    AT_CODE = 8,
    AT_UNIT = 14,
    AT_COOKIE = 16,
    MAGIC_SIZE = 4,
    CODE_SIZE = 6,
    LABEL_SIZE = JK_PROLOGUE_SIZE - JK_PREAMBLE_SIZE
};

_Static_assert(AT_COOKIE + JK_COOKIE_SIZE == JK_PREAMBLE_SIZE, "layout");

static const uint8_t magic[MAGIC_SIZE] = {'J', 'U', 'K', 'I'};
static const uint8_t label[] = "juki/1/channel";
static const uint8_t cookie_label[] = "juki/1/cookie";
static const uint8_t answer_head[AT_COOKIE] = {'J', 'U', 'K', 'C', VERSION, SUITE};

_Static_assert(sizeof label == LABEL_SIZE + 1, "label");

void jk_preamble_encode(const jk_preamble *preamble, uint8_t bytes[JK_PREAMBLE_SIZE])
{
    memset(bytes, 0, JK_PREAMBLE_SIZE);
    memcpy(bytes + AT_MAGIC, magic, MAGIC_SIZE);
    bytes[AT_VERSION] = VERSION;
    bytes[AT_SUITE] = SUITE;
    bytes[AT_FLAGS] = preamble->has_cookie ? FLAG_COOKIE : 0;
    bytes[AT_ROLE] = preamble->target.role;
    memcpy(bytes + AT_CODE, preamble->target.code, CODE_SIZE);
    put_u16(bytes + AT_UNIT, preamble->target.unit);
    if (preamble->has_cookie) {
        memcpy(bytes + AT_COOKIE, preamble->cookie, JK_COOKIE_SIZE);
    }
}

jk_status jk_preamble_decode(const uint8_t bytes[JK_PREAMBLE_SIZE], jk_preamble *preamble)
{
    if (memcmp(bytes + AT_MAGIC, magic, MAGIC_SIZE) != 0) {
        return JK_E_HANDSHAKE;
    }
    if (bytes[AT_VERSION] != VERSION || bytes[AT_SUITE] != SUITE) {
        return JK_E_VERSION;
    }
    jk_preamble read;
    memset(&read, 0, sizeof read);
    read.has_cookie = (bytes[AT_FLAGS] & FLAG_COOKIE) != 0;
    if ((bytes[AT_FLAGS] & ~FLAG_COOKIE) != 0 ||
        (!read.has_cookie && sodium_is_zero(bytes + AT_COOKIE, JK_COOKIE_SIZE) == 0)) {
        return JK_E_HANDSHAKE;
    }
    read.target.role = bytes[AT_ROLE];
    memcpy(read.target.code, bytes + AT_CODE, CODE_SIZE);
    read.target.unit = get_u16(bytes + AT_UNIT);
    if (!jk_node_id_valid(&read.target)) {
        return JK_E_IDENTITY;
    }
    memcpy(read.cookie, bytes + AT_COOKIE, JK_COOKIE_SIZE);
    *preamble = read;
    return JK_OK;
}

void jk_preamble_prologue(const uint8_t bytes[JK_PREAMBLE_SIZE], uint8_t prologue[JK_PROLOGUE_SIZE])
{
    memcpy(prologue, label, LABEL_SIZE);
    memcpy(prologue + LABEL_SIZE, bytes, JK_PREAMBLE_SIZE);
}

void jk_cookie_answer(const uint8_t cookie[JK_COOKIE_SIZE], uint8_t bytes[JK_PREAMBLE_SIZE])
{
    memcpy(bytes, answer_head, AT_COOKIE);
    memcpy(bytes + AT_COOKIE, cookie, JK_COOKIE_SIZE);
}

bool jk_cookie_of_answer(const uint8_t bytes[JK_PREAMBLE_SIZE], uint8_t cookie[JK_COOKIE_SIZE])
{
    if (memcmp(bytes, answer_head, AT_COOKIE) != 0) {
        return false;
    }
    memcpy(cookie, bytes + AT_COOKIE, JK_COOKIE_SIZE);
    return true;
}

void jk_cookie_make(const uint8_t secret[JK_COOKIE_SECRET_SIZE], uint64_t slot, jk_span address,
                    uint8_t cookie[JK_COOKIE_SIZE])
{
    crypto_generichash_state state;
    uint8_t slot_bytes[8];
    put_u64(slot_bytes, slot);
    (void)crypto_generichash_init(&state, secret, JK_COOKIE_SECRET_SIZE, JK_COOKIE_SIZE);
    (void)crypto_generichash_update(&state, cookie_label, sizeof cookie_label);
    (void)crypto_generichash_update(&state, slot_bytes, sizeof slot_bytes);
    if (address.size > 0) {
        (void)crypto_generichash_update(&state, address.data, address.size);
    }
    (void)crypto_generichash_final(&state, cookie, JK_COOKIE_SIZE);
}
