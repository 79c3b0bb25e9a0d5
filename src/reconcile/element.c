/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, digests and values of elements: BLAKE2b and SipHash of libsodium. */
#include "element.h"

#include "field.h"
#include "juki/reasons.h"
#include "juki/registry.h"

#include <sodium/crypto_generichash_blake2b.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <string.h>

enum {
    HEADER_SIZE = 1 + 11 + 8 + 8 + 8 + 2 + 2 + 1 + 2,
    FORM = 1 /* version of the canonical form */
};

static const uint8_t RECORD[16] = "juki record";
static const uint8_t DAMAGED[16] = "juki damaged";
static const uint8_t SAVED[16] = "juki saved";
static const uint8_t NO_SALT[16] = {0};

static uint64_t get_u32(const uint8_t *from)
{
    return (uint64_t)from[0] << 24 | (uint64_t)from[1] << 16 | (uint64_t)from[2] << 8 | from[3];
}

static void derive(uint8_t *out, size_t size, const uint8_t *epoch_key, const char label[24])
{
    (void)crypto_generichash_blake2b(out, size, (const uint8_t *)label, 24, epoch_key,
                                     JK_RECON_KEY_SIZE);
}

static void put_u64(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static uint64_t get_u64(const uint8_t *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

void jk_recon_keys_derive(jk_recon_keys *keys, const uint8_t epoch_key[JK_RECON_KEY_SIZE])
{
    static const char digest[24] = "juki reconcile digest";
    static const char place[24] = "juki reconcile place";
    static const char value[2][24] = {"juki reconcile value a", "juki reconcile value b"};
    static const char label_id[24] = "juki reconcile id";
    uint8_t id[16];
    derive(keys->digest, sizeof keys->digest, epoch_key, digest);
    derive(keys->place, sizeof keys->place, epoch_key, place);
    for (size_t i = 0; i < JK_RECON_FACTORS; i++) {
        uint8_t factors[64];
        derive(factors, sizeof factors, epoch_key, value[i / 8]);
        keys->value[i] = jk_field_reduce(get_u64(factors + 8 * (i % 8)));
    }
    derive(id, sizeof id, epoch_key, label_id);
    keys->id = get_u64(id);
}

jk_status jk_element_key(const char code[11], uint64_t episode, uint64_t *key)
{
    jk_status status = jk_resident_code_check(code, 11, false);
    if (status != JK_OK) {
        return status;
    }
    if (episode > JK_EPISODE_MAX) {
        return JK_E_RANGE;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 11; i++) {
        number = number * 10 + (uint64_t)(code[i] - '0');
    }
    *key = number << 16 | episode;
    return JK_OK;
}

jk_status jk_element_name(uint64_t key, char code[12], uint32_t *episode)
{
    uint64_t number = key >> 16;
    if (number == 0 || key >= JK_ELEMENT_KEY_END) {
        return JK_E_RANGE;
    }
    for (int i = 10; i >= 0; i--) {
        code[i] = (char)('0' + number % 10);
        number /= 10;
    }
    code[11] = '\0';
    *episode = (uint32_t)(key & JK_EPISODE_MAX);
    return JK_OK;
}

void jk_element_token(const uint8_t epoch_key[JK_RECON_KEY_SIZE], uint64_t key, jk_token *token)
{
    static const char label[16] = "juki element";
    uint8_t in[sizeof label + 8];
    memcpy(in, label, sizeof label);
    put_u64(in + sizeof label, key);
    (void)crypto_generichash_blake2b(token->byte, sizeof token->byte, in, sizeof in, epoch_key,
                                     JK_RECON_KEY_SIZE);
}

uint64_t jk_element_place(const jk_recon_keys *keys, uint64_t key)
{
    uint8_t in[8];
    uint8_t out[8];
    put_u64(in, key);
    (void)crypto_shorthash_siphash24(out, in, sizeof in, keys->place);
    return get_u64(out);
}

uint64_t jk_element_value(const jk_recon_keys *keys, uint64_t key, const jk_digest *digest)
{
    const uint64_t *factor = keys->value;
    /* Eleven summands below 2^93 each: reduced once. */
    jk_wide sum =
        (jk_wide)factor[8] * (key >> 32) + (jk_wide)factor[9] * (key & UINT32_MAX) + factor[10];
    for (int i = 0; i < JK_RECON_DIGEST_SIZE / 4; i++) {
        sum += (jk_wide)factor[i] * get_u32(digest->byte + (ptrdiff_t)4 * i);
    }
    uint64_t value = jk_field_reduce((uint64_t)(sum & JK_PRIME) + (uint64_t)(sum >> 61));
    return value == 0 ? 1 : value;
}

static jk_status check(const jk_recon_record *r, uint64_t *key, const char **field)
{
    jk_status status = jk_element_key(r->code, r->episode, key);
    *field = status == JK_E_RANGE ? "episode" : "resident_code";
    if (status != JK_OK) {
        return status;
    }
    *field = "state";
    if (r->state != JK_RECON_OPEN && r->state != JK_RECON_CLOSED) {
        return JK_E_ENUM;
    }
    *field = "reason_in";
    if (r->reason_in != 0 && jk_change_reason_check(r->reason_in) != JK_OK) {
        return JK_E_ENUM;
    }
    *field = "reason_out"; /* an end has one, and nothing else has */
    status = r->state == JK_RECON_CLOSED ? jk_change_reason_check(r->reason_out)
             : r->reason_out == 0        ? JK_OK
                                         : JK_E_ENUM;
    if (status != JK_OK) {
        return status;
    }
    *field = "person";
    if (r->person.size == 0) {
        return JK_E_MISSING_FIELD;
    }
    return r->person.size > JK_RECON_PERSON_MAX ? JK_E_OVERSIZED : JK_OK;
}

/* Under a label of its own, so that no two kinds of bytes share a digest. */
static void digest_parts(const jk_recon_keys *keys, const uint8_t label[16], jk_span head,
                         jk_span body, jk_digest *out)
{
    crypto_generichash_blake2b_state state;
    (void)crypto_generichash_blake2b_init_salt_personal(&state, keys->digest, sizeof keys->digest,
                                                        sizeof out->byte, NO_SALT, label);
    (void)crypto_generichash_blake2b_update(&state, head.data, head.size);
    (void)crypto_generichash_blake2b_update(&state, body.data, body.size);
    (void)crypto_generichash_blake2b_final(&state, out->byte, sizeof out->byte);
}

jk_status jk_recon_digest(const jk_recon_keys *keys, const jk_recon_record *record, uint64_t *key,
                          jk_digest *digest, const char **field)
{
    const char *wrong = NULL;
    uint64_t number = 0;
    jk_status status = check(record, &number, &wrong);
    if (field != NULL) {
        *field = status == JK_OK ? NULL : wrong;
    }
    if (status != JK_OK) {
        return status;
    }
    uint8_t head[HEADER_SIZE];
    uint8_t *at = head;
    *at++ = FORM;
    memcpy(at, record->code, 11);
    put_u64(at + 11, record->episode);
    put_u64(at + 19, record->sequence);
    put_u64(at + 27, (uint64_t)record->change_day);
    at += 35;
    *at++ = (uint8_t)(record->reason_in >> 8);
    *at++ = (uint8_t)record->reason_in;
    *at++ = (uint8_t)(record->reason_out >> 8);
    *at++ = (uint8_t)record->reason_out;
    *at++ = record->state;
    *at++ = (uint8_t)(record->person.size >> 8);
    *at = (uint8_t)record->person.size;
    digest_parts(keys, RECORD, (jk_span){head, sizeof head}, record->person, digest);
    *key = number;
    return JK_OK;
}

void jk_recon_damaged(const jk_recon_keys *keys, jk_span raw, jk_digest *digest)
{
    digest_parts(keys, DAMAGED, (jk_span){NULL, 0}, raw, digest);
}

void jk_recon_scrub(const jk_recon_keys *keys, uint64_t key, const jk_recon_record *record,
                    jk_span raw, jk_digest *digest)
{
    uint64_t read = 0;
    jk_status status = jk_recon_digest(keys, record, &read, digest, NULL);
    if (status != JK_OK || read != key) {
        jk_recon_damaged(keys, raw, digest);
    }
}

void jk_recon_checksum(const jk_recon_keys *keys, jk_span saved, jk_digest *digest)
{
    digest_parts(keys, SAVED, (jk_span){NULL, 0}, saved, digest);
}
