/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a node: what operators asked and were answered, and what each step made durable,
 * a line each, for a checker that knows nothing of the engine.  README.md beside this file has the
 * form.  It stands between the engine and its store: it sees what is written, and tells it only
 * after the commit.  No personal data: residents are pseudonyms under the network's history key. */
#ifndef JUKI_NODE_HISTORY_H
#define JUKI_NODE_HISTORY_H

#include "node/config.h"
#include "step/step.h"

#include <jansson.h>

typedef struct jk_history jk_history;

/* Before a start: the key file.  JK_E_FILE, JK_E_CONFIG; fault says why. */
JK_MUST_USE jk_status jk_history_check(const jk_node_config *config, jk_fault *fault);

/* Puts the history between the store and whoever calls it, and writes what the store holds.
 * config->history is "": *history is NULL and nothing happens.  JK_E_CONFIG (the key file),
 * JK_E_FILE, JK_E_MEMORY, or what the store says; fault says why. */
JK_MUST_USE jk_status jk_history_open(const jk_node_config *config, const char *name,
                                      jk_store *store, jk_clock *clock, jk_history **history,
                                      jk_fault *fault);
/* stopped: as asked, and everything is written.  NULL is allowed here and below. */
void jk_history_close(jk_history *history, bool stopped);

/* A step that was committed, in the order of the steps: adds what only the engine knows. */
void jk_history_step(jk_history *history, const jk_step_record *record);
/* Writes the lines of committed steps. */
void jk_history_flush(jk_history *history);

/* An operator's request, before it is run; its number, 0 when it changes nothing. */
uint64_t jk_history_asked(jk_history *history, const json_t *request);
/* Its answer, before the commit; what is noted leaves with jk_history_answers. */
void jk_history_answered(jk_history *history, uint64_t number, const json_t *answer);
/* The commit of all noted answers: not OK, then they were told that status instead. */
void jk_history_answers(jk_history *history, jk_status status);

#endif
