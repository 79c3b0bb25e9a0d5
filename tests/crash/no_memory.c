/* SPDX-License-Identifier: Apache-2.0 */
/* The C library's allocator for one process, which fails when told to: loaded before the C library.
 *
 *   JK_FAIL_AT     the allocation that fails, from 1; 0 or nothing: none
 *   JK_FAIL_COUNT  how many fail from there on; nothing: one
 *   JK_FAIL_TELL   a file that gets the number of allocations when the process ends
 *
 * glibc's allocator keeps a second name for each of its functions; these are called below. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static unsigned long made;
static unsigned long first;
static unsigned long last;
static const char *tell;

static unsigned long number_of(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoul(text, NULL, 10);
}

__attribute__((constructor)) static void start(void)
{
    made = 0;
    first = number_of("JK_FAIL_AT", 0);
    last = first + number_of("JK_FAIL_COUNT", 1);
    tell = getenv("JK_FAIL_TELL");
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%lu\n", made);
    int file = tell == NULL ? -1 : open(tell, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0 && size > 0) {
        (void)!write(file, text, (size_t)size);
        (void)close(file);
    }
}

/* A node's threads count together. */
static int fails(void)
{
    unsigned long number = __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
    if (first == 0 || number < first || number >= last) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

EXPORT void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
