/* SPDX-License-Identifier: Apache-2.0 */
/* The operations of the SQLite store, by file: group.c, machine.c, message.c, timer.c, data.c,
 * register.c, episode.c, compare.c, round.c.  store.c puts them into the table. */
#ifndef JUKI_ADAPTER_SQLITE_OPS_H
#define JUKI_ADAPTER_SQLITE_OPS_H

#include "call.h"

/* Do the database and its log stand under their names?  take: remember them as they are. */
bool jk_sqlite_in_place(jk_sqlite *sqlite, bool take);

/* Copies finished pages into the database; with erase the log file is emptied as well. */
jk_status jk_sqlite_checkpoint(jk_sqlite *sqlite, bool erase);

jk_status jk_sqlite_begin(jk_store *store);
void jk_sqlite_commit(jk_store *store, jk_commit_done *done, void *arg);
void jk_sqlite_rollback(jk_store *store);
jk_status jk_sqlite_step_begin(jk_store *store, int depth);
jk_status jk_sqlite_step_keep(jk_store *store, int depth);
jk_status jk_sqlite_step_undo(jk_store *store, int depth);

jk_status jk_sqlite_machine_get(jk_store *store, uint16_t machine, const jk_token *key,
                                jk_machine_row *row);
jk_status jk_sqlite_machine_put(jk_store *store, jk_machine_row *row);
jk_status jk_sqlite_machine_next(jk_store *store, uint16_t machine, int64_t after,
                                 jk_machine_row *row);
jk_status jk_sqlite_route_put(jk_store *store, const jk_token *txn, const jk_token *case_id);
jk_status jk_sqlite_route_get(jk_store *store, const jk_token *txn, jk_token *case_id);
jk_status jk_sqlite_open_case_put(jk_store *store, const jk_token *resident,
                                  const jk_token *case_id, int member);
jk_status jk_sqlite_open_case_get(jk_store *store, const jk_token *resident, jk_token *case_id,
                                  int *member);
jk_status jk_sqlite_open_case_delete(jk_store *store, const jk_token *resident);

jk_status jk_sqlite_outbox_put(jk_store *store, const jk_outbox_row *row);
jk_status jk_sqlite_outbox_next(jk_store *store, const jk_token *link, uint64_t after,
                                jk_outbox_row *row);
jk_status jk_sqlite_outbox_refused_next(jk_store *store, const jk_token *link, uint64_t after,
                                        jk_outbox_row *row);
jk_status jk_sqlite_outbox_delete_upto(jk_store *store, const jk_token *link, uint64_t sequence);
jk_status jk_sqlite_outbox_refuse(jk_store *store, const jk_token *link, uint64_t sequence,
                                  uint16_t rule);
jk_status jk_sqlite_outbox_count(jk_store *store, const jk_token *link, uint64_t *waiting);
jk_status jk_sqlite_inbox_get(jk_store *store, const jk_token *message_id, jk_inbox_row *row);
jk_status jk_sqlite_inbox_put(jk_store *store, const jk_inbox_row *row);
jk_status jk_sqlite_dead_letter_put(jk_store *store, const jk_token *link, uint64_t sequence,
                                    uint16_t rule, jk_span raw);
jk_status jk_sqlite_dead_letter_rule(jk_store *store, const jk_token *link, uint64_t sequence,
                                     uint16_t *rule);
jk_status jk_sqlite_dead_letter_next(jk_store *store, int64_t after, jk_dead_letter_row *row);

jk_status jk_sqlite_timer_put(jk_store *store, const jk_timer_row *row);
jk_status jk_sqlite_timer_delete(jk_store *store, uint16_t machine, const jk_token *key,
                                 uint16_t timer);
jk_status jk_sqlite_timer_get(jk_store *store, uint16_t machine, const jk_token *key,
                              uint16_t timer, jk_timer_row *row);
jk_status jk_sqlite_timer_first(jk_store *store, uint8_t kind, jk_timer_row *row);
jk_status jk_sqlite_timer_restart(jk_store *store, int64_t now_ms);

jk_status jk_sqlite_data_put(jk_store *store, const jk_data_key *key, jk_span value, bool sealed);
jk_status jk_sqlite_data_get(jk_store *store, const jk_data_key *key, uint8_t *value,
                             size_t capacity, size_t *size);
jk_status jk_sqlite_data_erase(jk_store *store, uint16_t machine, const jk_token *key,
                               const char *name);
jk_status jk_sqlite_data_key_destroy(jk_store *store, uint16_t machine, const jk_token *key);

jk_status jk_sqlite_register_get(jk_store *store, const jk_token *resident, jk_register_row *row);
jk_status jk_sqlite_register_put(jk_store *store, const jk_register_row *row);
jk_status jk_sqlite_register_next(jk_store *store, const jk_token *after_resident,
                                  jk_register_row *row);
jk_status jk_sqlite_log_append(jk_store *store, jk_log_row *row);
jk_status jk_sqlite_log_get(jk_store *store, uint64_t sequence, jk_log_row *row);
jk_status jk_sqlite_applied_get(jk_store *store, const char *code, uint64_t *sequence);
jk_status jk_sqlite_applied_put(jk_store *store, const char *code, uint64_t sequence);
jk_status jk_sqlite_episode_put(jk_store *store, const jk_episode_row *row);
jk_status jk_sqlite_episode_current(jk_store *store, const jk_token *resident, jk_episode_row *row);
jk_status jk_sqlite_episode_open(jk_store *store, const jk_token *resident, const char *code,
                                 uint64_t upto, jk_episode_row *row);
jk_status jk_sqlite_card_get(jk_store *store, const jk_token *resident, uint8_t *state,
                             char code[7]);
jk_status jk_sqlite_card_put(jk_store *store, const jk_token *resident, uint8_t state,
                             const char *code);

jk_status jk_sqlite_episode_get(jk_store *store, const jk_token *resident, const char *code,
                                uint64_t epoch, jk_episode_row *row);
jk_status jk_sqlite_episode_delete(jk_store *store, const jk_token *resident, const char *code,
                                   uint64_t epoch);
jk_status jk_sqlite_episode_next(jk_store *store, const char *code, const jk_token *after_resident,
                                 uint64_t after_epoch, jk_episode_row *row);

jk_status jk_sqlite_compare_get(jk_store *store, const char *code, jk_compare_row *row);
jk_status jk_sqlite_compare_put(jk_store *store, const jk_compare_row *row);
jk_status jk_sqlite_compare_next(jk_store *store, const char *after_code, jk_compare_row *row);
jk_status jk_sqlite_element_get(jk_store *store, const char *code, uint64_t key,
                                jk_element_row *row);
jk_status jk_sqlite_element_put(jk_store *store, const char *code, const jk_element_row *row);
jk_status jk_sqlite_element_delete(jk_store *store, const char *code, uint64_t key);
jk_status jk_sqlite_element_clear(jk_store *store, const char *code);
jk_status jk_sqlite_element_bucket(jk_store *store, const char *code, uint32_t bucket,
                                   jk_element_row *rows, size_t capacity, size_t *count);
jk_status jk_sqlite_element_next(jk_store *store, const char *code, uint64_t after_key,
                                 jk_element_row *row);
jk_status jk_sqlite_change_append(jk_store *store, const char *code, jk_change_row *row);
jk_status jk_sqlite_change_next(jk_store *store, const char *code, uint64_t after_id,
                                jk_change_row *row);
jk_status jk_sqlite_change_last(jk_store *store, const char *code, uint64_t *id);
jk_status jk_sqlite_change_bucket(jk_store *store, const char *code, uint32_t bucket,
                                  uint64_t after_id, jk_change_list *list);
jk_status jk_sqlite_change_drop(jk_store *store, const char *code, uint64_t upto_id);
jk_status jk_sqlite_cache_put(jk_store *store, const char *code, jk_span cache);
jk_status jk_sqlite_cache_get(jk_store *store, const char *code, uint8_t *bytes, size_t capacity,
                              size_t *size);
jk_status jk_sqlite_cache_size(jk_store *store, const char *code, size_t *size);
jk_status jk_sqlite_cache_delete(jk_store *store, const char *code);

jk_status jk_sqlite_round_put(jk_store *store, jk_round_row *row);
jk_status jk_sqlite_round_get(jk_store *store, const jk_token *round, uint8_t server,
                              jk_round_row *row);
jk_status jk_sqlite_round_next(jk_store *store, int64_t after, jk_round_row *row);
jk_status jk_sqlite_finding_put(jk_store *store, const jk_finding_row *row);
jk_status jk_sqlite_finding_get(jk_store *store, const jk_token *round, uint8_t server,
                                uint64_t key, jk_finding_row *row);
jk_status jk_sqlite_finding_next(jk_store *store, const jk_token *round, uint8_t server,
                                 uint64_t after_key, jk_finding_row *row);
jk_status jk_sqlite_bulk_put(jk_store *store, const jk_token *resident, uint16_t kind, jk_span body,
                             int64_t *id);
jk_status jk_sqlite_bulk_next(jk_store *store, int64_t after, jk_bulk_row *row);
jk_status jk_sqlite_bulk_delete(jk_store *store, int64_t id);
jk_status jk_sqlite_bulk_count(jk_store *store, uint64_t *waiting);

#endif
