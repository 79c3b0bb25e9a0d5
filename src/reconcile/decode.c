/* SPDX-License-Identifier: Apache-2.0 */
/* Peeling in waves.  A wave looks at every cell that changed since it was last looked at; a cell
 * with one element gives its key as moment / sum, believed when it is a key and maps to that
 * cell (not when its check digit is right: a damaged code has to be found, too).  All divisions
 * of a wave are one inversion.  Then each find is taken out of all its cells.  A wrong find is
 * put right like a real element: it is found again with the opposite delta, and deltas of one
 * key are summed. */
#include "decode.h"

#include "mapping.h"

#include <string.h>

enum {
    PEEL_MAX = 4 /* steps a cell: sums made on purpose can be peeled for ever */
};

typedef struct find {
    uint64_t key;
    uint64_t place;
    uint32_t cell;
} find;

typedef struct peel {
    const jk_recon_keys *keys;
    jk_cell *cells; /* count: what is not explained yet */
    uint32_t count;
    uint8_t *waiting; /* count: 1, the cell is in `changed` */
    uint32_t *changed;
    uint32_t *now; /* the cells of this wave */
    uint64_t *inverse;
    uint64_t *room;
    find *finds;         /* of this wave */
    jk_candidate *taken; /* PEEL_MAX * count */
    uint32_t changed_count;
    size_t taken_count;
    jk_decode_work work;
} peel;

/* One block for everything, so that one allocation can fail. */
static jk_status open_peel(peel *p, const jk_cell *cells, uint32_t count,
                           const jk_recon_memory *memory)
{
    size_t n = count;
    size_t size = n * (sizeof(jk_cell) + PEEL_MAX * sizeof(jk_candidate) + sizeof(find) +
                       2 * sizeof(uint64_t) + 2 * sizeof(uint32_t) + 1) +
                  sizeof(uint32_t);
    uint8_t *block = memory->take(memory->arg, size);
    if (block == NULL) {
        return JK_E_MEMORY;
    }
    p->cells = (void *)block;
    p->taken = (void *)(p->cells + n);
    p->finds = (void *)(p->taken + PEEL_MAX * n);
    p->inverse = (void *)(p->finds + n);
    p->room = p->inverse + n;
    p->changed = (void *)(p->room + n);
    p->now = p->changed + n + 1; /* one more is written than is counted */
    p->waiting = (void *)(p->now + n);
    memcpy(p->cells, cells, n * sizeof *cells);
    for (uint32_t i = 0; i < count; i++) {
        p->changed[i] = i;
        p->waiting[i] = 1;
    }
    p->count = count;
    p->changed_count = count;
    return JK_OK;
}

static bool is_key(uint64_t key)
{
    return key > JK_EPISODE_MAX && key < JK_ELEMENT_KEY_END;
}

static bool maps_to(uint64_t place, uint32_t cell)
{
    jk_mapping at = jk_mapping_first(place);
    while (at.index < cell) {
        jk_mapping_next(&at);
    }
    return at.index == cell;
}

/* The cells of this wave that have a sum, and the inverses of their sums. */
static uint32_t begin_wave(peel *p)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->changed_count; i++) {
        uint32_t cell = p->changed[i];
        p->waiting[cell] = 0;
        if (p->cells[cell].sum != 0) {
            p->now[count] = cell;
            p->inverse[count] = p->cells[cell].sum;
            count++;
        }
    }
    p->changed_count = 0;
    p->work.waves++;
    p->work.tested += count;
    jk_field_invert_all(p->inverse, p->room, count);
    return count;
}

static uint32_t look(peel *p, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t cell = p->now[i];
        uint64_t key = jk_field_mul(p->cells[cell].moment, p->inverse[i]);
        if (is_key(key)) {
            uint64_t place = jk_element_place(p->keys, key);
            if (maps_to(place, cell)) {
                p->finds[found++] = (find){key, place, cell};
            }
        }
    }
    return found;
}

/* Cells are far apart: they are fetched some at a time before the first of them is needed. */
static void take_out(peel *p, const find *f, uint64_t delta)
{
    enum {
        AHEAD = 32
    };

    uint64_t moment = jk_field_mul(f->key, delta);
    jk_mapping at = jk_mapping_first(f->place);
    while (at.index < p->count) {
        uint32_t cells[AHEAD];
        int count = 0;
        for (; count < AHEAD && at.index < p->count; jk_mapping_next(&at)) {
            cells[count++] = (uint32_t)at.index;
            __builtin_prefetch(&p->cells[at.index], 1);
        }
        for (int i = 0; i < count; i++) {
            jk_cell *cell = &p->cells[cells[i]];
            cell->sum = jk_field_sub(cell->sum, delta);
            cell->moment = jk_field_sub(cell->moment, moment);
            p->changed[p->changed_count] = cells[i];
            p->changed_count += p->waiting[cells[i]] == 0;
            p->waiting[cells[i]] = 1;
        }
    }
}

/* A find still stands when no other find of the wave changed its cell; false: too many steps. */
static bool take_finds(peel *p, uint32_t found)
{
    for (uint32_t i = 0; i < found; i++) {
        const find *f = &p->finds[i];
        if (p->waiting[f->cell] != 0) {
            continue; /* it is looked at again in the next wave */
        }
        if (p->taken_count == (size_t)PEEL_MAX * p->count) {
            return false;
        }
        uint64_t delta = p->cells[f->cell].sum;
        p->taken[p->taken_count++] = (jk_candidate){f->key, delta};
        take_out(p, f, delta);
    }
    return true;
}

static bool explained(const peel *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->cells[i].sum != 0 || p->cells[i].moment != 0) {
            return false;
        }
    }
    return true;
}

/* By key, eight bits at a time: bounded whatever the keys are.  other: room for as many. */
static void sort(jk_candidate *items, jk_candidate *other, size_t count)
{
    for (unsigned shift = 0; shift < 56; shift += 8) {
        size_t start[257] = {0};
        for (size_t i = 0; i < count; i++) {
            start[((items[i].key >> shift) & 255) + 1]++;
        }
        for (size_t i = 1; i < 256; i++) {
            start[i] += start[i - 1];
        }
        for (size_t i = 0; i < count; i++) {
            other[start[(items[i].key >> shift) & 255]++] = items[i];
        }
        memcpy(items, other, count * sizeof *items);
    }
}

/* One candidate a key, without those whose deltas cancel. */
static size_t sum_up(jk_candidate *items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        jk_candidate sum = items[i++];
        for (; i < count && items[i].key == sum.key; i++) {
            sum.delta = jk_field_add(sum.delta, items[i].delta);
        }
        if (sum.delta != 0) {
            items[kept++] = sum;
        }
    }
    return kept;
}

static jk_status finish(peel *p, const jk_recon_memory *memory, jk_candidates *out)
{
    if (p->taken_count == 0) {
        *out = (jk_candidates){NULL, 0};
        return JK_OK;
    }
    jk_candidate *items = memory->take(memory->arg, p->taken_count * sizeof *items);
    if (items == NULL) {
        return JK_E_MEMORY;
    }
    sort(p->taken, items, p->taken_count);
    size_t count = sum_up(p->taken, p->taken_count);
    if (count == 0 || count > p->count) { /* more unknowns than cells: made up */
        memory->give(memory->arg, items);
        *out = count == 0 ? (jk_candidates){NULL, 0} : *out;
        return count == 0 ? JK_OK : JK_E_NOT_FOUND;
    }
    memcpy(items, p->taken, count * sizeof *items);
    *out = (jk_candidates){items, count};
    return JK_OK;
}

jk_status jk_decode(const jk_recon_keys *keys, const jk_cell *cells, uint32_t count,
                    const jk_recon_memory *memory, jk_candidates *out, jk_decode_work *work)
{
    if (count == 0 || count > JK_CELLS_MAX) {
        return JK_E_RANGE;
    }
    peel p = {.keys = keys};
    jk_status status = open_peel(&p, cells, count, memory);
    if (status != JK_OK) {
        return status;
    }
    bool going = true;
    while (going && p.changed_count > 0) {
        uint32_t found = look(&p, begin_wave(&p));
        going = take_finds(&p, found);
    }
    status = going && explained(&p) ? finish(&p, memory, out) : JK_E_NOT_FOUND;
    if (work != NULL) {
        p.work.peeled = (uint32_t)p.taken_count;
        *work = p.work;
    }
    memory->give(memory->arg, p.cells);
    return status;
}

void jk_candidates_free(jk_candidates *candidates, const jk_recon_memory *memory)
{
    memory->give(memory->arg, candidates->items);
    *candidates = (jk_candidates){NULL, 0};
}
