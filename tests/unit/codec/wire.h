/* SPDX-License-Identifier: Apache-2.0 */
/* Writes wire bytes by hand, also wrong ones. */
#ifndef JK_TEST_CODEC_WIRE_H
#define JK_TEST_CODEC_WIRE_H

#include "juki/codec.h"

#include <names.h>
#include <string.h>

typedef struct wire {
    size_t size;
    uint8_t bytes[40000];
} wire;

static inline void put_byte(wire *w, unsigned byte)
{
    w->bytes[w->size++] = (uint8_t)byte;
}

static inline void put_varint(wire *w, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        put_byte(w, (unsigned)(value & 0x7F) | 0x80);
    }
    put_byte(w, (unsigned)value);
}

static inline void put_number(wire *w, uint32_t tag, uint64_t value)
{
    put_varint(w, (uint64_t)tag << 3);
    put_varint(w, value);
}

static inline void put_sized(wire *w, uint32_t tag, const void *data, size_t size)
{
    put_varint(w, (uint64_t)tag << 3 | 2);
    put_varint(w, size);
    memcpy(w->bytes + w->size, data, size);
    w->size += size;
}

static inline void put_text(wire *w, uint32_t tag, const char *text)
{
    put_sized(w, tag, text, strlen(text));
}

/* One text many times as one field. */
static inline void put_many(wire *w, uint32_t tag, const char *text, size_t times)
{
    size_t size = strlen(text);
    put_varint(w, (uint64_t)tag << 3 | 2);
    put_varint(w, size * times);
    for (size_t i = 0; i < times; i++) {
        memcpy(w->bytes + w->size, text, size);
        w->size += size;
    }
}

#endif
