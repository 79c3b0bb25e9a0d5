/* SPDX-License-Identifier: Apache-2.0 */
/* Node and channel certificates: 176 bytes each at fixed offsets, so there is no parser to get
 * wrong.  The root signs node certificates (at most a year), a node's Ed25519 key signs its channel
 * certificates (at most thirty days).  The byte layout stands in README.md. */
#ifndef JUKI_CHANNEL_CERTIFICATE_H
#define JUKI_CHANNEL_CERTIFICATE_H

#include "channel/noise.h"
#include "channel/sign.h"

#define JK_CERTIFICATE_SIZE       176
#define JK_NODE_VALIDITY_MAX_S    (366ULL * 86400ULL) /* a year, leap years too */
#define JK_CHANNEL_VALIDITY_MAX_S (30ULL * 86400ULL)

typedef enum jk_certificate_type {
    JK_CERTIFICATE_NODE = 1,   /* issued by the root; names the node's Ed25519 key */
    JK_CERTIFICATE_CHANNEL = 2 /* issued by the node; names its X25519 channel key */
} jk_certificate_type;

/* The fields of a certificate.  The key that a type does not have is all zero. */
typedef struct jk_certificate {
    uint8_t type; /* jk_certificate_type */
    jk_node_id id;
    uint64_t serial;                          /* chosen at random; what a revocation names */
    uint64_t from_s;                          /* valid from this second, Unix time ... */
    uint64_t to_s;                            /* ... up to and without this one */
    uint8_t exchange_public[JK_KEY_SIZE];     /* X25519; channel certificates */
    uint8_t sign_public[JK_SIGN_PUBLIC_SIZE]; /* Ed25519; node certificates */
    uint8_t issuer[JK_KEY_HINT_SIZE];         /* hint of the issuer's key; set by issue */
} jk_certificate;

/* Who stands at the other end, as its certificates prove it. */
typedef struct jk_peer {
    jk_node_id id;
    uint8_t sign_public[JK_SIGN_PUBLIC_SIZE];
    uint64_t node_serial;
    uint64_t channel_serial;
    uint64_t to_s; /* the earlier end of the two certificates */
} jk_peer;

/* True when the certificate was revoked; arg is the caller's. */
typedef bool jk_revoked(const void *arg, const jk_certificate *certificate);

/* What a chain is checked against.  Borrowed during the call. */
typedef struct jk_chain_check {
    const uint8_t *root_public;   /* 32 bytes */
    const uint8_t *remote_static; /* 32 bytes: the key that the handshake proved */
    const jk_node_id *expected;   /* who was dialled; NULL for anybody */
    uint64_t now_s;               /* Unix time */
    jk_revoked *revoked;          /* may be NULL */
    const void *revoked_arg;
} jk_chain_check;

/* True for six digits that suit the role (000000 for national and cards, and only for them), and a
 * role that exists.  The municipality code's check digit is the registry's business. */
bool jk_node_id_valid(const jk_node_id *id);

/* Writes and signs a certificate; issuer comes from the signing key.  JK_E_USAGE for fields that
 * decode would refuse. */
JK_MUST_USE jk_status jk_certificate_issue(const jk_certificate *fields,
                                           const uint8_t secret[JK_SIGN_SECRET_SIZE],
                                           uint8_t bytes[JK_CERTIFICATE_SIZE]);

/* Reads the fields without trusting them.  JK_E_CERTIFICATE for any other form than issue's. */
JK_MUST_USE jk_status jk_certificate_decode(const uint8_t bytes[JK_CERTIFICATE_SIZE],
                                            jk_certificate *fields);

/* Decodes and checks the signature, not the dates.  JK_E_CERTIFICATE. */
JK_MUST_USE jk_status jk_certificate_verify(const uint8_t bytes[JK_CERTIFICATE_SIZE],
                                            const uint8_t issuer[JK_SIGN_PUBLIC_SIZE],
                                            jk_certificate *fields);

/* Checks root -> node -> channel.  In this order: form and signatures (JK_E_CERTIFICATE), the same
 * role, code and unit in both (JK_E_IDENTITY), the channel key is the handshake's (JK_E_IDENTITY),
 * the dates of both (JK_E_EXPIRED, also when not yet valid), not revoked (JK_E_CERTIFICATE), the
 * node that was expected (JK_E_IDENTITY). */
JK_MUST_USE jk_status jk_certificate_chain(const uint8_t node[JK_CERTIFICATE_SIZE],
                                           const uint8_t channel[JK_CERTIFICATE_SIZE],
                                           const jk_chain_check *check, jk_peer *peer);

#endif
