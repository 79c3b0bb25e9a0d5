/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's calls on the files of disk.c.  Locks always succeed: a database has one connection.  The
 * clock stands and randomness is a counter, so that equal runs do equal I/O. */
#include "disk_file.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

typedef struct disk_handle {
    sqlite3_file base; /* first: SQLite's file is the handle */
    disk_host_state *host;
    disk_file *file;
    bool new_log;  /* perhaps made by this handle: its first sync syncs the directory as well */
    bool unlinked; /* when it is closed */
} disk_handle;

static uint64_t random_count;

static int file_close(sqlite3_file *base)
{
    disk_handle *handle = (disk_handle *)base;
    if (handle->unlinked && !handle->host->dead) {
        disk_file_unlink(handle->file);
    }
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 offset)
{
    const disk_handle *handle = (const disk_handle *)base;
    const disk_content *seen = &handle->file->seen;
    int code = disk_strike(handle->host, DISK_READ);
    if (code != SQLITE_OK) {
        return code;
    }
    size_t from = (size_t)offset < seen->size ? (size_t)offset : seen->size;
    size_t got = seen->size - from < (size_t)size ? seen->size - from : (size_t)size;
    if (got > 0) {
        memcpy(data, seen->bytes + from, got);
    }
    if (got == (size_t)size) {
        return SQLITE_OK;
    }
    memset((uint8_t *)data + got, 0, (size_t)size - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 offset)
{
    disk_handle *handle = (disk_handle *)base;
    bool was_dead = handle->host->dead;
    disk_note_retry(handle->file);
    int code = disk_strike(handle->host, DISK_WRITE);
    size_t part = code == SQLITE_OK ? (size_t)size : disk_part(handle->host, (size_t)size);
    if (!was_dead && !disk_file_write(handle->file, (size_t)offset, data, part)) {
        return SQLITE_IOERR_NOMEM;
    }
    return code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    disk_handle *handle = (disk_handle *)base;
    int code = disk_strike(handle->host, DISK_TRUNCATE);
    if (code != SQLITE_OK) {
        return code;
    }
    return disk_file_truncate(handle->file, (size_t)size) ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    disk_handle *handle = (disk_handle *)base;
    disk_note_retry(handle->file);
    int code = disk_strike(handle->host, DISK_SYNC);
    if (code != SQLITE_OK) {
        if (!handle->host->dead) {
            disk_file_sync_failed(handle->file);
        }
        return code;
    }
    disk_file_sync(handle->file);
    if (handle->new_log) {
        code = disk_strike(handle->host, DISK_SYNC_FOLDER);
        if (code == SQLITE_OK) {
            disk_sync_folder(handle->host);
            handle->new_log = false;
        }
    }
    return code;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)((disk_handle *)base)->file->seen.size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level)
{
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *base, int *held)
{
    (void)base;
    *held = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

/* As SQLite's own layer for Unix: it never counts on atomic writes, and does on a torn write that
 * leaves the bytes around it alone. */
static int file_sector(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int file_traits(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shared_map(sqlite3_file *base, int index, int size, int extend, void volatile **region)
{
    disk_file *file = ((disk_handle *)base)->file;
    if (index < 0 || index >= DISK_REGIONS_MAX) {
        return SQLITE_IOERR_SHMSIZE;
    }
    if (file->region[index] == NULL && extend != 0) {
        file->region[index] = calloc(1, (size_t)size);
        if (file->region[index] == NULL) {
            return SQLITE_IOERR_NOMEM;
        }
    }
    *region = file->region[index];
    return SQLITE_OK;
}

static int shared_lock(sqlite3_file *base, int offset, int count, int flags)
{
    (void)base;
    (void)offset;
    (void)count;
    (void)flags;
    return SQLITE_OK;
}

static void shared_barrier(sqlite3_file *base)
{
    (void)base;
}

static int shared_unmap(sqlite3_file *base, int remove)
{
    (void)remove;
    disk_file_unmap(((disk_handle *)base)->file);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shared_map,
    .xShmLock = shared_lock,
    .xShmBarrier = shared_barrier,
    .xShmUnmap = shared_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *given)
{
    (void)vfs;
    disk_handle *handle = (disk_handle *)base;
    memset(handle, 0, sizeof *handle);
    if (name == NULL) {
        return SQLITE_CANTOPEN; /* nothing may be written beside the database */
    }
    handle->host = disk_host_of(name);
    int code = disk_strike(handle->host, DISK_OPEN);
    if (code != SQLITE_OK) {
        return code;
    }
    handle->file = disk_file_find(handle->host, name);
    if (handle->file == NULL) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) {
            return SQLITE_CANTOPEN;
        }
        handle->file = disk_file_make(handle->host, name);
    }
    if (handle->file == NULL) {
        return SQLITE_CANTOPEN;
    }
    /* As SQLite's own layer for Unix: for any log that it might have made. */
    handle->new_log = (flags & SQLITE_OPEN_CREATE) != 0 &&
                      (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    handle->unlinked = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->base.pMethods = &methods;
    if (given != NULL) {
        *given = flags;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    disk_host_state *host = disk_host_of(name);
    int code = disk_strike(host, DISK_DELETE);
    if (code != SQLITE_OK) {
        return code;
    }
    disk_file *file = disk_file_find(host, name);
    if (file == NULL) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    disk_file_unlink(file);
    if (sync != 0) {
        code = disk_strike(host, DISK_SYNC_FOLDER);
        if (code == SQLITE_OK) {
            disk_sync_folder(host);
        }
    }
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *there)
{
    (void)vfs;
    (void)flags;
    *there = disk_file_find(disk_host_of(name), name) != NULL;
    return SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *vfs, const char *name, int size, char *path)
{
    (void)vfs;
    size_t length = strlen(name);
    if (length >= (size_t)size) {
        return SQLITE_CANTOPEN;
    }
    memcpy(path, name, length + 1);
    return SQLITE_OK;
}

static int vfs_random(sqlite3_vfs *vfs, int size, char *data)
{
    (void)vfs;
    for (int i = 0; i < size; i++) {
        random_count = random_count * UINT64_C(6364136223846793005) + 1442695040888963407U;
        data[i] = (char)(random_count >> 56);
    }
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int vfs_time(sqlite3_vfs *vfs, double *day)
{
    (void)vfs;
    *day = 2461000.5;
    return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    (void)size;
    (void)text;
    return 0;
}

bool disk_open(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 1,
        .szOsFile = (int)sizeof(disk_handle),
        .mxPathname = 256,
        .zName = DISK_VFS,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_error,
    };
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}
