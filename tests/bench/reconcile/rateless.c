/* SPDX-License-Identifier: Apache-2.0 */
/* Rateless IBLT: each symbol is added to the cells of its mapping by XOR, with a checksum and a
 * count. */
#include "bench/lib/report.h"
#include "methods.h"
#include "reconcile/mapping.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

typedef struct symbol {
    uint64_t half[2];
} symbol;

typedef struct coded {
    symbol sum;
    uint64_t check;
    int64_t count;
} coded;

typedef struct decoder {
    coded *cells;
    uint32_t count;
    uint32_t *pure; /* cells to look at; each is put there once for each time that it became pure */
    size_t pure_count;
    size_t pure_room;
    size_t found;
    bool failed;
} decoder;

static const uint8_t KEY[16] = {42};

static symbol symbol_of(const jk_digest *digest)
{
    symbol s;
    memcpy(s.half, digest->byte, sizeof s.half);
    return s;
}

static uint64_t check_of(const symbol *s)
{
    uint8_t out[8];
    uint64_t check = 0;
    (void)crypto_shorthash_siphash24(out, (const uint8_t *)s, sizeof *s, KEY);
    memcpy(&check, out, sizeof check);
    return check;
}

static void put(coded *cell, const symbol *s, uint64_t check, int64_t sign)
{
    cell->sum.half[0] ^= s->half[0];
    cell->sum.half[1] ^= s->half[1];
    cell->check ^= check;
    cell->count += sign;
}

/* Into the cells first..end-1. */
static void add(coded *cells, uint32_t first, uint32_t end, const jk_digest *digest, int64_t sign)
{
    symbol s = symbol_of(digest);
    uint64_t check = check_of(&s);
    jk_mapping at = jk_mapping_first(check);
    while (at.index < first) {
        jk_mapping_next(&at);
    }
    for (; at.index < end; jk_mapping_next(&at)) {
        put(&cells[at.index], &s, check, sign);
    }
}

static bool is_pure(const coded *cell)
{
    return (cell->count == 1 || cell->count == -1) && check_of(&cell->sum) == cell->check;
}

static void remember(decoder *d, uint32_t cell)
{
    if (d->pure_count == d->pure_room) {
        d->failed = true;
        return;
    }
    d->pure[d->pure_count++] = cell;
}

/* Takes a symbol out of all cells; those up to `seen` may be pure now. */
static void take_out(decoder *d, uint32_t from, uint32_t seen)
{
    coded cell = d->cells[from];
    for (jk_mapping at = jk_mapping_first(cell.check); at.index < d->count; jk_mapping_next(&at)) {
        coded *other = &d->cells[at.index];
        put(other, &cell.sum, cell.check, -cell.count);
        if (at.index <= seen && is_pure(other)) {
            remember(d, (uint32_t)at.index);
        }
    }
    d->found++;
}

/* As cells arrive; the number of cells after which nothing is left, 0 if there never is. */
static uint32_t stream(decoder *d)
{
    for (uint32_t i = 0; i < d->count && !d->failed; i++) {
        if (is_pure(&d->cells[i])) {
            remember(d, i);
        }
        while (d->pure_count > 0) {
            uint32_t cell = d->pure[--d->pure_count];
            if (is_pure(&d->cells[cell])) {
                take_out(d, cell, i);
            }
        }
        const coded *first = &d->cells[0];
        if (first->count == 0 && first->check == 0 && first->sum.half[0] == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Bytes of a count: signed, seven bits a byte, as the distance from the expected one. */
static size_t count_size(int64_t count, size_t n, uint32_t cell)
{
    int64_t off = count - (int64_t)(2 * n / (2 + (size_t)cell));
    uint64_t zigzag = off < 0 ? (uint64_t)(-off) * 2 - 1 : (uint64_t)off * 2;
    size_t size = 1;
    for (; zigzag >= 128; zigzag >>= 7) {
        size++;
    }
    return size;
}

static void build(coded *cells, uint32_t first, uint32_t end, const method_item *items,
                  size_t count, bool ours)
{
    for (size_t i = 0; i < count && first < end; i++) {
        add(cells, first, end, ours ? &items[i].ours : &items[i].theirs, 1);
    }
}

static bool run(decoder *d, coded *ours, const method_item *items, size_t count, method_result *out)
{
    uint32_t kept = d->count < JK_CELLS_KEPT ? d->count : JK_CELLS_KEPT;
    build(ours, 0, kept, items, count, true);
    build(d->cells, 0, kept, items, count, false);
    uint64_t start = report_cpu_ns();
    build(ours, kept, d->count, items, count, true);
    build(d->cells, kept, d->count, items, count, false);
    for (uint32_t i = 0; i < d->count; i++) {
        put(&d->cells[i], &ours[i].sum, ours[i].check, -ours[i].count);
    }
    uint32_t used = stream(d);
    out->seconds = (double)(report_cpu_ns() - start) / 1e9;
    out->bytes = 0;
    for (uint32_t i = 0; i < used; i++) {
        out->bytes += sizeof(symbol) + sizeof(uint64_t) + count_size(ours[i].count, count, i);
    }
    out->found = d->found / 2;
    out->trips = 1;
    return used > 0;
}

bool method_rateless(const method_item *items, size_t count, size_t differences, method_result *out)
{
    decoder d = {.count = (uint32_t)(differences * 2 * 142 / 100 + 200)};
    d.pure_room = (size_t)d.count * 32;
    d.cells = calloc(d.count, sizeof *d.cells);
    d.pure = calloc(d.pure_room, sizeof *d.pure);
    coded *ours = calloc(d.count, sizeof *ours);
    bool ok = d.cells != NULL && d.pure != NULL && ours != NULL &&
              run(&d, ours, items, count, out) && out->found == differences;
    free(d.cells);
    free(d.pure);
    free(ours);
    return ok;
}
