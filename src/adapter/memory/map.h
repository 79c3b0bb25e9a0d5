/* SPDX-License-Identifier: Apache-2.0 */
/* An ordered map from short keys to bytes, with an undo log: a skip list.  All tables of the memory
 * store live in one such map; the first byte of a key names the table.  Deterministic: the heights
 * of its towers come from a fixed sequence. */
#ifndef JUKI_ADAPTER_MEMORY_MAP_H
#define JUKI_ADAPTER_MEMORY_MAP_H

#include "juki/status.h"
#include "juki/types.h"

enum {
    JK_MAP_KEY_MAX = 64,   /* bytes */
    JK_MAP_HEIGHT_MAX = 12 /* levels; one in four nodes goes a level up: 16 M nodes */
};

typedef struct jk_map_key {
    size_t size;
    uint8_t byte[JK_MAP_KEY_MAX];
} jk_map_key;

typedef struct jk_map_node {
    struct jk_map_node *next[JK_MAP_HEIGHT_MAX];
    int height;
    jk_map_key key;
    size_t size; /* bytes of value */
    uint8_t value[];
} jk_map_node;

typedef struct jk_map_change {
    jk_map_node *added;   /* NULL: nothing */
    jk_map_node *removed; /* NULL: nothing; owned by the log */
} jk_map_change;

typedef struct jk_map {
    jk_map_node *head[JK_MAP_HEIGHT_MAX];
    uint32_t random;
    jk_map_change *log;
    size_t log_count;
    size_t log_capacity;
} jk_map;

/* Keys are built from left to right; numbers are big-endian, so that they sort. */
jk_map_key jk_map_key_of(uint8_t table);
void jk_map_key_u8(jk_map_key *key, uint8_t value);
void jk_map_key_u16(jk_map_key *key, uint16_t value);
void jk_map_key_u32(jk_map_key *key, uint32_t value);
void jk_map_key_u64(jk_map_key *key, uint64_t value);
void jk_map_key_i64(jk_map_key *key, int64_t value);
void jk_map_key_bytes(jk_map_key *key, const void *bytes, size_t size);
void jk_map_key_token(jk_map_key *key, const jk_token *token);

void jk_map_init(jk_map *map);
void jk_map_wipe(jk_map *map);

/* Exact; first at or after; last before.  NULL if there is none. */
const jk_map_node *jk_map_find(const jk_map *map, const jk_map_key *key);
const jk_map_node *jk_map_from(const jk_map *map, const jk_map_key *key);
const jk_map_node *jk_map_before(const jk_map *map, const jk_map_key *key);

/* Does the node's key start with the prefix?  false for NULL. */
bool jk_map_under(const jk_map_node *node, const jk_map_key *prefix);

/* Inserts or replaces; the value is head followed by tail.  JK_E_MEMORY: nothing changed. */
JK_MUST_USE jk_status jk_map_put(jk_map *map, const jk_map_key *key, jk_span head, jk_span tail);
/* An absent key is JK_OK. */
JK_MUST_USE jk_status jk_map_delete(jk_map *map, const jk_map_key *key);

/* The log's length is a mark; undo takes everything after it back; forget makes it final. */
size_t jk_map_mark(const jk_map *map);
void jk_map_undo(jk_map *map, size_t mark);
void jk_map_forget(jk_map *map);

#endif
