/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the fixed layouts of this folder: unsigned, big-endian.  (Noise's own nonce is
 * little-endian and stays in noise.c.) */
#ifndef JUKI_CHANNEL_BYTES_H
#define JUKI_CHANNEL_BYTES_H

#include <stdint.h>

static inline void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)(value & 0xff);
}

static inline void put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, (uint16_t)(value >> 16));
    put_u16(at + 2, (uint16_t)(value & 0xffff));
}

static inline void put_u64(uint8_t *at, uint64_t value)
{
    put_u32(at, (uint32_t)(value >> 32));
    put_u32(at + 4, (uint32_t)(value & 0xffffffff));
}

static inline uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)((at[0] << 8) | at[1]);
}

static inline uint32_t get_u32(const uint8_t *at)
{
    return ((uint32_t)get_u16(at) << 16) | get_u16(at + 2);
}

static inline uint64_t get_u64(const uint8_t *at)
{
    return ((uint64_t)get_u32(at) << 32) | get_u32(at + 4);
}

#endif
