/* SPDX-License-Identifier: Apache-2.0 */
/* The signed directory of nodes; the offsets below are the format. */
#include "channel/directory.h"

#include "channel/bytes.h"

#include <sodium.h>
#include <string.h>

enum {
    FORMAT_VERSION = 1,
    MAGIC_SIZE = 4,
    AT_VERSION = 4,
    AT_ZERO = 5,
    AT_COUNT = 8,
    AT_SEQUENCE = 12,
    AT_ISSUED = 20,
    AT_ZERO_2 = 28,
    ENTRY_AT_PREKEY = JK_CERTIFICATE_SIZE,
    ENTRY_AT_ADDRESS = ENTRY_AT_PREKEY + JK_KEY_SIZE
};

_Static_assert(ENTRY_AT_ADDRESS + JK_DIRECTORY_ADDRESS_SIZE == JK_DIRECTORY_ENTRY_SIZE, "layout");

static const uint8_t magic[MAGIC_SIZE] = {'J', 'K', 'D', 'R'};

size_t jk_directory_size(size_t count)
{
    return JK_DIRECTORY_HEADER_SIZE + count * JK_DIRECTORY_ENTRY_SIZE + JK_SIGNATURE_SIZE;
}

int jk_directory_compare(const jk_node_id *a, const jk_node_id *b)
{
    if (a->role != b->role) {
        return a->role < b->role ? -1 : 1;
    }
    const int code = memcmp(a->code, b->code, 6);
    if (code != 0) {
        return code;
    }
    return a->unit == b->unit ? 0 : (a->unit < b->unit ? -1 : 1);
}

/* host:port, printable ASCII without space, port 1..65535 without leading zero, zeros behind. */
static bool address_valid(const char address[JK_DIRECTORY_ADDRESS_SIZE])
{
    size_t size = 0;
    size_t colon = 0;
    while (size < JK_DIRECTORY_ADDRESS_SIZE && address[size] > ' ' && address[size] <= '~') {
        colon = address[size] == ':' ? size : colon;
        size++;
    }
    for (size_t i = size; i < JK_DIRECTORY_ADDRESS_SIZE; i++) {
        if (address[i] != '\0') {
            return false;
        }
    }
    if (colon == 0 || size == JK_DIRECTORY_ADDRESS_SIZE || address[colon + 1] == '0') {
        return false;
    }
    unsigned port = 0;
    for (size_t i = colon + 1; i < size; i++) {
        if (address[i] < '0' || address[i] > '9' || port > 6553) {
            return false;
        }
        port = port * 10 + (unsigned)(address[i] - '0');
    }
    return port >= 1 && port <= 65535;
}

static bool entry_read(const uint8_t *at, jk_directory_entry *entry)
{
    memcpy(entry->node_certificate, at, JK_CERTIFICATE_SIZE);
    memcpy(entry->prekey, at + ENTRY_AT_PREKEY, JK_KEY_SIZE);
    memcpy(entry->address, at + ENTRY_AT_ADDRESS, JK_DIRECTORY_ADDRESS_SIZE);
    return address_valid(entry->address) && sodium_is_zero(entry->prekey, JK_KEY_SIZE) == 0 &&
           jk_certificate_decode(entry->node_certificate, &entry->node) == JK_OK &&
           entry->node.type == JK_CERTIFICATE_NODE;
}

/* Every entry well formed, in strictly rising order. */
static jk_status check_entries(const uint8_t *bytes, size_t count)
{
    jk_directory_entry entry;
    jk_node_id previous;
    memset(&previous, 0, sizeof previous);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = bytes + JK_DIRECTORY_HEADER_SIZE + i * JK_DIRECTORY_ENTRY_SIZE;
        if (!entry_read(at, &entry)) {
            return JK_E_CERTIFICATE;
        }
        if (i > 0 && jk_directory_compare(&previous, &entry.node.id) >= 0) {
            return JK_E_WIRE;
        }
        previous = entry.node.id;
    }
    return JK_OK;
}

/* Form of what build is given; nothing was written yet. */
static bool entries_valid(const jk_directory_entry *entries, size_t count)
{
    jk_node_id previous;
    memset(&previous, 0, sizeof previous);
    for (size_t i = 0; i < count; i++) {
        jk_certificate node;
        if (!address_valid(entries[i].address) ||
            sodium_is_zero(entries[i].prekey, JK_KEY_SIZE) != 0 ||
            jk_certificate_decode(entries[i].node_certificate, &node) != JK_OK ||
            node.type != JK_CERTIFICATE_NODE ||
            (i > 0 && jk_directory_compare(&previous, &node.id) >= 0)) {
            return false;
        }
        previous = node.id;
    }
    return true;
}

jk_status jk_directory_build(const jk_directory *header, const jk_directory_entry *entries,
                             const uint8_t root_secret[JK_SIGN_SECRET_SIZE], uint8_t *bytes,
                             size_t capacity)
{
    const size_t count = header->count;
    if (count > JK_DIRECTORY_ENTRIES_MAX || capacity < jk_directory_size(count)) {
        return JK_E_OVERSIZED;
    }
    if (!entries_valid(entries, count)) {
        return JK_E_USAGE;
    }
    memset(bytes, 0, JK_DIRECTORY_HEADER_SIZE);
    memcpy(bytes, magic, MAGIC_SIZE);
    bytes[AT_VERSION] = FORMAT_VERSION;
    put_u32(bytes + AT_COUNT, header->count);
    put_u64(bytes + AT_SEQUENCE, header->sequence);
    put_u64(bytes + AT_ISSUED, header->issued_s);
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = bytes + JK_DIRECTORY_HEADER_SIZE + i * JK_DIRECTORY_ENTRY_SIZE;
        memcpy(at, entries[i].node_certificate, JK_CERTIFICATE_SIZE);
        memcpy(at + ENTRY_AT_PREKEY, entries[i].prekey, JK_KEY_SIZE);
        memcpy(at + ENTRY_AT_ADDRESS, entries[i].address, JK_DIRECTORY_ADDRESS_SIZE);
    }
    const size_t signed_size = jk_directory_size(count) - JK_SIGNATURE_SIZE;
    jk_sign(JK_LABEL_DIRECTORY, (jk_span){bytes, signed_size}, root_secret, bytes + signed_size);
    return JK_OK;
}

static jk_status check_header(jk_span bytes)
{
    if (bytes.size < jk_directory_size(0)) {
        return JK_E_TRUNCATED;
    }
    if (memcmp(bytes.data, magic, MAGIC_SIZE) != 0) {
        return JK_E_WIRE;
    }
    if (bytes.data[AT_VERSION] != FORMAT_VERSION) {
        return JK_E_VERSION;
    }
    if (sodium_is_zero(bytes.data + AT_ZERO, AT_COUNT - AT_ZERO) == 0 ||
        sodium_is_zero(bytes.data + AT_ZERO_2, JK_DIRECTORY_HEADER_SIZE - AT_ZERO_2) == 0) {
        return JK_E_WIRE;
    }
    const uint32_t count = get_u32(bytes.data + AT_COUNT);
    if (count > JK_DIRECTORY_ENTRIES_MAX || bytes.size > jk_directory_size(count)) {
        return JK_E_OVERSIZED;
    }
    return bytes.size < jk_directory_size(count) ? JK_E_TRUNCATED : JK_OK;
}

jk_status jk_directory_open(jk_span bytes, const uint8_t root_public[JK_SIGN_PUBLIC_SIZE],
                            jk_directory *directory)
{
    jk_status status = check_header(bytes);
    if (status != JK_OK) {
        return status;
    }
    const size_t signed_size = bytes.size - JK_SIGNATURE_SIZE;
    if (!jk_sign_verify(JK_LABEL_DIRECTORY, (jk_span){bytes.data, signed_size}, root_public,
                        bytes.data + signed_size)) {
        return JK_E_CERTIFICATE;
    }
    const uint32_t count = get_u32(bytes.data + AT_COUNT);
    status = check_entries(bytes.data, count);
    if (status != JK_OK) {
        return status;
    }
    directory->bytes = bytes.data;
    directory->count = count;
    directory->sequence = get_u64(bytes.data + AT_SEQUENCE);
    directory->issued_s = get_u64(bytes.data + AT_ISSUED);
    return JK_OK;
}

jk_status jk_directory_at(const jk_directory *directory, size_t index, jk_directory_entry *entry)
{
    jk_directory_entry read;
    if (index >= directory->count ||
        !entry_read(directory->bytes + JK_DIRECTORY_HEADER_SIZE + index * JK_DIRECTORY_ENTRY_SIZE,
                    &read)) {
        return JK_E_NOT_FOUND;
    }
    *entry = read;
    return JK_OK;
}

jk_status jk_directory_find(const jk_directory *directory, const jk_node_id *id,
                            jk_directory_entry *entry)
{
    size_t low = 0;
    size_t high = directory->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        jk_directory_entry read;
        const jk_status status = jk_directory_at(directory, middle, &read);
        if (status != JK_OK) {
            return status;
        }
        const int order = jk_directory_compare(id, &read.node.id);
        if (order == 0) {
            *entry = read;
            return JK_OK;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return JK_E_NOT_FOUND;
}
