/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 signatures with a domain label.  What is signed is always the same 96 bytes: the label,
 * padded with zeros to 32, and the BLAKE2b-512 of the content.  A signature made for one purpose
 * is therefore never valid for another, and contents of any size cost one signature. */
#ifndef JUKI_CHANNEL_SIGN_H
#define JUKI_CHANNEL_SIGN_H

#include "juki/status.h"
#include "juki/types.h"
#include "port/random.h"

#define JK_SIGN_PUBLIC_SIZE 32
#define JK_SIGN_SECRET_SIZE 64 /* libsodium's form: seed and public key */
#define JK_SIGN_SEED_SIZE   32
#define JK_SIGNATURE_SIZE   64
#define JK_LABEL_SIZE       32
#define JK_KEY_HINT_SIZE    8

#define JK_LABEL_NODE_CERTIFICATE    "juki/1/node-certificate"
#define JK_LABEL_CHANNEL_CERTIFICATE "juki/1/channel-certificate"
#define JK_LABEL_SEAL                "juki/1/seal"
#define JK_LABEL_DIRECTORY           "juki/1/directory"

/* Signs content; label is one of the constants above, shorter than JK_LABEL_SIZE. */
void jk_sign(const char *label, jk_span content, const uint8_t secret[JK_SIGN_SECRET_SIZE],
             uint8_t signature[JK_SIGNATURE_SIZE]);

/* True when the signature was made for this label and content by the key's owner. */
bool jk_sign_verify(const char *label, jk_span content,
                    const uint8_t public_key[JK_SIGN_PUBLIC_SIZE],
                    const uint8_t signature[JK_SIGNATURE_SIZE]);

/* Makes a signing key.  JK_E_RANDOM as the port says. */
JK_MUST_USE jk_status jk_sign_keypair_make(jk_random *random,
                                           uint8_t public_key[JK_SIGN_PUBLIC_SIZE],
                                           uint8_t secret[JK_SIGN_SECRET_SIZE]);

/* The first eight bytes of the key's BLAKE2b-512: names an issuer in a certificate.  A hint for
 * people and for look-up; only the signature proves anything. */
void jk_sign_key_hint(const uint8_t public_key[JK_SIGN_PUBLIC_SIZE],
                      uint8_t hint[JK_KEY_HINT_SIZE]);

#endif
