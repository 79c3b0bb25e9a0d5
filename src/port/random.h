/* SPDX-License-Identifier: Apache-2.0 */
/* The random port: where secret bytes come from.  A node uses libsodium's (jk_random_system_init of
 * src/channel/random.h); tests and the simulator use a seeded one, so that a run can be repeated
 * byte for byte. */
#ifndef JUKI_PORT_RANDOM_H
#define JUKI_PORT_RANDOM_H

#include "juki/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct jk_random jk_random;

struct jk_random {
    /* Fills size bytes; JK_E_RANDOM when it cannot, and then data must not be used. */
    jk_status (*fill)(jk_random *self, uint8_t *data, size_t size);
};

#endif
