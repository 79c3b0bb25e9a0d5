/* SPDX-License-Identifier: Apache-2.0 */
/* Records and the fixed layouts of HELLO, ACK and NACK. */
#include "channel/record.h"

#include "channel/bytes.h"

enum {
    FLAG_FIRST = 1,
    FLAG_LAST = 2
};

size_t jk_record_head(const jk_record *record, uint8_t bytes[JK_RECORD_FIRST_SIZE])
{
    bytes[0] = record->type;
    bytes[1] = (uint8_t)((record->first ? FLAG_FIRST : 0) | (record->last ? FLAG_LAST : 0));
    if (!record->first) {
        return JK_RECORD_HEAD_SIZE;
    }
    put_u64(bytes + 2, record->link_epoch);
    put_u64(bytes + 10, record->sequence);
    return JK_RECORD_FIRST_SIZE;
}

/* The one size of a control record's data, or -1 for other types. */
static int control_size(uint8_t type)
{
    switch (type) {
    case JK_RECORD_HELLO: return JK_HELLO_SIZE;
    case JK_RECORD_ACK: return JK_ACK_SIZE;
    case JK_RECORD_NACK: return JK_NACK_SIZE;
    case JK_RECORD_CLOSE: return 0;
    default: return -1;
    }
}

static bool message_valid(const jk_record *r, size_t plain_size)
{
    return r->data.size > 0 && (r->last || plain_size == JK_RECORD_PLAIN_MAX);
}

static bool control_valid(const jk_record *r)
{
    const int size = control_size(r->type);
    const bool has_epoch = r->type == JK_RECORD_ACK || r->type == JK_RECORD_NACK;
    return size >= 0 && r->first && r->last && r->data.size == (size_t)size && r->sequence == 0 &&
           (has_epoch || r->link_epoch == 0);
}

jk_status jk_record_parse(jk_span plain, jk_record *record)
{
    if (plain.size < JK_RECORD_HEAD_SIZE || plain.size > JK_RECORD_PLAIN_MAX ||
        (plain.data[1] & ~(FLAG_FIRST | FLAG_LAST)) != 0) {
        return JK_E_RECORD;
    }
    jk_record r = {
        .type = plain.data[0],
        .first = (plain.data[1] & FLAG_FIRST) != 0,
        .last = (plain.data[1] & FLAG_LAST) != 0,
    };
    size_t head = JK_RECORD_HEAD_SIZE;
    if (r.first) {
        head = JK_RECORD_FIRST_SIZE;
        if (plain.size < head) {
            return JK_E_RECORD;
        }
        r.link_epoch = get_u64(plain.data + 2);
        r.sequence = get_u64(plain.data + 10);
    }
    r.data = (jk_span){plain.data + head, plain.size - head};
    const bool valid =
        r.type == JK_RECORD_MESSAGE ? message_valid(&r, plain.size) : control_valid(&r);
    if (!valid) {
        return JK_E_RECORD;
    }
    *record = r;
    return JK_OK;
}

void jk_hello_encode(const jk_hello *hello, uint8_t bytes[JK_HELLO_SIZE])
{
    put_u64(bytes, hello->link_epoch);
    put_u64(bytes + 8, hello->last_sent);
    put_u64(bytes + 16, hello->received_epoch);
    put_u64(bytes + 24, hello->last_received);
    put_u64(bytes + 32, hello->revocation_sequence);
    put_u64(bytes + 40, hello->time_s);
    put_u16(bytes + 48, hello->version_min);
    put_u16(bytes + 50, hello->version_max);
}

jk_status jk_hello_decode(const uint8_t bytes[JK_HELLO_SIZE], jk_hello *hello)
{
    const uint16_t version_min = get_u16(bytes + 48);
    const uint16_t version_max = get_u16(bytes + 50);
    if (version_min > version_max) {
        return JK_E_HELLO;
    }
    hello->link_epoch = get_u64(bytes);
    hello->last_sent = get_u64(bytes + 8);
    hello->received_epoch = get_u64(bytes + 16);
    hello->last_received = get_u64(bytes + 24);
    hello->revocation_sequence = get_u64(bytes + 32);
    hello->time_s = get_u64(bytes + 40);
    hello->version_min = version_min;
    hello->version_max = version_max;
    return JK_OK;
}

void jk_ack_encode(const jk_ack *ack, uint8_t bytes[JK_ACK_SIZE])
{
    put_u64(bytes, ack->next_expected);
    put_u32(bytes + 8, ack->credit);
}

void jk_ack_decode(const uint8_t bytes[JK_ACK_SIZE], jk_ack *ack)
{
    ack->next_expected = get_u64(bytes);
    ack->credit = get_u32(bytes + 8);
}

void jk_nack_encode(const jk_nack *nack, uint8_t bytes[JK_NACK_SIZE])
{
    put_u64(bytes, nack->sequence);
    put_u16(bytes + 8, nack->rule);
}

void jk_nack_decode(const uint8_t bytes[JK_NACK_SIZE], jk_nack *nack)
{
    nack->sequence = get_u64(bytes);
    nack->rule = get_u16(bytes + 8);
}
