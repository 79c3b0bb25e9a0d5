/* SPDX-License-Identifier: Apache-2.0 */
/* What every store refuses before it looks at its tables: sizes, ranges, text forms.  Adapters call
 * these first, so that they all answer alike.  Pure. */
#ifndef JUKI_PORT_STORE_CHECK_H
#define JUKI_PORT_STORE_CHECK_H

#include "port/store.h"

#define JK_STORE_NAME_MAX  31 /* characters of a data name */
#define JK_STORE_LABEL_MAX 63 /* characters of a *_name constant */
#define JK_STORE_DEPTH_MAX 2  /* steps inside each other: the transport's and the role's */

/* Returns JK_OK, JK_E_USAGE (text too long, number outside its list), JK_E_OVERSIZED (size) or
 * JK_E_RANGE (a count that does not fit 63 bits). */
JK_MUST_USE jk_status jk_store_check_machine(const jk_machine_row *row);
JK_MUST_USE jk_status jk_store_check_outbox(const jk_outbox_row *row);
JK_MUST_USE jk_status jk_store_check_inbox(const jk_inbox_row *row);
JK_MUST_USE jk_status jk_store_check_timer(const jk_timer_row *row);
JK_MUST_USE jk_status jk_store_check_register(const jk_register_row *row);
JK_MUST_USE jk_status jk_store_check_log(const jk_log_row *row);
JK_MUST_USE jk_status jk_store_check_episode(const jk_episode_row *row);
JK_MUST_USE jk_status jk_store_check_key(uint64_t key); /* of an element: JK_E_RANGE */
JK_MUST_USE jk_status jk_store_check_compare(const jk_compare_row *row);
JK_MUST_USE jk_status jk_store_check_change(const jk_change_row *row);
JK_MUST_USE jk_status jk_store_check_cache(size_t size);
JK_MUST_USE jk_status jk_store_check_round(const jk_round_row *row);
JK_MUST_USE jk_status jk_store_check_finding(const jk_finding_row *row);
JK_MUST_USE jk_status jk_store_check_bulk(size_t size);
JK_MUST_USE jk_status jk_store_check_data_key(const jk_data_key *key);
JK_MUST_USE jk_status jk_store_check_data_name(const char *name);
JK_MUST_USE jk_status jk_store_check_member(int member);
JK_MUST_USE jk_status jk_store_check_code(const char *code); /* six digits */
JK_MUST_USE jk_status jk_store_check_count(uint64_t count);

/* Where an adapter is: the same questions are asked of it before every call. */
typedef struct jk_store_group {
    bool open; /* between begin and commit or rollback */
    bool gone; /* the engine dropped it; only rollback and commit end that */
    int steps; /* open steps, 0..2 */
} jk_store_group;

JK_MUST_USE jk_status jk_store_may_begin(const jk_store_group *group);
JK_MUST_USE jk_status jk_store_may_commit(const jk_store_group *group);
JK_MUST_USE jk_status jk_store_may_read(const jk_store_group *group);
JK_MUST_USE jk_status jk_store_may_write(const jk_store_group *group);
JK_MUST_USE jk_status jk_store_may_step_begin(const jk_store_group *group, int depth);
JK_MUST_USE jk_status jk_store_may_step_keep(const jk_store_group *group, int depth);
JK_MUST_USE jk_status jk_store_may_step_undo(const jk_store_group *group, int depth);

/* A bound of a search, cut to 63 bits. */
int64_t jk_store_bound(uint64_t count);

/* A resident's token as text, in whose order episodes are gone through: "r:" + 11 digits give the
 * digits, any other token 32 hex digits.  Ends with zeros up to text's size. */
void jk_store_resident_text(const jk_token *token, char text[33]);

/* When a timer that runs in full from now_ms ends; never overflows. */
int64_t jk_store_due(int64_t now_ms, int64_t duration_ms);

#endif
