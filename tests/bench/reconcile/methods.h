/* SPDX-License-Identifier: Apache-2.0 */
/* Other ways to find who differs, written from their papers, to be measured beside ours on the
 * same sets: Rateless IBLT (Yang, Gilad, Alizadeh, SIGCOMM 2024), range-based reconciliation
 * (Meyer, SRDS 2023) and a tree of digests.  Each is given what helps it: prepared sums, the
 * best of its parameters, a stream that stops at the right cell, differences that are changes
 * and never change the order. */
#ifndef BENCH_RECONCILE_METHODS_H
#define BENCH_RECONCILE_METHODS_H

#include "reconcile/sketch.h"

/* A resident as both sides have him. */
typedef struct method_item {
    uint64_t place;
    uint64_t key;
    jk_digest ours;
    jk_digest theirs;
} method_item;

typedef struct method_result {
    size_t bytes;
    size_t found; /* residents that differ */
    double seconds;
    unsigned trips;
} method_result;

/* items: count, ascending by place.  false: no memory, or it did not find what differs. */
typedef bool method_fn(const method_item *items, size_t count, size_t differences,
                       method_result *out);

/* Symbols of 16 bytes, checksums of 8, counts as the difference to what is expected, one or two
 * bytes. A changed resident is two symbols.  seconds: the symbols beyond the 4,096 that a node
 * would keep, and decoding. */
method_fn method_rateless;

/* Sixteen children a node, additive digests of 16 bytes from prepared sums; few items are sent
 * themselves, as 24 bytes. */
method_fn method_tree;

/* Ranges of the ordered set with fingerprints of 16 bytes from prepared sums, split in sixteen;
 * up to 32 ids of 32 bytes are sent themselves. */
method_fn method_ranges;

/* Everything: 312 bytes a record, compared as bytes. */
method_fn method_full;

#endif
