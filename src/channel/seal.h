/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed member certificates (転出証明書情報): readable by the destination CS alone, and
 * proven to come from the origin for exactly this case, member and epoch.  Sealed bytes are
 * libsodium's crypto_box_seal over (data || origin's signature). */
#ifndef JUKI_CHANNEL_SEAL_H
#define JUKI_CHANNEL_SEAL_H

#include "channel/noise.h"
#include "channel/sign.h"

#define JK_SEAL_DATA_MAX 4096 /* bytes of one member's data */
#define JK_SEAL_OVERHEAD 112  /* ephemeral key 32, tag 16, signature 64 */
#define JK_SEAL_SIZE_MAX (JK_SEAL_DATA_MAX + JK_SEAL_OVERHEAD)

/* What a sealed certificate is bound to.  Both sides know it from the envelope; it is signed, not
 * sent again. */
typedef struct jk_seal_context {
    jk_node_id from; /* the origin's CS, which signs */
    jk_node_id to;   /* the destination's CS; when opening: this node itself */
    jk_token case_id;
    uint8_t member; /* index, 0..15 */
    uint64_t epoch; /* the grant's residence epoch */
} jk_seal_context;

/* Seals data of 1..JK_SEAL_DATA_MAX bytes to the destination's prekey (32 bytes) and signs with the
 * origin's Ed25519 key; *size = data.size + JK_SEAL_OVERHEAD.  JK_E_OVERSIZED (data or capacity),
 * JK_E_USAGE for no data, JK_E_RANDOM, JK_E_SEALED for a prekey that is no good point. */
typedef struct jk_seal_keys {
    const uint8_t *prekey;      /* 32 bytes, from the directory */
    const uint8_t *sign_secret; /* 64 bytes, jk_keys.sign_secret */
    jk_random *random;
} jk_seal_keys;

JK_MUST_USE jk_status jk_seal(const jk_seal_context *context, const jk_seal_keys *keys,
                              jk_span data, uint8_t *sealed, size_t capacity, size_t *size);

/* Opens: JK_E_SEALED for every reason why it does not (other prekey, changed bytes, another from,
 * to, case, member or epoch), JK_E_OVERSIZED when it is too long or does not fit. */
typedef struct jk_open_keys {
    const jk_keypair *prekey;   /* this CS's own pair; try the previous one too after a rotation */
    const uint8_t *sign_public; /* 32 bytes: the origin's, from the directory or its channel */
} jk_open_keys;

JK_MUST_USE jk_status jk_seal_open(const jk_seal_context *context, const jk_open_keys *keys,
                                   jk_span sealed, uint8_t *data, size_t capacity, size_t *size);

#endif
