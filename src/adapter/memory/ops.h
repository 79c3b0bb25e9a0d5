/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the memory store: its struct, the doors every operation passes, and the operations. */
#ifndef JUKI_ADAPTER_MEMORY_OPS_H
#define JUKI_ADAPTER_MEMORY_OPS_H

#include "map.h"
#include "port/store_check.h"

/* The first byte of a key. */
typedef enum jk_memory_table {
    JK_MEMORY_COUNTER = 'N',        /* which -> last number given */
    JK_MEMORY_MACHINE = 'M',        /* machine, key -> row */
    JK_MEMORY_MACHINE_ID = 'm',     /* machine, row id -> key */
    JK_MEMORY_ROUTE = 'R',          /* txn -> case */
    JK_MEMORY_OPEN_CASE = 'O',      /* resident -> case, member */
    JK_MEMORY_OUTBOX = 'B',         /* link, sequence -> row */
    JK_MEMORY_INBOX = 'I',          /* message -> row */
    JK_MEMORY_DEAD = 'D',           /* id -> row */
    JK_MEMORY_TIMER = 'T',          /* machine, key, timer -> row */
    JK_MEMORY_TIMER_DUE = 't',      /* kind, due, machine, key, timer -> nothing */
    JK_MEMORY_DATA = 'V',           /* machine, key, name, member -> key number, value */
    JK_MEMORY_DATA_KEY = 'K',       /* machine, key -> key number */
    JK_MEMORY_REGISTER = 'G',       /* resident -> row */
    JK_MEMORY_REGISTER_ORDER = 'g', /* resident as text -> resident */
    JK_MEMORY_LOG = 'L',            /* sequence -> row */
    JK_MEMORY_APPLIED = 'A',        /* code -> sequence */
    JK_MEMORY_EPISODE = 'E',        /* resident, code, epoch -> row */
    JK_MEMORY_EPISODE_ORDER = 'e',  /* code, resident as text, epoch -> resident */
    JK_MEMORY_CARD = 'C',           /* resident -> state, code */
    JK_MEMORY_COMPARE = 'P',        /* code -> row */
    JK_MEMORY_ELEMENT = 'X',        /* code, key -> row */
    JK_MEMORY_BUCKET = 'x',         /* code, bucket, key -> row */
    JK_MEMORY_CHANGE = 'Y',         /* code, id -> row */
    JK_MEMORY_CHANGE_KEY = 'y',     /* code, bucket, key, id -> row */
    JK_MEMORY_CHANGE_LAST = 'l',    /* code -> id */
    JK_MEMORY_CACHE = 'H',          /* code -> bytes */
    JK_MEMORY_ROUND = 'S',          /* id -> row */
    JK_MEMORY_ROUND_ID = 's',       /* round, server -> id */
    JK_MEMORY_FINDING = 'F',        /* round, server, key -> row */
    JK_MEMORY_BULK = 'U',           /* id -> row */
    JK_MEMORY_BULK_COUNT = 'u'      /* -> rows that wait */
} jk_memory_table;

typedef struct jk_memory {
    jk_store store; /* first: a jk_store * is a jk_memory * */
    jk_map map;
    jk_store_group group;
    size_t step_mark[JK_STORE_DEPTH_MAX];
    uint64_t fail_after; /* operations until the ordered failure, 0 none */
    jk_status fail_status;
} jk_memory;

/* Every operation starts with one of these; not OK: return it. */
JK_MUST_USE jk_status jk_memory_enter_read(jk_memory *memory);
JK_MUST_USE jk_status jk_memory_enter_write(jk_memory *memory);

/* Ends a write that changed several keys: not OK undoes back to mark. */
jk_status jk_memory_leave(jk_memory *memory, size_t mark, jk_status status);

/* The next number of a counter, from 1. */
JK_MUST_USE jk_status jk_memory_count(jk_memory *memory, jk_memory_table table, uint64_t *number);

/* The value of an exact key, whose size is at most size bytes. */
JK_MUST_USE jk_status jk_memory_get(const jk_memory *memory, const jk_map_key *key, void *value,
                                    size_t size);
JK_MUST_USE jk_status jk_memory_put(jk_memory *memory, const jk_map_key *key, const void *value,
                                    size_t size);

/* The first key after `key` that begins with `all`; NULL if there is none. */
const jk_map_node *jk_memory_after(const jk_memory *memory, const jk_map_key *all, jk_map_key key);

jk_status jk_memory_machine_get(jk_store *store, uint16_t machine, const jk_token *key,
                                jk_machine_row *row);
jk_status jk_memory_machine_put(jk_store *store, jk_machine_row *row);
jk_status jk_memory_machine_next(jk_store *store, uint16_t machine, int64_t after,
                                 jk_machine_row *row);
jk_status jk_memory_route_put(jk_store *store, const jk_token *txn, const jk_token *case_id);
jk_status jk_memory_route_get(jk_store *store, const jk_token *txn, jk_token *case_id);
jk_status jk_memory_open_case_put(jk_store *store, const jk_token *resident,
                                  const jk_token *case_id, int member);
jk_status jk_memory_open_case_get(jk_store *store, const jk_token *resident, jk_token *case_id,
                                  int *member);
jk_status jk_memory_open_case_delete(jk_store *store, const jk_token *resident);

jk_status jk_memory_outbox_put(jk_store *store, const jk_outbox_row *row);
jk_status jk_memory_outbox_next(jk_store *store, const jk_token *link, uint64_t after,
                                jk_outbox_row *row);
jk_status jk_memory_outbox_refused_next(jk_store *store, const jk_token *link, uint64_t after,
                                        jk_outbox_row *row);
jk_status jk_memory_outbox_delete_upto(jk_store *store, const jk_token *link, uint64_t sequence);
jk_status jk_memory_outbox_refuse(jk_store *store, const jk_token *link, uint64_t sequence,
                                  uint16_t rule);
jk_status jk_memory_outbox_count(jk_store *store, const jk_token *link, uint64_t *waiting);
jk_status jk_memory_inbox_get(jk_store *store, const jk_token *message_id, jk_inbox_row *row);
jk_status jk_memory_inbox_put(jk_store *store, const jk_inbox_row *row);
jk_status jk_memory_dead_letter_put(jk_store *store, const jk_token *link, uint64_t sequence,
                                    uint16_t rule, jk_span raw);
jk_status jk_memory_dead_letter_rule(jk_store *store, const jk_token *link, uint64_t sequence,
                                     uint16_t *rule);
jk_status jk_memory_dead_letter_next(jk_store *store, int64_t after, jk_dead_letter_row *row);

jk_status jk_memory_timer_put(jk_store *store, const jk_timer_row *row);
jk_status jk_memory_timer_delete(jk_store *store, uint16_t machine, const jk_token *key,
                                 uint16_t timer);
jk_status jk_memory_timer_get(jk_store *store, uint16_t machine, const jk_token *key,
                              uint16_t timer, jk_timer_row *row);
jk_status jk_memory_timer_first(jk_store *store, uint8_t kind, jk_timer_row *row);
jk_status jk_memory_timer_restart(jk_store *store, int64_t now_ms);

jk_status jk_memory_data_put(jk_store *store, const jk_data_key *key, jk_span value, bool sealed);
jk_status jk_memory_data_get(jk_store *store, const jk_data_key *key, uint8_t *value,
                             size_t capacity, size_t *size);
jk_status jk_memory_data_erase(jk_store *store, uint16_t machine, const jk_token *key,
                               const char *name);
jk_status jk_memory_data_key_destroy(jk_store *store, uint16_t machine, const jk_token *key);

jk_status jk_memory_register_get(jk_store *store, const jk_token *resident, jk_register_row *row);
jk_status jk_memory_register_put(jk_store *store, const jk_register_row *row);
jk_status jk_memory_register_next(jk_store *store, const jk_token *after_resident,
                                  jk_register_row *row);
jk_status jk_memory_log_append(jk_store *store, jk_log_row *row);
jk_status jk_memory_log_get(jk_store *store, uint64_t sequence, jk_log_row *row);
jk_status jk_memory_applied_get(jk_store *store, const char *code, uint64_t *sequence);
jk_status jk_memory_applied_put(jk_store *store, const char *code, uint64_t sequence);
jk_status jk_memory_episode_put(jk_store *store, const jk_episode_row *row);
jk_status jk_memory_episode_current(jk_store *store, const jk_token *resident, jk_episode_row *row);
jk_status jk_memory_episode_open(jk_store *store, const jk_token *resident, const char *code,
                                 uint64_t upto, jk_episode_row *row);
jk_status jk_memory_card_get(jk_store *store, const jk_token *resident, uint8_t *state,
                             char code[7]);
jk_status jk_memory_card_put(jk_store *store, const jk_token *resident, uint8_t state,
                             const char *code);

jk_status jk_memory_episode_get(jk_store *store, const jk_token *resident, const char *code,
                                uint64_t epoch, jk_episode_row *row);
jk_status jk_memory_episode_delete(jk_store *store, const jk_token *resident, const char *code,
                                   uint64_t epoch);
jk_status jk_memory_episode_next(jk_store *store, const char *code, const jk_token *after_resident,
                                 uint64_t after_epoch, jk_episode_row *row);

jk_status jk_memory_compare_get(jk_store *store, const char *code, jk_compare_row *row);
jk_status jk_memory_compare_put(jk_store *store, const jk_compare_row *row);
jk_status jk_memory_compare_next(jk_store *store, const char *after_code, jk_compare_row *row);
jk_status jk_memory_element_get(jk_store *store, const char *code, uint64_t key,
                                jk_element_row *row);
jk_status jk_memory_element_put(jk_store *store, const char *code, const jk_element_row *row);
jk_status jk_memory_element_delete(jk_store *store, const char *code, uint64_t key);
jk_status jk_memory_element_clear(jk_store *store, const char *code);
jk_status jk_memory_element_bucket(jk_store *store, const char *code, uint32_t bucket,
                                   jk_element_row *rows, size_t capacity, size_t *count);
jk_status jk_memory_element_next(jk_store *store, const char *code, uint64_t after_key,
                                 jk_element_row *row);
jk_status jk_memory_change_append(jk_store *store, const char *code, jk_change_row *row);
jk_status jk_memory_change_next(jk_store *store, const char *code, uint64_t after_id,
                                jk_change_row *row);
jk_status jk_memory_change_last(jk_store *store, const char *code, uint64_t *id);
jk_status jk_memory_change_bucket(jk_store *store, const char *code, uint32_t bucket,
                                  uint64_t after_id, jk_change_list *list);
jk_status jk_memory_change_drop(jk_store *store, const char *code, uint64_t upto_id);
jk_status jk_memory_cache_put(jk_store *store, const char *code, jk_span cache);
jk_status jk_memory_cache_get(jk_store *store, const char *code, uint8_t *bytes, size_t capacity,
                              size_t *size);
jk_status jk_memory_cache_size(jk_store *store, const char *code, size_t *size);
jk_status jk_memory_cache_delete(jk_store *store, const char *code);

jk_status jk_memory_round_put(jk_store *store, jk_round_row *row);
jk_status jk_memory_round_get(jk_store *store, const jk_token *round, uint8_t server,
                              jk_round_row *row);
jk_status jk_memory_round_next(jk_store *store, int64_t after, jk_round_row *row);
jk_status jk_memory_finding_put(jk_store *store, const jk_finding_row *row);
jk_status jk_memory_finding_get(jk_store *store, const jk_token *round, uint8_t server,
                                uint64_t key, jk_finding_row *row);
jk_status jk_memory_finding_next(jk_store *store, const jk_token *round, uint8_t server,
                                 uint64_t after_key, jk_finding_row *row);
jk_status jk_memory_bulk_put(jk_store *store, const jk_token *resident, uint16_t kind, jk_span body,
                             int64_t *id);
jk_status jk_memory_bulk_next(jk_store *store, int64_t after, jk_bulk_row *row);
jk_status jk_memory_bulk_delete(jk_store *store, int64_t id);
jk_status jk_memory_bulk_count(jk_store *store, uint64_t *waiting);

#endif
