/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of tab-separated text with one header line. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

static jk_status refuse(jk_fault *fault, const char *path, size_t line, const char *why)
{
    const char *name = strrchr(path, '/');
    fault->status = JK_E_CONFIG;
    fault->os_code = 0;
    (void)snprintf(fault->text, sizeof fault->text, "%.50s:%zu: %s", name == NULL ? path : name + 1,
                   line, why);
    return JK_E_CONFIG;
}

static size_t count_lines(const char *bytes)
{
    size_t lines = 1;
    for (const char *at = bytes; *at != '\0'; at++) {
        lines += *at == '\n' ? 1 : 0;
    }
    return lines;
}

/* Cuts a line at its tabs; the number of cells, or more than the capacity. */
static size_t cut_line(char *line, char **cells, size_t capacity)
{
    size_t count = 0;
    char *at = line;
    while (at != NULL) {
        char *tab = strchr(at, '\t');
        if (tab != NULL) {
            *tab = '\0';
            tab++;
        }
        if (count == capacity) {
            return count + 1;
        }
        cells[count] = at;
        count++;
        at = tab;
    }
    return count;
}

static const char *cut_row(char *line, const char *const *columns, jk_table *table, bool header)
{
    char **cells = table->cells + table->row_count * table->column_count;
    if (cut_line(line, cells, table->column_count) != table->column_count) {
        return "another number of columns";
    }
    for (size_t i = 0; i < table->column_count; i++) {
        if (cells[i][0] == '\0') {
            return "an empty cell";
        }
        if (header && strcmp(cells[i], columns[i]) != 0) {
            return "another header";
        }
    }
    table->row_count += header ? 0 : 1;
    return NULL;
}

jk_status jk_table_read(const char *path, const char *const *columns, size_t column_count,
                        jk_table *table, jk_fault *fault)
{
    size_t size;
    jk_table read = {.bytes = jk_file_read(path, &size), .column_count = column_count};
    if (read.bytes == NULL) {
        (void)refuse(fault, path, 0, "cannot be read");
        fault->status = JK_E_FILE;
        return JK_E_FILE;
    }
    read.cells = calloc(count_lines(read.bytes) * column_count, sizeof *read.cells);
    if (read.cells == NULL) {
        free(read.bytes);
        fault->status = JK_E_MEMORY;
        return JK_E_MEMORY;
    }
    bool header = true;
    size_t number = 0;
    char *next = read.bytes;
    while (next != NULL) {
        char *line = next;
        next = strchr(line, '\n');
        if (next != NULL) {
            *next = '\0';
            next++;
        }
        number++;
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        const char *why = cut_row(line, columns, &read, header);
        header = false;
        if (why != NULL) {
            jk_table_close(&read);
            return refuse(fault, path, number, why);
        }
    }
    if (header) {
        jk_table_close(&read);
        return refuse(fault, path, number, "no header");
    }
    *table = read;
    return JK_OK;
}

void jk_table_close(jk_table *table)
{
    free(table->cells);
    free(table->bytes);
    *table = (jk_table){0};
}

const char *jk_table_cell(const jk_table *table, size_t row, size_t column)
{
    return table->cells[row * table->column_count + column];
}

/* The comments before the header of the file as it is. */
static void write_comments(const char *path, FILE *out)
{
    size_t size;
    char *old = jk_file_read(path, &size);
    char *at = old;
    while (at != NULL && *at == '#') {
        char *end = strchr(at, '\n');
        size_t length = end == NULL ? strlen(at) : (size_t)(end - at) + 1;
        (void)fwrite(at, 1, length, out);
        at += length;
    }
    free(old);
}

jk_status jk_table_write(const char *path, const char *const *columns, const jk_table *table,
                         jk_fault *fault)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL) {
        fault->status = JK_E_MEMORY;
        return JK_E_MEMORY;
    }
    write_comments(path, out);
    for (size_t i = 0; i < table->column_count; i++) {
        (void)fprintf(out, "%s%s", i == 0 ? "" : "\t", columns[i]);
    }
    for (size_t i = 0; i < table->row_count * table->column_count; i++) {
        (void)fprintf(out, "%s%s", i % table->column_count == 0 ? "\n" : "\t", table->cells[i]);
    }
    (void)fputc('\n', out);
    jk_status status = fclose(out) == 0 ? jk_file_write(path, bytes, size) : JK_E_MEMORY;
    free(bytes);
    if (status != JK_OK) {
        (void)refuse(fault, path, 0, "cannot be written");
        fault->status = status;
    }
    return status;
}
