/* SPDX-License-Identifier: Apache-2.0 */
/* What reconciliation compares, kept beside the episodes: every writer of an episode comes through
 * here, and a comparison and a scrub read what it left.
 *
 * Of each municipality a node keeps its episodes, the stored digest of each (an element) and a list
 * of the changes of digests, all changed in the step's transaction.  Sketch and tree are a cache in
 * memory made of these.  src/step/README.md, "Upkeep", says why.
 *
 * All but jk_engine_scrub work in the group that is open, and reading alone needs none.  Rows of
 * the table `compare` are written here and nowhere else. */
#ifndef JUKI_STEP_UPKEEP_H
#define JUKI_STEP_UPKEEP_H

#include "reconcile/verdict.h"
#include "step/step.h"

#define JK_COMPARE_CACHES 64 /* municipalities whose sketch and tree are kept in memory */

/* Changes that are kept without a snapshot.  Beyond them what was saved is dropped and will be made
 * anew from the elements, which takes no longer than following so many changes. */
#define JK_COMPARE_CHANGES_MAX 65536

/* THE writer of episodes: the row and, if the municipality has an epoch key, its element and the
 * change of it.  JK_E_RESIDENT_CODE, JK_E_RANGE: no element can stand for it (element.h). */
JK_MUST_USE jk_status jk_episode_change(jk_engine *engine, const jk_episode_row *row);

/* The episode does not exist.  One that is not there is JK_OK. */
JK_MUST_USE jk_status jk_episode_forget(jk_engine *engine, const jk_token *resident,
                                        const char *code, uint64_t epoch);

/* All elements of a municipality anew under `key`: snapshot, changes, saved cache and the scrub
 * under way are gone.  depth: of the tree, as the peer's; 0: by the number of rows.  The row says
 * what it is now.  JK_E_RANGE: a key of zeros, or no such depth. */
JK_MUST_USE jk_status jk_compare_rekey_at(jk_engine *engine, const char *code,
                                          const uint8_t key[JK_RECON_KEY_SIZE], uint8_t depth);
JK_MUST_USE jk_status jk_compare_rekey(jk_engine *engine, const char *code,
                                       const uint8_t key[JK_RECON_KEY_SIZE]);

/* A snapshot: what the episodes are now, under the marker at that position of the log.  It takes
 * the place of one that stands.  JK_E_NOT_FOUND: the municipality has no key. */
JK_MUST_USE jk_status jk_compare_mark(jk_engine *engine, const char *code, const jk_token *round,
                                      uint64_t marker);
JK_MUST_USE jk_status jk_compare_unmark(jk_engine *engine, const char *code);

/* The side of a comparison at the marker, or as everything is now.  Borrowed until the next call
 * of a jk_compare_* or jk_scrub.  JK_E_NOT_FOUND: no key, or no snapshot.  JK_E_MEMORY. */
JK_MUST_USE jk_status jk_compare_side(jk_engine *engine, const char *code, bool now,
                                      const jk_side **side);

/* The group was rolled back, or a step in it: what memory took from it is dropped. */
void jk_compare_forget(jk_engine *engine);
/* The group was committed: it stays. */
void jk_compare_settle(jk_engine *engine);

/* Saved caches that were not as they had been saved, since the engine's start.  Each was made anew
 * from the elements. */
uint64_t jk_compare_faults(const jk_engine *engine);

typedef struct jk_scrub_report {
    uint64_t rows;    /* that were read */
    uint64_t damaged; /* of the municipality's: rows that differ from their stored digest, rows
                         without one, and digests without a row */
    bool done;        /* the whole municipality was gone through */
} jk_scrub_report;

/* Reads up to `rows` rows from where the last slice ended, digests each anew and compares it with
 * its stored digest.  What differs is put right in what is kept, as by an update: the next round
 * shows it to the peers.  The row itself stays as it is. */
JK_MUST_USE jk_status jk_scrub(jk_engine *engine, const char *code, size_t rows,
                               jk_scrub_report *report);

/* The same as a step of its own; it is durable with the group (jk_engine_flush). */
JK_MUST_USE jk_status jk_engine_scrub(jk_engine *engine, const char *code, size_t rows,
                                      jk_scrub_report *report);

extern const jk_token jk_damage_round;

/* A CS's own records that it found damaged are findings of jk_damage_round, which is none, with
 * itself (server JK_ROLE_CS), until an operator who has looked at the record ends that.  None of
 * them is to be sent to anybody.
 *
 * Is the record of that element damaged: found so before, or, not scrubbed yet, now?  Reads only.
 */
JK_MUST_USE jk_status jk_damage_look(jk_engine *engine, uint64_t key, bool *damaged);
/* JK_E_NOT_FOUND: it is not.  JK_E_NAME: no operator's id. */
JK_MUST_USE jk_status jk_damage_end(jk_engine *engine, uint64_t key, const char *approver);
/* As a step of its own. */
JK_MUST_USE jk_status jk_engine_damage_end(jk_engine *engine, uint64_t key, const char *approver);

#endif
