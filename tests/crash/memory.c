/* SPDX-License-Identifier: Apache-2.0 */
/* The allocator of memory.h in front of SQLite's own. */
#include "memory.h"

#include "disk.h"

#include <sqlite3.h>
#include <stddef.h>

static sqlite3_mem_methods system_methods;
static memory_hook *hook;
static void *hook_arg;
static bool hooked;
static bool armed;
static bool lasts;

static bool fails(void)
{
    if (disk_is_quiet() || hooked) {
        return false;
    }
    if (hook != NULL) {
        hooked = true;
        hook(hook_arg);
        hooked = false;
    }
    if (!armed) {
        return false;
    }
    armed = lasts;
    disk_count_fault();
    return true;
}

static void *take(int size)
{
    return fails() ? NULL : system_methods.xMalloc(size);
}

static void *resize(void *memory, int size)
{
    return fails() ? NULL : system_methods.xRealloc(memory, size);
}

bool memory_open(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_methods) != SQLITE_OK) {
        return false;
    }
    sqlite3_mem_methods ours = system_methods;
    ours.xMalloc = take;
    ours.xRealloc = resize;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK;
}

void memory_watch(memory_hook *to, void *arg)
{
    hook = to;
    hook_arg = arg;
}

void memory_arm(bool lasting)
{
    armed = true;
    lasts = lasting;
}

void memory_heal(void)
{
    armed = false;
}
