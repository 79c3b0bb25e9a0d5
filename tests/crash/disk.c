/* SPDX-License-Identifier: Apache-2.0 */
/* The files of disk.h: what is seen, what is kept, what waits for a sync, and when an I/O fails. */
#include "disk.h"

#include "disk_file.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define HITS_MAX 1000 /* of a lasting fault that nobody heals: somebody changes the disk */

typedef struct disk {
    unsigned host_count;
    disk_host_state hosts[DISK_HOSTS_MAX];
    disk_hook *hook;
    void *arg;
    bool quiet;
    bool hooked; /* inside the hook */
    uint64_t struck;
    uint64_t retried;
} disk;

static disk all;

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* ---- contents ---- */

static bool content_reserve(disk_content *content, size_t size)
{
    if (size <= content->capacity) {
        return true;
    }
    size_t capacity = size * 2 + 4096;
    uint8_t *bytes = realloc(content->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    content->bytes = bytes;
    content->capacity = capacity;
    return true;
}

static bool content_write(disk_content *content, size_t offset, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (!content_reserve(content, offset + size)) {
        return false;
    }
    if (offset > content->size) {
        memset(content->bytes + content->size, 0, offset - content->size);
    }
    memcpy(content->bytes + offset, bytes, size);
    if (offset + size > content->size) {
        content->size = offset + size;
    }
    return true;
}

static void content_truncate(disk_content *content, size_t size)
{
    if (size < content->size) {
        content->size = size;
    }
}

static void content_free(disk_content *content)
{
    free(content->bytes);
    *content = (disk_content){NULL, 0, 0};
}

/* ---- what waits for a sync ---- */

static void waiting_forget(disk_file *file)
{
    while (file->first != NULL) {
        disk_write *write = file->first;
        file->first = write->next;
        free(write->bytes);
        free(write);
    }
    file->last = NULL;
    file->waiting = 0;
}

static bool waiting_add(disk_file *file, size_t offset, const uint8_t *bytes, size_t size)
{
    disk_write *write = calloc(1, sizeof *write);
    if (write == NULL) {
        return false;
    }
    write->offset = offset;
    write->size = size;
    write->cut = bytes == NULL;
    if (bytes != NULL) {
        write->bytes = malloc(size + 1);
        if (write->bytes == NULL) {
            free(write);
            return false;
        }
        memcpy(write->bytes, bytes, size);
    }
    if (file->last == NULL) {
        file->first = write;
    } else {
        file->last->next = write;
    }
    file->last = write;
    file->waiting++;
    return true;
}

/* The first `size` bytes of a write reach the platter; all of a truncation. */
static void waiting_apply(disk_file *file, const disk_write *write, size_t from, size_t size)
{
    if (write->cut) {
        content_truncate(&file->kept, write->offset);
    } else {
        (void)content_write(&file->kept, write->offset + from, write->bytes + from, size);
    }
}

static void waiting_apply_all(disk_file *file)
{
    for (const disk_write *write = file->first; write != NULL; write = write->next) {
        waiting_apply(file, write, 0, write->size);
    }
    waiting_forget(file);
}

/* ---- files of a machine ---- */

void disk_file_unmap(disk_file *file)
{
    for (size_t i = 0; i < DISK_REGIONS_MAX; i++) {
        free(file->region[i]);
        file->region[i] = NULL;
    }
}

static void file_free(disk_file *file)
{
    waiting_forget(file);
    content_free(&file->seen);
    content_free(&file->kept);
    disk_file_unmap(file);
    memset(file, 0, sizeof *file);
}

disk_file *disk_file_find(disk_host_state *host, const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        disk_file *file = &host->files[i];
        if (file->used && file->seen_entry && strcmp(file->name, name) == 0) {
            return file;
        }
    }
    return NULL;
}

disk_file *disk_file_make(disk_host_state *host, const char *name)
{
    if (strlen(name) >= sizeof host->files[0].name) {
        return NULL;
    }
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        disk_file *file = &host->files[i];
        if (!file->used) {
            memset(file, 0, sizeof *file);
            file->used = true;
            file->seen_entry = true;
            memcpy(file->name, name, strlen(name) + 1);
            return file;
        }
    }
    return NULL;
}

/* Its name is gone; the file itself when the directory was synced or nobody can bring it back. */
void disk_file_unlink(disk_file *file)
{
    file->seen_entry = false;
    if (!file->kept_entry) {
        file_free(file);
    }
}

void disk_sync_folder(disk_host_state *host)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        disk_file *file = &host->files[i];
        if (file->used && !file->seen_entry) {
            file_free(file);
        } else if (file->used) {
            file->kept_entry = true;
        }
    }
}

bool disk_file_write(disk_file *file, size_t offset, const uint8_t *bytes, size_t size)
{
    return content_write(&file->seen, offset, bytes, size) &&
           waiting_add(file, offset, bytes, size);
}

bool disk_file_truncate(disk_file *file, size_t size)
{
    content_truncate(&file->seen, size);
    return waiting_add(file, size, NULL, 0);
}

void disk_file_sync(disk_file *file)
{
    waiting_apply_all(file);
}

/* A sync that failed: the system believes its pages clean from now on; they never reach
 * the disk. */
void disk_file_sync_failed(disk_file *file)
{
    waiting_forget(file);
    file->sync_failed = true;
}

/* ---- faults ---- */

bool disk_applies(disk_mode mode, disk_op op)
{
    switch (mode) {
    case DISK_POWER: return true;
    /* SQLite's layer for Unix does not look at what the sync of a directory answers. */
    case DISK_EIO: return op != DISK_READ && op != DISK_SYNC_FOLDER;
    case DISK_FULL: return op == DISK_WRITE || op == DISK_TRUNCATE;
    case DISK_UNREAD: return op == DISK_READ;
    case DISK_HEALTHY: return false;
    }
    return false;
}

static int code_of(disk_mode mode, disk_op op)
{
    switch (op) {
    case DISK_OPEN: return SQLITE_CANTOPEN;
    case DISK_READ: return SQLITE_IOERR_READ;
    case DISK_WRITE: return mode == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    case DISK_TRUNCATE: return mode == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_TRUNCATE;
    case DISK_SYNC: return SQLITE_IOERR_FSYNC;
    case DISK_SYNC_FOLDER: return SQLITE_IOERR_DIR_FSYNC;
    case DISK_DELETE: return SQLITE_IOERR_DELETE;
    case DISK_OPS: break;
    }
    return SQLITE_IOERR;
}

int disk_strike(disk_host_state *host, disk_op op)
{
    if (all.quiet) {
        return SQLITE_OK;
    }
    if (host->dead) {
        return code_of(DISK_POWER, op);
    }
    if (all.hook != NULL && !all.hooked) {
        all.hooked = true;
        all.hook(all.arg, (unsigned)(host - all.hosts), op);
        all.hooked = false;
    }
    disk_fault *fault = &host->fault;
    if (!disk_applies(fault->mode, op)) {
        return SQLITE_OK;
    }
    int code = code_of(fault->mode, op);
    all.struck++;
    host->hits++;
    if (fault->mode == DISK_POWER) {
        host->dead = true;
    }
    if (!fault->lasting || host->hits == HITS_MAX) {
        fault->mode = DISK_HEALTHY;
    }
    return code;
}

/* How much of a failing write happens before it fails. */
size_t disk_part(disk_host_state *host, size_t size)
{
    return host->dead ? size : (size_t)(next_random(&host->fault.seed) % (size + 1));
}

void disk_note_retry(const disk_file *file)
{
    all.retried += file->sync_failed && !all.quiet ? 1 : 0;
}

static void damage_tear(disk_file *file, uint64_t *random)
{
    size_t whole = (size_t)(next_random(random) % (file->waiting + 1));
    const disk_write *write = file->first;
    for (size_t i = 0; i < whole; i++, write = write->next) {
        waiting_apply(file, write, 0, write->size);
    }
    if (write != NULL && !write->cut) {
        waiting_apply(file, write, 0, (size_t)(next_random(random) % (write->size + 1)));
    }
}

static void damage_subset(disk_file *file, uint64_t *random)
{
    for (const disk_write *write = file->first; write != NULL; write = write->next) {
        for (size_t at = 0; at < write->size || (write->cut && at == 0); at += DISK_SECTOR) {
            size_t size = write->size - at < DISK_SECTOR ? write->size - at : DISK_SECTOR;
            if (next_random(random) % 2 == 0) {
                waiting_apply(file, write, at, size);
            }
        }
    }
}

/* Which names stand in the directory: those of its last sync, or those that were seen. */
static void damage_entry(disk_file *file, bool as_synced)
{
    if (!(as_synced ? file->kept_entry : file->seen_entry)) {
        file_free(file);
        return;
    }
    file->seen_entry = true;
    file->kept_entry = true;
}

static void damage_file(disk_file *file, disk_damage damage, uint64_t *random)
{
    switch (damage) {
    case DISK_DROP: break;
    case DISK_TEAR: damage_tear(file, random); break;
    case DISK_SUBSET: damage_subset(file, random); break;
    case DISK_ENTRY:
    case DISK_KEEP: waiting_apply_all(file); break;
    case DISK_DAMAGES: break;
    }
    waiting_forget(file);
    content_truncate(&file->seen, 0);
    (void)content_write(&file->seen, 0, file->kept.bytes, file->kept.size);
}

static void damage_host(disk_host_state *host)
{
    uint64_t random = host->fault.seed;
    disk_damage damage = host->fault.damage;
    bool as_synced = damage == DISK_DROP || damage == DISK_ENTRY ||
                     (damage == DISK_SUBSET && next_random(&random) % 2 == 0);
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        if (host->files[i].used) {
            damage_file(&host->files[i], damage, &random);
            damage_entry(&host->files[i], as_synced);
        }
    }
}

void disk_revive(unsigned index)
{
    disk_host_state *host = &all.hosts[index];
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        host->files[i].sync_failed = false; /* another process */
    }
    if (host->dead && host->fault.damage != DISK_KEEP) {
        damage_host(host);
    }
    if (host->dead) {
        host->fault.mode = DISK_HEALTHY;
    }
    host->dead = false;
}

void disk_cut(unsigned index, disk_damage damage, uint64_t seed)
{
    disk_host_state *host = &all.hosts[index];
    host->fault = (disk_fault){DISK_POWER, damage, false, seed};
    host->dead = true;
}

void disk_arm(unsigned index, const disk_fault *fault)
{
    all.hosts[index].fault = *fault;
    all.hosts[index].hits = 0;
}

void disk_heal(unsigned index)
{
    if (!all.hosts[index].dead) {
        all.hosts[index].fault.mode = DISK_HEALTHY;
    }
}

bool disk_dead(unsigned index)
{
    return all.hosts[index].dead;
}

/* ---- the machines ---- */

unsigned disk_host(const char *name)
{
    const char *slash = strchr(name, '/');
    size_t size = slash == NULL ? strlen(name) : (size_t)(slash - name);
    for (unsigned i = 0; i < all.host_count; i++) {
        if (strlen(all.hosts[i].name) == size && memcmp(all.hosts[i].name, name, size) == 0) {
            return i;
        }
    }
    unsigned index = all.host_count < DISK_HOSTS_MAX ? all.host_count++ : DISK_HOSTS_MAX - 1;
    disk_host_state *host = &all.hosts[index];
    size = size < sizeof host->name ? size : sizeof host->name - 1;
    memcpy(host->name, name, size);
    host->name[size] = '\0';
    return index;
}

disk_host_state *disk_host_of(const char *name)
{
    return &all.hosts[disk_host(name)];
}

void disk_clear(void)
{
    for (unsigned i = 0; i < all.host_count; i++) {
        for (size_t f = 0; f < DISK_FILES_MAX; f++) {
            file_free(&all.hosts[i].files[f]);
        }
    }
    memset(&all, 0, sizeof all);
}

void disk_watch(disk_hook *hook, void *arg)
{
    all.hook = hook;
    all.arg = arg;
}

void disk_quiet(bool quiet)
{
    all.quiet = quiet;
}

bool disk_is_quiet(void)
{
    return all.quiet;
}

uint64_t disk_struck(void)
{
    return all.struck;
}

void disk_count_fault(void)
{
    all.struck++;
}

uint64_t disk_retried(void)
{
    return all.retried;
}

void disk_forget_retried(void)
{
    all.retried = 0;
}

const char *disk_op_name(disk_op op)
{
    static const char *const names[DISK_OPS] = {"open", "read",        "write", "truncate",
                                                "sync", "sync folder", "delete"};
    return op < DISK_OPS ? names[op] : "-";
}

const char *disk_mode_name(disk_mode mode)
{
    static const char *const names[] = {"healthy", "power loss", "EIO", "disk full", "read error"};
    return mode <= DISK_UNREAD ? names[mode] : "-";
}

const char *disk_damage_name(disk_damage damage)
{
    static const char *const names[DISK_DAMAGES] = {"drop", "tear", "subset", "entry", "kill"};
    return damage < DISK_DAMAGES ? names[damage] : "-";
}
