/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation compares: an element is one residence of one resident, named by (resident
 * record code, episode) and worth the digest of its record.  All hashes are keyed by the
 * municipality's epoch key; without it a digest could be searched back to the number in it. */
#ifndef JUKI_RECONCILE_ELEMENT_H
#define JUKI_RECONCILE_ELEMENT_H

#include "juki/status.h"
#include "juki/types.h"

enum {
    JK_RECON_KEY_SIZE = 32,    /* bytes of the epoch key */
    JK_RECON_DIGEST_SIZE = 32, /* bytes of a record's digest */
    JK_RECON_FACTORS = 11,     /* for the words of key and digest, and a summand */
    JK_RECON_OPEN = 1,         /* states of a record */
    JK_RECON_CLOSED = 2,
    JK_EPISODE_MAX = 65535,    /* a resident's residence epochs count his moves */
    JK_RECON_PERSON_MAX = 4096 /* bytes of an encoded Person */
};

/* Keys are below this: 100,000,000,000 codes of 65,536 episodes, 53 bits. */
#define JK_ELEMENT_KEY_END (UINT64_C(100000000000) << 16)

typedef struct jk_digest {
    uint8_t byte[JK_RECON_DIGEST_SIZE];
} jk_digest;

/* What is derived from one epoch key.  Sums made under two keys do not add up: `id` tells them
 * apart and stands in every message of a round. */
typedef struct jk_recon_keys {
    uint8_t digest[32];               /* of records */
    uint8_t place[16];                /* of (code, episode): cells, buckets */
    uint64_t value[JK_RECON_FACTORS]; /* of (code, episode, digest) */
    uint64_t id;
} jk_recon_keys;

void jk_recon_keys_derive(jk_recon_keys *keys, const uint8_t epoch_key[JK_RECON_KEY_SIZE]);

/* (code, episode) as a number.  JK_E_RESIDENT_CODE: not eleven digits, or all zero (the check digit
 * is not looked at: a damaged code has to be named, too).  JK_E_RANGE: episode. */
JK_MUST_USE jk_status jk_element_key(const char code[11], uint64_t episode, uint64_t *key);

/* And back; JK_E_RANGE for a number that is no key, then nothing is written. */
JK_MUST_USE jk_status jk_element_name(uint64_t key, char code[12], uint32_t *episode);

/* A name of an element that says nobody who it is: for logs.  Keyed by the epoch key. */
void jk_element_token(const uint8_t epoch_key[JK_RECON_KEY_SIZE], uint64_t key, jk_token *token);

/* Keyed hash of (code, episode): says which cells and which buckets an element is in. */
uint64_t jk_element_place(const jk_recon_keys *keys, uint64_t key);

/* f: keyed hash of (code, episode, digest), 1..2^61-2.  What sums are made of: the words of key
 * and digest, 32 bits each, times secret factors.  The digest is a keyed hash already, so that
 * no more is needed than that two different ones give one f by no more than chance. */
uint64_t jk_element_value(const jk_recon_keys *keys, uint64_t key, const jk_digest *digest);

/* A record as it is digested.  person is the encoded Person: the wire has one encoding of each
 * message (spec/wire), so that equal residents are equal bytes; whoever stores it has had it
 * checked by the codec, which says the field of one that is not canonical. */
typedef struct jk_recon_record {
    const char *code; /* eleven digits */
    uint64_t episode;
    uint64_t sequence;   /* of the log entry that wrote it last; 0: taken over at the import */
    int64_t change_day;  /* days since 1970-01-01; INT64_MIN unknown */
    uint16_t reason_in;  /* change reason, 101..320; 0: taken over at the import */
    uint16_t reason_out; /* the same of its end; 0 while open */
    uint8_t state;       /* JK_RECON_OPEN, JK_RECON_CLOSED */
    jk_span person;
} jk_recon_record;

/* Digest of a record and the key of its element.  A record that is not canonical has none: the
 * status says why and *field (may be NULL) which field; otherwise *field is NULL. */
JK_MUST_USE jk_status jk_recon_digest(const jk_recon_keys *keys, const jk_recon_record *record,
                                      uint64_t *key, jk_digest *digest, const char **field);

/* Digest of a row that holds no canonical record any more: bytes as they were read.  It is never
 * that of a record, so the next round shows the element. */
void jk_recon_damaged(const jk_recon_keys *keys, jk_span raw, jk_digest *digest);

/* What a scrub compares with the stored digest of element `key`: the digest of the record that the
 * row holds, or of its raw bytes when that is no record any more, or somebody else's. */
void jk_recon_scrub(const jk_recon_keys *keys, uint64_t key, const jk_recon_record *record,
                    jk_span raw, jk_digest *digest);

/* Keyed hash of what a node has saved for itself, and will only believe when it is unchanged. */
void jk_recon_checksum(const jk_recon_keys *keys, jk_span saved, jk_digest *digest);

#endif
