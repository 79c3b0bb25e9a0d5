/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that is full or fails, and a clock that is set, for one process: loaded before the C
 * library, told what to do by small files in the folder JK_FAULT, which a test writes while the
 * node runs:
 *
 *   full    writes to files whose path ends with this text (all, if it is empty) find no room;
 *           "TEXT N": after N of them
 *   sync    the next sync of such a file fails with EIO, once; this file is removed then
 *   clock   seconds that the wall clock is ahead (or behind, with '-')
 *
 * Every sync is told in the file `calls`, one line each.  Nothing here calls the C library's own
 * functions of the same name, so a sanitizer may stand in between. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_SIZE = 4096,
    TEXT_SIZE = 256
};

#define EXPORT __attribute__((visibility("default")))

static ssize_t raw_write(int file, const void *bytes, size_t size)
{
    return syscall(SYS_write, file, bytes, size);
}

static bool control_path(const char *name, char path[PATH_SIZE])
{
    const char *folder = getenv("JK_FAULT");
    return folder != NULL && snprintf(path, PATH_SIZE, "%s/%s", folder, name) < PATH_SIZE;
}

/* The text of a control file without its newline; false if there is none. */
static bool control(const char *name, char text[TEXT_SIZE])
{
    char path[PATH_SIZE];
    const int before = errno;
    const long file =
        control_path(name, path) ? syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    const long size = file < 0 ? -1 : syscall(SYS_read, file, text, (size_t)TEXT_SIZE - 1);
    if (file >= 0) {
        (void)syscall(SYS_close, file);
    }
    errno = before;
    if (size < 0) {
        return false;
    }
    text[size] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return true;
}

/* Is it a regular file whose path ends as the control file says?  path gets its name. */
static bool is_meant(int file, const char *name, char path[PATH_SIZE])
{
    char link[64];
    char ending[TEXT_SIZE];
    struct stat about;
    if (!control(name, ending) || fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return false;
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(link, path, PATH_SIZE - 1);
    if (size < 0) {
        return false;
    }
    path[size] = '\0';
    const size_t length = strcspn(ending, " ");
    return (size_t)size >= length && memcmp(path + (size_t)size - length, ending, length) == 0;
}

/* N of "TEXT N", counted anew whenever the test writes the control file anew. */
static bool is_left(void)
{
    static long left;
    static ino_t last;
    char path[PATH_SIZE];
    char text[TEXT_SIZE];
    struct stat about;
    const char *number = control("full", text) ? strrchr(text, ' ') : NULL;
    if (number == NULL || !control_path("full", path) || stat(path, &about) != 0) {
        return false;
    }
    if (about.st_ino != last) {
        last = about.st_ino;
        left = strtol(number, NULL, 10);
    }
    return left-- > 0;
}

static bool no_room(int file)
{
    char path[PATH_SIZE];
    if (!is_meant(file, "full", path) || is_left()) {
        return false;
    }
    errno = ENOSPC;
    return true;
}

/* --- the disk --- */

EXPORT ssize_t write(int file, const void *bytes, size_t size)
{
    return no_room(file) ? -1 : raw_write(file, bytes, size);
}

EXPORT ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return no_room(file) ? -1 : syscall(SYS_pwrite64, file, bytes, size, offset);
}

EXPORT ssize_t pwrite64(int file, const void *bytes, size_t size, int64_t offset)
{
    return no_room(file) ? -1 : syscall(SYS_pwrite64, file, bytes, size, offset);
}

static void tell_sync(const char *path, const char *result)
{
    char name[PATH_SIZE];
    char line[PATH_SIZE + 32];
    const long file =
        control_path("calls", name)
            ? syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
            : -1;
    if (file >= 0) {
        const int size = snprintf(line, sizeof line, "sync %s %s\n", result, path);
        (void)raw_write((int)file, line, (size_t)size);
        (void)syscall(SYS_close, file);
    }
}

static int sync_file(int file, long call)
{
    char link[64];
    char path[PATH_SIZE];
    char name[PATH_SIZE];
    if (is_meant(file, "sync", path) && control_path("sync", name)) {
        (void)unlink(name);
        tell_sync(path, "EIO");
        errno = EIO;
        return -1;
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = readlink(link, path, sizeof path - 1);
    path[size < 0 ? 0 : size] = '\0';
    const int result = (int)syscall(call, file);
    tell_sync(path, result == 0 ? "OK" : "failed");
    return result;
}

EXPORT int fsync(int file)
{
    return sync_file(file, SYS_fsync);
}

EXPORT int fdatasync(int file)
{
    return sync_file(file, SYS_fdatasync);
}

/* --- the clock --- */

static long ahead_s(void)
{
    char text[TEXT_SIZE];
    return control("clock", text) ? strtol(text, NULL, 10) : 0;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *now)
{
    const int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        now->tv_sec += ahead_s();
    }
    return result;
}

EXPORT time_t time(time_t *now)
{
    struct timespec read = {0};
    (void)clock_gettime(CLOCK_REALTIME, &read);
    if (now != NULL) {
        *now = read.tv_sec;
    }
    return read.tv_sec;
}

EXPORT int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec read = {0};
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &read);
    now->tv_sec = read.tv_sec;
    now->tv_usec = read.tv_nsec / 1000;
    return 0;
}
