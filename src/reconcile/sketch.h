/* SPDX-License-Identifier: Apache-2.0 */
/* The keyed-delta linear sketch.  A cell holds two sums over its elements: of f, and of key * f.
 * Sums are linear: an element that both sides have alike cancels when one side's cells are taken
 * from the other's; one that differs leaves the difference of its two f, as ONE unknown; the first
 * k cells of a sketch are a sketch.  Cells are the caller's memory, all 0 for no elements.
 *
 * With the cells goes a table of marks, from which a peer estimates how much differs: an element
 * adds its f to one of 384 counters, to the first 24 with the chance 1/2, to the next 24 with 1/4
 * and so on; a counter travels as one byte. */
#ifndef JUKI_RECONCILE_SKETCH_H
#define JUKI_RECONCILE_SKETCH_H

#include "element.h"
#include "field.h"

enum {
    JK_CELLS_MAX = 1 << 20, /* of a sketch: 16 MiB, some 770,000 differences */
    JK_CELLS_KEPT = 4096,   /* that a node keeps for each municipality: 64 KiB */
    JK_CELL_WIRE_SIZE = 16, /* bytes */
    JK_MARK_LEVELS = 16,
    JK_MARKS_EACH = 24,
    JK_MARKS = JK_MARK_LEVELS * JK_MARKS_EACH
};

typedef struct jk_cell {
    uint64_t sum;    /* of f */
    uint64_t moment; /* of key * f */
} jk_cell;

typedef struct jk_sketch {
    jk_cell *cells; /* borrowed: count */
    uint32_t count; /* 0..JK_CELLS_MAX */
    uint64_t marks[JK_MARKS];
} jk_sketch;

/* What happened to one element: f before and after, 0 where it was not there.  Upkeep takes f from
 * the STORED digest, never from the record read back: that one may be damaged, and the difference
 * would stay for ever. */
typedef struct jk_change {
    uint64_t key;
    uint64_t old_value;
    uint64_t new_value;
    uint64_t position; /* of the log entry that made it */
} jk_change;

/* No elements; cells: count, zeroed here. */
void jk_sketch_clear(jk_sketch *sketch, jk_cell *cells, uint32_t count);

/* An element comes, goes or changes. */
void jk_sketch_change(jk_sketch *sketch, const jk_recon_keys *keys, const jk_change *change);

/* Back to what the sketch was when the log stood at `marker`: undoes the changes with a greater
 * position, in any order. */
void jk_sketch_rewind(jk_sketch *sketch, const jk_recon_keys *keys, const jk_change *changes,
                      size_t count, uint64_t marker);

/* Adds `delta` times an element to the cells first..end-1, which stand at cells[0]. */
void jk_cells_add(jk_cell *cells, uint32_t first, uint32_t end, uint64_t place, uint64_t key,
                  uint64_t delta);

typedef struct jk_element {
    uint64_t key;
    jk_digest digest;
} jk_element;

/* The fast way to add many elements, in any order and in several calls, to the cells first..end-1,
 * which stand at cells[0] and were 0 at first.  jk_cells_reduce makes them cells again. */
void jk_cells_gather(jk_cell *cells, uint32_t first, uint32_t end, const jk_recon_keys *keys,
                     const jk_element *elements, size_t count);
void jk_cells_reduce(jk_cell *cells, uint32_t count);

/* Adds the same elements to the marks. */
void jk_marks_gather(jk_sketch *sketch, const jk_recon_keys *keys, const jk_element *elements,
                     size_t count);

/* a -= b, cell by cell: what the two sides do not have alike. */
void jk_cells_subtract(jk_cell *a, const jk_cell *b, uint32_t count);

/* 16 bytes a cell, big-endian. */
void jk_cells_write(const jk_cell *cells, uint32_t count, uint8_t *bytes);

/* JK_E_RANGE: a sum that is not below 2^61 - 1 (one value has one form); then cells are
 * unchanged. */
JK_MUST_USE jk_status jk_cells_read(const uint8_t *bytes, uint32_t count, jk_cell *cells);

/* The marks as they travel, a byte each. */
void jk_marks_write(const jk_sketch *sketch, uint8_t marks[JK_MARKS]);

/* About how many elements differ between two tables; the standard error is 13 % from some 30 on.
 * At most 2^22. */
uint32_t jk_marks_estimate(const uint8_t a[JK_MARKS], const uint8_t b[JK_MARKS]);

#endif
