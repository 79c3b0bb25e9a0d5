/* SPDX-License-Identifier: Apache-2.0 */
/* The helpers of lib.h. */
#include "lib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t lib_next(lib_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t lib_below(lib_random *random, uint64_t bound)
{
    return lib_next(random) % bound;
}

lib_random lib_seed(const char *test)
{
    const char *given = getenv("JK_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20261123;
    (void)printf("%s: JK_SEED=%llu\n", test, (unsigned long long)seed);
    return (lib_random){seed};
}

static void *take(void *arg, size_t size)
{
    lib_memory *memory = arg;
    if (++memory->taken == memory->refuse) {
        return NULL;
    }
    memory->out++;
    return malloc(size);
}

static void give(void *arg, void *block)
{
    lib_memory *memory = arg;
    memory->out -= block != NULL;
    free(block);
}

void lib_memory_open(lib_memory *memory, size_t refuse)
{
    *memory = (lib_memory){.port = {take, give, memory}, .refuse = refuse};
}

void lib_keys(jk_recon_keys *keys, uint8_t number)
{
    uint8_t epoch_key[JK_RECON_KEY_SIZE] = {number};
    jk_recon_keys_derive(keys, epoch_key);
}

uint64_t lib_key(lib_random *random)
{
    uint64_t code = 1 + lib_below(random, UINT64_C(99999999999));
    return code << 16 | (1 + lib_below(random, 9));
}

jk_digest lib_digest(lib_random *random)
{
    jk_digest digest;
    for (size_t i = 0; i < sizeof digest.byte; i += 8) {
        uint64_t bits = lib_next(random);
        memcpy(digest.byte + i, &bits, 8);
    }
    return digest;
}
