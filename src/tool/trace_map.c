/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of instances and links, found by who they are. */
#include "trace_data.h"

#include <stdlib.h>
#include <string.h>

void trace_map_init(trace_map *map, uint64_t (*hash)(const void *item),
                    bool (*equal)(const void *a, const void *b))
{
    *map = (trace_map){.hash = hash, .equal = equal};
}

static void **place_of(const trace_map *map, const void *like)
{
    size_t at = (size_t)map->hash(like) & (map->capacity - 1);
    while (map->slot[at] != NULL && !map->equal(map->slot[at], like)) {
        at = (at + 1) & (map->capacity - 1);
    }
    return &map->slot[at];
}

static bool grow(trace_map *map)
{
    trace_map bigger = *map;
    bigger.capacity = map->capacity == 0 ? 256 : 2 * map->capacity;
    bigger.slot = calloc(bigger.capacity, sizeof *bigger.slot);
    if (bigger.slot == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slot[i] != NULL) {
            *place_of(&bigger, map->slot[i]) = map->slot[i];
        }
    }
    free(map->slot);
    *map = bigger;
    return true;
}

void *trace_map_get(trace_map *map, const void *like, size_t size)
{
    if (2 * map->count >= map->capacity && !grow(map)) {
        return NULL;
    }
    void **place = place_of(map, like);
    if (*place == NULL) {
        *place = malloc(size);
        if (*place != NULL) {
            memcpy(*place, like, size);
            map->count++;
        }
    }
    return *place;
}

void trace_map_free(trace_map *map)
{
    for (size_t i = 0; i < map->capacity; i++) {
        free(map->slot[i]);
    }
    free(map->slot);
    *map = (trace_map){.capacity = 0};
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t mix_node(uint64_t hash, const jk_node_id *node)
{
    hash = mix(hash, ((uint64_t)node->role << 16) | node->unit);
    for (size_t i = 0; i < sizeof node->code; i++) {
        hash = mix(hash, (unsigned char)node->code[i]);
    }
    return hash;
}

uint64_t trace_row_hash(const void *item)
{
    const trace_row *row = item;
    return mix(mix(mix(1, row->source), row->role->core->id), (uint64_t)row->inst);
}

bool trace_row_equal(const void *a, const void *b)
{
    const trace_row *x = a;
    const trace_row *y = b;
    return x->source == y->source && x->role == y->role && x->inst == y->inst;
}

uint64_t trace_link_hash(const void *item)
{
    const trace_link *link = item;
    return mix_node(mix_node(2, &link->from), &link->to);
}

bool trace_link_equal(const void *a, const void *b)
{
    const trace_link *x = a;
    const trace_link *y = b;
    return jk_node_equal(&x->from, &y->from) && jk_node_equal(&x->to, &y->to);
}
