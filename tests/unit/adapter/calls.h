/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of a store as one call without arguments, for tests that say something of all of
 * them. */
#ifndef JUKI_TESTS_ADAPTER_CALLS_H
#define JUKI_TESTS_ADAPTER_CALLS_H

#include "bench.h"

typedef struct store_call {
    const char *name;
    bool writes;
    jk_status (*make)(jk_store *store);
} store_call;

extern const store_call store_calls[];
extern const size_t store_call_count;

/* Rows that every operation finds, written in one group. */
void fill_store(jk_store *store);

/* What the reading operations gave last, as bytes: equal when nothing was given. */
typedef struct store_answers {
    jk_machine_row machine;
    jk_outbox_row outbox;
    jk_inbox_row inbox;
    jk_dead_letter_row letter;
    jk_timer_row timer;
    jk_register_row person;
    jk_log_row log;
    jk_episode_row episode;
    jk_compare_row compare;
    jk_element_row element;
    jk_element_row elements[2];
    jk_change_row change;
    jk_change_row changes[2];
    jk_round_row round;
    jk_finding_row finding;
    jk_bulk_row bulk;
    int64_t id;
    jk_token token;
    char code[8];
    uint8_t value[64];
    uint64_t number;
    size_t size;
    int member;
    uint16_t rule;
    uint8_t state;
} store_answers;

extern store_answers answers;

#endif
