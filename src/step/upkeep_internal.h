/* SPDX-License-Identifier: Apache-2.0 */
/* What upkeep.c, snapshot.c and scrub.c share, and the engine holds; nobody else includes it. */
#ifndef JUKI_STEP_UPKEEP_INTERNAL_H
#define JUKI_STEP_UPKEEP_INTERNAL_H

#include "step/upkeep.h"

/* Sketch and tree as they were after one change, in one block of memory (snapshot.c). */
typedef struct jk_sums jk_sums;

/* Gives the rows of one municipality as they were after change `at`. */
typedef struct jk_past {
    jk_engine *engine;
    const char *code;
    uint64_t at;
    jk_rows rows;
    jk_side side;
} jk_past;

/* What memory has of one municipality. */
typedef struct jk_compare_cache {
    jk_compare_row row; /* as it is stored; its code is "" where this place is free */
    jk_recon_keys keys; /* of its epoch key; nothing without one */
    bool keyed;
    bool taken;      /* from the open group */
    uint64_t used;   /* turn of the last use */
    jk_sums *marked; /* at the marker or before; without one: of any time.  NULL: none */
    jk_sums *now;    /* of any time, while a snapshot stands */
    jk_past past[2]; /* what was given out: of the marker, of now */
} jk_compare_cache;

typedef struct jk_upkeep {
    jk_compare_cache cache[JK_COMPARE_CACHES];
    uint64_t turn;
    uint64_t faults;
    jk_episode_row episode; /* of a scan */
    jk_finding_row finding; /* of our own damage */
    jk_element_row stored[JK_BUCKET_ROWS_MAX];
    jk_change_row changed[JK_BUCKET_ROWS_MAX];
    jk_element items[JK_BUCKET_ROWS_MAX];
} jk_upkeep;

/* --- upkeep.c --- */
/* The municipality's place in memory, with its row and keys. */
JK_MUST_USE jk_status jk_compare_of(jk_engine *engine, const char *code, jk_compare_cache **cache);
/* Stores the row; what memory has follows. */
JK_MUST_USE jk_status jk_compare_save(jk_engine *engine, jk_compare_cache *cache,
                                      const jk_compare_row *row);
/* The key of a row's element. */
JK_MUST_USE jk_status jk_episode_key(const jk_episode_row *row, uint64_t *key);
/* The digest of a row, whatever has become of it, under the key that names it. */
/* Of a row as it was read. */
void jk_episode_digest(const jk_recon_keys *keys, const jk_episode_row *row, uint64_t key,
                       jk_digest *digest);
/* A row that was read to be changed: one that is not as it was written is counted as damaged. */
JK_MUST_USE jk_status jk_episode_seen(jk_engine *engine, const jk_episode_row *row);
/* An element comes, changes or goes (NULL); one that stays what it is leaves no change. */
JK_MUST_USE jk_status jk_element_change(jk_engine *engine, jk_compare_cache *cache, uint64_t key,
                                        const jk_digest *digest);

/* --- scrub.c --- */
/* A CS writes down a record of its own that it found damaged; nobody else does. */
JK_MUST_USE jk_status jk_damage_keep(jk_engine *engine, const char *code, uint64_t key,
                                     jk_difference difference);

/* --- snapshot.c --- */
/* Sketch and tree of the municipality are made anew when they are wanted. */
void jk_sums_drop(jk_engine *engine, jk_compare_cache *cache);
/* The same of those that are saved, and of the changes. */
JK_MUST_USE jk_status jk_sums_discard(jk_engine *engine, jk_compare_cache *cache);

#endif
