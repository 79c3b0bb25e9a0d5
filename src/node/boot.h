/* SPDX-License-Identifier: Apache-2.0 */
/* What stands before a node can run: config, keys, directory, store.  `juki check-config` and `juki
 * node` tell the same findings, because both come through here. */
#ifndef JUKI_NODE_BOOT_H
#define JUKI_NODE_BOOT_H

#include "channel/directory.h"
#include "channel/keys.h"
#include "node/config.h"
#include "port/store.h"

typedef struct jk_boot {
    jk_config_file file;
    jk_node_config config;
    jk_random random;
    jk_keys *keys;            /* sodium_malloc */
    uint8_t *directory_bytes; /* what directory views */
    jk_directory directory;
    jk_store *store;  /* NULL until jk_boot_open */
    bool rooted_anew; /* the keys' root is another than at the last start */
    int lock;         /* descriptor of the store's lock file, -1 */
} jk_boot;

/* Reads and checks everything that can be checked without changing anything.  file->path, tell
 * and arg are set by the caller.  Not OK: at least one finding was told; call jk_boot_close all
 * the same. / */
JK_MUST_USE jk_status jk_boot_check(jk_boot *boot);

/* After jk_boot_check: locks and opens the store; an empty one takes the population first. */
JK_MUST_USE jk_status jk_boot_open(jk_boot *boot);

/* After jk_boot_check: reads the whole store for damage, if there is one; changes nothing. */
JK_MUST_USE jk_status jk_boot_look(const jk_boot *boot);

void jk_boot_close(jk_boot *boot);

/* --- import.c --- */

/* Writes what concerns this node of a population file into its empty store, in groups.  count:
 * rows of persons taken.  Statuses of jk_population_read and of the store. */
JK_MUST_USE jk_status jk_import_population(const jk_boot *boot, jk_store *store, uint64_t *count,
                                           jk_fault *fault);

#endif
