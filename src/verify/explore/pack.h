/* SPDX-License-Identifier: Apache-2.0 */
/* A state as it is kept and hashed: which bytes are not zero, a bit each, then those bytes.  Most
 * of a state is empty channels, so this is about a quarter of it; nothing is lost. */
#ifndef JUKI_VERIFY_PACK_H
#define JUKI_VERIFY_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JK_PACKED_MAX(size) ((size) + ((size) + 7) / 8)

/* The number of the lowest bit; there is one. */
static inline unsigned jk_lowest(unsigned mask)
{
#ifdef __TINYC__
    unsigned bit = 0;
    for (; (mask >> bit & 1) == 0; bit++) {
    }
    return bit;
#else
    return (unsigned)__builtin_ctz(mask);
#endif
}

/* A bit for each byte of the word that is not zero, the first byte's lowest. */
static inline unsigned jk_used_bytes(const uint8_t *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof(word));
    uint64_t high = ((word & 0x7f7f7f7f7f7f7f7fU) + 0x7f7f7f7f7f7f7f7fU) | word;
    return (unsigned)((((high & 0x8080808080808080U) >> 7) * 0x0102040810204080U) >> 56);
}

/* Returns the bytes used. */
static inline size_t jk_pack(const uint8_t *state, size_t size, uint8_t *packed)
{
    size_t bits = (size + 7) / 8;
    size_t used = bits;
    for (size_t i = 0; i < bits; i++) {
        uint8_t last[8] = {0};
        const uint8_t *bytes = state + i * 8;
        if (size - i * 8 < 8) {
            memcpy(last, bytes, size - i * 8);
            bytes = last;
        }
        unsigned mask = jk_used_bytes(bytes);
        packed[i] = (uint8_t)mask;
        for (; mask != 0; mask &= mask - 1) {
            packed[used++] = bytes[jk_lowest(mask)];
        }
    }
    return used;
}

static inline void jk_unpack(const uint8_t *packed, size_t size, uint8_t *state)
{
    const uint8_t *from = packed + (size + 7) / 8;
    memset(state, 0, size);
    for (size_t i = 0; i < (size + 7) / 8; i++) {
        for (unsigned mask = packed[i]; mask != 0; mask &= mask - 1) {
            state[i * 8 + jk_lowest(mask)] = *from++;
        }
    }
}

static inline size_t jk_packed_size(const uint8_t *packed, size_t size)
{
    size_t used = (size + 7) / 8;
    for (size_t i = 0; i < (size + 7) / 8; i++) {
        for (unsigned mask = packed[i]; mask != 0; mask &= mask - 1) {
            used++;
        }
    }
    return used;
}

#endif
