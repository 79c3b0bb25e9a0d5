/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of states and edges, sorted and digested. */
#include "record.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char key[crypto_shorthash_siphashx24_KEYBYTES] = "juki graph hash";

jk_hash jk_hash_of(const uint8_t *bytes, size_t size)
{
    jk_hash hash;
    (void)crypto_shorthash_siphashx24(hash.byte, bytes, size, key);
    return hash;
}

jk_hash jk_hash_edge(jk_hash source, jk_hash target, const int32_t *sum)
{
    uint8_t all[32 + JK_SUMS * sizeof(*sum)];
    memcpy(all, source.byte, 16);
    memcpy(all + 16, target.byte, 16);
    memcpy(all + 32, sum, JK_SUMS * sizeof(*sum));
    return jk_hash_of(all, sizeof(all));
}

bool jk_hashes_add(jk_hashes *hashes, jk_hash hash)
{
    if (hashes->count == hashes->room) {
        size_t room = hashes->room == 0 ? 65536 : hashes->room * 2;
        jk_hash *list = realloc(hashes->list, room * sizeof(*list));
        if (list == NULL) {
            return false;
        }
        hashes->list = list;
        hashes->room = room;
    }
    hashes->list[hashes->count++] = hash;
    return true;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(jk_hash));
}

void jk_hashes_digest(jk_hashes *hashes, char text[65])
{
    unsigned char digest[32];
    crypto_generichash_state state;
    (void)sodium_init();
    if (hashes->count > 0) {
        qsort(hashes->list, hashes->count, sizeof(*hashes->list), compare);
    }
    (void)crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    (void)crypto_generichash_update(&state, (const unsigned char *)hashes->list,
                                    hashes->count * sizeof(*hashes->list));
    (void)crypto_generichash_final(&state, digest, sizeof(digest));
    (void)sodium_bin2hex(text, 65, digest, sizeof(digest));
}
