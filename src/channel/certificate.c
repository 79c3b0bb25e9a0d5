/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates at fixed offsets; the offsets below are the format. */
#include "channel/certificate.h"

#include "channel/bytes.h"

#include <sodium.h>
#include <string.h>

enum {
    FORMAT_VERSION = 1,
    AT_VERSION = 0,
    AT_TYPE = 1,
    AT_ROLE = 2,
    AT_ZERO_1 = 3,
    AT_CODE = 4,
    AT_UNIT = 10,
    AT_ZERO_2 = 12,
    AT_SERIAL = 16,
    AT_FROM = 24,
    AT_TO = 32,
    AT_EXCHANGE = 40,
    AT_SIGN = 72,
    AT_ISSUER = 104,
    AT_SIGNATURE = 112,
    CODE_SIZE = 6
};

_Static_assert(AT_SIGNATURE + JK_SIGNATURE_SIZE == JK_CERTIFICATE_SIZE, "layout");

bool jk_node_id_valid(const jk_node_id *id)
{
    if (id->role < JK_ROLE_CS || id->role > JK_ROLE_CARDS || id->code[CODE_SIZE] != '\0') {
        return false;
    }
    bool zeros = true;
    for (size_t i = 0; i < CODE_SIZE; i++) {
        if (id->code[i] < '0' || id->code[i] > '9') {
            return false;
        }
        zeros = zeros && id->code[i] == '0';
    }
    return zeros == (id->role == JK_ROLE_NATIONAL || id->role == JK_ROLE_CARDS);
}

static bool fields_valid(const jk_certificate *f)
{
    if (!jk_node_id_valid(&f->id) || f->to_s <= f->from_s) {
        return false;
    }
    const bool has_exchange = sodium_is_zero(f->exchange_public, JK_KEY_SIZE) == 0;
    const bool has_sign = sodium_is_zero(f->sign_public, JK_SIGN_PUBLIC_SIZE) == 0;
    const uint64_t validity = f->to_s - f->from_s;
    if (f->type == JK_CERTIFICATE_NODE) {
        return !has_exchange && has_sign && validity <= JK_NODE_VALIDITY_MAX_S;
    }
    return f->type == JK_CERTIFICATE_CHANNEL && has_exchange && !has_sign &&
           validity <= JK_CHANNEL_VALIDITY_MAX_S;
}

static const char *label_of(uint8_t type)
{
    return type == JK_CERTIFICATE_NODE ? JK_LABEL_NODE_CERTIFICATE : JK_LABEL_CHANNEL_CERTIFICATE;
}

jk_status jk_certificate_issue(const jk_certificate *fields,
                               const uint8_t secret[JK_SIGN_SECRET_SIZE],
                               uint8_t bytes[JK_CERTIFICATE_SIZE])
{
    if (!fields_valid(fields)) {
        return JK_E_USAGE;
    }
    memset(bytes, 0, JK_CERTIFICATE_SIZE);
    bytes[AT_VERSION] = FORMAT_VERSION;
    bytes[AT_TYPE] = fields->type;
    bytes[AT_ROLE] = fields->id.role;
    memcpy(bytes + AT_CODE, fields->id.code, CODE_SIZE);
    put_u16(bytes + AT_UNIT, fields->id.unit);
    put_u64(bytes + AT_SERIAL, fields->serial);
    put_u64(bytes + AT_FROM, fields->from_s);
    put_u64(bytes + AT_TO, fields->to_s);
    memcpy(bytes + AT_EXCHANGE, fields->exchange_public, JK_KEY_SIZE);
    memcpy(bytes + AT_SIGN, fields->sign_public, JK_SIGN_PUBLIC_SIZE);
    /* libsodium's secret key ends with the public key. */
    jk_sign_key_hint(secret + JK_SIGN_SEED_SIZE, bytes + AT_ISSUER);
    jk_sign(label_of(fields->type), (jk_span){bytes, AT_SIGNATURE}, secret, bytes + AT_SIGNATURE);
    return JK_OK;
}

jk_status jk_certificate_decode(const uint8_t bytes[JK_CERTIFICATE_SIZE], jk_certificate *fields)
{
    if (bytes[AT_VERSION] != FORMAT_VERSION || bytes[AT_ZERO_1] != 0 ||
        sodium_is_zero(bytes + AT_ZERO_2, AT_SERIAL - AT_ZERO_2) == 0) {
        return JK_E_CERTIFICATE;
    }
    jk_certificate read;
    memset(&read, 0, sizeof read);
    read.type = bytes[AT_TYPE];
    read.id.role = bytes[AT_ROLE];
    memcpy(read.id.code, bytes + AT_CODE, CODE_SIZE);
    read.id.unit = get_u16(bytes + AT_UNIT);
    read.serial = get_u64(bytes + AT_SERIAL);
    read.from_s = get_u64(bytes + AT_FROM);
    read.to_s = get_u64(bytes + AT_TO);
    memcpy(read.exchange_public, bytes + AT_EXCHANGE, JK_KEY_SIZE);
    memcpy(read.sign_public, bytes + AT_SIGN, JK_SIGN_PUBLIC_SIZE);
    memcpy(read.issuer, bytes + AT_ISSUER, JK_KEY_HINT_SIZE);
    if (!fields_valid(&read)) {
        return JK_E_CERTIFICATE;
    }
    *fields = read;
    return JK_OK;
}

jk_status jk_certificate_verify(const uint8_t bytes[JK_CERTIFICATE_SIZE],
                                const uint8_t issuer[JK_SIGN_PUBLIC_SIZE], jk_certificate *fields)
{
    jk_certificate read;
    const jk_status status = jk_certificate_decode(bytes, &read);
    if (status != JK_OK) {
        return status;
    }
    uint8_t hint[JK_KEY_HINT_SIZE];
    jk_sign_key_hint(issuer, hint);
    if (memcmp(hint, read.issuer, sizeof hint) != 0 ||
        !jk_sign_verify(label_of(read.type), (jk_span){bytes, AT_SIGNATURE}, issuer,
                        bytes + AT_SIGNATURE)) {
        return JK_E_CERTIFICATE;
    }
    *fields = read;
    return JK_OK;
}

static bool valid_at(const jk_certificate *c, uint64_t now_s)
{
    return c->from_s <= now_s && now_s < c->to_s;
}

static jk_status check_links(const jk_certificate *node, const jk_certificate *channel,
                             const jk_chain_check *check)
{
    if (!jk_node_equal(&node->id, &channel->id) ||
        memcmp(channel->exchange_public, check->remote_static, JK_KEY_SIZE) != 0) {
        return JK_E_IDENTITY;
    }
    if (!valid_at(node, check->now_s) || !valid_at(channel, check->now_s)) {
        return JK_E_EXPIRED;
    }
    if (check->revoked != NULL &&
        (check->revoked(check->revoked_arg, node) || check->revoked(check->revoked_arg, channel))) {
        return JK_E_CERTIFICATE;
    }
    if (check->expected != NULL && !jk_node_equal(&node->id, check->expected)) {
        return JK_E_IDENTITY;
    }
    return JK_OK;
}

jk_status jk_certificate_chain(const uint8_t node[JK_CERTIFICATE_SIZE],
                               const uint8_t channel[JK_CERTIFICATE_SIZE],
                               const jk_chain_check *check, jk_peer *peer)
{
    jk_certificate n;
    jk_certificate c;
    jk_status status = jk_certificate_verify(node, check->root_public, &n);
    if (status == JK_OK && n.type != JK_CERTIFICATE_NODE) {
        status = JK_E_CERTIFICATE;
    }
    if (status == JK_OK) {
        status = jk_certificate_verify(channel, n.sign_public, &c);
    }
    if (status != JK_OK) {
        return status;
    }
    if (c.type != JK_CERTIFICATE_CHANNEL) {
        return JK_E_CERTIFICATE;
    }
    status = check_links(&n, &c, check);
    if (status != JK_OK) {
        return status;
    }
    memset(peer, 0, sizeof *peer);
    peer->id = n.id;
    memcpy(peer->sign_public, n.sign_public, JK_SIGN_PUBLIC_SIZE);
    peer->node_serial = n.serial;
    peer->channel_serial = c.serial;
    peer->to_s = n.to_s < c.to_s ? n.to_s : c.to_s;
    return JK_OK;
}
