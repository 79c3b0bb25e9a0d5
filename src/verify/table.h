/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of tab-separated text with one header line: checks.tsv and mutants.tsv. */
#ifndef JUKI_VERIFY_TABLE_H
#define JUKI_VERIFY_TABLE_H

#include <stddef.h>

#include "juki/status.h"

typedef struct jk_table {
    char *bytes;      /* the file, cut into strings */
    char **cells;     /* row_count x column_count */
    size_t row_count; /* without the header */
    size_t column_count;
} jk_table;

/* Reads a file of exactly these columns, in this order.  Empty lines and lines that begin with '#'
 * are left out; "-" stands for an empty cell, so no cell is empty.  JK_E_FILE: no such file;
 * JK_E_CONFIG: another form, fault->text names the line. */
JK_MUST_USE jk_status jk_table_read(const char *path, const char *const *columns,
                                    size_t column_count, jk_table *table, jk_fault *fault);

void jk_table_close(jk_table *table);

const char *jk_table_cell(const jk_table *table, size_t row, size_t column);

/* Writes the table with its header to the path, by a new file that takes the old one's place.  The
 * comments of the old file are kept if they stand before the header. */
JK_MUST_USE jk_status jk_table_write(const char *path, const char *const *columns,
                                     const jk_table *table, jk_fault *fault);

#endif
