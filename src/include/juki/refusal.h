/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told of a refusal, in Japanese and English: every status of juki/status.h and
 * every Reason of spec/wire/kinds.proto.  Made from spec/wire/refusals.tsv; gen/refusals/README.md
 * shows all of them. */
#ifndef JUKI_REFUSAL_H
#define JUKI_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum jk_refusal_class {
    JK_REFUSAL_OK,
    JK_REFUSAL_PEER,
    JK_REFUSAL_HOST,
    JK_REFUSAL_CALLER,
    JK_REFUSAL_REASON, /* the protocol refuses */
    JK_REFUSAL_ANSWER  /* a Reason that refuses nothing */
} jk_refusal_class;

typedef struct jk_refusal {
    uint16_t number; /* 1..99 a Reason, from 100 a status: unique, never used again */
    uint8_t class;   /* jk_refusal_class */
    bool retry;      /* the same request may succeed later, unchanged */
    const char *name;
    const char *text_en;
    const char *text_ja;
    const char *hint_en; /* what to do; "" where nothing is refused */
    const char *hint_ja;
} jk_refusal;

/* Ascending by number. */
extern const jk_refusal jk_refusals[];
extern const size_t jk_refusal_count;

/* NULL for a number that was never given. */
const jk_refusal *jk_refusal_of(unsigned number);

/* "PEER", "REASON" ...; "?" for none. */
const char *jk_refusal_class_name(const jk_refusal *refusal);

#endif
