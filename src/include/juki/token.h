/* SPDX-License-Identifier: Apache-2.0 */
/* The one type that generated machines share with the rest. */
#ifndef JUKI_TOKEN_H
#define JUKI_TOKEN_H

#include <stdint.h>

/* 16 bytes compared for equality only: case, txn, message_id, a resident's or a peer's key.  All
 * zero means "none". */
typedef struct jk_token {
    uint8_t byte[16];
} jk_token;

#endif
