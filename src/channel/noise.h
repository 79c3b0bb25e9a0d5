/* SPDX-License-Identifier: Apache-2.0 */
/* The Noise protocol framework, revision 34, for the one suite 25519_ChaChaPoly_BLAKE2b: cipher
 * state with rekey, and a handshake that walks a table of pattern tokens.  Production code uses
 * jk_noise_xx only; the other patterns exist in the tests, where the published vectors need them.
 * Payloads of a handshake message are at most JK_NOISE_PAYLOAD_MAX bytes here. */
#ifndef JUKI_CHANNEL_NOISE_H
#define JUKI_CHANNEL_NOISE_H

#include "juki/status.h"
#include "juki/types.h"
#include "port/random.h"

#define JK_KEY_SIZE            32   /* bytes of every X25519, ChaCha20 and Ed25519 public key */
#define JK_TAG_SIZE            16   /* bytes that AEAD adds */
#define JK_NOISE_HASH_SIZE     64   /* BLAKE2b */
#define JK_NOISE_PAYLOAD_MAX   1024 /* bytes; the channel uses 512 */
#define JK_NOISE_MESSAGE_MAX   (JK_NOISE_PAYLOAD_MAX + 2 * JK_KEY_SIZE + 2 * JK_TAG_SIZE)
#define JK_NOISE_MESSAGES_MAX  3                  /* messages of the longest pattern */
#define JK_NOISE_TOKENS_MAX    8                  /* tokens of a message, with its end */
#define JK_NOISE_NAME_SIZE_MAX JK_NOISE_HASH_SIZE /* longer protocol names are not needed */

/* An X25519 key pair. */
typedef struct jk_keypair {
    uint8_t secret[JK_KEY_SIZE];
    uint8_t public_key[JK_KEY_SIZE];
} jk_keypair;

/* Noise's CipherState: a key and the number of the next message. */
typedef struct jk_cipher {
    uint8_t key[JK_KEY_SIZE];
    uint64_t nonce;
    bool has_key;
} jk_cipher;

typedef enum jk_noise_token {
    JK_NOISE_END = 0,
    JK_NOISE_E,
    JK_NOISE_S,
    JK_NOISE_EE,
    JK_NOISE_ES,
    JK_NOISE_SE,
    JK_NOISE_SS,
    JK_NOISE_PSK
} jk_noise_token;

/* One handshake pattern.  name: the full protocol name, hashed first.  The messages alternate and
 * the initiator writes the first. */
typedef struct jk_noise_pattern {
    const char *name;
    bool initiator_static_known; /* pre-message "-> s" */
    bool responder_static_known; /* pre-message "<- s" */
    bool psk;                    /* some message has JK_NOISE_PSK */
    uint8_t message_count;
    uint8_t tokens[JK_NOISE_MESSAGES_MAX][JK_NOISE_TOKENS_MAX];
} jk_noise_pattern;

extern const jk_noise_pattern jk_noise_xx;

/* What a handshake starts from.  Pointers are read during init only, except random, which must
 * live as long as the handshake.  NULL where the pattern has no such key. */
typedef struct jk_handshake_config {
    const jk_noise_pattern *pattern;
    bool initiator;
    jk_span prologue;
    const jk_keypair *own_static;
    const uint8_t *remote_static; /* 32 bytes, known beforehand */
    const uint8_t *psk;           /* 32 bytes */
    jk_random *random;
} jk_handshake_config;

/* Noise's HandshakeState with its SymmetricState.  Holds secrets: wipe it. */
typedef struct jk_handshake {
    const jk_noise_pattern *pattern;
    jk_random *random;
    bool initiator;
    bool has_own_static;
    bool has_own_ephemeral;
    bool has_remote_static;
    bool has_remote_ephemeral;
    uint8_t message; /* index of the next message */
    jk_cipher cipher;
    uint8_t chaining_key[JK_NOISE_HASH_SIZE];
    uint8_t hash[JK_NOISE_HASH_SIZE];
    jk_keypair own_static;
    jk_keypair own_ephemeral;
    uint8_t remote_static[JK_KEY_SIZE];
    uint8_t remote_ephemeral[JK_KEY_SIZE];
    uint8_t psk[JK_KEY_SIZE];
} jk_handshake;

/* Makes a key pair from the random port. */
JK_MUST_USE jk_status jk_keypair_make(jk_random *random, jk_keypair *pair);

/* JK_E_USAGE when a key that the pattern needs beforehand is missing. */
JK_MUST_USE jk_status jk_handshake_init(jk_handshake *handshake, const jk_handshake_config *config);

/* Writes the next message.  JK_E_NOT_NOW when it is not our turn, JK_E_OVERSIZED when the payload
 * or the result does not fit, JK_E_RANDOM, JK_E_HANDSHAKE when a key agreement gives zero. */
JK_MUST_USE jk_status jk_handshake_write(jk_handshake *handshake, jk_span payload, uint8_t *message,
                                         size_t capacity, size_t *size);

/* Reads the peer's next message.  JK_E_NOT_NOW, JK_E_TRUNCATED, JK_E_OVERSIZED, JK_E_AEAD when it
 * does not authenticate, JK_E_HANDSHAKE when a key agreement gives zero. */
JK_MUST_USE jk_status jk_handshake_read(jk_handshake *handshake, jk_span message, uint8_t *payload,
                                        size_t capacity, size_t *size);

/* True when every message of the pattern has passed. */
bool jk_handshake_done(const jk_handshake *handshake);

/* Gives the two ciphers; JK_E_NOT_NOW before the handshake is done. */
JK_MUST_USE jk_status jk_handshake_split(const jk_handshake *handshake, jk_cipher *send,
                                         jk_cipher *receive);

void jk_handshake_wipe(jk_handshake *handshake);

/* Encrypts plain with an empty associated data; sealed has room for plain.size + JK_TAG_SIZE.
 * JK_E_USAGE without a key or after 2^64 - 1 messages. */
JK_MUST_USE jk_status jk_cipher_encrypt(jk_cipher *cipher, jk_span plain, uint8_t *sealed);

/* Decrypts; plain has room for sealed.size - JK_TAG_SIZE.  JK_E_AEAD when it does not authenticate:
 * then plain, which should be a scratch, is all zero, and the cipher is as it was. */
JK_MUST_USE jk_status jk_cipher_decrypt(jk_cipher *cipher, jk_span sealed, uint8_t *plain);

/* Noise's Rekey: a new key from the old one; the number of the next message goes on. */
void jk_cipher_rekey(jk_cipher *cipher);

#endif
