/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over files and strings for the runner. */
#ifndef JUKI_VERIFY_FILE_H
#define JUKI_VERIFY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "juki/status.h"

#define JK_PATH_SIZE 1024 /* bytes of a path with NUL */

/* A whole text file with a NUL after it; free() it.  NULL if it cannot be read or is longer than
 * 64 MiB. */
char *jk_file_read(const char *path, size_t *size);

/* Writes by a new file that takes the old one's place. */
JK_MUST_USE jk_status jk_file_write(const char *path, const char *bytes, size_t size);

/* folder/name; false if it does not fit. */
JK_MUST_USE bool jk_path_join(char path[JK_PATH_SIZE], const char *folder, const char *name);

JK_MUST_USE bool jk_folder_make(const char *path);

/* The same with the folders above it. */
JK_MUST_USE bool jk_folder_make_all(const char *path);

/* Copies a file byte for byte, by a new file that takes the old one's place. */
JK_MUST_USE bool jk_file_copy(const char *from, const char *to);

/* Is there nothing in the folder?  False, too, if it cannot be read. */
JK_MUST_USE bool jk_folder_is_empty(const char *path);

/* Copies the regular files of a folder whose name ends in .pml, not its folders. */
JK_MUST_USE bool jk_folder_copy(const char *from, const char *to);

/* Removes a folder and all in it.  Never follows a link. */
void jk_folder_remove(const char *path);

#endif
