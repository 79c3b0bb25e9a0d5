/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's allocator with a hook before every allocation, which may let it fail. */
#ifndef TESTS_CRASH_MEMORY_H
#define TESTS_CRASH_MEMORY_H

#include <stdbool.h>

typedef void memory_hook(void *arg);

/* Before SQLite's first use; false: it refused. */
bool memory_open(void);

void memory_watch(memory_hook *hook, void *arg);

/* The allocation in hand fails; lasting: every one after it too, until memory_heal. */
void memory_arm(bool lasting);
void memory_heal(void);

#endif
