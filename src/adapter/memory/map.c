/* SPDX-License-Identifier: Apache-2.0 */
/* An ordered map with an undo log: see map.h. */
#include "map.h"

#include <stdlib.h>
#include <string.h>

/* Where a key is or would be: per level, the link that points at it. */
typedef struct jk_map_path {
    jk_map_node **link[JK_MAP_HEIGHT_MAX];
} jk_map_path;

jk_map_key jk_map_key_of(uint8_t table)
{
    jk_map_key key = {.size = 0};
    jk_map_key_u8(&key, table);
    return key;
}

void jk_map_key_bytes(jk_map_key *key, const void *bytes, size_t size)
{
    size_t room = sizeof key->byte - key->size;
    size_t part = size < room ? size : room;
    memcpy(key->byte + key->size, bytes, part);
    key->size += part;
}

void jk_map_key_u8(jk_map_key *key, uint8_t value)
{
    jk_map_key_bytes(key, &value, 1);
}

void jk_map_key_u16(jk_map_key *key, uint16_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)(value & 0xff)};
    jk_map_key_bytes(key, bytes, sizeof bytes);
}

void jk_map_key_u32(jk_map_key *key, uint32_t value)
{
    jk_map_key_u16(key, (uint16_t)(value >> 16));
    jk_map_key_u16(key, (uint16_t)(value & 0xffff));
}

void jk_map_key_u64(jk_map_key *key, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    jk_map_key_bytes(key, bytes, sizeof bytes);
}

void jk_map_key_i64(jk_map_key *key, int64_t value)
{
    jk_map_key_u64(key, (uint64_t)value ^ (UINT64_C(1) << 63));
}

void jk_map_key_token(jk_map_key *key, const jk_token *token)
{
    jk_map_key_bytes(key, token->byte, sizeof token->byte);
}

static int compare(const jk_map_key *a, const jk_map_key *b)
{
    size_t shorter = a->size < b->size ? a->size : b->size;
    int order = memcmp(a->byte, b->byte, shorter);
    if (order != 0) {
        return order;
    }
    return (a->size > b->size) - (a->size < b->size);
}

void jk_map_init(jk_map *map)
{
    memset(map, 0, sizeof *map);
    map->random = 2463534242U;
}

void jk_map_wipe(jk_map *map)
{
    jk_map_forget(map);
    for (jk_map_node *node = map->head[0]; node != NULL;) {
        jk_map_node *next = node->next[0];
        free(node);
        node = next;
    }
    free(map->log);
    jk_map_init(map);
}

static void seek(jk_map *map, const jk_map_key *key, jk_map_path *path)
{
    jk_map_node **tower = map->head;
    for (int level = JK_MAP_HEIGHT_MAX - 1; level >= 0; level--) {
        while (tower[level] != NULL && compare(&tower[level]->key, key) < 0) {
            tower = tower[level]->next;
        }
        path->link[level] = &tower[level];
    }
}

const jk_map_node *jk_map_before(const jk_map *map, const jk_map_key *key)
{
    const jk_map_node *node = NULL;
    jk_map_node *const *tower = map->head;
    for (int level = JK_MAP_HEIGHT_MAX - 1; level >= 0; level--) {
        while (tower[level] != NULL && compare(&tower[level]->key, key) < 0) {
            node = tower[level];
            tower = node->next;
        }
    }
    return node;
}

const jk_map_node *jk_map_from(const jk_map *map, const jk_map_key *key)
{
    const jk_map_node *before = jk_map_before(map, key);
    return before == NULL ? map->head[0] : before->next[0];
}

const jk_map_node *jk_map_find(const jk_map *map, const jk_map_key *key)
{
    const jk_map_node *node = jk_map_from(map, key);
    return node != NULL && compare(&node->key, key) == 0 ? node : NULL;
}

bool jk_map_under(const jk_map_node *node, const jk_map_key *prefix)
{
    return node != NULL && node->key.size >= prefix->size &&
           memcmp(node->key.byte, prefix->byte, prefix->size) == 0;
}

static int draw_height(jk_map *map)
{
    uint32_t x = map->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    map->random = x;
    int height = 1;
    while (height < JK_MAP_HEIGHT_MAX && (x & 3) == 0) {
        height++;
        x >>= 2;
    }
    return height;
}

static void link_node(jk_map *map, jk_map_node *node)
{
    jk_map_path path;
    seek(map, &node->key, &path);
    for (int level = 0; level < node->height; level++) {
        node->next[level] = *path.link[level];
        *path.link[level] = node;
    }
}

static jk_map_node *unlink_key(jk_map *map, const jk_map_key *key)
{
    jk_map_path path;
    seek(map, key, &path);
    jk_map_node *node = *path.link[0];
    if (node == NULL || compare(&node->key, key) != 0) {
        return NULL;
    }
    for (int level = 0; level < node->height; level++) {
        *path.link[level] = node->next[level];
    }
    return node;
}

static jk_status reserve(jk_map *map)
{
    if (map->log_count < map->log_capacity) {
        return JK_OK;
    }
    size_t capacity = map->log_capacity == 0 ? 64 : 2 * map->log_capacity;
    jk_map_change *log = realloc(map->log, capacity * sizeof *log);
    if (log == NULL) {
        return JK_E_MEMORY;
    }
    map->log = log;
    map->log_capacity = capacity;
    return JK_OK;
}

jk_status jk_map_put(jk_map *map, const jk_map_key *key, jk_span head, jk_span tail)
{
    if (reserve(map) != JK_OK) {
        return JK_E_MEMORY;
    }
    jk_map_node *node = malloc(sizeof *node + head.size + tail.size);
    if (node == NULL) {
        return JK_E_MEMORY;
    }
    node->height = draw_height(map);
    node->key = *key;
    node->size = head.size + tail.size;
    if (head.size > 0) {
        memcpy(node->value, head.data, head.size);
    }
    if (tail.size > 0) {
        memcpy(node->value + head.size, tail.data, tail.size);
    }
    jk_map_node *old = unlink_key(map, key);
    link_node(map, node);
    map->log[map->log_count++] = (jk_map_change){.added = node, .removed = old};
    return JK_OK;
}

jk_status jk_map_delete(jk_map *map, const jk_map_key *key)
{
    if (reserve(map) != JK_OK) {
        return JK_E_MEMORY;
    }
    jk_map_node *old = unlink_key(map, key);
    if (old != NULL) {
        map->log[map->log_count++] = (jk_map_change){.added = NULL, .removed = old};
    }
    return JK_OK;
}

size_t jk_map_mark(const jk_map *map)
{
    return map->log_count;
}

void jk_map_undo(jk_map *map, size_t mark)
{
    while (map->log_count > mark) {
        jk_map_change change = map->log[--map->log_count];
        if (change.added != NULL) {
            free(unlink_key(map, &change.added->key));
        }
        if (change.removed != NULL) {
            link_node(map, change.removed);
        }
    }
}

void jk_map_forget(jk_map *map)
{
    for (size_t i = 0; i < map->log_count; i++) {
        free(map->log[i].removed);
    }
    map->log_count = 0;
}
