/* SPDX-License-Identifier: Apache-2.0 */
/* Upkeep of sketches and their marks. */
#include "sketch.h"

#include "mapping.h"

#include <string.h>

void jk_sketch_clear(jk_sketch *sketch, jk_cell *cells, uint32_t count)
{
    memset(sketch, 0, sizeof *sketch);
    if (count > 0) {
        memset(cells, 0, count * sizeof *cells);
    }
    sketch->cells = cells;
    sketch->count = count;
}

void jk_cells_add(jk_cell *cells, uint32_t first, uint32_t end, uint64_t place, uint64_t key,
                  uint64_t delta)
{
    uint64_t moment = jk_field_mul(key, delta);
    jk_mapping at = jk_mapping_first(place);
    while (at.index < first) {
        jk_mapping_next(&at);
    }
    for (; at.index < end; jk_mapping_next(&at)) {
        jk_cell *cell = &cells[at.index - first];
        cell->sum = jk_field_add(cell->sum, delta);
        cell->moment = jk_field_add(cell->moment, moment);
    }
}

/* Independent of the cells: the place is stirred once more. */
static size_t mark_of(uint64_t place)
{
    uint64_t x = (place ^ place >> 32) * UINT64_C(0x9fb21c651e98df25);
    x ^= x >> 28;
    /* The top 15 bits say the level, the 32 lowest which of its counters. */
    uint64_t level = (uint64_t)__builtin_clzll(x | UINT64_C(1) << (64 - JK_MARK_LEVELS));
    return level * JK_MARKS_EACH + ((x & UINT32_MAX) * JK_MARKS_EACH >> 32);
}

void jk_sketch_change(jk_sketch *sketch, const jk_recon_keys *keys, const jk_change *change)
{
    uint64_t delta = jk_field_sub(change->new_value, change->old_value);
    if (delta == 0) {
        return;
    }
    uint64_t place = jk_element_place(keys, change->key);
    uint64_t *mark = &sketch->marks[mark_of(place)];
    jk_cells_add(sketch->cells, 0, sketch->count, place, change->key, delta);
    *mark = jk_field_add(*mark, delta);
}

void jk_sketch_rewind(jk_sketch *sketch, const jk_recon_keys *keys, const jk_change *changes,
                      size_t count, uint64_t marker)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].position > marker) {
            jk_change back = {.key = changes[i].key,
                              .old_value = changes[i].new_value,
                              .new_value = changes[i].old_value};
            jk_sketch_change(sketch, keys, &back);
        }
    }
}

/* Both sums of a cell, for one addition of a vector unit. */
typedef uint64_t sums __attribute__((vector_size(16)));

/* Four elements at a time: each walks through its cells by a chain of products, and four chains
 * fill the processor that one leaves idle.  Who is past the end adds to a spare cell.  Sums are
 * reduced to 61 bits and a carry only.  Inline,
 * because first is nearly always 0. */
__attribute__((always_inline)) static inline void build_four(jk_cell *cells, uint32_t first,
                                                             uint32_t end,
                                                             const jk_recon_keys *keys,
                                                             const jk_element *elements)
{
    enum {
        LANES = 4
    };

    const sums prime = {JK_PRIME, JK_PRIME};
    jk_cell spare = {0, 0};
    jk_mapping at[LANES];
    sums add[LANES];
    for (int i = 0; i < LANES; i++) {
        uint64_t key = elements[i].key;
        uint64_t value = jk_element_value(keys, key, &elements[i].digest);
        at[i] = jk_mapping_first(jk_element_place(keys, key));
        add[i] = (sums){value, jk_field_mul(key, value)};
    }
    for (uint64_t least = 0; least < end;) {
        least = UINT64_MAX;
        for (int i = 0; i < LANES; i++) {
            uint64_t index = at[i].index - first; /* huge before the first */
            jk_cell *cell = index < end - first ? &cells[index] : &spare;
            sums sum;
            memcpy(&sum, cell, sizeof sum);
            sum += add[i];
            sum = (sum & prime) + (sum >> 61);
            memcpy(cell, &sum, sizeof sum);
            if (at[i].index < end) {
                jk_mapping_next(&at[i]);
            }
            least = at[i].index < least ? at[i].index : least;
        }
    }
}

void jk_cells_gather(jk_cell *cells, uint32_t first, uint32_t end, const jk_recon_keys *keys,
                     const jk_element *elements, size_t count)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        if (first == 0) {
            build_four(cells, 0, end, keys, elements + i);
        } else {
            build_four(cells, first, end, keys, elements + i);
        }
    }
    for (; i < count; i++) {
        uint64_t key = elements[i].key;
        jk_cells_add(cells, first, end, jk_element_place(keys, key), key,
                     jk_element_value(keys, key, &elements[i].digest));
    }
}

void jk_cells_reduce(jk_cell *cells, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        cells[i].sum = jk_field_reduce(cells[i].sum);
        cells[i].moment = jk_field_reduce(cells[i].moment);
    }
}

void jk_cells_subtract(jk_cell *a, const jk_cell *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        a[i].sum = jk_field_sub(a[i].sum, b[i].sum);
        a[i].moment = jk_field_sub(a[i].moment, b[i].moment);
    }
}

static void put(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static uint64_t get(const uint8_t *from)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

void jk_cells_write(const jk_cell *cells, uint32_t count, uint8_t *bytes)
{
    for (uint32_t i = 0; i < count; i++) {
        put(bytes + (size_t)i * JK_CELL_WIRE_SIZE, cells[i].sum);
        put(bytes + (size_t)i * JK_CELL_WIRE_SIZE + 8, cells[i].moment);
    }
}

jk_status jk_cells_read(const uint8_t *bytes, uint32_t count, jk_cell *cells)
{
    for (size_t i = 0; i < 2 * (size_t)count; i++) {
        if (get(bytes + 8 * i) >= JK_PRIME) {
            return JK_E_RANGE;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        cells[i].sum = get(bytes + (size_t)i * JK_CELL_WIRE_SIZE);
        cells[i].moment = get(bytes + (size_t)i * JK_CELL_WIRE_SIZE + 8);
    }
    return JK_OK;
}

void jk_marks_gather(jk_sketch *sketch, const jk_recon_keys *keys, const jk_element *elements,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = elements[i].key;
        uint64_t *mark = &sketch->marks[mark_of(jk_element_place(keys, key))];
        *mark = jk_field_add(*mark, jk_element_value(keys, key, &elements[i].digest));
    }
}

void jk_marks_write(const jk_sketch *sketch, uint8_t marks[JK_MARKS])
{
    for (size_t i = 0; i < JK_MARKS; i++) {
        /* The f are hashes: any eight bits of a sum are as good as a hash of it. */
        marks[i] = (uint8_t)(sketch->marks[i] >> 20);
    }
}

/* (1 - part)^count. */
static double power(double part, uint32_t count)
{
    double result = 1;
    double square = 1 - part;
    for (; count > 0; count >>= 1) {
        if (count & 1) {
            result *= square;
        }
        square *= square;
    }
    return result;
}

/* The slope of the likelihood of `count` differences; it falls as count grows. */
static double slope(const uint32_t equal[JK_MARK_LEVELS], uint32_t count)
{
    double sum = 0;
    for (int level = 0; level < JK_MARK_LEVELS; level++) {
        int bits = level < JK_MARK_LEVELS - 1 ? level + 1 : level;
        double part = 1.0 / (double)(UINT32_C(1) << bits) / JK_MARKS_EACH;
        /* A counter is equal when nothing fell into it, or by chance, one in 256. */
        double none = power(part, count);
        double same = none + (1 - none) / 256;
        double other = 1 - same;
        double falls = none * part * (255.0 / 256);
        double unequal = JK_MARKS_EACH - (double)equal[level];
        sum += other > 0 ? unequal * falls / other : unequal * 4;
        sum -= (double)equal[level] * falls / same;
    }
    return sum;
}

uint32_t jk_marks_estimate(const uint8_t a[JK_MARKS], const uint8_t b[JK_MARKS])
{
    uint32_t equal[JK_MARK_LEVELS] = {0};
    for (size_t i = 0; i < JK_MARKS; i++) {
        equal[i / JK_MARKS_EACH] += a[i] == b[i];
    }
    uint32_t low = 0;
    uint32_t high = UINT32_C(1) << 22;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (slope(equal, middle) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
