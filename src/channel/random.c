/* SPDX-License-Identifier: Apache-2.0 */
/* The random port over libsodium's randombytes. */
#include "channel/random.h"

#include <sodium.h>

static jk_status system_fill(jk_random *self, uint8_t *data, size_t size)
{
    (void)self;
    randombytes_buf(data, size);
    return JK_OK;
}

jk_status jk_random_system_init(jk_random *random)
{
    if (sodium_init() < 0) {
        return JK_E_RANDOM;
    }
    random->fill = system_fill;
    return JK_OK;
}
