/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the cache: what a search left, by name, under a key.  What it means is not known
 * here. */
#ifndef JUKI_VERIFY_ENTRY_H
#define JUKI_VERIFY_ENTRY_H

#include <stdint.h>

#include "file.h"

#define JK_ENTRY_PARTS 3 /* files of an entry, at most */

typedef enum jk_entry {
    JK_ENTRY_NONE, /* there is none under this key */
    JK_ENTRY_TAKEN,
    JK_ENTRY_DAMAGED
} jk_entry;

/* Puts an entry's files into the folder, which is made if it is not there. */
JK_MUST_USE jk_entry jk_entry_take(const char *cache, const char *key, const char *folder,
                                   int64_t *used_ms);

typedef struct jk_entry_source {
    const char *folder;
    int64_t used_ms; /* processor time */
    const char *names[JK_ENTRY_PARTS];
    size_t count;
} jk_entry_source;

/* Keeps those of the named files that are there.  false: it cannot be written. */
JK_MUST_USE bool jk_entry_keep(const char *cache, const char *key, const jk_entry_source *source);

#endif
