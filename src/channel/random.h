/* SPDX-License-Identifier: Apache-2.0 */
/* The random port over libsodium.  Call it once at the start of a program: it also lets libsodium
 * choose its fastest code for this processor. */
#ifndef JUKI_CHANNEL_RANDOM_H
#define JUKI_CHANNEL_RANDOM_H

#include "port/random.h"

/* Prepares libsodium and fills the port.  JK_E_RANDOM when libsodium cannot start. */
JK_MUST_USE jk_status jk_random_system_init(jk_random *random);

#endif
