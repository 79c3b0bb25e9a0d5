/* SPDX-License-Identifier: Apache-2.0 */
/* Files and a scratch folder for the tests of jkgen. */
#ifndef TESTS_JKGEN_FOLDER_H
#define TESTS_JKGEN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* A new empty folder below the build's; the caller frees the name. */
char *folder_make(void);

/* Copies tests/jkgen/lease and spec/lib/role.pml into it: a model outside of the tree. */
void folder_take_lease(const char *folder);

/* Removes the folder and what is in it. */
void folder_remove(const char *folder);

/* The file's text, NUL at its end; NULL when it cannot be read.  The caller frees it. */
char *folder_read(const char *path);

void folder_write(const char *path, const char *text);

/* folder/name, in one of 64 static buffers, used in turn. */
const char *folder_path(const char *folder, const char *name);

/* Compares a text with a file that is kept; JK_REWRITE=1 writes the file instead. */
bool folder_matches(const char *kept, const char *text);

#endif
