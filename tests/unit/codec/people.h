/* SPDX-License-Identifier: Apache-2.0 */
/* Random messages with valid values for the codec's tests; the same seed gives the same ones. */
#ifndef JK_TEST_CODEC_PEOPLE_H
#define JK_TEST_CODEC_PEOPLE_H

#include "juki/codec.h"

#include <names.h>

enum {
    KINDS = 52 /* that may stand in an envelope */
};

/* Room for any message struct, aligned. */
typedef union message_room {
    jk_wire_Envelope envelope;
    jk_wire_Certificate certificate;
    jk_wire_Cert cert;
    jk_wire_Register reg;
    jk_wire_LogRecord record;
    jk_wire_Changed changed;
    uint8_t bytes[32768];
} message_room;

typedef struct dice {
    uint64_t state;
} dice;

uint64_t dice_roll(dice *d);
uint32_t dice_below(dice *d, uint32_t limit);

/* Fills a message of the type, at most `lists` members in its lists. */
void message_fill(dice *d, const jk_wire_type *type, void *message);

/* Body bytes of a kind and an envelope around them that agree with each other. */
void envelope_fill(dice *d, uint16_t kind, uint8_t *body, size_t capacity, jk_envelope *envelope);

/* JK_TEST_SEED or 1. */
uint64_t test_seed(void);

#endif
