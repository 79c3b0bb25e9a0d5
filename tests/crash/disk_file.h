/* SPDX-License-Identifier: Apache-2.0 */
/* What disk.c (files and faults) and disk_vfs.c (SQLite's calls) share; nobody else includes it. */
#ifndef TESTS_CRASH_DISK_FILE_H
#define TESTS_CRASH_DISK_FILE_H

#include "disk.h"

#define DISK_FILES_MAX   12
#define DISK_REGIONS_MAX 8 /* of shared memory: 32 KiB each, 4,096 pages of log */
#define DISK_SECTOR      512

typedef struct disk_content {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
} disk_content;

/* A write, or (cut) a truncation to `offset`, that nobody synced. */
typedef struct disk_write {
    struct disk_write *next;
    size_t offset;
    size_t size;
    bool cut;
    uint8_t *bytes;
} disk_write;

typedef struct disk_file {
    bool used;
    bool seen_entry;  /* its name stands in the directory, */
    bool kept_entry;  /* and will after a power loss */
    bool sync_failed; /* in this process */
    char name[48];
    disk_content seen;
    disk_content kept;
    size_t waiting; /* writes below */
    disk_write *first;
    disk_write *last;
    void *region[DISK_REGIONS_MAX];
} disk_file;

typedef struct disk_host_state {
    char name[32];
    bool dead;
    disk_fault fault;
    uint64_t hits; /* of this fault */
    disk_file files[DISK_FILES_MAX];
} disk_host_state;

disk_host_state *disk_host_of(const char *name);

disk_file *disk_file_find(disk_host_state *host, const char *name);
disk_file *disk_file_make(disk_host_state *host, const char *name);
void disk_file_unlink(disk_file *file);
void disk_file_unmap(disk_file *file);
void disk_sync_folder(disk_host_state *host);

bool disk_file_write(disk_file *file, size_t offset, const uint8_t *bytes, size_t size);
bool disk_file_truncate(disk_file *file, size_t size);
void disk_file_sync(disk_file *file);
void disk_file_sync_failed(disk_file *file);

/* Counts an I/O; SQLITE_OK, or how it fails. */
int disk_strike(disk_host_state *host, disk_op op);
size_t disk_part(disk_host_state *host, size_t size);
void disk_note_retry(const disk_file *file);

#endif
