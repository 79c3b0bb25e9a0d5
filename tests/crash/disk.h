/* SPDX-License-Identifier: Apache-2.0 */
/* Disks in memory for SQLite, one per machine, that fail when told to.
 *
 * A SQLite VFS of our own.  Each file has what the running system sees and what the platter holds;
 * between them stand the writes that nobody synced yet.  Every I/O of the database, its log, its
 * journal and their directory is counted and shown to a hook, which may arm a fault for this very
 * one.  A power loss ends the machine: what was not synced is dropped, kept in part, torn or
 * reordered when the power comes back.  The first part of a file's name, up to '/', is its
 * machine. */
#ifndef TESTS_CRASH_DISK_H
#define TESTS_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISK_VFS       "crash"
#define DISK_HOSTS_MAX 16

typedef enum disk_op {
    DISK_OPEN,
    DISK_READ,
    DISK_WRITE,
    DISK_TRUNCATE,
    DISK_SYNC,
    DISK_SYNC_FOLDER,
    DISK_DELETE,
    DISK_OPS /* the number of those above */
} disk_op;

typedef enum disk_mode {
    DISK_HEALTHY,
    DISK_POWER, /* the machine stops at this I/O */
    DISK_EIO,   /* open, write, truncate, sync and delete fail */
    DISK_FULL,  /* write and truncate say that there is no room */
    DISK_UNREAD /* read fails */
} disk_mode;

/* What a power loss does to that which was not synced. */
typedef enum disk_damage {
    DISK_DROP,   /* all of it is lost, new files too, and deleted ones are back */
    DISK_TEAR,   /* a first part stands, cut within a write at any byte */
    DISK_SUBSET, /* sectors stand or not, by chance: also out of order */
    DISK_ENTRY,  /* contents stand, names in the directory are as of its last sync */
    DISK_KEEP,   /* all stands: the process alone was killed */
    DISK_DAMAGES /* the number of those above */
} disk_damage;

typedef struct disk_fault {
    disk_mode mode;
    disk_damage damage;
    bool lasting;  /* until disk_heal; otherwise one I/O */
    uint64_t seed; /* of what the damage leaves to chance */
} disk_fault;

/* Called before each I/O of any machine; it may call disk_arm. */
typedef void disk_hook(void *arg, unsigned host, disk_op op);

/* Registers the VFS (not as the default one); false: SQLite refused. */
bool disk_open(void);
/* Forgets all files.  No connection may be open. */
void disk_clear(void);

void disk_watch(disk_hook *hook, void *arg);

/* Does this fault concern such an I/O? */
bool disk_applies(disk_mode mode, disk_op op);

/* The machine's next I/O of the mode's kind meets the fault. */
void disk_arm(unsigned host, const disk_fault *fault);
void disk_heal(unsigned host);

/* The machine by the name before '/', made if there is none. */
unsigned disk_host(const char *name);

/* No power since a fault of mode DISK_POWER: every I/O fails. */
bool disk_dead(unsigned host);
/* The power is cut now, outside any I/O. */
void disk_cut(unsigned host, disk_damage damage, uint64_t seed);
/* The power is back: files are what the damage left.  All of its connections were closed. */
void disk_revive(unsigned host);

/* I/O that the harness itself causes, to look: neither counted nor broken. */
void disk_quiet(bool quiet);
bool disk_is_quiet(void);

/* Faults that an I/O met since disk_clear, and writes or syncs of a file after a sync of it had
 * failed, by the same process: a node must never try again. */
uint64_t disk_struck(void);
uint64_t disk_retried(void);
void disk_forget_retried(void);

/* A fault of another kind (memory) met something. */
void disk_count_fault(void);

const char *disk_op_name(disk_op op);
const char *disk_mode_name(disk_mode mode);
const char *disk_damage_name(disk_damage damage);

#endif
