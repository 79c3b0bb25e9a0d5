/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of a node about reconciliation as text for an operator; English names with the
 * Japanese beside them. */
#ifndef JUKI_TOOL_RECONCILE_PRINT_H
#define JUKI_TOOL_RECONCILE_PRINT_H

#include <jansson.h>

void jk_reconcile_print_session(const json_t *session);
void jk_reconcile_print_status(const json_t *answer);
void jk_reconcile_print_diff(const json_t *answer);
void jk_reconcile_print_history(const json_t *answer);
void jk_reconcile_print_repair(const json_t *answer);

/* A member that is a text; "-" for anything else. */
const char *jk_reconcile_text(const json_t *object, const char *key);
long long jk_reconcile_number(const json_t *object, const char *key);

#endif
