/* SPDX-License-Identifier: Apache-2.0 */
/* The folded kana key by which names are searched: two readings that people mix up get one key.
 * It is a key only, stored beside the name and never instead of it.
 *
 * Folding, in this order: compatibility forms to plain ones (half-width kana, full-width letters),
 * voicing marks away, hiragana to katakana, small kana to large, a-z to A-Z; spaces, middle dots,
 * long-vowel marks and selectors away; U and O away after a kana of the O row. */
#include "juki/registry.h"

#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

enum {
    PARTS_MAX = 32, /* the longest decomposition that Unicode has takes 18 */
    KATAKANA_U = 0x30a6,
    KATAKANA_O = 0x30aa
};

/* Small katakana and what they fold to. */
static uint32_t enlarge(uint32_t kana)
{
    switch (kana) {
    case 0x30a1: /* a */
    case 0x30a3: /* i */
    case 0x30a5: /* u */
    case 0x30a7: /* e */
    case 0x30a9: /* o */
    case 0x30c3: /* tsu */
    case 0x30e3: /* ya */
    case 0x30e5: /* yu */
    case 0x30e7: /* yo */
    case 0x30ee: /* wa */ return kana + 1;
    case 0x30f5: return 0x30ab; /* ka */
    case 0x30f6: return 0x30b1; /* ke */
    default: return kana;
    }
}

static bool dropped(uint32_t c)
{
    return c == 0x20 ||                    /* all spaces decompose to this one */
           c == 0x3000 || c == 0x30fb ||   /* ideographic space, middle dot */
           c == 0x30fc ||                  /* long vowel */
           (c >= 0x3099 && c <= 0x309c) || /* voicing marks */
           jk_utf8_is_selector(c);
}

static bool row_of_o(uint32_t kana)
{
    switch (kana) {
    case 0x30aa: /* o */
    case 0x30b3: /* ko */
    case 0x30bd: /* so */
    case 0x30c8: /* to */
    case 0x30ce: /* no */
    case 0x30db: /* ho */
    case 0x30e2: /* mo */
    case 0x30e8: /* yo */
    case 0x30ed: /* ro */
    case 0x30f2: /* wo */ return true;
    default: return false;
    }
}

static uint32_t fold_one(uint32_t c)
{
    if (c >= 0x3041 && c <= 0x3096) {
        c += 0x60; /* hiragana to katakana */
    }
    if (c >= 'a' && c <= 'z') {
        c -= 'a' - 'A';
    }
    return enlarge(c);
}

/* What is written so far, and the code point that it ends with. */
typedef struct fold_state {
    char *key; /* NULL: count only */
    size_t capacity;
    size_t used;
    uint32_t last;
} fold_state;

static bool append(fold_state *state, uint32_t c)
{
    uint8_t bytes[4];

    if ((c == KATAKANA_U || c == KATAKANA_O) && row_of_o(state->last)) {
        return true;
    }
    const size_t length = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes);
    if (length > state->capacity - state->used) {
        return false;
    }
    if (state->key != NULL) {
        memcpy(state->key + state->used, bytes, length);
    }
    state->used += length;
    state->last = c;
    return true;
}

static jk_status fold(const char *text, size_t size, fold_state *state)
{
    for (size_t at = 0; at < size;) {
        uint32_t code_point = 0;
        const size_t length = jk_utf8_read(text + at, size - at, &code_point);
        if (length == 0 || code_point == 0) {
            return JK_E_UTF8;
        }
        at += length;
        utf8proc_int32_t parts[PARTS_MAX];
        int boundary = 0;
        const utf8proc_option_t options = (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
        const utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code_point, parts,
                                                               PARTS_MAX, options, &boundary);
        if (count < 0 || count > PARTS_MAX) {
            return JK_E_UTF8;
        }
        for (utf8proc_ssize_t i = 0; i < count; i++) {
            const uint32_t part = (uint32_t)parts[i];
            if (!dropped(part) && !append(state, fold_one(part))) {
                return JK_E_OVERSIZED;
            }
        }
    }
    return JK_OK;
}

jk_status jk_kana_fold(const char *text, size_t size, char *key, size_t capacity, size_t *key_size)
{
    /* Once to see whether it fits, once to write: a refused call leaves the key as it was. */
    fold_state measure = {NULL, capacity, 0, 0};
    const jk_status status = fold(text, size, &measure);
    if (status != JK_OK) {
        return status;
    }
    fold_state state = {key, capacity, 0, 0};
    const jk_status again = fold(text, size, &state);
    if (again == JK_OK) {
        *key_size = state.used;
    }
    return again;
}
